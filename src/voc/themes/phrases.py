"""Texts -> candidate phrases as customers typed them: one to five words that begin and end on words that say something.

There is no tagger: a small lexicon of closed classes says which words carry no meaning of their own, which negate, and
which say something only beside another word. Phrases are counted by their stems, so that "card is not working" and "card
not working", "refund" and "refunds" are one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voc.themes import lexicon
from voc.themes.lexicon import ARTICLES, BREAK, CORE, EMPTY, LANGUAGES, NEGATION, NOT, PLAIN, kind_of, stem_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LONGEST = 5  # words of a phrase
MOST_CONTENT = 4  # of which so many say something
TOKEN = re.compile(r"\[[A-Z_]+\]|[^\W_]+(?:['-][^\W_]+)*|[^\w\s]")
WORD = r"(?u)\b[^\W\d_][\w'-]*\w\b|\b[^\W\d_]\b"  # for scikit-learn's vectorizers
TIME = re.compile(r"\d|\b(?:minute|min|hour|day|week|month|year)s?\b")


@dataclass(frozen=True)
class Tokens:
    """The words of n texts, one after another; a statement ends where a new `segment` begins.

    Attributes:
        typed: words as typed; words: lower case.
        ids: (t,) number of the lower-case word in `vocabulary`.
        text: (t,) position of the text; segment: (t,) number of the statement.
        kind: (t,) BREAK (already left out), EMPTY, NEGATION, PLAIN or CORE.
        stem: (t,) number of the stem; stems: the stems.
        language: (n,) "en" or a key of `LANGUAGES`.
    """

    typed: list[str]
    words: list[str]
    ids: Ints
    vocabulary: list[str]
    text: Ints
    segment: Ints
    kind: Ints
    stem: Ints
    stems: list[str]
    language: NDArray[np.str_]

    def among(self, chosen: Collection[str]) -> NDArray[np.bool_]:
        """(t,) which words are among some."""
        return _among(self.vocabulary, self.ids, chosen)


@dataclass(frozen=True)
class Windows:
    """Every place at which a phrase stands.

    Attributes:
        key: (w,) number of the phrase, the same for all its inflections.
        start: (w,) its first token; length: (w,) words.
        text: (w,) position of the text.
        stems: (keys, 4) stem numbers of a phrase, -1 where it has fewer.
        core: (keys,) how many of its words say something alone.
        edges: (keys,) 0..1, how often it stands as a whole: no further telling word before or after it.
    """

    key: Ints
    start: Ints
    length: Ints
    text: Ints
    stems: Ints
    core: Ints
    edges: Floats


def read(texts: Sequence[str]) -> Tokens:
    """Cut texts into words and statements, and tell each word's kind in the language of its text."""
    typed: list[str] = []
    owner: list[int] = []
    for i, written in enumerate(texts):
        found = TOKEN.findall(written.replace("’", "'"))
        typed += found
        owner += [i] * len(found)
    lower = [t.lower() for t in typed]
    words = sorted(set(lower))
    place = {w: i for i, w in enumerate(words)}
    ids = np.array([place[w] for w in lower], dtype=np.int64)
    text = np.array(owner, dtype=np.int64)
    language = _languages(words, ids, text, len(texts))
    kind = _without_things(words, ids, _kinds(words, ids, language[text]))
    names = [stem_of(w) for w in words]
    stems = sorted({*names, NOT})
    number = {s: i for i, s in enumerate(stems)}
    stem = np.array([number[s] for s in names], dtype=np.int64)[ids]
    stem[kind == NEGATION] = number[NOT]
    kept = kind != BREAK
    segment = np.cumsum(~kept) + text
    shown = np.flatnonzero(kept)
    shown_words = [lower[i] for i in shown]
    return Tokens([typed[i] for i in shown], shown_words, ids[kept], words, text[kept], segment[kept], kind[kept], stem[kept], stems, language)


def windows(tokens: Tokens) -> Windows:
    """All phrases of one to five words that may stand alone."""
    starts, lengths, hashes = [], [], []
    content = tokens.kind >= NEGATION
    quality = _edges(tokens)
    for length in range(1, min(LONGEST, len(tokens.words)) + 1):
        at = _allowed(tokens, content, length)
        code = np.zeros(len(at), dtype=np.uint64)
        for step in range(length):
            code = np.where(content[at + step], code * np.uint64(1_000_003) + (tokens.stem[at + step] + 1).astype(np.uint64), code)
        starts.append(at)
        lengths.append(np.full(len(at), length))
        hashes.append(code)
    start, length_of = np.concatenate([*starts, np.empty(0, np.int64)]), np.concatenate([*lengths, np.empty(0, np.int64)])
    _, first, key = np.unique(np.concatenate([*hashes, np.empty(0, np.uint64)]), return_index=True, return_inverse=True)
    stems, core = _spelled(tokens, content, start[first], length_of[first])
    whole = np.bincount(key, quality[0][start] * quality[1][start + length_of - 1]) / np.maximum(np.bincount(key), 1)
    return Windows(key, start, length_of, tokens.text[start], stems, core, whole)


def casing(tokens: Tokens, language: str = "") -> dict[str, str]:
    """Lower case -> as most customers write it in the middle of a statement, in one language or all; only words that are not lower case."""
    inner = np.flatnonzero((np.diff(tokens.segment, prepend=-1) == 0) & (tokens.language[tokens.text] == (language or tokens.language[tokens.text])))
    counts: dict[str, Counter[str]] = {}
    for i in inner:
        if tokens.typed[i] != tokens.words[i]:
            counts.setdefault(tokens.words[i], Counter())[tokens.typed[i]] += 1
    lower = Counter(tokens.words[i] for i in inner)
    usual = {}
    for word, forms in counts.items():
        form, n = max(forms.items(), key=lambda item: (item[1], item[0]))
        if n > 0.5 * lower[word]:
            usual[word] = form
    return usual


def nouns(tokens: Tokens) -> dict[str, float]:
    """Word -> how often it follows an article, a possessive or "of", 0..1: nouns do, verbs and adjectives hardly ever."""
    inner = np.diff(tokens.segment, prepend=-1) == 0
    after = np.append(False, tokens.among({*ARTICLES, "of", "no"}))[:-1] & inner
    every, led = Counter(tokens.words), Counter(w for w, a in zip(tokens.words, after, strict=True) if a)
    return {w: led[w] / n for w, n in every.items()}


def typed_as(tokens: Tokens, found: Windows, rows: Ints, case: dict[str, str]) -> str:
    """The phrase of these windows as most customers type it, in full: the longest form that at least half as many type as the commonest."""
    forms = Counter(" ".join(tokens.words[i : i + n]) for i, n in zip(found.start[rows], found.length[rows], strict=True))
    plain = {f: n for f, n in forms.items() if not TIME.search(f)} or forms
    kinds = tokens.kind[[found.start[rows[0]], found.start[rows[0]] + found.length[rows[0]] - 1]]
    content = int((found.stems[found.key[rows[0]]] >= 0).sum())
    words = 4 if kinds[0] != CORE else content + (max(plain.values()) > 1 or bool(kinds[1] != CORE))  # "told me to ring", not "told ring"
    form = min(plain, key=lambda f: (-plain[f], abs(f.count(" ") + 1 - words), -f.count(" "), f))
    fuller = [f for f in plain if 2 * plain[f] >= plain[form] > 2 and (f.startswith(f"{form} ") or f.endswith(f" {form}"))]
    form = min(fuller, key=lambda f: (-plain[f], f), default=form)
    return " ".join(case.get(w, w) for w in form.split())


def readable_phrase(phrase: str) -> bool:
    """An English phrase that may stand as a name: it begins and ends on words that say something.

    >>> [readable_phrase(p) for p in ("waiting on hold", "not received", "set it up", "the refund", "told me", "with good")]
    [True, True, True, False, False, False]
    """
    words = phrase.lower().split()
    kinds = [kind_of(w) for w in words]
    thing = any(w == "it" and (not i or kinds[i - 1] < PLAIN or not {*words[i + 1 : i + 2]} & lexicon.PARTICLES) for i, w in enumerate(words))
    if not words or BREAK in kinds or thing:
        return False
    if len(words) == 1:
        return kinds[0] == CORE
    ahead = words[0] in lexicon.AHEAD and ((len(words) == 2 and kinds[1] >= PLAIN) or words[1] == "of")
    too = words[0] in lexicon.INTENSE and kinds[1] >= PLAIN
    long = words[0] == "long" and kinds[1] == EMPTY
    particle = words[-1] in lexicon.PARTICLES and kinds[-1] < PLAIN and (kinds[-2] >= PLAIN or words[-2] == "it")
    lacking = (words[-2] in lexicon.OPENING and kinds[-1] == PLAIN) or (words[-1] in lexicon.REPORTING and kinds[-2] != NEGATION)
    begins, ends = kinds[0] >= NEGATION or ahead or too, (kinds[-1] >= PLAIN and not lacking) or particle
    telling = sum(k >= NEGATION for k in kinds)
    stems = [stem_of(w) for w, k in zip(words, kinds, strict=True) if k >= NEGATION]
    said = CORE in kinds or (PLAIN in kinds and (telling > 1 or ahead or too or particle))
    return begins and ends and not long and said and telling <= MOST_CONTENT and len(set(stems)) == len(stems)


def _allowed(tokens: Tokens, content: NDArray[np.bool_], length: int) -> Ints:
    """Where a phrase of this length may begin."""
    n = len(tokens.words)
    at = np.arange(n - length + 1)
    at = at[tokens.segment[at] == tokens.segment[at + length - 1]]
    kind = tokens.kind
    opened = np.append(False, tokens.among(lexicon.OPENING))[:-1] & (kind == PLAIN)
    unended = tokens.among(lexicon.REPORTING) & (np.append(EMPTY, kind)[:-1] != NEGATION)
    begins, ends = kind >= NEGATION, (kind >= PLAIN) & ~opened & ~unended
    ahead, too = tokens.among(lexicon.AHEAD), tokens.among(lexicon.INTENSE)
    particle = tokens.among(lexicon.PARTICLES) & ~begins
    if length > 1:
        following = np.append(kind[1:], EMPTY)
        begins = begins | (too & (following >= PLAIN)) | (ahead & ((following >= PLAIN) if length == 2 else _next(tokens.among({"of"}))))
        begins &= ~(tokens.among({"long"}) & (following == EMPTY))  # "how long does it"
        before = np.where(np.append(False, tokens.among({"it"}))[:-1], PLAIN, np.append(EMPTY, kind[:-1]))
        closed = ~_next(tokens.among(ARTICLES)) | (np.append(tokens.segment[1:], -1) != tokens.segment)
        ends = ends | (particle & (before >= PLAIN) & closed & (following < PLAIN))
    at = at[begins[at] & ends[at + length - 1] & ~_negated(tokens)[at]]
    parts = sum((content[at + s].astype(np.int64) for s in range(length)), np.zeros(len(at), np.int64))
    core = sum(((kind[at + s] == CORE).astype(np.int64) for s in range(length)), np.zeros(len(at), np.int64))
    plain = sum(((kind[at + s] == PLAIN).astype(np.int64) for s in range(length)), np.zeros(len(at), np.int64))
    twice = np.zeros(len(at), bool)
    for a in range(length):
        for b in range(a + 1, length):
            twice |= content[at + a] & content[at + b] & (tokens.stem[at + a] == tokens.stem[at + b])
    said = (core > 0) | ((plain > 0) & ((parts > 1) | ahead[at] | particle[at + length - 1] | too[at]))
    return np.asarray(at[(parts <= MOST_CONTENT) & said & ~twice])


def _among(vocabulary: list[str], ids: Ints, chosen: Collection[str]) -> NDArray[np.bool_]:
    """(t,) which words are among some."""
    return np.array([w in chosen for w in vocabulary], dtype=bool)[ids]


def _next(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The flag of the following word."""
    return np.append(flags[1:], False)[: len(flags)]


def _negated(tokens: Tokens) -> NDArray[np.bool_]:
    """Words just after a negation: a phrase that began here would say the opposite."""
    negation = (tokens.kind == NEGATION).astype(np.int64)
    out = np.zeros(len(negation), dtype=bool)
    same = np.diff(tokens.segment, prepend=-1) == 0
    out[1:] = same[1:] & (negation[:-1] == 1)
    empty_between = np.append(False, tokens.kind[:-1] == EMPTY) & same
    out[2:] |= empty_between[2:] & same[1:-1] & (negation[:-2] == 1)
    return out


def _edges(tokens: Tokens) -> tuple[Floats, Floats]:
    """How well a phrase may begin, and end, at each word: 1 at the edge of a statement, less beside a telling word."""
    n = len(tokens.words)
    article = tokens.among(ARTICLES)
    inner = np.diff(tokens.segment, prepend=-1) == 0
    left, right = np.ones(n), np.ones(n)
    if n > 1:
        left[1:] = np.where(inner[1:], np.where(tokens.kind[:-1] >= NEGATION, 0.35, 0.95), 1)
        beside = np.where(tokens.kind[1:] >= PLAIN, 0.35, np.where(article[1:], 0.5, 0.9))
        right[:-1] = np.where(inner[1:], beside, 1)
    return left, right


def _spelled(tokens: Tokens, content: NDArray[np.bool_], start: Ints, length: Ints) -> tuple[Ints, Ints]:
    """Stem numbers of phrases, and how many of their words say something alone."""
    stems = np.full((len(start), MOST_CONTENT), -1, dtype=np.int64)
    filled, core = np.zeros(len(start), dtype=np.int64), np.zeros(len(start), dtype=np.int64)
    for step in range(LONGEST):
        at = np.minimum(start + step, max(len(content) - 1, 0))
        rows = np.flatnonzero((step < length) & content[at]) if len(start) else np.empty(0, np.int64)
        stems[rows, filled[rows]] = tokens.stem[at[rows]]
        filled[rows] += 1
        core[rows] += tokens.kind[at[rows]] == CORE
    return stems, core


def _without_things(words: list[str], ids: Ints, kind: Ints) -> Ints:
    """Punctuation and hidden data end a statement; so does "it", which may stand for what was bought, but not in "set it up"."""
    marks = np.array([not (w[0].isalnum()) for w in words], dtype=bool)[ids]
    kind = np.where(marks, BREAK, kind)
    before = np.append(BREAK, kind[:-1])[: len(kind)]
    after = _next(_among(words, ids, lexicon.PARTICLES))
    return np.where(_among(words, ids, {"it", "its"}) & ~((before >= PLAIN) & after), BREAK, kind)


def _languages(words: list[str], ids: Ints, text: Ints, n: int) -> NDArray[np.str_]:
    """The language whose empty words a text has most of; English unless another has clearly more."""
    codes = ["en", *LANGUAGES]
    votes = np.zeros((n, len(codes)), dtype=np.int64)
    for column, code in enumerate(codes):
        known = lexicon.BREAKS | lexicon.EMPTIES | lexicon.NEGATIONS | lexicon.AHEAD if code == "en" else lexicon.stops(code)
        votes[:, column] = np.bincount(text, np.array([w in known for w in words], dtype=float)[ids], minlength=n) if len(ids) else 0
    votes[:, 1:] -= 1  # one word may be chance: "car" is French for "because"
    return np.array(codes)[votes.argmax(axis=1)] if n else np.empty(0, "<U2")


def _kinds(words: list[str], ids: Ints, language: NDArray[np.str_]) -> Ints:
    """(t,) kind of each word in the language of its text."""
    kind = np.array([kind_of(w) for w in words], dtype=np.int64)[ids]
    for code in np.unique(language):
        if code != "en":
            stops, negations = lexicon.stops(str(code)), set(LANGUAGES[str(code)].split())
            own = np.array([NEGATION if w in negations else EMPTY if w in stops or len(w) < 3 or w[0].isdigit() else CORE for w in words])
            kind = np.where(language == code, own[ids], kind)
    return kind
