"""Survey -> what the models of this package are fitted to: ratings, score, controls, weights and customers of the same answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voc import display
from voc.display import Note
from voc.drivers.moments import Table, tally
from voc.ingest import Survey
from voc.schema import DATE, SCORE, TOUCHPOINT, WEIGHT, Question, VocError
from voc.stats import Floats

FEWEST = 30  # answers to a question
EACH_COLUMN = 3  # answers for each question and control, below which nothing is ranked
EACH_PARAMETER = 10  # for each column of a model of the score
TOGETHER = 10  # answers to both of any two questions, for each question and control: with fewer, correlations of pairs contradict one another
FEWEST_GAPS = 5  # customers to whom a question did not apply; fewer get no indicator of their own
MONTH = "month"
DEFAULT_CONTROLS = (TOUCHPOINT, MONTH)


@dataclass(frozen=True)
class Answers:
    """The answers of a survey as numbers.

    Attributes:
        questions: those that 30 and more answered, not all the same.
        ratings: (n, p) their answers, missing as nan.
        score: (n,) likelihood to recommend, 0-10.
        controls: (n, c) indicators of the touchpoint and the month, where there is more than one.
        held: what they hold constant, in words.
        weights: (n,) or None.
        customers: (n,) codes where a customer answered more than once; else None.
        label: which answers.
        dropped: wording of the questions left out.
    """

    questions: tuple[Question, ...]
    ratings: pd.DataFrame
    score: Floats
    controls: pd.DataFrame
    held: tuple[str, ...]
    weights: Floats | None
    customers: NDArray[np.int64] | None
    label: str
    dropped: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Columns of the questions."""
        return [q.name for q in self.questions]

    @property
    def net(self) -> Floats:
        """(n,) -100 detractor, 0 passive, 100 promoter; their mean is the score in points."""
        return 100.0 * ((self.score >= 9).astype(float) - (self.score <= 6))

    @property
    def mass(self) -> Floats:
        """(n,) weights, 1 without."""
        return np.ones(len(self.score)) if self.weights is None else self.weights

    @cached_property
    def filled(self) -> bool:
        """Whether correlations rest on filled gaps, because some two questions were answered together by too few."""
        present = self.ratings.notna().to_numpy().astype(float)
        if present.all():
            return False
        return bool((present.T @ present).min() < max(FEWEST, TOGETHER * (len(self.questions) + self.controls.shape[1])))

    @cached_property
    def held_columns(self) -> pd.DataFrame:
        """Columns that are always in a ranking: the controls and, where gaps are filled, who had them."""
        return pd.concat([self.controls, gaps(self.ratings)], axis=1) if self.filled else self.controls

    def ranked_table(self, outcome: Floats | None = None) -> Table:
        """Held columns, ratings and, last, the outcome: what a ranking rests on."""
        return self.table(outcome, self.held_columns, fill(self.ratings, self.mass) if self.filled else self.ratings)

    def table(self, outcome: Floats | None, *columns: pd.DataFrame) -> Table:
        """Columns and, last, the outcome (the score without one), as a table of patterns."""
        last = pd.Series(self.score if outcome is None else outcome, index=self.ratings.index, name="outcome")
        return tally(pd.concat([*columns, last], axis=1), self.weights, self.customers)

    def sizes(self) -> Floats:
        """(p,) answers to each question (all answers where gaps are filled), at what they are worth: weights and repeat customers allowed for."""
        rows = np.ones(self.ratings.shape, bool) if self.filled else self.ratings.notna().to_numpy()
        return np.array([self.worth(rows[:, j]) for j in range(rows.shape[1])])

    def worth(self, rows: NDArray[np.bool_]) -> float:
        """How many separate, equally weighted answers some answers are worth at least: those of one customer count as one (Kish 1965)."""
        mass = self.mass[rows]
        each = mass if self.customers is None else np.bincount(np.unique(self.customers[rows], return_inverse=True)[1], mass)
        return float(mass.sum() ** 2 / (each**2).sum()) if len(mass) else 0.0

    def too_few(self, needed: int) -> Note | None:
        """A Note where there are fewer answers than needed."""
        n = len(self.score)
        if n >= needed:
            return None
        asked = display.plural(len(self.questions), "question")
        return Note(f"There are too few answers for {asked} ({self.label}): {display.count(n)}; that takes {display.count(needed)}.")

    def take(self, rows: NDArray[np.bool_], label: str) -> Answers:
        """Some of the answers; questions that fewer than 30 of them answered, or all alike, are left out."""
        ratings = self.ratings[rows]
        kept = tuple(q for q in self.questions if _usable(ratings[q.name]))
        controls = self.controls[rows]
        controls = controls.loc[:, controls.nunique() > 1]
        return Answers(
            kept, ratings[[q.name for q in kept]], self.score[rows], controls, self.held, None if self.weights is None else self.weights[rows],
            None if self.customers is None else self.customers[rows], label, tuple(q.wording for q in self.questions if q not in kept),
        )  # fmt: skip


def gaps(ratings: pd.DataFrame) -> pd.DataFrame:
    """Indicators of who did not answer a question, one for questions that the same customers did not answer; none for fewer than 5."""
    missing = ratings.isna()
    some = missing.loc[:, missing.sum() >= FEWEST_GAPS]
    first: dict[bytes, str] = {}
    for name in some:
        first.setdefault(some[name].to_numpy().tobytes(), str(name))
    return some[list(first.values())].astype(float).add_prefix("missing ")


def fill(ratings: pd.DataFrame, mass: Floats) -> pd.DataFrame:
    """Ratings with their (weighted) average where they are missing."""
    known = ratings.notna()
    total = known.mul(mass, axis=0).sum()
    return ratings.fillna(ratings.fillna(0.0).mul(mass, axis=0).sum() / total)


def answers_of(survey: Survey, *, weighted: bool = False, controls: Sequence[str] = DEFAULT_CONTROLS) -> Answers | Note:
    """The survey's answers as numbers, or a Note that says why there is nothing to rank.

    Args:
        survey: the answers.
        weighted: weight each answer with the survey's own weights.
        controls: what is always held constant: text columns of the survey, and "month".

    Raises:
        VocError: a control or the weights are no column of the survey.
    """
    if not survey.ratings:
        return Note("This survey has no touchpoint questions, so there is nothing to rank.")
    frame = survey.answers
    used = [q for q in survey.ratings if _usable(frame[q.name])]
    if not used or not _enough(frame):
        return Note(
            f"The questions cannot be ranked ({survey.label}, {display.plural(len(frame), 'answer')}): that takes {FEWEST} answers to a "
            f"question, and answers that differ."
        )
    answers = _gathered(survey, used, weighted, controls)
    return answers.too_few(EACH_COLUMN * (len(used) + answers.controls.shape[1])) or answers


def score_alone(survey: Survey, *, weighted: bool = False, controls: Sequence[str] = DEFAULT_CONTROLS) -> Answers | Note:
    """The same without any question: score and controls."""
    if not _enough(survey.answers):
        return Note(f"There are too few answers, or all the same ({survey.label}, {display.plural(len(survey.answers), 'answer')}).")
    return _gathered(survey, [], weighted, controls)


def _gathered(survey: Survey, used: list[Question], weighted: bool, controls: Sequence[str]) -> Answers:
    if weighted:
        survey = survey.with_frame(survey.answers[weights_of(survey) > 0])  # what counts nothing is no answer
    frame = survey.answers
    indicators, held = _controls(survey, controls)
    return Answers(
        tuple(used), frame[[q.name for q in used]].astype(float), frame[SCORE].to_numpy(dtype=float), indicators, held,
        frame[WEIGHT].to_numpy(dtype=float) if weighted else None, _customers(survey), survey.label,
        tuple(q.wording for q in survey.ratings if q not in used),
    )  # fmt: skip


def weights_of(survey: Survey) -> Floats:
    """(answers,) the survey's own weights.

    Raises:
        VocError: there are none, or some are missing or below 0.
    """
    if WEIGHT not in survey.answers:
        raise VocError("weighted=True needs a weight column, which the mapping does not name")
    weight = survey.answers[WEIGHT].to_numpy(dtype=float)
    lacking, below = int(np.isnan(weight).sum()), int((weight < 0).sum())
    if lacking or below:
        raise VocError(f"weights must be 0 or more; found {display.plural(lacking, 'answer')} without one and {display.count(below)} below 0")
    return weight


def _enough(frame: pd.DataFrame) -> bool:
    return len(frame) >= FEWEST and frame[SCORE].nunique() > 1


def _usable(answers: pd.Series) -> bool:
    return bool(answers.notna().sum() >= FEWEST and answers.nunique() > 1)


def _controls(survey: Survey, controls: Sequence[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Indicator columns of what differs between answers, a missing value as a value of its own."""
    frame, parts, held = survey.answers, [], []
    for name in controls:
        if name == MONTH:
            column = frame[DATE].dt.to_period("M").astype(str)
        elif name in frame:
            column = frame[name].fillna("").astype(str)
        elif name == TOUCHPOINT:
            continue
        else:
            raise VocError(f'"{name}" cannot be held constant: it is no column of the survey; there are {", ".join(survey.segments)} and {MONTH}')
        if column.nunique() > 1:
            parts.append(pd.get_dummies(column, prefix=name, drop_first=True, dtype=float))
            held.append(name)
    return (pd.concat(parts, axis=1) if parts else pd.DataFrame(index=frame.index)), tuple(held)


def _customers(survey: Survey) -> NDArray[np.int64] | None:
    """Codes of customers; None where nobody answered twice."""
    code = pd.factorize(survey.who)[0].astype(np.int64)
    return code if len(code) and int(np.bincount(code).max()) > 1 else None
