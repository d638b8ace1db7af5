"""Scores -> charts: how many gave each answer, over time, by segment, and what a change is made of."""

from __future__ import annotations

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from voc import display
from voc.display import Note
from voc.ingest import Survey
from voc.plots.frame import COHORT_COLOURS, DETRACTOR, GRID, INK, PROMOTER, QUIET, empty, finish, ranges, start, wrapped
from voc.schema import MIN_ANSWERS, cohort_of
from voc.score import Bridge, Segments, Trend

MOST_ROWS = 15
ROW_HEIGHT = 0.42
USUAL = "#DCE3EA"


def score_distribution(survey: Survey, *, ax: Axes | None = None) -> Axes:
    """How many customers gave each answer 0-10."""
    n = len(survey.answers)
    if n < MIN_ANSWERS:
        few = f"There are only {display.plural(n, 'answer')} ({survey.label}); how many gave each is shown from {MIN_ANSWERS} answers on."
        return empty(ax, few if n else survey.headline)
    ax = start(3.0, ax)
    scores = survey.answers["score"]
    counts = scores.value_counts().reindex(range(11), fill_value=0)
    bands = cohort_of(counts.index.to_series())
    sns.barplot(x=counts.index, y=counts.to_numpy(), hue=bands.to_numpy(), palette=COHORT_COLOURS, dodge=False, legend=False, saturation=1, ax=ax)
    for x, n in counts.items():
        ax.text(float(str(x)), n, display.count(n), ha="center", va="bottom", fontsize=9, color=INK)
    question = survey.mapping.score
    ax.set(xlabel=f"{question.wording} ({question.scale.allowed})", ylabel="")
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    shares = {b: (bands.to_numpy() == b) @ counts.to_numpy() / counts.sum() for b in COHORT_COLOURS}
    message = (
        f"{display.share(shares['promoter'])} promoters, {display.share(shares['passive'])} passives, {display.share(shares['detractor'])} detractors"
    )
    alt = "; ".join(f"{score}: {display.count(n)}" for score, n in counts.items())
    return finish(ax, message=message, plotted=f"Customers by answer, {survey.label}, {display.plural(len(scores), 'answer')}.", alt=alt)


def nps_trend(trend: Trend, *, ax: Axes | None = None) -> Axes:
    """The score of each period with its interval, on the range that the periods before lead one to expect; points, no line through noise."""
    frame = trend.to_frame()
    if frame.empty or frame["value"].notna().sum() == 0:
        return empty(ax, trend.headline)
    ax = start(3.5, ax)
    x = np.arange(len(frame))
    known = frame["usual_low"].notna().to_numpy()
    if known.any():
        height = (frame["usual_high"] - frame["usual_low"])[known]
        ax.bar(x[known], height, bottom=frame["usual_low"][known], width=1.0, color=USUAL, linewidth=0, zorder=0)
    colours = [DETRACTOR if odd else PROMOTER for odd in frame["unusual"]]
    ax.vlines(x, frame["low"], frame["high"], color=colours, linewidth=2.4 if len(x) <= 40 else 0.8, alpha=0.55)
    ax.scatter(x, frame["value"], color=colours, s=42 if len(x) <= 40 else 8, zorder=3)
    told = {len(frame) - 1, *(np.flatnonzero(frame["unusual"] != "") if len(x) <= 40 else ())}
    for i in told:
        if not np.isnan(frame["value"][i]):
            ax.annotate(
                display.points(frame["value"][i]), (i, frame["high"][i]), (0, 4), textcoords="offset points", ha="center", fontsize=9, color=INK
            )
    step = max(1, -(-len(frame) // (7 if len(str(frame["period"].iloc[-1])) < 9 else 4)))
    ticks = x[::-1][::step][::-1]
    ax.set_xticks(ticks, [frame["period"][i].removeprefix("week of ") for i in ticks])
    ax.margins(x=0.02)
    ax.set_ylabel("Score, points")
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    if known.any():
        ax.legend(
            handles=[Patch(color=USUAL)], labels=[f"usual, by the {trend.every}s before"], loc="lower left", bbox_to_anchor=(0, 1), frameon=False,
            fontsize=9, borderpad=0,
        )  # fmt: skip
    alt = "; ".join(
        f"{r.period}: {display.points(r.value)} ({display.interval(r.low, r.high)}), n {display.count(r.n)}" for r in display.rows(frame.tail(24))
    )
    odd = " Orange: unusual when it came." if (frame["unusual"] != "").any() else ""
    season = f" {trend.seasons}" if known.any() else ""
    plotted = f"{trend.caption} with its range (low to high).{odd}{season}"
    return finish(ax, message=trend.headline, plotted=plotted, alt=alt)


def nps_segments(segments: Segments, *, ax: Axes | None = None) -> Axes:
    """The score of each segment with its interval."""
    frame = segments.to_frame()
    if frame.empty:
        return empty(ax, segments.headline)
    shown = frame.head(MOST_ROWS)
    ax = start(1.3 + ROW_HEIGHT * len(shown), ax)
    colours = [DETRACTOR if v == "below" else PROMOTER if v == "above" else QUIET for v in shown["verdict"]]
    rows = ranges(ax, shown["low"], shown["value"], shown["high"], colour=colours)
    ax.set_yticks(rows, wrapped([f"{r.segment} ({display.count(r.n)})" for r in display.rows(shown)]))
    ax.set_xlabel("Score, points")
    alt = "; ".join(f"{r.segment}: {display.points(r.value)} ({display.interval(r.low, r.high)})" for r in display.rows(shown))
    name = segments.column.replace("_", " ")
    more = f" The first {display.count(MOST_ROWS)} of {display.count(len(frame))}." if len(frame) > MOST_ROWS else ""
    plotted = f"Score by {name} with its range, {segments.label}. In brackets: answers. Grey: not different from the rest.{more}"
    return finish(ax, message=segments.headline, plotted=plotted, alt=alt)


def change_parts(bridge: Bridge | Note, *, ax: Axes | None = None) -> Axes:
    """What a change is made of: from the score before to the score after, segment by segment."""
    if isinstance(bridge, Note) or bridge.to_frame().empty:
        return empty(ax, bridge.headline)
    steps = bridge.steps()
    ax = start(1.3 + ROW_HEIGHT * len(steps), ax)
    rows, value = np.arange(len(steps))[::-1], steps["value"].to_numpy()
    ends = np.array([len(steps) - 1])
    left = np.concatenate([[0.0], np.cumsum(value[:-2]), [0.0]])
    colours = np.where(value < 0, DETRACTOR, PROMOTER)
    colours[[0, *ends]] = INK
    open_ = (steps["low"] <= 0) & (steps["high"] >= 0) & ~np.isin(np.arange(len(steps)), [0, *ends])
    bars = ax.barh(rows, value, left=left, color=colours, height=0.6)
    for bar, unclear in zip(bars, open_, strict=True):
        bar.set_alpha(0.35 if unclear else 1.0)
    right = left + value
    for i in range(len(steps) - 1):
        ax.vlines(right[i], rows[i] - 1.3, rows[i] + 0.3, color=QUIET, linewidth=0.8, zorder=0)
    inner = slice(1, -1)
    low, high = left[inner] + steps["low"][inner], left[inner] + steps["high"][inner]
    ax.hlines(rows[inner], low, high, color=INK, linewidth=1.1)
    ax.axvline(0, color=INK, linewidth=0.8)
    reach = np.fmax(np.maximum(left, right), np.concatenate([[np.nan], high, [np.nan]]))
    for i, row in enumerate(rows):
        text = display.points(value[i]) if i in (0, len(steps) - 1) else display.change(value[i])
        ax.annotate(text, (reach[i], row), (5, 0), textcoords="offset points", va="center", fontsize=9.5, color=INK)
    ax.set_yticks(rows, wrapped(steps["step"], 30))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.margins(x=0.14)
    ax.set_xlabel("Score, points")
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    alt = "; ".join(f"{r.step}: {display.number(r.value)}" for r in display.rows(steps))
    plotted = "Blue raises the score, orange lowers it, pale could be chance. Lines: the ranges of the parts."
    return finish(ax, message=bridge.message, plotted=plotted, alt=alt)
