"""Survey + themes -> ThemeDrivers: which themes go with the score beyond what the ratings already say, among those who commented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display
from voc.display import Column, Note, Result
from voc.drivers import moments, shares
from voc.drivers.data import FEWEST, Answers, answers_of, fill, gaps, score_alone
from voc.drivers.spread import directions, noise, spread
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS
from voc.score.nps import LEVEL
from voc.themes import Themes

EACH_COLUMN = 5  # commenters for each theme, question and control


@dataclass(frozen=True, repr=False)
class ThemeDrivers(Result):
    """What themes add to the ratings.

    Attributes:
        frame: one row per theme that 10 and more comments mention, most important first: `id`, `label`, `n` (comments that mention it),
            `importance` (share of the score's variance, 0..1, that goes with it beside all ratings) with `low`, `high`; `noise` (what its
            mentions, shuffled, stay below 95 times in 100); `direction` (1 higher score, -1 lower, ratings and other themes
            equal; 0 where the range reaches below the noise).
        ratings: share of the variance that goes with all ratings together, controls aside; 0 without ratings.
        themes: share that all themes together add.
        n: comments.
        level: confidence level.
        label: which answers.
        controls: what was held constant beside the ratings.
    """

    frame: pd.DataFrame
    ratings: float
    themes: float
    n: int
    level: float
    label: str
    controls: tuple[str, ...] = ()
    behind_chart = True

    @property
    def headline(self) -> str:
        """How much themes add, and which."""
        rated = f"{display.share(self.ratings)} of the differences in the score go with the ratings; " if self.ratings else ""
        more = "of them go with themes beside the ratings" if self.ratings else "of the differences in the score go with themes"
        told = f"Among {display.plural(self.n, 'comment')} ({self.label}) {rated}another {display.share(self.themes)} {more}."
        told = told.replace("another ", "") if not self.ratings else told
        sure = self.frame
        parts = []
        for sign, words in ((-1, "lower"), (1, "higher")):
            names = [f"“{r.label}” ({display.share(r.importance)})" for r in display.rows(sure[sure["direction"] == sign].head(3))]
            if names:
                parts.append(f"Customers who mention {display.listed(names)} score {words} than their ratings say.")
        return " ".join([told, *parts]) if parts else f"{told} No single theme clearly adds something."

    def to_frame(self) -> pd.DataFrame:
        """One row per theme."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return self.frame.assign(direction=self.frame["direction"].map({1: "a higher score", -1: "a lower score", 0: "not clear"}))

    def _caption(self) -> str:
        held = display.listed([*self.controls, "ratings"] if self.ratings else list(self.controls))
        return f"What themes add, among those who commented, {self.label}.{f' {held.capitalize()} held constant.' if held else ''}"

    def _columns(self) -> list[Column]:
        return [
            Column("label", "Theme"),
            Column("n", "Comments", "count"),
            Column("importance", "Goes with the score", "share"),
            Column("low", "Low to high, %", "range_share", "high"),
            Column("noise", "Shuffled mentions reach", "share"),
            Column("direction", "Ratings equal, a mention goes with"),
        ]


def with_themes(survey: Survey, themes: Themes, *, weighted: bool = False, level: float = LEVEL) -> ThemeDrivers | Note:
    """Rank themes by what they add to the ratings.

    Args:
        survey: the answers; only those with a grouped comment count.
        themes: found on comments that include the survey's.
        weighted: weight each answer with the survey's own weights.
        level: confidence level.

    Returns:
        ThemeDrivers, or a Note that says why there are none.

    Notes:
        LMG shares of R squared of mentions (0 or 1, whatever the tone: that is learned from the scores), with touchpoint, month and all
        ratings always in the model; a rating that did not apply counts as an average one with an indicator. The 14 largest themes exactly,
        more from sampled orders. Intervals and noise line as in `rank`.
    """
    mentions = themes.mentions(survey)
    part = survey.with_frame(survey.answers.loc[mentions.index]) if len(mentions) else survey
    label = survey.label
    mentions = mentions.loc[:, mentions.sum() >= MIN_ANSWERS]
    answers = (answers_of if survey.ratings else score_alone)(part, weighted=weighted)
    k = len(mentions.columns)
    if not k or isinstance(answers, Note) or len(mentions) < FEWEST:
        return Note(f"There are too few comments to see what themes add to the ratings ({label}).")
    mentions = mentions.loc[answers.ratings.index]
    filled = pd.concat([fill(answers.ratings, answers.mass), gaps(answers.ratings)], axis=1)
    columns = k + filled.shape[1] + answers.controls.shape[1]
    if len(mentions) < EACH_COLUMN * columns:
        return Note(
            f"There are too few comments to see what themes add to the ratings ({label}): {display.count(len(mentions))}; "
            f"that takes {display.count(EACH_COLUMN * columns)}."
        )
    return _themed(answers, mentions.astype(float), filled, themes, level)


def _themed(answers: Answers, mentions: pd.DataFrame, filled: pd.DataFrame, themes: Themes, level: float) -> ThemeDrivers:
    own, rated = answers.controls.shape[1], filled.shape[1]
    held = own + rated
    table = answers.table(None, answers.controls, filled, mentions.add_prefix("theme "))
    matrix = moments.correlations(table)
    n = np.full(mentions.shape[1], answers.worth(np.ones(len(mentions), bool)))
    found = spread(table, held, n, level=level)
    named = themes.table.set_index("id")["label"]
    frame = pd.DataFrame(
        {
            "id": mentions.columns.to_numpy(dtype=int), "label": named.loc[mentions.columns].to_numpy(), "n": mentions.sum().astype(int).to_numpy(),
            "importance": found.worth, "low": found.low, "high": found.high, "noise": noise(matrix[0], n, held),
            "direction": directions(shares.coefficients(found.drawn), level),
        }
    )  # fmt: skip
    frame["direction"] = frame["direction"].where(frame["low"] > frame["noise"], 0)
    last = matrix.shape[1] - 1
    ratings = _r_squared(matrix, [*range(held), last]) - _r_squared(matrix, [*range(own), last])
    frame = frame.sort_values(["importance", "label"], ascending=[False, True], ignore_index=True)
    return ThemeDrivers(frame, max(ratings, 0.0) if rated else 0.0, float(found.worth.sum()), len(mentions), level, answers.label, answers.held)


def _r_squared(matrix: np.ndarray, columns: list[int]) -> float:
    """R squared of the last of some columns from the others."""
    part = matrix[0][np.ix_(columns, columns)]
    return float(part[-1, :-1] @ np.linalg.pinv(part[:-1, :-1], rcond=1e-8, hermitian=True) @ part[-1, :-1]) if len(columns) > 1 else 0.0
