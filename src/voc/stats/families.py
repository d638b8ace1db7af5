"""Many tests at once: adjusted p-values and the levels of the intervals that go with them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from voc.stats.base import Floats


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
