"""Survey + segment column -> one score per segment, each compared with the other answers at the same touchpoints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, TOUCHPOINT
from voc.score.nps import LEVEL

SMALL_BASE = 30
FEW_GROUPS = 6


@dataclass(frozen=True, repr=False)
class Segments(Result):
    """Scores by segment.

    Attributes:
        column: the segment column.
        frame: one row per shown segment: `segment`, `n`, the three counts, `value`, `low`, `high` (points),
            `difference` from the others at the same touchpoints with `difference_low`, `difference_high` (widened for the number of
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
            for row in display.rows(self.frame)
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
            Column("difference", "Against others there", "change"),
            Column("difference_low", "Low to high, all rows together", "range", "difference_high"),
            Column("verdict", "Verdict"),
        ]


def by(survey: Survey, column: str, *, level: float = LEVEL, comparisons: int | None = None) -> Segments:
    """Score every segment and compare it with the other answers at the same touchpoints.

    Args:
        survey: the answers.
        column: a segment column; blank segments are left out.
        level: confidence level of each score; differences get a level that holds for all comparisons together.
        comparisons: how many comparisons there are in all; None counts the segments shown.

    Raises:
        VocError: there is no such column.

    Notes:
        The others are weighted to the segment's own mix of touchpoints, so that a group that happens to visit stores is not called better
        for that. Touchpoints themselves are compared with all other answers. Among six groups or more the one that stands out most is taken
        out of the others' comparison, and so on, so that one bright spot does not make everybody else look dim.
    """
    values = survey.segment(column)
    frame = survey.answers.assign(segment=values, place=_places(survey, column))[values != ""]
    cells = {str(place): tally(part, "segment") for place, part in frame.groupby("place")}
    table = tally(frame, "segment")
    shown = table[table.sum(axis=1) >= MIN_ANSWERS]
    out = scored(shown, level=level)
    wide = stats.family_level(level, comparisons or len(shown))
    out[["difference", "difference_low", "difference_high"]] = _differences(shown.index.tolist(), cells, wide)
    out["verdict"] = np.select(
        [out["difference_low"] > 0, out["difference_high"] < 0, out["n"] < SMALL_BASE], ["above", "below", "small base"], "not clear"
    )
    out = out.rename_axis("segment").reset_index().sort_values(["value", "segment"], ascending=[False, True], ignore_index=True)
    return Segments(column, out, int((table.sum(axis=1) < MIN_ANSWERS).sum()), level, survey.label)


def _places(survey: Survey, column: str) -> pd.Series | str:
    """Where an answer is compared: its touchpoint, or everywhere when touchpoints are themselves compared."""
    return survey.answers[TOUCHPOINT] if TOUCHPOINT in survey.answers and column != TOUCHPOINT else "everywhere"


def _differences(names: list[str], cells: dict[str, pd.DataFrame], level: float) -> stats.Floats:
    """(groups, 3) difference, low and high of each group, in points; the oddest taken out first."""
    odd: list[str] = []
    out = np.full((len(names), 3), np.nan)
    while True:
        left = {place: table.drop(index=odd, errors="ignore") for place, table in cells.items()}
        for i, name in enumerate(names):
            if name not in odd:
                out[i] = _against_others(name, left, level)
        distance = [-np.inf if n in odd else np.nan_to_num(max(row[1], -row[2]), nan=-np.inf) for n, row in zip(names, out, strict=True)]
        if len(names) < FEW_GROUPS or len(odd) >= len(names) // 2 or max(distance) <= 0:
            return out
        odd.append(names[int(np.argmax(distance))])


def _against_others(name: str, cells: dict[str, pd.DataFrame], level: float) -> tuple[float, float, float]:
    """Difference, in points, between a segment and the others weighted to its mix of touchpoints; nan without others."""
    mine, others = [], []
    for table in cells.values():
        if name in table.index:
            own = table.loc[name].to_numpy(dtype=float)
            rest = table.sum(axis=0).to_numpy(dtype=float) - own
            if rest.sum() > 0:
                mine.append(own)
                others.append(rest)
    if not mine:
        return float("nan"), float("nan"), float("nan")
    own, rest = np.array(mine), np.array(others)
    weight = own.sum(axis=1) / own.sum()
    net = (rest[:, 2] - rest[:, 0]) / rest.sum(axis=1)
    low, high = stats.net_interval(*rest.T, level=level)
    other, *ends = stats.weighted_sum(weight, net, low, high)
    total = own.sum(axis=0)
    value = (total[2] - total[0]) / total.sum()
    d_low, d_high = stats.mover_difference(value, stats.net_interval(*total, level=level), other, (ends[0], ends[1]))
    return 100 * (value - other), 100 * float(d_low), 100 * float(d_high)


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
