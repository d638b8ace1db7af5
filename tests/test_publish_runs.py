"""Whole runs around publishing: what they refuse first, one month that fails beside others, the index, and workers of a killed run."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from voc import report
from voc.report import backfill, build, months, publish
from voc.report.plan import Plan
from voc.report.problems import CannotWrite, NotebookFailed, PageRefused
from voc.schema import VocError

ANSWERS = "date,nps,comment\n2026-07-02,9,Kind\n2026-08-02,9,Kind\n2026-09-02,3,Slow\n"
MAPPING = 'title = "Survey"\n[columns]\ndate = "date"\ncomment = "comment"\n[score]\ncolumn = "nps"\nmin = 0\nmax = 10\n'
MONTHS = ["2026-07", "2026-08", "2026-09"]
SHELVES = {"themes": "themes.json", "responses": "responses.csv"}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a survey, in which we are; the notebooks are a stand-in."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    (home / "answers.csv").write_text(ANSWERS)
    (home / "survey.toml").write_text(MAPPING)
    monkeypatch.setattr(backfill, "chained", lambda plan, wanted, *_: [plan.at(m, "") for m in wanted])
    monkeypatch.setattr(build, "build", pack)
    return home


def pack(plan: Plan, work: Path, _: object, saved: tuple[str, ...] = tuple(SHELVES)) -> build.Built:
    for name, file in [("finished", "run.json"), *((name, SHELVES[name]) for name in saved)]:
        (work / name).mkdir()
        (work / name / file).write_text(json.dumps({"period": plan.period, "title": "Survey"}))
    return build.Built(work / "finished", {name: work / name for name in saved})


def run(out: str = "reports", wanted: list[str] = MONTHS) -> list[tuple[Path, VocError | None]]:
    return report.run_many(report.make_plan("answers.csv", month=wanted[0], out=out), wanted)


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


# refused first


@pytest.mark.parametrize("place", ["reports/2026-08", "restricted/themes/survey/2026-08", "restricted/responses/survey/2026-08"])
def test_a_folder_of_somebody_else_is_refused_before_anything_is_made(here: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    (here / place).mkdir(parents=True)
    (here / place / "photo.jpg").write_text("mine")
    monkeypatch.setattr(backfill, "chained", None)
    with pytest.raises(CannotWrite, match=rf"{place} is no .* of voc: it holds photo.jpg, .*choose another folder with --out"):
        run()
    assert names(here / place) == {"photo.jpg"}


def test_an_index_of_somebody_else_is_refused(here: Path) -> None:
    (here / "reports").mkdir()
    (here / "reports" / "index.html").write_text("<h1>My photos</h1>")
    with pytest.raises(CannotWrite, match=r"index\.html is no index of voc.*--out"):
        run()
    assert names(here / "reports") == {"index.html", ".lock"}
    assert (here / "reports" / "index.html").read_text() == "<h1>My photos</h1>"


@pytest.mark.parametrize("out", [".", "sub/.."])
def test_restricted_folders_never_lie_in_the_published_one(here: Path, out: str) -> None:
    run(out)
    assert "restricted" not in names(here)
    assert (here.parent / "restricted" / "responses" / "survey" / "2026-09" / "responses.csv").is_file()
    assert {*MONTHS, "index.html"} <= names(here)


def test_what_a_run_no_longer_has_goes_with_the_report_before(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    monkeypatch.setattr(build, "build", lambda plan, work, say: pack(plan, work, say, saved=("themes",)))
    assert [error for _, error in run(wanted=["2026-08"])] == [None]
    assert names(here / "restricted" / "themes" / "survey") == set(MONTHS)
    assert names(here / "restricted" / "responses" / "survey") == {"2026-07", "2026-09"}
    assert names(here / "reports") == {*MONTHS, "index.html", ".lock"}


# one month that fails


@pytest.mark.parametrize("error", [RuntimeError("Kernel died before replying"), KeyError("x"), MemoryError()])
def test_an_error_nobody_foresaw_is_a_sentence_of_its_month(here: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def failing(plan: Plan, work: Path, say: object) -> build.Built:
        if plan.month == "2026-08":
            raise error
        return pack(plan, work, say)

    monkeypatch.setattr(build, "build", failing)
    first, second, third = (e for _, e in run())
    assert (first, third) == (None, None)
    assert isinstance(second, NotebookFailed)
    assert str(second).startswith(f"the report of August 2026 stopped: {type(error).__name__}")
    assert "test_publish_runs.py, line " in str(second)
    assert names(here / "reports") == {"2026-07", "2026-09", "index.html", ".lock"}


def test_a_worker_that_ends_early_is_a_sentence_for_each_month_left(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Pool:
        left = 2

        def __enter__(self) -> Pool:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def submit(self, act: object, plan: Plan, work: Path, _: None) -> Future[backfill.Made]:
            self.left -= 1
            if self.left < 0:
                raise BrokenProcessPool("gone before it was handed out")
            job: Future[backfill.Made] = Future()
            if self.left:
                job.set_result(backfill.Made(plan, work, pack(plan, work, None), None))
            else:
                job.set_exception(BrokenProcessPool("gone"))
            return job

    monkeypatch.setattr(backfill, "_pool", lambda _: Pool())
    outcomes = report.run_many(report.make_plan("answers.csv", month="2026-07"), MONTHS, jobs=2)
    assert outcomes[0][1] is None
    assert [str(e)[:60] for _, e in outcomes[1:]] == [
        f"the report of {m} 2026 was not finished: a worker of --jobs"[:60] for m in ("August", "September")
    ]


def test_themes_that_cannot_be_found_stop_their_month_only(here: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()
    monkeypatch.chdir(here)

    class Found:
        def save(self, folder: Path) -> None:
            folder.mkdir()

    def find(plan: Plan) -> Found:
        if plan.month == "2026-08":
            raise ZeroDivisionError
        return Found()

    monkeypatch.setattr(backfill, "_find", find)
    (tmp_path / "between").mkdir()
    plans = backfill.chained(report.make_plan("answers.csv", month="2026-07"), MONTHS, tmp_path / "between")
    assert [Path(p.values["saved_themes"]).name for p in plans] == ["", "2026-07", "2026-07"]


def test_what_stops_a_page_comes_whole_from_a_worker() -> None:
    error = pickle.loads(pickle.dumps(PageRefused(["02_score.html: a", "03_themes.html: b"])))  # noqa: S301 - our own
    assert (str(error), error.problems) == ("nothing was published: 02_score.html: a; 03_themes.html: b", ("02_score.html: a", "03_themes.html: b"))


# the index


def test_the_index_has_each_month_as_soon_as_it_is_published(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    finish = report._finish

    def watched(made: backfill.Made) -> VocError | None:
        index = here / "reports" / "index.html"
        seen.append(index.read_text().count("/index.html") if index.exists() else 0)
        return finish(made)

    monkeypatch.setattr(report, "_finish", watched)
    run()
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("first", [True, False])
def test_the_next_command_lists_a_month_that_a_killed_run_published(here: Path, monkeypatch: pytest.MonkeyPatch, first: bool) -> None:
    """It was killed between publishing and the index; the next command itself publishes nothing."""
    run(wanted=["2026-08", "2026-09"])
    reports = here / "reports"
    (reports / "index.html").write_text((reports / "index.html").read_text().replace("2026-09/index.html", ""))
    if first:  # there was no index before
        (reports / "index.html").unlink()
        publish.work_folder(reports, "2026-09")
    (reports / ".index.html.123.part").write_text("half")

    def fails(*_: object) -> None:
        raise NotebookFailed("03_themes failed in cell 4")

    monkeypatch.setattr(build, "build", fails)
    assert [type(e) for _, e in run(wanted=["2026-07"])] == [NotebookFailed]
    assert 'href="2026-09/index.html"' in (reports / "index.html").read_text()
    assert names(reports) == {"2026-08", "2026-09", "index.html", ".lock"}


@pytest.mark.parametrize(
    "error", [PageRefused(["index.html holds an address"]), PermissionError(13, "Permission denied", "index.html"), KeyError("x")]
)
def test_an_index_that_cannot_be_written_says_that_the_reports_stand(here: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(months, "page", fails)
    with pytest.raises(
        CannotWrite, match=r"^2026-07, 2026-08 and 2026-09 were published in .*reports, but their index is not up to date: "
    ) as raised:
        run()
    assert "nothing was published" not in str(raised.value)
    assert names(here / "reports") == {*MONTHS, ".lock"}


SCORE = {"n": 20, "value": 1.0, "low": -2.0, "high": 4.0, "change": 1.0, "change_low": -1.0, "change_high": 3.0, "verdict": "rose"}


@pytest.mark.parametrize(
    ("run_json", "cells"),
    [
        ([], ["", "", "", ""]),
        ({"facts": None}, ["", "", "", ""]),
        ({"facts": {"score": {k: v for k, v in SCORE.items() if k != "value"}}}, ["", "", "", ""]),
        ({"facts": {"score": {k: v for k, v in SCORE.items() if k != "change_low"}}}, ["1.0", "-2.0 to 4.0", "20", ""]),
        ({"facts": {"score": SCORE | {"value": "high", "n": True}, "response": {"rate": "x"}}}, ["", "", "", ""]),
        ({"facts": {"score": SCORE | {"value": float("nan")}}}, ["", "", "", ""]),
        ({"facts": {"score": {"n": None}, "response": 7}}, ["too few answers", "", "", ""]),
        ({"facts": {"act": {"cards": [{}, 7, {"title": None}, {"title": "Queue"}]}}}, ["", "", "", ""]),
        ({"facts": {"act": {"cards": 7}}, "title": 7, "period": None}, ["", "", "", ""]),
    ],
)
def test_a_run_json_of_another_hand_is_listed_without_those_numbers(tmp_path: Path, run_json: object, cells: list[str]) -> None:
    import bs4

    for month, content in (("2026-08", {"facts": {"score": SCORE}}), ("2026-09", run_json)):
        (tmp_path / month).mkdir()
        (tmp_path / month / "run.json").write_text(json.dumps(content))
    row, _ = bs4.BeautifulSoup(months.page(tmp_path), "html.parser").select("tbody tr")
    assert row.a is not None
    assert "September 2026" in row.a.get_text()
    assert [td.get_text().replace("−", "-") for td in row.select("td")][:4] == cells
    assert ("Queue" in row.get_text()) == ("Queue" in str(run_json))


# workers of a killed run

BUSY = """
import os, time
from voc.report import backfill

def kernel():
    from jupyter_client.manager import KernelManager
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    client.execute("sum(range(10**15))")  # never lets another thread of the kernel in, as the one that looks whether its parent lives
    time.sleep(1)
    print(os.getpid(), manager.provisioner.pid, flush=True)
    time.sleep(600)

if __name__ == "__main__":
    with backfill._pool(2) as pool:
        pool.submit(kernel)
        pool.submit(time.sleep, 600).result()
"""


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_killed_run_leaves_no_worker_and_no_kernel(tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text(BUSY)
    with subprocess.Popen([sys.executable, str(tmp_path / "busy.py")], stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL) as started:
        assert started.stdout is not None
        below = [int(pid) for pid in started.stdout.readline().split()]
        below += [int(pid) for f in Path(f"/proc/{started.pid}/task").glob("*/children") for pid in f.read_text().split()]
        assert len(below) >= 4, "two workers, one kernel, and what keeps count of them"
        try:
            assert all(lives(pid) for pid in below)
            started.kill()
            until = time.monotonic() + 10
            while any(lives(pid) for pid in below) and time.monotonic() < until:
                time.sleep(0.1)
            assert [pid for pid in below if lives(pid)] == []
        finally:
            for pid in (p for p in below if lives(p)):
                os.kill(pid, signal.SIGKILL)


def test_work_is_removed_where_the_themes_cannot_be_found(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backfill, "chained", fails)
    with pytest.raises(CannotWrite, match="the disk is full"):
        run()
    assert names(here / "reports") == {".lock"}
    assert not list((here / "reports").glob(f"{publish.WORK}*"))
