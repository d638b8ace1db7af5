"""How often the intervals of a score and of a change hold the truth: summed over every sample there can be."""

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
    samples = _samples(n)
    low, high = stats.net_interval(*samples, level=level, method=method)
    true = (mixes["promoters"] - mixes["detractors"]).to_numpy()[:, None]
    inside = (low <= true + 1e-9) & (true - 1e-9 <= high)
    return mixes.assign(coverage=(_chance(mixes, samples) * inside).sum(axis=1))


def difference_coverage(n: int, other: int, *, grid: pd.DataFrame | None = None, level: float = 0.95) -> Floats:
    """The share of pairs of samples whose interval of the difference (`score.change`) holds the true one.

    Args:
        n: answers in the later sample.
        other: answers in the earlier one.
        grid: true mixes of both; `truths()` by default.
        level: nominal confidence level.

    Returns:
        (mixes, mixes): the later sample's true mix by the earlier one's.

    Notes:
        Summed over every pair of samples there can be.
    """
    mixes = truths() if grid is None else grid
    first, second = _samples(n), _samples(other)
    chance = [_chance(mixes, samples) for samples in (first, second)]
    values = [(c - b) / (b + p + c) for b, p, c in (first, second)]
    ends = [[end[:, None] for end in stats.net_interval(*first, level=level)], [end[None] for end in stats.net_interval(*second, level=level)]]
    low, high = stats.mover_difference(values[0][:, None], (ends[0][0], ends[0][1]), values[1][None], (ends[1][0], ends[1][1]))
    net = (mixes["promoters"] - mixes["detractors"]).to_numpy()
    true = np.round(net[:, None] - net[None], 9)
    out = np.zeros(true.shape)
    for difference in np.unique(true):
        inside = ((low <= difference + 1e-9) & (difference - 1e-9 <= high)).astype(float)
        here = true == difference
        out[here] = (chance[0] @ inside @ chance[1].T)[here]
    return out


def _chance(mixes: pd.DataFrame, samples: tuple[Floats, Floats, Floats]) -> Floats:
    """(mixes, samples): how likely each sample is under each true mix."""
    b, p, c = samples
    ways = gammaln(b + p + c + 1) - gammaln(b + 1) - gammaln(p + 1) - gammaln(c + 1)
    q = mixes[["detractors", "passives", "promoters"]].to_numpy()[:, :, None]
    chance: Floats = np.exp(ways + xlogy(b, q[:, 0]) + xlogy(p, q[:, 1]) + xlogy(c, q[:, 2]))
    return chance


def _samples(n: int) -> tuple[Floats, Floats, Floats]:
    """Every sample of n answers: counts of detractors, passives, promoters."""
    each = np.arange(n + 1, dtype=float)
    d, c = np.meshgrid(each, each, indexing="ij")
    possible = d + c <= n
    return d[possible], n - d[possible] - c[possible], c[possible]
