"""Comments of two groups -> words and phrases that one group uses more, counted by customer, not by occurrence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from voc import stats
from voc.themes import lexicon
from voc.themes.names import WORD, readable_phrase

FEWEST_NAMED, SELDOM, MOST_NAMES = 3, 0.1, 0.3
_LETTERS = re.compile(r"[^\W\d_]{2,}")
PRIOR_SIZE = 10.0  # weight of the prior, in customers who write like both groups together
FEWEST = 10  # customers who use a phrase, both groups together
COLUMNS = ["phrase", "n_first", "n_second", "share_first", "share_second", "log_odds", "z", "g2", "chi2", "p", "adjusted_p", "sure"]
# Alone they do not say what a group talks about.
VAGUE = frozenset(
    "able asked bad best better big bye easy end ended good great happy hers keep kept left like little long love mind new nice old only perfect "
    "quick right send sent short told whole work worst".split()
)


def contrast(
    texts: Sequence[str],
    first: NDArray[np.bool_],
    *,
    customers: NDArray[np.int64] | None = None,
    weights: stats.Floats | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Words and phrases of one to three words that go with one of two groups.

    Args:
        texts: n comments.
        first: (n,) bool, True for the first group; the others are the second.
        customers: (n,) codes; comments of one customer in one group count once. None: each comment is another customer's.
        weights: (n,) of the comments, the same for all of a customer; equal without.
        level: one minus the rate of false alarms among the phrases marked sure (Benjamini-Hochberg).

    Returns:
        one row per phrase that at least 10 customers use: `phrase`, `n_first`, `n_second` (customers), `share_first`, `share_second` (weighted),
        `log_odds`, `z`, `g2` and `chi2` (signed, as keyness tables have them), `p`, `adjusted_p`, `sure`; largest z first. Swapping the
        groups flips the signs.

    Notes:
        Log-odds with an informative Dirichlet prior order the phrases; Fisher's exact test, its smaller side doubled, judges them, so that rare
        words need no approximation (with unequal weights: the z value at the effective number of customers). One angry customer who repeats
        a word counts once.

    References:
        Monroe, Colaresi & Quinn 2008, Political Analysis 16:372; Dunning 1993, Computational Linguistics 19:61 (G2).
    """
    presence, sizes, mass = _presence(texts, first, customers, weights)
    if min(sizes) < FEWEST or presence is None:
        return pd.DataFrame(columns=COLUMNS)
    phrases, used, group = presence
    plain = [np.asarray(used[group == g].sum(axis=0)).ravel() for g in (0, 1)]
    enough = plain[0] + plain[1] >= FEWEST
    names = proper_names(texts)
    usable = enough & np.array(
        [bool(e) and not names & set(p.split()) and (readable_phrase(p) or _says_something(p)) for p, e in zip(phrases, enough, strict=True)]
    )
    if not usable.any():
        return pd.DataFrame(columns=COLUMNS)
    counts = [c[usable].astype(float) for c in plain]
    weighted = [np.asarray(used[group == g].T @ mass[group == g]).ravel()[usable] for g in (0, 1)]
    totals = [float(mass[group == g].sum()) for g in (0, 1)]
    worth = [t**2 / float((mass[group == g] ** 2).sum()) for g, t in enumerate(totals)]  # Kish's number of customers
    scaled = [w * n / t for w, n, t in zip(weighted, worth, totals, strict=True)]
    log_odds, z = fighting_words(scaled[0], scaled[1], sizes=(worth[0], worth[1]), prior_size=PRIOR_SIZE)
    equal = bool(np.allclose(mass, mass[0]))
    frame = pd.DataFrame({"phrase": phrases[usable], "n_first": counts[0].astype(int), "n_second": counts[1].astype(int)})
    frame["share_first"], frame["share_second"] = weighted[0] / totals[0], weighted[1] / totals[1]
    frame["log_odds"], frame["z"] = log_odds, z
    frame["g2"], frame["chi2"] = (f(counts[0], counts[1], sizes[0], sizes[1]) for f in (keyness, chi_squared))
    frame["p"] = stats.doubled_fisher_p(counts[0], sizes[0], counts[1], sizes[1]) if equal else 2 * stats.normal_above(np.abs(z))
    frame["adjusted_p"] = stats.benjamini_hochberg(frame["p"])
    frame["sure"] = frame["adjusted_p"] <= 1 - level
    return frame.sort_values(["z", "phrase"], ascending=[False, True], ignore_index=True)


def proper_names(texts: Sequence[str]) -> set[str]:
    """Words that nearly everybody writes with a capital letter: names of people and places, which a list of words must not show.

    Where many words are written so, as nouns are in German, a capital letter names nobody, and none is left out.
    """
    capital, small = Counter[str](), Counter[str]()
    for text in texts:
        for word in _LETTERS.findall(text):
            if word.islower():
                small[word] += 1
            elif word[1:].islower():
                capital[word.lower()] += 1
    usual = capital.keys() | small.keys()
    names = {w for w, n in capital.items() if n >= FEWEST_NAMED and small[w] <= SELDOM * n}
    often = sum(capital[w] + small[w] >= FEWEST_NAMED for w in usual)
    return names if len(names) <= MOST_NAMES * max(often, 1) else set()


def _presence(
    texts: Sequence[str], first: NDArray[np.bool_], customers: NDArray[np.int64] | None, weights: stats.Floats | None
) -> tuple[tuple[NDArray[np.str_], sparse.csr_matrix, NDArray[np.int64]] | None, tuple[int, int], stats.Floats]:
    """Phrases, which customer of which group uses them (0/1), the customers' groups (0 first); sizes of the groups; the customers' weights."""
    who = np.arange(len(texts)) if customers is None else np.asarray(customers)
    side = np.where(first, 0, 1)
    units, unit = np.unique(who * 2 + side, return_inverse=True)
    group = units % 2
    sizes = int((group == 0).sum()), int((group == 1).sum())
    mass = np.ones(len(units)) if weights is None else np.bincount(unit, weights) / np.bincount(unit)
    vectorizer = CountVectorizer(ngram_range=(1, 3), token_pattern=WORD, binary=True, min_df=min(FEWEST, max(len(texts), 1)))
    try:
        present = vectorizer.fit_transform(texts)
    except ValueError:  # no phrase is used by ten customers
        return None, sizes, mass
    member = sparse.csr_matrix((np.ones(len(texts), np.int32), (unit, np.arange(len(texts)))), shape=(len(units), len(texts)))
    used = (member @ present).tocsr()
    used.data = np.minimum(used.data, 1)
    return (vectorizer.get_feature_names_out(), used, group), sizes, mass


def keyness(first: stats.Floats, second: stats.Floats, n1: float, n2: float) -> stats.Floats:
    """Signed G2 (log-likelihood ratio) of 2 x 2 tables: positive where the first group uses it more.

    References:
        Dunning 1993, Computational Linguistics 19:61; the "lr" of quanteda's textstat_keyness without its correction.
    """
    share = (first + second) / (n1 + n2)

    def part(seen: stats.Floats, expected: stats.Floats) -> stats.Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(seen > 0, seen * np.log(seen / expected), 0.0)

    g2 = 2 * (part(first, n1 * share) + part(second, n2 * share) + part(n1 - first, n1 * (1 - share)) + part(n2 - second, n2 * (1 - share)))
    return np.asarray(np.sign(first / n1 - second / n2) * np.maximum(g2, 0))


def chi_squared(first: stats.Floats, second: stats.Floats, n1: float, n2: float) -> stats.Floats:
    """Signed chi-squared of 2 x 2 tables, without continuity correction; the "chi2" of quanteda's textstat_keyness where no cell is small."""
    n, used = n1 + n2, first + second
    with np.errstate(divide="ignore", invalid="ignore"):
        chi2 = n * (first * (n2 - second) - second * (n1 - first)) ** 2 / (n1 * n2 * used * (n - used))
    return np.asarray(np.sign(first / n1 - second / n2) * np.nan_to_num(chi2))


def fighting_words(first: stats.Floats, second: stats.Floats, *, sizes: tuple[float, float], prior_size: float) -> tuple[stats.Floats, stats.Floats]:
    """Log-odds difference and its z value per word, with a prior shaped like the pooled counts.

    Args:
        first: (v,) counts of the first group.
        second: (v,) counts of the second group.
        sizes: what the counts are out of: customers of each group here, all words in the paper.
        prior_size: weight of the prior, in the same unit as `sizes`.

    Returns:
        (log odds difference, z), each (v,).
    """
    prior = prior_size * (first + second) / sum(sizes)

    def log_odds(counts: stats.Floats, size: float) -> stats.Floats:
        inside = counts + prior
        return np.asarray(np.log(inside / np.maximum(size + prior_size - inside, 1e-9)))

    difference = log_odds(first, sizes[0]) - log_odds(second, sizes[1])
    return difference, difference / np.sqrt(1 / (first + prior) + 1 / (second + prior))


def _says_something(word: str) -> bool:
    """A word that says something alone, such as "friendly"."""
    return " " not in word and word not in VAGUE and lexicon.kind_of(word) >= lexicon.PLAIN
