"""Groups against what one would expect of their visits -> chart."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from voc import display
from voc.display import Note
from voc.plots.frame import DETRACTOR, GRID, INK, PROMOTER, QUIET, empty, finish, start, wrapped
from voc.score.funnel import Funnel

MOST_ROWS = 20
ROW_HEIGHT, BAND = 0.36, 0.62


def nps_expected(result: Funnel | Note, *, ax: Axes | None = None) -> Axes:
    """Each group's score, what chance allows it, and the best estimate; bands widen where answers are few."""
    if isinstance(result, Note):
        return empty(ax, result.headline)
    shown = result.to_frame().head(MOST_ROWS)
    ax = start(2.2 + ROW_HEIGHT * len(shown), ax)
    rows = [len(shown) - 1 - i for i in range(len(shown))]
    colours = [{"above": PROMOTER, "below": DETRACTOR}.get(v, QUIET) for v in shown["verdict"]]
    ax.barh(rows, shown["limit_high"] - shown["limit_low"], left=shown["limit_low"], height=BAND, color=GRID)
    ax.vlines(shown["expected"], [r - BAND / 2 for r in rows], [r + BAND / 2 for r in rows], color="white", linewidth=2)
    ax.scatter(shown["value"], rows, color=colours, s=44, zorder=3)
    ax.scatter(shown["best"], rows, color=INK, marker="|", s=130, linewidths=2, zorder=4)
    kinds = len(result.columns) > 1
    names = [f"{r.column.replace('_', ' ')} {r.unit}" if kinds else r.unit for r in display.rows(shown)]
    ax.set_yticks(rows, wrapped([f"{name} ({display.count(n)})" for name, n in zip(names, shown["n"], strict=True)]))
    ax.set_ylim(-0.6, len(shown) - 0.4)
    ax.use_sticky_edges = False
    ax.margins(x=0.03)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("Score, points")
    _legend(ax)
    allowed = [display.interval(r.limit_low, r.limit_high) for r in display.rows(shown)]
    values = zip(names, shown["value"], allowed, shown["best"], strict=True)
    alt = "; ".join(
        f"{name}: {display.points(value)}, chance allows {span}, best estimate {display.points(best)}" for name, value, span, best in values
    )
    more = f" The first {display.count(MOST_ROWS)} of {display.count(len(result.to_frame()))}." if len(result.to_frame()) > MOST_ROWS else ""
    allowance = f" {result.allowance}" if result.because else ""
    by = display.listed([c.replace("_", " ") for c in result.columns])
    marks = "White line: what one would expect. Blue: above what chance allows; orange: below."
    plotted = f"Score by {by}, {result.label}. In brackets: answers. {marks}{allowance}{more}"
    return finish(ax, message=result.headline, plotted=plotted, alt=alt)


def _legend(ax: Axes) -> None:
    """What the three marks are."""
    dot = Line2D([], [], color=QUIET, marker="o", linestyle="", markersize=7, label="Score")
    tick = Line2D([], [], color=INK, marker="|", linestyle="", markersize=11, markeredgewidth=2, label="Best estimate")
    ax.legend(
        handles=[dot, Patch(color=GRID, label="What chance allows"), tick], loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False,
        fontsize=9.5, borderpad=0, columnspacing=1.4, handletextpad=0.5,
    )  # fmt: skip
