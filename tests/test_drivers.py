"""Importance against R, published tables and a brute-force oracle; then the ranking of a survey with planted truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import naive
from voc import drivers
from voc.display import Note
from voc.drivers import moments
from voc.drivers.shares import johnson, lmg, partial
from voc.schema import VocError

# fmt: off
# R datasets::swiss: Fertility, Agriculture, Examination, Education, Catholic, Infant.Mortality.
SWISS = np.array([
    (80.2, 17, 15, 12, 9.96, 22.2), (83.1, 45.1, 6, 9, 84.84, 22.2), (92.5, 39.7, 5, 5, 93.4, 20.2), (85.8, 36.5, 12, 7, 33.77, 20.3),
    (76.9, 43.5, 17, 15, 5.16, 20.6), (76.1, 35.3, 9, 7, 90.57, 26.6), (83.8, 70.2, 16, 7, 92.85, 23.6), (92.4, 67.8, 14, 8, 97.16, 24.9),
    (82.4, 53.3, 12, 7, 97.67, 21), (82.9, 45.2, 16, 13, 91.38, 24.4), (87.1, 64.5, 14, 6, 98.61, 24.5), (64.1, 62, 21, 12, 8.52, 16.5),
    (66.9, 67.5, 14, 7, 2.27, 19.1), (68.9, 60.7, 19, 12, 4.43, 22.7), (61.7, 69.3, 22, 5, 2.82, 18.7), (68.3, 72.6, 18, 2, 24.2, 21.2),
    (71.7, 34, 17, 8, 3.3, 20), (55.7, 19.4, 26, 28, 12.11, 20.2), (54.3, 15.2, 31, 20, 2.15, 10.8), (65.1, 73, 19, 9, 2.84, 20),
    (65.5, 59.8, 22, 10, 5.23, 18), (65, 55.1, 14, 3, 4.52, 22.4), (56.6, 50.9, 22, 12, 15.14, 16.7), (57.4, 54.1, 20, 6, 4.2, 15.3),
    (72.5, 71.2, 12, 1, 2.4, 21), (74.2, 58.1, 14, 8, 5.23, 23.8), (72, 63.5, 6, 3, 2.56, 18), (60.5, 60.8, 16, 10, 7.72, 16.3),
    (58.3, 26.8, 25, 19, 18.46, 20.9), (65.4, 49.5, 15, 8, 6.1, 22.5), (75.5, 85.9, 3, 2, 99.71, 15.1), (69.3, 84.9, 7, 6, 99.68, 19.8),
    (77.3, 89.7, 5, 2, 100, 18.3), (70.5, 78.2, 12, 6, 98.96, 19.4), (79.4, 64.9, 7, 3, 98.22, 20.2), (65, 75.9, 9, 9, 99.06, 17.8),
    (92.2, 84.6, 3, 3, 99.46, 16.3), (79.3, 63.1, 13, 13, 96.83, 18.1), (70.4, 38.4, 26, 12, 5.62, 20.3), (65.7, 7.7, 29, 11, 13.79, 20.5),
    (72.7, 16.7, 22, 13, 11.22, 18.9), (64.4, 17.6, 35, 32, 16.92, 23), (77.6, 37.6, 15, 7, 4.97, 20), (67.6, 18.7, 25, 7, 8.65, 19.5),
    (35, 1.2, 37, 53, 42.34, 18), (44.7, 46.6, 16, 29, 50.43, 18.2), (42.8, 27.7, 22, 29, 58.33, 19.3),
])
# R datasets::attitude: rating, complaints, privileges, learning, raises, critical, advance.
ATTITUDE = np.array([
    (43, 51, 30, 39, 61, 92, 45), (63, 64, 51, 54, 63, 73, 47), (71, 70, 68, 69, 76, 86, 48), (61, 63, 45, 47, 54, 84, 35),
    (81, 78, 56, 66, 71, 83, 47), (43, 55, 49, 44, 54, 49, 34), (58, 67, 42, 56, 66, 68, 35), (71, 75, 50, 55, 70, 66, 41),
    (72, 82, 72, 67, 71, 83, 31), (67, 61, 45, 47, 62, 80, 41), (64, 53, 53, 58, 58, 67, 34), (67, 60, 47, 39, 59, 74, 41),
    (69, 62, 57, 42, 55, 63, 25), (68, 83, 83, 45, 59, 77, 35), (77, 77, 54, 72, 79, 77, 46), (81, 90, 50, 72, 60, 54, 36),
    (74, 85, 64, 69, 79, 79, 63), (65, 60, 65, 75, 55, 80, 60), (65, 70, 46, 57, 75, 85, 46), (50, 58, 68, 54, 64, 78, 52),
    (50, 40, 33, 34, 43, 64, 33), (64, 61, 52, 62, 66, 80, 41), (53, 66, 52, 50, 63, 80, 37), (40, 37, 42, 58, 50, 57, 49),
    (63, 54, 42, 48, 66, 75, 33), (66, 77, 66, 63, 88, 76, 72), (78, 75, 58, 74, 80, 78, 49), (48, 57, 44, 45, 51, 83, 38),
    (85, 85, 71, 71, 77, 74, 55), (82, 82, 39, 59, 64, 78, 39),
])
# R datasets::mtcars: mpg, cyl, disp, hp, gear, am, vs, carb.
MTCARS = np.array([
    (21, 6, 160, 110, 4, 1, 0, 4), (21, 6, 160, 110, 4, 1, 0, 4), (22.8, 4, 108, 93, 4, 1, 1, 1), (21.4, 6, 258, 110, 3, 0, 1, 1),
    (18.7, 8, 360, 175, 3, 0, 0, 2), (18.1, 6, 225, 105, 3, 0, 1, 1), (14.3, 8, 360, 245, 3, 0, 0, 4), (24.4, 4, 146.7, 62, 4, 0, 1, 2),
    (22.8, 4, 140.8, 95, 4, 0, 1, 2), (19.2, 6, 167.6, 123, 4, 0, 1, 4), (17.8, 6, 167.6, 123, 4, 0, 1, 4), (16.4, 8, 275.8, 180, 3, 0, 0, 3),
    (17.3, 8, 275.8, 180, 3, 0, 0, 3), (15.2, 8, 275.8, 180, 3, 0, 0, 3), (10.4, 8, 472, 205, 3, 0, 0, 4), (10.4, 8, 460, 215, 3, 0, 0, 4),
    (14.7, 8, 440, 230, 3, 0, 0, 4), (32.4, 4, 78.7, 66, 4, 1, 1, 1), (30.4, 4, 75.7, 52, 4, 1, 1, 2), (33.9, 4, 71.1, 65, 4, 1, 1, 1),
    (21.5, 4, 120.1, 97, 3, 0, 1, 1), (15.5, 8, 318, 150, 3, 0, 0, 2), (15.2, 8, 304, 150, 3, 0, 0, 2), (13.3, 8, 350, 245, 3, 0, 0, 4),
    (19.2, 8, 400, 175, 3, 0, 0, 2), (27.3, 4, 79, 66, 4, 1, 1, 1), (26, 4, 120.3, 91, 5, 1, 0, 2), (30.4, 4, 95.1, 113, 5, 1, 1, 2),
    (15.8, 8, 351, 264, 5, 1, 0, 4), (19.7, 6, 145, 175, 5, 1, 0, 6), (15, 8, 301, 335, 5, 1, 0, 8), (21.4, 4, 121, 109, 4, 1, 1, 2),
])
# fmt: on
SWISS_LMG = [0.05709122077, 0.17117302890, 0.26013467862, 0.10557015037, 0.11276592293]
SWISS_GENIZI = [0.04841689581, 0.15470824981, 0.27196410465, 0.11468002995, 0.11696572138]
SWISS_WEIGHTED = [0.05554657507, 0.17727395023, 0.35580003172, 0.04999135672, 0.10145075129]
ATTITUDE_LMG = [0.370816194319, 0.050903792972, 0.155765990169, 0.120345079404, 0.006588722546, 0.028182213122]
ATTITUDE_RWA = [0.362760199658, 0.056002278779, 0.163610910751, 0.121780399688, 0.008255466496, 0.020192737159]


def correlated(n: int, p: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Predictors that share a halo, and an outcome."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) + rng.normal(size=(n, 1))
    return X, X @ np.linspace(-0.3, 1, p) + rng.normal(size=n)


# --- published values --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "expected"), [("lmg", SWISS_LMG), ("johnson", SWISS_GENIZI)])
def test_swiss_equals_r(method, expected):
    """R 4.2.2, relaimpo 2.2-7, calc.relimp(swiss): lmg and genizi (equal to Johnson's relative weights); R squared .7067350016."""
    found = drivers.importance(SWISS[:, 1:], SWISS[:, 0], method=method)
    assert found == pytest.approx(expected, abs=2e-8)
    assert found.sum() == pytest.approx(0.7067350016, abs=2e-8)


def test_weighted_swiss_equals_r():
    """R 4.2.2, relaimpo 2.2-7, calc.relimp(swiss, weights = abs(-23:23)): R squared .740062665."""
    found = drivers.importance(SWISS[:, 1:], SWISS[:, 0], weights=np.abs(np.arange(-23, 24)))
    assert found == pytest.approx(SWISS_WEIGHTED, abs=2e-8)
    assert found.sum() == pytest.approx(0.740062665, abs=2e-8)


def test_swiss_with_agriculture_held_constant_equals_r():
    """R 4.2.2, relaimpo 2.2-7, calc.relimp(swiss, always = "Agriculture")."""
    matrix = np.corrcoef(SWISS[:, [1, 2, 3, 4, 5, 0]].T)[None]
    found = lmg(partial(matrix, 1))[0]
    assert found == pytest.approx([0.14321438621, 0.23737103728, 0.08868906237, 0.11279560583], abs=2e-8)


@pytest.mark.parametrize(("method", "expected"), [("lmg", ATTITUDE_LMG), ("johnson", ATTITUDE_RWA)])
def test_attitude_equals_r(method, expected):
    """R 4.2.2, relaimpo 2.2-7; lmg rounded to .371 .051 .156 .120 .007 .028 in dominanceanalysis' README; R squared .7326019925."""
    found = drivers.importance(ATTITUDE[:, 1:], ATTITUDE[:, 0], method=method)
    assert found == pytest.approx(expected, abs=2e-8)
    assert found.sum() == pytest.approx(0.7326019925, abs=2e-8)


@pytest.mark.parametrize(
    ("columns", "method", "expected"),
    [
        ([1, 2, 3, 4], "johnson", [0.2284797, 0.2221469, 0.2321744, 0.0963886]),
        ([1, 2, 3, 4], "lmg", [0.24705203, 0.24349959, 0.21091290, 0.07772511]),
        ([5, 6, 1], "lmg", [0.1774892, 0.2027032, 0.3817849]),
        ([5, 1, 7], "lmg", [0.2156848, 0.4173094, 0.1783081]),
    ],
)
def test_mtcars_equals_published_values(columns, method, expected):
    """martinctc/rwa README (cyl, disp, hp, gear); relaimpo for its LMG; domir README (am, vs, cyl) and vignette (am, cyl, carb)."""
    assert drivers.importance(MTCARS[:, columns], MTCARS[:, 0], method=method) == pytest.approx(expected, abs=1e-7)


def test_azen_and_budescu_from_correlations():
    """Azen & Budescu 2003, Psychological Methods 8:129 (dominanceanalysis test-daAzenBudescu2003.R): average of the conditional values."""
    matrix = np.array(
        [[1, 0.8, 0.1, 0.3, 0.6], [0.8, 1, 0.1, 0.1, 0.3], [0.1, 0.1, 1, 0.5, 0.4], [0.3, 0.1, 0.5, 1, 0.5], [0.6, 0.3, 0.4, 0.5, 1]]
    )  # fmt: skip
    conditional = [[0.360, 0.300, 0.263, 0.246], [0.090, 0.074, 0.069, 0.071], [0.160, 0.095, 0.063, 0.061], [0.250, 0.152, 0.073, 0.010]]
    assert lmg(matrix[None])[0] == pytest.approx(np.mean(conditional, axis=1), abs=5e-4)
    assert lmg(matrix[None])[0] == pytest.approx([0.2921761777, 0.0758613515, 0.0949108804, 0.1214041084], abs=2e-8)
    assert johnson(matrix[None])[0] == pytest.approx([0.290759022, 0.0761198025, 0.0976061462, 0.1198675473], abs=2e-8)


def test_ses_iq_and_achievement_from_correlations():
    """R dominanceanalysis tests, SES/IQ/nAch on GPA: R squared .4964735 and the conditional values, averaged."""
    matrix = np.array([[1, 0.3, 0.41, 0.33], [0.3, 1, 0.16, 0.57], [0.41, 0.16, 1, 0.5], [0.33, 0.57, 0.5, 1]])[None]
    conditional = [[0.1089, 0.0232818, 0.0000655], [0.3249, 0.2450947, 0.2276912], [0.25, 0.1656952, 0.1437922]]
    assert lmg(matrix)[0] == pytest.approx(np.mean(conditional, axis=1), abs=1e-7)
    assert lmg(matrix).sum() == pytest.approx(0.4964735, abs=1e-7)


# --- oracle and invariants ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_lmg_equals_every_order_of_entering(seed):
    """Oracle: `naive.shapley`, 24 orders of 4 columns by least squares."""
    X, y = correlated(80, 4, seed)
    assert drivers.importance(X, y) == pytest.approx(naive.shapley(X, y), abs=1e-8)


def test_lmg_with_controls_equals_every_order_after_the_controls():
    """Oracle: `naive.shapley` with two columns entered first."""
    X, y = correlated(80, 6, 5)
    matrix = np.corrcoef(np.column_stack([X, y]).T)[None]
    assert lmg(partial(matrix, 2))[0] == pytest.approx(naive.shapley(X[:, 2:], y, held=X[:, :2]), abs=1e-8)


@pytest.mark.parametrize("method", ["lmg", "johnson"])
@pytest.mark.parametrize("p", [1, 2, 5, 10])
def test_importances_add_up_to_r_squared(method, p):
    """Oracle: least squares."""
    X, y = correlated(120, p, p)
    found = drivers.importance(X, y, method=method)
    assert found.sum() == pytest.approx(naive.r_squared(X, y), abs=1e-7)
    assert (found >= 0).all()


def test_johnson_goes_beyond_fourteen_columns_and_lmg_says_no():
    X, y = correlated(200, 15, 3)
    assert drivers.importance(X, y, method="johnson").sum() == pytest.approx(naive.r_squared(X, y), abs=1e-7)
    with pytest.raises(VocError, match=r'takes up to 14 columns or groups; found 15\. Use groups, or method="johnson"'):
        drivers.importance(X, y)


@pytest.mark.parametrize("method", ["lmg", "johnson"])
def test_order_of_rows_and_columns_does_not_matter(method):
    X, y = correlated(90, 4, 6)
    rows, columns = np.random.default_rng(0).permutation(90), [2, 0, 3, 1]
    assert drivers.importance(X[rows][:, columns], y[rows], method=method) == pytest.approx(
        drivers.importance(X, y, method=method)[columns], abs=1e-9
    )


@pytest.mark.parametrize("method", ["lmg", "johnson"])
@pytest.mark.parametrize("factors", [(1, 1e8, 1, 1), (1e-8, 1, 1, 1), (-3, 1, 0.5, 1), (1e-8, 1e-8, 1, 1e8)])
def test_scale_of_a_column_does_not_matter(method, factors):
    """raphaelvallat/pingouin issue 522: importances changed with the unit of a predictor."""
    X, y = correlated(90, 4, 7)
    assert drivers.importance((X + 5) * np.array(factors), y, method=method) == pytest.approx(drivers.importance(X, y, method=method), abs=1e-6)


@pytest.mark.parametrize("factor", [1e-8, 1e8])
def test_scale_of_the_outcome_does_not_matter(factor):
    X, y = correlated(90, 4, 8)
    assert drivers.importance(X, y * factor) == pytest.approx(drivers.importance(X, y), abs=1e-6)


@pytest.mark.parametrize("method", ["lmg", "johnson"])
def test_equal_weights_change_nothing_and_whole_weights_are_repeated_rows(method):
    X, y = correlated(60, 3, 9)
    weights = np.random.default_rng(1).integers(0, 4, 60)
    plain = drivers.importance(X, y, method=method)
    assert drivers.importance(X, y, weights=np.full(60, 2.5), method=method) == pytest.approx(plain, abs=1e-10)
    repeated = drivers.importance(np.repeat(X, weights, axis=0), np.repeat(y, weights), method=method)
    assert drivers.importance(X, y, weights=weights, method=method) == pytest.approx(repeated, abs=1e-9)


@pytest.mark.parametrize("method", ["lmg", "johnson"])
def test_a_question_asked_twice_shares_its_importance(method):
    X, y = correlated(100, 3, 10)
    single, double = drivers.importance(X, y, method=method), drivers.importance(X[:, [0, 1, 2, 2]], y, method=method)
    assert double[2] == pytest.approx(double[3], abs=1e-6)
    assert double.sum() == pytest.approx(single.sum(), abs=1e-6)


@pytest.mark.parametrize("method", ["lmg", "johnson"])
def test_a_constant_column_is_worth_nothing(method):
    X, y = correlated(100, 3, 11)
    found = drivers.importance(np.column_stack([X, np.full(100, 4.0)]), y, method=method)
    assert found[3] == pytest.approx(0, abs=1e-9)
    assert found[:3] == pytest.approx(drivers.importance(X, y, method=method), abs=1e-8)


def test_unrelated_answers_are_worth_next_to_nothing():
    """Planted null: p / (n - 1) of the variance by chance, here 1 / 4999."""
    rng = np.random.default_rng(12)
    X, y = correlated(5000, 2, 12)
    assert drivers.importance(np.column_stack([X, rng.normal(size=5000)]), y)[2] < 0.002


def test_shapes_and_methods_are_checked():
    X, y = correlated(30, 2, 0)
    for bad_X, bad_y in ((X, y[:-1]), (y, y)):
        with pytest.raises(VocError, match="X must be"):
            drivers.importance(bad_X, bad_y)
    with pytest.raises(VocError, match='method must be "lmg" or "johnson"; found "last"'):
        drivers.importance(X, y, method="last")


def test_weights_of_the_wrong_length_are_refused():
    """The docstring: VocError when shapes differ."""
    X, y = correlated(30, 2, 0)
    with pytest.raises(VocError):
        drivers.importance(X, y, weights=np.ones(29))


# --- missing answers ---------------------------------------------------------------------------------------------------


def test_pairwise_equals_complete_when_nothing_is_missing():
    """Oracle: numpy's corrcoef."""
    X, y = correlated(70, 4, 13)
    data = np.column_stack([X, y])
    assert moments.correlations(moments.tally(pd.DataFrame(data)))[0] == pytest.approx(np.corrcoef(data.T), abs=1e-12)


def test_pairs_use_the_answers_in_which_both_are_present():
    """Oracle: pandas' DataFrame.corr, which drops missing values pair by pair."""
    X, y = correlated(200, 4, 14)
    frame = pd.DataFrame(np.column_stack([X, y]))
    for column, hole in ((0, slice(0, 40)), (2, slice(30, 90))):
        frame.loc[frame.index[hole], column] = np.nan
    assert moments.correlations(moments.tally(frame))[0] == pytest.approx(frame.corr().to_numpy(), abs=1e-12)


@pytest.mark.parametrize("method", ["lmg", "johnson"])
def test_rows_without_any_rating_or_without_a_score_change_nothing(method):
    X, y = correlated(80, 3, 15)
    more_X, more_y = np.vstack([X, np.full((20, 3), np.nan), X[:5]]), np.r_[y, np.arange(20.0), np.full(5, np.nan)]
    assert drivers.importance(more_X, more_y, method=method) == pytest.approx(drivers.importance(X, y, method=method), abs=1e-9)


def test_answers_missing_by_chance_barely_move_the_importances():
    """Planted truth: 30 % of the answers of 20 000 removed at random."""
    X, y = correlated(20_000, 4, 16)
    holed = np.where(np.random.default_rng(17).random(X.shape) < 0.3, np.nan, X)
    assert drivers.importance(holed, y) == pytest.approx(drivers.importance(X, y), abs=0.02)


def test_contradictory_pairs_still_give_a_usable_matrix():
    """Three pairs seen on different rows with correlations 1, 1 and -1: no such matrix exists."""
    up, gap = np.arange(10.0), np.full(10, np.nan)
    a, b, c = np.r_[up, up, gap], np.r_[up, gap, up], np.r_[gap, up, -up]
    data = pd.DataFrame({"a": a, "b": b, "c": c, "y": np.tile(up, 3)})
    matrix = moments.correlations(moments.tally(data))[0]
    assert np.linalg.eigvalsh(matrix).min() > -1e-9
    assert np.diag(matrix) == pytest.approx(np.ones(4))
    assert matrix == pytest.approx(matrix.T)


# --- rank --------------------------------------------------------------------------------------------------------------


def visits(n: int, seed: int, *, touchpoints: bool = True, months: int = 1, skip: float = 0.0):
    """Planted truth: "solved" moves the score most, "kind" a little; "store" only follows the touchpoint, which moves the score too."""
    rng = np.random.default_rng(seed)
    place = rng.integers(0, 2, n) if touchpoints else np.zeros(n, dtype=int)
    halo = rng.normal(size=n)
    solved, kind = (np.clip(np.round(3 + 0.6 * halo + rng.normal(0, 0.9, n)), 1, 5) for _ in range(2))
    store = np.clip(np.round(2 + 2 * place + rng.normal(0, 0.7, n)), 1, 5)
    score = np.clip(np.round(5 + 1.3 * (solved - 3) + 0.5 * (kind - 3) + 3 * place + rng.normal(0, 1, n)), 0, 10).astype(int)
    kind = np.where(rng.random(n) < skip, np.nan, kind)
    dates = [f"2026-{1 + i % months:02d}-15" for i in range(n)]
    extra = {"touchpoint": np.array(["Call", "Store"])[place]} if touchpoints else {}
    return naive.survey_of(score.tolist(), ratings={"kind": kind, "store": store, "solved": solved}, dates=dates, **extra)


def test_planted_order_is_recovered():
    result = drivers.rank(visits(1500, 1), draws=200)
    rows = result.to_frame().set_index("question")
    assert list(rows.index) == ["solved", "kind", "store"]
    assert rows.loc["solved", "first_chance"] > 0.99
    assert rows.loc["solved", "score_low"] < rows.loc["solved", "score_high"]
    assert rows.loc["solved", "direction"] == 1
    assert result.controls == ("touchpoint",)
    assert result.headline.startswith("“Solved” goes most closely with the score: ")
    assert "It is clearly ahead of “Kind”" in result.headline


def test_holding_the_touchpoint_constant_removes_what_only_follows_it():
    """Planted null: "store" has no effect of its own; without the control it takes a large share."""
    survey = visits(1500, 1)
    without = survey.with_frame(survey.frame.drop(columns="touchpoint"))
    held, free = (drivers.rank(s, draws=50).to_frame().set_index("question").loc["store", "importance"] for s in (survey, without))
    assert held < 0.005
    assert free > 0.1


def test_ranking_equals_the_oracle_with_touchpoint_and_month_entered_first():
    """Oracle: `naive.shapley` on the rows, dummies of touchpoint and month held."""
    survey = visits(240, 2, months=3)
    frame, result = survey.frame, drivers.rank(survey, draws=20)
    held = np.column_stack([frame["touchpoint"] == "Store", frame["date"].dt.month == 2, frame["date"].dt.month == 3]).astype(float)
    questions = ["kind", "store", "solved"]
    expected = naive.shapley(frame[questions].to_numpy(), frame["score"].to_numpy(dtype=float), held=held)
    assert result.to_frame().set_index("question").loc[questions, "importance"].tolist() == pytest.approx(expected, abs=1e-7)
    assert result.controls == ("touchpoint", "month")


def test_importances_add_up_and_lie_in_their_ranges():
    result = drivers.rank(visits(400, 3, skip=0.3), draws=200)
    rows = result.to_frame()
    assert rows["importance"].sum() == pytest.approx(result.r_squared)
    assert (rows["low"] <= rows["importance"]).all()
    assert (rows["importance"] <= rows["high"]).all()
    assert rows["first_chance"].sum() == pytest.approx(1)
    assert rows["importance"].is_monotonic_decreasing


def test_skipped_questions_count_where_they_were_answered():
    survey = visits(800, 4, skip=0.4)
    rows = drivers.rank(survey, draws=20).to_frame().set_index("question")
    assert rows.loc["kind", "n"] == survey.frame["kind"].notna().sum() < 800
    assert rows.loc["kind", "mean"] == pytest.approx(survey.frame["kind"].mean())
    assert rows.loc["solved", "n"] == 800


def test_ranking_does_not_depend_on_row_order():
    survey = visits(300, 5, skip=0.2)
    shuffled = survey.with_frame(survey.frame.sample(frac=1, random_state=1))
    one, two, other = drivers.rank(survey, draws=50), drivers.rank(shuffled, draws=50), drivers.rank(survey, draws=51)
    pd.testing.assert_frame_equal(one.to_frame(), two.to_frame())
    assert one.to_frame()["low"].tolist() != other.to_frame()["low"].tolist()


def test_scores_of_low_and_best_answers_are_scores_of_those_customers():
    """Low is 1-2 on a 1-5 scale."""
    survey = visits(600, 6)
    row, frame = drivers.rank(survey, draws=20).to_frame().set_index("question").loc["solved"], survey.frame
    for part, where in (("low", frame["solved"] <= 2), ("high", frame["solved"] == 5)):
        bands = frame.loc[where, "cohort"].value_counts(normalize=True)
        assert row[f"{part}_n"] == where.sum()
        assert row[f"score_{part}"] == pytest.approx(100 * (bands.get("promoter", 0) - bands.get("detractor", 0)))


@pytest.mark.parametrize(("questions", "exact"), [(11, True), (16, False)])
def test_many_questions_are_ranked_with_their_error(questions, exact):
    X, y = correlated(300, questions, 18)
    ratings = {f"q{i:02d}": np.clip(np.round(3 + X[:, i]), 1, 5) for i in range(questions)}
    result = drivers.rank(naive.survey_of(np.clip(np.round(6 + y), 0, 10).astype(int).tolist(), ratings=ratings), draws=50)
    assert len(result.to_frame()) == questions
    assert (result.error == 0) == exact
    assert result.to_frame()["importance"].sum() == pytest.approx(result.r_squared)
    assert ("not all orders were tried" in result._repr_html_()) != exact


def test_no_ratings_too_few_answers_and_constant_answers_are_notes():
    none = drivers.rank(naive.survey_of([10, 3, 8] * 20))
    few = drivers.rank(visits(29, 7))
    constant = drivers.rank(naive.survey_of([10, 3, 8] * 20, ratings={"kind": [4] * 60}))
    assert all(isinstance(x, Note) for x in (none, few, constant))
    assert none.headline == "This survey has no touchpoint questions, so there is nothing to rank."
    assert few.headline == "The questions cannot be ranked (all answers, 29 answers): that takes 30 answers to a question, and answers that differ."
    assert constant.to_frame().empty


def test_a_score_that_never_varies_is_a_note():
    """Nothing can go with a score that everybody gave; a ranking of zeros would name a strongest question."""
    survey = visits(100, 8)
    assert isinstance(drivers.rank(survey.with_frame(survey.frame.assign(score=10, cohort="promoter")), draws=20), Note)


def test_a_constant_question_is_left_out_and_named():
    survey = naive.survey_of([10, 3, 8, 9] * 20, ratings={"kind": [5, 1, 4, 4] * 20, "calm": [4] * 80})
    result = drivers.rank(survey, draws=20)
    assert result.to_frame()["question"].tolist() == ["kind"]
    assert result.dropped == ("Calm",)
    assert "Left out, because too few answered or all gave the same answer: Calm." in result._repr_html_()


def test_a_question_that_three_customers_answered_is_not_ranked_first():
    """Three answers correlate almost perfectly with anything; 30 answers are needed to rank at all."""
    survey = visits(400, 9, touchpoints=False)
    rare = np.full(400, np.nan)
    chosen = survey.frame["score"].sort_values(kind="stable").index[[0, 200, 399]]
    rare[chosen] = [1, 3, 5]
    frame = survey.frame.assign(store=rare)
    rows = drivers.rank(survey.with_frame(frame), draws=50).to_frame()
    assert rows["question"].iloc[0] == "solved"
