"""Theme results -> charts: how often, what goes with the score, what moves, month by month, and a map of what is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle

from voc import display
from voc.cohorts import Contrast
from voc.cohorts.groups import many
from voc.plots.frame import (
    COHORT_COLOURS,
    DETRACTOR,
    GRID,
    INK,
    PASSIVE,
    PROMOTER,
    QUIET,
    empty,
    finish,
    ranges,
    start,
    wrapped,
)  # fmt: skip
from voc.plots.score import ROW_HEIGHT
from voc.schema import MIN_ANSWERS
from voc.score.tally import named
from voc.themes import Atlas, Impact, Monthly, Movement, Themes

MOST_THEMES, MOST_PERIODS, MOST_WORDS = 20, 13, 8
STEPS = 7  # shades; few, so that they keep their order in a picture of few colours and in print
# Paul Tol's "muted" scheme and ink: told apart with any colour vision (SRON/EPS/TN/09-002, 2021).
COLOURS = ("#332288", "#CC6677", "#117733", "#88CCEE", "#DDCC77", "#882255", "#44AA99", "#AA4499", "#999933", INK)
MARKERS = "os^Dv"
REST = "#C9C9C9"
LETTER, LINE = 0.034, 0.11  # width and height of a letter of a map's names, as a part of the map's half width
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def theme_bars(themes: Themes, *, ax: Axes | None = None) -> Axes:
    """How many comments mention each theme."""
    frame = themes.to_frame().head(MOST_THEMES)
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
    more = f" The {display.count(MOST_THEMES)} largest of {display.count(len(themes.to_frame()))}." if len(themes.to_frame()) > MOST_THEMES else ""
    plotted = f"Share of {display.plural(themes.n, 'comment')} that mention each theme, {themes.label}.{more}"
    return finish(ax, message=f"Customers talk most about: {frame['label'].iloc[0]}", plotted=plotted, alt=alt)


def theme_points(impact: Impact, *, ax: Axes | None = None) -> Axes:
    """The points that go with each theme, with intervals."""
    frame = impact.to_frame()
    if frame.empty:
        return empty(ax, impact.headline)
    half = MOST_THEMES // 2
    shown = frame if len(frame) <= MOST_THEMES else frame.iloc[[*range(half), *range(len(frame) - half, len(frame))]]
    shown = shown.iloc[::-1] if impact.told == "praise" else shown  # what weighs most comes first
    ax = start(1.3 + ROW_HEIGHT * len(shown), ax)
    colours = {"costs points": DETRACTOR, "brings points": PROMOTER, "not clear": QUIET}
    rows = ranges(ax, shown["points_low"], shown["points"], shown["points_high"], colour=[colours[v] for v in shown["verdict"]])
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_yticks(rows, wrapped(shown["label"], 34))
    ax.set_xlabel("Points of the score that go with the theme")
    alt = "; ".join(f"{r.label}: {display.change(r.points)} ({display.interval(r.points_low, r.points_high)})" for r in display.rows(shown))
    told = {"any": "", "complaint": " told as a complaint", "praise": " told as praise"}[impact.told]
    ends = f" The {display.count(half)} lowest and {display.count(half)} highest of {display.count(len(frame))}."
    clearest = ends if len(shown) < len(frame) else ""
    plotted = f"Each theme{told}, {display.plural(impact.n, 'comment')}, {impact.label}. Grey: not clear.{clearest}"
    return finish(ax, message=impact.headline, plotted=plotted, alt=alt)


def theme_movement(movement: Movement, *, ax: Axes | None = None) -> Axes:
    """Theme shares now against before."""
    frame = movement.to_frame()
    if frame.empty:
        return empty(ax, movement.headline)
    shown = frame.iloc[np.sort(np.argsort(-frame["difference"].abs().to_numpy(), kind="stable")[:MOST_THEMES])]
    ax = start(1.3 + ROW_HEIGHT * len(shown), ax)
    colours = [DETRACTOR if v in ("new", "growing") else PROMOTER if v == "shrinking" else QUIET for v in shown["verdict"]]
    rows = ranges(ax, 100 * shown["low"], 100 * shown["difference"], 100 * shown["high"], colour=colours)
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_yticks(rows, wrapped(shown["label"], 34))
    ax.set_xlabel("Change of the theme's share, percentage points")
    alt = "; ".join(f"{r.label}: {display.share(r.share_now)} now, {display.share(r.share_before)} before" for r in display.rows(shown))
    widest = f" The {display.count(MOST_THEMES)} widest of {display.count(len(frame))}." if len(shown) < len(frame) else ""
    plotted = f"Share in {movement.month} minus share before, with ranges. Grey: no clear change.{widest}"
    return finish(ax, message=movement.headline, plotted=plotted, alt=alt)


def theme_gaps(contrast: Contrast, *, ax: Axes | None = None) -> Axes:
    """Theme shares of both groups."""
    frame = contrast.themes
    if frame.empty:
        return empty(ax, contrast.headline)
    order = frame["difference"].abs().sort_values(ascending=False).index[:MOST_THEMES]
    shown = contrast.shown_themes.loc[frame.loc[order].sort_values("difference", ascending=False).index]
    ax = start(1.5 + ROW_HEIGHT * len(shown), ax)
    pairs(ax, (contrast.first, contrast.second), 100 * shown["share_first"].to_numpy(), 100 * shown["share_second"].to_numpy())
    ax.set_yticks(np.arange(len(shown))[::-1], wrapped(shown["label"], 34))
    ax.set_xlabel("Share of those who commented, %")
    alt = "; ".join(
        f"{r.label}: {many(contrast.first)} {display.share(r.share_first)}, {many(contrast.second)} {display.share(r.share_second)}"
        for r in display.rows(shown)
    )
    both = f"{many(contrast.first)} and {many(contrast.second)}"
    plotted = f"Themes of {both}, {contrast.label}.{_missing(shown)}"
    return finish(ax, message=_gap_message(contrast, both), plotted=plotted, alt=alt)


def _missing(shown: pd.DataFrame) -> str:
    """Why a mark is not there; "" where all are."""
    return f" No mark: fewer than {MIN_ANSWERS} customers." if shown[["share_first", "share_second"]].isna().any(axis=None) else ""


def _word_message(sides: Sequence[pd.DataFrame], names: tuple[str, str]) -> str:
    """The word that goes most clearly with each group."""
    said = [f"“{rows['phrase'].iloc[0]}” goes with {name}" for rows, name in zip(sides, names, strict=True) if len(rows)]
    return f"{', '.join(said)}."


def _gap_message(contrast: Contrast, both: str) -> str:
    """The theme that each group clearly mentions more often than the other."""
    said = []
    for name, rows in ((contrast.first, contrast.themes), (contrast.second, contrast.themes.iloc[::-1])):
        mine = rows.loc[rows["verdict"] == f"more {many(name)}", "label"]
        said += [f"{many(name)} more about “{mine.iloc[0]}”"] if len(mine) else []
    if not said:
        return f"No theme is clearly more common among {both}."
    text = " and ".join(said)
    return f"{text[:1].upper()}{text[1:]}".replace(" more about", " talk more about", 1) + "."


def word_gaps(contrast: Contrast, *, ax: Axes | None = None) -> Axes:
    """The words and phrases that go most clearly with each group, by the share of customers who write them."""
    sides = [contrast.word_part(name).to_frame().head(MOST_WORDS) for name in (contrast.first, contrast.second)]
    if not any(len(s) for s in sides):
        return empty(ax, f"No word goes clearly with {many(contrast.first)} or {many(contrast.second)}.")
    shown = pd.concat([sides[0], sides[1].iloc[::-1]])
    ax = start(1.5 + 0.8 * ROW_HEIGHT * len(shown), ax)
    pairs(ax, (contrast.first, contrast.second), 100 * shown["share_first"].to_numpy(), 100 * shown["share_second"].to_numpy())
    ax.set_yticks(np.arange(len(shown))[::-1], wrapped(shown["phrase"], 34))
    ax.set_xlabel("Share of those who commented, %")
    one, two = many(contrast.first), many(contrast.second)
    said = [f"{r.phrase}: {display.count(r.n_first)} {one}, {display.count(r.n_second)} {two}" for r in display.rows(shown)]
    plotted = f"Customers who write a word or phrase, {contrast.label}. Above: more often by {one}.{_missing(shown)}"
    return finish(ax, message=_word_message(sides, (one, two)), plotted=plotted, alt="; ".join(said))


def theme_months(monthly: Monthly, *, ax: Axes | None = None) -> Axes:
    """Share of those who commented that mention each theme, by period: the darker, the more; hatched where it is not shown."""
    frame = monthly.to_frame()
    if frame.empty or frame["share"].notna().sum() == 0:
        return empty(ax, monthly.headline)
    order, periods = frame["id"].drop_duplicates().head(MOST_THEMES), frame["month"].drop_duplicates().tail(MOST_PERIODS)
    table = frame.pivot(index="id", columns="month", values="share").loc[order, periods]
    labels = frame.drop_duplicates("id").set_index("id")["label"].loc[order]
    ax = start(1.9 + ROW_HEIGHT * len(table), ax)
    shares = 100 * table.to_numpy(dtype=float)
    ax.imshow(np.ma.masked_invalid(shares), aspect="auto", cmap=_shades(), vmin=0, vmax=max(float(np.nanmax(shares)), 1.0))
    for i, j in np.ndindex(shares.shape):
        _cell(ax, j, i, float(shares[i, j]), float(np.nanmax(shares)))
    ax.set_yticks(range(len(table)), wrapped(labels, 30))
    ax.set_xticks(range(len(periods)), _short(cast("Sequence[pd.Period]", periods.tolist())), fontsize=8.5)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    last = ", ".join(f"{label} {_spoken_share(v)}" for label, v in zip(labels, table.iloc[:, -1], strict=True))
    message = monthly.apart or f"where ten and more mention a theme, no share is clearly higher in one {monthly.every} than in another"
    alt = f"In {named(periods.iloc[-1])}: {last}."
    return finish(ax, message=f"{message[0].upper()}{message[1:]}.", plotted=_base(monthly, bool(np.isnan(shares).any())), alt=alt)


def theme_map(atlas: Atlas, *, ax: Axes | None = None) -> Axes:
    """A point for each text; the ten largest themes in colour, each named where it is densest."""
    frame, spots = atlas.to_frame(), atlas.spots.head(len(COLOURS))
    if frame.empty:
        return empty(ax, atlas.headline)
    ax = start(6.6, ax)
    rest = frame[~frame["theme"].isin(spots["theme"])]
    ax.scatter(rest["x"], rest["y"], s=7, color=REST, linewidths=0)
    heights = _apart(spots)
    for i, spot in enumerate(display.rows(spots)):
        part, colour = frame[frame["theme"] == spot.theme], COLOURS[i]
        ax.scatter(part["x"], part["y"], s=10, color=colour, marker=MARKERS[i % len(MARKERS)], linewidths=0)
        box = {"boxstyle": "round,pad=0.2", "facecolor": "white", "alpha": 0.85, "edgecolor": colour, "linewidth": 1.6}
        ax.text(spot.x, heights[i], _name(spot.label), ha="center", va="center", fontsize=9.5, color=INK, bbox=box, zorder=4)
    ax.set(xticks=[], yticks=[], xlim=(-1.12, 1.12), ylim=(-1.12, 1.12))
    ax.spines[:].set_visible(False)
    alt = "; ".join(f"{r.label}, {display.plural(r.n, 'text')}" for r in display.rows(spots))
    grey = " Grey: smaller themes." if len(rest) else ""
    message = f"On the map, {display.share(atlas.together)} of neighbouring texts share a theme"
    return finish(ax, message=message, plotted=f"{atlas.headline}{grey}", alt=f"The largest themes: {alt}.")


def _shades() -> ListedColormap:
    """From nearly white to the dark blue, in equal steps."""
    dark = np.array([int(PROMOTER[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return ListedColormap([tuple(1 - (1 - dark) * part) for part in np.linspace(0.06, 1, STEPS)])


def _cell(ax: Axes, x: int, y: int, share: float, most: float) -> None:
    """The number in one cell of the heat map, or its hatching."""
    if np.isnan(share):
        ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor="white", edgecolor=GRID, hatch="////", linewidth=0))
        return
    light = share < (STEPS - 3) / STEPS * most
    ax.text(x, y, display.number(share, 0), ha="center", va="center", fontsize=9, color="black" if light else "white")


def _base(monthly: Monthly, hatched: bool) -> str:
    """What the heat map shows, of how many, and what it leaves out."""
    frame, every = monthly.to_frame(), monthly.every
    kind = "theme" if monthly.by == "theme" else "sub-theme"
    largest = f" The {display.count(MOST_THEMES)} largest {kind}s." if frame["id"].nunique() > MOST_THEMES else ""
    latest = f" The latest {display.count(MOST_PERIODS)} {every}s." if frame["month"].nunique() > MOST_PERIODS else ""
    few = f" Hatched: fewer than {MIN_ANSWERS} mention it or wrote, or so few could be worked out." if hatched else ""
    said = f"Percent of those who commented in a {every} that mention a {kind}"
    return f"{said}, {display.plural(monthly.n, 'comment')}, {monthly.label}.{largest}{latest}{few}"


def _spoken_share(share: float) -> str:
    return "not shown" if np.isnan(share) else display.share(share)


def _short(periods: Sequence[pd.Period]) -> list[str]:
    """Short names that fit under a cell: of months, the year under the first and under each January; of days and weeks, their first day."""
    kind = periods[0].freqstr[0]
    if kind in "WD":
        return [f"{p.start_time.day}\n{MONTHS[p.start_time.month - 1]}" for p in periods]
    if kind != "M":
        return [named(p) for p in periods]
    fresh = [i == 0 or p.year != periods[i - 1].year for i, p in enumerate(periods)]
    return [f"{MONTHS[p.month - 1]}\n{p.year}" if new else MONTHS[p.month - 1] for p, new in zip(periods, fresh, strict=True)]


def _name(label: str) -> str:
    return wrapped([label], 20)[0]


def _apart(spots: pd.DataFrame) -> list[float]:
    """Heights at which the names of the map stand, moved just so far that none covers another; the largest theme's name stays."""
    placed: list[tuple[float, float, float, float]] = []
    for spot in display.rows(spots):
        lines = _name(spot.label).split("\n")
        width, height = LETTER * max(map(len, lines)) + 0.06, LINE * len(lines) + 0.03
        near = [(y, h) for x, y, w, h in placed if abs(x - spot.x) < (w + width) / 2]
        tries = [spot.y, *(y + side * (h + height) / 2 for y, h in near for side in (-1, 1))]
        free = [t for t in tries if abs(t) < 1.1 and all(abs(t - y) >= (h + height) / 2 - 1e-9 for y, h in near)]
        placed.append((spot.x, min(free or tries, key=lambda t: abs(t - spot.y)), width, height))
    return [y for _, y, _, _ in placed]


def pairs(ax: Axes, names: tuple[str, str], first: np.ndarray, second: np.ndarray) -> None:
    """Two points a row with a line between; the first row carries the names."""
    rows = np.arange(len(first))[::-1]
    ax.hlines(rows, first, second, color="#C9C9C9", linewidth=2)
    for values, name, marker in ((first, names[0], "o"), (second, names[1], "s")):
        ax.scatter(
            values, rows, color=COHORT_COLOURS.get(name, PASSIVE), s=48, zorder=3, marker=marker, label=f"{many(name)[:1].upper()}{many(name)[1:]}"
        )
    ax.set_ylim(-0.6, len(first) - 0.4)
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=9.5, borderpad=0)
