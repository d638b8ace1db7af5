"""Publishing: whatever happens, a reader sees the old report or the new one, and the next command clears up."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from voc.report import publish
from voc.report.problems import Busy, CannotWrite

FILES = ("index.html", "01_survey.html", "run.json", "tables/a.csv")


def pack(folder: Path, word: str) -> Path:
    """A report in which every file says the same word."""
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(word)
    return folder


def read(folder: Path) -> str:
    """The word that a reader finds; "missing", or "mixture" where files differ or are not all there."""
    if not folder.exists():
        return "missing"
    words = {(folder / name).read_text() if (folder / name).is_file() else "?" for name in FILES}
    names = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    return words.pop() if len(words) == 1 and names == set(FILES) else "mixture"


def places(base: Path) -> list[Path]:
    return [base / "2026-09", base.parent / "restricted" / "themes" / "2026-09"]


def moves(base: Path, word: str) -> list[tuple[Path, Path]]:
    work = publish.work_folder(base, "2026-09")
    return [(pack(work / name, word), place) for name, place in zip(("finished", "themes"), places(base), strict=True)]


@pytest.fixture(params=["exchange", "two renames"])
def base(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of reports, on a system that can exchange folders and on one that cannot."""
    if request.param == "two renames":
        monkeypatch.setattr(publish, "_exchange", lambda one, other: False)
    elif sys.platform != "linux":
        pytest.skip("folders are exchanged on Linux only")
    folder = tmp_path / "reports"
    folder.mkdir()
    return folder


def left(base: Path) -> set[str]:
    return {p.name for p in base.iterdir()}


def test_a_first_report_is_published(base: Path) -> None:
    with publish.lock(base):
        publish.publish(base, moves(base, "new"))
        assert publish.recover(base) == ""
    assert [read(p) for p in places(base)] == ["new", "new"]
    assert left(base) == {"2026-09", ".lock"}


def test_a_report_replaces_the_one_before_as_a_whole(base: Path) -> None:
    for place in places(base):
        pack(place, "old")
    (places(base)[0] / "stale.html").write_text("gone with the old report")
    with publish.lock(base):
        publish.publish(base, moves(base, "new"))
        publish.recover(base)
    assert [read(p) for p in places(base)] == ["new", "new"]
    assert left(base) == {"2026-09", ".lock"}


def test_the_system_here_exchanges_folders(tmp_path: Path) -> None:
    """The tests of "exchange" would otherwise test two renames twice."""
    if sys.platform != "linux":
        pytest.skip("folders are exchanged on Linux only")
    one, other = pack(tmp_path / "one", "1"), pack(tmp_path / "other", "2")
    assert publish._exchange(str(one), str(other))
    assert (read(one), read(other)) == ("2", "1")


def test_what_others_may_read(base: Path) -> None:
    publish.publish(base, moves(base, "new"))
    shown, restricted = (place.stat().st_mode & 0o777 for place in places(base))
    assert shown & 0o555 == 0o777 & ~os.umask(os.umask(0o022)) & 0o555
    assert restricted == 0o700


# killed

STEPS = (
    (os, "rename"), (os, "replace"), (os, "fsync"), (os, "chmod"), (shutil, "rmtree"), (publish, "_exchange"), (Path, "unlink"), (Path, "write_text"),
)  # fmt: skip


def in_a_child(work: Callable[[], None]) -> int:
    """Do something in a copy of this process; its number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn where other threads run, which the child does not need
        child = os.fork()
    if child:
        return child
    try:
        work()
    finally:
        os._exit(0)


def dies(base: Path, way: str, at: int) -> bool:
    """Publish in another process that is killed right after its nth step; whether it came so far."""

    def work() -> None:
        done = iter(range(1, 10_000))

        def dying(real: Callable[..., Any]) -> Callable[..., Any]:
            def step(*given: Any, **named: Any) -> Any:
                out = real(*given, **named)
                if next(done) == at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return out

            return step

        if way == "two renames":
            publish._exchange = lambda one, other: False
        with publish.lock(base):
            publish.recover(base)
            todo = moves(base, "new")
            for holder, name in STEPS:
                setattr(holder, name, dying(getattr(holder, name)))
            publish.publish(base, todo)

    return os.WIFSIGNALED(os.waitpid(in_a_child(work), 0)[1])


def check_after_death(base: Path, seen: str) -> str:
    """What a reader sees is whole; then the next command makes all folders belong to one run."""
    assert read(base / "2026-09") in ("old", "new", seen)
    publish.recover(base)
    words = {read(p) for p in places(base)}
    assert words in ({"old"}, {"new"}), words
    assert left(base) - {".lock"} == {"2026-09"}
    assert {p.name for p in places(base)[1].parent.iterdir()} == {"2026-09"}
    return words.pop()


@pytest.mark.parametrize("way", ["exchange", "two renames"])
@pytest.mark.skipif(sys.platform != "linux", reason="kills processes")
def test_killed_at_any_step_leaves_the_old_report_or_the_new(tmp_path: Path, way: str) -> None:
    """Between two renames no report stands, until the next command."""
    outcomes = []
    for at in range(1, 200):
        base = tmp_path / f"{at}" / "reports"
        base.mkdir(parents=True)
        for place in places(base):
            pack(place, "old")
        if not dies(base, way, at):
            break
        outcomes.append(check_after_death(base, "missing" if way == "two renames" else "old"))
    assert len(outcomes) > 10
    assert outcomes == sorted(outcomes, reverse=True), "once the new report stands, it stays"
    assert set(outcomes) == {"old", "new"}


def render_again_and_again(base: Path) -> None:
    """A stand-in renderer: writes its files one by one and publishes, for ever."""
    while True:
        with publish.lock(base):
            publish.recover(base)
            work = publish.work_folder(base, "2026-09")
            for name in ("finished", "themes"):
                for file in FILES:
                    (work / name / file).parent.mkdir(parents=True, exist_ok=True)
                    (work / name / file).write_text("new")
                    time.sleep(0.0005)
            publish.publish(base, [(work / name, place) for name, place in zip(("finished", "themes"), places(base), strict=True)])


def killed_at_random(base: Path, seed: int) -> str:
    """The stand-in renderer killed at a moment drawn by lot; what stands after the next command."""
    for place in places(base):
        shutil.rmtree(place, ignore_errors=True)
        pack(place, "old")
    child = in_a_child(lambda: render_again_and_again(base))
    time.sleep(random.Random(seed).uniform(0, 0.04))  # noqa: S311 - a moment, not a secret
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with publish.lock(base):
        return check_after_death(base, "old")


@pytest.mark.skipif(sys.platform != "linux", reason="kills processes")
def test_killed_at_moments_drawn_by_lot(tmp_path: Path) -> None:
    base = tmp_path / "reports"
    base.mkdir()
    outcomes = {killed_at_random(base, seed) for seed in range(50)}
    assert outcomes == {"old", "new"}, "some before, some after the first one was published"


# refused


def test_a_second_run_at_the_same_time_is_refused(base: Path) -> None:
    reading, writing = os.pipe()

    def hold() -> None:
        with publish.lock(base):
            os.write(writing, b"held")
            time.sleep(60)

    child = in_a_child(hold)
    assert os.read(reading, 4) == b"held"
    with pytest.raises(Busy, match=r"another run is at work in .*; nothing was changed"), publish.lock(base):
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with publish.lock(base):
        pass
    os.close(reading)
    os.close(writing)


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("step", ["_synced", "_write_journal", "_do"])
def test_a_full_disk_leaves_everything_as_it_was(base: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """The disk is full in the step: simulated, for a test can have no disk of its own (the long script has one)."""
    for place in places(base):
        pack(place, "old")
    todo = moves(base, "new")
    with monkeypatch.context() as patch:
        patch.setattr(publish, step, full)
        with pytest.raises(CannotWrite, match=r"nothing was published in .*: the disk is full. The reports there are as they were"):
            publish.publish(base, todo)
    assert [read(p) for p in places(base)] == ["old", "old"]
    assert publish.recover(base) == ""
    assert left(base) == {"2026-09"}


def test_a_failure_half_way_puts_the_first_folder_back(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in places(base):
        pack(place, "old")
    todo, real = moves(base, "new"), publish._do

    def second_fails(move: publish.Move) -> None:
        if "restricted" in move.target:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), move.target)
        real(move)

    monkeypatch.setattr(publish, "_do", second_fails)
    with pytest.raises(CannotWrite, match=r"cannot be written: Read-only file system"):
        publish.publish(base, todo)
    assert [read(p) for p in places(base)] == ["old", "old"]
    assert {p.name for p in places(base)[1].parent.iterdir()} == {"2026-09"}


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file in the place of the folder")
    with pytest.raises(CannotWrite, match=r"the reports' folder .*reports cannot be used"), publish.lock(tmp_path / "reports"):
        pass


def test_half_a_journal_is_none_and_a_broken_one_removes_nothing(base: Path) -> None:
    pack(base / "2026-09", "old")
    (base / ".journal.json.part").write_text('[{"source": ')
    assert publish.recover(base) == ""
    (base / ".journal.json").write_text('[{"source": ')
    with pytest.raises(CannotWrite, match=r"\.journal\.json cannot be read"):
        publish.recover(base)
    assert read(base / "2026-09") == "old"


def test_a_restricted_folder_on_another_file_system_is_copied_beside_its_target(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated: the device of everything under "restricted" is another one."""
    real = os.stat

    def stat(path: object, *rest: object, **named: object) -> object:
        found = real(path, *rest, **named)  # type: ignore[call-overload]
        if "restricted" not in str(path):
            return found
        return os.stat_result((found.st_mode, found.st_ino, found.st_dev + 1, *found[3:]))

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", stat)
        publish.publish(base, moves(base, "new"))
    assert [read(p) for p in places(base)] == ["new", "new"]
    assert {p.name for p in places(base)[1].parent.iterdir()} == {"2026-09"}
