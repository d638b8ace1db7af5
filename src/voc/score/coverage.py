"""How often the interval of a score holds the true score: summed over every sample there can be."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import gammaln, xlogy

from voc import stats
from voc.stats import Floats, Method


def truths(step: float = 0.05) -> pd.DataFrame:
    """Every true mix of detractors, passives and promoters on a grid, mixes without one of them included.

    Args:
        step: width of the grid, a fraction of 1.

    Returns:
        columns `detractors`, `passives`, `promoters`, shares that add up to 1.
    """
    k = round(1 / step)
    rows = [(d, k - d - c, c) for d in range(k + 1) for c in range(k - d + 1)]
    return pd.DataFrame(rows, columns=["detractors", "passives", "promoters"]) / k


def coverage(n: int, *, grid: pd.DataFrame | None = None, level: float = 0.95, method: Method = "tango") -> pd.DataFrame:
    """The share of samples whose interval holds the true score, summed over every sample there can be.

    Args:
        n: answers in a sample.
        grid: true mixes; `truths()` by default.
        level: nominal confidence level.
        method: how the interval is made.

    Returns:
        the grid with a column `coverage` (0..1).

    Notes:
        There are (n + 1)(n + 2) / 2 samples; nothing is simulated. An end counts as inside within 1e-9.
    """
    mixes = truths() if grid is None else grid
    b, p, c = _samples(n)
    low, high = stats.net_interval(b, p, c, level=level, method=method)
    ways = gammaln(n + 1) - gammaln(b + 1) - gammaln(p + 1) - gammaln(c + 1)
    q = mixes[["detractors", "passives", "promoters"]].to_numpy()[:, :, None]
    chance = np.exp(ways + xlogy(b, q[:, 0]) + xlogy(p, q[:, 1]) + xlogy(c, q[:, 2]))
    true = q[:, 2] - q[:, 0]
    inside = (low <= true + 1e-9) & (true - 1e-9 <= high)
    return mixes.assign(coverage=(chance * inside).sum(axis=1))


def _samples(n: int) -> tuple[Floats, Floats, Floats]:
    """Every sample of n answers: counts of detractors, passives, promoters."""
    each = np.arange(n + 1, dtype=float)
    d, c = np.meshgrid(each, each, indexing="ij")
    possible = d + c <= n
    return d[possible], n - d[possible] - c[possible], c[possible]
