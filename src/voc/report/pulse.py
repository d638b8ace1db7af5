"""Survey and a day -> the daily pulse as one offline page: a restricted output, kept apart from what is published."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from voc import display
from voc.display import Column
from voc.ingest import read_survey
from voc.report import gate, render
from voc.report.problems import PageRefused
from voc.schema import RESPONSE_ID, TOUCHPOINT, VocError
from voc.score.pulse import AGREED, RESTRICTED, Pulse, pulse, read_day

FOLDER = "restricted"
CALL = {True: "May be called", False: "Did not agree to be called"}


def run(survey_file: str | Path, *, date: str, mapping: str | Path = "", out: str | Path = FOLDER, file_format: str = "") -> tuple[Pulse, Path]:
    """Make the page of one day, `pulse-2026-09-14.html`, which only its owner may read.

    Args:
        survey_file: the survey, or "sample".
        date: the day, such as "2026-09-14".
        mapping: the mapping file; empty takes `survey.toml` beside the survey.
        out: folder of restricted pages; made for its owner only where it is not there.
        file_format: kind of file, where it is not found out rightly.

    Returns:
        the pulse, and where its page is.

    Raises:
        VocError: the input cannot be used, or the folder is one that is published. A page of that day that was there before then stays.
    """
    day, folder = read_day(date), Path(out)
    refuse_published(folder)
    survey = read_survey(survey_file, mapping or None, format=file_format)
    found = pulse(survey, day)
    return found, _write(page(found, title=survey.mapping.title, note=survey.mapping.note), folder, f"pulse-{day}.html")


def page(found: Pulse, *, title: str, note: str = "") -> str:
    """The pulse as an HTML page in the look of the report.

    Args:
        found: the day.
        title: the survey's title.
        note: the survey's note.

    Raises:
        PageRefused: the page would load or run something.
    """
    environment = jinja2.Environment(
        autoescape=True, loader=jinja2.FileSystemLoader(render.TEMPLATES / "voc"), undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    css = "".join((render.TEMPLATES / "voc" / name).read_text(encoding="utf-8") for name in ("style.css", "pulse.css"))
    score = display.render("score", value=display.points(found.score.value), label=_span(found), sentence=found.standing)
    places = [(place, _entries(rows)) for place, rows in found.by_touchpoint()]
    to_call = found.detractors.loc[found.detractors[AGREED].fillna(False), RESPONSE_ID].tolist()
    html = environment.get_template("pulse.html.j2").render(
        pulse=found, title=title, note=note, css=css, restricted=RESTRICTED, weekday=f"{found.date:%A}",
        score=display.markup(score), counts=display.markup(_counts(found)), places=places, answers=found.answers[0].upper() + found.answers[1:],
        to_call=to_call,
    )  # fmt: skip
    problems = gate.check(f"pulse-{found.date}.html", html)
    if problems:
        raise PageRefused(problems)
    return html


def refuse_published(folder: Path) -> None:
    """Keep restricted pages out of what is published.

    Raises:
        VocError: the folder or one above it holds an `index.html`, or a finished report lies in it or beside it.
    """
    here = Path(os.path.realpath(folder))
    above = [parent / "index.html" for parent in (here, *here.parents)]
    beside = [run.with_name("index.html") for place in (here, here.parent) for run in place.glob("*/run.json")]
    index = next((file for file in (*above, *beside) if os.path.isfile(file)), None)  # Path.is_file raises where it may not look
    if index:
        raise VocError(f"{folder} is no place for a restricted page, because {index} is published; name another folder with --out")


def _entries(rows: pd.DataFrame) -> list[dict[Any, Any]]:
    """Detractors for the template."""
    words = ["" if pd.isna(agreed) else CALL[bool(agreed)] for agreed in rows[AGREED]]
    return [dict(row) for row in rows.assign(call=words, agreed=rows[AGREED].fillna(False)).to_dict("records")]


def _counts(found: Pulse) -> str:
    columns = [
        Column(TOUCHPOINT, "Touchpoint"), Column("n", "Answers", "count"), Column("promoters", "Promoters (9-10)", "count"),
        Column("passives", "Passives (7-8)", "count"), Column("detractors", "Detractors (0-6)", "count"),
    ]  # fmt: skip
    return display.table(found.counts(), columns, caption="Number of answers, by touchpoint")


def _span(found: Pulse) -> str:
    return "Score of the day" if found.days == 1 else f"Score of the last {found.days} days"


def _write(html: str, folder: Path, name: str) -> Path:
    """Write beside and move into place, so that nobody ever sees half a page."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".pulse-", dir=folder) as beside:
            file = Path(beside) / name
            file.touch(mode=0o600)
            file.write_text(html, encoding="utf-8")
            return file.replace(folder / name)
    except OSError as error:
        raise VocError(f"the folder {folder} cannot be used: {error.strerror}") from None
