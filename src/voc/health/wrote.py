"""Survey -> who wrote a comment: how their score differs from the others', and in which languages they wrote."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import babel
import pandas as pd

from voc import display, schema, score, text
from voc.display import Column, Note, Result
from voc.ingest import Survey

SHORTEST = 20  # characters; the language of fewer cannot be told
SURE = 0.9


@dataclass(frozen=True, repr=False)
class Commenters(Result):
    """Those who wrote a comment beside those who did not.

    Attributes:
        wrote: score of those who wrote something that says something.
        silent: score of the others.
        difference: the first minus the second, with its interval.
        non_answers: comments such as "n/a"; their authors count as silent.
        label: which answers.
    """

    wrote: score.Nps
    silent: score.Nps
    difference: score.Change
    non_answers: int
    label: str

    @property
    def headline(self) -> str:
        """Share of comments, and whether what is said in them stands for everybody."""
        n = self.wrote.n + self.silent.n
        start = f"{display.share(self.wrote.n / n)} of customers wrote a comment ({self.label})."
        d = self.difference
        span = display.interval(d.low, d.high)
        match d.verdict:
            case "rose" | "fell" as verb:
                way, sound = ("higher", "better") if verb == "rose" else ("lower", "worse")
                said = f"Their score is {display.points(abs(d.value))} points {way} than the others' ({span})"
                said += f": comments sound {sound} than the whole survey."
            case "stable":
                said = f"Their score is within {display.number(d.margin, 0)} points of the others' ({span}): on the score, they stand for everybody."
            case "nothing to compare":
                said = "There is nobody to compare them with."
            case _:
                said = f"Whether their score differs from the others' cannot be told ({display.change(d.value)} points; {span})."
        return f"{start} {said}"

    def to_frame(self) -> pd.DataFrame:
        """Two rows: `group`, `n`, `share`, `value`, `low`, `high` (points; missing below ten answers)."""
        n = max(self.wrote.n + self.silent.n, 1)
        rows = []
        for words, part in (("Wrote a comment", self.wrote), ("Wrote nothing that says something", self.silent)):
            shown = part.n >= schema.MIN_ANSWERS
            gap = float("nan")
            rows.append(
                {
                    "group": words, "n": part.n, "share": part.n / n, "value": part.value if shown else gap,
                    "low": part.low if shown else gap, "high": part.high if shown else gap,
                }
            )  # fmt: skip
        return pd.DataFrame(rows)

    def _caption(self) -> str:
        return f"Customers with and without a comment, {self.label}"

    def _columns(self) -> list[Column]:
        return [
            Column("group", "Customers who"),
            Column("n", "How many", "count"),
            Column("share", "Share", "share"),
            Column("value", "Score", "points"),
            Column("low", "Low to high", "range", "high"),
        ]


def commenters(survey: Survey) -> Commenters | Note:
    """Compare the scores of those who wrote with the others'; "n/a" and the like count as silence."""
    if not len(survey.answers) or not survey.wrote.any():
        return Note(f"Nobody wrote a comment ({survey.label}).")
    comments = survey.frame["comment"]
    said = {t: t != "" and not text.is_non_answer(t) for t in comments.unique()}
    wrote = comments.map(said).astype(bool)
    scores = survey.answers["score"]
    first, second = score.nps(scores[wrote], label="those who wrote"), score.nps(scores[~wrote], label="the others")
    return Commenters(first, second, score.change(second, first), int((comments != "").sum() - wrote.sum()), survey.label)


@dataclass(frozen=True, repr=False)
class Languages(Result):
    """Languages of the comments.

    Attributes:
        frame: one row per language, most common first: `language` (its English name, or the file's own words), `n`, `share`
            (0..1) of the comments read.
        read: comments whose language could be told.
        short: comments that are too short, or not clear enough, to tell.
        source: "column" when the file says the language, "text" when it was found in the comments.
        label: which answers.
    """

    frame: pd.DataFrame
    read: int
    short: int
    source: str
    label: str

    @property
    def headline(self) -> str:
        """The main language and how many others there are."""
        if self.frame.empty:
            return f"No comment is long enough to tell its language ({self.label})."
        first, others = self.frame.iloc[0], self.frame.iloc[1:]
        words = f"{display.share(first['share'])} of comments are in {first['language']}"
        if len(others):
            second = others.iloc[0]
            words += f", {display.share(second['share'])} in {second['language']}" if second["n"] >= schema.MIN_ANSWERS else ""
        told = display.plural(self.read, "comment")
        words += f" ({told} whose language can be told, {self.label})."
        return words if len(self._shown()) > 1 or not len(others) else f"{words} Other languages: fewer than {schema.MIN_ANSWERS} comments each."

    def to_frame(self) -> pd.DataFrame:
        """One row per language."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return self.frame[self.frame["n"] >= schema.MIN_ANSWERS]

    def _caption(self) -> str:
        return f"Languages with {schema.MIN_ANSWERS} comments and more, {self.label}"

    def _columns(self) -> list[Column]:
        return [Column("language", "Language"), Column("n", "Comments", "count"), Column("share", "Share", "share")]


def languages(survey: Survey) -> Languages | Note:
    """Count the languages of comments: as the mapped `language` column says, or else as py3langid reads comments of 20 characters and more."""
    comments = survey.frame["comment"] if survey.wrote.any() else pd.Series(dtype="str")
    written = comments[comments != ""]
    if written.empty:
        return Note(f"There are no comments whose language could be told ({survey.label}).")
    if schema.LANGUAGE in survey.answers:
        found = survey.answers.loc[written.index, schema.LANGUAGE]
        source = "column"
    else:
        found = written.map({t: _language(t) for t in written.unique()})
        source = "text"
    known = found[found != ""]
    counts = known.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    table = pd.DataFrame({"language": counts.index.astype(str), "n": counts.to_numpy(), "share": counts.to_numpy() / max(len(known), 1)})
    return Languages(table, len(known), len(written) - len(known), source, survey.label)


def _language(comment: str) -> str:
    """A language's English name, or "" when the comment is too short or the answer unsure."""
    if len(comment) < SHORTEST:
        return ""
    code, sure = _identifier().classify(comment)
    return str(babel.Locale("en").languages.get(code, code)) if sure >= SURE else ""


@cache
def _identifier() -> Any:
    from py3langid import langid  # its model is loaded on first use

    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
