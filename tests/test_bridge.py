"""The change split into parts: published values, parts that add up, ranges that cover, and contacts beside answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import naive
from naive import segments_of, visits_of
from voc import score, stats
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, VocError
from voc.score import tally
from voc.score.bridge import OTHER
from voc.score.split import Side, _single_slopes, _slopes, decompose, intervals

# Das Gupta 1993, US Census Bureau P23-186, example 5.1: share of each of 13 age groups (%) and household headship rate (%), 1970 and 1985.
SHARE_1970 = [12.9, 10.9, 9.5, 8.0, 7.8, 8.4, 8.6, 7.8, 7.0, 5.9, 4.7, 3.6, 4.9]
SHARE_1985 = [10.1, 11.2, 11.6, 10.9, 9.4, 7.7, 6.3, 6.0, 6.3, 5.9, 5.1, 4.0, 5.5]
RATE_1970 = [1.9, 25.8, 45.7, 49.6, 51.2, 51.6, 51.8, 54.9, 58.7, 60.4, 62.8, 66.6, 66.8]
RATE_1985 = [2.2, 24.3, 45.8, 52.5, 56.1, 55.6, 56.0, 57.4, 57.2, 61.2, 63.9, 68.6, 72.2]

# The same, example 5.3: thousands of people and deaths per thousand of two races (rows) and eleven age groups, 1970 and 1985.
PEOPLE_1970 = [
    [2968, 11484, 34614, 30992, 21983, 20314, 20928, 16897, 11339, 5720, 1315],
    [535, 2162, 6120, 4781, 3096, 2718, 2363, 1767, 1149, 448, 117],
]
PEOPLE_1985 = [
    [3041, 11577, 27450, 32711, 35480, 27411, 19555, 19795, 15254, 8022, 2472],
    [707, 2692, 6473, 6841, 6547, 4352, 3034, 2540, 1749, 804, 236],
]
DEATHS_1970 = [
    [18.469, 0.751, 0.391, 1.146, 1.287, 2.672, 6.636, 15.691, 34.723, 79.763, 176.837],
    [36.993, 1.352, 0.541, 2.040, 3.523, 6.746, 12.967, 24.471, 45.091, 74.902, 123.205],
]
DEATHS_1985 = [
    [9.163, 0.462, 0.248, 0.929, 1.084, 1.810, 4.715, 12.187, 27.728, 64.068, 157.570],
    [17.208, 0.738, 0.328, 1.103, 2.045, 3.724, 8.052, 17.812, 34.128, 68.276, 125.161],
]

PARTS = ["mix", "mix_low", "mix_high", "within", "within_low", "within_high"]
GOOD, MIDDLING, BAD = (0.1, 0.2, 0.7), (0.3, 0.3, 0.4), (0.5, 0.2, 0.3)


def shares_and_rates(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts (..., 3) as shares of all answers and net shares; nan without answers."""
    n = counts.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return n / n.sum(), (counts[..., 2] - counts[..., 0]) / n


def split(before: np.ndarray, after: np.ndarray, *, crossed: bool = False) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """`decompose` on counts, in points."""
    (w0, r0), (w1, r1) = shares_and_rates(before), shares_and_rates(after)
    return decompose((w0, w1), (100 * r0, 100 * r1), crossed=crossed)


def random_pair(rng: np.random.Generator, *, crossed: bool = False, gaps: bool = False) -> tuple[Survey, Survey]:
    """Two surveys of random counts by team, or by touchpoint and team; some cells empty where gaps are asked for, never that of A at x."""
    pair = []
    for _ in range(2):
        teams = "ABCDE"[: rng.integers(3, 6)]
        cells = {(p, t): tuple(rng.integers(0, 40, 3) * (rng.random() > 0.3 * gaps)) for p in ("xyz" if crossed else "x") for t in teams}
        pair.append(visits_of(cells | {("x", "A"): tuple(rng.integers(5, 40, 3))}))
    return pair[0], pair[1]


# --- published values and oracles --------------------------------------------------------------------------------------


def test_one_column_equals_das_gupta():
    """Das Gupta 1993, example 5.1 (also DasGuptR's README): 44.7268 to 47.6940, of which 1.2269 age structure and 1.7403 rate."""
    shares, rates = (np.array(SHARE_1970), np.array(SHARE_1985)), (np.array(RATE_1970), np.array(RATE_1985))
    (mix,), within = decompose(shares, rates)
    assert [float(w @ r / w.sum()) for w, r in zip(shares, rates, strict=True)] == pytest.approx([44.7268, 47.6940], abs=5.1e-5)
    assert mix.sum() == pytest.approx(1.2269, abs=5.1e-5)
    assert within.sum() == pytest.approx(1.7403, abs=5.1e-5)


def test_two_columns_equal_das_gupta():
    """Das Gupta 1993, example 5.3 (also DasGuptR's README): age 1.5217347, race 0.0197749, rate -2.2277254, crude -0.6862158."""
    sizes, rates = (np.array(PEOPLE_1970), np.array(PEOPLE_1985)), (np.array(DEATHS_1970), np.array(DEATHS_1985))
    (race, age), within = decompose(sizes, rates, crossed=True)
    assert (race.shape, age.shape, within.shape) == ((2,), (11,), (2, 11))
    assert (age.sum(), race.sum(), within.sum()) == pytest.approx((1.5217347, 0.0197749, -2.2277254), abs=5.1e-8)
    assert age.sum() + race.sum() + within.sum() == pytest.approx(-0.6862158, abs=5.1e-8)
    assert (race.sum(), age.sum(), within.sum()) == pytest.approx(naive.split_crossed(*sizes, rates))


def test_one_column_equals_a_loop():
    """Oracle: `naive.split`, Kitagawa's formula; taking mix relative to the overall score moves it between segments but not their sum."""
    rng = np.random.default_rng(6)
    for _ in range(200):
        before, after = rng.integers(1, 60, (2, rng.integers(1, 8), 3)).astype(float)
        (mix,), within = split(before, after)
        assert (mix.sum(), within.sum()) == pytest.approx(naive.split(before, after), abs=1e-9)


def test_two_columns_equal_a_loop():
    """Oracle: `naive.split_crossed`."""
    rng = np.random.default_rng(7)
    for _ in range(100):
        before, after = rng.integers(1, 60, (2, *rng.integers(1, 5, 2), 3)).astype(float)
        (rows, columns), within = split(before, after, crossed=True)
        expected = naive.split_crossed(before.sum(axis=-1), after.sum(axis=-1), (100 * shares_and_rates(before)[1], 100 * shares_and_rates(after)[1]))
        assert (rows.sum(), columns.sum(), within.sum()) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("crossed", [False, True])
def test_many_tables_at_once_equal_one_by_one(crossed):
    rng = np.random.default_rng(8)
    w, r = rng.dirichlet(np.ones(6), (2, 5)).reshape(2, 5, 2, 3), rng.uniform(-1, 1, (2, 5, 2, 3))
    mixes, within = decompose((w[0], w[1]), (r[0], r[1]), crossed=True)
    if not crossed:
        w, r = w.reshape(2, 5, 6), r.reshape(2, 5, 6)
        mixes, within = decompose((w[0], w[1]), (r[0], r[1]))
    for i in range(5):
        alone, inside = decompose((w[0, i], w[1, i]), (r[0, i], r[1, i]), crossed=crossed)
        np.testing.assert_allclose(within[i], inside, atol=1e-12)
        for many, one in zip(mixes, alone, strict=True):
            np.testing.assert_allclose(many[i], one, atol=1e-12)


# --- parts add up ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crossed", [False, True])
@pytest.mark.parametrize("gaps", [False, True])
def test_parts_add_up_to_the_change(crossed, gaps):
    """Random tables, segments that appear and disappear among them; small groups are put together first."""
    rng = np.random.default_rng(9)
    for _ in range(15):
        before, after = random_pair(rng, crossed=crossed, gaps=gaps)
        result = score.bridge(before, after, by=["touchpoint", "team"] if crossed else "team")
        assert result.mix + result.within == pytest.approx(result.change.value, abs=1e-9)
        totals = result.totals.set_index(["part", "column"])["value"]
        assert totals["within", ""] == pytest.approx(result.within, abs=1e-9)
        assert totals["mix", ""] == pytest.approx(result.mix, abs=1e-9)
        for column in result.columns:
            assert totals["mix", column] == pytest.approx(result.frame.loc[result.frame["column"] == column, "mix"].sum(), abs=1e-9)
        assert sum(totals["mix", column] for column in result.columns) == pytest.approx(result.mix, abs=1e-9)


def test_weighted_answers_of_repeat_customers_add_up():
    """To the weighted change; and shares are those of the weights."""
    rng = np.random.default_rng(10)
    pair = []
    for survey in random_pair(rng):
        n = len(survey.answers)
        pair.append(replace(survey, answers=survey.answers.assign(weight=rng.uniform(0.2, 3, n), customer=rng.integers(0, n // 3, n).astype(str))))
    result = score.bridge(*pair, by="team", weighted=True)
    whole = score.change(*pair, weighted=True)
    assert (result.change.value, result.change.low) == pytest.approx((whole.value, whole.low))
    assert result.mix + result.within == pytest.approx(whole.value, abs=1e-9)
    rows = result.frame.set_index("segment")
    for survey, side in zip(pair, ("before", "after"), strict=True):
        weights = survey.answers.groupby("team")["weight"].sum()
        for team in set(rows.index) - {OTHER}:
            assert rows.loc[team, f"share_{side}"] == pytest.approx(weights[team] / weights.sum())
            assert rows.loc[team, f"value_{side}"] == pytest.approx(score.nps(survey.where(team=team), weighted=True).value)


def test_weights_of_one_change_nothing():
    pair = random_pair(np.random.default_rng(11))
    ones = [replace(s, answers=s.answers.assign(weight=1.0)) for s in pair]
    pd.testing.assert_frame_equal(score.bridge(*ones, by="team", weighted=True).frame, score.bridge(*pair, by="team").frame)


@pytest.mark.parametrize("crossed", [False, True])
def test_bridge_backwards_is_the_bridge_mirrored(crossed):
    by = ["touchpoint", "team"] if crossed else "team"
    before, after = random_pair(np.random.default_rng(12), crossed=crossed)
    there, back = score.bridge(before, after, by=by), score.bridge(after, before, by=by)
    for frame, mirror in ((there.frame, back.frame), (there.totals.rename(columns={"low": "value_low", "high": "value_high"}), None)):
        other = back.totals.rename(columns={"low": "value_low", "high": "value_high"}) if mirror is None else mirror
        for part in ("mix", "within") if mirror is not None else ("value",):
            np.testing.assert_allclose(frame[part], -other[part], atol=1e-9)
            np.testing.assert_allclose(frame[f"{part}_low"], -other[f"{part}_high"], atol=1e-7)


def test_the_order_of_the_rows_does_not_matter():
    before, after = random_pair(np.random.default_rng(13))
    shuffled = after.with_frame(after.frame.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(score.bridge(before, after, by="team").frame, score.bridge(before, shuffled, by="team").frame)


@pytest.mark.parametrize("by", ["team", ["touchpoint", "team"]])
def test_a_tally_is_split_like_its_survey(by):
    before, after = random_pair(np.random.default_rng(14), crossed=True)
    one, other = score.bridge(before, after, by=by), score.bridge(*(tally(s, ["team", "touchpoint"]) for s in (before, after)), by=by)
    pd.testing.assert_frame_equal(one.frame, other.frame)
    pd.testing.assert_frame_equal(one.totals, other.totals)
    assert one.headline == other.headline


def test_the_columns_may_be_named_in_any_order():
    before, after = random_pair(np.random.default_rng(15), crossed=True)
    one, other = (score.bridge(before, after, by=by) for by in (["touchpoint", "team"], ["team", "touchpoint"]))
    both = one.frame.merge(other.frame, on=["column", "segment"], suffixes=("", "_other"))
    assert len(both) == len(one.frame)
    for part in PARTS:
        np.testing.assert_allclose(both[part], both[f"{part}_other"], atol=1e-6)


# --- what the parts mean -----------------------------------------------------------------------------------------------


def test_pure_mix_shift_leaves_nothing_within():
    bad = {"bad": (35, 10, 5), "poor": (35, 10, 5)}
    before, after = segments_of({"good": (10, 20, 70)} | bad), segments_of({"good": (30, 60, 210)} | bad)
    result = score.bridge(before, after, by="team")
    assert result.within == pytest.approx(0, abs=1e-9)
    assert result.mix == pytest.approx(result.change.value, abs=1e-9)
    assert result.change.value == pytest.approx(30)
    (low, high), (least, most) = result.mix_range, result.within_range
    assert 0 < low < 30 < high
    assert least < 0 < most
    assert result.mix_matters
    assert f"the mix of answers by team goes with +30.0 points ({low:.1f} to {high:.1f})" in result.headline
    assert "scores within each team show no clear effect: 0.0 points (−" in result.headline
    assert "50.0\u00a0% to 75.0\u00a0%" in result.headline


def test_pure_change_within_leaves_no_mix():
    before, after = segments_of({"A": (100, 200, 200), "B": (80, 100, 120)}), segments_of({"A": (50, 100, 350), "B": (40, 60, 200)})
    result = score.bridge(before, after, by="team")
    assert result.mix == pytest.approx(0, abs=1e-9)
    assert result.within == pytest.approx(result.change.value, abs=1e-9)
    assert result.within_range[0] > 0
    assert not result.mix_matters
    assert "the mix of answers by team shows no clear effect: 0.0 points" in result.headline
    assert "scores within each team go with +" in result.headline
    assert "share of answers" not in result.headline


def test_a_growing_average_segment_contributes_nothing():
    """A and B pull apart by the same amount on both sides, C sits at the average and doubles."""
    before = segments_of({"A": (10, 20, 70), "B": (70, 20, 10), "C": (20, 60, 20)})
    after = segments_of({"A": (10, 20, 70), "B": (70, 20, 10), "C": (80, 240, 80)})
    result = score.bridge(before, after, by="team")
    parts = result.frame.set_index("segment")
    assert parts.loc["C", "share_after"] > 1.5 * parts.loc["C", "share_before"]
    assert parts.loc["C", ["mix", "within"]].tolist() == pytest.approx([0, 0], abs=1e-9)
    assert result.change.value == pytest.approx(0, abs=1e-9)


def test_a_growing_average_touchpoint_contributes_nothing_beside_another_column():
    """At x, y and z teams A and B pull apart alike; touchpoint z sits at the average and doubles."""
    same = {(p, t): counts for p in "xy" for t, counts in (("A", (10, 20, 70)), ("B", (70, 20, 10)))}
    before = visits_of(same | {("z", "A"): (10, 20, 70), ("z", "B"): (70, 20, 10)})
    after = visits_of(same | {("z", "A"): (20, 40, 140), ("z", "B"): (140, 40, 20)})
    parts = score.bridge(before, after, by=["touchpoint", "team"]).frame.set_index("segment")
    assert parts.loc["z", "share_after"] > parts.loc["z", "share_before"] + 0.1
    np.testing.assert_allclose(parts["mix"].dropna(), 0, atol=1e-9)


def test_two_columns_tell_a_shift_of_one_from_a_shift_of_the_other():
    """Touchpoints keep their shares, team A becomes larger at both; A scores 60 and B -20 everywhere."""
    before = visits_of({(p, t): c for p in "xy" for t, c in (("A", (10, 20, 70)), ("B", (50, 20, 30)))})
    after = visits_of({(p, t): c for p in "xy" for t, c in (("A", (15, 30, 105)), ("B", (25, 10, 15)))})
    result = score.bridge(before, after, by=["touchpoint", "team"])
    totals = result.totals.set_index(["part", "column"])["value"]
    assert totals["mix", "team"] == pytest.approx(20, abs=1e-9)
    assert totals["mix", "touchpoint"] == pytest.approx(0, abs=1e-9)
    assert totals["within", ""] == pytest.approx(0, abs=1e-9)
    assert "the mix of answers by touchpoint shows no clear effect: 0.0 points" in result.headline
    assert "the mix of answers by team goes with +20.0 points" in result.headline
    assert "scores within each combination show no clear effect: 0.0 points" in result.headline
    assert result.column == "touchpoint and team"
    last = result.frame.iloc[-1]
    assert (last["segment"], last["within"]) == ("Scores within each combination", pytest.approx(0, abs=1e-9))
    assert result.frame["within"].iloc[:-1].isna().all()


def test_a_segment_of_one_period_is_all_mix():
    """C opens: nothing is known of its score before, so nothing of the change lies within it, and that is certain."""
    same = {"A": (10, 20, 70), "B": (50, 20, 30)}
    result = score.bridge(segments_of(same), segments_of(same | {"C": (60, 20, 20)}), by="team")
    row = result.frame.set_index("segment").loc["C"]
    assert np.isnan(row["value_before"])
    assert (row["share_before"], row["share_after"]) == (0, pytest.approx(1 / 3))
    assert row["mix"] == pytest.approx((-40 - (20 + 0) / 2) / 3)
    assert row[["within", "within_low", "within_high"]].tolist() == pytest.approx([0, 0, 0], abs=1e-9)
    assert result.mix == pytest.approx(result.change.value, abs=1e-9)


# --- ranges ------------------------------------------------------------------------------------------------------------


def side(counts: np.ndarray) -> Side:
    """One period's unweighted answers of different people, (..., 3)."""
    n = counts.sum(axis=-1)
    known = {"share": n / n.sum(), "bands": counts / np.maximum(n, 1)[..., None], "effective": n.astype(float), "square": n / n.sum() ** 2}
    return Side(**known)


def sums_of(shape: tuple[int, ...]) -> np.ndarray:
    """Which parts each sum adds up: every part, every column's mix, all mix, all scores."""
    parts = np.eye(sum(shape) + int(np.prod(shape)))
    ends = np.cumsum(shape)
    mixes = [parts[end - k : end].sum(axis=0) for end, k in zip(ends, shape, strict=True)]
    return np.vstack([parts, *mixes, parts[: ends[-1]].sum(axis=0), parts[ends[-1] :].sum(axis=0)])


def values_of(before: np.ndarray, after: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """The sums of parts from shares of all answers, (..., 3)."""
    (w0, r0), (w1, r1) = shares_and_rates(before), shares_and_rates(after)
    mixes, within = decompose((w0, w1), (r0, r1), crossed=before.ndim > 2)
    return sums @ np.concatenate([*mixes, within.ravel()])


SAME = [0.4, 0.35, 0.25]
CROSSED = ([[0.3, 0.2], [0.1, 0.4]], [[GOOD, MIDDLING], [MIDDLING, BAD]]), ([[0.2, 0.2], [0.3, 0.3]], [[GOOD, MIDDLING], [GOOD, BAD]])
DESIGNS = {  # (shares, mixes) before and after, and how many answers
    "two segments": (([0.5, 0.5], [GOOD, BAD]), ([0.35, 0.65], [GOOD, BAD]), 60, 60),
    "two sizes": (([0.5, 0.3, 0.2], [GOOD, MIDDLING, BAD]), ([0.3, 0.3, 0.4], [GOOD, MIDDLING, MIDDLING]), 60, 300),
    "near the ceiling": (
        ([0.5, 0.3, 0.2], [(0.02, 0.08, 0.9), (0.05, 0.15, 0.8), BAD]),
        ([0.4, 0.3, 0.3], [(0.02, 0.03, 0.95), GOOD, BAD]),
        150,
        150,
    ),
    "one opens": (([0.6, 0.4, 0], [GOOD, MIDDLING, BAD]), ([0.4, 0.3, 0.3], [GOOD, MIDDLING, BAD]), 150, 150),
    "nothing changes": ((SAME, [MIDDLING] * 3), (SAME, [MIDDLING] * 3), 100, 200),
    "two columns": (*CROSSED, 150, 150),
}


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
def test_ranges_cover_as_they_say(design):
    """Simulated, as no ranges are published for either decomposition: 1,000 pairs of samples, every part and sum, nominal 95 %."""
    first, second, n0, n1 = design
    before, after = (np.array(shares)[..., None] * np.array(mixes) for shares, mixes in (first, second))
    sums = sums_of(before.shape[:-1])
    truth = values_of(before, after, sums)
    rng = np.random.default_rng(1)
    held = np.zeros(len(truth))
    for _ in range(1_000):
        samples = [side(rng.multinomial(n, p.ravel()).reshape(p.shape)) for n, p in ((n0, before), (n1, after))]
        _, low, high = intervals(*samples, sums, level=0.95, crossed=before.ndim > 2)
        held += (low <= truth + 1e-9) & (truth - 1e-9 <= high)
    assert (held / 1_000).min() >= 0.93
    assert (held / 1_000).mean() >= 0.945


def sampled(rng: np.random.Generator, samples: int, people: int, team_a: float, *, answers: int = 1, weight: float = 0.0) -> pd.DataFrame:
    """Samples of people, who stay with their team but change their minds; with a weight for answers about team A."""
    team = np.repeat(rng.random(samples * people) < team_a, answers)
    mix = np.cumsum(np.where(team[:, None], GOOD, BAD), axis=1)
    scores = np.array([3, 7, 10])[np.minimum((rng.random(len(team))[:, None] > mix).sum(axis=1), 2)]
    frame = pd.DataFrame({"sample": np.arange(len(team)) // (people * answers), "team": np.where(team, "A", "B"), "score": scores})
    return frame.assign(weight=np.where(team, weight, 1.0)) if weight else frame.assign(customer=np.arange(len(team)) // answers)


@pytest.mark.parametrize(
    ("team_a", "how"),
    [((0.4, 0.6), {"people": 120, "answers": 4}), ((0.05, 0.1), {"people": 600, "weight": 10.0})],
    ids=["repeat customers", "weights"],
)
def test_ranges_cover_with_weights_and_repeat_customers(team_a, how):
    """Simulated: 60 pairs, nominal 95 %. Shares of answers are as uncertain as the number of people, or of few heavy answers, makes them."""
    rng = np.random.default_rng(2)
    weighted = "weight" in how
    sides = [tally(sampled(rng, 60, team_a=share, **how), ["sample", "team"], weighted=weighted) for share in team_a]
    heavy = how.get("weight", 1.0)
    shares = [heavy * p / (heavy * p + 1 - p) for p in team_a]
    truth = {"mix": 80 * (shares[1] - shares[0]), "within": 0.0}  # A scores 60, B -20
    held = Counter()
    for i in range(60):
        result = score.bridge(*(t.where(sample=str(i)) for t in sides), by="team", weighted=weighted)
        for part, (low, high) in (("mix", result.mix_range), ("within", result.within_range)):
            held[part] += low <= truth[part] <= high
    assert min(held["mix"], held["within"]) >= 54


@pytest.mark.parametrize("crossed", [False, True])
def test_ranges_of_many_answers_are_those_of_the_bootstrap(crossed):
    """Oracle: the standard deviation over 4,000 resampled tables of 2,000 answers (`stats.resample`), part by part."""
    rng = np.random.default_rng(3)
    counts = rng.integers(40, 200, (2, 2, 3, 3)) if crossed else rng.integers(100, 400, (2, 4, 3))
    sums = sums_of(counts.shape[1:-1])
    _, low, high = intervals(side(counts[0]), side(counts[1]), sums, level=0.95, crossed=crossed)
    drawn = [stats.resample(c.ravel(), draws=4_000, seed=i).reshape(4_000, *c.shape) for i, c in enumerate(counts)]
    n = [d.sum(axis=-1) for d in drawn]
    mixes, within = decompose((n[0], n[1]), tuple((d[..., 2] - d[..., 0]) / m for d, m in zip(drawn, n, strict=True)), crossed=crossed)
    parts = np.concatenate([*mixes, within.reshape(4_000, -1)], axis=1) @ sums.T
    np.testing.assert_allclose((high - low) / 2 / stats.z_value(0.95), parts.std(axis=0), rtol=0.06)


@pytest.mark.parametrize("crossed", [False, True])
def test_ranges_hold_their_parts_and_narrow_with_the_root_of_the_answers(crossed):
    rng = np.random.default_rng(4)
    counts = rng.integers(20, 80, (2, 2, 3, 3)) if crossed else rng.integers(20, 80, (2, 4, 3))
    sums = sums_of(counts.shape[1:-1])
    few, many = (intervals(side(k * counts[0]), side(k * counts[1]), sums, level=0.95, crossed=crossed) for k in (10_000, 1_000_000))
    for value, low, high in (few, many):
        assert (low <= value).all()
        assert (value <= high).all()
    np.testing.assert_allclose((few[2] - few[1]) / (many[2] - many[1]), 10, rtol=0.01)
    np.testing.assert_allclose(few[0], many[0], atol=1e-12)


def test_one_segment_is_the_change_itself():
    """Nothing can shift: the mix is 0 for certain, and the scores are the whole change with its own range."""
    result = score.bridge(segments_of({"A": (20, 30, 50)}), segments_of({"A": (30, 30, 40)}), by="team")
    assert (result.mix, *result.mix_range) == pytest.approx((0, 0, 0), abs=1e-9)
    assert (result.within, *result.within_range) == pytest.approx((result.change.value, result.change.low, result.change.high), abs=1e-6)


def test_a_segment_in_which_all_agree_still_has_a_range():
    before, after = segments_of({"A": (0, 0, 30), "B": (20, 20, 20)}), segments_of({"A": (0, 0, 30), "B": (20, 20, 20)})
    row = score.bridge(before, after, by="team").frame.set_index("segment").loc["A"]
    assert row["within_low"] < -1 < 1 < row["within_high"]


def test_a_higher_level_gives_wider_ranges():
    before, after = random_pair(np.random.default_rng(5))
    narrow, wide = (score.bridge(before, after, by="team", level=level).frame for level in (0.8, 0.99))
    for part in ("mix", "within"):
        assert (wide[f"{part}_high"] - wide[f"{part}_low"] > 1.5 * (narrow[f"{part}_high"] - narrow[f"{part}_low"])).all()


# --- small groups ------------------------------------------------------------------------------------------------------


def test_small_groups_and_blanks_are_put_together():
    before = segments_of({"A": (10, 20, 30), "B": (3, 1, 1), "C": (9, 0, 0), "": (20, 20, 20)})
    after = segments_of({"A": (20, 20, 30), "B": (30, 10, 5), "C": (1, 0, 0), "": (20, 20, 20)})
    result = score.bridge(before, after, by="team")
    assert result.frame["segment"].tolist() == ["A", OTHER]
    assert result.frame.set_index("segment").loc[OTHER, "share_after"] == pytest.approx(106 / 176)
    assert result.mix + result.within == pytest.approx(result.change.value, abs=1e-9)
    assert not {"B", "C"} & set(result._repr_html_().replace("<", " ").replace(">", " ").split())


def test_a_group_that_would_be_left_alone_takes_the_smallest_with_it():
    """B has 9 answers afterwards; were A and C shown, B could be worked out, so C, the smaller, joins it."""
    before = segments_of({"A": (20, 20, 20), "B": (10, 10, 10), "C": (10, 10, 15)})
    after = segments_of({"A": (20, 20, 20), "B": (3, 3, 3), "C": (10, 10, 20)})
    assert score.bridge(before, after, by="team").frame["segment"].tolist() == ["A", OTHER]


@pytest.mark.parametrize("crossed", [False, True])
def test_nothing_small_can_be_worked_out(crossed):
    """Oracle: `naive.given_away`, on random tables with small and blank groups; every row stands for no or at least ten answers on each side."""
    rng = np.random.default_rng(16)
    for _ in range(15):
        pair = []
        for _side in range(2):
            cells = {(p, t): tuple(rng.integers(0, rng.choice([2, 5, 20]), 3)) for p in "xy" for t in ("A", "B", "C", "D", "")}
            pair.append(visits_of(cells | {("x", "A"): (10, 10, 10)}))
        columns = ["touchpoint", "team"] if crossed else ["team"]
        frame = score.bridge(*pair, by=columns).frame
        for column in columns:
            shown = set(frame.loc[frame["column"] == column, "segment"])
            named = shown - {OTHER}
            for survey in pair:
                sizes = Counter(survey.answers[column])
                together = sum(n for name, n in sizes.items() if name not in named)
                assert all(sizes[name] == 0 or sizes[name] >= MIN_ANSWERS for name in named)
                assert together == 0 or together >= MIN_ANSWERS
                assert naive.given_away(sizes, {n for n in named if sizes[n]}, MIN_ANSWERS) == []
            assert (OTHER in shown) == any(set(s.answers[column]) - named for s in pair)


# --- contacts beside answers -------------------------------------------------------------------------------------------


def month_with_contacts(month: str, answers: dict[str, naive.Counts], asked: dict[str, int]) -> Survey:
    """A month's answers by touchpoint, and how many were asked there."""
    survey = visits_of({(place, "x"): counts for place, counts in answers.items()})
    touchpoints = [place for place, n in asked.items() for _ in range(n)]
    invitations = pd.DataFrame({"date": pd.Timestamp(f"{month}-10"), "touchpoint": touchpoints, "sent": True})
    return replace(survey, answers=survey.answers.assign(date=pd.Timestamp(f"{month}-15")), invitations=invitations, label=month)


FEW_CALLS = {"Call centre": (50, 40, 30), "Store": (30, 60, 190)}
MANY_CALLS = {"Call centre": (105, 85, 60), "Store": (15, 30, 100)}


@pytest.mark.parametrize(
    ("asked_before", "asked_after", "said"),
    [
        (
            (500, 1100),
            (500, 1100),
            "its share of contacts is stable within 5 percentage points (31.2\u00a0% to 31.2\u00a0%)",
        ),
        ((500, 1100), (1000, 600), "its share of contacts rose too (31.2\u00a0% to 62.5\u00a0%)"),
        ((1000, 600), (500, 1100), "although its share of contacts fell (62.5\u00a0% to 31.2\u00a0%)"),
    ],
    ids=["the same were asked", "more were asked", "fewer were asked"],
)
def test_a_shift_of_answers_is_set_beside_the_contacts(asked_before, asked_after, said):
    """The call centre's answers go from 30.0 to 63.3 % of all; who was asked went the same way, the other way, or nowhere."""
    places = ("Call centre", "Store")
    before = month_with_contacts("2026-08", FEW_CALLS, dict(zip(places, asked_before, strict=True)))
    after = month_with_contacts("2026-09", MANY_CALLS, dict(zip(places, asked_after, strict=True)))
    result = score.bridge(before, after, by="touchpoint")
    assert result.mix_matters
    assert said in result.headline
    row = result.frame.set_index("segment").loc["Call centre"]
    assert row[["share_before", "share_after"]].tolist() == pytest.approx([120 / 400, 250 / 395])
    assert row[["contacts_before", "contacts_after"]].tolist() == pytest.approx([asked_before[0] / 1600, asked_after[0] / 1600])
    assert f"goes with {row['mix']:+.1f} points".replace("-", "−") in result.headline
    assert "30.0\u00a0% to 63.3\u00a0%" in result.headline
    assert "Call centre" in result.headline
    _, low, high = (float(x) for x in stats.share_difference(asked_after[0], 1600, asked_before[0], 1600))
    assert result.contacts.loc[result.frame.index[result.frame["segment"] == "Call centre"], ["low", "high"]].iloc[0].tolist() == [low, high]


def test_a_shift_of_contacts_alone_makes_no_shift_of_answers():
    """Twice as many calls were asked about, and as many answered as before."""
    before = month_with_contacts("2026-08", FEW_CALLS, {"Call centre": 500, "Store": 1100})
    after = month_with_contacts("2026-09", FEW_CALLS, {"Call centre": 1000, "Store": 600})
    result = score.bridge(before, after, by="touchpoint")
    assert result.mix == pytest.approx(0, abs=1e-9)
    assert "share of contacts" not in result.headline
    assert result.frame.set_index("segment").loc["Call centre", "contacts_after"] == pytest.approx(1000 / 1600)
    assert "Share of contacts before" in result._repr_html_()


def test_parts_of_one_survey_count_their_own_contacts():
    """Two months of one file with one list: each month's share is that of its own invitations, written in any way."""
    one = month_with_contacts("2026-08", FEW_CALLS, {"Call centre": 300, "Store": 900})
    two = month_with_contacts("2026-09", MANY_CALLS, {"CALL CENTRE ": 700, "Store": 700})
    answers = pd.concat([one.answers, two.answers], ignore_index=True)
    survey = replace(one, answers=answers, invitations=pd.concat([one.invitations, two.invitations], ignore_index=True))
    row = score.bridge(survey.month("2026-08"), survey.month("2026-09"), by="touchpoint").frame.set_index("segment").loc["Call centre"]
    assert row[["contacts_before", "contacts_after"]].tolist() == pytest.approx([0.25, 0.5])


def test_without_invitations_or_their_column_nothing_is_said_of_contacts():
    with_list = [month_with_contacts("2026-08", FEW_CALLS, {"Store": 900}), month_with_contacts("2026-09", MANY_CALLS, {"Store": 900})]
    no_list = [replace(s, invitations=None) for s in with_list]
    no_column = [replace(s, invitations=s.invitations.drop(columns="touchpoint")) for s in with_list]
    for pair in (no_list, no_column, [with_list[0], no_list[1]], [tally(s, "touchpoint") for s in with_list]):
        result = score.bridge(*pair, by="touchpoint")
        assert "contacts" not in result.headline
        assert "contacts_before" not in result.frame
        assert result.contacts.empty
    both = score.bridge(*with_list, by=["touchpoint", "team"]).frame
    assert both.loc[both["column"] == "touchpoint", "contacts_before"].notna().all()
    assert both.loc[both["column"] != "touchpoint", "contacts_before"].isna().all()


# --- steps, sentences, what is missing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["team", ["touchpoint", "team"]])
@pytest.mark.parametrize("most", [0, 1, 2, 20])
def test_steps_lead_from_one_score_to_the_other(by, most):
    before, after = random_pair(np.random.default_rng(17), crossed=True)
    result = score.bridge(before, after, by=by)
    steps = result.steps(most=most)
    assert steps["step"].iloc[[0, -1]].tolist() == [result.change.before.label, result.change.after.label]
    assert steps["value"].iloc[:-1].sum() == pytest.approx(steps["value"].iloc[-1], abs=1e-9)
    assert steps["value"].iloc[-1] == pytest.approx(score.nps(after).value, abs=1e-9)
    assert any("others" in step for step in steps["step"]) == (most < len(result.frame))
    inside = steps.iloc[1:-1].dropna()
    assert ((inside["low"] <= inside["value"]) & (inside["value"] <= inside["high"])).all()


def test_steps_name_the_largest_first():
    before, after = segments_of({"A": (10, 20, 30), "B": (30, 10, 5)}), segments_of({"A": (40, 20, 35), "B": (3, 10, 50)})
    steps = score.bridge(before, after, by="team").steps()
    assert steps["step"].tolist() == [
        "all answers", "B: share of answers", "B: own score", "A: share of answers", "A: own score", "all answers",
    ]  # fmt: skip


def test_a_change_that_nothing_explains_is_a_sentence():
    full = segments_of({"A": (10, 20, 30)})
    empty = replace(full.with_frame(full.frame.head(0)), label="May")
    result = score.bridge(empty, full, by="team")
    assert result.headline == "There are no answers for May to compare with."
    assert result.to_frame().empty
    assert np.isnan([result.mix, result.within, *result.mix_range, *result.within_range]).all()
    assert "voc-headline" in result._repr_html_()
    assert not result.mix_matters


def test_fewer_than_ten_answers_are_not_split():
    few = segments_of({"A": (3, 3, 3)})
    result = score.bridge(few, segments_of({"A": (10, 20, 30), "B": (10, 20, 30)}), by="team")
    assert result.to_frame().empty
    assert result.headline == result.change.headline


def test_columns_that_cannot_be_split_by_are_named():
    one = segments_of({"A": (10, 20, 30)})
    with pytest.raises(VocError, match='there is no column "taem"'):
        score.bridge(one, one, by="taem")
    with pytest.raises(VocError, match="a change is split by one or two columns; found none"):
        score.bridge(one, one, by=[])
    with pytest.raises(VocError, match="a change is split by one or two columns; found a, b and c"):
        score.bridge(one, one, by=["a", "b", "c"])


def test_customers_who_answer_alike_in_several_segments_count_once():
    """60 customers with one answer each in all of five segments: taking the segments' answers for other people's covers .56, not .95."""
    rng, held, times = np.random.default_rng(21), 0, 150
    mixes = ([0.3, 0.3, 0.4], [0.3, 0.2, 0.5])  # a true change of 10 points, the same in every segment
    for _ in range(times):
        months = []
        for mix, month in zip(mixes, ("a", "b"), strict=True):
            answers = rng.choice([3, 8, 10], 60, p=mix).repeat(5).tolist()
            who, team = [f"{month}{i}" for i in range(60) for _ in range(5)], list("ABCDE") * 60
            months.append(naive.survey_of(answers, customer=who, team=team))
        low, high = score.bridge(*months, by="team").within_range
        held += low <= 10 <= high
    assert held / times >= 0.9


def test_slopes_of_one_column_are_the_differences():
    """The closed form against central differences, also of segments in one period only; along shares up to a constant: they add up to 1."""
    rng = np.random.default_rng(24)
    for _ in range(20):
        k = int(rng.integers(2, 7))
        counts = rng.integers(1, 40, (2, k, 3)).astype(float)
        if k > 3:
            counts[0, 0], counts[1, 1] = 0, 0
        start = np.stack([np.stack([side(c).share, side(c).rate]) for c in counts])

        def parts(tables: np.ndarray) -> np.ndarray:
            mix, within = decompose((tables[..., 0, 0, :], tables[..., 1, 0, :]), (tables[..., 0, 1, :], tables[..., 1, 1, :]))
            return np.concatenate([mix[0], within], axis=-1)

        closed = _single_slopes(start).reshape(2 * k, 2, 2, k)
        numeric = _slopes(parts, start)
        for period in (0, 1):
            w = start[period, 0]
            shown = w > 0
            one, other = (s[:, period, 0] - (s[:, period, 0] @ w)[:, None] for s in (closed, numeric))
            assert one[:, shown] == pytest.approx(other[:, shown], abs=1e-6)
            assert closed[:, period, 1] == pytest.approx(numeric[:, period, 1], abs=1e-6)
