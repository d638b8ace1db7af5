"""An unknown table -> which column probably plays which role, by name, wording and values; the analyst confirms every guess."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from voc import display, schema
from voc.ingest.answers import read_answers, says_no_answer
from voc.ingest.dates import read_dates
from voc.ingest.formats.distinct import distinct
from voc.ingest.formats.table import Table
from voc.ingest.numbers import numbers
from voc.ingest.personal import personal_columns, repeats_ids
from voc.ingest.scales import GROUP_COLUMN, SAME_FROM, repeats
from voc.ingest.worded import worded_scale
from voc.schema import Dates, Question, Scale, VocError


def _named(words: str) -> Callable[[str], bool]:
    pattern = re.compile(words, re.IGNORECASE)
    return lambda name: bool(pattern.search(name))


_RECOMMEND = _named(r"recommend|\bnps\b|nps_|_nps|\bltr\b|net.?promoter|empfehl|recommand|recomend|raccomand|aanbevelen")
_OVERALL = _named(r"overall|likel|(?:\b|_)score(?:\b|_)|^rating$|^punktzahl$|^note$")
_DATED = _named(r"(?:\b|_)date|date$|day|time|when|(?:\b|_)(?:on|at)$|year|datum|fecha|(?:\b|_)data\b")
_ANSWERED_ON = _named(r"respon|submit|complet|record|answer|end|finish|survey|interview|beantwort|réponse")
_NOT_ANSWERED_ON = _named(
    r"start|begin|invit|sent|birth|order|purchase|visit|due|updat|deliver|bestell|check.?(?:in|out)|arriv|depart|account|joined|signup"
)
_COMMENT = _named(
    r"comment|verbatim|reason|feedback|\bwhy\b|opinion|improve|kommentar|grund|warum|begründ|"
    r"commentaire|raison|pourquoi|coment|motivo|por qué|review|tell us"
)
_NO_COMMENT = _named(r"note|intern|agent|handling|resolution.?text|summary|subject|title|betreff")
_NO_RATING = _named(
    r"(?:\b|_)(?:visits?|nights?|guests?|adults|children|rooms?|tickets?|calls?|attempts|minutes|years|count|number|store|shop|branch|filiale|age|alter|gender|sex|wave|week|month|year|day|hour|size|quantity|items|orders|group|"
    r"id|code|zip|priority|segment)(?:\b|_)"
)
_RESOLVED = _named(r"resol|solve|fixed|satisf|help|gelöst|résolu|resuelt")
_ID = _named(r"response.?id|^id$|record.?id|respondent.?id|request_id|antwort.?id")
_ID_OF_PEOPLE = _named(r"respondent")
_ANY_ID = _named(r"^#$|(?:\b|_)id$|(?:\b|_)(?:ticket|case|befragungs?)(?:\b|_)")
_BY_ID = _named(r"(?:\b|_)(?:id|no|nr|number|key|hash)(?:\b|_)")
_ROLES: dict[str, Callable[[str], bool]] = {
    schema.CUSTOMER: _named(r"customer|respondent|author|\buser\b|user.?id|account|member|person|kunde|client|panelist|external(?:data)?reference"),
    schema.TOUCHPOINT: _named(r"^(?!.*(?:pay|deliver|shipping|zahl)).*(?:touchpoint|channel|method|contact_type|\bsource\b|kanal)"),
    schema.CONSENT: _named(r"consent|may.?(?:we.?)?(?:contact|call)|call.?back|permission|einwilligung"),
    schema.REVENUE: _named(r"revenue|spend|turnover|umsatz|order.?value"),
    schema.WEIGHT: _named(r"^(?:(?:survey|response|design|sampling|case|post|final).?)?weights?$|^wt$|^gewicht(?:ung)?$|^poids$"),
    schema.LANGUAGE: _named(r"^(?:user)?.?lang(?:uage)?(?:_code)?$|^sprache$|^langue$"),
    schema.DURATION: _named(r"^(?!.*(?:call|handl|talk|wait|hold|visit|stay)).*(?:duration|time.?taken|seconds)"),
    schema.STATUS: _named(r"^status$|response.?status"),
    schema.FINISHED: _named(r"^finished$|^complete[d]?$|completion.?status"),
    schema.RECOMMENDED: _named(r"^recommended$|would.?recommend"),
}
_SKIPPED = _named(r" - Topics$|LocationAccuracy|^Progress$|^DistributionChannel$|^ResponseSet$|^Collector ?ID$")
_OTHER_TEXT = _named(r"_TEXT$")  # what Qualtrics calls the words behind "Other"
BLANKS = ("", "NA", "N/A", "n/a")
MAX_GROUPS = 60
MOST_ODD = 20
MOST_ANSWERS = 5_000  # different texts; what has more are ids, amounts or comments
AGAINST = -0.3  # correlation with the score
SURE = 0.97  # share of filled cells that must fit a guess
LOOKED_AT = 2_000


@dataclass(frozen=True)
class Rated:
    """A column whose cells are answers.

    Attributes:
        values: answers in numbers, one per row that holds one.
        none: texts that say that there is no answer: "Not applicable".
        odd: other texts, the first twenty.
        labels: wording -> answer, where the answers are words.
    """

    values: np.ndarray
    none: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    labels: dict[str, int] = field(default_factory=dict)

    @property
    def on_scale(self) -> np.ndarray:
        """Answers that may stand on a scale."""
        return self.values[(self.values >= 0) & (self.values <= 11)]

    @property
    def span(self) -> str:
        """The answers that occur, in words."""
        kinds = np.unique(self.values).astype(int)
        return display.listed([str(k) for k in kinds]) if len(kinds) <= 3 else f"{kinds[0]} to {kinds[-1]}"

    @property
    def codes(self) -> list[int]:
        """Numbers that can only be codes."""
        return sorted({int(v) for v in self.values if v < 0 or v > 11})


@dataclass(frozen=True)
class Guesses:
    """What the columns of a table probably are.

    Attributes:
        score: the recommend question, "" when none looked like it.
        date: the day of the answer, and how its dates are written; "" when there is none.
        comment: the open question, "" when there is none.
        roles: other role -> column.
        ratings: column -> its answers.
        segments: columns that divide the answers.
        left_out: column -> why it should not be used.
        against: ratings whose higher answers go with lower scores.
        no_score: why columns that sound like the recommend question are none, one sentence each.
        rated: every column of answers, the score among them.
    """

    score: str
    date: tuple[str, str]
    comment: str
    roles: dict[str, str]
    ratings: dict[str, Rated]
    segments: list[str]
    left_out: dict[str, str]
    against: tuple[str, ...]
    no_score: tuple[str, ...]
    rated: dict[str, Rated]

    @property
    def recommends(self) -> bool:
        """The score's column is called after recommending, and has no question of its own."""
        return _RECOMMEND(self.score) and " " not in self.score


def guess(table: Table) -> Guesses:
    """Guess the role of every column."""
    left_out = dict(personal_columns(table.frame, table.wordings))
    usable = [str(c) for c in table.frame if str(c) not in left_out and not _SKIPPED(str(c))]
    usable = [c for c in usable if not ("Qualtrics" in table.format and _OTHER_TEXT(c))]
    rated = {c: r for c in usable if not GROUP_COLUMN.search(c) and c not in table.groups and (r := _rated(table, c))}
    score = _score(table, rated)
    date = _date(table, [c for c in usable if c != score])
    comment = _comment(table, [c for c in usable if c not in (score, date[0]) and c not in rated])
    roles = _roles(table, [c for c in usable if c not in (score, date[0], comment)], rated)
    free = [c for c in usable if c not in (score, date[0], comment, *roles.values()) and not GROUP_COLUMN.search(c)]
    copies = [c for c in free if score and c in rated and _repeats(table, score, c)]
    left_out |= dict.fromkeys(copies, f"the same answers as {score}")
    free = [c for c in free if c not in copies]
    ratings = {c: rated[c] for c in free if c in rated and not _names_groups(table, c) and _is_rating(c, table.wordings.get(c, ""), rated[c])}
    segments = [c for c in free if c not in ratings and _is_segment(table, c, rated, roles)]
    against = tuple(c for c in ratings if score and _goes_against(table, score, c, ratings[c].labels))
    named = [c for c in rated if c != score and (_RECOMMEND(_said(table, c)) or c == table.roles.get("score"))]
    no_score = () if score else tuple(f"{c} holds {rated[c].span}, not answers from 0 to 10." for c in named)
    return Guesses(score, date, comment, roles, ratings, segments, left_out, against, no_score, rated)


def _said(table: Table, column: str) -> str:
    return f"{column} {table.wordings.get(column, '')}".strip()


def _rated(table: Table, column: str) -> Rated | None:
    """The column's answers, when nearly every filled cell is a whole number, a label with one, or a word of a usual scale."""
    told = table.column(column)
    if len(told.texts) > MOST_ANSWERS:
        return None
    everything = Question(column, column, "", Scale(-(10**9), 10**9))
    values = read_answers(told, everything, blank=BLANKS, declared=table.missing.get(column, {})).values
    none = [t for t in told.texts if t and (t in BLANKS or says_no_answer(t))]
    answered = ~np.isnan(values) & ~told.among(none)
    good = answered & np.isfinite(values)
    sure = 0.5 if _RECOMMEND(_said(table, column)) else SURE
    if good.any() and good.sum() >= sure * answered.sum():
        odd = np.unique(told.codes[answered & ~good])[:MOST_ODD]
        return Rated(values[good], tuple(none), tuple(told.texts[i] for i in odd))
    texts = [t for t in told.texts if t and t not in none]
    labels = worded_scale(texts) if len(texts) <= 12 else {}
    steps = dict.fromkeys(texts, math.nan) | {t: float(labels[t]) for t in texts if t in labels}
    worded = told.spread([steps.get(t, math.nan) for t in told.texts], float)
    return Rated(worded[np.isfinite(worded)], tuple(none), (), labels) if labels else None


def _names_groups(table: Table, column: str) -> bool:
    """Whether the file itself calls every code of a column by a word that is no answer: 1 is North, 2 is South."""
    labels = {c: w for c, w in table.labels.get(column, {}).items() if not says_no_answer(w) and c not in table.missing.get(column, {})}
    bare = [t for t in table.column(column).texts if t and t not in table.labels.get(column, {})]
    return len(labels) > 2 and not bare and not any(re.search(r"\d", w) for w in labels.values()) and not worded_scale([*labels.values()])


def _is_rating(column: str, wording: str, rated: Rated) -> bool:
    """A handful of small answers; a rare code above them (99) does not spoil it. Two answers are a group, unless a question asks for them."""
    values, kinds = rated.on_scale, len(np.unique(rated.on_scale))
    if len(values) <= 0.5 * len(rated.values) or not 2 <= kinds <= 12 or len(rated.codes) > 3:
        return False
    if len(rated.labels) > 2:
        return True
    if kinds == 2 and (rated.labels or values.max() <= 2):
        return bool(rated.labels) and _RESOLVED(f"{column} {wording}")
    return not _NO_RATING(column)


def _score(table: Table, rated: dict[str, Rated]) -> str:
    """The best of the columns that speak of recommending and run to about ten."""
    known = table.roles.get("score", "")
    if known in rated and _runs_to_ten(rated[known]):
        return known

    def rank(column: str) -> tuple[bool, bool, bool]:
        return (not _RECOMMEND(_said(table, column)), "raw" not in column.lower(), len(np.unique(rated[column].values)) < 5)

    fitting = [c for c in rated if (_RECOMMEND(_said(table, c)) or _OVERALL(_said(table, c))) and _runs_to_ten(rated[c])]
    return min(fitting, key=rank) if fitting else ""


def _runs_to_ten(rated: Rated) -> bool:
    values = rated.values
    return bool(len(rated.on_scale) > 0.5 * len(values) and rated.on_scale.max() >= 8 and values.max() <= 99 and not rated.labels)


def _date(table: Table, columns: list[str]) -> tuple[str, str]:
    """The date column and how its dates are written: the day of the answer before the day of the order or the invitation."""

    def rank(column: str) -> tuple[int, bool]:
        return (_NOT_ANSWERED_ON(column) - _ANSWERED_ON(column), not _DATED(column))

    known = [c for c in (table.roles.get("date", ""),) if c in columns]
    for column in [*known, *sorted(columns, key=rank)]:
        if written := _written(table, column, named=_DATED(column) or column in known):
            return column, written
    return "", ""


def _written(table: Table, column: str, *, named: bool) -> str:
    """How a column's dates are written; "" when its cells are no dates. Numbers alone are dates only where the name says so."""
    head = table.frame[column].head(LOOKED_AT)
    head = head[~head.str.strip().isin(BLANKS)]
    if head.empty or (not named and not head.str.contains(r"\d[-/.]\d", regex=True).mean() > SURE):
        return ""
    try:
        reading = read_dates(distinct(head), column, Dates())
    except VocError:
        return ""
    return reading.objection or (reading.words if reading.dates.notna().mean() > 0.9 else "")


def _comment(table: Table, columns: list[str]) -> str:
    """The open question: the wordiest column that is called so, or else the wordiest of all."""
    if table.roles.get("comment") in columns:
        return table.roles["comment"]
    wordy = {c: w for c in columns if c not in table.roles.values() and (w := _wordiness(table, c))}
    called = {c: w for c, w in wordy.items() if _COMMENT(_said(table, c)) and not _NO_COMMENT(c)}
    others = {c: w for c, w in wordy.items() if w >= 3 and not _NO_COMMENT(c)}
    found = called or others or {c: w for c, w in wordy.items() if w >= 3}
    return max(found, key=lambda c: found[c], default="")


def _wordiness(table: Table, column: str) -> float:
    """Words per different text; 0 where most texts have no blank, where there are few different ones, and where they are dates."""
    texts = [t for t in table.column(column).texts[:5_000] if t and t not in BLANKS]
    if len(texts) < 3 or sum(" " in t for t in texts) < 0.2 * len(texts) or sum(t[:1].isdigit() and ":" in t for t in texts) > 0.5 * len(texts):
        return 0.0
    return sum(t.count(" ") + 1 for t in texts) / len(texts)


def _roles(table: Table, columns: list[str], rated: dict[str, Rated]) -> dict[str, str]:
    roles = {role: c for role, c in table.roles.items() if role in schema.OPTIONAL_COLUMNS and c in columns and _filled(table, c)}
    left = [c for c in columns if c not in table.roles.values()]
    for called in (_ID, _ANY_ID):
        unique = (c for c in left if called(c) and not (called is _ANY_ID and _ROLES[schema.CUSTOMER](c)) and _is_unique(table, c))
        if schema.RESPONSE_ID not in roles and (found := next(unique, "")):
            roles[schema.RESPONSE_ID] = found
    left.sort(key=lambda c: not _BY_ID(c))
    for role, fits in _ROLES.items():
        left = [c for c in left if c not in roles.values()]
        if role not in roles and (
            found := next((c for c in left if (fits(c) or (role == schema.CUSTOMER and _ID(c))) and _plays(table, c, role, rated)), "")
        ):
            roles[role] = found
    return roles


def _plays(table: Table, column: str, role: str, rated: dict[str, Rated]) -> bool:
    """Whether a column's cells are such as the role needs."""
    texts = [t for t in table.column(column).texts if t and t not in BLANKS]
    if not texts:
        return False
    match role:
        case schema.CUSTOMER:
            several = len(texts) > max(12, 0.05 * len(table.frame)) and sum(" " in t for t in texts) < 0.5 * len(texts)
            return several and not _written(table, column, named=False)
        case schema.REVENUE | schema.WEIGHT | schema.DURATION:
            return sum(map(math.isfinite, numbers(texts[:LOOKED_AT], decimal=".", clock=True))) > 0.5 * min(len(texts), LOOKED_AT)
        case schema.TOUCHPOINT:
            return 2 <= len(texts) <= 20 and column not in rated
        case schema.LANGUAGE:
            return len(texts) <= MAX_GROUPS and max(map(len, texts)) <= 40
        case _:
            return len(texts) <= 20


def _filled(table: Table, column: str) -> bool:
    return any(t and t not in BLANKS for t in table.column(column).texts)


def _is_unique(table: Table, column: str) -> bool:
    """Whether most filled cells are other ones: an id of answers, some of them in the file twice, not of people who may answer again."""
    told = table.column(column)
    filled = told.spread([bool(t) for t in told.texts], bool).sum()
    return bool(filled and sum(map(bool, told.texts)) >= (0.99 if _ID_OF_PEOPLE(column) else 0.8) * filled)


def _is_segment(table: Table, column: str, rated: dict[str, Rated], roles: dict[str, str]) -> bool:
    """A few groups that are no numbers with fractions, no dates, and not the customers themselves."""
    told = table.column(column)
    texts = [t for t in told.texts if t]
    if not 2 <= len(texts) <= MAX_GROUPS or (column in rated and len(rated[column].on_scale) < len(rated[column].values)):
        return False
    customer = roles.get(schema.CUSTOMER)
    if customer and repeats_ids(told, table.column(customer)):
        return False
    return not (_DATED(column) and _written(table, column, named=True)) and not all(re.fullmatch(r"-?\d+[.,]\d+", t) for t in texts)


def _answers(table: Table, column: str, labels: dict[str, int] | None = None) -> np.ndarray:
    """The column's answers from 0 to 10, (n,) with gaps."""
    question = Question(column, column, "", Scale(0, 10, labels=labels or {}))
    values = read_answers(table.column(column), question, blank=BLANKS, declared=table.missing.get(column, {})).values
    return np.where((values >= 0) & (values <= 10), values, np.nan)


def _repeats(table: Table, first: str, second: str) -> bool:
    return repeats(_answers(table, first), _answers(table, second))


def _goes_against(table: Table, score: str, column: str, labels: dict[str, int]) -> bool:
    """Whether higher answers clearly go with lower scores: the scale may run the other way."""
    first, second = _answers(table, score), _answers(table, column, labels)
    both = np.isfinite(first) & np.isfinite(second)
    if both.sum() < SAME_FROM or np.ptp(first[both]) == 0 or np.ptp(second[both]) == 0:
        return False
    return bool(np.corrcoef(first[both], second[both])[0, 1] < AGAINST)
