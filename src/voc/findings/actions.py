"""Survey + Themes + Drivers + owners -> up to three things to act on, by a stated rule."""

from __future__ import annotations

import pandas as pd

from voc import display
from voc.display import Result
from voc.drivers import Drivers
from voc.findings.areas import Area, Owners
from voc.findings.cards import Cards
from voc.findings.stakes import THEME, Stake, merged, stakes
from voc.findings.wording import MOST, TOLD, Group, Listed, card, caution, listed
from voc.ingest import Survey
from voc.themes import Impact, Themes

MOST_QUESTIONS = 1
TOLD_BY_NAME = 0.4  # of a theme's comments, for its name to stand for it here


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
    cards = tuple(card(survey, themes, costs, thing) for thing in chosen)
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
        said.append(f"Not listed, because nobody who can act owns it: {listed(unowned, points=True)}. Name a team in areas.toml.")
    if more:
        said.append(f"One question is listed at most; the others that go with a lower score: {listed(more, points=True)}.")
    if vague:
        said.append(
            f"Not listed, because no name says what these comments have in common: {listed(vague, points=True)}. "
            f"A name of your own in themes.toml changes that."
        )
    return " ".join(said)


def owner_of(survey: Survey, stake: Stake, owners: Owners) -> Area | None:
    """Who owns a thing; None where nobody does."""
    if stake.kind != THEME:
        return owners.questions.get(stake.key)
    return owners.of_theme(stake.theme, survey, stake.marked.index[stake.marked.to_numpy()])


def _nothing(survey: Survey, costs: Impact) -> str:
    if not costs.n:
        return f"There are no comments to read for {survey.label}, and no question clearly goes with a lower score."
    return f"No {TOLD[costs.told].one} goes clearly with a lower score in {survey.label} ({display.plural(costs.n, 'comment')})."


def _row(group: Group, area: Area | None) -> dict[str, object]:
    first = group[0]
    return {
        "kind": first.kind, "key": first.key, "label": first.label, "owner": area.team if area else "", "base": first.base, **first.numbers,
        "also": "; ".join(s.label for s in group[1:]),
    }  # fmt: skip


def _counted(n: int) -> str:
    return ("One thing", "Two things", "Three things")[n - 1]
