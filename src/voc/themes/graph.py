"""Distinct texts and their vectors -> group numbers: exact neighbour graph on meaning and wording, then Leiden.

The recipe and its evidence: TF-IDF of 1-2-grams reduced to 200 dimensions stands beside the sentence vector at half its
weight; 15 nearest neighbours by cosine; Leiden on modularity. No number of themes is given.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

NEIGHBOURS = 15
LEXICAL_WEIGHT = 0.5
LEXICAL_DIMENSIONS = 200
RESOLUTION = 1.0
SEED = 20240229
BLOCK = 256  # rows at a time; a block of similarities then stays in the processor's cache

Matrix = NDArray[np.float32]


class GraphClusterer(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Scikit-learn interface of the neighbour graph and Leiden, so that BERTopic can carry it.

    Args:
        resolution: higher values give more and smaller groups.
        texts: the n texts behind the rows of X, for the lexical half; None uses X alone.
        seed: of Leiden.
    """

    def __init__(self, resolution: float = RESOLUTION, texts: Sequence[str] | None = None, seed: int = SEED) -> None:
        self.resolution = resolution
        self.texts = texts
        self.seed = seed

    def fit(self, X: Matrix, y: object = None) -> GraphClusterer:
        """Group the rows of X (n, d); `labels_` are 0 .. k-1, larger groups first."""
        vectors = np.asarray(X, np.float32)
        matrix = vectors if self.texts is None else features(self.texts, vectors)
        self.labels_ = communities(neighbour_graph(matrix), resolution=self.resolution, seed=self.seed)
        groups = range(int(self.labels_.max()) + 1)
        self.centres_ = normalize(np.stack([vectors[self.labels_ == g].mean(axis=0) for g in groups]))
        return self

    def predict(self, X: Matrix) -> NDArray[np.int64]:
        """The group whose centre is nearest by meaning, for rows that were not fitted."""
        return np.asarray((np.asarray(X, np.float32) @ self.centres_.T).argmax(axis=1))


def features(texts: Sequence[str], vectors: Matrix) -> Matrix:
    """Meaning beside wording: (n, 384 + up to 200) float32, for distinct texts in canonical order."""
    lexical = _lexical(texts)
    return vectors if lexical is None else np.hstack([vectors, LEXICAL_WEIGHT * lexical])


def _lexical(texts: Sequence[str]) -> Matrix | None:
    """Unit rows of TF-IDF reduced by SVD; None where the texts share too few words."""
    try:
        counts = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2, dtype=np.float32).fit_transform(texts)
    except ValueError:  # no word occurs in two texts
        return None
    size = min(LEXICAL_DIMENSIONS, counts.shape[1] - 1, counts.shape[0] - 1)
    if size < 2:
        return None
    reduced = TruncatedSVD(size, algorithm="randomized", random_state=SEED).fit_transform(counts)
    return np.asarray(normalize(reduced), dtype=np.float32)


def neighbour_graph(matrix: Matrix) -> sparse.csr_matrix:
    """Symmetric weighted graph of each row's nearest neighbours by cosine, exact.

    Edge weight exp(-(d - nearest) / mean(d - nearest)) per row, made symmetric by a + b - ab.
    """
    unit = normalize(matrix).astype(np.float32)
    n = len(unit)
    k = min(NEIGHBOURS, n - 1)
    columns, distances = np.empty((n, k), np.int64), np.empty((n, k), np.float32)
    for start in range(0, n, BLOCK):
        similar = unit[start : start + BLOCK] @ unit.T
        rows = np.arange(len(similar))
        similar[rows, rows + start] = -np.inf
        nearest = np.argpartition(similar, -k, axis=1)[:, -k:]
        columns[start : start + BLOCK] = nearest
        distances[start : start + BLOCK] = 1 - np.take_along_axis(similar, nearest, axis=1)
    above = np.maximum(distances - distances.min(axis=1, keepdims=True), 0)
    weight = np.exp(-above / np.maximum(above.mean(axis=1, keepdims=True), 1e-9))
    directed = sparse.csr_matrix((weight.ravel(), (np.repeat(np.arange(n), k), columns.ravel())), shape=(n, n))
    other = directed.T.tocsr()
    return (directed + other - directed.multiply(other)).tocsr()


def communities(graph: sparse.csr_matrix, *, resolution: float = RESOLUTION, seed: int = SEED) -> NDArray[np.int64]:
    """Leiden groups of a graph, numbered by size (ties: by first member)."""
    from graspologic_native import leiden

    n = graph.shape[0]
    upper = sparse.triu(graph, k=1).tocoo()
    if upper.nnz == 0:
        return np.zeros(n, dtype=np.int64)
    names = [f"{i:07d}" for i in range(n)]
    order = np.lexsort((upper.col, upper.row))
    edges = [(names[i], names[j], float(w)) for i, j, w in zip(upper.row[order], upper.col[order], upper.data[order], strict=True)]
    _, found = leiden(edges, resolution=resolution, seed=seed, iterations=2, trials=3)
    labels = np.array([found.get(name, -1) for name in names])
    labels[labels < 0] = labels.max() + 1
    sizes = np.bincount(labels)
    first = np.array([np.flatnonzero(labels == g)[0] if s else n for g, s in enumerate(sizes)])
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return np.asarray(rank[labels])
