"""Drivers -> charts: importance, both sides of each question, importance beside performance."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes

from voc import display
from voc.display import Note
from voc.drivers import Asymmetry, Drivers, Priorities
from voc.plots.frame import AXIS, DETRACTOR, GRID, INK, PROMOTER, QUIET, empty, finish, plain, ranges, start, wrapped
from voc.plots.score import MOST_ROWS, ROW_HEIGHT

LEAST = 5.0  # of 100: average answers that lie closer together than this are not drawn apart
SHORT = 34  # characters of a name beside a point
LOSES = "loses more than it gains"
UNEVEN = (LOSES, "gains more than it loses")


def driver_bars(drivers: Drivers | Note, *, ax: Axes | None = None) -> Axes:
    """How closely each question goes with the score, with intervals, and what shuffled answers reach."""
    if isinstance(drivers, Note):
        return empty(ax, drivers.headline)
    frame = drivers.to_frame().head(MOST_ROWS)
    ax = start(1.4 + ROW_HEIGHT * len(frame), ax)
    rows = ranges(ax, 100 * frame["low"], 100 * frame["importance"], 100 * frame["high"])
    ax.set_yticks(rows, wrapped(frame["wording"], 32))
    ax.scatter(100 * frame["noise"], rows, marker="|", s=160, color=QUIET)
    ax.set_xlim(left=min(0, ax.get_xlim()[0]))
    ax.set_xlabel("Share of the differences in the score, %")
    alt = "; ".join(f"{r.wording}: {display.share(r.importance)} ({display.interval(100 * r.low, 100 * r.high)})" for r in display.rows(frame))
    alt += f"; shuffled answers reach at most {display.share(frame['noise'].max())}"
    plotted = f"How closely each question goes with the score, with ranges, {display.plural(drivers.n, 'answer')}, {drivers.label}."
    message = drivers.headline.split(":")[0] + "."
    return finish(ax, message=message, plotted=f"{plotted} Grey mark: what its shuffled answers reach.", alt=alt)


def both_sides(asymmetry: Asymmetry | Note, *, ax: Axes | None = None) -> Axes:
    """What one step below and one step above the usual answer go with, to the left and to the right of nothing."""
    if isinstance(asymmetry, Note):
        return empty(ax, asymmetry.headline)
    frame = asymmetry.to_frame().head(MOST_ROWS)
    ax = start(1.6 + ROW_HEIGHT * len(frame), ax)
    rows = ranges(ax, -frame["loss_high"], -frame["loss"], -frame["loss_low"], colour=DETRACTOR)
    ranges(ax, frame["gain_low"], frame["gain"], frame["gain_high"], colour=PROMOTER)
    uneven = frame["verdict"].isin(UNEVEN)
    names = wrapped(frame["wording"], 32)
    ax.set_yticks(rows, [f"{name} *" if mark else name for name, mark in zip(names, uneven, strict=True)])
    ax.axvline(0, color=AXIS, linewidth=1)
    ax.set_xlabel("Change of the 0-10 answer")
    alt = "; ".join(
        f"{r.wording}: {display.number(r.loss, 2)} down ({display.interval(r.loss_low, r.loss_high, digits=2)}), {display.number(r.gain, 2)} up "
        f"({display.interval(r.gain_low, r.gain_high, digits=2)}), {r.verdict}"
        for r in display.rows(frame)
    )
    star = " Star: clearly uneven." if uneven.any() else ""
    plotted = f"One step below the usual answer (orange) and above it (blue), the other questions equal, {asymmetry.label}.{star}"
    return finish(ax, message=_message(asymmetry), plotted=plotted, alt=alt)


def _message(asymmetry: Asymmetry) -> str:
    """The uneven questions by name; their numbers stand in the chart."""
    frame = asymmetry.to_frame()
    losing = frame.loc[frame["verdict"] == LOSES, "wording"].tolist()
    if losing:
        return f"A worse answer weighs more than a better one: {display.listed([f'“{w}”' for w in losing[:3]])}."
    return asymmetry.headline.split(". ", maxsplit=1)[0].rstrip(".") + "."


def priority_map(priorities: Priorities | Note, *, ax: Axes | None = None) -> Axes:
    """Importance upwards, performance to the right, with their ranges and the average question's lines."""
    if isinstance(priorities, Note):
        return empty(ax, priorities.headline)
    frame = priorities.to_frame()
    ax = start(4.6, ax)
    across, up = frame["performance"].to_numpy(), 100 * frame["importance"].to_numpy()
    colours = frame["verdict"].map({"fix first": DETRACTOR, "keep up": PROMOTER}).fillna(QUIET).tolist()
    ax.hlines(up, frame["performance_low"], frame["performance_high"], color=colours, linewidth=2, alpha=0.5)
    ax.vlines(across, 100 * frame["low"], 100 * frame["high"], color=colours, linewidth=2, alpha=0.5)
    ax.scatter(across, up, color=colours, s=40, zorder=3)
    ax.axvline(priorities.performance_line, color=AXIS, linewidth=1, linestyle="--")
    ax.axhline(100 * priorities.importance_line, color=AXIS, linewidth=1, linestyle="--")
    ax.margins(x=0.25, y=0.15)
    (left, right), middle = ax.get_xlim(), priorities.performance_line
    ax.set_xlim(min(left, middle - LEAST), max(right, middle + LEAST))
    ax.grid(color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    _named(ax, frame["wording"].tolist(), across, up)
    ax.set_xlabel("Average answer: 0 the worst, 100 the best")
    ax.set_ylabel("Goes with the score, %")
    said = [f"{r.wording}: {r.verdict}, {display.share(r.importance)}, {display.number(r.performance, 0)} of 100" for r in display.rows(frame)]
    plotted = f"Each question with its ranges; dashed: the average question. Orange: fix first; blue: keep up. {priorities.label}."
    return finish(ax, message=priorities.headline, plotted=plotted, alt="; ".join(said))


def _named(ax: Axes, names: list[str], across: np.ndarray, up: np.ndarray) -> None:
    """Names beside their points; of those that would lie over one another only the first, the others stand in the table."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    taken: list[tuple[float, float]] = []
    for name, x, y in zip(names, (across - left) / (right - left), (up - bottom) / (top - bottom), strict=True):
        if any(abs(y - b) < 0.055 and abs(x - a) < 0.5 for a, b in taken):
            continue
        taken.append((float(x), float(y)))
        side = -1 if x > 0.6 else 1
        short = plain(textwrap.shorten(name, SHORT, placeholder=" …"))
        ax.annotate(
            short, (x, y), xycoords="axes fraction", xytext=(7 * side, 7), textcoords="offset points", ha="right" if side < 0 else "left",
            fontsize=9, color=INK, zorder=2.5, bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
        )  # fmt: skip
