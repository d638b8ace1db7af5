"""Two sets of answers + a segment column -> how much of the change is mix and how much happened within segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey, folded
from voc.schema import MIN_ANSWERS, TOUCHPOINT, VocError
from voc.score import protect
from voc.score.change import Change, change
from voc.score.nps import LEVEL
from voc.score.segments import BAND_COLUMNS
from voc.score.split import Side, intervals
from voc.score.tally import Tally, counted, likeness

OTHER = "Others and blank"
MOST_STEPS = 5
CONTACTS_MARGIN = 0.05  # a share of contacts whose change surely lies inside is called stable
AHEAD = {"mix": "share of answers", "within": "own score"}


@dataclass(frozen=True, repr=False)
class Bridge(Result):
    """A change of the score, split exactly.

    Attributes:
        change: the whole change and its interval.
        columns: one segment column, or two crossed ones.
        frame: one row per segment: `column`, `segment`, `share_before`, `share_after` (0..1), `value_before`, `value_after` (points, missing
            without answers), `mix` with `mix_low`, `mix_high`, `within` with `within_low`, `within_high` (points; with two columns missing,
            except in the row of the scores within all combinations), and with invitations `contacts_before`, `contacts_after` (shares 0..1).
            All of `mix` and `within` add up to the change.
        totals: sums of parts: one row per column's mix, then all mix, then the scores: `part` ("mix" or "within"), `column` ("" for the last two),
            `value`, `low`, `high`.
        contacts: per segment of the frame, the range of the change of its share of contacts (`low`, `high`, 0..1); empty without invitations.
    """

    behind_chart = True

    change: Change
    columns: tuple[str, ...]
    frame: pd.DataFrame
    totals: pd.DataFrame
    contacts: pd.DataFrame

    @property
    def column(self) -> str:
        """The segment columns, in words."""
        return display.listed([c.replace("_", " ") for c in self.columns])

    @property
    def mix(self) -> float:
        """Points that go with a different mix of answers."""
        return float(self.frame["mix"].sum()) if len(self.frame) else float("nan")

    @property
    def within(self) -> float:
        """Points that go with different scores within the segments."""
        return float(self.frame["within"].sum()) if len(self.frame) else float("nan")

    @property
    def mix_range(self) -> tuple[float, float]:
        """Lower and upper end of all that goes with the mix, points."""
        return self._range("mix")

    @property
    def within_range(self) -> tuple[float, float]:
        """Lower and upper end of all that goes with the scores, points."""
        return self._range("within")

    def _range(self, part: str) -> tuple[float, float]:
        if self.totals.empty:
            return float("nan"), float("nan")
        row = self.totals[self.totals["part"] == part].iloc[-1]
        return float(row["low"]), float(row["high"])

    @property
    def mix_matters(self) -> bool:
        """Whether a part that goes with the mix is clear."""
        return any(r.part == "mix" and _clear(r.low, r.high) for r in display.rows(self.totals))

    @property
    def headline(self) -> str:
        """The change, which part of it is clear, and the largest shift behind a clear mix part."""
        if self.frame.empty:
            return self.change.headline
        told = [
            f"{self._named(r)} {_verb(r.value, r.low, r.high, many=r.part == 'within')}"
            for r in display.rows(self.totals)
            if r.column or r.part == "within"
        ]
        return f"{self.change.headline} Of this, {'; '.join(told)}.{self._shift() if self.mix_matters else ''}"

    @property
    def message(self) -> str:
        """The change in a few words, and which part of it is clear; for a chart."""
        if self.frame.empty:
            return self.change.headline
        span = f"{display.points(self.change.before.value)} to {display.points(self.change.after.value)}"
        clear = [(r, self._named(r)) for r in display.rows(self.totals) if (r.column or r.part == "within") and _clear(r.low, r.high)]
        if not clear:
            return f"{span}: neither the mix of answers nor the scores show a clear effect."
        return f"{span}: {' and '.join(f'{display.change(r.value)} points go with {name}' for r, name in clear)}."

    def _named(self, total: Any) -> str:
        if total.part == "mix":
            return f"the mix of answers by {total.column.replace('_', ' ')}"
        return f"scores within each {self.columns[0].replace('_', ' ')}" if len(self.columns) == 1 else "scores within each combination"

    def _shift(self) -> str:
        """The segment whose share clearly moved the score most, and whether its share of contacts moved too; "" where none is clear."""
        clear = (self.frame["mix_low"] > 0) | (self.frame["mix_high"] < 0)
        named = self.frame[clear & (self.frame["segment"] != OTHER)]
        if named.empty:
            return ""
        at = int(named["mix"].abs().to_numpy().argmax())
        row, key = named.iloc[at], named.index[at]
        larger = bool(row["share_after"] > row["share_before"])
        span = f"{display.share(row['share_before'])} to {display.share(row['share_after'])}"
        points = f"{display.change(row['mix'])} points ({display.interval(row['mix_low'], row['mix_high'])})"
        sentence = f" The {'larger' if larger else 'smaller'} share of answers of {row['segment']} ({span}) goes with {points}"
        if self.contacts.empty or np.isnan(row["contacts_before"]) or np.isnan(row["contacts_after"]):
            return f"{sentence}."
        asked = f"{display.share(row['contacts_before'])} to {display.share(row['contacts_after'])}"
        low, high = self.contacts.loc[[key], ["low", "high"]].to_numpy()[0]
        if not _clear(low, high):
            still = max(-low, high) <= CONTACTS_MARGIN
            told = f"is stable within {display.count(100 * CONTACTS_MARGIN)} percentage points" if still else "may have moved or not"
            return f"{sentence}; its share of contacts {told} ({asked})."
        verb = "rose" if low > 0 else "fell"
        return (
            f"{sentence}; its share of contacts {verb} too ({asked})."
            if larger == (low > 0)
            else f"{sentence}, although its share of contacts {verb} ({asked})."
        )

    def steps(self, most: int = MOST_STEPS) -> pd.DataFrame:
        """The way from the score before to the score after.

        Args:
            most: how many segments get steps of their own; the others are put together.

        Returns:
            `step` in words, `value`, `low`, `high` (points; missing for steps put together). The first and last row are the scores.
        """
        parts = self.frame.assign(size=self.frame[["mix", "within"]].abs().max(axis=1)).sort_values("size", ascending=False, kind="stable")
        rows = [(self.change.before.label, self.change.before.value, self.change.before.low, self.change.before.high)]
        for row in parts.head(most).to_dict("records"):
            for part, words in AHEAD.items():
                if not np.isnan(row[part]):
                    step = str(row["segment"]) if len(self.columns) > 1 and part == "within" else f"{row['segment']}: {words}"
                    rows.append((step, row[part], row[f"{part}_low"], row[f"{part}_high"]))
        if len(parts) > most:
            rest = parts.iloc[most:]
            rows.append((f"{display.count(len(rest))} others", float(rest[["mix", "within"]].sum().sum()), np.nan, np.nan))
        rows.append((self.change.after.label, self.change.after.value, self.change.after.low, self.change.after.high))
        return pd.DataFrame(rows, columns=["step", "value", "low", "high"])

    def to_frame(self) -> pd.DataFrame:
        """One row per segment."""
        return self.frame

    def _caption(self) -> str:
        return f"What the change is made of, by {self.column}. {self.change.allowance}".strip()

    def _columns(self) -> list[Column]:
        contacts = [Column("contacts_before", "Share of contacts before", "share"), Column("contacts_after", "Share of contacts after", "share")]
        return [
            Column("segment", self.column.capitalize()),
            Column("share_before", "Share of answers before", "share"),
            Column("share_after", "Share of answers after", "share"),
            *(contacts if "contacts_before" in self.frame else []),
            Column("value_before", "Score before", "points"),
            Column("value_after", "Score after", "points"),
            Column("mix", "From the mix", "change"),
            Column("mix_low", "Low to high", "range", "mix_high"),
            Column("within", "From the scores", "change"),
            Column("within_low", "Low to high", "range", "within_high"),
        ]


def _clear(low: float, high: float) -> bool:
    return low > 0 or high < 0


def _verb(value: float, low: float, high: float, *, many: bool) -> str:
    span = f"{display.change(value)} points ({display.interval(low, high)})"
    verb = ("go with" if many else "goes with") if _clear(low, high) else ("show" if many else "shows") + " no clear effect:"
    return f"{verb} {span}"


def bridge(before: Survey | Tally, after: Survey | Tally, *, by: str | Sequence[str], weighted: bool = False, level: float = LEVEL) -> Bridge:
    """Split a change into mix and within-segment parts that add up to it exactly.

    Args:
        before: the earlier answers.
        after: the later answers.
        by: the segment column, or two: then each has its own mix part.
        weighted: weight each answer with the survey's own weights.
        level: confidence level of the whole change, of each part and of their sums.

    Raises:
        VocError: a column is not known, or there are more than two.

    Notes:
        `score.split.decompose` splits, `score.split.intervals` says how sure the parts are. A growing segment with an average score
        contributes nothing. Segments that either period's own table hides (`score.protect`) are put together with the blank ones. With
        invitations, the shares of contacts stand beside those of answers: the mix of answers can change because other people were asked or
        because other people answered.

    References:
        Kitagawa 1955, JASA 50:1168; Das Gupta 1993, US Census Bureau P23-186.
    """
    columns = (by,) if isinstance(by, str) else tuple(by)
    if not 1 <= len(columns) <= 2:
        raise VocError(f"a change is split by one or two columns; found {display.listed(list(columns)) or 'none'}")
    place = TOUCHPOINT if TOUCHPOINT not in columns and all(TOUCHPOINT in _columns_of(t) for t in (before, after)) else ""
    tables = [counted(t, [*columns, *([place] if place else [])], weighted=weighted) for t in (before, after)]
    whole = change(tables[0], tables[1], level=level)
    if min(whole.before.n, whole.after.n) < MIN_ANSWERS:
        return Bridge(whole, columns, pd.DataFrame(), pd.DataFrame(), pd.DataFrame())
    tables = [t.over(*columns) for t in _merged(tables, columns, place)]
    names = [sorted({*tables[0].frame[c], *tables[1].frame[c]}) for c in columns]
    sides = [_side(t, columns, names) for t in tables]
    frame, totals = _parts(sides[0], sides[1], columns, names, level)
    asked = _contacts(before, after, frame, level)
    return Bridge(whole, columns, frame.join(asked[["contacts_before", "contacts_after"]]) if len(asked) else frame, totals, asked)


def _columns_of(data: Survey | Tally) -> list[str]:
    return list(data.keys if isinstance(data, Tally) else data.answers.columns)


def _merged(tables: list[Tally], columns: tuple[str, ...], place: str) -> list[Tally]:
    """Put together blank segments and those that either period's own table hides, so that no small group is published or can be worked out."""
    for column in columns:
        keys = [column, *([place] if place else [])]
        counts = pd.concat([t.over(*keys).frame.groupby(keys)["n"].sum() for t in tables], axis=1, keys=range(len(tables))).fillna(0).sort_index()
        spread = [counts[i].unstack(place, fill_value=0) if place else counts[i] for i in range(len(tables))]
        nowhere = spread[0].columns == "" if place else None
        together, _ = protect.hidden_by_side(np.stack([t.to_numpy(dtype=float) for t in spread]), always=spread[0].index == "", nowhere=nowhere)
        names = {str(name): OTHER for name in spread[0].index[together]}
        tables = [_renamed(t, column, names) for t in tables] if names else tables
    return tables


def _renamed(table: Tally, column: str, names: dict[str, str]) -> Tally:
    """The tally with some groups of a column called alike, which puts them together."""
    frame = table.frame.assign(**{column: table.frame[column].replace(names)})
    people = None if table.people is None else table.people.assign(**{column: table.people[column].replace(names)})
    return replace(table, frame=frame, people=people).over(*table.keys)


def _side(table: Tally, columns: tuple[str, ...], names: list[list[str]]) -> Side:
    """A tally as arrays over the given segments."""
    cells = pd.MultiIndex.from_product(names, names=columns) if len(columns) > 1 else pd.Index(names[0], name=columns[0])
    groups = table.groups(*columns).reindex(cells, fill_value=0)
    shape = tuple(len(n) for n in names)
    n, weight = groups["n"].to_numpy(dtype=float), groups["weight"].to_numpy(dtype=float)
    bands = groups[BAND_COLUMNS].to_numpy(dtype=float) / np.maximum(n, 1e-300)[:, None]
    effective, square = groups["effective"].to_numpy(dtype=float), groups["square"].to_numpy(dtype=float) / weight.sum() ** 2
    alike = likeness(table, groups[groups["n"] > 0])
    return Side((weight / weight.sum()).reshape(shape), bands.reshape(*shape, 3), effective.reshape(shape), square.reshape(shape), alike)


def _parts(before: Side, after: Side, columns: tuple[str, ...], names: list[list[str]], level: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both sides -> the rows per segment, and the totals."""
    crossed = len(columns) > 1
    lengths = [len(n) for n in names]
    parts, cells = sum(lengths), int(np.prod(lengths))
    ends = np.cumsum(lengths)
    each = np.eye(parts + cells)
    mixes = [each[end - k : end].sum(axis=0) for end, k in zip(ends, lengths, strict=True)]
    inside = each[parts:].sum(axis=0, keepdims=True)
    sums = np.vstack([each[:parts], inside if crossed else each[parts:], *mixes, each[:parts].sum(axis=0), inside])
    value, low, high = (100 * x for x in intervals(before, after, sums, level=level, crossed=crossed))
    found = pd.DataFrame({"value": value, "low": low, "high": high})
    kinds = pd.DataFrame({"part": ["mix"] * (len(columns) + 1) + ["within"], "column": [*columns, "", ""]})
    totals = pd.concat([kinds, found.tail(len(kinds)).reset_index(drop=True)], axis=1)
    rows = [_marginal(before, after, axis, column, names[axis]) for axis, column in enumerate(columns)]
    frame = pd.concat(rows, ignore_index=True)
    mix, within = found.iloc[:parts], found.iloc[parts : -len(kinds)].reset_index(drop=True)
    frame[["mix", "mix_low", "mix_high"]] = mix.to_numpy()
    if crossed:
        frame = pd.concat([frame, pd.DataFrame([{"column": "", "segment": "Scores within each combination"}])], ignore_index=True)
        within = within.set_axis([len(frame) - 1])
    frame[["within", "within_low", "within_high"]] = within.reindex(frame.index).to_numpy()
    return frame, totals


def _marginal(before: Side, after: Side, axis: int, column: str, names: list[str]) -> pd.DataFrame:
    """Shares and scores of one column's segments on both sides."""
    out: dict[str, object] = {"column": column, "segment": names}
    for side, words in ((before, "before"), (after, "after")):
        other = tuple(i for i in range(side.share.ndim) if i != axis)
        share = side.share.sum(axis=other)
        net = (side.share * np.nan_to_num(side.rate)).sum(axis=other)
        with np.errstate(invalid="ignore", divide="ignore"):
            out |= {f"share_{words}": share, f"value_{words}": 100 * np.where(share > 0, net / share, np.nan)}
    return pd.DataFrame(out)


def _contacts(before: Survey | Tally, after: Survey | Tally, frame: pd.DataFrame, level: float) -> pd.DataFrame:
    """Each segment's share of the contacts of both periods, and the range of its change; no rows where invitations cannot tell."""
    if not (isinstance(before, Survey) and isinstance(after, Survey)):
        return pd.DataFrame()
    out = pd.DataFrame(np.nan, index=frame.index, columns=["contacts_before", "contacts_after", "low", "high"])
    for column in frame["column"].unique():
        asked = [s.asked(column) if column else None for s in (before, after)]
        rows = frame.index[frame["column"] == column]
        named = frame.loc[rows, "segment"].str.strip().str.casefold()
        if any(a is None or a.empty for a in asked):
            continue
        counts = [np.array([int((folded(a) == name).sum()) for name in named]) for a in asked if a is not None]
        sizes = [len(a) for a in asked if a is not None]
        _, low, high = stats.share_difference(counts[1], sizes[1], counts[0], sizes[0], level=level)
        here = frame.loc[rows, "segment"] != OTHER
        values = np.stack([counts[0] / sizes[0], counts[1] / sizes[1], low, high], axis=1)
        out.loc[rows] = np.where(here.to_numpy()[:, None], values, np.nan)
    return out if out["contacts_before"].notna().any() else pd.DataFrame()
