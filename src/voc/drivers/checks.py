"""Answers -> Checks: whether another outcome, method or treatment of missing answers would rank the questions differently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats as sps

from voc import display
from voc.display import Column, Note, Result
from voc.drivers import models, moments, shares
from voc.drivers.data import FEWEST, Answers, answers_of, fill
from voc.drivers.ranking import Drivers, ranked
from voc.ingest import Survey
from voc.stats import Floats

LATENT = np.pi**2 / 3  # variance of the logistic distribution
COMPLETE = "Only customers who answered every question"
FEWEST_PER_COLUMN = 5  # complete answers for each column, below which they are not ranked


@dataclass(frozen=True, repr=False)
class Checks(Result):
    """The ranking beside other ways to make it.

    Attributes:
        frame: one row per other way: `check`, `first` (the question it ranks first), `agreement` (Kendall's tau of the two orders, -1..1; 1 is
            the same order), `reversed` (pairs that the ranking tells apart clearly and the other way puts the other way round; with fewer
            answers: clearly too), `n`, `verdict`.
        label: which answers.
        questions: how many were ranked.
    """

    frame: pd.DataFrame
    label: str
    questions: int = 2
    behind_chart = True

    @property
    def headline(self) -> str:
        """Whether the order holds."""
        done = self.frame[self.frame["agreement"].notna()]
        if self.questions < 2:
            return f"With one question there is no order to change ({self.label})."
        if done.empty:
            return f"No other way to rank could be tried ({self.label})."
        turned = done[done["reversed"] > 0]
        if len(turned):
            return f"The order depends on how it is made: it differs clearly for {display.listed(turned['check'].tolist())}."
        same = done.loc[done["agreement"] > 1 - 1e-9, "check"].tolist()
        if len(same) == len(done):
            return f"Every other way to rank gives the same order: {display.listed(same)}."
        return "No other way to rank turns round what is clear here; only questions that lie close together change places."

    def to_frame(self) -> pd.DataFrame:
        """One row per other way to rank."""
        return self.frame

    def _columns(self) -> list[Column]:
        return [
            Column("check", "Ranked another way"),
            Column("n", "Answers", "count"),
            Column("first", "Comes first"),
            Column("agreement", "Agreement (1: same order)", "number"),
            Column("verdict", "Verdict"),
        ]


def checks(survey: Survey, *, weighted: bool = False) -> Checks | Note:
    """Rank the questions in other ways and compare the orders.

    Args:
        survey: the answers.
        weighted: weight each answer with the survey's own weights.

    Notes:
        The score as detractor, passive, promoter instead of 0-10; Johnson's relative weights instead of LMG; LMG of the variable behind an
        ordered logit (its R squared is McKelvey and Zavoina's); only customers who answered every question.

    References:
        Johnson 2000, Multivariate Behavioral Research 35:1; McKelvey & Zavoina 1975, Journal of Mathematical Sociology 4:103.
    """
    answers = answers_of(survey, weighted=weighted)
    return answers if isinstance(answers, Note) else checked(answers, ranked(answers))


def checked(answers: Answers, drivers: Drivers) -> Checks:
    """`checks` of a ranking of the same answers."""
    ways: dict[str, Callable[[Answers], Floats | None]] = {
        "Detractor, passive, promoter instead of 0-10": _by_nps,
        "Johnson's weights instead of all orders": _by_johnson,
        "An ordered model of the score": by_ordered_model,
    }
    rows = []
    for name, way in ways.items():
        worth = way(answers)
        other = None if worth is None else dict(zip(answers.names, worth.tolist(), strict=True))
        rows.append(_row(name, drivers, other, 0 if other is None else _turned(drivers, _order_of(other)), len(answers.score)))
    whole = answers.take(answers.ratings.notna().all(axis=1).to_numpy(), answers.label)
    n, columns = len(whole.score), len(answers.questions) + answers.controls.shape[1]
    other, turned = None, 0
    if n >= max(FEWEST, FEWEST_PER_COLUMN * columns) and len(whole.questions) == len(answers.questions):
        complete = ranked(whole)
        other = dict(zip(complete.frame["question"], complete.frame["importance"], strict=True))
        turned = _turned(drivers, lambda first, second: complete.ahead(second, first))
    rows.append(_row(COMPLETE, drivers, other, turned, n))
    return Checks(pd.DataFrame(rows, columns=["check", "first", "agreement", "reversed", "n", "verdict"]), answers.label, len(answers.questions))


def _order_of(other: dict[str, float]) -> Callable[[str, str], bool]:
    return lambda first, second: other[first] < other[second]


def _row(name: str, drivers: Drivers, other: dict[str, float] | None, turned: int, n: int) -> tuple[str, str, float, int, int, str]:
    """One other way beside the ranking."""
    if other is None:
        return name, "", np.nan, 0, n, "too few answers" if name == COMPLETE else "could not be fitted"
    frame = drivers.frame
    there = [other[q] for q in frame["question"]]
    agreement = 1.0 if len(there) == 1 else float(sps.kendalltau(frame["importance"], there).statistic)
    same = "same order" if agreement > 1 - 1e-9 else "close ones change places"
    verdict = f"turns round {display.plural(turned, 'clear pair')}" if turned else same
    return name, str(frame["wording"].iloc[int(np.argmax(there))]), agreement, turned, n, verdict


def _turned(drivers: Drivers, other_way: Callable[[str, str], bool]) -> int:
    """How many pairs that are clearly apart come the other way round."""
    pairs = display.rows(drivers.pairs) if drivers.pairs is not None else iter(())
    return sum(drivers.ahead(p.first, p.second) and other_way(p.first, p.second) for p in pairs)


def _worth(matrices: Floats) -> Floats:
    few = matrices.shape[1] - 1 <= shares.EXACT_UP_TO
    worth: Floats = shares.lmg(matrices) if few else shares.sampled(matrices)[0]
    return np.asarray(worth[0], dtype=float)


def _by_nps(answers: Answers) -> Floats | None:
    return _worth(shares.partial(moments.correlations(answers.ranked_table(answers.net)), answers.held_columns.shape[1]))


def _by_johnson(answers: Answers) -> Floats | None:
    worth: Floats = shares.johnson(shares.partial(moments.correlations(answers.ranked_table()), answers.held_columns.shape[1]))
    return np.asarray(worth[0], dtype=float)


def by_ordered_model(answers: Answers) -> Floats | None:
    """LMG shares of the variable behind an ordered logit of the 0-10 answer; None where it has no finite fit."""
    coded = models.coded(answers, models.linear(answers))
    model = models.ordinal(coded)
    if not model.converged:
        return None
    held, rated = answers.held_columns, fill(answers.ratings, answers.mass) if answers.filled else answers.ratings
    k, p = answers.controls.shape[1], coded.columns.shape[1]
    gaps = model.coefficients[len(answers.names) : p - k] if answers.filled else np.empty(0)
    beta = np.concatenate([model.coefficients[p - k :], gaps, model.coefficients[[coded.at[name][0] for name in answers.names]]])
    spread = np.concatenate([_spread(held.to_numpy(), answers.mass), _spread(rated.to_numpy(), answers.mass)])
    matrix = moments.correlations(answers.ranked_table())[0]
    together = matrix[:-1, :-1] @ (beta * spread)
    size = float(np.sqrt((beta * spread) @ together + LATENT))
    matrix[-1, :-1] = matrix[:-1, -1] = together / size
    return _worth(shares.partial(matrix[None], held.shape[1]))


def _spread(columns: Floats, mass: Floats) -> Floats:
    """Weighted standard deviations of columns, missing values aside."""
    weight = mass[:, None] * ~np.isnan(columns)
    total = np.maximum(weight.sum(axis=0), 1e-12)
    mean = np.nansum(columns * weight, axis=0) / total
    return np.asarray(np.sqrt(np.nansum(weight * (columns - mean) ** 2, axis=0) / total))
