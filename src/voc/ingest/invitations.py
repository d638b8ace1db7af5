"""A list of invitations -> who was asked when, and who was left out on purpose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from voc import schema
from voc.ingest.dates import read_dates
from voc.ingest.distinct import plain_text
from voc.ingest.files import read_table
from voc.ingest.personal import hash_column
from voc.schema import Invitations, Mapping, VocError


def read_invitations(declared: Invitations, file: Path, mapping: Mapping, *, home: Path) -> pd.DataFrame:
    """Read a list of invitations.

    Args:
        declared: what its columns are called.
        file: where it is; any format that a survey may have.
        mapping: the survey's mapping, for dates and missing texts.
        home: folder of the key for customer ids.

    Returns:
        one row per invitation with a date: `date`, `sent` (False: suppressed), and as declared `customer` (hashed like the
        survey's), `touchpoint`, `response_id`. Columns that are not declared are not read: they name people.

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
    status = declared.columns.get(schema.STATUS)
    out["sent"] = ~table.column(status).among(declared.suppressed) if status else np.ones(len(out), dtype=bool)
    return out[out["date"].notna()].reset_index(drop=True)
