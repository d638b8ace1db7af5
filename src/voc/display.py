"""Numbers -> text and results -> HTML. The only place that rounds, and the only place that writes markup (escaped)."""

from __future__ import annotations

import math
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Literal

import jinja2
import markupsafe
import pandas as pd

Kind = Literal["text", "count", "points", "change", "share", "share_change", "number", "range", "range_share", "range_number"]
MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
RECEIPT = "application/vnd.voc.receipt+json"  # what stands behind a shown result, for a run that publishes it
WANTED = "VOC_RECEIPTS"  # environment variable under which results bring their receipt along
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")  # what spreadsheets take for the start of a formula
LONGEST_FACT = 120  # characters; longer ones are sentences, which stand on the page
TOKEN = re.compile(rf"{MINUS}?\d+(?:,\d{{3}})*(?:\.\d+)?")


@dataclass(eq=False)  # one is not another with the same content
class Recording:
    """What was turned into text while it was open.

    Attributes:
        numbers: each number as it was shown, and its full value.
        tables: each table: caption, columns and rows at full precision.
        names: numbers that are part of names and of what a file holds, and so are no results.
    """

    numbers: list[tuple[str, float]] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


_OPEN: list[Recording] = []  # those that are recording now
_ALL: list[Recording] = []  # the one of a whole notebook


@contextmanager
def recording() -> Iterator[Recording]:
    """Record every number and table that is turned into text inside."""
    heard = Recording()
    _OPEN.append(heard)
    try:
        yield heard
    finally:
        _OPEN.remove(heard)


def listen() -> Recording | None:
    """From now on record everything, in a run that publishes: sentences may be made long before they are shown. Else None."""
    if not os.environ.get(WANTED):
        return None
    if not _ALL:
        _ALL.append(Recording())
        _OPEN.extend(_ALL)
    return _ALL[0]


def number(value: float, digits: int = 1) -> str:
    """A plain number; missing values become a dash.

    >>> number(-3.14159, 2), number(float("nan"))
    ('−3.14', '–')
    """
    if value is None or math.isnan(value):
        return NOTHING
    text = f"{abs(value):,.{digits}f}"
    shown = (MINUS if value < 0 and float(text.replace(",", "")) != 0 else "") + text
    for heard in _OPEN:
        heard.numbers.append((shown, float(value)))
    return shown


def read(shown: str) -> float:
    """The number that a text shows.

    >>> read("−1,234.5")
    -1234.5
    """
    return float(shown.replace(",", "").replace(MINUS, "-"))


def points(value: float) -> str:
    """A score in points."""
    return number(value)


def change(value: float) -> str:
    """A difference with its sign: "+4.1"."""
    text = number(value)
    return f"+{text}" if value > 0 and text != "0.0" else text


def count(value: float) -> str:
    """A whole number with thousands separators."""
    return number(value, 0)


def share(value: float) -> str:
    """A share 0..1 as a percentage: "12.3 %"."""
    return NOTHING if value is None or math.isnan(value) else f"{number(100 * value)}\N{NO-BREAK SPACE}%"


def interval(low: float, high: float, *, digits: int = 1) -> str:
    """A range in words, "29.1 to 37.6"; pages explain it as "low to high"."""
    if math.isnan(low) or math.isnan(high):
        return NOTHING
    return f"{number(low, digits)} to {number(high, digits)}"


def some(n: int, fewest: int) -> str:
    """A count of people for a page: none, or at least `fewest`; in between only that it is fewer."""
    return count(n) if n == 0 or n >= fewest else f"fewer than {fewest}"


def plural(n: float, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 answer", "2 answers"."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def rows(frame: pd.DataFrame) -> Iterator[Any]:
    """A frame's rows with their columns as attributes, for sentences."""
    yield from frame.itertuples()


def listed(words: list[str]) -> str:
    """Words as a sentence lists them.

    >>> listed(["price", "stock", "staff"])
    'price, stock and staff'
    """
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else ""


def quoted(text: str, *, longest: int = 320) -> str:
    """A comment for showing: cut at a word, with the cut marked."""
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0].rstrip(",.;:") + " …"


def safe_cell(text: str) -> str:
    """A text for a cell of a spreadsheet, which runs cells that begin like a formula: those get a quotation mark in front.

    >>> safe_cell("=1+1"), safe_cell("fine")
    ("'=1+1", 'fine')
    """
    return f"'{text}" if text.startswith(RISKY) else text


@dataclass(frozen=True)
class Column:
    """How one frame column is shown.

    Attributes:
        name: column of the frame; for a range, the low end's column, with the high end in `high`.
        label: table heading.
        kind: which of the formats above.
        high: column of the high end of a range.
    """

    name: str
    label: str
    kind: Kind = "text"
    high: str = ""


class Result(ABC):
    """What every analysis returns: rows, one plain sentence, and a table that renders itself."""

    behind_chart: ClassVar[bool] = False  # the rows are drawn beside it: the table opens on a click

    @property
    @abstractmethod
    def headline(self) -> str:
        """One plain sentence with its number."""

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """The rows at full precision."""

    @abstractmethod
    def _columns(self) -> list[Column]:
        """Which columns of `to_frame()` are shown, and how."""

    def _caption(self) -> str:
        return ""

    def _repr_html_(self) -> str:
        shown = self._shown()
        html = table(shown, self._columns(), caption=self._caption(), folded=self.behind_chart) if len(shown) else ""
        return headline(self.headline) + html

    def _shown(self) -> pd.DataFrame:
        """The rows that a page shows; results with many rows keep the first ones."""
        return self.to_frame()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.headline}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """In a run that publishes, the receipt beside the page's fragment; else nothing more than `_repr_html_`."""
        if not os.environ.get(WANTED):
            return {}
        with recording() as heard:
            html = self._repr_html_()
        return {"text/html": html, "text/plain": repr(self), RECEIPT: receipt(self, heard)}


@dataclass(frozen=True, repr=False)
class Note(Result):
    """A result that is only a sentence: what could not be worked out, and why.

    Attributes:
        sentence: the sentence.
        of: the result that it speaks of, for the receipt; None where there is none.
    """

    sentence: str
    of: Result | None = None

    @property
    def headline(self) -> str:
        """The sentence."""
        return self.sentence

    def to_frame(self) -> pd.DataFrame:
        """No rows."""
        return pd.DataFrame()

    def _columns(self) -> list[Column]:
        return []


def cell(row: Mapping[Any, Any], column: Column) -> str:
    """One table cell as plain text (not yet escaped)."""
    value = row[column.name]
    if column.kind.startswith("range"):
        low, high = float(value), float(row[column.high])
        factor = 100 if column.kind == "range_share" else 1
        return interval(low * factor, high * factor, digits=2 if column.kind == "range_number" else 1)
    if column.kind == "text":
        return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)
    if column.kind == "share_change":
        return change(100 * float(value))
    if column.kind == "number":
        return number(float(value), 2)
    formats: dict[str, Callable[[float], str]] = {"count": count, "points": points, "change": change, "share": share}
    return formats[column.kind](float(value))


def table(frame: pd.DataFrame, columns: list[Column], *, caption: str = "", folded: bool = False) -> str:
    """An HTML table, closed until it is asked for where `folded`; every text in it, headings included, is escaped."""
    for heard in _OPEN:
        heard.tables.append(_kept(frame, columns, caption))
    rows = [[cell(row, c) for c in columns] for row in frame.to_dict("records")]
    return _template("table").render(columns=columns, rows=rows, caption=caption, folded=folded)


def _kept(frame: pd.DataFrame, columns: list[Column], caption: str) -> dict[str, Any]:
    """A table as receipts keep it: the columns shown, at full precision; missing values are None."""
    names = list(dict.fromkeys(name for c in columns for name in (c.name, c.high) if name))
    values = frame[names].astype(object).where(frame[names].notna(), None)
    heads = [{"name": c.name, "label": c.label, "kind": c.kind, "high": c.high} for c in columns]
    rows = [[v.item() if hasattr(v, "item") else v for v in row] for row in values.to_numpy().tolist()]
    return {"caption": caption, "names": names, "columns": heads, "rows": [[v if _plain(v) else str(v) for v in row] for row in rows]}


def _plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def receipt(result: Result, heard: Recording) -> dict[str, Any]:
    """What stands behind a shown result: what it is, its base, level, method and selection, and every number at full precision."""
    return {
        "kind": type(result).__name__,
        "facts": _facts(result),
        "numbers": [list(pair) for pair in dict.fromkeys(heard.numbers)],
        "tables": heard.tables,
    }


def _facts(result: Result) -> dict[str, Any]:
    """Base, level, method, selection and the like: a result's plain fields, and those of the results that it holds."""
    out: dict[str, Any] = {}
    for name, value in ((f.name, getattr(result, f.name)) for f in fields(result)):  # type: ignore[arg-type]  # every result is a dataclass
        if isinstance(value, Result):
            out[name] = _facts(value)
        elif (isinstance(value, bool | int | str) and len(str(value)) <= LONGEST_FACT) or (isinstance(value, float) and not math.isnan(value)):
            out[name] = value
    base = getattr(result, "n", None)
    return out | ({"n": base} if isinstance(base, int | float) else {})


def headline(sentence: str) -> str:
    """The sentence above a result."""
    return _template("headline").render(sentence=sentence)


def render(name: str, **values: Any) -> str:
    """Fill one of the small fragments below; values are escaped."""
    return _template(name).render(**values)


def markup(html: str) -> str:
    """Mark a fragment made by `render` as already escaped, so that another fragment can hold it."""
    return markupsafe.Markup(html)  # noqa: S704 - only ever given what `render` has escaped


_FRAGMENTS = {
    "headline": '<p class="voc-headline">{{ sentence }}</p>',
    "table": (
        '{% if folded %}<details class="voc-fold"><summary>Show the numbers</summary>{% endif %}'
        '<div class="voc-scroll" tabindex="0" role="region" aria-label="{{ caption or "Table" }}"><table class="voc-table">'
        "{% if caption %}<caption>{{ caption }}</caption>{% endif %}<thead><tr>"
        '{% for c in columns %}<th scope="col"{% if c.kind != "text" %} class="num"{% endif %}>{{ c.label }}</th>{% endfor %}'
        "</tr></thead><tbody>{% for row in rows %}<tr>{% for value in row %}"
        '{% set c = columns[loop.index0] %}{% if loop.first %}<th scope="row">{{ value }}</th>'
        '{% else %}<td{% if c.kind != "text" %} class="num"{% endif %} data-label="{{ c.label }}">{{ value }}</td>{% endif %}'
        "{% endfor %}</tr>{% endfor %}</tbody></table></div>{% if folded %}</details>{% endif %}"
    ),
    "quotes": (
        '<ul class="voc-quotes">{% for q in quotes %}<li><blockquote>{{ q.text }}</blockquote>'
        '<span class="voc-source">{{ q.source }}</span></li>{% endfor %}</ul>'
    ),
    "card": (
        '<section class="voc-card"><h3>{{ title }}</h3><p>{{ sentence }}</p>{{ facts }}{{ quotes }}'
        '{% if unknown %}<p class="voc-unknown"><strong>What we do not know yet:</strong> {{ unknown }}</p>{% endif %}</section>'
    ),
    "facts": (
        '<dl class="voc-facts">{% for f in facts %}<dt>{{ f.name }}</dt><dd>{% if f.link %}<a href="{{ f.link }}">{{ f.text }}</a>'
        "{% else %}{{ f.text }}{% endif %}</dd>{% endfor %}</dl>"
    ),
    "teams": (
        '<ul class="voc-teams">{% for p in pages %}<li><a href="{{ p.file }}">{{ p.team }}</a> <span>{{ p.owns }}</span></li>{% endfor %}</ul>'
    ),
    "aside": '<p class="voc-aside">{{ sentence }}</p>',
    "sentences": '<ul class="voc-sentences">{% for s in sentences %}<li>{{ s }}</li>{% endfor %}</ul>',
    "voice": (
        '{% if folded %}<details class="voc-voice" id="{{ anchor }}"><summary><h3>{{ title }}</h3> <span class="voc-size">{{ size }}</span></summary>'
        '{% else %}<section class="voc-voice" id="{{ anchor }}"><h3>{{ title }}</h3> <span class="voc-size">{{ size }}</span>{% endif %}'
        "<p>{{ sentence }}</p>{% if subthemes %}<p>In it: {{ subthemes }}.</p>{% endif %}"
        '{% if quotes %}<ul class="voc-quotes">{% for q in quotes %}<li><blockquote>“{{ q.before }}<mark>{{ q.marked }}</mark>{{ q.after }}”'
        '</blockquote><span class="voc-source">{{ q.source }}</span></li>{% endfor %}</ul>{% endif %}'
        "{% if folded %}</details>{% else %}</section>{% endif %}"
    ),
    "sides": (
        '<section class="voc-voice"><h3>{{ title }}</h3><div class="voc-sides">{% for s in sides %}<div><p class="voc-side">{{ s.name }}</p>'
        '<ul class="voc-quotes">{% for q in s.quotes %}<li><blockquote>“{{ q }}”</blockquote></li>{% endfor %}</ul></div>{% endfor %}</div></section>'
    ),
    "notes": ('<div class="voc-notes">{% for note in notes %}<p>{{ note }}</p>{% endfor %}</div>'),
    "score": ('<div class="voc-score"><p class="voc-big">{{ value }}</p><div><p class="voc-label">{{ label }}</p><p>{{ sentence }}</p></div></div>'),
}


@cache
def _template(name: str) -> jinja2.Template:
    return jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(_FRAGMENTS[name])
