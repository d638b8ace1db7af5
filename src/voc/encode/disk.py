"""What arrays are worked out from -> the arrays, kept on disk: worked out once, read the next time. No text of a comment is stored.

The key covers the content, this version of voc's own code and the packages that did the work, so that nothing stale is ever read. A file that
is damaged is made afresh; a folder that cannot be written only means that nothing is kept.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from functools import cache as remember
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc.encode import cache

MARK_BYTES = 32
LOG = logging.getLogger(__name__)

Arrays = Mapping[str, NDArray[Any]]


def arrays(
    kind: str, content: Iterable[str | NDArray[Any]], make: Callable[[], Arrays], *, packages: Iterable[str] = (), use_cache: bool = True
) -> Arrays:
    """Arrays as `make` gives them, from the cache folder where they were made of the same content before.

    Args:
        kind: what they are; part of the file's name.
        content: everything that they depend on.
        make: works them out; numbers and short codes only, never a text that somebody wrote.
        packages: distributions whose version matters.
        use_cache: False works them out in any case and keeps nothing.
    """
    if not use_cache:
        return make()
    path = cache.folder() / "arrays" / f"{kind}-{_key(content, packages)}.npz"
    held = _read(path)
    if held is None:
        held = make()
        _write(path, held)
    return held


def _key(content: Iterable[str | NDArray[Any]], packages: Iterable[str]) -> str:
    digest = hashlib.sha256("\0".join([_code(), version("numpy"), *map(version, packages)]).encode())
    for part in content:
        shape = ("text", str(len(part))) if isinstance(part, str) else (str(part.dtype), str(part.shape))
        digest.update("\0".join(shape).encode())  # so that the border between two parts counts
        digest.update(part.encode("utf-8", "surrogatepass") if isinstance(part, str) else np.ascontiguousarray(part).data)
    return digest.hexdigest()


@remember
def _code() -> str:
    """Hash of voc's own source."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        digest.update(f"{file.relative_to(root)}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _read(path: Path) -> Arrays | None:
    """The arrays of a file; None where there is none or it is damaged."""
    try:
        stored = path.read_bytes()
    except OSError:
        return None
    body = stored[MARK_BYTES:]
    if hashlib.sha256(body).digest() != stored[:MARK_BYTES]:
        LOG.warning("the cache file %s is damaged; it is made afresh, which costs only time", path.name)
        return None
    with np.load(io.BytesIO(body)) as held:
        return {name: held[name] for name in held.files}


def _write(path: Path, held: Arrays) -> None:
    """Write beside the target and move into place, so that no half-written file is ever read."""
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **held)
    body = packed.getvalue()
    part = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(hashlib.sha256(body).digest() + body)
        part.replace(path)
    except OSError as error:
        LOG.warning("%s cannot be kept in the cache (%s); going on without", path.name, error)
