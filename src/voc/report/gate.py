"""Rendered pages -> everything that must not be published, each as a sentence with its page and cell; none means they may."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import bs4
from PIL import Image, UnidentifiedImageError

from voc import display, text
from voc.schema import MIN_ANSWERS
from voc.score.pulse import RESTRICTED

LARGEST_PAGE = 5_000_000  # bytes
SHORTEST_ALT = 20  # characters
# What `display` writes; anything else in a result is a comment that was not escaped.
TAGS = frozenset(
    "a blockquote caption data dd details div dl dt em h2 h3 h4 li mark p section span strong summary table tbody td th thead tr ul".split()
)
ATTRIBUTES = frozenset("aria-label class colspan data-label href id lang open role scope tabindex value".split())
_LOADS = ("src", "srcset", "data", "poster", "action", "formaction", "xlink:href", "background")
_FORBIDDEN = ("script", "iframe", "object", "embed", "form", "base")
FILES = ("digest.txt", "findings.json", "run.json", "tables/tables.xlsx")  # what a pack holds beside its pages
NAME = "[NAME]"  # in tables also words of our own are taken for names
_RATED = ("points", "change", "number", "range", "range_number")  # scores and averages; beside a share, n may be those it counts
_BASES = ("n", "size", "base", "answers")


def check_result(where: str, html: str, tables: list[dict[str, Any]]) -> list[str]:
    """What is wrong with one result.

    Args:
        where: page and cell, for the sentences.
        html: its fragment.
        tables: its tables as the receipt keeps them.
    """
    soup = bs4.BeautifulSoup(html, "html.parser")
    problems = []
    for tag in soup.find_all(True):
        strange = sorted(set(tag.attrs) - ATTRIBUTES)
        if tag.name not in TAGS or strange:
            what = f"<{tag.name}>" if tag.name not in TAGS else f"<{tag.name} {strange[0]}>"
            problems.append(f"{where} shows {what}, which voc does not write: a text was not escaped")
    problems += [f"{where}: {word} in a comment is not hidden" for quote in soup.find_all("blockquote") for word in personal(quote.get_text())]
    problems += [f"{where}: {word} in a table is not hidden" for t in tables for value in _texts(t) for word in personal(value) if word != NAME]
    return list(dict.fromkeys(problems)) + [f"{where}: {words}" for t in tables for words in small_cells(t)]


def personal(words: str) -> list[str]:
    """What personal data is left in a text, by what would stand in its place: "[EMAIL]"."""
    hidden = text.redact(words)
    return [] if hidden == words else [mark for mark in sorted(set(re.findall(r"\[[A-Z]+\]", hidden))) if hidden.count(mark) > words.count(mark)]


def small_cells(table: Mapping[str, Any]) -> list[str]:
    """Rows of a table that show a score or an average of one to nine answers."""
    names = list(table["names"])
    base = next((b for b in _BASES if b in names), None)
    rated = [c for c in table["columns"] if c["kind"] in _RATED]
    if base is None or not rated:
        return []
    found = []
    for row in table["rows"]:
        values = dict(zip(names, row, strict=True))
        n = values[base]
        shown = [c["label"] for c in rated if values[c["name"]] is not None]
        if isinstance(n, int | float) and 0 < n < MIN_ANSWERS and shown:
            found.append(f"the row “{row[0]}” shows “{shown[0]}” of {display.plural(n, 'answer')}; it takes {MIN_ANSWERS}")
    return found


def check_figure(where: str, png: str, alt: str) -> list[str]:
    """What is wrong with one chart: no or too short a description, nothing drawn."""
    problems = [] if len(alt.strip()) >= SHORTEST_ALT else [f"{where}: a chart has no description"]
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    except (UnidentifiedImageError, ValueError):
        return [*problems, f"{where}: a chart cannot be read"]
    return problems if picture.getcolors(1) is None else [*problems, f"{where}: a chart is empty"]


def check_pages(pages: Mapping[str, str]) -> list[str]:
    """What is wrong with whole pages, and with the links between them.

    Args:
        pages: file name -> HTML.
    """
    problems = []
    read = {name: bs4.BeautifulSoup(html, "html.parser") for name, html in pages.items()}
    ids = {name: {str(tag["id"]) for tag in soup.find_all(id=True)} for name, soup in read.items()}
    for name, html in pages.items():
        problems += check(name, html)
        problems += [f"{name}: {link}" for link in _dead_links(name, read[name], ids)]
        if RESTRICTED in html:
            problems.append(f"{name} shows a daily pulse, which lists single customers and is never published")
    return problems


def _dead_links(name: str, soup: bs4.BeautifulSoup, ids: Mapping[str, set[str]]) -> list[str]:
    """Links that lead to no page of the report, or to no place on it."""
    dead = []
    for tag in soup.find_all("a", href=True):
        file, _, place = str(tag["href"]).partition("#")
        page = file or name
        if page.startswith("../") or (page not in ids and re.match(r"[\w+.-]+:|//", page)):
            continue  # the months' index, made after; addresses are another check's
        if page in FILES:
            continue
        if page not in ids:
            dead.append(f'links to "{page}", which is no page of this report')
        elif place and place not in ids[page]:
            dead.append(f'links to "{tag["href"]}", and there is no such place on that page')
    return list(dict.fromkeys(dead))


def check(name: str, html: str) -> list[str]:
    """Everything about one page that must not be published: scripts, addresses, pictures without description, size."""
    problems = []
    if len(html.encode()) > LARGEST_PAGE:
        problems.append(f"{name} is larger than {display.count(LARGEST_PAGE / 1e6)} MB")
    reader = _Reader()
    reader.feed(html)
    problems += [f"{name}: {problem}" for problem in reader.problems]
    if re.search(r"@import|url\(\s*['\"]?(?!data:)", "\n".join(reader.styles), re.IGNORECASE):
        problems.append(f"{name}: its style sheet loads something from elsewhere")
    return problems


def _texts(table: Mapping[str, Any]) -> list[str]:
    """The texts that a table shows."""
    at = [table["names"].index(c["name"]) for c in table["columns"] if c["kind"] == "text"]
    return [str(row[k]) for row in table["rows"] for k in at if row[k]]


class _Reader(HTMLParser):
    """Collects what a page loads or runs."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.styles: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._in_style = tag == "style"
        if tag in _FORBIDDEN:
            self.problems.append(f"holds a <{tag}>")
        if tag == "img" and not values.get("alt"):
            self.problems.append("a picture has no description")
        for name, value in values.items():
            if name.startswith("on"):
                self.problems.append(f"holds the event handler {name}")
            plain = re.sub(r"[\x00-\x20]", "", value)  # browsers ignore these inside a scheme
            if name in _LOADS and not plain.startswith(("data:", "#")):
                self.problems.append(f'<{tag}> loads "{value[:60]}"')
            if name == "href" and re.match(r"[\w+.-]+:|//", plain):
                self.problems.append(f'links to "{value[:60]}"')
            if name == "style":
                self.styles.append(value)
        if tag == "meta" and values.get("http-equiv", "").casefold() == "refresh":
            self.problems.append("sends the reader elsewhere by itself")

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.styles.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False
