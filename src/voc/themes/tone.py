"""Units + the customers' own scores -> how far each part of a comment is told in complaint or in praise.

Learned from the survey itself, not from a word list: "Refund took 3 months" is a complaint because customers who write
like that give low scores. Every comment is judged by a model that saw neither its score nor any other of its customer's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from voc.stats import Floats
from voc.themes.graph import Matrix

FOLDS = 5
FEWEST = 100  # comments of promoters, and of detractors, below which tone is not judged
USEFUL = 0.65  # held-out accuracy below which tone is not used
COMPLAINT, PRAISE = 0.6, 0.4
STEPS = 500  # of the fit; it takes about thirty

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Tone:
    """Tone of every part of every comment.

    Attributes:
        complaint: (parts,) chance 0..1 that a part is a complaint; all missing where tone cannot be judged.
        accuracy: chance that the model, not having seen either score, puts a detractor's part above a promoter's (area
            under the curve, 0.5 is guessing); nan where there are too few comments.
    """

    complaint: Floats
    accuracy: float


def judge(vectors: Matrix, places: Ints, comments: list[str], cohorts: NDArray[np.str_], customers: Sequence[str] | None = None) -> Tone:
    """Judge every part, cross-fitted over distinct comments and over customers.

    Args:
        vectors: (parts, 384) one row per part of a comment.
        places: (parts,) position of its comment.
        comments: (n,) comment texts.
        cohorts: (n,) band of each comment's customer.
        customers: (n,) who wrote each comment, "" where that is not known; None where no customers are known.

    Notes:
        Logistic regression with a ridge penalty, both bands weighing the same. A comment weighs the same however many parts it has: each of
        k parts weighs 1/k, so that the short comments, which say one thing, teach most of what a part of a mixed comment means.

        Comments are divided into five by text. A part is judged by what was learned from the other four, without the comments of
        customers who also wrote one of those that are judged. Where customers write so often that this leaves less, it is the other way
        round: divided by customer, without the texts that are judged.

    References:
        Chernozhukov et al. 2018, The Econometrics Journal 21:C1 (cross-fitting).
    """
    missing = Tone(np.full(len(vectors), np.nan), float("nan"))
    wrote = cohorts[np.unique(places)] if len(places) else cohorts[:0]
    if min((wrote == "detractor").sum(), (wrote == "promoter").sum()) < FEWEST:
        return missing
    complaint, clear, bad = np.empty(len(vectors)), cohorts[places] != "passive", cohorts[places] == "detractor"
    weight = 1 / np.bincount(places, minlength=len(comments))[places]
    order = _canonical(places, comments, cohorts)
    for judged, known in _folds(places, comments, customers):
        train = order[(clear & known)[order]]
        if len(set(bad[train])) < 2:
            return missing
        model = LogisticRegression(class_weight="balanced", max_iter=STEPS)
        model.fit(vectors[train], bad[train], sample_weight=weight[train])
        complaint[judged] = model.predict_proba(vectors[judged])[:, 1]
    accuracy = float(roc_auc_score(bad[clear], complaint[clear]))
    return Tone(complaint, accuracy) if accuracy >= USEFUL else Tone(missing.complaint, accuracy)


def _canonical(places: Ints, comments: list[str], cohorts: NDArray[np.str_]) -> Ints:
    """Parts in an order that does not depend on that of the comments, so that the fit does not either."""
    rank = np.unique(np.asarray(comments, dtype=object), return_inverse=True)[1]
    first = np.searchsorted(places, places) if (np.diff(places) >= 0).all() else np.zeros(len(places), int)
    return np.lexsort((np.arange(len(places)) - first, np.asarray(cohorts)[places], rank[places]))


def _folds(places: Ints, comments: list[str], customers: Sequence[str] | None) -> list[tuple[Bools, Bools]]:
    """Pairs of (parts that are judged, parts that may be learned from) that share neither a text nor a customer."""
    people = [c or f"comment {i}" for i, c in enumerate(customers)] if customers is not None else [f"comment {i}" for i in range(len(comments))]
    text, person = (np.unique(np.asarray(keys, dtype=object), return_inverse=True) for keys in (comments, people))
    unnamed = np.array([customers is None or not customers[i] for i in range(len(comments))])
    by_text = _hashed(text[0])[text[1]]
    by_person = np.where(unnamed, by_text, _hashed(person[0])[person[1]])
    ways = [_apart(by_text[places], person[1][places]), _apart(by_person[places], text[1][places])]
    return max(ways, key=lambda way: sum(int(known.sum()) for _, known in way))


def _hashed(keys: NDArray[np.object_]) -> Ints:
    """A fold for each key that depends on nothing but the key."""
    digests = (hashlib.sha256(str(key).encode("utf-8", "surrogatepass")).digest() for key in keys)
    return np.array([int.from_bytes(d[:4], "big") % FOLDS for d in digests], dtype=np.int64)


def _apart(fold: Ints, other: Ints) -> list[tuple[Bools, Bools]]:
    """Of each fold: its parts, and those of other folds that share no code of `other` with it."""
    out = []
    for one in np.unique(fold):
        judged = fold == one
        seen = np.zeros(int(other.max()) + 1, dtype=bool)
        seen[other[judged]] = True
        out.append((judged, ~judged & ~seen[other]))
    return out
