"""Survey -> every group of every segment column that differs from the others at the same touchpoints, in one table."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from voc import display
from voc.display import Column, Result
from voc.ingest import Survey
from voc.score.nps import LEVEL
from voc.score.segments import compare, judged
from voc.score.tally import PERIOD, Tally

# Columns that name single people, under their own name or in the file.
AGENT = re.compile(
    "agent|advis[eo]r|employee|staff|clerk|manager|seller|sales.?(?:person|rep)|technician|engineer|mitarbeiter|berater|conseiller", re.IGNORECASE
)


@dataclass(frozen=True, repr=False)
class Standouts(Result):
    """Groups whose score differs from the other answers at the same touchpoints.

    Attributes:
        frame: one row per group that stands out, best first: `column`, `segment`, `n`, `value`, `low`, `high`, `difference`,
            `difference_low`, `difference_high` (points), `verdict`.
        compared: how many groups were compared; the ranges of the differences hold for all of them together.
        level: confidence level.
        label: which answers.
    """

    frame: pd.DataFrame
    compared: int
    level: float
    label: str

    @property
    def headline(self) -> str:
        """How many groups were compared, and which stand out."""
        if not self.compared:
            return f"There are no groups to compare ({self.label})."
        start = f"Of {display.plural(self.compared, 'group')} compared ({self.label})"
        if self.frame.empty:
            return f"{start}, none differs from the others by more than chance explains."
        named = [
            f"{r.segment} ({display.points(r.value)}, {display.points(abs(r.difference))} {r.verdict} the rest)"
            for r in display.rows(self.frame.head(6))
        ]
        return f"{start}, {'this one stands' if len(self.frame) == 1 else 'these stand'} out: {display.listed(named)}."

    def to_frame(self) -> pd.DataFrame:
        """One row per group that stands out."""
        return self.frame

    def _caption(self) -> str:
        return f"Groups that stand out, {self.label}"

    def _columns(self) -> list[Column]:
        return [
            Column("segment", "Group"),
            Column("column", "By"),
            Column("n", "Answers", "count"),
            Column("value", "Score", "points"),
            Column("difference", "Against the others", "change"),
            Column("difference_low", "Low to high, all groups together", "range", "difference_high"),
        ]


def standouts(data: Survey | Tally, *, show_agents: bool = False, weighted: bool = False, level: float = LEVEL) -> Standouts:
    """Compare every group of every segment column with the other answers at the same touchpoints.

    Args:
        data: the answers; a Tally's keys are the columns.
        show_agents: include columns that name single people, such as "agent", which stay off published pages unless asked for.
        weighted: weight each answer with the survey's own weights.
        level: confidence level; ranges and verdicts allow for all groups of all columns together (Benjamini-Hochberg).
    """
    segments = data.segments if isinstance(data, Survey) else [key for key in data.keys if key != PERIOD]
    columns = [c for c in segments if show_agents or not names_people(data, c)]
    parts = [compare(data, [c], weighted=weighted, level=level).frame.assign(column=c.replace("_", " ")) for c in columns]
    everything = pd.concat([p for p in parts if len(p)], ignore_index=True) if any(map(len, parts)) else pd.DataFrame(columns=["sides", "segment"])
    if everything.empty:
        return Standouts(pd.DataFrame(columns=["verdict", "value", "segment", "column"]), 0, level, data.label)
    out = judged(everything, level)
    found = out[out["verdict"].isin(["above", "below"])]
    return Standouts(found.sort_values(["value", "column", "segment"], ascending=[False, True, True], ignore_index=True), len(out), level, data.label)


def names_people(data: Survey | Tally, column: str) -> bool:
    """Whether a column names single people, such as agents, under its own name or in the file."""
    source = data.mapping.segments.get(column, "") if isinstance(data, Survey) else ""
    return bool(AGENT.search(f"{column} {source}"))
