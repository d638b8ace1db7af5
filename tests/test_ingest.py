"""Survey files of every awkward kind -> Survey, receipt, or one sentence."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from voc import ingest, schema
from voc.ingest import mapping as mapping_module
from voc.ingest.checks import CHECKS
from voc.ingest.mapping import parse_mapping, read_mapping
from voc.ingest.receipt import BLANK, DUPLICATE, NO_DATE, NO_SCORE, RAGGED
from voc.schema import Mapping, Question, Scale, VocError

HEAD = "id,when,nps,words,region,agent\n"
ROWS = "1,2026-08-03,9,Very kind staff,NA,007\n2,2026-09-01,3,Slow,1e5,012\n3,2026-09-30,7,,North,1.0\n"
BASIC = {
    "columns": {"date": "when", "response_id": "id", "comment": "words"},
    "score": {"column": "nps", "min": 0, "max": 10},
    "segments": {"region": "region", "agent": "agent"},
}


def mapping(**changes: object) -> Mapping:
    return parse_mapping(BASIC | changes)


def write(folder: Path, content: str | bytes, name: str = "answers.csv") -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def read(folder: Path, content: str | bytes, name: str = "answers.csv", **changes: object) -> ingest.Survey:
    return ingest.read_survey(write(folder, content, name), mapping(**changes))


def aside(survey: ingest.Survey) -> dict[str, int]:
    return {reason: n for reason, n in survey.receipt.set_aside.items() if n}


def test_text_stays_text(tmp_path: Path) -> None:
    frame = read(tmp_path, HEAD + ROWS).frame
    assert frame["region"].tolist() == ["NA", "1e5", "North"]
    assert frame["agent"].tolist() == ["007", "012", "1.0"]
    assert frame["score"].tolist() == [9, 3, 7]
    assert frame["cohort"].tolist() == ["promoter", "detractor", "passive"]
    assert frame["comment"].tolist() == ["Very kind staff", "Slow", ""]
    assert frame["row"].tolist() == [2, 3, 4]


def test_missing_texts_are_blank_only_when_declared(tmp_path: Path) -> None:
    assert read(tmp_path, HEAD + ROWS, missing=["NA"]).frame["region"].tolist() == ["", "1e5", "North"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(("delimiter", "name"), [(",", "a.csv"), (";", "a.csv"), ("\t", "a.tsv"), ("\t", "a.txt"), ("|", "a.csv")])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_delimiter_reads_the_same(tmp_path: Path, mark: bytes, delimiter: str, name: str, newline: str) -> None:
    expected = read(tmp_path, HEAD + ROWS).frame
    content = (HEAD + ROWS).replace(",", delimiter).replace("\n", newline)
    pd.testing.assert_frame_equal(read(tmp_path, mark + content.encode(), name).frame, expected)


def test_quoted_delimiters_quotes_and_newlines(tmp_path: Path) -> None:
    survey = read(tmp_path, HEAD + '1,2026-08-03,9,"First, ""kind"";\nthen slow",x,y\n2,2026-08-04,3,Slow,x,y\n')
    assert survey.frame["comment"].tolist() == ['First, "kind"; then slow', "Slow"]


def test_a_semicolon_file_whose_comments_hold_commas(tmp_path: Path) -> None:
    survey = read(tmp_path, HEAD.replace(",", ";") + "1;2026-08-03;9;a, b, c, d, e, f, g;x;y\n")
    assert survey.frame["comment"].tolist() == ["a, b, c, d, e, f, g"]


AIRPORT = "RUNID,INTDATE,NETPRO,Q7\n1,2014-05-01,11,11\n2,2014-05-01,10,5\n3,2014-05-02,11.0,11.0\n4,2014-05-02,0,1\n5,2014-05-03, 11 ,0\n"
AIRPORT += "6,2014-05-03,8,4\n"


def airport(**score: object) -> Mapping:
    """Shaped like an airport survey in which 11 is a blank recommend answer, and 0 and 11 are blank ratings."""
    question = {"column": "NETPRO", "min": 0, "max": 10} | score
    rating = {"column": "Q7", "min": 1, "max": 5, "not_applicable": ["0", "11"]}
    return parse_mapping({"columns": {"date": "INTDATE", "response_id": "RUNID"}, "score": question, "ratings": {"signs": rating}})


def test_a_declared_code_is_never_a_promoter(tmp_path: Path) -> None:
    survey = ingest.read_survey(write(tmp_path, AIRPORT), airport(not_applicable=["11"]))
    assert survey.frame["score"].tolist() == [10, 0, 8]
    assert survey.frame["cohort"].tolist() == ["promoter", "detractor", "passive"]
    assert survey.receipt.set_aside[NO_SCORE] == 3
    assert survey.frame["signs"].tolist() == [5, 1, 4]
    assert [(c.column, c.count) for c in survey.receipt.cells if "does not apply" in c.reason] == [("NETPRO", 3), ("Q7", 3)]


def test_an_undeclared_code_is_refused_with_where_it_is(tmp_path: Path) -> None:
    file = write(tmp_path, AIRPORT.replace("11.0", "11"))
    with pytest.raises(VocError) as error:
        ingest.read_survey(file, airport())
    sentence = str(error.value)
    assert sentence.startswith("NETPRO must be a whole number 0-10; found 11 in 3 rows")
    assert "(first: 2, 4, 6)" in sentence
    assert "not_applicable under [score]" in sentence
    assert "NETPRO must be" in ingest.check(file, airport()).receipt.to_text()


@pytest.mark.parametrize("bad", ["-1", "10.5", "ten", "11", "1000", "nan", "inf", "9/10", "5,5"])
def test_scores_off_the_scale_are_refused(tmp_path: Path, bad: str) -> None:
    with pytest.raises(VocError, match="nps must be a whole number 0-10; found"):
        read(tmp_path, f'{HEAD}1,2026-08-03,"{bad}",x,y,z\n2,2026-08-03,9,x,y,z\n')


def test_ratings_off_the_scale_are_blanked_and_counted(tmp_path: Path) -> None:
    content = "when,nps,r\n2026-08-01,9,5\n2026-08-01,9,6\n2026-08-01,9,\n2026-08-01,9,bad\n"
    rated = parse_mapping({"columns": {"date": "when"}, "score": BASIC["score"], "ratings": {"r": {"column": "r", "min": 1, "max": 5}}})
    survey = ingest.read_survey(write(tmp_path, content), rated)
    assert survey.frame["r"].isna().tolist() == [False, True, True, True]
    (cells,) = survey.receipt.cells
    assert (cells.column, cells.count, cells.first_rows) == ("r", 2, (3, 5))


def test_labels(tmp_path: Path) -> None:
    score = {"column": "nps", "min": 0, "max": 10, "labels": {"Extremely likely": 10, "Not at all": 0}}
    survey = read(tmp_path, HEAD + "1,2026-08-03,Extremely likely,,,\n2,2026-08-03,Not at all,,,\n3,2026-08-03,7,,,\n", score=score)
    assert survey.frame["score"].tolist() == [10, 0, 7]


def test_personal_data_never_reaches_the_frame(tmp_path: Path) -> None:
    survey = read(tmp_path, HEAD + "1,2026-08-03,9,Mail jo@example.com,x,y\n2,2026-08-03,9,Fine,x,y\n")
    assert survey.frame["comment"].tolist() == ["Mail [EMAIL]", "Fine"]
    assert survey.receipt.hidden == {"EMAIL": 1}


def test_duplicates_count_once_and_the_first_is_kept(tmp_path: Path) -> None:
    survey = read(tmp_path, HEAD + "1,2026-08-03,9,first,,\n1,2026-08-04,0,second,,\n2,2026-08-05,8,,,\n1,,,,,\n")
    assert survey.frame["comment"].tolist() == ["first", ""]
    assert aside(survey) == {NO_DATE: 1, DUPLICATE: 1}


def test_an_unusable_row_does_not_make_a_later_one_a_duplicate(tmp_path: Path) -> None:
    survey = read(tmp_path, HEAD + "A,2026-08-03,,no score,,\nA,2026-08-04,9,usable,,\nB,2026-08-05,3,,,\n")
    assert survey.frame["comment"].tolist() == ["usable", ""]


def test_kept_answers_have_an_id_of_their_own(tmp_path: Path) -> None:
    survey = read(tmp_path, HEAD + ",2026-08-03,9,first,,\n,2026-08-04,0,second,,\n3,2026-08-05,8,,,\n")
    assert len(survey.frame) == 3
    assert survey.frame["response_id"].is_unique


def test_missing_dates_and_scores_are_set_aside(tmp_path: Path) -> None:
    survey = read(tmp_path, HEAD + "1,,9,,,\n2,soon,9,,,\n3,2026-08-03,,,,\n4,2026-08-03,9,,,\n5,,,,,\n")
    assert aside(survey) == {NO_DATE: 3, NO_SCORE: 1}
    assert "1 kept; set aside: 3 without a readable date and 1 without a score" in survey.receipt.headline


@pytest.mark.parametrize("seed", range(6))
def test_the_receipt_adds_up(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 200))
    frame = pd.DataFrame(
        {
            "id": rng.choice([*map(str, range(n)), ""], n),
            "when": rng.choice(["2026-08-03", "2026-09-04T10:00:00", "", "soon", "NA"], n),
            "nps": rng.choice([*map(str, range(11)), "", "NA", "11"], n),
            "words": rng.choice(["", "NA", "ring 020 7946 0991", 'said "no",\nthen yes'], n),
            "region": rng.choice(["NA", "North", ""], n),
            "agent": "007",
        }
    )
    frame.loc[0, "when"] = "2026-08-03"
    score = BASIC["score"] | {"not_applicable": ["11"]}  # type: ignore[operator]
    survey = read(tmp_path, frame.to_csv(index=False), missing=["NA"], score=score, accept=["dates"])
    receipt = survey.receipt
    assert receipt.rows_read == n
    assert receipt.rows_read == len(survey.frame) + sum(receipt.set_aside.values())
    assert receipt.rows_kept == len(survey.frame)
    usable = frame["when"].str.startswith("2026") & ~frame["nps"].isin(["", "NA", "11"])
    ids = frame.loc[usable, "id"].tolist()
    repeated = sum(1 for i, x in enumerate(ids) if x and x in ids[:i])
    assert receipt.set_aside[DUPLICATE] == repeated
    assert set(survey.frame["row"]) <= set(range(2, n + 2))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "answers.csv is empty"),
        (" \n\n", "answers.csv is empty"),
        (HEAD, "has a heading but no rows"),
        (HEAD + ROWS + "4,2026-09-30,7,a,b,c,d,e\n", "could not be read as a table"),
        (HEAD + '1,2026-08-03,9,"never closed,x,y\n', "could not be read as a table"),
    ],
)
def test_unusable_files(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    with pytest.raises(VocError, match=sentence):
        read(tmp_path, content)


def test_rows_longer_than_the_heading_are_refused(tmp_path: Path) -> None:
    with pytest.raises(VocError, match="could not be read as a table"):
        read(tmp_path, HEAD + "1,2026-08-03,9,unquoted, comma,x,y\n2,2026-08-03,9,another, comma,x,y\n")


def test_rows_shorter_than_the_heading_are_refused_when_they_are_many(tmp_path: Path) -> None:
    with pytest.raises(VocError, match="could not be read as a table: 1 of its rows do not have 6 cells"):
        read(tmp_path, HEAD + "1,2026-08-03,9,x,y,z\n2,2026-08-03,9\n")


def test_single_uneven_rows_are_set_aside_with_their_numbers(tmp_path: Path) -> None:
    good = "".join(f"{i},2026-08-03,9,x,y,z\n" for i in range(40))
    survey = read(tmp_path, HEAD + "short,2026-08-03,9\n" + good + "long,2026-08-03,9,a,b,c,d\n\n" + "last,2026-08-03,9,x,y,z\n")
    assert aside(survey) == {RAGGED: 2, BLANK: 1}
    assert survey.receipt.aside["row"].tolist() == [2, 43, 44]
    assert survey.receipt.rows_read == 44
    assert survey.frame["row"].tolist() == [*range(3, 43), 45]


def test_a_quotation_mark_that_never_closes_loses_nothing_silently(tmp_path: Path) -> None:
    rows = [f"{i},2026-08-03,9,x,y,z\n" for i in range(202)]
    rows[100] = '100,2026-08-03,9,"x,y,z\n'
    with pytest.raises(VocError, match=r"row 102 runs over .* lines: a quotation mark that opens there is never closed"):
        read(tmp_path, HEAD + "".join(rows))


def test_missing_file_and_wrong_kind(tmp_path: Path) -> None:
    with pytest.raises(VocError, match="does not exist"):
        ingest.read_survey(tmp_path / "nowhere.csv", mapping())
    with pytest.raises(VocError, match=r"old.xls is an old Excel workbook \(.xls\), or one with a password; save it as .xlsx"):
        read(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old.xls")
    with pytest.raises(VocError, match="is a PDF"):
        read(tmp_path, b"%PDF-1.7 ...", "report.csv")
    with pytest.raises(VocError, match=r"no mapping given and no survey\.toml beside answers\.csv"):
        ingest.read_survey(write(tmp_path, HEAD + ROWS))


def test_unknown_column_with_suggestion(tmp_path: Path) -> None:
    with pytest.raises(VocError, match=r'names a column that answers.csv does not have: "word" \(did you mean "words"\?\)'):
        read(tmp_path, HEAD + ROWS, columns={"date": "when", "comment": "word"})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"colums": {}}, r'"colums" is not known \(did you mean "columns"\?\)'),
        ({"columns": {"date": "when", "coment": "words"}}, r'"coment" is not known \(did you mean "comment"\?\)'),
        ({"columns": {"comment": "words"}}, r"\[columns\] needs date"),
        ({"columns": "when"}, r"\[columns\] must be a section"),
        ({"score": {"column": "nps", "min": 0, "maxx": 10}}, r'\[score\]: "maxx" is not known \(did you mean "max"\?\)'),
        ({"score": {"column": "nps"}}, r"\[score\]: needs min"),
        ({"score": "nps"}, r"\[score\]: must be a section"),
        ({"score": {"column": "nps", "min": 0, "max": 5}}, r"must run 0-10 \(or 1-10\); found 0-5"),
        ({"score": {"column": "nps", "min": 2, "max": 10}}, r"found 2-10"),
        ({"score": {"column": "nps", "min": 10, "max": 0}}, r"min below max"),
        ({"score": {"column": "nps", "min": 0, "max": 10, "labels": {"great": 11}}}, r"labels must give each wording a whole number 0-10"),
        ({"score": {"column": "nps", "min": 0, "max": 10, "not_applicable": "11"}}, r"not_applicable must be a list"),
        ({"segments": {"score": "region"}}, r'"score" is a name that voc uses itself'),
        ({"segments": {"cohort": "region"}}, r'"cohort" is a name that voc uses itself'),
        ({"segments": {"x": "region"}, "ratings": {"x": {"column": "agent", "min": 1, "max": 5}}}, r'"x" is both a rating and a segment'),
        ({"missing": "NA"}, r"missing must be a list"),
        ({"date_format": 5}, r"date_format"),
    ],
)
def test_mistakes_in_a_mapping(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(VocError, match=sentence):
        mapping(**changes)


def test_mapping_without_score() -> None:
    with pytest.raises(VocError, match=r"needs a \[score\] section"):
        parse_mapping({"columns": {"date": "when"}})


def test_mapping_files(tmp_path: Path) -> None:
    with pytest.raises(VocError, match="does not exist"):
        read_mapping(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("title = ")
    with pytest.raises(VocError, match=r"bad\.toml is not a valid TOML file"):
        read_mapping(tmp_path / "bad.toml")
    (tmp_path / "latin.toml").write_bytes(b'title = "caf\xe9"')
    with pytest.raises(VocError, match=r"latin\.toml is not a valid TOML file"):
        read_mapping(tmp_path / "latin.toml")


def test_a_scale_from_1_to_10(tmp_path: Path) -> None:
    score = {"column": "nps", "min": 1, "max": 10}
    assert read(tmp_path, HEAD + ROWS, score=score).frame["score"].tolist() == [9, 3, 7]
    with pytest.raises(VocError, match="nps must be a whole number 1-10; found 0"):
        read(tmp_path, HEAD + "1,2026-08-03,0,,,\n", score=score)


def test_date_format(tmp_path: Path) -> None:
    survey = read(tmp_path, HEAD + "1,03/09/2026,9,,,\n2,31/08/2026,9,,,\n", date_format="%d/%m/%Y")
    assert survey.frame["date"].dt.strftime("%Y-%m-%d").tolist() == ["2026-09-03", "2026-08-31"]


def test_dates_that_nobody_can_read(tmp_path: Path) -> None:
    with pytest.raises(
        VocError, match=r'no date in column "when" could be read in any way that voc knows; the first is a text of 12 characters\. Set date_format'
    ):
        read(tmp_path, HEAD + "1,last Tuesday,9,,,\n2,yesterday,9,,,\n")
    with pytest.raises(VocError, match=r"could be read as %Y-%m-%d; the first is 03/09/2026\. Set date_format"):
        read(tmp_path, HEAD + "1,03/09/2026,9,,,\n", date_format="%Y-%m-%d")


@pytest.mark.parametrize("stamps", [("2026-08-31T23:30:00Z", "2026-09-01T00:10:00Z"), ("2026-08-31T23:30:00+01:00", "2026-09-01T00:10:00+00:00")])
def test_time_stamps_keep_the_day_that_they_show(tmp_path: Path, stamps: tuple[str, str]) -> None:
    survey = read(tmp_path, HEAD + "".join(f"{i},{s},9,,,\n" for i, s in enumerate(stamps)))
    assert survey.frame["date"].dt.strftime("%Y-%m-%d").tolist() == ["2026-08-31", "2026-09-01"]


def test_a_source_column_may_be_called_row(tmp_path: Path) -> None:
    survey = read(tmp_path, "row,when,nps\nB,2026-08-03,9\nC,2026-08-04,2\n", columns={"date": "when"}, segments={"seat_row": "row"})
    assert survey.frame["seat_row"].tolist() == ["B", "C"]
    assert survey.frame["row"].tolist() == [2, 3]


# Taking parts of a survey.


@pytest.fixture
def survey() -> ingest.Survey:
    days = pd.date_range("2025-01-01", "2026-12-31", freq="D")
    days = days.append(pd.DatetimeIndex(["2026-09-30 23:59:59", "2026-10-01 00:00:00"]))
    frame = pd.DataFrame({"row": range(2, len(days) + 2), "date": days, "score": 9, "cohort": "promoter", "comment": "", "touchpoint": "Store"})
    frame.loc[::3, "touchpoint"] = "Website"
    frame["region"] = "NA"
    declared = Mapping("t", Question("score", "s", "?", Scale(0, 10)), {"date": "d", "touchpoint": "t"}, segments={"region": "r"})
    return ingest.Survey(frame, declared, ingest.Receipt("f", len(frame), {}))


def test_month(survey: ingest.Survey) -> None:
    september = survey.month("2026-09")
    assert len(september.frame) == 31
    assert september.label == "September 2026"
    assert len(survey.month(2025).frame) == len(survey.month("2025").frame) == 365
    assert survey.month("2025").label == "2025"


def test_month_without_answers(survey: ingest.Survey) -> None:
    with pytest.raises(VocError, match="there are no answers in 2027-01; the file covers 2025-01 to 2026-12"):
        survey.month("2027-01")
    with pytest.raises(VocError, match="month must look like"):
        survey.month("September")


def test_a_file_without_usable_answers_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(VocError) as error:
        read(tmp_path, HEAD + "1,2026-09-03,,,,\n").month("2026-09")
    assert "NaT" not in str(error.value)


@pytest.mark.parametrize("month", ["2025-01", "2025-12", "2026-09", "2025", 2026])
def test_a_report_for_a_month_reads_nothing_after_it(survey: ingest.Survey, month: str | int) -> None:
    end = pd.Timestamp(schema.parse_period(month).end_time.date()) + pd.Timedelta(days=1)
    past = survey.until(month)
    for part in (past, past.month(month), past.window(month, months=13), past.before(month), survey.window(month, months=3), survey.before(month)):
        assert (part.frame["date"] < end).all()
    assert len(past.frame) == (survey.frame["date"] < end).sum()


def test_window_and_before(survey: ingest.Survey) -> None:
    window = survey.window("2026-09", months=3)
    assert (window.frame["date"].min(), window.label) == (pd.Timestamp("2026-07-01"), "July 2026 to September 2026")
    assert len(window.frame) == 31 + 31 + 31
    assert survey.window("2026-09", months=1).label == "September 2026"
    assert len(survey.window("2025", months=3).frame) == 365
    assert len(survey.before("2026-01").frame) == 31
    assert survey.before("2026-01").label == "December 2025"
    assert survey.before("2026-09", periods=12).label == "September 2025"
    assert survey.before(2025).frame.empty
    assert "No answers" in survey.before(2025).headline


def test_parts_add_up(survey: ingest.Survey) -> None:
    months = [f"{year}-{month:02d}" for year in (2025, 2026) for month in range(1, 13)]
    assert sum(len(survey.month(m).frame) for m in months) == len(survey.frame)
    assert len(survey.where(touchpoint="Store").frame) + len(survey.where(touchpoint="Website").frame) == len(survey.frame)


def test_where(survey: ingest.Survey) -> None:
    part = survey.where(touchpoint="Website", region="NA")
    assert set(part.frame["touchpoint"]) == {"Website"}
    assert part.label == "all answers, touchpoint Website, region NA"
    assert survey.where(region="South").frame.empty
    with pytest.raises(VocError, match=r'there is no column "touchpiont" \(did you mean "touchpoint"\?\); this survey has touchpoint, region'):
        survey.where(touchpiont="Store")


def test_taking_a_part_changes_nothing(survey: ingest.Survey) -> None:
    before = survey.frame.copy()
    for part in (survey.month("2026-09"), survey.where(region="NA"), survey.until("2026-12")):
        part.frame.loc[:, "score"] = 0
    pd.testing.assert_frame_equal(survey.frame, before)


# The README's examples.


def readme_mappings() -> list[dict[str, object]]:
    readme = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
    blocks = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)]
    return [block for block in blocks if "area" not in block]  # areas.toml is no mapping


def test_the_readme_shows_every_entry_of_a_mapping() -> None:
    complete = readme_mappings()[0]
    assert set(complete) == set(mapping_module.TOP)
    assert set(complete["columns"]) == {"date", *schema.OPTIONAL_COLUMNS}  # type: ignore[call-overload]
    ratings = complete["ratings"].values()  # type: ignore[attr-defined]
    assert {key for question in (complete["score"], *ratings) for key in question} == set(mapping_module.QUESTION)  # type: ignore[misc]
    assert set(complete["invitations"]) == {"file", "suppressed", *mapping_module.INVITED}  # type: ignore[call-overload]


def test_the_readme_lists_every_check() -> None:
    readme = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
    part = readme.split("### What the receipt checks")[1].split("###")[0]
    assert set(re.findall(r"^\| `([a-z ]+)` \|", part, re.MULTILINE)) == set(CHECKS)


def test_the_readme_mappings_are_valid() -> None:
    mappings = readme_mappings()
    assert len(mappings) == 2
    for raw in mappings:
        assert parse_mapping(raw).title


def test_addresses_are_no_response_ids(tmp_path: Path) -> None:
    rows = "".join(f"jo{i}@example.com,2026-08-03,9,,,\n" for i in range(3))
    with pytest.raises(VocError, match=r'the response ids in column "id" look like personal data \(e-mail address\); map it as customer'):
        read(tmp_path, HEAD + rows)
