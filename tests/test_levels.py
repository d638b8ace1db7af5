"""Two levels of groups: planted ones found, fineness read off stability, grades that mean what they say."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from naive import knn_graph
from voc.themes import graph, levels


def planted(*, themes: int = 7, each: int = 4, size: int = 30, seed: int = 7) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points around sub-centres that lie around theme centres: (points, theme, sub-theme)."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(themes, 40)) * 4
    subs = np.repeat(centres, each, axis=0) + rng.normal(size=(themes * each, 40)) * 1.5
    sub = np.repeat(np.arange(themes * each), size)
    points = subs[sub] + rng.normal(size=(len(sub), 40)) * 0.4
    return points.astype(np.float32), sub // each, sub


def test_both_planted_levels_are_found():
    points, theme, sub = planted()
    found = levels.discover(points)
    assert adjusted_rand_score(sub, found.sub) > 0.8
    assert adjusted_rand_score(theme, found.themes) > 0.8
    assert (found.substeady > 0.9).mean() > 0.9
    assert (np.diff(np.bincount(found.sub)) <= 0).all(), "larger sub-themes first"
    assert (np.diff(np.bincount(found.themes)) <= 0).all(), "larger themes first"
    assert (found.parent[found.sub] == found.themes).all()


def test_the_number_of_themes_stays_in_the_range_a_reader_can_use():
    rng = np.random.default_rng(1)
    found = levels.discover(rng.normal(size=(600, 20)).astype(np.float32))
    assert levels.FEWEST_THEMES <= found.parent.max() + 1 <= levels.MOST_THEMES
    assert np.bincount(found.sub).min() >= levels.SMALLEST


def test_noise_is_graded_loose():
    rng = np.random.default_rng(2)
    points, _, _ = planted()
    noise = levels.discover(rng.normal(size=(len(points), 40)).astype(np.float32), resolution=2.0)
    assert noise.steady.mean() < levels.discover(points, resolution=2.0).steady.mean() - 0.2


def test_what_comes_back_equals_a_slow_count():
    """Oracle: Jaccard similarities written out for every pair of groups."""
    labels = np.array([0, 0, 0, 1, 1, 2])
    runs = [np.array([5, 5, 1, 1, -1, 0]), np.array([0, 0, 0, 1, 1, 1])]
    slow = []
    for group in range(3):
        best = []
        for run in runs:
            mine = {i for i in range(6) if labels[i] == group and run[i] >= 0}
            others = [{i for i in range(6) if run[i] == r} for r in set(run[run >= 0])]
            best.append(max(len(mine & o) / len(mine | o) for o in others))
        slow.append(np.mean(best))
    assert np.allclose(levels.come_back(labels, runs), slow)


def test_the_middle_of_a_plateau_is_chosen():
    assert levels.plateau({1.0: 0.5, 2.0: 0.80, 3.0: 0.82, 4.0: 0.81, 5.0: 0.6}) == 3.0
    assert levels.plateau({1.0: 0.9, 2.0: 0.5}) == 1.0


def test_merging_goes_down_to_one_and_never_splits():
    points, theme, sub = planted()
    edges = graph.edges_of(graph.neighbours(points, levels.POOL))
    cuts = levels.merges(edges, sub, points)
    assert sorted(cuts) == list(range(1, sub.max() + 2))
    for k in range(2, sub.max() + 1):
        pairs = {(int(a), int(b)) for a, b in zip(cuts[k], cuts[k - 1], strict=True)}
        assert len({a for a, _ in pairs}) == len(pairs), "a group of the finer cut lies in one group of the coarser"
    assert adjusted_rand_score(theme, cuts[theme.max() + 1][sub]) > 0.95


def test_graph_equals_a_slow_one():
    """Oracle: tests/naive.py computes the same weights row by row."""
    points = np.random.default_rng(5).normal(size=(60, 8)).astype(np.float32)
    edges = graph.edges_of(graph.neighbours(points, graph.NEIGHBOURS))
    dense = np.zeros((60, 60))
    dense[edges.first, edges.second] = dense[edges.second, edges.first] = edges.weight
    assert np.allclose(dense, knn_graph(points, graph.NEIGHBOURS), atol=1e-5)


def test_a_missing_neighbour_has_no_edge():
    columns = np.array([[1, 2], [0, 2], [1, 0]], np.int32)
    distances = np.array([[0.1, np.inf], [0.1, 0.2], [np.inf, np.inf]], np.float32)
    edges = graph.edges_of(graph.Near(columns, distances))
    assert set(zip(edges.first.tolist(), edges.second.tolist(), strict=True)) == {(0, 1), (1, 2)}


def test_approximate_neighbours_find_nearly_all_exact_ones(monkeypatch):
    monkeypatch.setattr(graph, "LEXICAL_FIT", 2000)
    rng = np.random.default_rng(0)
    wide = (rng.normal(size=(11_000, 300)) / (1 + np.arange(300))).astype(np.float32)  # a spectrum that falls off, as sentence vectors have
    wide /= np.linalg.norm(wide, axis=1, keepdims=True)
    exact, quick = graph._exact(wide, 15), graph._approximate(wide, 15)
    shared = [len(set(a) & set(b)) / 15 for a, b in zip(exact.columns, quick.columns, strict=True)]
    assert np.mean(shared) > 0.93


@pytest.mark.parametrize("n", [31, 60])
def test_few_texts_are_grouped_too(n):
    points, _, _ = planted(themes=3, each=1, size=20)
    found = levels.discover(points[:n])
    assert len(found.sub) == n
    assert found.parent.max() + 1 <= len(found.parent)
