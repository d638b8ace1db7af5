"""Bands, periods and hints."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from voc import schema
from voc.schema import VocError


@pytest.mark.parametrize(
    ("month", "first", "last"),
    [
        ("2026-09", dt.date(2026, 9, 1), dt.date(2026, 9, 30)),
        (" 2024-02 ", dt.date(2024, 2, 1), dt.date(2024, 2, 29)),
        ("2014", dt.date(2014, 1, 1), dt.date(2014, 12, 31)),
        (2014, dt.date(2014, 1, 1), dt.date(2014, 12, 31)),
    ],
)
def test_parse_period(month: str | int, first: dt.date, last: dt.date) -> None:
    period = schema.parse_period(month)
    assert period.start_time.date() == first
    assert period.end_time.date() == last


@pytest.mark.parametrize(
    "month",
    [
        "2026-13",
        "2026-00",
        "2026-9",
        "26-09",
        "September 2026",
        "2026-09-01",
        "",
        "2026/09",
        "20260",
        202609,
        26,
        "1899",
        "0000-01",
        "2026-09\n2026-10",
        "../x",
    ],
)
def test_parse_period_refuses(month: str | int) -> None:
    with pytest.raises(VocError, match='month must look like "2026-09"'):
        schema.parse_period(month)


def test_cohort_of_every_answer() -> None:
    """Reichheld 2003, Harvard Business Review 81(12): promoters answer 9-10, passives 7-8, detractors 0-6."""
    bands = schema.cohort_of(pd.Series(range(11)))
    assert bands.tolist() == ["detractor"] * 7 + ["passive"] * 2 + ["promoter"] * 2


def test_cohort_of_keeps_the_index_and_its_input() -> None:
    scores = pd.Series([10, 0, 7], index=[5, 3, 9])
    bands = schema.cohort_of(scores)
    assert bands.to_dict() == {5: "promoter", 3: "detractor", 9: "passive"}
    assert scores.tolist() == [10, 0, 7]
    assert schema.cohort_of(pd.Series([], dtype=int)).empty


def test_closest() -> None:
    assert schema.closest("regoin", ["region", "store"]) == ' (did you mean "region"?)'
    assert schema.closest("zzz", ["region", "store"]) == ""
    assert schema.closest("x", []) == ""
