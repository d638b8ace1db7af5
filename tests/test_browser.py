"""Pages in a real browser: readable by everybody, on any screen and in print; nothing is run and nothing is asked for.

Skipped where no Chromium is installed; .ci/run installs it.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

import voc
from pages import HOSTILE, hostile_pages, months_page, sample_pages
from voc.report import gate, months, pulse
from voc.score.pulse import Pulse

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
PAGES = ("01_survey", "02_score", "03_themes", "04_drivers", "05_cohorts", "06_findings", "team_a", "index", "months", "pulse", "hostile")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium under Playwright; nothing is downloaded."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        made = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture(scope="module")
def day() -> Pulse:
    """A day of the sample."""
    return voc.score.pulse(voc.read_survey("sample"), "2026-09-14")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, day: Pulse) -> Path:
    """The sample's pages as a folder of reports."""
    base = tmp_path_factory.mktemp("reports")
    pages = sample_pages()
    index = months_page(base)
    (base / "index.html").write_text(index, encoding="utf-8")
    month = base / "2026-09"
    pages |= {"months.html": index, "pulse.html": pulse.page(day, title="Northlight", note="Synthetic sample.")}
    pages["hostile.html"] = hostile_pages(HOSTILE[-1])["06_findings.html"]
    for name, html in pages.items():
        (month / name).write_text(html, encoding="utf-8")
    for name in gate.FILES:
        (month / name).parent.mkdir(exist_ok=True)
        (month / name).touch()
    return month


def axe() -> str:
    """The source of axe-core, from the package that carries it."""
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def violations(page: Any) -> list[str]:
    """What axe-core objects to; it is run by the page itself, whose policy stays in force."""
    page.evaluate(axe())
    found = page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES)
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
    # A box inside a closed fold has a height all the same, so it is asked whether it is drawn.
    drawn = "all => all.map(d => d.lastElementChild.checkVisibility() && d.lastElementChild.getBoundingClientRect().height > 0)"
    folds = page.locator("details:not(nav *)")
    closed = folds.evaluate_all(drawn)
    page.emulate_media(media="print")
    assert not any(closed)
    assert folds.evaluate_all(drawn) == [True] * len(closed)
    assert closed or name not in ("02_score", "03_themes", "04_drivers", "05_cohorts")
    assert page.evaluate("[...document.querySelectorAll('nav, .skip')].every(n => getComputedStyle(n).display === 'none')")
    page.set_viewport_size({"width": 390, "height": 900})  # tables stay tables with their heads on small paper, too
    assert page.evaluate("[...document.querySelectorAll('thead')].every(h => getComputedStyle(h).display === 'table-header-group')")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.pdf(format="A4", prefer_css_page_size=True).startswith(b"%PDF")
    page.close()


def test_links_lead_somewhere_from_disk(browser: Any, folder: Path) -> None:
    page = browser.new_page()
    links = set()
    for file in folder.glob("*.html"):
        if file.stem not in ("months", "pulse", "hostile"):
            page.goto(file.as_uri())
            links |= set(page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)"))
    page.close()
    places = [(Path(link.removeprefix("file://").partition("#")[0]), link.partition("#")[2]) for link in links]
    assert any(file.name == "index.html" and file.parent == folder.parent for file, _ in places), "the index of all months"
    assert [str(file) for file, _ in places if not file.is_file()] == []
    assert [f"{file.name}#{at}" for file, at in places if at and f'id="{at}"' not in file.read_text(encoding="utf-8")] == []


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb": https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_ratio_is_that_of_wcag() -> None:
    """Black on white is 21; #767676 is the lightest grey that passes on white (https://webaim.org/articles/contrast/)."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_palette_can_be_read(browser: Any, folder: Path, scheme: str) -> None:
    """Text 4.5 to 1 and focus rings 3 to 1 on both grounds; axe-core sees neither rings nor the labels that a narrow screen puts before cells."""
    page = browser.new_page(color_scheme=scheme)
    page.goto((folder / "02_score.html").as_uri())
    names = ["ink", "soft", "link", "accent", "paper", "tint", "mark"]
    got = page.evaluate("names => names.map(n => getComputedStyle(document.documentElement).getPropertyValue('--' + n).trim())", names)
    colours = dict(zip(names, got, strict=True))
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineColor")
    page.close()
    pale = {(a, b): contrast(colours[a], colours[b]) for a in ("ink", "soft", "link", "accent") for b in ("paper", "tint")}
    pale["ink", "mark"] = contrast(colours["ink"], colours["mark"])
    assert {pair: ratio for pair, ratio in pale.items() if ratio < 4.5} == {}
    assert ring == "rgb({}, {}, {})".format(*(int(colours["accent"][i : i + 2], 16) for i in (1, 3, 5)))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_no_script(browser: Any, folder: Path, name: str) -> None:
    """With scripts off it looks the same, and it holds none."""
    shots = []
    for allowed in (True, False):
        context = browser.new_context(java_script_enabled=allowed, viewport={"width": 1000, "height": 1400})
        page = context.new_page()
        page.goto((folder / f"{name}.html").as_uri())
        shots.append(page.screenshot())
        context.close()
    assert shots[0] == shots[1]
    assert "<script" not in (folder / f"{name}.html").read_text(encoding="utf-8").casefold()


# hostile texts


def further_pages(text: str, base: Path, day: Pulse) -> dict[str, str]:
    """The daily pulse and the index of all months with a text wherever one can reach."""
    told = day.detractors.head(2).assign(comment=text, touchpoint=text, response_id=text)
    found = dataclasses.replace(day, detractors=told, touchpoints=day.touchpoints.assign(touchpoint=text))
    months_page(base)
    for file in base.glob("*/run.json"):
        run = json.loads(file.read_text(encoding="utf-8"))
        run |= {"title": text, "period": text}
        run["facts"]["act"]["cards"][0]["title"] = text
        file.write_text(json.dumps(run), encoding="utf-8")
    return {"pulse.html": pulse.page(found, title=text, note=text), "months.html": months.page(base)}


@dataclasses.dataclass
class Watch:
    """What a browser did with some files.

    Attributes:
        asked: addresses asked for, dialogs, windows, errors on the console.
        harmed: whether each file's scripts ran.
        seen: the first words of each.
        markup: how many elements of each would load or run something.
        wide: how wide each is on a screen of 320 pixels.
    """

    asked: list[str] = dataclasses.field(default_factory=list)
    harmed: list[bool] = dataclasses.field(default_factory=list)
    seen: list[str] = dataclasses.field(default_factory=list)
    markup: list[int] = dataclasses.field(default_factory=list)
    wide: list[int] = dataclasses.field(default_factory=list)


def watched(browser: Any, files: list[Path]) -> Watch:
    """Open files with scripts allowed, unfold everything, and note what happens."""
    found = Watch()
    own = {file.as_uri() for file in files}
    context = browser.new_context(java_script_enabled=True)

    def decide(route: Any) -> None:
        if route.request.url in own:
            route.continue_()
        else:
            found.asked.append(route.request.url)
            route.abort()

    context.route("**/*", decide)
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 600})
    page.on("dialog", lambda dialog: (found.asked.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("popup", lambda opened: found.asked.append(f"popup {opened.url}"))
    page.on("pageerror", lambda error: found.asked.append(f"error {error}"))
    page.on("console", lambda said: found.asked.append(f"console {said.text}") if said.type in ("error", "warning") else None)
    for file in files:
        page.goto(file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        page.mouse.move(200, 300)
        found.harmed.append(page.evaluate("window.owned === true || document.title === 'owned'"))
        found.seen.append(page.evaluate("document.body.textContent.slice(0, 5000)"))
        found.markup.append(page.evaluate("document.querySelectorAll('script, iframe, object, base, link, svg, img:not([src^=\"data:\"])').length"))
        found.wide.append(page.evaluate("document.scrollingElement.scrollWidth"))
    context.close()
    return found


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_is_only_text(browser: Any, tmp_path: Path, day: Pulse, text: str) -> None:
    files = []
    for name, html in {**hostile_pages(text), **further_pages(text, tmp_path / "reports", day)}.items():
        problems = gate.check(name, html)
        assert problems == [] or (len(text) > 50_000 and problems == [f"{name} is larger than 5 MB"]), "a text of 100 kB, forty times"
        files.append(tmp_path / name)
        files[-1].write_text(html, encoding="utf-8")
    found = watched(browser, files)
    assert found.asked == []
    assert not any(found.harmed)
    assert found.markup == [0] * len(files)
    assert max(found.wide) <= 320
    assert all(text.split(maxsplit=1)[0] in words for words in found.seen), "it is shown as it was written"


def test_the_browser_would_have_run_it(browser: Any, tmp_path: Path) -> None:
    """The tests above can fail: the same texts unescaped do run and do ask for things."""
    file = tmp_path / "page.html"
    file.write_text(f"<html><head><title>safe</title></head><body>{''.join(HOSTILE[:4])}</body></html>", encoding="utf-8")
    found = watched(browser, [file])
    assert any("example.com" in what for what in found.asked)
    assert found.harmed == [True]
    assert found.markup[0] > 4


def test_the_policy_holds_where_a_text_is_not_escaped(browser: Any, tmp_path: Path, folder: Path) -> None:
    """Should a text ever come through as markup, the page's own policy stops it: nothing runs, nothing is asked for."""
    html = (folder / "06_findings.html").read_text(encoding="utf-8").replace("</main>", f"{''.join(HOSTILE[:4])}</main>")
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    found = watched(browser, [tmp_path / "page.html"])
    assert found.harmed == [False]
    assert found.markup[0] > 4
    assert [what for what in found.asked if not what.startswith("console")] == []
    assert any("Content Security Policy" in what for what in found.asked), "it was stopped, and not just harmless"
