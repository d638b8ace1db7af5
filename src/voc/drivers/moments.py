"""Answers -> table of answer patterns -> correlation matrices, one or thousands at once, missing answers included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from voc.schema import VocError
from voc.stats import Floats, resample

CHUNK = 256
TINY = 1e-6
MOST_PATTERNS = 20_000  # of more, answers are resampled in groups
GROUPS = 1_000
MOST_CODES = 2**62

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Table:
    """Distinct answer patterns and how often each occurs: all that estimates and bootstraps need.

    Attributes:
        values: (patterns, variables), missing answers as nan; the outcome is the last column.
        counts: (patterns,) weighted number of answers.
        groups: (units, patterns) weighted number of answers of each group of whole customers, where answers are weighted, customers
            answer more than once or patterns are many; None where every answer is one person's and counts once: each pattern is a unit.
    """

    values: Floats
    counts: Floats
    groups: sparse.csr_matrix | None = None

    @property
    def n(self) -> float:
        """Weighted number of answers."""
        return float(self.counts.sum())

    def by_unit(self, columns: Floats) -> Floats:
        """(patterns, k) values of one answer -> (units, k) sums of one unit."""
        return columns if self.groups is None else np.asarray(self.groups @ columns)

    @property
    def units(self) -> Floats:
        """(units,) how often each unit occurs."""
        return self.counts if self.groups is None else np.ones(self.groups.shape[0])

    def draws(self, draws: int, seed: int) -> Floats:
        """Bootstrap counts (draws, units); the cost depends on the number of units, not on the number of answers."""
        return resample(np.round(self.units).astype(np.int64), draws=draws, seed=seed).astype(float)

    def covariance(self, influence: Floats, columns: int = 0) -> Floats:
        """(k, k) covariance of estimates from the influence (patterns, k) of one answer of each pattern (linearised, as in R's survey).

        Where a model has `columns` parameters it is widened by n / (n - columns), for residuals are smaller than errors.
        """
        if self.groups is None:
            n = self.n
            return np.asarray(n / max(n - columns, 1.0) * (influence * self.counts[:, None]).T @ influence)
        sums = self.by_unit(influence)
        m = len(sums)
        off = sums - sums.mean(axis=0)
        return np.asarray(m / max(m - 1 - columns, 1) * off.T @ off)


def tally(frame: pd.DataFrame, weights: Floats | None = None, customers: Ints | None = None, *, seed: int = 0) -> Table:
    """Reduce rows to distinct patterns.

    Args:
        frame: (n, variables) numbers, missing allowed; the outcome is the last column and never missing.
        weights: (n,) or None for ones.
        customers: (n,) whole numbers, equal for answers of one customer; None where every answer is another customer's.
        seed: of the groups of customers.

    Raises:
        VocError: weights are negative, missing or all 0.
    """
    n = len(frame)
    if weights is not None and (not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() <= 0):
        raise VocError(f"weights must be 0 or more and not all 0; found {np.min(weights)} to {np.max(weights)}")
    code = _codes(frame)
    first = np.unique(code, return_index=True)[1]
    values = frame.to_numpy(dtype=float)[first]
    mass = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    counts = np.bincount(code, weights=mass, minlength=len(first))
    equal = weights is None or bool((mass == mass[0]).all())
    if equal and customers is None and len(first) <= MOST_PATTERNS:
        return Table(values, np.bincount(code, minlength=len(first)).astype(float))
    who = np.arange(n) if customers is None else np.unique(customers, return_inverse=True)[1]
    people = int(who.max()) + 1
    group = (np.random.default_rng(seed).permutation(people) % min(people, GROUPS))[who]
    groups = sparse.coo_matrix((mass, (group, code)), shape=(min(people, GROUPS), len(first))).tocsr()
    return Table(values, counts.astype(float), groups)


def _codes(frame: pd.DataFrame) -> Ints:
    """(n,) number of each row's pattern, in the order of the values."""
    key, size = np.zeros(len(frame), np.int64), 1
    for name in frame.columns:
        column, levels = pd.factorize(frame[name], sort=True, use_na_sentinel=False)
        if size * len(levels) > MOST_CODES:
            key, size = _dense(key)
        key, size = key * len(levels) + column, size * len(levels)
    return _dense(key)[0]


def _dense(key: Ints) -> tuple[Ints, int]:
    code, levels = pd.factorize(key, sort=True)
    return np.asarray(code, dtype=np.int64), len(levels)


def correlations(table: Table, counts: Floats | None = None) -> Floats:
    """Correlation matrices of the patterns under one or many sets of counts.

    Args:
        table: the patterns.
        counts: (draws, units), or None for the observed counts.

    Returns:
        (draws, v, v), positive semi-definite, unit diagonal; a variable without spread correlates 0 with all others.

    Notes:
        Each pair uses the answers in which both are present, so nobody is dropped for skipping a question that did not
        apply to them. The matrix of such pairs can have negative eigenvalues; these are set to zero and the
        diagonal restored.
    """
    drawn = table.units[None, :] if counts is None else counts
    v = table.values.shape[1]
    first, second = np.triu_indices(v)
    design = table.by_unit(_pairs(table.values, first, second))
    parts = [drawn[i : i + CHUNK] @ design for i in range(0, len(drawn), CHUNK)]
    n, sx, sy, sxy, sxx, syy = np.split(np.vstack(parts), 6, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = sxy / n - sx / n * (sy / n)
        spread = np.sqrt(np.maximum(sxx / n - (sx / n) ** 2, 0) * np.maximum(syy / n - (sy / n) ** 2, 0))
        flat = np.where(spread > 1e-12, covariance / spread, 0.0)
    out = np.empty((len(flat), v, v))
    out[:, first, second] = flat
    out[:, second, first] = flat
    out[:, np.arange(v), np.arange(v)] = 1.0
    return _repaired(np.nan_to_num(out))


def _pairs(values: Floats, first: Ints, second: Ints) -> Floats:
    """(patterns, 6 pairs) what is summed for each pair of variables: both present, x, y, xy, xx, yy."""
    present = ~np.isnan(values)
    # Centring first keeps the sums small; it changes no covariance.
    known = present.any(axis=0)
    centre = np.zeros(values.shape[1])
    centre[known] = np.nanmean(values[:, known], axis=0)
    x = np.where(present, values - centre, 0.0)
    widest = np.abs(x).max(axis=0)
    x = x / np.where(widest > 0, widest, 1.0)
    m = present.astype(float)
    a, b = x[:, first], x[:, second]
    return np.hstack([m[:, first] * m[:, second], a * m[:, second], m[:, first] * b, a * b, a**2 * m[:, second], m[:, first] * b**2])


def _repaired(matrices: Floats) -> Floats:
    """Nearest usable matrices: negative eigenvalues set to zero, unit diagonal restored."""
    values, vectors = np.linalg.eigh(matrices)
    broken = values[:, 0] < -TINY
    if broken.any():
        clipped = np.maximum(values[broken], TINY)
        fixed = np.einsum("dij,dj,dkj->dik", vectors[broken], clipped, vectors[broken])
        scale = 1 / np.sqrt(np.einsum("dii->di", fixed))
        matrices = matrices.copy()
        matrices[broken] = fixed * scale[:, :, None] * scale[:, None, :]
    return matrices
