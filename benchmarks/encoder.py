"""Throughput of our encoder and its static form against sentence-transformers (fp32 and bf16 autocast), same texts, same run; then the cache.

Run: `python benchmarks/encoder.py [FILE.csv COLUMN] [--rows N]`. Without a file the comments of the synthetic sample are used.
Needs requirements-bench.lock (torch==2.13.0 first). Prints texts per second and per second of processor time (which other programs disturb
less), and ratios; repeats each round in turn and takes medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from voc import encode, sample
from voc.encode import cache, minilm

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

    def static(part: Sequence[str]) -> np.ndarray:
        return encode.encode(part, encoder="static")

    ways: dict[str, Callable[[Sequence[str]], np.ndarray]] = {
        "sentence-transformers fp32": fp32, "sentence-transformers bf16": bf16, "voc": ours, "voc, static": static,
    }  # fmt: skip
    wall, busy = measured(ways, texts)
    tokens = np.mean([len(ids) for ids in minilm.words().ids(texts[:2000])])
    print(f"processor: {processor()}; voc runs {encode.describe()}")
    print(f"{len(texts)} distinct texts, {tokens:.1f} tokens on average, median of {ROUNDS} rounds")
    for name in ways:
        print(f"  {name:28s} {len(texts) / wall[name]:8.0f} texts/s {len(texts) / busy[name]:8.0f} per processor second")
    for peer_name in ("sentence-transformers fp32", "sentence-transformers bf16"):
        print(f"ratio to {peer_name}: {wall[peer_name] / wall['voc']:.2f}, by processor time {busy[peer_name] / busy['voc']:.2f}")
    agreement = (ours(texts[:500]) * fp32(texts[:500])).sum(axis=1)
    print(f"cosine to fp32: mean {agreement.mean():.6f}, lowest {agreement.min():.6f}")
    time_cache()


def measured(ways: dict[str, Callable[[Sequence[str]], np.ndarray]], texts: list[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Median seconds by the clock and of processor time, by name."""
    for way in ways.values():
        way(texts[:200])
    wall: dict[str, list[float]] = {name: [] for name in ways}
    busy: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start, used = time.perf_counter(), time.process_time()
            way(texts)
            wall[name].append(time.perf_counter() - start)
            busy[name].append(time.process_time() - used)
    return {n: statistics.median(v) for n, v in wall.items()}, {n: statistics.median(v) for n, v in busy.items()}


def time_cache(n: int = 100_000) -> None:
    """Save and load n random vectors."""
    keys = [cache.key_of(f"text {i}") for i in range(n)]
    vectors = np.random.default_rng(0).normal(size=(n, encode.DIMENSIONS)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "v.sqlite"
        start = time.perf_counter()
        cache.save(path, keys, vectors)
        middle = time.perf_counter()
        found = cache.load(path, keys, encode.DIMENSIONS)
        print(f"cache: {n} vectors saved in {middle - start:.1f} s, loaded in {time.perf_counter() - middle:.1f} s ({len(found)} found)")


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
