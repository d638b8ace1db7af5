"""What a data frame must hold to be counted: names, dates, scores and weights, or a sentence that says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from voc import display
from voc.schema import CUSTOMER, DATE, SCORE, WEIGHT, VocError, closest

ROLES = (SCORE, DATE, WEIGHT, CUSTOMER)
BAD_WEIGHTS = "weights must be numbers of 0 and more, not all of them 0, and none may be missing"


def frame_of(source: Any) -> Any:
    """Any supported data frame under one interface."""
    try:
        return nw.from_native(source)
    except TypeError:
        raise VocError(f"data must be a Survey or a data frame (pandas, Polars, PyArrow, DuckDB); found {type(source).__name__}") from None


def check_names(keys: tuple[str, ...], taken: set[str], names: Mapping[str, str]) -> None:
    """Raise for keys that would be mistaken for the tables' own columns, and roles that do not exist."""
    for i, key in enumerate(keys):
        if key in taken or key in keys[:i]:
            raise VocError(f'answers cannot be counted by "{key}"{" twice" if key not in taken else ": the table has a column of that name"}')
    if unknown := [role for role in names if role not in ROLES]:
        raise VocError(f'there is no role "{unknown[0]}"{closest(unknown[0], ROLES)}; there are {", ".join(ROLES)}')


def check_kinds(schema: nw.Schema, *, date: str, weight: str) -> None:
    """Raise for a column of dates that holds none, and of weights that are no numbers; "" where there is no such column."""
    if date and not isinstance(schema[date], nw.Date | nw.Datetime):
        raise VocError(f'the column "{date}" must hold dates; found {schema[date]}')
    if weight and not schema[weight].is_numeric():
        raise VocError(f"{BAD_WEIGHTS}; found {schema[weight]}")


def checked(table: pd.DataFrame, weighted: bool) -> pd.DataFrame:
    """Scores as whole numbers 0-10 and usable weights, or a sentence that says what is wrong."""
    scores = pd.to_numeric(table[SCORE], errors="coerce").astype(float)
    bad = ~(scores.between(0, 10) & (scores % 1 == 0))
    if bad.any():
        found, n = min(table.loc[bad, SCORE], key=str), int(table.loc[bad, "n"].sum())
        others = "" if (table.loc[bad, SCORE] == found).all() else " and other values"
        raise VocError(f"score must be a whole number 0-10; found {found}{others} in {display.plural(n, 'row')}")
    table[SCORE] = scores.astype(np.int64)
    if not weighted:
        return table.assign(n=table["n"].astype(np.int64), weight=table["n"].astype(float), square=table["n"].astype(float))
    table = table.assign(n=table["n"].astype(np.int64), **{c: table[c].astype(float) for c in ("weight", "square", "least", "known")})
    usable = np.isfinite(table["weight"]) & (table["least"] >= 0) & (table["known"] == table["n"])
    if not usable.all() or (len(table) and (table["weight"] == 0).all()):
        raise VocError(BAD_WEIGHTS)
    return table


def texts(column: pd.Series) -> pd.Series:
    """Group names as every engine gives them alike: missing as "", whole numbers without a fraction."""
    codes, distinct = pd.factorize(column, use_na_sentinel=False)
    texts = [
        "" if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value))
        else str(int(value)) if isinstance(value, (float, np.floating)) and np.isfinite(value) and value == int(value)
        else str(value)
        for value in distinct
    ]  # fmt: skip
    return pd.Series(pd.array(texts, dtype="str").take(codes), index=column.index)
