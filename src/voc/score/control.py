"""Counts per period, in time order -> what the earlier periods lead one to expect of each, and whether it is unusual."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats as sps

from voc import display
from voc.schema import MIN_ANSWERS, VocError
from voc.stats import Floats

FALSE_ALARM = 0.01  # of ordinary periods, the share called unusual
# Limits lie 8 times the usual spread away with four earlier periods, 6.2 with five, 5.2 with six, 3.5 with twelve: with fewer nothing would be found.
MIN_BASELINE = 6
RARE = 2.0  # size times variance of an answer; below it scores are mostly the same few steps, and ranges do not measure their spread
UNBELIEVABLE = 0.01  # a spread so small that chance leaves it this rarely is taken for the smallest that is not
MEAN_RANGE = 2 / np.sqrt(np.pi)  # of two standard normals: 1.128
RANGE_VARIANCE = 2 - 4 / np.pi
RANGE_COVARIANCE = (2 * np.sqrt(3) - 4) / np.pi + 1 / 3  # of two ranges that share a period

SEASONS = {
    "day": "A day is compared with all days before it; differences between weekdays are not taken out.",
    "week": "A week is compared with all weeks before it; swings that return every year are not taken out.",
    "month": "A month is compared with all months before it; swings that return every year are not taken out.",
    "quarter": "A quarter is compared with all quarters before it; swings that return every year are not taken out.",
    "year": "A year is compared with all years before it.",
}


def judge(
    detractors: ArrayLike,
    passives: ArrayLike,
    promoters: ArrayLike,
    *,
    effective: ArrayLike | None = None,
    alarm: float = FALSE_ALARM,
    spread: float | None = None,
) -> pd.DataFrame:
    """Judge each period by the periods before it.

    Args:
        detractors: (k,) counts or shares, one per period in time order, none of which share answers.
        passives: (k,) likewise.
        promoters: (k,) likewise.
        effective: (k,) effective numbers of answers; the sum of the three counts without.
        alarm: share of ordinary periods that may be called unusual.
        spread: how many times the sampling error ordinary scores lie apart, where that is known (1: by chance alone); measured without.

    Returns:
        k rows: `usual_low`, `usual_high` (points) of the period's own score given its size; `unusual` ("above", "below", ""); `before`, the
        number of periods it is judged by. Limits are missing with fewer than 6 periods before, and for periods of fewer than 10 effective
        answers, which are also left out of what others are judged by.

    Raises:
        VocError: a negative count, or a rate of false alarms that is not between 0 and 1.

    Notes:
        Limits are those of `limits`. Each period is called unusual at the given rate, so that of many periods some will be.
    """
    counts = np.stack([np.asarray(x, dtype=float) for x in (detractors, passives, promoters)])
    if (counts < 0).any():
        raise VocError(f"counts of answers must not be negative; found {counts.min():g}")
    total = counts.sum(axis=0)
    size = total if effective is None else np.where(total > 0, np.asarray(effective, dtype=float), 0.0)
    used = size >= MIN_ANSWERS
    counts = counts[:, used] * (size[used] / total[used])
    low, high = limits(*counts, alarm=alarm, spread=spread)
    value = 100 * (counts[2] - counts[0]) / size[used]
    out = pd.DataFrame({"usual_low": np.nan, "usual_high": np.nan, "unusual": "", "before": np.cumsum(used) - used})
    out.loc[used, "usual_low"], out.loc[used, "usual_high"] = low, high
    out.loc[used, "unusual"] = np.select([value > high + 1e-9, value < low - 1e-9], ["above", "below"], "")
    return out


def limits(
    detractors: Floats, passives: Floats, promoters: Floats, *, alarm: float = FALSE_ALARM, spread: float | None = None
) -> tuple[Floats, Floats]:
    """Limits of each period's score, from the periods before it.

    Args:
        detractors: (..., k) effective counts, time along the last axis; no period without answers.
        passives: (..., k) likewise.
        promoters: (..., k) likewise.
        alarm: share of ordinary periods that may fall outside.
        spread: ratio of the spread to the sampling error, where known; measured without.

    Returns:
        (low, high), each (..., k), points -100..100; nan for the first 6 periods.

    Raises:
        VocError: the rate of false alarms is not between 0 and 1.

    Notes:
        The spread is measured as in Laney's p' chart: mean moving range / 1.128, each range between neighbours divided by its own sampling
        error, so that steps and drifts among the earlier periods hardly widen the limits. Where sizes are equal this is Laney's sigma_z.
        What it exceeds 1 by is taken for a wandering of the true score, as wide in points for a large period as for a small one
        (variance tau^2 + v / n; Laney multiplies v / n, which is too narrow for large periods). The limits allow for the error of the
        earlier periods' mean and, with Student's t at the degrees of freedom of the mean moving range (7 for 12 periods), of their spread.
        They are moved towards the longer tail of a score near 100 or -100 (Cornish-Fisher). v is never 0: three answers are added, as
        adjusted Wald adds them.

        At a nominal 1 % the rate of false alarms, simulated in `benchmarks/control.py`, is 0.8 to 1.2 % for 12, 24 and 60 earlier periods and
        0.7 % for 6, sizes equal or not, the true score still or wandering. It is lower where almost every answer is the same; higher where
        the true score wanders and the judged period is much larger than most (1.3 % at 1.5 times), where neighbouring periods are alike
        (2 %), and with yearly swings (2 %).

    References:
        Laney 2002, Quality Engineering 14:531; Chen 1998, Journal of Quality Technology 30:142 (skewness; type "CF" of R's IQCC);
        Patnaik 1950, Biometrika 37:78 (degrees of freedom of a mean range).
    """
    if not 0 < alarm < 1:
        raise VocError(f"the rate of false alarms must lie between 0 and 1; found {alarm:g}")
    n = detractors + passives + promoters
    score = (promoters - detractors) / n
    before, normal = np.arange(n.shape[-1], dtype=float), float(sps.norm.isf(alarm / 2))
    size = _earlier(n)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = _earlier(promoters - detractors) / size
        variance, skewness = _moments(_earlier(detractors), size, _earlier(promoters))
        together = 2 / (1 / n[..., 1:] + 1 / n[..., :-1])  # the size at which two periods would differ as much
        typical = _mean_of_pairs(together)
        if spread is None:
            ranges = _mean_of_pairs(np.abs(np.diff(score)) * np.sqrt(together))
            least = variance * np.where(typical * variance < RARE, 1.0, _least(before))
            answer = np.maximum((ranges / MEAN_RANGE) ** 2 / (1 + range_error(before)), least)
            quantile = np.asarray(sps.t.isf(alarm / 2, freedom_of(before)))
        else:
            answer, quantile = spread**2 * variance, np.asarray(normal)
        sampling = np.minimum(answer, variance)
        wandering = (answer - sampling) / typical if spread is None or spread > 1 else 0.0
        one = sampling / n + wandering
        half = quantile * np.sqrt(one + sampling / size + wandering * _earlier(n**2) / size**2)
        tail = (normal**2 - 1) / 6 * skewness / variance**2 * np.maximum(one, variance / n)
        tail = np.clip(tail, -half, half)
    enough = before >= MIN_BASELINE
    low, high = (np.where(enough, 100 * np.clip(mean + tail + side * half, -1, 1), np.nan) for side in (-1, 1))
    return low, high


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
    earlier = f"the {display.plural(last.before, every)} before would lead one to expect"
    if last.unusual:
        return f"{name} is unusually {'high' if last.unusual == 'above' else 'low'}: {earlier} {expected}."
    return f"{name} lies within what {earlier} ({expected})."


def _earlier(values: Floats) -> Floats:
    """Sums over the periods before each, so that no period takes part in its own."""
    return np.concatenate([np.zeros_like(values[..., :1]), np.cumsum(values, axis=-1)[..., :-1]], axis=-1)


def _mean_of_pairs(values: Floats) -> Floats:
    """Means, for each of k periods, over the pairs of neighbours before it, from (..., k - 1) values of pairs; nan or 0 before there is one."""
    nothing = np.zeros((*values.shape[:-1], 1))
    mean: Floats = _earlier(np.concatenate([nothing, values], axis=-1)) / np.maximum(np.arange(values.shape[-1] + 1) - 1, 1)
    return mean


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


def _least(before: Floats) -> Floats:
    """The smallest believable ratio of measured to true squared spread."""
    least: Floats = sps.chi2.ppf(UNBELIEVABLE, freedom_of(before)) / freedom_of(before)
    return least
