"""A published report + its survey -> is the pack made again the same, file by file and number by number?"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import bs4

from voc import display
from voc.findings.areas import FILE as AREAS
from voc.report import build, compare, exports, receipts, render
from voc.report.build import LISTS, RUN, Say
from voc.report.compare import Difference, same
from voc.report.plan import OWN, SAVED, Plan, make_plan
from voc.report.problems import Differs, PageRefused
from voc.schema import VocError

FREE_OF_THEMES = ("01_survey", "02_score")
FREE_FACTS = ("score", "response")
# What `run.json` says about how the pack was made; the rest of it is what the pack shows, and must be the same.
HOW = ("parameters", "survey_sha256", "mapping_sha256", "areas_sha256", *(f"{name}_sha256" for name in LISTS))
HOW_MADE = (*HOW, "started", "finished", "python", "versions", "code_sha256")
INDEX = "index.html"


@dataclass(frozen=True)
class Verified:
    """What came of verifying.

    Attributes:
        numbers: how many numbers were worked out again and compared.
        files: how many files were compared.
        changed: what differs, each as a sentence.
        elsewhere: what differs because comments were turned into vectors on another kind of processor.
        remarks: what else is not as it was: voc's code, the survey's file, libraries.
        counts: how many differences there are of the two kinds; of a file with many, only some have a sentence.
    """

    numbers: int
    files: int
    changed: tuple[str, ...]
    elsewhere: tuple[str, ...]
    remarks: tuple[str, ...]
    counts: tuple[int, int] = (0, 0)

    @property
    def headline(self) -> str:
        """Whether all comes out."""
        of = f"{display.count(self.numbers)} numbers in {display.plural(self.files, 'file')}"
        if not self.changed and not self.elsewhere:
            return f"All {of} come out as published."
        changed, elsewhere = (display.plural(n, "difference") for n in self.counts)
        said = f"{changed} from what was published, among {of}." if self.changed else ""
        other = f" {elsewhere} from what was published because this processor makes other vectors." if self.elsewhere else ""
        return f"{said}{other}".strip()


def verify(
    report: str | Path, survey_file: str | Path, *, mapping: str | Path = "", parameters: dict[str, str] | None = None, say: Say | None = None
) -> Verified:
    """Make a published report again from the survey and the run's saved themes, in a temporary folder, and compare all its files.

    Args:
        report: the month's folder, such as `reports/2026-09`.
        survey_file: the survey that it was made from.
        mapping: its mapping; empty takes `survey.toml` beside the survey.
        parameters: notebook parameters, as text; the others are those of the run.
        say: told about each step.

    Raises:
        VocError: the folder holds no report, the survey cannot be used, or a file that the run was given is not given here.
        Differs: the pages made again would be refused.
    """
    folder = Path(report)
    run = _run_of(folder)
    made, own = _plan(folder, run, (survey_file, mapping), parameters or {})
    said = _remarks(run, made, own)
    with tempfile.TemporaryDirectory(prefix="voc-verify-") as work:
        try:
            built = build.build(made, Path(work), say)
        except PageRefused as refused:
            raise _would_be_refused(refused, said) from None
        return compared(folder, built.folder, said)


def _run_of(folder: Path) -> dict[str, Any]:
    try:
        run = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise VocError(f"{folder} holds no report: its {RUN} is missing or cannot be read") from None
    if not isinstance(run, dict) or not {"receipts", "facts", "headlines", "month", "parameters", *HOW_MADE[:4]} <= {*run}:
        raise VocError(f"{folder / RUN} was written by an older version of voc, or was cut short; make the report again")
    return run


def _plan(folder: Path, run: dict[str, Any], files: tuple[str | Path, str | Path], parameters: dict[str, str]) -> tuple[Plan, Path | None]:
    """The plan of the same report, and the folder with the run's own themes; None where another one is given."""
    kept = {k: str(v) for k, v in run["parameters"].items() if k not in (*OWN, *SAVED, "saved_themes", *LISTS)}
    if not run["parameters"].get("theme_changes"):
        kept["theme_changes"] = ""  # a file that was put beside the mapping later was not used then
    made = make_plan(files[0], month=run["month"], mapping=files[1], out=folder.resolve().parent, parameters=kept | parameters)
    for name in LISTS:
        used = run["parameters"].get(name, "")
        if used and name not in parameters and Path(made.values.get(name, "")).name != used:
            raise VocError(
                f"the report was made with {name} = {used}, of which {RUN} holds the name only: "
                f"give the file with -p {name}=FILE, or leave it out with -p {name}= (differences may come from that)"
            )
    if "saved_themes" in parameters:
        return made, None
    own = made.kept / run["month"]
    return (replace(made, values={**made.values, "saved_themes": str(own.resolve())}) if own.is_dir() else made), own


def _remarks(run: dict[str, Any], made: Plan, own: Path | None) -> list[str]:
    """What is not as it was when the report was made; voc itself comes first."""
    said = _code(run)
    then, here = run["versions"], build.versions()
    other = [f"{name} {then.get(name, 'unknown')} (here {v})" for name, v in here.items() if name != "voc-toolkit" and then.get(name) != v]
    if other:
        said.append(f"The report was made with {display.listed(other)}: pictures are compared by their descriptions only.")
    areas = made.mapping.with_name(AREAS)
    for file, known, what in ((made.file, "survey", "file"), (made.mapping, "mapping", "mapping"), (areas, "areas", "list of areas")):
        if build.digest_if(file) != run.get(f"{known}_sha256", ""):
            said.append(f"{file.name} is not the {what} that the report was made from: its checksum differs.")
    for name in LISTS:
        used, given = run.get(f"{name}_sha256", ""), made.values.get(name, "")
        if used and build.digest_if(Path(given)) != used:
            said.append(
                f"{Path(given).name} is not the {name} that the report was made with: its checksum differs."
                if given
                else f"Without {name}, which the report was made with: differences may come from that."
            )
    if own and not own.is_dir() and run["facts"].get("themes_key"):
        said.append(f"The run's saved themes are not in {own.parent.name}/{own.name}; themes were found again.")
    return said


def _code(run: dict[str, Any]) -> list[str]:
    then, here = run["versions"].get("voc-toolkit", "unknown"), build.versions()["voc-toolkit"]
    if then != here:
        return [f"The report was made by voc {then}, this is voc {here}: differences may come from that."]
    if run["code_sha256"] != build.code_digest():
        return [f"The report was made by other code of voc {then} than this: differences may come from that."]
    return []


def _would_be_refused(refused: PageRefused, said: list[str]) -> Differs:
    """In place of what is said when a report is refused: nothing was to be published here."""
    error = Differs(f"the report made again would be refused, for {display.plural(len(refused.problems), 'reason')}; the published one is as it was")
    for note in (*said, *refused.problems):
        error.add_note(note)
    return error


def compared(published: Path, made: Path, remarks: Iterable[str] = ()) -> Verified:
    """Compare a published pack with the same one made again.

    Args:
        published: the published folder.
        made: the one made again.
        remarks: what is not as it was.
    """
    run, now = _run_of(published), _run_of(made)
    engine, here = (r["facts"].get("text_engine") for r in (run, now))
    other, said = engine != here, [*remarks]
    if other:
        said.append(f"Comments were turned into vectors by {engine}; here by {here}. Differences in themes may come from that.")
    pictures = not other and run["versions"] == now["versions"]
    numbers, found = _receipts(run["receipts"], now["receipts"])
    shown = [compare.flat({k: v for k, v in r.items() if k not in (*HOW_MADE, "receipts")}) for r in (run, now)]
    names = compare.files(published)
    found += compare.values(RUN, shown[0], shown[1]) + compare.packs(published, made, pictures=pictures, leave=[RUN])
    excused: list[Difference] = []
    if other:
        held, derived = _held(published, run, json.loads((made / exports.FINDINGS).read_text(encoding="utf-8"))["note"])
        known = derived | compare.files(made) | {r["page"] for r in run["receipts"].values()}
        excused = [d for d in found if d.file in known and not _free(d) and (d.file in names or d.file.startswith(("team_", exports.FOLDER)))]
        found = [d for d in found if d not in excused]
        named = {d.sentence for d in found}
        found += [d for d in held if d.sentence.removesuffix(f" of {RUN}") not in named]
    sentences = [tuple(compare.shortened(kind)) for kind in (found, excused)]
    return Verified(numbers, len(names), sentences[0], sentences[1], tuple(said), (len(found), len(excused)))


def _free(found: Difference) -> bool:
    """Whether a difference is of something that no theme stands behind."""
    keys = found.place.split(".")
    if found.file == RUN:
        return keys[0] not in ("facts", "headlines") or bool({*keys[1:2]} & {*FREE_FACTS, *FREE_OF_THEMES})
    if found.file == exports.FINDINGS:
        return keys[0] not in ("act", "protect", "new")
    return found.file.startswith((*FREE_OF_THEMES, *(f"{exports.FOLDER}/{page[:3]}".replace("_", "-") for page in FREE_OF_THEMES)))


def _receipts(then: dict[str, Any], now: dict[str, Any]) -> tuple[int, list[Difference]]:
    """How many numbers were compared, and what differs of what stands behind the results; the file of a difference is the result's page."""
    count, out = 0, []
    for name in dict.fromkeys([*then, *now]):
        before, after = then.get(name), now.get(name)
        receipt = before or after or {}
        page, where = receipt["page"], f"{RUN}, {receipt['page']}, result {name} ({receipt['kind']})"
        if before is None or after is None or (before["kind"], before["page"]) != (after["kind"], after["page"]):
            out.append(Difference(page, RUN, f"{where} {'is not published, but comes out' if before is None else 'does not come out'}"))
            continue
        said = compare.values("", *(compare.flat({k: v for k, v in r.items() if k not in ("numbers", "tables")}) for r in (before, after)))
        lines = [d.sentence.removeprefix(", ") for d in said]
        for k in range(max(len(before["numbers"]), len(after["numbers"]))):
            (shown, value), (again, new) = ((r["numbers"][k] if k < len(r["numbers"]) else ("nothing", None)) for r in (before, after))
            if shown != again or not same(value, new):
                lines.append(f"sentence number {k + 1}: {shown} ({value}) is published, {again} ({new}) comes out")
        for k in range(max(len(before["tables"]), len(after["tables"]))):
            lines += _cells(*(r["tables"][k] if k < len(r["tables"]) else None for r in (before, after)))
        count += len(before["numbers"]) + sum(len(t["names"]) * len(t["rows"]) for t in before["tables"])
        out += [Difference(page, RUN, f"{where}, {line}") for line in lines]
    return count, out


def _cells(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[str]:
    """Where two tables differ."""
    if before is None or after is None or after["names"] != before["names"] or len(after["rows"]) != len(before["rows"]):
        return [f"table “{(before or after or {})['caption']}” has other rows or columns"]
    out = [
        f"row “{row[0]}”, “{name}”: {value} is published, {new} comes out"
        for row, other in zip(before["rows"], after["rows"], strict=True)
        for name, value, new in zip(before["names"], row, other, strict=True)
        if not same(value, new)
    ]
    heads = [{k: v for k, v in table.items() if k not in ("rows", "names")} for table in (before, after)]
    return out if heads[0] == heads[1] else [*out, f"table “{before['caption']}” has another caption or headings"]


def _held(folder: Path, run: dict[str, Any], note: str) -> tuple[list[Difference], set[str]]:
    """Where the published files are not what `run.json` holds, and the files that follow from it: what can be asked on any processor."""
    of = [(k, receipts.Receipt(k, r["kind"], {}, r["numbers"], r["tables"]), r["page"]) for k, r in run["receipts"].items()]
    pages = [(page, [receipt for _, receipt, _ in some]) for page, some in groupby(of, key=lambda r: r[2])]
    about = {name: run[name] for name in ("title", "period", "month")} | {"note": note}
    with tempfile.TemporaryDirectory(prefix="voc-verify-") as work:
        build.derived(about, run["facts"], pages, Path(work))
        derived = compare.files(Path(work))
        found = [
            replace(d, sentence=f"{d.sentence} of {RUN}" if d.sentence.endswith(("come out", "comes out")) else d.sentence)
            for d in compare.packs(folder, Path(work), pictures=False)
            if d.file in derived or d.file.startswith(f"{exports.FOLDER}/")
        ]
    shown = [Difference("", "", line) for line in (*_shown(folder, run["receipts"]), *_headlines(folder, run["headlines"]))]
    return found + shown, derived


def _headlines(folder: Path, kept: dict[str, list[str]]) -> list[str]:
    """Pages of which the start page shows other headlines than `run.json` holds."""
    if not (folder / INDEX).is_file():
        return []
    soup = bs4.BeautifulSoup((folder / INDEX).read_text(encoding="utf-8"), "html.parser")
    out = []
    for page, lines in kept.items():
        section = next((a.find_parent("section") for a in soup.select(f'section h2 a[href="{page}.html"]')), None)
        shown = " ".join(p.get_text() for p in section.find_all("p")) if section else ""
        held = " ".join(lines[: 2 if page == render.FINDINGS else 1])
        if held.split() != shown.split():
            out.append(f"{INDEX} shows of {page}: “{shown}”, {RUN} has “{held}”")
    return out


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
            if receipt["page"] != page:
                continue
            out += [
                f"{page}, {place}: the page shows {places.get(f'r{name}-{place}', 'nothing')}, {RUN} has {expected}"
                for place, expected in receipts.places(receipt)
                if places.get(f"r{name}-{place}") != expected
            ]
            out += [f"{page}, {line}, {RUN} has another text" for line in _other_texts(soup, name, receipt)]
            if receipt["kind"] == receipts.CHART and (lost := _lost(soup.select_one(f'figure[id="r{name}"] img'), receipt)):
                out.append(f"{page}, chart {name}: its description does not have {lost}, which {RUN} has")
    return out


def _other_texts(soup: bs4.BeautifulSoup, name: str, receipt: dict[str, Any]) -> list[str]:
    """Texts in tables that are not the receipt's; they have no id, but stand in a row with numbers that have one."""
    out = []
    for k, table in enumerate(receipt["tables"]):
        texts = [j for j, c in enumerate(table["columns"]) if c["kind"] == "text"]
        numbers = [j for j, c in enumerate(table["columns"]) if c["kind"] != "text"]
        for i, row in enumerate(table["rows"] if numbers else ()):
            found = soup.find(id=f"r{name}-t{k}-{i}-{numbers[0]}")
            cells = found.parent.find_all(["th", "td"]) if found and found.parent else []
            held = dict(zip(table["names"], row, strict=True))
            for j in texts if len(cells) == len(table["columns"]) else ():
                shown, kept = cells[j].get_text(), held[table["columns"][j]["name"]]
                if shown.split() != str("" if kept is None else kept).split():
                    out.append(f"t{k}-{i}-{j}: the page shows “{shown}”")
    return out


def _lost(picture: bs4.Tag | None, receipt: dict[str, Any]) -> str:
    """The first number of a chart's receipt that its description does not have in its place; empty where it has all."""
    there = iter(n.group() for n in receipts.numbers_in(str(picture["alt"]) if picture else ""))
    return next((str(shown) for shown, _ in receipt["numbers"] if shown not in there), "")
