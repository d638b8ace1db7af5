"""Scores by segment and what stands out: ranges and verdicts that agree, few false alarms, no small group to be worked out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps

import naive
from naive import segments_of, visits_of
from voc import score, stats
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, VocError
from voc.score import tally

GOOD, MIDDLING, BAD = (0.1, 0.2, 0.7), (0.3, 0.3, 0.4), (0.5, 0.2, 0.3)
RANGE = ["difference_low", "difference_high"]


def rows_of(result: score.Segments) -> pd.DataFrame:
    """The rows by their segment."""
    return result.to_frame().set_index("segment")


def drawn(rng: np.random.Generator, mixes: dict[str, tuple[float, float, float]], n: int, places: tuple[str, ...] = ("Store", "Call")) -> Survey:
    """Answers of each team at each touchpoint, n of them."""
    return visits_of({(place, team): tuple(rng.multinomial(n, mix)) for place in places for team, mix in mixes.items()})


# --- scores ------------------------------------------------------------------------------------------------------------


def test_segment_scores_are_the_scores_of_their_answers():
    survey = segments_of({"A": (8, 15, 13), "B": (60, 130, 120), "C": (20, 10, 15)})
    for row in score.by(survey, "team").to_frame().itertuples():
        alone = score.nps(survey.where(team=row.segment))
        assert (row.n, row.value, row.low, row.high) == pytest.approx((alone.n, alone.value, alone.low, alone.high))


def weighted_survey(seed: int) -> Survey:
    """Random answers of repeat customers, by team and region at two touchpoints, with weights and blanks."""
    rng = np.random.default_rng(seed)
    n = 900
    names = {"team": ["A", "B", "C", ""], "region": ["north", "south"], "touchpoint": ["Store", "Call"]}
    columns = {name: rng.choice(values, n) for name, values in names.items()}
    scores = np.where((columns["touchpoint"] == "Store") & (rng.random(n) < 0.5), 10, rng.integers(0, 11, n))
    return naive.survey_of(scores.tolist(), weight=rng.uniform(0.3, 3, n), customer=rng.integers(0, 500, n).astype(str), **columns)


def test_weighted_segments_of_repeat_customers_are_scored_as_they_alone_would_be():
    survey = weighted_survey(1)
    for row in score.by(survey, "team", weighted=True).to_frame().itertuples():
        alone = score.nps(survey.where(team=row.segment), weighted=True)
        found = (row.n, row.effective, row.value, row.low, row.high)
        assert found == pytest.approx((alone.n, alone.n_effective, alone.value, alone.low, alone.high))
        assert row.effective < row.n


def test_weights_of_one_change_nothing():
    survey = weighted_survey(2)
    ones = replace(survey, answers=survey.answers.assign(weight=1.0))
    pd.testing.assert_frame_equal(score.by(ones, "team", weighted=True).frame, score.by(survey, "team").frame)


def test_segments_do_not_depend_on_row_order():
    survey = weighted_survey(3)
    shuffled = survey.with_frame(survey.frame.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(score.by(survey, "team", weighted=True).frame, score.by(shuffled, "team", weighted=True).frame)


def test_a_tally_is_compared_like_its_survey():
    survey = weighted_survey(4)
    counted = tally(survey, ["region", "team", "touchpoint"], every="month")
    pd.testing.assert_frame_equal(score.by(counted, "team").frame, score.by(survey, "team").frame)
    pd.testing.assert_frame_equal(score.by(counted, ["region", "team"]).frame, score.by(survey, ["region", "team"]).frame)
    without = tally(survey, "team")  # knows no touchpoints, so all other answers are the others
    plain = survey.with_frame(survey.frame.drop(columns="touchpoint"))
    pd.testing.assert_frame_equal(score.by(without, "team").frame, score.by(plain, "team").frame)


# --- the others --------------------------------------------------------------------------------------------------------


def test_differences_equal_a_loop():
    """The others at each touchpoint, weighted to the segment's own mix of touchpoints; blanks are nobody's others."""
    survey = weighted_survey(5)
    answers = survey.answers.assign(band=np.select([survey.answers["score"] <= 6, survey.answers["score"] <= 8], [-100, 0], 100)).query("team != ''")
    for row in score.by(survey, "team", weighted=True).to_frame().itertuples():
        expected = 0.0
        mine, others = answers[answers["team"] == row.segment], answers[answers["team"] != row.segment]
        for place in ("Store", "Call"):
            here, there = (rows[rows["touchpoint"] == place] for rows in (mine, others))
            gap = np.average(here["band"], weights=here["weight"]) - np.average(there["band"], weights=there["weight"])
            expected += here["weight"].sum() / mine["weight"].sum() * gap
        assert row.difference == pytest.approx(expected)


def test_confounded_segment_is_like_the_rest():
    """Team S only works in stores, where everybody scores 60; elsewhere the score is 0. Against all others S would be far above."""
    cells = {("Store", "S"): (20, 40, 140), ("Store", "T"): (20, 40, 140), ("Call", "T"): (150, 100, 150), ("Call", "U"): (150, 100, 150)}
    survey = visits_of(cells)
    rows = rows_of(score.by(survey, "team"))
    assert rows["verdict"].tolist() == ["not clear"] * 3
    assert rows.loc["S", "difference"] == pytest.approx(0, abs=1e-9)
    without = survey.with_frame(survey.frame.drop(columns="touchpoint"))
    assert rows_of(score.by(without, "team")).loc["S", "verdict"] == "above"


def test_segment_with_a_touchpoint_to_itself_has_nobody_to_be_compared_with():
    survey = visits_of({("Store", "S"): (20, 40, 140), ("Call", "T"): (150, 100, 150), ("Call", "U"): (150, 100, 150)})
    row = rows_of(score.by(survey, "team")).loc["S"]
    assert np.isnan(row[["difference", *RANGE, "p"]].astype(float)).all()
    assert row["verdict"] == "not clear"


def test_touchpoints_are_compared_with_all_other_answers():
    survey = visits_of({("Store", "x"): (20, 40, 140), ("Call", "x"): (150, 100, 150), ("Web", "x"): (100, 100, 120)})
    rows = rows_of(score.by(survey, "touchpoint"))
    assert rows.loc["Store", "difference"] == pytest.approx(60 - 100 * 20 / 720)
    assert rows.loc["Store", "verdict"] == "above"


def test_one_bright_spot_does_not_make_the_others_look_dim():
    """Planted truth: seven equal teams beside one with a third of all answers; against all others each would be 23 points below."""
    teams = {f"T{i}": (300, 300, 400) for i in range(7)} | {"star": (100, 100, 2300)}
    rows = rows_of(score.by(segments_of(teams), "team"))
    assert rows["verdict"].to_dict() == {"star": "above"} | {f"T{i}": "not clear" for i in range(7)}
    assert rows["difference"].drop("star").tolist() == pytest.approx([0] * 7, abs=1e-9)


def test_real_effects_are_found():
    """Team A scores 30 points above and team D 30 below the others at both touchpoints."""
    tables = {"A": (25, 50, 125), "B": (60, 60, 100), "C": (60, 60, 100), "D": (110, 50, 90)}
    result = score.by(visits_of({(place, team): t for team, t in tables.items() for place in ("Store", "Call")}), "team")
    assert rows_of(result)["verdict"].to_dict() == {"A": "above", "B": "not clear", "C": "not clear", "D": "below"}
    assert result.headline.startswith("Stands out by team (all answers): A (50.0, ")


# --- the number of comparisons -----------------------------------------------------------------------------------------


def test_a_p_value_belongs_to_the_joined_intervals():
    """Oracle: `naive.touching`. Of two teams each is the other's rest."""
    rng = np.random.default_rng(6)
    for _ in range(40):
        one, other = (tuple(int(x) for x in rng.integers((0, 5, 5), 45)) for _ in range(2))
        rows = rows_of(score.by(segments_of({"A": one, "B": other}), "team", correction="none"))
        if rows.loc["A", "difference"]:
            assert rows.loc["A", "p"] == pytest.approx(naive.touching(one, other), rel=1e-6)


def test_the_range_at_a_p_value_just_touches_zero():
    """`stats.difference_p` against its own definition, from one answer to many, empty and full bands among them."""
    rng = np.random.default_rng(7)
    counts = np.concatenate([rng.integers(0, most, (2, 3, 300)) for most in (5, 20, 80, 10**6)], axis=2).astype(float)
    counts[:, 0, ::7] = 0
    counts[0, :, ::50], counts[1, :, ::50] = [[0], [0], [7]], [[3], [0], [0]]
    counts = counts[:, :, (counts.sum(axis=1) > 0).all(axis=0)]
    value = [(c[2] - c[0]) / c.sum(axis=0) for c in counts]
    gap = value[0] - value[1]

    def interval(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        ends = [stats.net_interval_at(*c, z) for c in counts]
        return stats.mover_difference(value[0], ends[0], value[1], ends[1])

    p = stats.difference_p(gap, interval)
    assert (p[gap == 0] == 1).all()
    low, high = interval(sps.norm.isf(np.maximum(p, 1e-300) / 2))
    near = (gap != 0) & (p > 1e-8)
    assert near.sum() > 500
    np.testing.assert_allclose(np.where(gap > 0, low, high)[near], 0, atol=1e-6)
    assert np.isnan(stats.difference_p(np.array([np.nan]), lambda z: (z, z))).all()


def test_p_values_are_adjusted_as_benjamini_and_hochberg_do():
    """Oracle: `naive.benjamini_hochberg` on the unadjusted ones; ranges are at the level of Benjamini & Yekutieli 2005: 1 - named x 5 % / all."""
    survey = drawn(np.random.default_rng(8), {f"T{i}": GOOD if i < 3 else MIDDLING for i in range(9)}, 60)
    raw, adjusted, one_by_one = (rows_of(score.by(survey, "team", correction=c)).sort_index() for c in ("none", "bh", "bonferroni"))
    assert adjusted["p"].tolist() == pytest.approx(naive.benjamini_hochberg(raw["p"].tolist()))
    assert one_by_one["p"].tolist() == pytest.approx(np.minimum(9 * raw["p"], 1).tolist())
    named = int((adjusted["p"] <= 0.05).sum())
    assert named >= 3
    same_level = rows_of(score.by(survey, "team", level=1 - 0.05 * named / 9, correction="none")).sort_index()
    pd.testing.assert_frame_equal(adjusted[RANGE], same_level[RANGE])
    widest = rows_of(score.by(survey, "team", level=1 - 0.05 / 9, correction="none")).sort_index()
    pd.testing.assert_frame_equal(one_by_one[RANGE], widest[RANGE])
    for few, many in ((raw, adjusted), (adjusted, one_by_one)):
        assert (many["difference_low"] < few["difference_low"]).all()
        pd.testing.assert_frame_equal(few[["value", "low", "high", "difference"]], many[["value", "low", "high", "difference"]])


@pytest.mark.parametrize("correction", ["bh", "bonferroni", "none"])
def test_a_verdict_and_its_range_never_disagree(correction):
    """Above where the whole range lies above 0, below where it lies below, and only there."""
    rng = np.random.default_rng(9)
    named = 0
    for _ in range(12):
        rows = score.by(drawn(rng, {f"T{i}": rng.dirichlet((6, 6, 8)) for i in range(9)}, 40), "team", correction=correction).frame
        named += rows["verdict"].isin(["above", "below"]).sum()
        assert ((rows["verdict"] == "above") == (rows["difference_low"] > 0)).all()
        assert ((rows["verdict"] == "below") == (rows["difference_high"] < 0)).all()
    assert named > 10


def test_segments_without_an_effect_rarely_stand_out():
    """Planted null: eight equal teams at two touchpoints; nominally in 5 % of surveys a team is named, so in 2 of 40, and in at most 5."""
    rng = np.random.default_rng(7)
    places = {"S": (0.1, 0.3, 0.6), "C": (0.4, 0.3, 0.3)}
    alarms = 0
    for _ in range(40):
        cells = {(place, str(team)): tuple(rng.multinomial(60, mix)) for place, mix in places.items() for team in range(8)}
        alarms += score.by(visits_of(cells), "team").frame["verdict"].isin(["above", "below"]).any()
    assert alarms <= 5


def test_few_of_the_named_are_false_and_few_ranges_miss():
    """Planted truth: three of twelve teams are 30 points below the others.

    On average at most 5 % of the named are among the others, and at most 5 % of the named ones' ranges miss (false coverage-statement rate);
    9 % leaves room for the chance of 40 surveys.
    """
    rng = np.random.default_rng(10)
    false, missed, found = [], [], 0
    for _ in range(40):
        rows = rows_of(score.by(drawn(rng, {f"T{i}": BAD if i < 3 else MIDDLING for i in range(12)}, 150, ("Store",)), "team"))
        named = rows[rows["verdict"].isin(["above", "below"])]
        truth = np.where(named.index.isin(["T0", "T1", "T2"]), -30.0, 0.0)
        found += int((truth < 0).sum())
        false.append((truth == 0).mean() if len(named) else 0.0)
        missed.append(((truth < named["difference_low"]) | (truth > named["difference_high"])).mean() if len(named) else 0.0)
    assert found > 90
    assert np.mean(false) <= 0.09
    assert np.mean(missed) <= 0.09


def test_other_corrections_are_refused():
    with pytest.raises(VocError, match='correction must be "bh", "bonferroni" or "none"; found "holm"'):
        score.by(segments_of({"A": (20, 20, 20), "B": (20, 20, 20)}), "team", correction="holm")


# --- small groups ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ({"A": 60, "nine": 9, "twelve": 12}, ["A"]),
        ({"A": 60, "twelve": 12}, ["A", "twelve"]),
        ({"A": 60, "B": 20, "six": 6, "four": 4}, ["A", "B"]),
        ({"A": 60, "B": 20, "five": 5, "four": 4}, ["A"]),
        ({"A": 60, "B": 20, "nine": 9, "": 1}, ["A", "B"]),
        ({"A": 60, "B": 20, "eight": 8, "": 1}, ["A"]),
        ({"A": 60, "B": 20, "": 3}, ["A"]),
        ({"A": 60, "B": 20, "": 10}, ["A", "B"]),
        ({"A": 60, "nine": 9}, []),
    ],
    ids=[
        "nine with the next", "none too small", "two make ten", "two make nine", "one and a blank make ten", "one and a blank make nine",
        "three blanks alone", "ten blanks alone", "only one other",
    ],
)  # fmt: skip
def test_a_small_group_is_hidden_with_another(sizes, shown):
    """A single hidden group would be all answers minus the shown ones; blanks count as a group."""
    result = score.by(segments_of({name: (n // 3, n - 2 * (n // 3), n // 3) for name, n in sizes.items()}), "team")
    assert sorted(result.frame["segment"]) == shown
    assert result.hidden == len([name for name in sizes if name and name not in shown])


def test_no_small_group_can_be_worked_out():
    """Oracle: `naive.given_away`, on 60 surveys of small groups; no more are hidden than there have to be by one."""
    rng = np.random.default_rng(11)
    for _ in range(60):
        sizes = Counter({name: int(n) for name, n in zip(["", *"ABCDE"], rng.integers(0, 25, 6), strict=True)})
        result = score.by(segments_of({name: (n, 0, 0) for name, n in sizes.items() if n}), "team")
        shown = set(result.frame["segment"])
        assert naive.given_away(sizes, shown, MIN_ANSWERS) == []
        large = {name for name, n in sizes.items() if name and n >= MIN_ANSWERS}
        assert len(large - shown) <= 1
        assert result.hidden == len([name for name, n in sizes.items() if name and n and name not in shown])


def test_hidden_groups_are_counted_and_not_named():
    result = score.by(segments_of({"A": (20, 20, 20), "B": (20, 20, 20), "nine": (0, 0, 9), "ten": (0, 0, 10)}), "team")
    assert result.hidden == 2
    assert "nine" not in result._repr_html_()
    assert "2 groups not shown: too few answers (under 10), or the answers of such a group could be worked out." in result._repr_html_()
    assert "not shown" not in score.by(segments_of({"A": (20, 20, 20), "B": (20, 20, 20)}), "team")._repr_html_()


def test_small_base_is_said():
    rows = rows_of(score.by(segments_of({"A": (20, 20, 20), "B": (5, 10, 5), "C": (0, 1, 28)}), "team"))
    assert rows["verdict"].to_dict() == {"A": "below", "B": "small base", "C": "above"}


def test_no_segment_large_enough_is_a_sentence():
    result = score.by(segments_of({"A": (1, 2, 3), "B": (1, 0, 1)}), "team")
    assert result.to_frame().empty
    assert result.headline == "No team has the 10 answers that a score needs (all answers)."
    assert result.hidden == 2
    survey = segments_of({"A": (1, 2, 3)})
    assert score.by(survey.with_frame(survey.frame.head(0)), "team").headline == result.headline


def test_blank_segments_are_left_out():
    with_blank = segments_of({"A": (20, 20, 20), "B": (30, 20, 10), "": (1, 2, 90)})
    without = segments_of({"A": (20, 20, 20), "B": (30, 20, 10)})
    pd.testing.assert_frame_equal(score.by(with_blank, "team").to_frame(), score.by(without, "team").to_frame())


def test_a_column_of_blanks_has_no_segments():
    assert score.by(segments_of({"": (10, 10, 10)}, touchpoint="Store"), "team").to_frame().empty


def test_unknown_column_raises():
    with pytest.raises(VocError, match='there is no column "taem"'):
        score.by(segments_of({"A": (20, 20, 20)}), "taem")


# --- several columns ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [["region", "team"], ["touchpoint", "team"]])
@pytest.mark.parametrize("weighted", [False, True])
def test_crossed_columns_are_one_column_of_their_combinations(columns, weighted):
    """A combination with a blank is a blank; each is compared at its own touchpoint, also where that is one of the columns."""
    survey = weighted_survey(12)
    first, second = (survey.answers[c] for c in columns)
    both = (first + ", " + second).where((first != "") & (second != ""), "")
    answers = survey.answers.assign(both=both)
    one = replace(survey, answers=answers)
    crossed = score.by(survey, columns, weighted=weighted)
    pd.testing.assert_frame_equal(crossed.frame, score.by(one, "both", weighted=weighted).frame, rtol=1e-9)
    assert len(crossed.frame) == 6
    assert crossed.column == " and ".join(columns)


def test_crossed_columns_find_an_effect_of_a_combination():
    """Planted truth: team A is 30 points below the others in the south only."""
    cells = {(region, team): MIDDLING for region in ("north", "south") for team in "ABCD"} | {("south", "A"): BAD}
    rng = np.random.default_rng(13)
    survey = visits_of({key: tuple(rng.multinomial(250, mix)) for key, mix in cells.items()}, place="region")
    result = score.by(survey, ["region", "team"])
    assert rows_of(result)["verdict"].to_dict() == {", ".join(key): "not clear" for key in cells} | {"south, A": "below"}
    assert result.headline.startswith("Stands out by region and team (all answers): south, A (")
    assert "Region and team" in result._repr_html_()


def test_no_small_combination_can_be_worked_out_from_the_totals_of_a_column():
    """North and B are shown in tables of their own, so a lone hidden combination in a row or a column would be what is left of its total."""
    rng = np.random.default_rng(14)
    for _ in range(30):
        cells = {(region, team): int(n) for (region, team), n in zip(product(("north", "south", ""), "ABCD"), rng.integers(0, 40, 12), strict=True)}
        result = score.by(visits_of({key: (n, 0, 0) for key, n in cells.items()}, place="region"), ["region", "team"])
        shown = {tuple(name.split(", ")) for name in result.frame["segment"]}
        for axis, name in [(0, "north"), (0, "south"), *((1, team) for team in "ABCD")]:
            part = Counter({key: n for key, n in cells.items() if key[axis] == name})
            assert part.total() < MIN_ANSWERS or naive.given_away(part, {key for key in shown if key[axis] == name}, MIN_ANSWERS) == []


# --- standouts ---------------------------------------------------------------------------------------------------------


def test_standouts_hide_agents_unless_asked():
    cells = {("Call", "Ann"): (10, 30, 160), ("Call", "Bob"): (90, 60, 50), ("Call", "Cy"): (50, 45, 105)}
    survey = visits_of(cells, column="agent")
    hidden, shown = score.standouts(survey), score.standouts(survey, show_agents=True)
    assert "Ann" not in hidden._repr_html_()
    assert (hidden.compared, len(hidden.to_frame())) == (1, 0)
    assert shown.to_frame()["segment"].tolist() == ["Ann", "Bob"]
    assert shown.to_frame()["verdict"].tolist() == ["above", "below"]
    assert shown.compared == 4


def test_standouts_allow_for_all_groups_of_all_columns():
    """Oracle: `naive.benjamini_hochberg` on the unadjusted p-values of every column together."""
    survey = segments_of({"A": (25, 50, 125), "B": (60, 60, 80), "C": (60, 60, 80), "D": (75, 60, 65)})
    halves = survey.answers.assign(half=np.where(np.arange(len(survey.answers)) % 2, "x", "y"))
    survey = replace(survey, answers=halves, mapping=replace(survey.mapping, segments={"team": "team", "half": "half"}))
    raw = pd.concat([score.by(survey, c, correction="none").frame.assign(column=c) for c in ("team", "half")], ignore_index=True)
    raw["adjusted"] = naive.benjamini_hochberg(raw["p"].tolist())
    expected = raw[raw["adjusted"] <= 0.05].sort_values("value", ascending=False)
    result = score.standouts(survey)
    found = result.to_frame()
    assert result.compared == len(raw) == 6
    assert found[["column", "segment"]].to_numpy().tolist() == expected[["column", "segment"]].to_numpy().tolist()
    assert 2 <= len(found) < 5
    level = 1 - 0.05 * len(found) / 6
    wide = score.by(survey, "team", level=level, correction="none").frame.set_index("segment").loc[found["segment"]]
    np.testing.assert_allclose(found[RANGE], wide[RANGE])
    assert ((found["difference_low"] > 0) | (found["difference_high"] < 0)).all()
    assert result.headline.startswith("Of 6 groups compared (all answers), these stand out: A (50.0, ")


def test_nothing_stands_out_is_said():
    equal = score.standouts(segments_of({"A": (20, 20, 40), "B": (20, 20, 40)}))
    assert equal.headline == "Of 2 groups compared (all answers), none differs from the others by more than chance explains."
    assert score.standouts(naive.survey_of([10, 3, 8])).headline == "There are no groups to compare (all answers)."


# --- customers and weights in a comparison -------------------------------------------------------------------------------


def false_verdicts(draw, times, **options):
    """Share of surveys without any difference in which team A is said to differ; no allowance for the number of teams."""
    return np.mean(
        [
            score.by(draw(i), "team", correction="none", **options).frame.set_index("segment")["verdict"]["A"] in ("above", "below")
            for i in range(times)
        ]
    )


def alike(seed, touchpoints):
    """40 customers in each of three teams, each with the same answer at every touchpoint."""
    rng = np.random.default_rng(seed)
    people = [(f"{team}{i}", team, int(rng.choice([3, 8, 10], p=[0.3, 0.3, 0.4]))) for team in "ABC" for i in range(40)]
    rows = [(who, team, answer, f"place {p}") for who, team, answer in people for p in range(touchpoints)]
    who, team, answers, places = (list(x) for x in zip(*rows, strict=True))
    return naive.survey_of(answers, customer=who, team=team, touchpoint=places)


@pytest.mark.parametrize("touchpoints", [2, 5])
def test_customers_who_answer_alike_at_several_touchpoints_count_once(touchpoints):
    """Nominal 5 %; taking each touchpoint's answers for other people gave 15 and 40 %."""
    assert false_verdicts(lambda i: alike(i, touchpoints), 100) <= 0.09


def heavy(seed, weight_of):
    rng = np.random.default_rng(seed)
    n = 300
    team, place = rng.choice(list("ABC"), n), rng.choice(["x", "y"], n)
    weight = [weight_of(t, p) for t, p in zip(team, place, strict=True)]
    return naive.survey_of(rng.choice([3, 8, 10], n, p=[0.3, 0.3, 0.4]).tolist(), team=team.tolist(), touchpoint=place.tolist(), weight=weight)


@pytest.mark.parametrize("weight_of", [lambda t, p: {"A": 1.0, "B": 10.0, "C": 1.0}[t], lambda t, p: {"x": 1.0, "y": 10.0}[p]], ids=["team", "place"])
def test_heavy_groups_do_not_make_a_comparison_surer(weight_of):
    """Nominal 5 %; adding up effective numbers gave 12 and 9 %."""
    assert false_verdicts(lambda i: heavy(i, weight_of), 100, weighted=True) <= 0.09
