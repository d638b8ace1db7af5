"""A shown result + its receipt -> the same fragment in which every number has an id that leads to what stands behind it in `run.json`."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import bs4
from bs4.element import NavigableString, Tag

from voc import display
from voc.display import Column
from voc.schema import MIN_ANSWERS, MIN_QUOTED

SKIPPED = ("table", "blockquote", "mark", "a", "h1", "h2", "h3", "h4")  # tables are read cell by cell; the rest is customers' and owners' text
# Dates and definitions are no results: "September 2026", "the 0-10 scale", "95 times in 100", "within 30 days".
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
DATES = re.compile(rf"\b\d{{4}}-\d{{2}}(?:-\d{{2}})?\b|\b(?:\d{{1,2}} )?(?:{MONTHS}) \d{{4}}\b|\b(?:19|20)\d{{2}}\b")
DEFINED = frozenset([*map(str, range(11)), str(MIN_ANSWERS), str(MIN_QUOTED), "30", "95", "100"])
CHART = "Chart"
QUOTED = ("voc-source", "voc-next")  # scores under a quote, and the owner's own words


@dataclass
class Receipt:
    """What stands behind one result on one page.

    Attributes:
        id: of the result on its page: "02-7" is cell 7 of page 02.
        kind: what kind of result.
        facts: base, level, method, selection.
        numbers: those in its sentences, in order: as shown, at full precision.
        tables: columns and rows at full precision.
        loose: numbers in its sentences that no result stands behind.
    """

    id: str
    kind: str
    facts: dict[str, Any]
    numbers: list[list[Any]] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For `run.json`."""
        return {"kind": self.kind, **self.facts, "numbers": self.numbers, "tables": self.tables}


class Known(NamedTuple):
    """Numbers of a page: as they were shown, with their full values; and those that are part of names or of what the file holds."""

    heard: dict[str, float]
    names: frozenset[str]


def attach(html: str, made: dict[str, Any], name: str, known: Known) -> tuple[str, Receipt]:
    """Give every number of a fragment an id.

    Args:
        html: the fragment.
        made: the receipt that the notebook left beside it.
        name: id of the result.
        known: numbers of the whole page, for sentences that were made before they were shown.

    Returns:
        the fragment, and the receipt. A table cell's id is `r<name>-t<table>-<row>-<column>`, a sentence's number has `r<name>-s<number>`.
    """
    receipt = Receipt(name, made["kind"], made["facts"], tables=made["tables"])
    soup = bs4.BeautifulSoup(html, "html.parser")
    for k, (table, kept) in enumerate(zip(soup.find_all("table"), made["tables"], strict=True)):
        _cells(table, kept, f"r{name}-t{k}")
    values: dict[str, list[float]] = defaultdict(list)
    for shown, value in made["numbers"]:
        values[shown].append(value)
    for text in list(soup.find_all(string=display.TOKEN)):
        if not _is_result(text):
            continue
        text.replace_with(*_marked(str(text), receipt, values, known, soup))
    return str(soup), receipt


def _cells(table: Tag, kept: dict[str, Any], prefix: str) -> None:
    """Ids for the cells with numbers."""
    for i, row in enumerate(table.find("tbody").find_all("tr")):  # type: ignore[union-attr]  # display writes it
        for j, cell in enumerate(row.find_all(["th", "td"])):
            if kept["columns"][j]["kind"] != "text":
                cell["id"] = f"{prefix}-{i}-{j}"


def _is_result(text: NavigableString) -> bool:
    """Whether a piece of text is voc's own sentence."""
    parents = [p for p in text.parents if isinstance(p, Tag)]
    return not any(p.name in SKIPPED or set(QUOTED) & set(p.get("class") or ()) for p in parents)


def _marked(text: str, receipt: Receipt, values: dict[str, list[float]], known: Known, soup: Any) -> list[Any]:
    """The text in pieces, each number that a result stands behind in an element with its id and full value."""
    pieces: list[Any] = []
    at = 0
    for found in numbers_in(text):
        shown = found.group()
        value = values[shown].pop(0) if len(values.get(shown, ())) > 1 else values[shown][0] if values.get(shown) else known.heard.get(shown)
        if value is None:
            if shown not in DEFINED and shown not in known.names:
                receipt.loose.append(around(text, found))
            continue
        pieces.append(NavigableString(text[at : found.start()]))
        mark = soup.new_tag("data", attrs={"id": f"r{receipt.id}-s{len(receipt.numbers)}", "value": repr(value)})
        mark.string = shown
        pieces.append(mark)
        receipt.numbers.append([shown, value])
        at = found.end()
    return [*pieces, NavigableString(text[at:])]


def numbers_in(text: str) -> list[re.Match[str]]:
    """The numbers of a sentence that are not part of a date."""
    dates = [d.span() for d in DATES.finditer(text)]
    return [n for n in display.TOKEN.finditer(text) if not any(start <= n.start() < end for start, end in dates)]


def around(text: str, found: re.Match[str]) -> str:
    """A number with the words beside it, for the sentence that complains about it."""
    return " ".join(text[max(0, found.start() - 30) : found.end() + 20].split())


def chart(alt: str, name: str, known: Known) -> Receipt:
    """The receipt of a chart: the numbers of its description."""
    receipt = Receipt(name, CHART, {})
    for found in numbers_in(alt):
        if found.group() in known.heard:
            receipt.numbers.append([found.group(), known.heard[found.group()]])
        elif found.group() not in DEFINED and found.group() not in known.names:
            receipt.loose.append(around(alt, found))
    return receipt


def places(receipt: dict[str, Any]) -> list[tuple[str, str]]:
    """Every place of a result on its page and what it shows, from `run.json` alone.

    Args:
        receipt: one of `run.json`'s receipts.

    Returns:
        (place, text): the id without the result's name, "s3" or "t0-2-1". A chart's numbers stand in its description and have none.
    """
    if receipt["kind"] == CHART:
        return []
    out = [(f"s{k}", str(shown)) for k, (shown, _) in enumerate(receipt["numbers"])]
    for k, table in enumerate(receipt["tables"]):
        columns = [Column(**c) for c in table["columns"]]
        for i, row in enumerate(table["rows"]):
            values = {name: math.nan if v is None else v for name, v in zip(table["names"], row, strict=True)}
            out += [(f"t{k}-{i}-{j}", display.cell(values, c)) for j, c in enumerate(columns) if c.kind != "text"]
    return out
