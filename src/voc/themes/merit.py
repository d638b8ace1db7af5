"""Phrases and groups -> how well each phrase would name each group by its wording alone: frequent there, rare elsewhere, not misleading."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from voc.schema import MIN_QUOTED
from voc.themes.lexicon import NOT
from voc.themes.phrases import Floats, Ints, Tokens, Windows

Matrix = NDArray[np.float32]

FEWEST = 3  # texts that use a phrase, two in groups of fewer than
LARGE = 60
LENGTHS = np.array([0, 0.25, 1.0, 1.0, 0.8])  # readers prefer phrases to single words
COMMON = 0.1  # share of the group's texts that a single word should have
NARROW = 0.2  # share of the texts with its commonest word that a phrase should have
DENIED = 0.5  # share of the texts with a phrase's words that negate something, below which it may not deny
PROPER_SHARE = (
    0.1  # of a group that has the name of a person, place or company; rarer ones are nobody's business, as are those in fewer than 20 texts
)
MISLEADING = 5.0  # how steeply a phrase falls whose tone is not the group's,
TOLERATED = 0.1  # by more than this
ONE_SIDED = 0.7  # mean tone above which, or below one minus which, a name should say so


@dataclass(frozen=True)
class Groups:
    """What is known of k groups of n texts.

    Attributes:
        labels: (n,) group of each text.
        parent: (k,) the larger group that each belongs to.
        sizes: (k,) texts.
        told: (n,) how far each text is told as a complaint, 0..1, nan where that is not known.
        complaint: (k,) the mean of that, nan where none is known.
    """

    labels: Ints
    parent: Ints
    sizes: Ints
    told: Floats
    complaint: Floats


@dataclass(frozen=True)
class Merit:
    """How well phrases would name groups.

    Attributes:
        value: (k, keys) merit of each phrase in each group, absent where it is out of the question.
        salience: (k, stems) share of the group's texts with a word x log of how much larger that is than elsewhere.
        use: (windows,) those in the language of their group.
    """

    value: sparse.csr_matrix
    salience: Floats
    use: NDArray[np.bool_]


def merit_of(tokens: Tokens, found: Windows, groups: Groups, proper: frozenset[str]) -> Merit:
    """Weigh every phrase in every group.

    Args:
        tokens: the n texts.
        found: the phrases in them.
        groups: of the texts.
        proper: lower-case words that customers write as names.
    """
    n, k = len(groups.labels), len(groups.sizes)
    use = _in_its_language(tokens, groups)[found.text]
    pair = np.unique(found.key[use] * n + found.text[use])
    counts = _counted(pair // n, groups.labels[pair % n], k, len(found.core))
    word = np.unique(tokens.stem * n + tokens.text)
    words = _counted(word // n, groups.labels[word % n], k, len(tokens.stems)).toarray()
    salience = _salience(sparse.csr_matrix(words), groups).toarray()
    value = _wording(counts, words, salience, found, groups)
    value.data *= (
        _tone(pair, found, groups, value) * _denied(tokens, found, word, value, groups) * _proper(tokens, found, words, value, groups, proper)
    )
    value.eliminate_zeros()
    return Merit(value, salience, use)


def groups_of(labels: Ints, parent: Ints | None, told: Floats | None) -> Groups:
    """Sizes and tone of groups 0 .. k-1."""
    k = int(labels.max()) + 1
    tone = np.full(len(labels), np.nan) if told is None else told
    known = np.isfinite(tone)
    counts = np.bincount(labels[known], minlength=k)
    mean = np.where(counts > 0, np.bincount(labels[known], tone[known], minlength=k) / np.maximum(counts, 1), np.nan)
    return Groups(labels, np.zeros(k, np.int64) if parent is None else parent, np.bincount(labels, minlength=k), tone, mean)


def _in_its_language(tokens: Tokens, groups: Groups) -> NDArray[np.bool_]:
    """Texts in the language that most of their group is written in."""
    out = np.zeros(len(groups.labels), dtype=bool)
    for g in range(len(groups.sizes)):
        members = np.flatnonzero(groups.labels == g)
        codes, counts = np.unique(tokens.language[members], return_counts=True)
        out[members] = tokens.language[members] == codes[counts.argmax()]
    return out


def _counted(items: Ints, labels: Ints, k: int, size: int) -> sparse.csr_matrix:
    """(k, size) in how many texts of each group an item occurs."""
    return sparse.coo_matrix((np.ones(len(items)), (labels, items)), shape=(k, size)).tocsr()


def _salience(counts: sparse.csr_matrix, groups: Groups) -> sparse.coo_matrix:
    """(k, size) share of the group's texts with an item x log of how much larger it is than elsewhere, half by siblings; 0 where smaller."""
    here = counts.tocoo()
    families = np.unique(groups.parent, return_inverse=True)[1]
    joined = sparse.csr_matrix((np.ones(len(families)), (families, np.arange(len(families)))))
    family = np.asarray((joined @ counts).todense())[families[here.row], here.col]
    family_size = np.asarray(joined @ groups.sizes)[families[here.row]]
    total, n = np.asarray(counts.sum(axis=0)).ravel()[here.col], groups.sizes.sum()
    size = groups.sizes[here.row]
    beside = (family - here.data + 0.5) / (family_size - size + 1)
    beyond = (total - here.data + 0.5) / (n - size + 1)
    beside = np.where(family_size > size, beside, beyond)
    share = here.data / size
    lift = np.log(share / (0.5 * beside + 0.5 * beyond))
    return sparse.coo_matrix((share * np.maximum(lift, 0), (here.row, here.col)), shape=counts.shape)


def _wording(counts: sparse.csr_matrix, seen_words: Floats, words: Floats, found: Windows, groups: Groups) -> sparse.csr_matrix:
    """(k, keys) how well a phrase would name a group, by wording alone."""
    own = _salience(counts, groups)
    needed = np.where(groups.sizes < LARGE, 2, FEWEST)
    seen = counts.tocoo().data
    kept = (own.data > 0) & (seen >= needed[own.row])
    row, col, value, seen = own.row[kept], own.col[kept], own.data[kept], seen[kept]
    stems = found.stems[col]
    parts = (stems >= 0).sum(axis=1)
    total, most = np.zeros(len(row)), np.ones(len(row))
    for place in range(stems.shape[1]):
        there = stems[:, place] >= 0
        total[there] += words[row[there], stems[there, place]]
        most[there] = np.maximum(most[there], seen_words[row[there], stems[there, place]])
    spoken = total / np.sqrt(parts) * (0.25 + np.sqrt(seen / groups.sizes[row]))
    narrow = 0.6 + 0.4 * np.minimum(seen / most / NARROW, 1)
    data = (spoken + value) * narrow * LENGTHS[parts] * (0.3 + 0.7 * found.edges[col])
    data *= np.where(parts == 1, np.minimum(seen / groups.sizes[row] / COMMON, 1), 1)
    return sparse.csr_matrix((data, (row, col)), shape=counts.shape)


def _tone(pair: Ints, found: Windows, groups: Groups, merit: sparse.csr_matrix) -> Floats:
    """A factor for each phrase of a group: 1 where its tone is the group's, less the more it would mislead."""
    tone, keys = groups.told, len(found.core)
    key, told = pair // len(tone), tone[pair % len(tone)]
    known = np.isfinite(told)
    if not known.any():
        return np.ones(merit.nnz)
    overall = float(tone[np.isfinite(tone)].mean())
    seen = np.bincount(key[known], minlength=keys)
    mean = (np.bincount(key[known], told[known], minlength=keys) + 2 * overall) / (seen + 2)
    target = np.where(groups.complaint > ONE_SIDED, 1.0, np.where(groups.complaint < 1 - ONE_SIDED, 0.0, groups.complaint))
    row = np.repeat(np.arange(merit.shape[0]), np.diff(merit.indptr))
    apart = np.abs(mean[merit.indices] - target[row])
    return np.where(np.isfinite(apart), np.exp(-MISLEADING * np.maximum(np.nan_to_num(apart) - TOLERATED, 0)), 1.0)


def _denied(tokens: Tokens, found: Windows, word: Ints, merit: sparse.csr_matrix, groups: Groups) -> Floats:
    """A factor for each phrase of a group: less for one that negates what most of the group does not."""
    out = np.ones(merit.nnz)
    negation = tokens.stems.index(NOT)
    n = len(groups.labels)
    negated = np.zeros(n, dtype=bool)
    negated[tokens.text[tokens.stem == negation]] = True
    stem, text = word // n, word % n
    row = np.repeat(np.arange(merit.shape[0]), np.diff(merit.indptr))
    stems = found.stems[merit.indices]
    denies = (stems == negation).any(axis=1)
    k, size = merit.shape[0], len(tokens.stems)
    every = _counted(stem, groups.labels[text], k, size).toarray()
    with_negation = _counted(stem[negated[text]], groups.labels[text[negated[text]]], k, size).toarray()
    share = with_negation / np.maximum(every, 1)
    share[:, negation] = np.inf
    share = np.column_stack([share, np.full(k, np.inf)])
    least = share[row[:, None], stems].min(axis=1)
    out[denies] = np.minimum(least[denies] / DENIED, 1) ** 2
    return out


def _proper(tokens: Tokens, found: Windows, words: Floats, merit: sparse.csr_matrix, groups: Groups, proper: frozenset[str]) -> Floats:
    """A factor for each phrase of a group: 0 where it holds a name that few of the group's texts have."""
    named = np.array([s in proper for s in tokens.stems])
    rare = named & ((words < MIN_QUOTED) | (words < PROPER_SHARE * groups.sizes[:, None]))
    rare = np.column_stack([rare, np.zeros(len(rare), bool)])
    row = np.repeat(np.arange(merit.shape[0]), np.diff(merit.indptr))
    return np.where(rare[row[:, None], found.stems[merit.indices]].any(axis=1), 0.0, 1.0)
