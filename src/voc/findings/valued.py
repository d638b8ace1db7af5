"""Survey + Themes -> what promoters value, and what is new."""

from __future__ import annotations

import pandas as pd

from voc import display
from voc.findings.actions import TOLD_BY_NAME
from voc.findings.cards import Card, Cards, Fact
from voc.findings.quoted import quotes
from voc.findings.wording import MOST, TOLD, parts
from voc.ingest import Survey
from voc.score import QuestionTrend, questions
from voc.themes import Impact, Movement, Themes, impact, movement


def protect(survey: Survey, themes: Themes) -> Cards:
    """Up to three things that promoters value: praise that clearly goes with a higher score, by points at the cautious end.

    A theme whose name speaks for less than two fifths of it is passed over.
    """
    brings = impact(survey, themes, told="praise")
    if not brings.n:
        return Cards(f"There are no comments to read for {survey.label}.", about="protect")
    vague = themes.table.loc[themes.table["named"] < TOLD_BY_NAME, "id"]
    rows = _clear(brings, "brings points").sort_values(["points_low", "label"], ascending=[False, True])
    rows = rows[~rows["id"].isin(vague)].head(MOST)
    if rows.empty:
        return Cards(f"No praise goes clearly with a higher score in {survey.label} ({display.plural(brings.n, 'comment')}).", about="protect")
    promoters = survey.answers.index[survey.answers["cohort"] == "promoter"]
    cards = []
    for _, row in rows.iterrows():
        theme = int(row["id"])
        said = praised(row, brings) + parts(survey, themes, theme, brings)
        shown = quotes(survey, themes, theme, told=brings.told, among=[promoters])
        cards.append(Card(str(row["label"]), said, shown, facts=(_evidence(theme, str(row["label"])),)))
    what = "Praise" if brings.told == "praise" else "Talk"
    sentence = f"{what} that goes with a higher score: {display.listed([f'“{c.title}”' for c in cards])}."
    return Cards(sentence, tuple(cards), rows.reset_index(drop=True), about="protect", n=brings.n, label=survey.label)


def new(survey: Survey, themes: Themes, month: str | int) -> Cards:
    """Themes that are new or growing in the month, and questions that got better or worse.

    Args:
        survey: the answers up to and including the month.
        themes: found on the same comments.
        month: "2026-09", or a year.
    """
    moved: Movement = movement(survey, themes, month, new_ids=themes.new_ids)
    frame = moved.to_frame()
    rows = frame[frame["verdict"].isin(["new", "growing"])].head(MOST) if len(frame) else frame
    now = survey.month(month)
    cards = []
    for _, row in rows.iterrows():
        sentence = (
            f"{display.count(row['n_now'])} of {display.count(moved.now)} comments in {moved.month} mention this "
            f"({display.share(row['share_now'])}). Before, at the same mix of touchpoints, it was {display.share(row['share_before'])} "
            f"({display.plural(moved.before, 'comment')}). The rise is {display.interval(100 * row['low'], 100 * row['high'])} percentage points."
        )
        cards.append(
            Card(str(row["label"]), sentence, quotes(now, themes, int(row["id"]), told="any"), facts=(_evidence(int(row["id"]), str(row["label"])),))
        )
    asked = questions(survey, month)
    changed = isinstance(asked, QuestionTrend) and asked.changes["verdict"].isin(["better", "worse"]).any()
    said = f"{moved.headline} {asked.headline}" if changed else moved.headline
    return Cards(said, tuple(cards), rows.reset_index(drop=True) if len(rows) else rows, about="new", n=moved.now, label=now.label)


def praised(row: pd.Series, brings: Impact) -> str:
    """Size, share, score and points of praise."""
    share = f"{display.share(row['share'])}, {display.interval(100 * row['share_low'], 100 * row['share_high'])}"
    return (
        f"{display.count(row['n'])} of {display.plural(brings.n, 'comment')} {TOLD[brings.told].verb} this ({share}). "
        f"Their score is {display.points(row['score'])}. The score of all who commented lies {display.number(abs(row['points']))} points "
        f"({display.interval(row['points_low'], row['points_high'])}) above that of those who do not."
    )


def _evidence(theme: int, label: str) -> Fact:
    return Fact("Evidence", f"What customers say about “{label}”", f"03_themes.html#theme-{theme}")


def _clear(costs: Impact, verdict: str) -> pd.DataFrame:
    """Themes with a clear verdict."""
    frame = costs.to_frame()
    return frame.reindex(columns=["id", "label", "points", "points_low", "points_high"]) if frame.empty else frame[frame["verdict"] == verdict]
