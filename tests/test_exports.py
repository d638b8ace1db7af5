"""Exports of Qualtrics, SurveyMonkey, Medallia Agent Connect and Delighted, headed as these tools head them, read to the same survey."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import builders as build
import exports
from builders import ANSWERS, RATINGS, Written, aside, cells, look, read, same
from exports import as_delighted, as_legacy, as_medallia, as_monkey, as_qualtrics
from voc import cli, ingest
from voc.ingest.mapping import parse_mapping
from voc.ingest.receipt import NO_SCORE, NOT_ANSWERED, TEST, UNFINISHED
from voc.schema import VocError


@pytest.fixture
def reference(tmp_path: Path) -> pd.DataFrame:
    """The plain CSV, read; test_formats.py holds it against the answers."""
    return build.told(read(build.as_csv(tmp_path, name="reference.csv")))


# Qualtrics.


@pytest.mark.parametrize("words", [False, True], ids=["numbers", "texts"])
@pytest.mark.parametrize("german", [False, True], ids=["english", "german"])
@pytest.mark.parametrize("kind", ["csv", "tsv", "xlsx"])
def test_qualtrics_with_three_heading_rows(tmp_path: Path, reference: pd.DataFrame, kind: str, german: bool, words: bool) -> None:
    written = as_qualtrics(tmp_path, kind, words=words, german=german)
    survey = read(written)
    same(survey, reference, prefix="R_")
    assert aside(survey) == {TEST: exports.EXTRA_TESTS, UNFINISHED: exports.EXTRA_UNFINISHED}
    assert survey.receipt.aside["row"].tolist() == [4, 11, 16, 24, 38]
    assert survey.receipt.personal == exports.PERSONAL
    assert not set(exports.PERSONAL) & set(survey.frame)
    assert "Muster" not in survey.frame.to_csv()
    assert survey.frame["duration"].tolist() == [95.0] * len(ANSWERS)
    assert "Qualtrics, three heading rows" in survey.receipt.format


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_qualtrics_with_two_heading_rows(tmp_path: Path, reference: pd.DataFrame, kind: str) -> None:
    survey = read(as_qualtrics(tmp_path, kind, headings=2))
    same(survey, reference, prefix="R_")
    assert "Qualtrics, two heading rows" in survey.receipt.format


def test_qualtrics_unfinished_answers_are_kept_where_the_mapping_says_so(tmp_path: Path) -> None:
    survey = read(as_qualtrics(tmp_path), keep_unfinished=True)
    assert aside(survey) == {TEST: exports.EXTRA_TESTS, NO_SCORE: exports.UNFINISHED_WITHOUT_SCORE}
    assert len(survey.frame) == len(ANSWERS) + exports.EXTRA_UNFINISHED - exports.UNFINISHED_WITHOUT_SCORE


def test_qualtrics_columns_that_need_no_mapping(tmp_path: Path, reference: pd.DataFrame) -> None:
    """The layout itself says which columns are id, language, status and duration."""
    survey = read(as_qualtrics(tmp_path), columns={"date": "RecordedDate", "comment": "Q2"})
    same(survey, reference, prefix="R_")
    assert aside(survey)[TEST] == exports.EXTRA_TESTS


def test_qualtrics_questions_without_markup_are_in_the_starter(tmp_path: Path) -> None:
    declared = parse_mapping(tomllib.loads(ingest.starter_mapping(as_qualtrics(tmp_path).file)))
    assert declared.score.wording.startswith("How likely are you to recommend us to a friend or colleague?")


def test_ratings_with_a_code_for_not_applicable_are_in_the_starter(tmp_path: Path) -> None:
    """Answers 1-5 and the code 99: still a rating."""
    declared = parse_mapping(tomllib.loads(ingest.starter_mapping(as_qualtrics(tmp_path).file)))
    assert [q.column for q in declared.ratings if q.wording.startswith("How do you rate our staff?")] == ["Q4_1", "Q4_2", "Q4_3", "Q4_4"]


def test_qualtrics_says_in_which_zone_its_stamps_are(tmp_path: Path, reference: pd.DataFrame) -> None:
    """The third heading row holds {"ImportId":"recordedDate","timeZone":"America/Denver"}; no recorded_in is needed."""
    written = as_qualtrics(tmp_path, zone="America/Denver")
    same(read(written, timezone=build.ZONE, recorded_in="America/Denver"), reference, prefix="R_")
    same(read(written, timezone=build.ZONE), reference, prefix="R_")


def test_anonymised_qualtrics(tmp_path: Path, reference: pd.DataFrame) -> None:
    """Neither addresses nor recipients: the columns are not there at all."""

    def change(head: exports.Head, rows: exports.Rows) -> None:
        for row in (*head, *rows):
            del row[9:15], row[3]

    survey = read(as_qualtrics(tmp_path, change=change))
    same(survey, reference, prefix="R_")
    assert survey.receipt.personal == {}


@pytest.mark.parametrize(("status", "real"), [("Survey Test", False), ("Offline Survey Preview", False), ("Spam", False), ("Imported", True)])
def test_qualtrics_status_in_words(tmp_path: Path, status: str, real: bool) -> None:
    def change(_: exports.Head, rows: exports.Rows) -> None:
        rows[5][2] = status

    survey = read(as_qualtrics(tmp_path, words=True, extras=False, change=change))
    assert aside(survey) == ({} if real else {TEST: 1})


@pytest.mark.parametrize(
    ("status", "real"), [(0, True), (1, False), (2, False), (4, True), (8, False), (9, False), (12, False), (16, True), (17, False)]
)
def test_qualtrics_status_in_numbers(tmp_path: Path, status: int, real: bool) -> None:
    def change(_: exports.Head, rows: exports.Rows) -> None:
        rows[5][2] = status

    assert aside(read(as_qualtrics(tmp_path, extras=False, change=change))) == ({} if real else {TEST: 1})


@pytest.mark.parametrize("words", [False, True])
def test_a_group_column_that_disagrees_is_objected_to(tmp_path: Path, words: bool) -> None:
    def change(_: exports.Head, rows: exports.Rows) -> None:
        for i in (0, 9):  # both gave a 10 or a 5 and count as passive
            rows[i][17] = "Passive" if words else 2

    written = as_qualtrics(tmp_path, words=words, extras=False, change=change)
    with pytest.raises(VocError, match=r"Q1_NPS_GROUP disagrees with the answers in 2 rows \(first: 4, 13\)"):
        read(written)
    assert len(read(written, accept=["groups"]).frame) == len(ANSWERS)


@pytest.mark.parametrize("row", [None, 0])
def test_a_group_column_may_call_its_middle_neutral(tmp_path: Path, reference: pd.DataFrame, row: int | None) -> None:
    def change(_: exports.Head, rows: exports.Rows) -> None:
        for i, cells_of in enumerate(rows):  # the first gave a 10
            cells_of[17] = "Neutral" if cells_of[17] == "Passive" or i == row else cells_of[17]

    survey = look(as_qualtrics(tmp_path, words=True, extras=False, change=change))
    same(survey, reference, prefix="R_")
    assert [o.startswith("Q1_NPS_GROUP disagrees") for o in survey.receipt.objections] == ([] if row is None else [True])


def test_the_group_column_mapped_by_mistake_is_refused(tmp_path: Path) -> None:
    """Groups 1, 2 and 3 lie on the scale 0-10: only their column's name tells that they are no answers."""
    survey = look(as_qualtrics(tmp_path), score={"column": "Q1_NPS_GROUP", "min": 0, "max": 10})
    assert "Q1_NPS_GROUP" in " ".join(survey.receipt.objections)


def test_qualtrics_seen_but_unanswered(tmp_path: Path, reference: pd.DataFrame) -> None:
    def change(_: exports.Head, rows: exports.Rows) -> None:
        for row in rows:
            row[21:25] = [-99 if cell is None else cell for cell in row[21:25]]

    written = as_qualtrics(tmp_path, extras=False, change=change)
    same(read(written, missing=["-99"]), reference, prefix="R_")
    undeclared = read(written)
    same(undeclared, reference, prefix="R_")
    blanks = {f"Q4_{j + 1}": sum(a.ratings[j] is None for a in ANSWERS) for j in range(4)}
    assert cells(undeclared, "blanked: not on the scale 1-5") == blanks


def test_legacy_qualtrics(tmp_path: Path, reference: pd.DataFrame) -> None:
    survey = read(as_legacy(tmp_path))
    same(survey, reference, prefix="R_", without=["language"])
    assert survey.receipt.format == "Qualtrics legacy, two heading rows"
    left_out = {"Name", "EmailAddress", "IPAddress", "LocationLatitude", "LocationLongitude", "LocationAccuracy"}
    assert set(survey.receipt.personal) == left_out
    assert not [c for c in survey.frame if c in left_out or c.startswith("column ")]
    assert survey.frame["row"].tolist() == list(range(3, 33))
    assert any("UTF-8 with byte order mark" in note for note in survey.receipt.notes)


# SurveyMonkey.


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("meta", ["new", "old", "id"])
def test_surveymonkey(tmp_path: Path, reference: pd.DataFrame, meta: str, kind: str) -> None:
    survey = read(as_monkey(tmp_path, meta=meta, kind=kind))
    same(survey, reference, without=["language", *(["agent"] if meta == "id" else [])])
    assert "SurveyMonkey, two heading rows" in survey.receipt.format
    assert survey.frame["row"].tolist() == list(range(3, 33))
    used = survey.frame[[f"{exports.USED} - {option}" for option in ("Website", "Store", "Other (please specify)")]]
    assert used[:2].to_numpy().tolist() == [["Website", "", ""], ["", "Store", "by post"]]
    assert set(survey.receipt.personal.values()) == (set() if meta == "id" else {"IP address", "e-mail address", "name"})
    assert "Muster" not in survey.frame.to_csv()


def test_surveymonkey_text_of_the_choices(tmp_path: Path, reference: pd.DataFrame) -> None:
    """SurveyMonkey's own recommend question labels its ends "Not at all likely - 0" and "Extremely likely - 10"."""
    same(read(as_monkey(tmp_path, words=True)), reference, without=["language"])


@pytest.mark.parametrize("open_ended", ["Open-Ended Response", "Open-ended response", "Open-Ended Comment"])
def test_surveymonkey_spellings_of_open_questions(tmp_path: Path, reference: pd.DataFrame, open_ended: str) -> None:
    same(read(as_monkey(tmp_path, open_ended=open_ended)), reference, without=["language"])


def test_surveymonkey_in_windows_text(tmp_path: Path) -> None:
    western = build.only("cp1252")
    expected = build.told(read(build.as_csv(tmp_path, western, name="utf8.csv")))
    same(read(as_monkey(tmp_path, western, meta="id", encoding="cp1252")), expected, without=["language", "agent"])


SUMMARY = [
    ["How likely is it that you would recommend us to a friend or colleague?"], ["Answer Choices", "Responses", ""],
    ["Promoters (9-10)", "33.33%", 10], ["Passives (7-8)", "20.00%", 6], ["Detractors (0-6)", "46.67%", 14], ["", "Answered", 30], ["", "Skipped", 0],
]  # fmt: skip


@pytest.mark.parametrize("sheets", [["Question 1", "Question 2", "Question 3"], ["Sheet1"], [""]], ids=["sheet per question", "one sheet", "csv"])
def test_surveymonkey_summaries_are_refused(tmp_path: Path, sheets: list[str]) -> None:
    if sheets == [""]:
        file = tmp_path / "summary.csv"
        file.write_text(build.delimited(SUMMARY))
    else:
        file = build.as_excel(tmp_path, dict.fromkeys(sheets, SUMMARY), name="summary.xlsx")
    with pytest.raises(VocError, match=r'a summary of answers.*not the answers themselves; export "All responses data" from SurveyMonkey instead'):
        read(Written(file, build.PLAIN, 0))
    with pytest.raises(VocError, match="not the answers themselves"):
        ingest.starter_mapping(file)


# Medallia Agent Connect.


def test_medallia(tmp_path: Path, reference: pd.DataFrame) -> None:
    survey = read(as_medallia(tmp_path))
    same(survey, reference, without=["language", *RATINGS[1:]], gaps=False)
    assert aside(survey) == {NOT_ANSWERED: exports.SILENT}
    people = {"customer_name", "request_sent_to", "employee_first_name", "employee_last_name", "employee_email"}
    assert set(survey.receipt.personal) == people
    assert not people & set(survey.frame)
    assert not [n for n in ("Muster", "Beispiel", "Kim") if n in survey.frame.to_csv()]
    assert "Times in a Medallia export are UTC." in survey.receipt.notes


def test_medallia_days_are_utc_without_a_time_zone(tmp_path: Path) -> None:
    """Half past midnight in Berlin is half past ten of the day before."""
    days = read(as_medallia(tmp_path), timezone="").frame["date"].dt.strftime("%Y-%m-%d %H:%M")
    assert days[:3].tolist() == ["2025-08-19 22:30", "2025-08-21 09:05", "2025-08-22 21:45"]


def test_medallia_times_may_be_declared_to_be_local(tmp_path: Path) -> None:
    hours = read(as_medallia(tmp_path), recorded_in=build.ZONE).frame["date"].dt.strftime("%H:%M")
    assert hours[:3].tolist() == ["22:30", "09:05", "21:45"]


def test_medallia_comments_that_only_say_whether_there_is_one(tmp_path: Path) -> None:
    with pytest.raises(VocError, match="comments holds only no and yes: whether there was a comment, not the comment"):
        read(as_medallia(tmp_path, flag=True))


def test_medallia_stars_are_never_proposed_as_the_score(tmp_path: Path) -> None:
    starter = ingest.starter_mapping(as_medallia(tmp_path).file)
    declared = parse_mapping(tomllib.loads(starter))
    assert declared.score.column == "?"
    assert "No column looked like the recommend question" in starter
    assert {k: declared.columns[k] for k in ("date", "response_id", "comment")} == {
        "date": "response_received_at", "response_id": "request_id", "comment": "comments",
    }  # fmt: skip


# Delighted.


@pytest.mark.parametrize("lines", [True, False])
def test_delighted(tmp_path: Path, reference: pd.DataFrame, lines: bool) -> None:
    survey = read(as_delighted(tmp_path, lines=lines))
    same(survey, reference, gaps=False)
    assert survey.receipt.format == "Delighted records, one per line"
    assert set(survey.receipt.personal) >= {"person.name", "person.email", "person.phone_number"}
    assert "Muster" not in survey.frame.to_csv()
    assert survey.frame["tags"].unique().tolist() == ["renewal; shop"]


def test_delighted_answers_of_every_kind_are_kept(tmp_path: Path) -> None:
    choices = [{"id": "a", "text": "Price"}, {"id": "b", "text": "Staff"}]
    values = {"free": {"free_response": "Kind words"}, "scale": {"scale": 4}, "one": {"choice": choices[0]}, "many": {"choices": choices}}
    given = [{"id": k, "question": {"id": k, "type": k, "text": f"Asked {k}"}, "value": v} for k, v in values.items()]
    record = {"id": "1", "survey_type": "nps", "score": 9, "comment": "Fine", "created_at": 1756000000, "additional_answers": given}
    file = tmp_path / "responses.jsonl"
    file.write_text(json.dumps(record))
    mapping = {"columns": {"date": "created_at", "comment": "comment"}, "score": {"column": "score", "min": 0, "max": 10}}
    frame = read(Written(file, mapping, 1)).frame
    assert frame["date"][0] == pd.Timestamp("2025-08-24 01:46:40")
    assert [frame[f"Asked {k}"][0] for k in ("free", "scale", "one")] == ["Kind words", "4", "Price"]
    assert "Price" in frame["Asked many"][0]
    assert "Staff" in frame["Asked many"][0]


# Starters, and formats that are declared.

EVERY: dict[str, Callable[[Path], Written]] = {
    "csv": build.as_csv,
    "semicolon": lambda folder: build.as_csv(folder, delimiter=";"),
    "cp1252": lambda folder: build.as_csv(folder, build.only("cp1252"), encoding="cp1252"),
    "excel": lambda folder: Written(build.as_excel(folder, {"Answers": build.typed_sheet()}), build.PLAIN, len(ANSWERS)),
    "parquet": lambda folder: build.as_parquet(folder, build.arrow()),
    "spss": build.as_spss,
    "spss from 1": lambda folder: build.as_spss(folder, first=1),
    "jsonl": build.as_json,
    "json": lambda folder: build.as_json(folder, lines=False),
    **{f"qualtrics {k}": (lambda folder, k=k: as_qualtrics(folder, k)) for k in ("csv", "tsv", "xlsx")},  # type: ignore[misc]
    "qualtrics texts": lambda folder: as_qualtrics(folder, words=True, german=True),
    "qualtrics two": lambda folder: as_qualtrics(folder, headings=2),
    "qualtrics legacy": as_legacy,
    **{f"surveymonkey {m}": (lambda folder, m=m: as_monkey(folder, meta=m)) for m in ("new", "old", "id")},  # type: ignore[misc]
    "surveymonkey xlsx": lambda folder: as_monkey(folder, kind="xlsx"),
    "surveymonkey texts": lambda folder: as_monkey(folder, words=True),
    "delighted": as_delighted,
}


@pytest.mark.parametrize("kind", EVERY)
def test_starter_mapping_finds_the_columns_of_every_format(tmp_path: Path, kind: str) -> None:
    written = EVERY[kind](tmp_path)
    declared = parse_mapping(tomllib.loads(ingest.starter_mapping(written.file)))
    expected = {role: written.mapping["columns"][role] for role in ("date", "comment", "response_id")} | {"score": written.mapping["score"]["column"]}
    assert {role: (declared.columns | {"score": declared.score.column}).get(role) for role in expected} == expected


@pytest.mark.parametrize("kind", EVERY)
def test_starter_mapping_of_every_format_reads_its_file(tmp_path: Path, kind: str) -> None:
    """The starter as it is gives the right scores under the right ids, and no objection."""
    written = EVERY[kind](tmp_path)
    survey = ingest.read_survey(written.file, parse_mapping(tomllib.loads(ingest.starter_mapping(written.file))))
    assert survey.receipt.rows_read == written.rows == len(survey.frame) + sum(survey.receipt.set_aside.values())
    assert survey.frame["score"].tolist() == [a.score for a in ANSWERS]
    assert survey.frame["response_id"].str.removeprefix(written.prefix).tolist() == [a.id for a in ANSWERS]


DECLARED = {
    "csv": "csv", "excel": "excel", "parquet": "parquet", "spss": "spss", "jsonl": "jsonl",
    "qualtrics csv": "qualtrics", "qualtrics tsv": "qualtrics", "qualtrics xlsx": "qualtrics",
    "qualtrics two": "qualtrics", "qualtrics legacy": "qualtrics-legacy", "surveymonkey old": "surveymonkey",
    "surveymonkey xlsx": "surveymonkey", "delighted": "delighted",
}  # fmt: skip


@pytest.mark.parametrize("kind", DECLARED)
def test_the_right_format_declared_changes_nothing(tmp_path: Path, kind: str) -> None:
    written = EVERY[kind](tmp_path)
    found = build.told(read(written))
    pd.testing.assert_frame_equal(build.told(read(written, file={"format": DECLARED[kind]})), found)
    pd.testing.assert_frame_equal(build.told(ingest.read_survey(written.file, written.declared(), format=DECLARED[kind])), found)


@pytest.mark.parametrize(
    ("kind", "declared", "sentence"),
    [
        ("csv", "excel", r"answers\.csv is not an Excel file; it looks like a CSV file"),
        ("csv", "parquet", r"answers\.csv is not a Parquet file; it looks like a CSV file"),
        ("excel", "csv", r"answers\.xlsx is not a CSV file; it looks like an Excel file"),
        ("parquet", "spss", r"answers\.parquet is not an SPSS file; it looks like a Parquet file"),
        ("spss", "jsonl", r"answers\.sav is not a JSON lines file; it looks like an SPSS file"),
        ("csv", "jsonl", r"answers\.csv: line 1 is not JSON"),
        ("csv", "qualtrics", r"answers\.csv does not have the headings of a qualtrics export"),
        ("csv", "medallia", r"answers\.csv does not have the headings of a medallia export"),
        ("excel", "surveymonkey", r"answers\.xlsx does not have the headings of a surveymonkey export"),
        ("surveymonkey new", "qualtrics", "does not have the headings of a qualtrics export"),
        ("qualtrics csv", "qualtrics-legacy", "does not have the headings of a qualtrics-legacy export"),
        ("parquet", "surveymonkey", "surveymonkey"),
        ("spss", "qualtrics", "qualtrics"),
        ("jsonl", "medallia", "medallia"),
        ("jsonl", "delighted", "delighted"),
        ("excel", "delighted", "delighted"),
        ("csv", "qualtrcs", r'format "qualtrcs" is not known \(did you mean "qualtrics"\?\); allowed: csv, excel, parquet'),
        ("csv", "survey monkey", r'format "survey monkey" is not known \(did you mean "surveymonkey"\?\)'),
        ("csv", "xlsx", r'format "xlsx" is not known'),
    ],
)
def test_the_wrong_format_is_one_sentence(tmp_path: Path, kind: str, declared: str, sentence: str) -> None:
    written = EVERY[kind](tmp_path)
    for use in (
        lambda: ingest.check(written.file, written.declared(), format=declared),
        lambda: ingest.starter_mapping(written.file, format=declared),
    ):
        with pytest.raises(VocError, match=sentence):
            use()


def test_a_plain_format_for_an_export_takes_its_headings_for_rows(tmp_path: Path) -> None:
    """The override is obeyed, and what it does to the headings is in the receipt."""
    survey = ingest.check(as_qualtrics(tmp_path, extras=False).file, as_qualtrics(tmp_path, extras=False).declared(), format="csv")
    assert survey.receipt.format == "one heading row"
    assert survey.receipt.rows_read == len(ANSWERS) + 2
    assert survey.receipt.rows_read == len(survey.frame) + sum(survey.receipt.set_aside.values())


def test_the_command_line_takes_a_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(as_qualtrics(tmp_path).file)
    starter = tmp_path / "survey.toml"
    assert cli.main(["check", file, "--format", "qualtrics", "--write", str(starter)]) == 0
    assert parse_mapping(tomllib.loads(starter.read_text(encoding="utf-8"))).file.format == "qualtrics"
    assert cli.main(["check", file]) == 0
    assert "35 rows read" in capsys.readouterr().out
    assert cli.main(["check", file, "--format", "medallia"]) == 2
    assert "does not have the headings of a medallia export" in capsys.readouterr().err
