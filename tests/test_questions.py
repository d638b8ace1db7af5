"""Touchpoint questions over time: averages against a plain loop, a planted change found, another mix of touchpoints no change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps

import naive
from voc import score
from voc.display import Note
from voc.schema import VocError


def survey(*, drop: float = 0.0, store_now: float = 0.5, n: int = 1200, seed: int = 1):
    """Twelve months of answers at two places, of which the store rates a point higher; the last month drops by some points."""
    rng = np.random.default_rng(seed)
    month = np.sort(rng.integers(0, 12, n))
    store = rng.random(n) < np.where(month == 11, store_now, 0.5)
    mean = 3.2 + store - drop * (month == 11)
    answers = {q: np.clip(np.round(mean + rng.normal(0, 0.8, n)), 1, 5) for q in ("friendly", "patient")}
    answers["patient"] = np.clip(np.round(3.2 + store + rng.normal(0, 0.8, n)), 1, 5)
    dates = [f"2026-{m + 1:02d}-10" for m in month]
    return naive.survey_of([9] * n, ratings=answers, dates=dates, touchpoint=np.where(store, "Store", "Web"))


def test_averages_and_shares_equal_a_plain_loop():
    """Oracle: each month by itself, Student's t interval of scipy, and the share of ticks 1 and 2."""
    data = survey(n=400)
    table = score.questions(data).to_frame().set_index(["question", "period"])
    for period, part in data.answers.groupby(data.answers["date"].dt.strftime("%Y-%m")):
        values = part["friendly"]
        low, high = sps.t.interval(0.95, len(values) - 1, values.mean(), values.std() / np.sqrt(len(values)))
        row = table.loc[("friendly", period)]
        assert (row["n"], row["mean"], row["worst"]) == pytest.approx((len(values), values.mean(), (values <= 2).mean()))
        assert (row["low"], row["high"]) == pytest.approx((max(low, 1), min(high, 5)))


def test_a_planted_drop_is_found_and_only_there():
    found = score.questions(survey(drop=0.7, n=2400))
    verdicts = dict(zip(found.changes["question"], found.changes["verdict"], strict=True))
    assert verdicts["friendly"] == "worse"
    assert verdicts["patient"] != "worse"
    assert found.headline.startswith("In December 2026, compared with the time before: “Friendly” got worse (")


def test_another_mix_of_touchpoints_is_no_change():
    """The last month has nine answers in ten from the store, which rates a point higher."""
    changes = score.questions(survey(store_now=0.9, n=4800)).changes
    assert set(changes["verdict"]) <= {"stable", "too few answers to tell"}
    assert (changes["mean"] - changes["before"]).abs().max() < 0.2


def test_without_a_change_hardly_anything_is_called_one():
    """Planted null, 100 surveys with two questions: at a level of 95 % for both together, about five."""
    called = sum(score.questions(survey(seed=s, n=600)).changes["verdict"].isin(["better", "worse"]).any() for s in range(100))
    assert called <= 11


def test_groups_and_small_bases():
    data = survey(n=200)
    apart = score.questions(data, by="touchpoint", every="quarter").to_frame()
    assert set(apart["group"]) == {"Store", "Web"}
    assert apart.groupby("question")["n"].sum().tolist() == [200, 200]
    small = score.questions(survey(n=60))
    assert small.to_frame().loc[small.to_frame()["n"] < 10, "mean"].isna().all()
    assert set(small.changes["verdict"]) == {"too few answers to tell"}
    assert "for 2 questions there are too few answers to tell" in small.headline


def test_a_year_is_compared_with_the_years_before():
    data = survey(n=400)
    dates = data.answers["date"].where(np.arange(400) < 200, data.answers["date"] + pd.DateOffset(years=1))
    found = score.questions(data.with_frame(data.answers.assign(date=dates)), 2027)
    assert (found.last, found.changes["n"].tolist()) == ("2027", [200, 200])
    assert score.questions(data, "2026-12").last == "December 2026"


def test_row_order_is_irrelevant():
    data = survey(n=300)
    shuffled = data.with_frame(data.answers.sample(frac=1, random_state=2).reset_index(drop=True))
    pd.testing.assert_frame_equal(score.questions(data).changes, score.questions(shuffled).changes)


def test_no_questions_is_a_sentence():
    assert isinstance(score.questions(naive.survey_of([9, 3])), Note)
    with pytest.raises(VocError, match="there is no column"):
        score.questions(survey(n=100), by="nowhere")
