"""A survey file -> a frame of text, exactly as typed: nothing becomes missing, a number or a date by accident."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import pandas as pd

from voc.schema import VocError

DELIMITERS = (",", ";", "\t", "|")
FIRST_ROWS = 3
SUFFIXES = (".csv", ".tsv", ".txt")


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV or TSV file as text.

    Returns:
        all columns as str, row order kept; empty cells are "".

    Raises:
        VocError: the file is missing, empty, not UTF-8, of another kind, or its rows do not line up.
    """
    if not path.is_file():
        raise VocError(f"the survey file {path} does not exist")
    if path.suffix.lower() not in SUFFIXES:
        raise VocError(f"{path.name}: voc reads {', '.join(SUFFIXES)} files; export the survey as CSV")
    raw = path.read_bytes()
    if not raw.strip():
        raise VocError(f"{path.name} is empty")
    _check_utf8(raw, path.name)
    delimiter = _delimiter(raw, path)
    _check_widths(raw, delimiter, path.name)
    try:
        frame = pd.read_csv(path, sep=delimiter, dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error, ValueError) as error:
        raise VocError(f"{path.name} could not be read as a table: {str(error).strip()}") from None
    if frame.empty:
        raise VocError(f"{path.name} has a heading but no rows")
    return frame.fillna("")


def _check_utf8(raw: bytes, name: str) -> None:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = raw[error.start]
        raise VocError(f"{name} is not UTF-8 text: byte 0x{found:02x} in line {line}; save it again as CSV UTF-8") from None


def _check_widths(raw: bytes, delimiter: str, name: str) -> None:
    """Refuse rows that are longer or shorter than the heading: their cells would land in the wrong columns."""
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=delimiter)
    try:
        width = len(next(reader))
        bad = [(i, len(row)) for i, row in enumerate(reader, start=2) if row and len(row) != width]
    except csv.Error as error:
        raise VocError(f"{name} could not be read as a table: {error}") from None
    if bad:
        rows, cells = ", ".join(str(i) for i, _ in bad[:FIRST_ROWS]), bad[0][1]
        raise VocError(
            f"{name} could not be read as a table: the heading has {width} columns, but {len(bad)} of the rows "
            f"have another number of cells, such as {cells} (first rows: {rows}); a cell that holds the delimiter must stand in quotation marks"
        )


def _delimiter(raw: bytes, path: Path) -> str:
    """The delimiter that the heading uses most, outside quotes."""
    heading = raw.decode("utf-8-sig").splitlines()[0]
    widths = {d: len(next(csv.reader([heading], delimiter=d))) for d in DELIMITERS}
    best = max(widths, key=lambda d: widths[d])
    return best if widths[best] > 1 else ("\t" if path.suffix.lower() == ".tsv" else ",")
