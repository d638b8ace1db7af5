"""Saved themes + a later run's texts -> the same themes, and those that are new by a test with a known rate of false alarms.

A text is far out when it lies farther from its nearest others than 85 % of those the themes were found in. If nothing new is
said, later texts are far out as often as earlier ones, in every corner of what is talked about. So far-out texts, earlier
and later together, are grouped without looking at which is which, and a group is new when later texts are in it far more
often than earlier ones: Fisher's exact test, one-sided, with Bonferroni's correction for the number of groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from voc import encode
from voc.themes import codebook, guided, names, place
from voc.themes.codebook import UNREAD, About, Codebook, Labels
from voc.themes.graph import Matrix, communities, edges_of, neighbours

FAR = 0.15  # share of the texts the themes were found in that count as far out
FALSE_ALARM = 0.05  # rate at which a run in which nothing is new finds something new
FEWEST = 10  # texts of a new theme
RESOLUTION = 1.0
FINE = 4.0  # of the grouping of all texts, in which what is new is a small part

Bools = NDArray[np.bool_]


def renew(found: Codebook, texts: Sequence[str], vectors: Matrix, *, until: str = "", embed: names.Embed = encode.encode) -> Codebook:
    """Take later texts into saved themes: themes that are new are added, every text's place is kept for the next run.

    Args:
        found: the saved themes.
        texts: n distinct unit texts of the later run, sorted; those already known keep their place.
        vectors: (n, d) their unit vectors.
        until: last day, ISO, of the later run's comments.
        embed: makes vectors of phrases, by the same encoder, when a new theme is named.
    """
    fresh = np.flatnonzero(found.known_as(texts) < 0)
    if not len(fresh):
        return replace(found, until=max(until, found.until), newest=found.newest if until <= found.until else ())
    later, written = vectors[fresh], [texts[int(i)] for i in fresh]
    placed = place.place(found, written, later)
    groups = new_groups(found.vectors.astype(np.float32), later, nearness_before=found.near, nearness_now=placed.nearness)
    sub = placed.sub.copy()
    grown, first = found, len(found.tree.parent)
    for g, members in enumerate(groups):
        sub[members] = first + g
    if groups:
        grown = _grown(found, written, later, sub, len(groups), embed)
        voted = place.place(grown, written, later).sub
        sub = np.where(sub >= first, sub, voted)  # others may lie nearest to what is new
    hashes = np.concatenate([grown.known, codebook.hashed(written)])
    order = np.argsort(hashes)
    newest = tuple(grown.tree.parent[first:])
    return replace(grown, known=hashes[order], known_sub=np.concatenate([grown.known_sub, sub])[order], until=max(until, found.until), newest=newest)


def with_given(found: Codebook, seeds: Sequence[guided.Seed], texts: Sequence[str], vectors: Matrix, *, encoder: str = "") -> Codebook:
    """Saved themes with themes that an analyst gave since: the texts that fit these leave the themes where they were.

    Args:
        found: the saved themes.
        seeds: the given themes, none of them among the saved ones.
        texts: n distinct unit texts of the later run.
        vectors: (n, d) their unit vectors.
        encoder: which encoder they are from.

    Raises:
        VocError: no text fits one of the given themes.
    """
    p, first = len(found.vectors), len(found.tree.parent)
    given = guided.place(seeds, np.vstack([found.vectors.astype(np.float32), vectors]), encoder=encoder).label
    guided.refuse_empty(seeds, given)
    kept, said = given[:p], given[p:]
    here = np.flatnonzero(said >= 0)
    own = here[place.prototypes(np.unique(said[here], return_inverse=True)[1])] if len(here) else here
    hashes = np.concatenate([codebook.hashed([texts[int(i)] for i in here]), found.known])
    known, position = np.unique(hashes, return_index=True)  # of two entries for a text the first counts
    known_sub = np.concatenate([first + said[here], found.known_sub])[position]
    moved = replace(found, sub=np.where(kept >= 0, first + kept, found.sub), known=known, known_sub=known_sub)
    return _with(moved, [replace(UNREAD, label=s.name) for s in seeds], vectors[own], first + said[own])


def new_groups(before: Matrix, now: Matrix, *, nearness_before: NDArray[np.float32], nearness_now: NDArray[np.float32]) -> list[Labels]:
    """Groups of later texts that are new, as positions in `now`; the largest first.

    Args:
        before: (p, d) unit vectors of earlier texts.
        now: (n, d) of later ones.
        nearness_before: (p,) how near each earlier text lies to its nearest others.
        nearness_now: (n,) how near each later text lies to the earlier ones.
    """
    limit = np.quantile(nearness_before, FAR)
    far = [np.flatnonzero(near <= limit) for near in (nearness_before, nearness_now)]
    found = _excessive(before, now, far, resolution=RESOLUTION, alarm=FALSE_ALARM / 2)
    everything = [np.arange(len(before)), np.arange(len(now))]
    for group in _excessive(before, now, everything, resolution=FINE, alarm=FALSE_ALARM / 2, mostly=True):
        if not any(np.isin(group, other).any() for other in found):
            found.append(group)
    return sorted(found, key=lambda g: (-len(g), int(g[0])))


def _excessive(before: Matrix, now: Matrix, rows: list[Labels], *, resolution: float, alarm: float, mostly: bool = False) -> list[Labels]:
    """Groups of some of the texts in which later ones are far more often than earlier ones, as positions in `now`.

    Args:
        before: (p, d) of earlier texts.
        now: (n, d) of later ones.
        rows: positions of the earlier and of the later texts that are looked at, chosen without looking at which is which.
        resolution: of the grouping.
        alarm: rate at which groups in which nothing is new give an alarm, all together.
        mostly: only groups of which more than half are later texts: others are known themes that grow.
    """
    old_rows, new_rows = rows
    if len(new_rows) < FEWEST:
        return []
    pooled = np.vstack([before[old_rows], now[new_rows]])
    labels = communities(edges_of(neighbours(pooled, min(15, len(pooled) - 1))), resolution=resolution)
    old, new = labels[: len(old_rows)], labels[len(old_rows) :]
    counts = np.bincount(new, minlength=labels.max() + 1)
    earlier = np.bincount(old, minlength=len(counts))
    p = excess_p(earlier, len(before), counts, len(now))
    tested = int((counts + earlier >= FEWEST).sum())
    sure = (counts >= FEWEST) & (p <= alarm / max(tested, 1)) & ((counts > earlier) | (not mostly))
    return [new_rows[new == g] for g in np.flatnonzero(sure)]


def excess_p(before: Labels, n_before: int, now: Labels, n_now: int) -> NDArray[np.float64]:
    """One-sided exact test (Fisher): the chance of so many later texts in each group, if later ones came there like earlier ones.

    Args:
        before: (groups,) earlier texts in each group.
        n_before: all earlier texts.
        now: (groups,) later texts in each group.
        n_now: all later texts.
    """
    return np.asarray(hypergeom.sf(now - 1, n_before + n_now, before + now, n_now))


def risen(sub: Labels, vectors: Matrix, fresh: Bools) -> Labels:
    """Sub-themes that are new in the latest texts, when there are no saved themes: each is tested as `new_groups` tests its groups.

    Args:
        sub: (n,) sub-theme of each text.
        vectors: (n, d) their unit vectors.
        fresh: (n,) whether the text was first written in the latest month.
    """
    if fresh.sum() < FEWEST or (~fresh).sum() < place.VOTERS:
        return np.empty(0, np.int64)
    earlier = np.flatnonzero(~fresh)
    kept = earlier[place.prototypes(np.unique(sub[earlier], return_inverse=True)[1])]
    near = [place.nearness(rows, vectors[kept]) for rows in (vectors[kept], vectors[fresh])]
    limit = np.quantile(near[0], FAR)
    k = int(sub.max()) + 1
    before = np.bincount(sub[kept][near[0] <= limit], minlength=k)
    now = np.bincount(sub[fresh][near[1] <= limit], minlength=k)
    p = excess_p(before, len(kept), now, int(fresh.sum()))
    return np.flatnonzero((now >= FEWEST) & (p <= FALSE_ALARM / max(int((before + now >= FEWEST).sum()), 1)))


def _grown(found: Codebook, texts: Sequence[str], vectors: Matrix, sub: Labels, count: int, embed: names.Embed) -> Codebook:
    """The themes with new ones added, each with one sub-theme, named against the others."""
    first, theme = len(found.tree.parent), max(found.tree.labels) + 1
    among = np.array([*found.tree.parent, *range(theme, theme + count)])[sub]
    named = names.name(texts, np.unique(among, return_inverse=True)[1], vectors, embed=embed)[-count:]
    members = np.flatnonzero(sub >= first)
    about = [About(_distinct(n.label, found.tree.labels.values()), n.words, n.fits, n.says, float("nan")) for n in named]
    return _with(found, about, vectors[members], sub[members])


def _with(found: Codebook, about: Sequence[About], vectors: Matrix, sub: Labels) -> Codebook:
    """The themes with more of them, each with one sub-theme, and more texts that are kept."""
    first, theme, p = len(found.tree.parent), max(found.tree.labels) + 1, len(found.vectors)
    more = range(len(about))
    tree = replace(
        found.tree,
        parent=(*found.tree.parent, *(theme + i for i in more)),
        labels=found.tree.labels | {theme + i: about[i].label for i in more},
        sublabels=(*found.tree.sublabels, *(a.label for a in about)),
    )
    halves = np.vstack([found.vectors, codebook.half(vectors)])
    wide = halves.astype(np.float32)
    return replace(
        found,
        tree=tree,
        themes=found.themes | {theme + i: about[i] for i in more},
        subthemes=found.subthemes | {first + i: about[i] for i in more},
        vectors=halves,
        near=np.concatenate([found.near, place.nearness(wide[p:], wide)]),
        sub=np.concatenate([found.sub, sub]),
    )


def _distinct(label: str, taken: Iterable[str]) -> str:
    """A name that no other theme has."""
    return f"{label} (new)" if label in taken else label
