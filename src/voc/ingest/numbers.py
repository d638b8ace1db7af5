"""Cells of revenue, weights and durations -> numbers; whether "1.299" is a thousand or a fraction is decided per column, never guessed."""

from __future__ import annotations

import math
import re

_CURRENCY = re.compile(r"^(?:(?:US|A|CA)?[£$€¥]|EUR|USD|GBP|CHF|SEK|NOK|DKK|kr)\s?|\s?(?:[£$€¥]|EUR|USD|GBP|CHF|SEK|NOK|DKK|kr)$")
MAJORITY = 0.9  # of the cells that tell
_GROUPED = {sign: re.compile(rf"[-+]?\d{{1,3}}(?:[{other}\u00a0\u202f' ]\d{{3}})+(?:[{sign}]\d+)?") for sign, other in ((".", ","), (",", "."))}
_PLAIN = {sign: re.compile(rf"[-+]?\d+(?:[{sign}]\d+)?(?:[eE][-+]?\d+)?") for sign in ".,"}
_SHAPE = re.compile(r"[-+]?\d+(?:[.,\u00a0\u202f' ]\d+)*(?:[eE][-+]?\d+)?")
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:\.\d+)?")


def numbers(texts: list[str], *, decimal: str = "", usual: str = "", clock: bool = False) -> list[float]:
    """Numbers as people write them, all of one column.

    Args:
        texts: distinct cells, currency signs allowed.
        decimal: the sign of fractions, "." or ","; "" finds it out from cells that can be read in one way only.
        usual: the sign to go by where no cell tells.
        clock: "00:05:12" is a duration, in seconds.

    Returns:
        one number per text; inf where it is none, or where the column does not tell which of two numbers it is.

    >>> numbers(["12.5", "£1,299.50", "1,299"]), numbers(["12,5", "1.299,50 €", "1.299"])
    ([12.5, 1299.5, 1299.0], [12.5, 1299.5, 1299.0])
    >>> numbers(["1.299", "many"]), numbers(["1.299"], decimal="."), numbers(["00:05:12"], clock=True)
    ([inf, inf], [1.299], [312.0])
    """
    plain = [_CURRENCY.sub("", text) for text in texts]
    told = [next(iter(signs)) for text in plain if _SHAPE.fullmatch(text) and len(signs := _signs(text)) == 1]
    known = {decimal} if decimal else {sign for sign in set(told) if told.count(sign) > (1 - MAJORITY) * len(told)} or set(usual)
    return [_number(text, known, clock) for text in plain]


def is_ambiguous(text: str) -> bool:
    """Whether a cell is a number that means one thing with a decimal point and another with a decimal comma.

    >>> is_ambiguous("1.299"), is_ambiguous("£1,299"), is_ambiguous("1.29"), is_ambiguous("many")
    (True, True, False, False)
    """
    return len({_value(_CURRENCY.sub("", text), sign) for sign in ".,"} - {None}) > 1


def _signs(text: str) -> set[str]:
    """Which signs of fractions this number can be written with; none for whole numbers, which are the same either way."""
    if text.lstrip("+-").isdigit():
        return set()
    return {sign for sign in ".," if _value(text, sign) is not None}


def _number(text: str, known: set[str], clock: bool) -> float:
    # A column that shows both signs is read cell by cell, where a cell has only one reading.
    readings = {value for sign in (known if len(known) == 1 else ".,") if (value := _value(text, sign)) is not None}
    if len(readings) == 1:
        return readings.pop()
    if clock and (found := _CLOCK.fullmatch(text)):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return float(3600 * hours + 60 * minutes + seconds)
    return math.inf


def _value(text: str, sign: str) -> float | None:
    """The number, when fractions are written with this sign: "0.853" is none with a comma, for no thousand begins with 0."""
    if _PLAIN[sign].fullmatch(text):
        return float(text.replace(",", "."))
    if _GROUPED[sign].fullmatch(text) and not re.match(r"[-+]?0", text):
        whole, _, fraction = text.partition(sign)
        return float(f"{re.sub(r'[^0-9+-]', '', whole)}.{fraction or 0}")
    return None
