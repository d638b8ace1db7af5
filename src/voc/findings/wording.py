"""A thing to act on -> its card in words: size, owner, next step, evidence, quotes, and what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from voc import display, schema, stats
from voc.findings.areas import Area
from voc.findings.cards import Card, Fact, Quote
from voc.findings.quoted import quotes
from voc.findings.stakes import QUESTION, THEME, Stake
from voc.ingest import Survey
from voc.schema import TOUCHPOINT
from voc.score.protect import small
from voc.themes import Impact, Themes, Told

MOST = 3
NAMED_ENOUGH = 0.625
NOBODY = "nobody yet (name a team in areas.toml)"
CANNOT = "none here: areas.toml says that this team cannot act on it"


class Words(NamedTuple):
    """How a kind of mention is spoken of: "a complaint", "complain about this", "of these complaints"."""

    one: str
    verb: str
    many: str


# Without enough scores to tell complaint from praise, a mention is only a mention.
TOLD: dict[Told, Words] = {
    "complaint": Words("complaint", "complain about", "complaints"),
    "praise": Words("praise", "praise", "praise"),
    "any": Words("theme", "mention", "mentions"),
}
Group = tuple[Stake, ...]
Listed = tuple[Group, Area | None]


def card(survey: Survey, themes: Themes, costs: Impact, thing: Listed, places: Sequence[str] = ()) -> Card:
    """One thing to act on: its size, owner, next step, evidence, quotes (of those touchpoints where it can be), and what is not known."""
    group, area = thing
    first, also = group[0], group[1:]
    said = sentence(first, costs.told)
    if first.kind == THEME:
        said += parts(survey, themes, first.theme, costs) + _where(survey, first, TOLD[costs.told].many)
        bad = pd.Index(sorted(first.detractors))
        here = survey.answers.index[survey.answers[TOUCHPOINT].isin(places)] if places and TOUCHPOINT in survey.answers else None
        among = [bad] if here is None else [bad.intersection(here), here, bad]
        shown = quotes(survey, themes, first.theme, told=costs.told, among=among)
        evidence = Fact("Evidence", f"What customers say about “{first.label}”", f"03_themes.html#theme-{first.key}")
    else:
        about, told_apart = _about(survey, themes, first, costs)
        said += about
        shown = _quoted(survey, themes, first, costs, told_apart)
        evidence = Fact("Evidence", "What goes with the score", "04_drivers.html")
    said += f" Mostly the same detractors are behind {listed(also)}." if also else ""
    step = area.next_step if area and area.next_step else f"Read these comments; ask these customers: {_ask(first)}"
    facts = (
        Fact("At stake", at_stake(first)),
        Fact("Owner", area.team if area else NOBODY),
        Fact("Next step", step if area is None or area.can_act else CANNOT),
        evidence,
    )
    more = f", and {display.plural(len(also), 'thing')} that {'goes' if len(also) == 1 else 'go'} with it" if also else ""
    return Card(title_of(first) + more, said, shown, _unknown(survey, first), facts, name=name_of(first))


def title_of(stake: Stake) -> str:
    """What a card about a thing is called."""
    return stake.label if stake.kind == THEME else f"Low answers to “{stake.label}”"


def name_of(stake: Stake) -> str:
    """A thing in a sentence; questions and themes can have the same label."""
    return f"“{stake.label}”" if stake.kind == THEME else f"low answers to “{stake.label}”"


def at_stake(stake: Stake) -> str:
    """The points that go with a thing, and their range."""
    low, high = sorted((abs(stake.numbers["points_low"]), abs(stake.numbers["points_high"])))
    return f"{display.number(abs(stake.numbers['points']))} points ({display.interval(low, high)})"


def _ask(stake: Stake) -> str:
    about = f"what happened with “{stake.label}”" if stake.kind == THEME else f"what made you answer low to “{stake.label}”"
    return f"{about}, step by step, and what would have made it better?"


def sentence(stake: Stake, told: Told) -> str:
    """Size, share, score and points of one thing."""
    n = stake.numbers
    share = f"{display.share(n['share'])}, {display.interval(100 * n['share_low'], 100 * n['share_high'])}"
    score = f"Their score is {display.points(n['score'])}."
    below = f"The score of all who {'commented' if stake.kind == THEME else 'answered it'} lies {at_stake(stake)} below that of"
    if stake.kind != THEME:
        return (
            f"{display.count(n['n'])} of {display.plural(stake.base, 'answer')} to “{stake.label}” are low: {stake.low} ({share}). {score} "
            f"{below} the others at the same touchpoint who did not answer low."
        )
    alike = f" As many complaints about anything would make {display.number(max(-n['usual'], 0.0))}." if told == "complaint" else ""
    size = f"{display.count(n['n'])} of {display.plural(stake.base, 'comment')} {TOLD[told].verb} this ({share})."
    return f"{size} {score} {below} those who do not.{alike}"


def parts(survey: Survey, themes: Themes, theme: int, costs: Impact) -> str:
    """What a theme is made of, where its name does not say: its sub-themes that ten and more customers mention so."""
    if not themes.table.set_index("id")["named"][theme] < NAMED_ENOUGH:
        return ""
    counts = themes.mentions(survey, costs.told, "subtheme")[themes.subthemes(theme)["id"]].sum().sort_values(ascending=False, kind="stable")
    shown = counts[counts >= schema.MIN_ANSWERS].head(MOST)
    if len(shown) < 2:
        return ""
    rows = zip(shown.index.tolist(), shown.tolist(), strict=True)
    named = display.listed([f"“{themes.label_of(sub, 'subtheme')}” ({display.count(n)})" for sub, n in rows])
    return f" It holds several things, most often {named}."


def _about(survey: Survey, themes: Themes, stake: Stake, costs: Impact) -> tuple[str, list[int]]:
    """What those who answered a question low complain about more than the others do, as a sentence and as themes; 10 and more must name it."""
    mentions = themes.mentions(survey, costs.told)
    low = mentions.index.isin(stake.marked.index[stake.marked.to_numpy()])
    here, there, verb = mentions[low], mentions[~low & mentions.index.isin(stake.marked.index)], TOLD[costs.told].verb
    if here.empty:
        return "", []
    counts = pd.DataFrame({"here": here.sum(), "there": there.sum(), "rest": mentions.sum() - here.sum()})
    counts = counts[(counts["here"] >= schema.MIN_ANSWERS) & ~small(counts["rest"])]
    rise = [stats.share_difference(h, len(here), t, max(len(there), 1))[1] for h, t in zip(counts["here"], counts["there"], strict=True)]
    counts = counts[np.array(rise, dtype=float) > 0].sort_values("here", ascending=False, kind="stable").head(MOST)
    wrote = f" {display.count(len(here))} of them left a comment"
    if counts.empty:
        return f"{wrote}; there is nothing that they clearly {verb} more often than the others do.", []
    rows = zip(counts.index.tolist(), counts["here"].tolist(), strict=True)
    named = display.listed([f"“{themes.label_of(int(t))}” ({display.count(h)})" for t, h in rows])
    return f"{wrote}. More often than the others they {verb} {named}.", [int(t) for t in counts.index]


def _quoted(survey: Survey, themes: Themes, stake: Stake, costs: Impact, told_apart: list[int]) -> tuple[Quote, ...]:
    """Complaints of those who answered a question low and are no promoters: about a theme that sets them apart, else about any."""
    bands = survey.answers.loc[stake.marked.index, "cohort"]
    low = stake.marked.index[stake.marked.to_numpy() & (bands != "promoter").to_numpy()]
    found = (quotes(survey, themes, theme, told=costs.told, among=[low], strict=True) for theme in [*told_apart, None])
    return next((q for q in found if q), ())


def _where(survey: Survey, stake: Stake, word: str) -> str:
    """The touchpoint that most of those concerned come from, where it has clearly more than its share."""
    if TOUCHPOINT not in survey.answers:
        return ""
    where, said = survey.answers.loc[stake.marked.index, TOUCHPOINT], stake.marked
    top = where[said & (where != "")].value_counts()
    if top.empty or top.iloc[0] < schema.MIN_ANSWERS:
        return ""
    name, here, n = str(top.index[0]), int(top.iloc[0]), int(said.sum())
    elsewhere = int((where[~said] == name).sum())
    _, low, _ = stats.share_difference(here, n, elsewhere, int((~said).sum()))
    if low <= 0:
        return ""
    share = display.share((here + elsewhere) / len(where))
    return f" {display.share(here / n)} of these {word} come from “{name}”, which has {share} of all comments."


def _unknown(survey: Survey, stake: Stake) -> str:
    said = "complain about it" if stake.kind == THEME else "answer low"
    unknown = f"whether putting this right would raise the score: customers who {said} may differ in other ways too."
    silent = ((survey.answers["cohort"] == "detractor") & (survey.frame["comment"] == "")).sum()
    if silent < schema.MIN_ANSWERS:
        return unknown
    return f"{unknown} And what the {display.plural(int(silent), 'detractor')} think who left no comment."


def caution(things: int) -> str:
    """How far the points can be read."""
    overlap = "Their points overlap, so they cannot be added up, and what" if things > 1 else "What"
    return f"{overlap} goes with a low score need not be its reason."


def listed(some: Sequence[Stake], *, points: bool = False) -> str:
    """Things in a sentence: low answers together, then comments."""
    said = []
    for kind, before in ((QUESTION, "low answers to "), (THEME, "")):
        for i, s in enumerate(s for s in some if s.kind == kind):
            size = f" ({display.number(abs(s.numbers['points']))} points)" if points else ""
            said.append(f"{'' if i else before}“{s.label}”{size}")
    return display.listed(said)
