"""str -> spans of card, account, telephone and order numbers and of dates of birth."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voc.text.spans import DIGIT, TAKEN, Span, disjoint, masked, matches, without

PHONE_REGIONS = {"GB": "POSSIBLE", "US": "POSSIBLE", "DE": "VALID", "FR": "VALID"}  # and how sure a number must be
PHONE_DIGITS = 9  # fewer are aircraft types and dates more often than telephone numbers

_DIGITS = re.compile(r"(?<![\w/.])(?:\d(?:[ -]?\d){9,}(?:/\d{1,4})+|\d(?:[ -]?\d){7,})(?![\w/])")
_CARD = re.compile(r"(?<![\w/.])\d(?:[ -]?\d){12,18}(?![\w/])")
_SCHEME = r"(?:[3456]\d|2[2-7])"  # what card numbers begin with; no year does
_JOINT = r"(?:\s?[-–—−‑./_·]\s?|\s)"
_CARD_GROUPS = re.compile(
    rf"(?<!\d)(?<!\d[.,-])(?={_SCHEME})(?:\d{{4}}(?P<joint>{_JOINT})\d{{4}}(?P=joint)\d{{4}}(?P=joint)\d{{4}}"
    rf"|3\d{{3}}(?P<amex>{_JOINT})\d{{6}}(?P=amex)\d{{4,5}})(?!\d)"
)
_CARD_GLUED = re.compile(
    rf"(?:(?<![^\W_])(?<!\d[.,])|card|visa|mastercard|maestro|amex|debit|credit|karte|carte|no|nr|number|nummer)(?P<code>{_SCHEME}\d{{11,17}})(?!\d)",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b")
_IBAN_LOW = re.compile(r"\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,3})?\b", re.IGNORECASE)
_IBAN_SAID = re.compile(r"\biban(?:\s+(?:is|was|ist))?\s*[:=]?\s*(?P<code>[a-z]{2}\d{2}[a-z0-9]{11,30})\b", re.IGNORECASE)
_NOUN = (
    "order|ord|job|ref|reference|ticket|invoice|inv|case|booking|reservation|account|acc(?:t|ount)?|tracking|track|customer|client|"
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
# "PNR: X7K9QP", "booking ref X7K9QP": letters and digits mixed, too few digits for the rules above.
_LOCATOR = re.compile(
    r"\b(?:pnr|ref|locator|(?:booking|reservation|confirmation|order|ticket|flight)\s?(?:ref(?:erence)?|code|number|no\.?|nr\.?|id)|buchungs(?:code|nummer))"
    r"(?:\s+(?:is|was|ist))?\s*[:=#]?\s*(?P<code>(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{5,8})(?![\w/-])",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\d{1,3}[a-z]{2,}")  # "ref 4days", "booking number 30kgs"
# "Order12345678" and "my order, 4471882,": things that are counted ("in my case, 10000 ...") are left out.
_THING = (
    r"(?:order|booking|reservation|invoice|ticket|ref|reference|account|tracking|policy|membership|bestellung|bestellnummer|rechnung|commande|pedido)"
)
_ASIDE = re.compile(rf"\b{_THING}(?:\s?[,(]\s?#?)?(?P<code>\d{{5,20}}(?:-\d{{1,10}}){{0,3}})(?![\w/]|[.,]\d|{_UNIT})", re.IGNORECASE)
_SORT_CODE = re.compile(r"\b(?:sort\s?code|s/c|SC)(?:\s+(?:is|was))?\s*[:=]?\s*(?P<code>\d\d([-–. ]?)\d\d\2\d\d)(?![\w/-])", re.IGNORECASE)
_HASHED = re.compile(r"(?<!\w)#(?=\w*\d{4}|\w*[A-Z]\w*\d{3})(?!\d{4}\b)[A-Z0-9]{3,14}(?:-[A-Z0-9]{1,10}){0,3}\b", re.IGNORECASE)
_PREFIXED = re.compile(
    r"(?<![\w/])(?:ORD|INV|REF|TKT|TCK|CASE|RMA|CUST|ACC|BKG|PAY|POL|SN|PO|SO|WO|TT|CS|INC|REQ|CRN|AWB|WTY)[-/ ]?"
    r"(?=[\w/-]*\d{3})[A-Z0-9]{2,12}(?:[-/][A-Z0-9]{1,12}){0,4}\b"
)
_LETTERED = re.compile(
    r"\b(?:[A-Z]{1,4}\d{6,}(?:-\d+)?[A-Z]{0,3}|[A-Z]{2,3}(?: \d{3}){2,4}(?: [A-Z]{2})?|1Z[A-Z0-9]{16}|[A-Z]{2,4}(?:-\d{2,}){2,}|[A-Z]{1,4}-\d{5,})\b"
)
_PHONE_SHAPE = re.compile(r"[+(]?\d[\d\s().-]{6,}\d")
# "030/1234567", the usual form in German, but not "0900/1730": two times of day.
_CLOCK = r"(?:[01]\d|2[0-3])[0-5]\d"
_SLASHED = re.compile(
    rf"(?<![\w/.,-])(?<!\d )(?!{_CLOCK}/{_CLOCK}(?!\d))\(?0\d{{2,4}}\)?\s?/\s?(?=(?:[ -]?\d){{5}})\d(?:[ -]?\d){{4,9}}(?![\w/]|[.,]\d)"
)
_NEXT_LINE = re.compile(r"(?:\s?/\s?\d{1,4})+(?![\w/]|[ -]?\d\d)")  # "020 7946 0991/0992"
_LEFT_OVER = re.compile(rf"(?<={TAKEN})\s?/\s?(?P<code>\d{{3,}})(?!\w)")
# Dates and times are out of sight of the rules for numbers, so that none is joined with its neighbours.
_DATE = re.compile(r"(?<![\w/.-])(?:\d{4}-\d\d?-\d\d?|\d{1,2}([/.-])\d{1,2}\1(?:19|20)\d\d|\d{1,2}:\d{2}(?::\d{2})?)(?![\w/-]|\.\d)")
# So are lists of prices and of years, and thousands set apart by blanks, before telephone numbers are looked for.
_CURRENCY = r"(?:[£$€¥]|(?:yen|euros?|eur|usd|gbp|jpy|dollars?|pounds?|quid|kr|kronor|kroner|sek|nok|dkk|pln|chf|francs?|rupees?|rubles?|roubles?)\b)"
_AMOUNTS = re.compile(
    r"(?<![\w.,/+-])(?<!\d )(?:"
    r"[£$€¥]?\d{1,5}[.,]\d\d(?:(?:\s?[,;/&+]\s?|\s)[£$€¥]?\d{1,5}[.,]\d\d)+(?![.,]?\d|[ -]\d{3})"
    r"|(?:19|20)\d\d(?:[ ,/]{1,2}(?:19|20)\d\d)+(?![\w/]|[ -]?\d{3})"
    rf"|[£$€¥]\s?\d{{1,3}}(?: \d{{3}})+(?![\w-]| \d)|\d{{1,3}}(?: \d{{3}})+(?=\s?{_CURRENCY})|\d{{1,3}}(?: 000){{2,}}(?![\w-]| \d))",
    re.IGNORECASE,
)
# What looks like a code and is a date, a span of days or an aircraft.
_NO_CODE = re.compile(
    r"#?(?:\d{4}[-/.][01]?\d[-/.][0-3]?\d|\d{1,2}[-/.]\d{1,2}(?:[-/. ](?:19|20)?\d\d)?|7[0-9]7-\d{3}|(?:19|20)\d\d(?:[-/](?:19|20)?\d\d)?"
    r"|(?:19|20)\d\d(?:[-/ ](?:19|20)\d\d)+)"
)
_BORN = (
    r"(?:born|dob|d\.o\.b\.?|date of birth|birth ?date|geboren|geb\.|geburtsdatum|née?|date de naissance|nacid[oa]|fecha de nacimiento|"
    r"geboortedatum)(?:\s+(?:is|was|on|the|am|ist|le|el|op))*"
)
_IN_DIGITS = r"\d{1,2}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?(?:\d{4}|\d\d)|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
_WITH_MONTH = r"\d{1,2}(?:st|nd|rd|th|\.)?\s(?:of\s)?[^\W\d_]{3,10}\.?,?\s\d{4}|[^\W\d_]{3,10}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{4}"
# A date is personal only after a word that makes it a date of birth.
_BIRTH = re.compile(rf"\b{_BORN}\s*[:=]?\s*(?P<code>{_IN_DIGITS}|{_WITH_MONTH})(?![\w/-])", re.IGNORECASE)


def numbers(text: str) -> Iterator[Span]:
    """Card, account, telephone and order numbers, and dates of birth."""
    digits = len(DIGIT.findall(text))
    if not digits:
        return
    # In this order: a finder's places are found, a shape's places are only out of sight of what comes after.
    steps = (
        (5, _births),
        (2, _DATE),
        (8, _ibans),
        (13, _cards),
        (1, _locators),
        (2, _codes),
        (6, _AMOUNTS),
        (8, _phones),
        (8, _long_numbers),
        (3, _left_over),
    )
    for fewest, step in steps:
        if digits < fewest:
            continue
        if isinstance(step, re.Pattern):
            text = without(step, text)
        else:
            spans = disjoint(step(text))
            yield from spans
            text = masked(text, spans)


def _births(text: str) -> Iterator[Span]:
    yield from matches(_BIRTH, text, "NUMBER")


def _ibans(text: str) -> Iterator[Span]:
    yield from matches(_IBAN, text, "NUMBER")
    yield from matches(_IBAN_SAID, text, "NUMBER")
    for m in _IBAN_LOW.finditer(text):
        # Words after it may have been taken for a part of it.
        ends = [m.end(), *(m.start() + blank.start() for blank in re.finditer(" ", m.group()))]
        if valid := [end for end in ends if _is_iban(text[m.start() : end])]:
            yield m.start(), max(valid), "NUMBER"


def _cards(text: str) -> Iterator[Span]:
    for shape in (_CARD_GROUPS, _CARD, _CARD_GLUED):
        for start, end, kind in matches(shape, text, "CARD"):
            if _is_card(text[start:end]) and not _NO_CODE.fullmatch(text[start:end]):
                yield start, end, kind


def _locators(text: str) -> Iterator[Span]:
    for start, end, kind in matches(_LOCATOR, text, "NUMBER"):
        if not _COUNTED.fullmatch(text[start:end]):
            yield start, end, kind


def _codes(text: str) -> Iterator[Span]:
    yield from matches(_SORT_CODE, text, "NUMBER")
    for shape in (_MARKED, _CODED, _ASIDE, _HASHED, _PREFIXED, _LETTERED):
        for start, end, kind in matches(shape, text, "NUMBER"):
            if not _NO_CODE.fullmatch(text[start:end]):
                yield start, end, kind


def _phones(text: str) -> Iterator[Span]:
    for start, end in [*_possible_phones(text), *(m.span() for m in _SLASHED.finditer(text))]:
        more = _NEXT_LINE.match(text, end)
        yield start, more.end() if more else end, "PHONE"


def _possible_phones(text: str) -> Iterator[tuple[int, int]]:
    """What the telephone library finds."""
    import phonenumbers

    if not _PHONE_SHAPE.search(text):
        return
    for region, leniency in PHONE_REGIONS.items():
        for m in phonenumbers.PhoneNumberMatcher(text, region, getattr(phonenumbers.Leniency, leniency)):
            if sum(c.isdigit() for c in m.raw_string) >= PHONE_DIGITS:
                yield m.start, m.end


def _long_numbers(text: str) -> Iterator[Span]:
    for m in _DIGITS.finditer(text):
        if not _NO_CODE.fullmatch(m.group()):
            yield m.start(), m.end(), "NUMBER"


def _left_over(text: str) -> Iterator[Span]:
    """What a number that is hidden already is joined with."""
    yield from matches(_LEFT_OVER, text, "NUMBER")


def _is_card(digits: str) -> bool:
    """Luhn's check on 13 to 19 digits."""
    numbers = [int(d) for d in re.sub(r"\D", "", digits)]
    if not 13 <= len(numbers) <= 19:
        return False
    doubled = [d if i % 2 == 0 else (d * 2 - 9 if d > 4 else d * 2) for i, d in enumerate(reversed(numbers))]
    return sum(doubled) % 10 == 0


def _is_iban(code: str) -> bool:
    """The check of ISO 13616: country and check digits moved to the end, letters as 10 to 35, remainder 1 after division by 97."""
    plain = code.replace(" ", "")
    return 15 <= len(plain) <= 34 and int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1
