"""Raking to known totals: R's numbers, slow oracles, invariants, and sentences for what cannot be done."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

import naive
from voc import score
from voc.ingest import Survey
from voc.schema import WEIGHT, VocError, cohort_of
from voc.score.raking import Raked, rake, weighted_difference

# 24 synthetic answers: region, tier, likelihood to recommend, and a weight of 2 for region S.
REGIONS = "NNSNNSNNSNNSNNSNNSNNSNNS"
TIERS = "abababab" * 3
SCORES = [10, 9, 3, 8, 7, 10, 9, 6, 0, 10, 8, 9, 5, 9, 10, 7, 10, 2, 9, 8, 10, 6, 9, 10]
EVEN, UNEVEN = {"N": 500, "S": 500}, {"a": 600, "b": 400}


def weighted(survey: Survey, weights: Any) -> Survey:
    """The survey with weights of its own."""
    return replace(survey, answers=survey.answers.assign(**{WEIGHT: np.asarray(weights, dtype=float)}))


def two_dozen(**columns: Any) -> Survey:
    """The 24 answers as a survey."""
    return naive.survey_of(SCORES, region=list(REGIONS), tier=list(TIERS), **columns)


def at_random(seed: int, n: int = 200, **columns: Any) -> Survey:
    """Answers whose score goes with region and tier, which go together."""
    rng = np.random.default_rng(seed)
    region = rng.choice(["East", "North", "South"], n, p=[0.2, 0.5, 0.3])
    tier = np.where(rng.random(n) < np.where(region == "East", 0.7, 0.3), "gold", "plain")
    scores = np.clip(rng.integers(0, 9, n) + 2 * (tier == "gold") + (region == "North"), 0, 10)
    return naive.survey_of(scores.tolist(), region=region.tolist(), tier=tier.tolist(), **columns)


TOTALS = {"region": {"East": 300, "North": 300, "South": 400}, "tier": {"gold": 0.25, "plain": 0.75}}


def bands(survey: Survey) -> np.ndarray:
    return cohort_of(survey.answers["score"]).map({"detractor": -1.0, "passive": 0.0, "promoter": 1.0}).to_numpy()


def error_by_rows(survey: Survey, weights: np.ndarray, start: np.ndarray, columns: list[str]) -> float:
    """Linearised standard error by the definition: least squares on the rows, one column per value."""
    design = pd.get_dummies(survey.answers[columns], dtype=float).to_numpy()
    off = bands(survey) - np.average(bands(survey), weights=weights)
    root = np.sqrt(start)
    fitted = design @ np.linalg.lstsq(design * root[:, None], off * root, rcond=None)[0]
    parts: dict[str, float] = {}
    for i, part in enumerate(weights * (off - fitted) / weights.sum()):
        who = survey.answers["customer"][i] if "customer" in survey.answers else ""
        parts[who or f"row {i}"] = parts.get(who or f"row {i}", 0.0) + part
    values = np.array(list(parts.values()))
    return float(100 * np.sqrt(len(values) * values.var(ddof=1)))


def raked_by_rows(survey: Survey, totals: dict[str, dict[str, float]], start: np.ndarray) -> np.ndarray:
    """Iterative proportional fitting on the rows, one value at a time."""
    w = start.astype(float).copy()
    for _ in range(300):
        for column, wanted in totals.items():
            for value, total in wanted.items():
                here = (survey.answers[column] == value).to_numpy()
                w[here] *= total / sum(wanted.values()) / w[here].sum()
    return w / w.mean()


# --- R's numbers ---------------------------------------------------------------------------------------------------------


def test_one_margin_equals_rs_post_stratification() -> None:
    """R 4.2.2 survey, postStratify of 24 answers to region 500/500: mean .28125, SE .20047, weights 31.25 and 62.5."""
    raked = rake(two_dozen(), {"region": EVEN})
    assert raked.after.value == pytest.approx(28.125)
    assert round(raked.error / 100, 5) == 0.20047
    by_region = raked.weights.groupby(list(REGIONS)).unique() * 1000 / 24
    assert {k: v.tolist() for k, v in by_region.items()} == {"N": [pytest.approx(31.25)], "S": [pytest.approx(62.5)]}


def test_two_margins_equal_rs_raking() -> None:
    """R 4.2.2 survey, rake of 24 answers to region 500/500 and tier 600/400: .275, SE .20878, n_eff 20.51282, Kish's design effect 1.17."""
    raked = rake(two_dozen(), {"region": EVEN, "tier": UNEVEN})
    assert raked.after.value == pytest.approx(27.5)
    assert round(raked.error / 100, 5) == 0.20878
    cells = raked.weights.groupby([r + t for r, t in zip(REGIONS, TIERS, strict=True)]).unique() * 1000 / 24
    assert {k: v.tolist() for k, v in cells.items()} == {
        "Na": [pytest.approx(37.5)], "Nb": [pytest.approx(25)], "Sa": [pytest.approx(75)], "Sb": [pytest.approx(50)],
    }  # fmt: skip
    assert round(raked.n_effective, 5) == 20.51282
    assert raked.after.n_effective == pytest.approx(raked.n_effective)
    assert raked.design_effect == pytest.approx(1.17)


def test_a_weighted_difference_equals_rs() -> None:
    """R 4.2.2 survey, svyttest(t ~ tier), weight 2 for region S: t .1563189, df 22, p .8772072, .0625 (-.7666837 to .8916837)."""
    weights = [2 if r == "S" else 1 for r in REGIONS]
    found = weighted_difference(bands(two_dozen()), [t == "b" for t in TIERS], weights=weights)
    assert (round(found.value, 7), round(found.low, 7), round(found.high, 7)) == (0.0625, -0.7666837, 0.8916837)
    assert round(found.value / found.error, 7) == 0.1563189
    assert found.p == pytest.approx(0.8772072, abs=1e-7)


def test_a_difference_needs_two_groups_and_three_values() -> None:
    assert np.isnan(weighted_difference([1, 0, 1], [False] * 3)).all()
    assert np.isnan(weighted_difference([1, 0], [False, True])).all()
    alike = weighted_difference([1, 1, 0, 0], [False, False, True, True])
    assert (alike.value, alike.error) == (-1, 0)
    assert np.isnan(alike.p)


# --- oracles -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [False, True], ids=["equal-start", "own-weights"])
@pytest.mark.parametrize("seed", range(4))
def test_weights_and_error_equal_those_worked_out_row_by_row(seed: int, own: bool) -> None:
    rng = np.random.default_rng(seed)
    customers = [f"C{i}" if i else "" for i in rng.integers(0, 60, 200)] if seed % 2 else None
    survey = at_random(seed, **({"customer": customers} if customers else {}))
    start = rng.choice([0.5, 1.0, 3.0], 200) if own else np.ones(200)
    survey = weighted(survey, start)
    raked = rake(survey, TOTALS, start_weighted=own)
    expected = raked_by_rows(survey, TOTALS, start)
    assert raked.weights.to_numpy() == pytest.approx(expected)
    assert raked.after.value == pytest.approx(100 * np.average(bands(survey), weights=expected))
    assert raked.error == pytest.approx(error_by_rows(survey, expected, start, ["region", "tier"]))
    assert raked.design_effect == pytest.approx(1 + expected.var())


def test_one_margin_is_the_mean_of_group_scores_weighted_by_the_totals() -> None:
    survey = at_random(7)
    expected = sum(total / 1000 * score.nps(survey.where(region=r)).value for r, total in TOTALS["region"].items())
    assert rake(survey, {"region": TOTALS["region"]}).after.value == pytest.approx(expected)


def test_raked_weights_are_a_product_of_one_factor_per_value() -> None:
    """Deming & Stephan 1940: raking keeps the odds ratios of the table that it starts from."""
    raked = rake(at_random(3), TOTALS)
    w = raked.weights.groupby([raked.survey.answers["region"], raked.survey.answers["tier"]]).first().unstack()
    assert (w["gold"] / w["plain"]).to_numpy() == pytest.approx(w["gold"]["East"] / w["plain"]["East"])


# --- invariants ----------------------------------------------------------------------------------------------------------


def shares(raked: Raked, column: str) -> dict[str, float]:
    sums = raked.weights.groupby(raked.survey.answers[column]).sum() / len(raked.weights)
    return {str(k): float(v) for k, v in sums.items()}


@pytest.mark.parametrize("trim", [None, 2.5])
def test_all_totals_hold_and_weights_average_one(trim: float | None) -> None:
    raked = rake(at_random(0), TOTALS, trim=trim)
    assert shares(raked, "region") == pytest.approx({"East": 0.3, "North": 0.3, "South": 0.4})
    assert shares(raked, "tier") == pytest.approx({"gold": 0.25, "plain": 0.75})
    assert raked.weights.mean() == pytest.approx(1)
    assert score.nps(raked.survey, weighted=True) == raked.after
    frame = raked.to_frame()
    assert (frame["share"] * frame["weight"] * 200).to_numpy() == pytest.approx((frame["target"] * 200).to_numpy())


def test_totals_that_hold_already_change_nothing() -> None:
    survey = at_random(2)
    totals = {c: survey.answers[c].value_counts().to_dict() for c in ("region", "tier")}
    raked = rake(survey, totals)
    assert raked.weights.to_numpy() == pytest.approx(1)
    plain = score.nps(survey)
    assert (raked.after.value, raked.after.low, raked.after.high) == pytest.approx((plain.value, plain.low, plain.high))
    assert raked.design_effect == pytest.approx(1)


def test_counts_shares_order_and_scale_of_the_weights_do_not_matter() -> None:
    survey = at_random(5)
    first = rake(survey, TOTALS)
    halves = {"region": {"South": 40, "East": 30, "North": 30}, "tier": {"plain": 3, "gold": 1}}
    assert rake(survey, halves).weights.to_numpy() == pytest.approx(first.weights.to_numpy())
    order = np.random.default_rng(0).permutation(200)
    shuffled = replace(survey, answers=survey.answers.iloc[order].reset_index(drop=True))
    other = rake(shuffled, TOTALS)
    assert other.weights.to_numpy() == pytest.approx(first.weights.to_numpy()[order])
    assert (other.error, other.after.value) == pytest.approx((first.error, first.after.value))
    assert rake(weighted(survey, np.full(200, 7.0)), TOTALS, start_weighted=True).weights.to_numpy() == pytest.approx(first.weights.to_numpy())


def test_the_given_survey_stays_as_it_was_and_its_parts_keep_their_weights() -> None:
    survey = at_random(6, comment=["Quick"] * 200)
    raked = rake(survey, TOTALS)
    assert WEIGHT not in survey.answers
    assert raked.survey.frame["comment"].eq("Quick").all()
    assert raked.survey.label == "all answers, weighted to known totals by region and tier"
    part = raked.survey.where(region="East")
    assert score.nps(part, weighted=True).n_effective == pytest.approx(part.answers[WEIGHT].sum() ** 2 / (part.answers[WEIGHT] ** 2).sum())


def test_repeat_customers_count_in_range_and_error() -> None:
    survey = two_dozen(customer=[f"C{i // 2}" if s > 6 else "" for i, s in enumerate(SCORES)])
    raked = rake(survey, {"region": EVEN})
    assert raked.after.n_effective < raked.n_effective
    assert raked.error == pytest.approx(error_by_rows(survey, raked.weights.to_numpy(), np.ones(24), ["region"]))
    assert "because some customers answered more than once, the 24 answers are as good as" in raked.headline


# --- limits --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [False, True], ids=["equal-start", "own-weights"])
@pytest.mark.parametrize("seed", range(4))
def test_cut_weights_keep_limit_and_totals_and_stay_close(seed: int, own: bool) -> None:
    """Deville, Sarndal & Sautory 1993: below the limit, weights are the starting ones times a factor per value."""
    start = np.random.default_rng(seed).choice([0.9, 1.1], 200) if own else np.ones(200)
    survey = weighted(at_random(seed), start)
    free, cut = (rake(survey, TOTALS, start_weighted=own, trim=trim) for trim in (None, 2.9))
    assert cut.limit == pytest.approx(2.9 * free.weights.median())
    assert free.largest > cut.limit == cut.largest
    assert shares(cut, "region") == pytest.approx({"East": 0.3, "North": 0.3, "South": 0.4})
    assert shares(cut, "tier") == pytest.approx({"gold": 0.25, "plain": 0.75})
    assert 0 < cut.cut == (cut.weights == cut.limit).sum()
    below = (cut.weights < cut.limit).to_numpy()
    factor = np.log(cut.weights.to_numpy()[below] / start[below])
    design = pd.get_dummies(survey.answers.loc[below, ["region", "tier"]], dtype=float).to_numpy()
    assert design @ np.linalg.lstsq(design, factor, rcond=None)[0] == pytest.approx(factor)
    said = f"the weights of {cut.cut} answers were cut to the limit of {cut.limit:.2f} and the others raised to keep the totals"
    assert said in cut.headline


def test_a_limit_is_a_multiple_of_the_median_weight() -> None:
    """Cells of weight 0.6, 0.9, 1.2 and 1.8 with 8, 8, 4 and 4 answers: half of them have 0.9 or less."""
    raked = rake(two_dozen(), {"region": EVEN, "tier": UNEVEN}, trim=10)
    assert raked.limit == pytest.approx(9)
    assert raked.cut == 0
    assert "none had to be cut to the limit of 9.00" in raked.headline
    assert raked.weights.to_numpy() == pytest.approx(rake(two_dozen(), {"region": EVEN, "tier": UNEVEN}).weights.to_numpy())


def test_a_limit_that_the_totals_do_not_allow_is_said() -> None:
    """One column alone fixes every weight: region S needs twice the weight of N."""
    with pytest.raises(VocError, match=r'with no weight above 1\.12: "S" in "region" stays at 37\.50 % instead of 50\.00 %\. Allow larger'):
        rake(two_dozen(), {"region": EVEN}, trim=1.5)
    with pytest.raises(VocError, match=r'"S" in "region" stays at 6\.00 % instead of 90\.00 %'):
        rake(two_dozen(), {"region": {"N": 1, "S": 9}}, trim=1.2)


def test_a_limit_is_refused_only_where_no_weights_at_all_would_keep_it() -> None:
    """Oracle: linear programming over every set of weights between (almost) 0 and the limit."""
    kept = []
    for seed, trim in itertools.product(range(3), (1.6, 2, 2.2, 2.6, 3)):
        survey = at_random(seed)
        limit = trim * rake(survey, TOTALS).weights.median()
        design = pd.get_dummies(survey.answers[["region", "tier"]], dtype=float).to_numpy().T
        totals = 200 * np.array([0.3, 0.3, 0.4, 0.25, 0.75])
        kept.append(optimize.linprog(np.zeros(200), A_eq=design, b_eq=totals, bounds=(1e-6, limit)).status == 0)
        if kept[-1]:
            assert rake(survey, TOTALS, trim=trim).largest <= limit
        else:
            with pytest.raises(VocError, match="cannot all be met with no weight above"):
                rake(survey, TOTALS, trim=trim)
    assert 3 < sum(kept) < 12


# --- what cannot be done -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("totals", "said"),
    [
        ({}, "totals must name at least one column"),
        ({"regoin": EVEN}, r'no column "regoin" \(did you mean "region"\?\)'),
        ({"score": {"10": 1}}, 'found "score", and there are region, tier'),
        ({"cohort": {"promoter": 1}}, 'found "cohort"'),
        ({"region": {"N": 1}}, r'lack "S" \(8 answers\); every value that occurs needs one'),
        ({"region": EVEN | {"Nn": 1}}, r'name "Nn" \(did you mean "N"\?\), which no answer has; there are N, S'),
        ({"region": {"N": 5, "S": 0}}, 'numbers above 0; found 0 for "S" in "region"'),
        ({"region": {"N": -5, "S": 1}}, 'found -5 for "N"'),
        ({"region": {"N": float("nan"), "S": 1}}, 'found nan for "N"'),
        ({"region": {"N": "many", "S": 1}}, 'found many for "N"'),
        ({"region": {"N": 0.5, "S": 0.4}}, 'shares must add up to 1; those of "region" add up to 0.90'),
    ],
)
def test_wrong_totals_are_named(totals: Any, said: str) -> None:
    with pytest.raises(VocError, match=said):
        rake(two_dozen(), totals)


def test_rounded_shares_are_shares() -> None:
    assert rake(two_dozen(), {"region": {"N": 0.33, "S": 0.66}}).to_frame()["target"].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_blank_cells_are_named() -> None:
    survey = naive.survey_of([9] * 12, region=["N", " ", "S", *["N"] * 8, None])
    with pytest.raises(VocError, match=r'"region" is blank in 2 answers \(first: 3, 13\), so no total covers them'):
        rake(survey, {"region": EVEN})


@pytest.mark.parametrize("trim", [1, 0.5, -2, float("nan"), float("inf")])
def test_a_limit_is_above_the_median(trim: float) -> None:
    with pytest.raises(VocError, match="trim must be a number above 1"):
        rake(two_dozen(), {"region": EVEN}, trim=trim)


def test_totals_that_cannot_all_be_met_are_named() -> None:
    """Where every N is a and every S is b, region and tier have the same shares whatever the weights."""
    survey = naive.survey_of([9] * 20, region=["N"] * 12 + ["S"] * 8, tier=["a"] * 12 + ["b"] * 8)
    with pytest.raises(VocError, match=r"the totals cannot all be met: .* never occur together"):
        rake(survey, {"region": EVEN, "tier": UNEVEN})
    fitting = rake(survey, {"region": EVEN, "tier": {"a": 1, "b": 1}})
    assert shares(fitting, "tier") == pytest.approx({"a": 0.5, "b": 0.5})


@pytest.mark.parametrize(
    ("weights", "said"), [(None, "no weights to start from"), (0.0, r"found 0\.0 in 1 answer"), (np.nan, "found nan in 1 answer")]
)
def test_weights_to_start_from_are_there_and_positive(weights: float | None, said: str) -> None:
    survey = two_dozen() if weights is None else weighted(two_dozen(), [weights, *[1.0] * 23])
    with pytest.raises(VocError, match=said):
        rake(survey, {"region": EVEN}, start_weighted=True)


def test_no_answers_have_no_weights() -> None:
    survey = two_dozen()
    with pytest.raises(VocError, match="no answers to weight"):
        rake(replace(survey, answers=survey.answers.head(0)), {"region": EVEN})


# --- what is said --------------------------------------------------------------------------------------------------------


def test_the_headline_says_what_was_done_beside_the_number() -> None:
    raked = rake(two_dozen(), {"region": EVEN, "tier": UNEVEN})
    assert raked.headline == (
        "Weighted to known totals by region and tier, the score is 27.5 (−12.2 to 59.2); without weights it is 29.2 (−6.5 to 57.7). "
        "Weights run from 0.60 to 1.80 (average 1). With these weights the 24 answers are as good as 21 equal ones. "
        "Weights make up for groups that answered more or less often than others, not for those who stayed silent within a group."
    )
    own = rake(weighted(two_dozen(), [2 if r == "S" else 1 for r in REGIONS]), {"tier": UNEVEN}, start_weighted=True)
    assert "with the survey's own weights it is 28.1" in own.headline
    html = raked._repr_html_()
    assert "Design effect 1.17: the range of the score is about 1.08 times as wide as with equal weights. The totals held after 1 round." in html
    row = raked.diagnostics.iloc[0]
    assert (row["n"], row["rounds"], row["cut"]) == (24, 1, 0)
    assert row["after"] == pytest.approx(27.5)


def test_fewer_than_ten_answers_show_no_score() -> None:
    survey = two_dozen()
    few = rake(replace(survey, answers=survey.answers.head(9)), {"region": {"N": 1, "S": 4}})
    assert few.headline == "9 answers weighted to known totals by region: too few for a score, which takes 10."
    assert f"{few.after.value:.1f}" not in few._repr_html_()
