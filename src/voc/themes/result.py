"""Themes: what customers talk about: id, name, size, words, quotes, and who mentioned what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from voc import display
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_QUOTED, RESPONSE_ID
from voc.themes import model
from voc.themes.graph import Matrix
from voc.themes.tone import COMPLAINT, PRAISE

QUOTES = 3
SHORTEST_QUOTE, LONGEST_QUOTE = 30, 300
WHOLE_UP_TO = 200  # characters; of longer comments a quote shows the part that belongs to the theme

Told = Literal["any", "complaint", "praise"]


@dataclass(frozen=True, repr=False)
class Themes(Result):
    """What customers talk about.

    Attributes:
        comments: one row per comment given: `id`, `text`, `kind` ("answer", "non-answer", "blank").
        assignments: one row per part of a comment: `comment` (position), `id`, `theme`, `subtheme` (missing until themes
            have a second level), `strength` (cosine to the theme's middle, -1..1), `start`, `end` (characters).
        table: one row per theme, largest first: `id`, `label`, `size` (comments that mention it), `share` (of the
            comments that say something, 0..1; they add up to more than 1), `named` (share of its parts that use one of its words, 0..1: how
            well the name fits), `words`, `quotes` (closest to the theme's middle).
        key: content hash of what was grouped and how; "" when there was too little to group.
        source: which encoder and splitter ran.
        tone_accuracy: held-out accuracy of the complaint judgement (0.5 is guessing); nan when it was not made.
        label: which comments.
    """

    comments: pd.DataFrame
    assignments: pd.DataFrame
    table: pd.DataFrame
    key: str = ""
    source: str = ""
    label: str = "all comments"
    resolution: float = 1.0
    tone_accuracy: float = float("nan")
    _units: tuple[str, ...] = field(default=())
    _vectors: Matrix = field(default_factory=lambda: np.empty((0, 0), np.float32))

    @property
    def n(self) -> int:
        """Comments that say something."""
        return int((self.comments["kind"] == "answer").sum())

    @property
    def non_answers(self) -> int:
        """Comments such as "n/a" that say nothing."""
        return int((self.comments["kind"] == "non-answer").sum())

    @property
    def headline(self) -> str:
        """How many themes, in how many comments, and the largest."""
        aside = f" {display.plural(self.non_answers, 'reply', 'replies')} such as “n/a” set aside." if self.non_answers else ""
        if self.table.empty:
            return f"There are too few comments to find themes ({display.plural(self.n, 'comment')}, {self.label}).{aside}"
        top = [f"{row.label} ({display.share(row.share)})" for row in display.rows(self.table.head(3))]
        return (
            f"{display.plural(len(self.table), 'theme')} in {display.plural(self.n, 'comment')} ({self.label}). "
            f"Most mentioned: {'; '.join(top)}.{aside}"
        )

    @cached_property
    def topic_model(self) -> Any:
        """The fitted BERTopic with everything it offers; fitted again when the themes came from the cache."""
        return model.fit(self._units, self._vectors, resolution=self.resolution)

    def label_of(self, theme: int) -> str:
        """The name of a theme."""
        return str(self.table.set_index("id").loc[theme, "label"])

    @property
    def has_tone(self) -> bool:
        """Whether complaint and praise can be told apart here."""
        return bool(self.assignments["complaint"].notna().any())

    def told(self, tone: Told = "any") -> pd.DataFrame:
        """The assignments told in a tone; all of them where tone could not be judged."""
        if tone == "any" or not self.has_tone:
            return self.assignments
        chance = self.assignments["complaint"]
        return self.assignments[chance >= COMPLAINT if tone == "complaint" else chance <= PRAISE]

    def mentions(self, survey: Survey, told: Told = "any") -> pd.DataFrame:
        """Who mentioned what, for those of the survey's customers whose comment was grouped.

        Args:
            survey: the answers.
            told: "complaint" or "praise" counts only what is told so.

        Returns:
            bool, one row per commenting answer (index of `survey.frame`), one column per theme id.
        """
        answered = set(self.comments.loc[self.comments["kind"] == "answer", "id"])
        here = survey.answers[RESPONSE_ID]
        here = here[here.isin(answered)]
        table = pd.DataFrame(False, index=here.index, columns=self.table["id"].tolist())
        pairs = self.told(told)[["id", "theme"]].drop_duplicates().dropna()
        row_of = pd.Series(np.arange(len(here)), index=here.to_numpy())
        pairs = pairs[pairs["id"].isin(row_of.index)]
        values = table.to_numpy(copy=True)
        columns = {theme: i for i, theme in enumerate(table.columns)}
        if len(pairs):
            values[row_of.loc[pairs["id"]].to_numpy(), pairs["theme"].map(columns).to_numpy()] = True
        return pd.DataFrame(values, index=here.index, columns=table.columns)

    def quotes(self, theme: int, ids: Sequence[str] | None = None, *, told: Told = "any", most: int = QUOTES) -> pd.DataFrame:
        """The comments closest to a theme's middle, each text once: the rule by which quotes are chosen.

        Of complaints (or praise) the closeness counts in proportion to how clearly they are told so.

        Args:
            theme: its id.
            ids: only comments of these answers; None takes all.
            told: only what is told as "complaint" or "praise".
            most: how many.

        Returns:
            `id`, `text` (of a long comment the part that belongs to the theme, between dots), `strength`; no rows where fewer than 20
            comments mention the theme so, to protect small groups.
        """
        rows = self.told(told)
        rows = rows[rows["theme"] == theme]
        if ids is not None:
            rows = rows[rows["id"].isin(set(ids))]
        if rows["comment"].nunique() < MIN_QUOTED:
            return pd.DataFrame(columns=["id", "text", "strength"])
        rows = rows.assign(strength=rows["strength"] * self._clarity(rows, told))
        best = rows.sort_values(["strength", "comment"], ascending=[False, True]).drop_duplicates("comment")
        whole = self.comments["text"].to_numpy()[best["comment"]]
        cut = zip(whole, best["start"], best["end"], strict=True)
        best = best.assign(text=[_part(t, a, b) for t, a, b in cut])
        fit = best[best["text"].str.len().between(SHORTEST_QUOTE, LONGEST_QUOTE)]
        fit = fit if fit["text"].nunique() >= most else best
        ordered = fit.sort_values(["strength", "text", "id"], ascending=[False, True, True])
        return ordered.drop_duplicates("text")[["id", "text", "strength"]].head(most).reset_index(drop=True)

    def _clarity(self, rows: pd.DataFrame, told: Told) -> pd.Series | float:
        """How clearly each part is told in the wanted tone, 0..1."""
        if told == "any" or not self.has_tone:
            return 1.0
        return rows["complaint"] if told == "complaint" else 1 - rows["complaint"]

    def to_frame(self) -> pd.DataFrame:
        """One row per theme."""
        return self.table

    def _shown(self) -> pd.DataFrame:
        joined = {name: self.table[name].map(lambda items: ", ".join(items[:6])) for name in ("words",)}
        quote = self.table["quotes"].map(lambda q: display.quoted(q[0], longest=160) if q else "")
        return self.table.assign(**joined, quote=quote)

    def _caption(self) -> str:
        return f"What customers talk about, {self.label}. A comment can mention several themes."

    def _columns(self) -> list[Column]:
        return [
            Column("label", "Theme"),
            Column("size", "Comments", "count"),
            Column("share", "Share", "share"),
            Column("words", "Words"),
            Column("quote", "Typical comment"),
        ]


def _part(text: str, start: int, end: int) -> str:
    """A short comment whole; of a long one the part, with dots where something was left out."""
    if len(text) <= WHOLE_UP_TO:
        return text
    return ("… " if start > 0 else "") + text[start:end] + (" …" if end < len(text) else "")
