"""Groups against what one would expect of their visits: published values, slow obvious versions, planted truth and false alarms."""

from __future__ import annotations

import itertools
import time
from math import comb

import numpy as np
import pandas as pd
import pytest
from scipy import optimize
from scipy import stats as sps

import naive
from test_words import FORBIDDEN
from voc import display, stats
from voc.ingest import Survey
from voc.plots import frame as shared
from voc.plots.funnel import MOST_ROWS, nps_expected
from voc.schema import MIN_ANSWERS, VocError
from voc.score import expected as core
from voc.score.expected import Expected, expect, marginal, precisions, steadied, weights
from voc.score.funnel import Funnel, _plural, funnel
from voc.score.repeats import designs
from voc.score.tally import tally

GOOD = np.array([0.05, 0.10, 0.85])  # detractors, passives, promoters of a good store
USUAL = np.array([0.15, 0.25, 0.60])


def drawn(rng: np.random.Generator, sizes, profiles) -> np.ndarray:
    """(units, cells, 3) counts: each unit's answers spread evenly over the cells; profiles (3,), (cells, 3) or (units, cells, 3)."""
    q = np.asarray(profiles, dtype=float)
    cells = 1 if q.ndim == 1 else q.shape[-2]
    q = np.broadcast_to(q if q.ndim > 1 else q[None], (len(sizes), cells, 3))
    own = np.array([rng.multinomial(n, np.full(cells, 1 / cells)) for n in sizes])
    return np.array([[rng.multinomial(own[i, c], q[i, c]) for c in range(cells)] for i in range(len(sizes))], dtype=float)


def found(e: Expected, level: float = 0.95) -> np.ndarray:
    """Which units stand out."""
    return stats.benjamini_hochberg(e.p) <= 1 - level + 1e-12


def chances(e: Expected, unit: int) -> dict[int, float]:
    """Net count -> its chance, from the chances of less plus half of just as much."""
    support, below = e.chance.exact[unit]
    out, total = {}, 0.0
    for net, share in zip(support, below, strict=True):
        out[int(net)] = 2 * (share - total)
        total += out[int(net)]
    return out


def survey_of(cells: dict[tuple[str, ...], tuple[int, int, int]], columns: tuple[str, ...]):
    """A Survey from counts by the values of some columns."""
    scores = [s for counts in cells.values() for s in naive.answers_of(*counts)]
    keys = [key for key, counts in cells.items() for _ in range(sum(counts))]
    return naive.survey_of(scores, **{name: [key[i] for key in keys] for i, name in enumerate(columns)})


def stores(bright: tuple[int, int, int] = (6, 10, 24), *, usual: tuple[int, int, int] = (6, 10, 24), k: int = 9, column: str = "store"):
    """Groups at one touchpoint, all alike but the first."""
    cells = {("shop", f"S{i}"): bright if i == 0 else usual for i in range(k)}
    return survey_of(cells, ("touchpoint", column))


# --- chance --------------------------------------------------------------------------------------------------------------


def test_lady_tasting_tea():
    """Agresti 2002, Categorical Data Analysis, section 3.5: of Fisher's 8 cups, 3 of 4 guessed: one-sided mid-p .129."""
    e = expect(np.array([[[1.0, 0, 3]], [[3.0, 0, 1]]]))
    assert 1 - e.chance.below(np.array([2.0, -2.0]))[0] == pytest.approx(0.129, abs=5e-4)


def test_rabbits_in_five_strata_equal_r():
    """R's example of mantelhaen.test(Rabbits, exact = TRUE): S = 16, p-value = 0.03994 (tables no more likely than the one seen)."""
    rabbits = [(0, 0, 6, 5), (3, 0, 3, 6), (6, 2, 0, 4), (5, 6, 1, 0), (2, 5, 0, 0)]  # cured at once, cured later, died, died
    at_once = [[died, 0.0, cured] for cured, _, died, _ in rabbits]
    later = [[died, 0.0, cured] for _, cured, _, died in rabbits]
    e = expect(np.array([at_once, later]))
    each = chances(e, 0)
    seen = each[int(e.counts[0, 2] - e.counts[0, 0])]
    assert e.counts[0, 2] == 16
    assert sum(p for p in each.values() if p <= seen * (1 + 1e-7)) == pytest.approx(0.03994, abs=5e-6)


def any_of(m: int, pool: tuple[int, int, int]) -> dict[int, float]:
    """Net count of m answers out of a pool, by counting all ways."""
    out: dict[int, float] = {}
    for d, p in itertools.product(range(m + 1), repeat=2):
        c = m - d - p
        if c >= 0:
            out[c - d] = out.get(c - d, 0) + comb(pool[0], d) * comb(pool[1], p) * comb(pool[2], c) / comb(sum(pool), m)
    return out


def test_chance_equals_counting_all_ways():
    """Two cells, each counted out, added up one by one."""
    table = np.array([[[1.0, 4, 8], [2, 2, 3]], [[5, 9, 20], [1, 3, 0]], [[0, 0, 9], [7, 2, 30]]])
    e = expect(table)
    pool = [tuple(int(x) for x in row) for row in table.sum(axis=0)]
    for unit in range(3):
        parts = [any_of(int(table[unit, c].sum()), pool[c]) for c in range(2)]
        whole: dict[int, float] = {}
        for a, b in itertools.product(*parts):
            whole[a + b] = whole.get(a + b, 0) + parts[0][a] * parts[1][b]
        mean = sum(k * p for k, p in whole.items())
        for net in range(-30, 31):
            assert chances(e, unit).get(net, 0.0) == pytest.approx(whole.get(net, 0.0), abs=1e-11)
        assert e.chance.mean[unit] == pytest.approx(mean)


def test_three_moments_are_those_of_the_exact_distribution():
    table = drawn(np.random.default_rng(4), [30, 80, 17], np.array([GOOD, USUAL]))
    e = expect(table)
    for unit in range(3):
        each = chances(e, unit)
        mean = sum(k * p for k, p in each.items())
        error = sum((k - mean) ** 2 * p for k, p in each.items()) ** 0.5
        skew = sum(((k - mean) / error) ** 3 * p for k, p in each.items())
        assert (e.chance.mean[unit], e.chance.error[unit], e.chance.skew[unit]) == pytest.approx((mean, error, skew), rel=1e-8)


@pytest.mark.parametrize("profile", [GOOD, USUAL, USUAL[::-1]])
def test_above_a_hundred_answers_three_moments_are_enough(profile, monkeypatch):
    """Chances down to 1 in 1,000 differ by at most a seventh from the exact ones, which a large unit can have when asked for."""
    table = np.round(np.array([120 * profile, 900 * profile]))[:, None]
    net = np.arange(-120.0, 121)
    near = [expect(table).chance.below(np.array([k, 0.0]))[0] for k in net]
    monkeypatch.setattr(core, "EXACT", 200)
    exact = [expect(table).chance.below(np.array([k, 0.0]))[0] for k in net]
    for a, b in ((np.array(near), np.array(exact)), (1 - np.array(near), 1 - np.array(exact))):
        tail = (b > 0.001) & (b < 0.5)
        assert tail.sum() > 5
        assert np.abs(a[tail] / b[tail] - 1).max() < 1 / 7


def test_limits_agree_with_the_test_and_widen_for_small_units():
    rng = np.random.default_rng(8)
    sizes = np.array([10, 12, 15, 25, 40, 60, 90, 100, 101, 140, 300, 500])
    outside = 0
    for i in range(40):
        inflate = rng.choice([1.0, 1.2, 4.0], size=len(sizes)) if i % 2 else 1.0
        e = expect(drawn(rng, sizes, rng.dirichlet([4, 6, 10], size=(len(sizes), 3))), inflate=inflate)
        for level in (0.8, 0.95, 0.997):
            low, high = e.limits(level)
            out = (e.value < low - 1e-9) | (e.value > high + 1e-9)
            near = np.abs(e.p - (1 - level)) < 1e-6
            assert (out == (e.p < 1 - level))[~near].all()
            outside += out.sum()
    assert outside > 200
    same = expect(np.round(sizes[:, None, None] * USUAL))
    low, high = same.limits(0.95)
    assert (np.diff(high - low) < 0.02).all()
    assert (high - low)[0] > 5 * (high - low)[-1]


def test_swapping_promoters_and_detractors_flips_every_sign():
    table = drawn(np.random.default_rng(2), [10, 30, 60, 150, 20, 40, 25], np.array([GOOD, USUAL]))
    one, other = expect(table), expect(table[..., ::-1])
    assert other.net == pytest.approx(-one.net)
    assert other.p == pytest.approx(one.p)
    assert other.limits(0.95)[0] == pytest.approx(-one.limits(0.95)[1])
    assert steadied(other)[0] == pytest.approx(-steadied(one)[0])
    assert steadied(other)[1] == pytest.approx(-steadied(one)[2])


@pytest.mark.parametrize("profile", [GOOD, USUAL])
def test_inflate_is_the_chance_of_answers_counted_several_times(profile):
    """Every answer counted four times and a variance four times as large: the same chances as if each counted once, but for one in ten.

    Such a net count lies between steps of four; chances are compared where they are neither tiny nor near one half.
    """
    once = np.array([np.round(40 * profile), np.round(4000 * profile)])[:, None]
    one, four = expect(once).chance, expect(4 * once, inflate=4).chance
    assert (four.mean[0], four.error[0], four.skew[0]) == pytest.approx((4 * one.mean[0], 4 * one.error[0], one.skew[0]), rel=0.02)
    for k in np.arange(-10.0, 41):
        a, b = (min(c.below(np.array([net, 0.0]))[0], 1 - c.below(np.array([net, 0.0]))[0]) for c, net in ((one, k), (four, 4 * k)))
        if 0.01 < a < 0.45:
            assert b == pytest.approx(a, rel=0.1)


def test_chances_end_at_one_in_spite_of_rounding():
    """All promoters, all detractors and all passives at two touchpoints: sums of chances came to a little more than 1."""
    table = np.array([[[0.0, 0, 10]] * 2, [[10, 0, 0]] * 2, [[0, 10, 0]] * 2])
    e = expect(table)
    assert ((e.p >= 0) & (e.p <= 1)).all()
    assert e.chance.below(np.full(3, 20.0)).max() <= 1
    frame = funnel(naive.visits_of({(p, t): tuple(int(x) for x in table[i, 0]) for p in "AB" for i, t in enumerate("xyz")}), "team").to_frame()
    assert dict(zip(frame["unit"], frame["verdict"], strict=True)) == {"x": "above", "y": "below", "z": "as expected"}


# --- what is expected ----------------------------------------------------------------------------------------------------


def test_with_one_cell_the_others_score_is_expected():
    table = np.array([[[1.0, 2, 7]], [[5, 5, 10]], [[0, 3, 9]]])
    e = expect(table, rest=np.array([[2.0, 1, 1]]))
    for i in range(3):
        others = table.sum(axis=0)[0] - table[i, 0] + np.array([2, 1, 1])
        assert e.net[i] == pytest.approx((others[2] - others[0]) / others.sum())
        assert e.behind[i] == pytest.approx(others.sum())


def test_difference_is_that_of_mantel_and_haenszel():
    """Greenland & Robins 1985, Biometrics 41:55: cells weigh own times others over both; written out here cell by cell."""
    table = drawn(np.random.default_rng(3), [40, 60, 25], np.array([GOOD, USUAL, USUAL[::-1]]))
    e = expect(table)
    for i in range(3):
        above = below = 0.0
        for c in range(3):
            own, others = table[i, c], table[:, c].sum(axis=0) - table[i, c]
            weight = own.sum() * others.sum() / (own.sum() + others.sum())
            above += weight * ((own[2] - own[0]) / own.sum() - (others[2] - others[0]) / others.sum())
            below += weight
        assert e.value[i] - e.net[i] == pytest.approx(above / below)


def test_cells_without_others_say_nothing():
    """A unit with complaints of its own is judged by what it shares with others."""
    shared_cells = np.array([[[2.0, 5, 13], [0, 0, 0]], [[2, 5, 13], [0, 0, 0]]])
    with_own = shared_cells.copy()
    with_own[0, 1] = [30, 2, 0]
    one, other = expect(shared_cells), expect(with_own)
    assert other.p == pytest.approx(one.p)
    assert other.weight == pytest.approx(one.weight)
    assert other.shared[0] == pytest.approx(20 / 52)
    alone = expect(np.array([[[3.0, 3, 4], [0, 0, 0]], [[0, 0, 0], [1, 4, 5]]]))
    assert np.isnan(alone.p).all()
    assert np.isfinite(steadied(alone)).all()


def test_one_bright_store_does_not_make_the_others_look_dim():
    table = np.tile(np.array([10.0, 15, 25]), (12, 1, 1))
    table[0] = [4, 16, 120]
    e = expect(table)
    assert found(e).tolist() == [True] + [False] * 11
    assert e.net[1:] == pytest.approx(0.3)
    assert e.net[0] == pytest.approx(0.3)


def test_answers_that_are_all_alike_are_as_expected():
    for sizes in ([10, 10, 10, 10], [10, 200, 3000, 90]):
        table = np.zeros((4, 2, 3))
        table[:, :, 2] = np.array(sizes)[:, None]
        e = expect(table)
        assert e.p == pytest.approx(np.ones(4))
        assert e.net == pytest.approx(np.ones(4))


def test_cost_does_not_grow_with_the_answers():
    """200 units in 15 cells take well under 100 ms, with 40 answers or 40 billion each."""
    table = drawn(np.random.default_rng(1), np.full(200, 40), np.random.default_rng(0).dirichlet([2, 3, 5], size=15))
    for times in (1, 1e9):
        seconds = []
        for _ in range(3):
            start = time.perf_counter()
            e = expect(times * table)
            e.limits(0.95)
            values = steadied(e)
            seconds.append(time.perf_counter() - start)
        assert min(seconds) < 0.1
        assert np.isfinite([*values, e.p]).all()


@pytest.mark.parametrize("bad", [0.5, float("nan"), [1, 1, 0]])
def test_inflate_below_one_raises(bad):
    with pytest.raises(VocError, match=r"inflate must be 1 or more; found (0.5|nan|0)"):
        expect(np.ones((3, 1, 3)), inflate=bad)


# --- false alarms and power ----------------------------------------------------------------------------------------------

SIZES = {
    "equal": np.full(12, 40), "small": np.full(40, 10), "unequal": np.geomspace(10, 500, 12).astype(int),
    "many unequal": np.geomspace(10, 500, 40).astype(int), "one giant": np.array([500] + [10] * 11),
}  # fmt: skip


@pytest.mark.parametrize("profile", [GOOD, np.array([0.02, 0.13, 0.85]), USUAL[::-1]])
def test_without_a_difference_at_most_one_survey_in_twenty_has_a_group_standing_out(profile):
    """1,000 surveys; no kind of sizes is far from it either (200 each, three standard errors)."""
    rng = np.random.default_rng(20)
    alarms = {kind: np.mean([found(expect(drawn(rng, sizes, profile))).any() for _ in range(200)]) for kind, sizes in SIZES.items()}
    assert np.mean(list(alarms.values())) <= 0.05
    assert max(alarms.values()) <= 0.05 + 3 * (0.05 * 0.95 / 200) ** 0.5


def test_visits_of_another_kind_are_no_difference():
    """Every unit has its own mix of 12 cells, half of which score 125 points above the others; in a cell nobody differs."""
    rng = np.random.default_rng(12)
    cells = np.tile([GOOD, USUAL[::-1]], (6, 1))
    alarms = raw = 0
    for _ in range(200):
        mixes = rng.dirichlet(np.full(12, 0.5), size=20)
        own = np.array([rng.multinomial(60, mix) for mix in mixes])
        table = np.array([[rng.multinomial(own[i, c], cells[c]) for c in range(12)] for i in range(20)], dtype=float)
        alarms += found(expect(table)).any()
        raw += found(expect(table.sum(axis=1, keepdims=True))).any()
    assert alarms <= 0.05 * 200
    assert raw > 0.9 * 200


def test_repeat_customers_are_no_alarm_once_inflate_says_so():
    """Every customer answers three times alike: a third of the answers count, and the design effect is 3."""
    rng = np.random.default_rng(33)
    tables = [3 * drawn(rng, SIZES["equal"] // 3, USUAL) for _ in range(300)]
    assert np.mean([found(expect(t, inflate=3)).any() for t in tables]) <= 0.05
    assert np.mean([found(expect(t)).any() for t in tables]) > 0.3


def test_a_store_with_a_fifth_of_the_visits_and_twenty_points_more_is_found():
    """Found nine times in ten; of those named at most one in twenty does not differ (200 surveys, two standard errors)."""
    rng = np.random.default_rng(44)
    sizes = np.array([300] + [109] * 11)
    profiles = np.tile(USUAL, (12, 1, 1))
    profiles[0] = USUAL + np.array([-0.08, -0.04, 0.12])
    named = np.array([found(expect(drawn(rng, sizes, profiles))) for _ in range(200)])
    assert named[:, 0].mean() >= 0.9
    wrong = named[:, 1:].sum(axis=1) / np.maximum(named.sum(axis=1), 1)
    assert wrong.mean() <= 0.05 + 2 * wrong.std() / len(wrong) ** 0.5


# --- best estimate -------------------------------------------------------------------------------------------------------


def test_marginal_likelihood_equals_scipy():
    rng = np.random.default_rng(6)
    for _ in range(20):
        counts, a = rng.integers(0, 30, size=3), rng.gamma(2, 3, size=3)
        assert marginal(counts.astype(float), a) == pytest.approx(sps.dirichlet_multinomial(a, counts.sum()).logpmf(counts))


def test_baseball_averages_are_predicted_like_james_and_stein():
    """Efron & Morris 1975, JASA 70:311, table 1: 18 batters after 45 turns, and the rest of the season; squared error .077 and .022."""
    hits = np.array([18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7])
    later = np.array([346, 298, 276, 222, 273, 270, 263, 210, 269, 230, 264, 256, 303, 264, 226, 285, 316, 200]) / 1000
    table = np.stack([45 - hits, 0 * hits, hits], axis=1)[:, None].astype(float)
    value, low, high = ((1 + x) / 2 for x in steadied(expect(table)))
    assert ((hits / 45 - later) ** 2).sum() == pytest.approx(0.077, abs=0.002)
    assert ((value - later) ** 2).sum() <= 0.0225
    assert ((low <= later) & (later <= high)).sum() >= 17


def simulated(units: int, alike: float, surveys: int, seed: int):
    """True net shares, plain ones and the three of `steadied`, each (surveys, units); `alike` is the precision, infinite without differences."""
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(surveys):
        theta = rng.dirichlet(alike * USUAL, size=units) if np.isfinite(alike) else np.tile(USUAL, (units, 1))
        e = expect(drawn(rng, rng.integers(10, 100, size=units), theta[:, None]))
        out.append([theta[:, 2] - theta[:, 0], e.value, *steadied(e)])
    return np.array(out).transpose(1, 0, 2)


def test_best_estimates_are_closer_to_the_truth_and_their_ranges_hold():
    covered = []
    for units, alike in itertools.product((8, 12, 40), (10, 40, 160, np.inf)):
        truth, plain, value, low, high = simulated(units, alike, 400 // units, seed=units)
        assert ((value - truth) ** 2).mean() < ((plain - truth) ** 2).mean()
        covered.append(((low <= truth) & (truth <= high)).mean())
    assert min(covered) > 0.9
    assert 0.935 < np.mean(covered) < 0.98


def test_units_that_do_not_differ_get_the_score_of_all():
    truth, plain, value, *_ = simulated(40, np.inf, 10, seed=3)
    assert ((value - truth) ** 2).mean() < 0.05 * ((plain - truth) ** 2).mean()
    table = np.tile(np.array([15.0, 25, 60]), (30, 1, 1))
    e = expect(table)
    a = precisions(e.behind, e.lumps)[:, :, None] * e.profile
    likely = weights(marginal(e.counts, a))
    assert (likely[core.SIGMA < 0.1].sum(axis=0) > 0.9).all()
    assert steadied(e)[0] == pytest.approx(0.45, abs=1e-3)


def test_with_very_many_answers_the_plain_score_stays():
    e = expect(1e6 * drawn(np.random.default_rng(5), np.full(12, 80), np.random.default_rng(1).dirichlet(20 * USUAL, size=(12, 2))))
    value, low, high = steadied(e)
    assert value == pytest.approx(e.value, abs=1e-5)
    assert (high - low).max() < 0.001


def test_one_that_stands_out_is_not_pulled_to_the_rest_and_leaves_them_together():
    """39 stores alike and one 35 points above, as in a survey of one month; the truth of the 39 is known to a few points."""
    rng = np.random.default_rng(9)
    profiles = np.tile(USUAL, (40, 1, 1))
    profiles[0] = [0.03, 0.14, 0.83]
    truth = profiles[:, 0, 2] - profiles[:, 0, 0]
    errors = [steadied(expect(drawn(rng, [114] + [45] * 39, profiles)))[0] - truth for _ in range(40)]
    first, rest = np.array(errors)[:, 0], np.array(errors)[:, 1:]
    assert abs(first.mean()) < 0.06
    assert np.sqrt((rest**2).mean()) < 0.04


def test_value_and_range_are_those_of_draws():
    """The posterior drawn from: a sigma by its weight, then shares; mean and variance agree, and the range holds 95 % of the draws."""
    rng = np.random.default_rng(7)
    e = expect(drawn(rng, [12, 30, 80, 45, 22, 60, 18, 150], rng.dirichlet(15 * USUAL, size=(8, 1))))
    value, low, high = steadied(e)
    sure = np.maximum(e.profile, 0) * e.behind[:, None] + core.FIRST
    a = precisions(e.behind, e.lumps)[:, :, None] * sure[None] / sure.sum(axis=1)[None, :, None]
    likely = weights(marginal(e.counts, a))
    assert likely.sum(axis=0) == pytest.approx(np.ones(8))
    for i in range(8):
        which = rng.choice(len(likely), size=20_000, p=likely[:, i])
        gammas = rng.standard_gamma(a[which, i] + e.counts[i])
        net = (gammas[:, 2] - gammas[:, 0]) / gammas.sum(axis=1)
        assert value[i] == pytest.approx(net.mean(), abs=5 * net.std() / 20_000**0.5)
        assert ((net >= low[i]) & (net <= high[i])).mean() == pytest.approx(0.95, abs=0.012)


def test_inflate_makes_the_answers_count_less():
    e = expect(drawn(np.random.default_rng(7), np.full(12, 60), np.random.default_rng(2).dirichlet(10 * USUAL, size=(12, 1))), inflate=3)
    (plain, low, high), (value, wide_low, wide_high) = steadied(e), steadied(e, inflate=3)
    assert (wide_high - wide_low > high - low).all()
    assert np.abs(value - e.net).mean() < 0.7 * np.abs(plain - e.net).mean()


# --- surveys -------------------------------------------------------------------------------------------------------------


def test_a_store_that_stands_out_is_named_with_its_numbers():
    result = funnel(stores((0, 4, 116), usual=(12, 18, 30)))
    assert isinstance(result, Funnel)
    row = result.to_frame().iloc[0]
    assert (row["column"], row["unit"], row["n"], row["verdict"]) == ("store", "S0", 120, "above")
    assert row["value"] == pytest.approx(100 * 116 / 120)
    assert row["expected"] == pytest.approx(30)
    assert row["difference"] == pytest.approx(row["value"] - row["expected"])
    assert result.headline == (
        "1 of 9 stores stands out (all answers): S0 (96.7, 66.7 above what its visits lead one to expect). The others' differences could be chance."
    )
    assert result.to_frame()["verdict"].tolist() == ["above"] + ["as expected"] * 8


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (["store"], "stores"), (["region"], "regions"), (["airline_name"], "groups by airline name"), (["branch"], "groups by branch"),
        (["country"], "groups by country"), (["Store"], "groups by Store"), (["store", "agent"], "groups by store and agent"),
    ],
)  # fmt: skip
def test_what_groups_are_called(columns, said):
    assert _plural(columns) == said


def test_nobody_standing_out_is_said():
    result = funnel(stores())
    assert result.headline == "None of 9 stores differs from what one would expect of its visits by more than chance would (all answers)."


def test_a_group_stands_out_exactly_when_it_lies_outside_what_chance_allows(survey):
    frame = funnel(survey.month("2026-09"), show_agents=True).to_frame()
    outside = (frame["value"] < frame["limit_low"]) | (frame["value"] > frame["limit_high"])
    assert (outside == (frame["verdict"] != "as expected")).all()
    assert outside.any()
    assert (frame["limit_low"] <= frame["usual_low"]).all()
    assert (frame["limit_high"] >= frame["usual_high"]).all()
    between = np.sort(frame[["value", "expected"]].to_numpy(), axis=1)
    best = frame["best"].to_numpy()
    assert ((best > between[:, 0] - 2) & (best < between[:, 1] + 2)).all()


def test_the_planted_store_is_found_and_no_other(survey):
    """The sample's truth: one store is better, the others do not differ; by default neither people nor reasons are looked at."""
    result = funnel(survey.month("2026-09"))
    frame = result.to_frame()
    assert result.columns == ("store",)
    assert result.alike == ("touchpoint", "contact_reason")
    assert frame.loc[frame["verdict"] == "above", "unit"].tolist() == ["Harbour Street"]
    assert (frame["verdict"] == "below").sum() == 0


@pytest.mark.parametrize("column", ["agent", "staff_member", "Berater"])
def test_people_are_left_out_unless_asked_for(column):
    people = stores((0, 4, 116), usual=(12, 18, 30), column=column)
    for note in (funnel(people), funnel(people, column)):
        assert isinstance(note, display.Note)
        assert note.headline.endswith("Groups that name single people are compared only when asked for.")
        assert "S0" not in note._repr_html_()
    assert funnel(people, show_agents=True).to_frame()["unit"].iloc[0] == "S0"


def reasons_survey():
    """Agent A0 takes nearly only faults, which everybody scores low; in a reason nobody differs."""
    cells = {}
    for i in range(10):
        cells["phone", f"A{i}", "Fault"] = (30, 10, 10) if i == 0 else (6, 2, 2)
        cells["phone", f"A{i}", "Advice"] = (0, 2, 8) if i == 0 else (0, 10, 40)
    return survey_of(cells, ("touchpoint", "agent", "contact_reason"))


def test_who_takes_the_hard_cases_is_compared_with_those_who_do_too():
    asked = reasons_survey()
    adjusted, plain = (funnel(asked, show_agents=True, adjust=adjust) for adjust in (None, ()))
    assert adjusted.alike == ("touchpoint", "contact_reason")
    assert plain.alike == ("touchpoint",)
    assert (adjusted.to_frame()["verdict"] == "as expected").all()
    assert adjusted.to_frame()["difference"].to_numpy() == pytest.approx(np.zeros(10), abs=1e-9)
    low = plain.to_frame().iloc[0]
    assert (low["unit"], low["verdict"]) == ("A0", "below")
    assert funnel(asked, "agent", show_agents=True, adjust="contact_reason").to_frame().equals(adjusted.to_frame())


def test_rare_reasons_count_as_one():
    asked = reasons_survey()
    many = asked.answers.assign(contact_reason=[f"r{i}" for i in range(len(asked.answers))])
    result = funnel(asked.with_frame(many), "agent", show_agents=True)
    assert len(result.to_frame()) == 10


def test_touchpoints_are_held_apart():
    """Shops score 40 points above calls; nobody differs within either."""
    cells = {(place, f"{place}{i}"): counts for place, counts in (("shop", (4, 12, 44)), ("call", (20, 24, 16))) for i in range(6)}
    frame = funnel(survey_of(cells, ("touchpoint", "team"))).to_frame()
    assert len(frame) == 12
    assert frame["difference"].to_numpy() == pytest.approx(np.zeros(12), abs=1e-9)


def test_several_columns_are_one_family():
    """A group that stands out by itself need not among many: limits are wider, and p is the same."""
    one = stores((3, 9, 28), k=10)
    rng = np.random.default_rng(3)
    both = one.with_frame(one.answers.assign(shift=[f"s{i}" for i in rng.integers(0, 10, len(one.answers))]))
    mapped = naive.survey_of(
        both.answers["score"].tolist(), touchpoint=both.answers["touchpoint"], store=both.answers["store"], shift=both.answers["shift"]
    )
    alone, together = funnel(mapped, "store").to_frame(), funnel(mapped).to_frame()
    assert set(together["column"]) == {"store", "shift"}
    same = together[together["column"] == "store"]
    by_unit = alone.set_index("unit").loc[same["unit"]]
    assert same["p"].to_numpy() == pytest.approx(by_unit["p"].to_numpy())
    assert same["usual_low"].to_numpy() == pytest.approx(by_unit["usual_low"].to_numpy())
    assert (same["limit_low"].to_numpy() < by_unit["limit_low"].to_numpy()).all()
    expected = stats.benjamini_hochberg(together["p"]) <= 0.05
    assert ((together["verdict"] != "as expected") == expected).all()


def test_order_of_the_answers_does_not_matter(survey):
    month = survey.month("2026-09")
    mixed = month.with_frame(month.frame.sample(frac=1, random_state=1).reset_index(drop=True))
    pd.testing.assert_frame_equal(funnel(mixed, show_agents=True).to_frame(), funnel(month, show_agents=True).to_frame())


def test_answers_without_a_group_are_left_out():
    named = stores((0, 4, 36), usual=(12, 18, 30))
    more = {("shop", f"S{i}"): (0, 4, 36) if i == 0 else (12, 18, 30) for i in range(9)} | {("shop", ""): (90, 5, 5)}
    pd.testing.assert_frame_equal(funnel(survey_of(more, ("touchpoint", "store"))).to_frame(), funnel(named).to_frame())


# --- repeat customers and weights ----------------------------------------------------------------------------------------


def repeating(rng: np.random.Generator, mix, times: tuple[int, int], alike: float, units: int = 20, people: int = 20, **more) -> Survey:
    """Customers of equal stores, each answering some times; two answers of one agree beyond chance with that correlation."""
    customer = np.repeat(np.arange(units * people), rng.integers(times[0], times[1] + 1, units * people))
    habit = rng.choice([3, 7, 10], units * people, p=mix)[customer]
    scores = np.where(rng.random(len(customer)) < alike**0.5, habit, rng.choice([3, 7, 10], len(customer), p=mix))
    names = [f"S{i:02d}" for i in customer // people]
    return naive.survey_of(scores.tolist(), store=names, customer=customer.astype(str), **more)


def slow_design(bands, units, customers, cells, weights) -> dict[str, float]:
    """The definition in the notes of `designs`, one unit, customer and answer at a time."""
    usual = {c: np.average(bands[cells == c], weights=weights[cells == c]) for c in set(cells)}
    off = np.array([b - usual[c] for b, c in zip(bands, cells, strict=True)])
    parts, together, apart = {}, 0.0, 0.0
    for u in sorted(set(units)):
        mine = units == u
        left, w = off[mine] - np.average(off[mine], weights=weights[mine]), weights[mine]
        who = [c or f"nobody {i}" for i, c in enumerate(customers[mine])]
        sums = {c: sum(w[i] for i, x in enumerate(who) if x == c) for c in set(who)}
        together += sum(sum(w[i] * left[i] for i, x in enumerate(who) if x == c) ** 2 for c in sums)
        apart += float((w**2 * left**2).sum())
        parts[u] = (w.sum(), float((w**2).sum()), sum(s**2 for s in sums.values()))

    def ratio(r: float) -> float:
        above = sum((q + r * (m - q)) * (1 - m / w**2) for w, q, m in parts.values())
        return above / sum(q * (1 - (q + r * (m - q)) / w**2) for w, q, m in parts.values())

    alike = optimize.brentq(lambda r: ratio(r) - together / apart, 0, 1)
    return {u: (q + alike * (m - q)) / w for u, (w, q, m) in parts.items()}


@pytest.mark.parametrize("weighted", [False, True])
def test_designs_equal_the_slow_definition(weighted):
    rng = np.random.default_rng(5)
    customer = np.repeat(np.arange(60), rng.integers(1, 5, 60))
    n = len(customer)
    score = np.where(rng.random(n) < 0.6, rng.choice([3, 7, 10], 60)[customer], rng.choice([3, 7, 10], n))
    weight = rng.gamma(2, 1, n) if weighted else np.ones(n)
    rows = pd.DataFrame({
        "score": score, "unit": np.array(list("abc"))[rng.integers(0, 3, 60)[customer]], "cell": rng.choice(["0", "1"], n), "weight": weight,
        "customer": np.where(rng.random(n) < 0.15, "", customer.astype(str)),
    })  # fmt: skip
    slow = slow_design(np.digitize(score, (7, 9)) - 1.0, *(rows[c].to_numpy() for c in ("unit", "customer", "cell", "weight")))
    fast = designs(tally(rows, ["unit", "cell"], weighted=weighted), pd.Index(["a", "b", "c"]))
    assert fast == pytest.approx([slow[u] for u in "abc"])


@pytest.mark.parametrize(("times", "alike", "expected"), [((4, 4), 1.0, 4.0), ((1, 3), 0.7, 1 + 0.7 * 4 / 3), ((1, 3), 0.0, 1.0), ((1, 1), 0.0, 1.0)])
def test_designs_are_those_of_the_simulation(times, alike, expected):
    """1 + likeness * (mean of the squared numbers of answers over their mean - 1); for one to three answers that is 14/3 over 2."""
    rng = np.random.default_rng(2)
    frame = pd.concat([funnel(repeating(rng, USUAL, times, alike)).to_frame() for _ in range(20)])
    assert (frame["n"] / frame["effective"]).mean() == pytest.approx(expected, rel=0.04)


@pytest.mark.parametrize("mix", [[0.3, 0.3, 0.4], GOOD])
@pytest.mark.parametrize(("times", "alike"), [((4, 4), 1.0), ((1, 3), 0.7)])
def test_repeat_customers_of_equal_stores_name_a_store_in_at_most_one_survey_in_twenty(mix, times, alike):
    """60 surveys each (three standard errors); were repeat customers not allowed for, two in five and more would name one."""
    rng = np.random.default_rng(8)
    alarms = unaware = 0
    for _ in range(60):
        survey = repeating(rng, mix, times, alike)
        alarms += (funnel(survey).to_frame()["verdict"] != "as expected").any()
        counts = pd.crosstab(survey.answers["store"], survey.answers["score"]).reindex(columns=[3, 7, 10], fill_value=0)
        unaware += found(expect(counts.to_numpy(dtype=float)[:, None])).any()
    assert alarms <= 60 * (0.05 + 3 * (0.05 * 0.95 / 60) ** 0.5)
    assert unaware > 18


def test_weights_that_say_nothing_name_a_store_in_at_most_one_survey_in_twenty():
    """60 surveys of equal stores whose weights differ, among stores too; three standard errors."""
    rng = np.random.default_rng(9)
    alarms = 0
    for _ in range(60):
        weight = np.repeat(rng.choice([0.3, 1, 3], 20), 40) * rng.lognormal(0, 0.7, 800)
        survey = repeating(rng, USUAL, (2, 2), 0.5, weight=weight)
        alarms += (funnel(survey, weighted=True).to_frame()["verdict"] != "as expected").any()
    assert alarms <= 60 * (0.05 + 3 * (0.05 * 0.95 / 60) ** 0.5)


def test_weighted_scores_are_weighted_and_count_at_their_effective_number():
    rng = np.random.default_rng(10)
    weight = rng.lognormal(0, 0.7, 400)
    survey = repeating(rng, USUAL, (1, 1), 0.0, weight=weight)
    frame = funnel(survey, weighted=True).to_frame().set_index("unit")
    bands = pd.Series(np.digitize(survey.answers["score"], (7, 9)) - 1.0)
    for unit, rows in survey.answers.groupby("store"):
        w = rows["weight"]
        assert frame.loc[unit, "value"] == pytest.approx(100 * np.average(bands[rows.index], weights=w))
        assert frame.loc[unit, "effective"] == pytest.approx(w.sum() ** 2 / (w**2).sum())
        others = survey.answers.index.difference(rows.index)
        assert frame.loc[unit, "expected"] == pytest.approx(100 * np.average(bands[others], weights=survey.answers.loc[others, "weight"]))


@pytest.mark.parametrize("weight", [1.0, 0.3])
def test_equal_weights_change_nothing(weight):
    rng = np.random.default_rng(12)
    survey = repeating(rng, USUAL, (1, 3), 0.7)
    same = survey.with_frame(survey.answers.assign(weight=weight))
    one, other = funnel(survey).to_frame(), funnel(same, weighted=True).to_frame()
    pd.testing.assert_frame_equal(one, other)


def test_what_is_allowed_for_is_said():
    rng = np.random.default_rng(12)
    repeat = repeating(rng, USUAL, (1, 3), 0.7)
    said = "Allowed for: some customers answered more than once."
    assert said in funnel(repeat)._caption()
    assert said in getattr(nps_expected(funnel(repeat)).get_figure(), shared.ALT)
    both = funnel(repeat.with_frame(repeat.answers.assign(weight=1.5)), weighted=True)
    assert "Allowed for: answers are weighted and some customers answered more than once." in both._caption()
    assert "Allowed for" not in funnel(repeating(rng, USUAL, (1, 1), 0.0))._caption()
    elsewhere = repeat.answers.assign(customer=repeat.answers.groupby("store").cumcount().astype(str))  # once in each store
    assert funnel(repeat.with_frame(elsewhere)).because == ""


# --- what is not shown ---------------------------------------------------------------------------------------------------


def leftovers(result: Funnel, cells: dict[tuple[str, str], tuple[int, int, int]]) -> list[int]:
    """What is left of each touchpoint with a shown group, and of everything, once the shown groups are subtracted.

    Touchpoints that a shown group joins count together: how many of its answers are at each of them is not shown.
    """
    shown = set(result.to_frame()["unit"])
    places = {place for place, unit in cells if unit in shown}
    at = {unit: {p for p, u in cells if u == unit} for unit in shown}
    joined = [{place} | {p for other in at.values() if place in other for p in other} for place in places]
    left = [sum(sum(c) for (p, unit), c in cells.items() if p in together and unit not in shown) for together in joined]
    return [*left, sum(sum(c) for (_, unit), c in cells.items() if unit not in shown)]


@pytest.mark.parametrize("seed", range(30))
def test_small_groups_cannot_be_got_by_subtracting(seed):
    rng = np.random.default_rng(seed)
    cells = {}
    for place in ("shop", "call"):
        for i in range(8):
            cells[place, f"{place}{i}"] = tuple(int(x) for x in rng.multinomial(rng.choice([2, 5, 9, 14, 30, 60]), USUAL))
        if rng.random() < 0.5:
            cells[place, ""] = (1, 1, int(rng.integers(0, 20)))
    cells["call", "shop0"] = (1, 1, 1)
    result = funnel(survey_of(cells, ("touchpoint", "team")), "team")
    frame = result.to_frame()
    assert (frame["n"] >= MIN_ANSWERS).all()
    assert all(n == 0 or n >= MIN_ANSWERS for n in leftovers(result, cells))
    assert result.hidden + result.alone + len(frame) == len({unit for _, unit in cells if unit})


def test_the_next_smallest_hides_a_single_small_group():
    cells = {("shop", f"S{i}"): (5, 10, 20 + i) for i in range(10)} | {("shop", "tiny"): (1, 1, 3)}
    result = funnel(survey_of(cells, ("touchpoint", "store")))
    assert result.hidden == 2
    assert not {"tiny", "S0"} & set(result.to_frame()["unit"])
    assert "2 groups not shown: too few answers (under 10)" in result._caption()


def test_hidden_groups_stay_among_the_others():
    cells = {("shop", f"S{i}"): (5, 10, 25) for i in range(9)} | {("shop", f"tiny{i}"): (5, 2, 1) for i in range(3)}
    frame = funnel(survey_of(cells, ("touchpoint", "store"))).to_frame()
    assert frame["expected"].to_numpy() == pytest.approx(np.full(9, 100 * (8 * 20 - 3 * 4) / (8 * 40 + 3 * 8)))


def test_groups_with_nobody_to_compare_with_are_counted_and_not_shown():
    cells = {("shop", f"S{i}"): (5, 10, 25) for i in range(9)} | {("web", "only"): (20, 10, 10)}
    result = funnel(survey_of(cells, ("touchpoint", "team")))
    assert result.alone == 1
    assert "only" not in set(result.to_frame()["unit"])
    assert "1 group not shown: hardly any others with the same touchpoint." in result._caption()


def test_a_touchpoint_whose_other_store_stands_out_is_no_crash():
    """Two stores at a touchpoint: once one is taken out of the others, the other has nobody left to be compared with."""
    cells = {("shop", f"S{i}"): (10, 15, 25) for i in range(9)} | {("kiosk", "good"): (0, 5, 195), ("kiosk", "poor"): (150, 30, 20)}
    result = funnel(survey_of(cells, ("touchpoint", "team")))
    frame = result.to_frame()
    assert np.isfinite(frame.select_dtypes("number")).all(axis=None)
    assert len(frame) + result.alone == 11


@pytest.mark.parametrize(
    "data",
    [naive.survey_of([]), naive.survey_of([10, 3]), naive.survey_of([], touchpoint=[], store=[]), stores(k=7), stores((1, 1, 3), usual=(1, 1, 2))],
)
def test_too_little_to_compare_is_a_sentence(data):
    note = funnel(data)
    assert isinstance(note, display.Note)
    assert note.headline == "There are too few groups with 10 answers to compare (all answers)."


def test_a_column_that_was_asked_for_may_have_few_groups():
    assert len(funnel(stores(k=3), "store").to_frame()) == 3
    assert isinstance(funnel(stores(k=1), "store"), display.Note)
    touchpoints = funnel(survey_of({("a", "x"): (5, 5, 20), ("b", "x"): (20, 5, 5), ("c", "x"): (9, 9, 9)}, ("touchpoint", "team")), "touchpoint")
    assert touchpoints.alike == ()
    assert set(touchpoints.to_frame()["verdict"]) == {"above", "below", "as expected"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"columns": "stroe"}, 'there is no column "stroe" .did you mean "store"'),
        ({"adjust": ["raeson"]}, 'there is no column "raeson"'),
        ({"level": 95}, "level must lie between 0 and 1; found 95"),
        ({"weighted": True}, "there are no weights"),
    ],
)
def test_bad_arguments_raise(arguments, message):
    with pytest.raises(VocError, match=message):
        funnel(stores(), **arguments)


def test_page_words_are_everyday_words(survey):
    result = funnel(survey.month("2026-09"), show_agents=True)
    text = " ".join([result._repr_html_(), result.headline, getattr(nps_expected(result).get_figure(), shared.ALT)]).lower()
    banned = [*FORBIDDEN, "bootstrap", "significant", "dirichlet", "because of"]
    assert [word for word in banned if word.lower() in text] == []
    assert "what one would expect of its visits" in text


# --- chart ---------------------------------------------------------------------------------------------------------------


def test_chart_draws_scores_limits_and_best_estimates(survey):
    result = funnel(survey.month("2026-09"))
    ax = nps_expected(result)
    frame = result.to_frame()
    _, scores, best = ax.collections
    assert np.allclose(scores.get_offsets()[:, 0], frame["value"])
    assert np.allclose(best.get_offsets()[:, 0], frame["best"])
    assert np.allclose([bar.get_x() for bar in ax.patches], frame["limit_low"])
    assert np.allclose([bar.get_x() + bar.get_width() for bar in ax.patches], frame["limit_high"])
    alt = getattr(ax.get_figure(), shared.ALT)
    assert result.headline in alt
    assert "Harbour Street: 84.2, chance allows" in alt


def test_chart_of_many_says_how_many_and_of_none_says_why(survey):
    result = funnel(survey.month("2026-09"), show_agents=True)
    ax = nps_expected(result)
    assert len(ax.patches) == MOST_ROWS < len(result.to_frame())
    assert f"The first {MOST_ROWS} of {len(result.to_frame())}." in getattr(ax.get_figure(), shared.ALT)
    note = funnel(stores(k=2))
    assert nps_expected(note).texts[0].get_text().replace("\n", " ") == note.headline
