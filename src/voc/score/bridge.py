"""Two sets of answers + a segment column -> how much of the change is mix and how much happened within segments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS
from voc.score.change import Change, change
from voc.score.nps import LEVEL
from voc.score.segments import tally

DRAWS = 2000
OTHER = "Others and blank"


@dataclass(frozen=True, repr=False)
class Bridge(Result):
    """A change of the score, split exactly.

    Attributes:
        change: the whole change and its interval.
        column: the segment column.
        frame: one row per segment: `segment`, `share_before`, `share_after` (0..1), `value_before`, `value_after`
            (points, missing without answers), `mix`, `within` (points; all of them add up to the change).
        mix_low: lower end of the total mix part, points.
        mix_high: upper end.
        within_low: lower end of the total within part, points.
        within_high: upper end.
    """

    change: Change
    column: str
    frame: pd.DataFrame
    mix_low: float
    mix_high: float
    within_low: float
    within_high: float

    @property
    def mix(self) -> float:
        """Points that go with a different mix of answers."""
        return float(self.frame["mix"].sum()) if len(self.frame) else float("nan")

    @property
    def within(self) -> float:
        """Points that go with different scores within the segments."""
        return float(self.frame["within"].sum()) if len(self.frame) else float("nan")

    @property
    def headline(self) -> str:
        """The change, and which part of it is established."""
        if self.frame.empty:
            return self.change.headline
        name = self.column.replace("_", " ")
        mix = f"the mix of answers by {name} {self._verb(self.mix, self.mix_low, self.mix_high)}"
        within = f"scores within each {name} {self._verb(self.within, self.within_low, self.within_high)}"
        largest = self.frame.iloc[int((self.frame["share_after"] - self.frame["share_before"]).abs().argmax())]
        moved = ""
        if self._clear(self.mix_low, self.mix_high):
            moved = (
                f" The largest shift: {largest['segment']} went from {display.share(largest['share_before'])}"
                f" to {display.share(largest['share_after'])} of the answers."
            )
        return f"{self.change.headline} Of this, {mix}; {within}.{moved}"

    def _verb(self, value: float, low: float, high: float) -> str:
        span = f"{display.change(value)} points ({display.interval(low, high)})"
        return f"goes with {span}" if self._clear(low, high) else f"shows no clear effect: {span}"

    @staticmethod
    def _clear(low: float, high: float) -> bool:
        return low > 0 or high < 0

    def to_frame(self) -> pd.DataFrame:
        """One row per segment."""
        return self.frame

    def _caption(self) -> str:
        return f"What the change is made of, by {self.column.replace('_', ' ')}"

    def _columns(self) -> list[Column]:
        return [
            Column("segment", self.column.replace("_", " ").capitalize()),
            Column("share_before", "Share of answers before", "share"),
            Column("share_after", "after", "share"),
            Column("value_before", "Score before", "points"),
            Column("value_after", "after", "points"),
            Column("mix", "From the mix", "change"),
            Column("within", "From the scores", "change"),
        ]


def bridge(before: Survey, after: Survey, *, by: str, level: float = LEVEL, seed: int = 0) -> Bridge:
    """Split a change into mix and within-segment parts that add up to it exactly.

    Args:
        before: the earlier answers.
        after: the later answers.
        by: the segment column.
        level: confidence level of the two totals (percentile bootstrap over the two tables of counts).
        seed: of the bootstrap.

    Notes:
        mix = (w1 - w0) ((r0 + r1) / 2 - overall), within = (r1 - r0) (w0 + w1) / 2, with `overall` the mean of the two
        total scores: a growing average segment contributes nothing. A segment without answers on one side is given its
        other side's score, so that all of its part is mix.

    References:
        Kitagawa 1955, JASA 50:1168; Das Gupta 1993, US Census Bureau P23-186.
    """
    whole = change(before, after, level=level)
    if not (whole.before.n and whole.after.n):
        return Bridge(whole, by, pd.DataFrame(), *[float("nan")] * 4)
    tables = _merged([tally(s.frame.assign(segment=s.segment(by).replace("", OTHER)), "segment") for s in (before, after)])
    names = sorted(set(tables[0].index) | set(tables[1].index))
    first, second = (t.reindex(names, fill_value=0).to_numpy(dtype=float) for t in tables)
    mix, within, parts = decompose(first, second)
    draws = [stats.resample(t.ravel(), draws=DRAWS, seed=seed + i).reshape(DRAWS, *t.shape) for i, t in enumerate((first, second))]
    drawn_mix, drawn_within, _ = decompose(draws[0].astype(float), draws[1].astype(float))
    tails = [50 * (1 - level), 50 * (1 + level)]
    ends = [float(x) for total in (drawn_mix.sum(axis=-1), drawn_within.sum(axis=-1)) for x in np.percentile(total, tails)]
    frame = pd.DataFrame({"segment": names, **parts, "mix": mix, "within": within})
    return Bridge(whole, by, frame, *ends)


def _merged(tables: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Put segments with fewer than 10 answers on either side together, so that no small group is published."""
    names = sorted(set(tables[0].index) | set(tables[1].index))
    full = [t.reindex(names, fill_value=0) for t in tables]
    small = (full[0].sum(axis=1) < MIN_ANSWERS) | (full[1].sum(axis=1) < MIN_ANSWERS)
    groups = [OTHER if small[name] else name for name in names]
    return [t.groupby(groups).sum() for t in full]


def decompose(before: stats.Floats, after: stats.Floats) -> tuple[stats.Floats, stats.Floats, dict[str, stats.Floats]]:
    """Mix and within parts, in points, of tables (..., segments, 3) of detractor, passive and promoter counts."""
    sizes = [t.sum(axis=-1) for t in (before, after)]
    shares = [s / s.sum(axis=-1, keepdims=True) for s in sizes]
    with np.errstate(invalid="ignore", divide="ignore"):
        values = [100 * (t[..., 2] - t[..., 0]) / s for t, s in zip((before, after), sizes, strict=True)]
    r0, r1 = np.where(sizes[0] > 0, values[0], values[1]), np.where(sizes[1] > 0, values[1], values[0])
    r0, r1 = np.nan_to_num(r0), np.nan_to_num(r1)
    w0, w1 = shares
    overall = ((w0 * r0).sum(axis=-1, keepdims=True) + (w1 * r1).sum(axis=-1, keepdims=True)) / 2
    mix, within = (w1 - w0) * ((r0 + r1) / 2 - overall), (r1 - r0) * (w0 + w1) / 2
    parts = {"share_before": w0, "share_after": w1, "value_before": values[0], "value_after": values[1]}
    return mix, within, parts
