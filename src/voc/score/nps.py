"""Scores or counts -> Nps: the score in points with its interval, and the change between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import WEIGHT, VocError, cohort_of

Method = stats.Method
Verdict = Literal["rose", "fell", "stable", "too few answers to tell", "nothing to compare"]
LEVEL = 0.95
MARGIN = 5.0  # points; a change whose whole interval lies inside is called stable


@dataclass(frozen=True, repr=False)
class Nps(Result):
    """A Net Promoter Score.

    Attributes:
        detractors: answers 0-6; with weights, their weighted share of the effective number of answers (so for all three).
        passives: answers 7-8.
        promoters: answers 9-10.
        low: lower end of the interval, points -100..100; nan when n is 0.
        high: upper end.
        level: confidence level.
        method: how the interval was made.
        label: what was scored, in words.
        answers: number of answers behind a weighted score; None where nothing is weighted.
    """

    detractors: float
    passives: float
    promoters: float
    low: float
    high: float
    level: float = LEVEL
    method: Method = "tango"
    label: str = "all answers"
    answers: int | None = None

    @property
    def n(self) -> int:
        """Number of answers."""
        return round(self.n_effective) if self.answers is None else self.answers

    @property
    def n_effective(self) -> float:
        """How many unweighted answers would tell as much (Kish); without weights the number of answers."""
        return self.detractors + self.passives + self.promoters

    @property
    def value(self) -> float:
        """Share of promoters minus share of detractors, in points; nan when n is 0."""
        return 100 * (self.promoters - self.detractors) / self.n_effective if self.n else float("nan")

    @property
    def headline(self) -> str:
        """Score, interval and base."""
        if not self.n:
            return f"There are no answers for {self.label}, so there is no score."
        return (
            f"The Net Promoter Score for {self.label} is {display.points(self.value)} "
            f"({display.interval(self.low, self.high)}), from {display.plural(self.n, 'answer')}{self._weighted()}."
        )

    def _weighted(self) -> str:
        return "" if self.answers is None else f", weighted (as good as {display.count(self.n_effective)} unweighted ones)"

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
    """

    before: Nps
    after: Nps
    low: float
    high: float
    level: float = LEVEL
    margin: float = MARGIN

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

    def to_frame(self) -> pd.DataFrame:
        """One row: `before`, `after`, `value`, `low`, `high`, `level`, `verdict`."""
        values = {"before": self.before.value, "after": self.after.value, "value": self.value, "low": self.low}
        return pd.DataFrame([{**values, "high": self.high, "level": self.level, "verdict": self.verdict}])

    def _columns(self) -> list[Column]:
        return [
            Column("verdict", "Verdict"),
            Column("before", f"Score {self.before.label}", "points"),
            Column("after", f"Score {self.after.label}", "points"),
            Column("value", "Difference", "change"),
            Column("low", "Low to high", "range", "high"),
        ]


def interval(detractors: float, passives: float, promoters: float, *, level: float = LEVEL, method: Method = "tango") -> tuple[float, float]:
    """Interval of a score from its three counts, in points.

    >>> low, high = interval(8, 15, 13)
    >>> round(low, 3), round(high, 3)
    (-11.197, 37.129)
    """
    low, high = stats.net_interval(detractors, passives, promoters, level=level, method=method)
    return 100 * float(low), 100 * float(high)


def nps(data: Survey | pd.Series | list[int], *, weighted: bool = False, level: float = LEVEL, method: Method = "tango", label: str = "") -> Nps:
    """Score a survey or plain answers.

    Args:
        data: a Survey, or n answers, whole numbers 0-10; missing ones are dropped.
        weighted: weight each answer with the survey's own weights. The interval is Tango's at the effective number of answers,
            (sum of weights)^2 / sum of squared weights.
        level: confidence level.
        method: "tango" (default), "adjusted-wald", or "wald" for comparison.
        label: what is scored, in words; a Survey brings its own.

    Raises:
        VocError: an answer is not a whole number 0-10, or there are no weights to use.

    Notes:
        The variance divides by n, not n - 1. R's `NPS` reports the same intervals but does not clip adjusted Wald.

    References:
        Tango 1998, Statistics in Medicine 17:891; Rocks 2016, arXiv:1601.07235; Kish 1965, Survey Sampling.

    >>> round(nps([0, 7, 7, 9, 9, 9]).value, 4)
    33.3333
    """
    if weighted:
        return _weighted(data, level, method, label)
    if isinstance(data, Survey):
        return from_counts(counts(data.answers["cohort"]), level=level, method=method, label=label or data.label)
    answers = _checked(pd.Series(data))
    return from_counts(counts(cohort_of(answers)), level=level, method=method, label=label or "all answers")


def _weighted(data: Survey | pd.Series | list[int], level: float, method: Method, label: str) -> Nps:
    if not isinstance(data, Survey) or WEIGHT not in data.answers:
        raise VocError('there are no weights: name the weight column under [columns], as in weight = "weight"')
    weights = data.answers[WEIGHT]
    sums = weights.groupby(data.answers["cohort"]).sum()
    total = float(weights.sum())
    effective = total**2 / float((weights**2).sum()) if total else 0.0
    detractors, passives, promoters = (effective * float(sums.get(b, 0.0)) / total if total else 0.0 for b in ("detractor", "passive", "promoter"))
    low, high = interval(detractors, passives, promoters, level=level, method=method)
    return Nps(detractors, passives, promoters, low, high, level, method, label or data.label, answers=len(weights))


def counts(cohorts: pd.Series) -> tuple[int, int, int]:
    """Tally of band names: (detractors, passives, promoters)."""
    detractors, passives, promoters = (int((cohorts == band).sum()) for band in ("detractor", "passive", "promoter"))
    return detractors, passives, promoters


def from_counts(table: tuple[int, int, int], *, level: float = LEVEL, method: Method = "tango", label: str = "all answers") -> Nps:
    """Score a tally (detractors, passives, promoters)."""
    low, high = interval(*table, level=level, method=method)
    return Nps(*table, low, high, level, method, label)


def change(before: Survey | Nps, after: Survey | Nps, *, level: float = LEVEL, margin: float = MARGIN) -> Change:
    """Compare two scores of different people.

    Args:
        before: the earlier answers or score.
        after: the later answers or score.
        level: confidence level.
        margin: points within which a change counts as stable.

    Notes:
        The interval joins the two Tango intervals by MOVER (Zou & Donner 2008), so it is not Wald's.
    """
    first, second = (x if isinstance(x, Nps) else nps(x, level=level) for x in (before, after))
    if not (first.n and second.n):
        return Change(first, second, float("nan"), float("nan"), level, margin)
    low, high = stats.mover_difference(second.value, (second.low, second.high), first.value, (first.low, first.high))
    return Change(first, second, float(low), float(high), level, margin)


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
