"""Who mentions what + scores -> the difference that goes with each theme given the other themes, with its robust interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats as sps

from voc import stats
from voc.stats import Floats
from voc.themes.impact_tally import Bools, Commenters, Ints

TINY = 1e-9
FEWEST_FREE = 1.0  # degrees of freedom below which a theme cannot be told apart from others


@dataclass(frozen=True)
class Adjusted:
    """Differences given the other themes, as shares -1..1 of the scale of the score.

    Attributes:
        value: (themes,) nan where a theme cannot be told apart from others or from touchpoint and month.
        low: (themes,) lower ends.
        high: (themes,) upper ends.
        freedom: (themes,) degrees of freedom of the interval.
    """

    value: Floats
    low: Floats
    high: Floats
    freedom: Floats


@dataclass(frozen=True)
class _Patterns:
    """Distinct combinations of stratum, themes mentioned and band; answers of customers who commented more than once each on their own.

    Attributes:
        x: (patterns, themes) 0 or 1.
        y: (patterns,) -1, 0, 1.
        count: (patterns,) how many answers.
        stratum: (patterns,) codes.
        customer: (patterns,) codes of customers with several answers; -1 for all others.
    """

    x: Floats
    y: Floats
    count: Floats
    stratum: Ints
    customer: Ints


def adjusted(who: Commenters, mentions: Bools, stratum: Ints, *, level: float) -> Adjusted:
    """Least squares of the score on all themes mentioned, with a constant for every touchpoint and month.

    Args:
        who: the commenters.
        mentions: (n, themes) who mentions what.
        stratum: (n,) codes of touchpoint and month.
        level: confidence level of each interval.

    Notes:
        Variance: HC3; answers of one customer together by its form for groups, CR3 (both say how far an estimate moves when one customer is
        left out). A theme that ten mention, nine of them with the same answer, shows too little spread by chance, so the variance is not
        taken to be smaller than what the bands of those with and without the theme, counted with three more answers as adjusted Wald does,
        let expect. Student's t with as many degrees of freedom as effectively independent answers, less one (Satterthwaite).

        R: `lm(score ~ themes + stratum)` with `vcovHC(type = "HC3")` or `vcovCR(type = "CR3")`, which have neither the lower bound nor
        these degrees of freedom.

    References:
        MacKinnon & White 1985, Journal of Econometrics 29:305 (HC3); Bell & McCaffrey 2002, Survey Methodology 28:169 (CR3, degrees of
        freedom); Carter, Schnepel & Steigerwald 2017, Review of Economics and Statistics 99:698 (effective number).
    """
    rows = _patterns(who, mentions, stratum)
    size = np.bincount(rows.stratum, rows.count).astype(float)
    x, y = (_within(values, rows, size) for values in (rows.x, rows.y[:, None]))
    inverse, known = _inverse((x * rows.count[:, None]).T @ x)
    value = inverse @ (x.T @ (rows.count * y[:, 0]))
    residual, pull = y[:, 0] - x @ value, x @ inverse
    variance, spread = _robust(rows, size, (x, pull, residual))
    variance = np.maximum(variance, _least(rows, pull, residual, float(rows.count @ (rows.y - np.average(rows.y, weights=rows.count)) ** 2)))
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = spread[0] ** 2 / spread[1] - 1
    known &= freedom >= FEWEST_FREE
    reach = sps.t.ppf(0.5 + level / 2, np.where(known, freedom, 1.0)) * np.sqrt(variance)
    value, reach, freedom = (np.where(known, v, np.nan) for v in (value, reach, freedom))
    return Adjusted(value, value - reach, value + reach, freedom)


def _patterns(who: Commenters, mentions: Bools, stratum: Ints) -> _Patterns:
    several = np.bincount(who.customer)[who.customer] > 1 if who.n else np.zeros(0, bool)
    own = np.where(several, np.arange(who.n), -1)  # answers of such customers stay rows of their own
    codes = np.stack([stratum, who.band, own], axis=1).astype(np.int64)
    packed = np.concatenate([codes.view(np.uint8).reshape(who.n, -1), np.packbits(mentions, axis=1)], axis=1)
    keys = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, count = np.unique(keys, return_index=True, return_counts=True)
    customer = np.where(several, who.customer, -1)[first]
    return _Patterns(mentions[first].astype(float), who.net[first], count.astype(float), stratum[first], customer)


def _within(values: Floats, rows: _Patterns, size: Floats) -> Floats:
    """Distance from the mean of the stratum: what a constant for each stratum leaves."""
    sums = np.zeros((len(size), values.shape[1]))
    np.add.at(sums, rows.stratum, values * rows.count[:, None])
    return np.asarray(values - (sums / np.maximum(size, 1)[:, None])[rows.stratum])


def _inverse(matrix: Floats) -> tuple[Floats, Bools]:
    """Inverse of a symmetric matrix on what it can tell apart, and which variables that is."""
    roots, vectors = np.linalg.eigh(matrix)
    good = roots > TINY * max(float(roots.max(initial=0)), 1.0)
    kept = vectors[:, good]
    return (kept / roots[good]) @ kept.T, np.asarray((kept**2).sum(axis=1) > 1 - 1e-6, dtype=bool)


def _robust(rows: _Patterns, size: Floats, fit: tuple[Floats, Floats, Floats]) -> tuple[Floats, tuple[Floats, Floats]]:
    """Variance of each coefficient by HC3 and CR3, and the first and second moments of the customers' pull on it (for the degrees of freedom)."""
    x, pull, residual = fit
    lever = np.einsum("ij,ij->i", x, pull) + 1 / size[rows.stratum]
    single = rows.customer < 0
    free = 1 - lever
    out = np.where(free > TINY, residual / np.maximum(free, TINY), 0.0)  # an answer that is fitted exactly says nothing about chance
    weight = np.where(single, rows.count, 0.0)
    squares = pull**2
    variance, first, second = (weight * out**2) @ squares, weight @ squares, weight @ squares**2
    order = np.argsort(rows.customer, kind="stable")[int(single.sum()) :]
    starts = np.flatnonzero(np.r_[True, np.diff(rows.customer[order]) > 0]) if len(order) else np.zeros(0, int)
    lengths = np.diff(np.r_[starts, len(order)])
    for k in np.unique(lengths):
        at = order[starts[lengths == k][:, None] + np.arange(k)]  # (customers, k)
        same = rows.stratum[at][:, :, None] == rows.stratum[at][:, None, :]
        hat = x[at] @ np.swapaxes(pull[at], 1, 2) + same / size[rows.stratum[at]][:, :, None]
        left = np.einsum("cij,cj->ci", np.linalg.pinv(np.eye(k) - hat, hermitian=True), residual[at])
        variance += (np.einsum("cit,ci->ct", pull[at], left) ** 2).sum(axis=0)
        apart = squares[at].sum(axis=1)
        first, second = first + apart.sum(axis=0), second + (apart**2).sum(axis=0)
    return variance, (first, second)


def _least(rows: _Patterns, pull: Floats, residual: Floats, total: float) -> Floats:
    """The smallest believable variance of each coefficient: that of the bands with and without the theme, less what the fit explains."""
    explains = float(rows.count @ residual**2) / total if total > 0 else 1.0
    weighted = rows.count[:, None] * np.stack([rows.y < 0, rows.y == 0, rows.y > 0], axis=1)
    out = np.zeros(rows.x.shape[1])
    for side in (rows.x, 1 - rows.x):
        out += stats.expected_variance(*(weighted.T @ side)) * (rows.count @ (side * pull**2))
    return explains * out
