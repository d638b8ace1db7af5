"""Answers -> what each customer wrote: comments drawn from the hand-written bank by touchpoint, score and ratings."""

from __future__ import annotations

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
    book = bank.load()
    keys = _situations(answers)
    for _, positions in keys[writes].groupby(list(keys.columns), sort=True).indices.items():
        rows = np.flatnonzero(writes)[positions]
        weights = _weights(book, keys.iloc[rows[0]])
        chosen[rows] = rng.choice(len(book), size=len(rows), p=weights)
    return pd.Series(chosen, index=answers.index)


def _situations(answers: pd.DataFrame) -> pd.DataFrame:
    """The few features of an answer that decide what its comment is about."""
    score = answers["score"].to_numpy()
    keys = pd.DataFrame({"place": answers["place"], "band": np.digitize(score, [4, 7, 9, 10]), "sign_in": answers["sign_in"]})
    for rating in plan.RATING_TALK:
        values = answers[rating].to_numpy()
        keys[rating] = np.where(values <= 2, -1, np.where(values == 5, 1, 0))
    return keys


def _weights(book: pd.DataFrame, key: pd.Series) -> np.ndarray:
    """Chance of each comment of the bank in one situation."""
    here = np.array([key["place"] in places for places in book["touchpoints"]])
    usual = np.where(book["plain"].to_numpy(), plan.PLAIN_FACTOR, 1.0)
    about_sign_in = np.array([bank.EMERGING in themes for themes in book["themes"]])
    if key["sign_in"]:
        return _normalised(np.where(here & about_sign_in, usual, 0.0))
    blank = np.array([not themes for themes in book["themes"]])
    talk = np.array([_interest(signs, key) for signs in book["signs"]])
    weight = np.where(here & ~about_sign_in & ~blank, talk * usual, 0.0)
    tone = book["tone"].to_numpy()
    for value, chance in zip((-2, -1, 0, 1, 2), plan.TONE_BY_SCORE[int(key["band"])], strict=True):
        match = tone == value
        total = weight[match].sum()
        weight[match] *= chance / total if total > 0 else 0.0
    return (1 - plan.NON_ANSWER_RATE) * _normalised(weight) + plan.NON_ANSWER_RATE * _normalised(blank.astype(float))


def _interest(signs: dict[str, int], key: pd.Series) -> float:
    """How likely this customer is to raise these topics: touchpoint, and what they rated badly or well."""
    if not signs:
        return 0.0
    usual = plan.THEME_WEIGHT[key["place"]]
    weight = float(np.mean([usual.get(theme, 1.0) for theme in signs]))
    for rating, theme in plan.RATING_TALK.items():
        if signs.get(theme, 0) * key[rating] > 0:
            weight *= plan.TALK_FACTOR
    return weight


def _normalised(weights: np.ndarray) -> np.ndarray:
    return np.asarray(weights / weights.sum())
