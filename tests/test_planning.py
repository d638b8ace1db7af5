"""How many answers: published margins, simulated samples of the planned size, segments, and plans made from a survey's own answers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import naive
from voc import score, stats
from voc.display import Note
from voc.schema import VocError
from voc.score.pace import Planned, planned
from voc.score.planning import ADDED, for_segment

Z = stats.z_value(0.95)


def counted(table: dict[str, tuple[int, int, int]], *, days: int = 30, **columns):
    """A survey of one month from counts (detractors, passives, promoters) by touchpoint, spread over its days."""
    scores = [s for counts in table.values() for s in naive.answers_of(*counts)]
    places = [place for place, counts in table.items() for _ in range(sum(counts))]
    dates = [f"2026-09-{i * days // len(scores) + 1:02d}" for i in range(len(scores))]
    return naive.survey_of(scores, dates=dates, touchpoint=places, **columns)


# --- published margins --------------------------------------------------------------------------------------------------


def test_margin_of_market_strategies():
    """Market Strategies (strategies5675.rssing.com): 40 % promoters, 40 % passives, 20 % detractors, n = 500: within 6.6 points."""
    low, high = score.interval(100, 200, 200, method="wald")
    assert round((high - low) / 2, 1) == 6.6
    found = score.from_counts((100, 200, 200))
    assert score.for_margin((high - low) / 2, variance=found).n == 500 - ADDED
    assert score.for_margin(6.6, variance=found).n == pytest.approx(500 - ADDED, rel=0.015)


def test_margin_of_the_best_three_answers():
    """The same source: a share of 40 % of 500 is known within 4.3 percentage points; the formula is that of a score with two bands."""
    assert round(100 * Z * math.sqrt(0.4 * 0.6 / 500), 1) == 4.3
    assert score.for_margin(4.3, variance=0.4 * 0.6).n == pytest.approx(500 - ADDED, rel=0.01)


def test_standard_error_of_cross_validated():
    """whuber, stats.stackexchange.com, question 18603: shares 1/2, 1/3, 1/6 have variance 5/9; n = 324 gives a standard error of 4.1 points."""
    found = score.from_counts((54, 108, 162))
    assert found.variance == pytest.approx(5 / 9)
    assert round(100 * math.sqrt(found.variance / found.n), 1) == 4.1
    assert score.for_margin(Z * 100 * math.sqrt(5 / 9 / 324), variance=5 / 9).n == 324 - ADDED


# --- samples of the planned size ----------------------------------------------------------------------------------------


def test_a_planned_change_is_seen_four_times_in_five():
    """Simulation: 4,000 pairs of samples of the planned size; the interval of the difference, joined from two Tango intervals, leaves out 0."""
    before, after = np.array([0.2, 0.35, 0.45]), np.array([0.16, 0.35, 0.49])
    plan = score.for_change(8, variance=score.from_counts((20, 35, 45)))
    rng, sides = np.random.default_rng(1), []
    for shares in (before, after):
        draws = rng.multinomial(plan.n, shares, 4000).T.astype(float)
        sides.append(((draws[2] - draws[0]) / plan.n, stats.net_interval(*draws)))
    (first, ends1), (second, ends2) = sides
    low, _ = stats.mover_difference(second, ends2, first, ends1)
    assert (low > 0).mean() == pytest.approx(0.8, abs=0.03)


def test_a_planned_segment_reaches_its_margin_on_average():
    """Simulation: a quarter of all answers are of the segment."""
    found = score.from_counts((20, 30, 50))
    plan = for_segment(6, share=0.25, variance=found)
    sizes = np.random.default_rng(2).binomial(plan.total, 0.25, 4000)
    low, high = stats.net_interval(0.2 * sizes, 0.3 * sizes, 0.5 * sizes)
    assert 100 * (high - low).mean() / 2 == pytest.approx(6, abs=0.05)


# --- segments -----------------------------------------------------------------------------------------------------------


def test_a_segment_needs_its_share_of_all_answers():
    whole, part = score.for_margin(5), for_segment(5, share=0.125)
    assert (part.n, part.total, whole.total) == (whole.n, math.ceil(whole.n / 0.125), whole.n)
    assert part.days(100) == math.ceil(part.total / 100)
    assert for_segment(5, share=1) == whole
    assert score.for_change(5).within(0.5).total == 2 * score.for_change(5).n
    assert part.to_frame().loc[0, ["share", "total"]].tolist() == [0.125, part.total]


def test_words_of_a_segment():
    margin = "1,027 answers give a score within ±5.0 points (95.0\u00a0% confidence)"
    assert score.for_margin(5).headline == f"{margin}."
    assert for_segment(5, share=0.12).headline == f"{margin}; a segment that gives 12.0\u00a0% of all answers has them after 8,559."
    assert "1,049 in each of two groups" not in score.for_change(10).within(0.5).headline
    assert score.for_change(10).within(0.5).headline.endswith("has them after 2,098 in each of two groups.")
    assert "In all" in for_segment(5, share=0.12)._repr_html_()
    assert "In all" not in score.for_margin(5)._repr_html_()


@pytest.mark.parametrize("share", [0, -0.1, 1.2, float("nan")])
def test_impossible_shares_are_refused(share):
    with pytest.raises(VocError, match="share of all answers"):
        for_segment(5, share=share)


# --- from a survey ------------------------------------------------------------------------------------------------------


def test_rows_are_the_plans_of_their_own_answers():
    """Oracle: each row by itself through `nps`, `change` and the published formula with three answers added."""
    table = {"Store": (60, 90, 150), "Web": (80, 60, 60)}
    found = planned(counted(table))
    assert isinstance(found, Planned)
    assert found.days == 30
    for row, counts in zip(found.to_frame().itertuples(), [(140, 150, 210), *table.values()], strict=True):
        own, n = score.from_counts(counts), sum(counts)
        variance = (counts[0] + counts[2] + 1.5) / (n + 3) - ((counts[2] - counts[0]) / (n + 3)) ** 2
        assert (row.n, row.per_day, row.margin) == pytest.approx((n, n / 30, (own.high - own.low) / 2))
        assert row.detectable == pytest.approx(score.change(own, own).detectable)
        for size, kind in ((row.margin_n, score.for_margin(5, variance=variance)), (row.small_n, score.for_change(5, variance=variance))):
            assert size == kind.n
        assert row.large_n == score.for_change(10, variance=variance).n
        for name in ("margin", "small", "large"):
            assert getattr(row, f"{name}_days") == math.ceil(getattr(row, f"{name}_n") * 30 / n)


def test_a_sample_of_the_planned_size_shows_the_change():
    """Three more answers apart, what is needed and what is shown are the same formula turned round."""
    found = planned(counted({"Store": (300, 300, 400)})).to_frame().iloc[0]
    again = planned(counted({"Store": tuple(int(found["small_n"] * share) for share in (0.3, 0.3, 0.4))})).to_frame().iloc[0]
    assert again["detectable"] == pytest.approx(5, abs=0.02)


def test_headline_holds_the_numbers():
    found = planned(counted({"Store": (60, 90, 150), "Web": (80, 60, 60)}))
    row = found.to_frame().iloc[0]
    assert found.headline == (
        f"At 16.7 answers a day (all answers), it takes {row['small_days']} days before and {row['small_days']} days after to see a change of "
        f"5 points four times in five; two such periods of 500 answers each would show {row['detectable']:.1f} points."
    )
    assert "95\u00a0% confidence, changes seen with 80\u00a0% chance" in found._caption()


def test_a_months_answers_are_called_a_month():
    found = planned(counted({"Store": (60, 90, 150), "Web": (80, 60, 60)}).month("2026-09"))
    assert "answers a day (September 2026), it takes " in found.headline
    assert f"; two months of {found.to_frame()['n'].iloc[0]} answers each would show " in found.headline
    assert "Days before and again after, for a change of 5<" in found._repr_html_()


def test_other_margins_changes_levels_and_powers():
    data = counted({"Store": (60, 90, 150)})
    usual = planned(data).to_frame().iloc[0]
    other = planned(data, margin=2.5, changes=(2.5, 5), level=0.9, power=0.9)
    assert other.to_frame()["margin_n"].iloc[0] == pytest.approx(4 * usual["margin_n"] * (stats.z_value(0.9) / Z) ** 2, rel=0.02)
    factor = (stats.z_value(0.9) + stats.z_value(0.8)) / (Z + stats.z_value(0.6))
    assert other.to_frame()["large_n"].iloc[0] == pytest.approx(usual["small_n"] * factor**2, rel=0.005)
    assert "a change of 2.5 points with 90\u00a0% chance; " in other.headline
    for wrong in ({"margin": 0}, {"changes": (5, -1)}):
        with pytest.raises(VocError, match="points must be above 0"):
            planned(data, **wrong)


def test_small_groups_are_counted_and_not_shown():
    found = planned(counted({"Store": (60, 90, 150), "Web": (3, 3, 3), "": (10, 10, 10)}))
    assert found.to_frame()["group"].tolist() == ["All answers", "Store"]
    assert found.hidden == 1
    assert "1 group with fewer than 10 answers not shown" in found._caption()
    assert isinstance(planned(counted({"Store": (3, 3, 3)})), Note)
    assert planned(naive.survey_of([])).headline == "There are no answers (all answers); planning takes 10."


def test_a_survey_without_touchpoints_is_planned_as_a_whole():
    data = counted({"Store": (60, 90, 150)})
    without = data.with_frame(data.answers.drop(columns="touchpoint"))
    pd.testing.assert_frame_equal(planned(without).to_frame(), planned(data, by="").to_frame())
    assert len(planned(data, by="").to_frame()) == 1
    with pytest.raises(VocError, match="there is no column"):
        planned(data, by="nowhere")


def test_customers_who_answer_twice_tell_less_and_more_is_needed():
    """Each of 150 customers gives the same answer twice: half as many independent ones, twice as many answers needed."""
    once = counted({"Store": (30, 45, 75)}, days=15)
    twice = once.with_frame(pd.concat([once.answers, once.answers.assign(row=once.answers["row"] + 150)], ignore_index=True))
    named = twice.with_frame(twice.answers.assign(customer=[f"C{i % 150}" for i in range(300)]))
    apart, together = (planned(data).to_frame().iloc[0] for data in (twice, named))
    assert together["small_n"] == pytest.approx(2 * apart["small_n"], rel=0.01)
    assert together["detectable"] == pytest.approx(math.sqrt(2) * apart["detectable"], rel=0.01)


def test_everybody_alike_still_needs_answers():
    found = planned(counted({"Store": (0, 0, 40)})).to_frame().iloc[0]
    assert 0 < found["detectable"] < 100
    assert found["small_n"] > 1


def test_days_are_those_of_the_month_and_not_of_the_groups_answers(survey):
    """September has 30 days, also for a touchpoint; a year has all its days."""
    month = survey.month("2026-09")
    assert planned(month).days == planned(month.where(touchpoint="Store")).days == 30
    assert planned(survey.until("2026-09").window("2026-09", months=3)).days == 92
    assert planned(survey).days == (survey.answers["date"].max() - survey.answers["date"].min()).days + 1


def test_row_order_is_irrelevant():
    data = counted({"Store": (60, 90, 150), "Web": (80, 60, 60)})
    shuffled = data.with_frame(data.answers.sample(frac=1, random_state=1).reset_index(drop=True))
    pd.testing.assert_frame_equal(planned(data).to_frame(), planned(shuffled).to_frame())


def test_dates_without_days_plan_answers_and_no_days():
    """A file that holds only the year of an answer has all its dates on the first of January."""
    survey = naive.survey_of(naive.answers_of(20, 30, 50), dates=["2018-01-01"] * 100).month(2018)
    result = score.planned(survey, by="")
    assert result.days == 0
    row = result.to_frame().iloc[0]
    assert row[["per_day", "margin_days", "small_days", "large_days"]].isna().all()
    assert row["small_n"] == score.planned(naive.survey_of(naive.answers_of(20, 30, 50)), by="").to_frame()["small_n"][0]
    assert result.headline.endswith("All dates are the first of a month, so days cannot be counted.")
    assert "Answers before and again after, for a change of 5" in result._repr_html_()
