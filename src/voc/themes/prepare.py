"""Comments -> units and clauses: replies that say nothing set aside, duplicates collapsed, all in canonical order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import text
from voc.ingest import Survey
from voc.schema import RESPONSE_ID

STAND_IN = "Smith"  # a hidden name is read as any other name, so that hiding names changes no theme; it never names one
ENGLISH = "en"
READ_FOR_LANGUAGE = 20_000  # distinct comments; of more, evenly spread ones are read

Span = tuple[int, int]


@dataclass(frozen=True)
class Units:
    """What is grouped, and what is placed.

    A unit is a short comment, or a sentence of a long one: themes are found among units. A clause is a part of any comment:
    clauses are placed into themes, so that a comment can speak of several.

    Attributes:
        comments: one row per comment given: `id`, `customer` (one of its own where none is known), `text` (clean and redacted), `kind`:
            "answer", "praise" or "complaint" ("nothing" to "What should we improve?", or to "What did you like?"), "non-answer" or "blank".
        texts: distinct unit texts as they are grouped, sorted; texts that differ in case, punctuation and the like are one.
        places: one row per unit of each answer: `comment` (position), `start`, `end` (characters), `unit` (index in `texts`).
        parts: distinct clause texts, sorted.
        clauses: one row per clause of each answer: `comment`, `start`, `end`, `part` (index in `parts`), `unit` (the unit that it lies in).
        languages: share of the answers by language code, "" where it cannot be told; the largest first.
    """

    comments: pd.DataFrame
    texts: list[str]
    places: pd.DataFrame
    parts: list[str]
    clauses: pd.DataFrame
    languages: dict[str, float]


def units_of(comments: Survey | pd.Series | Sequence[str], *, question: str = "") -> Units:
    """Split comments into units and clauses.

    Args:
        comments: a Survey (whose comments are already clean), a Series or a list of str; missing ones count as blank.
        question: the wording of the open question; "" takes the survey's own.
    """
    table = _table(comments, question)
    distinct = sorted(table.loc[table["kind"] == "answer", "text"].unique())
    without = _without(comments.mapping.things if isinstance(comments, Survey) else ())
    units = {t: text.units(t) for t in distinct}
    clauses = {t: _clauses(t, units[t]) for t in distinct}
    texts, unit_of = _folded(without(t[a:b]) for t in distinct for a, b in units[t])
    parts, part_of = _folded(without(t[a:b]) for t in distinct for a, b, _ in clauses[t])
    rows, marks = [], []
    for position, (t, kind) in enumerate(zip(table["text"], table["kind"], strict=True)):
        if kind == "answer":
            within = [unit_of[without(t[a:b])] for a, b in units[t]]
            rows += [(position, a, b, unit) for (a, b), unit in zip(units[t], within, strict=True)]
            marks += [(position, a, b, part_of[without(t[a:b])], within[i]) for a, b, i in clauses[t]]
    return Units(
        table,
        texts,
        pd.DataFrame(rows, columns=["comment", "start", "end", "unit"]).astype("int64"),
        parts,
        pd.DataFrame(marks, columns=["comment", "start", "end", "part", "unit"]).astype("int64"),
        _languages(distinct),
    )


def _clauses(comment: str, units: list[Span]) -> list[tuple[int, int, int]]:
    """Clauses with the number of the unit in which each starts."""
    ends = np.array([b for _, b in units])
    return [(a, b, min(int(np.searchsorted(ends, a, side="right")), len(units) - 1)) for a, b in text.clauses(comment)]


def _folded(texts: Iterable[str]) -> tuple[list[str], dict[str, int]]:
    """Distinct texts, near duplicates once (the first in sorted order stands for them), and each text's place in the list."""
    kept: dict[str, str] = {}
    keys: dict[str, str] = {}
    for t in sorted(set(texts)):
        keys[t] = text.folded(t)
        kept.setdefault(keys[t], t)
    order = sorted(kept.values())
    index = {t: i for i, t in enumerate(order)}
    return order, {t: index[kept[key]] for t, key in keys.items()}


def _without(things: tuple[str, ...]) -> Callable[[str], str]:
    """A function that puts "it" for words that only say what was bought, singular or plural, and a plain word for hidden names."""
    words = "|".join(re.escape(w) for w in sorted(things, key=len, reverse=True))
    pattern = re.compile(rf"\b(?:{words})(?:e?s)?\b", re.IGNORECASE) if things else None
    return lambda part: (pattern.sub("it", part) if pattern else part).replace("[NAME]", STAND_IN)


def as_grouped(comment: str, things: tuple[str, ...]) -> str:
    """A comment as units are read: cleaned, redacted, with the stand-ins."""
    return _without(things)(text.redact(text.normalise(comment)))


def _table(comments: Survey | pd.Series | Sequence[str], question: str) -> pd.DataFrame:
    customers: list[str] = []
    if isinstance(comments, Survey):
        ids, clean = comments.frame[RESPONSE_ID].tolist(), comments.frame["comment"].tolist()
        customers = comments.who.tolist()
        question = question or comments.mapping.question
    else:
        series = pd.Series(comments, dtype="object").fillna("").astype(str)
        distinct = sorted(series.unique())
        known = dict(zip(distinct, text.redact_all([text.normalise(t) for t in distinct]), strict=True))
        ids, clean = [str(i) for i in series.index], [known[t] for t in series]
    kinds = {t: text.reply_kind(t, question) if t else "blank" for t in set(clean)}
    return pd.DataFrame({"id": ids, "customer": customers or ids, "text": clean, "kind": [kinds[t] for t in clean]})


def _languages(distinct: list[str]) -> dict[str, float]:
    """Share of distinct answers by language; "" where it cannot be told."""
    read = distinct[:: max(1, -(-len(distinct) // READ_FOR_LANGUAGE))]
    counts = pd.Series([text.language(t) for t in read], dtype="object").value_counts(normalize=True).sort_index()
    return {str(code): float(share) for code, share in counts.sort_values(ascending=False, kind="stable").items()}
