"""Survey + its invitations -> how many of those asked answered, and how many got no invitation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, schema, stats
from voc.display import Column, Note, Result
from voc.ingest import Survey, folded, inside, unknown_column
from voc.schema import VocError

LEVEL = 0.95
NOT_STATED = "(not stated)"
NO_INVITATIONS = (
    "There is no list of invitations, so how many were asked and how many answered cannot be said. "
    "Add an [invitations] section to survey.toml to see it."
)
ALL_COUNTED = "so every answer is counted, whichever invitation led to it."
OPEN_DAYS = 30  # an invitation may still be answered for so long


@dataclass(frozen=True, repr=False)
class Response(Result):
    """How many of those asked answered.

    Attributes:
        frame: one row per group, the total last: `group`, `contacts`, `suppressed`, `sent`, `answered`, `rate` with `low`, `high` (0..1;
            missing below ten invitations and where there are more answers than invitations).
        by: what the groups are: "touchpoint" or "month".
        label: which invitations.
        remarks: what to know about the count of answers, one sentence each.
        until: the last day looked at; answers that came later are not counted. None where the list does not say which invitation was
            answered: `answered` then holds the answers of the same time, and `rate` how many there are per invitation.
    """

    frame: pd.DataFrame
    by: str
    label: str
    remarks: tuple[str, ...] = ()
    until: pd.Timestamp | None = None

    @property
    def short(self) -> str:
        """The rate over all, what was suppressed, and what to know about both."""
        return " ".join([self._rate, *self.remarks])

    @property
    def headline(self) -> str:
        """The rate over all, what was suppressed, after which touchpoints most and fewest answer, and what to know about it."""
        return " ".join([self._rate, *self._ends, *self.remarks])

    @property
    def _rate(self) -> str:
        total = self.frame.iloc[-1]
        answers, sent = display.plural(total["answered"], "answer"), display.plural(total["sent"], "invitation")
        if self.until is not None:
            verb = "was" if total["sent"] == 1 else "were"
            words = f"{display.count(total['answered'])} of {sent} ({self.label}) {verb} answered by {_day(self.until)}{_percent(total['rate'])}"
        else:
            joined = "and" if total["answered"] > total["sent"] else "to"
            words = f"{answers} {joined} {sent}{_percent(total['rate'])}, {self.label}"
        if total["suppressed"]:
            left = total["suppressed"] / total["contacts"] if total["contacts"] >= schema.MIN_ANSWERS else np.nan
            words += f"; {display.plural(total['suppressed'], 'contact')}{_percent(left)} got no invitation"
        return f"{words}."

    @property
    def _ends(self) -> list[str]:
        """The touchpoints with the lowest and the highest rate, where their ranges lie apart."""
        groups = self.frame.iloc[:-1].dropna(subset="rate").sort_values(["rate", "group"])
        groups = groups[groups["group"] != NOT_STATED]
        if self.by != "touchpoint" or len(groups) < 2:
            return []
        least, most = groups.iloc[0], groups.iloc[-1]
        low, high = display.share(least["rate"]), display.share(most["rate"])
        if least["high"] >= most["low"]:
            return [f"The touchpoints do not clearly differ ({low} to {high})."]
        what = "answer" if self.until is not None else "answers per invitation"
        return [f"Fewest {what} after {least['group']} ({low}), most after {most['group']} ({high})."]

    def to_frame(self) -> pd.DataFrame:
        """One row per group, the total last."""
        return self.frame

    def _caption(self) -> str:
        return f"Invitations and answers per {self.by}, {self.label}"

    def _columns(self) -> list[Column]:
        contacts = [Column("contacts", "Contacts", "count"), Column("suppressed", "Not invited", "count")]
        return [
            Column("group", self.by.capitalize()),
            *(contacts if self.by == "touchpoint" else []),
            Column("sent", "Invited", "count"),
            Column("answered", "Answers" if self.until is None else "Answered", "count"),
            Column("rate", "Answers per invitation" if self.until is None else "Response rate", "share"),
            Column("low", "Low to high", "range_share", "high"),
        ]


def response(survey: Survey, *, by: str = "touchpoint", level: float = LEVEL) -> Response | Note:
    """Response rate per touchpoint or month.

    Args:
        survey: a survey with invitations.
        by: "touchpoint" or "month".
        level: confidence level of the rates (Wilson's interval).

    Raises:
        VocError: `by` is something else.

    Notes:
        Invitations count in the month in which they were sent. Where they name the responses they led to, those that are among the
        survey's answers count, each once, at its first invitation, in whichever month of this part it came; answers after its end are
        not read, so the rates of the last thirty days are not final. Otherwise the survey's answers of the same months are counted.
    """
    if by not in ("touchpoint", "month"):
        raise VocError(f'by must be "touchpoint" or "month"; found "{by}"')
    if survey.invitations is None:
        return Note(NO_INVITATIONS if by == "touchpoint" else "Nor can it be said month by month.")
    asked = invited(survey)
    if isinstance(asked, Note):
        return asked
    if by == "touchpoint" and by not in asked:
        return Note("The list of invitations does not say for which touchpoint they were.")
    return _counted(survey, asked, by, level)


def invited(survey: Survey) -> pd.DataFrame | Note:
    """The invitations of this part, those that were not sent included; a sentence where they cannot be told, or where there are none."""
    if survey.invitations is None:
        return Note(NO_INVITATIONS)
    if column := unknown_column(survey):
        return Note(f"The list of invitations does not say the {column}, so how many of those asked answered cannot be said for {survey.label}.")
    asked = survey.invitations[inside(survey, survey.invitations)].reset_index(drop=True)
    return Note(f"The list of invitations holds none for {survey.label}.") if asked.empty else asked


def _counted(survey: Survey, asked: pd.DataFrame, by: str, level: float) -> Response:
    """Invitations of this part -> how many of them were answered, per group."""
    group, own = touchpoints(survey, asked) if by == "touchpoint" else (_months(asked), _months(survey.answers))
    sent = asked["sent"].groupby(group).sum()
    until = None if (why := _unlinked(survey)) else _last_day(survey, asked)
    remarks: tuple[str, ...] = (f"{why}, {ALL_COUNTED}",)
    if until is None:
        answered = own.value_counts()
    else:
        hit, remarks = _answered(survey, asked, until)
        answered = hit.groupby(group).sum()
    counts = pd.DataFrame({"contacts": group.value_counts(), "sent": sent, "answered": answered}).fillna(0).astype(int).sort_index()
    table, more = _rates(counts, level)
    if by == "month" and until is not None:
        remarks = (*_not_final(survey, asked, until, table), *remarks)
    return Response(table, by, survey.label, (*more, *remarks), until)


def _months(frame: pd.DataFrame) -> pd.Series:
    months: pd.Series = frame["date"].dt.strftime("%Y-%m")
    return months


def touchpoints(survey: Survey, asked: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Touchpoints of invitations and answers under one spelling, the survey's commonest; "(not stated)" where they are blank."""
    names = {"": NOT_STATED}
    own = survey.answers.get(schema.TOUCHPOINT, pd.Series("", index=survey.answers.index))
    for column in (own, asked[schema.TOUCHPOINT]):
        for text in column.value_counts().sort_index().sort_values(ascending=False, kind="stable").index:
            names.setdefault(str(text).strip().casefold(), str(text).strip())
    return folded(asked[schema.TOUCHPOINT]).map(names), folded(own).map(names)


def _unlinked(survey: Survey) -> str:
    """Why the list of invitations does not say which of them were answered; "" when it does."""
    whole = survey.invitations
    if whole is None or schema.RESPONSE_ID not in whole:
        return "The list of invitations does not say which answers they led to"
    if whole[schema.RESPONSE_ID].isin(survey.history[schema.RESPONSE_ID]).any():
        return ""
    why = "are not the survey's" if (whole[schema.RESPONSE_ID] != "").any() else "are all blank"
    return f"The response ids in the list of invitations {why}"


def _last_day(survey: Survey, asked: pd.DataFrame) -> pd.Timestamp:
    """The last day looked at: the last of which there is an invitation of this part, or an answer of whichever group up to its end."""
    return pd.Timestamp(pd.concat([asked["date"], survey.history["date"]]).max()).normalize()


def _day(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%B %Y}"


def _answered(survey: Survey, asked: pd.DataFrame, until: pd.Timestamp) -> tuple[pd.Series, tuple[str, ...]]:
    """Which invitations led to one of the survey's answers, each answer once, and what to know about those whose answer is another."""
    named = asked[asked["sent"] & (asked[schema.RESPONSE_ID] != "")]
    first = named.sort_values("date", kind="stable").drop_duplicates(schema.RESPONSE_ID)[schema.RESPONSE_ID]
    kept = first.isin(survey.answers[schema.RESPONSE_ID])
    hit = pd.Series(False, index=asked.index)
    hit[kept.index[kept]] = True
    return hit, _elsewhere(survey, first[~kept], until)


def _elsewhere(survey: Survey, ids: pd.Series, until: pd.Timestamp) -> tuple[str, ...]:
    """How many invitations led to an answer that is not counted, and why it is not."""
    if ids.empty:
        return ()
    one, known = len(ids) == 1, int(ids.isin(survey.history[schema.RESPONSE_ID]).sum())
    late = f"given after {_day(until)}, " if survey.since is not None else ""
    why = [(len(ids) - known, f"{late}set aside or missing from the file"), (known, "given earlier or at another touchpoint")]
    who = [("the answer" if one else f"{display.count(n)} of these answers", n, words) for n, words in why if n]
    reasons = [f"{answers} {'was' if n == 1 else 'were'} {words}" for answers, n, words in who]
    what = "1 invitation names an answer that is" if one else f"{display.count(len(ids))} invitations name answers that are"
    counts = "it counts" if one else "they count"
    return (f"{what} not among those counted here ({survey.label}), so {counts} as not answered: {display.listed(reasons)}.",)


def _not_final(survey: Survey, asked: pd.DataFrame, until: pd.Timestamp, table: pd.DataFrame) -> tuple[str, ...]:
    """Which of the months with a rate have invitations that are not answered yet and were sent in the last thirty days."""
    shown = table.loc[table["rate"].notna(), "group"]
    months = [pd.Period(m, freq="M").strftime("%B %Y") for m in sorted(set(_months(still_open(survey, asked, until))) & set(shown))]
    if not months:
        return ()
    rates = f"the rate of {months[0]} is" if len(months) == 1 else f"the rates of {display.listed(months)} are"
    return (f"Invitations of the last {OPEN_DAYS} days may still be answered, so {rates} not final.",)


def still_open(survey: Survey, asked: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
    """The invitations of the thirty days before a day that are not answered yet."""
    waiting = asked["sent"] & ~asked[schema.RESPONSE_ID].isin(survey.answers[schema.RESPONSE_ID])
    still: pd.DataFrame = asked[waiting & (asked["date"].dt.normalize() > until - pd.Timedelta(days=OPEN_DAYS))]
    return still


def _rates(counts: pd.DataFrame, level: float) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Counts per group -> the table with its total and rates, and why there is no rate over all, where there is none."""
    table = counts.reset_index(names="group")
    over = table.loc[table["answered"] > table["sent"], "group"].tolist()
    table = pd.concat([table, pd.DataFrame([{"group": "All", **counts.sum()}])], ignore_index=True)
    table["suppressed"] = table["contacts"] - table["sent"]
    answered, sent = table["answered"].to_numpy(dtype=float), table["sent"].to_numpy(dtype=float)
    known = (sent >= schema.MIN_ANSWERS) & (answered <= sent)
    known[-1] &= not over
    low, high = stats.wilson(np.minimum(answered, sent), sent, level=level)
    for name, values in (("rate", answered / np.maximum(sent, 1)), ("low", low), ("high", high)):
        table[name] = np.where(known, values, np.nan)
    if over:
        where = display.listed([*over[:3], *([f"{len(over) - 3} more"] if len(over) > 3 else [])])
        return table, (f"There is no rate over all, because there are more answers than invitations for {where}.",)
    few = f"A rate is shown from {schema.MIN_ANSWERS} invitations on."
    return table, () if known[-1] else (few,)


def _percent(share: float) -> str:
    return "" if np.isnan(share) else f" ({display.share(share)})"
