"""Given themes: comments placed into them, what fits none left over; an analyst's list beside the discovered themes."""

import numpy as np
import pytest

import voc
from voc import encode
from voc.sample import bank
from voc.schema import VocError
from voc.themes import Changes, GivenTheme, Seed, guided

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
    assert ((placed.strength > 0.5) & (placed.strength <= 1)).all()


def test_what_fits_no_theme_is_left_over():
    texts = [*PARKING[4:], *REFUND[4:], *OTHER]
    placed = guided.place(seeds(), encode.encode(texts))
    assert (placed.label[16:] == -1).mean() > 0.8
    assert (placed.label[:16] >= 0).mean() > 0.6


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
