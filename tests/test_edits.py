"""Edits of themes: what each does to a small tree worked out by hand, that they find their themes again, and that no entry of a file is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from voc.schema import VocError
from voc.themes import edits
from voc.themes.edits import Edit
from voc.themes.edits_file import Changes, GivenTheme, parse, read, write
from voc.themes.tree import Tree

# Sub-themes 0, 1 and 2 make up theme 0, 3 and 4 theme 1, 5 theme 2.
TREE = Tree((0, 0, 0, 1, 1, 2), {0: "waiting", 1: "delivery", 2: "price"}, ("on hold", "queue", "call back", "late", "broken", "too dear"))


def find(texts: Sequence[str]) -> NDArray[np.int64]:
    """An example such as "3 any words" lies in sub-theme 3; "? any words" is placed weakly."""
    return np.array([-1 if t[0] == "?" else int(t.split()[0]) for t in texts], dtype=np.int64)


def said(*subthemes: int | str) -> tuple[str, ...]:
    """Different comments, one in each of these sub-themes."""
    return tuple(f"{s} comment {'abcdefgh'[i]}" for i, s in enumerate(subthemes))


def shape(tree: Tree) -> dict[str, tuple[set[str], bool]]:
    """Theme name -> names of its sub-themes, and whether pages leave it out: a tree without its numbers."""
    return {name: ({tree.sublabels[s] for s in tree.members(t)}, t in tree.hidden) for t, name in tree.labels.items()}


def test_rename_changes_one_name_of_a_theme_or_a_sub_theme():
    assert edits.apply(TREE, edits.rename(said(0, 1, 2), "Waiting on hold"), find) == replace(
        TREE, labels={0: "Waiting on hold", 1: "delivery", 2: "price"}
    )
    assert edits.apply(TREE, edits.rename(said(4, 4, 3), "Damaged", "subtheme"), find).sublabels[4] == "Damaged"


def test_merge_gives_the_sub_themes_one_parent_and_a_name():
    merged = edits.apply(TREE, edits.merge([said(3, 4), said(5)], "Parcels"), find)
    assert merged == Tree((0, 0, 0, 1, 1, 1), {0: "waiting", 1: "Parcels"}, TREE.sublabels)
    assert edits.apply(TREE, edits.merge([said(5), said(3, 4)]), find).labels == {0: "waiting", 2: "price"}


def test_a_merged_theme_is_hidden_only_where_all_its_parts_were():
    both = [said(3, 4), said(5)]
    assert edits.apply(replace(TREE, hidden=frozenset({1})), edits.merge(both), find).hidden == frozenset()
    assert edits.apply(replace(TREE, hidden=frozenset({1, 2})), edits.merge(both), find).hidden == {1}


def test_move_takes_one_sub_theme_along_and_drops_a_theme_left_empty():
    assert edits.apply(TREE, edits.move(said(2, 2, 2), said(3, 4)), find) == replace(TREE, parent=(0, 0, 1, 1, 1, 2))
    assert shape(edits.apply(TREE, edits.move(said(5), said(3)), find)) == {
        "waiting": ({"on hold", "queue", "call back"}, False),
        "delivery": ({"late", "broken", "too dear"}, False),
    }


def test_split_makes_a_theme_of_every_sub_theme_or_of_those_listed():
    whole = edits.apply(TREE, edits.split(said(0, 1, 2)), find)
    assert {name: parts for name, (parts, _) in shape(whole).items() if parts <= set(TREE.sublabels[:3])} == {
        s: {s} for s in ("on hold", "queue", "call back")
    }
    some = edits.apply(TREE, edits.split_off([said(1, 1, 0)]), find)
    assert shape(some)["queue"] == ({"queue"}, False)
    assert shape(some)["waiting"] == ({"on hold", "call back"}, False)
    assert edits.apply(TREE, edits.split_off([said(0), said(1), said(2)]), find) == whole


def test_parts_of_a_hidden_theme_stay_hidden():
    split = edits.apply(replace(TREE, hidden=frozenset({0})), edits.split(said(0, 1)), find)
    assert {name for name, (_, hidden) in shape(split).items() if hidden} == {"on hold", "queue", "call back"}


def test_hide_leaves_a_theme_out_but_never_the_last():
    hidden = edits.apply(TREE, edits.hide(said(0, 1, 2)), find)
    assert hidden == replace(TREE, hidden=frozenset({0}))
    last = replace(TREE, hidden=frozenset({0, 1}))
    with pytest.raises(VocError, match="no theme would be left to show"):
        edits.apply(last, edits.hide(said(5)), find)
    with pytest.raises(VocError, match="no theme would be left to show"):
        edits.apply(last, edits.move(said(5), said(3)), find)
    kept, notes = edits.apply_all(last, [edits.hide(said(5))], find)
    assert kept == last
    assert notes == ("The entry “hide” (change 1) was not applied: no theme would be left to show.",)


@pytest.mark.parametrize(
    ("examples", "theme"),
    [
        (said(0, 1, 2), 0),  # all in one theme, whatever its sub-themes
        (said(0, 1, 3, 5), 0),  # just half, and more than anywhere else
        (said(0, 1, "?", "?"), 0),
        (said(3, 3, 3, 0, 1), 1),
        (said(5), 2),
        (said(0, 1, 3, 4), None),  # two themes with equally many
        (said(0, 3), None),
        (said(0, 1, 3, 5, "?"), None),  # under half
        (said(0, 3, 5), None),
        (said("?", "?", "?"), None),
        (said("?"), None),
    ],
)
def test_examples_stand_for_the_theme_where_half_or_more_of_them_lie(examples: tuple[str, ...], theme: int | None):
    changed, notes = edits.apply_all(TREE, [edits.rename(examples, "New")], find)
    assert [t for t, name in changed.labels.items() if name == "New"] == ([] if theme is None else [theme])
    assert len(notes) == (theme is None)


@pytest.mark.parametrize(
    ("examples", "why"),
    [
        (said(0, 1, 3, 5, "?"), "only 2 of its 5 example comments still lie together."),
        (said(0, 3, 5), "no two of its 3 example comments lie together."),
        (said(0, 1, 3, 4), "its 4 example comments are divided equally between two."),
        (said("?", "?"), "none of its 2 example comments fits one."),
        (said("?"), "its only example comment fits none."),
    ],
)
def test_an_entry_that_matches_nothing_is_said_without_any_comment(examples: tuple[str, ...], why: str):
    entry = replace(edits.rename(examples, "Waiting on hold"), where="line 12 of themes.toml")
    changed, notes = edits.apply_all(TREE, [entry], find)
    assert changed == TREE
    assert notes == (f"“Waiting on hold” (rename, line 12 of themes.toml) matches no theme any more: {why}",)


def test_what_is_left_of_a_merge_is_done_and_the_rest_said():
    entry = edits.merge([said(3, 4), said("?", "?"), said(5)], "Parcels")
    changed, notes = edits.apply_all(TREE, [entry], find)
    assert changed == edits.apply(TREE, edits.merge([said(3, 4), said(5)], "Parcels"), find)
    assert notes == (
        "“Parcels” (merge, change 1): part 2 of 3 matches no theme any more: none of its 2 example comments fits one. The rest was done.",
    )
    with pytest.raises(VocError, match="part 2 of 3 matches no theme"):
        edits.apply(TREE, entry, find)


def test_a_move_without_both_ends_changes_nothing():
    changed, notes = edits.apply_all(TREE, [edits.move(said("?"), said(3)), edits.move(said(0), said("?"))], find)
    assert changed == TREE
    assert [n.split(" matches")[0] for n in notes] == [
        "The entry “move” (change 1): what should move",
        "The entry “move” (change 2): where it should go",
    ]
    assert "matches no sub-theme any more" in notes[0]


def test_later_entries_see_what_earlier_ones_changed():
    merge, rename = edits.merge([said(3, 4), said(5)], "Parcels"), edits.rename(said(5), "Cost")
    assert set(edits.apply_all(TREE, [merge, rename], find)[0].labels.values()) == {"waiting", "Cost"}
    assert set(edits.apply_all(TREE, [rename, merge], find)[0].labels.values()) == {"waiting", "Parcels"}


def test_names_stay_distinct_and_a_given_name_wins():
    changed, notes = edits.apply_all(TREE, [edits.rename(said(0), "Delivery")], find)
    assert changed.labels == {0: "Delivery", 1: "Delivery (2)", 2: "price"}
    assert notes == ()  # the other name was only found
    changed, notes = edits.apply_all(TREE, [edits.rename(said(0), "Service"), edits.rename(said(5), "service")], find)
    assert changed.labels == {0: "service (2)", 1: "delivery", 2: "service"}
    assert len(notes) == 1
    assert notes[0].startswith("“service” (rename, change 2) is a name that another theme has been given already")
    named = replace(TREE, labels={**TREE.labels, 2: "Queue"})
    assert set(edits.apply(named, edits.split(said(0, 1)), find).labels.values()) == {"on hold", "queue (2)", "call back", "delivery", "Queue"}


def test_without_themes_nothing_is_done_or_said():
    assert edits.apply_all(Tree((), {}, ()), [edits.hide(said(0))], find) == (Tree((), {}, ()), ())


def test_example_texts_are_looked_up_all_at_once():
    asked: list[list[str]] = []

    def counting(texts: Sequence[str]) -> NDArray[np.int64]:
        asked.append(list(texts))
        return find(texts)

    edits.apply_all(TREE, [edits.hide(said(0, 1)), edits.move(said(2), said(3, 4)), edits.hide(said(0, 1))], counting)
    assert asked == [sorted({*said(0, 1), *said(2), *said(3, 4)})]


# Any tree, any edits: what must always hold.

NAMES = st.sampled_from(["A", "a", "B", "C (2)", "C", "queue 1", "theme 0"])


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Up to 9 sub-themes in up to 4 themes, all names different, some but not all themes hidden."""
    rough = draw(st.lists(st.integers(0, 3), min_size=1, max_size=9))
    themes = sorted(set(rough))
    hidden = draw(st.sets(st.sampled_from(themes), max_size=len(themes) - 1)) if len(themes) > 1 else set()
    return Tree(tuple(rough), {t: f"theme {t}" for t in themes}, tuple(f"queue {s}" for s in range(len(rough))), frozenset(hidden))


def groups(n: int) -> st.SearchStrategy[tuple[str, ...]]:
    """Examples in any of n sub-themes, some placed weakly."""
    return st.lists(st.integers(-1, n - 1), min_size=1, max_size=5).map(lambda ids: said(*("?" if i < 0 else i for i in ids)))


def any_edit(n: int, names: st.SearchStrategy[str] = NAMES) -> st.SearchStrategy[Edit]:
    group = groups(n)
    several = st.lists(group, min_size=2, max_size=3, unique=True)
    return st.one_of(
        st.builds(edits.rename, group, names, st.sampled_from(["theme", "subtheme"])),
        st.builds(edits.merge, several, st.one_of(st.just(""), names)),
        several.map(lambda two: edits.move(two[0], two[1])),
        st.builds(edits.split, group),
        st.builds(edits.split_off, several),
        st.builds(edits.hide, group),
    )


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_one_edit_twice_is_the_same_as_once(data: st.DataObject):
    tree = data.draw(trees())
    edit = data.draw(any_edit(len(tree.parent)))
    once, _ = edits.apply_all(tree, [edit], find)
    assert edits.apply_all(once, [edit], find)[0] == once


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_edits_leave_a_sound_tree(data: st.DataObject):
    tree = data.draw(trees())
    changed, _ = edits.apply_all(tree, data.draw(st.lists(any_edit(len(tree.parent)), max_size=6)), find)
    assert len(changed.parent) == len(tree.parent)
    assert set(changed.labels) == set(changed.parent)
    assert changed.hidden < set(changed.labels)
    for names in (list(changed.labels.values()), list(changed.sublabels)):
        assert len({name.casefold() for name in names}) == len(names)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_edits_find_their_themes_again_under_other_numbers(data: st.DataObject):
    """The next run: the same themes, numbered in another way. Only names and members count."""
    tree = data.draw(trees())
    n = len(tree.parent)
    changes = [
        edit if not edit.label else replace(edit, label=f"name {i}")
        for i, edit in enumerate(data.draw(st.lists(any_edit(n), min_size=1, max_size=5)))
    ]
    order = data.draw(st.permutations(range(n)))
    new_place = {old: new for new, old in enumerate(order)}
    again = Tree(
        tuple(10 - tree.parent[s] for s in order),
        {10 - t: name for t, name in tree.labels.items()},
        tuple(tree.sublabels[s] for s in order),
        frozenset(10 - t for t in tree.hidden),
    )

    def find_again(texts: Sequence[str]) -> NDArray[np.int64]:
        return np.array([new_place.get(int(s), -1) for s in find(texts)], dtype=np.int64)

    before, notes = edits.apply_all(tree, changes, find)
    after, notes_again = edits.apply_all(again, changes, find_again)
    assert shape(after) == shape(before)
    assert notes_again == notes


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=8), st.lists(st.integers(0, 5), max_size=8))
def test_entries_joined_again_change_nothing(earlier: list[int], later: list[int]):
    entries = [edits.rename([f"{i} words"], f"name {i}") for i in range(6)]
    both = edits.joined([entries[i] for i in earlier], [entries[i] for i in later])
    assert edits.joined(both, both) == both
    assert edits.joined(both, [entries[i] for i in later]) == both
    whole = [*earlier, *later]
    assert both == tuple(entries[i] for k, i in enumerate(whole) if i not in whole[k + 1 :])


# The edits themselves.


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: edits.rename([], "New"), "must hold at least one that is not blank; found none"),
        (lambda: edits.rename([" ", ""], "New"), "found only blank ones"),
        (lambda: edits.rename(["0 words"], "  "), "rename needs the new name; found a blank one"),
        (lambda: edits.rename(["0 words"], "New", "part"), "level must be theme or subtheme; found “part”"),  # type: ignore[arg-type]
        (lambda: edits.rename("0 words", "New"), "must be given as a list of texts; found a single text"),
        (lambda: edits.merge([["0 words"]]), "merge needs at least 2 different groups of example comments; found 1"),
        (lambda: edits.merge([["0 words"], ["0 words", "0 words"]]), "merge needs at least 2 different groups of example comments; found 1"),
        (lambda: edits.move(["0 words"], ["0 words"]), "move needs 2 different groups of example comments; found 1"),
        (lambda: edits.split_off([]), "split needs at least 1 different groups"),
        (lambda: Edit("hide", (("0 a",), ("1 b",))), "hide needs 1 group of example comments; found 2"),
        (lambda: Edit("hide", (("0 a",),), "New"), "hide gives no name; found “New”"),
        (lambda: Edit("hide", (("0 a",),), level="subtheme"), "level must be theme; found “subtheme”"),
        (lambda: Edit("drop", (("0 a",),)), "action must be rename or merge or move or split or hide; found “drop”"),  # type: ignore[arg-type]
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(make, message: str):
    with pytest.raises(VocError, match=message):
        make()


def test_examples_hold_no_personal_data_and_no_repeats():
    edit = edits.hide(["Write to jo@example.com", "Write to sam@example.com", "No answer"])
    assert edit.examples == (("Write to [EMAIL]", "No answer"),)


# The file.

FILE = '''\
# Ours.
[[hide]]
examples = ["2 x", "2 y"]   # [[split]] is not a heading here

[[rename]]
to = "Waiting on hold"
examples = ["0 a", "1 b", """0 c
[[merge]]
"""]

  [[ theme ]]
name = "Returns"
description = 'Sending things back'

[[rename]]
to = 'Broken "things"'
level = "subtheme"
examples = ["4 d"]

[[merge]]
themes = [["3 e"], [
  "5 f",
]]

[[split]]
subthemes = [["0 g"], ["1 h"]]

[[move]]
examples = ["2 i"]
under = ["3 j"]

[[split]]
examples = ["0 k"]
'''


def test_entries_are_read_in_the_order_of_the_file_with_their_lines():
    found = parse(FILE)
    assert [(e.action, e.level, e.where) for e in found.edits] == [
        ("hide", "theme", "line 2 of themes.toml"),
        ("rename", "theme", "line 5 of themes.toml"),
        ("rename", "subtheme", "line 15 of themes.toml"),
        ("merge", "theme", "line 20 of themes.toml"),
        ("split", "subtheme", "line 25 of themes.toml"),
        ("move", "theme", "line 28 of themes.toml"),
        ("split", "theme", "line 32 of themes.toml"),
    ]
    assert found.edits[1].examples == (("0 a", "1 b", "0 c\n[[merge]]\n"),)
    assert found.edits[3].examples == (("3 e",), ("5 f",))
    assert found.given == (GivenTheme("Returns", "Sending things back"),)
    assert parse(FILE.replace("\n", "\r\n")).edits[0] == found.edits[0]


def test_a_file_applied_twice_is_the_same_as_once():
    changes = parse(FILE).edits[1:5]
    once, notes = edits.apply_all(TREE, changes, find)
    assert notes == ()
    assert shape(once) == {
        "Waiting on hold": ({"call back"}, False),
        "on hold": ({"on hold"}, False),
        "queue": ({"queue"}, False),
        "delivery": ({"late", 'Broken "things"', "too dear"}, False),
    }
    assert edits.apply_all(TREE, edits.joined(changes, changes), find) == (once, ())


def test_entries_about_different_themes_change_nothing_on_themes_that_have_them_already():
    changes = [edits.split_off([said(1)]), edits.rename(said(0, 2), "Waiting"), edits.merge([said(3, 4), said(5)], "Parcels"), edits.hide(said(1))]
    once, notes = edits.apply_all(TREE, changes, find)
    assert shape(once) == {
        "Waiting": ({"on hold", "call back"}, False),
        "queue": ({"queue"}, True),
        "Parcels": ({"late", "broken", "too dear"}, False),
    }
    assert (notes, edits.apply_all(once, changes, find)) == ((), (once, ()))


TEXTS = st.text(min_size=1, max_size=30) | st.sampled_from(
    [
        'He said "no" \\ twice',
        "line\nbreak\r\n\ttab",
        "😀 👩‍👩‍👧 café",
        "[[rename]]",
        '"""',
        "'''",
        "# no comment",
        "\x00\x7f\x1b\u2028",
        "\\u0041",
        "ends with \\",
    ]
)


@st.composite
def any_changes(draw: st.DrawFn) -> Changes:
    group = st.lists(TEXTS, min_size=1, max_size=4).filter(lambda texts: any(t.strip() for t in texts))
    name = TEXTS.filter(lambda t: bool(t.split()))
    several = st.lists(group, min_size=2, max_size=3).filter(lambda many: len({Edit("hide", (tuple(g),)).examples for g in many}) == len(many))
    edit = st.one_of(
        st.builds(edits.rename, group, name, st.sampled_from(["theme", "subtheme"])),
        st.builds(edits.merge, several, st.one_of(st.just(""), name)),
        several.map(lambda two: edits.move(two[0], two[1])),
        st.builds(edits.split, group),
        st.builds(edits.split_off, several),
        st.builds(edits.hide, group),
    )
    seeds = st.builds(lambda i, t, g: GivenTheme(f"given {i}", t.strip(), edits.hide(g).examples[0]), st.integers(0, 9), TEXTS, group)
    return Changes(edits.joined([], draw(st.lists(edit, max_size=4))), tuple({g.name: g for g in draw(st.lists(seeds, max_size=2))}.values()))


@settings(max_examples=150, deadline=None)
@given(any_changes(), any_changes())
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, first: Changes, second: Changes):
    file = tmp_path_factory.mktemp("edits") / "themes.toml"
    write(file, first.edits, first.given)
    assert read(file) == first
    write(file, second.edits, second.given)
    together = read(file)
    assert together.edits == edits.joined(first.edits, second.edits)
    assert set(together.given) == set({g.name: g for g in (*first.given, *second.given)}.values())
    write(file, second.edits, second.given, keep=False)
    assert read(file) == second


def test_an_entry_that_matches_nothing_stays_when_the_file_is_written_again(tmp_path: Path):
    file = tmp_path / "themes.toml"
    lost = edits.rename(said("?", "?", "?"), "Long gone")
    write(file, [lost])
    _, notes = edits.apply_all(TREE, read(file).edits, find)
    assert len(notes) == 1
    assert "line 12 of themes.toml" in notes[0]
    write(file, [edits.hide(said(5))])
    assert read(file).edits == (lost, edits.hide(said(5)))


def test_adding_to_a_file_keeps_an_analysts_own_lines(tmp_path: Path):
    file = tmp_path / "themes.toml"
    file.write_text("\ufeff" + FILE, encoding="utf-8")
    before = read(file)
    write(file, [*before.edits, edits.hide(["3 late"])])
    assert file.read_text(encoding="utf-8").startswith(FILE)
    assert read(file) == Changes((*before.edits, edits.hide(["3 late"])), before.given)
    assert [p.name for p in tmp_path.iterdir()] == ["themes.toml"]
    write(file, before.edits)  # nothing new
    assert read(file).edits == (edits.hide(["3 late"]), *before.edits)


def test_a_new_file_says_that_it_is_not_for_publishing(tmp_path: Path):
    file = tmp_path / "themes.toml"
    write(file, [edits.rename(["Call 020 7946 0991"], "Calls")])
    content = file.read_text(encoding="utf-8")
    assert "A working file, not for publishing: it holds comments of customers." in content
    assert content.endswith('[[rename]]\nto = "Calls"\nlevel = "theme"\nexamples = [\n  "Call [PHONE]",\n]\n')


def test_a_file_that_cannot_be_read_is_left_as_it_is(tmp_path: Path):
    file = tmp_path / "themes.toml"
    file.write_text("[[renam]]\n", encoding="utf-8")
    with pytest.raises(VocError, match="not known"):
        write(file, [edits.hide(["0 a"])])
    with pytest.raises(VocError, match=r"themes\.toml, entry 1 .*: name must not be blank"):
        write(file, [], [GivenTheme(" ", "x")], keep=False)
    assert file.read_text(encoding="utf-8") == "[[renam]]\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[[renam]]\n", r'themes\.toml: "renam" is not known \(did you mean "rename"\?\); allowed: \[\[rename\]\], \[\[merge\]\]'),
        ("rename = 3", r"each rename must be an entry of its own under the heading \[\[rename\]\]"),
        ('[rename]\nto = "x"', r"under the heading \[\[rename\]\], with two brackets"),
        ('rename = [{to = "x", examples = ["0 a"]}]', "an entry of its own"),
        ("[[rename]\n", r"themes\.toml is not a valid TOML file: .*line 1"),
        ('[[rename]]\nto = "x"', r"themes\.toml, entry 1 \(\[\[rename\]\], line 1\): needs examples; found to; allowed: to, examples, level"),
        (
            '[[hide]]\nexamples=["0 a"]\n[[rename]]\nname="x"',
            r'entry 2 \(\[\[rename\]\], line 3\): "name" is not known; allowed: to, examples, level',
        ),
        ('[[hide]]\nexample=["0 a"]', r'"example" is not known \(did you mean "examples"\?\); allowed: examples'),
        (
            "[[hide]]\nexamples=[]",
            r"entry 1 \(\[\[hide\]\], line 1\): a group of example comments must hold at least one that is not blank; found none",
        ),
        ('[[hide]]\nexamples="secret"', r'examples must be a list of texts such as \["...", "..."\]; found a text$'),
        ('[[hide]]\nexamples=["secret", 3]', r"found a list of a number and a text$"),
        ('[[rename]]\nto=5\nexamples=["secret"]', "to must be text in quotation marks; found a number$"),
        ('[[rename]]\nto="x"\nlevel="topic"\nexamples=["secret"]', "level must be theme or subtheme; found “topic”$"),
        ('[[rename]]\nto=" "\nexamples=["secret"]', "rename needs the new name; found a blank one$"),
        ('[[merge]]\nthemes=["secret", "b"]', "themes must be a list of lists of texts such as .*; found a list of a text$"),
        ('[[merge]]\nthemes=[["secret"]]', "merge needs at least 2 different groups of example comments; found 1$"),
        ('[[split]]\nexamples=["secret"]\nsubthemes=[["b"]]', "needs either examples .* or subthemes; found examples and subthemes$"),
        ("[[split]]\n", "needs either examples .* or subthemes; found neither$"),
        ('[[move]]\nexamples=["secret"]', "needs under; found examples; allowed: examples, under$"),
        ('[[theme]]\nname="x"', "“x” needs a description or examples, or both; found neither$"),
        ('[[theme]]\nname="x"\ndescription="d"\n[[theme]]\nname="X"\ndescription="d"', "entry 2 .* the name “X” is given twice"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_entry(content: str, message: str):
    with pytest.raises(VocError, match=message) as error:
        parse(content)
    assert "secret" not in str(error.value)


def test_files_that_are_missing_or_not_text_are_refused(tmp_path: Path):
    with pytest.raises(VocError, match=r"themes\.toml, does not exist"):
        read(tmp_path / "themes.toml")
    (tmp_path / "themes.toml").write_bytes(b"# caf\xe9")
    with pytest.raises(VocError, match="must be written in UTF-8, and byte 5 is not"):
        read(tmp_path / "themes.toml")
