"""Thirty synthetic answers -> exports of Qualtrics, SurveyMonkey, Medallia Agent Connect and Delighted, headed exactly as these tools head them."""

from __future__ import annotations

import datetime as dt
import json
import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl

from builders import ANSWERS, ASKED, NA, RATINGS, WHY, ZONE, Answer, Written, as_excel, delimited, rating

Head = list[list[str]]
Rows = list[list[Any]]

# Qualtrics: the 17 columns that every export begins with, in three languages of its own.

NAMES = [
    "StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished", "RecordedDate", "ResponseId",
    "RecipientLastName", "RecipientFirstName", "RecipientEmail", "ExternalReference", "LocationLatitude", "LocationLongitude",
    "DistributionChannel", "UserLanguage",
]  # fmt: skip
IMPORT_IDS = [
    "startDate", "endDate", "status", "ipAddress", "progress", "duration", "finished", "recordedDate", "_recordId", "recipientLastName",
    "recipientFirstName", "recipientEmail", "externalDataReference", "locationLatitude", "locationLongitude", "distributionChannel", "userLanguage",
]  # fmt: skip
ENGLISH = [
    "Start Date", "End Date", "Response Type", "IP Address", "Progress", "Duration (in seconds)", "Finished", "Recorded Date", "Response ID",
    "Recipient Last Name", "Recipient First Name", "Recipient Email", "External Data Reference", "Location Latitude", "Location Longitude",
    "Distribution Channel", "User Language",
]  # fmt: skip
GERMAN = [
    "Anfangsdatum", "Enddatum", "Antworttyp", "IP-Adresse", "Fortschritt", "Dauer (in Sekunden)", "Beendet", "Aufgezeichnetes Datum", "Antwort-ID",
    "Nachname des Empfängers", "Vorname des Empfängers", "E-Mail des Empfängers", "Externe Datenreferenz", "Breitengrad des Standorts",
    "Längengrad des Standorts", "Verteilungskanal", "Benutzersprache",
]  # fmt: skip
WORDS = {1: "Very poor", 2: "Poor", 3: "Fair", 4: "Good", 5: "Very good", NA: "Not applicable"}
ENDS = {0: "0 - Not at all likely", 10: "10 - Extremely likely"}
PERSONAL = {
    "IPAddress": "IP address", "LocationLatitude": "location", "LocationLongitude": "location", "RecipientLastName": "name",
    "RecipientFirstName": "name", "RecipientEmail": "e-mail address",
}  # fmt: skip
EXTRA_TESTS, EXTRA_UNFINISHED, UNFINISHED_WITHOUT_SCORE = 2, 3, 1


def qualtrics_head(*, german: bool = False, headings: int = 3, zone: str = ZONE) -> Head:
    """The heading rows: names, wordings in the user's language, import ids with the time zone of the stamps."""
    names = [*NAMES, "Q1_NPS_GROUP", "Q1", "Q2", "Q2 - Topics", *(f"Q4_{j}" for j in range(1, 5)), "Q4_5_TEXT", "region", "agent"]
    asked = f"How <strong>likely</strong> are you&nbsp;to recommend us<br>\nto a friend or colleague? {'(0 = gar nicht)' if german else ''}"
    staff = [f"How do you rate our staff? - {r}" for r in RATINGS]
    labels = GERMAN if german else ENGLISH
    wordings = [*labels, f"{asked} - Group", asked, WHY, f"{WHY} - Topics", *staff, "How do you rate our staff? - Other - Text", "region", "agent"]
    ids = ["QID1_NPS_GROUP", "QID1", "QID2_TEXT", "QID2_TEXT_5f2a9c1eTopics", *(f"QID4_{j}" for j in range(1, 5)), "QID4_5_TEXT", "region", "agent"]
    imported = [{"ImportId": i} | ({"timeZone": zone} if i.endswith("Date") else {}) for i in (*IMPORT_IDS, *ids)]
    return [names, wordings, [json.dumps(i, separators=(",", ":")) for i in imported]][:headings]


def qualtrics_row(a: Answer, *, words: bool, status: int = 0, finished: bool = True, scored: bool = True) -> list[Any]:
    """One response, its choices as numbers or as text."""
    statuses = {0: "IP Address", 1: "Survey Preview", 2: "Survey Test", 4: "Imported", 8: "Spam", 16: "Offline Survey"}
    group = 1 if a.score <= 6 else 2 if a.score <= 8 else 3
    shown = {1: "Detractor", 2: "Passive", 3: "Promoter"}
    start = a.when - dt.timedelta(seconds=95)
    who = ["Muster", "Erika", "erika.muster@example.com"]
    done = str(finished) if words else int(finished)
    meta: list[Any] = [start, a.when, statuses[status] if words else status, "203.0.113.17", 100 if finished else 41, 95, done, a.when]
    meta += [f"R_{a.id}", *who, "", 52.5162, 13.3777, "preview" if status & 1 else "anonymous", a.language]
    score: list[Any] = [shown[group], ENDS.get(a.score, str(a.score))] if words else [group, a.score]
    rated = [WORDS.get(r or 0, "") if words else r for r in a.ratings]
    return [*meta, *(score if scored else ["", ""]), a.comment, "Staff, Speed", *rated, "", a.region, a.agent]


def qualtrics_rows(answers: Sequence[Answer], *, words: bool = False, extras: bool = True) -> Rows:
    """Responses; `extras` puts previews, spam and unfinished ones between them."""
    # Imported (4) and offline (16) responses are real ones.
    rows = [qualtrics_row(a, words=words, status=(0, 4, 16)[i % 3]) for i, a in enumerate(answers)]
    if extras:
        more = [replace(answers[i], id=f"9{i}", comment="Not to be counted") for i in range(5)]
        rows.insert(0, qualtrics_row(more[0], words=words, status=1))
        rows.insert(7, qualtrics_row(more[1], words=words, status=8))
        rows.insert(12, qualtrics_row(more[2], words=words, finished=False))
        rows.insert(20, qualtrics_row(more[3], words=words, finished=False))
        rows.append(qualtrics_row(more[4], words=words, finished=False, scored=False))
    return rows


def qualtrics_mapping(*, words: bool = False) -> dict[str, Any]:
    """What fits these columns."""
    labels = {"labels": {w: code for code, w in WORDS.items() if code != NA}, "not_applicable": [WORDS[NA]]} if words else {}
    return {
        "columns": {"date": "RecordedDate", "response_id": "ResponseId", "comment": "Q2", "language": "UserLanguage"},
        "score": {"column": "Q1", "min": 0, "max": 10},
        "ratings": {r: rating(f"Q4_{j}", **(labels or {"not_applicable": [str(NA)]})) for j, r in enumerate(RATINGS, start=1)},
        "segments": {"region": "region", "agent": "agent"},
    }


def elsewhere(when: dt.datetime, zone: str) -> dt.datetime:
    """The same moment on the clocks of another zone."""
    return when.replace(tzinfo=zoneinfo.ZoneInfo(ZONE)).astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)


def stamped(rows: Rows, form: str = "%Y-%m-%d %H:%M:%S") -> Rows:
    """Times written as text."""
    return [[cell.strftime(form) if isinstance(cell, dt.datetime) else cell for cell in row] for row in rows]


def as_qualtrics(
    folder: Path,
    kind: str = "csv",
    answers: Sequence[Answer] = ANSWERS,
    *,
    words: bool = False,
    german: bool = False,
    extras: bool = True,
    headings: int = 3,
    zone: str = ZONE,
    change: Callable[[Head, Rows], None] | None = None,
) -> Written:
    """A Qualtrics export as CSV, TSV (UTF-16 with a mark) or XLSX; `change` may spoil its rows."""
    there = [replace(a, when=elsewhere(a.when, zone)) for a in answers]
    head, rows = qualtrics_head(german=german, headings=headings, zone=zone), qualtrics_rows(there, words=words, extras=extras)
    if change:
        change(head, rows)
    file = folder / f"Customer+survey_September+1,+2025.{kind}"
    if kind == "xlsx":
        as_excel(folder, {"Sheet0": [*head, *rows]}, name=file.name)
    else:
        text = delimited([*head, *stamped(rows)], delimiter="\t" if kind == "tsv" else ",")
        file.write_bytes(text.encode("utf-16" if kind == "tsv" else "utf-8"))
    return Written(file, qualtrics_mapping(words=words), len(rows), prefix="R_")


def as_legacy(folder: Path, answers: Sequence[Answer] = ANSWERS) -> Written:
    """The older Qualtrics CSV: two heading rows, a byte order mark, and a comma after the last column."""
    first = [*(f"V{i}" for i in range(1, 11)), "Q1", *(f"Q4_{j}" for j in range(1, 5)), "Q2", "region", "agent"]
    second = "ResponseID ResponseSet Name ExternalDataReference EmailAddress IPAddress Status StartDate EndDate Finished".split()
    second += [ASKED, *(f"How do you rate our staff?-{r}" for r in RATINGS), WHY, "region", "agent"]
    place = ["LocationLatitude", "LocationLongitude", "LocationAccuracy", ""]
    who = ["Default Response Set", "Erika Muster", "", "erika.muster@example.com", "203.0.113.17"]
    at = [52.5162, 13.3777, -1, ""]
    rows: Rows = [[f"R_{a.id}", *who, 0, a.when, a.when, 1, a.score, *a.ratings, a.comment, a.region, a.agent, *at] for a in answers]
    file = folder / "Customer_survey.csv"
    file.write_bytes(delimited([[*first, *place], [*second, *place], *stamped(rows)], newline="\r\n").encode("utf-8-sig"))
    mapping = qualtrics_mapping() | {"columns": {"date": "EndDate", "response_id": "ResponseID", "comment": "Q2"}}
    return Written(file, mapping, len(rows), prefix="R_")


# SurveyMonkey: questions in the first row, "Response" or the answer's label in the second.

STAFF = "How do you rate our staff?"
USED = "Which of these did you use? Tick all that apply."
CONTACT = "When did you contact us?"
NEW_META = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name", "Last Name", "Custom Data 1"]
OLD_META = ["RespondentID", "CollectorID", "StartDate", "EndDate", "IP Address", "Email Address", "First Name", "LastName", "Custom Data"]


def monkey_columns(*, open_ended: str) -> Head:
    """The two heading rows of the questions; blank cells continue the question before them."""
    first = [
        "How <em>likely</em> is it that you would recommend us to a friend or colleague?",
        STAFF,
        "",
        "",
        "",
        WHY,
        USED,
        "",
        "",
        "Where do you live?",
    ]
    return [first, ["Response", *(r.capitalize() for r in RATINGS), open_ended, "Website", "Store", "Other (please specify)", "Response"]]


def monkey_cells(a: Answer, *, words: bool) -> list[Any]:
    """The answers of one person; a ticked option repeats its label."""
    ends = {0: "Not at all likely - 0", 10: "Extremely likely - 10"} if words else {}
    rated = ["N/A" if r == NA else "" if r is None else r for r in a.ratings]
    odd = int(a.id) % 2 == 1
    return [ends.get(a.score, a.score), *rated, a.comment, "Website" if odd else "", "" if odd else "Store", "" if odd else "by post", a.region]


def as_monkey(
    folder: Path,
    answers: Sequence[Answer] = ANSWERS,
    *,
    meta: str = "new",
    kind: str = "csv",
    words: bool = False,
    open_ended: str = "Open-Ended Response",
    encoding: str = "utf-8",
) -> Written:
    """The download "All responses data"; `meta` is "new", "old", or "id" for files with RespondentID and nothing else of SurveyMonkey's own."""
    top, below = monkey_columns(open_ended=open_ended)
    names = {"new": NEW_META, "old": OLD_META, "id": ["RespondentID", CONTACT]}[meta]
    under = ["", "Date / Time"] if meta == "id" else [""] * len(names)

    def own(a: Answer) -> list[Any]:
        start = a.when - dt.timedelta(minutes=4)
        person = ["203.0.113.17", "erika.muster@example.com", "Erika", "Muster", a.agent]
        return [int(a.id), a.when] if meta == "id" else [int(a.id), 460_000_001, start, a.when, *person]

    head = [[*names, *top], [*under, *below]]
    rows = [[*own(a), *monkey_cells(a, words=words)] for a in answers]
    file = folder / f"Customer survey.{kind}"
    if kind == "xlsx":
        _merged(folder, file, head, rows, len(names))
    else:
        form = "%m/%d/%Y %H:%M:%S" if meta == "old" else "%m/%d/%Y %I:%M:%S %p"
        file.write_bytes(delimited([*head, *stamped(rows, form)], newline="\r\n").encode(encoding))
    date = {"new": "End Date", "old": "EndDate", "id": f"{CONTACT} - Date / Time"}[meta]
    mapping = {
        "columns": {"date": date, "response_id": names[0], "comment": WHY},
        "score": {"column": "How likely is it that you would recommend us to a friend or colleague?", "min": 0, "max": 10},
        "ratings": {r: rating(f"{STAFF} - {r.capitalize()}", not_applicable=["N/A"]) for r in RATINGS},
        "segments": {"region": "Where do you live?"} | ({} if meta == "id" else {"agent": names[-1]}),
    }
    return Written(file, mapping, len(rows))


def _merged(folder: Path, file: Path, head: Head, rows: Rows, own: int) -> None:
    """A workbook in which a question's heading spans its columns."""
    as_excel(folder, {"Sheet": [*head, *rows]}, name=file.name)
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    for first, last in ((own + 2, own + 5), (own + 7, own + 9)):
        for column in range(first + 1, last + 1):
            sheet.cell(1, column).value = None
        sheet.merge_cells(start_row=1, start_column=first, end_row=1, end_column=last)
    book.save(file)


# Medallia Agent Connect: requests and responses in one list, times in UTC.

MEDALLIA = """request_id request_sent_at request_delivery_status response_received_at star_rating comments reward_name areas_for_improvement
additional_question_response ext_interaction_id external_url channel tags brand customer_name request_sent_to employee_first_name employee_last_name
employee_email employee_custom_id employee_status employee_employment_status employee_start_date""".split()
SILENT = 4


def as_medallia(folder: Path, answers: Sequence[Answer] = ANSWERS, *, flag: bool = False) -> Written:
    """An Agent Connect export, requests without response among them; `flag`: `comments` only says whether there is one."""

    def row(a: Answer, *, answered: bool) -> list[Any]:
        received = elsewhere(a.when, "UTC")
        stars = "" if a.ratings[0] in (None, NA) else a.ratings[0]
        said = ("yes" if a.comment else "no") if flag else a.comment
        response: list[Any] = [received, stars, said, "Free coffee", "Speed", a.score] if answered else [""] * 6
        sent = [a.id, received - dt.timedelta(hours=2), "Sent" if answered else "Not sent: suppression period"]
        known = [f"INT-{a.id}", "https://example.com/case", "phone", "vip", a.region, "Erika Muster", "erika.muster@example.com"]
        agent = ["Kim", "Beispiel", "kim.beispiel@example.com", a.agent, "active", "full time", "2024-02-01"]
        return [*sent, *response, *known, *agent]

    rows = [row(a, answered=True) for a in answers]
    for i in range(SILENT):
        rows.insert(3 * i, row(replace(answers[i], id=f"silent-{i}"), answered=False))
    file = folder / "responses.csv"
    file.write_bytes(delimited([MEDALLIA, *stamped(rows)]).encode())
    mapping = {
        "timezone": ZONE,
        "columns": {"date": "response_received_at", "response_id": "request_id", "comment": "comments"},
        "score": {"column": "additional_question_response", "min": 0, "max": 10},
        "ratings": {RATINGS[0]: rating("star_rating")},
        "segments": {"region": "brand", "agent": "employee_custom_id"},
    }
    return Written(file, mapping, len(rows))


# Delighted: records with a person, properties and further questions.


def as_delighted(folder: Path, answers: Sequence[Answer] = ANSWERS, *, lines: bool = True) -> Written:
    """One JSON object per line, or the list that the API gives."""

    def record(a: Answer) -> dict[str, Any]:
        at = int(a.when.replace(tzinfo=zoneinfo.ZoneInfo(ZONE)).timestamp())
        further = [
            {"id": f"{a.id}{j}", "question": {"id": f"q{j}", "type": "scale", "text": f"Our staff: {r}"}, "value": {"scale": a.ratings[j]}}
            for j, r in enumerate(RATINGS)
            if a.ratings[j] not in (None, NA)
        ]
        person = {"id": f"7{a.id}", "name": "Erika Muster", "email": "erika.muster@example.com", "phone_number": "+4915550000000"}
        own = {"Delighted Source": "Email", "Delighted Device Type": "mobile", "region": a.region, "agent": a.agent, "language": a.language}
        out = {"id": a.id, "person": person, "survey_type": "nps", "score": a.score, "comment": a.comment or None}
        out |= {"permalink": f"https://app.delighted.com/r/{a.id}", "created_at": at, "updated_at": at + 60, "person_properties": own}
        return out | {"notes": [], "tags": ["renewal", "shop"], "additional_answers": further}

    objects = [record(a) for a in answers]
    file = folder / "responses.jsonl"
    file.write_text("".join(json.dumps(o) + "\n" for o in objects) if lines else json.dumps(objects), encoding="utf-8")
    mapping = {
        "timezone": ZONE,
        "columns": {"date": "created_at", "response_id": "id", "comment": "comment", "language": "person_properties.language"},
        "score": {"column": "score", "min": 0, "max": 10},
        "ratings": {r: rating(f"Our staff: {r}") for r in RATINGS},
        "segments": {"region": "person_properties.region", "agent": "person_properties.agent"},
    }
    return Written(file, mapping, len(objects))
