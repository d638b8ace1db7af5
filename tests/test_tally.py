"""The table of counts: the same from every engine, adding up, and enough for every score, interval and comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from voc import score, stats
from voc.schema import VocError
from voc.score import tally
from voc.score.tally import counted, influence, named

BEGINS = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}  # as pandas calls them


def arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)


def relation(frame: pd.DataFrame, zone: str = "UTC") -> duckdb.DuckDBPyRelation:
    """A DuckDB relation; the connection's time zone says when a day begins."""
    connection = duckdb.connect()
    connection.execute(f"SET TimeZone = '{zone}'")
    return connection.from_arrow(arrow(frame))


def categories(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(dict.fromkeys([c for c in ("team", "region", "customer") if c in frame], "category"))


ENGINES: dict[str, Callable[[pd.DataFrame], object]] = {
    "pandas": lambda f: f,
    "pandas on pyarrow": lambda f: f.convert_dtypes(dtype_backend="pyarrow"),
    "pandas with NA": lambda f: f.convert_dtypes(),
    "pandas with categories": categories,
    "polars": lambda f: pl.from_arrow(arrow(f)),
    "polars lazy": lambda f: pl.from_arrow(arrow(f)).lazy(),
    "pyarrow": arrow,
    "duckdb": relation,
}
engines = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)


def answers(n: int = 400, seed: int = 0) -> pd.DataFrame:
    """Random answers with every kind of gap: no score, no team (None or ""), no region (NaN), no customer (None or "")."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"score": rng.integers(0, 11, n).astype(float), "team": rng.choice(np.array(["A", "B", "", None]), n)})
    frame["region"] = rng.choice([1.0, 2.0, 3.5, np.nan], n)
    frame["date"] = pd.Timestamp("2025-11-20") + pd.to_timedelta(rng.integers(0, 500 * 24, n), unit="h")
    frame["weight"] = rng.uniform(0.5, 2, n)
    frame["customer"] = rng.choice(np.array([*(f"C{i}" for i in range(n // 5)), "", None]), n, p=[*[0.9 / (n // 5)] * (n // 5), 0.05, 0.05])
    frame.loc[rng.random(n) < 0.05, "score"] = np.nan
    return frame


def same(one: score.Tally, other: score.Tally) -> None:
    """Equal to the last answer; sums of weights to 1e-9, since engines add up in different orders."""
    assert (one.keys, one.every, one.missing, one.weighted) == (other.keys, other.every, other.missing, other.weighted)
    pd.testing.assert_frame_equal(one.frame, other.frame, rtol=1e-9, atol=1e-9)
    assert (one.people is None) == (other.people is None)
    if one.people is not None:
        pd.testing.assert_frame_equal(one.people, other.people, rtol=1e-9, atol=1e-9)


def refused(data: object, *words: str, by: str | list[str] = (), **how) -> None:
    with pytest.raises(VocError) as error:
        tally(data, by, **how)
    for each in words:
        assert each in str(error.value)


# --- engines -----------------------------------------------------------------------------------------------------------


def test_counts_equal_a_loop_over_the_rows():
    """Oracle: `naive.tally`."""
    frame = answers()
    frame["month"] = frame["date"].dt.strftime("%Y-%m")
    found = tally(frame, "team", every="month", weighted=True)
    expected = naive.tally(frame.to_dict("records"), ["team", "month"])
    table = {(r.team, str(r.period), r.score): (r.n, r.weight) for r in found.frame.itertuples()}
    assert table.keys() == expected.keys()
    assert [table[k] for k in table] == [(expected[k][0], pytest.approx(expected[k][1])) for k in table]
    assert found.missing == frame["score"].isna().sum() > 0
    assert found.n == found.people["n"].sum() + found.frame["alone"].sum() == len(frame) - found.missing


@engines
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("people", [False, True])
def test_every_engine_gives_the_same_table(engine, weighted, people):
    frame = answers() if people else answers().drop(columns="customer")
    same(tally(engine(frame), ["team", "region"], weighted=weighted), tally(frame, ["team", "region"], weighted=weighted))


@engines
@pytest.mark.parametrize("every", ["day", "week", "month", "quarter", "year"])
def test_every_engine_counts_periods_alike(engine, every):
    frame = answers()
    found = tally(engine(frame), "team", every=every)
    same(found, tally(frame, "team", every=every))
    expected = frame.dropna(subset="score").groupby(frame["date"].dt.to_period(BEGINS[every])).size()
    pd.testing.assert_series_equal(found.over("period").frame.groupby("period")["n"].sum(), expected, check_names=False)


@engines
def test_scores_of_every_kind_of_number_are_read(engine):
    for dtype in ("int64", "float64", "Int64", "int8", "str"):
        frame = pd.DataFrame({"score": pd.Series([0, 10, 7, 7, 3], dtype=dtype)})
        assert tally(engine(frame)).frame[["score", "n"]].to_numpy().tolist() == [[0, 1], [3, 1], [7, 2], [10, 1]]


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"score": [9] * 6, "team": ["A", None, np.nan, "", pd.NA, pd.NaT]}),
        pd.DataFrame({"score": [9] * 6, "team": pd.Categorical(["A", None, "", None, None, ""])}),
        pl.DataFrame({"score": [9] * 6, "team": ["A", None, "", None, "", ""]}),
        pa.table({"score": [9] * 6, "team": pa.array(["A", None, "", None, "", ""]).dictionary_encode()}),
        duckdb.sql("select 9 as score, * from (values ('A'), (NULL), (''), (NULL), (''), ('')) t(team)"),
    ],
    ids=["pandas", "categories", "polars", "pyarrow", "duckdb"],
)  # fmt: skip
def test_what_is_missing_is_one_group(data):
    found = tally(data, "team").groups("team")["n"]
    assert found.to_dict() == {"": 5, "A": 1}


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"score": [9] * 4, "code": [1.0, np.nan, np.nan, 2.5]}),
        pd.DataFrame({"score": [9] * 4, "code": pd.array([1.0, None, float("nan"), 2.5], dtype="double[pyarrow]")}),
        pl.DataFrame({"score": [9] * 4, "code": [1.0, None, float("nan"), 2.5]}),
        pa.table({"score": [9] * 4, "code": [1.0, None, float("nan"), 2.5]}),
        duckdb.sql("select 9 as score, * from (values (1::double), (NULL), ('nan'::double), (2.5)) t(code)"),
    ],
    ids=["pandas", "pandas on pyarrow", "polars", "pyarrow", "duckdb"],
)  # fmt: skip
def test_what_is_not_a_number_is_missing_too(data):
    assert tally(data, "code").groups("code")["n"].to_dict() == {"": 2, "1": 1, "2.5": 1}


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"score": [9, np.nan, None, 3]}),
        pd.DataFrame({"score": ["9", None, "", "3"]}),
        pl.DataFrame({"score": [9.0, None, float("nan"), 3.0]}),
        pl.DataFrame({"score": ["9", None, "", "3"]}),
        pa.table({"score": [9.0, None, float("nan"), 3.0]}),
        duckdb.sql("select * from (values (9::double), (NULL), ('nan'::double), (3)) t(score)"),
    ],
    ids=["pandas", "pandas text", "polars", "polars text", "pyarrow", "duckdb"],
)  # fmt: skip
def test_missing_scores_are_counted_and_left_out(data):
    found = tally(data)
    assert (found.n, found.missing) == (2, 2)
    assert found.headline == "2 answers counted (all answers); 2 without a score left out."


@engines
def test_long_customer_numbers_stay_apart(engine):
    """Sixteen digits and a gap beside them: as floats, two customers would become one."""
    ids = pd.array([9_007_199_254_740_992, 9_007_199_254_740_993, None, 9_007_199_254_740_995], dtype="Int64")
    found = tally(engine(pd.DataFrame({"score": [9, 9, 9, 9], "customer": ids})))
    assert found.people["customer"].tolist() == ["9007199254740992", "9007199254740993", "9007199254740995"]


def test_no_answers_are_an_empty_table():
    for engine in ENGINES.values():
        for weighted in (False, True):
            found = tally(engine(answers(10).head(0)), "team", every="month", weighted=weighted)
            assert (found.n, found.missing, len(found.groups("team")), len(found.groups())) == (0, 0, 0, 0)
            assert score.nps(found).headline == "There are no answers for all answers, so there is no score."


# --- dates -------------------------------------------------------------------------------------------------------------

# Either side of midnight at the end of a month, a quarter and a year, of a Sunday, and in the hour that comes twice.
STAMPS = pd.to_datetime(
    ["2026-03-28 23:30", "2026-03-29 23:30", "2026-06-30 22:59", "2026-06-30 23:30", "2026-10-25 00:30", "2026-10-25 01:30", "2026-12-31 23:59"]
)


def stamped(stamps: pd.DatetimeIndex | pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"score": np.arange(len(stamps)), "date": stamps})


@engines
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_dates_of_every_precision(engine, unit):
    for every, begins in BEGINS.items():
        found = tally(engine(stamped(STAMPS.as_unit(unit))), every=every).frame
        assert found["period"].tolist() == sorted(STAMPS.to_period(begins))


@engines
@pytest.mark.parametrize("zone", ["UTC", "Europe/London"])
def test_a_day_begins_at_midnight_where_the_stamp_was_taken(engine, zone):
    """23:30 on 30 June in UTC is 1 July in London; DuckDB keeps no zone and counts in its connection's."""
    local = STAMPS.tz_localize("UTC").tz_convert(zone)
    frame = stamped(local)
    for every, begins in BEGINS.items():
        data = relation(frame, zone) if engine is relation else engine(frame)
        assert tally(data, every=every).frame["period"].tolist() == sorted(local.tz_localize(None).to_period(begins))


def test_days_without_a_time():
    days = [d.date() for d in STAMPS]
    table = pa.table({"score": list(range(len(days))), "date": pa.array(days, pa.date32())})
    on_arrow = stamped(STAMPS).assign(date=pd.Series(days, dtype="date32[pyarrow]"))
    for data in (table, pl.from_arrow(table), pl.from_arrow(table).lazy(), duckdb.from_arrow(table), on_arrow):
        for every, begins in BEGINS.items():
            assert tally(data, every=every).frame["period"].tolist() == sorted(STAMPS.to_period(begins))


@engines
def test_dates_that_are_none_are_refused(engine):
    for column in (["2026-03-28", "2026-03-29"], [1, 2]):
        refused(engine(pd.DataFrame({"score": [1, 2], "date": column})), '"date"', "must hold dates", every="month")


def test_dates_that_pandas_holds_as_objects_are_refused():
    """Days of Python's own `datetime`: a sentence, not an error from deep inside."""
    refused(pd.DataFrame({"score": [1], "date": [date(2026, 3, 28)]}), '"date"', "must hold dates", every="month")


@engines
def test_answers_without_a_date_are_not_dropped_in_silence(engine):
    frame = answers(50).assign(score=9)
    frame.loc[[3, 7], "date"] = pd.NaT
    refused(engine(frame), "2 answers have no date", every="month")
    assert tally(engine(frame)).n == 50


def test_weeks_begin_on_monday_and_are_named_by_it():
    found = tally(stamped(pd.to_datetime(["2026-09-27", "2026-09-28", "2026-10-04", "2026-10-05"])), every="week").frame
    assert [named(p) for p in found["period"].unique()] == ["week of 2026-09-21", "week of 2026-09-28", "week of 2026-10-05"]
    assert [named(pd.Period("2026-09-15", f)) for f in ("D", "M", "Q", "Y")] == ["2026-09-15", "2026-09", "2026Q3", "2026"]


# --- columns and what is refused ---------------------------------------------------------------------------------------


@engines
def test_columns_may_be_called_otherwise(engine):
    frame = answers()
    other = {"score": "q1", "date": "when", "weight": "w", "customer": "who"}
    renamed = engine(frame.rename(columns=other))
    same(tally(renamed, "team", every="month", weighted=True, names=other), tally(frame, "team", every="month", weighted=True))


@engines
def test_missing_columns_are_named(engine):
    frame = answers(20)
    refused(engine(frame), 'there is no column "taem" (did you mean "team"?); there are score, team, region, date', by="taem")
    refused(engine(frame.rename(columns={"score": "q1"})), 'there is no column "score"')
    refused(engine(frame.drop(columns="date")), 'there is no column "date"', every="month")
    refused(engine(frame.drop(columns="weight")), 'there is no column "weight"', weighted=True)
    refused(engine(frame), 'there is no column "custmer" (did you mean "customer"?)', names={"customer": "custmer"})


def test_an_unknown_role_is_named():
    refused(answers(20), '"scores"', "score, date, weight, customer", names={"scores": "score"})


def test_a_survey_names_its_own_segments():
    refused(naive.segments_of({"A": (5, 5, 5)}), 'there is no column "taem" (did you mean "team"?); this survey has team', by="taem")
    refused(naive.survey_of([9]), 'there are no weights: name the weight column under [columns], as in weight = "weight"', weighted=True)


@engines
@pytest.mark.parametrize(("bad", "shown"), [(11, "11"), (-1, "-1"), (7.5, "7.5"), ("ten", "ten"), (float("inf"), "inf")])
def test_scores_off_the_scale_are_named_with_their_number(engine, bad, shown):
    values = pd.Series([str(s) for s in (3, bad, 10, bad)] if isinstance(bad, str) else [3, bad, 10, bad])
    refused(engine(pd.DataFrame({"score": values})), f"score must be a whole number 0-10; found {shown}", "in 2 rows")


def test_every_engine_names_the_same_bad_score():
    frame = pd.DataFrame({"score": [12, 3, -1, 12, 40]})
    sentences = set()
    for engine in ENGINES.values():
        with pytest.raises(VocError) as error:
            tally(engine(frame))
        sentences.add(str(error.value).replace(".0 ", " "))
    assert len(sentences) == 1
    assert sentences.pop().endswith(" and other values in 4 rows")


@engines
@pytest.mark.parametrize("bad", [np.nan, -0.5, np.inf], ids=["missing", "negative", "endless"])
def test_one_bad_weight_among_good_ones_is_refused(engine, bad):
    """All answers are alike, so that its group's sum is a usable number."""
    frame = pd.DataFrame({"score": [9] * 10, "weight": [1.0] * 9 + [bad]})
    refused(engine(frame), "weights must be numbers of 0 and more", "none may be missing", weighted=True)
    assert tally(engine(frame)).n == 10


@engines
def test_other_bad_weights_are_refused(engine):
    refused(engine(pd.DataFrame({"score": [9, 3], "weight": [0.0, 0.0]})), "not all of them 0", weighted=True)
    refused(engine(pd.DataFrame({"score": [9, 3], "weight": ["a", "b"]})), "weights must be numbers", weighted=True)


@engines
def test_a_weight_without_a_score_does_not_matter(engine):
    frame = pd.DataFrame({"score": [9, 3, None], "weight": [1.0, 2.0, None]})
    assert tally(engine(frame), weighted=True).frame["weight"].tolist() == [2.0, 1.0]


def test_an_answer_may_weigh_nothing():
    found = tally(pd.DataFrame({"score": [9, 3, 3], "weight": [0.0, 1.0, 1.0]}), weighted=True)
    assert (score.nps(found).value, score.nps(found).n) == (-100, 3)


def test_a_group_that_weighs_nothing_has_no_score():
    survey = naive.segments_of({"A": (20, 20, 20), "B": (10, 20, 30), "C": (10, 10, 10)})
    survey = replace(survey, answers=survey.answers.assign(weight=np.where(survey.answers["team"] == "C", 0.0, 1.0)))
    counts = tally(survey, "team", weighted=True)
    assert counts.groups("team").index.tolist() == ["A", "B"]
    assert score.by(survey, "team", weighted=True).frame["segment"].tolist() == ["B", "A"]
    assert score.bridge(survey, survey, by="team", weighted=True).frame["value_after"].isna().tolist() == [False, False, True]
    assert score.nps(counts.where(team="C")).headline.startswith("There are no answers for all answers, team C")


@engines
def test_a_column_that_cannot_be_a_key_is_named(engine):
    """Names that the table gives to its own columns."""
    frame = answers(20).assign(n="x", net="x", alone="x", square="x")
    for key in ("score", "n", "net", "alone", "square", "weight", "customer"):
        refused(engine(frame), f'"{key}"', by=["team", key])


@engines
def test_periods_and_a_column_called_period(engine):
    frame = answers(50).assign(period="p")
    assert tally(engine(frame), "period").groups("period").index.tolist() == ["p"]
    refused(engine(frame), '"period"', by="period", every="month")
    refused(engine(frame), '"team"', by=["team", "team"])


def test_every_is_one_of_five():
    refused(answers(5), "every must be one of day, week, month, quarter, year; found 'fortnight'", every="fortnight")


@pytest.mark.parametrize("data", [[9, 10, 3], pd.Series([9, 10, 3]), {"score": [9]}, None], ids=["list", "series", "dict", "nothing"])
def test_what_is_no_data_frame_is_refused(data):
    refused(data, "data must be a Survey or a data frame")


# --- adding up ---------------------------------------------------------------------------------------------------------


def test_the_order_of_the_rows_does_not_matter():
    frame = answers()
    same(tally(frame.sample(frac=1, random_state=1), ["team"], every="week", weighted=True), tally(frame, ["team"], every="week", weighted=True))


ROWS = st.tuples(
    st.integers(0, 10), st.sampled_from(["A", "B", ""]), st.integers(0, 40), st.sampled_from([0.25, 1.0, 3.0]), st.sampled_from(["p", "q", "r", ""])
)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(ROWS, min_size=2, max_size=40), cut=st.integers(0, 40), weighted=st.booleans(), people=st.booleans())
def test_a_file_in_two_parts_adds_up_to_the_whole(rows, cut, weighted, people):
    frame = pd.DataFrame(rows, columns=["score", "team", "day", "weight", "customer"])
    frame["date"] = pd.Timestamp("2026-01-10") + pd.to_timedelta(frame.pop("day"), unit="D")
    frame = frame if people else frame.drop(columns="customer")
    whole, *parts = (tally(part, "team", every="month", weighted=weighted) for part in (frame, frame.head(cut), frame.iloc[cut:]))
    same(parts[0] + parts[1], whole)
    same(parts[1] + parts[0], whole)
    one, other = (t.groups("team").astype(float) for t in (parts[0] + parts[1], whole))
    pd.testing.assert_frame_equal(one, other)
    assert score.nps(parts[0] + parts[1]) == score.nps(whole)


def test_a_customer_in_both_parts_is_one_customer():
    frame = pd.DataFrame({"score": [9, 3] * 20, "customer": [f"C{i}" for i in range(20)] * 2})
    first, second = tally(frame.head(20)), tally(frame.tail(20))
    assert (first.repeated, second.repeated, (first + second).repeated) == (False, False, True)
    assert (first + second).because == "some customers answered more than once"
    assert score.nps(first + second).n_effective < score.nps(first).n_effective + score.nps(second).n_effective


def test_missing_answers_add_up():
    frame = answers()
    assert (tally(frame.head(150)) + tally(frame.tail(250))).missing == tally(frame).missing


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"by": "region"}, "(team, customer) and (region, customer)"),
        ({"by": "team", "every": "month"}, "(team, customer) and (team, period, every month, customer)"),
        ({"by": "team", "weighted": True}, "(team, customer) and (team, weights, customer)"),
        ({"by": "team", "names": {"customer": "nobody"}}, "(team, customer) and (team)"),
    ],
)
def test_tallies_of_different_things_do_not_add_up(how, said):
    frame = answers()
    other = frame.drop(columns="customer") if "names" in how else frame
    how = {k: v for k, v in how.items() if k != "names"}
    with pytest.raises(VocError) as error:
        tally(frame, "team") + tally(other, **how)
    assert str(error.value) == f"two tallies add up only when they count the same; found {said}"


# --- parts of a tally --------------------------------------------------------------------------------------------------


def test_parts_of_a_tally_are_tallies_of_the_parts():
    frame = answers().fillna({"team": ""})
    whole = tally(frame, ["team", "region"], every="month", weighted=True)
    same(
        replace(whole.where(team="A").over("region"), missing=0),
        replace(tally(frame[frame["team"] == "A"], "region", weighted=True), missing=0),
    )
    same(whole.over("period", "team"), tally(frame, "team", every="month", weighted=True).over("period", "team"))
    inside = frame[frame["date"].between("2026-02-01", "2026-05-01", inclusive="left")]
    same(
        replace(whole.between(pd.Period("2026-02", "M"), pd.Period("2026-04", "M")).over(), missing=0),
        replace(tally(inside, weighted=True), missing=0),
    )
    assert whole.where(team="A", region="1").label == "all answers, team A, region 1"
    assert whole.where(team="nobody").n == 0
    assert (whole.over().keys, whole.over().every, whole.over("period").every) == ((), "", "month")


def test_unknown_keys_are_named():
    whole = tally(answers(), "team")
    for wrong in (lambda: whole.where(taem="A"), lambda: whole.over("taem"), lambda: whole.groups("taem"), lambda: score.by(whole, "taem")):
        with pytest.raises(VocError, match='these answers are not counted by "taem" \\(did you mean "team"\\?\\); they are by team'):
            wrong()
    with pytest.raises(VocError, match='not counted by "period"'):
        whole.between(pd.Period("2026-01"), pd.Period("2026-02"))
    with pytest.raises(VocError, match="they are by nothing"):
        tally(answers()).where(team="A")


def test_a_tally_says_what_it_lacks():
    plain, dated = tally(answers(), "team"), tally(answers(), every="month")
    for wrong, words in (
        (lambda: counted(plain, weighted=True), "this tally was made without weights; make it with weighted=True"),
        (lambda: counted(plain, every="month"), 'this tally knows no dates; make it with every="month"'),
        (lambda: counted(dated, every="week"), 'this tally counts by month; make it with every="week"'),
        (lambda: score.trend(dated, every="fortnight"), "every must be one of day, week, month, quarter, year"),
    ):
        with pytest.raises(VocError) as error:
            wrong()
        assert words in str(error.value)


def test_a_tally_shows_itself():
    found = tally(answers(), ["team", "region"])
    assert found.headline == f"{found.n} answers counted by team and region (all answers); {found.missing} without a score left out."
    assert found.to_frame() is found.frame
    assert "Region" in found._repr_html_()


# --- scores from a tally -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("people", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_effective_numbers_equal_those_of_the_rows(weighted, people, seed):
    """Oracle: `stats.effective_size` on the rows of each group, a row without a customer being a customer of its own."""
    frame = answers(seed=seed).dropna(subset="score").fillna({"team": "", "customer": ""}).astype({"score": int})
    frame["score"] = np.where(frame["customer"].str.len() == 3, frame["customer"].str[-1:].replace("", "0").astype(int), frame["score"])
    data = frame if people else frame.drop(columns="customer")
    groups = tally(data, ["team", "region"], weighted=weighted).groups("team")
    assert groups.index.tolist() == ["", "A", "B"]
    for team, rows in frame.groupby("team"):
        row = groups.loc[team]
        assert row["effective"] == pytest.approx(naive.effective(rows if people else rows.assign(customer=""), weighted=weighted), rel=1e-9)
        share = (rows["weight"] if weighted else 1.0) * len(rows) / (rows["weight"].sum() if weighted else len(rows))
        bands = [(rows["score"] <= 6), rows["score"].between(7, 8), (rows["score"] >= 9)]
        assert row[["detractors", "passives", "promoters"]].tolist() == pytest.approx([(b * share).sum() for b in bands])
        assert (row["n"], row["weight"]) == (len(rows), pytest.approx(rows["weight"].sum() if weighted else len(rows)))


@pytest.mark.parametrize(
    ("scores", "customers"),
    [([10], ["a"]), ([10, 10, 10], ["a", "a", "b"]), ([3, 10], ["a", "a"]), ([3, 10, 10, 3], ["a", "a", "", ""]), ([9, 1], ["", ""])],
    ids=["one answer", "all alike", "one customer", "two named alike and two not", "nobody named"],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_effective_numbers_of_the_smallest_groups(scores, customers, weighted):
    """Beside a second group, in which a customer comes twice."""
    frame = pd.DataFrame({"score": scores, "customer": customers, "weight": np.arange(len(scores)) + 1.0, "team": "A"})
    other = pd.DataFrame({"score": [9, 9, 3], "customer": ["x", "x", "y"], "weight": 1.0, "team": "B"})
    groups = tally(pd.concat([frame, other]), "team", weighted=weighted).groups("team")
    assert groups.loc["A", "effective"] == pytest.approx(naive.effective(frame, weighted=weighted))


@pytest.mark.parametrize("people", [False, True])
def test_weights_of_one_change_nothing(people):
    frame = answers().assign(weight=1.0)
    frame = frame if people else frame.drop(columns="customer")
    with_weights, without = (tally(frame, "team", weighted=w) for w in (True, False))
    pd.testing.assert_frame_equal(with_weights.frame, without.frame)
    pd.testing.assert_frame_equal(with_weights.groups("team"), without.groups("team"))


@pytest.mark.parametrize("unit", [1e-9, 1e6])
def test_the_unit_of_weights_changes_nothing(unit):
    """Weights of a large file that add up to 1 are tiny."""
    frame = answers()
    one, other = (tally(frame.assign(weight=frame["weight"] * u), "team", weighted=True).groups("team") for u in (1, unit))
    unitless = ["n", "detractors", "passives", "promoters", "effective"]
    pd.testing.assert_frame_equal(one[unitless], other[unitless])


def test_customers_move_a_score_by_what_they_said():
    """Each customer's influence is what leaving out their distance from the score would change, and all of them add up to 0."""
    frame = answers().dropna(subset="score").query("customer.notna() and customer != ''")
    found = influence(tally(frame, weighted=True))
    bands = np.select([frame["score"] <= 6, frame["score"] <= 8], [-1, 0], 1)
    mean = (bands * frame["weight"]).sum() / frame["weight"].sum()
    expected = ((bands - mean) * frame["weight"]).groupby(frame["customer"]).sum() / frame["weight"].sum()
    pd.testing.assert_series_equal(found, expected, check_names=False)
    assert found.sum() == pytest.approx(0, abs=1e-12)
    error = stats.mean_error(bands, weights=frame["weight"], clusters=pd.factorize(frame["customer"])[0])[1]
    assert np.sqrt(len(found) / (len(found) - 1) * (found**2).sum()) == pytest.approx(error)
    assert influence(tally(frame.drop(columns="customer"))).empty


def survey_of_rows(frame: pd.DataFrame, label: str = "all answers"):
    """The same rows as a Survey."""
    columns = {name: frame[name] for name in ("team", "weight", "customer")}
    region = ["" if np.isnan(r) else f"{r:g}" for r in frame["region"]]
    return replace(naive.survey_of(frame["score"].astype(int).tolist(), dates=frame["date"], region=region, **columns), label=label)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_tally_gives_the_same_results_as_its_survey(weighted):
    frames = [answers(600, seed).dropna(subset="score").fillna({"team": "", "customer": ""}) for seed in (1, 2)]
    surveys = [survey_of_rows(frame, label) for frame, label in zip(frames, ("May", "June"), strict=True)]
    tallies = [tally(s, ["team", "region"], every="month", weighted=weighted) for s in surveys]
    for analysis in (score.nps, lambda x, weighted: score.by(x, "team", weighted=weighted), lambda x, weighted: score.trend(x, weighted=weighted)):
        one, other = (analysis(x, weighted=weighted) for x in (surveys[0], tallies[0]))
        assert one.headline == other.headline
        pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())
    for analysis in (score.change, lambda *x, weighted: score.bridge(*x, by=["team", "region"], weighted=weighted)):
        one, other = (analysis(*x, weighted=weighted) for x in (surveys, tallies))
        assert one.headline == other.headline
        pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())


@pytest.mark.parametrize("weighted", [False, True])
def test_swapping_promoters_and_detractors_flips_every_sign(weighted):
    rng = np.random.default_rng(3)
    frames = [answers(800, seed).dropna(subset="score").fillna({"team": "", "customer": ""}) for seed in (3, 4)]
    frames[1]["score"] = np.where((frames[1]["team"] == "A") & (rng.random(len(frames[1])) < 0.6), 10, frames[1]["score"])
    swapped = [f.assign(score=np.select([f["score"] <= 6, f["score"] <= 8], [10, 7], 0)) for f in frames]
    (may, june), (yam, enuj) = ([survey_of_rows(f) for f in pair] for pair in (frames, swapped))
    flip = {"above": "below", "below": "above", "rose": "fell", "fell": "rose"}

    def mirrored(one: pd.DataFrame, other: pd.DataFrame, key: str | list[str], *triples: tuple[str, str, str]) -> None:
        both = one.merge(other, on=key, suffixes=("", "_other"))
        assert len(both) == len(one) == len(other) > 0
        for value, low, high in triples:
            for ours, theirs in ((value, value), (low, high), (high, low)):
                np.testing.assert_allclose(both[ours].astype(float), -both[f"{theirs}_other"].astype(float), atol=1e-9)
        for verdict in {"verdict", "unusual"} & set(one):
            assert both[verdict].map(lambda v: flip.get(v, v)).tolist() == both[f"{verdict}_other"].tolist()

    ours, theirs = (score.nps(s, weighted=weighted).to_frame() for s in (june, enuj))
    mirrored(ours, theirs, "label", ("value", "low", "high"))
    ours, theirs = (score.change(*pair, weighted=weighted).to_frame().assign(all=1) for pair in ((may, june), (yam, enuj)))
    assert ours["verdict"].item() == "rose"
    mirrored(ours, theirs, "all", ("value", "low", "high"))
    ours, theirs = (score.by(s, "team", weighted=weighted).to_frame() for s in (june, enuj))
    assert "above" in ours["verdict"].tolist()
    mirrored(ours, theirs, "segment", ("value", "low", "high"), ("difference", "difference_low", "difference_high"))
    ours, theirs = (score.trend(s, weighted=weighted).to_frame() for s in (june, enuj))
    mirrored(ours, theirs, "period", ("value", "low", "high"))
    np.testing.assert_allclose(ours["usual_low"], -theirs["usual_high"], atol=1e-9)
    ours, theirs = (score.bridge(*pair, by="team", weighted=weighted).to_frame() for pair in ((may, june), (yam, enuj)))
    mirrored(ours, theirs, "segment", ("mix", "mix_low", "mix_high"), ("within", "within_low", "within_high"))
