"""How far those who did not answer could move the score -> one chart."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from voc import display
from voc.display import Note
from voc.health.silent import Silent
from voc.plots.frame import INK, PROMOTER, QUIET, empty, finish, ranges, start, wrapped

ROW_HEIGHT = 0.75
UNDER_TEXT = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}  # hides the line behind a number


def silent_band(silent: Silent | Note, *, ax: Axes | None = None) -> Axes:
    """The score of those who answered, as it is and weighted to the touchpoints invited, and that of all who were asked under the assumption."""
    if isinstance(silent, Note):
        return empty(ax, silent.headline)
    cases = {row.case: row for row in display.rows(silent.to_frame())}
    names = {"answered": f"Those who answered ({display.count(silent.score.n)})", "mix": "Weighted to the touchpoints invited"}
    shown = [(name, cases[case]) for case, name in names.items() if case in cases]
    ax = start(1.9 + ROW_HEIGHT * (len(shown) + 1), ax)
    ends = silent.band
    ranges(ax, [r.low for _, r in shown], [r.value for _, r in shown], [r.high for _, r in shown], colour=PROMOTER)
    # Below them: wide where the estimate lies under the assumption, narrow where chance is added at both ends.
    ax.hlines(-1, *ends, color=QUIET, linewidth=2.2, alpha=0.8)
    ax.hlines(-1, cases["lower"].value, cases["higher"].value, color=QUIET, linewidth=11)
    ax.axvline(cases["answered"].value, color=PROMOTER, linewidth=0.9, linestyle=(0, (3, 3)), zorder=0)
    for row, (_, score) in zip(range(len(shown) - 1, -1, -1), shown, strict=True):
        _write(ax, score.value, row, display.points(score.value))
    for end in dict.fromkeys(ends):
        _write(ax, end, -1, display.points(end))
    labels = [*(name for name, _ in shown), "All who were asked, under the assumption"]
    ax.set_yticks(range(len(shown) - 1, -2, -1), wrapped(labels, 20))
    ax.set_ylim(-1.5, len(shown) - 0.4)
    ax.margins(x=0.1)
    ax.set_xlabel("Score, points")
    return finish(ax, message=silent.message, plotted=_plotted(silent), alt=f"{_alt(shown, silent)} {silent.leaves}")


def _write(ax: Axes, x: float, row: float, text: str) -> None:
    ax.annotate(text, (x, row), (0, 8), textcoords="offset points", ha="center", fontsize=10, color=INK, bbox=UNDER_TEXT)


def _plotted(silent: Silent) -> str:
    mix = f" {silent.weighted}" if isinstance(silent.mix, Note) else ""
    assumed = f"assumed, not measured: those who did not answer score {silent.assumption}; the thin ends add chance"
    grey = assumed if silent.rate < 1 else "the same, because everybody answered"
    return f"Blue: scores of the answers with their range, {silent.score.label}. Grey: {grey}.{mix}"


def _alt(shown: list[tuple[str, Any]], silent: Silent) -> str:
    scores = [f"{name}: {display.points(r.value)} ({display.interval(r.low, r.high)})" for name, r in shown]
    return "; ".join([*scores, f"all who were asked, under the assumption: {display.interval(*silent.band)}"]) + "."
