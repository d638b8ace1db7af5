"""Themes: what customers talk about: id, name, size, words, quotes, and who mentioned what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voc import display, encode
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_QUOTED, RESPONSE_ID, VocError
from voc.themes import edits, edits_file, model, place, prepare, quotes, tables
from voc.themes.codebook import Codebook
from voc.themes.edits import NO_PLACE, Edit
from voc.themes.graph import Matrix
from voc.themes.quotes import QUOTES, Rule
from voc.themes.tone import COMPLAINT, PRAISE
from voc.themes.tree import Tree

Told = Literal["any", "complaint", "praise"]
Level = Literal["theme", "subtheme"]
SEARCHED = 20
SAME_WORDS = 1.0  # a comment that holds the words searched for comes before all that are only near in meaning


@dataclass(frozen=True)
class Grouped:
    """The texts behind themes, and their vectors.

    Attributes:
        units: n distinct texts that were grouped.
        vectors: (n, d) their unit vectors.
        sub: (n,) their sub-themes.
        parts: m distinct clauses.
        part_vectors: (m, d) their unit vectors.
        spoken: (c, 2) position of the comment and of the distinct clause, for every clause.
    """

    units: tuple[str, ...] = ()
    vectors: Matrix = field(default_factory=lambda: np.empty((0, 0), np.float32))
    sub: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    parts: tuple[str, ...] = ()
    part_vectors: Matrix = field(default_factory=lambda: np.empty((0, 0), np.float32))
    spoken: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 2), np.int64))


@dataclass(frozen=True, repr=False)
class Themes(Result):
    """What customers talk about, at two levels.

    Attributes:
        comments: one row per comment given: `id`, `text`, `kind` ("answer", "praise" or "complaint" for “nothing” in the light of the
            question, "non-answer", "blank"), `customer` (one of its own where none is known), and of its main theme: `theme`, `subtheme`; `weak`
            (no part of it is clearly placed); missing where there is none.
        assignments: one row per part of a comment that speaks of a theme: `comment` (position), `id`, `theme`, `subtheme`, `strength` (share
            0..1 of the say: see `place.place`), `weak` (weakly placed), `closeness` (cosine to the theme's middle), `subcloseness` (to the
            sub-theme's), `complaint` (0..1, missing where it is not known), `start`, `end` (characters), `part` (which distinct clause; missing
            for a unit as a whole), `unit` (which distinct unit).
        table: one row per theme, largest first: `id`, `label`, `size` (comments that mention it), `share` (of the comments that say
            something, 0..1; they add up to more than 1), `named` (share of its texts that the name speaks for; missing where a person chose
            the name), `steady` (how alike it comes back when texts are left out: Jaccard), `grade` ("steady", "fairly steady", "loose",
            "given or new"), `complaint`, `new`, `says`,
            `words`, `quotes`.
        subtable: the same for sub-themes, with `theme`.
        book: the themes as they were found, before any edit; None when there was too little to group.
        edits: an analyst's changes, in order.
        notes: what the page says on top: entries that match nothing any more, and the like.
        source: which encoder and splitter ran.
        languages: share of the comments by language code; "" where it cannot be told.
        tone_accuracy: held-out accuracy of the complaint judgement (0.5 is guessing); nan when it was not made.
        label: which comments.
        things: words that only say what was bought.
        encoder: folder of the sentence encoder; "" for the built-in one.
        grouped: the texts and vectors behind the themes.
    """

    comments: pd.DataFrame
    assignments: pd.DataFrame
    table: pd.DataFrame
    subtable: pd.DataFrame
    book: Codebook | None = None
    edits: tuple[Edit, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""
    languages: dict[str, float] = field(default_factory=dict)
    tone_accuracy: float = float("nan")
    label: str = "all comments"
    things: tuple[str, ...] = ()
    encoder: str = ""
    grouped: Grouped = field(default_factory=Grouped)
    behind_chart = True

    @property
    def key(self) -> str:
        """Content hash of the themes; "" when there are none."""
        return self.book.key if self.book else ""

    @property
    def n(self) -> int:
        """Comments that say something."""
        return int(self.comments["kind"].isin(tables.SAYING).sum())

    @property
    def non_answers(self) -> int:
        """Comments such as "n/a" that say nothing."""
        return int((self.comments["kind"] == "non-answer").sum())

    @property
    def new_ids(self) -> tuple[int, ...]:
        """Themes that are new by the test of the last run."""
        return tuple(int(t) for t in self.table.loc[self.table["new"].astype(bool), "id"])

    @property
    def weakly_placed(self) -> float:
        """Share 0..1 of the comments of which no part has a clear theme that it lies near to."""
        placed = self.comments["weak"].dropna()
        return float(placed.astype(bool).mean()) if len(placed) else float("nan")

    @property
    def headline(self) -> str:
        """How many themes, in how many comments, the largest, and how well comments fit."""
        aside = f" {display.plural(self.non_answers, 'reply', 'replies')} such as “n/a” set aside." if self.non_answers else ""
        if self.table.empty:
            return f"There are too few comments to find themes ({display.plural(self.n, 'comment')}, {self.label}).{aside}"
        top = [f"{row.label} ({display.share(row.share)})" for row in display.rows(self.table.head(3))]
        fit = f" {display.share(self.weakly_placed)} of the comments fit no theme well; they are counted where they fit best."
        return (
            f"{display.plural(len(self.table), 'theme')} in {display.plural(self.n, 'comment')} ({self.label}). "
            f"Most mentioned: {'; '.join(top)}.{fit}{self._nothing()}{aside}{self._other_languages()}"
        )

    def _nothing(self) -> str:
        counts = [(kind, int((self.comments["kind"] == kind).sum())) for kind in ("praise", "complaint")]
        said = {"praise": "had nothing to complain about", "complaint": "had nothing good to say"}
        return "".join(f" {display.plural(n, 'customer')} {said[kind]}." for kind, n in counts if n)

    def _other_languages(self) -> str:
        """The share that is not in the main language, where it is one in a hundred or more."""
        told = {code: share for code, share in self.languages.items() if code}
        total = sum(told.values())
        others = total - max(told.values(), default=0)
        if not total or others / total < 0.01:
            return ""
        return f" {display.share(others / total)} of the comments are not in the main language; their themes rest more on shared words."

    @cached_property
    def topic_model(self) -> Any:
        """The themes as a fitted BERTopic over the units, with everything it offers."""
        parent = self._tree.parent
        known = np.array([parent[s] for s in self.grouped.sub])
        return model.fit(self.grouped.units, self.grouped.vectors, known, encoder=self.encoder)

    @cached_property
    def _tree(self) -> Tree:
        if self.book is None:
            raise VocError(f"there are no themes: {self.headline}")
        return edits.apply_all(self.book.tree, self.edits, self._find)[0] if self.edits else self.book.tree

    def label_of(self, theme: int, level: Level = "theme") -> str:
        """The name of a theme or sub-theme."""
        return str(self._named(theme, level)["label"])

    def _named(self, theme: int, level: Level) -> pd.Series:
        table = self.table if level == "theme" else self.subtable
        found = table[table["id"] == theme]
        if found.empty:
            allowed = ", ".join(f"{row.id} ({row.label})" for row in display.rows(table.head(30)))
            raise VocError(f"there is no {level} {theme}; there are {allowed or 'none'}")
        return found.iloc[0]

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

    def mentions(self, survey: Survey, told: Told = "any", level: Level = "theme") -> pd.DataFrame:
        """Who mentioned what, for those of the survey's customers whose comment says something.

        Args:
            survey: the answers.
            told: "complaint" or "praise" counts only what is told so.
            level: "theme" or "subtheme".

        Returns:
            bool, one row per commenting answer (index of `survey.frame`), one column per theme (or sub-theme) id.
        """
        answered = set(self.comments.loc[self.comments["kind"].isin(tables.SAYING), "id"])
        here = survey.answers[RESPONSE_ID]
        here = here[[i in answered for i in here.tolist()]]  # `isin` of texts takes pandas several times as long
        ids = (self.table if level == "theme" else self.subtable)["id"].tolist()
        pairs = self.told(told)[["id", level]].dropna()
        row = pd.Index(here.to_numpy()).get_indexer(pairs["id"].to_numpy())
        column = pd.Index(ids, dtype="int64").get_indexer(pairs[level].to_numpy(dtype="int64"))
        known = (row >= 0) & (column >= 0)
        values = np.zeros((len(here), len(ids)), dtype=bool)
        values[row[known], column[known]] = True
        return pd.DataFrame(values, index=here.index, columns=ids)

    def quotes(
        self, theme: int | None, ids: Sequence[str] | None = None, *, told: Told = "any", rule: Rule = "typical", most: int = QUOTES
    ) -> pd.DataFrame:
        """Comments that speak for a theme, chosen by a declared rule (see `voc.themes.quotes.choose`).

        Of complaints (or praise) the closeness counts in proportion to how clearly they are told so; the less clear ones are passed over where
        enough others are left.

        Args:
            theme: its id; None takes all themes, each comment as near as it is to the middle of its own.
            ids: only comments of these answers; None takes all.
            told: only what is told as "complaint" or "praise".
            rule: "typical", "random" or "dissenting".
            most: how many.

        Returns:
            `id`, `text`, `start`, `end` (the part of `text` that belongs to the theme), `strength`, `stands_for`; no rows where fewer than 20
            comments mention the theme so, to protect small groups.
        """
        rows = self.told(told)
        rows = rows if theme is None else rows[rows["theme"] == theme]
        if ids is not None:
            rows = rows[rows["id"].isin(set(ids))]
        if told != "any" and self.has_tone:
            rows = rows.assign(clear=rows["complaint"] if told == "complaint" else 1 - rows["complaint"])
            clear = rows[rows["clear"] >= quotes.CLEARLY]
            rows = clear if clear["comment"].nunique() >= MIN_QUOTED else rows
        return quotes.choose(rows, self.comments, rule, most)

    def subthemes(self, theme: int) -> pd.DataFrame:
        """The sub-themes of a theme, largest first: rows of `subtable`."""
        self._named(theme, "theme")
        return self.subtable[self.subtable["theme"] == theme].reset_index(drop=True)

    def drill(self, theme: int, level: Level = "theme") -> pd.DataFrame:
        """Every comment that mentions a theme, strongest first: `id`, `text`, `subtheme`, `part`, `strength`. For the analyst, not for a page."""
        self._named(theme, level)
        rows = self.assignments[self.assignments[level] == theme].sort_values(["strength", "comment"], ascending=[False, True])
        text = self.comments["text"].to_numpy()[rows["comment"]]
        part = [t[a:b] for t, a, b in zip(text, rows["start"], rows["end"], strict=True)]
        sub = rows["subtheme"].map(self.subtable.set_index("id")["label"])
        return pd.DataFrame(
            {"id": rows["id"].to_numpy(), "text": text, "subtheme": sub.to_numpy(), "part": part, "strength": rows["strength"].to_numpy()}
        )

    def place(self, comments: Sequence[str]) -> pd.DataFrame:
        """Where other comments would belong, one row each: `theme`, `subtheme`, `strength`, `weak`. Each is placed as a whole."""
        if self.book is None:
            raise VocError(f"there are no themes: {self.headline}")
        read = [prepare.as_grouped(t, self.things) for t in comments]
        found = place.place(self.book, read, encode.encode(read, encoder=self.encoder))
        parent = np.array(self._tree.parent)
        return pd.DataFrame({"theme": parent[found.sub], "subtheme": found.sub, "strength": found.strength, "weak": found.weak})

    def search(self, words: str, most: int = SEARCHED) -> pd.DataFrame:
        """Comments that hold these words, then those nearest in meaning: `id`, `text`, `theme`, `nearness`. For the analyst, not for a page.

        A comment is as near as its nearest clause; the theme is its main one.
        """
        if not self.grouped.parts:
            return pd.DataFrame(columns=["id", "text", "theme", "nearness"])
        near = self.grouped.part_vectors @ encode.encode([words], encoder=self.encoder)[0]
        comment, part = self.grouped.spoken.T
        best = pd.Series(near[part]).groupby(comment).max()
        rows = self.comments.loc[best.index, ["id", "text", "theme"]].assign(nearness=best)
        folded = words.casefold()
        rows["nearness"] += SAME_WORDS * np.array([folded in t.casefold() for t in rows["text"]])
        rows["theme"] = rows["theme"].map(self.table.set_index("id")["label"])
        return rows.sort_values(["nearness", "id"], ascending=[False, True], ignore_index=True).head(most)

    def rename(self, theme: int, label: str, level: Level = "theme") -> Themes:
        """The same themes with another name for one of them."""
        return self._with(edits.rename(self._examples(theme, level), label, level))

    def merge(self, themes: Sequence[int], label: str = "") -> Themes:
        """Several themes made one."""
        return self._with(edits.merge([self._examples(t, "theme") for t in themes], label))

    def split(self, theme: int) -> Themes:
        """A theme's sub-themes made themes."""
        if len(self._tree.members(theme)) < 2:
            raise VocError(f"“{self.label_of(theme)}” has one sub-theme only; there is nothing to split")
        return self._with(edits.split(self._examples(theme, "theme")))

    def move(self, subtheme: int, to: int) -> Themes:
        """A sub-theme put under another theme."""
        return self._with(edits.move(self._examples(subtheme, "subtheme"), self._examples(to, "theme")))

    def hide(self, theme: int) -> Themes:
        """A theme left out of pages; its comments still count."""
        return self._with(edits.hide(self._examples(theme, "theme")))

    def write_edits(self, path: str | Path) -> None:
        """Write all edits into a `themes.toml`, which a run applies; entries of the file that are there already are kept."""
        edits_file.write(path, self.edits)

    def save(self, folder: str | Path) -> None:
        """Keep the themes for the next run, as JSON and safetensors. "" keeps nothing; nor does a survey without themes."""
        if self.book is not None and str(folder):
            self.book.save(folder)

    def edited(self, changes: Sequence[Edit]) -> Themes:
        """The themes as found with these edits, in order."""
        if self.book is None:
            return self
        tree, notes = edits.apply_all(self.book.tree, changes, self._find)
        return replace(tables.retold(self, tree), edits=tuple(changes), notes=notes)

    def match(self, examples: Sequence[str]) -> tuple[int, str]:
        """The theme in which half or more of some example comments lie; -1 for none, and then why not."""
        return edits.match(self._tree, examples, self._find) if self.book else (NO_PLACE, self.headline)

    def _with(self, edit: Edit) -> Themes:
        alone = self.edited((*self.edits, edit))
        if len(alone.notes) > len(self.notes):
            raise VocError(alone.notes[-1])
        return self.edited(edits.joined(self.edits, (edit,)))

    def _find(self, examples: Sequence[str]) -> NDArray[np.int64]:
        """The sub-theme of each example comment, -1 where it lies too far out to belong to any."""
        if self.book is None:
            return np.full(len(examples), -1)
        read = [prepare.as_grouped(t, self.things) for t in examples]
        found = place.place(self.book, read, encode.encode(read, encoder=self.encoder))
        out = (found.usual < place.FARTHER_THAN) & (self.book.known_as(read) < 0)
        return np.where(out, -1, found.sub)

    def _examples(self, theme: int, level: Level) -> list[str]:
        """Comments by which a theme is found again: short, all of them about it, nearest to its middle."""
        self._named(theme, level)
        rows = self.assignments[self.assignments[level] == theme]
        text = self.comments["text"].to_numpy()
        whole = rows[(rows["end"] - rows["start"]) >= 0.9 * np.array([len(text[c]) for c in rows["comment"]])]
        near = "closeness" if level == "theme" else "subcloseness"
        best = (whole if len(whole) >= edits.EXAMPLES else rows).sort_values([near, "comment"], ascending=[False, True])
        cut = [text[c][a:b] for c, a, b in zip(best["comment"], best["start"], best["end"], strict=True)]
        return list(dict.fromkeys(cut))[: edits.EXAMPLES]

    def to_frame(self) -> pd.DataFrame:
        """One row per theme."""
        return self.table

    def _shown(self) -> pd.DataFrame:
        return self.table.assign(words=self.table["words"].map(lambda items: ", ".join(items[:6])))

    def _repr_html_(self) -> str:
        return (display.render("notes", notes=self.notes) if self.notes else "") + super()._repr_html_()

    def _caption(self) -> str:
        return f"What customers talk about, {self.label}. A comment can mention several themes."

    def _columns(self) -> list[Column]:
        return [
            Column("label", "Theme"),
            Column("size", "Comments", "count"),
            Column("share", "Share", "share"),
            Column("words", "Words"),
            Column("grade", "How steady"),
        ]
