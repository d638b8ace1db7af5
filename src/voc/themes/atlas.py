"""Themes -> a map: a point for each text, near where what is said is alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from voc import display
from voc.display import Column, Result
from voc.themes.graph import SEED
from voc.themes.result import Themes

MOST = 3_000  # points
FEWEST = 30
DIRECTIONS = 30


@dataclass(frozen=True, repr=False)
class Atlas(Result):
    """A map of what is said.

    Attributes:
        frame: one row per text shown: `x`, `y` (-1..1, no units), `theme`, `label`.
        label: which comments.
    """

    frame: pd.DataFrame
    label: str

    @property
    def headline(self) -> str:
        """How many texts, and how to read them."""
        if self.frame.empty:
            return f"There are too few comments for a map ({self.label})."
        return f"{display.plural(len(self.frame), 'text')}, each a point: the nearer two points, the more alike what they say ({self.label})."

    def to_frame(self) -> pd.DataFrame:
        """One row per text."""
        return self.frame

    def _columns(self) -> list[Column]:
        return []


def atlas(themes: Themes, *, most: int = MOST) -> Atlas:
    """Lay out texts in the plane; the same themes give the same map.

    Args:
        themes: their units are shown, evenly spread ones where there are more than `most`.
        most: points.

    References:
        van der Maaten & Hinton 2008, JMLR 9:2579 (t-SNE, started from principal components).
    """
    grouped = themes.grouped
    if len(grouped.units) < FEWEST or themes.table.empty:
        return Atlas(pd.DataFrame(columns=["x", "y", "theme", "label"]), themes.label)
    rows = np.arange(len(grouped.units))[:: max(1, -(-len(grouped.units) // most))]
    vectors = grouped.vectors[rows]
    reduced = PCA(min(DIRECTIONS, *vectors.shape), svd_solver="full").fit_transform(vectors)
    place = TSNE(init="pca", perplexity=min(30, (len(rows) - 1) / 3), random_state=SEED, metric="cosine", n_jobs=1).fit_transform(reduced)
    place = place / np.abs(place).max()
    parent = themes.subtable.set_index("id")["theme"]
    theme = pd.Series(grouped.sub[rows]).map(parent)
    frame = pd.DataFrame({"x": place[:, 0], "y": place[:, 1], "theme": theme, "label": theme.map(themes.table.set_index("id")["label"])})
    return Atlas(frame.dropna().reset_index(drop=True), themes.label)
