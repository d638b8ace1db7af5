"""Table of text + mapping -> Survey and its receipt: every row is kept or set aside for one reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from voc import schema, text
from voc.ingest.answers import Answers
from voc.ingest.checks import run_checks
from voc.ingest.columns import Draft, read_comments, read_numbers, read_others, read_questions, read_texts
from voc.ingest.contract import Broken, validate
from voc.ingest.dates import Reading, read_dates
from voc.ingest.evidence import Evidence
from voc.ingest.formats.table import Table
from voc.ingest.receipt import (
    BLANK,
    DUPLICATE,
    NO_DATE,
    NO_SCORE,
    NOT_ANSWERED,
    OFF_SCALE,
    RAGGED,
    REASONS,
    TEST,
    UNFINISHED,
    Cells,
    Check,
    Failure,
    Receipt,
)  # fmt: skip
from voc.ingest.survey import Survey
from voc.schema import Mapping, VocError

_TEST_WORDS = frozenset(
    "survey preview|survey test|preview|test|spam|survey preview spam|offline survey preview|imported spam|umfragevorschau|umfragetest|vorschau|"
    "aperçu de l'enquête|aperçu|vista previa de la encuesta|vista previa|anteprima|enquête-voorbeeld".split("|")
)
_TEST_BITS = 1 | 2 | 8  # preview, test and spam in Qualtrics' status codes
_UNFINISHED = frozenset("0 false no n incomplete partial disqualified overquota falsch nein faux non falso nee".split())
SLIPS = 0.01  # share of scores from which those off the scale are no typing errors
SAME_SLIP = 0.001  # the same, for one and the same answer
SEVERAL, THREE = 5, 3  # fewer are typing errors in any file,
LARGE_PART = 0.05  # unless they are a large part of it
_KEPT = 0
_CODE = {reason: i for i, reason in enumerate(REASONS, start=1)}


def convert(table: Table, mapping: Mapping, *, home: Path, today: pd.Timestamp) -> Survey:
    """Read a table as the mapping declares.

    Args:
        table: the file as text.
        mapping: what its columns mean.
        home: folder of the key for customer ids.
        today: answers dated later break the contract.

    Raises:
        VocError: columns that the mapping names are not there, or dates cannot be read at all.
    """
    _check_columns(table, mapping)
    draft = Draft(table, mapping, pd.DataFrame({schema.ROW: table.frame.index.to_numpy()}))
    draft.cells += [Cells(c, "repaired: read in a wrong encoding before", n) for c, n in table.repaired_cells.items()]
    read_texts(draft, home)
    dates = _dates(draft)
    scored = read_questions(draft)
    read_numbers(draft)
    codes, comments = read_comments(draft)
    aside = _unusable(draft, dates, scored[schema.SCORE])
    aside, broken = _held_to_contract(draft, dates, scored, aside, today)
    gaps = _take_over(draft, dates, scored, broken.cells)
    evidence = Evidence(
        table, mapping, draft.frame, scored[schema.SCORE].values, aside == _KEPT, codes, comments, dates,
        draft.source(schema.RESPONSE_ID), aside == _CODE[DUPLICATE],
    )  # fmt: skip
    checks = run_checks(evidence)
    left_out, unused = read_others(draft)
    draft.frame[schema.COMMENT] = codes
    kept = aside == _KEPT
    frame = draft.frame[kept].reset_index(drop=True)
    frame[schema.SCORE] = frame[schema.SCORE].astype(int)
    frame.insert(list(frame.columns).index(schema.SCORE) + 1, "cohort", schema.cohort_of(frame[schema.SCORE]))
    receipt = Receipt(
        table.name, table.rows_read, _counts(aside, table), tuple(draft.cells), unused, left_out, table.format,
        _notes(draft, dates), broken.failures, checks, *_days(frame), _objections(broken.failures, evidence, checks),
        _rows_aside(aside, draft.frame, table), (comments, codes[kept]),
    )  # fmt: skip
    return Survey(frame, mapping, receipt, comments=comments, gaps=gaps[kept].reset_index(drop=True))


def _check_columns(table: Table, mapping: Mapping) -> None:
    """Name every column that is not there, all at once."""
    missing = [c for c in mapping.used_columns if c not in table.frame.columns]
    if missing:
        words = [f'"{c}"{schema.closest(c, table.frame.columns)}' for c in missing]
        what = "a column" if len(words) == 1 else "columns"
        raise VocError(f"the mapping names {what} that {table.name} does not have: {', '.join(words)}")


def _dates(draft: Draft) -> Reading:
    source = draft.mapping.columns[schema.DATE]
    draft.shown[schema.DATE] = draft.table.frame[source]
    return read_dates(draft.table.column(source), source, draft.mapping.dates, blank=draft.mapping.missing, zone=draft.table.zone)


def _unusable(draft: Draft, dates: Reading, score: Answers) -> np.ndarray:
    """Why each row cannot be used, as far as its own cells say: the first reason that applies; 0 where it can."""
    aside = np.zeros(len(draft.frame), dtype=np.int8)
    reasons = {
        TEST: _tests(draft),
        UNFINISHED: _unfinished(draft),
        NOT_ANSWERED: _not_answered(draft),
        NO_DATE: dates.dates.isna().to_numpy(),
        NO_SCORE: np.isnan(score.values),
    }
    for reason, hit in reasons.items():
        aside[(aside == _KEPT) & hit] = _CODE[reason]
    return aside


def _tests(draft: Draft) -> np.ndarray:
    source = draft.source(schema.STATUS)
    if not source:
        return np.zeros(len(draft.frame), dtype=bool)
    qualtrics = "Qualtrics" in draft.table.format
    declared = draft.mapping.test_values
    return draft.table.column(source).where(
        lambda t: t in declared or t.casefold() in _TEST_WORDS or (qualtrics and t.isascii() and t.isdigit() and bool(int(t[:9]) & _TEST_BITS))
    )


def _unfinished(draft: Draft) -> np.ndarray:
    source = draft.source(schema.FINISHED)
    if not source or draft.mapping.keep_unfinished:
        return np.zeros(len(draft.frame), dtype=bool)
    column = draft.table.column(source)
    percent = any(t == "100" for t in column.texts)
    return column.where(lambda t: t.casefold() in _UNFINISHED or (percent and t.isascii() and t.isdigit() and len(t) < 3))


def _not_answered(draft: Draft) -> np.ndarray:
    source = draft.table.roles.get("answered", "")
    return draft.table.column(source).among({""}) if source else np.zeros(len(draft.frame), dtype=bool)


def _held_to_contract(draft: Draft, dates: Reading, scored: dict[str, Answers], aside: np.ndarray, today: pd.Timestamp) -> tuple[np.ndarray, Broken]:
    """Judge the answers as they stand, then ids and weights of the rows that are left.

    The score of a row that is set aside already stops nothing. Only an answer that can be used makes a later one with its id a
    duplicate, and only an answer that is used needs a weight.
    """
    left = aside == _KEPT
    numbers = {name: draft.frame[name].to_numpy() for name in schema.NUMBER_COLUMNS if name in draft.frame}
    weight = numbers.pop(schema.WEIGHT, None)
    values: dict[str, Any] = {schema.DATE: dates.dates, **{name: a.values for name, a in scored.items()}, **numbers}
    values[schema.SCORE] = np.where(left, values[schema.SCORE], np.nan)
    first = validate(pd.DataFrame(values), draft.shown, draft.mapping, today=today)
    aside = _judged(aside, first.cells)
    left = aside == _KEPT
    later: dict[str, Any] = {schema.RESPONSE_ID: draft.frame[schema.RESPONSE_ID].where(left)}
    if weight is not None:
        later[schema.WEIGHT] = np.where(left, np.where(np.isnan(weight), np.inf, weight), np.nan)
    second = validate(pd.DataFrame(later), draft.shown, draft.mapping, today=today)
    return _judged(aside, second.cells), Broken(first.failures + second.failures, first.cells | second.cells)


def _judged(aside: np.ndarray, broken: dict[str, np.ndarray]) -> np.ndarray:
    """Rows set aside because the contract says so."""
    out = aside.copy()
    for column, reason in ((schema.DATE, NO_DATE), (schema.SCORE, OFF_SCALE), (schema.RESPONSE_ID, DUPLICATE)):
        if column in broken:
            out[(out == _KEPT) & broken[column]] = _CODE[reason]
    return out


def _take_over(draft: Draft, dates: Reading, scored: dict[str, Answers], broken: dict[str, np.ndarray]) -> pd.DataFrame:
    """Put dates, answers and numbers into the frame, broken cells blanked; returns where a question did not apply."""
    frame, mapping = draft.frame, draft.mapping
    segments = {name: frame.pop(name) for name in mapping.segments}
    numbers = {name: frame.pop(name) for name in schema.NUMBER_COLUMNS if name in frame}
    frame[schema.DATE] = dates.dates
    draft.note_cells(mapping.columns[schema.DATE], "unreadable as a date", dates.unreadable)
    for question in (mapping.score, *mapping.ratings):
        bad = broken.get(question.name, np.zeros(len(frame), dtype=bool))
        frame[question.name] = np.where(bad, np.nan, scored[question.name].values)
        if question is not mapping.score:
            draft.note_cells(question.column, f"blanked: not on the scale {question.scale.allowed}", bad)
    for name, values in segments.items():
        frame[name] = values
    for name, values in numbers.items():
        bad = broken.get(name, np.zeros(len(frame), dtype=bool))
        frame[name] = values.where(~bad)
        draft.note_cells(draft.source(name), "blanked: not a number that can be used", bad & ~np.isnan(values.to_numpy()))
    return pd.DataFrame({q.name: scored[q.name].not_applicable for q in (mapping.score, *mapping.ratings)})


def _counts(aside: np.ndarray, table: Table) -> dict[str, int]:
    sizes = np.bincount(aside, minlength=len(REASONS) + 1)
    counts = {reason: int(sizes[code]) for reason, code in _CODE.items()}
    return counts | {RAGGED: len(table.ragged), BLANK: len(table.blank)}


def _rows_aside(aside: np.ndarray, frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    out = aside != _KEPT
    names = np.array(["", *REASONS], dtype=object)
    converted = pd.DataFrame({"row": frame.loc[out, schema.ROW], "response_id": frame.loc[out, schema.RESPONSE_ID], "reason": names[aside[out]]})
    rows = [*((r, "", RAGGED) for r in table.ragged), *((r, "", BLANK) for r in table.blank)]
    unread = pd.DataFrame(rows, columns=["row", "response_id", "reason"]).astype({"row": "int64"})
    return pd.concat([converted, unread], ignore_index=True).sort_values("row", ignore_index=True, kind="stable")


def _notes(draft: Draft, dates: Reading) -> tuple[str, ...]:
    named = text.names_found_by()
    names = (
        f"Names in comments are looked for with {named}."
        if named
        else "Names in comments are hidden only where they are announced, as in “Mr Smith” or “my name is”."
    )
    read = f"Dates: {dates.words}." if dates.words else ""
    weights = "Weights are read; scores on the pages are unweighted unless they say so." if schema.WEIGHT in draft.frame else ""
    return tuple(n for n in (*draft.table.notes, read, *draft.notes, weights, names if schema.COMMENT in draft.mapping.columns else "") if n)


def _days(frame: pd.DataFrame) -> tuple[str, str]:
    dates = frame[schema.DATE]
    return (f"{dates.min():%Y-%m-%d}", f"{dates.max():%Y-%m-%d}") if len(frame) else ("", "")


def _objections(failures: tuple[Failure, ...], evidence: Evidence, checks: tuple[Check, ...]) -> tuple[str, ...]:
    """What must be settled before a score is worked out, all of it at once."""
    out = [f"{evidence.dates.objection}."] if evidence.dates.objection else []
    mapping, scored = evidence.mapping, int((~np.isnan(evidence.scores)).sum())
    weight = mapping.columns.get(schema.WEIGHT)
    for failure in failures:
        if failure.column == mapping.score.column and _is_no_slip(failure, scored):
            known = any(c.name == "groups" and c.stops for c in checks)  # that check says what to do instead
            advice = "" if known else f' If {failure.example} means "no answer", add it to not_applicable under [score].'
            out.append(failure.sentence + advice)
        elif failure.column == weight:
            out.append(f"{failure.sentence} Every answer needs a weight; correct the file, or take weight out of the mapping.")
    return (*out, *(c.finding for c in checks if c.finding and c.stops))


def _is_no_slip(failure: Failure, scored: int) -> bool:
    """Whether scores off the scale are a code rather than a typing error here and there; slips are set aside and counted."""
    many = failure.count >= max(SEVERAL, SLIPS * scored)
    return many or failure.times >= max(THREE, SAME_SLIP * scored) or failure.count >= LARGE_PART * scored
