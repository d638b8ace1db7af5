"""Executed notebooks -> offline HTML pages without code, through our own nbconvert template; and the checks on each page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat

from voc import display
from voc.report.runner import Executed
from voc.schema import VocError

TEMPLATES = Path(__file__).with_name("template")
HIDDEN_TAGS = ("parameters", "injected-parameters", "hidden")
FINDINGS = "06_findings"
LARGEST_PAGE = 5_000_000  # bytes
_LOADS = ("src", "srcset", "data", "poster", "action", "formaction", "xlink:href", "background")
_FORBIDDEN = ("script", "iframe", "object", "embed", "form", "base")


@dataclass(frozen=True)
class PageInfo:
    """What the frame around a page shows.

    Attributes:
        title: the survey's title.
        period: the month in words.
        note: the survey's note.
        pages: (file name, title) of all pages, in order.
    """

    title: str
    period: str
    note: str
    pages: tuple[tuple[str, str], ...]


def render(page: Executed, info: PageInfo) -> str:
    """One executed notebook as an HTML page."""
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    config = Config()
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = set(HIDDEN_TAGS)
    config.HTMLExporter.preprocessors = ["nbconvert.preprocessors.TagRemovePreprocessor"]
    exporter = HTMLExporter(
        config=config, template_name="voc", extra_template_basedirs=[str(TEMPLATES)], exclude_input=True,
        exclude_input_prompt=True, exclude_output_prompt=True, exclude_anchor_links=True, embed_images=True,
    )  # fmt: skip
    notebook = nbformat.from_dict(page.notebook)
    notebook.cells = notebook.cells[:-1]  # the completion mark is for the run, not for readers
    resources: dict[str, Any] = {"voc": {"info": info, "page": f"{page.name}.html", "heading": heading_of(page), "css": _css()}}
    html, _ = exporter.from_notebook_node(notebook, resources=resources)
    return str(html)


def render_index(pages: list[Executed], info: PageInfo) -> str:
    """The month's start page: what each page says, in one sentence each."""
    import jinja2

    environment = jinja2.Environment(autoescape=True, loader=jinja2.FileSystemLoader(TEMPLATES / "voc"), undefined=jinja2.StrictUndefined)
    rows = [
        {"file": f"{p.name}.html", "title": heading_of(p), "headlines": p.headlines[: 2 if p.name == FINDINGS else 1]}
        for p in sorted(pages, key=_findings_first)
    ]
    return environment.get_template("month.html.j2").render(info=info, rows=rows, css=_css())


def heading_of(page: Executed) -> str:
    """The first heading of a notebook."""
    found = re.search(r"^# (.+)$", page.notebook.cells[0].source, re.MULTILINE)
    return found.group(1).strip() if found else page.name


def check(name: str, html: str) -> list[str]:
    """Everything about a page that must not be published, each as a sentence; none means it may."""
    problems = []
    if len(html.encode()) > LARGEST_PAGE:
        problems.append(f"{name} is larger than {display.count(LARGEST_PAGE / 1e6)} MB")
    reader = _Reader()
    reader.feed(html)
    problems += [f"{name}: {problem}" for problem in reader.problems]
    if re.search(r"@import|url\(\s*['\"]?(?!data:)", "\n".join(reader.styles), re.IGNORECASE):
        problems.append(f"{name}: its style sheet loads something from elsewhere")
    return problems


def require(problems: list[str]) -> None:
    """Raise all problems at once."""
    if problems:
        raise VocError("nothing was published: " + "; ".join(problems))


class _Reader(HTMLParser):
    """Collects what a page loads or runs."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.styles: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._in_style = tag == "style"
        if tag in _FORBIDDEN:
            self.problems.append(f"holds a <{tag}>")
        if tag == "img" and not values.get("alt"):
            self.problems.append("a picture has no description")
        for name, value in values.items():
            if name.startswith("on"):
                self.problems.append(f"holds the event handler {name}")
            plain = re.sub(r"[\x00-\x20]", "", value)  # browsers ignore these inside a scheme
            if name in _LOADS and not plain.startswith(("data:", "#")):
                self.problems.append(f'<{tag}> loads "{value[:60]}"')
            if name == "href" and re.match(r"[\w+.-]+:|//", plain):
                self.problems.append(f'links to "{value[:60]}"')
            if name == "style":
                self.styles.append(value)
        if tag == "meta" and values.get("http-equiv", "").casefold() == "refresh":
            self.problems.append("sends the reader elsewhere by itself")

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.styles.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False


def _findings_first(page: Executed) -> tuple[bool, str]:
    return (page.name != FINDINGS, page.name)


def _css() -> str:
    return (TEMPLATES / "voc" / "style.css").read_text(encoding="utf-8")
