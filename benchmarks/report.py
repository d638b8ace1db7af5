"""Time of a warm monthly report of the sample against six papermill notebooks that only make the same third-party imports, in turns.

Run: python benchmarks/report.py [rounds]. The imports are those that each page's kernel has made at its end, once every module of them and
once only the packages by their names. Wall time is what a reader waits; processor time (of all processes) suffers less from neighbours.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import NamedTuple

import nbformat
import papermill

from voc.report import notebooks_folder
from voc.report.runner import PAGES

MONTH = "2026-09"
BARE = ("modules", "packages")
LOADED = """
import json, sys
found = [n for n, m in list(sys.modules.items()) if "site-packages" in (getattr(m, "__file__", None) or "") and n.split(".")[0] != "voc"]
print(json.dumps(found))
"""


class Seconds(NamedTuple):
    """How long something took, and how much processor time."""

    wall: float
    processor: float


def execute(notebook: Path, target: Path) -> None:
    """Run one notebook as `voc report` does."""
    papermill.execute_notebook(
        notebook, target, cwd=str(notebook.parent), kernel_name="python3", progress_bar=False, log_output=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )  # fmt: skip


def loaded(page: str, folder: Path) -> list[str]:
    """Third-party modules that a page's kernel holds at its end, in the order in which they were loaded."""
    notebook = nbformat.read(notebooks_folder() / f"{page}.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(LOADED))
    nbformat.write(notebook, folder / f"{page}-looked-at.ipynb")
    execute(folder / f"{page}-looked-at.ipynb", folder / f"{page}-ran.ipynb")
    ran = nbformat.read(folder / f"{page}-ran.ipynb", as_version=4)
    return list(json.loads(ran.cells[-1].outputs[0]["text"]))


def only_imports(names: list[str], target: Path) -> None:
    """Write a notebook that does nothing but import."""
    source = "import importlib\nfor name in " + json.dumps(names) + ":\n    importlib.import_module(name)"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), target)


def timed(arguments: list[str]) -> Seconds:
    """Run Python with some arguments to its end."""
    begin, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own commands
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Seconds(time.perf_counter() - begin, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime)


def least(runs: list[Seconds]) -> Seconds:
    """The smallest of each."""
    return Seconds(min(r.wall for r in runs), min(r.processor for r in runs))


def main(rounds: str = "2") -> None:
    """Measure and print the least times and their ratios."""
    installed = packages_distributions()
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        os.environ["VOC_CACHE"] = str(folder / "cache")
        report = ["-m", "voc", "report", "sample", "--month", MONTH, "--out", str(folder / "reports")]
        timed(report)  # fills the caches
        for kind in BARE:
            (folder / kind).mkdir()
        for page in PAGES:
            modules = loaded(page, folder)
            packages = [n for n in dict.fromkeys(m.split(".")[0] for m in modules) if n in installed]
            for kind, names in zip(BARE, (modules, packages), strict=True):
                only_imports(names, folder / kind / f"{page}.ipynb")
        runs = {"report": report} | {kind: [__file__, "--bare", str(folder / kind)] for kind in BARE}
        seconds: dict[str, list[Seconds]] = {name: [] for name in runs}
        for _ in range(int(rounds)):
            for name, arguments in runs.items():
                seconds[name].append(timed(arguments))
    best = {name: least(taken) for name, taken in seconds.items()}
    for kind in BARE:
        for what, ours, theirs in zip(("wall", "processor"), best["report"], best[kind], strict=True):
            print(f"{what} time: warm report {ours:.1f} s, six notebooks that import the same {kind} {theirs:.1f} s, ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bare"]:
        for page in PAGES:
            execute(Path(sys.argv[2], f"{page}.ipynb"), Path(sys.argv[2], f"{page}-done.ipynb"))
    else:
        main(*sys.argv[1:])
