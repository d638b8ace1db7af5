"""Survey + its invitations -> response rates, suppressed invitations, and whether anybody was asked twice within 30 days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, schema, stats
from voc.display import Column, Note, Result
from voc.ingest import Survey
from voc.schema import VocError

RULE_DAYS = 30
LEVEL = 0.95
NO_INVITATIONS = (
    "There is no list of invitations, so how many were asked and how many answered cannot be said. "
    "Add an [invitations] section to survey.toml to see it."
)


@dataclass(frozen=True, repr=False)
class Response(Result):
    """How many of those asked answered.

    Attributes:
        frame: one row per group, the total last: `group`, `contacts`, `suppressed`, `sent`, `answered`, `rate` with `low`, `high` (0..1).
        by: what the groups are: "touchpoint" or "month".
        label: which invitations.
    """

    frame: pd.DataFrame
    by: str
    label: str

    @property
    def headline(self) -> str:
        """The rate over all, and what was suppressed."""
        total = self.frame.iloc[-1]
        sent = display.plural(total["sent"], "invitation")
        words = f"{display.count(total['answered'])} of {sent} were answered ({display.share(total['rate'])}), {self.label}"
        if total["suppressed"]:
            left = display.share(total["suppressed"] / total["contacts"])
            words += f"; {display.plural(total['suppressed'], 'contact')} ({left}) got no invitation"
        groups = self.frame.iloc[:-1].dropna(subset="rate").sort_values(["rate", "group"])
        if self.by == "touchpoint" and len(groups) > 1:
            least, most = groups.iloc[0], groups.iloc[-1]
            words += f". Fewest answer after {least['group']} ({display.share(least['rate'])})"
            words += f", most after {most['group']} ({display.share(most['rate'])})"
        return f"{words}."

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
        Invitations count in the month in which they were sent. Where they name the response they led to, those with one are the
        answered ones; otherwise the survey's answers of the same months are counted.
    """
    if by not in ("touchpoint", "month"):
        raise VocError(f'by must be "touchpoint" or "month"; found "{by}"')
    asked = survey.invitations
    if asked is not None and survey.since is not None:
        asked = asked[asked["date"] >= survey.since]
    if asked is None or asked.empty:
        return Note(NO_INVITATIONS if by == "touchpoint" else "Nor can it be said month by month.")
    if by == "touchpoint" and by not in asked:
        return Note("The list of invitations does not say for which touchpoint they were.")
    group = asked["touchpoint"] if by == "touchpoint" else asked["date"].dt.strftime("%Y-%m")
    counts = pd.DataFrame({"contacts": group.groupby(group).size(), "sent": asked["sent"].groupby(group).sum()})
    if schema.RESPONSE_ID in asked:
        counts["answered"] = (asked["sent"] & (asked[schema.RESPONSE_ID] != "")).groupby(group).sum()
    else:
        own = survey.answers["date"].dt.strftime("%Y-%m") if by == "month" else survey.answers.get("touchpoint", pd.Series(dtype="str"))
        counts["answered"] = own.value_counts().reindex(counts.index).fillna(0)
    table = counts.reset_index(names="group")
    table = pd.concat([table, pd.DataFrame([{"group": "All", **counts.sum()}])], ignore_index=True)
    table["suppressed"] = table["contacts"] - table["sent"]
    rate = table["answered"] / table["sent"].where(table["sent"] > 0)
    table["rate"] = rate.where(rate <= 1)
    sent = table["sent"].to_numpy(dtype=float)
    low, high = stats.wilson(np.minimum(table["answered"].to_numpy(dtype=float), sent), sent, level=level)
    return Response(table.assign(low=low, high=high), by, survey.label)


@dataclass(frozen=True, repr=False)
class ContactRule(Result):
    """Whether the rule was kept that nobody is asked twice within some days.

    Attributes:
        frame: one row per month: `month`, `asked` (invitations, or answers where there is no list), `too_soon` (those that came less than
            `days` days after the customer's last one), `customers` (to whom it happened).
        days: the rule.
        shortest: the shortest time between two, in days; nan when nobody was asked twice.
        cases: one row per invitation that came too soon: `customer` (hashed), `date`, `days` since the last one, `response_id` where known.
        from_invitations: the list of invitations was looked at; otherwise only the answers, which show less.
        label: which time.
    """

    frame: pd.DataFrame
    days: int
    shortest: float
    cases: pd.DataFrame
    from_invitations: bool
    label: str

    @property
    def headline(self) -> str:
        """Kept, or broken how often."""
        broken, total = int(self.frame["too_soon"].sum()), int(self.frame["asked"].sum())
        what = "invitation" if self.from_invitations else "answer"
        seen = "" if self.from_invitations else " Only answers can be looked at: there is no list of invitations."
        if not broken:
            among = f"among {display.count(total)} ({self.label})"
            return f"The {self.days}-day rule was kept: no customer has two {what}s within {self.days} days, {among}.{seen}"
        return (
            f"The {self.days}-day rule was broken: {display.count(broken)} of {display.plural(total, what)} came within {self.days} days of the "
            f"customer's last one ({self.label}); the shortest time between two is {display.plural(self.shortest, 'day')}.{seen}"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per month."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return self.frame[self.frame["too_soon"] > 0]

    def _caption(self) -> str:
        return f"{'Invitations' if self.from_invitations else 'Answers'} and the {self.days}-day rule, {self.label}"

    def _columns(self) -> list[Column]:
        return [
            Column("month", "Month"),
            Column("asked", "Invitations" if self.from_invitations else "Answers", "count"),
            Column("too_soon", f"Within {self.days} days of the last", "count"),
            Column("customers", "Customers concerned", "count"),
        ]


def contact_rule(survey: Survey, *, days: int = RULE_DAYS) -> ContactRule | Note:
    """Audit the rule that nobody is asked twice within `days` days, from the data itself.

    Args:
        survey: with invitations (those sent are looked at) or at least customer ids.
        days: two contacts fewer than this many days apart break the rule.
    """
    asked = survey.invitations
    listed = asked is not None and schema.CUSTOMER in asked
    if listed and asked is not None:
        contacts = asked[asked["sent"]]
    elif schema.CUSTOMER in survey.answers:
        contacts = survey.answers
    else:
        return Note(f"Without customer ids nobody can say whether the {days}-day rule was kept.")
    columns = [c for c in (schema.CUSTOMER, "date", schema.RESPONSE_ID) if c in contacts]
    known = contacts.loc[contacts[schema.CUSTOMER] != "", columns].sort_values([schema.CUSTOMER, "date"], kind="stable")
    gap = known["date"].dt.normalize().groupby(known[schema.CUSTOMER]).diff().dt.days
    if survey.since is not None:  # the contacts before this part only say how long ago the last one was
        known, gap = known[known["date"] >= survey.since], gap[known["date"] >= survey.since]
    soon = gap < days
    month = known["date"].dt.strftime("%Y-%m")
    table = pd.DataFrame({"asked": month.groupby(month).size(), "too_soon": soon.groupby(month).sum()})
    table["customers"] = known[soon].groupby(month[soon])[schema.CUSTOMER].nunique().reindex(table.index).fillna(0)
    cases = known.assign(days=gap)[soon].astype({"days": int}).sort_values(["date", schema.CUSTOMER], ignore_index=True)
    return ContactRule(table.astype(int).reset_index(names="month"), days, float(gap.min()), cases, listed, survey.label)
