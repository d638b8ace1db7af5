"""Themes -> what customers say about each, with quotes chosen by rule: one typical, one drawn by lot, one that disagrees."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from voc import display
from voc.display import Column, Result
from voc.schema import MIN_ANSWERS
from voc.themes.quotes import Rule
from voc.themes.result import Themes

OPEN = 5  # themes whose quotes are not folded away
MOST = 20
MOST_SUBTHEMES = 6
RULES: tuple[Rule, ...] = ("typical", "random", "dissenting")


@dataclass(frozen=True)
class Said:
    """A quote in three pieces, the middle one about the theme, and what it stands for."""

    before: str
    marked: str
    after: str
    source: str


@dataclass(frozen=True, repr=False)
class Voices(Result):
    """What customers say about each theme.

    Attributes:
        frame: one row per theme, largest first: `id`, `label`, `sentence`, `subthemes`, `quotes` (tuple of `Said`).
        sentence: how the quotes were chosen.
    """

    frame: pd.DataFrame
    sentence: str

    @property
    def headline(self) -> str:
        """How the quotes were chosen."""
        return self.sentence

    def to_frame(self) -> pd.DataFrame:
        """One row per theme."""
        return self.frame

    def _columns(self) -> list[Column]:
        return []

    def _repr_html_(self) -> str:
        blocks = [
            display.render("voice", title=r.label, sentence=r.sentence, subthemes=r.subthemes, quotes=r.quotes, folded=i >= OPEN)
            for i, r in enumerate(display.rows(self.frame))
        ]
        return display.headline(self.headline) + "".join(blocks)


def voices(themes: Themes) -> Voices:
    """For each theme what is in it, its sub-themes, and a typical, a random and a dissenting quote; none from groups under 20.

    Args:
        themes: at most the 20 largest are shown.
    """
    rows = [_voice(themes, r) for r in display.rows(themes.table.head(MOST))]
    if not rows:
        return Voices(pd.DataFrame(), themes.headline)
    rule = (
        "The first quote of a theme is the comment nearest to its middle, the second is drawn by lot, the third, where there is one, says the "
        "opposite of most. Nobody picked them by hand. The words that belong to the theme are marked."
    )
    return Voices(pd.DataFrame(rows), rule)


def _voice(themes: Themes, row: object) -> dict[str, object]:
    theme, size, share = int(row.id), row.size, row.share  # type: ignore[attr-defined]
    steady = {"steady": "", "fairly steady": "", "loose": " Its edges are loose: with other comments it could come out differently."}
    says = f" {row.says}" if row.says else ""  # type: ignore[attr-defined]
    sentence = f"{display.plural(size, 'comment')} ({display.share(share)}).{says}{steady.get(str(row.grade), '')}"  # type: ignore[attr-defined]
    subs = themes.subthemes(theme)
    subs = subs[subs["size"] >= MIN_ANSWERS].head(MOST_SUBTHEMES)
    named = display.listed([f"{s.label} ({display.count(s.size)})" for s in display.rows(subs)]) if len(subs) > 1 else ""
    label = str(row.label)  # type: ignore[attr-defined]
    return {"id": theme, "label": label, "sentence": sentence, "subthemes": named, "quotes": _quotes(themes, theme)}


def _quotes(themes: Themes, theme: int) -> tuple[Said, ...]:
    """One quote by each rule, no text twice."""
    found: dict[str, Said] = {}
    for rule in RULES:
        for q in display.rows(themes.quotes(theme, rule=rule, most=len(found) + 1)):
            if q.text not in found:
                pieces = (q.text[: q.start], q.text[q.start : q.end], q.text[q.end :])
                found[q.text] = Said(*pieces, source=f"{q.stands_for[0].upper()}{q.stands_for[1:]}")
                break
    return tuple(found.values())
