"""Published months -> the index of all of them: headline numbers, how they went, and the way to each report. Derived: it can be made again."""

from __future__ import annotations

import base64
import io
import json
import math
import os
import re
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
from voc.report.problems import CannotWrite, PageRefused
from voc.schema import VocError, parse_period

INDEX = "index.html"
WIDTH, HEIGHT, SCALE = 220, 44, 3  # of a small line, in CSS pixels; drawn three times as large, for print
LINE, LAST = "#12436D", "#F46A25"
HEADING = "<h1>All months</h1>"


@dataclass(frozen=True)
class Month:
    """One published report.

    Attributes:
        folder: its folder's name, "2026-09".
        period: in words.
        title: of the survey.
        score: as `run.json` has it; empty below ten answers, and where a number is missing.
        rate: response rate 0..1, None where it is not known.
        act: titles of the things to act on.
        few: there were too few answers for a score.
    """

    folder: str
    period: str
    title: str
    score: dict[str, Any]
    rate: float | None
    act: tuple[str, ...]
    few: bool = False


def found(base: Path) -> list[Month]:
    """The reports in a folder, in order of time. One whose `run.json` cannot be read is listed without numbers."""
    out = []
    for file in base.glob(f"*/{RUN}"):
        try:
            period = parse_period(file.parent.name)
        except VocError:
            continue  # not a month's folder
        out.append(_month(file, period_label(period)))
    return sorted(out, key=lambda m: (parse_period(m.folder).end_time, m.folder))


def _month(file: Path, label: str) -> Month:
    """One report as far as its `run.json` can be used: it may come from another version, or from another hand."""
    try:
        run = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        run = None
    if not isinstance(run, dict):
        run = {"period": f"{label} ({RUN} cannot be read)"}
    facts = _dict(run.get("facts"))
    cards = _dict(facts.get("act")).get("cards")
    titles = [_dict(card).get("title") for card in cards] if isinstance(cards, list) else []
    period, title = (text if isinstance(text, str) and text else "" for text in (run.get("period"), run.get("title")))
    rate = _number(_dict(facts.get("response")).get("rate"))
    act = tuple(t for t in titles if isinstance(t, str) and t)
    score = facts.get("score")
    few = isinstance(score, dict) and score.get("n") is None and score.get("value") is None
    return Month(file.parent.name, period or label, title, _usable(_dict(score)), rate, act, few)


def _usable(score: dict[str, Any]) -> dict[str, Any]:
    """The score with the numbers that can be shown: all of those that are shown together, or none of them."""
    own, change = ({k: _number(score.get(k)) for k in names} for names in (("n", "value", "low", "high"), ("change", "change_low", "change_high")))
    if None in own.values():
        return {}
    return own if None in change.values() else own | change | {"verdict": str(score.get("verdict"))}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) else None


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


def refresh(base: Path) -> None:
    """Make the index afresh where it is another than the folders say; where there is no report, there need not be one."""
    for left in base.glob(f".{INDEX}.*.part"):
        if re.fullmatch(rf"\.{re.escape(INDEX)}\.\d+\.part", left.name):
            left.unlink()  # of a run that was killed
    index = base / INDEX
    if not (found(base) or index.exists()) or foreign(base):
        return
    if not index.is_file() or index.read_bytes() != page(base).encode():
        write(base)


def foreign(base: Path) -> bool:
    """Whether an index stands there that voc did not make."""
    index = base / INDEX
    return index.exists() and HEADING.encode() not in index.read_bytes() and not found(base)


def refuse_foreign(base: Path) -> None:
    """Only an index that voc made is ever replaced.

    Raises:
        CannotWrite: another one stands there.
    """
    if foreign(base):
        raise CannotWrite(f"{base / INDEX} is no index of voc, and would be replaced; nothing was published. Choose another folder with --out")


def _row(month: Month) -> dict[str, Any]:
    """A month as the table shows it."""
    score = month.score
    known = score.get("n") is not None
    return {
        "folder": month.folder,
        "period": month.period,
        "score": display.points(score["value"]) if known else "too few answers" if month.few else "",
        "range": display.interval(score["low"], score["high"]) if known else "",
        "n": display.count(score["n"]) if known else "",
        "change": _change(score),
        "rate": display.share(month.rate) if month.rate is not None else "",
        "act": "; ".join(month.act),
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
