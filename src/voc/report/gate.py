"""Rendered pages -> everything that must not be published, each as a sentence with its page and cell; none means they may."""

from __future__ import annotations

import base64
import io
import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

import bs4
from PIL import Image, UnidentifiedImageError

from voc import display, text
from voc.findings.teams import MIME as TEAMS
from voc.schema import MIN_ANSWERS
from voc.score.pulse import RESTRICTED

LARGEST_PAGE = 5_000_000  # bytes
SHORTEST_ALT = 20  # characters
STAND_IN = "No description has been provided for this image"  # what nbconvert writes where there is none
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# Tags with their attributes. What `display` writes; anything else in a result is a comment that was not escaped.
SHOWN = {
    tag: frozenset(names.split())
    for tag, names in {
        "a": "class href", "blockquote": "", "caption": "", "data": "id value", "dd": "", "details": "class id",
        "div": "aria-label class id role tabindex", "dl": "class", "dt": "", "h2": "", "h3": "", "li": "", "mark": "",
        "p": "class", "section": "class id", "span": "class", "strong": "", "summary": "", "table": "class", "tbody": "",
        "td": "class data-label id", "th": "class id scope", "thead": "", "tr": "", "ul": "class",
    }.items()
}  # fmt: skip
# What the frame, the notebooks' own words, the charts and the daily pulse add.
PAGE = SHOWN | {
    tag: frozenset(names.split())
    for tag, names in {
        "a": "aria-current class href", "bdi": "", "body": "", "code": "", "em": "", "figure": "id", "footer": "", "h1": "", "head": "",
        "header": "class", "html": "lang", "img": "alt class height src width", "main": "id", "meta": "charset content http-equiv name",
        "nav": "aria-label", "ol": "", "p": "class dir role", "span": "aria-label class role", "style": "", "title": "",
    }.items()
}  # fmt: skip
VOID = ("img", "meta")
ONCE = {
    "html": "",
    "head": "html",
    "title": "head",
    "style": "head",
    "body": "html",
    "header": "body",
    "main": "body",
    "footer": "body",
}  # and in what
METAS = ("color-scheme", "robots", "viewport")
FILES = ("digest.txt", "findings.json", "run.json", "tables/tables.xlsx")  # what a pack holds beside its pages
NAME = "[NAME]"  # in tables and beside owners also words of our own are taken for names
INLINE = ("a", "bdi", "code", "data", "em", "mark", "span", "strong")  # a text goes on through them
PLACES = {
    "blockquote": "a comment",
    "img": "a description",
    "th": "a table",
    "td": "a table",
    "h1": "a heading",
    "h2": "a heading",
    "h3": "a heading",
}
NAMED = ("blockquote", "p", "h2", "h3")
_TAG = re.compile(r"""</?[a-z][a-z0-9]*(?:\s+[a-z][a-z:-]*(?:=(?:"[^"<]*"|'[^'<]*'|[^\s"'=<>`/]+))?)*\s*/?>""", re.IGNORECASE)
_DOCTYPE = re.compile(r"\s*<!doctype html>", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=\s]+")
_HREF = re.compile(r"(?!$)(?:\.\./index\.html|(?:[\w-]+/)?[\w-]+(?:\.[\w-]+)+)?(?:#[\w:.-]+)?")
_NUMBERS = re.compile(rf"[\d\s.,%+{display.MINUS}{display.NOTHING}]+(?: to [\d\s.,%+{display.MINUS}{display.NOTHING}]+)?")
_STYLES = {
    "a backslash": r"\\", "“@import”": "@import", "something from elsewhere": r"url\(\s*['\"]?(?!data:image/)|\b(?:src|image|image-set)\(|://",
    "“expression(”": r"expression\(", "a “<”": "<",
}  # fmt: skip
_RATED = ("points", "change", "number", "range", "range_number")  # scores and averages; beside a share, n may be those it counts
_BASES = ("n", "size", "base", "answers", "customers")
_RESULT = frozenset(("text/html", "text/plain", display.RECEIPT, TEAMS))
_CHART = frozenset(("image/png", "text/plain"))


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
        strange = sorted(set(tag.attrs) - SHOWN.get(tag.name, frozenset()))
        if tag.name not in SHOWN or strange:
            what = f"<{tag.name}>" if tag.name not in SHOWN else f"<{tag.name} {strange[0]}>"
            problems.append(f"{where} shows {what}, which voc does not write: a text was not escaped")
    inside = [tag.name for quote in soup.find_all("blockquote") for tag in quote.find_all(True) if tag.name != "mark"]
    problems += [f"{where} shows <{tag}> in a comment: its text was not escaped" for tag in inside]
    reader = _read(f"<main>{html}</main>")
    problems += [f"{where}: {problem}" for problem in _left(reader.texts)]
    problems += [f"{where}: {word} in a table is not hidden" for t in tables for value in _texts(t) for word in personal(value) if word != NAME]
    return list(dict.fromkeys(problems)) + [f"{where}: {words}" for t in tables for words in small_cells(t)]


def check_output(where: str, data: Mapping[str, Any]) -> list[str]:
    """Whether a visible cell shows what may be shown: a result with its receipt, or a chart, and nothing beside them."""
    kinds = set(data)
    result = {"text/html", display.RECEIPT} <= kinds <= _RESULT
    chart = "image/png" in kinds and kinds <= _CHART
    return [] if result or chart else [f"{where}: an output that is no result of voc"]


@lru_cache(maxsize=20_000)
def _hidden(words: str) -> tuple[str, ...]:
    hidden = text.redact(words)
    return () if hidden == words else tuple(m for m in sorted(set(re.findall(r"\[[A-Z]+\]", hidden))) if hidden.count(m) > words.count(m))


def personal(words: str) -> list[str]:
    """What personal data is left in a text, by what would stand in its place: "[EMAIL]"."""
    return list(_hidden(words))


def _left(texts: list[tuple[str, str]]) -> list[str]:
    """The personal data left in texts, each with the tag it stands in; names only where customers' words can stand."""
    found = [(word, tag) for tag, words in texts for word in personal(words) if word != NAME or tag in NAMED]
    return list(dict.fromkeys(f"{word} in {PLACES.get(tag, 'a text')} is not hidden" for word, tag in found))


def small_cells(table: Mapping[str, Any]) -> list[str]:
    """Rows of a table that show a score or an average of one to nine answers."""
    names = list(table["names"])
    bases = [b for b in _BASES if b in names]
    rated = [c for c in table["columns"] if c["kind"] in _RATED]
    if not bases or not rated:
        return []
    found = []
    for row in table["rows"]:
        values = dict(zip(names, row, strict=True))
        n = min((v for b in bases if isinstance(v := values[b], int | float)), default=None)
        shown = [c["label"] for c in rated if values[c["name"]] is not None]
        if isinstance(n, int | float) and 0 < n < MIN_ANSWERS and shown:
            found.append(f"the row “{row[0]}” shows “{shown[0]}” of {display.plural(n, 'answer')}; it takes {MIN_ANSWERS}")
    return found


def check_figure(where: str, png: str, alt: str) -> list[str]:
    """What is wrong with one chart: no or too short a description, nothing drawn."""
    problems = [] if len(alt.strip()) >= SHORTEST_ALT and _described(alt) else [f"{where}: a chart has no description"]
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    except (UnidentifiedImageError, ValueError):
        return [*problems, f"{where}: a chart cannot be read"]
    return problems if picture.getcolors(1) is None else [*problems, f"{where}: a chart is empty"]


def _described(alt: str) -> bool:
    """Whether a description holds a word, and is not the one that nbconvert puts in."""
    return bool(re.search(r"[^\W\d_]{2}", alt)) and alt.strip() != STAND_IN


def check_pages(pages: Mapping[str, str]) -> list[str]:
    """What is wrong with whole pages, with the links between them, and personal data in all of their <main>.

    Cells of class "num" that hold nothing but numbers are not searched for personal data: their digits are voc's own.

    Args:
        pages: file name -> HTML.
    """
    problems = []
    read = {name: _read(html) for name, html in pages.items()}
    ids = {name: reader.ids for name, reader in read.items()}
    for name, html in pages.items():
        problems += _problems(name, html, read[name])
        problems += [f"{name}: {link}" for link in _dead_links(name, read[name].links, ids)]
        problems += [f"{name}: {left}" for left in _left(read[name].texts)]
        if RESTRICTED in html:
            problems.append(f"{name} shows a daily pulse, which lists single customers and is never published")
    return problems


def _dead_links(name: str, links: list[str], ids: Mapping[str, set[str]]) -> list[str]:
    """Links that lead to no page of the report, or to no place on it."""
    dead = []
    for link in links:
        file, _, place = link.partition("#")
        page = file or name
        if page.startswith("../") or not _HREF.fullmatch(link):
            continue  # the months' index, made after; addresses are another check's
        if page in FILES:
            continue
        if page not in ids:
            dead.append(f'links to "{page}", which is no page of this report')
        elif place and place not in ids[page]:
            dead.append(f'links to "{link}", and there is no such place on that page')
    return list(dict.fromkeys(dead))


def check(name: str, html: str) -> list[str]:
    """Everything about one page that must not be published: what voc does not write, addresses, pictures without description, size."""
    return _problems(name, html, _read(html))


def _problems(name: str, html: str, reader: _Reader) -> list[str]:
    """`check`, for a page that has been read."""
    problems = [] if len(html.encode()) <= LARGEST_PAGE else [f"{name} is larger than {display.count(LARGEST_PAGE / 1e6)} MB"]
    found = [*reader.problems, *(f"<{tag}> is not closed" for tag in reader.open)]
    if not _DOCTYPE.match(html):
        found.append("does not begin with <!DOCTYPE html>")
    if reader.policies != 1:
        found.append(f"holds {display.plural(reader.policies, 'content security policy', 'content security policies')}; it takes one")
    css = "".join(reader.styles)
    found += [f"its style sheet holds {what}" for what, pattern in _STYLES.items() if re.search(pattern, css, re.IGNORECASE)]
    return problems + [f"{name}: {problem}" for problem in dict.fromkeys(found)]


def _texts(table: Mapping[str, Any]) -> list[str]:
    """The texts that a table shows."""
    at = [table["names"].index(c["name"]) for c in table["columns"] if c["kind"] == "text"]
    return [str(row[k]) for row in table["rows"] for k in at if row[k]]


def _read(html: str) -> _Reader:
    """Read a page so strictly that a browser cannot read it otherwise: a "<" that begins no plain tag is noted, and then taken for text."""
    reader = _Reader()
    leading = _DOCTYPE.match(html)
    rest = html[leading.end() :] if leading else html

    def plain(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        reader.problems.append(f'holds "{rest[found.start() : found.start() + 30]}", which begins no tag as voc writes them')
        return "&lt;"

    reader.feed(re.sub(f"({_TAG.pattern})|<", plain, rest, flags=re.IGNORECASE))
    reader.close()
    return reader


class _Reader(HTMLParser):
    """Collects what a page holds, and what of it voc does not write."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.styles: list[str] = []
        self.texts: list[tuple[str, str]] = []  # of <main>, with the tag they stand in
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.open: list[str] = []
        self.policies = 0
        self._seen: Counter[str] = Counter()
        self._words = ""
        self._in_number = False
        self._first = True  # nothing yet that must stand after the policy

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in reversed(attrs)}  # of two, browsers take the first
        self._flush(tag)
        self._place(tag)
        self._attributes(tag, attrs)
        if tag == "meta":
            self._meta(values)
        elif tag not in ("html", "head"):
            self._first = False
        if tag == "img":
            self._picture(values)
        if "href" in values:
            self._link(values["href"])
        if "id" in values:
            self.ids.add(values["id"])
        if tag == "td":
            self._in_number = values.get("class") == "num"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.problems.append(f"<{tag}/> is not closed")
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._flush(tag)
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.problems.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.styles.append(data)
        elif "main" in self.open:
            self._words += data
        if data.strip():
            self._first = False

    def _flush(self, tag: str) -> None:
        """Keep the text up to a tag that ends it."""
        if tag in INLINE:
            return
        around = next((name for name in reversed(self.open) if name not in INLINE), "")
        if self._words.strip() and not (self._in_number and around == "td" and _NUMBERS.fullmatch(self._words)):
            self.texts.append((around, self._words))
        self._words = ""

    def _place(self, tag: str) -> None:
        """Whether a tag may stand here."""
        self._seen[tag] += 1
        if tag in ONCE and self._seen[tag] > 1:
            self.problems.append(f"holds a second <{tag}>")
        if tag in ONCE and ONCE[tag] != (self.open[-1] if self.open else ""):
            self.problems.append(f"holds a <{tag}> in the wrong place")
        if "blockquote" in self.open and tag != "mark":
            self.problems.append(f"holds a <{tag}> in a comment: its text was not escaped")

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Whether voc writes such a tag, with such attributes."""
        if tag not in PAGE:
            self.problems.append(f"holds a <{tag}>, which voc does not write")
        for name, times in Counter(name for name, _ in attrs).items():
            if name not in PAGE.get(tag, ()):
                self.problems.append(f"holds <{tag} {name}>, which voc does not write")
            elif times > 1:
                self.problems.append(f"holds <{tag}> with more than one {name}")

    def _meta(self, values: dict[str, str]) -> None:
        """Character set, how the page is to be shown, and the policy, which stands before everything else."""
        if values == {"http-equiv": "Content-Security-Policy", "content": POLICY}:
            self.policies += 1
            if not self._first or self.open != ["html", "head"]:
                self.problems.append("its content security policy does not stand first")
        elif "http-equiv" in values:
            self.problems.append(f'holds <meta http-equiv="{values["http-equiv"][:60]}">, or with other words than voc\'s')
        elif values.get("charset", "utf-8").casefold() != "utf-8" or (values.get("name", METAS[0]) not in METAS):
            self.problems.append(f"holds <meta {'charset' if 'charset' in values else values['name'][:60]}>, which voc does not write")
        elif "charset" not in values and values.get("name") != "viewport":
            self._first = False

    def _picture(self, values: dict[str, str]) -> None:
        """A picture lies in the page, and is described."""
        alt, source = values.get("alt", ""), values.get("src", "")
        if not _described(alt):
            self.problems.append("a picture has no description")
        if not _PICTURE.fullmatch(source):
            self.problems.append(f'a picture loads "{source[:60]}"')
        if "main" in self.open:
            self.texts.append(("img", alt))

    def _link(self, link: str) -> None:
        """Links lead to places on the page and to files of the report."""
        self.links.append(link)
        if not _HREF.fullmatch(link):
            self.problems.append(f'links to "{link[:60]}"')
