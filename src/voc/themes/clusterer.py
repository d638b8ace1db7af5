"""Themes that were found already, in scikit-learn's interface, so that BERTopic can carry them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin

from voc.themes.graph import Matrix, centres_of


class Found(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Groups that are known.

    Args:
        known: (n,) group of each row of X; gaps in the numbers are closed.
    """

    def __init__(self, known: NDArray[np.int64]) -> None:
        self.known = known

    def fit(self, X: Matrix, y: object = None) -> Found:
        """Take the groups over; `labels_` are 0 .. k-1."""
        self.labels_ = np.unique(self.known, return_inverse=True)[1]
        self.centres_ = centres_of(np.asarray(X, np.float32), self.labels_, int(self.labels_.max()) + 1)
        return self

    def predict(self, X: Matrix) -> NDArray[np.int64]:
        """The group whose centre is nearest by meaning, for rows that were not fitted."""
        return np.asarray((np.asarray(X, np.float32) @ self.centres_.T).argmax(axis=1))
