"""Running, checking and publishing pages; and one whole report on a survey full of hostile comments."""

from __future__ import annotations

import json
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from voc import display, report, sample
from voc.ingest.mapping import parse_mapping
from voc.report import publish, render, runner
from voc.schema import VocError
from voc.score.pulse import RESTRICTED

# publish


def folder(path: Path, text: str) -> Path:
    path.mkdir()
    (path / "index.html").write_text(text)
    return path


def test_swap_publishes_a_new_folder(tmp_path: Path) -> None:
    publish.swap(folder(tmp_path / "finished", "new"), tmp_path / "2026-09")
    assert (tmp_path / "2026-09" / "index.html").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["2026-09"]


def test_swap_replaces_the_whole_folder(tmp_path: Path) -> None:
    old = folder(tmp_path / "2026-09", "old")
    (old / "stale.html").write_text("gone with the old report")
    publish.swap(folder(tmp_path / "finished", "new"), old)
    assert {p.name: p.read_text() for p in old.iterdir()} == {"index.html": "new"}
    assert [p.name for p in tmp_path.iterdir()] == ["2026-09"]


def refuse_to_move(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let Path.rename fail for one folder, as a full or locked disk would."""
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.name == name:
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)


def test_swap_that_fails_leaves_the_old_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = folder(tmp_path / "2026-09", "old"), folder(tmp_path / "finished", "new")
    refuse_to_move(monkeypatch, "finished")
    with pytest.raises(OSError, match="no"):
        publish.swap(new, old)
    assert (old / "index.html").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["2026-09", "finished"]


def test_swap_after_an_interrupted_one_never_loses_the_last_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process died between the two renames: the only report left is the one kept aside."""
    folder(tmp_path / ".2026-09.previous", "old")
    new = folder(tmp_path / "finished", "new")
    refuse_to_move(monkeypatch, "finished")
    with pytest.raises(OSError, match="no"):
        publish.swap(new, tmp_path / "2026-09")
    assert (tmp_path / "2026-09" / "index.html").read_text() == "old"


def test_swap_clears_what_an_interrupted_one_left(tmp_path: Path) -> None:
    folder(tmp_path / ".2026-09.previous", "older")
    old = folder(tmp_path / "2026-09", "old")
    publish.swap(folder(tmp_path / "finished", "new"), old)
    assert [(p.name, (p / "index.html").read_text()) for p in tmp_path.iterdir()] == [("2026-09", "new")]


# check


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=x></SCRIPT>",
        '<img src="x.png" alt="chart">',
        '<img src="https://example.com/x.png" alt="chart">',
        '<img alt="a" src="data:image/png;base64,AA==" srcset="https://example.com/x.png 2x">',
        '<img src="data:image/png;base64,AA==">',
        '<img src="data:image/png;base64,AA==" alt="">',
        '<p onclick="go()">x</p>',
        '<svg ONLOAD="go()"></svg>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" JavaScript:alert(1)">x</a>',
        '<a href="java&#10;script:alert(1)">x</a>',
        '<a href="java&Tab;script:alert(1)">x</a>',
        '<a href="&#1;javascript:alert(1)">x</a>',
        '<a href="https://example.com">x</a>',
        '<a href="//example.com">x</a>',
        '<link rel="stylesheet" href="https://example.com/x.css">',
        '<svg><a xlink:href="javascript:alert(1)">x</a></svg>',
        '<svg><use xlink:href="https://example.com/x.svg#a"></use></svg>',
        "<iframe></iframe>",
        '<object data="data:text/html,x"></object>',
        "<embed>",
        "<form></form>",
        '<base href="x">',
        '<video poster="x.png"></video>',
        '<button formaction="x">y</button>',
        '<meta http-equiv="refresh" content="0;url=https://example.com">',
        '<style>@import "x.css";</style>',
        '<style>@IMPORT "x.css";</style>',
        "<style>p { background: url(https://example.com/x.png) }</style>",
        "<style>p { background: URL( 'x.png' ) }</style>",
        '<p style="background: url(https://example.com/x.png)">x</p>',
    ],
)
def test_check_finds(html: str) -> None:
    problems = render.check("page.html", f"<!DOCTYPE html><html><body>{html}</body></html>")
    assert problems
    with pytest.raises(VocError, match=r"nothing was published: page\.html"):
        render.require(problems)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="02_score.html">x</a>',
        '<a href="#content">x</a>',
        '<a href="02_score.html#a:b">x</a>',
        '<img src="data:image/png;base64,AA==" alt="A chart">',
        "<style>p { color: #123456; background: url(data:image/png;base64,AA==) }</style>",
        "<p>&lt;script&gt;alert(1)&lt;/script&gt; &lt;img src=x onerror=alert(1)&gt; @import url(x) javascript:alert(1)</p>",
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">',
        '<td data-label="Score" class="num">1</td>',
    ],
)
def test_check_passes(html: str) -> None:
    assert render.check("page.html", html) == []
    render.require([])


def test_check_limits_the_size() -> None:
    assert render.check("big.html", "x" * (render.LARGEST_PAGE + 1)) == ["big.html is larger than 5 MB"]
    assert render.check("big.html", "x" * render.LARGEST_PAGE) == []


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
    with pytest.raises(VocError, match="02_score failed in cell 3: ZeroDivisionError: division by zero"):
        runner.execute(book, {"month": "2026-08", "unknown_here": 1}, tmp_path / "out.ipynb", progress=False)


def test_a_notebook_without_its_mark_is_refused(tmp_path: Path) -> None:
    book = notebook(tmp_path / "02_score.ipynb", DONE, "print('and then somebody added a cell')")
    with pytest.raises(VocError, match="02_score stopped before its last cell; nothing was published"):
        runner.execute(book, {}, tmp_path / "out.ipynb", progress=False)


def test_a_whole_notebook_is_executed_with_its_parameters(tmp_path: Path) -> None:
    done = runner.execute(notebook(tmp_path / "n.ipynb", DONE), {"month": "2014", "other": 1}, tmp_path / "out.ipynb", progress=False)
    assert (done.name, done.headlines, done.facts) == ("n", ("2014, 13",), {})


EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def test_index_and_frame_escape_the_survey_title() -> None:
    book = new_notebook(cells=[new_markdown_cell("# A page", id="a"), new_markdown_cell("text", id="b")])
    page = runner.Executed("01_survey", book, (EVIL,), {})
    info = render.PageInfo(EVIL, "September 2026", EVIL, (("01_survey.html", "A page"),))
    for html in (render.render(page, info), render.render_index([page], info)):
        assert render.check("p", html) == []
        assert "<img" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in html
        assert "&amp;lt;" not in html


def test_a_daily_pulse_is_not_published(tmp_path: Path) -> None:
    """It lists single customers, also where an analyst shows it in one of the six notebooks."""
    shown = nbformat.v4.new_output("display_data", {"text/html": display.headline(RESTRICTED)})
    mark = new_markdown_cell("the last cell is never shown", id="c")
    book = new_notebook(cells=[new_markdown_cell("# A page", id="a"), new_code_cell("pulse", id="b", outputs=[shown]), mark])
    page = runner.Executed("02_score", book, ("18.7",), {})
    info = render.PageInfo("Survey", "September 2026", "", (("02_score.html", "A page"),))
    with pytest.raises(VocError, match=r"nothing was published: 02_score\.html shows a daily pulse"):
        report._write_pages([page], info, tmp_path)
    assert list(tmp_path.iterdir()) == []


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
    assert parse_mapping(tomllib.loads((folder / "survey.toml").read_text())).title
    return folder / "responses.csv"


def test_a_report_on_hostile_comments_twice(tmp_path: Path) -> None:
    """Takes up to 90 s: runs all six notebooks twice; the second run must replace the first."""
    survey, out = hostile_survey(tmp_path / "in"), tmp_path / "reports"
    for run in range(2):
        index = report.run(survey, month="2026-09", out=out)
        assert index == out / "2026-09" / "index.html"
        assert [p.name for p in out.iterdir()] == ["2026-09"], "no working folder may stay"
        if run == 0:
            (index.parent / "stale.html").write_text("only the second run removes this")
    names = {p.name for p in index.parent.iterdir()}
    assert names == {f"{page}.html" for page in runner.PAGES} | {"index.html", "run.json"}
    pages = {name: (index.parent / name).read_text(encoding="utf-8") for name in names if name.endswith(".html")}
    for name, html in pages.items():
        assert render.check(name, html) == []
        assert "<script" not in html.lower()
        assert "<img src=x" not in html
        assert "\u202e" not in html
        assert str(tmp_path) not in html
        assert "Traceback" not in html
        assert all((i["src"] or "").startswith("data:image/png") and i["alt"] for i in Images(html).found)
        assert html.count("<main") == html.count("</main>") == 1
    assert "What customers talk about" in pages["03_themes.html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in pages["03_themes.html"], "the quote is shown as text"
    text = (index.parent / "run.json").read_text(encoding="utf-8")
    facts = json.loads(text)
    themes = {"saved_themes": "", "save_themes": "", "save_responses": "", "theme_changes": ""}
    assert facts["parameters"] == {"survey_file": "responses.csv", "mapping": "survey.toml", "month": "2026-09", **themes}
    kept = list((tmp_path / "restricted" / "themes").glob("*/2026-09/*"))
    assert sorted(p.name for p in kept) == ["themes.json", "themes.safetensors"], "for the next run, outside the pack"
    (listed,) = (tmp_path / "restricted" / "responses").glob("*/2026-09/*")
    assert listed.name == "responses.csv"
    assert listed.stat().st_mode & 0o077 == 0, "nobody else may read who said what"
    assert re.fullmatch("[0-9a-f]{64}", facts["survey_sha256"])
    assert facts["versions"]["voc-toolkit"] != "not installed"
    assert "all-MiniLM-L6-v2" in facts["facts"]["text_engine"]
    assert set(facts["headlines"]) == set(runner.PAGES)
    assert str(tmp_path) not in text
    assert not re.search(r'"(?:/|[A-Z]:\\\\|~)', text), "no absolute path"
    assert sorted(p.name for p in (tmp_path / "in").iterdir()) == ["invitations.csv", "responses.csv", "survey.toml"], (
        "the survey's folder stays as it was"
    )
