"""Theme -> quotes by a declared rule: typical, random or dissenting; none from groups under 20 customers."""

from __future__ import annotations

import hashlib
from typing import Literal

import numpy as np
import pandas as pd

from voc import display
from voc.schema import MIN_QUOTED

QUOTES = 3
SHORTEST_QUOTE, LONGEST_QUOTE = 30, 300
CLEARLY = 0.75  # chance from which a complaint (or praise) is a clear one
WHOLE_UP_TO = 200  # characters; of longer comments a quote shows the part that belongs to the theme

Rule = Literal["typical", "random", "dissenting"]
COLUMNS = ["id", "text", "start", "end", "strength", "stands_for"]


def choose(rows: pd.DataFrame, comments: pd.DataFrame, rule: Rule, most: int) -> pd.DataFrame:
    """Quotes from the parts of comments that belong to a theme; those that are weakly placed only where there are too few others.

    Args:
        rows: parts of one theme: `comment`, `id`, `closeness` (how near the theme's middle), `strength`, `complaint`, `start`, `end`.
        comments: one row per comment: `text`, `customer`.
        rule: "typical": nearest to the theme's middle; "random": drawn by lot, the same lot in every run; "dissenting": told the other
            way than most of the theme's comments (praise in a theme of complaints), the clearest first.
        most: how many.

    Returns:
        `id`, `text` (of a long comment the part, between dots), `start`, `end` (of the part within that text), `strength`, `stands_for`; no
        rows where fewer than 20 customers mention the theme here. A dissenting quote, too, needs 20 who tell it its way.
    """
    none = pd.DataFrame(columns=COLUMNS)
    sure = rows[~rows["weak"].astype(bool)]
    whole, customer = comments["text"].to_numpy(), comments["customer"].to_numpy()
    rows, clearly = (sure, " that clearly mention it") if _many(sure, customer) else (rows, "")
    if not _many(rows, customer):
        return none
    n = rows["comment"].nunique()
    if rule == "dissenting":
        rows, told = _other_way(rows)
        if not _many(rows, customer):
            return none
        stands_for = f"one of {display.plural(rows['comment'].nunique(), 'comment')} that {told} this, of {display.count(n)}{clearly}"
    else:
        stands_for = {"typical": "typical of", "random": "drawn by lot from"}[rule] + f" {display.plural(n, 'comment')}{clearly}"
    rank, who, ids = _rank(rows, rule, whole), rows["comment"].to_numpy(), rows["id"].to_numpy()
    starts, ends, strengths = (rows[c].to_numpy() for c in ("start", "end", "strength"))
    best_first = np.lexsort((who, -rank))
    ones = best_first[np.unique(who[best_first], return_index=True)[1]]  # the best part of each comment
    cut = {i: _part(whole[who[i]], int(starts[i]), int(ends[i])) for i in ones.tolist()}
    fit = [i for i, (quote, _, _) in cut.items() if SHORTEST_QUOTE <= len(quote) <= LONGEST_QUOTE]
    fit = fit if len({cut[i][0] for i in fit}) >= most else list(cut)
    once: dict[str, int] = {}
    for i in sorted(fit, key=lambda i: (-rank[i], cut[i][0], ids[i])):
        once.setdefault(cut[i][0], i)
    chosen = list(once.values())[:most]
    return pd.DataFrame([(ids[i], *cut[i], strengths[i], stands_for) for i in chosen], columns=COLUMNS)


def _many(rows: pd.DataFrame, customer: np.ndarray) -> bool:
    """Whether enough different customers said it."""
    return len(set(customer[rows["comment"].to_numpy()])) >= MIN_QUOTED


def _rank(rows: pd.DataFrame, rule: Rule, whole: np.ndarray) -> np.ndarray:
    """What the rule looks for, higher first."""
    if rule == "random":
        lots = {c: hashlib.sha256(str(whole[c]).encode("utf-8", "surrogatepass")).hexdigest() for c in rows["comment"].unique()}
        return np.array([int(lots[c][:12], 16) / 16**12 for c in rows["comment"]])
    if rule == "dissenting":
        return rows["clear"].to_numpy(dtype=float)
    return (rows["closeness"] * rows["clear"] if "clear" in rows else rows["closeness"]).to_numpy(dtype=float)


def _other_way(rows: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The parts told the other way than most, with how clearly."""
    known = rows.dropna(subset=["complaint"])
    if known.empty:
        return known.assign(clear=np.empty(0)), ""
    chance = known["complaint"].astype(float)
    if chance.mean() >= 0.5:
        return known.assign(clear=1 - chance)[chance <= 0.4], "praise"
    return known.assign(clear=chance)[chance >= 0.6], "complain about"


def _part(text: str, start: int, end: int) -> tuple[str, int, int]:
    """A short comment whole; of a long one the part, with dots where something was left out; and where the part lies in it."""
    if len(text) <= WHOLE_UP_TO:
        return text, start, end
    end = start + len(text[start:end].rstrip(" ,;:-–("))
    before, after = "… " if start > 0 else "", " …" if end < len(text) else ""
    return before + text[start:end] + after, len(before), len(before) + end - start
