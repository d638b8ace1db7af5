"""Executed notebooks -> offline HTML pages without code, through our own nbconvert template, with what stands behind every number."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from voc import display
from voc.findings.teams import MIME as TEAMS
from voc.report import gate, receipts
from voc.report.receipts import Known, Receipt
from voc.report.runner import Executed

TEMPLATES = Path(__file__).with_name("template")
HIDDEN_TAGS = ("parameters", "injected-parameters", "hidden")
FINDINGS = "06_findings"


@dataclass(frozen=True)
class PageInfo:
    """What the frame around a page shows.

    Attributes:
        title: the survey's title.
        period: the month in words.
        note: the survey's note.
        pages: (file name, title) of all pages, in order.
        origin: what the pages were made from, in a sentence.
    """

    title: str
    period: str
    note: str
    pages: tuple[tuple[str, str], ...]
    origin: str = ""


@dataclass
class Page:
    """A rendered page.

    Attributes:
        file: its name.
        title: its heading.
        html: the page.
        receipts: what stands behind its results.
        problems: why it must not be published, by cell.
    """

    file: str
    title: str
    html: str = ""
    receipts: list[Receipt] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def render(page: Executed, info: PageInfo) -> Page:
    """One executed notebook as an HTML page."""
    import nbformat

    out = Page(f"{page.name}.html", heading_of(page))
    notebook = nbformat.from_dict(copy.deepcopy(page.notebook))
    notebook.cells = notebook.cells[:-1]  # the completion mark is for the run, not for readers
    for cell in (c for c in notebook.cells if c.cell_type == "code"):
        for output in cell.get("outputs", []):
            _with_receipt(output, f"{page.name[:2]}-{cell.execution_count}", page, out)
            if not set(HIDDEN_TAGS) & set(cell.metadata.get("tags", [])) and output.output_type != "stream":  # neither is shown
                out.problems += gate.check_output(f"{out.file}, cell {cell.execution_count}", output.get("data", {}))
    _say_how(out.receipts, info, method_of(page))
    resources: dict[str, Any] = {"voc": {"info": info, "page": out.file, "heading": out.title, "css": css()}}
    out.html, _ = _exporter().from_notebook_node(notebook, resources=resources)
    return out


def _with_receipt(output: Any, name: str, page: Executed, out: Page) -> None:
    """Numbers of one output get their ids; the output is checked."""
    data, where = output.get("data", {}), f"{out.file}, cell {name.split('-')[1]}"
    if display.RECEIPT in data and "text/html" in data:
        data["text/html"] = _checked(data["text/html"], data[display.RECEIPT], name, page, (out, where))
    elif "text/html" in data:
        out.problems += gate.check_result(where, data["text/html"], [])
    if "image/png" in data:
        alt = str(output["metadata"].get("image/png", {}).get("alt", ""))
        out.problems += gate.check_figure(where, data["image/png"], alt)
        receipt = receipts.chart(alt, name, Known(page.heard, page.names))
        output["metadata"].setdefault("image/png", {})["name"] = f"r{name}"
        out.receipts.append(receipt)
        out.problems += [f"{where}: no result stands behind “{words}” in a chart's description" for words in receipt.loose if page.heard]


def _checked(html: str, made: dict[str, Any], name: str, page: Executed, to: tuple[Page, str]) -> str:
    """A fragment with ids; what is wrong with it is noted."""
    out, where = to
    html, receipt = receipts.attach(html, made, name, Known(page.heard, page.names))
    out.receipts.append(receipt)
    out.problems += gate.check_result(where, html, receipt.tables)
    out.problems += [f"{where}: no result stands behind “{words}”" for words in receipt.loose]
    return html


def render_teams(page: Executed, info: PageInfo) -> list[Page]:
    """A page of its own for each team, from the findings page's notebook; none where no team is named."""
    alone = replace(info, pages=())
    made = [o["data"][TEAMS] for c in page.notebook.cells for o in c.get("outputs", []) if TEAMS in o.get("data", {})]
    pages = []
    for team in made[0] if made else []:
        out = Page(team["file"], team["team"])
        blocks = []
        for k, block in enumerate(team["blocks"]):
            name = f"{out.file.removesuffix('.html')}-{k}"
            html = _checked(block["html"], block["receipt"], name, page, (out, f"{out.file}, section “{block['heading']}”"))
            blocks.append({**block, "html": display.markup(_standing_alone(html))})
        out.html = _environment().get_template("team.html.j2").render(info=alone, team=team, blocks=blocks, css=css())
        _say_how(out.receipts, info, method_of(page))
        pages.append(out)
    return pages


def _say_how(found: list[Receipt], info: PageInfo, method: str) -> None:
    """Every receipt says which answers its numbers are of, and where the method is described."""
    for receipt in found:
        receipt.facts = {"label": info.period, **receipt.facts, "method": method}


def method_of(page: Executed) -> str:
    """The section of a page that describes its methods: "02_score.html#s-..."; the page alone where it has none."""
    cells = [c for c in page.notebook.cells if c.cell_type == "markdown" and c.source.startswith("## Method")]
    return f"{page.name}.html#s-{cells[0].id}" if cells else f"{page.name}.html"


def _standing_alone(html: str) -> str:
    """A fragment whose links are text: a team's page is sent around by itself."""
    return re.sub(r'<dt>Evidence</dt><dd><a href="[^"]*">[^<]*</a></dd>', "", html)


def render_index(pages: list[Executed], info: PageInfo, teams: list[Page]) -> Page:
    """The month's start page: what each page says, in one sentence each."""
    rows = [
        {"file": f"{p.name}.html", "title": heading_of(p), "headlines": p.headlines[: 2 if p.name == FINDINGS else 1]}
        for p in sorted(pages, key=lambda p: (p.name != FINDINGS, p.name))
    ]
    html = _environment().get_template("month.html.j2").render(info=info, rows=rows, teams=teams, css=css())
    return Page("index.html", info.period, html)


def heading_of(page: Executed) -> str:
    """The first heading of a notebook."""
    found = re.search(r"^# (.+)$", page.notebook.cells[0].source, re.MULTILINE)
    return found.group(1).strip() if found else page.name


@cache
def css() -> str:
    """The style sheet of all pages, without comments and indentation: every page carries it."""
    text = re.sub(r"/\*.*?\*/", "", (TEMPLATES / "voc" / "style.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s*([{};])\s*", r"\1", text).strip()


@cache
def _exporter() -> Any:
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    config = Config()
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = set(HIDDEN_TAGS)
    config.HTMLExporter.preprocessors = ["nbconvert.preprocessors.TagRemovePreprocessor"]
    return HTMLExporter(
        config=config, template_name="voc", extra_template_basedirs=[str(TEMPLATES)], exclude_input=True,
        exclude_input_prompt=True, exclude_output_prompt=True, exclude_anchor_links=True, embed_images=True,
    )  # fmt: skip


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(autoescape=True, loader=jinja2.FileSystemLoader(TEMPLATES / "voc"), undefined=jinja2.StrictUndefined)
