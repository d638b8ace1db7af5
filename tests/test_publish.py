"""Publishing: whatever happens, a reader sees the old report or the new one, and the next command clears up.

What kills and refuses is in scripts/kill_publish.py, which does all of it where these tests do a part.
"""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from voc.report import journal, moves, publish
from voc.report.problems import Busy, CannotWrite

spec = importlib.util.spec_from_file_location("kill_publish", Path(__file__).resolve().parents[1] / "scripts" / "kill_publish.py")
assert spec is not None
assert spec.loader is not None
kill = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kill)

kills = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork and no SIGKILL")
both_ways = pytest.mark.parametrize("way", kill.WAYS)


@pytest.fixture(params=kill.WAYS)
def base(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of reports in which one stands, on a system that can exchange folders and on one that cannot."""
    if request.param == "two renames":
        monkeypatch.setattr(moves, "exchange", lambda one, other: False)
    return kill.standing(tmp_path)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a killed process wrote is not lost; only a power cut loses it."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def standing_now(base: Path) -> list[str]:
    return [kill.seen(place) for place in kill.places(base).values()]


def around(base: Path) -> list[set[str]]:
    """What lies beside the published folders."""
    return [{p.name for p in place.parent.iterdir()} for place in kill.places(base).values()]


def test_the_system_here_exchanges_folders(tmp_path: Path) -> None:
    """The tests of "exchange" would otherwise test two renames twice."""
    if sys.platform != "linux":
        pytest.skip("folders are exchanged on Linux only")
    one, other = kill.pack(tmp_path / "one", "1"), kill.pack(tmp_path / "other", "2")
    assert moves.exchange(one, other)
    assert (kill.seen(one), kill.seen(other)) == ("2", "1")


def test_a_first_report_is_published(tmp_path: Path) -> None:
    base = tmp_path / "reports"
    with publish.lock(base):
        publish.publish(base, kill.made(base))
        assert publish.recover(base) == ""
    assert standing_now(base) == ["new"] * 3
    assert around(base) == [{"2026-09", ".lock"}, {"2026-09"}, {"2026-09"}]


def test_a_report_replaces_the_one_before_as_a_whole(base: Path) -> None:
    (base / "2026-09" / "stale.html").write_text("gone with the old report")
    with publish.lock(base):
        publish.publish(base, kill.made(base))
        assert journal.read(base) is None
        assert publish.recover(base) == "", "there is nothing left to do but to remove the work folder"
    assert standing_now(base) == ["new"] * 3
    assert around(base) == [{"2026-09", ".lock"}, {"2026-09"}, {"2026-09"}]


def test_a_relative_folder_is_published_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    base = Path("reports")
    publish.publish(base, kill.made(base))
    assert standing_now(base) == ["new"] * 3


@kills
def test_what_others_may_read(base: Path) -> None:
    """A work folder is its owner's; the report may be read as the umask allows; restricted folders stay restricted."""

    def rights(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    before = os.umask(0o027)
    try:
        todo = kill.made(base)
        publish.publish(base, todo)
    finally:
        os.umask(before)
    assert rights(todo[0][0].parent) == 0o700
    assert [rights(place) for place in kill.places(base).values()] == [0o750, 0o700, 0o700]


@kills
def test_everything_is_written_out_before_the_journal_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against a power cut, in which a name can last longer than what it names: files and folders, journal, moves, journal, in this order."""
    base, said, waiting = kill.standing(tmp_path), [], set[int]()
    todo = kill.made(base)
    new = {p.stat().st_ino for source, _ in todo for p in (source, *source.rglob("*"))}
    folders = {place.parent.stat().st_ino for place in kill.places(base).values()}
    monkeypatch.setattr(os, "fsync", lambda opened: waiting.discard(os.fstat(opened).st_ino))
    write = journal.write

    def noted(folder: Path, stage: journal.Stage, ready: list[moves.Move]) -> None:
        said.append((stage, set(waiting)))
        write(folder, stage, ready)
        waiting.update(new | folders if stage == "gathering" else folders)

    monkeypatch.setattr(journal, "write", noted)
    publish.publish(base, todo)
    assert said == [("gathering", set()), ("moving", set()), ("clearing", set())]


# killed


@kills
@both_ways
def test_killed_at_any_step_leaves_the_old_report_or_the_new(tmp_path: Path, way: str) -> None:
    """SIGKILL before every call that changes a file. Between two renames no report stands, until the next command."""
    outcomes = kill.killed_at_every_step(tmp_path, way)
    assert outcomes == sorted(outcomes, reverse=True), "once the new report stands, it stays"
    assert min(outcomes.count("old"), outcomes.count("new")) > 20


@kills
@both_ways
def test_stopped_by_ctrl_c_and_then_its_work_folder_removed(tmp_path: Path, way: str) -> None:
    """Between two folders, what is not published yet and what was replaced must not lie in the work folder, which the run removes as it ends."""
    assert set(kill.killed_at_every_step(tmp_path, way, kill.stop, every=3)) == {"old", "new"}


@kills
@both_ways
def test_the_next_command_may_be_killed_as_well(tmp_path: Path, way: str) -> None:
    """A run killed while it moves folders, and the next command at each of its steps."""
    assert kill.killed_twice(tmp_path, way, 60) > 10


@kills
def test_killed_while_it_undoes_what_the_system_refused(tmp_path: Path) -> None:
    """Half a new folder, of which the rest is removed already, must never be published by the next command."""
    assert kill.killed_while_undoing(tmp_path, "exchange", 58) > 10


def killed_at_random(folder: Path, seed: int) -> str:
    """A stand-in for a run - a child that writes its folders file by file, then publishes - killed at a moment drawn by lot; what stands then."""
    shutil.rmtree(folder, ignore_errors=True)
    return kill.killed_by_lot(folder, kill.WAYS[seed % 2], random.Random(seed), 0.08)  # noqa: S311 - a moment, not a secret


@kills
def test_killed_at_moments_drawn_by_lot(tmp_path: Path) -> None:
    """Eight moments here, fifty and more in scripts/kill_publish.py."""
    assert {killed_at_random(tmp_path / "run", seed) for seed in range(8)} == {"old", "new"}


# refused by the system


@kills
@both_ways
def test_any_step_that_the_system_refuses_leaves_everything_as_it_was(tmp_path: Path, way: str) -> None:
    """A full disk, simulated before every third call that changes a file: one sentence and the old report, or the new one."""
    ends = kill.fails_at_every_step(tmp_path, way, errno.ENOSPC, every=3)
    assert set(ends) == {kill.REFUSED, kill.FINISHED, kill.UNTOUCHED}


@kills
def test_a_folder_that_becomes_read_only_at_any_step(tmp_path: Path) -> None:
    """Simulated: every call that changes a file is refused from a step on. The next command, on a disk that can be written, puts it right."""
    assert kill.REFUSED in kill.fails_at_every_step(tmp_path, "two renames", errno.EROFS, for_good=True, every=5)


@kills
@pytest.mark.parametrize("room", [0, 100, 5000])
def test_a_file_that_outgrows_what_is_allowed(tmp_path: Path, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real refusal: the system lets no file grow above this size, so the journal, or the copy of a large folder, does not fit (EFBIG)."""
    import resource

    base = kill.standing(tmp_path)
    todo = kill.made(base)
    (todo[1][0] / "themes.safetensors").write_bytes(b"x" * 6000)
    monkeypatch.setattr(os, "rename", another_file_system(os.rename))

    def run() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        publish.publish(base, todo)

    assert kill.in_child(run) == kill.REFUSED
    assert standing_now(base) == ["old"] * 3
    assert kill.checked(base, may_miss=False) == "old"


def test_the_sentence_says_what_and_where_and_what_stands(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CannotWrite) as raised:
        publish.publish(base, kill.made(base))
    assert str(raised.value) == f"nothing was published in {base}: the disk is full (No space left on device). The reports there are as they were"
    assert raised.value.exit_code == 6
    assert standing_now(base) == ["old"] * 3


def test_what_cannot_be_undone_at_once_is_said_and_put_right_by_the_next_command(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fails after the folders moved, and keeps failing."""

    def failing(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), "reports")

    todo = kill.made(base)
    with monkeypatch.context() as patch:
        for name in ("_lasting", "undo"):
            patch.setattr(publish, name, failing)
        with pytest.raises(
            CannotWrite, match=r"stopped half way: .*Input/output error.*; it could not be undone: .*The next report made there completes"
        ):
            publish.publish(base, todo)
        shutil.rmtree(todo[0][0].parent)
    assert publish.recover(base) == "An earlier run was stopped while it published; that was completed."
    assert standing_now(base) == ["new"] * 3


def test_a_file_in_the_place_of_the_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(CannotWrite, match=r"the reports' folder .*reports cannot be used: File exists"), publish.lock(tmp_path / "reports"):
        pass
    with pytest.raises(CannotWrite, match=r"nothing was published in .*reports"):
        publish.work_folder(tmp_path / "reports", "2026-09")


@kills
def test_a_folder_without_locks_is_not_a_second_run(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def none(*_: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.raises(CannotWrite, match="cannot be locked: No locks available"), publish.lock(base):
        pass


def test_a_file_in_the_place_of_the_month_is_left_alone(tmp_path: Path) -> None:
    base = tmp_path / "reports"
    base.mkdir()
    (base / "2026-09").write_text("a file of somebody")
    with pytest.raises(CannotWrite, match=r"2026-09 cannot be written \(Not a directory\)"):
        publish.publish(base, kill.made(base))
    assert (base / "2026-09").read_text() == "a file of somebody"


def test_a_folder_that_one_may_not_write(tmp_path: Path) -> None:
    if os.name == "nt" or os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    base = kill.standing(tmp_path)
    base.chmod(0o555)
    with pytest.raises(CannotWrite, match="Permission denied"), publish.lock(base):
        pass
    base.chmod(0o755)


def test_what_cannot_be_removed_is_named_once_and_stops_nobody(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(path: Path, *, ignore_errors: bool = False) -> None:
        if ignore_errors:
            return
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(moves.shutil, "rmtree", held)
        publish.publish(base, kill.made(base))
        assert standing_now(base) == ["new"] * 3
        told = publish.recover(base)
        assert "could not be removed" in told
        assert "remove it by hand" in told
        assert publish.recover(base) == ""


# another file system


def another_file_system(rename: object) -> object:
    """As if restricted folders were on another one, seen from the work folder: simulated, as a rename between two that is refused."""

    def refused(source: Path, target: Path) -> None:
        if "restricted" in Path(target).parts and publish.WORK in str(source):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(source), None, str(target))
        rename(source, target)  # type: ignore[operator]

    return refused


def test_a_restricted_folder_on_another_file_system_is_copied_first(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "rename", another_file_system(os.rename))
    copied, copy = [], shutil.copytree

    def watched(source: Path, target: Path, *rest: object, **named: bool) -> None:
        if isinstance(target, Path):  # it calls itself for folders inside, by their names
            copied.append(stat.S_IMODE(target.stat().st_mode))
        copy(source, target, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(shutil, "copytree", watched)
    publish.publish(base, kill.made(base))
    assert copied == [0o700, 0o700], "nobody else may read it while it is copied"
    assert kill.checked(base, may_miss=False) == "new"


@kills
def test_killed_while_it_copies_leaves_no_restricted_copy_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "rename", another_file_system(os.rename))
    assert set(kill.killed_at_every_step(tmp_path, "exchange", every=7)) == {"old", "new"}


# what a killed run left


def test_half_a_journal_is_none(base: Path) -> None:
    (base / journal.PART).write_text('{"stage": "moving", "mov')
    assert publish.recover(base) == ""
    assert around(base)[0] == {"2026-09"}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"stage": "moving"}', '{"stage": "x", "moves": []}', '{"stage": "clearing", "moves": [{"new": 1}]}', "\0\0\0"]
)
def test_a_journal_that_cannot_be_read_removes_nothing(base: Path, text: str) -> None:
    hidden = kill.pack(base / ".2026-08.0a1b2c3d.old", "August, between its two renames")
    kill.pack(base / ".2026-09.0a1b2c3d.new", "new")
    (base / journal.NAME).write_text(text)
    told = publish.recover(base)
    assert "cannot be read" in told
    assert standing_now(base) == ["old"] * 3
    assert not hidden.exists()
    assert kill.seen(base / "2026-08") == "August, between its two renames"
    assert kill.seen(base / ".2026-09.0a1b2c3d.new") == "new"
    assert publish.recover(base) == ""


def killed_between(base: Path) -> None:
    """A journal that says "moving", and no folder moved yet."""
    ready = publish._gathered(base.resolve(), kill.made(base))
    journal.write(base.resolve(), "moving", ready)


def test_a_run_that_was_killed_while_it_moved_is_completed(base: Path) -> None:
    killed_between(base)
    assert publish.recover(base) == "An earlier run was stopped while it published; that was completed."
    assert standing_now(base) == ["new"] * 3
    assert around(base) == [{"2026-09"}] * 3, "the work folder of the dead run is gone, too"


def test_publishing_never_overwrites_a_journal(base: Path) -> None:
    """Of a month before in the same run, say."""
    killed_between(base)
    later = kill.pack(publish.work_folder(base, "2026-10") / "finished", "October")
    publish.publish(base, [(later, base / "2026-10")])
    assert (standing_now(base), kill.seen(base / "2026-10")) == (["new"] * 3, "October")


def test_a_run_is_completed_where_the_folders_are_mounted_now(base: Path, tmp_path: Path) -> None:
    killed_between(base)
    (tmp_path / "elsewhere").mkdir()
    for name in ("reports", "restricted"):
        (tmp_path / name).rename(tmp_path / "elsewhere" / name)
    assert "completed" in publish.recover(tmp_path / "elsewhere" / "reports")
    assert standing_now(tmp_path / "elsewhere" / "reports") == ["new"] * 3


def test_a_run_of_which_a_folder_is_gone_is_undone(base: Path) -> None:
    killed_between(base)
    noted = json.loads((base / journal.NAME).read_text())["moves"]
    shutil.rmtree(base / noted[2]["fresh"])
    assert publish.recover(base) == "An earlier run was stopped while it published; that was undone."
    assert standing_now(base) == ["old"] * 3
    assert around(base) == [{"2026-09"}] * 3


def test_a_report_that_somebody_put_there_meanwhile_stays(base: Path) -> None:
    killed_between(base)
    (base / "2026-09").rename(base / "kept")
    kill.pack(base / "2026-09", "by hand")
    assert "undone" in publish.recover(base)
    assert standing_now(base) == ["by hand", "old", "old"]
    assert kill.seen(base / "kept") == "old"


def test_what_only_looks_like_a_work_folder_stays(base: Path, tmp_path: Path) -> None:
    mine = [base / name for name in (".work-notes", ".work-2026-09", ".work-2026-09-abcdefgh", ".work-themes-abcdefg_")]
    for folder in mine:
        kill.pack(folder, "mine")
    kill.pack(tmp_path / "elsewhere", "mine")
    (base / ".work-2026-08-abcdefgh").symlink_to(tmp_path / "elsewhere")
    (base / ".work-2026-07-abcdefgh").mkdir()  # killed before it was marked
    dead = publish.work_folder(base, "2026-09")
    kill.pack(dead / "finished", "dead")
    assert publish.recover(base) == ""
    assert [kill.seen(folder) for folder in (*mine, tmp_path / "elsewhere")] == ["mine"] * 5
    assert around(base)[0] == {"2026-09", ".work-2026-08-abcdefgh", *(folder.name for folder in mine)}


@kills
def test_killed_while_it_removes_its_work(tmp_path: Path) -> None:
    """What is left of a work folder is still known to be one."""
    for number in range(1, 100):
        base = kill.standing(tmp_path / str(number))
        work = kill.made(base)[0][0].parent

        def run(work: Path = work, number: int = number) -> bool:
            met = kill.before_step(number, kill.die)
            publish.clear_work(work)
            return met()

        end = kill.in_child(run)
        publish.recover(base)
        assert around(base)[0] == {"2026-09"}
        if end == kill.UNTOUCHED:
            assert number > 5
            return


VICTIMS = {
    "fresh": ["../victim", "/victim", "../../victim", ".2026-09.aa.old", "../restricted/themes/survey/.2026-09.aa.new", "2026-08", ".", ""],
    "aside": ["../victim", ".2026-09.bb.old", ".2026-08.aa.old"],
    "target": ["../victim", "../2026-09", "../restricted/2026-09", "../restricted/other/survey/2026-09", "../restricted/themes/../../2026-09"],
}


@pytest.mark.parametrize("stage", ["gathering", "moving", "clearing"])
@pytest.mark.parametrize(("place", "name"), [(place, name) for place, names in VICTIMS.items() for name in names])
def test_a_journal_that_names_what_voc_does_not_make_removes_nothing(tmp_path: Path, stage: str, place: str, name: str) -> None:
    base = kill.standing(tmp_path / "here")
    for folder in (base.parent / "victim", base.parent / "2026-09", tmp_path / "victim", base / "2026-08", base / ".2026-09.aa.new"):
        kill.pack(folder, "mine")
    noted = {"target": "2026-09", "fresh": ".2026-09.aa.new", "aside": ".2026-09.aa.old", "new": 1, "old": 2}
    inside = noted | {place: name}
    if place == "target":  # its hidden names lie beside it
        parent = Path(name).parent
        inside |= {"fresh": str(parent / ".2026-09.aa.new"), "aside": str(parent / ".2026-09.aa.old")}
        kill.pack(base / inside["fresh"], "mine")
    before = sorted(p for p in tmp_path.rglob("*") if p.is_file())
    (base / journal.NAME).write_text(json.dumps({"stage": stage, "moves": [inside]}))
    told = publish.recover(base)
    assert "cannot be read: it names" in told
    assert before == sorted(p for p in tmp_path.rglob("*") if p.is_file() and not p.name.startswith(journal.NAME))


def test_a_survey_whose_restricted_folder_is_a_link_is_published_and_completed(tmp_path: Path) -> None:
    base = kill.standing(tmp_path)
    (tmp_path / "safe").mkdir()
    (tmp_path / "restricted" / "themes" / "survey").rename(tmp_path / "safe" / "any")
    (tmp_path / "restricted" / "themes" / "survey").symlink_to(tmp_path / "safe" / "any")
    (tmp_path / "restricted" / "responses").rename(tmp_path / "safe" / "responses")
    (tmp_path / "restricted" / "responses").symlink_to(tmp_path / "safe" / "responses")
    killed_between(base)
    assert publish.recover(base) == "An earlier run was stopped while it published; that was completed."
    assert standing_now(base) == ["new"] * 3


def restored(base: Path) -> None:
    """As a backup gives folders back: each is another one."""
    noted = json.loads((base / journal.NAME).read_text())
    for move in noted["moves"]:
        move |= {"new": 2**62, "old": 2**62 + 1}
    (base / journal.NAME).write_text(json.dumps(noted))


def test_a_backup_of_a_run_between_its_two_renames_gives_the_report_back(base: Path) -> None:
    killed_between(base)
    moved = json.loads((base / journal.NAME).read_text())["moves"][0]
    (base / moved["target"]).rename(base / moved["aside"])
    restored(base)
    told = publish.recover(base)
    assert "that was undone" in told
    assert "kept; remove them by hand: " in told
    assert str(base / moved["fresh"]) in told
    assert standing_now(base) == ["old"] * 3
    assert publish.recover(base) == ""


# what is not voc's


def folders_of(base: Path) -> list[Path]:
    return list(kill.places(base).values())


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_folder_of_somebody_else_is_never_replaced(base: Path, which: int) -> None:
    """Photos of that month, say. An empty folder, and one that voc wrote itself, are."""
    todo, place = kill.made(base), folders_of(base)[which]
    shutil.rmtree(place)
    (place / "paris").mkdir(parents=True)
    (place / "paris" / "photo.jpg").write_text("mine")
    with pytest.raises(CannotWrite, match=rf"{place} is no (report|folder) of voc: it holds paris, and no .*; choose another folder with --out"):
        publish.publish(base, todo)
    assert (place / "paris" / "photo.jpg").read_text() == "mine"
    assert [kill.seen(p) for p in folders_of(base) if p != place] == ["old", "old"]
    shutil.rmtree(place / "paris")
    publish.publish(base, todo)
    assert standing_now(base) == ["new"] * 3


# what this run does not have


def without_responses(base: Path) -> list[tuple[Path, Path]]:
    todo = kill.made(base)
    shutil.rmtree(todo[2][0])
    todo[2][0].mkdir()
    return todo


def test_an_empty_folder_removes_what_is_in_the_place(base: Path) -> None:
    publish.publish(base, without_responses(base))
    assert standing_now(base) == ["new", "new", "missing"]
    assert publish.recover(base) == ""
    assert around(base) == [{"2026-09"}, {"2026-09"}, set()]


@kills
@both_ways
def test_killed_while_it_removes_what_this_run_does_not_have(tmp_path: Path, way: str) -> None:
    ends = []
    for number in range(1, 1000, 3):
        base = kill.standing(tmp_path / str(number))

        def run(base: Path = base, number: int = number) -> bool:
            todo = without_responses(base)
            kill.take(way)
            met = kill.before_step(number, kill.die)
            publish.publish(base, todo)
            return met()

        end = kill.in_child(run)
        publish.recover(base)
        ends.append(standing_now(base))
        assert ends[-1] in (["old"] * 3, ["new", "new", "missing"])
        assert around(base) == [{"2026-09"}, {"2026-09"}, {"2026-09"} if ends[-1][2] == "old" else set()]
        if end == kill.UNTOUCHED:
            break
    assert ends[0] != ends[-1]


# two at once


@kills
def test_a_second_run_at_the_same_time_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    base = kill.standing(tmp_path)
    reading, writing = os.pipe()

    def hold() -> None:
        with publish.lock(base):
            os.write(writing, b"held")
            time.sleep(60)

    child = kill.started(hold)
    assert os.read(reading, 4) == b"held"
    with pytest.raises(Busy, match=r"another run is at work in .*; nothing was changed"), publish.lock(base):
        pass
    os.kill(child, signal.SIGKILL)
    assert kill.ended(child) == kill.KILLED
    with publish.lock(base):
        pass
    os.close(reading)
    os.close(writing)


def test_the_lock_is_free_again_after_a_run_and_after_one_that_failed(base: Path) -> None:
    with pytest.raises(ZeroDivisionError), publish.lock(base):
        _ = 1 / 0
    with publish.lock(base), pytest.raises(Busy), publish.lock(base):
        pass


@kills
def test_programs_that_a_run_starts_do_not_hold_its_lock(tmp_path: Path) -> None:
    """A kernel that outlives a killed run must not lock the next one out."""
    code = "print('up', flush=True); import time; time.sleep(60)"
    with publish.lock(tmp_path):
        kernel = subprocess.Popen([sys.executable, "-S", "-c", code], close_fds=False, stdout=subprocess.PIPE)
    with kernel:
        assert kernel.stdout is not None
        assert kernel.stdout.readline() == b"up\n"
        with publish.lock(tmp_path):
            kernel.kill()
