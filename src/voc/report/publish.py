"""Finished folders -> their published places, all of them or none, whenever the process is killed.

In order: each folder is brought beside its target and written out; a journal says "moving"; each folder takes its place, by one exchange where
the system can do that, else by two renames; the journal says "clearing"; what was replaced is removed. A run that is killed before "moving"
has changed nothing; the next command completes what came after. Only between the two renames does no report stand, until then.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from voc.report import journal, shelf
from voc.report.journal import NAME as JOURNAL
from voc.report.journal import Journal
from voc.report.lock import lock
from voc.report.moves import Move, complete, discard, gather, inode, plan, remove, retire, sync, undo
from voc.report.problems import CannotWrite, refused, writing

__all__ = ["JOURNAL", "clear_work", "lock", "publish", "recover", "work_folder"]

WORK = ".work-"  # folders of runs; those of dead runs are removed
WORK_NAME = re.compile(rf"{re.escape(WORK)}(themes|{journal.PERIOD})-\w{{8}}")
MARK = ".made-by-voc"  # a file in each of them


def work_folder(base: Path, name: str) -> Path:
    """An empty folder for a run, in the reports' folder and open to its owner only.

    Raises:
        CannotWrite: it cannot be made.
    """
    with writing(base):
        base.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{WORK}{name}-", dir=base))
        (folder / MARK).touch(mode=0o600)
    return folder


def clear_work(folder: Path) -> None:
    """Remove a work folder as far as that is possible; its mark goes last, so that the next command knows what is left of it."""
    with suppress(OSError):
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != MARK:
                path.unlink()
        if not any(path.name != MARK for path in folder.iterdir()):
            (folder / MARK).unlink(missing_ok=True)
            folder.rmdir()


def publish(base: Path, moves: Sequence[tuple[Path, Path]]) -> None:
    """Put finished folders in their places, together. Hold the lock.

    Args:
        base: folder of the reports, which holds the journal.
        moves: (finished folder, published place) of each. Those in the base may be read by everybody, as far as the umask allows; others
            by their owner only. Parents are made when missing. An empty folder removes what is in the place.

    Raises:
        CannotWrite: the disk is full, a folder cannot be written, or one in the place is none of voc's; everything is then as it was before.
    """
    with writing(base):
        base = base.resolve()
        _resume(base)  # an earlier one of this run may have left its journal; it must not be overwritten
        for _, target in moves:
            shelf.refuse_foreign(target, base)
        try:
            ready = _gathered(base, moves)
            journal.write(base, "moving", ready)
            if not all(complete(move) for move in ready):
                raise OSError("a folder changed while it was published")
            _lasting(ready)
            journal.write(base, "clearing", ready)
        except OSError as error:
            if not _taken_back(base, error):
                raise
    with suppress(OSError):  # the new report stands; what cannot be removed now, the next command removes or names
        _clear(base, ready)


def recover(base: Path) -> str:
    """Complete or undo what a killed run left, and remove its work. Hold the lock.

    Returns:
        what was done, "" where there was nothing to do.

    Raises:
        CannotWrite: the folder cannot be written.
    """
    with writing(base):
        base = base.resolve()
        told = _resume(base)
        for left in base.glob(f"{WORK}*"):
            if _work(left):
                clear_work(left)
    return told


def _work(path: Path) -> bool:
    """Whether it is a work folder of voc, or one of which nothing but the folder was made."""
    if not WORK_NAME.fullmatch(path.name) or path.is_symlink() or not path.is_dir():
        return False
    return (path / MARK).is_file() or not any(path.iterdir())


def _gathered(base: Path, moves: Sequence[tuple[Path, Path]]) -> list[Move]:
    """All folders beside their targets. The journal names them first, so that none is forgotten where it must not stay."""
    token = secrets.token_hex(4)
    planned = [plan(target, token) for _, target in moves]
    journal.write(base, "gathering", planned)
    shown = 0o755 & ~_umask()
    return [gather(source, move, mode=shown if move.target.parent == base else 0o700) for (source, _), move in zip(moves, planned, strict=True)]


def _lasting(moves: Sequence[Move]) -> None:
    for folder in {move.target.parent for move in moves if move.target.parent.is_dir()}:
        sync(folder)


def _clear(base: Path, moves: Sequence[Move]) -> None:
    for move in moves:
        discard(move, move.old)
        if inode(move.target) == move.new and not any(move.target.iterdir()):
            move.target.rmdir()  # an empty folder took the place of what this run does not have
    journal.drop(base)


def _taken_back(base: Path, error: OSError) -> bool:
    """Undo a run that met an error, as far as its journal says that it came. False says that it was undone.

    Returns:
        whether the journal says "clearing", and so the new report stands in spite of the error.
    """
    try:
        found = journal.read(base)
        if found and found.stage == "clearing":
            return True
        _undone(base, found)
    except (OSError, ValueError) as second:
        why = refused(second) if isinstance(second, OSError) else f"{JOURNAL} cannot be read"
        raise CannotWrite(
            f"publishing in {base} stopped half way: {refused(error)}; it could not be undone: {why}. The next report made there "
            "completes or undoes it first"
        ) from None
    return False


def _undone(base: Path, found: Journal | None) -> None:
    """Everything as it was before, and no journal."""
    moves = found.moves if found else ()
    if found and found.stage == "gathering":
        for move in moves:
            remove(move.fresh)
    else:
        for move in moves:
            undo(move)
        _lasting(moves)
        for move in moves:
            retire(move)
    journal.drop(base)


def _resume(base: Path) -> str:
    """Complete what the standing journal says; undo it where that cannot be."""
    try:
        found = journal.read(base)
    except ValueError as error:
        return _set_aside(base, error)
    if found is None:
        (base / journal.PART).unlink(missing_ok=True)  # half a journal is none
        return ""
    if found.stage == "clearing" or (found.stage == "moving" and _completed(base, found)):
        return f"An earlier run was stopped while it published; that was completed.{_cleared(base, found)}"
    _undone(base, found)
    return f"An earlier run was stopped while it published; that was undone.{_kept(found)}"


def _completed(base: Path, found: Journal) -> bool:
    try:
        if not all(complete(move) for move in found.moves):
            return False
        _lasting(found.moves)
        journal.write(base, "clearing", found.moves)
    except OSError:
        return False
    return True


def _cleared(base: Path, found: Journal) -> str:
    """What was replaced is removed; what cannot be removed is named once, for it must not stop every later run."""
    try:
        _clear(base, found.moves)
    except OSError as error:
        journal.drop(base)
        return f" What it replaced could not be removed: {refused(error)}; remove it by hand."
    return _kept(found)


def _kept(found: Journal) -> str:
    """Hidden folders of a run that are none of those its journal knows, as after a backup was restored: nobody can tell what they are."""
    left = [str(path) for move in found.moves for path in (move.fresh, move.aside) if inode(path)]
    return f" It is not certain what these hold, so they were kept; remove them by hand: {', '.join(left)}." if left else ""


def _set_aside(base: Path, why: ValueError) -> str:
    """A journal that cannot be read, or names what voc does not make: nothing is removed; a report between its two renames is put back."""
    kept = base / f"{JOURNAL}.{secrets.token_hex(4)}.unreadable"
    for old in sorted(base.glob(".*.*.old")):
        target = old.with_name(old.name.removeprefix(".").split(".")[0])
        if not target.exists():
            os.rename(old, target)
    os.rename(base / JOURNAL, kept)
    return (
        f"{JOURNAL}, which says what an earlier run was publishing, cannot be read: {' '.join(str(why).split()) or 'it is empty'}. "
        f"It is now {kept.name}; hidden folders in {base} were kept."
    )


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
