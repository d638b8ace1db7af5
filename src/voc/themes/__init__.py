"""Comments -> Themes: what customers talk about, found without being told how many themes there are."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voc import encode
from voc.encode import disk
from voc.ingest import Survey
from voc.schema import CUSTOMER, VocError
from voc.themes import assign, build, edits_file, place, renew, tables, tone
from voc.themes.atlas import Atlas, atlas
from voc.themes.codebook import Codebook, load
from voc.themes.edits_file import Changes, GivenTheme
from voc.themes.guided import Seed
from voc.themes.impact import Impact, impact
from voc.themes.monthly import Monthly, monthly
from voc.themes.movement import Movement, movement
from voc.themes.prepare import Units, units_of
from voc.themes.result import Grouped, Themes, Told
from voc.themes.taxonomy import Taxonomy, compare
from voc.themes.voices import Voices, voices

__all__ = [
    "Atlas", "Changes", "Codebook", "GivenTheme", "Impact", "Monthly", "Movement", "Seed", "Taxonomy", "Themes", "Told", "Voices", "atlas",
    "compare", "find", "impact", "load", "monthly", "movement", "voices",
]  # fmt: skip

FEWEST_UNITS = 30


class _Vectors(NamedTuple):
    """Vectors of the units and of the clauses, and the encoder that made them."""

    units: encode.Vectors
    parts: encode.Vectors
    encoder: str


class _How(NamedTuple):
    """How fine, into which saved themes, and whether with the cache."""

    resolution: float | None
    saved: Codebook | None
    use_cache: bool


def find(
    comments: Survey | pd.Series | Sequence[str],
    *,
    resolution: float | None = None,
    saved: Codebook | str | Path | None = None,
    changes: Changes | str | Path | None = None,
    encoder: str = "",
    use_cache: bool = True,
) -> Themes:
    """Find the themes in comments.

    Args:
        comments: a Survey, or n comments as a Series or list of str; missing ones are blank.
        resolution: of the sub-themes; higher values give more and smaller ones. None reads it off the comments: where grouping them again
            and again agrees best.
        saved: themes of an earlier run (or the folder that holds them): comments are placed into these, and only what is new by a test is
            added. None or "" finds all themes afresh.
        changes: an analyst's edits and given themes, or the `themes.toml` that holds them; "" for none.
        encoder: folder of another sentence encoder; "" takes the built-in one.
        use_cache: keep and reuse vectors and themes on disk.

    Returns:
        Themes. With fewer than 30 different texts there are none, and `.headline` says so.

    Raises:
        VocError: the saved themes are from another encoder, or a file cannot be read.

    Notes:
        Duplicates count in sizes and shares, never in the grouping; the same comments in any order give the same themes.
    """
    units = units_of(comments, use_cache=use_cache)
    label = comments.label if isinstance(comments, Survey) else "all comments"
    book = saved if isinstance(saved, Codebook) else load(saved) if saved else None
    if len(units.texts) < (FEWEST_UNITS if book is None else 1):
        return _none(units, label)
    given = changes if isinstance(changes, Changes) else edits_file.read(changes) if changes and str(changes) else Changes()
    vectors = _vectors(units, encoder, use_cache)
    encoder = vectors.encoder
    judged = _tone(comments, units, vectors.parts, use_cache)
    book = _book(comments, units, vectors, judged, given, _How(resolution, book, use_cache))
    placed = place.place(book, units.texts, vectors.units, use_cache=use_cache)
    wholes = assign.whole_units(units, vectors.units, placed, book)
    source = f"{encode.describe(encoder)}; sentences by spaCy's blank English pipeline"
    things = comments.mapping.things if isinstance(comments, Survey) else ()
    grouped = Grouped(tuple(units.texts), vectors.units, placed.sub, tuple(units.parts), vectors.parts, units.clauses[["comment", "part"]].to_numpy())
    none = pd.DataFrame(columns=tables.COLUMNS)
    said = assign.parts(units, vectors.parts, judged, book, wholes, use_cache=use_cache)
    themes = Themes(
        assign.main(units, vectors.units, book, wholes, said), said, none, none, book,
        source=source, languages=units.languages, tone_accuracy=judged.accuracy, label=label, things=things, encoder=encoder, grouped=grouped,
    )  # fmt: skip
    return tables.retold(themes, book.tree) if not given.edits else themes.edited(given.edits)


def _none(units: Units, label: str) -> Themes:
    comments = units.comments.assign(**{name: pd.array([pd.NA] * len(units.comments), dtype="Int64") for name in ("theme", "subtheme", "weak")})
    none = pd.DataFrame(columns=tables.COLUMNS)
    return Themes(comments, pd.DataFrame(columns=assign.COLUMNS), none, none.assign(theme=[]), label=label, languages=units.languages)


def _vectors(units: Units, encoder: str, use_cache: bool) -> _Vectors:
    """Units and clauses encoded together, each text once; a bar shows how far where a person is watching."""
    both = sorted({*units.texts, *units.parts})
    index = {t: i for i, t in enumerate(both)}
    picked = encode.pick(len(both), encoder)
    vectors = encode.encode(both, encoder=picked, use_cache=use_cache, progress=sys.stderr.isatty())
    of_units, of_parts = (vectors[[index[t] for t in texts]] for texts in (units.texts, units.parts))
    return _Vectors(of_units, of_parts, picked)


def _tone(comments: object, units: Units, vectors: encode.Vectors, use_cache: bool) -> tone.Tone:
    """Complaint or praise of each clause, where the comments come with scores."""
    if not isinstance(comments, Survey):
        return tone.Tone(np.full(len(units.clauses), np.nan), float("nan"))
    cohorts = comments.frame["cohort"].to_numpy(dtype=str)
    who = comments.frame[CUSTOMER].fillna("").astype(str).tolist() if CUSTOMER in comments.frame else None
    part, places, texts = units.clauses["part"].to_numpy(), units.clauses["comment"].to_numpy(), units.comments["text"].tolist()

    def judged() -> disk.Arrays:
        found = tone.judge(vectors[part], places, texts, cohorts, who)
        return {"complaint": found.complaint, "accuracy": np.array(found.accuracy)}

    content = [vectors, part, places, cohorts, *texts, *(who or ())]
    found = disk.arrays("tone", content, judged, packages=["scikit-learn", "scipy"], use_cache=use_cache)
    return tone.Tone(found["complaint"], float(found["accuracy"]))


def _book(comments: object, units: Units, vectors: _Vectors, judged: tone.Tone, given: Changes, how: _How) -> Codebook:
    """The themes: found, or saved ones renewed."""
    resolution, saved, use_cache = how
    dates, strata = _first_written(comments, units)
    until = str(dates.max())[:10] if len(dates.dropna()) else ""
    engine = encode.describe(vectors.encoder)
    seeds = tuple(Seed(g.name, g.description, g.examples) for g in given.given)
    if saved is not None:
        if saved.encoder != engine:
            raise VocError(f"the saved themes were found with {saved.encoder}, this run uses {engine}; find them afresh with --rediscover")
        lacking = [s for s in seeds if s.name not in saved.tree.labels.values()]
        if lacking:
            saved = renew.with_given(saved, lacking, units.texts, vectors.units, encoder=vectors.encoder)
        return renew.renew(saved, units.texts, vectors.units, until=until, embed=partial(encode.encode, encoder=vectors.encoder, use_cache=use_cache))
    colour = pd.Series(judged.complaint).groupby(units.clauses["unit"].to_numpy()).mean().reindex(range(len(units.texts))).to_numpy(dtype=np.float64)
    texts = build.Texts(units.texts, vectors.units, np.asarray(colour, dtype=np.float64), strata, engine, vectors.encoder)
    found = build.build(texts, resolution=resolution, seeds=seeds, until=until, use_cache=use_cache)
    months = dates.dt.to_period("M")
    if months.nunique() < 2:
        return found
    placed = place.place(found, units.texts, vectors.units, use_cache=use_cache)
    content = placed.sub, vectors.units, (months == months.max()).to_numpy()
    risen = disk.arrays("risen", content, lambda: {"risen": renew.risen(*content)}, packages=["scipy"], use_cache=use_cache)
    return build.with_newest(found, risen["risen"])


def _first_written(comments: object, units: Units) -> tuple[pd.Series, NDArray[np.int64]]:
    """When each unit was first written, and its month and band as a number."""
    n = len(units.texts)
    if not isinstance(comments, Survey):
        return pd.Series(pd.NaT, index=range(n), dtype="datetime64[ns]"), np.zeros(n, np.int64)
    facts = comments.answers[["date", "cohort"]].iloc[units.places["comment"]].assign(unit=units.places["unit"].to_numpy())
    first = facts.sort_values(["date", "cohort"]).drop_duplicates("unit").set_index("unit").reindex(range(n))
    dates = pd.to_datetime(first["date"])
    month = dates.dt.to_period("M").astype(str)
    return dates, pd.factorize(month + first["cohort"].astype(str), sort=True)[0].astype(np.int64)
