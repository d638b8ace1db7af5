"""Two parts of a survey -> whether a question matters more in one than in the other: by segment, and over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Note, Result
from voc.drivers.data import DEFAULT_CONTROLS, Answers, answers_of
from voc.drivers.spread import How, spread
from voc.ingest import Survey
from voc.schema import DATE, TOUCHPOINT, VocError, parse_period
from voc.score.nps import LEVEL

FEWEST = 100  # answers of a part, below which its importances are mostly chance
TIME = "time"
EACH_QUESTION = 10  # answers for each question and control


@dataclass(frozen=True, repr=False)
class Differences(Result):
    """Importance in a part beside the other answers.

    Attributes:
        frame: one row per part and question: `part`, `question`, `wording`, `n` (answers of the part), `importance` (there, 0..1), `others` (in
            the other answers), `difference` with `low`, `high` (at the corrected level), `adjusted_p`, `verdict`.
        left_out: parts with too few answers.
        label: which answers.
        what: what the parts are, such as "region".
        against: what they are compared with, in words.
    """

    frame: pd.DataFrame
    left_out: tuple[str, ...]
    label: str
    what: str
    against: str = "the others"
    behind_chart = True

    @property
    def headline(self) -> str:
        """Where a question matters clearly more or less."""
        if self.frame.empty:
            return f"There are too few answers to compare what goes with the score by {self.what} ({self.label})."
        sure = self.frame[self.frame["verdict"] != "not clear"].sort_values("adjusted_p")
        if sure.empty:
            if self.what == TIME:
                return f"Nothing has clearly changed in how closely the questions go with the score since {self.against} ({self.label})."
            return f"No question goes clearly more or less closely with the score by {self.what} ({self.label})."
        named = [
            f"“{r.wording}” goes {r.verdict} closely with the score in {r.part} ({display.share(r.importance)}) than in {self.against} "
            f"({display.share(r.others)})"
            for r in display.rows(sure.head(3))
        ]
        more = f" {display.count(len(sure) - 3)} more differ." if len(sure) > 3 else ""
        return f"{'; '.join(named)}.{more}"

    def to_frame(self) -> pd.DataFrame:
        """One row per part and question."""
        return self.frame

    def _caption(self) -> str:
        left = f" Left out, because too few answered: {display.listed(list(self.left_out))}." if self.left_out else ""
        within = "Counted within each touchpoint and month, so shares are higher than in the ranking of all questions."
        return f"What goes with the score by {self.what}, against {self.against}, {self.label}. {within}{left}"

    def _columns(self) -> list[Column]:
        return [
            *([] if self.what == TIME else [Column("part", self.what.capitalize())]),
            Column("wording", "Question"),
            Column("importance", "Goes with the score here", "share"),
            Column("others", f"In {self.against}", "share"),
            Column("difference", "Difference, % points", "share_change"),
            Column("low", "Low to high, all rows together", "range_share", "high"),
            Column("verdict", "Verdict"),
        ]


def by_segment(survey: Survey, column: str = TOUCHPOINT, *, weighted: bool = False, level: float = LEVEL) -> Differences | Note:
    """Compare each segment's importances with those in all other answers.

    Args:
        survey: the answers.
        column: a segment column, such as "region"; by default the touchpoint.
        weighted: weight each answer with the survey's own weights.
        level: one minus the rate of false alarms among the differences called clear (Benjamini-Hochberg over segments and questions).

    Returns:
        Differences, or a Note where the survey has no touchpoints or too few answers.

    Raises:
        VocError: the survey has no such column.

    Notes:
        Shares of the differences within touchpoints, months and segments on both sides: these are taken out of the score too, so that
        others who differ more from place to place do not look as if a question mattered more. Both sides are resampled separately, as in
        `rank`; customers who answered in both are not allowed for. Segments need 100 answers and 10 for each question and control.
    """
    if column not in survey.answers:
        if column == TOUCHPOINT:
            return Note(f"This survey has no touchpoints to compare ({survey.label}).")
        raise VocError(f'"{column}" is no column of the survey; there are {display.listed(list(survey.segments)) or "no segments"}')
    if survey.answers[column].nunique() < 2:
        return Note(f"There is only one {column} here, so there is nothing to compare ({survey.label}).")
    answers = answers_of(survey, weighted=weighted, controls=tuple(dict.fromkeys((*DEFAULT_CONTROLS, column))))
    if isinstance(answers, Note):
        return answers
    values = survey.answers.loc[answers.ratings.index, column].fillna("").astype(str).to_numpy()
    names = [v for v in pd.Series(values[values != ""]).value_counts().index if (values != v).any()]
    sides = {name: (answers.take(values == name, name), answers.take((values != name) & (values != ""), "others")) for name in names}
    return _compared(sides, level, survey.label, column)


def over_time(survey: Survey, month: str | int, *, months: int = 3, weighted: bool = False, level: float = LEVEL) -> Differences | Note:
    """Has a question's importance changed since the time of the same length before?

    Args:
        survey: the answers, up to and including the month.
        month: "2026-09", or a year.
        months: length of both times; a year counts as its own twelve.
        weighted: weight each answer with the survey's own weights.
        level: as for `by_segment`.
    """
    now = survey.window(month, months=months)
    since = pd.Period(now.since, freq="M") if now.since is not None else pd.Period(survey.answers[DATE].min(), freq="M")
    length = (pd.Period(parse_period(month).end_time, freq="M") - since).n + 1
    before = survey.window(str(since - 1), months=length)
    if before.answers.empty:
        return Note(f"There are no earlier answers to compare what goes with the score with ({now.label}).")
    sides = [answers_of(s, weighted=weighted) for s in (now, before)]
    for side in sides:
        if isinstance(side, Note):
            return side
    first, second = (s for s in sides if isinstance(s, Answers))
    return _compared({now.label: (first, second)}, level, now.label, TIME, before.label)


def _compared(sides: dict[str, tuple[Answers, Answers]], level: float, label: str, what: str, against: str = "the others") -> Differences:
    rows, left = [], []
    for name, (here, there) in sides.items():
        if not (_enough(here) and _enough(there)):
            left.append(name)
            continue
        mine, others = _estimated(here, level), _estimated(there, level)
        for question in here.questions:
            if question.name in others:
                (value, error), (other, other_error) = mine[question.name], others[question.name]
                gap = (value - other, float(np.hypot(error, other_error)))
                rows.append((name, question.name, question.wording, len(here.score), value, other, *gap))
    columns = ["part", "question", "wording", "n", "importance", "others", "difference", "error"]
    frame = pd.DataFrame(rows, columns=columns)
    if frame.empty:
        return Differences(frame, tuple(left), label, what, against)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(frame["error"] > 0, 2 * stats.normal_above(np.abs(frame["difference"]) / frame["error"]), 1.0)
    frame["adjusted_p"] = stats.benjamini_hochberg(p)
    half = stats.z_value(stats.selected_level(level, frame["adjusted_p"])) * frame["error"]
    frame["low"], frame["high"] = frame["difference"] - half, frame["difference"] + half
    sure = frame["adjusted_p"] <= 1 - level
    frame["verdict"] = np.select([sure & (frame["difference"] > 0), sure], ["more", "less"], "not clear")
    return Differences(frame.drop(columns="error"), tuple(left), label, what, against)


def _enough(answers: Answers) -> bool:
    columns = len(answers.questions) + answers.controls.shape[1]
    return bool(answers.questions) and len(answers.score) >= max(FEWEST, EACH_QUESTION * columns) and len(np.unique(answers.score)) > 1


def _estimated(answers: Answers, level: float) -> dict[str, tuple[float, float]]:
    """Importance of each question, as a share of what touchpoint and month leave, with its standard error."""
    found = spread(answers.ranked_table(), answers.held_columns.shape[1], answers.sizes(), level=level, how=How(within=True))
    return dict(zip(answers.names, zip(found.worth.tolist(), found.deviation.tolist(), strict=True), strict=True))
