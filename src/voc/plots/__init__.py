"""Results -> charts. Draws what a result holds and computes nothing."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from voc import display
from voc.cohorts import Ratings
from voc.plots.drivers import both_sides, driver_bars, priority_map
from voc.plots.frame import empty, finish, setup, start, wrapped
from voc.plots.funnel import nps_expected
from voc.plots.money import revenue_and_score, revenue_by_cohort
from voc.plots.score import ROW_HEIGHT, change_parts, nps_segments, nps_trend, score_distribution
from voc.plots.silent import silent_band
from voc.plots.themes import pairs, theme_bars, theme_gaps, theme_map, theme_months, theme_movement, theme_points, word_gaps

__all__ = [
    "both_sides", "change_parts", "driver_bars", "nps_expected", "nps_segments", "nps_trend", "priority_map", "rating_gaps",
    "revenue_and_score", "revenue_by_cohort", "score_distribution", "setup", "silent_band", "theme_bars", "theme_gaps", "theme_map", "theme_months",
    "theme_movement", "theme_points", "word_gaps",
]  # fmt: skip


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
