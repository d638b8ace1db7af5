"""Survey -> Bright: where customers are promoters although one would not expect it of their visits, and what is different there."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from voc import display
from voc.cohorts.facts import clearest, fact_columns, readable, side_by_side
from voc.display import Column, Note, Result
from voc.ingest import Survey
from voc.schema import TOUCHPOINT
from voc.score import Funnel, funnel
from voc.score.nps import LEVEL
from voc.themes import Themes


@dataclass(frozen=True, repr=False)
class Bright(Result):
    """Bright spots, and what is different at the brightest.

    Attributes:
        spots: rows of `voc.score.Funnel.frame` that stand out upwards, the farthest first.
        frame: what is known of the brightest one's answers (first) beside those of the others of its kind at the same touchpoint (second), as
            `Profile.frame`.
        looked: how many groups were looked at.
        level: confidence level.
        label: which answers.
        place: the touchpoint at which they are compared: the one that most of its answers are from; "" where there are none.
    """

    spots: pd.DataFrame
    frame: pd.DataFrame
    looked: int
    level: float
    label: str
    place: str = ""
    behind_chart = True

    @property
    def headline(self) -> str:
        """Where, by how much, and what is different there."""
        if self.spots.empty:
            return f"Of {display.plural(self.looked, 'group')} none stands out upwards ({self.label})."
        named = [
            f"“{r.unit}” ({display.points(r.value)} points where its visits let one expect {display.points(r.expected)}; best estimate "
            f"{display.points(r.best)}, {display.interval(r.best_low, r.best_high)})"
            for r in display.rows(self.spots.head(3))
        ]
        told = clearest(self.frame)
        top = self.spots.iloc[0]["unit"]
        why = f" What is different at “{top}”{self._where()}: {display.listed(told)}." if told else ""
        nothing = "" if told else f" Nothing else that this survey asks is clearly different at “{top}”: go and look."
        return f"Better than expected: {display.listed(named)}, {self.label}.{why}{nothing}"

    def _where(self) -> str:
        return f" (only {self.place})" if self.place else ""

    def to_frame(self) -> pd.DataFrame:
        """What is different at the brightest spot, one row per fact."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return readable(self.frame)

    def _caption(self) -> str:
        return f"“{self.spots.iloc[0]['unit']}” beside the others{self._where()}, {self.label}."

    def _columns(self) -> list[Column]:
        return fact_columns("There", "Elsewhere")


def bright_spots(survey: Survey, themes: Themes | None = None, *, show_agents: bool = False, level: float = LEVEL) -> Bright | Note:
    """Stores, regions and the like whose customers score higher than their visits let one expect, and what is different there.

    Args:
        survey: the answers.
        themes: found on comments that include the survey's; None compares none.
        show_agents: include columns that name single people; not for published pages.
        level: confidence level; of the groups that stand out, at most 1 - level do so by chance.

    Returns:
        Bright, or a Note where there are too few groups.

    Notes:
        `voc.score.funnel` says which stand out: against what is expected of their mix of touchpoints and contact reasons, corrected for their
        number, with estimates drawn towards the others. What is different is compared as in `profile`.
    """
    found = funnel(survey, show_agents=show_agents, level=level)
    if not isinstance(found, Funnel):
        return found
    spots = found.frame[found.frame["verdict"] == "above"].sort_values("difference", ascending=False, ignore_index=True)
    if spots.empty:
        return Bright(spots, pd.DataFrame(), len(found.frame), level, survey.label)
    column, unit = str(spots.iloc[0]["column"]), str(spots.iloc[0]["unit"])
    values = survey.answers[column].fillna("").astype(str).to_numpy()
    here = values == unit
    there = (values != "") & ~here
    place = ""
    if TOUCHPOINT in survey.answers:
        places = survey.answers[TOUCHPOINT].fillna("").astype(str)
        place = str(places[here].value_counts().index[0])
        here, there = (side & (places == place).to_numpy() for side in (here, there))
    frame = side_by_side(survey, themes, (here, there), level)
    frame = frame[~frame["kind"].isin([column.replace("_", " "), TOUCHPOINT])].reset_index(drop=True)
    return Bright(spots, frame, len(found.frame), level, survey.label, place)
