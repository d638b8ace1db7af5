"""Survey + its invitations -> whether anybody was asked twice within 30 days, as far as the data can tell."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from voc import display, schema
from voc.display import Column, Note, Result
from voc.ingest import Survey, inside, unknown_column

RULE_DAYS = 30


@dataclass(frozen=True, repr=False)
class ContactRule(Result):
    """Whether the rule was kept that nobody is asked twice within some days.

    Attributes:
        frame: one row per month: `month`, `asked` (invitations, or answers where there is no list, of known customers), `too_soon` (those
            that came less than `days` days after the customer's last one), `customers` (to whom it happened).
        days: the rule.
        shortest: the shortest time between two, in days; nan when nobody was asked twice.
        cases: one row per invitation that came too soon: `customer` (hashed), `date`, `days` since the last one, `response_id` where known.
        from_invitations: the list of invitations was looked at; otherwise only the answers, which show less.
        label: which time.
        remarks: what could not be looked at, one sentence each.
    """

    frame: pd.DataFrame
    days: int
    shortest: float
    cases: pd.DataFrame
    from_invitations: bool
    label: str
    remarks: tuple[str, ...] = ()

    @property
    def broken(self) -> int:
        """How many came too soon."""
        return int(self.frame["too_soon"].sum())

    @property
    def headline(self) -> str:
        """Kept, or broken how often."""
        total, rest = int(self.frame["asked"].sum()), "".join(f" {r}" for r in self.remarks)
        what = "invitation" if self.from_invitations else "answer"
        if not self.broken:
            kept = "was kept where it can be checked" if self.remarks else "was kept"
            among = f"among {display.count(total)} ({self.label})"
            return f"The {self.days}-day rule {kept}: no customer has two {what}s within {self.days} days, {among}.{rest}"
        return (
            f"The {self.days}-day rule was broken: {display.count(self.broken)} of {display.plural(total, what)} came within {self.days} days of the "
            f"customer's last one ({self.label}); the shortest time between two is {display.plural(self.shortest, 'day')}.{rest}"
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

    Notes:
        Only the contacts of this part are counted, but each is held against the customer's last one whenever and after whichever
        touchpoint that was.
    """
    why = _unusable(survey)
    if why and schema.CUSTOMER not in survey.answers:
        return Note(f"Without customer ids nobody can say whether the {days}-day rule was kept.")
    contacts = _from_answers(survey) if why else _from_list(survey)
    here = contacts[contacts["inside"]]
    what = "answer" if why else "invitation"
    unknown, total = int((here[schema.CUSTOMER] == "").sum()), len(here)
    if unknown == total:
        none = f"None of the {display.plural(total, what)} names a customer" if total else f"There are no {what}s"
        return Note(f"{none} ({survey.label}), so nobody can say whether the {days}-day rule was kept.")
    remarks = [f"Only answers can be looked at: {why}."] if why else []
    if unknown:
        verb = "names" if unknown == 1 else "name"
        remarks.append(f"{display.count(unknown)} of {display.plural(total, what)} {verb} no customer and cannot be checked.")
    table, cases, shortest = _audit(contacts, days)
    return ContactRule(table, days, shortest, cases, not why, survey.label, tuple(remarks))


def _unusable(survey: Survey) -> str:
    """Why the list of invitations cannot be held to the rule; "" when it can."""
    asked = survey.invitations
    if asked is None:
        return "there is no list of invitations"
    if schema.CUSTOMER not in asked or not (asked[schema.CUSTOMER] != "").any():
        return "the list of invitations names no customers"
    column = unknown_column(survey)
    return f"the list of invitations does not say the {column}" if column else ""


def _from_list(survey: Survey) -> pd.DataFrame:
    """Every invitation that was sent, earlier ones and those of other touchpoints included; `inside` are those of this part."""
    asked = survey.invitations if survey.invitations is not None else pd.DataFrame()
    return asked.assign(inside=inside(survey, asked))[asked["sent"]]


def _from_answers(survey: Survey) -> pd.DataFrame:
    """Every answer up to the end of this part; `inside` are the part's own."""
    return survey.history.assign(inside=survey.history[schema.ROW].isin(survey.answers[schema.ROW]))


def _audit(contacts: pd.DataFrame, days: int) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """Contacts -> counts per month, the cases that came too soon, and the shortest time between two."""
    columns = [c for c in (schema.CUSTOMER, "date", schema.RESPONSE_ID, "inside") if c in contacts]
    known = contacts.loc[contacts[schema.CUSTOMER] != "", columns].sort_values([schema.CUSTOMER, "date"], kind="stable")
    gap = known["date"].dt.normalize().groupby(known[schema.CUSTOMER]).diff().dt.days
    known, gap = known[known["inside"]].drop(columns="inside"), gap[known["inside"]]
    soon = gap < days
    month = known["date"].dt.strftime("%Y-%m")
    table = pd.DataFrame({"asked": month.groupby(month).size(), "too_soon": soon.groupby(month).sum()})
    table["customers"] = known[soon].groupby(month[soon])[schema.CUSTOMER].nunique().reindex(table.index).fillna(0)
    cases = known.assign(days=gap)[soon].astype({"days": int}).sort_values(["date", schema.CUSTOMER], ignore_index=True)
    return table.astype(int).reset_index(names="month"), cases, float(gap.min())
