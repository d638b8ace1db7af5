"""Values or counts -> mean with its error, effective size, bootstrap draws."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def mean_error(values: ArrayLike, *, weights: ArrayLike | None = None, clusters: ArrayLike | None = None) -> tuple[float, float]:
    """Weighted mean with its linearised standard error, answers of one cluster added up first.

    Args:
        values: (n,) values.
        weights: (n,) positive weights; equal without.
        clusters: (n,) whole numbers; values of the same cluster depend on each other. Each its own without.

    Returns:
        (mean, standard error); the error is nan for fewer than two clusters.

    References:
        Lumley 2010, Complex Surveys; equal to `svymean` of R's `survey`.
    """
    v = np.asarray(values, dtype=float)
    w = np.ones(len(v)) if weights is None else np.asarray(weights, dtype=float)
    mean = float(w @ v / w.sum()) if len(v) else float("nan")
    parts = w * (v - mean) / w.sum() if len(v) else v
    if clusters is not None:
        parts = np.bincount(np.unique(np.asarray(clusters), return_inverse=True)[1], weights=parts)
    m = len(parts)
    return mean, float(np.sqrt(m / (m - 1) * ((parts - parts.mean()) ** 2).sum())) if m > 1 else float("nan")


def effective_size(values: ArrayLike, *, weights: ArrayLike | None = None, clusters: ArrayLike | None = None) -> float:
    """How many equally weighted, independent answers would tell as much.

    Args:
        values: (n,) values.
        weights: (n,) positive weights.
        clusters: (n,) whole numbers; values of the same cluster depend on each other.

    Notes:
        Kish's size for the weights, divided by the design effect of the clusters: the ratio of the squared standard errors with and
        without them. A ratio below 1 is chance and taken as 1. Where all values are equal nothing tells how alike the answers of a
        cluster are, so each cluster counts once.

    References:
        Kish 1965, Survey Sampling.
    """
    v = np.asarray(values, dtype=float)
    w = np.ones(len(v)) if weights is None else np.asarray(weights, dtype=float)
    if not len(v):
        return 0.0
    size = float(w.sum() ** 2 / (w**2).sum())
    if clusters is None:
        return size
    apart, together = mean_error(v, weights=w)[1], mean_error(v, weights=w, clusters=clusters)[1]
    if not apart > 0 or np.isnan(together):
        return min(size, float(len(np.unique(np.asarray(clusters)))))
    return size / max((together / apart) ** 2, 1.0)


def resample(counts: ArrayLike, *, draws: int, seed: int) -> NDArray[np.int64]:
    """Bootstrap a table of counts: draws from the multinomial with the observed shares.

    Args:
        counts: k counts, at least one positive.
        draws: number of replicates.
        seed: of the generator.

    Returns:
        (draws, k) counts, each row summing to the table's total. The cost does not depend on the total.
    """
    table = np.asarray(counts, dtype=np.int64)
    total = int(table.sum())
    if total <= 0:
        raise ValueError("cannot resample an empty table of counts")
    return np.random.default_rng(seed).multinomial(total, table / total, size=draws)
