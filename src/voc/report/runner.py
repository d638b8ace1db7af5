"""Notebooks + parameters -> executed notebooks, or one sentence that says why not."""

from __future__ import annotations

import ast
import errno
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voc import display
from voc.report.marks import MIME
from voc.report.problems import CannotWrite, NotebookFailed, reason
from voc.schema import VocError, closest

if TYPE_CHECKING:
    import nbformat

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
        heard: numbers as they were shown on the page, with their full values.
        names: numbers that are part of names or of what the file holds, and so are no results.
    """

    name: str
    notebook: nbformat.NotebookNode
    headlines: tuple[str, ...]
    facts: dict[str, Any]
    heard: dict[str, float] = field(default_factory=dict)
    names: frozenset[str] = frozenset()


def declared(notebook: Path) -> dict[str, type]:
    """Names and types of the parameters that a notebook declares in its `parameters` cell."""
    return {name: type(value) for name, value in _literals(notebook).items()}


def defaults(notebooks: Iterable[Path]) -> dict[str, Any]:
    """Values of all parameters of some notebooks, where nothing else is given."""
    return {name: value for notebook in notebooks for name, value in _literals(notebook).items()}


def _literals(notebook: Path) -> dict[str, Any]:
    import nbformat  # one second to load, which no kernel needs to spend

    cells = nbformat.read(notebook, as_version=4).cells
    source = next((c.source for c in cells if "parameters" in c.metadata.get("tags", [])), "")
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found[node.target.id] = ast.literal_eval(node.value)
    return found


def check_parameters(notebooks: Iterable[Path], parameters: dict[str, Any]) -> None:
    """Refuse parameters that no notebook declares, or whose value has another type.

    Raises:
        VocError: naming all of them and what is allowed.
    """
    known = _known(notebooks)
    problems = []
    for name, value in parameters.items():
        wanted = known.get(name)
        if wanted is None:
            problems.append(f'there is no parameter "{name}"{closest(name, known)}; the notebooks know {", ".join(sorted(known))}')
        elif type(value) is not wanted and not (wanted is float and type(value) is int):
            problems.append(f'parameter "{name}" must be {_words(wanted)}; found {value!r}')
    if problems:
        raise VocError("; ".join(problems))


def convert(notebooks: Iterable[Path], given: dict[str, str]) -> dict[str, Any]:
    """Turn text from the command line into the types that the notebooks declare; names are checked by `check_parameters`.

    Raises:
        VocError: naming all values that have another type.
    """
    known = _known(notebooks)
    out: dict[str, Any] = {}
    problems = []
    for name, text in given.items():
        wanted = known.get(name, str)
        try:
            out[name] = {"true": True, "false": False}[text.casefold()] if wanted is bool else wanted(text)
        except (ValueError, KeyError):
            problems.append(f'parameter "{name}" must be {_words(wanted)}; found "{text}"')
    if problems:
        raise VocError("; ".join(problems))
    return out


def _known(notebooks: Iterable[Path]) -> dict[str, type]:
    return {name: kind for notebook in notebooks for name, kind in declared(notebook).items()}


def execute(notebook: Path, parameters: dict[str, Any], target: Path, *, progress: bool) -> Executed:
    """Run one notebook with the parameters that it declares.

    Raises:
        NotebookFailed: a cell failed, the kernel did not start, or the notebook stopped before its end.
        CannotWrite: the disk is full.
    """
    import nbformat
    import papermill
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import CellTimeoutError
    from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").setLevel(logging.ERROR)
    mine = {k: v for k, v in parameters.items() if k in declared(notebook)}
    os.environ[display.WANTED] = "1"  # kernels inherit it; without, results bring no receipts along
    try:
        papermill.execute_notebook(
            notebook, target, parameters=mine, cwd=str(notebook.parent), kernel_name="python3", progress_bar=progress,
            log_output=False, execution_timeout=TIMEOUT_SECONDS, extra_arguments=["--IPKernelApp.log_level=ERROR"],
        )  # fmt: skip
    except PapermillExecutionError as error:
        if os.strerror(errno.ENOSPC) in str(error.evalue):
            raise CannotWrite(f"nothing was published: the disk is full, which stopped {notebook.stem} in cell {error.exec_count}") from None
        raise NotebookFailed(f"{notebook.stem} failed in cell {error.exec_count}: {error.ename}: {error.evalue}") from None
    except (RuntimeError, CellTimeoutError, NoSuchKernel) as error:  # a kernel that does not start, dies, or takes too long
        raise NotebookFailed(f"{notebook.stem} did not finish: {reason(error)}") from None
    done = nbformat.read(target, as_version=4)
    mark = next((o["data"][MIME] for c in done.cells[-1:] for o in c.get("outputs", []) if MIME in o.get("data", {})), None)
    if mark is None:
        raise NotebookFailed(f"{notebook.stem} stopped before its last cell; nothing was published")
    return Executed(notebook.stem, done, tuple(mark["headlines"]), mark["facts"], mark.get("heard", {}), frozenset(mark.get("names", ())))


def _words(kind: type) -> str:
    return {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false"}.get(kind.__name__, kind.__name__)
