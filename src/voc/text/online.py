"""str -> spans of e-mail and web addresses, also those that are spelt out or mistyped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voc.text.spans import Span, disjoint, masked, matches, without

AT_SIGNS = "@＠﹫"
_AT_SIGN = f"[{AT_SIGNS}]"
_DOMAIN_END = "com|org|net|edu|gov|io|app|shop|store|info|biz|online|site|example|uk|de|fr|es|nl|ch|se|dk|fi|ie|pt|pl|eu|ca|au|nz|jp|ly"
# Endings that are words too: "rude.me and my wife" is a slip of the space bar unless a path follows.
_WORD_END = "co|me|it|be|at|no|us|in|is|so|to"
_DOT = r"(?:\s*(?:\(dot\)|\[dot\]|\{dot\})\s*|\s+dot\s+)"
_AT = r"\s*(?:\(at\)|\[at\]|\{at\})\s*"
_LOCAL = r"(?<![\w.+%'-])(?P<local>[\w.+%'-]{1,64})"

# The brackets close off what is hidden already, so that a second reading finds the same.
_QUOTED = re.compile(rf"[\"“][^\"“”@\[\]\ue000\n]{{1,64}}[\"”]{_AT_SIGN}[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,8}}")
# With a letter after the sign: "4@1.99 each" is a price.
_EMAIL = re.compile(rf"{_LOCAL}{_AT_SIGN}(?=[\d.-]{{0,40}}[^\W\d_])[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,8}}")
_COMMA = re.compile(rf"{_LOCAL}{_AT_SIGN}[\w-]{{1,63}},(?:{_DOMAIN_END})\b", re.IGNORECASE)
_SPACED = re.compile(
    rf"{_LOCAL}(?P<gap> ?){_AT_SIGN} ?(?P<domain>(?:[\w-]{{1,40}}\.){{1,3}}(?:{_DOMAIN_END}|{_WORD_END}))(?![\w-]|\.\w)", re.IGNORECASE
)
_ENDLESS = re.compile(rf"{_LOCAL}{_AT_SIGN}(?P<domain>[a-z][\w-]{{2,40}})(?![\w{AT_SIGNS}-]|\.\w)", re.IGNORECASE)
_PLAIN_AT = re.compile(
    rf"(?<![\w.])(?P<local>[\w.+-]{{1,40}})\s+at\s+(?P<domain>(?:[\w-]{{1,40}}\.){{1,3}}(?:{_DOMAIN_END}))(?![\w-]|\.\w)", re.IGNORECASE
)
_SPELT = re.compile(
    rf"(?<![\w.])(?P<local>[\w.+-]{{1,40}})(?:{_DOT}[\w-]{{1,40}}){{0,3}}"
    rf"(?:{_AT}[\w-]{{1,40}}(?:(?:{_DOT}|\.)[\w-]{{1,40}}){{0,2}}(?:{_DOT}|\.)|(?P<gap>\s+at\s+)[\w-]{{1,40}}(?:{_DOT}[\w-]{{1,40}}){{0,2}}{_DOT})"
    rf"(?:{_DOMAIN_END}|{_WORD_END})\b",
    re.IGNORECASE,
)
_PROVIDERS = frozenset(
    "gmail googlemail hotmail outlook yahoo ymail rocketmail icloud aol msn gmx t-online freenet protonmail proton btinternet btopenworld "
    "ntlworld wanadoo laposte libero zoho yandex comcast verizon fastmail".split()
)
# "look at amazon dot com", "cheaper at argos.com": a shop, and no mailbox.
_BEFORE_AT = frozenset(
    "look looked looking see seen saw check checked checking find found shop shopped shopping buy buying bought order ordered ordering orders "
    "book booked booking get got getting pay paid paying spend spent sell sells sold selling available cheaper cheapest cheap dearer price "
    "prices priced cost costs stock stocked less more better best worse same deal deals item items product products stuff thing things one ones "
    "it is are was were be them him her us me you they we he she i this that these those here there and or but not only again back online "
    "in up on out off login log logged sign signed register registered account accounts address inbox email e-mail mail people person staff team "
    "service support help helpdesk time times work works worked working employed reviews review offers offer today now yesterday instead anyway "
    "over down right happened advertised listed live site website page shown show search searched compare compared return returned reserve".split()
)
# "me@work", "lunch@home": a place, and no mail server.
_PLACES = frozenset("home work school office store shop reception checkout lunch noon night once least all the".split())
_JOINED = re.compile(r"[^\W\d_][\w+-]*[._+][\w.+-]*[^\W\d_]")

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'\ue000]+[^\s<>\"'.,;:!?)\]\ue000]", re.IGNORECASE)
_PATH = r"(?:[^\s<>\"'\ue000]*[^\s<>\"'.,;:!?)\]\ue000])?"
_BARE_LINK = re.compile(
    rf"(?<![\w@.-])(?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,5}}(?:(?:{_DOMAIN_END})(?![\w-]|\.\w)(?::\d+)?(?:[/?#]{_PATH})?|(?:{_WORD_END})/{_PATH})",
    re.IGNORECASE,
)


def addresses(text: str) -> Iterator[Span]:
    """E-mail and web addresses."""
    lowered = text.lower()
    for finder in (_signed, _spelt):
        spans = disjoint(finder(text, lowered))
        yield from spans
        text = masked(text, spans)
    if "://" in text or "www." in lowered:
        yield from matches(_LINK, text, "LINK")
        text = without(_LINK, text)
    if "." in text:
        yield from matches(_BARE_LINK, text, "LINK")


def has_at_sign(text: str) -> bool:
    """True if any of the signs for "at" is in the text."""
    return any(sign in text for sign in AT_SIGNS)


def _signed(text: str, lowered: str) -> Iterator[Span]:
    """E-mail addresses with a sign for "at", right ones first."""
    if not has_at_sign(lowered):
        return
    for shape in (_QUOTED, _COMMA, _EMAIL):
        yield from matches(shape, text, "EMAIL")
    for m in _SPACED.finditer(text):
        if not m["gap"] or _is_mailbox(m["local"], m["domain"]):
            yield m.start(), m.end(), "EMAIL"
    for m in _ENDLESS.finditer(text):
        if _is_endless(m["local"], m["domain"].lower()):
            yield m.start(), m.end(), "EMAIL"


def _spelt(text: str, lowered: str) -> Iterator[Span]:
    """E-mail addresses with "at" or "dot" as words."""
    if " at " in lowered and "." in lowered:
        for m in _PLAIN_AT.finditer(text):
            if _is_mailbox(m["local"], m["domain"]):
                yield m.start(), m.end(), "EMAIL"
    if "dot" in lowered or "(at" in lowered or "[at" in lowered or "{at" in lowered:
        for m in _SPELT.finditer(text):
            if not m["gap"] or _last_word(m["local"]) not in _BEFORE_AT:
                yield m.start(), m.end(), "EMAIL"


def _is_mailbox(local: str, domain: str) -> bool:
    """Whether "local at domain" is an address: "jo.bell at example.com" and "jobell at gmail.com" are, "help at example.com" is not."""
    if _last_word(local) in _BEFORE_AT:
        return False
    return _JOINED.search(local) is not None or domain.split(".", maxsplit=1)[0].lower() in _PROVIDERS


def _is_endless(local: str, domain: str) -> bool:
    """Whether "local@domain" without a top-level domain is an address."""
    if domain in _PROVIDERS:
        return True
    return domain not in _PLACES and len(local) > 2 and any(c.isalpha() for c in local)


def _last_word(local: str) -> str:
    """What stands before "at", without a sentence that ends there: "rude.look" is "look"."""
    return re.split(r"[._+]", local.lower())[-1]
