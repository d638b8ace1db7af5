"""Notebooks + parameters -> executed notebooks, or one sentence that says why not."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from voc.report.marks import MIME
from voc.schema import VocError, closest

PAGES = ("01_survey", "02_score", "03_themes", "04_drivers", "05_cohorts", "06_findings")
TIMEOUT_SECONDS = 3600


@dataclass(frozen=True)
class Executed:
    """A notebook that ran to its end.

    Attributes:
        name: page name, e.g. "03_themes".
        notebook: the executed notebook.
        headlines: sentences for the index.
        facts: what it reports for `run.json`.
    """

    name: str
    notebook: nbformat.NotebookNode
    headlines: tuple[str, ...]
    facts: dict[str, Any]


def declared(notebook: Path) -> dict[str, type]:
    """Names and types of the parameters that a notebook declares in its `parameters` cell."""
    cells = nbformat.read(notebook, as_version=4).cells
    source = next((c.source for c in cells if "parameters" in c.metadata.get("tags", [])), "")
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found[node.target.id] = type(ast.literal_eval(node.value))
    return found


def check_parameters(notebooks: Iterable[Path], parameters: dict[str, Any]) -> None:
    """Refuse a parameter that no notebook declares, or whose value has another type.

    Raises:
        VocError: naming the parameter and what is allowed.
    """
    known: dict[str, type] = {}
    for notebook in notebooks:
        known |= declared(notebook)
    for name, value in parameters.items():
        if name not in known:
            raise VocError(f'there is no parameter "{name}"{closest(name, known)}; the notebooks know {", ".join(sorted(known))}')
        wanted = known[name]
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            raise VocError(f'parameter "{name}" must be {_words(wanted)}; found {value!r}')


def convert(notebooks: Iterable[Path], given: dict[str, str]) -> dict[str, Any]:
    """Turn text from the command line into the types that the notebooks declare.

    Raises:
        VocError: as `check_parameters`.
    """
    known: dict[str, type] = {}
    for notebook in notebooks:
        known |= declared(notebook)
    out: dict[str, Any] = {}
    for name, text in given.items():
        wanted = known.get(name, str)
        try:
            out[name] = {"true": True, "false": False}[text.casefold()] if wanted is bool else wanted(text)
        except (ValueError, KeyError):
            raise VocError(f'parameter "{name}" must be {_words(wanted)}; found "{text}"') from None
    return out


def execute(notebook: Path, parameters: dict[str, Any], target: Path, *, progress: bool) -> Executed:
    """Run one notebook with the parameters that it declares.

    Raises:
        VocError: a cell failed, or the notebook stopped before its end.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").setLevel(logging.ERROR)
    mine = {k: v for k, v in parameters.items() if k in declared(notebook)}
    try:
        papermill.execute_notebook(
            notebook, target, parameters=mine, cwd=str(notebook.parent), kernel_name="python3", progress_bar=progress,
            log_output=False, execution_timeout=TIMEOUT_SECONDS, extra_arguments=["--IPKernelApp.log_level=ERROR"],
        )  # fmt: skip
    except PapermillExecutionError as error:
        raise VocError(f"{notebook.stem} failed in cell {error.exec_count}: {error.ename}: {error.evalue}") from None
    except (DeadKernelError, CellTimeoutError) as error:
        raise VocError(f"{notebook.stem} did not finish: {str(error).splitlines()[0]}") from None
    done = nbformat.read(target, as_version=4)
    mark = next((o["data"][MIME] for c in done.cells[-1:] for o in c.get("outputs", []) if MIME in o.get("data", {})), None)
    if mark is None:
        raise VocError(f"{notebook.stem} stopped before its last cell; nothing was published")
    return Executed(notebook.stem, done, tuple(mark["headlines"]), mark["facts"])


def _words(kind: type) -> str:
    return {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false"}.get(kind.__name__, kind.__name__)
