"""str -> str: clean a comment, hide personal data in it, split it into units, recognise non-answers. No frames."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

from voc.text.nothing import is_non_answer
from voc.text.privacy import KINDS, LONGEST, names_found_by, personal_spans, redact, redact_all

__all__ = [
    "KINDS", "is_non_answer", "names_found_by", "normalise", "personal_spans", "redact", "redact_all", "units",
]  # fmt: skip

# Directional overrides, zero-width marks and control characters: invisible, and able to disguise what a page shows.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\u061c\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SPACE = re.compile(r"\s+")

_UNBROKEN = re.compile(r"\S{200,}")

_CONTRAST = re.compile(r"(?:[,;]\s+|\s+[-–]\s+)(?=(?:but|however|although|though|except|shame|only)\b)|;\s+", re.IGNORECASE)
SPLIT_FROM = 120  # characters; shorter comments are one unit
SHORTEST_UNIT = 20


def normalise(text: str) -> str:
    """One clean line: entities decoded, Unicode composed, invisible characters dropped, white space folded.

    >>> normalise("Great&nbsp;staff &lrm;!")
    'Great staff !'
    """
    plain = unicodedata.normalize("NFC", html.unescape(text))
    return _SPACE.sub(" ", _INVISIBLE.sub("", _SPACE.sub(" ", plain))).strip()


def units(text: str) -> list[tuple[int, int]]:
    """Character spans of a comment's units: sentences, and the parts before and after "but".

    Comments under 120 characters are one unit; parts under 20 characters stay with their neighbour.

    >>> comment = ("The wait was forty minutes and nobody at all could tell us why that was. "
    ...            "In the end we were served, but Denise was lovely and sorted it.")
    >>> [comment[start:end] for start, end in units(comment)][1:]
    ['In the end we were served,', 'but Denise was lovely and sorted it.']
    """
    if len(text) < SPLIT_FROM:
        return [(0, len(text))]
    spans: list[tuple[int, int]] = []
    for start, end in _pieces(text):
        if spans and (end - start < SHORTEST_UNIT or spans[-1][1] - spans[-1][0] < SHORTEST_UNIT):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Sentences cut again at contrasts, without surrounding blanks."""
    # A long run without blanks is no sentence and would take the tokeniser minutes; same length, so that offsets hold.
    shown = _UNBROKEN.sub(lambda m: "x" * len(m.group()), text)
    for sentence in _sentencizer()(shown).sents:
        start, stop = sentence.start_char, sentence.end_char
        cuts = [m.end() for m in _CONTRAST.finditer(text, start, stop)]
        for left, right in zip([start, *cuts], [*cuts, stop], strict=True):
            piece = text[left:right]
            if piece.strip():
                yield left + len(piece) - len(piece.lstrip()), right - len(piece) + len(piece.rstrip())


@cache
def _sentencizer() -> Any:
    import spacy  # heavy third-party import, deferred so that `import voc` stays light

    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    pipeline.max_length = LONGEST
    return pipeline
