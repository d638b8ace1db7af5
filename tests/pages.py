"""Pages for the browser tests: what the committed notebooks show, and pages that hold hostile texts wherever a text can stand."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from PIL import Image

from voc import display
from voc.display import Column, Note, Result
from voc.findings import Card, Cards, Fact, Quote, Teams
from voc.findings.teams import Block, TeamPage
from voc.report import months, render
from voc.report.marks import MIME
from voc.report.render import Page, PageInfo
from voc.report.runner import PAGES, Executed
from voc.themes.voices import Said, Voices

ROOT = Path(__file__).resolve().parents[1]
RUNS = "document.title = 'owned'; window.owned = true; fetch('https://example.com/owned')"
HOSTILE = (
    f"<script>{RUNS}</script>",
    f'<img src=x onerror="{RUNS}">',
    f'<svg onload="{RUNS}"><a xlink:href="javascript:{RUNS}">x</a></svg>',
    "<iframe src='https://example.com'></iframe><object data='https://example.com'></object><base href='https://example.com'>",
    "<link rel=stylesheet href='https://example.com/x.css'><style>@import 'https://example.com/x.css'; body { display: none }</style>",
    "<meta http-equiv=refresh content='0;url=https://example.com'>",
    "</style></title></textarea></script><!-- ]]> --> <b>bold</b>",
    "[click](javascript:alert(1)) ![pixel](https://example.com/p.png) <https://example.com>",
    '=HYPERLINK("https://example.com","click") +1 -1 @SUM(1)',
    "{{ 7*7 }} {% raw %} {# x #} ${7*7} $(touch x) `touch y` %0a",
    "\u202eexe.gnp\u202c \u2066hidden\u2069 w\u200bo\u200br\u200bd\ufeff \ufffd\ufffd caf\u00c3\u00a9 \u0007",
    "\N{POUTING FACE}\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN} " + "waiting " * 12_500,
    "a" * 400 + " \" ' ` & < > onmouseover=alert(1) style=position:fixed",
)


@contextmanager
def publishing() -> Iterator[None]:
    """Results bring their receipts along, as in a run that publishes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(display.WANTED, "1")
        yield


def executed(name: str, notebook: Any) -> Executed:
    mark = next((o["data"][MIME] for o in notebook.cells[-1].get("outputs", []) if MIME in o.get("data", {})), {"headlines": ["."], "facts": {}})
    return Executed(name, notebook, tuple(mark["headlines"]), mark["facts"])


def sample_pages() -> dict[str, str]:
    """The sample's pages from the committed notebooks, its start page and the months' index."""
    made = [executed(name, nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)) for name in PAGES]
    info = PageInfo("Northlight: survey", "September 2026", "Synthetic sample.", tuple((f"{p.name}.html", render.heading_of(p)) for p in made))
    teams = team_pages("Contact centre", "We waited for an hour.", info)
    pages = [*(render.render(p, info) for p in made), *teams, render.render_index(made, info, teams)]
    linked = set(re.findall(r'href="(team_[^"]+)"', pages[5].html))  # the committed findings page links to the sample's own teams
    return {p.file: p.html for p in pages} | dict.fromkeys(linked, teams[0].html)


def months_page(folder: Path) -> str:
    """The index of two months."""
    for month, value in (("2026-08", 21.9), ("2026-09", 18.7)):
        score = {"n": 1100, "value": value, "low": value - 4, "high": value + 4, "change": -3.2, "change_low": -9.4, "change_high": 3.0}
        facts = {"score": score | {"verdict": "unclear"}, "response": {"rate": 0.24}, "act": {"cards": [{"title": "Queue"}]}}
        (folder / month).mkdir(parents=True)
        (folder / month / "run.json").write_text(json.dumps({"title": "Northlight", "period": month, "facts": facts}), encoding="utf-8")
    return months.page(folder)


class Table(Result):
    """A table with one text in every place a text can stand."""

    def __init__(self, text: str) -> None:
        self.text = text

    @property
    def headline(self) -> str:
        """The text."""
        return self.text

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame({"who": [self.text], "what": [self.text], "n": [50]})

    def _caption(self) -> str:
        return self.text

    def _columns(self) -> list[Column]:
        return [Column("who", self.text), Column("what", self.text), Column("n", self.text, "count")]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        with display.recording() as heard:
            html = self._repr_html_()
        return {"text/html": html, "text/plain": "<table>", display.RECEIPT: {"kind": "Table", "facts": {}, "numbers": [], "tables": heard.tables}}


def results(text: str) -> list[Result]:
    """Results that show a text in every place a text can stand."""
    said = Said(text, text, text, text)
    voice = {"id": 1, "label": text, "size": 20, "share": 0.1, "sentence": text, "subthemes": text, "quotes": (said,)}
    card = Card(text, text, (Quote(text, text),), text, (Fact(text, text), Fact("Evidence", text, "06_findings.html")))
    return [Note(text), Cards(text, (card,), notes=(text,), aside=text), Voices(pd.DataFrame([voice] * 7), text), Table(text)]


def team_pages(team: str, text: str, info: PageInfo) -> list[Page]:
    """A team's page whose sections show a text."""
    with publishing():
        blocks = tuple(Block(text[:200], text, result) for result in results(text))
        shown = nbformat.v4.new_output(
            "execute_result", Teams((TeamPage(team, "team_a.html", team, blocks),), text)._repr_mimebundle_(), execution_count=1
        )
    cells = [nbformat.v4.new_markdown_cell("# Findings"), nbformat.v4.new_code_cell("teams", outputs=[shown], execution_count=1)]
    return render.render_teams(executed("06_findings", nbformat.v4.new_notebook(cells=[*cells, nbformat.v4.new_code_cell("done")])), info)


def hostile_pages(text: str) -> dict[str, str]:
    """A page, a team's page and a start page with a text everywhere: titles, sentences, quotes, tables, chart descriptions, the frame."""
    info = PageInfo(text, text, text, (("06_findings.html", text), ("index.html", text)))
    drawn = io.BytesIO()
    Image.linear_gradient("L").save(drawn, "png")
    chart = {"image/png": base64.b64encode(drawn.getvalue()).decode()}
    with publishing():
        outputs = [nbformat.v4.new_output("execute_result", r._repr_mimebundle_(), execution_count=1) for r in results(text)]
    outputs.append(nbformat.v4.new_output("display_data", chart, metadata={"image/png": {"alt": text}}))
    cells = [nbformat.v4.new_markdown_cell("# Findings"), nbformat.v4.new_code_cell("shown", outputs=outputs, execution_count=1)]
    page = executed("06_findings", nbformat.v4.new_notebook(cells=[*cells, nbformat.v4.new_code_cell("done")]))
    page = Executed(page.name, page.notebook, (text,), {})
    teams = team_pages(text, text, info)
    made = [render.render(page, info), *teams, render.render_index([page], info, teams)]
    return {p.file: p.html for p in made}
