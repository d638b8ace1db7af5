"""What an analyst calls two groups -> which answers they are, and what they are called in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voc import display
from voc.ingest import Survey
from voc.schema import COHORTS, RESPONSE_ID, VocError

Bools = NDArray[np.bool_]
Group = str | Mapping[str, str] | Survey

OTHERS = "others"


@dataclass(frozen=True)
class Side:
    """One of two groups.

    Attributes:
        name: "promoter", or what the group is called, such as "Store".
        many: "promoters"; other groups keep their name.
        rows: (answers,) which answers belong to it.
    """

    name: str
    many: str
    rows: Bools

    @property
    def n(self) -> int:
        """Answers."""
        return int(self.rows.sum())


def many(name: str) -> str:
    """A group's name for several customers: "promoters"; groups that are no band keep theirs."""
    return f"{name}s" if name in COHORTS else name


def sides(survey: Survey, first: Group, second: Group) -> tuple[Side, Side]:
    """Two groups of a survey's answers.

    Args:
        survey: the answers.
        first: a band ("promoter", "passive", "detractor"), columns with their values ({"touchpoint": "Store"}), or a Survey whose answers are
            among these, such as a month.
        second: the same, or "others": everybody who is not in the first.

    Raises:
        VocError: a group is none of these, is empty, or shares answers with the other.
    """
    one = _side(survey, first)
    two = Side(OTHERS, OTHERS, ~one.rows) if second == OTHERS else _side(survey, second)
    both = int((one.rows & two.rows).sum())
    if both:
        raise VocError(f"{display.plural(both, 'answer')} are in both groups, {one.many} and {two.many}; groups must not overlap")
    return one, two


def _side(survey: Survey, group: Group) -> Side:
    answers = survey.answers
    if isinstance(group, Survey):
        rows = answers[RESPONSE_ID].isin(set(group.answers[RESPONSE_ID])).to_numpy()
        if rows.sum() < len(group.answers):
            inside, all_of = display.count(rows.sum()), display.plural(len(group.answers), "answer")
            raise VocError(
                f"only {inside} of the {all_of} of {group.label} are among those of {survey.label}; compare within a survey that holds both"
            )
        side = Side(group.label, group.label, rows)
    elif isinstance(group, str):
        if group not in COHORTS:
            raise VocError(
                f'a group must be {", ".join(COHORTS)}, columns with values such as {{"touchpoint": "Store"}}, or a Survey; found "{group}"'
            )
        side = Side(group, many(group), (answers["cohort"] == group).to_numpy())
    else:
        rows = np.ones(len(answers), bool)
        for column, value in group.items():
            if column not in answers:
                raise VocError(f'"{column}" is no column of the survey; there are {display.listed(list(survey.segments)) or "no segments"}')
            rows &= (answers[column].fillna("").astype(str) == str(value)).to_numpy()
        name = ", ".join(str(v) for v in group.values())
        side = Side(name, name, rows)
    if not side.n and not (isinstance(group, str) and group in COHORTS):
        raise VocError(f"no answer is in the group {side.many} ({survey.label})")
    return side


def customers(survey: Survey) -> NDArray[np.int64]:
    """(answers,) codes of the customers who gave them; an answer that names none has its own."""
    return np.asarray(pd.factorize(survey.who)[0], dtype=np.int64)
