"""Survey -> Ratings: how two bands answer the touchpoint questions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, stats
from voc.cohorts.facts import ANSWER, MEAN, Fact, estimate, interval
from voc.cohorts.groups import customers, many
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, Cohort
from voc.score.nps import LEVEL

ALIKE = 0.005  # of an average answer: what two shown digits cannot tell apart


@dataclass(frozen=True, repr=False)
class Ratings(Result):
    """How two groups answer the touchpoint questions.

    Attributes:
        frame: one row per question that at least 10 of each group answered, widest gap first: `question`, `wording`, `mean_first`, `n_first`,
            `mean_second`, `n_second`, `difference` with `low`, `high` (scale points).
        first: name of the first group.
        second: name of the second group.
        level: confidence level.
        label: which answers.
    """

    frame: pd.DataFrame
    first: str
    second: str
    level: float
    label: str
    behind_chart = True

    @property
    def headline(self) -> str:
        """The question with the widest gap."""
        if self.frame.empty:
            return f"There are no touchpoint questions with enough answers of both groups to compare ({self.label})."
        top = self.frame.iloc[0]
        if abs(top["difference"]) < ALIKE:
            return f"{many(self.first).capitalize()} and {many(self.second)} answer alike ({self.label})."
        return (
            f"The widest gap is “{top['wording']}”: {self.first}s give {display.number(top['mean_first'], 2)} on average, "
            f"{self.second}s {display.number(top['mean_second'], 2)}."
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per question."""
        return self.frame

    def _caption(self) -> str:
        return f"Average answers, {self.label}"

    def _columns(self) -> list[Column]:
        return [
            Column("wording", "Question"),
            Column("mean_first", f"{self.first.capitalize()}s", "number"),
            Column("mean_second", f"{self.second.capitalize()}s", "number"),
            Column("difference", "Difference", "number"),
            Column("low", "Low to high, all rows together", "range_number", "high"),
        ]


def ratings(survey: Survey, *, first: Cohort = "promoter", second: Cohort = "detractor", level: float = LEVEL) -> Ratings:
    """Compare how two bands answer the touchpoint questions.

    Args:
        survey: the answers.
        first: a band.
        second: another band.
        level: confidence level of all differences together (Welch's interval, repeat customers allowed for, Bonferroni).
    """
    rows = []
    cohorts = survey.answers["cohort"].to_numpy()
    who = customers(survey)
    wide = stats.family_level(level, len(survey.ratings))
    for question in survey.ratings:
        fact = Fact(ANSWER, question.wording, MEAN, survey.answers[question.name].to_numpy(dtype=float))
        a, b = (estimate(fact, (cohorts == name) & ~np.isnan(fact.values), who) for name in (first, second))
        if min(a.n, b.n) < MIN_ANSWERS or min(a.people, b.people) < 2:
            continue
        low, high = interval(fact, a, b, wide) if a.error + b.error > 0 else (float("nan"), float("nan"))
        rows.append(
            {"question": question.name, "wording": question.wording, "mean_first": a.value, "n_first": a.n, "mean_second": b.value,
             "n_second": b.n, "difference": a.value - b.value, "low": low, "high": high}
        )  # fmt: skip
    table = pd.DataFrame(rows)
    if len(table):
        table = table.reindex(table["difference"].abs().sort_values(ascending=False, kind="stable").index).reset_index(drop=True)
    return Ratings(table, first, second, level, survey.label)
