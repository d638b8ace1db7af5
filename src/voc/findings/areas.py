"""`areas.toml` + Survey + Themes -> who owns what: touchpoints, questions and themes, each with a team that acts on it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from voc import schema
from voc.ingest import Survey
from voc.schema import TOUCHPOINT, VocError
from voc.themes import Themes

FILE = "areas.toml"
KEYS: dict[str, tuple[Any, str]] = {
    "team": (str, "text"), "touchpoint": (str, "text"), "question": (str, "text"), "theme": (list, "a list of example comments"),
    "can_act": (bool, "true or false"), "next_step": (str, "text"),
}  # fmt: skip
MOSTLY_HERE = 0.5  # of those concerned, for a touchpoint's owner to own a theme
OWNED = ("touchpoint", "question", "theme")


@dataclass(frozen=True)
class Area:
    """One entry of `areas.toml`: a team and one thing that it owns.

    Attributes:
        team: who acts.
        touchpoint: a touchpoint of the survey, "" for none.
        question: name of a rating in the mapping, "" for none.
        theme: example comments by which a theme is found, () for none.
        can_act: whether the team can do something about it.
        next_step: what it does next, in its own words; "" where it has not said.
        where: which entry of the file.
    """

    team: str
    touchpoint: str = ""
    question: str = ""
    theme: tuple[str, ...] = ()
    can_act: bool = True
    next_step: str = ""
    where: str = ""


@dataclass(frozen=True)
class Owners:
    """Who owns what in one survey.

    Attributes:
        areas: all entries of the file that match something.
        themes: theme id -> its entry.
        questions: rating -> its entry.
        touchpoints: touchpoint -> its entry.
        notes: entries that match nothing, each as a sentence.
        given: there is an `areas.toml`.
    """

    areas: tuple[Area, ...] = ()
    themes: dict[int, Area] = field(default_factory=dict)
    questions: dict[str, Area] = field(default_factory=dict)
    touchpoints: dict[str, Area] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    given: bool = False

    @property
    def teams(self) -> tuple[str, ...]:
        """Teams in the order of the file, each once."""
        return tuple(dict.fromkeys(a.team for a in self.areas))

    def of_theme(self, theme: int, survey: Survey, concerned: pd.Index) -> Area | None:
        """Who owns a theme; else who owns the touchpoint that most of those concerned (index of `survey.answers`) come from; else None."""
        if theme in self.themes or TOUCHPOINT not in survey.answers:
            return self.themes.get(theme)
        places = survey.answers.loc[concerned, TOUCHPOINT].value_counts(normalize=True)
        return self.touchpoints.get(str(places.index[0])) if len(places) and places.iloc[0] > MOSTLY_HERE else None


def read(survey: Survey) -> tuple[Area, ...]:
    """The entries of the `areas.toml` beside the survey's mapping; none where there is no such file.

    Raises:
        VocError: it is not TOML, or an entry says something that voc does not know; names the entry.
    """
    file = Path(survey.mapping.folder) / FILE
    if not survey.mapping.folder or not file.is_file():
        return ()
    try:
        return parse(tomllib.loads(file.read_text(encoding="utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise VocError(f"{FILE} is not a valid TOML file: {error}") from None


def parse(raw: dict[str, Any]) -> tuple[Area, ...]:
    """Check the entries and build them.

    Raises:
        VocError: an unknown heading or key, a value of another kind, no team, or not exactly one of touchpoint, question and theme.
    """
    for key in raw:
        if key != "area":
            raise VocError(f'{FILE}: "{key}" is not known{schema.closest(key, ["area"])}; each entry stands under the heading [[area]]')
    entries: Any = raw.get("area", [])
    if not isinstance(entries, list):
        raise VocError(f"{FILE}: each entry stands under a heading of its own, [[area]] with two brackets on each side")
    return tuple(_area(entry, f"entry {i}") for i, entry in enumerate(entries, start=1))


def _area(entry: dict[str, Any], where: str) -> Area:
    for key, value in entry.items():
        if key not in KEYS:
            raise VocError(f'{FILE}, {where}: "{key}" is not known{schema.closest(key, KEYS)}; allowed: {", ".join(KEYS)}')
        kind, words = KEYS[key]
        if not isinstance(value, kind) or (kind is list and not all(isinstance(v, str) for v in list(value))):
            raise VocError(f"{FILE}, {where}: {key} must be {words}; found {type(value).__name__}")
    if not entry.get("team", "").strip():
        raise VocError(f'{FILE}, {where}: needs team = "who acts"')
    owned = [key for key in OWNED if entry.get(key)]
    if len(owned) != 1:
        found = " and ".join(owned) or "none"
        raise VocError(f"{FILE}, {where} ({entry['team']}): needs exactly one of touchpoint, question and theme; found {found}")
    values = {**entry, "team": entry["team"].strip(), "theme": tuple(entry.get("theme", ()))}
    return Area(**values, where=f"{FILE}, {where} ({entry['team'].strip()})")


def owners(survey: Survey, themes: Themes) -> Owners:
    """Who owns what: the entries of `areas.toml` matched with the survey and its themes. Of two that match the same thing the first counts.

    Args:
        survey: the answers.
        themes: found on comments that include the survey's.

    Raises:
        VocError: as `read`.
    """
    found = read(survey)
    by_theme: dict[int, Area] = {}
    by_question: dict[str, Area] = {}
    by_touchpoint: dict[str, Area] = {}
    notes: list[str] = []
    used: list[Area] = []
    for area in found:
        why = _add(area, survey, themes, (by_theme, by_question, by_touchpoint))
        if why:
            notes.append(f"{area.where} is not used: {why}.")
        else:
            used.append(area)
    return Owners(tuple(used), by_theme, by_question, by_touchpoint, tuple(notes), given=bool(found))


def _add(area: Area, survey: Survey, themes: Themes, taken: tuple[dict[int, Area], dict[str, Area], dict[str, Area]]) -> str:
    """Give an entry what it names; why it cannot have it, "" where it can."""
    if area.theme:
        theme, why = themes.match(area.theme)
        if theme < 0:
            return f"no theme fits: {why}"
        return _give(taken[0], theme, area)
    if area.question:
        allowed, what, name, place = [q.name for q in survey.mapping.ratings], "question", area.question, taken[1]
    else:
        places = survey.answers[TOUCHPOINT].unique().tolist() if TOUCHPOINT in survey.answers else []
        allowed, what, name, place = sorted({str(p) for p in places} - {""}), "touchpoint", area.touchpoint, taken[2]
    if name not in allowed:
        return f"there is no {what} “{name}”{schema.closest(name, allowed)}"
    return _give(place, name, area)


def _give(taken: dict[Any, Area], key: int | str, area: Area) -> str:
    if key in taken:
        return f"it is owned already by {taken[key].team}"
    taken[key] = area
    return ""
