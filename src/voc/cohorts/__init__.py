"""Survey + Themes -> Contrast: what promoters and detractors say and rate differently."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats as sps

from voc import display, stats
from voc.cohorts import words as wording
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, Cohort
from voc.score.nps import LEVEL
from voc.themes import Themes

SHOWN_WORDS = 12


@dataclass(frozen=True, repr=False)
class Part(Result):
    """One side of a contrast: a table and the sentence that goes with it."""

    sentence: str
    frame: pd.DataFrame
    columns: tuple[Column, ...]
    caption: str = ""
    most: int = 100

    @property
    def headline(self) -> str:
        """The sentence."""
        return self.sentence

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return self.frame.head(self.most)

    def _columns(self) -> list[Column]:
        return list(self.columns)

    def _caption(self) -> str:
        return self.caption


@dataclass(frozen=True, repr=False)
class Contrast(Result):
    """Two groups of customers side by side.

    Attributes:
        themes: one row per theme: `id`, `label`, counts and shares of both groups among those who commented, `difference` with `low`, `high`
            (shares), `adjusted_p`, `verdict`.
        words: see `voc.cohorts.words.contrast`.
        first: name of the first group.
        second: name of the second group.
        sizes: answers and comments of the first, then of the second group.
        level: confidence level.
        label: which answers.
    """

    themes: pd.DataFrame
    words: pd.DataFrame
    first: str
    second: str
    sizes: tuple[int, int, int, int]
    level: float
    label: str

    @property
    def headline(self) -> str:
        """What each group talks about more."""
        n1, c1, n2, c2 = self.sizes
        groups = [f"{display.plural(n, name)} ({display.count(c)} comments)" for n, name, c in ((n1, self.first, c1), (n2, self.second, c2))]
        base = f"{groups[0]} and {groups[1]}, {self.label}."
        if self.themes.empty:
            return f"{base} There are too few comments to compare what they say."
        parts = [self._mentions(name, *sides) for name, sides in ((self.first, ("first", "second")), (self.second, ("second", "first")))]
        return f"{base} {' '.join(p for p in parts if p) or 'No theme is clearly more common in one group.'}"

    def _mentions(self, group: str, mine: str, other: str) -> str:
        """The three themes that a group clearly mentions more often; "" when there are none."""
        found = self.themes[self.themes["verdict"] == f"more {group}s"]
        found = found.reindex(found["difference"].abs().sort_values(ascending=False).index).head(3)
        if found.empty:
            return ""
        shares = zip(found["label"], found[f"share_{mine}"], found[f"share_{other}"], strict=True)
        named = [f"{label} ({display.share(a)} against {display.share(b)})" for label, a, b in shares]
        return f"{group.capitalize()}s mention more often: {'; '.join(named)}."

    @property
    def theme_part(self) -> Part:
        """The themes of both groups."""
        columns = (
            Column("label", "Theme"),
            Column("n_first", f"{self.first.capitalize()}s", "count"),
            Column("share_first", "Share", "share"),
            Column("n_second", f"{self.second.capitalize()}s", "count"),
            Column("share_second", "Share", "share"),
            Column("difference", "Difference, % points", "share_change"),
            Column("low", "Low to high, all rows together", "range_share", "high"),
            Column("verdict", "Verdict"),
        )
        return Part(self.headline, self.themes, columns, f"Themes among those who commented, {self.label}")

    def word_part(self, group: str) -> Part:
        """The words and phrases that go with one of the groups, by its name."""
        first = group == self.first
        rows = self.words[self.words["sure"]] if len(self.words) else self.words
        rows = rows[rows["z"] > 0] if first else rows[rows["z"] < 0].iloc[::-1]
        rows = _without_parts(rows)
        if rows.empty:
            return Part(f"No word or phrase goes clearly with {group}s.", pd.DataFrame(), ())
        mine, other = ("n_first", "n_second") if first else ("n_second", "n_first")
        top = rows.iloc[0]
        _, c1, _, c2 = self.sizes
        bases = (c1, c2) if first else (c2, c1)
        rival = self.second if first else self.first
        sentence = (
            f"{group.capitalize()}s write “{top['phrase']}” more often: {display.count(top[mine])} of {display.count(bases[0])} {group}s "
            f"who commented, {display.count(top[other])} of {display.count(bases[1])} {rival}s."
        )
        columns = (
            Column("phrase", "Word or phrase"),
            Column(mine, f"{group.capitalize()}s who write it", "count"),
            Column(other, f"{rival.capitalize()}s who write it", "count"),
        )
        return Part(sentence, rows, columns, f"Words of {group}s, {self.label}", SHOWN_WORDS)

    def to_frame(self) -> pd.DataFrame:
        """The theme comparison."""
        return self.themes

    def _columns(self) -> list[Column]:
        return self.theme_part._columns()


@dataclass(frozen=True, repr=False)
class Ratings(Result):
    """How two groups answer the touchpoint questions.

    Attributes:
        frame: one row per question that at least 10 of each group answered, widest gap first: `question`, `wording`, `mean_first`, `n_first`,
            `mean_second`, `n_second`, `difference` with `low`, `high` (scale points).
        first: name of the first group.
        second: name of the second group.
        level: confidence level.
        label: which answers.
    """

    frame: pd.DataFrame
    first: str
    second: str
    level: float
    label: str

    @property
    def headline(self) -> str:
        """The question with the widest gap."""
        if self.frame.empty:
            return f"There are no touchpoint questions with enough answers of both groups to compare ({self.label})."
        top = self.frame.iloc[0]
        return (
            f"The widest gap is “{top['wording']}”: {self.first}s give {display.number(top['mean_first'], 2)} on average, "
            f"{self.second}s {display.number(top['mean_second'], 2)}."
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per question."""
        return self.frame

    def _caption(self) -> str:
        return f"Average answers, {self.label}"

    def _columns(self) -> list[Column]:
        return [
            Column("wording", "Question"),
            Column("mean_first", f"{self.first.capitalize()}s", "number"),
            Column("mean_second", f"{self.second.capitalize()}s", "number"),
            Column("difference", "Difference", "number"),
            Column("low", "Low to high, all rows together", "range_number", "high"),
        ]


def compare(survey: Survey, themes: Themes, *, first: Cohort = "promoter", second: Cohort = "detractor", level: float = LEVEL) -> Contrast:
    """Compare two bands of customers.

    Args:
        survey: the answers.
        themes: found on comments that include the survey's.
        first: a band.
        second: another band.
        level: one minus the rate of false alarms among the themes, and among the words, called different.

    Notes:
        Shares by Newcombe's method 10 and Fisher's exact test with Benjamini-Hochberg. Not adjusted for the touchpoint. Swapping the bands flips
        every sign and changes nothing else.
    """
    frame = survey.frame
    mentions = themes.mentions(survey)
    wrote = frame.loc[mentions.index]
    one, two = (wrote["cohort"] == first).to_numpy(), (wrote["cohort"] == second).to_numpy()
    both = one | two
    sizes = (int((frame["cohort"] == first).sum()), int(one.sum()), int((frame["cohort"] == second).sum()), int(two.sum()))
    return Contrast(
        _themes(mentions, themes, (one, two), (first, second), level),
        wording.contrast(wrote.loc[both, "comment"].tolist(), one[both], level=level),
        first, second, sizes, level, survey.label,
    )  # fmt: skip


def ratings(survey: Survey, *, first: Cohort = "promoter", second: Cohort = "detractor", level: float = LEVEL) -> Ratings:
    """Compare how two bands answer the touchpoint questions.

    Args:
        survey: the answers.
        first: a band.
        second: another band.
        level: confidence level of all differences together (Welch's interval, Bonferroni).
    """
    rows = []
    cohorts = survey.frame["cohort"]
    wide = stats.family_level(level, len(survey.ratings))
    for question in survey.ratings:
        a, b = (survey.frame.loc[cohorts == name, question.name].dropna() for name in (first, second))
        if min(len(a), len(b)) < MIN_ANSWERS:
            continue
        gap = _welch(a, b, wide)
        rows.append(
            {"question": question.name, "wording": question.wording, "mean_first": a.mean(), "n_first": len(a), "mean_second": b.mean(),
             "n_second": len(b), "difference": a.mean() - b.mean(), "low": float(gap[0]), "high": float(gap[1])}
        )  # fmt: skip
    table = pd.DataFrame(rows)
    if len(table):
        table = table.reindex(table["difference"].abs().sort_values(ascending=False, kind="stable").index).reset_index(drop=True)
    return Ratings(table, first, second, level, survey.label)


def _themes(mentions: pd.DataFrame, themes: Themes, groups: tuple[np.ndarray, np.ndarray], names: tuple[str, str], level: float) -> pd.DataFrame:
    totals = [int(g.sum()) for g in groups]
    counts = [mentions[g].sum() for g in groups]
    kept = [t for t in mentions.columns if counts[0][t] + counts[1][t] >= MIN_ANSWERS]
    if not kept or min(totals) < MIN_ANSWERS:
        return pd.DataFrame()
    k1, k2 = (c[kept].to_numpy() for c in counts)
    adjusted = stats.benjamini_hochberg(stats.share_difference_p(k1, totals[0], k2, totals[1]))
    wide = stats.selected_level(level, adjusted)
    difference, low, high = stats.share_difference(k1, totals[0], k2, totals[1], level=wide)
    labels = themes.table.set_index("id")["label"]
    frame = pd.DataFrame({"id": kept, "label": [labels[t] for t in kept], "n_first": k1, "n_second": k2})
    frame["share_first"], frame["share_second"] = k1 / totals[0], k2 / totals[1]
    frame["difference"], frame["low"], frame["high"], frame["adjusted_p"] = difference, low, high, adjusted
    sure = (frame["adjusted_p"] <= 1 - level) & ((frame["low"] > 0) | (frame["high"] < 0))
    frame["verdict"] = np.select([sure & (difference > 0), sure & (difference < 0)], [f"more {names[0]}s", f"more {names[1]}s"], "not clear")
    return frame.sort_values(["difference", "label"], ascending=[False, True], ignore_index=True)


def _without_parts(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out a phrase that shares a word with a stronger one, so that a list names different things."""
    kept, seen = [], set[str]()
    for index, phrase in rows["phrase"].items():
        parts = set(str(phrase).split())
        if not parts & seen:
            kept.append(index)
            seen |= parts
    return rows.loc[kept]


def _welch(a: pd.Series, b: pd.Series, level: float) -> tuple[float, float]:
    """Welch's interval of a difference of means; nan when neither group varies (scipy warns when only one does not)."""
    va, vb = a.var() / len(a), b.var() / len(b)
    if va + vb == 0:
        return float("nan"), float("nan")
    df = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    half = float(sps.t.ppf(0.5 + level / 2, df) * np.sqrt(va + vb))
    return float(a.mean() - b.mean()) - half, float(a.mean() - b.mean()) + half
