"""Themes -> what customers say about each, with quotes chosen by rule: one typical, one drawn by lot, one that disagrees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from voc import display
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, RESPONSE_ID
from voc.themes.quotes import LONGEST_QUOTE, QUOTES, Rule
from voc.themes.result import Level, Themes

OPEN = 5  # themes whose quotes are not folded away
MOST = 20
MOST_SUBTHEMES = 6
WELL_NAMED = 0.5
CANDIDATES = 12  # looked at where those that come first stand under another theme already
RULES: tuple[Rule, ...] = ("typical", "random", "dissenting")
GRADES = {
    "steady": "Steady: these comments come together again and again.",
    "fairly steady": "Fairly steady: most of these comments come together again.",
    "loose": "Loose: with other comments it could come out differently.",
    "given or new": "Given or added later: nobody has measured how steady it is.",
}


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
        frame: one row per theme that 10 or more comments mention, largest first: `id`, `label`, `size` (comments), `share` (0..1), `sentence`
            (what is in it, and how steady it is), `subthemes`, `quotes` (tuple of `Said`; none where fewer than 20 comments mention it).
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
            display.render(
                "voice", title=r.label, size=f"{display.plural(r.size, 'comment')}, {display.share(r.share)}", sentence=r.sentence,
                subthemes=r.subthemes, quotes=r.quotes, folded=i >= OPEN, anchor=f"theme-{r.id}",
            )
            for i, r in enumerate(display.rows(self.frame))
        ]  # fmt: skip
        return display.headline(self.headline) + "".join(blocks)


def voices(themes: Themes, survey: Survey | None = None) -> Voices:
    """For each theme what is in it, its sub-themes, and a typical, a random and a dissenting quote; none from groups under 20.

    Args:
        themes: at most the 20 largest are shown; those that fewer than 10 comments mention are not.
        survey: answers among those the themes were found in, such as one month; sizes and quotes are then theirs. None takes all.
    """
    table, subtable = _sized(themes, survey, "theme"), _sized(themes, survey, "subtheme")
    ids = None if survey is None else survey.answers[RESPONSE_ID].tolist()
    shown: set[str] = set()
    rows = []
    for row in table.head(MOST).to_dict("records"):
        said = f"{row['says']} {_told_by_name(row['named'])}{GRADES[row['grade']]}".strip()
        quotes = _quotes(themes, int(row["id"]), ids, shown)
        subthemes = _listed(subtable[subtable["theme"] == row["id"]])
        rows.append({**{k: row[k] for k in ("id", "label", "size", "share")}, "sentence": said, "subthemes": subthemes, "quotes": quotes})
    if not rows:
        few = f"Fewer than {MIN_ANSWERS} comments mention any one theme ({survey.label if survey else themes.label})."
        return Voices(pd.DataFrame(), themes.headline if themes.table.empty else few)
    rule = (
        "The first quote of a theme is the comment nearest to its middle, the second is drawn by lot, the third, where there is one, says the "
        "opposite of most. Nobody picked them by hand. The words that belong to the theme are marked."
    )
    return Voices(pd.DataFrame(rows), rule)


def _sized(themes: Themes, survey: Survey | None, level: Level) -> pd.DataFrame:
    """Themes (or sub-themes) that 10 or more comments mention, with their size among the survey's comments, largest first."""
    table = themes.table if level == "theme" else themes.subtable
    if survey is not None:
        mentions = themes.mentions(survey, level=level)
        size = mentions.sum().reindex(table["id"]).to_numpy(dtype=int)
        table = table.assign(size=size, share=size / max(len(mentions), 1))
    table = table[table["size"] >= MIN_ANSWERS]
    return table.sort_values(["size", "label"], ascending=[False, True], ignore_index=True)


def _told_by_name(named: float) -> str:
    """A warning where the name says what only a part of the theme is about; "" elsewhere."""
    return f"The name speaks for {display.share(named)} of it. " if named < WELL_NAMED else ""


def _listed(subthemes: pd.DataFrame) -> str:
    """The largest sub-themes with their sizes; "" of a theme that has only one."""
    named = [f"{s.label} ({display.count(s.size)})" for s in display.rows(subthemes.head(MOST_SUBTHEMES))]
    return display.listed(named) if len(named) > 1 else ""


def _quotes(themes: Themes, theme: int, ids: Sequence[str] | None, shown: set[str]) -> tuple[Said, ...]:
    """One quote by each rule; no text that stands under any theme already (`shown`, which grows)."""
    found = []
    for rule in RULES:
        fresh = _fresh(themes, theme, ids, rule, shown)
        if fresh:
            found.append(fresh)
            shown.add(_text(fresh))
    return tuple(found)


def _fresh(themes: Themes, theme: int, ids: Sequence[str] | None, rule: Rule, shown: set[str]) -> Said | None:
    """The first quote by a rule that is not shown yet."""
    for most in (QUOTES, CANDIDATES):
        for q in display.rows(themes.quotes(theme, ids, rule=rule, most=most)):
            marked = display.quoted(q.text[q.start : q.end], longest=LONGEST_QUOTE)
            said = Said(q.text[: q.start], marked, q.text[q.end :], f"{q.stands_for[0].upper()}{q.stands_for[1:]}")
            if _text(said) not in shown:
                return said
    return None


def _text(said: Said) -> str:
    """A quote as it is compared with others."""
    return f"{said.before}{said.marked}{said.after}".casefold().strip(" .!…")
