"""Names found by a language model, spans that hold for any text, and speed that no text can break."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import spacy

from voc import ingest, text
from voc.ingest.mapping import parse_mapping
from voc.schema import VocError
from voc.text import privacy

DECLARED = parse_mapping({"columns": {"date": "when", "comment": "why"}, "score": {"column": "nps", "min": 0, "max": 10}})
PERSONAL = (
    "jo.bloggs@example.com", "JO+shop@example.co.uk", "jo (at) example (dot) com", "jo at example dot com", "https://example.com/a?b=1",
    "www.example.org", "example.com/x", "020 7946 0991", "+44 20 7946 0991", "(212) 555-0147", "07700900123", "+49 30 123456-78",
    "4111 1111 1111 1111", "4471-88213", "#88213", "ORD-2026-000123", "SN12345678", "INV 00012345", "DE89 3704 0044 0532 0130 00",
)  # fmt: skip
FRAGMENTS = (
    *PERSONAL, "order", "order no", "ref", "ref #", "#", "order number:", "Mr Smith", "Mrs O’Brien-Jones", "my name is Jo Bell", "served by",
    "Regards, Ann", "Dr.", "2026-09-30", "30/09/2026", "14:30", "10/10", "737-800", "Boeing", "£1,299.00", "55 inch", "v2.14.0", "the", "lift", "was",
    "broken", "and", "nobody", "came", "é", "[EMAIL]", "[", "]", "-", ".", "/", "@", "1", "A1", "\n",
)  # fmt: skip
DECOYS = ("£1,299.00", "10/10", "24/7", "WH-1000XM5", "Boeing 737-800", "2026-09-30", "14:30", "v2.14.0", "1000 rpm", "55 inch")
HOSTILE = {
    "at": "a at " * 6000, "dots": "a.b." * 8000, "ref": "ref " * 8000, "dashes": "1-" * 15_000, "hashes": "#1" * 15_000,
    "letters": "A1" * 15_000, "order-no": "order no " * 4000,
}  # fmt: skip


def random_texts(n: int) -> list[str]:
    """Texts of fragments, with and without blanks between them."""
    rng = np.random.default_rng(20260930)
    return ["".join(f"{rng.choice(FRAGMENTS)}{rng.choice(['', ' ', ' ', ' ', ', ', '. '])}" for _ in range(rng.integers(1, 14))) for _ in range(n)]


# --- spans ---------------------------------------------------------------------------------------------------------------


def test_spans_lie_inside_the_text_and_apart() -> None:
    for typed in random_texts(2000):
        last = 0
        for start, end, kind in text.personal_spans(typed):
            assert last <= start < end <= len(typed), typed
            assert kind in text.KINDS
            last = end


def test_what_is_hidden_is_what_the_spans_say() -> None:
    for typed in random_texts(2000):
        shown, last = "", 0
        for start, end, kind in text.personal_spans(typed):
            shown, last = f"{shown}{typed[last:start]}[{kind}]", end
        assert text.redact(typed) == shown + typed[last:]


@pytest.mark.parametrize("link", ["https://example.com/?m=jo@example.com", "example.com/u?m=jo@example.com", "www.example.com/jo@example.com"])
def test_a_link_with_an_address_takes_no_words_with_it(link: str) -> None:
    assert re.fullmatch(r"see (?:\[(?:LINK|EMAIL)\])+ and then it was broken", text.redact(f"see {link} and then it was broken"))


def test_redacting_twice_is_redacting_once() -> None:
    once = {typed: text.redact(typed) for typed in random_texts(2000)}
    again = {typed: text.redact(safe) for typed, safe in once.items()}
    assert [(typed, once[typed], again[typed]) for typed in once if again[typed] != once[typed]] == []


@pytest.mark.parametrize("joint", [" ", ", ", " or ", "\n"])
@pytest.mark.parametrize("first", PERSONAL)
def test_personal_data_side_by_side_is_all_hidden(first: str, joint: str) -> None:
    """What is left of "(212) 555-0147 020 7946 0991" holds no four digits in a row, no @ and no domain."""
    left = {second: text.redact(f"{first}{joint}{second}") for second in PERSONAL}
    assert {second: safe for second, safe in left.items() if re.search(r"\d{4}|@|example|bloggs", safe)} == {}


@pytest.mark.parametrize("decoy", DECOYS)
@pytest.mark.parametrize("sentence", ["{}", "It said {} on the box", "{}, and then {}.", "I paid for it ({}) and it broke", "Order it: {}!"])
def test_decoys_stay(decoy: str, sentence: str) -> None:
    comment = sentence.replace("{}", decoy)
    assert text.redact(comment) == comment


@pytest.mark.parametrize("joint", [" ", ", ", "; ", " and "])
def test_all_decoys_together_stay(joint: str) -> None:
    assert text.redact(joint.join(DECOYS)) == joint.join(DECOYS)


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_of_30_kb_take_no_second(hostile: str) -> None:
    text.redact("call 020 7946 0991")  # loads the telephone numbers
    start = time.perf_counter()
    text.redact_all([hostile])
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("end", ["com", "@", "1", " x"])
@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_with_another_end_take_no_second(hostile: str, end: str) -> None:
    start = time.perf_counter()
    text.redact(hostile + end)
    assert time.perf_counter() - start < 1


# --- names found by a language model -------------------------------------------------------------------------------------


PEOPLE = [("PERSON", "Denise Example"), ("PERSON", "Denise"), ("PER", "Björk"), ("GPE", "Tokyo")]


def write_model(folder: Path, patterns: list[tuple[str, str]]) -> Path:
    """A language model that knows some names and nothing else."""
    pipeline = spacy.blank("en")
    pipeline.add_pipe("entity_ruler").add_patterns([{"label": label, "pattern": pattern} for label, pattern in patterns])
    pipeline.to_disk(folder)
    privacy._name_finder.cache_clear()
    return folder


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The model that voc is told to use."""
    monkeypatch.setenv("VOC_LANGUAGE_MODEL", str(write_model(tmp_path / "tiny_names", PEOPLE)))
    yield tmp_path / "tiny_names"
    privacy._name_finder.cache_clear()


def survey_of(folder: Path, comments: list[str]) -> ingest.Survey:
    file = folder / "a.csv"
    file.write_text("when,nps,why\n" + "".join(f'2026-08-03,9,"{c}"\n' for c in comments))
    return ingest.check(file, DECLARED)


@pytest.mark.parametrize(
    ("typed", "safe"),
    [
        ("Denise was kind", "[NAME] was kind"),
        ("I met Denise Example and Björk in Tokyo", "I met [NAME] and [NAME] in Tokyo"),
        ("denise was kind", "denise was kind"),
        ("Denise, jo@example.com, 020 7946 0991", "[NAME], [EMAIL], [PHONE]"),
        ("thanks to Mr Bell and Denise", "thanks to Mr [NAME] and [NAME]"),
        ("my name is Denise Example.", "my name is [NAME]."),
        ("nothing here", "nothing here"),
        ("", ""),
    ],
)
def test_names_that_the_model_finds_are_hidden(model: Path, typed: str, safe: str) -> None:
    assert text.redact_all([typed, "Tokyo"]) == [safe, "Tokyo"]
    assert text.redact_all([safe]) == [safe]


def test_a_model_that_takes_a_token_for_a_name_changes_nothing(model: Path) -> None:
    write_model(model, [("PERSON", "NAME"), ("PERSON", "EMAIL")])
    assert text.redact_all(["Mr Bell, jo@example.com"]) == ["Mr [NAME], [EMAIL]"]


def test_a_name_that_the_model_joins_with_a_token_is_hidden(model: Path) -> None:
    write_model(model, [("PERSON", "Denise [EMAIL]"), ("PERSON", "[PHONE] Denise Example")])
    for comment in ("Ask Denise jo@example.com", "Ring 020 7946 0991 Denise Example"):
        (safe,) = text.redact_all([comment])
        assert "Denise" not in safe


def test_the_receipt_says_what_found_the_names(model: Path, tmp_path: Path) -> None:
    survey = survey_of(tmp_path, ["Denise was kind", "Denise again", "Mr Bell was kind", "Nothing to say"])
    assert survey.frame["comment"].tolist() == ["[NAME] was kind", "[NAME] again", "Mr [NAME] was kind", "Nothing to say"]
    assert survey.receipt.hidden == {"NAME": 3}
    assert "Names in comments are looked for with tiny_names." in survey.receipt.notes
    assert "names: hidden in 3 comments" in survey.receipt.to_text()
    assert "Denise" not in survey.receipt.to_text() + repr(survey) + survey._repr_html_()


def test_without_a_model_the_receipt_says_that_names_are_not_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOC_LANGUAGE_MODEL", raising=False)
    monkeypatch.setattr(privacy, "DEFAULT_MODEL", "a_model_that_is_not_installed")
    privacy._name_finder.cache_clear()
    survey = survey_of(tmp_path, ["Denise was kind", "Mr Bell was kind"])
    assert survey.frame["comment"].tolist() == ["Denise was kind", "Mr [NAME] was kind"]
    assert "Names in comments are not looked for, beyond “Mr Smith” and the like." in survey.receipt.notes
    privacy._name_finder.cache_clear()


@pytest.mark.parametrize("kind", ["missing", "folder", "file", "cut"])
def test_a_model_that_cannot_be_loaded_is_one_sentence(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    wrong = tmp_path / "wrong"
    if kind == "folder":
        wrong.mkdir()
    if kind == "file":
        wrong.write_text("no model")
    if kind == "cut":
        model.rename(wrong)
        (wrong / "config.cfg").write_text("")
    monkeypatch.setenv("VOC_LANGUAGE_MODEL", str(wrong))
    with pytest.raises(VocError) as error:
        text.redact_all(["Denise was kind"])
    assert re.match(rf'the language model "{re.escape(str(wrong))}" cannot be loaded: .+', str(error.value))
    assert "\n" not in str(error.value)


def test_the_model_is_not_slow_on_a_long_text(model: Path) -> None:
    text.redact_all(["Denise"])
    start = time.perf_counter()
    text.redact_all(["Denise was kind. " * 1800])
    assert time.perf_counter() - start < 5
