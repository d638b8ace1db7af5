"""Survey + segment column -> one score per segment, each compared with all other answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS
from voc.score.nps import LEVEL

SMALL_BASE = 30


@dataclass(frozen=True, repr=False)
class Segments(Result):
    """Scores by segment.

    Attributes:
        column: the segment column.
        frame: one row per shown segment: `segment`, `n`, the three counts, `value`, `low`, `high` (points),
            `difference` from all other answers with `difference_low`, `difference_high` (widened for the number of
            segments) and `verdict`.
        hidden: segments with too few answers to be shown.
        level: confidence level.
        label: which answers.
    """

    column: str
    frame: pd.DataFrame
    hidden: int
    level: float
    label: str

    @property
    def headline(self) -> str:
        """Which segments stand out from the rest, or that none does."""
        if self.frame.empty:
            return f"No {self.column} has the {MIN_ANSWERS} answers that a score needs ({self.label})."
        named = [
            f"{row.segment} ({display.points(row.value)}, {display.points(abs(row.difference))} {row.verdict} the rest)"
            for row in self.frame.itertuples()
            if row.verdict in ("above", "below")
        ]
        name = self.column.replace("_", " ")
        if not named:
            return f"No {name} stands out: none differs from the rest by more than chance explains ({self.label})."
        return f"Stands out by {name}: {display.listed(named)}."

    def to_frame(self) -> pd.DataFrame:
        """One row per shown segment."""
        return self.frame

    def _caption(self) -> str:
        hidden = f" {display.plural(self.hidden, 'group')} with fewer than {MIN_ANSWERS} answers not shown." if self.hidden else ""
        return f"Score by {self.column.replace('_', ' ')}, {self.label}.{hidden}"

    def _columns(self) -> list[Column]:
        return [
            Column("segment", self.column.replace("_", " ").capitalize()),
            Column("n", "Answers", "count"),
            Column("value", "Score", "points"),
            Column("low", "Low to high", "range", "high"),
            Column("difference", "Against the rest", "change"),
            Column("difference_low", "Low to high", "range", "difference_high"),
            Column("verdict", "Verdict"),
        ]


def by(survey: Survey, column: str, *, level: float = LEVEL, comparisons: int | None = None) -> Segments:
    """Score every segment and compare it with all other answers.

    Args:
        survey: the answers.
        column: a segment column; blank segments are left out.
        level: confidence level of each score; differences get a level that holds for all comparisons together.
        comparisons: how many comparisons there are in all; None counts the segments shown.

    Raises:
        VocError: there is no such column.
    """
    values = survey.segment(column)
    table = tally(survey.frame.assign(segment=values)[values != ""], "segment")
    shown = table[table.sum(axis=1) >= MIN_ANSWERS]
    hidden = int((table.sum(axis=1) < MIN_ANSWERS).sum())
    frame = scored(shown, level=level)
    rest = table.sum(axis=0).to_numpy() - shown.to_numpy()
    if len(shown) and len(table) > 1:
        wide = stats.family_level(level, comparisons or len(shown))
        low1, high1 = stats.net_interval(*shown.to_numpy().T, level=wide)
        low2, high2 = stats.net_interval(*rest.T, level=wide)
        other = (rest[:, 2] - rest[:, 0]) / rest.sum(axis=1)
        low, high = stats.mover_difference(frame["value"] / 100, (low1, high1), other, (low2, high2))
        frame["difference"], frame["difference_low"] = frame["value"] - 100 * other, 100 * low
        frame["difference_high"] = 100 * high
    else:
        frame[["difference", "difference_low", "difference_high"]] = np.nan
    frame["verdict"] = np.select(
        [frame["difference_low"] > 0, frame["difference_high"] < 0, frame["n"] < SMALL_BASE],
        ["above", "below", "small base"],
        "like the rest",
    )
    frame = frame.rename_axis("segment").reset_index().sort_values(["value", "segment"], ascending=[False, True], ignore_index=True)
    return Segments(column, frame, hidden, level, survey.label)


def tally(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Answers -> counts: one row per group, columns detractor, passive, promoter. Everything else works on this."""
    table = frame.groupby([column, "cohort"], observed=True).size().unstack(fill_value=0)
    return table.reindex(columns=["detractor", "passive", "promoter"], fill_value=0)


def scored(table: pd.DataFrame, *, level: float = LEVEL) -> pd.DataFrame:
    """Counts -> scores: `n`, the three counts, `value`, `low`, `high` in points, same index."""
    d, p, c = (table[name].to_numpy(dtype=float) for name in ("detractor", "passive", "promoter"))
    n = d + p + c
    with np.errstate(invalid="ignore", divide="ignore"):
        value = 100 * (c - d) / n
    low, high = stats.net_interval(d, p, c, level=level)
    numbers = {"n": n.astype(int), "detractors": d.astype(int), "passives": p.astype(int), "promoters": c.astype(int)}
    return pd.DataFrame({**numbers, "value": value, "low": 100 * low, "high": 100 * high}, index=table.index)
