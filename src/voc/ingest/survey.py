"""Survey: the answers of one file under canonical names, and the ways to take a part of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from voc import display, schema
from voc.display import Column, Result
from voc.ingest.receipt import Receipt
from voc.schema import Mapping, Question, VocError


@dataclass(frozen=True, repr=False)
class Survey(Result):
    """Answers, one row each.

    Attributes:
        frame: columns `row` (line of the file, the heading is line 1), `date`, `score` (0-10), `cohort`, `comment`
            (normalised and redacted; "" when nothing was written), one float column per rating (missing where not
            answered), one text column per segment, and the optional columns that the mapping names.
        mapping: what the survey file's columns mean.
        receipt: what happened to every row and cell.
        label: which part of the survey this is, in words.
    """

    frame: pd.DataFrame
    mapping: Mapping
    receipt: Receipt
    label: str = "all answers"

    @property
    def ratings(self) -> tuple[Question, ...]:
        """The touchpoint questions."""
        return self.mapping.ratings

    @property
    def segments(self) -> tuple[str, ...]:
        """Columns that divide the answers: the touchpoint first, then the mapped segments."""
        first = (schema.TOUCHPOINT,) if schema.TOUCHPOINT in self.frame else ()
        return (*first, *self.mapping.segments)

    @property
    def headline(self) -> str:
        """How many answers, from when to when, and how many came with a comment."""
        n = len(self.frame)
        if n == 0:
            return f"No answers ({self.label})."
        first, last = self.frame["date"].min().date(), self.frame["date"].max().date()
        wrote = int((self.frame["comment"] != "").sum())
        words = f"{display.plural(n, 'answer')} ({self.label}), {first} to {last}"
        return f"{words}; {display.count(wrote)} with a comment ({display.share(wrote / n)})."

    def month(self, month: str | int) -> Survey:
        """The answers of one month ("2026-09") or year ("2014").

        Raises:
            VocError: there are none.
        """
        period = schema.parse_period(month)
        if self.frame.empty:
            raise VocError(f"there are no usable answers in {self.receipt.file}; see the receipt for what was set aside")
        part = self._between(period.start_time, period.end_time, period_label(period))
        if part.frame.empty:
            first, last = self.frame["date"].min(), self.frame["date"].max()
            raise VocError(f"there are no answers in {month}; the file covers {first:%Y-%m} to {last:%Y-%m}")
        return part

    def until(self, month: str | int) -> Survey:
        """Everything up to the end of a month: a report for month M reads nothing dated after M."""
        period = schema.parse_period(month)
        return self._between(pd.Timestamp.min, period.end_time, f"up to {period_label(period)}")

    def window(self, month: str | int, *, months: int) -> Survey:
        """The `months` months that end with the given month; a year counts as its own twelve, and as two years from 13 on."""
        period = schema.parse_period(month)
        last = pd.Period(period.end_time, freq="M")
        # A year that asks for history gets the year before it: twelve months against one would be no comparison.
        whole = period - 1 if period.freqstr.startswith("Y") and months > 12 else period
        first = min((last - (months - 1)).start_time, whole.start_time)
        earliest = max(first, self.frame["date"].min()) if len(self.frame) else first
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
        mask = pd.Series(True, index=self.frame.index)
        for column, value in conditions.items():
            mask &= self.segment(column) == value
        words = ", ".join(f"{k} {v}" for k, v in conditions.items())
        return replace(self, frame=self.frame[mask].reset_index(drop=True), label=f"{self.label}, {words}")

    def segment(self, column: str) -> pd.Series:
        """One segment column.

        Raises:
            VocError: it is not known.
        """
        if column not in self.frame:
            hint = schema.closest(column, self.segments)
            raise VocError(f'there is no column "{column}"{hint}; this survey has {", ".join(self.segments) or "no segments"}')
        return self.frame[column]

    def to_frame(self) -> pd.DataFrame:
        """The answers."""
        return self.frame

    def _between(self, first: pd.Timestamp, last: pd.Timestamp, label: str) -> Survey:
        dates = self.frame["date"]
        part = self.frame[(dates >= first) & (dates <= last)].reset_index(drop=True)
        return replace(self, frame=part, label=label)

    def _shown(self) -> pd.DataFrame:
        return self.frame.head(5)

    def _columns(self) -> list[Column]:
        names = [c for c in self.frame.columns if c not in (schema.COMMENT, "cohort")]
        return [Column(c, c.replace("_", " "), "number" if self.frame[c].dtype == "float" else "text") for c in names]


def period_label(period: pd.Period) -> str:
    """A month or year as people say it: "September 2026"."""
    return str(period.strftime("%B %Y" if period.freqstr.startswith("M") else "%Y"))
