"""Tables of two periods -> the parts of a change that go with the mix and with the scores, and how sure they are. Numerics only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voc import stats
from voc.stats import Floats

STEP = 1e-5  # of a share or a rate, for slopes


@dataclass(frozen=True)
class Side:
    """One period's answers, cell by cell.

    Attributes:
        share: (k,) or (rows, columns), shares of all answers, which add up to 1.
        bands: the same shape and (3,), shares of detractors, passives and promoters of each cell; 0 without answers.
        effective: the same shape as `share`: how many independent answers each cell's score is worth.
        square: the same shape: sum over people of their squared share of all answers, which says how sure the cell's share is.
        likeness: how much more the answers of a customer in different cells repeat each other than those within one, at least 1.
    """

    share: Floats
    bands: Floats
    effective: Floats
    square: Floats
    likeness: float = 1.0

    @property
    def rate(self) -> Floats:
        """Net share of each cell, -1..1; nan without answers."""
        return np.where(self.share > 0, self.bands[..., 2] - self.bands[..., 0], np.nan)


def decompose(shares: tuple[Floats, Floats], rates: tuple[Floats, Floats], *, crossed: bool = False) -> tuple[tuple[Floats, ...], Floats]:
    """Mix and within parts of the change of a weighted mean.

    Args:
        shares: of both periods, (..., k), or (..., rows, columns) where two columns are crossed.
        rates: of the same cells; nan where a cell has no answers: it is given the other period's, so that all of its part is mix.
        crossed: the last two axes are two columns.

    Returns:
        (mix of each column: (..., segments) arrays, within: the shape of the shares), in the rates' unit; all of them add up to the
        difference of the two means.

    Notes:
        One column: mix = (w1 - w0) ((r0 + r1) / 2 - overall) and within = (r1 - r0) (w0 + w1) / 2, `overall` being the mean of the two
        totals: a growing average segment contributes nothing. Two columns: w = a b with a = sqrt(w_ij / w_.j * w_i.) and
        b = sqrt(w_ij / w_i. * w_.j); each changes while the other is held at its mean.

    References:
        Kitagawa 1955, JASA 50:1168; Das Gupta 1993, US Census Bureau P23-186, chapter 5.
    """
    axes = (-2, -1) if crossed else (-1,)
    w0, w1 = (w / w.sum(axis=axes, keepdims=True) for w in shares)
    r0, r1 = (np.nan_to_num(np.where(np.isnan(rates[i]), rates[1 - i], rates[i])) for i in (0, 1))
    middle = (r0 + r1) / 2
    overall = ((w0 * r0).sum(axis=axes, keepdims=True) + (w1 * r1).sum(axis=axes, keepdims=True)) / 2
    within = (r1 - r0) * (w0 + w1) / 2
    if not crossed:
        return ((w1 - w0) * (middle - overall),), within
    mix = []
    for own, other in ((-2, -1), (-1, -2)):
        a0, a1, b0, b1 = *(_factor(w, own, other) for w in (w0, w1)), *(_factor(w, other, own) for w in (w0, w1))
        moved = (middle * (a1 - a0) * (b0 + b1) / 2).sum(axis=other)
        mix.append(moved - overall[..., 0] * (w1 - w0).sum(axis=other))
    return tuple(mix), within


def _factor(w: Floats, own: int, other: int) -> Floats:
    """How much of each cell's share goes with the column on axis `own`: the two columns' factors multiply to the share."""
    with np.errstate(invalid="ignore", divide="ignore"):
        factor: Floats = np.nan_to_num(np.sqrt(w / w.sum(axis=own, keepdims=True) * w.sum(axis=other, keepdims=True)))
    return factor


def intervals(before: Side, after: Side, weights: Floats, *, level: float, crossed: bool = False) -> tuple[Floats, Floats, Floats]:
    """Sums of parts with their intervals.

    Args:
        before: the earlier period.
        after: the later one.
        weights: (sums, parts): which parts each sum adds up; parts are the mix of each column, then the cells' within parts.
        level: confidence level.
        crossed: the cells are the combinations of two columns.

    Returns:
        (value, low, high), (sums,) each, -1..1.

    Notes:
        Every part is a smooth function of the cells' shares and rates. Its uncertainty from the shares is that of a sample of people who
        stay in their cell, by the slopes (multinomial where all weigh the same); from each rate it is the slope times the distance to the
        end of the rate's own Tango interval; the squares add up (MOVER), so that a cell in which all agree still has a range. With one
        column a part is a product of two uncertain factors: where one is near 0 the slopes miss what is left of the other, so the product
        of their variances is added. Where customers answer alike in several cells, the rates' distances grow by the root of `likeness`.
        Customers who answered in both periods count as different people.

    References:
        Zou & Donner 2008, Statistics in Medicine 27:1693.
    """
    sides = (before, after)
    flat = [np.stack([s.share.ravel(), s.rate.ravel()]) for s in sides]  # missing rates stay so: they follow the other side's
    shape = before.share.shape

    def sums(tables: Floats) -> Floats:
        """(..., 2 sides, 2 kinds, cells) shares and rates -> (..., sums)."""
        shares, rates = ([tables[..., side, kind, :].reshape(*tables.shape[:-3], *shape) for side in (0, 1)] for kind in (0, 1))
        mix, within = decompose((shares[0], shares[1]), (rates[0], rates[1]), crossed=crossed)
        parts: Floats = np.concatenate([*mix, within.reshape(*tables.shape[:-3], -1)], axis=-1)
        return np.asarray(parts @ weights.T)

    start = np.stack(flat)
    value = sums(start)
    slopes = _slopes(sums, start) if crossed else weights @ _single_slopes(start)
    slopes = slopes.reshape(len(value), *start.shape)  # (sums, 2 sides, 2 kinds, cells)
    z = stats.z_value(level)
    squares_low, squares_high = np.zeros(len(value)), np.zeros(len(value))
    share_variance, rate_variance = np.zeros(start.shape[-1]), np.zeros(start.shape[-1])
    for i, side in enumerate(sides):
        w, size = side.share.ravel(), side.effective.ravel()
        by_share = slopes[:, i, 0]
        spread = ((by_share - (by_share @ w)[:, None]) ** 2 @ side.square.ravel()) * z**2
        detractors, passives, promoters = (side.bands.reshape(-1, 3) * size[:, None]).T
        low, high = stats.net_interval_at(detractors, passives, promoters, z)
        rate, slope = flat[i][1], slopes[:, i, 1]
        down, up = (np.nan_to_num(x) * np.sqrt(side.likeness) for x in (rate - low, high - rate))
        share_variance += side.square.ravel() * (1 - 2 * w) + side.square.sum() * w**2
        rate_variance += ((down + up) / (2 * z)) ** 2
        squares_low += spread + (slope**2 * np.where(slope > 0, down, up) ** 2).sum(axis=1)
        squares_high += spread + (slope**2 * np.where(slope > 0, up, down) ** 2).sum(axis=1)
    if not crossed:
        known = ~np.isnan(start[:, 1]).any(axis=0)  # a rate that is missing on one side is the other's: all of its part is mix
        left = np.concatenate([np.where(known, 0.25, 1.0), np.where(known, 0.25, 0.0)]) * np.tile(share_variance * rate_variance, 2)
        left = (weights**2) @ left * z**2
        squares_low, squares_high = squares_low + left, squares_high + left
    return value, value - np.sqrt(squares_low), value + np.sqrt(squares_high)


def _single_slopes(start: Floats) -> Floats:
    """(parts, sides x kinds x cells): how each mix and within part of one column follows the shares and rates, (2, 2, cells)."""
    (w0, known0), (w1, known1) = start
    missing = np.isnan(known0), np.isnan(known1)
    r0, r1 = np.nan_to_num(np.where(missing[0], known1, known0)), np.nan_to_num(np.where(missing[1], known0, known1))
    middle, moved, mean = (r0 + r1) / 2, w1 - w0, (w0 + w1) / 2
    far = np.diag(middle - (w0 @ r0 + w1 @ r1) / 2)
    out = np.zeros((2, len(w0), 2, 2, len(w0)))
    for side, (sign, w, r, other) in enumerate(((-1.0, w0, r0, missing[1]), (1.0, w1, r1, missing[0]))):
        out[0, :, side, 0] = sign * far - np.outer(moved, r) / 2
        out[0, :, side, 1] = np.where(missing[side], 0.0, np.diag(moved * np.where(other, 1.0, 0.5)) - np.outer(moved, w) / 2)
        out[1, :, side, 0] = np.diag(r1 - r0) / 2
        out[1, :, side, 1] = np.diag(np.where(missing[side] | other, 0.0, sign * mean))
    return out.reshape(2 * len(w0), -1)


def _slopes(function: Callable[[Floats], Floats], start: Floats) -> Floats:
    """Central differences at `start`, (sums, *start.shape); 0 along shares that are 0."""
    size = start.size
    steps = np.where(np.arange(size) // start.shape[-1] % 2 == 0, STEP * start.ravel(), STEP)
    moves = (np.eye(size) * steps).reshape(size, *start.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        slopes = (function(start + moves) - function(start - moves)) / (2 * steps[:, None])
    found: Floats = np.nan_to_num(slopes).T.reshape(-1, *start.shape)
    return found
