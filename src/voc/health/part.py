"""Survey -> which rows of its list of invitations belong to the part of the survey that is looked at."""

from __future__ import annotations

import pandas as pd

from voc.ingest import Survey


def folded(texts: pd.Series) -> pd.Series:
    """Texts made ready to be compared: without surrounding blanks, in small letters."""
    return texts.str.strip().str.casefold()


def unknown_column(survey: Survey) -> str:
    """The first column by which this part was chosen and which its list of invitations does not have, in words; "" when there is none."""
    asked = survey.invitations
    if asked is None:
        return ""
    return next((column.replace("_", " ") for column, _ in survey.conditions if column not in asked), "")


def inside(survey: Survey, asked: pd.DataFrame) -> pd.Series:
    """Which invitations belong to this part: n bools. The list has every column by which the part was chosen."""
    hit = pd.Series(True, index=asked.index) if survey.since is None else asked["date"] >= survey.since
    for column, value in survey.conditions:
        hit &= folded(asked[column]) == value.strip().casefold()
    return hit
