"""One run at a time in a folder: a lock that the system lets go of when its owner dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voc.report.problems import Busy, CannotWrite

NAME = ".lock"


@contextmanager
def lock(base: Path) -> Iterator[None]:
    """Hold the folder's lock; the folder is made when missing.

    Raises:
        Busy: another run holds it.
        CannotWrite: the folder cannot be used.
    """
    try:
        base.mkdir(parents=True, exist_ok=True)
        opened = os.open(base / NAME, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
    except OSError as error:
        raise CannotWrite(f"the reports' folder {base} cannot be used: {error.strerror}") from None
    try:
        if not _taken(opened):
            raise Busy(f"another run is at work in {base}; nothing was changed. Wait until it is done, then run this again")
        yield
    finally:
        os.close(opened)  # which also lets go of the lock


def _taken(opened: int) -> bool:
    """Take the lock if nobody has it. A process that dies lets go of it, however it dies."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(opened, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
