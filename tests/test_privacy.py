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
    "jo.bloggs at gmail.com", "jo.bloggs@ gmail.com", "jo.bloggs＠gmail.com", "jo.bloggs@gmail", "jo.bloggs@gmail,com", '"jo bloggs"@x.com',
    "4111–1111–1111–1111", "5500.0000.0000.0004", "4111_1111_1111_1111", "030/1234567", "iban gb29nwbk60161331926819", "Order12345678", "@jobloggs",
)  # fmt: skip
FRAGMENTS = (
    *PERSONAL, "order", "order no", "ref", "ref #", "#", "order number:", "Mr Smith", "Mrs O’Brien-Jones", "my name is Jo Bell", "served by",
    "Regards, Ann", "Dr.", "2026-09-30", "30/09/2026", "14:30", "10/10", "737-800", "Boeing", "£1,299.00", "55 inch", "v2.14.0", "the", "lift", "was",
    "14 Oak Drive", "14 Acacia Avenue", "E12 3AB", "LS6 3HN", "seat", "London", "Kaiserstraße 2", "Room",
    "broken", "and", "nobody", "came", "é", "[EMAIL]", "[", "]", "-", ".", "/", "@", "1", "A1", "\n",
)  # fmt: skip
DECOYS = ("£1,299.00", "10/10", "24/7", "WH-1000XM5", "Boeing 737-800", "2026-09-30", "14:30", "v2.14.0", "1000 rpm", "55 inch")
HOSTILE = {
    "at": "a at " * 6000, "dots": "a.b." * 8000, "ref": "ref " * 8000, "dashes": "1-" * 15_000, "hashes": "#1" * 15_000,
    "letters": "A1" * 15_000, "order-no": "order no " * 4000, "quotes": '"a' * 15_000, "handles": "@a" * 15_000, "at-words": "a at b." * 4000,
    "streets": "1 Aa " * 6000, "capitals": "Aa " * 10_000, "particles": "Mr van de " * 3000, "introduced": "my name is " * 2700,
    "iban": "gb29 aaaa " * 3000, "slashes": "0123/" * 6000, "prices": "1.00 " * 6000, "thousands": "10 000 " * 4000, "born": "born 1/" * 4000,
    "postcodes": "M1 1AE " * 4000, "commas": "a,E1 1AE, " * 3000, "drives": "1 Aa Drive " * 2700, "roads": "Aa Straße 2 " * 2500,
    "lanes": "1 Aa Lane " * 3000, "rooms": "room 1 Aa Court. " * 1700, "blanks": "1 Aa Drive" + " " * 30_000 + "x",
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


# --- forms ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "jo.bell at gmail.com", "jobell at gmail.com", "jo_bell at example.com", "jo.bell@ gmail.com", "jo.bell @gmail.com", "jobell @ gmail.com",
        "jo.bell＠gmail.com", "jo.bell@gmail", "jobell@company", "jo.bell@gmail,com", '"jo bell"@x.com', "“jo bell”@example.co.uk",
    ],
)  # fmt: skip
def test_mistyped_addresses_are_hidden(address: str) -> None:
    assert text.redact(f"write to {address} or else") == "write to [EMAIL] or else"


@pytest.mark.parametrize(
    "comment",
    [
        "look at amazon dot com", "cheaper at argos dot com", "it was rude.look at this", "me@work", "lunch@home", "sh@t service, b@stard",
        "@ the till they said one thing, @ 3pm another", "4@1.50 rang up as 4@2.50", "@home it works, @work it never does", "your @gmail filter",
        "I paid @half price", "@full price, never again", "open @weekends",
    ],
)  # fmt: skip
def test_what_only_looks_like_an_address_stays(comment: str) -> None:
    assert text.redact(comment) == comment


@pytest.mark.parametrize("comment", ["help at example.com", "login at example.com", "was great.look at example.com"])
def test_a_shop_after_at_is_a_link(comment: str) -> None:
    assert text.redact(comment) == comment.replace("example.com", "[LINK]")


@pytest.mark.parametrize("joint", [" ", "-", " - ", "–", "—", "‑", ".", "/", "_", "·"])
@pytest.mark.parametrize("card", ["4111 1111 1111 1111", "5500 0000 0000 0004", "3782 822463 10005"])
def test_cards_in_groups_are_hidden(card: str, joint: str) -> None:
    """Test numbers that the payment schemes publish."""
    assert text.redact(f"charged {card.replace(' ', joint)} twice") == "charged [CARD] twice"


@pytest.mark.parametrize(
    ("typed", "safe"),
    [
        ("card4111111111111111 was", "card[CARD] was"),
        ("4111111111111111/5500000000000004", "[CARD]/[CARD]"),
        ("4111 1111 1111 1111/5500 0000 0000 0004", "[CARD]/[CARD]"),
        ("4111-1111-1111-1111/5500-0000-0000-0004", "[CARD]/[CARD]"),
        ("paid with 4111 1111 1111 1111 12 times", "paid with [CARD] 12 times"),
        ("ring 030/1234567", "ring [PHONE]"),
        ("ring 0171/1234567.", "ring [PHONE]."),
        ("Tel. 030 / 123 45 67", "Tel. [PHONE]"),
        ("020 7946 0991/0992", "[PHONE]"),
        ("020 7946 0991/2 or so", "[PHONE] or so"),
        ("020 7946 0991/020 7946 0992", "[PHONE]/[PHONE]"),
        ("iban gb29nwbk60161331926819", "iban [NUMBER]"),
        ("to gb29 nwbk 6016 1331 9268 19 and then some", "to [NUMBER] and then some"),
        ("PNR: X7K9QP", "PNR: [NUMBER]"),
        ("booking ref X7K9QP", "booking ref [NUMBER]"),
        ("my ref is XKQ7LP", "my ref is [NUMBER]"),
        ("Order12345678", "Order[NUMBER]"),
        ("my order, 4471882, is", "my order, [NUMBER], is"),
        ("sort code 20-00-00", "sort code [NUMBER]"),
        ("born 12/03/1971", "born [NUMBER]"),
        ("DOB 12.03.1971", "DOB [NUMBER]"),
        ("my date of birth is 1971-03-12", "my date of birth is [NUMBER]"),
        ("date of birth: 12 March 1971", "date of birth: [NUMBER]"),
        ("geboren am 3.8.1975", "geboren am [NUMBER]"),
    ],
)
def test_numbers_are_hidden(typed: str, safe: str) -> None:
    """The IBAN is the example of the UK in the registry of ISO 13616; 020 7946 0xxx is kept for fiction by Ofcom."""
    assert text.redact(typed) == safe


@pytest.mark.parametrize("typed", ["gb28nwbk60161331926819", "gb29nwbk6016133192681", "xx12 that have been left here"])
def test_a_lower_case_iban_must_pass_its_check(typed: str) -> None:
    assert text.redact(f"to {typed} now") == f"to {typed} now"


@pytest.mark.parametrize(
    "comment",
    [
        "paid 250.00 100.00 50.00", "£12.50, £13.99 and £4.20", "12,50 13,99", "10 000 000 yen", "£1 250 000 flat", "12 500 000 kr",
        "2026 2025 2024", "in 2019, 2020, 2021 and 2022", "2019/2020/2021", "open 0900/1730, 1000/1600", "flights 0830/0915", "rooms 204/205/206",
        "1000/2000/3000/4000 ml", "20/20 vision", "in my case, 10000 people", "my order, 2 teas and a scone", "order, 12000 points", "Order2024",
        "ref 4days late", "booking number 30kgs", "booking ref box", "sort code field", "born in 1971", "born 2 weeks early", "on 12/03/1971",
        "pi is 3.141592653589793", "visa2024",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_number_stays(comment: str) -> None:
    assert text.redact(comment) == comment


@pytest.mark.parametrize(
    ("typed", "safe"),
    [
        ("Ms van der Berg was", "Ms [NAME] was"),
        ("Frau von der Leyen", "Frau [NAME]"),
        ("Ms Anna de Souza", "Ms [NAME]"),
        ("Herr Dr. Schmidt", "Herr Dr. [NAME]"),
        ("Herrn Prof. Dr. Weiß", "Herrn Prof. Dr. [NAME]"),
        ("Madame Dupont", "Madame [NAME]"),
        ("Mme Élodie", "Mme [NAME]"),
        ("Mr Bell Mr Smith", "Mr [NAME] Mr [NAME]"),
        ("my name is anna kowalska", "my name is [NAME]"),
        ("my name is anna and i waited", "my name is [NAME] and i waited"),
        ("follow @jobell, please", "follow [NAME], please"),
        ("(@jo.bell_1)", "([NAME])"),
        ("Mr. Whippy", "Mr. [NAME]"),
    ],
)
def test_names_that_announce_themselves_are_hidden(typed: str, safe: str) -> None:
    assert text.redact(typed) == safe


@pytest.mark.parametrize(
    "comment",
    [
        "my name is on the list", "My name is always spelt wrong", "my name is wrong", "Herr der Ringe", "Dr Pepper and Dr. Martens",
        "Madame Tussauds", "Madame was kind", "miss the van deliveries",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_name_stays(comment: str) -> None:
    assert text.redact(comment) == comment


@pytest.mark.parametrize(
    "address",
    [
        "14 Acacia Avenue", "14a Old Mill Lane", "221B Baker Street", "10 Downing St", "Hauptstr. 12", "Lindenstraße 45", "Berliner Straße 12a",
        "SW1A 1AA", "LS6 3HN", "M1 1AE", "B33 8TH",
    ],
)  # fmt: skip
def test_postal_addresses_are_hidden(address: str) -> None:
    """SW1A 1AA, M1 1AE and B33 8TH are among the examples of British postcodes that the Royal Mail gives."""
    assert text.redact(f"left at {address}, in the rain") == "left at [ADDRESS], in the rain"


@pytest.mark.parametrize(
    ("typed", "safe"),
    [
        ("I live at 14 Acacia Avenue", "I live at [ADDRESS]"),
        ("send it to 221 Oxford Street, London", "send it to [ADDRESS], London"),
        ("12 Hauptstr.? no: Hauptstraße 12, 10115 Berlin", "12 Hauptstr.? no: [ADDRESS], 10115 Berlin"),
        ("Bundesstraße 10, 20146 Hamburg", "[ADDRESS], 20146 Hamburg"),
        ("Kaiserstraße 2a Klingel defekt", "[ADDRESS] Klingel defekt"),
        ("my postcode is SW1A 1AA", "my postcode is [ADDRESS]"),
        ("SW1A 1AA", "[ADDRESS]"),
        ("E5 3AB", "[ADDRESS]"),
        ("Seat Leon, sent to LS6 3HN", "Seat Leon, sent to [ADDRESS]"),
        ("my postcode: E5 3DR", "my postcode: [ADDRESS]"),
        ("moved to Manchester M1 1AE last year", "moved to Manchester [ADDRESS] last year"),
        ("14 Acacia Avenue E12 3AB", "[ADDRESS] [ADDRESS]"),
        ("14 High Street.", "[ADDRESS]."),
        ("Flat 3, 14 Acacia Avenue", "Flat 3, [ADDRESS]"),
        ("first floor, 14 Acacia Avenue", "first floor, [ADDRESS]"),
        ("14 Oak Drive", "[ADDRESS]"),
        ("14 Oak Drive, Leeds", "[ADDRESS], Leeds"),
        ("we are at 3 Station Court near the park", "we are at [ADDRESS] near the park"),
        ("14 Mill Close Leeds LS6 3HN", "[ADDRESS] Leeds [ADDRESS]"),
    ],
)
def test_postal_addresses_in_a_sentence_are_hidden(typed: str, safe: str) -> None:
    assert text.redact(typed) == safe


def test_a_postcode_in_lower_case_is_hidden_where_it_is_announced() -> None:
    assert text.redact("postcode sw1a1aa, not sw1a1ab") == "postcode [ADDRESS], not sw1a1ab"


@pytest.mark.parametrize(
    "comment",
    [
        "14 High Street stores", "In 2024 Oxford Street was dead", "the Oxford Street branch", "12 close friends", "a 10 minute drive",
        "2 Burger King Drive Thru lanes", "3 Milky Way bars", "Lindenstraße 45 Minuten gesperrt", "Parkplatz 12", "M1 2TB", "M2 8GB", "S10 2XL",
        "E5 2ND", "M25 J12", "I bought a 1 TB Samsung Flash Drive and it died", "256 GB Kingston USB Drive", "4 Wheel Drive test",
        "A 10 Minute Drive from the airport", "The 55 Inch Samsung Way better than LG", "Version 10 Windows Way too slow",
        "Terminal 5 Arrivals Way too crowded", "Room 214 Garden Court", "Screen 5 Leicester Square", "Platform 3 Kings Cross Place",
        "Bus 73 Victoria Street", "Seat E12 3AB", "trousers W30 3LB", "bulb E27 6WE", "BMW M3 2DR", "Golf E5 3DR", "Kaiserstraße 2 Kassen offen",
        "Produktionsstraße 2 läuft", "Bundesstraße 10 Baustelle", "2 Fast Close calls", "room no. 214 Garden Court", "iPhone 14 Pro Way better",
        "the 73 Victoria Street bus", "2 Kingston Flash Drive.", "3D Printer Court", "Galaxy S10 4AB", "my seat was E12 3AB", "Audi S3 4WD in red",
        "Diese Straße 3 Autos", "Kaiserstraße 2 neue Kassen", "a new SE3 5AB",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_postal_address_stays(comment: str) -> None:
    assert text.redact(comment) == comment


@pytest.mark.parametrize("comment", ["020 7946 0991 Acacia Avenue", "020 7946 0991 14 Acacia Avenue"])
def test_a_telephone_number_before_a_street_is_not_torn(comment: str) -> None:
    assert text.redact(comment) in ("[PHONE] Acacia Avenue", "[PHONE] [ADDRESS]")


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
    assert "Names in comments are hidden only where they are announced, as in “Mr Smith” or “my name is”." in survey.receipt.notes
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
