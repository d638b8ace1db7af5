"""str -> str: a comment as typed -> one clean line."""

from __future__ import annotations

import html
import re
import unicodedata

# Directional overrides, zero-width marks and control characters: invisible, and able to disguise what a page shows.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\u061c\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SPACE = re.compile(r"\s+")
_ONLY_PLAIN = re.compile(r"[ -%'-~]*")  # printable ASCII without "&"
_BREAK = re.compile(r"</?(?:br|p|div|li)\s?/?>", re.IGNORECASE)
ROUNDS = 10  # text that was escaped more often than this is not meant to be read

# What a form puts before an answer. The words begin with a capital and a mark follows them: "comment was ignored" is a comment.
# "Response:" and "Antwort:" are left alone: "Response: slow" is about the response.
_FORM_PREFIX = re.compile(
    r"(?:[\[(]?(?:Q\s?\d{1,3}[a-z]?|Question \d{1,3}|Frage \d{1,3})[\])]?\s?(?:[:.)]|[-–—](?=\s))"
    r"|[\[(]Q\d{1,3}[a-z]?[\])]"
    r"|Other\s?(?:[-–,]\s?|\()?[Pp]lease (?:specify|state|explain|describe)\)?\s?[:.-]"
    r"|(?:(?:Any|Other|Additional|Further|General) (?:other |further )?[Cc]omments?|(?:Your |Customer )[Cc]omments?|Comments?"
    r"|Answer|Verbatim|Free ?text|Kommentar|Anmerkung(?:en)?|Bemerkung(?:en)?|Commentaires?|Remarques?|Comentarios?|Comentários?"
    r"|Commento|Commenti|Opmerking(?:en)?|Toelichting)\s?(?:[:=]|[-–—](?=\s)))\s*"
)
_GLUED = re.compile(r"(?<=[^\W\d_][^\W\d_])(?P<mark>[.!?…]+)(?=[^\W\d_])")
_NEAR = 60  # characters that are looked at on either side of a mark
_TOKEN_END = re.compile(r"\S*\s?$")
_TOKEN = re.compile(r"\S*")
_ADDRESS = re.compile(r"[@/\\=_]|www\.", re.IGNORECASE)
_NO_SENTENCE = re.compile(r"(?:com|co|org|net|edu|gov|info|io|ai|app|uk|de|fr|es|it|nl|eu|us|ca|au|ie|pt|at|ch|be|js|pdf|docx?|xlsx?|html?)\b", re.I)
_SPELT_AT = re.compile(r"\S*\s*(?:@|[(\[{]\s?at\b|at\s+\S+(?:\.| dot )\w)", re.IGNORECASE)
_STARTS = re.compile(r"\w[^\W\d_]|[IAÀÈÉOY]\b")


def normalise(text: str) -> str:
    """One clean line: entities decoded, Unicode composed, invisible characters dropped, white space folded, what was glued taken apart.

    Prefixes that a form writes ("Q1:", "Comment:") go; a sentence that begins right after a full stop gets its blank back, unless it
    is an address or an abbreviation. Cleaning a clean text changes nothing.

    >>> normalise("Great&nbsp;staff &lrm;!")
    'Great staff !'
    >>> normalise("Q1: It was late.Nobody told me")
    'It was late. Nobody told me'
    """
    for _ in range(ROUNDS):
        before, text = text, _cleaned(text)
        if text == before:
            break
    return text


def _cleaned(text: str) -> str:
    if not _ONLY_PLAIN.fullmatch(text):
        plain = unicodedata.normalize("NFC", html.unescape(text))
        text = _INVISIBLE.sub("", _SPACE.sub(" ", plain))
    if "<" in text:
        text = _BREAK.sub(" ", text)
    text = _SPACE.sub(" ", text).strip()
    while (prefix := _FORM_PREFIX.match(text)) and prefix.end() < len(text):
        text = text[prefix.end() :]
    return _GLUED.sub(lambda m: m["mark"] + (" " if _starts_sentence(m) else ""), text)


def _starts_sentence(mark: re.Match[str]) -> bool:
    """True where a word in small letters ends before the mark and a sentence begins right after it."""
    text, before, after = mark.string, mark.start(), mark.end()
    if not (text[before - 1].islower() and text[after].isupper() and _STARTS.match(text, after)):
        return False
    if _NO_SENTENCE.match(text, after) or _SPELT_AT.match(text[after : after + _NEAR]):
        return False
    left = _TOKEN_END.search(text[max(before - _NEAR, 0) : before])
    right = _TOKEN.match(text[after : after + _NEAR])
    return not any(_ADDRESS.search(side.group()) for side in (left, right) if side)
