"""Survey + groups of questions -> GroupDrivers: questions that belong together, ranked as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display
from voc.display import Column, Note, Result
from voc.drivers import shares
from voc.drivers.data import answers_of
from voc.drivers.spread import How, spread
from voc.ingest import Survey
from voc.schema import VocError
from voc.score.nps import LEVEL


@dataclass(frozen=True, repr=False)
class GroupDrivers(Result):
    """Groups of questions by how much they go with the score.

    Attributes:
        frame: one row per group, most important first: `group`, `questions` (their wordings), `importance` (0..1; they add up to R squared) with
            `low`, `high`, `first_chance` (share of resamples in which it ranks first).
        n: answers.
        level: confidence level.
        label: which answers.
        controls: what was held constant.
    """

    frame: pd.DataFrame
    n: int
    level: float
    label: str
    controls: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """The strongest group."""
        top = self.frame.iloc[0]
        return (
            f"“{top['group']}” goes most closely with the score: {display.share(top['importance'])} of the differences between customers "
            f"({display.interval(100 * top['low'], 100 * top['high'])} %), {display.plural(self.n, 'answer')}, {self.label}."
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per group."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return self.frame.assign(questions=[display.listed(list(q)) for q in self.frame["questions"]])

    def _caption(self) -> str:
        held = f" {display.listed(list(self.controls)).capitalize()} held constant." if self.controls else ""
        return f"Groups of questions, {self.label}. A group counts as one question; it is not the sum of its questions.{held}"

    def _columns(self) -> list[Column]:
        return [
            Column("group", "Group"),
            Column("questions", "Questions"),
            Column("importance", "Goes with the score", "share"),
            Column("low", "Low to high, %", "range_share", "high"),
            Column("first_chance", "Chance to be first", "share"),
        ]


def rank_groups(survey: Survey, groups: Mapping[str, Sequence[str]], *, weighted: bool = False, level: float = LEVEL) -> GroupDrivers | Note:
    """Rank groups of questions: each group enters a model as a whole.

    Args:
        survey: the answers.
        groups: name -> questions by their names in the mapping, such as {"The employee": ["knowledgeable", "friendly", "patient"]}; a question
            in no group counts for itself. At most 14 groups.
        weighted: weight each answer with the survey's own weights.
        level: confidence level of the intervals.

    Returns:
        GroupDrivers, or a Note that says why there are none.

    Raises:
        VocError: a question is unknown or in two groups, or there are more than 14 groups.

    Notes:
        Shapley shares of R squared with groups as players; resamples and intervals as in `rank`.

    References:
        Groemping 2006, Journal of Statistical Software 17(1), section 4.6 (grouped regressors).
    """
    answers = answers_of(survey, weighted=weighted)
    if isinstance(answers, Note):
        return answers
    asked = [q.name for q in survey.ratings]
    named = [q for members in groups.values() for q in members]
    for question in named:
        if question not in asked or named.count(question) > 1:
            wrong = "is in two groups" if question in asked else f"is no question of the survey; there are {display.listed(asked)}"
            raise VocError(f'"{question}" {wrong}')
    used = {name: [q for q in members if q in answers.names] for name, members in groups.items()}
    wording = {q.name: q.wording for q in answers.questions}
    players = {name: members for name, members in used.items() if members} | {wording[q]: [q] for q in answers.names if q not in named}
    if len(players) > shares.EXACT_UP_TO:
        raise VocError(f"at most {shares.EXACT_UP_TO} groups can be ranked; found {len(players)}, questions in no group included")
    at = [[answers.names.index(q) for q in members] for members in players.values()]
    sizes = answers.sizes()
    fewest = np.array([sizes[i].min() for i in at])
    found = spread(answers.ranked_table(), answers.held_columns.shape[1], fewest, level=level, how=How(groups=at))
    frame = pd.DataFrame({"group": list(players), "importance": found.worth, "low": found.low, "high": found.high})
    frame["questions"] = [tuple(wording[q] for q in members) for members in players.values()]
    frame["first_chance"] = found.first_chance
    frame = frame.sort_values(["importance", "group"], ascending=[False, True], ignore_index=True)
    return GroupDrivers(frame, len(answers.score), level, answers.label, answers.held)
