"""Slow and obvious versions of what voc works out fast, and the smallest Survey to try it on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import permutations
from math import comb, sqrt

import numpy as np
import pandas as pd
from scipy import optimize
from scipy import stats as sps

from voc import stats
from voc.ingest import Receipt, Survey
from voc.schema import Mapping, Question, Scale, cohort_of

NO_SEGMENTS = ("touchpoint", "comment", "response_id", "customer", "weight")
Counts = tuple[int, int, int]


def survey_of(scores: Sequence[int], *, ratings: dict[str, Sequence[float]] | None = None, dates: Sequence[str] | None = None, **columns) -> Survey:
    """A Survey from plain lists: scores, ratings on 1-5, dates, weights, and text columns (touchpoint, comment, or segments)."""
    n = len(scores)
    score = pd.Series(list(scores), dtype=int)
    frame = pd.DataFrame({"row": np.arange(2, n + 2), "response_id": [f"R{i}" for i in range(n)]})
    frame["date"] = pd.to_datetime(pd.Series(list(dates) if dates is not None else ["2026-09-15"] * n))
    frame["score"], frame["cohort"], frame["comment"] = score, cohort_of(score), ""
    for name, answers in (ratings or {}).items():
        frame[name] = np.asarray(answers, dtype=float)
    for name, values in columns.items():
        frame[name] = pd.Series(list(values), dtype=float if name == "weight" else "str")
    asked = tuple(Question(r, r, r.capitalize(), Scale(1, 5)) for r in ratings or {})
    segments = {name: name for name in columns if name not in NO_SEGMENTS}
    mapping = Mapping("Test", Question("score", "score", "Recommend?", Scale(0, 10)), {"date": "date"}, asked, segments)
    return Survey(frame, mapping, Receipt("test.csv", n, {}))


def answers_of(detractors: int, passives: int, promoters: int) -> list[int]:
    """Answers with the given counts."""
    return [3] * detractors + [7] * passives + [10] * promoters


def segments_of(tables: dict[str, Counts], **same: str) -> Survey:
    """A Survey with one answer per count and segment, segment column "team"."""
    return _counted(list(tables), list(tables.values()), lambda keys: {"team": keys} | {name: [value] * len(keys) for name, value in same.items()})


def visits_of(cells: dict[tuple[str, str], Counts], *, column: str = "team", place: str = "touchpoint") -> Survey:
    """A Survey from counts by (touchpoint, team)."""
    return _counted(list(cells), list(cells.values()), lambda keys: {place: [p for p, _ in keys], column: [t for _, t in keys]})


def months_of(tables: dict[str, Counts]) -> Survey:
    """A Survey from counts by month, all answers on its 15th."""
    return _counted(list(tables), list(tables.values()), lambda keys: {"dates": [f"{month}-15" for month in keys]})


def _counted(keys: list, tables: list[Counts], columns: Callable[[list], dict]) -> Survey:
    repeated = [key for key, counts in zip(keys, tables, strict=True) for _ in range(sum(counts))]
    return survey_of([s for counts in tables for s in answers_of(*counts)], **columns(repeated))


def tango(b: int, p: int, c: int, level: float = 0.95) -> tuple[float, float]:
    """Tango's interval by the definition: the likelihood maximised numerically under each assumed difference, then root finding."""
    n, z = b + p + c, sps.norm.ppf(0.5 + level / 2)

    def likelihood(q: float, d: float) -> float:
        shares = np.array([q, 1 - 2 * q - d, q + d])
        counts = np.array([b, p, c])
        return float((counts[counts > 0] * np.log(np.maximum(shares[counts > 0], 1e-300))).sum())

    def statistic(d: float) -> float:
        q = optimize.minimize_scalar(lambda q: -likelihood(q, d), bounds=(max(0, -d), (1 - d) / 2), method="bounded", options={"xatol": 1e-12}).x
        return (c - b - n * d) / sqrt(n * (2 * q + d - d * d))

    point = (c - b) / n
    return (
        optimize.brentq(lambda d: statistic(d) - z, -1 + 1e-9, point),
        optimize.brentq(lambda d: statistic(d) + z, point, 1 - 1e-9),
    )


def fisher(k1: int, m1: int, k2: int, m2: int) -> float:
    """Two-sided Fisher test: all tables with the same margins that are no more likely than the one seen."""
    total, n = k1 + k2, m1 + m2
    chance = [comb(m1, k) * comb(m2, total - k) / comb(n, total) if 0 <= total - k <= m2 else 0.0 for k in range(min(m1, total) + 1)]
    return sum(x for x in chance if x <= chance[k1] * (1 + 1e-7))


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Adjusted p-values by the definition: the smallest of m p / rank over all larger p-values."""
    m, ordered = len(p), sorted(p)
    return [min([1.0] + [m * ordered[j] / (j + 1) for j in range(m) if ordered[j] >= x]) for x in p]


def r_squared(X: np.ndarray, y: np.ndarray) -> float:
    """Share of the variance of y, by least squares on the rows."""
    design = np.column_stack([np.ones(len(y)), X])
    fitted = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return float(1 - ((y - fitted) ** 2).sum() / ((y - y.mean()) ** 2).sum())


def shapley(X: np.ndarray, y: np.ndarray, held: np.ndarray | None = None) -> np.ndarray:
    """What each column adds to R squared, averaged over every order in which columns can be entered after the held ones."""
    p = X.shape[1]
    start = np.empty((len(y), 0)) if held is None else held
    added = np.zeros(p)
    orders = list(permutations(range(p)))
    for order in orders:
        entered: list[int] = []
        before = r_squared(np.column_stack([start, X[:, entered]]), y)
        for j in order:
            entered.append(j)
            now = r_squared(np.column_stack([start, X[:, entered]]), y)
            added[j] += now - before
            before = now
    return added / len(orders)


def split(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Kitagawa's mix and within parts, points, segment by segment; every segment has answers on both sides."""
    mix = within = 0.0
    for old, new in zip(before, after, strict=True):
        share_old, share_new = old.sum() / before.sum(), new.sum() / after.sum()
        value_old, value_new = 100 * (old[2] - old[0]) / old.sum(), 100 * (new[2] - new[0]) / new.sum()
        mix += (share_new - share_old) * (value_old + value_new) / 2
        within += (value_new - value_old) * (share_old + share_new) / 2
    return mix, within


def fighting_words(first: Sequence[float], second: Sequence[float], sizes: tuple[float, float], prior: float) -> list[float]:
    """Monroe's z, one word at a time."""
    out = []
    for y1, y2 in zip(first, second, strict=True):
        a = prior * (y1 + y2) / sum(sizes)
        odds1, odds2 = (y1 + a) / (sizes[0] + prior - y1 - a), (y2 + a) / (sizes[1] + prior - y2 - a)
        out.append((np.log(odds1) - np.log(odds2)) / sqrt(1 / (y1 + a) + 1 / (y2 + a)))
    return out


def knn_graph(points: np.ndarray, k: int) -> np.ndarray:
    """The neighbour graph of voc.themes.graph, row by row: cosine distance, k nearest, exp(-excess / mean excess), a + b - ab."""
    n = len(points)
    weight = np.zeros((n, n))
    for i in range(n):
        distance = {}
        for j in range(n):
            if j != i:
                distance[j] = 1 - points[i] @ points[j] / (np.linalg.norm(points[i]) * np.linalg.norm(points[j]))
        nearest = sorted(distance, key=lambda j: distance[j])[:k]
        excess = {j: distance[j] - distance[nearest[0]] for j in nearest}
        scale = sum(excess.values()) / k
        for j in nearest:
            weight[i, j] = np.exp(-excess[j] / scale)
    return weight + weight.T - weight * weight.T


def tally(rows: Iterable[dict], keys: Sequence[str]) -> dict[tuple, tuple[int, float]]:
    """Answers and sum of weights per combination of the keys and score, row by row; rows without a score are passed over."""
    found: dict[tuple, list[float]] = defaultdict(lambda: [0, 0.0])
    for row in rows:
        if not missing(row["score"]):
            cell = found[(*("" if missing(row[k]) else str(row[k]) for k in keys), int(row["score"]))]
            cell[0] += 1
            cell[1] += row["weight"]
    return {key: (int(n), weight) for key, (n, weight) in found.items()}


def missing(value: object) -> bool:
    """Whether a cell holds nothing: None, NaN, NA, NaT or ""."""
    return value is None or value is pd.NA or value is pd.NaT or value == "" or value != value  # noqa: PLR0124


def effective(frame: pd.DataFrame, *, weighted: bool) -> float:
    """The effective number of answers from their rows; a row without a customer is a customer of its own."""
    bands = np.select([frame["score"] <= 6, frame["score"] <= 8], [-1, 0], 1)
    customers = [c or f"alone {i}" for i, c in enumerate(frame["customer"])]
    weights = frame["weight"] if weighted else None
    return stats.effective_size(bands, weights=weights, clusters=np.unique(customers, return_inverse=True)[1])


def split_crossed(before: np.ndarray, after: np.ndarray, values: tuple[np.ndarray, np.ndarray]) -> tuple[float, float, float]:
    """Das Gupta's parts of two crossed columns (rows, columns, rates), cell by cell; every cell has answers on both sides."""
    rows, columns, rates = 0.0, 0.0, 0.0
    for i in range(before.shape[0]):
        for j in range(before.shape[1]):
            share, a, b = [], [], []
            for n in (before, after):
                share.append(n[i, j] / n.sum())
                a.append(sqrt(n[i, j] / n[:, j].sum() * n[i].sum() / n.sum()))
                b.append(sqrt(n[i, j] / n[i].sum() * n[:, j].sum() / n.sum()))
            middle = (values[0][i, j] + values[1][i, j]) / 2
            rows += middle * (b[0] + b[1]) / 2 * (a[1] - a[0])
            columns += middle * (a[0] + a[1]) / 2 * (b[1] - b[0])
            rates += (values[1][i, j] - values[0][i, j]) * (share[0] + share[1]) / 2
    return rows, columns, rates


def touching(first: Counts, second: Counts) -> float:
    """The p-value that belongs to the joined Tango intervals of two scores: at its quantile the range of their difference just touches 0."""
    scores = [(c - d) / (d + p + c) for d, p, c in (first, second)]

    def nearest(z: float) -> float:
        ends = [stats.net_interval_at(*counts, z) for counts in (first, second)]
        low, high = stats.mover_difference(scores[0], ends[0], scores[1], ends[1])
        return float(low if scores[0] > scores[1] else -high)

    return float(2 * sps.norm.sf(optimize.brentq(nearest, 1e-6, 30, xtol=1e-13)))


def given_away(sizes: Counter, shown: set, least: int) -> list:
    """Groups of fewer than `least` answers that a reader can work out from the shown groups and the total of all answers."""
    hidden = {name: n for name, n in sizes.items() if name not in shown and n}
    lone = [name for name in hidden if len(hidden) == 1 and hidden[name] < least]
    return [name for name in shown if sizes[name] < least] + lone + (sorted(hidden) if 0 < sum(hidden.values()) < least else [])
