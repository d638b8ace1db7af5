"""How many answers a question needs: for a score within a margin, for a change that would be seen, and in how many days they come in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
from scipy import stats as sps

from voc import display, stats
from voc.display import Column, Result
from voc.schema import VocError
from voc.score.nps import LEVEL, POWER, Nps

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
    """

    n: int
    groups: int
    points: float
    level: float
    power: float
    variance: float

    def days(self, per_day: float) -> int:
        """Days until the answers of one group are in.

        Raises:
            VocError: `per_day` is not positive.
        """
        if not per_day > 0:
            raise VocError(f"answers per day must be above 0; found {per_day}")
        return math.ceil(self.n / per_day)

    @property
    def headline(self) -> str:
        """How many answers, and for what."""
        sure, answers = display.share(self.level), display.plural(self.n, "answer")
        if math.isnan(self.power):
            return f"{answers} give a score within ±{display.number(self.points, 1)} points ({sure} confidence)."
        each = " in each of two groups" if self.groups == 2 else ""
        return (
            f"{answers}{each} show a change of {display.number(self.points, 1)} points with {display.share(self.power)} chance ({sure} confidence)."
        )

    def to_frame(self) -> pd.DataFrame:
        """One row with every attribute."""
        names = ("n", "groups", "points", "level", "power", "variance")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def _columns(self) -> list[Column]:
        return [
            Column("n", "Answers needed", "count"),
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


def _plan(points: float, z: float, groups: int, variance: Nps | float, level: float, power: float) -> Plan:
    if not points > 0:
        raise VocError(f"points must be above 0; found {points}")
    s2 = variance.variance if isinstance(variance, Nps) else float(variance)
    if not 0 < s2 <= 1:
        raise VocError(f"the variance of one answer's band lies between 0 and 1; found {s2:.3g}")
    n = max(math.ceil(groups * s2 * z**2 / (points / 100) ** 2 - ADDED - 1e-9), 1)
    return Plan(n, groups, points, level, power, s2)
