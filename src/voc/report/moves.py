"""A finished folder -> the place of an old one, by renames that can be completed or undone from wherever they stopped.

A folder keeps its inode when it is renamed. So where each of the two folders is now says how far a move came, and nothing else has to be noted.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # Linux: renameat2(2)
UNABLE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)  # of the kernel, the file system, or a sandbox


@dataclass(frozen=True)
class Move:
    """One folder on its way. All three names are in one folder, so every step is a rename.

    Attributes:
        target: where it is published.
        fresh: where it waits, hidden, until all folders of the run are ready.
        aside: where the old one waits if the system cannot exchange two folders.
        new: inode of the finished folder; 0 until it waits.
        old: inode of the folder that it replaces; 0 where there is none.
    """

    target: Path
    fresh: Path
    aside: Path
    new: int = 0
    old: int = 0


def plan(target: Path, token: str) -> Move:
    """A move to a place. The token makes its hidden names new ones.

    Raises:
        OSError: a file is in the place, or the folder around it cannot be made.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    target = target.parent.resolve() / target.name
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(target))
    hidden = f".{target.name}.{token}"
    return Move(target, target.with_name(f"{hidden}.new"), target.with_name(f"{hidden}.old"))


def gather(source: Path, move: Move, *, mode: int) -> Move:
    """Bring the finished folder beside its target and have the system write it out. From another file system it is copied.

    Args:
        source: the finished folder.
        move: where it goes.
        mode: rights that the folder gets.
    """
    try:
        os.rename(source, move.fresh)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        move.fresh.mkdir(mode=0o700)  # a restricted folder is not open to others while it is being copied
        shutil.copytree(source, move.fresh, symlinks=True, dirs_exist_ok=True)
    os.chmod(move.fresh, mode)
    for path in (*move.fresh.rglob("*"), move.fresh, move.fresh.parent):
        sync(path)
    return replace(move, new=inode(move.fresh), old=inode(move.target))


def complete(move: Move) -> bool:
    """Put the new folder in place; a second time does nothing.

    Returns:
        whether it stands there. It does not where it is gone, or where somebody put another folder there meanwhile.
    """
    here = inode(move.target)
    if here != move.new:
        if inode(move.fresh) != move.new or here not in (0, move.old):
            return False
        _put(move.fresh, move.target, move.aside)
    return True


def undo(move: Move) -> None:
    """Put the old folder back, or nothing where there was none; a second time does nothing."""
    if inode(move.target) not in (0, move.new):
        return  # it never left, or somebody put another folder there meanwhile
    for place, spare in ((move.fresh, move.aside), (move.aside, move.fresh)):
        if move.old and inode(place) == move.old:
            _put(place, move.target, spare)
            return
    if not move.old and inode(move.target):
        os.rename(move.target, move.fresh)
    if move.old and not inode(move.target) and inode(move.aside) not in (0, move.new):
        os.rename(move.aside, move.target)  # a backup was restored, which gives folders other numbers


def retire(move: Move) -> None:
    """Remove the new folder after `undo`. It first leaves the place from which `complete` takes it: half of it must never be published."""
    if move.new and inode(move.fresh) == move.new:
        os.rename(move.fresh, move.aside)
        sync(move.aside.parent)
    discard(move, move.new)


def discard(move: Move, which: int) -> None:
    """Remove the folder with this inode from the move's hidden places."""
    for place in (move.fresh, move.aside):
        if which and inode(place) == which:
            remove(place)


def remove(path: Path) -> None:
    """Remove a folder, or a link to one."""
    if path.is_symlink():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def inode(path: Path) -> int:
    """The number that a folder keeps when it is renamed; 0 where there is nothing."""
    try:
        return os.lstat(path).st_ino
    except FileNotFoundError:
        return 0


def sync(path: Path) -> None:
    """Have the system write it out: a name must not last longer than what it names."""
    if sys.platform == "win32" or path.is_symlink():
        return
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot do this to a folder
            raise
    finally:
        os.close(opened)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system cannot."""
    if sys.platform != "linux":
        return False
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    if renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in UNABLE:
        return False
    raise OSError(code, os.strerror(code), str(other))


def _put(place: Path, target: Path, spare: Path) -> None:
    """A folder to its target; what is there goes to `place` or to `spare`."""
    if inode(target):
        if exchange(place, target):
            return
        os.rename(target, spare)
    os.rename(place, target)
