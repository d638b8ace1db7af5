"""Survey + Themes -> how many mention each theme in each month, and the score of those who do, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, VocError
from voc.score import protect
from voc.score.nps import LEVEL
from voc.score.tally import FREQUENCY, Every, named, spoken
from voc.stats import Floats
from voc.themes.impact import check_by, table_of
from voc.themes.impact_tally import Bools, Commenters, Ints, commenters, customer_sums, likeness, ratio_of
from voc.themes.result import Level, Themes

MOST_ROWS = 300  # of the table on a page


@dataclass(frozen=True, repr=False)
class Monthly(Result):
    """Themes month by month, among those who commented.

    Attributes:
        frame: one row per theme and month, themes in the order of their table, months in order of time: `id`, `label`, `month`,
            `base` (who commented in the month), `n` of them who mention the theme, `share` (0..1) with `share_low` and `share_high`, `score`
            of those who mention it with its own (points). Missing: `n` and what follows from it where 1 to 9 mention the theme, or so few
            could be worked out from the theme's other months; `score` where nobody does; all of it where fewer than 10 commented. For
            sub-themes also `theme`, the id of the theme they belong to.
        n: comments.
        every: the length of a period, such as "month".
        level: confidence level.
        label: which answers.
        by: "theme" or "subtheme".
        apart: the theme and the two months whose shares differ most clearly, as a sentence; "" where none do.
        repeated: some customers commented more than once, and intervals allow for it.
    """

    frame: pd.DataFrame
    n: int
    every: str
    level: float
    label: str
    by: Level = "theme"
    apart: str = ""
    repeated: bool = False
    behind_chart = True

    @property
    def headline(self) -> str:
        """Which theme's share differs most clearly between months, or that none does."""
        shown = self.frame["share"].notna() if len(self.frame) else pd.Series(dtype=bool)
        if not shown.any():
            return f"There are too few comments to show themes by {self.every} ({self.label})."
        themes = display.plural(self.frame["id"].nunique(), "theme" if self.by == "theme" else "sub-theme")
        over = f"{themes} over {display.plural(self.frame['month'].nunique(), self.every)} ({display.plural(self.n, 'comment')}, {self.label})"
        return f"{over}: {self.apart or f'where ten and more mention a theme, no share is clearly higher in one {self.every} than in another'}."

    def to_frame(self) -> pd.DataFrame:
        """One row per theme and month."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return self.frame.assign(month=self.frame["month"].map(named)).head(MOST_ROWS) if len(self.frame) else self.frame

    def _caption(self) -> str:
        name = "Sub-themes" if self.by == "subtheme" else "Themes"
        more = f" The first {MOST_ROWS} of {len(self.frame)} rows." if len(self.frame) > MOST_ROWS else ""
        wide = " Ranges allow for customers who commented more than once." if self.repeated else ""
        return f"{name} by {self.every}, {self.label}. A dash: fewer than {MIN_ANSWERS} mentions, or they could be worked out.{wide}{more}"

    def _columns(self) -> list[Column]:
        return [
            Column("label", "Theme" if self.by == "theme" else "Sub-theme"),
            Column("month", self.every.capitalize()),
            Column("n", "Comments", "count"),
            Column("base", "Of all comments", "count"),
            Column("share", "Share", "share"),
            Column("share_low", "Low to high, %", "range_share", "share_high"),
            Column("score", "Their score", "points"),
            Column("score_low", "Low to high", "range", "score_high"),
        ]


def monthly(survey: Survey, themes: Themes, *, every: Every = "month", level: float = LEVEL, by: Level = "theme") -> Monthly:
    """Count each theme in each month.

    Args:
        survey: the answers; only those with a grouped comment count.
        themes: found on comments that include the survey's.
        every: "day", "week" (from Monday), "month", "quarter" or "year".
        level: confidence level of each interval; the headline allows for the number of themes and pairs of months.
        by: "theme" or "subtheme".

    Raises:
        VocError: `every` or `by` is none of these.

    Notes:
        Wilson's interval for shares and Tango's for scores, at the effective number of answers where customers commented more than once in
        a period. The headline's two months differ by Newcombe's interval at a level divided by the number of themes and of pairs of months.

    References:
        Wilson 1927, JASA 22:209; Tango 1998, Statistics in Medicine 17:891; Newcombe 1998, Statistics in Medicine 17:873.
    """
    check_by(by)
    if every not in FREQUENCY:
        raise VocError(f"every must be one of {', '.join(FREQUENCY)}; found {every!r}")
    mentions = themes.mentions(survey, level=by)
    who = commenters(survey, mentions.index, frequency=FREQUENCY[every])
    if not who.n or mentions.empty:
        return Monthly(pd.DataFrame(), who.n, every, level, survey.label, by)
    said = mentions.to_numpy()
    counts, base = _tally(who, said)
    share, score = _designs(who, said)
    names = table_of(themes, by).set_index("id").loc[mentions.columns].reset_index()
    frame = _frame(names[["id", "label", *(["theme"] if by == "subtheme" else [])]], who.months, (counts, base, share, score), level)
    return Monthly(frame, who.n, every, level, survey.label, by, _apart(frame, counts.sum(axis=2), base / share, level), who.repeated)


def _tally(who: Commenters, mentions: Bools) -> tuple[Ints, Ints]:
    """Counts (themes, months, 3 bands) of those who mention a theme, and (months,) of all: everything below works on these."""
    cell, months = who.month * 3 + who.band, len(who.months)
    counts = [np.bincount(cell[mention], minlength=3 * months).reshape(months, 3) for mention in mentions.T]
    return np.array(counts), np.bincount(who.month, minlength=months)


def _designs(who: Commenters, mentions: Bools) -> tuple[Floats, Floats]:
    """(themes, months) variances of shares and of scores, in those of separate customers."""
    shape = (mentions.shape[1], len(who.months))
    share, score = np.ones(shape), np.ones(shape)
    if not who.repeated:
        return share, score
    alike = likeness(who, who.month)
    for month in range(shape[1]):
        here = who.month == month
        said, wrote = customer_sums(who.customer[here], mentions[here])
        share[:, month] = ratio_of(said, wrote)
        total = said.sum(axis=0)
        score[:, month] = 1 + alike * ((said**2).sum(axis=0) / np.maximum(total, 1) - (total > 0))
    return share, np.maximum(score, 1.0)


def _frame(names: pd.DataFrame, months: pd.PeriodIndex, tables: tuple[Ints, Ints, Floats, Floats], level: float) -> pd.DataFrame:
    """One row per theme and month, from counts (themes, months, 3), those who commented (months,) and the two designs."""
    counts, base, share, score = tables
    k, m = counts.shape[:2]
    frame = names.loc[names.index.repeat(m)].reset_index(drop=True)
    frame["month"] = months.take(np.tile(np.arange(m), k))
    everybody = np.tile(base, k).astype(float)
    cells = counts.reshape(-1, 3).astype(float)
    n = cells.sum(axis=1)
    kept_back = np.array([protect.hidden(row, always=base < MIN_ANSWERS) for row in counts.sum(axis=2)])
    dark = (everybody < MIN_ANSWERS) | kept_back.ravel()
    few = dark | (n == 0)
    s_low, s_high = stats.wilson(n / share.ravel(), everybody / share.ravel(), level=level)
    low, high = stats.net_interval(*(np.where(few[:, None], np.nan, cells) / score.reshape(-1, 1)).T, level=level)
    with np.errstate(invalid="ignore", divide="ignore"):
        net = 100 * (cells[:, 2] - cells[:, 0]) / n
    shares = {"n": n, "share": n / everybody, "share_low": s_low, "share_high": s_high}
    scores = {"score": net, "score_low": 100 * low, "score_high": 100 * high}
    frame["base"] = np.where(everybody < MIN_ANSWERS, np.nan, everybody)
    shown = {name: np.where(dark, np.nan, v) for name, v in shares.items()} | {name: np.where(few, np.nan, v) for name, v in scores.items()}
    return frame.assign(**shown)


def _apart(frame: pd.DataFrame, counts: Ints, sizes: Floats, level: float) -> str:
    """The theme and the two months whose shares differ most clearly, in words; "" where none do.

    Args:
        frame: one row per theme and month.
        counts: (themes, months) comments that mention the theme.
        sizes: (themes, months) of how many comments, at what they are worth.
        level: confidence level for all pairs of months together.
    """
    base = frame["base"].to_numpy().reshape(counts.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(base > 0, counts / base, np.nan)
    pairs = len(share) * share.shape[1] * (share.shape[1] - 1) // 2
    seen = frame["share"].notna().to_numpy().reshape(counts.shape)
    rows = np.flatnonzero(seen.any(axis=1))
    if not pairs or not len(rows):
        return ""
    low_end = np.where(seen | (counts < MIN_ANSWERS), np.nan_to_num(share, nan=np.inf), np.inf)
    most, least = np.where(seen, share, -1.0)[rows].argmax(axis=1), low_end[rows].argmin(axis=1)
    said, of = share * sizes, sizes
    wide = stats.family_level(level, pairs)
    low = stats.share_difference(said[rows, most], of[rows, most], said[rows, least], of[rows, least], level=wide)[1]
    at = int(np.argmax(low))
    if not low[at] > 0:
        return ""
    top, bottom = (frame.iloc[rows[at] * share.shape[1] + month[at]] for month in (most, least))
    return f"the share of “{top['label']}” differs most, from {_share_in(bottom)} to {_share_in(top)}"


def _share_in(row: pd.Series) -> str:
    """A share with its range and month; few mentions are not counted out."""
    when = spoken(cast("pd.Period", row["month"]))
    if np.isnan(row["share"]):
        return f"fewer than {MIN_ANSWERS} of {display.plural(row['base'], 'comment')} in {when}"
    return f"{display.share(row['share'])} ({display.interval(100 * row['share_low'], 100 * row['share_high'])}) in {when}"
