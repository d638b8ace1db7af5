"""Answers + a segment column -> whether the last period of each group is unusual, judged by the group's own periods before."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from narwhals.typing import IntoFrame

from voc import display
from voc.display import Column, Note, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, TOUCHPOINT
from voc.score import control
from voc.score.nps import LEVEL
from voc.score.segments import BAND_COLUMNS
from voc.score.tally import PERIOD, Every, Tally, counted, scored, spoken


@dataclass(frozen=True, repr=False)
class GroupTrends(Result):
    """The last period of every group.

    Attributes:
        frame: one row per group with at least 10 answers in the last period: `group`, `n`, `value`, `low`, `high` (points), `usual_low`,
            `usual_high` (points: what the group's own periods before lead one to expect, allowing for the number of groups; missing where too
            few came before), `before` (how many they are) and `unusual` ("above", "below" or "").
        column: the segment column.
        period: the last period, in words.
        every: the periods' length.
        label: which answers.
        allowance: what the ranges allow for, where answers are worth less than their number; a sentence.
    """

    frame: pd.DataFrame
    column: str
    period: str
    every: Every
    label: str
    allowance: str = ""

    @property
    def odd(self) -> str:
        """The groups that are unusual, as a sentence; "" where none is."""
        odd = self.frame[self.frame["unusual"] != ""]
        named = [
            f"{r.group} ({display.points(r.value)}) is unusually {'high' if r.unusual == 'above' else 'low'} for itself: "
            f"{display.interval(r.usual_low, r.usual_high)} is usual"
            for r in display.rows(odd)
        ]
        return f"In {self.period}, {display.listed(named)}." if named else ""

    @property
    def headline(self) -> str:
        """Which groups are unusual for themselves, and what can be said of the others."""
        judged = self.frame[self.frame["usual_low"].notna()]
        usual = judged[judged["unusual"] == ""]
        name = self.column.replace("_", " ")
        if self.frame.empty:
            return f"No {name} has the {MIN_ANSWERS} answers that a score needs ({self.label})."
        if judged.empty:
            return f"Too few {self.every}s came before {self.period} to say which score is usual for each {name}."
        within = [f"{r.group} ({display.points(r.value)})" for r in display.rows(usual)]
        rest = f"{display.listed(within)} {'lies' if len(within) == 1 else 'lie'} within the usual range." if within else ""
        return " ".join(filter(None, [self.odd, rest]))

    def to_frame(self) -> pd.DataFrame:
        """One row per group."""
        return self.frame

    def _caption(self) -> str:
        return f"{self.period} by {self.column.replace('_', ' ')}, each beside its own {self.every}s before.{self.allowance}"

    def _columns(self) -> list[Column]:
        return [
            Column("group", self.column.replace("_", " ").capitalize()),
            Column("n", "Answers", "count"),
            Column("value", "Score", "points"),
            Column("low", "Low to high", "range", "high"),
            Column("usual_low", f"Usual, by its {self.every}s before", "range", "usual_high"),
        ]


def trend_by(
    data: Survey | Tally | IntoFrame, by: str = TOUCHPOINT, *, every: Every = "month", weighted: bool = False, level: float = LEVEL
) -> GroupTrends | Note:
    """Judge the last period of every group by the group's own periods before.

    Args:
        data: the answers; a Tally has to count them by the same periods.
        by: a segment column.
        every: "day", "week" (from Monday), "month", "quarter" or "year".
        weighted: weight each answer with the survey's own weights.
        level: confidence level of the scores.

    Raises:
        VocError: `by` or `every` is not known.

    Notes:
        `score.control`, at a rate of false alarms divided by the number of groups, so that in one ordinary period in a hundred any group
        is called unusual. A survey without touchpoints gives a sentence.
    """
    if isinstance(data, Survey) and by == TOUCHPOINT and by not in data.answers:
        return Note(f"There are no touchpoints to follow apart ({data.label}).")
    table = counted(data, by, every=every, weighted=weighted)
    if not table.n:
        return Note(f"There are no answers to follow ({table.label}).")
    last = table.frame[PERIOD].max()
    groups = scored(table.groups(by, PERIOD), level=level)
    parts = {name: part.droplevel(by) for name, part in groups.groupby(level=by) if name}
    shown = {name: part for name, part in parts.items() if part.index.max() == last and part.loc[last, "n"] >= MIN_ANSWERS}
    rows = [_last(str(name), part, control.FALSE_ALARM / len(shown)) for name, part in shown.items()]
    names = ["group", "n", "value", "low", "high", "usual_low", "usual_high", "before", "unusual"]
    return GroupTrends(pd.DataFrame(rows, columns=names).astype({"n": int, "before": int}), by, spoken(last), every, table.label, table.allowance)


def _last(name: str, part: pd.DataFrame, alarm: float) -> dict[str, object]:
    judged = control.judge(*part[BAND_COLUMNS].to_numpy(dtype=float).T, effective=part["effective"].to_numpy(dtype=float), alarm=alarm)
    verdict, score = judged.iloc[-1], part.iloc[-1]
    return {
        "group": name,
        **{c: score[c] for c in ("n", "value", "low", "high")},
        **{c: verdict[c] for c in ("usual_low", "usual_high", "before", "unusual")},
    }
