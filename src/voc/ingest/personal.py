"""Columns that name or locate a person -> left out and said so; customer ids -> hashes that only this installation can make."""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import os
import re
import secrets
import unicodedata
from collections.abc import Container
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from voc import text
from voc.ingest.formats.distinct import Distinct
from voc.ingest.formats.grid import text_array
from voc.schema import VocError

KEY_FILE = ".voc-key"
# What columns that name or locate people are called, by single words without accents.
_WORDS = {
    "e-mail address": "email emails emailaddress mail courriel correo requestsentto",
    "IP address": "ip ipaddress ipaddr ipadresse clientip remoteip",
    "location": "latitude longitude lat lon lng gps geolocation locationlatitude locationlongitude locationaccuracy postcode postalcode zip zipcode "
    "plz postleitzahl codepostal address addr addressline street streetaddress strasse adresse anschrift hausnummer direccion indirizzo adres",
    "telephone number": "phone phonenumber phoneno telephone tel mobile mobilenumber mobilephone cell cellphone handy handynummer telefon "
    "telefonnummer telefono rufnummer mobil mobilnummer msisdn fax movil cellulare telefoon contactno contactnumber contactnr kontaktnummer",
    "date of birth": "dob birth dateof birthday birthdate dateofbirth geburtsdatum geburtstag naissance nacimiento nascita geboortedatum",
    "identity number": "ssn passport nino iban nationalinsurance socialsecurity sozialversicherungsnummer steuernummer ausweisnummer dni",
    "name": "name names nom naam nome firstname lastname surname fullname forename familyname givenname middlename recipientname recipientfirstname "
    "recipientlastname customername customerfirstname customerlastname contactname respondentname personname employeename employeefirstname "
    "employeelastname agentname contactperson ansprechpartner username vorname nachname familienname kundenname prenom apellido apellidos "
    "nombre cognome voornaam achternaam",
}
_KIND_OF = {word: kind for kind, words in _WORDS.items() for word in words.split()}
_CONTACTS = ("contactno", "contactnumber", "contactnr", "kontaktnummer", "contactperson")
# Words that change nothing about what a column holds: "What is your name?", "customer_email_address (optional)".
_FILLERS = frozenset(
    "what is are the a an my your our please enter leave give provide tell us write below here of and or optional if you wish want e no nr number "
    "home work private business mailing postal customer contact respondent recipient employee agent adviser advisor person user guest passenger "
    "invitee member client patient visitor caller participant staff details kontakt kunde kunden des der die das ihr ihre ihren du de la le "
    "votre vos su tu numero nummer".split()
)
_LONGEST_NAME = 5  # words; longer headings are questions: "Did we address your problem?"
_EMAIL = re.compile(r".*?[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}.*", re.DOTALL)
_PHONE = re.compile(r"\+\d{1,3}[\s(.-]?\d[\d\s().-]{6,16}\d|0\d{2,4}[\s/-]\d[\d\s-]{4,9}|\(?\d{3}\)?[\s-]\d{3}-\d{4}")
_DIGITS = re.compile(r"0[1-9]\d{8,9}")
_IP = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}")
_IBAN = re.compile(r"[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){3,7}(?: ?[A-Za-z0-9]{1,4})?", re.ASCII)
_CARD = re.compile(r"\d(?:[ -]?\d){12,18}")
# What most cells must look like where a name only contains such a word: "Delivery address", but not "Delivery address correct".
_CELLS = {
    "telephone number": re.compile(r"\+?\d[\d\s()./-]{5,}\d"),
    "location": re.compile(r"(?=.*\d)(?=.*[^\W\d_]).{5,}|-?\d{1,3}\.\d{3,}|\d{4,5}"),
    "date of birth": re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}.*"),
    "identity number": re.compile(r"(?=(?:.*\d){5})[\w -]{6,}"),
    "name": re.compile(r"[^\W\d_][\w.’'-]*(?: [^\W\d_][\w.’'-]*){0,3}"),
}
_SMALL = re.compile(r"[+-]?\d{1,2}(?:[.,]0+)?|yes|no|true|false|ja|nein|oui|non", re.IGNORECASE)
_A_GROUP = 12  # different texts
LOOKED_AT = 300


def personal_columns(frame: pd.DataFrame, wordings: dict[str, str] | None = None) -> dict[str, str]:
    """Columns that hold personal data: column -> what it holds.

    A column whose name, or whose question, says nothing else is believed, unless its cells are ratings or a few groups. A name that
    only contains such a word must be borne out by the cells. And e-mail addresses, telephone numbers and the like in most cells
    are personal under any name.

    Args:
        frame: columns of text.
        wordings: column -> question, where the file says.

    >>> personal_columns(pd.DataFrame({"IP Address": ["10.0.0.1"], "Your e-mail": ["y"], "contact": ["jo@example.com"], "Store name": ["Leeds"]}))
    {'IP Address': 'IP address', 'Your e-mail': 'e-mail address', 'contact': 'e-mail address'}
    """
    asked = wordings or {}
    return {str(c): kind for c in frame if (kind := _kind(str(c), asked.get(str(c), ""), frame[c]))}


def _kind(column: str, wording: str, cells: pd.Series) -> str:
    head = cells.head(5_000)
    filled = [t.strip() for t in head.unique() if t.strip()]
    for name in (column, wording):
        if (kind := _says_only(name)) and not _is_something_else(kind, filled[:LOOKED_AT], head):
            return kind
        if (kind := _mentions(name)) and _bears_out(kind, filled, head):
            return kind
    return _by_value(filled[:LOOKED_AT])


def _says_only(name: str) -> str:
    """What a column holds, where its name says nothing else; of "Your details - Name" the last part counts.

    >>> [_says_only(n) for n in ("Prénom", "Please leave your details - Name", "airline_name", "Contact no", "customerEmail", "Phone bill")]
    ['name', 'name', '', 'telephone number', 'e-mail address', '']
    """
    words = _words(name)
    for pair in ("".join(words), *(a + b for a, b in pairwise(words))):
        if pair in _CONTACTS:
            return _KIND_OF[pair]
    left = [w for w in words if w not in _FILLERS]
    kinds = []
    while left:
        size = next((k for k in (3, 2, 1) if len(left) >= k and "".join(left[:k]) in _KIND_OF), 0)
        if not size:
            return ""
        kinds.append(_KIND_OF["".join(left[:size])])
        left = left[size:]
    return kinds[0] if kinds else ""


def _mentions(name: str) -> str:
    """What a column may hold, where such a word is in its name beside others."""
    words = _words(name)
    is_name = len(words) <= _LONGEST_NAME and not name.rstrip().endswith("?")
    said = [*words, *(a + b for a, b in pairwise(words))] if is_name else []
    return next((kind for word in said if (kind := _KIND_OF.get(word, "")) in _CELLS and word not in ("name", "names")), "")


def _words(name: str) -> list[str]:
    """The words of a name's last part, in small letters without accents and without numbers behind them: "customerEmail", "Email1"."""
    part = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.split(r" [-–:] ", name)[-1]).replace("ß", "ss")
    plain = "".join(c for c in unicodedata.normalize("NFKD", part) if not unicodedata.combining(c))
    return [w for word in re.findall(r"[a-z0-9]+", plain.lower()) if (w := word.rstrip("0123456789"))]


def _is_something_else(kind: str, filled: list[str], cells: pd.Series) -> bool:
    """Ratings, yes and no, or a few groups under a name that sounds personal: "Mobile" may be a device."""
    if filled and kind != "location" and all(_SMALL.fullmatch(t) for t in filled):  # coordinates may be whole degrees
        return True
    category = kind in ("e-mail address", "telephone number") and len(filled) <= _A_GROUP
    return category and (cells != "").sum() >= 8 * len(filled) > 0 and not _by_value(filled)


def _bears_out(kind: str, filled: list[str], cells: pd.Series) -> bool:
    """Whether cells look like what the name hints at, and nearly every person has another one."""
    own = len(filled) > max(_A_GROUP, 0.5 * (cells != "").sum())
    looked = filled[:LOOKED_AT]
    return own and sum(bool(_CELLS[kind].fullmatch(t)) for t in looked) > 0.5 * len(looked)


def _by_value(filled: list[str]) -> str:
    """What most cells are, whatever the column is called; a tenth is enough for e-mail addresses."""
    rising = filled == sorted(filled)  # digits alone that rise from row to row are ids
    times = {
        "e-mail address": sum(bool(_EMAIL.fullmatch(t)) for t in filled) * 10,
        "telephone number": sum(bool(_PHONE.fullmatch(t) or (not rising and _DIGITS.fullmatch(t))) for t in filled) * 2,
        "identity number": sum(bool(_IBAN.fullmatch(t)) and _is_iban(t) for t in filled) * 2,
        "IP address": sum(bool(_IP.fullmatch(t)) and _is_address(t) for t in filled) * 2,
        "card number": sum(bool(_CARD.fullmatch(t)) and text.redact(t) == "[CARD]" for t in filled) * 2,
    }
    return next((kind for kind, n in times.items() if n > len(filled)), "")


def _is_address(cell: str) -> bool:
    """An IP address, and no version such as 4.12.0.1."""
    try:
        ipaddress.ip_address(cell)
    except ValueError:
        return False
    return ":" in cell or max(map(int, cell.split("."))) >= 64


def _is_iban(cell: str) -> bool:
    """The check digits of an account number (ISO 13616)."""
    plain = cell.replace(" ", "").upper()
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def repeats_ids(column: Distinct, ids: Distinct) -> bool:
    """Whether a column holds the customer ids again: the same texts, or another name for each customer, so that the hash could be undone.

    Only rows with an id say anything.
    """
    if len(column.texts) < max(_A_GROUP, 0.3 * len(ids.texts)):  # groups of customers
        return False
    filled = column.spread([bool(t) for t in column.texts], bool) & ids.spread([bool(t) for t in ids.texts], bool)
    if filled.sum() < _A_GROUP:
        return False
    theirs, ours = (np.array([t.casefold() for t in c.texts], dtype=object)[c.codes[filled]] for c in (column, ids))
    if (theirs == ours).mean() > 0.5:
        return True
    pairs = np.unique(column.codes[filled].astype(np.int64) * len(ids.texts) + ids.codes[filled])
    names, customers = len(np.unique(column.codes[filled])), len(np.unique(ids.codes[filled]))
    return bool(len(pairs) == names == customers and filled.sum() > 1.1 * customers)


def hashed(ids: list[str], key: bytes) -> list[str]:
    """A hash of 16 characters for each id; blank ids stay blank.

    The same id gives the same hash as long as the key lives; without the key nobody can go back or check a guess (BLAKE2b, keyed).
    """
    keyed = hashlib.blake2b(key=key, digest_size=8)

    def digest(text: str) -> str:
        own = keyed.copy()
        own.update(text.encode())
        return own.hexdigest()

    return [digest(i) if i else "" for i in ids]


def hash_column(ids: Distinct, home: Path, *, blank: Container[str] = ()) -> pd.Series:
    """A column of ids, hashed; those that mean "no id" become empty."""
    digests = hashed(["" if i in blank else i for i in ids.texts], installation_key(home))
    return pd.Series(text_array(digests).take(ids.codes))


def installation_key(home: Path) -> bytes:
    """The key of this installation, made on first use.

    Args:
        home: folder of the key file, unless the environment variable VOC_KEY names a file.

    Raises:
        VocError: the key file can neither be read nor made, or holds something else.
    """
    file = Path(os.environ["VOC_KEY"]) if os.environ.get("VOC_KEY") else home / KEY_FILE
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            _write(file)
        text = file.read_text(encoding="ascii").strip()
        key = bytes.fromhex(text)
    except (OSError, ValueError) as error:
        raise VocError(f"the key file {file.name} for customer ids cannot be used: {error}; restore it from your backup") from None
    if len(key) != 32:
        raise VocError(f"the key file {file.name} for customer ids must hold 64 hexadecimal digits; restore it from your backup")
    return key


def _write(file: Path) -> None:
    """Write a new key where nobody else has meanwhile; it appears whole or not at all."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(secrets.token_hex(32) + "\n")
        with contextlib.suppress(FileExistsError):  # another process was faster; its key counts
            os.link(draft, file)
    finally:
        draft.unlink()
