"""Where a run keeps its themes for the next one, and what it leaves when it fails: restricted folders, never part of the pack."""

from __future__ import annotations

import re
from pathlib import Path

from voc.schema import VocError, parse_period
from voc.themes.codebook import JSON_NAME

FOLDER = "restricted/themes"
RESPONSES = "restricted/responses"  # who said what, for the people who call and for the customer master
FAILED = "restricted/failed"  # notebooks of runs that were not published
CHANGES = "themes.toml"


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
