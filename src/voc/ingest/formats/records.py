"""JSON lines (or one JSON list) of answers -> Table: nested fields become columns such as "person_properties.country"."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa

from voc.ingest.formats.encoding import decode
from voc.ingest.formats.grid import TEXT, as_frame
from voc.ingest.formats.layouts import unique
from voc.ingest.formats.table import Table
from voc.ingest.formats.typed import as_text
from voc.schema import VocError

MAX_COLUMNS = 5_000
MAX_CELLS = 50_000_000
MAX_BRACKETS = 3_000_000
DEEPEST = 4
_DELIGHTED = {"score", "comment", "created_at", "survey_type"}


def read_records(raw: bytes, name: str, *, encoding: str = "") -> Table:
    """Read one JSON object per line. Numbers are kept as they were typed.

    Raises:
        VocError: a line is no JSON object, named by its number; or nothing is there.
    """
    decoded = decode(raw, name, encoding)
    if decoded.data.count(b"{") + decoded.data.count(b"[") > MAX_BRACKETS:
        raise VocError(f"{name} has more than {MAX_BRACKETS:,} records or lists, more than voc reads; save it as CSV or Parquet")
    numbered = list(_objects(decoded.data.decode(), name))
    if not numbered:
        raise VocError(f"{name} is empty")
    rows = [_flat(record) for _, record in numbered]
    keys = list(dict.fromkeys(key for row in rows for key in row))
    if len(keys) > MAX_COLUMNS or len(keys) * len(rows) > MAX_CELLS:
        raise VocError(f"{name} has {len(rows):,} records with {len(keys):,} different fields, more than voc reads; map it to a table first")
    names = unique([as_text(k) or "(no name)" for k in keys])
    table = pa.table([pa.array([r.get(k, "") for r in rows], type=TEXT) for k in keys], names=names)
    frame = as_frame(table, np.array([number for number, _ in numbered]))
    delighted = set(keys) >= _DELIGHTED
    roles = {"response_id": "id", "date": "created_at", "score": "score", "comment": "comment"} if delighted and "id" in keys else {}
    return Table(
        name, "Delighted records, one per line" if delighted else "JSON records", frame, roles=roles,
        typed=True, notes=(f"Encoding: {decoded.encoding}.",), repaired=decoded.repaired,
    )  # fmt: skip


def _objects(text: str, name: str) -> list[tuple[int, dict[str, Any]]]:
    if text.lstrip().startswith("["):
        whole = _parsed(text, name, "the list")
        records = list(enumerate(whole, start=1)) if isinstance(whole, list) else []
    else:
        # Only "\\n" ends a record: str.splitlines would also cut at characters that JSON texts may hold.
        records = [(i, _parsed(line, name, f"line {i}")) for i, line in enumerate(text.split("\n"), start=1) if line.strip()]
    for number, record in records:
        if not isinstance(record, dict):
            raise VocError(f"{name}: record {number} must be a JSON object such as {{...}}; found {str(record)[:40]!r}")
    return records


def _parsed(text: str, name: str, where: str) -> Any:
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=lambda _: None)
    except RecursionError:
        raise VocError(f"{name}: {where} is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise VocError(f"{name}: {where} is not JSON: {error.msg} at character {error.pos}") from None


def _flat(record: dict[str, Any], prefix: str = "", depth: int = 0) -> dict[str, str]:
    """Nested objects as "outer.inner"; question-and-answer lists under their question; other lists joined."""
    out: dict[str, str] = {}
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and depth < DEEPEST:
            out |= _flat(value, f"{name}.", depth + 1)
        elif isinstance(value, list) and value and all(isinstance(v, dict) and "question" in v for v in value):
            out |= dict(_answered(v) for v in value)
        elif isinstance(value, (dict, list)):
            out[name] = _written(value)
        else:
            out[name] = as_text(value)
    return out


def _answered(entry: dict[str, Any]) -> tuple[str, str]:
    """One of Delighted's additional answers: its question and what was answered."""
    question, value = entry["question"], entry.get("value", "")
    asked = question.get("text") or question.get("id") if isinstance(question, dict) else question
    value = _given(value)
    return as_text(asked) if isinstance(asked, (str, int)) else "question", _written(value)


def _given(value: Any) -> Any:
    """What was answered: the text of a choice, the texts of several, a number or free words; anything unknown stays as it is."""
    for _ in range(DEEPEST):
        if isinstance(value, dict):
            value = next(
                (value[k] for k in ("free_response", "choices", "choice", "text", "scale") if k in value), json.dumps(value, ensure_ascii=False)
            )
    if isinstance(value, list):
        return [v.get("text", json.dumps(v, ensure_ascii=False)) if isinstance(v, dict) else v for v in value]
    return value


def _written(value: Any) -> str:
    """A value as text; a record, or a list with lists or records in it, as the JSON it was."""
    nested = isinstance(value, dict) or (isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value))
    return as_text(json.dumps(value, ensure_ascii=False) if nested else value)
