"""Survey + Themes + Drivers + owners -> up to three things to act on, by a stated rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from voc import display, schema, stats
from voc.display import Result
from voc.drivers import Drivers
from voc.findings.areas import Area, Owners
from voc.findings.cards import Card, Cards, Fact, Quote
from voc.findings.quoted import quotes
from voc.findings.stakes import QUESTION, THEME, Stake, merged, stakes
from voc.ingest import Survey
from voc.schema import TOUCHPOINT
from voc.themes import Impact, Themes

MOST = 3
MOST_QUESTIONS = 1
NAMED_ENOUGH = 0.625
TOLD_BY_NAME = 0.4  # of a theme's comments, for its name to stand for it here
MOSTLY_HERE = 0.5  # of those concerned, for a touchpoint's owner to own the thing
NOBODY = "nobody yet (name a team in areas.toml)"
CANNOT = "none here: areas.toml says that this team cannot act on it"
OVERLAP, NO_REASON = "Their points overlap, so they cannot be added up, and what", "goes with a low score need not be its reason."
# Without enough scores to tell complaint from praise, a mention is only a mention.
TOLD = {
    "complaint": ("complaint", "complain about this", "complaints"),
    "praise": ("praise", "praise this", "praise"),
    "any": ("theme", "mention this", "mentions"),
}
Group = tuple[Stake, ...]
Listed = tuple[Group, Area | None]


def fix(survey: Survey, themes: Themes, drivers: Result | None = None, owners: Owners | None = None) -> Cards:
    """Up to three things to act on.

    Args:
        survey: the answers.
        themes: found on comments that include the survey's.
        drivers: ranking of the same answers (`voc.drivers.rank`); None, or a Note instead of a ranking, leaves questions out.
        owners: who owns what (`voc.findings.owners`); None where nobody has said.

    Notes:
        Of everything that clearly goes with a lower score (`stakes`), what mostly the same detractors share counts as one (`merged`), under the
        name of the first of them that may be listed (`lead`). The first three by points at stake at the cautious end are taken. Where there
        is an `areas.toml`, only what a team owns that can act is listed; a theme whose name speaks for less than two fifths of it is not. At
        most one of them is a question: everybody answers questions, so they weigh more than what customers write of their own accord. Fewer
        than three if fewer pass. What is passed over is named below them.
    """
    who = owners or Owners()
    found, costs = stakes(survey, themes, drivers if isinstance(drivers, Drivers) else None)
    if not found:
        return Cards(_nothing(survey, costs), notes=who.notes)
    led = [(g, lead(survey, g, who)) for g in merged(found)]
    able = sorted((first for _, first in led if first), key=lambda f: -f[0][0].numbers["at_stake_low"])
    chosen, more = _first(able)
    aside = _passed_over([g for g, first in led if not first], more, given=who.given)
    if not chosen:
        return Cards(f"Nothing that clearly goes with a lower score in {survey.label} can be listed here.", notes=who.notes, aside=aside)
    cards = tuple(card(survey, themes, costs, listed) for listed in chosen)
    sentence = f"{_counted(len(cards))} to act on ({survey.label}): {display.listed([c.name for c in cards])}. {caution(len(cards))}"
    return Cards(sentence, cards, pd.DataFrame([_row(g, area) for g, area in chosen]), who.notes, aside, n=len(survey.answers), label=survey.label)


def lead(survey: Survey, group: Group, owners: Owners) -> tuple[Group, Area | None] | None:
    """The group with the thing first that it goes by, and who owns that; None where no thing of it may be listed.

    Of things that may be listed it is the first, or where that is a question, the question that goes most closely with the score: those who
    answer one question low answer others low too.
    """
    able = [s for s in group if _told(s) and (not owners.given or ((area := owner_of(survey, s, owners)) is not None and area.can_act))]
    if not able:
        return None
    first = able[0] if able[0].kind == THEME else max((s for s in able if s.kind != THEME), key=lambda s: s.numbers["importance"])
    return (first, *(s for s in group if s is not first)), owner_of(survey, first, owners)


def _told(stake: Stake) -> bool:
    """Whether the name says enough of what it is about."""
    return stake.kind != THEME or not stake.numbers["named"] < TOLD_BY_NAME


def _first(able: list[Listed]) -> tuple[list[Listed], list[Stake]]:
    """The first ones, at most one question among them; and the questions that were passed over for that."""
    chosen: list[Listed] = []
    more: list[Stake] = []
    for group, area in able:
        if len(chosen) == MOST:
            break
        if group[0].kind != THEME and sum(g[0].kind != THEME for g, _ in chosen) == MOST_QUESTIONS:
            more.append(group[0])
        else:
            chosen.append((group, area))
    return chosen, more


def _passed_over(unled: list[Group], more: list[Stake], *, given: bool) -> str:
    """What clearly goes with a lower score and is not among the three, and why; "" for nothing."""
    stray = [s for group in unled for s in group]
    vague = [s for s in stray if not _told(s)]
    unowned = [s for s in stray if _told(s)]
    said = []
    if unowned and given:
        said.append(f"Not listed, because nobody who can act owns it: {_listed(unowned, points=True)}. Name a team in areas.toml.")
    if more:
        said.append(f"One question is listed at most; the others that go with a lower score: {_listed(more, points=True)}.")
    if vague:
        said.append(
            f"Not listed, because no name says what these comments have in common: {_listed(vague, points=True)}. "
            f"A name of your own in themes.toml changes that."
        )
    return " ".join(said)


def _listed(some: Sequence[Stake], *, points: bool = False) -> str:
    """Things in a sentence: low answers together, then comments."""
    said = []
    for kind, before in ((QUESTION, "low answers to "), (THEME, "")):
        for i, s in enumerate(s for s in some if s.kind == kind):
            size = f" ({display.number(abs(s.numbers['points']))} points)" if points else ""
            said.append(f"{'' if i else before}“{s.label}”{size}")
    return display.listed(said)


def owner_of(survey: Survey, stake: Stake, owners: Owners) -> Area | None:
    """Who owns a thing; else, for a theme, who owns the touchpoint that most of those concerned come from; else None."""
    mine = (owners.themes or {}).get(stake.theme) if stake.kind == THEME else (owners.questions or {}).get(stake.key)
    if mine or stake.kind != THEME or TOUCHPOINT not in survey.answers:
        return mine
    places = survey.answers.loc[stake.marked.index[stake.marked.to_numpy()], TOUCHPOINT].value_counts(normalize=True)
    return (owners.touchpoints or {}).get(str(places.index[0])) if len(places) and places.iloc[0] > MOSTLY_HERE else None


def card(survey: Survey, themes: Themes, costs: Impact, listed: Listed, places: Sequence[str] = ()) -> Card:
    """One thing to act on: its size, owner, next step, evidence, quotes (of those touchpoints where it can be), and what is not known."""
    group, area = listed
    first, also = group[0], group[1:]
    said = sentence(first, costs.told)
    if first.kind == THEME:
        said += parts(survey, themes, first.theme, costs) + _where(survey, first, TOLD[costs.told][2])
        bad = pd.Index(sorted(first.detractors))
        near = bad[survey.answers.loc[bad, TOUCHPOINT].isin(places)] if places and TOUCHPOINT in survey.answers else bad
        shown = quotes(survey, themes, first.theme, told=costs.told, among=near)
        evidence = Fact("Evidence", f"What customers say about “{first.label}”", f"03_themes.html#theme-{first.key}")
    else:
        about, told_apart = _about(survey, themes, first, costs)
        said += about
        shown = _quoted(survey, themes, first, costs, told_apart)
        evidence = Fact("Evidence", "What goes with the score", "04_drivers.html")
    said += f" Mostly the same detractors are behind {_listed(also)}." if also else ""
    step = area.next_step if area and area.next_step else f"Read these comments; ask these customers: {_ask(first)}"
    facts = (
        Fact("At stake", at_stake(first)),
        Fact("Owner", area.team if area else NOBODY),
        Fact("Next step", step if area is None or area.can_act else CANNOT),
        evidence,
    )
    more = f", and {display.plural(len(also), 'thing')} that {'goes' if len(also) == 1 else 'go'} with it" if also else ""
    return Card(title_of(first) + more, said, shown, _unknown(survey, first), facts, name=name_of(first))


def caution(things: int) -> str:
    """How far the points can be read."""
    return f"{OVERLAP if things > 1 else 'What'} {NO_REASON}"


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


def sentence(stake: Stake, told: str) -> str:
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
    return f"{display.count(n['n'])} of {display.plural(stake.base, 'comment')} {TOLD[told][1]} ({share}). {score} {below} those who do not.{alike}"


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
    here, there, verb = mentions[low], mentions[~low & mentions.index.isin(stake.marked.index)], TOLD[costs.told][1].removesuffix(" this")
    if here.empty:
        return "", []
    counts = pd.DataFrame({"here": here.sum(), "there": there.sum(), "rest": mentions.sum() - here.sum()})
    counts = counts[(counts["here"] >= schema.MIN_ANSWERS) & ~counts["rest"].between(1, schema.MIN_ANSWERS - 1)]
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
    found = (quotes(survey, themes, theme, told=costs.told, among=low, strict=True) for theme in [*told_apart, None])
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


def _nothing(survey: Survey, costs: Impact) -> str:
    if not costs.n:
        return f"There are no comments to read for {survey.label}, and no question clearly goes with a lower score."
    return f"No {TOLD[costs.told][0]} goes clearly with a lower score in {survey.label} ({display.plural(costs.n, 'comment')})."


def _row(group: Group, area: Area | None) -> dict[str, object]:
    first = group[0]
    return {
        "kind": first.kind, "key": first.key, "label": first.label, "owner": area.team if area else "", "base": first.base, **first.numbers,
        "also": "; ".join(s.label for s in group[1:]),
    }  # fmt: skip


def _counted(n: int) -> str:
    return ("One thing", "Two things", "Three things")[n - 1]
