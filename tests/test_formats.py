"""Plain survey files of every kind, built as tools write them, read to the same survey as one plain CSV; exports are in test_exports.py."""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import builders as build
from builders import ANSWERS, RATINGS, Written, aside, cells, look, read, same
from voc import ingest
from voc.ingest.mapping import parse_mapping
from voc.schema import VocError


@pytest.fixture
def reference(tmp_path: Path) -> pd.DataFrame:
    """The plain CSV, read."""
    return build.told(read(build.as_csv(tmp_path, name="reference.csv")))


def test_the_reference_says_what_was_answered(reference: pd.DataFrame) -> None:
    """Every column against the answers themselves, without voc's help."""
    for place, question in enumerate(RATINGS):
        given = [a.ratings[place] for a in ANSWERS]
        np.testing.assert_array_equal(reference[question], [np.nan if g in (None, build.NA) else g for g in given])
        assert reference[f"{question} does not apply"].tolist() == [g == build.NA for g in given]
    assert reference["score"].tolist() == [a.score for a in ANSWERS]
    bands = ["promoter" if a.score >= 9 else "passive" if a.score >= 7 else "detractor" for a in ANSWERS]
    assert reference["cohort"].tolist() == bands
    assert reference["comment"].tolist() == [a.shown for a in ANSWERS]
    assert reference["day"].tolist() == [a.when.date().isoformat() for a in ANSWERS]
    assert reference["response_id"].tolist() == [a.id for a in ANSWERS]
    assert reference["region"].tolist() == [a.region for a in ANSWERS]
    assert reference["agent"].tolist() == [a.agent for a in ANSWERS]
    assert reference["language"].tolist() == [a.language for a in ANSWERS]
    assert {"NA", "007", "1e5", "1.0"} <= {*reference["region"], *reference["agent"]}
    assert {0, 10} <= set(reference["score"])


# CSV and TSV.


NAMED = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(("delimiter", "name"), [(",", "a.csv"), (";", "a.csv"), ("\t", "a.tsv"), ("|", "a.txt")])
def test_every_delimiter_encoding_and_line_end(
    tmp_path: Path, reference: pd.DataFrame, encoding: str, newline: str, delimiter: str, name: str
) -> None:
    survey = read(build.as_csv(tmp_path, name=name, encoding=encoding, delimiter=delimiter, newline=newline))
    same(survey, reference)
    assert f"Delimiter: {NAMED[delimiter]} (found)." in survey.receipt.notes
    assert survey.frame["row"].tolist() == list(range(2, 32))
    assert aside(survey) == {}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_windows_text(tmp_path: Path, delimiter: str) -> None:
    western = build.only("cp1252")
    expected = build.told(read(build.as_csv(tmp_path, western, name="utf8.csv")))
    survey = read(build.as_csv(tmp_path, western, encoding="cp1252", delimiter=delimiter))
    same(survey, expected)
    assert any("(detected)" in note and "UTF-8" not in note for note in survey.receipt.notes)


@pytest.mark.parametrize(
    "words", ["£20 too much", "The café was fine", "Café crème", "Déjà vu", "mañana", "¡gracias!", "Zoë was kind", "größte Mühe", "½ hour"]
)
def test_one_word_of_windows_text_in_an_english_survey(tmp_path: Path, words: str) -> None:
    """What Excel saves as plain CSV: a handful of accents, too few for a guess at anything rarer than cp1252."""
    answers = [replace(a, comment=words if i == 3 else "Fine", region="North") for i, a in enumerate(ANSWERS)]
    survey = read(build.as_csv(tmp_path, answers, encoding="cp1252"))
    assert survey.frame["comment"][3] == words


OTHER_ENCODINGS = {
    "cp1250": ("Příšerné čekání, žádná pomoc", "Velmi dobře, děkuji vám", "Bardzo długo, dziękuję"),
    "cp1251": ("Очень хорошо, спасибо", "Долго ждали ответа", "Вежливый продавец"),
    "cp1253": ("Πολύ καλή εξυπηρέτηση", "Περίμενα πολλή ώρα", "Ευχαριστώ πολύ"),
    "cp1254": ("Çok iyi, teşekkürler", "Müşteri hizmetleri çok yavaştı", "Şubeye gittim, sıra uzundu"),
    "shift_jis": ("とても良い対応でした。", "待ち時間が長すぎました。", "店員は親切でした。"),
    "gb18030": ("服务很好，谢谢。", "等待时间太长了。", "店员很有耐心。"),
    "big5": ("服務很好，謝謝。", "等待時間太長了。", "店員很有耐心。"),
    "cp949": ("매우 친절했습니다.", "기다리는 시간이 너무 길었습니다.", "직원이 도움이 되었습니다."),
}


@pytest.mark.parametrize("encoding", OTHER_ENCODINGS)
def test_other_encodings_where_there_is_text_enough(tmp_path: Path, encoding: str) -> None:
    words = OTHER_ENCODINGS[encoding]
    survey = read(build.as_csv(tmp_path, [replace(a, comment=words[i % 3], region="North") for i, a in enumerate(ANSWERS)], encoding=encoding))
    assert survey.frame["comment"].tolist() == [words[i % 3] for i in range(len(ANSWERS))]


def test_a_declared_encoding(tmp_path: Path) -> None:
    western = build.only("cp1252")
    expected = build.told(read(build.as_csv(tmp_path, western, name="utf8.csv")))
    survey = read(build.as_csv(tmp_path, western, encoding="cp1252").saying(file={"encoding": "cp1252"}))
    same(survey, expected)
    assert "Encoding: cp1252 (declared)." in survey.receipt.notes


def test_declarations_that_do_not_fit(tmp_path: Path) -> None:
    written = build.as_csv(tmp_path, build.only("cp1252"), encoding="cp1252")
    with pytest.raises(VocError, match=r"answers\.csv cannot be read as utf-8"):
        read(written, file={"encoding": "utf-8"})
    with pytest.raises(VocError, match='encoding "latin-one-and-a-half" is not known'):
        read(written, file={"encoding": "latin-one-and-a-half"})
    with pytest.raises(VocError, match=r'delimiter must be one character, .*found "semicolom" \(did you mean "semicolon"\?\)'):
        read(written, file={"delimiter": "semicolom"})
    with pytest.raises(VocError, match="the mapping names columns that"):
        read(written, file={"delimiter": "|"})


def test_a_declared_delimiter_and_every_cell_in_quotes(tmp_path: Path, reference: pd.DataFrame) -> None:
    survey = read(build.as_csv(tmp_path, delimiter="\t", quoting=csv.QUOTE_ALL).saying(file={"delimiter": "tab"}))
    same(survey, reference)
    assert "Delimiter: tab (declared)." in survey.receipt.notes


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_lines_in_two_encodings_are_repaired_and_counted(tmp_path: Path, reference: pd.DataFrame, mark: bytes) -> None:
    """Two exports pasted together: most lines UTF-8, some Windows text."""
    lines = build.delimited(build.records()).encode().split(b"\n")
    stray = 0
    for i, line in enumerate(lines):
        if "Höflich" in line.decode() or "déjà" in line.decode():
            lines[i] = line.decode().encode("cp1252")
            stray += sum(byte >= 128 for byte in lines[i])
    file = tmp_path / "mixed.csv"
    file.write_bytes(mark + b"\n".join(lines))
    survey = read(Written(file, build.PLAIN, len(ANSWERS)))
    same(survey, reference)
    assert stray > 5
    assert f"{stray} characters did not fit the encoding and were read as Windows text." in survey.receipt.notes


def wrongly_read(text: str) -> str:
    """UTF-8 text as a program shows it that takes it for Windows text."""
    return "".join(bytes([b]).decode("cp1252", errors="ignore") or chr(b) for b in text.encode())


def test_text_that_was_read_wrongly_before_is_repaired_and_counted(tmp_path: Path, reference: pd.DataFrame) -> None:
    def spoilt(text: str) -> str:
        return text if "対応" in text else wrongly_read(text)  # other scripts have a test of their own

    answers = tuple(replace(a, comment=spoilt(a.comment), region=spoilt(a.region)) for a in ANSWERS)
    survey = read(build.as_csv(tmp_path, answers))
    same(survey, reference)
    changed = {what: sum(getattr(a, what) != getattr(b, what) for a, b in zip(answers, ANSWERS, strict=True)) for what in ("comment", "region")}
    assert cells(survey, "repaired: read in a wrong encoding before") == {"reason": changed["comment"], "region": changed["region"]}
    assert changed == {"comment": 7, "region": 6}


@pytest.mark.parametrize("words", ["Очень хорошо", "Πολύ καλή εξυπηρέτηση", "とても良い対応でした", "매우 친절했습니다"])
def test_wrongly_read_text_in_other_scripts_is_repaired_too(tmp_path: Path, words: str) -> None:
    spoilt = (replace(ANSWERS[0], comment=wrongly_read(words)), *ANSWERS[1:])
    survey = read(build.as_csv(tmp_path, spoilt))
    assert survey.frame["comment"][0] == words
    assert cells(survey, "repaired: read in a wrong encoding before") == {"reason": 1}


def test_text_that_only_looks_odd_is_left_alone(tmp_path: Path) -> None:
    odd = ("NÃO, SÃO PAULO!", "Å “quoted”", "Ä€Ä", "Ð and Ñ", "é»", "70 % – “à”", "ÂME")
    survey = read(build.as_csv(tmp_path, [replace(a, comment=odd[i % len(odd)]) for i, a in enumerate(ANSWERS)]))
    assert survey.frame["comment"].tolist() == [odd[i % len(odd)] for i in range(len(ANSWERS))]
    assert cells(survey, "repaired") == {}


@pytest.mark.parametrize(
    "above",
    [
        '"Customer survey, August and September 2025"\n',
        "Customer survey 2025,,,,,,,,,,\n",
        "Customer survey 2025\n\n",
        "Customer survey 2025,,,,,,,,,,\nprinted on 1 October 2025,,,,,,,,,,\n,,,,,,,,,,\n",
    ],
)
def test_title_rows_above_the_heading(tmp_path: Path, reference: pd.DataFrame, above: str) -> None:
    survey = read(build.as_csv(tmp_path, above=above))
    same(survey, reference)
    assert survey.frame["row"].tolist() == [above.count("\n") + i for i in range(2, 32)]
    assert aside(survey) == {}
    assert any("above the heading" in note for note in survey.receipt.notes)


def test_a_title_over_two_cells_is_left_out(tmp_path: Path, reference: pd.DataFrame) -> None:
    survey = read(build.as_csv(tmp_path, above="Customer survey\nExported:,2025-10-01\n"))
    same(survey, reference)
    assert "2 rows above the heading were left out." in survey.receipt.notes


def test_a_title_that_falls_into_three_cells_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VocError, match=r"answers\.csv could not be read as a table: the heading has 3 columns, but most rows have 11 cells"):
        read(build.as_csv(tmp_path, above="Customer survey, August, September 2025\n"))


# Excel.


@pytest.mark.parametrize("floats", [False, True])
def test_excel_with_typed_cells(tmp_path: Path, reference: pd.DataFrame, floats: bool) -> None:
    file = build.as_excel(tmp_path, {"Answers": build.typed_sheet()}, floats=floats)
    survey = read(Written(file, build.PLAIN, len(ANSWERS)))
    same(survey, reference)
    assert survey.frame["row"].tolist() == list(range(2, 32))
    assert survey.receipt.format == "Excel, one heading row"


def test_excel_with_a_wrong_size_written_in_it(tmp_path: Path, reference: pd.DataFrame) -> None:
    """Some exports say that the sheet is one cell."""
    file = build.as_excel(tmp_path, {"Answers": build.typed_sheet()})
    build.rewrite(file, lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', xml))
    same(read(Written(file, build.PLAIN, len(ANSWERS))), reference)


def test_excel_with_text_cells_a_title_and_a_date_without_time(tmp_path: Path, reference: pd.DataFrame) -> None:
    rows = build.typed_sheet()
    for row in rows[1:]:
        row[1] = row[1].date()
        row[2] = str(row[2])
    file = build.as_excel(tmp_path, {"Answers": [["Customer survey 2025"], [], *rows]})
    survey = read(Written(file, build.PLAIN, len(ANSWERS)))
    same(survey, reference)
    assert survey.frame["row"].tolist() == list(range(4, 34))


def test_excel_takes_the_first_sheet_that_is_not_empty(tmp_path: Path, reference: pd.DataFrame) -> None:
    file = build.as_excel(tmp_path, {"Sheet1": [], "Answers": build.typed_sheet(), "Notes": [["a"], ["b"]]})
    survey = read(Written(file, build.PLAIN, len(ANSWERS)))
    same(survey, reference)
    assert 'Sheet: "Answers"; not read: Sheet1, Notes.' in survey.receipt.notes


def test_excel_takes_the_sheet_that_is_named(tmp_path: Path, reference: pd.DataFrame) -> None:
    codes = [["code", "meaning", "question"], [1, "very poor", "all"], [5, "very good", "all"]]
    written = Written(build.as_excel(tmp_path, {"Codes": codes, "Answers 2025": build.typed_sheet()}), build.PLAIN, len(ANSWERS))
    same(read(written, file={"sheet": "Answers 2025"}), reference)
    with pytest.raises(VocError, match=r'has no sheet "Answers" \(did you mean "Answers 2025"\?\); it has Codes, Answers 2025'):
        read(written, file={"sheet": "Answers"})
    with pytest.raises(VocError, match="the mapping names columns that"):
        read(written)


def test_excel_rows_without_content_are_counted(tmp_path: Path, reference: pd.DataFrame) -> None:
    rows = build.typed_sheet()
    file = build.as_excel(tmp_path, {"Answers": [*rows[:9], [], *rows[9:], [], []]})
    survey = read(Written(file, build.PLAIN, len(ANSWERS) + 1))
    same(survey, reference)
    assert aside(survey) == {"without any content": 1}


# Parquet.


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_parquet_with_typed_columns(tmp_path: Path, reference: pd.DataFrame, unit: str) -> None:
    survey = read(build.as_parquet(tmp_path, build.arrow(completed_on=pa.timestamp(unit))))
    same(survey, reference)
    assert survey.receipt.format == "Parquet"


def test_parquet_with_other_types(tmp_path: Path, reference: pd.DataFrame) -> None:
    types = {"likely_to_recommend": pa.decimal128(21, 2), "friendly": pa.decimal128(20, 1), "patient": pa.dictionary(pa.int16(), pa.int64())}
    types |= {"completed_on": pa.date32(), "region": pa.large_string(), "reason": pa.dictionary(pa.int32(), pa.string())}
    same(read(build.as_parquet(tmp_path, build.arrow(**types))), reference)


def test_parquet_with_times_that_know_their_zone(tmp_path: Path, reference: pd.DataFrame) -> None:
    """The same instants in UTC: days are counted where the mapping says."""
    columns = build.arrow()
    local = pd.Series(columns["completed_on"].to_pandas()).dt.tz_localize(build.ZONE)
    columns["completed_on"] = pa.array(local.dt.tz_convert("UTC"))
    written = build.as_parquet(tmp_path, columns)
    same(read(written, timezone=build.ZONE), reference)
    assert build.told(read(written))["day"].tolist() == [t.date().isoformat() for t in local.dt.tz_convert("UTC")]


def test_parquet_as_pandas_writes_it(tmp_path: Path, reference: pd.DataFrame) -> None:
    frame = pd.DataFrame(build.table()).astype({"region": "category", "knowledgeable": "Int64", "friendly": "float64"})
    frame.to_parquet(tmp_path / "frame.parquet")
    same(read(Written(tmp_path / "frame.parquet", build.PLAIN, len(ANSWERS))), reference)


# SPSS.


def test_spss_keeps_what_did_not_apply_apart_from_what_was_refused_or_left_blank(tmp_path: Path, reference: pd.DataFrame) -> None:
    survey = read(build.as_spss(tmp_path))
    same(survey, reference)
    refusals = [sum(build.refused(a, j) for a in ANSWERS) for j in range(4)]
    blank = [sum(a.ratings[j] is None for a in ANSWERS) for j in range(4)]
    assert all(0 < r < b for r, b in zip(refusals, blank, strict=True))
    assert cells(survey, "98 (Refused)") == {f"q2_{j + 1}": refusals[j] for j in range(4)}
    assert cells(survey, "does not apply") == {f"q2_{j + 1}": sum(a.ratings[j] == build.NA for a in ANSWERS) for j in range(4)}
    assert len(survey.receipt.cells) == 8  # what was left blank is no changed cell
    assert survey.receipt.format == "SPSS"


def test_spss_regions_are_shown_by_their_labels(tmp_path: Path) -> None:
    survey = read(build.as_spss(tmp_path))
    assert set(survey.frame["region"]) == {"North", "NA", "South", "Été & Cie", ""}


def test_spss_wordings_and_scales_are_in_the_starter(tmp_path: Path) -> None:
    declared = parse_mapping(tomllib.loads(ingest.starter_mapping(build.as_spss(tmp_path).file)))
    assert declared.score.wording == build.ASKED
    assert declared.question == build.WHY
    ratings = {q.column: q for q in declared.ratings if q.column in [f"q2_{j}" for j in range(1, 5)]}
    assert [ratings[f"q2_{j + 1}"].wording for j in range(4)] == [f"Our staff: {r}" for r in RATINGS]
    assert {q.scale.allowed for q in ratings.values()} == {"1-5"}


def test_spss_names_with_codes_are_groups_and_no_ratings(tmp_path: Path) -> None:
    """The file says that region is nominal, and its labels are names."""
    declared = parse_mapping(tomllib.loads(ingest.starter_mapping(build.as_spss(tmp_path).file)))
    assert "region" in declared.segments.values()
    assert "region" not in [q.column for q in declared.ratings]


def test_spss_codes_that_are_not_the_answers(tmp_path: Path, reference: pd.DataFrame) -> None:
    """A 0-10 question coded 1-11: the starter proposes the file's own labels, and with them the answers are right."""
    written = build.as_spss(tmp_path, first=1)
    proposed = tomllib.loads(ingest.starter_mapping(written.file))["score"]
    assert proposed["labels"] == {str(i + 1): i for i in range(11)}
    same(read(written, score=proposed), reference)


def test_spss_codes_that_are_not_the_answers_are_never_taken_for_them(tmp_path: Path) -> None:
    survey = look(build.as_spss(tmp_path, first=1))
    assert survey.receipt.objections
    assert "labels" in " ".join(survey.receipt.objections)


def test_spss_codes_that_are_not_the_answers_without_an_eleven(tmp_path: Path) -> None:
    """Nobody gave a ten, so no code is off the scale; the labels still say that "1" is "0 - Not at all likely"."""
    survey = look(build.as_spss(tmp_path, [replace(a, score=min(a.score, 9)) for a in ANSWERS], first=1))
    assert "labels" in " ".join(survey.receipt.objections)


# JSON.


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("lines", [True, False])
def test_json_lines_and_a_json_list(tmp_path: Path, reference: pd.DataFrame, lines: bool, encoding: str) -> None:
    survey = read(build.as_json(tmp_path, lines=lines, encoding=encoding))
    same(survey, reference)
    assert survey.receipt.format == "JSON records"
    assert survey.frame["tags"].unique().tolist() == ["a; b"]


def test_json_lines_with_blank_lines_and_missing_fields(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"when": "2025-09-01", "nps": 9}\n\n{"nps": 0, "when": "2025-09-02", "why": "Slow"}\r\n{"when": "2025-09-03", "nps": 7.0}\n')
    mapping = {"columns": {"date": "when", "comment": "why"}, "score": {"column": "nps", "min": 0, "max": 10}}
    frame = read(Written(file, mapping, 3)).frame
    assert frame["score"].tolist() == [9, 0, 7]
    assert frame["comment"].tolist() == ["", "Slow", ""]
    assert frame["row"].tolist() == [1, 3, 4]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"a": 1}\n{"a": \n', r"answers\.jsonl: line 2 is not JSON"),
        ('{"a": 1}\n[1, 2]\n', r"answers\.jsonl: record 2 must be a JSON object"),
        ('[{"a": 1}, 5]', r"answers\.jsonl: record 2 must be a JSON object"),
        ("[]", r"answers\.jsonl is empty"),
    ],
)
def test_damaged_json(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "answers.jsonl").write_text(content)
    with pytest.raises(VocError, match=sentence):
        read(Written(tmp_path / "answers.jsonl", build.PLAIN, 2))


def test_a_cover_sheet_is_not_the_table(tmp_path: Path, reference: pd.DataFrame) -> None:
    """The first sheet that holds a table is read, and the receipt names it."""
    file = build.as_excel(tmp_path, {"Read me": [["About this file"], ["Exported by Jo", "2025-10-01"]], "Answers": build.typed_sheet()})
    survey = read(Written(file, build.PLAIN, len(ANSWERS)))
    same(survey, reference)
    assert 'Sheet: "Answers"; not read: Read me.' in survey.receipt.notes
