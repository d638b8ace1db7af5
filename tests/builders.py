"""Thirty synthetic answers -> the same survey as CSV, Excel, Parquet, SPSS and JSON files, each written as a tool would write it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat

from voc import ingest
from voc.ingest.mapping import parse_mapping
from voc.schema import Mapping

NA = 99  # the question did not apply; the code is the one that most of the files below use
RATINGS = ("knowledgeable", "friendly", "patient", "resolution")
ZONE = "Europe/Berlin"
ASKED = "How likely are you to recommend us to a friend or colleague?"
WHY = "What is the main reason for your score?"


@dataclass(frozen=True)
class Answer:
    """One answer: `comment` as typed, `shown` as voc must show it, `when` in the customer's own time."""

    id: str
    when: dt.datetime
    score: int
    ratings: tuple[int | None, ...]
    comment: str
    shown: str
    region: str
    agent: str
    language: str


@dataclass(frozen=True)
class Written:
    """A file, the mapping that fits it, and how many rows stand below its headings; its ids begin with `prefix`."""

    file: Path
    mapping: dict[str, Any]
    rows: int
    prefix: str = ""

    def declared(self, **changes: Any) -> Mapping:
        """The mapping as voc reads it, with some entries changed."""
        return parse_mapping(self.mapping | changes)

    def saying(self, **changes: Any) -> Written:
        """The same file under another mapping."""
        return replace(self, mapping=self.mapping | changes)


# What was typed, and how it must be shown where that differs: one line, no personal data, nothing else lost.
_COMMENTS: tuple[tuple[str, str] | str, ...] = (
    "Quick, friendly and patient, as always", 'She said "no problem", and it was none', ("First line\nsecond line", "First line second line"),
    "Slow; rude; never again; ever", "Café crème très bon, déjà vu", "Höflich, größte Mühe gegeben", "Very helpful 👍🏽 thanks 🙂", "",
    ("Please write to jo.bloggs@example.com about it", "Please write to [EMAIL] about it"), "Waited 40 minutes, then was cut off", "NA",
    ("  padded on both sides  ", "padded on both sides"), ("a | b | c\tand a tab", "a | b | c and a tab"), "“Great value” – 50% off…", "",
    ("one line\r\nand another", "one line and another"), "対応がとても良い", "'fine'; then, nothing", '"Best" shop in town', '",";"',
    "1,5 hours in the queue", "#1 service for me", ("two\u2028lines", "two lines"), "", "null", "Muy bien, señora; ¡gracias!", "ok",
    "Ça va — à bientôt", "9", "The last one, \\ and /",
)  # fmt: skip


def _answer(i: int) -> Answer:
    typed = _COMMENTS[i]
    comment, shown = typed if isinstance(typed, tuple) else (typed, typed)
    return Answer(
        id=str(11_840_000_001 + 7 * i),
        # Half past midnight and a quarter to midnight: a day and a month earlier or later in another time zone.
        when=dt.datetime(2025, 8, 20) + dt.timedelta(days=i, hours=(0, 11, 23)[i % 3], minutes=(30, 5, 45)[i % 3], seconds=i),
        score=(10, 0, 9, 7, 8, 10, 6, 3, 1, 5, 9, 2, 4, 10, 8)[i % 15],
        ratings=tuple((5, 1, None, 4, NA, 3, 2)[(i * 3 + j * 2 + i // 7) % 7] for j in range(4)),
        comment=comment,
        shown=shown,
        region=("North", "NA", "South", "", "Été & Cie")[i % 5],
        agent=("007", "1e5", "012", "1.0")[i % 4],
        language=("EN", "DE", "FR")[i % 3],
    )


ANSWERS: tuple[Answer, ...] = tuple(_answer(i) for i in range(30))


def only(encoding: str, answers: Sequence[Answer] = ANSWERS) -> tuple[Answer, ...]:
    """The answers; comments that an encoding cannot hold are blank."""

    def fits(answer: Answer) -> bool:
        return answer.comment.encode(encoding, errors="ignore").decode(encoding) == answer.comment

    return tuple(a if fits(a) else replace(a, comment="", shown="") for a in answers)


# Reading and comparing.


def read(written: Written, **changes: Any) -> ingest.Survey:
    """Read a file as its mapping declares; the receipt must add up, whatever the file."""
    return _added_up(ingest.read_survey(written.file, written.declared(**changes)), written.rows)


def look(written: Written, **changes: Any) -> ingest.Survey:
    """The same with objections left in the receipt."""
    return _added_up(ingest.check(written.file, written.declared(**changes)), written.rows)


def _added_up(survey: ingest.Survey, rows: int) -> ingest.Survey:
    receipt = survey.receipt
    assert receipt.rows_read == rows
    assert receipt.rows_read == len(survey.frame) + sum(receipt.set_aside.values())
    assert receipt.rows_kept == len(survey.frame)
    return survey


def told(survey: ingest.Survey, *, prefix: str = "", gaps: bool = True) -> pd.DataFrame:
    """What a survey says, for comparison; `gaps` adds where a question did not apply."""
    frame = survey.frame
    out = frame[[c for c in ("response_id", "score", "cohort", *RATINGS, "comment", "region", "agent", "language") if c in frame]].copy()
    out["response_id"] = out["response_id"].str.removeprefix(prefix)
    out["day"] = frame["date"].dt.strftime("%Y-%m-%d")
    if gaps and survey.gaps is not None:
        out = out.assign(**{f"{r} does not apply": survey.gaps[r] for r in RATINGS if r in survey.gaps})
    return out


def same(survey: ingest.Survey, reference: pd.DataFrame, *, without: Iterable[str] = (), prefix: str = "", gaps: bool = True) -> None:
    """A survey says the same as the reference, apart from columns that its file cannot hold."""
    lacking = {*without, *(() if gaps else (f"{r} does not apply" for r in RATINGS))}
    lacking |= {f"{r} does not apply" for r in RATINGS if r in lacking}
    pd.testing.assert_frame_equal(told(survey, prefix=prefix, gaps=gaps), reference[[c for c in reference if c not in lacking]])


def cells(survey: ingest.Survey, reason: str) -> dict[str, int]:
    """Column -> cells that the receipt counts for a reason."""
    return {c.column: c.count for c in survey.receipt.cells if reason in c.reason}


def aside(survey: ingest.Survey) -> dict[str, int]:
    """Reason -> rows set aside, where there are any."""
    return {reason: n for reason, n in survey.receipt.set_aside.items() if n}


# Plain files.


def rating(column: str, **more: Any) -> dict[str, Any]:
    """A rating question of 1-5 in a mapping."""
    return {"column": column, "min": 1, "max": 5} | more


PLAIN: dict[str, Any] = {
    "columns": {"date": "completed_on", "response_id": "response_id", "comment": "reason", "language": "language"},
    "score": {"column": "likely_to_recommend", "min": 0, "max": 10},
    "ratings": {r: rating(r, not_applicable=[str(NA)]) for r in RATINGS},
    "segments": {"region": "region", "agent": "agent"},
}


def table(answers: Sequence[Answer] = ANSWERS) -> list[dict[str, Any]]:
    """One typed row per answer, with one column per thing."""
    return [
        {"response_id": a.id, "completed_on": a.when, "likely_to_recommend": a.score, **dict(zip(RATINGS, a.ratings, strict=True))}
        | {"reason": a.comment, "region": a.region, "agent": a.agent, "language": a.language}
        for a in answers
    ]  # fmt: skip


def records(answers: Sequence[Answer] = ANSWERS) -> list[list[str]]:
    """Heading and rows as text."""
    rows = table(answers)
    return [list(rows[0]), *([_typed(v) for v in row.values()] for row in rows)]


def _typed(value: Any) -> str:
    return "" if value is None else str(value)


def delimited(rows: Iterable[Sequence[Any]], *, delimiter: str = ",", newline: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> str:
    """Rows as the text of a CSV file."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=quoting).writerows(rows)  # type: ignore[arg-type]  # typeshed allows its own four constants only, not an int
    return out.getvalue()


def as_csv(
    folder: Path, answers: Sequence[Answer] = ANSWERS, *, name: str = "answers.csv", encoding: str = "utf-8", above: str = "", **how: Any
) -> Written:
    """A CSV file; `above` is text over its heading."""
    file = folder / name
    file.write_bytes((above + delimited(records(answers), **how)).encode(encoding))
    return Written(file, PLAIN, len(answers))


def as_excel(folder: Path, sheets: dict[str, Sequence[Sequence[Any]]], *, name: str = "answers.xlsx", floats: bool = False) -> Path:
    """A workbook with some sheets; `floats` writes whole numbers as 9.0, as some programs do."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    file = folder / name
    book.save(file)
    if floats:
        rewrite(file, lambda xml: re.sub(rb"<v>(\d+)</v>", rb"<v>\1.0</v>", xml))
    return file


def rewrite(file: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the sheets of a workbook as they stand in its zip archive."""
    with zipfile.ZipFile(file) as packed:
        parts = {n: packed.read(n) for n in packed.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for n, content in parts.items():
            packed.writestr(n, change(content) if n.startswith("xl/worksheets/") else content)


def typed_sheet(answers: Sequence[Answer] = ANSWERS) -> list[list[Any]]:
    """Heading and rows with numbers as numbers and dates as dates, ids too."""
    rows = table(answers)
    return [list(rows[0]), *([int(row["response_id"]), *list(row.values())[1:]] for row in rows)]


def as_parquet(folder: Path, columns: dict[str, pa.Array], *, name: str = "answers.parquet") -> Written:
    """A Parquet file."""
    file = folder / name
    pq.write_table(pa.table(columns), file)
    return Written(file, PLAIN, len(next(iter(columns.values()))))


def arrow(answers: Sequence[Answer] = ANSWERS, **types: pa.DataType) -> dict[str, pa.Array]:
    """Typed columns; `types` changes some."""
    rows = table(answers)
    usual: dict[str, pa.DataType] = {"response_id": pa.int64(), "completed_on": pa.timestamp("us"), "likely_to_recommend": pa.int8()}
    usual |= {"knowledgeable": pa.float64(), "friendly": pa.int64(), "patient": pa.float32(), "resolution": pa.uint8()}
    usual |= {"region": pa.dictionary(pa.int8(), pa.string()), "agent": pa.string(), "language": pa.dictionary(pa.int32(), pa.large_string())}
    out = {}
    for name in rows[0]:
        values = [int(r[name]) if name == "response_id" else r[name] for r in rows]
        kind = (usual | types).get(name, pa.string())
        whole = pa.array(values).cast(kind.value_type if pa.types.is_dictionary(kind) else kind)
        out[name] = whole.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else whole
    return out


# SPSS: codes with labels, and two kinds of user-missing beside the system's own.

REGIONS = {1.0: "North", 2.0: "NA", 3.0: "South", 4.0: "Été & Cie"}
LIKELY = {0: "0 - Not at all likely", 10: "10 - Extremely likely"}
REFUSED = 98


def refused(answer: Answer, place: int) -> bool:
    """Whether an unanswered rating was refused; the others were just not answered."""
    return answer.ratings[place] is None and int(answer.id) % 2 == 0


def as_spss(folder: Path, answers: Sequence[Answer] = ANSWERS, *, name: str = "answers.sav", first: int = 0) -> Written:
    """An SPSS file; its recommend question is coded from `first` on."""
    codes = {words: code for code, words in REGIONS.items()}
    frame = pd.DataFrame(
        {
            "respondent_id": [float(a.id) for a in answers],
            "enddate": [a.when for a in answers],
            "q1": [float(a.score + first) for a in answers],
            **{f"q2_{j + 1}": [_coded(a, j) for a in answers] for j in range(len(RATINGS))},
            "q3": [a.comment for a in answers],
            "region": [codes.get(a.region, float("nan")) for a in answers],
            "agent": [a.agent for a in answers],
            "lang": [a.language for a in answers],
        }
    )
    scale = {1.0: "Very poor", 5.0: "Very good", float(REFUSED): "Refused", float(NA): "Not applicable"}
    file = folder / name
    pyreadstat.write_sav(
        frame, file,
        column_labels=["Id", "End of interview", ASKED, *(f"Our staff: {r}" for r in RATINGS), WHY, "Region", "Agent", "Language"],
        variable_value_labels={"q1": {float(i + first): LIKELY.get(i, str(i)) for i in range(11)}, "region": REGIONS}
        | {f"q2_{j + 1}": scale for j in range(len(RATINGS))},
        variable_measure={"q1": "ordinal", "region": "nominal", **{f"q2_{j + 1}": "ordinal" for j in range(len(RATINGS))}},
        missing_ranges={f"q2_{j + 1}": [REFUSED, NA] for j in range(len(RATINGS))},
    )  # fmt: skip
    mapping = {
        "columns": {"date": "enddate", "response_id": "respondent_id", "comment": "q3", "language": "lang"},
        "score": {"column": "q1", "min": 0, "max": 10},
        "ratings": {r: rating(f"q2_{j}") for j, r in enumerate(RATINGS, start=1)},
        "segments": {"region": "region", "agent": "agent"},
    }
    return Written(file, mapping, len(answers))


def _coded(answer: Answer, place: int) -> float:
    value = answer.ratings[place]
    return float(value) if value is not None else float(REFUSED) if refused(answer, place) else float("nan")


def as_json(
    folder: Path, answers: Sequence[Answer] = ANSWERS, *, lines: bool = True, name: str = "answers.jsonl", encoding: str = "utf-8"
) -> Written:
    """JSON lines, or one list over many lines; some things nested, nothing written where there is nothing."""
    objects = []
    for row in table(answers):
        flat = {k: v for k, v in row.items() if k not in RATINGS and v is not None}
        flat["completed_on"] = row["completed_on"].isoformat()
        objects.append(flat | {"staff": {r: row[r] for r in RATINGS}, "tags": ["a", "b"], "nothing": None})
    text = "\n".join(json.dumps(o, ensure_ascii=False) for o in objects) if lines else json.dumps(objects, ensure_ascii=False, indent=2)
    file = folder / name
    file.write_bytes(f"{text}\n".encode(encoding))
    ratings = {r: rating(f"staff.{r}", not_applicable=[str(NA)]) for r in RATINGS}
    return Written(file, PLAIN | {"ratings": ratings}, len(answers))
