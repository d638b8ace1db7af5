"""Units and their themes -> a fitted BERTopic, so that its c-TF-IDF, hierarchy and plots are open to analysts."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from voc import encode
from voc.themes.clusterer import Found
from voc.themes.graph import Matrix
from voc.themes.prepare import STAND_IN

WORD = r"(?u)\b[^\W\d_][\w'-]*\w\b|\b[^\W\d_]\b"


def fit(texts: Sequence[str], vectors: Matrix, known: NDArray[np.int64], *, encoder: str = "") -> Any:
    """The fitted BERTopic: no dimension reduction, our encoder and clusterer, c-TF-IDF over one- to three-word phrases.

    Args:
        texts: n distinct units.
        vectors: (n, d) their unit vectors.
        known: (n,) theme of each; topics are numbered 0, 1, 2 ... in the order of these.
        encoder: which encoder the vectors are from.
    """
    bertopic = _bertopic()
    from bertopic.dimensionality import BaseDimensionalityReduction

    model = bertopic.BERTopic(
        embedding_model=_backend(encoder),
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=Found(known),
        vectorizer_model=CountVectorizer(ngram_range=(1, 3), token_pattern=WORD, min_df=min(2, len(texts)), stop_words="english"),
        calculate_probabilities=False,
        verbose=False,
    )
    model.fit_transform(_readable(texts), embeddings=vectors)
    return model


def _bertopic() -> Any:
    """BERTopic, without the remark of its progress bars that a notebook could have nicer ones: it would stand on the page."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="IProgress not found")
        import bertopic
    return bertopic


def _backend(encoder: str) -> Any:
    """Our encoder in BERTopic's interface."""
    from bertopic.backend import BaseEmbedder

    class Encoder(BaseEmbedder):  # type: ignore[misc]  # BERTopic has no types
        def embed(self, documents: list[str], verbose: bool = False) -> Matrix:
            return encode.encode(documents, encoder=encoder)

    return Encoder()


def _readable(texts: Sequence[str]) -> list[str]:
    """Texts without the tokens that redaction left, so that no topic is named after them."""
    return [re.sub(rf"\[[A-Z]+\]|\b{STAND_IN}\b", " ", t).replace("’", "'") for t in texts]
