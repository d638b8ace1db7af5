"""Survey -> answers given without care: the same tick in every row, or far faster than others. Counted, never removed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, schema, stats
from voc.display import Column, Note, Result
from voc.ingest import Survey
from voc.schema import Question

Sign = tuple[str, int, int, float]  # in words, customers who show it, customers who could, their mean score
BEST, LOWER = "ticked the best answer in every row", "ticked the same lower answer in every row"
CONTRADICTION = "ticked the same answer in every row, although the questions run in both directions"
FEWEST_RATINGS = 3
FAST = 3.0  # times faster than the median counts as speeding
SHORTEST_USUAL = 20.0  # seconds; a median below is taken for minutes
LEVEL = 0.95


@dataclass(frozen=True, repr=False)
class Care(Result):
    """How many answered without care.

    Attributes:
        frame: one row per sign: `sign` in words, `n` (customers who show it), `base` (customers who could, at least ten), `share` with `low`,
            `high` (0..1), `score` (mean 0-10 answer of those who show it; missing below ten).
        label: which answers.
    """

    frame: pd.DataFrame
    label: str

    @property
    def headline(self) -> str:
        """Each sign with its share."""
        parts = [f"{display.share(r.share)} {r.sign} ({display.count(r.n)} of {display.count(r.base)})" for r in display.rows(self.frame)]
        meant = ": the same tick everywhere can be meant" if self.frame["sign"].isin([BEST, LOWER]).any() else ""
        return f"{'; '.join(parts)}, {self.label}. They stay in the survey{meant}."

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
            Column("score", "Their average score (0-10)", "number"),
        ]


def care(survey: Survey) -> Care | Note:
    """Count straight-lining (the same tick in every row, at least three of them) and speeding (a third of the median time).

    Notes:
        Ticks are compared as they were made, before a scale is turned round, among the questions that share one scale (the largest such
        group). Where these run in both directions, the same tick everywhere contradicts itself, unless it is the middle one; all are
        counted together. Where they run in one direction, the best answer everywhere is common among content customers and a lower one
        more telling, so they are shown apart. Times with a median below 20 are not seconds but most likely minutes; they are not used.
    """
    answers = survey.answers
    found = [*_straight(survey, answers), *_speeding(answers)]
    rows = [row for row in found if row[2] >= schema.MIN_ANSWERS]
    if not rows:
        few = f"Fewer than {schema.MIN_ANSWERS} customers give enough ratings or a time to look for haste ({survey.label})."
        return Note(few if found else "There are too few ratings per customer, and no times in seconds, to look for haste.")
    table = pd.DataFrame(rows, columns=["sign", "n", "base", "score"])
    table["share"] = table["n"] / table["base"]
    low, high = stats.wilson(table["n"].to_numpy(dtype=float), table["base"].to_numpy(dtype=float), level=LEVEL)
    return Care(table.assign(low=low, high=high), survey.label)


def _same_scale(survey: Survey) -> list[Question]:
    """The largest group of questions that offer the same ticks; the first of equal ones."""
    groups: dict[object, list[Question]] = {}
    for question in survey.ratings:
        scale = question.scale
        groups.setdefault((scale.low, scale.high, frozenset(scale.labels.items())), []).append(question)
    return max(groups.values(), key=len, default=[])


def _straight(survey: Survey, answers: pd.DataFrame) -> list[Sign]:
    asked = _same_scale(survey)
    if len(asked) < FEWEST_RATINGS:
        return []
    values = answers[[q.name for q in asked]].to_numpy(dtype=float)
    turned = np.array([q.scale.reversed for q in asked])
    best = asked[0].scale.high
    ticks = np.where(turned, asked[0].scale.low + best - values, values)
    given = ~np.isnan(values)
    enough = given.sum(axis=1) >= FEWEST_RATINGS
    both_ways = bool(turned.any() and not turned.all())
    if both_ways:
        enough &= given[:, turned].any(axis=1) & given[:, ~turned].any(axis=1)
    if not enough.any():
        return []
    same = np.nanmax(ticks[enough], axis=1) == np.nanmin(ticks[enough], axis=1)
    top, scores = np.nanmin(values[enough], axis=1) == best, answers["score"].to_numpy()[enough]
    signs = {CONTRADICTION: same} if both_ways else {BEST: same & top, LOWER: same & ~top}
    return [(words, int(hit.sum()), int(enough.sum()), _mean(scores[hit])) for words, hit in signs.items()]


def _speeding(answers: pd.DataFrame) -> list[Sign]:
    """How many took less than a third of the median time; no row where that median is below 20.

    Nobody usually answers a survey in so few seconds. Such a column most likely holds minutes or fractions of a day, often rounded, and
    "less than 2 seconds" would be nonsense.
    """
    if schema.DURATION not in answers or not answers[schema.DURATION].notna().any():
        return []
    times = answers[schema.DURATION]
    if times.median() < SHORTEST_USUAL:
        return []
    limit = times.median() / FAST
    fast = (times < limit).to_numpy()
    words = f"took less than {display.plural(limit, 'second')}, a third of the usual time"
    return [(words, int(fast.sum()), int(times.notna().sum()), _mean(answers["score"].to_numpy()[fast]))]


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) >= schema.MIN_ANSWERS else float("nan")
