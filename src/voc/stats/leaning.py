"""Estimates with their errors -> estimates that lean on one another, most where they are least sure."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from voc.stats.base import Floats


def between_variance(values: ArrayLike, errors: ArrayLike) -> float:
    """How much the true values differ beyond chance, as a variance (Paule & Mandel).

    Args:
        values: (k,) estimates.
        errors: (k,) their standard errors, above 0.

    Returns:
        the variance at which the weighted squares of the differences are what chance lets expect; 0 where they are less already.

    References:
        Paule & Mandel 1982, Journal of Research of the National Bureau of Standards 87:377; DerSimonian & Kacker 2007, Contemporary
        Clinical Trials 28:105.
    """
    x, v = np.asarray(values, dtype=float), np.asarray(errors, dtype=float) ** 2

    def excess(between: float) -> float:
        weights = 1 / (v + between)
        mean = float((weights * x).sum() / weights.sum())
        return float((weights * (x - mean) ** 2).sum()) - (len(x) - 1)

    if len(x) < 2 or excess(0.0) <= 0:
        return 0.0
    return float(optimize.brentq(excess, 0.0, len(x) * float(np.ptp(x)) ** 2, xtol=1e-12))


def leaned(values: ArrayLike, errors: ArrayLike) -> tuple[Floats, Floats]:
    """Best estimates of several values and their standard errors, each drawn towards the mean of all (empirical Bayes).

    Args:
        values: (k,) estimates.
        errors: (k,) their standard errors, above 0.

    Returns:
        (k,) estimates and (k,) standard errors, which allow for not knowing the mean, not for not knowing the variance between.

    References:
        Raudenbush & Bryk 1985, Journal of Educational Statistics 10:75 (as metafor's `blup`).

    >>> best, error = leaned([0.0, 10.0], [5.0, 1.0])
    >>> [round(float(b), 1) for b in best]
    [2.5, 9.9]
    """
    x, v = np.asarray(values, dtype=float), np.asarray(errors, dtype=float) ** 2
    between = between_variance(x, errors)
    weights = 1 / (v + between)
    mean = float((weights * x).sum() / weights.sum())
    own = between / (between + v)
    variance = own * v + (1 - own) ** 2 / weights.sum()
    return own * x + (1 - own) * mean, np.sqrt(variance)
