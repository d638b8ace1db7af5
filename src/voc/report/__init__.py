"""Survey file -> the six notebooks, run, checked and published as offline HTML: all of it, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from voc.report import backfill, months, publish, shelf
from voc.report.backfill import Made
from voc.report.marks import Done, about, done
from voc.report.plan import Plan, make_plan, notebooks_folder
from voc.report.problems import CannotWrite, NotebookFailed, PageRefused
from voc.schema import VocError

__all__ = ["Done", "about", "done", "make_plan", "notebooks_folder", "run", "run_many"]

Say = Callable[[str], None]


def run(
    survey_file: str | Path,
    *,
    month: str | int,
    mapping: str | Path = "",
    out: str | Path = "reports",
    parameters: dict[str, str] | None = None,
    say: Say | None = None,
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
    first = make_plan(survey_file, month=month, mapping=mapping, out=out, parameters=parameters)
    ((index, error),) = run_many(first, [str(month)], say=say)
    if error is not None:
        raise error
    return index


def run_many(first: Plan, wanted: Sequence[str], *, jobs: int = 1, say: Say | None = None) -> list[tuple[Path, VocError | None]]:
    """Make the reports of several months. One that cannot be published does not stop the others.

    Args:
        first: a plan of one of them; the others differ in their month only.
        wanted: the months, in order of time.
        jobs: how many at a time.
        say: told about each step; None is silent.

    Returns:
        for each month where its `index.html` is, and why it was not published (None where it was).

    Raises:
        VocError: another run is at work, the folder cannot be written, or a month has no answers; nothing is made then.
    """
    base = first.base
    outcomes: list[tuple[Path, VocError | None]] = []
    with publish.lock(base):
        told = publish.recover(base)
        if told:
            months.write(base)  # what was completed belongs into the index, whatever becomes of this run
            if say:
                say(told)
        between = publish.work_folder(base, "themes")
        plans = backfill.chained(first, wanted, between, say)
        works = [(p, publish.work_folder(base, p.month)) for p in plans]
        try:
            for made in backfill.side_by_side(works, jobs=jobs, say=say):
                outcomes.append((base / made.plan.month / "index.html", _finish(made)))
        finally:
            for folder in (between, *(work for _, work in works)):
                shutil.rmtree(folder, ignore_errors=True)
        try:
            if any(error is None for _, error in outcomes):
                months.write(base)
        except OSError as error:
            raise CannotWrite(f"the months' index in {base} cannot be written: {error.strerror}; the reports themselves stand") from None
    return outcomes


def _finish(made: Made) -> VocError | None:
    """Publish a finished pack and what belongs to it; or keep what is needed to see why there is none."""
    if made.built is None:
        return _kept_aside(made)
    shelves = {"themes": made.plan.kept, "responses": made.plan.listed}
    moves = [(made.built.folder, made.plan.base / made.plan.month)]
    moves += [(folder, shelves[name] / made.plan.month) for name, folder in made.built.saved.items()]
    try:
        publish.publish(made.plan.base, moves)
    except VocError as error:
        return error
    return None


def _kept_aside(made: Made) -> VocError | None:
    """The notebooks of a failed run, in a restricted folder: they hold comments."""
    books = sorted(made.work.glob("*.ipynb"))
    if not isinstance(made.error, NotebookFailed | PageRefused) or not books:
        return made.error
    target = shelf.shelf_of(made.plan.survey.mapping.title, made.plan.base.parent / shelf.FAILED) / made.plan.month
    try:
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(mode=0o700, parents=True)
        for book in books:
            shutil.copy(book, target)
    except OSError as error:
        made.error.add_note(f"The notebooks could not be kept in {target}: {error.strerror}.")
    else:
        made.error.add_note(f"The notebooks as far as they ran are in {target}.")
    return made.error
