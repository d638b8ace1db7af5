"""CSV and TSV bytes -> Grid: encoding and delimiter found and stated, every cell text, every row accounted for."""

from __future__ import annotations

import csv
import io
import sys
from collections import Counter
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from voc.ingest.formats.encoding import decode
from voc.ingest.formats.grid import HEAD, MAX_CELLS, TEXT, Grid
from voc.schema import VocError, closest

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SEEN = 200  # records that settle delimiter and width
SEEN_BYTES = 400_000
SEEN_AT_MOST = 32 << 20
SNIFFED = 12_000  # characters shown to the delimiter's detector
BLOCK = 4 << 20
LONGEST_CELL = 64 << 20
SWALLOWED = 20  # lines in one uneven row from which a quotation mark must be open
MAX_UNEVEN = 200_000
MOST_UNEVEN = 0.05  # share of uneven rows that are set aside and not refused
FIRST_ROWS = 3


def read_delimited(raw: bytes, name: str, *, encoding: str = "", delimiter: str = "") -> Grid:
    """Read a CSV or TSV file.

    Args:
        raw: the file.
        name: its name, for messages.
        encoding: how it is written; "" finds out.
        delimiter: a character, or "tab"; "" finds out.

    Raises:
        VocError: the file is empty or no table.
    """
    decoded = decode(raw, name, encoding)
    if not decoded.data.strip(b" \t\r\n,;\x00"):
        raise VocError(f"{name} is empty")
    csv.field_size_limit(sys.maxsize)
    first = _opening(decoded.data)
    mark = _named(delimiter) if delimiter else _found(first)
    head = _records(first, mark, SEEN, name)
    if not head:
        raise VocError(f"{name} could not be read as a table: no row holds anything")
    width = _width([cells for _, cells in head])
    _check_size(decoded.data, width, name)
    cells, bad = _parse(decoded.data, mark, width, name)
    rows = np.setdiff1d(np.arange(1, cells.num_rows + len(bad) + 1), np.asarray(bad, dtype=int), assume_unique=True)
    cells, rows, blank = _without_blank(cells, rows)
    said = "declared" if delimiter else "found"
    notes = [f"Encoding: {decoded.encoding}.", f"Delimiter: {DELIMITERS.get(mark, repr(mark))} ({said})."]
    if decoded.repaired:
        notes.append(f"{decoded.repaired} characters did not fit the encoding and were read as Windows text.")
    top = head[:HEAD]
    return Grid([r for _, r in top], tuple(i for i, _ in top), cells, rows, tuple(bad), blank, tuple(notes), decoded.repaired)


def _opening(data: bytes) -> str:
    """The beginning of the file, cut at a line's end."""
    end = -1
    for _ in range(HEAD):  # the headings in any case, however wide they are
        end = data.find(b"\n", end + 1, SEEN_AT_MOST)
        if end < 0:
            break
    piece = data[: max(SEEN_BYTES, end + 1) if end >= 0 else SEEN_AT_MOST]
    if len(data) > len(piece) and b"\n" in piece:
        piece = piece[: piece.rindex(b"\n") + 1]
    return piece.decode("utf-8", errors="replace")


def _named(delimiter: str) -> str:
    mark = {word: sign for sign, word in DELIMITERS.items()}.get(delimiter, delimiter)
    if len(mark) != 1 or mark in '"\r\n':
        raise VocError(
            f'delimiter must be one character, or {", ".join(DELIMITERS.values())}; found "{delimiter}"{closest(delimiter, DELIMITERS.values())}'
        )
    return mark


def _found(first: str) -> str:
    """The delimiter: the one that splits the heading and the rows alike; the detector of clevercsv decides between several."""
    widths = {d: _even_width(first, d) for d in DELIMITERS}
    good = [d for d, width in widths.items() if width > 1]
    if len(good) == 1:
        return good[0]
    if not good:  # rows of different widths: the heading alone must do
        heading = first.lstrip("\r\n").split("\n", 1)[0]
        return max(DELIMITERS, key=heading.count)
    import clevercsv  # deferred: it takes a tenth of a second, and few files leave a choice

    try:
        found = clevercsv.Detector().detect(first[:SNIFFED].replace("\x00", ""), delimiters=good)
    except clevercsv.Error:  # it does not read every file that we do; the wider heading decides
        found = None
    return found.delimiter if found and found.delimiter in good else max(good, key=lambda d: widths[d])


def _even_width(first: str, delimiter: str) -> int:
    """How many cells the heading has, when most rows have as many; else 0."""
    try:
        rows = [r for r in islice(csv.reader(io.StringIO(first, newline=""), delimiter=delimiter), 50) if r]
    except csv.Error:
        return 0
    if not rows:
        return 0
    usual, times = Counter(len(r) for r in rows[1:] or rows).most_common(1)[0]
    return usual if times * 2 > len(rows[1:] or rows) and abs(len(rows[0]) - usual) <= 1 else 0


def _records(first: str, delimiter: str, most: int, name: str) -> list[tuple[int, list[str]]]:
    """The first records that hold anything, each with its number."""
    try:
        reader = csv.reader(io.StringIO(first, newline=""), delimiter=delimiter)
        return [(number, row) for number, row in enumerate(islice(reader, most), start=1) if any(row)]
    except csv.Error as error:
        raise VocError(f"{name} could not be read as a table: {error}") from None


def _width(head: list[list[str]]) -> int:
    """How many cells most rows have; the heading is one of them and may be an exception."""
    body = head[1:] or head
    return Counter(len(r) for r in body).most_common(1)[0][0]


def _check_size(data: bytes, width: int, name: str) -> None:
    lines = data.count(b"\n") + 1
    # Ordinary rows have a delimiter per cell; a file that is shorter consists of blank or broken rows.
    most = MAX_CELLS if len(data) >= lines * width // 2 else MAX_CELLS // 10
    if lines * width > most:
        raise VocError(f"{name} would have about {lines * width:,} cells, more than voc reads at once ({most:,})")


def _parse(data: bytes, delimiter: str, width: int, name: str) -> tuple[pa.Table, list[int]]:
    """The cells of all rows that have `width` of them, and the numbers of the rows that do not."""
    found = 0

    def count(_: pacsv.InvalidRow) -> str:
        nonlocal found
        found += 1
        return "skip" if found <= MAX_UNEVEN else "error"

    table = _arrow(data, delimiter, width, name, count, threads=True)
    if not found:
        return table, []
    uneven: list[tuple[int, str]] = []

    def remember(row: pacsv.InvalidRow) -> str:
        uneven.append((row.number, row.text))
        return "skip"

    # Row numbers are only known when one thread reads; files with uneven rows are rare enough to be read twice.
    table = _arrow(data, delimiter, width, name, remember, threads=False)
    _check_uneven(uneven, table.num_rows, width, name)
    return table, [number for number, _ in uneven]


def _check_uneven(uneven: list[tuple[int, str]], even: int, width: int, name: str) -> None:
    """Single rows that do not line up are set aside; what swallows or shifts many is refused."""
    for number, text in uneven:
        lines = text.count("\n")
        if lines >= SWALLOWED:
            raise VocError(f"{name}: row {number} runs over {lines + 1:,} lines: a quotation mark that opens there is never closed")
    below = [(number, text) for number, text in uneven if number > 2]
    if len(below) > MOST_UNEVEN * (even + len(below)):
        rows = ", ".join(str(number) for number, _ in below[:FIRST_ROWS])
        raise VocError(
            f"{name} could not be read as a table: {len(below):,} of its rows do not have {width} cells (first rows: {rows}); "
            "a cell that holds the delimiter must stand in quotation marks"
        )


def _arrow(data: bytes, delimiter: str, width: int, name: str, handler: object, *, threads: bool) -> pa.Table:
    names = [str(i) for i in range(width)]
    block = BLOCK
    while True:
        try:
            return pacsv.read_csv(
                pa.BufferReader(data),
                read_options=pacsv.ReadOptions(column_names=names, use_threads=threads, block_size=block),
                parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=handler),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(names, TEXT), strings_can_be_null=False, quoted_strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid as error:
            if "straddling" in str(error) and block < LONGEST_CELL:
                block *= 4
                continue
            raise VocError(f"{name} could not be read as a table: {str(error).splitlines()[0][:160]}") from None


def _without_blank(cells: pa.Table, rows: np.ndarray) -> tuple[pa.Table, np.ndarray, tuple[int, ...]]:
    """Leave out rows without any content; those between other rows are named."""
    empty = pc.equal(cells.column(0), "")
    for column in cells.columns[1:]:
        if not pc.any(empty).as_py():
            return cells, rows, ()
        empty = pc.and_(empty, pc.equal(column, ""))
    blank = empty.to_numpy()
    if not blank.any():
        return cells, rows, ()
    last = rows[~blank].max() if (~blank).any() else 0
    return cells.filter(pc.invert(empty)), rows[~blank], tuple(int(r) for r in rows[blank] if r < last)
