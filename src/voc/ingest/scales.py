"""A converted survey -> whether its answers fit their scales: lost zeros, codes that are no answers, groups, shorter scales, copies."""

from __future__ import annotations

import re

import numpy as np

from voc import display, schema
from voc.ingest.answers import says_no_answer, shifted_labels
from voc.ingest.evidence import ENOUGH, Evidence, first_rows
from voc.ingest.receipt import Check

ONES_TO_WONDER = 12  # if zeros were only half as common as ones, none would turn up beside so many ones in 1 of 100 surveys
OFTEN = 0.01  # share of answers from which a code off the scale is no slip
GROUP_COLUMN = re.compile(r"_NPS_GROUP$|_DPP$", re.IGNORECASE)
SAME, SAME_FROM = 0.99, 50


def zeros(e: Evidence) -> Check:
    """Some tools export 0 as an empty cell (Formbricks before September 2024)."""
    scale = e.mapping.score.scale
    # The code 0 of the file is what is lost, whichever way the scale runs.
    zero, one = (scale.high, scale.high - 1) if scale.reversed else (0, 1)
    scores = e.scores[e.usable]
    ones = int((scores == one).sum())
    if scale.low != 0 or (scores == zero).any() or ones < ONES_TO_WONDER:
        return Check("zeros")
    blank = np.isnan(e.scores) & (e.codes != 0) if schema.COMMENT in e.mapping.columns else np.zeros(len(e.scores), dtype=bool)
    wrote = int(blank.sum())
    words = f"There is no 0 among {display.plural(len(scores), 'score')}, although {display.count(ones)} are 1"
    if not wrote:
        return Check("zeros", f"{words}. Check that the export does not lose zeros.")
    more = f", and {display.plural(wrote, 'answer')} with a comment {'has' if wrote == 1 else 'have'} no score"
    return Check(
        "zeros", f"{words}{more}. Some tools export 0 as an empty cell: look at the rows without a score, or "
        'accept it with accept = ["zeros"].', stops=True,
    )  # fmt: skip


def codes(e: Evidence) -> Check:
    """A code off the scale that is no slip: 99, 11, 0."""
    found = _labelled_as_none(e)
    for question in e.mapping.ratings:  # the score is judged by the contract, which stops the import
        column, scale = e.table.column(question.column), question.scale
        known = {"", *e.mapping.missing, *scale.not_applicable, *scale.labels, *e.table.missing.get(question.column, {})}
        for text, n in zip(column.texts, column.sizes, strict=True):
            if text not in known and re.fullmatch(r"-?\d{1,6}(?:[.,]0+)?", text) and n >= max(5, OFTEN * len(e.scores)):
                value = int(float(text.replace(",", ".")))
                if not scale.low <= value <= scale.high and str(value) not in scale.not_applicable:
                    found.append(f"{question.column} has {text} in {display.plural(int(n), 'row')}, off its scale {scale.allowed}")
    if not found:
        return Check("codes")
    return Check("codes", f"{display.listed(found[:5])}: a code for “no answer”? Declare it under not_applicable.")


def _labelled_as_none(e: Evidence) -> list[str]:
    """Codes on a declared scale that the file itself calls "Don't know"."""
    said = []
    for question in (e.mapping.score, *e.mapping.ratings):
        sizes = dict(zip(e.table.column(question.column).texts, e.table.column(question.column).sizes, strict=True))
        for code, words in e.table.labels.get(question.column, {}).items():
            on_scale = re.fullmatch(r"\d{1,3}", code) and question.scale.low <= int(code) <= question.scale.high
            known = code in question.scale.not_applicable or code in e.table.missing.get(question.column, {})
            if on_scale and not known and code in sizes and says_no_answer(words):
                said.append(f"{question.column} has {code} ({words}) in {display.plural(int(sizes[code]), 'row')}, read as an answer")
    return said


def groups(e: Evidence) -> Check:
    """A column of -100, 0 and 100, or of 1-11, is not the answer; a group column must agree with the answers."""
    known = e.scores[np.isfinite(e.scores)]
    column = e.mapping.score.column
    if GROUP_COLUMN.search(column):
        return Check("groups", f"{column} holds the groups, not the answers 0-10. Map the column with the answers.", stops=True)
    shifted = shifted_labels(e.table.labels.get(column, {}))
    if shifted and not e.mapping.score.scale.labels:
        codes = ", ".join(f'"{code}" = {answer}' for code, answer in shifted.items())
        return Check("groups", f"The codes of {column} are not the answers: declare labels = {{ {codes} }} under [score].", stops=True)
    if len(known) >= 3 and (known < 0).any() and set(np.unique(known)) <= {-100.0, 0.0, 100.0}:
        return Check("groups", f"{column} holds the groups -100, 0 and 100, not the answers 0-10. Map the column with the answers.", stops=True)
    if coded_from_one(known):
        codes = ", ".join(f'"{i + 1}" = {i}' for i in range(11))
        return Check(
            "groups", f"{column} has no 0 and {display.plural(int((known == 11).sum()), 'answer')} of 11: a 0-10 question that was coded from 1? "
            f'Then declare labels = {{ {codes} }} under [score]. Or does 11 mean "no answer"? Then add it to not_applicable.', stops=True,
        )  # fmt: skip
    return _group_column(e)


def coded_from_one(answers: np.ndarray) -> bool:
    """Whether answers (n,) look like 0-10 coded as 1-11: no 0, nothing above 11, and an 11 that is no slip.

    An 11 that means "blank" usually stands beside zeros; where it does not, only the analyst can tell.
    """
    return bool(len(answers) >= 20 and (answers == 11).mean() > 2 * OFTEN and answers.min() >= 1 and answers.max() == 11)


def _group_column(e: Evidence) -> Check:
    name = f"{e.mapping.score.column}_NPS_GROUP"
    if name not in e.table.frame:
        return Check("groups")
    words = {"detractor": 1, "kritiker": 1, "passiv": 2, "1": 1, "passive": 2, "neutral": 2, "2": 2, "promoter": 3, "3": 3}
    column = e.table.column(name)
    theirs = column.spread([words.get(t.casefold(), 0) for t in column.texts], int)
    ours = np.select([e.scores <= 6, e.scores <= 8, e.scores <= 10], [1, 2, 3], 0)
    differ = e.usable & (theirs > 0) & (theirs != ours)
    if not differ.any():
        return Check("groups")
    return Check(
        "groups", f"{name} disagrees with the answers in {display.plural(int(differ.sum()), 'row')} (first: {first_rows(e, differ)}).", stops=True
    )


def scale(e: Evidence) -> Check:
    """Answers that stop at 5 or 7 come from a shorter scale: read as 0-10, everybody would be a detractor."""
    scores, read = e.scores[e.usable], e.scores[np.isfinite(e.scores)]
    plain = not (e.mapping.score.scale.reversed or e.mapping.score.scale.labels)
    if not plain or ((read < 0) | (read > 10)).any() or len(np.unique(scores)) < 3:  # other checks speak of those
        return Check("scale")
    top = next((top for top, enough in ((5, 30), (7, ENOUGH)) if len(scores) >= enough and scores.max() <= top), 0)
    if not top:
        return Check("scale")
    return Check(
        "scale", f"None of {display.plural(len(scores), 'answer')} to {e.mapping.score.column} is above {top}: is its scale 1-{top}? "
        'Then it is no likelihood to recommend from 0 to 10; map it as a rating. Otherwise accept = ["scale"].', stops=True,
    )  # fmt: skip


def copies(e: Evidence) -> Check:
    """Two questions with the same answers explain each other perfectly."""
    asked = [e.mapping.score, *e.mapping.ratings]
    said = []
    for i, second in enumerate(asked):
        for first in asked[:i]:
            if repeats(e.frame[first.name].to_numpy(), e.frame[second.name].to_numpy()):
                said.append(f"{second.column} and {first.column}")
    return Check(
        "copies", f"The same answers stand in {display.listed(said[:5])}: the same question twice? Take one out of the mapping." if said else ""
    )


def repeats(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two questions, (n,) answers each, hold the same answers in practically every row that has both."""
    both = np.isfinite(first) & np.isfinite(second)
    return bool(both.sum() >= SAME_FROM and (first[both] == second[both]).mean() >= SAME and np.ptp(first[both]) > 0)
