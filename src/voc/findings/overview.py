"""Survey + month -> how we are doing: the score with its range, and what changed."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from voc import display, schema
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import TOUCHPOINT
from voc.score import Bridge, Change, GroupTrends, Nps, bridge, change, nps, trend_by

MONTHS = 14  # looked at to say what is usual


@dataclass(frozen=True, repr=False)
class Overview(Result):
    """How we are doing.

    Attributes:
        score: the month's score.
        since_last: the change since the month (or year) before.
        since_last_year: the change since the same month a year before; None for a whole year.
        parts: what the change since the month before is made of, by touchpoint; None without touchpoints.
        places: whether a touchpoint is unusual for itself, over the last fourteen months; None for a whole year and without touchpoints.
    """

    score: Nps
    since_last: Change
    since_last_year: Change | None
    parts: Bridge | None
    places: GroupTrends | None = None

    @property
    def headline(self) -> str:
        """Score, which touchpoint is unusual, change and what the change is made of, in up to six sentences."""
        if self.score.n < schema.MIN_ANSWERS:
            have = f"There {'is' if self.score.n == 1 else 'are'} only {display.plural(self.score.n, 'answer')} for {self.score.label}"
            return f"{have}; a score is shown from {schema.MIN_ANSWERS} on."
        return " ".join(self._sentences())

    def _sentences(self) -> list[str]:
        """The sentences one by one, the score first."""
        sentences = [self.score.headline, self.places.odd if self.places else ""]
        sentences.append(self.parts.headline if self.parts and self._mix_matters() else self.since_last.headline)
        if self.since_last_year and self.since_last_year.before.n:
            sentences.append(f"Against a year before: {self.since_last_year.headline[0].lower()}{self.since_last_year.headline[1:]}")
        sentences.append(self.since_last.sensitivity)
        return [s for s in sentences if s]

    def _mix_matters(self) -> bool:
        """Whether a clear change of the mix, or a clear change of the score, calls for the split."""
        parts = self.parts
        return bool(parts and (parts.mix_matters or self.since_last.verdict in ("rose", "fell")))

    def to_frame(self) -> pd.DataFrame:
        """The score's numbers and both changes, one row each."""
        rows = [{"what": self.score.label, "n": self.score.n, "value": self.score.value, "low": self.score.low, "high": self.score.high}]
        for step in (self.since_last, self.since_last_year):
            if step is not None and step.before.n >= schema.MIN_ANSWERS:
                rows.append(
                    {
                        "what": f"Change since {step.before.label}",
                        "n": step.before.n,
                        "value": step.value,
                        "low": step.low,
                        "high": step.high,
                    }
                )
        return pd.DataFrame(rows)

    def _columns(self) -> list[Column]:
        return [
            Column("what", "What"),
            Column("n", "Answers then", "count"),
            Column("value", "Points", "points"),
            Column("low", "Low to high", "range", "high"),
        ]

    def _repr_html_(self) -> str:
        label = f"Net Promoter Score, {self.score.label}"
        if self.score.n < schema.MIN_ANSWERS:
            return display.headline(self.headline)
        big = display.points(self.score.value)
        of = (self.score.promoters, self.score.passives, self.score.detractors)
        bands = zip(of, ("promoters", "passives", "detractors"), strict=True)
        shares = display.listed([f"{display.share(k / self.score.n)} {name}" for k, name in bands])
        base = display.plural(self.score.n, "answer")
        sentence = f"{display.interval(self.score.low, self.score.high)} (low to high), {base}{self.score.worth}: {shares}"
        top = display.render("score", value=big, label=label, sentence=sentence)
        return top + display.render("sentences", sentences=self._sentences()[1:]) + display.table(self.to_frame(), self._columns())


def overview(survey: Survey, month: str | int, *, weighted: bool = False) -> Overview:
    """The month's score, and how it compares with the month before and the year before.

    Args:
        survey: the answers up to and including the month.
        month: "2026-09", or a year.
        weighted: weight each answer with the survey's own weights.

    Raises:
        VocError: there are no answers in the month, or no weights to use.
    """
    now, before = survey.month(month), survey.before(month)
    yearly = schema.parse_period(month).freqstr.startswith("Y")
    year_ago = None if yearly else change(survey.before(month, periods=12), now, weighted=weighted)
    split = bridge(before, now, by=TOUCHPOINT, weighted=weighted) if TOUCHPOINT in survey.answers and len(before.answers) else None
    recent = None if yearly else trend_by(survey.window(month, months=MONTHS), weighted=weighted)
    places = recent if isinstance(recent, GroupTrends) else None
    return Overview(nps(now, weighted=weighted), change(before, now, weighted=weighted), year_ago, split, places)
