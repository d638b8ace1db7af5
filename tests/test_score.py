"""The score, its change, bridge, segments, standouts and trend: published values, invariants and planted truth."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import naive
from voc import score
from voc.ingest import Survey
from voc.schema import VocError
from voc.score.bridge import decompose

# Das Gupta 1993, US Census Bureau P23-186, example 5.1: share of each of 13 age groups (%) and household headship rate (%), 1970 and 1985.
SHARE_1970 = [12.9, 10.9, 9.5, 8.0, 7.8, 8.4, 8.6, 7.8, 7.0, 5.9, 4.7, 3.6, 4.9]
SHARE_1985 = [10.1, 11.2, 11.6, 10.9, 9.4, 7.7, 6.3, 6.0, 6.3, 5.9, 5.1, 4.0, 5.5]
RATE_1970 = [1.9, 25.8, 45.7, 49.6, 51.2, 51.6, 51.8, 54.9, 58.7, 60.4, 62.8, 66.6, 66.8]
RATE_1985 = [2.2, 24.3, 45.8, 52.5, 56.1, 55.6, 56.0, 57.4, 57.2, 61.2, 63.9, 68.6, 72.2]


def segments_of(tables: dict[str, tuple[int, int, int]], **same: str):
    """A Survey with one answer per count and segment, segment column "team"."""
    scores = [s for counts in tables.values() for s in naive.answers_of(*counts)]
    teams = [name for name, counts in tables.items() for _ in range(sum(counts))]
    return naive.survey_of(scores, team=teams, **{name: [value] * len(scores) for name, value in same.items()})


def visits_of(cells: dict[tuple[str, str], tuple[int, int, int]], **names: str):
    """A Survey from counts by (touchpoint, team)."""
    scores = [s for counts in cells.values() for s in naive.answers_of(*counts)]
    pairs = [pair for pair, counts in cells.items() for _ in range(sum(counts))]
    column = names.get("column", "team")
    return naive.survey_of(scores, touchpoint=[p for p, _ in pairs], **{column: [t for _, t in pairs]})


# --- nps ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answers", "value"), [([0, 7, 7, 9, 9, 9], 100 / 3), ([5, 10], 0), ([8, 9], 50), ([6, 7, 9], 0)])
def test_score_equals_r(answers, value):
    """brendan-r/NPS tests/testthat/test_01_basics.R."""
    assert score.nps(answers).value == pytest.approx(value)


def test_every_answer_falls_in_its_band():
    """Reichheld 2003, Harvard Business Review: 0-6 detractor, 7-8 passive, 9-10 promoter."""
    bands = [(r.detractors, r.passives, r.promoters) for r in (score.nps([a]) for a in range(11))]
    assert bands == [(1, 0, 0)] * 7 + [(0, 1, 0)] * 2 + [(0, 0, 1)] * 2


def test_list_series_and_survey_give_the_same_score():
    answers = naive.answers_of(8, 15, 13)
    results = [score.nps(x) for x in (answers, pd.Series(answers), pd.Series(answers, dtype="Int64"), naive.survey_of(answers))]
    assert all(r.to_frame().equals(results[0].to_frame()) for r in results)


def test_headline_and_frame_hold_the_numbers():
    """R 4.2.2, NPS 2.0.999: counts 8, 15, 13 give 13.9 with a score interval of -11.2 to 37.1."""
    result = score.nps(naive.answers_of(8, 15, 13))
    assert result.headline == "The Net Promoter Score for all answers is 13.9 (−11.2 to 37.1), from 36 answers."
    row = result.to_frame().iloc[0]
    assert (row["n"], row["detractors"], row["passives"], row["promoters"], row["method"]) == (36, 8, 15, 13, "tango")
    assert "37.1" in result._repr_html_()


def test_missing_answers_are_dropped():
    assert score.nps([10, None, 3, float("nan"), 8]).to_frame().equals(score.nps([10, 3, 8]).to_frame())


def test_swapping_promoters_and_detractors_flips_the_sign():
    one, other = score.from_counts((8, 15, 13)), score.from_counts((13, 15, 8))
    assert other.value == pytest.approx(-one.value)
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low))


def test_order_of_the_answers_does_not_matter():
    answers = np.array(naive.answers_of(8, 15, 13))
    shuffled = np.random.default_rng(0).permutation(answers)
    assert score.nps(shuffled.tolist()) == score.nps(answers.tolist())


@pytest.mark.parametrize(("bad", "found"), [(11, "11"), (-1, "-1"), (7.5, "7.5"), ("ten", "ten")])
def test_answers_that_are_off_the_scale_raise_and_say_where(bad, found):
    with pytest.raises(VocError) as error:
        score.nps([10, 9, bad, 3, bad, bad, bad])
    words = str(error.value)
    assert words.startswith((f"score must be a whole number 0-10; found {found} in ", f"score must be a whole number 0-10; found {found}.0 in "))
    assert words.endswith("in 4 rows (first: 2, 4, 5)")


def test_error_names_the_offending_answer_when_the_index_repeats():
    """A Series put together from two files has every row number twice."""
    with pytest.raises(VocError) as error:
        score.nps(pd.Series([3, 11], index=[0, 0]))
    assert str(error.value) == "score must be a whole number 0-10; found 11 in 1 row (first: 0)"


def test_error_does_not_count_other_bad_answers_as_the_one_it_names():
    """Three rows are unusable, and only one of them holds 11."""
    with pytest.raises(VocError) as error:
        score.nps([11, 7.5, 7.5])
    assert "found 11.0 in 3 rows" not in str(error.value)
    assert "found 11 in 3 rows" not in str(error.value)


@pytest.mark.parametrize("method", ["tango", "wald", "adjusted-wald"])
def test_no_answers_is_a_result_and_not_an_error(method):
    result = score.nps([], method=method)
    assert result.n == 0
    assert np.isnan([result.value, result.low, result.high]).all()
    assert result.headline == "There are no answers for all answers, so there is no score."
    assert "–" in result._repr_html_()


def test_one_answer_is_a_wide_interval():
    result = score.nps([10])
    assert result.value == 100
    assert result.high - result.low > 100


# --- change ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "verdict", "words"),
    [
        ((100, 200, 200), (50, 150, 300), "rose", "The score rose by 30.0 points from May to June ("),
        ((50, 150, 300), (100, 200, 200), "fell", "The score fell by 30.0 points from May to June (−"),
        ((2000, 4000, 4000), (2000, 4000, 4000), "stable", "The score is stable within 5 points from May to June ("),
        ((10, 20, 20), (9, 20, 21), "too few answers to tell", "There are too few answers to tell whether the score moved from May to June: "),
        ((0, 0, 0), (10, 20, 20), "nothing to compare", "There are no answers for May to compare with."),
    ],
)  # fmt: skip
def test_verdicts_and_their_words(before, after, verdict, words):
    result = score.change(score.from_counts(before, label="May"), score.from_counts(after, label="June"))
    assert result.verdict == verdict
    assert result.headline.startswith(words)
    assert "no change" not in result.headline
    assert result.to_frame()["verdict"].item() == verdict


def test_nothing_to_compare_names_the_side_without_answers():
    result = score.change(score.from_counts((10, 20, 20), label="May"), score.from_counts((0, 0, 0), label="June"))
    assert result.verdict == "nothing to compare"
    assert "no answers for June" in result.headline
    assert np.isnan([result.low, result.high, result.value]).all()


def test_change_backwards_is_the_change_mirrored():
    one, two = score.from_counts((8, 15, 13)), score.from_counts((60, 130, 120))
    there, back = score.change(one, two), score.change(two, one)
    assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low))


def test_change_of_surveys_equals_change_of_their_scores():
    one, two = naive.survey_of(naive.answers_of(8, 15, 13)), naive.survey_of(naive.answers_of(20, 30, 60))
    assert score.change(one, two) == score.change(score.nps(one), score.nps(two))


def test_margin_decides_what_is_stable():
    one, two = score.from_counts((200, 400, 400)), score.from_counts((200, 400, 400))
    widest = max(-score.change(one, two).low, score.change(one, two).high)
    assert score.change(one, two, margin=widest + 0.01).verdict == "stable"
    assert score.change(one, two, margin=widest - 0.01).verdict == "too few answers to tell"


# --- bridge ------------------------------------------------------------------------------------------------------------


def _rates_as_counts(shares: list[float], rates: list[float]) -> np.ndarray:
    """A rate r as promoters and 1 - r as passives, so that the score is the rate."""
    w, r = np.array(shares) / 100, np.array(rates) / 100
    return np.column_stack([0 * w, w * (1 - r), w * r])


def test_decomposition_equals_das_gupta():
    """Das Gupta 1993, example 5.1 (also DasGuptR's README): 44.7268 to 47.6940, of which 1.2269 age structure and 1.7403 rate."""
    before, after = _rates_as_counts(SHARE_1970, RATE_1970), _rates_as_counts(SHARE_1985, RATE_1985)
    mix, within, parts = decompose(before, after)
    assert (parts["share_before"] * parts["value_before"]).sum() == pytest.approx(44.7268, abs=5e-5)
    assert (parts["share_after"] * parts["value_after"]).sum() == pytest.approx(47.6940, abs=5e-5)
    assert mix.sum() == pytest.approx(1.2269, abs=5.1e-5)
    assert within.sum() == pytest.approx(1.7403, abs=5.1e-5)


def test_parts_add_up_to_the_change_on_random_tables():
    """Oracle: `naive.split`, Kitagawa's formula; centring moves mix between segments but not their sum."""
    rng = np.random.default_rng(6)
    for _ in range(200):
        k = rng.integers(1, 8)
        before, after = rng.integers(1, 60, (k, 3)).astype(float), rng.integers(1, 60, (k, 3)).astype(float)
        mix, within, _ = decompose(before, after)
        total = [100 * (t[:, 2] - t[:, 0]).sum() / t.sum() for t in (before, after)]
        assert mix.sum() + within.sum() == pytest.approx(total[1] - total[0], abs=1e-9)
        assert (mix.sum(), within.sum()) == pytest.approx(naive.split(before, after), abs=1e-9)


def test_parts_add_up_when_segments_appear_and_disappear():
    """A segment without answers on one side counts as mix."""
    before, after = segments_of({"A": (10, 20, 30), "B": (30, 10, 5)}), segments_of({"A": (10, 20, 30), "C": (1, 5, 40)})
    # B and C have no answers on one side and are published together.
    result = score.bridge(before, after, by="team")
    assert result.mix + result.within == pytest.approx(result.change.value, abs=1e-9)
    assert result.to_frame()["segment"].tolist() == ["A", "Others and blank"]


def test_small_groups_are_not_published_in_the_split():
    before, after = (
        segments_of({"A": (10, 20, 30), "B": (3, 1, 1), "C": (9, 0, 0)}),
        segments_of({"A": (20, 20, 30), "B": (30, 10, 5), "C": (1, 0, 0)}),
    )
    result = score.bridge(before, after, by="team")
    assert result.to_frame()["segment"].tolist() == ["A", "Others and blank"]
    assert result.mix + result.within == pytest.approx(result.change.value, abs=1e-9)


def test_pure_mix_shift_leaves_nothing_within():
    bad = {"bad": (35, 10, 5), "poor": (35, 10, 5)}
    before, after = segments_of({"good": (10, 20, 70)} | bad), segments_of({"good": (30, 60, 210)} | bad)
    result = score.bridge(before, after, by="team")
    assert result.within == pytest.approx(0, abs=1e-9)
    assert result.mix == pytest.approx(result.change.value, abs=1e-9)
    assert result.change.value == pytest.approx(30)
    assert (result.mix_low > 0, result.within_low < 0 < result.within_high) == (True, True)
    assert "the mix of answers by team goes with +30.0 points" in result.headline
    assert "scores within each team shows no clear effect" in result.headline
    assert "The largest shift: good went from 50.0\u00a0% to 75.0\u00a0% of the answers" in result.headline


def test_pure_change_within_leaves_no_mix():
    before, after = segments_of({"A": (100, 200, 200), "B": (80, 100, 120)}), segments_of({"A": (50, 100, 350), "B": (40, 60, 200)})
    result = score.bridge(before, after, by="team")
    assert result.mix == pytest.approx(0, abs=1e-9)
    assert result.within == pytest.approx(result.change.value, abs=1e-9)
    assert result.within_low > 0


def test_a_growing_average_segment_contributes_nothing():
    """A and B pull apart by the same amount on both sides, C sits at the average and doubles."""
    before = segments_of({"A": (10, 20, 70), "B": (70, 20, 10), "C": (20, 60, 20)})
    after = segments_of({"A": (10, 20, 70), "B": (70, 20, 10), "C": (80, 240, 80)})
    result = score.bridge(before, after, by="team")
    parts = result.to_frame().set_index("segment")
    assert parts.loc["C", "share_after"] > 1.5 * parts.loc["C", "share_before"]
    assert parts.loc["C", ["mix", "within"]].tolist() == pytest.approx([0, 0], abs=1e-9)
    assert result.change.value == pytest.approx(0, abs=1e-9)


def test_bridge_backwards_is_the_bridge_mirrored():
    one, two = segments_of({"A": (10, 20, 30), "B": (30, 10, 5)}), segments_of({"A": (40, 20, 35), "B": (3, 10, 50)})
    there, back = score.bridge(one, two, by="team").to_frame(), score.bridge(two, one, by="team").to_frame()
    assert back["mix"].tolist() == pytest.approx((-there["mix"]).tolist())
    assert back["within"].tolist() == pytest.approx((-there["within"]).tolist())


def test_bridge_intervals_hold_the_parts_and_depend_on_the_seed_only():
    before, after = segments_of({"A": (10, 20, 30), "B": (30, 10, 5)}), segments_of({"A": (40, 20, 35), "B": (3, 10, 50)})
    one, again = (score.bridge(before, after, by="team", seed=1) for _ in range(2))
    assert one.mix_low < one.mix < one.mix_high
    assert one.within_low < one.within < one.within_high
    assert (one.mix_low, one.within_high) == (again.mix_low, again.within_high)


def test_bridge_without_answers_on_one_side_is_a_sentence():
    full = segments_of({"A": (10, 20, 30)})
    empty = replace(full.with_frame(full.frame.head(0)), label="May")
    result = score.bridge(empty, full, by="team")
    assert result.headline == "There are no answers for May to compare with."
    assert result.to_frame().empty
    assert np.isnan([result.mix, result.within]).all()
    assert "voc-headline" in result._repr_html_()


# --- by ----------------------------------------------------------------------------------------------------------------


def test_segment_scores_are_the_scores_of_their_answers():
    survey = segments_of({"A": (8, 15, 13), "B": (60, 130, 120), "C": (20, 10, 15)})
    for row in score.by(survey, "team").to_frame().itertuples():
        alone = score.nps(survey.where(team=row.segment))
        assert (row.n, row.value, row.low, row.high) == pytest.approx((alone.n, alone.value, alone.low, alone.high))


def test_confounded_segment_is_like_the_rest():
    """Team S only works in stores, where everybody scores 60; elsewhere the score is 0. Against all others S would be far above."""
    cells = {("Store", "S"): (20, 40, 140), ("Store", "T"): (20, 40, 140), ("Call", "T"): (150, 100, 150), ("Call", "U"): (150, 100, 150)}
    survey = visits_of(cells)
    result = score.by(survey, "team").to_frame().set_index("segment")
    assert result["verdict"].tolist() == ["not clear"] * 3
    assert result.loc["S", "difference"] == pytest.approx(0, abs=1e-9)
    without = survey.with_frame(survey.frame.drop(columns="touchpoint"))
    assert score.by(without, "team").to_frame().set_index("segment").loc["S", "verdict"] == "above"


def test_segment_with_a_touchpoint_to_itself_has_nobody_to_be_compared_with():
    survey = visits_of({("Store", "S"): (20, 40, 140), ("Call", "T"): (150, 100, 150), ("Call", "U"): (150, 100, 150)})
    row = score.by(survey, "team").to_frame().set_index("segment").loc["S"]
    assert np.isnan(row[["difference", "difference_low", "difference_high"]].astype(float)).all()
    assert row["verdict"] == "not clear"


def test_real_effects_are_found():
    """Team A scores 30 points above and team D 30 below the others at both touchpoints."""
    tables = {"A": (25, 50, 125), "B": (60, 60, 100), "C": (60, 60, 100), "D": (110, 50, 90)}
    survey = visits_of({(place, team): t for team, t in tables.items() for place in ("Store", "Call")})
    result = score.by(survey, "team")
    verdicts = result.to_frame().set_index("segment")["verdict"]
    assert verdicts.to_dict() == {"A": "above", "B": "not clear", "C": "not clear", "D": "below"}
    assert result.headline.startswith("Stands out by team: A (50.0, ")


def test_touchpoints_are_compared_with_all_other_answers():
    survey = visits_of({("Store", "x"): (20, 40, 140), ("Call", "x"): (150, 100, 150), ("Web", "x"): (100, 100, 120)})
    rows = score.by(survey, "touchpoint").to_frame().set_index("segment")
    assert rows.loc["Store", "difference"] == pytest.approx(60 - 100 * 20 / 720)
    assert rows.loc["Store", "verdict"] == "above"


def test_groups_under_ten_are_hidden_and_counted():
    survey = segments_of({"A": (20, 20, 20), "nine": (0, 0, 9), "ten": (0, 0, 10)})
    result = score.by(survey, "team")
    assert sorted(result.to_frame()["segment"]) == ["A", "ten"]
    assert result.hidden == 1
    assert "nine" not in result._repr_html_()
    assert "1 group with fewer than 10 answers not shown" in result._repr_html_()


def test_small_base_is_said():
    rows = score.by(segments_of({"A": (20, 20, 20), "B": (5, 10, 5), "C": (0, 1, 28)}), "team").to_frame().set_index("segment")
    assert rows["verdict"].to_dict() == {"A": "below", "B": "small base", "C": "above"}


def test_no_segment_large_enough_is_a_sentence():
    result = score.by(segments_of({"A": (1, 2, 3), "B": (1, 0, 1)}), "team")
    assert result.to_frame().empty
    assert result.headline == "No team has the 10 answers that a score needs (all answers)."
    assert result.hidden == 2


def test_blank_segments_are_left_out():
    with_blank = segments_of({"A": (20, 20, 20), "B": (30, 20, 10), "": (1, 2, 90)})
    without = segments_of({"A": (20, 20, 20), "B": (30, 20, 10)})
    pd.testing.assert_frame_equal(score.by(with_blank, "team").to_frame(), score.by(without, "team").to_frame())


def test_a_column_of_blanks_has_no_segments():
    assert score.by(segments_of({"": (10, 10, 10)}, touchpoint="Store"), "team").to_frame().empty


def test_unknown_column_raises():
    with pytest.raises(VocError, match='there is no column "taem"'):
        score.by(segments_of({"A": (20, 20, 20)}), "taem")


def test_segments_do_not_depend_on_row_order():
    survey = visits_of({("Store", "A"): (20, 40, 50), ("Store", "B"): (20, 40, 60), ("Call", "A"): (15, 10, 15), ("Call", "B"): (5, 10, 15)})
    shuffled = survey.with_frame(survey.frame.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(score.by(survey, "team").to_frame(), score.by(shuffled, "team").to_frame())


def test_more_comparisons_make_wider_differences_and_the_same_scores():
    survey = segments_of({"A": (20, 40, 50), "B": (20, 40, 60)})
    few, many = (score.by(survey, "team", comparisons=k).to_frame() for k in (2, 200))
    assert (many["difference_low"] < few["difference_low"]).all()
    assert (many["difference_high"] > few["difference_high"]).all()
    pd.testing.assert_frame_equal(few[["value", "low", "high"]], many[["value", "low", "high"]])


def test_segments_without_an_effect_rarely_stand_out():
    """Planted null: eight equal teams at two touchpoints, 95 % for the family: at most 5 of 40 surveys may name a team."""
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(40):
        cells = {
            (place, str(team)): tuple(rng.multinomial(60, p)) for place, p in (("S", (0.1, 0.3, 0.6)), ("C", (0.4, 0.3, 0.3))) for team in range(8)
        }
        alarms += score.by(visits_of(cells), "team").to_frame()["verdict"].isin(["above", "below"]).any()
    assert alarms <= 5


# --- standouts ---------------------------------------------------------------------------------------------------------


def test_standouts_hide_agents_unless_asked():
    cells = {("Call", "Ann"): (10, 30, 160), ("Call", "Bob"): (90, 60, 50), ("Call", "Cy"): (60, 60, 80)}
    survey = visits_of(cells, column="agent")
    hidden, shown = score.standouts(survey), score.standouts(survey, show_agents=True)
    assert "Ann" not in hidden._repr_html_()
    assert (hidden.compared, len(hidden.to_frame())) == (1, 0)
    assert shown.to_frame()["segment"].tolist() == ["Ann", "Bob"]
    assert shown.to_frame()["verdict"].tolist() == ["above", "below"]
    assert shown.compared == 4


def test_standouts_compare_at_the_level_of_all_groups_together():
    """Same numbers as `by` with the total number of groups."""
    survey = segments_of({"A": (25, 50, 125), "B": (60, 60, 80), "C": (60, 60, 80)})
    mapping = replace(survey.mapping, segments={"team": "team", "half": "half"})
    survey = replace(survey.with_frame(survey.frame.assign(half=np.where(np.arange(len(survey.frame)) % 2, "x", "y"))), mapping=mapping)
    result = score.standouts(survey)
    assert result.compared == 5
    expected = score.by(survey, "team", comparisons=5).to_frame().set_index("segment").loc["A"]
    row = result.to_frame().set_index("segment").loc["A"]
    assert (row["difference_low"], row["difference_high"]) == pytest.approx((expected["difference_low"], expected["difference_high"]))
    assert result.headline.startswith("Of 5 groups compared (all answers), ")
    assert "x" not in result.to_frame()["segment"].tolist()


def test_nothing_stands_out_is_said():
    equal = score.standouts(segments_of({"A": (20, 20, 40), "B": (20, 20, 40)}))
    assert equal.headline == "Of 2 groups compared (all answers), none differs from the others by more than chance explains."
    assert score.standouts(naive.survey_of([10, 3, 8])).headline == "There are no groups to compare (all answers)."


# --- trend -------------------------------------------------------------------------------------------------------------

MONTHS = [f"2025-{m:02d}" for m in range(1, 13)]


def months_of(tables: dict[str, tuple[int, int, int]]):
    scores = [s for counts in tables.values() for s in naive.answers_of(*counts)]
    return naive.survey_of(scores, dates=[f"{month}-15" for month, counts in tables.items() for _ in range(sum(counts))])


def test_unusual_month_is_found_and_no_other():
    """Planted truth: July is 30 points below eleven equal months."""
    result = score.trend(months_of(dict.fromkeys(MONTHS, (40, 60, 100)) | {"2025-07": (75, 60, 75)}))
    frame = result.to_frame()
    assert frame.loc[frame["unusual"], "period"].tolist() == ["2025-07"]
    assert result.headline == "Over 12 months from 2025-01 to 2025-12, different from the others: 2025-07 (0.0)."


def test_one_extreme_month_does_not_make_the_others_unusual():
    """Planted truth: December holds most answers and is far below; a mean that includes it would flag all other months."""
    frame = score.trend(months_of(dict.fromkeys(MONTHS, (40, 60, 100)) | {"2025-12": (3000, 500, 500)})).to_frame()
    assert frame.loc[frame["unusual"], "period"].tolist() == ["2025-12"]


def test_flat_series_has_no_unusual_month():
    result = score.trend(months_of(dict.fromkeys(MONTHS, (40, 60, 100))))
    assert not result.to_frame()["unusual"].any()
    assert result.headline == "Over 12 months from 2025-01 to 2025-12, no month differs from the others by more than chance explains."


def test_series_that_only_varies_by_chance_is_rarely_called_unusual():
    """Planted null: under 10 % of 100 flat years, 95 % for the family."""
    rng = np.random.default_rng(8)
    years = [months_of({m: tuple(rng.multinomial(150, (0.2, 0.3, 0.5))) for m in MONTHS}) for _ in range(100)]
    alarms = sum(score.trend(year).to_frame()["unusual"].any() for year in years)
    assert alarms < 10


def test_months_are_scored_from_their_own_answers():
    survey = months_of({"2025-01": (8, 15, 13), "2025-02": (60, 130, 120), "2025-04": (20, 10, 15)})
    frame = score.trend(survey).to_frame()
    assert frame["period"].tolist() == ["2025-01", "2025-02", "2025-04"]
    for row in frame.itertuples():
        alone = score.nps(survey.month(row.period))
        assert (row.n, row.value, row.low, row.high) == pytest.approx((alone.n, alone.value, alone.low, alone.high))


def test_months_under_ten_answers_have_a_count_and_no_score():
    frame = score.trend(months_of({"2025-01": (30, 40, 50), "2025-02": (9, 0, 0), "2025-03": (30, 40, 50)})).to_frame().set_index("period")
    assert frame.loc["2025-02", "n"] == 9
    assert frame.loc["2025-02", ["value", "low", "high"]].astype(float).isna().all()
    assert not frame.loc["2025-02", "unusual"]


@pytest.mark.parametrize(("every", "periods"), [("month", 12), ("quarter", 4), ("year", 1), ("week", 12)])
def test_periods_of_every_length_keep_all_answers(every, periods):
    frame = score.trend(months_of(dict.fromkeys(MONTHS, (4, 6, 10))), every=every).to_frame()
    assert (len(frame), frame["n"].sum()) == (periods, 240)


def test_unknown_period_is_refused():
    with pytest.raises(ValueError, match="every must be one of week, month, quarter, year; found 'day'"):
        score.trend(months_of({"2025-01": (4, 6, 10)}), every="day")


def test_trend_without_answers_is_a_sentence():
    survey = months_of({"2025-01": (4, 6, 10)})
    result = score.trend(survey.with_frame(survey.frame.head(0)))
    assert result.headline == "There are no answers, so there is no trend."


# --- weights -----------------------------------------------------------------------------------------------------------

SVY24_LTR = [10, 9, 3, 8, 7, 10, 9, 6, 0, 10, 8, 9, 5, 9, 10, 7, 10, 2, 9, 8, 10, 6, 9, 10]
SVY24_W = [1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2]


def weighted_survey(answers: list[int], weights: list[float]):
    """A Survey with a weight beside each answer."""
    survey = naive.survey_of(answers)
    return replace(survey, answers=survey.answers.assign(weight=np.asarray(weights, dtype=float)))


def test_weighted_score_equals_r():
    """R package survey: svymean of the answers' bands (-1, 0, 1) over the 24 rows of svy24.csv; effective n by Kish 1965, Survey Sampling."""
    survey = weighted_survey(SVY24_LTR, SVY24_W)
    assert score.nps(survey).value == pytest.approx(100 * 0.2916666667)
    result = score.nps(survey, weighted=True)
    assert result.value == pytest.approx(100 * 0.28125)
    assert result.n_effective == pytest.approx(21.33333, abs=1e-5)
    assert result.n == 24
    assert result.low < result.value < result.high
    assert "from 24 answers, weighted (as good as 21 independent ones)" in result.headline
    assert [32 * k / 24 for k in (result.promoters, result.passives, result.detractors)] == pytest.approx([18, 5, 9])


@pytest.mark.parametrize("weight", [1.0, 7.0, 0.001])
def test_equal_weights_change_nothing(weight):
    survey = weighted_survey(SVY24_LTR, [weight] * 24)
    plain, same = score.nps(survey), score.nps(survey, weighted=True)
    assert (same.value, same.low, same.high, same.n, same.n_effective) == pytest.approx((plain.value, plain.low, plain.high, 24, 24))


@pytest.mark.parametrize("factor", [7, 1 / 7])
def test_the_unit_of_weights_changes_nothing(factor):
    first, second = (score.nps(weighted_survey(SVY24_LTR, [f * w for w in SVY24_W]), weighted=True).to_frame() for f in (1, factor))
    pd.testing.assert_frame_equal(first, second)


def test_a_weight_of_two_counts_an_answer_twice():
    """The score is that of the file with those rows repeated; the interval is wider, because nobody answered twice."""
    repeated = score.nps([a for a, w in zip(SVY24_LTR, SVY24_W, strict=True) for _ in range(w)])
    result = score.nps(weighted_survey(SVY24_LTR, SVY24_W), weighted=True)
    assert result.value == pytest.approx(repeated.value)
    assert result.low < repeated.low < repeated.high < result.high


@pytest.mark.parametrize("data", [naive.survey_of([9, 3]), [9, 3], pd.Series([9, 3])], ids=["survey", "list", "series"])
def test_no_weights_is_a_sentence(data):
    with pytest.raises(VocError, match=r'there are no weights: name the weight column under \[columns\], as in weight = "weight"'):
        score.nps(data, weighted=True)


def test_weighted_score_of_no_answers_is_a_sentence():
    survey = weighted_survey(SVY24_LTR, SVY24_W)
    result = score.nps(replace(survey, answers=survey.answers.head(0), label="nobody"), weighted=True)
    assert result.headline == "There are no answers for nobody, so there is no score."
    assert np.isnan([result.value, result.low, result.high]).all()


# --- repeat customers, paired changes, one side ---------------------------------------------------------------------------


def with_customers(answers: list[int], customers: list[str], **how) -> Survey:
    """A Survey of customers, who may answer more than once."""
    return naive.survey_of(answers, customer=customers, **how)


def test_repeat_customers_are_noticed():
    """Fifty customers who say the same twice are fifty, not a hundred; the score does not change."""
    once = score.nps(with_customers(naive.answers_of(15, 15, 20), [f"C{i}" for i in range(50)]))
    twice = score.nps(with_customers(naive.answers_of(15, 15, 20) * 2, [f"C{i}" for i in range(50)] * 2))
    assert once.effective is None
    assert (twice.value, twice.n, twice.promoters) == (once.value, 100, 40)
    assert twice.n_effective == pytest.approx(50, rel=0.02)
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high), abs=0.3)
    assert "from 100 answers, some customers answered more than once (as good as 49 independent ones)" in twice.headline


def test_answers_without_a_customer_are_of_different_people():
    survey = with_customers(naive.answers_of(15, 15, 20), ["", *["A", "A"], *[""] * 47])
    assert score.nps(survey).n_effective > 46
    assert score.nps(with_customers(naive.answers_of(15, 15, 20), [""] * 50)).effective is None


def test_weights_and_repeat_customers_together():
    survey = with_customers(SVY24_LTR, [f"C{i // 2}" for i in range(24)])
    survey = replace(survey, answers=survey.answers.assign(weight=np.asarray(SVY24_W, dtype=float)))
    both = score.nps(survey, weighted=True)
    assert both.value == pytest.approx(28.125)
    assert both.because == "weighted and some customers answered more than once"
    assert both.n_effective <= 32**2 / 48 + 1e-9


def test_one_sided_ends_are_those_of_a_narrower_interval():
    low, high = score.interval(8, 15, 13, level=0.95, side="lower")
    assert (low, high) == (pytest.approx(score.interval(8, 15, 13, level=0.90)[0]), 100)
    assert score.interval(8, 15, 13, side="upper") == (-100, pytest.approx(score.interval(8, 15, 13, level=0.90)[1]))


def test_a_paired_change_is_known_better():
    """The same customers before and after: who moves is seen, what they have in common does not blur it."""
    people = [f"C{i}" for i in range(100)]
    before, after = naive.answers_of(40, 20, 40), naive.answers_of(30, 20, 50)
    paired = score.change(with_customers(before, people), with_customers(after, people))
    apart = score.change(with_customers(before, people), with_customers(after, [f"D{i}" for i in range(100)]))
    assert (paired.paired, apart.paired) == (100, 0)
    assert paired.value == apart.value == pytest.approx(20)
    assert paired.verdict == "rose"
    assert apart.low < 0 < paired.low < paired.value < paired.high < apart.high


def test_a_paired_change_covers_as_it_says():
    """Planted truth: 400 pairs of samples in which half of the customers answer twice, mostly alike; 95 % hold the true change."""
    rng = np.random.default_rng(8)
    scale = np.array([3, 7, 10])
    held, truth = 0, 100 * ((0.5 - 0.2) - (0.4 - 0.3))
    for _ in range(400):
        first = rng.choice(3, 120, p=(0.3, 0.3, 0.4))
        # Of the first sixty, some detractors become promoters and everybody else stays.
        again = np.where((first[:60] == 0) & (rng.random(60) < 1 / 3), 2, first[:60])
        second = np.concatenate([again, rng.choice(3, 60, p=(0.2, 0.3, 0.5))])
        names = [f"C{i}" for i in range(180)]
        change = score.change(with_customers(scale[first].tolist(), names[:120]), with_customers(scale[second].tolist(), [*names[:60], *names[120:]]))
        held += change.low <= truth <= change.high
    assert 0.92 <= held / 400 <= 0.98


def test_the_detectable_change_is_detected_four_times_in_five():
    """Simulated with two samples of 300: the verdict is "rose" in about 80 % of them."""
    rng = np.random.default_rng(5)
    level = score.from_counts((90, 90, 120))
    step = score.change(level, level).detectable / 100
    assert step == pytest.approx((1.959964 + 0.841621) * np.sqrt(2 * level.variance / 300), rel=0.02)
    mix, moved = np.array([0.3, 0.3, 0.4]), np.array([0.3 - step / 2, 0.3, 0.4 + step / 2])
    counts = [(tuple(rng.multinomial(300, mix)), tuple(rng.multinomial(300, moved))) for _ in range(500)]
    seen = sum(score.change(score.from_counts(b), score.from_counts(a)).verdict == "rose" for b, a in counts)
    assert 0.74 <= seen / 500 <= 0.88


def test_what_could_have_been_seen_is_said():
    said = score.change(score.from_counts((10, 10, 10), label="May"), score.from_counts((8, 10, 12), label="June"))
    assert said.sensitivity == f"With these answers, a change of {said.detectable:.1f} points since May would have shown four times in five."
    assert score.change(score.from_counts((100, 0, 0)), score.from_counts((0, 0, 100))).sensitivity == ""


# --- planning --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("points", "published"), [(5, 1655), (10, 412)])
def test_benchmark_sizes_equal_measuringu(points, published):
    """Lewis & Sauro, measuringu.com/nps-benchmark-test-sample-size: 95 % confidence, 80 % power, one-sided; they round z to 1.645 + .842."""
    assert abs(score.for_benchmark(points).n - published) <= 1


@pytest.mark.parametrize(
    ("points", "level", "usual", "largest"), [(5, 0.9, 723, 1080), (5, 0.95, 1027, 1534), (10, 0.9, 179, 268), (10, 0.95, 255, 382)]
)
def test_sizes_for_a_margin(points, level, usual, largest):
    """The formula of measuringu.com/nps-ci-sample-size with variances .67 and 1."""
    assert (score.for_margin(points, level=level).n, score.for_margin(points, variance=1, level=level).n) == (usual, largest)


def test_a_planned_sample_has_the_margin():
    """Adjusted Wald at the planned size is as narrow as asked."""
    found = score.from_counts((250, 300, 450))
    n = score.for_margin(4, variance=found).n
    low, high = score.interval(0.25 * n, 0.3 * n, 0.45 * n, method="adjusted-wald")
    assert (high - low) / 2 == pytest.approx(4, abs=0.02)


def test_planned_words_and_days():
    plan = score.for_change(10)
    assert plan.headline == "1,049 answers in each of two groups show a change of 10.0 points with 80.0\u00a0% chance (95.0\u00a0% confidence)."
    assert plan.days(50) == 21
    for wrong in (lambda: score.for_margin(0), lambda: score.for_margin(5, variance=2), lambda: plan.days(0)):
        with pytest.raises(VocError):
            wrong()


# --- coverage --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "least", "with_passives"), [(10, 0.89, 0.92), (20, 0.91, 0.94), (30, 0.92, 0.929), (50, 0.93, 0.93)])
def test_coverage_over_every_mix(n, least, with_passives):
    """Exact, on the full grid of 5 %, mixes without one band included; Tango's own least values are .899, .912, .924, .932 on a finer grid."""
    table = score.coverage(n)
    assert len(table) == 231
    assert table["coverage"].min() >= least
    assert table.loc[table["passives"] > 0.099, "coverage"].min() >= with_passives
    assert table["coverage"].mean() >= 0.95


def test_coverage_equals_a_count_of_every_sample():
    """Oracle: n = 4, every sample listed and its interval asked one by one."""
    mix = pd.DataFrame({"detractors": [0.2], "passives": [0.3], "promoters": [0.5]})
    total = 0.0
    for answers in itertools.product((-1, 0, 1), repeat=4):
        low, high = score.interval(answers.count(-1), answers.count(0), answers.count(1))
        total += np.prod([{-1: 0.2, 0: 0.3, 1: 0.5}[a] for a in answers]) * (low <= 30 <= high)
    assert score.coverage(4, grid=mix)["coverage"].iloc[0] == pytest.approx(total)
