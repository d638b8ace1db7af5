"""Survey -> Ladders: what separates detractors from passives, and passives from promoters: two models, for the motives differ."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voc import display, stats
from voc.display import Column, Note, Result
from voc.drivers import models
from voc.drivers.data import Answers, answers_of
from voc.ingest import Survey
from voc.schema import COHORTS, MIN_ANSWERS, cohort_of
from voc.score.nps import LEVEL
from voc.stats import Floats

FEWEST_COHORT = 30
EVENTS = 5  # answers of the smaller group for each column of a model
COHORT_NAMES = ("detractors", "passives", "promoters")
STEPS = (("low", ("detractor", "passive")), ("high", ("passive", "promoter")))


@dataclass(frozen=True, repr=False)
class Ladders(Result):
    """What goes with being one group up.

    Attributes:
        frame: one row per question, by `lack`, the largest first: `question`, `wording`; `low` (how many more of 100 detractors and passives
            are passives where the answer is one step higher, other questions equal) and `high` (how many more of 100 passives and promoters
            are promoters), each with `_low`, `_high`, `_p` (adjusted); `detractors`, `passives`, `promoters` (average answers); `gap`
            (promoters' less passives' average); `lack` (gap x high: of 100 passives and promoters, how many go with what passives lack;
            missing where `high` is not clear).
        counts: detractors, passives, promoters.
        level: confidence level of each interval; tests are corrected over questions and both steps (Benjamini-Hochberg).
        label: which answers.
        controls: what was held constant.
    """

    frame: pd.DataFrame
    counts: tuple[int, int, int]
    level: float
    label: str
    controls: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """What passives lack, and what goes with no longer being a detractor."""
        parts = []
        lacking = self.frame[self.frame["lack"] > 0]
        if len(lacking):
            top = lacking.iloc[0]
            parts.append(
                f"What passives lack most is “{top['wording']}”: they answer {display.number(top['passives'], 2)} on average, promoters "
                f"{display.number(top['promoters'], 2)}, and where the answer is one step higher {display.number(top['high'])} more of 100 are "
                f"promoters ({display.interval(top['high_low'], top['high_high'])})."
            )
        low = self.frame[(self.frame["low_low"] > 0) & (self.frame["low_p"] <= 1 - self.level)].sort_values("low", ascending=False)
        if len(low):
            top = low.iloc[0]
            parts.append(
                f"From detractor to passive it is “{top['wording']}”: {display.number(top['low'])} more of 100 are passives "
                f"({display.interval(top['low_low'], top['low_high'])})."
            )
        for step, higher in (("low", "passives"), ("high", "promoters")):
            other = self.frame[(self.frame[f"{step}_high"] < 0) & (self.frame[f"{step}_p"] <= 1 - self.level)]
            if len(other):
                named = [f"“{r.wording}” ({display.change(getattr(r, step))})" for r in display.rows(other)]
                parts.append(f"The other way round: with higher answers to {display.listed(named)} fewer of 100 are {higher}.")
        if self.frame[["low", "high"]].isna().all(axis=None):
            return f"There are too few of a group for so many questions ({self.label})."
        return " ".join(parts) or f"No question clearly separates passives from promoters, or detractors from passives ({self.label})."

    def to_frame(self) -> pd.DataFrame:
        """One row per question."""
        return self.frame

    def _caption(self) -> str:
        counts = [display.plural(n, name) for n, name in zip(self.counts, ("detractor", "passive", "promoter"), strict=True)]
        held = f" {display.listed(list(self.controls)).capitalize()} held constant." if self.controls else ""
        few = [f"{a}s and {b}s" for step, (a, b) in STEPS if self.frame[step].isna().all()]
        lacking = f" Too few {' and '.join(few)} for so many questions." if few else ""
        return f"One step higher on a question, the others equal: how many more of 100. {display.listed(counts)}, {self.label}.{held}{lacking}"

    def _columns(self) -> list[Column]:
        return [
            Column("wording", "Question"),
            Column("low", "Passives instead of detractors", "change"),
            Column("low_low", "Low to high", "range", "low_high"),
            Column("high", "Promoters instead of passives", "change"),
            Column("high_low", "Low to high", "range", "high_high"),
            Column("detractors", "Detractors' average", "number"),
            Column("passives", "Passives' average", "number"),
            Column("promoters", "Promoters' average", "number"),
        ]


def ladders(survey: Survey, *, weighted: bool = False, level: float = LEVEL) -> Ladders | Note:
    """Fit one model to detractors and passives, another to passives and promoters.

    Args:
        survey: the answers.
        weighted: weight each answer with the survey's own weights.
        level: confidence level.

    Returns:
        Ladders, or a Note that says why there are none.

    Notes:
        Two logistic regressions on all questions, touchpoint and month held constant; a question that did not apply has an indicator.
        The average marginal effect for one step, with linearised errors that allow for weights and repeat customers.

    References:
        Lumley 2010, Complex Surveys; average marginal effects as in Bartus 2005, Stata Journal 5:309.
    """
    answers = answers_of(survey, weighted=weighted)
    if isinstance(answers, Note):
        return answers
    cohorts = cohort_of(pd.Series(answers.score.astype(int))).to_numpy(dtype=str)
    detractors, passives, promoters = (int((cohorts == c).sum()) for c in COHORTS)
    counts = (detractors, passives, promoters)
    if min(counts) < FEWEST_COHORT:
        return Note(
            f"Detractors, passives and promoters cannot be compared step by step ({answers.label}): that takes {FEWEST_COHORT} of each; "
            f"there are {display.listed([f'{display.some(n, MIN_ANSWERS)} {c}' for n, c in zip(counts, COHORT_NAMES, strict=True)])}."
        )
    frame = pd.DataFrame({"question": answers.names, "wording": [q.wording for q in answers.questions]})
    for step, (below, above) in STEPS:
        effects = _effects(_both(answers, cohorts, (below, above)), above, level)
        frame = frame.merge(effects.rename(columns={c: str(c).replace("effect", step) for c in effects}), "left", "question")
    p = stats.benjamini_hochberg(np.concatenate([frame[f"{step}_p"] for step, _ in STEPS]))
    for (step, _), own in zip(STEPS, np.split(p, len(STEPS)), strict=True):
        frame[f"{step}_p"] = own
    for name in COHORTS:
        frame[f"{name}s"] = _averages(answers, cohorts == name)
    frame["gap"] = frame["promoters"] - frame["passives"]
    clear = (frame["high_p"] <= 1 - level) & (frame["high_low"] > 0)
    frame["lack"] = np.where(clear, frame["gap"] * frame["high"], np.nan)
    frame = frame.sort_values(["lack", "high", "wording"], ascending=[False, False, True], ignore_index=True)
    return Ladders(frame, counts, level, answers.label, answers.held)


def _both(answers: Answers, cohorts: NDArray[np.str_], groups: tuple[str, str]) -> tuple[Answers, NDArray[np.str_]]:
    """The answers of two groups, with the questions that 10 and more of each answered."""
    rows = np.isin(cohorts, groups)
    part, own = answers.take(rows, answers.label), cohorts[rows]
    known = [q for q in part.questions if min(int(part.ratings.loc[own == g, q.name].notna().sum()) for g in groups) >= MIN_ANSWERS]
    return replace(part, questions=tuple(known), ratings=part.ratings[[q.name for q in known]]), own


def _effects(part: tuple[Answers, NDArray[np.str_]], above: str, level: float) -> pd.DataFrame:
    """How many more of 100 are one group up for one step of each question; none where a group has too few answers for so many questions."""
    answers, cohorts = part
    coded = models.coded(answers, models.linear(answers), outcome=(cohorts == above).astype(float))
    columns = coded.columns.shape[1] + 1
    if min(int((cohorts == above).sum()), int((cohorts != above).sum())) < EVENTS * columns:
        return pd.DataFrame(columns=["question", "effect", "effect_low", "effect_high", "effect_p"])
    model = models.ordinal(coded)
    rows = []
    for name in answers.names:
        (column,) = coded.at[name]
        answered = (~np.isnan(coded.given[name])).astype(float)
        value, influence = models.mean_of(coded, model, models.slope_of(coded.columns, column), answered)
        error = 100 * float(np.sqrt(coded.table.covariance(influence[:, None], columns)[0, 0])) if model.converged else np.nan
        value = 100 * value if model.converged else np.nan
        half = stats.z_value(level) * error
        p = 2 * float(stats.normal_above(abs(value) / error)) if error > 0 else np.nan
        rows.append({"question": name, "effect": value, "effect_low": value - half, "effect_high": value + half, "effect_p": p})
    return pd.DataFrame(rows)


def _averages(answers: Answers, where: Floats) -> list[float]:
    given = answers.ratings.to_numpy()[where]
    few = (~np.isnan(given)).sum(axis=0) < MIN_ANSWERS
    mass = answers.mass[where][:, None] * ~np.isnan(given)
    total = mass.sum(axis=0)
    return list(np.where((total > 0) & ~few, np.nansum(given * mass, axis=0) / np.where(total > 0, total, 1), np.nan))
