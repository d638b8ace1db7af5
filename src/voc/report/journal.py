"""Moves <-> a small file that says how far a run came with them, so that the next command knows what to do."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from voc.report import shelf
from voc.report.moves import Move, sync

NAME = ".journal.json"
PART = f"{NAME}.part"
Stage = Literal["gathering", "moving", "clearing"]
PLACES = ("target", "fresh", "aside")
PERIOD = r"\d{4}(-\d\d)?"  # names of months and years


@dataclass(frozen=True)
class Journal:
    """How far a run came.

    Attributes:
        stage: "gathering": the new folders come beside their targets, and what came is removed again after a stop; "moving": they go to
            their targets, and that is completed after a stop; "clearing": they all stand, what they replaced is removed.
        moves: of all folders.
    """

    stage: Stage
    moves: tuple[Move, ...]


def write(base: Path, stage: Stage, moves: Sequence[Move]) -> None:
    """Written beside and renamed, so that there is a whole one or none. Places are noted as seen from the base, which may be mounted elsewhere.

    Raises:
        OSError: the system refuses it.
        ValueError: a place is none that voc publishes into.
    """
    check(base, moves)
    noted = [{"new": m.new, "old": m.old, **{name: _seen_from(base, getattr(m, name)) for name in PLACES}} for m in moves]
    part = base / PART
    part.write_text(json.dumps({"stage": stage, "moves": noted}, indent=1), encoding="utf-8")
    sync(part)
    os.replace(part, base / NAME)
    sync(base)


def read(base: Path) -> Journal | None:
    """The journal that stands; None where there is none.

    Raises:
        ValueError: it cannot be read, or names a place that voc does not make.
    """
    try:
        noted = json.loads((base / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    try:
        moves = tuple(Move(new=int(m["new"]), old=int(m["old"]), **{name: base / m[name] for name in PLACES}) for m in noted["moves"])
        if noted["stage"] not in get_args(Stage):
            raise ValueError(noted["stage"])
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from None
    check(base, moves)
    return Journal(noted["stage"], moves)


def check(base: Path, moves: Sequence[Move]) -> None:
    """Refuse places that voc does not make: what a journal names is moved and removed.

    Raises:
        ValueError: naming the first one.
    """
    for move in moves:
        hidden = re.fullmatch(rf"\.{re.escape(move.target.name)}\.([0-9a-f]+)\.new", move.fresh.name)
        beside = move.fresh.parent == move.aside.parent == move.target.parent
        if not (re.fullmatch(PERIOD, move.target.name) and hidden and move.aside.name == f".{move.target.name}.{hidden[1]}.old"):
            raise ValueError(f"it names {move.target.name}, {move.fresh.name} and {move.aside.name}, which voc does not use together")
        if not beside or not _publishes_into(base.resolve(), move.target.parent.resolve()):
            raise ValueError(f"it names {move.fresh}, and voc publishes into no such folder")


def _publishes_into(base: Path, folder: Path) -> bool:
    """Whether it is the reports' folder, or a survey's folder on one of the shelves beside it, which may be a link."""
    shelves = [base.parent / name for name in (shelf.FOLDER, shelf.RESPONSES)]
    links = (link.resolve() for root in shelves for link in root.glob("*") if link.is_symlink())
    return folder == base or folder.parent in [root.resolve() for root in shelves] or folder in links


def drop(base: Path) -> None:
    """Forget the journal. Should it come back after a power cut, what it says is done already."""
    for name in (PART, NAME):
        (base / name).unlink(missing_ok=True)
    with suppress(OSError):
        sync(base)


def _seen_from(base: Path, path: Path) -> str:
    try:
        return os.path.relpath(path, base)
    except ValueError:  # another drive of Windows
        return str(path)
