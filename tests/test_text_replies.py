"""Replies that say nothing: what they mean depends on the question."""

from __future__ import annotations

import pytest

from voc import text
from voc.sample import bank

IMPROVE = """What should we improve?
What could we have done better?
What one thing would you change?
What would you like us to improve?
Is there anything we could do better?
What did you like least?
What didn't you like about your visit?
What went wrong?
What was the worst part of your stay?
Did you have any problems today? If so, what?
Was könnten wir verbessern?
Was können wir besser machen?
Was hat Ihnen nicht gefallen?
Was hat Ihnen am wenigsten gefallen?
Was sollten wir anders machen?
Que pourrions-nous améliorer ?
Qu'aurions-nous pu faire mieux ?
Qu'est-ce qui vous a le moins plu ?
¿Qué podríamos mejorar?
¿Qué podríamos haber hecho mejor?
¿Qué le gustaría que mejoráramos?
¿Qué no le gustó?
Cosa potremmo migliorare?
Cosa avremmo potuto fare meglio?
Che cosa non le è piaciuto?
Wat kunnen we verbeteren?
Wat hadden we beter kunnen doen?
O que podemos melhorar?
O que poderíamos ter feito melhor?
O que não gostou?""".splitlines()
PRAISE = """What did we do well?
What did you like most?
What do you like best about us?
What went well?
What was good about your visit?
What was the best part of your stay?
Was hat Ihnen am besten gefallen?
Was haben wir gut gemacht?
Was lief gut?
Qu'avez-vous le plus aimé ?
Qu'est-ce qui vous a plu ?
Qu'avons-nous bien fait ?
¿Qué le gustó más?
¿Qué es lo que más le ha gustado?
¿Qué hicimos bien?
Cosa le è piaciuto di più?
Cosa abbiamo fatto bene?
Wat vond u het beste?
Wat ging er goed?
O que mais gostou?
O que fizemos bem?""".splitlines()
NEITHER = """Why did you give this score?
What is the main reason for your score?
How likely are you to recommend us to a friend?
How well did we do?
Is there anything else you would like to tell us?
Any other comments?
What did we do well and what could we improve?
What did you like or dislike?
Warum haben Sie diese Note gegeben?
Wie zufrieden sind Sie mit uns?
Was war gut und was war schlecht?
Pourquoi avez-vous donné cette note ?
¿Por qué ha dado esta puntuación?
Perché ha dato questo voto?
Waarom geeft u deze score?
Por que deu esta nota?
Comments""".splitlines()


@pytest.mark.parametrize("question", IMPROVE)
def test_questions_that_ask_what_to_improve(question: str) -> None:
    assert text.asks_for(question) == "improvement"
    assert text.reply_kind("-", question) == "non-answer"


@pytest.mark.parametrize("question", PRAISE)
def test_questions_that_ask_what_was_good(question: str) -> None:
    assert text.asks_for(question) == "praise"


@pytest.mark.parametrize("question", ["", *NEITHER])
def test_questions_that_ask_neither_or_both(question: str) -> None:
    assert text.asks_for(question) == ""
    assert text.reply_kind("Nothing", question) == "non-answer"


FOUND_NOTHING = [
    "Nothing", "nothing.", "No", "None!", "NothIng", "nope", "nothing at all", "Absolutely nothing", "Not a thing", "No, nothing", "No nothing",
    "no, not really",
    "Can't think of anything", "I can’t think of anything really", "Cannot think of anything at the moment", "Nothing comes to mind",
    "Nothing springs to mind",
    "I don't think so", "Nothing, thank you", "nothing thanks", "nichts", "Gar nichts", "nein", "mir fällt nichts ein", "rien", "Rien du tout",
    "nada", "niente",
    "nulla", "niets", "geen", "nenhuma", "não", "没有", "特になし", "없음",
]  # fmt: skip


@pytest.mark.parametrize("reply", FOUND_NOTHING)
def test_nothing_to_improve_is_praise_and_nothing_good_a_complaint(reply: str) -> None:
    assert text.reply_kind(reply, "What should we improve?") == "praise"
    assert text.reply_kind(reply, "What did we do well?") == "complaint"


@pytest.mark.parametrize(
    "reply",
    [
        "Nothing, all perfect", "nothing all good", "Nothing everything was very good", "No, everything was fine.", "Nothing. It was great!",
        "Perfect, nothing",
        "Nothing been happy with everything", "no - perfect", "Nothing could be better", "Nothing could have been done better",
        "It couldn't be better", "Nothing to improve",
        "nothing more to add", "No complaints", "no issues, very happy", "Nichts, alles gut", "nichts alles super",
        "Rien à redire, tout était parfait", "Nada, todo bien",
        "niente, tutto perfetto", "niks, alles prima", "Nada, tudo bem", "keine Beschwerden",
    ],
)  # fmt: skip
def test_nothing_with_general_praise_is_praise(reply: str) -> None:
    assert text.reply_kind(reply, "What could we have done better?") == "praise"
    assert text.reply_kind(reply, "What did we do well?") != "complaint"


def test_nothing_with_general_blame_is_a_complaint() -> None:
    assert text.reply_kind("Nothing, it was all terrible", "What did we do well?") == "complaint"
    assert text.reply_kind("Nothing, it was all terrible", "What should we improve?") == "answer"


@pytest.mark.parametrize(
    "reply",
    [
        "n/a",
        "-",
        "don't know",
        "No comment",
        "no idea",
        "not sure",
        "...",
        "ok",
        "k.A.",
        "sans avis",
        "No, don't know",
        "no thanks",
        "No, thank you.",
    ],
)
def test_what_says_nothing_says_nothing_to_any_question(reply: str) -> None:
    for question in ("What should we improve?", "What did we do well?"):
        assert text.reply_kind(reply, question) == "non-answer" or not text.is_non_answer(reply)
        assert text.reply_kind(reply, question) not in ("praise", "complaint")


@pytest.mark.parametrize(
    "reply",
    [
        "nothing worked", "nothing was good", "Nothing good", "nothing is perfect", "no good", "No signal", "Nothing, my nurses were the best",
        "nothing I was happy with",
        "No, not good", "nothing, the wait was bad", "nothing but praise for Denise", "no parking", "nichts war gut", "nichts funktioniert",
        "rien ne marche", "no todo bien",
        "pas tout", "nada bien", "Nothing, all good except the food", "None of the staff knew", "not really happy", "no more queues",
        "no food and everything was good",
        "Nothing everything was bad", "more staff", "everything",
    ],
)  # fmt: skip
def test_what_names_a_thing_or_denies_praise_is_an_answer(reply: str) -> None:
    assert text.reply_kind(reply, "What should we improve?") == "answer"


def test_answers_of_the_bank_stay_answers_to_any_question() -> None:
    book = bank.load()
    for comment in book.loc[book["themes"].map(len) > 0, "text"]:
        for question in ("What should we improve?", "What did we do well?", ""):
            assert text.reply_kind(comment, question) == "answer"


def test_is_non_answer_is_the_reply_to_no_question() -> None:
    for reply in (*FOUND_NOTHING, *bank.load()["text"]):
        assert text.is_non_answer(reply) == (text.reply_kind(reply) == "non-answer")
        assert text.reply_kind(reply) in ("answer", "non-answer")
