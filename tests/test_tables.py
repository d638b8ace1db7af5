"""The tables of a report for spreadsheets and programs."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from voc.report import exports
from voc.report.exports import Table


def table(name: str, **columns: list[object]) -> Table:
    return Table(name, "team_x.html", f"About {name}", pd.DataFrame(columns))


def test_tables_of_teams_with_long_names_each_get_a_sheet(tmp_path: Path) -> None:
    """A sheet's name has 31 characters: two teams that begin alike overwrote each other."""
    names = [f"team_customer-service-and-complaints-{place}-2-0" for place in ("north", "south")]
    exports.write_tables([table("02-5-0", n=[1]), *(table(name, n=[i]) for i, name in enumerate(names, start=2))], tmp_path)
    book = openpyxl.load_workbook(tmp_path / "tables" / "tables.xlsx")
    assert book.sheetnames == ["contents", "02-5-0", "table 2", "table 3"]
    assert [book[sheet]["A2"].value for sheet in book.sheetnames[1:]] == [1, 2, 3]
    contents = pd.read_csv(tmp_path / "tables" / "contents.csv")
    assert dict(zip(contents["sheet"], contents["table"], strict=True)) == dict(zip(book.sheetnames[1:], ["02-5-0", *names], strict=True))
    assert [[cell.value for cell in row][:2] for row in book["contents"].iter_rows(min_row=3)] == [
        [name, f"table {i}"] for i, name in enumerate(names, start=2)
    ]
    assert all((tmp_path / "tables" / f"{name}.csv").is_file() for name in names), "files keep their names"


def test_characters_that_a_workbook_refuses_are_left_out(tmp_path: Path) -> None:
    exports.write_tables([table("02-5-0", **{"St\x0bore": list[object](["Harbour\x0b Street", "\x0b=1+1", "caf\u00e9"])})], tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / "tables" / "tables.xlsx")["02-5-0"]
    assert [cell.value for cell in sheet["A"]] == ["Store", "Harbour Street", "'=1+1", "caf\u00e9"]
    assert all(cell.data_type == "s" for cell in sheet["A"])


NUMBERS = {"+1.41": 1.41, "\N{MINUS SIGN}28.2": -28.2, "-3": -3, "+0.0": 0.0, "\N{MINUS SIGN}1,234": -1234}
TEXTS = {
    "-2+3": "'-2+3", "+1.41 %": "'+1.41 %", "-007": "'-007", "+4930123456789012": "'+4930123456789012", "+": "'+", "-1e5": "'-1e5", "4.12": "4.12",
    "\N{MINUS SIGN}9.4 to 3.0": "\N{MINUS SIGN}9.4 to 3.0", "+\u0661": "'+\u0661",
}  # fmt: skip


def test_texts_that_are_signed_numbers_become_numbers(tmp_path: Path) -> None:
    """A plus sign got a quotation mark, a minus sign in print got none; formulas stay guarded."""
    exports.write_tables([table("numbers", Change=[*NUMBERS]), table("texts", Change=[*TEXTS])], tmp_path)
    folder = tmp_path / "tables"
    assert pd.read_csv(folder / "numbers.csv")["Change"].tolist() == pytest.approx([*NUMBERS.values()])
    assert pd.read_csv(folder / "texts.csv", dtype=str)["Change"].tolist() == [*TEXTS.values()]
    book = openpyxl.load_workbook(folder / "tables.xlsx")
    assert [(cell.value, cell.data_type) for cell in book["numbers"]["A"][1:]] == [(v, "n") for v in NUMBERS.values()]
    assert [(cell.value, cell.data_type) for cell in book["texts"]["A"][1:]] == [(v, "s") for v in TEXTS.values()]
    tidy = pd.read_parquet(folder / "tables.parquet")
    assert tidy.loc[tidy["table"] == "numbers", "value"].tolist() == [*NUMBERS.values()]
    assert tidy.loc[tidy["table"] == "texts", "text"].tolist() == [*TEXTS], "programs get the text as it is"
