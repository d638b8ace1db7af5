"""`survey.toml` -> Mapping; every mistake in it is one sentence that names the closest valid word."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from voc.ingest.checks import CHECKS
from voc.schema import COMMENT, CUSTOMER, OPTIONAL_COLUMNS, RESERVED, Dates, FileFormat, Invitations, Mapping, Question, Scale, VocError, closest

TOP = (
    "title", "note", "question", "date_format", "timezone", "recorded_in", "decimal", "missing", "things", "consent_yes", "test_values",
    "keep_unfinished", "keep", "accept", "file", "columns", "score", "ratings", "segments", "invitations",
)  # fmt: skip
QUESTION = ("column", "question", "min", "max", "not_applicable", "labels", "reversed")
FILE = ("format", "sheet", "encoding", "delimiter")
INVITED = ("date", "customer", "touchpoint", "status", "response_id")


def read_mapping(path: str | Path) -> Mapping:
    """Read a mapping file.

    Raises:
        VocError: the file is missing, is not TOML, or says something that voc does not know.
    """
    file = Path(path)
    if not file.is_file():
        raise VocError(f"the mapping file {file} does not exist; `voc check SURVEY` writes a starter mapping")
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise VocError(f"{file.name} is not a valid TOML file: {error}") from None
    return parse_mapping(raw, source=file.name, folder=str(file.resolve().parent))


def parse_mapping(raw: dict[str, Any], *, source: str = "survey.toml", folder: str = "") -> Mapping:
    """Check the entries of a mapping and build it; `source` names the file in messages, `folder` is where it lies."""
    _known(raw, TOP, source)
    columns = _table(raw, "columns", source)
    _known(columns, ("date", *OPTIONAL_COLUMNS), f"{source}, [columns]")
    if "date" not in columns:
        raise VocError(f'{source}: [columns] needs date = "..."; without dates there is no month to report')
    if "score" not in raw:
        raise VocError(f"{source}: needs a [score] section for the recommend question")
    names = _table(raw, "ratings", source)
    segments = _table(raw, "segments", source)
    for name in (*names, *segments):
        if name in RESERVED:
            raise VocError(f'{source}: "{name}" is a name that voc uses itself; choose another one')
        if name in names and name in segments:
            raise VocError(f'{source}: "{name}" is both a rating and a segment; choose another name for one')
    _each_once(columns, raw["score"], names, segments, source)
    return Mapping(
        title=str(raw.get("title", "Customer survey")),
        score=_question("score", raw["score"], f"{source}, [score]"),
        columns={k: str(v) for k, v in columns.items()},
        ratings=tuple(_question(k, v, f"{source}, [ratings.{k}]") for k, v in names.items()),
        segments={k: str(v) for k, v in segments.items()},
        dates=Dates(_text(raw, "date_format", source), _text(raw, "timezone", source), _text(raw, "recorded_in", source)),
        decimal=_decimal(raw, source),
        missing=_texts(raw.get("missing", []), "missing", source),
        note=str(raw.get("note", "")),
        question=str(raw.get("question", "")),
        consent_yes=_texts(raw.get("consent_yes", ["yes"]), "consent_yes", source),
        things=_texts(raw.get("things", []), "things", source),
        test_values=_texts(raw.get("test_values", []), "test_values", source),
        keep=_texts(raw.get("keep", []), "keep", source),
        accept=_accepted(raw.get("accept", []), source),
        keep_unfinished=_yes_or_no(raw, "keep_unfinished", source),
        file=_file(_table(raw, "file", source), f"{source}, [file]"),
        invitations=_invitations(raw, source),
        folder=folder,
    )


def _question(name: str, raw: Any, where: str) -> Question:
    if not isinstance(raw, dict):
        raise VocError(f"{where}: must be a section with column, min and max; found {raw!r}")
    _known(raw, QUESTION, where)
    for key in ("column", "min", "max"):
        if key not in raw:
            raise VocError(f"{where}: needs {key}; the scale is declared, never guessed from the answers")
    low, high = raw["min"], raw["max"]
    if not (isinstance(low, int) and isinstance(high, int) and low < high):
        raise VocError(f"{where}: min and max must be whole numbers with min below max; found {low!r} and {high!r}")
    if name == "score" and not (low in (0, 1) and high == 10):
        raise VocError(f"{where}: the recommend question must run 0-10 (or 1-10); found {low}-{high}")
    labels = raw.get("labels", {})
    if not isinstance(labels, dict) or any(not isinstance(v, int) or not low <= v <= high for v in labels.values()):
        raise VocError(f"{where}: labels must give each wording a whole number {low}-{high}; found {labels!r}")
    blank = _texts(raw.get("not_applicable", []), "not_applicable", where)
    wording = str(raw.get("question", name.replace("_", " ").capitalize()))
    return Question(name, str(raw["column"]), wording, Scale(low, high, blank, dict(labels), _yes_or_no(raw, "reversed", where)))


def _each_once(columns: dict[str, Any], score: Any, ratings: dict[str, Any], segments: dict[str, Any], source: str) -> None:
    """The answers must not explain themselves, and what is hashed under one name must not be shown under another."""
    asked = {"score": score, **ratings}
    scored: dict[str, str] = {}
    for name, question in asked.items():
        column = str(question.get("column", "")) if isinstance(question, dict) else ""
        if column and column in scored:
            raise VocError(f'{source}: column "{column}" is both {scored[column]} and {name}; a question can be mapped once')
        scored[column] = name
    private = {str(columns[role]): role for role in (CUSTOMER, COMMENT) if role in columns}
    others = {str(v): k for k, v in columns.items() if k not in (CUSTOMER, COMMENT)} | {str(v): k for k, v in segments.items()} | scored
    for column, role in private.items():
        if column in others:
            why = (
                "customer ids are hashed and nothing else may show them"
                if role == CUSTOMER
                else "comments are redacted and nothing else may show them"
            )
            raise VocError(f'{source}: column "{column}" is both {role} and {others[column]}; {why}')


def _file(raw: dict[str, Any], where: str) -> FileFormat:
    _known(raw, FILE, where)
    return FileFormat(**{key: _text(raw, key, where) for key in FILE})


def _invitations(raw: dict[str, Any], source: str) -> Invitations | None:
    if "invitations" not in raw:
        return None
    where = f"{source}, [invitations]"
    table = _table(raw, "invitations", source)
    _known(table, ("file", "suppressed", *INVITED), where)
    for key in ("file", "date"):
        if key not in table:
            raise VocError(f"{where}: needs {key}; an invitation without a date belongs to no month")
    columns = {key: _text(table, key, where) for key in INVITED if key in table}
    return Invitations(_text(table, "file", where), columns, _texts(table.get("suppressed", ["suppressed"]), "suppressed", where))


def _accepted(raw: Any, source: str) -> tuple[str, ...]:
    names = _texts(raw, "accept", source)
    _known(dict.fromkeys(names), CHECKS, f"{source}, accept")
    return names


def _known(raw: dict[str, Any], allowed: Iterable[str], where: str) -> None:
    names = list(allowed)
    for key in raw:
        if key not in names:
            raise VocError(f'{where}: "{key}" is not known{closest(key, names)}; allowed: {", ".join(names)}')


def _table(raw: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    value = raw.get(key, {})
    if not isinstance(value, dict):
        raise VocError(f"{where}: [{key}] must be a section; found {value!r}")
    return value


def _text(raw: dict[str, Any], key: str, where: str) -> str:
    value = raw.get(key, "")
    if not isinstance(value, str):
        raise VocError(f"{where}: {key} must be text in quotation marks; found {value!r}")
    return value


def _decimal(raw: dict[str, Any], source: str) -> str:
    sign = _text(raw, "decimal", source)
    if sign not in ("", ".", ","):
        raise VocError(f'{source}: decimal must be "." or ",", the sign of fractions in numbers; found {sign!r}')
    return sign


def _yes_or_no(raw: dict[str, Any], key: str, where: str) -> bool:
    value = raw.get(key, False)
    if not isinstance(value, bool):
        raise VocError(f"{where}: {key} must be true or false; found {value!r}")
    return value


def _texts(raw: Any, key: str, where: str) -> tuple[str, ...]:
    if not isinstance(raw, list):
        raise VocError(f'{where}: {key} must be a list such as ["N/A"]; found {raw!r}')
    return tuple(str(item) for item in raw)
