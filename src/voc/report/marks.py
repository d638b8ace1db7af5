"""What a notebook says about itself: its first lines, and the mark at its end without which it is not published."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from voc.display import Column, Note, Result
from voc.ingest import Survey, period_label
from voc.schema import parse_period
from voc.themes import Themes

MIME = "application/vnd.voc.done+json"


@dataclass(frozen=True, repr=False)
class Done(Result):
    """The completion mark of a notebook.

    Attributes:
        headlines: the sentences that the index shows for this page.
        facts: what the run's `run.json` keeps: theme key, encoder, sentence splitter.
    """

    headlines: tuple[str, ...]
    facts: dict[str, Any]

    @property
    def headline(self) -> str:
        """That the notebook ran to its end."""
        return "This page is complete."

    def to_frame(self) -> pd.DataFrame:
        """The headlines."""
        return pd.DataFrame({"headline": self.headlines})

    def _columns(self) -> list[Column]:
        return []

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": self.headline, MIME: json.loads(json.dumps({"headlines": self.headlines, "facts": self.facts}))}


def about(survey: Survey, month: str | int) -> Note:
    """Which survey and month a page is about, and the survey's own note ("Synthetic sample ...")."""
    mapping = survey.mapping
    return Note(" ".join(part for part in (f"{mapping.title}, {period_label(parse_period(month))}.", mapping.note) if part))


def done(*results: Result) -> Done:
    """Mark a notebook as run to its end; the index shows the given results' sentences."""
    facts: dict[str, Any] = {}
    for result in results:
        if isinstance(result, Themes):
            facts = {
                "themes_key": result.key,
                "text_engine": result.source,
                "tone_auc": None if math.isnan(result.tone_accuracy) else round(result.tone_accuracy, 4),
            }
    return Done(tuple(r.headline for r in results), facts)
