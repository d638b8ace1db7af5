"""Themes: the same for the same comments, planted ones found, and what goes with the score."""

import importlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

import voc
from voc.sample import bank, plan
from voc.schema import VocError
from voc.themes import graph, names, prepare

impact = importlib.import_module("voc.themes.impact")  # the package shows the function under this name
COMMENTS = [t for t, tags in zip(bank.load()["text"], bank.load()["themes"], strict=True) if len(tags) == 1][:700]


@pytest.fixture(scope="module")
def found():
    return voc.themes.find(COMMENTS, use_cache=False)


def groups(themes, comments) -> dict[str, frozenset]:
    """Comment text -> its themes by name, whatever the order of the comments."""
    assigned = themes.assignments.assign(text=np.asarray(comments)[themes.assignments["comment"]])
    labels = themes.table.set_index("id")["label"]
    return {t: frozenset(labels[rows["theme"]]) for t, rows in assigned.groupby("text")}


def test_row_order_changes_nothing(found):
    shuffled = list(np.random.default_rng(3).permutation(COMMENTS))
    again = voc.themes.find(shuffled, use_cache=False)
    assert again.key == found.key
    assert again.table.equals(found.table)
    assert groups(again, shuffled) == groups(found, COMMENTS)


def test_duplicates_count_in_sizes_and_nowhere_else(found):
    doubled = COMMENTS + COMMENTS[:100]
    again = voc.themes.find(doubled, use_cache=False)
    assert groups(again, doubled) == groups(found, COMMENTS)
    assert again.n == found.n + 100
    assert (
        again.table["size"].sum() == found.table["size"].sum() + found.assignments.query("comment < 100").groupby("comment")["theme"].nunique().sum()
    )


def test_the_cache_gives_the_same_result(found, tmp_path, monkeypatch):
    monkeypatch.setenv("VOC_CACHE", str(tmp_path))
    first, second = voc.themes.find(COMMENTS), voc.themes.find(COMMENTS)
    for themes in (first, second):
        assert themes.table.equals(found.table)
        assert themes.assignments.equals(found.assignments)


def test_no_comment_is_left_out_and_non_answers_are_set_aside():
    themes = voc.themes.find([*COMMENTS[:300], "n/a", "", None, "..."], use_cache=False)
    assert set(themes.assignments["comment"]) == set(range(300))
    assert themes.non_answers == 2
    assert themes.n == 300
    assert "2 replies" in themes.headline


def test_offsets_point_at_the_units(found):
    for row in found.assignments.sample(50, random_state=1).itertuples():
        text = found.comments["text"][row.comment]
        assert 0 <= row.start < row.end <= len(text)
    assert found.assignments["strength"].between(-1, 1).all()


def test_the_topic_model_is_a_fitted_bertopic(found):
    model = found.topic_model
    assert type(model).__name__ == "BERTopic"
    assert len(model.get_topic_info()) == len(found.table)
    assert model.get_topic(0)
    merged = found.merge(found.table["id"].head(2).tolist(), "Both")
    assert len(merged.topic_model.get_topic_info()) == len(merged.table), "ids have a gap, topics have none"


def test_too_few_comments_give_a_sentence():
    themes = voc.themes.find(["good", "bad service", "n/a"])
    assert themes.table.empty
    assert "too few comments" in themes.headline


def test_leiden_finds_planted_groups():
    rng = np.random.default_rng(7)
    truth = np.repeat(np.arange(6), 50)
    points = (np.eye(6, 30) * 4)[truth] + rng.normal(size=(300, 30)) * 0.5
    edges = graph.edges_of(graph.neighbours(points.astype(np.float32), graph.NEIGHBOURS))
    labels = graph.communities(edges, resolution=1.0)
    assert adjusted_rand_score(truth, labels) > 0.95
    assert (np.diff(np.bincount(labels)) <= 0).all(), "larger groups first"


def test_both_levels_are_addressable(found):
    assert set(found.subtable["theme"]) <= set(found.table["id"])
    theme = int(found.table["id"].iloc[0])
    assert (found.subthemes(theme)["theme"] == theme).all()
    assert len(found.drill(theme)) == (found.assignments["theme"] == theme).sum()
    with pytest.raises(VocError, match="there is no theme 999"):
        found.drill(999)


def test_a_comment_can_speak_of_several_themes(found):
    assert (found.assignments.groupby("comment")["theme"].nunique() > 1).any()
    assert found.comments.loc[found.comments["kind"] == "answer", "theme"].notna().all(), "and each has a main one"
    assert 0 < found.weakly_placed < 1


def test_search_finds_the_words_first(found):
    holding = found.comments["text"].str.lower().str.contains("parking") & (found.comments["kind"] == "answer")
    hits = found.search("parking", most=int(holding.sum()) + 5)
    assert set(found.comments.loc[holding, "id"]) == set(hits["id"].head(int(holding.sum()))), "all that hold the word come first"
    assert hits["id"].is_unique


def test_edits_survive_a_later_run(found, tmp_path):
    theme, other = (int(t) for t in found.table["id"].iloc[:2])
    edited = found.rename(theme, "Our own name").merge([theme, other], "Both of them")
    assert "Both of them" in set(edited.table["label"])
    assert len(edited.table) == len(found.table) - 1
    edited.write_edits(tmp_path / "themes.toml")
    later = voc.themes.find([*COMMENTS[20:], "The queue was long and nobody came"], changes=tmp_path / "themes.toml", use_cache=False)
    assert "Both of them" in set(later.table["label"])
    mine = set(edited.assignments.loc[edited.assignments["theme"] == edited.table.set_index("label")["id"]["Both of them"], "comment"] - 20)
    theirs = set(later.assignments.loc[later.assignments["theme"] == later.table.set_index("label")["id"]["Both of them"], "comment"])
    assert len(mine & theirs) / len(mine | theirs) > 0.5


def test_an_edit_that_matches_nothing_is_said_on_top(found, tmp_path):
    (tmp_path / "themes.toml").write_text(
        '[[rename]]\nto = "Trains"\nexamples = ["Der Zug nach Köln fiel aus", "The moon landing was filmed", "Quarks"]\n', encoding="utf-8"
    )
    lost = voc.themes.find(COMMENTS, changes=tmp_path / "themes.toml")
    assert len(lost.notes) == 1
    assert "Trains" in lost.notes[0]
    assert lost.table["label"].tolist() == found.table["label"].tolist()


def test_a_hidden_theme_is_not_shown_but_counts(found):
    theme = int(found.table["id"].iloc[-1])
    hidden = found.hide(theme)
    assert theme not in set(hidden.table["id"])
    assert theme not in set(hidden.subtable["theme"])
    assert hidden.n == found.n


def test_nothing_to_improve_is_praise_and_is_counted(survey):
    asked = replace(survey, mapping=replace(survey.mapping, question="What should we improve?"))
    frame = asked.frame.copy()
    frame.loc[frame.index[:40], "comment"] = "Nothing"
    themes = voc.themes.find(asked.with_frame(frame).month("2026-09"), use_cache=True)
    neutral = voc.themes.find(["Nothing", "n/a"])
    assert neutral.non_answers == 2
    assert set(themes.comments.loc[themes.comments["text"] == "Nothing", "kind"]) <= {"praise"}


def test_things_are_replaced_for_grouping_only(survey):
    units = prepare.units_of(survey.month("2026-09"))
    assert not [t for t in units.texts if " laptop " in f" {t.lower()} "]
    assert units.comments["text"].str.contains("laptop", case=False).any()


@pytest.mark.parametrize("phrase", ["the", "of the", "waiting for", "really", "i", "good", "the refund"])
def test_names_never_start_or_end_on_an_empty_word(phrase):
    assert not names.readable_phrase(phrase)


@pytest.mark.parametrize("phrase", ["refund", "out of stock", "still waiting", "click and collect"])
def test_good_names_are_allowed(phrase):
    assert names.readable_phrase(phrase)


def test_labels_are_readable_and_distinct(themes):
    labels = themes.table["label"]
    assert labels.is_unique
    assert 6 <= len(labels) <= 35
    for label in labels:
        assert label[0].isupper() or not label[0].isalpha()
        assert "smith" not in label.lower()


def share_of_tag(themes, survey, theme: int, tag: str) -> tuple[float, float]:
    """(precision, recall) of a theme against a planted tag, among the survey's comments."""
    clean = {voc.text.redact(voc.text.normalise(t)): tags for t, tags in zip(bank.load()["text"], bank.load()["themes"], strict=True)}
    mentions = themes.mentions(survey)
    truth = survey.frame.loc[mentions.index, "comment"].map(lambda c: tag in clean[c]).to_numpy()
    said = mentions[theme].to_numpy()
    return float((said & truth).sum() / said.sum()), float((said & truth).sum() / truth.sum())


def test_the_emerging_theme_is_found_and_called_growing(survey, themes):
    """data/sample/truth.json: sign-in codes, in the last month only."""
    history = survey.window(plan.LAST_MONTH, months=13)
    moved = voc.themes.movement(history, themes, plan.LAST_MONTH)
    risen = moved.to_frame().query("verdict in ('new', 'growing')")
    assert len(risen) == 1, "and no other theme is"
    precision, recall = share_of_tag(themes, history.month(plan.LAST_MONTH), int(risen["id"].iloc[0]), bank.EMERGING)
    assert precision > 0.7
    assert recall > 0.5
    assert "code" in risen["label"].iloc[0].lower()


@pytest.mark.parametrize("tag", ["waiting", "price", "delivery", "returns", "repair"])
def test_large_planted_themes_have_a_theme(survey, themes, tag):
    """Planted themes of truth.json: some theme holds them at twice their share or more."""
    pairs = [share_of_tag(themes, survey.month(plan.LAST_MONTH), int(t), tag) for t in themes.table["id"]]
    base = np.mean([tag in tags for tags in bank.load()["themes"]])
    precision, recall = max(pairs, key=lambda p: p[0] * p[1])
    assert precision > 2 * base
    assert recall > 0.25


def test_tone_agrees_with_the_planted_signs(survey, themes):
    """Complaint and praise, learned from scores, against the bank's hand-given signs."""
    assert themes.tone_accuracy > 0.7
    clean = {voc.text.redact(voc.text.normalise(t)): s for t, s in zip(bank.load()["text"], bank.load()["signs"], strict=True)}
    rows = themes.assignments.assign(text=themes.comments["text"].to_numpy()[themes.assignments["comment"]])
    whole = rows[rows["text"].str.len() == rows["end"] - rows["start"]].drop_duplicates("text")
    signs = whole["text"].map(lambda t: sum(clean[t].values()))
    clear = signs.abs() >= 1
    agree = (whole.loc[clear, "complaint"] > 0.5) == (signs[clear] < 0)
    assert agree.mean() > 0.7


def test_impact_finds_what_costs_points_and_swaps_sign_with_the_score(survey, themes):
    window = survey.window(plan.LAST_MONTH, months=3)
    costs = voc.themes.impact(window, themes, told="complaint").to_frame()
    assert (costs["verdict"] == "costs points").any()
    assert not (costs["verdict"] == "brings points").any()
    assert (costs["points_low"] <= costs["points"]).all()
    assert (costs["points"] <= costs["points_high"]).all()
    turned = {"promoter": "detractor", "detractor": "promoter", "passive": "passive"}
    mirrored = voc.Survey(window.frame.assign(cohort=window.frame["cohort"].map(turned)), window.mapping, window.receipt)
    back = voc.themes.impact(mirrored, themes, told="complaint").to_frame().set_index("id")["points"]
    assert np.allclose(back.sort_index(), -costs.set_index("id")["points"].sort_index())


def test_impact_is_nothing_where_a_theme_only_marks_a_touchpoint(survey, themes):
    """Confounding: a theme that only says "store" must not inherit the stores' score."""
    window = survey.window(plan.LAST_MONTH, months=3)
    rng = np.random.default_rng(2)
    mentions = themes.mentions(window)
    fake = pd.Series(rng.random(len(mentions)) < 0.5, index=mentions.index) & (window.frame.loc[mentions.index, "touchpoint"] == "Store")
    table = impact._tally(
        window.frame.loc[mentions.index, "touchpoint"].astype("category").cat.codes.to_numpy(),
        fake.to_numpy(),
        window.frame.loc[mentions.index, "cohort"].map({"detractor": 0, "passive": 1, "promoter": 2}).to_numpy(),
    )
    points, low, high = impact.points_of(table)
    assert low < 0 < high
    assert abs(points) < 1.5


def test_impact_keeps_its_error_rate_in_small_lopsided_groups():
    """Twelve mentions, 90 % promoters, no effect: a percentile bootstrap says "clear" in a quarter of such tables."""
    rng = np.random.default_rng(0)
    shares, level, runs = [0.05, 0.05, 0.9], 1 - 0.05 / 18, 400
    wrong = 0
    for _ in range(runs):
        table = np.array([[rng.multinomial(1000, shares), rng.multinomial(12, shares)]])
        _, low, high = impact.points_of(table, level=level)
        wrong += low > 0 or high < 0
    assert wrong / runs <= 0.02


def test_quotes_come_only_from_groups_of_twenty(themes):
    theme = int(themes.table["id"].iloc[0])
    ids = themes.assignments.query("theme == @theme")["id"].unique()
    assert len(themes.quotes(theme, list(ids[:40]))) > 0
    assert themes.quotes(theme, list(ids[:19])).empty


def test_twenty_comments_of_one_customer_are_no_group(themes):
    theme = int(themes.table["id"].iloc[0])
    one = replace(themes, comments=themes.comments.assign(customer="C1"))
    assert len(themes.quotes(theme)) > 0
    assert one.quotes(theme).empty


def test_typical_quotes_are_the_nearest_to_the_middle_of_their_theme(themes):
    """Oracle: cosines to the mean of the theme's kept texts."""
    book, grouped, parent = themes.book, themes.grouped, np.array(themes.book.tree.parent)
    rows = themes.assignments.dropna(subset=["part"]).sample(200, random_state=0)
    kept = book.vectors.astype(np.float32)
    for row in rows.itertuples():
        middle = kept[parent[book.sub] == row.theme].mean(axis=0)
        assert row.closeness == pytest.approx(grouped.part_vectors[int(row.part)] @ middle / np.linalg.norm(middle), abs=1e-4)
    quoted = themes.quotes(int(themes.table["id"].iloc[0]), most=1)["id"].iloc[0]
    mine = themes.assignments[themes.assignments["theme"] == themes.table["id"].iloc[0]]
    clear = mine[~mine["weak"].astype(bool)].groupby("id")["closeness"].max().sort_values(ascending=False)
    assert list(clear.index).index(quoted) < 50, "among the nearest; some are too short or too long to quote"
