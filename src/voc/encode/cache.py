"""Text hashes -> vectors kept on disk (SQLite). No text is stored.

Safe against two processes (transactions), torn writes, foreign files and flipped bits: vectors lie in blocks together with their keys and
a checksum over both. A file that fails is set aside and made afresh; a folder that cannot be written only means no cache. Neither stops a run.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

BLOCK = 64  # vectors stored and checked together: about 100 kB at 384 dimensions
KEY_BYTES = 32
MARK_BYTES = 16
WAIT_SECONDS = 60.0
SIDE_FILES = ("-wal", "-shm", "-journal")
LOG = logging.getLogger(__name__)
SCHEMA = """
CREATE TABLE IF NOT EXISTS blocks (id INTEGER PRIMARY KEY, body BLOB NOT NULL, mark BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS places (key BLOB PRIMARY KEY, block INTEGER NOT NULL) WITHOUT ROWID;
"""

Vector = NDArray[np.float32]
T = TypeVar("T")


class BrokenError(Exception):
    """The cache file does not hold what was written to it."""


def folder() -> Path:
    """Where voc keeps its caches: $VOC_CACHE, else the user's cache folder. Deleting it costs only time."""
    chosen = os.environ.get("VOC_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(chosen) if chosen else base / "voc"


def key_of(text: str) -> bytes:
    """The hash that stands for a text in the cache."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def load(path: Path, keys: Iterable[bytes], dimensions: int) -> dict[bytes, Vector]:
    """The vectors that are already there, by key.

    Args:
        path: the cache file; it is made if missing.
        keys: what is looked for.
        dimensions: width of a vector; a file with vectors of another width is set aside.
    """
    wanted = list(keys)
    return _careful(path, lambda database: _read(database, wanted, dimensions)) or {}


def save(path: Path, keys: Iterable[bytes], vectors: Vector) -> None:
    """Add vectors (n, d), one per key, in one transaction; a key that is there already stays."""
    _careful(path, lambda database: _write(database, list(keys), vectors))


def set_aside(path: Path) -> None:
    """Rename a broken cache file to `NAME.broken-TIME`, its side files deleted, so that a new one can be made."""
    LOG.warning("the cache file %s is broken; it is set aside and made afresh, which costs only time", path.name)
    for end in SIDE_FILES:
        path.with_name(path.name + end).unlink(missing_ok=True)
    if path.exists():
        path.replace(path.with_name(f"{path.name}.broken-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"))


def _careful(path: Path, work: Callable[[sqlite3.Connection], T]) -> T | None:
    """Do the work; once more on a new file where the old one is broken; None where the file system does not let us."""
    try:
        try:
            return _once(path, work)
        except (sqlite3.DatabaseError, BrokenError) as error:
            if not _is_broken(error):
                raise
            set_aside(path)
        return _once(path, work)
    except (sqlite3.Error, BrokenError, OSError) as error:
        LOG.warning("the cache file %s cannot be used (%s); going on without it", path.name, error)
        return None


def _once(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    with _open(path) as database:
        return work(database)


def _is_broken(error: Exception) -> bool:
    """Whether the file's content is at fault, rather than the disk, a lock or a permission."""
    if not isinstance(error, sqlite3.OperationalError):
        return True
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF == sqlite3.SQLITE_ERROR  # such as a table without our columns


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=WAIT_SECONDS)) as database:
        database.text_factory = bytes
        database.execute("PRAGMA cell_size_check = ON")
        database.execute("PRAGMA temp_store = MEMORY")
        _write_ahead(database)
        database.execute("PRAGMA synchronous = NORMAL")
        database.executescript(SCHEMA)
        yield database


def _write_ahead(database: sqlite3.Connection) -> None:
    """Ask for write-ahead logging; a file system without shared memory keeps its own mode."""
    try:
        database.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # busy: another process is switching just now
            raise


def _read(database: sqlite3.Connection, wanted: Sequence[bytes], dimensions: int) -> dict[bytes, Vector]:
    database.execute("CREATE TEMP TABLE wanted (key BLOB PRIMARY KEY) WITHOUT ROWID")
    database.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", ((key,) for key in sorted(wanted)))
    places = database.execute("SELECT places.block, wanted.key FROM wanted CROSS JOIN places ON places.key = wanted.key ORDER BY places.block")
    keys_of: dict[int, list[bytes]] = {}
    for block, key in places:
        keys_of.setdefault(block, []).append(key)
    found: dict[bytes, Vector] = {}
    for block, keys in keys_of.items():
        row = database.execute("SELECT body, mark FROM blocks WHERE id = ?", (block,)).fetchone()
        held = _unpack(row, dimensions)
        if not all(key in held for key in keys):
            raise BrokenError("a vector is not where it should be")
        found.update((key, held[key]) for key in keys)
    return found


def _write(database: sqlite3.Connection, keys: Sequence[bytes], vectors: Vector) -> None:
    with database:
        for start in range(0, len(keys), BLOCK):
            part = keys[start : start + BLOCK]
            body = b"".join(part) + np.ascontiguousarray(vectors[start : start + BLOCK], "<f4").tobytes()
            made = database.execute("INSERT INTO blocks (body, mark) VALUES (?, ?)", (body, _mark(body, vectors.shape[1])))
            block = made.lastrowid
            database.executemany("INSERT OR IGNORE INTO places VALUES (?, ?)", ((key, block) for key in part))


def _unpack(row: tuple[object, object] | None, dimensions: int) -> dict[bytes, Vector]:
    """A block's vectors by key, once its length and checksum are right."""
    body, mark = row or (None, None)
    width = KEY_BYTES + 4 * dimensions
    if not isinstance(body, bytes) or len(body) % width or mark != _mark(body, dimensions):
        raise BrokenError("a block of vectors is damaged")
    size = len(body) // width
    vectors = np.frombuffer(body, "<f4", offset=size * KEY_BYTES).reshape(size, dimensions)
    return {body[i * KEY_BYTES : (i + 1) * KEY_BYTES]: vectors[i] for i in range(size)}


def _mark(body: bytes, dimensions: int) -> bytes:
    return hashlib.blake2b(body, digest_size=MARK_BYTES, person=f"{dimensions}".encode()).digest()
