"""Converted columns -> every cell that breaks the survey's contract, all at once: column, rule, how many, which rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from voc.ingest.receipt import FIRST_ROWS, Failure, shown_cell
from voc.schema import DATE, DURATION, RESPONSE_ID, REVENUE, WEIGHT, Mapping, Scale

FIRST_DAY = pd.Timestamp("1990-01-01")
UNIQUE = "must be unique"
FUTURE = "must not lie in the future"  # named, but kept: no report reads past its own month


@dataclass(frozen=True)
class Broken:
    """What broke the contract.

    Attributes:
        failures: one entry per column and rule, for the receipt.
        cells: canonical column -> (n,) cells that break one of its rules and cannot be used.
    """

    failures: tuple[Failure, ...]
    cells: dict[str, np.ndarray]


def validate(frame: pd.DataFrame, shown: dict[str, pd.Series], mapping: Mapping, *, today: pd.Timestamp) -> Broken:
    """Check a converted frame against what the mapping declares.

    Args:
        frame: those of `date`, `score`, ratings, numbers and `response_id` that are to be checked, missing where there is nothing
            to check; one row per row of the file.
        shown: canonical column -> its cells as they stand in the file, for examples; the index holds the file's row numbers.
        mapping: the declared scales.
        today: answers dated after the day after it break the contract (clocks and time zones differ).
    """
    import pandera.pandas as pa  # heavy third-party import, deferred so that `import voc` stays light

    try:
        _schema(pa, frame, mapping, today).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        return _collected(errors.failure_cases, frame, shown, mapping)
    return Broken((), {})


def _schema(pa: Any, frame: pd.DataFrame, mapping: Mapping, today: pd.Timestamp) -> Any:
    def rule(words: str, test: Callable[[pd.Series], pd.Series]) -> Any:
        return pa.Check(test, error=words)

    def on_scale(scale: Scale) -> Any:
        return rule(f"must be a whole number {scale.allowed}", lambda s: s.between(scale.low, scale.high) & (s == np.floor(s)))

    rules: dict[str, list[Any]] = {q.name: [on_scale(q.scale)] for q in (mapping.score, *mapping.ratings)}
    last = today + pd.Timedelta(days=2)
    rules |= {
        DATE: [rule(f"must not lie before {FIRST_DAY:%Y}", lambda s: s >= FIRST_DAY), rule(FUTURE, lambda s: s < last)],
        REVENUE: [rule("must be a number", np.isfinite)],
        DURATION: [rule("must be a number, 0 or more", lambda s: np.isfinite(s) & (s >= 0))],
        WEIGHT: [rule("must be a number above 0", lambda s: np.isfinite(s) & (s > 0))],
    }
    columns = {name: pa.Column(None, checks, nullable=True) for name, checks in rules.items() if name in frame}
    if RESPONSE_ID in frame:
        columns[RESPONSE_ID] = pa.Column(None, unique=True, report_duplicates="exclude_first", nullable=True)
    return pa.DataFrameSchema(columns)


def _collected(cases: pd.DataFrame, frame: pd.DataFrame, shown: dict[str, pd.Series], mapping: Mapping) -> Broken:
    failures: list[Failure] = []
    cells: dict[str, np.ndarray] = {}
    columns = {q.name: q.column for q in (mapping.score, *mapping.ratings)} | mapping.columns
    for key, group in cases.groupby(["column", "check"], sort=False):
        name, rule = (str(part) for part in key)
        at = np.sort(group["index"].to_numpy().astype(int))
        if rule != FUTURE:
            cells.setdefault(name, np.zeros(len(frame), dtype=bool))[at] = True
        typed = shown[name].iloc[at].str.strip()
        counts = typed.value_counts()
        said = UNIQUE if rule == "field_uniqueness" else rule
        times = int(counts.iloc[0])
        example = shown_cell(str(counts.index[0]), times=times)
        failures.append(Failure(columns.get(name, name), said, len(at), tuple(int(r) for r in typed.index[:FIRST_ROWS]), example, times))
    return Broken(tuple(failures), cells)
