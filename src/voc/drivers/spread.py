"""Table of patterns -> importances with their ranges, from resamples; what shuffled answers reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc import stats
from voc.drivers import moments, shares
from voc.drivers.moments import Table
from voc.drivers.shares import Groups
from voc.stats import Floats

DRAWS = 1000
SHUFFLES = 200  # behind the noise line
NOISE_LEVEL = 0.95
MOST_EXPLAINED = 0.9
FEW_ROUNDS = 2  # of orders per resample, where all orders are too many
SAMPLE_NOISE_FROM = 11  # questions; the line needs no fourth digit


@dataclass(frozen=True)
class Spread:
    """Importances and how sure they are.

    Attributes:
        point: (1, p + 1, p + 1) correlations, what is held taken out.
        drawn: (draws, p + 1, p + 1) the same of each resample.
        worth: (p,) importances; of groups, one for each.
        replicates: (draws, p) those of the resamples.
        stretch: (p,) see `_stretch`.
        low: (p,) lower ends.
        high: (p,) upper ends.
        error: largest standard error of the approximation; 0 where all orders were taken.
    """

    point: Floats
    drawn: Floats
    worth: Floats
    replicates: Floats
    stretch: Floats
    low: Floats
    high: Floats
    error: float

    @property
    def first_chance(self) -> Floats:
        """(p,) share of the resamples in which each ranks first."""
        return np.bincount(self.replicates.argmax(axis=1), minlength=len(self.worth)) / len(self.replicates)

    @property
    def deviation(self) -> Floats:
        """(p,) standard errors."""
        return np.asarray(self.replicates.std(axis=0) * self.stretch)


class How(NamedTuple):
    """How a table is resampled and what shares are of; the same in every run."""

    draws: int = DRAWS
    seed: int = 0
    groups: Groups | None = None
    within: bool = False  # shares of what the held columns leave of the outcome


DEFAULT = How()


def spread(table: Table, held: int, sizes: Floats, *, level: float, how: How = DEFAULT) -> Spread:
    """A table of patterns -> importances of its columns after the first `held` ones, resampled.

    Args:
        table: held columns, p columns and, last, the outcome.
        held: how many columns are always in.
        sizes: (p,) answers to each column, or each group, at what they are worth.
        level: confidence level.
        how: see `How`.
    """
    take_out = shares.within if how.within else shares.partial
    point, drawn = (take_out(moments.correlations(table, c), held) for c in (None, table.draws(how.draws, how.seed)))
    p, error = point.shape[1] - 1, 0.0
    if how.groups is not None or p <= shares.EXACT_UP_TO:
        worth, replicates = shares.lmg(point, how.groups)[0], shares.lmg(drawn, how.groups)
    else:
        (worth,), (errors,) = shares.sampled(point)
        # The same few orders throughout: what they leave out is the same in the replicates and in what these are compared with.
        few = shares.sampled(point, rounds=FEW_ROUNDS)[0][0]
        replicates, error = np.maximum(shares.sampled(drawn, rounds=FEW_ROUNDS)[0] + worth - few, 0), float(errors.max())
    stretch = _stretch(sizes, p + held, level)
    low, high = _ends(worth, replicates, stretch, level)
    return Spread(point, drawn, worth, replicates, stretch, low, high, error)


def _stretch(n: Floats, variables: int, level: float) -> Floats:
    """How much wider than resamples show an interval must be: they have no notion of the variables that were fitted. Near 1 for many answers."""
    free = np.maximum(n - variables - 1, 3)
    return np.asarray(np.sqrt(n / free) * stats.t_value(level, free) / stats.z_value(level))


def _ends(worth: Floats, replicates: Floats, stretch: Floats, level: float) -> tuple[Floats, Floats]:
    """Interval of each importance: percentiles less the replicates' mean shift, stretched around the estimate, not below 0."""
    low, high = np.percentile(replicates, [50 * (1 - level), 50 * (1 + level)], axis=0) - (replicates.mean(axis=0) - worth)
    return np.maximum(worth + (np.minimum(low, worth) - worth) * stretch, 0), worth + (np.maximum(high, worth) - worth) * stretch


def directions(coefficients: Floats, level: float) -> NDArray[np.int64]:
    """Sign of each question's coefficient where nearly all resamples agree on it, else 0."""
    positive = (coefficients > 0).mean(axis=0)
    sure = 0.5 + level / 2
    return np.where(positive >= sure, 1, np.where(positive <= 1 - sure, -1, 0))


def noise(matrix: Floats, n: Floats, held: int, *, draws: int = SHUFFLES, seed: int = 0) -> Floats:
    """(p,) importance below which each question would stay 95 times in 100 if its answers were shuffled among those who gave them.

    Args:
        matrix: (v, v) correlations: controls, p questions, outcome.
        n: (p,) answers to each question, at what they are worth.
        held: how many controls.
        draws: shuffles.
        seed: of the shuffles.

    Notes:
        Correlations of shuffled answers with fixed columns are normal in the limit, with covariance R / (n - 1), R the correlations of those
        columns (Hoeffding 1951, Annals of Mathematical Statistics 22:558); so nothing needs the rows.
    """
    rng, p = np.random.default_rng(seed), matrix.shape[0] - held - 1
    out = np.empty(p)
    for j in range(p):
        others = np.delete(np.arange(len(matrix)), held + j)
        values, vectors = np.linalg.eigh(matrix[np.ix_(others, others)])
        root = vectors * np.sqrt(np.maximum(values, 0))
        shuffled = np.repeat(matrix[None], draws, axis=0)
        drawn = rng.standard_normal((draws, len(others))) / np.sqrt(max(n[j] - 1, 1))
        # Drawn correlations must be possible ones: together they explain less than all of the shuffled answers.
        drawn *= np.sqrt(np.minimum(1.0, MOST_EXPLAINED / np.maximum((drawn**2).sum(axis=1, keepdims=True), 1e-300)))
        fresh = drawn @ root.T
        shuffled[:, held + j, others] = shuffled[:, others, held + j] = fresh
        rest = shares.partial(shuffled, held)
        many = p >= SAMPLE_NOISE_FROM
        worth = shares.sampled(rest, rounds=1)[0] if many else shares.lmg(rest)
        out[j] = np.quantile(worth[:, j], NOISE_LEVEL)
    return out
