"""Intervals, tests and draws against published values, R, naive oracles and exact coverage."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats as sps

import naive
from voc import stats
from voc.schema import VocError

TABLES = [(8, 15, 13), (1, 2, 3), (5, 5, 20), (100, 200, 200), (75, 675, 250)]


@pytest.mark.parametrize(
    ("counts", "level", "low", "high"),
    [
        ((8, 15, 13), 0.95, -0.1119684770, 0.3712919172),
        ((8, 15, 13), 0.90, -0.0714339742, 0.3361296571),
        ((1, 2, 3), 0.95, -0.3110736887, 0.7539567153),
        ((5, 5, 20), 0.95, 0.1826040173, 0.7172130942),
        ((100, 200, 200), 0.95, 0.1334812620, 0.2645438194),
        ((75, 675, 250), 0.95, 0.1413984761, 0.2087811440),
        ((0, 0, 10), 0.95, 0.4449343681, 1.0),
        ((0, 1, 9), 0.95, 0.3726880338, 0.9821238518),
    ],
)
def test_tango_equals_r(counts, level, low, high):
    """R 4.2.2, NPS 2.0.999, `nps_test_` "iterative", which iterates to 1e-6."""
    assert stats.net_interval(*counts, level=level) == pytest.approx((low, high), abs=5e-7)


def test_tango_without_promoters_or_detractors_equals_r():
    """R 4.2.2, NPS 2.0.999: counts (0, 10, 0) give +-.27753, printed to five digits; z^2 / (n + z^2) is the exact value."""
    low, high = stats.net_interval(0, 10, 0)
    exact = stats.z_value(0.95) ** 2 / (10 + stats.z_value(0.95) ** 2)
    assert (low, high) == pytest.approx((-0.27753, 0.27753), abs=1e-5)
    assert (low, high) == pytest.approx((-exact, exact), abs=1e-12)


@pytest.mark.parametrize(
    ("b", "c", "rest", "level", "low", "high"),
    [
        (9, 3, 20, 0.95, -0.390, 0.027),
        (0, 1, 43, 0.90, -0.037, 0.096),
        (16, 8, 62, 0.95, -0.207, 0.020),
        (1, 7, 13, 0.95, 0.026, 0.517),
        (40, 20, 100, 0.95, -0.218064, -0.030865),
    ],
)
def test_tango_equals_published_values(b, c, rest, level, low, high):
    """Tango 1998 Tables VII and V, Agresti & Min 2005, Fagerland 2014 (ratesci tests/testthat/test3.R, signs as promoters minus detractors); PropCIs.

    The last row is R's PropCIs::scoreci.mp(40, 20, 160), to six digits.
    """
    digits = 1e-6 if b == 40 else 5.1e-4
    assert stats.net_interval(b, rest, c, level=level) == pytest.approx((low, high), abs=digits)


@pytest.mark.parametrize("counts", [*TABLES, (2, 1, 17), (30, 2, 1), (1, 40, 1)])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_tango_equals_its_definition(counts, level):
    """Oracle: `naive.tango` maximises the likelihood numerically."""
    assert stats.net_interval(*counts, level=level) == pytest.approx(naive.tango(*counts, level), abs=1e-6)


@pytest.mark.parametrize(
    ("counts", "level", "low", "high", "digits"),
    [
        ((8, 15, 13), 0.95, -0.1064424, 0.3842202, 1e-7),
        ((8, 15, 13), 0.90, -0.0669997, 0.3447774, 1e-7),
        ((1, 2, 3), 0.95, -0.2630647, 0.9297314, 1e-7),
        ((5, 5, 20), 0.95, 0.2266961, 0.7733039, 1e-7),
        ((100, 200, 200), 0.95, 0.1344071, 0.2655929, 1e-7),
        ((75, 675, 250), 0.95, 0.1413722, 0.2086278, 1e-7),
        ((0, 0, 10), 0.95, 1, 1, 1e-12),
        ((0, 10, 0), 0.95, 0, 0, 1e-12),
        ((0, 1, 9), 0.95, 0.71406, 1.0859, 6e-5),
    ],
)
def test_wald_equals_r(counts, level, low, high, digits):
    """R 4.2.2, NPS 2.0.999, `nps_test_` "wald", to the digits printed."""
    assert stats.net_interval(*counts, level=level, method="wald") == pytest.approx((low, high), abs=digits)


@pytest.mark.parametrize(
    ("counts", "level", "low", "high"),
    [
        ((8, 15, 13), 0.95, -0.1067572743, 0.3631675308),
        ((8, 15, 13), 0.90, -0.0689815360, 0.3253917924),
        ((1, 2, 3), 0.95, -0.2674325879, 0.7118770324),
        ((5, 5, 20), 0.95, 0.1910538641, 0.7180370450),
        ((100, 200, 200), 0.95, 0.1334171625, 0.2641971516),
        ((75, 675, 250), 0.95, 0.1408588306, 0.2080943100),
        ((0, 10, 0), 0.95, -0.1846504491, 0.1846504491),
        ((0, 1, 9), 0.95, 0.3807922687, 1.0),
    ],
)
def test_adjusted_wald_equals_r(counts, level, low, high):
    """R 4.2.2, NPS 2.0.999, `nps_test_` "adjusted.wald"; R does not clip (it gives 1.0038 for the last row), voc does."""
    assert stats.net_interval(*counts, level=level, method="adjusted-wald") == pytest.approx((low, high), abs=2e-10)


def test_adjusted_wald_is_clipped_where_r_is_not():
    """R 4.2.2, NPS 2.0.999: ten promoters give .4750355 to 1.0634."""
    low, high = stats.net_interval(0, 0, 10, method="adjusted-wald")
    assert float(low) == pytest.approx(0.4750355, abs=1e-7)
    assert float(high) == 1


@pytest.mark.parametrize(("method", "low", "high"), [("wald", 14.137, 20.863), ("adjusted-wald", 14.086, 20.809), ("tango", 14.140, 20.878)])
def test_interval_allows_for_the_covariance_of_promoters_and_detractors(method, low, high):
    """stats.md 1.2: 250 promoters, 75 detractors of 1000; two independent betas (gist jdmaturen/2995b2795c63825feec0) give a wrong 14.3-20.5."""
    assert 100 * np.array(stats.net_interval(75, 675, 250, method=method)) == pytest.approx([low, high], abs=6e-4)


@pytest.mark.parametrize(
    ("one", "two", "adjusted", "low", "high"),
    [
        ((6, 13, 12), (8, 15, 13), False, -0.3024088, 0.4117278),
        ((6, 13, 12), (8, 15, 13), True, -0.2930386, 0.3895696),
        ((100, 200, 200), (130, 200, 170), False, 0.0258564, 0.2141436),
        ((100, 200, 200), (130, 200, 170), True, 0.0254480, 0.2131206),
    ],
)
def test_mover_of_wald_intervals_is_the_two_sample_wald_interval(one, two, adjusted, low, high):
    """R 4.2.2, NPS 2.0.999, two-sample `nps_test_`: unpooled Wald and adjusted Wald."""
    ends = [stats.net_interval(*c, method="adjusted-wald" if adjusted else "wald") for c in (one, two)]
    values = [(a + b) / 2 for a, b in ends]
    assert stats.mover_difference(values[0], ends[0], values[1], ends[1]) == pytest.approx((low, high), abs=1e-7)


def test_swapping_promoters_and_detractors_mirrors_every_interval():
    for method in ("tango", "adjusted-wald", "wald"):
        for d, p, c in TABLES:
            low, high = stats.net_interval(d, p, c, method=method)
            assert stats.net_interval(c, p, d, method=method) == pytest.approx((-high, -low), abs=1e-12)


def test_intervals_of_arrays_equal_intervals_one_by_one():
    table = np.array(TABLES, dtype=float)
    low, high = stats.net_interval(*table.T)
    for i, counts in enumerate(TABLES):
        assert stats.net_interval(*counts) == pytest.approx((low[i], high[i]), abs=1e-14)


def test_interval_of_every_small_table_holds_the_score_and_stays_on_the_scale():
    table = _all_tables(12)
    for method in ("tango", "adjusted-wald"):
        low, high = stats.net_interval(*table.T, method=method)
        net = (table[:, 2] - table[:, 0]) / 12
        assert (low >= -1).all()
        assert (high <= 1).all()
        assert (low < high).all()
        if method == "tango":
            assert ((low <= net) & (net <= high)).all()


def test_higher_level_gives_a_wider_interval():
    ends = [stats.net_interval(8, 15, 13, level=level) for level in (0.5, 0.8, 0.95, 0.999)]
    assert all(b[0] < a[0] and b[1] > a[1] for a, b in pairwise(ends))


def test_interval_without_answers_is_missing_and_does_not_raise():
    for method in ("tango", "wald"):
        low, high = stats.net_interval([0, 8], [0, 15], [0, 13], method=method)
        assert np.isnan([low[0], high[0]]).all()
        assert not np.isnan([low[1], high[1]]).any()


def test_adjusted_wald_without_answers_is_missing_too():
    """The docstring promises nan where n is 0, for every method."""
    assert np.isnan(stats.net_interval(0, 0, 0, method="adjusted-wald")).all()


def test_unknown_method_and_level_are_refused():
    with pytest.raises(VocError, match='method must be "tango", "adjusted-wald" or "wald"; found "exact"'):
        stats.net_interval(1, 1, 1, method="exact")
    for level in (0, 1, 95):
        with pytest.raises(VocError, match="level must lie between 0 and 1"):
            stats.net_interval(1, 1, 1, level=level)


def _all_tables(n: int) -> np.ndarray:
    return np.array([(d, n - d - c, c) for d in range(n + 1) for c in range(n + 1 - d)])


def _coverage(n: int, method: str) -> list[float]:
    """Exact coverage at realistic truths: detractors 5-40 %, promoters 25-75 %, passives 10-50 %."""
    table = _all_tables(n)
    low, high = stats.net_interval(*table.T, method=method)
    truths = [(d / 20, 1 - d / 20 - c / 20, c / 20) for d in range(1, 9) for c in range(5, 16) if 2 <= 20 - d - c <= 10]
    return [float(sps.multinomial.pmf(table, n, t)[(low <= t[2] - t[0]) & (t[2] - t[0] <= high)].sum()) for t in truths]


@pytest.mark.parametrize("n", [10, 20, 30, 50])
def test_tango_covers_by_exact_enumeration(n):
    """stats.md 1.3: the worst coverage of Tango's interval found anywhere is .938; nominal 95 %."""
    assert min(_coverage(n, "tango")) >= 0.938


def test_wald_does_not_cover_which_is_why_it_is_not_the_default():
    """stats.md 1.3: worst coverage of Wald at n = 10 is .778; of adjusted Wald .927 or better."""
    assert min(_coverage(10, "wald")) < 0.85
    assert min(_coverage(10, "adjusted-wald")) > 0.91


def test_difference_of_two_scores_covers():
    """Planted truth: 20 000 pairs of samples of 30 and 45 answers, true difference 15 points."""
    rng = np.random.default_rng(1)
    one, two = rng.multinomial(30, (0.3, 0.3, 0.4), 20_000), rng.multinomial(45, (0.2, 0.35, 0.45), 20_000)
    values = [(t[:, 2] - t[:, 0]) / t.sum(axis=1) for t in (one, two)]
    low, high = stats.mover_difference(values[1], stats.net_interval(*two.T), values[0], stats.net_interval(*one.T))
    assert 0.94 < np.mean((low <= 0.15) & (high >= 0.15)) < 0.97


@pytest.mark.parametrize(
    ("k", "n", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)]
)
def test_wilson_equals_published_values(k, n, low, high):
    """Newcombe 1998, Statistics in Medicine 17:857, Table I, method 3."""
    assert stats.wilson(k, n) == pytest.approx((low, high), abs=5.1e-5)


def test_difference_of_shares_equals_newcombe():
    """Newcombe 1998, Statistics in Medicine 17:873, method 10, 56/70 against 48/80: .0524 to .3339; statsmodels gives .0524315, .3338727."""
    difference, low, high = stats.share_difference(56, 70, 48, 80)
    assert float(difference) == pytest.approx(0.2)
    assert (low, high) == pytest.approx((0.0524315, 0.3338727), abs=1e-7)


def test_difference_of_shares_is_antisymmetric_and_missing_without_answers():
    difference, low, high = stats.share_difference([56, 3], [70, 10], [48, 0], [80, 0])
    back, back_low, back_high = stats.share_difference([48, 0], [80, 0], [56, 3], [70, 10])
    assert (back[0], back_low[0], back_high[0]) == pytest.approx((-difference[0], -high[0], -low[0]))
    assert np.isnan([difference[1], low[1], high[1]]).all()


def test_fisher_equals_the_tea_test_and_a_full_enumeration():
    """R ?fisher.test, TeaTasting: 3 of 4 against 1 of 4 has a two-sided p of .4857 (34/70); oracle `naive.fisher`."""
    assert stats.share_difference_p(3, 4, 1, 4) == pytest.approx([34 / 70])
    tables = [(56, 70, 48, 80), (0, 12, 5, 9), (7, 7, 7, 7), (2, 30, 9, 31)]
    assert stats.share_difference_p(*zip(*tables, strict=True)) == pytest.approx([naive.fisher(*t) for t in tables])


BH_P = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1]
BH_ADJUSTED = [0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.063857, 0.063857, 0.0645, 0.0765, 0.486, 0.581182, 0.714875, 0.753231, 0.813214, 1]


def test_benjamini_hochberg_equals_the_paper():
    """Benjamini & Hochberg 1995, JRSS B 57:289, their 15 p-values: 4 rejected at .05; adjusted values by R's p.adjust."""
    adjusted = stats.benjamini_hochberg(BH_P)
    assert adjusted == pytest.approx(BH_ADJUSTED, abs=6e-7)
    assert (adjusted <= 0.05).sum() == 4


def test_benjamini_hochberg_ignores_order_and_missing_values():
    """Oracle: `naive.benjamini_hochberg`."""
    rng = np.random.default_rng(2)
    p = rng.random(40) ** 2
    mixed = np.insert(p, [0, 17, 40], np.nan)
    assert stats.benjamini_hochberg(p) == pytest.approx(naive.benjamini_hochberg(p))
    assert stats.benjamini_hochberg(mixed)[~np.isnan(mixed)] == pytest.approx(naive.benjamini_hochberg(p))
    assert np.isnan(stats.benjamini_hochberg([np.nan, np.nan])).all()
    assert stats.benjamini_hochberg([]).size == 0


def test_family_level_is_bonferroni():
    """Bonferroni: an error of .05 shared by m comparisons; 0 and 1 comparisons leave the level alone."""
    assert [stats.family_level(0.95, m) for m in (0, 1, 10, 50)] == pytest.approx([0.95, 0.95, 0.995, 0.999])


def test_resample_keeps_the_total_and_never_fills_an_empty_cell():
    drawn = stats.resample([3, 0, 40, 7], draws=500, seed=4)
    assert drawn.shape == (500, 4)
    assert (drawn.sum(axis=1) == 50).all()
    assert (drawn[:, 1] == 0).all()
    assert (drawn >= 0).all()


def test_resample_has_the_multinomial_mean_and_variance():
    """Mean n p and variance n p (1 - p), within five standard errors of 20 000 draws."""
    counts, draws = np.array([30, 50, 20]), 20_000
    drawn, share = stats.resample(counts, draws=draws, seed=5), counts / 100
    variance = 100 * share * (1 - share)
    assert (np.abs(drawn.mean(axis=0) - counts) < 5 * np.sqrt(variance / draws)).all()
    assert drawn.var(axis=0) == pytest.approx(variance, rel=5 * np.sqrt(2 / draws))


def test_resample_depends_on_the_seed_only():
    first, again, other = (stats.resample([5, 9, 2], draws=50, seed=s) for s in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_resample_refuses_an_empty_table():
    with pytest.raises(ValueError, match="empty table"):
        stats.resample([0, 0, 0], draws=10, seed=0)


def test_mantel_haenszel_equals_r():
    """R: mantelhaen.test(UCBAdmissions) gives X-squared = 1.4269, p-value = 0.2323 (Bickel, Hammel & O'Connell 1975)."""
    admitted_men, rejected_men = [512, 353, 120, 138, 53, 22], [313, 207, 205, 279, 138, 351]
    admitted_women, rejected_women = [89, 17, 202, 131, 94, 24], [19, 8, 391, 244, 299, 317]
    tables = np.array([[admitted_men, admitted_women], [rejected_men, rejected_women]]).transpose(2, 0, 1)
    assert stats.mantel_haenszel_p(tables) == pytest.approx(0.2323, abs=5e-5)
    assert stats.mantel_haenszel_p(tables[:, ::-1]) == pytest.approx(stats.mantel_haenszel_p(tables))


def test_tables_that_say_nothing_are_passed_over():
    assert stats.mantel_haenszel_p(np.array([[[0, 0], [5, 5]]])) == 1.0


def test_weighted_sum_of_one_part_is_that_part():
    assert stats.weighted_sum([1], [0.3], [0.1], [0.6]) == pytest.approx((0.3, 0.1, 0.6))
    assert stats.weighted_sum([-1], [0.3], [0.1], [0.6]) == pytest.approx((-0.3, -0.6, -0.1))


# Answers that are weighted, or of customers who answer more than once.

SVY24_T = [1, 1, -1, 0, 0, 1, 1, -1, -1, 1, 0, 1, -1, 1, 1, 0, 1, -1, 1, 0, 1, -1, 1, 1]
SVY24_W = [1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2]
SVY24_CUST = [1, 1, 2, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10, 10, 11, 12, 13, 14, 15, 16, 16, 17, 18, 19]


@pytest.mark.parametrize(
    ("weights", "clusters", "mean", "error"),
    [(None, None, 0.2916666667, 0.1752758351), (None, SVY24_CUST, 0.2916666667, 0.1661413887), (SVY24_W, None, 0.28125, 0.2005877276)],
)
def test_mean_and_error_equal_r(weights, clusters, mean, error):
    """R 4.2.2, package survey, svymean of 24 answers: unweighted, clustered by customer, weighted."""
    assert stats.mean_error(SVY24_T, weights=weights, clusters=clusters) == pytest.approx((mean, error), abs=1e-9)


def test_effective_size_by_hand():
    """Kish: (sum of weights)^2 / sum of squares; two answers that always agree are one."""
    assert stats.effective_size(SVY24_T, weights=SVY24_W) == pytest.approx(32**2 / 48)
    assert stats.effective_size(SVY24_T) == 24
    assert stats.effective_size([]) == 0
    alternating = [1, -1] * 50
    assert stats.effective_size(np.repeat(alternating, 2), clusters=np.repeat(np.arange(100), 2)) == pytest.approx(100, rel=0.02)
    assert stats.effective_size([1] * 10, clusters=[0, 0, 1, 1, 2, 2, 3, 3, 4, 4]) == 5
    assert stats.effective_size(SVY24_T, clusters=SVY24_CUST) == 24  # the ratio is below 1, which is chance


def test_effective_size_depends_on_nothing_but_the_answers():
    rng = np.random.default_rng(4)
    values, who, weights = rng.integers(-1, 2, 60), rng.integers(0, 20, 60), rng.uniform(0.5, 2, 60)
    order = rng.permutation(60)
    first = stats.effective_size(values, weights=weights, clusters=who)
    assert stats.effective_size(values[order], weights=7 * weights[order], clusters=100 - who[order]) == pytest.approx(first)
    assert stats.effective_size(values, weights=np.ones(60)) == pytest.approx(60)


def test_a_difference_of_correlated_estimates_is_known_better():
    """With correlation 1 and equal intervals the distances cancel; with 0 it is the ordinary one."""
    one, two = (0.3, (0.1, 0.5)), (0.1, (-0.1, 0.3))
    plain = stats.mover_difference(one[0], one[1], two[0], two[1])
    half = stats.mover_difference(one[0], one[1], two[0], two[1], correlation=0.5)
    full = stats.mover_difference(one[0], one[1], two[0], two[1], correlation=1.0)
    assert plain[0] < half[0] < full[0] == pytest.approx(0.2) == full[1] < half[1] < plain[1]
    assert half == pytest.approx((0.2 - 0.2, 0.2 + 0.2))
