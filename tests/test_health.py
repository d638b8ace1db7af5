"""Who was asked, who answered and with how much care: published values, slow oracles, planted truth, and sentences where something is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import naive
from voc import health, ingest, score, text
from voc.display import Note
from voc.ingest import Survey
from voc.ingest.mapping import parse_mapping
from voc.sample import plan
from voc.schema import Question, Scale, VocError

PLACES = ("Call centre", "Store", "Website")


def with_columns(survey: Survey, **columns: Any) -> Survey:
    """The survey with more columns beside its answers."""
    return replace(survey, answers=survey.answers.assign(**columns))


def empty(survey: Survey) -> Survey:
    """A month long before the first answer."""
    return survey.before("1999-01")


# --- questions -----------------------------------------------------------------------------------------------------------


def test_questions_tell_blank_from_not_applicable(tmp_path: Path) -> None:
    head = "when,nps,why,a,b,c,d\n"
    rows = ["9,Kind staff,5,N/A,,N/A", "3,n/a,4,N/A,2,N/A", "7,,N/A,,1,N/A", "8,Slow,,3,N/A,N/A", "8,...,1,9,2,N/A"]
    (tmp_path / "a.csv").write_text(head + "".join(f"2026-08-03,{row}\n" for row in rows))
    rating = {"min": 1, "max": 5, "not_applicable": ["N/A"]}
    ratings = {name: rating | {"column": name} for name in "abcd"}
    declared = parse_mapping({"columns": {"date": "when", "comment": "why"}, "score": {"column": "nps", "min": 0, "max": 10}, "ratings": ratings})
    result = health.questions(ingest.read_survey(tmp_path / "a.csv", declared))
    counts = result.to_frame().set_index("question")[["answered", "not_applicable", "unanswered"]]
    assert counts.T.to_dict("list") == {"score": [5, 0, 0], "a": [3, 1, 1], "b": [1, 2, 2], "c": [3, 1, 1], "d": [0, 5, 0], "comment": [2, 0, 3]}
    table = result.to_frame().set_index("question")
    assert table["share"].tolist() == pytest.approx([1, 3 / 4, 1 / 3, 3 / 4, np.nan, 2 / 5], nan_ok=True)
    assert table["mean"].tolist() == pytest.approx([7, 10 / 3, 3, 5 / 3, np.nan, np.nan], nan_ok=True)
    assert (result.n, result.non_answers) == (5, 2)
    assert "“B”, answered by 33.3\N{NO-BREAK SPACE}%" in result.headline
    assert "40.0\N{NO-BREAK SPACE}% wrote a comment; 2 more wrote only “n/a” or the like" in result.headline


def test_question_counts_of_parts_add_up(survey: Survey) -> None:
    names = ["answered", "not_applicable", "unanswered"]
    months = [health.questions(survey.month(m)).to_frame()[names] for m in plan.MONTHS]
    whole = health.questions(survey).to_frame()[names]
    pd.testing.assert_frame_equal(sum(months[1:], months[0]), whole)
    assert (whole.sum(axis=1) == len(survey.answers)).all()


# --- response ------------------------------------------------------------------------------------------------------------


def asked_at_random(seed: int, *, named: bool) -> Survey:
    """Invitations and answers that were drawn apart from each other."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(50, 400)), int(rng.integers(5, 60))
    days = pd.date_range("2026-06-20", "2026-09-10")
    dates = days[rng.integers(0, len(days), m)].strftime("%Y-%m-%d")
    base = naive.survey_of(rng.integers(0, 11, m).tolist(), dates=dates.tolist(), touchpoint=rng.choice(PLACES[:2], m).tolist())
    asked = pd.DataFrame({"date": days[rng.integers(0, len(days), n)], "touchpoint": rng.choice(PLACES, n), "sent": rng.random(n) < 0.9})
    if named:
        asked["response_id"] = np.where(rng.random(n) < 0.2, [f"R{i}" for i in range(n)], "")
    return replace(base, invitations=asked)


@pytest.mark.parametrize("by", ["touchpoint", "month"])
@pytest.mark.parametrize("named", [True, False], ids=["with-response-ids", "without"])
@pytest.mark.parametrize("seed", range(6))
def test_response_equals_counting_one_by_one(seed: int, named: bool, by: str) -> None:
    """Oracle: go through the list; a suppressed contact is no invitation and cannot have been answered."""
    survey = asked_at_random(seed, named=named)
    counts: dict[str, list[int]] = {}
    for row in survey.invitations.itertuples():
        for group in (f"{row.date:%Y-%m}" if by == "month" else row.touchpoint, "All"):
            c = counts.setdefault(group, [0, 0, 0, 0])
            c[0] += 1
            c[1] += not row.sent
            c[2] += row.sent
            c[3] += named and row.sent and row.response_id != ""
    if not named:
        for row in survey.answers.itertuples():
            group = f"{row.date:%Y-%m}" if by == "month" else row.touchpoint
            counts[group][3] += 1
        counts["All"][3] = len(survey.answers)
    table = health.response(survey, by=by).to_frame()
    assert table["group"].tolist() == [*sorted(set(counts) - {"All"}), "All"]
    for row in table.itertuples():
        assert [row.contacts, row.suppressed, row.sent, row.answered] == counts[row.group]
        assert row.rate == pytest.approx(row.answered / row.sent)
        assert row.low <= row.rate + 1e-12 <= row.high + 2e-12


def test_the_range_of_a_response_rate_is_wilsons() -> None:
    """Newcombe 1998, Statistics in Medicine 17:857, table I, method 3: 81/263 -> .2553 to .3662; 15/148 -> .0624 to .1605; 0/20 -> 0 to .1611."""
    for answered, sent, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        ids = [f"R{i}" for i in range(answered)] + [""] * (sent - answered)
        asked = pd.DataFrame({"date": pd.Timestamp("2026-09-01"), "touchpoint": "Store", "sent": True, "response_id": ids})
        total = health.response(replace(naive.survey_of([9]), invitations=asked)).to_frame().iloc[-1]
        assert (total["low"], total["high"]) == pytest.approx((low, high), abs=5e-5)


def test_nobody_invited_or_more_answers_than_invitations_have_no_rate() -> None:
    asked = pd.DataFrame({"date": pd.Timestamp("2026-09-01"), "touchpoint": ["Store", "Store", "Website"], "sent": [False, False, True]})
    survey = replace(naive.survey_of([9, 9, 3], touchpoint=["Website"] * 3), invitations=asked)
    result = health.response(survey)
    table = result.to_frame().set_index("group")
    assert table["rate"].isna().all()
    assert table["suppressed"].tolist() == [2, 0, 2]
    assert "nan" not in result.headline + result._repr_html_()


def test_a_part_of_the_answers_is_not_compared_with_all_invitations() -> None:
    """The list does not say who lives where, so a region has no response rate; a touchpoint has its own."""
    asked = pd.DataFrame({"date": pd.Timestamp("2026-09-01"), "touchpoint": ["Store", "Website"] * 50, "sent": True})
    survey = naive.survey_of([9] * 40, touchpoint=["Store", "Website"] * 20, region=["North"] * 10 + ["South"] * 30)
    survey = replace(survey, invitations=asked)
    store = health.response(survey.where(touchpoint="Store")).to_frame().set_index("group")
    assert (store.loc["All", "answered"], store.loc["All", "sent"]) == (20, 50)
    assert isinstance(health.response(survey.where(region="North")), Note)


# --- the contact rule ----------------------------------------------------------------------------------------------------


def pairs_too_soon(customers: list[str], dates: list[pd.Timestamp], days: int = 30) -> list[tuple[str, pd.Timestamp, int]]:
    """Each contact that came less than so many days after an earlier one of the same customer, with the days since the last: over all pairs."""
    out = []
    for i, (who, when) in enumerate(zip(customers, dates, strict=True)):
        gaps = [(when - dates[j]).days for j in range(len(dates)) if customers[j] == who != "" and (dates[j], j) < (when, i)]
        if gaps and min(gaps) < days:
            out.append((who, when, min(gaps)))
    return sorted(out, key=lambda c: (c[1], c[0], c[2]))


@pytest.mark.parametrize("listed", [True, False], ids=["invitations", "answers-only"])
@pytest.mark.parametrize("seed", range(8))
def test_the_contact_rule_equals_all_pairs(seed: int, listed: bool) -> None:
    rng = np.random.default_rng(seed)
    n = 150
    dates = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 200, n), "D")
    customers = rng.choice(["", *(f"c{i:02d}" for i in range(40))], n).tolist()
    sent = rng.random(n) < 0.8 if listed else np.ones(n, dtype=bool)
    if listed:
        asked = pd.DataFrame({"date": dates, "sent": sent, "customer": customers})
        survey = replace(naive.survey_of([9, 9], customer=["a", "a"]), invitations=asked)
    else:
        survey = naive.survey_of([9] * n, dates=dates.astype(str).tolist(), customer=customers)
    result = health.contact_rule(survey)
    expected = pairs_too_soon([c for c, s in zip(customers, sent, strict=True) if s], list(dates[sent]))
    found = sorted(zip(result.cases["customer"], result.cases["date"], result.cases["days"], strict=True), key=lambda c: (c[1], c[0], c[2]))
    assert found == expected
    assert result.from_invitations == listed
    table = result.to_frame().set_index("month")
    assert table["asked"].sum() == sum(bool(c) for c, s in zip(customers, sent, strict=True) if s)
    for month, row in table.iterrows():
        cases = [c for c in expected if f"{c[1]:%Y-%m}" == month]
        assert (row["too_soon"], row["customers"]) == (len(cases), len({c[0] for c in cases}))
    assert result.shortest == min(c[2] for c in expected)
    assert f"rule was broken: {len(expected)} of" in result.headline


@pytest.mark.parametrize(("first", "second", "kept"), [("2026-01-01", "2026-01-31", True), ("2026-01-01", "2026-01-30", False)])
@pytest.mark.parametrize("times", [("", ""), (" 23:59:00", " 00:01:00"), (" 00:01:00", " 23:59:00")], ids=["days", "late-early", "early-late"])
def test_thirty_days_keep_the_rule_and_twenty_nine_do_not(first: str, second: str, kept: bool, times: tuple[str, str]) -> None:
    """Days are counted, not hours."""
    survey = naive.survey_of([9, 9], dates=[first + times[0], second + times[1]], customer=["a", "a"])
    result = health.contact_rule(survey)
    assert (result.to_frame()["too_soon"].sum() == 0) == kept
    assert result.shortest == (30 if kept else 29)
    assert ("rule was kept" in result.headline) == kept
    assert "Only answers can be looked at" in result.headline


def test_a_month_is_held_to_the_contacts_of_the_month_before() -> None:
    """Invited on 25 September and 5 October: October broke the rule."""
    asked = pd.DataFrame({"date": pd.to_datetime(["2026-09-25", "2026-10-05"]), "sent": True, "customer": "a"})
    survey = replace(naive.survey_of([9, 9], dates=["2026-09-25", "2026-10-05"], customer=["a", "a"]), invitations=asked)
    assert health.contact_rule(survey).to_frame()["too_soon"].tolist() == [0, 1]
    assert health.contact_rule(survey.month("2026-10")).to_frame()["too_soon"].sum() == 1


# --- the sample ----------------------------------------------------------------------------------------------------------


def test_the_sample_kept_the_contact_rule(survey: Survey) -> None:
    """Planted: nobody is invited twice within 30 days."""
    result = health.contact_rule(survey)
    assert result.from_invitations
    assert result.to_frame()["too_soon"].sum() == 0
    assert result.shortest == plan.CONTACT_RULE_DAYS
    assert result.cases.empty
    assert health.contact_rule(survey, days=31).to_frame()["too_soon"].sum() > 0


def test_the_sample_answers_as_often_as_planted(survey: Survey) -> None:
    """The n most willing answer, so the rates are the planted ones times one common factor; that factor is close to 1."""
    rates = health.response(survey).to_frame().set_index("group")["rate"]
    factor = [rates[plan.TOUCHPOINTS[key]] / rate for key, rate in plan.RESPONSE_RATE.items()]
    assert factor == pytest.approx([np.mean(factor)] * 3, rel=0.05)
    assert np.mean(factor) == pytest.approx(1, abs=0.12)
    assert health.response(survey).to_frame()["answered"].iloc[-1] == len(survey.answers)
    assert health.response(survey, by="month").to_frame()["group"].tolist() == [*plan.MONTHS, "All"]


def test_the_samples_speeders_are_found(survey: Survey) -> None:
    """Planted: 2 % take a tenth of the usual time. Of the others, log-normal, some are as fast; speeders answer like everybody."""
    table = health.care(survey).to_frame()
    fast = table[table["sign"].str.contains("seconds")].iloc[0]
    truth = json.loads((Path(__file__).parents[1] / "data" / "sample" / "truth.json").read_text())
    assert truth["speeders"]["share"] == plan.SPEEDERS
    assert plan.SPEEDERS * 0.9 < fast["share"] < plan.SPEEDERS * 1.6
    assert fast["low"] < fast["share"] < fast["high"]
    assert fast["score"] == pytest.approx(survey.answers["score"].mean(), abs=0.5)


# --- care ----------------------------------------------------------------------------------------------------------------


def test_straight_lining_over_gaps_and_scales() -> None:
    """Best everywhere, the same lower answer, different, too few answers; scales 1-5, 1-5, 0-10 and 1-3, compared as shares of the scale."""
    gap = np.nan
    rows = [[5, 5, 10, 3], [5, gap, 10, 3], [3, 3, 5, 2], [3, 3, gap, 2], [1, 1, 0, 1], [5, 5, 9, 3], [3, 3, 3, 3], [5, gap, gap, 3], [gap] * 4]
    survey = naive.survey_of([10, 9, 5, 6, 0, 8, 7, 10, 2], ratings={name: [r[i] for r in rows] for i, name in enumerate("abcd")})
    scales = (Scale(1, 5), Scale(1, 5), Scale(0, 10), Scale(1, 3))
    asked = tuple(Question(name, name, name, scale) for name, scale in zip("abcd", scales, strict=True))
    table = health.care(replace(survey, mapping=replace(survey.mapping, ratings=asked))).to_frame()
    assert table["sign"].tolist() == ["ticked the best answer in every row", "ticked the same lower answer in every row"]
    assert table[["n", "base"]].to_numpy().tolist() == [[2, 7], [3, 7]]
    assert table["score"].tolist() == pytest.approx([9.5, 11 / 3])


def test_speeding_is_a_third_of_the_median() -> None:
    survey = with_columns(naive.survey_of([10, 0, 5, 5, 5, 5]), duration=[29.9, 30.0, 90.0, 90.0, 200.0, np.nan])
    (row,) = health.care(survey).to_frame().itertuples()
    assert (row.n, row.base, row.score) == (1, 5, 10)
    assert "less than 30 seconds, a third of the usual time" in row.sign


# --- commenters ----------------------------------------------------------------------------------------------------------


def test_non_answers_are_silence() -> None:
    comments = ["Kind staff", "n/a", "", "...", "Too slow for me", "nothing"] * 30
    survey = naive.survey_of([9, 3, 7, 0, 2, 10] * 30, comment=comments)
    result = health.commenters(survey)
    assert (result.wrote.n, result.silent.n, result.non_answers) == (60, 120, 90)
    assert result.wrote.value == pytest.approx(0)
    said = np.array([c != "" and not text.is_non_answer(c) for c in comments])
    first, second = (survey.with_frame(survey.frame[mask]) for mask in (said, ~said))
    expected = score.change(second, first)
    assert (result.difference.value, result.difference.low, result.difference.high) == (expected.value, expected.low, expected.high)
    assert result.difference.value == result.wrote.value - result.silent.value
    assert result.headline.startswith("33.3\N{NO-BREAK SPACE}% of customers wrote a comment")


@pytest.mark.parametrize("comments", [["n/a"] * 20, ["Kind staff"] * 20], ids=["nobody-says-anything", "everybody"])
def test_one_group_alone_has_nobody_to_compare_with(comments: list[str]) -> None:
    result = health.commenters(naive.survey_of([9] * 20, comment=comments))
    assert result.headline.endswith("There is nobody to compare them with.")
    assert "nan" not in result._repr_html_()


# --- languages -----------------------------------------------------------------------------------------------------------

SPOKEN = {
    "English": ["The staff were friendly and solved my problem in a few minutes", "I waited far too long and nobody could tell me why"],
    "German": ["Die Mitarbeiter waren sehr freundlich und haben mir schnell geholfen", "Ich habe viel zu lange gewartet und niemand wusste Bescheid"],
    "French": ["Le personnel était très aimable et a résolu mon problème rapidement", "J'ai attendu beaucoup trop longtemps sans aucune explication"],
    "Spanish": ["El personal fue muy amable y resolvió mi problema enseguida", "Esperé demasiado tiempo y nadie supo explicarme por qué"],
}


def test_languages_are_told_from_longer_comments() -> None:
    comments = [c for texts in SPOKEN.values() for c in texts] + [SPOKEN["English"][0], "Gut", "Too slow", "", ""]
    result = health.languages(naive.survey_of([9] * len(comments), comment=comments))
    assert result.source == "text"
    assert dict(zip(result.to_frame()["language"], result.to_frame()["n"], strict=True)) == {"English": 3, "German": 2, "French": 2, "Spanish": 2}
    assert result.to_frame()["language"].iloc[0] == "English"
    assert (result.read, result.short) == (9, 2)
    assert result.to_frame()["share"].sum() == pytest.approx(1)
    assert result.headline.startswith("33.3\N{NO-BREAK SPACE}% of comments are in English")


def test_the_files_own_language_column_wins() -> None:
    survey = naive.survey_of([9] * 4, comment=[*SPOKEN["German"], "Kurz", ""], language=["EN", "EN", "", "DE"])
    result = health.languages(survey)
    assert result.source == "column"
    assert result.to_frame()[["language", "n"]].to_numpy().tolist() == [["EN", 2]]
    assert (result.read, result.short) == (2, 1)


def test_no_comment_long_enough() -> None:
    result = health.languages(naive.survey_of([9, 9], comment=["Gut", "Bien"]))
    assert result.headline == "No comment is long enough to tell its language (all answers)."
    assert result.to_frame().empty


# --- missing ingredients -------------------------------------------------------------------------------------------------


def test_a_missing_ingredient_is_a_sentence() -> None:
    bare = naive.survey_of([9] * 20)
    unplaced = replace(bare, invitations=pd.DataFrame({"date": pd.to_datetime(["2026-09-01"]), "sent": [True]}))
    for result in (health.response(bare), health.response(unplaced), health.contact_rule(bare), health.contact_rule(unplaced), health.care(bare)):
        assert isinstance(result, Note)
        assert result.headline.endswith(".")
    for silent in (health.commenters(bare), health.languages(bare)):
        assert isinstance(silent, Note)
        assert "all answers" in silent.headline
    assert health.response(unplaced, by="month").to_frame()["sent"].tolist() == [1, 1]
    with pytest.raises(VocError, match='by must be "touchpoint" or "month"; found "store"'):
        health.response(bare, by="store")


@pytest.mark.parametrize("what", ["questions", "response", "contact_rule", "care", "commenters", "languages"])
def test_nothing_fails_on_no_answers(survey: Survey, what: str) -> None:
    alone = replace(survey, invitations=None)
    for none in (empty(survey), empty(alone), alone.where(region="Nowhere"), survey.where(region="Nowhere"), empty(naive.survey_of([9] * 3))):
        assert none.answers.empty
        result = getattr(health, what)(none)
        assert result.headline.endswith(".")
        assert not {"nan", "NaN", "NaT"} & set(f"{result.headline} {result._repr_html_()}".replace("<", " ").replace(">", " ").split())
