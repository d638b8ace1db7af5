"""Text hashes -> vectors kept on disk (SQLite, so two processes and torn writes are safe). No text is stored."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CHUNK = 500  # bound variables per query; SQLite allows 999 in its oldest builds
WAIT_SECONDS = 60.0


def folder() -> Path:
    """Where voc keeps its caches: $VOC_CACHE, else the user's cache folder. Deleting it costs only time."""
    chosen = os.environ.get("VOC_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(chosen) if chosen else base / "voc"


def key_of(text: str) -> bytes:
    """The hash that stands for a text in the cache."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def load(path: Path, keys: Iterable[bytes]) -> dict[bytes, NDArray[np.float32]]:
    """The vectors that are already there, by key."""
    wanted = list(keys)
    found: dict[bytes, NDArray[np.float32]] = {}
    with _open(path) as database:
        for start in range(0, len(wanted), CHUNK):
            part = wanted[start : start + CHUNK]
            marks = ",".join("?" * len(part))
            # Only question marks enter the statement; the keys are bound.
            rows = database.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part)  # noqa: S608
            found.update((key, np.frombuffer(vector, dtype="<f4")) for key, vector in rows)
    return found


def save(path: Path, keys: Iterable[bytes], vectors: NDArray[np.float32]) -> None:
    """Add vectors, one per key, in one transaction."""
    rows = ((key, vector.astype("<f4").tobytes()) for key, vector in zip(keys, vectors, strict=True))
    with _open(path) as database, database:
        database.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=WAIT_SECONDS)) as database:
        database.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
        yield database
