"""A list of invitations -> who was asked when, who was left out on purpose, and what happened to its rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from voc import display, schema
from voc.ingest.dates import read_dates
from voc.ingest.formats.distinct import Distinct, plain_text
from voc.ingest.formats.files import read_table
from voc.ingest.formats.table import Table
from voc.ingest.personal import hash_column
from voc.ingest.receipt import BLANK, NO_DATE, RAGGED, shown_cell
from voc.schema import Invitations, Mapping, VocError

MOST_TEXTS = 6


@dataclass(frozen=True)
class InvitationList:
    """A list of invitations, read.

    Attributes:
        frame: one row per invitation with a date: `date`, `sent` (False: suppressed), and as declared `customer` (hashed like the
            survey's), `touchpoint`, `response_id`.
        notes: what happened to its rows, one sentence each.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...]


def read_invitations(declared: Invitations, file: Path, mapping: Mapping, *, home: Path) -> InvitationList:
    """Read a list of invitations. Columns that are not declared are not read: they name people.

    Args:
        declared: what its columns are called.
        file: where it is; any format that a survey may have.
        mapping: the survey's mapping, for dates and missing texts.
        home: folder of the key for customer ids.

    Raises:
        VocError: the file or a column is not there, or dates cannot be read.
    """
    if not file.is_file():
        raise VocError(f"the list of invitations {declared.file}, named under [invitations], does not exist beside the mapping or the survey")
    table = read_table(file)
    missing = [c for c in declared.columns.values() if c not in table.frame.columns]
    if missing:
        words = ", ".join(f'"{c}"{schema.closest(c, table.frame.columns)}' for c in missing)
        raise VocError(f"[invitations] names columns {words} that {table.name} does not have")
    source = declared.columns["date"]
    reading = read_dates(table.column(source), source, mapping.dates, blank=mapping.missing, zone=table.zone)
    if reading.objection:
        raise VocError(f"{table.name}: {reading.objection}")
    out = pd.DataFrame({"date": reading.dates})
    if schema.CUSTOMER in declared.columns:
        out[schema.CUSTOMER] = hash_column(table.column(declared.columns[schema.CUSTOMER]), home, blank=mapping.missing)
    for role in (schema.TOUCHPOINT, schema.RESPONSE_ID):
        if role in declared.columns:
            out[role] = plain_text(table.frame[declared.columns[role]], blank=mapping.missing)
    status = table.column(declared.columns[schema.STATUS]) if schema.STATUS in declared.columns else None
    held = {_folded(t) for t in declared.suppressed}
    out["sent"] = ~status.where(lambda t: _folded(t) in held) if status is not None else np.ones(len(out), dtype=bool)
    frame = out[out["date"].notna()].reset_index(drop=True)
    texts = (_statuses(status, declared),) if status is not None else ()
    return InvitationList(frame, (_counts(table, out, frame), *texts))


def _counts(table: Table, read: pd.DataFrame, kept: pd.DataFrame) -> str:
    """How many rows were read, left out, sent and suppressed."""
    lost = {RAGGED: len(table.ragged), BLANK: len(table.blank), NO_DATE: len(read) - len(kept)}
    out = "".join(f"; {display.count(n)} {reason} left out" for reason, n in lost.items() if n)
    sent = int(kept["sent"].sum())
    held = display.count(len(kept) - sent)
    return f"Invitations: {display.count(table.rows_read)} read from {table.name}{out}; {display.count(sent)} sent, {held} suppressed."


def _statuses(status: Distinct, declared: Invitations) -> str:
    """Which texts the status column holds, and whether a declared one never occurs."""
    by_size = sorted(zip(status.sizes.tolist(), status.texts, strict=True), key=lambda pair: (-pair[0], pair[1]))
    found = [f"“{shown_cell(t, times=n)}” ({display.count(n)})" if t else f"blank ({display.count(n)})" for n, t in by_size[:MOST_TEXTS]]
    if len(by_size) > MOST_TEXTS:
        found.append(f"{display.count(len(by_size) - MOST_TEXTS)} other texts")
    column = declared.columns[schema.STATUS]
    seen = {_folded(t) for t in status.texts}
    never = [f"“{t}”" for t in declared.suppressed if _folded(t) not in seen]
    if not never:
        return f"Status of the invitations ({column}): {display.listed(found)}."
    occurs = "occurs" if len(never) == 1 else "occur"
    return f"{display.listed(never)}, which should mean that nothing was sent, never {occurs} in {column}; it holds {display.listed(found)}."


def _folded(text: str) -> str:
    return text.strip().casefold()
