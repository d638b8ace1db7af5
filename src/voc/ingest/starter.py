"""An unknown survey file -> a commented starter `survey.toml`: guesses by name, wording and values, each explained."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voc import schema
from voc.ingest.answers import read_answers, shifted_labels
from voc.ingest.dates import read_dates
from voc.ingest.distinct import distinct
from voc.ingest.files import read_table
from voc.ingest.personal import personal_columns
from voc.ingest.scales import GROUP_COLUMN
from voc.ingest.table import Table
from voc.schema import Dates, FileFormat, Question, Scale, VocError

_RECOMMEND = re.compile(r"recommend|\bnps\b|nps_|_nps|\bltr\b|net.?promoter|empfehl|recommand|recomend|raccomand|aanbevelen", re.IGNORECASE)
_OVERALL = re.compile(r"overall|likel", re.IGNORECASE)
_DATE = re.compile(r"date|day|time|when|_on$|_at$|year|datum|fecha", re.IGNORECASE)
_PATTERNS = {
    schema.RESPONSE_ID: re.compile(r"response.?id|^id$|record.?id|respondent.?id|request_id", re.IGNORECASE),
    schema.CUSTOMER: re.compile(r"customer|respondent|author|user|account|member|person|kunde|client", re.IGNORECASE),
    schema.TOUCHPOINT: re.compile(r"touchpoint|channel|method|contact_type|source|kanal", re.IGNORECASE),
    schema.CONSENT: re.compile(r"consent|may.?contact|call.?back|permission", re.IGNORECASE),
    schema.REVENUE: re.compile(r"revenue|spend|turnover|umsatz|order.?value", re.IGNORECASE),
    schema.WEIGHT: re.compile(r"^(?:survey.?)?weights?$|^wt$|^gewicht$|^poids$|_weight$", re.IGNORECASE),
    schema.LANGUAGE: re.compile(r"^(?:user)?.?lang(?:uage)?(?:_code)?$|^sprache$|^langue$", re.IGNORECASE),
    schema.DURATION: re.compile(r"duration|time.?taken|seconds", re.IGNORECASE),
    schema.STATUS: re.compile(r"^status$|response.?status", re.IGNORECASE),
    schema.FINISHED: re.compile(r"^finished$|^complete[d]?$|completion.?status", re.IGNORECASE),
    schema.RECOMMENDED: re.compile(r"^recommended$|would.?recommend", re.IGNORECASE),
}
_SKIPPED = re.compile(
    r" - Topics$|_TEXT$|LocationAccuracy|^Progress$|^DistributionChannel$|^ExternalReference$|^ExternalDataReference$|^ResponseSet$|^Collector ?ID$"
)
_BLANKS = ("", "NA", "N/A", "n/a")
MAX_GROUPS = 60
SURE = 0.97  # share of filled cells that must fit a guess


@dataclass(frozen=True)
class _Numeric:
    """A column whose cells are answers in numbers, or begin with one."""

    values: np.ndarray
    labelled: bool


def starter_mapping(path: str | Path, *, format: str = "") -> str:  # noqa: A002
    """Text of a starter mapping for a file; the analyst checks each line against the questionnaire."""
    table = read_table(Path(path), FileFormat(format=format))
    personal = personal_columns(table.frame, table.wordings)
    usable = [str(c) for c in table.frame if str(c) not in personal]
    numeric = {c: n for c in usable if (n := _numeric(table, c)) is not None and not GROUP_COLUMN.search(c) and c not in table.groups}
    score = _guess_score(table, numeric)
    date, written = _guess_date(table, usable)
    comment = _guess_comment(table, [c for c in usable if c not in (score, date)])
    roles = _guess_roles(table, [c for c in usable if c not in (score, date, comment)], numeric)
    taken = {score, date, comment, *roles.values()}
    lines = [f"# Starter mapping for {table.name} ({table.format}). Check every line against the questionnaire; remove what is wrong."]
    lines += (
        [f"title = {_text(Path(path).stem.replace('_', ' ').capitalize())}", f"question = {_text(_asked(table, comment))}"]
        if comment
        else [f"title = {_text(Path(path).stem.replace('_', ' ').capitalize())}"]
    )
    lines += _date_lines(date, written)
    lines += [_missing_line(table, numeric), *_file_lines(format)]
    lines += ["", "[columns]", f"date = {_text(date)}" if date else '# date = "?"   # needed: no column looked like a date']
    lines += [f"{role} = {_text(column)}   # {_reason(role, table)}" for role, column in roles.items()]
    lines += [f"comment = {_text(comment)}   # the longest texts"] if comment else []
    lines += ["", *_score_lines(table, score, numeric)]
    names = _names(usable)
    for column in (c for c in numeric if c not in taken and not _SKIPPED.search(c) and _is_rating(numeric[c])):
        lines += ["", *_rating_lines(table, names[column], column, numeric[column])]
    groups = [c for c in usable if c not in taken and c not in numeric and not _SKIPPED.search(c) and not GROUP_COLUMN.search(c)]
    lines += ["", "[segments]   # groups to compare; other columns are kept under their own names"]
    lines += [f"{names[c]} = {_text(c)}" for c in groups if 2 <= len(set(table.column(c).texts) - {""}) <= MAX_GROUPS]
    lines += [f"# {_text(c)} is left out: {kind}" for c, kind in personal.items()]
    return "\n".join(lines) + "\n"


def _numeric(table: Table, column: str) -> _Numeric | None:
    """The column's answers, when nearly every filled cell is a whole number or a label with one."""
    told = table.column(column)
    answers = read_answers(told, Question(column, column, "", Scale(-(10**9), 10**9)), blank=_BLANKS, declared=table.missing.get(column, {}))
    filled = ~np.isnan(answers.values)
    good = filled & np.isfinite(answers.values)
    if not good.any() or good.sum() < SURE * filled.sum():
        return None
    return _Numeric(answers.values[good], bool(answers.labelled.mean() > 0.5))


def _is_rating(column: _Numeric) -> bool:
    """A handful of small answers; a rare code above them (99) does not spoil it."""
    values = _on_scale(column.values)
    return len(values) > 0.5 * len(column.values) and 2 <= len(np.unique(values)) <= 12 and values.min() >= 0 and len(_codes(column.values)) <= 3


def _on_scale(values: np.ndarray) -> np.ndarray:
    return values[(values >= 0) & (values <= 11)]


def _codes(values: np.ndarray) -> list[int]:
    """Answers that can only be codes."""
    return sorted({int(v) for v in values if v < 0 or v > 11})


def _guess_score(table: Table, numeric: dict[str, _Numeric]) -> str:
    """The best of the columns that speak of recommending and run to about ten."""
    if table.roles.get("score") in numeric:
        return table.roles["score"]

    def rank(column: str) -> tuple[bool, bool, bool]:
        said = f"{column} {table.wordings.get(column, '')}"
        return (not _RECOMMEND.search(said), "raw" not in column.lower(), len(np.unique(numeric[column].values)) < 5)

    named = [c for c in numeric if (_RECOMMEND.search(s := f"{c} {table.wordings.get(c, '')}") or _OVERALL.search(s))]
    fitting = [c for c in named if numeric[c].values.min() >= 0 and 8 <= numeric[c].values.max() <= 99 and _mostly_to_ten(numeric[c].values)]
    return min(fitting, key=rank) if fitting else ""


def _mostly_to_ten(values: np.ndarray) -> bool:
    return bool((values <= 11).mean() > 0.5 and values[values <= 12].max() >= 8)


def _guess_date(table: Table, usable: list[str]) -> tuple[str, str]:
    """The date column, and how its dates are written as far as it can be told."""
    first = [table.roles["date"]] if "date" in table.roles else []
    named = sorted((c for c in usable if _DATE.search(c)), key=lambda c: bool(re.search(r"start|invit|sent|birth", c, re.IGNORECASE)))
    for column in [*first, *named]:
        head = table.frame[column].head(2_000)
        head = head[~head.str.strip().isin(_BLANKS)]
        if head.empty:
            continue
        try:
            reading = read_dates(distinct(head), column, Dates())
        except VocError:
            continue
        if reading.objection or reading.dates.notna().mean() > 0.9:
            return column, reading.objection or reading.words
    return "", ""


def _guess_comment(table: Table, columns: list[str]) -> str:
    """The column with the most words in its filled cells, when those are texts and not names of groups or times."""
    if table.roles.get("comment") in columns:
        return table.roles["comment"]
    wordy = {c: _wordiness(table, c) for c in columns if c not in table.roles.values() and not _SKIPPED.search(c)}
    best = max(wordy, key=lambda c: wordy[c], default="")
    return best if best and wordy[best] > 0 else ""


def _wordiness(table: Table, column: str) -> float:
    """Words per different text; 0 where most texts have no blank, where there are few different ones, and where they are dates."""
    texts = [t for t in table.column(column).texts[:5_000] if t and t not in _BLANKS]
    if len(texts) < 3 or sum(" " in t for t in texts) < 0.2 * len(texts) or sum(t[:1].isdigit() and ":" in t for t in texts) > 0.5 * len(texts):
        return 0.0
    return sum(t.count(" ") + 1 for t in texts) / len(texts)


def _guess_roles(table: Table, columns: list[str], numeric: dict[str, _Numeric]) -> dict[str, str]:
    roles: dict[str, str] = {}
    for role, pattern in _PATTERNS.items():
        known = table.roles.get(role, "")
        left = [c for c in columns if c not in roles.values()]
        found = known if known in left else next((c for c in left if pattern.search(c)), "")
        if found and not (role == schema.TOUCHPOINT and found in numeric):
            roles[role] = found
    return roles


def _reason(role: str, table: Table) -> str:
    return f"as {table.format} exports have it" if role in table.roles else "guessed from its name"


def _date_lines(date: str, written: str) -> list[str]:
    if not date or written.startswith("ISO"):
        return []
    if "Declare date_format" in written:
        return ['# date_format = "%d/%m/%Y"   # needed: day first or month first? The dates do not say.']
    return [f'# date_format = "..."   # found: {written}']


def _missing_line(table: Table, numeric: dict[str, _Numeric]) -> str:
    """Texts such as "NA" mean "no answer" where they stand among numbers; elsewhere they may be a region."""
    among = {t: c for c in numeric for t in table.column(c).texts if t in _BLANKS and t}
    if not among:
        return '# missing = ["NA"]   # uncomment when such texts mean "no answer" in every column'
    text, column = next(iter(among.items()))
    return f"missing = {json.dumps(sorted(among))}   # {text} stands among the numbers of {column}; in every column it is then read as no answer"


def _file_lines(format: str) -> list[str]:  # noqa: A002
    return ["", "[file]", f"format = {_text(format)}"] if format else []


def _asked(table: Table, column: str) -> str:
    return table.wordings.get(column, column)


def _score_lines(table: Table, column: str, numeric: dict[str, _Numeric]) -> list[str]:
    if not column:
        return ["# No column looked like the recommend question.", "[score]", 'column = "?"', "min = 0", "max = 10"]
    values = numeric[column].values
    lines = [f"[score]   # guessed from its name or wording, and its values {int(values.min())} to {int(values.max())}", f"column = {_text(column)}"]
    lines += [f"question = {_text(table.wordings.get(column, 'How likely are you to recommend us?'))}"]
    shifted = shifted_labels(table.labels.get(column, {}))
    lines += ["min = 0" if values.min() != 1 or (values == 11).any() else "min = 0   # no 0 occurs: was the scale 1-10? Then min = 1", "max = 10"]
    outside = sorted({int(v) for v in values[values > 10]})
    if shifted:
        pairs = ", ".join(f"{_text(code)} = {answer}" for code, answer in shifted.items())
        lines.append(f"labels = {{ {pairs} }}   # the file's own labels: its codes are not the answers")
    elif values.min() == 1 and (values == 11).mean() > 0.02:
        lines.append('# Its values run 1 to 11: a 0-10 question coded from 1? Then declare labels = { "1" = 0, "2" = 1, ... }')
    elif outside:
        lines.append(f"# not_applicable = {json.dumps([str(v) for v in outside])}   # outside 0-10: blank codes? Ask, then uncomment.")
    return lines


def _rating_lines(table: Table, name: str, column: str, numeric: _Numeric) -> list[str]:
    seen_values = _on_scale(numeric.values)
    low, high = int(seen_values.min()), int(seen_values.max())
    codes = [int(c) for c in table.labels.get(column, {}) if c.isdigit() and c not in table.missing.get(column, {})]
    if codes:
        low, high = min(codes), max(codes)
    top = high if codes else 5 if high <= 5 else 7 if high <= 7 else 10
    bottom = low if codes else 1 if top < 10 else 0
    seen = "the file's labels" if codes else f"answers seen: {low} to {high}"
    lines = [f"[ratings.{name}]   # {seen}; write the scale that was asked", f"column = {_text(column)}"]
    lines += [f"question = {_text(_asked(table, column))}", f"min = {bottom}", f"max = {top}"]
    blanks = [str(c) for c in ([0] if low == 0 and top < 10 and not codes else []) + _codes(numeric.values)]
    return [*lines, f'# not_applicable = {json.dumps(blanks)}   # codes for "not rated"? Ask, then uncomment.'] if blanks else lines


def _names(columns: list[str]) -> dict[str, str]:
    """A name for each column that TOML and voc accept: plain letters, not reserved, each once."""
    out: dict[str, str] = {}
    taken = set(schema.RESERVED)
    for column in columns:
        base = re.sub(r"[^A-Za-z0-9]+", "_", column).strip("_").lower()[:40].strip("_") or "column"
        name, number = base, 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        out[column] = name
    return out


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
