"""Comments of two groups -> words and phrases that one group uses more, counted by customer, not by occurrence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats as sps
from sklearn.feature_extraction.text import CountVectorizer

from voc import stats
from voc.themes import lexicon
from voc.themes.names import WORD, readable_phrase

PRIOR_SIZE = 10.0  # weight of the prior, in customers who write like both groups together
FEWEST = 10  # customers who use a phrase, both groups together
# Alone they do not say what a group talks about.
VAGUE = frozenset(
    "able asked bad best better big bye easy end ended good great happy hers keep kept left like little long love mind new nice old only perfect "
    "quick right send sent short told whole work worst".split()
)


def contrast(texts: Sequence[str], first: np.ndarray, *, level: float = 0.95) -> pd.DataFrame:
    """Words and phrases of one to three words that go with one of two groups.

    Args:
        texts: n comments, one per customer.
        first: (n,) bool, True for the first group; the others are the second.
        level: one minus the rate of false alarms among the phrases marked sure (Benjamini-Hochberg).

    Returns:
        one row per phrase that at least 10 customers use: `phrase`, `n_first`, `n_second`, `share_first`, `share_second`, `log_odds`, `z`,
        `adjusted_p`, `sure`; largest z first. Swapping the groups flips the signs.

    Notes:
        Log-odds with an informative Dirichlet prior, on customers who use the phrase at least once: one angry customer who repeats a word
        counts once.

    References:
        Monroe, Colaresi & Quinn 2008, Political Analysis 16:372.
    """
    columns = ["phrase", "n_first", "n_second", "share_first", "share_second", "log_odds", "z", "adjusted_p", "sure"]
    sizes = int(first.sum()), int((~first).sum())
    if min(sizes) < FEWEST:
        return pd.DataFrame(columns=columns)
    vectorizer = CountVectorizer(ngram_range=(1, 3), token_pattern=WORD, binary=True, min_df=FEWEST)
    try:
        present = vectorizer.fit_transform(texts)
    except ValueError:  # no phrase is used by ten customers
        return pd.DataFrame(columns=columns)
    phrases = vectorizer.get_feature_names_out()
    usable = np.array([readable_phrase(p) or _says_something(p) for p in phrases])
    counts = [np.asarray(present[where].sum(axis=0)).ravel()[usable].astype(float) for where in (first, ~first)]
    log_odds, z = fighting_words(counts[0], counts[1], sizes=sizes, prior_size=PRIOR_SIZE)
    frame = pd.DataFrame({"phrase": phrases[usable], "n_first": counts[0].astype(int), "n_second": counts[1].astype(int)})
    frame["share_first"], frame["share_second"] = counts[0] / sizes[0], counts[1] / sizes[1]
    frame["log_odds"], frame["z"] = log_odds, z
    frame["adjusted_p"] = stats.benjamini_hochberg(2 * sps.norm.sf(np.abs(z)))
    frame["sure"] = frame["adjusted_p"] <= 1 - level
    return frame.sort_values(["z", "phrase"], ascending=[False, True], ignore_index=True)


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
