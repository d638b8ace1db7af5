"""Survey -> WhatIf: what a better answer to one question goes with, if only it moves and if answers move together as they usually do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Note, Result
from voc.drivers import models
from voc.drivers.data import EACH_PARAMETER, Answers, answers_of
from voc.drivers.models import Coded
from voc.drivers.ordered import Ordered
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, Question, VocError
from voc.score.nps import LEVEL
from voc.stats import Floats

ALIKE = 0.6  # correlation from which two questions are called answered alike
NO_FORECAST = "Neither is a forecast: customers with better answers score higher, which does not say what happens when answers get better."


@dataclass(frozen=True, repr=False)
class WhatIf(Result):
    """Change of the score that goes with better answers.

    Attributes:
        frame: one row per question, the largest first: `question`, `wording`, `n` (customers below the best answer, whose answers are raised;
            10 and more), `alone` (points by which the score differs if only this answer is a step higher) and `together` (if the others
            differ too, as they usually do with it), each with `_low` and `_high`.
        alike: pairs of wordings that customers answer much alike (correlation of .6 and more), the closest first.
        step: how far each answer is raised, at most to the best one.
        n: answers.
        level: confidence level.
        label: which answers.
    """

    frame: pd.DataFrame
    alike: tuple[tuple[str, str], ...]
    step: float
    n: int
    level: float
    label: str

    @property
    def headline(self) -> str:
        """The largest change in both scenarios, and that it is no forecast."""
        if self.frame.empty:
            return f"No model of the score could be fitted ({self.label})."
        top = self.frame.iloc[0]
        pairs = [f"“{a}” and “{b}”" for a, b in self.alike[:3]]
        more = f" Customers answer {display.listed(pairs)} much alike: what goes with one goes with the other." if pairs else ""
        down = [f"“{r.wording}” ({display.change(r.alone)})" for r in display.rows(self.frame[self.frame["alone_high"] < 0])]
        lower = f" Better answers to {display.listed(down)} go with a lower score." if down else ""
        return (
            f"With answers to “{top['wording']}” {_steps(self.step)} higher the score is {_moved(top['alone'])} if only they differ "
            f"({display.interval(top['alone_low'], top['alone_high'])}), and {_moved(top['together'])} if the other answers differ too as "
            f"they usually do ({display.interval(top['together_low'], top['together_high'])}).{lower} {NO_FORECAST}{more}"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per question."""
        return self.frame

    def _caption(self) -> str:
        return f"Points of the score that go with answers {_steps(self.step)} higher, {display.plural(self.n, 'answer')}, {self.label}."

    def _columns(self) -> list[Column]:
        return [
            Column("wording", "Question"),
            Column("n", "Customers below the best answer", "count"),
            Column("alone", "Only this answer differs", "change"),
            Column("alone_low", "Low to high", "range", "alone_high"),
            Column("together", "Answers differ together, as usual", "change"),
            Column("together_low", "Low to high", "range", "together_high"),
        ]


def what_if(survey: Survey, *, step: float = 1.0, weighted: bool = False, level: float = LEVEL) -> WhatIf | Note:
    """What the score would be among customers like these with better answers, by an ordered logit of the 0-10 answer.

    Args:
        survey: the answers.
        step: how far each answer below the best one is raised, at most to the best one. Questions that did not apply stay so.
        weighted: weight each answer with the survey's own weights.
        level: confidence level.

    Raises:
        VocError: the step is not above 0.

    Notes:
        "Alone": all questions in one model, two slopes each (below and above the usual answer), touchpoint and month held constant; only
        the question's own columns are changed: the least that may go with it. "Together": a model with this question alone, so that it
        carries what usually comes with it: the most. Errors are linearised: they hold the uncertainty of the model and of who answered.

    References:
        McCullagh 1980, JRSS B 42:109.
    """
    if not step > 0:
        raise VocError(f"step must be above 0, such as 1; found {step}")
    answers = answers_of(survey, weighted=weighted)
    if isinstance(answers, Note):
        return answers
    pieces, _ = models.two_sided(answers)
    everything = models.coded(answers, pieces)
    if few := answers.too_few(EACH_PARAMETER * everything.columns.shape[1]):
        return few
    full = models.ordinal(everything)
    rows = []
    for question in answers.questions:
        alone = _raised(everything, full, question, pieces, step)
        single = models.coded(answers, pieces, only=[question.name])
        together = _raised(single, models.ordinal(single), question, pieces, step)
        given = answers.ratings[question.name].to_numpy()
        below = int((given < question.scale.high).sum())
        row: dict[str, object] = {"question": question.name, "wording": question.wording, "n": below if below >= MIN_ANSWERS else np.nan}
        for name, (value, error) in (("alone", alone), ("together", together)):
            half = stats.z_value(level) * error
            row |= {name: value, f"{name}_low": value - half, f"{name}_high": value + half}
        rows.append(row)
    frame = pd.DataFrame(rows).dropna(subset=["n", "alone", "together"])
    frame = frame.sort_values(["alone", "wording"], ascending=[False, True], ignore_index=True)
    return WhatIf(frame, _alike(answers), step, len(answers.score), level, answers.label)


def _raised(coded: Coded, model: Ordered, question: Question, pieces: models.Pieces, step: float) -> tuple[float, float]:
    """Points of difference and its standard error; missing where the model has no finite answer."""
    if not model.converged:
        return float("nan"), float("nan")
    given = coded.given[question.name]
    better = coded.columns.copy()
    for column, values in zip(coded.at[question.name], pieces(question, np.minimum(given + step, question.scale.high)), strict=True):
        better[:, column] = np.where(np.isnan(given), 0.0, values)

    def gain(moved: Ordered) -> Floats:
        return models.net_of(moved, better) - models.net_of(moved, coded.columns)

    value, influence = models.mean_of(coded, model, gain)
    return value, float(np.sqrt(coded.table.covariance(influence[:, None], len(model.coefficients) + len(model.cuts))[0, 0]))


def _alike(answers: Answers) -> tuple[tuple[str, str], ...]:
    """Pairs of questions answered much alike, the closest first."""
    likeness = answers.ratings.corr(min_periods=30).to_numpy()
    pairs = [(likeness[i, j], i, j) for i in range(len(likeness)) for j in range(i + 1, len(likeness)) if likeness[i, j] >= ALIKE]
    return tuple((answers.questions[i].wording, answers.questions[j].wording) for _, i, j in sorted(pairs, key=lambda p: (-p[0], p[1], p[2])))


def _moved(points: float) -> str:
    return f"{display.number(abs(points))} points {'higher' if points >= 0 else 'lower'}"


def _steps(step: float) -> str:
    return "one step" if step == 1 else f"{step:g} steps"
