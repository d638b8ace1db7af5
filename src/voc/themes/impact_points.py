"""Counts of those who mention a theme and those who do not -> the points that go with it, with their interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from voc import stats
from voc.score.nps import LEVEL
from voc.stats import Floats
from voc.themes.impact_tally import Ints

Estimate = tuple[float, float, float]


def points_of(table: Ints, *, level: float = LEVEL, designs: ArrayLike = (1.0, 1.0, 1.0)) -> Estimate:
    """Points that go with a theme, from counts (strata, others/mentioned, 3 bands).

    Args:
        table: whole numbers; strata in which nobody, or everybody, mentions the theme say nothing and are passed over.
        level: confidence level.
        designs: by how much repeat customers widen (as variances) the score of the others, that of those who mention it, and the share.

    Returns:
        (points, low, high): the share of all who mention it (in a stratum with others) times the difference between their score and that of
        the others at the same mix of strata. 0 where no stratum has both.

    Notes:
        Those who mention the theme are one group, as their own mix is the one that is held constant: one Tango interval. The others' score is
        a sum over strata with fixed weights, with Tango's interval for each and MOVER over them. (An interval for each side of each stratum
        takes three promoters out of three for certainly no underestimate: of surveys with 12 themes that go with nothing, about 18 mentions
        each and nine promoters in ten, 39 % then had a false alarm at a nominal 5 %, and 3 % with this.) MOVER joins both, and
        `scaled_interval` the difference and the share, so that the points are clear of 0 exactly when the difference is.

    References:
        Zou & Donner 2008, Statistics in Medicine 27:1693; Zou, Huang & Zhang 2009, Computational Statistics & Data Analysis 53:1080.
    """
    both = table[(table.sum(axis=2) > 0).all(axis=1)].astype(float)
    if not len(both):
        return 0.0, 0.0, 0.0
    wide = np.asarray(designs, dtype=float)
    others, mentioned = both[:, 0], both[:, 1].sum(axis=0)
    net, size = (mentioned[2] - mentioned[0]) / mentioned.sum(), others.sum(axis=1)
    theirs = stats.net_interval(*(mentioned / wide[1]), level=level)
    ends = stats.net_interval(*(others / wide[0]).T, level=level)
    usual = stats.weighted_sum(both[:, 1].sum(axis=1) / mentioned.sum(), (others[:, 2] - others[:, 0]) / size, *ends)
    low, high = stats.mover_difference(net, theirs, usual[0], usual[1:])
    return times_share(float(mentioned.sum()), float(table.sum()), (net - usual[0], float(low), float(high)), level=level, design=float(wide[2]))


def leave_out(table: Ints, *, level: float = LEVEL, designs: ArrayLike = (1.0, 1.0, 1.0)) -> Estimate:
    """The score of everybody minus the score without those who mention the theme, from counts (strata, others/mentioned, 3 bands), in points.

    Notes:
        It equals the share who mention the theme times (their score - the others' score): the points of a single stratum. Touchpoint
        and month are not allowed for; this is the "impact" that other tools show.

    References:
        Thematic, help.getthematic.com/article/32.
    """
    return points_of(table.sum(axis=0, keepdims=True), level=level, designs=designs)


def times_share(count: float, n: float, difference: Estimate, *, level: float, design: float = 1.0) -> Estimate:
    """A difference of scores (shares -1..1, with its ends) times the share count / n, in points, with the share's own uncertainty."""
    value, *ends = difference
    share = count / n
    p_low, p_high = stats.wilson(count / design, n / design, level=level)
    low, high = scaled_interval(share, (p_low, p_high), value, (ends[0], ends[1]))
    return 100 * share * value, 100 * float(low), 100 * float(high)


def scaled_interval(
    share: ArrayLike, share_interval: tuple[ArrayLike, ArrayLike], value: ArrayLike, value_interval: tuple[ArrayLike, ArrayLike]
) -> tuple[Floats, Floats]:
    """Interval of share x value from the two separate intervals, where the share is positive and does not depend on the value.

    Args:
        share: shares above 0, scalar or array.
        share_interval: their lower and upper ends; the lower ones above 0.
        value: estimates of any sign.
        value_interval: their lower and upper ends.

    Notes:
        MOVER for the end away from 0; for the end towards 0 MOVER on the logarithms, so that the product is clear of 0 exactly when the
        value is. Where it is not, that end is the share times the value's.

    References:
        Zou & Donner 2008, Statistics in Medicine 27:1693.

    >>> low, high = scaled_interval(0.1, (0.08, 0.12), -0.5, (-0.7, -0.3))
    >>> round(float(low), 4), round(float(high), 4)
    (-0.0724, -0.0286)
    """
    p, v = np.asarray(share, dtype=float), np.asarray(value, dtype=float)
    (p_low, p_high), (v_low, v_high) = (tuple(np.asarray(x, dtype=float) for x in pair) for pair in (share_interval, value_interval))
    size, near, far = np.abs(v), np.where(v >= 0, v_low, -v_high), np.where(v >= 0, v_high, -v_low)
    outer = p * size + np.hypot(p * (far - size), size * (p_high - p))
    clear = near > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        towards = p * size * np.exp(-np.hypot(np.log(np.where(clear, size / near, 1.0)), np.log(p / p_low)))
    inner = np.where(clear, towards, p * near)
    return np.where(v >= 0, inner, -outer), np.where(v >= 0, outer, -inner)


def net_score(counts: Ints, *, level: float, design: float = 1.0) -> tuple[float, float, float]:
    """Score of one group in points with Tango's interval, from its three counts."""
    low, high = stats.net_interval(*(counts / design), level=level)
    return 100 * float(counts[2] - counts[0]) / float(counts.sum()), 100 * float(low), 100 * float(high)


def share_of(count: float, n: float, *, level: float, design: float = 1.0) -> tuple[float, float, float]:
    """A share 0..1 with Wilson's interval."""
    low, high = stats.wilson(count / design, n / design, level=level)
    return count / n, float(low), float(high)
