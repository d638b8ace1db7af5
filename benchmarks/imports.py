"""Time of `import voc` against `import pandas`, in fresh processes, in turn. Run: `python benchmarks/imports.py`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 9


def main() -> None:
    """Measure and print medians and their ratio."""
    seconds: dict[str, list[float]] = {"pandas": [], "voc": []}
    for _ in range(ROUNDS):
        for name, values in seconds.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {name}"], check=True)  # noqa: S603 - our own two commands
            values.append(time.perf_counter() - start)
    median = {name: statistics.median(values) for name, values in seconds.items()}
    print(f"import pandas {median['pandas']:.2f} s, import voc {median['voc']:.2f} s, ratio {median['voc'] / median['pandas']:.2f}")


if __name__ == "__main__":
    main()
