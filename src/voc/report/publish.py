"""Finished folders -> their published places, all of them or none, whenever the process is killed.

In order: each folder is brought beside its target and written out; a journal says "moving"; each folder takes its place, by one exchange where
the system can do that, else by two renames; the journal says "clearing"; what was replaced is removed. A run that is killed before "moving"
has changed nothing; the next command completes what came after. Only between the two renames does no report stand, until then.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from voc.report import journal
from voc.report.journal import NAME as JOURNAL
from voc.report.journal import Journal
from voc.report.lock import lock
from voc.report.moves import Move, complete, discard, gather, plan, remove, retire, sync, undo
from voc.report.problems import CannotWrite, cannot, refused, writing

__all__ = ["JOURNAL", "cannot", "lock", "publish", "recover", "work_folder"]

WORK = ".work-"  # folders of runs; those of dead runs are removed


def work_folder(base: Path, name: str) -> Path:
    """An empty folder for a run, in the reports' folder and open to its owner only.

    Raises:
        CannotWrite: it cannot be made.
    """
    with writing(base):
        base.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f"{WORK}{name}-", dir=base))


def publish(base: Path, moves: Sequence[tuple[Path, Path]]) -> None:
    """Put finished folders in their places, together. Hold the lock.

    Args:
        base: folder of the reports, which holds the journal.
        moves: (finished folder, published place) of each. Those in the base may be read by everybody, as far as the umask allows; others
            by their owner only. Parents are made when missing.

    Raises:
        CannotWrite: the disk is full or a folder cannot be written; everything is then as it was before.
    """
    with writing(base):
        base = base.resolve()
        _resume(base)  # an earlier one of this run may have left its journal; it must not be overwritten
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
            shutil.rmtree(left, ignore_errors=True)
    return told


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
    except OSError as second:
        raise CannotWrite(
            f"publishing in {base} stopped half way: {refused(error)}; it could not be undone: {refused(second)}. The next report made there "
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
    except ValueError:
        return _set_aside(base)
    if found is None:
        (base / journal.PART).unlink(missing_ok=True)  # half a journal is none
        return ""
    if found.stage == "clearing" or (found.stage == "moving" and _completed(base, found)):
        return f"An earlier run was stopped while it published; that was completed.{_cleared(base, found)}"
    _undone(base, found)
    return "An earlier run was stopped while it published; that was undone."


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
    return ""


def _set_aside(base: Path) -> str:
    """A journal that cannot be read: nothing is removed, and a report that was between its two renames is put back."""
    kept = base / f"{JOURNAL}.{secrets.token_hex(4)}.unreadable"
    for old in sorted(base.glob(".*.*.old")):
        target = old.with_name(old.name.removeprefix(".").split(".")[0])
        if not target.exists():
            os.rename(old, target)
    os.rename(base / JOURNAL, kept)
    return f"{JOURNAL}, which says what an earlier run was publishing, cannot be read. It is now {kept.name}; hidden folders in {base} were kept."


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
