"""Units + the customers' own scores -> how far each part of a comment is told in complaint or in praise.

Learned from the survey itself, not from a word list: "Refund took 3 months" is a complaint because customers who write
like that give low scores. Every comment is judged by a model that never saw its score.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import roc_auc_score

from voc.stats import Floats
from voc.themes.graph import Matrix

FOLDS = 5
FEWEST = 100  # comments of promoters, and of detractors, below which tone is not judged
USEFUL = 0.65  # held-out accuracy below which tone is not used
COMPLAINT, PRAISE = 0.6, 0.4


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


def judge(vectors: Matrix, places: NDArray[np.int64], comments: list[str], cohorts: NDArray[np.str_]) -> Tone:
    """Judge every part, cross-fitted over distinct comments.

    Args:
        vectors: (parts, 384) one row per part of a comment.
        places: (parts,) position of its comment.
        comments: (n,) comment texts; equal texts stay in one fold.
        cohorts: (n,) band of each comment's customer.
    """
    missing = Tone(np.full(len(vectors), np.nan), float("nan"))
    wrote = cohorts[np.unique(places)] if len(places) else cohorts[:0]
    if min((wrote == "detractor").sum(), (wrote == "promoter").sum()) < FEWEST:
        return missing
    fold_of = {t: int.from_bytes(hashlib.sha256(t.encode("utf-8", "surrogatepass")).digest()[:4], "big") % FOLDS for t in set(comments)}
    folds = np.array([fold_of[comments[p]] for p in places])
    bands = cohorts[places]
    clear = bands != "passive"
    complaint = np.empty(len(vectors))
    for fold in range(FOLDS):
        train, test = clear & (folds != fold), folds == fold
        if len(set(bands[train])) < 2 or not test.any():
            return missing
        model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=[0.5, 0.5])
        model.fit(vectors[train], bands[train] == "detractor")
        complaint[test] = model.predict_proba(vectors[test])[:, 1]
    accuracy = float(roc_auc_score(bands[clear] == "detractor", complaint[clear]))
    return Tone(complaint, accuracy) if accuracy >= USEFUL else Tone(missing.complaint, accuracy)
