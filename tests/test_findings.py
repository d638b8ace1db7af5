"""The findings page: words that agree with the numbers, and none that say more than the numbers do."""

import re

import pytest

import voc
from voc.sample import plan
from voc.schema import COHORTS

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


def test_fix_names_up_to_three_with_quotes_numbers_and_doubts(survey, themes):
    cards = voc.findings.fix(survey.window(plan.LAST_MONTH, months=3), themes)
    assert 1 <= len(cards.cards) <= 3
    for card in cards.cards:
        assert f"“{card.title}”" in cards.headline
        assert 2 <= len(card.quotes) <= 3
        assert card.unknown.startswith("whether putting this right would raise the score")
        assert re.search(r"\d+ of [\d,]+ comments complain about this \([\d.]+\s%, [\d.]+ to [\d.]+\)", card.sentence)
        assert not WORSE.search(card.sentence)
    assert len({c.title for c in cards.cards}) == len(cards.cards)


def test_quotes_to_fix_are_from_detractors_and_name_nobody(survey, themes):
    cards = voc.findings.fix(survey.window(plan.LAST_MONTH, months=3), themes)
    for quote in (q for c in cards.cards for q in c.quotes):
        assert quote.source.split(",")[0].lower() in COHORTS
        assert not re.search(r"R\d{6}|C\d{6}|Harbour|2026", quote.source)


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
