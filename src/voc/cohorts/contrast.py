"""Survey + Themes + two groups -> Contrast: which themes and words each group brings up, and what both do."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from voc import display, stats
from voc.cohorts import words as wording
from voc.cohorts.groups import Bools, Group, Side, customers, many, sides
from voc.display import Column, Result
from voc.drivers.data import weights_of
from voc.ingest import Survey
from voc.schema import MIN_ANSWERS, TOUCHPOINT, VocError
from voc.score.nps import LEVEL
from voc.score.protect import small
from voc.themes import Themes

SHOWN_WORDS = 12
FEW = f"A dash: fewer than {MIN_ANSWERS} customers, or what follows from them."
ALIKE = 0.05  # shares whose difference surely lies within this are alike
FOLLOWS = "not clear at the same {}"
BOTH_OFTEN = 0.05  # of each group, from which a theme counts as common to both


@dataclass(frozen=True, repr=False)
class Part(Result):
    """One side of a contrast: a table and the sentence that goes with it."""

    sentence: str
    frame: pd.DataFrame
    columns: tuple[Column, ...]
    caption: str = ""
    most: int = 100
    behind_chart = True

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
        themes: one row per theme that 10 and more customers of both groups together mention: `id`, `label`, `n_first`, `n_second`, `share_first`,
            `share_second` (of those who commented), `n_rest`, `share_rest` (of those in neither group), `difference` with `low`, `high`
            (shares), `adjusted` with `adjusted_low`, `adjusted_high` (the same at the same touchpoint; missing where there is one touchpoint
            only), `p`, `adjusted_p`, `verdict` ("more promoters", "alike", "not clear",
            "not clear at the same touchpoint").
        words: see `voc.cohorts.words.contrast`; `adjusted_p` and `sure` count themes and words as one family.
        first: name of the first group.
        second: name of the second group.
        sizes: answers and commenting customers of the first, then of the second group.
        level: confidence level.
        label: which answers.
        held: what `adjusted` holds constant; "" where nothing.
        rest: what those in neither group are called; "" where there are none.
    """

    themes: pd.DataFrame
    words: pd.DataFrame
    first: str
    second: str
    sizes: tuple[int, int, int, int]
    level: float
    label: str
    held: str = ""
    rest: str = field(default="")

    @property
    def headline(self) -> str:
        """What each group talks about more, and what both do."""
        n1, c1, n2, c2 = self.sizes
        groups = [
            f"{_counted(n, name)} (comments of {display.some(c, MIN_ANSWERS)} customers)"
            for n, name, c in ((n1, self.first, c1), (n2, self.second, c2))
        ]
        base = f"{groups[0]} and {groups[1]}, {self.label}."
        if self.themes.empty:
            return f"{base} There are too few comments to compare what they say."
        parts = [self._mentions(name, *pair) for name, pair in ((self.first, ("first", "second")), (self.second, ("second", "first")))]
        alike = self.themes.loc[self.themes["verdict"] == "alike", "label"].head(3).tolist()
        if alike:
            parts.append(f"Both talk alike about {display.listed([f'“{a}”' for a in alike])}.")
        return f"{base} {' '.join(p for p in parts if p) or 'No theme is clearly more common in one group.'}"

    def _mentions(self, group: str, mine: str, other: str) -> str:
        """The three themes that a group clearly mentions more often; "" when there are none."""
        found = self.themes[self.themes["verdict"] == f"more {many(group)}"]
        found = found.reindex(found["difference"].abs().sort_values(ascending=False).index).head(3)
        if found.empty:
            return ""
        rows = zip(found["label"], found[f"share_{mine}"], found[f"share_{other}"], found[f"n_{other}"], strict=True)
        few = f"fewer than {MIN_ANSWERS} customers"
        named = [f"{label} ({display.share(a)} against {few if 0 < n < MIN_ANSWERS else display.share(b)})" for label, a, b, n in rows]
        return f"Mentioned more often by {many(group)}: {'; '.join(named)}."

    @property
    def theme_part(self) -> Part:
        """The themes of both groups."""
        rest = (Column("share_rest", self.rest.capitalize(), "share"),) if self.rest else ()
        wide = "Low to high, all rows together"
        held = (
            Column("adjusted", f"At the same {self.held}", "share_change"),
            Column("adjusted_low", wide, "range_share", "adjusted_high"),
        )
        columns = (
            Column("label", "Theme"),
            Column("n_first", _title(self.first), "count"),
            Column("share_first", "Share", "share"),
            Column("n_second", _title(self.second), "count"),
            Column("share_second", "Share", "share"),
            *rest,
            Column("difference", "Difference, % points", "share_change"),
            Column("low", wide, "range_share", "high"),
            *(held if self.held else ()),
            Column("verdict", "Verdict"),
        )
        return Part(self.headline, self.shown_themes, columns, f"Themes among those who commented, {self.label}. {FEW}")

    @property
    def shown_themes(self) -> pd.DataFrame:
        """The themes as a page shows them: what fewer than ten customers of a group mention, and what it follows from, is missing."""
        frame = _without_few(self.themes)
        for name in ("difference", "low", "high", "adjusted", "adjusted_low", "adjusted_high"):
            if name in frame:
                frame[name] = frame[name].mask(small(self.themes["n_first"]) | small(self.themes["n_second"]))
        return frame

    def word_part(self, group: str) -> Part:
        """The words and phrases that go with one of the groups, by its name."""
        first = group == self.first
        rows = self.words[self.words["sure"].astype(bool)] if len(self.words) else self.words
        rows = rows[rows["z"] > 0] if first else rows[rows["z"] < 0].iloc[::-1]
        rows = _without_parts(rows)
        if rows.empty:
            return Part(f"No word or phrase goes clearly with {many(group)}.", pd.DataFrame(), ())
        mine, other = ("n_first", "n_second") if first else ("n_second", "n_first")
        top = rows.iloc[0]
        _, c1, _, c2 = self.sizes
        bases = (c1, c2) if first else (c2, c1)
        rival = self.second if first else self.first
        sentence = (
            f"“{top['phrase']}” is written more often by {many(group)}: {display.count(top[mine])} of {_counted(bases[0], group)} who commented, "
            f"{display.some(int(top[other]), MIN_ANSWERS)} of {_counted(bases[1], rival)}."
        )
        columns = (
            Column("phrase", "Word or phrase"),
            Column(mine, f"{_title(group)}, of {display.count(bases[0])}", "count"),
            Column(other, f"{_title(rival)}, of {display.count(bases[1])}", "count"),
        )
        return Part(sentence, _without_few(rows), columns, f"Words of {many(group)}, {self.label}. {FEW}", SHOWN_WORDS)

    def to_frame(self) -> pd.DataFrame:
        """The theme comparison."""
        return self.themes

    def _columns(self) -> list[Column]:
        return self.theme_part._columns()


def compare(
    survey: Survey, themes: Themes, *, first: Group = "promoter", second: Group = "detractor", adjust: str = TOUCHPOINT, weighted: bool = False
) -> Contrast:
    """Compare what two groups of customers talk about.

    Args:
        survey: the answers.
        themes: found on comments that include the survey's.
        first: a band, columns with values such as {"touchpoint": "Store"}, or a Survey whose answers are among these, such as a month.
        second: the same, or "others".
        adjust: column at whose values the groups are compared once more, such as "product"; "" for none.
        weighted: weight each answer with the survey's own weights; nothing is adjusted then.

    Raises:
        VocError: a group is unknown, empty, or shares answers with the other; there is no such column, or no weights to use.

    Notes:
        Customers are counted, not comments: one who wrote twice counts once in a group. Shares by Newcombe's method 10 and Fisher's exact
        test (its smaller side doubled); themes and words are one family (Benjamini-Hochberg). "Alike": the interval lies within 5 points and
        both groups mention it often. A difference that is clear in all but not at the same touchpoint (Mantel-Haenszel, at the same level) is
        called by that, for it may only follow the touchpoint. With weights, shares and intervals are at the effective number of customers.
        Swapping the groups flips every sign and changes nothing else.

    References:
        Newcombe 1998, Statistics in Medicine 17:873; Greenland & Robins 1985, Biometrics 41:55; Monroe et al. 2008, Political Analysis 16:372.
    """
    one, two = sides(survey, first, second)
    mentions = themes.mentions(survey)
    at = survey.answers.index.get_indexer(mentions.index)
    who = customers(survey)[at]
    weights = weights_of(survey)[at] if weighted else np.ones(len(at))
    a, b = one.rows[at], two.rows[at]
    if adjust not in ("", TOUCHPOINT) and adjust not in survey.answers:
        raise VocError(f'"{adjust}" is no column of the survey; there are {display.listed(list(survey.segments)) or "no segments"}')
    held = adjust if not weighted and adjust in survey.answers and survey.answers[adjust].nunique() > 1 else ""
    place = pd.factorize(survey.answers[held].fillna("").astype(str).to_numpy()[at])[0] if held else None
    people = _People(who, weights, place)
    frame = _themes(mentions, themes, people, (a, b))
    both = a | b
    comments = survey.frame["comment"].to_numpy()[at]
    said = wording.contrast(comments[both].tolist(), a[both], customers=who[both], weights=weights[both] if weighted else None)
    frame, said = _as_one_family(frame, said, (one, two), held)
    rest = _rest(one, two)
    sizes = (one.n, _distinct(who, a), two.n, _distinct(who, b))
    return Contrast(frame, said, one.name, two.name, sizes, LEVEL, survey.label, held, rest)


@dataclass(frozen=True)
class _People:
    """Of each comment: its customer, its weight, its touchpoint (None where there is one)."""

    who: np.ndarray
    weights: stats.Floats
    place: np.ndarray | None


def _distinct(who: np.ndarray, rows: Bools) -> int:
    return len(np.unique(who[rows]))


def _rest(one: Side, two: Side) -> str:
    """What the third band is called, where the groups are two of the three."""
    bands = ["detractor", "passive", "promoter"]
    if one.name in bands and two.name in bands:
        return many(next(b for b in bands if b not in (one.name, two.name)))
    return ""


def _counts(mentions: np.ndarray, people: _People, rows: Bools) -> tuple[stats.Floats, int, stats.Floats, float]:
    """Customers of a group who mention each theme, all of them; their weighted shares, and how many they are worth."""
    units, unit = np.unique(people.who[rows], return_inverse=True)
    said = np.zeros((len(units), mentions.shape[1]))
    np.maximum.at(said, unit, mentions[rows].astype(float))
    mass = np.bincount(unit, people.weights[rows]) / np.bincount(unit) if len(units) else np.empty(0)
    total = mass.sum()
    share = mass @ said / total if len(units) else np.full(mentions.shape[1], np.nan)
    return said.sum(axis=0), len(units), share, float(total**2 / (mass**2).sum()) if len(units) else 0.0


def _themes(mentions: pd.DataFrame, themes: Themes, people: _People, groups: tuple[Bools, Bools]) -> pd.DataFrame:
    """Shares of both groups and of the rest; tests; nothing corrected yet."""
    said = mentions.to_numpy()
    (k1, n1, s1, w1), (k2, n2, s2, w2), (k3, _, s3, _) = (_counts(said, people, g) for g in (*groups, ~(groups[0] | groups[1])))
    kept = np.flatnonzero(k1 + k2 >= MIN_ANSWERS)
    if not len(kept) or min(n1, n2) < MIN_ANSWERS:
        return pd.DataFrame()
    labels = themes.table.set_index("id")["label"]
    ids = mentions.columns.to_numpy()[kept]
    frame = pd.DataFrame({"id": ids, "label": labels.loc[ids].to_numpy()})
    frame["n_first"], frame["n_second"], frame["n_rest"] = k1[kept].astype(int), k2[kept].astype(int), k3[kept].astype(int)
    frame["share_first"], frame["share_second"], frame["share_rest"] = s1[kept], s2[kept], s3[kept]
    frame["worth_first"], frame["worth_second"] = w1, w2
    frame["difference"] = frame["share_first"] - frame["share_second"]
    exact = np.isclose(w1, n1) and np.isclose(w2, n2)
    if exact:
        frame["p"] = stats.doubled_fisher_p(k1[kept], n1, k2[kept], n2)
    else:
        scaled = (np.round(s1[kept] * w1), round(w1), np.round(s2[kept] * w2), round(w2))
        frame["p"] = stats.doubled_fisher_p(*scaled)
    return frame.assign(strata=pd.Series([_strata(said[:, j], people, groups) for j in kept], dtype=object))


def _strata(mention: Bools, people: _People, groups: tuple[Bools, Bools]) -> np.ndarray | None:
    """(touchpoints, 2, 2) customers of both groups by whether they mention a theme there."""
    if people.place is None:
        return None
    out = np.zeros((int(people.place.max()) + 1, 2, 2))
    for side, rows in enumerate(groups):
        units, unit = np.unique(people.who[rows] * len(out) + people.place[rows], return_inverse=True)
        said = np.zeros(len(units), dtype=int)
        np.maximum.at(said, unit, mention[rows].astype(int))
        np.add.at(out[:, side], (units % len(out), 1 - said), 1)
    return out


def _as_one_family(frame: pd.DataFrame, said: pd.DataFrame, groups: tuple[Side, Side], held: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Themes and words corrected together; intervals of the themes at the level that goes with it."""
    p = np.concatenate([x["p"].to_numpy(dtype=float) if len(x) else np.empty(0) for x in (frame, said)])
    if not len(p):
        return frame, said
    adjusted = stats.benjamini_hochberg(p)
    if len(said):
        said = said.assign(adjusted_p=adjusted[len(frame) :], sure=adjusted[len(frame) :] <= 1 - LEVEL)
    if frame.empty:
        return frame, said
    wide = stats.selected_level(LEVEL, adjusted)
    k = [frame[f"share_{s}"] * frame[f"worth_{s}"] for s in ("first", "second")]
    _, frame["low"], frame["high"] = stats.share_difference(k[0], frame["worth_first"], k[1], frame["worth_second"], level=wide)
    frame["adjusted_p"] = adjusted[: len(frame)]
    inside = [(np.nan, np.nan, np.nan) if t is None else stats.mantel_haenszel_difference(t, level=wide) for t in frame["strata"]]
    frame = frame.assign(**dict(zip(("adjusted", "adjusted_low", "adjusted_high"), np.array(inside).T, strict=True)))
    sure = (frame["adjusted_p"] <= 1 - LEVEL) & ((frame["low"] > 0) | (frame["high"] < 0))
    up, (one, two) = frame["difference"] > 0, groups
    gone = sure & frame["adjusted"].notna() & ~np.where(up, frame["adjusted_low"] > 0, frame["adjusted_high"] < 0)
    often = frame[["share_first", "share_second"]].min(axis=1) >= BOTH_OFTEN
    alike = (frame["low"] > -ALIKE) & (frame["high"] < ALIKE) & often & ~sure
    verdicts = [FOLLOWS.format(held), f"more {one.many}", f"more {two.many}", "alike"]
    frame["verdict"] = np.select([gone, sure & up, sure & ~up, alike], verdicts, "not clear")
    frame = frame.drop(columns=["worth_first", "worth_second", "strata"])
    return frame.sort_values(["difference", "label"], ascending=[False, True], ignore_index=True), said


def _without_few(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows as a page shows them: what fewer than ten customers of a group mention is missing."""
    out = rows.copy()
    for side in ("first", "second", "rest"):
        for name in (f"n_{side}", f"share_{side}"):
            if name in out:
                out[name] = out[name].mask(small(rows[f"n_{side}"]))
    return out


def _title(name: str) -> str:
    text = many(name)
    return text[:1].upper() + text[1:]


def _counted(n: int, name: str) -> str:
    """How many of a group: "510 promoters", or "510 of Store"."""
    told = display.some(n, MIN_ANSWERS)
    return f"{told} of {name}" if many(name) == name else f"{told} {name if n == 1 else many(name)}"


def _without_parts(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out a phrase that shares a word with a stronger one, so that a list names different things."""
    kept, seen = [], set[str]()
    for index, phrase in rows["phrase"].items():
        parts = set(str(phrase).split())
        if not parts & seen:
            kept.append(index)
            seen |= parts
    return rows.loc[kept]
