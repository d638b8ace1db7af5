"""str -> spans of names that announce themselves ("Mr Smith", "my name is Jo Bell", "@jobell")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voc.text.online import has_at_sign
from voc.text.spans import UPPER, Span

_PARTICLE = r"(?:(?:van|von|vom|zu|zum|zur|de|der|den|del|della|di|da|dos|das|do|du|des|la|le|ten|ter|bin|ibn|al|el|af)\s+)"
_TITLE = (
    r"(?:(?:M[rs]|Mrs|M[RS]|MRS|Mx|D[rR]|Prof|Sra?|Dhr|Mevr|Mvr)\.?|Miss|Herrn?|Frau|Mme|Mlle|Madame|Monsieur|Mademoiselle|Signora?|Señora?|"
    r"Senhora?|Meneer|Mevrouw|Professor(?:in)?)"
)
_NAME = rf"(?P<name>{_PARTICLE}{{0,3}}[{UPPER}][\w’'-]+(?:\s+(?!{_TITLE}\s){_PARTICLE}{{0,3}}[{UPPER}][a-zß-ÿ][\w’'-]*)?)"
_TITLED = re.compile(rf"\b(?P<title>{_TITLE})\s+(?:(?:Dr|Prof|Ing|Dipl\.-Ing|med)\.?\s+){{0,3}}{_NAME}|\bmrs?\.?\s+(?P<low>[a-z][a-z’'-]{{2,}})\b")
_INTRODUCED = re.compile(
    r"\b(?:[Mm]y name is|[Mm]y name's|[Tt]he name is|[Ss]erved by|[Hh]elped by|[Rr]egards,|[Mm]ein Name ist|[Ii]ch hei(?:ß|ss)e|"
    rf"[Jj]e m['’]appelle|[Mm]e llamo|[Mm]i chiamo|[Mm]ijn naam is)\s+{_NAME}"
)
_INTRODUCED_LOW = re.compile(r"\b(?i:my name is|my name's|my names)\s+(?P<low>[a-zß-ÿ][a-zß-ÿ’'-]+(?:\s+[a-zß-ÿ][a-zß-ÿ’'-]+)?)\b")
_HANDLE = re.compile(r"(?<![^\s(\"'“,:;])[@＠](?!\S{0,40}\.(?:com|net|org|co|uk|de|fr)\b)(?P<code>[A-Za-z_](?:\w|\.(?=\w)){2,29})(?![\w@＠])")
_NO_HANDLES = frozenset(
    "home work school office reception desk till tills checkout counter door store shop station airport hotel gate least once all everyone here "
    "the this that these those each every any some now then today tomorrow yesterday noon midday midnight night dawn dusk weekend weekends "
    "breakfast lunch dinner tea half full double twice one two three four five six seven eight nine ten first last best high low max min "
    "cost price retail wholesale sale discount just only about around under over approx you your him her them "
    "gmail hotmail yahoo outlook icloud".split()
)
_NO_NAMES = frozenset("the a an my your our his her their this that it i i've we you they and but so at mr mrs ms miss mx dr prof herr frau".split())
# Goods and films that carry a title.
_BRANDS = frozenset(
    "dr pepper|dr martens|dr oetker|dr who|dr dre|dr beckmann|dr strange|mr kipling|mr muscle|mr bubble|mr bean|mr porter|mr potato|mr men|mr robot|"
    "miss selfridge|miss saigon|miss dior|madame tussauds|madame butterfly|herr der".split("|")
)
# "my name is on the list": what follows is no name.
_NOT_AFTER_NAME_IS = frozenset(
    "on in at of to for by under with without above below from as the a an my your our his her their this that it not no never always still often "
    "also just only now already too very so all both being been wrong right correct incorrect incorrectly correctly wrongly spelt spelled "
    "misspelt misspelled misspelling mispronounced mispelled mispelt misprinted printed written missing listed registered shown showing shows "
    "displayed entered recorded "
    "changed cut taken flagged known clearly actually really probably somehow apparently simply quite what mud unusual uncommon common long short "
    "foreign hyphenated double different the same attached there here fine important irrelevant hard difficult easy required invalid rejected "
    "unknown blank completely totally nowhere and but or because when every".split()
)
_NOT_A_SURNAME = frozenset(
    "and i i'm im i've ive i'd from but please at the was is am my we you who here thanks thank on in with not for to a an or so it if live lives "
    "bought ordered called came have had has would want waited this that by because when as just will can could should".split()
)


def names_announced(text: str) -> Iterator[Span]:
    """Names after a title, after "my name is" and the like, and names of accounts such as @jobell."""
    last = 0
    for start, end in sorted([*_titled(text), *_introduced(text), *_handles(text)]):
        if start >= last:
            last = end
            yield start, end, "NAME"


def _titled(text: str) -> Iterator[tuple[int, int]]:
    for m in _TITLED.finditer(text):
        group = "low" if m["low"] else "name"
        first = _first_word(m[group])
        brand = m["title"] and f"{m['title'].rstrip('.')} {first}".lower() in _BRANDS
        if first not in _NO_NAMES and not brand:
            yield m.span(group)


def _introduced(text: str) -> Iterator[tuple[int, int]]:
    for m in _INTRODUCED.finditer(text):
        if _first_word(m["name"]) not in _NO_NAMES:
            yield m.span("name")
    for m in _INTRODUCED_LOW.finditer(text) if "name" in text.lower() else ():
        first, *rest = m["low"].split()
        if first not in _NOT_AFTER_NAME_IS:
            whole = rest and rest[0] not in _NOT_A_SURNAME
            yield m.start("low"), m.end("low") if whole else m.start("low") + len(first)


def _handles(text: str) -> Iterator[tuple[int, int]]:
    if has_at_sign(text):
        for m in _HANDLE.finditer(text):
            if m["code"].lower() not in _NO_HANDLES:
                yield m.span()


def _first_word(name: str) -> str:
    return name.split(maxsplit=1)[0].rstrip(".").lower()
