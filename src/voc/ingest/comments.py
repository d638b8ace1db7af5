"""Comments as typed -> comments that anybody may read: cleaned and redacted once per distinct text, and only when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from voc import text
from voc.ingest.formats.grid import text_array


class Comments:
    """The distinct comments of one file. What was typed never leaves this object.

    Rows refer to a comment by its code, its place in the list; 0 is "no comment".
    """

    def __init__(self, typed: list[str]) -> None:
        """Hold the distinct comments; the first is ""."""
        self._typed = typed
        self._safe: dict[int, str] = {}
        self._hidden: dict[int, tuple[str, ...]] = {}

    def __getstate__(self) -> dict[str, object]:
        """What is stored or copied is redacted: a pickled survey must not hold what was typed."""
        self._redact(range(len(self._typed)))
        return {"_typed": [self._safe[c] for c in range(len(self._typed))], "_safe": self._safe, "_hidden": self._hidden}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def safe(self, codes: np.ndarray) -> pd.Series:
        """The comments of some rows, (n,) text: normalised and redacted; "" where nothing was written."""
        wanted = np.unique(codes)
        self._redact(int(c) for c in wanted)
        texts = text_array([self._safe[int(c)] for c in wanted])
        return pd.Series(texts.take(np.searchsorted(wanted, codes)))

    def hidden(self, codes: np.ndarray) -> dict[str, int]:
        """How many of some rows' comments had something hidden, by what it was: {"EMAIL": 3}."""
        self._redact(int(c) for c in np.unique(codes))
        counts: dict[str, int] = {}
        for code, n in zip(*np.unique(codes, return_counts=True), strict=True):
            for kind in self._hidden.get(int(code), ()):
                counts[kind] = counts.get(kind, 0) + int(n)
        return {kind: counts[kind] for kind in text.KINDS if kind in counts}

    def _redact(self, codes: Iterable[int]) -> None:
        new = [c for c in codes if c not in self._safe]
        clean = [text.normalise(self._typed[c]) for c in new]
        for code, before, after in zip(new, clean, text.redact_all(clean), strict=True):
            self._safe[code] = after
            if after != before:
                self._hidden[code] = tuple(k for k in text.KINDS if after.count(f"[{k}]") > before.count(f"[{k}]"))
