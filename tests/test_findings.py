"""The findings page: words that agree with the numbers, and none that say more than the numbers do."""

import html
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import voc
from voc.findings import actions, stakes
from voc.findings.areas import Area, Owners
from voc.sample import plan
from voc.themes.impact import marked, usual
from voc.themes.impact_tally import commenters, stratum_of

WORSE = re.compile(r"\bworse|performance|deteriorat|caus(?:e|ed)\b", re.IGNORECASE)


def test_overview_says_the_score_and_both_changes(survey):
    overview = voc.findings.overview(survey, plan.LAST_MONTH)
    assert overview.score.headline in overview.headline
    assert "Against a year before" in overview.headline
    assert overview.to_frame()["n"].tolist()[0] == len(survey.month(plan.LAST_MONTH).frame)


def test_the_mix_month_is_not_called_worse(survey):
    """truth.json: in 2026-05 only the mix of touchpoints changes."""
    overview = voc.findings.overview(survey.until(plan.MIX_MONTH), plan.MIX_MONTH)
    assert overview.since_last.verdict == "fell"
    assert "the mix of answers by touchpoint goes with" in overview.headline
    assert "scores within each touchpoint show no clear effect" in overview.headline
    assert not WORSE.search(overview.headline)


def test_a_year_has_no_year_ago_month(survey):
    assert voc.findings.overview(survey, 2026).since_last_year is None


@pytest.fixture(scope="module")
def window(survey):
    return survey.window(plan.LAST_MONTH, months=3)


@pytest.fixture(scope="module")
def drivers(window):
    return voc.drivers.rank(window)


def own(survey, tmp_path, text):
    """The survey with an areas.toml beside its mapping."""
    (tmp_path / "areas.toml").write_text(text, encoding="utf-8")
    return replace(survey, mapping=replace(survey.mapping, folder=str(tmp_path)))


def test_fix_names_up_to_three_with_quotes_numbers_and_doubts(window, themes, drivers):
    cards = voc.findings.fix(window, themes, drivers)
    assert 1 <= len(cards.cards) <= 3
    for card in cards.cards:
        assert card.name in cards.headline
        assert len(card.quotes) in (0, 2, 3)
        assert card.unknown.startswith("whether putting this right would raise the score")
        what = r"(comments complain about this|answers to .* are low: 1 or 2 on the scale of 1 to 5)"
        assert re.search(rf"\d+ of [\d,]+ {what} \([\d.]+\s%, [\d.]+ to [\d.]+\)", card.sentence)
        assert card.facts[0].text in card.sentence
        assert not WORSE.search(card.sentence)
        assert [f.name for f in card.facts] == ["At stake", "Owner", "Next step", "Evidence"]
        assert card.facts[2].text.startswith("Read these comments; ask these customers: "), "nobody has given a step, and none is invented"
    assert len({c.title for c in cards.cards}) == len(cards.cards)


def test_at_most_one_of_the_three_is_a_question(window, themes, drivers):
    rows = voc.findings.fix(window, themes, drivers).to_frame()
    assert (rows["kind"] == "question").sum() == 1
    assert rows["kind"].tolist().count("theme") == 2


def test_a_question_that_only_follows_the_others_is_no_finding(window, themes, drivers):
    """truth.json: "patient" has no effect of its own, though impatient customers score lower."""
    found, _ = stakes.stakes(window, themes, drivers)
    questions = [s.key for s in found if s.kind == "question"]
    assert "resolution" in questions
    assert "patient" not in questions


def test_points_of_a_question_are_those_of_a_theme_with_the_same_customers(window, themes):
    """The same marks give the same numbers, whether they are mentions of a theme or low answers."""
    costs = voc.themes.impact(window, themes, told="complaint")
    row = costs.frame.iloc[0]
    mentions = themes.mentions(window, "complaint")
    again = marked(window, mentions[row["id"]], rows=len(costs.frame))
    for name in ("n", "share", "score", "points", "detractors"):
        assert again[name] == pytest.approx(row[name])
    assert again["points_low"] == pytest.approx(row["points_low"], rel=0.02), "the design of the others differs a little"


def stake(label, detractors, at_stake=1.0):
    return stakes.Stake("theme", "0", label, 100, {"at_stake_low": at_stake}, pd.Series(dtype=bool), frozenset(detractors))


def test_things_of_mostly_the_same_detractors_are_one():
    one, same, other, part = stake("a", range(10)), stake("b", range(4, 13)), stake("c", range(20, 30)), stake("d", range(3))
    groups = stakes.merged((one, same, other, part))
    assert [[s.label for s in g] for g in groups] == [["a", "b"], ["c"], ["d"]], "all of d are also behind a, but most of a are not behind d"


@pytest.fixture
def alike():
    """Four things of the same hundred customers: two questions, a theme, and a theme that no name fits."""
    who = frozenset(range(10))

    def made(kind, key, **numbers):
        return stakes.Stake(kind, key, key, 100, {"at_stake_low": 1.0, "points": -1.0, **numbers}, pd.Series(True, index=range(10)), who)

    return (
        made("question", "food", importance=0.1),
        made("question", "value", importance=0.2),
        made("theme", "1", named=0.8),
        made("theme", "2", named=0.3),
    )


def test_of_questions_that_go_together_the_most_important_gives_the_name(window, alike):
    group, area = actions.lead(window, alike, Owners())
    assert [s.key for s in group] == ["value", "food", "1", "2"]
    assert area is None


def test_owner_and_name_are_of_the_same_thing(window, alike):
    """Nobody is given a step for what somebody else owns."""
    food, value = Area("Kitchen", question="food", next_step="Cook."), Area("Pricing", question="value", can_act=False)
    group, area = actions.lead(window, alike, Owners(questions={"food": food, "value": value}, given=True))
    assert (group[0].key, area) == ("food", food)
    assert actions.lead(window, alike, Owners(questions={"value": value}, given=True)) is None
    crew = Area("Crew", theme=("Rude crew.",))
    assert actions.lead(window, alike, Owners(themes={1: crew, 2: crew}, given=True))[0][0].key == "1"


def test_a_theme_that_no_name_fits_is_not_listed(window, alike):
    assert actions.lead(window, alike[3:], Owners()) is None
    named = replace(alike[3], numbers=alike[3].numbers | {"named": float("nan")})  # a person has named it
    assert actions.lead(window, (named,), Owners())[0] == (named,)


def test_questions_that_are_passed_over_are_said(window, themes, drivers):
    cards = voc.findings.fix(window, themes, drivers)
    assert "the others that go with a lower score: low answers to “The employee was knowledgeable” (" in cards.aside


def test_small_groups_lean_most(window, themes, drivers):
    """How much lower the score is leans on the others of the same kind, so a theme that few name moves further than one that many do."""
    found, costs = stakes.stakes(window, themes, drivers)
    told = [s for s in found if s.kind == "theme"]
    share, points, best = (np.array([s.numbers[name] for s in told]) for name in ("share", "points", "at_stake"))
    every = costs.frame["points"] / costs.frame["share"]
    centre = -float(every.mean())
    moved = (-points / share - best / share) / (-points / share - centre)
    order = np.argsort(share)
    assert moved[order[0]] > moved[order[-1]] > 0
    assert (moved < 1).all()


def test_usual_points_are_those_of_complainers_drawn_by_lot(window, themes):
    """Slow and obvious: who complains of what is shuffled among all who complain, at the same touchpoint and in the same months."""
    mentions = themes.mentions(window, "complaint")
    rng = np.random.default_rng(5)
    answers = window.answers.loc[mentions.index]
    place = stratum_of(commenters(window, mentions.index), 10)
    net = answers["cohort"].map({"detractor": -100.0, "passive": 0.0, "promoter": 100.0}).to_numpy()
    complains, theme = mentions.any(axis=1).to_numpy(), mentions.columns[mentions.sum().argmax()]
    draws = []
    for _ in range(300):
        mark, total = np.zeros(len(net), dtype=bool), 0.0
        for k in np.unique(place):
            pool = np.flatnonzero((place == k) & complains)
            mark[rng.choice(pool, int(mentions[theme].to_numpy()[place == k].sum()), replace=False)] = True
            here, rest = net[mark & (place == k)], net[~mark & (place == k)]
            total += (here.mean() - rest.mean()) * len(here) / len(net) if len(here) else 0.0
        draws.append(total)
    assert usual(window, mentions)[theme] == pytest.approx(np.mean(draws), abs=4 * np.std(draws) / 300**0.5)


OWNED = """
[[area]]
team = "Digital"
theme = ["The verification code never arrived.", "I could not sign in because the code did not come.", "The sign-in code came too late."]
next_step = "Mend the codes."

[[area]]
team = "Hotline"
touchpoint = "Call centre"

[[area]]
team = "Nobody"
question = "resolution"
can_act = false

[[area]]
team = "Lost"
touchpoint = "Call center"

[[area]]
team = "Again"
touchpoint = "Call centre"
"""


def test_owners_are_found_and_what_matches_nothing_is_said(window, themes, tmp_path):
    owners = voc.findings.owners(own(window, tmp_path, OWNED), themes)
    assert owners.teams == ("Digital", "Hotline", "Nobody")
    assert {themes.label_of(t): a.team for t, a in owners.themes.items()}.popitem()[1] == "Digital"
    assert owners.notes == (
        'areas.toml, entry 4 (Lost) is not used: there is no touchpoint “Call center” (did you mean "Call centre"?).',
        "areas.toml, entry 5 (Again) is not used: it is owned already by Hotline.",
    )


def test_only_what_a_team_owns_that_can_act_is_listed(window, themes, drivers, tmp_path):
    owners = voc.findings.owners(own(window, tmp_path, OWNED), themes)
    cards = voc.findings.fix(window, themes, drivers, owners)
    teams = [next(f.text for f in c.facts if f.name == "Owner") for c in cards.cards]
    assert set(teams) <= {"Digital", "Hotline"}
    assert "Digital" in teams
    assert "nobody who can act owns it: low answers to “You got a resolution”" in cards.aside
    assert "resolution" not in cards.to_frame()["key"].tolist()
    assert next(f.text for f in cards.cards[teams.index("Digital")].facts if f.name == "Next step") == "Mend the codes."
    assert cards.notes == owners.notes
    assert owners.notes[0] in html.unescape(cards._repr_html_())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[area]]\nteam = 'A'", "areas.toml, entry 1 (A): needs exactly one of touchpoint, question and theme; found none"),
        ("[[area]]\nteam='A'\ntouchpoint='S'\nquestion='q'", "needs exactly one of touchpoint, question and theme; found touchpoint and question"),
        ("[[area]]\ntouchpoint='S'", 'areas.toml, entry 1: needs team = "who acts"'),
        ("[[area]]\nteam='A'\ntuochpoint='S'", 'areas.toml, entry 1: "tuochpoint" is not known (did you mean "touchpoint"?)'),
        ("[[area]]\nteam='A'\ntouchpoint='S'\ncan_act='no'", "areas.toml, entry 1: can_act must be true or false; found str"),
        ("[[area]]\nteam='A'\ntheme='late'", "theme must be a list of example comments; found str"),
        ("[[areas]]\nteam='A'", 'areas.toml: "areas" is not known (did you mean "area"?)'),
        ("[area]\nteam='A'", "each entry stands under a heading of its own"),
        ("team = ", "areas.toml is not a valid TOML file"),
    ],
)
def test_a_wrong_areas_file_is_one_sentence(window, themes, tmp_path, text, sentence):
    with pytest.raises(voc.VocError, match=re.escape(sentence)):
        voc.findings.owners(own(window, tmp_path, text), themes)


def test_each_team_sees_its_own_area_only(survey, window, themes, drivers, tmp_path):
    owned = own(survey, tmp_path, OWNED)
    owners = voc.findings.owners(owned.window(plan.LAST_MONTH, months=3), themes)
    made = voc.findings.teams(owned, themes, plan.LAST_MONTH, drivers=drivers, owners=owners)
    assert [p.team for p in made.pages] == ["Digital", "Hotline", "Nobody"]
    assert len({p.file for p in made.pages}) == 3
    hotline = next(p for p in made.pages if p.team == "Hotline")
    for block in hotline.blocks:
        frame = block.result.to_frame()
        for column in {"segment", "touchpoint"} & set(frame):
            assert set(frame[column]) == {"Call centre"}
    spoken = next(b.result for b in hotline.blocks if b.heading == "What customers talk about").to_frame()
    assert (spoken["n"] >= 10).all()


def test_no_two_team_pages_give_away_a_small_group(survey, window, themes, drivers, tmp_path):
    """Every theme: what all teams' pages and the totals show leaves 0 or at least 10 for what is hidden."""
    text = "".join(f"[[area]]\nteam = '{p}'\ntouchpoint = '{p}'\n" for p in ("Call centre", "Store", "Website"))
    owned = own(survey, tmp_path, text)
    owners = voc.findings.owners(owned.window(plan.LAST_MONTH, months=3), themes)
    made = voc.findings.teams(owned, themes, plan.LAST_MONTH, drivers=drivers, owners=owners)
    rows = pd.concat([b.result.to_frame() for p in made.pages for b in p.blocks if b.heading == "What customers talk about"])
    for told, column in (("any", "n"), ("complaint", "complaint"), ("praise", "praise")):
        total = themes.mentions(window, told).sum()
        shown = rows.groupby("id")[column].sum()
        rest = (total[total >= 10] - shown).dropna()  # totals under ten are on no page
        assert not rest.between(1, 9).any(), f"{told}: {rest[rest.between(1, 9)].to_dict()}"
    for left in (rows["n"] - rows["complaint"], rows["n"] - rows["praise"], rows["n"] - rows["complaint"] - rows["praise"]):
        assert not left.between(1, 9).any(), "what is neither shown as complaint nor as praise is no small group"
    assert rows[["complaint", "praise"]].notna().any().all()


def test_a_question_that_few_answered_at_a_touchpoint_is_hidden_there_and_at_the_next(survey, window, themes, drivers, tmp_path):
    """Four Website customers answer "patient": their number would follow from all less the two other teams' pages."""
    now = survey.answers["date"].dt.to_period("M") == plan.LAST_MONTH
    web = survey.answers.index[now & (survey.answers["touchpoint"] == "Website") & survey.answers["patient"].notna()]
    few = survey.with_frame(survey.answers.assign(patient=survey.answers["patient"].mask(survey.answers.index.isin(web[4:]))))
    text = "".join(f"[[area]]\nteam = '{p}'\ntouchpoint = '{p}'\n" for p in ("Call centre", "Store", "Website"))
    owned = own(few, tmp_path, text)
    owners = voc.findings.owners(owned.window(plan.LAST_MONTH, months=3), themes)
    made = voc.findings.teams(owned, themes, plan.LAST_MONTH, drivers=drivers, owners=owners)
    asked = {p.team: next(b.result for b in p.blocks if b.heading.endswith("the questions")).changes.set_index("question") for p in made.pages}
    shown = {team: changes.loc["patient", "n"] for team, changes in asked.items()}
    assert np.isnan(shown["Website"])
    assert sum(np.isnan(n) for n in shown.values()) == 2
    assert all(changes.loc["resolution", "n"] >= 10 for changes in asked.values())


def test_quotes_have_score_and_touchpoint_and_name_nobody(window, themes):
    cards = voc.findings.fix(window, themes)
    quotes = [q for c in cards.cards for q in c.quotes]
    assert quotes
    for quote in quotes:
        assert re.fullmatch(r"Score ([0-9]|10)(, (Call centre|Store|Website))?", quote.source)


def test_protect_mirrors_fix(survey, themes):
    cards = voc.findings.protect(survey.window(plan.LAST_MONTH, months=3), themes)
    assert 1 <= len(cards.cards) <= 3
    assert all("praise this" in c.sentence for c in cards.cards)


def test_new_shows_the_emerging_theme_only_in_its_month(survey, themes):
    """truth.json: sign-in codes emerge in the last month."""
    fresh = voc.findings.new(survey.window(plan.LAST_MONTH, months=13), themes, plan.LAST_MONTH)
    assert len(fresh.cards) == 1
    assert "code" in fresh.cards[0].title.lower()
    earlier = survey.until("2026-07").window("2026-07", months=13)
    quiet = voc.findings.new(earlier, voc.themes.find(earlier), "2026-07")
    assert not quiet.cards
    assert "clearly more or less often" in quiet.headline
    mixed = survey.until(plan.MIX_MONTH).window(plan.MIX_MONTH, months=13)
    shifted = voc.findings.new(mixed, voc.themes.find(mixed), plan.MIX_MONTH)
    assert not shifted.cards, "only the mix of touchpoints changed in that month"


def test_to_call_counts_consent(survey):
    month = survey.month(plan.LAST_MONTH)
    agreed = ((month.frame["cohort"] == "detractor") & (month.frame["consent"] == "yes")).sum()
    assert voc.findings.to_call(month).headline.startswith(f"{agreed} of ")


def test_to_call_without_a_consent_column(survey):
    month = survey.month(plan.LAST_MONTH)
    bare = voc.Survey(month.frame.drop(columns="consent"), month.mapping, month.receipt)
    assert "nobody is listed" in voc.findings.to_call(bare).headline


@pytest.mark.parametrize("what", ["fix", "protect"])
def test_without_comments_there_is_a_sentence(survey, what):
    mute = voc.Survey(survey.frame.assign(comment=""), survey.mapping, survey.receipt)
    nothing = voc.themes.find(mute)
    cards = getattr(voc.findings, what)(mute, nothing)
    assert not cards.cards
    assert "There are no comments to read" in cards.headline
    assert not voc.findings.new(mute, nothing, plan.LAST_MONTH).cards
