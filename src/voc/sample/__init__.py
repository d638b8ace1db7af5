"""A seed -> a synthetic survey with planted truth, of any size: responses, invitations and what was planted.

Everything here is invented and says so. The comments come from a hand-written bank (`voc.sample.bank`); what is planted
is listed in `voc.sample.plan` and repeated in `truth.json`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from voc.sample import bank, people, plan, talk
from voc.schema import VocError

SIZE = 17_000
SEED = 20260930
MAPPING = Path(__file__).with_name("survey.toml")
AREAS = Path(__file__).with_name("areas.toml")


@dataclass(frozen=True)
class Sample:
    """One synthetic survey.

    Attributes:
        responses: one row per answer, as an export would hold it (all text).
        invitations: one row per contact: sent or suppressed, and the answer's id where there is one.
        truth: what was planted, and the theme shares that came out.
    """

    responses: pd.DataFrame
    invitations: pd.DataFrame
    truth: dict[str, Any]


def make(n: int = SIZE, *, seed: int = SEED) -> Sample:
    """Make a synthetic survey of n answers over 14 months.

    Args:
        n: number of answers, at least 100.
        seed: the same seed gives the same survey.

    Raises:
        VocError: n is below 100.
    """
    if n < 100:
        raise VocError(f"a sample needs at least 100 answers; found {n}")
    rng = np.random.default_rng(seed)
    asked = people.contacts(n, rng)
    asked.loc[asked["answered"], "response_id"] = [f"R{i:06d}" for i in range(1, n + 1)]
    answers = people.answers(asked[asked["answered"]], rng)
    written = talk.comments(answers, rng)
    hidden = rng.random((n, 3)) < answers["place"].map(plan.STAFF_NOT_APPLICABLE).to_numpy()[:, None]
    # Times have a stream of their own: they change nothing else.
    seconds = people.durations(n, np.random.default_rng([seed, 1]))
    return Sample(_export(answers, written, hidden, seconds), _invitations(asked), _truth(answers, written, n, seed))


def write(folder: Path, *, n: int = SIZE, seed: int = SEED) -> Path:
    """Write responses.csv, invitations.csv, survey.toml, areas.toml and truth.json into a folder; returns the responses' path."""
    made = make(n, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    made.responses.to_csv(folder / "responses.csv", index=False, lineterminator="\n")
    made.invitations.to_csv(folder / "invitations.csv", index=False, lineterminator="\n")
    text = json.dumps(made.truth, indent=2, ensure_ascii=False) + "\n"
    (folder / "truth.json").write_text(text, encoding="utf-8")
    (folder / "survey.toml").write_bytes(MAPPING.read_bytes())
    (folder / "areas.toml").write_bytes(AREAS.read_bytes())
    return folder / "responses.csv"


def _export(answers: pd.DataFrame, written: pd.Series, hidden: np.ndarray, seconds: np.ndarray) -> pd.DataFrame:
    """The answers as text columns under the names that an export would use."""
    texts = bank.load()["text"].to_numpy()
    frame = pd.DataFrame(
        {
            "response_id": answers["response_id"],
            "customer_id": [f"C{c:06d}" for c in answers["customer"]],
            "responded_on": answers["date"].dt.strftime("%Y-%m-%d"),
            "touchpoint": answers["place"].map(plan.TOUCHPOINTS),
            "region": answers["region"],
            "store": answers["store"],
            "agent": answers["agent"],
            "product": answers["product"],
            "contact_reason": answers["reason"],
            "consent_to_call": answers["consent"],
            "revenue_12_months": answers["revenue"].map("{:.2f}".format, na_action="ignore").fillna(""),
            "duration_seconds": seconds.astype(str),
        }
    )
    for i, rating in enumerate(("knowledgeable", "friendly", "patient", "resolution")):
        text = answers[rating].astype(str)
        frame[rating] = text.where(~hidden[:, i], "N/A") if i < 3 else text
    frame["likelihood_to_recommend"] = answers["score"].astype(str)
    frame["comment"] = [texts[i] if i >= 0 else "" for i in written]
    return frame


def _invitations(asked: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"C{c:06d}" for c in asked["customer"]],
            "contacted_on": asked["date"].dt.strftime("%Y-%m-%d"),
            "touchpoint": asked["place"].map(plan.TOUCHPOINTS),
            "invitation": np.where(asked["sent"], "sent", "suppressed"),
            "response_id": asked["response_id"].fillna(""),
        }
    )


def _truth(answers: pd.DataFrame, written: pd.Series, n: int, seed: int) -> dict[str, Any]:
    book = bank.load()
    wrote = answers[written >= 0]
    themes = book["themes"].to_numpy()[written[written >= 0].to_numpy()]
    real = np.array([len(t) > 0 for t in themes])
    before = (wrote["month"] < len(plan.MONTHS) - 1).to_numpy()

    def share(tag: str, where: np.ndarray) -> float:
        picked = [tag in t for t in themes[where & real]]
        return round(float(np.mean(picked)), 4) if picked else 0.0

    everyone = np.ones(len(themes), dtype=bool)
    cohorts = {c: (wrote["cohort"] == c).to_numpy() for c in ("detractor", "passive", "promoter")}
    return {
        "synthetic": True,
        "seed": seed,
        "answers": n,
        "months": list(plan.MONTHS),
        "drivers": {
            "effect_of_answers_1_to_5_on_the_score": {k: list(v) for k, v in plan.EFFECTS.items()},
            "order": list(plan.EFFECTS),
            "null": "patient",
        },
        "themes": {
            tag: {"name": name, "share": share(tag, everyone)} | {c: share(tag, w) for c, w in cohorts.items()} for tag, name in bank.THEMES.items()
        },
        "emerging": {
            "theme": bank.EMERGING,
            "month": plan.LAST_MONTH,
            "share_in_month": share(bank.EMERGING, ~before),
            "share_before": share(bank.EMERGING, before),
            "null": "no other theme changes in any month",
        },
        "mix_shift": {
            "month": plan.MIX_MONTH,
            "usual_share_of_contacts": plan.TOUCHPOINT_SHARE,
            "share_of_contacts": plan.MIX_SHARE,
            "null": "within each touchpoint nothing changes in any month but the last",
        },
        "bright_spot": {
            "store": plan.BRIGHT_STORE,
            "effect_on_the_score": plan.BRIGHT_EFFECT,
            "null": "the other stores do not differ",
        },
        "speeders": {"share": plan.SPEEDERS, "null": "they answer like everybody"},
        "nulls": {"segments_without_effect": ["region", "product", "contact_reason", "agent"]},
    }
