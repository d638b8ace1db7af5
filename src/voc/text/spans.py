"""str -> spans of it: what every rule for personal data works with. No rule is here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

Span = tuple[int, int, str]  # start, end, kind
TAKEN = "\ue000"  # stands for a character that is hidden already
DIGIT = re.compile(r"\d")
UPPER = "A-ZÀ-ÖØ-ÞĆČĐĘŁŃŐŘŚŠŞŰŹŻŽİ"  # what a name begins with, for the inside of [...]


def disjoint(spans: Iterable[Span]) -> list[Span]:
    """Spans that overlap none before them, in order of place."""
    taken: set[int] = set()
    kept = []
    for start, end, kind in spans:
        if taken.isdisjoint(range(start, end)):
            taken.update(range(start, end))
            kept.append((start, end, kind))
    return sorted(kept)


def matches(shape: re.Pattern[str], text: str, kind: str) -> Iterator[Span]:
    """Where a shape is; only its group "code", where it has one."""
    group = "code" if "code" in shape.groupindex else 0
    for m in shape.finditer(text):
        yield m.start(group), m.end(group), kind


def masked(text: str, spans: list[Span]) -> str:
    """The text with what was found out of sight, in the same places."""
    return replaced(text, [(start, end, TAKEN * (end - start)) for start, end, _ in spans])


def without(shape: re.Pattern[str], text: str) -> str:
    """The text with every place of that shape out of sight."""
    return shape.sub(lambda m: TAKEN * len(m.group()), text)


def replaced(text: str, changes: list[Span]) -> str:
    """The text with some places replaced; they are in order and do not overlap."""
    pieces, last = [], 0
    for start, end, new in changes:
        pieces += [text[last:start], new]
        last = end
    return "".join([*pieces, text[last:]])
