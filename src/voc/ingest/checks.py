"""A converted survey -> checks for mistakes that no single cell shows: lost zeros, turned scales, shifted rows, default ids."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from voc import display, schema
from voc.ingest.answers import shifted_labels
from voc.ingest.contradictions import direction, shift
from voc.ingest.distinct import matching
from voc.ingest.evidence import ENOUGH, Evidence, first_rows
from voc.ingest.receipt import Check

ONES_TO_WONDER = 12  # if zeros were only half as common as ones, none would turn up beside so many ones in 1 of 100 surveys
OFTEN = 0.01  # share of answers from which a code off the scale is no slip
GROUP_COLUMN = re.compile(r"_NPS_GROUP$|_DPP$", re.IGNORECASE)
MANY = 10  # answers of one customer
_SCIENTIFIC = r"^\s*\d(?:[.,]\d+)?[eE]\+\d{2}\s*$"
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_SHEET_DATE = re.compile(rf"\d{{1,2}}-{_MONTH}|{_MONTH}-\d{{2}}", re.IGNORECASE)


def run_checks(evidence: Evidence) -> tuple[Check, ...]:
    """Every check with its finding; those that the analyst accepts stop nothing."""
    accepted = evidence.mapping.accept
    return tuple(replace(c, stops=c.stops and c.name not in accepted) for c in (check(evidence) for check in CHECKS.values()))


def _zeros(e: Evidence) -> Check:
    """Some tools export 0 as an empty cell (Formbricks before September 2024)."""
    scale = e.mapping.score.scale
    # The code 0 of the file is what is lost, whichever way the scale runs.
    zero, one = (scale.high, scale.high - 1) if scale.reversed else (0, 1)
    scores = e.scores[e.usable]
    ones = int((scores == one).sum())
    if scale.low != 0 or (scores == zero).any() or ones < ONES_TO_WONDER:
        return Check("zeros")
    blank = np.isnan(e.scores) & (e.codes != 0) if schema.COMMENT in e.mapping.columns else np.zeros(len(e.scores), dtype=bool)
    wrote = int(blank.sum())
    words = f"There is no 0 among {display.plural(len(scores), 'score')}, although {display.count(ones)} are 1"
    if not wrote:
        return Check("zeros", f"{words}. Check that the export does not lose zeros.")
    more = f", and {display.plural(wrote, 'answer')} with a comment {'has' if wrote == 1 else 'have'} no score"
    return Check(
        "zeros", f"{words}{more}. Some tools export 0 as an empty cell: look at the rows without a score, or "
        'accept it with accept = ["zeros"].', stops=True,
    )  # fmt: skip


def _codes(e: Evidence) -> Check:
    """A code off the scale that is no slip: 99, 11, 0."""
    found = []
    for question in e.mapping.ratings:  # the score is judged by the contract, which stops the import
        column, scale = e.table.column(question.column), question.scale
        known = {"", *e.mapping.missing, *scale.not_applicable, *scale.labels, *e.table.missing.get(question.column, {})}
        for text, n in zip(column.texts, column.sizes, strict=True):
            if text not in known and re.fullmatch(r"-?\d{1,6}(?:[.,]0+)?", text) and n >= max(5, OFTEN * len(e.scores)):
                value = int(float(text.replace(",", ".")))
                if not scale.low <= value <= scale.high and str(value) not in scale.not_applicable:
                    found.append(f"{question.column} has {text} in {display.plural(int(n), 'row')}, off its scale {scale.allowed}")
    if not found:
        return Check("codes")
    return Check("codes", f"{display.listed(found[:5])}: a code for “no answer”? Declare it under not_applicable.")


def _groups(e: Evidence) -> Check:
    """A column of -100, 0 and 100, or of 1-11, is not the answer; a group column must agree with the answers."""
    known = e.scores[np.isfinite(e.scores)]
    column = e.mapping.score.column
    if GROUP_COLUMN.search(column):
        return Check("groups", f"{column} holds the groups, not the answers 0-10. Map the column with the answers.", stops=True)
    shifted = shifted_labels(e.table.labels.get(column, {}))
    if shifted and not e.mapping.score.scale.labels:
        codes = ", ".join(f'"{code}" = {answer}' for code, answer in shifted.items())
        return Check("groups", f"The codes of {column} are not the answers: declare labels = {{ {codes} }} under [score].", stops=True)
    if len(known) >= 3 and (known < 0).any() and set(np.unique(known)) <= {-100.0, 0.0, 100.0}:
        return Check("groups", f"{column} holds the groups -100, 0 and 100, not the answers 0-10. Map the column with the answers.", stops=True)
    if len(known) >= ENOUGH and (known == 11).mean() > 2 * OFTEN and not (known == 0).any() and known.min() == 1 and known.max() == 11:
        codes = ", ".join(f'"{i + 1}" = {i}' for i in range(11))
        return Check(
            "groups", f"{column} runs 1-11: a 0-10 question that was coded from 1? If so, declare labels = {{ {codes} }} under [score].", stops=True
        )
    return _group_column(e)


def _group_column(e: Evidence) -> Check:
    name = f"{e.mapping.score.column}_NPS_GROUP"
    if name not in e.table.frame:
        return Check("groups")
    words = {"detractor": 1, "1": 1, "passive": 2, "neutral": 2, "2": 2, "promoter": 3, "3": 3}
    column = e.table.column(name)
    theirs = column.spread([words.get(t.casefold(), 0) for t in column.texts], int)
    ours = np.select([e.scores <= 6, e.scores <= 8, e.scores <= 10], [1, 2, 3], 0)
    differ = e.usable & (theirs > 0) & (theirs != ours)
    if not differ.any():
        return Check("groups")
    return Check(
        "groups", f"{name} disagrees with the answers in {display.plural(int(differ.sum()), 'row')} (first: {first_rows(e, differ)}).", stops=True
    )


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
            first, rows = e.table.frame[source][hit].iloc[0], display.plural(int(hit.sum()), "row")
            said.append(f"{source} holds ids such as {first} in {rows}: digits are lost")
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
    "zeros": _zeros,
    "codes": _codes,
    "groups": _groups,
    "direction": direction,
    "shift": shift,
    "peaks": _peaks,
    "same person": _same_person,
    "spreadsheet": _spreadsheet,
    "missing words": _missing_words,
    "comment": _comment_flag,
}
