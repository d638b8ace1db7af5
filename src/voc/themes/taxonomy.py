"""An analyst's own list of themes beside the discovered ones: which are the same, which are spread, what the list lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from voc import display
from voc.display import Column, Result
from voc.schema import MIN_ANSWERS, VocError
from voc.themes.result import Themes

MOSTLY = 0.5


@dataclass(frozen=True, repr=False)
class Taxonomy(Result):
    """A given list of themes beside the discovered ones.

    Attributes:
        frame: one row per given theme with ten comments and more, largest first: `given`, `n`, `found` (the discovered theme that most of
            them mention), `share` (0..1 of them that do), `covers` (0..1 of that theme's comments that they are), `verdict`; then one row
            per discovered theme that no given one covers.
        agreement: adjusted Rand index between given and main discovered themes, over comments with one given theme; 0 is chance.
        label: which comments.
    """

    frame: pd.DataFrame
    agreement: float
    label: str

    @property
    def headline(self) -> str:
        """How many given themes were found again, and what the list lacks."""
        if self.frame.empty:
            return f"There are too few coded comments to compare ({self.label})."
        given = self.frame[self.frame["given"] != ""]
        same, part = ((given["verdict"] == v).sum() for v in ("the same", "part of a larger theme"))
        new = self.frame.loc[self.frame["given"] == "", "found"].tolist()
        lacks = f" Not on your list: {display.listed([f'“{name}”' for name in new[:3]])}." if new else ""
        return (
            f"Of your {display.plural(len(given), 'theme')}, {display.count(same)} were found as they are and {display.count(part)} as part of a "
            f"larger theme ({self.label}).{lacks}"
        )

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


def compare(given: Sequence[Sequence[str] | str], themes: Themes) -> Taxonomy:
    """Compare an analyst's coding with the discovered themes.

    Args:
        given: for each of the comments the themes were found in, the analyst's theme or themes; "" or an empty list for none.
        themes: discovered.

    Raises:
        VocError: there is not one coding per comment.
    """
    if len(given) != len(themes.comments):
        raise VocError(f"the coding needs one entry per comment: found {len(given)} for {len(themes.comments)} comments")
    codes = [[g] if isinstance(g, str) else list(g) for g in given]
    pairs = pd.DataFrame([(i, c) for i, row in enumerate(codes) for c in row if c], columns=["comment", "given"]).drop_duplicates()
    found = themes.assignments[["comment", "theme"]].drop_duplicates()
    found = found[found["theme"].isin(themes.table["id"])]
    names, sizes = themes.table.set_index("id")["label"], found["theme"].value_counts()
    joined = pairs.merge(found, on="comment")
    both = pd.crosstab(joined["given"], joined["theme"].astype(int))
    ids = [int(t) for t in both.columns.tolist()]
    rows = []
    for name, n in pairs["given"].value_counts().sort_index().sort_values(ascending=False, kind="stable").items():
        if n < MIN_ANSWERS or name not in both.index:
            continue
        counts = both.loc[str(name)].to_numpy()
        theme, shared = ids[int(counts.argmax())], int(counts.max())
        share, covers = shared / n, shared / int(sizes.loc[theme])
        rows.append({"given": name, "n": int(n), "found": names.loc[theme], "share": share, "covers": covers, "verdict": _verdict(share, covers)})
    taken = {r["found"] for r in rows if r["covers"] >= MOSTLY or r["share"] >= MOSTLY}
    rest = [t for t in themes.table["id"] if names[t] not in taken and sizes.get(t, 0) >= MIN_ANSWERS]
    gap = float("nan")
    rows += [
        {"given": "", "n": int(sizes.loc[t]), "found": names.loc[t], "share": gap, "covers": gap, "verdict": "not on your list"} for t in rest if rows
    ]
    return Taxonomy(pd.DataFrame(rows), _agreement(codes, themes), themes.label)


def _verdict(share: float, covers: float) -> str:
    if share >= MOSTLY:
        return "the same" if covers >= MOSTLY else "part of a larger theme"
    return "one of several that make it up" if covers >= MOSTLY else "spread over several"


def _agreement(codes: list[list[str]], themes: Themes) -> float:
    main = themes.comments["theme"]
    rows = [i for i, row in enumerate(codes) if len(row) == 1 and row[0] and pd.notna(main[i])]
    return float(adjusted_rand_score([codes[i][0] for i in rows], [int(main[i]) for i in rows])) if rows else float(np.nan)
