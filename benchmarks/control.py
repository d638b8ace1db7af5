"""How often the control chart calls an ordinary period unusual (nominal 1 %), how often it finds a shift, and for how long it does; simulated.

Every earlier period is judged in its turn, and left out by voc where it is unusual and alone. Compared with voc, all of them with nothing left
out: the same spread as Laney's textbook has it (standardised scores about the pooled mean, everything scaled alike) with the same t quantile;
the standard deviation of the standardised scores with k - 1 degrees of freedom; and the textbook's limits with a fixed 2.58.
Run: python benchmarks/control.py [simulated samples]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats as sps

from voc.score import control
from voc.stats import Floats

MIXES = {"middling": (0.25, 0.30, 0.45), "good": (0.05, 0.20, 0.75), "excellent": (0.02, 0.13, 0.85), "nearly all": (0.01, 0.04, 0.95)}
EARLIER = (6, 12, 24, 60)
CHUNK = 10_000
Counts = tuple[Floats, Floats, Floats]
Limits = tuple[Floats, Floats]


@dataclass(frozen=True)
class Design:
    """How periods come about.

    Attributes:
        mix: which of MIXES.
        size: answers in a usual period.
        uneven: sizes are drawn within plus or minus this share.
        weekends: two periods in seven have 0.3 times the answers.
        judged: size of the judged period, in usual ones.
        wander: standard deviation of the true score between periods, in sampling errors of a usual period.
        alike: correlation of neighbouring true scores.
        season: height of a yearly wave of twelve periods, in sampling errors.
        step: the later half of the earlier periods lies this many sampling errors below the first half, the judged one in the middle.
        odd: one earlier period, three quarters of the way, lies this many sampling errors lower.
        shift: the last period's own true score lies this many sampling errors lower.
        last: so many periods at the end do.
        calm: answers vary by this share of the variance that chance would give.
    """

    mix: str = "middling"
    size: int = 200
    uneven: float = 0.4
    weekends: bool = False
    judged: float = 1.0
    wander: float = 0.0
    alike: float = 0.0
    season: float = 0.0
    step: float = 0.0
    odd: float = 0.0
    shift: float = 0.0
    last: int = 1
    calm: float = 1.0


def sizes(design: Design, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Answers in each period."""
    n = design.size * rng.uniform(1 - design.uneven, 1 + design.uneven, shape)
    if design.weekends:
        n *= np.where((np.arange(shape[1]) + rng.integers(0, 7, (shape[0], 1))) % 7 >= 5, 0.3, 1.0)
    n[:, -1] *= design.judged
    return np.maximum(np.round(n), control.MIN_ANSWERS)


def offsets(design: Design, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """How far each true score lies from the usual one, in sampling errors of a usual period; wandering of independent periods apart."""
    time = np.arange(shape[1])
    off = design.season * np.sin(2 * np.pi * (time + rng.integers(0, 12, (shape[0], 1))) / 12)
    off[:, :-1] += design.step * np.where(time[:-1] < (shape[1] - 1) // 2, 0.5, -0.5)
    off[:, (shape[1] - 1) * 3 // 4] -= design.odd
    off[:, -design.last :] -= design.shift
    if design.alike:
        noise = rng.standard_normal(shape)
        for i in range(1, shape[1]):
            noise[:, i] = design.alike * noise[:, i - 1] + np.sqrt(1 - design.alike**2) * noise[:, i]
        off += design.wander * noise
    return off


def draw(design: Design, rng: np.random.Generator, times: int, periods: int) -> Counts:
    """Detractors, passives and promoters, each (times, periods)."""
    shape, mix = (times, periods), np.array(MIXES[design.mix])
    n = sizes(design, rng, shape)
    error = np.sqrt((mix[0] + mix[2] - (mix[2] - mix[0]) ** 2) / design.size)
    move = offsets(design, rng, shape) * error / 2
    low, high = np.broadcast_to(mix[0], shape), np.broadcast_to(mix[2], shape)
    if design.wander and not design.alike:  # Dirichlet: near 100 the true score wanders downwards further than upwards
        parts = rng.standard_gamma(mix * (design.size / design.wander**2 - 1), (*shape, 3))
        low, high = parts[..., 0] / parts.sum(-1), parts[..., 2] / parts.sum(-1)
    low, high = np.clip(low - move, 0, 1), np.clip(high + move, 0, 1)
    whole = np.round(n / design.calm).astype(int)
    detractors = rng.binomial(whole, low)
    promoters = rng.binomial(whole - detractors, np.clip(high / np.maximum(1 - low, 1e-12), 0, 1))
    scale = n / whole
    return detractors * scale, (whole - detractors - promoters) * scale, promoters * scale


def ours(counts: Counts) -> Limits:
    """What voc does."""
    chart = control.chart(*counts)
    return chart.low[:, -1], chart.high[:, -1]


def textbook(counts: Counts, how: str) -> Limits:
    """Laney's limits of the last period."""
    detractors, _, promoters = counts
    n = sum(counts)
    earlier, last, k = n[:, :-1], n[:, -1], n.shape[1] - 1
    total = earlier.sum(1)
    score = (promoters - detractors) / n
    mean = (promoters - detractors)[:, :-1].sum(1) / total
    variance = (promoters + detractors)[:, :-1].sum(1) / total - mean**2
    z = (score[:, :-1] - mean[:, None]) * np.sqrt(earlier / np.maximum(variance, 1e-9)[:, None])
    ranges = np.abs(np.diff(z)).mean(1) / control.MEAN_RANGE
    around = np.sqrt((z**2).sum(1) / (k - 1))
    error, freedom = (float(f(np.array([k]))[0]) for f in (control.range_error, control.freedom_of))
    tail = control.FALSE_ALARM / 2
    quantiles = {"ranges": sps.t.isf(tail, freedom) / np.sqrt(1 + error), "deviation": sps.t.isf(tail, k - 1), "fixed 2.58": sps.norm.isf(tail)}
    spread = around if how == "deviation" else ranges
    half = quantiles[how] * spread * np.sqrt(variance * (1 / last + (0 if how == "fixed 2.58" else 1 / total)))
    return 100 * (mean - half), 100 * (mean + half)


METHODS: dict[str, Callable[[Counts], Limits]] = {
    "voc": ours,
    "ranges": lambda counts: textbook(counts, "ranges"),
    "deviation": lambda counts: textbook(counts, "deviation"),
    "fixed 2.58": lambda counts: textbook(counts, "fixed 2.58"),
}


def outside(design: Design, periods: int, times: int, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """Share of judged periods below and above the limits, by method."""
    found = {name: np.zeros(2) for name in METHODS}
    rounds = max(times // CHUNK, 1)
    each = min(times, CHUNK)
    for _ in range(rounds):
        counts = draw(design, rng, each, periods + 1)
        score = 100 * ((counts[2] - counts[0]) / sum(counts))[:, -1]
        for name, method in METHODS.items():
            low, high = method(counts)
            found[name] += [(score < low - 1e-9).mean(), (score > high + 1e-9).mean()]
    return {name: (float(a / rounds), float(b / rounds)) for name, (a, b) in found.items()}


def stays(earlier: int, periods: int, times: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Share of charts on which each of so many periods after a step of 4 sampling errors down is called unusual, by method."""
    counts = draw(Design(shift=4.0, last=periods), rng, times, earlier + periods)
    score = 100 * (counts[2] - counts[0]) / sum(counts)
    kept = np.zeros(periods)
    for i in range(earlier, earlier + periods):
        low, high = textbook((counts[0][:, : i + 1], counts[1][:, : i + 1], counts[2][:, : i + 1]), "ranges")
        kept[i - earlier] = ((score[:, i] < low) | (score[:, i] > high)).mean()
    return {"voc": (control.chart(*counts).side[:, earlier:] != 0).mean(0), "ranges": kept}


def designs() -> dict[str, Design]:
    """What is simulated, by its name; the first four must be kept within a fifth."""
    usual = Design()
    with_wander = {
        "equal sizes": replace(usual, uneven=0.0),
        "sizes +-40 %": usual,
        "sizes +-80 %": replace(usual, uneven=0.8),
        "days, weekends 0.3": replace(usual, size=60, weekends=True, uneven=0.2),
        "judged size 1.5": replace(usual, judged=1.5),
        "judged size 0.5": replace(usual, judged=0.5),
        "75 % promoters, n 50": replace(usual, mix="good", size=50),
        "85 % promoters, n 30": replace(usual, mix="excellent", size=30),
        "95 % promoters, n 30": replace(usual, mix="nearly all", size=30),
        "95 % promoters, n 100": replace(usual, mix="nearly all", size=100),
        "large, n 20,000": replace(usual, size=20_000),
    }
    table = {}
    for name, design in with_wander.items():
        table |= {name: design, f"{name}, wandering": replace(design, wander=1.0)}
    return table | {
        "sizes +-40 %, wandering 3 times": replace(usual, wander=3.0),
        "sizes +-80 %, wandering 3 times": replace(usual, uneven=0.8, wander=3.0),
        "half the variance of chance": replace(usual, calm=0.5),
        "neighbours alike (0.5), wandering": replace(usual, wander=1.0, alike=0.5),
        "a yearly wave of 1 error": replace(usual, season=1.0),
    }


def main(times: str = "40000") -> None:
    """Print the study."""
    rng, m = np.random.default_rng(4), int(times)
    print(f"{m:,} samples a cell; standard error of 1 %: {100 * np.sqrt(0.01 * 0.99 / m):.2f}")
    print('share of ordinary periods called unusual, %, for 6, 12, 24 and 60 earlier periods; "voc" also by side (below/above)')
    for title, design in designs().items():
        rates = [outside(design, k, m, rng) for k in EARLIER]
        print(f"  {title}")
        for name in METHODS:
            sides = "   " + " ".join(f"{100 * a:.2f}/{100 * b:.2f}" for a, b in (r[name] for r in rates)) if name == "voc" else ""
            print(f"    {name:11}" + " ".join(f"{100 * sum(r[name]):6.2f}" for r in rates) + sides)
    print("share of periods found that lie 5 sampling errors lower, %; the earlier ones even, with a step of 3 errors half-way, or with one 6 lower")
    fall = Design(shift=5.0)
    for title, design in {"even": fall, "after a step": replace(fall, step=3.0), "after an odd period": replace(fall, odd=6.0)}.items():
        rates = [outside(design, k, m, rng) for k in EARLIER]
        print(f"  {title}")
        for name in METHODS:
            print(f"    {name:11}" + " ".join(f"{100 * r[name][0]:6.1f}" for r in rates))
    print("a step of 4 sampling errors that stays: how many of the first 12, 24, 60 and 120 periods after it are called unusual")
    for k in EARLIER[1:]:
        for name, found in stays(k, 120, max(m // 20, 100), rng).items():
            print(f"  after {k:2}: {name:11}" + " ".join(f"{found[:end].sum():6.1f}" for end in (12, 24, 60, 120)))


if __name__ == "__main__":
    main(*sys.argv[1:])
