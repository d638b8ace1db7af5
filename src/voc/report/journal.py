"""Moves <-> a small file that says how far a run came with them, so that the next command knows what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from voc.report.moves import Move, sync

NAME = ".journal.json"
PART = f"{NAME}.part"
Stage = Literal["gathering", "moving", "clearing"]
PLACES = ("target", "fresh", "aside")


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
    """Written beside and renamed, so that there is a whole one or none. Places are noted as seen from the base, which may be mounted elsewhere."""
    noted = [{"new": m.new, "old": m.old, **{name: _seen_from(base, getattr(m, name)) for name in PLACES}} for m in moves]
    part = base / PART
    part.write_text(json.dumps({"stage": stage, "moves": noted}, indent=1), encoding="utf-8")
    sync(part)
    os.replace(part, base / NAME)
    sync(base)


def read(base: Path) -> Journal | None:
    """The journal that stands; None where there is none.

    Raises:
        ValueError: it cannot be read.
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
    return Journal(noted["stage"], moves)


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
