"""Units and vectors -> groups and their names, carried by BERTopic with our encoder and clusterer plugged in."""

from __future__ import annotations

import hashlib
import json
import os
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from voc import encode
from voc.encode import cache
from voc.themes import names
from voc.themes.graph import GraphClusterer, Matrix
from voc.themes.prepare import STAND_IN

CODE_VERSION = 3  # raise it when the same texts would be grouped or named differently


@dataclass(frozen=True)
class Grouping:
    """Groups of distinct units.

    Attributes:
        labels: (units,) group of each unit, larger groups first.
        names: one name per group.
        words: defining phrases per group.
        key: content hash of texts, parameters, code version and precision.
    """

    labels: NDArray[np.int64]
    names: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    key: str


def group(texts: Sequence[str], vectors: Matrix, *, resolution: float, use_cache: bool = True) -> Grouping:
    """Group and name distinct units, or load the same result from the cache."""
    key = _key(texts, resolution)
    file = cache.folder() / "themes" / f"{key}.json"
    if use_cache and file.is_file():
        saved = json.loads(file.read_text(encoding="utf-8"))
        return Grouping(np.array(saved["labels"]), tuple(saved["names"]), tuple(map(tuple, saved["words"])), key)
    model = fit(texts, vectors, resolution=resolution)
    labels = np.asarray(model.topics_, dtype=np.int64)
    centres = np.stack([vectors[labels == g].mean(axis=0) for g in range(labels.max() + 1)])
    vectorizer = model.vectorizer_model
    ranked = names.phrases(
        vectorizer.transform(_readable(texts)), vectorizer.get_feature_names_out().tolist(), labels, model.c_tf_idf_, centres, use_cache=use_cache
    )
    titles: list[str] = []
    for phrases in ranked:
        titles.append(names.label_of(phrases, set(titles)))
    found = Grouping(labels, tuple(titles), tuple(tuple(r) for r in ranked), key)
    if use_cache:
        _save(file, found)
    return found


def fit(texts: Sequence[str], vectors: Matrix, *, resolution: float) -> Any:
    """The fitted BERTopic: no dimension reduction, our clusterer, c-TF-IDF over one- to three-word phrases."""
    bertopic = _bertopic()
    from bertopic.dimensionality import BaseDimensionalityReduction

    readable = _readable(texts)
    model = bertopic.BERTopic(
        embedding_model=_backend(),
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=GraphClusterer(resolution=resolution, texts=tuple(texts)),
        vectorizer_model=CountVectorizer(ngram_range=(1, 3), token_pattern=names.WORD, min_df=min(2, len(texts))),
        calculate_probabilities=False,
        verbose=False,
    )
    model.fit_transform(readable, embeddings=vectors)
    return model


def _bertopic() -> Any:
    """BERTopic, without the remark of its progress bars that a notebook could have nicer ones: it would stand on the page."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="IProgress not found")
        import bertopic
    return bertopic


def _backend() -> Any:
    """Our encoder in BERTopic's interface."""
    from bertopic.backend import BaseEmbedder

    class Encoder(BaseEmbedder):  # type: ignore[misc]  # BERTopic has no types
        def embed(self, documents: list[str], verbose: bool = False) -> Matrix:
            return encode.encode(documents)

    return Encoder()


def _readable(texts: Sequence[str]) -> list[str]:
    """Texts without the tokens that redaction left, so that no theme is named after them."""
    return [re.sub(rf"\[[A-Z]+\]|\b{STAND_IN}\b", " ", t).replace("’", "'") for t in texts]


def _key(texts: Sequence[str], resolution: float) -> str:
    parts = [str(CODE_VERSION), str(resolution), encode.describe(), *texts]
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _save(file: Path, found: Grouping) -> None:
    """Write beside and rename, so that another process never reads half a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {"labels": found.labels.tolist(), "names": found.names, "words": found.words}
    part = file.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(content), encoding="utf-8")
    part.replace(file)
