"""Results -> charts. Draws what a result holds and computes nothing."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from voc import display
from voc.cohorts import Contrast, Ratings
from voc.display import Note
from voc.drivers import Drivers
from voc.plots.frame import (
    COHORT_COLOURS,
    DETRACTOR,
    INK,
    PASSIVE,
    PROMOTER,
    QUIET,
    empty,
    finish,
    ranges,
    setup,
    start,
    wrapped,
)  # fmt: skip
from voc.plots.funnel import nps_expected
from voc.plots.money import revenue_and_score, revenue_by_cohort
from voc.plots.score import MOST_ROWS, ROW_HEIGHT, change_parts, nps_segments, nps_trend, score_distribution
from voc.plots.silent import silent_band
from voc.plots.themes import theme_map, theme_months
from voc.themes import Impact, Movement, Themes

__all__ = [
    "change_parts", "driver_bars", "nps_expected", "nps_segments", "nps_trend", "rating_gaps", "revenue_and_score", "revenue_by_cohort",
    "score_distribution", "setup", "silent_band", "theme_bars", "theme_gaps", "theme_map", "theme_months",
    "theme_movement", "theme_points",
]  # fmt: skip


def theme_bars(themes: Themes, *, ax: Axes | None = None) -> Axes:
    """How many comments mention each theme."""
    frame = themes.to_frame().head(MOST_ROWS)
    if frame.empty:
        return empty(ax, themes.headline)
    ax = start(1.2 + ROW_HEIGHT * len(frame), ax)
    rows = np.arange(len(frame))[::-1]
    ax.barh(rows, 100 * frame["share"], color=PROMOTER, height=0.62)
    for row, share in zip(rows, frame["share"], strict=True):
        ax.text(100 * share, row, f" {display.share(share)}", va="center", fontsize=9.5, color=INK)
    ax.set_yticks(rows, wrapped(frame["label"], 34))
    ax.set_xticks([])
    ax.spines[["bottom", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.margins(x=0.12)
    alt = "; ".join(f"{r.label}: {display.share(r.share)}" for r in display.rows(frame))
    more = f" The {MOST_ROWS} largest of {len(themes.to_frame())}." if len(themes.to_frame()) > MOST_ROWS else ""
    plotted = f"Share of {display.plural(themes.n, 'comment')} that mention each theme, {themes.label}.{more}"
    return finish(ax, message=f"Customers talk most about: {frame['label'].iloc[0]}", plotted=plotted, alt=alt)


def theme_points(impact: Impact, *, ax: Axes | None = None) -> Axes:
    """The points that go with each theme, with intervals."""
    frame = impact.to_frame()
    if frame.empty:
        return empty(ax, impact.headline)
    half = MOST_ROWS // 2
    shown = frame if len(frame) <= MOST_ROWS else frame.iloc[[*range(half), *range(len(frame) - half, len(frame))]]
    ax = start(1.3 + ROW_HEIGHT * len(shown), ax)
    colours = {"costs points": DETRACTOR, "brings points": PROMOTER, "not clear": QUIET}
    rows = ranges(ax, shown["points_low"], shown["points"], shown["points_high"], colour=[colours[v] for v in shown["verdict"]])
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_yticks(rows, wrapped(shown["label"], 34))
    ax.set_xlabel("Points of the score that go with the theme")
    alt = "; ".join(f"{r.label}: {display.change(r.points)} ({display.interval(r.points_low, r.points_high)})" for r in display.rows(shown))
    told = {"any": "", "complaint": " told as a complaint", "praise": " told as praise"}[impact.told]
    plotted = f"Each theme{told}, {display.plural(impact.n, 'customer')} who commented, {impact.label}. Grey: not clear."
    return finish(ax, message=impact.headline, plotted=plotted, alt=alt)


def theme_movement(movement: Movement, *, ax: Axes | None = None) -> Axes:
    """Theme shares now against before."""
    frame = movement.to_frame()
    if frame.empty:
        return empty(ax, movement.headline)
    shown = frame.head(MOST_ROWS)
    ax = start(1.3 + ROW_HEIGHT * len(shown), ax)
    colours = [DETRACTOR if v in ("new", "growing") else PROMOTER if v == "shrinking" else QUIET for v in shown["verdict"]]
    rows = ranges(ax, 100 * shown["low"], 100 * shown["difference"], 100 * shown["high"], colour=colours)
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_yticks(rows, wrapped(shown["label"], 34))
    ax.set_xlabel("Change of the theme's share, percentage points")
    alt = "; ".join(f"{r.label}: {display.share(r.share_now)} now, {display.share(r.share_before)} before" for r in display.rows(shown))
    plotted = f"Share in {movement.month} minus share before, with ranges. Grey: no clear change."
    return finish(ax, message=movement.headline, plotted=plotted, alt=alt)


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
    _pairs(ax, (ratings.first, ratings.second), frame["mean_first"].to_numpy(), frame["mean_second"].to_numpy())
    ax.set_yticks(np.arange(len(frame))[::-1], wrapped(frame["wording"], 32))
    ax.set_xlabel("Average answer")
    alt = "; ".join(f"{r.wording}: {ratings.first}s {r.mean_first:.2f}, {ratings.second}s {r.mean_second:.2f}" for r in display.rows(frame))
    plotted = f"Average answer of {ratings.first}s and {ratings.second}s, {ratings.label}."
    return finish(ax, message=ratings.headline, plotted=plotted, alt=alt)


def theme_gaps(contrast: Contrast, *, ax: Axes | None = None) -> Axes:
    """Theme shares of both groups."""
    frame = contrast.themes
    if frame.empty:
        return empty(ax, contrast.headline)
    order = frame["difference"].abs().sort_values(ascending=False).index[:MOST_ROWS]
    shown = frame.loc[order].sort_values("difference", ascending=False)
    ax = start(1.5 + ROW_HEIGHT * len(shown), ax)
    _pairs(ax, (contrast.first, contrast.second), 100 * shown["share_first"].to_numpy(), 100 * shown["share_second"].to_numpy())
    ax.set_yticks(np.arange(len(shown))[::-1], wrapped(shown["label"], 34))
    ax.set_xlabel("Share of those who commented, %")
    alt = "; ".join(
        f"{r.label}: {contrast.first}s {display.share(r.share_first)}, {contrast.second}s {display.share(r.share_second)}"
        for r in display.rows(shown)
    )
    plotted = f"Themes of {contrast.first}s and {contrast.second}s, {contrast.label}."
    message = f"What {contrast.first}s and {contrast.second}s talk about"
    return finish(ax, message=message, plotted=plotted, alt=alt)


def _pairs(ax: Axes, names: tuple[str, str], first: np.ndarray, second: np.ndarray) -> None:
    """Two points a row with a line between; the first row carries the names."""
    rows = np.arange(len(first))[::-1]
    ax.hlines(rows, first, second, color="#C9C9C9", linewidth=2)
    for values, name, marker in ((first, names[0], "o"), (second, names[1], "s")):
        ax.scatter(values, rows, color=COHORT_COLOURS.get(name, PASSIVE), s=48, zorder=3, marker=marker, label=f"{name.capitalize()}s")
    ax.set_ylim(-0.6, len(first) - 0.4)
    ax.grid(axis="x", color="#E4E4E4", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=9.5, borderpad=0)
