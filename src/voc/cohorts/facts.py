"""Two groups of answers -> everything that is known of both, side by side: ratings, places, comments, revenue, themes; corrected together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, stats
from voc.cohorts.groups import Bools, customers
from voc.display import Column
from voc.drivers.ranking import low_answers
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, REVENUE
from voc.score.standouts import names_people
from voc.themes import Themes

MOST_LEVELS = 15  # of a segment column; more are stores and the like, which have a page of their own
FEWEST_TO_TELL = 20  # customers of each group
MEAN, SHARE = "mean", "share"
ANSWER = "answer"
UNDER = "too few to show"
VERDICT = Column("verdict", "Verdict")
COLUMNS = ["kind", "what", "unit", "n_first", "first", "n_second", "second", "difference", "low", "high", "p", "adjusted_p", "verdict", "few", "at"]


@dataclass(frozen=True)
class Fact:
    """One thing known of each answer: what it is, its unit ("mean" or "share"), its values (missing where it does not apply)."""

    kind: str
    what: str
    unit: str
    values: stats.Floats


def facts(survey: Survey, themes: Themes | None) -> Iterator[Fact]:
    """Everything that is known of each answer; columns that name single people are left out."""
    frame = survey.answers
    for q in survey.ratings:
        given = frame[q.name].to_numpy(dtype=float)
        known = ~np.isnan(given)
        yield Fact("answer", f"Average of “{q.wording}”", MEAN, given)
        yield Fact("answer", f"Low answers to “{q.wording}”", SHARE, np.where(known, low_answers(q, given), np.nan))
        yield Fact("answer", f"Best answer to “{q.wording}”", SHARE, np.where(known, given == q.scale.high, np.nan))
    for column in survey.segments:
        texts = frame[column].fillna("").astype(str).to_numpy()
        levels = pd.Series(texts[texts != ""]).value_counts()
        if names_people(survey, column) or not 2 <= len(levels) <= MOST_LEVELS:
            continue
        for level in levels[levels >= MIN_ANSWERS].index:
            yield Fact(column.replace("_", " "), str(level), SHARE, (texts == level).astype(float))
    if survey.open_question:
        wrote = survey.wrote.to_numpy()
        yield Fact("comment", "Wrote a comment", SHARE, wrote.astype(float))
        words = np.array([len(t.split()) for t in survey.frame["comment"]], dtype=float)
        yield Fact("comment", "Words in a comment", MEAN, np.where(wrote, words, np.nan))
    if REVENUE in frame:
        yield Fact("revenue", "Revenue", MEAN, frame[REVENUE].to_numpy(dtype=float))
    if themes is not None:
        mentions = themes.mentions(survey)
        at = frame.index.get_indexer(mentions.index)
        labels = themes.table.set_index("id")["label"]
        for theme in mentions.columns:
            values = np.full(len(frame), np.nan)
            values[at] = mentions[theme].to_numpy(dtype=float)
            yield Fact("theme", str(labels[theme]), SHARE, values)


def side_by_side(survey: Survey, themes: Themes | None, groups: tuple[Bools, Bools], level: float) -> pd.DataFrame:
    """Everything that is known of both groups, one row each, corrected together (Benjamini-Hochberg).

    Args:
        survey: the answers.
        themes: found on comments that include the survey's; None compares none.
        groups: (answers,) each.
        level: one minus the rate of false alarms.

    Notes:
        Means by Welch's interval, shares by Newcombe's and Fisher's exact test; where customers answered more than once, at the number of separate
        answers that would tell as much (linearised). Rows that fewer than 20 customers of a group answered are left out, and shares that are all
        in both. `few` marks shares behind which stand 1 to 9 answers of a group: pages do not show them. `at` is the fact's place in `facts`.
    """
    who = customers(survey)
    rows = []
    for at, fact in enumerate(facts(survey, themes)):
        a, b = (estimate(fact, g & ~np.isnan(fact.values), who) for g in groups)
        same = fact.unit == SHARE and (a.count + b.count < MIN_ANSWERS or (a.value, b.value) == (1.0, 1.0))
        if min(a.people, b.people) < FEWEST_TO_TELL or same:
            continue
        rows.append((at, fact, a, b, _p(fact, a, b)))
    if not rows:
        return pd.DataFrame(columns=COLUMNS)
    adjusted = stats.benjamini_hochberg([p for *_, p in rows])
    wide = stats.selected_level(level, adjusted)
    out = []
    for (at, fact, a, b, p), q in zip(rows, adjusted, strict=True):
        low, high = interval(fact, a, b, wide)
        sure = q <= 1 - level and (low > 0 or high < 0)
        verdict = ("more" if a.value > b.value else "less") if sure else "not clear"
        few = fact.unit == SHARE and (0 < a.count < MIN_ANSWERS or 0 < b.count < MIN_ANSWERS)
        values = (a.n, a.value, b.n, b.value, a.value - b.value, low, high, p, q)
        out.append((fact.kind, fact.what, fact.unit, *values, verdict, few, at))
    return pd.DataFrame(out, columns=COLUMNS)


@dataclass(frozen=True)
class Estimate:
    """Of one group: answers, customers, mean, standard error, how many separate answers would tell as much, sum of the values."""

    n: int
    people: int
    value: float
    error: float
    worth: float
    count: float


def estimate(fact: Fact, rows: Bools, who: np.ndarray) -> Estimate:
    """A fact of one group, at what repeat customers leave it worth."""
    values, own = fact.values[rows], who[rows]
    people = len(np.unique(own))
    if people < 2:
        return Estimate(len(values), people, np.nan, np.nan, np.nan, 0.0)
    repeated = people < len(values)
    mean, error = stats.mean_error(values, clusters=own if repeated else None)
    worth = stats.effective_size(values, clusters=own) if repeated else float(len(values))
    return Estimate(len(values), people, mean, error, worth, float(values.sum()))


def _p(fact: Fact, a: Estimate, b: Estimate) -> float:
    if fact.unit == SHARE:
        counts = (round(a.value * a.worth), round(a.worth), round(b.value * b.worth), round(b.worth))
        return float(stats.doubled_fisher_p(*counts))
    error = float(np.hypot(a.error, b.error))
    return float(2 * stats.t_above(abs(a.value - b.value) / error, _freedom(a, b))) if error > 0 else float(a.value == b.value)


def interval(fact: Fact, a: Estimate, b: Estimate, level: float) -> tuple[float, float]:
    """Range of the difference of two groups."""
    if fact.unit == SHARE:
        _, low, high = stats.share_difference(a.value * a.worth, a.worth, b.value * b.worth, b.worth, level=level)
        return float(low), float(high)
    error = float(np.hypot(a.error, b.error))
    half = float(stats.t_value(level, _freedom(a, b))) * error if error > 0 else 0.0
    return a.value - b.value - half, a.value - b.value + half


def _freedom(a: Estimate, b: Estimate) -> float:
    """Welch and Satterthwaite's degrees of freedom."""
    va, vb = a.error**2, b.error**2
    return (va + vb) ** 2 / max(va**2 / max(a.worth - 1, 1) + vb**2 / max(b.worth - 1, 1), 1e-300)


def shown(value: float, unit: str) -> str:
    """A value in its unit."""
    return display.share(value) if unit == SHARE else display.number(value, 2)


def shown_change(value: float, unit: str) -> str:
    """A difference in its unit: shares in percentage points."""
    text = display.number(100 * value if unit == SHARE else value, 1 if unit == SHARE else 2)
    return f"+{text}" if value > 0 else text


def shown_range(low: float, high: float, unit: str) -> str:
    """A range in its unit."""
    return display.interval(100 * low, 100 * high) if unit == SHARE else display.interval(low, high, digits=2)


def clearest(frame: pd.DataFrame, most: int = 3) -> list[str]:
    """The clearest differences in words, the widest for their range first; of a question's rows only its average."""
    sure = frame[(frame["verdict"] != "not clear") & ~frame["few"].astype(bool) & ((frame["kind"] != ANSWER) | (frame["unit"] == MEAN))]
    order = (sure["difference"].abs() / (sure["high"] - sure["low"])).sort_values(ascending=False, kind="stable").index
    rows = display.rows(sure.loc[order[:most]])
    return [f"{_named(r.kind, r.what)} ({shown(r.first, r.unit)} against {shown(r.second, r.unit)})" for r in rows]


def _named(kind: str, what: str) -> str:
    """What a fact is called within a sentence."""
    if kind in (ANSWER, "comment", "revenue"):
        return f"{what[:1].lower()}{what[1:]}"
    return f"“{what}”" if kind == "theme" else f"{kind} “{what}”"


def fact_columns(first: str, second: str, *, between: Sequence[Column] = (), last: Column = VERDICT) -> list[Column]:
    """The columns of a table of `readable` rows, with what its two groups are called."""
    return [
        Column("what", "What"),
        Column("kind", "Kind"),
        Column("first_shown", first),
        *between,
        Column("second_shown", second),
        Column("difference_shown", "Difference"),
        Column("range_shown", "Low to high, all rows together"),
        last,
    ]


def readable(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with their values as text, each in its unit; what 1 to 9 answers stand for is not shown."""
    if frame.empty:
        return frame
    hidden = frame["few"].to_numpy(dtype=bool) if "few" in frame else np.zeros(len(frame), bool)
    out = {}
    for c in ("first", "second", "rest"):
        if c in frame:
            out[f"{c}_shown"] = [UNDER if h else shown(v, u) for v, u, h in zip(frame[c], frame["unit"], hidden & (c != "rest"), strict=True)]
    rows = list(zip(frame["difference"], frame["low"], frame["high"], frame["unit"], hidden, strict=True))
    out["difference_shown"] = [display.NOTHING if h else shown_change(d, u) for d, _, _, u, h in rows]
    out["range_shown"] = [display.NOTHING if h else shown_range(a, b, u) for _, a, b, u, h in rows]
    return frame.assign(**out)
