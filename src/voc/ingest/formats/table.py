"""A survey file of any known format -> Table: columns of text with everything the file itself says about them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from voc.ingest.formats.distinct import Distinct, distinct


@dataclass(frozen=True)
class Table:
    """A survey file as text; nothing has become missing, a number or a date yet.

    Attributes:
        name: the file's name.
        format: which layout it has, in words: "Qualtrics, three heading rows".
        frame: one text column per column of the file; the index holds the row's number in the file.
        wordings: column -> the question as it was asked, where the file says.
        roles: role ("response_id", "status", ...) -> the column that plays it in this format.
        labels: column -> code -> its wording, where the file says.
        missing: column -> code -> its wording, for codes that the file declares as missing.
        groups: columns that the file declares as names of groups, although their cells are codes.
        zone: the time zone of the file's times, where the export names it.
        typed: the file holds numbers as numbers, so that a point in one is the sign of a fraction.
        ragged: rows whose cells do not line up with the heading.
        blank: rows without any content between others.
        notes: how the file was read, one sentence each.
        repaired: characters that did not fit the file's encoding.
        repaired_cells: column -> cells with text that had been read in a wrong encoding ("CafÃ©") and was repaired.
    """

    name: str
    format: str
    frame: pd.DataFrame
    wordings: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: dict[str, dict[str, str]] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    zone: str = ""
    typed: bool = False
    ragged: tuple[int, ...] = ()
    blank: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    repaired: int = 0
    repaired_cells: dict[str, int] = field(default_factory=dict)
    _told: dict[str, Distinct] = field(default_factory=dict, init=False, repr=False, compare=False)

    def column(self, name: str) -> Distinct:
        """A column, told apart; worked out once."""
        if name not in self._told:
            self._told[name] = distinct(self.frame[name])
        return self._told[name]

    @property
    def rows_read(self) -> int:
        """Rows below the headings, those that could not be used included."""
        return len(self.frame) + len(self.ragged) + len(self.blank)
