"""Survey -> what its answers can show today, and how many answers, and days at this pace, more would take."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats as sps

from voc import display, stats
from voc.display import Column, Note, Result
from voc.ingest import Survey
from voc.schema import DATE, MIN_ANSWERS, TOUCHPOINT
from voc.score.nps import LEVEL, POWER
from voc.score.planning import check_positive, needed
from voc.score.tally import scored, tally

LONG = 731  # days; nobody waits longer
MONTH = re.compile(r"[A-Z][a-z]+ \d{4}(,|$)")  # how the label of a month's answers begins


@dataclass(frozen=True, repr=False)
class Planned(Result):
    """What a survey's answers can show today, and how many answers, and days at today's pace, more would take.

    Attributes:
        frame: first row all answers, then one per group: `group`, `n`, `per_day`; today's `margin` (half the width of the score's interval) and
            `detectable` (the change between two such samples that would be seen), both in points; answers and days needed for the margin that is
            wanted (`margin_n`, `margin_days`) and, before and after, for the smaller change (`small_n`, `small_days`) and the larger one
            (`large_n`, `large_days`).
        margin: the margin that is wanted, in points.
        changes: the smaller and the larger change that must be seen, in points.
        days: days from the first to the last answer, or from the beginning of the part of the survey; 0 where all dates are the first of a
            month, so that days cannot be counted: answers a day and days needed are then missing.
        hidden: groups with fewer than ten answers.
        by: the column that makes the groups; "" for all answers only.
        level: confidence level.
        power: chance to see a change.
        label: which answers.
    """

    frame: pd.DataFrame
    margin: float
    changes: tuple[float, float]
    days: int
    hidden: int
    by: str
    level: float
    power: float
    label: str

    @property
    def headline(self) -> str:
        """How long the smaller change takes to be seen, and which change the answers show today."""
        row = self.frame.iloc[0]
        days, periods = display.plural(row["small_days"], "day"), "months" if MONTH.match(self.label) else "such periods"
        often = "four times in five" if self.power == POWER else f"with {_percent(self.power)} chance"
        seen = f"to see a change of {self.changes[0]:g} points {often}"
        today = f"two {periods} of {display.plural(row['n'], 'answer')} each would show {display.points(row['detectable'])} points."
        if not self.days:
            needed_ = f"It takes {display.plural(row['small_n'], 'answer')} before and as many after {seen} ({self.label})"
            return f"{needed_}; {today} All dates are the first of a month, so days cannot be counted."
        pace = f"At {display.points(row['per_day'])} answers a day ({self.label}), it takes {days} before and {days} after"
        if row["small_days"] > LONG:
            pace = f"At {display.points(row['per_day'])} answers a day ({self.label}), it takes more than two years before and after"
        return f"{pace} {seen}; {today}"

    def to_frame(self) -> pd.DataFrame:
        """All answers, then one row per group."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        days = ["margin_days", "small_days", "large_days"]
        return self.frame.assign(**{name: self.frame[name].where(self.frame[name] <= LONG) for name in days if self.days})

    def _caption(self) -> str:
        long = ". A dash: more than two years" if self.days and (self.frame[["margin_days", "small_days"]] > LONG).any(axis=None) else ""
        pace = f"; days at the pace of {self.label}" if self.days else ""
        sure = f"{_percent(self.level)} confidence, changes seen with {_percent(self.power)} chance{pace}"
        hidden = f". {display.plural(self.hidden, 'group')} with fewer than {MIN_ANSWERS} answers not shown" if self.hidden else ""
        return f"Answers and days needed ({sure}){long}{hidden}"

    def _columns(self) -> list[Column]:
        count, words = ("days", "Days") if self.days else ("n", "Answers")
        return [
            Column("group", self.by.replace("_", " ").capitalize() or "Answers"),
            Column("n", "Answers", "count"),
            *([Column("per_day", "A day", "points")] if self.days else []),
            Column("margin", "Known within ±", "points"),
            Column("detectable", "Shows a change of", "points"),
            Column(f"margin_{count}", f"{words} for ±{self.margin:g}", "count"),
            Column(f"small_{count}", f"{words} before and again after, for a change of {self.changes[0]:g}", "count"),
            Column(f"large_{count}", f"{words} before and again after, for a change of {self.changes[1]:g}", "count"),
        ]


def planned(
    survey: Survey,
    *,
    by: str = TOUCHPOINT,
    margin: float = 5.0,
    changes: tuple[float, float] = (5.0, 10.0),
    level: float = LEVEL,
    power: float = POWER,
) -> Planned | Note:
    """Plan from the answers that come in: how many, and how many days of them, a margin and a change need.

    Args:
        survey: the answers of a month, or of any other part that stands for those to come.
        by: a column whose groups are planned too; "" for none. A survey without touchpoints is planned as a whole.
        margin: half the width of the interval that is wanted, in points.
        changes: the smaller and the larger change that must be seen, in points.
        level: confidence level.
        power: chance to see a change.

    Raises:
        VocError: `by` is not known, or a margin or change is not positive.

    Notes:
        The formulas of `for_margin` and `for_change`, with the variance of these answers and three more, as adjusted Wald adds them, so that it
        is never 0; where customers answered more than once, as many more answers as they tell less. What a sample shows is the change
        that two samples of its size would show.
    """
    for points in (margin, *changes):
        check_positive(points)
    n = len(survey.answers)
    if n < MIN_ANSWERS:
        have = f"There {'is' if n == 1 else 'are'} only {display.plural(n, 'answer')}" if n else "There are no answers"
        return Note(f"{have} ({survey.label}); planning takes {MIN_ANSWERS}.")
    by = "" if by == TOUCHPOINT and TOUCHPOINT not in survey.answers else by
    counts = tally(survey, by or ())
    parts = counts.groups(by).drop(index="", errors="ignore") if by else counts.groups().head(0)
    shown = parts[parts["n"] >= MIN_ANSWERS]
    table = scored(pd.concat([counts.groups().set_axis(["All answers"]), shown]), level=level)
    days = _days(survey)
    frame = pd.DataFrame({"group": table.index, "n": table["n"].to_numpy(), "per_day": table["n"].to_numpy() / (days or np.nan)})
    worth = (table["effective"] / table["n"]).to_numpy(dtype=float)
    variance = stats.expected_variance(*(table[name] for name in ("detractors", "passives", "promoters")))
    seen = stats.z_value(level) + float(sps.norm.ppf(power))
    frame["margin"] = ((table["high"] - table["low"]) / 2).to_numpy()
    frame["detectable"] = 100 * seen * np.sqrt(2 * variance / table["effective"].to_numpy(dtype=float))
    wanted = {"margin": (margin, stats.z_value(level), 1), "small": (changes[0], seen, 2), "large": (changes[1], seen, 2)}
    for name, (points, z, groups) in wanted.items():
        frame[f"{name}_n"] = np.ceil(needed(points, z, groups, variance) / worth - 1e-9).astype(int)
        frame[f"{name}_days"] = np.ceil(frame[f"{name}_n"] / frame["per_day"] - 1e-9).astype(int if days else float)
    return Planned(frame, margin, changes, days, len(parts) - len(shown), by, level, power, survey.label)


def _percent(share: float) -> str:
    return f"{100 * share:g}\N{NO-BREAK SPACE}%"


def _days(survey: Survey) -> int:
    """Days of the part, 0 where the dates hold no days: from its beginning, or the file's first answer, to the last answer of any group."""
    dates = survey.history[DATE]
    if (dates.dt.day == 1).all():
        return 0
    first = dates.min() if survey.since is None else max(survey.since, dates.min())
    return int((dates.max().normalize() - first.normalize()).days) + 1
