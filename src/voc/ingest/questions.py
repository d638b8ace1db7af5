"""Survey -> how each question was answered: how many answers, how many gaps, the average."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from voc import display, text
from voc.display import Column, Result
from voc.ingest.survey import Survey


@dataclass(frozen=True, repr=False)
class Questions(Result):
    """Answers per question.

    Attributes:
        frame: one row per question: `question`, `wording`, `answered`, `share` (0..1), `mean` (scale points; missing for comments).
        n: customers.
        non_answers: comments such as "n/a".
        label: which answers.
    """

    frame: pd.DataFrame
    n: int
    non_answers: int
    label: str

    @property
    def headline(self) -> str:
        """The question with the most gaps."""
        asked = self.frame[self.frame["answered"] > 0]
        least = (asked if len(asked) else self.frame).sort_values(["share", "question"]).iloc[0]
        return (
            f"{display.plural(self.n, 'customer')} answered ({self.label}). Most gaps: “{least['wording']}”, answered by "
            f"{display.share(least['share'])}."
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per question."""
        return self.frame

    def _caption(self) -> str:
        return f"Answers per question, {self.label}"

    def _columns(self) -> list[Column]:
        return [
            Column("wording", "Question"),
            Column("answered", "Answered", "count"),
            Column("share", "Share", "share"),
            Column("mean", "Average", "number"),
        ]


def questions(survey: Survey) -> Questions:
    """Count the answers to every question; "n/a" and the like do not count as a comment."""
    frame, n = survey.frame, len(survey.frame)
    rows = [
        {"question": q.name, "wording": q.wording, "answered": int(frame[q.name].notna().sum()), "mean": float(frame[q.name].mean())}
        for q in (survey.mapping.score, *survey.ratings)
    ]
    typed = frame["comment"][frame["comment"] != ""]
    empty = int(typed.map({t: text.is_non_answer(t) for t in typed.unique()}).sum()) if len(typed) else 0
    rows.append({"question": "comment", "wording": survey.mapping.question or "Comment", "answered": len(typed) - empty, "mean": float("nan")})
    table = pd.DataFrame(rows)
    table["share"] = table["answered"] / max(n, 1)
    return Questions(table, n, empty, survey.label)
