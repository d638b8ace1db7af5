"""Correlation matrices -> importance of each predictor: LMG (Shapley shares of R squared) and Johnson's relative weights."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np

from voc.stats import Floats

EXACT_UP_TO = 10
RIDGE = 1e-9


def partial(matrices: Floats, controls: int) -> Floats:
    """Take the first `controls` variables out of all others (Schur complement); the outcome keeps its own variance.

    Args:
        matrices: (draws, v, v) correlations, controls first, outcome last.
        controls: how many variables are always in the model.

    Returns:
        (draws, v - controls, v - controls) covariances; the last diagonal entry is reset to 1, so that shares of R
        squared stay shares of the whole variance of the outcome.
    """
    if not controls:
        return matrices
    a, b, rest = matrices[:, :controls, :controls], matrices[:, :controls, controls:], matrices[:, controls:, controls:]
    out = rest - np.swapaxes(b, 1, 2) @ np.linalg.pinv(a, rcond=1e-8, hermitian=True) @ b
    out[:, -1, -1] = 1.0
    return np.asarray(out)


def lmg(matrices: Floats) -> Floats:
    """Shapley shares of R squared.

    Args:
        matrices: (draws, p + 1, p + 1) covariances of p predictors and, last, the outcome with variance 1; p <= 10.

    Returns:
        (draws, p) shares that add up to R squared.

    References:
        Lindeman, Merenda & Gold 1980; Groemping 2006, Journal of Statistical Software 17(1).
    """
    p = matrices.shape[1] - 1
    fit = _r_squared_by_subset(matrices, p)
    out = np.zeros((len(matrices), p))
    for size in range(p):
        weight = 1 / (p * comb(p - 1, size))
        for subset in combinations(range(p), size):
            code = sum(1 << i for i in subset)
            for j in range(p):
                if not code >> j & 1:
                    out[:, j] += weight * (fit[:, code | 1 << j] - fit[:, code])
    return out


def _r_squared_by_subset(matrices: Floats, p: int) -> Floats:
    """R squared of every subset of predictors, (draws, 2**p), by bit code."""
    fit = np.zeros((len(matrices), 1 << p))
    for size in range(1, p + 1):
        subsets = np.array(list(combinations(range(p), size)))
        codes = (1 << subsets).sum(axis=1)
        inner = matrices[:, subsets[:, :, None], subsets[:, None, :]]
        # A hair of ridge keeps constant or duplicated questions solvable; it moves no shown digit.
        inner = inner + RIDGE * np.eye(size)
        outer = matrices[:, subsets, p]
        solved = np.linalg.solve(inner, outer[..., None])[..., 0]
        fit[:, codes] = (outer * solved).sum(axis=-1)
    return fit


def johnson(matrices: Floats) -> Floats:
    """Johnson's relative weights, (draws, p), for the same input as `lmg`; they add up to R squared too.

    References:
        Johnson 2000, Multivariate Behavioral Research 35:1. Equal to `genizi` in R's relaimpo.
    """
    p = matrices.shape[1] - 1
    scale = np.sqrt(np.maximum(np.einsum("dii->di", matrices[:, :p, :p]), 1e-12))
    rxx = matrices[:, :p, :p] / scale[:, :, None] / scale[:, None, :]
    rxy = matrices[:, :p, p] / scale
    values, vectors = np.linalg.eigh(rxx)
    root = np.einsum("dij,dj,dkj->dik", vectors, np.sqrt(np.maximum(values, 0)), vectors)
    beta = np.linalg.solve(root + RIDGE * np.eye(p), rxy[..., None])[..., 0]
    return np.asarray(np.einsum("dij,dj->di", root**2, beta**2))


def coefficients(matrices: Floats) -> Floats:
    """Coefficients (draws, p) of the full model, for their signs."""
    p = matrices.shape[1] - 1
    return np.asarray(np.linalg.solve(matrices[:, :p, :p] + RIDGE * np.eye(p), matrices[:, :p, p:])[..., 0])
