"""Answers -> table of answer patterns -> correlation matrices, one or thousands at once, missing answers included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc.stats import Floats, resample

CHUNK = 256
TINY = 1e-6


@dataclass(frozen=True)
class Patterns:
    """Distinct answer patterns and how often each occurs: all that estimates and bootstraps need.

    Attributes:
        values: (patterns, variables), missing answers as nan; the outcome is the last column.
        counts: (patterns,) weighted number of answers.
    """

    values: Floats
    counts: Floats

    @property
    def n(self) -> float:
        """Number of answers."""
        return float(self.counts.sum())


def tally(frame: pd.DataFrame, weights: Floats | None = None) -> Patterns:
    """Reduce rows to distinct patterns.

    Args:
        frame: (n, variables) numbers, missing allowed; the outcome is the last column and never missing.
        weights: (n,) or None for ones.
    """
    columns = list(frame.columns)
    weighted = frame.assign(weight=1.0 if weights is None else weights)
    table = weighted.groupby(columns, dropna=False, sort=True)["weight"].sum().reset_index()
    return Patterns(table[columns].to_numpy(dtype=float), table["weight"].to_numpy(dtype=float))


def correlations(patterns: Patterns, counts: Floats | None = None) -> Floats:
    """Correlation matrices of the patterns under one or many sets of counts.

    Args:
        patterns: the table.
        counts: (draws, patterns), or None for the observed counts.

    Returns:
        (draws, v, v), positive semi-definite, unit diagonal; a variable without spread correlates 0 with all others.

    Notes:
        Each pair uses the answers in which both are present, so nobody is dropped for skipping a question that did not
        apply to them. The matrix of such pairs can have negative eigenvalues; these are set to zero and the
        diagonal restored.
    """
    table = patterns.counts[None, :] if counts is None else counts
    present = ~np.isnan(patterns.values)
    # Centring first keeps the sums small; it changes no covariance.
    x = np.where(present, patterns.values - np.nanmean(patterns.values, axis=0), 0.0)
    widest = np.abs(x).max(axis=0)
    x = x / np.where(widest > 0, widest, 1.0)
    m = present.astype(float)
    v = x.shape[1]
    first, second = np.triu_indices(v)
    sums = {
        "n": m[:, first] * m[:, second],
        "x": x[:, first] * m[:, second],
        "y": m[:, first] * x[:, second],
        "xy": x[:, first] * x[:, second],
        "xx": x[:, first] ** 2 * m[:, second],
        "yy": m[:, first] * x[:, second] ** 2,
    }
    design = np.hstack(list(sums.values()))
    parts = [table[i : i + CHUNK] @ design for i in range(0, len(table), CHUNK)]
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


def draws_of(patterns: Patterns, *, draws: int, seed: int) -> Floats:
    """Bootstrap counts (draws, patterns); the cost depends on the number of patterns, not on the number of answers."""
    return resample(np.round(patterns.counts).astype(np.int64), draws=draws, seed=seed).astype(float)
