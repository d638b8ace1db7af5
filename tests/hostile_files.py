"""Survey files made to break a reader: text, JSON, workbooks, Parquet and SPSS, each made when it is asked for."""

from __future__ import annotations

import io
import random
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

HEAD = ["id", "when", "nps", "words", "region", "revenue", "weight", "r1", "status", "finished", "duration", "customer", "recommended", "other"]
GOOD = ["1", "2026-08-03", "9", "Kind staff, short wait", "North", "1.5", "1", "3", "0", "1", "60", "c1", "yes", "u v"]
MILLION = 1_000_000
FILES: dict[str, tuple[str, Callable[[], bytes]]] = {}


def hostile(name: str) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Register a function as the maker of a file."""

    def register(make: Callable[[], bytes]) -> Callable[[], bytes]:
        FILES[make.__name__] = (name, make)
        return make

    return register


def row(i: int, **cells: str) -> list[str]:
    return [cells.get(h, str(i) if h == "id" else good) for h, good in zip(HEAD, GOOD, strict=True)]


def csv_of(rows: Iterable[list[str]]) -> bytes:
    return "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in r) + "\n" for r in rows).encode()


# Text.


def long_comment(unit: str) -> Callable[[], bytes]:
    return lambda: csv_of([HEAD, row(1), row(2, words=(unit * (MILLION // len(unit) + 1))[:MILLION]), row(3)])


LONG = {
    "orders": "order 1234 ", "codes": "AB12 ", "phones": "+44 20 7946 0991 ", "titles": "Mr Ab ", "pairs": "1-", "digits": "9 ",
    "hashes": "#123 ", "links": "www.ab.com ", "addresses": "a@b.co ", "letters": "a", "at_signs": "@a",
}  # fmt: skip
FILES |= {f"comment_of_{name}": ("comment.csv", long_comment(unit)) for name, unit in LONG.items()}
FILES |= {f"{h}_of_digits": ("digits.csv", lambda h=h: csv_of([HEAD, row(1), row(2, **{h: "9" * MILLION}), row(3)])) for h in HEAD}


@hostile("breaks.csv")
def comment_with_line_breaks() -> bytes:
    return csv_of([HEAD, row(1), row(2, words="a\n" * (MILLION // 2)), row(3)])


@hostile("heading.csv")
def heading_of_a_million() -> bytes:
    return csv_of([[*HEAD[:-1], "x" * MILLION], row(1), row(2)])


@hostile("wide.csv")
def five_thousand_columns() -> bytes:
    return csv_of(
        [[*HEAD, *(f"a long question wording, number {i} {'x' * 100}" for i in range(5_000))], *([*row(i), *["x"] * 5_000] for i in (1, 2))]
    )


@hostile("blank.csv")
def blank_rows_in_a_wide_file() -> bytes:
    wide = [f"c{i}" for i in range(150)]
    return csv_of([[*HEAD, *wide], [*row(1), *wide]]) + b"\n" * MILLION + csv_of([[*row(2), *wide]])


@hostile("ragged.csv")
def ragged_rows() -> bytes:
    return csv_of([HEAD, *(row(i) for i in range(300))]) + b"a,b\n" * 100_000


@hostile("open.csv")
def quotation_mark_that_never_closes() -> bytes:
    return csv_of([HEAD, *(row(i) for i in range(300))]) + b'1,"' + b"abc,def\n" * 5 * MILLION


@hostile("open.csv")
def quotation_mark_before_everything() -> bytes:
    return b'"' + ",".join(HEAD).encode() + b"\n" + b"1,2026-08-03,9\n" * MILLION


@hostile("stray.csv")
def one_stray_byte_in_much_utf8() -> bytes:
    return csv_of([HEAD]) + csv_of([row(1, words="é" * 200)]) * 30_000 + csv_of([row(2)]).replace(b"Kind", b"K\xfcnd")


PLAIN: dict[str, Callable[[], bytes]] = {
    "only_delimiters.csv": lambda: (b"," * 1_000 + b"\n") * 10_000,
    "only_newlines.csv": lambda: b"\n" * 10 * MILLION,
    "newlines_and_a_letter.csv": lambda: b"\n" * 10 * MILLION + b"a",
    "only_quotation_marks.csv": lambda: b'"' * MILLION,
    "only_nul_bytes_after_a_letter.csv": lambda: b"a" + b"\x00" * 10 * MILLION,
    "only_high_bytes.csv": lambda: b"\xff" * 10 * MILLION,
    "brackets.json": lambda: b"[" * 100_000,
    "braces.json": lambda: b'{"a":' * 100_000,
    "brackets_in_a_record.json": lambda: b'{"nps":9,"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "number_of_a_million_digits.json": lambda: b'{"when":"2026-01-01","nps":' + b"9" * MILLION + b"}",
    "ten_million_empty_records.json": lambda: b"{}\n" * 10 * MILLION,
    "a_million_empty_lists.json": lambda: b"[{}," + b"[]," * MILLION + b"[]]",
    "a_million_fields.json": lambda: b"{" + b",".join(b'"k%d":1' % i for i in range(MILLION)) + b"}",
}
FILES |= {name.partition(".")[0]: (name, make) for name, make in PLAIN.items()}

# Workbooks.

_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET, STRINGS, STYLES, BOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"
_STRINGS_TYPE = f'<Override PartName="/{STRINGS}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
_LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + i, (b"&%c;" % (97 + i)) * 10) for i in range(10)
) + b"]>"  # fmt: skip


def book(parts: dict[str, Iterable[bytes]], *, claimed: int = 0) -> bytes:
    """A workbook with some parts replaced; `claimed` is the size that the zip archive gives for them, where it lies."""
    plain, out = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in (n for n in source.namelist() if n not in parts):
            content = source.read(name)
            kinds = name == "[Content_Types].xml" and STRINGS.encode() not in content
            target.writestr(name, content.replace(b"</Types>", _STRINGS_TYPE.encode() + b"</Types>") if kinds else content)
        if STRINGS not in parts:
            target.writestr(STRINGS, f"<sst {_NS}/>")
        for name, pieces in parts.items():
            with target.open(name, "w") as part:
                for piece in pieces:
                    part.write(piece)
    data = bytearray(out.getvalue())
    for name in parts if claimed else ():
        for mark, before, size in ((b"PK\x01\x02", 46, 24), (b"PK\x03\x04", 30, 22)):
            at = data.find(name.encode())
            while at > 0:
                if data[at - before : at - before + 4] == mark:
                    data[at - before + size : at - before + size + 4] = struct.pack("<I", claimed)
                at = data.find(name.encode(), at + 1)
    return bytes(data)


def sheet(body: Iterable[bytes]) -> Iterator[bytes]:
    cells = (b"".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>'.encode() for cell in r) for r in (HEAD, row(1), row(2)))
    yield f"<worksheet {_NS}><sheetData>".encode() + b"".join(b'<row r="%d">%s</row>' % (n, r) for n, r in enumerate(cells, start=1))
    yield from body
    yield b"</sheetData></worksheet>"


def strings(body: Iterable[bytes]) -> Iterator[bytes]:
    yield f"<sst {_NS}>".encode()
    yield from body
    yield b"</sst>"


def text_of_380_million() -> Iterator[bytes]:
    yield b"<t>"
    yield from (b"x" * MILLION for _ in range(380))
    yield b"</t>"


_SHEETS = "".join(f'<sheet name="s{i}" sheetId="{i + 1}" r:id="rId1"/>' for i in range(100_000))
_TEXT_ROW = b'<row><c t="inlineStr"><is><t>x</t></is></c></row>'
WORKBOOKS: dict[str, Callable[[], bytes]] = {
    "workbook_that_unpacks_to_a_gigabyte": lambda: book({"xl/media/image1.png": (b"\x00" * MILLION for _ in range(1_000))}),
    "workbook_that_lies_about_its_sheet": lambda: book({SHEET: sheet(_TEXT_ROW * 100_000 for _ in range(200))}, claimed=5_000),
    "workbook_that_lies_about_its_texts": lambda: book({STRINGS: strings(b"<si><t>x</t></si>" * 100_000 for _ in range(200))}, claimed=5_000),
    "workbook_of_empty_rows": lambda: book({SHEET: sheet(b"<row/>" * MILLION for _ in range(60))}),
    "workbook_of_empty_cells": lambda: book({SHEET: sheet(b"<row><c/><c/></row>" * 100_000 for _ in range(190))}),
    "workbook_of_empty_texts": lambda: book({STRINGS: strings(b"<si/>" * MILLION for _ in range(75))}),
    "workbook_of_empty_styles": lambda: book({STYLES: [f"<styleSheet {_NS}>".encode(), *[b"<a/>" * MILLION] * 90, b"</styleSheet>"]}),
    "workbook_with_one_long_text": lambda: book({STRINGS: strings([b"<si>", *text_of_380_million(), b"</si>"])}),
    "workbook_with_one_long_cell": lambda: book({SHEET: sheet([b'<row><c t="inlineStr"><is>', *text_of_380_million(), b"</is></c></row>"])}),
    "workbook_with_one_text_in_every_cell": lambda: book(
        {STRINGS: strings([b"<si><t>", b"x" * MILLION, b"</t></si>"]), SHEET: sheet([b'<row><c t="s"><v>0</v></c></row>' * 10_000])}
    ),
    "workbook_with_its_last_cell_filled": lambda: book({SHEET: sheet([b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'])}),
    "workbook_with_a_row_beyond_the_last": lambda: book({SHEET: sheet([b'<row r="9999999999"><c><v>1</v></c></row>'])}),
    "workbook_with_many_last_columns": lambda: book({SHEET: sheet(b'<row><c r="XFD%d"><v>1</v></c></row>' % i for i in range(4, 300))}),
    "workbook_with_sparse_rows": lambda: book({SHEET: sheet(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (i, i) for i in range(99, 200_000, 99))}),
    "workbook_with_a_column_beyond_the_last": lambda: book({SHEET: sheet([b'<row r="9"><c r="ZZZ9"><v>1</v></c></row>'])}),
    "workbook_that_laughs_in_its_texts": lambda: book({STRINGS: [_LAUGHS, *strings([b"<si><t>&k;</t></si>"])]}),
    "workbook_that_laughs_in_its_sheet": lambda: book({SHEET: [_LAUGHS, *sheet([_TEXT_ROW.replace(b"x</t>", b"&k;</t>")])]}),
    "workbook_of_deep_elements": lambda: book({SHEET: sheet([b"<a>" * 300_000])}),
    "workbook_of_many_sheets": lambda: book({BOOK: [f'<workbook {_NS} xmlns:r="{_REL}"><sheets>{_SHEETS}</sheets></workbook>'.encode()]}),
}
FILES |= {name: (f"{name}.xlsx", make) for name, make in WORKBOOKS.items()}

# Parquet.


def parquet(kind: pa.DataType, *groups: Any, times: int = 40, **how: Any) -> bytes:
    """One column; the values of each row group, and how often they are all written."""
    out = io.BytesIO()
    with pq.ParquetWriter(out, pa.schema([("x", kind)]), **how) as writer:
        for values in groups:
            table = pa.table({"x": pa.array(values, kind)})
            for _ in range(times):
                writer.write_table(table)
    return out.getvalue()


_BIG = "x" * MILLION
_ZEROS = pa.array(np.zeros(5 * MILLION, np.int8))
PARQUET: dict[str, Callable[[], bytes]] = {
    "parquet_of_one_long_text": lambda: parquet(pa.string(), [_BIG] * 100),
    "parquet_of_one_long_binary": lambda: parquet(pa.binary(), [_BIG.encode()] * 100),
    "parquet_of_one_long_fixed_binary": lambda: parquet(pa.binary(MILLION), [_BIG.encode()] * 100),
    "parquet_of_lists_of_one_long_text": lambda: parquet(pa.list_(pa.string()), [[_BIG]] * 100),
    "parquet_of_structs_of_one_long_text": lambda: parquet(pa.struct([("a", pa.string())]), [{"a": _BIG}] * 100),
    "parquet_of_long_texts_that_differ": lambda: parquet(
        pa.string(), *([f"{g}.{i}{_BIG}" for i in range(100)] for g in range(30)), times=1, compression="zstd", use_dictionary=False
    ),
    "parquet_with_one_list_of_50_million": lambda: parquet(
        pa.list_(pa.int8()), pa.ListArray.from_arrays(pa.array([0, 5 * MILLION], pa.int32()), _ZEROS), times=10, compression="zstd"
    ),
    "parquet_of_100_million_zeros": lambda: parquet(pa.int8(), _ZEROS, times=20, compression="zstd"),
    "parquet_of_50_million_fractions": lambda: parquet(pa.float64(), np.arange(1_000).repeat(10_000) / 7, times=5, compression="zstd"),
}
FILES |= {name: (f"{name}.parquet", make) for name, make in PARQUET.items()}

# SPSS.


def spss(frame: pd.DataFrame, **how: Any) -> bytes:
    import pyreadstat

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "survey.sav"
        pyreadstat.write_sav(frame, file, **how)
        return file.read_bytes()


def labelled_sav(**how: Any) -> bytes:
    frame = pd.DataFrame({"when": "2026-01-05", "nps": [float(i % 11) for i in range(30)], "region": ["North", "NA", "Süd"] * 10})
    labels = {"nps": {99.0: "Not applicable"}, "region": {"NA": "none"}}
    return spss(frame, variable_value_labels=labels, missing_ranges={"nps": [99.0, {"lo": 97, "hi": 98}], "region": ["NA"]}, **how)


def patched(data: bytes, at: int, value: int) -> bytes:
    """A whole number of four bytes replaced."""
    return data[:at] + struct.pack("<i", value) + data[at + 4 :]


ROWS_AT = 80  # where the header holds the number of rows


@hostile("broken.sav")
def sav_with_a_variable_type_out_of_range() -> bytes:
    data = spss(pd.DataFrame({f"c{i}": [1.0] * 30 for i in range(14)}), variable_value_labels={"c3": {1.0: "x"}})
    return patched(data, 276, 2_087_059_455)  # type of the fourth variable


@hostile("broken.sav")
def sav_with_labels_for_a_variable_that_is_not_there() -> bytes:
    data = labelled_sav()
    return patched(data, data.index(struct.pack("<iii", 4, 1, 3)[:8]) + 8, 3_800_004)


@hostile("broken.sav")
def sav_with_a_code_that_is_no_utf8() -> bytes:
    code = struct.pack("<ii", 3, 1) + b"NA"  # a value label's code
    return labelled_sav().replace(code, code[:-1] + b"\x99")


@hostile("rows.sav")
def sav_that_claims_a_billion_rows() -> bytes:
    return patched(labelled_sav(), ROWS_AT, 1_000_000_000)


@hostile("rows.sav")
def sav_that_claims_no_rows() -> bytes:
    return patched(labelled_sav(), ROWS_AT, 0)


def zsav(cells: int, claimed: int) -> bytes:
    """A compressed file of zeros: eight cells are eight bytes, and a thousand of these are one."""
    small = spss(pd.DataFrame({"nps": [0.0, 1.0]}), compress=True)
    at = small.index(struct.pack("<ii", 999, 0)) + 8
    size = 0x3FF000
    packed = zlib.compress(b"\x64" * size)
    blocks, offset = cells // size, at + 24
    entries = b"".join(struct.pack("<qqii", offset + i * size, offset + i * len(packed), size, len(packed)) for i in range(blocks))
    trailer = struct.pack("<qqii", -100, 0, size, blocks) + entries
    header = struct.pack("<qqq", at, offset + blocks * len(packed), len(trailer))
    return patched(small[:at], ROWS_AT, claimed) + header + packed * blocks + trailer


@hostile("zeros.zsav")
def zsav_of_80_million_zeros() -> bytes:
    return zsav(80 * MILLION, 80 * MILLION // 0x3FF000 * 0x3FF000)


@hostile("zeros.zsav")
def zsav_of_200_million_zeros_that_claims_no_number() -> bytes:
    return zsav(200 * MILLION, -1)


# Files damaged at random.

PIECES = (
    b'"', b",", b"\n", b"\r\n", b"\r", b";", b"\t", b"|", b"\x00", b"\x00" * 100, b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\x7f",
    b"9" * 5_000, b"1e400", b"-1", b"nan", b"inf", b"\\ud800", b'"\\ud800"', b"{", b"}", b"[", b"]", b'"":1,', b"null", b"0001-01-01",
    b"9999-12-31T23:59:59-14:00", b"99/99/9999", b"31/12/2026", b"12/31/2026", b"45000", b"1700000000", b"\xc3\x83\xc2\xa9", b"\xe2\x80\xa8",
    b"Answer Choices", b'{"ImportId":"x"}', b"XFD1048576", b"9999999", b"a" * 3_000,
)  # fmt: skip
Edit = tuple[str, float, int, bytes]
EDITS = ("flip", "cut end", "cut start", "remove", "repeat", "insert", "overwrite")


def damaged(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Bytes changed at some places.

    Args:
        data: a file.
        edits: kind of edit, where (share of the file), how much (bytes, or which bit), and a piece to put there.
    """
    out = bytearray(data)
    for kind, share, size, piece in edits:
        at = int(share * len(out))
        match kind:
            case "flip" if at < len(out):
                out[at] ^= 1 << size % 8
            case "cut end":
                del out[at:]
            case "cut start":
                del out[: at // 8]
            case "remove":
                del out[at : at + size]
            case "repeat":
                out[at:at] = out[at : at + size] * 3
            case "insert":
                out[at:at] = piece
            case "overwrite":
                out[at : at + len(piece)] = piece
    return bytes(out)


def damaged_sav(seed: int) -> bytes:
    """An SPSS file with a few whole numbers of its dictionary changed, or damaged like any other file."""
    rng = random.Random(seed)  # noqa: S311
    data = labelled_sav(compress=seed % 3 == 1, row_compress=seed % 3 == 2)
    if seed % 4 == 0:
        edits = [(rng.choice(EDITS), rng.random(), rng.randrange(1, 64), rng.choice(PIECES)) for _ in range(rng.randrange(1, 4))]
        return data[:64] + damaged(data[64:], edits)
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(64, 800) // 4 * 4
        data = patched(data, at, rng.choice((-1, 0, 1, 2, 7, 255, 256, 70_000, MILLION, 2**31 - 1, -(2**31), rng.randrange(-(2**31), 2**31))))
    return data


FILES |= {f"damaged_sav_{seed}": ("damaged.sav", lambda seed=seed: damaged_sav(seed)) for seed in range(25)}
