"""str -> spans of it: the units that are grouped into themes, and the clauses that are placed into them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from voc.text.privacy import LONGEST

Cut = tuple[int, int]

SPLIT_FROM = 250  # characters; shorter comments are one unit
SHORTEST_UNIT = 20
SHORTEST_CLAUSE = 15

_UNBROKEN = re.compile(r"\S{200,}")
_CONTRAST = re.compile(r"(?:[,;]\s+|\s+[-–]\s+)(?=(?:but|however|although|though|except|shame|only)\b)|;\s+", re.IGNORECASE)

# Chinese, Japanese and Korean say in one character what takes three letters, and write no blanks.
_DENSE = re.compile("[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]")
_DENSE_AS = 3
_MARK = r"[,;:]\s+|\s+[-–—]\s+|[。！？]+|[，；：]"
# Words that begin a clause. "Mais" is "but" in French and "more" in Portuguese, so that each language has its own.
_LINKS = {
    "en": "but|however|although|though|except|yet|while|whereas|because|which|so|and",
    "de": "aber|jedoch|allerdings|obwohl|trotzdem|außer|während|wohingegen|weil|sondern|sodass|und",
    "fr": "mais|cependant|pourtant|toutefois|bien que|sauf|tandis que|alors que|parce que|puisque|donc|et",
    "es": "pero|sin embargo|aunque|excepto|salvo|mientras|porque|así que|y",
    "it": "ma|però|tuttavia|anche se|tranne|mentre|invece|perché|quindi|e",
    "nl": "maar|echter|hoewel|behalve|terwijl|omdat|dus|en",
    "pt": "mas|porém|contudo|embora|exceto|enquanto|porque|e",
}
_CLAUSE_CUTS = {code: re.compile(rf"{_MARK}|\s+(?=(?:{words})\s)", re.IGNORECASE) for code, words in _LINKS.items()}
_FREQUENT = {
    "en": "the was were is and to of i my it they for with not very had have you be but on that this are no too so we she he a me do am as on",
    "de": "der die das und ist ich nicht war sehr mit es ein eine zu aber auf wir sie den dem hat auch wurde im von zum bei noch",
    "fr": "le la les et est je pas très de un une pour mais des du nous vous ai était que en qui dans au a c'est il sur avec",
    "es": "el la los y es no muy de que en un una pero por con me fue las se lo del al todo para mi estaba",
    "it": "il la e è non molto di che un una ma per con mi sono della stato era i le del al ho si lo",
    "nl": "de het een en is niet was ik zeer van maar voor met op te zijn erg ook dat we er heel goed",
    "pt": "o a e é não muito de que um uma mas por com me foi do da os as em para no na se mais",
}
FEWEST_VOTES = 2
_SPEAKS: dict[str, tuple[str, ...]] = {
    word: tuple(code for code, words in _FREQUENT.items() if word in words.split()) for words in _FREQUENT.values() for word in words.split()
}


def units(text: str) -> list[Cut]:
    """Character spans of a comment's units: sentences, and the parts before and after "but".

    Comments under 250 characters are one unit; parts under 20 characters stay with their neighbour.

    >>> comment = ("The wait was forty minutes and nobody at all could tell us why that was. " * 3
    ...            + "In the end we were served, but Denise was lovely and sorted it.")
    >>> [comment[start:end] for start, end in units(comment)][3:]
    ['In the end we were served,', 'but Denise was lovely and sorted it.']
    """
    if len(text) < SPLIT_FROM:
        return [(0, len(text))]
    spans: list[Cut] = []
    for start, end in _pieces(text, _CONTRAST):
        if spans and (end - start < SHORTEST_UNIT or spans[-1][1] - spans[-1][0] < SHORTEST_UNIT):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def clauses(text: str) -> list[Cut]:
    """Character spans of a comment's clauses: sentences, cut again at commas, dashes and linking words such as "but", "because", "and".

    Every comment is cut, however short; parts under 15 characters (5 in Chinese, Japanese and Korean) stay with their neighbour. The
    spans are in order, do not overlap, have no blanks at their ends, and leave out nothing but blanks. No span for a blank text.

    >>> comment = "Staff were lovely but the wait was far too long, and parking cost a fortune."
    >>> [comment[start:end] for start, end in clauses(comment)]
    ['Staff were lovely', 'but the wait was far too long,', 'and parking cost a fortune.']
    """
    spans: list[Cut] = []
    before = 0  # size of the last span
    for start, end in _pieces(text, _CLAUSE_CUTS[_tongue(text)]):
        size = _size(text[start:end])
        if spans and min(before, size) < SHORTEST_CLAUSE:
            before += start - spans[-1][1] + size
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
            before = size
    return spans


def _pieces(text: str, cut: re.Pattern[str]) -> Iterator[Cut]:
    """Sentences cut again, without surrounding blanks."""
    for start, stop in _sentences(text):
        cuts = [m.end() for m in cut.finditer(text, start, stop)]
        for left, right in zip([start, *cuts], [*cuts, stop], strict=True):
            piece = text[left:right]
            if piece.strip():
                yield left + len(piece) - len(piece.lstrip()), right - len(piece) + len(piece.rstrip())


def _sentences(text: str) -> list[Cut]:
    """Spans of sentences. The tokeniser is asked only where a mark that can end one stands before the last word."""
    last = text.rstrip()
    if not _sentence_marks().search(text, 0, max(len(last) - 1, 0)):
        return [(0, len(text))]
    # A long run without blanks is no sentence and would take the tokeniser minutes; same length, so that offsets hold.
    shown = _UNBROKEN.sub(lambda m: "x" * len(m.group()), text)
    return [(sentence.start_char, sentence.end_char) for sentence in _sentencizer()(shown).sents]


def _size(piece: str) -> int:
    """Characters, dense ones counted three times."""
    return len(piece) if piece.isascii() else len(piece) + (_DENSE_AS - 1) * len(_DENSE.findall(piece))


def _tongue(text: str) -> str:
    """The language whose frequent words stand in a text most often: at least two, and more than English ones; else English."""
    votes: dict[str, int] = {}
    for word in text.lower().split():
        for code in _SPEAKS.get(word, ()):
            votes[code] = votes.get(code, 0) + 1
    best = max(_FREQUENT, key=lambda code: votes.get(code, 0))  # the first of equals, and English is the first
    return best if votes.get(best, 0) >= FEWEST_VOTES else "en"


@cache
def _sentence_marks() -> re.Pattern[str]:
    marks = _sentencizer().get_pipe("sentencizer").punct_chars
    return re.compile("[" + re.escape("".join(sorted(marks))) + "]")


@cache
def _sentencizer() -> Any:
    import spacy  # heavy third-party import, deferred so that `import voc` stays light

    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    pipeline.max_length = LONGEST
    return pipeline
