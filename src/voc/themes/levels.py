"""Neighbours -> two levels of themes: how fine is read off stability, and each theme is graded by how often it comes back.

Every choice rests on the same runs: nine in ten texts drawn at random, distances disturbed by as much as half precision
disturbs them, grouped again. How fine the sub-themes are is where those runs agree with one another; what is shown is
what they agree on, not any one of them.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.metrics import adjusted_rand_score

from voc.themes.graph import SEED, Edges, Matrix, Near, by_size, centres_of, communities, edges_of, neighbours

RESOLUTIONS = (1.4, 2.0, 2.8, 4.0, 5.6)
RUNS = 10
FEWER_RUNS = 4  # above 20,000 texts, at each resolution and of all texts
KEPT = 0.9  # share of the texts in a run
NOISE = 0.002  # standard deviation: what half precision does to a cosine
POOL = 24  # neighbours looked up, so that a run in which some are missing still has 15
FEWEST_THEMES, MOST_THEMES = 6, 20
JUDGED_UP_TO = 20_000  # texts on which the resolution is chosen
TOLERANCE = 0.03  # of agreement: smaller differences between two steps are chance
SMALLEST = 5  # texts; smaller groups are no sub-theme
SCATTERED = 0.25  # a theme of which less than this comes back is no theme of its own
DISSOLVED = 0.4  # a sub-theme of which less comes back is not there (Hennig 2007 takes 0.5 for runs that leave nothing out)

Labels = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Levels:
    """Two levels of groups over n texts.

    Attributes:
        sub: (n,) sub-theme of each text, larger ones first.
        parent: (k,) theme of each sub-theme, larger themes first.
        steady: (m,) share 0..1 of each theme that comes back in a run, on average.
        substeady: (k,) the same for sub-themes.
        resolution: of the sub-themes.
        agreement: resolution -> mean adjusted Rand index between two runs; empty where it was given.
    """

    sub: Labels
    parent: Labels
    steady: Floats
    substeady: Floats
    resolution: float
    agreement: dict[float, float]

    @property
    def themes(self) -> Labels:
        """(n,) theme of each text."""
        return np.asarray(self.parent[self.sub])


def discover(matrix: Matrix, *, resolution: float | None = None) -> Levels:
    """Find both levels.

    Args:
        matrix: (n, d) features of distinct texts in canonical order.
        resolution: of the sub-themes; None reads it off stability.

    References:
        Traag, Waltman & van Eck 2019, Scientific Reports 9:5233 (Leiden); Hennig 2007, CSDA 52:258 (how much of a group
        comes back); Bonald et al. 2018, arXiv:1806.01664 (merging sub-themes into themes).
    """
    near = neighbours(matrix, POOL)
    judged = near if len(matrix) <= JUDGED_UP_TO else neighbours(matrix[_sample(len(matrix))], POOL)
    count = RUNS if judged is near else FEWER_RUNS
    tried = {r: _runs(judged, r, count) for r in (RESOLUTIONS if resolution is None else (resolution,))}
    agreement = {r: _agreement(found) for r, found in tried.items()}
    best = plateau(agreement)
    runs = tried[best] if judged is near else _runs(near, best, FEWER_RUNS)
    edges = edges_of(near)
    sub = _fold_small(_consensus(edges, runs, best), edges, matrix)
    cut_runs = [merges(edges, run, matrix) for run in runs]
    count = _how_many(runs, cut_runs, int(sub.max()) + 1)
    theme_runs = [_cut(run, cuts, count) for run, cuts in zip(runs, cut_runs, strict=True)]
    sub, parent = _fold_loose(sub, _themes(sub, theme_runs, count), runs, edges)
    sub, parent = _numbered(sub, parent)
    return Levels(sub, parent, come_back(parent[sub], theme_runs), come_back(sub, runs), best, agreement if resolution is None else {})


def plateau(agreement: dict[float, float]) -> float:
    """The middle of the steps whose agreement is within .03 of the best: there, a little more or less changes little."""
    best = max(agreement.values())
    good = [step for step, value in agreement.items() if value >= best - TOLERANCE]
    return good[(len(good) - 1) // 2]


def come_back(labels: Labels, runs: list[Labels]) -> Floats:
    """Share of each group that comes back: Jaccard similarity with the most similar group of a run, averaged over the runs.

    Args:
        labels: (n,) group of each text, 0 .. k-1.
        runs: (n,) group of each text in a run, -1 where it was left out.
    """
    scores = np.zeros((len(runs), int(labels.max()) + 1))
    for i, run in enumerate(runs):
        seen = run >= 0
        both = _crossed(labels[seen], run[seen], scores.shape[1], int(run.max()) + 1).toarray()
        union = both.sum(axis=1, keepdims=True) + both.sum(axis=0, keepdims=True) - both
        scores[i] = (both / np.maximum(union, 1)).max(axis=1)
    return np.asarray(scores.mean(axis=0))


def merges(edges: Edges, labels: Labels, matrix: Matrix) -> dict[int, Labels]:
    """Groups merged step by step, the pair first that is tied most closely for its size.

    Args:
        edges: between the texts.
        labels: (n,) group of each text, -1 for none.
        matrix: (n, d) features; nearness of centres decides between groups without ties.

    Returns:
        number of groups -> (k,) merged group of each group.
    """
    k = int(labels.max()) + 1
    ties = _ties(edges, labels, k)
    volume = np.maximum(ties.sum(axis=1), 1e-9)
    centres = centres_of(matrix, labels, k)
    near = 1e-6 * (1 + centres @ centres.T)
    alive, belongs = np.ones(k, bool), np.arange(k)
    cuts = {k: belongs.copy()}
    total = volume.sum()
    for left in range(k - 1, 0, -1):
        close = ties * total / np.outer(volume, volume) + near
        close[~alive] = close[:, ~alive] = -1
        np.fill_diagonal(close, -1)
        i, j = sorted(divmod(int(close.argmax()), k))
        ties[i] += ties[j]
        ties[:, i] += ties[:, j]
        volume[i] += volume[j]
        near[i], near[:, i] = np.maximum(near[i], near[j]), np.maximum(near[:, i], near[:, j])
        alive[j] = False
        belongs[belongs == j] = i
        cuts[left] = np.unique(belongs, return_inverse=True)[1]
    return cuts


def _runs(near: Near, resolution: float, count: int) -> list[Labels]:
    """The texts grouped again and again: nine in ten of them, distances disturbed; -1 for texts that were left out."""

    def one(run: int) -> Labels:
        rng = np.random.default_rng([SEED, run])
        kept = rng.random(len(near.columns)) < KEPT
        noisy = near.distances + rng.normal(0, NOISE, near.distances.shape).astype(np.float32)
        noisy[~kept] = np.inf
        noisy[~kept[near.columns]] = np.inf
        order = np.argsort(noisy, axis=1, kind="stable")
        disturbed = Near(np.take_along_axis(near.columns, order, axis=1), np.take_along_axis(noisy, order, axis=1))
        found = communities(edges_of(disturbed), resolution=resolution, seed=SEED + run)
        found[~kept] = -1
        return np.where(kept, by_size(np.where(kept, found, found.max() + 1)), -1) if kept.any() else found

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Leiden runs without the lock
        return list(pool.map(one, range(count)))


def _agreement(runs: list[Labels]) -> float:
    """Mean adjusted Rand index between two runs, on the texts that both have."""
    scores = []
    for a, b in combinations(runs, 2):
        both = (a >= 0) & (b >= 0)
        scores.append(adjusted_rand_score(a[both], b[both]))
    return float(np.mean(scores))


def _consensus(edges: Edges, runs: list[Labels], resolution: float) -> Labels:
    """Groups of the graph in which an edge counts by how often its ends were grouped together."""
    together, present = np.zeros(len(edges.first)), np.zeros(len(edges.first))
    for run in runs:
        a, b = run[edges.first], run[edges.second]
        there = (a >= 0) & (b >= 0)
        present += there
        together += there & (a == b)
    weight = edges.weight * together / np.maximum(present, 1)
    kept = weight > 0
    return communities(Edges(edges.n, edges.first[kept], edges.second[kept], weight[kept]), resolution=resolution, trials=3)


def _how_many(runs: list[Labels], cut_runs: list[dict[int, Labels]], subthemes: int) -> int:
    """The number of themes, 6 to 20, at which the runs agree best; all sub-themes where there are fewer."""
    most = min(MOST_THEMES, subthemes, *(len(cuts) for cuts in cut_runs))
    if most <= FEWEST_THEMES:
        return min(FEWEST_THEMES, subthemes)
    counts = range(FEWEST_THEMES, most + 1)
    return int(plateau({float(k): _agreement([_cut(run, cuts, k) for run, cuts in zip(runs, cut_runs, strict=True)]) for k in counts}))


def _themes(sub: Labels, theme_runs: list[Labels], count: int) -> Labels:
    """The theme of each sub-theme: what the runs agree on, by average linkage over how often two sub-themes are in one theme.

    Sub-themes that hardly any two runs put together are not left as a theme of their own: a theme of which less than a quarter comes
    back joins the theme that it is most often together with, as long as six are left.
    """
    k = int(sub.max()) + 1
    if k <= count:
        return np.arange(k)
    together = np.zeros((k, k))
    for run in theme_runs:
        seen = run >= 0
        part = _crossed(sub[seen], run[seen], k, int(run.max()) + 1).toarray()
        part /= np.maximum(part.sum(axis=1, keepdims=True), 1)
        together += part @ part.T / len(theme_runs)
    apart = np.clip(1 - (together + together.T) / 2, 0, 1)
    np.fill_diagonal(apart, 0)
    parent = np.asarray(fcluster(linkage(squareform(apart, checks=False), "average"), count, "maxclust") - 1, dtype=np.int64)
    while parent.max() + 1 > FEWEST_THEMES:
        steady = come_back(parent[sub], theme_runs)
        worst = int(np.argmin(steady))
        if steady[worst] >= SCATTERED:
            break
        near = np.array([together[parent == worst][:, parent == t].mean() if t != worst else -1 for t in range(parent.max() + 1)])
        parent[parent == worst] = int(near.argmax())
        parent = np.unique(parent, return_inverse=True)[1].astype(np.int64)
    return parent


def _cut(run: Labels, cuts: dict[int, Labels], count: int) -> Labels:
    """A run's groups merged to a number of themes."""
    return np.where(run < 0, -1, cuts[min(count, len(cuts))][np.maximum(run, 0)])


def _fold_small(labels: Labels, edges: Edges, matrix: Matrix) -> Labels:
    """Groups of fewer than five texts join the group that they are tied to most, or the nearest one."""
    labels = by_size(labels)
    sizes = np.bincount(labels)
    large = sizes >= min(SMALLEST, sizes.max())
    ties = _ties(edges, labels, len(sizes))
    centres = centres_of(matrix, labels, len(sizes))
    pull = ties + 1e-6 * (1 + centres @ centres.T)
    pull[:, ~large] = -1
    target = np.where(large, np.arange(len(sizes)), pull.argmax(axis=1))
    return by_size(target[labels])


def _fold_loose(labels: Labels, parent: Labels, runs: list[Labels], edges: Edges) -> tuple[Labels, Labels]:
    """Sub-themes of which less than two fifths come back join the sub-theme of their theme that they are tied to most."""
    labels, parent = labels.copy(), parent.copy()
    while True:
        steady = come_back(labels, runs)
        siblings = np.bincount(parent, minlength=parent.max() + 1)[parent]
        loose = np.flatnonzero((steady < DISSOLVED) & (siblings > 1))
        if not len(loose):
            return labels, parent
        worst = loose[np.argmin(steady[loose])]
        ties = _ties(edges, labels, len(parent))[worst]
        ties[(parent != parent[worst]) | (np.arange(len(parent)) == worst)] = -1
        labels[labels == worst] = int(ties.argmax())
        labels[labels > worst] -= 1
        parent = np.delete(parent, worst)


def _numbered(sub: Labels, parent: Labels) -> tuple[Labels, Labels]:
    """Both levels numbered by size."""
    theme = by_size(parent[sub])
    sub = by_size(sub)
    _, first = np.unique(sub, return_index=True)
    return sub, theme[first]


def _ties(edges: Edges, labels: Labels, k: int) -> Floats:
    """(k, k) summed weight of the edges between groups, within a group twice."""
    a, b = labels[edges.first], labels[edges.second]
    kept = (a >= 0) & (b >= 0)
    one_way = sparse.coo_matrix((edges.weight[kept], (a[kept], b[kept])), shape=(k, k)).toarray()
    return np.asarray(one_way + one_way.T)


def _crossed(a: Labels, b: Labels, rows: int, columns: int) -> sparse.coo_matrix:
    return sparse.coo_matrix((np.ones(len(a)), (a, b)), shape=(rows, columns))


def _sample(n: int) -> Labels:
    """Positions of at most 20,000 texts."""
    return np.sort(np.random.default_rng(SEED).choice(n, JUDGED_UP_TO, replace=False))
