"""Date cells as tools and people write them -> days and times, or an objection that names the rows; never a guess between two readings."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from voc import ingest
from voc.ingest.dates import Reading, read_dates
from voc.ingest.formats.distinct import distinct
from voc.ingest.formats.grid import text_array
from voc.ingest.mapping import parse_mapping
from voc.schema import Dates, VocError


def reading(*cells: str, utc: bool = False, blank: tuple[str, ...] = (), **how: str) -> Reading:
    """Read a column "when" whose first cell stands in row 2."""
    column = pd.Series(text_array(list(cells)), index=pd.RangeIndex(2, len(cells) + 2))
    return read_dates(distinct(column), "when", Dates(**how), blank=blank, zone="UTC" if utc else "")


def days(*cells: str, **how: str) -> list[str]:
    """Days of a column that must be read without objection; "" where a cell could not be read."""
    read = reading(*cells, **how)
    assert read.objection == ""
    assert read.unreadable.tolist() == read.dates.isna().tolist()
    return read.dates.dt.strftime("%Y-%m-%d").fillna("").tolist()


def times(*cells: str, **how: str) -> list[str]:
    """The same with minutes."""
    read = reading(*cells, **how)
    assert read.objection == ""
    return read.dates.dt.strftime("%Y-%m-%d %H:%M").fillna("").tolist()


# Day first or month first.


@pytest.mark.parametrize("time", ["", " 14:30", " 14:30:15", ", 14:30", " 2:30:15 PM", " 2:30 PM"])
@pytest.mark.parametrize("mark", ["/", "-", "."])
def test_day_first(mark: str, time: str) -> None:
    cells = [cell.replace("/", mark) + time for cell in ("03/09/2025", "13/09/2025", "4/9/2025")]
    assert days(*cells) == ["2025-09-03", "2025-09-13", "2025-09-04"]
    assert times(*cells)[0] == ("2025-09-03 14:30" if time else "2025-09-03 00:00")
    assert reading(*cells).words.startswith(f"%d{mark}%m{mark}%Y")


@pytest.mark.parametrize("time", ["", " 14:30", " 14:30:15", " 2:30:15 PM", " 2:30 PM"])
@pytest.mark.parametrize("mark", ["/", "-", "."])
def test_month_first(mark: str, time: str) -> None:
    cells = [cell.replace("/", mark) + time for cell in ("09/03/2025", "09/13/2025", "9/4/2025")]
    assert days(*cells) == ["2025-09-03", "2025-09-13", "2025-09-04"]
    assert reading(*cells).words.startswith(f"%m{mark}%d{mark}%Y")


def test_points_between_the_parts_mean_day_first() -> None:
    assert days("03.09.2025", "04.09.2025") == ["2025-09-03", "2025-09-04"]


@pytest.mark.parametrize("time", ["", " 14:30"])
def test_dates_that_never_say_which_part_is_the_day_are_objected_to(time: str) -> None:
    read = reading("", f"03/09/2025{time}", f"04/09/2025{time}")
    assert f'can be read day-first or month-first: "03/09/2025{time}" in row 3 and no other date says which' in read.objection
    assert '"%d/%m/%Y" or "%m/%d/%Y"' in read.objection


def test_day_first_and_month_first_in_one_column_are_objected_to() -> None:
    read = reading("03/09/2025", "09/13/2025", "13/09/2025", "13/09/2025", "09/30/2025")
    assert 'mixes day-first and month-first dates: "13/09/2025" in row 4 and "09/13/2025" in row 3 (2 and 2 rows' in read.objection


@pytest.mark.parametrize(("form", "expected"), [("%d/%m/%Y", ["2025-09-03", "", "2025-09-13"]), ("%m/%d/%Y", ["2025-03-09", "2025-09-13", ""])])
def test_a_declared_order_settles_it_and_sets_the_others_aside(form: str, expected: list[str]) -> None:
    assert days("03/09/2025", "09/13/2025", "13/09/2025", format=form) == expected


@pytest.mark.parametrize("odd", ["2025-09-31", "2025-09-13 10:30 XM", "order 25-09-03"])
def test_a_cell_that_is_no_date_never_decides_the_order(odd: str) -> None:
    read = reading("03/09/2025", "04/09/2025", odd)
    assert "can be read day-first or month-first" in read.objection


def test_a_survey_with_unclear_dates_is_refused_with_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    mapping = {"columns": {"date": "when"}, "score": {"column": "nps", "min": 0, "max": 10}}
    file.write_text("when,nps\n03/09/2025,9\n13/09/2025,9\n09/14/2025,0\n")
    with pytest.raises(VocError, match=r'mixes day-first and month-first dates: "13/09/2025" in row 3 and "09/14/2025" in row 4'):
        ingest.read_survey(file, parse_mapping(mapping))
    survey = ingest.read_survey(file, parse_mapping(mapping | {"date_format": "%d/%m/%Y"}))
    assert survey.receipt.set_aside["without a readable date"] == 1
    assert [(c.column, c.reason, c.count, c.first_rows) for c in survey.receipt.cells] == [("when", "unreadable as a date", 1, (4,))]
    assert "Dates: %d/%m/%Y (declared)." in survey.receipt.notes


# Year first.


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2025-09-03", "2025-09-03 00:00"),
        ("2025-09-03 14:30", "2025-09-03 14:30"),
        ("2025-09-03 14:30:15", "2025-09-03 14:30"),
        ("2025-09-03T14:30:15.123456", "2025-09-03 14:30"),
        ("20250903", "2025-09-03 00:00"),
        ("20250903T143015", "2025-09-03 14:30"),
        ("2025/09/03 14:30", "2025-09-03 14:30"),
        ("2025.09.03", "2025-09-03 00:00"),
        ("2025-09-03 02:30:15 PM", "2025-09-03 14:30"),
        ("2025-09-03 2:30 PM", "2025-09-03 14:30"),
        ("2012/10/11 2:30 PM", "2012-10-11 14:30"),
        ("2025-09", "2025-09-01 00:00"),
        ("2025", "2025-01-01 00:00"),
    ],
)
def test_year_first(cell: str, expected: str) -> None:
    assert times(cell) == [expected]


@pytest.mark.parametrize("year", ["1999", "2004", "2012", "2013", "2025"])
@pytest.mark.parametrize("mark", ["/", "."])
def test_year_first_is_never_taken_for_day_or_month_first(year: str, mark: str) -> None:
    assert days(mark.join((year, "10", "11")), mark.join((year, "11", "10"))) == [f"{year}-10-11", f"{year}-11-10"]


def test_year_only_is_the_first_of_january_in_any_time_zone() -> None:
    assert days("2014", "2015", timezone="America/New_York") == ["2014-01-01", "2015-01-01"]


# Two-digit years, month names, AM and PM.


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("13/09/25", "03/09/99"), ["2025-09-13", "1999-09-03"]),
        (("9/13/25 10:30", "9/3/25 9:05"), ["2025-09-13", "2025-09-03"]),
        (("13.09.25", "3.9.25"), ["2025-09-13", "2025-09-03"]),
        (("13/09/25", "14/09/2025"), ["2025-09-13", "2025-09-14"]),
        (("13-Sep-25", "3-Sep-25"), ["2025-09-13", "2025-09-03"]),
    ],
)
def test_two_digit_years(cells: tuple[str, ...], expected: list[str]) -> None:
    assert days(*cells) == expected


@pytest.mark.parametrize(
    "cell",
    [
        "3 Sep 2025", "03-Sep-2025", "Sep 3, 2025", "3 September 2025", "September 3, 2025", "Wed Sep 03 2025", "Wednesday, September 3, 2025",
        "3. September 2025", "3-Sep-2025 14:30", "Sep 3, 2025 2:30 PM", "September 3, 2025, 14:30", "3 SEP 2025", "3 september 2025",
    ],
)  # fmt: skip
def test_month_names(cell: str) -> None:
    assert days(cell) == ["2025-09-03"]


def test_noon_and_midnight_in_twelve_hours() -> None:
    cells = ("9/13/2025 12:05:00 AM", "9/13/2025 12:05:00 PM", "9/13/2025 11:59:59 PM", "9/13/2025 1:00:00 am")
    assert times(*cells) == ["2025-09-13 00:05", "2025-09-13 12:05", "2025-09-13 23:59", "2025-09-13 01:00"]


def test_several_ways_in_one_column_are_all_read_and_named() -> None:
    read = reading("2025-09-03", "13/09/2025", "14/09/2025", "15 Sep 2025", "soon", "")
    assert read.dates.dt.day.fillna(0).tolist() == [3, 13, 14, 15, 0, 0]
    assert read.unreadable.tolist() == [False, False, False, False, True, False]
    assert "ISO" in read.words
    assert "%d/%m/%Y" in read.words


# Numbers.


@pytest.mark.parametrize(
    ("cells", "kind", "expected"),
    [
        (("1756899000", "1756899060"), "unix", "2025-09-03 11:30"),
        (("1756899000.5", "1756899060"), "unix", "2025-09-03 11:30"),
        (("1756899000000", "1756899060123"), "unix ms", "2025-09-03 11:30"),
        (("45903", "45904"), "excel", "2025-09-03 00:00"),
        (("45903.479166666664", "45904"), "excel", "2025-09-03 11:30"),
    ],
)
def test_numbers_of_seconds_and_days(cells: tuple[str, ...], kind: str, expected: str) -> None:
    """1756899000 is 2025-09-03 11:30 UTC (`date -u -d @1756899000`); 45903 is what Excel shows for 2025-09-03."""
    assert times(*cells)[0] == expected
    assert reading(*cells).words == f"{kind} (found)"
    assert times(*cells, format=kind)[0] == expected
    assert reading(*cells, format=kind).words == f"{kind} (declared)"


def test_seconds_are_instants_and_excel_days_are_not() -> None:
    assert times("1756899000", timezone="America/New_York") == ["2025-09-03 07:30"]
    assert times("1756899000000", timezone="Asia/Tokyo") == ["2025-09-03 20:30"]
    assert times("45903", timezone="America/New_York") == ["2025-09-03 00:00"]


def test_declared_numbers_with_cells_that_are_none() -> None:
    assert days("1756899000", "soon", "-1", "99999999999999", format="unix") == ["2025-09-03", "", "", ""]


@pytest.mark.parametrize("number", ["1756899000", "1756899000000", "45903"])
def test_a_stray_word_never_turns_numbers_into_other_dates(number: str) -> None:
    """One word, and the column is no column of numbers any more: a sentence, not a date of another century."""
    with pytest.raises(VocError, match='no date in column "when" could be read in any way that voc knows'):
        reading(number, "soon")


# Time zones.

OFFSETS = ("2025-08-31T23:30:00Z", "2025-09-01T00:10:00+02:00", "2025-09-01 00:10:00+0200", "2025-08-31T20:00:00.5-05:00")


def test_offsets_without_a_time_zone_keep_the_day_as_written() -> None:
    assert days(*OFFSETS) == ["2025-08-31", "2025-09-01", "2025-09-01", "2025-08-31"]


def test_offsets_with_a_time_zone_are_turned_into_it() -> None:
    assert times(*OFFSETS, timezone="UTC") == ["2025-08-31 23:30", "2025-08-31 22:10", "2025-08-31 22:10", "2025-09-01 01:00"]
    assert times(*OFFSETS, timezone="Europe/Berlin") == ["2025-09-01 01:30", "2025-09-01 00:10", "2025-09-01 00:10", "2025-09-01 03:00"]


@pytest.mark.parametrize("cells", [("2025-09-01 00:10:00+02",), ("2025-09-01 00:10:00+02", "2025-12-01 00:10:00+01", "2025-09-02 08:00:00")])
def test_offsets_in_whole_hours(cells: tuple[str, ...]) -> None:
    """As PostgreSQL writes them."""
    assert days(*cells)[0] == "2025-09-01"
    assert times(*cells, timezone="UTC")[0] == "2025-08-31 22:10"


def test_utc_in_letters() -> None:
    """As BigQuery and Ruby write it."""
    assert times("2025-08-31 23:30:00 UTC", timezone="Europe/Berlin") == ["2025-09-01 01:30"]
    assert days("2025-08-31 23:30:00 UTC") == ["2025-08-31"]


def test_stamps_with_and_without_an_offset_in_one_column() -> None:
    cells = ("2025-08-31T23:30:00Z", "2025-08-31T23:30:00", "2025-08-31")
    assert times(*cells, timezone="Europe/Berlin") == ["2025-09-01 01:30", "2025-08-31 23:30", "2025-08-31 00:00"]
    assert times(*cells) == ["2025-08-31 23:30", "2025-08-31 23:30", "2025-08-31 00:00"]


def test_where_stamps_were_recorded() -> None:
    how = {"timezone": "America/New_York", "recorded_in": "UTC"}
    assert times("2025-09-01 02:00:00", "2025-09-01T02:00:00Z", **how) == ["2025-08-31 22:00", "2025-08-31 22:00"]
    assert times("13/09/2025 02:00", **how) == ["2025-09-12 22:00"]
    assert times("1756899000", **how) == ["2025-09-03 07:30"]
    assert times("2025-09-01 02:00:00", timezone="America/New_York") == ["2025-09-01 02:00"]
    assert reading("2025-09-01 02:00:00", **how).words == "ISO (found), in America/New_York"


@pytest.mark.parametrize(
    ("cell", "day"), [("2025-09-01", "2025-09-01"), ("2025-09", "2025-09-01"), ("2025", "2025-01-01"), ("13/09/2025", "2025-09-13")]
)
def test_a_day_without_a_time_stays_the_same_day(cell: str, day: str) -> None:
    """A day is no instant: there is nothing to turn into another time zone."""
    assert days(cell, timezone="America/New_York", recorded_in="UTC") == [day]


def test_an_export_in_utc_needs_only_the_time_zone() -> None:
    cells = ("2025-09-01 02:00:00",)
    assert reading(*cells, utc=True, timezone="America/New_York").dates[0] == pd.Timestamp("2025-08-31 22:00")
    assert reading(*cells, utc=True).dates[0] == pd.Timestamp("2025-09-01 02:00")
    declared = reading(*cells, utc=True, timezone="America/New_York", recorded_in="America/New_York")
    assert declared.dates[0] == pd.Timestamp("2025-09-01 02:00")


def test_hours_that_summer_time_skips_or_repeats() -> None:
    """Europe/London 2025: 30 March 01:00 becomes 02:00; 26 October 02:00 becomes 01:00."""
    assert times("2025-03-30T00:59:00Z", "2025-03-30T01:01:00Z", timezone="Europe/London") == ["2025-03-30 00:59", "2025-03-30 02:01"]
    assert times("2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", timezone="Europe/London") == ["2025-10-26 01:30", "2025-10-26 01:30"]
    assert times("2025-03-30 01:30:00", "2025-10-26 01:30:00", timezone="Europe/London") == ["2025-03-30 01:30", "2025-10-26 01:30"]  # as written
    how = {"timezone": "UTC", "recorded_in": "Europe/London"}
    assert times("2025-10-26 01:30:00", "2025-03-30 01:30:00", **how) == ["2025-10-26 01:30", "2025-03-30 01:00"]


def test_summer_time_in_a_day_first_column() -> None:
    assert times("30/03/2025 01:30", "", "26/10/2025 01:30", timezone="Europe/London") == ["2025-03-30 01:30", "", "2025-10-26 01:30"]


@pytest.mark.parametrize("key", ["timezone", "recorded_in"])
@pytest.mark.parametrize("zone", ["Europe/Londn", "Mars", "Europe", "../../etc/passwd", "GMT+25", " "])
def test_unknown_time_zones(key: str, zone: str) -> None:
    with pytest.raises(VocError, match=rf'{key} ".*" is not known; write it like "Europe/London" or "UTC"'):
        reading("2025-09-01", **({"timezone": "UTC"} | {key: zone}))


def test_recorded_in_needs_a_time_zone() -> None:
    with pytest.raises(VocError, match="timezone, where days are counted, is needed beside it"):
        reading("2025-09-01", recorded_in="UTC")


@pytest.mark.parametrize("cell", ["9999-12-31T23:30:00Z", "0001-01-01T00:30:00Z", "9999-12-31 23:30:00"])
@pytest.mark.parametrize("zone", ["", "Asia/Tokyo", "America/New_York"])
def test_dates_at_the_end_of_time_spoil_nothing(cell: str, zone: str) -> None:
    """A default such as 9999-12-31 must not keep the other dates from being read."""
    read = reading("2025-09-01 12:00:00", cell, timezone=zone)
    assert read.dates[0] == pd.Timestamp("2025-09-01 12:00")


# Declared formats.


def test_declared_offsets() -> None:
    form = "%Y-%m-%dT%H:%M:%S%z"
    summer, winter = "2025-08-31T23:30:00+0200", "2025-12-31T23:30:00+0100"
    assert days(summer, format=form) == ["2025-08-31"]
    assert days(summer, winter, format=form) == ["2025-08-31", "2025-12-31"]
    assert times(summer, winter, format=form, timezone="UTC") == ["2025-08-31 21:30", "2025-12-31 22:30"]


def test_declared_formats_that_cannot_be_used() -> None:
    with pytest.raises(VocError, match='date_format "%Q" cannot be used'):
        reading("2025-09-01", format="%Q")
    with pytest.raises(VocError, match=r'no date in column "when" could be read as dd/mm/yyyy; the first is 03/09/2025\. Set date_format'):
        reading("03/09/2025", format="dd/mm/yyyy")


def test_blank_and_declared_missing_cells_are_not_unreadable() -> None:
    read = reading("", "N/A", "2025-09-01", "soon", blank=("N/A",))
    assert read.unreadable.tolist() == [False, False, False, True]
    with pytest.raises(VocError, match='the date column "when" is empty'):
        reading("", "N/A", blank=("N/A",))


def test_the_order_of_the_rows_does_not_matter() -> None:
    cells = ["03/09/2025", "13/09/2025", "2025-09-14", "15 Sep 2025", "", "soon"]
    forwards, backwards = reading(*cells), reading(*reversed(cells))
    pd.testing.assert_series_equal(forwards.dates, backwards.dates[::-1].reset_index(drop=True))
    assert forwards.words == backwards.words


# A spreadsheet program that swaps what it can.


@pytest.mark.parametrize("serial", [False, True], ids=["dates", "serials"])
def test_days_that_a_spreadsheet_program_swapped_are_refused(serial: bool) -> None:
    """03/09/2026 became the ninth of March, 25/09/2026 stayed text; nothing is unreadable, and half of the months are wrong."""
    days_ = pd.date_range("2026-07-01", periods=90)
    swapped = [f"{d:%Y-%d-%m}" if d.day <= 12 else f"{d:%d/%m/%Y}" for d in days_]
    if serial:
        swapped = [str((pd.Timestamp(c) - pd.Timestamp("1899-12-30")).days) if c[4] == "-" else c for c in swapped]
    read = reading(*swapped)
    assert read.objection.startswith('the date column "when" looks as if a spreadsheet program had swapped day and month')
    assert "Export the file again" in read.objection


def test_two_ways_of_writing_days_are_no_swap() -> None:
    days_ = pd.date_range("2026-07-01", periods=90)
    assert reading(*[f"{d:%Y-%m-%d}" if d.day % 2 else f"{d:%d/%m/%Y}" for d in days_]).objection == ""


def test_serials_with_a_slip_are_read() -> None:
    cells = [str(46_204 + i) for i in range(60)] + ["unknown"]
    read = reading(*cells)
    assert read.unreadable.tolist() == [False] * 60 + [True]
    assert f"{read.dates[0]:%Y-%m-%d}" == "2026-07-01"


def test_a_day_that_is_the_same_either_way_is_read() -> None:
    assert days("05/05/2026", "05/05/2026") == ["2026-05-05"] * 2
