"""What every chart shares: colours, two titles (message, then what is plotted), alt text, and how a notebook shows it."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from voc import display
from voc.schema import VocError

# One meaning each, everywhere; the palette survives colour blindness and prints.
PROMOTER, PASSIVE, DETRACTOR, INK = "#12436D", "#A285D1", "#F46A25", "#3D3D3D"
COHORT_COLOURS = {"promoter": PROMOTER, "passive": PASSIVE, "detractor": DETRACTOR}
QUIET, GRID, AXIS = "#8A8A8A", "#E4E4E4", "#595959"
ALT = "_voc_alt"
WIDTH = 6.2  # inches; narrow, so that text stays readable on a phone
DPI = 145  # sharp on screens and in print; pages stay small, because charts have few colours
COLOURS = 48
SHOWN = 750  # pixels wide in JupyterLab
TITLE_CHARACTERS, LABEL_CHARACTERS = 54, 26
STYLE: Any = {
    "font.family": "DejaVu Sans", "font.size": 10.5, "axes.edgecolor": AXIS, "axes.labelcolor": AXIS, "xtick.color": AXIS,
    "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": False, "figure.facecolor": "white",
}  # fmt: skip


def start(height: float, ax: Axes | None) -> Axes:
    """The given axes, or new ones of the common width and a height in inches."""
    if ax is not None:
        return ax
    with mpl.rc_context(STYLE):
        _, fresh = plt.subplots(figsize=(WIDTH, height), dpi=DPI, layout="constrained")
    return fresh


def finish(ax: Axes, *, message: str, plotted: str, alt: str) -> Axes:
    """Write both titles and keep the alt text on the figure.

    Args:
        ax: the drawn axes.
        message: what the chart shows, as a sentence.
        plotted: what is plotted, with units and base.
        alt: the values in words, for those who cannot see the chart.
    """
    figure = _figure(ax)
    if len(figure.axes) == 1:
        figure.suptitle(plain(textwrap.fill(message, TITLE_CHARACTERS)), x=0.01, ha="left", fontsize=12, fontweight="bold", color=INK)
        figure.supxlabel(plain(textwrap.fill(plotted, TITLE_CHARACTERS + 12)), x=0.01, ha="left", fontsize=10, color=AXIS)
    else:  # the analyst's own grid keeps its layout
        ax.set_title(plain(textwrap.fill(message, TITLE_CHARACTERS // 2)), loc="left", fontsize=10)
    setattr(figure, ALT, f"{message} {plotted} {alt}".strip())
    return ax


def _figure(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    if figure is None:
        raise VocError("the given axes belong to no figure")
    return figure


def empty(ax: Axes | None, sentence: str) -> Axes:
    """Axes that say why there is nothing to draw."""
    ax = start(1.2, ax)
    ax.axis("off")
    ax.text(0, 0.5, plain("\n".join(textwrap.wrap(sentence, TITLE_CHARACTERS))), va="center", color=INK, transform=ax.transAxes)
    setattr(_figure(ax), ALT, sentence)
    return ax


def wrapped(labels: Iterable[str], width: int = LABEL_CHARACTERS) -> list[str]:
    """Axis labels folded into short lines."""
    return [plain("\n".join(textwrap.wrap(str(label), width))) or " " for label in labels]


def plain(text: str) -> str:
    """Text in which two dollar signs are not taken for a formula."""
    return text.replace("$", r"\$")


def ranges(ax: Axes, low: Any, value: Any, high: Any, *, colour: str | Sequence[str] = PROMOTER) -> np.ndarray:
    """Horizontal points with their intervals, first row on top; returns the row positions."""
    rows = np.arange(len(value))[::-1]
    ax.hlines(rows, low, high, color=colour, linewidth=2.2, alpha=0.55)
    ax.scatter(value, rows, color=colour, s=44, zorder=3)
    ax.set_ylim(-0.6, len(value) - 0.4)
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return rows


def setup() -> None:
    """Show charts in this notebook as PNG with their alt text. Call it once, after the imports.

    In a run that publishes, every number that is turned into text from now on is kept for the receipts.
    """
    display.listen()
    from IPython.core.getipython import get_ipython
    from matplotlib_inline import backend_inline

    shell = get_ipython()
    if shell is None or shell.display_formatter is None:
        return
    shell.run_line_magic("matplotlib", "inline")
    backend_inline.set_matplotlib_formats("png")
    shell.display_formatter.formatters["image/png"].for_type(Figure, _png)


def _png(figure: Figure) -> tuple[bytes, dict[str, Any]]:
    """The picture and, as output metadata, the alt text that the page's template reads, and the width for JupyterLab."""
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI, metadata={"Software": None})
    # Flat colours need no more: a third of the size, and pages travel by e-mail.
    Image.open(drawn).convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return small.getvalue(), {"alt": getattr(figure, ALT, ""), "width": SHOWN}
