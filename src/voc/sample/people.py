"""A seed -> who contacted the shop, who was invited, who answered and what they ticked. No comments yet."""

from __future__ import annotations

import numpy as np
import pandas as pd

from voc.sample import plan
from voc.schema import cohort_of

OVERALL_RATE = 0.215  # answers per contact, suppressed contacts included; sets how many contacts are drawn


def contacts(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Every contact in date order, with the invitation's fate and exactly n answers."""
    volume = np.array([plan.MONTH_VOLUME.get(m, 1.0) for m in plan.MONTHS])
    total = round(n / OVERALL_RATE)
    month = np.sort(rng.choice(len(plan.MONTHS), size=total, p=volume / volume.sum()))
    first = pd.PeriodIndex(plan.MONTHS, freq="M")
    days = first.days_in_month.to_numpy()[month]
    day = first.to_timestamp().to_numpy()[month] + (rng.random(total) * days).astype("int64").astype("timedelta64[D]")
    customers = max(int(total * 0.9), 1)
    activity = rng.lognormal(0, 0.6, customers)
    frame = pd.DataFrame(
        {
            "date": day,
            "month": month,
            "customer": rng.choice(customers, size=total, p=activity / activity.sum()) + 1,
            "place": _touchpoints(month, rng),
        }
    ).sort_values(["date", "customer"], ignore_index=True)
    frame["sent"] = _contact_rule(frame)
    wanted = frame["place"].map(plan.RESPONSE_RATE).to_numpy() * frame["sent"].to_numpy()
    # The n most willing answer: each invitation's chance stays proportional to its touchpoint's response rate.
    urge = np.where(wanted > 0, rng.random(total) ** (1 / np.maximum(wanted, 1e-9)), -1)
    answered = np.zeros(total, dtype=bool)
    answered[np.argsort(-urge, kind="stable")[:n]] = True
    frame["answered"] = answered
    return frame


def _touchpoints(month: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    mixed = month == plan.MONTHS.index(plan.MIX_MONTH)
    names = list(plan.TOUCHPOINTS)
    usual = rng.choice(names, size=len(month), p=[plan.TOUCHPOINT_SHARE[t] for t in names])
    shifted = rng.choice(names, size=len(month), p=[plan.MIX_SHARE[t] for t in names])
    return np.where(mixed, shifted, usual)


def _contact_rule(frame: pd.DataFrame) -> list[bool]:
    """True where an invitation goes out: nobody is invited twice within 30 days."""
    last: dict[int, np.datetime64] = {}
    rule, sent = np.timedelta64(plan.CONTACT_RULE_DAYS, "D"), []
    for customer, date in zip(frame["customer"].to_numpy(), frame["date"].to_numpy(), strict=True):
        allowed = customer not in last or date - last[customer] >= rule
        sent.append(bool(allowed))
        if allowed:
            last[customer] = date
    return sent


def answers(asked: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Ratings, score and background of each answering contact, as planted in `plan`."""
    n, place = len(asked), asked["place"].to_numpy()
    frame = asked.reset_index(drop=True).copy()
    frame["region"] = rng.choice(plan.REGIONS, size=n)
    frame["store"] = _stores(place, rng)
    frame["agent"] = _agents(place, rng)
    frame["product"] = rng.choice(plan.PRODUCTS, size=n)
    frame["reason"] = [plan.REASONS[p][i] for p, i in zip(place, rng.integers(0, 4, n), strict=True)]
    frame["consent"] = np.where(rng.random(n) < 0.42, "yes", "no")
    spent = np.round(rng.lognormal(5.6, 0.8, n), 2)
    frame["revenue"] = np.where(rng.random(n) < 0.7, spent, np.nan)
    frame["sign_in"] = (asked["month"].to_numpy() == len(plan.MONTHS) - 1) & (rng.random(n) < asked["place"].map(plan.SIGN_IN_RATE).to_numpy())
    ratings = _ratings(place, rng)
    frame = pd.concat([frame, ratings], axis=1)
    score = asked["place"].map(plan.BASE_SCORE).to_numpy() + rng.normal(0, plan.SCORE_NOISE, n)
    for name, effect in plan.EFFECTS.items():
        score = score + np.asarray(effect)[ratings[name].to_numpy() - 1]
    score = score + plan.BRIGHT_EFFECT * (frame["store"].to_numpy() == plan.BRIGHT_STORE)
    score = score + plan.SIGN_IN_EFFECT * frame["sign_in"].to_numpy()
    frame["score"] = np.clip(np.round(score), 0, 10).astype(int)
    frame["cohort"] = cohort_of(frame["score"])
    return frame


def durations(n: int, rng: np.random.Generator) -> np.ndarray:
    """Seconds that each customer took, with a planted share of speeders."""
    usual = rng.lognormal(np.log(plan.USUAL_SECONDS), plan.TIME_SPREAD, n)
    fast = rng.random(n) < plan.SPEEDERS
    return np.round(np.where(fast, usual / 10, usual)).astype(int)


def _ratings(place: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Four 1-5 answers that share a halo, so that they correlate at about .5 as touchpoint questions do."""
    n = len(place)
    halo = rng.normal(0, 1, n)
    shift = np.array([plan.RATING_MEAN[p] for p in place])
    cuts = np.array([-2.0, -1.35, -0.75, 0.25])
    columns = {}
    for name in ("knowledgeable", "friendly", "patient", "resolution"):
        latent = 0.72 * halo + np.sqrt(1 - 0.72**2) * rng.normal(0, 1, n) + shift
        columns[name] = np.searchsorted(cuts, latent) + 1
    return pd.DataFrame(columns)


def _stores(place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    others = (1 - plan.BRIGHT_SHARE) / (len(plan.STORES) - 1)
    share = [plan.BRIGHT_SHARE if s == plan.BRIGHT_STORE else others for s in plan.STORES]
    return np.where(place == "store", rng.choice(plan.STORES, size=len(place), p=share), "")


def _agents(place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    calls, stores = plan.AGENTS[:24], plan.AGENTS[24:]
    by_place = {"call": rng.choice(calls, len(place)), "store": rng.choice(stores, len(place))}
    return np.where(place == "call", by_place["call"], np.where(place == "store", by_place["store"], ""))
