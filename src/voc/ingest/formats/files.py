"""A survey file -> Table. The kind of file is recognised by its content, never by its name alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from voc.ingest.formats.columnar import read_parquet, read_spss
from voc.ingest.formats.delimited import read_delimited
from voc.ingest.formats.encoding import MARKS, mended
from voc.ingest.formats.layouts import lay_out, unique
from voc.ingest.formats.records import read_records
from voc.ingest.formats.table import Table
from voc.ingest.formats.workbook import read_workbook
from voc.schema import FileFormat, VocError, closest

CONTAINERS = ("csv", "excel", "parquet", "spss", "jsonl")
LAYOUTS = ("qualtrics", "qualtrics-legacy", "surveymonkey", "medallia", "delighted")
FORMATS = (*CONTAINERS, *LAYOUTS)
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = {b"%PDF": "a PDF", b"\x1f\x8b": "a gzip archive", b"7z\xbc\xaf": "a 7z archive", b"SQLite format": "a database", b"{\\rtf": "an RTF text"}


def read_table(path: Path, how: FileFormat | None = None) -> Table:
    """Read a survey file as text.

    Args:
        path: CSV or TSV, Excel (.xlsx), Parquet, SPSS (.sav, .zsav) or JSON lines; exports of Qualtrics, SurveyMonkey, Medallia Agent Connect
            and Delighted are recognised.
        how: what the analyst declared about the file; what is not declared is found out.

    Raises:
        VocError: the file is missing, empty, damaged, of another kind or no table.
    """
    how = how or FileFormat()
    if how.format and how.format not in FORMATS:
        raise VocError(f'format "{how.format}" is not known{closest(how.format, FORMATS)}; allowed: {", ".join(FORMATS)}')
    if not path.is_file():
        raise VocError(f"the survey file {path} does not exist")
    raw, name = path.read_bytes(), path.name
    if not raw.strip(b" \t\r\n\x00"):
        raise VocError(f"{name} is empty")
    kind = _kind(raw, name)
    if how.format in CONTAINERS and how.format != kind and {how.format, kind} != {"csv", "jsonl"}:
        raise VocError(f"{name} is not {_article(how.format)} file; it looks like {_article(kind)} file. Leave --format away to let voc find out")
    kind = how.format if how.format in CONTAINERS else kind
    if (how.format in LAYOUTS and (kind == "jsonl") != (how.format == "delighted")) or (how.format in LAYOUTS and kind in ("parquet", "spss")):
        raise VocError(f"{name} is {_article(kind)} file, not an export of {how.format}; leave --format away to let voc find out")
    table = _finished(_read(raw, name, kind, how))
    if how.format == "delighted" and not table.format.startswith("Delighted"):
        raise VocError(f"{name} does not have the fields of delighted records; leave --format away to let voc find out")
    return table


def _read(raw: bytes, name: str, kind: str, how: FileFormat) -> Table:
    layout = "plain" if how.format in CONTAINERS else "" if how.format == "delighted" else how.format
    match kind:
        case "parquet":
            return read_parquet(raw, name)
        case "spss":
            return read_spss(raw, name)
        case "jsonl":
            return read_records(raw, name, encoding=how.encoding)
        case "excel":
            table = lay_out(read_workbook(raw, name, sheet=how.sheet), name, layout)
            return replace(table, format=f"Excel, {table.format}", typed=True)
        case _:
            return lay_out(read_delimited(raw, name, encoding=how.encoding, delimiter=how.delimiter), name, layout)


def _kind(raw: bytes, name: str) -> str:
    if raw.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "excel"
    if raw.startswith(b"PAR1"):
        return "parquet"
    if raw.startswith((b"$FL2", b"$FL3")):
        return "spss"
    if raw.startswith(_OLD_EXCEL):
        raise VocError(f"{name} is an old Excel workbook (.xls), or one with a password; save it as .xlsx without a password")
    for mark, words in _OTHERS.items():
        if raw.startswith(mark):
            raise VocError(f"{name} is {words}; voc reads {', '.join(FORMATS[:5])} files")
    return "jsonl" if _is_json(raw) else "csv"


def _is_json(raw: bytes) -> bool:
    """Whether the text begins like a JSON object or a list of objects."""
    encoding = next((e for mark, e in MARKS if raw.startswith(mark)), "utf-8")
    head = raw[:4096].decode(encoding, errors="replace").lstrip("\ufeff \t\r\n")
    rest = head[1:].lstrip()
    return (head.startswith("{") and rest.startswith(('"', "}"))) or (head.startswith("[") and rest.startswith(("{", "]")))


def _article(kind: str) -> str:
    return {"csv": "a CSV", "excel": "an Excel", "parquet": "a Parquet", "spss": "an SPSS", "jsonl": "a JSON lines"}[kind]


def _finished(table: Table) -> Table:
    """Names whole and unique; text that had been read in a wrong encoding repaired."""
    columns = unique([str(c) for c in table.frame.columns])
    if not columns:
        raise VocError(f"{table.name} has no columns")
    frame, cells = mended(table.frame.set_axis(columns, axis=1))
    return replace(table, frame=frame, repaired_cells=cells)
