"""Answers -> Drivers: which questions go with a high or low score, in which order, and how sure that order is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voc import display
from voc.display import Column, Note, Result
from voc.drivers import moments, shares
from voc.drivers.data import DEFAULT_CONTROLS, Answers, answers_of
from voc.drivers.moments import Table
from voc.drivers.shares import Groups
from voc.drivers.spread import DRAWS, How, Spread, directions, noise, spread
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, Question, VocError
from voc.score.nps import LEVEL
from voc.stats import Floats

Method = Literal["lmg", "johnson"]
Outcome = Literal["score", "nps"]
LOW_SHARE = 0.4  # the lowest 40 % of a scale's steps: 1-2 on a 1-5 scale


@dataclass(frozen=True, repr=False)
class Drivers(Result):
    """What goes with the score.

    Attributes:
        frame: one row per question, most important first: `question`, `wording`, `n`, `mean`, `importance` (share of
            the score's variance, 0..1) with `low` and `high`, `noise` (importance that its own answers, shuffled, stay below 95 times in
            100), `first_chance` (share of resamples in which it ranks first), `rank_low` and `rank_high` (places that it takes in 95 % of
            the resamples), `letters` (the same as letters, A first), `direction` of the
            association given the other questions (1, -1, or 0 where the resamples do not agree),
            `low_n`, `score_low` (score in points of those who answered low), `high_n`, `score_high` (of those who gave the best answer).
        r_squared: share of the score's variance that goes with all questions together, controls aside.
        n: answers used.
        level: confidence level.
        controls: what was held constant.
        label: which answers.
        dropped: questions left out.
        pairs: one row for each two questions: `first`, `second`, `chance` (0..1 that the first is the more important one), `always` (share
            of the sets of other questions beside which it adds more; 1: it dominates completely; missing above 14 questions).
        conditional: (p, p) what each question of `frame` adds on average to sets of 0, 1, ... others; empty above 14 questions.
        error: standard error of the approximation above 14 questions, the largest; 0 where all orders were taken.
        outcome: "score" (the 0-10 answer) or "nps".
        filled: gaps were filled, because some two questions were answered together by too few.
    """

    frame: pd.DataFrame
    r_squared: float
    n: int
    level: float
    controls: tuple[str, ...] = ()
    label: str = "all answers"
    dropped: tuple[str, ...] = ()
    pairs: pd.DataFrame | None = None
    conditional: Floats | None = None
    error: float = 0.0
    outcome: Outcome = "score"
    filled: bool = False

    @property
    def headline(self) -> str:
        """The strongest driver, and whether it is clearly ahead; or that none stands out from chance."""
        top = self.frame.iloc[0]
        if not (self.frame["importance"] > self.frame["noise"]).any():
            return (
                f"No question goes more closely with the score than its own answers would by chance ({display.plural(self.n, 'answer')}, "
                f"{self.label}); the closest is “{top['wording']}” with {display.share(top['importance'])} of the differences between customers."
            )
        text = (
            f"“{top['wording']}” goes most closely with the score: {display.share(top['importance'])} of the "
            f"differences between customers ({display.interval(100 * top['low'], 100 * top['high'])} %), "
            f"{display.plural(self.n, 'answer')}, {self.label}."
        )
        if len(self.frame) > 1:
            second = self.frame.iloc[1]
            sure = self.ahead(str(top["question"]), str(second["question"]))
            text += f" It is {'' if sure else 'not '}clearly ahead of “{second['wording']}” ({display.share(second['importance'])})."
        return text

    def ahead(self, first: str, second: str) -> bool:
        """Whether the first question is clearly more important than the second; false alarms: at most 5 % where both are equal."""
        if self.pairs is None:
            return False
        row = self.pairs[(self.pairs["first"] == first) & (self.pairs["second"] == second)]
        return bool(len(row) and row["chance"].iloc[0] >= 0.5 + self.level / 2)

    def to_frame(self) -> pd.DataFrame:
        """One row per question."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        words = {1: "a higher score", -1: "a lower score", 0: "not clear"}
        place = [str(a) if a == b else f"{a} to {b}" for a, b in zip(self.frame["rank_low"], self.frame["rank_high"], strict=True)]
        return self.frame.assign(direction=self.frame["direction"].map(words), place=place)

    def _caption(self) -> str:
        held = f" The shares hold {display.listed(list(self.controls))} constant; the scores beside them do not." if self.controls else ""
        left = f" Left out, because too few answered or all gave the same answer: {display.listed(list(self.dropped))}." if self.dropped else ""
        gaps = " Some questions were answered together by too few; who did not answer counts as an average answer." if self.filled else ""
        rough = f" Shares are accurate to {display.number(196 * self.error, 2)} % points (not all orders were tried)." if self.error else ""
        return f"What goes with the score, {self.label}.{held}{left}{gaps}{rough}"

    def _columns(self) -> list[Column]:
        return [
            Column("wording", "Question"),
            Column("n", "Answers", "count"),
            Column("mean", "Average", "number"),
            Column("importance", "Goes with the score", "share"),
            Column("low", "Low to high, %", "range_share", "high"),
            Column("place", "Place"),
            Column("first_chance", "Chance to be first", "share"),
            Column("direction", "High answers go with, others equal"),
            Column("score_low", "Score, low answer", "points"),
            Column("low_n", "Gave a low answer", "count"),
            Column("score_high", "Score, best answer", "points"),
            Column("high_n", "Gave the best answer", "count"),
        ]


def rank(
    survey: Survey,
    *,
    outcome: Outcome = "score",
    weighted: bool = False,
    controls: Sequence[str] = DEFAULT_CONTROLS,
    level: float = LEVEL,
    draws: int = DRAWS,
) -> Drivers | Note:
    """Rank the touchpoint questions by how much they go with likelihood to recommend.

    Args:
        survey: the answers; questions that a customer skipped are used where they were answered.
        outcome: "score" (the answer 0-10) or "nps" (detractor, passive, promoter as -100, 0, 100).
        weighted: weight each answer with the survey's own weights.
        controls: what is held constant; by default the touchpoint and the month, where there is more than one.
        level: confidence level of the intervals.
        draws: bootstrap replicates; the same in every run.

    Returns:
        Drivers, or a Note that says why there are none.

    Raises:
        VocError: an unknown outcome or control, or weights that the survey does not have.

    Notes:
        LMG shares of R squared, exact up to 14 questions; beyond, from 40 rotated orders per question, with the error stated. Intervals:
        percentile bootstrap over the table of answer patterns (over about 1,000 groups of whole customers where customers answered more
        than once, answers are weighted or patterns are many), less the bootstrap's own bias, cut off at 0 and stretched for few answers;
        in simulation they hold the truth in 95 % of surveys of 100 to 5,000 answers, in no case fewer than 91 % (`benchmarks/drivers.py`).
        The noise line replaces a question's correlations by those of its shuffled answers, 200 times, drawn from their limiting normal
        distribution. An association only: a question can go with the score without changing it.
    """
    answers = answers_of(survey, weighted=weighted, controls=controls)
    return answers if isinstance(answers, Note) else ranked(answers, outcome=outcome, level=level, draws=draws)


def ranked(answers: Answers, *, outcome: Outcome = "score", level: float = LEVEL, draws: int = DRAWS, seed: int = 0) -> Drivers:
    """`rank` for answers that are numbers already."""
    if outcome not in ("score", "nps"):
        raise VocError(f'outcome must be "score" or "nps"; found "{outcome}"')
    table, held, known = answers.ranked_table(answers.net if outcome == "nps" else None), answers.held_columns.shape[1], answers.sizes()
    found, names = spread(table, held, known, level=level, how=How(draws, seed)), answers.names
    rows = pd.DataFrame({"question": names, "importance": found.worth, "low": found.low, "high": found.high})
    rows["noise"] = noise(moments.correlations(table)[0], known, held, seed=seed)
    rows["first_chance"] = found.first_chance
    places = (-found.replicates).argsort(axis=1).argsort(axis=1) + 1
    rows["rank_low"], rows["rank_high"] = np.percentile(places, [50 * (1 - level), 50 * (1 + level)], axis=0, method="nearest").astype(int)
    rows["letters"] = [_letters(a, b) for a, b in zip(rows["rank_low"], rows["rank_high"], strict=True)]
    rows["direction"] = directions(shares.coefficients(found.drawn), level)
    rows = rows.merge(_performance(answers), on="question")
    order = np.lexsort((rows["question"], -rows["importance"]))
    fit = shares.r_squared_by_subset(found.point) if len(names) <= shares.EXACT_UP_TO else None
    return Drivers(
        rows.iloc[order].reset_index(drop=True), float(found.worth.sum()), int(answers.ratings.notna().any(axis=1).sum()), level, answers.held,
        answers.label, answers.dropped, _pairs(names, order, found, fit),
        None if fit is None else shares.conditional(fit)[0][order], found.error, outcome, answers.filled,
    )  # fmt: skip


def _letters(first: int, last: int) -> str:
    """Places as letters, as R's relaimpo shows them."""
    return "".join(chr(ord("A") + i - 1) for i in range(first, last + 1))


def _pairs(names: list[str], order: NDArray[np.intp], found: Spread, fit: Floats | None) -> pd.DataFrame:
    worth, replicates, stretch = found.worth, found.replicates, found.stretch
    always = None if fit is None else shares.complete(fit)[0]
    rows = []
    for at, i in enumerate(order):
        for j in order[at + 1 :]:
            gap = worth[i] - worth[j]
            stretched = gap + (replicates[:, i] - replicates[:, j] - gap) * max(stretch[i], stretch[j])
            rows.append((names[i], names[j], float((stretched > 0).mean()), float("nan") if always is None else float(always[i, j])))
    return pd.DataFrame(rows, columns=["first", "second", "chance", "always"])


def importance(
    X: Floats, y: Floats, weights: Floats | None = None, method: Method = "lmg", *, groups: Groups | None = None, always: Floats | None = None
) -> Floats:
    """Importance of each column of X for y; the values add up to R squared.

    Args:
        X: (n, p) numbers, missing allowed.
        y: (n,) numbers.
        weights: (n,) or None.
        method: "lmg" (p <= 14, or as many groups) or "johnson".
        groups: "lmg" only: columns that count as one question each, such as [[0], [1, 2]]; each column in one group.
        always: (n, c) columns that are held constant.

    Returns:
        (p,) or (groups,) shares of the variance of y.

    Raises:
        VocError: shapes differ, groups do not hold each column once, or p is too large for "lmg".
    """
    matrix, outcome = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    held = np.empty((len(outcome), 0)) if always is None else np.asarray(always, dtype=float).reshape(len(always), -1)
    if matrix.ndim != 2 or len(matrix) != len(outcome) or len(held) != len(outcome):
        raise VocError(f"X must be (n, p), y (n,) and always (n, c); found {matrix.shape}, {outcome.shape} and {held.shape}")
    if weights is not None and np.shape(weights) != outcome.shape:
        raise VocError(f"weights must be (n,) like y; found {np.shape(weights)} and {outcome.shape}")
    _check_method(method, matrix.shape[1], groups)
    kept = ~np.isnan(outcome)
    frame = pd.DataFrame(np.column_stack([held, matrix, outcome])[kept])
    chosen = None if weights is None else np.asarray(weights, dtype=float)[kept]
    point = shares.partial(moments.correlations(_plain(frame, chosen)), held.shape[1])
    return np.asarray((shares.lmg(point, groups) if method == "lmg" else shares.johnson(point))[0])


def _plain(frame: pd.DataFrame, weights: Floats | None) -> Table:
    """Patterns alone: there is nothing to resample."""
    table = moments.tally(frame, weights)
    return Table(table.values, table.counts)


def _check_method(method: str, p: int, groups: Groups | None) -> None:
    if method not in ("lmg", "johnson"):
        raise VocError(f'method must be "lmg" or "johnson"; found "{method}"')
    if groups is not None and (method != "lmg" or sorted(i for g in groups for i in g) != list(range(p)) or not all(len(g) for g in groups)):
        raise VocError(f'groups need method "lmg" and must hold each of the {p} columns once; found {[list(g) for g in groups]}, method "{method}"')
    many = p if groups is None else len(groups)
    if method == "lmg" and many > shares.EXACT_UP_TO:
        raise VocError(f'method "lmg" takes up to {shares.EXACT_UP_TO} columns or groups; found {many}. Use groups, or method="johnson"')


def low_answers(question: Question, answers: Floats) -> NDArray[np.bool_]:
    """Which answers count as low: the lowest 40 % of the scale's steps."""
    scale = question.scale
    return np.asarray(answers <= scale.low + max(LOW_SHARE * (scale.high - scale.low + 1) - 1, 0))


def _performance(answers: Answers) -> pd.DataFrame:
    """How each question is answered, and the score of those who answered low and of those who gave the best answer."""
    rows, mass = [], answers.mass
    for question in answers.questions:
        given = answers.ratings[question.name].to_numpy()
        known = ~np.isnan(given)
        row: dict[str, object] = {"question": question.name, "wording": question.wording, "n": int(known.sum())}
        row["mean"] = float(np.average(given[known], weights=mass[known]))
        for part, where in (("low", low_answers(question, given)), ("high", given == question.scale.high)):
            n = int(where.sum())
            row[f"{part}_n"] = n if n == 0 or n >= MIN_ANSWERS else float("nan")
            row[f"score_{part}"] = float(np.average(answers.net[where], weights=mass[where])) if n >= MIN_ANSWERS else float("nan")
        rows.append(row)
    return pd.DataFrame(rows)
