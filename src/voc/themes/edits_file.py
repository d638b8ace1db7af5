"""`themes.toml` -> an analyst's changes to the themes and the themes given beforehand, and back; nothing in it is lost when it is rewritten."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, cast

from voc import text
from voc.display import listed
from voc.schema import VocError, closest
from voc.themes.edits import Edit, Level, hide, joined, merge, move, rename, split, split_off

SEED = "theme"
# Heading -> what may stand under it, needed words first.
KEYS = {
    "rename": ("to", "examples", "level"), "merge": ("themes", "to"), "move": ("examples", "under"), "split": ("examples", "subthemes"),
    "hide": ("examples",), SEED: ("name", "description", "examples"),
}  # fmt: skip
NEEDED = {"rename": 2, "merge": 1, "move": 2, "split": 0, "hide": 1, SEED: 1}

HEADER = """\
# Changes to the themes, made from top to bottom: each entry sees what those above it have changed.
# An entry finds its theme again by its example comments (3 to 5 are best), not by name or number: keep them.
# A working file, not for publishing: it holds comments of customers.
#
# [[rename]]  to = "new name", level = "theme" or "subtheme", examples = ["...", "...", "..."]
# [[merge]]   to = "name of the whole", themes = [["..."], ["..."]]: one list of examples for each theme
# [[move]]    examples = ["..."] of a sub-theme, under = ["..."]: examples of the theme that gets it
# [[split]]   examples = ["..."] of a theme, whose sub-themes all become themes; or subthemes = [["..."], ["..."]]: only these do
# [[hide]]    examples = ["..."] of a theme that pages leave out
# [[theme]]   name = "...", description = "...", examples = ["..."]: a theme given beforehand
"""

# Texts and comments, so that a heading inside one is not taken for a heading; then the headings.
_TOKEN = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?"{3,5}|\'\'\'[\s\S]*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|^[ \t]*\[\[[ \t]*(?P<kind>[\w-]+)[ \t]*\]\]',
    re.MULTILINE,
)


class GivenTheme(NamedTuple):
    """A theme that an analyst gives beforehand: its name, what it is about, and comments that belong to it (personal data hidden)."""

    name: str
    description: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Changes:
    """What a `themes.toml` holds.

    Attributes:
        edits: in the order of the file, which is the order in which they are made.
        given: themes given beforehand, in the order of the file.
    """

    edits: tuple[Edit, ...] = ()
    given: tuple[GivenTheme, ...] = ()


def read(path: str | Path) -> Changes:
    """Read a file of changes.

    Raises:
        VocError: the file is missing, is not TOML, or says something that voc does not know; names the entry and its line.
    """
    file = Path(path)
    return parse(_content(file), source=file.name)


def parse(content: str, *, source: str = "themes.toml") -> Changes:
    """Check the entries of a file and build them; `source` names the file in messages."""
    try:
        raw = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise VocError(f"{source} is not a valid TOML file: {error}") from None
    headings = _headings(content)
    _check_headings(raw, [kind for kind, _ in headings], source)
    entries = {kind: iter(raw[kind]) for kind in raw}
    edits: list[Edit] = []
    given: list[GivenTheme] = []
    for number, (kind, line) in enumerate(headings, start=1):
        entry = next(entries[kind])
        try:
            _check_keys(entry, kind)
            if kind == SEED:
                given.append(_given(entry, [g.name for g in given]))
            else:
                edits.append(replace(_edit(kind, entry), where=f"line {line} of {source}"))
        except VocError as error:
            raise VocError(f"{source}, entry {number} ([[{kind}]], line {line}): {error}") from None
    return Changes(tuple(edits), tuple(given))


def write(path: str | Path, edits: Sequence[Edit], given: Sequence[GivenTheme] = (), *, keep: bool = True) -> None:
    """Write a file of changes, as a whole or not at all.

    Args:
        path: of the file.
        edits: in the order in which they are made.
        given: themes given beforehand.
        keep: entries that stand in the file already stay, those that match no theme any more too: if they all come first, the file is only
            added to, and an analyst's own comments in it stay as well. False writes what is given and nothing else.

    Raises:
        VocError: the file that stands there cannot be read, or a theme given beforehand has no name or nothing to find it by; the file is then
            left as it is.
    """
    file = Path(path)
    before = _content(file) if keep and file.is_file() else HEADER
    old = parse(before, source=file.name)
    new = Changes(joined(old.edits, edits), tuple({g.name.casefold(): g for g in (*old.given, *given)}.values()))
    only_more = new.edits[: len(old.edits)] == old.edits and new.given[: len(old.given)] == old.given
    start, done = (before.rstrip() + "\n", old) if only_more else (HEADER, Changes())
    blocks = [_edit_text(e) for e in new.edits[len(done.edits) :]] + [_given_text(g) for g in new.given[len(done.given) :]]
    content = "\n".join([start, *blocks])
    parse(content, source=file.name)  # what could not be read again is not written
    part = file.with_name(f".{file.name}.part")
    part.write_text(content, encoding="utf-8", errors="replace", newline="\n")
    os.replace(part, file)


def _content(file: Path) -> str:
    if not file.is_file():
        raise VocError(f"the file of changes to the themes, {file.name}, does not exist")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise VocError(f"{file.name} is not a valid TOML file: it must be written in UTF-8, and byte {error.start} is not") from None


def _headings(content: str) -> list[tuple[str, int]]:
    """(kind, line) of each entry in the order of the file, which TOML itself keeps only among entries of one kind."""
    return [(m["kind"], content.count("\n", 0, m.start("kind")) + 1) for m in _TOKEN.finditer(content) if m["kind"]]


def _check_headings(raw: dict[str, Any], headings: list[str], source: str) -> None:
    for kind, entries in raw.items():
        if kind not in KEYS:
            raise VocError(f'{source}: "{kind}" is not known{closest(kind, KEYS)}; allowed: {", ".join(f"[[{k}]]" for k in KEYS)}')
        if not isinstance(entries, list) or headings.count(kind) != len(entries):
            raise VocError(f"{source}: each {kind} must be an entry of its own under the heading [[{kind}]], with two brackets on each side")


def _check_keys(entry: dict[str, Any], kind: str) -> None:
    allowed = f"allowed: {', '.join(KEYS[kind])}"
    for key in entry:
        if key not in KEYS[kind]:
            raise VocError(f'"{key}" is not known{closest(key, KEYS[kind])}; {allowed}')
    for key in KEYS[kind][: NEEDED[kind]]:
        if key not in entry:
            raise VocError(f"needs {key}; found {', '.join(entry) or 'nothing'}; {allowed}")
    if kind == "split" and len(entry) != 1:
        raise VocError(f"needs either examples (of a theme) or subthemes; found {' and '.join(entry) or 'neither'}")


def _edit(kind: str, raw: dict[str, Any]) -> Edit:
    if kind == "rename":
        return rename(_texts(raw, "examples"), _text(raw, "to"), cast("Level", _text(raw, "level", default="theme")))  # which Edit checks
    if kind == "merge":
        return merge(_groups(raw, "themes"), _text(raw, "to"))
    if kind == "move":
        return move(_texts(raw, "examples"), _texts(raw, "under"))
    if "subthemes" in raw:
        return split_off(_groups(raw, "subthemes"))
    return split(_texts(raw, "examples")) if kind == "split" else hide(_texts(raw, "examples"))


def _given(raw: dict[str, Any], names: list[str]) -> GivenTheme:
    name, description = " ".join(_text(raw, "name").split()), _text(raw, "description").strip()
    examples = tuple(dict.fromkeys(text.redact(t) for t in _texts(raw, "examples") if t.strip()))
    if not name:
        raise VocError("name must not be blank")
    if name.casefold() in {n.casefold() for n in names}:
        raise VocError(f"the name “{name}” is given twice; each theme needs its own")
    if not description and not examples:
        raise VocError(f"“{name}” needs a description or examples, or both; found neither")
    return GivenTheme(name, description, examples)


def _text(raw: dict[str, Any], key: str, *, default: str = "") -> str:
    value = raw.get(key, default)
    if not isinstance(value, str):
        raise VocError(f"{key} must be text in quotation marks; found {_kind_of(value)}")
    return value


def _texts(raw: dict[str, Any], key: str) -> tuple[str, ...]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise VocError(f'{key} must be a list of texts such as ["...", "..."]; found {_kind_of(value)}')
    return tuple(value)


def _groups(raw: dict[str, Any], key: str) -> tuple[tuple[str, ...], ...]:
    value = raw[key]
    texts = [item if isinstance(item, list) else [None] for item in value] if isinstance(value, list) else [[None]]
    if not all(isinstance(t, str) for group in texts for t in group):
        raise VocError(f'{key} must be a list of lists of texts such as [["...", "..."], ["...", "..."]]; found {_kind_of(value)}')
    return tuple(tuple(group) for group in value)


def _kind_of(value: Any) -> str:
    """What was found, without saying it: it may be a comment."""
    if isinstance(value, list):
        inside = sorted({_kind_of(v) for v in value})
        return f"a list of {listed(inside)}" if inside else "an empty list"
    names = {str: "a text", bool: "true or false", int: "a number", float: "a number", dict: "a section"}
    return names.get(type(value), "a date or time")


def _edit_text(edit: Edit) -> str:
    lines = [f"[[{edit.action}]]"]
    lines += [f"to = {_quoted(edit.label)}"] if edit.label else []
    lines += [f"level = {_quoted(edit.level)}"] if edit.action == "rename" else []
    if edit.action == "merge" or (edit.level == "subtheme" and edit.action == "split"):
        lines += ["themes = [" if edit.action == "merge" else "subthemes = [", *(f"  {_list(group, '  ')}," for group in edit.examples), "]"]
    else:
        lines += [f"{key} = {_list(group)}" for key, group in zip(("examples", "under"), edit.examples, strict=False)]
    return "\n".join(lines) + "\n"


def _given_text(given: GivenTheme) -> str:
    lines = [f"[[{SEED}]]", f"name = {_quoted(given.name)}"]
    lines += [f"description = {_quoted(given.description)}"] if given.description else []
    lines += [f"examples = {_list(tuple(text.redact(t) for t in given.examples))}"] if given.examples else []
    return "\n".join(lines) + "\n"


def _list(texts: tuple[str, ...], indent: str = "") -> str:
    """A list with one text on each line."""
    return "\n".join(["[", *(f"{indent}  {_quoted(t)}," for t in texts), f"{indent}]"])


def _quoted(value: str) -> str:
    """A text in TOML, which has JSON's way of writing it but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
