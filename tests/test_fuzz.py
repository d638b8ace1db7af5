"""Reading any file whatsoever gives a survey or one sentence: never another error, a hang, or more memory than a laptop has."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hostile import DECLARED, SECONDS, parsed_starter, read_all_ways
from hostile_files import EDITS, FILES, GOOD, HEAD, PIECES, Edit, csv_of, damaged, row
from voc import ingest
from voc.ingest.mapping import parse_mapping

MEGABYTES = 2_048
few = settings(max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
some = settings(few, max_examples=60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def survive(folder: Path, content: bytes, name: str = "answers.csv") -> dict[str, str]:
    """What came of a file, which is read with every warning an error."""
    file = folder / name
    file.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_all_ways(file)


# Hostile files: read beside the other tests, each in a process of its own.


@pytest.fixture(scope="module", autouse=True)
def reading(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str] | None]:
    """The process that reads the hostile files that are asked for; it starts at once."""
    wanted = [i.callspec.params["hostile"] for i in request.session.items if getattr(i, "originalname", "") == "test_hostile_files"]
    if not wanted or not sys.platform.startswith("linux"):
        yield None
        return
    place = tmp_path_factory.mktemp("hostile")
    command = [sys.executable, "-W", "error", str(Path(__file__).with_name("hostile.py")), str(place), *wanted]
    with (place / "outcomes").open("w") as out, subprocess.Popen(command, stdout=out, text=True, env=os.environ | {"TMPDIR": str(place)}) as process:
        process.outcomes = place / "outcomes"  # type: ignore[attr-defined]
        yield process
        process.kill()


@pytest.fixture(scope="module")
def outcomes(reading: subprocess.Popen[str] | None) -> dict[str, dict[str, Any]]:
    if reading is None:
        pytest.skip("limits on memory and time are set as Linux has them")
    assert reading.wait(timeout=len(FILES) * SECONDS * 2) == 0
    lines = reading.outcomes.read_text().splitlines()  # type: ignore[attr-defined]
    return {outcome["name"]: outcome for outcome in map(json.loads, lines)}


# Random and damaged files.


@some
@given(st.binary(max_size=3_000))
@example(b"0")
@example(b",")
@example(b"\n\n\n,")
@example(b'"' + b"\n" * 210 + b"a")
@example(b"\n" * 250 + b"a,b\n1,2\n")
@example(b"a;b,c\n1;2,\x003\n1;2,3\n")
def test_random_bytes(folder: Path, content: bytes) -> None:
    survive(folder, content)


@some
@given(st.text(alphabet=st.sampled_from(' ,;\t|"\n\ra1é\x00\u2028{}[]:-/'), max_size=400))
@example('a,"b\nc\n')
@example("nps;a,b\n9;x,y\n8;\x00,z\n")
@example("\ufeffnps")
def test_random_text(folder: Path, content: str) -> None:
    survive(folder, content.encode())


def table() -> pd.DataFrame:
    frame = pd.DataFrame([row(i) for i in range(30)], columns=HEAD)
    return frame.assign(nps=[str(i % 11) for i in range(30)], when=pd.date_range("2026-01-10", periods=30).strftime("%Y-%m-%d"), region="Süd")


def qualtrics() -> bytes:
    frame = table().rename(columns={"id": "ResponseId", "when": "RecordedDate", "finished": "Finished", "status": "Status"})
    asked = pd.DataFrame([{c: f"What about <b>{c}</b>?" for c in frame}, {c: json.dumps({"ImportId": c}) for c in frame}])
    return pd.concat([asked, frame]).to_csv(index=False).encode("utf-8-sig")


def surveymonkey() -> bytes:
    head = ["Respondent ID", "Collector ID", "End Date", "How likely are you to recommend us?", "Which of these?", "", "Any comments?"]
    below = ["", "", "", "Response", "Price", "Staff", "Open-Ended Response"]
    rows = [[str(i), "1", f"01/{i + 1:02d}/2026 10:05:00 AM", str(i % 11), "Price", "", "Kind staff, short wait"] for i in range(30)]
    return csv_of([head, below, *rows])


def json_lines() -> bytes:
    more = {"created_at": 1_767_225_600, "survey_type": "nps", "comment": "x", "person": {"name": "Jo"}, "tags": ["a", "b"]}
    answers = [{"question": {"id": "q", "text": "How was it?"}, "value": {"free_response": "Fine"}}]
    return "\n".join(json.dumps({"id": i, "score": i % 11, "additional_answers": answers} | more) for i in range(30)).encode()


def workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(HEAD)
    for i, answer in enumerate(table().itertuples(index=False)):
        typed = {
            "when": dt.datetime(2026, 1, 1) + dt.timedelta(days=i, hours=i),
            "nps": i % 11,
            "finished": True,
            "revenue": 1.5,
            "other": dt.time(1),
        }
        book.active.append([typed.get(h, cell) for h, cell in zip(HEAD, answer, strict=True)])
    book.create_sheet("Notes").append(["x"])
    book.save(out)
    return out.getvalue()


def parquet(columns: dict[str, Any] | None = None) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns or {c: pa.array(table()[c]) for c in HEAD}), out)
    return out.getvalue()


KINDS = {
    "comma": table().to_csv(index=False).encode(),
    "semicolon, Windows": table().to_csv(index=False, sep=";", lineterminator="\r\n").encode("cp1252"),
    "tab, UTF-16": table().to_csv(index=False, sep="\t").encode("utf-16"),
    "Qualtrics": qualtrics(),
    "SurveyMonkey": surveymonkey(),
    "Medallia": table().rename(columns={"id": "request_id", "when": "response_received_at"}).to_csv(index=False).encode(),
    "Delighted": json_lines(),
    "JSON list": table().to_json(orient="records").encode(),
    "Parquet": parquet(),
}
edits = st.lists(st.tuples(st.sampled_from(EDITS), st.floats(0, 1), st.integers(1, 600), st.sampled_from(PIECES)), min_size=1, max_size=4)


@pytest.mark.parametrize("kind", KINDS)
@few
@given(changes=edits)
@example([])
@example([("insert", 0.5, 1, b"\x7f")])
@example([("overwrite", 0.52, 1, b"\x00")])
def test_damaged_files(folder: Path, kind: str, changes: list[Edit]) -> None:
    outcome = survive(folder, damaged(KINDS[kind], changes), "damaged.dat")
    assert changes or outcome["table"] == "read"


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml", ""])
@few
@given(changes=edits)
def test_damaged_workbooks(folder: Path, part: str, changes: list[Edit]) -> None:
    """One part is damaged inside a sound archive; without a part, the archive itself."""
    whole, out = workbook(), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, damaged(source.read(name), changes) if name == part else source.read(name))
    survive(folder, out.getvalue() if part else damaged(whole, changes), "damaged.xlsx")


keys = st.sampled_from(
    ["score", "created_at", "comment", "id", "", " ", "question", "value", "text", "a.b", "row", "cohort", "\ud800", "\x00", "a (2)"]
)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["\ud800", 10**400, "2026-01-01", "9" * 5_000])
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=12)


@some
@given(st.lists(st.dictionaries(keys, values, max_size=6), min_size=1, max_size=4), st.booleans())
@example([{"score": 9, "comment": "\ud800"}], False)
@example([{"\ud800": 9}], True)
@example([{"score": [[], "\ud800"]}], False)
@example([{"a": [{"question": "\udc00", "value": 1}]}], True)
def test_json_records(folder: Path, records: list[dict[str, Any]], as_list: bool) -> None:
    lines = [json.dumps(r | {"created_at": "2026-01-05", "nps": i}) for i, r in enumerate(records)]
    survive(folder, ("[" + ",".join(lines) + "]" if as_list else "\n".join(lines)).encode(), "answers.json")


@pytest.mark.parametrize("bracket", ["[]", '{"a":}'])
def test_json_nested_around_the_limit_of_python(folder: Path, bracket: str) -> None:
    for depth in range(880, 1_010, 3):
        inner = bracket[:-1] * depth + "1" + bracket[-1] * depth
        survive(folder, f'{{"created_at":"2026-01-05","nps":9,"a":{inner}}}'.encode(), "nested.json")


def test_json_with_duplicate_and_empty_keys(folder: Path) -> None:
    outcome = survive(folder, b'{"created_at":"2026-01-05","nps":1,"nps":9,"":1," ":2,"":3,"a":{"":{"":1}}}', "keys.json")
    assert outcome["own"] == "read"


# Hostile cells.

CELLS = [
    "9" * 5_000, "-" + "9" * 5_000, "1e400", "-1e400", "1e-400", "1e308", "1," * 99 + "1", "1." * 99 + "1,5", "0x10", "１２", "²", "٣", "nan", "NaN",
    "inf", "-inf", "Infinity", "1_000", "--5", "+5", "  ", "\x00", "1\x00", "\x1f\x1b[2J", "\x7f", "\u2028", "\ufffe", "\ue000", "9\n10", "a\r\nb",
    "\u202eevil", "0000-01-01", "0001-01-01", "-0001-01-01", "-44000", "9999-12-31", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00",
    "99999-12-31", "2262-04-12", "1677-09-20", "2026-02-30", "2026-01-01T24:00:00", "2026-01-01T00:00:00+99:99", "2026-W53-7", "2026-366",
    "01/01/0000", "99/99/9999", "1.1.1", "0", "-1", "99999", "99999999999", "9999999999999", "1:2:3", "999:99:99", "2026-03-29 01:30:00", "T10:00",
    "Z", "+01:00", "10 - Very", "(10)", "=1+1", "<b>", "&#0;", "&#x110000;", "&#55296;", "a" * 300 + "@b.co", '"', "'", "\\", ",", ";",
]  # fmt: skip


@pytest.mark.parametrize("cell", CELLS, ids=lambda c: ascii(c)[:24])
def test_a_hostile_cell_in_every_column(folder: Path, cell: str) -> None:
    """One row per column, with the cell in that column; and then a column of nothing else for dates and scores."""
    rows = [row(0), *(row(i, **{h: cell}) for i, h in enumerate(HEAD, start=1))]
    outcome = survive(folder, csv_of([HEAD, *rows]))
    assert outcome["declared"] == "read"
    for column in ("when", "nps", "revenue"):
        survive(folder, csv_of([HEAD, *(row(i, **{column: cell}) for i in range(3))]))


@pytest.mark.parametrize("zone", ["Europe/London", "Pacific/Kiritimati", "America/Los_Angeles"])
@pytest.mark.parametrize("written", ["", "%Y-%m-%dT%H:%M:%S%z", "%d/%m/%Y", "unix", "unix ms", "excel"])
def test_hostile_dates_in_a_time_zone(folder: Path, zone: str, written: str) -> None:
    mapping = parse_mapping(DECLARED | {"timezone": zone, "date_format": written})
    for cell in CELLS:
        (folder / "dates.csv").write_bytes(csv_of([HEAD, row(1), row(2, when=cell), row(3, when="2026-08-03T10:00:00+02:00")]))
        try:
            survey = ingest.check(folder / "dates.csv", mapping)
        except ingest.VocError:
            continue
        assert survey.receipt.rows_read == 3


TYPED: dict[str, pa.Array] = {
    "times far away": pa.array([2**62, -(2**62), None]).view(pa.timestamp("us")),
    "times of a nowhere": pa.array([1, 2, None]).view(pa.timestamp("us", tz="Nowhere/Land")),
    "nanoseconds": pa.array([2**63 - 1, 1, None]).view(pa.timestamp("ns")),
    "days far away": pa.array([2**31 - 1, 0, -(2**31)], pa.int32()).view(pa.date32()),
    "times of day out of range": pa.array([2**60, -5, None]).view(pa.time64("us")),
    "durations": pa.array([2**62, 0, None]).view(pa.duration("s")),
    "bytes": pa.array([b"\xff\xfe", b"", None]),
    "texts that are no UTF-8": pa.array([b"\xff\xfe", b"a", None]).view(pa.string()),
    "a dictionary of texts that are no UTF-8": pa.array([b"\xff\xfe", b"a", None]).view(pa.string()).dictionary_encode(),
    "lists": pa.array([[None], [], None], pa.list_(pa.float64())),
    "structs": pa.array([{"a": b"\xff"}, {"a": None}, None]),
    "maps": pa.array([[("a", 1)], [], None], pa.map_(pa.string(), pa.int64())),
    "nothing": pa.nulls(3),
    "fractions": pa.array([1e308, float("nan"), float("-inf")]),
    "large whole numbers": pa.array([2**64 - 1, 0, None], pa.uint64()),
    "views": pa.array(["a", "b", None], pa.string_view()),
}


@pytest.mark.parametrize("kind", TYPED)
def test_typed_columns(folder: Path, kind: str) -> None:
    columns = {h: pa.array([str(i) if h == "id" else good for i in range(3)]) for h, good in zip(HEAD, GOOD, strict=True)}
    for column in ("id", "when", "nps", "words", "revenue", "other"):
        survive(folder, parquet(columns | {column: TYPED[kind]}), "typed.parquet")


def test_a_workbook_that_openpyxl_warns_about_is_read_all_the_same(folder: Path) -> None:
    """A date that no calendar has, and an extension such as every newer Excel writes; warnings must not reach the analyst."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</worksheet>", b'<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst></worksheet>')
            target.writestr(name, content)
    assert survive(folder, out.getvalue(), "extended.xlsx")["declared"] == "read"


# Awkward headings.


@pytest.mark.parametrize(
    "heading",
    [
        "when,nps,nps,when", "when,nps,,", "when,nps, , ", "when,nps,row,score", "when,nps,cohort,comment", "date,score,row,cohort",
        "when,nps,a,a (2)", "when,nps,a\x00,a", "when,nps,column 4,", "when,nps,\x7f,\x1f", 'when,nps,"a\nb",a b', "when,nps,=1+1,<b>",
        "when,nps,row (file),row", "when,nps,\ud7ff,\ue000", "when,nps,weight,response_id", "when,nps,speed,area", "when,nps,1,2", "nps",
        "NPS,nps,Nps,nPs",
    ],
    ids=ascii,
)  # fmt: skip
def test_awkward_headings(folder: Path, heading: str) -> None:
    width = next(len(r) for r in csv.reader(io.StringIO(heading, newline="")))
    rows = "".join(",".join(["2026-01-05", str(i % 11), "x", "y"][:width]) + "\n" for i in range(12))
    assert survive(folder, f"{heading}\n{rows}".encode())["table"] == "read"


def test_cells_around_the_limit_of_the_csv_module(folder: Path) -> None:
    """`csv` refuses cells above 131,072 characters until it is told otherwise; the order of the calls must not matter."""
    limit = csv.field_size_limit(131_072)
    try:
        for content in (csv_of([HEAD, row(1), row(2, words="a " * 66_000)]), csv_of([HEAD, row(1)]) + b'2,"' + b"x\n" * 66_000):
            csv.field_size_limit(131_072)
            survive(folder, content)
    finally:
        csv.field_size_limit(limit)


# What is written is what is read.

# Without NUL; without the letters from Â to ô, with which text begins that was read in a wrong encoding (voc repairs and counts that);
# and without @ (voc hides addresses wherever they stand).
_KEPT_OUT = "\x00\ufeff@" + "".join(map(chr, range(0xC2, 0xF5)))
written = st.text(st.characters(codec="utf-8", exclude_characters=_KEPT_OUT), max_size=12) | st.sampled_from(
    ["NA", "", " ", "a,b", 'say "hi"', "a\nb", "a\r\nb", "x;y", "1|2", "\t", "'", "007", "1e5", "-", "\u2028", "#"]
)


@settings(some, max_examples=100)
@given(st.lists(st.tuples(written, written), min_size=1, max_size=12), st.sampled_from(",;\t|"))
@example([("x;y", "1|2")] * 3, ",")
@example([("a,b", "c,d")] * 3, ";")
@example([("\r", "\n")], ",")
def test_cells_are_read_as_they_were_written(folder: Path, cells: list[tuple[str, str]], delimiter: str) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([["id", "when", "nps", "first", "second"], *([f"r{i}", "2026-08-03", "9", *pair] for i, pair in enumerate(cells))])
    file = folder / "written.csv"
    file.write_bytes(out.getvalue().encode())
    mapping = {"columns": {"date": "when", "response_id": "id"}, "score": DECLARED["score"], "segments": {"one": "first", "two": "second"}}
    survey = ingest.check(file, parse_mapping(mapping))
    assert survey.frame["one"].tolist() == [first.strip() for first, _ in cells]
    assert survey.frame["two"].tolist() == [second.strip() for _, second in cells]
    assert survey.frame["row"].tolist() == list(range(2, len(cells) + 2))
    assert survey.receipt.rows_read == len(cells)
    assert not any(survey.receipt.set_aside.values())
    parsed_starter(ingest.starter_mapping(file))


# The hostile files come last: they are read while the tests above run.


@pytest.mark.parametrize("hostile", FILES)
def test_hostile_files(outcomes: dict[str, dict[str, Any]], hostile: str) -> None:
    outcome = outcomes[hostile]
    assert "trouble" not in outcome, outcome["trouble"]
    assert outcome["megabytes"] < MEGABYTES, outcome
