"""Answers + known totals -> the weights that meet them, and the standard error that belongs to such weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voc import display
from voc.ingest import Survey
from voc.schema import LANGUAGE, RESERVED, TOUCHPOINT, VocError, closest
from voc.stats import Floats

Codes = NDArray[np.int64]
ROUNDS = 1_000
CLOSE = 1e-10  # largest relative gap between a total and what the weights add up to
ADD_UP = 0.02  # shares are often rounded


@dataclass(frozen=True)
class Margin:
    """One column: its values, each answer's place among them (n,), and the share that each value is to have."""

    column: str
    values: list[str]
    codes: Codes
    target: Floats

    def frame(self, start: Floats, weights: Floats) -> pd.DataFrame:
        """One row per value: answers, their share before and after, and their average weight."""
        k = len(self.values)
        n = np.bincount(self.codes, minlength=k)
        share = np.bincount(self.codes, start, k) / start.sum()
        average = np.bincount(self.codes, weights, k) / n
        return pd.DataFrame({"column": self.column, "value": self.values, "n": n, "share": share, "target": self.target, "weight": average})


def margin(survey: Survey, column: str, wanted: Mapping[str, float]) -> Margin:
    """A column and its totals, checked against each other.

    Raises:
        VocError: the column is not a segment, a cell is blank, a value lacks a total, a total lacks a value or is not a positive number.
    """
    texts = survey.segment(column)
    if column in RESERVED and column not in (TOUCHPOINT, LANGUAGE):
        raise VocError(f'totals must be of a column that divides the answers; found "{column}", and there are {", ".join(survey.segments)}')
    values = texts.astype("str").fillna("").str.strip()
    if blank := int((values == "").sum()):
        rows = ", ".join(str(r) for r in survey.answers.loc[values == "", "row"].head(3))
        where = f'"{column}" is blank in {display.plural(blank, "answer")} (first: {rows})'
        raise VocError(f"{where}, so no total covers them; fill it in or leave them out")
    codes, names = pd.factorize(values, sort=True)
    found = [str(name) for name in names]
    given = {str(value).strip(): total for value, total in wanted.items()}
    if absent := [v for v in found if v not in given]:
        answers = display.plural(int((values == absent[0]).sum()), "answer")
        others = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise VocError(f'the totals of "{column}" lack "{absent[0]}" ({answers}){others}; every value that occurs needs one')
    if unknown := [v for v in given if v not in found]:
        hint = closest(unknown[0], found)
        raise VocError(f'the totals of "{column}" name "{unknown[0]}"{hint}, which no answer has; there are {", ".join(found[:10])}')
    return Margin(column, found, codes.astype(np.int64), _shares(column, [given[v] for v in found], found))


def _shares(column: str, totals: list[float], values: list[str]) -> Floats:
    out = np.asarray(pd.to_numeric(pd.Series(totals, dtype=object), errors="coerce"), dtype=float)
    bad = np.flatnonzero(~(np.isfinite(out) & (out > 0)))
    if bad.size:
        raise VocError(f'totals must be numbers above 0; found {totals[bad[0]]} for "{values[bad[0]]}" in "{column}"')
    if (out < 1).any() and out.max() <= 1 and abs(out.sum() - 1) > ADD_UP:
        raise VocError(f'shares must add up to 1; those of "{column}" add up to {display.number(float(out.sum()), 2)}')
    shares: Floats = out / out.sum()
    return shares


@dataclass(frozen=True)
class Cells:
    """The combinations of values that occur: each answer's combination, and each combination's place in every margin."""

    margins: tuple[Margin, ...]
    cell: Codes
    places: tuple[Codes, ...]


def cells(margins: list[Margin]) -> Cells:
    """Find the combinations that occur."""
    keys = pd.DataFrame({i: m.codes for i, m in enumerate(margins)})
    cell = np.asarray(keys.groupby(list(keys), sort=True).ngroup(), dtype=np.int64)
    first = np.unique(cell, return_index=True)[1]
    return Cells(tuple(margins), cell, tuple(m.codes[first] for m in margins))


def fitted(table: Cells, start: Floats, trim: float | None) -> tuple[Floats, int, float | None]:
    """Weights that meet all totals and are as close to the starting ones as they allow.

    Args:
        table: the combinations of n answers.
        start: (n,) weights to start from.
        trim: largest weight, as a multiple of the median of those without a limit; None for no limit.

    Returns:
        (weights (n,) of average 1, rounds, limit).

    Raises:
        VocError: the totals, or the totals and the limit, cannot all be met.
    """
    sums = _sums(table.cell, start)
    whole, rounds = _met(table, table.places, (np.ones(len(sums)), sums), np.inf)
    weights = start * (whole / sums)[table.cell] * len(start) / whole.sum()
    if trim is None:
        return weights, rounds, None
    limit = trim * float(np.median(weights))
    # A limit falls on single weights: combinations are split by them, where answers do not all start alike.
    pair = np.asarray(pd.DataFrame({"cell": table.cell, "weight": weights}).groupby(["cell", "weight"]).ngroup(), dtype=np.int64)
    first, counts = np.unique(pair, return_index=True, return_counts=True)[1:]
    places = tuple(place[table.cell[first]] for place in table.places)
    cut, more = _met(table, places, (counts.astype(float), weights[first]), limit)
    return cut[pair], rounds + more, limit


def _met(table: Cells, places: tuple[Codes, ...], weights: tuple[Floats, Floats], limit: float) -> tuple[Floats, int]:
    """Iterative proportional fitting: one factor per value of each margin in turn, until the weights, cut to the limit, add up to all totals.

    Args:
        table: whose totals.
        places: place of each of k groups of answers in every margin.
        weights: answers of each group and their weight, (k,) each.
        limit: largest weight.

    Returns:
        (weights (k,), rounds).
    """
    n, free = weights[0], weights[1].copy()
    total = float(n @ free)
    both = [(place, m.target * total) for place, m in zip(places, table.margins, strict=True)]
    for done in range(1, ROUNDS + 1):
        for place, target in both:
            with np.errstate(over="ignore"):  # only where the limit leaves no way to reach a total
                free *= _factors(place, target, n * free, n * limit)[place]
        now = np.minimum(free, limit)
        gaps = [_sums(place, n * now) / target - 1 for place, target in both]
        if max(np.abs(gap).max() for gap in gaps) < CLOSE:
            return now, done
    m = int(np.argmax([np.abs(gap).max() for gap in gaps]))
    worst, v = table.margins[m], int(np.abs(gaps[m]).argmax())
    have, want = (f"{display.number(100 * share, 2)} %" for share in (worst.target[v] * (1 + gaps[m][v]), worst.target[v]))
    limited = f" with no weight above {display.number(limit, 2)}" if np.isfinite(limit) else ""
    advice = "Allow larger weights" if limited else "Values that never occur together are the usual reason: leave out a column"
    raise VocError(
        f'the totals cannot all be met{limited}: "{worst.values[v]}" in "{worst.column}" stays at {have} instead of {want}. '
        f"{advice}, or put small values together"
    )


def _factors(place: Codes, target: Floats, sums: Floats, limits: Floats) -> Floats:
    """Factor per value of a margin that brings its groups' sums, of which only those below their limit grow, to its total."""
    below = sums < limits
    grows, stays = _sums(place, np.where(below, sums, 0)), _sums(place, np.where(below, 0, limits))
    can = (grows > 0) & (target > stays)
    return np.where(can, target - stays, target) / np.where(can, grows, grows + stays)


def _sums(place: Codes, values: Floats) -> Floats:
    sums: Floats = np.bincount(place, values).astype(float)
    return sums


def raked_error(table: Cells, values: Floats, start: Floats, weights: Floats, *, people: Codes | None = None) -> float:
    """Linearised standard error of the weighted mean of values whose weights meet the totals.

    Args:
        table: the cells.
        values: (n,) values.
        start: (n,) weights before.
        weights: (n,) weights after.
        people: (n,) whose value each is; values of the same customer depend on each other. Each its own without.
    """
    off = values - weights @ values / weights.sum()
    mass = _sums(table.cell, start)
    average = _sums(table.cell, start * off) / mass
    left = average.copy()
    for _ in range(ROUNDS):
        before = left.copy()
        for place in table.places:
            left -= (_sums(place, mass * left) / _sums(place, mass))[place]
        if np.abs(left - before).max() < CLOSE:
            break
    return spread(weights * (off - (average - left)[table.cell]) / weights.sum(), people)


def spread(parts: Floats, people: Codes | None = None) -> float:
    """Standard error of a sum of (n,) independent parts, those of one customer added up first; nan for a single one."""
    if people is not None:
        parts = _sums(np.unique(people, return_inverse=True)[1], parts)
    m = len(parts)
    return float(np.sqrt(m / (m - 1) * ((parts - parts.mean()) ** 2).sum())) if m > 1 else float("nan")
