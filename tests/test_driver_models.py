"""What stands around the ranking: both sides, steps between groups, better answers, priorities, other rankings, segments, themes."""

from __future__ import annotations

import importlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize
from scipy.special import expit

import naive
from voc import drivers
from voc.display import Note
from voc.drivers import moments, ordered, shares
from voc.drivers.checks import by_ordered_model
from voc.drivers.data import Answers, answers_of
from voc.drivers.moments import tally
from voc.drivers.ranking import ranked
from voc.drivers.spread import noise
from voc.schema import Question, Scale, VocError

asymmetry = importlib.import_module("voc.drivers.asymmetry")  # the package shows functions under these names
ladders = importlib.import_module("voc.drivers.ladders")


def answers(X: np.ndarray, score: np.ndarray, **more: object) -> Answers:
    """Answers 1-5 to questions q0, q1, ... and a score."""
    questions = tuple(Question(f"q{i}", f"q{i}", f"Question {i}", Scale(1, 5)) for i in range(X.shape[1]))
    ratings = pd.DataFrame(X, columns=[q.name for q in questions])
    plain = Answers(questions, ratings, score.astype(float), pd.DataFrame(index=ratings.index), (), None, None, "a simulation")
    return replace(plain, **more)


def world(
    n: int, effects: tuple[float, ...], *, seed: int = 0, base: float = 8.0, bend: float = 1.0, noise: float = 1.2
) -> tuple[np.ndarray, np.ndarray]:
    """Ratings with a halo; each step above 4 moves the score `bend` times as much as a step below."""
    rng = np.random.default_rng(seed)
    X = np.clip(np.round(3.9 + 0.7 * rng.normal(size=(n, 1)) + 0.7 * rng.normal(size=(n, len(effects)))), 1, 5)
    moved = np.minimum(X - 4, 0) + bend * np.maximum(X - 4, 0)
    return X, np.clip(np.round(base + moved @ np.array(effects) + rng.normal(0, noise, n)), 0, 10)


# --- shares, dominance, moments ----------------------------------------------------------------------------------------


def test_fourteen_questions_equal_a_slow_sum_over_sets():
    """Oracle: the definition, with R squared of every set by numpy's solver; 10 questions to keep it short."""
    rng = np.random.default_rng(1)
    data = rng.normal(size=(200, 11)) + rng.normal(size=(200, 1))
    matrix = np.corrcoef(data.T)
    fit = shares.r_squared_by_subset(matrix[None])[:, 0]
    for code in rng.integers(1, 1024, 50):
        columns = [k for k in range(10) if code >> k & 1]
        inner, outer = matrix[np.ix_(columns, columns)], matrix[columns, 10]
        assert fit[code] == pytest.approx(outer @ np.linalg.solve(inner, outer), abs=1e-10)
    wide = np.corrcoef((rng.normal(size=(300, 15)) + rng.normal(size=(300, 1))).T)[None]
    assert shares.lmg(wide).sum() == pytest.approx(wide[0, -1, :-1] @ np.linalg.solve(wide[0, :-1, :-1], wide[0, -1, :-1]), abs=1e-9)


def test_sampled_orders_are_as_accurate_as_they_say():
    """Oracle: exact shares of 14 questions."""
    data = np.random.default_rng(2).normal(size=(300, 15)) + np.random.default_rng(3).normal(size=(300, 1))
    matrix = np.corrcoef(data.T)[None]
    found, error = shares.sampled(matrix)
    assert np.abs(found - shares.lmg(matrix)).max() < 4 * error.max() < 0.005
    assert found.sum() == pytest.approx(shares.lmg(matrix).sum(), abs=1e-7)


def test_conditional_and_complete_dominance_equal_published_values():
    """Azen & Budescu 2003 (dominanceanalysis test-daAzenBudescu2003.R); domir README for mtcars (am, vs, cyl)."""
    matrix = np.array(
        [[1, 0.8, 0.1, 0.3, 0.6], [0.8, 1, 0.1, 0.1, 0.3], [0.1, 0.1, 1, 0.5, 0.4], [0.3, 0.1, 0.5, 1, 0.5], [0.6, 0.3, 0.4, 0.5, 1]]
    )  # fmt: skip
    fit = shares.r_squared_by_subset(matrix[None])
    published = [[0.360, 0.300, 0.263, 0.246], [0.090, 0.074, 0.069, 0.071], [0.160, 0.095, 0.063, 0.061], [0.250, 0.152, 0.073, 0.010]]
    assert shares.conditional(fit)[0] == pytest.approx(np.array(published), abs=5e-4)
    always = shares.complete(fit)[0]
    assert always[0, 1:].tolist() == [1, 1, 1], "x1 completely dominates all"
    assert all(0 < always[i, j] < 1 for i in (1, 2, 3) for j in (1, 2, 3) if i != j), "the others are undetermined"
    from test_drivers import MTCARS

    cars = np.corrcoef(MTCARS[:, [5, 6, 1, 0]].T)[None]
    fit = shares.r_squared_by_subset(cars)
    expected = [[0.3597989, 0.1389842, 0.033684441], [0.4409477, 0.1641982, 0.002963748], [0.7261800, 0.3432799, 0.075894823]]
    assert shares.conditional(fit)[0] == pytest.approx(np.array(expected), abs=1e-7)
    always = shares.complete(fit)[0]
    assert (always[0, 1], always[2, 0], always[2, 1]) == (0.5, 1, 1)


def test_subsets_and_conditional_values_of_ses_iq_and_achievement():
    """R dominanceanalysis tests, SES/IQ/nAch on GPA: R squared of every set, and the conditional values."""
    matrix = np.array([[1, 0.3, 0.41, 0.33], [0.3, 1, 0.16, 0.57], [0.41, 0.16, 1, 0.5], [0.33, 0.57, 0.5, 1]])[None]
    fit = shares.r_squared_by_subset(matrix)
    published = [0.1089, 0.3249, 0.25, 0.3526813, 0.2687823, 0.4964080, 0.4964735]
    assert fit[[1, 2, 4, 3, 5, 6, 7], 0] == pytest.approx(np.array(published), abs=1e-7)
    expected = [[0.1089, 0.0232818, 0.0000655], [0.3249, 0.2450947, 0.2276912], [0.25, 0.1656952, 0.1437922]]
    assert shares.conditional(fit)[0] == pytest.approx(np.array(expected), abs=1e-7)


def test_grouped_swiss_equals_r():
    """R 4.2.2, relaimpo 2.2-7: groups = {Education, Examination}; a group is not the sum of its members."""
    from test_drivers import SWISS

    found = drivers.importance(SWISS[:, 1:], SWISS[:, 0], groups=[[2, 1], [0], [3], [4]])
    assert found == pytest.approx([0.39817898877, 0.07384680888, 0.11573753964, 0.11897166430], abs=2e-8)
    held = drivers.importance(SWISS[:, 2:], SWISS[:, 0], always=SWISS[:, 1])
    assert held == pytest.approx([0.14321438621, 0.23737103728, 0.08868906237, 0.11279560583], abs=2e-8)
    with pytest.raises(VocError, match="must hold each of the 5 columns once"):
        drivers.importance(SWISS[:, 1:], SWISS[:, 0], groups=[[0, 1], [1, 2, 3, 4]])


def test_groups_of_questions_of_a_survey_equal_the_array_form():
    """Oracle: `drivers.importance` with groups and the touchpoint always in, which equals R's relaimpo."""
    X, y = world(600, (1.0, 0.6, 0.3, 0.1), seed=40)
    place = np.where(np.random.default_rng(41).random(600) < 0.5, "Call", "Store")
    survey = naive.survey_of(y.astype(int).tolist(), ratings={f"q{i}": X[:, i] for i in range(4)}, touchpoint=place.tolist())
    result = drivers.rank_groups(survey, {"Staff": ["q1", "q2"]})
    expected = drivers.importance(X, y, groups=[[1, 2], [0], [3]], always=(place == "Store").astype(float))
    found = result.frame.set_index("group")["importance"]
    assert found.loc[["Staff", "Q0", "Q3"]].tolist() == pytest.approx(expected.tolist(), abs=1e-9)
    assert (result.frame["low"] <= result.frame["importance"]).all()
    for wrong, words in (({"A": ["q1"], "B": ["q1"]}, '"q1" is in two groups'), ({"A": ["kind"]}, '"kind" is no question of the survey')):
        with pytest.raises(VocError, match=words):
            drivers.rank_groups(survey, wrong)


def test_the_noise_line_equals_shuffling():
    """Oracle: the answers of one question shuffled 400 times, the others as they are."""
    X, y = world(400, (1.0, 0.5, 0.2), seed=4)
    data = np.column_stack([X, y])
    matrix, rng, worth = np.corrcoef(data.T), np.random.default_rng(5), []
    for _ in range(400):
        shuffled = data.copy()
        shuffled[:, 1] = rng.permutation(shuffled[:, 1])
        worth.append(shares.lmg(np.corrcoef(shuffled.T)[None])[0, 1])
    assert noise(matrix, np.array([400] * 3), 0, draws=2000)[1] == pytest.approx(np.quantile(worth, 0.95), rel=0.2)


def test_customers_who_answer_everything_twice_count_once():
    """Ranges as wide as those of the customers themselves; each answer alone makes them narrower."""
    X, y = world(600, (1.0, 0.6, 0.3), seed=6)
    twice = answers(np.vstack([X, X]), np.r_[y, y], customers=np.tile(np.arange(600), 2))
    width = {}
    for name, data in (("once", answers(X, y)), ("twice", twice), ("apart", replace(twice, customers=None))):
        frame = ranked(data, draws=400).frame
        width[name] = (frame["high"] - frame["low"]).mean()
    assert width["twice"] == pytest.approx(width["once"], rel=0.12)
    assert width["apart"] < 0.8 * width["once"]


def test_weights_move_the_ranking_as_repeated_rows_do():
    X, y = world(300, (1.0, 0.6, 0.3), seed=7)
    weight = np.random.default_rng(8).integers(1, 5, 300)
    weighted = ranked(answers(X, y, weights=weight.astype(float)), draws=50).frame.set_index("question")
    repeated = ranked(answers(np.repeat(X, weight, axis=0), np.repeat(y, weight)), draws=50).frame.set_index("question")
    assert weighted["importance"].tolist() == pytest.approx(repeated.loc[weighted.index, "importance"].tolist(), abs=1e-9)
    assert weighted["mean"].tolist() == pytest.approx(repeated.loc[weighted.index, "mean"].tolist())
    with pytest.raises(VocError, match="weights must be 0 or more"):
        tally(pd.DataFrame({"a": [1.0, 2.0]}), np.array([1.0, -1.0]))


def test_patterns_and_groups_of_rows_are_equally_sure(monkeypatch):
    """Above 20,000 patterns rows are resampled in groups; the estimate is the same, the errors are alike."""
    X, y = world(3000, (1.0, 0.6, 0.3), seed=9)
    data = answers(X, y)
    one = ranked(data, draws=400).frame
    monkeypatch.setattr(moments, "MOST_PATTERNS", 10)
    many = ranked(data, draws=400).frame
    assert many["importance"].tolist() == pytest.approx(one["importance"].tolist(), abs=1e-12)
    assert (many["high"] - many["low"]).to_numpy() == pytest.approx((one["high"] - one["low"]).to_numpy(), rel=0.15)


def test_places_and_pairs_of_equal_and_unequal_questions():
    """Planted: q0 far ahead, q1 and q2 alike."""
    X, y = world(1500, (1.2, 0.4, 0.4), seed=10)
    result = ranked(answers(X, y), draws=400)
    rows = result.frame.set_index("question")
    assert (rows.loc["q0", "rank_low"], rows.loc["q0", "rank_high"], rows.loc["q0", "letters"]) == (1, 1, "A")
    assert rows.loc["q1", "letters"] == rows.loc["q2", "letters"] == "BC"
    assert result.ahead("q0", "q1")
    assert not result.ahead("q1", "q2")
    assert not result.ahead("q2", "q1")
    assert result.pairs.set_index(["first", "second"]).loc[("q0", "q1"), "always"] == 1
    assert result.conditional.mean(axis=1) == pytest.approx(result.frame["importance"].to_numpy())


@pytest.mark.parametrize("n", [100, 1000])
def test_intervals_hold_the_truth_and_equal_questions_are_rarely_told_apart(n):
    """Simulation (more in benchmarks/drivers.py): 150 surveys, an unrelated question among the truths; bounds leave room for chance."""
    effects, runs = (1.0, 0.6, 0.4, 0.4, 0.0), 150
    X, y = world(400_000, effects, seed=11)
    truth = shares.lmg(np.corrcoef(np.column_stack([X, y]).T)[None])[0]
    held, wrong = np.zeros(5), 0
    for seed in range(runs):
        result = ranked(answers(*world(n, effects, seed=1000 + seed)), draws=500)
        rows = result.frame.set_index("question").sort_index()
        held += (rows["low"] <= truth) & (truth <= rows["high"])
        wrong += result.ahead("q2", "q3") or result.ahead("q3", "q2")
    assert held.mean() / runs > 0.92
    assert held.min() / runs > 0.87
    assert wrong / runs < 0.10


# --- both sides --------------------------------------------------------------------------------------------------------


def test_loss_and_gain_equal_least_squares():
    """Oracle: numpy's least squares with the two slopes of each question, and the HC3 error by hand."""
    X, y = world(500, (1.0, 0.5), seed=12, bend=0.5)
    found = asymmetry.uneven(answers(X, y)).frame.set_index("question")
    usual = np.array([found.loc[q, "usual"] for q in ("q0", "q1")])
    D = np.column_stack([np.minimum(X - usual, 0), np.maximum(X - usual, 0), np.ones(500)])
    beta = np.linalg.lstsq(D, y, rcond=None)[0]
    inverse = np.linalg.inv(D.T @ D)
    residual = (y - D @ beta) / (1 - np.diag(D @ inverse @ D.T))
    cover = inverse @ (D.T * residual**2) @ D @ inverse
    for i, q in enumerate(("q0", "q1")):
        assert (found.loc[q, "loss"], found.loc[q, "gain"]) == pytest.approx((beta[i], beta[2 + i]))
        assert found.loc[q, "loss_high"] - found.loc[q, "loss"] == pytest.approx(1.959964 * np.sqrt(cover[i, i]), rel=1e-6)


def test_planted_asymmetry_is_found_in_its_direction():
    X, y = world(3000, (1.2, 0.6, 0.0), seed=13, base=6.0, bend=0.3)
    verdicts = asymmetry.uneven(answers(X, y)).frame.set_index("question")["verdict"]
    assert verdicts["q0"] == verdicts["q1"] == "loses more than it gains"
    assert verdicts["q2"] == "cannot tell"
    X, y = world(3000, (0.6, 0.3), seed=14, base=5.0, bend=3.0)
    assert set(asymmetry.uneven(answers(X, y)).frame["verdict"]) == {"gains more than it loses"}


@pytest.mark.parametrize("base", [7.6, 8.4, 9.4])
def test_a_symmetric_effect_near_the_top_is_seldom_called_uneven(base):
    """Simulation (more in benchmarks/drivers.py): 60 surveys at scores of about 20, 50 and 80; least squares alone would say so nearly always."""
    called, lopsided = 0, 0
    for seed in range(60):
        frame = asymmetry.uneven(answers(*world(1500, (1.2, 0.6, 0.0), seed=seed, base=base))).frame
        called += frame["verdict"].isin(["loses more than it gains", "gains more than it loses"]).any()
        lopsided += (frame["verdict"] == "the scale runs out").any()
    assert called <= 8, "5 % of 60, and three standard errors"
    assert base < 8 or lopsided > 30


# --- steps between groups ----------------------------------------------------------------------------------------------


def test_steps_equal_average_marginal_effects_by_hand(monkeypatch):
    """Oracle: logistic regression by scipy's minimiser, effects averaged by hand; errors against 200 bootstrap samples."""
    rng = np.random.default_rng(15)
    X, y = world(900, (1.0, 0.5), seed=15, base=7.5)
    survey = naive.survey_of(y.astype(int).tolist(), ratings={"q0": X[:, 0], "q1": X[:, 1]})
    found = drivers.ladders(survey).frame.set_index("question")

    def effects(X: np.ndarray, up: np.ndarray) -> np.ndarray:
        D = np.column_stack([X, np.ones(len(X))])
        best = optimize.minimize(lambda b: np.logaddexp(0, D @ b).sum() - up @ (D @ b), np.zeros(3), jac=lambda b: D.T @ (expit(D @ b) - up)).x
        chance = expit(D @ best)
        return 100 * (chance * (1 - chance)).mean() * best[:2]

    for step, where, above in (("low", y <= 8, y >= 7), ("high", y >= 7, y >= 9)):
        rows = np.flatnonzero(where)
        expected = effects(X[rows], above[rows].astype(float))
        assert found.loc[["q0", "q1"], step].to_numpy() == pytest.approx(expected, abs=1e-3)
        drawn = np.array([effects(X[r], above[r].astype(float)) for r in (rng.choice(rows, len(rows)) for _ in range(200))])
        half = (found[f"{step}_high"] - found[f"{step}_low"]).loc[["q0", "q1"]] / 2 / 1.96
        assert half.to_numpy() == pytest.approx(drawn.std(axis=0), rel=0.2)
    for band, where in (("detractors", y <= 6), ("passives", (y == 7) | (y == 8)), ("promoters", y >= 9)):
        assert found.loc["q0", band] == pytest.approx(X[where, 0].mean())


def test_the_two_steps_have_their_own_motives():
    """Planted: q0 separates detractors from passives, q1 passives from promoters."""
    rng = np.random.default_rng(16)
    X = rng.integers(1, 6, (4000, 2))
    low, high = rng.random(4000) < expit(1.2 * (X[:, 0] - 2)), rng.random(4000) < expit(1.2 * (X[:, 1] - 3))
    score = np.where(~low, 4, np.where(high, 10, 8))
    result = drivers.ladders(naive.survey_of(score.tolist(), ratings={"q0": X[:, 0], "q1": X[:, 1]}))
    rows = result.frame.set_index("question")
    assert rows.loc["q0", "low"] > 10 > rows.loc["q0", "high"]
    assert rows.loc["q1", "high"] > 10 > rows.loc["q1", "low"]
    assert result.headline.startswith("What passives lack most is “Q1”")
    assert "From detractor to passive it is “Q0”" in result.headline


def test_too_few_of_a_group_is_a_note():
    result = drivers.ladders(naive.survey_of([3] * 40 + [7] * 29 + [10] * 40, ratings={"q": [1, 2, 3, 4, 5] * 21 + [1] * 4}))
    assert isinstance(result, Note)
    assert "there are 40 detractors, 29 passives and 40 promoters" in result.headline


# --- better answers ----------------------------------------------------------------------------------------------------


def test_better_answers_equal_the_models_score_of_raised_answers():
    """Oracle: the ordered logit's chances, row by row; a question that did not apply stays so. Errors against 100 bootstrap samples."""
    rng = np.random.default_rng(17)
    X, y = world(1200, (1.0, 0.5), seed=17, base=7.5)
    X[rng.random(1200) < 0.2, 1] = np.nan

    def slow(X: np.ndarray, y: np.ndarray, q: int, usual: tuple[float, float]) -> float:
        def columns(X: np.ndarray) -> np.ndarray:
            parts = [np.nan_to_num(side(X[:, i] - usual[i], 0)) for i in (0, 1) for side in (np.minimum, np.maximum)]
            return np.column_stack([*parts, np.isnan(X[:, 1])])

        model, better = ordered.fit(columns(X), y), X.copy()
        better[:, q] = np.minimum(better[:, q] + 1, 5)
        net = [100 * (1 - model.cumulative(columns(Z), 8) - model.cumulative(columns(Z), 6)).mean() for Z in (better, X)]
        return net[0] - net[1]

    survey = naive.survey_of(y.astype(int).tolist(), ratings={"q0": X[:, 0], "q1": X[:, 1]})
    found = drivers.what_if(survey).frame.set_index("question")
    for q in (0, 1):
        row = found.loc[f"q{q}"]
        assert row["alone"] == pytest.approx(slow(X, y, q, (4.0, 4.0)), abs=1e-6)
        assert row["n"] == (X[:, q] < 5).sum()
        drawn = [slow(X[r], y[r], q, (4.0, 4.0)) for r in (rng.integers(0, 1200, 1200) for _ in range(100))]
        assert (row["alone_high"] - row["alone_low"]) / 2 / 1.96 == pytest.approx(np.std(drawn), rel=0.25)
    assert (found["together"] > found["alone"]).all(), "answers that travel together carry the others' share"
    with pytest.raises(VocError, match="step must be above 0"):
        drivers.what_if(survey, step=0)


def test_questions_answered_alike_are_named_and_nothing_is_promised():
    X, y = world(800, (1.0, 0.5), seed=18)
    twin = np.where(np.random.default_rng(19).random(800) < 0.9, X[:, 0], X[:, 1])
    result = drivers.what_if(naive.survey_of(y.astype(int).tolist(), ratings={"warm": X[:, 0], "kind": twin, "calm": X[:, 1]}))
    assert result.alike[0] == ("Warm", "Kind")
    assert "Neither is a forecast" in result.headline
    assert "cause" not in result._repr_html_().lower().replace("because", "")


# --- other rankings, priorities, segments ------------------------------------------------------------------------------


def test_the_ordered_model_ranks_by_its_latent_variable():
    """Oracle: with no missing answers, R squared of the latent variable is var(Xb) / (var(Xb) + pi squared / 3)."""
    X, y = world(1500, (1.0, 0.6, 0.2), seed=20)
    model = ordered.fit(X, y)
    explained = np.var(X @ model.coefficients)
    worth = by_ordered_model(answers(X, y))
    assert worth.sum() == pytest.approx(explained / (explained + np.pi**2 / 3), abs=1e-6)
    assert (np.diff(worth) < 0).all()


def test_checks_say_what_turns_round():
    """Planted: who answered every question answers otherwise than the others."""
    X, y = world(1500, (1.2, 0.6, 0.1), seed=21)
    same = drivers.checks(naive.survey_of(y.astype(int).tolist(), ratings={f"q{i}": X[:, i] for i in range(3)}))
    assert same.frame["verdict"].eq("same order").all()
    assert same.headline.startswith("Every other way to rank gives the same order")
    rng = np.random.default_rng(22)
    X = rng.integers(1, 6, (3000, 2)).astype(float)
    whole = np.arange(3000) < 600
    y = np.clip(np.round(6 + np.where(whole, 0.1, 1.2) * (X[:, 0] - 3) + np.where(whole, 1.2, 0.5) * (X[:, 1] - 3) + rng.normal(0, 1, 3000)), 0, 10)
    X[~whole & (rng.random(3000) < 0.5), 1] = np.nan
    X[~whole & ~np.isnan(X[:, 1]), 0] = np.nan
    turned = drivers.checks(naive.survey_of(y.astype(int).tolist(), ratings={"q0": X[:, 0], "q1": X[:, 1]}))
    row = turned.frame.set_index("check").loc["Only customers who answered every question"]
    assert row["reversed"] == 1
    assert "it differs clearly for Only customers who answered every question" in turned.headline


def test_priorities_follow_their_stated_rule():
    X, y = world(2000, (1.2, 1.1, 0.1, 0.1), seed=23)
    X[:, [0, 2]] = np.maximum(X[:, [0, 2]] - 1, 1)
    result = drivers.priorities(naive.survey_of(y.astype(int).tolist(), ratings={f"q{i}": X[:, i] for i in range(4)}))
    rows = result.frame.set_index("question")
    assert rows["verdict"].to_dict() == {"q0": "fix first", "q1": "keep up", "q2": "watch", "q3": "leave"}
    assert rows.index.tolist() == ["q0", "q1", "q2", "q3"]
    assert rows["clear"].all()
    assert rows.loc["q0", "performance"] == pytest.approx(100 * (X[:, 0].mean() - 1) / 4)
    assert result.headline == "Fix first: “Q0”. Keep up: “Q1”."


def test_a_question_that_matters_in_one_place_only_is_found_and_chance_is_not():
    """Planted: q1 counts in the South only; in 30 surveys without any difference at most 5 have a false alarm (5 % expected)."""
    rng = np.random.default_rng(24)
    X, y = world(3000, (1.0, 0.0), seed=24, base=7.0)
    south = rng.random(3000) < 0.4
    moved = np.clip(np.round(y + np.where(south, 1.0, 0.0) * (X[:, 1] - 4)), 0, 10).astype(int)
    region = np.where(south, "South", "North").tolist()
    survey = naive.survey_of(moved.tolist(), ratings={"q0": X[:, 0], "q1": X[:, 1]}, region=region)
    rows = drivers.by_segment(survey, "region").frame.set_index(["part", "question"])
    assert (rows.loc[("South", "q1"), "verdict"], rows.loc[("North", "q1"), "verdict"]) == ("more", "less")
    alarms = 0
    for seed in range(30):
        X, y = world(600, (1.0, 0.4), seed=50 + seed)
        place = np.where(np.random.default_rng(seed).random(600) < 0.5, "A", "B").tolist()
        null = drivers.by_segment(naive.survey_of(y.astype(int).tolist(), ratings={"q0": X[:, 0], "q1": X[:, 1]}, region=place), "region")
        alarms += (null.frame["verdict"] != "not clear").any()
    assert alarms <= 5
    with pytest.raises(VocError, match='"shop" is no column of the survey'):
        drivers.by_segment(survey, "shop")
    assert isinstance(drivers.by_segment(survey), Note), "no touchpoints"


def test_a_change_since_the_months_before_is_found():
    """Planted: q1 counts from April on."""
    X, y = world(3000, (1.0, 0.0), seed=25, base=7.0)
    late = np.arange(3000) >= 1500
    moved = np.clip(np.round(y + np.where(late, 1.0, 0.0) * (X[:, 1] - 4)), 0, 10).astype(int)
    dates = [f"2026-{4 + i % 3 if new else 1 + i % 3:02d}-10" for i, new in enumerate(late)]
    survey = naive.survey_of(moved.tolist(), ratings={"q0": X[:, 0], "q1": X[:, 1]}, dates=dates)
    result = drivers.over_time(survey, "2026-06")
    assert result.against == "January 2026 to March 2026"
    assert result.frame.set_index("question").loc["q1", "verdict"] == "more"
    assert "There are no earlier answers" in drivers.over_time(survey, "2026-03").headline


# --- what a reviewer would try -----------------------------------------------------------------------------------------


def test_questions_that_nobody_answered_together_do_not_explain_everything():
    """Planted: three touchpoints, each with its own question; R squared of each is .64 within its touchpoint."""
    rng = np.random.default_rng(30)
    place, own = rng.integers(0, 3, 3000), rng.integers(1, 6, 3000).astype(float)
    score = np.clip(np.round(5 + 0.94 * (own - 3) + rng.normal(0, 1.0, 3000)), 0, 10).astype(int)
    ratings = {f"q{i}": np.where(place == i, own, np.nan) for i in range(3)}
    survey = naive.survey_of(score.tolist(), ratings=ratings, touchpoint=np.array(["Call", "Web", "Store"])[place].tolist())
    result = drivers.rank(survey, draws=100)
    assert result.r_squared == pytest.approx(np.corrcoef(own, score)[0, 1] ** 2, abs=0.02)
    assert result.frame["importance"].to_numpy() == pytest.approx(result.r_squared / 3, abs=0.03)
    assert "Some questions were answered together by too few" in result._repr_html_()


@pytest.mark.parametrize("kind", ["one is thin", "half is missing"])
def test_gaps_neither_crash_nor_inflate(kind):
    """Twenty questions; plain pairs of answers would explain all of the score, or nothing that can be factored."""
    X, y = world(300, (0.5, *[0.1] * 19), seed=31, base=6.0)
    whole = naive.r_squared(X, y)
    rng = np.random.default_rng(32)
    X[rng.random(X.shape) < 0.5 if kind == "half is missing" else (np.arange(20) == 0) & (np.arange(300) >= 35)[:, None]] = np.nan
    result = drivers.rank(naive.survey_of(y.astype(int).tolist(), ratings={f"q{i:02d}": X[:, i] for i in range(20)}), draws=50)
    assert result.r_squared < whole + 0.1


def test_yes_and_no_have_one_step():
    """A scale of two answers: nothing lies on both sides of the usual one; "no" is the low answer."""
    rng = np.random.default_rng(33)
    X = rng.integers(0, 2, (600, 2)).astype(float)
    y = np.clip(np.round(6 + 2 * X[:, 0] + rng.normal(0, 1, 600)), 0, 10)
    yes = answers(X, y, questions=tuple(Question(f"q{i}", f"q{i}", f"Question {i}", Scale(0, 1)) for i in range(2)))
    assert asymmetry.uneven(yes).frame[["loss", "gain"]].isna().all(axis=None)
    row = ranked(yes, draws=50).frame.set_index("question").loc["q0"]
    assert (row["low_n"], row["high_n"]) == ((X[:, 0] == 0).sum(), (X[:, 0] == 1).sum())


def test_what_nobody_answered_is_missing_and_small_groups_are_blank():
    X, y = world(500, (1.0, 0.5), seed=34)
    X[:, 0] = np.maximum(X[:, 0], 4)
    X[:, 1] = np.where(np.arange(500) < 5, 1, np.maximum(X[:, 1], 3))
    found = asymmetry.uneven(answers(X, y)).frame.set_index("question")
    assert found.loc["q0", ["loss", "loss_low", "gain", "asymmetry", "chance"]].isna().all()
    assert found.loc["q0", "below"] == 0
    rows = ranked(answers(X, y), draws=50).frame.set_index("question")
    assert np.isnan(rows.loc["q1", "low_n"]), "five customers are not counted out"
    score = np.where(y >= 9, 10, np.where(y >= 7, 8, 3))
    thin = np.where((score == 3) & (np.cumsum(score == 3) > 2), np.nan, X[:, 0])
    steps = drivers.ladders(naive.survey_of(score.tolist(), ratings={"q0": thin, "q1": X[:, 1]})).frame.set_index("question")
    assert steps.loc["q0", ["detractors", "low"]].isna().all()
    assert steps.loc["q1", ["low", "high"]].notna().all(), "a thin question does not take the others with it"


def test_equal_slopes_at_unequal_touchpoints_are_no_difference():
    """Planted: the same slopes at three touchpoints whose scores and answers differ."""
    rng, alarms = np.random.default_rng(35), 0
    for _ in range(10):
        place = rng.integers(0, 3, 1500)
        X = np.clip(np.round(3 + 0.5 * place[:, None] + rng.normal(0, 0.8, (1500, 2))), 1, 5)
        y = np.clip(np.round(4 + 1.0 * place + 0.5 * (X - 3).sum(axis=1) + rng.normal(0, 1.0, 1500)), 0, 10).astype(int)
        survey = naive.survey_of(y.tolist(), ratings={"q0": X[:, 0], "q1": X[:, 1]}, touchpoint=np.array(["A", "B", "C"])[place].tolist())
        alarms += (drivers.by_segment(survey).frame["verdict"] != "not clear").any()
    assert alarms <= 3, "scales that end cut slopes a little; without holding the touchpoint nearly all surveys would alarm"


def test_the_noise_line_allows_for_repeat_customers():
    """Unrelated answers of customers who answer five times alike: above their line about 5 times in 100."""
    above = 0
    for seed in range(40):
        X, y = world(150, (1.0, 0.0), seed=200 + seed)
        lone = np.random.default_rng(seed).integers(1, 6, 150)
        rows = np.repeat(np.arange(150), 5)
        data = answers(np.column_stack([X[:, 0], lone])[rows], y[rows], customers=rows)
        frame = ranked(data, draws=20).frame.set_index("question")
        above += frame.loc["q1", "importance"] > frame.loc["q1", "noise"]
    assert above <= 7


def test_a_question_that_goes_the_other_way_is_said():
    """Planted: better answers to q0 go with a lower score."""
    X, y = world(1500, (-1.0, 0.3), seed=36, base=7.5)
    survey = naive.survey_of(y.astype(int).tolist(), ratings={"q0": X[:, 0], "q1": X[:, 1]})
    assert "with higher answers to “Q0”" in drivers.ladders(survey).headline
    assert drivers.priorities(survey).frame.set_index("question")["verdict"]["q0"] == "look into"
    assert "Better answers to “Q0”" in drivers.what_if(survey).headline
    assert drivers.rank(survey, draws=100).frame.set_index("question")["direction"]["q0"] == -1


def test_chance_is_not_ranked_first():
    X, y = world(200, (0.0, 0.0, 0.0), seed=37)
    survey = naive.survey_of(y.astype(int).tolist(), ratings={f"q{i}": X[:, i] for i in range(3)})
    assert drivers.rank(survey, draws=50).headline.startswith("No question goes more closely with the score than its own answers would by chance")
    assert not set(drivers.priorities(survey).frame["verdict"]) & {"fix first", "keep up"}


def test_answers_that_weigh_nothing_are_none_and_missing_weights_are_refused():
    X, y = world(400, (1.0, 0.4), seed=38)
    weight = np.where(X[:, 0] <= 2, 0.0, 1.5)
    survey = naive.survey_of(y.astype(int).tolist(), ratings={"q0": X[:, 0], "q1": X[:, 1]}, weight=weight.tolist())
    kept = survey.with_frame(survey.frame[weight > 0])
    one, two = (drivers.rank(s, draws=50, weighted=w).frame for s, w in ((survey, True), (kept, False)))
    pd.testing.assert_frame_equal(one, two)
    lacking = survey.with_frame(survey.frame.assign(weight=np.where(np.arange(400) < 3, np.nan, 1.0)))
    with pytest.raises(VocError, match="found 3 answers without one and 0 below 0"):
        drivers.rank(lacking, weighted=True)


# --- themes ------------------------------------------------------------------------------------------------------------


def test_themes_add_what_least_squares_says_they_add():
    """Oracle: R squared with and without the mentions, ratings and touchpoint in both; a theme without effect stays below the noise line."""
    from test_theme_score import themes_of

    rng = np.random.default_rng(26)
    X, y = world(800, (1.0, 0.5), seed=26, base=7.0)
    said = rng.random((800, 2)) < 0.3
    score = np.clip(np.round(y - 2.0 * said[:, 0]), 0, 10).astype(int)
    place = np.where(rng.random(800) < 0.5, "Call", "Store")
    survey = naive.survey_of(score.tolist(), ratings={"q0": X[:, 0], "q1": X[:, 1]}, touchpoint=place.tolist(), comment=["words"] * 800)
    result = drivers.with_themes(survey, themes_of(survey, said))
    base, rated = (place == "Store").astype(float)[:, None], np.column_stack([(place == "Store").astype(float), X])
    r2 = [naive.r_squared(D, score) for D in (base, rated, np.column_stack([rated, said]))]
    assert result.ratings == pytest.approx(r2[1] - r2[0], abs=1e-9)
    assert result.themes == pytest.approx(r2[2] - r2[1], abs=1e-9)
    rows = result.frame.set_index("id")
    assert (rows.loc[0, "direction"], rows.loc[1, "importance"] < 2 * rows.loc[1, "noise"]) == (-1, True)
    assert "Customers who mention “Theme 0”" in result.headline
    weight = np.where(np.arange(800) < 200, 0.0, 1.0)
    weighted = drivers.with_themes(survey.with_frame(survey.frame.assign(weight=weight)), themes_of(survey, said), weighted=True)
    kept = drivers.with_themes(survey.with_frame(survey.frame[weight > 0]), themes_of(survey, said))
    assert weighted.themes == pytest.approx(kept.themes, abs=1e-12)
    none = drivers.with_themes(survey, themes_of(survey, np.zeros((800, 0), dtype=bool)))
    assert isinstance(none, Note)


# --- surveys of all kinds ----------------------------------------------------------------------------------------------

CALLS = (
    drivers.rank, drivers.asymmetry, drivers.ladders, drivers.what_if, drivers.checks, drivers.priorities, drivers.by_segment,
    lambda survey: drivers.over_time(survey, "2026-09"),
)  # fmt: skip


@pytest.mark.parametrize(
    "kind", ["no ratings", "one rating", "constant", "twenty ratings", "thirty answers", "thirty answers, twenty ratings", "same score"]
)
@pytest.mark.parametrize("call", CALLS)
def test_every_survey_gets_a_result_or_a_sentence(kind, call):
    rng = np.random.default_rng(27)
    n = 30 if "thirty" in kind else 400
    p = 20 if "twenty" in kind else 0 if kind == "no ratings" else 1 if kind in ("one rating", "constant") else 4
    X = np.clip(np.round(3.5 + rng.normal(size=(n, 1)) + rng.normal(size=(n, max(p, 1)))), 1, 5)
    y = np.clip(np.round(7 + X[:, 0] - 3 + rng.normal(size=n)), 0, 10).astype(int)
    ratings = {f"q{i}": (np.full(n, 4.0) if kind == "constant" else X[:, i]) for i in range(p)}
    score = [9] * n if kind == "same score" else y.tolist()
    survey = naive.survey_of(score, ratings=ratings, touchpoint=np.where(rng.random(n) < 0.5, "Call", "Store").tolist())
    result = call(survey)
    assert result.headline
    assert "nan" not in result._repr_html_()
    if kind in ("no ratings", "constant", "thirty answers, twenty ratings", "same score"):
        assert isinstance(result, Note)


def test_the_sample_holds_what_was_planted(survey):
    """data/sample/truth.json: the order, and that bad answers cost more than good ones gain; "patient" does nothing of its own."""
    found = drivers.rank(survey, draws=200)
    assert found.frame["question"].tolist() == ["resolution", "knowledgeable", "friendly", "patient"]
    verdicts = drivers.asymmetry(survey).frame.set_index("question")["verdict"]
    assert verdicts.loc[["resolution", "knowledgeable", "friendly"]].eq("loses more than it gains").all()
    assert verdicts["patient"] == "cannot tell"


def test_a_control_that_is_no_column_is_refused(survey):
    with pytest.raises(VocError, match='"shop" cannot be held constant: it is no column'):
        drivers.rank(survey, controls=("shop",))
    assert isinstance(answers_of(survey), Answers)
