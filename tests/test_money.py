"""Revenue by cohort and over time: the interval of a skewed mean against its definition and by simulation, planted differences, small groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize
from scipy import stats as sps

import naive
from voc import stats
from voc.display import Note
from voc.plots import frame as shared
from voc.plots import money as plots
from voc.schema import VocError
from voc.score.money import NOT_WHY, averages, mean_interval, revenue
from voc.score.money_trend import RevenueTrend, _association, revenue_trend


def survey_of(scores, spent, **columns):
    """A survey with a revenue column called "sales_2026"."""
    plain = naive.survey_of(scores, **columns)
    mapping = replace(plain.mapping, columns=plain.mapping.columns | {"revenue": "sales_2026"})
    return replace(plain.with_frame(plain.answers.assign(revenue=np.asarray(spent, dtype=float))), mapping=mapping)


def spending(n: int, *, promoters: float = 1.0, seed: int = 1, **columns):
    """Answers with lognormal revenue (median 100); that of promoters is multiplied."""
    rng = np.random.default_rng(seed)
    scores = rng.choice([3, 7, 10], n)
    spent = rng.lognormal(np.log(100), 0.8, n) * np.where(scores == 10, promoters, 1.0)
    return survey_of(scores.tolist(), spent, **columns)


# --- the interval of a mean ---------------------------------------------------------------------------------------------


def moments(samples: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """(draws, n) values -> n, means, deviations, skewness."""
    return samples.shape[1], samples.mean(axis=1), samples.std(axis=1, ddof=1), sps.skew(samples, axis=1)


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_of_a_mean_solves_halls_equation(seed):
    """Oracle: Hall 1992, JRSS B 54:221: the ends are where the transformed t statistic reaches the quantile, found by a root finder."""
    rng = np.random.default_rng(seed)
    values = rng.lognormal(0, 1, 40) - (seed == 4) * rng.lognormal(0, 1.5, 40)
    n, mean, deviation, skewness = 40, values.mean(), values.std(ddof=1), sps.skew(values)

    def transformed(true: float) -> float:
        t, a = (mean - true) / (deviation / np.sqrt(n)), skewness / np.sqrt(n)
        return t + a * t**2 / 3 + a**2 * t**3 / 27 + a / 6

    quantile, far = sps.t.ppf(0.975, n - 1), 20 * deviation
    ends = [optimize.brentq(lambda x, q=q: transformed(x) - q, mean - far, mean + far, xtol=1e-12) for q in (quantile, -quantile)]
    assert mean_interval(n, mean, deviation, skewness) == pytest.approx(ends)


def test_without_skewness_it_is_students():
    low, high = mean_interval(25, 10.0, 4.0, 0.0, level=0.9)
    assert (float(low), float(high)) == pytest.approx(sps.t.interval(0.9, 24, 10, 4 / 5))
    nearly = mean_interval(25, 10.0, 4.0, 2e-5, level=0.9)
    assert nearly == pytest.approx((low, high), abs=1e-4)


def test_a_mirrored_sample_has_the_mirrored_interval():
    low, high = mean_interval(50, 7.0, 3.0, 2.0)
    assert mean_interval(50, -7.0, 3.0, -2.0) == pytest.approx((-high, -low))


@pytest.mark.parametrize(("n", "draws", "least", "students"), [(30, 8000, 0.915, 0.90), (100, 6000, 0.92, 0.922), (400, 3000, 0.935, 0.948)])
def test_coverage_of_skewed_revenue(n, draws, least, students):
    """Simulation, lognormal with sigma 1: covers .93, .93, .95 where Student's t covers .89, .91, .94, and no longer misses on one side only."""
    samples, true = np.random.default_rng(n).lognormal(0, 1, (draws, n)), np.exp(0.5)
    size, mean, deviation, skewness = moments(samples)
    low, high = mean_interval(size, mean, deviation, skewness)
    half = sps.t.ppf(0.975, n - 1) * deviation / np.sqrt(n)
    covered, plain = ((low <= true) & (true <= high)).mean(), (np.abs(mean - true) <= half).mean()
    assert covered >= least
    assert covered > plain
    assert plain <= students
    below, plainly_below = (high < true).mean(), (mean + half < true).mean()
    assert below < 0.7 * plainly_below


@pytest.mark.parametrize("n", [30, 100])
def test_coverage_where_most_spend_nothing(n):
    """Simulation: four in five spend nothing, the others lognormal amounts: never below .93, Student's t .80 and .88."""
    rng = np.random.default_rng(n)
    samples = rng.lognormal(0, 1, (6000, n)) * (rng.random((6000, n)) < 0.2)
    samples, true = samples[samples.std(axis=1) > 0], 0.2 * np.exp(0.5)
    low, high = mean_interval(*moments(samples))
    assert ((low <= true) & (true <= high)).mean() >= 0.93


def test_coverage_of_a_difference_of_two_skewed_means():
    """Simulation: 200 customers with lognormal revenue against 40 whose true average is half as high."""
    rng = np.random.default_rng(5)
    sides = [moments(scale * rng.lognormal(0, 1, (5000, n))) for n, scale in ((200, 2.0), (40, 1.0))]
    (first, second), true = [(side[1], mean_interval(*side)) for side in sides], np.exp(0.5)
    low, high = stats.mover_difference(*first, *second)
    assert 0.925 <= ((low <= true) & (true <= high)).mean() <= 0.965


def test_equal_values_have_no_range():
    low, high = mean_interval(20, 5.0, 0.0, np.nan)
    assert np.isnan([low, high]).all()


# --- by cohort ----------------------------------------------------------------------------------------------------------


def test_averages_are_those_of_a_plain_loop():
    data = spending(300)
    found = revenue(data, level=0.9)
    for row in found.to_frame().itertuples():
        values = data.answers.loc[data.answers["cohort"] == row.cohort, "revenue"]
        low, high = mean_interval(len(values), values.mean(), values.std(), sps.skew(values), level=0.9)
        assert (row.n, row.customers, row.mean, row.median) == pytest.approx((len(values), len(values), values.mean(), values.median()))
        assert (row.low, row.high, row.share) == pytest.approx((low, high, values.sum() / data.answers["revenue"].sum()))
    assert found.to_frame()["share"].sum() == pytest.approx(1)


def test_differences_join_the_separate_intervals_for_both_comparisons():
    data = spending(300)
    found = revenue(data).to_frame().set_index("cohort")
    wide = averages(data.answers["revenue"], [data.answers["cohort"]], level=0.975)
    for cohort in ("promoter", "passive"):
        (m1, l1, u1), (m2, l2, u2) = (wide.loc[c, ["mean", "low", "high"]] for c in (cohort, "detractor"))
        gap = m1 - m2
        assert found.loc[cohort, "difference"] == pytest.approx(gap)
        assert found.loc[cohort, "difference_low"] == pytest.approx(gap - np.hypot(m1 - l1, u2 - m2))
        assert found.loc[cohort, "difference_high"] == pytest.approx(gap + np.hypot(u1 - m1, m2 - l2))
    assert found.loc["detractor", ["difference", "difference_low", "difference_high"]].isna().all()
    assert found.loc["detractor", "verdict"] == ""


def test_promoters_who_spend_more_are_found_and_nothing_is_claimed_of_it():
    found = revenue(spending(900, promoters=1.6))
    row = found.to_frame().iloc[0]
    assert (row["cohort"], row["verdict"]) == ("promoter", "more")
    assert found.headline.startswith(f"Promoters spend more: {row['mean']:.0f} per customer ({row['low']:.0f} to {row['high']:.0f}) against ")
    assert "column “sales_2026”" in found.headline
    assert found.headline.endswith("That goes together; it does not show that raising the score raises revenue.")
    assert revenue(spending(900, promoters=0.6)).headline.startswith("Promoters spend less: ")


def test_equal_spending_is_called_alike_or_unknown():
    assert revenue(spending(20000)).headline.startswith("Promoters and detractors spend about the same: ")
    few = revenue(spending(60))
    assert few.headline.startswith("There are too few customers to tell whether promoters or detractors spend more: ")
    assert "does not show" not in few.headline


def test_without_a_difference_hardly_anything_is_called_one():
    """Planted null, 200 surveys of 240 customers with two comparisons: at a level of 95 % for both together, about ten."""
    called = sum(revenue(spending(240, seed=s)).to_frame()["verdict"].isin(["more", "less"]).any() for s in range(200))
    assert called <= 18


def test_each_customer_counts_once_with_the_latest_answer():
    """Customer A: detractor with 900, then promoter with 10. The earlier row stands later in the file."""
    scores, spent = [10] * 12 + [3] * 12, [50.0] * 11 + [10.0] + [900.0] + [70.0] * 11
    customers = [f"P{i}" for i in range(11)] + ["A", "A"] + [f"D{i}" for i in range(11)]
    dates = ["2026-09-10"] * 11 + ["2026-09-20", "2026-09-01"] + ["2026-09-10"] * 11
    found = revenue(survey_of(scores, spent, customer=customers, dates=dates))
    table = found.to_frame().set_index("cohort")
    assert table.loc["promoter", "mean"] == pytest.approx((11 * 50 + 10) / 12)
    assert (table.loc["detractor", "n"], table.loc["detractor", "mean"]) == (11, 70)
    assert (found.customers, found.repeats, found.unknown) == (23, 1, 0)
    assert "1 earlier answer left out, 0 of 23 customers without a known revenue" in found._caption()


def test_on_one_day_the_later_row_counts():
    found = revenue(
        survey_of([3] * 10 + [10] * 11, [1.0] * 10 + [2.0] * 11, customer=["A", *(f"D{i}" for i in range(9)), "A", *(f"P{i}" for i in range(10))])
    )
    assert found.hidden == ("passive", "detractor")
    assert found.to_frame()["n"].tolist() == [11]


def test_a_latest_answer_without_revenue_is_not_replaced_by_an_earlier_one():
    once = survey_of([10] * 12, [5.0] * 11 + [np.nan], customer=[f"P{i}" for i in range(11)] + ["P0"])
    found = revenue(once)
    assert (found.customers, found.unknown, found.to_frame()["n"].tolist()) == (11, 1, [10])


def test_answers_without_a_customer_are_of_different_people():
    blank = spending(90, customer=[""] * 90)
    plain = spending(90)
    assert revenue(blank).customers == 90
    pd.testing.assert_frame_equal(revenue(blank).to_frame(), revenue(plain).to_frame())
    assert "Answers name no customer, so each counts as one" in revenue(plain)._caption()


def test_missing_zero_and_negative_revenue():
    data = spending(300)
    odd = data.answers["revenue"].mask(np.arange(300) % 5 == 0).mask(np.arange(300) % 5 == 1, 0.0).mask(np.arange(300) % 5 == 2, -20.0)
    found = revenue(data.with_frame(data.answers.assign(revenue=odd)))
    assert (found.unknown, found.to_frame()["n"].sum()) == (60, 240)
    assert found.to_frame()[["mean", "low", "high", "share"]].notna().all().all()
    refunded = odd.mask(data.answers["cohort"] == "detractor", -20.0 * (np.arange(300) % 2))
    negative = revenue(data.with_frame(data.answers.assign(revenue=refunded))).to_frame()
    assert negative["mean"].iloc[-1] < 0
    assert negative["share"].isna().all()


def test_passives_that_clearly_spend_more_are_said():
    """Passives spend 100 more or less than detractors, everybody 10 around that; promoters spend like detractors."""
    spent = np.tile([-10.0, 10.0], 90)
    for more, word in ((100, "more"), (-100, "less")):
        by = np.repeat([0.0, more, 0.0], 60)
        found = revenue(survey_of([10] * 60 + [7] * 60 + [3] * 60, 300 + spent + by))
        row = found.to_frame().set_index("cohort").loc["passive"]
        low, high = sorted(abs(row[["difference_low", "difference_high"]]))
        said = f" Passives spend {word} than detractors: by 100 ({low:.0f} to {high:.0f})"
        assert found.headline.endswith(f"{said}. {NOT_WHY}")
        assert found.message == f"Promoters and detractors spend about the same.{said}"
    few = revenue(survey_of([10] * 9 + [7] * 60 + [3] * 60, (300 + spent + np.repeat([0.0, 100.0, 0.0], 60))[51:]))
    assert few.headline.startswith("There are fewer than 10 promoters with a known revenue, so promoters cannot be compared with detractors (")
    assert "(column “sales_2026”, all answers). Passives spend more than detractors: by 100 (" in few.headline
    assert few.headline.endswith(f"). {NOT_WHY}")
    assert "Passives" not in revenue(survey_of([10] * 60 + [7] * 60 + [3] * 60, 300 + spent)).headline


def test_the_estimate_at_the_same_touchpoints_stands_before_its_range():
    rng = np.random.default_rng(4)
    where = np.where(rng.random(600) < 0.5, "Store", "Web")
    found = revenue(survey_of(rng.choice([10, 7, 3], 600).tolist(), rng.lognormal(5, 0.5, 600), touchpoint=where))
    labels = [c.label for c in found._columns()]
    assert labels[-2:] == ["The same, at the same touchpoints", "Low to high"]
    assert found.money(found.to_frame()["same"].iloc[0]) in found._repr_html_()


def test_cohorts_under_ten_are_not_shown():
    found = revenue(survey_of([10] * 30 + [7] * 30 + [3] * 9, np.arange(69) + 1.0))
    assert found.to_frame()["cohort"].tolist() == ["promoter", "passive"]
    assert found.to_frame()["share"].sum() == pytest.approx(1)
    assert found.headline.startswith("There are fewer than 10 detractors with a known revenue, so promoters cannot be compared with detractors (")
    assert "Not shown, with fewer than 10: detractors." in found._caption()


def test_a_difference_that_comes_from_the_touchpoints_is_said():
    """Store customers spend three times as much and score higher; at either place promoters and detractors spend alike."""
    rng = np.random.default_rng(2)
    store = rng.random(4000) < 0.5
    scores = np.where(rng.random(4000) < np.where(store, 0.8, 0.3), 10, 3)
    spent = rng.lognormal(np.log(100), 0.5, 4000) * np.where(store, 3, 1)
    found = revenue(survey_of(scores.tolist(), spent, touchpoint=np.where(store, "Store", "Web")))
    row = found.to_frame().iloc[0]
    assert row["verdict"] == "more"
    assert row["same_low"] < 0 < row["same_high"]
    assert "Among customers of the same touchpoints the difference is" in found.headline


def test_row_order_and_unit_are_irrelevant():
    data = spending(400, customer=[f"C{i % 300}" for i in range(400)])
    shuffled = data.with_frame(data.answers.sample(frac=1, random_state=3).reset_index(drop=True))
    pd.testing.assert_frame_equal(revenue(data).to_frame(), revenue(shuffled).to_frame())
    cents = data.with_frame(data.answers.assign(revenue=100 * data.answers["revenue"]))
    numbers = ["mean", "low", "high", "median", "difference", "difference_low", "difference_high"]
    assert np.allclose(100 * revenue(data).to_frame()[numbers], revenue(cents).to_frame()[numbers], equal_nan=True)
    assert revenue(data).to_frame()["share"].tolist() == pytest.approx(revenue(cents).to_frame()["share"].tolist())


def test_no_revenue_is_a_sentence():
    for data in (naive.survey_of([9, 3]), survey_of([9, 3], [np.nan, np.nan])):
        assert isinstance(revenue(data), Note)
        assert isinstance(revenue_trend(data), Note)


# --- over time ----------------------------------------------------------------------------------------------------------


def monthly(*, follows: float = 0.0, months: int = 14, each: int = 60, seed: int = 1, groups: tuple[str, ...] = ("Store", "Web")):
    """Answers of some months at two places; where `follows`, a month with more promoters also spends more, at either place."""
    rng = np.random.default_rng(seed)
    scores, spent, dates, places = [], [], [], []
    for k, place in enumerate(groups):
        for i in range(months):
            better = rng.normal()
            day = (pd.Timestamp("2025-01-05") + pd.DateOffset(months=i)).strftime("%Y-%m-%d")
            scores += rng.choice([3, 10], each, p=[0.5 - 0.15 * np.tanh(better), 0.5 + 0.15 * np.tanh(better)]).tolist()
            spent += (rng.lognormal(5, 0.3, each) * (1 + k) * np.exp(follows * better)).tolist()
            dates += [day] * each
            places += [place] * each
    return survey_of(scores, spent, dates=dates, touchpoint=places)


def test_cells_are_those_of_a_plain_loop():
    data = monthly(months=9, each=40)
    table = revenue_trend(data).to_frame().set_index(["group", "period"])
    assert len(table) == 18
    for (place, month), part in data.answers.groupby([data.answers["touchpoint"], data.answers["date"].dt.strftime("%Y-%m")]):
        row, bands = table.loc[(place, month)], part["cohort"].value_counts()
        assert row["value"] == pytest.approx(100 * (bands.get("promoter", 0) - bands.get("detractor", 0)) / len(part))
        assert (row["n"], row["customers"], row["revenue"]) == (len(part), len(part), pytest.approx(part["revenue"].mean()))


def test_correlation_is_that_of_the_differences_from_each_groups_average():
    found = revenue_trend(monthly(follows=0.3))
    cells = found.to_frame()
    off = cells[["value", "revenue"]] - cells.groupby("group")[["value", "revenue"]].transform("mean")
    assert found.correlation == pytest.approx(np.corrcoef(off["value"], off["revenue"])[0, 1])
    assert found.low < found.correlation < found.high


def test_one_series_of_independent_months_has_fishers_interval():
    """Oracle: scipy's interval of Pearson's correlation. One series jumps to and fro, the other rises: nothing is alike in both."""
    x, y = np.random.default_rng(4).normal(size=(2, 30))
    x, y = np.abs(x) * np.tile([1, -1], 15), np.sort(y)
    r, low, high = _association(x[:, None], y[:, None], 0.95)[1:4]
    known = sps.pearsonr(x, y)
    assert r == pytest.approx(known.statistic)
    assert (low, high) == pytest.approx(tuple(known.confidence_interval(0.95)))


def test_a_planted_association_is_found_and_worded_as_one():
    found = revenue_trend(monthly(follows=0.3))
    assert found.low > 0
    assert found.headline.startswith("Over 14 months, months with a higher score went with higher revenue per customer within each touchpoint (0.")
    assert found.headline.endswith("That goes together; it does not show that raising the score raises revenue.")
    assert revenue_trend(monthly(follows=-0.3)).high < 0
    assert "months with a higher score went with lower revenue" in revenue_trend(monthly(follows=-0.3)).headline


def test_a_group_that_scores_and_spends_more_counts_for_nothing():
    found = revenue_trend(monthly(seed=3))
    assert found.low < 0 < found.high
    assert "did not clearly go with higher revenue" in found.headline


def series(rng: np.random.Generator, *, lasting: float, common: float, periods: int, groups: int) -> np.ndarray:
    """Autoregressive series, one per group, that share a part."""
    shocks = rng.normal(size=(periods + 30, groups + 1))
    values = np.zeros_like(shocks)
    for t in range(1, len(shocks)):
        values[t] = lasting * values[t - 1] + shocks[t]
    return np.sqrt(1 - common) * values[30:, :groups] + np.sqrt(common) * values[30:, groups:]


@pytest.mark.parametrize(("lasting", "common", "plain"), [(0.0, 0.0, 0.02), (0.5, 0.0, 0.07), (0.0, 0.9, 0.15), (0.5, 0.5, 0.12)])
def test_series_that_have_nothing_to_do_with_each_other(lasting, common, plain):
    """Simulation, 14 months, 3 groups: months like their neighbours, or groups like each other, fool a plain interval in 11-23 % of cases."""
    rng, fooled, plainly = np.random.default_rng(8), 0, 0
    for _ in range(500):
        score, spent = (series(rng, lasting=lasting, common=common, periods=14, groups=3) for _ in range(2))
        _, r, low, high, _ = _association(score, spent, 0.95)
        fooled += low > 0 or high < 0
        plainly += abs(np.arctanh(r)) > stats.z_value(0.95) / np.sqrt(42 - 3 - 2)
    assert fooled / 500 <= 0.07
    assert plainly / 500 >= plain


def test_too_few_periods_is_said():
    found = revenue_trend(monthly(months=7))
    assert isinstance(found, RevenueTrend)
    assert np.isnan(found.correlation)
    assert found.headline.startswith(
        "It cannot be told whether score and revenue go together over time: score and revenue are both known of 7 months, 8 are needed"
    )
    assert len(found.to_frame()) == 14


def test_a_series_that_never_changes_is_said():
    data = monthly(months=9)
    assert "one of them never changes" in revenue_trend(data.with_frame(data.answers.assign(revenue=5.0))).headline


def test_small_cells_are_missing():
    data = monthly(months=9, each=12)
    first = (data.answers["date"] < "2025-02") & (data.answers["touchpoint"] == "Web")
    unknown = first & (first.cumsum() <= 3)
    found = revenue_trend(data.with_frame(data.answers.assign(revenue=data.answers["revenue"].mask(unknown)).iloc[3:].reset_index(drop=True)))
    cells = found.to_frame().set_index(["group", "period"])
    assert cells.loc[("Store", "2025-01"), "n"] == 9
    assert np.isnan(cells.loc[("Store", "2025-01"), ["value", "low", "high", "revenue"]].astype(float)).all()
    assert cells.loc[("Web", "2025-01"), "customers"] == 9
    assert np.isnan(cells.loc[("Web", "2025-01"), "revenue"])
    assert not np.isnan(cells.loc[("Web", "2025-01"), "value"])
    assert found.groups.set_index("group")["periods"].to_dict() == {"Store": 8, "Web": 8}


def test_customers_count_once_in_each_cell():
    data = monthly(months=9, each=24)
    twice = data.answers.assign(customer=[f"C{i % 12 + 12 * (i // 24)}" for i in range(len(data.answers))])
    cells = revenue_trend(data.with_frame(twice)).to_frame()
    assert (set(cells["n"]), set(cells["customers"])) == ({24}, {12})


def test_groups_and_periods_of_other_kinds():
    data = monthly(months=9)
    whole = revenue_trend(data, by="")
    assert whole.to_frame()["group"].unique().tolist() == ["all answers"]
    assert "within each" not in whole.headline
    without = revenue_trend(data.with_frame(data.answers.drop(columns="touchpoint")))
    assert isinstance(without, RevenueTrend)
    pd.testing.assert_frame_equal(without.to_frame(), whole.to_frame())
    assert revenue_trend(data, every="quarter").periods == 3
    with pytest.raises(VocError, match="there is no column"):
        revenue_trend(data, by="nowhere")
    with pytest.raises(VocError, match="every must be"):
        revenue_trend(data, every="decade")


def test_no_cell_large_enough_is_a_sentence():
    assert isinstance(revenue_trend(monthly(each=5)), Note)


# --- pictures -----------------------------------------------------------------------------------------------------------


def described(ax) -> str:
    return getattr(ax.get_figure(), shared.ALT)


def test_cohort_points_are_the_averages():
    found = revenue(spending(300))
    ax = plots.revenue_by_cohort(found)
    assert np.allclose(ax.collections[1].get_offsets()[:, 0], found.to_frame()["mean"])
    assert [t.get_text().split(" (")[0] for t in ax.get_yticklabels()] == ["Promoters", "Passives", "Detractors"]
    assert "promoters" in described(ax).lower()


def test_trend_points_are_the_cells():
    found = revenue_trend(monthly(follows=0.3))
    panels = plots.revenue_and_score(found).child_axes
    assert [panel.get_title(loc="left") for panel in panels] == ["Store", "Web"]
    drawn = np.vstack([np.asarray(panel.collections[0].get_offsets()) for panel in panels])
    cells = found.to_frame()[["value", "revenue"]].to_numpy()
    assert np.allclose(np.sort(drawn, axis=0), np.sort(cells, axis=0))


def test_nothing_to_draw_says_why():
    for ax in (plots.revenue_by_cohort(revenue(naive.survey_of([9]))), plots.revenue_and_score(revenue_trend(naive.survey_of([9])))):
        assert ax.texts
        assert "no revenue column" in described(ax)
    few = revenue(survey_of([10] * 5, [1.0] * 5))
    assert plots.revenue_by_cohort(few).texts
