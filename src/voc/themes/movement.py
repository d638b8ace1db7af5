"""Survey + Themes + month -> which themes are new, growing or shrinking against the months before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey, period_label
from voc.schema import MIN_ANSWERS, TOUCHPOINT, parse_period
from voc.score.nps import LEVEL
from voc.themes.impact import check_by, table_of
from voc.themes.result import Level, Themes

STRAY = 0.05  # share of the month's comments that may come from touchpoints without earlier comments; they are then left out
UNLIKE = " Not at the same mix of touchpoints:"
NAMED = 3  # themes that a sentence names of each kind


@dataclass(frozen=True, repr=False)
class Movement(Result):
    """Theme shares of one month against the months before it.

    Attributes:
        frame: one row per theme mentioned in at least 10 comments in either time, largest rise first: `id`, `label`, `n_now`,
            `share_now`, `n_before`, `share_before` (at the month's mix of
            touchpoints), `difference` (shares) with `low`, `high` (at the corrected level), `adjusted_p`, `verdict`. For sub-themes also
            `theme`, the id of the theme they belong to.
        now: comments in the month that are compared.
        before: comments before.
        month: the month, in words.
        level: confidence level.
        by: "theme" or "subtheme".
        mix: what the comparison does about touchpoints that were not there in both times, as a sentence; "" where all were.
    """

    frame: pd.DataFrame
    now: int
    before: int
    month: str
    level: float
    by: Level = "theme"
    mix: str = ""
    behind_chart = True

    @property
    def headline(self) -> str:
        """What is new or growing, or that nothing is."""
        if not self.before:
            return f"There are no comments from before {self.month} to compare with."
        if self.frame.empty:
            return f"There are too few comments to see what is new in {self.month}."
        parts = []
        for verdict, words in (("new", "New in"), ("growing", "Mentioned more often in"), ("shrinking", "Mentioned less often in")):
            rows = self.frame[self.frame["verdict"] == verdict]
            if len(rows):
                named = [f"{r.label} ({display.share(r.share_now)}, before {display.share(r.share_before)})" for r in display.rows(rows.head(NAMED))]
                named += [f"and {display.count(len(rows) - NAMED)} more"] if len(rows) > NAMED else []
                parts.append(f"{words} {self.month}: {'; '.join(named)}.")
        if not parts:
            return f"No theme is mentioned clearly more or less often in {self.month} than before."
        return " ".join(parts)

    def to_frame(self) -> pd.DataFrame:
        """One row per theme."""
        return self.frame

    def _caption(self) -> str:
        name = "Sub-themes" if self.by == "subtheme" else "Themes"
        return f"{name} in {self.month} ({display.plural(self.now, 'comment')}) against before ({display.plural(self.before, 'comment')}).{self.mix}"

    def _columns(self) -> list[Column]:
        return [
            Column("label", "Theme" if self.by == "theme" else "Sub-theme"),
            Column("share_now", "Share now", "share"),
            Column("share_before", "Share before" if self.mix.startswith(UNLIKE) else "Share before, same mix of touchpoints", "share"),
            Column("difference", "Difference, % points", "share_change"),
            Column("low", "Low to high, all rows together", "range_share", "high"),
            Column("verdict", "Verdict"),
        ]


def movement(
    survey: Survey, themes: Themes, month: str | int, *, new_ids: Collection[int] = (), level: float = LEVEL, by: Level = "theme"
) -> Movement:
    """Compare each theme's share in a month with its share in all earlier comments of the survey.

    Args:
        survey: the answers, up to and including the month.
        themes: found on the same comments.
        month: "2026-09", or a year.
        new_ids: themes that a test of their own found to be new; those of them that clearly rise are called "new", all others "growing".
        level: one minus the rate of false alarms among the themes called new, growing or shrinking (Benjamini-Hochberg).
        by: "theme" or "subtheme".

    Raises:
        VocError: `by` is neither, or the month is none.

    Notes:
        The earlier comments are weighted to the month's own mix of touchpoints, so that more answers from the call centre do not make its
        themes look as if they grew; where more than one in twenty comments comes from a touchpoint without earlier ones, all are compared
        without regard to touchpoints, and the caption says so. Tested by Cochran-Mantel-Haenszel over touchpoints; intervals join Wilson's
        per touchpoint, at the level that goes with the corrected tests. A verdict needs both.

    References:
        Mantel & Haenszel 1959, JNCI 22:719; Newcombe 1998, Statistics in Medicine 17:873 (one touchpoint).
    """
    check_by(by)
    period = parse_period(month)
    mentions = themes.mentions(survey, level=by)
    answers = survey.answers.loc[mentions.index]
    now = (answers["date"] >= period.start_time).to_numpy()
    place = answers[TOUCHPOINT].fillna("").astype("category").cat.codes.to_numpy() if TOUCHPOINT in answers else np.zeros(len(answers), int)
    place, kept, mix = _comparable(place, now)
    mentions, now, place = mentions[kept], now[kept], place[kept]
    name = period_label(period)
    sizes = int(now.sum()), int((~now).sum())
    shown = [t for t in mentions.columns if max(mentions.loc[now, t].sum(), mentions.loc[~now, t].sum()) >= MIN_ANSWERS]
    if not shown or not min(sizes):
        return Movement(pd.DataFrame(), *sizes, name, level, by, mix)
    tables = {t: _tally(place, now, mentions[t].to_numpy()) for t in shown}
    p = stats.benjamini_hochberg([stats.mantel_haenszel_p(tables[t]) for t in shown])
    wide = stats.selected_level(level, p)
    names = table_of(themes, by).set_index("id")
    frame = pd.DataFrame([_row(int(t), str(names["label"][t]), tables[t], wide) for t in shown])
    frame["adjusted_p"] = p
    if by == "subtheme":
        frame["theme"] = names["theme"].loc[frame["id"]].to_numpy()
    frame["verdict"] = _verdicts(frame, level, new_ids)
    frame = frame.sort_values(["difference", "label"], ascending=[False, True], ignore_index=True)
    return Movement(frame, *sizes, name, level, by, mix)


def _comparable(place: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, np.ndarray, str]:
    """The touchpoint of each comment, which comments are compared, and what to say of it.

    A touchpoint without earlier comments has nothing of its own to be compared with. A few such comments are left out; many may hold just
    what is new, so then all are compared, whatever the touchpoint.
    """
    k = int(place.max(initial=-1)) + 1
    both = (np.bincount(place[now], minlength=k) > 0) & (np.bincount(place[~now], minlength=k) > 0)
    stray = int((~both[place] & now).sum())
    if not now.any() or now.all() or (not stray and both.any()):
        return place, both[place] | ~both.any(), ""
    if stray <= STRAY * now.sum():
        return place, both[place], f" {display.plural(stray, 'comment')} from touchpoints without earlier comments are left out."
    part = display.share(stray / now.sum())
    return np.zeros_like(place), np.ones(len(place), bool), f"{UNLIKE} {part} of the comments come from touchpoints without earlier comments."


def _verdicts(frame: pd.DataFrame, level: float, new_ids: Collection[int]) -> np.ndarray:
    """Clear only where the corrected test and the interval agree; new only what was found to be new elsewhere."""
    sure = (frame["adjusted_p"] <= 1 - level) & ((frame["low"] > 0) | (frame["high"] < 0))
    up = sure & (frame["difference"] > 0)
    return np.select([up & frame["id"].isin(list(new_ids)), up, sure], ["new", "growing", "shrinking"], "not clear")


def _tally(place: np.ndarray, now: np.ndarray, mention: np.ndarray) -> np.ndarray:
    """Counts (touchpoints, before/now, no/yes): everything below works on these."""
    table = np.zeros((int(place.max()) + 1, 2, 2), dtype=np.int64)
    np.add.at(table, (place, now.astype(int), mention.astype(int)), 1)
    return table


def _row(theme: int, label: str, table: np.ndarray, level: float) -> dict[str, object]:
    """One theme: share now against the share before at the month's mix of touchpoints."""
    both = table[(table.sum(axis=2) > 0).all(axis=1)]
    yes, n = both[:, :, 1].astype(float), both.sum(axis=2).astype(float)
    weight = n[:, 1] / n[:, 1].sum()
    low, high = stats.wilson(yes, n, level=level)
    now, before = (stats.weighted_sum(weight, yes[:, i] / n[:, i], low[:, i], high[:, i]) for i in (1, 0))
    d_low, d_high = stats.mover_difference(now[0], now[1:], before[0], before[1:])
    return {
        "id": theme, "label": label, "n_now": int(table[:, 1, 1].sum()), "share_now": now[0], "n_before": int(table[:, 0, 1].sum()),
        "share_before": before[0], "difference": now[0] - before[0], "low": float(d_low), "high": float(d_high),
    }  # fmt: skip
