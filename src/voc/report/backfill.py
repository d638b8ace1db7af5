"""Many months in one call: their themes one after the other, then their reports side by side, each on its share of the processor."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path

import pandas as pd

from voc import themes
from voc.report import build, runner
from voc.report.build import Built, Say
from voc.report.plan import Plan, notebooks
from voc.report.problems import CannotWrite, NotebookFailed, cannot, reason, unexpected
from voc.schema import VocError, parse_period

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def months_of(words: Sequence[str], *, today: pd.Timestamp) -> list[str]:
    """The months that a command names, in order of time, each once.

    Args:
        words: "2026-09", "2026", "2026-01..2026-09", or "last" for the month before today's.
        today: the day of the run.

    Raises:
        VocError: something else, or a range of which the end comes first.

    >>> months_of(["2025-11..2026-01", "last"], today=pd.Timestamp("2026-03-02"))
    ['2025-11', '2025-12', '2026-01', '2026-02']
    """
    out: list[str] = []
    for word in words:
        first, dots, last = word.partition("..")
        if word == "last":
            out.append(str(pd.Period(today, freq="M") - 1))
        elif not dots:
            parse_period(word)
            out.append(word)
        else:
            start, end = parse_period(first), parse_period(last)
            if start.freqstr != end.freqstr or start > end:
                raise VocError(f'a range of months is given as "2026-01..2026-09", the earlier one first; found "{word}"')
            out += [str(p) for p in pd.period_range(start, end)]
    return sorted(dict.fromkeys(out), key=lambda m: (parse_period(m).end_time, m))


def chained(plan: Plan, months: Sequence[str], folder: Path, say: Say | None = None) -> list[Plan]:
    """Plans of many months, each going on from the themes of the month before it.

    Args:
        plan: of the first month.
        months: in order of time.
        folder: an empty folder for the themes in between.
        say: told about each step.

    Notes:
        Themes are found one after the other here, so that reports that are made side by side are those that runs month by month would make.
        An explicit empty `saved_themes` finds each month's afresh. A month without answers ends all of it, before anything is made. Where
        finding them stops by something unforeseen, the later months go on from the themes before, and that month's own run says why.
    """
    plans = [plan.at(month, plan.values["saved_themes"]) for month in months]
    if len(plans) == 1 or plan.afresh:
        return plans
    saved = plan.values["saved_themes"]
    out = []
    for one in plans:
        if say:
            say(f"themes of {one.period}")
        out.append(one.at(one.month, saved))
        try:
            found = _find(out[-1])
        except (VocError, OSError):
            raise
        except Exception as error:
            if say:
                say(f"themes of {one.period} were not found: {reason(error)}")
            continue
        found.save(folder / one.month)
        saved = str((folder / one.month).resolve()) if (folder / one.month).is_dir() else saved
    return out


def _find(plan: Plan) -> themes.Themes:
    """The themes as the notebooks find them."""
    months = plan.values.get("theme_months", runner.defaults(notebooks())["theme_months"])
    history = plan.survey.until(plan.month).window(plan.month, months=months)
    return themes.find(history, saved=plan.values["saved_themes"], changes=plan.values["theme_changes"])


@dataclass(frozen=True)
class Made:
    """What came of one month: a finished pack, or the reason why there is none."""

    plan: Plan
    work: Path
    built: Built | None
    error: VocError | None


def side_by_side(plans: Sequence[tuple[Plan, Path]], *, jobs: int, say: Say | None = None) -> Iterator[Made]:
    """Build the packs, up to `jobs` at a time, and give them back in order.

    Args:
        plans: each with its empty work folder.
        jobs: how many at a time; each gets its share of the processor's cores.
        say: told about each step; with more than one job only about each month.
    """
    if jobs == 1 or len(plans) == 1:
        for plan, work in plans:
            yield _made(plan, work, say)
        return
    with _pool(jobs) as pool:
        waiting = [_submitted(pool, plan, work) for plan, work in plans]
        for (plan, work), job in zip(plans, waiting, strict=True):
            made = _result(job, plan, work)
            if say:
                say(f"{plan.period}: {'made' if made.built else 'not made'}")
            yield made


def _pool(jobs: int) -> ProcessPoolExecutor:
    """Workers, each with its share of the cores."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    spawn = multiprocessing.get_context("spawn")
    turns = spawn.Queue()
    for i in range(jobs):
        turns.put(cores[i * len(cores) // jobs : (i + 1) * len(cores) // jobs] or [cores[i % len(cores)]])
    return ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_share, initargs=(turns,))


def _submitted(pool: ProcessPoolExecutor, plan: Plan, work: Path) -> Future[Made]:
    try:
        return pool.submit(_made, plan, work, None)
    except BrokenProcessPool as error:  # a worker ended while the months were still being handed out
        broken: Future[Made] = Future()
        broken.set_exception(error)
        return broken


def _result(job: Future[Made], plan: Plan, work: Path) -> Made:
    """What came of a month, also where its worker ended."""
    try:
        return job.result()
    except BrokenProcessPool:
        said = f"the report of {plan.period} was not finished: a worker of --jobs ended early, maybe for lack of memory; try fewer --jobs"
        return Made(plan, work, None, NotebookFailed(said))
    except Exception as error:
        return Made(plan, work, None, unexpected(f"the report of {plan.period}", error))


def _share(turns: multiprocessing.Queue[list[int]]) -> None:
    """Keep this worker, and the kernels it starts, to its share of the cores; end it with the run that started it."""
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    mine = turns.get()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, mine)
    for name in THREADS:
        os.environ[name] = str(len(mine))


def _end_with(sentinel: int) -> None:
    """Wait until the run is gone, however it ended, and end with it. Kernels end by themselves, but a busy one only after a while: kill it."""
    wait([sentinel])
    for children in Path("/proc/self/task").glob("*/children"):  # Linux
        with suppress(OSError):
            for pid in children.read_text(encoding="ascii").split():
                os.kill(int(pid), signal.SIGKILL)
    os._exit(1)


def _made(plan: Plan, work: Path, say: Say | None) -> Made:
    try:
        return Made(plan, work, build.build(plan, work, say), None)
    except VocError as error:
        return Made(plan, work, None, error)
    except OSError as error:  # everything is read by then: it is the pack that cannot be written
        return Made(plan, work, None, CannotWrite(cannot(plan.base, error)))
    except Exception as error:
        return Made(plan, work, None, unexpected(f"the report of {plan.period}", error))
