"""The survey contract: canonical columns, scales, the three bands, periods, and the one error voc raises at its users."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

Cohort = Literal["promoter", "passive", "detractor"]
COHORTS: tuple[Cohort, ...] = ("detractor", "passive", "promoter")

# Canonical columns of Survey.frame; ratings and segments follow under their own names.
ROW = "row"
RESPONSE_ID = "response_id"
CUSTOMER = "customer"
DATE = "date"
TOUCHPOINT = "touchpoint"
SCORE = "score"
COMMENT = "comment"
CONSENT = "consent"
REVENUE = "revenue"
WEIGHT = "weight"
LANGUAGE = "language"
DURATION = "duration"
STATUS = "status"
FINISHED = "finished"
RECOMMENDED = "recommended"
TEXT_COLUMNS = (RESPONSE_ID, CUSTOMER, TOUCHPOINT, CONSENT, LANGUAGE)
NUMBER_COLUMNS = (REVENUE, WEIGHT, DURATION)
# Read to judge rows and scores; they do not become columns of the survey.
CHECK_COLUMNS = (STATUS, FINISHED, RECOMMENDED)
OPTIONAL_COLUMNS = (*TEXT_COLUMNS, COMMENT, *NUMBER_COLUMNS, *CHECK_COLUMNS)
RESERVED = (ROW, DATE, SCORE, "cohort", *OPTIONAL_COLUMNS)

# Published pages hide groups smaller than these (design: a score needs 10 answers, quotes more).
MIN_ANSWERS = 10
MIN_QUOTED = 20


LONGEST_SENTENCE = 1_500


class VocError(Exception):
    """A sentence for the user: what is wrong, what was found, what is allowed, and where. Never longer than a screen.

    Attributes:
        exit_code: of the command that ends with it; 2 says that the input cannot be used.
    """

    exit_code = 2

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence if len(sentence) <= LONGEST_SENTENCE else f"{sentence[:LONGEST_SENTENCE]} …")


@dataclass(frozen=True)
class Scale:
    """An answer scale, declared by the analyst and never inferred from the answers that occur.

    Attributes:
        low: smallest allowed answer, a whole number.
        high: largest allowed answer, a whole number.
        not_applicable: exact cell texts that mean "does not apply" or "blank".
        labels: cell text -> answer, for exports that hold words instead of numbers.
        reversed: the lowest number is the best answer; answers are turned round (low + high - answer) when read.
    """

    low: int
    high: int
    not_applicable: tuple[str, ...] = ()
    labels: dict[str, int] = field(default_factory=dict)
    reversed: bool = False

    @property
    def allowed(self) -> str:
        """The scale in words, for messages: "1-5"."""
        return f"{self.low}-{self.high}"


@dataclass(frozen=True)
class Question:
    """One scored question: its canonical name, source column, wording and scale."""

    name: str
    column: str
    wording: str
    scale: Scale


@dataclass(frozen=True)
class FileFormat:
    """What is declared about a file; "" leaves it to voc to find out.

    Attributes:
        format: kind of file or export, such as "csv" or "qualtrics".
        sheet: which sheet of a workbook.
        encoding: how a text file is written, such as "cp1252".
        delimiter: what separates cells: one character, or "tab".
    """

    format: str = ""
    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""


@dataclass(frozen=True)
class Dates:
    """How dates are written and where days are counted.

    Attributes:
        format: strptime format, "unix" or "unix ms"; "" finds out and says so.
        timezone: where a day begins and ends, such as "Europe/London"; "" takes every day as it was written.
        recorded_in: time zone of stamps that do not say theirs; "" means the same as `timezone`.
    """

    format: str = ""
    timezone: str = ""
    recorded_in: str = ""


@dataclass(frozen=True)
class Invitations:
    """Where the list of invitations is and what its columns are called.

    Attributes:
        file: the file, relative to the mapping's folder.
        columns: role -> column: `date` (needed), `customer`, `touchpoint`, `status`, `response_id`.
        suppressed: texts of the status column that mean "not sent".
    """

    file: str
    columns: dict[str, str]
    suppressed: tuple[str, ...] = ("suppressed",)


@dataclass(frozen=True)
class Mapping:
    """What `survey.toml` declares: which source column plays which role.

    Attributes:
        title: shown at the top of every page.
        score: the likelihood-to-recommend question.
        ratings: the touchpoint questions, in the order of the file.
        columns: canonical name -> source column (date always; the rest optional).
        segments: segment name -> source column.
        dates: how dates are written.
        decimal: the sign of fractions in numbers, "." or ","; "" finds it out per column.
        missing: cell texts that mean "no answer" in every column.
        note: a sentence for every page, such as "Synthetic sample".
        question: the wording of the open question that the comment answers.
        consent_yes: cell texts of the consent column that mean "may be called".
        things: words for what was bought ("laptop", "TV"); themes are found without them, so that they say what happened.
        test_values: cell texts of the status column that mean "not a real answer".
        keep: columns that look like personal data and are kept all the same.
        accept: names of checks whose objections the analyst has looked at and accepts.
        keep_unfinished: answers of people who broke off are kept.
        file: what is declared about the file itself.
        invitations: the list of invitations, where there is one.
        folder: where the mapping lies; files named in it are found from there.
    """

    title: str
    score: Question
    columns: dict[str, str]
    ratings: tuple[Question, ...] = ()
    segments: dict[str, str] = field(default_factory=dict)
    dates: Dates = Dates()
    decimal: str = ""
    missing: tuple[str, ...] = ()
    note: str = ""
    question: str = ""
    things: tuple[str, ...] = ()
    consent_yes: tuple[str, ...] = ("yes",)
    test_values: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    keep_unfinished: bool = False
    file: FileFormat = FileFormat()
    invitations: Invitations | None = None
    folder: str = ""

    @property
    def used_columns(self) -> list[str]:
        """Source columns the mapping reads, each once, in mapping order."""
        named = [*self.columns.values(), self.score.column, *(q.column for q in self.ratings), *self.segments.values()]
        return list(dict.fromkeys(named))


def cohort_of(scores: pd.Series) -> pd.Series:
    """Band of each score: 0-6 detractor, 7-8 passive, 9-10 promoter.

    Args:
        scores: n answers, whole numbers 0-10, none missing.

    Returns:
        n band names, same index.

    >>> cohort_of(pd.Series([0, 6, 7, 8, 9, 10])).tolist()
    ['detractor', 'detractor', 'passive', 'passive', 'promoter', 'promoter']
    """
    bands = pd.array(list(COHORTS), dtype="str")
    return pd.Series(bands.take(np.digitize(scores.to_numpy(), (7, 9))), index=scores.index)


def parse_period(month: str | int) -> pd.Period:
    """Read a month ("2026-09") or a year ("2014" or 2014; papermill turns 2014 into an int).

    Raises:
        VocError: anything else.

    >>> parse_period("2026-09"), parse_period(2014)
    (Period('2026-09', 'M'), Period('2014', 'Y-DEC'))
    """
    text = str(month).strip()
    if re.fullmatch(r"\d{4}", text) and int(text) >= 1900:
        return pd.Period(year=int(text), freq="Y")
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text) and text >= "1900":
        return pd.Period(text, freq="M")
    raise VocError(f'month must look like "2026-09", or "2026" for a whole year; found "{text}"')


def closest(name: str, allowed: Iterable[str]) -> str:
    """A hint for a mistyped name: ' (did you mean "cabin"?)', or nothing when none is near.

    >>> closest("tuochpoint", ["touchpoint", "region"])
    ' (did you mean "touchpoint"?)'
    """
    found = difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.6)
    return f' (did you mean "{found[0]}"?)' if found else ""
