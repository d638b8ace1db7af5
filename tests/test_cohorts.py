"""What two groups say and rate differently: the word statistic against its oracle, and antisymmetry of the whole comparison."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps

import naive
import voc
from voc import cohorts, sample, themes
from voc.cohorts import words

FIRST, SECOND = np.array([30.0, 5, 12, 3, 50]), np.array([8.0, 25, 10, 6, 51])


@pytest.fixture(scope="session")
def found(tmp_path_factory):
    """A synthetic survey of 1500 answers and its themes."""
    survey = voc.read_survey(sample.write(tmp_path_factory.mktemp("cohorts"), n=1500, seed=3))
    return survey, themes.find(survey)


@pytest.fixture(scope="session")
def both(found):
    """Promoters against detractors, and the other way round."""
    return cohorts.compare(*found), cohorts.compare(*found, first="detractor", second="promoter")


# --- words -------------------------------------------------------------------------------------------------------------


def test_fighting_words_equal_the_toy_oracle():
    """stats.md section 3: counts out of 100 each, informative prior of 10 shaped like the pooled counts (Monroe et al. 2008, ConvoKit's formula)."""
    expected = [3.898323, -3.701313, 0.456172, -0.980903, -0.191660]
    assert words.fighting_words(FIRST, SECOND, sizes=(100, 100), prior_size=10)[1] == pytest.approx(expected, abs=5.1e-7)


def test_fighting_words_equal_the_definition():
    """Oracle: `naive.fighting_words`, groups of different size."""
    rng = np.random.default_rng(3)
    first, second = rng.integers(0, 40, 30).astype(float), rng.integers(1, 60, 30).astype(float)
    z = words.fighting_words(first, second, sizes=(40, 70), prior_size=10)[1]
    assert z == pytest.approx(naive.fighting_words(first, second, (40, 70), 10))


def test_swapping_the_groups_flips_every_sign_of_fighting_words():
    one = words.fighting_words(FIRST, SECOND, sizes=(120, 150), prior_size=10)
    other = words.fighting_words(SECOND, FIRST, sizes=(150, 120), prior_size=10)
    assert other[0] == pytest.approx(-one[0])
    assert other[1] == pytest.approx(-one[1])


def test_equal_use_is_no_difference():
    difference, z = words.fighting_words(FIRST, FIRST, sizes=(100, 100), prior_size=10)
    assert difference == pytest.approx(np.zeros(5))
    assert z == pytest.approx(np.zeros(5))


def groups(first: dict[str, int], second: dict[str, int]) -> tuple[list[str], np.ndarray]:
    """Comments, each as often as given, of two groups."""
    texts = [t for group in (first, second) for t, k in group.items() for _ in range(k)]
    return texts, np.arange(len(texts)) < sum(first.values())


def test_planted_words_are_found_on_their_side():
    texts, first = groups({"friendly advisor": 40, "delivery came": 20, "parking": 20}, {"refund refused": 40, "delivery came": 20, "parking": 20})
    frame = words.contrast(texts, first).set_index("phrase")
    assert frame.loc["friendly advisor", ["n_first", "n_second"]].tolist() == [40, 0]
    assert frame.loc["friendly advisor", "sure"]
    assert frame.loc["refund", "sure"]
    assert frame.loc["refund", "z"] < 0 < frame.loc["friendly", "z"]
    assert not frame.loc[["delivery", "parking"], "sure"].any()
    assert frame["z"].is_monotonic_decreasing


def test_swapping_the_groups_flips_every_sign():
    texts, first = groups({"friendly advisor": 20, "delivery came": 9, "parking": 12}, {"refund refused": 24, "delivery came": 20, "parking": 6})
    one, other = (words.contrast(texts, g).set_index("phrase").sort_index() for g in (first, ~first))
    assert (other.index == one.index).all()
    assert other["z"].tolist() == pytest.approx((-one["z"]).tolist())
    assert other["log_odds"].tolist() == pytest.approx((-one["log_odds"]).tolist())
    assert other["n_first"].tolist() == one["n_second"].tolist()
    assert other["adjusted_p"].tolist() == pytest.approx(one["adjusted_p"].tolist())
    assert (other["sure"] == one["sure"]).all()


def test_a_customer_who_repeats_a_word_counts_once():
    once, loud = (groups({"refund": 6, "advisor": 14}, {"refund": 4, noise: 1, "parking": 15}) for noise in (" refund", "refund " * 60))
    one, other = (words.contrast(*g).set_index("phrase").loc["refund"] for g in (once, loud))
    assert one["n_second"] == other["n_second"] == 5
    assert one["z"] == pytest.approx(other["z"])


def test_phrases_of_fewer_than_ten_customers_are_left_out():
    texts, first = groups({"refund": 5, "parking": 5, "advisor": 15}, {"refund": 4, "parking": 5, "delivery": 15})
    phrases = set(words.contrast(texts, first)["phrase"])
    assert phrases == {"parking", "advisor", "delivery"}


@pytest.mark.parametrize(
    ("first", "second"),
    [({"friendly advisor": 4}, {"refund refused": 40}), ({"friendly advisor": 40}, {"refund refused": 4}), ({}, {"refund": 9})],
)
def test_groups_under_five_give_no_words(first, second):
    frame = words.contrast(*groups(first, second))
    assert frame.empty
    assert "phrase" in frame.columns


def test_no_common_word_gives_no_words():
    unlike = [f"{a}{b}zz" for a in "bcdfghjklm" for b in "npqr"]
    assert words.contrast(unlike, np.arange(40) < 20).empty


def test_only_words_that_name_nothing_give_no_words():
    assert words.contrast(*groups({"it was the": 20}, {"the one that": 20, "it was the": 10})).empty


def test_a_word_that_everybody_writes_is_no_difference():
    """All customers of both groups use it: the odds are infinite on both sides, the difference is none."""
    frame = words.contrast(*groups({"delivery late": 12}, {"delivery fine": 12})).set_index("phrase")
    assert frame.loc["delivery", "z"] == pytest.approx(0)
    assert not frame.loc["delivery", "sure"]


def test_words_do_not_depend_on_the_order_of_comments():
    texts, first = groups({"friendly advisor": 20, "parking": 12}, {"refund refused": 24, "parking": 6})
    order = np.random.default_rng(4).permutation(len(texts))
    pd.testing.assert_frame_equal(words.contrast([texts[i] for i in order], first[order]), words.contrast(texts, first))


def test_random_groups_rarely_have_sure_words():
    """Planted null: 60 words at random, groups at random; 5 % of 60 surveys may name a word by chance, here at most 6."""
    rng, vocabulary = np.random.default_rng(5), [f"{a}{b}word" for a in "bcdfghjklm" for b in "nprstv"]
    alarms = 0
    for _ in range(60):
        texts = [" ".join(rng.choice(vocabulary, 6, replace=False)) for _ in range(120)]
        alarms += words.contrast(texts, rng.random(120) < 0.5)["sure"].any()
    assert alarms <= 6


# --- compare -----------------------------------------------------------------------------------------------------------


def test_comparison_of_themes_is_antisymmetric(both):
    one, other = (c.themes.set_index("id").sort_index() for c in both)
    assert len(one) > 3
    assert (other.index == one.index).all()
    assert other["difference"].tolist() == pytest.approx((-one["difference"]).tolist())
    assert other["low"].tolist() == pytest.approx((-one["high"]).tolist())
    assert other["n_first"].tolist() == one["n_second"].tolist()
    assert other["adjusted_p"].tolist() == pytest.approx(one["adjusted_p"].tolist())
    assert (other["verdict"] == one["verdict"]).all()


def test_comparison_of_words_is_antisymmetric(both):
    one, other = (c.words.set_index("phrase").sort_index() for c in both)
    assert len(one) > 20
    assert other["z"].tolist() == pytest.approx((-one["z"]).tolist())
    for group in ("promoter", "detractor"):
        mine, swapped = (c.word_part(group) for c in both)
        assert mine.headline == swapped.headline


def test_theme_counts_are_customers_who_mention_the_theme(found, both):
    """Counted again, one customer at a time."""
    survey, themed = found
    cohort = survey.frame.set_index("response_id")["cohort"]
    for row in both[0].themes.itertuples():
        ids = set(themed.assignments.loc[themed.assignments["theme"] == row.id, "id"])
        assert row.n_first == sum(cohort[i] == "promoter" for i in ids)
        assert row.n_second == sum(cohort[i] == "detractor" for i in ids)
        assert row.label == themed.label_of(row.id)


def test_sizes_are_answers_and_comments_of_both_groups(found, both):
    frame = found[0].frame
    n1, c1, n2, c2 = both[0].sizes
    assert (n1, n2) == ((frame["cohort"] == "promoter").sum(), (frame["cohort"] == "detractor").sum())
    assert 0 < c1 <= (frame.loc[frame["cohort"] == "promoter", "comment"] != "").sum()
    assert 0 < c2 <= (frame.loc[frame["cohort"] == "detractor", "comment"] != "").sum()
    assert both[0].themes["share_first"].tolist() == pytest.approx((both[0].themes["n_first"] / c1).tolist())


def test_verdicts_agree_with_the_headline(both):
    one = both[0]
    sure = one.themes[one.themes["verdict"] != "not clear"]
    assert len(sure) > 0
    assert (sure["adjusted_p"] <= 0.05).all()
    assert set(sure["verdict"]) <= {"more promoters", "more detractors"}
    for verdict, words_ in (("more promoters", "Promoters mention more often: "), ("more detractors", "Detractors mention more often: ")):
        assert (words_ in one.headline) == (verdict in set(sure["verdict"]))


def test_small_groups_are_not_compared(found):
    survey, themed = found
    few = survey.frame.groupby("cohort").head(9)
    result = cohorts.compare(survey.with_frame(few.reset_index(drop=True)), themed)
    assert result.themes.empty
    assert "There are too few comments to compare what they say." in result.headline
    assert result.word_part("promoter").headline == "No word or phrase goes clearly with promoters."


# --- ratings -----------------------------------------------------------------------------------------------------------


def rated(kind: list[int], other: list[int]):
    """Thirty promoters who answer `kind`, thirty detractors who answer `other`, in turn."""
    answers = [kind[i % len(kind)] for i in range(30)] + [other[i % len(other)] for i in range(30)]
    return naive.survey_of([10] * 30 + [2] * 30, ratings={"kind": answers, "calm": [3, 4] * 30})


def test_rating_gap_is_welch_and_antisymmetric():
    """Welch's interval worked out by hand, widened for two questions: difference, standard error and Satterthwaite's degrees of freedom."""
    survey = rated([5, 5, 4], [1, 2, 4, 3, 1])
    one, other = cohorts.ratings(survey).to_frame(), cohorts.ratings(survey, first="detractor", second="promoter").to_frame()
    assert one["question"].tolist() == ["kind", "calm"]
    a, b = survey.frame["kind"][:30], survey.frame["kind"][30:]
    va, vb = a.var() / 30, b.var() / 30
    # Two questions: each interval is as wide as 97.5 % alone, so that both hold together.
    half = sps.t.ppf(1 - 0.025 / 2, (va + vb) ** 2 / (va**2 / 29 + vb**2 / 29)) * np.sqrt(va + vb)
    gap = a.mean() - b.mean()
    assert one.loc[0, ["difference", "low", "high"]].tolist() == pytest.approx([gap, gap - half, gap + half])
    assert other.loc[0, ["difference", "low", "high"]].tolist() == pytest.approx([-gap, -gap - half, -gap + half])


def test_a_group_that_always_gives_the_same_answer_is_compared():
    """All promoters tick 5: common in practice."""
    row = cohorts.ratings(rated([5], [1, 2, 4])).to_frame().iloc[0]
    assert (row["question"], row["mean_first"]) == ("kind", 5)
    assert row["low"] < row["difference"] < row["high"]


def test_two_groups_that_never_vary_have_a_gap_without_a_range():
    row = cohorts.ratings(rated([5], [2])).to_frame().iloc[0]
    assert row["difference"] == 3
    assert np.isnan([row["low"], row["high"]]).all()


def test_questions_with_under_ten_answers_of_a_group_are_left_out():
    survey = naive.survey_of([10] * 30 + [2] * 9, ratings={"kind": [5, 4, 4] * 13})
    result = cohorts.ratings(survey)
    assert result.to_frame().empty
    assert result.headline == "There are no touchpoint questions with enough answers of both groups to compare (all answers)."
