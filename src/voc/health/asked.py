"""Survey + its invitations -> how many of those asked answered, and how many got no invitation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, schema, stats
from voc.display import Column, Note, Result
from voc.health.part import folded, inside, unknown_column
from voc.ingest import Survey
from voc.schema import VocError

LEVEL = 0.95
NOT_STATED = "(not stated)"
NO_INVITATIONS = (
    "There is no list of invitations, so how many were asked and how many answered cannot be said. "
    "Add an [invitations] section to survey.toml to see it."
)
ALL_COUNTED = "so every answer is counted, whichever invitation led to it."


@dataclass(frozen=True, repr=False)
class Response(Result):
    """How many of those asked answered.

    Attributes:
        frame: one row per group, the total last: `group`, `contacts`, `suppressed`, `sent`, `answered`, `rate` with `low`, `high` (0..1;
            missing below ten invitations and where there are more answers than invitations).
        by: what the groups are: "touchpoint" or "month".
        label: which invitations.
        remarks: what to know about the count of answers, one sentence each.
    """

    frame: pd.DataFrame
    by: str
    label: str
    remarks: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """The rate over all, and what was suppressed."""
        total = self.frame.iloc[-1]
        answered, sent = display.count(total["answered"]), display.plural(total["sent"], "invitation")
        if total["answered"] > total["sent"]:
            words = f"{display.plural(total['answered'], 'answer')} and {sent}, {self.label}"
        else:
            words = f"{answered} of {sent} were answered{_percent(total['rate'])}, {self.label}"
        if total["suppressed"]:
            left = total["suppressed"] / total["contacts"] if total["contacts"] >= schema.MIN_ANSWERS else np.nan
            words += f"; {display.plural(total['suppressed'], 'contact')}{_percent(left)} got no invitation"
        return f"{words}."

    @property
    def headline(self) -> str:
        """The rate over all, what was suppressed, and after which touchpoints most and fewest answer."""
        groups = self.frame.iloc[:-1].dropna(subset="rate").sort_values(["rate", "group"])
        groups = groups[groups["group"] != NOT_STATED]
        words = [self.short]
        if self.by == "touchpoint" and len(groups) > 1:
            least, most = groups.iloc[0], groups.iloc[-1]
            words.append(
                f"Fewest answer after {least['group']} ({display.share(least['rate'])}), most after {most['group']} ({display.share(most['rate'])})."
            )
        return " ".join([*words, *self.remarks])

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
            Column("answered", "Answered", "count"),
            Column("rate", "Response rate", "share"),
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
        survey's answers count, each once, at its first invitation. Otherwise the survey's answers of the same months are counted.
    """
    if by not in ("touchpoint", "month"):
        raise VocError(f'by must be "touchpoint" or "month"; found "{by}"')
    if survey.invitations is None:
        return Note(NO_INVITATIONS if by == "touchpoint" else "Nor can it be said month by month.")
    if column := unknown_column(survey):
        return Note(f"The list of invitations does not say the {column}, so how many of those asked answered cannot be said for {survey.label}.")
    asked = survey.invitations[inside(survey, survey.invitations)].reset_index(drop=True)
    if asked.empty:
        return Note(f"The list of invitations holds none for {survey.label}.")
    if by == "touchpoint" and by not in asked:
        return Note("The list of invitations does not say for which touchpoint they were.")
    group, own = _touchpoints(survey, asked) if by == "touchpoint" else (_months(asked), _months(survey.answers))
    hit, remarks = _answered(survey, asked)
    answered = own.value_counts() if hit is None else hit.groupby(group).sum()
    sent = asked["sent"].groupby(group).sum()
    counts = pd.DataFrame({"contacts": group.value_counts(), "sent": sent, "answered": answered}).fillna(0).astype(int).sort_index()
    table, more = _rates(counts, level)
    return Response(table, by, survey.label, (*more, *remarks))


def _months(frame: pd.DataFrame) -> pd.Series:
    months: pd.Series = frame["date"].dt.strftime("%Y-%m")
    return months


def _touchpoints(survey: Survey, asked: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Touchpoints of invitations and answers under one spelling, the survey's commonest; "(not stated)" where they are blank."""
    names = {"": NOT_STATED}
    own = survey.answers.get(schema.TOUCHPOINT, pd.Series("", index=survey.answers.index))
    for column in (own, asked[schema.TOUCHPOINT]):
        for text in column.value_counts().sort_index().sort_values(ascending=False, kind="stable").index:
            names.setdefault(str(text).strip().casefold(), str(text).strip())
    return folded(asked[schema.TOUCHPOINT]).map(names), folded(own).map(names)


def _answered(survey: Survey, asked: pd.DataFrame) -> tuple[pd.Series | None, tuple[str, ...]]:
    """Which invitations led to one of the survey's answers, each answer once; None where the list does not say. And what to know about it."""
    whole = survey.invitations
    if whole is None or schema.RESPONSE_ID not in whole:
        return None, ()
    if not whole[schema.RESPONSE_ID].isin(survey.history[schema.RESPONSE_ID]).any():
        why = "are not the survey's" if (whole[schema.RESPONSE_ID] != "").any() else "are all blank"
        return None, (f"The response ids in the list of invitations {why}, {ALL_COUNTED}",)
    named = asked[asked["sent"] & (asked[schema.RESPONSE_ID] != "")]
    first = named.sort_values("date", kind="stable").drop_duplicates(schema.RESPONSE_ID)[schema.RESPONSE_ID]
    kept = first.isin(survey.answers[schema.RESPONSE_ID])
    hit = pd.Series(False, index=asked.index)
    hit[kept.index[kept]] = True
    strange = int((~kept).sum())
    if not strange:
        return hit, ()
    name = "names an answer that is" if strange == 1 else "name answers that are"
    why = "set aside, or given at another time or touchpoint"
    return hit, (f"{display.plural(strange, 'more invitation')} {name} not among these ({survey.label}): {why}.",)


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
