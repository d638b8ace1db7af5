"""Running, checking and publishing pages; and one whole report on a survey full of hostile comments."""

from __future__ import annotations

import base64
import io
import json
import re
import time
import tomllib
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import bs4
import nbformat
import openpyxl
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

import voc
from pages import months_page, sample_pages
from voc import display, report, sample
from voc.display import Column, Note, Result
from voc.ingest.mapping import parse_mapping
from voc.report import build, exports, gate, months, pulse, receipts, render, runner, verify
from voc.report.marks import MIME
from voc.report.problems import NotebookFailed, PageRefused
from voc.schema import VocError
from voc.score.pulse import RESTRICTED

# check


def whole(body: str = "", *, head: str = "", policy: str = f'<meta http-equiv="Content-Security-Policy" content="{gate.POLICY}">') -> str:
    """A page as voc writes it, but for the given parts."""
    start = f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">{policy}<title>A page</title>{head}</head>'
    return f'{start}<body><main id="content">{body}</main><footer></footer></body></html>'


PICTURE = "data:image/png;base64,AA=="
CHART_TAG = f'<img src="{PICTURE}" alt="A chart"'


@pytest.mark.parametrize(
    ("html", "words"),
    [
        # tags
        ("<script>alert(1)</script>", "<script>"),
        ("<SCRIPT SRC=x></SCRIPT>", "<script src>"),
        ("<iframe></iframe>", "<iframe>"),
        ('<object data="data:text/html,x"></object>', "<object>"),
        ("<embed></embed>", "<embed>"),
        ("<form></form>", "<form>"),
        ('<base href="x.html"></base>', "<base>"),
        ('<link rel="prefetch" href="x.html">', "<link>"),
        ('<link rel="preload" as="image" imagesrcset="x.png">', "<link imagesrcset>"),
        ("<svg></svg>", "<svg>"),
        ('<svg><animate attributeName="href" to="javascript:alert(1)"></animate></svg>', "<animate>"),
        ('<svg><set attributeName="href" to="javascript:alert(1)"></set></svg>', "<set>"),
        ('<svg><use xlink:href="https://example.com/x.svg#a"></use></svg>', "<use xlink:href>"),
        ("<math></math>", "<math>"),
        ("<noscript><p>x</p></noscript>", "<noscript>"),
        ("<xmp>x</xmp>", "<xmp>"),
        ("<noembed>x</noembed>", "<noembed>"),
        ("<template><p>x</p></template>", "<template>"),
        ("<textarea>x</textarea>", "<textarea>"),
        ("<plaintext>", "<plaintext>"),
        ("<custom-tag></custom-tag>", '"<custom-tag>'),
        ('<video poster="x.png"></video>', "<video poster>"),
        ('<button formaction="x">y</button>', "<button formaction>"),
        ("<b>bold</b>", "<b>"),
        # attributes
        ('<p onclick="go()">x</p>', "<p onclick>"),
        ("<p OnClick=go()>x</p>", "<p onclick>"),
        ('<p style="position: fixed">x</p>', "<p style>"),
        ('<a href="#content" ping="https://example.com">x</a>', "<a ping>"),
        ('<a href="#content" target="x">x</a>', "<a target>"),
        ('<a href="#content" download="x">x</a>', "<a download>"),
        ('<table background="x.png"></table>', "<table background>"),
        (f'{CHART_TAG} srcset="x.png 2x">', "<img srcset>"),
        (f'{CHART_TAG} loading="lazy">', "<img loading>"),
        ('<p class="a" class="b">x</p>', "<p> with more than one class"),
        # links
        ('<a href="javascript:alert(1)">x</a>', "links to"),
        ('<a href=" JavaScript:alert(1)">x</a>', "links to"),
        ('<a href="java&#10;script:alert(1)">x</a>', "links to"),
        ('<a href="java&Tab;script:alert(1)">x</a>', "links to"),
        ('<a href="&#1;javascript:alert(1)">x</a>', "links to"),
        ('<a href="javascript&colon;alert(1)">x</a>', "links to"),
        ('<a href="data:text/html,x">x</a>', "links to"),
        ('<a href="mailto:x">x</a>', "links to"),
        ('<a href="https://example.com">x</a>', "links to"),
        ('<a href="//example.com">x</a>', "links to"),
        ('<a href="/&#9;/example.com">x</a>', "links to"),
        ('<a href="\\\\example.com">x</a>', "links to"),
        ('<a href="../../secret.html">x</a>', "links to"),
        ('<a href="../x.html">x</a>', "links to"),
        ('<a href="%2e%2e/x.html">x</a>', "links to"),
        ('<a href="x.html?to=1">x</a>', "links to"),
        ('<a href="x.html&#10;">x</a>', "links to"),
        # pictures
        ('<img src="x.png" alt="A chart">', "a picture loads"),
        ('<img src="https://example.com/x.png" alt="A chart">', "a picture loads"),
        ('<img src="data:image/svg+xml,x" alt="A chart">', "a picture loads"),
        ('<img alt="A chart">', "a picture loads"),
        (f'<img src="{PICTURE}">', "a picture has no description"),
        (f'<img src="{PICTURE}" alt="">', "a picture has no description"),
        (f'<img src="{PICTURE}" alt="   ">', "a picture has no description"),
        (f'<img src="{PICTURE}" alt="... 12 ...">', "a picture has no description"),
        (f'<img src="{PICTURE}" alt="No description has been provided for this image">', "a picture has no description"),
        # what a browser may read in another way
        ("<!-- x -->", "begins no tag"),
        ("<!--->x", "begins no tag"),
        ("<![CDATA[x]]>", "begins no tag"),
        ("<![x[", "begins no tag"),
        ("<!DOCTYPE html>", "begins no tag"),
        ("<?xml x?>", "begins no tag"),
        ("</ x>", "begins no tag"),
        ("1 < 2", "begins no tag"),
        ("<p/onclick=go()>x</p>", "begins no tag"),
        ("<p class=`a`>x</p>", "begins no tag"),
        ("<p\0>x</p>", "begins no tag"),
        # structure
        ("</main></body>", "</main> closes nothing"),
        ("<p>x", "</main> closes nothing"),
        ("<p/>", "<p/> is not closed"),
        ("</main><main>", "a second <main>"),
        ("<main></main>", "<main> in the wrong place"),
        ("<footer>jo@example.com</footer>", "<footer> in the wrong place"),
        ("<style>p { color: #123456 }</style>", "<style> in the wrong place"),
        # comments
        ("<blockquote>so <strong>slow</strong></blockquote>", "<strong> in a comment"),
        ('<blockquote>so <a href="#content">slow</a></blockquote>', "<a> in a comment"),
        ("<blockquote><mark>so <em>slow</em></mark></blockquote>", "<em> in a comment"),
    ],
)
def test_check_finds(html: str, words: str) -> None:
    problems = gate.check("page.html", whole(html))
    assert any(words in p for p in problems), problems
    assert all(p.startswith("page.html: ") for p in problems)


@pytest.mark.parametrize(
    ("css", "words"),
    [
        ('@import "x.css";', "“@import”"),
        ('@IMPORT "x.css";', "“@import”"),
        ("@\\69mport 'x.css';", "a backslash"),
        ("p { background: u\\72l(x.png) }", "a backslash"),
        ("p { background: url(https://example.com/x.png) }", "something from elsewhere"),
        ("p { background: URL( 'x.png' ) }", "something from elsewhere"),
        ("p { background: url(x.png) }", "something from elsewhere"),
        ("p { background: url(data:text/html,x) }", "something from elsewhere"),
        ('p { background: image-set("x.png" 1x) }', "something from elsewhere"),
        ('p { background: -webkit-image-set("x.png" 1x) }', "something from elsewhere"),
        ('p { content: "https://example.com" }', "something from elsewhere"),
        ("p { width: expression(alert(1)) }", "“expression(”"),
        ("p { color: red } <b>x</b>", "a “<”"),
        ("p { color: red } <!-- ", "begins no tag"),
    ],
)
def test_check_finds_what_a_style_sheet_loads(css: str, words: str) -> None:
    problems = gate.check("page.html", whole(head=f"<style>{css}</style>"))
    assert any(words in p for p in problems), problems


def _meta(name: str, content: str) -> str:
    return f'<meta http-equiv="{name}" content="{content}">'


RIGHT = _meta("Content-Security-Policy", gate.POLICY)


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("", "holds 0 content security policies; it takes one"),
        (RIGHT + RIGHT, "holds 2 content security policies; it takes one"),
        (_meta("Content-Security-Policy", "default-src *"), 'holds <meta http-equiv="Content-Security-Policy">'),
        (_meta("Content-Security-Policy-Report-Only", gate.POLICY), 'holds <meta http-equiv="Content-Security-Policy-Report-Only">'),
        (RIGHT + _meta("refresh", "0;url=x"), 'holds <meta http-equiv="refresh">'),
        (RIGHT + _meta("Set-Cookie", "a=b"), 'holds <meta http-equiv="Set-Cookie">'),
        (RIGHT + '<meta name="referrer" content="unsafe-url">', "holds <meta referrer>"),
        (RIGHT + '<meta charset="utf-7">', "holds <meta charset>"),
        (RIGHT.replace(">", f' content="{gate.POLICY}">'), "<meta> with more than one content"),
        ("<style>p { color: #123456 }</style>" + RIGHT, "its content security policy does not stand first"),
        ("words" + RIGHT, "its content security policy does not stand first"),
        ('<meta name="robots" content="noindex">' + RIGHT, "its content security policy does not stand first"),
    ],
)
def test_check_finds_a_wrong_policy(policy: str, words: str) -> None:
    problems = gate.check("page.html", whole(policy=policy))
    assert any(words in p for p in problems), problems


def test_check_finds_a_page_that_does_not_begin_or_end() -> None:
    assert gate.check("p", whole()) == []
    assert gate.check("p", whole().removeprefix("<!DOCTYPE html>")) == ["p: does not begin with <!DOCTYPE html>"]
    assert gate.check("p", whole() + "<img src=x onerror=alert(1)") == [
        'p: holds "<img src=x onerror=alert(1)", which begins no tag as voc writes them'
    ]
    assert gate.check("p", whole().removesuffix("</html>")) == ["p: <html> is not closed"]


@pytest.mark.parametrize(
    "html",
    [
        '<a href="02_score.html">x</a>',
        '<a href="#content">x</a>',
        '<a href="02_score.html#a:b">x</a>',
        '<a href="../index.html">x</a>',
        '<a href="2026-09/index.html">x</a>',
        '<a href="tables/tables.xlsx">x</a>',
        '<a href="team_été.html">x</a>',
        f"{CHART_TAG}>",
        f"{CHART_TAG}/>",
        f'<img src="{PICTURE}" alt=\'He said "yes"\'>',
        "<p>&lt;script&gt;alert(1)&lt;/script&gt; &lt;img src=x onerror=alert(1)&gt; @import url(x) javascript:alert(1) &lt;!-- x</p>",
        "<blockquote>so <mark>slow</mark></blockquote>",
        '<table><tbody><tr><td data-label="Score" class="num">1</td></tr></tbody></table>',
    ],
)
def test_check_passes(html: str) -> None:
    assert gate.check("page.html", whole(html)) == []


def test_check_passes_a_picture_in_the_style_sheet() -> None:
    assert gate.check("page.html", whole(head="<style>p > a { color: #123456; background: url(data:image/png;base64,AA==) }</style>")) == []


def test_check_limits_the_size() -> None:
    room = gate.LARGEST_PAGE - len(whole())
    assert gate.check("big.html", whole("x" * (room + 1))) == ["big.html is larger than 5 MB"]
    assert gate.check("big.html", whole("x" * room)) == []


# runner

PARAMETERS = 'month: str = "2026-09"  # the month\nmonths: int = 13\nshare: float = 0.5\nagents: bool = False\nnot_a_parameter = 3'
DONE = "import voc\nvoc.report.done(voc.display.Note(f'{month}, {months}'))"


def notebook(path: Path, *sources: str, parameters: str = PARAMETERS) -> Path:
    cells = [new_markdown_cell("# A page", id="c0"), new_code_cell(parameters, id="c1", metadata={"tags": ["parameters"]})]
    cells += [new_code_cell(source, id=f"c{i}") for i, source in enumerate(sources, start=2)]
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}), path)
    return path


def test_declared(tmp_path: Path) -> None:
    assert runner.declared(notebook(tmp_path / "n.ipynb")) == {"month": str, "months": int, "share": float, "agents": bool}
    assert runner.declared(notebook(tmp_path / "m.ipynb", parameters="")) == {}


def test_every_notebook_of_the_report_declares_its_parameters() -> None:
    for name in runner.PAGES:
        assert {"survey_file": str, "mapping": str, "month": str}.items() <= runner.declared(report.notebooks_folder() / f"{name}.ipynb").items()


def test_convert(tmp_path: Path) -> None:
    books = [notebook(tmp_path / "n.ipynb")]
    given = {"month": "2014", "months": "3", "share": "1", "agents": "True"}
    made = runner.convert(books, given)
    assert made == {"month": "2014", "months": 3, "share": 1.0, "agents": True}
    assert [type(v) for v in made.values()] == [str, int, float, bool]
    assert runner.convert(books, {"agents": "false"}) == {"agents": False}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"months": "three"}, 'parameter "months" must be a whole number; found "three"'),
        ({"months": "3.5"}, 'parameter "months" must be a whole number; found "3.5"'),
        ({"share": "half"}, 'parameter "share" must be a number; found "half"'),
        ({"agents": "1"}, 'parameter "agents" must be true or false; found "1"'),
    ],
)
def test_convert_refuses(tmp_path: Path, given: dict[str, str], sentence: str) -> None:
    with pytest.raises(VocError, match=re.escape(sentence)):
        runner.convert([notebook(tmp_path / "n.ipynb")], given)


def test_check_parameters(tmp_path: Path) -> None:
    books = [notebook(tmp_path / "n.ipynb"), notebook(tmp_path / "m.ipynb", parameters="other: int = 1")]
    runner.check_parameters(books, {"month": "2026-09", "months": 3, "share": 1, "agents": True, "other": 2})
    runner.check_parameters(books, {"share": 0.5})
    with pytest.raises(VocError, match=r'there is no parameter "mnths" \(did you mean "months"\?\); the notebooks know agents, month, months'):
        runner.check_parameters(books, {"mnths": 3})
    for wrong in ({"months": "3"}, {"months": 3.0}, {"months": True}, {"agents": 1}, {"month": 2026}, {"share": True}):
        with pytest.raises(VocError, match=f'parameter "{next(iter(wrong))}" must be'):
            runner.check_parameters(books, wrong)


def test_a_failing_cell_is_one_sentence(tmp_path: Path) -> None:
    book = notebook(tmp_path / "02_score.ipynb", "1 / 0", DONE)
    with pytest.raises(NotebookFailed, match="02_score failed in cell 3: ZeroDivisionError: division by zero"):
        runner.execute(book, {"month": "2026-08", "unknown_here": 1}, tmp_path / "out.ipynb", progress=False)


def test_a_notebook_without_its_mark_is_refused(tmp_path: Path) -> None:
    book = notebook(tmp_path / "02_score.ipynb", DONE, "print('and then somebody added a cell')")
    with pytest.raises(NotebookFailed, match="02_score stopped before its last cell; nothing was published"):
        runner.execute(book, {}, tmp_path / "out.ipynb", progress=False)


def test_a_whole_notebook_is_executed_with_its_parameters(tmp_path: Path) -> None:
    done = runner.execute(notebook(tmp_path / "n.ipynb", DONE), {"month": "2014", "other": 1}, tmp_path / "out.ipynb", progress=False)
    assert (done.name, done.headlines, done.facts) == ("n", ("2014, 13",), {})


EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def test_index_and_frame_escape_the_survey_title() -> None:
    book = new_notebook(cells=[new_markdown_cell("# A page", id="a"), new_markdown_cell("text", id="b")])
    page = runner.Executed("01_survey", book, (EVIL,), {})
    info = render.PageInfo(EVIL, "September 2026", EVIL, (("01_survey.html", "A page"),))
    for html in (render.render(page, info).html, render.render_index([page], info, []).html):
        assert gate.check("p", html) == []
        assert "<img" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in html
        assert "&amp;lt;" not in html


def output(result: Result) -> nbformat.NotebookNode:
    """What a kernel of a publishing run leaves of a shown result."""
    return nbformat.v4.new_output("execute_result", result._repr_mimebundle_(), execution_count=2)


@pytest.fixture
def publishing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results bring their receipts along, as in a run that publishes."""
    monkeypatch.setenv(display.WANTED, "1")


def page_of(*outputs: nbformat.NotebookNode, heard: dict[str, float] | None = None) -> runner.Executed:
    """An executed notebook with these outputs in its second cell."""
    mark = new_code_cell("done", id="c", execution_count=3)
    cells = [new_markdown_cell("# A page", id="a"), new_code_cell("shown", id="b", outputs=list(outputs), execution_count=2), mark]
    return runner.Executed("02_score", new_notebook(cells=cells), ("18.7",), {}, heard or {})


INFO = render.PageInfo("Survey", "September 2026", "", (("02_score.html", "A page"),))


def problems_of(page: runner.Executed) -> list[str]:
    made = render.render(page, INFO)
    return made.problems + gate.check_pages({made.file: made.html, "index.html": whole()})


def test_a_daily_pulse_is_not_published(publishing: None) -> None:
    """It lists single customers, also where an analyst shows it in one of the six notebooks."""
    assert "02_score.html shows a daily pulse, which lists single customers and is never published" in problems_of(page_of(output(Note(RESTRICTED))))


# the gate: each of these stops a run


@dataclass(frozen=True, repr=False)
class Rows(Result):
    """A result with any frame and any sentence."""

    frame: pd.DataFrame
    said: str = "All is well."
    note: str = ""

    @property
    def headline(self) -> str:
        """The sentence."""
        return self.said

    def to_frame(self) -> pd.DataFrame:
        """The frame."""
        return self.frame

    def _columns(self) -> list[Column]:
        return [
            Column("who", "Who"),
            Column("n", "Answers", "count"),
            Column("value", "Score", "points"),
            Column("low", "Low to high", "range", "high"),
        ]

    def _repr_html_(self) -> str:
        return super()._repr_html_() + self.note


def rows(who: str = "Store", n: int = 50, said: str = "All is well.", note: str = "") -> Rows:
    return Rows(pd.DataFrame([(who, n, 18.74, 14.68, 22.74)], columns=["who", "n", "value", "low", "high"]), said, note)


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (rows(said="The score is 18.8."), "02_score.html, cell 2: no result stands behind “The score is 18.8.”"),
        (rows(n=9), "02_score.html, cell 2: the row “Store” shows “Score” of 9 answers; it takes 10"),
        (rows(note="<b>bold</b>"), "02_score.html, cell 2 shows <b>, which voc does not write: a text was not escaped"),
        (rows(note="<p onclick='x()'>x</p>"), "02_score.html, cell 2 shows <p onclick>, which voc does not write: a text was not escaped"),
        (rows(note="<blockquote>write to jo@example.com</blockquote>"), "02_score.html, cell 2: [EMAIL] in a comment is not hidden"),
        (rows(who="jo@example.com"), "02_score.html, cell 2: [EMAIL] in a table is not hidden"),
        (rows(said="Write to jo@example.com."), "02_score.html, cell 2: [EMAIL] in a text is not hidden"),
        (rows(note="<h3>Ring 020 7946 0991</h3>"), "02_score.html, cell 2: [PHONE] in a heading is not hidden"),
        (rows(note="<dl><dd>jo@example.com</dd></dl>"), "02_score.html, cell 2: [EMAIL] in a text is not hidden"),
        (
            rows(note="<blockquote>so <strong>slow</strong></blockquote>"),
            "02_score.html, cell 2 shows <strong> in a comment: its text was not escaped",
        ),
        (rows(note="<a href='07_more.html'>x</a>"), '02_score.html: links to "07_more.html", which is no page of this report'),
        (rows(note="<a href='#nowhere'>x</a>"), '02_score.html: links to "#nowhere", and there is no such place on that page'),
    ],
)
def test_the_gate_stops(publishing: None, result: Rows, sentence: str) -> None:
    assert sentence in problems_of(page_of(output(result)))


def test_the_gate_passes_what_is_right(publishing: None) -> None:
    assert problems_of(page_of(output(rows()))) == []
    said = f"The score of September 2026 is {display.points(18.74)} on a scale of 0-10, in 95 of 100 samples."
    assert problems_of(page_of(output(rows(said=said)), heard={"18.7": 18.74})) == []


def test_all_problems_are_named_at_once(publishing: None) -> None:
    found = problems_of(page_of(output(rows(n=3)), output(rows(note="<b>x</b>"))))
    assert found == [
        "02_score.html, cell 2: the row “Store” shows “Score” of 3 answers; it takes 10",
        "02_score.html, cell 2 shows <b>, which voc does not write: a text was not escaped",
        "02_score.html: holds a <b>, which voc does not write",
    ]
    refused = PageRefused(found)
    assert refused.exit_code == 4
    assert all(problem in str(refused) for problem in found)


def chart(colours: int, alt: str) -> nbformat.NotebookNode:
    picture = Image.new("RGB", (40, 20), "white")
    picture.putpixel((3, 3), (0, 0, 0) if colours > 1 else (255, 255, 255))
    drawn = io.BytesIO()
    picture.save(drawn, "png")
    data = {"image/png": base64.b64encode(drawn.getvalue()).decode()}
    return nbformat.v4.new_output("display_data", data, metadata={"image/png": {"alt": alt}})


def test_charts_are_drawn_described_and_their_numbers_are_results() -> None:
    alt = "The score by month, 18.7 at last."
    assert problems_of(page_of(chart(2, alt), heard={"18.7": 18.74})) == []
    assert "02_score.html, cell 2: a chart is empty" in problems_of(page_of(chart(1, alt)))
    for nothing in ("chart", " " * 30, "." * 30, gate.STAND_IN):
        assert "02_score.html, cell 2: a chart has no description" in problems_of(page_of(chart(2, nothing)))
    stray = problems_of(page_of(chart(2, alt), heard={"18.8": 18.8}))
    assert stray == ["02_score.html, cell 2: no result stands behind “The score by month, 18.7 at last.” in a chart's description"]


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>Write to jo@example.com</p>", "[EMAIL] in a text"),
        ("<p>Write to jo@<strong>example</strong>.com</p>", "[EMAIL] in a text"),
        ("<div>Write to jo@example.com<p>x</p></div>", "[EMAIL] in a text"),
        ("Write to jo@example.com", "[EMAIL] in a text"),
        ("<h1>jo@example.com</h1>", "[EMAIL] in a heading"),
        ("<h3>Ring 020 7946 0991</h3>", "[PHONE] in a heading"),
        ("<h3>Thanks to Mr Bell</h3>", "[NAME] in a heading"),
        ("<dl><dt>Owner</dt><dd>jo@example.com</dd></dl>", "[EMAIL] in a text"),
        ("<details><summary>jo@example.com</summary></details>", "[EMAIL] in a text"),
        ("<nav><ul><li>jo@example.com</li></ul></nav>", "[EMAIL] in a text"),
        ("<table><caption>jo@example.com</caption></table>", "[EMAIL] in a text"),
        ('<table><tbody><tr><th scope="row">jo@example.com</th></tr></tbody></table>', "[EMAIL] in a table"),
        ('<table><tbody><tr><td class="num">jo@example.com</td></tr></tbody></table>', "[EMAIL] in a table"),
        (f'<img src="{PICTURE}" alt="Ring 020 7946 0991">', "[PHONE] in a description"),
        ("<blockquote>my name is Jane <mark>Smith</mark></blockquote>", "[NAME] in a comment"),
    ],
)
def test_personal_data_is_found_all_over_a_page(html: str, words: str) -> None:
    assert gate.check_pages({"p.html": whole(html)}) == [f"p.html: {words} is not hidden"]


def test_what_is_no_personal_data_passes() -> None:
    """Numbers of voc's own, tokens in place of what was hidden, and names where the owner's or voc's own words stand."""
    cells = '<td class="num">4471882130</td><td class="num">1234567890 to 1234567899</td><td>as in “Mr Smith”</td>'
    html = f"<p>Write to [EMAIL], ring [PHONE].</p><dl><dd>Mr Bell</dd></dl><table><tbody><tr>{cells}</tr></tbody></table>"
    assert gate.check_pages({"p.html": whole(html)}) == []


def test_a_large_page_is_checked_in_a_second() -> None:
    html = whole("".join(f"<p>Sentence {i}: the queue at the till did not move for an hour, and nobody came.</p>" for i in range(7_500)))
    assert len(html) > 600_000
    started = time.perf_counter()
    assert gate.check_pages({"p.html": html}) == []
    assert time.perf_counter() - started < 10, "one second on a machine that does nothing else"


def shown(kind: str = "display_data", **data: object) -> nbformat.NotebookNode:
    return nbformat.v4.new_output(kind, {name.replace("_", "/", 1): value for name, value in data.items()})


@pytest.mark.parametrize(
    "made",
    [
        shown(text_plain="jo@example.com"),
        shown(text_plain="<Axes: >"),
        shown(text_html="<p>x</p>", text_plain="x"),
        nbformat.v4.new_output("display_data", {"image/svg+xml": "<svg></svg>"}),
        shown(image_jpeg="AA=="),
        shown(text_markdown="# x"),
        shown(text_latex="x", image_png="AA=="),
        shown(application_javascript="alert(1)"),
        nbformat.v4.new_output("display_data", {display.RECEIPT: {}, "text/plain": "x"}),
        nbformat.v4.new_output("display_data", {MIME: {}, "text/plain": "x"}),
        nbformat.v4.new_output("error", ename="E", evalue="x", traceback=["x"]),
    ],
)
def test_an_output_that_is_no_result_is_refused(made: nbformat.NotebookNode) -> None:
    assert "02_score.html, cell 2: an output that is no result of voc" in problems_of(page_of(made))


def test_what_is_not_shown_may_be_put_out(publishing: None) -> None:
    """What a kernel writes beside its results, cells that are hidden, and the completion mark."""
    page = page_of(output(rows()), nbformat.v4.new_output("stream", name="stderr", text="a warning"), nbformat.v4.new_output("stream", text="words"))
    page.notebook.cells.insert(1, new_code_cell("x", id="h", metadata={"tags": ["hidden"]}, outputs=[shown(text_plain="secret")], execution_count=1))
    page.notebook.cells[-1].outputs = [nbformat.v4.new_output("display_data", {MIME: {}, "text/plain": "complete"})]
    html = render.render(page, INFO).html
    assert problems_of(page) == []
    assert not any(words in html for words in ("a warning", "words", "secret", "complete"))


def test_the_samples_pages_pass(tmp_path: Path) -> None:
    made = sample_pages()
    assert gate.check_pages(made) == []
    assert gate.check("index.html", months_page(tmp_path)) == []
    day = voc.score.pulse(voc.read_survey("sample"), "2026-09-14")
    assert gate.check("pulse.html", pulse.page(day, title="Northlight", note="Synthetic sample.")) == []


# receipts


def test_every_number_leads_to_what_stands_behind_it(publishing: None) -> None:
    said = f"The score is {display.points(18.74)}, of {display.count(1558)} answers."
    made = render.render(page_of(output(rows(said=said)), heard={"18.7": 18.74, "1,558": 1558.0}), INFO)
    kept = json.loads(json.dumps(build.receipts_of([made])))["02-2"]
    assert (kept["page"], kept["kind"], kept["numbers"]) == ("02_score.html", "Rows", [["18.7", 18.74], ["1,558", 1558.0]])
    soup = bs4.BeautifulSoup(made.html, "html.parser")
    shown = {tag["id"]: tag.get_text() for tag in soup.find_all(["td", "th", "data"], id=True)}
    assert shown == {f"r02-2-{place}": text for place, text in receipts.places(kept)}
    assert shown["r02-2-t0-0-3"] == "14.7 to 22.7"
    assert soup.find(id="r02-2-s0")["value"] == "18.74"


def test_dates_and_definitions_are_no_results() -> None:
    text = "From 1 September 2026 to 2026-09-30, in 2014, 12.5 of 1,000"
    assert [m.group() for m in receipts.numbers_in(text)] == ["12.5", "1,000"]


# exports


def test_tables_are_exported_safely_and_at_full_precision(publishing: None, tmp_path: Path) -> None:
    made = render.render(page_of(output(rows(who="=HYPERLINK(1)"))), INFO)
    exports.write_tables(exports.tables([(made.file, made.receipts)]), tmp_path)
    target = tmp_path / "tables"
    assert {p.name for p in target.iterdir()} == {"02-2-0.csv", "contents.csv", "tables.xlsx", "tables.parquet"}
    csv = pd.read_csv(target / "02-2-0.csv")
    assert csv.iloc[0].tolist() == ["'=HYPERLINK(1)", 50, 18.74, 14.68, 22.74]
    assert list(csv) == ["Who", "Answers", "Score", "Low to high (low)", "Low to high (high)"]
    book = openpyxl.load_workbook(target / "tables.xlsx")
    assert book.sheetnames == ["contents", "02-2-0"]
    assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)
    tidy = pd.read_parquet(target / "tables.parquet")
    assert tidy.loc[tidy["column"] == "Who", "text"].tolist() == ["=HYPERLINK(1)"], "programs get the text as it is"
    assert tidy.loc[tidy["column"] == "Score", "value"].tolist() == [18.74]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "\0x", "＝1"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_safe(text: str) -> None:
    assert display.safe_cell(text) == f"'{text}"


CARD = {"title": "Queue", "sentence": "85 of 2,168 comments complain about this.", "owner": "Hotline", "next_step": "Look.", "evidence": "x"}
FINDINGS = {
    "title": "Survey", "period": "September 2026", "month": "2026-09", "note": "A note.", "score": {"sentence": "The score is 18.7."},
    "act": {"sentence": "One thing to act on.", "cards": [CARD]},
}  # fmt: skip


def test_the_digest_fits_into_an_email(tmp_path: Path) -> None:
    exports.write_findings(FINDINGS, tmp_path)
    text = (tmp_path / "digest.txt").read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 76
    assert "1. Queue: 85 of 2,168 comments complain about this.\n   Owner: Hotline\n   Next step: Look." in text
    assert json.loads((tmp_path / "findings.json").read_text(encoding="utf-8")) == FINDINGS


# the months' index


def published(base: Path, month: str, value: float | None, title: str = "Survey") -> None:
    (base / month).mkdir(parents=True)
    score = {"n": None} if value is None else {
        "n": 1200, "value": value, "low": value - 4, "high": value + 4, "change": 1.0, "change_low": -5.0, "change_high": 7.0, "verdict": "unclear",
    }  # fmt: skip
    run = {"title": title, "period": month, "facts": {"score": score, "response": {"rate": 0.241}, "act": {"cards": [{"title": EVIL}]}}}
    (base / month / "run.json").write_text(json.dumps(run), encoding="utf-8")


def test_the_index_lists_all_months_the_latest_first(tmp_path: Path) -> None:
    for month, value in (("2026-08", 20.0), ("2026-09", 18.7), ("2026-07", None)):
        published(tmp_path, month, value)
    (tmp_path / "notes").mkdir()
    (tmp_path / "2026-06").mkdir()
    (tmp_path / "2026-06" / "run.json").write_text("{")
    months.write(tmp_path)
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert gate.check("index.html", html) == []
    soup = bs4.BeautifulSoup(html, "html.parser")
    assert [a["href"] for a in soup.select("tbody a")] == [f"2026-0{m}/index.html" for m in (9, 8, 7, 6)]
    assert "too few answers" in soup.select("tbody tr")[2].get_text()
    assert "cannot be read" in soup.select("tbody tr")[3].get_text()
    assert EVIL in soup.select("tbody tr")[0].get_text(), "shown as text"
    (alt,) = [i["alt"] for i in soup.find_all("img") if i["alt"].startswith("Score")]
    assert alt == "Score from 2026-08 to 2026-09: 20.0 points at first, 18.7 points at last, lowest 18.7 in 2026-09, highest 20.0 in 2026-08."


def test_an_index_of_nothing_says_so(tmp_path: Path) -> None:
    assert "There is no report yet." in months.page(tmp_path)


# the whole report

HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)> the wait was far too long",
    "{{ 7*7 }} {% raw %} the queue took an hour",
    "$(touch x) `touch y` the delivery came late",
    "[link](javascript:alert(1)) ![p](https://example.com/p.png) nobody rang back",
    "\u202eexe.gnp\u202c the refund never came",
    "The queue did not move. " * 4300,
    "\N{POUTING FACE}\N{THUMBS DOWN SIGN} staff were rude to us \N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}",
    "$\\frac{1}{0}$ and $_^$ the app would not load",
    '=HYPERLINK("https://example.com","click") the delivery came late',
    "w\u200bo\u200br\u200bd\ufeff the parcel never came \u2066hidden\u2069",
    "</style></title></textarea><!-- ]]> the queue took an hour",
    "\ufffd\ufffd caf\u00c3\u00a9 \u0007 the parcel was late",
]


class Images(HTMLParser):
    """Sources and descriptions of all pictures."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a picture's attributes."""
        if tag == "img":
            self.found.append(dict(attrs))


def hostile_survey(folder: Path) -> Path:
    """400 synthetic answers, two in five with a hostile comment (enough alike to be quoted), and a hostile region and product."""
    made = sample.make(400, seed=5)
    frame = made.responses
    frame["comment"] = [
        HOSTILE[(i // 5) % len(HOSTILE)] if i % 5 == 0 else f"{EVIL} the wait at till {i} was far too long" if i % 5 == 1 else c
        for i, c in enumerate(frame["comment"])
    ]
    frame["region"] = frame["region"].replace({frame["region"].iloc[0]: EVIL})
    frame["product"] = frame["product"].replace({frame["product"].iloc[0]: "$\\frac{1}{0}$ {{ 7*7 }}"})
    folder.mkdir()
    frame.to_csv(folder / "responses.csv", index=False)
    invited = made.invitations.replace({"touchpoint": {"Store": EVIL}})
    invited.to_csv(folder / "invitations.csv", index=False)
    (folder / "survey.toml").write_bytes(sample.MAPPING.read_bytes())
    areas = f'[[area]]\nteam = "{EVIL}"\ntouchpoint = "Call centre"\nnext_step = "{EVIL}"\n\n[[area]]\nteam = "../up"\ntouchpoint = "Website"\n'
    (folder / "areas.toml").write_text(areas, encoding="utf-8")
    assert parse_mapping(tomllib.loads((folder / "survey.toml").read_text())).title
    return folder / "responses.csv"


def test_a_report_on_hostile_comments_is_published_and_comes_out_again(tmp_path: Path) -> None:
    """Takes two minutes: runs all six notebooks, then once more to verify: that must give the same pages, as they hold no time stamp."""
    survey, out = hostile_survey(tmp_path / "in"), tmp_path / "reports"
    (out / "2026-09").mkdir(parents=True)
    (out / "2026-09" / "run.json").write_text("{}")
    (out / "2026-09" / "stale.html").write_text("of an earlier run")
    index = report.run(survey, month="2026-09", out=out)
    assert index == out / "2026-09" / "index.html"
    assert {p.name for p in out.iterdir()} == {"2026-09", "index.html", ".lock"}, "no working folder may stay"
    pages = {p.name: p.read_text(encoding="utf-8") for p in index.parent.glob("*.html")}
    names = {f"{page}.html" for page in runner.PAGES} | {"index.html", "team_up.html", "team_script-alert-1-script-img-src-x-onerror-alert-1.html"}
    assert {p.name for p in index.parent.iterdir()} == names | {"run.json", "findings.json", "digest.txt", "tables"}
    for name, html in pages.items():
        check_page(name, html, tmp_path)
    assert "What customers talk about" in pages["03_themes.html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in pages["03_themes.html"], "the quote is shown as text"
    check_run(index.parent / "run.json", tmp_path)
    assert sorted(p.name for p in (tmp_path / "in").iterdir()) == ["areas.toml", "invitations.csv", "responses.csv", "survey.toml"], (
        "the survey's folder stays as it was"
    )
    check_verified(index.parent, survey)


def check_page(name: str, html: str, folder: Path) -> None:
    """Nothing of the hostile texts is markup, and nothing of this computer is shown."""
    assert gate.check(name, html) == []
    assert "<script" not in html.lower()
    assert "<img src=x" not in html
    assert "\u202e" not in html
    assert "\u200b" not in html
    assert str(folder) not in html
    assert "Traceback" not in html
    assert all((i["src"] or "").startswith("data:image/png") and i["alt"] for i in Images(html).found)
    assert html.count("<main") == html.count("</main>") == 1


def check_run(file: Path, folder: Path) -> None:
    """What `run.json` records, and what a run keeps outside the pack."""
    text = file.read_text(encoding="utf-8")
    facts = json.loads(text)
    themes = {"saved_themes": "", "save_themes": "themes", "save_responses": "responses", "theme_changes": ""}
    assert facts["parameters"] == {"survey_file": "responses.csv", "mapping": "survey.toml", "month": "2026-09", **themes}
    kept = list((folder / "restricted" / "themes").glob("*/2026-09/*"))
    assert sorted(p.name for p in kept) == ["themes.json", "themes.safetensors"], "for the next run, outside the pack"
    (listed,) = (folder / "restricted" / "responses").glob("*/2026-09/*")
    assert listed.name == "responses.csv"
    assert listed.stat().st_mode & 0o077 == 0, "nobody else may read who said what"
    assert all(re.fullmatch("[0-9a-f]{64}", facts[name]) for name in ("survey_sha256", "mapping_sha256", "areas_sha256", "code_sha256"))
    assert facts["versions"]["voc-toolkit"] != "not installed"
    assert "all-MiniLM-L6-v2" in facts["facts"]["text_engine"]
    assert set(facts["headlines"]) == set(runner.PAGES)
    assert str(folder) not in text
    assert not re.search(r'"(?:/|[A-Z]:\\\\|~)', text), "no absolute path"
    assert all(receipt["page"].endswith(".html") and receipt["kind"] for receipt in facts["receipts"].values())


def check_verified(folder: Path, survey: Path) -> None:
    """All numbers come out again; one that somebody changed on a page, and one in `run.json`, are named."""
    found = verify.verify(folder, survey)
    files = len([p for p in folder.rglob("*") if p.is_file()])
    assert (found.changed, found.elsewhere) == ((), ())
    assert found.headline == f"All {display.count(found.numbers)} numbers in {files} files come out as published."
    assert found.remarks == ()
    assert found.numbers > 1000
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    page = folder / "02_score.html"
    name, receipt = next((k, r) for k, r in run["receipts"].items() if r["page"] == page.name and r["tables"])
    place, shown = receipts.places(receipt)[-1]
    soup = bs4.BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    changed = soup.find(id=f"r{name}-{place}")
    assert changed is not None
    changed.string = "99.9"
    page.write_text(str(soup), encoding="utf-8")
    assert verify._shown(folder, run["receipts"]) == [f"02_score.html, {place}: the page shows 99.9, run.json has {shown}"]
    forged = json.loads(json.dumps(run["receipts"]))
    forged[name]["tables"][0]["rows"][0][1] = -1
    _, differing = verify._receipts(forged, run["receipts"])
    assert len(differing) == 1
    assert re.search(rf"result {name} .*: -1 is published, ", differing[0].sentence)
