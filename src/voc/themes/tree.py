"""Two levels of themes: which sub-theme belongs to which theme, and what each is called."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tree:
    """Sub-themes and the themes that they make up.

    Attributes:
        parent: theme id of each sub-theme; sub-themes are numbered 0 .. len - 1.
        labels: theme id -> name.
        sublabels: sub-theme id -> name.
        hidden: ids of themes that pages leave out.
    """

    parent: tuple[int, ...]
    labels: dict[int, str]
    sublabels: tuple[str, ...]
    hidden: frozenset[int] = frozenset()

    def members(self, theme: int) -> tuple[int, ...]:
        """The sub-themes of a theme."""
        return tuple(s for s, t in enumerate(self.parent) if t == theme)
