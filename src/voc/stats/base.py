"""Quantiles and tails that the others share."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats as sps

from voc.schema import VocError

Floats = NDArray[np.float64]
Side = Literal["both", "lower", "upper"]


def z_value(level: float) -> float:
    """Two-sided normal quantile of a confidence level.

    >>> round(z_value(0.95), 6)
    1.959964
    """
    if not 0 < level < 1:
        raise VocError(f"level must lie between 0 and 1, such as 0.95; found {level}")
    return float(sps.norm.ppf(0.5 + level / 2))


def t_value(level: float, freedom: ArrayLike) -> Floats:
    """Two-sided quantile of Student's t at a confidence level, for each number of degrees of freedom."""
    z_value(level)  # refuses what is no level
    return np.asarray(sps.t.ppf(0.5 + level / 2, np.asarray(freedom, dtype=float)), dtype=float)


def normal_above(z: ArrayLike) -> Floats:
    """Chance that a standard normal value lies above z, element by element."""
    return np.asarray(sps.norm.sf(np.asarray(z, dtype=float)), dtype=float)


def t_above(t: ArrayLike, freedom: ArrayLike) -> Floats:
    """Chance that a value of Student's distribution lies above t."""
    return np.asarray(sps.t.sf(np.asarray(t, dtype=float), np.asarray(freedom, dtype=float)), dtype=float)
