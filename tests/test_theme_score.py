"""Themes beside the score: by hand, against slow versions of the same, and in simulations whose truth is known."""

import importlib
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps

import voc
from naive import survey_of
from voc import stats
from voc.ingest import Survey
from voc.score import interval
from voc.themes import tone
from voc.themes.impact_adjusted import adjusted
from voc.themes.impact_points import leave_out, points_of, scaled_interval
from voc.themes.impact_tally import commenters, designs, likeness, merged, stratum_of
from voc.themes.monthly import monthly
from voc.themes.movement import movement
from voc.themes.result import Themes

impact = importlib.import_module("voc.themes.impact")  # the package shows the function under this name
SCORES = np.array([3, 7, 10])


def themes_of(survey: Survey, mentions: np.ndarray, complaint: np.ndarray | None = None, parents: list[int] | None = None) -> Themes:
    """Themes 0, 1, ... by hand: (n, themes) who mentions what, and how far each mention is a complaint (0..1)."""
    k = mentions.shape[1]
    parents = list(range(k)) if parents is None else parents
    ids = survey.answers["response_id"].to_numpy()
    rows, columns = np.nonzero(mentions)
    chance = np.full(len(rows), np.nan) if complaint is None else complaint[rows, columns]
    assigned = pd.DataFrame({"comment": rows, "id": ids[rows], "theme": np.array(parents)[columns], "subtheme": columns, "complaint": chance})
    tops = sorted(set(parents))
    return Themes(
        comments=pd.DataFrame({"id": ids, "text": "words", "kind": "answer"}), assignments=assigned,
        table=pd.DataFrame({"id": tops, "label": [f"Theme {t}" for t in tops]}),
        subtable=pd.DataFrame({"id": range(k), "label": [f"Part {i}" for i in range(k)], "theme": parents}), tone_accuracy=0.8,
    )  # fmt: skip


def counted(tables: dict[tuple[str, bool], tuple[int, int, int]], **more: list[str]) -> tuple[Survey, np.ndarray]:
    """A Survey of one theme from counts by (touchpoint, mentions it)."""
    scores, places, said = [], [], []
    for (place, yes), table in tables.items():
        scores += [s for s, n in zip((3, 7, 10), table, strict=True) for _ in range(n)]
        places += [place] * sum(table)
        said += [yes] * sum(table)
    return survey_of(scores, touchpoint=places, **more), np.array(said)[:, None]


# By hand


def test_leaving_a_theme_out_by_hand():
    """All: (42 - 26) / 100 = 16. Without the ten who mention it: (40 - 20) / 90 = 22.2."""
    survey, said = counted({("a", True): (6, 2, 2), ("a", False): (20, 30, 40)})
    row = voc.themes.impact(survey, themes_of(survey, said)).to_frame().iloc[0]
    assert row["leave_out"] == pytest.approx(16 - 2000 / 90)
    assert row["n"] == 10
    assert row["share"] == pytest.approx(0.1)
    assert row["score"] == pytest.approx(-40)
    assert (row["score_low"], row["score_high"]) == pytest.approx(interval(6, 2, 2))
    assert (row["share_low"], row["share_high"]) == pytest.approx([float(x) for x in stats.wilson(10, 100)])
    assert row["points"] == pytest.approx(row["leave_out"]), "one touchpoint and month: nothing to allow for"
    assert row["adjusted"] == pytest.approx(row["leave_out"]), "nor another theme"
    assert row["leave_out_low"] < row["leave_out"] < row["leave_out_high"] < 0
    assert row["verdict"] == "costs points"


def test_points_allow_for_the_touchpoint_by_hand():
    """Theirs less the others': a -50 - 50 = -100 with 20 mentions, b 50 - 50 = 0 with 60; so -100 x 20 / 180 = -11.1."""
    survey, said = counted({("a", True): (15, 0, 5), ("a", False): (10, 0, 30), ("b", True): (10, 10, 40), ("b", False): (10, 10, 40)})
    row = voc.themes.impact(survey, themes_of(survey, said)).to_frame().iloc[0]
    assert row["points"] == pytest.approx(-2000 / 180)
    total = 100 * (75 + 40 - 45) / 180
    assert row["leave_out"] == pytest.approx(total - 50)


def test_a_theme_of_a_bad_month_does_not_inherit_the_month():
    """Everybody is a detractor in August and a promoter in September; the theme is told mostly in August, to no effect."""
    month = np.repeat([0, 1], 200)
    said = (np.arange(400) % np.where(month == 0, 2, 20) == 0)[:, None]
    survey = survey_of(SCORES[2 * month].tolist(), dates=[f"2026-0{8 + m}-15" for m in month])
    row = voc.themes.impact(survey, themes_of(survey, said)).to_frame().iloc[0]
    assert row["points"] == pytest.approx(0)
    assert row["leave_out"] < -20
    assert abs(row["adjusted"]) < 1e-9


def test_points_are_clear_exactly_when_the_difference_is():
    rng = np.random.default_rng(0)
    for _ in range(60):
        table = rng.integers(0, 30, (1, 2, 3)) + np.array([[[1, 1, 1], [1, 1, 1]]])
        _, low, high = points_of(table)
        others, theirs = table[0].astype(float)
        net = [(x[2] - x[0]) / x.sum() for x in (theirs, others)]
        ends = [stats.net_interval(*x) for x in (theirs, others)]
        d_low, d_high = stats.mover_difference(net[0], ends[0], net[1], ends[1])
        assert (low > 0, high < 0) == (d_low > 0, d_high < 0)
        assert np.allclose(-np.array(points_of(table[:, :, ::-1])), [points_of(table)[i] for i in (0, 2, 1)], atol=1e-7), "mirrored"


def test_a_share_that_is_known_exactly_scales_the_interval():
    low, high = scaled_interval(0.2, (0.2, 0.2), np.array([-0.5, 0.1]), (np.array([-0.7, -0.1]), np.array([-0.2, 0.4])))
    assert np.allclose(low, [-0.14, -0.02])
    assert np.allclose(high, [-0.04, 0.08])


def test_months_are_put_together_in_order():
    assert merged(np.array([25, 3, 18, 19, 40, 2]), 20).tolist() == [0, 1, 1, 2, 2, 2]
    assert merged(np.array([1, 2]), 20).tolist() == [0, 0]


def test_small_themes_are_not_shown_and_levels_are_checked():
    survey, said = counted({("a", True): (3, 3, 3), ("a", False): (20, 30, 40)})
    themes = themes_of(survey, said)
    assert voc.themes.impact(survey, themes).to_frame().empty
    assert "too few" in voc.themes.impact(survey, themes).headline
    with pytest.raises(voc.VocError, match='by must be "theme" or "subtheme"; found "topic"'):
        voc.themes.impact(survey, themes, by="topic")


def test_complaint_and_praise_are_counted_among_those_who_mention_the_theme():
    survey, said = counted({("a", True): (10, 10, 20), ("a", False): (20, 30, 40)})
    chance = np.where(np.arange(len(said)) < 10, 0.9, np.where(np.arange(len(said)) < 16, 0.5, 0.1))[:, None]
    result = voc.themes.impact(survey, themes_of(survey, said, chance))
    row = result.to_frame().iloc[0]
    assert row["complaint_share"] == pytest.approx(10 / 40)
    assert row["praise_share"] == pytest.approx(24 / 40)
    assert (row["praise_share_low"], row["praise_share_high"]) == pytest.approx([float(x) for x in stats.wilson(24, 40)])
    assert "80.0" in result._repr_html_(), "and how good the judgement is"
    blind = voc.themes.impact(survey, themes_of(survey, said))
    assert blind.to_frame()["complaint_share"].isna().all()
    assert "unseen pairs" not in blind._repr_html_()
    complaints = voc.themes.impact(survey, themes_of(survey, said, chance), told="complaint").to_frame().iloc[0]
    assert (complaints["n"], complaints["score"]) == (10, -100)


def test_sub_themes_say_which_theme_they_belong_to():
    rng = np.random.default_rng(4)
    survey = survey_of(rng.choice(SCORES, 300).tolist())
    themes = themes_of(survey, rng.random((300, 3)) < 0.3, parents=[0, 0, 1])
    parts, wholes = (voc.themes.impact(survey, themes, by=by).to_frame().set_index("id") for by in ("subtheme", "theme"))
    assert parts["theme"].to_dict() == {0: 0, 1: 0, 2: 1}
    assert len(wholes) == 2
    assert wholes["n"][1] == parts["n"][2]
    assert max(parts["n"][0], parts["n"][1]) < wholes["n"][0] <= parts["n"][0] + parts["n"][1]


# Against slow and obvious versions


def slow_fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.linalg.lstsq(x, y, rcond=None)[0]


def example(n: int, people: int, seed: int):
    """A survey of two touchpoints and three months, four themes of which two go together."""
    rng = np.random.default_rng(seed)
    said = rng.random((n, 4)) < [0.3, 0.2, 0.4, 0.15]
    said[:, 1] |= said[:, 0] & (rng.random(n) < 0.5)
    scores = SCORES[np.clip(rng.integers(0, 3, n) + rng.integers(0, 2, n) - said[:, 0], 0, 2)]
    who = [f"c{i}" for i in rng.integers(0, people, n)]
    dates = [f"2026-0{m}-10" for m in rng.integers(7, 10, n)]
    return survey_of(scores.tolist(), touchpoint=rng.choice(["Store", "Web"], n).tolist(), customer=who, dates=dates), said


@pytest.mark.parametrize("people", [10**9, 130], ids=["separate customers", "customers who come back"])
def test_points_given_the_other_themes_equal_least_squares_with_each_customer_left_out_in_turn(people):
    """HC3, and CR3 for groups, are the sum of squared moves of the estimate when one customer is left out (Bell & McCaffrey 2002).

    Plain normal equations with a column for every touchpoint and month, solved anew for each customer.
    """
    survey, said = example(260, people, 1)
    who = commenters(survey, survey.answers.index)
    stratum = stratum_of(who, 10)
    fit = adjusted(who, said, stratum, level=0.95)
    x, y = np.hstack([said, stratum[:, None] == np.unique(stratum)]).astype(float), who.net
    whole = slow_fit(x, y)
    assert np.allclose(fit.value, whole[:4])
    moves = np.array([slow_fit(x[who.customer != c], y[who.customer != c])[:4] - whole[:4] for c in np.unique(who.customer)])
    pull = np.linalg.inv(x.T @ x)[:4] @ x.T
    least = []
    for t in range(4):
        v = 0.0
        for side in (said[:, t], ~said[:, t]):
            d, p, c = ((y[side] == band).sum() for band in (-1, 0, 1))
            net = (c - d) / (d + p + c + 3)
            v += ((d + c + 1.5) / (d + p + c + 3) - net**2) * (pull[t, side] ** 2).sum()
        least.append(v * ((y - x @ whole) ** 2).sum() / ((y - y.mean()) ** 2).sum())
    variance = np.maximum((moves**2).sum(axis=0), least)
    each = [np.array([(pull[t, who.customer == c] ** 2).sum() for c in np.unique(who.customer)]) for t in range(4)]
    freedom = np.array([e.sum() ** 2 / (e**2).sum() - 1 for e in each])
    assert np.allclose(fit.freedom, freedom)
    assert np.allclose((fit.high - fit.low) / 2, sps.t.ppf(0.975, freedom) * np.sqrt(variance))
    assert ((moves**2).sum(axis=0) > least).any(), "the sums that are tested here do count"


def test_themes_that_are_always_told_together_cannot_be_told_apart():
    survey, said = example(300, 10**9, 2)
    said[:, 1] = said[:, 0]
    frame = voc.themes.impact(survey, themes_of(survey, said)).to_frame().set_index("id")
    assert frame.loc[[0, 1], "adjusted"].isna().all()
    assert frame.loc[[2, 3], "adjusted"].notna().all()
    assert frame.loc[0, "points"] == pytest.approx(frame.loc[1, "points"])


def test_customers_who_answer_everything_twice_count_once():
    """The same answer twice from each customer tells what it tells once."""
    rng = np.random.default_rng(5)
    scores, said = rng.choice(SCORES, 400), rng.random((400, 2)) < 0.25
    people = [f"c{i}" for i in range(400)]
    once = survey_of(scores.tolist(), customer=people)
    twice = survey_of(np.tile(scores, 2).tolist(), customer=people * 2)
    one = voc.themes.impact(once, themes_of(once, said)).to_frame()
    two = voc.themes.impact(twice, themes_of(twice, np.tile(said, (2, 1)))).to_frame()
    for name in ("share", "score", "points", "leave_out", "adjusted"):
        for end in (name, f"{name}_low", f"{name}_high"):
            assert np.allclose(one[end], two[end], rtol=0.01, atol=0.01), end
    apart = survey_of(np.tile(scores, 2).tolist())
    narrow = voc.themes.impact(apart, themes_of(apart, np.tile(said, (2, 1)))).to_frame()
    assert (narrow["points_high"] - narrow["points_low"] < 0.8 * (two["points_high"] - two["points_low"])).all()


def test_how_alike_answers_of_a_customer_are_against_pairs():
    survey, said = example(200, 90, 3)
    who = commenters(survey, survey.answers.index)
    flat = np.zeros(who.n, dtype=np.int64)
    off = who.net - who.net.mean()
    pairs = [off[i] * off[j] for i, j in product(range(who.n), repeat=2) if i != j and who.customer[i] == who.customer[j]]
    r = np.clip(np.mean(pairs) / (off**2).mean(), 0, 1)
    assert likeness(who, flat) == pytest.approx(r)
    k = pd.Series(who.customer[said[:, 0]]).value_counts()
    assert designs(who, said, flat).mentioned[0] == pytest.approx(1 + r * ((k**2).sum() / k.sum() - 1))


# Simulations

BASE = np.array([0.25, 0.30, 0.45])
STEADY = np.array([0.05, 0.05, 0.90])
SHIFT = np.array([-0.1, 0.0, 0.1])  # of the score of three touchpoints
MIX = np.array([0.5, 1.0, 1.5])  # how much a theme is told there


def drawn(rng: np.random.Generator, n: int, base: np.ndarray, shares: np.ndarray, effects: np.ndarray):
    """Codes (touchpoint, month, band) and mentions of n answers; the themes move promoters and detractors alike."""
    place, month = rng.integers(0, 3, n), rng.integers(0, 3, n)
    said = rng.random((n, len(shares))) < shares * MIX[place][:, None]
    net = SHIFT[place] / 2 + said @ effects
    chance = rng.random(n)
    band = np.where(chance < base[0] - net / 2, 0, np.where(chance > 1 - base[2] - net / 2, 2, 1))
    return place, month, band, said


def simulated(rng: np.random.Generator, *world) -> tuple[Survey, np.ndarray]:
    place, month, band, said = drawn(rng, *world)
    places, dates = np.array(["a", "b", "c"])[place], np.array(["2026-07-10", "2026-08-10", "2026-09-10"])[month]
    return survey_of(SCORES[band].tolist(), touchpoint=places.tolist(), dates=dates.tolist()), said


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Points and points given the others are share x effect; leaving out also takes what the mix of touchpoints and the other themes bring."""
    rng = np.random.default_rng(8)
    shares, effects, n, runs = np.array([0.08, 0.15, 0.2]), np.array([-0.4, -0.2, 0.0]), 1000, 200
    others = 1 - shares * MIX[:, None]
    rest = SHIFT[:, None] / 2 + MIX[:, None] * (shares @ effects - shares * effects)  # (touchpoints, themes) net without the theme itself
    mixed = MIX @ rest / 3 - (others * rest).sum(axis=0) / others.sum(axis=0)
    truth = {"points": 100 * shares * effects, "adjusted": 100 * shares * effects, "leave_out": 100 * shares * (effects + mixed)}
    hits = dict.fromkeys(truth, 0)
    for _ in range(runs):
        survey, said = simulated(rng, n, BASE, shares, effects)
        frame = voc.themes.impact(survey, themes_of(survey, said), level=1 - 3 * 0.05).to_frame().sort_values("id")  # each of three at 95 %
        for name, value in truth.items():
            hits[name] += int(((frame[f"{name}_low"] <= value) & (value <= frame[f"{name}_high"])).sum())
    for name, count in hits.items():
        assert 0.93 <= count / (3 * runs) <= 0.97, name


def test_false_alarms_over_all_themes_are_as_rare_as_they_should_be():
    """Ten themes with about 20 mentions each that go with nothing, three touchpoints with other scores: alarms at a nominal 5 %.

    Half of the surveys have nine promoters in ten. Over 1,500 of each kind the rates were 2.9 and 5.9 % (points), 5.3 and 0 % (given others).
    """
    rng = np.random.default_rng(9)
    runs, alarms, given = 200, 0, 0
    for run in range(runs):
        survey, said = simulated(rng, 600, (BASE, STEADY)[run % 2], np.full(10, 0.033), np.zeros(10))
        frame = voc.themes.impact(survey, themes_of(survey, said)).to_frame()
        alarms += bool((frame["verdict"] != "not clear").any())
        given += bool(((frame["adjusted_low"] > 0) | (frame["adjusted_high"] < 0)).any())
    assert alarms / runs <= 0.07
    assert given / runs <= 0.07


def test_adjusting_takes_away_what_another_theme_brings():
    """The second theme is told together with the first and goes with nothing itself."""
    rng = np.random.default_rng(10)
    first = rng.random(4000) < 0.2
    said = np.stack([first, rng.random(4000) < np.where(first, 0.6, 0.05)], axis=1)
    net = -0.6 * first
    chance = rng.random(4000)
    band = np.where(chance < 0.25 - net / 2, 0, np.where(chance > 0.55 - net / 2, 2, 1))
    survey = survey_of(SCORES[band].tolist())
    frame = voc.themes.impact(survey, themes_of(survey, said)).to_frame().set_index("id")
    assert frame.loc[1, "points_high"] < -3
    assert frame.loc[1, "adjusted_low"] < 0 < frame.loc[1, "adjusted_high"]
    assert frame.loc[0, "adjusted"] == pytest.approx(-12, abs=2)


# By month


def test_months_equal_a_count_by_hand():
    survey, said = example(400, 10**9, 6)
    result = monthly(survey, themes_of(survey, said))
    frame = result.to_frame()
    assert len(frame) == 4 * 3
    month, band = survey.answers["date"].dt.to_period("M"), survey.answers["cohort"]
    for row in frame.itertuples():
        here = (month == row.month).to_numpy()
        hit = here & said[:, row.id]
        d, p, c = (int((band[hit] == b).sum()) for b in ("detractor", "passive", "promoter"))
        assert (row.base, row.n) == (here.sum(), d + p + c)
        assert (row.share_low, row.share_high) == pytest.approx([float(x) for x in stats.wilson(row.n, row.base)])
        assert row.score == pytest.approx(100 * (c - d) / (d + p + c))
        assert (row.score_low, row.score_high) == pytest.approx(interval(d, p, c))


def test_months_with_few_mentions_are_blank_and_none_is_no_share():
    dates = ["2026-07-10"] * 50 + ["2026-08-10"] * 50 + ["2026-09-10"] * 9
    said = np.zeros((109, 1), dtype=bool)
    said[:9], said[50:50] = True, True
    frame = monthly(survey_of([10] * 109, dates=dates), themes_of(survey_of([10] * 109), said)).to_frame()
    assert frame.loc[0, ["n", "share", "score"]].isna().all(), "nine mentions"
    assert (frame.loc[1, "n"], frame.loc[1, "share"]) == (0, 0), "nobody, out of fifty"
    assert np.isnan(frame.loc[1, "score"])
    assert frame.loc[2, ["base", "n", "share", "score"]].isna().all(), "nine comments"


def test_the_headline_names_the_months_that_differ_and_is_silent_about_chance():
    rng = np.random.default_rng(11)
    month = rng.integers(0, 6, 3000)
    dates = [f"2026-0{m + 1}-10" for m in month]
    survey = survey_of(rng.choice(SCORES, 3000).tolist(), dates=dates)
    flat = rng.random((3000, 5)) < 0.15
    assert "no share is clearly higher" in monthly(survey, themes_of(survey, flat)).headline
    flat[:, 2] |= (month == 3) & (rng.random(3000) < 0.2)
    risen = monthly(survey, themes_of(survey, flat))
    assert "Theme 2" in risen.headline
    assert risen.headline.count("April 2026") == 1
    assert "Theme 2" in risen._repr_html_()
    flat[:, 2] &= (month != 0) | (np.cumsum((month == 0) & flat[:, 2]) <= 4)
    rare = monthly(survey, themes_of(survey, flat)).headline
    assert f"from fewer than 10 of {(month == 0).sum()} comments in January 2026 to" in rare, "a month with few mentions is the lowest all the same"
    quarters = monthly(survey, themes_of(survey, flat), every="quarter").to_frame()
    assert quarters["n"].sum() == flat.sum()
    with pytest.raises(voc.VocError, match="every must be one of day, week"):
        monthly(survey, themes_of(survey, flat), every="decade")


def test_a_month_of_the_same_customers_is_no_wider_than_its_customers():
    rng = np.random.default_rng(12)
    scores, said = rng.choice(SCORES, 300), rng.random((300, 1)) < 0.3
    people = [f"c{i}" for i in range(300)]
    once, twice = survey_of(scores.tolist(), customer=people), survey_of(np.tile(scores, 2).tolist(), customer=people * 2)
    one, two = (monthly(s, themes_of(s, np.tile(said, (k, 1)))).to_frame().iloc[0] for s, k in ((once, 1), (twice, 2)))
    assert two["n"] == 2 * one["n"]
    for name in ("share_low", "share_high"):
        assert one[name] == pytest.approx(two[name], rel=0.01)
    for name in ("score_low", "score_high"):
        assert one[name] == pytest.approx(two[name], abs=0.5)


def test_no_comments_is_a_sentence():
    survey = survey_of([10] * 30)
    themes = themes_of(survey, np.zeros((30, 0), dtype=bool))
    assert "too few comments" in monthly(survey, themes).headline
    assert "too few comments" in voc.themes.impact(survey, themes).headline


# New and growing


def test_only_what_was_found_to_be_new_is_called_new():
    rng = np.random.default_rng(18)
    now = np.arange(2000) >= 1500
    said = rng.random((2000, 3)) < np.where(now[:, None], [0.15, 0.15, 0.1], [0.001, 0.001, 0.1])
    survey = survey_of(rng.choice(SCORES, 2000).tolist(), dates=["2026-09-10" if n else "2026-08-10" for n in now])
    themes = themes_of(survey, said, parents=[0, 1, 1])
    verdicts = movement(survey, themes, "2026-09", new_ids={1, 2}, by="subtheme").to_frame().set_index("id")["verdict"]
    assert verdicts.to_dict() == {0: "growing", 1: "new", 2: "not clear"}
    assert set(movement(survey, themes, "2026-09").to_frame()["verdict"]) <= {"growing", "not clear"}


@pytest.mark.parametrize(
    ("stray", "said"), [(20, "20 comments from touchpoints without earlier"), (100, "Not at the same mix of touchpoints: 20.0\N{NO-BREAK SPACE}%")]
)
def test_a_touchpoint_without_earlier_comments_is_left_out_or_compared_with_all(stray, said):
    """Planted: everybody at a new touchpoint mentions theme 0. Few such comments are left out and counted; many are not lost."""
    now = np.arange(1500) >= 1000
    place = np.where(np.arange(1500) >= 1500 - stray, "New", "Old")
    mention = (place == "New") | (np.arange(1500) % 10 == 0)
    survey = survey_of([10, 3, 7] * 500, dates=["2026-09-10" if n else "2026-08-10" for n in now], touchpoint=place.tolist())
    result = movement(survey, themes_of(survey, mention[:, None]), "2026-09")
    row = result.to_frame().iloc[0]
    kept = now & ((place == "Old") | (stray == 100))
    assert said in result._repr_html_()
    assert (result.now, row["n_now"]) == (kept.sum(), (kept & mention).sum())
    assert row["share_now"] == pytest.approx(mention[kept].mean())
    assert row["verdict"] == ("growing" if stray == 100 else "not clear")


# Tone


def told(n: int, seed: int, *, people: int = 10**9):
    """Comments of one or two parts in 6 dimensions: the first says how a part is told; scores follow the mean of a comment's parts."""
    rng = np.random.default_rng(seed)
    places = np.repeat(np.arange(n), rng.integers(1, 3, n))
    bad = rng.random(len(places)) < 0.5
    vectors = rng.normal(size=(len(places), 6)).astype(np.float32)
    vectors[:, 0] = np.where(bad, 1, -1) + 0.3 * vectors[:, 0]
    mean = np.bincount(places, bad) / np.bincount(places)
    cohorts = np.where(rng.random(n) < mean, "detractor", "promoter")
    return vectors, places, [f"comment {i}" for i in range(n)], cohorts, [f"c{i}" for i in rng.integers(0, people, n)], bad


def test_parts_of_a_mixed_comment_are_told_apart():
    vectors, places, comments, cohorts, _, bad = told(1500, 14)
    judged = tone.judge(vectors, places, comments, cohorts)
    mixed = [i for i in range(1500) if len(set(bad[places == i])) == 2]
    right = [judged.complaint[places == i][bad[places == i]][0] > judged.complaint[places == i][~bad[places == i]][0] for i in mixed]
    assert len(mixed) > 200
    assert np.mean(right) > 0.95
    assert judged.accuracy > 0.8


def test_a_customer_is_not_recognised():
    """Vectors that say only who writes, and customers who always give the same score: nothing can be learned without their other scores."""
    rng = np.random.default_rng(15)
    people = np.repeat(np.arange(200), 5)
    vectors = (rng.normal(size=(200, 30))[people] + 0.1 * rng.normal(size=(1000, 30))).astype(np.float32)
    cohorts = np.where(rng.random(200)[people] < 0.5, "detractor", "promoter")
    comments = [f"comment {i}" for i in range(1000)]
    known = tone.judge(vectors, np.arange(1000), comments, cohorts, [f"c{p}" for p in people])
    assert np.isnan(known.complaint).all()
    assert abs(known.accuracy - 0.5) < 0.1
    assert tone.judge(vectors, np.arange(1000), comments, cohorts).accuracy > 0.6, "which is what this guards against"


@pytest.mark.parametrize(("people", "words"), [(300, 400), (40, 400), (300, 60)])
def test_what_is_judged_and_what_is_learned_from_share_neither_text_nor_customer(people, words):
    rng = np.random.default_rng(16)
    texts = [f"t{i}" for i in rng.integers(0, words, 400)]
    names = [f"c{i}" if i % 7 else "" for i in rng.integers(0, people, 400)]
    places = np.arange(400)
    folds = tone._folds(places, texts, names)
    assert (np.sum([judged for judged, _ in folds], axis=0) == 1).all()
    for judged, known in folds:
        assert known.any()
        for keys in (texts, names):
            assert not ({k for k, j in zip(keys, judged, strict=True) if j} & {k for k, j in zip(keys, known, strict=True) if j}) - {""}


def test_tone_does_not_depend_on_the_order_of_the_comments():
    vectors, places, comments, cohorts, people, _ = told(600, 17, people=400)
    before = tone.judge(vectors, places, comments, cohorts, people)
    order = np.random.default_rng(1).permutation(600)
    parts = np.concatenate([np.flatnonzero(places == i) for i in order])
    moved = np.repeat(np.arange(600), [int((places == i).sum()) for i in order])
    after = tone.judge(vectors[parts], moved, [comments[i] for i in order], cohorts[order], [people[i] for i in order])
    assert np.allclose(after.complaint, before.complaint[parts], rtol=0, atol=1e-6), "32-bit sums apart"


def test_leaving_out_equals_the_points_of_one_stratum():
    table = np.array([[[5, 9, 20], [4, 4, 6]], [[9, 9, 9], [2, 0, 8]]])
    assert leave_out(table) == points_of(table.sum(axis=0, keepdims=True))
