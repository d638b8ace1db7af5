"""Survey -> groups such as stores and agents against what one would expect of their visits, with limits that widen for small ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import display, stats
from voc.display import Column, Note, Result
from voc.ingest import Survey
from voc.schema import CUSTOMER, MIN_ANSWERS, SCORE, TOUCHPOINT, WEIGHT, VocError
from voc.score import protect
from voc.score.expected import Bools, Expected, Ints, expect, steadied
from voc.score.nps import LEVEL
from voc.score.repeats import CELL, UNIT, designs
from voc.score.standouts import names_people
from voc.score.tally import REPEATED, tally
from voc.stats import Floats

# Columns that say why somebody came, under their own name or in the file.
REASON = re.compile("reason|topic|purpose|subject|motif|grund|anlass|motivo", re.IGNORECASE)
MANY_GROUPS = 8  # with fewer, a table of all groups with their ranges says as much
MOST_REASONS = 20  # of one column; rarer ones count as one
MOST_SHOWN, MOST_NAMED = 20, 6


@dataclass(frozen=True, repr=False)
class Funnel(Result):
    """Groups against what one would expect of their visits.

    Attributes:
        frame: one row per shown group, those that stand out first, then by column and size: `column`, `unit`, `n`, `effective` (how many
            equally weighted answers of different people would tell as much), `value` (its plain score), `expected` (the others' score at the
            group's own mix of touchpoints and reasons), `difference`, `usual_low` and `usual_high` (what chance allows this group alone),
            `limit_low` and `limit_high` (what it allows when all groups are looked at together), `best`, `best_low`, `best_high` (the
            estimate that leans on the others where answers are few), all in points; `p` (two-sided, of this group alone), `verdict`
            ("above", "below" or "as expected").
        columns: which columns were looked at together.
        alike: in which columns the others are like the group.
        hidden: groups that are not shown: too few answers, or such a group's answers could be worked out.
        alone: groups that are not shown because hardly anybody else is like them in those columns.
        level: confidence level.
        label: which answers.
        because: why the answers tell less than their number, which is allowed for: "answers are weighted", "some customers answered more
            than once", both or "".
    """

    behind_chart = True

    frame: pd.DataFrame
    columns: tuple[str, ...]
    alike: tuple[str, ...]
    hidden: int
    alone: int
    level: float
    label: str
    because: str = ""

    @property
    def headline(self) -> str:
        """Which groups stand out; the others might differ by chance."""
        odd = self.frame[self.frame["verdict"] != "as expected"]
        groups = f"{display.count(len(self.frame))} {_plural(self.columns)}"
        if odd.empty:
            return f"None of {groups} differs from what one would expect of its visits by more than chance would ({self.label})."
        several = len(self.columns) > 1
        named: list[str] = []
        for r in display.rows(odd.head(MOST_NAMED)):
            name = f"{r.column.replace('_', ' ')} {r.unit}" if several else r.unit
            than = "" if several or named else " what its visits lead one to expect"
            named.append(f"{name} ({display.points(r.value)}, {display.points(abs(r.difference))} {r.verdict}{than})")
        more = [display.plural(len(odd) - MOST_NAMED, "other")] if len(odd) > MOST_NAMED else []
        verb = "stands" if len(odd) == 1 else "stand"
        others = {0: "", 1: " The other's difference could be chance."}
        rest = others.get(len(self.frame) - len(odd), " The others' differences could be chance.")
        start = "Against what one would expect of their visits, " if several else ""
        return f"{start}{display.count(len(odd))} of {groups} {verb} out ({self.label}): {display.listed(named + more)}.{rest}"

    @property
    def allowance(self) -> str:
        """What is allowed for where the answers are worth less than their number; a sentence, or ""."""
        return f"Allowed for: {self.because}." if self.because else ""

    def to_frame(self) -> pd.DataFrame:
        """One row per shown group."""
        return self.frame

    def _shown(self) -> pd.DataFrame:
        return self.frame.head(MOST_SHOWN)

    def _caption(self) -> str:
        others = f"others with the same {display.listed(_words(self.alike))}" if self.alike else "all others"
        first = f" The first {MOST_SHOWN} of {len(self.frame)}." if len(self.frame) > MOST_SHOWN else ""
        why = f"too few answers (under {MIN_ANSWERS}), or the answers of such a group could be worked out"
        hidden = f" {display.plural(self.hidden, 'group')} not shown: {why}." if self.hidden else ""
        alone = f" {display.plural(self.alone, 'group')} not shown: hardly any {others}." if self.alone else ""
        allowance = f" {self.allowance}" if self.because else ""
        return f"Each group beside {others}, {self.label}.{allowance}{first}{hidden}{alone}"

    def _columns(self) -> list[Column]:
        return [
            Column("unit", "Group"),
            *([Column("column", "By")] if len(self.columns) > 1 else []),
            Column("n", "Answers", "count"),
            Column("value", "Score", "points"),
            Column("expected", "What one would expect of its visits", "points"),
            Column("limit_low", "What chance allows", "range", "limit_high"),
            Column("best", "Best estimate", "points"),
            Column("best_low", "Low to high", "range", "best_high"),
            Column("verdict", "Verdict"),
        ]


def funnel(
    survey: Survey,
    columns: str | Sequence[str] | None = None,
    *,
    show_agents: bool = False,
    adjust: str | Sequence[str] | None = None,
    weighted: bool = False,
    level: float = LEVEL,
) -> Funnel | Note:
    """Compare every store, agent or the like with what one would expect of its visits.

    Args:
        survey: the answers.
        columns: segment columns, looked at together; None takes those with at least eight groups that can be shown.
        show_agents: include columns that name single people, such as "agent", which stay off published pages unless asked for.
        adjust: columns in which a group is compared with its like, beside the touchpoint; None takes those that name a contact reason.
        weighted: weight each answer with the survey's own weights.
        level: confidence level; of the groups that stand out, at most 1 - level do so by chance.

    Raises:
        VocError: a column is not known, there are no weights to use, or the level is not between 0 and 1.

    Notes:
        `expect` says what to expect and what chance allows, `steadied` makes the best estimate. All groups of all columns are judged
        together (Benjamini-Hochberg), and their limits have the level that goes with that, so a group stands out exactly when its score
        lies outside them. Answers without a group are left out.

        Customers who answer more than once in a group, and weights, make its score vary more: `repeats.designs` says how much. A customer who
        answers in two groups makes their difference vary less, which is not taken out.

        Of simulated surveys of 20 groups that do not differ, 20 customers each, 4 to 5 % have a group standing out (`tests/test_funnel.py`),
        with four answers a customer that are all alike or one to three that are alike at 0.7; 40 to 95 % if this were not allowed for.

    References:
        Spiegelhalter 2005, Statistics in Medicine 24:1185; Benjamini & Hochberg 1995, JRSS B 57:289; Benjamini & Yekutieli 2005, JASA 100:71.
    """
    if not 0 < level < 1:
        raise VocError(f"level must lie between 0 and 1; found {level}")
    if weighted and WEIGHT not in survey.answers:
        raise VocError('there are no weights: name the weight column under [columns], as in weight = "weight"')
    reasons = [c for c in survey.segments if c != TOUCHPOINT and _names_reasons(survey, c)] if adjust is None else _listed(adjust)
    wanted = [c for c in survey.segments if c not in (TOUCHPOINT, *reasons)] if columns is None else _listed(columns)
    allowed = [c for c in wanted if show_agents or not names_people(survey, c)]
    tallies = [_tally(survey, c, _alike(survey, c, reasons), weighted=weighted) for c in allowed]
    tallies = [t for t in tallies if len(t.names) >= (MANY_GROUPS if columns is None else 2)]
    judged = [(t, expect(t.table, rest=t.rest, inflate=t.inflate, level=level)) for t in tallies]
    p = np.concatenate([np.where(_comparable(e), e.p, np.nan) for _, e in judged]) if judged else np.array([])
    if np.isnan(p).all():
        unasked = " Groups that name single people are compared only when asked for." if len(allowed) < len(wanted) else ""
        return Note(f"There are too few groups with {MIN_ANSWERS} answers to compare ({survey.label}).{unasked}")
    adjusted = stats.benjamini_hochberg(p)
    selected = stats.selected_level(level, adjusted[~np.isnan(adjusted)])
    out = pd.concat([_rows(t, e, (level, selected)) for t, e in judged], ignore_index=True)
    clear = adjusted <= 1 - level + 1e-12
    out["verdict"] = np.select([clear & (out["difference"] > 0), clear], ["above", "below"], "as expected")
    out = out.assign(oddest=np.where(clear, -out["difference"].abs(), 0.0), place=out["column"].map(allowed.index), size=-out["n"])
    order = ["oddest", "place", "size"]
    out = out[~np.isnan(adjusted)].sort_values([*order, "unit"], ignore_index=True).drop(columns=order)
    alike = tuple(dict.fromkeys(name for t in tallies for name in t.alike))
    hidden, alone = sum(t.hidden for t in tallies), int(np.isnan(p).sum())
    because = display.listed([*(["answers are weighted"] if weighted else []), *([REPEATED] if any(t.repeated for t in tallies) else [])])
    return Funnel(out, tuple(t.column for t in tallies), alike, hidden, alone, level, survey.label, because)


@dataclass(frozen=True)
class _Tally:
    """Counts of one column.

    Attributes:
        column: the segment column.
        alike: columns in which a group is compared with its like.
        names: groups that may be shown.
        n: (groups,) their answers.
        table: (groups, cells, 3) their detractors, passives and promoters; with weights, sums of weights in a unit that makes every
            `inflate` 1 or more.
        rest: (cells, 3) those of the groups that may not.
        inflate: (groups,) how much more their scores vary than as many separate, equally weighted answers would.
        hidden: how many may not.
        repeated: a customer answered more than once in the same group.
    """

    column: str
    alike: tuple[str, ...]
    names: list[str]
    n: Ints
    table: Floats
    rest: Floats
    inflate: Floats
    hidden: int
    repeated: bool


def _tally(survey: Survey, column: str, alike: tuple[str, ...], *, weighted: bool) -> _Tally:
    """Answers -> counts; from here on the cost does not depend on the number of answers, but for customers who are named."""
    cells = _cells(survey, alike)
    roles = [c for c in (SCORE, CUSTOMER, *([WEIGHT] if weighted else [])) if c in survey.answers]
    rows = survey.answers[roles].assign(unit=survey.segment(column), cell=cells)
    counted = tally(rows, [UNIT, CELL], weighted=weighted)
    frame = counted.frame
    n, weight = (frame[frame[UNIT] != ""].groupby(UNIT)[name].sum() for name in ("n", "weight"))
    names = n.index
    places = survey.answers[TOUCHPOINT] if TOUCHPOINT in alike else pd.Series("all", index=survey.answers.index)
    whole = pd.crosstab(survey.segment(column), places)
    hidden = protect.hidden_by_place(whole.to_numpy(), always=whole.index == "", nowhere=whole.columns == "")
    big = np.flatnonzero(~pd.Series(hidden, index=whole.index).reindex(names).to_numpy(dtype=bool) & (weight > 0))
    row = np.full(len(names) + 1, len(big))
    row[big], row[-1] = np.arange(len(big)), len(big) + 1
    bands = np.digitize(frame[SCORE], (7, 9))
    width = int(cells.max(initial=-1)) + 1
    flat = (row[names.get_indexer(pd.Index(frame[UNIT]))] * width + frame[CELL].astype(int).to_numpy()) * 3 + bands
    shape = (len(big) + 2, width, 3)
    table = np.bincount(flat, frame["weight"], int(np.prod(shape))).astype(float).reshape(shape)
    rest = table[-2]
    kept = names[big]
    design = designs(counted, kept)
    # In a unit in which no design is below 1; answers of equal weight count 1 each.
    scale = max(counted.n / frame["weight"].sum(), 1 / design.min(initial=np.inf)) if weighted and len(frame) else 1.0
    table, rest = np.round(scale * table[:-2], 9), np.round(scale * rest, 9)
    own = n[kept].to_numpy(dtype=np.int64)
    repeated = counted.people is not None and bool((counted.people.groupby([UNIT, CUSTOMER])["n"].sum() > 1).any())
    return _Tally(column, alike, list(kept), own, table, rest, np.maximum(scale * design, 1.0), len(names) - len(kept), repeated)


def _alike(survey: Survey, column: str, reasons: Sequence[str]) -> tuple[str, ...]:
    """In which columns a group is compared with its like; touchpoints themselves are compared with all others."""
    place = (TOUCHPOINT,) if TOUCHPOINT in survey.answers and column != TOUCHPOINT else ()
    return (*place, *(r for r in reasons if r not in (column, TOUCHPOINT)))


def _cells(survey: Survey, alike: tuple[str, ...]) -> Ints:
    """(answers,) which touchpoint and reason each answer is of."""
    place = survey.answers[TOUCHPOINT] if TOUCHPOINT in alike else pd.Series("", index=survey.answers.index)
    parts = {TOUCHPOINT: place}
    for name in alike:
        values = survey.segment(name)
        parts[name] = place if name == TOUCHPOINT else values.where(values.isin(values.value_counts().index[:MOST_REASONS]), "")
    return np.asarray(pd.DataFrame(parts).groupby(list(parts), sort=True).ngroup(), dtype=np.int64)


def _comparable(expected: Expected) -> Bools:
    """Which groups have enough others like them: for half of their answers or more, and at least as many as a score needs."""
    return (expected.shared >= 0.5) & (expected.behind >= MIN_ANSWERS)


def _rows(tally: _Tally, expected: Expected, levels: tuple[float, float]) -> pd.DataFrame:
    """One row per group, everything in points but `p`; limits at both levels."""
    value, net = expected.value, expected.net
    limits = [end for level in levels for end in expected.limits(level)]
    best = steadied(expected, inflate=tally.inflate, level=levels[0])
    names = ("value", "expected", "difference", "usual_low", "usual_high", "limit_low", "limit_high", "best", "best_low", "best_high")
    points = {name: 100 * values for name, values in zip(names, (value, net, value - net, *limits, *best), strict=True)}
    effective = np.minimum(expected.n / tally.inflate, tally.n)
    return pd.DataFrame({"column": tally.column, "unit": tally.names, "n": tally.n, "effective": effective, **points, "p": expected.p})


def _listed(columns: str | Sequence[str]) -> list[str]:
    return [columns] if isinstance(columns, str) else list(dict.fromkeys(columns))


def _names_reasons(survey: Survey, column: str) -> bool:
    """Whether a column says why somebody came, by its own name or that in the file."""
    return bool(REASON.search(f"{column} {survey.mapping.segments.get(column, '')}"))


def _plural(columns: Sequence[str]) -> str:
    """What the groups are called: "stores", or "groups by airline name" where the plural is not simply the name with an s."""
    if len(columns) == 1 and re.fullmatch("[a-z]{2,}[bcdegklmnprtw]", columns[0]):
        return f"{columns[0]}s"
    return f"groups by {display.listed(_words(columns))}"


def _words(columns: Sequence[str]) -> list[str]:
    return [c.replace("_", " ") for c in columns]
