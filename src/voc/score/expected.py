"""Counts of units in cells -> what the others' answers make one expect of each unit, what chance allows, and the best estimate. No frames."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft, special
from scipy import stats as sps

from voc import stats
from voc.schema import VocError
from voc.score.nps import LEVEL
from voc.score.segments import FEW_GROUPS
from voc.stats import Floats

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

BATCH = 200  # units worked out at once, which bounds the memory
EXACT = 100  # answers up to which chance is worked out exactly; above, by its first three moments
FIRST = np.array([0.75, 1.5, 0.75])  # the three answers that adjusted Wald adds, so that no band is impossible
ODD = 0.05  # share of units that differ from the rest in a way of their own
# How much units differ: sigma = 1 / sqrt(precision); 0 means not at all.
SIGMA = np.concatenate([[0.0], np.geomspace(0.005, 2, 96)])


@dataclass(frozen=True)
class Chance:
    """Distribution of units' net counts, promoters minus detractors.

    Attributes:
        mean: (units,) of the net count.
        error: (units,) its standard deviation.
        skew: (units,) its skewness.
        factor: (units,) how much larger the variance is than that of separate answers.
        exact: unit -> net counts, and the chance of less plus half the chance of just as much if answers were separate; units without have
            Pearson III distributions.
    """

    mean: Floats
    error: Floats
    skew: Floats
    factor: Floats
    exact: dict[int, tuple[Floats, Floats]]

    def below(self, net: Floats) -> Floats:
        """Chance of a smaller net count, plus half the chance of the same."""
        out = np.array(sps.pearson3.cdf(net, self.skew, loc=self.mean, scale=self.error), dtype=float)
        separate = np.where(self.factor > 1, self._separate.ppf(out), net)  # as far out among separate answers
        for i, (support, below) in self.exact.items():
            out[i] = np.interp(separate[i], support, below)
        return np.asarray(np.clip(out, 0, 1))  # sums of chances end at 1 but for rounding

    def quantile(self, share: float) -> Floats:
        """The net count below which that share lies, between the whole numbers too, so that it agrees with `below`."""
        out = np.array(sps.pearson3.ppf(share, self.skew, loc=self.mean, scale=self.error), dtype=float)
        separate = np.zeros_like(out)
        for i, (support, below) in self.exact.items():
            separate[i] = np.interp(share, below, support)
        stretched = sps.pearson3.ppf(self._separate.cdf(separate), self.skew, loc=self.mean, scale=self.error)
        known = list(self.exact)
        out[known] = np.where(self.factor > 1, stretched, separate)[known]
        return out

    @property
    def _separate(self) -> Any:
        """The Pearson III distributions that separate answers would have."""
        root = np.sqrt(self.factor)
        return sps.pearson3(self.skew / root, loc=self.mean, scale=self.error / root)


@dataclass(frozen=True)
class Expected:
    """What is expected of units, and what chance allows.

    Attributes:
        counts: (units, 3) their own detractors, passives and promoters.
        weight: (units,) how many answers the comparison rests on: 1 / (1 / own + 1 / others), added over cells.
        shared: (units,) share of the unit's answers in cells where others have answers too.
        difference: (units, 3) own share of each band minus that of the others in the same cells; 0 without others.
        lumps: (units,) sum of the squared shares of the others' answers, 1 / k for k others of one size.
        chance: distribution of their net counts if they do not differ from the others.
    """

    counts: Floats
    weight: Floats
    shared: Floats
    difference: Floats
    lumps: Floats
    chance: Chance

    @property
    def n(self) -> Floats:
        """(units,) own answers."""
        return np.asarray(self.counts.sum(axis=1))

    @property
    def value(self) -> Floats:
        """(units,) own net share, -1..1."""
        return (self.counts[:, 2] - self.counts[:, 0]) / self.n

    @property
    def behind(self) -> Floats:
        """(units,) how many answers of others there are to compare with, at the unit's own mix of cells."""
        return self.n * self.weight / np.maximum(self.n - self.weight, 1e-9)

    @property
    def profile(self) -> Floats:
        """(units, 3) expected shares of the three bands: those of the others at the unit's own mix of cells."""
        return self.counts / self.n[:, None] - self.difference

    @property
    def net(self) -> Floats:
        """(units,) expected net share."""
        return self.profile[:, 2] - self.profile[:, 0]

    @cached_property
    def p(self) -> Floats:
        """(units,) two-sided mid-p of no difference; nan without others."""
        below = self.chance.below(self.counts[:, 2] - self.counts[:, 0])
        return np.where(self.weight > 0, np.minimum(2 * np.minimum(below, 1 - below), 1), np.nan)

    def limits(self, level: float) -> tuple[Floats, Floats]:
        """Net shares, (units,) each, between which a unit that does not differ lies with that chance; outside, p is below 1 - level."""
        ends = (self.chance.quantile(share) - self.chance.mean for share in ((1 - level) / 2, (1 + level) / 2))
        low, high = (np.clip(self.net + end / np.maximum(self.weight, 1e-9), -1, 1) for end in ends)
        return low, high


def expect(table: Floats, *, rest: Floats | None = None, inflate: ArrayLike = 1.0, level: float = LEVEL) -> Expected:
    """Compare each unit with the others in the same cells.

    Args:
        table: (units, cells, 3) detractors, passives and promoters of each unit in each cell (a touchpoint and contact reason); no unit
            empty; with weights not whole numbers.
        rest: (cells, 3) answers of others that are not judged themselves.
        inflate: one number or (units,), 1 or more: how much more the scores vary than separate answers would (design effect).
        level: confidence level at which a unit is too odd to be one of the others.

    Raises:
        VocError: `inflate` is below 1.

    Notes:
        If a unit does not differ, its answers in a cell are any of those that it and the others gave there (multivariate hypergeometric):
        exact for few others and rare bands, and the others' own uncertainty is in it. Their net count summed over cells has its exact
        distribution up to 100 answers; above, and where answers are weighted, the Pearson III distribution with the same mean, variance and
        skewness. `inflate` multiplies the variance by f and the skewness by sqrt(f), as if f answers at a time were one: a net count is as
        rare as that of separate answers at the same quantile of the two Pearson III distributions. The difference is that of Mantel and
        Haenszel: each cell weighs 1 / (1 / own + 1 / others), its own share where there are many others. Among six units or more the oddest are
        taken out of the others, a few at a time, as long as one stands out at the level for all of them, and never more than half.

    References:
        Spiegelhalter 2005, Statistics in Medicine 24:1185 (limits that widen for small units); Greenland & Robins 1985, Biometrics 41:55.
    """
    factor = np.broadcast_to(np.asarray(inflate, dtype=float), len(table))
    if not (factor >= 1).all():
        raise VocError(f"inflate must be 1 or more; found {factor[~(factor >= 1)][0]:g}")
    left = np.zeros(table.shape[1:]) if rest is None else rest
    odd = np.zeros(len(table), dtype=bool)
    while True:
        pool = left + table[~odd].sum(axis=0) + np.where(odd[:, None, None], table, 0.0)
        found = _against(table, pool, factor, odd)
        most = min(1 + len(table) // 50, len(table) // 2 - int(odd.sum())) if len(table) >= FEW_GROUPS else 0
        p = np.where(odd, 1.0, np.nan_to_num(found.p, nan=1.0))
        oddest = np.argsort(p, kind="stable")[:most]
        oddest = oddest[p[oddest] < 1 - stats.family_level(level, len(table))]
        if not len(oddest):
            return _exactly(table, pool, found)
        odd[oddest] = True


def _against(table: Floats, pool: Floats, factor: Floats, odd: Bools) -> Expected:
    """The comparison, with chance by its moments only; `pool` (units, cells, 3) is the unit and its others together."""
    own, both = table.sum(axis=2), pool.sum(axis=2)
    others, share = both - own, pool / np.maximum(both, 1)[:, :, None]
    net, spread = share[..., 2] - share[..., 0], share[..., 2] + share[..., 0]
    comparable = own * others / np.maximum(both, 1)
    weight, mean = comparable.sum(axis=1), (own * net).sum(axis=1)
    each = own * others / np.maximum(both - 1, 1)
    variance = (each * (spread - net**2)).sum(axis=1)
    third = (each * (others - own) / np.maximum(both - 2, 1) * (net - 3 * net * spread + 2 * net**3)).sum(axis=1)
    error = np.sqrt(np.maximum(variance, 1e-12))
    counts = table.sum(axis=1)
    difference = (counts - (own[:, :, None] * share).sum(axis=1)) / np.maximum(weight, 1e-9)[:, None]
    shared = (own * (others > 0)).sum(axis=1) / counts.sum(axis=1)
    squares = (own[~odd] ** 2).sum(axis=0) - np.where(odd[:, None], 0.0, own**2)
    lumps = (comparable * squares / np.maximum(others, 1) ** 2).sum(axis=1) / np.maximum(weight, 1e-9)
    chance = Chance(mean, np.sqrt(factor) * error, np.sqrt(factor) * third / error**3, factor, {})
    return Expected(counts, weight, shared, difference, lumps, chance)


def _exactly(table: Floats, pool: Floats, found: Expected) -> Expected:
    """The same with the exact distribution for units of few answers, those of similar size together; weighted answers have none."""
    whole = (pool == np.round(pool)).all(axis=(1, 2)) & (table == np.round(table)).all(axis=(1, 2))
    sizes = np.where(whole & (found.n <= EXACT), np.ceil(2 * np.log2(np.maximum(found.n, 1))), -1)
    exact: dict[int, tuple[Floats, Floats]] = {}
    for size in np.unique(sizes[sizes >= 0]):
        similar = np.flatnonzero(sizes == size)
        for units in np.split(similar, range(BATCH, len(similar), BATCH)):
            support, below = _distribution(table[units].sum(axis=2), pool[units])
            exact |= {int(i): (support, row) for i, row in zip(units, below, strict=True)}
    return replace(found, chance=replace(found.chance, exact=exact))


def _distribution(own: Floats, pool: Floats) -> tuple[Floats, Floats]:
    """Distribution of the net counts: that of each cell, multiplied as characteristic functions.

    Args:
        own: (units, cells) answers.
        pool: (units, cells, 3) answers from which they are any.

    Returns:
        net counts, (k,), and the chance of less plus half the chance of just as much, (units, k).
    """
    half = int(own.sum(axis=1).max())
    length = fft.next_fast_len(2 * half + 1, real=True)
    turn = -2j * np.pi * np.arange(length // 2 + 1) / length
    units, cells = np.nonzero(own)
    m, whole = own[units, cells], pool[units, cells]
    waves = np.empty((len(m), len(turn)), dtype=complex)
    sizes = np.ceil(2 * np.log2(m))
    for size in np.unique(sizes):
        same = np.flatnonzero(sizes == size)
        some = _any_of(m[same], whole[same])
        waves[same] = fft.rfft(some, n=length, axis=1) * np.exp(-turn * (some.shape[1] // 2))
    product = np.multiply.reduceat(waves, np.searchsorted(units, np.arange(len(own))))
    chance = np.maximum(fft.irfft(product * np.exp(turn * half), n=length), 0)
    return np.arange(float(length)) - half, np.cumsum(chance, axis=1) - chance / 2


def _any_of(m: Floats, pool: Floats) -> Floats:
    """Chance of each net count -k..k, (cells, 2 k + 1), when m answers, (cells,), are any of those in the pool, (cells, 3)."""
    k = int(m.max())
    count = np.arange(k + 1)
    detractors, promoters = (_ways(pool[:, band, None], count) for band in (0, 2))
    passives = _ways(pool[:, 1, None], m[:, None] - np.arange(2 * k + 1))  # by detractors and promoters together
    ways = detractors[:, ::-1, None] + promoters[:, None] + np.lib.stride_tricks.sliding_window_view(passives, k + 1, axis=1)[:, ::-1]
    chance = np.exp(ways - _ways(pool.sum(axis=1), m)[:, None, None])
    # Rows padded to one more than they are folded to: what stood on a diagonal, the same net count, comes to stand in a column.
    padded = np.zeros((len(m), k + 1, 2 * k + 2))
    padded[:, :, : k + 1] = chance
    return np.asarray(padded.reshape(len(m), -1)[:, : (k + 1) * (2 * k + 1)].reshape(len(m), k + 1, -1).sum(axis=1))


def _ways(n: Floats, k: ArrayLike) -> Floats:
    """Logarithm of the number of ways to choose k of n; minus infinity where there is none."""
    j = np.asarray(k, dtype=float)
    return np.asarray(special.gammaln(n + 1) - special.gammaln(j + 1) - special.gammaln(n - j + 1))


def steadied(expected: Expected, *, inflate: ArrayLike = 1.0, level: float = LEVEL) -> tuple[Floats, Floats, Floats]:
    """Best estimate of each unit's net share: its own answers and, where they are few, what is expected of it.

    Args:
        expected: the units' answers and what is expected of them.
        inflate: one number or (units,), 1 or more, as for `expect`.
        level: of the interval.

    Returns:
        (value, low, high), each (units,), shares -1..1.

    Notes:
        Shares of the bands are Dirichlet(s m) around the expected profile m. How alike units are, the precision s, is not known:
        sigma = 1 / sqrt(s) has a half-Cauchy(0, 1) prior and is integrated over its marginal likelihood. One unit in twenty is
        taken to have a sigma of its own, so that one that stands out neither is pulled to the rest nor makes the rest look different.
        That m is itself an estimate, from N answers of others who differ among themselves, adds its variance:
        1 / (s' + 1) = (1 + h) / (s + 1) + 1 / (N + 1), with h the sum of the squared shares of the others' answers; so units that do not
        differ get the score of all answers together. The interval is that of a beta distribution with the posterior's mean and variance.

    References:
        Mosimann 1962, Biometrika 49:65 (Dirichlet-multinomial); Gelman 2006, Bayesian Analysis 1:515 (half-Cauchy).
    """
    factor = np.broadcast_to(np.asarray(inflate, dtype=float), len(expected.counts))[:, None]
    counts, others = expected.counts / factor, expected.behind[:, None] / factor
    sure = np.maximum(expected.profile, 0) * others + FIRST
    profile = sure / sure.sum(axis=1, keepdims=True)
    a = precisions(others[:, 0], expected.lumps)[:, :, None] * profile
    weight = weights(marginal(counts, a))
    a += counts
    size = a.sum(axis=2)
    net, spread = (a[..., 2] - a[..., 0]) / size, (a[..., 2] + a[..., 0]) / size
    value: Floats = (weight * net).sum(axis=0)
    variance = (weight * ((spread - net**2) / (size + 1) + (net - value) ** 2)).sum(axis=0)
    mean = (1 + value) / 2
    pseudo = mean * (1 - mean) / (variance / 4) - 1
    low, high = (2 * np.asarray(sps.beta.ppf(share, mean * pseudo, (1 - mean) * pseudo)) - 1 for share in ((1 - level) / 2, (1 + level) / 2))
    return value, low, high


def precisions(behind: Floats, lumps: Floats) -> Floats:
    """(sigmas, units) precision of each unit's prior for each sigma, the uncertainty of its own mean included."""
    alike = SIGMA**2 / (1 + SIGMA**2)  # 1 / (s + 1)
    return np.asarray(np.maximum(1 / (alike[:, None] * (1 + lumps) + 1 / (behind + 1)) - 1, 0.05))


def weights(fit: Floats) -> Floats:
    """(sigmas, units) posterior weight of each sigma for each unit, from the log-likelihoods (sigmas, units)."""
    prior = np.gradient(SIGMA) / (1 + SIGMA**2)
    prior /= prior.sum()
    own = np.exp(fit - fit.max(axis=0))  # a sigma of its own: the same likelihoods, each unit for itself
    alone = prior @ own
    either = (1 - ODD) * own + ODD * alone
    shared = prior * np.exp(np.log(either).sum(axis=1) - np.log(either).sum(axis=1).max())
    shared = (shared / shared.sum())[:, None]
    weight: Floats = shared * (1 - ODD) * own / either + prior[:, None] * own * (shared * ODD / either).sum(axis=0)
    return weight


def marginal(counts: Floats, a: Floats) -> Floats:
    """Log-likelihood of counts (..., 3) under the Dirichlet-multinomial with parameters a (..., 3); counts need not be whole."""
    n, size = counts.sum(axis=-1), a.sum(axis=-1)
    bands = special.gammaln(counts + a) - special.gammaln(a) - special.gammaln(counts + 1)
    return np.asarray(special.gammaln(size) + special.gammaln(n + 1) - special.gammaln(n + size) + bands.sum(axis=-1))
