"""What the receipt says and what it keeps to itself: rows that add up, broken rules all at once, no personal data anywhere."""

from __future__ import annotations

import dataclasses
import pickle
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from voc import ingest, score, text
from voc.ingest.mapping import parse_mapping
from voc.ingest.personal import installation_key
from voc.ingest.receipt import BLANK, DUPLICATE, NO_DATE, NO_SCORE, NOT_ANSWERED, OFF_SCALE, RAGGED, REASONS, TEST, UNFINISHED
from voc.schema import VocError

COLUMNS = {"response_id": "id", "date": "when", "comment": "why"}
SCORE = {"column": "nps", "min": 0, "max": 10}
DECLARED: dict[str, Any] = {"columns": COLUMNS, "score": SCORE}
PROGRESS = COLUMNS | {"status": "status", "finished": "done"}
MAIL = "jo.bloggs@example.com"


def frame_of(n: int = 40, **columns: Any) -> pd.DataFrame:
    """A small sound file; columns are lists or one text for all."""
    base = {"id": [f"R{i}" for i in range(n)], "when": [f"2026-0{7 + i % 2}-03" for i in range(n)], "nps": [str(i % 11) for i in range(n)], "why": ""}
    return pd.DataFrame(base | columns)


def check(folder: Path, frame: pd.DataFrame | str, **changes: Any) -> ingest.Survey:
    """The survey with its objections left in the receipt."""
    file = folder / "answers.csv"
    file.write_text(frame if isinstance(frame, str) else frame.to_csv(index=False))
    return ingest.check(file, parse_mapping(DECLARED | changes))


def everything(thing: object) -> str:
    """All text that can be reached from a result without touching what is marked private."""
    if isinstance(thing, (pd.DataFrame, pd.Series)):
        return thing.to_csv()
    if dataclasses.is_dataclass(thing):
        return repr(thing) + " ".join(everything(getattr(thing, f.name)) for f in dataclasses.fields(thing) if not f.name.startswith("_"))
    if isinstance(thing, dict):
        return everything([*thing, *thing.values()])
    return " ".join(map(everything, thing)) if isinstance(thing, (list, tuple)) else str(thing)


# --- the contract --------------------------------------------------------------------------------------------------------


def broken(folder: Path) -> ingest.Survey:
    """A file that breaks every rule there is."""
    frame = frame_of(rating="4", spent="12.50", share="1", took="60")
    frame.loc[[3, 5, 7, 9], "nps"] = ["11", "11", "ten", "11"]
    frame.loc[[10, 12], "rating"] = ["6", "never"]
    frame.loc[[14, 15], "when"] = ["2062-01-01", "1970-01-01"]
    frame.loc[[16, 18], "spent"] = ["a lot", "1.2.9"]
    frame.loc[[20, 21, 22, 23], "share"] = ["0", "-1", "", "heavy"]
    frame.loc[[24, 26], "took"] = ["-5", "soon"]
    frame.loc[30, "id"] = "R29"
    columns = COLUMNS | {"revenue": "spent", "weight": "share", "duration": "took"}
    return check(folder, frame, columns=columns, ratings={"staff": {"column": "rating", "min": 1, "max": 5}})


def test_the_contract_lists_every_broken_rule_at_once(tmp_path: Path) -> None:
    failures = {(f.column, f.rule): (f.count, f.first_rows, f.example, f.times) for f in broken(tmp_path).receipt.failures}
    assert failures == {
        ("nps", "must be a whole number 0-10"): (4, (5, 7, 9), "11", 3),
        ("rating", "must be a whole number 1-5"): (2, (12, 14), "6", 1),
        ("when", "must not lie before 1990"): (1, (17,), "1970-01-01", 1),
        ("when", "must not lie in the future"): (1, (16,), "2062-01-01", 1),
        ("spent", "must be a number"): (2, (18, 20), "a text of 5 characters", 1),
        ("share", "must be a number above 0"): (4, (22, 23, 24), "0", 1),
        ("took", "must be a number, 0 or more"): (2, (26, 28), "-5", 1),
        ("id", "must be unique"): (1, (32,), "R29", 1),
    }


def test_objections_come_all_at_once(tmp_path: Path) -> None:
    receipt = broken(tmp_path).receipt
    assert [o.split(";")[0] for o in receipt.objections] == ["nps must be a whole number 0-10", "share must be a number above 0"]
    assert '"no answer", add it to not_applicable under [score]' in receipt.objections[0]
    with pytest.raises(VocError) as error:
        ingest.read_survey(tmp_path / "answers.csv", broken(tmp_path).mapping)
    assert str(error.value) == " ".join(receipt.objections)


def test_what_a_broken_rule_does_to_its_row(tmp_path: Path) -> None:
    """A score or day that cannot be used sets the row aside; another cell is blanked; a day in the future is named and kept."""
    survey = broken(tmp_path)
    assert {r: n for r, n in survey.receipt.set_aside.items() if n} == {NO_DATE: 1, OFF_SCALE: 4, DUPLICATE: 1}
    answers = survey.answers.set_index("row")
    assert answers.index[answers["staff"].isna()].tolist() == [12, 14]
    assert answers.index[answers["revenue"].isna()].tolist() == [18, 20]
    assert answers.index[answers["weight"].isna()].tolist() == [22, 23, 24, 25]
    assert answers.index[answers["duration"].isna()].tolist() == [26, 28]
    assert answers["date"].max() == pd.Timestamp("2062-01-01")


def test_a_weight_is_not_asked_of_rows_that_are_set_aside(tmp_path: Path) -> None:
    frame = frame_of(share="2")
    frame.loc[[1, 2], ["nps", "share"]] = ["", ""]
    assert check(tmp_path, frame, columns=COLUMNS | {"weight": "share"}).receipt.objections == ()


@pytest.mark.parametrize("column", ["nps", "rating", "when", "spent", "share", "took", "id"])
@pytest.mark.parametrize("before", ["", "call ", "please do ring me or better write to me as I said at ", "x" * 50 + " "])
def test_a_broken_rule_never_shows_an_address(tmp_path: Path, column: str, before: str) -> None:
    """Wherever an e-mail address stands, also where the example is cut."""
    frame = frame_of(rating="4", spent="12.50", share="1", took="60")
    frame.loc[[30, 31, 32, 33], column] = before + MAIL
    columns = COLUMNS | {"revenue": "spent", "weight": "share", "duration": "took"}
    receipt = check(tmp_path, frame, columns=columns, ratings={"staff": {"column": "rating", "min": 1, "max": 5}}).receipt
    assert column == "when" or receipt.failures
    assert not re.search(r"bloggs|@", everything([receipt.failures, receipt.objections, receipt.to_text(), receipt.to_frame(), receipt.reading]))


@pytest.mark.parametrize("day", ["9999-12-31", "2999-01-01"])
def test_a_day_that_stands_for_none_is_shown_as_it_stands(tmp_path: Path, day: str) -> None:
    (failure,) = check(tmp_path, frame_of(when=["2026-08-03"] * 39 + [day])).receipt.failures
    assert failure.sentence == f"when must not lie in the future; found {day} in 1 row (first: 41)."


def test_unreadable_dates_never_show_an_address(tmp_path: Path) -> None:
    """A comment mapped as the date by mistake."""
    with pytest.raises(VocError, match="could be read") as error:
        check(tmp_path, frame_of(when=f"write to {MAIL}"))
    assert "bloggs" not in str(error.value)


# --- rows ----------------------------------------------------------------------------------------------------------------


def random_file(rng: np.random.Generator) -> tuple[str, int]:
    """Lines of cells of every kind, some too short or too long, some blank; and how many stand below the heading."""
    n = int(rng.integers(60, 300))
    cells = {
        "id": rng.choice([*map(str, range(n)), ""], n),
        "when": rng.choice(["2026-08-03", "2026-09-04T10:00:00", "", "soon", "1970-01-01"], n, p=[0.5, 0.3, 0.1, 0.05, 0.05]),
        "nps": rng.choice([*map(str, range(11)), "", "NA", "11"], n),
        "why": rng.choice(["", "NA", "ring 020 7946 0991"], n),
        "status": rng.choice(["IP Address", "Survey Preview", "spam", ""], n, p=[0.8, 0.05, 0.05, 0.1]),
        "done": rng.choice(["True", "False", "1", ""], n, p=[0.8, 0.1, 0.05, 0.05]),
        "share": rng.choice(["1", "0.5", "0", "-1", "", "much"], n, p=[0.5, 0.4, 0.025, 0.025, 0.025, 0.025]),
    }
    lines = [",".join(row) for row in zip(*cells.values(), strict=True)]
    for i in range(20, n, 50):
        lines[i] = str(rng.choice(["short,2026-08-03", "long" + "," * 9, ",,,,,,", ""]))
    lines[0] = "first,2026-08-03,9,kind,IP Address,True,1"
    lines[-1] = "last,2026-08-03,9,kind,IP Address,True,1"
    return "\n".join([",".join(cells), *lines]) + "\n", n


@pytest.mark.parametrize("seed", range(12))
def test_rows_read_are_rows_kept_and_rows_set_aside(tmp_path: Path, seed: int) -> None:
    content, n = random_file(np.random.default_rng(seed))
    survey = check(tmp_path, content, columns=PROGRESS | {"weight": "share"}, missing=["NA"])
    receipt = survey.receipt
    assert (receipt.rows_read, receipt.rows_kept) == (n, len(survey.answers))
    assert n == len(survey.answers) + sum(receipt.set_aside.values())
    assert receipt.aside["reason"].value_counts().to_dict() == {r: k for r, k in receipt.set_aside.items() if k}
    assert sorted([*receipt.aside["row"], *survey.answers["row"]]) == list(range(2, n + 2))


def oracle(line: str, seen: set[str]) -> str:
    """Why a row is set aside, "" where it is kept: one row at a time, in the order in which the reasons are looked at."""
    cells = line.split(",")
    if not any(cells):
        return BLANK
    if len(cells) != 7:
        return RAGGED
    name, when, answer, _, status, done, _ = cells
    reasons = {
        TEST: status in ("Survey Preview", "spam"),
        UNFINISHED: done == "False",
        NO_DATE: when in ("", "soon"),
        NO_SCORE: answer in ("", "NA"),
        "contract": when == "1970-01-01",
        OFF_SCALE: answer == "11",
        DUPLICATE: name in seen,
    }
    reason = next((r for r, hit in reasons.items() if hit), "")
    seen |= {name} - {""} if not reason else set()
    return NO_DATE if reason == "contract" else reason


@pytest.mark.parametrize("seed", range(12))
def test_each_row_is_set_aside_for_the_first_reason_that_holds(tmp_path: Path, seed: int) -> None:
    """Only an answer that can be used makes a later one a duplicate; see `oracle` for the order."""
    content, _ = random_file(np.random.default_rng(seed))
    seen: set[str] = set()
    reasons = {row: reason for row, line in enumerate(content.splitlines()[1:], 2) if (reason := oracle(line, seen))}
    receipt = check(tmp_path, content, columns=PROGRESS | {"weight": "share"}, missing=["NA"]).receipt
    assert dict(zip(receipt.aside["row"], receipt.aside["reason"], strict=True)) == reasons


def test_an_answer_that_was_set_aside_makes_no_later_one_a_duplicate(tmp_path: Path) -> None:
    frame = frame_of()
    frame.loc[[1, 2], "id"] = ["R0", "R0"]
    frame.loc[0, "when"], frame.loc[1, "nps"] = "1970-01-01", "11"
    survey = check(tmp_path, frame)
    assert survey.receipt.set_aside[DUPLICATE] == 0
    assert survey.answers.loc[survey.answers["response_id"] == "R0", "row"].tolist() == [4]


def test_every_reason_for_setting_aside_occurs(tmp_path: Path) -> None:
    head = "id,when,nps,why,status,done\n"
    sound = "".join(f"S{i},2026-08-03,9,,IP Address,True\n" for i in range(60))
    odd = ["short", "", "A,2026-08-03,9,,Survey Preview,True", "B,2026-08-03,9,,IP Address,False", "C,,9,,IP Address,True"]
    odd += ["D,2026-08-03,,,IP Address,True", "E,2026-08-03,11,,IP Address,True", "S1,2026-08-03,9,,IP Address,True"]
    receipt = check(tmp_path, head + sound + "\n".join(odd) + "\nlast,2026-08-03,9,,IP Address,True\n", columns=PROGRESS).receipt
    assert {r: n for r, n in receipt.set_aside.items() if n} == dict.fromkeys(set(REASONS) - {NOT_ANSWERED}, 1)
    expected = zip(range(62, 70), ["", "", *"ABCDE", "S1"], [RAGGED, BLANK, TEST, UNFINISHED, NO_DATE, NO_SCORE, OFF_SCALE, DUPLICATE], strict=True)
    assert list(receipt.aside.itertuples(index=False, name=None)) == list(expected)


def test_asked_but_not_answered(tmp_path: Path) -> None:
    """Medallia Agent Connect exports a row for everybody who was asked, with an empty time of response for the silent."""
    frame = pd.DataFrame({"request_id": range(60), "response_received_at": ["", "2026-08-03 09:00:00", "2026-08-04 09:00:00"] * 20})
    receipt = check(tmp_path, frame.assign(nps=["", "9", "3"] * 20), columns={"date": "response_received_at"}).receipt
    assert {r: n for r, n in receipt.set_aside.items() if n} == {NOT_ANSWERED: 20}
    assert receipt.aside["row"].tolist() == list(range(2, 62, 3))


def test_text_table_and_reading_agree(tmp_path: Path) -> None:
    survey = check(tmp_path, random_file(np.random.default_rng(3))[0], columns=PROGRESS | {"weight": "share"}, missing=["NA"])
    receipt, shown, table = survey.receipt, survey.receipt.to_text(), survey.receipt.to_frame()
    counts = dict(zip(table["what"], table["count"], strict=True))
    assert counts["rows read"] - sum(n for what, n in counts.items() if what.startswith("rows set aside")) == counts["rows kept"] == receipt.rows_kept
    for reason, n in receipt.set_aside.items():
        assert counts.get(f"rows set aside: {reason}", 0) == n
        assert (f"{n} {reason} (first rows: " in shown) == bool(n)
    for failure in receipt.failures:
        assert counts[f"cells that break a rule: {failure.rule}"] == failure.count
        assert failure.sentence in shown
    hidden = receipt.hidden["PHONE"]
    assert counts["comments with telephone numbers hidden"] == hidden == (survey.frame["comment"] == "ring [PHONE]").sum()
    assert f"telephone numbers: hidden in {hidden} comments" in shown
    assert all(what in shown for what in receipt.reading.to_frame()["what"].iloc[:-1])
    assert receipt.reading.found == sum(bool(c.finding) for c in receipt.checks)
    assert [line for line in shown.splitlines() if line.startswith("OBJECTION: ")] == [f"OBJECTION: {o}" for o in receipt.objections]


# --- customers -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for a key of its own."""
    file = tmp_path / "keys" / "own"
    monkeypatch.setenv("VOC_KEY", str(file))
    return file


def test_customers_are_hashed_with_the_key_of_this_installation(tmp_path: Path, key: Path) -> None:
    frame, columns = frame_of(who=[f"C{i // 2}" for i in range(40)]), COLUMNS | {"customer": "who"}
    frame.loc[[38, 39], "who"] = ""
    first, again = (check(tmp_path, frame, columns=columns).answers["customer"] for _ in range(2))
    assert first.tolist() == again.tolist()
    assert all(re.fullmatch("[0-9a-f]{16}", c) for c in first[:38])
    assert first[38:].tolist() == ["", ""]
    assert [sum(first == c) for c in first[:38]] == [2] * 38
    key.write_text("ab" * 32)
    survey = check(tmp_path, frame, columns=columns)
    assert not set(survey.answers["customer"]) & set(first[:38])
    assert not re.search(r"\bC\d", everything(survey))
    assert "Customer ids are hashed" in survey.receipt.to_text()


@pytest.mark.parametrize("content", [b"", b"ab" * 31, b"xy" * 32, b"\xff\xfe" * 20, b"ab" * 64])
def test_a_damaged_key_is_one_sentence(key: Path, content: bytes) -> None:
    key.parent.mkdir()
    key.write_bytes(content)
    with pytest.raises(VocError, match=r"^the key file own for customer ids .*restore it from your backup$"):
        installation_key(key.parent)
    assert key.read_bytes() == content


def test_the_key_is_made_once_for_its_owner_alone_also_by_eight_at_a_time(key: Path) -> None:
    wait = f"import os, time; from voc.ingest.personal import installation_key as k; p = {str(key.parent)!r}; print(flush=True); input(); "
    code = f"{wait}from pathlib import Path; print(k(Path(p)))"
    processes = [subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()  # it has imported all it needs
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = {process.communicate()[0].strip() for process in processes}
    assert said == {str(bytes.fromhex(key.read_text().strip()))}
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert list(key.parent.iterdir()) == [key]


# --- personal data -------------------------------------------------------------------------------------------------------


def test_personal_columns_are_left_out_and_listed(tmp_path: Path) -> None:
    mails, hosts = [f"p{i}@example.com" for i in range(40)], [f"192.0.2.{i}" for i in range(40)]
    calls, words = [f"+44 20 7946 0{i:03d}" for i in range(40)], [f"It took {i} days to come here" for i in range(40)]
    others = {"contact": mails, "host": hosts, "reach": calls, "Anything else?": words, "shop": "A"}
    frame = frame_of(**{"First Name": "Jo", "IP Address": "none"}, **others)
    kinds = {"First Name": "name", "IP Address": "IP address", "contact": "e-mail address", "host": "IP address", "reach": "telephone number"}
    survey = check(tmp_path, frame)
    free = "free text that is not mapped as the comment"
    assert survey.receipt.personal == kinds | {"Anything else?": free}
    assert survey.receipt.unused == ("shop",)
    assert not set(survey.receipt.personal) & set(survey.answers)
    assert all(f"{column}: left out ({kind})" in survey.receipt.to_text() for column, kind in survey.receipt.personal.items())
    assert f"column left out: {free}" in set(survey.receipt.to_frame()["what"])
    kept = check(tmp_path, frame, keep=["host", "Anything else?"])
    assert set(kept.receipt.personal) == set(kinds) - {"host"}
    assert kept.answers["host"].tolist() == hosts
    assert kept.answers["Anything else?"].tolist() == words
    assert 'Column "host" looks like personal data (IP address); it is kept because the mapping names it.' in kept.receipt.notes


def test_other_columns_are_kept_under_names_of_their_own(tmp_path: Path) -> None:
    shops = ["Ashford", "Birch Lane"] * 20
    own = {"score": "a", "cohort": "b", "score (file)": "c", "date": "d", "row": "e", "comment": "f", "staff": "g", "area": "h"}
    ratings, segments = {"staff": {"column": "r", "min": 1, "max": 5}}, {"area": "Region"}
    survey = check(tmp_path, frame_of(r="4", Region="North", **{"Store name": shops}, **own), ratings=ratings, segments=segments)
    assert survey.answers["score"].tolist() == [i % 11 for i in range(40)]
    assert set(survey.answers["area"]) == {"North"}
    assert len(set(survey.receipt.unused)) == len(survey.receipt.unused) == 9
    assert {survey.answers[c].iloc[0] for c in survey.receipt.unused} == {"Ashford", *"abcdefgh"}
    assert {"score (file)", "cohort (file)", "staff (file)", "area (file)"} <= set(survey.receipt.unused)
    part = survey.where(**{"Store name": "Birch Lane"})
    assert part.answers["row"].tolist() == list(range(3, 42, 2))
    groups = score.by(survey, "Store name").to_frame().set_index("segment")
    assert groups.loc["Birch Lane", "value"] == pytest.approx(score.nps(part).value)


@pytest.mark.parametrize("typed", [MAIL, f"write to {MAIL} soon"])
@pytest.mark.parametrize("column", ["why", "shop", "answer", "nps", "rating", "status"])
def test_an_address_never_leaves_the_comments(tmp_path: Path, column: str, typed: str) -> None:
    """A few addresses, wherever a customer or an agent typed them: in the comment, in a column that the mapping does not name, in an answer."""
    frame = frame_of(rating="4", status="complete", shop=[f"Shop {i % 5}" for i in range(40)], answer=[f"yes-{i}" for i in range(40)])
    frame.loc[[3, 5, 8], column] = typed
    frame.loc[[3, 8], "nps"] = "9"
    survey = check(tmp_path, frame, columns=COLUMNS | {"status": "status"}, ratings={"staff": {"column": "rating", "min": 1, "max": 5}})
    shown = [survey, survey.answers, survey.receipt.to_text(), survey.receipt.to_frame(), survey.frame, survey._repr_html_(), vars(survey)]
    assert "bloggs" not in everything(shown)
    assert survey.receipt.hidden == ({"EMAIL": 3} if column == "why" else {})


def test_hidden_counts_comments_of_kept_answers(tmp_path: Path) -> None:
    why = [f"mail {MAIL}", f"mail {MAIL}", f"{MAIL} or 020 7946 0991", "ring 020 7946 0991", "[EMAIL] is a word", f"not kept: {MAIL}", *[""] * 34]
    frame = frame_of(why=why)
    frame.loc[5, "nps"] = ""
    assert check(tmp_path, frame).receipt.hidden == {"EMAIL": 3, "PHONE": 2}


def test_only_comments_that_are_asked_for_are_redacted_and_each_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks read some comments for their tone; here one."""
    seen: list[str] = []
    redact_all = text.redact_all
    monkeypatch.setattr("voc.ingest.evidence.TONED", 1)
    monkeypatch.setattr(text, "redact_all", lambda texts: seen.extend(texts) or redact_all(texts))
    survey = check(tmp_path, frame_of(200, why=[f"comment {i // 4}, {'odd' if i % 2 else 'even'}" for i in range(200)]))
    assert len(seen) <= 2
    with monkeypatch.context() as strict:
        strict.setattr(text, "redact_all", lambda texts: pytest.fail(f"redacted {texts[:3]}"))
        assert score.nps(survey.month("2026-08")).n == 100
        assert len(score.trend(survey).to_frame()) == 2
        assert survey.wrote.all()
        assert "200 answers" in survey.headline
        assert "bloggs" not in repr(survey)
    seen.clear()
    assert survey.month("2026-08").frame["comment"].str.endswith("odd").all()
    assert sorted(set(seen)) == sorted(seen)
    assert {t[-3:] for t in seen} == {"odd"}
    assert survey.receipt.hidden == {}
    assert survey.frame["comment"].nunique() == 100
    assert len(seen) == len(set(seen)) <= 100


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("Your e-mail", "e-mail address"), ("Email1", "e-mail address"), ("customer_email_address", "e-mail address"), ("What is your name?", "name"),
        ("passenger_name", "name"), ("Prénom", "name"), ("Name des Kunden", "name"),
        ("Contact no", "telephone number"), ("Téléphone", "telephone number"),
        ("Handynummer", "telephone number"), ("Home Address", "location"), ("PLZ", "location"), ("Straße", "location"),
        ("Geburtsdatum", "date of birth"),
        ("IP-Adresse", "IP address"), ("SSN", "identity number"), ("Your details - First name", "name"),
        ("Store name", ""), ("airline_name", ""), ("Did we address your problem?", ""), ("ip_country", ""), ("Product", ""),
    ],
)  # fmt: skip
def test_personal_columns_by_name(tmp_path: Path, column: str, kind: str) -> None:
    survey = check(tmp_path, frame_of(**{column: [f"amber{i}" for i in range(40)]}))
    assert survey.receipt.personal.get(column, "") == kind
    assert (column in survey.answers) == (not kind)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([f"0207946{i * 37 % 101:04d}" for i in range(40)], "telephone number"), ([f"0207946{i:04d}" for i in range(40)], ""),
        ([f"(212) 555-0{i:03d}" for i in range(40)], "telephone number"),
        ([f"Jo Bell <jo{i}@example.com>" for i in range(40)], "e-mail address"), (["jo@example.com", *["none"] * 3] * 10, "e-mail address"),
        (["GB29NWBK60161331926819"] * 40, "identity number"), (["4111 1111 1111 1111"] * 40, "card number"), (["fe80::1", "::1"] * 20, "IP address"),
        ([f"{i:010d}" for i in range(40)], ""), ([f"{i}:30" for i in range(40)], ""), (["1", "2", "3", "4"] * 10, ""),
    ],
)  # fmt: skip
def test_personal_columns_by_their_cells(tmp_path: Path, cells: list[str], kind: str) -> None:
    assert check(tmp_path, frame_of(field=cells)).receipt.personal.get("field", "") == kind


def test_ratings_and_groups_under_personal_names_are_kept(tmp_path: Path) -> None:
    survey = check(tmp_path, frame_of(80, Mobile=[str(1 + i % 5) for i in range(80)], Mail=["Post", "Courier"] * 40))
    assert survey.receipt.personal == {}


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("Delivery address correct", ["Yes", "No"]), ("Ease of finding our address", ["7", "8", "10"]), ("Mobile plan", ["Small", "Large", "Max"]),
        ("phone_wait_seconds", [str(i) for i in range(40)]), ("IBAN check", ["ok", "fail"]), ("Birthday month", ["May", "June"]),
        ("First product name", [f"Model {i}" for i in range(40)]), ("Nombre d'employés", [str(i) for i in range(40)]),
        ("Account name", ["Acme", "Duff"]),
        ("app version", ["4.12.0.1", "4.13.0.2"]),
    ],
)  # fmt: skip
def test_columns_that_only_sound_personal_are_kept(tmp_path: Path, column: str, cells: list[str]) -> None:
    survey = check(tmp_path, frame_of(**{column: [cells[i % len(cells)] for i in range(40)]}))
    assert survey.receipt.personal == {}
    assert column in survey.answers


def test_personal_cells_under_a_longer_name_are_left_out(tmp_path: Path) -> None:
    frame = frame_of(
        **{"Delivery address of order": [f"{i} High Street" for i in range(40)], "Mobile used for call": [f"07700 900{i:03d}" for i in range(40)]}
    )
    assert check(tmp_path, frame).receipt.personal == {"Delivery address of order": "location", "Mobile used for call": "telephone number"}


def test_anonymous_answers_make_no_column_a_customer(tmp_path: Path) -> None:
    """Most answers have no id, and other columns are blank in the same rows: equal blanks are no equal ids."""
    known = [i % 5 < 2 for i in range(100)]
    frame = frame_of(100, who=[f"C{i}" if k else "" for i, k in enumerate(known)], town=[f"Town {i % 30}" if k else "" for i, k in enumerate(known)])
    survey = check(tmp_path, frame, columns=COLUMNS | {"customer": "who"}, segments={"town": "town"})
    assert survey.receipt.personal == {}
    assert set(survey.answers["town"]) >= {"", "Town 1"}


def test_what_looks_personal_can_be_kept_by_name(tmp_path: Path) -> None:
    """Ids that look like telephone numbers, and companies of a survey among companies."""
    frame = frame_of(
        60, id=[f"07{i * 37 % 101:09d}" for i in range(60)], who=[f"{i % 20}" for i in range(60)], firm=[f"Firm {i % 20}" for i in range(60)]
    )
    segments = {"firm": "firm"}
    with pytest.raises(VocError, match=r'the response ids in column "id" look like personal data \(telephone number\).*; keep = \["id"\]'):
        check(tmp_path, frame, segments=segments)
    with pytest.raises(VocError, match=r'or keep = \["firm"\] when it names no people'):
        check(tmp_path, frame, keep=["id"], columns=COLUMNS | {"customer": "who"}, segments=segments)
    survey = check(tmp_path, frame, keep=["id", "firm"], columns=COLUMNS | {"customer": "who"}, segments=segments)
    assert survey.answers["firm"].nunique() == 20


def test_customer_ids_do_not_return_under_another_name(tmp_path: Path) -> None:
    """Beside its hash, a second copy of the id would undo it."""
    who = [f"C{i % 30:03d}" for i in range(60)]
    frame = frame_of(60, who=who, copy=who, ref=[f"X-{i % 30 + 7}" for i in range(60)], ticket=[f"T{i}" for i in range(60)], agent=["007", "12"] * 30)
    columns = COLUMNS | {"customer": "who"}
    survey = check(tmp_path, frame, columns=columns)
    assert survey.receipt.personal == dict.fromkeys(("copy", "ref"), "the customer ids under another name")
    assert set(survey.receipt.unused) == {"ticket", "agent"}
    with pytest.raises(VocError, match=r'segment "crm" \(column "ref"\) holds the customer ids of "who" under another name'):
        check(tmp_path, frame, columns=columns, segments={"crm": "ref"})
    with pytest.raises(VocError, match='column "who" is both customer and person; customer ids are hashed'):
        check(tmp_path, frame, columns=columns, segments={"person": "who"})
    with pytest.raises(VocError, match='column "nps" is both score and again; a question can be mapped once'):
        check(tmp_path, frame, ratings={"again": SCORE})


def test_what_is_stored_is_redacted(tmp_path: Path) -> None:
    survey = check(tmp_path, frame_of(why=f"write to {MAIL}"))
    assert MAIL.encode() not in pickle.dumps(survey)
    again = pickle.loads(pickle.dumps(survey))  # noqa: S301 - our own bytes
    assert again.frame["comment"].tolist() == survey.frame["comment"].tolist() == ["write to [EMAIL]"] * 40
    assert MAIL not in repr(dataclasses.asdict(survey.receipt))
    assert again.receipt.hidden == survey.receipt.hidden == {"EMAIL": 40}


def test_messages_do_not_show_what_somebody_wrote(tmp_path: Path) -> None:
    frame = frame_of()
    frame.loc[[3, 4, 5], "nps"] = ["Anna Kowalska was rude", "Jo Bell", "Ask for Al, 14 Acacia Avenue"]
    said = " ".join(check(tmp_path, frame).receipt.objections)
    assert "a text of" in said
    assert not any(name in said for name in ("Anna", "Bell", "Acacia"))


def test_words_that_mean_missing_are_counted_in_segments(tmp_path: Path) -> None:
    survey = check(tmp_path, frame_of(Region=["NA", "North"] * 20), missing=["NA"], segments={"region": "Region"})
    assert [(c.column, c.count) for c in survey.receipt.cells] == [("Region", 20)]


# --- numbers -------------------------------------------------------------------------------------------------------------


def spent(folder: Path, cells: list[str], **changes: Any) -> tuple[list[float], tuple[str, ...]]:
    """Revenue as read, and the receipt's notes about it."""
    survey = check(folder, frame_of(len(cells), spent=cells), columns=COLUMNS | {"revenue": "spent"}, **changes)
    return survey.answers["revenue"].tolist(), tuple(n for n in survey.receipt.notes if "decimal" in n)


def test_thousands_and_fractions_are_told_by_their_column(tmp_path: Path) -> None:
    assert spent(tmp_path, ["1.234", "1.234,50", "12"]) == ([1234.0, 1234.5, 12.0], ())
    assert spent(tmp_path, ["1,234", "1,234.50", "0.5"]) == ([1234.0, 1234.5, 0.5], ())
    assert spent(tmp_path, ["0,853", "1,204"]) == ([0.853, 1.204], ())


def test_numbers_that_nothing_tells_are_asked_for(tmp_path: Path) -> None:
    cells = ["1.234", "12.500", "980"]
    read, notes = spent(tmp_path, cells)
    assert np.isnan(read[:2]).all()
    assert read[2] == 980
    assert notes == ('spent holds numbers such as 1.234, a thousand or a fraction: declare decimal = "," or "." to have them read.',)
    assert spent(tmp_path, cells, decimal=",") == ([1234.0, 12500.0, 980.0], ())
    assert spent(tmp_path, cells, decimal=".") == ([1.234, 12.5, 980.0], ())
    with pytest.raises(VocError, match=r"decimal must be \"\.\" or \",\""):
        spent(tmp_path, cells, decimal=";")


def test_one_odd_cell_does_not_blank_a_column(tmp_path: Path) -> None:
    """The clear majority of the cells that tell decides; the odd one is blanked and counted."""
    cells = [f"{i},{100 + i}.50" for i in range(1, 40)] + ["45,50"]
    read, notes = spent(tmp_path, cells)
    assert read[:2] == [1101.5, 2102.5]
    assert np.isnan(read[-1])
    assert notes == ()
    assert spent(tmp_path, ["CHF 120.00", "EUR 12.50", "US$ 7.25"])[0] == [120.0, 12.5, 7.25]
