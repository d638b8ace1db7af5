"""Survey file + mapping -> Survey and its import receipt. The only stage that reads survey files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from voc import display, schema, text
from voc.ingest.mapping import read_mapping
from voc.ingest.questions import Questions, questions
from voc.ingest.receipt import FIRST_ROWS, Cells, Receipt
from voc.ingest.starter import starter_mapping
from voc.ingest.survey import Survey, period_label
from voc.ingest.table import read_table
from voc.schema import Mapping, Question, Scale, VocError

__all__ = [
    "Cells", "Mapping", "Questions", "Receipt", "Survey", "check", "period_label", "questions", "read_survey", "starter_mapping",
]  # fmt: skip

SAMPLE = "sample"
FIRST_LINE = 2  # the heading is line 1 of a file
_OFFSET = r"(?:Z|[+-]\d{2}:?\d{2})$"


def read_survey(path: str | Path, mapping: str | Path | Mapping | None = None) -> Survey:
    """Read a survey file.

    Args:
        path: a CSV or TSV file, or "sample" for the synthetic sample. A relative path is tried against the working
            folder, then against the project's root.
        mapping: a `survey.toml` file or a Mapping; by default the file `survey.toml` beside the survey.

    Raises:
        VocError: the file or mapping cannot be used, or the receipt has an objection.
    """
    survey = check(path, mapping)
    if survey.receipt.objections:
        raise VocError(" ".join(survey.receipt.objections))
    return survey


def check(path: str | Path, mapping: str | Path | Mapping | None = None) -> Survey:
    """Read a survey file like `read_survey`, but leave objections in the receipt instead of raising them."""
    file = find_file(path)
    declared = mapping if isinstance(mapping, Mapping) else read_mapping(_mapping_file(file, mapping))
    raw = read_table(file)
    _check_columns(raw, declared, file.name)
    return _convert(raw, declared, file.name)


def find_file(path: str | Path) -> Path:
    """Where a survey file is: the sample, the working folder, or the project's root."""
    if str(path) == SAMPLE:
        return _sample_file()
    file = Path(path)
    beside_project = _project_root() / file
    return beside_project if not file.is_absolute() and not file.exists() and beside_project.exists() else file


def _project_root() -> Path:
    return Path(__file__).resolve().parents[3]


def _sample_file() -> Path:
    """The committed sample."""
    shipped = _project_root() / "data" / "sample" / "responses.csv"
    if shipped.is_file():
        return shipped
    raise VocError("the sample survey is part of the project's checkout; run `voc sample FOLDER` to make one")


def _mapping_file(file: Path, mapping: str | Path | None) -> Path:
    if mapping:
        return find_file(mapping)
    beside = file.with_name("survey.toml")
    if not beside.is_file():
        raise VocError(f"no mapping given and no survey.toml beside {file.name}; `voc check {file.name}` writes a starter")
    return beside


def _check_columns(raw: pd.DataFrame, mapping: Mapping, name: str) -> None:
    for column in mapping.used_columns:
        if column not in raw.columns:
            hint = schema.closest(column, raw.columns)
            raise VocError(f'the mapping names a column "{column}" that {name} does not have{hint}')


def _convert(raw: pd.DataFrame, mapping: Mapping, name: str) -> Survey:
    """Text columns -> canonical columns, counting whatever could not be taken as it stands."""
    cells: list[Cells] = []
    out = pd.DataFrame({schema.ROW: raw.index + FIRST_LINE})
    for canonical in schema.OPTIONAL_COLUMNS:
        if canonical in mapping.columns and canonical not in (schema.COMMENT, schema.REVENUE):
            values = raw[mapping.columns[canonical]].str.strip()
            out[canonical] = values.where(~values.isin(mapping.missing), "")
    if schema.RESPONSE_ID not in out:
        out[schema.RESPONSE_ID] = ""
    blank_id = out[schema.RESPONSE_ID] == ""
    out.loc[blank_id, schema.RESPONSE_ID] = "row " + out.loc[blank_id, schema.ROW].astype(str)
    out[schema.DATE] = _dates(raw[mapping.columns["date"]], mapping)
    score, bad = _answers(raw[mapping.score.column], mapping.score, mapping)
    objections = _score_objection(raw, mapping, bad)
    out[schema.SCORE] = score
    for rating in mapping.ratings:
        values, outside = _answers(raw[rating.column], rating, mapping)
        out[rating.name] = values
        cells += _cells(raw, outside, rating.column, f"blanked: not on the scale {rating.scale.allowed}")
        blank = _not_applicable(raw[rating.column].str.strip(), rating.scale)
        cells += _cells(raw, blank, rating.column, "declared not applicable", first=False)
    for segment, column in mapping.segments.items():
        values = raw[column].str.strip()
        out[segment] = values.where(~values.isin(mapping.missing), "")
    if schema.REVENUE in mapping.columns:
        out[schema.REVENUE], unreadable = _numbers(raw[mapping.columns[schema.REVENUE]], mapping)
        cells += _cells(raw, unreadable, mapping.columns[schema.REVENUE], "blanked: not a number")
    out[schema.COMMENT], redacted = _comments(raw, mapping)
    cells += _cells(raw, redacted, mapping.columns.get(schema.COMMENT, ""), "with personal data hidden", first=False)
    kept, set_aside = _keep(out)
    ignored = tuple(c for c in raw.columns if c not in mapping.used_columns)
    days = (f"{kept['date'].min():%Y-%m-%d}", f"{kept['date'].max():%Y-%m-%d}") if len(kept) else ("", "")
    receipt = Receipt(name, len(raw), set_aside, tuple(cells), ignored, *days, objections=objections)
    return Survey(kept, mapping, receipt)


def _keep(out: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Set rows aside for the first reason that applies, so that each is counted once."""
    reasons = {
        "without a readable date": out[schema.DATE].isna(),
        "without a score": out[schema.SCORE].isna(),
    }
    usable = ~(reasons["without a readable date"] | reasons["without a score"])
    # Only an answer that can be used makes a later one with its id a duplicate.
    reasons["with a response id seen before"] = usable & out[schema.RESPONSE_ID].where(usable).duplicated()
    keep, set_aside = pd.Series(True, index=out.index), {}
    for reason, hit in reasons.items():
        set_aside[reason] = int((hit & keep).sum())
        keep &= ~hit
    kept = out[keep].reset_index(drop=True)
    kept[schema.SCORE] = kept[schema.SCORE].astype(int)
    kept.insert(list(kept.columns).index(schema.SCORE) + 1, "cohort", schema.cohort_of(kept[schema.SCORE]))
    return kept, set_aside


def _answers(column: pd.Series, question: Question, mapping: Mapping) -> tuple[pd.Series, pd.Series]:
    """Answers as floats, missing where blank, and which cells hold something that is not on the scale."""
    values, scale = column.str.strip(), question.scale
    blank = values.isin(["", *mapping.missing]) | _not_applicable(values, scale)
    labelled = values.map(scale.labels)
    parsed = labelled.where(labelled.notna(), pd.to_numeric(values.where(~blank), errors="coerce")).astype(float)
    valid = parsed.between(scale.low, scale.high) & (parsed % 1 == 0)
    return parsed.where(valid & ~blank), ~valid & ~blank


def _not_applicable(values: pd.Series, scale: Scale) -> pd.Series:
    """Cells that hold a declared code, as typed or as the same number ("11" declared, "11.0" in the file)."""
    codes = pd.to_numeric(pd.Series(scale.not_applicable, dtype="str"), errors="coerce").dropna()
    return values.isin(scale.not_applicable) | pd.to_numeric(values, errors="coerce").isin(codes)


def _numbers(column: pd.Series, mapping: Mapping) -> tuple[pd.Series, pd.Series]:
    values = column.str.strip()
    parsed = pd.to_numeric(values, errors="coerce").astype(float)
    return parsed, parsed.isna() & ~values.isin(["", *mapping.missing])


def _dates(column: pd.Series, mapping: Mapping) -> pd.Series:
    # The day counts as it was written, where the customer was: an offset from Greenwich is not applied.
    local = column.str.strip() if mapping.date_format else column.str.strip().str.replace(_OFFSET, "", regex=True)
    dates = pd.to_datetime(local, format=mapping.date_format or "ISO8601", errors="coerce")
    if dates.notna().sum() == 0:
        example = column.iloc[0]
        wanted = mapping.date_format or "%Y-%m-%d"
        raise VocError(f'no date in column "{column.name}" could be read as {wanted}; the first is "{example}". Set date_format')
    return dates.dt.tz_localize(None) if dates.dt.tz is not None else dates


def _score_objection(raw: pd.DataFrame, mapping: Mapping, bad: pd.Series) -> tuple[str, ...]:
    if not bad.any():
        return ()
    question = mapping.score
    found = raw.loc[bad, question.column].str.strip()
    code, rows = found.mode()[0], (raw.index[bad] + FIRST_LINE).tolist()
    first = ", ".join(str(r) for r in rows[:FIRST_ROWS])
    return (
        f"{question.column} must be a whole number {question.scale.allowed}; found {code} "
        f"in {display.plural(int((found == code).sum()), 'row')}, {display.plural(len(rows), 'row')} unusable in all (first: {first}). "
        f'If {code} means "no answer", add it to not_applicable under [score].',
    )


def _comments(raw: pd.DataFrame, mapping: Mapping) -> tuple[pd.Series, pd.Series]:
    """Comments normalised and redacted, once per distinct text, and which ones lost personal data."""
    if schema.COMMENT not in mapping.columns:
        return pd.Series("", index=raw.index), pd.Series(False, index=raw.index)
    typed = raw[mapping.columns[schema.COMMENT]]
    clean = {t: text.normalise(t) for t in typed.unique()}
    clean = {t: "" if c in mapping.missing else c for t, c in clean.items()}
    safe = {t: text.redact(c) for t, c in clean.items()}
    changed = {t for t, c in clean.items() if safe[t] != c}
    return typed.map(safe), typed.isin(changed)


def _cells(raw: pd.DataFrame, hit: pd.Series, column: str, reason: str, *, first: bool = True) -> list[Cells]:
    if not hit.any():
        return []
    rows = tuple((raw.index[hit] + FIRST_LINE).tolist()[:FIRST_ROWS]) if first else ()
    return [Cells(column, reason, int(hit.sum()), rows)]
