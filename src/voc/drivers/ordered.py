"""Answer patterns and an ordered outcome -> proportional-odds (ordered logit) model, with the influence of every row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from voc.schema import VocError
from voc.stats import Floats

MOST_STEPS, MOST_HALVINGS = 30, 30
LONGEST_STEP = 5.0  # logits for each standard deviation: no coefficient can run away further than this times MOST_STEPS
CLOSE = 1e-8  # logits: the last step moves no row by more
SLACK = 1e-12  # rounding of the log-likelihood, which the last steps may seem to lower
ALIKE = 1e-10  # variance shares below this are rounding: the columns are collinear
RIDGE = 1e-12


@dataclass(frozen=True)
class Ordered:
    """A fitted model P(outcome <= category j) = logistic(cut j - x b), the signs of R's MASS::polr.

    Attributes:
        coefficients: (p,) b, in logits for each unit of its column; positive where the outcome rises with the column.
        cuts: (k - 1,) increasing, in logits.
        categories: (k,) outcome values with a positive count, sorted; cut j lies between category j and j + 1.
        influence: (n, p + k - 1) how much each row moves each parameter for each unit of its own count: inverse observed information
            times the row's score; coefficients first, then cuts. 0 for rows whose outcome is none of `categories`.
        deviance: -2 log-likelihood.
        n: sum of the counts.
        converged: False where the best coefficients are infinite (separation) or the steps ran out: the fitted probabilities are
            still close to the best ones, but coefficients and influence must not be read.
    """

    coefficients: Floats
    cuts: Floats
    categories: Floats
    influence: Floats
    deviance: float
    n: float
    converged: bool

    def cumulative(self, X: Floats, at: float) -> Floats:
        """Fitted probabilities of an outcome of at most `at`.

        Args:
            X: (n, p) columns as in `fit`, not necessarily the same rows.
            at: any number, not necessarily a category.

        Returns:
            (n,) probabilities; 0 below the lowest category, 1 from the highest on.

        Raises:
            VocError: if X has another shape or missing or infinite values, or `at` is not a number.
        """
        X, cut = self._checked(X), self._cut(at)
        if not 0 <= cut < len(self.cuts):
            return np.full(len(X), float(cut >= 0))
        return np.asarray(expit(self.cuts[cut] - X @ self.coefficients))

    def cumulative_gradient(self, X: Floats, at: float) -> Floats:
        """Derivatives of `cumulative` for each parameter, for errors by the delta method.

        Args:
            X: (n, p) columns as in `fit`.
            at: any number.

        Returns:
            (n, p + k - 1) derivatives, coefficients first, then cuts; 0 where `cumulative` is 0 or 1 by definition.

        Raises:
            VocError: as `cumulative`.
        """
        X, cut = self._checked(X), self._cut(at)
        p = len(self.coefficients)
        out = np.zeros((len(X), p + len(self.cuts)))
        if 0 <= cut < len(self.cuts):
            eta = self.cuts[cut] - X @ self.coefficients
            slope = expit(eta) * expit(-eta)
            out[:, :p] = -slope[:, None] * X
            out[:, p + cut] = slope
        return out

    def _cut(self, at: float) -> int:
        """Position of the cut that `at` reaches: -1 below all categories, k - 1 from the highest on."""
        if np.isnan(at):
            raise VocError("at must be a number to compare the outcome with; found a missing value")
        return int(np.searchsorted(self.categories, at, side="right")) - 1

    def _checked(self, X: Floats) -> Floats:
        X = np.asarray(X, dtype=float)
        p = len(self.coefficients)
        if X.ndim != 2 or X.shape[1] != p:
            raise VocError(f"X must have one row for each answer and the {p} columns of the fit; found shape {X.shape}")
        _refuse_unknown("X", ~np.isfinite(X).all(axis=1))
        return X


def fit(X: Floats, y: Floats, counts: Floats | None = None) -> Ordered:
    """Fit the proportional-odds model by maximum likelihood.

    Args:
        X: (n, p) columns without a constant; p may be 0.
        y: (n,) outcome, any numbers of which only the order counts.
        counts: (n,) how many answers each row stands for, 0 or more and not necessarily whole; 1 each without. Rows with count 0 do not
            change the fit but have an influence.

    Returns:
        The model. Its robust standard errors are `sqrt(counts @ influence**2)` where rows are independent answers.

    Raises:
        VocError: for fewer than two outcome values with a positive count, shapes that do not fit, negative counts, or missing or
            infinite values.

    Notes:
        Newton's method on the exact (observed) information, from the marginal logits and b = 0, on uncorrelated columns; steps are
        halved until the likelihood does not fall, and it stops after at most 30. Constant columns get coefficient 0. Of collinear
        columns only the sum that the data determine can be read, as well as the fitted probabilities: it is spread over the columns so
        that the squared standardised coefficients are least (R's polr drops columns instead).

    References:
        McCullagh 1980, JRSS B 42:109; Pratt 1981, JASA 76:103 (the log-likelihood is concave).

    >>> import numpy as np
    >>> model = fit(np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([0.0, 10.0, 0.0, 10.0]), np.array([3.0, 1.0, 1.0, 3.0]))
    >>> model.coefficients.round(4), model.cuts.round(4)
    (array([2.1972]), array([1.0986]))
    """
    X, y, counts = _checked(X, y, counts)
    counted = counts > 0
    categories = np.unique(y[counted])
    if len(categories) < 2:
        raise VocError(f"the outcome needs at least two different values with a positive count; found {len(categories)}")
    k, total = len(categories), float(counts.sum())
    centre, basis = _uncorrelated(X[counted], counts[counted] / total)
    code = np.minimum(np.searchsorted(categories, y), k - 1)
    rows = _Rows((X - centre) @ basis, code, counts / total, k)
    theta, converged = _climb(_Rows(rows.Z[counted], code[counted], rows.weight[counted], k))
    r = basis.shape[1]
    # Centring moved all cuts by the same amount, which a coefficient therefore moves with it.
    back = np.zeros((r + k - 1, X.shape[1] + k - 1))
    back[:r, : X.shape[1]], back[:r, X.shape[1] :], back[r:, X.shape[1] :] = basis.T, (centre @ basis)[:, None], np.eye(k - 1)
    parameters = theta @ back
    parts = _parts(theta, rows)
    influence = _scores(parts, rows) @ (_solve(_information(parts, rows), back) / total)
    influence[categories[code] != y] = 0.0
    deviance = -2 * total * _log_likelihood(theta, rows)
    return Ordered(parameters[: X.shape[1]], parameters[X.shape[1] :], categories, influence, deviance, total, converged)


class _Rows(NamedTuple):
    """Uncorrelated columns Z (n, r), outcome code (n,) 0..k-1 and weight (n,) with sum 1."""

    Z: Floats
    code: NDArray[np.intp]
    weight: Floats
    k: int


class _Parts(NamedTuple):
    """Of each row: P(at or below), P(above) at its upper edge and at its lower edge; 1 / (exp(gap between the edges) - 1)."""

    upper: Floats
    above_upper: Floats
    lower: Floats
    above_lower: Floats
    ratio: Floats


def _checked(X: Floats, y: Floats, counts: Floats | None) -> tuple[Floats, Floats, Floats]:
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    if X.ndim != 2:
        raise VocError(f"X must have one row for each answer and one column for each question; found shape {X.shape}")
    counts = np.ones(len(X)) if counts is None else np.asarray(counts, dtype=float)
    for name, values in (("y", y), ("counts", counts)):
        if values.shape != (len(X),):
            raise VocError(f"{name} must have one value for each of the {len(X)} rows of X; found shape {values.shape}")
        _refuse_unknown(name, ~np.isfinite(values))
    _refuse_unknown("X", ~np.isfinite(X).all(axis=1))
    bad = np.flatnonzero(counts < 0)
    if len(bad):
        raise VocError(f"counts must be 0 or more; found {counts[bad[0]]:g} in row {bad[0]}, and {len(bad)} such rows in all")
    return X, y, counts


def _refuse_unknown(name: str, wrong: NDArray[np.bool_] | np.bool_) -> None:
    bad = np.flatnonzero(wrong)
    if len(bad):
        first = ", ".join(map(str, bad[:3]))
        raise VocError(f"{name} must be finite numbers; found missing or infinite values in {len(bad)} rows (first: {first})")


def _uncorrelated(X: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Centre (p,) and basis (p, r), so that (X - centre) @ basis has r uncorrelated columns of variance 1; r < p where columns are collinear."""
    # Distances from the first row are exactly 0 in a constant column, whatever its value.
    away = X - X[0]
    size = np.abs(away).max(axis=0)
    away /= np.where(size > 0, size, 1)
    mean = weight @ away
    spread = np.sqrt(weight @ (away - mean) ** 2)
    varies = spread > SLACK
    factor = np.where(varies, 1 / np.where(varies, spread, 1), 0.0)
    standard = (away - mean) * factor
    values, vectors = np.linalg.eigh((standard * weight[:, None]).T @ standard)
    kept = values > ALIKE
    basis = vectors[:, kept] / np.sqrt(values[kept])
    return X[0] + size * mean, basis * (factor / np.where(size > 0, size, 1))[:, None]


def _climb(rows: _Rows) -> tuple[Floats, bool]:
    """Parameters (r + k - 1,) of the highest likelihood, and whether they were reached."""
    r = rows.Z.shape[1]
    share = np.bincount(rows.code, rows.weight, rows.k)
    cuts = np.log(np.cumsum(share)[:-1]) - np.log(np.cumsum(share[::-1])[-2::-1])
    # A share lost in rounding would make two cuts equal.
    theta = np.concatenate([np.zeros(r), cuts + SLACK * np.arange(rows.k - 1)])
    value = _log_likelihood(theta, rows)
    for _ in range(MOST_STEPS):
        parts = _parts(theta, rows)
        step = _solve(_information(parts, rows), rows.weight @ _scores(parts, rows))
        step *= min(1.0, LONGEST_STEP / max(float(np.abs(step).max()), CLOSE))
        # Judged by the rows' logits: in a separated group they move by about 1 for ever, however small the group is.
        near = max(float(np.abs(rows.Z @ step[:r]).max()), float(np.abs(step[r:]).max())) < CLOSE
        for _ in range(MOST_HALVINGS):
            fresh = _log_likelihood(theta + step, rows)
            if fresh >= value - SLACK * (1 - value):
                break
            step /= 2
        else:
            return theta, near
        theta, value = theta + step, fresh
        if near:
            return theta, True
    return theta, False


def _edges(theta: Floats, rows: _Rows) -> tuple[Floats, Floats, Floats]:
    """Logits at each row's upper and lower edge, infinite at the ends, and the gaps (k,) between the edges of each category."""
    r = rows.Z.shape[1]
    edges = np.concatenate([[-np.inf], theta[r:], [np.inf]])
    eta = rows.Z @ theta[:r]
    return edges[rows.code + 1] - eta, edges[rows.code] - eta, np.diff(edges)


def _log_likelihood(theta: Floats, rows: _Rows) -> float:
    """Weighted mean log-likelihood; -inf where the cuts do not increase.

    With upper edge u and lower edge l, F(u) - F(l) = F(u) F(-l) (1 - exp(l - u)): no small difference of large numbers.
    """
    upper, lower, gap = _edges(theta, rows)
    if not (gap > 0).all():
        return -np.inf
    inside = np.log(-np.expm1(-gap))
    return float(rows.weight @ (inside[rows.code] - np.logaddexp(0, -upper) - np.logaddexp(0, lower)))


def _parts(theta: Floats, rows: _Rows) -> _Parts:
    upper, lower, gap = _edges(theta, rows)
    with np.errstate(over="ignore"):
        ratio = 1 / np.expm1(gap)
    return _Parts(expit(upper), expit(-upper), expit(lower), expit(-lower), ratio[rows.code])


def _scores(parts: _Parts, rows: _Rows) -> Floats:
    """Each row's derivatives of its log-likelihood, (n, r + k - 1)."""
    slope = (parts.lower - parts.above_upper)[:, None] * rows.Z
    return np.hstack([slope, _by_cut(parts.above_upper + parts.ratio, -parts.lower - parts.ratio, rows)])


def _by_cut(upper: Floats, lower: Floats, rows: _Rows) -> Floats:
    """Values of each row's two edges at the columns of their cuts, (n, k - 1)."""
    out = np.zeros((len(rows.code), rows.k + 1))
    place = np.arange(len(out))
    out[place, rows.code + 1], out[place, rows.code] = upper, lower
    return out[:, 1:-1]


def _information(parts: _Parts, rows: _Rows) -> Floats:
    """Observed information of all rows, (r + k - 1, r + k - 1)."""
    r = rows.Z.shape[1]
    dense_upper, dense_lower = rows.weight * parts.upper * parts.above_upper, rows.weight * parts.lower * parts.above_lower
    bent = rows.weight * parts.ratio * (1 + parts.ratio)
    across = np.hstack([(dense_upper + dense_lower)[:, None] * rows.Z, -_by_cut(dense_upper, dense_lower, rows)])
    out = np.zeros((r + rows.k - 1, r + rows.k - 1))
    out[:r] = rows.Z.T @ across
    out[r:, :r] = out[:r, r:].T
    own = _by_cut(dense_upper + bent, dense_lower + bent, rows).sum(axis=0)
    next_to = np.bincount(rows.code, bent, rows.k)[1:-1]
    out[r:, r:] = np.diag(own) - np.diag(next_to, 1) - np.diag(next_to, -1)
    return out


def _solve(information: Floats, right: Floats) -> Floats:
    """Inverse information times `right`, scaled to a diagonal of 1; a hair of ridge keeps it solvable when a group is separated."""
    scale = 1 / np.sqrt(np.maximum(np.diag(information), np.finfo(float).tiny))
    matrix = information * scale[:, None] * scale + RIDGE * np.eye(len(scale))
    inner = scale if right.ndim == 1 else scale[:, None]
    return np.asarray(inner * np.linalg.solve(matrix, inner * right))
