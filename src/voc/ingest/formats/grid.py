"""A file's cells as text, before anyone knows which rows are headings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

TEXT = pa.large_string()
_TEXT_DTYPE = pd.StringDtype("pyarrow", na_value=np.nan)
MAX_CELLS = 200_000_000  # of a delimited file
HEAD = 8


@dataclass(frozen=True)
class Grid:
    """Rows of equally many text cells.

    Attributes:
        head: the first records that hold anything, at most eight; their widths may differ.
        head_rows: their numbers.
        cells: columns "0", "1", ... of text; headings may still be among the rows.
        rows: number of each row in the file; the first row is 1 and a cell with line breaks is still one row.
        ragged: numbers of rows with more or fewer cells than the others; they are not in `cells`.
        blank: numbers of rows without any content that lie between others; not in `cells` either.
        notes: how the file was read, one sentence each.
        repaired: characters that were not in the file's encoding and were repaired.
    """

    head: list[list[str]]
    head_rows: tuple[int, ...]
    cells: pa.Table
    rows: np.ndarray
    ragged: tuple[int, ...] = ()
    blank: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    repaired: int = 0

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.cells.num_columns)

    def below(self, heading: int, names: list[str]) -> pd.DataFrame:
        """The rows under the first `heading` records of `head`, as columns of text; the index holds the row numbers.

        Args:
            heading: how many records are headings.
            names: a name for each column; "" leaves the column out.
        """
        last = self.head_rows[heading - 1] if heading else 0
        body = self.rows > last
        first = int(np.argmax(body)) if body.any() else len(self.rows)
        kept = [i for i, name in enumerate(names) if name]
        table = self.cells.select(kept).slice(first).rename_columns([names[i] for i in kept])
        return as_frame(table, self.rows[first:])


def as_frame(table: pa.Table, rows: np.ndarray) -> pd.DataFrame:
    """Arrow columns of text -> pandas columns of text that share their memory."""
    columns = {name: pd.array(table.column(i), dtype=_TEXT_DTYPE) for i, name in enumerate(table.column_names)}
    return pd.DataFrame(columns, index=pd.Index(rows, name="row"), copy=False)


def text_array(values: list[str]) -> Any:
    """Texts as pandas keeps them here."""
    return as_text_array(pa.chunked_array([pa.array(values, type=TEXT)]))


def arrow_of(column: pd.Series) -> pa.ChunkedArray:
    """A pandas column of text as Arrow keeps it, without a copy where pandas keeps it so too."""
    values = column.array.__arrow_array__() if hasattr(column.array, "__arrow_array__") else pa.array(column, type=TEXT)
    values = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
    return values if values.type == TEXT else values.cast(TEXT)


def as_text_array(values: pa.ChunkedArray) -> Any:
    """Arrow texts as pandas keeps them here; they share their memory."""
    return pd.array(values, dtype=_TEXT_DTYPE)
