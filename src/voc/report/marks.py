"""What a notebook says about itself: its first lines, and the mark at its end without which it is not published."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from voc import display
from voc.display import Column, Note, Result
from voc.findings import Card, Cards, Overview
from voc.health import Response
from voc.ingest import Survey, period_label
from voc.schema import MIN_ANSWERS, TOUCHPOINT, parse_period
from voc.themes import Themes

MIME = "application/vnd.voc.done+json"


@dataclass(frozen=True, repr=False)
class Done(Result):
    """The completion mark of a notebook.

    Attributes:
        headlines: the sentences that the index shows for this page.
        facts: what the run's `run.json` keeps: theme key, encoder, the score, the response rate, the findings.
        heard: in a run that publishes, every number of the page as it was shown, with its full value.
        names: in such a run, numbers that are part of names or of what the file holds.
    """

    headlines: tuple[str, ...]
    facts: dict[str, Any]
    heard: dict[str, float] = field(default_factory=dict)
    names: tuple[str, ...] = ()

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
        return {"text/plain": self.headline, MIME: json.loads(json.dumps(self._marked()))}

    def _marked(self) -> dict[str, Any]:
        return {"headlines": self.headlines, "facts": self.facts} | ({"heard": self.heard, "names": list(self.names)} if self.heard else {})


def about(survey: Survey, month: str | int) -> Note:
    """Which survey and month a page is about, and the survey's own note ("Synthetic sample ...")."""
    mapping = survey.mapping
    if heard := display.listen():
        heard.names |= {number for text in _given(survey) for number in display.TOKEN.findall(text)}
    return Note(" ".join(part for part in (f"{mapping.title}, {period_label(parse_period(month))}.", mapping.note) if part))


def _given(survey: Survey) -> list[str]:
    """Texts with numbers that the survey itself gives: names of groups, wordings, and what the receipt says about the file."""
    mapping = survey.mapping
    groups = [name for column in mapping.segments for name in map(str, survey.answers[column].unique())]
    words = [mapping.title, mapping.note, mapping.question, mapping.score.wording, *(q.wording for q in mapping.ratings), *mapping.things]
    columns = [*mapping.columns.values(), *mapping.segments, *mapping.segments.values(), *(q.name for q in mapping.ratings), *survey.answers.columns]
    places = map(str, survey.answers[TOUCHPOINT].unique()) if TOUCHPOINT in survey.answers else ()
    return [*groups, *places, *words, *map(str, columns), survey.receipt.to_text()]


def done(*results: Result) -> Done:
    """Mark a notebook as run to its end; the index shows the given results' sentences."""
    facts: dict[str, Any] = {}
    for result in results:
        facts |= _facts(result)
    headlines = tuple(r.headline for r in results)
    heard = display.listen()
    return Done(headlines, facts, _values(heard.numbers) if heard else {}, tuple(sorted(heard.names)) if heard else ())


def _values(numbers: Iterable[tuple[str, float]]) -> dict[str, float]:
    """What stands behind each number as it was shown: its full value; where several were shown alike, no more than all of them share."""
    found: dict[str, set[float]] = {}
    for shown, value in numbers:
        found.setdefault(shown, set()).add(value)
    return {shown: values.pop() if len(values) == 1 else display.read(shown) for shown, values in found.items()}


def _facts(result: Result) -> dict[str, Any]:
    """What other pages and other programs use of a result."""
    if isinstance(result, Themes):
        accuracy = None if math.isnan(result.tone_accuracy) else round(result.tone_accuracy, 4)
        return {"themes_key": result.key, "text_engine": result.source, "tone_auc": accuracy}
    if isinstance(result, Overview):
        return {"score": _score(result)}
    if isinstance(result, Response):
        rate = float(result.frame.iloc[-1]["rate"])
        return {"response": {"sentence": result.headline, "rate": None if math.isnan(rate) else rate}}
    if isinstance(result, Cards):
        return {result.about: {"sentence": result.headline, "cards": [_card(c) for c in result.cards]}}
    return {}


def _score(overview: Overview) -> dict[str, Any]:
    """The score as the months' index and dashboards use it; no numbers for fewer than ten answers."""
    score, step = overview.score, overview.since_last
    if score.n < MIN_ANSWERS:
        return {"n": None, "sentence": overview.headline}
    bands = {"promoters": score.promoters, "passives": score.passives, "detractors": score.detractors}
    now = {"value": score.value, "low": score.low, "high": score.high, "level": score.level, "n": score.n, "sentence": overview.headline}
    change = {"change": step.value, "change_low": step.low, "change_high": step.high, "verdict": step.verdict} if step.before.n >= MIN_ANSWERS else {}
    return now | {name: count / score.n for name, count in bands.items()} | change


def _card(card: Card) -> dict[str, Any]:
    """A finding without its quotes."""
    return {"title": card.title, "sentence": card.sentence, **{f.name.casefold().replace(" ", "_"): f.link or f.text for f in card.facts}}
