"""Survey -> each touchpoint question over time: its average, its two worst answers, and whether the last period differs from those before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats as sps

from voc import display, stats
from voc.display import Column, Note, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, TOUCHPOINT, Question, parse_period
from voc.score.nps import LEVEL
from voc.score.protect import small
from voc.score.tally import FREQUENCY, Every, spoken

WORST_ANSWERS = 2
NAMED = 3
MARGIN = 0.05  # of the scale's length; a change whose whole range lies inside is called stable


@dataclass(frozen=True, repr=False)
class QuestionTrend(Result):
    """The touchpoint questions over time.

    Attributes:
        frame: one row per question and period (and group): `question`, `wording`, `group` (where asked for), `period`, `n`, `mean` with `low`,
            `high` (scale points), `worst` (share 0..1 of the two worst answers) with `worst_low`, `worst_high`; missing below ten answers.
        changes: one row per question: `question`, `wording`, `n`, `mean`, `worst` of the last period, `n_before`, `before` (average of the
            periods before, at the last period's mix of touchpoints), `change`, `low`, `high` (scale points; the ranges hold for all
            questions together), `margin` and `verdict`.
        last: the last period in words, such as "September 2026".
        level: confidence level.
        label: which answers.
    """

    frame: pd.DataFrame
    changes: pd.DataFrame
    last: str
    level: float
    label: str

    @property
    def headline(self) -> str:
        """Which questions got better or worse in the last period, and what can be said of the others."""
        told = self.changes[self.changes["verdict"].isin(["better", "worse"])]
        clearest = told.assign(sure=np.maximum(told["low"], -told["high"]) / told["margin"]).sort_values("sure", ascending=False, kind="stable")
        moved = [
            f"“{r.wording}” got {r.verdict} ({display.number(r.mean, 2)} against {display.number(r.before, 2)} before; "
            f"{display.interval(r.low, r.high, digits=2 if min(abs(r.low), abs(r.high)) >= 0.005 else 3)})"
            for r in display.rows(clearest.head(NAMED))
        ]
        more = [f"{display.count(len(told) - NAMED)} more moved clearly"] if len(told) > NAMED else []
        still = int((self.changes["verdict"] == "stable").sum())
        open_ = len(self.changes) - len(told) - still
        parts = [display.listed([*moved, *more])] if moved else []
        if still:
            parts.append(f"{display.plural(still, 'question')} {'is' if still == 1 else 'are'} stable")
        if open_:
            parts.append(f"for {display.plural(open_, 'question')} there are too few answers to tell")
        return f"In {self.last}, compared with the time before: {'; '.join(parts)} ({self.label})."

    def to_frame(self) -> pd.DataFrame:
        """One row per question, period and group."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return self.changes.assign(n=self.changes["n"].where(~small(self.changes["n"])))

    def _caption(self) -> str:
        return f"Touchpoint questions in {self.last} and before, {self.label}"

    def _columns(self) -> list[Column]:
        return [
            Column("wording", "Question"),
            Column("n", f"Answers in {self.last}", "count"),
            Column("mean", "Average", "number"),
            Column("before", "Before", "number"),
            Column("change", "Change", "number"),
            Column("low", "Low to high, all questions together", "range_number", "high"),
            Column("worst", "Two worst answers", "share"),
        ]


def questions(survey: Survey, month: str | int = "", *, every: Every = "month", by: str = "", level: float = LEVEL) -> QuestionTrend | Note:
    """Follow every touchpoint question over time.

    Args:
        survey: the answers; the last period in them is compared with all before.
        month: the month or year reported; a year is compared with the years before. "" leaves it to `every`.
        every: "week", "month", "quarter" or "year".
        by: a column whose groups are followed apart, such as "touchpoint"; "" for all together.
        level: confidence level.

    Raises:
        VocError: `by` is not known.

    Notes:
        Averages have Student's t interval, shares Wilson's. A change is the difference at each touchpoint, weighted by the last period's
        answers there, so that another mix of touchpoints is no change; its range is wide enough for all questions together.
    """
    if not survey.ratings or survey.answers.empty:
        return Note(f"There are no touchpoint questions to follow ({survey.label}).")
    frequency = parse_period(month).freqstr[0] if month else FREQUENCY[every]
    answers = survey.answers.assign(period=survey.answers["date"].dt.to_period(frequency))
    keys = [survey.segment(by).rename("group"), answers["period"]] if by else [answers["period"]]
    last = answers["period"].max()
    frame = pd.concat([_over_time(answers, q, keys, level) for q in survey.ratings], ignore_index=True)
    wide = stats.family_level(level, len(survey.ratings))
    changes = pd.DataFrame([_change(answers, q, last, wide) for q in survey.ratings])
    return QuestionTrend(frame, changes, spoken(last), level, survey.label)


def _over_time(answers: pd.DataFrame, question: Question, keys: list[pd.Series], level: float) -> pd.DataFrame:
    values = answers[question.name]
    groups = values.groupby(keys)
    table = pd.DataFrame({"n": groups.count(), "mean": groups.mean(), "error": groups.std() / np.sqrt(groups.count().clip(lower=1))})
    bad = (values <= _limit(question)).where(values.notna())
    table["worst"] = bad.groupby(keys).mean().astype(float)
    n = table["n"].to_numpy(dtype=float)
    half = sps.t.ppf(0.5 + level / 2, np.maximum(n - 1, 1)) * table["error"]
    table["low"], table["high"] = (np.clip(table["mean"] + s * half, question.scale.low, question.scale.high) for s in (-1, 1))
    table["worst_low"], table["worst_high"] = stats.wilson(table["worst"].fillna(0) * n, n, level=level)
    table.loc[table["n"] < MIN_ANSWERS, ["mean", "low", "high", "worst", "worst_low", "worst_high"]] = np.nan
    out = table.drop(columns="error").reset_index()
    out["period"] = out["period"].astype(str)
    return out.assign(question=question.name, wording=question.wording)[["question", "wording", *out.columns]]


def _limit(question: Question) -> float:
    """The second worst answer; of a scale with fewer than four answers, the worst."""
    few = question.scale.high - question.scale.low < 3
    return question.scale.low + (0 if few else WORST_ANSWERS - 1)


def _change(answers: pd.DataFrame, question: Question, last: pd.Period, level: float) -> dict[str, object]:
    known = answers[answers[question.name].notna()]
    values, now = known[question.name].astype(float), known["period"] == last
    place = known[TOUCHPOINT] if TOUCHPOINT in known else pd.Series("", index=known.index)
    sides = [values[side].groupby(place[side]).agg(["count", "mean", "var"]) for side in (now, ~now)]
    both = pd.concat([sides[0].add_suffix("_now"), sides[1].add_suffix("_before")], axis=1, join="inner")
    both = both[(both["count_now"] >= 2) & (both["count_before"] >= 2)]
    n, before, length = int(now.sum()), int((~now).sum()), question.scale.high - question.scale.low
    row: dict[str, object] = {"question": question.name, "wording": question.wording, "n": n, "n_before": before, "margin": MARGIN * length}
    gap = float("nan")
    if min(n, before) < MIN_ANSWERS or both.empty:
        return row | dict.fromkeys(("mean", "worst", "before", "change", "low", "high"), gap) | {"verdict": "too few answers to tell"}
    first, m1, v1, second, m2, v2 = (both[f"{part}_{side}"].to_numpy(dtype=float) for side in ("now", "before") for part in ("count", "mean", "var"))
    weight = first / first.sum()
    change = float(weight @ (m1 - m2))
    half = stats.z_value(level) * float(np.sqrt(weight**2 @ (v1 / first + v2 / second)))
    low, high, mean = change - half, change + half, float(values[now].mean())
    worst = float((values[now] <= _limit(question)).mean())
    row |= {"mean": mean, "worst": worst, "before": mean - change, "change": change, "low": low, "high": high}
    return row | {"verdict": _verdict(low, high, MARGIN * length)}


def _verdict(low: float, high: float, margin: float) -> str:
    if low > 0:
        return "better"
    if high < 0:
        return "worse"
    return "stable" if max(-low, high) <= margin else "too few answers to tell"
