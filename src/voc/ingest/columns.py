"""Columns of text -> canonical columns, each cell that could not be taken as it stands counted."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from voc import schema, text
from voc.ingest.answers import Answers, read_answers
from voc.ingest.comments import Comments
from voc.ingest.formats.distinct import Distinct, matching, plain_text
from voc.ingest.formats.table import Table
from voc.ingest.numbers import is_ambiguous, numbers
from voc.ingest.personal import hash_column, personal_columns, repeats_ids
from voc.ingest.receipt import FIRST_ROWS, Cells
from voc.schema import Mapping, VocError

FALLBACK_ROLES = (schema.RESPONSE_ID, schema.LANGUAGE, schema.DURATION, schema.STATUS, schema.FINISHED)
FREE_TEXT = "free text that is not mapped as the comment"
CUSTOMER_IDS = "the customer ids under another name"
LONGEST_COMMENT = 20_000  # characters; what is longer is no answer
_ADDRESS = r"@|://|www[.]"


@dataclass
class Draft:
    """A survey while it is read.

    Attributes:
        table: the file as text.
        mapping: what its columns mean.
        frame: canonical columns so far, one row per row of the table.
        cells: what was changed, for the receipt.
        notes: how things were read, for the receipt.
        shown: canonical column -> its cells as they stand in the file.
    """

    table: Table
    mapping: Mapping
    frame: pd.DataFrame
    cells: list[Cells] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    shown: dict[str, pd.Series] = field(default_factory=dict)

    def source(self, role: str) -> str:
        """The file's column that plays a role: as mapped, or else as the export's layout says; "" when there is none."""
        fallback = self.table.roles.get(role, "") if role in FALLBACK_ROLES else ""
        return self.mapping.columns.get(role, fallback)

    def note_cells(self, column: str, reason: str, hit: np.ndarray, *, first: bool = True) -> None:
        """Count changed cells for the receipt."""
        if hit.any():
            rows = tuple(int(r) for r in self.table.frame.index[hit][:FIRST_ROWS]) if first else ()
            self.cells.append(Cells(column, reason, int(hit.sum()), rows))


def read_questions(draft: Draft) -> dict[str, Answers]:
    """The score and the ratings; what is off their scale is still in them."""
    out = {}
    for question in (draft.mapping.score, *draft.mapping.ratings):
        declared = draft.table.missing.get(question.column, {})
        answers = read_answers(draft.table.column(question.column), question, blank=draft.mapping.missing, declared=declared)
        draft.note_cells(question.column, "that mean “does not apply”", answers.not_applicable, first=False)
        for code, hit in answers.missing.items():
            draft.note_cells(question.column, f"declared missing in the file: {code}", hit, first=False)
        draft.note_cells(question.column, "read by the number in their label", answers.labelled, first=False)
        if question.scale.reversed:
            draft.note_cells(question.column, f"turned round: {question.scale.low} is the best answer", ~np.isnan(answers.values), first=False)
        draft.shown[question.name] = draft.table.frame[question.column]
        out[question.name] = answers
    return out


def read_texts(draft: Draft, home: Path) -> None:
    """Ids, touchpoint, consent, language and segments; customer ids are hashed."""
    for role in schema.TEXT_COLUMNS:
        if source := draft.source(role):
            match role:
                case schema.CUSTOMER:
                    draft.frame[role] = _hashed(draft, source, home)
                case schema.RESPONSE_ID:
                    draft.frame[role] = _response_ids(draft, source)
                case _:
                    draft.frame[role] = _text(draft, source)
            draft.shown[role] = draft.table.frame[source]
    if schema.RESPONSE_ID not in draft.frame:
        draft.frame[schema.RESPONSE_ID] = ""
        draft.shown[schema.RESPONSE_ID] = pd.Series("", index=draft.table.frame.index)
    unnamed = draft.frame[schema.RESPONSE_ID] == ""
    if unnamed.any():
        draft.frame.loc[unnamed, schema.RESPONSE_ID] = "row " + draft.frame.loc[unnamed, schema.ROW].astype("str")
    for name, source in draft.mapping.segments.items():
        draft.frame[name] = _segment(draft, name, source)


def _segment(draft: Draft, name: str, source: str) -> pd.Series:
    """A column that divides the answers; one that stands for the customer would show on the pages what is hashed here."""
    customer = draft.mapping.columns.get(schema.CUSTOMER)
    if customer and source not in draft.mapping.keep and repeats_ids(draft.table.column(source), draft.table.column(customer)):
        raise VocError(
            f'segment "{name}" (column "{source}") holds the customer ids of "{customer}" under another name; take it out of the mapping, '
            f'or keep = ["{source}"] when it names no people'
        )
    return _text(draft, source)


def _response_ids(draft: Draft, source: str) -> pd.Series:
    """Response ids stay as they are, so that a team can find the person in its own system; an address is no response id."""
    kind = personal_columns(draft.table.frame[[source]].set_axis(["ids"], axis=1)).get("ids")
    if kind and source not in draft.mapping.keep:
        raise VocError(
            f'the response ids in column "{source}" look like personal data ({kind}); map it as customer, which is hashed, or take it out; '
            f'keep = ["{source}"] when they are none'
        )
    ids = plain_text(draft.table.frame[source], blank=draft.mapping.missing)
    address = matching(ids, "@")  # single cells that slipped in
    return ids.where(~address, ids[address].map(text.redact)) if address.any() else ids


def _text(draft: Draft, source: str) -> pd.Series:
    """A column as text; codes are replaced by their wording where the file brings one (SPSS), addresses are hidden."""
    labels, column = draft.table.labels.get(source, {}), draft.table.frame[source]
    if draft.mapping.missing:
        draft.note_cells(source, "read as no answer, as missing says", draft.table.column(source).among({*draft.mapping.missing} - {""}))
    if not labels and not matching(column, _ADDRESS).any():
        return plain_text(column, blank=draft.mapping.missing)
    told = _labelled(draft.table.column(source), labels)
    safe = [text.redact(t[:LONGEST_COMMENT]) if re.search(_ADDRESS, t) else t for t in told.texts]
    return Distinct(safe, told.codes, told.rows).text(blank=draft.mapping.missing)


def _labelled(column: Distinct, labels: dict[str, str]) -> Distinct:
    return Distinct([labels.get(t, t) for t in column.texts], column.codes, column.rows) if labels else column


def _hashed(draft: Draft, source: str, home: Path) -> pd.Series:
    draft.notes.append("Customer ids are hashed with this installation's own key (.voc-key): back it up, or later reports cannot link customers.")
    return hash_column(draft.table.column(source), home, blank=draft.mapping.missing)


def read_numbers(draft: Draft) -> None:
    """Revenue, weight and duration; inf where a cell holds no number."""
    usual = "." if draft.table.typed else ""
    for role in schema.NUMBER_COLUMNS:
        if source := draft.source(role):
            column = draft.table.column(source)
            filled = [t for t in column.texts if t != "" and t not in draft.mapping.missing]
            read = dict(zip(filled, numbers(filled, decimal=draft.mapping.decimal, usual=usual, clock=role == schema.DURATION), strict=True))
            draft.frame[role] = column.spread([read.get(t, math.nan) for t in column.texts], float)
            if unclear := next((t for t in filled if math.isinf(read[t]) and is_ambiguous(t)), ""):
                draft.notes.append(
                    f'{source} holds numbers such as {unclear}, a thousand or a fraction: declare decimal = "," or "." to have them read.'
                )
            draft.shown[role] = draft.table.frame[source]


def read_comments(draft: Draft) -> tuple[np.ndarray, Comments]:
    """Which comment each row holds (0: none), and the comments, not yet redacted."""
    source = draft.mapping.columns.get(schema.COMMENT, "")
    if not source:
        return np.zeros(len(draft.frame), dtype=np.int32), Comments([""])
    column = draft.table.column(source)
    texts, places = [""], []
    for typed in column.texts:
        nothing = typed == "" or typed in draft.mapping.missing
        places.append(0 if nothing else len(texts))
        if not nothing:
            texts.append(typed[:LONGEST_COMMENT])
    draft.note_cells(source, f"cut after {LONGEST_COMMENT:,} characters", column.where(lambda t: len(t) > LONGEST_COMMENT))
    return column.spread(places, np.int32), Comments(texts)


def read_others(draft: Draft) -> tuple[dict[str, str], tuple[str, ...]]:
    """Columns that the mapping does not name: kept under their own names, except personal data and free text.

    Returns:
        column -> why it is left out; and the columns that are kept.
    """
    mapping, table = draft.mapping, draft.table
    named = [*mapping.segments.values(), *filter(None, [mapping.columns.get(schema.TOUCHPOINT)]), *(c for c in mapping.keep if c in table.frame)]
    for source, kind in personal_columns(table.frame[list(dict.fromkeys(named))], table.wordings).items():
        draft.notes.append(f'Column "{source}" looks like personal data ({kind}); it is kept because the mapping names it.')
    used = {*mapping.used_columns, *(draft.source(role) for role in FALLBACK_ROLES)}
    left = table.frame[[c for c in table.frame if c not in used]]
    out = {c: kind for c, kind in personal_columns(left, table.wordings).items() if c not in mapping.keep}
    ids = draft.table.column(mapping.columns[schema.CUSTOMER]) if schema.CUSTOMER in mapping.columns else None
    kept: list[str] = []
    columns: dict[str, pd.Series] = {}
    for name in (str(c) for c in left if c not in out):
        column = draft.table.column(name)
        why = "" if name in mapping.keep else FREE_TEXT if _is_free_text(column) else CUSTOMER_IDS if ids and repeats_ids(column, ids) else ""
        if why:
            out[name] = why
            continue
        own = _own_name(name, {*draft.frame, *columns, *schema.RESERVED})
        safe = [text.redact(t[:LONGEST_COMMENT]) if " " in t or re.search(_ADDRESS, t) else t for t in column.texts]
        columns[own] = _labelled(Distinct(safe, column.codes, column.rows), table.labels.get(name, {})).text()
        kept.append(own)
    if columns:
        draft.frame = pd.concat([draft.frame, pd.DataFrame(columns)], axis=1)
    return out, tuple(kept)


def _own_name(name: str, taken: set[str]) -> str:
    """A name that voc does not use itself: "score" becomes "score (file)"."""
    own = name
    while own in taken:
        own += " (file)"
    return own


def _is_free_text(column: Distinct) -> bool:
    """Many different texts of four words and more: an open question, not a group."""
    filled = [t for t in column.texts[:5_000] if t]
    wordy = sum(t.count(" ") >= 3 for t in filled)
    return wordy >= 20 and wordy * 3 > len(filled)
