"""A folder of finished pages -> the published folder, moved into place as a whole."""

from __future__ import annotations

import shutil
from pathlib import Path


def swap(finished: Path, target: Path) -> None:
    """Put a finished folder in the place of the target; the old one is kept aside until the new one stands.

    Args:
        finished: on the same file system as the target.
        target: the published folder; need not exist.
    """
    aside = target.with_name(f".{target.name}.previous")
    if aside.exists() and not target.exists():
        aside.rename(target)  # an earlier run was stopped between its two renames
    if aside.exists():
        shutil.rmtree(aside)
    if target.exists():
        target.rename(aside)
    try:
        finished.rename(target)
    except OSError:
        if aside.exists():
            aside.rename(target)
        raise
    if aside.exists():
        shutil.rmtree(aside)
