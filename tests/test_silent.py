"""Who did not answer: the band by hand, by filling in answers, its invariants, and a sentence where nothing can be said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import naive
from voc import health, score
from voc.display import Note
from voc.health.silent import Silent, silent
from voc.ingest import Survey
from voc.plots import frame as shared
from voc.plots.silent import silent_band
from voc.schema import VocError

NBSP = "\N{NO-BREAK SPACE}"
ONE = {"Store": ((10, 10, 20), 100)}  # 40 of 100 answered; their score is 25
TWO = {"Store": ((5, 5, 30), 60), "Website": ((20, 10, 10), 240)}


def asked(places: dict[str, tuple[tuple[int, int, int], int]], *, named: bool = True, day: str = "2026-07-15", **columns: Any) -> Survey:
    """Answers (detractors, passives, promoters) and invitations per touchpoint, all of one day; the last invitation is months later."""
    scores = [s for counts, _ in places.values() for s in naive.answers_of(*counts)]
    where = [place for place, (counts, _) in places.items() for _ in range(sum(counts))]
    survey = naive.survey_of(scores, touchpoint=where, dates=[day] * len(scores), **columns)
    ids = survey.answers.groupby("touchpoint", sort=False)["response_id"].agg(list)
    rows = []
    for place, (_, sent) in places.items():
        own = ids.get(place, [])
        rows += [(place, r) for r in [*own, *[""] * sent][:sent]]
    listed = pd.DataFrame(rows, columns=["touchpoint", "response_id"]).assign(date=pd.Timestamp(day), sent=True)
    return replace(survey, invitations=listed if named else listed.drop(columns="response_id"))


def band_of(survey: Survey, **how: Any) -> Silent:
    found = silent(survey, **how)
    assert isinstance(found, Silent), found.headline
    return found


def cases(result: Silent) -> pd.DataFrame:
    return result.to_frame().set_index("case")


# --- the band ------------------------------------------------------------------------------------------------------------


def test_the_band_by_hand() -> None:
    """40 of 100 answered with 25 points: 0.4 x 25 + 0.6 x (25 -+ 20) is 13 and 37; the range of the 25 is added at both ends."""
    result = band_of(asked(ONE))
    plain = score.interval(10, 10, 20)
    table = cases(result)
    assert table["value"][["answered", "lower", "higher"]].tolist() == pytest.approx([25, 13, 37])
    assert table["silent"][["lower", "higher"]].tolist() == pytest.approx([5, 45])
    assert result.band == pytest.approx((plain[0] - 12, plain[1] + 12))
    assert (table["low"]["answered"], table["high"]["answered"]) == pytest.approx(plain)
    assert result.rate == pytest.approx(0.4)


@pytest.mark.parametrize("counts", [(10, 10, 20), (0, 2, 18), (15, 0, 1)])
def test_the_extremes_are_manskis_bounds(counts: tuple[int, int, int]) -> None:
    """Manski 1989: fill in the worst and the best for everybody who did not answer."""
    d, p, c = counts
    table = cases(band_of(asked({"Store": (counts, 100)})))
    silent_ones = 100 - sum(counts)
    assert table["value"]["worst"] == pytest.approx(score.from_counts((d + silent_ones, p, c)).value)
    assert table["value"]["best"] == pytest.approx(score.from_counts((d, p, c + silent_ones)).value)


def test_the_extremes_by_hand() -> None:
    """0.4 x 25 + 0.6 x (-100) is -50, with +100 it is 70."""
    assert cases(band_of(asked(ONE)))["value"][["worst", "best"]].tolist() == pytest.approx([-50, 70])


def test_the_band_equals_filling_in_the_silent() -> None:
    """60 silent customers with 5 points (13 detractors, 31 passives, 16 promoters) make the score of all 100 what the lower case says."""
    filled = score.from_counts((10 + 13, 10 + 31, 20 + 16))
    assert cases(band_of(asked(ONE)))["value"]["lower"] == pytest.approx(filled.value)


@pytest.mark.parametrize("how", [{"apart": 0}, {"apart": (0, 0)}])
def test_silent_ones_like_the_others_leave_the_score_and_its_range(how: Any) -> None:
    result = band_of(asked(ONE), **how)
    assert result.band == pytest.approx((result.score.low, result.score.high))
    assert "scored like those who did" in result.headline
    assert len(result._shown()) == len(result.to_frame()) - 1, "the same case is not shown twice"


def test_when_everybody_answered_the_band_is_the_range() -> None:
    result = band_of(asked({"Store": ((10, 10, 20), 40)}), apart=50)
    assert result.band == pytest.approx((result.score.low, result.score.high))
    assert cases(result)["value"].tolist() == pytest.approx([25] * 5)
    assert result.headline == "Everybody who was asked answered (all answers), so the score of all is that of the answers: 25.0 (−1.9 to 48.2)."
    assert np.isnan(result.tipping).all()
    assert "Nobody knows" not in result._repr_html_()


def test_a_wider_assumption_gives_a_wider_band() -> None:
    bands = np.array([band_of(asked(TWO), apart=a).band for a in (0, 1, 5, 20, 60, 150, 200)])
    assert (np.diff(bands[:, 0]) <= 0).all()
    assert (np.diff(bands[:, 1]) >= 0).all()
    table = cases(band_of(asked(TWO), apart=200))
    assert table.loc["lower", ["value", "low", "high"]].tolist() == pytest.approx(table.loc["worst", ["value", "low", "high"]].tolist())
    assert table.loc["higher", ["value", "low", "high"]].tolist() == pytest.approx(table.loc["best", ["value", "low", "high"]].tolist())


@pytest.mark.parametrize("seed", range(5))
def test_a_lower_rate_gives_a_wider_band(seed: int) -> None:
    counts = tuple(np.random.default_rng(seed).integers(4, 30, 3).tolist())
    widths = [np.diff(band_of(asked({"Store": (counts, sum(counts) + more)})).band)[0] for more in (0, 10, 100, 1000)]
    assert (np.diff(widths) > 0).all()


def test_scores_stay_possible() -> None:
    """Nobody can score below -100: 20 answers of -90 points and 80 silent ones 50 points lower."""
    result = band_of(asked({"Store": ((19, 0, 1), 100)}), apart=50)
    table = cases(result)
    assert table["silent"]["lower"] == -100
    assert table["value"]["lower"] == pytest.approx(0.2 * -90 + 0.8 * -100)
    assert table[["value", "low", "high"]].to_numpy().min() >= -100


def test_order_of_answers_and_invitations_does_not_matter() -> None:
    survey = asked(TWO)
    rng = np.random.default_rng(0)
    answers, listed = (t.iloc[rng.permutation(len(t))].reset_index(drop=True) for t in (survey.answers, survey.invitations))
    pd.testing.assert_frame_equal(silent(replace(survey, answers=answers, invitations=listed)).to_frame(), silent(survey).to_frame())


def test_swapping_promoters_and_detractors_flips_every_sign() -> None:
    one, other = (cases(band_of(asked({"Store": (counts, 90)}), apart=pair)) for counts, pair in (((9, 8, 3), (-30, 10)), ((3, 8, 9), (-10, 30))))
    swapped = other.loc[["answered", "higher", "lower", "best", "worst"]]
    assert one["value"].to_numpy() == pytest.approx(-swapped["value"].to_numpy())
    assert one["low"].to_numpy() == pytest.approx(-swapped["high"].to_numpy())


def test_the_band_holds_the_score_of_all_for_every_difference_within_the_assumption() -> None:
    """Simulated from 30, 30 and 40 %, 10 points: the band is right at least as often as the range is for the answers."""
    rng = np.random.default_rng(4)
    truth, share, inside, own = np.array([0.3, 0.3, 0.4]), 0.4, 0, 0
    for counts in rng.multinomial(40, truth, size=100):
        d = rng.choice([-20, 20])
        result = band_of(asked({"Store": (tuple(counts.tolist()), 100)}))
        inside += result.band[0] <= 10 * share + (1 - share) * (10 + d) <= result.band[1]
        own += result.score.low <= 10 <= result.score.high
    assert inside >= own > 0.9 * 100


# --- how different they would have to be ---------------------------------------------------------------------------------


def test_the_difference_at_which_the_score_leaves_its_range() -> None:
    result = band_of(asked(ONE))
    lower, higher = result.tipping
    edge = cases(band_of(asked(ONE), apart=(lower, higher)))
    assert edge["value"]["lower"] == pytest.approx(result.score.low)
    assert edge["value"]["higher"] == pytest.approx(result.score.high)


def test_a_difference_that_cannot_be_is_not_said() -> None:
    """38 of 40 answered with 95 points or so: two silent ones cannot lift the score out of its range, all promoters or not."""
    result = band_of(asked({"Store": ((1, 0, 37), 40)}))
    assert np.isnan(result.tipping).all()
    assert "the score of all would stay within that range whatever the others think" in result.headline
    best = band_of(asked({"Store": ((0, 0, 40), 100)}))
    assert np.isnan(best.tipping[1])
    assert "if the others scored more than" in best.headline
    assert "higher." not in best.leaves


# --- what is assumed -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("apart", "said"),
    [
        (20, "scored up to 20 points lower or higher than those who did"),
        (2.5, "scored up to 2.5 points lower or higher than those who did"),
        ((-30, 10), "scored between 30 points lower and 10 points higher than those who did"),
        ([-30, -5], "scored between 30 points lower and 5 points lower than those who did"),
        ((-15, 0), "scored up to 15 points lower than those who did"),
        ((0, 15), "scored up to 15 points higher than those who did"),
        ((-1, -1), "scored 1 point lower than those who did"),
    ],
)
def test_the_assumption_is_said(apart: Any, said: str) -> None:
    assert said in band_of(asked(ONE), apart=apart).headline


@pytest.mark.parametrize("apart", [-1, 201, float("nan"), (10, -10), (1, 2, 3), (-300, 0), ()])
def test_an_assumption_outside_what_can_be_raises(apart: Any) -> None:
    with pytest.raises(VocError, match="apart must be points from 0 to 200, or a pair"):
        silent(asked(ONE), apart=apart)


def test_the_headline_says_assumption_band_and_that_nobody_knows() -> None:
    """25.0 with a range of -1.9 to 48.2; 12 points off at either end is -13.9 to 60.2; the range is left after 26.9 / 0.6 and 23.2 / 0.6 points."""
    assert band_of(asked(ONE)).headline == (
        f"If the 60.0{NBSP}% who did not answer (all answers) scored up to 20 points lower or higher than those who did, "
        "the score of all who were asked would lie between −13.9 and 60.2. Nobody knows what they think. "
        "Those who did answer score 25.0 (−1.9 to 48.2); "
        "the score of all would leave that range if the others scored more than 44.8 points lower or 38.6 points higher. "
        "Invitations of the last 30 days may still be answered, so the share who did not answer is not final."
    )


def test_the_page_says_the_assumption_beside_every_number() -> None:
    html = band_of(asked(TWO))._repr_html_()
    for words in (
        "if those who did not answer scored 20 points lower",
        "if those who did not answer were all detractors",
        "weighted to the touchpoints",
        "Nobody knows what they think",
    ):
        assert words in html


# --- the mix of touchpoints ----------------------------------------------------------------------------------------------


def test_the_mix_of_the_invitations_by_hand() -> None:
    """Store 62.5 points, website -25; they are 60 and 240 of 300 invitations: 0.2 x 62.5 - 0.8 x 25 is -7.5, where the plain score is 18.75."""
    result = band_of(asked(TWO))
    assert result.score.value == pytest.approx(18.75)
    assert result.mix.after.value == pytest.approx(-7.5)
    row = cases(result).loc["mix"]
    assert (row["value"], row["low"], row["high"]) == (result.mix.after.value, result.mix.after.low, result.mix.after.high)
    assert "the score of those who answered is −7.5 (" in result.weighted
    assert result.weighted.endswith("instead of 18.8.")


def test_touchpoints_are_matched_in_any_spelling() -> None:
    survey = asked(TWO)
    spelt = survey.invitations.assign(touchpoint=survey.invitations["touchpoint"].str.upper() + " ")
    assert band_of(replace(survey, invitations=spelt)).mix.after == band_of(survey).mix.after


@pytest.mark.parametrize(
    ("places", "said"),
    [
        (ONE, "All invitations are for one touchpoint (Store), so there is no mix to weight to."),
        (ONE | {"Website": ((3, 3, 3), 60)}, "There are fewer than 10 answers for Website, so the score is not weighted"),
        (ONE | {"Website": ((0, 0, 0), 60)}, "There are fewer than 10 answers for Website, so"),
        (TWO | dict.fromkeys("ABCDE", ((1, 1, 1), 9)), "fewer than 10 answers for A, B, C and 2 more, so"),
    ],
)
def test_a_mix_that_cannot_be_weighted_to_is_said(places: Any, said: str) -> None:
    result = band_of(asked(places))
    assert isinstance(result.mix, Note)
    assert said in result.weighted
    assert "mix" not in cases(result).index
    assert said in result._repr_html_()


def test_answers_of_a_touchpoint_without_invitations_are_said() -> None:
    survey = asked(TWO)
    there = survey.invitations["touchpoint"] != "Website"
    result = band_of(replace(survey, invitations=pd.concat([survey.invitations[there]] * 3).assign(response_id="")), by="month")
    assert "There are answers but no invitations for Website" in result.weighted


def test_a_list_without_touchpoints_has_its_band() -> None:
    survey = asked(ONE)
    without = replace(survey, invitations=survey.invitations.drop(columns="touchpoint"))
    result = band_of(without)
    assert result.band == band_of(survey).band
    assert result.rates.by == "month"
    assert "does not say for which touchpoint" in result.weighted


# --- what is known of the invitations ------------------------------------------------------------------------------------


def test_contacts_that_got_no_invitation_were_not_asked() -> None:
    survey = asked(TWO)
    more = pd.DataFrame({"touchpoint": ["Store"] * 500, "response_id": "", "date": pd.Timestamp("2026-07-15"), "sent": False})
    other = band_of(replace(survey, invitations=pd.concat([survey.invitations, more], ignore_index=True)))
    pd.testing.assert_frame_equal(other.to_frame(), silent(survey).to_frame())


def test_a_list_that_does_not_link_answers_says_so() -> None:
    result = band_of(asked(ONE, named=False))
    assert result.band == band_of(asked(ONE)).band
    assert result.headline.endswith("does not say which answers they led to, so every answer is counted, whichever invitation led to it.")


def test_answers_without_an_invitation_are_counted_and_said() -> None:
    survey = asked(ONE)
    listed = survey.invitations.assign(response_id=survey.invitations["response_id"].where(np.arange(100) >= 3, ""))
    result = band_of(replace(survey, invitations=listed))
    assert result.rate == pytest.approx(0.37)
    assert "3 answers came without one of these invitations and count in the score of those who answered." in result.headline


@pytest.mark.parametrize(
    ("by", "said"), [("touchpoint", "so the share who did not answer is not final"), ("month", "so the rate of July 2026 is not final")]
)
def test_invitations_that_may_still_be_answered_are_said_once(by: str, said: str) -> None:
    headline = band_of(asked(ONE), by=by).headline
    assert said in headline
    assert headline.count("may still be answered") == 1


def test_old_invitations_are_final() -> None:
    survey = asked(ONE)
    later = pd.DataFrame({"touchpoint": ["Store"], "response_id": ["R0"], "date": [pd.Timestamp("2026-09-01")], "sent": [True]})
    assert "not final" not in band_of(replace(survey, invitations=pd.concat([survey.invitations, later], ignore_index=True))).headline


@pytest.mark.parametrize("by", ["touchpoint", "month"])
def test_no_list_of_invitations(by: str) -> None:
    found = silent(naive.survey_of([9] * 30, touchpoint=["Store"] * 30), by=by)
    assert isinstance(found, Note)
    assert found.headline.startswith("There is no list of invitations, so how far those who did not answer could move the score cannot be said.")


@pytest.mark.parametrize("named", [True, False])
def test_more_answers_than_invitations_have_no_band(named: bool) -> None:
    survey = asked({"Store": ((10, 10, 20), 30), "Website": ((1, 1, 10), 90)}, named=named)
    found = silent(survey)
    if named:
        assert isinstance(found, Silent), "thirty answers are linked to thirty invitations; ten came without"
        return
    assert isinstance(found, Note)
    assert "more answers than invitations for Store" in found.headline
    assert found.headline.endswith("could move the score cannot be said.")


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ({"Store": ((2, 3, 4), 60)}, "9 answers (all answers): too few to say how far"),
        ({"Store": ((0, 0, 0), 60)}, "0 answers (all answers): too few"),
    ],
)
def test_fewer_than_ten_answers_have_no_band(places: Any, said: str) -> None:
    found = silent(asked(places))
    assert isinstance(found, Note)
    assert found.headline.startswith(said)


def test_fewer_than_ten_invitations_have_no_band() -> None:
    survey = asked(ONE)
    found = silent(replace(survey, invitations=survey.invitations.head(9)))
    assert isinstance(found, Note)
    assert "A rate is shown from 10 invitations on. How far those who did not answer could move" in found.headline


def test_invitations_that_led_to_none_of_the_answers() -> None:
    survey = asked(ONE)
    listed = survey.invitations.assign(sent=survey.invitations["response_id"] == "")
    found = silent(replace(survey, invitations=listed))
    assert isinstance(found, Note)
    assert found.headline.startswith("None of the invitations (all answers) led to one of the answers.")


def test_by_is_touchpoint_or_month() -> None:
    with pytest.raises(VocError, match='by must be "touchpoint" or "month"'):
        silent(asked(ONE), by="region")


# --- parts of a survey ---------------------------------------------------------------------------------------------------


def test_parts_have_their_own_invitations(survey: Survey) -> None:
    """The sample's rates per touchpoint are those of the part; a region is not in the list of invitations."""
    month = survey.until("2026-09").month("2026-09")
    rates = health.response(month).frame.set_index("group")
    result = band_of(month)
    pd.testing.assert_frame_equal(result.rates.frame.set_index("group"), rates)
    expected = sum(rates["sent"][p] / rates["sent"]["All"] * score.nps(month.where(touchpoint=p)).value for p in rates.index[:-1])
    assert result.mix.after.value == pytest.approx(expected)
    store = band_of(month.where(touchpoint="Store"))
    assert store.rate == pytest.approx(rates["rate"]["Store"])
    assert store.score.label == "September 2026, touchpoint Store"
    found = silent(month.where(region="North"))
    assert isinstance(found, Note)
    assert "does not say the region" in found.headline
    assert isinstance(silent(survey.before("1999-01")), Note)


# --- the chart -----------------------------------------------------------------------------------------------------------


def test_the_chart_draws_what_the_result_holds() -> None:
    result = band_of(asked(TWO))
    ax = silent_band(result)
    drawn = np.concatenate([c.get_offsets()[:, 0] for c in ax.collections if len(c.get_offsets()) == 2])
    assert drawn.tolist() == pytest.approx([result.score.value, result.mix.after.value])
    lines = [s[:, 0].tolist() for c in ax.collections if hasattr(c, "get_segments") for s in c.get_segments()]
    table = cases(result)
    for span in (table.loc["answered", ["low", "high"]], table.loc["mix", ["low", "high"]], result.band, table["value"][["lower", "higher"]]):
        assert any(line == pytest.approx(list(span)) for line in lines)
    alt = getattr(ax.get_figure(), shared.ALT)
    for words in ("If the ", "Nobody knows what they think", "assumed, not measured", "18.8", "−7.5"):
        assert words in alt


def test_the_chart_without_a_mix_says_why_and_a_note_is_its_sentence() -> None:
    ax = silent_band(band_of(asked(ONE)))
    assert len(ax.get_yticks()) == 2
    assert "All invitations are for one touchpoint" in getattr(ax.get_figure(), shared.ALT)
    everybody = silent_band(band_of(asked({"Store": ((10, 10, 20), 40)})))
    assert "Grey: the same, because everybody answered." in getattr(everybody.get_figure(), shared.ALT)
    nothing = silent_band(silent(naive.survey_of([9] * 30)))
    assert nothing.texts
    assert "no list of invitations" in getattr(nothing.get_figure(), shared.ALT)
