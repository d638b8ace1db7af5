"""Survey -> Asymmetry: whether a worse answer than usual costs more than a better one brings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Note, Result
from voc.drivers import models
from voc.drivers.data import EACH_PARAMETER, Answers, answers_of
from voc.ingest import Survey
from voc.score.nps import LEVEL
from voc.stats import Floats

FEWEST_A_SIDE = 10
HIGH = 7.0  # average score from which the 0-10 scale can run out
SIDES = ("loss", "gain")
FACTS = (*(f"{s}{w}" for s in (*SIDES, "asymmetry") for w in ("", "_low", "_high")), "gap_low", "gap_high", "chance", "p")
EVEN = 0.25  # of the sum of both: smaller differences are no difference to act on
LOSES, GAINS, SAME, RUNS_OUT, UNKNOWN = "loses more than it gains", "gains more than it loses", "even", "the scale runs out", "cannot tell"
UNEVEN = {
    LOSES: "One step below the usual answer goes with a larger loss than one step above goes with a gain",
    GAINS: "One step above the usual answer goes with a larger gain than one step below goes with a loss",
}


@dataclass(frozen=True, repr=False)
class Asymmetry(Result):
    """What one step below and one step above the usual answer go with.

    Attributes:
        frame: one row per question, the largest loss first: `question`, `wording`, `usual` (the usual answer), `below` and `above` (answers
            on each side), `loss` (how much lower the 0-10 answer is for one step below it, other questions equal) and `gain` (how much
            higher for one step above it), each with `_low` and `_high`; `asymmetry` ((gain - loss) / (gain + loss) on the scale of the
            ordered logit: -1 all loss, 1 all gain) with `_low`, `_high`; `chance` (0..1 that the loss is larger on that scale),
            `adjusted_p`, `verdict`. Missing where fewer than 10 answered on a side, or the scale has two answers only.
        n: answers.
        level: confidence level.
        label: which answers.
        controls: what was held constant.
    """

    frame: pd.DataFrame
    n: int
    level: float
    label: str
    controls: tuple[str, ...] = ()
    behind_chart = True

    @property
    def headline(self) -> str:
        """Which questions lose more than they gain, or the other way round."""
        parts = []
        for verdict, words in UNEVEN.items():
            rows = self.frame[self.frame["verdict"] == verdict]
            if len(rows):
                named = [f"“{r.wording}” ({display.number(r.loss, 2)} down, {display.number(r.gain, 2)} up)" for r in display.rows(rows.head(3))]
                parts.append(f"{words}, on the 0-10 scale: {display.listed(named)}.")
        runs = self.frame.loc[self.frame["verdict"] == RUNS_OUT, "wording"].tolist()
        if runs:
            parts.append(f"For “{runs[0]}” the loss looks larger, but near its top the scale runs out, which alone can make it look so.")
        if parts:
            return " ".join(parts)
        return f"No question clearly loses more than it gains ({display.plural(self.n, 'answer')}, {self.label})."

    def to_frame(self) -> pd.DataFrame:
        """One row per question."""
        return self.frame

    def _caption(self) -> str:
        held = f", {display.listed(list(self.controls))} held constant" if self.controls else ""
        return f"How far the 0-10 answer moves with one step below and above the usual answer, the other questions equal{held}, {self.label}."

    def _columns(self) -> list[Column]:
        return [
            Column("wording", "Question"),
            Column("usual", "Usual answer", "number"),
            Column("loss", "One step below goes with a loss of", "number"),
            Column("loss_low", "Low to high", "range_number", "loss_high"),
            Column("gain", "One step above goes with a gain of", "number"),
            Column("gain_low", "Low to high", "range_number", "gain_high"),
            Column("chance", "Chance that the loss is larger", "share"),
            Column("verdict", "Verdict"),
        ]


def asymmetry(survey: Survey, *, weighted: bool = False, level: float = LEVEL) -> Asymmetry | Note:
    """Compare what a worse and a better answer than usual go with, all questions in one model.

    Args:
        survey: the answers.
        weighted: weight each answer with the survey's own weights.
        level: confidence level; one minus the rate at which any question is called uneven where all are even.

    Returns:
        Asymmetry, or a Note that says why there is none.

    Notes:
        Each question has two slopes, for the steps below and above the usual answer (the median, never an end of the scale), by least squares
        on the 0-10 answer. There even an effect without any asymmetry looks lopsided near the top of the scale, so a verdict also needs
        different slopes in an ordered logit of the same answer (Benjamini-Hochberg over questions); a difference without that is called "the
        scale runs out". "Even": the interval of the asymmetry lies within a quarter.
        Errors are linearised and allow for weights and repeat customers.

    References:
        Brandt 1987 (penalty-reward contrast); Matzler & Hinterhuber 1998, Technovation 18:25; McCullagh 1980, JRSS B 42:109.
    """
    answers = answers_of(survey, weighted=weighted)
    return answers if isinstance(answers, Note) else uneven(answers, level=level)


def uneven(answers: Answers, *, level: float = LEVEL) -> Asymmetry | Note:
    """`asymmetry` for answers that are numbers already."""
    pieces, usual = models.two_sided(answers)
    scored = models.coded(answers, pieces)
    if few := answers.too_few(EACH_PARAMETER * scored.columns.shape[1]):
        return few
    model = models.ordinal(scored)
    moved, influence = models.least_squares(scored)
    k = len(model.coefficients)
    cover, latent = scored.table.covariance(influence), scored.table.covariance(model.influence[:, :k], k + len(model.cuts))
    rows = []
    for question in answers.questions:
        given = answers.ratings[question.name].to_numpy()
        below, above = int((given < usual[question.name]).sum()), int((given > usual[question.name]).sum())
        row = {"question": question.name, "wording": question.wording, "usual": usual[question.name], "below": below, "above": above}
        row["enough"] = min(below, above) >= FEWEST_A_SIDE and model.converged and len(scored.at[question.name]) == len(SIDES)
        at = np.array(scored.at[question.name])
        row |= _sides(moved, cover, at, level) | _latent(model.coefficients, latent, at, level) if row["enough"] else dict.fromkeys(FACTS, np.nan)
        rows.append(row)
    frame = pd.DataFrame(rows)
    frame["adjusted_p"] = stats.benjamini_hochberg(frame["p"])
    frame[["below", "above"]] = frame[["below", "above"]].where(lambda n: (n == 0) | (n >= FEWEST_A_SIDE))
    frame["verdict"] = _verdicts(frame, level, near_top=float(np.average(answers.score, weights=answers.mass)) > HIGH)
    frame = frame.sort_values(["loss", "wording"], ascending=[False, True], ignore_index=True).drop(columns=["p", "enough", "gap_low", "gap_high"])
    return Asymmetry(frame, len(answers.score), level, answers.label, answers.held)


def _sides(moved: Floats, cover: Floats, at: Floats, level: float) -> dict[str, float]:
    """Loss below and gain above, and their difference, with ranges."""
    z, (below, above) = stats.z_value(level), at.astype(int)
    out: dict[str, float] = {}
    for name, column in (("loss", below), ("gain", above)):
        half = z * np.sqrt(max(cover[column, column], 0))
        out |= {name: moved[column], f"{name}_low": moved[column] - half, f"{name}_high": moved[column] + half}
    gap = moved[below] - moved[above]
    half = z * np.sqrt(max(cover[below, below] + cover[above, above] - 2 * cover[below, above], 0))
    return out | {"gap_low": gap - half, "gap_high": gap + half}


def _latent(beta: Floats, cover: Floats, at: Floats, level: float) -> dict[str, float]:
    """Asymmetry on the scale of the ordered logit: its test, and its range (Fieller is not needed: an unclear sum is "cannot tell")."""
    below, above = at.astype(int)
    pair = np.ix_([below, above], [below, above])
    loss, gain = beta[below], beta[above]
    apart = np.array([1.0, -1.0])
    error = float(np.sqrt(max(float(apart @ cover[pair] @ apart), 1e-300)))
    total, z = loss + gain, stats.z_value(level)
    ratio = (gain - loss) / total if total != 0 else np.nan
    slope = np.array([-2 * gain, 2 * loss]) / total**2 if total != 0 else np.zeros(2)
    half = z * float(np.sqrt(max(slope @ cover[pair] @ slope, 0)))
    sum_low = total - z * float(np.sqrt(max(float(cover[pair].sum()), 0)))
    clear = sum_low > 0
    test = (loss - gain) / error
    return {
        "asymmetry": ratio if clear else np.nan, "asymmetry_low": ratio - half if clear else np.nan,
        "asymmetry_high": ratio + half if clear else np.nan,
        "chance": float(stats.normal_above(-test)), "p": float(2 * stats.normal_above(abs(test))),
    }  # fmt: skip


def _verdicts(frame: pd.DataFrame, level: float, *, near_top: bool) -> Floats:
    """Uneven only where the 0-10 answer and the ordered logit agree."""
    sure = (frame["adjusted_p"] <= 1 - level) & frame["enough"]
    more, less = frame["gap_low"] > 0, frame["gap_high"] < 0
    both = near_top & frame["enough"] & more & (frame["loss_low"] > 0) & (frame["gain"] > 0)
    even = (frame["asymmetry_low"] > -EVEN) & (frame["asymmetry_high"] < EVEN)
    loses = sure & more & (frame["chance"] > 0.5) & (frame["loss_low"] > 0)
    gains = sure & less & (frame["chance"] < 0.5) & (frame["gain_low"] > 0)
    return np.select([loses, gains, both, even & frame["enough"]], [LOSES, GAINS, RUNS_OUT, SAME], UNKNOWN)
