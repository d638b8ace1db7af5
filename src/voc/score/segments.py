"""Answers + segment columns -> one score per segment, each compared with the other answers at the same touchpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, TOUCHPOINT, VocError
from voc.score.nps import LEVEL
from voc.score.tally import Tally, counted, scored
from voc.stats import Floats

SMALL_BASE = 30
FEW_GROUPS = 6
BAND_COLUMNS = ["detractors", "passives", "promoters"]
Correction = Literal["bh", "bonferroni", "none"]


@dataclass(frozen=True, repr=False)
class Segments(Result):
    """Scores by segment.

    Attributes:
        column: the segment column.
        frame: one row per shown segment: `segment`, `n`, the three counts, `effective`, `value`, `low`, `high` (points), `difference` from
            the others at the same touchpoints with `difference_low`, `difference_high` and `p`, both allowing for the number of segments,
            and `verdict`.
        hidden: segments that are not shown: too few answers, or they would give away one that has.
        level: confidence level.
        label: which answers.
    """

    column: str
    frame: pd.DataFrame
    hidden: int
    level: float
    label: str

    @property
    def headline(self) -> str:
        """Which segments stand out from the rest, or that none does."""
        if self.frame.empty:
            return f"No {self.column.replace('_', ' ')} has the {MIN_ANSWERS} answers that a score needs ({self.label})."
        named = [
            f"{row.segment} ({display.points(row.value)}, {display.points(abs(row.difference))} {row.verdict} the rest)"
            for row in display.rows(self.frame)
            if row.verdict in ("above", "below")
        ]
        name = self.column.replace("_", " ")
        if not named:
            return f"No {name} stands out: none differs from the rest by more than chance explains ({self.label})."
        return f"Stands out by {name}: {display.listed(named)}."

    def to_frame(self) -> pd.DataFrame:
        """One row per shown segment."""
        return self.frame

    def _caption(self) -> str:
        why = f"too few answers (under {MIN_ANSWERS}), or the answers of such a group could be worked out"
        hidden = f" {display.plural(self.hidden, 'group')} not shown: {why}." if self.hidden else ""
        return f"Score by {self.column.replace('_', ' ')}, {self.label}.{hidden}"

    def _columns(self) -> list[Column]:
        return [
            Column("segment", self.column.replace("_", " ").capitalize()),
            Column("n", "Answers", "count"),
            Column("value", "Score", "points"),
            Column("low", "Low to high", "range", "high"),
            Column("difference", "Against others there", "change"),
            Column("difference_low", "Low to high, all rows together", "range", "difference_high"),
            Column("verdict", "Verdict"),
        ]


def by(data: Survey | Tally, column: str | Sequence[str], *, weighted: bool = False, level: float = LEVEL, correction: Correction = "bh") -> Segments:
    """Score every segment and compare it with the other answers at the same touchpoints.

    Args:
        data: the answers; a Tally counts them by the columns, and by "touchpoint" where they are to be compared there.
        column: a segment column; of several, every combination is a segment. Blank segments are left out.
        weighted: weight each answer with the survey's own weights.
        level: confidence level of each score; differences allow for the number of comparisons as well.
        correction: "bh" (Benjamini-Hochberg: of the segments named, at most 5 % are named by chance), "bonferroni" (no segment is
            named by chance, with the level's confidence) or "none".

    Raises:
        VocError: there is no such column.

    Notes:
        The others are weighted to the segment's own mix of touchpoints, so that a group that happens to visit stores is not called better
        for that. Touchpoints themselves are compared with all other answers. Among six groups or more the one that stands out most is taken
        out of the others' comparison, and so on, so that one bright spot does not make everybody else look dim. Differences join Tango's
        intervals by MOVER; their p-values belong to the same intervals. Where a customer's answers lie on both sides of a
        difference, its range is a little too wide.

    References:
        Benjamini & Hochberg 1995, JRSS B 57:289; Benjamini & Yekutieli 2005, JASA 100:71 (the ranges of differences).
    """
    columns = [column] if isinstance(column, str) else list(column)
    compared = compare(data, columns, weighted=weighted, level=level)
    name = " and ".join(columns)
    return Segments(name, judged(compared.frame, level, correction), compared.hidden, level, data.label)


@dataclass(frozen=True)
class Compared:
    """Segments with their scores and differences, before the number of comparisons is allowed for.

    Attributes:
        frame: one row per shown segment, as in `Segments`, without differences' ranges and verdict.
        hidden: segments that are not shown.
    """

    frame: pd.DataFrame
    hidden: int


def compare(data: Survey | Tally, columns: list[str], *, weighted: bool = False, level: float = LEVEL) -> Compared:
    """Scores of the segments of some columns, and the sides of their comparisons."""
    place = _place(data, columns)
    table = counted(data, [*([place] if place else []), *columns], weighted=weighted)
    groups = table.groups(*columns)
    named = ~_blank(groups.index)
    shown = _shown_cells(groups.index, groups["n"].to_numpy(), named)
    out = scored(groups[shown], level=level)
    out["sides"] = pd.Series(_sides(table, columns, place, out.index), index=out.index, dtype=object)
    out.insert(0, "segment", [", ".join(key) if isinstance(key, tuple) else str(key) for key in out.index])
    return Compared(out.reset_index(drop=True), int((named & ~shown).sum()))


def _place(data: Survey | Tally, columns: list[str]) -> str:
    """The column within whose groups an answer is compared; "" where touchpoints are themselves compared, or there are none."""
    known = data.keys if isinstance(data, Tally) else data.answers.columns
    return TOUCHPOINT if TOUCHPOINT in known and TOUCHPOINT not in columns else ""


def _blank(index: pd.Index) -> np.ndarray:
    """Which groups have a name left blank."""
    return np.array([any(part == "" for part in key) if isinstance(key, tuple) else key == "" for key in index], dtype=bool)


def _shown_groups(n: np.ndarray, named: np.ndarray) -> np.ndarray:
    """Groups that may be shown: large enough, and what is left over gives no small group away by subtraction."""
    shown = named & (n >= MIN_ANSWERS)
    for i in np.argsort(n, kind="stable"):
        left = n[~shown & (n > 0)]
        if not left.size or (left.size > 1 and left.sum() >= MIN_ANSWERS) or left.min() >= MIN_ANSWERS:
            break
        if shown[i]:
            shown[i] = False
    return shown


def _shown_cells(index: pd.Index, n: np.ndarray, named: np.ndarray) -> np.ndarray:
    """`_shown_groups` of combinations, which the totals of no single column give away either."""
    shown = _shown_groups(n, named)
    if not isinstance(index, pd.MultiIndex):
        return shown
    slices = [codes == code for codes in index.codes for code in np.unique(codes)]
    while True:
        before = shown.copy()
        for part in slices:
            shown[part] = _shown_groups(n[part], shown[part])
        shown = _shown_groups(n, shown)
        if (shown == before).all():
            return shown


def judged(frame: pd.DataFrame, level: float, correction: Correction = "bh") -> pd.DataFrame:
    """Compared segments, of one or more columns -> the same with ranges of the differences and verdicts that hold for all of them."""
    sides = frame["sides"].tolist()
    value = np.array([s.difference for s in sides], dtype=float)
    p = stats.difference_p(value, lambda z: _ranges(sides, z))
    adjusted, wide = _corrected(p, level, correction)
    low, high = _ranges(sides, np.full(len(sides), stats.z_value(wide)))
    out = frame.drop(columns="sides").assign(
        difference=100 * value, difference_low=100 * low, difference_high=100 * high, p=adjusted
    )  # fmt: skip
    clear = adjusted <= 1 - level + 1e-12
    out["verdict"] = np.select([clear & (value > 0), clear & (value < 0), out["n"] < SMALL_BASE], ["above", "below", "small base"], "not clear")
    return out.sort_values(["value", "segment"], ascending=[False, True], ignore_index=True)


def _corrected(p: Floats, level: float, correction: Correction) -> tuple[Floats, float]:
    """Adjusted p-values, and the level of ranges that agree with them."""
    if correction == "bh":
        adjusted = stats.benjamini_hochberg(p)
        return adjusted, stats.selected_level(level, adjusted[~np.isnan(adjusted)])
    if correction not in ("bonferroni", "none"):
        raise VocError(f'correction must be "bh", "bonferroni" or "none"; found "{correction}"')
    m = int((~np.isnan(p)).sum()) if correction == "bonferroni" else 1
    return np.minimum(p * max(m, 1), 1.0), stats.family_level(level, m)


@dataclass(frozen=True)
class Sides:
    """One segment and the others it is compared with.

    Attributes:
        own: (3,) the segment's detractors, passives and promoters, scaled to their effective number.
        rest: (places, 3) those of the others at each touchpoint.
        value: the segment's net share, -1..1.
        others: (places,) net shares of the others.
        share: (places,) the segment's own mix of touchpoints.
    """

    own: Floats
    rest: Floats
    value: float
    others: Floats
    share: Floats

    @property
    def difference(self) -> float:
        """The segment's net share minus that of the others at its own mix; nan without others."""
        return self.value - float(self.share @ self.others) if len(self.share) else float("nan")


def _ranges(sides: list[Sides], z: Floats) -> tuple[Floats, Floats]:
    """(k,) low and high of the differences, each reaching z standard errors; nan without others."""
    if not sides:
        return np.array([]), np.array([])
    size = [len(s.share) for s in sides]
    which = np.repeat(np.arange(len(sides)), size)
    own, rest = np.array([s.own for s in sides]), np.concatenate([s.rest for s in sides])
    value, other, share = np.array([s.value for s in sides]), np.concatenate([s.others for s in sides]), np.concatenate([s.share for s in sides])
    low, high = stats.net_interval_at(rest[:, 0], rest[:, 1], rest[:, 2], z[which])
    mean, down, up = (np.bincount(which, x, len(sides)) for x in (share * other, (share * (other - low)) ** 2, (share * (high - other)) ** 2))
    ends = stats.net_interval_at(own[:, 0], own[:, 1], own[:, 2], z)
    d_low, d_high = stats.mover_difference(value, ends, mean, (mean - np.sqrt(down), mean + np.sqrt(up)))
    unknown = np.array(size) == 0
    return np.where(unknown, np.nan, d_low), np.where(unknown, np.nan, d_high)


def _sides(table: Tally, columns: list[str], place: str, index: pd.Index) -> list[Sides]:
    """Both sides of each shown segment; the oddest is taken out of the others' side, and so on."""
    weights, sizes = _cells(table, columns, place, index)
    odd = np.zeros(len(index), dtype=bool)
    out = _against(weights, sizes, odd, np.arange(len(index)))
    wide = np.full(len(index), stats.z_value(stats.family_level(LEVEL, len(index))))
    while len(index) >= FEW_GROUPS and odd.sum() < len(index) // 2:
        low, high = _ranges(out, wide)
        distance = np.where(odd, -np.inf, np.nan_to_num(np.maximum(low, -high), nan=-np.inf))
        if distance.max() <= 0:
            break
        odd[int(distance.argmax())] = True
        left = np.flatnonzero(~odd)
        for i, fresh in zip(left, _against(weights, sizes, odd, left), strict=True):
            out[i] = fresh
    return out


def _cells(table: Tally, columns: list[str], place: str, index: pd.Index) -> tuple[Floats, Floats]:
    """(segments + 1, places, 3) weighted counts and (segments + 1, places) effective numbers.

    The last row is everybody else, blank names left out.
    """
    cells = table.groups(*([place] if place else []), *columns).reset_index()
    keys = pd.MultiIndex.from_frame(cells[columns]) if len(columns) > 1 else pd.Index(cells[columns[0]])
    row, named = index.get_indexer(keys), ~_blank(keys)
    row = np.where(row < 0, len(index), row)
    codes, places = pd.factorize(cells[place]) if place else (np.zeros(len(cells), dtype=int), ["everywhere"])
    share = cells[BAND_COLUMNS].to_numpy(dtype=float) / cells[["n"]].to_numpy(dtype=float)
    weights, sizes = np.zeros((len(index) + 1, len(places), 3)), np.zeros((len(index) + 1, len(places)))
    np.add.at(weights, (row[named], codes[named]), (share * cells[["weight"]].to_numpy(dtype=float))[named])
    np.add.at(sizes, (row[named], codes[named]), cells["effective"].to_numpy(dtype=float)[named])
    return weights, sizes


def _against(weights: Floats, sizes: Floats, odd: np.ndarray, which: np.ndarray) -> list[Sides]:
    """The sides of some segments: each against all others but the odd ones."""
    usual = ~np.append(odd, False)
    total, effective = weights[usual].sum(axis=0), sizes[usual].sum(axis=0)
    out = []
    for i in which:
        mine = weights[i]
        rest = total - (0 if odd[i] else mine)
        left = effective - (0 if odd[i] else sizes[i])
        there = (mine.sum(axis=1) > 0) & (left > 1e-9) & (rest.sum(axis=1) > 1e-9)
        own, rest, left = mine[there], np.maximum(rest[there], 0), left[there]
        band, other = own.sum(axis=0), rest / np.where(there.any(), rest.sum(axis=1, keepdims=True), 1)
        whole = band.sum() or 1.0
        out.append(
            Sides(
                band / whole * sizes[i][there].sum(), other * left[:, None], float((band[2] - band[0]) / whole), other[:, 2] - other[:, 0],
                own.sum(axis=1) / whole,
            )
        )  # fmt: skip
    return out
