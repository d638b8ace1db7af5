"""The score and its change: published values, invariants and planted truth."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import naive
from voc import score, stats
from voc.ingest import Survey
from voc.schema import VocError

# --- nps ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answers", "value"), [([0, 7, 7, 9, 9, 9], 100 / 3), ([5, 10], 0), ([8, 9], 50), ([6, 7, 9], 0)])
def test_score_equals_r(answers, value):
    """brendan-r/NPS tests/testthat/test_01_basics.R."""
    assert score.nps(answers).value == pytest.approx(value)


def test_every_answer_falls_in_its_band():
    """Reichheld 2003, Harvard Business Review: 0-6 detractor, 7-8 passive, 9-10 promoter."""
    bands = [(r.detractors, r.passives, r.promoters) for r in (score.nps([a]) for a in range(11))]
    assert bands == [(1, 0, 0)] * 7 + [(0, 1, 0)] * 2 + [(0, 0, 1)] * 2


def test_list_series_survey_and_tally_give_the_same_score():
    answers = naive.answers_of(8, 15, 13)
    survey = naive.survey_of(answers)
    results = [score.nps(x) for x in (answers, pd.Series(answers), pd.Series(answers, dtype="Int64"), survey, score.tally(survey))]
    assert all(r == results[0] and r.headline == results[0].headline for r in results)


def test_headline_and_frame_hold_the_numbers():
    """R 4.2.2, NPS 2.0.999: counts 8, 15, 13 give 13.9 with a score interval of -11.2 to 37.1."""
    result = score.nps(naive.answers_of(8, 15, 13))
    assert result.headline == "The Net Promoter Score for all answers is 13.9 (−11.2 to 37.1), from 36 answers."
    row = result.to_frame().iloc[0]
    assert (row["n"], row["detractors"], row["passives"], row["promoters"], row["method"]) == (36, 8, 15, 13, "tango")
    assert "37.1" in result._repr_html_()


def test_missing_answers_are_dropped():
    assert score.nps([10, None, 3, float("nan"), 8]).to_frame().equals(score.nps([10, 3, 8]).to_frame())


def test_swapping_promoters_and_detractors_flips_the_sign():
    one, other = score.from_counts((8, 15, 13)), score.from_counts((13, 15, 8))
    assert other.value == pytest.approx(-one.value)
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low))


def test_order_of_the_answers_does_not_matter():
    answers = np.array(naive.answers_of(8, 15, 13))
    shuffled = np.random.default_rng(0).permutation(answers)
    assert score.nps(shuffled.tolist()) == score.nps(answers.tolist())


@pytest.mark.parametrize(("bad", "found"), [(11, "11"), (-1, "-1"), (7.5, "7.5"), ("ten", "ten")])
def test_answers_that_are_off_the_scale_raise_and_say_where(bad, found):
    with pytest.raises(VocError) as error:
        score.nps([10, 9, bad, 3, bad, bad, bad])
    words = str(error.value)
    assert words.startswith((f"score must be a whole number 0-10; found {found} in ", f"score must be a whole number 0-10; found {found}.0 in "))
    assert words.endswith("in 4 rows (first: 2, 4, 5)")


def test_error_names_the_offending_answer_when_the_index_repeats():
    """A Series put together from two files has every row number twice."""
    with pytest.raises(VocError) as error:
        score.nps(pd.Series([3, 11], index=[0, 0]))
    assert str(error.value) == "score must be a whole number 0-10; found 11 in 1 row (first: 0)"


def test_error_does_not_count_other_bad_answers_as_the_one_it_names():
    """Three rows are unusable, and only one of them holds 11."""
    with pytest.raises(VocError) as error:
        score.nps([11, 7.5, 7.5])
    assert "found 11.0 in 3 rows" not in str(error.value)
    assert "found 11 in 3 rows" not in str(error.value)


@pytest.mark.parametrize("method", ["tango", "wald", "adjusted-wald"])
def test_no_answers_is_a_result_and_not_an_error(method):
    result = score.nps([], method=method)
    assert result.n == 0
    assert np.isnan([result.value, result.low, result.high]).all()
    assert result.headline == "There are no answers for all answers, so there is no score."
    assert "–" in result._repr_html_()


def test_one_answer_is_a_wide_interval():
    result = score.nps([10])
    assert result.value == 100
    assert result.high - result.low > 100


# --- change ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "verdict", "words"),
    [
        ((100, 200, 200), (50, 150, 300), "rose", "The score rose by 30.0 points from May to June ("),
        ((50, 150, 300), (100, 200, 200), "fell", "The score fell by 30.0 points from May to June (−"),
        ((2000, 4000, 4000), (2000, 4000, 4000), "stable", "The score is stable within 5 points from May to June ("),
        ((10, 20, 20), (9, 20, 21), "too few answers to tell", "There are too few answers to tell whether the score moved from May to June: "),
        ((0, 0, 0), (10, 20, 20), "nothing to compare", "There are no answers for May to compare with."),
    ],
)  # fmt: skip
def test_verdicts_and_their_words(before, after, verdict, words):
    result = score.change(score.from_counts(before, label="May"), score.from_counts(after, label="June"))
    assert result.verdict == verdict
    assert result.headline.startswith(words)
    assert "no change" not in result.headline
    assert result.to_frame()["verdict"].item() == verdict


def test_nothing_to_compare_names_the_side_without_answers():
    result = score.change(score.from_counts((10, 20, 20), label="May"), score.from_counts((0, 0, 0), label="June"))
    assert result.verdict == "nothing to compare"
    assert "no answers for June" in result.headline
    assert np.isnan([result.low, result.high, result.value]).all()


def test_change_backwards_is_the_change_mirrored():
    one, two = score.from_counts((8, 15, 13)), score.from_counts((60, 130, 120))
    there, back = score.change(one, two), score.change(two, one)
    assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low))


def test_change_of_surveys_equals_change_of_their_scores():
    one, two = naive.survey_of(naive.answers_of(8, 15, 13)), naive.survey_of(naive.answers_of(20, 30, 60))
    assert score.change(one, two) == score.change(score.nps(one), score.nps(two))


def test_margin_decides_what_is_stable():
    one, two = score.from_counts((200, 400, 400)), score.from_counts((200, 400, 400))
    widest = max(-score.change(one, two).low, score.change(one, two).high)
    assert score.change(one, two, margin=widest + 0.01).verdict == "stable"
    assert score.change(one, two, margin=widest - 0.01).verdict == "too few answers to tell"


# --- weights -----------------------------------------------------------------------------------------------------------

SVY24_LTR = [10, 9, 3, 8, 7, 10, 9, 6, 0, 10, 8, 9, 5, 9, 10, 7, 10, 2, 9, 8, 10, 6, 9, 10]
SVY24_W = [1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2]


def weighted_survey(answers: list[int], weights: list[float]):
    """A Survey with a weight beside each answer."""
    survey = naive.survey_of(answers)
    return replace(survey, answers=survey.answers.assign(weight=np.asarray(weights, dtype=float)))


def test_weighted_score_equals_r():
    """R package survey: svymean of the answers' bands (-1, 0, 1) over the 24 rows of svy24.csv; effective n by Kish 1965, Survey Sampling."""
    survey = weighted_survey(SVY24_LTR, SVY24_W)
    assert score.nps(survey).value == pytest.approx(100 * 0.2916666667)
    result = score.nps(survey, weighted=True)
    assert result.value == pytest.approx(100 * 0.28125)
    assert result.n_effective == pytest.approx(21.33333, abs=1e-5)
    assert result.n == 24
    assert result.low < result.value < result.high
    assert "from 24 answers, weighted (as good as 21 independent ones)" in result.headline
    assert [32 * k / 24 for k in (result.promoters, result.passives, result.detractors)] == pytest.approx([18, 5, 9])


@pytest.mark.parametrize("weight", [1.0, 7.0, 0.001])
def test_equal_weights_change_nothing(weight):
    survey = weighted_survey(SVY24_LTR, [weight] * 24)
    plain, same = score.nps(survey), score.nps(survey, weighted=True)
    assert (same.value, same.low, same.high, same.n, same.n_effective) == pytest.approx((plain.value, plain.low, plain.high, 24, 24))


@pytest.mark.parametrize("factor", [7, 1 / 7])
def test_the_unit_of_weights_changes_nothing(factor):
    first, second = (score.nps(weighted_survey(SVY24_LTR, [f * w for w in SVY24_W]), weighted=True).to_frame() for f in (1, factor))
    pd.testing.assert_frame_equal(first, second)


def test_a_weight_of_two_counts_an_answer_twice():
    """The score is that of the file with those rows repeated; the interval is wider, because nobody answered twice."""
    repeated = score.nps([a for a, w in zip(SVY24_LTR, SVY24_W, strict=True) for _ in range(w)])
    result = score.nps(weighted_survey(SVY24_LTR, SVY24_W), weighted=True)
    assert result.value == pytest.approx(repeated.value)
    assert result.low < repeated.low < repeated.high < result.high


@pytest.mark.parametrize("data", [naive.survey_of([9, 3]), [9, 3], pd.Series([9, 3])], ids=["survey", "list", "series"])
def test_no_weights_is_a_sentence(data):
    with pytest.raises(VocError, match=r'there are no weights: name the weight column under \[columns\], as in weight = "weight"'):
        score.nps(data, weighted=True)


def test_weighted_score_of_no_answers_is_a_sentence():
    survey = weighted_survey(SVY24_LTR, SVY24_W)
    result = score.nps(replace(survey, answers=survey.answers.head(0), label="nobody"), weighted=True)
    assert result.headline == "There are no answers for nobody, so there is no score."
    assert np.isnan([result.value, result.low, result.high]).all()


# --- repeat customers, paired changes, one side ---------------------------------------------------------------------------


def with_customers(answers: list[int], customers: list[str], **how) -> Survey:
    """A Survey of customers, who may answer more than once."""
    return naive.survey_of(answers, customer=customers, **how)


def test_repeat_customers_are_noticed():
    """Fifty customers who say the same twice are fifty, not a hundred; the score does not change."""
    once = score.nps(with_customers(naive.answers_of(15, 15, 20), [f"C{i}" for i in range(50)]))
    twice = score.nps(with_customers(naive.answers_of(15, 15, 20) * 2, [f"C{i}" for i in range(50)] * 2))
    assert once.effective is None
    assert (twice.value, twice.n, twice.promoters) == (once.value, 100, 40)
    assert twice.n_effective == pytest.approx(50, rel=0.02)
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high), abs=0.3)
    assert "from 100 answers, some customers answered more than once (as good as 49 independent ones)" in twice.headline


def test_answers_without_a_customer_are_of_different_people():
    survey = with_customers(naive.answers_of(15, 15, 20), ["", *["A", "A"], *[""] * 47])
    assert score.nps(survey).n_effective > 46
    assert score.nps(with_customers(naive.answers_of(15, 15, 20), [""] * 50)).effective is None


def test_weights_and_repeat_customers_together():
    survey = with_customers(SVY24_LTR, [f"C{i // 2}" for i in range(24)])
    survey = replace(survey, answers=survey.answers.assign(weight=np.asarray(SVY24_W, dtype=float)))
    both = score.nps(survey, weighted=True)
    assert both.value == pytest.approx(28.125)
    assert both.because == "weighted and some customers answered more than once"
    assert both.n_effective <= 32**2 / 48 + 1e-9


def test_one_sided_ends_are_those_of_a_narrower_interval():
    low, high = score.interval(8, 15, 13, level=0.95, side="lower")
    assert (low, high) == (pytest.approx(score.interval(8, 15, 13, level=0.90)[0]), 100)
    assert score.interval(8, 15, 13, side="upper") == (-100, pytest.approx(score.interval(8, 15, 13, level=0.90)[1]))


def test_a_paired_change_is_known_better():
    """The same customers before and after: who moves is seen, what they have in common does not blur it."""
    people = [f"C{i}" for i in range(100)]
    before, after = naive.answers_of(40, 20, 40), naive.answers_of(30, 20, 50)
    paired = score.change(with_customers(before, people), with_customers(after, people))
    apart = score.change(with_customers(before, people), with_customers(after, [f"D{i}" for i in range(100)]))
    assert (paired.paired, apart.paired) == (100, 0)
    assert paired.value == apart.value == pytest.approx(20)
    assert paired.verdict == "rose"
    assert apart.low < 0 < paired.low < paired.value < paired.high < apart.high


def test_a_paired_change_covers_as_it_says():
    """Planted truth: 250 pairs of samples in which half of the customers answer twice, mostly alike; 95 % hold the true change."""
    rng = np.random.default_rng(8)
    scale, samples = np.array([3, 7, 10]), 250
    truth = 100 * ((0.5 - 0.2) - (0.4 - 0.3))
    first = rng.choice(3, (samples, 120), p=(0.3, 0.3, 0.4))
    # Of the first sixty, some detractors become promoters and everybody else stays.
    again = np.where((first[:, :60] == 0) & (rng.random((samples, 60)) < 1 / 3), 2, first[:, :60])
    second = np.concatenate([again, rng.choice(3, (samples, 60), p=(0.2, 0.3, 0.5))], axis=1)
    names, which = np.arange(180), np.repeat(np.arange(samples), 120)
    before, after = (
        score.tally(pd.DataFrame({"sample": which, "score": scale[bands].ravel(), "customer": np.tile(customers, samples)}), "sample")
        for bands, customers in ((first, names[:120]), (second, np.concatenate([names[:60], names[120:]])))
    )
    changes = [score.change(before.where(sample=str(i)), after.where(sample=str(i))) for i in range(samples)]
    assert {c.paired for c in changes} == {60}
    assert 0.92 <= np.mean([c.low <= truth <= c.high for c in changes]) <= 0.98


def test_the_detectable_change_is_detected_four_times_in_five():
    """Simulated with two samples of 300: the verdict is "rose" in about 80 % of them."""
    rng = np.random.default_rng(5)
    level = score.from_counts((90, 90, 120))
    step = score.change(level, level).detectable / 100
    assert step == pytest.approx((1.959964 + 0.841621) * np.sqrt(2 * level.variance / 300), rel=0.02)
    mix, moved = np.array([0.3, 0.3, 0.4]), np.array([0.3 - step / 2, 0.3, 0.4 + step / 2])
    counts = [(tuple(rng.multinomial(300, mix)), tuple(rng.multinomial(300, moved))) for _ in range(500)]
    seen = sum(score.change(score.from_counts(b), score.from_counts(a)).verdict == "rose" for b, a in counts)
    assert 0.74 <= seen / 500 <= 0.88


def test_what_could_have_been_seen_is_said():
    said = score.change(score.from_counts((10, 10, 10), label="May"), score.from_counts((8, 10, 12), label="June"))
    assert said.sensitivity == f"With these answers, a change of {said.detectable:.1f} points since May would have shown four times in five."
    assert score.change(score.from_counts((100, 0, 0)), score.from_counts((0, 0, 100))).sensitivity == ""


# --- planning --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("points", "published"), [(5, 1655), (10, 412)])
def test_benchmark_sizes_equal_measuringu(points, published):
    """Lewis & Sauro, measuringu.com/nps-benchmark-test-sample-size: 95 % confidence, 80 % power, one-sided; they round z to 1.645 + .842."""
    assert abs(score.for_benchmark(points).n - published) <= 1


@pytest.mark.parametrize(
    ("points", "level", "usual", "largest"), [(5, 0.9, 723, 1080), (5, 0.95, 1027, 1534), (10, 0.9, 179, 268), (10, 0.95, 255, 382)]
)
def test_sizes_for_a_margin(points, level, usual, largest):
    """The formula of measuringu.com/nps-ci-sample-size with variances .67 and 1."""
    assert (score.for_margin(points, level=level).n, score.for_margin(points, variance=1, level=level).n) == (usual, largest)


def test_a_planned_sample_has_the_margin():
    """Adjusted Wald at the planned size is as narrow as asked."""
    found = score.from_counts((250, 300, 450))
    n = score.for_margin(4, variance=found).n
    low, high = score.interval(0.25 * n, 0.3 * n, 0.45 * n, method="adjusted-wald")
    assert (high - low) / 2 == pytest.approx(4, abs=0.02)


def test_planned_words_and_days():
    plan = score.for_change(10)
    assert plan.headline == "1,049 answers in each of two groups show a change of 10.0 points with 80.0\u00a0% chance (95.0\u00a0% confidence)."
    assert plan.days(50) == 21
    for wrong in (lambda: score.for_margin(0), lambda: score.for_margin(5, variance=2), lambda: plan.days(0)):
        with pytest.raises(VocError):
            wrong()


# --- coverage --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "least", "with_passives"), [(10, 0.89, 0.92), (20, 0.91, 0.93), (30, 0.92, 0.9298), (40, 0.92, 0.9283), (50, 0.93, 0.93), (100, 0.93, 0.93)]
)
def test_coverage_over_every_mix(n, least, with_passives):
    """Exact, on the full grid of 5 %, mixes without one band included; Tango's own least values are .899, .912, .924, .932 on a finer grid.

    With 10 % passives and more it is .93 from n = 20 on, but for mixes in which nobody at all is a promoter, or a detractor (.9298 and
    .9283 at n = 30 and 40).
    """
    table = score.coverage(n)
    assert len(table) == 231
    assert table["coverage"].min() >= least
    passives = table["passives"] > 0.099
    assert table.loc[passives, "coverage"].min() >= with_passives - 5e-5
    if n >= 20:
        assert table.loc[passives & (table["detractors"] > 0) & (table["promoters"] > 0), "coverage"].min() >= 0.93
    assert table["coverage"].mean() >= 0.95


def test_difference_coverage_over_every_pair_of_mixes():
    """Exact, every pair of samples of 20 and 20 answers, and of 20 and 50, under every pair of mixes on a grid of 5 %."""
    for n, other in ((20, 20), (20, 50)):
        table = score.difference_coverage(n, other)
        assert table.shape == (231, 231)
        assert table.min() >= 0.92
        assert table.mean() >= 0.95


def test_difference_coverage_equals_a_simulation():
    """Oracle: 40,000 pairs of samples, each with its own interval."""
    mixes = pd.DataFrame({"detractors": [0.3, 0.1], "passives": [0.3, 0.2], "promoters": [0.4, 0.7]})
    rng = np.random.default_rng(22)
    drawn = [rng.multinomial(n, mix, 40_000).T for n, mix in ((15, (0.3, 0.3, 0.4)), (25, (0.1, 0.2, 0.7)))]
    values = [(t[2] - t[0]) / t.sum(axis=0) for t in drawn]
    low, high = stats.mover_difference(values[0], stats.net_interval(*drawn[0]), values[1], stats.net_interval(*drawn[1]))
    held = ((low <= -0.5 + 1e-9) & (high >= -0.5 - 1e-9)).mean()
    assert score.difference_coverage(15, 25, grid=mixes)[0, 1] == pytest.approx(held, abs=4 * np.sqrt(0.05 * 0.95 / 40_000))


@pytest.mark.parametrize("mix", [(0.25, 0.3, 0.45), (0.05, 0.2, 0.75)])
@pytest.mark.parametrize("design", ["weights", "customers"])
def test_scores_of_weighted_answers_and_repeat_customers_cover(mix, design):
    """Simulated, 400 samples of 60 answers: weights that have nothing to do with the answer; customers who answer up to three times, mostly alike."""
    rng, held, times, n = np.random.default_rng(23), 0, 400, 60
    for _ in range(times):
        answers, fresh = rng.choice([3, 8, 10], n, p=mix), rng.choice([3, 8, 10], n, p=mix)
        if design == "weights":
            data, weighted = pd.DataFrame({"score": answers, "weight": rng.lognormal(0, 0.5, n)}), True
        else:
            who = np.repeat(np.arange(n), rng.integers(1, 4, n))[:n]
            data, weighted = pd.DataFrame({"score": np.where(rng.random(n) < 0.7, answers[who], fresh), "customer": who.astype(str)}), False
        result = score.nps(score.tally(data, weighted=weighted))
        held += result.low <= 100 * (mix[2] - mix[0]) <= result.high
    assert held / times >= 0.92


def test_coverage_equals_a_count_of_every_sample():
    """Oracle: n = 4, every sample listed and its interval asked one by one."""
    mix = pd.DataFrame({"detractors": [0.2], "passives": [0.3], "promoters": [0.5]})
    total = 0.0
    for answers in itertools.product((-1, 0, 1), repeat=4):
        low, high = score.interval(answers.count(-1), answers.count(0), answers.count(1))
        total += np.prod([{-1: 0.2, 0: 0.3, 1: 0.5}[a] for a in answers]) * (low <= 30 <= high)
    assert score.coverage(4, grid=mix)["coverage"].iloc[0] == pytest.approx(total)
