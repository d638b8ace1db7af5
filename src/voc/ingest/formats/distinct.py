"""A column of text -> its distinct texts and which row holds which: work is done once per text, not once per row."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from voc.ingest.formats.grid import TEXT, arrow_of, as_text_array, text_array


@dataclass(frozen=True)
class Distinct:
    """A column, told apart.

    Attributes:
        texts: k distinct texts without surrounding blanks, in order of first appearance.
        codes: (n,) which of them each row holds.
        rows: (n,) number of each row in the file.
    """

    texts: list[str]
    codes: np.ndarray
    rows: np.ndarray

    def spread(self, values: list[Any], dtype: Any = None) -> np.ndarray:
        """One value per distinct text -> one value per row."""
        return np.asarray(values, dtype=dtype)[self.codes] if len(values) else np.empty(0, dtype=dtype)

    def where(self, test: Callable[[str], bool]) -> np.ndarray:
        """Rows whose text passes a test, (n,) bool."""
        return self.spread([test(t) for t in self.texts], bool)

    def among(self, texts: Container[str]) -> np.ndarray:
        """Rows whose text is one of several, (n,) bool."""
        return self.where(texts.__contains__)

    def text(self, *, blank: Container[str] = ()) -> pd.Series:
        """The column again, with some texts made empty."""
        return pd.Series(text_array(["" if t in blank else t for t in self.texts]).take(self.codes))

    @property
    def sizes(self) -> np.ndarray:
        """How many rows hold each distinct text, (k,)."""
        return np.bincount(self.codes, minlength=len(self.texts))


def distinct(column: pd.Series) -> Distinct:
    """Tell a column of text apart."""
    told = pc.dictionary_encode(trimmed(column))
    told = told.combine_chunks() if isinstance(told, pa.ChunkedArray) else told
    if isinstance(told, pa.ChunkedArray):  # no rows
        return Distinct([], np.empty(0, dtype=np.int32), column.index.to_numpy())
    return Distinct(told.dictionary.to_pylist(), told.indices.to_numpy(), column.index.to_numpy())


def trimmed(column: pd.Series) -> pa.ChunkedArray:
    """A column of text as Arrow keeps it, without surrounding blanks."""
    return pc.utf8_trim_whitespace(arrow_of(column))


def matching(column: pd.Series, pattern: str) -> np.ndarray:
    """Rows whose text has a match somewhere, (n,) bool; the pattern is RE2's (no look-around)."""
    return np.asarray(pc.match_substring_regex(arrow_of(column), pattern).to_numpy(), dtype=bool)


def plain_text(column: pd.Series, *, blank: Iterable[str] = ()) -> pd.Series:
    """A column of text without surrounding blanks, some texts made empty; rows are numbered from 0."""
    values = trimmed(column)
    absent = pa.array([b for b in blank if b], type=TEXT)
    if len(absent):
        values = pc.if_else(pc.is_in(values, absent), "", values)
    return pd.Series(as_text_array(values))
