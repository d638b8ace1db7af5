"""A published pack and the same pack made again -> what differs, each difference in a sentence: file, what it shows, what comes out."""

from __future__ import annotations

import base64
import csv
import difflib
import hashlib
import io
import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import bs4
import openpyxl
import pandas as pd
from bs4.element import NavigableString, Tag
from PIL import Image

from voc import display

CLOSE = 1e-9  # relative; sums over threads end in other digits
MOST = 5  # differences of one file that are named; the rest is counted
AROUND = 30  # characters that are shown before and after what differs
LONGEST = 160
PICTURE = re.compile(r'(src="data:image/png;base64,)([^"]*)')
FULL = re.compile(r'(<data\b[^>]*\bvalue=")[^"]*')
WORDS = {"alt": "a picture's description: ", "tag": "markup: ", "picture": "a picture: ", "style": "style sheet: "}


@dataclass(frozen=True)
class Difference:
    """One difference.

    Attributes:
        file: in the pack, such as "tables/02-5-0.csv".
        place: in a JSON file its keys, "score.value"; "run.json" for what stands behind a page; else empty, or where it is.
        sentence: what is said of it.
    """

    file: str
    place: str
    sentence: str


def packs(published: Path, made: Path, *, pictures: bool, leave: Iterable[str] = ()) -> list[Difference]:
    """Compare two folders, file by file.

    Args:
        published: the pack as it was published.
        made: the pack made again.
        pictures: pictures must be the same too, not their descriptions alone.
        leave: files whose content is not compared here.
    """
    one, other = files(published), files(made)
    out = []
    for name in sorted(one | other):
        if name not in one:
            out.append(Difference(name, "", f"{name} is missing, but comes out"))
        elif name not in other:
            out.append(Difference(name, "", f"{name} is in the published report, but does not come out"))
        elif name not in leave:
            out += _file(name, published / name, made / name, pictures=pictures)
    return out


def files(folder: Path) -> set[str]:
    """Names of all files below a folder."""
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}


def _file(name: str, one: Path, other: Path, *, pictures: bool) -> list[Difference]:
    if one.read_bytes() == other.read_bytes():
        return []
    try:
        if one.suffix == ".html":
            return _pages(name, one.read_text(encoding="utf-8"), other.read_text(encoding="utf-8"), pictures=pictures)
        if one.suffix in READERS:
            return values(name, READERS[one.suffix](one), READERS[one.suffix](other))
        lines = [[("text", line) for line in f.read_text(encoding="utf-8").splitlines()] for f in (one, other)]
    except (ValueError, OSError, KeyError, BadZipFile, csv.Error):
        return [Difference(name, "", f"{name} cannot be read")]
    return _sequences(name, lines[0], lines[1])


def values(name: str, one: dict[str, Any], other: dict[str, Any]) -> list[Difference]:
    """Compare values by their places."""
    out = []
    for place in dict.fromkeys([*one, *other]):
        if place not in other:
            said = f"{_said(one[place])} is published, nothing comes out"
        elif place not in one:
            said = f"nothing is published, {_said(other[place])} comes out"
        elif not same(one[place], other[place]):
            said = _both(one[place], other[place])
        else:
            continue
        out.append(Difference(name, place, f"{name}, {place}: {said}"))
    return out


def same(one: object, other: object) -> bool:
    """Whether two values are the same; numbers may end in other digits."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=1e-12) or (math.isnan(one) and math.isnan(other))
    return one == other


def flat(value: Any, place: str = "") -> dict[str, Any]:
    """The values of a JSON document by their places: "act.cards.0.title"."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    out = {k: v for key, inner in inside for k, v in flat(inner, f"{place}.{key}" if place else str(key)).items()}
    return out or {place: value}


def shortened(differences: Iterable[Difference]) -> list[str]:
    """The sentences; of a file with many only the first ones, and how many more there are."""
    of: dict[str, list[str]] = {}
    for found in differences:
        page = found.file.endswith(".html")
        of.setdefault(f"{found.place}, {found.file}" if page and found.place else found.file, []).append(found.sentence)
    return [
        line
        for name, lines in of.items()
        for line in (lines if len(lines) <= MOST else [*lines[:MOST], f"{name}: {display.plural(len(lines) - MOST, 'more difference')}"])
    ]


# Readers: a file -> its values by their places.


def _of_json(file: Path) -> dict[str, Any]:
    return flat(json.loads(file.read_text(encoding="utf-8")))


def _of_csv(file: Path) -> dict[str, Any]:
    head, *rows = [*csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline=""))] or [[]]
    named = [f"“{name}”" for name in head]
    out: dict[str, Any] = {f"heading {j}": name for j, name in enumerate(head, start=1)}
    for i, row in enumerate(rows, start=1):
        out |= {f"row {i}, {named[j] if j < len(named) and named.count(named[j]) == 1 else f'column {j + 1}'}": _number(v) for j, v in enumerate(row)}
    return out


def _of_workbook(file: Path) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for k, sheet in enumerate(openpyxl.load_workbook(file), start=1):
        out[f"sheet {k}"] = f"{sheet.title} ({sheet.sheet_state})"
        out |= {f"sheet {sheet.title}, cell {cell.coordinate}": cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None}
    return out


def _of_parquet(file: Path) -> dict[str, Any]:
    frame = pd.read_parquet(file)
    out: dict[str, Any] = {f"column {j}": str(name) for j, name in enumerate(frame.columns, start=1)}
    for name in frame:
        cells = frame[name].astype(object).where(frame[name].notna(), None).tolist()
        out |= {f"row {i}, “{name}”": v for i, v in enumerate(cells, start=1)}
    return out


READERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    ".json": _of_json, ".csv": _of_csv, ".xlsx": _of_workbook, ".parquet": _of_parquet,
}  # fmt: skip


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


# Pages.


def _pages(name: str, one: str, other: str, *, pictures: bool) -> list[Difference]:
    """Texts, descriptions of pictures and markup of two pages; a full value behind a number may end in other digits."""
    one, other = (PICTURE.sub(lambda m: m[1] + (_pixels(m[2]) if pictures else ""), text) for text in (one, other))
    soups = [bs4.BeautifulSoup(text, "html.parser") for text in (one, other)]
    full = [{f"full value of #{tag.get('id')}": _number(str(tag.get("value"))) for tag in soup.find_all("data")} for soup in soups]
    out = [replace(d, place="") for d in values(name, full[0], full[1])]
    if FULL.sub(r"\1", one) == FULL.sub(r"\1", other):
        return out
    seen = _sequences(name, *([*_tokens(soup)] for soup in soups))
    return [*out, *seen] if out or seen else [Difference(name, "", f"{name}: its markup is written in another way")]


def _pixels(encoded: str) -> str:
    """A name for what a picture shows, however it is compressed."""
    try:
        with Image.open(io.BytesIO(base64.b64decode(encoded))) as picture:
            return hashlib.sha256(repr(picture.size).encode() + picture.convert("RGBA").tobytes()).hexdigest()
    except (ValueError, OSError):
        return hashlib.sha256(encoded.encode()).hexdigest()


def _tokens(soup: bs4.BeautifulSoup) -> Iterable[tuple[str, str]]:
    """What a page consists of, in order: (kind, text)."""
    for node in soup.descendants:
        if isinstance(node, Tag):
            kept = {k: v for k, v in node.attrs.items() if k not in ("alt", "src") and not (k == "value" and node.name == "data")}
            yield "tag", " ".join([f"<{node.name}", *(f"{k}={_attribute(v)!r}" for k, v in sorted(kept.items()))]) + ">"
            if "alt" in node.attrs:
                yield "alt", str(node["alt"])
            if "src" in node.attrs:
                yield "picture", str(node["src"])
        elif isinstance(node, NavigableString) and node.strip():
            yield "style" if node.parent is not None and node.parent.name == "style" else "text", " ".join(node.split())


def _attribute(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


def _sequences(name: str, one: list[tuple[str, str]], other: list[tuple[str, str]]) -> list[Difference]:
    """What differs between two sequences of pieces; those that take each other's place are set against each other."""
    out = []
    for word, i, j, k, m in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if word == "equal":
            continue
        paired = j - i == m - k and [kind for kind, _ in one[i:j]] == [kind for kind, _ in other[k:m]]
        if paired:
            said = [WORDS.get(a[0], "") + _pictured(a[0], a[1], b[1]) for a, b in zip(one[i:j], other[k:m], strict=True) if a != b]
        else:
            said = [_both(_text(one[i:j]), _text(other[k:m]))]
        out += [Difference(name, "", f"{name}: {sentence}") for sentence in said]
    return out


def _pictured(kind: str, one: str, other: str) -> str:
    return "another one is published than comes out" if kind == "picture" else _both(one, other)


def _text(pieces: list[tuple[str, str]]) -> str:
    """Pieces as one text; their markup only where there is nothing else."""
    said = " ".join(text for kind, text in pieces if kind in ("text", "alt"))
    return said or " ".join("a picture" if kind == "picture" else text for kind, text in pieces)


def _both(one: object, other: object) -> str:
    """What is published and what comes out; of two texts the part that differs."""
    if isinstance(one, str) and isinstance(other, str):
        one, other = _parts(one, other)
    return f"{_said(one)} is published, {_said(other)} comes out"


def _parts(one: str, other: str) -> tuple[str, str]:
    """Two texts without what both begin and end with, but for a few words around."""
    short = min(len(one), len(other))
    start = next((i for i in range(short) if one[i] != other[i]), short)
    end = next((i for i in range(short - start) if one[-1 - i] != other[-1 - i]), short - start)
    first = max(0, start - AROUND)
    first = 0 if first == 0 else one.rfind(" ", 0, first) + 1
    out = []
    for text in (one, other):
        last = min(len(text), len(text) - end + AROUND)
        last = len(text) if last == len(text) or (at := text.find(" ", last)) < 0 else at
        out.append(f"{'…' if first else ''}{text[first:last]}{'…' if last < len(text) else ''}")
    return out[0], out[1]


def _said(value: object) -> str:
    """A value as a sentence shows it."""
    if not isinstance(value, str):
        return "an empty value" if value is None else f"{value}"
    if not value:
        return "an empty text"
    return f"“{value if len(value) <= LONGEST else value[: LONGEST - 2] + ' …'}”"
