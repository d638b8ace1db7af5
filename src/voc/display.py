"""Numbers -> text and results -> HTML. The only place that rounds, and the only place that writes markup (escaped)."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal

import jinja2
import markupsafe
import pandas as pd

Kind = Literal["text", "count", "points", "change", "share", "share_change", "number", "range", "range_share", "range_number"]
MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"


def number(value: float, digits: int = 1) -> str:
    """A plain number; missing values become a dash.

    >>> number(-3.14159, 2), number(float("nan"))
    ('−3.14', '–')
    """
    if value is None or math.isnan(value):
        return NOTHING
    text = f"{abs(value):,.{digits}f}"
    return (MINUS if value < 0 and float(text.replace(",", "")) != 0 else "") + text


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


@dataclass(frozen=True, repr=False)
class Note(Result):
    """A result that is only a sentence: what could not be worked out, and why."""

    sentence: str

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
    rows = [[cell(row, c) for c in columns] for row in frame.to_dict("records")]
    return _template("table").render(columns=columns, rows=rows, caption=caption, folded=folded)


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
        '<section class="voc-card"><h3>{{ title }}</h3><p>{{ sentence }}</p>{{ quotes }}'
        '{% if unknown %}<p class="voc-unknown"><strong>What we do not know yet:</strong> {{ unknown }}</p>{% endif %}</section>'
    ),
    "voice": (
        '{% if folded %}<details class="voc-voice"><summary><h3>{{ title }}</h3> <span class="voc-size">{{ size }}</span></summary>'
        '{% else %}<section class="voc-voice"><h3>{{ title }}</h3> <span class="voc-size">{{ size }}</span>{% endif %}'
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
