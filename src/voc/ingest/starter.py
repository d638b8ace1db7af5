"""An unknown survey file -> a commented starter `survey.toml`: guesses by name and values, each explained."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd

from voc.ingest.table import read_table
from voc.schema import RESERVED

_SCORE = re.compile(r"recommend|\bnps\b|nps_|_nps|\bltr\b|overall|likel", re.IGNORECASE)
_DATE = re.compile(r"date|day|time|when|_on$|_at$|year", re.IGNORECASE)
_CUSTOMER = re.compile(r"customer|respondent|author|user|account|member", re.IGNORECASE)
_RESPONSE = re.compile(r"response.?id|^id$|record.?id", re.IGNORECASE)
_TOUCHPOINT = re.compile(r"touchpoint|channel|method|contact_type|source", re.IGNORECASE)
_BLANKS = ("", "NA", "N/A", "n/a")
MAX_GROUPS = 60


def starter_mapping(path: str | Path) -> str:
    """Text of a starter mapping for a file; the analyst checks each line against the questionnaire."""
    frame = read_table(Path(path))
    frame.columns = frame.columns.astype(str)
    names: list[str] = frame.columns.tolist()
    numeric = {c: values for c in names if (values := _whole_numbers(frame[c])) is not None}
    score = _guess_score(numeric)
    date = _guess_date(frame)
    comment = _guess_comment(frame)
    taken = {score, date, comment}
    ids = {
        "response_id": _named(frame, _RESPONSE, taken),
        "customer": _named(frame, _CUSTOMER, taken),
        "touchpoint": _named(frame, _TOUCHPOINT, taken),
    }
    taken |= set(ids.values())
    lines = [f"# Starter mapping for {Path(path).name}. Check every line against the questionnaire; remove what is wrong."]
    lines += [f"title = {_text(Path(path).stem.replace('_', ' ').capitalize())}", 'missing = ["NA"]', "", "[columns]"]
    lines.append(f"date = {_text(date)}" if date else '# date = "?"   # needed: no column looked like a date')
    lines += [f"{k} = {_text(v)}" for k, v in {**ids, "comment": comment}.items() if v]
    lines += ["", *_score_lines(score, numeric)]
    name_of = _names(names)
    ratings = [c for c, v in numeric.items() if c not in taken and 2 <= v.nunique() <= 11 and v.between(0, 10).all()]
    for column in ratings:
        lines += ["", *_rating_lines(name_of[column], column, numeric[column])]
    groups = [c for c in names if c not in taken and c not in numeric and 2 <= frame[c].nunique() <= MAX_GROUPS]
    lines += ["", "[segments]", *(f"{name_of[c]} = {_text(c)}" for c in groups)]
    return "\n".join(lines) + "\n"


def _score_lines(column: str, numeric: dict[str, pd.Series]) -> list[str]:
    if not column:
        return ["# No column looked like the recommend question.", "[score]", 'column = "?"', "min = 0", "max = 10"]
    values = numeric[column]
    outside = sorted(int(v) for v in values[~values.between(0, 10)].unique())
    lines = [f"[score]   # guessed from its name and its values {int(values.min())} to {int(values.max())}"]
    lines += [f"column = {_text(column)}", 'question = "How likely are you to recommend us?"', "min = 0", "max = 10"]
    if outside:
        lines.append(f"# not_applicable = {json.dumps([str(v) for v in outside])}   # outside 0-10: blank codes? Ask, then uncomment.")
    return lines


def _rating_lines(name: str, column: str, values: pd.Series) -> list[str]:
    low, high = int(values.min()), int(values.max())
    top = 5 if high <= 5 else 7 if high <= 7 else 10
    lines = [f"[ratings.{name}]   # answers seen: {low} to {high}; write the scale that was asked"]
    lines += [f"column = {_text(column)}", f"question = {_text(column)}", f"min = {1 if top < 10 else 0}", f"max = {top}"]
    return [*lines, '# not_applicable = ["0"]   # does 0 mean "not rated"?'] if low == 0 and top < 10 else lines


def _guess_score(numeric: dict[str, pd.Series]) -> str:
    named = [c for c, v in numeric.items() if _SCORE.search(c) and 8 <= v.max() <= 12]
    raw_first = sorted(named, key=lambda c: ("raw" not in c.lower(), not re.search("recommend|nps", c, re.IGNORECASE)))
    return raw_first[0] if raw_first else ""


def _guess_date(frame: pd.DataFrame) -> str:
    for column in (str(c) for c in frame if _DATE.search(str(c))):
        head = frame[column][~frame[column].isin(_BLANKS)].head(200)
        if len(head) and pd.to_datetime(head, format="ISO8601", errors="coerce").notna().mean() > 0.9:
            return column
    return ""


def _guess_comment(frame: pd.DataFrame) -> str:
    lengths = {str(c): frame[c].str.len().mean() for c in frame if frame[c].str.contains(" ").mean() > 0.05}
    return max(lengths, key=lambda c: lengths[c]) if lengths else ""


def _named(frame: pd.DataFrame, pattern: re.Pattern[str], taken: set[str]) -> str:
    return next((str(c) for c in frame if c not in taken and pattern.search(str(c))), "")


def _whole_numbers(column: pd.Series) -> pd.Series | None:
    """The column as numbers, when nearly every filled cell is a whole number."""
    filled = column[~column.isin(_BLANKS)]
    values = pd.to_numeric(filled, errors="coerce")
    usable = values.notna() & (values % 1 == 0)
    return values[usable] if len(filled) and usable.mean() > 0.97 else None


def _names(columns: list[str]) -> dict[str, str]:
    """A name for each column that TOML and voc accept: plain letters, not reserved, each once."""
    out: dict[str, str] = {}
    taken = set(RESERVED)
    for column in columns:
        name = base = re.sub(r"[^A-Za-z0-9]+", "_", column).strip("_").lower() or "column"
        number = 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        out[column] = name
    return out


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
