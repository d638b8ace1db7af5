"""Publishing, killed and refused on purpose: the long version of tests/test_publish.py, for Linux. Real runs: scripts/kill_report.py.

`python scripts/kill_publish.py --times 200` kills a run at every step, the next command at every step of putting that right, and a stand-in
for a whole run at 200 moments drawn by lot; lets every step fail; and, as root, fills a real disk. It ends with 1 if a reader could ever see a
mixture, or if the next command leaves folders of two runs, or anything else, behind. Some minutes; fewer with TMPDIR on a disk in memory.
"""

from __future__ import annotations

import argparse
import errno
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from voc.report import moves, publish
from voc.report.problems import CannotWrite

FILES = ("index.html", "run.json", "tables/a.csv")  # of a report
SHELVED = {"themes": ("themes.json", "themes.safetensors"), "responses": ("responses.csv",)}  # of the folders beside it
STEPS = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree")  # audit events: all that changes a file
WAYS = ("exchange", "two renames")
FINISHED, UNTOUCHED, STOPPED, REFUSED, BROKEN = 0, 10, 11, 6, 1  # how a child ends; untouched: it has no step of that number
KILLED = -signal.SIGKILL


def files_of(place: Path) -> tuple[str, ...]:
    """What voc writes into it."""
    return next((files for name, files in SHELVED.items() if name in (place.name, place.parent.parent.name)), FILES)


def pack(folder: Path, word: str, files: tuple[str, ...] = ()) -> Path:
    """A report, or a folder of a shelf, in which every file says the same word."""
    for name in files or files_of(folder):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(word)
    return folder


def seen(folder: Path) -> str:
    """What a reader finds: the word, "missing", or "mixture" where files differ or are not all there."""
    if not folder.exists():
        return "missing"
    files = files_of(folder)
    words = {(folder / name).read_text() if (folder / name).is_file() else "" for name in files}
    names = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    return words.pop() if len(words) == 1 and names == set(files) else "mixture"


def places(base: Path) -> dict[str, Path]:
    """Where the folders of one run are published."""
    return {"finished": base / "2026-09"} | {name: base.parent / "restricted" / name / "survey" / "2026-09" for name in ("themes", "responses")}


def standing(folder: Path, word: str = "old") -> Path:
    """A reports' folder in which a report stands."""
    base = folder / "reports"
    for place in places(base).values():
        pack(place, word)
    return base


def made(base: Path, word: str = "new", pause: float = 0.0) -> list[tuple[Path, Path]]:
    """A finished run that is not published yet."""
    work = publish.work_folder(base, "2026-09")
    for name, place in places(base).items():
        for file in files_of(place):
            (work / name / file).parent.mkdir(parents=True, exist_ok=True)
            (work / name / file).write_text(word)
            time.sleep(pause)
    return [(work / name, place) for name, place in places(base).items()]


def started(act: Callable[[], bool | None]) -> int:
    """Do it in a process of its own; its number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child of a process with threads only touches files here
        child = os.fork()
    if child:
        return child
    end = BROKEN
    try:
        end = UNTOUCHED if act() is False else FINISHED
    except CannotWrite:
        end = REFUSED
    except KeyboardInterrupt:
        end = STOPPED
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        os._exit(end)


def ended(child: int) -> int:
    """How it ended."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def in_child(act: Callable[[], bool | None]) -> int:
    """Do it in a process of its own; how that ended."""
    return ended(started(act))


def die() -> None:
    """Be killed, as by `kill -9`."""
    os.kill(os.getpid(), signal.SIGKILL)


def stop() -> None:
    """Be stopped by Ctrl-C."""
    raise KeyboardInterrupt


def refuse(code: int) -> Callable[[], None]:
    """Fail as the system does."""

    def fail() -> None:
        raise OSError(code, os.strerror(code))

    return fail


def before_step(number: int, act: Callable[[], None], *, last: int | None = None, killed: int = 0) -> Callable[[], bool]:
    """From here on do this before the step of that number: every change of a file is a step. Only in a child.

    Args:
        number: of the step, from 1.
        act: what to do.
        last: do it before all steps from `number` to this one.
        killed: a later step before which the child is killed; 0 for none.

    Returns:
        asks whether there was such a step, and such a later one; nothing is done from then on.
    """
    count, over, exchange = 0, False, moves.exchange

    def step(event: str, _: object = None) -> None:
        nonlocal count
        if event in STEPS and not over:
            count += 1
            if count == killed:
                die()
            if number <= count <= (last or number):
                act()

    def counted(one: Path, other: Path) -> bool:
        step("os.rename")
        return exchange(one, other)

    def synced(_: int) -> None:
        step("os.rename")  # and no more: what a killed process wrote is not lost, only a power cut loses it

    sys.addaudithook(step)
    moves.exchange, os.fsync = counted, synced  # these two are no audit events themselves

    def met() -> bool:
        nonlocal over
        over = True
        return count >= max(number, killed)

    return met


def take(way: str) -> None:
    """Exchange folders, or do as on a system that cannot."""
    if way == "two renames":
        moves.exchange = lambda one, other: False


def told_by_next(base: Path) -> str:
    """What the next command does first."""
    with publish.lock(base):
        return publish.recover(base)


def checked(base: Path, *, may_miss: bool) -> str:
    """What stands after the next command.

    Raises:
        AssertionError: a reader saw a mixture, or folders of two runs or anything else was left behind.
    """
    for place in places(base).values():
        if (found := seen(place)) not in ("old", "new", "missing" if may_miss else "new"):
            raise AssertionError(f"a reader saw: {found} in {place}")
    told_by_next(base)
    words = {seen(place) for place in places(base).values()}
    if words not in ({"old"}, {"new"}):
        raise AssertionError(f"folders of different runs: {words}")
    for place in places(base).values():
        if left := {p.name for p in place.parent.iterdir()} - {"2026-09", ".lock"}:
            raise AssertionError(f"left behind: {left}")
    return words.pop()


def a_run(base: Path, way: str, number: int, act: Callable[[], None], *, last: int | None = None, killed: int = 0) -> int:
    """Publish in a child that meets something at a step. However it ends, unless killed, it removes its work as `report.run_many` does."""

    def run() -> bool:
        with publish.lock(base):
            todo = made(base)
            take(way)
            met = before_step(number, act, last=last, killed=killed)
            try:
                publish.publish(base, todo)
            finally:
                there = met()
                publish.clear_work(todo[0][0].parent)
            return there

    return in_child(run)


def killed_at_every_step(folder: Path, way: str, act: Callable[[], None] = die, *, every: int = 1) -> list[str]:
    """What stands after the next command, for a run that is killed (or stopped) before its first step, its second, and so on (or every few)."""
    outcomes = []
    for number in range(1, 1000, every):
        base = standing(folder / str(number))
        if a_run(base, way, number, act) == UNTOUCHED:
            return [*outcomes, checked(base, may_miss=False)]
        outcomes.append(checked(base, may_miss=way == "two renames"))
    raise AssertionError("it never finished")


def killed_twice(folder: Path, way: str, number: int) -> int:
    """A run killed at this step, and then the next command at each of its own; how many that were."""
    for second in range(1, 1000):
        base = standing(folder / f"{number}-{second}")
        a_run(base, way, number, die)

        def recovers(base: Path = base, second: int = second) -> bool:
            take(way)
            met = before_step(second, die)
            told_by_next(base)
            return met()

        end = in_child(recovers)
        checked(base, may_miss=way == "two renames")
        if end == UNTOUCHED:
            return second
    raise AssertionError("it never finished")


def killed_while_undoing(folder: Path, way: str, number: int) -> int:
    """The system refuses this step, and the run is killed at each step of undoing what it did; how many that were."""
    for later in range(number + 1, 1000):
        base = standing(folder / f"{number}-{later}")
        end = a_run(base, way, number, refuse(errno.ENOSPC), killed=later)
        checked(base, may_miss=way == "two renames")
        if end != KILLED:
            return later - number - 1
    raise AssertionError("it never finished")


def fails_at_every_step(folder: Path, way: str, code: int, *, for_good: bool = False, every: int = 1) -> list[int]:
    """How runs end that the system refuses a step, the first, the second, and so on; and all after it, if for good."""
    ends = []
    for number in range(1, 1000, every):
        base = standing(folder / str(number))
        ends.append(a_run(base, way, number, refuse(code), last=1_000_000 if for_good else None))
        now = [seen(place) for place in places(base).values()]
        if ends[-1] == BROKEN:
            raise AssertionError(f"step {number}: not one sentence")
        if ends[-1] == REFUSED and not for_good and set(now) != {"old"}:
            raise AssertionError(f"step {number} was refused, and what stands is {now}")
        after = checked(base, may_miss=for_good and way == "two renames")
        if ends[-1] in (FINISHED, UNTOUCHED) and after != "new":
            raise AssertionError(f"step {number}: said to be published, and was not")
        if ends[-1] == UNTOUCHED:
            return ends
    raise AssertionError("it never finished")


def killed_by_lot(folder: Path, way: str, lot: random.Random, longest: float) -> str:
    """A stand-in for a run - a folder written file by file, then published - killed at a moment drawn by lot."""
    base = standing(folder)

    def run() -> None:
        take(way)
        with publish.lock(base):
            publish.recover(base)
            publish.publish(base, made(base, pause=longest / 18))

    child = started(run)
    time.sleep(lot.uniform(0, longest))
    os.kill(child, signal.SIGKILL)
    end = ended(child)
    outcome = checked(base, may_miss=way == "two renames")
    if end == FINISHED and outcome != "new":
        raise AssertionError("said to be published, and was not")
    return outcome


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path | None]:
    """A disk of that size, where root may mount one."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False)
    try:
        yield folder if mounted.returncode == 0 else None
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", str(folder)], check=True)


def full_disk(folder: Path) -> str:
    """A real full disk: filled to its last pages before publishing, so that journal, copy or neither fit."""
    ends = []
    for spare in range(12):
        with small_disk(folder / str(spare), "256k") as disk:
            if disk is None:
                return "a real full disk: skipped, it cannot be mounted here"
            base = standing(disk)
            todo = made(base)
            elsewhere = pack(folder / f"elsewhere-{spare}", "new", files_of(todo[1][1]))
            todo[1] = (elsewhere, todo[1][1])  # this one has to be copied
            fill(disk, keep=spare)
            ends.append(in_child(lambda base=base, todo=todo: publish.publish(base, todo)))
            if ends[-1] == REFUSED and {seen(p) for p in places(base).values()} != {"old"}:
                raise AssertionError("refused, and not as it was")
            (disk / "filling").unlink()
            checked(base, may_miss=False)
    if set(ends) != {FINISHED, REFUSED}:
        raise AssertionError(f"a full disk must refuse some and let others pass: {ends}")
    return f"a real full disk: {ends.count(REFUSED)} refused, {ends.count(FINISHED)} published"


def fill(disk: Path, *, keep: int) -> None:
    """Fill a disk but for some pages."""
    page = 4096
    with (disk / "filling").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * page)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
        file.truncate(max(0, file.tell() // page - keep) * page)


def main() -> int:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=200, help="moments drawn by lot, for each way of moving folders")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=4, help="of the steps after which something else is killed; 1 takes an hour")
    chosen = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="voc-kill-") as name:
        for way in WAYS:
            for part in PARTS:
                folder = Path(name) / way / part.__name__
                folder.mkdir(parents=True)
                try:
                    print(f"{way}: {part(folder, way, chosen)}", flush=True)
                except AssertionError as error:
                    failed += 1
                    print(f"{way}: {part.__name__} FAILED: {error}", flush=True)
        disk = Path(name) / "disk"
        disk.mkdir()
        try:
            print(full_disk(disk))
        except AssertionError as error:
            failed += 1
            print(f"full_disk FAILED: {error}")
    print(f"{failed} parts failed" if failed else "All parts passed.")
    return 1 if failed else 0


def _every_step(folder: Path, way: str, _: argparse.Namespace) -> str:
    outcomes = killed_at_every_step(folder, way)
    if outcomes != sorted(outcomes, reverse=True) or set(outcomes) != {"old", "new"}:
        raise AssertionError(f"once the new report stands, it stays: {outcomes}")
    return f"killed at each of {len(outcomes) - 1} steps: {outcomes.count('old')} times the old report, {outcomes.count('new')} the new"


def _some_steps(folder: Path, way: str, chosen: argparse.Namespace) -> range:
    """Every few steps of a run; another seed takes others."""
    return range(1 + chosen.seed % chosen.every, len(killed_at_every_step(folder, way)), chosen.every)


def _twice(folder: Path, way: str, chosen: argparse.Namespace) -> str:
    pairs = sum(killed_twice(folder, way, number) for number in _some_steps(folder / "once", way, chosen))
    return f"killed, and the next command killed at each of its steps: {pairs} pairs"


def _undoing(folder: Path, way: str, chosen: argparse.Namespace) -> str:
    pairs = sum(killed_while_undoing(folder, way, number) for number in _some_steps(folder / "once", way, chosen))
    return f"refused, and killed at each step of undoing: {pairs} pairs"


def _stopped(folder: Path, way: str, _: argparse.Namespace) -> str:
    outcomes = killed_at_every_step(folder, way, stop)
    return f"stopped by Ctrl-C at each step: {outcomes.count('old')} times the old report, {outcomes.count('new')} the new"


def _refused(folder: Path, way: str, _: argparse.Namespace) -> str:
    said = []
    for code, for_good in ((errno.ENOSPC, False), (errno.EACCES, False), (errno.EROFS, True)):
        ends = fails_at_every_step(folder / errno.errorcode[code], way, code, for_good=for_good)
        said.append(f"{errno.errorcode[code]}{' for good' if for_good else ''} {ends.count(REFUSED)} of {len(ends)}")
    return f"refused at each step: {', '.join(said)}"


def _by_lot(folder: Path, way: str, chosen: argparse.Namespace) -> str:
    lot = random.Random(chosen.seed)  # noqa: S311
    outcomes = [killed_by_lot(folder / str(i), way, lot, 0.08) for i in range(chosen.times)]
    return f"killed at {chosen.times} moments drawn by lot: {outcomes.count('old')} times the old report, {outcomes.count('new')} the new"


PARTS = (_every_step, _stopped, _twice, _undoing, _refused, _by_lot)

if __name__ == "__main__":
    sys.exit(main())
