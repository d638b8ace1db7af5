"""Drivers -> Priorities: importance beside performance, and a list: fix first, keep up, watch, leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Note, Result
from voc.drivers.data import Answers, answers_of
from voc.drivers.ranking import Drivers, ranked
from voc.ingest import Survey
from voc.score.nps import LEVEL

FIX, KEEP, ODD, WATCH, LEAVE = "fix first", "keep up", "look into", "watch", "leave"
ORDER = (FIX, KEEP, ODD, WATCH, LEAVE)


@dataclass(frozen=True, repr=False)
class Priorities(Result):
    """What matters beside how well it is done.

    Attributes:
        frame: one row per question, in the order of the list: `question`, `wording`, `importance` (0..1) with `low`, `high`; `performance`
            (average answer, 0 the worst of its scale, 100 the best) with `performance_low`, `performance_high`; `verdict` ("fix first", "keep
            up", "look into", "watch", "leave"); `clear` (neither range reaches over its line).
        importance_line: the average question's importance.
        performance_line: the average question's performance.
        n: answers.
        label: which answers.
    """

    frame: pd.DataFrame
    importance_line: float
    performance_line: float
    n: int
    label: str
    behind_chart = True

    @property
    def headline(self) -> str:
        """What to fix first, and what to keep up."""
        parts, doubts = [], False
        for verdict, words in ((FIX, "Fix first"), (KEEP, "Keep up"), (ODD, "Look into, because better answers go with a lower score")):
            rows = self.frame[self.frame["verdict"] == verdict]
            if len(rows):
                doubts |= not rows["clear"].head(3).all()
                named = [f"“{r.wording}”{'' if r.clear else ' (not clear)'}" for r in display.rows(rows.head(3))]
                more = f" and {display.count(len(rows) - 3)} more" if len(rows) > 3 else ""
                parts.append(f"{words}: {', '.join(named) + more if more else display.listed(named)}.")
        if len(self.frame) == 1:
            return f"With one question there is nothing to weigh it against ({self.label})."
        if doubts:
            parts.append("Not clear: too close to the average question to tell.")
        return " ".join(parts) or f"No question stands out from chance and from the others ({self.label})."

    def to_frame(self) -> pd.DataFrame:
        """One row per question."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return self.frame.assign(clear=np.where(self.frame["clear"], "clear", "not clear"))

    def _caption(self) -> str:
        return (
            f"Fix first: goes more closely with the score than the average question ({display.share(self.importance_line)}) and is answered worse "
            f"than it ({display.number(self.performance_line, 0)} of 100). Keep up: more closely, answered better. Watch: less closely, answered "
            f"worse. Leave: less closely, answered better. Look into: "
            f"closely, but better answers go with a lower score. Not clear: a range reaches over its line. {self.label}."
        )

    def _columns(self) -> list[Column]:
        return [
            Column("verdict", "What to do"),
            Column("wording", "Question"),
            Column("importance", "Goes with the score", "share"),
            Column("low", "Low to high, %", "range_share", "high"),
            Column("performance", "Answered, of 100", "points"),
            Column("performance_low", "Low to high", "range", "performance_high"),
            Column("clear", "How sure"),
        ]


def priorities(survey: Survey, *, weighted: bool = False, level: float = LEVEL) -> Priorities | Note:
    """Sort the questions by importance and performance, each against the average question.

    Args:
        survey: the answers.
        weighted: weight each answer with the survey's own weights.
        level: confidence level of the ranges.

    Notes:
        Performance is rescaled by the ends of the scale (importance-performance analysis; Martilla & James 1977, Journal of Marketing
        41:77). "Clear" looks at each question's own ranges, at the lines as they are.
    """
    answers = answers_of(survey, weighted=weighted)
    return answers if isinstance(answers, Note) else sorted_out(answers, ranked(answers, level=level))


def sorted_out(answers: Answers, drivers: Drivers) -> Priorities:
    """`priorities` of a ranking of the same answers."""
    rows = []
    for question in answers.questions:
        given = answers.ratings[question.name].to_numpy()
        known = ~np.isnan(given)
        of_hundred = 100 * (given[known] - question.scale.low) / (question.scale.high - question.scale.low)
        clusters = None if answers.customers is None else answers.customers[known]
        mean, error = stats.mean_error(of_hundred, weights=answers.mass[known], clusters=clusters)
        half = stats.z_value(drivers.level) * error
        rows.append((question.name, mean, mean - half, mean + half))
    frame = drivers.frame[["question", "wording", "importance", "low", "high", "noise", "direction"]].merge(
        pd.DataFrame(rows, columns=["question", "performance", "performance_low", "performance_high"]), on="question"
    )
    line, level = float(frame["importance"].mean()), float(frame["performance"].mean())
    much, well = (frame["importance"] >= line) & (frame["importance"] > frame["noise"]), frame["performance"] >= level
    odd = much & (frame["direction"] < 0)
    frame["verdict"] = np.select([odd, much & ~well, much & well, ~much & ~well], [ODD, FIX, KEEP, WATCH], LEAVE)
    across = (frame["low"].lt(line) & frame["high"].gt(line)) | (frame["performance_low"].lt(level) & frame["performance_high"].gt(level))
    frame["clear"] = ~across
    rank = frame["verdict"].map({v: i for i, v in enumerate(ORDER)})
    frame = (
        frame.assign(rank=rank)
        .sort_values(["rank", "importance"], ascending=[True, False], ignore_index=True)
        .drop(columns=["rank", "noise", "direction"])
    )
    return Priorities(frame, line, level, len(answers.score), answers.label)
