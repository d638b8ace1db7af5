"""Survey file -> the six notebooks, run, checked and published as offline HTML: all of it, or nothing."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from voc.ingest import find_file, period_label, read_survey
from voc.report import publish, render, runner, shelf
from voc.report.marks import Done, about, done
from voc.schema import VocError, parse_period
from voc.score.pulse import RESTRICTED

__all__ = ["Done", "about", "done", "notebooks_folder", "run"]

SAVED = {"save_themes": "themes", "save_responses": "responses"}  # parameter -> folder in which a run saves it before it is moved
PACKAGES = ("voc-toolkit", "numpy", "pandas", "scipy", "scikit-learn", "spacy", "bertopic", "openvino", "papermill", "nbconvert", "matplotlib")


def run(
    survey_file: str | Path,
    *,
    month: str | int,
    mapping: str | Path = "",
    out: str | Path = "reports",
    parameters: dict[str, str] | None = None,
    say: Callable[[str], None] | None = None,
) -> Path:
    """Make the month's report.

    Args:
        survey_file: the survey, or "sample".
        month: "2026-09", or a year.
        mapping: the mapping file; empty takes `survey.toml` beside the survey.
        out: folder that holds one folder per month.
        parameters: further notebook parameters, as text; an empty `saved_themes` finds the themes afresh.
        say: told about each step; None is silent and shows no progress bar.

    Returns:
        path of the month's `index.html`.

    Raises:
        VocError: the input cannot be used, a notebook failed, or a page did not pass its checks. The published
            report then stays as it was.
    """
    notebooks = [notebooks_folder() / f"{name}.ipynb" for name in runner.PAGES]
    given = runner.convert(notebooks, parameters or {})
    for name in ("survey_file", "mapping", "month"):
        if name in given:
            raise VocError(f'"{name}" is not given as a parameter: the command has its own place for it')
    period = parse_period(month)
    file = find_file(survey_file)
    survey = read_survey(file, mapping or None, format=given.get("file_format", ""))
    survey.month(month)  # a month without answers ends here, before anything runs
    where = str(find_file(mapping).resolve()) if mapping else ""
    kept, listed = (shelf.shelf_of(survey.mapping.title, Path(out).parent / folder) for folder in (shelf.FOLDER, shelf.RESPONSES))
    values = {
        "survey_file": str(file.resolve()),
        "mapping": where,
        "month": str(month),
        **_theme_files(kept, month, where or file),
        **given,
    }
    runner.check_parameters(notebooks, values)
    started = datetime.now(UTC)
    base = Path(out)
    try:
        base.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{month}-", dir=base))
    except OSError as error:
        raise VocError(f"the reports' folder {base} cannot be used: {error.strerror}") from None
    try:
        pages = _execute(notebooks, {name: str((work / folder).resolve()) for name, folder in SAVED.items()} | values, work, say)
        info = render.PageInfo(
            survey.mapping.title, period_label(period), survey.mapping.note, tuple((f"{p.name}.html", render.heading_of(p)) for p in pages)
        )
        finished = work / "finished"
        finished.mkdir()
        _write_pages(pages, info, finished)
        facts = _facts(file, values, pages, started)
        (finished / "run.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        publish.swap(finished, base / str(month))
        _keep(work / SAVED["save_themes"], kept / str(month))
        _keep(work / SAVED["save_responses"], listed / str(month))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return base / str(month) / "index.html"


def notebooks_folder() -> Path:
    """The notebooks of this checkout.

    Raises:
        VocError: voc was installed without them.
    """
    folder = Path(__file__).resolve().parents[3] / "notebooks"
    if not folder.is_dir():
        raise VocError("the report's notebooks are part of the project's checkout; install voc from a clone with `pip install -e .`")
    return folder


def _theme_files(kept: Path, month: str | int, mapping: str | Path) -> dict[str, str]:
    """The themes that the last run before this month saved, and an analyst's changes to themes."""
    last = shelf.last_before(kept, month)
    beside = Path(mapping).with_name("survey.toml") if Path(mapping).suffix != ".toml" else Path(mapping)
    return {"saved_themes": str(last.resolve()) if last else "", "theme_changes": shelf.changes_beside(beside)}


def _keep(made: Path, target: Path) -> None:
    """Move what a run saved to its restricted folder; a survey without comments leaves nothing."""
    if made.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        publish.swap(made, target)


def _execute(notebooks: list[Path], values: dict[str, Any], work: Path, say: Callable[[str], None] | None) -> list[runner.Executed]:
    pages = []
    for i, notebook in enumerate(notebooks, start=1):
        if say:
            say(f"{i}/{len(notebooks)} {notebook.stem}")
        pages.append(runner.execute(notebook, values, work / notebook.name, progress=say is not None))
    return pages


def _write_pages(pages: list[runner.Executed], info: render.PageInfo, folder: Path) -> None:
    """Render and check every page; write none unless all pass."""
    html = {f"{page.name}.html": render.render(page, info) for page in pages}
    html["index.html"] = render.render_index(pages, info)
    problems = [problem for name, text in html.items() for problem in render.check(name, text)]
    problems += [
        f"{name} shows a daily pulse, which lists single customers and is never published" for name, text in html.items() if RESTRICTED in text
    ]
    render.require(problems)
    for name, text in html.items():
        (folder / name).write_text(text, encoding="utf-8")


def _facts(file: Path, values: dict[str, Any], pages: list[runner.Executed], started: datetime) -> dict[str, Any]:
    """What `run.json` records, without folders that exist only on this computer."""
    with file.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    mapping = Path(values["mapping"] or file.with_name("survey.toml"))
    return {
        "parameters": {**values, "survey_file": file.name, "mapping": mapping.name, **_short_names(values)},
        "survey_sha256": digest,
        "mapping_sha256": hashlib.sha256(mapping.read_bytes()).hexdigest(),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "facts": {k: v for page in pages for k, v in page.facts.items()},
        "headlines": {page.name: list(page.headlines) for page in pages},
    }


def _short_names(values: dict[str, Any]) -> dict[str, str]:
    """Theme files without the folders that exist only on this computer."""
    return {name: Path(values[name]).name if values.get(name) else "" for name in ("saved_themes", *SAVED, "theme_changes")}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
