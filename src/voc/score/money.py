"""Survey with a revenue column -> what promoters, passives and detractors spend, each customer once. Association, never more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats as sps

from voc import display, stats
from voc.display import Column, Kind, Note, Result
from voc.ingest import Survey
from voc.schema import CUSTOMER, DATE, MIN_ANSWERS, REVENUE, ROW, TOUCHPOINT
from voc.score.nps import LEVEL
from voc.stats import Floats

MARGIN = 0.1  # of what detractors spend; a difference whose whole range lies inside is called alike
NOT_WHY = "That goes together; it does not show that raising the score raises revenue."
ORDER = ("promoter", "passive", "detractor")
COMPARED = ("difference", "difference_low", "difference_high", "same", "same_low", "same_high")


@dataclass(frozen=True, repr=False)
class Revenue(Result):
    """Revenue per customer of promoters, passives and detractors.

    Attributes:
        frame: one row per shown cohort: `cohort`, `customers`, `n` (those with a known revenue), `mean` with `low`, `high`, `median` (in the
            unit of the column; no range where all spend the same), `share` of the shown cohorts' revenue (0..1; missing where it adds up to
            nothing), `difference` from detractors with `difference_low`, `difference_high`, the same among customers of the same touchpoints in
            `same`, `same_low`, `same_high` (missing without several touchpoints with enough of both), and `verdict`: "more", "less", "alike"
            or "not clear", "" for detractors themselves. Ranges of differences hold for both comparisons together.
        column: the column of the file that holds the revenue.
        hidden: cohorts with fewer than ten customers of known revenue.
        customers: customers who answered.
        repeats: earlier answers of the same customers, which are left out.
        unknown: customers without a known revenue.
        named: whether answers say which customer they are from; where not, each answer counts as a customer.
        level: confidence level.
        label: which answers.
    """

    frame: pd.DataFrame
    column: str
    hidden: tuple[str, ...]
    customers: int
    repeats: int
    unknown: int
    named: bool
    level: float
    label: str

    @property
    def headline(self) -> str:
        """Whether promoters spend more than detractors, with both averages; that it is no proof of anything."""
        shown = {r.cohort: r for r in display.rows(self.frame)}
        source = f"(column “{self.column}”, {self.label})"
        if not {"promoter", "detractor"} <= set(shown):
            return f"{self._found}, so promoters cannot be compared with detractors {source}.{self._passives}{self._no_proof}"
        best, worst = shown["promoter"], shown["detractor"]
        found = f"{self._found}: {self._mean(best)} against {self._mean(worst)} among detractors"
        gap = f"the difference is {self.money(best.difference)} ({self.span(best.difference_low, best.difference_high)})"
        match best.verdict:
            case "more" | "less":
                first = f"{found} {source}.{self._elsewhere(best)}"
            case "alike":
                within = f"within {display.number(100 * MARGIN, 0)}\N{NO-BREAK SPACE}% of what detractors spend"
                first = f"{found}; {gap}, {within} {source}.{self._elsewhere(best)}"
            case _:
                first = f"{found}; {gap} {source}."
        return f"{first}{self._passives}{self._no_proof}"

    @property
    def message(self) -> str:
        """A short form of the headline, without its full stop."""
        return f"{self._found}.{self._passives}".removesuffix(".")

    @property
    def _found(self) -> str:
        """Whether promoters spend more than detractors, without numbers and full stop."""
        verdicts = dict(zip(self.frame["cohort"], self.frame["verdict"], strict=True))
        if few := [f"{c}s" for c in ("promoter", "detractor") if c not in verdicts]:
            return f"There are fewer than {MIN_ANSWERS} {' and '.join(few)} with a known revenue"
        match verdicts["promoter"]:
            case "more" | "less" as word:
                return f"Promoters spend {word}"
            case "alike":
                return "Promoters and detractors spend about the same"
            case _:
                return "There are too few customers to tell whether promoters or detractors spend more"

    @property
    def _passives(self) -> str:
        """That passives spend more or less than detractors, where that is clear."""
        row = next((r for r in display.rows(self.frame) if r.cohort == "passive" and r.verdict in ("more", "less")), None)
        if row is None:
            return ""
        low, high = sorted((abs(row.difference_low), abs(row.difference_high)))
        return f" Passives spend {row.verdict} than detractors: by {self.money(abs(row.difference))} ({self.span(low, high)})."

    @property
    def _no_proof(self) -> str:
        return f" {NOT_WHY}" if self.frame["verdict"].isin(["more", "less"]).any() else ""

    def _elsewhere(self, row: Any) -> str:
        """What becomes of a clear difference among customers of the same touchpoints, where that is another verdict."""
        if np.isnan(row.same_low) or _verdict(row.same_low, row.same_high, row.mean - row.difference) == row.verdict:
            return ""
        same = f"{self.money(row.same)} ({self.span(row.same_low, row.same_high)})"
        return f" Among customers of the same touchpoints the difference is {same}."

    @property
    def base(self) -> str:
        """Whom the numbers stand on, and who was left out."""
        once = "Each customer counts once, with the latest answer" if self.named else "Answers name no customer, so each counts as one"
        left = f"{display.plural(self.repeats, 'earlier answer')} left out, " if self.named else ""
        return f"{once}; {left}{display.count(self.unknown)} of {display.plural(self.customers, 'customer')} without a known revenue"

    def to_frame(self) -> pd.DataFrame:
        """One row per shown cohort."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return self.frame.assign(cohort=self.frame["cohort"].str.capitalize() + "s")

    def _caption(self) -> str:
        few = f" Not shown, with fewer than {MIN_ANSWERS}: {' and '.join(f'{c}s' for c in self.hidden)}." if self.hidden else ""
        return f"Revenue per customer (column “{self.column}”), {self.label}. {self.base}.{few}"

    def _columns(self) -> list[Column]:
        plain: Kind = "number" if self._digits else "points"
        span: Kind = "range_number" if self._digits else "range"
        same = [Column("same", "The same, at the same touchpoints", plain), Column("same_low", "Low to high", span, "same_high")]
        return [
            Column("cohort", "Customers"),
            Column("n", "Revenue known", "count"),
            Column("mean", "Average", plain),
            Column("low", "Low to high", span, "high"),
            Column("median", "Half spend less than", plain),
            Column("difference", "Against detractors", plain),
            Column("difference_low", "Low to high, both rows together", span, "difference_high"),
            *(same if self.frame["same"].notna().any() else []),
        ]

    @property
    def _digits(self) -> int:
        return 0 if self.frame["mean"].abs().max() >= 100 else 2

    def money(self, value: float) -> str:
        """An amount as this result shows it: whole from 100 on, else with two decimals."""
        return display.number(value, self._digits)

    def span(self, low: float, high: float) -> str:
        """A range of amounts, shown likewise."""
        return display.interval(low, high, digits=self._digits)

    def _mean(self, row: Any) -> str:
        return f"{self.money(row.mean)} per customer ({self.span(row.low, row.high)})"


def revenue(survey: Survey, *, level: float = LEVEL) -> Revenue | Note:
    """Compare what promoters, passives and detractors spend.

    Args:
        survey: the answers; currency and period of the revenue are whatever its column holds.
        level: confidence level.

    Notes:
        Each customer counts once: the latest answer says the cohort and the revenue. Averages have Hall's interval (`mean_interval`),
        because a few customers spend much more than the rest; differences join two of them by MOVER. Among customers of the same
        touchpoints, both averages are weighted to the detractors' touchpoints, where each side has ten customers or more.

    References:
        Hall 1992, JRSS B 54:221; Zou & Donner 2008, Statistics in Medicine 27:1693.
    """
    if REVENUE not in survey.answers:
        return Note("This survey has no revenue column, so nothing can be said about what promoters and detractors spend.")
    once = latest(survey.answers)
    known = once[np.isfinite(once[REVENUE].astype(float))]
    if known.empty:
        return Note(f"No customer has a known revenue ({survey.label}), so nothing can be said about what promoters and detractors spend.")
    groups = known.groupby("cohort")[REVENUE]
    table = averages(known[REVENUE], [known["cohort"]], level=level).assign(median=groups.median(), total=groups.sum())
    table.insert(0, "customers", once["cohort"].value_counts())
    table = table.reindex(ORDER)
    shown = table[table["n"] >= MIN_ANSWERS].copy()
    total = shown.pop("total")
    shown["share"] = total / total.sum() if (total >= 0).all() and total.sum() > 0 else np.nan
    shown[list(COMPARED)] = _compared(known, shown.index.tolist(), stats.family_level(level, 2))
    verdicts = [_verdict(r.difference_low, r.difference_high, r.mean - r.difference) for r in display.rows(shown)]
    shown["verdict"] = np.where(shown.index == "detractor", "", verdicts)
    frame = shown.astype({"customers": int, "n": int}).rename_axis("cohort").reset_index()
    hidden = tuple(c for c in ORDER if c not in shown.index)
    named = CUSTOMER in survey.answers and bool((survey.answers[CUSTOMER] != "").any())
    return Revenue(
        frame, survey.mapping.columns.get(REVENUE, REVENUE), hidden, len(once), len(survey.answers) - len(once), len(once) - len(known), named,
        level, survey.label,
    )  # fmt: skip


def latest(answers: pd.DataFrame, *keys: pd.Series) -> pd.DataFrame:
    """Answers -> each customer's latest one (within the keys); answers without a customer are of different people."""
    if CUSTOMER not in answers:
        return answers
    order = answers[[CUSTOMER, DATE, ROW]].assign(**{str(i): key for i, key in enumerate(keys)}).sort_values([DATE, ROW], kind="stable")
    earlier = order.duplicated([CUSTOMER, *(str(i) for i in range(len(keys)))], keep="last") & (order[CUSTOMER] != "")
    return answers.loc[~earlier.reindex(answers.index)]


def averages(values: pd.Series, keys: list[pd.Series], *, level: float = LEVEL) -> pd.DataFrame:
    """Values by group -> `n`, `mean`, `low`, `high`, one row per group: the only pass over the values, which leaves three moments a group."""
    groups = values.groupby(keys, observed=True)
    n, mean = groups.count(), groups.mean()
    off = values - groups.transform("mean")
    square, cube = ((off**power).groupby(keys, observed=True).sum() for power in (2, 3))
    with np.errstate(invalid="ignore", divide="ignore"):
        deviation = np.sqrt(square / (n - 1).clip(lower=1))
        skewness = (cube / n) / (square / n) ** 1.5
    low, high = mean_interval(n, mean, deviation, skewness, level=level)
    return pd.DataFrame({"n": n, "mean": mean, "low": low, "high": high})


def mean_interval(n: ArrayLike, mean: ArrayLike, deviation: ArrayLike, skewness: ArrayLike, *, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Interval of the mean of skewed values, from their moments.

    Args:
        n: values, scalar or array.
        mean: their mean.
        deviation: their standard deviation, with divisor n - 1.
        skewness: third central moment over the 1.5th power of the second, both with divisor n.
        level: confidence level.

    Returns:
        (low, high) in the unit of the mean; nan where all values are equal, which does not show how far others may lie.

    Notes:
        The t statistic T of skewed values leans to one side; T + a (2 T^2 + 1) / 6 + a^2 T^3 / 27 with a = skewness / sqrt(n) hardly does.
        Its ends are Student's t quantiles instead of Hall's normal ones. With lognormal values (sigma 1) a nominal 95 % interval covers
        .93, .93 and .95 at n = 30, 100 and 400, Student's t .89, .91 and .94, and misses on both sides about equally often.

    References:
        Hall 1992, JRSS B 54:221, "On the removal of skewness by transformation".

    >>> [round(float(end), 3) for end in mean_interval(100, 50, 40, 0)]
    [42.063, 57.937]
    >>> [round(float(end), 3) for end in mean_interval(100, 50, 40, 3)]
    [43.409, 60.782]
    """
    m, centre, spread, skew = (np.asarray(x, dtype=float) for x in (n, mean, deviation, skewness))
    with np.errstate(invalid="ignore", divide="ignore"):
        quantile, lean = sps.t.ppf(0.5 + level / 2, np.maximum(m - 1, 1)), skew / np.sqrt(m)
        error = np.where(spread > 0, spread / np.sqrt(m), np.nan)
        return centre - error * _untransformed(quantile, lean), centre - error * _untransformed(-quantile, lean)


def _untransformed(quantile: Floats, lean: Floats) -> Floats:
    """The t statistic that Hall's transformation takes to a quantile."""
    flat = np.abs(lean) < 1e-6
    a = np.where(flat, 1.0, lean)
    return np.where(flat, quantile, 3 / a * (np.cbrt(1 + a * (quantile - a / 6)) - 1))


def _compared(known: pd.DataFrame, cohorts: list[str], level: float) -> Floats:
    """(cohorts, 6): difference from detractors with its range, then the same among customers of the same touchpoints."""
    out = np.full((len(cohorts), 6), np.nan)
    table = averages(known[REVENUE], [known["cohort"]], level=level)
    apart = averages(known[REVENUE], [known["cohort"], known[TOUCHPOINT]], level=level) if TOUCHPOINT in known else None
    for i, cohort in enumerate(cohorts):
        if cohort != "detractor" and "detractor" in cohorts:
            out[i, :3] = _difference(table.loc[[cohort]], table.loc[["detractor"]])
            if apart is not None:
                out[i, 3:] = _at_the_same_touchpoints(apart, cohort)
    return out


def _at_the_same_touchpoints(apart: pd.DataFrame, cohort: str) -> Floats:
    names = apart.index.get_level_values(0)
    mine, others = (apart[(names == name) & (apart["n"] >= MIN_ANSWERS)].droplevel(0) for name in (cohort, "detractor"))
    both = mine.index.intersection(others.index)
    return _difference(mine.loc[both], others.loc[both]) if len(both) > 1 else np.full(3, np.nan)


def _difference(mine: pd.DataFrame, others: pd.DataFrame) -> Floats:
    """Value, low and high of the difference of two averages, both weighted as the others are spread over the rows."""
    weight = others["n"].to_numpy(dtype=float) / others["n"].sum()
    (value1, *ends1), (value2, *ends2) = (stats.weighted_sum(weight, side["mean"], side["low"], side["high"]) for side in (mine, others))
    low, high = stats.mover_difference(value1, (ends1[0], ends1[1]), value2, (ends2[0], ends2[1]))
    return np.array([value1 - value2, float(low), float(high)])


def _verdict(low: float, high: float, compared: float) -> str:
    """In words; `compared` is what detractors spend."""
    if low > 0:
        return "more"
    if high < 0:
        return "less"
    return "alike" if max(-low, high) <= MARGIN * compared else "not clear"
