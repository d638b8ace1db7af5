"""requirements.lock pins what pyproject.toml declares, and leaves out exactly what is listed."""

import ast
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def locked(name: str) -> dict[str, str]:
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")]
    assert all(line.count("==") == 1 for line in lines)
    return dict(line.split("==") for line in lines)


def omitted() -> set[str]:
    """The explicit list in scripts/lock.py."""
    for node in ast.parse((ROOT / "scripts" / "lock.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "OMITTED":
            return set(ast.literal_eval(node.value.args[0]))  # type: ignore[attr-defined]
    raise LookupError("OMITTED")


def test_every_declared_package_is_locked_at_an_allowed_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = locked("requirements.lock")
    for text in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        requirement = Requirement(text)
        pin = pins.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement.name} is not locked; run scripts/lock.py"
        assert requirement.specifier.contains(pin), f"{requirement.name} is locked at {pin}, declared {requirement.specifier}"


def test_the_reference_environment_has_no_torch():
    assert omitted() == {"torch", "sentence-transformers", "transformers", "umap-learn", "hdbscan", "numba", "llvmlite"}
    assert not omitted() & set(locked("requirements.lock"))


def test_the_fixed_packages_are_declared():
    """The packages that the project's users rely on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {canonicalize_name(Requirement(t).name) for t in [*project["dependencies"], *project["optional-dependencies"]["dev"]]}
    assert {"jupyterlab", "pandas", "scikit-learn", "spacy", "bertopic", "seaborn", "papermill", "pytest", "nbval"} <= names


def test_bench_lock_holds_only_peers():
    peers = locked("requirements-bench.lock")
    assert peers["torch"] == "2.13.0"
    assert {"sentence-transformers", "umap-learn", "hdbscan"} <= set(peers)
    assert not set(peers) & set(locked("requirements.lock"))
