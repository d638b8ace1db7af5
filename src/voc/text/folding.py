"""str -> key: texts with the same key are one text, written in different ways."""

from __future__ import annotations

import re
import unicodedata

# Marks that carry no meaning of their own; everything that is not listed here is kept. Brackets stay: [NAME] is not "name".
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u00b4`\u02bc\uff07", "'"))
_MARKS = '!"()*,.:;?{}|~_/\\^\u00a1\u00bf\u00ab\u00bb\u201c\u201d\u201e\u201a\u2039\u203a\u2026\u2013\u2014\u00b7\u2022、。，！？；：「」『』（）'
_CHEERFUL = (
    "\N{THUMBS UP SIGN}\N{CLAPPING HANDS SIGN}\N{OK HAND SIGN}\N{PERSON WITH FOLDED HANDS}\N{FLEXED BICEPS}\N{PARTY POPPER}\N{SPARKLES}"
    "\N{SMILING FACE WITH SMILING EYES}\N{SMILING FACE WITH OPEN MOUTH}\N{GRINNING FACE}\N{SMILING FACE WITH HEART-SHAPED EYES}\u263a"
    "\N{SMILING FACE WITH OPEN MOUTH AND SMILING EYES}\N{GRINNING FACE WITH SMILING EYES}\N{SLIGHTLY SMILING FACE}\N{WINKING FACE}"
    "\N{FACE THROWING A KISS}\N{HUGGING FACE}\N{SMILING FACE WITH SUNGLASSES}\u2764\u2665\N{YELLOW HEART}\N{GREEN HEART}\N{BLUE HEART}"
    "\N{PURPLE HEART}"
    "\N{SPARKLING HEART}\N{TWO HEARTS}\N{GROWING HEART}\N{HEART WITH ARROW}\N{BOUQUET}"
)
_CHEER = re.compile(f"[{_CHEERFUL}][\ufe0f\U0001f3fb-\U0001f3ff]*")
_SMILEY = re.compile(r"(?<!\S)[:;=]-?[)D](?!\S)")
_FROWN = re.compile(r"(?<!\S)[:;=]-?[(/|](?!\S)")
# Signs inside and before numbers are part of them: 3.5 is not 35, -5 is not 5, 9/10 is not 9 10.
_SIGN = re.compile(rf"((?<!\d)[-+.]?\d+(?:[.,:/-]\d+)*)|[{re.escape(_MARKS)}-]|(?<![^\W_])'|'(?![^\W_])")
_NEGATION = (
    "no|not|never|none|nothing|nobody|nope|nein|nicht|nichts|kein|keine|nie|non|pas|rien|jamais|aucun|aucune|nada|nunca|ninguno|ninguna|niente|nulla|"
    "mai|nessuno|niet|niets|nee|geen|nooit|não|nao|nenhum|nenhuma|sí|si|yes|ja|oui|sim"
)
# "No, it works" is not "no it works": a mark after such a word says how far it reaches.
_REACH = re.compile(
    rf"(?<![^\W_])({_NEGATION})(?:\s*[{re.escape(_MARKS)}{_CHEERFUL}\ufe0f\U0001f3fb-\U0001f3ff]+(?:\s+|(?=[^\W\d_]))|\s+-+(?:\s+|(?=[^\W\d_]))|-+\s+)(?=[\W_]*[^\W_])"
)
_STOP = "\ue001"
_DENIAL = re.compile(r"n't\b")
_GREETING = re.compile(r"(?:hi|hello|hallo|bonjour|hola|ciao|hoi|olá)(?: there)?\s*[,.!]+\s+(?=\S+ \S+ \S)")
_THANKS = re.compile(
    r"(?<=[.!?])\s+(?:(?:many )?thanks|thank you|thankyou|vielen dank|danke|merci|muchas gracias|gracias|grazie|bedankt|obrigad[oa])"
    r"(?: (?:very much|so much|a lot|again|beaucoup))?[.! ]*$"
)
FEWEST_WORDS = 3  # what must be left for thanks to be left out

_RUN = re.compile(r"([^\W\d_])\1{2,}")
_STRETCHED_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]*?([^\W\d_])\1\1[^\W\d_]*")
# Words that people stretch. A stretched word that is not listed stays apart from the word itself: "goood" could be "god".
_LISTED = (
    "so|no|yes|very|really|too|good|great|nice|love|loved|lovely|long|slow|bad|sad|super|amazing|awesome|well|all|way|ever|never|please|thanks"
    "|thank|best|"
    "much|poor|cool|sweet|perfect|wow|fun|free|hate|big|always|sehr|gut|toll|lange|nein|muy|bueno|bien|malo|nada|trop|bon|non|molto|bene|bello"
    "|heel|goed|"
    "muito|bom"
)
_STRETCHED = [
    (word, re.compile("".join(f"{m[1]}{{{len(m[0])},}}" for m in re.finditer(r"(.)\1*", word)))) for word in _LISTED.split("|")
]  # fmt: skip
# Accents that people leave out. A diaeresis goes only where it is no umlaut, a tilde only where it is no ñ; short words keep theirs (à, où, él, é).
_LEFT_OUT = dict.fromkeys("\u0300\u0301\u0302\u0327", "aeiouc") | {"\u0303": "ao", "\u0308": "ei"}
_VIETNAMESE = re.compile("[\u0309\u031b\u0323đ]")  # there, accents make words
_WORD = re.compile(r"[^\W\d_]{3,}")


def folded(text: str) -> str:
    """The key under which texts count as one: whatever differs only in case, accents, punctuation, stretched letters, blanks or cheerful emoji.

    A greeting before a comment and thanks after its last sentence are left out. Texts that differ in a word, a negation or a number
    never share a key; umlauts, ñ, å and ø make another word, and so do the apostrophe of "we're" and the comma of "no, it works".

    Args:
        text: a normalised comment, or a part of one.

    >>> folded("The STAFF were sooo friendly!!! \N{THUMBS UP SIGN}") == folded("the staff were so friendly")
    True
    >>> folded("No, it works") == folded("No it works")
    False
    """
    plain = unicodedata.normalize("NFC", text.lower()).translate(_APOSTROPHES)
    shown = _REACH.sub(rf"\1 {_STOP} ", _STRETCHED_WORD.sub(lambda m: _unstretched(m[0]), plain))
    shown = _CHEER.sub(" ", _FROWN.sub(" \u2639 ", _SMILEY.sub(" ", shown)))
    shown = _without_courtesy(_DENIAL.sub("nt", shown).strip())
    shown = _SIGN.sub(lambda m: m[1] or " ", shown)
    if not shown.isascii():
        shown = _without_accents(shown)
    shown = _STRETCHED_WORD.sub(lambda m: _unstretched(m[0]), shown)
    return " ".join(shown.replace(_STOP, ",").split()) or " ".join(plain.split())


def _without_courtesy(text: str) -> str:
    rest = _THANKS.sub("", text)
    if len(rest.split()) < FEWEST_WORDS:
        rest = text
    greeting = _GREETING.match(rest)
    return rest[greeting.end() :] if greeting else rest


def _without_accents(text: str) -> str:
    if _VIETNAMESE.search(unicodedata.normalize("NFD", text)):
        return text
    return _WORD.sub(lambda m: "".join(_bare(c) for c in m[0]), text)


def _bare(letter: str) -> str:
    decomposed = unicodedata.normalize("NFD", letter)
    base, marks = decomposed[0], decomposed[1:]
    return base if marks and all(base in _LEFT_OUT.get(mark, "") for mark in marks) else letter


def _unstretched(word: str) -> str:
    """The listed word that was stretched, else the word with every run cut to three letters."""
    return next((listed for listed, shape in _STRETCHED if shape.fullmatch(word)), _RUN.sub(r"\1\1\1", word))
