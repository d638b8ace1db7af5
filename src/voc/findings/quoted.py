"""Themes + survey -> quotes for a card, with score and touchpoint; none from groups under 20."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from voc import display, schema
from voc.findings.cards import Quote
from voc.ingest import Survey
from voc.schema import RESPONSE_ID, SCORE, TOUCHPOINT
from voc.themes import Themes, Told


def quotes(
    survey: Survey, themes: Themes, theme: int | None, *, told: Told, among: Sequence[pd.Index] = (), strict: bool = False
) -> tuple[Quote, ...]:
    """Two or three comments closest to the middle of a theme.

    Args:
        survey: the answers.
        themes: found on comments that include the survey's.
        theme: which theme; None for any.
        told: "complaint" or "praise" takes only comments told so.
        among: indexes of the answers to choose from, such as detractors', the best first; all answers where too few of any mention the theme.
        strict: never from others than `among`.
    """
    frame = survey.frame
    everybody = () if strict else (frame.index,)
    tries = (themes.quotes(theme, frame.loc[choice, RESPONSE_ID].tolist(), told=told) for choice in (*among, *everybody))
    chosen = next((rows for rows in tries if len(rows)), None)
    if chosen is None:
        return ()
    known = frame.set_index(RESPONSE_ID)
    cells = frame.groupby(["cohort", TOUCHPOINT]).size() if TOUCHPOINT in frame else pd.Series(dtype=int)
    return tuple(Quote(display.quoted(str(row.text)), _source(known.loc[row.id], cells)) for row in display.rows(chosen))


def _source(person: pd.Series, cells: pd.Series) -> str:
    """Score and touchpoint; no touchpoint where fewer than 20 of the same group answered there."""
    place = str(person.get(TOUCHPOINT, "") or "")
    large = place and cells[person["cohort"], place] >= schema.MIN_QUOTED
    return f"Score {int(person[SCORE])}{f', {place}' if large else ''}"
