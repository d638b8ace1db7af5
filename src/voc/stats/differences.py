"""Two estimates or two counts -> their difference, its interval and its test."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from voc.stats.base import Floats, z_value

FARTHEST = 30.0  # standard errors
CLOSE = 1e-9  # two steps towards a p-value


def mover_difference(
    value1: ArrayLike, interval1: tuple[ArrayLike, ArrayLike], value2: ArrayLike, interval2: tuple[ArrayLike, ArrayLike], *, correlation: float = 0.0
) -> tuple[Floats, Floats]:
    """Interval of value1 - value2 from the two separate intervals (method of variance estimates recovery).

    Args:
        value1: first estimates, scalar or array.
        interval1: their lower and upper ends.
        value2: second estimates.
        interval2: their lower and upper ends.
        correlation: of the two estimates; 0 where they rest on different people.

    References:
        Zou & Donner 2008, Statistics in Medicine 27:1693; with Wilson intervals this is Newcombe's method 10.
    """
    v1, v2 = np.asarray(value1, dtype=float), np.asarray(value2, dtype=float)
    (l1, u1), (l2, u2) = (tuple(np.asarray(x, dtype=float) for x in pair) for pair in (interval1, interval2))
    down1, up1, down2, up2 = v1 - l1, u1 - v1, v2 - l2, u2 - v2
    low = v1 - v2 - np.sqrt(np.maximum(down1**2 + up2**2 - 2 * correlation * down1 * up2, 0))
    high = v1 - v2 + np.sqrt(np.maximum(up1**2 + down2**2 - 2 * correlation * up1 * down2, 0))
    return low, high


def difference_p(value: ArrayLike, interval: Callable[[Floats], tuple[Floats, Floats]]) -> Floats:
    """Two-sided p-values of "no difference" that belong to an interval of a difference: the level at which it just touches 0.

    Args:
        value: (k,) differences.
        interval: (k,) normal quantiles -> (low, high), (k,) each, of the differences; wider for larger quantiles.

    Returns:
        (k,) p-values; 1 where the difference is 0, nan where it is not known.

    Notes:
        An interval's width is nearly proportional to its quantile, which gives the first step; the others are the secant method's, so that
        the interval at the p-value's own level ends at 0 to within 1e-9 wherever p is above 1e-8.
    """
    gap = np.asarray(value, dtype=float)
    size = np.abs(gap)

    def width(z: Floats) -> Floats:
        low, high = interval(z)
        return np.where(gap > 0, gap - low, high - gap)

    last = np.where(np.isnan(gap), np.nan, 1.0)
    wide = width(last)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.clip(last * size / wide, 1e-6, FARTHEST)
        for _ in range(7):
            now = width(z)
            slope = (now - wide) / (z - last)
            step = np.where(slope > 0, z + (size - now) / slope, z * size / now)
            last, wide, z = z, now, np.clip(np.clip(step, z / 4, 4 * z), 1e-6, FARTHEST)
            if not (np.abs(z - last) > CLOSE).any():
                break
    p: Floats = np.where(gap == 0, 1.0, 2 * sps.norm.sf(z))
    return p


def weighted_sum(weights: ArrayLike, values: ArrayLike, low: ArrayLike, high: ArrayLike) -> tuple[float, float, float]:
    """Weighted sum of independent estimates with its interval: distances to the ends add up as squares (MOVER for several parts).

    Args:
        weights: (k,) fixed weights.
        values: (k,) estimates.
        low: (k,) their lower ends.
        high: (k,) their upper ends.

    Returns:
        (value, low, high).

    References:
        Zou & Donner 2008, Statistics in Medicine 27:1693.
    """
    w, v, lo, hi = (np.asarray(x, dtype=float) for x in (weights, values, low, high))
    total = float(w @ v)
    down = np.where(w >= 0, v - lo, hi - v)
    up = np.where(w >= 0, hi - v, v - lo)
    return total, total - float(np.sqrt(((w * down) ** 2).sum())), total + float(np.sqrt(((w * up) ** 2).sum()))


def wilson(count: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Score interval of a share (Wilson 1927); nan where n is 0."""
    k, m, z = np.asarray(count, dtype=float), np.asarray(n, dtype=float), z_value(level)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = k / m
        centre = (share + z**2 / (2 * m)) / (1 + z**2 / m)
        half = z * np.sqrt(share * (1 - share) / m + z**2 / (4 * m**2)) / (1 + z**2 / m)
    return np.maximum(centre - half, 0), np.minimum(centre + half, 1)


def share_difference(count1: ArrayLike, n1: ArrayLike, count2: ArrayLike, n2: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats, Floats]:
    """Difference of two independent shares with Newcombe's interval (his method 10).

    Returns:
        (difference, low, high), shares -1..1.

    References:
        Newcombe 1998, Statistics in Medicine 17:873.
    """
    k1, m1, k2, m2 = (np.asarray(x, dtype=float) for x in (count1, n1, count2, n2))
    with np.errstate(invalid="ignore", divide="ignore"):
        s1, s2 = k1 / m1, k2 / m2
    low, high = mover_difference(s1, wilson(k1, m1, level=level), s2, wilson(k2, m2, level=level))
    return s1 - s2, low, high


def share_difference_p(count1: ArrayLike, n1: ArrayLike, count2: ArrayLike, n2: ArrayLike) -> Floats:
    """Two-sided p-values of equal shares: Fisher's exact test, element by element."""
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, dtype=int)) for x in (count1, n1, count2, n2)))
    tables = zip(*(a.ravel() for a in arrays), strict=True)
    values = [sps.fisher_exact(np.array([[k1, m1 - k1], [k2, m2 - k2]])).pvalue for k1, m1, k2, m2 in tables]
    return np.asarray(values, dtype=float)


def doubled_fisher_p(count1: ArrayLike, n1: ArrayLike, count2: ArrayLike, n2: ArrayLike) -> Floats:
    """Two-sided p-values of equal shares, all at once: Fisher's exact test, its smaller side doubled (at most 1).

    Never smaller than it should be; `share_difference_p` has the other two-sided form, which takes a loop.
    """
    tables = np.stack(np.broadcast_arrays(*(np.asarray(x, dtype=np.int64) for x in (count1, n1, count2, n2))), axis=-1)
    # A vocabulary has few different pairs of counts: each is worked out once.
    distinct, place = np.unique(tables.reshape(-1, 4), axis=0, return_inverse=True)
    k1, m1, k2, m2 = distinct.T
    below = sps.hypergeom.cdf(k1, m1 + m2, k1 + k2, m1)
    above = sps.hypergeom.sf(k1 - 1, m1 + m2, k1 + k2, m1)
    p = np.minimum(2 * np.minimum(below, above), 1.0)
    return np.asarray(p[place.ravel()].reshape(tables.shape[:-1]), dtype=float)


def mantel_haenszel_difference(tables: ArrayLike, *, level: float = 0.95) -> tuple[float, float, float]:
    """Difference of two shares in the same stratum, averaged over strata, with its interval.

    Args:
        tables: (k, 2, 2) counts: first and second group by yes and no.
        level: confidence level.

    Returns:
        (difference, low, high), shares -1..1; nan where no stratum holds both groups.

    References:
        Greenland & Robins 1985, Biometrics 41:55; variance of Sato 1989, Biometrics 45:1323, which holds for few large and many small strata.
    """
    t = np.asarray(tables, dtype=float)
    t = t[(t.sum(axis=2) > 0).all(axis=1)]
    if not len(t):
        return float("nan"), float("nan"), float("nan")
    (a, b), (c, d) = np.moveaxis(t[:, 0], 1, 0), np.moveaxis(t[:, 1], 1, 0)
    n1, n2 = a + b, c + d
    n, weight = n1 + n2, n1 * n2 / (n1 + n2)
    gap = float((a * n2 - c * n1) @ (1 / n) / weight.sum())
    p = (n1**2 * c - n2**2 * a + n1 * n2 * (n2 - n1) / 2) / n**2
    q = (a * (n2 - c) + c * (n1 - a)) / (2 * n)
    half = z_value(level) * float(np.sqrt(max(gap * p.sum() + q.sum(), 0)) / weight.sum())
    return gap, gap - half, gap + half


def mantel_haenszel_p(tables: ArrayLike) -> float:
    """Two-sided p-value of no association in any of several 2 x 2 tables (Cochran-Mantel-Haenszel, continuity-corrected).

    Args:
        tables: (k, 2, 2) counts; tables with an empty row or column say nothing and are passed over.

    References:
        Mantel & Haenszel 1959, JNCI 22:719; equal to R's mantelhaen.test with its default correction.
    """
    t = np.asarray(tables, dtype=float)
    n, row, column = t.sum(axis=(1, 2)), t.sum(axis=2), t.sum(axis=1)
    useful = (n > 1) & (row > 0).all(axis=1) & (column > 0).all(axis=1)
    t, n, row, column = t[useful], n[useful], row[useful], column[useful]
    variance = float((row.prod(axis=1) * column.prod(axis=1) / (n**2 * (n - 1))).sum())
    if variance <= 0:
        return 1.0
    gap = abs(float((t[:, 0, 0] - row[:, 0] * column[:, 0] / n).sum()))
    return float(sps.chi2.sf(max(gap - 0.5, 0) ** 2 / variance, 1))
