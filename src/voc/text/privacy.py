"""str -> str: personal data in a comment hidden behind tokens such as [EMAIL]."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from voc.schema import VocError

KINDS = {
    "EMAIL": "e-mail addresses", "LINK": "web addresses", "CARD": "card numbers", "PHONE": "telephone numbers",
    "NUMBER": "order and account numbers", "NAME": "names",
}  # fmt: skip
DEFAULT_MODEL = "en_core_web_sm"
LONGEST = 10_000_000  # characters
PHONE_REGIONS = {"GB": "POSSIBLE", "US": "POSSIBLE", "DE": "VALID", "FR": "VALID"}  # and how sure a number must be
PHONE_DIGITS = 9  # fewer are aircraft types and dates more often than telephone numbers
TAKEN = "\ue000"  # stands for a character that is hidden already
Span = tuple[int, int, str]
_TOKEN = re.compile(rf"\[(?:{'|'.join(KINDS)})\]")

_EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_DOMAIN_END = "com|org|net|edu|gov|io|app|shop|store|info|biz|online|site|example|uk|de|fr|es|nl|ch|se|dk|fi|ie|pt|pl|eu|ca|au|nz|jp|ly"
# Endings that are words too: "rude.me and my wife" is a slip of the space bar unless a path follows.
_WORD_END = "co|me|it|be|at|no|us|in|is|so|to"
_DOT = r"(?:\s*(?:\(dot\)|\[dot\]|\{dot\})\s*|\s+dot\s+)"
_AT = r"\s*(?:\(at\)|\[at\]|\{at\})\s*"
_SPELT = re.compile(
    rf"(?<![\w.])[\w.+-]{{1,40}}(?:{_DOT}[\w-]{{1,40}}){{0,3}}"
    rf"(?:{_AT}[\w-]{{1,40}}(?:(?:{_DOT}|\.)[\w-]{{1,40}}){{0,2}}(?:{_DOT}|\.)|\s+at\s+[\w-]{{1,40}}(?:{_DOT}[\w-]{{1,40}}){{0,2}}{_DOT})"
    rf"(?:{_DOMAIN_END}|{_WORD_END})\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'\ue000]+[^\s<>\"'.,;:!?)\]\ue000]", re.IGNORECASE)
_PATH = r"(?:[^\s<>\"'\ue000]*[^\s<>\"'.,;:!?)\]\ue000])?"
_BARE_LINK = re.compile(
    rf"(?<![\w@.-])(?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,5}}(?:(?:{_DOMAIN_END})(?![\w-]|\.\w)(?::\d+)?(?:[/?#]{_PATH})?|(?:{_WORD_END})/{_PATH})",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\w/.])\d(?:[ -]?\d){7,}(?![\w/])")
_CARD = re.compile(r"(?<![\w/.])\d(?:[ -]?\d){12,18}(?![\w/])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b")
_NOUN = (
    "order|ord|job|ref|reference|ticket|invoice|inv|case|booking|account|acc(?:t|ount)?|tracking|track|customer|client|"
    "member(?:ship)?|policy|serial|confirmation|conf|pnr|rma|parcel|shipment|consignment|loyalty|"
    "(?:gift|loyalty|store|points) ?card|receipt|contract|claim|complaint|repair|quote|voucher|sort code|iban|"
    "bestellung|bestell|kunden|rechnung|commande|dossier|pedido"
)
_MARK = r"(?:number|numbers|no\.?|nr\.?|num|nummer|num[eé]ro|id|code|ref|reference|n°|#)"
_UNIT = r"\s?(?:pounds|euros?|dollars|quid|items|points)"
# A code has at least three digits: "4471-88213", "#4490", "5003x00001AbCdE".
_CODE = r"#?(?=(?:[\w/-]{0,30}?\d){3})[A-Z0-9]{1,20}(?:[/-][A-Z0-9]{1,20}){0,4}"
# "order no. 4471", "policy number HOM 4471 2290": a noun, a word for number, then nearly anything.
_MARKED = re.compile(
    rf"\b(?:{_NOUN})s?(?:\s*{_MARK}){{1,3}}(?:\s+(?:is|was))?\s*[:=]?\s*"
    rf"(?P<code>{_CODE}(?: \d{{2,5}}\b){{0,3}}|[A-Z]{{2,4}}(?: \d{{1,5}}){{2,4}})(?![\w/])",
    re.IGNORECASE,
)
# "order 44718", "ticket is A-4490": a noun alone; the code must be longer, or mix letters and digits.
_CODED = re.compile(
    rf"\b(?:{_NOUN})(?:\s+(?:is|was|of))?(?:\s*[:=]\s*|\s+)"
    rf"(?P<code>(?=[\w/-]*[\d-]{{4}}|[\w/-]*[A-Z-]\w*\d|#){_CODE})(?![\w/]|{_UNIT})",
    re.IGNORECASE,
)
_HASHED = re.compile(r"(?<!\w)#(?=\w*\d{4}|\w*[A-Z]\w*\d{3})(?!\d{4}\b)[A-Z0-9]{3,14}(?:-[A-Z0-9]{1,10}){0,3}\b", re.IGNORECASE)
_PREFIXED = re.compile(
    r"(?<![\w/])(?:ORD|INV|REF|TKT|TCK|CASE|RMA|CUST|ACC|BKG|PAY|POL|SN|PO|SO|WO|TT|CS|INC|REQ|CRN|AWB|WTY)[-/ ]?"
    r"(?=[\w/-]*\d{3})[A-Z0-9]{2,12}(?:[-/][A-Z0-9]{1,12}){0,4}\b"
)
_LETTERED = re.compile(
    r"\b(?:[A-Z]{1,4}\d{6,}(?:-\d+)?[A-Z]{0,3}|[A-Z]{2,3}(?: \d{3}){2,4}(?: [A-Z]{2})?|1Z[A-Z0-9]{16}|[A-Z]{2,4}(?:-\d{2,}){2,}|[A-Z]{1,4}-\d{5,})\b"
)
_PHONE_SHAPE = re.compile(r"[+(]?\d[\d\s().-]{6,}\d")
# Dates and times are out of sight of the rules for numbers, so that none is joined with its neighbours.
_DATE = re.compile(r"(?<![\w/.-])(?:\d{4}-\d\d?-\d\d?|\d{1,2}([/.-])\d{1,2}\1(?:19|20)\d\d|\d{1,2}:\d{2}(?::\d{2})?)(?![\w/-]|\.\d)")
# What looks like a code and is a date, a span of days or an aircraft.
_NO_CODE = re.compile(
    r"#?(?:\d{4}[-/.][01]?\d[-/.][0-3]?\d|\d{1,2}[-/.]\d{1,2}(?:[-/. ](?:19|20)?\d\d)?|7[0-9]7-\d{3}|(?:19|20)\d\d(?:[-/](?:19|20)?\d\d)?)"
)
# Without a language model only what announces a name is taken for one: "Mr Smith", "my name is Jo Bell".
_NAME = r"(?P<name>[A-Z][\w’'-]+(?:\s+[A-Z][a-z][\w’'-]*)?)"
_TITLED = re.compile(
    rf"\b(?:(?:M[rs]|Mrs|M[RS]|MRS|Mx|D[rR]|Prof|Sra?)\.?|Miss|Herr|Frau|Mme|Mlle|Signora?)\s+{_NAME}|\bmrs?\.?\s+(?P<low>[a-z][a-z’'-]{{2,}})\b"
)
_INTRODUCED = re.compile(rf"\b(?:[Mm]y name is|[Mm]y name's|[Tt]he name is|[Ss]erved by|[Hh]elped by|[Rr]egards,)\s+{_NAME}")
_NO_NAMES = frozenset("the a an my your our his her their this that it i i've we you they and but so at mr mrs ms miss mx dr prof herr frau".split())


def redact(text: str) -> str:
    """Hide e-mail addresses, links, telephone, card and order numbers behind tokens such as [EMAIL], and names that announce themselves.

    >>> redact("mail me at jo@example.com or 020 7946 0991, order 4471-88213, ask for Mr Bell")
    'mail me at [EMAIL] or [PHONE], order [NUMBER], ask for Mr [NAME]'
    """
    return _hidden(text, personal_spans(text))


def redact_all(texts: list[str]) -> list[str]:
    """`redact` each text, and hide the names that the language model finds, where one is installed."""
    safe = [redact(t) for t in texts]
    pipeline = _name_finder()
    if pipeline is None:
        return safe
    return [_hidden(doc.text, _names(doc)) for doc in pipeline.pipe(safe)]


def personal_spans(text: str) -> list[Span]:
    """Where personal data stands in a text: (start, end, kind), in order and without overlap.

    Rules are tried from the most certain to the least; what one has found is out of sight of the next, and all are
    tried again until they find nothing more: two telephone numbers side by side hide one another at first.
    """
    found: list[Span] = []
    shown, before = text, -1
    while len(found) > before:
        before = len(found)
        for finder in (_addresses, _names_announced, _numbers):
            spans = _disjoint(finder(shown))
            found += spans
            shown = _masked(shown, spans)
    return sorted(found)


def _disjoint(spans: Iterable[Span]) -> list[Span]:
    """Spans that overlap none before them, in order of place."""
    taken: set[int] = set()
    kept = []
    for start, end, kind in spans:
        if taken.isdisjoint(range(start, end)):
            taken.update(range(start, end))
            kept.append((start, end, kind))
    return sorted(kept)


def _masked(text: str, spans: list[Span]) -> str:
    """The text with what was found out of sight, in the same places."""
    return _replaced(text, [(start, end, TAKEN * (end - start)) for start, end, _ in spans])


def names_found_by() -> str:
    """The language model that finds names, with its version; "" when none is installed."""
    if wanted := os.environ.get("VOC_LANGUAGE_MODEL"):
        return os.path.basename(wanted)
    return f"{DEFAULT_MODEL} {importlib.metadata.version(DEFAULT_MODEL)}" if _has_default_model() else ""


def _hidden(text: str, spans: list[Span]) -> str:
    return _replaced(text, [(start, end, f"[{kind}]") for start, end, kind in spans])


def _replaced(text: str, changes: list[Span]) -> str:
    """The text with some places replaced; they are in order and do not overlap."""
    pieces, last = [], 0
    for start, end, new in changes:
        pieces += [text[last:start], new]
        last = end
    return "".join([*pieces, text[last:]])


def _addresses(text: str) -> Iterator[Span]:
    """E-mail and web addresses."""
    if "@" in text:
        yield from _matches(_EMAIL, text, "EMAIL")
        text = _EMAIL.sub(lambda m: TAKEN * len(m.group()), text)
    lowered = text.lower()
    if ("dot" in lowered or "(at" in lowered or "[at" in lowered or " at " in lowered) and (found := list(_matches(_SPELT, text, "EMAIL"))):
        yield from found
        text = _SPELT.sub(lambda m: TAKEN * len(m.group()), text)
    if "://" in text or "www." in lowered:
        yield from _matches(_LINK, text, "LINK")
        text = _LINK.sub(lambda m: TAKEN * len(m.group()), text)
    if "." in text:
        yield from _matches(_BARE_LINK, text, "LINK")


def _names_announced(text: str) -> Iterator[Span]:
    last = 0
    for m in sorted([*_TITLED.finditer(text), *_INTRODUCED.finditer(text)], key=lambda m: m.start()):
        start, end = m.span("low") if "low" in m.re.groupindex and m.group("low") else m.span("name")
        if start >= last and text[start:end].split(maxsplit=1)[0].rstrip(".").lower() not in _NO_NAMES:
            last = end
            yield start, end, "NAME"


def _numbers(text: str) -> Iterator[Span]:
    """Card, account, telephone and order numbers."""
    if not any(c.isdigit() for c in text):
        return
    text = _DATE.sub(lambda m: TAKEN * len(m.group()), text)
    for finder in (_cards, _codes, _phones, _long_numbers):
        spans = _disjoint(finder(text))
        yield from spans
        text = _masked(text, spans)


def _cards(text: str) -> Iterator[Span]:
    for m in _CARD.finditer(text):
        if _is_card(m.group()):
            yield m.start(), m.end(), "CARD"


def _codes(text: str) -> Iterator[Span]:
    for shape in (_IBAN, _MARKED, _CODED, _HASHED, _PREFIXED, _LETTERED):
        for m in shape.finditer(text):
            start, end = m.span("code") if "code" in shape.groupindex else m.span()
            if not _NO_CODE.fullmatch(text[start:end]):
                yield start, end, "NUMBER"


def _phones(text: str) -> Iterator[Span]:
    import phonenumbers

    if not _PHONE_SHAPE.search(text):
        return
    for region, leniency in PHONE_REGIONS.items():
        for m in phonenumbers.PhoneNumberMatcher(text, region, getattr(phonenumbers.Leniency, leniency)):
            if sum(c.isdigit() for c in m.raw_string) >= PHONE_DIGITS:
                yield m.start, m.end, "PHONE"


def _long_numbers(text: str) -> Iterator[Span]:
    for m in _DIGITS.finditer(text):
        if not _NO_CODE.fullmatch(m.group()):
            yield m.start(), m.end(), "NUMBER"


def _matches(shape: re.Pattern[str], text: str, kind: str) -> Iterator[Span]:
    for m in shape.finditer(text):
        yield m.start(), m.end(), kind


def _is_card(digits: str) -> bool:
    """Luhn's check on 13 to 19 digits."""
    numbers = [int(d) for d in re.sub(r"\D", "", digits)]
    if not 13 <= len(numbers) <= 19:
        return False
    doubled = [d if i % 2 == 0 else (d * 2 - 9 if d > 4 else d * 2) for i, d in enumerate(reversed(numbers))]
    return sum(doubled) % 10 == 0


def _names(doc: Any) -> list[Span]:
    """Where the model sees people; a token of ours that it takes for a part of a name is left alone."""
    tokens = [m.span() for m in _TOKEN.finditer(doc.text)]
    spans: list[Span] = []
    for entity in doc.ents:
        if entity.label_ not in ("PERSON", "PER"):
            continue
        start = entity.start_char
        inside = [(a, b) for a, b in tokens if a < entity.end_char and b > entity.start_char]
        for a, b in [*inside, (entity.end_char, entity.end_char)]:
            piece = doc.text[start:a]
            if any(c.isalpha() for c in piece):
                left = start + len(piece) - len(piece.lstrip())
                spans.append((left, left + len(piece.strip()), "NAME"))
            start = max(start, b)
    return spans


def _has_default_model() -> bool:
    return importlib.util.find_spec(DEFAULT_MODEL) is not None


@cache
def _name_finder() -> Any:
    """The language pipeline, when one that finds names is installed: the model named by VOC_LANGUAGE_MODEL, or en_core_web_sm."""
    wanted = os.environ.get("VOC_LANGUAGE_MODEL", "")
    if not wanted and not _has_default_model():
        return None
    import spacy  # heavy third-party import, deferred so that `import voc` stays light

    try:
        pipeline = spacy.load(wanted or DEFAULT_MODEL)
    except (OSError, ValueError) as error:
        raise VocError(f'the language model "{wanted or DEFAULT_MODEL}" cannot be loaded: {str(error).splitlines()[0][:120]}') from None
    pipeline.max_length = LONGEST
    return pipeline
