"""Cells of a date column -> days and times: the way they are written is declared or found out, never guessed between two."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from voc.ingest.formats.distinct import Distinct, matching
from voc.ingest.receipt import shown_cell
from voc.schema import Dates, VocError

# An offset from Greenwich behind a time: "Z", "UTC", "+02", "+02:00".
_OFFSET = r"^(.*\d)\s?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$"
_WITH_OFFSET = r":.*\d\s?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$"
_WITH_TIME = r"\d:\d|\dT\d"
_PARTS = r"^(\d{1,2})([/.-])(\d{1,2})[/.-](\d{4}|\d{2})(?:$|[,T ]\s?\d{1,2}:\d{2}(?::\d{2})?(?:[.]\d+)?(?:\s?[AaPp]\.?[Mm]\.?)?$)"
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M:%S %p", " %I:%M %p", ", %H:%M", ", %H:%M:%S", " %H:%M:%S.%f", "T%H:%M:%S")
_YEAR_FIRST = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d")
_NAMED = ("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%a %b %d %Y", "%A, %B %d, %Y", "%d. %B %Y")
_FIRST_YEAR, _LAST_YEAR = 1900, 2200  # defaults such as 0001-01-01 and 9999-12-31 are not turned into another zone
_DAY = 86_400
_NUMERIC_SHAPES = {"excel": r"^\d{5}(?:\.\d+)?$", "unix": r"^\d{10}(?:\.\d+)?$", "unix ms": r"^\d{13}$"}
NUMERIC = tuple(_NUMERIC_SHAPES)
NEARLY_ALL = 0.95
SWAPPED_FROM = 8  # days on either side from which a swap by a spreadsheet program is no chance


@dataclass(frozen=True)
class Reading:
    """A date column, read.

    Attributes:
        dates: (n,) times without zone, missing where blank or unreadable.
        unreadable: (n,) cells that hold something that is no date.
        words: how the dates were read.
        objection: why they cannot be read without the analyst's word; "" when they can.
    """

    dates: pd.Series
    unreadable: np.ndarray
    words: str
    objection: str = ""


@dataclass(frozen=True)
class _Written:
    """Distinct date texts, taken apart: what stands before the offset, the offset in minutes (missing where none), whether there is a time."""

    bodies: pd.Series
    offsets: pd.Series
    timed: pd.Series


def read_dates(column: Distinct, name: str, how: Dates, *, blank: tuple[str, ...] = (), zone: str = "") -> Reading:
    """Read a date column.

    Args:
        column: its cells.
        name: its name, for messages.
        how: what is declared about it.
        blank: cell texts that mean "no answer".
        zone: the time zone that the export itself names for its times.

    Raises:
        VocError: a time zone or format is not known, or not one date can be read.
    """
    _check_zones(how)
    empty = np.array([t == "" or t in blank for t in column.texts], dtype=bool)
    texts = pd.Series(column.texts, dtype="str")[~empty]
    if texts.empty:
        raise VocError(f'the date column "{name}" is empty')
    if zone and how.timezone and not how.recorded_in:
        how = replace(how, recorded_in=zone)
    if how.format:
        parsed, words, objection = _declared(texts, how), f"{how.format} (declared)", ""
    else:
        parsed, words, objection = _found(texts, column, name, how)
    if parsed.notna().sum() == 0 and not objection:
        wanted = f"as {how.format}" if how.format else "in any way that voc knows"
        raise VocError(f'no date in column "{name}" could be read {wanted}; the first is {shown_cell(texts.iloc[0])}. Set date_format')
    whole = np.full(len(column.texts), np.datetime64("NaT"), dtype="datetime64[us]")
    parsed = parsed.where(parsed.dt.year.between(1, 9999))  # moved into another zone, 9999-12-31 may be no date any more
    whole[texts.index] = parsed.to_numpy(dtype="datetime64[us]")
    unreadable = np.zeros(len(column.texts), dtype=bool)
    unreadable[texts.index] = parsed.isna().to_numpy()
    where = f", in {how.timezone}" if how.timezone else ""
    return Reading(pd.Series(whole[column.codes]), unreadable[column.codes], words + where, objection)


def _check_zones(how: Dates) -> None:
    for key, zone in (("timezone", how.timezone), ("recorded_in", how.recorded_in)):
        try:
            if zone:
                zoneinfo.ZoneInfo(zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise VocError(f'{key} "{zone}" is not known; write it like "Europe/London" or "UTC"') from None
    if how.recorded_in and not how.timezone:
        raise VocError("recorded_in says where times were written down; timezone, where days are counted, is needed beside it")


def _apart(texts: pd.Series) -> _Written:
    own = pd.Series(matching(texts, _WITH_OFFSET), index=texts.index)
    timed = pd.Series(matching(texts, _WITH_TIME), index=texts.index)
    offsets = pd.Series(np.nan, index=texts.index)
    if not own.any():
        return _Written(texts, offsets, timed)
    parts = texts[own].str.extract(_OFFSET)
    digits = parts[1].str.replace(":", "").where(~parts[1].isin(["Z", "UTC", "GMT"]), "+0000")
    minutes = digits.str[1:3].astype(float) * 60 + digits.str[3:5].replace("", "0").astype(float)
    offsets[own] = minutes.where(digits.str[0] == "+", -minutes)
    return _Written(texts.where(~own, parts[0].reindex(texts.index)), offsets, timed)


def _declared(texts: pd.Series, how: Dates) -> pd.Series:
    if how.format in NUMERIC:
        return _instants(_counted(texts, how.format), how, instant=how.format != "excel")
    written = _apart(texts)
    zoned = how.format.endswith("%z")
    bodies, form = (written.bodies, how.format.removesuffix("%z").strip()) if zoned else (texts, how.format)
    try:
        parsed = pd.to_datetime(bodies, format=form, errors="coerce")
    except ValueError as error:
        raise VocError(f'date_format "{how.format}" cannot be used: {error}; it is written as in "%d/%m/%Y"') from None
    if zoned:
        parsed = parsed.where(written.offsets.notna())
    return _local(parsed, written, how)


def _found(texts: pd.Series, column: Distinct, name: str, how: Dates) -> tuple[pd.Series, str, str]:
    """Try the families of formats in turn, each on what the ones before could not read."""
    numbers = _numeric_kind(texts)
    if numbers:
        return _instants(_counted(texts, numbers), how, instant=numbers != "excel"), f"{numbers} (found)", ""
    written = _apart(texts)
    found = pd.to_datetime(written.bodies, format="ISO8601", errors="coerce").dt.as_unit("us")
    ways = {"ISO": int(found.notna().sum())}
    objection, order = _day_or_month(written.bodies[found.isna()], column, name)
    objection = objection or _swapped(written.bodies, found, column, name)
    for base in (*_YEAR_FIRST, *order, *_NAMED):
        for time in _TIMES:
            left = written.bodies[found.isna()]
            if left.empty:
                break
            read = pd.to_datetime(left, format=base + time, errors="coerce").dt.as_unit("us")
            if read.notna().any():
                ways[base + time] = int(read.notna().sum())
                found = found.fillna(read)
    used = [way for way, n in sorted(ways.items(), key=lambda w: -w[1]) if n]
    return _local(found, written, how), f"{' and '.join(used[:3])} (found)" if used else "", objection


def _local(times: pd.Series, written: _Written, how: Dates) -> pd.Series:
    """Times where days are counted. Without a time zone the day counts as it was written, where the customer was."""
    times = times.dt.as_unit("us")
    if not how.timezone:
        return times
    shifted = times - pd.to_timedelta(written.offsets.fillna(0), unit="min")
    out = times.where(written.offsets.isna(), _instants(shifted.where(written.offsets.notna()), how, instant=True))
    if how.recorded_in in ("", how.timezone):
        return out
    # A day is no instant: there is nothing to turn into another time zone.
    plain = written.offsets.isna() & written.timed
    return out.where(~plain, _instants(times.where(plain), how, instant=False))


def _instants(times: pd.Series, how: Dates, *, instant: bool) -> pd.Series:
    """Moments -> times in the declared zone; `instant`: they are in UTC, else where they were recorded.

    Summer time: an hour that occurs twice is taken as the second one; one that does not exist moves on to the next that does.
    """
    times = times.dt.as_unit("us")
    if not how.timezone:
        return times
    usual = times.dt.year.between(_FIRST_YEAR, _LAST_YEAR)
    zone = "UTC" if instant else how.recorded_in or how.timezone
    twice = np.zeros(len(times), dtype=bool)
    known = times.where(usual).dt.tz_localize(zone, ambiguous=twice, nonexistent="shift_forward")
    local: pd.Series = known.dt.tz_convert(how.timezone).dt.tz_localize(None).where(usual, times)
    return local


def _numeric_kind(texts: pd.Series) -> str:
    """Seconds or milliseconds since 1970, or Excel's day numbers, when nearly every cell is one."""
    if not matching(texts.head(1_000), r"^\d{5,13}(?:\.\d+)?$").any():
        return ""
    return next((kind for kind, shape in _NUMERIC_SHAPES.items() if matching(texts, shape).mean() >= NEARLY_ALL), "")


def _counted(texts: pd.Series, kind: str) -> pd.Series:
    values = pd.to_numeric(texts.where(matching(texts, _NUMERIC_SHAPES[kind])), errors="coerce").astype(float)
    seconds = {"unix": values, "unix ms": values / 1000, "excel": (values - 25_569) * _DAY}[kind]
    return pd.to_datetime(seconds.where(seconds.between(0, 4.1e9)).round(), unit="s", errors="coerce")


def _day_or_month(texts: pd.Series, column: Distinct, name: str) -> tuple[str, tuple[str, ...]]:
    """Which comes first in 03/09/2026; an objection when the column shows both, or never shows which."""
    texts = texts[matching(texts, _PARTS)]
    if texts.empty:
        return "", ()
    parts = texts.str.extract(_PARTS)
    first, second = parts[0].astype(int), parts[2].astype(int)
    day_first, month_first = (first > 12) & (second <= 12), (second > 12) & (first <= 12)
    years = [y for y, length in (("%Y", 4), ("%y", 2)) if (parts[3].str.len() == length).any()]
    marks = parts[1].unique().tolist()

    def orders(a: str, b: str) -> tuple[str, ...]:
        return tuple(f"{a}{m}{b}{m}{y}" for m in marks for y in years)

    if day_first.any() and month_first.any():
        one, other = (_example(parts.index[m][0], column) for m in (day_first, month_first))
        return (
            f'the date column "{name}" mixes day-first and month-first dates: {one} and {other} '
            f"({_rows(day_first, column)} and {_rows(month_first, column)} rows that can only be one of the two). "
            'Declare date_format (such as "%d/%m/%Y"); dates that do not fit it are then set aside and counted',
            (),
        )
    if month_first.any():
        return "", orders("%m", "%d")
    if day_first.any() or marks == ["."] or (first == second).all():
        return "", orders("%d", "%m")
    return (
        f'the date column "{name}" can be read day-first or month-first: {_example(parts.index[0], column)} and no other date says which. '
        f'Declare date_format, "{orders("%d", "%m")[0]}" or "{orders("%m", "%d")[0]}"',
        (),
    )


def _swapped(texts: pd.Series, found: pd.Series, column: Distinct, name: str) -> str:
    """An objection where a spreadsheet program took 03/09 for the ninth of March and left 25/09 as text: it swaps what it can."""
    parts = texts[found.isna()].str.extract(_PARTS).dropna(subset=0)
    if parts.empty:
        return ""
    serial = texts[matching(texts, _NUMERIC_SHAPES["excel"])]
    days = pd.concat([found.dropna(), _counted(serial, "excel").dropna()])
    first, second = parts[0].astype(int), parts[2].astype(int)
    one_sided = ((first > 12) & (second <= 12)).all() or ((second > 12) & (first <= 12)).all()
    if min(parts[[0, 2]].drop_duplicates().shape[0], days.dt.date.nunique()) < SWAPPED_FROM or not one_sided or (days.dt.day > 12).any():
        return ""
    return (
        f'the date column "{name}" looks as if a spreadsheet program had swapped day and month: every date that it made a real one has a day of 12 '
        f"or less ({_example(days.index[0], column)}), every date that it left as text a day above 12 ({_example(parts.index[0], column)}). "
        "Export the file again without opening it in a spreadsheet program"
    )


def _rows(hit: pd.Series, column: Distinct) -> int:
    return int(column.sizes[hit.index[hit]].sum())


def _example(position: int, column: Distinct) -> str:
    row = column.rows[np.argmax(column.codes == position)]
    return f'"{column.texts[position]}" in row {row}'
