"""str -> str: personal data in a comment hidden behind tokens such as [EMAIL]."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
from functools import cache
from typing import Any

from voc.schema import VocError
from voc.text.numbers import numbers
from voc.text.online import addresses
from voc.text.people import names_announced
from voc.text.places import places
from voc.text.spans import Span, disjoint, masked, replaced

KINDS = {
    "EMAIL": "e-mail addresses", "LINK": "web addresses", "CARD": "card numbers", "PHONE": "telephone numbers",
    "NUMBER": "order and account numbers", "ADDRESS": "postal addresses", "NAME": "names",
}  # fmt: skip
DEFAULT_MODEL = "en_core_web_sm"
LONGEST = 10_000_000  # characters
_TOKEN = re.compile(rf"\[(?:{'|'.join(KINDS)})\]")


def redact(text: str) -> str:
    """Hide e-mail, web and postal addresses, telephone, card and order numbers and names that announce themselves behind tokens such as [EMAIL].

    >>> redact("mail me at jo@example.com or 020 7946 0991, order 4471-88213, ask for Mr Bell")
    'mail me at [EMAIL] or [PHONE], order [NUMBER], ask for Mr [NAME]'
    """
    return _hidden(text, personal_spans(text))


def redact_all(texts: list[str]) -> list[str]:
    """`redact` each text, and hide the names that the language model finds, where one is installed."""
    safe = [redact(t) for t in texts]
    pipeline = _name_finder()
    if pipeline is None:
        return safe
    return [_hidden(doc.text, _names(doc)) for doc in pipeline.pipe(safe)]


def personal_spans(text: str) -> list[Span]:
    """Where personal data stands in a text: (start, end, kind), in order and without overlap.

    Rules are tried from the most certain to the least; what one has found is out of sight of the next, and all are
    tried again until they find nothing more: two telephone numbers side by side hide one another at first.
    """
    found: list[Span] = []
    shown, before = text, -1
    while len(found) > before:
        before = len(found)
        for finder in (addresses, names_announced, places, numbers):
            spans = disjoint(finder(shown))
            found += spans
            shown = masked(shown, spans)
    return sorted(found)


def names_found_by() -> str:
    """The language model that finds names, with its version; "" when none is installed."""
    if wanted := os.environ.get("VOC_LANGUAGE_MODEL"):
        return os.path.basename(wanted)
    return f"{DEFAULT_MODEL} {importlib.metadata.version(DEFAULT_MODEL)}" if _has_default_model() else ""


def _hidden(text: str, spans: list[Span]) -> str:
    return replaced(text, [(start, end, f"[{kind}]") for start, end, kind in spans])


def _names(doc: Any) -> list[Span]:
    """Where the model sees people; a token of ours that it takes for a part of a name is left alone."""
    tokens = [m.span() for m in _TOKEN.finditer(doc.text)]
    spans: list[Span] = []
    for entity in doc.ents:
        if entity.label_ not in ("PERSON", "PER"):
            continue
        start = entity.start_char
        inside = [(a, b) for a, b in tokens if a < entity.end_char and b > entity.start_char]
        for a, b in [*inside, (entity.end_char, entity.end_char)]:
            piece = doc.text[start:a]
            if any(c.isalpha() for c in piece):
                left = start + len(piece) - len(piece.lstrip())
                spans.append((left, left + len(piece.strip()), "NAME"))
            start = max(start, b)
    return spans


def _has_default_model() -> bool:
    return importlib.util.find_spec(DEFAULT_MODEL) is not None


@cache
def _name_finder() -> Any:
    """The language pipeline, when one that finds names is installed: the model named by VOC_LANGUAGE_MODEL, or en_core_web_sm."""
    wanted = os.environ.get("VOC_LANGUAGE_MODEL", "")
    if not wanted and not _has_default_model():
        return None
    import spacy  # heavy third-party import, deferred so that `import voc` stays light

    try:
        pipeline = spacy.load(wanted or DEFAULT_MODEL)
    except (OSError, ValueError) as error:
        raise VocError(f'the language model "{wanted or DEFAULT_MODEL}" cannot be loaded: {str(error).splitlines()[0][:120]}') from None
    pipeline.max_length = LONGEST
    return pipeline
