"""Groups of texts -> a name for each, in customers' own words: frequent there, rare elsewhere, close to the middle of the group."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from voc import encode
from voc.schema import VocError
from voc.themes import phrases
from voc.themes.lexicon import stem_of
from voc.themes.merit import LENGTHS, Groups, Matrix, Merit, groups_of, merit_of
from voc.themes.phrases import WORD, Floats, Ints, Tokens, Windows, readable_phrase

__all__ = ["WORD", "Name", "name", "readable_phrase"]

SHORTLIST = 25  # phrases of a group whose meaning is looked at,
SINGLE = 6  # of which so many single words
OUTSIDE = 4000  # texts of other groups that a phrase is held against
TOO_NEAR = 0.9  # a text is near a phrase when it is nearer than this share of other groups' texts
POWER = 2.0  # weight of meaning beside wording
WORDS = 8
VAGUE = frozenset("any other another others different".split())  # they point at something outside the phrase
QUOTED = 3
ENGLISH = "en"  # only there does a capital letter tell a name
OTHER = "Other comments"
READ_ALL_UP_TO = 20_000  # texts; of more, 300 of each group are read
CENTRAL, RANDOM = 200, 100
JOINED = 3  # single words that may be joined by "and",
JOINT = 0.38  # at this worth beside what customers typed themselves,
PARTNER = 0.3  # and where the second has at least this part of the first one's merit,
NOUN = 0.15  # a word is taken for a noun when it follows an article or the like this often; others are worth
OTHER_WORD = 0.5
ALIKE = 0.6  # unless their meaning is this near
FAR_BELOW = 0.2  # of a longer name ("staff very helpful" beside "staff"): so poor a name of its own is not better
SEED = 20240229


Embed = Callable[[Sequence[str]], Matrix]


@dataclass(frozen=True)
class Name:
    """What a group is called.

    Attributes:
        label: a short phrase, distinct from all others.
        words: up to eight phrases or words that set the group apart, the best first.
        fits: share 0..1 of the group's texts that the label speaks for: they have its most telling word in any inflection, or are
            nearer in meaning to it than to any other group's label.
        says: one sentence saying what is in the group.
    """

    label: str
    words: tuple[str, ...]
    fits: float
    says: str


@dataclass(frozen=True)
class _Choice:
    """A phrase that a group could be named by, with the stems of its words; the higher `merit`, the better. `of`: words joined by us."""

    text: str
    stems: frozenset[int]
    head: int
    merit: float
    of: tuple[str, ...] = ()


def name(
    texts: Sequence[str],
    labels: Ints,
    vectors: Matrix,
    *,
    parent: Ints | None = None,
    complaint: Floats | None = None,
    embed: Embed = encode.encode,
) -> list[Name]:
    """Name groups of texts; the order of the texts does not matter.

    Args:
        texts: n distinct texts.
        labels: (n,) group of each text, 0 .. k-1, none empty.
        vectors: (n, d) unit vectors of the texts by `voc.encode`.
        parent: (k,) the larger group that each belongs to; siblings are told apart first. None: all are siblings.
        complaint: (n,) how far each text is told as a complaint, 0..1, nan where that is not known. Where a group is one-sided, phrases
            that say so go first.
        embed: makes vectors of phrases, by the encoder that made the texts' vectors.

    Returns:
        k names.

    Raises:
        VocError: lengths differ, or a group has no text.

    Notes:
        A phrase's merit is the salience of its words (share of the group's texts that have the word, times the logarithm of how much larger
        that is than elsewhere, siblings counting half: class-based TF-IDF), its own frequency, whether it stands as a whole, and how much
        nearer its meaning is to the group's centre than to the nearest other centre.

    References:
        Grootendorst 2022, arXiv:2203.05794 (class-based TF-IDF); Frantzi, Ananiadou & Mima 2000, doi:10.1007/s007999900023 (whole terms).
    """
    _checked(texts, labels, vectors, parent, complaint)
    if not len(texts):
        return []
    order = np.array(sorted(range(len(texts)), key=texts.__getitem__), dtype=np.int64)
    order = order[_read(labels[order], vectors[order])]
    groups = groups_of(labels[order], parent, None if complaint is None else complaint[order])
    tokens = phrases.read([texts[i] for i in order])
    found = phrases.windows(tokens)
    choices = _near(_shortlists(tokens, found, groups), groups, vectors[order], embed)
    labelled = _chosen(choices, groups)
    fits = _fits(labelled, tokens, groups, vectors[order], embed)
    return [
        Name(chosen.text, tuple(c.text for c in _distinct(own)), fit, _says(own)) for chosen, own, fit in zip(labelled, choices, fits, strict=True)
    ]


def _checked(texts: Sequence[str], labels: Ints, vectors: Matrix, parent: Ints | None, complaint: Floats | None) -> None:
    n = len(texts)
    if len(labels) != n or len(vectors) != n or (complaint is not None and len(complaint) != n):
        raise VocError(f"names need one label, vector and tone for each text; found {len(labels)} labels and {len(vectors)} vectors for {n} texts")
    if n and (labels.min() < 0 or (np.bincount(labels) == 0).any()):
        raise VocError(f"groups must be numbered 0, 1, 2 ... and each hold a text; found labels {np.unique(labels)[:5].tolist()} ...")
    if n and parent is not None and len(parent) != labels.max() + 1:
        raise VocError(f"names need one parent for each group; found {len(parent)} for {labels.max() + 1} groups")


def _read(labels: Ints, vectors: Matrix) -> Ints:
    """Positions of the texts that are read: all, or the most central and some others of each group."""
    if len(labels) <= READ_ALL_UP_TO:
        return np.arange(len(labels))
    rng = np.random.default_rng(SEED)
    kept = []
    for g in range(int(labels.max()) + 1):
        members = np.flatnonzero(labels == g)
        nearest = np.argsort(-(vectors[members] @ vectors[members].mean(axis=0)), kind="stable")
        kept += [members[nearest[:CENTRAL]], members[rng.permutation(nearest[CENTRAL:])[:RANDOM]]]
    return np.sort(np.concatenate(kept))


def _shortlists(tokens: Tokens, found: Windows, groups: Groups) -> list[list[_Choice]]:
    """The most telling phrases of each group by wording alone."""
    case = phrases.casing(tokens)
    proper = {w for w, form in phrases.casing(tokens, ENGLISH).items() if form[0].isupper()}
    merit = merit_of(tokens, found, groups, frozenset(map(stem_of, proper)))
    nouns = phrases.nouns(tokens)
    rows = np.flatnonzero(merit.use)[np.lexsort((found.start[merit.use], found.key[merit.use]))]
    first = np.searchsorted(found.key[rows], np.arange(len(found.core) + 1))
    out = []
    for g in range(len(groups.sizes)):
        choices = []
        for key, value in _best(merit, found, g):
            here = rows[first[key] : first[key + 1]]
            stems = [int(s) for s in found.stems[key] if s >= 0]
            text = phrases.typed_as(tokens, found, here[groups.labels[found.text[here]] == g], case)
            head = max(stems, key=lambda s: (merit.salience[g, s], -s))
            choices.append(_Choice(text, frozenset(stems), head, value * _form(text.lower(), nouns, proper)))
        alike = [[c for c in choices if (nouns.get(c.text.lower(), 0) >= NOUN) == noun] for noun in (True, False)]
        out.append(choices + _joined(alike[0]) + _joined(alike[1]))
    return out


def _best(merit: Merit, found: Windows, group: int) -> list[tuple[int, float]]:
    """Keys and merits of a group's best single words and best phrases."""
    entries = merit.value.getrow(group)
    order = np.lexsort((entries.indices, -entries.data))
    single = (found.stems[entries.indices[order]] >= 0).sum(axis=1) == 1
    best = np.concatenate([order[single][:SINGLE], order[~single][: SHORTLIST - SINGLE]])
    return [(int(key), float(value)) for key, value in zip(entries.indices[best], entries.data[best], strict=True)]


def _joined(choices: list[_Choice]) -> list[_Choice]:
    """The best single words in pairs, "delivery and order"."""
    single = sorted((c for c in choices if len(c.stems) == 1 and " " not in c.text), key=lambda c: (-c.merit, c.text))[:JOINED]
    return [
        _Choice(f"{a.text} and {b.text}", a.stems | b.stems, a.head, (a.merit + b.merit) / LENGTHS[1] / 2**0.5 * JOINT, (a.text, b.text))
        for i, a in enumerate(single)
        for b in single[i + 1 :]
        if b.merit > a.merit * PARTNER
    ]


def _form(phrase: str, nouns: dict[str, float], proper: Set[str]) -> float:
    """A factor for how a phrase reads: two things joined say more, names of people, places and companies less, a lone verb less."""
    words = phrase.split()
    named = sum(w in proper for w in words)
    alone = len(words) == 1 and nouns.get(phrase, 0) < NOUN
    vague = 0.5 if VAGUE & set(words) else 1.0
    return vague * (1.4 if "and" in words[1:-1] else 1.0) * (0.2 if 2 * named > len(words) else 1.0) * (OTHER_WORD if alone else 1.0)


def _near(shortlists: list[list[_Choice]], groups: Groups, vectors: Matrix, embed: Embed) -> list[list[_Choice]]:
    """Each shortlist in the order of wording and meaning together."""
    wanted = sorted({c.text for choices in shortlists for c in choices})
    if not wanted:
        return shortlists
    meaning = embed(wanted)
    place = {text: i for i, text in enumerate(wanted)}
    sample = np.sort(np.random.default_rng(SEED).permutation(len(vectors))[:OUTSIDE])
    out = []
    for g, choices in enumerate(shortlists):
        own = meaning[[place[c.text] for c in choices]]
        outside = vectors[sample[groups.labels[sample] != g]] @ own.T
        inside = vectors[groups.labels == g] @ own.T
        limit = np.quantile(outside, TOO_NEAR, axis=0) if len(outside) and len(choices) else np.zeros(len(choices))
        reached = (inside > limit).mean(axis=0)
        ranked = [replace(c, merit=round(float(c.merit * (0.1 + r) ** POWER), 9)) for c, r in zip(choices, reached, strict=True)]
        ranked = [c for c in ranked if not c.of or float(meaning[place[c.of[0]]] @ meaning[place[c.of[1]]]) < ALIKE]
        out.append(sorted(ranked, key=lambda c: (-c.merit, c.text)))
    return out


def _chosen(choices: list[list[_Choice]], groups: Groups) -> list[_Choice]:
    """One phrase for each group, the surest first: none has only telling words of another."""
    taken: list[_Choice] = []
    out: dict[int, _Choice] = {}
    for g in sorted(range(len(choices)), key=lambda g: (-choices[g][0].merit if choices[g] else 0.0, -groups.sizes[g], g)):
        free = [c for c in choices[g] if not any(c.stems <= t.stems or t.stems <= c.stems for t in taken)]
        fuller = [c for c in choices[g] if not any(c.stems <= t.stems for t in taken)]
        if fuller and max((c.merit for c in free), default=0.0) < FAR_BELOW * fuller[0].merit:
            free = fuller
        used = {s for t in taken for s in t.stems}
        best = max(free, key=lambda c: c.merit * 0.7 ** len(c.stems & used), default=None)
        best = best or _listed(choices[g], {t.text for t in taken})
        out[int(g)] = _Choice(best.text[0].upper() + best.text[1:], best.stems, best.head, best.merit)
        taken.append(out[int(g)])
    return [out[g] for g in range(len(choices))]


def _listed(choices: list[_Choice], taken: set[str]) -> _Choice:
    """The last resort: the best words one after another, or a number."""
    words = _distinct(choices)
    for width in range(2, len(words) + 1):
        text = ", ".join(c.text for c in words[:width])
        if text[0].upper() + text[1:] not in taken:
            return _Choice(text, frozenset[int]().union(*(c.stems for c in words[:width])), words[0].head, 0.0)
    count = sum(t.startswith(OTHER) for t in taken)
    return _Choice(f"{OTHER} {count + 1}" if count else OTHER, frozenset(), -1, 0.0)


def _fits(labelled: list[_Choice], tokens: Tokens, groups: Groups, vectors: Matrix, embed: Embed) -> list[float]:
    """Share of each group's texts that its label speaks for."""
    nearest = (vectors @ embed([c.text for c in labelled]).T).argmax(axis=1)
    head = np.array([c.head for c in labelled])[groups.labels]
    spoken = nearest == groups.labels
    spoken[tokens.text[tokens.stem == head[tokens.text]]] = True
    return [float(spoken[groups.labels == g].mean()) for g in range(len(labelled))]


def _distinct(choices: list[_Choice]) -> list[_Choice]:
    """The best phrases that share no telling word."""
    kept: list[_Choice] = []
    for c in choices:
        if len(kept) < WORDS and not c.of and not any(c.stems & k.stems for k in kept):
            kept.append(c)
    return kept


def _says(choices: list[_Choice]) -> str:
    """A sentence that quotes the best phrases, single words only where there are no more."""
    quoted = [f"“{c.text}”" for c in _distinct(sorted(choices, key=lambda c: " " not in c.text))[:QUOTED]]
    if not quoted:
        return "These comments have no words in common."
    return f"Customers write {quoted[0]}." if len(quoted) == 1 else f"Customers write {', '.join(quoted[:-1])} and {quoted[-1]}."
