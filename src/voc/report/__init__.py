"""Survey file -> the six notebooks, run, checked and published as offline HTML: all of it, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from voc import display
from voc.report import backfill, months, publish, runner, shelf
from voc.report.backfill import Made
from voc.report.marks import Done, about, done
from voc.report.plan import Plan, make_plan, notebooks_folder
from voc.report.problems import CannotWrite, NotebookFailed, PageRefused, cannot, reason, refused, unexpected, writing
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
        VocError: another run is at work, the folder cannot be written, holds what is not voc's in the place of a report, or a month has no
            answers: nothing is made then. Or the index cannot be written, and the sentence names the months that were published.
    """
    base = first.base.resolve()
    outcomes: list[tuple[Path, VocError | None]] = []
    with publish.lock(base):
        _cleared_up(base, say)
        _only_own(first, base, wanted)
        works = [publish.work_folder(base, "themes")]
        unwritten = ""
        try:
            with writing(base):
                plans = backfill.chained(first, wanted, works[0], say)
            works += [publish.work_folder(base, plan.month) for plan in plans]
            for made in backfill.side_by_side(list(zip(plans, works[1:], strict=True)), jobs=jobs, say=say):
                error = _finish(made)
                outcomes.append((first.base / made.plan.month / "index.html", error))
                if error is None:
                    unwritten = _index(base)
        finally:
            for folder in works:
                publish.clear_work(folder)
    if unwritten:
        raise _only_the_index(base, outcomes, unwritten)
    return outcomes


def _cleared_up(base: Path, say: Say | None) -> None:
    """What an earlier run left; and the index, which a run that was killed may not have come to."""
    killed = any(base.glob(f"{publish.WORK}*"))
    told = publish.recover(base)
    unwritten = _index(base) if killed or told or (base / months.INDEX).exists() else ""  # which stops nobody: this run may put it right
    for sentence in (told, f"The index of {base} could not be written: {unwritten}." if unwritten else ""):
        if sentence and say:
            say(sentence)


def _only_own(first: Plan, base: Path, wanted: Sequence[str]) -> None:
    """Before anything is made: nothing but voc's own stands where it will be published."""
    with writing(base):
        months.refuse_foreign(base)
        for month in wanted:
            for folder in (base, first.kept, first.listed):
                shelf.refuse_foreign(folder / month, base)


def _index(base: Path) -> str:
    """Bring the index up to date; why it could not be, or "". It is derived: no report falls because of it."""
    try:
        months.refresh(base)
    except OSError as error:
        return refused(error)
    except PageRefused as error:
        return "; ".join(error.problems)
    except Exception as error:
        return reason(error)
    return ""


def _only_the_index(base: Path, outcomes: Sequence[tuple[Path, VocError | None]], why: str) -> CannotWrite:
    """The reports stand, their index does not."""
    stand = [index.parent.name for index, error in outcomes if error is None]
    out = CannotWrite(f"{display.listed(stand)} {'was' if len(stand) == 1 else 'were'} published in {base}, but their index is not up to date: {why}")
    for index, error in outcomes:
        if error is not None:
            out.add_note(f"{index.parent.name} was not published: {error}")
    return out


def _finish(made: Made) -> VocError | None:
    """Publish a finished pack and what belongs to it; or keep what is needed to see why there is none."""
    if made.built is None:
        return _kept_aside(made)
    base, month = made.plan.base, made.plan.month
    moves = [(made.built.folder, base / month)]
    try:
        for name, folder in {"themes": made.plan.kept, "responses": made.plan.listed}.items():
            saved = made.built.saved.get(name)
            if saved is None and (folder / month).is_dir():  # of an earlier run: it does not belong to this report
                saved = made.work / f"no-{name}"
                saved.mkdir()
            if saved is not None:
                moves.append((saved, folder / month))
        publish.publish(base, moves)
    except VocError as error:
        return error
    except OSError as error:
        return CannotWrite(cannot(base, error))
    except Exception as error:
        return unexpected(f"publishing {month}", error)
    return None


def _kept_aside(made: Made) -> VocError | None:
    """The notebooks of a failed run, in a restricted folder: they hold comments."""
    books = sorted(made.work.glob("*.ipynb"))
    if not isinstance(made.error, NotebookFailed | PageRefused) or not books:
        return made.error
    target = made.plan.failed
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in runner.PAGES:
            (target / f"{name}.ipynb").unlink(missing_ok=True)  # of an earlier run
        for book in books:
            shutil.copy(book, target)
    except OSError as error:
        made.error.add_note(f"The notebooks could not be kept in {target}: {error.strerror}.")
    else:
        made.error.add_note(f"The notebooks as far as they ran are in {target}.")
    return made.error
