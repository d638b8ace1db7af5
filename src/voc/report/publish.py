"""Finished folders -> their published places, all of them or none, whenever the process is killed.

A journal lists what is to be moved before anything moves. Killed before it stands, nothing has happened; killed after, the next
command completes it. Each folder is exchanged with the one that stands in its place in one step where the system can do that, else by two
renames, of which the next command makes up for the second.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from voc.report.lock import lock
from voc.report.problems import CannotWrite

__all__ = ["lock", "publish", "recover", "work_folder"]

JOURNAL = ".journal.json"
WORK = ".work-"  # folders of runs; those of dead runs are removed
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # Linux: renameat2(2)
NOT_HERE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)


@dataclass(frozen=True)
class Move:
    """One folder on its way.

    Attributes:
        source: the finished folder.
        target: where it is published.
        aside: where the old one goes, if folders cannot be exchanged.
        inode: of the source: it stays when the folder is renamed, and so tells whether the target is the new one.
    """

    source: str
    target: str
    aside: str
    inode: int


def work_folder(base: Path, name: str) -> Path:
    """An empty folder for a run, beside what it will replace and open to its owner only.

    Raises:
        CannotWrite: it cannot be made.
    """
    try:
        return Path(tempfile.mkdtemp(prefix=f"{WORK}{name}-", dir=base))
    except OSError as error:
        raise CannotWrite(cannot(base, error)) from None


def publish(base: Path, moves: Sequence[tuple[Path, Path]]) -> None:
    """Put finished folders in their places, together. Hold the lock.

    Args:
        base: folder of the reports, which holds the journal.
        moves: (finished folder, published place) of each; places outside the base are open to their owner only. Parents are made when
            missing.

    Raises:
        CannotWrite: the disk is full or a folder cannot be written; everything is then as it was before.
    """
    try:
        prepared = [_prepared(source, target, mode=0o777 & ~_umask() if target.parent == base else 0o700) for source, target in moves]
        _write_journal(base, prepared)
    except OSError as error:
        _remove_journal(base)
        raise CannotWrite(cannot(base, error)) from None
    try:
        for move in prepared:
            _do(move)
    except OSError as error:
        for move in reversed(prepared):
            _undo(move)
        _finish(base, prepared)
        raise CannotWrite(cannot(base, error)) from None
    _finish(base, prepared)


def recover(base: Path) -> str:
    """Complete what a killed run left, and remove its work. Hold the lock.

    Returns:
        what was done, "" where there was nothing to do.
    """
    told = ""
    moves = _read_journal(base)
    if moves:
        ready = all(_done(m) or _is(m.source, m.inode) for m in moves)
        for move in moves if ready else reversed(moves):
            (_do if ready else _undo)(move)
        _finish(base, moves)
        told = f"An earlier run was stopped while it published; that was {'completed' if ready else 'undone'}."
    (base / f"{JOURNAL}.part").unlink(missing_ok=True)
    for left in base.glob(f"{WORK}*"):
        shutil.rmtree(left, ignore_errors=True)
    return told


def _prepared(source: Path, target: Path, *, mode: int) -> Move:
    """A move of which each step is a rename: on another file system the source is copied beside its target first."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.stat(source).st_dev != os.stat(target.parent).st_dev:
        near = Path(tempfile.mkdtemp(prefix=f".{target.name}.new-", dir=target.parent))
        shutil.copytree(source, near, dirs_exist_ok=True)
        source = near
    os.chmod(source, mode)
    for file in source.rglob("*"):
        _synced(file)
    _synced(source)
    return Move(os.path.abspath(source), os.path.abspath(target), os.path.abspath(target.with_name(f".{target.name}.old")), os.stat(source).st_ino)


def _write_journal(base: Path, moves: Sequence[Move]) -> None:
    """Written beside and renamed, so that there is a whole one or none."""
    part = base / f"{JOURNAL}.part"
    part.write_text(json.dumps([asdict(m) for m in moves]), encoding="utf-8")
    _synced(part)
    os.replace(part, base / JOURNAL)
    _synced(base)


def _read_journal(base: Path) -> list[Move]:
    file = base / JOURNAL
    if not file.is_file():
        return []
    try:
        return [Move(**m) for m in json.loads(file.read_text(encoding="utf-8"))]
    except (ValueError, TypeError):
        raise CannotWrite(f"{file} cannot be read; it says which folders an earlier run was publishing. Look at them, then remove it") from None


def _remove_journal(base: Path) -> None:
    for name in (JOURNAL, f"{JOURNAL}.part"):
        (base / name).unlink(missing_ok=True)


def _do(move: Move) -> None:
    """Put the new folder in place; a second time does nothing."""
    if _done(move):
        return
    if os.path.isdir(move.target):
        if _exchange(move.source, move.target):
            return
        _remove(move.aside)
        os.rename(move.target, move.aside)
    os.rename(move.source, move.target)


def _undo(move: Move) -> None:
    """Put the old folder back, where there was one."""
    if not _done(move):
        if os.path.isdir(move.aside) and not os.path.exists(move.target):
            os.rename(move.aside, move.target)
    elif os.path.isdir(move.source):  # they were exchanged: the old one is where the new one was
        _exchange(move.source, move.target)
    else:
        os.rename(move.target, move.source)
        if os.path.isdir(move.aside):
            os.rename(move.aside, move.target)


def _finish(base: Path, moves: Sequence[Move]) -> None:
    """Make the moves last, remove what was replaced, then forget the journal: killed on the way, the next command does the rest."""
    for folder in {os.path.dirname(m.target) for m in moves}:
        _synced(Path(folder))
    for move in moves:
        _remove(move.source)
        _remove(move.aside)
    _remove_journal(base)


def _done(move: Move) -> bool:
    return _is(move.target, move.inode)


def _is(folder: str, inode: int) -> bool:
    try:
        return os.stat(folder).st_ino == inode
    except FileNotFoundError:
        return False


def _exchange(one: str, other: str) -> bool:
    """Exchange two folders in one step; False where the system cannot."""
    if sys.platform != "linux":
        return False
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    if renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in NOT_HERE:
        return False
    raise OSError(code, os.strerror(code), other)


def _remove(folder: str) -> None:
    if os.path.isdir(folder):
        shutil.rmtree(folder, ignore_errors=True)


def _synced(path: Path) -> None:
    """Have the system write it out: a name must not last longer than what it names."""
    if sys.platform == "win32":
        return
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def cannot(base: Path, error: OSError) -> str:
    """What to say when the reports' folder cannot be written."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    why = "the disk is full" if full else f"{error.filename or base} cannot be written: {error.strerror}"
    return f"nothing was published in {base}: {why}. The reports there are as they were"
