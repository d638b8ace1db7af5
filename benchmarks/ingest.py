"""Reading a survey of a million rows against `pandas.read_csv(dtype=str)` on the same file: ratio of times, and peak memory.

Each reader runs in a process of its own; the better of three runs counts. Redaction is lazy and measured apart.
Run: python benchmarks/ingest.py [rows]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

MAPPING = """
[columns]
response_id = "response_id"
customer = "customer"
date = "answered_at"
touchpoint = "touchpoint"
comment = "comment"
[score]
column = "recommend"
min = 0
max = 10
[segments]
region = "region"
agent = "agent"
""" + "".join(
    f'[ratings.{q}]\ncolumn = "{q}"\nmin = 1\nmax = 5\nnot_applicable = ["N/A"]\n' for q in ("knowledgeable", "friendly", "patient", "resolution")
)
PANDAS = "import pandas as pd; frame = pd.read_csv({file!r}, dtype=str)"
OURS = "import voc; survey = voc.ingest.check({file!r}, {mapping!r}); receipt = survey.receipt; receipt.objections"
REDACTION = OURS + "; started = time.perf_counter(); receipt.hidden"
CHILD = """
import json, resource, time
import pandas, numpy, pyarrow.csv, phonenumbers
{warm}
started = time.perf_counter()
{code}
seconds = time.perf_counter() - started
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20]))
"""


def survey(file: Path, n: int) -> None:
    """A made-up survey of twelve columns; comments on three rows in five, two in three of them different."""
    rng = np.random.default_rng(1)
    words = np.array("the staff were kind and quick but my order came late again and nobody rang back when I asked twice about it".split())
    picks = rng.integers(0, len(words), (n // 2, 14))
    comments = np.array([" ".join(words[row]) for row in picks], dtype=object)
    comments[::400] = "please ring me on 020 7946 0991 or write to jo@example.com about order 4471-88213"
    told = np.where(rng.random(n) < 0.6, comments[rng.integers(0, len(comments), n)], "")
    days = (pd.Timestamp("2025-09-01") + pd.to_timedelta(rng.integers(0, 390 * 86_400, n), unit="s")).strftime("%Y-%m-%d %H:%M:%S")
    frame = pd.DataFrame(
        {
            "response_id": [f"R{i:08d}" for i in range(n)], "customer": [f"C{i:07d}" for i in rng.integers(0, n * 4 // 5, n)], "answered_at": days,
            "touchpoint": rng.choice(["Call centre", "Website", "Store"], n), "region": rng.choice(["North", "South", "East", "NA"], n),
            "agent": rng.choice([f"{i:03d}" for i in range(400)], n),
            **{q: rng.choice(["1", "2", "3", "4", "5", "", "N/A"], n) for q in ("knowledgeable", "friendly", "patient", "resolution")},
            "recommend": rng.integers(0, 11, n).astype(str), "comment": told,
        }
    )  # fmt: skip
    frame.to_csv(file, index=False)


def timed(code: str, warm: str = "") -> tuple[float, float]:
    """Seconds and peak memory in GB of the best of three runs."""
    program = CHILD.format(code=code, warm=warm)
    command = [sys.executable, "-c", program]
    runs = [json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(3)]  # noqa: S603
    return min(seconds for seconds, _ in runs), max(memory for _, memory in runs)


def main(rows: str = "1000000") -> None:
    """Print times, ratio and memory."""
    with tempfile.TemporaryDirectory() as folder:
        file, mapping = Path(folder) / "survey.csv", Path(folder) / "survey.toml"
        survey(file, int(rows))
        mapping.write_text(MAPPING)
        print(f"{int(rows):,} rows, 12 columns, {file.stat().st_size / 2**20:,.0f} MB")
        names = {"file": str(file), "mapping": str(mapping)}
        warm = "import voc; voc.ingest; import pandera.pandas"
        peer, peer_memory = timed(PANDAS.format(**names), warm)
        ours, memory = timed(OURS.format(**names), warm)
        lazy, lazy_memory = timed(REDACTION.format(**names), warm)
        print(f"pandas.read_csv(dtype=str)          {peer:6.2f} s  {peer_memory:.2f} GB")
        print(f"voc: read, validated and receipted  {ours:6.2f} s  {memory:.2f} GB  ratio {ours / peer:.2f}")
        print(f"redaction of the distinct comments  {lazy:6.2f} s  {lazy_memory:.2f} GB (apart)")


if __name__ == "__main__":
    main(*sys.argv[1:])
