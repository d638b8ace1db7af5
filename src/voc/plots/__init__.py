"""Results -> charts. Draws what a result holds and computes nothing."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from voc import display
from voc.cohorts import Ratings
from voc.display import Note
from voc.drivers import Drivers
from voc.plots.frame import empty, finish, ranges, setup, start, wrapped
from voc.plots.funnel import nps_expected
from voc.plots.money import revenue_and_score, revenue_by_cohort
from voc.plots.score import MOST_ROWS, ROW_HEIGHT, change_parts, nps_segments, nps_trend, score_distribution
from voc.plots.silent import silent_band
from voc.plots.themes import pairs, theme_bars, theme_gaps, theme_map, theme_months, theme_movement, theme_points

__all__ = [
    "change_parts", "driver_bars", "nps_expected", "nps_segments", "nps_trend", "rating_gaps", "revenue_and_score", "revenue_by_cohort",
    "score_distribution", "setup", "silent_band", "theme_bars", "theme_gaps", "theme_map", "theme_months",
    "theme_movement", "theme_points",
]  # fmt: skip


def driver_bars(drivers: Drivers | Note, *, ax: Axes | None = None) -> Axes:
    """How closely each question goes with the score, with intervals."""
    if isinstance(drivers, Note):
        return empty(ax, drivers.headline)
    frame = drivers.to_frame().head(MOST_ROWS)
    ax = start(1.4 + ROW_HEIGHT * len(frame), ax)
    rows = ranges(ax, 100 * frame["low"], 100 * frame["importance"], 100 * frame["high"])
    ax.set_yticks(rows, wrapped(frame["wording"], 32))
    ax.set_xlim(left=min(0, ax.get_xlim()[0]))
    ax.set_xlabel("Share of the differences in the score, %")
    alt = "; ".join(f"{r.wording}: {display.share(r.importance)} ({display.interval(100 * r.low, 100 * r.high)})" for r in display.rows(frame))
    plotted = f"How closely each question goes with the score, with ranges, {display.plural(drivers.n, 'answer')}, {drivers.label}."
    return finish(ax, message=drivers.headline.split(":")[0] + ".", plotted=plotted, alt=alt)


def rating_gaps(ratings: Ratings, *, ax: Axes | None = None) -> Axes:
    """Average answers of both groups."""
    frame = ratings.to_frame()
    if frame.empty:
        return empty(ax, ratings.headline)
    ax = start(1.5 + ROW_HEIGHT * len(frame), ax)
    pairs(ax, (ratings.first, ratings.second), frame["mean_first"].to_numpy(), frame["mean_second"].to_numpy())
    ax.set_yticks(np.arange(len(frame))[::-1], wrapped(frame["wording"], 32))
    ax.set_xlabel("Average answer")
    alt = "; ".join(f"{r.wording}: {ratings.first}s {r.mean_first:.2f}, {ratings.second}s {r.mean_second:.2f}" for r in display.rows(frame))
    plotted = f"Average answer of {ratings.first}s and {ratings.second}s, {ratings.label}."
    return finish(ax, message=ratings.headline, plotted=plotted, alt=alt)
