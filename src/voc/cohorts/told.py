"""Themes + two groups -> the same theme told by both, with quotes side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display
from voc.cohorts.groups import Group, many, sides
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import COHORTS, MIN_QUOTED, RESPONSE_ID
from voc.themes import Themes, Told

MOST_THEMES = 6
QUOTED = 2
TONES: dict[str, Told] = {"promoter": "praise", "detractor": "complaint"}


@dataclass(frozen=True, repr=False)
class ToldApart(Result):
    """The same theme, told by two groups.

    Attributes:
        frame: one row per theme that 20 and more answers of each group mention, the most mentioned first: `id`, `label`, `n_first`, `n_second`
            (answers that mention it), `complaint_first`, `complaint_second` (share 0..1 of them told as a complaint; missing where tone was not
            judged), `quotes_first`, `quotes_second` (tuples of str).
        first: name of the first group.
        second: name of the second group.
        label: which answers.
    """

    frame: pd.DataFrame
    first: str
    second: str
    label: str

    @property
    def headline(self) -> str:
        """Where both mention the same and mean different things."""
        if self.frame.empty:
            return f"No theme is mentioned by {MIN_QUOTED} and more of both {many(self.first)} and {many(self.second)} ({self.label})."
        known = self.frame.dropna(subset=["complaint_first", "complaint_second"])
        if known.empty:
            return f"{display.plural(len(self.frame), 'theme')} that {many(self.first)} and {many(self.second)} both mention ({self.label})."
        top = known.iloc[int((known["complaint_second"] - known["complaint_first"]).abs().to_numpy().argmax())]
        said = [f"of {many(g)} {display.share(top[f'complaint_{s}'])}" for g, s in ((self.first, "first"), (self.second, "second"))]
        return (
            f"Told most differently: “{top['label']}”. Of those who mention it, {said[0]} complain and {said[1]} ({self.label}; tone is learned "
            f"from the scores, so some of this is built in)."
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per theme."""
        return self.frame

    def _columns(self) -> list[Column]:
        return []

    def _repr_html_(self) -> str:
        blocks = [
            display.render(
                "sides", title=r.label,
                sides=[
                    {"name": f"{many(name).capitalize()} ({display.plural(n, 'answer')})", "quotes": quotes}
                    for name, n, quotes in ((self.first, r.n_first, r.quotes_first), (self.second, r.n_second, r.quotes_second))
                ],
            )
            for r in display.rows(self.frame)
        ]  # fmt: skip
        return display.headline(self.headline) + "".join(blocks)


def told_apart(survey: Survey, themes: Themes, *, first: Group = "promoter", second: Group = "detractor") -> ToldApart:
    """Quotes of both groups on the same themes, chosen by the rule "typical": of promoters in praise, of detractors in complaint.

    Args:
        survey: the answers.
        themes: found on comments that include the survey's.
        first: a band, columns with values, or a Survey whose answers are among these.
        second: the same, or "others".

    Raises:
        VocError: a group is unknown, empty, or shares answers with the other.
    """
    both = sides(survey, first, second)
    mentions = themes.mentions(survey)
    at = survey.answers.index.get_indexer(mentions.index)
    said = mentions.to_numpy()
    counts = [said[side.rows[at]].sum(axis=0) for side in both]
    enough = [int(i) for i in np.argsort(-np.minimum(*counts), kind="stable") if min(counts[0][i], counts[1][i]) >= MIN_QUOTED]
    ids = [survey.answers.loc[side.rows, RESPONSE_ID].tolist() for side in both]
    tone = themes.assignments.groupby(["id", "theme"])["complaint"].mean()
    rows = []
    for i in enough[:MOST_THEMES]:
        theme = int(mentions.columns[i])
        row: dict[str, object] = {"id": theme, "label": themes.label_of(theme), "n_first": int(counts[0][i]), "n_second": int(counts[1][i])}
        for name, side, own in zip(("first", "second"), both, ids, strict=True):
            told = TONES.get(side.name, "any") if side.name in COHORTS else "any"
            row[f"quotes_{name}"] = _quotes(themes, theme, own, told)
            mine = tone[tone.index.get_level_values("theme") == theme].droplevel("theme").reindex(own).dropna()
            row[f"complaint_{name}"] = float((mine >= 0.5).mean()) if len(mine) else float("nan")
        rows.append(row)
    return ToldApart(pd.DataFrame(rows), both[0].name, both[1].name, survey.label)


def _quotes(themes: Themes, theme: int, ids: Sequence[str], told: Told) -> tuple[str, ...]:
    """Typical quotes in a tone; in any, where too few tell it so."""
    chosen = themes.quotes(theme, ids, told=told, most=QUOTED)
    chosen = chosen if len(chosen) else themes.quotes(theme, ids, most=QUOTED)
    return tuple(display.quoted(str(t)) for t in chosen["text"])
