"""Comments -> units and clauses: replies that say nothing set aside, duplicates collapsed, all in canonical order."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voc import text
from voc.encode import disk
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


def units_of(comments: Survey | pd.Series | Sequence[str], *, question: str = "", use_cache: bool = False) -> Units:
    """Split comments into units and clauses.

    Args:
        comments: a Survey (whose comments are already clean), a Series or a list of str; missing ones count as blank.
        question: the wording of the open question; "" takes the survey's own.
        use_cache: keep and reuse on disk where comments are cut, and in which languages they are.
    """
    table = _table(comments, question)
    distinct = sorted(table.loc[table["kind"] == "answer", "text"].unique())
    without = _without(comments.mapping.things if isinstance(comments, Survey) else ())
    read = disk.arrays("cuts", distinct, lambda: _read(distinct), packages=["spacy", "py3langid"], use_cache=use_cache)
    units, clauses = _by_text(distinct, read["units"]), _by_text(distinct, read["clauses"])
    texts, unit_of = _folded({without(t[a:b]) for t in distinct for a, b in units[t]}, use_cache)
    parts, part_of = _folded({without(t[a:b]) for t in distinct for a, b, _ in clauses[t]}, use_cache)
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
        dict(zip(read["languages"].tolist(), read["shares"].tolist(), strict=True)),
    )


def _read(distinct: list[str]) -> disk.Arrays:
    """Spans of the units (place of the text, start, end) and of the clauses (also the unit), and the share of each language."""
    units = {t: text.units(t) for t in distinct}
    spoken = _languages(distinct)
    return {
        "units": np.array([(i, *cut) for i, t in enumerate(distinct) for cut in units[t]], dtype=np.int64).reshape(-1, 3),
        "clauses": np.array([(i, *cut) for i, t in enumerate(distinct) for cut in _clauses(t, units[t])], dtype=np.int64).reshape(-1, 4),
        "languages": np.array(list(spoken), dtype=str),
        "shares": np.array(list(spoken.values()), dtype=np.float64),
    }


def _by_text(distinct: list[str], rows: NDArray[np.int64]) -> dict[str, list[tuple[int, ...]]]:
    """What belongs to each text."""
    found: dict[str, list[tuple[int, ...]]] = {t: [] for t in distinct}
    for place, *cut in rows.tolist():
        found[distinct[place]].append(tuple(cut))
    return found


def _clauses(comment: str, units: list[Span]) -> list[tuple[int, int, int]]:
    """Clauses with the number of the unit in which each starts."""
    ends = np.array([b for _, b in units])
    return [(a, b, min(int(np.searchsorted(ends, a, side="right")), len(units) - 1)) for a, b in text.clauses(comment)]


def _folded(texts: set[str], use_cache: bool) -> tuple[list[str], dict[str, int]]:
    """Distinct texts, near duplicates once (the first in sorted order stands for them), and each text's place in the list."""
    every = sorted(texts)
    first = disk.arrays("alike", every, lambda: {"first": _first_alike(every)}, use_cache=use_cache)["first"]
    order, place = np.unique(first, return_inverse=True)
    return [every[i] for i in order.tolist()], dict(zip(every, place.tolist(), strict=True))


def _first_alike(texts: list[str]) -> NDArray[np.int64]:
    """For each text the place of the first that is the same but for case, punctuation and the like."""
    firsts: dict[str, int] = {}
    return np.array([firsts.setdefault(text.folded(t), i) for i, t in enumerate(texts)], dtype=np.int64)


def _without(things: tuple[str, ...]) -> Callable[[str], str]:
    """A function that puts "it" for words that only say what was bought, singular or plural, and a plain word for hidden names."""
    words = "|".join(re.escape(w) for w in sorted(things, key=len, reverse=True))
    pattern = re.compile(rf"\b(?:{words})(?:e?s)?\b", re.IGNORECASE) if things else None
    return cache(lambda part: (pattern.sub("it", part) if pattern else part).replace("[NAME]", STAND_IN))


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
