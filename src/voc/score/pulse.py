"""Survey and a day -> the day's answers by touchpoint, every detractor of it, and whether the latest score is usual. A restricted output."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from voc import display
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import COMMENT, CONSENT, DATE, MIN_ANSWERS, RESPONSE_ID, SCORE, TOUCHPOINT, VocError
from voc.score import control
from voc.score.nps import LEVEL, Nps, scores_of
from voc.score.segments import BAND_COLUMNS
from voc.score.tally import PERIOD, Tally, tally

RESTRICTED = "Restricted: shows single customers’ comments. Do not publish or forward."
MOST_DAYS = 30  # that a score may look back; older answers do not say how things are
WINDOWS = 60  # earlier stretches of days that the latest is judged by, at most
ALL, NOT_STATED = "All answers", "(not stated)"
AGREED = "agreed"
COUNTED = ["n", "promoters", "passives", "detractors"]
FIRST_YEAR, LAST_YEAR = 1900, 2200


@dataclass(frozen=True, repr=False)
class Pulse(Result):
    """One day of a survey. It shows single customers and small groups: for those who look after them, never for publication.

    Attributes:
        date: the day.
        label: the day in words.
        touchpoints: one row per touchpoint that has answers: `touchpoint` ("" where not stated), `n`, `promoters`, `passives`, `detractors`.
        detractors: one row per detractor of the day, the lowest score first, those with a comment before those without: `response_id`,
            `touchpoint`, `score`, `comment` (redacted; "" where nothing was written), `agreed` (to be called; missing where the mapping names
            no column for it).
        score: the score of the fewest days, ending with the date, that hold 10 answers; of the last 30 days where they hold fewer.
        days: how many days these are; 0 where the last 30 hold fewer than 10 answers.
        usual_low: lower end of what the earlier stretches of as many days lead one to expect of that score, points; nan where too few came before.
        usual_high: upper end.
        unusual: "above", "below" or "".
        before: how many earlier stretches it is judged by.
        wordless: the survey has no open question.
        latest: the last day up to the date that has answers; None where there is none.
        left_out: how many further earlier stretches have enough answers, but were unusual themselves, so that it is not judged by them.
    """

    date: dt.date
    label: str
    touchpoints: pd.DataFrame
    detractors: pd.DataFrame
    score: Nps
    days: int
    usual_low: float
    usual_high: float
    unusual: str
    before: int
    wordless: bool
    latest: dt.date | None
    left_out: int = 0

    @property
    def n(self) -> int:
        """Answers of the day."""
        return int(self.touchpoints["n"].sum())

    @property
    def headline(self) -> str:
        """A short paragraph for an e-mail: the day's answers and detractors, then the score and whether it is usual."""
        return f"{self.label}: {self.answers} {self.standing}"

    @property
    def answers(self) -> str:
        """How many answers and detractors the day has, and what these left; to go on after the day."""
        if not self.n:
            last = f"; the last before it are of {_worded(self.latest)}" if self.latest else ", and none before it"
            return f"no answers{last}."
        many, count = display.plural(self.n, "answer"), len(self.detractors)
        if not count:
            return f"{many}, no detractors."
        left = [] if self.wordless else [f"{_some((self.detractors[COMMENT] != '').sum())} left a comment"]
        agreed = [f"{_some(self.detractors[AGREED].sum())} agreed to be called"] if self.asked_consent else []
        more = f" ({', '.join([*left, *agreed])})" if left or agreed else ""
        return f"{many}, {display.plural(count, 'detractor')}{more}."

    @property
    def asked_consent(self) -> bool:
        """Whether it is known which detractors agreed to be called."""
        return bool(self.detractors[AGREED].notna().any())

    @property
    def standing(self) -> str:
        """The score of the latest days, and whether it is usual."""
        if not self.days:
            return f"The last {MOST_DAYS} days hold fewer than {MIN_ANSWERS} answers, too few for a score."
        over, base = (f"Over the last {self.days} days the score", f"; {display.plural(self.score.n, 'answer')}")
        if self.days == 1:
            over, base = "The score of the day", ""
        score = f"{over} is {display.points(self.score.value)} ({display.interval(self.score.low, self.score.high)}{base})"
        if self.before < control.MIN_BASELINE:
            return f"{score}; too little came before to say what is usual."
        if np.isnan(self.usual_low):
            return f"{score}; too few different customers answered to say whether that is usual."
        usual = display.interval(self.usual_low, self.usual_high)
        if self.unusual:
            return f"{score}, unusually {'high' if self.unusual == 'above' else 'low'}: its usual range is {usual}."
        return f"{score}, within its usual range ({usual})."

    @property
    def method(self) -> str:
        """How the score and its usual range come about, how often chance alone leaves it, and what it does not take out; may be ""."""
        if not self.days:
            return f"A score needs {MIN_ANSWERS} answers in the last {MOST_DAYS} days."
        few = f"Too few answers on this day alone (a score needs {MIN_ANSWERS}), so this is the score of the last {self.days} days."
        parts = [few] if self.days > 1 else []
        if self.score.effective is not None:
            worth = display.plural(round(self.score.effective), "independent one")
            parts.append(f"{self.score.because.capitalize()}: the {display.plural(self.score.n, 'answer')} are as good as {worth}.")
        ordinary, left = ("ordinary ", f" ({self.left_out} unusual left out)") if self.left_out else ("", "")
        stretches = "single days" if self.days == 1 else f"stretches of {self.days} days"
        if self.before < control.MIN_BASELINE:
            parts.append(
                f"A usual range needs at least {control.MIN_BASELINE} earlier {stretches} with {MIN_ANSWERS} answers each; there "
                f"{'is' if self.before == 1 else 'are'} {display.count(self.before)}."
            )
        elif not np.isnan(self.usual_low):
            one = "day" if self.days == 1 else "stretch"
            parts.append(
                f"The usual range comes from {self.before} {ordinary}earlier {'days' if self.days == 1 else 'stretches'}{left}; about one ordinary "
                f"{one} in {display.count(1 / control.FALSE_ALARM)} falls outside it by chance."
            )
            parts += [] if self.days % 7 == 0 else ["Weekdays are not treated differently."]
        return " ".join(parts)

    def to_frame(self) -> pd.DataFrame:
        """One row per detractor of the day."""
        return self.detractors

    def counts(self) -> pd.DataFrame:
        """The day's answers as they are shown: a row for all of them, then one per touchpoint where there are any."""
        whole = pd.DataFrame([{TOUCHPOINT: ALL, **self.touchpoints[COUNTED].sum()}])
        if not self._placed:
            return whole
        return pd.concat([whole, self.touchpoints.assign(touchpoint=self.touchpoints[TOUCHPOINT].replace("", NOT_STATED))], ignore_index=True)

    def by_touchpoint(self) -> list[tuple[str, pd.DataFrame]]:
        """The detractors of each touchpoint under its name, those without one last; all under "" where no answer names one."""
        if not self._placed:
            return [("", self.detractors)] if len(self.detractors) else []
        groups = {str(name): rows for name, rows in self.detractors.groupby(TOUCHPOINT)}
        return [(name or NOT_STATED, groups[name]) for name in self.touchpoints[TOUCHPOINT] if name in groups]

    @property
    def _placed(self) -> bool:
        return bool((self.touchpoints[TOUCHPOINT] != "").any())

    def _repr_html_(self) -> str:
        return display.headline(RESTRICTED) + super()._repr_html_()

    def _shown(self) -> pd.DataFrame:
        return self.detractors.assign(agreed=["" if pd.isna(a) else "yes" if a else "no" for a in self.detractors[AGREED]])

    def _caption(self) -> str:
        return f"Detractors of {self.label}, lowest score first"

    def _columns(self) -> list[Column]:
        return [
            Column(RESPONSE_ID, "Response"),
            *([Column(TOUCHPOINT, "Touchpoint")] if self._placed else []),
            Column(SCORE, "Score", "count"),
            *([] if self.wordless else [Column(COMMENT, "Comment")]),
            *([Column(AGREED, "Agreed to be called")] if self.asked_consent else []),
        ]


def pulse(survey: Survey, date: str | dt.date, *, level: float = LEVEL) -> Pulse:
    """Look at one day: its answers, its detractors, and the latest score against what is usual.

    Args:
        survey: the answers. Nothing dated after the day is read.
        date: the day, as "2026-09-14" or a date.
        level: confidence level.

    Raises:
        VocError: the date is none.

    Notes:
        The score is that of the fewest days, ending with the date and at most 30, that hold 10 answers. The time before is cut into
        stretches of as many days, the newest first and at most 60, and `score.control` judges the latest by those. How many days it takes
        depends on how many answered and not on what they answered, so that the choice favours no score. Repeated customers are allowed for
        within a stretch.
    """
    day = read_day(date)
    known = survey.days(day)
    today = survey.days(day, count=1)
    counted = tally(known, every="day")
    days = _enough(counted, day)
    last = pd.Period(day, freq="D")
    recent = counted.between(last - ((days or MOST_DAYS) - 1), last)
    nothing = {"usual_low": np.nan, "usual_high": np.nan, "unusual": "", "before": 0, "passed_over": 0}
    judged = _judged(counted, last, days) if days else pd.Series(nothing)
    return Pulse(
        day, today.label, _touchpoints(today), _detractors(today), scores_of(recent, level=level, label=_span(today.label, days)), days,
        float(judged["usual_low"]), float(judged["usual_high"]), str(judged["unusual"]), int(judged["before"]),
        not survey.open_question, known.answers[DATE].max().date() if len(known.answers) else None, int(judged["passed_over"]),
    )  # fmt: skip


def read_day(date: str | dt.date) -> dt.date:
    """A day, from "2026-09-14" or a date.

    Raises:
        VocError: anything else.

    >>> read_day("2026-09-14")
    datetime.date(2026, 9, 14)
    """
    text = f"{date:%Y-%m-%d}" if isinstance(date, dt.date) else str(date).strip()
    try:
        day = dt.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    except ValueError:  # such as 30 February
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise VocError(f'date must be a day such as "2026-09-14"; found "{text}"')
    return day


def _enough(counted: Tally, day: dt.date) -> int:
    """The fewest days, ending with the given one, that hold enough answers; 0 where the most that are looked at do not."""
    last = pd.Period(day, freq="D")
    per_day = counted.between(last - (MOST_DAYS - 1), last).frame.groupby(PERIOD)["n"].sum()[::-1]
    reached = per_day.index[per_day.cumsum() >= MIN_ANSWERS]
    return int((last - reached[0]).n) + 1 if len(reached) else 0


def _judged(counted: Tally, last: pd.Period, days: int) -> pd.Series:
    """The last row of `control.judge` over stretches of days, the last of which ends with `last`; `passed_over`: it is not judged by so many."""
    recent = counted.between(last - (days * (WINDOWS + 1) - 1), last)
    people = None if recent.people is None else _stretched(recent.people, last, days)
    groups = replace(recent, frame=_stretched(recent.frame, last, days), people=people).groups(PERIOD)
    effective = groups["effective"].to_numpy(dtype=float)
    judged = control.judge(*groups[BAND_COLUMNS].to_numpy(dtype=float).T, effective=effective)
    enough = int((effective[:-1] >= MIN_ANSWERS).sum())
    return judged.assign(passed_over=enough - judged["before"]).iloc[-1]


def _stretched(table: pd.DataFrame, last: pd.Period, days: int) -> pd.DataFrame:
    """The same counts, each on the last day of the stretch in which it lies."""
    until_end = (last.ordinal - table[PERIOD].astype("int64").to_numpy()) % days
    return table.assign(**{PERIOD: table[PERIOD] + until_end})


def _touchpoints(today: Survey) -> pd.DataFrame:
    """One row per touchpoint of the day; without such a column one row for all."""
    by = (TOUCHPOINT,) if TOUCHPOINT in today.answers and len(today.answers) else ()
    groups = tally(today, by).groups(*by)
    frame = groups[COUNTED].round().astype(int).reset_index(drop=not by)
    if not by:
        return frame.assign(touchpoint="")[[TOUCHPOINT, *COUNTED]]
    return frame.sort_values(TOUCHPOINT, key=lambda names: names == "", kind="stable", ignore_index=True)  # those not stated last


def _detractors(today: Survey) -> pd.DataFrame:
    """The working list. Only these comments are redacted, so a long file costs no time."""
    frame = today.where(cohort="detractor").frame
    agreed = frame[CONSENT].isin(today.mapping.consent_yes) if CONSENT in frame else pd.Series(pd.NA, index=frame.index)
    listed = pd.DataFrame({
        RESPONSE_ID: frame[RESPONSE_ID], TOUCHPOINT: frame.get(TOUCHPOINT, ""), SCORE: frame[SCORE],
        COMMENT: frame[COMMENT], AGREED: agreed.astype("boolean"),
    })  # fmt: skip
    order = listed.assign(silent=listed[COMMENT] == "").sort_values([SCORE, "silent"], kind="stable").index
    return listed.loc[order].reset_index(drop=True)


def _span(label: str, days: int) -> str:
    return label if days == 1 else f"the {days or MOST_DAYS} days up to {label}"


def _some(n: float) -> str:
    return display.count(n) if n else "none"


def _worded(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"
