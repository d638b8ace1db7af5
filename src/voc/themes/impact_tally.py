"""Survey + who mentions what -> counts by touchpoint, month and band, and what customers who wrote more than once are worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voc.ingest import Survey
from voc.schema import COHORTS, DATE, TOUCHPOINT
from voc.stats import Floats

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Commenters:
    """Those who commented, as codes.

    Attributes:
        band: (n,) 0 detractor, 1 passive, 2 promoter.
        place: (n,) code of the touchpoint; all 0 where there is none.
        month: (n,) code of the month (or other period), in order of time.
        months: the periods themselves.
        customer: (n,) code of the customer; an answer that names none has its own.
    """

    band: Ints
    place: Ints
    month: Ints
    months: pd.PeriodIndex
    customer: Ints

    @property
    def n(self) -> int:
        """How many answers came with a comment."""
        return len(self.band)

    @property
    def net(self) -> Floats:
        """(n,) -1 detractor, 0 passive, 1 promoter; their mean is the score."""
        return (self.band - 1).astype(float)

    @property
    def cell(self) -> Ints:
        """(n,) code of the touchpoint and month together."""
        return self.place * max(len(self.months), 1) + self.month

    @property
    def repeated(self) -> bool:
        """Whether a customer commented more than once."""
        return self.n > 0 and int(np.bincount(self.customer).max()) > 1


def commenters(survey: Survey, index: pd.Index, *, frequency: str = "M") -> Commenters:
    """The codes of some of the survey's answers.

    Args:
        survey: the answers.
        index: which of them, by the index of `survey.answers`.
        frequency: of the periods, as pandas calls it: "D", "W", "M", "Q" or "Y".
    """
    answers = survey.answers.loc[index]
    band = pd.Categorical(answers["cohort"], categories=list(COHORTS)).codes.astype(np.int64)
    place = _codes(answers[TOUCHPOINT].fillna("").astype(str)) if TOUCHPOINT in answers else np.zeros(len(answers), dtype=np.int64)
    periods = pd.PeriodIndex(answers[DATE].dt.to_period(frequency))
    months = periods.unique().sort_values()
    customer = _codes(survey.who.loc[index])
    return Commenters(band, place, np.asarray(months.get_indexer(periods), dtype=np.int64), months, customer)


def _codes(texts: pd.Series) -> Ints:
    return np.asarray(pd.factorize(texts, sort=True)[0], dtype=np.int64)


def merged(counts: Ints, fewest: int) -> Ints:
    """Neighbouring months put together until each holds enough: (months,) answers -> (months,) codes from 0.

    Months are taken in order; one is closed when it has `fewest`. What is left over at the end joins the one before.

    >>> merged(np.array([2, 4, 1, 9, 1]), 5).tolist()
    [0, 0, 1, 1, 1]
    """
    out = np.zeros(len(counts), dtype=np.int64)
    code, held = 0, 0
    for i, n in enumerate(counts):
        out[i], held = code, held + int(n)
        if held >= fewest:
            code, held = code + 1, 0
    return np.minimum(out, max(code - 1, 0))


def strata(table: Ints, fewest: int) -> Ints:
    """Months of a touchpoint put together until `fewest` do not mention the theme: (touchpoints, months, others/mentioned, 3) -> (strata, 2, 3)."""
    parts = []
    for place in table:
        code = merged(place[:, 0].sum(axis=1), fewest)
        part = np.zeros((int(code.max()) + 1, *place.shape[1:]), dtype=np.int64)
        np.add.at(part, code, place)
        parts.append(part)
    return np.concatenate(parts)


def stratum_of(who: Commenters, fewest: int) -> Ints:
    """(n,) code of each answer's touchpoint and month; neighbouring months of a touchpoint put together until they hold `fewest` answers."""
    months = max(len(who.months), 1)
    counts = np.bincount(who.cell, minlength=(int(who.place.max()) + 1) * months).reshape(-1, months)
    code = np.array([merged(place, fewest) for place in counts])
    return np.unique(who.place * months + code[who.place, who.month], return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True)
class Designs:
    """How much more estimates vary because some customers commented more than once, as ratios of variances of at least 1.

    Attributes:
        mentioned: (themes,) of the score of those who mention a theme.
        others: (themes,) of the score of those who do not.
        share: (themes,) of the theme's share.
    """

    mentioned: Floats
    others: Floats
    share: Floats


def designs(who: Commenters, mentions: Bools, stratum: Ints) -> Designs:
    """Customers who commented more than once -> how much wider each theme's intervals must be.

    Args:
        who: the commenters.
        mentions: (n, themes) who mentions what.
        stratum: (n,) codes of touchpoint and month.

    Notes:
        Scores: 1 + r (sum k^2 / sum k - 1), k being the comments of one customer that count and r how alike two answers of a customer
        are beyond what touchpoint and month explain; one r for all themes, because that of a theme with few mentions is mostly
        chance. Shares: the ratio of the variances with and without customers' comments added up first, as `stats.effective_size` has it.

    References:
        Kish 1965, Survey Sampling (design effect); Donner 1986, International Statistical Review 54:67 (intraclass correlation).
    """
    ones = np.ones(mentions.shape[1])
    if not who.repeated:
        return Designs(ones, ones, ones)
    said, wrote = customer_sums(who.customer, mentions)
    alike = likeness(who, stratum)
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = [1 + alike * ((k**2).sum(axis=0) / k.sum(axis=0) - 1) for k in (said, wrote - said)]
    mentioned, others = (np.maximum(np.nan_to_num(x, nan=1.0), 1.0) for x in raw)
    return Designs(mentioned, others, ratio_of(said, wrote))


def customer_sums(customer: Ints, mentions: Bools) -> tuple[Floats, Floats]:
    """(n,) customers and (n, themes) mentions -> per customer: (customers, themes) comments that mention a theme, and (customers, 1) all."""
    order = np.argsort(customer, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(customer[order]) > 0]) if len(order) else np.zeros(0, int)
    said = np.add.reduceat(mentions[order].astype(float), starts, axis=0) if len(order) else np.zeros((0, mentions.shape[1]))
    return said, np.diff(np.r_[starts, len(order)]).astype(float)[:, None]


def ratio_of(said: Floats, wrote: Floats) -> Floats:
    """(themes,) variance of each theme's share, customers' comments added up first, in that of separate comments; at least 1."""
    n, people = float(wrote.sum()), len(wrote)
    if n <= 1 or people <= 1:
        return np.ones(said.shape[1])
    share = said.sum(axis=0) / n
    together = ((said - share * wrote) ** 2).sum(axis=0) * people / (people - 1)
    apart = n * share * (1 - share) * n / (n - 1)
    return np.maximum(np.where(apart > 0, together / np.where(apart > 0, apart, 1.0), 1.0), 1.0)


def likeness(who: Commenters, stratum: Ints) -> float:
    """How alike two answers of a customer are, 0..1: mean product of their distances from the usual score, in variances of one answer."""
    usual = np.bincount(stratum, who.net) / np.bincount(stratum)
    off = who.net - usual[stratum]
    sums, squares, k = (np.bincount(who.customer, x) for x in (off, off**2, np.ones(who.n)))
    pairs, spread = float((k * (k - 1)).sum()), float(squares.mean() * len(k) / who.n)
    if spread <= 1e-12:
        return 1.0  # all answers of a touchpoint and month are the same: nothing tells how alike those of a customer are
    return float(np.clip((sums**2 - squares).sum() / pairs / spread, 0, 1))
