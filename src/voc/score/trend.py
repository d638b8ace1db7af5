"""Answers -> the score of each day, week, month or quarter, and whether the last one is unusual."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame

from voc import display
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, VocError
from voc.score import control
from voc.score.nps import LEVEL
from voc.score.segments import BAND_COLUMNS
from voc.score.tally import PERIOD, Every, Tally, counted, named, scored, spoken

MOST_NAMED = 3


@dataclass(frozen=True, repr=False)
class Trend(Result):
    """Scores over time.

    Attributes:
        frame: one row per period that has answers: `period` (text), `n`, the three counts, `effective`, `value`, `low`, `high` (points;
            missing below 10 answers), `usual_low`, `usual_high` (points: what the periods before lead one to expect; missing where too few
            came before), `before` (how many they are), `unusual` ("above", "below" or "") and `left_out` (no part of what later ones are judged by).
        every: the period's length.
        window: how many periods each row puts together.
        level: confidence level.
        allowance: what the ranges allow for, where the answers are worth less than their number; a sentence.
    """

    behind_chart = True

    frame: pd.DataFrame
    every: Every
    window: int
    level: float
    allowance: str = ""

    @property
    def headline(self) -> str:
        """Whether the last period is unusual, and which were when they came."""
        if self.frame.empty:
            few = f"fewer than {self.window} {self.every}s of answers" if self.window > 1 else "no answers"
            return f"There are {few}, so there is no trend."
        if self.window > 1:
            return self._rolling
        last = control.sentence(self.frame.assign(period=self.spoken), self.every)
        earlier = self.frame.iloc[:-1]
        odd = earlier[earlier["unusual"] != ""]
        if odd.empty:
            return last
        odd = odd.assign(period=self.spoken[odd.index])
        named = [f"{r.period} ({display.points(r.value)}, {r.unusual} the usual)" for r in display.rows(odd.tail(MOST_NAMED))]
        more = [f"{display.count(len(odd) - MOST_NAMED)} earlier ones"] if len(odd) > MOST_NAMED else []
        return f"{last} Unusual when {'it' if len(odd) == 1 else 'they'} came: {display.listed([*named, *more])}."

    @property
    def spoken(self) -> pd.Series:
        """How sentences call each period: "September 2026" for "2026-09"."""
        if self.every != "month":
            return self.frame["period"]
        return pd.Series([spoken(pd.Period(p, "M")) for p in self.frame["period"]], index=self.frame.index, dtype="str")

    @property
    def _rolling(self) -> str:
        row = self.frame.iloc[-1]
        span = f"{self.window} {self.every}s up to {self.spoken.iloc[-1]}"
        if np.isnan(row["value"]):
            return f"The {span} have too few answers for a score."
        score = f"{display.points(row['value'])} ({display.interval(row['low'], row['high'])})"
        return f"Over the {span} the score is {score}, {display.plural(row['n'], 'answer')}."

    @property
    def seasons(self) -> str:
        """What the comparison with earlier periods does not take out."""
        return control.SEASONS[self.every]

    def to_frame(self) -> pd.DataFrame:
        """One row per period."""
        return self.frame

    @property
    def caption(self) -> str:
        """What the rows are."""
        return f"Score by {self.every}" if self.window == 1 else f"Score of {self.window} {self.every}s up to each {self.every}"

    def _caption(self) -> str:
        return f"{self.caption}.{self.allowance}" if self.allowance else self.caption

    def _columns(self) -> list[Column]:
        usual = [Column("usual_low", f"Usual, by the {self.every}s before", "range", "usual_high")]
        return [
            Column("period", self.every.capitalize()),
            Column("n", "Answers", "count"),
            Column("value", "Score", "points"),
            Column("low", "Low to high", "range", "high"),
            *(usual if self.frame["usual_low"].notna().any() else []),
        ]


def trend(data: Survey | Tally | IntoFrame, *, every: Every = "month", window: int = 1, weighted: bool = False, level: float = LEVEL) -> Trend:
    """Score every period, and judge each by those before it.

    Args:
        data: the answers, also as a data frame with columns "score" and "date"; a Tally has to count them by the same periods.
        every: "day", "week" (from Monday), "month", "quarter" or "year".
        window: periods to put together in each row, the row's own and those before; 3 with "month" gives a rolling quarter.
        weighted: weight each answer with the survey's own weights.
        level: confidence level.

    Raises:
        VocError: `every` is something else, or `window` is below 1.

    Notes:
        `score.control` judges: a chart after Laney, in which a period is never part of what it is judged by. Rows of a rolling window
        share answers and are not judged.
    """
    if window < 1:
        raise VocError(f"a window is 1 or more periods long; found {window}")
    table = _rolled(counted(data, every=every, weighted=weighted), window)
    frame = scored(table.groups(PERIOD), level=level)
    judged = control.judge(*frame[BAND_COLUMNS].to_numpy(dtype=float).T, effective=frame["effective"].to_numpy(dtype=float))
    if window > 1:
        judged = judged.assign(usual_low=np.nan, usual_high=np.nan, unusual="", before=0, left_out=False)
    out = pd.concat([frame.reset_index(names=PERIOD), judged], axis=1).drop(columns=["weight", "square"])
    out[PERIOD] = [named(p) for p in out[PERIOD]]
    out.loc[out["n"] < MIN_ANSWERS, ["value", "low", "high"]] = np.nan
    return Trend(out, every, window, level, table.allowance)


def _rolled(table: Tally, window: int) -> Tally:
    """Each period's answers counted in the following ones too; periods with an incomplete window are left out."""
    if window == 1 or not table.n:
        return table
    first, last = table.frame[PERIOD].min(), table.frame[PERIOD].max()
    whole = table
    for step in range(1, window):
        frame, people = (None if t is None else t.assign(**{PERIOD: t[PERIOD] + step}) for t in (table.frame, table.people))
        whole = whole + Tally(frame if frame is not None else table.frame, table.keys, table.every, people, table.weighted)
    return whole.between(first + (window - 1), last)
