"""Keys of near duplicates: spellings of one text share a key, and no other texts do."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc import text

# Words that a careless key would mix up with one another, and everyday ones.
WORDS = [
    "were", "we're", "ill", "i'll", "shell", "she'll", "god", "good", "to", "too", "schon", "schön", "ano", "año", "masse", "maße", "ou", "où",
    "no", "not", "never",
    "nothing", "never", "can", "can't", "won't", "do", "don't", "nicht", "kein", "pas", "3", "5", "35", "3.5", "3,5", "3/5", "-5", "10%", "£10",
    "$10", "1½", "11",
    "staff", "kind", "slow", "price", "app", "c++", "c", "c#", "[NAME]", "name", "\N{THUMBS DOWN SIGN}", "\N{WHITE MEDIUM STAR}", "мой", "мои",
    "か", "が", "ма́", "मे", "मी",
    "so", "long", "the", "was",
]  # fmt: skip
STRETCHABLE = {"good", "so", "too", "long", "slow", "no", "never"}
# Whatever stands between words and says nothing, unless it follows a word that denies.
BETWEEN = [" ", "  ", ", ", " - ", "... ", "; ", " \N{THUMBS UP SIGN} ", "! "]
DENIES = re.compile(r"(?:no|not|never|nothing|nicht|kein|pas)\Z")


@st.composite
def spellings(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Words of a text, and two ways to write them that must count as one."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6))
    return words, [draw(written(words)), draw(written(words))]


@st.composite
def written(draw: st.DrawFn, words: list[str]) -> str:
    shown = ""
    for i, word in enumerate(words):
        typed = draw(st.sampled_from([word, word.capitalize(), word.upper() if "ß" not in word else word, word.replace("'", "\u2019")]))
        if word in STRETCHABLE and draw(st.booleans()):
            vowel = re.search("[aeiou]+", typed, re.IGNORECASE)
            assert vowel
            typed = typed[: vowel.end()] + typed[vowel.end() - 1] * draw(st.integers(2, 5)) + typed[vowel.end() :]
        # Numbers next to signs, and words that deny, keep their distance: there a mark has a meaning.
        plain = any(c.isdigit() for c in word) or DENIES.match(word) or (i + 1 < len(words) and any(c.isdigit() for c in words[i + 1]))
        shown += typed + (" " if plain else draw(st.sampled_from(BETWEEN)))
    return shown.strip() + draw(st.sampled_from(["", "!", "!!", "...", " \N{THUMBS UP SIGN}\N{THUMBS UP SIGN}", " :)"]))


@pytest.mark.parametrize(
    ("one", "same"),
    [("nooo \N{THUMBS DOWN SIGN} were", "no \N{THUMBS DOWN SIGN} were"), ("Nooo, it works", "no, it works")],
)
def test_a_stretched_no_is_a_no_before_marks_are_read(one: str, same: str) -> None:
    """An emoji that means something is no mark, and what "no" reaches does not depend on how long it is drawn out."""
    assert text.folded(one) == text.folded(same) == text.folded(text.folded(one))
    assert text.folded("no \N{THUMBS DOWN SIGN} were") != text.folded("no, were")
    assert text.folded("Nooo, it works") != text.folded("nooo it works")


@settings(max_examples=500, deadline=None)
@given(spellings())
def test_spellings_of_one_text_share_a_key(made: tuple[list[str], list[str]]) -> None:
    _, (first, second) = made
    assert text.folded(first) == text.folded(second)
    assert text.folded(text.folded(first)) == text.folded(first)


@settings(max_examples=2_000, deadline=None)
@given(spellings(), spellings())
def test_texts_of_different_words_never_share_a_key(one: tuple[list[str], list[str]], other: tuple[list[str], list[str]]) -> None:
    """Oracle: the very words from which the texts were made."""
    (words, (first, _)), (others, (second, _)) = one, other
    if words != others:
        assert text.folded(first) != text.folded(second)


@pytest.mark.parametrize("i", range(0, len(WORDS), 8))
def test_exchanging_one_word_changes_the_key(i: int) -> None:
    for word in WORDS[i : i + 8]:
        for other in WORDS:
            same = text.folded(f"the service {word} here") == text.folded(f"the service {other} here")
            assert same == (word == other), (word, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The staff were very kind.", "the  STAFF were very kind"),
        ("sooo goood!!", "so good"),
        ("Really loooong wait", "really long wait"),
        ("Très déçu", "tres decu"),
        ("Atención rápida", "atencion rapida"),
        ("don’t like it", "dont like it"),
        ("Great staff \N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-3}", "Great staff"),
        ("Great staff \u2764\ufe0f", "Great staff :-)"),
        ("Great staff at the desk. Thank you very much!", "Great staff at the desk"),
        ("Hello, the till was broken", "the till was broken"),
        ("kind,helpful", "kind - helpful"),
        ("aaaah", "aaaaaah"),
        ("No, it works", "no - it works"),
        ("We waited 10.", "we waited (10)"),
    ],
)
def test_one_text(one: str, other: str) -> None:
    assert text.folded(one) == text.folded(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("No, it works", "No it works"), ("No. Good", "no good"), ("No \N{THUMBS UP SIGN} good", "no good"), ("Nicht, gut", "nicht gut"),
        ("no, 5", "no -5"), ("no .5", "no, 5"),
        ("No thanks", "No"), ("nobody said thank you", "nobody said"), ("Hello, nobody", "nobody"),
        ("service \N{THUMBS DOWN SIGN}", "service \N{THUMBS UP SIGN}"),
        ("service :(", "service :)"), ("\u2b50\u2b50 hotel", "\u2b50\u2b50\u2b50\u2b50 hotel"), ("in Maßen", "in Massen"),
        ("oh my god", "oh my good"), ("goood", "god"),
        ("schon gut", "schön gut"), ("1½ hours", "11/2 hours"), ("10-12", "10 12"), ("waited 10 minutes", "waited 10% minutes"), ("5€", "5$"),
        ("thử má", "thử mà"),
        ("\N{THUMBS UP SIGN}", "\N{THUMBS DOWN SIGN}"), ("!!!", ""), ("[NAME] was kind", "name was kind"), ("20°", "20"), ("é bom", "e bom"),
        ("cat", "cta"),
    ],
)  # fmt: skip
def test_two_texts(one: str, other: str) -> None:
    assert text.folded(one) != text.folded(other)


@pytest.mark.parametrize(
    "hostile",
    [
        "no, " * 8_000,
        "no" + ", " * 15_000,
        "a" * 30_000,
        "ab" * 15_000,
        "'" * 30_000,
        "- " * 15_000,
        "1." * 15_000,
        "thanks. " * 4_000,
        "hi, " * 8_000,
        "é" * 30_000,
    ],
    ids=["denials", "marks", "run", "word", "quotes", "dashes", "numbers", "thanks", "greetings", "accents"],
)
def test_a_key_does_not_slow_down_with_the_square_of_the_length(hostile: str) -> None:
    start = time.process_time()
    text.folded(hostile)
    assert time.process_time() - start < 1
