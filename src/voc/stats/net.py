"""Counts of detractors, passives and promoters -> interval of the net share."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from voc.schema import VocError
from voc.stats.base import Floats, z_value

Method = Literal["tango", "adjusted-wald", "wald"]
MOST_STEPS, TINY = 80, 1e-14  # of the search for an interval's end


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
