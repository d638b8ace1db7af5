"""Survey + Themes -> what a product team reads: how we are doing, what to fix, what to protect, what is new, whom to call."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from voc import display, schema, stats
from voc.display import Column, Note, Result
from voc.findings.cards import Card, Cards, Quote
from voc.ingest import Survey
from voc.schema import TOUCHPOINT
from voc.score import Bridge, Change, Nps, bridge, change, nps
from voc.themes import Impact, Movement, Themes, impact, movement

__all__ = ["Card", "Cards", "Overview", "Quote", "fix", "new", "overview", "protect", "to_call"]

MOST = 3
NAMED_ENOUGH = 0.625


@dataclass(frozen=True, repr=False)
class Overview(Result):
    """How we are doing.

    Attributes:
        score: the month's score.
        since_last: the change since the month (or year) before.
        since_last_year: the change since the same month a year before; None for a whole year.
        parts: what the change since the month before is made of, by touchpoint; None without touchpoints.
    """

    score: Nps
    since_last: Change
    since_last_year: Change | None
    parts: Bridge | None

    @property
    def headline(self) -> str:
        """Score, change and what the change is made of, in up to four sentences."""
        sentences = [self.score.headline]
        sentences.append(self.parts.headline if self.parts and self._mix_matters() else self.since_last.headline)
        if self.since_last_year and self.since_last_year.before.n:
            sentences.append(f"Against a year before: {self.since_last_year.headline[0].lower()}{self.since_last_year.headline[1:]}")
        return " ".join(sentences)

    def _mix_matters(self) -> bool:
        """Whether a clear change of the mix, or a clear change of the score, calls for the split."""
        parts = self.parts
        return bool(parts and (parts.mix_low > 0 or parts.mix_high < 0 or self.since_last.verdict in ("rose", "fell")))

    def to_frame(self) -> pd.DataFrame:
        """The score's numbers and both changes, one row each."""
        rows = [{"what": self.score.label, "n": self.score.n, "value": self.score.value, "low": self.score.low, "high": self.score.high}]
        for step in (self.since_last, self.since_last_year):
            if step is not None and step.before.n:
                rows.append(
                    {"what": f"change since {step.before.label}", "n": step.before.n, "value": step.value, "low": step.low, "high": step.high}
                )
        return pd.DataFrame(rows)

    def _columns(self) -> list[Column]:
        return [
            Column("what", "What"),
            Column("n", "Answers", "count"),
            Column("value", "Points", "points"),
            Column("low", "Low to high", "range", "high"),
        ]

    def _repr_html_(self) -> str:
        label = f"Net Promoter Score, {self.score.label}"
        big = display.points(self.score.value)
        sentence = f"{display.interval(self.score.low, self.score.high)} (low to high), {display.plural(self.score.n, 'answer')}"
        top = display.render("score", value=big, label=label, sentence=sentence)
        return top + display.headline(self.headline) + display.table(self.to_frame(), self._columns())


def overview(survey: Survey, month: str | int) -> Overview:
    """The month's score, and how it compares with the month before and the year before.

    Args:
        survey: the answers up to and including the month.
        month: "2026-09", or a year.
    """
    now, before = survey.month(month), survey.before(month)
    yearly = schema.parse_period(month).freqstr.startswith("Y")
    year_ago = None if yearly else change(survey.before(month, periods=12), now)
    split = bridge(before, now, by=TOUCHPOINT) if TOUCHPOINT in survey.frame and len(before.frame) else None
    return Overview(nps(now), change(before, now), year_ago, split)


def fix(survey: Survey, themes: Themes) -> Cards:
    """Up to three things to fix, by a stated rule.

    Args:
        survey: the answers.
        themes: found on comments that include the survey's.

    Notes:
        Of the themes told as a complaint that clearly go with a lower score (interval allowing for the number of themes), the three whose
        points are most at the cautious end of the interval. Themes whose name does not fit at least five in eight of their comments are
        left out, because nobody could act on them. Fewer than three if fewer pass.
    """
    costs = impact(survey, themes, told="complaint")
    rows = _firm(costs, themes, "costs points").sort_values(["points_high", "label"]).head(MOST)
    if rows.empty:
        return Cards(f"No complaint goes clearly with a lower score in {survey.label} ({display.plural(costs.n, 'comment')}).")
    cards = tuple(_fix_card(survey, themes, costs, row) for _, row in rows.iterrows())
    named = display.listed([f"“{c.title}”" for c in cards])
    sentence = f"{_counted(len(cards))} to fix, from {display.plural(costs.n, 'comment')} ({survey.label}): {named}."
    return Cards(sentence, cards, rows.reset_index(drop=True))


def protect(survey: Survey, themes: Themes) -> Cards:
    """Up to three things that promoters value: the mirror image of `fix`, told as praise."""
    brings = impact(survey, themes, told="praise")
    rows = _firm(brings, themes, "brings points").sort_values(["points_low", "label"], ascending=[False, True]).head(MOST)
    if rows.empty:
        return Cards(f"No praise goes clearly with a higher score in {survey.label} ({display.plural(brings.n, 'comment')}).")
    cards = []
    for _, row in rows.iterrows():
        quotes = _quotes(survey, themes, int(row["id"]), "promoter", "praise")
        cards.append(Card(str(row["label"]), _sentence(row, brings, "praise", "it goes with a score that is higher by"), quotes))
    return Cards(f"What promoters value most: {display.listed([f'“{c.title}”' for c in cards])}.", tuple(cards), rows.reset_index(drop=True))


def new(survey: Survey, themes: Themes, month: str | int) -> Cards:
    """Themes that are new or growing in the month.

    Args:
        survey: the answers up to and including the month.
        themes: found on the same comments.
        month: "2026-09", or a year.
    """
    moved: Movement = movement(survey, themes, month)
    frame = moved.to_frame()
    rows = frame[frame["verdict"].isin(["new", "growing"])].head(MOST) if len(frame) else frame
    now = survey.month(month)
    cards = []
    for _, row in rows.iterrows():
        sentence = (
            f"{display.count(row['n_now'])} of {display.count(moved.now)} customers who commented in {moved.month} mention this "
            f"({display.share(row['share_now'])}); before it was {display.share(row['share_before'])} "
            f"({display.count(row['n_before'])} of {display.count(moved.before)}). The rise is "
            f"{display.interval(100 * row['low'], 100 * row['high'])} percentage points."
        )
        cards.append(Card(str(row["label"]), sentence, _quotes(now, themes, int(row["id"]), None, "any")))
    return Cards(moved.headline, tuple(cards), rows.reset_index(drop=True) if len(rows) else rows)


def to_call(survey: Survey) -> Result:
    """How many detractors of the month agreed to be called. Who they are is never on a published page."""
    if schema.CONSENT not in survey.frame:
        return Note("The mapping names no column in which customers agree to be called, so nobody is listed to call.")
    detractors = survey.frame[survey.frame["cohort"] == "detractor"]
    agreed = detractors[schema.CONSENT].str.casefold().isin(["yes", "y", "true", "1"])
    wrote = int((detractors.loc[agreed, "comment"] != "").sum())
    return Note(
        f"{display.count(agreed.sum())} of {display.plural(len(detractors), 'detractor')} in {survey.label} agreed to be called; "
        f"{display.count(wrote)} of them left a comment. Call them while the contact is fresh."
    )


def _firm(costs: Impact, themes: Themes, verdict: str) -> pd.DataFrame:
    """Themes with a clear verdict whose name fits what their comments say."""
    frame = costs.to_frame()
    if frame.empty:
        return frame.reindex(columns=["points_high", "points_low", "label"])
    fitting = themes.table.loc[themes.table["named"] >= NAMED_ENOUGH, "id"]
    return frame[(frame["verdict"] == verdict) & frame["id"].isin(fitting)]


def _fix_card(survey: Survey, themes: Themes, costs: Impact, row: pd.Series) -> Card:
    theme = int(row["id"])
    sentence = _sentence(row, costs, "complaint", "it goes with a score that is lower by") + _where(survey, themes, theme)
    silent = survey.frame[(survey.frame["cohort"] == "detractor") & (survey.frame["comment"] == "")]
    unknown = "whether putting this right would raise the score: customers who complain about it may differ in other ways too."
    if len(silent):
        unknown += f" And what the {display.plural(len(silent), 'detractor')} think who left no comment."
    return Card(str(row["label"]), sentence, _quotes(survey, themes, theme, "detractor", "complaint"), unknown)


def _sentence(row: pd.Series, costs: Impact, told: str, verb: str) -> str:
    verb_phrase = {"complaint": "complain about this", "praise": "praise this"}[told]
    return (
        f"{display.count(row['n'])} of {display.plural(costs.n, 'customer')} who commented {verb_phrase} "
        f"({display.share(row['share'])}, {display.interval(100 * row['share_low'], 100 * row['share_high'])}). "
        f"Their score is {display.points(row['score'])}. Among all who commented, {verb} {display.number(abs(row['points']))} points "
        f"({display.interval(*sorted((abs(row['points_low']), abs(row['points_high']))))})."
    )


def _where(survey: Survey, themes: Themes, theme: int) -> str:
    """The touchpoint that most complaints come from, where it has clearly more than its share."""
    if TOUCHPOINT not in survey.frame:
        return ""
    mentions = themes.mentions(survey, "complaint")
    places = survey.frame.loc[mentions.index[mentions[theme]], TOUCHPOINT]
    top = places.value_counts()
    if top.empty or top.iloc[0] < schema.MIN_ANSWERS:
        return ""
    everywhere = survey.frame.loc[mentions.index, TOUCHPOINT]
    here, usual = int(top.iloc[0]), int((everywhere == top.index[0]).sum())
    _, low, _ = stats.share_difference(here, len(places), usual, len(everywhere))
    if low <= 0:
        return ""
    return (
        f" {display.share(here / len(places))} of these complaints come from “{top.index[0]}”, "
        f"which has {display.share(usual / len(everywhere))} of all comments."
    )


def _quotes(survey: Survey, themes: Themes, theme: int, cohort: str | None, told: str) -> tuple[Quote, ...]:
    """Two or three quotes by the declared rule; none from groups under 20."""
    frame = survey.frame if cohort is None else survey.frame[survey.frame["cohort"] == cohort]
    chosen = themes.quotes(theme, frame[schema.RESPONSE_ID].tolist(), told=told)  # type: ignore[arg-type]
    if chosen.empty and cohort is not None:
        chosen = themes.quotes(theme, survey.frame[schema.RESPONSE_ID].tolist(), told=told)  # type: ignore[arg-type]
    known = survey.frame.set_index(schema.RESPONSE_ID)
    quotes = []
    for row in display.rows(chosen):
        person = known.loc[row.id]
        place = f", {person[TOUCHPOINT]}" if TOUCHPOINT in known and person[TOUCHPOINT] else ""
        quotes.append(Quote(display.quoted(str(row.text)), f"{str(person['cohort']).capitalize()}{place}"))
    return tuple(quotes)


def _counted(n: int) -> str:
    return ("One thing", "Two things", "Three things")[n - 1]
