"""Scores over time: each period judged by those before it only, planted months found, windows that equal pooled scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import naive
from naive import months_of
from voc import score
from voc.ingest import Survey
from voc.schema import VocError
from voc.score import control, tally
from voc.score.tally import named

MONTHS = [str(m) for m in pd.period_range("2024-01", "2025-12", freq="M")]
USUAL = (0.2, 0.3, 0.5)


def drawn(rng: np.random.Generator, n: int = 200, planted: dict[str, tuple[float, float, float]] | None = None) -> Survey:
    """Two years of n answers a month, all of the usual mix but the planted ones."""
    return months_of({month: tuple(rng.multinomial(n, (planted or {}).get(month, USUAL))) for month in MONTHS})


def crowd(seed: int, n: int = 700) -> Survey:
    """Random answers of few customers over a year with a hole in it, with weights and blanks among the customers."""
    rng = np.random.default_rng(seed)
    days = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 365, n), unit="D")
    days = days.where((days < "2025-05-01") | (days >= "2025-07-01"), days - pd.Timedelta(days=80))
    names = rng.choice([*(f"C{i}" for i in range(150)), ""], n)
    scores = np.where(rng.random(n) < 0.5, [sum(map(ord, name)) % 11 for name in names], rng.integers(0, 11, n))
    return naive.survey_of(scores.tolist(), dates=days.astype(str).tolist(), customer=names, weight=rng.uniform(0.3, 3, n))


# --- scores of periods -------------------------------------------------------------------------------------------------


def test_months_are_scored_from_their_own_answers():
    survey = months_of({"2025-01": (8, 15, 13), "2025-02": (60, 130, 120), "2025-04": (20, 10, 15)})
    frame = score.trend(survey).to_frame()
    assert frame["period"].tolist() == ["2025-01", "2025-02", "2025-04"]
    for row in frame.itertuples():
        alone = score.nps(survey.month(row.period))
        assert (row.n, row.value, row.low, row.high) == pytest.approx((alone.n, alone.value, alone.low, alone.high))


@pytest.mark.parametrize("weighted", [False, True])
def test_weighted_months_of_repeat_customers_are_scored_as_they_alone_would_be(weighted):
    survey = crowd(1)
    for row in score.trend(survey, weighted=weighted).frame.itertuples():
        alone = score.nps(survey.month(row.period), weighted=weighted)
        assert (row.n, row.effective, row.value, row.low, row.high) == pytest.approx((alone.n, alone.n_effective, alone.value, alone.low, alone.high))


@pytest.mark.parametrize(
    ("every", "periods", "first", "last"),
    [
        ("day", 24, "2024-01-15", "2025-12-15"),
        ("week", 24, "week of 2024-01-15", "week of 2025-12-15"),
        ("month", 24, "2024-01", "2025-12"),
        ("quarter", 8, "2024Q1", "2025Q4"),
        ("year", 2, "2024", "2025"),
    ],
)
def test_periods_of_every_length_keep_all_answers(every, periods, first, last):
    result = score.trend(months_of(dict.fromkeys(MONTHS, (4, 6, 10))), every=every)
    frame = result.to_frame()
    assert (len(frame), frame["n"].sum()) == (periods, 480)
    assert (frame["period"].iloc[0], frame["period"].iloc[-1]) == (first, last)
    assert frame["before"].tolist() == list(range(periods))
    assert result.seasons == control.SEASONS[every]
    assert f"Score by {every}" in result._repr_html_()


def test_months_under_ten_answers_have_a_count_and_no_score():
    frame = score.trend(months_of({"2025-01": (30, 40, 50), "2025-02": (9, 0, 0), "2025-03": (30, 40, 50)})).to_frame().set_index("period")
    assert frame.loc["2025-02", "n"] == 9
    assert frame.loc["2025-02", ["value", "low", "high"]].astype(float).isna().all()
    assert frame.loc["2025-02", "unusual"] == ""
    assert frame["before"].tolist() == [0, 1, 1]


def test_a_tally_has_the_trend_of_its_survey():
    survey = crowd(2)
    for every in ("week", "month"):
        pd.testing.assert_frame_equal(score.trend(tally(survey, every=every), every=every).frame, score.trend(survey, every=every).frame)


def test_the_order_of_the_rows_does_not_matter():
    survey = crowd(3)
    shuffled = survey.with_frame(survey.frame.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(score.trend(survey, weighted=True).frame, score.trend(shuffled, weighted=True).frame)


# --- what is unusual ---------------------------------------------------------------------------------------------------


def test_an_unusual_last_month_is_found():
    """Planted truth: December is 30 points below 23 equal months."""
    result = score.trend(drawn(np.random.default_rng(1), planted={"2025-12": (0.35, 0.3, 0.35)}))
    last = result.frame.iloc[-1]
    assert (last["unusual"], last["before"]) == ("below", 23)
    usual = f"{last['usual_low']:.1f} to {last['usual_high']:.1f}"
    expected = f"December 2025 ({last['value']:.1f}) is unusually low: the 23 months before would lead one to expect {usual}."
    assert result.headline == expected.replace("-", "−")
    assert "Usual, by the months before" in result._repr_html_()


def test_an_earlier_unusual_month_is_named():
    """Planted truth: June is 45 points above, and was when it came; December is like the others."""
    result = score.trend(drawn(np.random.default_rng(2), planted={"2025-06": (0.05, 0.15, 0.8)}))
    june = result.frame.set_index("period").loc["2025-06"]
    assert result.frame.loc[result.frame["unusual"] != "", "period"].tolist() == ["2025-06"]
    assert june["before"] == 17
    assert result.headline.startswith("December 2025 (")
    assert "lies within what the 22 ordinary months before would lead one to expect" in result.headline
    assert result.headline.endswith(f"Unusual when it came: June 2025 ({june['value']:.1f}, above the usual).")


def test_several_unusual_months_are_named():
    planted = {"2025-06": (0.02, 0.08, 0.9), "2025-09": (0.8, 0.1, 0.1)}
    headline = score.trend(drawn(np.random.default_rng(3), planted=planted)).headline
    assert ". Unusual when they came: June 2025 (" in headline
    assert "above the usual) and September 2025 (−" in headline
    assert headline.endswith("below the usual).")


def test_one_extreme_month_does_not_make_the_others_unusual():
    """Planted truth: the last month holds most answers and is far below; a mean that included it would flag all others."""
    frame = score.trend(months_of(dict.fromkeys(MONTHS, (40, 60, 100)) | {"2025-12": (3000, 500, 500)})).to_frame()
    assert frame.loc[frame["unusual"] != "", "period"].tolist() == ["2025-12"]


def test_a_month_is_judged_by_those_before_it_only():
    """What is expected of a month changes neither with that month nor with a later one."""
    rng = np.random.default_rng(4)
    tables = {month: tuple(rng.multinomial(200, USUAL)) for month in MONTHS}
    usual = score.trend(months_of(tables)).frame.set_index("period")
    other = score.trend(months_of(tables | {"2025-10": (150, 30, 20), "2025-11": (0, 10, 190)})).frame.set_index("period")
    limits = ["usual_low", "usual_high", "before"]
    pd.testing.assert_frame_equal(usual.loc[:"2025-10", limits], other.loc[:"2025-10", limits])
    assert other.loc["2025-10", "unusual"] == "below"
    assert (usual.loc["2025-11", limits[:2]] != other.loc["2025-11", limits[:2]]).all()


def test_the_usual_range_is_that_of_the_control_chart():
    """Effective numbers of answers stand in for counts where they are weighted or of repeat customers."""
    frame = score.trend(crowd(5, 2_000), weighted=True).frame
    counts = frame[["detractors", "passives", "promoters"]].to_numpy().T
    judged = control.judge(*counts, effective=frame["effective"])
    pd.testing.assert_frame_equal(frame[judged.columns.tolist()], judged)
    assert frame["usual_low"].notna().any()
    assert (frame["effective"] < frame["n"]).all()


def test_flat_series_has_no_unusual_month():
    result = score.trend(months_of(dict.fromkeys(MONTHS, (40, 60, 100))))
    assert (result.frame["unusual"] == "").all()
    assert result.headline.startswith("December 2025 (30.0) lies within what the 23 months before would lead one to expect (")
    assert "Unusual" not in result.headline


def test_ordinary_months_are_rarely_called_unusual():
    """Planted null: nominally 1 % of months. Of 1,800 in 100 series, 18 are expected; 6 to 34 leave room for chance and shared months."""
    rng = np.random.default_rng(8)
    alarms = sum(int((score.trend(drawn(rng, 150)).frame["unusual"] != "").sum()) for _ in range(100))
    assert 6 <= alarms <= 34


def test_too_few_months_to_judge_are_a_sentence():
    short = dict.fromkeys(MONTHS[:6], (40, 60, 100))
    assert score.trend(months_of(short)).headline == "Only 5 months came before June 2024: too few to say what is usual."
    assert score.trend(months_of({"2024-01": (40, 60, 100)})).headline == "No month came before January 2024: too few to say what is usual."
    small = months_of(dict.fromkeys(MONTHS[:12], (1, 2, 3)) | {"2024-12": (40, 60, 100)})
    assert score.trend(small).headline == "No month with enough answers came before December 2024: too few to say what is usual."
    last = months_of(dict.fromkeys(MONTHS[:12], (40, 60, 100)) | {"2024-12": (1, 2, 3)})
    assert score.trend(last).headline == "December 2024 has too few answers to say whether it is unusual."
    assert "Usual" not in score.trend(months_of(short))._repr_html_()


def test_weeks_are_named_by_their_monday():
    weeks = pd.date_range("2026-06-01", periods=18, freq="7D")
    survey = naive.survey_of(naive.answers_of(20, 30, 50) * 18, dates=np.repeat(weeks.astype(str), 100))
    result = score.trend(survey, every="week")
    assert result.headline.startswith("week of 2026-09-28 (30.0) lies within what the 17 weeks before would lead one to expect (")


def test_trend_without_answers_is_a_sentence():
    survey = months_of({"2025-01": (4, 6, 10)})
    for every in ("month", "week"):
        result = score.trend(survey.with_frame(survey.frame.head(0)), every=every)
        assert result.headline == "There are no answers, so there is no trend."
        assert result.to_frame().empty
        assert "voc-headline" in result._repr_html_()


# --- windows -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("every", "window"), [("month", 3), ("quarter", 2), ("week", 5), ("day", 30)])
def test_rolling_windows_equal_pooled_scores(every, window, weighted):
    """Oracle: the score of the answers whose period lies in the window, scored together; customers come back within windows."""
    survey = crowd(6)
    frame = score.trend(survey, every=every, window=window, weighted=weighted).frame
    periods = survey.answers["date"].dt.to_period({"week": "W"}.get(every, every[0].upper()))
    ends = pd.period_range(periods.min() + (window - 1), periods.max(), freq=periods.dt.freq)
    pooled = {end: survey.answers[(periods <= end) & (periods > end - window)] for end in ends}
    expected = {named(end): len(answers) for end, answers in pooled.items() if len(answers)}
    assert dict(zip(frame["period"], frame["n"], strict=True)) == expected
    rows = frame.set_index("period")
    names = ["detractors", "passives", "promoters", "effective", "value", "low", "high"]
    for end in list(pooled)[:: max(len(pooled) // 12, 1)]:
        alone = score.nps(replace(survey, answers=pooled[end]), weighted=weighted)
        if alone.n >= 10:
            scored = [alone.detractors, alone.passives, alone.promoters, alone.n_effective, alone.value, alone.low, alone.high]
            assert rows.loc[named(end), names].tolist() == pytest.approx(scored)
        else:
            assert named(end) not in rows.index or rows.loc[named(end), ["value", "low", "high"]].isna().all()


def test_a_customer_in_several_months_counts_once_in_a_window():
    """Fifty customers who say the same every month tell as much over three months as in one."""
    scores = naive.answers_of(15, 15, 20)
    dates = np.repeat(["2025-01-10", "2025-02-10", "2025-03-10"], 50)
    frame = score.trend(naive.survey_of(scores * 3, dates=dates, customer=[f"C{i}" for i in range(50)] * 3), window=3).frame
    assert (len(frame), frame["n"].item()) == (1, 150)
    assert frame["effective"].item() == pytest.approx(50, rel=0.02)


def test_windows_are_not_judged():
    """Neighbouring rows share answers, so a run of them says less than it seems to."""
    result = score.trend(drawn(np.random.default_rng(7), planted={"2025-12": (0.9, 0.05, 0.05)}), window=3)
    assert len(result.frame) == 22
    assert result.frame[["usual_low", "usual_high"]].isna().all(axis=None)
    assert (result.frame["unusual"] == "").all()
    row = result.frame.iloc[-1]
    expected = f"{row['value']:.1f} ({row['low']:.1f} to {row['high']:.1f}), 600 answers.".replace("-", "−")
    assert result.headline == f"Over the 3 months up to December 2025 the score is {expected}"
    assert "Score of 3 months up to each month" in result._repr_html_()


def test_a_last_window_of_few_answers_is_said():
    tables = {"2025-01": (10, 10, 10), "2025-02": (10, 10, 10), "2025-05": (1, 1, 1), "2025-06": (1, 1, 1)}
    assert score.trend(months_of(tables), window=2).headline == "The 2 months up to June 2025 have too few answers for a score."


def test_a_window_longer_than_the_answers_is_not_called_no_answers():
    result = score.trend(months_of({"2025-01": (10, 10, 10), "2025-02": (10, 10, 10)}), window=3)
    assert result.frame.empty
    assert "no answers" not in result.headline
    assert "3 months" in result.headline


# --- what is refused ---------------------------------------------------------------------------------------------------


def test_other_periods_and_windows_are_refused():
    survey = months_of({"2025-01": (4, 6, 10)})
    with pytest.raises(VocError, match="every must be one of day, week, month, quarter, year; found 'fortnight'"):
        score.trend(survey, every="fortnight")
    with pytest.raises(VocError, match="a window is 1 or more periods long; found 0"):
        score.trend(survey, window=0)
    with pytest.raises(VocError, match="there are no weights"):
        score.trend(survey, weighted=True)
    with pytest.raises(VocError, match='this tally counts by week; make it with every="month"'):
        score.trend(tally(survey, every="week"))


# --- groups beside their own months ---------------------------------------------------------------------------------------


def places_of(last: dict[str, tuple[int, int, int]], before: int = 13) -> Survey:
    """`before` equal months at two touchpoints, then a last one."""
    rng = np.random.default_rng(31)
    scores, dates, places = [], [], []
    for i, month in enumerate(pd.period_range("2025-01", periods=before + 1, freq="M")):
        for place, mix in (("Store", (0.1, 0.2, 0.7)), ("Website", (0.25, 0.3, 0.45))):
            counts = last[place] if i == before else tuple(rng.multinomial(900, mix))
            answers = naive.answers_of(*counts)
            scores, dates, places = scores + answers, dates + [f"{month}-15"] * len(answers), places + [place] * len(answers)
    return naive.survey_of(scores, dates=dates, touchpoint=places)


def test_a_touchpoint_that_is_unusual_for_itself_is_named():
    """Planted truth: the website falls by 30 points in the last month, the store does not move."""
    result = score.trend_by(places_of({"Store": (90, 180, 630), "Website": (360, 270, 270)}))
    assert result.to_frame().set_index("group")["unusual"].to_dict() == {"Store": "", "Website": "below"}
    assert result.odd.startswith("In February 2026, Website (−10.0) is unusually low for itself: ")
    assert result.headline == f"{result.odd} Store (60.0) lies within the usual range."


def test_groups_are_judged_as_alone_at_a_rate_for_all_of_them():
    """Oracle: `control.judge` on the group's own months, at 1 % divided by two groups; its verdict does not depend on the other group."""
    survey = places_of({"Store": (90, 180, 630), "Website": (270, 270, 360)})
    frame = score.trend_by(survey).to_frame().set_index("group")
    for place in ("Store", "Website"):
        table = score.trend(survey.where(touchpoint=place)).to_frame()
        alone = control.judge(*table[["detractors", "passives", "promoters"]].to_numpy(dtype=float).T, alarm=control.FALSE_ALARM / 2).iloc[-1]
        assert frame.loc[place, ["usual_low", "usual_high"]].tolist() == pytest.approx(alone[["usual_low", "usual_high"]].tolist())
        assert frame.loc[place, ["n", "value"]].tolist() == pytest.approx(table[["n", "value"]].iloc[-1].tolist())


def test_groups_with_too_little_are_sentences():
    few = score.trend_by(places_of({"Store": (30, 60, 210), "Website": (1, 2, 3)}, before=3))
    assert few.to_frame()["group"].tolist() == ["Store"]
    assert few.headline == "Too few months came before April 2025 to say which score is usual for each touchpoint."
    assert score.trend_by(naive.survey_of([9, 3])).headline == "There are no touchpoints to follow apart (all answers)."
    with pytest.raises(VocError, match='there is no column "regoin"'):
        score.trend_by(naive.survey_of([9, 3], touchpoint=["a", "b"]), "regoin")
