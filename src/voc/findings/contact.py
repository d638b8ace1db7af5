"""Survey -> how many detractors may be called; who they are is restricted."""

from __future__ import annotations

from voc import display, schema
from voc.display import Note, Result
from voc.ingest import Survey


def to_call(survey: Survey) -> Result:
    """How many detractors of the month agreed to be called. Who they are is never on a published page."""
    if schema.CONSENT not in survey.frame:
        return Note("The mapping names no column in which customers agree to be called, so nobody is listed to call.")
    detractors = survey.frame[survey.frame["cohort"] == "detractor"]
    agreed = detractors[schema.CONSENT].isin(survey.mapping.consent_yes)
    wrote = int((detractors.loc[agreed, "comment"] != "").sum())
    few = schema.MIN_ANSWERS
    who = f"{display.some(len(detractors), few)} detractors"
    return Note(
        f"{display.some(int(agreed.sum()), few)} of {who} in {survey.label} agreed to be called; {display.some(wrote, few)} of them left a comment. "
        "Call them while the contact is fresh. Who they are is in the restricted list that the run wrote."
    )
