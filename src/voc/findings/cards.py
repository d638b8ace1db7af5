"""Findings as cards: a title, a sentence with its numbers, two or three quotes, and what is not known yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from voc import display
from voc.display import Column, Result


@dataclass(frozen=True)
class Quote:
    """A comment and who wrote it, in words that identify nobody."""

    text: str
    source: str


class Fact(NamedTuple):
    """A line of a card: what it says, and the page that it leads to ("" for none)."""

    name: str
    text: str
    link: str = ""


@dataclass(frozen=True)
class Card:
    """One finding.

    Attributes:
        title: what it is about.
        sentence: size, interval and base.
        quotes: comments closest to the middle of the theme.
        unknown: what we do not know yet; "" where that goes without saying.
        facts: who owns it, the next step, where the evidence is.
        name: what a sentence calls it, in quotes; "" for the title.
    """

    title: str
    sentence: str
    quotes: tuple[Quote, ...] = ()
    unknown: str = ""
    facts: tuple[Fact, ...] = ()
    name: str = ""

    def html(self) -> str:
        """The card; all text in it is escaped."""
        quotes = display.markup(display.render("quotes", quotes=self.quotes)) if self.quotes else ""
        facts = display.markup(display.render("facts", facts=self.facts)) if self.facts else ""
        return display.render("card", title=self.title, sentence=self.sentence, quotes=quotes, unknown=self.unknown, facts=facts)


@dataclass(frozen=True, repr=False)
class Cards(Result):
    """Some findings under one sentence, with the numbers behind them.

    Attributes:
        sentence: the sentence above them.
        cards: the findings, most important first.
        numbers: the rows that the sentences come from.
        notes: what stands above them, such as entries of a file that match nothing.
        aside: a sentence below them; "" for none.
        about: "act", "protect" or "new".
        n: answers or comments looked at.
        label: which answers.
    """

    sentence: str
    cards: tuple[Card, ...] = ()
    numbers: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()
    aside: str = ""
    about: str = "act"
    n: int = 0
    label: str = ""

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
        notes = display.render("notes", notes=self.notes) if self.notes else ""
        aside = display.render("aside", sentence=self.aside) if self.aside else ""
        return notes + display.headline(self.headline) + "".join(card.html() for card in self.cards) + aside
