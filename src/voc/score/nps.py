"""Scores or counts -> Nps: the score in points with its interval, and the change between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import CUSTOMER, WEIGHT, VocError, cohort_of

Method = stats.Method
Verdict = Literal["rose", "fell", "stable", "too few answers to tell", "nothing to compare"]
Ints = NDArray[np.int64]
LEVEL = 0.95
POWER = 0.8
MARGIN = 5.0  # points; a change whose whole interval lies inside is called stable


@dataclass(frozen=True, repr=False)
class Nps(Result):
    """A Net Promoter Score.

    Attributes:
        detractors: answers 0-6; with weights, their weighted share of the number of answers (so for all three).
        passives: answers 7-8.
        promoters: answers 9-10.
        low: lower end of the interval, points -100..100; nan when n is 0.
        high: upper end.
        level: confidence level.
        method: how the interval was made.
        label: what was scored, in words.
        effective: how many equally weighted answers of different people would tell as much; None where that is all of them.
        because: why it is fewer: "weighted", "some customers answered more than once", or both.
    """

    detractors: float
    passives: float
    promoters: float
    low: float
    high: float
    level: float = LEVEL
    method: Method = "tango"
    label: str = "all answers"
    effective: float | None = None
    because: str = ""

    @property
    def n(self) -> int:
        """Number of answers."""
        return round(self.detractors + self.passives + self.promoters)

    @property
    def n_effective(self) -> float:
        """How many equally weighted answers of different people would tell as much; the number of answers where that is what they are."""
        return float(self.n) if self.effective is None else self.effective

    @property
    def value(self) -> float:
        """Share of promoters minus share of detractors, in points; nan when n is 0."""
        return 100 * (self.promoters - self.detractors) / self.n if self.n else float("nan")

    @property
    def variance(self) -> float:
        """Variance of one answer's band (-1, 0, 1), 0..1; nan when n is 0."""
        return (self.promoters + self.detractors) / self.n - (self.value / 100) ** 2 if self.n else float("nan")

    @property
    def headline(self) -> str:
        """Score, interval and base."""
        if not self.n:
            return f"There are no answers for {self.label}, so there is no score."
        return (
            f"The Net Promoter Score for {self.label} is {display.points(self.value)} "
            f"({display.interval(self.low, self.high)}), from {display.plural(self.n, 'answer')}{self._fewer()}."
        )

    def _fewer(self) -> str:
        """What the answers are worth, where that is less than their number."""
        return "" if self.effective is None else f", {self.because} (as good as {display.count(self.effective)} independent ones)"

    def to_frame(self) -> pd.DataFrame:
        """One row: `label`, `n`, `n_effective`, the three counts, `value`, `low`, `high`, `level`, `method`."""
        names = ("label", "n", "n_effective", "detractors", "passives", "promoters", "value", "low", "high", "level", "method")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def _columns(self) -> list[Column]:
        return [
            Column("label", "Answers from"),
            Column("n", "Answers", "count"),
            Column("promoters", "Promoters (9-10)", "count"),
            Column("passives", "Passives (7-8)", "count"),
            Column("detractors", "Detractors (0-6)", "count"),
            Column("value", "Score", "points"),
            Column("low", "Low to high", "range", "high"),
        ]


@dataclass(frozen=True, repr=False)
class Change(Result):
    """The difference of two scores.

    Attributes:
        before: the earlier score.
        after: the later score.
        low: lower end of the difference's interval, points; nan when one side has no answers.
        high: upper end.
        level: confidence level.
        margin: points within which a change is called stable.
        paired: customers who answered on both sides; the interval allows for it.
    """

    before: Nps
    after: Nps
    low: float
    high: float
    level: float = LEVEL
    margin: float = MARGIN
    paired: int = 0

    @property
    def detectable(self) -> float:
        """The smallest change, in points, that samples of these sizes would have shown with a chance of 80 %; nan without answers."""
        if not (self.before.n and self.after.n):
            return float("nan")
        error = sum(_expected_variance(s) / s.n_effective for s in (self.before, self.after))
        return 100 * (stats.z_value(self.level) + stats.z_value(2 * POWER - 1)) * float(np.sqrt(error))

    @property
    def value(self) -> float:
        """After minus before, in points."""
        return self.after.value - self.before.value

    @property
    def verdict(self) -> Verdict:
        """Rose, fell, stable within the margin, or too few answers to tell; never "no change"."""
        if np.isnan(self.low):
            return "nothing to compare"
        if self.low > 0:
            return "rose"
        if self.high < 0:
            return "fell"
        return "stable" if max(-self.low, self.high) <= self.margin else "too few answers to tell"

    @property
    def headline(self) -> str:
        """The verdict with its numbers."""
        since = f"from {self.before.label} to {self.after.label}"
        span = display.interval(self.low, self.high)
        match self.verdict:
            case "nothing to compare":
                return f"There are no answers for {(self.after if self.before.n else self.before).label} to compare with."
            case "rose" | "fell" as verb:
                return f"The score {verb} by {display.points(abs(self.value))} points {since} ({span})."
            case "stable":
                return f"The score is stable within {display.number(self.margin, 0)} points {since} ({span})."
            case _:
                return (
                    f"There are too few answers to tell whether the score moved {since}: "
                    f"the difference is {display.change(self.value)} points, but could be anything from {span}."
                )

    @property
    def sensitivity(self) -> str:
        """What these answers could have shown, for a verdict that tells nothing; "" for any other."""
        if self.verdict != "too few answers to tell":
            return ""
        return (
            f"With these answers, a change of {display.points(self.detectable)} points since {self.before.label} would have shown four times in five."
        )

    def to_frame(self) -> pd.DataFrame:
        """One row: `before`, `after`, `value`, `low`, `high`, `level`, `verdict`, `detectable`, `paired`."""
        values = {"before": self.before.value, "after": self.after.value, "value": self.value, "low": self.low}
        more = {"high": self.high, "level": self.level, "verdict": self.verdict, "detectable": self.detectable, "paired": self.paired}
        return pd.DataFrame([values | more])

    def _columns(self) -> list[Column]:
        return [
            Column("verdict", "Verdict"),
            Column("before", f"Score {self.before.label}", "points"),
            Column("after", f"Score {self.after.label}", "points"),
            Column("value", "Difference", "change"),
            Column("low", "Low to high", "range", "high"),
        ]


def interval(
    detractors: float, passives: float, promoters: float, *, level: float = LEVEL, method: Method = "tango", side: stats.Side = "both"
) -> tuple[float, float]:
    """Interval of a score from its three counts, in points.

    Args:
        detractors: answers 0-6.
        passives: answers 7-8.
        promoters: answers 9-10.
        level: confidence level.
        method: "tango" (default), "adjusted-wald", or "wald" for comparison.
        side: "both", or "lower" ("at least ...") or "upper" ("at most ...") with the other end open.

    >>> low, high = interval(8, 15, 13)
    >>> round(low, 3), round(high, 3)
    (-11.197, 37.129)
    """
    low, high = stats.net_interval(detractors, passives, promoters, level=level if side == "both" else 2 * level - 1, method=method)
    return (-100.0 if side == "upper" else 100 * float(low)), (100.0 if side == "lower" else 100 * float(high))


def nps(data: Survey | pd.Series | list[int], *, weighted: bool = False, level: float = LEVEL, method: Method = "tango", label: str = "") -> Nps:
    """Score a survey or plain answers.

    Args:
        data: a Survey, or n answers, whole numbers 0-10; missing ones are dropped.
        weighted: weight each answer with the survey's own weights.
        level: confidence level.
        method: "tango" (default), "adjusted-wald", or "wald" for comparison.
        label: what is scored, in words; a Survey brings its own.

    Raises:
        VocError: an answer is not a whole number 0-10, or there are no weights to use.

    Notes:
        The variance divides by n, not n - 1. R's `NPS` reports the same intervals but does not clip adjusted Wald. With weights, or
        where a customer of a survey answers more than once, the interval is that of the effective number of answers
        (`stats.effective_size`); R's `survey` would use a t interval around the same score.

    References:
        Tango 1998, Statistics in Medicine 17:891; Rocks 2016, arXiv:1601.07235; Kish 1965, Survey Sampling.

    >>> round(nps([0, 7, 7, 9, 9, 9]).value, 4)
    33.3333
    """
    if weighted and (not isinstance(data, Survey) or WEIGHT not in data.answers):
        raise VocError('there are no weights: name the weight column under [columns], as in weight = "weight"')
    if not isinstance(data, Survey):
        return from_counts(counts(cohort_of(_checked(pd.Series(data)))), level=level, method=method, label=label or "all answers")
    weights = data.answers[WEIGHT].to_numpy(dtype=float) if weighted else None
    people = _repeated_customers(data)
    if weights is None and people is None:
        return from_counts(counts(data.answers["cohort"]), level=level, method=method, label=label or data.label)
    return _effective(data, weights, people, level=level, method=method, label=label or data.label)


def _repeated_customers(survey: Survey) -> Ints | None:
    """Who gave each answer, (n,) whole numbers, where somebody answered more than once; answers without an id are of different people."""
    if CUSTOMER not in survey.answers:
        return None
    ids = survey.answers[CUSTOMER]
    known = ids != ""
    if not ids[known].duplicated().any():
        return None
    codes = pd.factorize(ids)[0]
    return np.where(known, codes, codes.max() + 1 + np.arange(len(ids)))


def _effective(survey: Survey, weights: stats.Floats | None, people: Ints | None, *, level: float, method: Method, label: str) -> Nps:
    """The score of weighted answers, or of customers who answered several times, at their effective number."""
    n, bands = len(survey.answers), _bands(survey)
    size = stats.effective_size(bands, weights=weights, clusters=people)
    w = np.ones(n) if weights is None else weights
    detractors, passives, promoters = (float(w[bands == band].sum() / w.sum()) if n else 0.0 for band in (-1, 0, 1))
    low, high = interval(size * detractors, size * passives, size * promoters, level=level, method=method)
    why = [*(["weighted"] if weights is not None else []), *(["some customers answered more than once"] if people is not None else [])]
    return Nps(n * detractors, n * passives, n * promoters, low, high, level, method, label, size, " and ".join(why))


def _bands(survey: Survey) -> Ints:
    """-1, 0 or 1 for each answer."""
    bands: Ints = np.digitize(survey.answers["score"].to_numpy(), (7, 9)) - 1
    return bands


def _expected_variance(score: Nps) -> float:
    """The variance of one answer's band to be expected: three more answers, as adjusted Wald adds them, so that it is never 0."""
    n, spread, net = score.n + 3, score.promoters + score.detractors + 1.5, score.promoters - score.detractors
    return spread / n - (net / n) ** 2


def counts(cohorts: pd.Series) -> tuple[int, int, int]:
    """Tally of band names: (detractors, passives, promoters)."""
    detractors, passives, promoters = (int((cohorts == band).sum()) for band in ("detractor", "passive", "promoter"))
    return detractors, passives, promoters


def from_counts(table: tuple[int, int, int], *, level: float = LEVEL, method: Method = "tango", label: str = "all answers") -> Nps:
    """Score a tally (detractors, passives, promoters)."""
    low, high = interval(*table, level=level, method=method)
    return Nps(*table, low, high, level, method, label)


def change(before: Survey | Nps, after: Survey | Nps, *, level: float = LEVEL, margin: float = MARGIN) -> Change:
    """Compare two scores.

    Args:
        before: the earlier answers or score.
        after: the later answers or score.
        level: confidence level.
        margin: points within which a change counts as stable.

    Notes:
        The interval joins the two Tango intervals by MOVER (Zou & Donner 2008), so it is not Wald's. Where two surveys hold answers of
        the same customers, their correlation is taken into account; two `Nps` are taken for scores of different people.
    """
    first, second = (x if isinstance(x, Nps) else nps(x, level=level) for x in (before, after))
    if not (first.n and second.n):
        return Change(first, second, float("nan"), float("nan"), level, margin)
    paired, r = _shared(before, after) if isinstance(before, Survey) and isinstance(after, Survey) else (0, 0.0)
    low, high = stats.mover_difference(second.value, (second.low, second.high), first.value, (first.low, first.high), correlation=r)
    return Change(first, second, max(float(low), -200.0), min(float(high), 200.0), level, margin, paired)


def _shared(before: Survey, after: Survey) -> tuple[int, float]:
    """Customers who answered on both sides, and the correlation of the two scores that comes from them."""
    if CUSTOMER not in before.answers or CUSTOMER not in after.answers:
        return 0, 0.0
    parts = []
    for side in (before, after):
        bands, ids = _bands(side), side.answers[CUSTOMER]
        off = pd.Series(bands - bands.mean(), index=side.answers.index)[ids != ""]
        parts.append((off.groupby(ids[ids != ""]).sum() / len(bands), stats.mean_error(bands, clusters=_repeated_customers(side))[1]))
    (first, error1), (second, error2) = parts
    both = first.index.intersection(second.index)
    if not len(both) or not error1 * error2 > 0:
        return len(both), 0.0
    return len(both), float(np.clip((first[both] * second[both]).sum() / (error1 * error2), -1, 1))


def _checked(answers: pd.Series) -> pd.Series:
    known = pd.to_numeric(answers.dropna(), errors="coerce")
    good = known.between(0, 10) & (known % 1 == 0)
    bad = known[~good]
    if len(bad):
        values = answers.dropna()[~good.to_numpy()]
        found, first = values.iloc[0], ", ".join(str(i) for i in bad.index[:3])
        others = "" if (values == found).all() else " and other values"
        raise VocError(f"score must be a whole number 0-10; found {found}{others} in {display.plural(len(bad), 'row')} (first: {first})")
    return known.astype(int)
