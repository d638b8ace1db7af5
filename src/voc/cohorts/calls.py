"""Survey + Themes -> whom to talk to about each theme, and a file of all answers with their themes and flags. Both are restricted."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from voc import display
from voc.cohorts.disagree import Disagree, disagree
from voc.display import Column, Note, Result
from voc.ingest import Survey, customer_keys
from voc.schema import CONSENT, CUSTOMER, DATE, RESPONSE_ID, TOUCHPOINT, VocError
from voc.themes import Themes, Told

TYPICAL, EXTREME, CONTRADICTORY = "typical", "extreme", "contradictory"
PER_ROLE = {TYPICAL: 3, EXTREME: 2, CONTRADICTORY: 2}
MOST_THEMES = 10
FILE = "responses.csv"


@dataclass(frozen=True, repr=False)
class Calls(Result):
    """Whom to talk to.

    Attributes:
        frame: one row per customer to call, theme by theme; restricted: `response_id`, `customer` (where known), `touchpoint`, `score`, `cohort`,
            `theme`, `role` ("typical", "extreme", "contradictory"), `question` (what the conversation should answer), `comment`.
        agreed: answers with a comment whose customer agreed to be called.
        n: answers with a comment.
        left_out: customers passed over because somebody talked to them lately.
        label: which answers.
    """

    frame: pd.DataFrame
    agreed: int
    n: int
    left_out: int
    label: str

    @property
    def headline(self) -> str:
        """How many to call, about what."""
        who = f"{display.count(self.agreed)} of {display.plural(self.n, 'comment')} are from customers who agreed to be called"
        if self.frame.empty:
            return f"Nobody is listed to call ({self.label}): {who}."
        lately = f" {display.plural(self.left_out, 'customer')} left out, because somebody talked to them lately." if self.left_out else ""
        about = f"{display.plural(len(self.frame), 'customer')} to talk to about {display.plural(self.frame['theme'].nunique(), 'theme')}"
        return (
            f"{about} ({self.label}): typical, extreme and contradictory voices, each with the question that the conversation should answer. {who}. "
            f"Who they are is in the restricted list.{lately}"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per customer; restricted: never on a published page."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        """How many by theme: who they are is in the restricted list."""
        if self.frame.empty:
            return pd.DataFrame()
        return self.frame.groupby("theme", sort=False).size().rename("n").reset_index()

    def _caption(self) -> str:
        return f"Conversations planned, {self.label}."

    def _columns(self) -> list[Column]:
        return [Column("theme", "Theme"), Column("n", "Conversations", "count")]


def call_list(survey: Survey, themes: Themes, *, contacted: Collection[str] | str | Path = ()) -> Calls | Note:
    """For each theme up to seven customers whose conversation would tell most.

    Args:
        survey: the answers, such as a month's.
        themes: found on comments that include the survey's.
        contacted: customers (as the survey's file names them, or as voc does) or response ids to whom somebody talked lately, or a text file
            with one of them a line ("" for none); they are passed over.

    Returns:
        Calls, or a Note where nobody was asked for consent.

    Raises:
        VocError: the file cannot be read.

    Notes:
        Only who agreed to be called (a mapped column), each customer once. Typical: nearest to the theme's middle. Extreme: the lowest and
        the highest scores. Contradictory: promoters who complain about it, detractors who praise it. Largest themes first, ten at most.
    """
    if CONSENT not in survey.answers:
        return Note("The mapping names no column in which customers agree to be called, so nobody is listed to call.")
    answers = survey.answers.set_index(RESPONSE_ID)
    yes = answers.index[answers[CONSENT].isin(survey.mapping.consent_yes)]
    parts = themes.assignments[themes.assignments["id"].isin(answers.index)]
    wrote = parts["id"].nunique()
    eligible = parts[parts["id"].isin(yes)]
    who = survey.who.set_axis(answers.index).reindex(eligible["id"]).to_numpy()
    talked = _talked_to(contacted)
    lately = np.isin(who, list(talked)) | eligible["id"].isin(talked).to_numpy()
    left, agreed = len(set(who[lately])), eligible["id"].nunique()
    eligible = eligible.assign(who=who)[~lately]
    rows, taken = [], set[str]()
    for theme in themes.table["id"].head(MOST_THEMES):
        mine = eligible[eligible["theme"] == theme].sort_values(["closeness", "comment"], ascending=[False, True]).drop_duplicates("who")
        for role, chosen in _roles(mine.assign(score=answers["score"].reindex(mine["id"]).to_numpy())):
            fresh = chosen[~chosen["who"].isin(taken)].head(PER_ROLE[role])
            taken |= set(fresh["who"])
            rows += [(r.id, role, themes.label_of(int(theme))) for r in display.rows(fresh)]
    return Calls(_listed(survey, rows), agreed, wrote, left, survey.label)


def _talked_to(contacted: Collection[str] | Path) -> set[str]:
    """The ids as given and as voc keeps customers."""
    if isinstance(contacted, str | Path):
        if not str(contacted):
            return set()
        try:
            contacted = Path(contacted).read_text(encoding="utf-8-sig").splitlines()
        except OSError as error:
            raise VocError(f"the list of customers whom somebody talked to, {contacted}, cannot be read: {error.strerror}") from None
    given = {c.strip() for c in contacted if c.strip()}
    return given | set(customer_keys(sorted(given)))


def _roles(mine: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Candidates for each role, the best first."""
    clear = mine[~mine["weak"].astype(bool)]
    low, high = clear[clear["score"] <= 2].sort_values("score", kind="stable").head(4), clear[clear["score"] == 10].head(4)
    turn = pd.concat([low.assign(turn=np.arange(len(low))), high.assign(turn=np.arange(len(high)))])
    extreme = turn.sort_values("turn", kind="stable")  # one of each in turn
    against = ((clear["score"] >= 9) & (clear["complaint"] >= 0.7)) | ((clear["score"] <= 6) & (clear["complaint"] <= 0.3))
    return [(CONTRADICTORY, clear[against]), (EXTREME, extreme), (TYPICAL, clear)]


def _listed(survey: Survey, rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    columns = ["response_id", "customer", "touchpoint", "score", "cohort", "theme", "role", "question", "comment"]
    frame = pd.DataFrame(rows, columns=["response_id", "role", "theme"])
    known = survey.frame.set_index(RESPONSE_ID).reindex(frame["response_id"])
    for column in (CUSTOMER, TOUCHPOINT, "score", "cohort", "comment"):
        frame[column] = known[column].to_numpy() if column in known else ""
    frame["question"] = [_question(r.role, r.theme, r.cohort) for r in display.rows(frame)]
    return frame[columns]


def _question(role: str, theme: str, cohort: str) -> str:
    """What the conversation should answer."""
    if role == CONTRADICTORY and cohort == "promoter":
        return f"You were not content with “{theme}” and would recommend us all the same: what made up for it?"
    if role == CONTRADICTORY:
        return f"You were content with “{theme}” and would not recommend us: what weighed more?"
    if role == EXTREME:
        return f"What made “{theme}” so {'good' if cohort == 'promoter' else 'bad'}, and what did we do next?"
    return f"What happened with “{theme}”, step by step, and what would have made it better?"


def responses(survey: Survey, themes: Themes, *, contacted: Collection[str] | str | Path = ()) -> pd.DataFrame:
    """Every answer with its cohort, themes and flags, to update a customer master; restricted.

    Args:
        survey: the answers.
        themes: found on comments that include the survey's.
        contacted: as for `call_list`.

    Returns:
        one row per answer: `response_id` (which joins it to the survey's own file), `customer` (as voc keeps it, hashed), `date`, `touchpoint`,
        `score`, `cohort`, `themes`, `complains_about`, `praises` (names joined by "; "), `flag` (where score and text disagree), `call` (role and
        theme, for those to call), `question`. No comment.
    """
    answers = survey.answers
    out = pd.DataFrame({"response_id": answers[RESPONSE_ID].to_numpy()})
    for column in (CUSTOMER, DATE, TOUCHPOINT, "score", "cohort"):
        if column in answers:
            out[column] = answers[column].dt.date.to_numpy() if column == DATE else answers[column].to_numpy()
    told: list[tuple[str, Told]] = [("themes", "any"), ("complains_about", "complaint"), ("praises", "praise")]
    for name, tone in told if themes.has_tone else told[:1]:
        mentions = themes.mentions(survey, tone)
        labels = np.array([themes.label_of(int(t)) for t in mentions.columns], dtype=object)
        joined = {i: "; ".join(labels[row]) for i, row in zip(mentions.index, mentions.to_numpy(dtype=bool), strict=True)}
        out[name] = [joined.get(i, "") for i in answers.index]
    odd, calls = disagree(survey, themes), call_list(survey, themes, contacted=contacted)
    flags = dict(zip(odd.frame["response_id"], odd.frame["kind"], strict=True)) if isinstance(odd, Disagree) else {}
    out["flag"] = [flags.get(i, "") for i in out["response_id"]]
    if isinstance(calls, Calls):
        said = {r.response_id: (f"{r.role}: {r.theme}", r.question) for r in display.rows(calls.frame)}
        out["call"], out["question"] = ([said.get(i, ("", ""))[k] for i in out["response_id"]] for k in (0, 1))
    return out


def save_responses(survey: Survey, themes: Themes, folder: str | Path, *, contacted: Collection[str] | str | Path = ()) -> None:
    """Write `responses` into a folder (made when missing) as `responses.csv`; "" writes nothing. Nobody else may read it."""
    if not str(folder):
        return
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    frame = responses(survey, themes, contacted=contacted)
    for name in frame.select_dtypes(include=["object", "str"]):
        frame[name] = [display.safe_cell(v) if isinstance(v, str) else v for v in frame[name]]
    part = target / f"{FILE}.{os.getpid()}.part"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="") as opened:
        frame.to_csv(opened, index=False)
    part.replace(target / FILE)
