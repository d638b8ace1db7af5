"""Answers + segment columns -> one score per segment, each compared with the other answers at the same touchpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, TOUCHPOINT, VocError
from voc.score import protect
from voc.score.nps import LEVEL
from voc.score.tally import Tally, column_names, counted, likeness, scored
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
        allowance: what the ranges allow for, where the answers are worth less than their number; a sentence.
    """

    column: str
    frame: pd.DataFrame
    hidden: int
    level: float
    label: str
    allowance: str = ""

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
        return f"Stands out by {name} ({self.label}): {display.listed(named)}."

    def to_frame(self) -> pd.DataFrame:
        """One row per shown segment."""
        return self.frame

    def _caption(self) -> str:
        why = f"too few answers (under {MIN_ANSWERS}), or the answers of such a group could be worked out"
        hidden = f" {display.plural(self.hidden, 'group')} not shown: {why}." if self.hidden else ""
        return f"Score by {self.column.replace('_', ' ')}, {self.label}.{hidden}{self.allowance}"

    def _columns(self) -> list[Column]:
        return [
            Column("segment", self.column.replace("_", " ").capitalize()),
            Column("n", "Answers", "count"),
            Column("value", "Score", "points"),
            Column("low", "Low to high", "range", "high"),
            Column("difference", "Against the others", "change"),
            Column("difference_low", "Low to high, all rows together", "range", "difference_high"),
            Column("verdict", "Verdict"),
        ]


def by(
    data: Survey | Tally | IntoFrame, column: str | Sequence[str], *, weighted: bool = False, level: float = LEVEL, correction: Correction = "bh"
) -> Segments:
    """Score every segment and compare it with the other answers at the same touchpoints.

    Args:
        data: the answers, also as a data frame with a column "score"; a Tally counts them by the columns, and by "touchpoint" where they
            are to be compared there.
        column: a segment column; of several, every combination is a segment. Blank segments are left out.
        weighted: weight each answer with the survey's own weights.
        level: confidence level of each score; differences allow for the number of comparisons as well.
        correction: "bh" (Benjamini-Hochberg: of the segments named, at most 5 % are named by chance), "bonferroni" (no segment is
            named by chance, with the level's confidence) or "none".

    Raises:
        VocError: there is no such column.

    Notes:
        The others are weighted to the segment's own mix of touchpoints, so that a group that happens to visit stores is not called better
        for that. Touchpoints themselves are compared with all other answers; crossed with another column, within each. Among six groups
        or more the one that stands out most is taken out of the others' comparison, and so on, so that one bright spot does not make
        everybody else look dim. Differences join Tango's intervals by MOVER; their p-values belong to the same intervals. Both sides count at
        their effective number of answers, that of the others reduced where the same customers answer at several touchpoints; where a
        customer's answers lie on both sides, the range is a little too wide.

    References:
        Benjamini & Hochberg 1995, JRSS B 57:289; Benjamini & Yekutieli 2005, JASA 100:71 (the ranges of differences).
    """
    columns = [column] if isinstance(column, str) else list(column)
    if not columns:
        raise VocError("name at least one column whose groups are to be scored; found none")
    compared = compare(data, columns, weighted=weighted, level=level)
    return Segments(" and ".join(columns), judged(compared.frame, level, correction), compared.hidden, level, compared.label, compared.allowance)


@dataclass(frozen=True)
class Compared:
    """Segments with their scores and differences, before the number of comparisons is allowed for.

    Attributes:
        frame: one row per shown segment, as in `Segments`, without differences' ranges and verdict.
        hidden: segments that are not shown.
        label: which answers.
        allowance: as in `Segments`.
    """

    frame: pd.DataFrame
    hidden: int
    label: str
    allowance: str


def compare(data: Survey | Tally | IntoFrame, columns: list[str], *, weighted: bool = False, level: float = LEVEL) -> Compared:
    """Scores of the segments of some columns, and the sides of their comparisons."""
    place = _place(data, columns)
    keys = list(columns) if place in columns or not place else [place, *columns]
    table = counted(data, keys, weighted=weighted)
    groups = table.groups(*columns)
    named = ~_blank(groups.index)
    shown = named & ~_hidden(table, place, columns, groups)
    out = scored(groups[shown], level=level)
    out["sides"] = pd.Series(_sides(table, groups, place, out.index), index=out.index, dtype=object)
    out.insert(0, "segment", [", ".join(key) if isinstance(key, tuple) else str(key) for key in out.index])
    return Compared(out.reset_index(drop=True), int((named & ~shown).sum()), table.label, table.allowance)


def _place(data: Survey | Tally | IntoFrame, columns: list[str]) -> str:
    """The column within whose groups an answer is compared; "" where touchpoints are themselves compared, or there are none."""
    known = list(data.keys) if isinstance(data, Tally) else column_names(data.answers if isinstance(data, Survey) else data)
    return TOUCHPOINT if TOUCHPOINT in known and columns != [TOUCHPOINT] else ""


def _blank(index: pd.Index) -> np.ndarray:
    """Which groups have a name left blank."""
    return np.array([any(part == "" for part in key) if isinstance(key, tuple) else key == "" for key in index], dtype=bool)


def _hidden(table: Tally, place: str, columns: list[str], groups: pd.DataFrame) -> np.ndarray:
    """Which groups are hidden, beside the totals of touchpoints or of each column."""
    if len(columns) == 1 and place:
        there = table.groups(*columns, place)["n"].unstack(place, fill_value=0).reindex(groups.index)
        return protect.hidden_by_place(there.to_numpy(), always=_blank(there.index), nowhere=there.columns == "")
    if len(columns) == 1:
        return protect.hidden(groups["n"].to_numpy(), always=_blank(groups.index))
    index = cast("pd.MultiIndex", groups.index).remove_unused_levels()
    sizes = np.zeros(index.levshape)
    at = tuple(np.asarray(codes) for codes in index.codes)
    sizes[at] = groups["n"]
    blank = np.logical_or.reduce(np.meshgrid(*[np.asarray(level == "") for level in index.levels], indexing="ij"))
    return np.asarray(protect.hidden(sizes, always=blank)[at], dtype=bool)


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


def _sides(table: Tally, groups: pd.DataFrame, place: str, index: pd.Index) -> list[Sides]:
    """Both sides of each shown segment; the oddest is taken out of the others' side, and so on."""
    cells = _cells(table, groups, place, index)
    odd = np.zeros(len(index), dtype=bool)
    out = _against(cells, odd, np.arange(len(index)))
    wide = np.full(len(index), stats.z_value(stats.family_level(LEVEL, len(index))))
    while len(index) >= FEW_GROUPS and odd.sum() < len(index) // 2:
        low, high = _ranges(out, wide)
        distance = np.where(odd, -np.inf, np.nan_to_num(np.maximum(low, -high), nan=-np.inf))
        if distance.max() <= 0:
            break
        odd[int(distance.argmax())] = True
        left = np.flatnonzero(~odd)
        for i, fresh in zip(left, _against(cells, odd, left), strict=True):
            out[i] = fresh
    return out


@dataclass(frozen=True)
class Cells:
    """Segments by touchpoints. The last segment is everybody who is in no other; answers with a blank name are left out.

    Attributes:
        weights: (segments + 1, places, 3) weighted counts.
        squares: (segments + 1, places) sums of squared weights.
        n: (segments + 1, places) numbers of answers.
        own: (segments + 1,) effective numbers of answers.
        design: (places,) variance of all answers there, in units of that of as many different customers.
    """

    weights: Floats
    squares: Floats
    n: Floats
    own: Floats
    design: Floats


def _cells(table: Tally, groups: pd.DataFrame, place: str, index: pd.Index) -> Cells:
    columns = [str(name) for name in groups.index.names]
    parts = (groups if not place or place in columns else table.groups(place, *columns)).reset_index()
    keys = pd.MultiIndex.from_frame(parts[columns]) if len(columns) > 1 else pd.Index(parts[columns[0]])
    row, named = index.get_indexer(keys), ~_blank(keys)
    row = np.where(row < 0, len(index), row)[named]
    parts = parts[named]
    everywhere = table.groups() if not place else table.groups(place)
    code = everywhere.index.get_indexer(pd.Index(parts[place])) if place else np.zeros(len(parts), dtype=int)
    weight, n = parts["weight"].to_numpy(dtype=float), parts["n"].to_numpy(dtype=float)
    values = (parts[BAND_COLUMNS].to_numpy(dtype=float) * (weight / n)[:, None], weight**2 / parts["kish"].to_numpy(dtype=float), n)
    sums = [np.zeros((len(index) + 1, len(everywhere), *v.shape[1:])) for v in values]
    for total, v in zip(sums, values, strict=True):
        np.add.at(total, (row, code), v)
    own = np.append(groups["effective"].reindex(index).to_numpy(dtype=float), 0.0)
    design = (everywhere["kish"] / everywhere["effective"]).to_numpy(dtype=float) * likeness(table, everywhere)
    return Cells(sums[0], sums[1], sums[2], own, design)


def _against(cells: Cells, odd: np.ndarray, which: np.ndarray) -> list[Sides]:
    """The sides of some segments: each against all others but the odd ones."""
    usual = ~np.append(odd, False)
    totals = [x[usual].sum(axis=0) for x in (cells.weights, cells.squares, cells.n)]
    out = []
    for i in which:
        mine = cells.weights[i]
        rest, square, n = (t - (0 if odd[i] else x[i]) for t, x in zip(totals, (cells.weights, cells.squares, cells.n), strict=True))
        there = (mine.sum(axis=1) > 0) & (n > 0.5) & (rest.sum(axis=1) > 0)
        own, rest, square, n = mine[there], np.maximum(rest[there], 0), square[there], n[there]
        weight = rest.sum(axis=1)
        size = np.minimum(weight**2 / np.maximum(square, 1e-300), n) / cells.design[there]
        band, other = own.sum(axis=0), rest / weight[:, None]
        whole = band.sum() or 1.0
        mass = cells.own[i] * band.sum() / mine.sum()
        net = other[:, 2] - other[:, 0]
        out.append(Sides(band / whole * mass, other * size[:, None], float((band[2] - band[0]) / whole), net, own.sum(axis=1) / whole))
    return out
