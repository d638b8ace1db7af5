"""Survey + Themes -> what goes with the score: for each theme, the points between those who mention it and those who do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, TOUCHPOINT
from voc.score.nps import LEVEL
from voc.themes.result import Themes, Told

BANDS = ("detractor", "passive", "promoter")


@dataclass(frozen=True, repr=False)
class Impact(Result):
    """Themes beside the score, among those who commented.

    Attributes:
        frame: one row per theme mentioned by at least 10 customers, most costly first: `id`, `label`, `n`, `share` with `share_low`, `share_high`;
            `score` of those who mention it with `score_low`, `score_high` (points); `points` that go with the theme (negative: it
            costs) with `points_low`, `points_high`, widened for the number of themes; `detractors` who mention it; `verdict`.
        n: commenting customers.
        score: score of all commenting customers, points.
        level: confidence level.
        label: which answers.
        told: "any", or only what is told as "complaint" or "praise".
    """

    frame: pd.DataFrame
    n: int
    score: float
    level: float
    label: str
    told: Told = "any"

    @property
    def headline(self) -> str:
        """The themes that clearly cost or bring points."""
        if self.frame.empty:
            return f"There are too few comments to see which themes go with the score ({self.label})."
        cost = self.frame[self.frame["verdict"] == "costs points"]
        brings = self.frame[self.frame["verdict"] == "brings points"].iloc[::-1]
        parts = []
        for rows, words in ((cost, "go with a lower score"), (brings, "go with a higher score")):
            if len(rows):
                named = [f"{r.label} ({display.change(r.points)} points)" for r in display.rows(rows.head(3))]
                parts.append(f"{'; '.join(named)} {words}")
        if not parts:
            return f"No theme goes clearly with a higher or lower score ({display.plural(self.n, 'comment')}, {self.label})."
        return f"Among {display.plural(self.n, 'customer')} who commented ({self.label}): {'. '.join(parts)}."

    def to_frame(self) -> pd.DataFrame:
        """One row per theme."""
        return self.frame

    def _caption(self) -> str:
        told = {"any": "", "complaint": " told as a complaint", "praise": " told as praise"}[self.told]
        return f"Themes{told} beside the score, {display.plural(self.n, 'customer')} who commented, {self.label}."

    def _columns(self) -> list[Column]:
        return [
            Column("label", "Theme"),
            Column("n", "Customers", "count"),
            Column("share", "Share", "share"),
            Column("share_low", "Low to high, %", "range_share", "share_high"),
            Column("score", "Their score", "points"),
            Column("score_low", "Low to high", "range", "score_high"),
            Column("points", "Points that go with it", "change"),
            Column("points_low", "Low to high, all rows together", "range", "points_high"),
            Column("verdict", "Verdict"),
        ]


def impact(survey: Survey, themes: Themes, *, told: Told = "any", level: float = LEVEL) -> Impact:
    """Compare those who mention a theme with those at the same touchpoint who do not.

    Args:
        survey: the answers; only those with a grouped comment count.
        themes: found on comments that include the survey's.
        told: "complaint" or "praise" counts only what is told so (see `voc.themes.tone`).
        level: confidence level; the points' intervals hold for all themes together.

    Notes:
        points = sum over touchpoints of (share of all commenters who mention it there) x (their score - score of the others
        there): the touchpoint is held constant, so a theme of the call centre does not inherit the call centre's score. Each score gets
        Tango's interval; MOVER joins them. With `told`, that complainers score lower is built in, because complaint is learned from
        scores; the points then say how much of it goes with one theme rather than another. An association, not what would happen if
        the theme vanished.
    """
    mentions = themes.mentions(survey, told)
    answers = survey.answers.loc[mentions.index]
    place = answers[TOUCHPOINT].astype("category").cat.codes.to_numpy() if TOUCHPOINT in answers else np.zeros(len(answers), int)
    band = answers["cohort"].map({b: i for i, b in enumerate(BANDS)}).to_numpy()
    shown = [t for t in mentions.columns if mentions[t].sum() >= MIN_ANSWERS]
    wide = stats.family_level(level, len(shown))
    tables = {t: _tally(place, mentions[t].to_numpy(), band) for t in shown}
    labels = themes.table.set_index("id")["label"]
    rows = [_row(int(t), str(labels[t]), tables[t], (level, wide)) for t in shown]
    score = float(100 * ((band == 2).mean() - (band == 0).mean())) if len(band) else float("nan")
    frame = pd.DataFrame(rows)
    if len(frame):
        frame = frame.sort_values(["points", "label"], ignore_index=True)
    return Impact(frame, len(answers), score, level, survey.label, told if themes.has_tone else "any")


def _tally(place: np.ndarray, mention: np.ndarray, band: np.ndarray) -> np.ndarray:
    """Counts (touchpoints, 2, 3): everything below works on these."""
    table = np.zeros((int(place.max()) + 1, 2, 3), dtype=np.int64)
    np.add.at(table, (place, mention.astype(int), band), 1)
    return table


def points_of(table: np.ndarray, *, level: float = LEVEL) -> tuple[float, float, float]:
    """Points that go with a theme, with their interval, from counts (touchpoints, 2, 3)."""
    both = table[(table.sum(axis=2) > 0).all(axis=1)].astype(float)
    if not len(both):
        return 0.0, 0.0, 0.0
    others, mentioned = both[:, 0], both[:, 1]
    net = [(x[:, 2] - x[:, 0]) / x.sum(axis=1) for x in (mentioned, others)]
    ends = [stats.net_interval(*x.T, level=level) for x in (mentioned, others)]
    low, high = stats.mover_difference(net[0], ends[0], net[1], ends[1])
    weight = 100 * mentioned.sum(axis=1) / table.sum()
    return stats.weighted_sum(weight, net[0] - net[1], low, high)


def _row(theme: int, label: str, table: np.ndarray, levels: tuple[float, float]) -> dict[str, object]:
    level, wide = levels
    mentioned = table[:, 1].sum(axis=0)
    n, everybody = int(mentioned.sum()), int(table.sum())
    share_low, share_high = stats.wilson(n, everybody, level=level)
    low, high = stats.net_interval(*mentioned, level=level)
    points, points_low, points_high = points_of(table, level=wide)
    verdict = "costs points" if points_high < 0 else "brings points" if points_low > 0 else "not clear"
    return {
        "id": theme, "label": label, "n": n, "share": n / everybody, "share_low": float(share_low), "share_high": float(share_high),
        "score": 100 * (mentioned[2] - mentioned[0]) / n, "score_low": 100 * float(low), "score_high": 100 * float(high),
        "points": points, "points_low": points_low, "points_high": points_high, "detractors": int(mentioned[0]), "verdict": verdict,
    }  # fmt: skip
