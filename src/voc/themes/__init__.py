"""Comments -> Themes: what customers talk about, found without being told how many themes there are."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from voc import encode
from voc.ingest import Survey
from voc.themes import model, tone
from voc.themes.graph import RESOLUTION
from voc.themes.impact import Impact, impact
from voc.themes.movement import Movement, movement
from voc.themes.prepare import Units, units_of
from voc.themes.result import Themes, Told

__all__ = ["Impact", "Movement", "Themes", "Told", "find", "impact", "movement"]

FEWEST_UNITS = 30
ASSIGNMENTS = ["comment", "id", "theme", "subtheme", "strength", "complaint", "start", "end"]
TABLE = ["id", "label", "size", "share", "named", "words", "quotes"]


def find(comments: Survey | pd.Series | Sequence[str], *, resolution: float = RESOLUTION, use_cache: bool = True) -> Themes:
    """Find the themes in comments.

    Args:
        comments: a Survey, or n comments as a Series or list of str; missing ones are blank.
        resolution: of the grouping; higher values give more and smaller themes.
        use_cache: keep and reuse vectors and groups on disk.

    Returns:
        Themes. With fewer than 30 different units there are none, and `.headline` says so.

    Notes:
        Duplicates count in sizes and shares, never in the grouping; the same comments in any order give the same themes.
    """
    units = units_of(comments)
    label = comments.label if isinstance(comments, Survey) else "all comments"
    if len(units.texts) < FEWEST_UNITS:
        return Themes(units.comments, pd.DataFrame(columns=ASSIGNMENTS), pd.DataFrame(columns=TABLE), label=label)
    vectors = encode.encode(units.texts, use_cache=use_cache)
    groups = model.group(units.texts, vectors, resolution=resolution, use_cache=use_cache)
    assigned = _assignments(units, groups, vectors)
    judged = _tone(comments, units, vectors)
    assigned["complaint"] = judged.complaint
    table = _table(units, groups, assigned)
    source = f"{encode.describe()}; sentences by spaCy's blank English pipeline"
    themes = Themes(units.comments, assigned, table, groups.key, source, label, resolution, judged.accuracy, tuple(units.texts), vectors)
    table["quotes"] = [themes.quotes(t)["text"].tolist() for t in table["id"]]
    return themes


def _assignments(units: Units, groups: model.Grouping, vectors: encode.Vectors) -> pd.DataFrame:
    """Each part of each comment with its theme and how close it lies to the theme's middle."""
    labels = groups.labels
    centres = np.stack([vectors[labels == g].mean(axis=0) for g in range(labels.max() + 1)])
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
    strength = np.einsum("ij,ij->i", vectors, centres[labels]).astype(float)
    places = units.places
    frame = pd.DataFrame({"comment": places["comment"], "id": units.comments["id"].to_numpy()[places["comment"]]})
    frame["theme"] = labels[places["unit"]]
    frame["subtheme"] = pd.array([pd.NA] * len(frame), dtype="Int64")
    frame["strength"], frame["complaint"] = strength[places["unit"]], np.nan
    return frame.assign(start=places["start"], end=places["end"])


def _tone(comments: object, units: Units, vectors: encode.Vectors) -> tone.Tone:
    """Complaint or praise, where the comments come with scores."""
    if not isinstance(comments, Survey):
        return tone.Tone(np.full(len(units.places), np.nan), float("nan"))
    places = units.places
    cohorts = comments.frame["cohort"].to_numpy(dtype=str)
    return tone.judge(vectors[places["unit"]], places["comment"].to_numpy(), units.comments["text"].tolist(), cohorts)


def _table(units: Units, groups: model.Grouping, assigned: pd.DataFrame) -> pd.DataFrame:
    sizes = assigned.groupby("theme")["comment"].nunique()
    n = int((units.comments["kind"] == "answer").sum())
    frame = pd.DataFrame(
        {
            "id": sizes.index.astype(int),
            "label": [groups.names[t] for t in sizes.index],
            "size": sizes.to_numpy(),
            "share": sizes.to_numpy() / n,
            "named": [_named(units, assigned, t, groups.words[t]) for t in sizes.index],
            "words": [list(groups.words[t]) for t in sizes.index],
        }
    )
    return frame.sort_values(["size", "label"], ascending=[False, True], ignore_index=True)


def _named(units: Units, assigned: pd.DataFrame, theme: int, words: Sequence[str]) -> float:
    """Share of a theme's parts that use one of its words: how well the name fits."""
    rows = assigned[assigned["theme"] == theme]
    texts = units.comments["text"].to_numpy()[rows["comment"]]
    if not words:
        return 0.0
    pattern = re.compile("|".join(rf"\b{re.escape(w)}" for w in words))
    found = [bool(pattern.search(t[a:b].casefold())) for t, a, b in zip(texts, rows["start"], rows["end"], strict=True)]
    return float(np.mean(found))
