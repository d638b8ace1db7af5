"""Themes that an analyst gives beforehand -> which comments belong to them; what fits none is left to be found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from voc import encode
from voc.schema import VocError
from voc.themes.graph import NEIGHBOURS, Edges, Matrix, edges_of, neighbours

OWN_SHARE = 0.5  # of a smoothed vector; the rest is the mean of its neighbours
FIRMNESS = 10.0  # inverse of the ridge penalty
STEPS = 200
ROUNDS = 50  # of estimating the themes' sizes
CAUTION = 0.3  # pull of the estimated sizes towards equal ones
LOOSEST = 0.1  # share of an analyst's own examples that may lie farther from their theme than the limit


@dataclass(frozen=True)
class Seed:
    """A theme that an analyst gives.

    Attributes:
        name: its name.
        description: what it is about, in a few words; counts as an example.
        examples: comments that belong to it; about eight are good.

    Raises:
        VocError: no name, or neither a description nor an example.
    """

    name: str
    description: str = ""
    examples: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise VocError("a given theme needs a name; found a blank one")
        if not self.shown:
            raise VocError(f'the given theme "{self.name}" needs a description or an example comment; found neither')

    @property
    def shown(self) -> tuple[str, ...]:
        """The texts that say what belongs to it."""
        return tuple(t for t in (self.description, *self.examples) if t.strip())


@dataclass(frozen=True)
class Placed:
    """Which given theme each of n texts belongs to.

    Attributes:
        label: (n,) position of the theme, -1 for none of them.
        strength: (n,) chance 0..1 of that theme among the given ones.
    """

    label: NDArray[np.int64]
    strength: NDArray[np.float64]


def place(seeds: Sequence[Seed], vectors: Matrix, *, everything: bool = False, encoder: str = "", use_cache: bool = True) -> Placed:
    """Place texts into given themes.

    Args:
        seeds: k themes.
        vectors: (n, d) unit vectors of the texts, by the same encoder.
        everything: place every text, also those that fit no theme well.
        encoder: which encoder the vectors are from.
        use_cache: for the examples' vectors.

    Raises:
        VocError: no theme, or two of one name.

    Notes:
        Each vector is first averaged with those of its 15 nearest neighbours, so that a few examples speak for those like them; then a ridge
        logistic regression is learned from the examples. A text fits none when it lies farther from the middle of every theme than nine
        in ten of the theme's own examples do from the middle of the others (each left out in turn).
    """
    names = [s.name for s in seeds]
    if not names:
        raise VocError("there is no given theme to place comments into")
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise VocError(f'two given themes are called "{twice[0]}"; names must differ')
    owner = np.array([i for i, s in enumerate(seeds) for _ in s.shown])
    shown = encode.encode([t for s in seeds for t in s.shown], encoder=encoder, use_cache=use_cache)
    smooth = smoothed(np.vstack([shown, vectors]))
    examples, rows = smooth[: len(shown)], smooth[len(shown) :]
    chance = _chances(examples, owner, rows, len(seeds))
    label = chance.argmax(axis=1)
    strength = chance[np.arange(len(rows)), label]
    if not everything:
        middle = normalize(np.stack([examples[owner == i].mean(axis=0) for i in range(len(seeds))]))
        label[(rows @ middle.T).max(axis=1) < _limit(examples, owner)] = -1
    return Placed(label.astype(np.int64), strength)


def smoothed(vectors: Matrix) -> Matrix:
    """(n, d) unit rows: each vector, less what all have in common, averaged with those of its nearest neighbours."""
    apart = np.asarray(normalize(vectors - vectors.mean(axis=0)), dtype=np.float32)
    if len(apart) <= NEIGHBOURS:
        return apart
    spread = _steps(edges_of(neighbours(apart, NEIGHBOURS))) @ apart
    return np.asarray(normalize(OWN_SHARE * apart + (1 - OWN_SHARE) * spread), dtype=np.float32)


def _steps(edges: Edges) -> sparse.csr_matrix:
    """Row-normalised graph."""
    ends = (np.concatenate([edges.first, edges.second]), np.concatenate([edges.second, edges.first]))
    both = sparse.csr_matrix((np.concatenate([edges.weight, edges.weight]), ends), shape=(edges.n, edges.n))
    total = np.asarray(both.sum(axis=1)).ravel()
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(total, 1e-9)) @ both)


def _chances(examples: Matrix, owner: NDArray[np.int64], rows: Matrix, k: int) -> NDArray[np.float64]:
    """(n, k) chance of each theme."""
    if k == 1:
        return np.ones((len(rows), 1))
    model = LogisticRegression(C=FIRMNESS, max_iter=STEPS, class_weight="balanced").fit(examples, owner)
    return _at_their_size(np.asarray(model.predict_proba(rows), dtype=np.float64))


def _at_their_size(even: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chances for themes of their real sizes, which are estimated from all texts, from chances for themes of equal size.

    References:
        Saerens, Latinne & Decaestecker 2002, Neural Computation 14:21.
    """
    k = even.shape[1]
    size = np.full(k, 1 / k)
    for _ in range(ROUNDS):
        chance = even * size
        chance /= chance.sum(axis=1, keepdims=True)
        size = (chance.mean(axis=0) + CAUTION / k) / (1 + CAUTION)
    chance = even * size
    return np.asarray(chance / chance.sum(axis=1, keepdims=True))


def _limit(examples: Matrix, owner: NDArray[np.int64]) -> float:
    """How near to its theme's middle an example must lie so that nine in ten do, each left out of the middle in turn."""
    near = []
    for theme in np.unique(owner):
        mine = examples[owner == theme]
        if len(mine) > 1:
            rest = normalize(mine.sum(axis=0) - mine)
            near += (mine * rest).sum(axis=1).tolist()
    return float(np.quantile(near, LOOSEST)) if near else float((examples @ examples.T)[~np.eye(len(examples), dtype=bool)].max(initial=0.0))
