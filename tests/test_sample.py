"""The synthetic survey holds what it says it holds, for its own seed and for others."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

import voc
from voc import sample
from voc.ingest import Survey
from voc.sample import bank, plan
from voc.score import nps

ROOT = Path(__file__).resolve().parents[1]
SEEDS = (sample.SEED, 11, 12, 13)


@pytest.fixture(scope="module", params=SEEDS)
def seeded(request, tmp_path_factory) -> Survey:
    return voc.read_survey(sample.write(tmp_path_factory.mktemp("seed"), seed=request.param))


def standard_error(survey: Survey) -> float:
    """Standard error of a score in points, from its counts."""
    score = nps(survey)
    p, d = score.promoters / score.n, score.detractors / score.n
    return 100 * float(np.sqrt((p + d - (p - d) ** 2) / score.n))


def power(effect: float, errors: list[float], comparisons: int = 1) -> float:
    """Chance that a two-sided test at 5 % (Bonferroni) finds an effect of this size."""
    z = norm.ppf(1 - 0.025 / comparisons)
    return float(norm.sf(z - abs(effect) / np.hypot(*errors)))


def test_the_bank_is_large_distinct_and_tagged():
    book = bank.load()
    assert len(book) >= 1200
    assert book["text"].is_unique
    tags = book["themes"].explode().dropna()
    assert set(tags) == set(bank.THEMES)
    assert tags.value_counts().min() >= 60
    assert (book["themes"].map(len) == 0).sum() >= 20, "non-answers"
    assert (book["themes"].map(len) >= 2).mean() > 0.15, "several topics in one"


def test_committed_files_are_what_the_seed_gives(tmp_path):
    sample.write(tmp_path)
    for name in ("responses.csv", "invitations.csv", "truth.json", "survey.toml"):
        assert (tmp_path / name).read_bytes() == (ROOT / "data" / "sample" / name).read_bytes(), f"{name}: run `make sample`"


def test_size_and_shape():
    made = sample.make()
    responses, invitations = made.responses, made.invitations
    assert len(responses) >= 15_000
    assert responses["responded_on"].str[:7].nunique() == 14
    assert responses["touchpoint"].nunique() == 3
    assert responses.loc[responses["store"] != "", "store"].nunique() == 12
    assert responses.loc[responses["agent"] != "", "agent"].nunique() == 40
    assert (responses["comment"] != "").mean() == pytest.approx(0.6, abs=0.03)
    sent = invitations["invitation"] == "sent"
    assert (invitations["response_id"] != "").sum() / sent.sum() == pytest.approx(0.23, abs=0.015)
    assert 0.02 < (~sent).mean() < 0.2
    assert set(responses["response_id"]) == set(invitations["response_id"]) - {""}


def test_nobody_is_invited_twice_within_the_contact_rule():
    sent = sample.make(3000, seed=4).invitations.query("invitation == 'sent'")
    days = sent.assign(day=sent["contacted_on"].astype("datetime64[s]")).sort_values(["customer_id", "day"])
    gaps = days.groupby("customer_id")["day"].diff().dropna().dt.days
    assert gaps.min() >= plan.CONTACT_RULE_DAYS


def test_the_same_seed_gives_the_same_survey_and_another_does_not():
    one, two, other = (sample.make(400, seed=s).responses for s in (1, 1, 2))
    assert one.equals(two)
    assert not one.equals(other)


def test_any_size(tmp_path):
    assert len(sample.make(100).responses) == 100
    with pytest.raises(voc.VocError, match="at least 100"):
        sample.make(99)


def test_it_says_synthetic():
    truth = json.loads((ROOT / "data" / "sample" / "truth.json").read_text())
    assert truth["synthetic"] is True
    assert "Synthetic" in (ROOT / "data" / "sample" / "survey.toml").read_text()


def test_drivers_come_in_the_planted_order(seeded):
    drivers = voc.drivers.rank(seeded.window(plan.LAST_MONTH, months=3))
    assert drivers.to_frame()["question"].tolist() == list(plan.EFFECTS)
    assert drivers.to_frame()["first_chance"][0] >= 0.95


def test_bad_answers_cost_more_than_good_ones_gain(seeded):
    frame = seeded.frame
    mean = frame.groupby("resolution")["score"].mean()
    assert mean[4] - mean[2] > 1.5 * (mean[5] - mean[4])


def test_the_mix_month_falls_by_mix_alone(seeded):
    before, month = seeded.before(plan.MIX_MONTH), seeded.month(plan.MIX_MONTH)
    split = voc.score.bridge(before, month, by="touchpoint")
    assert split.change.verdict == "fell"
    assert split.mix_range[1] < 0
    assert split.within_range[0] < 0 < split.within_range[1], "no sentence may call this worse performance"
    assert "scores within each touchpoint show no clear effect" in split.headline
    assert power(split.mix, [standard_error(before), standard_error(month)]) >= 0.8
    unusual = voc.score.trend(seeded).to_frame().query("unusual == 'below'")["period"].tolist()
    assert plan.MIX_MONTH in unusual


def test_the_bright_store_is_found_and_the_nulls_are_not(seeded):
    month = seeded.month(plan.LAST_MONTH)
    stores = month.where(touchpoint="Store")
    bright, others = stores.where(store=plan.BRIGHT_STORE), stores.frame[stores.frame["store"] != plan.BRIGHT_STORE]
    effect = nps(bright).value - nps(others["score"]).value
    rest = Survey(others, stores.mapping, stores.receipt)
    assert power(effect, [standard_error(bright), standard_error(rest)], comparisons=12) >= 0.8
    found = voc.score.standouts(month).to_frame()
    named = set(found["segment"])
    assert plan.BRIGHT_STORE in named
    assert named - {plan.BRIGHT_STORE} <= set(plan.TOUCHPOINTS.values()), "a planted null stands out"


def test_the_emerging_theme_is_in_the_last_month_only(seeded):
    texts = {
        voc.text.redact(voc.text.normalise(t)) for t, tags in zip(bank.load()["text"], bank.load()["themes"], strict=True) if bank.EMERGING in tags
    }
    wrote = seeded.frame[seeded.frame["comment"] != ""]
    last = wrote["date"].dt.strftime("%Y-%m") == plan.LAST_MONTH
    share = wrote["comment"].isin(texts).groupby(last).mean()
    assert share[False] == 0
    n = int(last.sum())
    assert power(share[True], [float(np.sqrt(share[True] / n)), 0.0], comparisons=20) >= 0.8
