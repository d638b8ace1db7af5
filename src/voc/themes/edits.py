"""Tree + an analyst's edits -> changed Tree; what an edit names is found again by its example comments, not by name or number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from voc import text
from voc.schema import VocError
from voc.themes.tree import Tree

Action = Literal["rename", "merge", "move", "split", "hide"]
Level = Literal["theme", "subtheme"]
Find = Callable[[Sequence[str]], NDArray[np.int64]]

EXAMPLES = 5  # comments that an entry should keep for each thing that it names: a few may drift without losing it
NO_PLACE = -1


@dataclass(frozen=True)
class Edit:
    """One change to the themes. The functions below make them.

    Attributes:
        action: "rename", "merge", "move", "split" or "hide".
        examples: one group of example comments (3 to 5 are best) for each thing named: of a rename, a hide and a split of a theme one; of a
            merge one per theme; of a move the sub-theme and the theme that gets it; of a split of sub-themes one per sub-theme.
            Personal data in them is hidden, and each text stands once.
        label: the new name; "" where the action gives none.
        level: what a rename or a split names.
        where: where it was written, such as "line 12 of themes.toml"; two edits are equal wherever they stand.

    Raises:
        VocError: an unknown action or level, too few or too many groups, a group without a comment, a name that is missing or not wanted.
    """

    action: Action
    examples: tuple[tuple[str, ...], ...]
    label: str = ""
    level: Level = "theme"
    where: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        _allowed("action", self.action, get_args(Action))
        _allowed("level", self.level, get_args(Level) if self.action in ("rename", "split") else ("theme",))
        groups = tuple(dict.fromkeys(_comments(group) for group in self.examples))
        fewest, most = _groups_allowed(self.action, self.level)
        if not fewest <= len(groups) <= most:
            wanted = f"{fewest}" if fewest == most else f"at least {fewest}"
            noun = "group" if most == 1 else "different groups"
            raise VocError(f"{self.action} needs {wanted} {noun} of example comments; found {len(groups)}")
        label = " ".join(self.label.split())
        if self.action == "rename" and not label:
            raise VocError("rename needs the new name; found a blank one")
        if label and self.action not in ("rename", "merge"):
            raise VocError(f"{self.action} gives no name; found “{label}”; only rename and merge do")
        object.__setattr__(self, "examples", groups)
        object.__setattr__(self, "label", label)


def rename(examples: Sequence[str], label: str, level: Level = "theme") -> Edit:
    """Give a theme or sub-theme another name.

    >>> rename(["On hold for an hour", "Nobody picked up"], "Waiting on hold").label
    'Waiting on hold'
    """
    return Edit("rename", (_group(examples),), label, level)


def merge(example_groups: Sequence[Sequence[str]], label: str = "") -> Edit:
    """Make one theme of several, one group of example comments each; without a name it keeps that of the first."""
    return Edit("merge", tuple(_group(group) for group in example_groups), label)


def move(examples: Sequence[str], under: Sequence[str]) -> Edit:
    """Put a sub-theme (its `examples`) under another theme (that of the comments `under`)."""
    return Edit("move", (_group(examples), _group(under)))


def split(examples: Sequence[str]) -> Edit:
    """Make a theme of every sub-theme of a theme."""
    return Edit("split", (_group(examples),))


def split_off(example_groups: Sequence[Sequence[str]]) -> Edit:
    """Make a theme of each of these sub-themes; what is left of their theme stays as it is."""
    return Edit("split", tuple(_group(group) for group in example_groups), level="subtheme")


def hide(examples: Sequence[str]) -> Edit:
    """Leave a theme out of the pages."""
    return Edit("hide", (_group(examples),))


def joined(earlier: Iterable[Edit], later: Iterable[Edit]) -> tuple[Edit, ...]:
    """Both in order, each once: an entry that comes again stands where it came last, so adding the same entries again changes nothing."""
    backwards = dict.fromkeys(reversed([*earlier, *later]))
    return tuple(reversed(backwards))


def apply(tree: Tree, edit: Edit, find: Find) -> Tree:
    """Apply one edit; applied again it changes nothing.

    Args:
        tree: themes and sub-themes.
        edit: what to change.
        find: n texts -> the sub-theme of each, (n,) int64, -1 where a text fits none well.

    Raises:
        VocError: the edit matches nothing, or only a part of what it names, or would leave no theme to show.

    Notes:
        A group of examples stands for the theme (or sub-theme) where most of them lie, if that is half of them or more; where two have
        equally many it stands for none. A name that is given always wins: another theme of that name gets "(2)" behind it.
    """
    changed, problems = _step(tree, edit, _placed([edit], find), _title(edit))
    if problems:
        raise VocError(problems[0])
    return changed


def apply_all(tree: Tree, edits: Sequence[Edit], find: Find) -> tuple[Tree, tuple[str, ...]]:
    """Apply edits from first to last; each sees what those before it changed.

    Args:
        tree: the themes as they were found, before any edit. Apply `joined` old and new edits to that tree rather than new ones to an
            edited tree: then applying a file twice is the same as once, whatever it holds.
        edits: in the order of the file.
        find: as for `apply`; called once with all example texts.

    Returns:
        The changed tree, and a plain sentence for each entry (or part of one) that matches nothing any more, could not be applied, or took a
        name that an earlier entry had given. None of the sentences holds a comment. Without any theme nothing is done or said.
    """
    notes: list[str] = []
    if not tree.labels:
        return tree, ()
    placed = _placed(edits, find)
    given: set[tuple[Level, str]] = set()
    for number, edit in enumerate(edits, start=1):
        changed, problems = _step(tree, edit, placed, _title(edit, number))
        notes += [*problems, *_name_taken(tree, changed, edit, given, _title(edit, number))]
        given |= set() if problems else {(edit.level, edit.label.casefold())}
        tree = changed
    return tree, tuple(notes)


def match(tree: Tree, examples: Sequence[str], find: Find) -> tuple[int, str]:
    """The theme in which half or more of some example comments lie, more than in any other; -1 for none, and then why."""
    group = _comments(_group(examples))
    placed = dict(zip(group, (int(s) for s in find(group)), strict=True))
    found = _match(tree, group, "theme", placed)
    return found.id, found.why


@dataclass(frozen=True)
class _Match:
    """What a group of examples stands for.

    Attributes:
        id: of the theme or sub-theme; -1 for none.
        why: why it stands for none.
    """

    id: int
    why: str = ""


def _step(tree: Tree, edit: Edit, placed: Mapping[str, int], title: str) -> tuple[Tree, tuple[str, ...]]:
    """The tree after one edit, and sentences about what could not be done."""
    levels = _levels(edit)
    found = [_match(tree, group, level, placed) for group, level in zip(edit.examples, levels, strict=True)]
    if edit.action == "split" and edit.level == "theme" and found[0].id == NO_PLACE and _is_split(tree, edit.examples[0], placed):
        return tree, ()
    rest = " The rest was done." if edit.action in ("merge", "split") and any(m.id != NO_PLACE for m in found) else ""
    lost = tuple(
        f"{_part(edit, i, title)} matches no {_word(level)} any more: {match.why}.{rest}"
        for i, (match, level) in enumerate(zip(found, levels, strict=True))
        if match.id == NO_PLACE
    )
    ids = [match.id for match in found if match.id != NO_PLACE]
    if not ids or (lost and edit.action == "move"):
        return tree, lost
    changed = _changed(tree, edit, ids)
    if set(changed.labels) <= changed.hidden:
        return tree, (*lost, f"{title} was not applied: no theme would be left to show.")
    return changed, lost


def _changed(tree: Tree, edit: Edit, ids: list[int]) -> Tree:
    first = ids[0]
    if edit.action == "rename" and edit.level == "subtheme":
        names = _named(dict(enumerate(tree.sublabels)), first, edit.label)
        return replace(tree, sublabels=tuple(names[s] for s in range(len(tree.sublabels))))
    if edit.action == "rename":
        return replace(tree, labels=_named(tree.labels, first, edit.label))
    if edit.action == "merge":
        return _merged(tree, ids, edit.label)
    if edit.action == "move":
        parent = list(tree.parent)
        parent[first] = ids[1]
        return _rebuilt(tree, parent, tree.labels, tree.hidden)
    if edit.action == "split":
        return _split(tree, tree.members(first) if edit.level == "theme" else ids)
    return replace(tree, hidden=tree.hidden | {first})


def _merged(tree: Tree, themes: list[int], label: str) -> Tree:
    """One theme of several, under the number of the first; hidden only where all of them were."""
    together, kept = set(themes), themes[0]
    labels = {t: name for t, name in tree.labels.items() if t == kept or t not in together}
    hidden = tree.hidden - together | ({kept} if together <= tree.hidden else set())
    parent = [kept if t in together else t for t in tree.parent]
    return _rebuilt(tree, parent, _named(labels, kept, label or labels[kept]), hidden)


def _split(tree: Tree, subthemes: Iterable[int]) -> Tree:
    """Each of these sub-themes becomes a theme of its own name, shown or hidden as its theme was; those that are one already stay."""
    parent, labels, hidden = list(tree.parent), dict(tree.labels), set(tree.hidden)
    chosen = set(subthemes)
    for theme in sorted({tree.parent[s] for s in chosen}):
        members = tree.members(theme)
        leaving = [s for s in members if s in chosen]
        if len(members) == 1:
            continue
        if len(leaving) == len(members):  # the first one keeps the number, so that none is left empty
            labels[theme] = _free(tree.sublabels[leaving.pop(0)], (name for t, name in labels.items() if t != theme))
        for s in leaving:
            new = max(labels) + 1
            parent[s], labels[new] = new, _free(tree.sublabels[s], labels.values())
            hidden |= {new} if theme in hidden else set()
    return _rebuilt(tree, parent, labels, frozenset(hidden))


def _rebuilt(tree: Tree, parent: Sequence[int], labels: Mapping[int, str], hidden: frozenset[int]) -> Tree:
    """The tree with other parents; themes that this leaves without a sub-theme are gone."""
    gone = set(tree.parent) - set(parent)
    return replace(tree, parent=tuple(parent), labels={t: name for t, name in labels.items() if t not in gone}, hidden=hidden - gone)


def _named(labels: Mapping[int, str], at: int, label: str) -> dict[int, str]:
    """Names with one changed; another of the same name makes room."""
    names = {**labels, at: label}
    for other in labels:
        if other != at and names[other].casefold() == label.casefold():
            names[other] = _free(label, names.values())
    return names


def _free(label: str, taken: Iterable[str]) -> str:
    """The name, or the name with the first number behind it that is not taken."""
    used = {name.casefold() for name in taken}
    candidate, number = label, 2
    while candidate.casefold() in used:
        candidate, number = f"{label} ({number})", number + 1
    return candidate


def _match(tree: Tree, group: Sequence[str], level: Level, placed: Mapping[str, int]) -> _Match:
    """Where half or more of a group's examples lie, and more than anywhere else."""
    n = len(group)
    votes = Counter(s if level == "subtheme" else tree.parent[s] for s in _places(group, placed))
    if not votes:
        return _Match(NO_PLACE, f"none of its {n} example comments fits one" if n > 1 else "its only example comment fits none")
    ranked = votes.most_common(2)
    best, most = ranked[0]
    if 2 * most < n:
        return _Match(
            NO_PLACE,
            f"only {most} of its {n} example comments still lie together" if most > 1 else f"no two of its {n} example comments lie together",
        )
    if len(ranked) > 1 and ranked[1][1] == most:
        return _Match(NO_PLACE, f"its {n} example comments are divided equally between two")
    return _Match(best)


def _is_split(tree: Tree, group: Sequence[str], placed: Mapping[str, int]) -> bool:
    """Whether half or more of the examples already lie in themes of one sub-theme."""
    return 2 * sum(len(tree.members(tree.parent[s])) == 1 for s in _places(group, placed)) >= len(group)


def _places(group: Sequence[str], placed: Mapping[str, int]) -> list[int]:
    return [placed[t] for t in group if placed[t] >= 0]


def _placed(edits: Iterable[Edit], find: Find) -> dict[str, int]:
    """Example text -> its sub-theme, asked for all at once."""
    texts = sorted({t for edit in edits for group in edit.examples for t in group})
    return dict(zip(texts, (int(s) for s in find(texts)), strict=True)) if texts else {}


def _levels(edit: Edit) -> tuple[Level, ...]:
    """What each group of an edit names."""
    return ("subtheme", "theme") if edit.action == "move" else (edit.level,) * len(edit.examples)


def _name_taken(before: Tree, after: Tree, edit: Edit, given: set[tuple[Level, str]], title: str) -> list[str]:
    """A sentence where an edit took a name that an earlier one had given to something else."""
    if not edit.label or (edit.level, edit.label.casefold()) not in given:
        return []
    old, new = (t.labels if edit.level == "theme" else dict(enumerate(t.sublabels)) for t in (before, after))
    wanted = edit.label.casefold()
    pushed = [new[i] for i in sorted(old.keys() & new.keys()) if old[i].casefold() == wanted != new[i].casefold()]
    word = _word(edit.level)
    return [
        f"{title} is a name that another {word} has been given already; one of them needs another name: that one becomes “{name}”." for name in pushed
    ]


def _title(edit: Edit, number: int = 0) -> str:
    """How sentences call an edit: by the name it gives and where it stands, never by its comments."""
    at = edit.where or (f"change {number}" if number else "")
    if edit.label:
        return f"“{edit.label}” ({edit.action}{', ' if at else ''}{at})"
    return f"The entry “{edit.action}”{f' ({at})' if at else ''}"


def _part(edit: Edit, index: int, title: str) -> str:
    """The part of an edit that a group of examples names."""
    if len(edit.examples) == 1:
        return title
    named = ("What should move", "Where it should go")[index] if edit.action == "move" else f"Part {index + 1} of {len(edit.examples)}"
    return f"{title}: {named[0].lower()}{named[1:]}"


def _word(level: Level) -> str:
    return "theme" if level == "theme" else "sub-theme"


def _groups_allowed(action: Action, level: Level) -> tuple[int, float]:
    """Fewest and most groups of examples."""
    if action == "merge":
        return 2, float("inf")
    if action == "move":
        return 2, 2
    return (1, float("inf")) if action == "split" and level == "subtheme" else (1, 1)


def _group(examples: Sequence[str]) -> tuple[str, ...]:
    if isinstance(examples, str):
        raise VocError("example comments must be given as a list of texts; found a single text")
    return tuple(examples)


def _comments(group: tuple[str, ...]) -> tuple[str, ...]:
    """A group of examples: personal data hidden, blank ones and repeats dropped; half a character pair cannot be stored and becomes "?"."""
    clean = [text.redact(t.encode("utf-8", "replace").decode("utf-8")) for t in group]
    kept = tuple(dict.fromkeys(t for t in clean if t.strip()))
    if not kept:
        found = "only blank ones" if group else "none"
        raise VocError(f"a group of example comments must hold at least one that is not blank; found {found}")
    return kept


def _allowed(what: str, found: str, allowed: Sequence[str]) -> None:
    if found not in allowed:
        raise VocError(f"{what} must be {' or '.join(allowed)}; found “{found}”")
