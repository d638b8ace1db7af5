"""Themes that an analyst gives beforehand. (The lead's place holder while this file is being written.)"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Seed:
    """A given theme."""

    name: str
    description: str = ""
    examples: tuple[str, ...] = ()
