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
    """Hold the folder's lock; the folder is made when missing. The lock's file stays: removing it could let two runs in.

    Raises:
        Busy: another run holds it.
        CannotWrite: the folder cannot be used.
    """
    try:
        base.mkdir(parents=True, exist_ok=True)
        opened = os.open(base / NAME, os.O_RDWR | os.O_CREAT, 0o666)  # Python does not hand it on to programs that it starts
    except OSError as error:
        raise CannotWrite(f"the reports' folder {base} cannot be used: {error.strerror}") from None
    try:
        if not _taken(opened, base):
            raise Busy(f"another run is at work in {base}; nothing was changed. Wait until it is done, then run this again")
        yield
    finally:
        os.close(opened)  # which also lets go of the lock


def _taken(opened: int, base: Path) -> bool:
    """Take the lock if nobody has it. Some network folders have no locks: that is not the same as another run."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(opened, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        raise CannotWrite(f"the reports' folder {base} cannot be locked: {error.strerror}") from None
    return True
