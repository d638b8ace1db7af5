"""Survey + known totals -> Raked: weights that make the mix of answers that of the totals, and what they do to the score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats as sps

from voc import display
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import CUSTOMER, MIN_ANSWERS, SCORE, WEIGHT, VocError
from voc.score.margins import Codes, cells, fitted, margin, raked_error, spread
from voc.score.nps import LEVEL, Nps, nps
from voc.score.tally import REPEATED
from voc.stats import Floats

NOT_WITHIN = "Weights make up for groups that answered more or less often than others, not for those who stayed silent within a group."


@dataclass(frozen=True, repr=False)
class Raked(Result):
    """Answers weighted to known totals.

    Attributes:
        survey: the same answers with their weights in the column `weight`, for `nps(raked.survey, weighted=True)` and every other weighted result.
        frame: one row per known total: `column`, `value`, `n` (answers), `share` (of the answers, as they were before), `target` (the known
            share, which the weights give exactly), both 0..1, and `weight` (their average weight).
        before: the score as it was: without weights, or with the survey's own.
        after: the score with the weights, its interval at the effective number of answers.
        error: linearised standard error of the score, points; nan for one answer.
        rounds: how often all totals were gone through until they held.
        limit: the largest weight allowed; None where weights were not cut.
        cut: answers whose weight was cut to the limit.
        start_weighted: the weights started from the survey's own.
    """

    survey: Survey
    frame: pd.DataFrame
    before: Nps
    after: Nps
    error: float
    rounds: int
    limit: float | None = None
    cut: int = 0
    start_weighted: bool = False

    @property
    def weights(self) -> pd.Series:
        """The weight of each answer; their average is 1."""
        column: pd.Series = self.survey.answers[WEIGHT]
        return column

    @property
    def n(self) -> int:
        """Number of answers."""
        return len(self.survey.answers)

    @property
    def smallest(self) -> float:
        """The smallest weight."""
        return float(self.weights.min())

    @property
    def largest(self) -> float:
        """The largest weight."""
        return float(self.weights.max())

    @property
    def design_effect(self) -> float:
        """By what factor the weights raise the variance of a score (Kish): n times the sum of squares over the square of the sum."""
        w = self.weights.to_numpy()
        return float(self.n * (w @ w) / w.sum() ** 2)

    @property
    def n_effective(self) -> float:
        """How many equally weighted answers would tell as much (Kish); `after.n_effective` allows for repeat customers as well."""
        return self.n / self.design_effect

    @property
    def headline(self) -> str:
        """That the score is weighted, to what, what it was before, and what the weights cost."""
        if self.n < MIN_ANSWERS:
            return f"{display.plural(self.n, 'answer')} weighted to {self._totals}: too few for a score, which takes {MIN_ANSWERS}."
        why = "With these weights, and because some customers answered more than once, " if REPEATED in self.after.because else "With these weights "
        started = "with the survey's own weights" if self.start_weighted else "without weights"
        return (
            f"Weighted to {self._totals}, the score is {self.after.span}; {started} it is {self.before.span}. "
            f"{self._weights}. {why}the {display.count(self.n)} answers are as good as {display.count(self.after.n_effective)} equal ones. "
            f"{NOT_WITHIN}"
        )

    @property
    def _totals(self) -> str:
        columns = [c.replace("_", " ") for c in self.frame["column"].unique()]
        return f"known totals by {display.listed(columns)}"

    @property
    def _weights(self) -> str:
        """The range of the weights, and whether some were cut."""
        words = f"Weights run from {display.number(self.smallest, 2)} to {display.number(self.largest, 2)} (average 1)"
        if self.limit is None:
            return words
        if not self.cut:
            return f"{words}; none had to be cut to the limit of {display.number(self.limit, 2)}"
        were = "was" if self.cut == 1 else "were"
        answers = display.plural(self.cut, "answer")
        return (
            f"{words}; the weights of {answers} {were} cut to the limit of {display.number(self.limit, 2)} and the others raised to keep the totals"
        )

    @property
    def diagnostics(self) -> pd.DataFrame:
        """One row: `before`, `after` with `low`, `high`, `error` (points), and this class's numbers about the weights."""
        scores = {"before": self.before.value, "after": self.after.value, "low": self.after.low, "high": self.after.high, "error": self.error}
        names = ("n", "n_effective", "design_effect", "smallest", "largest", "rounds", "limit", "cut")
        return pd.DataFrame([scores | {name: getattr(self, name) for name in names}])

    def to_frame(self) -> pd.DataFrame:
        """One row per known total."""
        return self.frame

    def _caption(self) -> str:
        wider = display.number(self.design_effect**0.5, 2)
        effect = f"Design effect {display.number(self.design_effect, 2)}: the range of the score is about {wider} times as wide as with equal weights"
        rounds = display.plural(self.rounds, "round")
        return f"Share of answers and known share, {self.before.label}. {self._weights}. {effect}. The totals held after {rounds}."

    def _columns(self) -> list[Column]:
        return [
            Column("value", "Group"),
            Column("column", "Column"),
            Column("n", "Answers", "count"),
            Column("share", "Share of answers", "share"),
            Column("target", "Known share", "share"),
            Column("weight", "Average weight", "number"),
        ]


class Difference(NamedTuple):
    """A difference of two weighted means: in the unit of the values, with its standard error, interval and two-sided p-value."""

    value: float
    error: float
    low: float
    high: float
    p: float


def rake(
    survey: Survey, totals: Mapping[str, Mapping[str, float]], *, start_weighted: bool = False, trim: float | None = None, level: float = LEVEL
) -> Raked:
    """Weight answers so that they add up to known totals.

    Args:
        survey: n answers.
        totals: column -> value -> how many there are, as counts or shares, such as {"region": {"North": 500, "South": 500}}. Each column is
            brought to shares of its own. One column alone is post-stratification.
        start_weighted: start from the survey's own weights instead of equal ones.
        trim: cut weights above so many times the median of the raked ones, and raise the others until all totals hold again.
        level: confidence level of both scores.

    Raises:
        VocError: there are no answers; a column is not a segment; a value has no total or a total has no answers; a cell is blank; a total
            is not a positive number; shares do not add up; the totals, or the totals and the limit, cannot all be met.

    Notes:
        Iterative proportional fitting on the table of the values that occur together; rows are read once and weighted once. With a limit,
        it works on the weights as they are cut, so that limit and totals both hold exactly. The
        standard error is that of a mean of residuals, after the averages of each column's groups have been taken out in turn until
        nothing changes, added up per customer where customers repeat. R's `survey` does the same; starting from unequal weights its
        `rake` takes plain averages there, where these are weighted as in its `postStratify`. Cut weights are taken as if raked at once.
        The interval of the score is that of Kish's size, which gives no credit for knowing the totals; the standard error does.

    References:
        Deming & Stephan 1940, Annals of Mathematical Statistics 11:427; Deville, Särndal & Sautory 1993, JASA 88:1013;
        Kish 1965, Survey Sampling; Lumley 2010, Complex Surveys.
    """
    if survey.answers.empty:
        raise VocError(f"there are no answers to weight ({survey.label})")
    if not totals:
        raise VocError('totals must name at least one column, as in {"region": {"North": 500, "South": 500}}')
    if trim is not None and not 1 < trim < np.inf:
        raise VocError(f"trim must be a number above 1, such as 3 for three times the median weight; found {trim}")
    start = _own_weights(survey) if start_weighted else np.ones(len(survey.answers))
    table = cells([margin(survey, column, wanted) for column, wanted in totals.items()])
    weights, rounds, limit = fitted(table, start, trim)
    columns = display.listed([c.replace("_", " ") for c in totals])
    raked = replace(survey, answers=survey.answers.assign(**{WEIGHT: weights}), label=f"{survey.label}, weighted to known totals by {columns}")
    before, after = nps(survey, weighted=start_weighted, level=level), nps(raked, weighted=True, level=level)
    bands = np.digitize(survey.answers[SCORE].to_numpy(), (7, 9)) - 1.0
    error = 100 * raked_error(table, bands, start, weights, people=_people(survey))
    cut = 0 if limit is None else int((weights == limit).sum())
    frame = pd.concat([m.frame(start, weights) for m in table.margins], ignore_index=True)
    return Raked(raked, frame, before, after, error, rounds, limit, cut, start_weighted)


def weighted_difference(values: ArrayLike, second: ArrayLike, *, weights: ArrayLike | None = None, level: float = LEVEL) -> Difference:
    """Compare the weighted means of two groups of one survey as R's `svyttest` does.

    Args:
        values: (n,) values.
        second: (n,) bools: the value belongs to the second group.
        weights: (n,) positive weights; equal without.
        level: confidence level.

    Returns:
        second mean minus first, with a t interval on n - 2 degrees of freedom; all nan where a group is empty or n < 3, and no p-value without a
        standard error.

    Notes:
        For scores prefer `change`, whose interval holds for small groups; this one is there to be compared with other programs.

    References:
        Lumley 2010, Complex Surveys.
    """
    v, other = np.asarray(values, dtype=float), np.asarray(second, dtype=bool)
    w = np.ones(len(v)) if weights is None else np.asarray(weights, dtype=float)
    n, df = len(v), len(v) - 2
    if df < 1 or other.all() or not other.any():
        return Difference(*[float("nan")] * 5)
    parts, means = np.zeros(n), []
    for group, sign in ((~other, -1), (other, 1)):
        means.append(float(w[group] @ v[group] / w[group].sum()))
        parts[group] = sign * w[group] * (v[group] - means[-1]) / w[group].sum()
    gap, error = means[1] - means[0], spread(parts)
    half = float(sps.t.ppf(0.5 + level / 2, df)) * error
    p = float(2 * sps.t.sf(abs(gap) / error, df)) if error > 0 else float("nan")
    return Difference(gap, error, gap - half, gap + half, p)


def _own_weights(survey: Survey) -> Floats:
    if WEIGHT not in survey.answers:
        raise VocError('there are no weights to start from: name the weight column under [columns], as in weight = "weight"')
    weights = survey.answers[WEIGHT].to_numpy(dtype=float)
    bad = ~(np.isfinite(weights) & (weights > 0))
    if bad.any():
        raise VocError(f"weights to start from must be numbers above 0; found {weights[bad][0]} in {display.plural(int(bad.sum()), 'answer')}")
    out: Floats = weights / weights.mean()
    return out


def _people(survey: Survey) -> Codes | None:
    """Whose answer each is; those that name nobody are of different people. None where answers name no customers."""
    if CUSTOMER not in survey.answers:
        return None
    names = survey.answers[CUSTOMER].astype("str").fillna("")
    codes = pd.factorize(names)[0].astype(np.int64)
    return np.where(names == "", len(names) + np.arange(len(names)), codes)
