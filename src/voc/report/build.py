"""A plan -> a folder with the finished, checked pack; nothing is published here."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import voc
from voc.findings.areas import FILE as AREAS
from voc.report import exports, gate, render, runner
from voc.report.plan import SAVED, Plan, notebooks
from voc.report.problems import PageRefused
from voc.report.receipts import Receipt
from voc.report.render import Page

PACKAGES = ("voc-toolkit", "numpy", "pandas", "scipy", "scikit-learn", "spacy", "bertopic", "openvino", "papermill", "nbconvert", "matplotlib")
RUN = "run.json"
LISTS = ("theme_changes", "contacted")  # parameters that name a file; `run.json` holds its name and checksum
Say = Callable[[str], None]


@dataclass(frozen=True)
class Built:
    """A finished pack that is not published yet.

    Attributes:
        folder: the pack.
        saved: folders that belong beside it, which the notebooks wrote: "themes", "responses".
    """

    folder: Path
    saved: dict[str, Path]


def build(plan: Plan, work: Path, say: Say | None = None) -> Built:
    """Run the six notebooks, render and check every page, and write the pack into the work folder.

    Args:
        plan: of the report.
        work: an empty folder.
        say: told about each step; None is silent and shows no progress bar.

    Raises:
        NotebookFailed: a notebook failed or stopped before its end.
        PageRefused: at least one page must not be published; nothing of the pack is written.
    """
    started = datetime.now(UTC)
    values = {name: str((work / folder).resolve()) for name, folder in SAVED.items()} | plan.values
    executed = execute(values, work, say)
    if say:
        say("checking and writing the pages")
    folder = work / "finished"
    write(plan, executed, folder)
    record(plan, values, started, folder)
    return Built(folder, {name: work / name for name in SAVED.values() if (work / name).is_dir()})


def write(plan: Plan, executed: list[runner.Executed], folder: Path) -> None:
    """Check what the notebooks made and write the files of the pack; `run.json` holds what they show, and nothing of the run yet.

    Args:
        plan: of the report.
        executed: the notebooks.
        folder: of the pack; it must not exist.

    Raises:
        PageRefused: at least one page must not be published; nothing is written.
    """
    pages = rendered(plan, executed)
    folder.mkdir()
    for page in pages:
        (folder / page.file).write_text(page.html, encoding="utf-8")
    facts = {k: v for page in executed for k, v in page.facts.items()}
    about = {"title": plan.survey.mapping.title, "month": plan.month, "period": plan.period, "note": plan.survey.mapping.note}
    derived(about, facts, [(p.file, p.receipts) for p in pages], folder)
    shown: dict[str, Any] = {name: about[name] for name in ("title", "month", "period")}
    shown |= {"facts": facts, "headlines": {p.name: list(p.headlines) for p in executed}, "receipts": receipts_of(pages)}
    (folder / RUN).write_text(_json(shown), encoding="utf-8")


def derived(about: dict[str, Any], facts: dict[str, Any], receipts: list[tuple[str, list[Receipt]]], folder: Path) -> None:
    """Write the files that follow from what `run.json` holds: tables, findings, digest.

    Args:
        about: `title`, `month`, `period`, `note`.
        facts: of all pages.
        receipts: of each page, with its file name.
        folder: of the pack.
    """
    exports.write_tables(exports.tables(receipts), folder)
    named = {name: facts[name] for name in ("score", "response", "act", "protect", "new") if name in facts}
    exports.write_findings({name: about[name] for name in ("title", "period", "month", "note")} | named, folder)


def record(plan: Plan, values: dict[str, Any], started: datetime, folder: Path) -> None:
    """Add to a pack's `run.json` how it was made."""
    shown = json.loads((folder / RUN).read_text(encoding="utf-8"))
    about = {name: shown.pop(name) for name in ("title", "month", "period")}
    (folder / RUN).write_text(_json(about | _run(plan, values, started) | shown), encoding="utf-8")


def execute(values: dict[str, Any], work: Path, say: Say | None) -> list[runner.Executed]:
    """Run the notebooks one after the other; each result brings what stands behind it along."""
    books = notebooks()
    executed = []
    for i, book in enumerate(books, start=1):
        if say:
            say(f"{i}/{len(books)} {book.stem}")
        executed.append(runner.execute(book, values, work / book.name, progress=say is not None))
    return executed


def rendered(plan: Plan, executed: list[runner.Executed]) -> list[Page]:
    """Every page of the pack, checked.

    Raises:
        PageRefused: with all problems of all pages.
    """
    mapping = plan.survey.mapping
    ordered = sorted(executed, key=lambda p: (p.name != render.FINDINGS, p.name))  # the page for busy people comes first
    titles = tuple((f"{p.name}.html", render.heading_of(p)) for p in ordered)
    info = render.PageInfo(mapping.title, plan.period, mapping.note, titles, _origin(plan))
    pages = [render.render(page, info) for page in executed]
    teams = render.render_teams(executed[-1], info)
    pages = [*pages, *teams, render.render_index(executed, info, teams)]
    problems = [problem for page in pages for problem in page.problems] + gate.check_pages({p.file: p.html for p in pages})
    if problems:
        raise PageRefused(problems)
    return pages


def _origin(plan: Plan) -> str:
    """What the pages were made from."""
    return f"Made by voc {voc.__version__} from {plan.file.name} (SHA-256 {digest(plan.file)[:12]}…). What stands behind every number is in {RUN}."


def receipts_of(pages: list[Page]) -> dict[str, Any]:
    """What stands behind every number of the pack, by the id of its result."""
    return {receipt.id: {"page": page.file, **receipt.as_json()} for page in pages for receipt in page.receipts}


def _run(plan: Plan, values: dict[str, Any], started: datetime) -> dict[str, Any]:
    """What `run.json` records about how the pack was made, without folders that exist only on this computer."""
    areas = plan.mapping.with_name(AREAS)
    short = {name: Path(values[name]).name if values.get(name) else "" for name in ("saved_themes", *SAVED, *LISTS)}
    return {
        "parameters": {**values, "survey_file": plan.file.name, "mapping": plan.mapping.name, **{k: v for k, v in short.items() if k in values}},
        "survey_sha256": digest(plan.file),
        "mapping_sha256": digest(plan.mapping),
        "areas_sha256": digest_if(areas),
        **{f"{name}_sha256": digest_if(Path(values[name])) for name in LISTS if values.get(name)},
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "versions": versions(),
        "code_sha256": code_digest(),
    }


def _json(run: dict[str, Any]) -> str:
    """Readable, but a result's receipt stands on one line."""
    receipts = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in run["receipts"].items())
    rest = json.dumps({k: v for k, v in run.items() if k != "receipts"}, indent=2, ensure_ascii=False)
    return f'{rest[:-2]},\n  "receipts": {{\n{receipts}\n  }}\n}}\n'


def digest(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def digest_if(file: Path) -> str:
    """SHA-256 of a file; empty where there is none."""
    return digest(file) if file.is_file() else ""


def code_digest() -> str:
    """SHA-256 over voc's own source, for it changes more often than its version."""
    total = hashlib.sha256()
    root = Path(voc.__file__).parent
    for file in sorted(root.rglob("*.py")):
        total.update(str(file.relative_to(root).as_posix()).encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def versions() -> dict[str, str]:
    """Versions of voc and of the packages that numbers and pictures depend on."""
    return {name: _version(name) for name in PACKAGES}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
