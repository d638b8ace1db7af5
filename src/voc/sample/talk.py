"""Answers -> what each customer wrote: comments drawn from the hand-written bank by touchpoint, score and ratings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from voc.sample import bank, plan


def comments(answers: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Row number in the bank of each answer's comment; -1 where the customer wrote nothing."""
    n = len(answers)
    rate = answers["cohort"].map(plan.COMMENT_RATE).to_numpy()
    rate = np.where(answers["sign_in"], plan.SIGN_IN_COMMENT_RATE, rate)
    writes = rng.random(n) < rate
    chosen = np.full(n, -1)
    keys = _situations(answers)
    for _, positions in keys[writes].groupby(list(keys.columns), sort=True).indices.items():
        rows = np.flatnonzero(writes)[positions]
        weights = _weights(keys.iloc[rows[0]])
        chosen[rows] = rng.choice(len(weights), size=len(rows), p=weights)
    return pd.Series(chosen, index=answers.index)


def _situations(answers: pd.DataFrame) -> pd.DataFrame:
    """The few features of an answer that decide what its comment is about."""
    score = answers["score"].to_numpy()
    keys = pd.DataFrame({"place": answers["place"], "band": np.digitize(score, [4, 7, 9, 10]), "sign_in": answers["sign_in"]})
    for rating in plan.RATING_TALK:
        values = answers[rating].to_numpy()
        keys[rating] = np.where(values <= 2, -1, np.where(values == 5, 1, 0))
    return keys


@dataclass(frozen=True)
class _Book:
    """The bank as arrays: one row per comment."""

    at: dict[str, np.ndarray]
    signs: np.ndarray
    mentions: np.ndarray
    tone: np.ndarray
    factor: np.ndarray


@cache
def _book() -> _Book:
    frame, themes = bank.load(), list(bank.THEMES)
    return _Book(
        at={place: np.array([place in places for places in frame["touchpoints"]]) for place in plan.TOUCHPOINTS},
        signs=np.array([[signs.get(t, 0) for t in themes] for signs in frame["signs"]]),
        mentions=np.array([[t in signs for t in themes] for signs in frame["signs"]], dtype=float),
        tone=frame["tone"].to_numpy(),
        factor=np.where(frame["plain"], plan.PLAIN_FACTOR, 1.0),
    )


def _weights(key: pd.Series) -> np.ndarray:
    """Chance of each comment of the bank in one situation."""
    book, themes = _book(), list(bank.THEMES)
    here = book.at[key["place"]]
    count = book.mentions.sum(axis=1)
    about_sign_in = book.mentions[:, themes.index(bank.EMERGING)] > 0
    if key["sign_in"]:
        return _normalised(book.factor * (here & about_sign_in))
    # How likely this customer is to raise these topics: the touchpoint, and what they rated badly or well.
    usual = np.array([plan.THEME_WEIGHT[key["place"]].get(theme, 1.0) for theme in themes])
    weight = book.factor * (book.mentions @ usual) / np.maximum(count, 1) * (here & ~about_sign_in & (count > 0))
    for rating, theme in plan.RATING_TALK.items():
        weight = np.where(book.signs[:, themes.index(theme)] * key[rating] > 0, weight * plan.TALK_FACTOR, weight)
    for value, chance in zip((-2, -1, 0, 1, 2), plan.TONE_BY_SCORE[int(key["band"])], strict=True):
        match = book.tone == value
        total = weight[match].sum()
        weight[match] *= chance / total if total > 0 else 0.0
    blank = (count == 0).astype(float)
    return (1 - plan.NON_ANSWER_RATE) * _normalised(weight) + plan.NON_ANSWER_RATE * _normalised(blank)


def _normalised(weights: np.ndarray) -> np.ndarray:
    return np.asarray(weights / weights.sum())
