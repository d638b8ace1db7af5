"""Published months -> the index of all of them: headline numbers, how they went, and the way to each report. Derived: it can be made again."""

from __future__ import annotations

import base64
import io
import json
import os
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import jinja2
from PIL import Image, ImageDraw

from voc import display
from voc.ingest import period_label
from voc.report import gate, render
from voc.report.build import RUN
from voc.report.problems import PageRefused
from voc.schema import VocError, parse_period

INDEX = "index.html"
WIDTH, HEIGHT, SCALE = 220, 44, 3  # of a small line, in CSS pixels; drawn three times as large, for print
LINE, LAST = "#12436D", "#F46A25"


@dataclass(frozen=True)
class Month:
    """One published report.

    Attributes:
        folder: its folder's name, "2026-09".
        period: in words.
        title: of the survey.
        score: as `run.json` has it; empty below ten answers.
        rate: response rate 0..1, None where it is not known.
        act: titles of the things to act on.
    """

    folder: str
    period: str
    title: str
    score: dict[str, Any]
    rate: float | None
    act: tuple[str, ...]


def found(base: Path) -> list[Month]:
    """The reports in a folder, in order of time. One whose `run.json` cannot be read is listed without numbers."""
    out = []
    for file in base.glob(f"*/{RUN}"):
        try:
            period = parse_period(file.parent.name)
        except VocError:
            continue  # not a month's folder
        try:
            run = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            run = {"period": f"{period_label(period)} ({RUN} cannot be read)"}
        facts = run.get("facts", {})
        act = tuple(card["title"] for card in facts.get("act", {}).get("cards", []))
        rate = facts.get("response", {}).get("rate")
        out.append(Month(file.parent.name, run.get("period", period_label(period)), run.get("title", ""), facts.get("score", {}), rate, act))
    return sorted(out, key=lambda m: (parse_period(m.folder).end_time, m.folder))


def page(base: Path) -> str:
    """The index as HTML.

    Raises:
        PageRefused: it would load or run something.
    """
    months = found(base)
    titles = list(dict.fromkeys(m.title for m in months if m.title))
    lines = [line for line in (_score(months), _answers(months), _rate(months)) if line]
    environment = jinja2.Environment(autoescape=True, loader=jinja2.FileSystemLoader(render.TEMPLATES / "voc"), undefined=jinja2.StrictUndefined)
    html = environment.get_template("months.html.j2").render(
        title=display.listed(titles) or "Reports", months=[_row(m) for m in reversed(months)], lines=lines, css=render.css()
    )
    problems = gate.check(INDEX, html)
    if problems:
        raise PageRefused(problems)
    return html


def write(base: Path) -> None:
    """Make the index afresh; beside and moved into place, so that nobody sees half of it."""
    part = base / f".{INDEX}.{os.getpid()}.part"
    part.write_text(page(base), encoding="utf-8")
    part.replace(base / INDEX)


def _row(month: Month) -> dict[str, Any]:
    """A month as the table shows it."""
    score = month.score
    known = score.get("n") is not None
    return {
        "folder": month.folder,
        "period": month.period,
        "score": display.points(score["value"]) if known else "too few answers",
        "range": display.interval(score["low"], score["high"]) if known else "",
        "n": display.count(score["n"]) if known else "",
        "change": _change(score),
        "rate": display.share(month.rate) if month.rate is not None else "",
        "act": display.listed([f"“{t}”" for t in month.act]),
    }


def _change(score: dict[str, Any]) -> str:
    """What is said of the change: the number only where it is clear."""
    if score.get("change") is None:
        return ""
    ends = f"{display.change(score['change'])} ({display.interval(score['change_low'], score['change_high'])})"
    words = {"rose": "rose", "fell": "fell", "stable": "stable"}.get(score["verdict"], "too few answers to tell")
    return f"{words}: {ends}"


def _score(months: list[Month]) -> dict[str, Any] | None:
    values = [m.score.get("value") for m in months]
    return _line("Score", values, months, display.points, " points")


def _answers(months: list[Month]) -> dict[str, Any] | None:
    return _line("Answers", [m.score.get("n") for m in months], months, display.count, "")


def _rate(months: list[Month]) -> dict[str, Any] | None:
    return _line("Response rate", [m.rate for m in months], months, display.share, "")


def _line(name: str, values: list[float | None], months: list[Month], shown: Any, unit: str) -> dict[str, Any] | None:
    """A headline number with its small line; none for fewer than two months."""
    known = [(v, m) for v, m in zip(values, months, strict=True) if v is not None]
    if len(known) < 2:
        return None
    (first, start), (last, end) = known[0], known[-1]
    low, high = min(known, key=lambda k: k[0]), max(known, key=lambda k: k[0])
    alt = (
        f"{name} from {start.period} to {end.period}: {shown(first)}{unit} at first, {shown(last)}{unit} at last, "
        f"lowest {shown(low[0])} in {low[1].period}, highest {shown(high[0])} in {high[1].period}."
    )
    return {"name": name, "value": shown(last), "period": end.period, "alt": alt, "png": sparkline(values), "width": WIDTH, "height": HEIGHT}


def sparkline(values: list[float | None]) -> str:
    """A small line with its last point marked, as a data URI; gaps where a value is missing."""
    wide, tall = WIDTH * SCALE, HEIGHT * SCALE
    picture = Image.new("RGB", (wide, tall), "white")
    draw = ImageDraw.Draw(picture)
    known = [v for v in values if v is not None]
    low, high = min(known), max(known)
    margin = 6 * SCALE

    def at(i: int, value: float) -> tuple[float, float]:
        x = margin + (wide - 2 * margin) * i / max(len(values) - 1, 1)
        up = (value - low) / (high - low) if high > low else 0.5
        return x, tall - margin - (tall - 2 * margin) * up

    for i, (one, two) in enumerate(pairwise(values)):
        if one is not None and two is not None:
            draw.line([at(i, one), at(i + 1, two)], fill=LINE, width=2 * SCALE)
    last = max(i for i, v in enumerate(values) if v is not None)
    x, y = at(last, known[-1])
    draw.ellipse([x - 4 * SCALE, y - 4 * SCALE, x + 4 * SCALE, y + 4 * SCALE], fill=LAST)
    small = io.BytesIO()
    picture.quantize(16).save(small, "png", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(small.getvalue()).decode()}"
