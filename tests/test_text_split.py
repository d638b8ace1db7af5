"""Clauses, units and languages: what is cut where, and that no character is lost."""

from __future__ import annotations

import re
import time
from itertools import pairwise

import pandas as pd
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from voc import text
from voc.sample import bank
from voc.text import split

PIECES = [
    "staff", "were", "lovely", "but", "and", "so", "because", "slow", "the wait was far too long", "nobody knew", ",", ";", ":", " - ", ".",
    "...", "!", "?", "。", "，", " ", " ",
    "aber", "mais", "質が良い", "e.g.", "3.5", "\N{THUMBS UP SIGN}", "x" * 90,
]  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join), st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
)
CUT = re.compile(r"(?:[,;:]\s+|\s+[-–—]\s+)|\s+(?=(?:but|however|although|though|except|yet|while|whereas|because|which|so|and)\s)", re.IGNORECASE)


@pytest.fixture(scope="module")
def sentencizer() -> spacy.Language:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    return pipeline


def english() -> pd.Series:
    """The comments of the bank that have one of the commonest English words in them; it also has some in other languages."""
    comments = bank.load()["text"]
    return comments[comments.str.contains(r"\b(?:the|was|my|is|and|it|you)\b", case=False)]


def slow_spans(comment: str, cut: re.Pattern[str], shortest: int, pipeline: spacy.Language) -> list[tuple[int, int]]:
    """The same rule, slowly: every text through spaCy, pieces as words, joined from left to right."""
    pieces = []
    for sentence in pipeline(comment).sents:
        marks = [sentence.start_char, *(m.end() for m in cut.finditer(comment, sentence.start_char, sentence.end_char)), sentence.end_char]
        pieces += [(a, b) for a, b in pairwise(marks) if comment[a:b].strip()]
    trimmed = [(b - len(comment[a:b].lstrip()), a + len(comment[a:b].rstrip())) for a, b in pieces]
    joined: list[tuple[int, int]] = []
    for a, b in trimmed:
        if joined and (b - a < shortest or joined[-1][1] - joined[-1][0] < shortest):
            joined[-1] = (joined[-1][0], b)
        else:
            joined.append((a, b))
    return joined


def test_english_clauses_and_units_follow_the_rule(sentencizer: spacy.Language) -> None:
    """Oracle: the rule written down as one loop, for every English comment of the bank and for pairs of them."""
    comments = english().map(text.normalise).tolist()
    for comment in [*comments, *(f"{a} {b}" for a, b in zip(comments, comments[7:], strict=False))]:
        assert text.clauses(comment) == slow_spans(comment, CUT, text.SHORTEST_CLAUSE, sentencizer)
        if len(comment) >= text.SPLIT_FROM:
            assert text.units(comment) == slow_spans(comment, split._CONTRAST, text.SHORTEST_UNIT, sentencizer)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_clauses_leave_out_nothing_but_blanks(comment: str) -> None:
    end = 0
    for start, stop in text.clauses(comment):
        assert end <= start < stop <= len(comment)
        assert not comment[end:start].strip()
        assert comment[start:stop] == comment[start:stop].strip()
        end = stop
    assert not comment[end:].strip()


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_only_a_lone_clause_is_short(comment: str) -> None:
    spans = text.clauses(comment)
    if len(spans) > 1 and comment.isascii():
        assert all(b - a >= text.SHORTEST_CLAUSE for a, b in spans)


@pytest.mark.parametrize(
    "clauses",
    [
        ["Staff were lovely", "but the wait was far too long,", "and parking cost a fortune."],
        ["Good"],
        ["Slow, slow, slow"],
        ["The till was broken.", "Nobody came to help us"],
        ["It took three weeks -", "nobody rang to say why"],
        ["Das Personal war freundlich,", "aber die Wartezeit war zu lang", "und niemand hat etwas gesagt"],
        ["Das war so gut und so schnell"],
        ["Le personnel était très aimable", "mais nous avons attendu trop longtemps"],
        ["Ma commande est arrivée en retard"],
        ["El personal fue muy amable", "pero la espera fue muy larga"],
        ["Il personale era molto gentile", "ma la fila era troppo lunga"],
        ["Het personeel was erg aardig", "maar we moesten te lang wachten"],
        ["O atendimento foi muito simpático", "mas a espera foi longa demais"],
        ["O atendimento foi mais rápido do que eu esperava"],
        ["店员非常亲切友好，", "但是等了很久很久。", "没有人告诉我们原因"],
        ["スタッフはとても親切でした。", "でも待ち時間が長すぎました。"],
    ],
    ids=lambda clauses: clauses[0][:20],
)
def test_clauses_in_the_languages_of_surveys(clauses: list[str]) -> None:
    gap = "" if "。" in "".join(clauses) else " "
    comment = gap.join(clauses)
    assert [comment[a:b] for a, b in text.clauses(comment)] == clauses


def test_a_blank_text_has_no_clause() -> None:
    assert text.clauses("") == []
    assert text.clauses("  ") == []


@pytest.mark.parametrize("hostile", ["a, " * 7_000, "é, " * 7_000, "x" * 20_000, "and " * 5_000, "。" * 20_000, "word. " * 3_000], ids=range(6))
def test_clauses_do_not_slow_down_with_the_square_of_the_length(hostile: str) -> None:
    text.clauses("Warm. Up.")
    start = time.process_time()
    text.clauses(text.normalise(hostile))
    assert time.process_time() - start < 1


SPOKEN = {
    "en": [
        "The staff were friendly and solved it quickly",
        "I waited far too long and nobody could explain why",
        "My parcel never arrived and nobody rang me",
    ],
    "de": ["Die Mitarbeiter waren sehr freundlich und haben schnell geholfen", "Ich habe viel zu lange gewartet", "Mein Paket ist nie angekommen"],
    "fr": ["Le personnel était très aimable et efficace", "J'ai attendu beaucoup trop longtemps", "Mon colis n'est jamais arrivé à la maison"],
    "es": [
        "El personal fue muy amable y resolvió mi problema",
        "Esperé demasiado tiempo y nadie supo explicarme por qué",
        "Mi paquete nunca llegó a casa",
    ],
    "it": ["Il personale è stato molto gentile", "Ho aspettato troppo a lungo e nessuno sapeva perché", "Il mio pacco non è mai arrivato"],
    "nl": ["Het personeel was erg vriendelijk en behulpzaam", "Ik heb veel te lang moeten wachten", "Mijn pakket is nooit aangekomen"],
    "pt": ["Os funcionários foram muito simpáticos", "Esperei demasiado tempo e ninguém soube explicar", "A minha encomenda nunca chegou a casa"],
}


@pytest.mark.parametrize("code", SPOKEN)
def test_languages_are_told(code: str) -> None:
    found = [text.language(t) for t in SPOKEN[code]]
    assert set(found) <= {code, ""}
    assert found.count(code) >= 2


def test_no_english_comment_is_called_anything_else() -> None:
    """Some are too short or too unusual to tell."""
    found = english().map(text.language)
    assert set(found) <= {"en", ""}
    assert (found[english().str.len() >= 60] == "en").mean() > 0.95


def test_short_texts_have_no_language() -> None:
    assert [text.language(t) for t in ("", "Gut", "Too slow", "12345 67890 12345")] == ["", "", "", ""]
