"""Pages use everyday words: the jargon of the trade stays in the section "Method"."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "reports" / "sample").glob("*/*.html"))
FORBIDDEN = (
    "p-value", "FDR", "shrinkage", "funnel", "bridge", "LMG", "Shapley", "halo", "must-be", "cluster", "embedding", "ladder", "case mix", "log-odds",
)  # fmt: skip


def readable(html: str) -> str:
    """The text a reader sees, with the section "Method", styles and pictures left out; alt texts count as text."""
    html = re.sub(r"<style>.*?</style>", " ", html, flags=re.DOTALL)
    html = re.sub(r"<h2[^>]*>Method</h2>.*?(?=<h2|<footer|</main>)", " ", html, flags=re.DOTALL)
    alts = " ".join(re.findall(r'alt="([^"]*)"', html))
    return re.sub(r"<[^>]+>", " ", html) + " " + alts


def test_the_sample_report_is_there():
    assert {p.name for p in PAGES if not p.name.startswith("team_")} == {
        "index.html",
        *(f"{n}.html" for n in ("01_survey", "02_score", "03_themes", "04_drivers", "05_cohorts", "06_findings")),
    }
    assert sum(p.name.startswith("team_") for p in PAGES) >= 2


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_no_jargon(page: Path):
    text = readable(page.read_text(encoding="utf-8"))
    assert len(text) > 500
    assert [word for word in FORBIDDEN if re.search(rf"\b{re.escape(word)}", text, re.IGNORECASE)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_terms_are_explained_and_the_sample_says_synthetic(page: Path):
    text = readable(page.read_text(encoding="utf-8"))
    for term in ("Promoters", "passives", "detractors", "Low to high", "Synthetic"):
        assert term in text
