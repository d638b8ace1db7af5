"""Survey + Themes + month -> which themes are new, growing or shrinking against the months before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey, period_label
from voc.schema import MIN_ANSWERS, parse_period
from voc.score.nps import LEVEL
from voc.themes.result import Themes

NEW_BELOW = 0.005  # a theme that fewer than 1 in 200 mentioned before counts as new


@dataclass(frozen=True, repr=False)
class Movement(Result):
    """Theme shares of one month against the months before it.

    Attributes:
        frame: one row per theme mentioned by at least 10 customers in either time, largest rise first: `id`, `label`, `n_now`, `share_now`,
            `n_before`, `share_before`, `difference` (shares) with `low`, `high` (widened for the number of themes), `adjusted_p`, `verdict`.
        now: commenting customers in the month.
        before: commenting customers before.
        month: the month, in words.
        level: confidence level.
    """

    frame: pd.DataFrame
    now: int
    before: int
    month: str
    level: float

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
                named = [f"{r.label} ({display.share(r.share_now)}, before {display.share(r.share_before)})" for r in display.rows(rows)]
                parts.append(f"{words} {self.month}: {'; '.join(named)}.")
        if not parts:
            return f"No theme is mentioned clearly more or less often in {self.month} than in the months before."
        return " ".join(parts)

    def to_frame(self) -> pd.DataFrame:
        """One row per theme."""
        return self.frame

    def _caption(self) -> str:
        return f"Themes in {self.month} ({display.plural(self.now, 'comment')}) against before ({display.plural(self.before, 'comment')})."

    def _columns(self) -> list[Column]:
        return [
            Column("label", "Theme"),
            Column("share_now", "Share now", "share"),
            Column("share_before", "Share before", "share"),
            Column("difference", "Difference, % points", "share_change"),
            Column("low", "Low to high", "range_share", "high"),
            Column("verdict", "Verdict"),
        ]


def movement(survey: Survey, themes: Themes, month: str | int, *, level: float = LEVEL) -> Movement:
    """Compare each theme's share in a month with its share in all earlier comments of the survey.

    Args:
        survey: the answers, up to and including the month.
        themes: found on the same comments.
        month: "2026-09", or a year.
        level: one minus the rate of false alarms among the themes called new, growing or shrinking (Benjamini-Hochberg).

    Notes:
        Fisher's exact test on those who commented; intervals by Newcombe's method 10, at the level that goes with the
        corrected tests. A verdict needs both.
    """
    period = parse_period(month)
    mentions = themes.mentions(survey)
    dates = survey.frame.loc[mentions.index, "date"]
    now, before = mentions[dates >= period.start_time], mentions[dates < period.start_time]
    counts = pd.DataFrame({"n_now": now.sum(), "n_before": before.sum()})
    counts = counts[counts.max(axis=1) >= MIN_ANSWERS]
    name = period_label(period)
    if counts.empty or not (len(now) and len(before)):
        return Movement(pd.DataFrame(), len(now), len(before), name, level)
    p = stats.benjamini_hochberg(stats.share_difference_p(counts["n_now"], len(now), counts["n_before"], len(before)))
    wide = stats.selected_level(level, p)
    difference, low, high = stats.share_difference(counts["n_now"], len(now), counts["n_before"], len(before), level=wide)
    frame = counts.rename_axis("id").reset_index()
    frame.insert(1, "label", frame["id"].map(themes.table.set_index("id")["label"]))
    frame["share_now"], frame["share_before"] = frame["n_now"] / len(now), frame["n_before"] / len(before)
    frame["difference"], frame["low"], frame["high"], frame["adjusted_p"] = difference, low, high, p
    sure = (frame["adjusted_p"] <= 1 - level) & ((frame["low"] > 0) | (frame["high"] < 0))
    up = sure & (frame["difference"] > 0)
    frame["verdict"] = np.select([up & (frame["share_before"] < NEW_BELOW), up, sure], ["new", "growing", "shrinking"], "as before")
    frame = frame.sort_values(["difference", "label"], ascending=[False, True], ignore_index=True)
    return Movement(frame, len(now), len(before), name, level)
