"""Two groups -> a profile of both; what passives lack to be promoters; who complains and is a promoter all the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, stats
from voc.cohorts.facts import ANSWER, FEWEST_TO_TELL, SHARE, clearest, fact_columns, facts, readable, side_by_side
from voc.cohorts.groups import Group, many, sides
from voc.display import Column, Note, Result
from voc.ingest import Survey
from voc.schema import COHORTS, MIN_ANSWERS, VocError
from voc.score.nps import LEVEL
from voc.themes import Themes

SAME, OTHER_WAY, NOT_CLEAR = "yes", "the other way round", "not clear"


@dataclass(frozen=True, repr=False)
class Profile(Result):
    """Two groups, everything that is known of them.

    Attributes:
        frame: one row per fact, in groups: `kind` ("answer", a segment, "comment", "revenue", "theme"), `what`, `unit` ("mean" or "share"),
            `n_first`, `first`, `n_second`, `second`, `rest` (those in neither group), `difference` with `low`, `high`, `p`, `adjusted_p`, `verdict`
            ("more", "less": the first against the second; "not clear").
        first: name of the first group.
        second: name of the second group.
        rest: what those in neither are called; "" where there are none.
        sizes: answers of both.
        level: confidence level.
        label: which answers.
    """

    frame: pd.DataFrame
    first: str
    second: str
    rest: str
    sizes: tuple[int, int]
    level: float
    label: str
    behind_chart = True

    @property
    def headline(self) -> str:
        """How many of each, and what sets them apart apart from their ratings."""
        base = f"{display.count(self.sizes[0])} {many(self.first)} beside {display.count(self.sizes[1])} {many(self.second)} ({self.label})."
        sure = self.frame[(self.frame["verdict"] != "not clear") & ~self.frame["kind"].isin(["answer", "theme"])]
        if sure.empty:
            return f"{base} They do not differ clearly in where they come from, what they spend or how much they write."
        return f"{base} They differ most clearly in {display.listed(clearest(sure))}."

    def to_frame(self) -> pd.DataFrame:
        """One row per fact."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return readable(self.frame)

    def _caption(self) -> str:
        both = f"{many(self.first).capitalize()} beside {many(self.second)}"
        return f"{both}, {self.label}. Themes: of those who commented. Differences of shares in percentage points."

    def _columns(self) -> list[Column]:
        one, two = many(self.first).capitalize(), many(self.second).capitalize()
        rest = [Column("rest_shown", self.rest.capitalize())] if self.rest else []
        asked = [Column("n_first", f"{one} asked", "count"), Column("n_second", f"{two} asked", "count")]
        return [*fact_columns(one, two, between=rest), *asked]


def profile(
    survey: Survey, themes: Themes | None = None, *, first: Group = "promoter", second: Group = "detractor", level: float = LEVEL
) -> Profile | Note:
    """Two groups side by side: answers (averages, low and best ones), touchpoints and segments, comments, revenue, themes.

    Args:
        survey: the answers.
        themes: found on comments that include the survey's; None leaves them out.
        first: a band, columns with values, or a Survey whose answers are among these.
        second: the same, or "others".
        level: one minus the rate of false alarms over all rows.

    Returns:
        Profile, or a Note where a group is too small.

    Raises:
        VocError: a group is unknown, empty, or shares answers with the other.
    """
    one, two = sides(survey, first, second)
    frame = side_by_side(survey, themes, (one.rows, two.rows), level)
    if frame.empty:
        return Note(f"There are too few {one.many} or {two.many} to compare ({survey.label}).")
    neither = ~(one.rows | two.rows)
    rest = next((many(c) for c in COHORTS if c not in (one.name, two.name)), "") if {one.name, two.name} <= set(COHORTS) else ""
    if rest:
        values = [f.values[neither] for f in facts(survey, themes)]
        frame["rest"] = [_mean(values[at], unit) for at, unit in zip(frame["at"], frame["unit"], strict=True)]
    return Profile(frame, one.name, two.name, rest, (one.n, two.n), level, survey.label)


def _mean(values: stats.Floats, unit: str) -> float:
    """The mean, missing where fewer than 10 answers stand for it."""
    known = values[~np.isnan(values)]
    few = len(known) < MIN_ANSWERS or (unit == SHARE and 0 < known.sum() < MIN_ANSWERS)
    return float("nan") if few else float(known.mean())


@dataclass(frozen=True, repr=False)
class Missing(Result):
    """What separates passives from promoters.

    Attributes:
        frame: one row per clear difference, the clearest first: as `Profile.frame` (first: promoters, second: passives), with `also` ("yes": passives
            differ clearly from detractors in it too, the same way; "the other way round"; "not clear").
        counts: detractors, passives, promoters.
        level: confidence level.
        label: which answers.
    """

    frame: pd.DataFrame
    counts: tuple[int, int, int]
    level: float
    label: str
    behind_chart = True

    @property
    def headline(self) -> str:
        """What passives are missing, first of all what they alone are missing."""
        if self.frame.empty:
            return f"Nothing clearly separates passives from promoters ({self.label})."
        parts = []
        steps = (
            (
                (NOT_CLEAR, OTHER_WAY),
                "Promoters differ from passives in this, and passives do not clearly differ from detractors the same way:",
            ),
            ((SAME,), "Promoters differ from passives in this, and passives from detractors too:"),
        )
        for also, words in steps:
            told = clearest(self.frame[self.frame["also"].isin(also)])
            parts += [f"{words} {display.listed(told)}."] if told else []
        return f"{' '.join(parts)} Promoters against passives, {self.label}."

    def to_frame(self) -> pd.DataFrame:
        """One row per clear difference."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return readable(self.frame)

    def _caption(self) -> str:
        return f"Clear differences between passives and promoters, {self.label}."

    def _columns(self) -> list[Column]:
        return fact_columns("Promoters", "Passives", last=Column("also", "Detractors to passives too"))


def _also(up: str, down: str) -> str:
    """Whether the step from detractor to passive has the same difference."""
    return SAME if up == down else NOT_CLEAR if down == NOT_CLEAR else OTHER_WAY


def missing(survey: Survey, themes: Themes | None = None, *, level: float = LEVEL) -> Missing:
    """What passives lack to be promoters, apart from what separates detractors from passives.

    Args:
        survey: the answers.
        themes: found on comments that include the survey's.
        level: one minus the rate of false alarms, in each of the two comparisons.
    """
    rows = {c: (survey.answers["cohort"] == c).to_numpy() for c in COHORTS}
    up = side_by_side(survey, themes, (rows["promoter"], rows["passive"]), level)
    down = side_by_side(survey, themes, (rows["passive"], rows["detractor"]), level)
    known = dict(zip(down["at"], down["verdict"], strict=True))
    up["also"] = [_also(v, known.get(at, NOT_CLEAR)) for at, v in zip(up["at"], up["verdict"], strict=True)]
    clear = up[up["verdict"] != "not clear"]
    order = (clear["difference"].abs() / (clear["high"] - clear["low"])).sort_values(ascending=False, kind="stable").index
    counts = tuple(int(rows[c].sum()) for c in COHORTS)
    return Missing(clear.loc[order].reset_index(drop=True), (counts[0], counts[1], counts[2]), level, survey.label)


@dataclass(frozen=True, repr=False)
class Despite(Result):
    """Customers who mention a problem and are promoters all the same.

    Attributes:
        frame: as `Profile.frame`: promoters who mention it (first) beside the others who do (second).
        theme: the theme's name.
        n: customers who mention it (as a complaint, where tone is known).
        promoters: how many of them are promoters.
        level: confidence level.
        label: which answers.
        verb: "complain about", or "mention" where tone is not known.
    """

    frame: pd.DataFrame
    theme: str
    n: int
    promoters: int
    level: float
    label: str
    verb: str = "complain about"
    behind_chart = True

    @property
    def headline(self) -> str:
        """How many are promoters all the same, and what is different about them."""
        of = f"Of {display.plural(self.n, 'answer')} that {self.verb} “{self.theme}”"
        base = f"{of} {display.count(self.promoters)} are from promoters all the same ({self.label})."
        # That promoters rate better is no surprise; it is said only where there is nothing else.
        told = clearest(self.frame[self.frame["kind"] != ANSWER]) or clearest(self.frame)
        if not told:
            return f"{base} Nothing is clearly different about them; they may be too few to tell."
        return f"{base} What is different about them: {display.listed(told)}."

    def to_frame(self) -> pd.DataFrame:
        """One row per fact."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return readable(self.frame)

    def _caption(self) -> str:
        return f"Promoters who {self.verb} “{self.theme}” beside the others who do, {self.label}."

    def _columns(self) -> list[Column]:
        return fact_columns(f"Promoters who {self.verb} it", f"Others who {self.verb} it")


def despite(survey: Survey, themes: Themes, theme: int | None = None, *, level: float = LEVEL) -> Despite | Note:
    """Who complains about a theme and is a promoter all the same, and what is different about them.

    Args:
        survey: the answers.
        themes: found on comments that include the survey's.
        theme: its id; None takes the theme that most customers complain about.
        level: one minus the rate of false alarms over all rows.

    Raises:
        VocError: there is no such theme.
    """
    mentions = themes.mentions(survey, "complaint")
    if mentions.empty or mentions.shape[1] == 0:
        return Note(f"There are no themes to look at ({survey.label}).")
    chosen = int(mentions.columns[int(mentions.sum().to_numpy().argmax())]) if theme is None else theme
    label = themes.label_of(chosen)
    if chosen not in mentions:
        raise VocError(f"the theme “{label}” is hidden")
    said = np.zeros(len(survey.answers), bool)
    said[survey.answers.index.get_indexer(mentions.index[mentions[chosen]])] = True
    promoter = (survey.answers["cohort"] == "promoter").to_numpy()
    verb = "complain about" if themes.has_tone else "mention"
    n, happy = int(said.sum()), int((said & promoter).sum())
    if min(happy, n - happy) < FEWEST_TO_TELL:
        count = display.some(happy, MIN_ANSWERS)
        return Note(
            f"Of {display.plural(n, 'answer')} that {verb} “{label}” {count} are from promoters ({survey.label}); "
            f"that takes {FEWEST_TO_TELL} on each side to say what is different about them."
        )
    frame = side_by_side(survey, themes, (said & promoter, said & ~promoter), level)
    return Despite(frame, label, n, happy, level, survey.label, verb)
