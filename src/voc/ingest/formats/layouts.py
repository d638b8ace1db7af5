"""The first rows of a table -> its layout: which rows are headings, what the columns are called and which roles they play.

Layouts are recognised by their content, so a Qualtrics export in any language, as CSV, TSV or workbook, is the same to us.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

import pyarrow.compute as pc

from voc import display
from voc.ingest.formats.grid import Grid
from voc.ingest.formats.table import Table
from voc.schema import VocError

_TAG = re.compile(r"<[^<>]{1,200}>")
_SPACE = re.compile(r"\s+")
_ZONE = re.compile(r'"timeZone"\s*:\s*"([^"]+)"')
_LOOKS_LIKE_DATA = re.compile(r"\s*(?:[\d.,:/ -]+|R_\w+)\s*")
_QUALTRICS_ROLES = {
    "ResponseId": "response_id", "ResponseID": "response_id", "RecordedDate": "date", "EndDate": "date", "Status": "status",
    "Finished": "finished", "Duration (in seconds)": "duration", "UserLanguage": "language",
}  # fmt: skip
_SURVEYMONKEY_ROLES = {"respondentid": "response_id", "enddate": "date", "responsestatus": "finished"}
_SURVEYMONKEY_META = {
    "respondentid", "collectorid", "startdate", "enddate", "ipaddress", "emailaddress", "firstname", "lastname", "customdata",
    "customdata1", "responsestatus", "collectornm", "datecreated", "datemodified",
}  # fmt: skip
_MEDALLIA_ROLES = {"request_id": "response_id", "response_received_at": "date", "request_sent_at": "invited"}
LONGEST_NAME = 500  # characters; longer headings are cut
_SINGLE = {"response", "open-ended response", "open-ended comment", ""}


@dataclass(frozen=True)
class Layout:
    """How a table is headed.

    Attributes:
        words: the layout for the receipt.
        heading: how many of the first records are headings.
        names: a name per column; "" for a column without name or content.
        wordings: column -> question text.
        roles: role -> column.
        notes: what the analyst should know about this layout.
        zone: time zone of the times, where the layout names it.
    """

    words: str
    heading: int
    names: list[str]
    wordings: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    zone: str = ""


def lay_out(grid: Grid, name: str, layout: str = "") -> Table:
    """Find a grid's layout and put its rows under their headings.

    Args:
        grid: the cells.
        name: the file's name.
        layout: "qualtrics", "qualtrics-legacy", "surveymonkey", "medallia" or "plain"; "" finds out.

    Raises:
        VocError: the heading does not fit the rows, the file holds totals instead of answers, or the layout asked for is another one.
    """
    _refuse_summaries(grid.head, name)
    above = _rows_above(grid)
    head = grid.head[above:]
    found = _layout(head, layout, name)
    names = _fitted(found.names, grid, head[0], name)
    frame = grid.below(above + found.heading, names)
    first = grid.head_rows[above + found.heading - 1]
    ragged = tuple(r for r in grid.ragged if r > first)
    blank = tuple(r for r in grid.blank if r > first)
    if frame.empty and not ragged:
        raise VocError(f"{name} has a heading but no rows")
    skipped = [f"{display.plural(above, 'row')} above the heading {'was' if above == 1 else 'were'} left out."] if above else []
    empty = [str(c) for c in frame if len(frame) and frame[c].iloc[0] == "" and not frame[c].any()]
    phantom = [c for c in empty if c.startswith("column ") and c[7:].isdigit()]
    frame = frame.drop(columns=phantom)
    notes = (*grid.notes, *found.notes, *skipped)
    return Table(
        name, found.words, frame, found.wordings, found.roles, zone=found.zone, ragged=ragged, blank=blank, notes=notes, repaired=grid.repaired
    )


def _layout(head: list[list[str]], layout: str, name: str) -> Layout:
    known = {"qualtrics": _qualtrics, "qualtrics-legacy": _qualtrics_legacy, "surveymonkey": _surveymonkey, "medallia": _medallia}
    if layout == "plain":
        return Layout("one heading row", 1, unique(head[0]))
    if layout:
        found = known[layout](head)
        if found is None:
            raise VocError(f"{name} does not have the headings of a {layout} export; leave --format away to let voc find out")
        return found
    return next((f for f in (recognise(head) for recognise in known.values()) if f), None) or Layout("one heading row", 1, unique(head[0]))


def _rows_above(grid: Grid) -> int:
    """Titles above the heading: rows with a single filled cell where the table is wider, or two ("Exported:" and a day) where it is wide."""
    above, most = 0, 2 if grid.width >= 6 else 1
    while above + 1 < len(grid.head) and grid.width >= 3 and sum(map(bool, grid.head[above])) <= most and _surveymonkey(grid.head[above:]) is None:
        above += 1
    return above


def _refuse_summaries(head: list[list[str]], name: str) -> None:
    for row in head:
        cells = {c.strip().lower() for c in row}
        if "answer choices" in cells and "responses" in cells:
            raise VocError(
                f"{name} is a summary of answers (totals per answer choice), not the answers themselves; "
                'export "All responses data" from SurveyMonkey instead'
            )


def _qualtrics(head: list[list[str]]) -> Layout | None:
    """Three heading rows: short names, questions in the user's language, import ids; two or one where somebody removed some."""
    names = [c.strip() for c in head[0]]
    third = [c for c in head[2] if c.strip()] if len(head) > 2 else []
    imported = [c for c in third if c.replace(" ", "").startswith('{"ImportId"')]
    if len(imported) * 2 > len(third) > 0:
        heading, words = 3, "Qualtrics, three heading rows"
    elif "ResponseId" in names and {"StartDate", "RecordedDate", "Finished", "Progress"} & set(names):
        at = names.index("ResponseId")
        second = head[1] if len(head) > 1 else []
        text = at < len(second) and bool(second[at].strip()) and not _LOOKS_LIKE_DATA.fullmatch(second[at])
        heading, words = (2, "Qualtrics, two heading rows") if text else (1, "Qualtrics, one heading row")
    else:
        return None
    columns = unique(names)
    asked = {c: plain(w) for c, w in zip(columns, head[1], strict=False)} if heading > 1 else {}
    zones = set(_ZONE.findall(" ".join(imported)))
    zone = zones.pop() if len(zones) == 1 else ""
    notes = (f"Times are in {zone}, as the export says.",) if zone else ()
    return Layout(words, heading, columns, {c: w for c, w in asked.items() if c and w}, _roles(columns, _QUALTRICS_ROLES), notes, zone)


def _qualtrics_legacy(head: list[list[str]]) -> Layout | None:
    """Two heading rows: V1, V2, ... and question names; ResponseID, ... and question texts. UTF-8 with mark, a comma too many."""
    if len(head) < 2 or head[0][:2] != ["V1", "V2"] or "ResponseID" not in head[1]:
        return None
    second = [*head[1], *[""] * (len(head[0]) - len(head[1]))]
    names = [w.strip() if re.fullmatch(r"V\d+", n) else n.strip() for n, w in zip(head[0], second, strict=False)]
    columns = unique(names)
    wordings = {c: plain(w) for c, w in zip(columns, second, strict=False) if c and w.strip() and c != w.strip()}
    return Layout("Qualtrics legacy, two heading rows", 2, columns, wordings, _roles(columns, _QUALTRICS_ROLES))


def _surveymonkey(head: list[list[str]]) -> Layout | None:
    """Two heading rows: questions, blank where one continues; then "Response" or the answer's label."""
    if len(head) < 2 or _key(head[0][0]) != "respondentid" or head[1][0].strip():
        return None
    width = max(len(head[0]), len(head[1]))
    top = [plain(c) for c in head[0]] + [""] * (width - len(head[0]))
    below = [plain(c) for c in head[1]] + [""] * (width - len(head[1]))
    names, wordings, asked = [], [], ""
    for question, option in zip(top, below, strict=True):
        meta = _key(question) in _SURVEYMONKEY_META and not option
        if question:
            asked = "" if meta else question
        single = option.lower() in _SINGLE and bool(question)
        names.append(question if meta or single else f"{asked} - {option}" if asked and option else "")
        wordings.append("" if meta else f"{asked}: {option}" if asked and not single else asked)
    columns = unique(names)
    roles = {_SURVEYMONKEY_ROLES[k]: c for c in columns if (k := _key(c)) in _SURVEYMONKEY_ROLES}
    return Layout("SurveyMonkey, two heading rows", 2, columns, {c: w for c, w in zip(columns, wordings, strict=True) if c and w}, roles)


def _medallia(head: list[list[str]]) -> Layout | None:
    """Medallia Agent Connect: one heading row of snake case; requests without response are rows too; times are UTC."""
    names = [c.strip() for c in head[0]]
    if not {"request_id", "response_received_at"} <= set(names):
        return None
    columns = unique(names)
    roles = _roles(columns, _MEDALLIA_ROLES) | {"answered": "response_received_at"}
    notes = ("Times in a Medallia export are UTC.", "star_rating runs 1-5 and is not a likelihood to recommend.")
    return Layout("Medallia Agent Connect", 1, columns, {}, roles, notes, "UTC")


def _roles(columns: list[str], known: dict[str, str]) -> dict[str, str]:
    """Role -> column; the first name in `known` that the file has wins."""
    roles: dict[str, str] = {}
    for name, role in known.items():
        if name in columns:
            roles.setdefault(role, name)
    return roles


def _fitted(names: list[str], grid: Grid, heading: list[str], name: str) -> list[str]:
    """A name for each column of the rows: surplus headings and surplus cells go when they are blank, nameless columns get a number."""
    width = grid.width
    if len(names) > width and not any(cell.strip() for cell in heading[width:]):
        names = names[:width]
    surplus = [grid.cells.column(i) for i in range(len(names), width)]
    if len(names) > width or any(pc.any(pc.not_equal(column, "")).as_py() for column in surplus):
        raise VocError(
            f"{name} could not be read as a table: the heading has {len(names)} columns, but most rows have {width} cells. "
            "Remove what stands above the heading; in a CSV file, put cells that hold the delimiter in quotation marks"
        )
    taken = set(names)
    numbered = [given or f"column {i}" for i, given in enumerate(names, start=1)]
    return [n if n == given or n not in taken else f"{n} (2)" for n, given in zip(numbered, names, strict=True)] + [""] * len(surplus)


def unique(names: list[str]) -> list[str]:
    """Each name once: a second "Q1" becomes "Q1 (2)"; blanks stay blank."""
    out: list[str] = []
    taken: set[str] = set()
    for raw in names:
        base = name = _SPACE.sub(" ", raw.replace("\x00", "")).strip()[:LONGEST_NAME]
        number = 2
        while name and name in taken:
            name, number = f"{base} ({number})", number + 1
        taken.add(name)
        out.append(name)
    return out


def plain(text: str) -> str:
    """A question's text without HTML tags, entities and line breaks.

    >>> plain("How <b>likely</b>&nbsp;are you<br>to recommend us?")
    'How likely are you to recommend us?'
    """
    return _SPACE.sub(" ", html.unescape(_TAG.sub(" ", text))).strip()


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
