"""What readers see of themes: quotes by rule, the map, the months, and what stands at the top of the page."""

import re
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

import voc
from voc.plots import frame as shared
from voc.plots import themes as charts
from voc.sample import plan
from voc.schema import MIN_ANSWERS, MIN_QUOTED
from voc.themes.voices import GRADES, MOST_SUBTHEMES, OPEN, Said

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def said(themes):
    return voc.themes.voices(themes)


@pytest.fixture(scope="module")
def atlas(themes):
    return voc.themes.atlas(themes)


def description(ax) -> str:
    return getattr(ax.get_figure(), shared.ALT)


def quotes(voices) -> list[tuple[int, Said]]:
    return [(row.id, q) for row in voices.to_frame().itertuples() for q in row.quotes]


def test_quotes_are_parts_of_redacted_comments_that_mention_the_theme(themes, said):
    """Oracle: search every comment for the quote, and the clauses of those that hold it for the marked part."""
    text = themes.comments["text"]
    for theme, quote in quotes(said):
        shown = f"{quote.before}{quote.marked}{quote.after}".removeprefix("… ").removesuffix(" …")
        holders = text.index[text.str.contains(shown, regex=False, na=False)]
        rows = themes.assignments[(themes.assignments["theme"] == theme) & themes.assignments["comment"].isin(holders)]
        assert quote.marked in {text[r.comment][r.start : r.end].rstrip(" ,;:-–(") for r in rows.itertuples()} | {
            text[r.comment][r.start : r.end] for r in rows.itertuples()
        }


def test_no_quote_is_shown_twice_and_each_says_what_it_stands_for(said):
    shown = [f"{q.before}{q.marked}{q.after}".casefold() for _, q in quotes(said)]
    assert len(shown) > 2 * len(said.to_frame())
    assert len(set(shown)) == len(shown)
    rule = r"(Typical of|Drawn by lot from) [\d,]+ comments( that clearly mention it)?$|One of [\d,]+ comments that "
    assert all(re.match(rule, q.source) for _, q in quotes(said))


def test_a_text_that_stands_under_one_theme_gives_way_to_the_next_one(themes, said):
    """Two themes made of the same comments: the second must not repeat the first."""
    row = themes.table.iloc[[0]]
    twice = voc.themes.voices(replace(themes, table=pd.concat([row, row], ignore_index=True)))
    first, second = ({q.marked for q in row.quotes} for row in twice.to_frame().itertuples())
    assert first == {q.marked for q in said.to_frame()["quotes"].iloc[0]}
    assert second
    assert not first & second


def test_sizes_of_one_month_are_counted_by_hand(themes, month):
    voices = voc.themes.voices(themes, month)
    told = themes.comments[themes.comments["kind"].isin(["answer", "praise", "complaint"]) & themes.comments["id"].isin(month.answers["response_id"])]
    for row in voices.to_frame().itertuples():
        size = themes.assignments.loc[themes.assignments["theme"] == row.id, "id"].drop_duplicates().isin(told["id"]).sum()
        assert row.size == size >= MIN_ANSWERS
        assert row.share == pytest.approx(size / len(told))
    assert voices.to_frame()["size"].is_monotonic_decreasing
    texts = set(told["text"])
    assert all(any(q.marked in t for t in texts) for _, q in quotes(voices)), "a quote of the month is from the month"


def test_small_groups_are_neither_quoted_nor_shown(themes, month):
    few = month.with_frame(month.frame[month.frame["response_id"].isin(themes.comments["id"])].head(160))
    voices = voc.themes.voices(themes, few)
    mentions = themes.mentions(few).sum()
    assert mentions.between(1, MIN_ANSWERS - 1).any()
    assert mentions.between(MIN_ANSWERS, MIN_QUOTED - 1).any()
    assert set(voices.to_frame()["id"]) == set(mentions.index[mentions >= MIN_ANSWERS])
    assert {theme for theme, _ in quotes(voices)} <= set(mentions.index[mentions >= MIN_QUOTED])
    nobody = month.with_frame(month.frame.head(0))
    assert voc.themes.voices(themes, nobody).headline.startswith(f"Fewer than {MIN_ANSWERS} comments mention any one theme")


def test_all_but_the_first_five_are_folded_and_each_has_its_grade(themes, said):
    html = said._repr_html_()
    assert html.count('<section class="voc-voice"') == OPEN
    assert html.count("<details") == html.count("</details>") == len(themes.table) - OPEN
    assert html.count("<h3>") == len(themes.table)
    assert html.count("<mark>") == len(quotes(said))
    graded = {r.id: GRADES[r.grade] for r in themes.table.itertuples()}
    assert all(r.sentence.endswith(graded[r.id]) for r in said.to_frame().itertuples())


def test_subthemes_are_named_with_their_sizes(themes, said):
    for row in said.to_frame().itertuples():
        subs = themes.subthemes(row.id)
        subs = subs[subs["size"] >= MIN_ANSWERS]
        assert row.subthemes.count("(") == (min(len(subs), MOST_SUBTHEMES) if len(subs) > 1 else 0)
        assert len(subs) < 2 or f"{subs['label'].iloc[0]} ({subs['size'].iloc[0]:,})" in row.subthemes


def test_without_themes_a_sentence_says_why():
    few = voc.themes.find(["Nice shop", "Long queue"], use_cache=False)
    assert "too few comments" in voc.themes.voices(few).headline
    assert "too few comments" in description(voc.plots.theme_map(voc.themes.atlas(few)))


def test_notes_stand_above_the_headline_and_escaped(themes):
    html = replace(themes, notes=("“<b>Old</b>” matches no theme any more",))._repr_html_()
    assert html.index("matches no theme any more") < html.index("voc-headline")
    assert "<b>" not in html
    assert "voc-notes" not in themes._repr_html_()


def test_the_headline_states_the_share_that_is_weakly_placed(themes):
    placed = themes.comments["weak"].dropna().astype(bool)
    assert f"{100 * placed.mean():.1f}\N{NO-BREAK SPACE}% of the comments fit no theme well" in themes.headline


def test_the_map_is_the_same_on_any_number_of_threads(themes):
    """Sums over several threads end in other digits, of which t-SNE would make another map."""
    maps = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            maps.append(voc.themes.atlas(themes, most=400, use_cache=False))
    assert maps[0].frame.equals(maps[1].frame)
    assert maps[0].spots.equals(maps[1].spots)
    assert len(maps[0].frame) == 400


def test_the_map_keeps_neighbours(themes, atlas):
    """Oracle: the ten texts nearest in meaning, out of all."""
    assert len(atlas.frame) == len(themes.grouped.units) <= 3_000, "one row per unit, in their order, for BERTopic's own plot"
    parent = themes.subtable.set_index("id")["theme"]
    assert atlas.frame["theme"].tolist() == [parent[s] for s in themes.grouped.sub]
    places, vectors = atlas.frame[["x", "y"]].to_numpy(), themes.grouped.vectors
    assert np.abs(places).max() == pytest.approx(1)
    distance = ((places[:, None] - places[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = distance.argsort(axis=1)[:, :10]
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -np.inf)
    best, found = (np.take_along_axis(likeness, order, axis=1).mean() for order in (likeness.argsort(axis=1)[:, -10:], nearest))
    usual = likeness[np.isfinite(likeness)].mean()
    assert (found - usual) / (best - usual) > 0.6, "of all that neighbours could be more alike than others, the map keeps most"
    theme = atlas.frame["theme"].to_numpy()
    assert atlas.together == pytest.approx((theme[nearest] == theme[:, None]).mean(), abs=0.002), "but for ties"


def test_a_name_on_the_map_stands_on_a_text_of_its_theme(atlas):
    """Oracle: count, at every point of the theme, its own texts within reach less those of others."""
    for spot in atlas.spots.itertuples():
        near = np.hypot(atlas.frame["x"] - spot.x, atlas.frame["y"] - spot.y)
        assert atlas.frame.loc[near.idxmin(), "theme"] == spot.theme
        assert spot.n == (atlas.frame["theme"] == spot.theme).sum()
    assert atlas.spots["n"].is_monotonic_decreasing


def test_names_on_the_map_do_not_cover_each_other():
    crowd = pd.DataFrame({"label": [f"Delivery and order {i}" for i in range(10)], "x": np.linspace(0, 0.1, 10), "y": np.linspace(0, 0.05, 10)})
    heights = charts._apart(crowd)
    gaps = np.diff(sorted(heights))
    assert gaps.min() >= charts.LINE
    assert heights[0] == 0.0, "the largest theme's name stays"
    assert charts._apart(crowd.assign(x=np.linspace(-1, 1, 10) * 10)) == crowd["y"].tolist(), "those that do not meet stay"


def test_the_map_colours_ten_themes_and_greys_the_others(atlas):
    ax = voc.plots.theme_map(atlas)
    ax.get_figure().canvas.draw()
    boxes = [t.get_window_extent() for t in ax.texts]
    assert len(boxes) == min(10, len(atlas.spots))
    assert not [1 for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)]
    assert sum(len(c.get_offsets()) for c in ax.collections) == len(atlas.frame)
    rest = atlas.frame[~atlas.frame["theme"].isin(atlas.spots["theme"].head(10))]
    assert len(ax.collections[0].get_offsets()) == len(rest)
    assert len({tuple(c.get_facecolor()[0]) for c in ax.collections}) == len(ax.collections)
    assert atlas.spots["label"].iloc[0] in description(ax)


def test_the_months_are_the_shares_and_small_ones_are_hatched(survey, themes):
    monthly = voc.themes.monthly(survey.window(plan.LAST_MONTH, months=13), themes)
    ax = voc.plots.theme_months(monthly)
    frame = monthly.to_frame()
    table = frame.pivot(index="id", columns="month", values="share").loc[frame["id"].drop_duplicates()]
    assert table.isna().any(axis=None), "the new theme is rare in its first months"
    drawn = ax.images[0].get_array()
    assert np.allclose(drawn.filled(np.nan), 100 * table.to_numpy(), equal_nan=True)
    assert len(ax.patches) == table.isna().sum().sum()
    assert all(p.get_hatch() for p in ax.patches)
    assert [t.get_text() for t in ax.texts] == [f"{v:.0f}" for v in 100 * table.to_numpy().ravel() if not np.isnan(v)]
    months = [t.get_text() for t in ax.get_xticklabels()]
    assert (months[0], months[4], months[-1]) == ("Sep\n2025", "Jan\n2026", "Sep")
    assert f"{themes.table['label'].iloc[0]} {100 * table.iloc[0, -1]:.1f}\N{NO-BREAK SPACE}%" in description(ax)
    assert "fewer than 10" in description(ax)


@pytest.mark.parametrize(
    ("frequency", "names"),
    [("Q", ["2026Q1", "2026Q2"]), ("W", ["29\nDec", "5\nJan"]), ("D", ["1\nJan", "2\nJan"]), ("Y", ["2026", "2027"]), ("M", ["Jan\n2026", "Feb"])],
)
def test_periods_have_short_names(frequency, names):
    assert charts._short(list(pd.period_range("2026-01-01", periods=2, freq=frequency))) == names


def test_shades_go_from_light_to_dark():
    """Read in print, where there is no hue: the luminance of sRGB (IEC 61966-2-1) falls from each shade to the next."""
    rgb = np.array(charts._shades().colors)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    assert (np.diff(linear @ [0.2126, 0.7152, 0.0722]) < -0.03).all()


def test_four_pages_find_themes_alike():
    """The same themes on each page: the same parameters, and the same call."""
    found = {}
    for name in ("03_themes", "04_drivers", "05_cohorts", "06_findings"):
        source = "\n".join(c.source for c in nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells if c.cell_type == "code")
        found[name] = set(re.findall(r"^(?:theme_months|saved_themes|theme_changes): .*|voc\.themes\.find\(.*\)", source, re.MULTILINE))
    assert found["03_themes"] == found["04_drivers"] == found["05_cohorts"] == found["06_findings"]
    assert len(found["03_themes"]) == 4


def test_a_dollar_sign_in_a_name_is_shown_as_it_is(atlas):
    """Escaped once it is a dollar sign; escaped twice, a backslash stands before it."""
    ax = voc.plots.theme_map(replace(atlas, spots=atlas.spots.assign(label="$5 and $10")))
    assert ax.texts[0].get_text() == r"\$5 and \$10"
