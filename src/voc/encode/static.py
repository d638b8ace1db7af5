"""The built-in encoder's vocabulary -> one vector per token; a text is then the weighted mean of its tokens.

About fifty times as fast as the full encoder and less sharp: for more than about a million texts. The table is distilled here, once,
from the same weights, and kept in the cache folder.
"""

from __future__ import annotations

import hashlib
import logging
import os
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from scipy import sparse

from voc.encode import cache
from voc.encode.engine import Network, Tick, Vectors, Words, infer
from voc.encode.kind import Encoder

VERSION = 1
ROWS = 64  # tokens distilled together
PORTION = 20_000  # texts at a time
LOG = logging.getLogger(__name__)

Table = NDArray[np.float32]


def encoder(net: Network, words: Words, name: str, key: str, *, keep: bool = True) -> Encoder:
    """The static encoder distilled from a full one.

    Args:
        net: the full network.
        words: its tokenizer.
        name: its name and precision in words.
        key: its cache key.
        keep: store the table in the cache folder and reuse it.
    """
    path = cache.folder() / f"static-{VERSION}-{key[:24]}.safetensors"
    table = _stored(path) if keep else None
    if table is None:
        LOG.warning("distilling the static encoder from %s, once; this takes about half a minute", name)
        table = distil(net, words)
        if keep:
            _store(path, table)
    return Encoder(f"static words distilled from {name}", "", table.shape[1], partial(_run, table, words))


def distil(net: Network, words: Words) -> Table:
    """Each token of the vocabulary alone through the full network, centred, times its weight: (vocabulary, d) float32.

    Notes:
        The weight is log(1 + rank) squared, where the rank counts from the first whole word of the vocabulary, which is in order of
        frequency (Zipf): frequent words say little. The mean vector is taken off first. Both follow model2vec, but for the square.

    References:
        Tulkens & van Dongen 2024, Model2Vec (github.com/MinishLab/model2vec); Arora, Liang & Ma 2017, A simple but tough-to-beat baseline
        for sentence embeddings.
    """
    first, last = (words.tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
    size = words.tokenizer.get_vocab_size()
    vectors = infer(net, [[first, token, last] for token in range(size)], words.pad)
    table = (vectors - vectors.mean(axis=0, dtype=np.float64)) * _weights(words)[:, None]
    return np.ascontiguousarray(table, np.float32)


def _weights(words: Words) -> NDArray[np.float64]:
    """Zipf weight of each token: 0.5 for the special tokens and single characters before the first whole word ("the")."""
    size, first = words.tokenizer.get_vocab_size(), words.tokenizer.token_to_id("the")
    rank = np.maximum(np.arange(size) - first + 1, 1)
    return np.asarray(np.log1p(rank) ** 2)


def _run(table: Table, words: Words, texts: list[str], tick: Tick = int) -> Vectors:
    """Weighted sums of token vectors, brought to length one; each row is summed on its own, in the order of its tokens."""
    unknown = words.tokenizer.token_to_id("[UNK]")
    out = np.empty((len(texts), table.shape[1]), np.float32)
    for start in range(0, len(texts), PORTION):
        part = texts[start : start + PORTION]
        tokens = [ids[1:-1] or [unknown] for ids in words.ids(part)]
        ends = np.cumsum([0, *map(len, tokens)])
        columns = np.fromiter((i for ids in tokens for i in ids), np.int32, int(ends[-1]))
        counts = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, ends), shape=(len(part), len(table)))
        sums = counts @ table
        out[start : start + len(part)] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        tick(len(part))
    return out


def _stored(path: Path) -> Table | None:
    """The table kept on disk; None where there is none or it is damaged."""
    if not path.is_file():
        return None
    try:
        held = load_file(path)
    except (OSError, SafetensorError) as error:
        LOG.warning("the stored static encoder %s cannot be read (%s); it is made afresh", path.name, error)
        return None
    table = held.get("table")
    if table is None or "mark" not in held or bytes(held["mark"]) != _mark(table):
        LOG.warning("the stored static encoder %s is damaged; it is made afresh", path.name)
        return None
    return table


def _store(path: Path, table: Table) -> None:
    """Write beside the target and move into place, so that no half-written table is ever read."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({"table": table, "mark": np.frombuffer(_mark(table), np.uint8)}, part)
        part.replace(path)
    except (OSError, SafetensorError) as error:
        LOG.warning("the static encoder cannot be kept in the cache (%s); going on without", error)
        if part.exists():
            part.unlink()


def _mark(table: Table) -> bytes:
    return hashlib.blake2b(table.tobytes(), digest_size=16).digest()
