"""Survey: the answers of one file under canonical names, and the ways to take a part of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from voc import display, schema
from voc.display import Column, Result
from voc.ingest.comments import Comments
from voc.ingest.receipt import Receipt
from voc.schema import Mapping, Question, VocError


@dataclass(frozen=True, repr=False)
class Survey(Result):
    """Answers, one row each.

    Attributes:
        answers: columns `row` (number of the row in the file, the heading is row 1), `response_id`, `date`, `score` (0-10), `cohort`,
            one float column per rating (missing where not answered), one text column per segment, the optional columns that the
            mapping names, and the file's other columns under their own names. Where `comments` is given, the column `comment`
            only says which comment a row holds.
        mapping: what the survey file's columns mean.
        receipt: what happened to every row and cell.
        label: which part of the survey this is, in words.
        comments: the comments, redacted when they are first asked for; None where `answers` already holds them as text.
        gaps: one bool column per question, beside `answers`: the question did not apply to that customer.
        invitations: one row per invitation up to the end of this part, earlier ones and those of other groups included: `date`, `sent`,
            and as mapped `customer`, `touchpoint`, `response_id`. None where there is no list.
        since: first day of this part; None for the whole file.
        conditions: (column, value) of each column by which this part was chosen.
        contacts: `row`, `date`, `response_id` and as mapped `customer` of every answer up to the end of this part, earlier ones and those
            of other groups included; None where `answers` are all there are.
    """

    answers: pd.DataFrame
    mapping: Mapping
    receipt: Receipt
    label: str = "all answers"
    comments: Comments | None = None
    gaps: pd.DataFrame | None = None
    invitations: pd.DataFrame | None = None
    since: pd.Timestamp | None = None
    conditions: tuple[tuple[str, str], ...] = ()
    contacts: pd.DataFrame | None = None

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The answers with their comments, normalised and redacted; "" where nothing was written."""
        if self.comments is None:
            return self.answers
        codes = self.answers[schema.COMMENT].to_numpy()
        return self.answers.assign(comment=self.comments.safe(codes).set_axis(self.answers.index))

    @property
    def wrote(self) -> pd.Series:
        """Who wrote a comment, n bools; needs no redaction."""
        column = self.answers[schema.COMMENT]
        return column != ("" if self.comments is None else 0)

    @property
    def who(self) -> pd.Series:
        """Who gave each answer, n texts: the customer; an answer that names none is somebody of its own."""
        own = "answer " + self.answers[schema.RESPONSE_ID].astype(str)
        if schema.CUSTOMER not in self.answers:
            return own
        named = self.answers[schema.CUSTOMER].fillna("").astype(str)
        return named.where(named != "", own)

    @property
    def open_question(self) -> bool:
        """Whether customers could write a comment at all."""
        return schema.COMMENT in self.mapping.columns or bool(self.wrote.any())

    @property
    def history(self) -> pd.DataFrame:
        """Every answer of the file up to the end of this part, as `contacts` holds them."""
        if self.contacts is not None:
            return self.contacts
        names = (schema.ROW, schema.DATE, schema.RESPONSE_ID, schema.CUSTOMER)
        return self.answers[[name for name in names if name in self.answers]]

    def with_frame(self, frame: pd.DataFrame) -> Survey:
        """The same survey with other answers, comments as text among them."""
        return replace(self, answers=frame, comments=None, gaps=None)

    @property
    def ratings(self) -> tuple[Question, ...]:
        """The touchpoint questions."""
        return self.mapping.ratings

    @property
    def segments(self) -> tuple[str, ...]:
        """Columns that divide the answers: the touchpoint first, then the mapped segments."""
        first = (schema.TOUCHPOINT,) if schema.TOUCHPOINT in self.answers else ()
        return (*first, *self.mapping.segments)

    @property
    def headline(self) -> str:
        """How many answers, from when to when, and how many came with a comment."""
        n = len(self.answers)
        if n == 0:
            return f"No answers ({self.label})."
        first, last = self.answers["date"].min().date(), self.answers["date"].max().date()
        wrote = int(self.wrote.sum())
        words = f"{display.plural(n, 'answer')} ({self.label}), {first} to {last}; {display.count(wrote)} with a comment"
        return f"{words} ({display.share(wrote / n)})." if n >= schema.MIN_ANSWERS else f"{words}."

    def month(self, month: str | int) -> Survey:
        """The answers of one month ("2026-09") or year ("2014").

        Raises:
            VocError: there are none.
        """
        period = schema.parse_period(month)
        if self.answers.empty:
            raise VocError(f"there are no usable answers in {self.receipt.file}; see the receipt for what was set aside")
        part = self._between(period.start_time, period.end_time, period_label(period))
        if part.answers.empty:
            first, last = self.answers["date"].min(), self.answers["date"].max()
            raise VocError(f"there are no answers in {month}; the file covers {first:%Y-%m} to {last:%Y-%m}")
        return part

    def until(self, month: str | int) -> Survey:
        """Everything up to the end of a month: a report for month M reads nothing dated after M."""
        period = schema.parse_period(month)
        return self._between(pd.Timestamp.min, period.end_time, f"up to {period_label(period)}")

    def days(self, last: dt.date, *, count: int | None = None) -> Survey:
        """The `count` days that end with the given one, or everything up to its end; may hold no answers."""
        day = pd.Period(last, freq="D")
        label = f"{last.day} {last:%B %Y}"
        if count is None:
            return self._between(pd.Timestamp.min, day.end_time, f"up to {label}")
        return self._between((day - (count - 1)).start_time, day.end_time, label if count == 1 else f"{count} days up to {label}")

    def window(self, month: str | int, *, months: int) -> Survey:
        """The `months` months that end with the given month; a year counts as its own twelve, and as two years from 13 on."""
        period = schema.parse_period(month)
        last = pd.Period(period.end_time, freq="M")
        # A year that asks for history gets the year before it: twelve months against one would be no comparison.
        whole = period - 1 if period.freqstr.startswith("Y") and months > 12 else period
        first = min((last - (months - 1)).start_time, whole.start_time)
        earliest = max(first, self.answers["date"].min()) if len(self.answers) else first
        inside = earliest >= period.start_time
        label = period_label(period) if inside else f"{earliest:%B %Y} to {last.strftime('%B %Y')}"
        return self._between(first, period.end_time, label)

    def before(self, month: str | int, *, periods: int = 1) -> Survey:
        """The month (or year) that lies `periods` earlier; may hold no answers."""
        period = schema.parse_period(month) - periods
        return self._between(period.start_time, period.end_time, period_label(period))

    def where(self, **conditions: str) -> Survey:
        """The answers whose columns hold the given values, e.g. `where(touchpoint="Store")`.

        Raises:
            VocError: a column is not known.
        """
        mask = pd.Series(True, index=self.answers.index)
        for column, value in conditions.items():
            mask &= self.segment(column) == value
        return replace(self._take(mask, _part_label(self.label, tuple(conditions.items()))), conditions=(*self.conditions, *conditions.items()))

    def segment(self, column: str) -> pd.Series:
        """One segment column.

        Raises:
            VocError: it is not known.
        """
        if column not in self.answers:
            hint = schema.closest(column, self.segments)
            raise VocError(f'there is no column "{column}"{hint}; this survey has {", ".join(self.segments) or "no segments"}')
        return self.answers[column]

    def asked(self, column: str) -> pd.Series | None:
        """One column of this part's invitations, those that were not sent included; None where the list cannot tell."""
        whole = self.invitations
        if whole is None or column not in whole or unknown_column(self):
            return None
        chosen: pd.Series = whole.loc[inside(self, whole), column]
        return chosen

    def to_frame(self) -> pd.DataFrame:
        """The answers."""
        return self.frame

    def _between(self, first: pd.Timestamp, last: pd.Timestamp, label: str) -> Survey:
        dates = self.answers["date"]
        part = self._take((dates >= first) & (dates <= last), _part_label(label, self.conditions))
        since = first if self.since is None else max(first, self.since)
        asked, contacts = self.invitations, self.history
        return replace(
            part, since=since, invitations=None if asked is None else asked[asked["date"] <= last].reset_index(drop=True),
            contacts=contacts[contacts["date"] <= last].reset_index(drop=True),
        )  # fmt: skip

    def _take(self, mask: pd.Series, label: str) -> Survey:
        gaps = None if self.gaps is None else self.gaps[mask].reset_index(drop=True)
        return replace(self, answers=self.answers[mask].reset_index(drop=True), gaps=gaps, label=label, contacts=self.history)

    def _shown(self) -> pd.DataFrame:
        return self.frame.head(5)

    def _columns(self) -> list[Column]:
        names = [c for c in self.frame.columns if c not in (schema.COMMENT, "cohort")]
        return [Column(c, c.replace("_", " "), "number" if self.frame[c].dtype == "float" else "text") for c in names]


def period_label(period: pd.Period) -> str:
    """A month or year as people say it: "September 2026"."""
    return str(period.strftime("%B %Y" if period.freqstr.startswith("M") else "%Y"))


def _part_label(label: str, conditions: tuple[tuple[str, str], ...]) -> str:
    """A part in words: "September 2026, touchpoint Store"."""
    return ", ".join([label, *(f"{column} {value}" for column, value in conditions)])


def folded(texts: pd.Series) -> pd.Series:
    """Texts made ready to be compared: without surrounding blanks, in small letters."""
    return texts.str.strip().str.casefold()


def unknown_column(survey: Survey) -> str:
    """The first column by which this part was chosen and which its list of invitations does not have, in words; "" when there is none."""
    asked = survey.invitations
    if asked is None:
        return ""
    return next((column.replace("_", " ") for column, _ in survey.conditions if column not in asked), "")


def inside(survey: Survey, asked: pd.DataFrame) -> pd.Series:
    """Which invitations belong to this part: n bools. The list has every column by which the part was chosen."""
    hit = pd.Series(True, index=asked.index) if survey.since is None else asked["date"] >= survey.since
    for column, value in survey.conditions:
        hit &= folded(asked[column]) == value.strip().casefold()
    return hit
