"""Every chart draws what its result holds, and carries a description."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

import voc
from voc.plots import frame as shared
from voc.sample import plan


@pytest.fixture(scope="module")
def window(survey):
    return survey.window(plan.LAST_MONTH, months=3)


def description(ax) -> str:
    return getattr(ax.get_figure(), shared.ALT)


def test_trend_points_are_the_scores(survey):
    trend = voc.score.trend(survey)
    ax = voc.plots.nps_trend(trend)
    drawn = ax.collections[1].get_offsets()[:, 1]
    assert np.allclose(drawn, trend.to_frame()["value"])
    assert trend.headline in description(ax)


def test_distribution_bars_are_the_counts(month):
    ax = voc.plots.score_distribution(month)
    heights = sorted(p.get_height() for p in ax.patches if p.get_height() > 0)
    assert heights == sorted(month.frame["score"].value_counts().tolist())


def test_driver_points_are_the_importances(window):
    drivers = voc.drivers.rank(window)
    ax = voc.plots.driver_bars(drivers)
    assert np.allclose(ax.collections[1].get_offsets()[:, 0], 100 * drivers.to_frame()["importance"])


def test_change_parts_end_at_the_new_score(survey):
    split = voc.score.bridge(survey.month("2026-04"), survey.month("2026-05"), by="touchpoint")
    ax = voc.plots.change_parts(split)
    first, *steps, last = ax.patches
    assert [p.get_width() for p in (first, *steps, last)] == pytest.approx(split.steps()["value"].tolist())
    assert first.get_width() + sum(p.get_width() for p in steps) == pytest.approx(last.get_width())
    assert steps[-1].get_x() + steps[-1].get_width() == pytest.approx(last.get_width()), "the last step ends where the new score does"


def test_segments_themes_and_contrasts_draw(survey, month, window, themes):
    contrast = voc.cohorts.compare(window, themes)
    axes = [
        voc.plots.nps_segments(voc.score.by(month, "store")),
        voc.plots.theme_bars(themes),
        voc.plots.theme_points(voc.themes.impact(window, themes)),
        voc.plots.theme_movement(voc.themes.movement(survey.window(plan.LAST_MONTH, months=13), themes, plan.LAST_MONTH)),
        voc.plots.rating_gaps(voc.cohorts.ratings(window)),
        voc.plots.theme_gaps(contrast),
    ]
    for ax in axes:
        assert len(description(ax)) > 80
        assert ax.get_figure()._suptitle.get_text()
        assert ax.has_data()


@pytest.mark.parametrize("draw", ["score_distribution", "driver_bars", "change_parts"])
def test_nothing_to_draw_says_why(survey, draw):
    empty = voc.Survey(survey.frame.head(0), survey.mapping, survey.receipt, "nobody")
    given = {"score_distribution": empty, "driver_bars": voc.drivers.rank(empty), "change_parts": voc.score.bridge(empty, empty, by="touchpoint")}
    ax = getattr(voc.plots, draw)(given[draw])
    assert ax.texts
    assert description(ax)


def test_colours_have_one_meaning():
    """The palette of the design: never red and green."""
    assert shared.COHORT_COLOURS == {"promoter": "#12436D", "passive": "#A285D1", "detractor": "#F46A25"}


def test_given_axes_are_used(survey):
    figure, (left, right) = plt.subplots(1, 2)
    assert voc.plots.nps_trend(voc.score.trend(survey), ax=left) is left
    assert not right.has_data()
    assert figure._suptitle is None


def test_the_picture_is_the_same_bytes_each_time(survey):
    pictures = [shared._png(voc.plots.nps_trend(voc.score.trend(survey)).get_figure()) for _ in range(2)]
    assert pictures[0] == pictures[1]
    assert pictures[0][1]["alt"]


def test_dollar_signs_are_not_a_formula(survey):
    """Two of them would be: a wrong one is an error when the picture is saved, a right one changes the words."""
    hostile = survey.with_frame(survey.frame.assign(region="$\\frac$ " + survey.frame["region"]))
    ax = voc.plots.nps_segments(voc.score.by(hostile, "region"))
    labels = [label.get_text() for label in ax.get_yticklabels()]
    ax.get_figure().savefig(io.BytesIO())
    assert all(label.startswith("\\$\\frac\\$") for label in labels)


def test_small_pictures_keep_their_colours(survey):
    """Few pixels are orange; they are the ones that matter."""
    trend = voc.score.trend(survey)
    assert (trend.to_frame()["unusual"] == "below").any()
    png, _ = shared._png(voc.plots.nps_trend(trend).get_figure())
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).reshape(-1, 3).astype(int)
    for colour in (shared.DETRACTOR, shared.PROMOTER, shared.INK):
        wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert (np.abs(pixels - wanted).max(axis=1) <= 3).any()
