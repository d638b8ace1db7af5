"""Answers -> columns without gaps, models fitted to them, and errors of anything worked out from a model (linearised)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc.drivers import ordered
from voc.drivers.data import Answers, gaps
from voc.drivers.moments import Table
from voc.drivers.ordered import Ordered
from voc.schema import Question
from voc.stats import Floats

NUDGE = 1e-5

Pieces = Callable[[Question, Floats], list[Floats]]


@dataclass(frozen=True)
class Coded:
    """Answers as columns of a model.

    Attributes:
        table: patterns of the columns, the outcome last; nothing is missing.
        at: question -> its columns in the table.
        given: question -> (patterns,) the answer, missing as nan.
    """

    table: Table
    at: dict[str, list[int]]
    given: dict[str, Floats]

    @property
    def columns(self) -> Floats:
        """(patterns, columns) without the outcome."""
        return self.table.values[:, :-1]

    @property
    def y(self) -> Floats:
        """(patterns,) the outcome."""
        return self.table.values[:, -1]


def reference(question: Question, given: Floats, mass: Floats) -> float:
    """The usual answer: the weighted median, but neither end of the scale, so that there is something on both sides."""
    known = ~np.isnan(given)
    order = np.argsort(given[known], kind="stable")
    reached = np.cumsum(mass[known][order])
    middle = float(given[known][order][np.searchsorted(reached, reached[-1] / 2)]) if known.any() else np.nan
    return middle if two_answers(question) else float(np.clip(middle, question.scale.low + 1, question.scale.high - 1))


def two_answers(question: Question) -> bool:
    """Whether a scale has no answer between its ends: then there is only one step."""
    return question.scale.high - question.scale.low < 2


def linear(answers: Answers) -> Pieces:
    """One column per question: how far the answer lies from the average."""
    mean = {q.name: _mean(answers.ratings[q.name].to_numpy(), answers.mass) for q in answers.questions}
    return lambda question, given: [given - mean[question.name]]


def two_sided(answers: Answers) -> tuple[Pieces, dict[str, float]]:
    """Two columns per question, steps below and steps above the usual answer (one, where there are two answers only); and the usual answers."""
    usual = {q.name: reference(q, answers.ratings[q.name].to_numpy(), answers.mass) for q in answers.questions}

    def pieces(question: Question, given: Floats) -> list[Floats]:
        off = given - usual[question.name]
        return [off] if two_answers(question) else [np.minimum(off, 0), np.maximum(off, 0)]

    return pieces, usual


def coded(answers: Answers, pieces: Pieces, *, outcome: Floats | None = None, only: Sequence[str] | None = None) -> Coded:
    """Columns of all questions (or some), of what was not answered, and of the controls.

    A question that did not apply is no answer of any height: its columns are 0 there and an indicator says so, which takes up whatever
    those customers have in common (missing-indicator coding; Jones 1996, JASA 91:222, shows what it cannot do where answers are missing
    for other reasons).
    """
    asked = [q for q in answers.questions if only is None or q.name in only]
    shown: dict[str, Floats] = {}
    at: dict[str, list[int]] = {}
    for question in asked:
        asked_of = answers.ratings[question.name].to_numpy(dtype=float)
        missing = np.isnan(asked_of)
        at[question.name] = []
        for column in pieces(question, asked_of):
            at[question.name].append(len(shown))
            shown[f"{len(shown)}"] = np.where(missing, 0.0, column)
    raw = answers.ratings[[q.name for q in asked]]
    frame = pd.concat([pd.DataFrame(shown, index=raw.index), gaps(raw)], axis=1)
    table = answers.table(outcome, answers.controls, frame, raw.add_prefix("given "))
    held, k = answers.controls.shape[1], frame.shape[1]
    given = {q.name: table.values[:, held + k + i] for i, q in enumerate(asked)}
    used = np.r_[held : held + k, 0:held, table.values.shape[1] - 1]
    return Coded(Table(table.values[:, used], table.counts, table.groups), at, given)


def _mean(values: Floats, mass: Floats) -> float:
    known = ~np.isnan(values)
    return float(np.average(values[known], weights=mass[known]))


def least_squares(coded: Coded) -> tuple[Floats, Floats]:
    """Coefficients (k,) without the constant, and the influence (patterns, k) of one answer of each pattern.

    Residuals are divided by 1 - leverage (HC3; Long & Ervin 2000, The American Statistician 54:217), so that few answers do not look sure.
    """
    X = np.column_stack([coded.columns, np.ones(len(coded.y))])
    weight = coded.table.counts
    inverse = np.linalg.pinv((X * weight[:, None]).T @ X, hermitian=True, rcond=1e-10)
    beta = inverse @ (X.T @ (weight * coded.y))
    leverage = np.einsum("ij,jk,ik->i", X, inverse, X)
    influence = (X * ((coded.y - X @ beta) / np.maximum(1 - leverage, 0.05))[:, None]) @ inverse
    return beta[:-1], influence[:, :-1]


def ordinal(coded: Coded) -> Ordered:
    """The ordered logit of the outcome."""
    return ordered.fit(coded.columns, coded.y, coded.table.counts)


def mean_of(coded: Coded, model: Ordered, value: Callable[[Ordered], Floats], where: Floats | None = None) -> tuple[float, Floats]:
    """A mean over answers of something that a model predicts, and the influence of one answer of each pattern on it.

    Args:
        coded: what the model was fitted to.
        model: the model.
        value: model -> (patterns,) values.
        where: (patterns,) which answers count (0 or 1); all without.

    Notes:
        An answer moves the mean by its own value and by moving the model; the second is found by nudging each parameter.
    """
    share = coded.table.counts * (1.0 if where is None else where)
    total = max(float(share.sum()), 1e-12)
    own = value(model)
    mean = float(share @ own / total)
    slope = np.array([share @ (value(up) - value(down)) / (2 * NUDGE * total) for up, down in _nudged(model)])
    counted = np.ones(len(own)) if where is None else where
    return mean, counted * (own - mean) / total + model.influence @ slope


def _nudged(model: Ordered) -> list[tuple[Ordered, Ordered]]:
    """The model with each parameter a little higher and a little lower."""
    theta, p = np.concatenate([model.coefficients, model.cuts]), len(model.coefficients)
    out = []
    for i in range(len(theta)):
        both = []
        for sign in (1, -1):
            moved = theta.copy()
            moved[i] += sign * NUDGE
            both.append(_with(model, moved[:p], moved[p:]))
        out.append((both[0], both[1]))
    return out


def _with(model: Ordered, coefficients: Floats, cuts: Floats) -> Ordered:
    return Ordered(coefficients, cuts, model.categories, model.influence, model.deviance, model.n, model.converged)


def net_of(model: Ordered, X: Floats) -> Floats:
    """(n,) expected score in points of answers with these columns: promoters less detractors."""
    return 100 * (1 - model.cumulative(X, 8) - model.cumulative(X, 6))


def slope_of(X: Floats, column: int) -> Callable[[Ordered], Floats]:
    """For an outcome of two values: how fast the chance of the higher one rises with a column, at each row."""

    def value(model: Ordered) -> Floats:
        chance = model.cumulative(X, float(model.categories[0]))
        return np.asarray(model.coefficients[column] * chance * (1 - chance))

    return value
