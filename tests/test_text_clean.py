"""Cleaning: what is glued is taken apart, form prefixes go, and nothing changes twice."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc import text
from voc.sample import bank
from voc.text import clean

PIECES = [
    "&amp;", "&amp;amp;lt;", "&nbsp;", "&#8238;", "&#38;", "&", "amp;", "lt;", "<br>", "<b", "r>", "\u200b", "\u0301", "e", "\ufeff", "Q1:",
    "Q2.", "(Q3)", "Comment:",
    "Answer -", "Other (please specify):", "was late.", "Nobody told", "U.S.A", "e.g.", "3.5", "voc.toolkit", " ", "\t", "\x00", "!", "?", "I",
    "A", "Éric", "été.", "Wir",
    "www.", "Example.Com", "@", "/",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=12).map("".join)))
def test_cleaning_a_clean_text_changes_nothing(typed: str) -> None:
    once = text.normalise(typed)
    assert text.normalise(once) == once
    assert once == once.strip()


def test_comments_of_the_bank_are_clean_already() -> None:
    for comment in bank.load()["text"]:
        assert text.normalise(comment) == " ".join(comment.split())


@pytest.mark.parametrize(
    ("typed", "mended"),
    [
        ("It was late.Nobody told me", "It was late. Nobody told me"),
        ("Is this correct?I need it.Thanks", "Is this correct? I need it. Thanks"),
        ("Lovely staff!!!They were kind...Always", "Lovely staff!!! They were kind... Always"),
        ("Es war spät.Niemand half", "Es war spät. Niemand half"),
        ("J'ai attendu.Évidemment rien", "J'ai attendu. Évidemment rien"),
        ("Thank Dr.Bell for me", "Thank Dr. Bell for me"),
        ("first line<br>second<br/>third", "first line second third"),
        ("&amp;amp; so on", "& so on"),
        ("&amp;nbsp;fine", "fine"),
    ],
)
def test_glued_sentences_are_taken_apart(typed: str, mended: str) -> None:
    assert text.normalise(typed) == mended


@pytest.mark.parametrize(
    "comment",
    [
        "I use voc.toolkit a lot", "3.5 stars", "e.g. the till", "i.e.The till", "made in the U.S.A today",
        "see https://example.com/Late.Nobody?Id=late.Then",
        "www.example.com/About.Html", "Booking.Com was fine", "an ASP.NET page", "a Node.JS page", "mail jo.Bloggs@example.com",
        "mail jo.Bloggs at example.com",
        "mail jo.Bloggs (at) example", "open late.Then/now", "file_name.Then_x", "J.R.Tolkien", "a.m.to p.m.", "WiFi and iPhone", "wait..what",
    ],
)  # fmt: skip
def test_what_is_not_glued_is_left_alone(comment: str) -> None:
    assert text.normalise(comment) == comment


def test_a_name_glued_to_its_title_is_hidden() -> None:
    assert text.redact(text.normalise("Ask for Mr.Bell please")) == "Ask for Mr. [NAME] please"


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("Q1: Too slow", "Too slow"),
        ("Q12a. Too slow", "Too slow"),
        ("[Q3] Too slow", "Too slow"),
        ("Question 2 - Too slow", "Too slow"),
        ("Frage 2: Zu langsam", "Zu langsam"),
        ("Comment: Too slow", "Too slow"),
        ("Comment:Too slow", "Too slow"),
        ("Q1: Comment: Too slow", "Too slow"),
        ("Additional comments: Too slow", "Too slow"),
        ("Answer - Too slow", "Too slow"),
        ("Other (please specify): Too slow", "Too slow"),
        ("Other, please specify - Too slow", "Too slow"),
        ("Kommentar: Zu langsam", "Zu langsam"),
        ("Commentaire : Trop lent", "Trop lent"),
    ],
)
def test_prefixes_of_forms_go(typed: str, answer: str) -> None:
    assert text.normalise(typed) == answer


@pytest.mark.parametrize(
    "comment",
    [
        "Comment: ", "Q1", "comment: was ignored", "Comments are not read", "Answer came late", "Response: slow", "Antwort: kam nie",
        "Communication - poor", "1: the food",
        "Q4 results - late", "Question everything: nobody knows", "Other people - rude", "Meds: late", "LHR-JFK: late", "18 May: late",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_prefix_stays(comment: str) -> None:
    assert text.normalise(comment) == comment.strip()


def test_text_that_was_escaped_many_times_ends() -> None:
    assert text.normalise("&" + "amp;" * (clean.ROUNDS - 2) + "lt;") == "<"
    assert text.normalise("&" + "amp;" * 5_000 + "lt;").startswith("&amp;")
