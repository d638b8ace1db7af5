"""Survey -> Drivers: which touchpoint questions go with a high or low score, and how sure we are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voc import display
from voc.display import Column, Note, Result
from voc.drivers import importance as shares
from voc.drivers import moments
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, TOUCHPOINT, VocError
from voc.score import from_counts
from voc.score.nps import LEVEL, counts
from voc.stats import Floats

Method = Literal["lmg", "johnson"]
DRAWS = 1000
FEWEST = 30
LOW_SHARE = 0.4  # the lowest 40 % of a scale's steps: 1-2 on a 1-5 scale


@dataclass(frozen=True, repr=False)
class Drivers(Result):
    """What goes with the score.

    Attributes:
        frame: one row per question, most important first: `question`, `wording`, `n`, `mean`, `importance` (share of
            the score's variance, 0..1) with `low` and `high`, `first_chance` (share of resamples in which it ranks first), `direction` of the
            association given the other questions (1, -1, or 0 where the resamples do not agree),
            `low_n`, `score_low` (score in points of those who answered low), `high_n`, `score_high` (of those who gave the best answer).
        r_squared: share of the score's variance that goes with all questions together, controls aside.
        n: answers used.
        level: confidence level.
        method: "lmg" or "johnson".
        controls: what was held constant.
        label: which answers.
    """

    frame: pd.DataFrame
    r_squared: float
    n: int
    level: float
    method: Method
    controls: tuple[str, ...] = ()
    label: str = "all answers"
    dropped: tuple[str, ...] = field(default=())

    @property
    def headline(self) -> str:
        """The strongest driver, and whether it is clearly ahead."""
        top = self.frame.iloc[0]
        text = (
            f"“{top['wording']}” goes most closely with the score: {display.share(top['importance'])} of the "
            f"differences between customers ({display.interval(100 * top['low'], 100 * top['high'])} %), "
            f"{display.plural(self.n, 'answer')}, {self.label}."
        )
        if len(self.frame) > 1:
            second = self.frame.iloc[1]
            sure = top["first_chance"] >= self.level
            text += (
                f" It is clearly ahead of “{second['wording']}” ({display.share(second['importance'])})."
                if sure
                else f" It is not clearly ahead of “{second['wording']}” ({display.share(second['importance'])})."
            )
        return text

    def to_frame(self) -> pd.DataFrame:
        """One row per question."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        words = {1: "a higher score", -1: "a lower score", 0: "not clear"}
        return self.frame.assign(direction=self.frame["direction"].map(words))

    def _caption(self) -> str:
        held = f" The shares hold {display.listed(list(self.controls))} constant; the scores beside them do not." if self.controls else ""
        left = f" Left out, because too few answered or all gave the same answer: {display.listed(list(self.dropped))}." if self.dropped else ""
        return f"What goes with the score, {self.label}.{held}{left}"

    def _columns(self) -> list[Column]:
        return [
            Column("wording", "Question"),
            Column("n", "Answers", "count"),
            Column("mean", "Average", "number"),
            Column("importance", "Goes with the score", "share"),
            Column("low", "Low to high, %", "range_share", "high"),
            Column("direction", "Others equal, high answers go with"),
            Column("score_low", "Score of those who answered low", "points"),
            Column("low_n", "how many", "count"),
            Column("score_high", "Score of those who gave the best answer", "points"),
            Column("high_n", "how many", "count"),
        ]


def rank(survey: Survey, *, level: float = LEVEL, draws: int = DRAWS, seed: int = 0) -> Drivers | Note:
    """Rank the touchpoint questions by how much they go with likelihood to recommend.

    Args:
        survey: the answers; questions that a customer skipped are used where they were answered.
        level: confidence level of the intervals (percentile bootstrap over the table of answer patterns).
        draws: bootstrap replicates.
        seed: of the bootstrap.

    Returns:
        Drivers, or a Note that says why there are none.

    Notes:
        LMG shares of R squared up to 10 questions, Johnson's relative weights beyond. Touchpoint and month are held constant.
        An association only: a question can go with the score without changing it.
    """
    if not survey.ratings:
        return Note("This survey has no touchpoint questions, so there is nothing to rank.")
    frame = survey.answers
    names = [q.name for q in survey.ratings if frame[q.name].nunique() > 1 and frame[q.name].notna().sum() >= FEWEST]
    if len(frame) < FEWEST or not names or frame["score"].nunique() < 2:
        return Note(
            f"The questions cannot be ranked ({survey.label}, {display.plural(len(frame), 'answer')}): that takes {FEWEST} answers to a "
            f"question, and answers that differ."
        )
    controls, held = _controls(survey)
    table = pd.concat([controls, frame[names], frame[["score"]].astype(float)], axis=1)
    patterns = moments.tally(table)
    method: Method = "lmg" if len(names) <= shares.EXACT_UP_TO else "johnson"
    point = shares.partial(moments.correlations(patterns), controls.shape[1])
    drawn = shares.partial(moments.correlations(patterns, moments.draws_of(patterns, draws=draws, seed=seed)), controls.shape[1])
    worth, replicates = _shares(point, method)[0], _shares(drawn, method)
    low, high = np.percentile(replicates, [50 * (1 - level), 50 * (1 + level)], axis=0)
    first = np.bincount(replicates.argmax(axis=1), minlength=len(names)) / draws
    rows = pd.DataFrame({"question": names, "importance": worth, "low": low, "high": high})
    rows["first_chance"], rows["direction"] = first, _directions(shares.coefficients(drawn), level)
    rows = rows.merge(_performance(survey, names), on="question")
    rows = rows.sort_values(["importance", "question"], ascending=[False, True], ignore_index=True)
    dropped = tuple(q.wording for q in survey.ratings if q.name not in names)
    return Drivers(rows, float(worth.sum()), int(frame[names].notna().any(axis=1).sum()), level, method, held, survey.label, dropped)


def importance(X: Floats, y: Floats, weights: Floats | None = None, method: Method = "lmg") -> Floats:
    """Importance of each column of X for y; the values add up to R squared.

    Args:
        X: (n, p) numbers, missing allowed.
        y: (n,) numbers.
        weights: (n,) or None.
        method: "lmg" (p <= 10) or "johnson".

    Returns:
        (p,) shares of the variance of y.

    Raises:
        VocError: shapes differ, or p is too large for "lmg".
    """
    matrix, outcome = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    if matrix.ndim != 2 or len(matrix) != len(outcome):
        raise VocError(f"X must be (n, p) and y (n,); found {matrix.shape} and {outcome.shape}")
    if weights is not None and np.shape(weights) != outcome.shape:
        raise VocError(f"weights must be (n,) like y; found {np.shape(weights)} and {outcome.shape}")
    if method == "lmg" and matrix.shape[1] > shares.EXACT_UP_TO:
        raise VocError(f'method "lmg" takes up to {shares.EXACT_UP_TO} columns; found {matrix.shape[1]}. Use method="johnson"')
    frame = pd.DataFrame(np.column_stack([matrix, outcome]))
    kept = ~np.isnan(outcome)
    chosen = None if weights is None else np.asarray(weights, dtype=float)[kept]
    return np.asarray(_shares(moments.correlations(moments.tally(frame[kept], chosen)), method)[0])


def _shares(matrices: Floats, method: Method) -> Floats:
    if method not in ("lmg", "johnson"):
        raise VocError(f'method must be "lmg" or "johnson"; found "{method}"')
    return shares.lmg(matrices) if method == "lmg" else shares.johnson(matrices)


def _directions(coefficients: Floats, level: float) -> NDArray[np.int64]:
    """Sign of each question's coefficient where nearly all resamples agree on it, else 0."""
    positive = (coefficients > 0).mean(axis=0)
    sure = 0.5 + level / 2
    return np.where(positive >= sure, 1, np.where(positive <= 1 - sure, -1, 0))


def _controls(survey: Survey) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Indicator columns of touchpoint and month, where there is more than one."""
    frame, parts, held = survey.answers, [], []
    if TOUCHPOINT in frame and frame[TOUCHPOINT].nunique() > 1:
        parts.append(pd.get_dummies(frame[TOUCHPOINT], drop_first=True, dtype=float))
        held.append("touchpoint")
    months = frame["date"].dt.to_period("M").astype(str)
    if months.nunique() > 1:
        parts.append(pd.get_dummies(months, drop_first=True, dtype=float))
        held.append("month")
    return (pd.concat(parts, axis=1) if parts else pd.DataFrame(index=frame.index)), tuple(held)


def _performance(survey: Survey, names: list[str]) -> pd.DataFrame:
    """How each question is answered, and the score of those who answered low and of those who gave the best answer."""
    rows = []
    for question in survey.ratings:
        if question.name not in names:
            continue
        answers, scale = survey.answers[question.name], question.scale
        bad = answers <= scale.low + LOW_SHARE * (scale.high - scale.low + 1) - 1
        row: dict[str, object] = {"question": question.name, "wording": question.wording, "n": int(answers.notna().sum())}
        row["mean"] = float(answers.mean())
        for part, where in (("low", bad), ("high", answers == scale.high)):
            score = from_counts(counts(survey.answers.loc[where, "cohort"]))
            row[f"{part}_n"], row[f"score_{part}"] = score.n, score.value if score.n >= MIN_ANSWERS else float("nan")
        rows.append(row)
    return pd.DataFrame(rows)
