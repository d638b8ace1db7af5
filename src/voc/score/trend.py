"""Survey -> the score of each month (or quarter, week, year) with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS
from voc.score.nps import LEVEL
from voc.score.segments import scored, tally

Every = Literal["week", "month", "quarter", "year"]
FREQUENCY: dict[str, str] = {"week": "W", "month": "M", "quarter": "Q", "year": "Y"}


@dataclass(frozen=True, repr=False)
class Trend(Result):
    """Scores over time.

    Attributes:
        frame: one row per period that has answers: `period` (text), `n`, the three counts, `value`, `low`, `high`
            (points; missing below 10 answers), and `unusual`: whether the period differs from all others together
            by more than chance explains, allowing for the number of periods.
        every: the period's length.
        level: confidence level.
    """

    frame: pd.DataFrame
    every: Every
    level: float

    @property
    def headline(self) -> str:
        """The last period, and which periods were unusual."""
        if self.frame.empty:
            return "There are no answers, so there is no trend."
        odd = self.frame[self.frame["unusual"]]
        start = f"{display.plural(len(self.frame), self.every)} from {self.frame['period'].iloc[0]} to {self.frame['period'].iloc[-1]}"
        if odd.empty:
            return f"Over {start}, no {self.every} differs from the others by more than chance explains."
        named = [f"{row.period} ({display.points(row.value)})" for row in display.rows(odd)]
        return f"Over {start}, different from the others: {display.listed(named)}."

    def to_frame(self) -> pd.DataFrame:
        """One row per period."""
        return self.frame

    def _caption(self) -> str:
        return f"Score by {self.every}"

    def _columns(self) -> list[Column]:
        return [
            Column("period", self.every.capitalize()),
            Column("n", "Answers", "count"),
            Column("value", "Score", "points"),
            Column("low", "Low to high", "range", "high"),
        ]


def trend(survey: Survey, *, every: Every = "month", level: float = LEVEL) -> Trend:
    """Score every period.

    Args:
        survey: the answers.
        every: "week", "month", "quarter" or "year".
        level: confidence level.

    Raises:
        ValueError: `every` is something else.
    """
    if every not in FREQUENCY:
        raise ValueError(f"every must be one of {', '.join(FREQUENCY)}; found {every!r}")
    periods = survey.answers["date"].dt.to_period(FREQUENCY[every])
    table = tally(survey.answers.assign(period=periods), "period").sort_index()
    frame = scored(table, level=level)
    frame.insert(0, "period", [str(p) for p in table.index])
    small = frame["n"] < MIN_ANSWERS
    frame["unusual"] = _unusual(table, level) & ~small
    frame.loc[small, ["value", "low", "high"]] = np.nan
    return Trend(frame.reset_index(drop=True), every, level)


def _unusual(table: pd.DataFrame, level: float) -> pd.Series:
    """Periods that differ from the ordinary ones, the oddest taken out first so that it cannot make others look odd."""
    counts = table.to_numpy(dtype=float)
    odd = np.zeros(len(counts), dtype=bool)
    wide = stats.family_level(level, len(counts))
    for _ in range(len(counts) // 2):
        usual = counts[~odd].sum(axis=0) - np.where(odd[:, None], 0, counts)
        value, other = ((x[:, 2] - x[:, 0]) / np.maximum(x.sum(axis=1), 1) for x in (counts, usual))
        ends = stats.net_interval(*counts.T, level=wide), stats.net_interval(*usual.T, level=wide)
        low, high = stats.mover_difference(value, ends[0], other, ends[1])
        distance = np.where(odd | ~((low > 0) | (high < 0)), -np.inf, np.maximum(low, -high))
        if not np.isfinite(distance).any():
            break
        odd[int(distance.argmax())] = True
    return pd.Series(odd, index=table.index)
