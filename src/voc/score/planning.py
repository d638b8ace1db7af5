"""How many answers a question needs: for a score within a margin, for a change that would be seen, of a segment; and how many days that takes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats as sps

from voc import display, stats
from voc.display import Column, Result
from voc.schema import VocError
from voc.score.nps import LEVEL, POWER, Nps
from voc.stats import Floats

USUAL_VARIANCE = 0.67  # of the bands -1, 0, 1, with which MeasuringU's published sample sizes are reproduced
ADDED = 3  # answers that the adjusted Wald interval adds


@dataclass(frozen=True, repr=False)
class Plan(Result):
    """How many answers are needed.

    Attributes:
        n: answers needed, in each group where two are compared.
        groups: 1, or 2 where two samples are compared.
        points: the margin, or the change that must be seen, in points.
        level: confidence level.
        power: chance to see the change; nan where a margin is wanted.
        variance: variance of one answer's band (-1, 0, 1) that is assumed.
        share: the segment's share of all answers, 0..1; 1 where the question is about all.
    """

    n: int
    groups: int
    points: float
    level: float
    power: float
    variance: float
    share: float = 1.0

    @property
    def total(self) -> int:
        """Answers of all segments needed, in each group where two are compared, so that the segment gets its own on average."""
        return math.ceil(self.n / self.share - 1e-9)

    def within(self, share: float) -> Plan:
        """The same question about a segment that gives a share of all answers (0..1).

        Raises:
            VocError: the share is not above 0 and at most 1.
        """
        if not 0 < share <= 1:
            raise VocError(f"a segment's share of all answers lies above 0 and is 1 at most; found {share}")
        return replace(self, share=share)

    def days(self, per_day: float) -> int:
        """Days until the answers of one group are in, at so many answers of all segments a day.

        Raises:
            VocError: `per_day` is not positive.
        """
        if not per_day > 0:
            raise VocError(f"answers per day must be above 0; found {per_day}")
        return math.ceil(self.total / per_day - 1e-9)

    @property
    def headline(self) -> str:
        """How many answers, and for what."""
        sure, answers = display.share(self.level), display.plural(self.n, "answer")
        each = " in each of two groups" if self.groups == 2 else ""
        margin = f"give a score within ±{display.points(self.points)} points"
        seen = f"show a change of {display.points(self.points)} points with {display.share(self.power)} chance"
        what = f"{answers}{each} {margin if math.isnan(self.power) else seen} ({sure} confidence)"
        if self.share == 1:
            return f"{what}."
        return f"{what}; a segment that gives {display.share(self.share)} of all answers has them after {display.count(self.total)}{each}."

    def to_frame(self) -> pd.DataFrame:
        """One row with every attribute."""
        names = ("n", "groups", "points", "level", "power", "variance", "share", "total")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def _columns(self) -> list[Column]:
        return [
            Column("n", "Answers needed", "count"),
            *([Column("total", "In all", "count"), Column("share", "Segment's share", "share")] if self.share < 1 else []),
            Column("groups", "Groups", "count"),
            Column("points", "Margin or change, points", "number"),
            Column("level", "Confidence", "share"),
            Column("power", "Chance to see it", "share"),
        ]


def for_margin(points: float, *, variance: Nps | float = USUAL_VARIANCE, level: float = LEVEL) -> Plan:
    """Answers needed for a score within a margin.

    Args:
        points: half the width of the interval, in points.
        variance: of one answer's band (-1, 0, 1), or a score whose variance is to be expected; 1 is the largest there is.
        level: confidence level.

    Raises:
        VocError: the margin is not positive.

    Notes:
        n = z^2 s^2 / d^2 - 3, which is adjusted Wald solved for n.

    References:
        Lewis & Sauro 2021, measuringu.com/nps-ci-sample-size.

    >>> for_margin(5, level=0.9).n, for_margin(5, variance=1, level=0.9).n
    (723, 1080)
    """
    return _plan(points, stats.z_value(level), 1, variance, level, math.nan)


def for_change(points: float, *, variance: Nps | float = USUAL_VARIANCE, level: float = LEVEL, power: float = POWER) -> Plan:
    """Answers needed in each of two samples to see a change between them.

    Args:
        points: the change that must not be missed, in points.
        variance: of one answer's band, or a score whose variance is to be expected, the same in both samples.
        level: confidence level.
        power: chance to see a change of this size.

    Raises:
        VocError: the change is not positive.

    Notes:
        n = 2 s^2 (z_level + z_power)^2 / d^2 - 3.

    >>> for_change(10).n
    1049
    """
    return _plan(points, stats.z_value(level) + float(sps.norm.ppf(power)), 2, variance, level, power)


def for_benchmark(points: float, *, variance: Nps | float = USUAL_VARIANCE, level: float = LEVEL, power: float = POWER) -> Plan:
    """Answers needed to show that a score lies above a fixed number (one-sided).

    Args:
        points: how far above it is, in points.
        variance: of one answer's band, or a score whose variance is to be expected.
        level: confidence level.
        power: chance to show it.

    Raises:
        VocError: the distance is not positive.

    Notes:
        n = s^2 (z_level + z_power)^2 / d^2 - 3.

    References:
        Lewis & Sauro 2021, measuringu.com/nps-benchmark-test-sample-size (1,655 and 412 for 5 and 10 points, with rounded z).

    >>> for_benchmark(10).n
    412
    """
    return _plan(points, float(sps.norm.ppf(level)) + float(sps.norm.ppf(power)), 1, variance, level, power)


def for_segment(points: float, *, share: float, variance: Nps | float = USUAL_VARIANCE, level: float = LEVEL) -> Plan:
    """Answers needed in all for the score of a segment within a margin; for a change, `for_change(points).within(share)`.

    Args:
        points: half the width of the segment's interval, in points.
        share: the segment's share of all answers, 0..1.
        variance: of one answer's band, or a score whose variance is to be expected in the segment.
        level: confidence level.

    Raises:
        VocError: the margin or the share is not possible.

    Notes:
        The segment gets n = total * share answers on average; by chance it may be some sqrt(n) more or fewer.

    >>> plan = for_segment(5, share=0.25)
    >>> plan.n, plan.total
    (1027, 4108)
    """
    return for_margin(points, variance=variance, level=level).within(share)


def _plan(points: float, z: float, groups: int, variance: Nps | float, level: float, power: float) -> Plan:
    check_positive(points)
    if not (math.isnan(power) or 0 < power < 1):
        raise VocError(f"power must lie between 0 and 1, such as 0.8; found {power:g}")
    s2 = variance.variance if isinstance(variance, Nps) else float(variance)
    if not 0 < s2 <= 1:
        raise VocError(f"the variance of one answer's band lies between 0 and 1; found {s2:.3g}")
    return Plan(int(needed(points, z, groups, s2)), groups, points, level, power, s2)


def check_positive(points: float) -> None:
    """A margin or change must be above 0."""
    if not points > 0:
        raise VocError(f"points must be above 0; found {points}")


def needed(points: float, z: float, groups: int, variance: ArrayLike) -> Floats:
    """Whole answers in each group, at least 1, of the variance's shape: n = groups s^2 z^2 / d^2 - 3."""
    return np.maximum(np.ceil(groups * np.asarray(variance, dtype=float) * z**2 / (points / 100) ** 2 - ADDED - 1e-9), 1)
