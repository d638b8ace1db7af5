"""Throughput of our encoder against sentence-transformers (fp32 and bf16 autocast), same texts, same run.

Run: `python benchmarks/encoder.py [FILE.csv COLUMN] [--rows N]`. Without a file the comments of the synthetic sample are used.
Needs requirements-bench.lock (torch==2.13.0 first). Prints texts per second and ratios; repeats each round in turn and takes medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from voc import encode, sample
from voc.encode import minilm

ROUNDS = 3


def main() -> None:
    """Measure and print."""
    texts = chosen()
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(os.cpu_count() or 1)
    peer = SentenceTransformer(str(minilm.model_folder()), device="cpu")

    def fp32(part: Sequence[str]) -> np.ndarray:
        return np.asarray(peer.encode(list(part), batch_size=32, normalize_embeddings=True))

    def bf16(part: Sequence[str]) -> np.ndarray:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return np.asarray(peer.encode(list(part), batch_size=32, normalize_embeddings=True))

    def ours(part: Sequence[str]) -> np.ndarray:
        return encode.encode(part, use_cache=False)

    ways: dict[str, Callable[[Sequence[str]], np.ndarray]] = {"sentence-transformers fp32": fp32, "sentence-transformers bf16": bf16, "voc": ours}
    for way in ways.values():
        way(texts[:200])
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.perf_counter()
            way(texts)
            seconds[name].append(time.perf_counter() - start)
    median = {name: statistics.median(values) for name, values in seconds.items()}
    tokens = np.mean([len(e.ids) for e in encode._tokenizer().encode_batch(list(texts[:2000]))])
    print(f"processor: {processor()}; voc runs in {encode.network().precision}")
    print(f"{len(texts)} distinct texts, {tokens:.1f} tokens on average, median of {ROUNDS} rounds")
    for name, value in median.items():
        print(f"  {name:28s} {len(texts) / value:8.0f} texts/s")
    print(f"ratio to fp32: {median['sentence-transformers fp32'] / median['voc']:.2f}")
    print(f"ratio to bf16: {median['sentence-transformers bf16'] / median['voc']:.2f}")
    agreement = (ours(texts[:500]) * fp32(texts[:500])).sum(axis=1)
    print(f"cosine to fp32: mean {agreement.mean():.6f}, lowest {agreement.min():.6f}")


def chosen() -> list[str]:
    """The texts to encode, each once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", nargs="?")
    parser.add_argument("column", nargs="?", default="text")
    parser.add_argument("--rows", type=int, default=4000)
    given = parser.parse_args()
    if given.file and not Path(given.file).is_file():
        raise SystemExit(f"{given.file} does not exist")
    source = pd.read_csv(given.file)[given.column].dropna() if given.file else sample.bank.load()["text"]
    return source.astype(str).drop_duplicates().head(given.rows).tolist()


def processor() -> str:
    """Which of the instructions that matter here the processor has."""
    info = Path("/proc/cpuinfo")
    flags = set(info.read_text().split()) if info.exists() else set()
    known = [f for f in ("amx_bf16", "avx512_bf16", "avx512_vnni", "avx2") if f in flags]
    return ", ".join(known) or "unknown"


if __name__ == "__main__":
    main()
