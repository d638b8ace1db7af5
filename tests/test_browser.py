"""In a real browser a hostile comment stays text: Chromium runs nothing of it. Skipped where no Chromium is installed; .ci/run installs it."""

import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest

from voc.findings import Card, Cards, Quote
from voc.report.render import PageInfo, check, render
from voc.report.runner import Executed

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> [x](javascript:alert(1)) {{ 7*7 }}"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


def page_with(text: str) -> str:
    """A page that shows a text in every place a comment can reach: title, sentence, quote, heading of the survey."""
    cards = Cards(text, (Card(text, text, (Quote(text, "Detractor"),), text),))
    shown = nbformat.v4.new_output("execute_result", {"text/html": cards._repr_html_(), "text/plain": repr(cards)}, execution_count=1)
    cells = [nbformat.v4.new_markdown_cell("# Findings"), nbformat.v4.new_code_cell("cards", outputs=[shown]), nbformat.v4.new_code_cell("done")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    return render(Executed("06_findings", notebook, (), {}), PageInfo(text, "2026", text, (("06_findings.html", text),)))


def dom(html: str, folder: Path, width: int = 1280) -> str:
    """The page as Chromium holds it after running whatever it runs."""
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
    command = [str(CHROMIUM), *flags, f"--user-data-dir={folder / 'profile'}", f"--window-size={width},900", "--dump-dom", file.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def test_a_hostile_comment_is_only_text(tmp_path):
    html = page_with(HOSTILE)
    assert check("page", html) == []
    seen = dom(html, tmp_path)
    assert "<title>owned" not in seen
    assert seen.count("&lt;script&gt;document.title='owned'&lt;/script&gt;") >= 5
    assert "<img src=" not in seen
    assert "{{ 7*7 }}" in seen


def test_the_browser_would_have_run_it(tmp_path):
    """The check above can fail: the same text unescaped does change the title."""
    assert "<title>owned" in dom(f"<html><head><title>safe</title></head><body>{HOSTILE}</body></html>", tmp_path)
