"""Findings as cards: a title, a sentence with its numbers, two or three quotes, and what is not known yet."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from voc import display
from voc.display import Column, Result


@dataclass(frozen=True)
class Quote:
    """A comment and who wrote it, in words that identify nobody."""

    text: str
    source: str


@dataclass(frozen=True)
class Card:
    """One finding.

    Attributes:
        title: what it is about.
        sentence: size, interval and base.
        quotes: comments closest to the middle of the theme.
        unknown: what we do not know yet; "" where that goes without saying.
    """

    title: str
    sentence: str
    quotes: tuple[Quote, ...] = ()
    unknown: str = ""

    def html(self) -> str:
        """The card; all text in it is escaped."""
        quotes = display.markup(display.render("quotes", quotes=self.quotes)) if self.quotes else ""
        return display.render("card", title=self.title, sentence=self.sentence, quotes=quotes, unknown=self.unknown)


@dataclass(frozen=True, repr=False)
class Cards(Result):
    """Some findings under one sentence, with the numbers behind them.

    Attributes:
        sentence: the sentence above them.
        cards: the findings, most important first.
        numbers: the rows that the sentences come from.
    """

    sentence: str
    cards: tuple[Card, ...] = ()
    numbers: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def headline(self) -> str:
        """The sentence."""
        return self.sentence

    def to_frame(self) -> pd.DataFrame:
        """The rows that the sentences come from."""
        return self.numbers

    def _columns(self) -> list[Column]:
        return []

    def _repr_html_(self) -> str:
        return display.headline(self.headline) + "".join(card.html() for card in self.cards)
