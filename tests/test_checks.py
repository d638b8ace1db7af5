"""Mistakes that no single cell shows, planted one at a time in a synthetic file: found there, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from voc import ingest
from voc.ingest import Check
from voc.ingest.checks import CHECKS
from voc.ingest.mapping import parse_mapping
from voc.sample import bank
from voc.schema import VocError

GOOD = ("Excellent service, thank you", "Lovely staff", "They were very helpful", "I would recommend them", "A great shop", "Happy with it")
BAD = ("Terrible service", "The rudest place: rude and useless", "It arrived broken", "I was disappointed", "A poor show", "Avoid")
PLAIN = ("It came on Tuesday", "I bought a lamp", "There were three of us", "As last year", "It rained", "My second visit")
SHORT = (BAD, BAD, PLAIN, GOOD, GOOD)  # by tone, -2 to 2
SCORE = {"column": "nps", "min": 0, "max": 10}
RATING = {"column": "staff", "min": 1, "max": 5}
COLUMNS = {"response_id": "id", "customer": "who", "date": "when", "comment": "why"}
DECLARED: dict[str, Any] = {"columns": COLUMNS, "score": SCORE, "ratings": {"staff": RATING}, "segments": {"region": "region"}}
TOLD = {"columns": COLUMNS | {"recommended": "would"}}


def answers(n: int = 1000, *, seed: int = 1) -> pd.DataFrame:
    """A sound file: comments and the rating go with the score, several answers a day, every customer once."""
    rng = np.random.default_rng(seed)
    mood = rng.normal(size=n)
    score = np.clip(np.round(7.2 + 2.6 * mood + rng.normal(0, 1, n)), 0, 10).astype(int)
    heard = score + rng.normal(0, 1.5, n)
    banks = np.select([heard >= 8, heard <= 5.5], [0, 1], 2)
    why = [(GOOD, BAD, PLAIN)[b][i] for b, i in zip(banks, rng.integers(0, 6, n), strict=True)]
    frame = pd.DataFrame({"id": [f"R{i}" for i in range(n)], "who": [f"C{i}" for i in rng.permutation(n)]})
    frame["when"] = pd.date_range("2026-03-01", periods=100).strftime("%Y-%m-%d").to_numpy()[np.sort(rng.integers(0, 100, n))]
    frame["nps"], frame["why"] = score, np.where(rng.random(n) < 0.8, why, "")
    frame["staff"] = np.clip(np.round(3.4 + mood + rng.normal(0, 0.7, n)), 1, 5).astype(int)
    frame["region"] = rng.choice(["North", "South"], n)
    frame["would"] = np.where(score >= 7, "Yes", "No")
    return frame.astype(str)


def read(folder: Path, frame: pd.DataFrame, **changes: object) -> ingest.Survey:
    """The survey with its objections left in the receipt."""
    file = folder / "answers.csv"
    frame.to_csv(file, index=False)
    return ingest.check(file, parse_mapping(DECLARED | changes))


def found(survey: ingest.Survey) -> dict[str, Check]:
    """The checks that found something, by name."""
    return {c.name: c for c in survey.receipt.checks if c.finding}


def only(survey: ingest.Survey, name: str, *, stops: bool) -> str:
    """The one finding there is."""
    findings = found(survey)
    assert set(findings) == {name}, findings
    assert findings[name].stops == stops
    assert (findings[name].finding in survey.receipt.objections) == stops
    return findings[name].finding


# --- sound files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_a_sound_file_gives_no_finding(tmp_path: Path, seed: int) -> None:
    survey = read(tmp_path, answers(seed=seed), **TOLD)
    assert found(survey) == {}
    assert [c.name for c in survey.receipt.checks] == list(CHECKS)
    assert survey.receipt.objections == ()


def clean_survey(seed: int) -> pd.DataFrame:
    """About 400 answers of a good, middling or bad company; comments whose tone goes with the score, every other time from the sample's bank.

    Some customers leave the score out and comment all the same, as in every survey.
    """
    rng = np.random.default_rng(seed)
    n, level = int(rng.integers(350, 450)), rng.uniform(5.5, 9)
    mood = rng.normal(size=n)
    score = np.clip(np.round(level + rng.uniform(1.8, 3) * mood), 0, 10).astype(int)
    tone = np.clip(np.round((score - 6.5) / 2 + rng.normal(0, 0.7, n)), -2, 2)
    book = bank.load()
    written = {t: part.to_numpy() for t, part in book["text"].groupby(book["tone"])} if seed % 2 else dict(zip(range(-2, 3), SHORT, strict=True))
    frame = pd.DataFrame({"id": range(n), "who": rng.integers(0, 5 * n, n), "nps": score.astype(str)})
    frame["when"] = pd.date_range("2026-03-01", periods=60).strftime("%Y-%m-%d").to_numpy()[rng.integers(0, 60, n)]
    frame["why"] = [rng.choice(written[int(t)]) if rng.random() < (0.5 if seed % 2 else 0.9) else "" for t in tone]
    frame["staff"] = np.clip(np.round(3.4 + 0.7 * mood + rng.normal(0, 0.8, n)), 1, 5).astype(int)
    frame["region"] = rng.choice(["North", "South"], n)
    frame.loc[rng.random(n) < 0.02, "nps"] = ""
    return frame


def test_sound_surveys_are_hardly_ever_stopped(tmp_path: Path) -> None:
    """Planted null: 200 sound surveys of about 400 answers; at most one is stopped."""
    stopped = {seed: read(tmp_path, clean_survey(seed)).receipt.objections for seed in range(200)}
    assert sum(bool(o) for o in stopped.values()) <= 1, {seed: o for seed, o in stopped.items() if o}


# --- zeros ---------------------------------------------------------------------------------------------------------------


def test_lost_zeros_with_comments_stop(tmp_path: Path) -> None:
    """Among 2,000 answers, enough ones that the absence of zeros is no chance."""
    frame = answers(2000)
    lost = frame["nps"] == "0"
    assert lost.sum() > 10
    said = only(read(tmp_path, frame.assign(nps=frame["nps"].where(~lost, ""))), "zeros", stops=True)
    wrote = int((lost & (frame["why"] != "")).sum())
    assert f"no 0 among {2000 - int(lost.sum()):,} scores, although {(frame['nps'] == '1').sum()} are 1" in said
    assert f"{wrote} answers with a comment have no score" in said
    assert 'accept = ["zeros"]' in said


@pytest.mark.parametrize("silent", [False, True], ids=["no-comment-column", "silent"])
def test_lost_zeros_without_comments_are_a_remark(tmp_path: Path, silent: bool) -> None:
    frame = answers()
    lost = frame["nps"] == "0"
    frame = frame.assign(nps=frame["nps"].where(~lost, ""), why=frame["why"].where(~lost, ""))
    columns = COLUMNS if silent else {k: v for k, v in COLUMNS.items() if k != "comment"}
    assert "Check that the export does not lose zeros" in only(read(tmp_path, frame, columns=columns), "zeros", stops=False)


def test_lost_zeros_are_the_best_answers_where_0_is_best(tmp_path: Path) -> None:
    """What is lost is the code 0 of the file, whichever way the scale runs."""
    frame, score = turned(answers(2000, seed=2), "nps", 10), SCORE | {"reversed": True}
    assert found(read(tmp_path, frame, score=score)) == {}
    assert found(read(tmp_path, frame[frame["nps"] != "10"], score=score)) == {}
    assert set(found(read(tmp_path, frame.assign(nps=frame["nps"].replace("0", "")), score=score))) == {"zeros"}


def test_a_scale_from_1_has_no_zeros_to_lose(tmp_path: Path) -> None:
    frame = answers()
    frame["nps"] = frame["nps"].replace("0", "1")
    assert found(read(tmp_path, frame, score=SCORE | {"min": 1})) == {}


def test_an_accepted_objection_is_a_remark(tmp_path: Path) -> None:
    frame = answers(2000)
    frame["nps"] = frame["nps"].replace("0", "")
    survey = read(tmp_path, frame, accept=["zeros"])
    assert "There is no 0" in only(survey, "zeros", stops=False)
    assert ingest.read_survey(tmp_path / "answers.csv", parse_mapping(DECLARED | {"accept": ["zeros"]})).receipt.objections == ()
    with pytest.raises(VocError, match="There is no 0"):
        ingest.read_survey(tmp_path / "answers.csv", parse_mapping(DECLARED | {"accept": ["shift"]}))


@pytest.mark.parametrize(("typed", "meant"), [("zeroes", "zeros"), ("same_person", "same person"), ("directions", "direction")])
def test_an_unknown_check_is_named_with_the_closest(typed: str, meant: str) -> None:
    with pytest.raises(VocError, match=rf'accept: "{typed}" is not known \(did you mean "{meant}"\?\); allowed: zeros, codes'):
        parse_mapping(DECLARED | {"accept": [typed]})


# --- codes and groups ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["99", "0", "-1", "6", "99.0"])
def test_a_frequent_code_off_a_rating_is_named(tmp_path: Path, code: str) -> None:
    frame = answers()
    frame.loc[::20, "staff"] = code
    survey = read(tmp_path, frame)
    said = only(survey, "codes", stops=False)
    assert f"staff has {code} in 50 rows, off its scale 1-5" in said
    assert survey.answers["staff"].isna().sum() == 50
    declared = read(tmp_path, frame, ratings={"staff": RATING | {"not_applicable": [code]}})
    assert found(declared) == {}


def test_rare_codes_are_slips(tmp_path: Path) -> None:
    frame = answers()
    frame.loc[:3, "staff"] = "99"
    assert found(read(tmp_path, frame)) == {}


def test_groups_instead_of_answers_are_refused(tmp_path: Path) -> None:
    frame = answers()
    frame["nps"] = np.select([frame["nps"].astype(int) <= 6, frame["nps"].astype(int) <= 8], ["-100", "0"], "100")
    said = only(read(tmp_path, frame), "groups", stops=True)
    assert said == "nps holds the groups -100, 0 and 100, not the answers 0-10. Map the column with the answers."
    with pytest.raises(VocError, match="nps holds the groups -100, 0 and 100"):
        ingest.read_survey(tmp_path / "answers.csv", parse_mapping(DECLARED))


def test_a_question_coded_from_1_is_refused_and_its_labels_help(tmp_path: Path) -> None:
    frame = answers()
    coded = frame.assign(nps=[str(int(x) + 1) for x in frame["nps"]])
    survey = read(tmp_path, coded)
    said = found(survey)["groups"].finding
    assert said in survey.receipt.objections
    assert "of 11: a 0-10 question that was coded from 1? Then declare labels = {" in said
    labels = {str(i + 1): i for i in range(11)}
    assert all(f'"{code}" = {answer}' in said for code, answer in labels.items())
    pd.testing.assert_frame_equal(read(tmp_path, coded, score=SCORE | {"labels": labels}).answers, read(tmp_path, frame).answers)


def test_a_group_column_must_agree_with_the_answers(tmp_path: Path) -> None:
    frame = answers()
    scores = frame["nps"].astype(int)
    frame["nps_NPS_GROUP"] = np.select([scores <= 6, scores <= 8], ["Detractor", "Passive"], "Promoter")
    assert found(read(tmp_path, frame)) == {}
    frame.loc[[4, 7, 9, 20], "nps_NPS_GROUP"] = ["Promoter" if s <= 6 else "Detractor" for s in scores[[4, 7, 9, 20]]]
    assert "nps_NPS_GROUP disagrees with the answers in 4 rows (first: 6, 9, 11)" in only(read(tmp_path, frame), "groups", stops=True)


# --- direction -----------------------------------------------------------------------------------------------------------


def turned(frame: pd.DataFrame, column: str, total: int) -> pd.DataFrame:
    """The column the other way round."""
    return frame.assign(**{column: [str(total - int(x)) for x in frame[column]]})


@pytest.mark.parametrize("would", [{}, {"Yes": "1", "No": "0"}, {"Yes": "TRUE", "No": "FALSE"}], ids=["yes-no", "1-0", "true-false"])
def test_a_score_against_recommended_is_refused(tmp_path: Path, would: dict[str, str]) -> None:
    frame = answers().assign(why="")
    frame["would"] = frame["would"].replace(would)
    assert found(read(tmp_path, frame, **TOLD)) == {}
    said = only(read(tmp_path, turned(frame, "nps", 10), **TOLD, ratings={}), "direction", stops=True)
    assert "Does nps run the other way? Those who say yes in would give" in said
    assert "set reversed = true under [score]" in said


def test_a_score_against_the_comments_is_refused(tmp_path: Path) -> None:
    survey = read(tmp_path, turned(answers(), "nps", 10), ratings={})
    assert "Comments that praise come with" in found(survey)["direction"].finding
    assert {name for name, c in found(survey).items() if c.stops} == {"direction"}


def test_a_rating_against_the_score_is_refused(tmp_path: Path) -> None:
    said = only(read(tmp_path, turned(answers(), "staff", 6)), "direction", stops=True)
    assert "Higher answers go with lower scores in staff" in said
    assert "set reversed = true" in said


def test_a_rating_slightly_against_the_score_is_a_remark(tmp_path: Path) -> None:
    frame, noise = answers(), np.random.default_rng(3).normal(size=1000)
    frame["staff"] = np.clip(np.round(3 + noise - 0.12 * (frame["nps"].astype(int) - 7)), 1, 5).astype(int).astype(str)
    assert "Higher answers go with lower scores in staff" in only(read(tmp_path, frame), "direction", stops=False)


def test_a_declared_reversed_scale_gives_exactly_the_same_answers(tmp_path: Path) -> None:
    frame = answers()
    right = read(tmp_path, frame, **TOLD)
    score, ratings = SCORE | {"reversed": True}, {"staff": RATING | {"reversed": True}}
    other = read(tmp_path, turned(turned(frame, "nps", 10), "staff", 6), score=score, ratings=ratings, **TOLD)
    pd.testing.assert_frame_equal(other.frame, right.frame)
    assert found(other) == {}
    assert [(c.column, c.reason, c.count) for c in other.receipt.cells] == [
        ("nps", "turned round: 0 is the best answer", 1000),
        ("staff", "turned round: 1 is the best answer", 1000),
    ]
    assert "direction" in found(read(tmp_path, frame, score=score, **TOLD))  # and declared where it is not so, it is found


def test_a_scale_from_1_to_10_is_turned_round_its_own_middle(tmp_path: Path) -> None:
    frame = answers()
    frame["nps"] = frame["nps"].replace("0", "1")
    right = read(tmp_path, frame, score=SCORE | {"min": 1})
    other = read(tmp_path, turned(frame, "nps", 11), score=SCORE | {"min": 1, "reversed": True})
    pd.testing.assert_frame_equal(other.frame, right.frame)


# --- shift ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "where"), [(1, "1 row above"), (-1, "1 row below"), (2, "2 rows above"), (-3, "3 rows below")])
def test_scores_moved_against_the_comments_are_refused(tmp_path: Path, rows: int, where: str) -> None:
    """Scores that moved down by a row fit the comment above them."""
    frame = answers()
    frame[["nps", "staff"]] = np.roll(frame[["nps", "staff"]].to_numpy(), rows, axis=0)
    assert f"Scores fit the comments {where} better than their own" in only(read(tmp_path, frame), "shift", stops=True)


@pytest.mark.parametrize(("n", "stops"), [(1000, True), (500, False)])
def test_a_column_sorted_alone_is_found(tmp_path: Path, n: int, stops: bool) -> None:
    frame = answers(n)
    order = np.argsort(frame["nps"].astype(int).to_numpy(), kind="stable")
    frame[["nps", "staff"]] = frame[["nps", "staff"]].to_numpy()[order]
    assert "Scores and comments do not go together" in only(read(tmp_path, frame), "shift", stops=stops)


def test_all_columns_sorted_together_are_sound(tmp_path: Path) -> None:
    frame = answers()
    assert found(read(tmp_path, frame.sort_values(["nps", "id"]))) == {}


def test_comments_are_read_for_their_tone_over_the_whole_file(tmp_path: Path) -> None:
    """The second half was imported with the scale turned; the first half holds comments without tone."""
    frame = answers(5900)
    frame["why"] = np.where(np.arange(5900) < 3000, "It came on Tuesday", frame["why"].where(frame["why"] != "", "As last year"))
    frame.loc[3000:, "nps"] = [str(10 - int(x)) for x in frame.loc[3000:, "nps"]]
    assert "direction" in found(read(tmp_path, frame, ratings={}))


# --- peaks, customers, spreadsheets, words -------------------------------------------------------------------------------


def test_a_default_answer_is_named(tmp_path: Path) -> None:
    frame = answers()
    frame.loc[np.random.default_rng(5).random(1000) < 0.3, "nps"] = "5"
    survey = read(tmp_path, frame)
    share = (survey.answers["score"] == 5).mean()
    assert only(survey, "peaks", stops=False).startswith(f"{100 * share:.1f}\N{NO-BREAK SPACE}% of all scores are 5, far more than 4 or 6")


@pytest.mark.parametrize(("least", "end"), [(0, "0"), (0, "10"), (1, "1"), (1, "10")])
def test_many_answers_at_an_end_of_the_scale_are_no_default(tmp_path: Path, least: int, end: str) -> None:
    frame = answers()
    frame["nps"] = frame["nps"].replace("0", str(least))
    frame.loc[np.random.default_rng(5).random(1000) < 0.3, "nps"] = end
    assert "peaks" not in found(read(tmp_path, frame, score=SCORE | {"min": least}))


def test_a_day_of_import_is_named(tmp_path: Path) -> None:
    frame = answers()
    frame.loc[np.random.default_rng(5).random(1000) < 0.25, "when"] = "2026-05-20"
    said = only(read(tmp_path, frame), "peaks", stops=False)
    assert f"{(frame['when'] == '2026-05-20').sum()} answers are dated 2026-05-20, far more than other days" in said


def test_the_same_customer_many_times_is_named(tmp_path: Path) -> None:
    frame = answers()
    frame.loc[[3, *range(20, 60, 2)], "who"] = "guest"
    frame.loc[[100, 200], "who"] = "C1"
    said = only(read(tmp_path, frame), "same person", stops=False)
    assert said.startswith("1 customer id is in 10 answers or more; the commonest in 21 answers (first rows: 5, 22, 24)")
    assert "guest" not in said
    assert found(read(tmp_path, frame, missing=["guest"])) == {}


@pytest.mark.parametrize("column", ["id", "who"])
def test_ids_in_scientific_notation_are_named(tmp_path: Path, column: str) -> None:
    frame = answers()
    frame.loc[5:9, column] = [f"5.5{i}E+11" for i in range(5)]
    said = only(read(tmp_path, frame), "spreadsheet", stops=False)
    assert f"{column} holds ids in scientific notation in 5 rows (first: " in said
    assert "5.50E+11" not in said
    assert said.endswith("A spreadsheet program has changed the file; export it again.")


@pytest.mark.parametrize(("column", "cell"), [("staff", "07-Aug"), ("staff", "Jan-02"), ("region", "07-Aug")])
def test_answers_that_became_dates_are_named(tmp_path: Path, column: str, cell: str) -> None:
    frame = answers()
    frame.loc[5:9, column] = cell
    assert f"{column} holds dates such as {cell} in 5 rows" in only(read(tmp_path, frame), "spreadsheet", stops=False)


@pytest.mark.parametrize("ids", ["E11", "5E11", "AUG-07-21"])
def test_ids_that_only_look_a_little_like_it_are_sound(tmp_path: Path, ids: str) -> None:
    frame = answers()
    frame["id"] = [f"{ids}{i}" for i in range(1000)]
    assert found(read(tmp_path, frame)) == {}


@pytest.mark.parametrize("word", ["NA", "N/A", "None", "null"])
def test_words_for_missing_are_kept_and_named(tmp_path: Path, word: str) -> None:
    frame = answers()
    frame.loc[:29, "region"] = word
    survey = read(tmp_path, frame)
    assert f"region is {word} in 30 rows, kept as text" in only(survey, "missing words", stops=False)
    assert (survey.answers["region"] == word).sum() == 30
    assert found(read(tmp_path, frame, missing=[word])) == {}


@pytest.mark.parametrize("words", [("Yes", "No"), ("1", "0"), ("TRUE", "FALSE"), ("Y", ""), ("Yes ", "No")])
def test_a_column_that_says_whether_there_is_a_comment_is_refused(tmp_path: Path, words: tuple[str, str]) -> None:
    frame = answers()
    frame["why"] = np.where(frame["why"] != "", *words)
    said = only(read(tmp_path, frame), "comment", stops=True)
    assert said.endswith("whether there was a comment, not the comment.")


def test_short_comments_among_others_are_comments(tmp_path: Path) -> None:
    frame = answers()
    frame.loc[:400, "why"] = np.where(np.arange(401) % 2, "yes", "no")
    assert "comment" not in found(read(tmp_path, frame))


# --- together ------------------------------------------------------------------------------------------------------------


def test_every_objection_comes_at_once(tmp_path: Path) -> None:
    frame = turned(answers(2000), "staff", 6)
    frame["nps"], frame["why"] = frame["nps"].replace("0", ""), np.where(frame["why"] != "", "yes", "no")
    objections = read(tmp_path, frame).receipt.objections
    assert len(objections) == 3
    with pytest.raises(VocError) as error:
        ingest.read_survey(tmp_path / "answers.csv", parse_mapping(DECLARED))
    assert str(error.value) == " ".join(objections)


@pytest.mark.parametrize("change", [lambda f: f.head(1), lambda f: f.assign(nps=""), lambda f: f.assign(why=""), lambda f: f.assign(nps="7")])
def test_checks_never_fail_on_little(tmp_path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    assert read(tmp_path, change(answers(250)), **TOLD).receipt.objections == ()


# --- scales, dates, ids and copies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("top", "n"), [(5, 60), (7, 400)])
def test_a_shorter_scale_is_refused(tmp_path: Path, top: int, n: int) -> None:
    frame = answers(n)
    short = frame.assign(nps=[str(max(1, round(int(x) * top / 10))) for x in frame["nps"]])
    check = found(read(tmp_path, short, columns={k: v for k, v in COLUMNS.items() if k != "comment"}, ratings={}))["scale"]
    assert check.stops
    assert f"None of {n} answers to nps is above {top}: is its scale 1-{top}?" in check.finding
    assert found(read(tmp_path, short, accept=["scale"], ratings={}, columns={"date": "when"}))["scale"].stops is False


@pytest.mark.parametrize("first", [1, 2], ids=["somebody-gave-0", "nobody-gave-0"])
def test_a_small_question_coded_from_1_gets_both_explanations(tmp_path: Path, first: int) -> None:
    """Dropping the 11s would drop all promoters of 10."""
    frame = answers(150)
    coded = frame.assign(nps=[str(max(first, int(x) + 1)) for x in frame["nps"]])
    survey = read(tmp_path, coded)
    said = found(survey)["groups"].finding
    assert "coded from 1?" in said
    assert 'Or does 11 mean "no answer"?' in said
    assert 'If 11 means "no answer"' not in " ".join(survey.receipt.objections)


def test_many_unreadable_dates_are_refused_until_accepted(tmp_path: Path) -> None:
    frame = answers(400)
    frame.loc[frame.index % 5 == 0, "when"] = "sometime"
    said = only(read(tmp_path, frame), "dates", stops=True)
    assert said.startswith("80 cells of 400 in when cannot be read as ISO (found); the first is sometime in row 2.")
    survey = read(tmp_path, frame, accept=["dates"])
    assert survey.receipt.objections == ()
    assert survey.receipt.set_aside["without a readable date"] == 80


def test_a_wrong_date_format_is_refused(tmp_path: Path) -> None:
    """Half of the days can be read the wrong way round; the others give it away."""
    frame = answers(400)
    american = frame.assign(when=pd.to_datetime(frame["when"]).dt.strftime("%m/%d/%Y"))
    assert found(read(tmp_path, american, date_format="%m/%d/%Y")) == {}
    assert found(read(tmp_path, american, date_format="%d/%m/%Y"))["dates"].stops


def test_a_few_unreadable_dates_are_set_aside(tmp_path: Path) -> None:
    frame = answers(400)
    frame.loc[[3, 30, 300], "when"] = "sometime"
    assert found(read(tmp_path, frame)) == {}


def test_ids_that_repeat_on_a_large_scale_are_refused(tmp_path: Path) -> None:
    frame = answers(300)
    said = only(read(tmp_path, frame.assign(id=[f"P{i % 100}" for i in range(300)])), "duplicates", stops=True)
    assert said.startswith("200 rows have a response id in id that was seen before (first: 102, 103, 104)")
    assert found(read(tmp_path, frame.assign(id=[f"P{i % 290}" for i in range(300)]))) == {}


def test_a_file_that_holds_its_rows_twice_is_named_without_ids(tmp_path: Path) -> None:
    """Every comment is another one, so that the same one on the same day is no chance."""
    frame = answers(300)
    frame["why"] = [f"{words} when I came in for my visit number {i} here" for i, words in enumerate(frame["why"])]
    columns = {"date": "when", "comment": "why"}
    assert found(read(tmp_path, frame, columns=columns)) == {}
    said = only(read(tmp_path, pd.concat([frame, frame]), columns=columns), "duplicates", stops=False)
    assert said.startswith("300 rows repeat the comment, score and day of an earlier row (first: 302, 303, 304)")


def test_the_same_question_twice_is_named(tmp_path: Path) -> None:
    frame = answers(300)
    ratings = {"staff": RATING, "again": {"column": "copy", "min": 0, "max": 10}}
    said = only(read(tmp_path, frame.assign(copy=frame["nps"]), ratings=ratings), "copies", stops=False)
    assert "The same answers stand in copy and nps: the same question twice?" in said


def test_ratings_that_all_disagree_point_to_the_score(tmp_path: Path) -> None:
    """Two sound ratings and a score turned round: turning the ratings would make it worse."""
    frame = answers(600)
    frame["speed"] = frame["staff"]
    turned_score = frame.assign(nps=[str(10 - int(x)) for x in frame["nps"]], why="", speed=np.where(np.arange(600) % 3, frame["staff"], "3"))
    ratings = {"staff": RATING, "speed": {"column": "speed", "min": 1, "max": 5}}
    said = found(read(tmp_path, turned_score, ratings=ratings))["direction"]
    assert said.stops
    assert said.finding.startswith("Does nps run the other way? Higher answers to every rating go with lower scores")
    assert "under [score]" in said.finding


def test_a_question_that_only_asks_for_praise_raises_no_alarm(tmp_path: Path) -> None:
    """All comments are praise, as to "What did you like most?", so there is nothing to hold the scores against."""
    frame = answers(1500)
    rng = np.random.default_rng(3)
    assert found(read(tmp_path, frame.assign(why=rng.choice(GOOD, 1500)))) == {}


def test_scores_of_rows_that_are_set_aside_stop_nothing(tmp_path: Path) -> None:
    frame = answers(300).assign(status="")
    frame.loc[[5, 6, 7, 8], ["status", "nps"]] = ["test", "99"]
    survey = read(tmp_path, frame, columns=COLUMNS | {"status": "status"})
    assert survey.receipt.objections == ()
    assert survey.receipt.set_aside["that are tests, previews or spam"] == 4


def test_single_slips_are_set_aside_and_a_code_is_not(tmp_path: Path) -> None:
    frame = answers(600)
    frame.loc[[10, 20], "nps"] = ["nine", "77"]
    survey = read(tmp_path, frame)
    assert survey.receipt.objections == ()
    assert survey.receipt.set_aside["with a score outside its scale"] == 2
    frame.loc[30:40, "nps"] = "99"
    assert "found 99 in 11 rows" in read(tmp_path, frame).receipt.objections[0]


def test_slips_stop_no_pilot(tmp_path: Path) -> None:
    frame = answers(60)
    frame.loc[5, "nps"] = "100"
    assert read(tmp_path, frame).receipt.objections == ()
    frame.loc[[6, 7], "nps"] = "100"
    assert "found 100 in 3 rows" in read(tmp_path, frame).receipt.objections[0]
