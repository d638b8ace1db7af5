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
    """Counted again, one customer at a time; one who wrote twice in a group counts once."""
    survey, themed = found
    known = survey.frame.set_index("response_id")
    for row in both[0].themes.itertuples():
        ids = set(themed.assignments.loc[themed.assignments["theme"] == row.id, "id"])
        for cohort, count in (("promoter", row.n_first), ("detractor", row.n_second), ("passive", row.n_rest)):
            mine = [i for i in ids if known.loc[i, "cohort"] == cohort]
            assert count == len({known.loc[i, "customer"] or i for i in mine})
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
    sure = one.themes[one.themes["verdict"].str.startswith("more ")]
    assert len(sure) > 0
    assert (sure["adjusted_p"] <= 0.05).all()
    assert set(sure["verdict"]) <= {"more promoters", "more detractors"}
    for verdict, words_ in (("more promoters", "more often by promoters: "), ("more detractors", "more often by detractors: ")):
        assert (words_ in one.headline) == (verdict in set(sure["verdict"]))


def test_small_groups_are_not_compared(found):
    survey, themed = found
    few = survey.frame.groupby("cohort").head(9)
    result = cohorts.compare(survey.with_frame(few.reset_index(drop=True)), themed)
    assert result.themes.empty
    assert "There are too few comments to compare what they say." in result.headline
    assert result.word_part("promoter").headline == "No word or phrase goes clearly with promoters."


# --- any two groups, and what goes with them ---------------------------------------------------------------------------


def test_quanteda_keyness_and_newcombe_equal_published_values():
    """stats.md section 3, quanteda textstat_keyness: a=30, b=8 of 100 each: G2 16.5624511. Newcombe 1998: 56/70 against 48/80, .0524 to .3339."""
    assert words.keyness(np.array([30.0]), np.array([8.0]), 100, 100) == pytest.approx([16.5624511], abs=1e-6)
    assert words.keyness(np.array([8.0]), np.array([30.0]), 100, 100) == pytest.approx([-16.5624511], abs=1e-6)
    gap, low, high = voc.stats.share_difference(56, 70, 48, 80)
    assert (gap, low, high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_doubled_fisher_equals_scipy_on_each_side():
    rng = np.random.default_rng(40)
    for n1, n2 in ((20, 30), (200, 45)):
        k1, k2 = rng.integers(0, n1 + 1, 30), rng.integers(0, n2 + 1, 30)
        expected = [
            min(1.0, 2 * min(sps.fisher_exact([[a, n1 - a], [b, n2 - b]], alternative=side).pvalue for side in ("less", "greater")))
            for a, b in zip(k1, k2, strict=True)
        ]
        assert voc.stats.doubled_fisher_p(k1, n1, k2, n2) == pytest.approx(expected, abs=1e-12)


def test_mantel_haenszel_difference_holds_the_truth():
    """One stratum: the plain difference. 400 surveys of three unequal strata with a true difference of .1: held about 95 times in 100."""
    assert voc.stats.mantel_haenszel_difference([[[56, 14], [48, 32]]])[0] == pytest.approx(0.2)
    rng, held = np.random.default_rng(41), 0
    base, sizes = np.array([0.1, 0.4, 0.7]), [(30, 80), (60, 60), (90, 20)]
    for _ in range(400):
        tables = []
        for p, (n1, n2) in zip(base, sizes, strict=True):
            a, c = rng.binomial(n1, p + 0.1), rng.binomial(n2, p)
            tables.append([[a, n1 - a], [c, n2 - c]])
        _, low, high = voc.stats.mantel_haenszel_difference(tables)
        held += low <= 0.1 <= high
    assert 0.92 <= held / 400 <= 0.98


def test_any_two_groups_can_be_compared(found):
    survey, themed = found
    store = cohorts.compare(survey, themed, first={"touchpoint": "Store"}, second="others")
    assert store.sizes[0] == (survey.answers["touchpoint"] == "Store").sum()
    assert store.sizes[0] + store.sizes[2] == len(survey.answers)
    month, before = survey.month("2026-09"), survey.month("2026-08")
    moved = cohorts.compare(survey, themed, first=month, second=before)
    assert (moved.sizes[0], moved.sizes[2]) == (len(month.answers), len(before.answers))
    assert "1,500" not in moved.headline
    with pytest.raises(voc.VocError, match="are in both groups"):
        cohorts.compare(survey, themed, first={"touchpoint": "Store"}, second="promoter")
    with pytest.raises(voc.VocError, match=r'a group must be detractor, passive, promoter, .* found "happy"'):
        cohorts.compare(survey, themed, first="happy")
    with pytest.raises(voc.VocError, match='"shop" is no column of the survey'):
        cohorts.compare(survey, themed, first={"shop": "x"}, second="others")


def test_weights_of_one_change_nothing(found, both):
    survey, themed = found
    one = cohorts.compare(survey.with_frame(survey.frame.assign(weight=1.0)), themed, weighted=True)
    plain = cohorts.compare(survey, themed, adjust="")
    pd.testing.assert_frame_equal(one.themes, plain.themes)
    pd.testing.assert_frame_equal(one.words, both[0].words)
    with pytest.raises(voc.VocError, match="needs a weight column"):
        cohorts.compare(survey, themed, weighted=True)


def test_a_customer_who_writes_twice_counts_once():
    texts = ["the refund was refused"] * 24 + ["lovely friendly advisor"] * 24
    first, once = np.arange(48) >= 24, np.arange(48)
    twice = words.contrast(texts * 2, np.tile(first, 2), customers=np.tile(once, 2))
    pd.testing.assert_frame_equal(twice, words.contrast(texts, first))


def test_shuffled_bands_rarely_name_a_theme_or_word(found):
    """Planted null: bands shuffled 20 times; themes and words are one family (200 times in benchmarks/cohorts.py, at most 16)."""
    survey, themed = found
    rng, alarms = np.random.default_rng(42), 0
    for _ in range(20):
        shuffled = survey.with_frame(survey.frame.assign(cohort=rng.permutation(survey.frame["cohort"].to_numpy())))
        result = cohorts.compare(shuffled, themed)
        alarms += bool(result.themes["verdict"].str.startswith("more ").any() or result.words["sure"].any())
    assert alarms <= 4


def test_a_difference_that_only_follows_the_touchpoint_is_none_at_the_same_touchpoint():
    """Planted: a theme of the call centre, whose customers are detractors more often; within a touchpoint it goes with nothing."""
    from test_theme_score import themes_of

    rng = np.random.default_rng(43)
    call = rng.random(2000) < 0.5
    score = np.where(rng.random(2000) < np.where(call, 0.6, 0.2), 3, 10)
    said = (rng.random(2000) < np.where(call, 0.5, 0.05))[:, None]
    survey = naive.survey_of(score.tolist(), touchpoint=np.where(call, "Call", "Store").tolist(), comment=["words"] * 2000)
    row = cohorts.compare(survey, themes_of(survey, said)).themes.iloc[0]
    assert row["adjusted_p"] < 0.001
    assert row["adjusted_low"] < 0 < row["adjusted_high"]
    assert row["verdict"] == "not clear at the same touchpoint"
    plain = cohorts.compare(survey, themes_of(survey, said), adjust="").themes.iloc[0]
    assert plain["verdict"] == "more detractors"


def test_profiles_find_what_is_planted_and_nothing_else():
    """Planted: promoters come from the South and spend more; product and calm answers do not differ."""
    rng = np.random.default_rng(44)
    n = 1200
    good = rng.random(n) < 0.5
    region = np.where(rng.random(n) < np.where(good, 0.8, 0.3), "South", "North")
    survey = naive.survey_of(
        np.where(good, 10, 2).tolist(), ratings={"calm": rng.integers(1, 6, n)}, region=region.tolist(),
        product=rng.choice(["TV", "Phone"], n).tolist(), revenue=np.where(good, 300, 200).tolist(),
    )  # fmt: skip
    survey = survey.with_frame(survey.frame.assign(revenue=np.where(good, 300.0, 200.0) + rng.normal(0, 50, n)))
    result = cohorts.profile(survey)
    rows = result.frame.set_index("what")
    assert (rows.loc["South", "verdict"], rows.loc["North", "verdict"], rows.loc["Revenue", "verdict"]) == ("more", "less", "more")
    assert (rows.loc[["TV", "Phone", "Average of “Calm”"], "verdict"] == "not clear").all()
    assert rows.loc["South", "first"] == pytest.approx((region == "South")[good].mean())
    assert result._repr_html_().count("<tr>") == len(rows) + 1
    swapped = cohorts.profile(survey, first="detractor", second="promoter").frame.set_index("what").loc[rows.index]
    assert swapped["difference"].tolist() == pytest.approx((-rows["difference"]).tolist())
    assert swapped["low"].tolist() == pytest.approx((-rows["high"]).tolist())


def test_what_only_passives_lack_is_told_apart():
    """Planted: a gift goes with passive to promoter, an apology with detractor to passive."""
    rng = np.random.default_rng(45)
    band = rng.integers(0, 3, 1500)
    gift, sorry = rng.random(1500) < np.where(band == 2, 0.7, 0.2), rng.random(1500) < np.where(band == 0, 0.2, 0.7)
    survey = naive.survey_of(
        np.array([3, 8, 10])[band].tolist(), gift=np.where(gift, "Gift", "No gift").tolist(), apology=np.where(sorry, "Sorry", "Silence").tolist()
    )
    result = cohorts.missing(survey)
    rows = result.frame.set_index("what")
    assert set(rows.index) == {"Gift", "No gift"}
    assert rows["also"].eq("not clear").all()
    assert "passives do not clearly differ from detractors the same way:" in result.headline
    back = survey.with_frame(survey.frame.assign(gift=np.where(rng.random(1500) < np.where(band == 1, 0.2, 0.7), "Gift", "No gift")))
    assert cohorts.missing(back).frame.set_index("what").loc["Gift", "also"] == "the other way round", "detractors have it, passives do not"


def test_promoters_who_complain_are_looked_at(found):
    from test_theme_score import themes_of

    rng = np.random.default_rng(46)
    good = rng.random(400) < 0.4
    helped = np.where(rng.random(400) < np.where(good, 0.9, 0.2), 5, 1)
    survey = naive.survey_of(np.where(good, 10, 2).tolist(), ratings={"solved": helped}, comment=["words"] * 400)
    result = cohorts.despite(survey, themes_of(survey, np.ones((400, 1), bool), np.full((400, 1), 0.9)))
    assert (result.n, result.promoters) == (400, good.sum())
    assert "average of “Solved”" in result.headline
    few = cohorts.despite(survey, themes_of(survey, np.arange(400)[:, None] < 15, np.full((400, 1), 0.9)))
    assert "that takes 20 on each side" in few.headline


def test_a_bright_store_is_found_and_the_cause_is_looked_for(found):
    """Planted: one of ten stores scores far higher, and its staff were asked for by name."""
    rng = np.random.default_rng(47)
    store = rng.integers(0, 10, 3000)
    asked = np.where((store == 3) & (rng.random(3000) < 0.8), "yes", "no")
    score = np.where(rng.random(3000) < np.where(store == 3, 0.9, 0.4), 10, 5)
    survey = naive.survey_of(score.tolist(), store=[f"Store {i}" for i in store], named=asked.tolist(), touchpoint=["Store"] * 3000)
    result = cohorts.bright_spots(survey)
    assert result.spots["unit"].tolist() == ["Store 3"]
    assert "Better than expected: “Store 3”" in result.headline
    assert "“yes”" in result.headline or "“no”" in result.headline
    flat = survey.with_frame(survey.frame.assign(cohort=rng.permutation(survey.frame["cohort"].to_numpy())))
    assert len(cohorts.bright_spots(flat).spots) <= 1


def test_score_and_comment_that_disagree_are_listed_but_not_on_the_page(found):
    survey, themed = found
    result = cohorts.disagree(survey, themed)
    frame = result.frame
    told = themed.assignments.groupby("id")["complaint"].mean()
    for row in frame.itertuples():
        chance = told[row.response_id]
        assert chance >= 0.85 if row.kind == "promoter who complains" else chance <= 0.15
    assert frame["strength"].is_monotonic_decreasing
    shown = result._repr_html_()
    assert not any(c and c in shown for c in frame["comment"])
    assert not any(i in shown for i in frame["response_id"])
    assert isinstance(cohorts.disagree(survey, themes.find(survey.frame["comment"].tolist())), voc.display.Note), "no scores, no tone"


def test_calls_respect_consent_and_recent_talks_and_list_nobody_twice(found):
    survey, themed = found
    result = cohorts.call_list(survey, themed)
    known = survey.frame.set_index("response_id")
    assert len(result.frame) > 10
    assert known.loc[result.frame["response_id"], "consent"].isin(survey.mapping.consent_yes).all()
    assert result.frame["customer"].is_unique
    assert set(result.frame["role"]) <= {"typical", "extreme", "contradictory"}
    assert result.frame["question"].str.endswith("?").all()
    shown = result._repr_html_()
    assert not any(i in shown for i in result.frame["response_id"])
    talked = result.frame["customer"].iloc[:5].tolist()
    again = cohorts.call_list(survey, themed, contacted=talked)
    assert not set(again.frame["customer"]) & set(talked)
    assert "left out, because somebody talked to them lately" in again.headline
    nobody = survey.with_frame(survey.frame.drop(columns="consent"))
    assert "names no column in which customers agree" in cohorts.call_list(nobody, themed).headline


def test_the_restricted_file_has_every_answer_and_no_comment(found, tmp_path):
    survey, themed = found
    cohorts.save_responses(survey, themed, tmp_path / "kept")
    written = pd.read_csv(tmp_path / "kept" / "responses.csv", dtype=str, keep_default_na=False)
    assert written["response_id"].tolist() == survey.frame["response_id"].tolist()
    assert "comment" not in written
    mentions = themed.mentions(survey)
    for i in mentions.index[:50]:
        labels = [themed.label_of(int(t)) for t in mentions.columns[mentions.loc[i]]]
        assert written.loc[survey.frame.index.get_loc(i), "themes"] == "; ".join(labels)
    assert not any(v.startswith(("=", "+", "-", "@")) for column in written for v in written[column])
    cohorts.save_responses(survey, themed, "")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["kept"], "an empty folder name writes nothing"


def test_groups_under_ten_are_not_shown_and_twenty_answers_of_one_customer_are_no_group():
    rng = np.random.default_rng(48)
    good = np.arange(400) < 200
    region = np.where(good & (np.arange(400) < 4), "Isle", np.where(~good & (np.arange(400) < 260), "Isle", "Land"))
    survey = naive.survey_of(np.where(good, 10, 2).tolist(), region=region.tolist(), ratings={"kind": rng.integers(1, 6, 400)})
    result = cohorts.profile(survey)
    row = result.frame.set_index("what").loc["Isle"]
    assert (row["verdict"], row["few"]) == ("less", True), "four promoters"
    assert "too few to show" in result._repr_html_()
    assert "2.0\N{NO-BREAK SPACE}%" not in result._repr_html_()
    assert "Isle" not in result.headline
    lone = survey.with_frame(survey.frame.assign(customer=np.where(good, "C1", [f"D{i}" for i in range(400)])))
    assert "too few promoters or detractors" in cohorts.profile(lone).headline


def test_names_of_people_are_no_words():
    """Whoever is written with a capital letter by nearly everybody; "Lovely" also begins sentences, but not only."""
    texts = [f"Julia was lovely, order {i}. Lovely Julia" for i in range(20)] + ["the refund was refused by Marcus"] * 20
    phrases = set(words.contrast(texts, np.arange(40) < 20)["phrase"])
    assert not {p for p in phrases if "julia" in p or "marcus" in p}
    assert {"lovely", "refund"} <= phrases


def test_recent_talks_are_read_from_a_file_and_matched_by_the_survey_s_own_ids(found, tmp_path):
    survey, themed = found
    listed = cohorts.call_list(survey, themed).frame
    (tmp_path / "talked.txt").write_text("\n".join([listed["response_id"].iloc[0], "", "C999999"]), encoding="utf-8")
    again = cohorts.call_list(survey, themed, contacted=str(tmp_path / "talked.txt"))
    assert listed["response_id"].iloc[0] not in set(again.frame["response_id"])
    ids = [f"C{i:06d}" for i in range(30_000)]
    known = dict(zip(voc.ingest.customer_keys(ids), ids, strict=True))
    named = cohorts.call_list(survey, themed, contacted=[known[listed["customer"].iloc[1]]]).frame
    assert listed["customer"].iloc[1] not in set(named["customer"]), "given as the file has it, before hashing"
    with pytest.raises(voc.VocError, match="cannot be read"):
        cohorts.call_list(survey, themed, contacted=tmp_path / "nowhere.txt")


def test_comments_without_themes_do_not_stop_the_file(found, tmp_path):
    survey, _ = found
    few = survey.with_frame(survey.frame.head(40).assign(comment=["ok then"] * 40))
    none = themes.find(few)
    assert none.table.empty
    cohorts.save_responses(few, none, tmp_path)
    assert len(pd.read_csv(tmp_path / "responses.csv")) == 40


def test_a_part_that_is_not_inside_is_refused(found):
    survey, themed = found
    with pytest.raises(voc.VocError, match="compare within a survey that holds both"):
        cohorts.compare(survey.month("2026-09"), themed, second=survey)


def test_the_same_theme_is_told_by_both_with_quotes_of_twenty_and_more(found):
    survey, themed = found
    result = cohorts.told_apart(survey, themed)
    cohort = survey.frame.set_index("response_id")["cohort"]
    assert len(result.frame) > 0
    for row in result.frame.itertuples():
        assert min(row.n_first, row.n_second) >= 20
        ids = themed.assignments.loc[themed.assignments["theme"] == row.id, "id"].unique()
        assert row.n_first == (cohort.loc[ids] == "promoter").sum()
        for quote in (*row.quotes_first, *row.quotes_second):
            assert quote in result._repr_html_() or "&" in result._repr_html_()


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
