"""Bytes of a text file -> the same text as UTF-8, with what was found and what had to be repaired."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import pandas as pd
import pyarrow.compute as pc

from voc.ingest.formats.distinct import matching
from voc.ingest.formats.grid import arrow_of
from voc.schema import VocError

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What UTF-8 looks like when it was once read as Windows text: "Ã©", "â€™".
WRONGLY_READ = "[\u00c2-\u00f4][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
LOOKED_AT = 200_000  # bytes shown to the detector; it needs text, not all of it
# A character outside ASCII as UTF-8 writes it.
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_RUN = re.compile(rb"[\x80-\xff]+")
_LATIN = ("Windows-1250", "Windows-1254", "Windows-1257", "ISO-8859-2", "ISO-8859-9", "ISO-8859-16")
ENOUGH_LETTERS = 60
_FOREIGN = re.compile(rb"[^\n]*[\x80-\xff][^\n]*\n?")


@dataclass(frozen=True)
class Decoded:
    """A text file in UTF-8.

    Attributes:
        data: the text as UTF-8, without byte order mark.
        encoding: what the file was written in, in words: "UTF-8", "cp1252 (detected)".
        repaired: characters that did not fit the rest of the file and were read as Windows text (cp1252), or could not be read.
    """

    data: bytes
    encoding: str
    repaired: int = 0


def decode(raw: bytes, name: str, declared: str = "") -> Decoded:
    """Find out how a text file was written and turn it into UTF-8.

    A byte order mark decides; then valid UTF-8; then a file that is mostly UTF-8 is taken as such and its stray bytes
    as cp1252, each counted; anything else is left to `chardet`.

    Raises:
        VocError: the declared encoding does not exist or does not fit, or the bytes are no text.
    """
    if declared:
        return _declared(raw, name, declared)
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            return _marked(raw, mark, encoding, name)
    if (hidden := _unmarked_utf16(raw)) != "":
        return Decoded(_strictly(raw, hidden, name), f"{hidden.upper()} (detected)")
    try:
        raw.decode("utf-8")
        return Decoded(raw, "UTF-8")
    except UnicodeDecodeError:
        pass  # the ordinary case of an older export; what follows finds out which
    good = sum(len(m) for m in _SEQUENCE.findall(raw))
    foreign = len(raw) - len(raw.translate(None, bytes(range(128, 256))))
    return _mixed(raw) if good * 2 >= foreign else _detected(raw, name)


def _declared(raw: bytes, name: str, encoding: str) -> Decoded:
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise VocError(f'encoding "{encoding}" is not known; common ones are utf-8, cp1252, utf-16 and shift_jis') from None
    return Decoded(_strictly(raw, encoding, name).removeprefix(codecs.BOM_UTF8), f"{encoding} (declared)")


def _marked(raw: bytes, mark: bytes, encoding: str, name: str) -> Decoded:
    words = f"{encoding.upper()} with byte order mark"
    if encoding != "utf-8":
        return Decoded(_strictly(raw, encoding, name), words)
    body = raw[len(mark) :]
    try:
        body.decode("utf-8")
        return Decoded(body, words)
    except UnicodeDecodeError:
        mixed = _mixed(body)
        return Decoded(mixed.data, words, mixed.repaired)


def _strictly(raw: bytes, encoding: str, name: str) -> bytes:
    try:
        return raw.decode(encoding).encode("utf-8", errors="replace")
    except (UnicodeError, ValueError, LookupError) as error:
        raise VocError(f"{name} cannot be read as {encoding}: {str(error)[:120]}; save it again as CSV UTF-8") from None


def _unmarked_utf16(raw: bytes) -> str:
    """UTF-16 without a mark: every other byte of Latin text is zero."""
    head = raw[:4000]
    odd, even = head[1::2].count(0), head[::2].count(0)
    half = len(head) // 2
    if half < 8 or max(odd, even) < 0.7 * half or min(odd, even) > 0.1 * half:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _mixed(raw: bytes) -> Decoded:
    """UTF-8 with stray bytes of another encoding: each stray byte is read as Windows does."""
    repaired = 0

    def as_windows(error: UnicodeError) -> tuple[str, int]:
        nonlocal repaired
        if not isinstance(error, UnicodeDecodeError):
            raise error
        repaired += error.end - error.start
        return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end

    codecs.register_error("voc.as_windows", as_windows)
    text = raw.decode("utf-8", errors="voc.as_windows")
    return Decoded(text.encode(), "UTF-8 with stray bytes of another encoding", repaired)


def _detected(raw: bytes, name: str) -> Decoded:
    import chardet  # only for files that are not UTF-8

    if b"\x00" in raw[:LOOKED_AT]:
        raise VocError(f"{name} is not a text file that voc can read; save it as CSV UTF-8, or name its encoding under [file]")
    shown = b"".join(m.group() for m in _FOREIGN.finditer(raw[: 20 * LOOKED_AT]))[:LOOKED_AT]
    runs = _RUN.findall(shown)
    foreign = sum(map(len, runs))
    found = chardet.detect(shown, encoding_era=chardet.EncodingEra.MODERN_WEB)["encoding"]
    # Single accented letters between plain ones are Western text, unless there is a lot of them to tell a neighbour's code page from.
    western = foreign < 2 * len(runs)
    if western and (foreign < ENOUGH_LETTERS or found not in _LATIN) and _fits(raw, "cp1252"):
        found = "cp1252"
    if found is None:
        raise VocError(f"{name} is not a text file that voc can read; save it as CSV UTF-8, or name its encoding under [file]")
    text = raw.decode(found, errors="replace")
    return Decoded(text.encode(), f"{found} (detected)", text.count("\ufffd"))


def _fits(raw: bytes, encoding: str) -> bool:
    """Whether a code page knows every byte."""
    return "\ufffd" not in raw.decode(encoding, errors="replace")


def mended(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Repair text that had been read in a wrong encoding before it came to this file ("CafÃ©"), with `ftfy`.

    Returns:
        the frame, and column -> how many cells were repaired.
    """
    import ftfy

    counts: dict[str, int] = {}
    out = {}
    for name in frame:
        column = frame[name]
        if pc.all(pc.string_is_ascii(arrow_of(column))).as_py():
            continue
        hit = matching(column, WRONGLY_READ)
        if hit.any():
            texts = {t: ftfy.fix_encoding(t) for t in column[hit].unique()}
            n = int(column[hit].map({t: new != t for t, new in texts.items()}).sum())
            if n:
                counts[str(name)], out[name] = n, column.where(~hit, column.map(texts))
    return (frame.assign(**{str(k): v for k, v in out.items()}) if out else frame), counts
