"""Two scores -> the change between them: its interval, one of three verdicts, and what it could have shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS
from voc.score.nps import LEVEL, POWER, Nps, scores_of
from voc.score.tally import Tally, counted, influence

Verdict = Literal["rose", "fell", "stable", "too few answers to tell", "nothing to compare"]
MARGIN = 5.0  # points; a change whose whole interval lies inside is called stable


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
        correlation: of the two scores, that comes from these customers.
    """

    before: Nps
    after: Nps
    low: float
    high: float
    level: float = LEVEL
    margin: float = MARGIN
    paired: int = 0
    correlation: float = 0.0

    @property
    def detectable(self) -> float:
        """The smallest change, in points, that samples of these sizes would have shown with a chance of 80 %; nan without answers."""
        if not (self.before.n and self.after.n):
            return float("nan")
        one, other = (float(stats.expected_variance(s.detractors, s.passives, s.promoters)) / s.n_effective for s in (self.before, self.after))
        error = max(one + other - 2 * self.correlation * np.sqrt(one * other), 0.0)
        return 100 * (stats.z_value(self.level) + stats.z_value(2 * POWER - 1)) * float(np.sqrt(error))

    @property
    def small(self) -> Nps | None:
        """The side that has too few answers for a score that may be shown; None where both have enough."""
        return next((s for s in (self.after, self.before) if s.n < MIN_ANSWERS), None)

    @property
    def value(self) -> float:
        """After minus before, in points."""
        return self.after.value - self.before.value

    @property
    def verdict(self) -> Verdict:
        """Rose, fell, stable within the margin, or too few answers to tell; never "no change"."""
        if np.isnan(self.low):
            return "nothing to compare"
        if self.small is not None:
            return "too few answers to tell"
        if self.low > 0:
            return "rose"
        if self.high < 0:
            return "fell"
        return "stable" if max(-self.low, self.high) <= self.margin else "too few answers to tell"

    @property
    def headline(self) -> str:
        """The verdict with its numbers."""
        if (small := self.small) is not None and small.n:
            have = f"There {'is' if small.n == 1 else 'are'} only {display.plural(small.n, 'answer')} for {small.label}"
            return f"{have}; a change is shown from {MIN_ANSWERS} answers on both sides on."
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
        if self.verdict != "too few answers to tell" or self.small is not None:
            return ""
        if self.detectable > 200:
            return f"With so few answers, no change since {self.before.label} could have shown four times in five."
        return (
            f"With these answers, a change of {display.points(self.detectable)} points since {self.before.label} would have shown four times in five."
        )

    def to_frame(self) -> pd.DataFrame:
        """One row: `before`, `after`, `value`, `low`, `high`, `level`, `verdict`, `detectable`, `paired`."""
        values = {"before": self.before.value, "after": self.after.value, "value": self.value, "low": self.low}
        more = {"high": self.high, "level": self.level, "verdict": self.verdict, "detectable": self.detectable, "paired": self.paired}
        return pd.DataFrame([values | more])

    def _shown(self) -> pd.DataFrame:
        hidden = ["before", "after", "value", "low", "high"] if self.small is not None else []
        return self.to_frame().assign(**dict.fromkeys(hidden, float("nan")))

    @property
    def allowance(self) -> str:
        """What the range allows for, where the answers are worth less than their number; a sentence."""
        because = next((s.because for s in (self.before, self.after) if s.because), "")
        return f"Ranges allow for answers that are worth less than their number: {because}." if because else ""

    def _caption(self) -> str:
        return self.allowance

    def _columns(self) -> list[Column]:
        return [
            Column("verdict", "Verdict"),
            Column("before", f"Score {self.before.label}", "points"),
            Column("after", f"Score {self.after.label}", "points"),
            Column("value", "Difference", "change"),
            Column("low", "Low to high", "range", "high"),
        ]


def change(
    before: Survey | Tally | Nps | IntoFrame,
    after: Survey | Tally | Nps | IntoFrame,
    *,
    weighted: bool = False,
    level: float = LEVEL,
    margin: float = MARGIN,
) -> Change:
    """Compare two scores.

    Args:
        before: the earlier answers or score.
        after: the later answers or score.
        weighted: weight each answer with the survey's own weights.
        level: confidence level.
        margin: points within which a change counts as stable.

    Notes:
        The interval joins the two Tango intervals by MOVER (Zou & Donner 2008), so it is not Wald's. Where both sides hold answers of
        the same customers, their correlation is taken into account; two `Nps` are taken for scores of different people.
    """
    (first, one), (second, other) = (_scored(x, level, weighted) for x in (before, after))
    if not (first.n and second.n):
        return Change(first, second, float("nan"), float("nan"), level, margin)
    paired, r = _shared(first, one, second, other)
    low, high = stats.mover_difference(second.value, (second.low, second.high), first.value, (first.low, first.high), correlation=r)
    return Change(first, second, max(float(low), -200.0), min(float(high), 200.0), level, margin, paired, r)


def _scored(data: Survey | Tally | Nps | IntoFrame, level: float, weighted: bool) -> tuple[Nps, Tally | None]:
    if isinstance(data, Nps):
        return data, None
    table = counted(data, weighted=weighted)
    return scores_of(table, level=level), table


def _shared(first: Nps, before: Tally | None, second: Nps, after: Tally | None) -> tuple[int, float]:
    """Customers who answered on both sides, and the correlation of the two scores that comes from them."""
    if before is None or after is None:
        return 0, 0.0
    one, other = influence(before), influence(after)
    both = one.index.intersection(other.index)
    errors = [np.sqrt(score.variance / score.n_effective) for score in (first, second)]
    if not len(both) or not errors[0] * errors[1] > 0:
        return len(both), 0.0
    return len(both), float(np.clip((one[both] * other[both]).sum() / (errors[0] * errors[1]), -1, 1))
