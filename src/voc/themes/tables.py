"""Codebook + placed clauses -> the tables of both levels, again after an edit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voc.schema import MIN_QUOTED
from voc.themes import quotes
from voc.themes.codebook import UNREAD, About, Codebook
from voc.themes.graph import centres_of
from voc.themes.tree import Tree

if TYPE_CHECKING:
    from voc.themes.result import Themes

SAYING = ("answer", "praise", "complaint")
STEADY, FAIRLY = 0.75, 0.6  # Hennig 2007: stable; a pattern
COLUMNS = ["id", "label", "size", "share", "named", "steady", "grade", "complaint", "new", "says", "words", "quotes"]


def retold(themes: Themes, tree: Tree) -> Themes:
    """The same themes with another tree: theme of each part, and both tables."""
    parent = np.array(tree.parent, dtype=np.int64)
    moved = {name: _parents(frame["subtheme"], parent) for name, frame in (("assignments", themes.assignments), ("comments", themes.comments))}
    comments = themes.comments.assign(theme=moved["comments"])
    book = themes.book
    if book is None:
        return themes
    assigned = themes.assignments.assign(theme=moved["assignments"], closeness=_closeness(themes, book, parent))
    table = _table(assigned, comments, book, tree, "theme")
    table = table[~table["id"].isin(tree.hidden)].reset_index(drop=True)
    subtable = _table(assigned, comments, book, tree, "subtheme")
    subtable.insert(1, "theme", parent[subtable["id"].to_numpy(dtype=int)] if len(subtable) else [])
    subtable = subtable[~subtable["theme"].isin(tree.hidden)].reset_index(drop=True)
    return replace(themes, assignments=assigned, comments=comments, table=table, subtable=subtable)


def _parents(sub: pd.Series, parent: np.ndarray) -> pd.Series:
    """The theme of each sub-theme; missing stays missing."""
    known = sub.notna().to_numpy()
    out = pd.array([pd.NA] * len(sub), dtype="Int64")
    out[known] = parent[sub[known].to_numpy(dtype=int)]
    return pd.Series(out, index=sub.index)


def _closeness(themes: Themes, book: Codebook, parent: np.ndarray) -> np.ndarray:
    """(assignments,) cosine of each part to the middle of its theme, theme by theme to spare memory."""
    grouped, rows = themes.grouped, themes.assignments
    middles = centres_of(book.vectors.astype(np.float32), parent[book.sub], int(parent.max()) + 1)
    theme = parent[rows["subtheme"].to_numpy(dtype=int)]
    part, unit = rows["part"].fillna(-1).to_numpy(dtype=int), rows["unit"].to_numpy(dtype=int)
    out = np.empty(len(rows), np.float32)
    for t in np.unique(theme):
        clause, whole = np.flatnonzero((theme == t) & (part >= 0)), np.flatnonzero((theme == t) & (part < 0))
        out[clause], out[whole] = grouped.part_vectors[part[clause]] @ middles[t], grouped.vectors[unit[whole]] @ middles[t]
    return out


def _table(assigned: pd.DataFrame, comments: pd.DataFrame, book: Codebook, tree: Tree, level: str) -> pd.DataFrame:
    n = int(comments["kind"].isin(SAYING).sum())
    sizes = assigned.groupby(level)["comment"].nunique()
    told = assigned.groupby(level)["complaint"].mean()
    named = dict(tree.labels) if level == "theme" else dict(enumerate(tree.sublabels))
    first = dict(book.tree.labels) if level == "theme" else dict(enumerate(book.tree.sublabels))  # names that nobody has changed
    ids = [int(t) for t in sizes.index if int(t) in named]
    about = {t: _about(t, book, tree, level) for t in ids}
    near = "closeness" if level == "theme" else "subcloseness"
    parts = assigned[["comment", "id", "strength", "weak", near, "start", "end"]].rename(columns={near: "closeness"})
    rows = assigned.groupby(level).indices
    frame = pd.DataFrame(
        {
            "id": ids,
            "label": [named[t] for t in ids],
            "size": [int(sizes[t]) for t in ids],
            "share": [sizes[t] / n for t in ids],
            "named": [about[t].fits if named[t] == first.get(t) else float("nan") for t in ids],
            "steady": [about[t].steady for t in ids],
            "grade": [grade(about[t].steady) for t in ids],
            "complaint": [float(told[t]) for t in ids],
            "new": [level == "theme" and t in book.newest for t in ids],
            "says": [about[t].says for t in ids],
            "words": [list(about[t].words) for t in ids],
            "quotes": [_quotes(parts, np.asarray(rows[t]), comments) if sizes[t] >= MIN_QUOTED else [] for t in ids],
        },
        columns=COLUMNS,
    )
    return frame.sort_values(["size", "label"], ascending=[False, True], ignore_index=True)


def _quotes(parts: pd.DataFrame, rows: NDArray[np.intp], comments: pd.DataFrame) -> list[str]:
    return [str(t) for t in quotes.choose(parts.iloc[rows], comments, "typical", quotes.QUOTES)["text"]]


def _about(theme: int, book: Codebook, tree: Tree, level: str) -> About:
    """What is said of a theme; of one that an analyst made, what is said of its sub-themes together."""
    if level == "subtheme":
        return book.subthemes[theme]
    members = tree.members(theme)
    if theme in book.themes and members == book.tree.members(theme):
        return book.themes[theme]
    parts = [book.subthemes[s] for s in members]
    if len(parts) == 1:
        return parts[0]
    words = tuple(dict.fromkeys(w for p in parts for w in p.words[:3]))[:8]
    steady = [p.steady for p in parts if not np.isnan(p.steady)]
    said = " ".join(p.says for p in parts[:2])
    return replace(UNREAD, words=words, fits=float(np.mean([p.fits for p in parts])), says=said, steady=min(steady, default=float("nan")))


def grade(steady: float) -> str:
    """A share that comes back, in words."""
    if np.isnan(steady):
        return "given or new"
    return "steady" if steady >= STEADY else "fairly steady" if steady >= FAIRLY else "loose"
