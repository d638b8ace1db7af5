"""Comments -> unit vectors (n, d), the same bits alone, in any batch and from the cache.

The built-in encoder is all-MiniLM-L6-v2 on OpenVINO: bf16 where the processor has it, f32 elsewhere. Above about a million texts a static
model distilled from it takes over. Any local sentence-transformers, ONNX or OpenVINO folder can stand in.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache as remember
from importlib.metadata import version
from pathlib import Path

import numpy as np

from voc.encode import cache, folder, minilm, static
from voc.encode.engine import BATCH_TOKENS, PRECISION_VARIABLE, Network, Tick, Vectors, bucket, processor, rows_of, run
from voc.encode.kind import Encoder
from voc.encode.minilm import DIMENSIONS, NAME, network

__all__ = [
    "BATCH_TOKENS", "DIMENSIONS", "NAME", "PRECISION_VARIABLE", "STATIC_FROM", "Encoder", "Network", "Vectors", "bucket", "chosen", "describe",
    "encode", "network", "pick", "rows_of",
]  # fmt: skip

STATIC_FROM = 1_000_000  # distinct texts; from here on the full encoder would take about ten minutes and more
PORTION = 20_000  # texts encoded before they are kept; what an interruption can lose
STATIC = "static"
FULL = "minilm"
LAYOUT = 3  # of batches: raised when a change of shapes may change bits
LOG = logging.getLogger(__name__)


def encode(texts: Sequence[str], *, use_cache: bool = True, encoder: str = "", progress: bool = False) -> Vectors:
    """Turn texts into unit vectors; equal texts are encoded once.

    Args:
        texts: n texts, any length; what follows the 256th token is not read.
        use_cache: keep and reuse vectors on disk (`voc.encode.cache.folder()`).
        encoder: "" takes the built-in encoder, and its static form above a million distinct texts (see `pick`); "minilm" or "static" takes one
            of them at any size; else the folder of a sentence-transformers, ONNX or OpenVINO model. Nothing is downloaded.
        progress: show a bar on the error stream.

    Returns:
        (n, d) float32, each row of length 1; d is 384 for the built-in encoders. A text's row is the same bits whatever its neighbours are.

    Raises:
        VocError: the encoder cannot be read, or gives wrong vectors on this processor.

    References:
        Reimers & Gurevych 2019, arXiv:1908.10084; Wang et al. 2020, arXiv:2002.10957.
    """
    unique = sorted(set(texts))
    name = pick(len(unique), encoder)
    if name != encoder:
        LOG.warning("%s distinct texts: the faster and less sharp static encoder is used (encoder=%r keeps the full one)", f"{len(unique):,}", FULL)
    model = _encoder(name, use_cache)
    vectors = _vectors(model, unique, use_cache and bool(model.key), progress)
    row_of = {text: i for i, text in enumerate(unique)}
    return vectors[np.fromiter((row_of[text] for text in texts), np.int64, len(texts))]


def pick(n: int, encoder: str = "") -> str:
    """The encoder that `encode` takes for n distinct texts: "static" above a million where none is named, else what is named.

    It depends on the texts alone, never on what the cache holds, so that the same comments always get the same vectors. Texts whose vectors
    are to be compared must go through one encoder: pick once, by the largest number of texts, and pass the answer on.
    """
    return STATIC if not encoder and n > STATIC_FROM else encoder


def chosen(n: int, encoder: str = "") -> str:
    """Which encoder runs for n distinct texts, in words."""
    return describe(pick(n, encoder))


def describe(encoder: str = "") -> str:
    """Model, engine and precision that run here, for a report's provenance; of a folder its name and the start of its hash."""
    if encoder == STATIC:
        return f"static words distilled from {_full().name}"
    return _encoder(encoder, True).name


def cache_path(encoder: str = "") -> Path:
    """The vector cache of an encoder: one file per model, engine, precision and processor."""
    return cache.folder() / f"vectors-{_encoder(encoder, True).key[:32]}.sqlite"


def _vectors(model: Encoder, texts: list[str], use_cache: bool, progress: bool) -> Vectors:
    """Vectors of distinct texts: from the cache, the others encoded and kept portion by portion."""
    path = cache.folder() / f"vectors-{model.key[:32]}.sqlite"
    keys = [cache.key_of(text) for text in texts] if use_cache else []
    known = cache.load(path, keys, model.dimensions) if use_cache else {}
    out = np.empty((len(texts), model.dimensions), np.float32)
    missing = []
    for i, key in enumerate(keys or texts):
        if use_cache and key in known:
            out[i] = known[key]
        else:
            missing.append(i)
    with _bar(len(missing), progress) as tick:
        for start in range(0, len(missing), PORTION):
            part = missing[start : start + PORTION]
            out[part] = model.run([texts[i] for i in part], tick)
            if use_cache:
                cache.save(path, [keys[i] for i in part], out[part])
    return out


@contextmanager
def _bar(total: int, shown: bool) -> Iterator[Tick]:
    """A progress bar on the error stream that leaves nothing behind; none where it is not wanted or there is nothing to do."""
    if not shown or not total:
        yield int
        return
    from tqdm import tqdm

    with tqdm(total=total, desc="reading comments", unit=" texts", leave=False) as bar:
        yield bar.update


def _encoder(name: str, keep: bool) -> Encoder:
    if name in {"", FULL}:
        return _full()
    if name == STATIC:
        return _static(keep)
    return _keyed(folder.read(Path(name).expanduser()))


@remember
def _full() -> Encoder:
    precision = minilm.precision()
    made = Encoder(f"{NAME} on OpenVINO, {precision}", f"{minilm.WEIGHTS_SHA256}-{precision}", DIMENSIONS, _run_full)
    return _keyed(made)


def _run_full(texts: Sequence[str], tick: Tick = int) -> Vectors:
    return run(network(), minilm.words(), texts, tick)


@remember
def _static(keep: bool) -> Encoder:
    full = _full()
    return static.encoder(network(), minilm.words(), full.name, full.key, keep=keep)


def _keyed(made: Encoder) -> Encoder:
    """The same encoder, its key also naming what else decides the last bits: batch shapes, engine and processor."""
    parts = [made.key, str(LAYOUT), str(BATCH_TOKENS), version("openvino"), *processor()]
    return Encoder(made.name, hashlib.sha256("\0".join(parts).encode()).hexdigest(), made.dimensions, made.run)
