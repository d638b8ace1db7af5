"""Counts -> intervals, tests and draws: the pure numerics that every later stage shares. No frames, no text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats as sps

from voc.schema import VocError

Floats = NDArray[np.float64]
Method = Literal["tango", "adjusted-wald", "wald"]
Side = Literal["both", "lower", "upper"]
FARTHEST = 30.0  # standard errors
MOST_STEPS, TINY = 80, 1e-14  # of the search for an interval's end
CLOSE = 1e-9  # two steps towards a p-value


def z_value(level: float) -> float:
    """Two-sided normal quantile of a confidence level.

    >>> round(z_value(0.95), 6)
    1.959964
    """
    if not 0 < level < 1:
        raise VocError(f"level must lie between 0 and 1, such as 0.95; found {level}")
    return float(sps.norm.ppf(0.5 + level / 2))


def normal_above(z: ArrayLike) -> Floats:
    """Chance that a standard normal value lies above z, element by element."""
    return np.asarray(sps.norm.sf(np.asarray(z, dtype=float)), dtype=float)


def t_above(t: ArrayLike, freedom: ArrayLike) -> Floats:
    """Chance that a value of Student's distribution lies above t."""
    return np.asarray(sps.t.sf(np.asarray(t, dtype=float), np.asarray(freedom, dtype=float)), dtype=float)


def t_value(level: float, freedom: ArrayLike) -> Floats:
    """Two-sided quantile of Student's t at a confidence level, for each number of degrees of freedom."""
    z_value(level)  # refuses what is no level
    return np.asarray(sps.t.ppf(0.5 + level / 2, np.asarray(freedom, dtype=float)), dtype=float)


def net_interval(
    detractors: ArrayLike, passives: ArrayLike, promoters: ArrayLike, *, level: float = 0.95, method: Method = "tango"
) -> tuple[Floats, Floats]:
    """Interval of the net share (promoters - detractors) / n.

    Args:
        detractors: counts, scalar or array; not necessarily whole (effective sizes).
        passives: counts, same shape.
        promoters: counts, same shape.
        level: confidence level.
        method: "tango" (score interval, the default), "adjusted-wald" (3,T) or "wald" (for comparison only).

    Returns:
        (low, high), each of the counts' shape, as shares -1..1; nan where n is 0.

    Notes:
        Tango solves (c - b - n d) / sqrt(n (2 q + d (1 - d))) = +-z for d, with q the restricted maximum-likelihood
        share of detractors. Adjusted Wald adds (0.75, 1.5, 0.75) answers and is clipped to -1..1; R's `NPS` does not clip.

    References:
        Tango 1998, Statistics in Medicine 17:891; Rocks 2016, The American Statistician 70:365 (arXiv:1601.07235).
    """
    return net_interval_at(detractors, passives, promoters, z_value(level), method)


def net_interval_at(
    detractors: ArrayLike, passives: ArrayLike, promoters: ArrayLike, z: ArrayLike, method: Method = "tango"
) -> tuple[Floats, Floats]:
    """`net_interval` with a normal quantile instead of a level: z, scalar or one for each count."""
    b, p, c, reach = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (detractors, passives, promoters, z)))
    if method == "tango":
        return _tango(b, b + p + c, c, reach)
    if method not in ("adjusted-wald", "wald"):
        raise VocError(f'method must be "tango", "adjusted-wald" or "wald"; found "{method}"')
    extra = np.where(b + p + c > 0, 0.75 if method == "adjusted-wald" else 0.0, 0.0)
    b, c, n = b + extra, c + extra, b + p + c + 4 * extra
    with np.errstate(invalid="ignore", divide="ignore"):
        net = (c - b) / n
        half = reach * np.sqrt(np.maximum((b + c) / n - net**2, 0) / n)
    low, high = net - half, net + half
    return (np.clip(low, -1, 1), np.clip(high, -1, 1)) if method == "adjusted-wald" else (low, high)


def _tango(b: Floats, n: Floats, c: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Both ends by the Illinois rule (a secant that keeps its bracket) on the distance to the wanted score statistic."""
    with np.errstate(invalid="ignore", divide="ignore"):
        point = np.where(n > 0, (c - b) / np.where(n > 0, n, 1), np.nan)
    low, high = (_tango_end(b, n, c, side * z, point, np.full_like(point, -side)) for side in (1.0, -1.0))
    return low, high


def _tango_end(b: Floats, n: Floats, c: Floats, z: Floats, point: Floats, outer: Floats) -> Floats:
    near, far = point + (outer - point) * 1e-9, outer
    g_near, g_far = (_tango_distance(b, n, c, d, z) for d in (near, far))
    sign = np.sign(z)
    settled = ~(g_near * sign < 0) | ~(g_far * sign > 0)  # the end is the score itself, or the end of the scale
    out = np.where(g_near * sign < 0, far, near)
    last = np.zeros_like(near)
    for _ in range(MOST_STEPS):
        with np.errstate(invalid="ignore", divide="ignore"):
            fresh = np.where(settled, out, far - g_far * (far - near) / (g_far - g_near))
        g = _tango_distance(b, n, c, fresh, z)
        beyond = g * sign < 0
        with np.errstate(invalid="ignore"):
            settled |= (np.abs(fresh - out) < TINY) | (g == 0)
        out = fresh
        if settled.all():
            break
        near, g_near = np.where(beyond, fresh, near), np.where(beyond, g, np.where(last < 0, g_near / 2, g_near))
        far, g_far = np.where(beyond, far, fresh), np.where(beyond, np.where(last > 0, g_far / 2, g_far), g)
        last = np.where(beyond, 1.0, -1.0)
    return np.where(np.isnan(point), np.nan, out)


def _tango_distance(b: Floats, n: Floats, c: Floats, d: Floats, z: Floats) -> Floats:
    """Observed minus assumed difference, less z times its standard error under the assumed one; falls as the assumed one rises."""
    big = -b - c + (2 * n - c + b) * d
    root = np.sqrt(np.maximum(big**2 + 8 * n * b * d * (1 - d), 0))
    distance: Floats = c - b - n * d - z * np.sqrt(np.maximum((root - big) / 2 + n * d * (1 - d), 0))
    return distance


def expected_variance(detractors: ArrayLike, passives: ArrayLike, promoters: ArrayLike) -> Floats:
    """Variance of one answer's band (-1, 0, 1) to be expected, 0..1: with three more answers, as adjusted Wald adds them, so that it is never 0."""
    b, p, c = (np.asarray(x, dtype=float) for x in (detractors, passives, promoters))
    n, net = b + p + c + 3, c - b
    return np.asarray((b + c + 1.5) / n - (net / n) ** 2)


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


def mean_error(values: ArrayLike, *, weights: ArrayLike | None = None, clusters: ArrayLike | None = None) -> tuple[float, float]:
    """Weighted mean with its linearised standard error, answers of one cluster added up first.

    Args:
        values: (n,) values.
        weights: (n,) positive weights; equal without.
        clusters: (n,) whole numbers; values of the same cluster depend on each other. Each its own without.

    Returns:
        (mean, standard error); the error is nan for fewer than two clusters.

    References:
        Lumley 2010, Complex Surveys; equal to `svymean` of R's `survey`.
    """
    v = np.asarray(values, dtype=float)
    w = np.ones(len(v)) if weights is None else np.asarray(weights, dtype=float)
    mean = float(w @ v / w.sum()) if len(v) else float("nan")
    parts = w * (v - mean) / w.sum() if len(v) else v
    if clusters is not None:
        parts = np.bincount(np.unique(np.asarray(clusters), return_inverse=True)[1], weights=parts)
    m = len(parts)
    return mean, float(np.sqrt(m / (m - 1) * ((parts - parts.mean()) ** 2).sum())) if m > 1 else float("nan")


def effective_size(values: ArrayLike, *, weights: ArrayLike | None = None, clusters: ArrayLike | None = None) -> float:
    """How many equally weighted, independent answers would tell as much.

    Args:
        values: (n,) values.
        weights: (n,) positive weights.
        clusters: (n,) whole numbers; values of the same cluster depend on each other.

    Notes:
        Kish's size for the weights, divided by the design effect of the clusters: the ratio of the squared standard errors with and
        without them. A ratio below 1 is chance and taken as 1. Where all values are equal nothing tells how alike the answers of a
        cluster are, so each cluster counts once.

    References:
        Kish 1965, Survey Sampling.
    """
    v = np.asarray(values, dtype=float)
    w = np.ones(len(v)) if weights is None else np.asarray(weights, dtype=float)
    if not len(v):
        return 0.0
    size = float(w.sum() ** 2 / (w**2).sum())
    if clusters is None:
        return size
    apart, together = mean_error(v, weights=w)[1], mean_error(v, weights=w, clusters=clusters)[1]
    if not apart > 0 or np.isnan(together):
        return min(size, float(len(np.unique(np.asarray(clusters)))))
    return size / max((together / apart) ** 2, 1.0)


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
    k1, m1, k2, m2 = np.broadcast_arrays(*(np.asarray(x, dtype=np.int64) for x in (count1, n1, count2, n2)))
    below = sps.hypergeom.cdf(k1, m1 + m2, k1 + k2, m1)
    above = sps.hypergeom.sf(k1 - 1, m1 + m2, k1 + k2, m1)
    return np.asarray(np.minimum(2 * np.minimum(below, above), 1.0), dtype=float)


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


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Adjusted p-values that control the false discovery rate; nan stays nan and does not count.

    References:
        Benjamini & Hochberg 1995, JRSS B 57:289.
    """
    values = np.asarray(p, dtype=float)
    adjusted = np.full_like(values, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    if known.size:
        adjusted[known] = sps.false_discovery_control(values[known], method="bh")
    return adjusted


def family_level(level: float, comparisons: int) -> float:
    """Confidence level of one interval so that all of `comparisons` hold together (Bonferroni).

    >>> family_level(0.95, 10)
    0.995
    """
    return 1 - (1 - level) / max(comparisons, 1)


def selected_level(level: float, adjusted_p: ArrayLike) -> float:
    """Confidence level of intervals that go with a Benjamini-Hochberg family: wide enough for the comparisons that were selected.

    Args:
        level: one minus the false discovery rate.
        adjusted_p: adjusted p-values of the whole family.

    References:
        Benjamini & Yekutieli 2005, JASA 100:71 (false coverage-statement rate).

    >>> selected_level(0.95, [0.001, 0.01, 0.4, 0.9])
    0.975
    """
    values = np.asarray(adjusted_p, dtype=float)
    selected = int((values <= 1 - level + 1e-12).sum())
    return 1 - (1 - level) * max(selected, 1) / max(values.size, 1)


def resample(counts: ArrayLike, *, draws: int, seed: int) -> NDArray[np.int64]:
    """Bootstrap a table of counts: draws from the multinomial with the observed shares.

    Args:
        counts: k counts, at least one positive.
        draws: number of replicates.
        seed: of the generator.

    Returns:
        (draws, k) counts, each row summing to the table's total. The cost does not depend on the total.
    """
    table = np.asarray(counts, dtype=np.int64)
    total = int(table.sum())
    if total <= 0:
        raise ValueError("cannot resample an empty table of counts")
    return np.random.default_rng(seed).multinomial(total, table / total, size=draws)
