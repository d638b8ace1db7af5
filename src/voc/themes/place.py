"""Vectors + Codebook -> the theme of each text, how strongly it is placed, and whether it lies farther out than is usual."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from voc.encode import disk
from voc.themes.codebook import Codebook, Labels
from voc.themes.graph import SEED, Matrix, centres_of

VOTERS = 25  # nearest kept texts that vote
CLAUSE_VOTERS = 100  # on a clause up to so many vote (a twentieth of the kept texts): it is shorter than what the themes were found in
CLOSER_COUNTS = 6.0  # a vote weighs exp(6 x cosine)
MIDDLES_SAY = 0.5  # part of the say over a clause that the middles of the themes have,
MIDDLE_COUNTS = 12.0  # each weighing exp(12 x cosine)
NEAREST = 5  # of these the mean cosine says how near a text lies
FARTHER_THAN = 0.05  # a text is far out when it lies farther than 95 % of those the themes were found in
MAJORITY = 0.5
ITSELF = 0.9995  # cosine in half precision from which two vectors are the same text
PROTOTYPES = 6_000  # kept texts; each sub-theme keeps some
FEWEST_KEPT = 30
BLOCK = 2_048

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Placed:
    """Where each of n texts belongs.

    Attributes:
        sub: (n,) sub-theme.
        strength: (n,) share 0..1 of the say that its theme got.
        nearness: (n,) mean cosine to the five nearest kept texts.
        usual: (n,) share 0..1 of the texts the themes were found in that lie as far out or farther.
    """

    sub: Labels
    strength: Floats
    nearness: Floats
    usual: Floats

    @property
    def weak(self) -> NDArray[np.bool_]:
        """(n,) weakly placed: less than half of the say, or farther out than 95 % of the texts the themes were found in."""
        return (self.strength < MAJORITY) | (self.usual < FARTHER_THAN)

    def take(self, rows: Labels) -> Placed:
        """Some of the texts."""
        return Placed(self.sub[rows], self.strength[rows], self.nearness[rows], self.usual[rows])


def place(codebook: Codebook, texts: Sequence[str], vectors: Matrix, *, clauses: bool = False, use_cache: bool = False) -> Placed:
    """Place texts by a vote of the nearest kept texts; a text that was grouped itself keeps its sub-theme.

    Args:
        codebook: the themes.
        texts: n texts.
        vectors: (n, d) their unit vectors, by the codebook's encoder.
        clauses: the texts are parts of longer ones: more texts vote, and half of the say goes to the middles of the themes.
        use_cache: keep and reuse the places on disk.
    """
    known = codebook.known_as(texts)
    content = codebook.vectors, codebook.sub, codebook.parent, codebook.near, known, vectors, np.array(clauses)
    return Placed(**disk.arrays("places", content, lambda: vars(_placed(codebook, known, vectors, clauses)), use_cache=use_cache))


def _placed(codebook: Codebook, known: Labels, vectors: Matrix, clauses: bool) -> Placed:
    voters = codebook.vectors.astype(np.float32)
    sub, strength, nearness = vote(vectors, voters, codebook.sub, codebook.parent, known, clauses=clauses)
    at = np.searchsorted(np.sort(codebook.near), nearness, side="right")
    return Placed(sub, strength, nearness, (at / max(len(voters), 1)).astype(np.float32))


def vote(vectors: Matrix, kept: Matrix, sub: Labels, parent: Labels, known: Labels, *, clauses: bool = False) -> tuple[Labels, Floats, Floats]:
    """Sub-theme of each vector, the share of the say that its theme got, and how near it lies.

    What all kept texts have in common is taken off first. A kept text does not vote on itself.

    Args:
        vectors: (n, d) unit rows.
        kept: (p, d) unit rows that vote.
        sub: (p,) their sub-themes.
        parent: (k,) theme of each sub-theme.
        known: (n,) sub-theme that is known already, -1 for none: then only its strength is voted on.
        clauses: see `place`.
    """
    n, k, m = len(vectors), len(parent), int(parent.max()) + 1
    out_sub, strength, near = np.empty(n, np.int64), np.empty(n, np.float32), np.empty(n, np.float32)
    middle = kept.mean(axis=0)
    voters = max(VOTERS, min(CLAUSE_VOTERS, len(kept) // 20)) if clauses else VOTERS
    centres = [centres_of(_apart(kept, middle), groups, size) for groups, size in ((sub, k), (parent[sub], m))]
    for block, found, close in _nearest(vectors, kept, middle, min(voters, len(kept))):
        weight = np.exp(CLOSER_COUNTS * (close - close.max(axis=1, keepdims=True)))
        rows = np.arange(len(close))
        here = _apart(vectors[block], middle)
        votes = _summed(rows, sub[found], weight, k) + 1e-6 * (1 + here @ centres[0].T)  # the nearest middle decides where nobody votes
        say = _summed(rows, parent[sub[found]], weight, m) / weight.sum(axis=1, keepdims=True)
        if clauses:
            say = (1 - MIDDLES_SAY) * say + MIDDLES_SAY * _shares(MIDDLE_COUNTS * (here @ centres[1].T))
        given = known[block]
        theme = np.where(given >= 0, parent[given], say.argmax(axis=1))
        votes[parent[None, :] != theme[:, None]] = -1  # the sub-theme is one of the theme that won
        out_sub[block] = np.where(given >= 0, given, votes.argmax(axis=1))
        strength[block] = np.minimum(say[rows, theme], 1)
        near[block] = _mean_nearest(close)
    return out_sub, strength, near


def nearness(vectors: Matrix, kept: Matrix) -> Floats:
    """(n,) mean cosine of each of n unit rows to the five nearest kept ones, itself left out, without what all kept ones have in common."""
    out = np.empty(len(vectors), np.float32)
    for block, _, close in _nearest(vectors, kept, kept.mean(axis=0), min(NEAREST, len(kept))):
        out[block] = _mean_nearest(close)
    return out


def unit_rows(rows: Matrix) -> Matrix:
    """(n, d) rows made length one; a row of zeros stays."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _nearest(vectors: Matrix, kept: Matrix, middle: Matrix, k: int) -> Iterator[tuple[slice, Labels, Floats]]:
    """Block by block: which rows, their k nearest kept ones in the order of these, and the cosines seen from the middle."""
    turned = np.ascontiguousarray(_apart(kept, middle).T)

    def look(block: slice) -> tuple[slice, Labels, Floats]:
        similar = _apart(vectors[block], middle) @ turned
        similar[similar > ITSELF] = -1
        found = np.sort(np.argpartition(similar, -k, axis=1)[:, -k:], axis=1)
        return block, found, np.take_along_axis(similar, found, axis=1)

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # numpy sorts without the lock
        yield from pool.map(look, [slice(start, start + BLOCK) for start in range(0, len(vectors), BLOCK)])


def _apart(vectors: Matrix, middle: Matrix) -> Matrix:
    """Unit rows seen from a middle."""
    return unit_rows(vectors - middle)


def _shares(power: Floats) -> Floats:
    """(n, k) each row's exponentials, adding up to one."""
    weight = np.exp(power - power.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True), dtype=np.float32)


def _mean_nearest(close: Floats) -> Floats:
    return np.asarray(np.sort(close, axis=1)[:, -NEAREST:].mean(axis=1), dtype=np.float32)


def _summed(rows: Labels, groups: Labels, weight: Floats, k: int) -> Floats:
    """(rows, k) summed weight by group."""
    flat = sparse.coo_matrix((weight.ravel(), (np.repeat(rows, groups.shape[1]), groups.ravel())), shape=(len(rows), k))
    return np.asarray(flat.toarray(), dtype=np.float32)


def prototypes(sub: Labels) -> Labels:
    """Positions of the texts that are kept: at most about 6,000 drawn at random, at least 30 of each sub-theme where it has them."""
    share = min(1.0, PROTOTYPES / max(len(sub), 1))
    rng = np.random.default_rng(SEED)
    chosen = []
    for group in range(int(sub.max()) + 1):
        members = np.flatnonzero(sub == group)
        size = min(len(members), max(FEWEST_KEPT, round(share * len(members))))
        chosen.append(rng.permutation(members)[:size])
    return np.sort(np.concatenate(chosen))
