"""Scikit-learn interface of the two-level grouping, so that BERTopic can carry it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.preprocessing import normalize

from voc.themes import levels
from voc.themes.graph import Matrix, features


class GraphClusterer(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Neighbour graph, Leiden and merging.

    Args:
        texts: the n texts behind the rows of X, for the lexical half; None uses X alone.
        resolution: of the sub-themes; None reads it off stability.
        level: "theme" or "subtheme": which level `labels_` are.
        known: (n,) groups found before; nothing is grouped again then.
    """

    def __init__(
        self,
        texts: Sequence[str] | None = None,
        resolution: float | None = None,
        level: str = "theme",
        known: NDArray[np.int64] | None = None,
    ) -> None:
        self.texts = texts
        self.resolution = resolution
        self.level = level
        self.known = known

    def fit(self, X: Matrix, y: object = None) -> GraphClusterer:
        """Group the rows of X (n, d); `labels_` are 0 .. k-1, larger groups first."""
        vectors = np.asarray(X, np.float32)
        self.labels_ = self.known if self.known is not None else self._found(vectors)
        groups = range(int(self.labels_.max()) + 1)
        self.centres_ = normalize(np.stack([vectors[self.labels_ == g].mean(axis=0) for g in groups]))
        return self

    def _found(self, vectors: Matrix) -> NDArray[np.int64]:
        matrix = vectors if self.texts is None else features(self.texts, vectors)
        found = levels.discover(matrix, resolution=self.resolution)
        return found.themes if self.level == "theme" else found.sub

    def predict(self, X: Matrix) -> NDArray[np.int64]:
        """The group whose centre is nearest by meaning, for rows that were not fitted."""
        return np.asarray((np.asarray(X, np.float32) @ self.centres_.T).argmax(axis=1))
