"""Revenue results -> charts: what each cohort spends, and whether score and revenue go together over time."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from voc import display
from voc.display import Note
from voc.plots.frame import AXIS, COHORT_COLOURS, GRID, INK, empty, finish, ranges, start, wrapped
from voc.score.money import NOT_WHY, Revenue
from voc.score.money_trend import RevenueTrend

ROW_HEIGHT = 0.5
MOST_GROUPS = 6
PANEL_HEIGHT = 2.3  # inches, of which these shares are left free
ABOVE, BELOW = 0.12, 0.12
BESIDE = 0.08  # of the chart's width


def revenue_by_cohort(revenue: Revenue | Note, *, ax: Axes | None = None) -> Axes:
    """Average revenue per customer of promoters, passives and detractors, with ranges."""
    if isinstance(revenue, Note) or revenue.to_frame().empty:
        return empty(ax, revenue.headline)
    frame = revenue.to_frame()
    ax = start(1.5 + ROW_HEIGHT * len(frame), ax)
    rows = ranges(ax, frame["low"], frame["mean"], frame["high"], colour=[COHORT_COLOURS[c] for c in frame["cohort"]])
    for row, value in zip(rows, frame["mean"], strict=True):
        ax.annotate(revenue.money(value), (value, row), (0, 6), textcoords="offset points", ha="center", fontsize=10, color=INK)
    ax.set_yticks(rows, [f"{r.cohort.capitalize()}s ({display.count(r.n)})" for r in display.rows(frame)])
    ax.set_ylim(-0.5, len(frame) - 0.3)
    ax.set_xlabel("Revenue per customer")
    alt = "; ".join(f"{r.cohort}s {revenue.money(r.mean)} ({revenue.span(r.low, r.high)}), n {display.count(r.n)}" for r in display.rows(frame))
    warning = f" {NOT_WHY}" if frame["verdict"].isin(["more", "less"]).any() else ""
    plotted = (
        f"Average of the column “{display.quoted(revenue.column, longest=60)}” with its range, {revenue.label}. In brackets: customers.{warning}"
    )
    return finish(ax, message=f"{revenue.message}.", plotted=plotted, alt=f"{alt}.")


def revenue_and_score(trend: RevenueTrend | Note, *, ax: Axes | None = None) -> Axes:
    """Score and revenue per customer of each period: a panel per group, each around its own points, all to the same scale."""
    frame = trend.to_frame()
    both = frame if isinstance(trend, Note) else frame.dropna(subset=["value", "revenue"])
    if isinstance(trend, Note) or both.empty:
        return empty(ax, trend.headline)
    shown = trend.groups.head(MOST_GROUPS)
    columns = 2 if len(shown) == 4 else min(len(shown), 3)
    lines = -(-len(shown) // columns)
    ax = start(1.4 + PANEL_HEIGHT * lines, ax)
    ax.set(xticks=[], yticks=[], xlabel=f"Score of the {trend.every}, points", ylabel="Revenue per customer")
    ax.spines[:].set_visible(False)
    ax.yaxis.labelpad = 30
    parts = [both[both["group"] == name] for name in shown["group"]]
    width, height = (max(part[name].max() - part[name].min() for part in parts) or 1.0 for name in ("value", "revenue"))
    for i, (name, part) in enumerate(zip(shown["group"], parts, strict=True)):
        line, column = divmod(i, columns)
        step = (1 + BESIDE) / columns
        place = (column * step, 1 - (line + 1 - BELOW) / lines, step - BESIDE, (1 - BELOW - ABOVE) / lines)
        panel = ax.inset_axes(place, xlim=_around(part["value"], width), ylim=_around(part["revenue"], height))
        panel.scatter(part["value"], part["revenue"], color=INK, s=24, linewidths=0)
        panel.set_title(wrapped([name], 60 // columns)[0], loc="left", fontsize=10, color=INK, fontweight="bold", pad=4, parse_math=False)
        panel.tick_params(labelsize=9, length=2, colors=AXIS)
        panel.locator_params(nbins=4)
        panel.grid(color=GRID, linewidth=0.8)
        panel.set_axisbelow(True)
        panel.spines[["top", "right"]].set_visible(False)
        panel.spines[["bottom", "left"]].set_color(AXIS)
    more = f" The first {display.count(MOST_GROUPS)} of {display.count(len(trend.groups))}." if len(trend.groups) > MOST_GROUPS else ""
    scale = ", all to the same scale" if len(shown) > 1 else ""
    plotted = f"Each point is a {trend.every}{scale}; column “{display.quoted(trend.column, longest=60)}”, {trend.label}.{more}"
    found = [f"{display.number(r.correlation, 2)} ({display.interval(r.low, r.high, digits=2)})" for r in display.rows(shown)]
    alt = "; ".join(f"{r.group}: {display.plural(r.periods, trend.every)}, connection {f}" for r, f in zip(display.rows(shown), found, strict=True))
    return finish(ax, message=f"{trend.message}.", plotted=plotted, alt=f"{alt}.")


def _around(values: pd.Series, length: float) -> tuple[float, float]:
    """An axis around some values, a little longer than asked."""
    middle = (values.max() + values.min()) / 2
    return middle - 0.58 * length, middle + 0.58 * length
