"""What was asked for -> a checked plan of one report: which survey, which month, which parameters, where everything is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from voc.ingest import Survey, find_file, period_label, read_survey
from voc.report import runner, shelf
from voc.schema import VocError, parse_period

SAVED = {"save_themes": "themes", "save_responses": "responses"}  # parameter -> folder in which a run saves it before it is moved
OWN = ("survey_file", "mapping", "month")  # parameters that the command has its own place for


@dataclass(frozen=True)
class Plan:
    """One report to make.

    Attributes:
        survey: the answers, read and without objections.
        file: the survey's file.
        month: "2026-09", or a year.
        values: the notebooks' parameters, with full paths.
        base: folder of the reports.
        kept: folder in which each run's themes are kept, by month.
        listed: folder in which each run's list of responses is kept, by month.
        afresh: the themes of each month are found anew.
    """

    survey: Survey
    file: Path
    month: str
    values: dict[str, Any]
    base: Path
    kept: Path
    listed: Path
    afresh: bool = False

    @property
    def period(self) -> str:
        """The month in words."""
        return period_label(parse_period(self.month))

    @property
    def failed(self) -> Path:
        """Folder in which the notebooks of a month that failed are kept."""
        return shelf.shelf_of(self.survey.mapping.title, self.base.resolve().parent / shelf.FAILED) / self.month

    @property
    def mapping(self) -> Path:
        """The mapping's file."""
        return Path(self.values["mapping"] or self.file.with_name("survey.toml"))

    def at(self, month: str, saved_themes: str) -> Plan:
        """The same report of another month.

        Raises:
            VocError: the month has no answers.
        """
        self.survey.month(month)
        return replace(self, month=month, values={**self.values, "month": month, "saved_themes": saved_themes})


def notebooks_folder() -> Path:
    """The notebooks of this checkout.

    Raises:
        VocError: voc was installed without them.
    """
    folder = Path(__file__).resolve().parents[3] / "notebooks"
    if not folder.is_dir():
        raise VocError("the report's notebooks are part of the project's checkout; install voc from a clone with `pip install -e .`")
    return folder


def notebooks() -> list[Path]:
    """The six notebooks in the order in which they run."""
    return [notebooks_folder() / f"{name}.ipynb" for name in runner.PAGES]


def make_plan(
    survey_file: str | Path, *, month: str | int, mapping: str | Path = "", out: str | Path = "reports", parameters: dict[str, str] | None = None
) -> Plan:
    """Check everything that can be checked before a notebook runs.

    Args:
        survey_file: the survey, or "sample".
        month: "2026-09", or a year.
        mapping: the mapping file; empty takes `survey.toml` beside the survey.
        out: folder that holds one folder per month.
        parameters: further notebook parameters, as text; an empty `saved_themes` finds the themes afresh.

    Raises:
        VocError: an unknown or mistyped parameter, a survey that cannot be used, or a month without answers.
    """
    books = notebooks()
    given = runner.convert(books, parameters or {})
    for name in OWN:
        if name in given:
            raise VocError(f'"{name}" is not given as a parameter: the command has its own place for it')
    parse_period(month)
    file = find_file(survey_file)
    survey = read_survey(file, mapping or None, format=given.get("file_format", ""))
    survey.month(month)  # a month without answers ends here, before anything runs
    where = str(find_file(mapping).resolve()) if mapping else ""
    kept, listed = (shelf.shelf_of(survey.mapping.title, Path(out).resolve().parent / folder) for folder in (shelf.FOLDER, shelf.RESPONSES))
    beside = Path(where) if where else file.with_name("survey.toml")
    last = shelf.last_before(kept, month)
    values = {
        "survey_file": str(file.resolve()), "mapping": where, "month": str(month), "saved_themes": str(last.resolve()) if last else "",
        "theme_changes": shelf.changes_beside(beside), **given,
    }  # fmt: skip
    runner.check_parameters(books, values)
    return Plan(survey, file, str(month), values, Path(out), kept, listed, afresh=given.get("saved_themes") == "")
