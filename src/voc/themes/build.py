"""Units and vectors -> Codebook: both levels found, graded and named, or loaded from the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from voc import encode
from voc.encode import cache
from voc.schema import VocError
from voc.themes import codebook, guided, levels, names, place
from voc.themes.codebook import About, Codebook, Labels
from voc.themes.graph import SEED, Matrix, features
from voc.themes.levels import Levels
from voc.themes.tree import Tree

CODE_VERSION = 12  # raise it when the same texts would be grouped or named differently
FIT_UP_TO = 200_000  # texts; of more, a stratified part is grouped and the others are placed
FITTED = 100_000
AND_MORE = " and other things"  # in the name of a theme that no name speaks for
MIXED = 0.4  # a name that speaks for less of a theme gives way to the names of two sub-themes


@dataclass(frozen=True)
class Texts:
    """What is grouped.

    Attributes:
        texts: n distinct unit texts, sorted.
        vectors: (n, d) their unit vectors.
        complaint: (n,) how far each is told as a complaint, nan where that is not known; it colours names.
        strata: (n,) month and band in which each was first written; evens out the part that is grouped where there are too many.
        encoder: which encoder the vectors are from, in words.
        model: the same as `voc.encode` takes it.
    """

    texts: Sequence[str]
    vectors: Matrix
    complaint: NDArray[np.float64]
    strata: NDArray[np.int64]
    encoder: str
    model: str = ""


def build(units: Texts, *, resolution: float | None, seeds: Sequence[guided.Seed] = (), until: str = "", use_cache: bool = True) -> Codebook:
    """Find, grade and name themes.

    Args:
        units: distinct texts and their vectors.
        resolution: of the sub-themes; None reads it off stability.
        seeds: themes that an analyst gave; texts are placed into them first, the others are grouped.
        until: last day, ISO, of the comments.
        use_cache: keep and reuse the result on disk.
    """
    folder = cache.folder() / "themes" / _key(units, resolution, seeds)
    if use_cache and folder.is_dir():
        with suppress(VocError):  # half-written or of another version: found again and written over
            return replace(codebook.load(folder), until=until)
    found = _found(units, resolution, seeds, use_cache)
    if use_cache:
        found.save(folder)
    return replace(found, until=until)


def _found(units: Texts, resolution: float | None, seeds: Sequence[guided.Seed], use_cache: bool) -> Codebook:
    fitted = _fitted(units.strata)
    texts, vectors = [units.texts[i] for i in fitted], units.vectors[fitted]
    found = _grouped(texts, vectors, resolution, seeds, units.model)
    sub, parent = found.sub, found.parent
    complaint = units.complaint[fitted]
    embed = partial(encode.encode, encoder=units.model, use_cache=use_cache)
    themed = names.name(texts, parent[sub], vectors, complaint=complaint, embed=embed)
    subbed = names.name(texts, sub, vectors, parent=parent, complaint=complaint, embed=embed)
    themes = {t: About(n.label, n.words, n.fits, n.says, float(found.steady[t])) for t, n in enumerate(themed)}
    themes |= {t: replace(themes[t], label=seed.name) for t, seed in enumerate(seeds) if t in themes}
    subthemes = {s: About(n.label, n.words, n.fits, n.says, float(found.substeady[s])) for s, n in enumerate(subbed)}
    themes = {t: _of_its_parts(a, t, sub, parent, subthemes) if t >= len(seeds) else a for t, a in themes.items()}
    tree = Tree(tuple(int(p) for p in parent), {t: a.label for t, a in themes.items()}, tuple(a.label for a in subthemes.values()))
    kept = place.prototypes(sub)
    halves = codebook.half(vectors[kept])
    wide = halves.astype(np.float32)
    nearness = place.nearness(wide, wide)
    hashes = codebook.hashed(texts)
    order = np.argsort(hashes)
    return Codebook(tree, themes, subthemes, halves, sub[kept], nearness, hashes[order], sub[order], units.encoder, found.resolution, found.agreement)


def _of_its_parts(about: About, theme: int, sub: Labels, parent: Labels, subthemes: dict[int, About]) -> About:
    """A theme too mixed for one name is called by the two sub-themes whose names speak for most texts, where that says more; else it says so."""
    sizes = np.bincount(sub, minlength=len(parent))
    spoken = {int(s): float(sizes[s]) * subthemes[int(s)].fits for s in np.flatnonzero(parent == theme)}
    best = sorted(spoken, key=lambda s: (-spoken[s], s))[:2]
    held = sum(spoken[s] for s in best) / max(float(sizes[parent == theme].sum()), 1.0)
    if about.fits >= MIXED:
        return about
    if len(best) < 2 or held <= about.fits:
        return replace(about, label=f"{about.label}{AND_MORE}")
    first, second = (subthemes[s].label for s in best)
    return replace(about, label=f"{first} / {second[:1].lower()}{second[1:]}", fits=held)


def _grouped(texts: Sequence[str], vectors: Matrix, resolution: float | None, seeds: Sequence[guided.Seed], encoder: str) -> Levels:
    """Both levels; an analyst's themes come first, each with one sub-theme, and nobody has measured how steady they are."""
    matrix = features(texts, vectors)
    if not seeds:
        return levels.discover(matrix, resolution=resolution)
    given = guided.place(seeds, vectors, encoder=encoder).label
    rest = np.flatnonzero(given < 0)
    guided.refuse_empty(seeds, given)
    own, steady = np.arange(len(seeds)), np.full(len(seeds), np.nan)
    if len(rest) < levels.SMALLEST:
        sub = np.where(given < 0, guided.place(seeds, vectors, everything=True, encoder=encoder).label, given)
        return Levels(sub, own, steady, steady, float("nan"), {})
    found = levels.discover(matrix[rest], resolution=resolution)
    sub = given.copy()
    sub[rest] = found.sub + len(seeds)
    parent = np.concatenate([own, found.parent + len(seeds)])
    themed, subbed = (np.concatenate([steady, s]) for s in (found.steady, found.substeady))
    return replace(found, sub=sub, parent=parent, steady=themed, substeady=subbed)


def _fitted(strata: NDArray[np.int64]) -> Labels:
    """Positions of the texts that are grouped: all, or 100,000 in the proportions of the strata."""
    n = len(strata)
    if n <= FIT_UP_TO:
        return np.arange(n)
    rng = np.random.default_rng(SEED)
    chosen = [rng.permutation(np.flatnonzero(strata == s)) for s in np.unique(strata)]
    return np.sort(np.concatenate([members[: round(FITTED * len(members) / n)] for members in chosen]))


def _key(units: Texts, resolution: float | None, seeds: Sequence[guided.Seed]) -> str:
    colour = np.round(np.nan_to_num(units.complaint, nan=-1.0), 2)
    given = "\x01".join("\x02".join((s.name, s.description, *s.examples)) for s in seeds)
    digest = hashlib.sha256("\x00".join([str(CODE_VERSION), str(resolution), units.encoder, given, *units.texts]).encode("utf-8", "surrogatepass"))
    digest.update(colour.astype(np.float32).tobytes())
    return digest.hexdigest()


def with_newest(found: Codebook, subs: Labels) -> Codebook:
    """The same themes; those of which most is in sub-themes that are new are called new."""
    parent = found.parent
    share = {t: np.isin(found.known_sub[parent[found.known_sub] == t], subs).mean() for t in np.unique(parent[subs])}
    return replace(found, newest=tuple(int(t) for t, part in share.items() if part > 0.5))
