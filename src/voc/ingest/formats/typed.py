"""Typed cells (workbooks, Parquet, SPSS, JSON) -> text, the way a person would type them: 9 not 9.0, ISO dates, nothing for nothing."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from voc.ingest.formats.grid import TEXT


def as_text(value: Any) -> str:
    """One cell as text.

    >>> [as_text(v) for v in (None, 9.0, 9.5, "007", True, dt.datetime(2026, 9, 1), dt.datetime(2026, 9, 1, 10, 30))]
    ['', '9', '9.5', '007', 'true', '2026-09-01', '2026-09-01 10:30:00']
    """
    match value:
        case None | str():
            # Half a surrogate pair, as JSON may hold it, is no character.
            text = (value or "").encode("utf-8", "replace").decode()
        case bool():
            text = str(value).lower()
        case float():
            whole = math.isfinite(value) and value == int(value)
            text = "" if math.isnan(value) else str(int(value)) if whole else repr(value)
        case dt.datetime():
            day_only = value.time() == dt.time() and value.tzinfo is None
            text = str(value.date()) if day_only else value.isoformat(sep=" ")
        case bytes():
            text = value.decode("utf-8", errors="replace")
        case list() | tuple():
            text = "; ".join(as_text(v) for v in value)
        case _:
            text = str(value)
    return text


def text_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """An Arrow column of any type as text; whole numbers are not written as 9.0."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
        column = column.cast(kind)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return pc.fill_null(column.cast(TEXT), "")
    distinct = column.unique() if not pa.types.is_nested(kind) else None
    if distinct is not None and len(distinct) * 4 < len(column):  # few values: write each once
        texts = pa.array([as_text(v) for v in distinct.to_pylist()], type=TEXT)
        return pa.chunked_array([pc.take(texts, pc.index_in(column, distinct))])
    return pa.chunked_array([pa.array([as_text(v) for v in chunk.to_pylist()], type=TEXT) for chunk in column.chunks] or [pa.array([], TEXT)])
