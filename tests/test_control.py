"""The control chart: its rate of false alarms, what it leaves out, what it reduces to, and a slow loop that gives the same limits."""

from __future__ import annotations

import functools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps

from voc.schema import VocError
from voc.score import control

MIDDLING = (0.25, 0.30, 0.45)


def drawn(mix, sizes, wander=0.0, *, usual=200, seed=0):
    """Counts (3, ...) of independent periods; the true shares wander by `wander` sampling errors of a usual period (Dirichlet)."""
    rng = np.random.default_rng(seed)
    shares = np.broadcast_to(mix, (*sizes.shape, 3))
    if wander:
        shares = rng.standard_gamma(np.array(mix) * (usual / wander**2 - 1), shares.shape)
        shares = shares / shares.sum(axis=-1, keepdims=True)
    detractors = rng.binomial(sizes, shares[..., 0])
    promoters = rng.binomial(sizes - detractors, np.minimum(shares[..., 2] / (1 - shares[..., 0]), 1))
    return np.stack([detractors, sizes - detractors - promoters, promoters]).astype(float)


def alarms(counts):
    """Share of last periods outside their limits."""
    return float((control.chart(*counts).side[:, -1] != 0).mean())


def rate(mix, earlier, *, size=200, uneven=0.0, wander=0.0, cells=2_000_000):
    """False alarms in `cells` / (earlier + 1) samples."""
    rng = np.random.default_rng(earlier)
    shape = (cells // (earlier + 1), earlier + 1)
    sizes = np.round(size * rng.uniform(1 - uneven, 1 + uneven, shape)).astype(int)
    return alarms(drawn(mix, sizes, wander, usual=size, seed=earlier + 1))


@functools.cache
def narrowing(alarm):
    """By what share of itself the mean range of two normals exceeds that of two cut off at the limits: twice E x (2 F(x) - 1)."""
    cut = sps.truncnorm(sps.norm.ppf(alarm / 2), sps.norm.isf(alarm / 2))
    return 2 / math.sqrt(math.pi) / cut.expect(lambda x: 2 * x * (2 * cut.cdf(x) - 1)) - 1


def slow_limits(detractors, passives, promoters, alarm=control.FALSE_ALARM):
    """Limits of the last period, from the formulas in words, one period at a time."""
    sizes = [d + p + c for d, p, c in zip(detractors, passives, promoters, strict=True)]
    scores = [(c - d) / n for d, c, n in zip(detractors, promoters, sizes, strict=True)]
    k, new = len(sizes) - 1, sizes[-1]
    d, p, c = sum(detractors[:-1]), sum(passives[:-1]), sum(promoters[:-1])
    total = d + p + c
    mean = (c - d) / total
    shares = {-1: (d + 0.75) / (total + 3), 0: (p + 1.5) / (total + 3), 1: (c + 0.75) / (total + 3)}
    centre = sum(band * share for band, share in shares.items())
    v = sum(share * (band - centre) ** 2 for band, share in shares.items())
    third = sum(share * (band - centre) ** 3 for band, share in shares.items())

    ranges, harmonic = [], []
    for i in range(1, k):
        error = math.sqrt(1 / sizes[i] + 1 / sizes[i - 1])
        ranges.append(abs(scores[i] - scores[i - 1]) / error * math.sqrt(2))
        harmonic.append(2 / (1 / sizes[i] + 1 / sizes[i - 1]))
    typical = sum(harmonic) / (k - 1)
    own_variance, neighbours = 2 - 4 / math.pi, 4 / math.pi * (math.sqrt(1 - 0.5**2) + 0.5 * math.asin(0.5) - 1)
    relative = (own_variance * (k - 1) + 2 * neighbours * (k - 2)) / (k - 1) ** 2 * math.pi / 4
    freedom = (1 + math.sqrt(1 + 2 * relative)) / (4 * relative)
    z = sps.norm.ppf(1 - alarm / 2)
    squared = ((1 + 1.5 * narrowing(alarm) * (k - 6) / k) * sum(ranges) / (k - 1) * math.sqrt(math.pi) / 2) ** 2 / (1 + relative)
    floor = 1.0 if typical * v < 2 else sps.chi2.ppf(0.01, freedom) / freedom
    squared = max(squared, floor * v)

    by_chance, tau2 = (squared, 0.0) if squared < v else (v, (squared - v) / typical)
    own = by_chance / new + tau2
    of_mean = sum((n / total) ** 2 * (by_chance / n + tau2) for n in sizes[:-1])
    half = sps.t.ppf(1 - alarm / 2, freedom) * math.sqrt(own + of_mean)
    tail = (z**2 - 1) / 6 * third / v**2 * max(own, v / new)
    tail = max(min(tail, half), -half)
    return max(100 * (mean + tail - half), -100), min(100 * (mean + tail + half), 100)


def slow_chart(counts, alarm=control.FALSE_ALARM):
    """Limits of each period, its side, and which periods are left out in the end, from the words: everything before is looked through again."""
    periods, sides, limits = counts.T.tolist(), [], []
    for i, period in enumerate(periods):
        alone = left_out(sides)
        counting = [p for p, out in zip(periods[:i], alone, strict=True) if not out]
        low, high = slow_limits(*zip(*counting, period, strict=True), alarm) if i >= 6 else (math.nan, math.nan)
        value = 100 * (period[2] - period[0]) / sum(period)
        sides.append(1 if value > high + 1e-9 else -1 if value < low - 1e-9 else 0)
        limits.append((low, high))
    return limits, sides, left_out(sides)


def left_out(sides):
    """Which periods so far do not count: unusual, no neighbour unusual on the same side, no such pair since 6 usual ones in a row."""
    out = []
    for i, side in enumerate(sides):
        pairs = [j for j in range(1, i + 2) if j < len(sides) and sides[j] == sides[j - 1] == side]
        since_pair = "".join(str(abs(s)) for s in sides[pairs[-1] : i]) if pairs else ""
        other_pair = any(sides[j] == sides[j - 1] == -side for j in range(pairs[-1], i)) if pairs else False
        out.append(side != 0 and not (pairs and "000000" not in since_pair and not other_pair))
    return out


# --- false alarms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("earlier", [12, 24, 60])
@pytest.mark.parametrize("wander", [0.0, 1.0])
@pytest.mark.parametrize("uneven", [0.0, 0.4])
def test_one_ordinary_period_in_a_hundred_is_called_unusual(earlier, wander, uneven):
    """Sizes equal or within 40 %; chance alone, or a true score that wanders by as much again."""
    assert 0.008 <= rate(MIDDLING, earlier, uneven=uneven, wander=wander) <= 0.012


@pytest.mark.parametrize(("wander", "most"), [(0.0, 0.012), (1.0, 0.0135)])
def test_the_rate_holds_for_small_periods_near_the_ceiling(wander, most):
    """85 % promoters and about 30 answers, where scores have a long lower tail; without allowing for it, 2.2 % with wandering."""
    assert 0.008 <= rate((0.02, 0.13, 0.85), 24, size=30, uneven=0.4, wander=wander) <= most


def test_few_false_alarms_where_almost_every_answer_is_the_same():
    """Ranges are mostly 0 and say little; the rate may be low, never high."""
    assert rate((0.01, 0.04, 0.95), 12, size=12, uneven=0.2, cells=400_000) <= 0.01


def test_wandering_is_not_scaled_with_the_sampling_error():
    """A period of four times the answers wanders as far as the others, so its limits must not be half as wide (Laney's own: 14 % false alarms)."""
    sizes = np.full((20_000, 61), 200)
    sizes[:, -1] = 800
    assert alarms(drawn(MIDDLING, sizes, 2.0)) <= 0.02


def test_degrees_of_freedom_are_those_of_the_mean_moving_range():
    """Simulated, and Cryer & Ryan 1990: the relative variance of the mean moving range of 12 normals; limits that keep 1 %."""
    z = np.random.default_rng(3).standard_normal((200_000, 13))
    measured = np.abs(np.diff(z[:, :-1])).mean(axis=1) / control.MEAN_RANGE
    twelve = np.array([12.0])
    assert measured.mean() == pytest.approx(1, abs=0.002)
    assert measured.var() == pytest.approx(control.range_error(twelve)[0], rel=0.02)
    assert control.range_error(twelve)[0] == pytest.approx((0.8264 * 12 - 1.082) / 11**2, abs=1e-5)
    reach = sps.t.isf(0.005, control.freedom_of(twelve)) / np.sqrt(1 + control.range_error(twelve)) * np.sqrt(1 + 1 / 12)
    assert 0.008 <= (np.abs(z[:, -1] - z[:, :-1].mean(axis=1)) > reach * measured).mean() <= 0.01


# --- what it reduces to ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("p", "n"), [(0.1, 50), (0.3, 80), (0.9, 120)])
def test_with_chance_alone_and_two_bands_it_is_the_corrected_p_chart(p, n):
    """Chen 1998, J. Quality Technology 30:142, as R's IQCC 0.7 has it (cchart.p, "CF"): p +- 3 sqrt(p (1 - p) / n) + 4 (1 - 2 p) / 3 n."""
    sizes = np.array([1e12] * 6 + [n])
    result = control.judge((1 - p) * sizes, 0 * sizes, p * sizes, alarm=2 * sps.norm.sf(3), spread=1.0).iloc[-1]
    ends = [p + side * 3 * math.sqrt(p * (1 - p) / n) + 4 * (1 - 2 * p) / (3 * n) for side in (-1, 1)]
    expected = [float(np.clip(100 * (2 * end - 1), -100, 100)) for end in ends]
    assert [result["usual_low"], result["usual_high"]] == pytest.approx(expected, abs=1e-6)


def test_with_chance_alone_it_is_the_trinomial_chart():
    """As many promoters as detractors, so that no tail is longer: 0 +- z sqrt((promoters + detractors) / n)."""
    sizes = np.array([1e12] * 6 + [100])
    result = control.judge(0.3 * sizes, 0.4 * sizes, 0.3 * sizes, spread=1.0).iloc[-1]
    half = 100 * sps.norm.ppf(0.995) * math.sqrt(0.6 / 100)
    assert (result["usual_low"], result["usual_high"]) == pytest.approx((-half, half), abs=1e-6)


def test_equal_sizes_give_the_spread_of_laney():
    """Laney 2002: z = (score - mean) / sqrt(v / n), sigma_z = mean moving range of z / 1.128, limits mean +- q sigma_z sqrt(v / n)."""
    counts = drawn((0.3, 0.4, 0.3), np.full(25, 400), 1.5, usual=400, seed=5)
    chart = control.chart(*counts)
    low, high = float(chart.low[-1]), float(chart.high[-1])
    scores = (counts[2] - counts[0]) / 400
    d, _, c = counts[:, :-1].sum(axis=1) / (24 * 400)
    error = math.sqrt((d + c - (c - d) ** 2) / 400)
    sigma_z = np.abs(np.diff((scores[:-1] - (c - d)) / error)).mean() / 1.128
    four = np.array([24.0])
    q = sps.t.isf(0.005, control.freedom_of(four)[0]) / math.sqrt(1 + control.range_error(four)[0])
    assert sigma_z > 1.2
    assert not chart.left_out.any()
    wider = float(control.widening(four)[0])
    assert (high - low) / 200 == pytest.approx(wider * q * sigma_z * error * math.sqrt(1 + 1 / 24), rel=0.001)


@pytest.mark.parametrize("mix", [MIDDLING, (0.02, 0.08, 0.90), (0.9, 0.07, 0.03), (0.0, 0.5, 0.5), (0.004, 0.006, 0.99)])
@pytest.mark.parametrize("wander", [0.0, 1.5])
@pytest.mark.parametrize("odd", [(), (12,), (12, 13), (9, 12, 13, 16, 24), (8, 10, 20, 21)])
def test_the_chart_equals_a_slow_loop(mix, wander, odd):
    """Some periods with nothing but detractors: none, one, a pair, a pair with others before and after it."""
    sizes = np.random.default_rng(8).integers(10, 90, 30)
    counts = drawn(mix, sizes, wander, usual=50, seed=9)
    for i in odd:
        counts[:, i] = [sizes[i], 0, 0]
    limits, sides, out = slow_chart(counts)
    chart = control.chart(*counts)
    np.testing.assert_allclose(np.stack([chart.low, chart.high], axis=1), limits, atol=1e-9)
    assert chart.side.tolist() == sides
    assert chart.left_out.tolist() == out


# --- what is left out --------------------------------------------------------------------------------------------------


def ordinary(periods, *, odd=(), seed=11, size=400):
    """Counts (3, periods) of ordinary periods; `odd` maps some to what they have instead."""
    counts = drawn(MIDDLING, np.full(periods, size), seed=seed)
    for i, shares in dict(odd).items():
        counts[:, i] = size * np.array(shares)
    return counts


BAD, GOOD = (0.45, 0.30, 0.25), (0.05, 0.30, 0.65)


@pytest.mark.parametrize("where", [6, 12, 18])
@pytest.mark.parametrize("shares", [BAD, GOOD])
def test_after_a_lone_odd_period_limits_are_as_if_it_had_not_been(where, shares):
    """Its neighbours are compared with each other instead."""
    without = ordinary(20)
    assert not control.judge(*without)["unusual"].any()
    result, expected = control.judge(*np.insert(without, where, 400 * np.array(shares), axis=1)), control.judge(*without)
    assert result["left_out"].tolist() == [i == where for i in range(21)]
    assert result["unusual"].iloc[where] != ""
    pd.testing.assert_frame_equal(result.drop(index=where).reset_index(drop=True), expected)


def test_two_odd_periods_in_a_row_count_and_so_does_a_third_on_their_side():
    """The level has moved. After the first alone the limits are narrow; after both they hold the pair's mean and the range to it."""
    counts = ordinary(24, odd={12: BAD, 13: BAD, 15: (0.9, 0.1, 0)})
    result = control.judge(*counts)
    assert result["unusual"].iloc[[12, 13, 15]].tolist() == ["below"] * 3
    assert not result["left_out"].any()
    assert result["before"].tolist() == [*range(13), 12, *range(14, 24)]
    for i in (13, 14, 16, 23):
        counted = np.delete(counts[:, : i + 1], [12] if i == 13 else [], axis=1)
        assert tuple(result.loc[i, ["usual_low", "usual_high"]]) == pytest.approx(slow_limits(*counted.tolist()), abs=1e-9)


def test_odd_periods_on_opposite_sides_or_apart_stand_alone():
    result = control.judge(*ordinary(24, odd={12: BAD, 13: GOOD, 15: BAD, 17: BAD}))
    assert result.index[result["left_out"]].tolist() == [12, 13, 15, 17]
    assert result["before"].iloc[-1] == 19


def test_six_usual_periods_in_a_row_end_a_move():
    """The same odd period counts five periods after a pair and is left out seven after it."""
    far = (1.0, 0.0, 0.0)
    for gap, out in ((5, False), (6, True)):
        result = control.judge(*ordinary(30, odd={12: BAD, 13: BAD, 14 + gap: far}))
        assert result["unusual"].iloc[14 : 14 + gap].eq("").all()
        assert result["unusual"].iloc[14 + gap] == "below"
        assert result["left_out"].iloc[14 + gap] == out


def test_periods_with_few_answers_do_not_part_a_pair():
    counts = np.insert(ordinary(16, odd={12: BAD, 13: BAD}), 13, [3, 3, 3], axis=1)
    result = control.judge(*counts)
    assert result["unusual"].iloc[12:15].tolist() == ["below", "", "below"]
    assert result.index[result["left_out"]].tolist() == [13]
    assert result["before"].iloc[12:16].tolist() == [12, 12, 12, 14]


@pytest.mark.parametrize(("odd", "before"), [({}, 16), ({15: BAD}, 15), ({14: BAD, 15: BAD}, 16)])
def test_a_last_period_with_few_answers_says_what_counts_before_it(odd, before):
    assert control.judge(*np.insert(ordinary(16, odd=odd), 16, [3, 3, 3], axis=1))["before"].iloc[-1] == before


def test_an_odd_period_hardly_hides_a_fall():
    """One of -6 sampling errors among 12, then a fall of 5: with the odd one counted 12 % are found, without any odd one 81 %."""
    times, errors = 20_000, np.zeros(13)
    errors[[8, 12]] = -6, -5
    move = errors * math.sqrt((0.7 - 0.2**2) / 400) / 2
    rng = np.random.default_rng(12)
    detractors = rng.binomial(400, np.broadcast_to(0.25 - move, (times, 13)))
    promoters = rng.binomial(400 - detractors, (0.45 + move) / (0.75 + move))
    chart = control.chart(detractors.astype(float), 400.0 - detractors - promoters, promoters.astype(float))
    assert (chart.side[:, -1] == -1).mean() >= 0.6
    assert chart.left_out[:, 8].mean() >= 0.7


@pytest.mark.parametrize(("earlier", "most"), [(12, 7.5), (24, 15)])
def test_a_level_that_stays_is_taken_in(earlier, most):
    """A step of 4 sampling errors: how many of the 60 periods after it are called unusual, on average, beside 1 % of them by chance."""
    times, periods = 1000, earlier + 60
    move = np.where(np.arange(periods) < earlier, 0, -4) * math.sqrt((0.7 - 0.2**2) / 400) / 2
    rng = np.random.default_rng(13)
    detractors = rng.binomial(400, np.broadcast_to(0.25 - move, (times, periods)))
    promoters = rng.binomial(400 - detractors, (0.45 + move) / (0.75 + move))
    chart = control.chart(detractors.astype(float), 400.0 - detractors - promoters, promoters.astype(float))
    assert (chart.side[:, earlier:] == -1).sum(axis=1).mean() <= most
    assert (chart.side[:, -12:] != 0).mean() <= 0.1


def test_widening_makes_up_for_what_is_left_out():
    """The mean range of two normals, for that of two cut off at the limits, by integration; half as much again; none while none is judged."""
    for alarm in (0.05, 0.01, 0.0027):
        factors = control.widening(np.array([0.0, 1, 6, 12, 1e9]), alarm)
        assert factors == pytest.approx([1, 1, 1, 1 + 0.75 * narrowing(alarm), 1 + 1.5 * narrowing(alarm)], abs=1e-6)


# --- invariants --------------------------------------------------------------------------------------------------------


def test_neither_the_judged_period_nor_a_later_one_moves_the_limits():
    counts = drawn(MIDDLING, np.full(20, 100), seed=1)
    changed = counts.copy()
    changed[:, 15] = [0, 30, 70]
    changed[:, 16:] = [[100], [0], [0]]
    one, other = (control.judge(*table) for table in (counts, changed))
    limits = ["usual_low", "usual_high"]
    assert one.loc[:15, limits].equals(other.loc[:15, limits])
    assert (one["unusual"].iloc[15], other["unusual"].iloc[15]) == ("", "above")
    assert one.loc[16, "usual_low"] != other.loc[16, "usual_low"]


@pytest.mark.parametrize("mix", [MIDDLING, (0.02, 0.08, 0.90)])
def test_swapping_promoters_and_detractors_flips_the_signs(mix):
    counts = drawn(mix, np.random.default_rng(2).integers(20, 80, 30), 1.0, usual=50, seed=2)
    counts[:, -1] = [counts[:, -1].sum(), 0, 0]
    one, other = control.judge(*counts), control.judge(*counts[::-1])
    np.testing.assert_allclose(one["usual_low"], -other["usual_high"], atol=1e-9)
    assert one["unusual"].map({"above": "below", "below": "above", "": ""}).tolist() == other["unusual"].tolist()
    assert one["unusual"].iloc[-1] == "below"


def test_shares_with_their_effective_number_give_what_counts_give():
    counts = drawn(MIDDLING, np.random.default_rng(4).integers(50, 150, 15), seed=4)
    n = counts.sum(axis=0)
    pd.testing.assert_frame_equal(control.judge(*counts), control.judge(*(counts / n), effective=n))


def test_fewer_effective_answers_in_the_judged_period_widen_its_limits():
    counts = drawn(MIDDLING, np.full(15, 200), seed=6)
    n = counts.sum(axis=0)
    fewer = np.where(np.arange(15) == 14, n / 4, n)
    widths = [(t["usual_high"] - t["usual_low"]).iloc[-1] for t in (control.judge(*counts), control.judge(*counts, effective=fewer))]
    assert 1.5 < widths[1] / widths[0] <= 2.0


def test_a_lower_rate_of_false_alarms_widens_the_limits():
    counts = drawn(MIDDLING, np.full(15, 200), seed=6)
    strict, loose = (control.judge(*counts, alarm=alarm).iloc[-1] for alarm in (0.001, 0.05))
    assert strict["usual_low"] < loose["usual_low"] < loose["usual_high"] < strict["usual_high"]


# --- what it finds -----------------------------------------------------------------------------------------------------


def test_a_fall_of_six_sampling_errors_is_found():
    """Two years of 400 answers at 20, then at -5: found 98 times in a hundred."""
    counts = drawn(MIDDLING, np.full((2_000, 25), 400), seed=12)
    counts[:, :, -1] = drawn((0.40, 0.25, 0.35), np.full(2_000, 400), seed=13)
    assert (control.chart(*counts).side[:, -1] == -1).mean() > 0.98
    assert control.judge(*counts[:, 0])["unusual"].iloc[-1] == "below"


def test_a_step_among_the_earlier_periods_hardly_widens_the_limits():
    """Half of them ten points higher: the standard deviation is four times as large, the mean moving range hardly."""
    even = np.tile(np.array([[100.0, 120, 180], [104, 116, 180], [98, 118, 184], [102, 124, 174]]), (6, 1)).T
    step = even + np.outer([-20, 0, 20], np.arange(24) >= 12)
    judged = np.array([[101.0], [120], [179]])
    charts = [control.chart(*np.hstack([table, judged])) for table in (even, step)]
    widths = [float(chart.high[-1] - chart.low[-1]) for chart in charts]
    assert widths[1] < 1.6 * widths[0]
    assert not charts[1].left_out.any()
    spread = [((t[2] - t[0]) / t.sum(axis=0)).std() for t in (even, step)]
    assert spread[1] > 3.9 * spread[0]


def test_too_few_earlier_periods_give_no_verdict():
    counts = drawn(MIDDLING, np.full(8, 100), seed=3)
    counts[:, 5] = [100, 0, 0]
    result = control.judge(*counts)
    assert result["usual_low"].isna().tolist() == [True] * 6 + [False] * 2
    assert result["unusual"].iloc[5] == ""
    assert result["before"].tolist() == list(range(8))


def test_periods_with_fewer_than_ten_answers_are_left_out():
    counts = drawn(MIDDLING, np.full(12, 100), seed=3)
    holes = np.insert(counts, [3, 3, 9], [[0, 9, 1], [0, 0, 0], [0, 0, 8]], axis=1)
    kept = [0, 1, 2, 5, 6, 7, 8, 9, 10, 12, 13, 14]
    with_holes, without = control.judge(*holes), control.judge(*counts)
    pd.testing.assert_frame_equal(with_holes.iloc[kept].reset_index(drop=True), without)
    assert with_holes.drop(index=kept)["usual_low"].isna().all()
    assert with_holes.drop(index=kept)["unusual"].eq("").all()
    assert with_holes.drop(index=kept)["left_out"].all()
    assert with_holes.drop(index=kept)["before"].tolist() == [3, 3, 9]


@pytest.mark.parametrize("same", [(0, 0, 40), (40, 0, 0), (0, 40, 0), (8, 15, 17)])
def test_periods_without_any_spread_do_not_make_one_different_answer_unusual(same):
    """All promoters, all detractors, all passives, and a dozen equal periods."""
    counts = np.array([same] * 13, dtype=float).T
    counts[:, -1] += [1, -1, 0] if same[1] else [0, 1, 0]
    result = control.judge(*counts).iloc[-1]
    assert result["unusual"] == ""
    assert -100 <= result["usual_low"] < result["usual_high"] <= 100


def test_a_disaster_after_nothing_but_promoters_is_found():
    counts = np.array([(0, 0, 40)] * 12 + [(20, 0, 20)], dtype=float).T
    assert control.judge(*counts)["unusual"].iloc[-1] == "below"


@pytest.mark.parametrize("k", [0, 1, 2])
def test_hardly_any_periods_are_no_error(k):
    result = control.judge(*np.full((3, k), 20.0))
    assert len(result) == k
    assert result["usual_low"].isna().all()
    assert not result["left_out"].any()


def test_bad_arguments_are_named():
    with pytest.raises(VocError, match="must not be negative; found -1"):
        control.judge([-1], [5], [9])
    with pytest.raises(VocError, match="must lie between 0 and 1; found 5"):
        control.judge([1], [5], [9], alarm=5)


# --- sentences ---------------------------------------------------------------------------------------------------------


def said(value, low, high, unusual="", *, before=13, rows=14, every="month", odd=""):
    """The sentence of the last of some rows, the first of which was left out, unusual if `odd`."""
    row = {"period": "September 2026", "value": value, "usual_low": low, "usual_high": high, "unusual": unusual, "before": before}
    frame = pd.DataFrame([row | {"left_out": unusual != ""}] * rows)
    frame.loc[: rows - 2, ["unusual", "left_out", "before"]] = [odd, True, before - 1]
    return control.sentence(frame, every)


def test_the_last_period_is_put_into_words():
    assert said(33.3, 29.7, 38.5) == "September 2026 (33.3) lies within what the 13 months before would lead one to expect (29.7 to 38.5)."
    assert said(20.1, 29.7, 38.5, "below") == "September 2026 (20.1) is unusually low: the 13 months before would lead one to expect 29.7 to 38.5."
    assert said(40.0, 29.7, 38.5, "above", every="week").startswith("September 2026 (40.0) is unusually high: the 13 weeks before ")


def test_the_sentence_says_that_odd_periods_were_left_out():
    assert said(18.7, 14.1, 30.2, before=12, odd="below") == (
        "September 2026 (18.7) lies within what the 12 ordinary months before would lead one to expect (14.1 to 30.2)."
    )
    assert said(9.0, 14.1, 30.2, "below", before=1, rows=2).startswith("Only 1 month came before")
    assert said(9.0, 14.1, 30.2, "below", odd="above").endswith("the 13 ordinary months before would lead one to expect 14.1 to 30.2.")


def test_what_cannot_be_said_is_put_into_words():
    nan = float("nan")
    assert said(33.3, nan, nan, before=2, rows=3) == "Only 2 months came before September 2026: too few to say what is usual."
    assert said(33.3, nan, nan, before=1, rows=2) == "Only 1 month came before September 2026: too few to say what is usual."
    assert said(33.3, nan, nan, before=0, rows=1) == "No month came before September 2026: too few to say what is usual."
    assert said(33.3, nan, nan, before=0, rows=3) == "No month with enough answers came before September 2026: too few to say what is usual."
    assert said(33.3, nan, nan, before=2, rows=9).startswith("Only 2 months with enough answers came before September 2026")
    assert said(nan, nan, nan) == "September 2026 has too few answers to say whether it is unusual."
    assert said(33.3, nan, nan) == "September 2026 has too few answers to say whether it is unusual."
    assert control.sentence(pd.DataFrame(), "day") == "There is no day to judge."


def test_the_sentence_goes_with_the_verdict():
    """Taken from the same table, end to end."""
    counts = drawn(MIDDLING, np.full(14, 400), seed=14)
    counts[:, -1] = [160, 100, 140]
    frame = control.judge(*counts).assign(value=100 * (counts[2] - counts[0]) / counts.sum(axis=0), period=[f"month {i}" for i in range(14)])
    assert control.sentence(frame, "month").startswith("month 13 (−5.0) is unusually low: the 13 months before would lead one to expect ")


def test_the_sentence_of_the_second_of_a_pair_says_that_the_first_was_aside():
    counts = ordinary(14, odd={12: BAD, 13: BAD})
    frame = control.judge(*counts).assign(value=100 * (counts[2] - counts[0]) / counts.sum(axis=0), period=[f"month {i}" for i in range(14)])
    assert not frame["left_out"].any()
    assert control.sentence(frame, "month").startswith("month 13 (−20.0) is unusually low: the 12 ordinary months before would lead one to expect ")
    assert control.sentence(frame.iloc[:13], "month").startswith("month 12 (−20.0) is unusually low: the 12 months before would")


def test_seasons_are_stated_for_every_period():
    assert set(control.SEASONS) == {"day", "week", "month", "quarter", "year"}
    assert "weekdays" in control.SEASONS["day"]
    assert "every year" in control.SEASONS["month"]
