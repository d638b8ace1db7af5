"""The notebooks are thin, executed on the sample, and hold nothing but what the sample gives."""

import ast
from pathlib import Path

import nbformat
import pytest

from voc.report.marks import MIME
from voc.report.runner import PAGES, declared

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
FORBIDDEN = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try, ast.With, ast.ListComp, ast.Lambda)
# Only these may show other output on another processor.
ENCODER_PAGES = {"03_themes", "04_drivers", "05_cohorts", "06_findings"}
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def cells(path: Path, kind: str = "code") -> list[nbformat.NotebookNode]:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == kind]


def test_the_six_pages_are_there():
    assert tuple(p.stem for p in NOTEBOOKS) == PAGES


@each
def test_schema_title_and_size(path: Path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    headings = [line for c in cells(path, "markdown") for line in c.source.splitlines() if line.startswith("# ")]
    assert len(headings) == 1
    assert notebook.cells[0].source.startswith("# ")
    assert path.stat().st_size <= 500_000


@each
def test_cells_are_thin(path: Path):
    for cell in cells(path):
        # The parameters cell only declares: one line per parameter.
        assert len(cell.source.splitlines()) <= 5 or "parameters" in cell.metadata.get("tags", [])
        assert not cell.source.rstrip().endswith(";")
        found = [type(node).__name__ for node in ast.walk(ast.parse(cell.source)) if isinstance(node, FORBIDDEN)]
        assert not found, f"{found} in: {cell.source}"


@each
def test_one_parameters_cell_with_simple_literals_and_help(path: Path):
    tagged = [c for c in cells(path) if "parameters" in c.metadata.get("tags", [])]
    assert len(tagged) == 1
    for line in tagged[0].source.splitlines():
        assert "  # " in line
    types = declared(path)
    assert set(types.values()) <= {str, int, float, bool}
    assert types["survey_file"] is str
    assert 'survey_file: str = "sample"' in tagged[0].source


@each
def test_outputs_are_those_of_a_clean_run(path: Path):
    code = cells(path)
    assert [c.execution_count for c in code] == list(range(1, len(code) + 1))
    kinds = {o.output_type for c in code for o in c.outputs}
    assert kinds <= {"execute_result", "display_data"}, "an error or a warning is shown"
    assert any(MIME in o.get("data", {}) for o in code[-1].outputs)
    for output in (o for c in code for o in c.outputs if "image/png" in o.get("data", {})):
        assert len(output.metadata["image/png"]["alt"]) > 40


@each
def test_only_encoder_cells_escape_the_comparison(path: Path):
    ignored = [c for c in cells(path) if "nbval-ignore-output" in c.metadata.get("tags", [])]
    assert bool(ignored) == (path.stem in ENCODER_PAGES)


def test_sanitize_file_has_one_pattern():
    """Nbval silently drops an entry it cannot parse; count what it reads."""
    from nbval.plugin import get_sanitize_patterns

    assert len(get_sanitize_patterns((ROOT / "tests" / "nbval_sanitize.cfg").read_text())) == 1
