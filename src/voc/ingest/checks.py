"""A converted survey -> checks for mistakes that no single cell shows: dates, duplicates, default ids, spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from voc import display, schema
from voc.ingest.contradictions import direction, shift
from voc.ingest.evidence import ENOUGH, Evidence, first_rows
from voc.ingest.formats.distinct import matching
from voc.ingest.receipt import Check, shown_cell
from voc.ingest.scales import codes, copies, groups, scale, zeros

FEW = 10  # rows that may be slips, however small the file
UNREADABLE = 0.05  # share of date cells
SENTENCE = 40  # characters; shorter comments are often the same
REPEATED = 0.2  # share of usable rows whose response id was seen before
MANY = 10  # answers of one customer
_SCIENTIFIC = r"^\s*\d(?:[.,]\d+)?[eE]\+\d{2}\s*$"
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_SHEET_DATE = re.compile(rf"\d{{1,2}}-{_MONTH}|{_MONTH}-\d{{2}}", re.IGNORECASE)


def run_checks(evidence: Evidence) -> tuple[Check, ...]:
    """Every check with its finding; those that the analyst accepts stop nothing."""
    accepted = evidence.mapping.accept
    return tuple(replace(c, stops=c.stops and c.name not in accepted) for c in (check(evidence) for check in CHECKS.values()))


def _dates(e: Evidence) -> Check:
    """Many cells that are no date in the format declared or found: the others may be read wrongly too."""
    bad = e.dates.unreadable
    filled = int((bad | e.dates.dates.notna().to_numpy()).sum())
    if e.dates.objection or bad.sum() < max(FEW, UNREADABLE * filled):
        return Check("dates")
    source = e.mapping.columns[schema.DATE]
    first = shown_cell(str(e.table.frame[source].iloc[int(np.argmax(bad))]))
    return Check(
        "dates", f"{display.plural(int(bad.sum()), 'cell')} of {filled:,} in {source} cannot be read as {e.dates.words}; the first is "
        f'{first} in row {first_rows(e, bad).split(",")[0]}. Correct date_format, or accept = ["dates"] to set these rows aside.', stops=True,
    )  # fmt: skip


def _duplicates(e: Evidence) -> Check:
    """Response ids that repeat on a large scale are no response ids, or the file holds everything twice."""
    source = e.id_column
    times = int(e.repeated.sum())
    if not source:
        return _same_rows(e)
    if times < max(FEW, REPEATED * (e.usable.sum() + times)):
        return Check("duplicates")
    return Check(
        "duplicates", f"{display.plural(times, 'row')} have a response id in {source} that was seen before (first: {first_rows(e, e.repeated)}) and "
        'would be set aside. If it names customers, map it as customer; if the file holds rows twice, accept = ["duplicates"].', stops=True,
    )  # fmt: skip


def _same_rows(e: Evidence) -> Check:
    """Without response ids: the same comment of some length, score and day again."""
    source = e.mapping.columns.get(schema.COMMENT)
    if not source:
        return Check("duplicates")
    long = e.table.column(source).where(lambda t: len(t) >= SENTENCE) & e.usable & (e.codes != 0)
    said = pd.DataFrame({"comment": e.codes, "score": e.scores, "day": e.frame[schema.DATE].dt.floor("D")})[long]
    again = said.duplicated()
    if again.sum() < max(FEW, REPEATED * len(said)):
        return Check("duplicates")
    rows = ", ".join(str(r) for r in e.table.frame.index[said.index[again][:3]])
    return Check(
        "duplicates", f"{display.plural(int(again.sum()), 'row')} repeat the comment, score and day of an earlier row (first: {rows}): does the file "
        "hold its rows twice? There are no response ids to tell.",
    )  # fmt: skip


def _peaks(e: Evidence) -> Check:
    """A middle answer far above its neighbours (a default), or a day that holds a large part of all answers (a bulk import)."""
    said = []
    scores = e.scores[e.usable]
    counts = np.bincount(scores.astype(int), minlength=11) if len(scores) else np.zeros(11, dtype=int)
    for value in range(e.mapping.score.scale.low + 1, 10):
        beside = (counts[value - 1] + counts[value + 1]) / 2
        if len(scores) >= ENOUGH and counts[value] > max(4 * beside, 0.15 * len(scores)):
            said.append(
                f"{display.share(counts[value] / len(scores))} of all scores are {value}, far more than {value - 1} or {value + 1}: a default answer?"
            )
    days = e.frame.loc[e.usable, schema.DATE].dt.floor("D").value_counts()
    if len(days) >= 30 and days.iloc[0] > max(20 * days.median(), 0.05 * days.sum()):
        said.append(f"{display.plural(int(days.iloc[0]), 'answer')} are dated {days.index[0]:%Y-%m-%d}, far more than other days: a date of import?")
    return Check("peaks", " ".join(s[0].upper() + s[1:] for s in said))


def _same_person(e: Evidence) -> Check:
    """One customer id in many answers: a default id, or one person."""
    if schema.CUSTOMER not in e.frame:
        return Check("same person")
    column = e.table.column(e.mapping.columns[schema.CUSTOMER])
    counts = np.bincount(column.codes[e.usable], minlength=len(column.texts))
    counts[[i for i, t in enumerate(column.texts) if t == "" or t in e.mapping.missing]] = 0
    often, most = int((counts >= MANY).sum()), int(counts.argmax()) if len(counts) else 0
    if not often:
        return Check("same person")
    who = e.usable & (column.codes == most)
    return Check(
        "same person", f"{display.plural(often, 'customer id')} {'is' if often == 1 else 'are'} in {MANY} answers or more; the "
        f"commonest in {display.plural(int(counts[most]), 'answer')} (first rows: {first_rows(e, who)}). A default id, or really one person?",
    )  # fmt: skip


def _spreadsheet(e: Evidence) -> Check:
    """What a spreadsheet does to a file it saves again: ids in scientific notation, "7-8" as 07-Aug."""
    said = []
    for role in (schema.RESPONSE_ID, schema.CUSTOMER):
        source = e.mapping.columns.get(role)
        if source and (hit := matching(e.table.frame[source], _SCIENTIFIC)).any():
            said.append(
                f"{source} holds ids in scientific notation in {display.plural(int(hit.sum()), 'row')} (first: {first_rows(e, hit)}): digits are lost"
            )
    for source in (*(q.column for q in e.mapping.ratings), *e.mapping.segments.values()):
        if (hit := e.table.column(source).where(lambda t: bool(_SHEET_DATE.fullmatch(t)))).any():
            said.append(f"{source} holds dates such as {e.table.frame[source][hit].iloc[0]} in {display.plural(int(hit.sum()), 'row')}")
    return Check("spreadsheet", f"{'; '.join(said)}. A spreadsheet program has changed the file; export it again." if said else "")


def _missing_words(e: Evidence) -> Check:
    """Texts that many programs read as "missing"; here they stay what they are."""
    said = []
    for name, source in e.mapping.segments.items():
        column = e.table.column(source)
        for text, n in zip(column.texts, column.sizes, strict=True):
            if text in ("NA", "N/A", "n/a", "None", "null", "NULL", "nan") and text not in e.mapping.missing:
                said.append(f"{name} is {text} in {display.plural(int(n), 'row')}")
    return Check("missing words", f"{display.listed(said[:5])}, kept as text. If that means “no answer”, add it to missing." if said else "")


def _comment_flag(e: Evidence) -> Check:
    """A column that only says whether there was a comment."""
    source = e.mapping.columns.get(schema.COMMENT)
    if not source:
        return Check("comment")
    words = {t.casefold() for t in e.table.column(source).texts[:10] if t}
    if words and words <= {"yes", "no", "true", "false", "y", "n", "1", "0"} and len(e.scores) >= 20:
        return Check("comment", f"{source} holds only {display.listed(sorted(words))}: whether there was a comment, not the comment.", stops=True)
    return Check("comment")


CHECKS: dict[str, Callable[[Evidence], Check]] = {
    "zeros": zeros,
    "codes": codes,
    "groups": groups,
    "scale": scale,
    "dates": _dates,
    "duplicates": _duplicates,
    "copies": copies,
    "direction": direction,
    "shift": shift,
    "peaks": _peaks,
    "same person": _same_person,
    "spreadsheet": _spreadsheet,
    "missing words": _missing_words,
    "comment": _comment_flag,
}
