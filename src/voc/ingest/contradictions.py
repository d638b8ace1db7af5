"""Scores against "recommended", comments and ratings -> whether a scale runs the other way or a column was moved."""

from __future__ import annotations

import numpy as np

from voc import display, schema
from voc.ingest.evidence import ENOUGH, Evidence
from voc.ingest.receipt import Check

LAGS = (-3, -2, -1, 1, 2, 3)
_YES_NO = {"1": 1, "yes": 1, "true": 1, "y": 1, "0": 0, "no": 0, "false": 0, "n": 0}


def direction(e: Evidence) -> Check:
    """A scale that runs the other way: against "recommended", against the comments, against the score."""
    name = e.mapping.columns.get(schema.RECOMMENDED)
    if name:
        column = e.table.column(name)
        says = column.spread([_YES_NO.get(t.casefold(), -1) for t in column.texts], int)
        yes, no = e.scores[e.usable & (says == 1)], e.scores[e.usable & (says == 0)]
        if _clearly_below(yes, no):
            return _turned(e, f"those who say yes in {name} give {yes.mean():.1f} on average, those who say no {no.mean():.1f}")
    rows, tone = e.toned
    rated = e.usable[rows]
    praise, blame = e.scores[rows[rated & (tone > 0)]], e.scores[rows[rated & (tone < 0)]]
    if _clearly_below(praise, blame):
        return _turned(e, f"comments that praise come with {praise.mean():.1f} on average, complaints with {blame.mean():.1f}")
    return _ratings_direction(e)


def _turned(e: Evidence, words: str) -> Check:
    return Check(
        "direction",
        f"Does {e.mapping.score.column} run the other way? {words[0].upper()}{words[1:]}. If 0 is the best answer, set reversed = true under [score]"
        '; if it is not, for example because the question asks what to improve, accept = ["direction"].',
        stops=True,
    )


def _ratings_direction(e: Evidence) -> Check:
    against, compared, stops = [], 0, False
    for question in e.mapping.ratings:
        values = e.frame[question.name].to_numpy()
        both = e.usable & ~np.isnan(values) & np.isfinite(e.scores)
        if both.sum() < ENOUGH or np.ptp(values[both]) == 0 or np.ptp(e.scores[both]) == 0:
            continue
        compared += 1
        r = float(np.corrcoef(values[both], e.scores[both])[0, 1])
        if r * np.sqrt(both.sum()) < -4:
            against.append(f"{question.name} ({display.number(r, 2)})")
            stops = stops or r < -0.3
    if not against:
        return Check("direction")
    if stops and 1 < compared == len(against):
        return _turned(e, f"higher answers to every rating go with lower scores: {display.listed(against)} (correlation)")
    return Check(
        "direction", f"Higher answers go with lower scores in {display.listed(against)} (correlation). If a low number is the good answer there, "
        'set reversed = true; otherwise accept = ["direction"].', stops=stops,
    )  # fmt: skip


def _clearly_below(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether the first mean lies below the second by more than chance (three standard errors) and by a point."""
    if min(len(first), len(second)) < 20:
        return False
    error = np.sqrt(first.var() / len(first) + second.var() / len(second))
    return bool(second.mean() - first.mean() > max(1.0, 3 * error))


def shift(e: Evidence) -> Check:
    """Scores that belong to a neighbouring row: one column was sorted or moved and the others were not."""
    rows, tone = e.toned
    if len(rows) < ENOUGH:
        return Check("shift")
    fit = {lag: _fit(e, rows, tone, lag) for lag in (0, *LAGS)}
    if np.isnan(fit[0]):
        return Check("shift")
    best = max(fit, key=lambda lag: np.nan_to_num(fit[lag], nan=-1.0))
    noise = 3 / np.sqrt(len(rows))
    if best != 0 and fit[best] > 0.25 and fit[best] > fit[0] + 2 * noise:
        where = f"{abs(best)} {'row' if abs(best) == 1 else 'rows'} {'above' if best < 0 else 'below'}"
        return Check(
            "shift", f"Scores fit the comments {where} better than their own (correlation {fit[best]:.2f} against {fit[0]:.2f}): "
            'a column may have been moved against the others. Export the file again, or accept = ["shift"].', stops=True,
        )  # fmt: skip
    if abs(fit[0]) < noise:
        return Check(
            "shift",
            f"Scores and comments do not go together (correlation {fit[0]:.2f}): check that no column was sorted alone. "
            'If none was, for example because the question asks what to improve, accept = ["shift"].',
            stops=len(rows) >= 2 * ENOUGH,
        )
    return Check("shift")


def _fit(e: Evidence, rows: np.ndarray, tone: np.ndarray, lag: int) -> float:
    """Correlation of the comments' tone with the scores `lag` rows earlier; lag -1: a score fits the comment above it.

    nan where there is nothing to compare, for example where all comments are praise: "What did you like most?"
    """
    at = rows - lag
    inside = (at >= 0) & (at < len(e.scores))
    scores = e.scores[at[inside]]
    known = np.isfinite(scores)
    if known.sum() < ENOUGH // 2 or np.ptp(scores[known]) == 0 or np.ptp(tone[inside][known]) == 0:
        return float("nan")
    return float(np.corrcoef(tone[inside][known], scores[known])[0, 1])
