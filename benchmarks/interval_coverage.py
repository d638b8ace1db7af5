"""How often a nominal 95 % interval holds the truth: one score (exact), weighted scores, repeat customers, and changes (simulated).

Run: python benchmarks/interval_coverage.py [simulated samples]
"""

from __future__ import annotations

import sys

import numpy as np

from voc import score, stats
from voc.stats import Floats

MIXES = {"middling": (0.25, 0.30, 0.45), "good": (0.05, 0.20, 0.75), "split": (0.45, 0.10, 0.45), "excellent": (0.02, 0.08, 0.90)}
BANDS = np.array([-1, 0, 1])


def bands(rng: np.random.Generator, mix: tuple[float, float, float], n: int) -> Floats:
    """Answers as -1, 0, 1."""
    return rng.choice(BANDS, n, p=mix).astype(float)


def answers_of_customers(rng: np.random.Generator, mix: tuple[float, float, float], n: int, likeness: float) -> tuple[Floats, Floats]:
    """Answers of customers who answer one to three times and stay with their first answer with a given chance; and who gave each."""
    times = rng.integers(1, 4, n)
    who = np.repeat(np.arange(n), times)[:n]
    first = bands(rng, mix, n)[who]
    return np.where(rng.random(n) < likeness, first, bands(rng, mix, n)), who.astype(float)


def sample(values: Floats, *, weights: Floats | None = None, clusters: Floats | None = None) -> list[float]:
    """Detractors, passives and promoters of a sample, scaled to its effective number of answers."""
    w = np.ones(len(values)) if weights is None else weights
    size = stats.effective_size(values, weights=weights, clusters=clusters)
    return [size * float(w[values == band].sum() / w.sum()) for band in BANDS]


def held(samples: list[list[float]], truth: float) -> float:
    """Share of samples whose interval holds the truth."""
    low, high = stats.net_interval(*np.array(samples).T)
    return float(((low <= truth + 1e-9) & (truth - 1e-9 <= high)).mean())


def weighted(mix: tuple[float, float, float], n: int, times: int, rng: np.random.Generator) -> float:
    """Coverage with weights that have nothing to do with the answer."""
    return held([sample(bands(rng, mix, n), weights=rng.lognormal(0, 0.5, n)) for _ in range(times)], mix[2] - mix[0])


def clustered(mix: tuple[float, float, float], n: int, times: int, rng: np.random.Generator, *, naive: bool = False) -> float:
    """Coverage where customers repeat themselves; `naive` takes every answer for a new customer."""
    drawn = (answers_of_customers(rng, mix, n, 0.7) for _ in range(times))
    return held([sample(values, clusters=None if naive else who) for values, who in drawn], mix[2] - mix[0])


def change(mix: tuple[float, float, float], other: tuple[float, float, float], n: int, times: int, rng: np.random.Generator) -> float:
    """Coverage of the interval of a difference."""
    counts1, counts2 = (rng.multinomial(n, m, size=times).T.astype(float) for m in (mix, other))
    ends1, ends2 = stats.net_interval(*counts1), stats.net_interval(*counts2)
    low, high = stats.mover_difference((counts1[2] - counts1[0]) / n, ends1, (counts2[2] - counts2[0]) / n, ends2)
    truth = (mix[2] - mix[0]) - (other[2] - other[0])
    return float(((low <= truth + 1e-9) & (truth - 1e-9 <= high)).mean())


def main(times: str = "4000") -> None:
    """Print the study."""
    print("one score, every mix on a grid of 5 %: minimum, where (detractors/passives/promoters), minimum with 10 % passives and more, mean")
    for method in ("tango", "adjusted-wald", "wald"):
        for n in (10, 20, 30, 50, 100):
            table = score.coverage(n, method=method)
            worst = table.loc[table["coverage"].idxmin()]
            where = "/".join(f"{worst[c]:.0%}" for c in ("detractors", "passives", "promoters"))
            inner = table.loc[table["passives"] > 0.099, "coverage"].min()
            print(f"  {method:14} n {n:4}  {worst['coverage']:.4f} at {where:12}  {inner:.4f}  {table['coverage'].mean():.4f}")
    print("a change, every pair of mixes: minimum, mean")
    for n, other in ((20, 20), (20, 50)):
        pairs = score.difference_coverage(n, other)
        print(f"  n {n} and {other}  {pairs.min():.4f}  {pairs.mean():.4f}")
    rng, m = np.random.default_rng(1), int(times)
    print(f"simulated, {m:,} samples: weights; repeat customers, as they are and taken for new ones; a change from the next mix")
    mixes = list(MIXES.items())
    for i, (name, mix) in enumerate(mixes):
        for n in (20, 50, 200):
            repeated, ignored = clustered(mix, n, m, rng), clustered(mix, n, m, rng, naive=True)
            moved = change(mix, mixes[i - 1][1], n, m, rng)
            print(f"  {name:10} n {n:4}  {weighted(mix, n, m, rng):.3f}   {repeated:.3f} {ignored:.3f}   {moved:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
