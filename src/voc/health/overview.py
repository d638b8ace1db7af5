"""Survey -> in a few rows, whether its answers can be trusted: what the other results of this stage say, most important first."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from voc import display, schema
from voc.display import Column, Note, Result
from voc.health.asked import Response, response
from voc.health.questions import Questions, questions
from voc.health.rule import ContactRule, contact_rule
from voc.health.wrote import Commenters, commenters
from voc.ingest import Check, Receipt, Survey

HISTORY = 13  # months; the page shows the same


@dataclass(frozen=True, repr=False)
class Overview(Result):
    """Whether the answers of a month can be trusted.

    Attributes:
        n: answers.
        days: their first and last day, in words.
        response: how many of those asked answered.
        rule: whether anybody was asked too often, in the last thirteen months.
        receipt: what happened to the file's rows.
        found: checks of the file that found something which the mapping does not accept.
        comments: how those who wrote differ from the others.
        gaps: how each question was answered.
        label: which answers.
    """

    n: int
    days: str
    response: Response | Note
    rule: ContactRule | Note
    receipt: Receipt
    found: tuple[Check, ...]
    comments: Commenters | Note
    gaps: Questions
    label: str

    @property
    def headline(self) -> str:
        """How many answers there are, and the most important thing to know about them."""
        answers = f"{display.plural(self.n, 'answer')} ({self.label})"
        if self.receipt.objections:
            return f"{answers}. To settle before any score is read: {self.receipt.objections[0]}"
        if self.n < schema.MIN_ANSWERS:
            return f"{answers}: too few to show scores and shares, which takes {schema.MIN_ANSWERS}."
        if self.found:
            what = self.found[0].short if len(self.found) == 1 else self._checks
            return f"{answers}. Look first at what the checks of the whole file found: {what}"
        if isinstance(self.comments, Commenters) and self.comments.matters:
            return f"{answers}. {self.comments.compared}"
        if isinstance(self.rule, ContactRule) and self.rule.broken:
            return f"{answers}. {self.rule.headline}"
        return f"{answers}. Nothing was found that speaks against them."

    @property
    def _checks(self) -> str:
        return f"{display.listed([f'“{c.name}”' for c in self.found])}."

    def to_frame(self) -> pd.DataFrame:
        """One row per question that a reader has: `what`, `finding`."""
        aside = self.receipt.rows_read - self.receipt.rows_kept
        rows = f"{display.count(aside)} of {display.plural(self.receipt.rows_read, 'row')} in the file set aside."
        checks = f"Checks that found something: {self._checks}" if self.found else "No check found anything."
        asked = self.response.short if isinstance(self.response, Response) else self.response.headline
        lines = [
            ("Answers", f"{display.plural(self.n, 'answer')}, {self.days}."),
            ("Who answered", asked),
            ("Asked too often", self.rule.headline),
            ("The file", f"{rows} {checks}"),
            ("Comments", self.comments.compared if isinstance(self.comments, Commenters) else self.comments.headline),
            ("Gaps", self.gaps.short),
        ]
        return pd.DataFrame(lines, columns=["what", "finding"])

    def _caption(self) -> str:
        return f"Can the answers be trusted? {self.label}"

    def _columns(self) -> list[Column]:
        return [Column("what", "What"), Column("finding", "What was found")]


def overview(survey: Survey, month: str | int) -> Overview:
    """Whether the answers of a month can be trusted, in a few rows.

    Args:
        survey: the answers up to and including the month.
        month: "2026-09", or a year.

    Raises:
        VocError: there are no answers in that month.
    """
    now = survey.month(month)
    dates = now.answers["date"]
    days = f"{dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}"
    rule = contact_rule(survey.window(month, months=HISTORY))
    found = tuple(c for c in now.receipt.checks if c.finding and c.name not in now.mapping.accept)
    return Overview(len(now.answers), days, response(now), rule, now.receipt, found, commenters(now), questions(now), now.label)
