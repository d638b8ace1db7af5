"""Survey + Themes + Drivers -> everything that could be fixed, with the points at stake, and what is really one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from voc import stats
from voc.drivers import Drivers
from voc.drivers.ranking import low_answers
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, Question
from voc.score.nps import LEVEL
from voc.themes import Impact, Themes, impact
from voc.themes.impact import marked

MOSTLY = 0.5  # of the detractors of each of two things: with more, they are one thing
THEME, QUESTION = "theme", "question"


@dataclass(frozen=True)
class Stake:
    """One thing that could be fixed.

    Attributes:
        kind: "theme" (told as a complaint) or "question" (answered low).
        key: the theme's id, or the rating's name.
        label: what pages call it.
        base: comments, or answers to the question.
        numbers: `n`, `share`, `score`, `points` with `_low` and `_high`, as `voc.themes.Impact` has them; `at_stake`, `at_stake_low`: the points
            lost, leaning on the other things, and their cautious end.
        marked: bool by the index of `survey.answers`: who complains, or answered low.
        detractors: index of those of them who are detractors.
    """

    kind: str
    key: str
    label: str
    base: int
    numbers: dict[str, float]
    marked: pd.Series
    detractors: frozenset[int]

    @property
    def theme(self) -> int:
        """The theme's id, -1 for a question."""
        return int(self.key) if self.kind == THEME else -1


def stakes(survey: Survey, themes: Themes, drivers: Drivers | None) -> tuple[tuple[Stake, ...], Impact]:
    """Everything that clearly goes with a lower score, most points at stake at the cautious end first.

    Args:
        survey: the answers.
        themes: found on comments that include the survey's.
        drivers: ranking of the same answers; None where there are no questions to rank.

    Returns:
        themes that are told as a complaint and questions that are answered low, and the impact that the themes come from.

    Notes:
        Points are the share of those concerned times how much lower their score is than that of the others at the same touchpoint in the same
        month. A question counts where its importance is clearly above chance and better answers go with a higher score: otherwise it only follows
        the others. Estimates lean on one another (`voc.stats.leaned`), so that a small group with an extreme score does not come first by luck;
        the cautious end is that of the leaned estimate.
    """
    costs = impact(survey, themes, told="complaint")
    found = [*_of_themes(survey, themes, costs), *_of_questions(survey, drivers)]
    clear = [s for s in found if s.numbers["points_high"] < 0]
    if not clear:
        return (), costs
    wide = [stats.z_value(stats.family_level(LEVEL, sum(o.kind == s.kind for o in found))) for s in clear]
    low, high = (np.array([s.numbers[end] for s in clear]) for end in ("points_low", "points_high"))
    best, error = stats.leaned([-s.numbers["points"] for s in clear], (high - low) / (2 * np.array(wide)))
    for s, b, e in zip(clear, best, error, strict=True):
        s.numbers.update(at_stake=float(b), at_stake_low=float(b - stats.z_value(LEVEL) * e))
    passed = [s for s in clear if s.numbers["at_stake_low"] > 0]
    return tuple(sorted(passed, key=lambda s: (-s.numbers["at_stake_low"], s.label))), costs


def _of_themes(survey: Survey, themes: Themes, costs: Impact) -> list[Stake]:
    if costs.frame.empty:
        return []
    mentions = themes.mentions(survey, costs.told)
    return [_stake(survey, THEME, str(row["id"]), str(row["label"]), mentions[row["id"]], row) for row in costs.frame.to_dict("records")]


def _of_questions(survey: Survey, drivers: Drivers | None) -> list[Stake]:
    """Questions that are answered low and whose importance is clearly above chance."""
    if drivers is None:
        return []
    clear = drivers.frame[(drivers.frame["low"] > drivers.frame["noise"]) & (drivers.frame["direction"] > 0)]
    asked = {q.name: q for q in survey.mapping.ratings}
    marks = {name: low for name in clear["question"] if (low := _low(survey, asked[name])).sum() >= MIN_ANSWERS and not low.all()}
    return [_stake(survey, QUESTION, name, asked[name].wording, low, marked(survey, low, rows=len(marks))) for name, low in marks.items()]


def _low(survey: Survey, question: Question) -> pd.Series:
    """Who of those who answered a question answered low: the lowest two fifths of its scale."""
    given = survey.answers[question.name].dropna()
    return pd.Series(low_answers(question, given.to_numpy(dtype=np.float64)).tolist(), index=given.index, dtype=bool)


def _stake(survey: Survey, kind: str, key: str, label: str, mark: pd.Series, row: Mapping[Any, Any]) -> Stake:
    names = [name + end for name in ("share", "score", "points") for end in ("", "_low", "_high")]
    numbers = {name: float(row[name]) for name in ("n", *names)}
    bad = survey.answers.loc[mark.index[mark.to_numpy(dtype=bool)], "cohort"] == "detractor"
    return Stake(kind, key, label, len(mark), numbers, mark.astype(bool), frozenset(bad.index[bad]))


def merged(ordered: tuple[Stake, ...]) -> list[tuple[Stake, ...]]:
    """Things that mostly the same detractors share, put together under the first of them.

    Args:
        ordered: most important first.

    Returns:
        groups, each with the thing that it goes by first: two belong together when more than half of the detractors of each are also the
        other's.
    """
    groups: list[list[Stake]] = []
    for stake in ordered:
        same = next((g for g in groups if _same(g[0], stake)), None)
        if same is None:
            groups.append([stake])
        else:
            same.append(stake)
    return [tuple(g) for g in groups]


def _same(one: Stake, other: Stake) -> bool:
    both = len(one.detractors & other.detractors)
    return both > MOSTLY * max(len(one.detractors), len(other.detractors))
