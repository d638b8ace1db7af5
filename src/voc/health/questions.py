"""Survey -> how each question was answered: how many answers, how many gaps and of which kind, the average."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from voc import display, text
from voc.display import Column, Result
from voc.ingest import Survey


@dataclass(frozen=True, repr=False)
class Questions(Result):
    """Answers per question.

    Attributes:
        frame: one row per question: `question`, `wording`, `answered`, `not_applicable` (declared codes), `unanswered`, `share`
            (0..1, answered among those it applies to; missing where it applies to nobody), `mean` (scale points; missing for comments).
        n: customers.
        non_answers: comments such as "n/a"; they count as unanswered.
        label: which answers.
    """

    frame: pd.DataFrame
    n: int
    non_answers: int
    label: str

    @property
    def headline(self) -> str:
        """The question with the most gaps."""
        rated = self.frame[self.frame["question"] != "comment"]
        asked = rated[rated["share"].notna()]
        if not self.n or asked.empty:
            return f"There are no answers ({self.label})."
        least = asked.sort_values(["share", "question"]).iloc[0]
        comment = self.frame[self.frame["question"] == "comment"].iloc[0]
        start = f"{display.plural(self.n, 'customer')} answered ({self.label})"
        gaps = f"Most gaps among the scored questions: “{least['wording']}”, answered by {display.share(least['share'])} of those it applies to."
        if least["share"] == 1:
            gaps = "No scored question has gaps."
        empty = f"; {display.count(self.non_answers)} more wrote only “n/a” or the like" if self.non_answers else ""
        return f"{start}. {gaps} {display.share(comment['answered'] / self.n)} wrote a comment{empty}."

    def to_frame(self) -> pd.DataFrame:
        """One row per question."""
        return self.frame

    def _caption(self) -> str:
        return f"Answers per question, {self.label}"

    def _columns(self) -> list[Column]:
        return [
            Column("wording", "Question"),
            Column("answered", "Answered", "count"),
            Column("not_applicable", "Does not apply", "count"),
            Column("unanswered", "Left blank", "count"),
            Column("share", "Answered, where it applies", "share"),
            Column("mean", "Average", "number"),
        ]


def questions(survey: Survey) -> Questions:
    """Count the answers to every question; "n/a" and the like do not count as a comment."""
    answers, n = survey.answers, len(survey.answers)
    rows: list[dict[str, object]] = []
    for q in (survey.mapping.score, *survey.ratings):
        answered = int(answers[q.name].notna().sum())
        away = int(survey.gaps[q.name].sum()) if survey.gaps is not None else 0
        rows.append({"question": q.name, "wording": q.wording, "answered": answered, "not_applicable": away, "mean": float(answers[q.name].mean())})
    typed = survey.frame["comment"][survey.frame["comment"] != ""]
    empty = int(typed.map({t: text.is_non_answer(t) for t in typed.unique()}).sum()) if len(typed) else 0
    wording = survey.mapping.question or "Comment"
    rows.append({"question": "comment", "wording": wording, "answered": len(typed) - empty, "not_applicable": 0, "mean": float("nan")})
    table = pd.DataFrame(rows)
    table["unanswered"] = n - table["answered"] - table["not_applicable"]
    applies = (n - table["not_applicable"]).astype(float)
    table["share"] = table["answered"] / applies.where(applies > 0)
    return Questions(table, n, empty, survey.label)
