"""An analyst's own list of themes beside the discovered ones: which are the same, which are spread, what the list lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from voc import display
from voc.display import Column, Result
from voc.schema import MIN_ANSWERS, VocError
from voc.themes.result import Themes

MOSTLY = 0.5
FOUND = 0.1  # share of a given theme's comments that its nearest discovered theme must hold for it to count as found at all
NEW = "new to your list"


@dataclass(frozen=True, repr=False)
class Taxonomy(Result):
    """A given list of themes beside the discovered ones.

    Attributes:
        frame: one row per given theme with ten comments and more, largest first: `given`, `n`, `found` (the discovered theme that most of
            them mention), `share` (0..1 of them that do), `covers` (0..1 of that theme's comments that they are), `verdict`; then one row
            per discovered theme with ten comments and more of which fewer than half were given any theme: `given` is "", `share` is
            missing, `covers` is the part that was given one.
        agreement: adjusted Rand index between given and main discovered themes, over comments with one given theme; 0 is chance, 1 the same.
        label: which comments.
        information: adjusted mutual information of the same; 0 is chance, 1 the same.
    """

    frame: pd.DataFrame
    agreement: float
    label: str
    information: float = float("nan")

    @property
    def headline(self) -> str:
        """How many given themes were found again, and what the list lacks."""
        if self.frame.empty:
            return f"There are too few coded comments to compare ({self.label})."
        given = self.frame[self.frame["given"] != ""]
        counts = given["verdict"].value_counts()
        parts = [f"{display.count(n)} {_said(verdict, n)}" for verdict in SAID if (n := int(counts.get(verdict, 0)))]
        new = self.frame.loc[self.frame["given"] == "", "found"].tolist()
        more = f" and {display.count(len(new) - 3)} more" if len(new) > 3 else ""
        named = [f"“{name}”" for name in new[:3]]
        lacks = f" Not on your list: {', '.join(named) + more if more else display.listed(named)}." if new else ""
        if not parts:
            return f"None of your themes has enough comments to compare ({self.label}).{lacks}"
        return f"Of your {display.plural(len(given), 'theme')}, {display.listed(parts)} ({self.label}).{lacks}"

    def to_frame(self) -> pd.DataFrame:
        """One row per given theme, then the discovered ones that no given theme covers."""
        return self.frame

    def _caption(self) -> str:
        return f"Your themes beside those found, {self.label}."

    def _columns(self) -> list[Column]:
        return [
            Column("given", "Your theme"),
            Column("n", "Comments", "count"),
            Column("found", "Theme found"),
            Column("share", "Of yours in it", "share"),
            Column("covers", "Of it in yours", "share"),
            Column("verdict", "Verdict"),
        ]


SAID = {
    "the same": ("was found as it is", "were found as they are"),
    "part of a larger theme": ("is part of a larger theme", "are part of a larger theme"),
    "one of several that make it up": ("holds most of a smaller theme", "hold most of a smaller theme"),
    "spread over several": ("is spread over several", "are spread over several"),
    "not found": ("was not found", "were not found"),
}


def _said(verdict: str, n: int) -> str:
    return SAID[verdict][0 if n == 1 else 1]


def compare(given: Sequence[Sequence[str] | str] | pd.Series | pd.DataFrame, themes: Themes) -> Taxonomy:
    """Compare an analyst's coding with the discovered themes.

    Args:
        given: for each of the comments the themes were found in, in their order, the analyst's theme or themes: a name or a list of names;
            "", missing or an empty list for none. Or a frame of true and false (or 1 and 0) with a column per theme.
        themes: discovered.

    Raises:
        VocError: there is not one coding per comment, or a coding is neither a name nor a list of names.

    Notes:
        With n comments of a given theme, m of the discovered theme that most of them mention, and b in both: share = b / n, covers = b / m.
        Both at least a half: "the same". Only the share: "part of a larger theme". Only covers: "one of several that make it up". Neither:
        "spread over several", or "not found" where the share is below a tenth.
    """
    codes = _codes(given)
    if len(codes) != len(themes.comments):
        raise VocError(f"the coding needs one entry per comment: found {len(codes)} for {len(themes.comments)} comments")
    pairs = pd.DataFrame([(i, c) for i, row in enumerate(codes) for c in row], columns=["comment", "given"]).drop_duplicates()
    found = themes.assignments[["comment", "theme"]].drop_duplicates()
    found = found[found["theme"].isin(themes.table["id"])]
    rows = _rows(pairs, found, themes)
    if len(pairs):
        rows += _lacking(pairs, found, themes)
    agreement, information = _agreement(codes, themes)
    return Taxonomy(pd.DataFrame(rows), agreement, themes.label, information)


def _codes(given: Sequence[Sequence[str] | str] | pd.Series | pd.DataFrame) -> list[list[str]]:
    """The given themes of each comment, by name, in any of the allowed forms."""
    if isinstance(given, pd.DataFrame):
        marks = given.isin([True, False]).to_numpy()
        if not marks.all():
            where = int(np.flatnonzero(~marks.all(axis=1))[0])
            raise VocError(f"a coding by columns must hold true or false (or 1 and 0) only; found something else in row {where}")
        names = [str(c) for c in given.columns]
        return [[name for name, told in zip(names, row, strict=True) if told] for row in given.to_numpy().astype(bool)]
    return [_listed(entry, i) for i, entry in enumerate(given)]


def _listed(entry: object, row: int) -> list[str]:
    """One comment's themes."""
    if entry is None or entry is pd.NA or (isinstance(entry, float) and np.isnan(entry)):
        return []
    names = [entry] if isinstance(entry, str) else list(entry) if isinstance(entry, list | tuple | set | frozenset | np.ndarray) else None
    if names is None or not all(isinstance(n, str) for n in names):
        kind = type(entry).__name__
        raise VocError(f"a coding must be the name of a theme or a list of names, blank for none; found one of kind {kind} in row {row}")
    return sorted({n.strip() for n in names if n.strip()})


def _rows(pairs: pd.DataFrame, found: pd.DataFrame, themes: Themes) -> list[dict[str, object]]:
    """One row per given theme with enough comments."""
    labels, sizes = themes.table.set_index("id")["label"], found["theme"].value_counts()
    rows: list[dict[str, object]] = []
    for name, n in pairs["given"].value_counts().sort_index().sort_values(ascending=False, kind="stable").items():
        if n < MIN_ANSWERS:
            continue
        mine = found["theme"][found["comment"].isin(pairs.loc[pairs["given"] == name, "comment"])].value_counts()
        shared = int(mine.max()) if len(mine) else 0
        theme = min(mine.index[mine == shared], default=None)
        share, covers = shared / int(n), shared / int(sizes[theme]) if theme is not None else 0.0
        verdict = _verdict(share, covers)
        lost = verdict == "not found"
        rows.append(
            {
                "given": name,
                "n": int(n),
                "found": "" if lost or theme is None else labels[theme],
                "share": share,
                "covers": covers,
                "verdict": verdict,
            }
        )
    return rows


def _lacking(pairs: pd.DataFrame, found: pd.DataFrame, themes: Themes) -> list[dict[str, object]]:
    """One row per discovered theme of which fewer than half of the comments were given any theme."""
    given = found["comment"].isin(pairs["comment"]).groupby(found["theme"]).agg(["size", "mean"])
    labels = themes.table.set_index("id")["label"]
    rest = [t for t in themes.table["id"] if t in given.index and given.loc[t, "size"] >= MIN_ANSWERS and given.loc[t, "mean"] < MOSTLY]
    return [
        {
            "given": "",
            "n": int(given.loc[t, "size"]),
            "found": labels[t],
            "share": float("nan"),
            "covers": float(given.loc[t, "mean"]),
            "verdict": NEW,
        }
        for t in rest
    ]


def _verdict(share: float, covers: float) -> str:
    if share >= MOSTLY:
        return "the same" if covers >= MOSTLY else "part of a larger theme"
    if covers >= MOSTLY:
        return "one of several that make it up"
    return "spread over several" if share >= FOUND else "not found"


def _agreement(codes: list[list[str]], themes: Themes) -> tuple[float, float]:
    """Adjusted Rand index and adjusted mutual information over comments with one given theme and a main discovered one."""
    main = themes.comments["theme"].tolist()
    both = [(row[0], int(theme)) for row, theme in zip(codes, main, strict=True) if len(row) == 1 and pd.notna(theme)]
    if not both:
        return float("nan"), float("nan")
    given, found = zip(*both, strict=True)
    return float(adjusted_rand_score(given, found)), float(adjusted_mutual_info_score(given, found))
