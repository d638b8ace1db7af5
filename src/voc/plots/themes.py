"""Theme results -> charts: a map of what is said, and themes by month."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes

from voc import display
from voc.plots.frame import INK, empty, finish, plain, start, wrapped
from voc.themes import Atlas, Monthly

NAMED = 10
REST = "#c9ccd1"
ROW_HEIGHT = 0.46
MOST_THEMES, MOST_MONTHS = 12, 13
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def theme_map(atlas: Atlas, *, ax: Axes | None = None) -> Axes:
    """A point for each text; the ten largest themes in colour, with their names."""
    frame = atlas.to_frame()
    if frame.empty:
        return empty(ax, atlas.headline)
    ax = start(6.2, ax)
    largest = frame["label"].value_counts().head(NAMED).index.tolist()
    rest = frame[~frame["label"].isin(largest)]
    ax.scatter(rest["x"], rest["y"], s=5, color=REST, linewidths=0)
    colours = sns.color_palette("colorblind", len(largest))
    for name, colour in zip(largest, colours, strict=True):
        part = frame[frame["label"] == name]
        ax.scatter(part["x"], part["y"], s=7, color=colour, linewidths=0, alpha=0.8)
    for name in largest:
        part = frame[frame["label"] == name]
        ax.text(
            part["x"].median(), part["y"].median(), plain(wrapped([name], 22)[0]), ha="center", va="center", fontsize=10, fontweight="bold",
            color=INK, bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    alt = "The largest themes on the map: " + "; ".join(f"{name}, {display.count((frame['label'] == name).sum())} texts" for name in largest)
    return finish(ax, message="What customers say, as a map", plotted=atlas.headline, alt=f"{alt}.")


def theme_months(monthly: Monthly, *, ax: Axes | None = None) -> Axes:
    """Share of comments that mention each theme, by month: the darker, the more; blank where fewer than ten mention it."""
    frame = monthly.to_frame()
    if frame.empty or frame["share"].notna().sum() == 0:
        return empty(ax, monthly.headline)
    order = frame.groupby("label")["n"].sum().sort_values(ascending=False, kind="stable").head(MOST_THEMES).index
    table = frame.pivot(index="label", columns="month", values="share").loc[order].iloc[:, -MOST_MONTHS:]
    ax = start(1.7 + ROW_HEIGHT * len(table), ax)
    shown = 100 * table.to_numpy(dtype=float)
    ax.imshow(np.ma.masked_invalid(shown), aspect="auto", cmap="Blues", vmin=0, vmax=1.15 * np.nanmax(shown))
    for i, j in np.ndindex(shown.shape):
        if np.isfinite(shown[i, j]):
            dark = shown[i, j] > 0.65 * np.nanmax(shown)
            ax.text(j, i, f"{shown[i, j]:.0f}", ha="center", va="center", fontsize=9, color="white" if dark else INK)
    ax.set_yticks(range(len(table)), wrapped(table.index, 30))
    ax.set_xticks(range(table.shape[1]), _months(table.columns), fontsize=8.5)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    last = table.iloc[:, -1]
    alt = f"In {table.columns[-1]}: " + "; ".join(f"{name} {display.share(v)}" for name, v in last.dropna().items())
    plotted = f"Percent of comments that mention each theme, by month. Blank: fewer than ten mention it. {monthly.headline}"
    return finish(ax, message="Themes month by month", plotted=plotted, alt=f"{alt}.")


def _months(periods: Iterable[object]) -> list[str]:
    """Short names of months; the year stands under the first and under each January."""
    out, year = [], ""
    for period in periods:
        this, month = str(period)[:4], str(period)[5:7]
        name = MONTHS[int(month) - 1] if month.isdigit() else str(period)
        out.append(name if this == year else f"{name}\n{this}")
        year = this
    return out
