"""What counting answers costs beside the bare count in the same engine, and what everything after it costs.

Run: python benchmarks/score.py [rows in pandas] [rows in DuckDB]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from voc import score, stats

PLACES, MONTHS, ROUNDS = 200, 24, 5


def survey(n: int) -> pd.DataFrame:
    """Answers of 200 segments over two years."""
    rng = np.random.default_rng(0)
    names = np.array([f"Store {i:03d}" for i in range(PLACES)])
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 730, n), "D")
    frame = pd.DataFrame({"segment": names[rng.integers(0, PLACES, n)], "date": day, "score": rng.integers(0, 11, n)})
    return frame.assign(month=frame["date"].dt.to_period("M").dt.to_timestamp())


def timed(work: Callable[[], Any]) -> float:
    """Seconds that one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ratio(ours: Callable[[], Any], bare: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, float, float]:
    """Median seconds of both, taken in turns, and their ratio."""
    pairs = [(timed(ours), timed(bare)) for _ in range(rounds)]
    mine, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    return mine, other, mine / other


def resident() -> float:
    """GB of memory that this process holds."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1e6


class Peak:
    """The most memory held while the work ran, sampled every few milliseconds."""

    def __enter__(self) -> Peak:
        self.most, self._stop = resident(), threading.Event()
        self._watch = threading.Thread(target=self._look)
        self._watch.start()
        return self

    def _look(self) -> None:
        while not self._stop.wait(0.005):
            self.most = max(self.most, resident())

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._watch.join()


def in_pandas(n: int) -> score.Tally:
    """The month as a column that is there already, and taken from the date."""
    frame = survey(n)
    columns = ["segment", "month", "score"]
    ours, bare, times = ratio(lambda: score.tally(frame, columns[:2]), lambda: frame.groupby(columns).size())
    print(f"pandas, {n:,} rows, the month at hand: {ours:.2f} s, bare groupby size {bare:.2f} s, ratio {times:.2f}")
    month = frame["date"].dt
    ours, bare, times = ratio(
        lambda: score.tally(frame, "segment", every="month"),
        lambda: frame.groupby(["segment", month.to_period("M").rename("month"), "score"]).size(), rounds=3,
    )  # fmt: skip
    print(f"pandas, the month from the date: {ours:.2f} s, bare {bare:.2f} s, ratio {times:.2f}")
    return score.tally(frame, "segment", every="month")


def in_duckdb(n: int) -> None:
    """A Parquet file that need not fit into memory."""
    with tempfile.TemporaryDirectory() as folder:
        rows = f"range({n}) t(i)"
        segment = f"'Store ' || lpad(cast(hash(i) % {PLACES} AS VARCHAR), 3, '0') AS segment"
        answer = "DATE '2024-01-01' + cast(hash(i + 1) % 730 AS INTEGER) AS date, cast(hash(i + 2) % 11 AS TINYINT) AS score"
        duckdb.sql(f"SELECT {segment}, {answer} FROM {rows}").write_parquet(f"{folder}/answers.parquet")  # noqa: S608 - our own words
        source = duckdb.read_parquet(f"{folder}/answers.parquet")
        bare = "segment, date_trunc('month', date) AS period, score, count(*) AS n"
        with Peak() as peak:
            ours, sql, times = ratio(
                lambda: score.tally(source, "segment", every="month"), lambda: source.aggregate(bare, "ALL").fetchall(), rounds=3
            )  # fmt: skip
        print(f"DuckDB, {n:,} rows of Parquet: {ours:.2f} s, bare SQL count {sql:.2f} s, ratio {times:.2f}; at most {peak.most:.2f} GB in memory")


def afterwards(counted: score.Tally) -> None:
    """All inference on the table of 200 segments."""
    half = [counted.where(period=p) for p in sorted(counted.frame["period"].unique())[-2:]]
    steps: dict[str, Callable[[], Any]] = {
        "score": lambda: score.nps(counted),
        "by segment": lambda: score.by(counted, "segment"),
        "trend": lambda: score.trend(counted),
        "change": lambda: score.change(*half),
        "split of the change": lambda: score.bridge(*half, by="segment"),
    }
    seconds = {name: statistics.median(timed(step) for _ in range(ROUNDS)) for name, step in steps.items()}
    total = 1000 * sum(seconds.values())
    parts = ", ".join(f"{name} {1000 * s:.0f}" for name, s in seconds.items())
    print(f"inference for {PLACES} segments, {MONTHS} months: {total:.0f} ms ({parts})")


def bootstrap() -> None:
    """10,000 replicates of one score, for few and for many answers."""
    seconds = {
        n: statistics.median(timed(lambda n=n: stats.resample([n // 4, n // 4, n // 2], draws=10_000, seed=0)) for _ in range(20))
        for n in (10**3, 10**9)
    }
    few, many = seconds.values()
    print(f"10,000 resamples: {1000 * few:.2f} ms for 1,000 answers, {1000 * many:.2f} ms for 1,000,000,000, ratio {many / few:.2f}")


def main(rows: str = "10_000_000", parquet: str = "100_000_000") -> None:
    """Print the ratios."""
    afterwards(in_pandas(int(rows)))
    bootstrap()
    in_duckdb(int(parquet))


if __name__ == "__main__":
    main(*sys.argv[1:])
