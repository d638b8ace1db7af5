"""What happened to every row and cell of an import: the receipt that lets anyone audit it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from voc import display, text
from voc.display import Column, Result
from voc.ingest.comments import Comments

FIRST_ROWS = 3
LONGEST_CODE, LONGEST_SHOWN, SHOWN_FROM = 25, 60, 2_000  # characters
OFTEN_TYPED = 3  # rows with the same words: an answer, not somebody's own
RAGGED = "whose cells do not line up with the heading"
BLANK = "without any content"
TEST = "that are tests, previews or spam"
UNFINISHED = "not finished"
NOT_ANSWERED = "asked, but not answered"
NO_DATE = "without a readable date"
NO_SCORE = "without a score"
OFF_SCALE = "with a score outside its scale"
DUPLICATE = "with a response id seen before"
UNUSED = "column kept, not in the mapping"
_ROWS = re.compile(r" \(first(?: rows)?: [\d, ]+\)")  # in what checks find
REASONS = (RAGGED, BLANK, TEST, UNFINISHED, NOT_ANSWERED, NO_DATE, NO_SCORE, OFF_SCALE, DUPLICATE)


@dataclass(frozen=True)
class Cells:
    """Some cells of one column that were not taken as they stand."""

    column: str
    reason: str
    count: int
    first_rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Failure:
    """Cells of one column that break one rule of the contract.

    Attributes:
        column: the file's column.
        rule: what must hold, in words.
        count: cells that break it.
        first_rows: rows of the first ones.
        example: the commonest of these cells, as it stands in the file.
        times: how often that one occurs.
    """

    column: str
    rule: str
    count: int
    first_rows: tuple[int, ...] = ()
    example: str = ""
    times: int = 0

    @property
    def sentence(self) -> str:
        """The failure in words."""
        if self.times == self.count:
            found = f"found {self.example or 'nothing'} in {display.plural(self.count, 'row')}"
        else:
            found = f"found {self.example} in {display.plural(self.times, 'row')}, {display.plural(self.count, 'row')} in all"
        return f"{self.column} {self.rule}; {found} (first: {', '.join(map(str, self.first_rows))})."


@dataclass(frozen=True)
class Check:
    """One of the checks for mistakes that no single cell shows, and what it found.

    Attributes:
        name: its name; `accept = ["name"]` in the mapping turns its objection into a remark.
        finding: what it found, in words; "" when there is nothing to say.
        stops: no score is worked out before somebody has looked at it.
    """

    name: str
    finding: str = ""
    stops: bool = False

    @property
    def short(self) -> str:
        """What it found without row numbers, which are for those who have the file."""
        return _ROWS.sub("", self.finding)


@dataclass(frozen=True, repr=False)
class Receipt(Result):
    """Rows read, kept and set aside; cells changed; columns left out; checks; objections.

    Attributes:
        file: name of the file, without its folder.
        rows_read: rows below the headings.
        set_aside: reason -> rows; rows_read = rows kept + all of these.
        cells: cells that were blanked or changed, by column and reason.
        unused: columns that the mapping does not name; they are kept and can be used as segments.
        personal: columns left out because they hold personal data -> what they hold.
        format: which kind of file and export it is.
        notes: how the file was read.
        failures: cells that break the contract.
        checks: every check that was made, with its finding.
        first_day: first response date kept, ISO text, "" when nothing was kept.
        last_day: last response date kept.
        objections: what must be settled before any score is worked out.
        aside: one row per row set aside: `row`, `response_id`, `reason`.
        comments: the comments of the kept rows and which they are, to count what was hidden in them.
    """

    file: str
    rows_read: int
    set_aside: dict[str, int]
    cells: tuple[Cells, ...] = ()
    unused: tuple[str, ...] = ()
    personal: dict[str, str] = field(default_factory=dict)
    format: str = ""
    notes: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    checks: tuple[Check, ...] = ()
    first_day: str = ""
    last_day: str = ""
    objections: tuple[str, ...] = ()
    aside: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"row": [], "response_id": [], "reason": []}))
    comments: tuple[Comments, np.ndarray] | None = None

    @property
    def rows_kept(self) -> int:
        """Rows that became answers."""
        return self.rows_read - sum(self.set_aside.values())

    @property
    def hidden(self) -> dict[str, int]:
        """Comments in which something personal was hidden, by what it was: {"EMAIL": 12}. The first use redacts the comments."""
        if self.comments is None:
            return {}
        held, codes = self.comments
        return held.hidden(codes)

    @property
    def headline(self) -> str:
        """Rows read and kept, and why the others were set aside."""
        words = f"{display.plural(self.rows_read, 'row')} read from {self.file}, {display.count(self.rows_kept)} kept"
        reasons = [f"{display.count(n)} {reason}" for reason, n in self.set_aside.items() if n]
        words += f"; set aside: {display.listed(reasons)}." if reasons else "; none set aside."
        if self.first_day:
            words += f" Answers from {self.first_day} to {self.last_day}."
        return words

    def to_frame(self) -> pd.DataFrame:
        """One row per thing that happened and was counted: `what`, `where`, `count`, `first_rows`."""
        lines = [
            ("rows read", self.file, self.rows_read, ""),
            *((f"rows set aside: {r}", "", n, self._first(r)) for r, n in self.set_aside.items() if n),
            ("rows kept", "", self.rows_kept, ""),
            *((f"cells {c.reason}", c.column, c.count, _rows(c.first_rows)) for c in self.cells),
            *((f"cells that break a rule: {f.rule}", f.column, f.count, _rows(f.first_rows)) for f in self.failures),
            *((f"comments with {text.KINDS[kind]} hidden", "", n, "") for kind, n in self.hidden.items()),
            *((f"column left out: {kind}", column, self.rows_read, "") for column, kind in self.personal.items()),
            *((UNUSED, column, self.rows_read, "") for column in self.unused),
        ]
        return pd.DataFrame(lines, columns=["what", "where", "count", "first_rows"])

    def to_text(self) -> str:
        """The receipt for a terminal."""
        parts = [self.headline]
        asides = [f"{display.count(n)} {r} (first rows: {self._first(r)})" for r, n in self.set_aside.items() if n]
        cells = [f"{c.column}: {display.plural(c.count, 'cell')} {c.reason}{_first(c.first_rows)}" for c in self.cells]
        hidden = [f"{text.KINDS[k]}: hidden in {display.plural(n, 'comment')}" for k, n in self.hidden.items()]
        personal = [f"{column}: left out ({kind})" for column, kind in self.personal.items()]
        found = [f"{c.name}: {c.finding}" for c in self.checks if c.finding]
        quiet = [c.name for c in self.checks if not c.finding]
        checks = [*found, f"nothing found by: {', '.join(quiet)}"] if quiet else found
        parts += _section("How it was read", [n for n in (self.format, *self.notes) if n])
        parts += _section("Rows set aside", asides)
        parts += _section("Cells changed", cells)
        parts += _section("Rules broken", [f.sentence for f in self.failures])
        parts += _section("Checks", checks)
        parts += _section("Personal data", [*personal, *hidden])
        parts += _section("Kept, not in the mapping", [", ".join(self.unused)] if self.unused else [])
        return "\n".join([*parts, *(f"OBJECTION: {objection}" for objection in self.objections)])

    def _first(self, reason: str) -> str:
        return _rows(tuple(self.aside.loc[self.aside["reason"] == reason, "row"].head(FIRST_ROWS).astype(int)))

    def _shown(self) -> pd.DataFrame:
        """The table for a page: columns that are only kept share a row."""
        frame = self.to_frame()
        if len(self.unused) < 2:
            return frame
        rest = {"what": "columns kept, not in the mapping", "where": ", ".join(self.unused), "count": len(self.unused), "first_rows": ""}
        return pd.concat([frame[frame["what"] != UNUSED], pd.DataFrame([rest])], ignore_index=True)

    @property
    def reading(self) -> Reading:
        """How the file was read, and what the checks found."""
        notes = [("" if i else "How it was read", note) for i, note in enumerate(n for n in (self.format, *self.notes) if n)]
        found = [(f"Check: {c.name}", c.finding) for c in self.checks if c.finding]
        quiet = [("Checks that found nothing", display.listed([c.name for c in self.checks if not c.finding]))]
        rows = [*notes, *found, *(quiet if quiet[0][1] else [])]
        return Reading(pd.DataFrame(rows, columns=["part", "what"]), len(found), len(self.checks))

    def _columns(self) -> list[Column]:
        return [
            Column("what", "What happened"),
            Column("where", "Where"),
            Column("count", "How many", "count"),
            Column("first_rows", "First rows"),
        ]


@dataclass(frozen=True, repr=False)
class Reading(Result):
    """How a file was read, and what was checked.

    Attributes:
        frame: one row per note or finding: `part`, `what`.
        found: checks with a finding.
        checked: checks made.
    """

    frame: pd.DataFrame
    found: int
    checked: int

    @property
    def headline(self) -> str:
        """How many checks found something."""
        made = display.plural(self.checked, "check")
        found = f"{display.count(self.found)} found something" if self.found else "none found anything"
        return f"{made} for mistakes that no single cell shows: {found}."

    def to_frame(self) -> pd.DataFrame:
        """One row per note or finding."""
        return self.frame

    def _columns(self) -> list[Column]:
        return [Column("part", "What"), Column("what", "Finding")]


def shown_cell(cell: str, *, times: int = 1) -> str:
    """A cell as a message may show it: an answer, a code or a date; what may be a name or somebody's words is only described.

    >>> shown_cell("11"), shown_cell("10 - Extremely likely"), shown_cell("soon"), shown_cell("Jo Bell, 14 Acacia Avenue, Leeds")
    ('11', '10 - Extremely likely', 'soon', 'a text of 32 characters')
    >>> shown_cell("Very satisfied"), shown_cell("Very satisfied", times=40)
    ('a text of 14 characters', 'Very satisfied')
    """
    plain = " ".join(text.redact(cell[:SHOWN_FROM]).split())
    code = len(plain) <= LONGEST_CODE and (plain[:1].isdigit() or plain[-1:].isdigit() or plain[:1] in "+-.,(#")
    if len(plain) <= LONGEST_SHOWN and (code or times >= OFTEN_TYPED or " " not in plain):
        return plain
    return f"a text of {display.plural(len(cell.strip()), 'character')}"


def _rows(rows: tuple[int, ...]) -> str:
    return ", ".join(map(str, rows))


def _first(rows: tuple[int, ...]) -> str:
    return f" (first rows: {_rows(rows)})" if rows else ""


def _section(title: str, lines: list[str]) -> list[str]:
    return [f"{title}:", *(f"  {line}" for line in lines)] if lines else []
