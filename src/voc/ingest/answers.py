"""Cells of a scored question -> answers on its declared scale, and why the others are none."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from voc.ingest.formats.distinct import Distinct
from voc.schema import Question

_NUMBER = re.compile(r"([+-]?\d{1,9})(?:[.,]0+)?")
# "10 - Extremely likely", "0: nicht wahrscheinlich", "10 (very likely)"; or "Extremely likely (10)". One number, then words.
_LABEL_FIRST = re.compile(r"(\d{1,3})(?:\s*[-–—:=.)(|]\s*|\s+)(?=[^\W\d_])\D*")
_LABEL_LAST = re.compile(r"(?=[^\W\d_])\D*?(?:\((\d{1,3})\)|\s*[-–—:=]\s*(\d{1,3}))")
_NOT_APPLICABLE = re.compile(
    r"\bnot appl|does ?n.?t apply|does not apply|\bn/?a\b|not relevant|did not use|never used|haven.?t used|"
    r"nicht zutreffend|trifft nicht zu|ne s.?applique pas|sans objet|no aplica|non applicabile|niet van toepassing",
    re.IGNORECASE,
)
# Beside those that do not apply: who does not know or will not say gives no answer either.
_NO_OPINION = re.compile(
    r"\b(?:do ?n.?t|do not|did not|can.?t|cannot) (?:know|say|remember|recall)\b|\brefused\b|prefer not|rather not|no (?:answer|opinion|response)|"
    r"\bunsure\b|not (?:sure|answered|stated)|wei(?:ß|ss) (?:ich )?nicht|keine? (?:angabe|antwort|meinung)|ne sait pas|sans (?:réponse|opinion)|"
    r"no (?:sabe|contesta)|\bns/nc\b|non so|weet (?:ik )?niet|geen (?:antwoord|mening)",
    re.IGNORECASE,
)
OFF_SCALE = math.inf  # an answer that is no number at all


@dataclass(frozen=True)
class Answers:
    """One question's cells, read.

    Attributes:
        values: (n,) answers as they stand on the scale, turned round where the scale is reversed; nan where there is none.
            Values off the scale are still in it (inf for no number), so that the contract can name them.
        not_applicable: (n,) declared codes for "does not apply".
        missing: code in words -> (n,) rows that hold it, for codes that the file itself declares as missing.
        labelled: (n,) cells read by the number in their label.
    """

    values: np.ndarray
    not_applicable: np.ndarray
    missing: dict[str, np.ndarray]
    labelled: np.ndarray


def read_answers(column: Distinct, question: Question, *, blank: tuple[str, ...], declared: dict[str, str]) -> Answers:
    """Read a scored question.

    Args:
        column: its cells.
        question: its scale.
        blank: cell texts that mean "no answer" everywhere.
        declared: codes that the file itself declares as missing, with their wording ("99" -> "Not applicable").
    """
    scale = question.scale
    codes = {c for t in scale.not_applicable if (c := _number(t)) is not None}
    applies = {t for t, words in declared.items() if _NOT_APPLICABLE.search(words)}
    numbers = [_number(t) for t in column.texts]
    away = [t in scale.not_applicable or t in applies or (n is not None and n in codes) for t, n in zip(column.texts, numbers, strict=True)]
    by_label = [_labelled(t) if n is None and t not in scale.labels else None for t, n in zip(column.texts, numbers, strict=True)]
    values = []
    for text, number, label, gone in zip(column.texts, numbers, by_label, away, strict=True):
        if gone or text == "" or text in blank or text in declared:
            values.append(math.nan)
        else:
            found = scale.labels.get(text, number if number is not None else label)
            values.append(OFF_SCALE if found is None else float(found))
    if scale.reversed:
        values = [scale.low + scale.high - v if scale.low <= v <= scale.high else v for v in values]
    read = [label is not None and not math.isnan(v) for label, v in zip(by_label, values, strict=True)]
    missing = {_words(code, words): column.among({code}) for code, words in declared.items() if code not in applies and code in column.texts}
    return Answers(column.spread(values, float), column.spread(away, bool), missing, column.spread(read, bool))


def _number(text: str) -> int | None:
    found = _NUMBER.fullmatch(text)
    return int(found.group(1)) if found else None


def _labelled(text: str) -> int | None:
    """The number in a labelled answer.

    >>> [_labelled(t) for t in ("10 - Extremely likely", "0: Überhaupt nicht", "Sehr gut (5)", "Not at all - 0", "4 stars")]
    [10, 0, 5, 0, 4]
    >>> _labelled("10 (very likely)")
    10
    >>> [_labelled(t) for t in ("9/10", "7-8", "1 to 3", "ten")]
    [None, None, None, None]
    """
    found = _LABEL_FIRST.fullmatch(text) or _LABEL_LAST.fullmatch(text)
    return int(next(g for g in found.groups() if g)) if found else None


def shifted_labels(labels: dict[str, str]) -> dict[str, int]:
    """Code -> answer, where the file's own labels name other numbers than their codes.

    >>> shifted_labels({"1": "0 - Not at all likely", "2": "1", "11": "10 - Extremely likely"})
    {'1': 0, '2': 1, '11': 10}
    """
    pairs = {}
    for code, words in labels.items():
        answer = _number(words.strip()) if _number(words.strip()) is not None else _labelled(words.strip())
        if answer is not None and _number(code) is not None:
            pairs[code] = answer
    return {} if all(int(code) == answer for code, answer in pairs.items()) else pairs


def says_no_answer(words: str) -> bool:
    """Whether an answer's wording says that there is no answer on the scale: "Not applicable", "Don't know".

    >>> [says_no_answer(w) for w in ("N/A", "Don't know", "Weiß nicht", "Not at all likely", "No")]
    [True, True, True, False, False]
    """
    return bool(_NOT_APPLICABLE.search(words) or _NO_OPINION.search(words))


def _words(code: str, label: str) -> str:
    return f"{code} ({label})" if label else code
