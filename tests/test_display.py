"""Formats, and that no text of a user ever becomes markup."""

from __future__ import annotations

import datetime as dt
import itertools
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

import voc
from voc import display, health
from voc.cohorts import Bright, Calls, Contrast, Despite, Disagree, Missing, Part, Profile, Ratings, ToldApart
from voc.display import Column, Note, Result
from voc.drivers import Asymmetry, Checks, Differences, Drivers, GroupDrivers, Ladders, Priorities, ThemeDrivers, WhatIf
from voc.findings import Card, Cards, Fact, Overview, Quote, Teams
from voc.findings.spoken import Spoken
from voc.findings.teams import Block, TeamPage
from voc.health import Care, Commenters, ContactRule, Languages, Questions, Response, Silent
from voc.ingest import Cells, Check, Failure, Receipt, Survey
from voc.report import Done
from voc.schema import Mapping, Question, Scale
from voc.score import (
    Bridge,
    Change,
    Funnel,
    GroupTrends,
    Nps,
    Plan,
    Planned,
    Pulse,
    QuestionTrend,
    Raked,
    Revenue,
    RevenueTrend,
    Segments,
    Standouts,
    Tally,
    Trend,
)
from voc.themes import Atlas, Impact, Monthly, Movement, Taxonomy, Themes, Voices
from voc.themes.voices import Said

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"
NAN = float("nan")


def test_number() -> None:
    assert display.number(1234.56) == "1,234.6"
    assert display.number(-3.14159, 2) == "\N{MINUS SIGN}3.14"
    assert display.number(NAN) == display.number(None) == "\N{EN DASH}"
    assert display.number(-2, 0) == "\N{MINUS SIGN}2"


def test_minus_is_never_a_hyphen() -> None:
    for shown in (display.number(-1), display.points(-1), display.change(-1), display.share(-0.01), display.interval(-2, -1)):
        assert "-" not in shown
        assert "\N{MINUS SIGN}" in shown


@pytest.mark.parametrize("value", [-0.0, -0.04, -1e-12, 0.04, 0.0])
def test_nothing_is_shown_as_minus_or_plus_zero(value: float) -> None:
    assert display.number(value) == display.points(value) == display.change(value) == "0.0"
    assert display.number(value, 0) == display.count(value) == "0"
    assert display.share(value / 100) == "0.0\N{NO-BREAK SPACE}%"
    assert display.interval(value, value) == "0.0 to 0.0"


def test_no_value_between_minus_one_and_one_is_shown_as_signed_zero() -> None:
    for value, digits in itertools.product(np.linspace(-1, 1, 2001), (0, 1, 2)):
        shown = display.number(float(value), digits)
        assert not (shown[0] in "-\N{MINUS SIGN}" and float(shown[1:]) == 0)


def test_change_has_a_sign() -> None:
    assert [display.change(v) for v in (4.14, -4.14, 0)] == ["+4.1", "\N{MINUS SIGN}4.1", "0.0"]
    assert display.change(NAN) == "\N{EN DASH}"


def test_share() -> None:
    assert [display.share(v) for v in (0, 0.1234, 1)] == [f"{x}\N{NO-BREAK SPACE}%" for x in ("0.0", "12.3", "100.0")]
    assert display.share(NAN) == "\N{EN DASH}"


def test_interval() -> None:
    assert display.interval(29.06, 37.64) == "29.1 to 37.6"
    assert display.interval(-1.005, 2, digits=2) == "\N{MINUS SIGN}1.00 to 2.00"
    assert display.interval(NAN, 2) == display.interval(1, NAN) == "\N{EN DASH}"


def test_words() -> None:
    assert display.plural(1, "answer") == "1 answer"
    assert display.plural(0, "answer") == "0 answers"
    assert display.plural(17000, "reply", "replies") == "17,000 replies"
    assert [display.listed(w) for w in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_quoted_is_cut_at_a_word() -> None:
    assert display.quoted("short") == "short"
    cut = display.quoted("one two, three four", longest=12)
    assert cut == "one two …"
    assert len(display.quoted("word " * 100)) <= 322


class Reader(HTMLParser):
    """Tags, attribute names and text of a fragment."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag and its attribute names."""
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text += data


def assert_safe(html: str, *, times: int = 1) -> None:
    """The hostile text is shown as text (and only as text)."""
    reader = Reader(html)
    assert not reader.tags & {"script", "img"}
    assert not {n for n in reader.names if n.startswith("on")}
    assert reader.text.count(EVIL) >= times, "the text itself must be shown"
    assert "&amp;lt;" not in html, "escaped twice"


def test_table_escapes_cells_headings_and_captions() -> None:
    frame = pd.DataFrame({"a": [EVIL], "b": [EVIL]})
    html = display.table(frame, [Column("a", EVIL), Column("b", EVIL)], caption=EVIL)
    assert_safe(html, times=5)


def test_table_formats_each_kind() -> None:
    frame = pd.DataFrame({"t": [None], "n": [1234.0], "p": [-0.04], "c": [2.0], "s": [0.5], "d": [-0.05], "x": [1.234], "low": [-0.1], "high": [0.2]})
    kinds = [("t", "text"), ("n", "count"), ("p", "points"), ("c", "change"), ("s", "share"), ("d", "share_change"), ("x", "number")]
    columns = [Column(name, name, kind) for name, kind in kinds]  # type: ignore[arg-type]
    columns += [Column("low", "r", kind, "high") for kind in ("range", "range_share", "range_number")]  # type: ignore[arg-type]
    row = frame.to_dict("records")[0]
    assert [display.cell(row, c) for c in columns] == [
        "", "1,234", "0.0", "+2.0", "50.0\N{NO-BREAK SPACE}%", "\N{MINUS SIGN}5.0", "1.23",
        "\N{MINUS SIGN}0.1 to 0.2", "\N{MINUS SIGN}10.0 to 20.0", "\N{MINUS SIGN}0.10 to 0.20",
    ]  # fmt: skip


def test_fragments_escape() -> None:
    assert_safe(display.headline(EVIL))
    assert_safe(display.render("score", value=EVIL, label=EVIL, sentence=EVIL), times=3)


def test_card_escapes_title_sentence_quotes_and_unknown() -> None:
    assert_safe(Card(EVIL, EVIL, (Quote(EVIL, EVIL),), EVIL).html(), times=5)
    assert_safe(Card(EVIL, EVIL).html(), times=2)


def hostile_cohorts(units: pd.DataFrame) -> list[Result]:
    """What is known of two groups, with hostile text wherever a user's text can be."""
    fact = pd.DataFrame(
        {"kind": [EVIL], "what": [EVIL], "unit": ["share"], "first": [0.5], "second": [0.1], "rest": [0.3], "difference": [0.4], "low": [0.3],
         "high": [0.5], "verdict": ["more"], "also": ["yes"], "few": [False], "n_first": [30], "n_second": [30]}
    )  # fmt: skip
    odd = pd.DataFrame({"response_id": [EVIL], "score": [9], "cohort": ["promoter"], "kind": ["promoter who complains"], "strength": [0.9]})
    call = pd.DataFrame({"response_id": [EVIL], "theme": [EVIL], "role": ["typical"], "question": [EVIL]})
    sides = pd.DataFrame({"label": [EVIL], "n_first": 20, "n_second": 20, "complaint_first": 0.1, "complaint_second": 0.9})
    sides = sides.assign(quotes_first=[(EVIL,)], quotes_second=[(EVIL,)])
    return [
        Profile(fact, EVIL, EVIL, EVIL, (30, 30), 0.95, EVIL), Missing(fact, (30, 30, 30), 0.95, EVIL),
        Despite(fact, EVIL, 40, 20, 0.95, EVIL), Bright(units, fact, 9, 0.95, EVIL), Disagree(odd, 40, 0.8, EVIL), Calls(call, 20, 40, 1, EVIL),
        ToldApart(sides, EVIL, EVIL, EVIL),
    ]  # fmt: skip


def hostile_results() -> list[Result]:
    """One of every Result, with hostile text wherever a user's text can be."""
    scale = Scale(0, 10)
    mapping = Mapping(EVIL, Question("score", "s", EVIL, scale), {"date": "d"}, segments={EVIL: "x"})
    receipt = Receipt(
        EVIL, 3, {EVIL: 1}, (Cells(EVIL, EVIL, 1, (2,)),), (EVIL,), {EVIL: EVIL}, EVIL, (EVIL,), (Failure(EVIL, EVIL, 1, (2,), EVIL, 1),),
        (Check(EVIL, EVIL, stops=True),), objections=(EVIL,),
    )  # fmt: skip
    dates = pd.to_datetime(["2026-09-01"])
    answers = pd.DataFrame({"row": [2], "date": dates, "score": [9], "cohort": ["promoter"], EVIL: [EVIL], "comment": [EVIL]})
    themes = {"id": [0], "label": [EVIL], "n": [20], "size": [20], "share": [0.5], "share_low": [0.4], "share_high": [0.6], "score": [1.0]}
    themes |= {"score_low": [0.0], "score_high": [2.0], "points": [-3.0], "points_low": [-4.0], "points_high": [-2.0], "named": [1.0]}
    themes |= {"share_now": [0.2], "share_before": [0.1], "difference": [0.1], "low": [0.05], "high": [0.15], "n_first": [20], "n_second": [10]}
    themes |= {
        "share_first": [0.5],
        "share_second": [0.2],
        "words": [[EVIL]],
        "quotes": [[EVIL]],
        "column": [EVIL],
        "segment": [EVIL],
        "value": [5.0],
    }
    themes |= {
        "difference_low": [1.0],
        "difference_high": [9.0],
        "period": [EVIL],
        "unusual": ["above"],
        "share_before": [0.5],
        "share_after": [0.5],
        "value_before": [1.0],
    }
    themes |= {"value_after": [2.0], "mix": [1.0], "within": [1.0], "question": [EVIL], "wording": [EVIL], "answered": [3], "mean": [3.0]}
    themes |= {
        "not_applicable": [1],
        "unanswered": [2],
        "group": [EVIL],
        "contacts": [9],
        "sent": [8],
        "suppressed": [1],
        "rate": [0.4],
        "high": [0.6],
    }
    themes |= {"month": [EVIL], "asked": [9], "too_soon": [1], "customers": [1], "sign": [EVIL], "base": [9], "language": [EVIL]}
    themes |= {"mean_first": [4.0], "mean_second": [2.0], "importance": [0.3], "first_chance": [1.0]}
    rows = pd.DataFrame(themes | {"direction": [1], "low_n": [20], "high_n": [30], "not_asked": [1], "scale": [EVIL]})
    now, before = Nps(1, 2, 3, 0.0, 50.0, label=EVIL), Nps(3, 2, 1, -50.0, 0.0, label=EVIL)
    step = Change(before, now, 1.0, 99.0)
    words = pd.DataFrame({"phrase": [EVIL], "n_first": [20], "n_second": [2], "z": [4.0], "sure": [True]})
    contrast = Contrast(rows.assign(verdict="more promoters"), words, "promoter", "detractor", (30, 20, 30, 20), 0.95, EVIL)
    parts = pd.DataFrame({"part": ["mix", "within"], "column": [EVIL, ""], "value": 1.0, "low": 0.5, "high": 2.0})
    split = rows.assign(mix_low=0.5, mix_high=2.0, within_low=0.5, within_high=2.0, contacts_before=0.2, contacts_after=0.4)
    bridge = Bridge(step, (EVIL,), split, parts, pd.DataFrame({"low": [0.1], "high": [0.3]}))
    periods = rows.assign(usual_low=-5.0, usual_high=5.0, before=12, left_out=False)
    counts = pd.DataFrame({EVIL: [EVIL], "score": [9], "n": [1], "weight": [1.0], "square": [1.0], "alone": [1], "alone_square": [1.0]})
    names = ("value", "expected", "difference", "usual_low", "usual_high", "limit_low", "limit_high", "best", "best_low", "best_high", "p")
    units = pd.DataFrame({"column": [EVIL], "unit": [EVIL], "n": [50], **{n: [1.0] for n in names}, "verdict": ["above"]})
    totals = pd.DataFrame({"column": [EVIL], "value": [EVIL], "n": [9], "share": [0.4], "target": [0.5], "weight": [1.2]})
    raked = Raked(Survey(answers.assign(weight=1.0), mapping, receipt, EVIL), totals, before, now, 5.0, 2)
    case = pd.DataFrame({"case": ["lower", "higher"], "what": EVIL, "silent": 9.0, "value": 1.0, "low": 0.0, "high": 2.0})
    today = pd.DataFrame({"touchpoint": [EVIL], "n": [1], "promoters": [0], "passives": [0], "detractors": [1]})
    agreed = pd.array([True], dtype="boolean")
    listed = pd.DataFrame({"response_id": [EVIL], "touchpoint": [EVIL], "score": [0], "comment": [EVIL], "agreed": agreed})
    spent = pd.DataFrame({"cohort": ["promoter", "detractor"], "customers": 20, "n": 20, "mean": [6.0, 4.0], "low": 3.0, "high": 7.0})
    spent = spent.assign(median=5.0, share=0.5, difference=[2.0, NAN], difference_low=[1.0, NAN], difference_high=[3.0, NAN])
    spent = spent.assign(same=[0.5, NAN], same_low=[-1.0, NAN], same_high=[2.0, NAN], verdict=["more", ""])
    together = pd.DataFrame({"group": [EVIL], "periods": [12], "correlation": [0.5], "low": [0.1], "high": [0.8], "effective": [12.0]})
    pace = pd.DataFrame({"group": ["All answers", EVIL], "n": 20, "per_day": 0.7, "margin": 9.0, "detectable": 20.0})
    pace = pace.assign(**{f"{k}_{w}": 99 for k in ("margin", "small", "large") for w in ("n", "days")})
    followed = rows.assign(before=3.0, change=0.1, worst=0.1, margin=0.2, verdict="worse")
    questions, wrote = (
        Questions(pd.concat([rows, rows.assign(question="comment")]), 3, 1, {EVIL: [EVIL]}, EVIL),
        Commenters(now, before, step, 1, EVIL),
    )
    comments = pd.DataFrame({"id": ["1"], "text": [EVIL], "kind": ["answer"], "weak": [False]})
    said = rows.assign(
        grade="loose",
        adjusted=1.0,
        adjusted_low=0.0,
        adjusted_high=2.0,
        leave_out=1.0,
        leave_out_low=0.0,
        leave_out_high=2.0,
        complaint_share=0.5,
        praise_share=0.2,
    )
    said = said.assign(
        noise=0.001, rank_low=1, rank_high=2, usual=4.0, loss=1.0, loss_low=0.5, loss_high=1.5, gain=0.4, gain_low=0.1, gain_high=0.7, chance=0.99,
        lack=3.0, passives=4.0, promoters=4.5, detractors=3.0, part=EVIL, others=0.2, adjusted_p=0.01, check=EVIL, clear=False, first=EVIL,
        agreement=0.9, low_p=0.01, high_p=0.01,
        **{f"{n}{w}": 1.0 for n in ("alone", "together", "performance", "low", "high") for w in ("", "_low", "_high")},
    )  # fmt: skip
    quote = (Said(EVIL, EVIL, EVIL, EVIL),)
    voiced = pd.DataFrame({"id": range(7), "label": [EVIL] * 7, "size": 20, "share": 0.5, "sentence": EVIL, "subthemes": EVIL, "quotes": [quote] * 7})
    card = Card(EVIL, EVIL, unknown=EVIL, facts=(Fact(EVIL, EVIL, EVIL),))
    listed_themes = pd.DataFrame({"given": [EVIL, ""], "n": 20, "found": EVIL, "share": 0.9, "covers": 0.8, "verdict": "the same"})
    by_month = rows.assign(month=pd.Period("2026-09", "M"))
    return [
        Note(EVIL), Part(EVIL, rows[["label"]], (Column("label", EVIL),), EVIL), Cards(EVIL, (card,), notes=(EVIL,), aside=EVIL), receipt,
        receipt.reading, now, step, bridge,
        Survey(answers, mapping, receipt, EVIL), questions,
        QuestionTrend(rows, followed, EVIL, 0.95, EVIL), Segments(EVIL, rows.assign(verdict="above"), 1, 0.95, EVIL),
        Standouts(rows.assign(verdict="above"), 2, 0.95, EVIL), Trend(periods, "week", 1, 0.95), Overview(now, step, step, bridge), contrast,
        contrast.word_part("promoter"), *hostile_cohorts(units), Ratings(rows, EVIL, EVIL, 0.95, EVIL),
        Drivers(said, 0.3, 40, 0.95, (EVIL,), EVIL, (EVIL,)), GroupDrivers(said.assign(questions=[(EVIL,)]), 40, 0.95, EVIL, (EVIL,)),
        Asymmetry(said.assign(verdict="loses more than it gains"), 40, 0.95, EVIL, (EVIL,)), Ladders(said, (30, 30, 30), 0.95, EVIL, (EVIL,)),
        WhatIf(said, ((EVIL, EVIL),), 1.0, 40, 0.95, EVIL), Priorities(said.assign(verdict="fix first"), 0.2, 50.0, 40, EVIL),
        Differences(said.assign(verdict="more"), (EVIL,), EVIL, EVIL, EVIL), ThemeDrivers(said, 0.3, 0.1, 40, 0.95, EVIL, (EVIL,)),
        Checks(said.assign(reversed=1, verdict="turns round 1 clear pair"), EVIL),
        Impact(said.assign(verdict="costs points"), 40, 1.0, 0.95, EVIL), Movement(rows.assign(verdict="new"), 20, 20, EVIL, 0.95),
        Response(pd.concat([rows, rows]), "touchpoint", EVIL), ContactRule(rows, 30, 3.0, rows, True, EVIL), Care(rows, EVIL),
        health.Overview(3, EVIL, Note(EVIL), Note(EVIL), receipt, (Check(EVIL, EVIL),), wrote, questions, EVIL), wrote,
        raked, Silent(case, now, Response(pd.concat([rows, rows]), "touchpoint", EVIL), (-20.0, 20.0), raked, (EVIL,)),
        GroupTrends(periods, EVIL, EVIL, "month", EVIL, EVIL),
        Pulse(dt.date(2026, 9, 14), EVIL, today, listed, now, 1, 0.0, 50.0, "", 9, False, None),
        Tally(counts, (EVIL,), label=EVIL), Funnel(units, (EVIL, EVIL), (EVIL,), 1, 1, 0.95, EVIL),
        Revenue(spent, EVIL, ("passive",), 50, 1, 2, True, 0.95, EVIL), Planned(pace, 5.0, (5.0, 10.0), 30, 1, EVIL, 0.95, 0.8, EVIL),
        RevenueTrend(together, together, 12, 0.5, 0.1, 0.8, 12.0, EVIL, "month", EVIL, 0.95, EVIL),
        Languages(rows, 9, 1, "text", EVIL), Themes(comments, pd.DataFrame(), said, said, notes=(EVIL,), source=EVIL, label=EVIL),
        Voices(voiced, EVIL), Taxonomy(listed_themes, 0.5, EVIL), Atlas(rows.assign(x=0.0, y=0.0, theme=0), EVIL),
        Monthly(by_month, 40, "month", 0.95, EVIL), Teams((TeamPage(EVIL, EVIL, EVIL, (Block(EVIL, EVIL, Note(EVIL)),)),), EVIL),
        Spoken(pd.DataFrame({"label": [EVIL], "touchpoint": [EVIL], "base": [90], "n": [20.0], "complaint": [12.0], "praise": [np.nan]}), EVIL),
    ]  # fmt: skip


def subclasses(kind: type[Any]) -> set[type[Any]]:
    return {s for k in kind.__subclasses__() for s in {k} | subclasses(k) if s.__module__.startswith("voc.")}


def test_every_result_escapes() -> None:
    results = hostile_results()
    for result in results:
        assert_safe(result._repr_html_())
    assert {type(r) for r in results} | {Done, Plan} == subclasses(Result), "a new Result needs a line in hostile_results; these two hold no text"
    assert voc.display is display


def test_done_shows_no_text_of_the_survey() -> None:
    done = Done((EVIL,), {})
    assert not Reader(done._repr_html_()).tags & {"script", "img"}


def test_every_result_has_a_one_line_text() -> None:
    for result in hostile_results():
        assert repr(result).startswith(f"<{type(result).__name__}: ")


def test_numbers_behind_a_chart_open_on_a_click() -> None:
    frame, columns = pd.DataFrame({"a": [EVIL]}), [Column("a", "A")]
    html = display.table(frame, columns, folded=True)
    assert_safe(html)
    assert html.startswith("<details")
    assert html.endswith("</details>")
    assert html.count("<table") == display.table(frame, columns).count("<table") == 1
    assert "<details" not in display.table(frame, columns)
