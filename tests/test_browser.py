"""Pages in a real browser: readable by everybody, on any screen and in print; nothing is run and nothing is asked for.

Skipped where no Chromium is installed; .ci/run installs it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from pages import HOSTILE, hostile_pages, months_page, sample_pages
from voc.report import gate

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
PAGES = ("01_survey", "02_score", "03_themes", "04_drivers", "05_cohorts", "06_findings", "team_a", "index", "months", "pulse")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium under Playwright; nothing is downloaded."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        made = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's pages as a folder of reports."""
    base = tmp_path_factory.mktemp("reports")
    pages = sample_pages()
    months = months_page(base)
    (base / "index.html").write_text(months, encoding="utf-8")
    month = base / "2026-09"
    for name, html in {**pages, "months.html": months, "pulse.html": pulse_page()}.items():
        (month / name).write_text(html, encoding="utf-8")
    for name in gate.FILES:
        (month / name).parent.mkdir(exist_ok=True)
        (month / name).touch()
    return month


def pulse_page() -> str:
    """The restricted page of a day of the sample."""
    import voc
    from voc.report import pulse

    survey = voc.read_survey("sample")
    return pulse.page(voc.score.pulse(survey, "2026-09-14"), title=survey.mapping.title, note=survey.mapping.note)


def axe() -> str:
    """The source of axe-core, from the package that carries it."""
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def violations(page: Any) -> list[str]:
    """What axe-core objects to; it is run by the page itself, whose policy stays in force."""
    page.evaluate(axe())
    found = page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES)
    return [f"{v['id']}: {v['help']} ({len(v['nodes'])} times, first: {v['nodes'][0]['html'][:160]})" for v in found["violations"]]


@pytest.mark.parametrize("name", PAGES)
def test_no_page_shuts_anybody_out(browser: Any, folder: Path, name: str) -> None:
    """axe-core finds no violation of WCAG 2.2 AA, at both widths and in both colour schemes; no page scrolls sideways at 320 pixels."""
    problems = []
    for scheme in SCHEMES:
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.goto((folder / f"{name}.html").as_uri())
            problems += [f"{scheme}, {width}: {v}" for v in violations(page)]
        page.set_viewport_size({"width": 320, "height": 600})
        wide = page.evaluate("document.scrollingElement.scrollWidth")
        problems += [f"{scheme}: {wide} pixels wide at 320"] if wide > 320 else []
        context.close()
    assert not problems, "\n".join(problems)


def test_axe_would_have_objected(browser: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text("<html><body><img src='data:,'><p style='color:#aaa;background:#fff'>pale</p></body></html>")
    page = browser.new_page()
    page.goto((tmp_path / "bad.html").as_uri())
    found = " ".join(violations(page))
    page.close()
    assert all(rule in found for rule in ("image-alt", "html-has-lang", "color-contrast", "document-title"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_prints_as_a_document(browser: Any, folder: Path, name: str) -> None:
    """What is folded is open on paper, what is for the screen is left out, and Chromium makes a PDF of it."""
    page = browser.new_page()
    page.goto((folder / f"{name}.html").as_uri())
    page.emulate_media(media="print")
    heights = page.evaluate("[...document.querySelectorAll('details')].map(d => [...d.children].at(-1).getBoundingClientRect().height)")
    assert all(height > 0 for height in heights)
    assert page.evaluate("[...document.querySelectorAll('nav')].every(n => getComputedStyle(n).display === 'none')")
    assert page.evaluate("[...document.querySelectorAll('thead')].every(h => getComputedStyle(h).display === 'table-header-group')")
    assert page.pdf(format="A4", prefer_css_page_size=True).startswith(b"%PDF")
    page.close()


def test_links_lead_somewhere_from_disk(browser: Any, folder: Path) -> None:
    page = browser.new_page()
    links = set()
    for file in folder.glob("*.html"):
        if file.stem not in ("months", "pulse"):
            page.goto(file.as_uri())
            links |= set(page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)"))
    page.close()
    places = [(Path(link.removeprefix("file://").partition("#")[0]), link.partition("#")[2]) for link in links]
    assert any(file.name == "index.html" and file.parent == folder.parent for file, _ in places), "the index of all months"
    assert [str(file) for file, _ in places if not file.is_file()] == []
    assert [f"{file.name}#{at}" for file, at in places if at and f'id="{at}"' not in file.read_text(encoding="utf-8")] == []


# hostile texts


def watched(browser: Any, files: list[Path]) -> tuple[list[str], list[bool]]:
    """Open files with scripts allowed; what they asked for or ran, and whether each came to harm."""
    asked: list[str] = []
    context = browser.new_context(java_script_enabled=True)

    def decide(route: Any) -> None:
        if route.request.url in {f.as_uri() for f in files}:
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    context.route("**/*", decide)
    page = context.new_page()
    page.on("dialog", lambda dialog: (asked.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("popup", lambda opened: asked.append(f"popup {opened.url}"))
    harm = []
    for file in files:
        page.goto(file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        page.mouse.move(200, 300)
        harm.append(page.evaluate("window.owned === true || document.title === 'owned'"))
    context.close()
    return asked, harm


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_is_only_text(browser: Any, tmp_path: Path, text: str) -> None:
    files = []
    for name, html in hostile_pages(text).items():
        problems = gate.check(name, html)
        assert problems == [] or (len(text) > 50_000 and problems == [f"{name} is larger than 5 MB"]), "a text of 100 kB, forty times"
        files.append(tmp_path / name)
        files[-1].write_text(html, encoding="utf-8")
    asked, harm = watched(browser, files)
    assert asked == []
    assert not any(harm)
    page = browser.new_page()
    page.goto(files[0].as_uri())
    seen = page.evaluate("document.querySelector('blockquote').textContent")
    markup = page.evaluate("document.querySelectorAll('script, iframe, object, base, link, svg, img:not([src^=\"data:\"])').length")
    page.close()
    assert markup == 0
    assert seen.split()[0] in text


def test_the_browser_would_have_run_it(browser: Any, tmp_path: Path) -> None:
    """The tests above can fail: the same texts unescaped do run and do ask for things."""
    file = tmp_path / "page.html"
    file.write_text(f"<html><head><title>safe</title></head><body>{''.join(HOSTILE[:4])}</body></html>", encoding="utf-8")
    asked, harm = watched(browser, [file])
    assert any("example.com" in url for url in asked)
    assert harm == [True]
