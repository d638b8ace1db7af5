"""Themes against BERTopic with its defaults and the same encoder, same comments, same run.

Run: `python benchmarks/themes.py FILE.csv --text COLUMN --label COLUMN [--parts quality,stability,guided,several,speed] [--no-peer]`.
Quality, stability and guided mode need labels; "several" uses the synthetic sample's tags; "speed" makes distinct comments of about 20 words
from the file's sentences (`--comments 100000`). Needs requirements-bench.lock (torch==2.13.0 first), except with --no-peer.
Imports are done before a clock starts; UMAP's compilation is part of BERTopic's run.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

import voc
from voc import encode, sample, text, themes
from voc.encode import minilm
from voc.themes import guided

PARTS = ("quality", "stability", "guided", "several", "speed")
SUBSAMPLES, KEPT = 3, 0.9
EXAMPLES = 8
LATER = 2_000


def main() -> None:
    """Measure and print."""
    chosen = _arguments()
    print(f"encoder: {encode.describe()}; processor: {encode.network().precision}; {os.cpu_count()} cores", flush=True)
    parts = chosen.parts.split(",")
    comments, labels = list[str](), None
    if set(parts) - {"several"}:
        frame = pd.read_csv(chosen.file).dropna(subset=[chosen.text])
        comments = frame[chosen.text].astype(str).tolist()
        labels = frame[chosen.label].astype(str).to_numpy() if chosen.label else None
    if labels is not None and "quality" in parts:
        quality(comments, labels, chosen.peer)
    if labels is not None and "stability" in parts:
        stability(comments, labels, chosen.peer)
    if labels is not None and "guided" in parts:
        guided_mode(comments, labels)
    if "several" in parts:
        several()
    if "speed" in parts:
        speed(comments, chosen.comments, chosen.peer)


def quality(comments: list[str], labels: np.ndarray, peer: bool) -> None:
    """NMI, ARI and accuracy (best one-to-one matching), at the level whose number of groups is nearer to the number of labels."""
    start = time.perf_counter()
    found = themes.find(comments, use_cache=False)
    level, mine = nearest_level(found, len(set(labels)))
    print(f"\nquality: {len(comments)} comments, {len(set(labels))} labels")
    print(f"  voc      {scores(labels, mine)}  {len(set(mine))} groups ({level}), left out 0 %, {time.perf_counter() - start:.1f} s", flush=True)
    if peer:
        start = time.perf_counter()
        theirs = bertopic(comments)
        out = np.mean(theirs == -1)
        print(
            f"  BERTopic {scores(labels, theirs)}  {len(set(theirs) - {-1})} groups, left out {out:.0%}, {time.perf_counter() - start:.1f} s",
            flush=True,
        )


def stability(comments: list[str], labels: np.ndarray, peer: bool) -> None:
    """ARI between the full run and runs on 90 % of the comments; the same comments in another order."""
    found = themes.find(comments)
    level, full = nearest_level(found, len(set(labels)))
    rng = np.random.default_rng(0)
    rows = [np.sort(rng.choice(len(comments), round(KEPT * len(comments)), replace=False)) for _ in range(SUBSAMPLES)]
    mine = [adjusted_rand_score(full[r], level_of(themes.find([comments[i] for i in r]), level)) for r in rows]
    order = rng.permutation(len(comments))
    again = themes.find([comments[i] for i in order], use_cache=False)
    same = again.key == found.key and bool((level_of(again, level) == full[order]).all())
    print(f"\nstability ({level}): voc {np.mean(mine):.3f} {np.round(mine, 3)}; shuffled rows: {'identical' if same else 'DIFFERENT'}", flush=True)
    if peer:
        first = bertopic(comments)
        theirs = [adjusted_rand_score(first[r], bertopic([comments[i] for i in r])) for r in rows]
        twice = adjusted_rand_score(first, bertopic(comments))
        print(f"  BERTopic {np.mean(theirs):.3f} {np.round(theirs, 3)}; two runs on identical comments {twice:.3f}", flush=True)


def guided_mode(comments: list[str], labels: np.ndarray) -> None:
    """Eight examples per label against logistic regression on four fifths of the same vectors; labels with 50 comments and more."""
    known = pd.Series(labels).groupby(labels).transform("size").to_numpy() >= 50
    texts, truth = [text.normalise(c) for c, k in zip(comments, known, strict=True) if k], labels[known]
    vectors = encode.encode(texts)
    names = sorted(set(truth))
    fractions = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        shown = np.concatenate([rng.choice(np.flatnonzero(truth == n), EXAMPLES, replace=False) for n in names])
        seeds = [guided.Seed(n, examples=tuple(texts[i] for i in shown if truth[i] == n)) for n in names]
        rest = np.setdiff1d(np.arange(len(truth)), shown)
        guess = guided.place(seeds, vectors, everything=True).label
        ours = np.mean(np.array(names)[guess[rest]] == truth[rest])
        test = rng.random(len(truth)) < 0.2
        supervised = LogisticRegression(max_iter=1000).fit(vectors[~test], truth[~test]).score(vectors[test], truth[test])
        fractions.append((ours, supervised))
    ours, supervised = np.mean(fractions, axis=0)
    print(
        f"\nguided, {EXAMPLES} examples for each of {len(names)}: accuracy {ours:.3f}, supervised {supervised:.3f}, ratio {ours / supervised:.2f}",
        flush=True,
    )


def several() -> None:
    """Several themes per comment: the sample's tags, themes matched to tags on half of its comments, scored on the other half."""
    survey = voc.read_survey("sample")
    found = themes.find(survey)
    bank = sample.bank.load()
    tags_of = {text.redact(text.normalise(t)): set(tags) for t, tags in zip(bank["text"], bank["themes"], strict=True)}
    comments = found.comments.assign(tags=[tags_of.get(t, set()) for t in found.comments["text"]])
    tags = sorted({t for row in comments["tags"] for t in row})
    level, _ = nearest_level(found, len(tags))
    many = found.assignments.groupby("comment")[level].agg(set)
    rows = comments[comments["tags"].map(bool) & comments[level].notna()]
    truth, one, all_of = rows["tags"].tolist(), [{t} for t in rows[level]], [many[i] for i in rows.index]
    half = np.array([voc.themes.codebook.hashed([t])[0] % 2 == 1 for t in rows["text"]])
    several_tags = np.array([len(t) > 1 for t in truth])
    print(f"\nseveral themes per comment: {len(rows)} comments of the sample, {len(tags)} tags, {found.comments[level].nunique()} groups ({level})")
    for name, guess in (("one theme per comment", one), ("by clause", all_of)):
        match = matched(truth, guess, half, tags)
        natural, mixed = (micro_f1(truth, guess, match, ~half & part) for part in (np.ones(len(rows), bool), several_tags))
        print(f"  {name:22} micro-F1 {natural:.3f}; on comments with several tags {mixed:.3f}", flush=True)


def speed(comments: list[str], size: int, peer: bool) -> None:
    """Time and peak memory of a complete run on distinct comments of about 20 words, and of a later run with 2,000 new ones."""
    made = distinct_comments(comments, size + LATER)
    print(f"\nspeed: {size} distinct comments, {np.mean([len(c.split()) for c in made]):.1f} words on average")
    with tempfile.TemporaryDirectory() as folder:
        ours, memory = in_process(_ours, made[:size], folder)
        print(f"  voc                    {ours[0]:7.1f} s, {memory:.2f} GB, {ours[1]} themes, {ours[2]} sub-themes", flush=True)
        later, _ = in_process(_later, made[size:], folder)
        print(f"  a later run, {LATER} new   {later[0]:7.1f} s, {later[1]} new themes", flush=True)
    if peer:
        theirs, memory = in_process(_bertopic_timed, made[:size], "")
        print(f"  BERTopic defaults      {theirs[0]:7.1f} s, {memory:.2f} GB, {theirs[1]} topics, left out {theirs[2]:.0%}")
        print(f"  ratio {theirs[0] / ours[0]:.2f}")
        half, _ = in_process(_bertopic_timed, made[:size], "bf16")
        print(f"  BERTopic, bf16 vectors {half[0]:7.1f} s: ratio {half[0] / ours[0]:.2f}", flush=True)


def nearest_level(found: themes.Themes, labels: int) -> tuple[str, np.ndarray]:
    """The level whose number of groups is nearer to the number of labels, and each comment's group there."""
    groups = {"theme": len(found.table), "subtheme": len(found.subtable)}
    level = min(groups, key=lambda name: abs(groups[name] - labels))
    return level, level_of(found, level)


def level_of(found: themes.Themes, level: str) -> np.ndarray:
    """Each comment's main group; replies that say nothing are placed like any other text here, so that nothing is left out."""
    groups = found.comments[level].copy()
    silent = groups.isna()
    if silent.any():
        groups[silent] = found.place(found.comments.loc[silent, "text"].tolist())[level].to_numpy()
    return groups.to_numpy(dtype=int)


def scores(labels: np.ndarray, guess: np.ndarray) -> str:
    """Agreement in three numbers."""
    table = pd.crosstab(labels, guess).to_numpy()
    accuracy = table[linear_sum_assignment(-table)].sum() / len(labels)
    return f"NMI {normalized_mutual_info_score(labels, guess):.3f}  ARI {adjusted_rand_score(labels, guess):.3f}  accuracy {accuracy:.3f}"


def matched(truth: list[set[str]], guess: list[set[int]], rows: np.ndarray, tags: list[str]) -> dict[int, str]:
    """Themes and tags matched one to one by F1."""
    groups = sorted({g for row in guess for g in row})
    t = np.array([[tag in row for tag in tags] for row in truth])[rows].astype(float)
    g = np.array([[group in row for group in groups] for row in guess])[rows].astype(float)
    f1 = 2 * g.T @ t / np.maximum(g.sum(axis=0)[:, None] + t.sum(axis=0)[None, :], 1)
    return {groups[i]: tags[j] for i, j in zip(*linear_sum_assignment(-f1), strict=True)}


def micro_f1(truth: list[set[str]], guess: list[set[int]], match: dict[int, str], rows: np.ndarray) -> float:
    """Micro-averaged F1; a theme without a tag counts as wrong."""
    right = wrong = missed = 0
    for i in np.flatnonzero(rows):
        said = {match.get(g, f"theme {g}") for g in guess[i]}
        right += len(said & truth[i])
        wrong += len(said - truth[i])
        missed += len(truth[i] - said)
    return 2 * right / (2 * right + wrong + missed)


def distinct_comments(comments: list[str], size: int) -> list[str]:
    """Distinct comments of 12 to 32 words: sentences of the file, alone or two together."""
    parts = sorted({c[a:b] for c in map(text.normalise, comments) for a, b in text.units(c) if 4 <= len(c[a:b].split()) <= 30})
    rng = np.random.default_rng(0)
    out: dict[str, None] = {}
    while len(out) < size:
        chosen = [parts[i] for i in rng.integers(len(parts), size=rng.integers(1, 4))]
        if 12 <= len(" ".join(chosen).split()) <= 32:
            out[" ".join(chosen)] = None
    return list(out)


def bertopic(comments: Sequence[str], vectors: np.ndarray | None = None) -> np.ndarray:
    """Topics by BERTopic's defaults with the same encoder."""
    from bertopic import BERTopic
    from sentence_transformers import SentenceTransformer

    model = BERTopic(embedding_model=SentenceTransformer(str(minilm.model_folder()), device="cpu"))
    return np.array(model.fit_transform(list(comments), embeddings=vectors)[0])


def in_process(work: Callable[[list[str], str], Any], comments: list[str], argument: str) -> tuple[Any, float]:
    """A measurement in a process of its own, and its peak memory in GB."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        measured: tuple[Any, float] = pool.apply(_measured, (work, comments, argument))
        return measured


def _measured(work: Callable[[list[str], str], Any], comments: list[str], argument: str) -> tuple[Any, float]:
    return work(comments, argument), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _ours(comments: list[str], folder: str) -> tuple[float, int, int]:
    encode.encode(["warm"], use_cache=False)
    start = time.perf_counter()
    found = themes.find(comments, use_cache=False)
    seconds = time.perf_counter() - start
    found.save(folder)
    return seconds, len(found.table), len(found.subtable)


def _later(comments: list[str], folder: str) -> tuple[float, int]:
    encode.encode(["warm"], use_cache=False)
    themes.find(comments[:50], saved=folder, use_cache=False)  # imports
    start = time.perf_counter()
    found = themes.find(comments, saved=folder, use_cache=False)
    return time.perf_counter() - start, int(found.table["new"].sum())


def _bertopic_timed(comments: list[str], kind: str) -> tuple[float, int, float]:
    import torch
    import umap  # noqa: F401 - imported before the clock starts
    from bertopic import BERTopic  # noqa: F401
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(os.cpu_count() or 1)
    start = time.perf_counter()
    vectors = None
    if kind == "bf16":
        model = SentenceTransformer(str(minilm.model_folder()), device="cpu")
        with torch.autocast("cpu", dtype=torch.bfloat16):
            vectors = np.asarray(model.encode(comments, show_progress_bar=False), dtype=np.float32)
    found = bertopic(comments, vectors)
    return time.perf_counter() - start, len(set(found) - {-1}), float(np.mean(found == -1))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Themes against BERTopic's defaults.")
    parser.add_argument("file", nargs="?", default="")
    parser.add_argument("--text", default="text")
    parser.add_argument("--label", default="")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--comments", type=int, default=100_000)
    parser.add_argument("--no-peer", dest="peer", action="store_false")
    chosen = parser.parse_args()
    if chosen.parts != "several" and not Path(chosen.file).is_file():
        sys.exit(f"{chosen.file or 'a CSV file of comments'} is needed for {chosen.parts} and does not exist")
    return chosen


if __name__ == "__main__":
    main()
