"""Units, vectors and a Codebook -> which theme each part of each comment speaks of, and each comment's main theme."""

from __future__ import annotations

import numpy as np
import pandas as pd

from voc.encode import Vectors
from voc.themes import place
from voc.themes.codebook import Codebook, Labels
from voc.themes.graph import centres_of
from voc.themes.prepare import Units
from voc.themes.tone import Tone

COUNTED = 0.4  # share of the say from which a clause counts as mentioning a theme; a comment always has one
COLUMNS = ["comment", "id", "theme", "subtheme", "strength", "weak", "subcloseness", "complaint", "start", "end", "part", "unit"]


def parts(units: Units, vectors: Vectors, told: Tone, book: Codebook, wholes: pd.DataFrame, *, use_cache: bool = False) -> pd.DataFrame:
    """Each clause that clearly speaks of a theme (two fifths of the say); where no clause of a unit does, the unit as a whole.

    A comment of which nothing is clear has the theme of its clearest unit.

    Args:
        units: the comments, cut.
        vectors: (m, d) of the distinct clauses.
        told: how far each clause is told as a complaint.
        book: the themes.
        wholes: the units as `whole_units` gives them.
        use_cache: keep and reuse the clauses' places on disk.

    Returns:
        one row per part (see `Themes.assignments`).
    """
    placed = place.place(book, units.parts, vectors, clauses=True, use_cache=use_cache)
    by_part = pd.DataFrame(
        {"subtheme": placed.sub, "strength": placed.strength, "weak": placed.weak, "subcloseness": _closeness(vectors, placed.sub, book)}
    )
    part = units.clauses["part"].to_numpy()
    rows = units.clauses[["comment", "start", "end", "unit"]].reset_index(drop=True)
    rows = _undivided(pd.concat([rows, by_part.iloc[part].reset_index(drop=True)], axis=1), wholes)
    rows = rows.assign(part=pd.array(part, dtype="Int64"), complaint=told.complaint)
    clear = rows[rows["strength"] >= COUNTED]
    extra = _unclear(clear, wholes)
    mean = rows.groupby(["comment", "unit"])["complaint"].mean()
    extra = extra.assign(
        part=pd.array([pd.NA] * len(extra), dtype="Int64"), complaint=mean.reindex(pd.MultiIndex.from_frame(extra[["comment", "unit"]])).to_numpy()
    )
    both = pd.concat([clear, extra], ignore_index=True)
    both = both.sort_values(["comment", "start", "end"], ignore_index=True)
    both["id"] = units.comments["id"].to_numpy()[both["comment"]]
    both["theme"] = pd.array(book.parent[both["subtheme"].to_numpy(dtype=int)], dtype="Int64")
    return both.astype({"subtheme": "Int64"})[COLUMNS]


def whole_units(units: Units, vectors: Vectors, placed: place.Placed, book: Codebook) -> pd.DataFrame:
    """Each unit of each comment as a whole: `comment`, `start`, `end`, `unit`, `subtheme`, `strength`, `weak`, `subcloseness`.

    Args:
        units: the comments, cut.
        vectors: (n, d) of the distinct units.
        placed: where they belong.
        book: the themes.
    """
    at = units.places["unit"].to_numpy()
    close = _closeness(vectors, placed.sub, book)
    return units.places.assign(subtheme=placed.sub[at], strength=placed.strength[at], weak=placed.weak[at], subcloseness=close[at])


def main(units: Units, vectors: Vectors, book: Codebook, wholes: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """Each comment with its main sub-theme: that of its unit; of several units, where their mean lies, longer ones counting more.

    Args:
        units: the comments, cut.
        vectors: (n, d) of the distinct units.
        book: the themes.
        wholes: the units as `whole_units` gives them.
        said: what `parts` gives.

    Returns:
        the comments with `theme` (missing until `tables.retold` fills it), `subtheme` and `weak` (every part is weakly placed).
    """
    count = wholes.groupby("comment")["unit"].transform("size")
    one, many = wholes[count == 1].set_index("comment"), wholes[count > 1]
    sub, weak = one["subtheme"], said.groupby("comment")["weak"].all()
    if len(many):
        comments, code = np.unique(many["comment"], return_inverse=True)
        sums = np.zeros((len(comments), vectors.shape[1]), np.float32)
        np.add.at(sums, code, vectors[many["unit"]] * (many["end"] - many["start"]).to_numpy(np.float32)[:, None])
        mean = place.place(book, [""] * len(comments), place.unit_rows(sums))
        sub = pd.concat([sub, pd.Series(mean.sub, index=comments)])
    rows = range(len(units.comments))
    filled = units.comments.assign(subtheme=sub.reindex(rows).astype("Int64").array, weak=weak.reindex(rows).astype("boolean").array)
    return filled.assign(theme=pd.array([pd.NA] * len(filled), dtype="Int64"))


def _undivided(rows: pd.DataFrame, wholes: pd.DataFrame) -> pd.DataFrame:
    """The same clauses; one that is a unit of its own lies where the unit lies."""
    alone = ~rows.duplicated(["comment", "unit"], keep=False)
    own = wholes.drop_duplicates(["comment", "unit"]).set_index(["comment", "unit"])
    at = own.loc[pd.MultiIndex.from_frame(rows.loc[alone, ["comment", "unit"]])]
    for name in ("subtheme", "strength", "weak", "subcloseness"):
        rows.loc[alone, name] = at[name].to_numpy()
    return rows


def _unclear(clear: pd.DataFrame, wholes: pd.DataFrame) -> pd.DataFrame:
    """The units of which no clause is clear but the whole is; of a comment that has nothing clear, its clearest unit."""
    rest = wholes[~pd.MultiIndex.from_frame(wholes[["comment", "unit"]]).isin(pd.MultiIndex.from_frame(clear[["comment", "unit"]]))]
    strongest = rest["strength"].eq(rest.groupby("comment")["strength"].transform("max"))
    return rest[(rest["strength"] >= COUNTED) | (strongest & ~rest["comment"].isin(clear["comment"]))]


def _closeness(vectors: Vectors, sub: Labels, book: Codebook) -> Vectors:
    """(n,) cosine of each vector to the middle of its sub-theme's kept texts."""
    centres = centres_of(book.vectors.astype(np.float32), book.sub, len(book.parent))
    return np.asarray(np.einsum("ij,ij->i", vectors, centres[sub]), dtype=np.float32)
