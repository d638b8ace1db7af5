"""An Excel workbook (.xlsx) -> Grid: the first sheet that holds a table, or the one that is named."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from voc.ingest.formats.grid import HEAD, TEXT, Grid
from voc.ingest.formats.typed import as_text
from voc.schema import VocError, closest

MAX_UNPACKED = 400 << 20  # bytes of all parts; openpyxl keeps shared texts in memory
MAX_CELLS = 8_000_000
MAX_ROWS = 1_048_576  # Excel's own limit
MAX_TEXT = 256 << 20  # characters of all cells
MAX_OTHER = 20 << 20  # bytes of styles, links and the like
MAX_SHEETS = 300
BATCH = 5_000
PIECE = 1 << 20
_QUESTION_SHEET = re.compile(r"(?:question|frage|pregunta)\s*\d+", re.IGNORECASE)


def read_workbook(raw: bytes, name: str, *, sheet: str = "") -> Grid:
    """Read one sheet as text: 9 not 9.0, dates as ISO.

    Args:
        raw: the file.
        name: its name, for messages.
        sheet: which sheet; "" takes the first that holds a table, or else the first that is not empty.

    Raises:
        VocError: the file is damaged or too large, holds no table, or has a sheet per question (a summary, not answers).
    """
    _check_parts(raw, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl remarks on styles and forms that it leaves out
        grid, title, titles = _first_sheet(raw, name, sheet)
    others = [t for t in titles if t != title]
    note = f'Sheet: "{title}"' + (f"; not read: {', '.join(others[:5])}." if others else ".")
    return Grid(grid.head, grid.head_rows, grid.cells, grid.rows, blank=grid.blank, notes=(note,))


def _first_sheet(raw: bytes, name: str, sheet: str) -> tuple[Grid, str, list[str]]:
    """The first sheet that holds anything, its title, and all titles."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        titles = [s.title for s in book.worksheets]
        _refuse_summary(titles, name)
        filled = ((title, grid) for title in _chosen(titles, sheet, name) if (grid := _read(book[title], name)) is not None)
        first = next(filled, None)
        if first is not None:
            title, grid = first if _is_table(first[1]) else next((f for f in filled if _is_table(f[1])), first)
            return grid, title, titles
    except VocError:
        raise
    except Exception as error:  # openpyxl raises whatever its XML or zip layer meets in a damaged file
        raise VocError(f"{name} is damaged or no Excel workbook: {_short(error)}") from error
    raise VocError(f"{name} is empty")


def _is_table(grid: Grid) -> bool:
    """A heading and rows of several columns; a cover sheet has one or two."""
    return grid.width >= 3 and len(grid.rows) >= 2


def _check_parts(raw: bytes, name: str) -> None:
    """Refuse what would unpack to more than memory holds, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            parts = packed.infolist()
            size = sum(part.file_size for part in parts)
            if size > MAX_UNPACKED:
                raise VocError(f"{name} would unpack to {size >> 20:,} MB, more than voc opens ({MAX_UNPACKED >> 20} MB); save the sheet as CSV")
            if not any(part.filename.startswith("xl/") for part in parts):
                raise VocError(f"{name} is a zip archive, not an Excel workbook; unpack it first")
            listed = sum(packed.read(part).count(b"<sheet ") for part in parts if part.filename == "xl/workbook.xml" and part.file_size < MAX_OTHER)
            if listed > MAX_SHEETS:
                raise VocError(f"{name} has more than {MAX_SHEETS} sheets; save the one with the answers as CSV")
            for part in parts:
                _check_part(packed, part, name)
    except (zipfile.BadZipFile, zlib.error, ValueError, OverflowError, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise VocError(f"{name} is damaged or no Excel workbook: {_short(error)}") from None


def _check_part(packed: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    """Count rows, cells and shared texts without parsing: openpyxl may read a whole sheet before it hands out the first row."""
    if not part.filename.startswith(("xl/worksheets/", "xl/sharedStrings")):
        if part.file_size > MAX_OTHER and part.filename.endswith((".xml", ".rels")):
            raise VocError(f"{name} has {part.file_size >> 20} MB of styles or links ({part.filename}), which no survey needs; save the sheet as CSV")
        return
    rows = cells = 0
    with packed.open(part) as stream:
        while chunk := stream.read(PIECE):
            if len(chunk) == PIECE and b"<" not in chunk:
                raise VocError(f"{name} has a cell of more than a million characters; Excel itself allows 32,767")
            rows += chunk.count(b"<row")
            cells += chunk.count(b"<c ") + chunk.count(b"<c>") + chunk.count(b"<c/") + chunk.count(b"<si")
    if cells > MAX_CELLS or rows > MAX_ROWS:
        raise VocError(f"{name} has more than {MAX_CELLS:,} cells or {MAX_ROWS:,} rows; save the sheet as CSV")


def _refuse_summary(titles: list[str], name: str) -> None:
    asked = [t for t in titles if _QUESTION_SHEET.fullmatch(t.strip())]
    if len(asked) >= 2 and len(asked) * 2 > len(titles):
        raise VocError(
            f"{name} has a sheet per question: a summary of answers, not the answers themselves; "
            'export "All responses data" from SurveyMonkey instead'
        )


def _chosen(titles: list[str], sheet: str, name: str) -> list[str]:
    if not sheet:
        return titles
    if sheet not in titles:
        raise VocError(f'{name} has no sheet "{sheet}"{closest(sheet, titles)}; it has {", ".join(titles)}')
    return [sheet]


def _read(sheet: Any, name: str) -> Grid | None:
    sheet.reset_dimensions()  # some exports write a wrong size; count what is there
    head: list[list[str]] = []
    numbers: list[int] = []
    blank: list[int] = []
    batches: list[pa.Table] = []
    width = cells = length = 0
    for chunk in _chunks(sheet.iter_rows(values_only=True)):
        texts: list[list[str]] = []
        for number, row in chunk:
            cells += len(row)
            length += sum(len(v) for v in row if isinstance(v, str))
            if length > MAX_TEXT:
                raise VocError(f"{name} has more than {MAX_TEXT >> 20} MB of text; save the sheet as CSV")
            if cells > MAX_CELLS or number > MAX_ROWS:
                raise VocError(f"{name} has more than {MAX_CELLS:,} cells or {MAX_ROWS:,} rows; save the sheet as CSV")
            values = [as_text(v) for v in row]
            while values and not values[-1].strip():
                values.pop()
            if values:
                texts.append(values)
                numbers.append(number)
            else:
                blank.append(number)
        head += texts[: HEAD - len(head)]
        widest = max(map(len, texts), default=0)
        width = max(width, widest)
        columns = [pa.array([r[i] if i < len(r) else "" for r in texts], type=TEXT) for i in range(widest)]
        if columns:
            batches.append(pa.table(columns, names=[str(i) for i in range(widest)]))
    if not batches:
        return None
    table = pa.concat_tables([_widened(b, width) for b in batches])
    inner = tuple(b for b in blank if b < numbers[-1])
    return Grid(head, tuple(numbers[: len(head)]), table, np.array(numbers), blank=inner)


def _chunks(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[int, tuple[Any, ...]]]]:
    numbered = enumerate(rows, start=1)
    while chunk := list(islice(numbered, BATCH)):
        yield chunk


def _widened(table: pa.Table, width: int) -> pa.Table:
    """A table with blank columns added up to a width."""
    if table.num_columns == width:
        return table
    blank = pa.chunked_array([pa.array([""] * table.num_rows, type=TEXT)])
    return pa.table([*table.columns, *[blank] * (width - table.num_columns)], names=[str(i) for i in range(width)])


def _short(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:120]
