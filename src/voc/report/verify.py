"""A published report + its survey -> does every number still come out, and do the pages show what was worked out?"""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bs4

from voc import display
from voc.report import build, receipts
from voc.report.build import RUN, Say
from voc.report.plan import OWN, SAVED, Plan, make_plan
from voc.schema import VocError

CLOSE = 1e-9  # relative; sums over threads end in other digits
FREE_OF_THEMES = ("01_survey.html", "02_score.html")


@dataclass(frozen=True)
class Verified:
    """What came of verifying.

    Attributes:
        numbers: how many numbers were recomputed.
        changed: those that differ, each as a sentence.
        elsewhere: those that differ because comments were turned into vectors on another kind of processor.
        remarks: what else differs: the survey's file, the code's version.
    """

    numbers: int
    changed: tuple[str, ...]
    elsewhere: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def headline(self) -> str:
        """Whether all numbers came out."""
        if not self.changed and not self.elsewhere:
            return f"All {display.count(self.numbers)} numbers come out as published."
        other = f" {display.plural(len(self.elsewhere), 'number')} differ because this processor makes other vectors." if self.elsewhere else ""
        said = f"{display.plural(len(self.changed), 'number')} of {display.count(self.numbers)} do not come out as published." if self.changed else ""
        return f"{said}{other}".strip()


def verify(report: str | Path, survey_file: str | Path, *, mapping: str | Path = "", say: Say | None = None) -> Verified:
    """Recompute every number of a published report from the survey and the run's saved themes.

    Args:
        report: the month's folder, such as `reports/2026-09`.
        survey_file: the survey that it was made from.
        mapping: its mapping; empty takes `survey.toml` beside the survey.
        say: told about each step.

    Raises:
        VocError: the folder holds no report, or the survey cannot be used.
    """
    folder = Path(report)
    run = _run_of(folder)
    given = {k: str(v) for k, v in run["parameters"].items() if k not in (*OWN, *SAVED, "saved_themes", "theme_changes", "contacted")}
    made = make_plan(survey_file, month=run["month"], mapping=mapping, out=folder.resolve().parent, parameters=given)
    own = made.kept / run["month"]
    if own.is_dir():
        made = replace(made, values={**made.values, "saved_themes": str(own.resolve())})
    with tempfile.TemporaryDirectory(prefix="voc-verify-") as work:
        executed = build.execute(made.values, Path(work), say)
    now = build.receipts_of(build.rendered(made, executed))
    engine = {k: v for page in executed for k, v in page.facts.items()}.get("text_engine")
    other = engine != run["facts"].get("text_engine")
    numbers, differing = _compared(run["receipts"], now)
    shown = _shown(folder, run["receipts"])
    excused = [d for page, d in differing if other and page not in FREE_OF_THEMES]
    changed = shown + [d for page, d in differing if not (other and page not in FREE_OF_THEMES)]
    return Verified(numbers, tuple(changed), tuple(excused), tuple(_remarks(run, made, own, (other, str(engine)))))


def _run_of(folder: Path) -> dict[str, Any]:
    try:
        run = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise VocError(f"{folder} holds no report: its {RUN} is missing or cannot be read") from None
    if not isinstance(run, dict) or "receipts" not in run:
        raise VocError(f"{folder / RUN} was written by an older version of voc, which kept no receipts; make the report again")
    return run


def _remarks(run: dict[str, Any], made: Plan, own: Path, engine: tuple[bool, str]) -> list[str]:
    said = []
    if build.digest(made.file) != run["survey_sha256"]:
        said.append(f"{made.file.name} is not the file that the report was made from: its checksum differs.")
    if build.digest(made.mapping) != run["mapping_sha256"]:
        said.append(f"{made.mapping.name} is not the mapping that the report was made with: its checksum differs.")
    if build.code_digest() != run["code_sha256"]:
        said.append("The report was made by another version of voc.")
    if not own.is_dir() and run["facts"].get("themes_key"):
        said.append(f"The run's saved themes are not in {own.parent.name}/{own.name}; themes were found again.")
    if engine[0]:
        said.append(f"Comments were turned into vectors by {run['facts'].get('text_engine')}; here by {engine[1]}.")
    return said


def _compared(then: dict[str, Any], now: dict[str, Any]) -> tuple[int, list[tuple[str, str]]]:
    """How many numbers were compared, and (page, sentence) for each that differs."""
    count, out = 0, []
    for name, before in then.items():
        page, after = before["page"], now.get(name)
        where = f"{page}, result {name} ({before['kind']})"
        if after is None or after["kind"] != before["kind"]:
            out.append((page, f"{where} is not there any more"))
            continue
        for k, ((shown, value), other) in enumerate(zip(before["numbers"], [*after["numbers"], *[None] * len(before["numbers"])], strict=False)):
            count += 1
            if other is None or not _same(value, other[1]):
                out.append((page, f"{where}, sentence number {k + 1}: {shown} then, {other[0] if other else 'nothing'} now"))
        for k, table in enumerate(before["tables"]):
            n, differing = _cells(table, after["tables"][k] if k < len(after["tables"]) else None)
            count += n
            out += [(page, f"{where}, {d}") for d in differing]
    return count, out


def _cells(before: dict[str, Any], after: dict[str, Any] | None) -> tuple[int, list[str]]:
    """How many cells were compared, and where they differ."""
    if after is None or after["names"] != before["names"] or len(after["rows"]) != len(before["rows"]):
        return sum(map(len, before["rows"])), [f"table “{before['caption']}” has other rows or columns now"]
    out = [
        f"row “{row[0]}”, “{name}”: {value} then, {new} now"
        for row, other in zip(before["rows"], after["rows"], strict=True)
        for name, value, new in zip(before["names"], row, other, strict=True)
        if not _same(value, new)
    ]
    return sum(map(len, before["rows"])), out


def _same(one: object, other: object) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=1e-12) or (math.isnan(one) and math.isnan(other))
    return one == other


def _shown(folder: Path, kept: dict[str, Any]) -> list[str]:
    """Numbers on the pages that are not what `run.json` holds, each as a sentence."""
    out = []
    for page in sorted({r["page"] for r in kept.values()}):
        file = folder / page
        if not file.is_file():
            out.append(f"{page} is missing")
            continue
        soup = bs4.BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
        places = {str(tag["id"]): tag.get_text() for tag in soup.find_all(["td", "th", "data"], id=True)}
        for name, receipt in kept.items():
            if receipt["page"] == page:
                out += [
                    f"{page}, {place}: the page shows {places.get(f'r{name}-{place}', 'nothing')}, run.json has {expected}"
                    for place, expected in receipts.places(receipt)
                    if places.get(f"r{name}-{place}") != expected
                ]
    return out
