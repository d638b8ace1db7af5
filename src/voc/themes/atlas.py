"""Themes -> a map: a point for each text, beside those that say something similar."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.manifold import TSNE
from sklearn.neighbors import kneighbors_graph, radius_neighbors_graph
from threadpoolctl import threadpool_limits

from voc import display
from voc.display import Column, Result
from voc.encode import disk
from voc.themes.graph import SEED, Matrix
from voc.themes.result import Themes

MOST = 3_000  # points
FEWEST = 30
PERPLEXITY = 30
STEPS = 500  # as good as scikit-learn's 1,000 in half the time: .693 of neighbours share a theme after it on the sample, .692 after 1,000
NEIGHBOURS = 10
NEAR = 0.15  # of the map's half width; a theme's name stands where it has the most texts of its own within this
SPOTS = ["theme", "label", "x", "y", "n"]


@dataclass(frozen=True, repr=False)
class Atlas(Result):
    """A map of what is said.

    Attributes:
        frame: one row per text shown: `x`, `y` (-1..1, no units), `theme`, `label`.
        label: which comments.
        together: share 0..1 of the ten nearest points of a point that are of its theme, over all points.
        spots: one row per theme on the map, most texts first: `theme`, `label`, `x`, `y` (where it is densest) and `n` (texts shown).
    """

    frame: pd.DataFrame
    label: str
    together: float = float("nan")
    spots: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=SPOTS))

    @property
    def headline(self) -> str:
        """How many texts, and how to read them."""
        if self.frame.empty:
            return f"There are too few comments for a map ({self.label})."
        shown = f"{display.plural(len(self.frame), 'different text')}, each a point ({self.label})"
        return f"{shown}. Neighbours say similar things; how far apart distant points lie means little."

    def to_frame(self) -> pd.DataFrame:
        """One row per text."""
        return self.frame

    def _columns(self) -> list[Column]:
        return []


def atlas(themes: Themes, *, most: int = MOST, use_cache: bool = True) -> Atlas:
    """Lay out texts in the plane; the same themes give the same map, on any number of processors.

    Args:
        themes: the distinct texts that were grouped are shown, evenly spread ones where there are more than `most`.
        most: points. With at least as many as there are texts, and no theme hidden, the rows are those of `themes.grouped.units`, as
            `themes.topic_model.visualize_documents(docs, reduced_embeddings=...)` wants them.
        use_cache: keep and reuse the layout on disk.

    Notes:
        Computed in one thread: sums over several threads end in other digits, and t-SNE makes other maps of those.

    References:
        van der Maaten & Hinton 2008, JMLR 9:2579 (t-SNE, started from principal components).
    """
    grouped = themes.grouped
    if len(grouped.units) < FEWEST or themes.table.empty:
        return Atlas(pd.DataFrame(columns=["x", "y", "theme", "label"]), themes.label)
    rows = np.linspace(0, len(grouped.units) - 1, min(most, len(grouped.units))).astype(int)
    vectors = grouped.vectors[rows]
    place = disk.arrays("map", [vectors], lambda: {"place": _laid_out(vectors)}, packages=["scikit-learn"], use_cache=use_cache)["place"]
    theme = pd.Series(grouped.sub[rows]).map(themes.subtable.set_index("id")["theme"])
    frame = pd.DataFrame({"x": place[:, 0], "y": place[:, 1], "theme": theme, "label": theme.map(themes.table.set_index("id")["label"])})
    frame = frame.dropna().reset_index(drop=True)
    return Atlas(frame, themes.label, _together(frame), _spots(frame))


def _laid_out(vectors: Matrix) -> NDArray[np.float64]:
    """(n, 2) places of n unit vectors, within -1..1."""
    with threadpool_limits(1):
        method = TSNE(init="pca", perplexity=min(PERPLEXITY, (len(vectors) - 1) / 3), max_iter=STEPS, random_state=SEED, n_jobs=1)
        place = np.asarray(method.fit_transform(vectors), dtype=np.float64)
    scaled: NDArray[np.float64] = place / np.abs(place).max()
    return scaled


def _together(frame: pd.DataFrame) -> float:
    if len(frame) <= NEIGHBOURS:
        return float("nan")
    near = kneighbors_graph(frame[["x", "y"]].to_numpy(), NEIGHBOURS).tocoo()
    theme = frame["theme"].to_numpy()
    return float((theme[near.row] == theme[near.col]).mean())


def _spots(frame: pd.DataFrame) -> pd.DataFrame:
    """Where each theme has the most texts of its own around it, less those of others."""
    if frame.empty:
        return pd.DataFrame(columns=SPOTS)
    places, themes = frame[["x", "y"]].to_numpy(), frame["theme"].to_numpy()
    near = radius_neighbors_graph(places, NEAR, include_self=True).tocoo()
    own = themes[near.row] == themes[near.col]
    lead = np.bincount(near.row, weights=np.where(own, 1.0, -1.0), minlength=len(frame))
    best = frame.assign(lead=lead).sort_values(["lead", "x", "y"], ascending=[False, True, True]).drop_duplicates("theme")
    best = best.assign(n=best["theme"].map(frame["theme"].value_counts()))
    return best.sort_values(["n", "label"], ascending=[False, True], ignore_index=True)[SPOTS]
