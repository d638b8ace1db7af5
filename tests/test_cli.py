"""The command line: exit codes, one sentence on stderr, and a published report that no bad input touches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from voc import cli
from voc.ingest import read_survey
from voc.report import backfill, build, problems
from voc.report import plan as plan_of

MAPPING = '[columns]\ndate = "when"\ncomment = "words"\n[score]\ncolumn = "nps"\nmin = 0\nmax = 10\n'
ANSWERS = "when,nps,words\n2026-08-03,9,Kind\n2026-09-01,3,Slow\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a usable survey and an earlier report."""
    (tmp_path / "answers.csv").write_text(ANSWERS)
    (tmp_path / "survey.toml").write_text(MAPPING)
    old = tmp_path / "reports" / "2026-09"
    old.mkdir(parents=True)
    (old / "index.html").write_bytes(b"<p>the earlier report</p>\r\n")
    (old / "run.json").write_bytes(b"{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(build, "execute", lambda *_: pytest.fail("a notebook was started"))
    return tmp_path


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted((folder / "reports").rglob("*")) if p.is_file() and p.name != ".lock"}


def entries_of(folder: Path) -> list[str]:
    return sorted(p.name for p in (folder / "reports").iterdir() if p.name != ".lock")


def refuse(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    """Run a command that must fail: its exit code, a sentence on stderr, nothing on stdout, nothing published."""
    before, entries = snapshot(folder), entries_of(folder)
    assert cli.main(list(arguments)) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("voc: ")
    assert "Traceback" not in err
    assert snapshot(folder) == before
    assert entries_of(folder) == entries
    return err


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        (
            "survey.toml",
            MAPPING.replace('"words"', '"wrods"').encode(),
            'a column that answers.csv does not have: "wrods" (did you mean "words"?)',
        ),
        ("survey.toml", b"[columns", "survey.toml is not a valid TOML file"),
        ("answers.csv", ANSWERS.replace("9,Kind", "11,Kind").encode(), "nps must be a whole number 0-10; found 11 in 1 row"),
        ("answers.csv", b"", "answers.csv is empty"),
        ("answers.csv", b"when,nps,words\n", "has a heading but no rows"),
        ("answers.csv", bytes(range(128, 256)) * 20 + b"\x00" * 99, "is not a text file that voc can read"),
        ("answers.csv", b"when,nps,words\n03/08/2026,9,Kind\n", 'the date column "when" can be read day-first or month-first: "03/08/2026" in row 2'),
        ("answers.csv", b"when,nps,words\n2026-09-01,,x\n", "voc: "),
    ],
)
def test_bad_files(folder: Path, capsys: pytest.CaptureFixture[str], file: str, content: bytes, sentence: str) -> None:
    (folder / file).write_bytes(content)
    assert sentence in refuse(folder, capsys, "report", "answers.csv", "--month", "2026-09")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["answers.csv", "--month", "2026-07"], "there are no answers in 2026-07; the file covers 2026-08 to 2026-09"),
        (["answers.csv", "--month", "September"], "month must look like"),
        (["answers.csv", "--month", "0000-01"], "month must look like"),
        (["nowhere.csv", "--month", "2026-09"], "nowhere.csv"),
        (["answers.csv", "--month", "2026-09", "--mapping", "none.toml"], "none.toml does not exist"),
        (["answers.csv", "--month", "2026-09", "-p", "theme_month=3"], 'there is no parameter "theme_month" (did you mean "theme_months"?)'),
        (["answers.csv", "--month", "2026-09", "-p", "theme_months=many"], 'parameter "theme_months" must be a whole number; found "many"'),
        (["answers.csv", "--month", "2026-09", "-p", "show_agents=perhaps"], 'parameter "show_agents" must be true or false'),
        (["answers.csv", "--month", "2026-09", "-p", "theme_months"], 'a parameter is given as NAME=VALUE; found "theme_months"'),
        (["answers.csv", "--month", "2026-09", "-p", "month=2026-08"], '"month"'),
        (["answers.csv", "--month", "2026-09", "-p", "survey_file=sample"], '"survey_file"'),
        (["answers.csv", "--month", "2026-09..2026-08"], "the earlier one first"),
        (["answers.csv", "--month", "2026-07..2026-09"], "there are no answers in 2026-07"),
        (["answers.csv", "--month", "2026-09", "--jobs", "0"], "--jobs is 1 or more; found 0"),
    ],
)
def test_bad_arguments(folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str) -> None:
    assert sentence in refuse(folder, capsys, "report", *arguments)


def test_a_folder_that_cannot_be_used(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "answers.csv cannot be used" in refuse(folder, capsys, "report", "answers.csv", "--month", "2026-09", "--out", "answers.csv", code=6)


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (problems.NotebookFailed("03_themes failed in cell 4"), 3, "03_themes failed in cell 4"),
        (
            problems.PageRefused(["02_score.html, cell 2: a chart is empty", "03_themes.html holds a <script>"]),
            4,
            "  03_themes.html holds a <script>",
        ),
        (OSError(28, "No space left on device"), 6, "the disk is full"),
    ],
)
def test_a_run_that_fails_leaves_the_earlier_report(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, sentence: str
) -> None:
    def fail(_: object, work: Path, *__: object) -> None:
        (work / "03_themes.ipynb").write_text("{}")
        raise error

    monkeypatch.setattr(build, "execute", fail)
    assert sentence in refuse(folder, capsys, "report", "answers.csv", "--month", "2026-09", "--quiet", code=code)
    kept = [str(p.relative_to(folder)) for p in (folder / "restricted").rglob("*.ipynb")]
    assert kept == ([] if code == 6 else ["restricted/failed/customer-survey/2026-09/03_themes.ipynb"])


def test_one_month_that_fails_does_not_stop_the_others(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The themes and the notebooks are stand-ins; the exit code is that of the first month that failed."""
    monkeypatch.setattr(backfill, "chained", lambda plan, months, *_: [plan.at(m, "") for m in months])

    def made(plan: plan_of.Plan, work: Path, _: object) -> build.Built:
        if plan.month == "2026-08":
            raise problems.NotebookFailed("03_themes failed in cell 4")
        (work / "finished").mkdir()
        (work / "finished" / "run.json").write_text(json.dumps({"period": "September 2026", "title": "A", "facts": {}}))
        return build.Built(work / "finished", {})

    monkeypatch.setattr(build, "build", made)
    assert cli.main(["report", "answers.csv", "--month", "2026-08..2026-09"]) == 3
    out, err = capsys.readouterr()
    assert out.strip() == str(Path("reports") / "2026-09" / "index.html")
    assert "voc: 2026-08 was not published" in err
    assert "September 2026" in (folder / "reports" / "index.html").read_text()
    assert entries_of(folder) == ["2026-09", "index.html"]


def test_missing_arguments_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["report", "sample"], ["unknown"]):
        with pytest.raises(SystemExit) as stop:
            cli.main(arguments)
        assert stop.value.code == 2
        assert "usage: voc" in capsys.readouterr().err


def test_check_prints_the_receipt(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "answers.csv"]) == 0
    out, err = capsys.readouterr()
    assert "2 rows read from answers.csv, 2 kept; none set aside." in out
    assert err == ""


def test_check_shows_an_objection(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "answers.csv").write_text(ANSWERS.replace("9,Kind", "11,Kind"))
    assert cli.main(["check", "answers.csv"]) == 2
    assert "OBJECTION: nps must be a whole number 0-10; found 11" in capsys.readouterr().out


def test_check_writes_a_starter_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "survey.toml").unlink()
    assert cli.main(["check", "answers.csv", "--write", "mine.toml"]) == 0
    assert "mine.toml" in capsys.readouterr().out
    written = (folder / "mine.toml").read_bytes()
    assert "mine.toml exists already" in refuse(folder, capsys, "check", "answers.csv", "--write", "mine.toml")
    assert (folder / "mine.toml").read_bytes() == written


def test_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sample", str(tmp_path / "s"), "--answers", "120", "--seed", "3"]) == 0
    file = Path(capsys.readouterr().out.strip())
    assert len(read_survey(file).frame) == 120
    assert cli.main(["sample", str(tmp_path / "t"), "--answers", "5"]) == 2
    assert "at least 100 answers; found 5" in capsys.readouterr().err
