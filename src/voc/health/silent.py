"""Survey + its invitations -> how far those who did not answer could move the score, under an assumption that is always said with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from voc import display, schema
from voc.display import Column, Note, Result
from voc.health.asked import LEVEL, OPEN_DAYS, Response, invited, response, still_open, touchpoints
from voc.ingest import Survey
from voc.schema import VocError
from voc.score.nps import Nps, nps
from voc.score.raking import Raked, rake

APART = 20.0
UNKNOWN = "Nobody knows what they think."
NOT_SAID = "How far those who did not answer could move the score cannot be said."
NO_LIST = "There is no list of invitations, so how far those who did not answer could move the score cannot be said."


@dataclass(frozen=True, repr=False)
class Silent(Result):
    """How far those who were asked and did not answer could move the score.

    Attributes:
        frame: one row per case: `case` ("answered", "lower", "higher", "worst", "best", and "mix" where it can be told), `what` (the same in
            words), `silent` (the score that is assumed of the silent), `value` with `low`, `high`, all in points.
        score: the score of those who answered.
        rates: how many of those asked answered.
        apart: how much lower and higher than those who answered the silent are assumed to score, points with their sign.
        mix: the answers weighted to the touchpoints of the invitations; why they are not, where they are not.
        remarks: what to know about the share of the silent, one sentence each.
    """

    behind_chart = True

    frame: pd.DataFrame
    score: Nps
    rates: Response
    apart: tuple[float, float]
    mix: Raked | Note
    remarks: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        """How many of those asked answered, 0..1."""
        return float(self.rates.frame["rate"].iloc[-1])

    @property
    def band(self) -> tuple[float, float]:
        """Between which ends the score of all who were asked lies under the assumption, chance included; points."""
        cases = self.frame.set_index("case")
        return float(cases["low"]["lower"]), float(cases["high"]["higher"])

    @property
    def tipping(self) -> tuple[float, float]:
        """How much lower and higher the silent would have to score for the score to leave its own range, points; nan where they cannot."""
        share, s = 1 - self.rate, self.score
        if share <= 0:
            return float("nan"), float("nan")
        lower, higher = (s.low - s.value) / share, (s.high - s.value) / share
        return (lower if s.value + lower > -100 else float("nan")), (higher if s.value + higher < 100 else float("nan"))

    @property
    def headline(self) -> str:
        """The assumption, what follows from it, and that it is one."""
        return " ".join([self.message, *([self.leaves] if self.rate < 1 else []), *self.remarks])

    @property
    def message(self) -> str:
        """The first part of the headline: what follows from the assumption."""
        if self.rate == 1:
            return f"Everybody who was asked answered ({self.score.label}), so the score of all is that of the answers: {self.score.span}."
        low, high = self.band
        assumed = f"If the {display.share(1 - self.rate)} who did not answer ({self.score.label}) scored {self.assumption}"
        follows = f"the score of all who were asked would lie between {display.points(low)} and {display.points(high)}"
        return f"{assumed}, {follows}. {UNKNOWN}"

    @property
    def assumption(self) -> str:
        """How the silent are assumed to score, in words."""
        low, high = self.apart
        if low == high:
            return f"{_apart(low)} than those who did" if low else "like those who did"
        if low == -high:
            return f"up to {_points(high)} lower or higher than those who did"
        if low == 0 or high == 0:
            return f"up to {_apart(low or high)} than those who did"
        return f"between {_apart(low)} and {_apart(high)} than those who did"

    @property
    def leaves(self) -> str:
        """The score of those who answered, and how different the silent would have to be for the score of all to leave its range."""
        own = f"Those who did answer score {self.score.span}; the score of all"
        ends = [_apart(d) for d in self.tipping if not np.isnan(d)]
        if not ends:
            return f"{own} would stay within that range whatever the others think."
        return f"{own} would leave that range if the others scored more than {' or '.join(ends)}."

    @property
    def weighted(self) -> str:
        """The score weighted to the touchpoints of the invitations, or why it is not."""
        if isinstance(self.mix, Note):
            return self.mix.headline
        instead = display.points(self.score.value)
        return f"Weighted to the touchpoints of the invitations, the score of those who answered is {self.mix.after.span} instead of {instead}."

    def to_frame(self) -> pd.DataFrame:
        """One row per case."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return self.frame.drop_duplicates("what")

    def _caption(self) -> str:
        share = f"{display.share(1 - self.rate)} of those asked did not answer. {UNKNOWN} " if self.rate < 1 else ""
        return f"The score of all who were asked, by what those who did not answer may think, {self.score.label}. {share}{self.weighted}"

    def _columns(self) -> list[Column]:
        return [
            Column("what", "Whose score"),
            Column("silent", "Assumed score of those who did not answer", "points"),
            Column("value", "Score", "points"),
            Column("low", "Low to high", "range", "high"),
        ]


def silent(survey: Survey, *, by: str = "touchpoint", apart: float | Sequence[float] = APART, level: float = LEVEL) -> Silent | Note:
    """How far those who did not answer could move the score.

    Args:
        survey: a survey with invitations.
        by: "touchpoint" or "month", for the response rates; months where the list of invitations does not say the touchpoint.
        apart: how much lower and higher than those who answered the silent may score, points: one number for both, or a pair with signs,
            such as (-30, 10).
        level: confidence level.

    Raises:
        VocError: `by` is something else, or `apart` is not between -200 and 200, the lower end first.

    Notes:
        The score of all who were asked is rate * score + (1 - rate) * (score + d). Nothing in the answers tells d, so it is assumed to lie
        anywhere within `apart`; d is smaller where score + d would leave -100 to 100. Each end of the band takes the same end of the score's
        interval, so the band holds the score of all for any such d at least as often as the interval does. The cases "worst" and "best" assume
        nothing (Manski's bounds). The rate is that of the invitations of this part, and all answers of this part stand for those who answered.

    References:
        Manski 1989, Journal of Human Resources 24:343; Rubin 1977, JASA 72:538; Imbens & Manski 2004, Econometrica 72:1845.
    """
    pair = _pair(apart)
    found = _asked(survey, by, level)
    if isinstance(found, Note):
        return found
    asked, rates = found
    score, mix = nps(survey, level=level), _mix(survey, asked, level)
    return Silent(_cases(score, float(rates.frame["rate"].iloc[-1]), pair, mix), score, rates, pair, mix, _remarks(survey, asked, rates))


def _asked(survey: Survey, by: str, level: float) -> tuple[pd.DataFrame, Response] | Note:
    """The invitations of this part and how many were answered; a sentence where too little is known to go on."""
    rates, asked = response(survey, by=by, level=level), invited(survey)
    if isinstance(asked, Note):
        return Note(NO_LIST) if survey.invitations is None else asked
    if schema.TOUCHPOINT not in asked:
        rates = response(survey, by="month", level=level)
    if isinstance(rates, Note):
        return rates
    n, rate = len(survey.answers), rates.frame["rate"].iloc[-1]
    if n < schema.MIN_ANSWERS:
        few = f"{display.plural(n, 'answer')} ({survey.label}): too few"
        return Note(f"{few} to say how far those who did not answer could move the score, which takes {schema.MIN_ANSWERS}.")
    if np.isnan(rate):
        return Note(f"{rates.short} {NOT_SAID}")
    if rate == 0:
        return Note(f"None of the invitations ({survey.label}) led to one of the answers. {NOT_SAID}")
    return asked, rates


def _pair(apart: float | Sequence[float]) -> tuple[float, float]:
    ends = (-apart, apart) if isinstance(apart, float | int) else tuple(apart)
    if len(ends) != 2 or not -200 <= ends[0] <= ends[1] <= 200:
        raise VocError(f"apart must be points from 0 to 200, or a pair with signs and the lower end first, such as (-30, 10); found {apart}")
    return float(ends[0]), float(ends[1])


def _cases(score: Nps, rate: float, apart: tuple[float, float], mix: Raked | Note) -> pd.DataFrame:
    """Estimate and both ends of the score -> the score of all who were asked, in each case."""
    ends = np.array([score.value, score.low, score.high])

    def asked(of_silent: float | np.ndarray) -> np.ndarray:
        total: np.ndarray = rate * ends + (1 - rate) * of_silent
        return total

    lower, higher = (np.clip(ends + d, -100, 100) for d in apart)
    everyone = "All who were asked, if those who did not answer"
    rows = [
        ("answered", "Those who answered", np.nan, ends),
        ("lower", f"{everyone} scored {_apart(apart[0])}", lower[0], asked(lower)),
        ("higher", f"{everyone} scored {_apart(apart[1])}", higher[0], asked(higher)),
        ("worst", f"{everyone} were all detractors", -100.0, asked(-100.0)),
        ("best", f"{everyone} were all promoters", 100.0, asked(100.0)),
    ]
    if isinstance(mix, Raked):
        weighted = np.array([mix.after.value, mix.after.low, mix.after.high])
        rows.append(("mix", "Those who answered, weighted to the touchpoints of the invitations", np.nan, weighted))
    return pd.DataFrame([(case, what, of, *values) for case, what, of, values in rows], columns=["case", "what", "silent", "value", "low", "high"])


def _mix(survey: Survey, asked: pd.DataFrame, level: float) -> Raked | Note:
    """The answers weighted to the touchpoints of the invitations, where each has enough of both."""
    what = "the score is not weighted to the touchpoints of the invitations"
    if schema.TOUCHPOINT not in asked:
        return Note(f"The list of invitations does not say for which touchpoint they were, so {what}.")
    places, own = touchpoints(survey, asked[asked["sent"]])
    sent, have = places.value_counts().sort_index(), own.value_counts().sort_index()
    if alone := [str(v) for v in have.index if v not in sent.index]:
        return Note(f"There are answers but no invitations for {_some(alone)}, so {what}.")
    if len(sent) < 2:
        return Note(f"All invitations are for one touchpoint ({sent.index[0]}), so there is no mix to weight to.")
    # From the two scores and the shares, a reader could work out the score of a single small touchpoint.
    if few := [str(v) for v in sent.index if have.get(v, 0) < schema.MIN_ANSWERS]:
        return Note(f"There are fewer than {schema.MIN_ANSWERS} answers for {_some(few)}, so {what}.")
    named = replace(survey, answers=survey.answers.assign(**{schema.TOUCHPOINT: own.astype("str")}))
    return rake(named, {schema.TOUCHPOINT: {str(v): float(n) for v, n in sent.items()}}, level=level)


def _remarks(survey: Survey, asked: pd.DataFrame, rates: Response) -> tuple[str, ...]:
    """What to know about the share of those who did not answer."""
    if rates.until is None:
        return rates.remarks
    more = []
    if rates.by != "month" and len(still_open(survey, asked, rates.until)):
        more.append(f"Invitations of the last {OPEN_DAYS} days may still be answered, so the share who did not answer is not final.")
    others = len(survey.answers) - int(rates.frame["answered"].iloc[-1])
    if others > 0:
        came = f"{display.plural(others, 'answer')} came without one of these invitations"
        more.append(f"{came} and {'counts' if others == 1 else 'count'} in the score of those who answered.")
    return (*more, *rates.remarks)


def _some(names: list[str]) -> str:
    return display.listed([*names[:3], *([f"{len(names) - 3} more"] if len(names) > 3 else [])])


def _points(apart: float) -> str:
    return f"{display.number(abs(apart), 0 if float(apart).is_integer() else 1)} {'point' if abs(apart) == 1 else 'points'}"


def _apart(apart: float) -> str:
    return f"{_points(apart)} {'lower' if apart < 0 else 'higher'}" if apart else "the same"
