"""Parquet and SPSS files -> Table: typed columns become text, and what the file says about its codes is kept."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from voc import display
from voc.ingest.formats.grid import TEXT, as_frame
from voc.ingest.formats.layouts import plain, unique
from voc.ingest.formats.table import Table
from voc.ingest.formats.typed import as_text, text_column
from voc.schema import VocError

MAX_BYTES = 1 << 30
MAX_CELLS = 50_000_000
MAX_ROWS = 5_000_000
PIECE_CELLS = 1_000_000
PIECE_BYTES = 64 << 20


def read_parquet(raw: bytes, name: str) -> Table:
    """Read a Parquet file; nulls become empty cells.

    Raises:
        VocError: the file is damaged or would not fit into memory.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(raw))
        _check_cells(file.metadata.num_rows, file.metadata.num_columns, name)
        size = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
        if size > MAX_BYTES:
            raise VocError(f"{name} would unpack to {size >> 20:,} MB, more than voc opens ({MAX_BYTES >> 20:,} MB)")
        flat = [f.name for f in file.schema_arrow if not (pa.types.is_nested(f.type) or _is_binary(f.type))]
        left = [f.name for f in file.schema_arrow if f.name not in flat]
        texts = [f.name for f in file.schema_arrow if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
        # Texts stay packed until their full length is known: a few kilobytes can stand for many gigabytes.
        packed = pq.ParquetFile(pa.BufferReader(raw), read_dictionary=texts).read(columns=flat)
        packed.validate(full=True)  # texts that are no UTF-8
        _check_length(packed, name)
        table = pa.table([text_column(c) for c in packed.columns], names=unique(packed.column_names))
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise VocError(f"{name} is damaged or no Parquet file: {str(error).splitlines()[0][:120]}") from None
    if not table.num_rows:
        raise VocError(f"{name} has a heading but no rows")
    notes = (f"Columns left out, because they hold lists, records or bytes: {', '.join(left)[:300]}.",) if left else ()
    return Table(name, "Parquet", as_frame(table, np.arange(1, table.num_rows + 1)), typed=True, notes=notes)


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def _check_cells(rows: int, columns: int, name: str) -> None:
    if rows * columns > MAX_CELLS or rows > MAX_ROWS:
        most = f"{MAX_ROWS:,} rows, {MAX_CELLS:,} cells"
        raise VocError(f"{name} has {display.plural(rows, 'row')} of {display.plural(columns, 'column')}, more than voc reads at once ({most})")


def _check_length(table: pa.Table, name: str) -> None:
    total = 0
    for column in table.columns:
        for chunk in column.chunks:
            if pa.types.is_dictionary(chunk.type) and len(chunk):
                lengths = pc.binary_length(chunk.dictionary).take(chunk.indices)
                total += pc.sum(lengths).as_py() or 0
    if total > MAX_BYTES:
        raise VocError(f"{name} would unpack to {total >> 20:,} MB of text, more than voc opens ({MAX_BYTES >> 20:,} MB)")


def read_spss(raw: bytes, name: str) -> Table:
    """Read an SPSS file (.sav, .zsav) with its question wordings, value labels and user-missing codes.

    User-missing codes stay in the cells and are listed in `Table.missing`, so that "Not applicable" and "no answer"
    can be told apart; system-missing cells are empty.

    Raises:
        VocError: the file is damaged or would not fit into memory.
    """
    import pyreadstat

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "survey.sav"
        file.write_bytes(raw)
        _probe(file, name)
        try:
            _, meta = pyreadstat.read_sav(file, metadataonly=True, user_missing=True)  # else no missing codes are told
            width = sum(meta.variable_storage_width.values())
            rows = meta.number_rows or 0
            _check_cells(max(rows, 0), max(len(meta.column_names), 1), name)
            if rows * width > MAX_BYTES:
                raise VocError(f"{name} would unpack to {rows * width >> 20:,} MB, more than voc opens ({MAX_BYTES >> 20:,} MB)")
            texts = _spss_texts(file, meta.column_names, width, name)
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError, OverflowError, MemoryError, UnicodeError) as error:
            raise VocError(f"{name} is damaged or no SPSS file: {str(error)[:120]}") from None
    return _spss_table(texts, meta, name)


def _spss_texts(file: Path, names: list[str], width: int, name: str) -> pa.Table:
    """All cells as text, read piece by piece: a file need not say how many rows it has, and the reader makes an object of every cell."""
    import pyreadstat

    at_once = max(min(PIECE_CELLS // max(len(names), 1), PIECE_BYTES // max(width, 1)), 1)
    pieces: list[pa.Table] = []
    read = 0
    while True:
        columns, _ = pyreadstat.read_sav(file, user_missing=True, output_format="dict", row_offset=read, row_limit=at_once)
        pieces.append(pa.table([pa.array([as_text(v) for v in columns[c]], type=TEXT) for c in names], names=unique(names)))
        read += pieces[-1].num_rows
        _check_cells(read, len(names), name)
        if pieces[-1].num_rows < at_once:
            return pa.concat_tables(pieces)


def _probe(file: Path, name: str) -> None:
    """Try the file in a process of its own first: a damaged one can end the whole process that reads it."""
    code = "import sys, pyreadstat; pyreadstat.read_sav(sys.argv[1], user_missing=True, output_format='dict', row_limit=1000)"
    # Our own interpreter and a file that we wrote; the list of arguments reaches no shell.
    tried = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, check=False)  # noqa: S603 - as said above
    if tried.returncode < 0:
        raise VocError(f"{name} is damaged or no SPSS file")


def _spss_table(texts: pa.Table, meta: Any, name: str) -> Table:
    names = dict(zip(meta.column_names, texts.column_names, strict=True))
    if not texts.num_rows:
        raise VocError(f"{name} has a heading but no rows")
    labels = {names[c]: {as_text(k): plain(str(v)) for k, v in codes.items()} for c, codes in meta.variable_value_labels.items() if c in names}
    missing = {}
    for c, ranges in meta.missing_ranges.items():
        if c in names:
            found = _declared_missing(texts.column(names[c]), ranges)
            missing[names[c]] = {code: labels.get(names[c], {}).get(code, "") for code in found}
    nominal = {names[c] for c, measure in meta.variable_measure.items() if measure == "nominal" and c in names}
    groups = tuple(c for c in nominal if labels.get(c) and not any(re.match(r"\s*\d", words) for words in labels[c].values()))
    wordings = {names[c]: plain(w) for c, w in zip(meta.column_names, meta.column_labels, strict=True) if w}
    frame = as_frame(texts, np.arange(1, texts.num_rows + 1))
    return Table(name, "SPSS", frame, wordings, {}, labels, missing, groups=groups, typed=True)


def _declared_missing(column: pa.ChunkedArray, ranges: list[dict[str, Any]]) -> list[str]:
    """The codes that occur in a column and lie in one of its user-missing ranges."""
    out = []
    for text in column.unique().to_pylist():
        for span in ranges:
            low, high = span["lo"], span["hi"]
            if isinstance(low, str):
                hit = text.strip() == low.strip()
            else:
                value = float(text) if re.fullmatch(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", text) else math.nan
                hit = low <= value <= high
            if hit:
                out.append(text)
                break
    return out
