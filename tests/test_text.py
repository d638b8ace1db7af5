"""Cleaning, hiding personal data, non-answers and units: what must change, and what must not."""

from __future__ import annotations

import re
import time

import pytest

from voc import text
from voc.sample import bank


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("Great&nbsp;staff &amp; prices", "Great staff & prices"),
        ("it&#39;s &lt;b&gt;fine&lt;/b&gt;", "it's <b>fine</b>"),
        ("a\u00a0b\u2003c", "a b c"),
        ("two\r\nlines\tand a tab", "two lines and a tab"),
        ("  outside  and   inside  ", "outside and inside"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069marks", "marks"),
        ("zero\u200bwidth\u2060and\ufeffmark", "zerowidthandmark"),
        ("&lrm;hidden&#8238; entity", "hidden entity"),
        ("nul\x00and\x1bescape", "nulandescape"),
        ("cafe\u0301", "café"),
        ("", ""),
        (" \n\t\u00a0", ""),
    ],
)
def test_normalise(typed: str, clean: str) -> None:
    assert text.normalise(typed) == clean


def test_normalise_keeps_emoji_made_of_several_characters() -> None:
    family = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
    assert text.normalise(f"{family} loved it \N{THUMBS UP SIGN}") == f"{family} loved it \N{THUMBS UP SIGN}"


def test_normalise_keeps_words_apart_at_a_page_break() -> None:
    assert text.normalise("first\x0csecond\x0bthird") == "first second third"


def test_normalise_drops_every_directional_mark() -> None:
    """The twelve directional formatting characters of the Unicode Bidirectional Algorithm (UAX 9, section 2)."""
    marks = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    assert text.normalise("a" + marks + "b") == "ab"


@pytest.mark.parametrize(
    ("typed", "safe"),
    [
        ("write to jo.bloggs+shop@example.co.uk please", "write to [EMAIL] please"),
        ("JO@EXAMPLE.COM.", "[EMAIL]."),
        ("see https://example.com/a?b=c&d=1 there", "see [LINK] there"),
        ("www.example.com was down", "[LINK] was down"),
        ("HTTP://EXAMPLE.COM", "[LINK]"),
        ("call 020 7946 0991", "call [PHONE]"),
        ("call me on 07700 900123 after six", "call me on [PHONE] after six"),
        ("+44 20 7946 0991", "[PHONE]"),
        ("my cell is (212) 555-0147", "my cell is [PHONE]"),
        ("ring 212-555-0147 or 0161 496 0001", "ring [PHONE] or [PHONE]"),
        ("order 4471-88213 is lost", "order [NUMBER] is lost"),
        ("Order number: 10023445", "Order number: [NUMBER]"),
        ("ref #88213", "ref #[NUMBER]"),
        ("booking 7781234", "booking [NUMBER]"),
        ("jo@example.com and 07700 900123", "[EMAIL] and [PHONE]"),
    ],
)
def test_redact_hides(typed: str, safe: str) -> None:
    """Telephone numbers are from the ranges that Ofcom and the NANPA keep for fiction (020 7946 0xxx, 07700 900xxx, 0161 496 0xxx, 555-01xx)."""
    assert text.redact(typed) == safe


@pytest.mark.parametrize("card", ["4111 1111 1111 1111", "4111-1111-1111-1111", "5555555555554444", "378282246310005"])
def test_redact_hides_cards(card: str) -> None:
    """The payment schemes' published test numbers, all of which pass Luhn's check."""
    assert text.redact(f"charged {card} twice") == "charged [CARD] twice"


def test_redact_calls_a_number_that_fails_luhn_a_number() -> None:
    assert text.redact("charged 4111 1111 1111 1112 twice") == "charged [NUMBER] twice"


@pytest.mark.parametrize(
    "comment",
    [
        "Boeing 737-800",
        "Flew on a Boeing 737-800 and an A330-300",
        "A330-300",
        "on 31/07/2014 at noon",
        "2014-07-31",
        "5 stars",
        "waited 2 hours",
        "a 55 inch TV for 1,299.99",
        "between 10 and 12 and then 14-16",
        "LHR - JFK 2014 seat 32A",
        "model WH-1000XM4",
        "9/10, would come again",
        "in 2025 and 2026",
        "£1,000,000",
    ],
)
def test_redact_leaves_ordinary_numbers(comment: str) -> None:
    assert text.redact(comment) == comment


def test_redact_is_stable() -> None:
    for comment in ("call 020 7946 0991, order 4471-88213, jo@example.com, https://example.com", "4111 1111 1111 1111"):
        once = text.redact(comment)
        assert text.redact(once) == once


def test_redact_hides_what_the_bank_planted_and_nothing_else() -> None:
    """Oracle: the forms of the bank's invented personal data: reserved domains and telephone ranges, the test card, 4-5 digit order numbers."""
    planted = re.compile(r"@example\.|555-01|07700 900|7946 0|4111 1111|\b\d{4}-\d{5}\b")
    announced = re.compile(
        r"\b(?:Mrs?|Ms|Dr)\.? [A-Z]|(?:called|named|name is|spoke (?:to|with)|thanks to|[Tt]hank you|served by|ask for) [A-Z]", re.I
    )
    comments = bank.load()["text"].tolist()
    hidden = {c: {kind for _, _, kind in text.personal_spans(c)} for c in comments}
    assert [c for c in comments if hidden[c] - {"NAME"}] == [c for c in comments if planted.search(c)]
    names = [c for c in comments if "NAME" in hidden[c]]
    assert names
    assert all(announced.search(c) for c in names)


@pytest.mark.parametrize(
    "hostile",
    ["@" + "a" * 30_000, "a" * 30_000 + " @", "1 " * 15_000 + "x", "1." * 15_000, "7" * 30_000, "(" * 3_000 + "1", "word. " * 16_000],
    ids=["at-first", "at-last", "spaced-digits", "dotted-digits", "digits", "brackets", "sentences"],
)
def test_cleaning_does_not_slow_down_with_the_square_of_the_length(hostile: str) -> None:
    """30 kB (3 kB of brackets, so that a failure ends too) in well under a second each; quadratic patterns take several."""
    text.units("Warm. " * 30)
    start = time.perf_counter()
    text.units(text.redact(text.normalise(hostile)))
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    "reply",
    [
        "n/a",
        "No",
        "N/A",
        "NA",
        "na.",
        "none",
        "None!",
        "nothing",
        "Nothing to add.",
        "no comment",
        "No comments",
        "-",
        "--",
        "...",
        "???",
        "",
        " ",
        "x",
        "xxx",
        "don't know",
        "I'd rather not say",
        "ok",
        "OK!",
        "5",
        "10",
        "\N{THUMBS UP SIGN}",
        "see above",
        "asdf",
        "qwrt",
    ],
)
def test_non_answers(reply: str) -> None:
    assert text.is_non_answer(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "nothing worked",
        "no signal",
        "None of the staff knew",
        "good",
        "price",
        "not sure the repair held",
        "okay service",
        "TV",
        "slow app",
        "très bien",
        "Keine Antwort erhalten",
        "отлично",
        "質が良い",
    ],
)
def test_answers_are_kept(reply: str) -> None:
    assert not text.is_non_answer(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "none at all", "n/a - see above", "No, nothing.", "No. Nothing to add!",
        "nichts", "Nix", "keine", "Kein Kommentar", "k.A.", "K. A.", "Keine Angabe", "weiß nicht", "weiss nicht", "Entfällt", "siehe oben",
        "rien", "Rien à dire", "rien a dire", "aucun", "Sans commentaire", "R.A.S.", "Néant", "je ne sais pas",
        "nada", "Ninguno", "sin comentarios", "no sé", "ns/nc",
        "niente", "nulla", "nessuno", "Nessun commento", "non so",
        "geen", "Geen commentaar", "n.v.t.", "niets", "weet niet",
        "nenhum", "Sem comentários", "não", "Nao sei", "nada a dizer",
        "无", "没有", "なし", "特になし", "없음", "XXXX", "\N{THUMBS UP SIGN}\N{THUMBS UP SIGN}", "\u2764\ufe0f",
    ],
)  # fmt: skip
def test_non_answers_in_other_words(reply: str) -> None:
    assert text.is_non_answer(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "HMRC", "HMRC!", "DWP", "好", "良", "좋", "Nichts funktioniert", "Kein Netz", "rien ne marche", "aucun respect", "nada funciona",
        "Sin cobertura", "niente segnale", "nessuno risponde", "geen bereik", "nenhum respeito", "no, the app crashed", "No - slow", "good. nothing",
    ],
)  # fmt: skip
def test_answers_that_begin_like_non_answers_are_kept(reply: str) -> None:
    assert not text.is_non_answer(reply)


def test_non_answers_of_the_bank() -> None:
    """The bank tags its non-answers with no theme; both kinds must be told apart nearly always."""
    book = bank.load()
    empty = book["themes"].map(len) == 0
    found = book["text"].map(text.is_non_answer)
    assert not (found & ~empty).any()
    assert found[empty].mean() > 0.9


def check_spans(comment: str) -> None:
    spans = text.units(comment)
    assert spans
    end = 0
    for start, stop in spans:
        assert end <= start <= stop <= len(comment)
        assert not comment[end:start].strip()
        end = stop
    assert not comment[end:].strip()


def test_units_cover_every_comment_of_the_bank_in_order() -> None:
    comments = bank.load()["text"].tolist()
    for comment in comments:
        check_spans(comment)
    for i in range(0, len(comments) - 5, 5):
        check_spans(" ".join(comments[i : i + 5]))


@pytest.mark.parametrize(
    "comment",
    [
        "word " * 60,
        "a" * 500,
        "!" * 300,
        "... " * 80,
        "but " * 60,
        "Yes; no; " * 30,
        "- but - but " * 20,
        "\N{THUMBS UP SIGN}" * 200,
        "質が良い。" * 40,
    ],
)
def test_units_cover_odd_comments(comment: str) -> None:
    check_spans(comment)
    check_spans(comment.strip())


def test_short_comments_are_one_unit() -> None:
    comment = "Slow. But kind. And cheap."
    assert text.units(comment) == [(0, len(comment))]
    assert text.units("x" * 119) == [(0, 119)]


def test_long_comments_are_cut_at_sentences_and_contrasts() -> None:
    start = "The engineer arrived two hours late and did not apologise."
    parts = [*[start] * 4, "The repair itself took ten minutes,", "but he explained every step."]
    comment = " ".join(parts)
    assert [comment[a:b] for a, b in text.units(comment)] == parts


def test_no_unit_of_a_long_comment_is_tiny() -> None:
    comment = (
        "No. "
        + "The engineer arrived two hours late and did not apologise to anybody. "
        + "Bad. "
        + "We then waited another hour for a part to come. " * 4
    )
    assert len(comment) >= text.SPLIT_FROM
    assert all(b - a >= text.SHORTEST_UNIT for a, b in text.units(comment))
