"""Survey + Themes -> how often each theme comes up at each touchpoint; no small group can be worked out from what all teams see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voc import display
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, TOUCHPOINT
from voc.score import protect
from voc.score.protect import small
from voc.themes import Themes


@dataclass(frozen=True, repr=False)
class Spoken(Result):
    """How often a team's themes come up at its touchpoints.

    Attributes:
        frame: one row per theme and touchpoint: `label`, `touchpoint`, `n` comments there, `told` as a complaint and `praise` (missing where a
            small group could be worked out).
        label: which answers.
    """

    frame: pd.DataFrame
    label: str

    @property
    def headline(self) -> str:
        """What comes up most."""
        if self.frame.empty:
            return f"No theme comes up often enough to be shown ({self.label})."
        top = self.frame.iloc[0]
        share, at = display.share(top["n"] / top["base"]), f" at “{top['touchpoint']}”" if top["touchpoint"] else ""
        base = f"{display.count(top['n'])} of {display.count(top['base'])} comments{at}"
        return f"Mentioned most: “{top['label']}”, in {base} ({share}; {self.label})."

    def to_frame(self) -> pd.DataFrame:
        """One row per theme and touchpoint."""
        return self.frame

    def _caption(self) -> str:
        both = "Comments that neither complain nor praise count, too. A dash: hidden to protect small groups."
        return f"Comments that mention a theme, {self.label}. {both}"

    def _columns(self) -> list[Column]:
        place = [Column("touchpoint", "Touchpoint")] if self.frame["touchpoint"].nunique() > 1 else []
        return [
            Column("label", "Theme"), *place, Column("n", "Comments", "count"), Column("complaint", "Complaints", "count"),
            Column("praise", "Praise", "count"),
        ]  # fmt: skip


def spoken(window: Survey, themes: Themes) -> Spoken:
    """Counts by theme and touchpoint, small groups of a theme hidden over all touchpoints."""
    mentions = themes.mentions(window)
    place = window.answers.loc[mentions.index, TOUCHPOINT].fillna("") if TOUCHPOINT in window.answers else pd.Series("", index=mentions.index)
    names = sorted(place.unique())
    base = place.value_counts()
    columns = {"n": mentions}
    if themes.has_tone:
        columns |= {"complaint": themes.mentions(window, "complaint"), "praise": themes.mentions(window, "praise")}
    counts = {name: who.groupby(place).sum().reindex(names, fill_value=0).T for name, who in columns.items()}
    kept = _kept_back(columns, counts, place, names)
    visible = {name: table.where(~kept[name]) for name, table in counts.items()}
    rows = [
        {"id": int(t), "label": themes.label_of(int(t)), "touchpoint": p, "base": int(base[p])}
        | {name: float(visible[name].loc[t, p]) if name in visible else np.nan for name in ("n", "complaint", "praise")}
        for t in mentions.columns
        for p in names
    ]
    frame = pd.DataFrame(rows, columns=["id", "label", "touchpoint", "base", "n", "complaint", "praise"])
    frame = frame[frame["n"] >= MIN_ANSWERS].sort_values(["n", "label"], ascending=[False, True], ignore_index=True)
    return Spoken(frame, window.label)


def _kept_back(columns: dict[str, pd.DataFrame], counts: dict[str, pd.DataFrame], place: pd.Series, names: list[str]) -> dict[str, NDArray[np.bool_]]:
    """Which counts (themes, touchpoints) are not shown: small ones, and those from which the small rest of a theme's comments would follow."""
    n = counts["n"].to_numpy(dtype=float)
    never = {name: np.zeros(n.shape, dtype=bool) for name in columns}
    if len(columns) > 1:
        told = {name: counts[name].to_numpy(dtype=float) for name in ("complaint", "praise")}
        for name, size in told.items():
            never[name] = small(n - size)
        either = (columns["complaint"] | columns["praise"]).groupby(place).sum().reindex(names, fill_value=0).T.to_numpy(dtype=float)
        rest = small(n - either) | small(n - told["complaint"] - told["praise"])
        fewer = told["complaint"] < told["praise"]
        never["complaint"] |= rest & fewer
        never["praise"] |= rest & ~fewer
    return {
        name: np.array([protect.hidden(row, always=dark) for row, dark in zip(counts[name].to_numpy(dtype=float), never[name], strict=True)])
        for name in columns
    }


def of_team(frame: pd.DataFrame, places: list[str], mine: set[int]) -> pd.DataFrame:
    """A team's rows: its touchpoints, and its themes wherever they come up."""
    return frame[frame["touchpoint"].isin(places) | frame["id"].isin(mine)].reset_index(drop=True)
