"""Survey -> how each question was answered: how many answers, how many gaps and of which kind, the average."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from voc import display, schema, text
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import Question


@dataclass(frozen=True, repr=False)
class Questions(Result):
    """Answers per question.

    Attributes:
        frame: one row per question, the comment (where there is one) last: `question`, `wording`, `answered`, `not_applicable` (declared
            codes), `not_asked` (customers of a touchpoint after which it was apparently not asked), `unanswered`, `share` (0..1, answered
            among those it applies to; missing where those are fewer than ten), `mean` (scale points; missing for comments and below ten
            answers), `scale` ("1-5").
        n: customers.
        non_answers: comments such as "n/a"; they count as unanswered.
        absent: touchpoint -> wordings of the questions that were apparently not asked after it.
        label: which answers.
    """

    frame: pd.DataFrame
    n: int
    non_answers: int
    absent: dict[str, list[str]]
    label: str

    @property
    def short(self) -> str:
        """The question with the most gaps, and questions that were not asked everywhere."""
        rated = self.frame[self.frame["question"] != schema.COMMENT].dropna(subset="share").sort_values(["share", "question"])
        if rated.empty:
            return f"There are fewer than {schema.MIN_ANSWERS} answers to every question ({self.label}), so no shares and averages are shown."
        least = rated.iloc[0]
        gaps = f"Most gaps among the scored questions: “{least['wording']}”, answered by {display.share(least['share'])} of those it applies to."
        if least["share"] == 1:
            gaps = "No scored question has gaps."
        return " ".join([gaps, *(self._never(place, asked) for place, asked in self.absent.items())])

    @property
    def headline(self) -> str:
        """How many answered, the question with the most gaps, how many wrote."""
        if not self.n:
            return f"There are no answers ({self.label})."
        start = f"{display.plural(self.n, 'customer')} answered ({self.label}). {self.short}"
        comment = self.frame[self.frame["question"] == schema.COMMENT]
        if comment.empty or self.n < schema.MIN_ANSWERS:
            return start
        answered = comment.iloc[0]["answered"]
        wrote, more = (display.share(answered / self.n), " more") if answered else ("Nobody", "")
        empty = f"; {display.count(self.non_answers)}{more} wrote only “n/a” or the like" if self.non_answers else ""
        return f"{start} {wrote} wrote a comment{empty}."

    def to_frame(self) -> pd.DataFrame:
        """One row per question."""
        return self.frame

    def _never(self, place: str, wordings: list[str]) -> str:
        named = display.listed([f"“{w}”" for w in wordings])
        return f"{named} {'was' if len(wordings) == 1 else 'were'} apparently not asked after {place}: nobody there answered."

    def _caption(self) -> str:
        return f"Answers per question, {self.label}"

    def _columns(self) -> list[Column]:
        return [
            Column("wording", "Question"),
            Column("answered", "Answered", "count"),
            Column("not_applicable", "Does not apply", "count"),
            *([Column("not_asked", "Not asked", "count")] if self.absent else []),
            Column("unanswered", "Not answered", "count"),
            Column("share", "Answered, where it applies", "share"),
            Column("mean", "Average", "number"),
            Column("scale", "Scale"),
        ]


def questions(survey: Survey) -> Questions:
    """Count the answers to every question; "n/a" and the like do not count as a comment.

    Notes:
        A question that nobody answered after a touchpoint with ten answers and more, while others did answer it, was apparently not
        asked there; those customers do not count as customers to whom it applies.
    """
    n, absent = len(survey.answers), dict[str, list[str]]()
    rows = [_row(survey, q, absent) for q in (survey.mapping.score, *survey.ratings)]
    empty = 0
    if survey.open_question:
        typed = survey.frame[schema.COMMENT][survey.frame[schema.COMMENT] != ""]
        empty = int(typed.map({t: text.is_non_answer(t) for t in typed.unique()}).sum()) if len(typed) else 0
        wording = survey.mapping.question or "Comment"
        comment = {"question": schema.COMMENT, "wording": wording, "answered": len(typed) - empty, "not_applicable": 0, "not_asked": 0}
        rows.append(comment | {"mean": float("nan"), "scale": ""})
    table = pd.DataFrame(rows)
    applies = n - table["not_applicable"] - table["not_asked"]
    table["unanswered"] = applies - table["answered"]
    table["share"] = table["answered"] / applies.astype(float).where(applies >= schema.MIN_ANSWERS)
    return Questions(table, n, empty, absent, survey.label)


def _row(survey: Survey, question: Question, absent: dict[str, list[str]]) -> dict[str, object]:
    """One question's counts; touchpoints without it are added to `absent`."""
    values = survey.answers[question.name]
    answered = values.notna()
    away = survey.gaps[question.name].set_axis(values.index) if survey.gaps is not None else pd.Series(False, index=values.index)
    nowhere = _without(survey, answered, answered | away)
    for place in nowhere:
        absent.setdefault(place, []).append(question.wording)
    unasked = int(survey.answers[schema.TOUCHPOINT].isin(nowhere).sum()) if nowhere else 0
    n = int(answered.sum())
    return {
        "question": question.name, "wording": question.wording, "answered": n, "not_applicable": int(away.sum()), "not_asked": unasked,
        "mean": float(values.mean()) if n >= schema.MIN_ANSWERS else float("nan"), "scale": question.scale.allowed,
    }  # fmt: skip


def _without(survey: Survey, answered: pd.Series, touched: pd.Series) -> list[str]:
    """Touchpoints with ten customers and more of whom none touched a question that others answered."""
    if schema.TOUCHPOINT not in survey.answers or not answered.any():
        return []
    by_place = touched.groupby(survey.answers[schema.TOUCHPOINT]).agg(["sum", "size"])
    silent = by_place[(by_place["sum"] == 0) & (by_place["size"] >= schema.MIN_ANSWERS)]
    return [str(place) for place in silent.index if place != ""]
