"""Survey with a revenue column -> score and revenue per customer over time by segment, and whether they go together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Note, Result
from voc.ingest import Survey
from voc.schema import DATE, MIN_ANSWERS, REVENUE, TOUCHPOINT
from voc.score.money import NOT_WHY, averages, latest
from voc.score.nps import LEVEL
from voc.score.tally import FREQUENCY, PERIOD, Every, scored, tally
from voc.stats import Floats

MIN_PERIODS = 8


@dataclass(frozen=True, repr=False)
class RevenueTrend(Result):
    """Score and revenue per customer over time.

    Attributes:
        frame: one row per group and period: `group`, `period` (text), `n` answers with their score `value`, `low`, `high` (points), `customers`
            of known revenue with their average `revenue`, `revenue_low`, `revenue_high` (unit of the column); missing below ten.
        groups: one row per group: `group`, `periods` in which both are known, and how they go together over time: `correlation` (-1..1) with
            `low`, `high` (for all groups together); missing below eight periods.
        periods: periods in which both are known of some group.
        correlation: how score and revenue go together over time within the groups, -1..1; nan below eight periods.
        low: lower end of its interval.
        high: upper end.
        effective: how many independent pairs of score and revenue would tell as much.
        by: the column that makes the groups; "" for all together.
        every: the length of a period.
        column: the column of the file that holds the revenue.
        level: confidence level.
        label: which answers.
    """

    frame: pd.DataFrame
    groups: pd.DataFrame
    periods: int
    correlation: float
    low: float
    high: float
    effective: float
    by: str
    every: Every
    column: str
    level: float
    label: str

    @property
    def headline(self) -> str:
        """Whether periods with a higher score went with higher revenue; that it is no proof of anything."""
        source = f"column “{self.column}”, {self.label}"
        if np.isnan(self.correlation):
            known = f"score and revenue are both known of {display.plural(self.periods, self.every)}"
            why = f"{MIN_PERIODS} are needed" if self.periods < MIN_PERIODS else "one of them never changes"
            return f"{self.message}: {known}, {why} ({source})."
        span = f"{display.number(self.correlation, 2)}, from {display.interval(self.low, self.high, digits=2)}"
        sentence = f"{self.message} ({span}, where 0 is no connection and 1 a perfect one; {source})."
        return f"{sentence} {NOT_WHY}" if self.low > 0 or self.high < 0 else sentence

    @property
    def message(self) -> str:
        """The headline without its range and its full stop."""
        if np.isnan(self.correlation):
            return "It cannot be told whether score and revenue go together over time"
        verb = "went with higher" if self.low > 0 else "went with lower" if self.high < 0 else "did not clearly go with higher"
        found = f"{self.every}s with a higher score {verb} revenue per customer{self._within}"
        return f"Over {display.plural(self.periods, self.every)}, {found}"

    @property
    def _within(self) -> str:
        return f" within each {self.by.replace('_', ' ')}" if self.by else ""

    def to_frame(self) -> pd.DataFrame:
        """One row per group and period."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return self.groups

    def _caption(self) -> str:
        dash = f" {display.NOTHING}: known for fewer than {MIN_PERIODS} {self.every}s, or never changing." if self.groups["low"].isna().any() else ""
        where = "0 is no connection, 1 a perfect one; below 0 one falls when the other rises"
        what = f"Whether score and revenue per customer (column “{self.column}”) rise and fall together, by {self.every}"
        return f"{what}, {self.label}. {where}.{dash}"

    def _columns(self) -> list[Column]:
        return [
            Column("group", self.by.replace("_", " ").capitalize() or "Answers"),
            Column("periods", f"{self.every.capitalize()}s with both", "count"),
            Column("correlation", "Connection of score and revenue", "number"),
            Column("low", "Low to high, all rows together", "range_number", "high"),
        ]


def revenue_trend(survey: Survey, *, by: str = TOUCHPOINT, every: Every = "month", level: float = LEVEL) -> RevenueTrend | Note:
    """Follow score and revenue per customer, and tell whether they go together.

    Args:
        survey: the answers; currency and period of the revenue are whatever its column holds.
        by: a column whose groups are followed apart; "" for all together. A survey without touchpoints is followed as a whole.
        every: "day", "week", "month", "quarter" or "year".
        level: confidence level.

    Raises:
        VocError: `by` or `every` is not known.

    Notes:
        Within each group and period a customer counts once for the revenue. The correlation is that of the differences from each group's own
        averages, so that a group that both scores and spends more counts for nothing. Its interval is Fisher's; each group costs one degree
        of freedom, and as many are taken off as neighbouring periods, and groups in the same period, resemble each other in both. Averages
        of few customers vary by chance, which makes a correlation look smaller than it is.

    References:
        Fisher 1921, Metron 1:3; Bartlett 1935, JRSS 98:536 (correlated series); Quenouille 1947, Biometrika 34:365.
    """
    if REVENUE not in survey.answers:
        return Note("This survey has no revenue column, so it cannot be told whether score and revenue go together.")
    by = "" if by == TOUCHPOINT and TOUCHPOINT not in survey.answers else by
    answers = survey.answers.assign(group=survey.segment(by) if by else "all answers")
    frame = _cells(survey, answers[answers["group"] != ""], by, every, level)
    both = frame.dropna(subset=["value", "revenue"])
    if both.empty:
        few = f"No {every} has {MIN_ANSWERS} answers and {MIN_ANSWERS} customers of known revenue"
        return Note(f"{few} ({survey.label}), so it cannot be told whether score and revenue go together.")
    names, score, spent = _over_time(both)
    wide = stats.family_level(level, len(names))
    rows = [(name, *_association(score[:, [i]], spent[:, [i]], wide)) for i, name in enumerate(names)]
    groups = pd.DataFrame(rows, columns=["group", "periods", "correlation", "low", "high", "effective"])
    column, shown = survey.mapping.columns.get(REVENUE, REVENUE), frame.assign(period=frame["period"].astype(str))
    return RevenueTrend(shown, groups, *_association(score, spent, level), by, every, column, level, survey.label)


def _cells(survey: Survey, answers: pd.DataFrame, by: str, every: Every, level: float) -> pd.DataFrame:
    """Score and revenue of each group and period, the small ones missing."""
    counts = tally(survey, by or (), every=every)
    scores = scored(counts.groups(*counts.keys), level=level)[["n", "value", "low", "high"]].reset_index()
    scores = scores.rename(columns={by: "group"}) if by else scores.assign(group="all answers")
    scores.loc[scores["n"] < MIN_ANSWERS, ["value", "low", "high"]] = np.nan
    periods = answers[DATE].dt.to_period(FREQUENCY[every]).rename(PERIOD)
    once = latest(answers.assign(period=periods), answers["group"], periods)
    known = once[np.isfinite(once[REVENUE].astype(float))]
    spent = averages(known[REVENUE], [known["group"], known[PERIOD]], level=level)
    spent.columns = pd.Index(["customers", "revenue", "revenue_low", "revenue_high"])
    spent.loc[spent["customers"] < MIN_ANSWERS, ["revenue", "revenue_low", "revenue_high"]] = np.nan
    cells = scores[scores["group"] != ""].merge(spent.reset_index(), how="left", on=["group", PERIOD]).fillna({"customers": 0})
    names = ["group", PERIOD, "n", "value", "low", "high", "customers", "revenue", "revenue_low", "revenue_high"]
    return cells[names].astype({"customers": int}).sort_values(["group", PERIOD], ignore_index=True)


def _over_time(both: pd.DataFrame) -> tuple[list[str], Floats, Floats]:
    """Names of the groups, and score and revenue as (periods, groups) from the first period to the last; missing where not both are known."""
    grid = both.pivot(index=PERIOD, columns="group", values=["value", "revenue"])
    grid = grid.reindex(pd.period_range(grid.index.min(), grid.index.max()))
    return list(grid["value"].columns), grid["value"].to_numpy(dtype=float), grid["revenue"].to_numpy(dtype=float)


def _association(x: Floats, y: Floats, level: float) -> tuple[int, float, float, float, float]:
    """Periods with both, then the correlation within the groups, its low and high, and the independent pairs that it is worth.

    Score and revenue are (periods, groups), both missing where one is.
    """
    periods = int(np.isfinite(x).any(axis=1).sum())
    x, y = (values[:, np.isfinite(x).sum(axis=0) > 1] for values in (x, y))
    unknown = (float("nan"),) * 4
    if periods < MIN_PERIODS or not x.size:
        return periods, *unknown
    x, y = (values - np.nanmean(values, axis=0) for values in (x, y))
    spread = np.nansum(x**2) * np.nansum(y**2)
    if not spread > 0:
        return periods, *unknown
    r = float(np.nansum(x * y) / np.sqrt(spread))
    pairs = float((np.isfinite(x).sum() - x.shape[1]) / _alike(x, y))
    if pairs < 3:
        return periods, r, -1.0, 1.0, pairs + 1
    half = stats.z_value(level) / np.sqrt(pairs - 2)
    low, high = (float(np.tanh(np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)) + sign * half)) for sign in (-1, 1))
    return periods, r, low, high, pairs + 1


def _alike(x: Floats, y: Floats) -> float:
    """How much more the correlation varies than that of independent pairs, as neighbouring periods, and groups in a period, are alike."""
    after = max(_neighbours(x) * _neighbours(y), 0.0)
    beside, groups = max(_side_by_side(x) * _side_by_side(y), 0.0), np.isfinite(x).sum(axis=1)
    others = float((groups**2).sum() / groups.sum()) - 1
    return (1 + after) / (1 - after) * (1 + others * beside)


def _neighbours(off: Floats) -> float:
    """Correlation of a period with the next one; taking out the averages lowers it by one in the number of periods, which is put back."""
    products = off[1:] * off[:-1]
    known = np.isfinite(products)
    if not known.any():
        return 0.0
    return float(np.clip(products[known].mean() / np.nanmean(off**2) + 1 / len(off), -0.99, 0.99))


def _side_by_side(off: Floats) -> float:
    """Correlation of two groups in the same period, on average."""
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = np.nan_to_num(off / np.sqrt(np.nanmean(off**2, axis=0)))
    known = np.isfinite(off).sum(axis=1)
    pairs = (known * (known - 1)).sum()
    return float((unit.sum(axis=1) ** 2 - (unit**2).sum(axis=1)).sum() / pairs) if pairs else 0.0
