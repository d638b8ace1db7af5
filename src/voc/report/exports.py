"""A run's receipts and findings -> tables for spreadsheets and programs, a plain-text digest, and a file for dashboards."""

from __future__ import annotations

import io
import json
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from voc import display
from voc.report.receipts import Receipt

FOLDER = "tables"
DIGEST, FINDINGS = "digest.txt", "findings.json"
CONTENTS = "contents"
LONGEST_SHEET = 31  # characters of a sheet's name in Excel
SIGNED = re.compile(r"[+\-\N{MINUS SIGN}](?:0|[1-9]\d{0,2}(?:,\d{3}){1,3}|[1-9]\d{0,11})(?:\.\d{1,12})?", re.ASCII)
WIDTH = 76  # characters of a line of the digest


@dataclass(frozen=True)
class Table:
    """A table of a page, at full precision.

    Attributes:
        name: of its file and sheet: page, result and table, such as "02-7-0".
        page: file name of the page.
        caption: what it is about.
        frame: as the page shows it; ranges have two columns.
    """

    name: str
    page: str
    caption: str
    frame: pd.DataFrame


def tables(pages: Iterable[tuple[str, list[Receipt]]]) -> list[Table]:
    """All tables of all pages.

    Args:
        pages: file name and receipts of each page.
    """
    return [
        Table(f"{receipt.id}-{k}", page, kept["caption"] or receipt.kind, _frame(kept))
        for page, receipts in pages
        for receipt in receipts
        for k, kept in enumerate(receipt.tables)
        if kept["rows"]
    ]


def _frame(kept: dict[str, Any]) -> pd.DataFrame:
    """A kept table under the headings that the page shows."""
    values = pd.DataFrame(kept["rows"], columns=kept["names"])
    out: dict[str, pd.Series] = {}
    for column in kept["columns"]:
        label = column["label"]
        while label in out or f"{label} (low)" in out:
            label = f"{label} (2)"
        if column["high"]:
            out[f"{label} (low)"], out[f"{label} (high)"] = values[column["name"]], values[column["high"]]
        else:
            out[label] = values[column["name"]]
    return pd.DataFrame(out)


def write_tables(found: list[Table], folder: Path) -> None:
    """Each table as CSV, all of them as one workbook and as one Parquet file; no cell is run by a spreadsheet.

    Args:
        found: the tables.
        folder: of the report; they go into `tables` inside it.
    """
    target = folder / FOLDER
    target.mkdir()
    plain = [(t, _plain(t.frame)) for t in found]
    for table, frame in plain:
        _safe(frame).to_csv(target / f"{table.name}.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    sheets = _sheets([t.name for t in found])
    columns = ["table", "sheet", "page", "what it is"]
    contents = pd.DataFrame([(t.name, sheet, t.page, t.caption) for t, sheet in zip(found, sheets, strict=True)], columns=columns)
    _safe(contents).to_csv(target / f"{CONTENTS}.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    if not found:
        return
    written = [(CONTENTS, _safe(contents)), *((sheet, _safe(frame)) for sheet, (_, frame) in zip(sheets, plain, strict=True))]
    (target / "tables.xlsx").write_bytes(_workbook(written))
    tidy = pd.concat([_tidy(replace(t, frame=frame)) for t, frame in plain], ignore_index=True)
    tidy.to_parquet(target / "tables.parquet", index=False, compression="zstd")


def _sheets(names: list[str]) -> list[str]:
    """A name for each table's sheet: its own where Excel can take it, else a short code, which the contents explain."""
    return [name if len(name) <= LONGEST_SHEET else f"table {i}" for i, name in enumerate(names, start=1)]


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Texts that are wholly a signed number as numbers: a spreadsheet would take some of them for formulas."""
    return frame.map(lambda v: _number(v) if isinstance(v, str) else v)


def _number(text: str) -> float | int | str:
    """The number of which a text consists, if it has a sign.

    >>> _number("+1.41"), _number("\N{MINUS SIGN}28.2"), _number("-3"), _number("-2+3"), _number("-007"), _number("12")
    (1.41, -28.2, -3, '-2+3', '-007', '12')
    """
    if not SIGNED.fullmatch(text):
        return text
    digits = text.replace("\N{MINUS SIGN}", "-").replace(",", "")
    return float(digits) if "." in digits else int(digits)


def _safe(frame: pd.DataFrame) -> pd.DataFrame:
    """Texts that a spreadsheet would run made harmless, and characters that it refuses left out, headings included."""
    out = frame.map(lambda v: _harmless(v) if isinstance(v, str) else v)
    return out.set_axis([_harmless(str(c)) for c in out.columns], axis=1)


def _harmless(text: str) -> str:
    return display.safe_cell(ILLEGAL_CHARACTERS_RE.sub("", text))


def _workbook(sheets: list[tuple[str, pd.DataFrame]]) -> bytes:
    """Sheets as an Excel workbook that is the same bytes in every run, but for its time stamps."""
    made = io.BytesIO()
    with pd.ExcelWriter(made, engine="openpyxl") as writer:
        for name, frame in sheets:
            frame.to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 0))
    return made.getvalue()


def _tidy(table: Table) -> pd.DataFrame:
    """One row per cell: `page`, `table`, `caption`, `row`, `column`, `value` (numbers), `text` (texts)."""
    rows = []
    for i, row in enumerate(table.frame.to_dict("records")):
        for column, value in row.items():
            number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
            text = None if number is not None or value is None else str(value)
            rows.append((table.page, table.name, table.caption, i, str(column), number, text))
    frame = pd.DataFrame(rows, columns=["page", "table", "caption", "row", "column", "value", "text"])
    return frame.astype({"row": "int32", "value": "float64", "text": "string"})


def write_findings(facts: dict[str, Any], folder: Path) -> None:
    """What the findings page says, as JSON for dashboards and as plain text for an e-mail.

    Args:
        facts: `title`, `period`, `month`, `note`, and of the findings page `score`, `response`, `act`, `protect`, `new`.
        folder: of the report.
    """
    (folder / FINDINGS).write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / DIGEST).write_text(digest(facts), encoding="utf-8")


def digest(facts: dict[str, Any]) -> str:
    """The findings in a text that fits into an e-mail."""
    parts = [f"{facts['title']}, {facts['period']}", *filter(None, [facts["note"]])]
    parts += ["HOW ARE WE DOING?", *(facts[name]["sentence"] for name in ("score", "response") if name in facts)]
    for name, heading in (("act", "WHAT TO ACT ON"), ("protect", "WHAT PROMOTERS VALUE"), ("new", "WHAT IS NEW")):
        if name in facts:
            parts += [heading, facts[name]["sentence"], *(_item(i, card) for i, card in enumerate(facts[name]["cards"], start=1))]
    parts.append("Ranges in brackets are low to high: the true value lies inside with 95 % confidence. Details: index.html in the report's folder.")
    return "\n\n".join(p if "\n" in p else textwrap.fill(p, WIDTH) for p in parts) + "\n"


def _item(number: int, card: dict[str, Any]) -> str:
    """A finding as a numbered item, its owner and next step below."""
    lines = [f"{number}. {card['title']}: {card['sentence']}"]
    lines += [f"{word}: {card[key]}" for key, word in (("owner", "Owner"), ("next_step", "Next step")) if key in card]
    return "\n".join(textwrap.fill(t, WIDTH, initial_indent="   " if i else "", subsequent_indent="   ") for i, t in enumerate(lines))
