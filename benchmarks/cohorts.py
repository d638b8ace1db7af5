"""Cohorts: speed and memory of the word comparison beside a ConvoKit-style one, alarms where nothing differs, and differences found again.

Run: `python benchmarks/cohorts.py [--parts speed,null,power] [--file SURVEY --mapping M --month YYYY-MM --window N] [--no-peer]`.
Speed: made-up comments; voc's time is that of `voc.cohorts.words.contrast`, of which tokenising is run again alone. The peer is written here
after ConvoKit's FightingWords: the same phrases of one to three words, a uniform prior of .1, z. It counts occurrences, not customers, so that
one customer who repeats a word counts many times; it tests nothing and corrects for nothing; and it keeps phrases that say nothing, such as "of
the". ConvoKit also makes the whole table of comments by phrases dense and keeps the 15,000 most frequent phrases; here only the sums are dense.
Null: the bands are shuffled among the answers of the last months of the sample, or of the file given; every difference found is a false alarm.
Power: always the sample; its last months without a fifth of the answers, against all of them. Everything is seeded.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer

import voc
from voc import cohorts, themes
from voc.cohorts import words
from voc.ingest import Survey
from voc.themes import lexicon
from voc.themes.names import WORD

PARTS = ("speed", "null", "power")
COMMENTS, VOCABULARY, LENGTHS = 100_000, 50_000, (10, 30)
PRIOR = 0.1  # of the peer, for each phrase
SHUFFLES, MOST_ALARMS = 200, 16  # of 200 runs at 5 %, 17 and more happen once in 42 times
SUBSAMPLES, KEPT = 50, 0.8
PLAIN_DIFFERENCE = 0.05
THEME_MONTHS = 13
MONTH, WINDOW = "2026-09", 3  # of the sample
TRUTH = Path(__file__).parents[1] / "data" / "sample" / "truth.json"


class Source(NamedTuple):
    """Where answers come from: a survey file, its mapping, the last month and how many months are compared."""

    file: str = "sample"
    mapping: str | None = None
    month: str = MONTH
    window: int = WINDOW


class Once:
    """Stands in for CountVectorizer in voc: reads all comments at the first call and selects from them later. The results are the same."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = list(texts)
        self.row = {t: i for i, t in enumerate(self.texts)}
        self.vectorizer: CountVectorizer | None = None

    def __call__(self, **settings: Any) -> Once:
        """What voc takes for a new vectorizer."""
        if self.vectorizer is None:
            self.vectorizer = CountVectorizer(**settings)  # a phrase that is too rare in all comments is too rare in some of them
            self.counts = self.vectorizer.fit_transform(self.texts)
            self.names = self.vectorizer.get_feature_names_out()
        self.fewest = settings["min_df"]
        return self

    def fit_transform(self, texts: Sequence[str]) -> Any:
        """(texts, phrases) 0/1, as CountVectorizer has it."""
        rows = self.counts[[self.row[t] for t in texts]]
        self.kept = np.flatnonzero(np.asarray(rows.sum(axis=0)).ravel() >= self.fewest)
        if not len(self.kept):
            raise ValueError("no phrase is frequent enough")
        return rows[:, self.kept]

    def get_feature_names_out(self) -> np.ndarray:
        """The phrases."""
        return np.asarray(self.names[self.kept])


def main() -> None:
    """Measure and print."""
    chosen = _arguments()
    parts = chosen.parts.split(",")
    if "speed" in parts:
        speed(chosen.peer)
    if "null" in parts:
        null(Source(chosen.file, chosen.mapping, chosen.month, chosen.window))
    if "power" in parts:
        power()


def speed(peer: bool) -> None:
    """Time of the word comparison, with and without tokenising, and the process's peak memory."""
    texts = made_up(COMMENTS)
    first = np.arange(len(texts)) % 2 == 0
    distinct, total = len({w for t in texts for w in t.split()}), sum(len(t.split()) for t in texts)
    print(f"\nspeed: {len(texts):,} comments, {total / len(texts):.1f} words on average, {distinct:,} distinct words", flush=True)
    words.contrast(texts[:1_000], first[:1_000])  # warms up
    everything, found = timed(lambda: words.contrast(texts, first))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    settings: dict[str, Any] = {"ngram_range": (1, 3), "token_pattern": WORD, "min_df": words.FEWEST}
    tokenising, present = timed(lambda: CountVectorizer(binary=True, **settings).fit_transform(texts))
    print(f"  voc {everything:.1f} s: tokenising {tokenising:.1f} s, after it {everything - tokenising:.1f} s (target: under 10 s)")
    print(f"  peak memory {memory:.2f} GB (target: under 2 GB); {len(found):,} phrases kept of {present.shape[1]:,}", flush=True)
    if peer:
        taken, z = timed(lambda: fighting_words(texts, first, settings))
        print(f"  ConvoKit-style {taken:.1f} s, {len(z):,} phrases; voc takes {everything / taken:.2f} times as long", flush=True)


def fighting_words(texts: Sequence[str], first: np.ndarray, settings: dict[str, Any]) -> np.ndarray:
    """The z value of each phrase by its occurrences, with a uniform prior (Monroe, Colaresi & Quinn 2008)."""
    counts = CountVectorizer(**settings).fit_transform(texts)
    one, two = (np.asarray(counts[rows].sum(axis=0)).ravel() + PRIOR for rows in (first, ~first))
    difference = np.log(one / (one.sum() - one)) - np.log(two / (two.sum() - two))
    return np.asarray(difference / np.sqrt(1 / one + 1 / two))


def made_up(n: int) -> list[str]:
    """Comments of 10 to 30 independent words; a word's frequency goes with 1 / (rank + 2.7), the small words of English being the first."""
    rng = np.random.default_rng(0)
    small = sorted(w for w in lexicon.EMPTIES | lexicon.BREAKS if w.isalpha() and len(w) > 1)
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    invented = ["".join(syllables[i // len(syllables) ** k % len(syllables)] for k in range(3)) for i in range(VOCABULARY - len(small))]
    vocabulary = np.array([*rng.permutation(small), *rng.permutation(invented)])
    frequency = 1 / (np.arange(len(vocabulary)) + 2.7)
    sizes = rng.integers(LENGTHS[0], LENGTHS[1] + 1, n)
    drawn = vocabulary[rng.choice(len(vocabulary), sizes.sum(), p=frequency / frequency.sum())]
    return [" ".join(part) for part in np.split(drawn, np.cumsum(sizes)[:-1])]


def null(source: Source) -> None:
    """In how many runs with shuffled bands a theme or a word is said to differ."""
    survey, found = answers_of(source)
    plain = words.CountVectorizer
    rng = np.random.default_rng(0)
    start = time.perf_counter()
    by_theme, by_word = np.zeros(SHUFFLES, dtype=bool), np.zeros(SHUFFLES, dtype=bool)
    try:
        words.CountVectorizer = once = Once(commented(survey, found))
        print(f"\nnull: {survey.label}, {len(survey.answers):,} answers, {len(once.texts):,} comments, {len(found.table)} themes", flush=True)
        for run in range(SHUFFLES):
            shuffled = survey.with_frame(survey.frame.assign(cohort=rng.permutation(survey.frame["cohort"].to_numpy())))
            contrast = cohorts.compare(shuffled, found)
            by_theme[run] = len(contrast.themes) > 0 and contrast.themes["verdict"].str.startswith("more ").any()
            by_word[run] = len(contrast.words) > 0 and contrast.words["sure"].any()
            if run == 0:
                words.CountVectorizer = plain
                pd.testing.assert_frame_equal(contrast.words, cohorts.compare(shuffled, found).words)  # the short cut changes nothing
                words.CountVectorizer = once
    finally:
        words.CountVectorizer = plain
    alarms = int((by_theme | by_word).sum())
    print(f"  {SHUFFLES} runs ({time.perf_counter() - start:.0f} s), false alarms in {alarms} (target: at most {MOST_ALARMS} of 200)", end="; ")
    print(f"of a theme in {by_theme.sum()}, of a word in {by_word.sum()}; the last run compared {len(contrast.words):,} phrases", flush=True)


def power() -> None:
    """How often a theme that differs by 5 points and more in all answers is said to differ, the same way, in four fifths of them."""
    survey, found = answers_of(Source())
    print(f"\npower: {survey.label}, {len(survey.answers):,} answers; {SUBSAMPLES} runs with {KEPT:.0%} of them", flush=True)
    planted = {t["name"]: t["promoter"] - t["detractor"] for t in json.loads(TRUTH.read_text())["themes"].values()}
    large = sorted((d, name) for name, d in planted.items() if abs(d) >= PLAIN_DIFFERENCE)
    print(f"  planted in 14 months, promoters against detractors: {'; '.join(f'{name} {100 * d:+.1f}' for d, name in large)}")
    table = cohorts.compare(survey, found).themes
    table = table[table["difference"].abs() >= PLAIN_DIFFERENCE].set_index("id")
    expected = pd.Series(np.where(table["difference"] > 0, "more promoters", "more detractors"), index=table.index)
    rng = np.random.default_rng(0)
    hits = pd.Series(0, index=table.index)
    for _ in range(SUBSAMPLES):
        kept = np.sort(rng.choice(len(survey.frame), round(KEPT * len(survey.frame)), replace=False))
        part = cohorts.compare(survey.with_frame(survey.frame.iloc[kept].reset_index(drop=True)), found).themes
        hits += part.set_index("id")["verdict"].reindex(table.index) == expected
    for theme, row in table.iterrows():
        said = f"{row['share_first']:.1%} and {row['share_second']:.1%}, {100 * row['difference']:+.1f} points, all answers: {row['verdict']}"
        print(f"  {hits[theme] / SUBSAMPLES:4.0%} {row['label']} ({said})")
    print(f"  mean of {len(table)} themes {hits.mean() / SUBSAMPLES:.0%}", flush=True)


def answers_of(source: Source) -> tuple[Survey, themes.Themes]:
    """The answers of the last months, and themes found in a year and a month."""
    survey = voc.read_survey(source.file, source.mapping).until(source.month)
    found = themes.find(survey.window(source.month, months=max(THEME_MONTHS, source.window)))
    part = survey.window(source.month, months=source.window)
    return part.with_frame(part.frame), found  # comments as text, redacted once


def commented(survey: Survey, found: themes.Themes) -> list[str]:
    """The comments that a comparison reads."""
    return survey.frame.loc[found.mentions(survey).index, "comment"].tolist()


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of a call, and what it returns."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Cohorts: speed, false alarms and power.")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--file", default="sample", help="survey of the part null")
    parser.add_argument("--mapping")
    parser.add_argument("--month", help="the last month, YYYY-MM")
    parser.add_argument("--window", type=int, default=WINDOW, help="months that are compared")
    parser.add_argument("--no-peer", dest="peer", action="store_false")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts.split(",")) - set(PARTS):
        sys.exit(f"--parts takes {', '.join(PARTS)}; found {', '.join(sorted(unknown))}")
    if chosen.file != "sample" and not chosen.month:
        sys.exit("--file needs --month YYYY-MM")
    chosen.month = chosen.month or MONTH
    return chosen


if __name__ == "__main__":
    main()
