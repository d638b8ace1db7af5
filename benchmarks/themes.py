"""A complete themes.find, embeddings included, against BERTopic with its defaults and the same model, same comments, same run.

Run: `python benchmarks/themes.py FILE.csv COLUMN [--rows 13000] [--labels COLUMN]`. With a column of labels it also prints NMI and ARI.
Needs requirements-bench.lock (torch==2.13.0 first). Imports are done before the clock starts; UMAP's compilation is part of BERTopic's run.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from voc import encode, sample, themes
from voc.encode import minilm


def main() -> None:
    """Measure and print."""
    import torch
    import umap  # noqa: F401 - imported before the clock starts
    from bertopic import BERTopic
    from sentence_transformers import SentenceTransformer
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    texts, labels = chosen()
    torch.set_num_threads(os.cpu_count() or 1)
    encode.encode(["warm"], use_cache=False)
    start = time.perf_counter()
    found = themes.find(texts, use_cache=False)
    ours = time.perf_counter() - start
    mine = found.assignments.drop_duplicates("comment").set_index("comment")["theme"].reindex(range(len(texts)), fill_value=-1).to_numpy()

    model = BERTopic(embedding_model=SentenceTransformer(str(minilm.model_folder()), device="cpu"))
    start = time.perf_counter()
    theirs, _ = model.fit_transform(texts)
    peer = time.perf_counter() - start
    print(f"{len(texts)} comments; voc in {encode.network().precision}")
    print(f"  voc               {ours:7.1f} s  {len(found.table)} themes, none left out")
    print(f"  BERTopic defaults {peer:7.1f} s  {len(set(theirs) - {-1})} topics, {np.mean(np.array(theirs) == -1):.0%} left out")
    print(f"ratio: {peer / ours:.2f}")
    if labels is not None:
        for name, guess in (("voc", mine), ("BERTopic", theirs)):
            print(f"  {name}: NMI {normalized_mutual_info_score(labels, guess):.3f}, ARI {adjusted_rand_score(labels, guess):.3f}")


def chosen() -> tuple[list[str], list[str] | None]:
    """Comments, and their labels where a column of them is named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", nargs="?")
    parser.add_argument("column", nargs="?", default="text")
    parser.add_argument("--rows", type=int, default=13_000)
    parser.add_argument("--labels")
    given = parser.parse_args()
    if not given.file:
        return sample.bank.load()["text"].tolist(), None
    if not Path(given.file).is_file():
        raise SystemExit(f"{given.file} does not exist")
    frame = pd.read_csv(given.file).dropna(subset=[given.column]).head(given.rows)
    return frame[given.column].astype(str).tolist(), frame[given.labels].astype(str).tolist() if given.labels else None


if __name__ == "__main__":
    main()
