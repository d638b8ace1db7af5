"""Given themes: comments placed into them, what fits none left over; an analyst's list beside the discovered themes."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

import voc
from voc import encode
from voc.sample import bank
from voc.schema import VocError
from voc.themes import Changes, GivenTheme, Seed, compare, guided

PARKING = [
    f"{a} {b}" for a in ("The car park", "Parking", "Your parking space") for b in ("was full", "cost a fortune", "is far away", "had no lights")
]
REFUND = [
    f"{a} {b}" for a in ("My refund", "The money back", "A refund") for b in ("never arrived", "took three months", "was refused", "came quickly")
]
OTHER = [f"{a} {b}" for a in ("The film", "Our hotel", "The pasta") for b in ("was too salty", "had a pool", "won a prize", "starts at nine")]


def seeds() -> list[Seed]:
    return [Seed("Parking", "finding a place to park", tuple(PARKING[:4])), Seed("Refunds", "getting money back", tuple(REFUND[:4]))]


def test_comments_go_to_the_theme_they_are_like():
    texts = [*PARKING[4:], *REFUND[4:]]
    placed = guided.place(seeds(), encode.encode(texts), everything=True)
    assert placed.label.tolist() == [0] * 8 + [1] * 8
    assert ((placed.strength >= 0) & (placed.strength <= 1)).all()


def test_what_fits_no_theme_is_left_over():
    texts = [*PARKING[4:], *REFUND[4:], *OTHER]
    placed = guided.place(seeds(), encode.encode(texts))
    assert (placed.label[16:] == -1).mean() > 0.8
    assert (placed.label[:16] >= 0).mean() > 0.6


@pytest.fixture
def planted(monkeypatch):
    """Six topics as noisy directions: 60 texts of each, and eight examples and a description of each as "topic/number"."""
    rng = np.random.default_rng(5)
    centres = rng.normal(size=(6, 384))
    made = {f"{t}/{i}": centres[t] + 1.2 * rng.normal(size=384) for t in range(6) for i in range(69)}
    unit = {name: (v / np.linalg.norm(v)).astype(np.float32) for name, v in made.items()}
    monkeypatch.setattr(guided.encode, "encode", lambda texts, **_: np.stack([unit[t] for t in texts]))
    vectors = np.stack([unit[f"{t}/{i}"] for t in range(6) for i in range(9, 69)])
    return unit, vectors, np.repeat(np.arange(6), 60)


def examples(topics, n: int = 8) -> list[Seed]:
    return [Seed(f"topic {t}", f"{t}/8", tuple(f"{t}/{i}" for i in range(n))) for t in topics]


def test_half_of_planted_topics_given(planted):
    """Three of six given: theirs go to the right one, most of the others to none."""
    _, vectors, truth = planted
    placed = guided.place(examples((0, 1, 2)), vectors)
    given = truth < 3
    kept = placed.label >= 0
    assert kept[given].mean() > 0.8
    assert (placed.label == truth)[given & kept].all()
    assert kept[~given].mean() < 0.1
    assert ((placed.strength >= 0.5) == kept).all()


@pytest.mark.parametrize("topics", [(0,), (0, 1, 2)])
def test_a_description_alone_takes_its_own_comments_and_leaves_the_others(planted, topics):
    _, vectors, truth = planted
    placed = guided.place([Seed(f"topic {t}", f"{t}/8") for t in topics], vectors)
    given = truth < len(topics)
    assert (placed.label == truth)[given].mean() > 0.7
    assert (placed.label >= 0)[~given].mean() < 0.1


def test_everything_is_placed_on_request(planted):
    _, vectors, truth = planted
    placed = guided.place(examples((0, 1, 2)), vectors, everything=True)
    assert (placed.label >= 0).all()
    assert (placed.label == truth)[truth < 3].mean() > 0.95


def test_an_example_stays_where_the_analyst_put_it(planted):
    """The first theme is given a comment that is plainly of the sixth topic; one that stands in two themes is not pinned."""
    unit, vectors, _ = planted
    wrong, shared = unit["5/0"], unit["4/0"]
    odd = [Seed("topic 0", examples=("0/0", "0/1", "0/2", "5/0", "4/0")), Seed("topic 1", examples=("1/0", "1/1", "1/2", "4/0"))]
    placed = guided.place(odd, np.vstack([vectors, wrong[None], shared[None]]))
    assert (placed.label[-2], placed.strength[-2]) == (0, 1.0)
    assert placed.strength[-1] < 1


def test_more_examples_of_one_theme_do_not_make_it_larger(planted):
    """Eight examples against two: both themes still get about their 60 texts each."""
    _, vectors, truth = planted
    uneven = [examples((0,), 8)[0], examples((1,), 2)[0]]
    sizes = np.bincount(guided.place(uneven, vectors[truth < 2], everything=True).label, minlength=2)
    assert abs(sizes - 60).max() <= 6


def test_the_limit_is_a_quantile_of_leave_one_out_nearness():
    """By hand: of three unit vectors the middle of the other two is (x + y) / |x + y|; two themes of one example have no limit."""
    a, b, c = (np.array([np.cos(t), np.sin(t)], np.float32) for t in (0.0, 0.4, 1.0))
    near = [np.cos(0.7), np.cos(0.5 - 0.4), np.cos(1.0 - 0.2)]
    assert guided._limit(np.stack([a, b, c]), np.zeros(3, np.int64)) == pytest.approx(np.quantile(near, 0.25), abs=1e-6)
    assert np.isnan(guided._limit(np.stack([a, b]), np.arange(2)))


def test_planted_order_changes_nothing(planted):
    _, vectors, _ = planted
    order = np.random.default_rng(1).permutation(len(vectors))
    straight, mixed = guided.place(examples((0, 1, 2)), vectors), guided.place(examples((0, 1, 2)), vectors[order])
    assert (straight.label[order] == mixed.label).all()
    assert straight.strength[order] == pytest.approx(mixed.strength, abs=1e-3)


def test_order_changes_nothing():
    texts = np.array([*PARKING[4:], *REFUND[4:], *OTHER])
    order = np.random.default_rng(0).permutation(len(texts))
    straight, mixed = (guided.place(seeds(), encode.encode(list(t))) for t in (texts, texts[order]))
    assert (straight.label[order] == mixed.label).all()


def test_sizes_are_estimated_from_the_texts():
    """Three quarters belong to the first theme, the examples are equal: by hand, chances of .5 must move towards it."""
    even = np.vstack([np.tile([0.9, 0.1], (75, 1)), np.tile([0.1, 0.9], (25, 1)), [[0.5, 0.5]]])
    assert guided._at_their_size(even)[-1, 0] > 0.6


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: Seed(" ", "x"), "needs a name"),
        (lambda: Seed("Parking"), "needs a description or an example"),
        (lambda: guided.place([], np.ones((2, 384), np.float32)), "no given theme"),
        (lambda: guided.place([Seed("A", "x"), Seed("A", "y")], np.ones((2, 384), np.float32)), 'two given themes are called "A"'),
    ],
)
def test_wrong_seeds_are_refused(made, message):
    with pytest.raises(VocError, match=message):
        made()


def test_given_themes_come_first_and_discovery_explains_the_rest():
    texts = [t for t, tags in zip(bank.load()["text"], bank.load()["themes"], strict=True) if len(tags) == 1][:400]
    given = Changes((), (GivenTheme("Getting a refund", "the refund did not come", tuple(REFUND)),))
    found = voc.themes.find([*texts, *REFUND], changes=given)
    mine = found.table[found.table["label"] == "Getting a refund"]
    assert len(mine) == 1
    assert len(found.table) > 4
    main = found.comments["theme"].iloc[-len(REFUND) :]
    assert (main == mine["id"].iloc[0]).mean() > 0.8


def test_a_list_is_compared_with_what_was_found():
    """Counts by hand: the given theme "Same" is exactly one discovered theme."""
    texts = [t for t, tags in zip(bank.load()["text"], bank.load()["themes"], strict=True) if len(tags) == 1][:400]
    found = voc.themes.find(texts)
    top = int(found.table["id"].iloc[0])
    members = set(found.assignments.loc[found.assignments["theme"] == top, "comment"])
    half = set(sorted(members)[: len(members) // 3])
    same = voc.themes.compare(["Same" if i in members else "" for i in range(len(texts))], found)
    row = same.to_frame().iloc[0]
    assert (row["verdict"], row["share"], row["covers"], row["n"]) == ("the same", 1.0, 1.0, len(members))
    assert "Not on your list" in same.headline
    part = voc.themes.compare([["Part"] if i in half else [] for i in range(len(texts))], found).to_frame().iloc[0]
    assert part["verdict"] == "part of a larger theme"
    assert part["covers"] == pytest.approx(len(half) / len(members))
    with pytest.raises(VocError, match="one entry per comment"):
        voc.themes.compare(["x"], found)


def toy(pairs: list[tuple[int, int]], n: int) -> SimpleNamespace:
    """Discovered themes as plain frames: (comment, theme) pairs over n comments."""
    assigned = pd.DataFrame(pairs, columns=["comment", "theme"])
    sizes = assigned["theme"].value_counts()
    table = pd.DataFrame({"id": sizes.index, "label": [f"Theme {t}" for t in sizes.index], "size": sizes.to_numpy()})
    main = assigned.drop_duplicates("comment").set_index("comment")["theme"].reindex(range(n)).astype("Int64")
    return SimpleNamespace(assignments=assigned, table=table, comments=pd.DataFrame({"theme": main}), label="toy")


def test_overlaps_counted_by_hand():
    """Comments 0-99 speak of theme 0, 100-139 of theme 1, 130-169 of theme 2, 170-189 of none.

    Staff: 0-79, so 80 of 80 in theme 0 and 80 of its 100. Lifts: 100-111, 12 of 12 and 12 of 40. Mixed: 80-89, 132-136, 150-154: ten in theme 0,
    five in theme 1, ten (132-136 and 150-154) in theme 2; of two equal the first. Lost: 170-189 and theme 1's comment 120. Rare: nine comments.
    """
    found = toy([(i, 0) for i in range(100)] + [(i, 1) for i in range(100, 140)] + [(i, 2) for i in range(130, 170)], 190)
    rule = {"Staff": range(80), "Lifts": range(100, 112), "Mixed": [*range(80, 90), *range(132, 137), *range(150, 155)]}
    rule |= {"Lost": [*range(170, 190), 120], "Rare": range(160, 169)}
    coding = [[name for name, rows in rule.items() if i in rows] for i in range(190)]
    frame = compare(coding, found).to_frame()
    given = frame[frame["given"] != ""].set_index("given")
    assert list(given.index) == ["Staff", "Lost", "Mixed", "Lifts"]
    assert given.loc["Staff"].tolist() == [80, "Theme 0", 1.0, 0.8, "the same"]
    assert given.loc["Lifts"].tolist() == [12, "Theme 1", 1.0, 0.3, "part of a larger theme"]
    assert given.loc["Mixed"].tolist() == [20, "Theme 0", 0.5, 0.1, "part of a larger theme"]
    assert given.loc["Lost"].tolist() == [21, "", 1 / 21, 1 / 40, "not found"]
    lacking = frame[frame["given"] == ""].set_index("found")
    assert lacking.loc["Theme 1", ["n", "covers", "verdict"]].tolist() == [40, 18 / 40, "new to your list"]
    assert lacking.loc["Theme 2", ["n", "covers"]].tolist() == [40, 19 / 40]
    assert "Theme 0" not in lacking.index


def test_headline_of_a_comparison():
    found = toy([(i, 0) for i in range(40)] + [(i, 1) for i in range(40, 60)], 60)
    assert compare(["A" if i < 40 else "" for i in range(60)], found).headline == (
        "Of your 1 theme, 1 was found as it is (toy). Not on your list: “Theme 1”."
    )
    assert compare(["A" if i < 9 else "" for i in range(60)], found).headline.startswith("None of your themes has enough comments")
    assert compare([""] * 60, found).headline == "There are too few coded comments to compare (toy)."


def test_a_theme_is_on_the_list_only_where_half_of_it_was_coded():
    """Twelve of a hundred comments coded do not put a theme of a hundred on the list."""
    found = toy([(i, 0) for i in range(100)], 100)
    assert compare(["small" if i < 12 else "" for i in range(100)], found).to_frame()["verdict"].tolist() == [
        "part of a larger theme", "new to your list",
    ]  # fmt: skip


def test_all_forms_of_a_coding_say_the_same():
    found = toy([(i, int(i >= 30)) for i in range(60)], 60)
    names = ["A" if i < 25 else "B" if i < 50 else "" for i in range(60)]
    flags = pd.DataFrame({"A": [n == "A" for n in names], "B": [n == "B" for n in names]})
    straight = compare(names, found)
    series = pd.Series([n or np.nan for n in names], index=range(7, 67))
    for form in (series, [[n] if n else [] for n in names], flags, flags.astype(int), np.array(names)):
        again = compare(form, found)
        pd.testing.assert_frame_equal(again.to_frame(), straight.to_frame())
        assert again.agreement == straight.agreement


def test_agreement_is_over_comments_with_one_given_theme():
    found = toy([(i, int(i >= 30)) for i in range(60)], 60)
    names = ["A" if i < 25 else "B" for i in range(60)]
    names[3] = ""
    mixed = [[n] if n else [] for n in names]
    mixed[4] = ["A", "B"]
    used = [i for i in range(60) if i not in (3, 4)]
    result = compare(mixed, found)
    theme = [int(i >= 30) for i in used]
    assert result.agreement == pytest.approx(adjusted_rand_score([names[i] for i in used], theme))
    assert result.information == pytest.approx(adjusted_mutual_info_score([names[i] for i in used], theme))


@pytest.mark.parametrize(
    ("coding", "message"),
    [
        ([1] * 20, "found one of kind int in row 0"),
        ([["A"]] * 19 + [["A", 3]], "in row 19"),
        (pd.DataFrame({"A": [0] * 19 + [7]}), "found something else in row 19"),
        (["A"] * 19, "found 19 for 20 comments"),
    ],
)
def test_wrong_codings_are_refused(coding, message):
    with pytest.raises(VocError, match=message):
        compare(coding, toy([(i, 0) for i in range(20)], 20))
