"""Kill publishing and whole runs at many moments, fill the disk, run two at once: the old report must stand each time, and no kernel be left.

Run: python scripts/kill_report.py [--times 200] [--jobs 2]. Takes about ten minutes; the tests hold the short version (tests/test_publish.py).
Needs Linux; the full disk needs root, who may mount a small one.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import voc
from voc.report import publish

ROOT = Path(__file__).resolve().parents[1]
MONTH = "2026-09"
BEFORE = "2026-08"  # made beside it by runs with more than one job
STILL_THERE = 15  # seconds after which a kernel of a killed run counts as left behind


def main() -> int:
    """Run everything; how many checks failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200, help="how often the stand-in renderer is killed")
    parser.add_argument("--jobs", type=int, default=2, help="workers of the runs that make two months at a time; 1 leaves these out")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        failed = stand_in(here / "stand-in", chosen.times)
        survey = voc.sample.write(here / "survey", n=600, seed=7)
        base = here / "reports"
        print("a first report")
        started(survey, base).wait()
        failed += at_once(survey, base)
        for seconds in (4.0, 15.0):
            failed += killed_run(survey, base, lambda _, s=seconds: time.sleep(s), f"after {seconds:.0f} s")
        failed += killed_run(survey, base, journal_stands, "while it publishes")
        for seconds in (20.0, 40.0) if chosen.jobs > 1 else ():
            failed += killed_run(survey, base, lambda _, s=seconds: time.sleep(s), f"after {seconds:.0f} s", jobs=chosen.jobs)
        failed += read_only(survey, here)
        failed += full_disk(survey, here)
    print(f"{failed} check(s) failed")
    return min(failed, 1)


def stand_in(base: Path, times: int) -> int:
    """The stand-in renderer of the tests, killed at moments drawn by lot."""
    sys.path.insert(0, str(ROOT / "tests"))
    import test_publish

    base.mkdir(parents=True)
    outcomes = [test_publish.killed_at_random(base, seed) for seed in range(times)]
    print(f"stand-in killed {times} times: {outcomes.count('old')} times the old report stood, {outcomes.count('new')} times the new one")
    return 0


def started(survey: Path, base: Path, jobs: int = 1) -> subprocess.Popen[str]:
    """A run in a process of its own; with more than one job it makes two months."""
    command = [sys.executable, "-m", "voc", "report", str(survey), "--month", MONTH, "--out", str(base), "--quiet"]
    command += ["--month", BEFORE, "--jobs", str(jobs)] if jobs > 1 else []
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def said(run: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and last line of a run."""
    out, _ = run.communicate()
    return run.returncode, (out.strip().splitlines() or [""])[-1]


def fingerprint(report: Path) -> str:
    """What a report holds, byte by byte."""
    total = hashlib.sha256()
    for file in sorted(p for p in report.rglob("*") if p.is_file()):
        total.update(str(file.relative_to(report)).encode() + file.read_bytes())
    return total.hexdigest()


def whole(report: Path) -> bool:
    """Whether a report has all its parts and no number on its pages is another than in `run.json`."""
    import json

    from voc.report import verify

    run = json.loads((report / "run.json").read_text(encoding="utf-8"))
    return (report / "index.html").is_file() and (report / "findings.json").is_file() and not verify._shown(report, run["receipts"])


def below(parent: int) -> list[int]:
    """Processes that a run has started, and those that these have started: workers and kernels."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False).stdout.split()
    return [pid for child in found for pid in (int(child), *below(int(child)))]


def lives(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def journal_stands(base: Path) -> None:
    """Wait until a run begins to publish."""
    while not (base / publish.JOURNAL).exists():
        time.sleep(0.0002)


def killed_run(survey: Path, base: Path, until: object, when: str, jobs: int = 1) -> int:
    """A real run killed at a moment: the report is the old one, or the new one, and whole; its workers and kernels end by themselves."""
    before = fingerprint(base / MONTH)
    run = started(survey, base, jobs)
    until(base)  # type: ignore[operator]
    children = below(run.pid)
    run.send_signal(signal.SIGKILL)
    run.wait()  # and not until what it started lets go of its output
    after = fingerprint(base / MONTH)
    deadline = time.monotonic() + STILL_THERE
    while any(lives(c) for c in children) and time.monotonic() < deadline:
        time.sleep(0.2)
    left = [c for c in children if lives(c)]
    with publish.lock(base):
        told = publish.recover(base)
    good = whole(base / MONTH) and (after == before or bool(told)) and not left
    leftovers = {p.name for p in base.iterdir()} - {MONTH, ".lock", "index.html"} - ({BEFORE} if jobs > 1 else set())
    stands = "the old report stands" if after == before else "the new one stands"
    print(f"real run with {jobs} job(s) killed {when}: {stands}; {told or 'nothing to clear up'}; {len(children)} worker(s) and kernel(s), "
          f"{len(left)} left; {'as it should be' if good and not leftovers else f'WRONG {leftovers}'}")  # fmt: skip
    return int(not good or bool(leftovers))


def at_once(survey: Path, base: Path) -> int:
    """A second run at the same time is refused with its own exit code."""
    first = started(survey, base)
    time.sleep(6)
    code, line = said(started(survey, base))
    first_code, _ = said(first)
    print(f"two at once: the second ended with {code} ({line}), the first with {first_code}")
    return int(code != 5 or first_code != 0)


def read_only(survey: Path, here: Path) -> int:
    """A folder that cannot be written: under root, who may write everywhere, a file in its place."""
    target = here / "read-only"
    if os.geteuid() == 0:
        target.write_text("a file in the place of the folder")
    else:
        target.mkdir(mode=0o555)
    code, line = said(started(survey, target))
    print(f"read-only target: ended with {code} ({line})")
    return int(code != 6)


def full_disk(survey: Path, here: Path) -> int:
    """A disk of one megabyte."""
    disk = here / "disk"
    disk.mkdir()
    if not shutil.which("mount") or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False).returncode:
        print("full disk: not tried, no small disk can be mounted here")
        return 0
    try:
        old = disk / "reports" / MONTH
        old.mkdir(parents=True)
        (old / "index.html").write_text("old")
        (old / "run.json").write_text("{}")  # without, it would be no report
        code, line = said(started(survey, disk / "reports"))
        kept = [p.name for p in (disk / "reports").iterdir()]
        print(f"full disk: ended with {code} ({line}); {sorted(kept)}")
        return int(code != 6 or (old / "index.html").read_text() != "old")
    finally:
        subprocess.run(["umount", str(disk)], check=False)


if __name__ == "__main__":
    raise SystemExit(main())
