"""Where a run keeps its themes for the next one, and what it leaves when it fails: restricted folders, never part of the pack. What is voc's own."""

from __future__ import annotations

import re
from pathlib import Path

from voc.cohorts.calls import FILE
from voc.report.problems import CannotWrite
from voc.schema import VocError, parse_period
from voc.themes.codebook import ARRAYS_NAME, JSON_NAME

FOLDER = "restricted/themes"
RESPONSES = "restricted/responses"  # who said what, for the people who call and for the customer master
FAILED = "restricted/failed"  # notebooks of runs that were not published
CHANGES = "themes.toml"
REPORT_MARKS = ("run.json",)  # one of these is in every report
SHELF_MARKS = (JSON_NAME, ARRAYS_NAME, FILE)  # and one of these in every folder of a shelf


def shelf_of(title: str, base: str | Path) -> Path:
    """The folder of a survey's themes, by its title: files get a new name every month, the title stays."""
    return Path(base) / (re.sub(r"[^\w]+", "-", title.casefold()).strip("-") or "survey")


def last_before(shelf: Path, month: str | int) -> Path | None:
    """The themes saved last among those of earlier months (or years); None where there are none."""
    start = parse_period(month).start_time
    earlier = []
    for folder in shelf.glob("*"):
        try:
            end = parse_period(folder.name).end_time
        except VocError:
            continue  # not a month's folder
        if end < start and (folder / JSON_NAME).is_file():
            earlier.append((end, folder))
    return max(earlier)[1] if earlier else None


def changes_beside(mapping: Path) -> str:
    """The `themes.toml` beside a mapping, "" where there is none."""
    file = mapping.with_name(CHANGES)
    return str(file.resolve()) if file.is_file() else ""


def refuse_foreign(target: Path, base: Path) -> None:
    """Only what voc itself made is ever replaced.

    Args:
        target: the place of a report, or of a folder of a shelf.
        base: folder of the reports.

    Raises:
        CannotWrite: a folder stands there that holds something, and is none of voc's.
        OSError: it cannot be looked into.
    """
    if not target.is_dir():
        return
    marks, words = (REPORT_MARKS, "report") if target.parent.resolve() == base.resolve() else (SHELF_MARKS, "folder")
    found = sorted(p.name for p in target.iterdir())
    if found and not any((target / mark).is_file() for mark in marks):
        shown = ", ".join(found[:3]) + (" …" if len(found) > 3 else "")
        raise CannotWrite(
            f"{target} is no {words} of voc: it holds {shown}, and no {' or '.join(marks)}. It would be replaced, so nothing was published there; "
            "choose another folder with --out"
        )
