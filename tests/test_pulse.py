"""The daily pulse: one day against its rows counted one by one, what it must not read, and a page that stays apart from what is published."""

from __future__ import annotations

import datetime as dt
import stat
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from voc import cli, report, stats
from voc.ingest import Survey, read_survey
from voc.ingest.comments import Comments
from voc.report import gate
from voc.report import pulse as page
from voc.schema import VocError
from voc.score import control
from voc.score.nps import interval
from voc.score.pulse import RESTRICTED, Pulse, pulse, read_day

DAY = dt.date(2026, 9, 14)
TODAY = dt.date(2026, 9, 20)
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"
COLUMNS = {"date": "when", "response_id": "id", "customer": "who", "touchpoint": "place", "comment": "words", "consent": "call"}
Row = tuple[dt.date, int]


def answers(rows: list[Row], **columns: object) -> pd.DataFrame:
    """A survey file's rows; further columns are the same in every row unless they are lists."""
    days, scores = zip(*rows, strict=True)
    usual = {"id": [f"R{i}" for i in range(len(rows))], "who": [f"C{i}" for i in range(len(rows))], "place": "Store", "words": "Slow", "call": "yes"}
    return pd.DataFrame({"when": [str(day) for day in days], "nps": scores} | usual | columns)


def made(folder: Path, frame: pd.DataFrame, *, without: tuple[str, ...] = (), more: str = "") -> Survey:
    """Write a survey with its mapping and read it."""
    return read_survey(written(folder, frame, without=without, more=more))


def written(folder: Path, frame: pd.DataFrame, *, without: tuple[str, ...] = (), more: str = "") -> Path:
    roles = [f'{role} = "{column}"' for role, column in COLUMNS.items() if role not in without]
    scale = '[score]\ncolumn = "nps"\nmin = 0\nmax = 10\n'
    (folder / "survey.toml").write_text(f"{more}\n[columns]\n" + "\n".join(roles) + f"\n{scale}", encoding="utf-8")
    frame.drop(columns=[COLUMNS[role] for role in without]).to_csv(folder / "answers.csv", index=False)
    return folder / "answers.csv"


def daily(days: int, scores: list[int], last: dt.date = DAY) -> list[Row]:
    """The same scores on each of some days up to the last."""
    return [(last - dt.timedelta(days=i), score) for i in range(days - 1, -1, -1) for score in scores]


def by_hand(survey: Survey, day: dt.date) -> dict[str, object]:
    """The score and its usual range, by going through the rows day by day."""
    days = [d.date() for d in survey.answers["date"]]
    bands = [(score >= 9) - (score <= 6) for score in survey.answers["score"]]

    def between(first: dt.date, last: dt.date) -> list[int]:
        return [band for d, band in zip(days, bands, strict=True) if first <= d <= last]

    width = 1
    while len(between(day - dt.timedelta(days=width - 1), day)) < 10 and width < 30:
        width += 1
    windows: list[list[int]] = []
    last = day
    while len(windows) < 61:
        windows.insert(0, between(last - dt.timedelta(days=width - 1), last))
        last -= dt.timedelta(days=width)
    counts = np.array([[w.count(-1), w.count(0), w.count(1)] for w in windows], dtype=float)
    judged = control.judge(*counts.T).iloc[-1]
    now = windows[-1]
    if len(now) < 10:
        judged, width = pd.Series({"usual_low": np.nan, "usual_high": np.nan, "before": 0, "unusual": ""}), 0
    return {
        "days": width, "n": len(now), "value": 100 * sum(now) / len(now), "low": interval(*counts[-1])[0],
        "usual_low": judged["usual_low"], "usual_high": judged["usual_high"], "before": judged["before"], "unusual": judged["unusual"],
    }  # fmt: skip


@pytest.mark.parametrize("per_day", [14, 9, 3, 1, 0.4])
def test_equals_the_rows_counted_one_by_one(tmp_path: Path, per_day: float) -> None:
    random = np.random.default_rng(int(10 * per_day))
    rows = [(DAY - dt.timedelta(days=i), int(s)) for i in range(300) for s in random.integers(0, 11, random.poisson(per_day))]
    survey = made(tmp_path, answers(rows), without=("customer",))
    for day in (DAY, DAY - dt.timedelta(days=33), DAY + dt.timedelta(days=5)):
        found, expected = pulse(survey, day), by_hand(survey, day)
        got = {name: getattr(found, name) for name in ("days", "usual_low", "usual_high", "before", "unusual")}
        got |= {"n": found.score.n, "value": found.score.value, "low": found.score.low}
        assert got == {name: pytest.approx(value, nan_ok=True) if name != "unusual" else value for name, value in expected.items()}
        today = survey.answers[survey.answers["date"].dt.date == day]
        assert (found.n, len(found.detractors)) == (len(today), (today["score"] <= 6).sum())


def test_counts_and_detractors_by_touchpoint(survey: Survey) -> None:
    found = pulse(survey, "2026-09-14")
    today = survey.answers[survey.answers["date"].dt.date == DAY]
    expected = pd.crosstab(today["touchpoint"], today["cohort"])
    shown = found.touchpoints.set_index("touchpoint")
    for band in ("promoter", "passive", "detractor"):
        assert shown[f"{band}s"].to_dict() == expected[band].to_dict()
    assert found.counts()["n"].tolist() == [len(today), *shown["n"]]
    assert {place: len(rows) for place, rows in found.by_touchpoint()} == expected["detractor"].to_dict()
    assert found.to_frame()["score"].is_monotonic_increasing
    assert set(found.to_frame()["response_id"]) == set(today.loc[today["score"] <= 6, "response_id"])
    agreed = today.loc[(today["score"] <= 6) & (today["consent"] == "yes"), "response_id"]
    assert set(found.to_frame().loc[lambda f: f["agreed"], "response_id"]) == set(agreed)


def test_days_are_whole_and_end_at_midnight(tmp_path: Path) -> None:
    rows = [(DAY, 9), (DAY, 3), (DAY + dt.timedelta(days=1), 0), (DAY - dt.timedelta(days=1), 10)]
    times = ["2026-09-14 00:00:00", "2026-09-14 23:59:59", "2026-09-15 00:00:00", "2026-09-13 23:59:59"]
    survey = made(tmp_path, answers(rows).assign(when=times))
    assert survey.days(DAY, count=1).answers["score"].tolist() == [9, 3]
    assert survey.days(DAY, count=2).answers["score"].tolist() == [9, 3, 10]
    assert survey.days(DAY).answers["score"].tolist() == [9, 3, 10]
    assert survey.days(DAY).history["date"].max() < pd.Timestamp("2026-09-15")
    labels = [survey.days(DAY, count=n).label for n in (1, 2, None)]
    assert labels == ["14 September 2026", "2 days up to 14 September 2026", "up to 14 September 2026"]
    found = pulse(survey, DAY)
    assert (found.n, found.touchpoints["detractors"].tolist()) == (2, [1])


def test_nothing_later_is_read(tmp_path: Path) -> None:
    rows = daily(40, [9, 9, 8, 7, 6, 3, 10, 10, 2, 9, 8, 10])
    later = [(DAY + dt.timedelta(days=i), 0) for i in range(1, 10) for _ in range(50)]
    both = {"who": [f"C{i % 90}" for i in range(len(rows) + len(later))]}  # customers who come back later, too
    (tmp_path / "cut").mkdir()
    whole = made(tmp_path, answers([*rows, *later], **both))
    cut = made(tmp_path / "cut", answers(rows, who=both["who"][: len(rows)]))
    first, second = pulse(whole, DAY), pulse(cut, DAY)
    assert first.headline == second.headline
    assert first.method == second.method
    assert first.score == second.score
    pd.testing.assert_frame_equal(first.to_frame(), second.to_frame())
    pd.testing.assert_frame_equal(first.counts(), second.counts())


@pytest.mark.parametrize(("scores", "said"), [([0] * 20, "unusually low: its usual range is "), ([10] * 20, "unusually high: its usual range is ")])
def test_a_planted_drop_and_rise_are_found(tmp_path: Path, scores: list[int], said: str) -> None:
    random = np.random.default_rng(7)
    before = [(DAY - dt.timedelta(days=i), int(s)) for i in range(50, 0, -1) for s in random.choice([3, 6, 7, 8, 9, 10], 20)]
    found = pulse(made(tmp_path, answers([*before, *((DAY, s) for s in scores)])), DAY)
    assert said in found.headline
    ordinary = pulse(made(tmp_path, answers(before)), DAY - dt.timedelta(days=1))
    assert ", within its usual range (" in ordinary.headline


@pytest.mark.parametrize(("days", "enough"), [(1, False), (6, False), (7, True)])
def test_a_usual_range_needs_six_stretches_before(tmp_path: Path, days: int, enough: bool) -> None:
    found = pulse(made(tmp_path, answers(daily(days, [9, 9, 8, 7, 3, 10, 10, 2, 9, 8]))), DAY)
    assert found.before == days - 1
    assert ("too little came before to say what is usual" in found.headline) is not enough
    assert (f"at least 6 earlier single days with 10 answers each; there {'is' if days == 2 else 'are'} {days - 1}" in found.method) is not enough


def test_the_sentence_for_an_email(tmp_path: Path) -> None:
    """Every number of the sentence is counted here by hand: 4 promoters, 3 passives, 3 detractors of 10 answers are 10 points."""
    comments = ["Good"] * 7 + ["Slow", "", "Rude"]
    frame = answers([(DAY, s) for s in (9, 9, 10, 10, 7, 8, 8, 6, 0, 3)], words=comments, call=["no"] * 8 + ["yes", "yes"])
    low, high = interval(3, 3, 4)
    found = pulse(made(tmp_path, frame), DAY)
    assert found.headline == (
        "14 September 2026: 10 answers, 3 detractors (2 left a comment, 2 agreed to be called). "
        f"The score of the day is 10.0 (\N{MINUS SIGN}{-low:.1f} to {high:.1f}); too little came before to say what is usual."
    )
    assert found.to_frame()[["response_id", "score", "comment", "agreed"]].to_numpy().tolist() == [
        ["R8", 0, "", True], ["R9", 3, "Rude", True], ["R7", 6, "Slow", False],
    ]  # fmt: skip


def test_those_who_wrote_come_before_those_who_did_not(tmp_path: Path) -> None:
    frame = answers([(DAY, 5), (DAY, 5), (DAY, 1), (DAY, 9)], words=["", "Rude", "", "Good"])
    assert pulse(made(tmp_path, frame), DAY).to_frame()["response_id"].tolist() == ["R2", "R1", "R0"]


def test_few_answers_take_more_days(tmp_path: Path) -> None:
    found = pulse(made(tmp_path, answers(daily(80, [9, 10, 2]))), DAY)
    assert (found.n, found.days, found.score.n, found.before) == (3, 4, 12, 19)
    assert "Over the last 4 days the score is 33.3 (" in found.headline
    assert "; 12 answers), within its usual range (" in found.headline
    assert found.method == (
        "Too few answers on this day alone (a score needs 10), so this is the score of the last 4 days. "
        "The usual range comes from 19 earlier stretches; about one ordinary stretch in 100 falls outside it by chance. "
        "Weekdays are not treated differently."
    )


def test_a_day_without_answers_counts_as_a_day(tmp_path: Path) -> None:
    """Two answers a day and none on Sundays: Monday 14 September and the Wednesday before hold ten between them."""
    rows = [row for row in daily(80, [9, 10]) if row[0].weekday() != 6]
    assert pulse(made(tmp_path, answers(rows)), DAY).days == 6


def test_whole_weeks_hold_every_weekday(tmp_path: Path) -> None:
    rows = [row for row in daily(100, [9, 2]) if row[0].weekday() < 5]  # 14 September is a Monday: 2 on it, 8 on the four working days before
    found = pulse(made(tmp_path, answers(rows)), DAY)
    assert found.days == 7
    assert "eekdays" not in found.method


def test_no_answers_that_day(tmp_path: Path) -> None:
    survey = made(tmp_path, answers(daily(30, [9, 9, 3, 8, 10, 10, 1, 9, 7, 10], dt.date(2026, 9, 12))))
    found = pulse(survey, DAY)
    assert found.headline.startswith("14 September 2026: no answers; the last before it are of 12 September 2026. Over the last 3 days the score is ")
    assert found.to_frame().empty
    assert found.counts()["n"].tolist() == [0]
    html = page.page(found, title="T")
    assert "No answers; the last before it are of 12 September 2026." in html
    assert "Detractors" not in html.split("<footer>")[0]
    nothing = pulse(survey, "2026-01-05")
    assert nothing.headline == ("5 January 2026: no answers, and none before it. The last 30 days hold fewer than 10 answers, too few for a score.")
    assert np.isnan(nothing.score.value)
    assert "No answers, and none before it" in page.page(nothing, title="T")


def test_fewer_than_ten_answers_get_no_score(tmp_path: Path) -> None:
    found = pulse(made(tmp_path, answers(daily(3, [9, 9, 1]))), DAY)
    assert found.days == 0
    assert found.headline == (
        "14 September 2026: 3 answers, 1 detractor (1 left a comment, 1 agreed to be called). "
        "The last 30 days hold fewer than 10 answers, too few for a score."
    )
    assert "voc-big" not in page.page(found, title="T").split("</style>")[1]


def test_answers_of_more_than_thirty_days_ago_make_no_score(tmp_path: Path) -> None:
    """Ten answers in the last 30 days, the first on the first of them, make a score; a day later they do not."""
    rows = [*daily(40, [9, 9, 3], DAY - dt.timedelta(days=60)), (DAY - dt.timedelta(days=29), 9), *[(DAY, 9)] * 9]
    survey = made(tmp_path, answers(rows))
    found = pulse(survey, DAY)
    assert (found.days, found.score.n) == (30, 10)
    later = pulse(survey, DAY + dt.timedelta(days=1))
    assert (later.days, later.score.n) == (0, 9)
    assert later.score.label == "the 30 days up to 15 September 2026"
    assert later.standing == "The last 30 days hold fewer than 10 answers, too few for a score."
    far = pulse(survey, "2030-01-01")
    assert far.headline == (
        "1 January 2030: no answers; the last before it are of 14 September 2026. The last 30 days hold fewer than 10 answers, too few for a score."
    )
    assert far.method == "A score needs 10 answers in the last 30 days."
    assert "voc-big" not in page.page(far, title="T").split("</style>")[1]


@pytest.mark.parametrize("odd", [0, 1])
def test_unusual_days_left_out_are_no_part_of_the_usual_range(tmp_path: Path, odd: int) -> None:
    """Nineteen days alike but for chance and one of only zeros: 18 ordinary ones are judged by."""
    random = np.random.default_rng(11)
    rows = [(DAY - dt.timedelta(days=i), int(s)) for i in range(20) for s in ([0] * 40 if odd and i == 5 else random.choice([3, 7, 9, 10], 40))]
    found = pulse(made(tmp_path, answers(rows)), DAY)
    assert (found.before, found.left_out) == (19 - odd, odd)
    said = "18 ordinary earlier days (1 unusual left out)" if odd else "19 earlier days"
    assert found.method.startswith(f"The usual range comes from {said}; about one ordinary day in 100 falls outside it by chance.")
    assert found.method in page.page(found, title="T")


def test_repeated_customers_are_allowed_for(tmp_path: Path) -> None:
    """Twelve answers of two customers who always say the same are worth less than two: too few to judge."""
    rows = [*daily(20, [9, 9, 8, 7, 3, 10, 10, 2, 9, 8, 5, 9], DAY - dt.timedelta(days=1)), *[(DAY, 9), (DAY, 2)] * 6]
    who = [f"C{i}" for i in range(240)] + ["A", "B"] * 6
    found = pulse(made(tmp_path, answers(rows, who=who)), DAY)
    assert found.score.effective == pytest.approx(stats.effective_size([1, -1] * 6, clusters=who[240:]))
    assert found.standing.endswith("too few different customers answered to say whether that is usual.")
    assert "Some customers answered more than once: the 12 answers are as good as 1 independent one." in found.method
    alone = pulse(made(tmp_path, answers(rows)), DAY)
    assert alone.standing.endswith(").")
    assert alone.score.low == pytest.approx(interval(6, 0, 6)[0])
    assert found.score.low < alone.score.low


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ((), "2 detractors (2 left a comment, 2 agreed to be called)."),
        (("touchpoint",), "2 detractors (2 left a comment, 2 agreed to be called)."),
        (("comment",), "2 detractors (2 agreed to be called)."),
        (("consent",), "2 detractors (2 left a comment)."),
        (("comment", "consent"), "2 detractors."),
        (("response_id", "customer", "touchpoint", "comment", "consent"), "2 detractors."),
    ],
)
def test_what_the_survey_does_not_hold_is_not_spoken_of(tmp_path: Path, without: tuple[str, ...], said: str) -> None:
    found = pulse(made(tmp_path, answers(daily(9, [9, 9, 8, 7, 3, 10, 10, 2, 9, 8])), without=without), DAY)
    assert f"14 September 2026: 10 answers, {said} The score" in found.headline
    html, table = page.page(found, title="T"), found._repr_html_()
    body = html.split("</style>")[1].split("<footer>")[0]
    assert ("Store" in body) is ("Store" in table) is ("touchpoint" not in without)
    assert ("Detractors by touchpoint, lowest score first" in body) is ("touchpoint" not in without)
    assert ("Detractors, lowest score first" in body) is ("touchpoint" in without)
    assert ("To call:" in body) is ("consent" not in without)
    assert body.count("14 September 2026") == 1  # in the heading
    assert ("Slow" in body) is ("Slow" in table) is ("comment" not in without)
    assert ("May be called" in body) is ("Agreed to be called" in table) is ("consent" not in without)
    assert ("call only those who agreed" in html) is ("consent" not in without)
    assert "No comment" not in body
    assert found.to_frame()["response_id"].tolist() == (["row 89", "row 86"] if "response_id" in without else ["R87", "R84"])


def test_a_touchpoint_left_blank_comes_last(tmp_path: Path) -> None:
    found = pulse(made(tmp_path, answers([(DAY, 1), (DAY, 2), (DAY, 3)], place=["", "Web", "Call"])), DAY)
    assert [place for place, _ in found.by_touchpoint()] == ["Call", "Web", "(not stated)"]
    assert found.counts()["touchpoint"].tolist() == ["All answers", "Call", "Web", "(not stated)"]
    assert "<h3>(not stated) (1)</h3>" in page.page(found, title="T")


def test_who_may_be_called_is_read_as_mapped(tmp_path: Path) -> None:
    frame = answers([(DAY, 1), (DAY, 2), (DAY, 3)], call=["Ja", "yes", ""])
    found = pulse(made(tmp_path, frame, more='consent_yes = ["Ja"]'), DAY)
    assert found.to_frame()["agreed"].tolist() == [True, False, False]
    html = page.page(found, title="T")
    assert (html.count("May be called"), html.count("Did not agree to be called")) == (1, 2)
    assert "To call: R0\n" in Seen(html).text
    both = page.page(pulse(made(tmp_path, frame, more='consent_yes = ["Ja", "yes"]'), DAY), title="T")
    assert "To call: R0, R1\n" in Seen(both).text
    assert "To call" not in page.page(pulse(made(tmp_path, frame, more='consent_yes = ["si"]'), DAY), title="T")
    assert "(3 left a comment, none agreed to be called)" in pulse(made(tmp_path, frame, more='consent_yes = ["si"]'), DAY).headline


def test_comments_are_redacted_and_only_those_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(DAY, 1), (DAY, 10), (DAY - dt.timedelta(days=1), 0)]
    survey = made(tmp_path, answers(rows, words=["Write to jo.bloggs@example.com", "Call me on +44 20 7946 0958", "Mail al@example.com"]))
    asked: list[str] = []
    safe = Comments.safe

    def noted(self: Comments, codes: np.ndarray) -> pd.Series:
        texts = safe(self, codes)
        asked.extend(texts)
        return texts

    monkeypatch.setattr(Comments, "safe", noted)
    found = pulse(survey, DAY)
    assert found.to_frame()["comment"].tolist() == asked == ["Write to [EMAIL]"]
    html = page.page(found, title="T")
    assert "Write to [EMAIL]" in html
    assert "example.com" not in html + found._repr_html_()


def test_result_is_marked_wherever_it_is_shown(survey: Survey) -> None:
    found = pulse(survey, DAY)
    assert found._repr_html_().startswith(f'<p class="voc-headline">{RESTRICTED}</p>')
    assert repr(found) == f"<Pulse: {found.headline}>"


@pytest.mark.parametrize(
    "text", ["", "yesterday", "14.09.2026", "2026-9-14", "20260914", "2026-W38-1", "2026-02-30", "0001-01-01", "9999-12-31", "２０２６-09-14"]
)
def test_what_is_no_day_is_refused(survey: Survey, text: str) -> None:
    with pytest.raises(VocError, match='date must be a day such as "2026-09-14"; found "'):
        pulse(survey, text)


def test_days_are_read_from_text_and_dates() -> None:
    for day in ("2026-09-14", " 2026-09-14 ", DAY, dt.datetime(2026, 9, 14, 23, 59), pd.Timestamp("2026-09-14 12:00")):
        assert read_day(day) == DAY
        assert type(read_day(day)) is dt.date


# The page.


class Seen(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text += data


def hostile(folder: Path) -> Pulse:
    rows = daily(9, [9, 9, 8, 7, 3, 10, 10, 2, 9, 8])
    return pulse(made(folder, answers(rows, words=EVIL, place=EVIL, id=[f"{EVIL}{i}" for i in range(len(rows))])), DAY)


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    html = page.page(hostile(tmp_path), title=EVIL, note=EVIL)
    seen = Seen(html)
    assert {tag for tag, _ in seen.tags} <= {
        "html", "head", "meta", "title", "style", "body", "a", "p", "header", "main", "h1", "h2", "h3", "div", "table", "caption", "thead", "tbody",
        "tr", "th", "td", "ul", "li", "span", "bdi", "footer", "strong",
    }  # fmt: skip
    assert not {name for _, attrs in seen.tags for name in attrs if name.startswith("on")}
    assert seen.text.count(EVIL) == 11  # two comments, two ids twice, the touchpoint twice, the title twice, the note
    assert "&amp;lt;" not in html
    assert gate.check("page", html) == []


def test_page_says_what_it_is(survey: Survey) -> None:
    found = pulse(survey, DAY)
    seen = Seen(page.page(found, title="A survey", note="Invented"))
    assert ("meta", {"name": "robots", "content": "noindex, nofollow, noarchive"}) in seen.tags
    policy = next(attrs["content"] for tag, attrs in seen.tags if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    body = seen.text.split("Skip to the content")[1]
    assert body.strip().startswith(RESTRICTED)
    for text in ("A survey", "Invented", "Monday, 14 September 2026", found.answers, found.standing, found.method, *found.to_frame()["response_id"]):
        assert text in body
    for comment in found.to_frame()["comment"]:
        assert comment in body


# The command.


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a survey and a published report."""
    written(tmp_path, answers(daily(9, [9, 9, 8, 7, 3, 10, 10, 2, 9, 8])))
    pack = tmp_path / "reports" / "2026-09"
    pack.mkdir(parents=True)
    (pack / "index.html").write_text("<p>published</p>")
    (pack / "run.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_yesterday_is_the_default(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["pulse", "answers.csv"], today=DAY + dt.timedelta(days=1)) == 0
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert out.startswith("14 September 2026: 10 answers, 2 detractors (2 left a comment, 2 agreed to be called). The score of the day is ")
    assert err == "restricted/pulse-2026-09-14.html\n"
    made = folder / "restricted" / "pulse-2026-09-14.html"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700
    assert [p.name for p in made.parent.iterdir()] == [made.name]
    assert RESTRICTED in made.read_text(encoding="utf-8")


def test_a_second_run_replaces_the_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = folder / "mine" / "pulse-2026-09-13.html"
    target.parent.mkdir(mode=0o750)
    target.write_text("old")
    assert cli.main(["pulse", "answers.csv", "--date", "2026-09-13", "--out", "mine", "--quiet"], today=TODAY) == 0
    assert "old" not in target.read_text(encoding="utf-8")[:99]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o750  # who may enter a folder that was there is for its owner to say
    assert capsys.readouterr().err == ""


def test_a_day_without_answers_has_its_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["pulse", "answers.csv", "--date", "2026-09-20"], today=TODAY) == 0
    assert capsys.readouterr().out.startswith("20 September 2026: no answers; the last before it are of 14 September 2026.")
    assert (folder / "restricted" / "pulse-2026-09-20.html").is_file()


@pytest.mark.parametrize(
    "out", ["reports/2026-09", "reports/2026-09/restricted", "reports/2026-09/a/b", "reports", "reports/restricted", "link", "site/a"]
)
def test_nothing_restricted_goes_where_reports_are(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    (folder / "link").symlink_to(folder / "reports" / "2026-09")
    (folder / "site").mkdir()
    (folder / "site" / "index.html").write_text("a site")
    monkeypatch.setattr(page, "read_survey", lambda *_, **__: pytest.fail("the survey was read first"))
    before = sorted(str(p) for p in folder.rglob("*"))
    assert cli.main(["pulse", "answers.csv", "--date", "2026-09-14", "--out", out], today=TODAY) == 2
    shown, err = capsys.readouterr()
    assert shown == ""
    assert err.startswith(f"voc: {out} is no place for a restricted page, because ")
    assert "index.html is published; name another folder with --out" in err
    assert sorted(str(p) for p in folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["answers.csv", "--date", "14 September"], 'date must be a day such as "2026-09-14"; found "14 September"'),
        (["answers.csv", "--date", "2026-09-21"], "date must be today (2026-09-20) or a day before; found 2026-09-21"),
        (["nowhere.csv"], "nowhere.csv"),
        (["answers.csv", "--mapping", "none.toml"], "none.toml does not exist"),
        (["answers.csv", "--out", "answers.csv"], "the folder answers.csv cannot be used: "),
    ],
)
def test_bad_arguments(folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str) -> None:
    assert cli.main(["pulse", *arguments], today=TODAY) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("voc: ")
    assert sentence in err
    assert not (folder / "restricted").exists()


def test_a_page_that_cannot_be_moved_leaves_the_earlier_one(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["pulse", "answers.csv", "--date", "2026-09-14"], today=TODAY) == 0
    made = folder / "restricted" / "pulse-2026-09-14.html"
    before = made.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert cli.main(["pulse", "answers.csv", "--date", "2026-09-14"], today=TODAY) == 2
    assert "the folder restricted cannot be used: No space left on device" in capsys.readouterr().err
    assert made.read_bytes() == before
    assert [p.name for p in made.parent.iterdir()] == [made.name]


def test_restricted_pages_are_kept_out_of_git() -> None:
    ignored = (report.notebooks_folder().parent / ".gitignore").read_text().splitlines()
    assert f"{page.FOLDER}/" in ignored
