"""Survey + Themes -> what a product team reads: how we are doing, what to fix, what to protect, what is new, whom to call."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from voc import display, schema, stats
from voc.display import Column, Note, Result
from voc.findings.cards import Card, Cards, Quote
from voc.ingest import Survey
from voc.schema import TOUCHPOINT
from voc.score import Bridge, Change, GroupTrends, Nps, bridge, change, nps, trend_by
from voc.themes import Impact, Movement, Themes, Told, impact, movement

__all__ = ["Card", "Cards", "Overview", "Quote", "fix", "new", "overview", "protect", "to_call"]

MOST = 3
MONTHS = 14  # looked at to say what is usual
NAMED_ENOUGH = 0.625
# Without enough scores to tell complaint from praise, a mention is only a mention.
_TOLD = {
    "complaint": ("complaint", "complain about this", "complaints"),
    "praise": ("praise", "praise this", "praise"),
    "any": ("theme", "mention this", "mentions"),
}


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
        sentences = [self.score.headline, self.places.odd if self.places else ""]
        sentences.append(self.parts.headline if self.parts and self._mix_matters() else self.since_last.headline)
        if self.since_last_year and self.since_last_year.before.n:
            sentences.append(f"Against a year before: {self.since_last_year.headline[0].lower()}{self.since_last_year.headline[1:]}")
        sentences.append(self.since_last.sensitivity)
        return " ".join(filter(None, sentences))

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
        sentence = f"{display.interval(self.score.low, self.score.high)} (low to high), {base}: {shares}"
        top = display.render("score", value=big, label=label, sentence=sentence)
        return top + display.headline(self.headline) + display.table(self.to_frame(), self._columns())


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


def fix(survey: Survey, themes: Themes) -> Cards:
    """Up to three things to fix, by a stated rule.

    Args:
        survey: the answers.
        themes: found on comments that include the survey's.

    Notes:
        Of the themes told as a complaint that clearly go with a lower score (interval allowing for the number of themes), the three whose
        points are most at the cautious end of the interval. Where a theme's name speaks for fewer than five in eight of its comments, its card
        names its parts. Fewer than three if fewer pass.
    """
    costs = impact(survey, themes, told="complaint")
    if not costs.n:
        return Cards(f"There are no comments to read for {survey.label}.")
    rows = _clear(costs, "costs points").sort_values(["points_high", "label"]).head(MOST)
    if rows.empty:
        return Cards(f"No {_TOLD[costs.told][0]} goes clearly with a lower score in {survey.label} ({display.plural(costs.n, 'comment')}).")
    cards = tuple(_fix_card(survey, themes, costs, row) for _, row in rows.iterrows())
    named = display.listed([f"“{c.title}”" for c in cards])
    sentence = f"{_counted(len(cards))} to fix, from {display.plural(costs.n, 'comment')} ({survey.label}): {named}."
    return Cards(sentence, cards, rows.reset_index(drop=True))


def protect(survey: Survey, themes: Themes) -> Cards:
    """Up to three things that promoters value: the mirror image of `fix`, told as praise."""
    brings = impact(survey, themes, told="praise")
    if not brings.n:
        return Cards(f"There are no comments to read for {survey.label}.")
    rows = _clear(brings, "brings points").sort_values(["points_low", "label"], ascending=[False, True]).head(MOST)
    if rows.empty:
        return Cards(f"No praise goes clearly with a higher score in {survey.label} ({display.plural(brings.n, 'comment')}).")
    cards = []
    for _, row in rows.iterrows():
        quotes = _quotes(survey, themes, int(row["id"]), "promoter", "praise")
        said = _sentence(row, brings, "it goes with a score that is higher by") + _parts(survey, themes, int(row["id"]), brings)
        cards.append(Card(str(row["label"]), said, quotes))
    sentence = f"Praise that goes with a higher score: {display.listed([f'“{c.title}”' for c in cards])}."
    return Cards(sentence, tuple(cards), rows.reset_index(drop=True))


def new(survey: Survey, themes: Themes, month: str | int) -> Cards:
    """Themes that are new or growing in the month.

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
        cards.append(Card(str(row["label"]), sentence, _quotes(now, themes, int(row["id"]), None, "any")))
    return Cards(moved.headline, tuple(cards), rows.reset_index(drop=True) if len(rows) else rows)


def to_call(survey: Survey) -> Result:
    """How many detractors of the month agreed to be called. Who they are is never on a published page."""
    if schema.CONSENT not in survey.frame:
        return Note("The mapping names no column in which customers agree to be called, so nobody is listed to call.")
    detractors = survey.frame[survey.frame["cohort"] == "detractor"]
    agreed = detractors[schema.CONSENT].isin(survey.mapping.consent_yes)
    wrote = int((detractors.loc[agreed, "comment"] != "").sum())
    return Note(
        f"{display.count(agreed.sum())} of {display.plural(len(detractors), 'detractor')} in {survey.label} agreed to be called; "
        f"{display.count(wrote)} of them left a comment. Call them while the contact is fresh."
    )


def _clear(costs: Impact, verdict: str) -> pd.DataFrame:
    """Themes with a clear verdict."""
    frame = costs.to_frame()
    return frame.reindex(columns=["id", "label", "points", "points_low", "points_high"]) if frame.empty else frame[frame["verdict"] == verdict]


def _parts(survey: Survey, themes: Themes, theme: int, costs: Impact) -> str:
    """What a theme is made of, where its name does not say: its sub-themes that ten and more customers mention so."""
    if themes.table.set_index("id")["named"][theme] >= NAMED_ENOUGH:
        return ""
    counts = themes.mentions(survey, costs.told, "subtheme")[themes.subthemes(theme)["id"]].sum().sort_values(ascending=False, kind="stable")
    shown = counts[counts >= schema.MIN_ANSWERS].head(MOST)
    if len(shown) < 2:
        return ""
    rows = zip(shown.index.tolist(), shown.tolist(), strict=True)
    named = display.listed([f"“{themes.label_of(sub, 'subtheme')}” ({display.count(n)})" for sub, n in rows])
    return f" It holds several things, most often {named}."


def _fix_card(survey: Survey, themes: Themes, costs: Impact, row: pd.Series) -> Card:
    theme = int(row["id"])
    sentence = _sentence(row, costs, "it goes with a score that is lower by")
    sentence += _parts(survey, themes, theme, costs) + _where(survey, themes, theme, costs)
    silent = survey.frame[(survey.frame["cohort"] == "detractor") & (survey.frame["comment"] == "")]
    unknown = "whether putting this right would raise the score: customers who complain about it may differ in other ways too."
    if len(silent):
        unknown += f" And what the {display.plural(len(silent), 'detractor')} think who left no comment."
    return Card(str(row["label"]), sentence, _quotes(survey, themes, theme, "detractor", "complaint"), unknown)


def _sentence(row: pd.Series, costs: Impact, verb: str) -> str:
    return (
        f"{display.count(row['n'])} of {display.plural(costs.n, 'comment')} {_TOLD[costs.told][1]} "
        f"({display.share(row['share'])}, {display.interval(100 * row['share_low'], 100 * row['share_high'])}). "
        f"Their score is {display.points(row['score'])}. Among all who commented, {verb} {display.number(abs(row['points']))} points "
        f"({display.interval(*sorted((abs(row['points_low']), abs(row['points_high']))))})."
    )


def _where(survey: Survey, themes: Themes, theme: int, costs: Impact) -> str:
    """The touchpoint that most complaints come from, where it has clearly more than its share."""
    if TOUCHPOINT not in survey.frame:
        return ""
    mentions = themes.mentions(survey, costs.told)
    where = survey.frame.loc[mentions.index, TOUCHPOINT]
    said = mentions[theme]
    top = where[said & (where != "")].value_counts()
    if top.empty or top.iloc[0] < schema.MIN_ANSWERS:
        return ""
    name, here, n = str(top.index[0]), int(top.iloc[0]), int(said.sum())
    elsewhere = int((where[~said] == name).sum())
    _, low, _ = stats.share_difference(here, n, elsewhere, int((~said).sum()))
    if low <= 0:
        return ""
    return (
        f" {display.share(here / n)} of these {_TOLD[costs.told][2]} come from “{name}”, which has "
        f"{display.share((here + elsewhere) / len(where))} of all comments."
    )


def _quotes(survey: Survey, themes: Themes, theme: int, cohort: str | None, told: Told) -> tuple[Quote, ...]:
    """Two or three quotes by the declared rule; none from groups under 20."""
    frame = survey.frame if cohort is None else survey.frame[survey.frame["cohort"] == cohort]
    chosen = themes.quotes(theme, frame[schema.RESPONSE_ID].tolist(), told=told)
    if chosen.empty and cohort is not None:
        chosen = themes.quotes(theme, survey.frame[schema.RESPONSE_ID].tolist(), told=told)
    known = survey.frame.set_index(schema.RESPONSE_ID)
    cells = survey.frame.groupby(["cohort", TOUCHPOINT]).size() if TOUCHPOINT in survey.frame else pd.Series(dtype=int)
    quotes = []
    for row in display.rows(chosen):
        person = known.loc[row.id]
        large = TOUCHPOINT in known and person[TOUCHPOINT] and cells[person["cohort"], person[TOUCHPOINT]] >= schema.MIN_QUOTED
        place = f", {person[TOUCHPOINT]}" if large else ""
        quotes.append(Quote(display.quoted(str(row.text)), f"{str(person['cohort']).capitalize()}{place}"))
    return tuple(quotes)


def _counted(n: int) -> str:
    return ("One thing", "Two things", "Three things")[n - 1]
