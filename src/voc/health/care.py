"""Survey -> answers given without care: the same tick in every row, or far faster than others. Counted, never removed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, schema, stats
from voc.display import Column, Note, Result
from voc.ingest import Survey

FEWEST_RATINGS = 3
FAST = 3.0  # times faster than the median counts as speeding
LEVEL = 0.95


@dataclass(frozen=True, repr=False)
class Care(Result):
    """How many answered without care.

    Attributes:
        frame: one row per sign: `sign` in words, `n` (customers who show it), `base` (customers who could), `share` with `low`, `high`
            (0..1), `score` (mean 0-10 answer of those who show it).
        label: which answers.
    """

    frame: pd.DataFrame
    label: str

    @property
    def headline(self) -> str:
        """Each sign with its share."""
        parts = [f"{display.share(r.share)} {r.sign} ({display.count(r.n)} of {display.count(r.base)})" for r in display.rows(self.frame)]
        return f"{'; '.join(parts)}, {self.label}. They stay in the survey: the same tick everywhere can be meant."

    def to_frame(self) -> pd.DataFrame:
        """One row per sign."""
        return self.frame

    def _caption(self) -> str:
        return f"Signs of haste, {self.label}"

    def _columns(self) -> list[Column]:
        return [
            Column("sign", "Customers who"),
            Column("n", "How many", "count"),
            Column("base", "Of", "count"),
            Column("share", "Share", "share"),
            Column("low", "Low to high", "range_share", "high"),
            Column("score", "Their average answer", "number"),
        ]


def care(survey: Survey) -> Care | Note:
    """Count straight-lining (the same answer to every rating, at least three of them) and speeding (a third of the median time).

    Notes:
        Straight-lining on the best answer is common among content customers; the middle and the worst are more telling, so they are
        shown apart.
    """
    answers = survey.answers
    rows = [*_straight(survey, answers), *_speeding(answers)]
    if not rows:
        return Note("There are too few ratings per customer, and no times, to look for haste.")
    table = pd.DataFrame(rows, columns=["sign", "n", "base", "score"])
    table["share"] = table["n"] / table["base"]
    low, high = stats.wilson(table["n"].to_numpy(dtype=float), table["base"].to_numpy(dtype=float), level=LEVEL)
    return Care(table.assign(low=low, high=high), survey.label)


def _straight(survey: Survey, answers: pd.DataFrame) -> list[tuple[str, int, int, float]]:
    names = [q.name for q in survey.ratings]
    if len(names) < FEWEST_RATINGS:
        return []
    # Shares of the scale, so that questions with different scales can be compared.
    values = np.column_stack([(answers[q.name] - q.scale.low) / (q.scale.high - q.scale.low) for q in survey.ratings])
    enough = (~np.isnan(values)).sum(axis=1) >= FEWEST_RATINGS
    if not enough.any():
        return []
    ticked = values[enough]
    same = np.nanmax(ticked, axis=1) == np.nanmin(ticked, axis=1)
    best, scores = np.nanmax(ticked, axis=1) == 1, answers["score"].to_numpy()[enough]
    out = []
    for words, hit in (("ticked the best answer in every row", same & best), ("ticked the same lower answer in every row", same & ~best)):
        out.append((words, int(hit.sum()), int(enough.sum()), _mean(scores[hit])))
    return out


def _speeding(answers: pd.DataFrame) -> list[tuple[str, int, int, float]]:
    if schema.DURATION not in answers or not answers[schema.DURATION].notna().any():
        return []
    times = answers[schema.DURATION]
    limit = times.median() / FAST
    fast = (times < limit).to_numpy()
    words = f"took less than {display.number(limit, 0)} seconds, a third of the usual time"
    return [(words, int(fast.sum()), int(times.notna().sum()), _mean(answers["score"].to_numpy()[fast]))]


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
