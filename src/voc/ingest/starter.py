"""An unknown survey file -> a commented starter `survey.toml`, every guess explained; nothing in it is decided."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np

from voc import schema
from voc.ingest.answers import says_no_answer, shifted_labels
from voc.ingest.formats.files import read_table
from voc.ingest.formats.table import Table
from voc.ingest.guess import BLANKS, MAX_GROUPS, Guesses, Rated, guess
from voc.ingest.scales import coded_from_one
from voc.schema import FileFormat

_WORST = re.compile(
    r"not at all|very unlikely|extremely unlikely|sehr unwahrscheinlich|überhaupt nicht|pas du tout|nada probable|muy improbable", re.IGNORECASE
)
_BEST = re.compile(r"extremely likely|very likely|sehr wahrscheinlich|äußerst|très probable|tout à fait|muy probable", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
MARKS = ("NA", "N/A", "n/a")  # "no answer" in one column, North America in another


def starter_mapping(path: str | Path, *, format: str = "") -> str:  # noqa: A002 - called as on the command line
    """Text of a starter mapping for a file; the analyst checks each line against the questionnaire."""
    table = read_table(Path(path), FileFormat(format=format))
    found = guess(table)
    lines = [f"# Starter mapping for {table.name} ({table.format}). Check every line against the questionnaire; remove what is wrong."]
    lines += [f"# {note}" for note in table.notes]
    lines.append(f"title = {_text(Path(path).stem.replace('_', ' ').capitalize())}")
    lines += [f"question = {_text(_asked(table, found.comment))}"] if found.comment else []
    lines += [*_date_lines(*found.date), _missing_line(table, found), *_file_lines(format)]
    lines += ["", "[columns]", *_column_lines(table, found), "", *_score_lines(table, found)]
    names = _names([str(c) for c in table.frame])
    for column in found.ratings:
        lines += ["", *_rating_lines(table, found, names[column], column)]
    lines += ["", "[segments]   # groups to compare; other columns are kept under their own names"]
    lines += [f"{names[c]} = {_text(c)}" for c in found.segments]
    lines += [f"# {_text(c)} is left out: {why}" for c, why in found.left_out.items()]
    # What is quoted is escaped; control characters that are left stand in comments, where TOML allows none.
    return "\n".join(_CONTROL.sub(" ", line) for line in lines) + "\n"


def _column_lines(table: Table, found: Guesses) -> list[str]:
    date, written = found.date
    how = (
        "as such exports have it"
        if date and date == table.roles.get("date")
        else f"guessed from its name and cells: {written.removesuffix(' (found)')}"
    )
    lines = [f"date = {_text(date)}   # {'needed; its dates must be settled first' if 'Declare' in written else how}"]
    lines = lines if date else ['# date = "?"   # needed: no column looked like a date']
    for role, column in found.roles.items():
        why = f"as {table.format} exports have it" if table.roles.get(role) == column else "guessed from its name and cells"
        lines.append(f"{role} = {_text(column)}   # {why}")
    return [*lines, f"comment = {_text(found.comment)}   # guessed: whole sentences"] if found.comment else lines


def _date_lines(date: str, written: str) -> list[str]:
    if not date or written.startswith("ISO (found)"):
        return []
    if "date_format" in written:
        return ['# date_format = "%d/%m/%Y"   # needed: day first or month first? The dates do not say.']
    if "spreadsheet" in written:
        return [f"# {written}."]
    return [f"# Dates are read as {written.removesuffix(' (found)')}; date_format declares it."]


def _marks(table: Table, found: Guesses) -> dict[str, str]:
    """Texts such as "NA" that stand among answers, and in which column first."""
    return {t: c for c in reversed([found.score, *found.ratings]) if c for t in MARKS if t in table.column(c).texts}


def _global_marks(table: Table, found: Guesses) -> bool:
    """Whether such texts may mean "no answer" everywhere: not where a column of groups holds them, too."""
    marks = _marks(table, found)
    text = [c for c in table.frame if str(c) not in found.rated and len(table.column(str(c)).texts) <= MAX_GROUPS]
    return bool(marks) and not any(mark in table.column(str(c)).texts for c in text for mark in marks)


def _missing_line(table: Table, found: Guesses) -> str:
    marks = _marks(table, found)
    if not marks:
        return '# missing = ["NA"]   # uncomment when such texts mean "no answer" in every column'
    mark, column = next(iter(marks.items()))
    if _global_marks(table, found):
        return f"missing = {_text(sorted(marks))}   # {mark} stands among the answers of {column}; in every column it is then read as no answer"
    return f"# missing = {_text(sorted(marks))}   # {mark} stands among answers and among groups: uncomment when it means no answer everywhere"


def _file_lines(declared: str) -> list[str]:
    return ["", "[file]", f"format = {_text(declared)}"] if declared else []


def _asked(table: Table, column: str) -> str:
    return table.wordings.get(column, column)


def _score_lines(table: Table, found: Guesses) -> list[str]:
    if not found.score:
        return [" ".join(["# No column looked like the recommend question.", *found.no_score]), "[score]", 'column = "?"', "min = 0", "max = 10"]
    rated, column = found.rated[found.score], found.score
    values = rated.values
    lines = [f"[score]   # guessed from its name or wording, and its values {int(values.min())} to {int(values.max())}", f"column = {_text(column)}"]
    asked = _text(_asked(table, column))
    usual = column not in table.wordings and found.recommends
    lines.append('question = "How likely are you to recommend us?"   # as it is usually asked' if usual else f"question = {asked}")
    no_zero = rated.on_scale.min() == 1 and not coded_from_one(values)
    lines += ["min = 0   # no 0 occurs: was the scale 1-10? Then min = 1" if no_zero else "min = 0", "max = 10"]
    shifted = shifted_labels(table.labels.get(column, {}))
    ends = {t: (0 if _WORST.search(t) else 10) for t in rated.odd if _WORST.search(t) or _BEST.search(t)}
    if shifted or ends:
        lines.append(
            _label_line(shifted or ends, "the file's own labels: its codes are not the answers" if shifted else "the ends of the scale in words")
        )
    elif coded_from_one(values):
        lines.append('# No 0 and some 11: a 0-10 question coded from 1? Then labels = { "1" = 0, "2" = 1, ... }. Or a code for "no answer"?')
    odd = [t for t in rated.odd if t not in ends]
    lines += [f"# Not understood: {_text(odd[:8])}; declare them under labels or not_applicable."] if odd else []
    outside = sorted({int(v) for v in values if v > 10 or v < 0}) if not shifted else []
    return [*lines, *_blank_lines(table, column, rated, outside, global_marks=_global_marks(table, found))]


def _rating_lines(table: Table, found: Guesses, name: str, column: str) -> list[str]:
    rated = found.ratings[column]
    labels = {code: words for code, words in table.labels.get(column, {}).items() if code not in table.missing.get(column, {})}
    codes = [int(c) for c, words in labels.items() if re.fullmatch(r"\d{1,3}", c) and not says_no_answer(words)]
    if rated.labels:
        low, high, seen = min(rated.labels.values()), max(rated.labels.values()), "answers in words"
    elif codes:
        low, high, seen = min(codes), max(codes), "the file's labels"
    else:
        first, last = int(rated.on_scale.min()), int(rated.on_scale.max())
        high = 5 if last <= 5 else 7 if last <= 7 else 10
        low, seen = 1 if high < 10 else 0, f"answers seen: {first} to {last}"
    lines = [f"[ratings.{name}]   # {seen}; write the scale that was asked", f"column = {_text(column)}"]
    lines += [f"question = {_text(_asked(table, column))}", f"min = {low}", f"max = {high}"]
    if rated.labels:
        never = [words for words in rated.labels if words not in table.column(column).texts]
        lines.append(_label_line(rated.labels, f"from worst to best?{f' {_text(never)[1:-1]} did not occur: check' if never else ''}"))
    outside = sorted({int(v) for v in np.unique(rated.values) if not low <= v <= high})
    if column in found.against:
        lines.append("# reversed = true   # higher answers go with lower scores: is a low number the good answer here? Then uncomment.")
    return [*lines, *_blank_lines(table, column, rated, outside, global_marks=_global_marks(table, found))]


def _label_line(labels: dict[str, int], why: str) -> str:
    return f"labels = {{ {', '.join(f'{_text(words)} = {answer}' for words, answer in labels.items())} }}   # {why}"


def _blank_lines(table: Table, column: str, rated: Rated, outside: list[int], *, global_marks: bool) -> list[str]:
    """What means "no answer": as the file's wording says, or else as a question."""
    said = [t for t in rated.none if t not in BLANKS or not global_marks]
    told = table.labels.get(column, {})
    said += [c for c in map(str, outside) if says_no_answer(told.get(c, "")) and c not in table.missing.get(column, {})]
    ask = [str(c) for c in outside if str(c) not in said and str(c) not in table.missing.get(column, {})]
    if said:
        also = f"; {', '.join(ask)} too?" if ask else ""
        return [f"not_applicable = {_text(said)}   # as the wording says{also}"]
    return [f'# not_applicable = {_text(ask)}   # codes for "no answer"? Ask, then uncomment.'] if ask else []


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


def _text(value: str | list[str]) -> str:
    """A text or a list of texts in TOML, which has JSON's way of writing them but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
