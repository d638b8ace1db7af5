"""Answers in any data frame -> the table of counts that every score, interval and comparison works on. The only pass over the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import narwhals as nw
import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame

from voc import display, stats
from voc.display import Column, Result
from voc.ingest import Survey
from voc.schema import CUSTOMER, DATE, SCORE, WEIGHT, VocError, closest
from voc.score.rows import ROLES, check_kinds, check_names, checked, frame_of, texts
from voc.stats import Floats

Every = Literal["day", "week", "month", "quarter", "year"]
FREQUENCY: dict[str, str] = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
STEP = {"day": "1d", "week": "1d", "month": "1mo", "quarter": "1q", "year": "1y"}  # days are put together into weeks afterwards
PERIOD, BAND = "period", "band"
SUMS = ["n", "weight", "square", "alone", "alone_square"]
GROUP_COLUMNS = ["n", "weight", "detractors", "passives", "promoters", "effective", "kish", "square"]
BANDS = np.array([-1, 0, 1])
OWN = {SCORE, CUSTOMER, *SUMS, "net", "band", "least", "known"}  # columns of the tables, which no key may be called
WEIGHTED, REPEATED = "weighted", "some customers answered more than once"


@dataclass(frozen=True, repr=False)
class Tally(Result):
    """Counts of answers. Tallies of parts of a file add up to that of the whole: `first + second`.

    Attributes:
        frame: one row per combination of the keys and answer: the keys, `score` (0-10), `n` (answers), `weight` and `square` (sums of the
            weights and of their squares; equal to `n` without weights), `alone` and `alone_square` (`n` and `square` of those that name no
            customer).
        keys: the columns by which answers are counted apart; "period" among them where they are counted over time.
        every: the length of a period; "" without.
        people: where answers name customers, one row per combination of the keys and customer: `n`, `weight` and `net` (sum of the weights
            times the band, -1, 0 or 1). None otherwise.
        weighted: answers have weights.
        missing: answers without a score, which are left out.
        label: which answers.
    """

    frame: pd.DataFrame
    keys: tuple[str, ...] = ()
    every: str = ""
    people: pd.DataFrame | None = None
    weighted: bool = False
    missing: int = 0
    label: str = "all answers"

    @property
    def n(self) -> int:
        """Number of answers."""
        return int(self.frame["n"].sum())

    @property
    def repeated(self) -> bool:
        """Whether a customer answered more than once."""
        return self.people is not None and bool((self.people.groupby(CUSTOMER, sort=False)["n"].sum() > 1).any())

    @property
    def because(self) -> str:
        """Why the answers tell less than their number; "" where they do not."""
        return " and ".join([*([WEIGHTED] if self.weighted else []), *([REPEATED] if self.repeated else [])])

    @property
    def allowance(self) -> str:
        """What the ranges allow for, as a sentence for a caption; "" where the answers are worth their number."""
        why = [*(["weights"] if self.weighted else []), *(["customers who answered more than once"] if self.repeated else [])]
        return f" Ranges allow for {' and '.join(why)}." if why else ""

    def __add__(self, other: Tally) -> Tally:
        """Both tallies together.

        Raises:
            VocError: they count different things.
        """
        if (self.keys, self.every, self.weighted, self.people is None) != (other.keys, other.every, other.weighted, other.people is None):
            raise VocError(f"two tallies add up only when they count the same; found {self._counts} and {other._counts}")
        people = None if self.people is None else _summed(pd.concat([self.people, other.people]), [*self.keys, CUSTOMER])
        frame = _summed(pd.concat([self.frame, other.frame]), [*self.keys, SCORE])
        return replace(self, frame=frame, people=people, missing=self.missing + other.missing)

    @property
    def _counts(self) -> str:
        extra = [*([f"every {self.every}"] if self.every else []), *(["weights"] if self.weighted else [])]
        return f"({', '.join([*self.keys, *extra, *([CUSTOMER] if self.people is not None else [])]) or 'all answers'})"

    def where(self, **conditions: Any) -> Tally:
        """The answers whose keys hold the given values, e.g. `where(touchpoint="Store")`.

        Raises:
            VocError: a key is not known.
        """
        self._known(conditions)
        frame, people = self.frame, self.people
        for key, value in conditions.items():
            frame = frame[frame[key] == value]
            people = None if people is None else people[people[key] == value]
        words = ", ".join(f"{k} {v}" for k, v in conditions.items())
        return replace(self, frame=frame, people=people, label=f"{self.label}, {words}")

    def between(self, first: pd.Period, last: pd.Period) -> Tally:
        """The answers of some periods, both ends included.

        Raises:
            VocError: the answers are not counted over time.
        """
        self._known([PERIOD])
        frame, people = (None if t is None else t[(t[PERIOD] >= first) & (t[PERIOD] <= last)] for t in (self.frame, self.people))
        label = f"{self.label}, {named(first) if first == last else f'{named(first)} to {named(last)}'}"
        return replace(self, frame=self.frame if frame is None else frame, people=people, label=label)

    def over(self, *keys: str) -> Tally:
        """The same answers, counted apart by these keys only.

        Raises:
            VocError: a key is not known.
        """
        self._known(keys)
        if keys == self.keys:
            return self
        people = None if self.people is None else _summed(self.people, [*keys, CUSTOMER])
        every = self.every if PERIOD in keys else ""
        return replace(self, frame=_summed(self.frame, [*keys, SCORE]), keys=keys, every=every, people=people)

    def _known(self, keys: Iterable[str]) -> None:
        for key in keys:
            if key not in self.keys:
                raise VocError(f'these answers are not counted by "{key}"{closest(key, self.keys)}; they are by {", ".join(self.keys) or "nothing"}')

    def groups(self, *keys: str) -> pd.DataFrame:
        """Combinations of some keys -> what scores are made of.

        Args:
            keys: some of the tally's keys; none for all answers together.

        Returns:
            one row per combination, which is its index: `n` (answers), `weight` (sum of weights), `detractors`, `passives`, `promoters`
            (with weights: their weighted share of n), `effective` (how many equally weighted answers of different people would tell as
            much, `stats.effective_size`), `kish` (the same for the weights alone), `square` (sum over people of their squared weight).
        """
        return _groups(self.over(*keys))

    def to_frame(self) -> pd.DataFrame:
        """One row per combination of the keys and answer."""
        return self.frame

    @property
    def headline(self) -> str:
        """How many answers were counted, and by what."""
        by = f" by {display.listed([k.replace('_', ' ') for k in self.keys])}" if self.keys else ""
        left = f"; {display.count(self.missing)} without a score left out" if self.missing else ""
        return f"{display.plural(self.n, 'answer')} counted{by} ({self.label}){left}."

    def _shown(self) -> pd.DataFrame:
        return self.frame.head(20)

    def _columns(self) -> list[Column]:
        return [*(Column(k, k.replace("_", " ").capitalize()) for k in self.keys), Column(SCORE, "Answer", "count"), Column("n", "Answers", "count")]


def tally(
    data: Survey | IntoFrame, by: str | Sequence[str] = (), *, every: str = "", weighted: bool = False, names: Mapping[str, str] | None = None
) -> Tally:
    """Count answers, in one pass over the rows.

    Args:
        data: a Survey, or any data frame that narwhals supports: pandas, Polars (also lazy), PyArrow, or a DuckDB relation, which may be
            larger than memory.
        by: columns by which answers are counted apart. Missing values, NaN and "" are one group, "".
        every: "day", "week" (from Monday), "month", "quarter" or "year": answers are counted apart by the period of their date as well.
        weighted: add up each answer's weight.
        names: role -> column, where the columns of a data frame are not called "score", "date", "weight" and "customer".

    Returns:
        the tally. Where answers name customers, sums are kept per customer, so that repeated ones can be allowed for, also after
        tallies have been added; everything else costs the same for any number of answers.

    Raises:
        VocError: a column is missing, or an answer is not a whole number 0-10.
    """
    keys = (by,) if isinstance(by, str) else tuple(by)
    if every and every not in FREQUENCY:
        raise VocError(f"every must be one of {', '.join(FREQUENCY)}; found {every!r}")
    if isinstance(data, Survey):
        for key in keys:
            data.segment(key)
        source: Any = data.answers
        label = data.label
    else:
        source, label = data, "all answers"
    rows = frame_of(source)
    column = {role: role for role in ROLES} | dict(names or {})
    schema = rows.collect_schema()
    present = schema.names()
    if weighted and isinstance(data, Survey) and WEIGHT not in present:
        raise VocError('there are no weights: name the weight column under [columns], as in weight = "weight"')
    check_names(keys, OWN | ({PERIOD} if every else set()), names or {})
    needed = [*keys, column[SCORE], *([column[DATE]] if every else []), *([column[WEIGHT]] if weighted else []), *(column[r] for r in names or {})]
    if absent := [c for c in needed if c not in present]:
        raise VocError(f'there is no column "{absent[0]}"{closest(absent[0], present)}; there are {", ".join(map(str, present))}')
    check_kinds(schema, date=column[DATE] if every else "", weight=column[WEIGHT] if weighted else "")
    rows = rows.select(*_expressions(keys, every, column, schema, weighted=weighted))
    return _counted(rows, keys, Tally(pd.DataFrame(), keys, every, weighted=weighted, label=label))


def column_names(data: IntoFrame) -> list[str]:
    """The columns of any supported data frame."""
    return list(frame_of(data).collect_schema().names())


def counted(data: Survey | Tally | IntoFrame, by: str | Sequence[str] = (), *, every: str = "", weighted: bool = False) -> Tally:
    """The tally of a survey or data frame, or the part of a tally that counts the same.

    Raises:
        VocError: the tally does not count what is asked for.
    """
    if not isinstance(data, Tally):
        return tally(data, by, every=every, weighted=weighted)
    if every and every not in FREQUENCY:
        raise VocError(f"every must be one of {', '.join(FREQUENCY)}; found {every!r}")
    if weighted and not data.weighted:
        raise VocError("this tally was made without weights; make it with weighted=True")
    if every and every != data.every:
        raise VocError(f'this tally {f"counts by {data.every}" if data.every else "knows no dates"}; make it with every="{every}"')
    keys = (by,) if isinstance(by, str) else tuple(by)
    return data.over(*keys, *([PERIOD] if every else []))


def _expressions(keys: tuple[str, ...], every: str, column: Mapping[str, str], schema: nw.Schema, *, weighted: bool) -> list[nw.Expr]:
    """The columns that are read, under the tally's own names; nothing else leaves the source."""
    chosen = [nw.col(k) for k in keys] + [nw.col(column[SCORE]).alias(SCORE)]
    if every:
        date = nw.col(column[DATE])
        local = date.dt.replace_time_zone(None) if getattr(schema[column[DATE]], "time_zone", None) else date
        chosen.append(local.dt.truncate(STEP[every]).alias(PERIOD))
    if weighted:
        weight = nw.col(column[WEIGHT]).cast(nw.Float64)
        chosen += [weight.alias("weight"), (weight * weight).alias("square")]
    if column[CUSTOMER] in schema:
        chosen.append(nw.col(column[CUSTOMER]).alias(CUSTOMER))
    return chosen


def _counted(rows: Any, keys: tuple[str, ...], empty: Tally) -> Tally:
    """Rows -> counts. Without customers one pass; with them a row per customer first, from which the counts follow."""
    groups = [*keys, *([PERIOD] if empty.every else [])]
    sums = [nw.len().alias("n")]
    if empty.weighted:
        weight = nw.col("weight")
        sums += [weight.sum(), nw.col("square").sum(), weight.min().alias("least"), weight.count().alias("known")]
    people = CUSTOMER in rows.collect_schema().names()
    names = [*keys, *([CUSTOMER] if people else [])]
    found = rows.group_by(*groups, SCORE, *([CUSTOMER] if people else [])).agg(*sums)
    if not found.implementation.is_pandas():  # whole numbers beside gaps would become floats, and long ones the same float
        kinds = found.collect_schema()
        found = found.with_columns(nw.col(c).cast(nw.String) for c in names if kinds[c].is_integer())
    table = (found.collect() if isinstance(found, nw.LazyFrame) else found).to_pandas()
    answered = table[SCORE].notna() & (table[SCORE].astype(object) != "")
    missing = int(table.loc[~answered, "n"].sum())
    table = checked(table[answered].copy(), empty.weighted)
    for key in names:
        table[key] = texts(table[key])
    if empty.every:
        starts = table[PERIOD].astype("datetime64[us]")
        if starts.isna().any():
            n = int(table.loc[starts.isna(), "n"].sum())
            raise VocError(f"{display.plural(n, 'answer')} {'has' if n == 1 else 'have'} no date; leave them out, or do not count over time")
        table[PERIOD] = pd.PeriodIndex(starts, freq=FREQUENCY[empty.every])
    unnamed = table[CUSTOMER] == "" if people else False
    table["alone"], table["alone_square"] = (table[c] * unnamed for c in ("n", "square"))
    named = None
    if people:
        known = table[~unnamed]
        named = _summed(known.assign(net=known["weight"] * _band(known[SCORE]))[[*groups, CUSTOMER, "n", "weight", "net"]], [*groups, CUSTOMER])
    return replace(empty, frame=_summed(table[[*groups, SCORE, *SUMS]], [*groups, SCORE]), keys=tuple(groups), people=named, missing=missing)


def _band(scores: pd.Series | Floats) -> Floats:
    bands: Floats = (np.digitize(np.asarray(scores), (7, 9)) - 1).astype(float)
    return bands


def _summed(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    sums = [c for c in (*SUMS, "net") if c in frame]
    return frame.groupby(keys, sort=True, observed=True)[sums].sum().reset_index()


def _groups(counted: Tally) -> pd.DataFrame:
    """`Tally.groups` over all keys of the tally."""
    keys = list(counted.keys)
    if counted.frame.empty:
        none = pd.MultiIndex.from_arrays([[]] * len(keys), names=keys) if len(keys) > 1 else pd.Index([], dtype="str", name=keys[0] if keys else None)
        return pd.DataFrame(0.0, index=none, columns=GROUP_COLUMNS).astype({"n": int})
    cells = counted.frame.assign(**{BAND: _band(counted.frame[SCORE])})
    groups = cells.groupby([*keys, BAND], observed=True)[SUMS].sum()
    index = cast("pd.MultiIndex", groups.index).droplevel(-1).unique() if keys else pd.RangeIndex(1)
    parts = {band: _level(groups, band, keys, index) for band in BANDS}
    total = parts[-1] + parts[0] + parts[1]
    n, weight = total["n"].to_numpy(dtype=float), total["weight"].to_numpy(dtype=float)
    some = weight > 0  # a group whose answers all weigh nothing has no score and is left out
    share = {band: part["weight"].to_numpy(dtype=float) / np.where(some, weight, 1.0) for band, part in parts.items()}
    names = ("detractors", "passives", "promoters")
    out = pd.DataFrame({"n": n.astype(int), "weight": weight, **{name: n * share[b] for name, b in zip(names, BANDS, strict=True)}}, index=index)
    off = {band: band - (share[1] - share[-1]) for band in BANDS}
    square = np.where(some, total["square"].to_numpy(dtype=float), 1.0)
    size = np.minimum(weight**2 / square, n)
    if not counted.repeated:
        return out.assign(effective=size if counted.weighted else n, kish=size, square=square)[some]
    apart = sum(parts[b]["square"].to_numpy(dtype=float) * off[b] ** 2 for b in BANDS)
    alone = sum(parts[b]["alone_square"].to_numpy(dtype=float) * off[b] ** 2 for b in BANDS)
    together, people, joint = _of_people(counted, keys, index, share[1] - share[-1])
    effective = _effective(size, n, people + total["alone"].to_numpy(dtype=float), apart / square, (together + alone) / square)
    return out.assign(effective=effective, kish=size, square=joint + total["alone_square"].to_numpy(dtype=float))[some]


def _level(groups: pd.DataFrame, band: int, keys: list[str], index: pd.Index) -> pd.DataFrame:
    """The sums of one band, one row per group; 0 where nobody answered so."""
    if not keys:
        return groups.reindex([band], fill_value=0).set_axis(index)
    mine = groups[groups.index.get_level_values(BAND) == band]
    return mine.set_axis(cast("pd.MultiIndex", mine.index).droplevel(-1)).reindex(index, fill_value=0)


def _of_people(counted: Tally, keys: list[str], index: pd.Index, net: Floats) -> tuple[Floats, Floats, Floats]:
    """Per group: sum over customers of their squared distance from the group's score, how many there are, and the sum of their squared weights."""
    people = counted.people if counted.people is not None else pd.DataFrame()
    place = np.zeros(len(people), dtype=int)
    if keys:
        place = index.get_indexer(pd.MultiIndex.from_frame(people[keys]) if len(keys) > 1 else pd.Index(people[keys[0]]))
    weight = people["weight"].to_numpy(dtype=float)
    distance = people["net"].to_numpy(dtype=float) - net[place] * weight
    squares, joint = (np.bincount(place, x, len(index)).astype(float) for x in (distance**2, weight**2))
    return squares, np.bincount(place, minlength=len(index)).astype(float), joint


def _effective(size: Floats, n: Floats, people: Floats, apart: Floats, together: Floats) -> Floats:
    """Kish's size over the design effect of repeat customers, as `stats.effective_size` has it for rows."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = (together * people / (people - 1)) / (apart * n / (n - 1))
    unknown = ~(apart > 1e-12) | (people < 2)
    return np.where(unknown, np.minimum(size, people), size / np.maximum(np.where(unknown, 1.0, ratio), 1.0))


def likeness(table: Tally, groups: pd.DataFrame) -> float:
    """How much more a customer's answers in different groups repeat each other than those within one: a ratio of variances, at least 1.

    Args:
        table: the answers.
        groups: the groups into which they fall (`Tally.groups`).
    """
    if not table.repeated or groups.empty:
        return 1.0
    whole = table.groups().iloc[0]
    within = float(np.average(groups["kish"] / groups["effective"], weights=groups["weight"]))
    return max(float(whole["kish"] / whole["effective"]) / within, 1.0)


def named(period: pd.Period) -> str:
    """A period as tables call it: "2026-09", "2026Q3"; a week by its Monday, "week of 2026-09-28"."""
    return f"week of {period.start_time:%Y-%m-%d}" if period.freqstr.startswith("W") else str(period)


def spoken(period: pd.Period) -> str:
    """A period as sentences call it: "September 2026", otherwise as tables do."""
    return str(period.strftime("%B %Y")) if period.freqstr.startswith("M") else named(period)


def influence(counted: Tally) -> pd.Series:
    """Customer -> how much their answers move the score of all answers, as a share of 1; for how two scores of the same customers go together."""
    if counted.people is None:
        return pd.Series(dtype=float)
    whole = counted.over()
    sums = whole.people.set_index(CUSTOMER) if whole.people is not None else pd.DataFrame()
    weight = whole.frame["weight"].sum()
    net = float(whole.frame["weight"] @ _band(whole.frame[SCORE])) / weight
    distance: pd.Series = (sums["net"] - net * sums["weight"]) / weight
    return distance


def scored(groups: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Groups of a tally -> their scores: the same rows with `value`, `low`, `high` in points; intervals at the effective number of answers."""
    d, p, c, n, size = (groups[name].to_numpy(dtype=float) for name in ("detractors", "passives", "promoters", "n", "effective"))
    with np.errstate(invalid="ignore", divide="ignore"):
        value, scale = 100 * (c - d) / n, size / n
    low, high = stats.net_interval(scale * d, scale * p, scale * c, level=level)
    return groups.assign(value=value, low=100 * low, high=100 * high)
