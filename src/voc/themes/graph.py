"""Distinct texts and their vectors -> neighbours and groups: meaning beside wording, nearest neighbours by cosine, Leiden.

The recipe and its evidence: TF-IDF of 1-2-grams reduced to 200 dimensions stands beside the sentence vector at half its
weight; 15 nearest neighbours; Leiden on modularity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

NEIGHBOURS = 15
LEXICAL_WEIGHT = 0.5
LEXICAL_DIMENSIONS = 200
LEXICAL_FIT = 20_000  # texts from which the lexical dimensions are found
SEED = 20240229
BLOCK = 256  # rows at a time; a block of similarities then stays in the processor's cache
EXACT_UP_TO = 50_000  # texts; above, neighbours are approximate
REDUCED = 128  # dimensions in which approximate neighbours are looked for
CELLS_SEEN = 24

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Near:
    """Each text's nearest others, the nearest first.

    Attributes:
        columns: (n, k) which.
        distances: (n, k) one minus the cosine; infinite where there is no k-th.
    """

    columns: NDArray[np.int32]
    distances: NDArray[np.float32]


@dataclass(frozen=True)
class Edges:
    """A symmetric weighted graph of n texts; each edge once, first < second, sorted."""

    n: int
    first: NDArray[np.int32]
    second: NDArray[np.int32]
    weight: NDArray[np.float64]


def features(texts: Sequence[str], vectors: Matrix) -> Matrix:
    """Meaning beside wording: (n, d + up to 200) float32, for distinct texts in canonical order.

    What all texts have in common (they are all about this company) is taken off the meaning first.
    """
    apart = np.asarray(normalize(vectors - vectors.mean(axis=0)), dtype=np.float32)
    lexical = _lexical(texts)
    return apart if lexical is None else np.hstack([apart, LEXICAL_WEIGHT * lexical])


def _lexical(texts: Sequence[str]) -> Matrix | None:
    """Unit rows of TF-IDF reduced by SVD; None where the texts share too few words."""
    try:
        counts = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2, dtype=np.float32).fit_transform(texts)
    except ValueError:  # no word occurs in two texts
        return None
    size = min(LEXICAL_DIMENSIONS, counts.shape[1] - 1, counts.shape[0] - 1)
    if size < 2:
        return None
    reduction = TruncatedSVD(size, algorithm="randomized", random_state=SEED)
    reduction.fit(counts[:: max(1, counts.shape[0] // LEXICAL_FIT)])
    return np.asarray(normalize(reduction.transform(counts)), dtype=np.float32)


def neighbours(matrix: Matrix, k: int) -> Near:
    """The k nearest others of each row by cosine: exact up to 50,000 rows, approximate (faiss, inverted lists) above."""
    unit = np.ascontiguousarray(normalize(matrix), dtype=np.float32)
    k = min(k, len(unit) - 1)
    return _exact(unit, k) if len(unit) <= EXACT_UP_TO else _approximate(unit, k)


def _exact(unit: Matrix, k: int) -> Near:
    n = len(unit)
    columns, distances = np.empty((n, k), np.int32), np.empty((n, k), np.float32)
    for start in range(0, n, BLOCK):
        similar = unit[start : start + BLOCK] @ unit.T
        rows = np.arange(len(similar))
        similar[rows, rows + start] = -np.inf
        columns[start : start + BLOCK], distances[start : start + BLOCK] = _nearest(similar, k)
    return Near(columns, distances)


def _nearest(similar: Matrix, k: int) -> tuple[NDArray[np.int32], Matrix]:
    """The k largest of each row, largest first (ties: by position), as positions and distances."""
    found = np.sort(np.argpartition(similar, -k, axis=1)[:, -k:], axis=1)
    values = np.take_along_axis(similar, found, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1).astype(np.int32), 1 - np.take_along_axis(values, order, axis=1)


def _approximate(unit: Matrix, k: int) -> Near:
    """Inverted lists on the leading 128 principal directions; the candidates' distances are then computed in full."""
    import faiss

    rng = np.random.default_rng(SEED)
    sample = unit[np.sort(rng.choice(len(unit), LEXICAL_FIT, replace=False))]
    _, directions = np.linalg.eigh(np.cov(sample, rowvar=False))
    reduced = np.ascontiguousarray(normalize(unit @ directions[:, ::-1][:, :REDUCED].astype(np.float32)), dtype=np.float32)
    cells = int(4 * np.sqrt(len(unit)))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(REDUCED), REDUCED, cells, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed, index.cp.niter, index.cp.max_points_per_centroid = 1, 8, 64
    index.train(reduced)
    index.add(reduced)
    index.nprobe = CELLS_SEEN
    columns, distances = np.empty((len(unit), k), np.int32), np.empty((len(unit), k), np.float32)
    for start in range(0, len(unit), 20 * BLOCK):
        rows = np.arange(start, min(start + 20 * BLOCK, len(unit)))
        _, found = index.search(reduced[rows], k + 1)
        exact = np.einsum("ij,ikj->ik", unit[rows], unit[found])
        exact[(found == rows[:, None]) | (found < 0)] = -np.inf
        order = np.argsort(-exact, axis=1, kind="stable")[:, :k]
        columns[rows] = np.maximum(np.take_along_axis(found, order, axis=1), 0)
        distances[rows] = 1 - np.take_along_axis(exact, order, axis=1)
    return Near(columns, distances)


def edges_of(near: Near) -> Edges:
    """Symmetric weights of each text's 15 nearest.

    Weight exp(-(d - nearest) / mean(d - nearest)) per row, made symmetric by a + b - ab.
    """
    n = len(near.columns)
    k = min(NEIGHBOURS, near.columns.shape[1])
    columns, distances = near.columns[:, :k], near.distances[:, :k].astype(np.float64)
    there = np.isfinite(distances)
    above = np.where(there, distances, 0) - np.where(there[:, :1], distances[:, :1], 0)
    above[~there] = 0
    mean = above.sum(axis=1, keepdims=True) / np.maximum(there.sum(axis=1, keepdims=True), 1)
    weight = np.where(there, np.exp(-above / np.maximum(mean, 1e-9)), 0)
    directed = sparse.csr_matrix((weight.ravel(), (np.repeat(np.arange(n), k), columns.ravel())), shape=(n, n))
    other = directed.T.tocsr()
    both = sparse.triu(directed + other - directed.multiply(other), k=1).tocoo()
    order = np.lexsort((both.col, both.row))
    order = order[both.data[order] > 0]
    return Edges(n, both.row[order].astype(np.int32), both.col[order].astype(np.int32), both.data[order])


def communities(edges: Edges, *, resolution: float, seed: int = SEED, trials: int = 1) -> NDArray[np.int64]:
    """Leiden groups of a graph, numbered by size (ties: by first member); a text without edges is a group of its own."""
    from graspologic_native import leiden

    if not len(edges.first):
        return np.arange(edges.n)
    names = [str(i) for i in range(edges.n)]
    pairs = [(names[i], names[j], w) for i, j, w in zip(edges.first.tolist(), edges.second.tolist(), edges.weight.tolist(), strict=True)]
    _, found = leiden(pairs, resolution=resolution, seed=seed, iterations=2, trials=trials)
    labels = np.array([found.get(name, -1) for name in names])
    alone = labels < 0
    labels[alone] = labels.max() + 1 + np.arange(alone.sum())
    return by_size(labels)


def by_size(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same groups, numbered 0.. by size, ties by first member."""
    _, first, codes, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return np.asarray(rank[codes])


def centres_of(matrix: Matrix, labels: NDArray[np.int64], k: int) -> Matrix:
    """(k, d) unit centre of each group of rows; rows with label -1 belong to none."""
    kept = np.flatnonzero(labels >= 0)
    member = sparse.csr_matrix((np.ones(len(kept), np.float32), (labels[kept], kept)), shape=(k, len(labels)))
    return np.asarray(normalize(member @ matrix), dtype=np.float32)
