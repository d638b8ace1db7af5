"""Survey + Themes + Drivers + owners -> up to three things to act on, by a stated rule."""

from __future__ import annotations

import pandas as pd

from voc import display, schema, stats
from voc.display import Result
from voc.drivers import Drivers
from voc.findings.areas import Area, Owners
from voc.findings.cards import Card, Cards, Fact, Quote
from voc.findings.quoted import quotes
from voc.findings.stakes import THEME, Stake, merged, stakes
from voc.ingest import Survey
from voc.schema import TOUCHPOINT
from voc.themes import Impact, Themes

MOST = 3
MOST_QUESTIONS = 1
NAMED_ENOUGH = 0.625
MOSTLY_HERE = 0.5  # of those concerned, for a touchpoint's owner to own the thing
NOBODY = "nobody yet (name a team in areas.toml)"
# Without enough scores to tell complaint from praise, a mention is only a mention.
TOLD = {
    "complaint": ("complaint", "complain about this", "complaints"),
    "praise": ("praise", "praise this", "praise"),
    "any": ("theme", "mention this", "mentions"),
}
Group = tuple[Stake, ...]


def fix(survey: Survey, themes: Themes, drivers: Result | None = None, owners: Owners | None = None) -> Cards:
    """Up to three things to act on.

    Args:
        survey: the answers.
        themes: found on comments that include the survey's.
        drivers: ranking of the same answers (`voc.drivers.rank`); None, or a Note instead of a ranking, leaves questions out.
        owners: who owns what (`voc.findings.owners`); None where nobody has said.

    Notes:
        Of everything that clearly goes with a lower score (`stakes`), what mostly the same detractors share counts as one (`merged`). The first
        three by points at stake at the cautious end are taken; where there is an `areas.toml`, only what a team owns that can act. At most one
        of them is a question: everybody answers questions, so they weigh more than what customers write of their own accord. Fewer than three
        if fewer pass.
    """
    who = owners or Owners()
    found, costs = stakes(survey, themes, drivers if isinstance(drivers, Drivers) else None)
    groups = merged(found)
    if not groups:
        return Cards(_nothing(survey, costs), notes=who.notes)
    owned = [(g, owner_of(survey, g, who)) for g in groups]
    able = [(g, area) for g, area in owned if not who.given or (area is not None and area.can_act)]
    chosen = _first(able, MOST)
    left = [g[0].label for g, area in owned if (g, area) not in able]
    aside = f"Not listed, because no team that can act owns it in areas.toml: {display.listed([f'“{name}”' for name in left])}." if left else ""
    if not chosen:
        return Cards(f"Nothing that clearly goes with a lower score in {survey.label} is owned by a team that can act.", notes=who.notes, aside=aside)
    cards = tuple(card(survey, themes, costs, g, area) for g, area in chosen)
    named = display.listed([f"“{c.title}”" for c in cards])
    sentence = f"{_counted(len(cards))} to act on ({survey.label}): {named}."
    return Cards(sentence, cards, pd.DataFrame([_row(g, area) for g, area in chosen]), who.notes, aside)


def _first(able: list[tuple[Group, Area | None]], most: int) -> list[tuple[Group, Area | None]]:
    """The first ones, at most one question among them."""
    chosen: list[tuple[Group, Area | None]] = []
    for group, area in able:
        questions = sum(g[0].kind != THEME for g, _ in chosen)
        if len(chosen) < most and (group[0].kind == THEME or questions < MOST_QUESTIONS):
            chosen.append((group, area))
    return chosen


def owner_of(survey: Survey, group: Group, owners: Owners) -> Area | None:
    """Who owns one of the group's things; else, for themes, who owns the touchpoint that most of those concerned come from; else None."""
    for stake in group:
        mine = (owners.themes or {}).get(stake.theme) if stake.kind == THEME else (owners.questions or {}).get(stake.key)
        if mine:
            return mine
    first = group[0]
    if first.kind != THEME or TOUCHPOINT not in survey.answers:
        return None
    places = survey.answers.loc[first.marked.index[first.marked.to_numpy()], TOUCHPOINT].value_counts(normalize=True)
    return (owners.touchpoints or {}).get(str(places.index[0])) if len(places) and places.iloc[0] > MOSTLY_HERE else None


def card(survey: Survey, themes: Themes, costs: Impact, group: Group, area: Area | None) -> Card:
    """One thing to act on: its size, owner, next step, evidence, quotes, and what is not known."""
    first, also = group[0], group[1:]
    said = sentence(first, costs.told)
    if first.kind == THEME:
        said += parts(survey, themes, first.theme, costs) + _where(survey, first, TOLD[costs.told][2])
        shown = quotes(survey, themes, first.theme, told=costs.told, among=pd.Index(sorted(first.detractors)))
        page = f"03_themes.html#theme-{first.key}"
    else:
        said += _written(survey, themes, first, costs)
        shown = _quoted(survey, themes, first, costs)
        page = "04_drivers.html"
    said += f" Mostly the same detractors are behind {display.listed([f'“{s.label}”' for s in also])}." if also else ""
    step = area.next_step if area and area.next_step else f"Read these comments; ask these customers: {_ask(first)}"
    evidence = "What customers say about it" if first.kind == THEME else "What goes with the score"
    facts = (
        Fact("At stake", at_stake(first)),
        Fact("Owner", area.team if area else NOBODY),
        Fact("Next step", step),
        Fact("Evidence", evidence, page),
    )
    return Card(_title(group), said, shown, _unknown(survey, first), facts)


def _title(group: Group) -> str:
    """The name of the first thing, and how many more are behind it."""
    more = len(group) - 1
    return (
        group[0].label
        if not more
        else f"{group[0].label}, and {display.plural(more, 'thing')} that goes with it".replace("things that goes", "things that go")
    )


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
    what, who = (
        (f"{display.plural(stake.base, 'comment')} {TOLD[told][1]}", "commented")
        if stake.kind == THEME
        else (f"{display.plural(stake.base, 'customer')} who answered “{stake.label}” answered low", "answered it")
    )
    share = f"{display.share(n['share'])}, {display.interval(100 * n['share_low'], 100 * n['share_high'])}"
    return (
        f"{display.count(n['n'])} of {what} ({share}). Their score is {display.points(n['score'])}. "
        f"Among all who {who}, it goes with a score that is lower by {at_stake(stake)}."
    )


def parts(survey: Survey, themes: Themes, theme: int, costs: Impact) -> str:
    """What a theme is made of, where its name does not say: its sub-themes that ten and more customers mention so."""
    if themes.table.set_index("id")["named"][theme] >= NAMED_ENOUGH:
        return ""
    counts = themes.mentions(survey, costs.told, "subtheme")[themes.subthemes(theme)["id"]].sum().sort_values(ascending=False, kind="stable")
    shown = counts[counts >= schema.MIN_ANSWERS].head(MOST)
    if len(shown) < 2:
        return ""
    rows = zip(shown.index.tolist(), shown.tolist(), strict=True)
    named = display.listed([f"“{themes.label_of(sub, 'subtheme')}” ({display.count(n)})" for sub, n in rows])
    return f" It holds several things, most often {named}."


def _written(survey: Survey, themes: Themes, stake: Stake, costs: Impact) -> str:
    """What those who answered a question low complain about most: themes that 10 and more of them name."""
    mentions = themes.mentions(survey, costs.told)
    wrote = mentions.loc[mentions.index.intersection(stake.marked.index[stake.marked.to_numpy()])]
    counts = wrote.sum().sort_values(ascending=False, kind="stable")
    many = counts[counts >= schema.MIN_ANSWERS].head(MOST)
    if many.empty:
        return ""
    named = display.listed([f"“{themes.label_of(int(t))}” ({display.count(k)})" for t, k in zip(many.index, many.tolist(), strict=True)])
    return f" {display.count(len(wrote))} of them wrote why, most often about {named}."


def _quoted(survey: Survey, themes: Themes, stake: Stake, costs: Impact) -> tuple[Quote, ...]:
    """Complaints of those who answered a question low and are no promoters: about the theme that most of them name, else about any."""
    bands = survey.answers.loc[stake.marked.index, "cohort"]
    low = stake.marked.index[stake.marked.to_numpy() & (bands != "promoter").to_numpy()]
    mentions = themes.mentions(survey, costs.told)
    counts = mentions.loc[mentions.index.intersection(low)].sum().sort_values(ascending=False, kind="stable")
    tries: list[int | None] = [int(t) for t in counts[counts >= schema.MIN_QUOTED].index[:MOST]]
    found = (quotes(survey, themes, theme, told=costs.told, among=low, strict=True) for theme in [*tries, None])
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
