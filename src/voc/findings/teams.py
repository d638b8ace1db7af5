"""Survey + Themes + owners -> one page per team with only its area; no two pages together give away a small group."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from voc import display, schema
from voc.display import Column, Note, Result
from voc.drivers import Drivers
from voc.findings.actions import owner_of
from voc.findings.areas import Area, Owners
from voc.findings.cards import Cards
from voc.findings.overview import MONTHS
from voc.findings.spoken import of_team, spoken
from voc.findings.stakes import merged, stakes
from voc.findings.valued import new
from voc.findings.wording import MOST, Group, card, caution
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, TOUCHPOINT
from voc.score import GroupTrends, QuestionTrend, by, change, protect, questions, trend_by
from voc.score.segments import Segments
from voc.themes import Themes

MIME = "application/vnd.voc.teams+json"  # the teams' pages, for the run that publishes them


@dataclass(frozen=True)
class Block:
    """A section of a team's page: heading, what it is, and a result."""

    heading: str
    intro: str
    result: Result


@dataclass(frozen=True)
class TeamPage:
    """A team's page.

    Attributes:
        team: its name.
        file: of the page.
        owns: what the team owns, in words.
        blocks: its sections.
    """

    team: str
    file: str
    owns: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, repr=False)
class Teams(Result):
    """Pages by team.

    Attributes:
        pages: one per team, in the order of `areas.toml`.
        label: which answers.
    """

    pages: tuple[TeamPage, ...]
    label: str

    @property
    def headline(self) -> str:
        """How many teams have a page."""
        if not self.pages:
            return "No teams are named. Write an areas.toml beside survey.toml, and each team gets a page with only its own area."
        return f"{display.plural(len(self.pages), 'team')} have a page of their own with only their area ({self.label})."

    def to_frame(self) -> pd.DataFrame:
        """One row per team."""
        return pd.DataFrame([(p.team, p.owns, p.file) for p in self.pages], columns=["team", "owns", "file"])

    def _columns(self) -> list[Column]:
        return [Column("team", "Team"), Column("owns", "Owns")]

    def _repr_html_(self) -> str:
        return display.headline(self.headline) + (display.render("teams", pages=self.pages) if self.pages else "")

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        made = super()._repr_mimebundle_()
        if not os.environ.get(display.WANTED):
            return made
        pages = [
            {"team": p.team, "file": p.file, "owns": p.owns, "blocks": [_bundle(b) for b in p.blocks]} for p in self.pages
        ]  # fmt: skip
        return made | {MIME: pages}


def _bundle(block: Block) -> dict[str, Any]:
    shown = block.result._repr_mimebundle_()
    return {"heading": block.heading, "intro": block.intro, "html": shown["text/html"], "receipt": shown[display.RECEIPT]}


def teams(survey: Survey, themes: Themes, month: str | int, *, drivers: Result | None = None, owners: Owners | None = None, months: int = 3) -> Teams:
    """A page for each team of `areas.toml`, with only what it owns.

    Args:
        survey: the answers up to and including the month.
        themes: found on comments that include the survey's.
        month: "2026-09", or a year.
        drivers: ranking of the window's answers, as for `fix`.
        owners: who owns what; None, or no file, gives no pages.
        months: of the window for themes and things to fix.

    Notes:
        Counts of a theme are hidden over all touchpoints at once (`voc.score.protect.hidden`): neither another team's page nor the theme's totals
        on the other pages then give away a group of one to nine. Themes overlap, so they do not add up to anything.
    """
    window, now = survey.window(month, months=months), survey.month(month)
    who = owners or Owners()
    if not who.areas:
        return Teams((), window.label)
    found, costs = stakes(window, themes, drivers if isinstance(drivers, Drivers) else None)
    things = merged(found)
    mentioned, calls = spoken(window, themes), _to_call(now)
    scores = by(now, TOUCHPOINT) if TOUCHPOINT in now.answers else None
    fresh = new(survey, themes, month)
    pages = []
    for team, file in zip(who.teams, _files(who.teams), strict=True):
        places = [p for p, a in who.touchpoints.items() if a.team == team]
        mine = {t for t, a in who.themes.items() if a.team == team}
        acts = [own for g in things if (own := _own(window, g, who, team))]
        cards = tuple(card(window, themes, costs, own, places) for own in acts[:MOST])
        shown = replace(mentioned, frame=of_team(mentioned.frame, places, mine))
        blocks = [
            *_scores(survey, month, scores, places),
            Block("What goes with a lower score", "Complaints and low answers that this team owns.", _acts(cards, window)),
            *_news(fresh, themes.mentions(now), now, (who, team)),
            *([Block("What customers talk about", "Themes in customers’ own words, most mentioned first.", shown)] if places or mine else []),
            *([Block("Whom to call", "Detractors of the month who agreed to be called.", calls(places))] if places else []),
        ]
        pages.append(TeamPage(team, file, _owns(places, mine, who, team, themes, survey), tuple(blocks)))
    return Teams(tuple(pages), window.label)


def _own(window: Survey, group: Group, owners: Owners, team: str) -> tuple[Group, Area] | None:
    """Of a group the thing that the team owns, alone: what else goes with it belongs on other pages; None where it owns none."""
    for stake in group:
        area = owner_of(window, stake, owners)
        if area is not None and area.team == team:
            return (stake,), area
    return None


def _news(fresh: Cards, mentions: pd.DataFrame, now: Survey, whose: tuple[Owners, str]) -> list[Block]:
    """What is new or growing among the team's themes, and among those that most often come from its touchpoints."""
    owners, team = whose
    cards = []
    for item, theme in zip(fresh.cards, fresh.numbers["id"].tolist() if len(fresh.cards) else (), strict=True):
        area = owners.of_theme(theme, now, mentions.index[mentions[theme]])
        if area is not None and area.team == team:
            cards.append(item)
    if not cards:
        return []
    sentence = f"New or mentioned more often in {now.label}: {display.listed([f'“{c.title}”' for c in cards])}."
    told = Cards(sentence, tuple(cards), about="new", n=fresh.n, label=fresh.label)
    return [Block("What is new", "Themes that come up clearly more often than before.", told)]


def _acts(cards: tuple[Any, ...], window: Survey) -> Cards:
    if not cards:
        return Cards(f"Nothing that this team owns clearly goes with a lower score ({window.label}).")
    goes = "thing clearly goes" if len(cards) == 1 else "things clearly go"
    sentence = f"{display.count(len(cards))} {goes} with a lower score ({window.label}). {caution(len(cards))}"
    return Cards(sentence, cards, n=len(window.answers), label=window.label)


def _scores(survey: Survey, month: str | int, scores: Result | None, places: list[str]) -> list[Block]:
    """Score and questions of the team's touchpoints, where they are not hidden."""
    if not isinstance(scores, Segments) or not places:
        return []
    mine = scores.frame[scores.frame["segment"].isin(places)].reset_index(drop=True)
    if mine.empty:
        return [Block("How are we doing?", "", Note("There are too few answers to show a score for this team’s touchpoints."))]
    said = Note(" ".join([*(_score(row) for row in display.rows(mine)), *_odd(survey, month, places)]), replace(scores, frame=mine))
    blocks = [Block("How are we doing?", "The score of the month, and whether it differs from the other touchpoints.", said)]
    now, before = survey.month(month), survey.before(month)
    for place in mine["segment"]:
        if (before.answers[TOUCHPOINT] == place).sum() >= MIN_ANSWERS:
            then, today = (replace(side.where(touchpoint=place), label=side.label) for side in (before, now))  # the heading names the place
            step = change(then, today)
            blocks.append(Block(f"{place}: did the score move?", "The month beside the month before.", Note(step.headline, step)))
        asked = _questions(survey.window(month, months=13), month, place)
        blocks.append(Block(f"{place}: the questions", "Average answers of the month against the months before.", asked))
    return blocks


def _questions(window: Survey, month: str | int, place: str) -> QuestionTrend | Note:
    """The questions at one touchpoint; of a question that too few answered at some touchpoint, nothing that would give them away."""
    asked = questions(window.where(touchpoint=place), month)
    if not isinstance(asked, QuestionTrend):
        return asked
    period = schema.parse_period(month)
    where, now = window.answers[TOUCHPOINT].fillna(""), window.answers["date"].dt.to_period(period.freqstr[0]) == period
    dark = []
    for question in asked.changes["question"]:
        given = window.answers[question].notna()
        sides = [given[side].groupby(where[side]).sum().sort_index() for side in (now, ~now)]
        dark.append(any(place in side.index and protect.hidden(side.to_numpy(dtype=float))[side.index.get_loc(place)] for side in sides))
    numbers = ["n", "mean", "worst", "before", "change", "low", "high"]
    changes = asked.changes.astype(dict.fromkeys(numbers, float))
    changes.loc[dark, numbers] = np.nan
    changes.loc[dark, "verdict"] = "too few answers to tell"
    return replace(asked, changes=changes)


def _odd(survey: Survey, month: str | int, places: list[str]) -> list[str]:
    """Whether a touchpoint of the team is unusual for itself, as on the findings page; of a year nothing is said."""
    if schema.parse_period(month).freqstr.startswith("Y"):
        return []
    recent = trend_by(survey.window(month, months=MONTHS))
    if not isinstance(recent, GroupTrends):
        return []
    return list(filter(None, [replace(recent, frame=recent.frame[recent.frame["group"].isin(places)]).odd]))


def _score(row: Any) -> str:
    """The score of a touchpoint in a sentence."""
    apart = {"above": "clearly above", "below": "clearly below"}.get(row.verdict, "not clearly different from")
    return (
        f"{row.segment}: {display.points(row.value)} ({display.interval(row.low, row.high)}), {display.plural(row.n, 'answer')}; {apart} the others."
    )


def _to_call(now: Survey) -> Any:
    """Touchpoints -> how many of their detractors may be called, as a Note; hidden over all touchpoints at once."""
    if schema.CONSENT not in now.answers or TOUCHPOINT not in now.answers:
        return lambda places: Note("The mapping names no column in which customers agree to be called, so nobody is listed to call.")
    agreed = (now.answers["cohort"] == "detractor") & now.answers[schema.CONSENT].isin(now.mapping.consent_yes)
    counts = agreed.groupby(now.answers[TOUCHPOINT].fillna("")).sum().sort_index()
    shown = counts[~protect.hidden(counts.to_numpy(dtype=float))]

    def note(places: list[str]) -> Note:
        if not set(places) <= set(shown.index):
            return Note(f"Too few detractors agreed to be called for a number to be shown ({now.label}).")
        total = int(shown[places].sum())
        return Note(f"{display.plural(total, 'detractor')} of {now.label} agreed to be called. Who they are is in the restricted list of the run.")

    return note


def _owns(places: list[str], mine: set[int], owners: Owners, team: str, themes: Themes, survey: Survey) -> str:
    wording = {q.name: q.wording for q in survey.mapping.ratings}
    asked = [wording[q] for q, a in owners.questions.items() if a.team == team]
    return display.listed([*places, *(f"“{w}”" for w in asked), *(f"“{themes.label_of(t)}”" for t in sorted(mine))])


def _files(names: tuple[str, ...]) -> list[str]:
    """A file name for each team, all different."""
    out: list[str] = []
    for name in names:
        plain = re.sub(r"[^\w]+", "-", name.casefold()).strip("-") or "team"
        file, number = f"team_{plain}.html", 2
        while file in out:
            file, number = f"team_{plain}-{number}.html", number + 1
        out.append(file)
    return out
