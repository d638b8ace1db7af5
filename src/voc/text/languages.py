"""str -> the code of the language it is written in, or "" where that cannot be told."""

from __future__ import annotations

from functools import cache
from typing import Any

SHORTEST = 20  # characters; the language of fewer cannot be told
# Probability. Of 20,929 English comments none was called anything else and 9.7 % could not be told (at 0.9, 17.6 %; at 0.7, two were called
# Nigerian Pidgin); of 128 short sentences in six other languages none was called wrong and 21 % could not be told (at 0.9, 34 %).
SURE = 0.8


def language(text: str, *, sure: float = SURE) -> str:
    """The ISO 639 code of a text's language as py3langid reads it; "" when it is shorter than 20 characters or the answer is unsure.

    Args:
        text: a comment or a sentence.
        sure: the least probability (0..1) at which a language is named.

    >>> [language(t) for t in ("Ich habe viel zu lange gewartet", "I waited far too long for an answer", "Gut")]
    ['de', 'en', '']

    References:
        Lui & Baldwin (2012), langid.py: an off-the-shelf language identification tool, ACL system demonstrations, 25-30.
    """
    if len(text) < SHORTEST:
        return ""
    code, probability = _identifier().classify(text)
    return str(code) if probability >= sure else ""


@cache
def _identifier() -> Any:
    from py3langid import langid  # its model is loaded on first use

    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
