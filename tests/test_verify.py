"""A published pack against the same one made again: whatever somebody changed in it is named."""

from __future__ import annotations

import base64
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from voc import cli, display, sample
from voc.display import Column, Note, Result
from voc.report import build, compare, runner, verify
from voc.report.plan import Plan, make_plan
from voc.report.problems import Differs, PageRefused
from voc.schema import VocError

SAID = "The score is 18.7."
FACTS = {"score": {"value": 18.741976893453145, "sentence": SAID}, "act": {"sentence": "One thing.", "cards": []}, "text_engine": "A"}
ALT = "A bar of the score: 18.7 points."


@dataclass(frozen=True, repr=False)
class Rows(Result):
    """One row: a text with a signed number, a score."""

    change: str = "+1.74"
    value: float = 18.74

    @property
    def headline(self) -> str:
        """One sentence."""
        return "All is well."

    def to_frame(self) -> pd.DataFrame:
        """The row."""
        return pd.DataFrame([("Store", 50, self.value, self.change)], columns=["who", "n", "value", "change"])

    def _columns(self) -> list[Column]:
        return [Column("who", "Who"), Column("n", "Answers", "count"), Column("value", "Score", "points"), Column("change", "Change")]


def picture(colour: str) -> str:
    made = io.BytesIO()
    drawn = Image.new("RGB", (40, 20), "blue")
    drawn.paste(colour, (0, 0, 20, 20))
    drawn.save(made, "png")
    return base64.b64encode(made.getvalue()).decode()


def executed(engine: str = "A", themes: Rows | None = None, said: str = SAID) -> list[runner.Executed]:
    """Six executed notebooks with one table and one chart each; `themes` stands on the pages from the third on."""
    out = []
    for i, name in enumerate(runner.PAGES):
        shown: Result = (themes if themes and i > 1 else None) or Rows()
        chart = new_output("display_data", {"image/png": picture("white")}, metadata={"image/png": {"alt": ALT}})
        table: NotebookNode = new_output("execute_result", shown._repr_mimebundle_(), execution_count=2)
        cells = [new_markdown_cell(f"# Page {i + 1}", id="a"), new_code_cell("shown", id="b", outputs=[table], execution_count=2)]
        cells.append(new_code_cell("drawn", id="c", outputs=[chart], execution_count=3))
        book = new_notebook(cells=[*cells, new_code_cell("done", id="d", execution_count=4)])
        out.append(runner.Executed(name, book, (said,), {**FACTS, "text_engine": engine} if i == 5 else {}, {"18.7": 18.741976893453145}))
    return out


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample.write(tmp_path_factory.mktemp("in") / "survey", n=300, seed=5)


@pytest.fixture
def plan(survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setenv(display.WANTED, "1")
    return make_plan(survey, month="2026-09", out=tmp_path / "reports")


def pack(plan: Plan, folder: Path, pages: list[runner.Executed] | None = None, values: dict[str, str] | None = None) -> Path:
    """A whole pack, as a run writes it."""
    folder.parent.mkdir(exist_ok=True)
    build.write(plan, pages or executed(), folder)
    build.record(plan, plan.values | (values or {}), datetime.now(UTC), folder)
    return folder


@pytest.fixture
def packs(plan: Plan, tmp_path: Path) -> tuple[Path, Path]:
    """The same pack twice; a test forges the first."""
    return pack(plan, tmp_path / "reports" / "2026-09"), pack(plan, tmp_path / "made")


def words(one: str, other: str, times: int = 1) -> Callable[[Path], None]:
    """Put another text into a file."""

    def change(file: Path) -> None:
        text = file.read_text(encoding="utf-8")
        assert one in text
        file.write_text(text.replace(one, other, times), encoding="utf-8")

    return change


def in_the_workbook(file: Path) -> None:
    book = openpyxl.load_workbook(file)
    book["02-2-0"]["C2"] = 81.7
    book.save(file)


def in_parquet(file: Path) -> None:
    frame = pd.read_parquet(file)
    frame.loc[frame["value"] == 18.74, "value"] = 81.7
    frame.to_parquet(file, index=False)


def broken(file: Path) -> None:
    file.write_text("{")


FORGED: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "index": ("index.html", words("18.7", "81.7"), "index.html: “The score is 81.7.” is published, “The score is 18.7.” comes out"),
    "digest": ("digest.txt", words("18.7", "81.7"), "digest.txt: “The score is 81.7.” is published, “The score is 18.7.” comes out"),
    "findings": ("findings.json", words("18.74", "81.74"), "findings.json, score.value: 81.74197689345314 is published, 18.7"),
    "csv": ("tables/02-2-0.csv", words("18.74", "81.74"), "tables/02-2-0.csv, row 1, “Score”: 81.74 is published, 18.74 comes out"),
    "facts": ("run.json", words("18.741976893453145,", "81.7,"), "run.json, facts.score.value: 81.7 is published, 18.741976893453145 comes out"),
    "alt": ("02_score.html", words(ALT, ALT.replace("18", "81")), "02_score.html: a picture's description: “A bar of the score: 81.7 points.” is"),
    "text cell": ("05_cohorts.html", words("+1.74", "+9.74"), "05_cohorts.html: “+9.74” is published, “+1.74” comes out"),
    "number cell": ("04_drivers.html", words(">18.7</td>", ">81.7</td>"), "04_drivers.html: “81.7” is published, “18.7” comes out"),
    "hidden": ("01_survey.html", words("<table", '<table style="display:none"'), "01_survey.html: markup: "),
    "rewritten": ("01_survey.html", words("<body>", "<BODY>"), "01_survey.html: its markup is written in another way"),
    "style": ("01_survey.html", words("</style>", "td{display:none}</style>"), "01_survey.html: style sheet: "),
    "picture": ("03_themes.html", words(picture("white"), picture("red")), "03_themes.html: a picture: another one is published than comes out"),
    "workbook": ("tables/tables.xlsx", in_the_workbook, "tables/tables.xlsx, sheet 02-2-0, cell C2: 81.7 is published, 18.74 comes out"),
    "parquet": ("tables/tables.parquet", in_parquet, "tables/tables.parquet, row 3, “value”: 81.7 is published, 18.74 comes out"),
    "missing": ("03_themes.html", Path.unlink, "03_themes.html is missing, but comes out"),
    "additional": ("team_x.html", Path.touch, "team_x.html is in the published report, but does not come out"),
    "broken": ("findings.json", broken, "findings.json cannot be read"),
}  # fmt: skip


def test_the_same_pack_comes_out(packs: tuple[Path, Path]) -> None:
    found = verify.compared(*packs)
    assert (found.changed, found.elsewhere, found.remarks) == ((), (), ())
    assert found.headline == f"All 30 numbers in {found.files} files come out as published."
    assert found.files == len([p for p in packs[0].rglob("*") if p.is_file()])


@pytest.mark.parametrize("kind", FORGED)
def test_what_was_changed_in_a_published_report_is_named(packs: tuple[Path, Path], kind: str) -> None:
    file, change, sentence = FORGED[kind]
    change(packs[0] / file)
    found = verify.compared(*packs)
    assert found.elsewhere == ()
    assert [s for s in found.changed if s.startswith(sentence)]
    assert len(found.changed) == (6 if kind == "parquet" else 1)


def test_a_forged_receipt_is_named(packs: tuple[Path, Path]) -> None:
    words('"rows": [["Store", 50, 18.74,', '"rows": [["Store", 50, 81.74,')(packs[0] / "run.json")
    (said,) = verify.compared(*packs).changed
    assert said.startswith("run.json, 01_survey.html, result 01-2 (Rows), row “Store”, “value”: 81.74 is published, 18.74 comes out")


def test_time_stamps_and_last_digits_may_differ(packs: tuple[Path, Path]) -> None:
    run = json.loads((packs[0] / "run.json").read_text(encoding="utf-8"))
    run["started"] = run["finished"] = "2020-01-01T00:00:00+00:00"
    run["facts"]["score"]["value"] += 1e-12
    (packs[0] / "run.json").write_text(json.dumps(run), encoding="utf-8")
    assert verify.compared(*packs).changed == ()


def test_of_a_file_with_many_differences_the_first_are_named() -> None:
    many = [compare.Difference("a.csv", "", f"a.csv, row {i}") for i in range(9)]
    assert compare.shortened(many)[-2:] == ["a.csv, row 4", "a.csv: 4 more differences"]


# another processor


@pytest.fixture
def elsewhere(plan: Plan, tmp_path: Path) -> tuple[Path, Path]:
    """A pack, and the same one made with other vectors: other numbers from the third page on."""
    other = executed("B", Rows("+1.75", 18.75))
    return pack(plan, tmp_path / "reports" / "2026-09"), pack(plan, tmp_path / "made", other)


def test_themes_of_another_processor_are_reported_and_not_failed(elsewhere: tuple[Path, Path]) -> None:
    found = verify.compared(*elsewhere)
    assert found.changed == ()
    assert "05_cohorts.html: “+1.74” is published, “+1.75” comes out" in found.elsewhere
    assert found.headline.endswith("from what was published because this processor makes other vectors.")
    assert found.remarks == ("Comments were turned into vectors by A; here by B. Differences in themes may come from that.",)


@pytest.mark.parametrize("kind", sorted({*FORGED} - {"picture", "rewritten"}))
def test_what_was_changed_is_named_on_another_processor_too(elsewhere: tuple[Path, Path], kind: str) -> None:
    file, change, _ = FORGED[kind]
    change(elsewhere[0] / file)
    found = verify.compared(*elsewhere)
    assert [s for s in found.changed if s.startswith(file)]
    assert found.changed


@pytest.mark.parametrize(
    ("file", "change", "sentence"),
    [
        ("tables/05-2-0.csv", words("18.74", "81.74"), "tables/05-2-0.csv, row 1, “Score”: 81.74 is published, 18.74 comes out of run.json"),
        ("05_cohorts.html", words(">18.7</td>", ">81.7</td>"), "05_cohorts.html, t0-0-2: the page shows 81.7, run.json has 18.7"),
        (
            "05_cohorts.html",
            words(ALT, "A bar of the score: 81.7."),
            "05_cohorts.html, chart 05-3: its description does not have 18.7, which run.json has",
        ),
    ],
)
def test_pages_of_themes_are_held_against_the_runs_own_record(
    elsewhere: tuple[Path, Path], file: str, change: Callable[[Path], None], sentence: str
) -> None:
    change(elsewhere[0] / file)
    assert sentence in verify.compared(*elsewhere).changed


# the whole command, with notebooks that are quick


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """No notebook runs; the parameters that they would have got are kept."""
    got: list[dict[str, Any]] = []

    def run(values: dict[str, Any], work: Path, say: object) -> list[runner.Executed]:
        got.append(values)
        return executed()

    monkeypatch.setattr(build, "execute", run)
    return got


def changed_run(folder: Path, **values: Any) -> None:
    file = folder / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | values), encoding="utf-8")


def test_another_version_of_the_code_is_said_first(
    plan: Plan, packs: tuple[Path, Path], survey: Path, quick: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["verify", str(packs[0]), "--survey", str(survey)]
    assert cli.main(command) == 0
    assert capsys.readouterr().out.startswith("All 30 numbers in ")
    changed_run(packs[0], code_sha256="0" * 64)
    words("18.7", "81.7")(packs[0] / "index.html")
    assert cli.main(command) == 7
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"The report was made by other code of voc {build.versions()['voc-toolkit']} than this: differences may come from that."
    assert lines[1].startswith("index.html: “The score is 81.7.”")
    changed_run(packs[0], versions=build.versions() | {"voc-toolkit": "0.0.1"})
    assert verify.verify(packs[0], survey).remarks[0].startswith("The report was made by voc 0.0.1, this is voc ")


def test_pictures_are_left_out_where_libraries_differ(packs: tuple[Path, Path], survey: Path, quick: list[dict[str, Any]]) -> None:
    words(picture("white"), picture("red"))(packs[0] / "03_themes.html")
    assert len(verify.verify(packs[0], survey).changed) == 1
    changed_run(packs[0], versions=build.versions() | {"matplotlib": "0.1"})
    found = verify.verify(packs[0], survey)
    assert found.changed == ()
    assert found.remarks[0].startswith("The report was made with matplotlib 0.1 (here ")
    words(ALT, "A bar of the score: 81.7 points.")(packs[0] / "03_themes.html")
    assert len(verify.verify(packs[0], survey).changed) == 1


@pytest.mark.parametrize("name", ["contacted", "theme_changes"])
def test_a_file_that_the_run_was_given_is_asked_for(
    plan: Plan, tmp_path: Path, survey: Path, quick: list[dict[str, Any]], capsys: pytest.CaptureFixture[str], name: str
) -> None:
    given = tmp_path / "given.txt"
    given.write_text("R1")
    folder = pack(plan, tmp_path / "reports" / "2026-09", values={name: str(given)})
    command = ["verify", str(folder), "--survey", str(survey)]
    assert cli.main(command) == 2
    assert f"the report was made with {name} = given.txt" in capsys.readouterr().err
    assert quick == [], "it is said before anything runs"
    assert cli.main([*command, "-p", f"{name}={given}"]) == 0
    assert quick[-1][name] == str(given)
    given.write_text("R2")
    assert cli.main([*command, "-p", f"{name}={given}"]) == 0
    assert f"given.txt is not the {name} that the report was made with" in capsys.readouterr().out
    assert cli.main([*command, "-p", f"{name}="]) == 0
    assert quick[-1][name] == ""
    assert f"Without {name}, which the report was made with" in capsys.readouterr().out


def test_changes_of_themes_that_came_later_are_not_used(survey: Path, packs: tuple[Path, Path], tmp_path: Path, quick: list[dict[str, Any]]) -> None:
    later = tmp_path / "later"
    shutil.copytree(survey.parent if survey.is_file() else survey, later)
    (later / "themes.toml").write_text("")
    verify.verify(packs[0], later / survey.name if survey.is_file() else later)
    assert quick[-1]["theme_changes"] == ""


def test_a_refusal_while_verifying_says_what_would_be_refused(
    packs: tuple[Path, Path], survey: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> build.Built:
        raise PageRefused(["02_score.html: one", "03_themes.html: two"])

    monkeypatch.setattr(build, "build", refuse)
    assert cli.main(["verify", str(packs[0]), "--survey", str(survey)]) == Differs.exit_code
    said = capsys.readouterr().err
    assert "the report made again would be refused, for 2 reasons" in said
    assert "voc: 02_score.html: one\nvoc: 03_themes.html: two\n" in said
    assert "nothing was published" not in said


def test_a_run_file_that_was_cut_short_is_one_sentence(packs: tuple[Path, Path], survey: Path) -> None:
    (packs[0] / "run.json").write_text('{"receipts": {}}')
    with pytest.raises(VocError, match="was cut short"):
        verify.verify(packs[0], survey)


def test_a_page_that_is_refused_writes_nothing(plan: Plan, tmp_path: Path) -> None:
    pages = executed()
    pages[5].notebook.cells.insert(1, evil())
    with pytest.raises(PageRefused):
        build.write(plan, pages, tmp_path / "made")
    assert not (tmp_path / "made").exists()


def evil() -> NotebookNode:
    """A cell that shows a number which nothing stands behind."""
    shown: NotebookNode = new_output("execute_result", Note("The score is 99.9.")._repr_mimebundle_(), execution_count=2)
    cell: NotebookNode = new_code_cell("shown", id="e", outputs=[shown], execution_count=2)
    return cell
