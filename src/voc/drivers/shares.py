"""Correlation matrices -> importance of each question: LMG (Shapley shares of R squared) and Johnson's relative weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb

import numpy as np
from numpy.typing import NDArray

from voc.stats import Floats

EXACT_UP_TO = 14
RIDGE = 1e-9
ALIKE = 1e-9  # what a variable has left beside others, below which it says nothing new
MEMORY = 2**19  # numbers at a time: what fits into a processor's cache; 2**22 takes three times as long
ROUNDS = 40  # of cyclic orders, each forwards and backwards

Groups = Sequence[Sequence[int]]


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


def within(matrices: Floats, controls: int) -> Floats:
    """`partial`, but shares are of what the controls leave of the outcome's variance."""
    out = partial(matrices, controls)
    if controls:
        a, b = matrices[:, :controls, :controls], matrices[:, :controls, -1:]
        left = 1 - (np.swapaxes(b, 1, 2) @ np.linalg.pinv(a, rcond=1e-8, hermitian=True) @ b)[:, 0, 0]
        scale = 1 / np.sqrt(np.maximum(left, ALIKE))
        out[:, -1, :-1] *= scale[:, None]
        out[:, :-1, -1] *= scale[:, None]
    return out


def lmg(matrices: Floats, groups: Groups | None = None) -> Floats:
    """Shapley shares of R squared, exact.

    Args:
        matrices: (draws, p + 1, p + 1) covariances of p predictors and, last, the outcome with variance 1.
        groups: columns that count as one question each; every column its own without. At most 14.

    Returns:
        (draws, groups) shares that add up to R squared.

    References:
        Lindeman, Merenda & Gold 1980; Groemping 2006, Journal of Statistical Software 17(1).
    """
    players = _players(matrices, groups)
    weight = _shapley(len(players))
    return np.vstack([(weight @ fit).T for fit in _fits(matrices, players)])


def r_squared_by_subset(matrices: Floats, groups: Groups | None = None) -> Floats:
    """R squared of every set of questions, (2**p, draws); question k is in the sets whose number has bit k.

    Args:
        matrices: as for `lmg`.
        groups: as for `lmg`.
    """
    return np.hstack(list(_fits(matrices, _players(matrices, groups))))


def sampled(matrices: Floats, *, rounds: int = ROUNDS, seed: int = 0) -> tuple[Floats, Floats]:
    """Shapley shares from some of the orders in which questions can enter, for more than 14 questions.

    Args:
        matrices: as for `lmg`.
        rounds: random orders, of each of which all p rotations are taken, forwards and backwards, so that every question is at every
            place equally often.
        seed: of the orders.

    Returns:
        (draws, p) shares that add up to R squared, and (draws, p) standard errors of the sampling (nan for one round).

    Notes:
        In the Cholesky factor of the correlations in an order, with the outcome last, the squares of the last row are what each question
        adds to R squared. Castro, Gomez & Tejada 2009, Computers & Operations Research 36:1726.
    """
    d, p = len(matrices), matrices.shape[1] - 1
    rng = np.random.default_rng(seed)
    # A hair of ridge lets a question that others hold completely be factored; it moves no shown digit.
    solid = matrices + RIDGE * np.eye(p + 1)
    means = np.zeros((rounds, d, p))
    for r in range(rounds):
        start = rng.permutation(p)
        for shift in range(p):
            forwards = np.roll(start, shift)
            for order in (forwards, forwards[::-1]):
                at = np.append(order, p)
                means[r][:, order] += np.linalg.cholesky(solid[:, at[:, None], at])[:, p, :p] ** 2 / (2 * p)
    error = means.std(axis=0, ddof=1) / np.sqrt(rounds) if rounds > 1 else np.full((d, p), np.nan)
    return means.mean(axis=0), error


def _players(matrices: Floats, groups: Groups | None) -> list[list[int]]:
    return [[i] for i in range(matrices.shape[1] - 1)] if groups is None else [list(g) for g in groups]


def _fits(matrices: Floats, players: list[list[int]]) -> Iterator[Floats]:
    """R squared by subset, (2**p, draws), for some draws at a time.

    Level by level: each question is either left out, or swept out of all that follow; its row and column go either way. What the outcome
    has left at the end is what the set does not explain; a set costs a few operations, whatever its size.
    """
    order = np.array([*(i for g in players for i in g), matrices.shape[1] - 1])
    step = max(1, MEMORY // (1 << len(players)) // 2)
    for i in range(0, len(matrices), step):
        rest = np.moveaxis(matrices[i : i + step][:, order[:, None], order], 0, -1)[None]  # (sets, v, v, draws)
        whole = rest[0, -1, -1]
        for group in players:
            swept = rest
            for _ in group:
                own = swept[:, :1, :1]
                gone = swept[:, 1:, :1] * swept[:, :1, 1:] / np.where(own > ALIKE, own, np.inf)
                swept = swept[:, 1:, 1:] - gone
            rest = np.concatenate([rest[:, len(group) :, len(group) :], swept])
        yield whole - rest[:, 0, 0]


def _shapley(p: int) -> Floats:
    """(p, 2**p) weight of each set's R squared in each question's share."""
    held, size = _held(p)
    joining = np.array([1 / (p * comb(p - 1, s)) for s in range(p)])
    return np.where(held, joining[np.maximum(size - 1, 0)], -joining[np.minimum(size, p - 1)])


def _held(p: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which sets hold each question, (p, 2**p), and how many questions each set has, (2**p,)."""
    held = (np.arange(1 << p) >> np.arange(p)[:, None]) % 2 == 1
    return held, held.sum(axis=0)


def conditional(fit: Floats) -> Floats:
    """What each question adds on average to sets of each size (conditional dominance).

    Args:
        fit: (2**p, draws) R squared by subset.

    Returns:
        (draws, p, p): question, size 0 .. p - 1; the mean over sizes is `lmg`.

    References:
        Azen & Budescu 2003, Psychological Methods 8:129.
    """
    p = len(fit).bit_length() - 1
    held, size = _held(p)
    out = np.empty((fit.shape[1], p, p))
    for j in range(p):
        without = np.flatnonzero(~held[j])
        gain = fit[without | 1 << j] - fit[without]
        for s in range(p):
            out[:, j, s] = gain[size[without] == s].mean(axis=0)
    return out


def complete(fit: Floats) -> Floats:
    """Share of the sets of other questions to which the first adds more than the second (complete dominance; ties count half).

    Args:
        fit: (2**p, draws) R squared by subset.

    Returns:
        (draws, p, p); 1 where the first always adds more, nan on the diagonal.

    References:
        Azen & Budescu 2003, Psychological Methods 8:129.
    """
    p = len(fit).bit_length() - 1
    held, _ = _held(p)
    out = np.full((fit.shape[1], p, p), np.nan)
    for i in range(p):
        for j in range(i):
            without = np.flatnonzero(~held[i] & ~held[j])
            gap = fit[without | 1 << i] - fit[without | 1 << j]
            out[:, i, j] = ((gap > ALIKE) + 0.5 * (np.abs(gap) <= ALIKE)).mean(axis=0)
            out[:, j, i] = 1 - out[:, i, j]
    return out


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
