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
from voc import health, ingest, plots, score, text
from voc.display import Note
from voc.ingest import Check, Survey
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
    rows = ["9,Kind staff,5,N/A,,N/A", "3,n/a,4,N/A,2,N/A", "7,,N/A,,1,N/A", "8,Slow,,3,N/A,N/A", "8,...,1,9,2,N/A"] * 10
    (tmp_path / "a.csv").write_text(head + "".join(f"2026-08-03,{row}\n" for row in rows))
    rating = {"min": 1, "max": 5, "not_applicable": ["N/A"]}
    ratings = {name: rating | {"column": name} for name in "abcd"}
    declared = parse_mapping({"columns": {"date": "when", "comment": "why"}, "score": {"column": "nps", "min": 0, "max": 10}, "ratings": ratings})
    result = health.questions(ingest.read_survey(tmp_path / "a.csv", declared))
    counts = result.to_frame().set_index("question")[["answered", "not_applicable", "unanswered"]]
    expected = {"score": [50, 0, 0], "a": [30, 10, 10], "b": [10, 20, 20], "c": [30, 10, 10], "d": [0, 50, 0], "comment": [20, 0, 30]}
    assert counts.T.to_dict("list") == expected
    table = result.to_frame().set_index("question")
    assert table["share"].tolist() == pytest.approx([1, 3 / 4, 1 / 3, 3 / 4, np.nan, 2 / 5], nan_ok=True)
    assert table["mean"].tolist() == pytest.approx([7, 10 / 3, 3, 5 / 3, np.nan, np.nan], nan_ok=True)
    assert table["scale"].tolist() == ["0-10", *["1-5"] * 4, ""]
    assert (result.n, result.non_answers) == (50, 20)
    assert "“B”, answered by 33.3\N{NO-BREAK SPACE}%" in result.headline
    assert "40.0\N{NO-BREAK SPACE}% wrote a comment; 20 more wrote only “n/a” or the like" in result.headline


def test_where_nobody_wrote_there_are_no_more() -> None:
    said = health.questions(naive.survey_of([9] * 20, comment=["n/a"] * 20)).headline
    assert said.endswith(" Nobody wrote a comment; 20 wrote only “n/a” or the like.")


def test_averages_and_shares_of_fewer_than_ten_answers_are_not_shown() -> None:
    """Nine of thirty answered the first question, all answered the second; then nine customers alone."""
    rated = {"rare": [5.0] * 9 + [np.nan] * 21, "all": [4.0] * 30}
    survey = naive.survey_of([9] * 30, ratings=rated, comment=["Good service"] * 30)
    table = health.questions(survey).to_frame().set_index("question")
    assert table["mean"].tolist() == pytest.approx([9, np.nan, 4, np.nan], nan_ok=True)
    assert table.loc["rare", "share"] == pytest.approx(0.3)
    few = health.questions(survey.with_frame(survey.frame.head(9)))
    assert few.to_frame()[["mean", "share"]].isna().all(axis=None)
    assert "%" not in few.headline + few._repr_html_()
    assert "fewer than 10 answers" in few.headline


def test_a_question_that_a_touchpoint_was_not_asked() -> None:
    """Nobody of twenty on the website answered "friendly"; nine in the store did not either, which are too few to say so."""
    place = ["Website"] * 20 + ["Call centre"] * 20 + ["Store"] * 9 + [""] * 11
    rated = {"friendly": [np.nan] * 20 + [4.0] * 19 + [np.nan] * 21, "solved": [5.0] * 60}
    result = health.questions(naive.survey_of([9] * 60, ratings=rated, touchpoint=place))
    table = result.to_frame().set_index("question")
    assert table.loc["friendly", ["answered", "not_asked", "unanswered"]].tolist() == [19, 20, 21]
    assert table.loc["friendly", "share"] == pytest.approx(19 / 40)
    assert table.loc["solved", "not_asked"] == 0
    assert "“Friendly” was apparently not asked after Website" in result.headline
    assert "Not asked" in result._repr_html_()
    nowhere = health.questions(naive.survey_of([9] * 60, ratings={"friendly": [np.nan] * 60}, touchpoint=place))
    assert not nowhere.absent, "a question that nobody answers anywhere is a gap"


def test_ticking_does_not_apply_means_that_it_was_asked() -> None:
    survey = naive.survey_of([9] * 40, ratings={"friendly": [np.nan] * 20 + [4.0] * 20}, touchpoint=["Website"] * 20 + ["Store"] * 20)
    gaps = pd.DataFrame({"score": False, "friendly": [True] + [False] * 39})
    assert not health.questions(replace(survey, gaps=gaps)).absent


def test_a_survey_without_an_open_question() -> None:
    survey = naive.survey_of([9] * 20)
    assert health.questions(survey).to_frame()["question"].tolist() == ["score"]
    assert "comment" not in health.questions(survey).headline
    for result in (health.commenters(survey), health.languages(survey)):
        assert isinstance(result, Note)
        assert "no open question" in result.headline


def test_question_counts_of_parts_add_up(survey: Survey) -> None:
    names = ["answered", "not_applicable", "not_asked", "unanswered"]
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
    if named:  # some ids twice, some of nobody
        asked["response_id"] = np.where(rng.random(n) < 0.2, [f"R{i}" for i in rng.integers(0, 2 * m, n)], "")
    return replace(base, invitations=asked)


@pytest.mark.parametrize("by", ["touchpoint", "month"])
@pytest.mark.parametrize("named", [True, False], ids=["with-response-ids", "without"])
@pytest.mark.parametrize("seed", range(6))
def test_response_equals_counting_one_by_one(seed: int, named: bool, by: str) -> None:
    """Oracle: go through the list; a suppressed contact is no invitation and cannot have been answered."""
    survey = asked_at_random(seed, named=named)
    counts: dict[str, list[int]] = {}
    kept, seen = set(survey.answers["response_id"]), set()
    for row in survey.invitations.sort_values("date", kind="stable").itertuples():
        first = named and row.sent and row.response_id not in seen
        if first:
            seen.add(row.response_id)
        for group in (f"{row.date:%Y-%m}" if by == "month" else row.touchpoint, "All"):
            c = counts.setdefault(group, [0, 0, 0, 0])
            c[0] += 1
            c[1] += not row.sent
            c[2] += row.sent
            c[3] += first and row.response_id in kept
    if not named:
        for row in survey.answers.itertuples():
            group = f"{row.date:%Y-%m}" if by == "month" else row.touchpoint
            counts.setdefault(group, [0, 0, 0, 0])[3] += 1
        counts["All"][3] = len(survey.answers)
    over = any(c[3] > c[2] for c in counts.values())
    table = health.response(survey, by=by).to_frame()
    assert table["group"].tolist() == [*sorted(set(counts) - {"All"}), "All"]
    for row in table.itertuples():
        assert [row.contacts, row.suppressed, row.sent, row.answered] == counts[row.group]
        if row.sent < 10 or row.answered > row.sent or (over and row.group == "All"):
            assert np.isnan([row.rate, row.low, row.high]).all()
        else:
            assert row.rate == pytest.approx(row.answered / row.sent)
            assert row.low <= row.rate + 1e-12 <= row.high + 2e-12
    strange = len(seen - kept - {""})
    said = health.response(survey, by=by).headline
    assert (f"{strange} invitations name answers that are not among those counted here" in said) == (strange > 0)


def test_the_range_of_a_response_rate_is_wilsons() -> None:
    """Newcombe 1998, Statistics in Medicine 17:857, table I, method 3: 81/263 -> .2553 to .3662; 15/148 -> .0624 to .1605; 0/20 -> 0 to .1611."""
    for answered, sent, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        ids = [f"R{i}" for i in range(answered)] + [""] * (sent - answered)
        place = ["Store"] * sent + ["Website"]  # the website's one answer shows that the list knows the survey's ids
        asked = pd.DataFrame({"date": pd.Timestamp("2026-09-01"), "touchpoint": place, "sent": True, "response_id": [*ids, f"R{answered}"]})
        store = health.response(replace(naive.survey_of([9] * (answered + 1)), invitations=asked)).to_frame().iloc[0]
        assert (store["low"], store["high"]) == pytest.approx((low, high), abs=5e-5)


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
    north = health.response(survey.where(region="North"))
    assert isinstance(north, Note)
    assert "does not say the region" in north.headline
    assert "There is no list" not in north.headline


def list_of(rows: int, **columns: Any) -> pd.DataFrame:
    """A list of invitations of 1 September, all sent, to a store."""
    return pd.DataFrame({"date": pd.Timestamp("2026-09-01"), "touchpoint": "Store", "sent": True} | columns, index=range(rows))


def test_a_rate_of_fewer_than_ten_invitations_is_not_shown() -> None:
    place = ["Store"] * 9 + ["Website"] * 20
    survey = replace(naive.survey_of([9] * 12, touchpoint=["Store"] * 8 + ["Website"] * 4), invitations=list_of(29, touchpoint=place))
    result = health.response(survey)
    table = result.to_frame().set_index("group")
    assert table.loc["Store", ["rate", "low", "high"]].isna().all()
    assert table.loc["Website", "rate"] == pytest.approx(0.2)
    assert "Store" not in result.headline
    few = health.response(replace(survey, invitations=list_of(9))).headline
    assert "%" not in few


def test_an_answer_counts_once_and_only_when_it_is_among_the_survey() -> None:
    """R0 was reminded, R1 answered in October, R99 was set aside, R2 answered."""
    ids = ["R0", "R0", "R1", "R99", "R2"] + [""] * 15
    survey = naive.survey_of([9, 9, 9], dates=["2026-09-10", "2026-10-02", "2026-09-11"], touchpoint=["Store"] * 3)
    survey = replace(survey, invitations=list_of(20, response_id=ids))
    september = health.response(survey.month("2026-09"))
    assert september.to_frame()["answered"].tolist() == [2, 2]
    assert september.headline.startswith("2 of 20 invitations (September 2026) were answered by 11 September 2026 (10.0\N{NO-BREAK SPACE}%).")
    assert (
        "2 invitations name answers that are not among those counted here (September 2026), so they count as not answered: "
        "2 of these answers were given after 11 September 2026, set aside or missing from the file."
    ) in september.headline
    assert health.response(survey.until("2026-09"), by="month").to_frame()["answered"].tolist() == [2, 2]
    whole = health.response(survey)
    assert (
        "1 invitation names an answer that is not among those counted here (all answers), so it counts as not answered: "
        "the answer was set aside or missing from the file."
    ) in whole.headline
    assert whole.short == whole.headline, "the overview says it too"


def test_invitations_whose_answer_came_earlier_or_elsewhere_are_said() -> None:
    """For a store: one answer is of the website, one was set aside."""
    survey = naive.survey_of([9] * 3, touchpoint=["Store", "Website", "Store"])
    survey = replace(survey, invitations=list_of(20, response_id=["R0", "R1", "R99"] + [""] * 17))
    store = health.response(survey.where(touchpoint="Store"))
    assert store.to_frame()["answered"].tolist() == [1, 1]
    assert (
        "1 of these answers was set aside or missing from the file and 1 of these answers was given earlier or at another touchpoint."
        in store.headline
    )


def invited_in_july_and_august() -> Survey:
    """Of 40 invitations in July, 2 were answered in July and 8 in August; of 40 in August, 4 in August and 2 in September."""
    asked = list_of(
        80, date=pd.to_datetime(["2026-07-20"] * 40 + ["2026-08-20"] * 40), response_id=[f"R{i}" for i in range(10)] + [""] * 30
        + [f"R{i}" for i in range(10, 16)] + [""] * 34,
    )  # fmt: skip
    dates = ["2026-07-31"] * 2 + ["2026-08-03"] * 8 + ["2026-08-31"] * 4 + ["2026-09-02"] * 2
    return replace(naive.survey_of([9] * 16, dates=dates, touchpoint=["Store"] * 16), invitations=asked)


def test_an_answer_counts_for_its_invitation_up_to_the_end_of_the_window() -> None:
    survey = invited_in_july_and_august()
    july = health.response(survey.month("2026-07"))
    assert july.headline.startswith("2 of 40 invitations (July 2026) were answered by 31 July 2026 (5.0\N{NO-BREAK SPACE}%).")
    assert july.until == pd.Timestamp("2026-07-31")
    august = health.response(survey.window("2026-08", months=13), by="month")
    assert august.to_frame()[["group", "answered"]].to_numpy().tolist() == [["2026-07", 10], ["2026-08", 4], ["All", 14]]
    assert "14 of 80 invitations (July 2026 to August 2026) were answered by 31 August 2026" in august.headline
    september = health.response(survey.window("2026-09", months=13), by="month")
    assert september.to_frame()["answered"].tolist() == [10, 6, 16]


def test_months_whose_answers_may_still_come_are_not_final() -> None:
    """Thirty days: up to 31 August those of 2 August and later; one whose answer is there waits for nothing."""
    remark = "Invitations of the last 30 days may still be answered, so the rate of August 2026 is not final."
    survey = invited_in_july_and_august()
    assert remark in health.response(survey.until("2026-08"), by="month").headline
    assert "not final" not in health.response(survey.until("2026-08")).headline, "the sentence says up to when"
    for day, final in (("2026-08-01", True), ("2026-08-02", False)):
        asked = survey.invitations.assign(date=pd.to_datetime(["2026-07-20"] * 40 + [day] * 40))
        said = health.response(replace(survey, invitations=asked).until("2026-08"), by="month").headline
        assert (remark not in said) == final
    asked = survey.invitations.assign(date=pd.to_datetime(["2026-08-02"] * 20 + ["2026-07-31"] * 20 + ["2026-08-20"] * 40))
    both = replace(survey.until("2026-08"), invitations=asked, answers=survey.answers.assign(date=pd.Timestamp("2026-08-21")), contacts=None)
    assert "so the rates of July 2026 and August 2026 are not final." in health.response(both, by="month").headline
    answered = naive.survey_of([9] * 20, dates=["2026-09-02"] * 20)
    answered = replace(answered, invitations=list_of(20, response_id=[f"R{i}" for i in range(20)]))
    assert "not final" not in health.response(answered, by="month").headline


def test_without_response_ids_answers_are_set_beside_invitations() -> None:
    """None of these invitations need have led to one of these answers."""
    survey = naive.survey_of([9] * 25, touchpoint=["Store"] * 5 + ["Website"] * 20)
    survey = replace(survey, invitations=list_of(100, touchpoint=["Store"] * 50 + ["Website"] * 50))
    for result in (health.response(survey), health.response(survey, by="month")):
        said = result.headline + result._repr_html_()
        assert result.headline.startswith("25 answers to 100 invitations (25.0\N{NO-BREAK SPACE}%), all answers.")
        assert "were answered" not in said
        assert "Response rate" not in said
        assert "not final" not in said
        assert result.until is None
        remark = "The list of invitations does not say which answers they led to, so every answer is counted, whichever invitation led to it."
        assert remark in result.short
        assert result.headline.endswith(remark)
    assert "Fewest answers per invitation after Store" in health.response(survey).headline
    assert health.overview(survey, "2026-09").to_frame().set_index("what").loc["Who answered", "finding"].endswith(remark)


@pytest.mark.parametrize(("store", "website", "clear"), [(10, 14, False), (10, 30, True)])
def test_touchpoints_are_ranked_only_where_their_ranges_lie_apart(store: int, website: int, clear: bool) -> None:
    ids = [f"R{i}" for i in range(store)] + [""] * (100 - store) + [f"R{i}" for i in range(store, store + website)] + [""] * (100 - website)
    asked = list_of(200, touchpoint=["Store"] * 100 + ["Website"] * 100, response_id=ids)
    survey = naive.survey_of([9] * (store + website), touchpoint=["Store"] * store + ["Website"] * website)
    result = health.response(replace(survey, invitations=asked))
    table = result.to_frame().set_index("group")
    assert (table.loc["Store", "high"] < table.loc["Website", "low"]) == clear
    gap = "\N{NO-BREAK SPACE}%"
    assert (f"Fewest answer after Store (10.0{gap}), most after Website ({website}.0{gap})." in result.headline) == clear
    assert (f"The touchpoints do not clearly differ (10.0{gap} to {website}.0{gap})." in result.headline) != clear


@pytest.mark.parametrize(("ids", "why"), [([f"X{i}" for i in range(20)], "not the survey's"), ([""] * 20, "all blank")])
def test_a_list_with_ids_of_its_own_has_its_answers_counted(ids: list[str], why: str) -> None:
    survey = replace(naive.survey_of([9] * 5, touchpoint=["Store"] * 5), invitations=list_of(20, response_id=ids))
    result = health.response(survey)
    assert result.to_frame()["answered"].tolist() == [5, 5]
    assert why in result.headline
    assert result.to_frame()["rate"].iloc[-1] == pytest.approx(0.25)


def test_a_month_whose_answers_came_later_has_none() -> None:
    """The list does know the survey's ids; those of September were answered in October."""
    asked = list_of(40, date=pd.to_datetime(["2026-09-30"] * 20 + ["2026-08-01"] * 20), response_id=["R0", "R1"] + [""] * 18 + ["R2"] + [""] * 19)
    survey = replace(naive.survey_of([9] * 4, dates=["2026-10-01", "2026-10-01", "2026-08-02", "2026-09-03"]), invitations=asked)
    assert health.response(survey.month("2026-09")).to_frame()["answered"].tolist() == [0, 0]


def test_touchpoints_are_matched_in_any_spelling_and_none_is_lost() -> None:
    """Blank touchpoints and those that nobody was invited for have their own rows; both tables have the same answers."""
    asked = list_of(60, touchpoint=[" store "] * 30 + ["WEBSITE"] * 20 + [""] * 10)
    survey = naive.survey_of([9] * 16, touchpoint=["Store"] * 8 + ["Website"] * 4 + ["Kiosk"] * 3 + [""])
    result = health.response(replace(survey, invitations=asked))
    table = result.to_frame().set_index("group")
    assert table["sent"].to_dict() == {"(not stated)": 10, "Kiosk": 0, "Store": 30, "Website": 20, "All": 60}
    assert table["answered"].to_dict() == {"(not stated)": 1, "Kiosk": 3, "Store": 8, "Website": 4, "All": 16}
    assert np.isnan(table.loc["Kiosk", "rate"])
    assert np.isnan(table.loc["All", "rate"])
    assert "more answers than invitations for Kiosk" in result.headline
    by_month = health.response(replace(survey, invitations=asked), by="month").to_frame()
    assert by_month["answered"].iloc[-1] == 16


def test_answers_of_a_month_without_invitations_are_not_lost() -> None:
    dates = ["2026-09-02"] * 5 + ["2026-10-02"] * 2
    result = health.response(replace(naive.survey_of([9] * 7, dates=dates, touchpoint=["Store"] * 7), invitations=list_of(20)), by="month")
    assert result.to_frame()[["group", "sent", "answered"]].to_numpy().tolist() == [["2026-09", 20, 5], ["2026-10", 0, 2], ["All", 20, 7]]
    assert result.to_frame()["rate"].iloc[0] == pytest.approx(0.25)
    assert np.isnan(result.to_frame()["rate"].iloc[-1])


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


def test_without_a_known_customer_nobody_can_say_that_the_rule_was_kept() -> None:
    survey = naive.survey_of([9] * 3, customer=["", "", ""])
    listed = replace(survey, invitations=list_of(4, customer=""))
    for result in (health.contact_rule(survey), health.contact_rule(listed)):
        assert isinstance(result, Note)
        assert "nobody can say" in result.headline


def test_contacts_without_a_customer_id_are_counted_and_said() -> None:
    asked = list_of(5, customer=["a", "b", "", "", ""])
    result = health.contact_rule(replace(naive.survey_of([9]), invitations=asked))
    assert "3 of 5 invitations name no customer and cannot be checked" in result.headline
    assert "was kept where it can be checked" in result.headline
    assert result.to_frame()["asked"].sum() == 2


def test_answers_alone_are_held_to_those_of_the_month_before() -> None:
    """No list: the same customer answered on 25 September in a store and on 5 October on the website."""
    survey = naive.survey_of(
        [9, 9, 9], dates=["2026-09-25", "2026-10-05", "2026-10-06"], customer=["a", "a", "b"], touchpoint=["Store", *["Website"] * 2]
    )
    for part in (survey.month("2026-10"), survey.until("2026-10").month("2026-10"), survey.window("2026-10", months=1).where(touchpoint="Website")):
        result = health.contact_rule(part)
        assert result.to_frame()[["asked", "too_soon"]].to_numpy().tolist() == [[2, 1]]
        assert result.shortest == 10
    assert health.contact_rule(survey.month("2026-09")).broken == 0, "what comes later is not read"


def test_a_touchpoint_is_held_to_the_contacts_of_all_touchpoints() -> None:
    """Invited for the store on 1 September and for the website on the 11th: the website's invitation came too soon, the store's did not."""
    dates = pd.to_datetime(["2026-09-01", "2026-09-11"])
    asked = pd.DataFrame({"date": dates, "touchpoint": ["Store", "website "], "sent": True, "customer": "a"})
    survey = replace(
        naive.survey_of([9] * 4, touchpoint=["Store", "Website"] * 2, region=["North"] * 4, customer=["a", "b", "c", "d"]), invitations=asked
    )
    website, store = (health.contact_rule(survey.where(touchpoint=place)) for place in ("Website", "Store"))
    assert website.to_frame()[["asked", "too_soon"]].to_numpy().tolist() == [[1, 1]]
    assert store.to_frame()[["asked", "too_soon"]].to_numpy().tolist() == [[1, 0]]
    north = health.contact_rule(survey.where(region="North"))
    assert not north.from_invitations
    assert "the list of invitations does not say the region" in north.headline
    assert "there is no list" not in north.headline


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


def asked_on(survey: Survey, **scales: Scale) -> Survey:
    """The survey with other scales for its ratings."""
    return replace(survey, mapping=replace(survey.mapping, ratings=tuple(Question(n, n, n, s) for n, s in scales.items())))


def test_straight_lining_over_gaps() -> None:
    """Best everywhere, the same lower answer, different, too few answers; the question on another scale does not count."""
    gap = np.nan
    rows = [[5, 5, 5, 0], [5, gap, 5, 5], [3, 3, 3, 9], [1, 1, 1, 1], [5, 5, 4, 5], [5, gap, gap, 5], [gap] * 4]
    survey = naive.survey_of([10, 9, 5, 0, 8, 10, 2] * 10, ratings={name: [r[i] for r in rows] * 10 for i, name in enumerate("abcd")})
    survey = asked_on(survey, a=Scale(1, 5), b=Scale(1, 5), c=Scale(1, 5), d=Scale(0, 10))
    table = health.care(survey).to_frame()
    assert table["sign"].tolist() == ["ticked the best answer in every row", "ticked the same lower answer in every row"]
    assert table[["n", "base"]].to_numpy().tolist() == [[10, 40], [20, 40]], "[5, -, 5] are two answers on one scale"
    assert table["score"].tolist() == pytest.approx([10, 2.5])


def test_ticks_are_compared_as_they_were_made() -> None:
    """The third question is turned round: 5 5 5 contradicts itself, 5 5 1 does not. `answers` holds the turned values."""
    ticked = [[5, 5, 5], [5, 5, 1], [1, 1, 5], [2, 2, 2], [5, 5, np.nan], [4, 5, 2]]
    turned = {"a": [r[0] for r in ticked] * 10, "b": [r[1] for r in ticked] * 10, "c": [6 - r[2] for r in ticked] * 10}
    survey = naive.survey_of([9, 10, 0, 5, 7, 8] * 10, ratings=turned)
    result = health.care(asked_on(survey, a=Scale(1, 5), b=Scale(1, 5), c=Scale(1, 5, reversed=True)))
    both = result.to_frame()
    assert "can be meant" not in result.headline
    assert both["sign"].tolist() == ["ticked the same answer in every row, although the questions run in both directions"]
    assert both[["n", "base"]].to_numpy().tolist() == [[20, 50]]
    assert both["score"].tolist() == [7]


def test_three_answers_in_one_direction_do_not_contradict_each_other() -> None:
    rated = {"a": [5.0] * 20, "b": [5.0] * 20, "c": [5.0] * 20, "d": [np.nan] * 10 + [1.0] * 10}
    scales = {name: Scale(1, 5, reversed=name == "d") for name in "abcd"}
    table = health.care(asked_on(naive.survey_of([9] * 20, ratings=rated), **scales)).to_frame()
    assert table[["n", "base"]].to_numpy().tolist() == [[10, 10]], "only those who answered in both directions can contradict themselves"


def test_a_scale_that_is_turned_round_throughout_has_its_best_answer() -> None:
    survey = naive.survey_of([9] * 20, ratings={name: [5.0] * 15 + [1.0] * 5 for name in "abc"})
    table = health.care(asked_on(survey, **{name: Scale(1, 5, reversed=True) for name in "abc"})).to_frame()
    assert table["n"].tolist() == [15, 5]


def test_haste_of_small_groups_has_no_average_and_of_smaller_bases_no_row() -> None:
    rated = {name: [5.0] * 9 + [2.0, 3.0, 4.0] for name in "ab"} | {"c": [5.0] * 12}
    table = health.care(naive.survey_of([10] * 12, ratings=rated)).to_frame()
    assert table["n"].tolist() == [9, 0]
    assert table["score"].isna().all()
    few = health.care(naive.survey_of([10] * 9, ratings={name: [5.0] * 9 for name in "abc"}))
    assert isinstance(few, Note)
    assert "Fewer than 10" in few.headline


def test_speeding_is_a_third_of_the_median() -> None:
    times = [29.9, 30.0, 90.0, 90.0, 200.0, np.nan]
    survey = with_columns(naive.survey_of([10, 0, 5, 5, 5, 5] * 10), duration=times * 10)
    (row,) = health.care(survey).to_frame().itertuples()
    assert (row.n, row.base, row.score) == (10, 50, 10)
    assert "less than 30 seconds, a third of the usual time" in row.sign


@pytest.mark.parametrize(("usual", "row"), [(1.2, False), (6.0, False), (19.9, False), (20.0, True)])
def test_durations_in_another_unit_are_no_haste(usual: float, row: bool) -> None:
    """A usual time below 20 "seconds" is one in minutes: "less than 2 seconds" would be nonsense."""
    result = health.care(with_columns(naive.survey_of([9] * 20), duration=[usual] * 19 + [0.1]))
    assert isinstance(result, Note) != row
    assert ("took less than" in result.headline) == row
    assert "no times," not in result.headline


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
    assert result.headline.startswith("33.3\N{NO-BREAK SPACE}% of answers came with a comment")


@pytest.mark.parametrize(
    ("comments", "said"),
    [
        (["n/a"] * 20, "No answer came with a comment{}; 20 wrote only “n/a” or the like."),
        (["n/a"] * 5 + [""] * 15, "No answer came with a comment{}; 5 wrote only “n/a” or the like."),
        (["Kind staff"] * 20, "All 20 answers came with a comment{}, so there is nobody to compare them with."),
        (["Kind staff"], "The only answer came with a comment{}, so there is nobody to compare them with."),
    ],
    ids=["nobody-says-anything", "few-try", "everybody", "one"],
)
def test_one_group_alone_has_nobody_to_compare_with(comments: list[str], said: str) -> None:
    survey = naive.survey_of([9] * len(comments), comment=comments)
    result = health.commenters(survey)
    assert result.headline == said.format(" (all answers)")
    assert "nan" not in result._repr_html_()
    assert health.overview(survey, "2026-09").to_frame().set_index("what").loc["Comments", "finding"] == said.format("")


def test_the_overview_says_that_nobody_wrote() -> None:
    unwritten = naive.survey_of([9] * 20)
    unwritten = replace(unwritten, mapping=replace(unwritten.mapping, columns={"date": "date", "comment": "why"}))
    rows = health.overview(unwritten, "2026-09").to_frame().set_index("what")["finding"]
    assert rows["Comments"] == "Nobody wrote a comment (September 2026)."
    assert health.questions(unwritten).headline.endswith(" Nobody wrote a comment.")


@pytest.mark.parametrize(("wrote", "silent", "why"), [(9, 30, "fewer than 10 wrote"), (30, 9, "fewer than 10 did not write")])
def test_fewer_than_ten_on_one_side_are_not_compared(wrote: int, silent: int, why: str) -> None:
    survey = naive.survey_of([0] * wrote + [10] * silent, comment=["Nobody came to help"] * wrote + [""] * silent)
    result = health.commenters(survey)
    assert result.difference.high < 0, "the difference would be clear"
    assert f"cannot be told: {why}." in result.headline
    assert "points" not in result.headline
    assert not result.matters


def test_shares_of_fewer_than_ten_are_not_shown() -> None:
    result = health.commenters(naive.survey_of([9] * 5, comment=["Kind staff", "", "", "", ""]))
    assert result.headline.startswith("1 of 5 answers came with a comment")
    assert "%" not in result.headline + result._repr_html_()


# --- languages -----------------------------------------------------------------------------------------------------------

SPOKEN = {
    "English": ["The staff were friendly and solved my problem in a few minutes", "I waited far too long and nobody could tell me why"],
    "German": ["Die Mitarbeiter waren sehr freundlich und haben mir schnell geholfen", "Ich habe viel zu lange gewartet und niemand wusste Bescheid"],
    "French": ["Le personnel était très aimable et a résolu mon problème rapidement", "J'ai attendu beaucoup trop longtemps sans aucune explication"],
    "Spanish": ["El personal fue muy amable y resolvió mi problema enseguida", "Esperé demasiado tiempo y nadie supo explicarme por qué"],
}


def test_languages_are_told_from_longer_comments() -> None:
    comments = [c for texts in SPOKEN.values() for c in texts] + [SPOKEN["English"][0], "Gut", "Too slow", "", "n/a"]
    result = health.languages(naive.survey_of([9] * len(comments) * 5, comment=comments * 5))
    assert result.source == "text"
    found = dict(zip(result.to_frame()["language"], result.to_frame()["n"], strict=True))
    assert found == {"English": 15, "German": 10, "French": 10, "Spanish": 10}
    assert result.to_frame()["language"].iloc[0] == "English"
    assert (result.read, result.short) == (45, 10)
    assert result.to_frame()["share"].sum() == pytest.approx(1)
    assert result.headline.startswith("33.3\N{NO-BREAK SPACE}% of the comments whose language can be told are in English, 22.2\N{NO-BREAK SPACE}% in")
    assert "(45 of 55 comments; the others are too short or unclear; all answers)" in result.headline


def test_a_language_of_fewer_than_ten_comments_is_not_named() -> None:
    few = health.languages(naive.survey_of([9] * 9, comment=[SPOKEN["German"][0]] * 9))
    mixed = health.languages(naive.survey_of([9] * 21, comment=[SPOKEN["English"][0]] * 12 + [SPOKEN["German"][0]] * 9))
    for result in (few, mixed):
        assert "German" not in result.headline + result._repr_html_()
    assert "%" not in few.headline + few._repr_html_()
    assert "fewer than 10 comments each" in mixed.headline


def test_the_files_own_language_column_wins() -> None:
    words = ["EN", "en", "en-GB", "english", "", "DE", "Elvish", "elvish", "und", "EN"]
    comments = [SPOKEN["German"][0]] * 8 + ["Kurz", "n/a"]
    result = health.languages(naive.survey_of([9] * 10 * 10, comment=comments * 10, language=words * 10))
    assert result.source == "column"
    assert result.to_frame()[["language", "n"]].to_numpy().tolist() == [["English", 40], ["Elvish", 20], ["German", 10]]
    assert (result.read, result.short) == (70, 20)
    assert "(70 of 90 comments; the others have no language in the file; all answers)" in result.headline


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
    unwritten = replace(bare, mapping=replace(bare.mapping, columns={"date": "date", "comment": "why"}))
    for silent in (health.commenters(unwritten), health.languages(unwritten)):
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


# --- the overview --------------------------------------------------------------------------------------------------------


def test_the_overview_is_made_of_the_other_results(survey: Survey) -> None:
    month = survey.month("2026-09")
    result = health.overview(survey, "2026-09")
    rows = result.to_frame().set_index("what")["finding"]
    assert list(rows.index) == ["Answers", "Who answered", "Asked too often", "The file", "Comments", "Gaps"]
    assert rows["Who answered"] == health.response(month).short
    assert rows["Asked too often"] == health.contact_rule(survey.window("2026-09", months=13)).headline
    assert rows["Comments"] in health.commenters(month).headline
    assert rows["Gaps"] in health.questions(month).headline
    assert rows["The file"] == "0 of 17,000 rows in the file set aside. No check found anything."
    assert result.headline == f"{len(month.answers):,} answers (September 2026). {health.commenters(month).compared}"
    with pytest.raises(VocError, match="no answers in 1999-01"):
        health.overview(survey, "1999-01")


def test_the_overview_says_the_most_important_first() -> None:
    comments = ["Nobody came to help"] * 30 + [""] * 30
    base = naive.survey_of([0] * 30 + [10] * 30, comment=comments, customer=["a", "a", *(f"c{i}" for i in range(58))])
    found = (Check("zeros", "There is no 0."), Check("codes"))
    objected = replace(base, receipt=replace(base.receipt, checks=found, objections=("Scores are off the scale.",)))
    checked = replace(base, receipt=replace(base.receipt, checks=found))
    accepted = replace(checked, mapping=replace(base.mapping, accept=("zeros",)))
    same = replace(base, answers=base.answers.assign(score=9, cohort="promoter"))
    quiet = replace(same, answers=same.answers.assign(customer=[f"c{i}" for i in range(60)]))
    surveys = (objected, checked, accepted, base, same, quiet, base.with_frame(base.frame.head(9)))
    words = ("Scores are off the scale.", "There is no 0.", "sound worse", "sound worse", "rule was broken", "Nothing was found", "too few")
    for survey, said in zip(surveys, words, strict=True):
        assert said in health.overview(survey, "2026-09").headline
    bare = health.overview(naive.survey_of([9] * 20), "2026-09")
    assert bare.to_frame()["finding"].str.endswith(".").all()
    assert "nan" not in bare._repr_html_()


# --- the list of invitations ---------------------------------------------------------------------------------------------


def read_listed(folder: Path, rows: list[str], **declared: Any) -> Survey:
    """A small survey and its list of invitations, read from files."""
    (folder / "a.csv").write_text("when,nps\n2026-08-03,9\n2026-08-04,7\n")
    (folder / "asked.csv").write_text("day,state\n" + "".join(f"{row}\n" for row in rows))
    listed = {"file": "asked.csv", "date": "day", "status": "state"} | declared
    mapping = {"columns": {"date": "when"}, "score": {"column": "nps", "min": 0, "max": 10}, "invitations": listed}
    return ingest.check(folder / "a.csv", parse_mapping(mapping))


def test_the_receipt_says_what_happened_to_the_invitations(tmp_path: Path) -> None:
    rows = ["2026-08-01,Sent"] * 12 + ["2026-08-01,SUPPRESSED"] * 2 + ["2026-08-01,suppressed "] * 3 + [",Sent"] * 4 + ["soon,suppressed"]
    survey = read_listed(tmp_path, rows)
    said = " ".join(survey.receipt.notes)
    assert "Invitations: 22 read from asked.csv; 5 without a readable date left out; 12 sent, 5 suppressed." in said
    assert "“Sent” (16)" in said
    assert survey.receipt.reading.to_frame()["what"].str.contains("22 read from asked.csv").any()
    assert len(survey.invitations) == 17
    assert survey.invitations["sent"].sum() == 12


def test_a_suppressed_text_that_never_occurs_is_said(tmp_path: Path) -> None:
    survey = read_listed(tmp_path, ["2026-08-01,ok"] * 4 + ["2026-08-01,opted out"] * 3, suppressed=["held back", "Opted Out"])
    (note,) = [n for n in survey.receipt.notes if "never occurs" in n]
    assert note.startswith("“held back”")
    assert "“ok” (4) and “opted out” (3)" in note
    assert survey.invitations["sent"].tolist() == [True] * 4 + [False] * 3


# --- small groups elsewhere ----------------------------------------------------------------------------------------------


def test_fewer_than_ten_answers_are_not_drawn() -> None:
    few, enough = (plots.score_distribution(naive.survey_of([9] * n)) for n in (9, 10))
    assert not few.patches
    assert "only 9 answers" in few.texts[0].get_text().replace("\n", " ")
    assert len(enough.patches) == 11
    assert "%" not in naive.survey_of([9] * 9, comment=["Kind"] * 9).headline
