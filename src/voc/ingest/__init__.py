"""Survey file + mapping -> Survey and its import receipt. The only stage that reads survey files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from voc.ingest.convert import convert
from voc.ingest.formats.files import FORMATS, read_table
from voc.ingest.invitations import read_invitations
from voc.ingest.mapping import read_mapping
from voc.ingest.personal import hashed, installation_key
from voc.ingest.receipt import Cells, Check, Failure, Receipt
from voc.ingest.starter import starter_mapping
from voc.ingest.survey import Survey, folded, inside, period_label, unknown_column
from voc.schema import Mapping, VocError

__all__ = [
    "FORMATS", "Cells", "Check", "Failure", "Mapping", "Receipt", "Survey", "check", "customer_keys", "find_file", "folded", "inside",
    "period_label", "read_survey", "starter_mapping", "unknown_column",
]  # fmt: skip

SAMPLE = "sample"


def read_survey(path: str | Path, mapping: str | Path | Mapping | None = None, *, format: str = "") -> Survey:  # noqa: A002 - called as on the command line
    """Read a survey file.

    Args:
        path: a CSV, TSV, Excel, Parquet, SPSS or JSON-lines file, an export of Qualtrics, SurveyMonkey, Medallia Agent Connect or
            Delighted, or "sample" for the synthetic sample. A relative path is tried against the working folder, then against the project's root.
        mapping: a `survey.toml` file or a Mapping; by default the file `survey.toml` beside the survey.
        format: one of `FORMATS`; by default what the mapping says, or else what the content shows.

    Raises:
        VocError: the file or mapping cannot be used, or the receipt has an objection.
    """
    survey = check(path, mapping, format=format)
    if survey.receipt.objections:
        raise VocError(" ".join(survey.receipt.objections))
    return survey


def check(path: str | Path, mapping: str | Path | Mapping | None = None, *, format: str = "") -> Survey:  # noqa: A002 - called as on the command line
    """Read a survey file like `read_survey`, but leave objections in the receipt instead of raising them."""
    file = find_file(path)
    declared = mapping if isinstance(mapping, Mapping) else read_mapping(_mapping_file(file, mapping))
    how = replace(declared.file, format=format) if format else declared.file
    survey = convert(read_table(file, how), declared, home=_key_home(), today=pd.Timestamp.now().normalize())
    if declared.invitations is None:
        return survey
    asked = read_invitations(declared.invitations, _invitations_file(file, declared), declared, home=_key_home())
    return replace(survey, invitations=asked.frame, receipt=replace(survey.receipt, notes=(*survey.receipt.notes, *asked.notes)))


def customer_keys(ids: list[str]) -> list[str]:
    """Customer ids as the survey's file has them -> as `Survey.answers` holds them: hashed with this installation's key.

    Raises:
        VocError: the key file cannot be used.
    """
    return hashed(ids, installation_key(_key_home())) if ids else []


def find_file(path: str | Path) -> Path:
    """Where a survey file is: the sample, the working folder, or the project's root."""
    if str(path) == SAMPLE:
        return _sample_file()
    file = Path(path)
    beside_project = _project_root() / file
    return beside_project if not file.is_absolute() and not file.exists() and beside_project.exists() else file


def _project_root() -> Path:
    return Path(__file__).resolve().parents[3]


def _key_home() -> Path:
    """Where the key for customer ids lies: the project's root, or the user's own folder where voc is installed without its project."""
    root = _project_root()
    return root if (root / "pyproject.toml").is_file() else Path.home() / ".config" / "voc"


def _sample_file() -> Path:
    """The committed sample."""
    shipped = _project_root() / "data" / "sample" / "responses.csv"
    if shipped.is_file():
        return shipped
    raise VocError("the sample survey is part of the project's checkout; run `voc sample FOLDER` to make one")


def _mapping_file(file: Path, mapping: str | Path | None) -> Path:
    if mapping:
        return find_file(mapping)
    beside = file.with_name("survey.toml")
    if not beside.is_file():
        raise VocError(f"no mapping given and no survey.toml beside {file.name}; `voc check {file.name}` writes a starter")
    return beside


def _invitations_file(survey: Path, mapping: Mapping) -> Path:
    """The list of invitations: beside the mapping, or beside the survey."""
    name = mapping.invitations.file if mapping.invitations else ""
    places = [folder / name for folder in ([Path(mapping.folder)] if mapping.folder else []) + [survey.parent]]
    return next((place for place in places if place.is_file()), places[0])
