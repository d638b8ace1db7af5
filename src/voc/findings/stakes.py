"""Survey + Themes + Drivers -> everything that could be fixed, with the points at stake, and what is really one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from voc import display, stats
from voc.drivers import Drivers
from voc.drivers.ranking import LOW_SHARE, low_answers
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, Question
from voc.score.nps import LEVEL
from voc.themes import Impact, Themes, impact
from voc.themes.impact import marked, usual

TINY = 1e-9
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
            lost, leaning on the other things of its kind, and their cautious end; of a theme `usual`, the points that as many complaints of
            any kind go with, and `named`, the share of it that its name speaks for; of a question `importance`, as `voc.drivers.Drivers` has it.
        marked: bool by the index of `survey.answers`: who complains, or answered low.
        detractors: index of those of them who are detractors.
        low: of a question, which answers are low, in words.
    """

    kind: str
    key: str
    label: str
    base: int
    numbers: dict[str, float]
    marked: pd.Series
    detractors: frozenset[int]
    low: str = ""

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
        the others. How much lower the score is leans on the other themes, or on the other questions, before any is left out (`voc.stats.leaned`),
        so that a small group with an extreme score does not come first by luck; times the share, that gives the points that the order is made
        of, and their cautious end.
    """
    costs = impact(survey, themes, told="complaint")
    of_themes, of_questions = _of_themes(survey, themes, costs), _of_questions(survey, drivers)
    for kind in (of_themes, of_questions):
        _lean(kind)
    clear = [s for s in (*of_themes, *of_questions) if s.numbers["points_high"] < 0 and s.numbers["at_stake_low"] > 0]
    return tuple(sorted(clear, key=lambda s: (-s.numbers["at_stake_low"], s.label))), costs


def _lean(kind: list[Stake]) -> None:
    """Give the things of one kind the points that their leaned differences make."""
    if not kind:
        return
    share, points, low, high = (np.array([s.numbers[name] for s in kind]) for name in ("share", "points", "points_low", "points_high"))
    wide = stats.z_value(stats.family_level(LEVEL, len(kind)))
    best, error = stats.leaned(-points / share, np.maximum(high - low, TINY) / (2 * wide * share))
    for s, b, e in zip(kind, share * best, share * error, strict=True):
        s.numbers.update(at_stake=float(b), at_stake_low=float(b - stats.z_value(LEVEL) * e))


def _of_themes(survey: Survey, themes: Themes, costs: Impact) -> list[Stake]:
    if costs.frame.empty:
        return []
    mentions = themes.mentions(survey, costs.told)
    rows, alike = costs.frame.to_dict("records"), usual(survey, mentions)
    named = themes.table.set_index("id")["named"]
    found = [_stake(survey, THEME, str(row["id"]), str(row["label"]), mentions[row["id"]], row) for row in rows]
    for stake in found:
        stake.numbers.update(usual=alike[stake.theme], named=float(named[stake.theme]))
    return found


def _of_questions(survey: Survey, drivers: Drivers | None) -> list[Stake]:
    """Questions that are answered low and whose importance is clearly above chance."""
    if drivers is None:
        return []
    clear = drivers.frame[(drivers.frame["low"] > drivers.frame["noise"]) & (drivers.frame["direction"] > 0)]
    asked = {q.name: q for q in survey.mapping.ratings}
    marks = {name: low for name in clear["question"] if (low := _low(survey, asked[name])).sum() >= MIN_ANSWERS and not low.all()}
    found = [_stake(survey, QUESTION, name, asked[name].wording, low, marked(survey, low, rows=len(marks))) for name, low in marks.items()]
    importance = clear.set_index("question")["importance"]
    for stake in found:
        stake.numbers.update(importance=float(importance[stake.key]))
    return [replace(s, low=_worded(asked[s.key])) for s in found]


def _worded(question: Question) -> str:
    """Which answers are low: "1 or 2 on the scale of 1 to 5"."""
    scale = question.scale
    ends = [display.count(n) for n in (scale.low, int(scale.low + max(LOW_SHARE * (scale.high - scale.low + 1) - 1, 0)), scale.high)]
    steps = ends[0] if ends[0] == ends[1] else f"{ends[0]} {'or' if int(ends[1]) - int(ends[0]) == 1 else 'to'} {ends[1]}"
    return f"{steps} on the scale of {ends[0]} to {ends[2]}"


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
