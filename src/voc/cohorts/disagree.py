"""Survey + Themes -> answers whose score and comment say different things, for reading."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display
from voc.display import Column, Note, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, RESPONSE_ID
from voc.themes import Themes

SURELY = 0.85  # chance from which a comment counts as complaint (or, from the other end, as praise)
LOWEST = 2  # scores up to this may be from a scale read the wrong way round,
HIGH_RATINGS = 0.75  # where the answers to the questions lie in the upper quarter of their scales
COMPLAINS, PRAISES, REVERSED = "promoter who complains", "detractor who praises", "scale perhaps read the wrong way round"


@dataclass(frozen=True, repr=False)
class Disagree(Result):
    """Where score and comment disagree.

    Attributes:
        frame: one row per such answer, the strongest first; for reading, not for a page: `response_id`, `score`, `cohort`, `kind`, `strength`
            (0..1: how sure the model is that the comment is told the other way), `comment`.
        n: commenting promoters and detractors who were judged.
        accuracy: share of unseen pairs of a promoter's and a detractor's comment that the model puts right (0.5 is guessing).
        label: which answers.
    """

    frame: pd.DataFrame
    n: int
    accuracy: float
    label: str

    @property
    def headline(self) -> str:
        """How many, by kind, and how well the model judges."""
        counts = self.frame["kind"].value_counts() if len(self.frame) else pd.Series(dtype=int)
        words = {
            COMPLAINS: "comments of promoters read as a complaint as a whole",
            PRAISES: "comments of detractors as praise",
            REVERSED: "come as praise with the lowest scores and good answers",
        }
        named = [f"{display.some(int(counts[kind]), MIN_ANSWERS)} {said}" for kind, said in words.items() if kind in counts]
        if not named:
            return (
                f"Of {display.plural(self.n, 'comment')} of promoters and detractors ({self.label}) none surely disagrees with its score. The model "
                f"that judges them puts {display.share(self.accuracy)} of unseen pairs right and names one only where it is sure."
            )
        base = f"Of {display.plural(self.n, 'comment')} of promoters and detractors ({self.label}) score and text disagree in some"
        return (
            f"{base}: {display.listed(named)}. Judged by a model that saw neither that customer's score nor another comment of theirs; it puts "
            f"{display.share(self.accuracy)} of unseen pairs right."
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per answer; for reading, not for a page."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        """Counts only: who they are is no one else's business."""
        counts = self.frame["kind"].value_counts().reindex([COMPLAINS, PRAISES, REVERSED]).fillna(0).astype(int)
        return pd.DataFrame({"kind": counts.index, "n": [display.some(int(n), MIN_ANSWERS) for n in counts]})

    def _caption(self) -> str:
        return f"Score and comment disagree, {self.label}. The list is for the analyst."

    def _columns(self) -> list[Column]:
        return [Column("kind", "What"), Column("n", "Answers")]


def disagree(survey: Survey, themes: Themes) -> Disagree | Note:
    """Promoters who complain, detractors who praise, and scales perhaps read the wrong way round.

    Args:
        survey: the answers.
        themes: found on a Survey that includes these answers, so that tone could be learned from its scores.

    Returns:
        Disagree, or a Note where tone could not be learned.

    Notes:
        A comment's tone is the mean chance of complaint of its parts; each was judged by a model that saw neither its score nor another comment of
        its customer (`voc.themes.tone`). From .85 on it counts as a complaint, up to .15 as praise. The scale may have been read the wrong way
        round where a score of 0 to 2 comes with praise and answers in the upper quarter of their scales.
    """
    chance = themes.assignments.groupby("id")["complaint"].mean().dropna()
    if chance.empty or math.isnan(themes.tone_accuracy):
        return Note(f"Tone could not be learned from the scores, so score and text cannot be compared ({survey.label}).")
    answers = survey.answers[survey.answers[RESPONSE_ID].isin(chance.index) & (survey.answers["cohort"] != "passive")]
    told = chance.loc[answers[RESPONSE_ID]].to_numpy()
    promoter = (answers["cohort"] == "promoter").to_numpy()
    wrong_way = ~promoter & (told <= 1 - SURELY) & (answers["score"].to_numpy() <= LOWEST) & (_height(survey, answers) >= HIGH_RATINGS)
    kind = np.select([promoter & (told >= SURELY), wrong_way, ~promoter & (told <= 1 - SURELY)], [COMPLAINS, REVERSED, PRAISES], "")
    frame = answers[[RESPONSE_ID, "score", "cohort"]].assign(
        kind=kind, strength=np.where(promoter, told, 1 - told), comment=survey.frame.loc[answers.index, "comment"]
    )
    frame = frame[frame["kind"] != ""].sort_values(["strength", "response_id"], ascending=[False, True], ignore_index=True)
    return Disagree(frame, len(answers), themes.tone_accuracy, survey.label)


def _height(survey: Survey, answers: pd.DataFrame) -> np.ndarray:
    """(answers,) mean answer to the questions, 0 the worst, 1 the best; missing where none was answered."""
    parts = [(answers[q.name] - q.scale.low) / (q.scale.high - q.scale.low) for q in survey.ratings]
    return pd.concat(parts, axis=1).mean(axis=1).to_numpy() if parts else np.full(len(answers), np.nan)
