"""Drivers: speed beside pingouin and statsmodels, how often intervals hold the truth, and how often an even effect is called uneven.

Run: `python benchmarks/drivers.py [--parts speed,coverage,asymmetry] [--surveys 300] [--no-peer]`.
The speed part needs pingouin and statsmodels, except with --no-peer. Both sides compute with one thread, in the same run. All surveys are
simulated and seeded: answers 1-5 that share a halo, and a score 0-10.
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import sys
import time
from collections.abc import Callable
from math import comb
from typing import Any

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))  # before numpy is imported

import numpy as np
import pandas as pd

from voc.drivers import moments, ranking, shares
from voc.drivers.data import Answers
from voc.schema import Question, Scale
from voc.stats import Floats

asymmetry = importlib.import_module("voc.drivers.asymmetry")  # the package shows a function under this name

PARTS = ("speed", "coverage", "asymmetry")
ROUNDS = 3
HALO = 0.4  # of the surveys whose analysis is timed
HALOS, SIZES = (0.0, 0.4, 0.8), (100, 300, 1000, 5000)
EFFECTS = np.array([1.0, 0.6, 0.3, 0.3, 0.0])
TWINS = ("q3", "q4")  # the two questions with equal effects
SYMMETRIC = 1.2 * np.array([1.0, 0.6, 0.3, 0.0])
NOISES: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "normal": lambda rng, n: rng.normal(0, 1.3, n),
    "logistic": lambda rng, n: rng.logistic(0, 0.75, n),
}
LABELS = (asymmetry.LOSES, asymmetry.GAINS)


def main() -> None:
    """Measure and print."""
    chosen = _arguments()
    parts = chosen.parts.split(",")
    if "speed" in parts:
        speed(chosen.peer)
    if "coverage" in parts:
        coverage(chosen.surveys)
    if "asymmetry" in parts:
        false_labels(chosen.surveys)


def speed(peer: bool) -> None:
    """Time beside others, and what the number of answers costs."""
    print("\nspeed, one thread")
    beside_pingouin(1_000_000, 2_000, peer)
    beside_statsmodels(10_000, 1_000, peer)
    many_questions(10_000, 14)
    after_the_tally((10**4, 10**5, 10**6, 10**7), 1_000)


def beside_pingouin(n: int, draws: int, peer: bool, *, timed_on: int = 20) -> None:
    """A bootstrap, with the tally, against as many estimates by pingouin; what it takes to draw their rows is not counted."""
    frame = survey(np.random.default_rng(0), n, HALO)
    ours = seconds(lambda: bootstrap(frame, draws))
    patterns = len(moments.tally(frame).counts)
    said = f"  {n:,} answers ({patterns:,} patterns), {len(EFFECTS)} questions, {draws:,} replicates: voc {ours:.2f} s"
    if not peer:
        print(said, flush=True)
        return
    off = np.abs(by_pingouin(frame) - estimate(frame)).max()
    rng = np.random.default_rng(1)
    resampled = (frame.iloc[rng.integers(0, n, n)] for _ in range(timed_on))
    theirs = draws * statistics.mean(seconds(lambda f=f: by_pingouin(f), rounds=1) for f in resampled)
    print(
        f"{said}, pingouin {theirs:,.0f} s (from {timed_on}), {theirs / ours:,.0f} times as fast (target 100); shares differ by {off:.0e}", flush=True
    )


def beside_statsmodels(n: int, draws: int, peer: bool, *, timed_on: int = 10) -> None:
    """A bootstrap, with the tally, against a loop of resampled rows and ordinary regressions."""
    frame = survey(np.random.default_rng(0), n, HALO)
    ours = seconds(lambda: bootstrap(frame, draws))
    said = f"  {n:,} answers, {len(EFFECTS)} questions, {draws:,} replicates: voc {ours:.2f} s"
    if not peer:
        print(said, flush=True)
        return
    rows = frame.to_numpy(dtype=float)
    off = np.abs(by_statsmodels(rows) - estimate(frame)).max()
    rng = np.random.default_rng(1)
    theirs = draws * statistics.mean(seconds(lambda: by_statsmodels(rows[rng.integers(0, n, n)]), rounds=1) for _ in range(timed_on))
    print(
        f"{said}, statsmodels {theirs:,.0f} s (from {timed_on}), {theirs / ours:.0f} times as fast (target 10); shares differ by {off:.0e}",
        flush=True,
    )


def many_questions(n: int, questions: int) -> None:
    """Exact shares of the most questions for which all sets are tried."""
    frame = survey(np.random.default_rng(0), n, HALO, np.linspace(0.5, 0.0, questions))
    print(f"  {n:,} answers, {questions} questions, exact, with the tally: {seconds(lambda: estimate(frame)):.2f} s (target: under 1 s)", flush=True)


def after_the_tally(sizes: tuple[int, ...], draws: int) -> None:
    """A bootstrap of surveys of many sizes with the same patterns: the first size is a survey, the others share its frequencies."""
    first = moments.tally(survey(np.random.default_rng(0), sizes[0], HALO, EFFECTS[:3]))
    tables = {sizes[0]: first}
    for n in sizes[1:]:
        counts = np.random.default_rng(n).multinomial(n, first.counts / first.n).astype(float)
        tables[n] = moments.Table(first.values[counts > 0], counts[counts > 0])
    taken = [[seconds(lambda t=t: replicates(t, draws), rounds=1) for t in tables.values()] for _ in range(1 + 2 * ROUNDS)]
    medians = np.median(taken[1:], axis=0)  # the first round warms up
    for (n, table), took in zip(tables.items(), medians, strict=True):
        print(f"    {n:10,} answers, {len(table.counts):,} patterns: {took:.3f} s for {draws:,} replicates after the tally")
    print(f"  {sizes[-1]:,} answers against {sizes[0]:,}, after the tally: ratio {medians[-1] / medians[0]:.2f} (target: constant)", flush=True)


def coverage(surveys: int) -> None:
    """How often 95 % intervals hold the truth, and how often one of two equal questions is called clearly ahead."""
    print(f"\ncoverage, {surveys:,} surveys a cell; questions with effects {_numbers(EFFECTS, 1)}")
    held, ahead = {}, {}
    for halo in HALOS:
        truth = estimate(survey(np.random.default_rng(0), 2_000_000, halo))
        print(f"  correlation {halo}: true shares {_numbers(truth, 3)}")
        for n in SIZES:
            held[halo, n], ahead[halo, n] = covered(truth, halo, n, surveys)
            print(f"    {n:5,} answers: {_numbers(held[halo, n], 3)}; one of two equal ones ahead {ahead[halo, n]:.1%}", flush=True)
    worst, wrong = min(held, key=lambda cell: held[cell].min()), max(ahead, key=lambda cell: ahead[cell])
    print(f"  mean coverage {np.mean(list(held.values())):.3f} (target .94)")
    where = f"q{held[worst].argmin() + 1}, {_cell(*worst)}"
    print(f"  worst cell {held[worst].min():.3f} ({where}; target .90)")
    print(f'  wrong "A above B" {np.mean(list(ahead.values())):.1%}, worst cell {ahead[wrong]:.1%} ({_cell(*wrong)}; target 5 %)', flush=True)


def covered(truth: Floats, halo: float, n: int, surveys: int) -> tuple[Floats, float]:
    """Share of surveys whose interval holds the truth, by question; share with a clear order of the two equal questions."""
    rng = np.random.default_rng([n, round(100 * halo)])
    held, ahead, (a, b) = np.zeros(len(truth)), 0, TWINS
    for _ in range(surveys):
        drivers = ranking.ranked(answers_of(survey(rng, n, halo)), draws=500)
        rows = drivers.frame.set_index("question").loc[[f"q{i + 1}" for i in range(len(truth))]]
        held += (rows["low"].to_numpy() <= truth) & (truth <= rows["high"].to_numpy())
        ahead += drivers.ahead(a, b) or drivers.ahead(b, a)
    return held / surveys, ahead / surveys


def false_labels(surveys: int) -> None:
    """How often an effect that is the same up and down is called uneven."""
    print(f"\nasymmetry, {surveys:,} surveys a cell; all effects even, {_numbers(SYMMETRIC, 2)} a step; false labels by question, and of any")
    single, anything = {}, {}
    for noise in NOISES:
        for net in (20, 50, 70):
            for halo in HALOS:
                constant = constant_of(net, halo, noise)
                for n in SIZES[1:]:
                    cell = f"{_cell(halo, n)}, NPS {net}, {noise} noise"
                    labels = labelled(constant, halo, n, noise, surveys)
                    single[cell], anything[cell] = labels.any(axis=1).mean(axis=0), labels.any(axis=(1, 2)).mean()
                    loses, gains = (_numbers(labels[:, i].mean(axis=0), 3) for i in range(len(LABELS)))
                    print(f"  {cell}: loses more {loses}; gains more {gains}; any {anything[cell]:.1%}", flush=True)
    worst, most = max(single, key=lambda cell: single[cell].max()), max(anything, key=lambda cell: anything[cell])
    print(f"  a question falsely labelled {np.mean(list(single.values())):.1%}, worst cell {single[worst].max():.1%} ({worst})")
    print(f"  any question falsely labelled {np.mean(list(anything.values())):.1%}, worst cell {anything[most]:.1%} ({most}); target at most 5 %")


def labelled(constant: float, halo: float, n: int, noise: str, surveys: int) -> np.ndarray:
    """(surveys, 2, questions) which questions are said to lose more, and which to gain more."""
    rng = np.random.default_rng([n, round(100 * halo), round(100 * constant), list(NOISES).index(noise)])
    out = np.zeros((surveys, len(LABELS), len(SYMMETRIC)), dtype=bool)
    for s in range(surveys):
        found = asymmetry.uneven(answers_of(even(rng, n, halo, noise, constant)))
        verdicts = found.frame.set_index("question")["verdict"].loc[[f"q{i + 1}" for i in range(len(SYMMETRIC))]]
        out[s] = [verdicts == label for label in LABELS]
    return out


def constant_of(net: float, halo: float, noise: str) -> float:
    """The constant that brings 40,000 answers to a score in points, by bisection."""
    low, high = 0.0, 15.0
    for _ in range(30):
        middle = (low + high) / 2
        reached = answers_of(even(np.random.default_rng(0), 40_000, halo, noise, middle)).net.mean()
        low, high = (middle, high) if reached < net else (low, middle)
    return (low + high) / 2


def survey(rng: np.random.Generator, n: int, halo: float, effects: Floats = EFFECTS) -> pd.DataFrame:
    """Answers 1-5 around 4 and, last, a score around 8 that they add up to."""
    rated = ratings(rng, n, halo, len(effects), 4.0)
    return _frame(rated, 8 + 0.84 * (rated - 4) @ effects + rng.normal(0, 1.2, n))


def even(rng: np.random.Generator, n: int, halo: float, noise: str, constant: float) -> pd.DataFrame:
    """Answers whose steps go with the same change everywhere, before the score is cut off at 0 and 10."""
    rated = ratings(rng, n, halo, len(SYMMETRIC), 3.9)
    return _frame(rated, constant + (rated - 4) @ SYMMETRIC + NOISES[noise](rng, n))


def ratings(rng: np.random.Generator, n: int, halo: float, questions: int, centre: float) -> Floats:
    """(n, questions) whole numbers 1-5 of people whose opinions correlate as given."""
    opinion = np.sqrt(halo) * rng.standard_normal((n, 1)) + np.sqrt(1 - halo) * rng.standard_normal((n, questions))
    return np.clip(np.round(centre + opinion), 1, 5)


def _frame(rated: Floats, latent: Floats) -> pd.DataFrame:
    frame = pd.DataFrame(rated, columns=[f"q{i + 1}" for i in range(rated.shape[1])])
    return frame.assign(score=np.clip(np.round(latent), 0, 10))


def answers_of(frame: pd.DataFrame) -> Answers:
    """The same as the drivers take them."""
    rated = frame.drop(columns="score")
    questions = tuple(Question(name, name, name, Scale(1, 5)) for name in rated.columns)
    return Answers(questions, rated, frame["score"].to_numpy(), pd.DataFrame(index=frame.index), (), None, None, "simulated answers")


def estimate(frame: pd.DataFrame) -> Floats:
    """Shares of R squared, by voc."""
    return shares.lmg(moments.correlations(moments.tally(frame)))[0]


def bootstrap(frame: pd.DataFrame, draws: int) -> Floats:
    """Percentiles of the shares, from the rows."""
    return np.percentile(replicates(moments.tally(frame), draws), [2.5, 97.5], axis=0)


def replicates(table: moments.Table, draws: int) -> Floats:
    """Shares in each resample of a table."""
    return shares.lmg(moments.correlations(table, table.draws(draws, 0)))


def by_pingouin(frame: pd.DataFrame) -> Floats:
    """Shares of R squared, by pingouin."""
    import pingouin

    return pingouin.linear_regression(frame.drop(columns="score"), frame["score"], relimp=True)["relimp"].to_numpy()[1:]


def by_statsmodels(rows: Floats) -> Floats:
    """Shares of R squared, from regressions on all sets of questions by statsmodels."""
    from statsmodels.api import OLS

    X, y, p = np.column_stack([np.ones(len(rows)), rows[:, :-1]]), rows[:, -1], rows.shape[1] - 1
    columns = [[0, *(j + 1 for j in range(p) if s >> j & 1)] for s in range(1 << p)]
    fit = [0.0, *(OLS(y, X[:, used]).fit().rsquared for used in columns[1:])]
    gains = [[(fit[s | 1 << j] - fit[s]) / (p * comb(p - 1, s.bit_count())) for s in range(1 << p) if not s >> j & 1] for j in range(p)]
    return np.sum(gains, axis=1)


def seconds(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Median seconds of a call."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def _numbers(values: Floats, digits: int) -> str:
    return " ".join(f"{v:.{digits}f}" for v in values)


def _cell(halo: float, n: int) -> str:
    return f"correlation {halo}, {n:,} answers"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Drivers: speed, coverage and false labels.")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--surveys", type=int, default=300)
    parser.add_argument("--no-peer", dest="peer", action="store_false")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts.split(",")) - set(PARTS):
        sys.exit(f"--parts takes {', '.join(PARTS)}; found {', '.join(sorted(unknown))}")
    return chosen


if __name__ == "__main__":
    main()
