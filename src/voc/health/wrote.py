"""Survey -> who wrote a comment: how their score differs from the others', and in which languages they wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import babel
import pandas as pd

from voc import display, schema, score, text
from voc.display import Column, Note, Result
from voc.ingest import Survey

SURE = 0.9  # stricter than elsewhere: a page names these languages
NO_QUESTION = "The survey has no open question, so {what} cannot be said."
_CODE = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]+)*")  # "en", "en-GB", "zh_Hans_CN"
_NO_LANGUAGE = ("und", "zxx", "na")  # codes for "not known" and "no language"


@dataclass(frozen=True, repr=False)
class Commenters(Result):
    """Those who wrote a comment beside those who did not.

    Attributes:
        wrote: score of those who wrote something that says something.
        silent: score of the others.
        difference: the first minus the second, with its interval; pages show it when both groups have ten answers and more.
        non_answers: comments such as "n/a"; their authors count as silent.
        label: which answers.
    """

    wrote: score.Nps
    silent: score.Nps
    difference: score.Change
    non_answers: int
    label: str

    @property
    def matters(self) -> bool:
        """Comments sound better or worse than the whole survey, and both groups are large enough to say so."""
        return self.difference.verdict in ("rose", "fell") and min(self.wrote.n, self.silent.n) >= schema.MIN_ANSWERS

    @property
    def compared(self) -> str:
        """Whether what is said in comments stands for everybody."""
        if one := self._one_group():
            return one
        d, span = self.difference, display.interval(self.difference.low, self.difference.high)
        if few := [words for part, words in ((self.wrote, "wrote"), (self.silent, "did not write")) if part.n < schema.MIN_ANSWERS]:
            missing = display.listed([f"fewer than {schema.MIN_ANSWERS} {words}" for words in few])
            return f"Whether the score of those who wrote differs from the others' cannot be told: {missing}."
        match d.verdict:
            case "rose" | "fell" as verb:
                way, sound = ("higher", "better") if verb == "rose" else ("lower", "worse")
                said = f"The score of those who wrote is {display.points(abs(d.value))} points {way} than the others' ({span})"
                return f"{said}: comments sound {sound} than the whole survey."
            case "stable":
                near = f"within {display.number(d.margin, 0)} points of the others' ({span})"
                return f"The score of those who wrote is {near}: on the score, they stand for everybody."
            case _:
                found = f"({display.change(d.value)} points; {span})"
                return f"Whether the score of those who wrote differs from the others' cannot be told {found}."

    @property
    def headline(self) -> str:
        """Share of comments, and whether what is said in them stands for everybody."""
        if one := self._one_group(f" ({self.label})"):
            return one
        n = self.wrote.n + self.silent.n
        wrote = f"{display.share(self.wrote.n / n)} of" if n >= schema.MIN_ANSWERS else f"{display.count(self.wrote.n)} of {display.count(n)}"
        return f"{wrote} answers came with a comment ({self.label}). {self.compared}"

    def _one_group(self, label: str = "") -> str:
        """A sentence where all wrote or nobody did; "" where there are two groups."""
        if not self.wrote.n:
            empty = f"; {display.count(self.non_answers)} wrote only “n/a” or the like" if self.non_answers else ""
            return f"No answer came with a comment{label}{empty}."
        if not self.silent.n:
            what = "The only answer" if self.wrote.n == 1 else f"All {display.count(self.wrote.n)} answers"
            return f"{what} came with a comment{label}, so there is nobody to compare them with."
        return ""

    def to_frame(self) -> pd.DataFrame:
        """Two rows: `group`, `n`, `share`, `value`, `low`, `high` (points; missing below ten answers)."""
        gap = float("nan")
        n = self.wrote.n + self.silent.n
        base = n if n >= schema.MIN_ANSWERS else gap
        rows = []
        for words, part in (("Wrote a comment", self.wrote), ("Wrote nothing, or only “n/a”", self.silent)):
            shown = part.n >= schema.MIN_ANSWERS
            rows.append(
                {
                    "group": words, "n": part.n, "share": part.n / base, "value": part.value if shown else gap,
                    "low": part.low if shown else gap, "high": part.high if shown else gap,
                }
            )  # fmt: skip
        return pd.DataFrame(rows)

    def _caption(self) -> str:
        return f"Answers with and without a comment, {self.label}"

    def _columns(self) -> list[Column]:
        return [
            Column("group", "Answers of customers who"),
            Column("n", "How many", "count"),
            Column("share", "Share", "share"),
            Column("value", "Score", "points"),
            Column("low", "Low to high", "range", "high"),
        ]


def commenters(survey: Survey) -> Commenters | Note:
    """Compare the scores of those who wrote with the others'; "n/a" and the like count as silence.

    Ranges allow for customers who answered more than once on one side, not for those who did on both.
    """
    if not survey.open_question:
        return Note(NO_QUESTION.format(what="whether comments sound like the whole survey"))
    if not len(survey.answers) or not survey.wrote.any():
        return Note(f"Nobody wrote a comment ({survey.label}).")
    comments = survey.frame["comment"]
    said = {t: t != "" and not text.is_non_answer(t) for t in comments.unique()}
    wrote = comments.map(said).astype(bool)
    scores = survey.answers[[c for c in (schema.SCORE, schema.CUSTOMER) if c in survey.answers]]
    first, second = score.nps(scores[wrote], label="those who wrote"), score.nps(scores[~wrote], label="the others")
    return Commenters(first, second, score.change(second, first), int((comments != "").sum() - wrote.sum()), survey.label)


@dataclass(frozen=True, repr=False)
class Languages(Result):
    """Languages of the comments; "n/a" and the like are no comments.

    Attributes:
        frame: one row per language, most common first: `language` (its English name, or the file's own word), `n`, `share`
            (0..1) of the comments read. Pages show those with ten comments and more.
        read: comments whose language could be told.
        short: comments that are too short or not clear enough to tell, or whose language the file does not say.
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
        """The main languages, and for how many of all comments they could be told."""
        if self.frame.empty:
            why = "No comment is long enough to tell its language" if self.source == "text" else "The file says the language of no comment"
            return f"{why} ({self.label})."
        rest = "are too short or unclear" if self.source == "text" else "have no language in the file"
        told = f"{display.count(self.read)} of {display.plural(self.read + self.short, 'comment')}"
        base = f"({told}{f'; the others {rest}' if self.short else ''}; {self.label})"
        shown = self._shown()
        if shown.empty:
            return f"No language has {schema.MIN_ANSWERS} comments or more {base}."
        first, others = shown.iloc[0], shown.iloc[1:2]
        words = f"{display.share(first['share'])} of the comments whose language can be told are in {first['language']}"
        words += "".join(f", {display.share(o.share)} in {o.language}" for o in display.rows(others))
        small = f" Other languages have fewer than {schema.MIN_ANSWERS} comments each." if len(self.frame) > len(shown) else ""
        return f"{words} {base}.{small}"

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
    if not survey.open_question:
        return Note(NO_QUESTION.format(what="in which languages customers write"))
    comments = survey.frame["comment"] if survey.wrote.any() else pd.Series(dtype="str")
    written = comments[comments.map({t: t != "" and not text.is_non_answer(t) for t in comments.unique()}).astype(bool)]
    if written.empty:
        return Note(f"There are no comments whose language could be told ({survey.label}).")
    if schema.LANGUAGE in survey.answers:
        found, source = _declared(survey.answers.loc[written.index, schema.LANGUAGE]), "column"
    else:
        found, source = written.map({t: _language(t) for t in written.unique()}), "text"
    known = found[found != ""]
    counts = known.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    table = pd.DataFrame({"language": counts.index.astype(str), "n": counts.to_numpy(), "share": counts.to_numpy() / max(len(known), 1)})
    return Languages(table, len(known), len(written) - len(known), source, survey.label)


def _declared(found: pd.Series) -> pd.Series:
    """Languages as the file names them: codes by their English names, other words in their commonest spelling."""
    english = {name.casefold(): name for name in _english().values()}
    names: dict[str, str] = {}
    for word in found.value_counts().sort_index().sort_values(ascending=False, kind="stable").index:
        plain = str(word).strip()
        code = _CODE.fullmatch(plain.casefold())
        name = "" if code and code[1] in _NO_LANGUAGE else _english().get(code[1], plain) if code else plain
        names.setdefault(plain.casefold(), english.get(name.casefold(), name))
    return found.str.strip().str.casefold().map(names)


def _language(comment: str) -> str:
    """A language's English name, or "" when it cannot be told."""
    code = text.language(comment, sure=SURE)
    return _english().get(code, code)


@cache
def _english() -> dict[str, str]:
    """Language code -> English name."""
    return {str(code): str(name) for code, name in babel.Locale("en").languages.items()}
