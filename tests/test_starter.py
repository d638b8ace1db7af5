"""What the starter mapping of an unknown file guesses, and what it only asks: by names, wordings and values of synthetic files."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from voc import ingest
from voc.ingest.mapping import parse_mapping
from voc.schema import Mapping


def starter(folder: Path, frame: pd.DataFrame) -> Mapping:
    file = folder / "unknown.csv"
    frame.to_csv(file, index=False)
    declared = parse_mapping(tomllib.loads(ingest.starter_mapping(file)))
    ingest.check(file, declared)
    return declared


def unknown(**more: object) -> pd.DataFrame:
    n = 60
    base = {
        "Response ID": range(n),
        "Interview date": pd.date_range("2026-01-01", periods=n).strftime("%Y-%m-%d"),
        "Likely to recommend": [i % 11 for i in range(n)],
        "Staff": [1 + i % 5 for i in range(n)],
        "Why?": [f"The wait was {i} minutes long and nobody said why" for i in range(n)],
        "Region": ["North", "South"] * (n // 2),
    }
    return pd.DataFrame(base | more)


def test_starter_mapping_finds_score_comment_and_date(tmp_path: Path) -> None:
    declared = starter(tmp_path, unknown())
    assert declared.score.column == "Likely to recommend"
    assert declared.columns == {"date": "Interview date", "response_id": "Response ID", "comment": "Why?"}
    assert [(q.name, q.column, q.scale.allowed) for q in declared.ratings] == [("staff", "Staff", "1-5")]
    assert declared.segments == {"region": "Region"}


def test_starter_mapping_asks_about_codes_outside_the_scale(tmp_path: Path) -> None:
    file = tmp_path / "sfo.csv"
    unknown(**{"Likely to recommend": [i % 12 for i in range(60)]}).to_csv(file, index=False)
    assert '# not_applicable = ["11"]' in ingest.starter_mapping(file)


@pytest.mark.parametrize(
    "more",
    [
        {"consent": ["yes", "no"] * 30},
        {"channel": ["web", "store"] * 30, "touchpoint": ["a", "b"] * 30},
        {"Größe": ["klein", "groß"] * 30},
        {"region ": ["a", "b"] * 30},
        {"score": [1 + i % 5 for i in range(60)]},
        {"cohort": ["a", "b"] * 30},
        {'say "hi"\\': ["a", "b"] * 30},
        {"地域": ["a", "b"] * 30, "年代": ["c", "d"] * 30},
    ],
    ids="+".join,
)
def test_starter_mapping_can_always_be_parsed(tmp_path: Path, more: dict[str, object]) -> None:
    assert starter(tmp_path, unknown(**more)).score.column == "Likely to recommend"


def test_starter_mapping_without_a_score_says_so(tmp_path: Path) -> None:
    file = tmp_path / "bare.csv"
    file.write_text("a,b\nx,y\nz,y\n")
    text = ingest.starter_mapping(file)
    assert "No column looked like the recommend question" in text
    assert "no column looked like a date" in text


def lines(folder: Path, frame: pd.DataFrame) -> str:
    """The starter's text; it must be a mapping that reads its file."""
    starter(folder, frame)
    return ingest.starter_mapping(folder / "unknown.csv")


def test_worded_scales_are_proposed_with_all_their_wordings(tmp_path: Path) -> None:
    steps = ["Strongly disagree", "Somewhat agree", "Strongly agree", "Not applicable", ""]
    frame = unknown(**{"Friendly": steps * 12, "Were we able to resolve it?": ["Yes", "No"] * 30, "Newsletter": ["Yes", "No"] * 30})
    ratings = {q.column: q for q in starter(tmp_path, frame).ratings}
    assert ratings["Friendly"].scale.labels == {
        "Strongly disagree": 1, "Disagree": 2, "Neither agree nor disagree": 3, "Somewhat agree": 4, "Strongly agree": 5,
    }  # fmt: skip
    assert ratings["Friendly"].scale.not_applicable == ("Not applicable",)
    assert ratings["Were we able to resolve it?"].scale.labels == {"No": 0, "Yes": 1}
    assert "Newsletter" not in ratings
    survey = ingest.check(tmp_path / "unknown.csv", starter(tmp_path, frame))
    assert survey.answers["friendly"].tolist()[:3] == [1.0, 4.0, 5.0]
    assert survey.answers["friendly"].isna().sum() == 24


def test_a_seven_point_scale_is_told_from_a_five_point_one(tmp_path: Path) -> None:
    frame = unknown(Clear=["Agree", "Somewhat agree", "Strongly disagree"] * 20)
    clear = next(q for q in starter(tmp_path, frame).ratings if q.column == "Clear")
    assert (clear.scale.high, clear.scale.labels["Somewhat agree"], clear.scale.labels["Agree"]) == (7, 5, 6)


def test_the_recommend_question_with_worded_ends(tmp_path: Path) -> None:
    """Many exports write only the ends of the scale in words."""
    said = {0: "Not at all likely", 10: "Extremely likely"}
    declared = starter(tmp_path, unknown(**{"Likely to recommend": [said.get(i % 11, str(i % 11)) for i in range(60)]}))
    assert declared.score.scale.labels == {"Not at all likely": 0, "Extremely likely": 10}
    survey = ingest.check(tmp_path / "unknown.csv", declared)
    assert survey.answers["score"].tolist() == [i % 11 for i in range(60)]


def test_a_code_for_no_answer_does_not_hide_the_score(tmp_path: Path) -> None:
    frame = unknown(**{"Likely to recommend": [-99 if i % 15 == 0 else i % 11 for i in range(60)]})
    assert '# not_applicable = ["-99"]' in lines(tmp_path, frame)
    assert starter(tmp_path, frame).score.column == "Likely to recommend"


def test_a_copy_of_the_score_is_no_rating(tmp_path: Path) -> None:
    text = lines(tmp_path, unknown(again=[i % 11 for i in range(60)]))
    assert '# "again" is left out: the same answers as Likely to recommend' in text


def test_a_shorter_scale_is_not_taken_for_the_recommend_question(tmp_path: Path) -> None:
    declared = starter(tmp_path, unknown(**{"Likely to recommend": [1 + i % 5 for i in range(60)], "NPS": [i % 11 for i in range(60)]}))
    assert declared.score.column == "NPS"


def test_ids_that_repeat_are_customers(tmp_path: Path) -> None:
    declared = starter(tmp_path, unknown(**{"Response ID": [f"P{i % 20}" for i in range(60)]}))
    assert declared.columns["customer"] == "Response ID"
    assert "response_id" not in declared.columns


def test_answers_that_are_in_the_file_twice_keep_their_id(tmp_path: Path) -> None:
    assert starter(tmp_path, unknown(**{"Response ID": [max(i, 3) for i in range(60)]})).columns["response_id"] == "Response ID"


def test_the_day_of_the_answer_comes_before_the_day_of_the_order(tmp_path: Path) -> None:
    frame = unknown()
    frame.insert(0, "order_date", "2026-01-01")
    frame = frame.rename(columns={"Interview date": "response_date"})
    assert starter(tmp_path, frame).columns["date"] == "response_date"


@pytest.mark.parametrize("own", ["comment", "Reason", "Kommentar"])
def test_the_comment_is_what_is_called_so(tmp_path: Path, own: str) -> None:
    frame = unknown(agent_notes=[f"Customer {i} rang about the router and was told to start it again twice" for i in range(60)])
    assert starter(tmp_path, frame.rename(columns={"Why?": own})).columns["comment"] == own


def test_roles_need_cells_that_fit(tmp_path: Path) -> None:
    """A rating that is called after customers names none, and a language is no user."""
    more = {"customer_satisfaction": [1 + i % 5 for i in range(60)], "UserLanguage": ["EN", "DE"] * 30, "VIP": [i % 2 for i in range(60)]}
    declared = starter(tmp_path, unknown(**more))
    assert "customer" not in declared.columns
    assert "customer_satisfaction" in [q.column for q in declared.ratings]
    assert declared.columns["language"] == "UserLanguage"
    assert declared.segments == {"region": "Region", "vip": "VIP"}


def test_na_among_groups_is_not_declared_missing(tmp_path: Path) -> None:
    """Region NA is North America until somebody says otherwise."""
    ease = ["NA" if i % 12 == 0 else 1 + i % 5 for i in range(60)]
    declared = starter(tmp_path, unknown(Ease=ease, Region=["EMEA", "NA"] * 30))
    assert declared.missing == ()
    assert next(q for q in declared.ratings if q.column == "Ease").scale.not_applicable == ("NA",)
    assert starter(tmp_path, unknown(Ease=ease)).missing == ("NA",)


def test_spss_codes_for_no_opinion_are_proposed(tmp_path: Path) -> None:
    file = tmp_path / "survey.sav"
    frame = pd.DataFrame(
        {"when": "2026-01-05", "nps": [float(i % 11) for i in range(60)], "staff": [float((1, 2, 3, 4, 5, 9)[i % 6]) for i in range(60)]}
    )
    words: dict[str, Any] = {"staff": {1.0: "Very poor", 5.0: "Very good", 9.0: "Don't know"}}
    pyreadstat.write_sav(frame, file, variable_value_labels=words)
    declared = parse_mapping(tomllib.loads(ingest.starter_mapping(file)))
    assert [(q.scale.allowed, q.scale.not_applicable) for q in declared.ratings] == [("1-5", ("9",))]


def test_people_are_left_out_of_the_segments(tmp_path: Path) -> None:
    more = {
        "Please leave your details - Name": ["Jo", "Al"] * 30,
        "Telefonnummer": ["0171 1234567", "030 7654321"] * 30,
        "Mobile": [1 + i % 5 for i in range(60)],
    }
    text = lines(tmp_path, unknown(**more))
    assert '# "Please leave your details - Name" is left out: name' in text
    assert '# "Telefonnummer" is left out: telephone number' in text
    assert "[ratings.mobile]" in text


def test_the_starter_says_how_the_file_was_read(tmp_path: Path) -> None:
    assert "# Delimiter: comma (found)." in lines(tmp_path, unknown())


@pytest.mark.parametrize(("cells", "said"), [([-100, 0, 100], "-100, 0 and 100"), ([1, 2, 3, 4, 5], "1 to 5")])
def test_what_is_called_nps_and_is_none_is_named(tmp_path: Path, cells: list[int], said: str) -> None:
    frame = unknown(NPS=[cells[i % len(cells)] for i in range(60)]).drop(columns="Likely to recommend")
    frame.to_csv(tmp_path / "unknown.csv", index=False)
    text = ingest.starter_mapping(tmp_path / "unknown.csv")
    assert f"# No column looked like the recommend question. NPS holds {said}, not answers from 0 to 10." in text


def test_a_rating_that_goes_against_the_score_is_asked_about(tmp_path: Path) -> None:
    frame = unknown(Effort=[7 - (i % 11) // 2 for i in range(60)], Ease=[1 + (i % 11) // 2 for i in range(60)])
    parts = lines(tmp_path, frame).split("[ratings.")
    asked = "# reversed = true   # higher answers go with lower scores"
    assert [asked in part for part in parts if part.startswith(("effort", "ease"))] == [True, False]


def test_facts_and_troubles_are_no_ratings(tmp_path: Path) -> None:
    """The answer "Yes" is the best answer only to a question about being helped."""
    asked = ("Are you a member?", "Did you have to wait?", "Did we solve your problem?")
    declared = starter(tmp_path, unknown(**dict.fromkeys(asked, ["Yes", "No"] * 30)))
    assert [q.column for q in declared.ratings] == ["Staff", "Did we solve your problem?"]
    assert {"Are you a member?", "Did you have to wait?"} <= set(declared.segments.values())


def test_worded_ratings_that_go_against_the_score_are_asked_about(tmp_path: Path) -> None:
    steps = ["Never", "Rarely", "Sometimes", "Often", "Always"]
    text = lines(tmp_path, unknown(Crashed=[steps[4 - (i % 11) * 4 // 10] for i in range(60)]))
    assert "# reversed = true" in text.split("[ratings.crashed]")[1]


def test_scales_are_not_longer_than_they_need_to_be(tmp_path: Path) -> None:
    four = unknown(Food=["Poor", "Fair", "Good", "Excellent"] * 15, Room=["Poor", "Good", "Excellent", "Good"] * 15)
    ratings = {q.column: q.scale for q in starter(tmp_path, four).ratings}
    assert ratings["Food"].labels == {"Poor": 1, "Fair": 2, "Good": 3, "Excellent": 4}
    assert "did not occur: check" in lines(tmp_path, four).split("[ratings.room]")[1]


@pytest.mark.parametrize(
    ("columns", "role", "expected"),
    [
        ({"Check-in date": "2025-12-24", "Survey completed": "2026-01-05"}, "date", "Survey completed"),
        ({"Updated at": "2026-02-01", "Created at": "2026-01-05"}, "date", "Created at"),
    ],
)
def test_the_day_of_the_answer_among_others(tmp_path: Path, columns: dict[str, str], role: str, expected: str) -> None:
    assert starter(tmp_path, unknown(**columns).drop(columns="Interview date")).columns[role] == expected


def test_roles_are_not_taken_from_a_part_of_a_name(tmp_path: Path) -> None:
    more: dict[str, object] = {
        "account_created": pd.date_range("2020-01-01", periods=60).strftime("%Y-%m-%d"), "account_id": [f"A{i % 40}" for i in range(60)],
        "call_duration_seconds": range(60), "parcel_weight": [i / 7 for i in range(60)], "payment_method": ["card", "cash"] * 30,
        "sales_channel": ["web", "store"] * 30, "Nights": [1 + i % 4 for i in range(60)],
    }  # fmt: skip
    declared = starter(tmp_path, unknown(**more))
    assert declared.columns["customer"] == "account_id"
    assert declared.columns["touchpoint"] == "sales_channel"
    assert not {"duration", "weight"} & set(declared.columns)
    assert [q.column for q in declared.ratings] == ["Staff"]


@pytest.mark.parametrize("name", ["#", "interaction_id", "Ticket ID", "Befragungs-ID"])
def test_ids_of_answers_under_other_names(tmp_path: Path, name: str) -> None:
    frame = unknown().rename(columns={"Response ID": name})
    frame[name] = [f"x{i}" for i in range(60)]
    assert starter(tmp_path, frame).columns["response_id"] == name


def test_spss_codes_that_are_names_are_groups(tmp_path: Path) -> None:
    file = tmp_path / "survey.sav"
    frame = pd.DataFrame({"when": "2026-01-05", "nps": [float(i % 11) for i in range(60)], "area": [float(1 + i % 4) for i in range(60)]})
    pyreadstat.write_sav(frame, file, variable_value_labels={"area": {1.0: "North", 2.0: "South", 3.0: "East", 4.0: "West"}})
    declared = parse_mapping(tomllib.loads(ingest.starter_mapping(file)))
    assert (declared.ratings, declared.segments) == ((), {"area": "area"})
