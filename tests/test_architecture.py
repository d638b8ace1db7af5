"""The code keeps to its one-way order, and ARCHITECTURE.md describes the modules that exist."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "voc"
ORDER = (
    "schema", "stats", "display", "text", "sample", "ingest", "score", "health", "encode", "themes", "drivers", "cohorts", "findings", "plots",
    "report", "cli", "__main__",
)  # fmt: skip
FILES = [p for p in sorted(PACKAGE.rglob("*.py")) if p != PACKAGE / "__init__.py"]
HEAVY = ("torch", "bertopic", "spacy", "matplotlib", "sklearn", "openvino")


def stage(path: Path) -> str:
    """The module a file belongs to: its own name, or that of the folder it lies in."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def resolved(module: str, name: str) -> str:
    """The file that `from module import name` reads: a submodule of that name, else the module itself."""
    folder = PACKAGE.joinpath(*module.split(".")[1:])
    is_file = (folder / f"{name}.py").exists() or (folder / name / "__init__.py").exists()
    return f"{module}.{name}" if module == "voc" or is_file else module


def own_imports(path: Path) -> list[tuple[str, int]]:
    """(module, nesting) of every import of voc; nesting counts the functions around it."""
    found: list[tuple[str, int]] = []

    def visit(node: ast.AST, depth: int) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "voc":
            found.extend((resolved(node.module, a.name), depth) for a in node.names)
        if isinstance(node, ast.Import):
            found.extend((a.name, depth) for a in node.names if a.name.split(".")[0] == "voc")
        for child in ast.iter_child_nodes(node):
            visit(child, depth + isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    visit(ast.parse(path.read_text(encoding="utf-8")), 0)
    return found


def test_every_file_belongs_to_a_stage():
    assert {stage(p) for p in FILES} == set(ORDER)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_one_way_and_are_not_hidden(path: Path):
    here = ORDER.index(stage(path))
    for module, depth in own_imports(path):
        assert depth == 0, f"{module} is imported inside a function"
        parts = module.split(".")
        if len(parts) > 1:
            there = ORDER.index(parts[1])
            assert there <= here, f"{stage(path)} imports {parts[1]}, which comes later"


def test_files_inside_a_stage_have_no_cycle():
    graph = {}
    for path in FILES:
        name = ".".join(("voc", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        graph[name] = {m for m, _ in own_imports(path) if m != name}
    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"cycle: {' -> '.join((*trail, name))}"
        if name not in done:
            for other in graph.get(name, ()):
                walk(other, (*trail, name))
            done.add(name)

    for name in graph:
        walk(name, ())


def test_architecture_page_lists_every_module_in_order():
    listed = re.findall(r"^\| `(\w+)`", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert tuple(listed) == ORDER[:-1]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_file_outgrows_a_sitting(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_import_voc_is_light():
    code = f"import sys, voc; print([m for m in {HEAVY!r} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_public_names_are_all_there():
    import voc

    for name in voc.__all__:
        assert getattr(voc, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = voc.nonsense
