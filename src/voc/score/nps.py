"""A survey, a tally or counts -> Nps: the score in points with its interval, at the effective number of answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import VocError, cohort_of
from voc.score.tally import Tally, counted

Method = stats.Method
PLAIN = (pd.Series, np.ndarray, list, tuple)
LEVEL = 0.95
POWER = 0.8


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
            f"({display.interval(self.low, self.high)}), from {display.plural(self.n, 'answer')}{self.worth}."
        )

    @property
    def worth(self) -> str:
        """What the answers are worth, where that is less than their number."""
        if self.effective is None:
            return ""
        worth = display.plural(max(round(self.effective), 1), "independent one")
        return f", {self.because} (as good as {worth})"

    @property
    def span(self) -> str:
        """Score and range in words: "18.7 (14.7 to 22.7)"."""
        return f"{display.points(self.value)} ({display.interval(self.low, self.high)})"

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
    if side not in ("both", "lower", "upper"):
        raise VocError(f'side must be "both", "lower" or "upper"; found "{side}"')
    if min(detractors, passives, promoters) < 0:
        raise VocError(f"counts of answers must not be negative; found {min(detractors, passives, promoters):g}")
    low, high = stats.net_interval(detractors, passives, promoters, level=level if side == "both" else 2 * level - 1, method=method)
    return (-100.0 if side == "upper" else 100 * float(low)), (100.0 if side == "lower" else 100 * float(high))


def nps(
    data: Survey | Tally | pd.Series | list[int] | IntoFrame,
    *,
    weighted: bool = False,
    level: float = LEVEL,
    method: Method = "tango",
    label: str = "",
) -> Nps:
    """Score a survey, a tally or plain answers.

    Args:
        data: a Survey, a Tally, a data frame with a column "score", or n answers, whole numbers 0-10; missing ones are dropped.
        weighted: weight each answer with the survey's own weights.
        level: confidence level.
        method: "tango" (default), "adjusted-wald", or "wald" for comparison.
        label: what is scored, in words; a Survey and a Tally bring their own.

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
    if not isinstance(data, PLAIN):
        return scores_of(counted(data, weighted=weighted), level=level, method=method, label=label)
    if weighted:
        raise VocError('there are no weights: name the weight column under [columns], as in weight = "weight"')
    return from_counts(counts(cohort_of(_checked(pd.Series(data)))), level=level, method=method, label=label or "all answers")


def scores_of(answers: Tally, *, level: float = LEVEL, method: Method = "tango", label: str = "") -> Nps:
    """The score of all answers of a tally, at their effective number where they are weighted or of repeat customers."""
    label = label or answers.label
    groups = answers.groups()
    if groups.empty:
        return from_counts((0, 0, 0), level=level, method=method, label=label)
    row = groups.iloc[0]
    d, p, c, size = (float(row[name]) for name in ("detractors", "passives", "promoters", "effective"))
    scale = size / answers.n
    low, high = interval(scale * d, scale * p, scale * c, level=level, method=method)
    if size > answers.n - 0.5:  # nothing to say, although somebody may have answered twice
        return Nps(d, p, c, low, high, level, method, label)
    return Nps(d, p, c, low, high, level, method, label, size, answers.because)


def counts(cohorts: pd.Series) -> tuple[int, int, int]:
    """Tally of band names: (detractors, passives, promoters)."""
    detractors, passives, promoters = (int((cohorts == band).sum()) for band in ("detractor", "passive", "promoter"))
    return detractors, passives, promoters


def from_counts(table: tuple[int, int, int], *, level: float = LEVEL, method: Method = "tango", label: str = "all answers") -> Nps:
    """Score a tally (detractors, passives, promoters)."""
    low, high = interval(*table, level=level, method=method)
    return Nps(*table, low, high, level, method, label)


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
