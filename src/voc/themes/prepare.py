"""Comments -> units: non-answers set aside, duplicates collapsed, long comments split, all in canonical order."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from voc import text
from voc.ingest import Survey
from voc.schema import RESPONSE_ID

STAND_IN = "Smith"  # a hidden name is read as any other name, so that hiding names changes no theme; it never names one


@dataclass(frozen=True)
class Units:
    """What is grouped.

    Attributes:
        comments: one row per comment given: `id`, `text` (clean and redacted), `kind`: "answer", "non-answer" or "blank".
        texts: distinct unit texts as they are grouped, sorted; the order of the comments does not show in them.
        places: one row per unit of each answer: `comment` (position), `start`, `end` (characters), `unit` (index in `texts`).
    """

    comments: pd.DataFrame
    texts: list[str]
    places: pd.DataFrame


def units_of(comments: Survey | pd.Series | Sequence[str]) -> Units:
    """Split comments into units.

    Args:
        comments: a Survey (whose comments are already clean), a Series or a list of str; missing ones count as blank.
    """
    table = _table(comments)
    distinct = sorted(table.loc[table["kind"] == "answer", "text"].unique())
    without = _without(comments.mapping.things if isinstance(comments, Survey) else ())
    spans = {t: [(a, b, without(t[a:b])) for a, b in text.units(t)] for t in distinct}
    texts = sorted({part for cuts in spans.values() for _, _, part in cuts})
    index = {t: i for i, t in enumerate(texts)}
    rows = [
        (position, a, b, index[part])
        for position, (t, kind) in enumerate(zip(table["text"], table["kind"], strict=True))
        if kind == "answer"
        for a, b, part in spans[t]
    ]
    return Units(table, texts, pd.DataFrame(rows, columns=["comment", "start", "end", "unit"]).astype("int64"))


def _without(things: tuple[str, ...]) -> Callable[[str], str]:
    """A function that puts "it" for words that only say what was bought, singular or plural, and a plain word for hidden names."""
    words = "|".join(re.escape(w) for w in sorted(things, key=len, reverse=True))
    pattern = re.compile(rf"\b(?:{words})(?:e?s)?\b", re.IGNORECASE) if things else None
    return lambda part: (pattern.sub("it", part) if pattern else part).replace("[NAME]", STAND_IN)


def _table(comments: Survey | pd.Series | Sequence[str]) -> pd.DataFrame:
    if isinstance(comments, Survey):
        ids, clean = comments.frame[RESPONSE_ID].tolist(), comments.frame["comment"].tolist()
    else:
        series = pd.Series(comments, dtype="object").fillna("").astype(str)
        known = {t: text.redact(text.normalise(t)) for t in series.unique()}
        ids, clean = [str(i) for i in series.index], [known[t] for t in series]
    kinds = {t: "blank" if not t else "non-answer" if text.is_non_answer(t) else "answer" for t in set(clean)}
    return pd.DataFrame({"id": ids, "text": clean, "kind": [kinds[t] for t in clean]})
