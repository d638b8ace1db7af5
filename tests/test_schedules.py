"""The recipes of the README for cron, GitHub Actions and Airflow are run as far as they can be without these."""

from __future__ import annotations

import re
import shlex
import sys
import types
from datetime import date
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
import papermill
import pytest
import yaml

import voc
from voc import cli
from voc.report import backfill, problems, runner

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README[README.index("## On a schedule") : README.index("## Every morning")]


def block(kind: str, holds: str) -> str:
    """The code block of the section that holds a text."""
    return next(b for b in re.findall(rf"```{kind}\n(.*?)```", SECTION, re.DOTALL) if holds in b)


def voc_command(line: str) -> Any:
    """What `voc` is asked for in a shell line; its own parser refuses what it does not know."""
    words = shlex.split(line)
    return cli._parser().parse_args(words[words.index(".venv/bin/voc") + 1 :])


def check_last_month(chosen: Any) -> None:
    assert chosen.quiet
    assert backfill.months_of(chosen.month, today=pd.Timestamp("2026-10-02")) == ["2026-09"]
    assert Path(chosen.out).name == "reports"


def test_the_cron_line() -> None:
    line = next(line for line in block("sh", "crontab").splitlines() if line[:1].isdigit())
    fields, command = line.split("  ", 1)
    assert len(fields.split()) == 5
    assert "%" not in command, "cron takes it for the end of the line"
    check_last_month(voc_command(command.split("&&")[1]))


def test_the_github_workflow() -> None:
    flow = yaml.safe_load(block("yaml", "workflow"))
    assert flow[True]["schedule"][0]["cron"].count(" ") == 4  # YAML 1.1 reads "on" as true; GitHub does not
    commands = [step["run"] for step in flow["jobs"]["report"]["steps"] if "run" in step]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert commands[0].removeprefix("make ") in targets
    check_last_month(voc_command(commands[1]))


def operators(source: str) -> dict[str, dict[str, Any]]:
    """The tasks that an Airflow file makes, under stand-ins for Airflow's classes."""
    made: dict[str, dict[str, Any]] = {}

    class Operator:
        def __init__(self, *, task_id: str, **rest: Any) -> None:
            made[task_id] = rest

        def __rshift__(self, other: Any) -> Any:
            return other

    class Dag:
        def __init__(self, name: str, *, schedule: str) -> None:
            assert schedule.count(" ") == 4

        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    names = {
        "airflow": {"DAG": Dag}, "airflow.operators": {}, "airflow.operators.bash": {"BashOperator": Operator}, "airflow.providers": {},
        "airflow.providers.papermill": {}, "airflow.providers.papermill.operators": {},
        "airflow.providers.papermill.operators.papermill": {"PapermillOperator": Operator},
    }  # fmt: skip
    stand_ins = {name: types.ModuleType(name) for name in names}
    for name, held in names.items():
        vars(stand_ins[name]).update(held)
    with pytest.MonkeyPatch.context() as patch:
        for name, module in stand_ins.items():
            patch.setitem(sys.modules, name, module)
        exec(compile(source, "dags/report.py", "exec"), {})  # noqa: S102 - our own README
    return made


def test_the_airflow_file(tmp_path: Path) -> None:
    """The notebook task is run as PapermillOperator runs it: its templates filled, then papermill.execute_notebook."""
    made = operators(block("python", "airflow"))
    check_last_month(voc_command(made["report"]["bash_command"]))
    task = made["themes"]
    notebook = ROOT / Path(task["input_nb"]).relative_to("/srv/voc")
    filled = {k: jinja2.Template(v).render(data_interval_start=date(2026, 9, 1)) for k, v in task["parameters"].items()}
    assert filled["month"] == "2026-09"
    runner.check_parameters([notebook], filled)
    survey = voc.sample.write(tmp_path / "in", n=400, seed=3)
    filled |= {"survey_file": str(survey), "mapping": str(survey.with_name("survey.toml"))}
    papermill.execute_notebook(str(notebook), str(tmp_path / "out.ipynb"), parameters=filled, progress_bar=False, report_mode=True)
    assert (tmp_path / "out.ipynb").stat().st_size > 10_000


def test_a_range_of_months() -> None:
    words = shlex.split(next(line for line in block("sh", "--jobs").splitlines() if "--jobs" in line).split("#")[0])
    chosen = cli._parser().parse_args(words[words.index(".venv/bin/voc") + 1 :])
    assert chosen.jobs == 2
    assert backfill.months_of(chosen.month, today=pd.Timestamp("2026-10-02"))[::8] == ["2026-01", "2026-09"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [(["2026-09..2026-01"], "the earlier one first"), (["2026..2026-01"], "a range of months"), (["2026-13"], "month must look like")],
)
def test_months_that_are_none(words: list[str], sentence: str) -> None:
    with pytest.raises(voc.VocError, match=sentence):
        backfill.months_of(words, today=pd.Timestamp("2026-10-02"))


def test_the_exit_codes_are_those_of_the_readme() -> None:
    codes = {kind.exit_code for kind in vars(problems).values() if isinstance(kind, type) and issubclass(kind, voc.VocError)}
    assert {int(code) for code in re.findall(r"^\| (\d) \|", SECTION, re.MULTILINE)} == codes | {0, 2}
