"""Comments -> unit vectors (n, 384), the same bits alone, in any batch and from the cache.

The encoder is all-MiniLM-L6-v2 on OpenVINO: bf16 where the processor has it, f32 elsewhere.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from functools import cache as remember
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc.encode import cache
from voc.encode.minilm import DIMENSIONS, WEIGHTS_SHA256, Network, compile_network, load_weights, model_folder

MAX_TOKENS = 256
BATCH_TOKENS = 512
NAME = "all-MiniLM-L6-v2"
PRECISION_VARIABLE = "VOC_PRECISION"  # "bf16" or "f32"; unset lets the processor decide

Vectors = NDArray[np.float32]


def encode(texts: Sequence[str], *, use_cache: bool = True) -> Vectors:
    """Turn texts into unit vectors; equal texts are encoded once.

    Args:
        texts: n texts, any length; what follows the 256th token is not read.
        use_cache: keep and reuse vectors on disk (`voc.encode.cache.folder()`).

    Returns:
        (n, 384) float32, each row of length 1. A text's row is the same bits whatever its neighbours are.

    References:
        Reimers & Gurevych 2019, arXiv:1908.10084; Wang et al. 2020, arXiv:2002.10957.
    """
    unique = sorted(set(texts))
    keys = [cache.key_of(text) for text in unique]
    path = cache_path()
    known = cache.load(path, keys) if use_cache else {}
    missing = [i for i, key in enumerate(keys) if key not in known]
    if missing:
        fresh = _run(network(), [unique[i] for i in missing])
        if use_cache:
            cache.save(path, [keys[i] for i in missing], fresh)
        known |= {keys[i]: row for i, row in zip(missing, fresh, strict=True)}
    row_of = dict(zip(unique, keys, strict=True))
    return np.stack([known[row_of[text]] for text in texts]) if len(texts) else np.empty((0, DIMENSIONS), np.float32)


@remember
def network() -> Network:
    """The compiled network of this process; the weights' checksum is verified on the way."""
    return compile_network(load_weights(model_folder() / "model.safetensors"), precision=_precision())


def describe() -> str:
    """Which encoder runs here, for a report's provenance."""
    return f"{NAME} on OpenVINO, {network().precision}"


def cache_path() -> Path:
    """The vector cache of this model and precision."""
    return cache.folder() / f"vectors-{WEIGHTS_SHA256[:12]}-{network().precision}.sqlite"


def bucket(length: int) -> int:
    """Padded length of a text with this many tokens; all texts of a bucket run at one fixed shape."""
    if length <= 32:
        return max(length, 8)
    step = 4 if length <= 64 else 16
    return -(-length // step) * step


def rows_of(padded: int) -> int:
    """Rows of a batch at this padded length: about 512 tokens, never fewer than four rows."""
    return max(BATCH_TOKENS // padded, 4)


def _precision() -> str | None:
    return os.environ.get(PRECISION_VARIABLE) or None


@remember
def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _run(net: Network, texts: Sequence[str]) -> Vectors:
    """Encode distinct texts in batches of fixed shape; short batches are filled with copies of padding.

    One request per stream, waited for in turn. No Python callback runs in OpenVINO's threads: when such a thread and the
    one that tears a queue down wait for each other, both wait for ever.
    """
    tokens = [e.ids for e in _tokenizer().encode_batch(list(texts), add_special_tokens=True)]
    padded = np.array([bucket(len(ids)) for ids in tokens])
    out = np.empty((len(texts), DIMENSIONS), np.float32)
    free = [net.compiled.create_infer_request() for _ in range(net.streams)]
    busy: deque[tuple[Any, NDArray[np.intp]]] = deque()

    def finish() -> None:
        request, rows = busy.popleft()
        request.wait()
        out[rows] = request.get_output_tensor(0).data[: len(rows)]
        free.append(request)

    for length in np.unique(padded)[::-1]:
        members = np.flatnonzero(padded == length)
        for start in range(0, len(members), rows_of(int(length))):
            rows = members[start : start + rows_of(int(length))]
            batch = _batch([tokens[i] for i in rows], int(length))
            if not free:
                finish()
            request = free.pop()
            request.start_async(batch)
            busy.append((request, rows))
    while busy:
        finish()
    return out


def _batch(tokens: list[list[int]], length: int) -> dict[int, NDArray[Any]]:
    ids = np.zeros((rows_of(length), length), np.int32)
    mask = np.zeros((rows_of(length), length), np.float32)
    mask[len(tokens) :, 0] = 1  # a filler row still needs one token to average
    for row, token_ids in enumerate(tokens):
        ids[row, : len(token_ids)] = token_ids
        mask[row, : len(token_ids)] = 1
    return {0: ids, 1: mask}
