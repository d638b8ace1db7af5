"""Survey + Themes -> what goes with the score: the points of each theme, what the score would be without it, how it is told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, get_args

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, VocError
from voc.score.nps import LEVEL
from voc.stats import Floats
from voc.themes.impact_adjusted import Adjusted, adjusted
from voc.themes.impact_points import leave_out, net_score, points_of, share_of, times_share
from voc.themes.impact_tally import Bools, Commenters, Ints, commenters, designs, strata, stratum_of
from voc.themes.result import Level, Themes, Told

FEWEST_OTHERS = 20  # who do not mention a theme, in a touchpoint's months put together
FEWEST_STRATUM = 10  # answers in a touchpoint's months put together, where all themes are looked at at once


@dataclass(frozen=True, repr=False)
class Impact(Result):
    """Themes beside the score, among those who commented.

    Attributes:
        frame: one row per theme mentioned in at least 10 comments, most costly first: `id`, `label`, `n`, `share` with `share_low`, `share_high`;
            `score` of those who mention it with `score_low`, `score_high` (points); `points` that go with the theme (negative: it
            costs), `leave_out` (score of all less the score without those who mention it) and `adjusted` (points given the other
            themes; missing where they cannot be told apart), each with `_low`, `_high` widened for the number of themes; `complaint_share` and
            `praise_share` of those who mention it (0..1; missing where tone was not judged) with `_low`, `_high`; `detractors` who
            mention it; `verdict` on the points. For sub-themes also `theme`, the id of the theme they belong to.
        n: comments.
        score: score of all who commented, points.
        level: confidence level.
        label: which answers.
        told: "any", or only what is told as "complaint" or "praise".
        by: "theme" or "subtheme".
        tone_accuracy: chance that the complaint judgement puts a detractor's comment above a promoter's, both unseen; nan where not made.
        repeated: some customers commented more than once, and intervals allow for it.
    """

    frame: pd.DataFrame
    n: int
    score: float
    level: float
    label: str
    told: Told = "any"
    by: Level = "theme"
    tone_accuracy: float = float("nan")
    repeated: bool = False
    behind_chart = True

    @property
    def headline(self) -> str:
        """The themes that clearly cost or bring points."""
        if self.frame.empty:
            return f"There are too few comments to see which themes go with the score ({self.label})."
        cost = self.frame[self.frame["verdict"] == "costs points"]
        brings = self.frame[self.frame["verdict"] == "brings points"].iloc[::-1]
        parts = []
        for rows, words in ((cost, "go with a lower score"), (brings, "go with a higher score")):
            if len(rows):
                named = [f"{r.label} ({display.change(r.points)} points)" for r in display.rows(rows.head(3))]
                parts.append(f"{'; '.join(named)} {words}")
        if not parts:
            return f"No theme goes clearly with a higher or lower score ({display.plural(self.n, 'comment')}, {self.label})."
        return f"Among {display.plural(self.n, 'comment')} ({self.label}): {'. '.join(parts)}."

    def to_frame(self) -> pd.DataFrame:
        """One row per theme."""
        return self.frame

    def _caption(self) -> str:
        told = {"any": "", "complaint": " told as a complaint", "praise": " told as praise"}[self.told]
        name = "Sub-themes" if self.by == "subtheme" else "Themes"
        words = f"{name}{told} beside the score, {display.plural(self.n, 'comment')}, {self.label}."
        words += " Points compare customers of the same touchpoint and month."
        if self.repeated:
            words += " Ranges allow for customers who commented more than once."
        if math.isnan(self.tone_accuracy):
            return words
        right = display.share(self.tone_accuracy)
        return f"{words} Complaint and praise are learned from the scores: right for {right} of unseen pairs (guessing: 50 %)."

    def _columns(self) -> list[Column]:
        return [
            Column("label", "Theme" if self.by == "theme" else "Sub-theme"),
            Column("n", "Comments", "count"),
            Column("share", "Share", "share"),
            Column("share_low", "Low to high, %", "range_share", "share_high"),
            Column("score", "Their score", "points"),
            Column("score_low", "Low to high", "range", "score_high"),
            Column("points", "Points that go with it", "change"),
            Column("points_low", "Low to high, all rows together", "range", "points_high"),
            Column("adjusted", "Points given the other themes", "change"),
            Column("adjusted_low", "Low to high, all rows together", "range", "adjusted_high"),
            Column("leave_out", "All, less the score without it", "change"),
            Column("leave_out_low", "Low to high, all rows together", "range", "leave_out_high"),
            Column("verdict", "Verdict"),
        ]


class _Told(NamedTuple):
    """Customers who mention a theme at all, as a complaint, as praise; the last two None where tone was not judged."""

    any: Bools
    complaint: Bools | None
    praise: Bools | None


def impact(survey: Survey, themes: Themes, *, told: Told = "any", level: float = LEVEL, by: Level = "theme") -> Impact:
    """Compare those who mention a theme with those at the same touchpoint in the same month who do not.

    Args:
        survey: the answers; only those with a grouped comment count.
        themes: found on comments that include the survey's.
        told: "complaint" or "praise" counts only what is told so (see `voc.themes.tone`).
        level: confidence level; the intervals of points hold for all themes together (Bonferroni).
        by: "theme" or "subtheme".

    Raises:
        VocError: `by` is neither.

    Notes:
        points = sum over touchpoints and months of (share of all commenters who mention it there) x (their score - score of the others
        there): a theme of the call centre does not inherit the call centre's score, nor one of a bad month that month's. For each theme,
        neighbouring months of a touchpoint are put together until 20 do not mention it (see `impact_points.points_of`).

        leave_out allows for nothing: it is what other tools call impact. adjusted = the share who mention it x the theme's coefficient
        among all themes shown (see `impact_adjusted.adjusted`), months put together until a touchpoint has 10 answers.

        With `told`, that complainers score lower is built in, because complaint is learned from scores; the points then say how much of it
        goes with one theme rather than another. An association, not what would happen if the theme vanished.
    """
    check_by(by)
    mentions = themes.mentions(survey, told, level=by)
    who = commenters(survey, mentions.index)
    shown = [t for t in mentions.columns if mentions[t].sum() >= MIN_ANSWERS]
    score = float(100 * who.net.mean()) if who.n else float("nan")
    accuracy = themes.tone_accuracy if themes.has_tone else float("nan")
    rest = (who.n, score, level, survey.label, told if themes.has_tone else "any", by, accuracy, who.repeated)
    if not shown:
        return Impact(pd.DataFrame(), *rest)
    told_so: tuple[Told, ...] = ("complaint", "praise")
    tones = [themes.mentions(survey, t, level=by)[shown].to_numpy() if themes.has_tone else None for t in told_so]
    ways = _Told(themes.mentions(survey, level=by)[shown].to_numpy(), *tones)
    frame = _frame(who, mentions[shown].to_numpy(), ways, level)
    names = table_of(themes, by).set_index("id").loc[shown].reset_index()
    frame = pd.concat([names[["id", "label", *(["theme"] if by == "subtheme" else [])]], frame], axis=1)
    return Impact(frame.sort_values(["points", "label"], ignore_index=True), *rest)


def marked(survey: Survey, mark: pd.Series, *, level: float = LEVEL, rows: int = 1) -> dict[str, object]:
    """What goes with any yes-or-no mark of answers, such as a low answer to a question, by the rule of a theme's points.

    Args:
        survey: the answers.
        mark: bool, by the index of `survey.answers`; only answers in it count.
        level: confidence level.
        rows: marks looked at together; the interval of points holds for all of them (Bonferroni).

    Returns:
        `n`, `share`, `score`, `points` with their `_low` and `_high`, `leave_out`, `detractors` and `verdict` as in `Impact.frame`.
    """
    who, said = commenters(survey, mark.index), mark.to_numpy(dtype=bool)
    design = designs(who, said[:, None], stratum_of(who, FEWEST_STRATUM))
    widths = np.array([design.others[0], design.mentioned[0], design.share[0]])
    return _row(_table(who, said), widths, (level, stats.family_level(level, rows)))


def usual(survey: Survey, mentions: pd.DataFrame) -> dict[int, float]:
    """Points that as many complaints of any kind would go with: complainers score lower whatever they complain about.

    Args:
        survey: the answers.
        mentions: bool, one row per commenting answer, one column per theme, as `Themes.mentions` makes it.

    Returns:
        theme -> points (negative: a lower score) to be expected if those who mention it were drawn by lot from all who mention any theme at the
        same touchpoint and in the same month.
    """
    who, marks = commenters(survey, mentions.index), mentions.to_numpy(dtype=float)
    cell = stratum_of(who, FEWEST_STRATUM)
    at = np.eye(int(cell.max(initial=-1)) + 1)[cell]  # (answers, strata)
    some = marks.any(axis=1).astype(float)
    size, total, said, drawn = at.sum(axis=0), who.net @ at, some @ at, (who.net * some) @ at
    own = np.divide(drawn, said, out=np.zeros_like(drawn), where=said > 0)[:, None]
    n = at.T @ marks  # (strata, themes)
    left = size[:, None] - n
    others = np.divide(total[:, None] - n * own, left, out=np.broadcast_to(own, n.shape).copy(), where=left > 0)
    points = 100 * (n * (own - others)).sum(axis=0) / max(who.n, 1)
    return {int(t): float(p) for t, p in zip(mentions.columns, points, strict=True)}


def check_by(by: str) -> None:
    """Refuse a level that there is not.

    Raises:
        VocError: it is neither "theme" nor "subtheme".
    """
    if by not in get_args(Level):
        raise VocError(f'by must be "theme" or "subtheme"; found "{by}"')


def table_of(themes: Themes, by: Level) -> pd.DataFrame:
    """The themes, or the sub-themes."""
    return themes.subtable if by == "subtheme" else themes.table


def _frame(who: Commenters, mentions: Bools, ways: _Told, level: float) -> pd.DataFrame:
    """One row per theme, in the order of the columns of `mentions`."""
    stratum = stratum_of(who, FEWEST_STRATUM)
    wide = stats.family_level(level, mentions.shape[1])
    design = designs(who, mentions, stratum)
    widths = np.stack([design.others, design.mentioned, design.share], axis=1)
    given = adjusted(who, mentions, stratum, level=wide)
    rows = []
    for i, mention in enumerate(mentions.T):
        table = _table(who, mention)
        rows.append(_row(table, widths[i], (level, wide)) | _given(table, given, i, float(design.share[i]), wide) | _tone(ways, i, level))
    frame = pd.DataFrame(rows)
    return frame[[c for c in frame if c not in ("detractors", "verdict")] + ["detractors", "verdict"]]


def _table(who: Commenters, mention: Bools) -> Ints:
    """Counts (touchpoints and months put together, others/mentioned, 3)."""
    return strata(_tally(who.cell, mention, who.band, cells=_cells(who)).reshape(-1, max(len(who.months), 1), 2, 3), FEWEST_OTHERS)


def _cells(who: Commenters) -> int:
    return (int(who.place.max()) + 1) * max(len(who.months), 1)


def _tally(place: Ints, mention: Bools, band: Ints, *, cells: int = 0) -> Ints:
    """Counts (touchpoints and months, others/mentioned, 3): everything below works on these."""
    size = max(cells, int(place.max()) + 1)
    counts = np.bincount((place.astype(np.int64) * 2 + mention) * 3 + band, minlength=size * 6)
    return counts.reshape(size, 2, 3)


def _row(table: Ints, widths: Floats, levels: tuple[float, float]) -> dict[str, object]:
    """What the counts of one theme say: `widths` are the designs of the others, of those who mention it and of the share."""
    level, wide = levels
    mentioned = table[:, 1].sum(axis=0)
    out: dict[str, object] = {"n": int(mentioned.sum())}
    out |= _named("share", share_of(int(mentioned.sum()), int(table.sum()), level=level, design=float(widths[2])))
    out |= _named("score", net_score(mentioned, level=level, design=float(widths[1])))
    points = points_of(table, level=wide, designs=widths)
    out |= _named("points", points) | _named("leave_out", leave_out(table, level=wide, designs=widths))
    verdict = "costs points" if points[2] < 0 else "brings points" if points[1] > 0 else "not clear"
    return out | {"detractors": int(mentioned[0]), "verdict": verdict}


def _given(table: Ints, given: Adjusted, i: int, design: float, level: float) -> dict[str, object]:
    """The points of one theme given the others."""
    if math.isnan(given.value[i]):
        return _named("adjusted", (math.nan, math.nan, math.nan))
    estimate = float(given.value[i]), float(given.low[i]), float(given.high[i])
    return _named("adjusted", times_share(int(table[:, 1].sum()), int(table.sum()), estimate, level=level, design=design))


def _tone(ways: _Told, i: int, level: float) -> dict[str, object]:
    """How many of those who mention the theme complain of it, and praise it."""
    out: dict[str, object] = {}
    everybody = int(ways.any[:, i].sum())
    for name, told in (("complaint_share", ways.complaint), ("praise_share", ways.praise)):
        known = told is not None and everybody > 0
        out |= _named(name, share_of(int(told[:, i].sum()), everybody, level=level) if told is not None and known else (math.nan,) * 3)
    return out


def _named(name: str, estimate: tuple[float, ...]) -> dict[str, object]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), estimate, strict=True))
