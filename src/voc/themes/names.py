"""Groups of units -> names in customers' own words: frequent there, rare elsewhere, close to the middle of the group."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from voc import encode

Matrix = NDArray[np.float32]
WORD = r"(?u)\b[^\W\d_][\w'-]*\w\b|\b[^\W\d_]\b"
CANDIDATES = 40
WORDS = 8
PHRASES = 3
LONGER_IS_CLEARER = (0.0, 1.0, 1.6, 1.7)  # weight of one-, two- and three-word phrases

# Words that name nothing: the usual function words, and the ones surveys are full of.
STOP = frozenset(
    """
    a about above after again against all also always am an and any anyone anything are aren't around as asked at away back
    be because been before being best better between big bit both but by bye came can can't cannot come comes coming could
    couldn't day days did didn't do does doesn't doing don't done dont down during each either else email enough etc even
    ever every everyone everything far few first for from further get gets getting give given gives go goes going gone good
    got great had hadn't happy has hasn't have haven't having he her here hers herself him himself his how however i i'd
    i'll i'm i've if in instead into is isn't it it's its itself just keep kept know last later least left less let like
    little long look looking lot lots love made make makes many may maybe me mind more most much must my myself need needed
    needs never next nice no none nor not nothing now number of off oh ok okay on once one ones only or other others ought
    our ours ourselves out over own people perfect phone please put quite rather really right said same saw say saying says
    see seem seems seen send sent she should shouldn't since so some someone something still such sure take taken takes
    taking tell than thank thanks that that's the their theirs them themselves then there there's these they they'd they're
    they've thing things think this those though thought three through till time times to today told too took tried try
    trying twice two under until up us use used using very via want wanted was wasn't way we we'd we're we've week weeks
    well went were weren't what when where whether which while who whole whom why will with within without won't work would
    wouldn't yes yesterday yet you you'd you'll you're you've your yours yourself im ive id dont didnt cant wont its thats
    wasnt isnt youre theyre nobody everybody minutes minute hours hour months month year years morning afternoon evening
    monday tuesday wednesday thursday friday saturday sunday actually absolutely four five six seven eight nine ten new old
    bad worst able already yours half second third
    """.split()
)
# Allowed at the edge of a phrase of several words ("still waiting", "told twice"), never alone.
SOFT = frozenset("out back first good great long never new no not old phone still time twice well work email sent bad easy quick".split())


def phrases(
    counts: sparse.csr_matrix, terms: Sequence[str], labels: NDArray[np.int64], weights: sparse.csr_matrix, centres: Matrix, *, use_cache: bool = True
) -> list[list[str]]:
    """Ranked phrases of each group, the best first.

    Args:
        counts: (units, terms) how often each term occurs.
        terms: the terms, lower case, one to three words.
        labels: (units,) group of each unit.
        weights: (groups, terms) c-TF-IDF.
        centres: (groups, 384) mean vectors.
        use_cache: keep and reuse the phrases' vectors on disk.

    Returns:
        per group up to eight phrases that share no word stem with a better one.
    """
    usable = np.array([readable_phrase(term) for term in terms])
    present = (counts > 0).astype(np.float32)
    groups = int(labels.max()) + 1
    member = sparse.csr_matrix((np.ones(len(labels), np.float32), (labels, np.arange(len(labels)))), shape=(groups, len(labels)))
    inside = (member @ present).toarray()
    sizes = np.bincount(labels, minlength=groups)[:, None]
    rate = inside / sizes
    elsewhere = (inside.sum(axis=0) - inside + 0.5) / (sizes.sum() - sizes + 1)
    lift = np.log((rate + 1e-9) / elsewhere)
    words = np.array([term.count(" ") + 1 for term in terms])
    merit = rate * np.maximum(lift, 0) * np.take(LONGER_IS_CLEARER, words) * usable * (inside >= np.minimum(3, np.maximum(sizes // 8, 1)))
    merit = merit * (weights.toarray() > 0)
    shortlists = [[int(i) for i in np.argsort(-row, kind="stable")[:CANDIDATES] if row[i] > 0] for row in merit]
    wanted = sorted({i for picks in shortlists for i in picks})
    vectors = dict(zip(wanted, encode.encode([terms[i] for i in wanted], use_cache=use_cache), strict=True)) if wanted else {}
    return [_distinct([terms[i] for i in _closest(picks, merit[g], vectors, centres[g])]) for g, picks in enumerate(shortlists)]


def label_of(ranked: list[str], taken: set[str]) -> str:
    """Up to three phrases as a name, distinct from the names already taken: "Sign-in code, never arrived"."""
    for width in range(min(PHRASES, len(ranked)), len(ranked) + 1):
        name = ", ".join(ranked[:width])
        if name and name not in taken:
            return name[0].upper() + name[1:]
    return f"Other comments {len(taken) + 1}"


def _closest(picks: list[int], merit: NDArray[np.float64], vectors: dict[int, Matrix], centre: Matrix) -> list[int]:
    unit = centre / max(float(np.linalg.norm(centre)), 1e-9)
    return sorted(picks, key=lambda i: (-merit[i] * max(float(vectors[i] @ unit), 0.05), i))


def readable_phrase(term: str) -> bool:
    """A phrase that neither starts nor ends on a word that names nothing."""
    words = term.split()
    if len(words) == 1:
        return words[0] not in STOP and words[0] not in SOFT and len(words[0]) > 2
    edges = (words[0], words[-1])
    if any(w in STOP and w not in SOFT for w in edges) or len(set(words)) < len(words):
        return False
    return any(w not in STOP and w not in SOFT and len(w) > 2 for w in words)


def _distinct(ranked: list[str]) -> list[str]:
    """Drop a phrase when a better one already has one of its words, in any ending."""
    kept: list[str] = []
    seen: set[str] = set()
    for phrase in ranked:
        stems = {_stem(w) for w in phrase.split() if w not in STOP}
        if stems & seen:
            continue
        kept.append(phrase)
        seen |= stems
        if len(kept) == WORDS:
            break
    return kept


def _stem(word: str) -> str:
    """Enough of a word to see that "refund", "refunds" and "refunded" are one."""
    return re.sub(r"(?:'s|ing|ed|es|s|ly)$", "", word)[:6]
