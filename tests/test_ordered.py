"""The ordered logit against R's polr, a slow oracle and refits with a changed count; then what it must refuse or survive."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize

from voc.drivers import ordered
from voc.drivers.ordered import Ordered
from voc.schema import VocError

# fmt: off
# R MASS::housing (Madsen 1976), Freq: Sat Low, Medium, High in a row; Infl Low, Medium, High below each other; then Type Tower,
# Apartment, Atrium, Terrace; then Cont Low, High.
HOUSING = np.array([
    21, 21, 28, 34, 22, 36, 10, 11, 36,
    61, 23, 17, 43, 35, 40, 26, 18, 54,
    13, 9, 10, 8, 8, 12, 6, 7, 9,
    18, 6, 7, 15, 13, 13, 7, 5, 11,
    14, 19, 37, 17, 23, 40, 3, 5, 23,
    78, 46, 43, 48, 45, 86, 15, 25, 62,
    20, 23, 20, 10, 22, 24, 7, 10, 21,
    57, 23, 13, 31, 21, 13, 5, 6, 13,
], dtype=float)
# fmt: on
HOUSING_COEFFICIENTS = [0.56639374, 1.28881906, -0.57235015, -0.36618657, -1.09101491, 0.36028415]
HOUSING_CUTS = [-0.49613534, 0.69070829]
HOUSING_ERRORS = [0.1047, 0.1272, 0.1192, 0.1552, 0.1515, 0.0955, 0.1248, 0.1255]


def housing() -> tuple[np.ndarray, np.ndarray]:
    """Dummy columns InflMedium, InflHigh, Apartment, Atrium, Terrace, ContHigh; Sat as 0, 1, 2."""
    cont, kind, infl, sat = (a.ravel() for a in np.indices((2, 4, 3, 3)))
    return np.column_stack([infl == 1, infl == 2, kind == 1, kind == 2, kind == 3, cont == 1]).astype(float), sat.astype(float)


def answers(n: int, k: int, coefficients: list[float], seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns with answers 0-4, an outcome 0..k-1 drawn from the model, and unequal counts; cuts evenly from -2 to 2."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 5, size=(n, len(coefficients))).astype(float)
    latent = (X - 2) @ coefficients + rng.logistic(size=n)
    return X, np.searchsorted(np.linspace(-2, 2, k - 1), latent).astype(float), rng.uniform(0.2, 3, n)


def parameters(model: Ordered) -> np.ndarray:
    return np.concatenate([model.coefficients, model.cuts])


def slow_cumulative(theta: np.ndarray, X: np.ndarray, cut: int) -> np.ndarray:
    """The formula as written: 1 / (1 + exp(-(cut - x b)))."""
    p = X.shape[1]
    return 1 / (1 + np.exp(-(theta[p + cut] - X @ theta[:p])))


def slow_log_likelihood(theta: np.ndarray, X: np.ndarray, code: np.ndarray) -> np.ndarray:
    """(n,) log of the difference of two neighbouring cumulative probabilities."""
    k = len(theta) - X.shape[1] + 1
    below = np.column_stack([np.zeros(len(X)), *(slow_cumulative(theta, X, j) for j in range(k - 1)), np.ones(len(X))])
    place = np.arange(len(X))
    return np.log(below[place, code + 1] - below[place, code])


def model_errors(model: Ordered, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Standard errors from the information that turns the model's influence into slow scores (central differences)."""
    code, theta, step = np.searchsorted(model.categories, y), parameters(model), 1e-5
    scores = np.column_stack(
        [(slow_log_likelihood(theta + e, X, code) - slow_log_likelihood(theta - e, X, code)) / (2 * step) for e in step * np.eye(len(theta))]
    )
    information = np.linalg.lstsq(model.influence, scores, rcond=None)[0]
    return np.sqrt(np.diag(np.linalg.inv(information)))


def assert_same(found: Ordered, expected: Ordered) -> None:
    assert parameters(found) == pytest.approx(parameters(expected), abs=1e-9)
    assert found.deviance == pytest.approx(expected.deviance, rel=1e-12)
    assert found.n == pytest.approx(expected.n)


# --- published values --------------------------------------------------------------------------------------------------


def test_housing_equals_r():
    """R 4.2.2, MASS::polr(Sat ~ Infl + Type + Cont, weights = Freq, data = housing); 15 digits in easystats/insight's test-polr.R."""
    model = ordered.fit(*housing(), HOUSING)
    assert model.converged
    assert model.n == 1681
    assert model.coefficients == pytest.approx(HOUSING_COEFFICIENTS, abs=5e-6)
    assert model.cuts == pytest.approx(HOUSING_CUTS, abs=5e-6)
    assert model.deviance == pytest.approx(3479.1493, abs=5e-5)


def test_housing_errors_equal_r():
    """summary(polr(...)) of the same model: the example of MASS' help page polr; R takes the observed information too."""
    X, y = housing()
    assert model_errors(ordered.fit(X, y, HOUSING), X, y) == pytest.approx(HOUSING_ERRORS, abs=6e-5)


def test_without_columns_the_cuts_are_the_marginal_logits():
    """Closed form."""
    model = ordered.fit(np.empty((3, 0)), np.array([0.0, 7.0, 10.0]), np.array([1.0, 2.0, 5.0]))
    assert model.cuts == pytest.approx(np.log([1 / 7, 3 / 5]), abs=1e-12)
    assert model.deviance == pytest.approx(-2 * (np.log(1 / 8) + 2 * np.log(2 / 8) + 5 * np.log(5 / 8)))


# --- oracle ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_equals_a_general_optimiser(seed):
    """Oracle: BFGS on the likelihood as written, 11 categories, 4 columns, weights."""
    X, y, counts = answers(250, 11, [0.8, -0.4, 0.1, 0.0], seed)
    model = ordered.fit(X, y, counts)
    code = np.searchsorted(model.categories, y)

    def theta(free: np.ndarray) -> np.ndarray:
        return np.concatenate([free[:4], np.cumsum(np.concatenate([free[4:5], np.exp(free[5:])]))])

    def loss(free: np.ndarray) -> float:
        return -float(counts @ slow_log_likelihood(theta(free), X, code))

    start = np.concatenate([np.zeros(4), [-2.0], np.full(9, np.log(0.4))])
    slow = minimize(loss, start, method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-5, "maxfun": 20_000})
    assert len(model.categories) == 11
    assert model.deviance == pytest.approx(2 * slow.fun, rel=1e-7)
    assert model.deviance <= 2 * slow.fun + 1e-9
    assert parameters(model) == pytest.approx(theta(slow.x), abs=2e-3)


def test_log_likelihood_is_exact_far_out():
    """log(F(u) - F(l)) of u = 60, l = 59 is -l + log(1 - exp(-1)) to double precision, where F(u) - F(l) itself is 0."""
    rows = ordered._Rows(np.zeros((2, 0)), np.array([1, 1]), np.array([0.5, 0.5]), 3)
    for theta in ([59.0, 60.0], [-60.0, -59.0]):
        assert ordered._log_likelihood(np.array(theta), rows) == pytest.approx(-59 + np.log(1 - np.exp(-1)), rel=1e-14)


@pytest.mark.parametrize("row", [0, 5, 17, 59])
def test_influence_equals_a_refit(row):
    """Oracle: one row's count raised by a little; row 5 has count 0."""
    X, y, counts = answers(60, 5, [0.8, -0.4], 11)
    counts[5] = 0
    model = ordered.fit(X, y, counts)
    raised = counts.copy()
    raised[row] += 1e-4
    moved = (parameters(ordered.fit(X, y, raised)) - parameters(model)) / 1e-4
    assert moved == pytest.approx(model.influence[row], abs=1e-3 * np.abs(moved).max())


def test_influences_cancel():
    """At the maximum the scores add up to 0, and so do the influences."""
    X, y, counts = answers(400, 11, [0.5, 0.2, -0.3], 3)
    model = ordered.fit(X, y, counts)
    assert counts @ model.influence == pytest.approx(0, abs=1e-10)


# --- planted truth -----------------------------------------------------------------------------------------------------


def test_truth_is_recovered_and_robust_errors_equal_model_errors():
    """Simulated from the model itself, where the information equality holds; collapsed to patterns."""
    truth = np.array([0.7, -0.3, 0.0])
    X, y, _ = answers(60_000, 6, list(truth), 21)
    patterns, counts = np.unique(np.column_stack([X, y]), axis=0, return_counts=True)
    X, y = patterns[:, :3], patterns[:, 3]
    model = ordered.fit(X, y, counts.astype(float))
    robust = np.sqrt(counts @ model.influence**2)
    assert robust == pytest.approx(model_errors(model, X, y), rel=0.05)
    wanted = np.concatenate([truth, np.linspace(-2, 2, 5) + 2 * truth.sum()])
    assert (np.abs(parameters(model) - wanted) < 3.5 * robust).all()


# --- invariants --------------------------------------------------------------------------------------------------------


def test_whole_counts_are_repeated_rows():
    """Invariant."""
    X, y, counts = answers(80, 5, [0.8, -0.4], 1)
    counts = np.ceil(counts)
    times = counts.astype(int)
    model, repeated = ordered.fit(X, y, counts), ordered.fit(X.repeat(times, axis=0), y.repeat(times))
    assert_same(repeated, model)
    assert repeated.influence == pytest.approx(model.influence.repeat(times, axis=0), abs=1e-10)


@pytest.mark.parametrize("factor", [1e-6, 0.3, 1e6])
def test_scale_of_the_counts_changes_only_influence_and_deviance(factor):
    """Invariant."""
    X, y, counts = answers(80, 5, [0.8, -0.4], 2)
    model, scaled = ordered.fit(X, y, counts), ordered.fit(X, y, factor * counts)
    assert parameters(scaled) == pytest.approx(parameters(model), abs=1e-10)
    assert factor * scaled.influence == pytest.approx(model.influence, abs=1e-9)
    assert scaled.deviance == pytest.approx(factor * model.deviance)


def test_order_of_rows_does_not_matter():
    """Invariant."""
    X, y, counts = answers(80, 5, [0.8, -0.4], 3)
    order = np.random.default_rng(0).permutation(80)
    model, shuffled = ordered.fit(X, y, counts), ordered.fit(X[order], y[order], counts[order])
    assert_same(shuffled, model)
    assert shuffled.influence == pytest.approx(model.influence[order], abs=1e-10)


def test_turned_outcome_turns_the_signs():
    """Invariant: the logistic curve is symmetric."""
    X, y, counts = answers(80, 5, [0.8, -0.4], 4)
    model, turned = ordered.fit(X, y, counts), ordered.fit(X, -y, counts)
    assert turned.coefficients == pytest.approx(-model.coefficients, abs=1e-9)
    assert turned.cuts == pytest.approx(-model.cuts[::-1], abs=1e-9)


def test_moved_and_stretched_columns_and_outcomes_change_nothing_else():
    """Invariant: units 1e6 and 1e-6, a column far from 0, and only the order of the outcome counts."""
    X, y, counts = answers(80, 5, [0.8, -0.4], 5)
    model, other = ordered.fit(X, y, counts), ordered.fit(X * [1e6, 1e-6] + [1e8, 0], y**3 - 7, counts)
    assert other.coefficients * [1e6, 1e-6] == pytest.approx(model.coefficients, abs=1e-8)
    assert other.deviance == pytest.approx(model.deviance, rel=1e-12)


def test_rows_with_count_0_do_not_change_the_fit():
    """Invariant; the last of them has an outcome that is no category of the model."""
    X, y, counts = answers(80, 5, [0.8, -0.4], 6)
    model = ordered.fit(X, y, counts)
    more = ordered.fit(np.vstack([X, [[9.0, -9.0], [1.0, 1.0]]]), np.append(y, [2, 99]), np.append(counts, [0, 0]))
    assert_same(more, model)
    assert more.categories.tolist() == [0, 1, 2, 3, 4]
    assert more.influence[:80] == pytest.approx(model.influence, abs=1e-10)
    assert np.abs(more.influence[80]).min() > 0
    assert not more.influence[81].any()


def test_input_is_left_alone():
    """Invariant."""
    X, y, counts = answers(80, 5, [0.8, -0.4], 7)
    before = X.copy(), y.copy(), counts.copy()
    ordered.fit(X, y, counts)
    assert all(np.array_equal(a, b) for a, b in zip(before, (X, y, counts), strict=True))


# --- cumulative probabilities ------------------------------------------------------------------------------------------


def test_cumulative_equals_the_formula():
    """Oracle: `slow_cumulative`; numbers between two categories belong to the lower one."""
    X, y, counts = answers(80, 5, [0.8, -0.4], 8)
    model = ordered.fit(X, y * 2, counts)
    for cut, at in ((0, 0), (0, 1.99), (1, 2), (3, 6.5), (3, 7.999)):
        assert model.cumulative(X, at) == pytest.approx(slow_cumulative(parameters(model), X, cut), abs=1e-14)
    for at, certain in ((-np.inf, 0), (-0.001, 0), (8, 1), (8.5, 1), (np.inf, 1)):
        assert (model.cumulative(X, at) == certain).all()
        assert not model.cumulative_gradient(X, at).any()


def test_fitted_shares_of_a_saturated_model_are_the_observed_ones():
    """Closed form: two groups and two outcome values."""
    X, y, counts = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([0.0, 1.0, 0.0, 1.0]), np.array([3.0, 1.0, 2.0, 5.0])
    assert ordered.fit(X, y, counts).cumulative(X, 0) == pytest.approx([3 / 4, 3 / 4, 2 / 7, 2 / 7], abs=1e-10)


@pytest.mark.parametrize("at", [0, 1, 2.5, 3])
def test_gradient_equals_finite_differences(at):
    """Oracle: forward differences of `slow_cumulative`."""
    X, y, counts = answers(80, 5, [0.8, -0.4], 9)
    model = ordered.fit(X, y, counts)
    found = model.cumulative_gradient(X[:6], at)
    for i in range(6):
        slow = approx_fprime(parameters(model), lambda t, i=i: slow_cumulative(t, X[i : i + 1], int(at))[0], 1e-7)
        assert found[i] == pytest.approx(slow, abs=1e-6)


# --- collinear columns and separation ----------------------------------------------------------------------------------


def test_constant_and_collinear_columns_change_no_fitted_probability():
    """Invariant: a constant, a duplicate and a weighted sum of other columns, one of them in another unit."""
    X, y, counts = answers(80, 5, [0.8, -0.4], 10)
    wide = np.column_stack([X, np.full(80, 7.3), X[:, 0], 100 * X[:, 1] - 3 * X[:, 0]])
    plain, model = ordered.fit(X, y, counts), ordered.fit(wide, y, counts)
    assert model.converged
    assert model.coefficients[2] == 0
    assert model.deviance == pytest.approx(plain.deviance, rel=1e-12)
    for at in range(4):
        assert model.cumulative(wide, at) == pytest.approx(plain.cumulative(X, at), abs=1e-9)
        moved, expected = (m.influence @ m.cumulative_gradient(c, at).T for m, c in ((model, wide), (plain, X)))
        assert moved == pytest.approx(expected, abs=1e-9)


def test_duplicated_column_shares_its_coefficient():
    """Closed form: the least squares split of one coefficient over two equal columns is even."""
    X, y, counts = answers(80, 5, [0.8, -0.4], 10)
    plain, model = ordered.fit(X, y, counts), ordered.fit(np.column_stack([X, X[:, 0]]), y, counts)
    assert model.coefficients == pytest.approx(plain.coefficients[[0, 1, 0]] / [2, 1, 2], abs=1e-9)


def test_only_constant_columns():
    """Closed form: the marginal logits."""
    model = ordered.fit(np.full((4, 2), 0.1), np.array([0.0, 0.0, 0.0, 1.0]))
    assert model.converged
    assert not model.coefficients.any()
    assert model.cuts == pytest.approx([np.log(3)])


def test_separation_is_told_and_bounded():
    """A column that predicts the outcome perfectly: the best coefficient is infinite."""
    X = np.arange(40.0)[:, None]
    y = (X[:, 0] >= 20).astype(float)
    model = ordered.fit(X, y)
    assert not model.converged
    assert np.isfinite(model.influence).all()
    bound = ordered.LONGEST_STEP * ordered.MOST_STEPS / X.std()
    assert 0 < model.coefficients[0] <= bound
    assert model.cumulative(X, 0) == pytest.approx(1 - y, abs=0.01)


@pytest.mark.parametrize("n", [40, 4000])
def test_one_row_that_is_separated_leaves_the_others_alone(n):
    """The others' cuts are their own marginal logits; one row alone in its column's group, with the highest outcome."""
    X, y = np.zeros((n + 1, 1)), np.append(np.arange(n) % 4, 3.0)
    X[n] = 1
    model = ordered.fit(X, y)
    assert not model.converged
    assert np.isfinite(model.coefficients).all()
    assert model.cuts == pytest.approx(np.log([1 / 3, 1, 3]), abs=1e-6)
    assert model.cumulative(X[n:], 2) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_strong_columns_without_separation_converge(seed):
    """An outcome that is almost determined: few rows lie on the wrong side, at a distance."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(size=300), rng.standard_t(2, size=300)])
    y = np.searchsorted([-1, 0, 1], X @ [1, 0.5] + 0.1 * rng.logistic(size=300)).astype(float)
    model = ordered.fit(X, y)
    assert model.converged
    assert model.influence.sum(axis=0) == pytest.approx(0, abs=1e-7)


# --- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.zeros(4)}, "at least two different values with a positive count; found 1"),
        ({"counts": np.zeros(4)}, "found 0"),
        ({"counts": np.array([1.0, 0, 1, 0])}, "found 1"),
        ({"X": np.zeros(4)}, r"X must have one row .* found shape \(4,\)"),
        ({"y": np.zeros(3)}, r"y must have one value for each of the 4 rows of X; found shape \(3,\)"),
        ({"counts": np.ones((4, 1))}, r"counts must have one value .* found shape \(4, 1\)"),
        ({"counts": np.array([1.0, -2, 1, -1])}, "counts must be 0 or more; found -2 in row 1, and 2 such rows"),
        ({"counts": np.array([1.0, np.inf, 1, 1])}, r"counts must be finite numbers; .* in 1 rows \(first: 1\)"),
        ({"y": np.array([0, 1, 0, np.nan])}, r"y must be finite numbers; .* \(first: 3\)"),
        ({"X": np.array([[0.0], [np.nan], [1], [np.inf]])}, r"X must be finite numbers; .* in 2 rows \(first: 1, 3\)"),
    ],
)
def test_wrong_input_is_refused(change, message):
    given = {"X": np.array([[0.0], [1], [0], [1]]), "y": np.array([0.0, 1, 0, 1]), "counts": np.ones(4), **change}
    with pytest.raises(VocError, match=message):
        ordered.fit(**given)


@pytest.mark.parametrize("method", ["cumulative", "cumulative_gradient"])
def test_wrong_columns_are_refused_later_too(method):
    model = ordered.fit(*housing(), HOUSING)
    for X, at, message in (
        (np.zeros((5, 4)), 1, r"the 6 columns of the fit; found shape \(5, 4\)"),
        (np.full((5, 6), np.nan), 1, "X must be finite numbers"),
        (np.zeros((5, 6)), np.nan, "at must be a number"),
    ):
        with pytest.raises(VocError, match=message):
            getattr(model, method)(X, at)
