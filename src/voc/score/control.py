"""Counts per period, in time order -> what the ordinary earlier periods lead one to expect of each, and whether it is unusual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats as sps

from voc import display
from voc.schema import MIN_ANSWERS, VocError
from voc.stats import Floats

FALSE_ALARM = 0.01  # of ordinary periods, the share called unusual
# Limits lie 8 times the usual spread away with four earlier periods, 6.2 with five, 5.2 with six, 3.5 with twelve: with fewer nothing would be found.
MIN_BASELINE = 6
RARE = 2.0  # size times variance of an answer; below it scores are mostly the same few steps, and ranges do not measure their spread
UNBELIEVABLE = 0.01  # a spread so small that chance leaves it this rarely is taken for the smallest that is not
ESTIMATED = 1.5  # how much more leaving out ordinary periods narrows limits that are estimated than known ones (see `widening`)
MEAN_RANGE = 2 / np.sqrt(np.pi)  # of two standard normals: 1.128
RANGE_VARIANCE = 2 - 4 / np.pi
RANGE_COVARIANCE = (2 * np.sqrt(3) - 4) / np.pi + 1 / 3  # of two ranges that share a period

SEASONS = {
    "day": "A day is compared with the days before it; differences between weekdays are not taken out.",
    "week": "A week is compared with the weeks before it; swings that return every year are not taken out.",
    "month": "A month is compared with the months before it; swings that return every year are not taken out.",
    "quarter": "A quarter is compared with the quarters before it; swings that return every year are not taken out.",
    "year": "A year is compared with the years before it.",
}


class Chart(NamedTuple):
    """Charts of k periods, each judged by those before it; all arrays (..., k).

    Attributes:
        low: lower limit of the period's score, points -100..100; nan for the first 6 periods.
        high: upper limit.
        side: 1 above the limits, -1 below, 0 within them or not judged.
        left_out: whether the period is no part of what later ones are judged by.
        before: number of periods it is judged by.
    """

    low: Floats
    high: Floats
    side: NDArray[np.int64]
    left_out: NDArray[np.bool_]
    before: NDArray[np.int64]


def judge(
    detractors: ArrayLike,
    passives: ArrayLike,
    promoters: ArrayLike,
    *,
    effective: ArrayLike | None = None,
    alarm: float = FALSE_ALARM,
    spread: float | None = None,
) -> pd.DataFrame:
    """Judge each period by the ordinary periods before it.

    Args:
        detractors: (k,) counts or shares, one per period in time order, none of which share answers.
        passives: (k,) likewise.
        promoters: (k,) likewise.
        effective: (k,) effective numbers of answers; the sum of the three counts without.
        alarm: share of ordinary periods that may be called unusual.
        spread: how many times the sampling error ordinary scores lie apart, where that is known (1: by chance alone); measured without.

    Returns:
        k rows: `usual_low`, `usual_high` (points) of the period's own score given its size; `unusual` ("above", "below", ""); `before`, the
        number of periods it is judged by; `left_out`, whether it is no part of what later ones are judged by: it was unusual and stands
        alone (see `chart`), or has fewer than 10 effective answers. Limits are missing with fewer than 6 periods before, and for periods of
        fewer than 10 effective answers.

    Raises:
        VocError: a negative count, or a rate of false alarms that is not between 0 and 1.

    Notes:
        Limits are those of `chart`. Each period is called unusual at the given rate, so that of many periods some will be. Whether the last
        one stands alone the next will tell: if that is unusual on the same side, both count.
    """
    counts = np.stack([np.asarray(x, dtype=float) for x in (detractors, passives, promoters)])
    if (counts < 0).any():
        raise VocError(f"counts of answers must not be negative; found {counts.min():g}")
    total = counts.sum(axis=0)
    size = total if effective is None else np.where(total > 0, np.asarray(effective, dtype=float), 0.0)
    used = size >= MIN_ANSWERS
    drawn = chart(*counts[:, used] * (size[used] / total[used]), alarm=alarm, spread=spread)
    out = pd.DataFrame({"usual_low": np.nan, "usual_high": np.nan, "unusual": "", "before": 0, "left_out": ~used})
    out.loc[used, "usual_low"], out.loc[used, "usual_high"] = drawn.low, drawn.high
    out.loc[used, "unusual"] = np.select([drawn.side > 0, drawn.side < 0], ["above", "below"], "")
    out.loc[used, "left_out"] = drawn.left_out
    out["before"] = np.append(drawn.before, (~drawn.left_out).sum())[np.cumsum(used) - used]
    return out


def chart(detractors: Floats, passives: Floats, promoters: Floats, *, alarm: float = FALSE_ALARM, spread: float | None = None) -> Chart:
    """Limits of each period's score from the periods before it that count, and whether it keeps them.

    Args:
        detractors: (..., k) effective counts, time along the last axis; no period without answers.
        passives: (..., k) likewise.
        promoters: (..., k) likewise.
        alarm: share of ordinary periods that may fall outside.
        spread: ratio of the spread to the sampling error, where known; measured without.

    Raises:
        VocError: the rate of false alarms is not between 0 and 1.

    Notes:
        A period outside its limits that stands alone is left out of what later ones are judged by, as an analyst leaves out a month with a
        known special reason. Two on the same side in direct succession mean that the level has moved: both count, and so does each further
        one on that side, until 6 periods in a row kept their limits.

        The spread is measured as in Laney's p' chart: mean moving range / 1.128, each range between neighbours (of those that count)
        divided by its own sampling error, so that steps and drifts among the earlier periods hardly widen the limits. Where sizes are equal
        this is Laney's sigma_z. What it exceeds 1 by is taken for a wandering of the true score, as wide in points for a large period as
        for a small one (variance tau^2 + v / n; Laney multiplies v / n, which is too narrow for large periods). The limits allow for the
        error of the earlier periods' mean and, with Student's t at the degrees of freedom of the mean moving range (7 for 12 periods), of
        their spread. They are moved towards the longer tail of a score near 100 or -100 (Cornish-Fisher). v is never 0: three answers are
        added, as adjusted Wald adds them.

        Ordinary periods outside the limits are left out too, which narrows the spread of the others; `widening` makes up for it.

        At a nominal 1 % the rate of false alarms, simulated in `benchmarks/control.py` with every period judged in its turn, is 0.9 to 1.15 %
        for 12, 24 and 60 earlier periods and 0.7 % for 6, sizes equal or within 40 %, the true score still or wandering. It is lower for
        periods much smaller than most (0.5 %) or scores calmer than chance; higher, where the true score wanders, for periods much larger
        than most (1.7 % at 1.5 times), sizes very unequal (1.3 %) and small periods near 100 (30 answers: 1.3 % with 85 % promoters, 1.9 %
        with 95 %); and where neighbouring periods are alike or swings return every year (2 to 2.5 %). Of falls by 5 sampling errors after 12
        periods it finds 81 %, and 72 % if one of the 12 was odd by 6 errors (12 % if that one counted).

    References:
        Laney 2002, Quality Engineering 14:531; Chen 1998, Journal of Quality Technology 30:142 (skewness; type "CF" of R's IQCC);
        Patnaik 1950, Biometrika 37:78 (degrees of freedom of a mean range).
    """
    if not 0 < alarm < 1:
        raise VocError(f"the rate of false alarms must lie between 0 and 1; found {alarm:g}")
    n = detractors + passives + promoters
    score = 100 * (promoters - detractors) / n
    periods = np.moveaxis(np.stack([detractors, n, promoters]), -1, 0)
    rules, kept = _rules(len(periods), alarm, spread), _Kept(n.shape[:-1])
    low, high = np.full((2, *n.shape), np.nan)
    side, before, left_out = np.zeros(n.shape, dtype=int), np.zeros(n.shape, dtype=int), np.zeros(n.shape, dtype=bool)
    moved, within = np.zeros((2, *n.shape[:-1]), dtype=int)  # side to which the level has moved; periods in a row that kept their limits
    for i, period in enumerate(periods):
        before[..., i] = kept.sums[0]
        if i >= MIN_BASELINE:
            low[..., i], high[..., i] = _limits(kept.sums, n[..., i], rules)
            above, below = score[..., i] > high[..., i] + 1e-9, score[..., i] < low[..., i] - 1e-9
            side[..., i] = np.where(above, 1, np.where(below, -1, 0))
        now = side[..., i]
        again = (now != 0) & (now == side[..., i - 1])
        if again.any():
            kept.add(periods[i - 1], again & left_out[..., i - 1])
            left_out[..., i - 1] &= ~again
        within = np.where(now == 0, within + 1, 0)
        moved = np.where(again, now, np.where(within >= MIN_BASELINE, 0, moved))
        left_out[..., i] = (now != 0) & (now != moved)
        kept.add(period, ~left_out[..., i])
    return Chart(low, high, side, left_out, before)


def sentence(frame: pd.DataFrame, every: str) -> str:
    """What the last period is: usual, unusual, or not to be said.

    Args:
        frame: one row per period in time order: `period` (how it is called), `value` (points, missing where not shown) and the columns of
            `judge`.
        every: "day", "week", "month", "quarter" or "year".
    """
    if frame.empty:
        return f"There is no {every} to judge."
    *_, last = display.rows(frame)
    if last.before < MIN_BASELINE:
        few = f"Only {display.plural(last.before, every)}" if last.before else f"No {every}"
        enough = " with enough answers" if last.before < len(frame) - 1 else ""
        return f"{few}{enough} came before {last.period}: too few to say what is usual."
    if np.isnan(last.value) or np.isnan(last.usual_low):
        return f"{last.period} has too few answers to say whether it is unusual."
    name, expected = f"{last.period} ({display.points(last.value)})", display.interval(last.usual_low, last.usual_high)
    aside = frame["left_out"] | (frame["before"] == last.before)  # the first of a pair, when the second came, was still aside
    odd = (aside & (frame["unusual"] != "")).iloc[:-1].any()
    earlier = f"the {display.plural(last.before, f'ordinary {every}' if odd else every)} before would lead one to expect"
    if last.unusual:
        return f"{name} is unusually {'high' if last.unusual == 'above' else 'low'}: {earlier} {expected}."
    return f"{name} lies within what {earlier} ({expected})."


class _Kept:
    """Sums over the periods that count, for charts of one shape; a period is three arrays: detractors, answers, promoters."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.sums = np.zeros((7, *shape))  # periods, detractors, answers, promoters, squared answers; pairs' sizes and ranges
        self.size, self.score = np.zeros((2, *shape))  # of the last one

    def add(self, period: Floats, where: NDArray[np.bool_]) -> None:
        """Count a period in the charts where it counts."""
        detractors, n, promoters = period
        score = (promoters - detractors) / n
        together = 2 * n * self.size / (n + self.size)  # the size at which two periods would differ as much; 0 for the first
        ranges = np.abs(score - self.score) * np.sqrt(together)
        self.sums += np.where(where, np.stack([np.ones_like(n), detractors, n, promoters, n**2, together, ranges]), 0.0)
        self.size, self.score = np.where(where, n, self.size), np.where(where, score, self.score)


@dataclass(frozen=True)
class _Rules:
    """What limits take from tables.

    Attributes:
        normal: quantile of the normal distribution.
        reach: (k + 1,) quantile by the number of earlier periods, in spreads.
        scale: (k + 1,) what a squared mean range is multiplied by to give a squared spread.
        least: (k + 1,) smallest believable squared spread, in sampling errors.
        spread: the spread in sampling errors where it is known.
    """

    normal: float
    reach: Floats
    scale: Floats
    least: Floats
    spread: float | None


def _rules(most: int, alarm: float, spread: float | None) -> _Rules:
    """Rules for up to so many earlier periods."""
    before, normal = np.arange(most + 1, dtype=float), float(sps.norm.isf(alarm / 2))
    freedom = freedom_of(before)
    reach = np.asarray(sps.t.isf(alarm / 2, freedom) if spread is None else np.full(most + 1, normal))
    scale = (widening(before, alarm) / MEAN_RANGE) ** 2 / (1 + range_error(before))
    return _Rules(normal, reach, scale, sps.chi2.ppf(UNBELIEVABLE, freedom) / freedom, spread)


def _limits(sums: Floats, n: Floats, rules: _Rules) -> tuple[Floats, Floats]:
    """Limits of periods of n answers, from sums over those that count."""
    before, detractors, size, promoters, squares, together, ranges = sums
    row, pairs = before.astype(int), before - 1
    mean, typical = (promoters - detractors) / size, together / pairs
    variance, skewness = _moments(detractors, size, promoters)
    if rules.spread is None:
        least = variance * np.where(typical * variance < RARE, 1.0, rules.least[row])
        answer = np.maximum((ranges / pairs) ** 2 * rules.scale[row], least)
    else:
        answer = rules.spread**2 * variance
    sampling = np.minimum(answer, variance)
    wandering = (answer - sampling) / typical
    one = sampling / n + wandering
    half = rules.reach[row] * np.sqrt(one + sampling / size + wandering * squares / size**2)
    tail = (rules.normal**2 - 1) / 6 * skewness / variance**2 * np.maximum(one, variance / n)
    middle = mean + np.minimum(np.maximum(tail, -half), half)
    return 100 * np.maximum(middle - half, -1), 100 * np.minimum(middle + half, 1)


def _moments(detractors: Floats, n: Floats, promoters: Floats) -> tuple[Floats, Floats]:
    """Variance and third central moment of an answer's band (-1, 0, 1), with three answers added."""
    net, either = (promoters - detractors) / (n + 3), (promoters + detractors + 1.5) / (n + 3)
    return either - net**2, net - 3 * net * either + 2 * net**3


def range_error(periods: Floats) -> Floats:
    """Relative variance of the mean moving range of independent normals: (0.8264 k - 1.082) / (k - 1)^2.

    Args:
        periods: how many normals, array.

    References:
        Cryer & Ryan 1990, Journal of Quality Technology 22:187.
    """
    pairs = np.maximum(periods - 1, 1)
    error: Floats = (RANGE_VARIANCE * pairs + 2 * RANGE_COVARIANCE * (pairs - 1)) / (pairs * MEAN_RANGE) ** 2
    return error


def freedom_of(periods: Floats) -> Floats:
    """Degrees of freedom d at which a chi has the relative variance of the mean moving range, 1 / 2d + 1 / 8d^2.

    Args:
        periods: how many normals, array.
    """
    error = range_error(periods)
    freedom: Floats = (1 + np.sqrt(1 + 2 * error)) / (4 * error)
    return freedom


def widening(periods: Floats, alarm: float = FALSE_ALARM) -> Floats:
    """What the mean moving range of the periods kept is multiplied by because ordinary ones outside the limits are left out.

    Args:
        periods: how many are kept, array.
        alarm: share of ordinary periods outside.

    Notes:
        Two normals cut off at +-c, the quantile of the rate a, differ on average by 2 / (1 - a)^2 * ((2 Phi(c sqrt 2) - 1) / sqrt pi -
        2 (1 - a) phi(c)): 3.2 % less than uncut at 1 %. Limits are estimated, and where they came out narrow more is left out: half as
        much again keeps simulated sequences at the rate (`tests/test_control.py`). The first 6 periods are never left out.
    """
    end, kept = float(sps.norm.isf(alarm / 2)), 1 - alarm
    cut = 2 / kept**2 * ((2 * sps.norm.cdf(end * np.sqrt(2)) - 1) / np.sqrt(np.pi) - 2 * kept * sps.norm.pdf(end))
    factor: Floats = 1 + ESTIMATED * (MEAN_RANGE / cut - 1) * np.maximum(periods - MIN_BASELINE, 0) / np.maximum(periods, 1)
    return factor
