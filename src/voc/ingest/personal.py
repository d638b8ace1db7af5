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
    "IP address": "ipaddress ipaddr ipadresse clientip remoteip",
    "location": "latitude longitude lat lon lng gps geolocation locationlatitude locationlongitude locationaccuracy postcode postalcode zip zipcode "
    "plz postleitzahl codepostal address addr address1 address2 addressline1 addressline2 street streetaddress strasse adresse anschrift "
    "hausnummer direccion indirizzo adres",
    "telephone number": "phone phonenumber phoneno telephone tel mobile mobilenumber mobilephone cell cellphone handy handynummer telefon "
    "telefonnummer telefono rufnummer mobil mobilnummer msisdn fax movil cellulare telefoon",
    "date of birth": "dob birth birthday birthdate dateofbirth geburtsdatum geburtstag naissance nacimiento nascita geboortedatum",
    "identity number": "ssn passport nino iban sozialversicherungsnummer steuernummer ausweisnummer dni",
    "name": "firstname lastname surname fullname forename familyname givenname middlename recipientname recipientfirstname recipientlastname "
    "customername customerfirstname customerlastname contactname respondentname personname employeename employeefirstname employeelastname "
    "agentname contactperson ansprechpartner username vorname nachname familienname kundenname prenom "
    "apellido apellidos nombre cognome voornaam achternaam",
}
# A "name" is a person's where it stands alone or beside one of these; a store's or a product's name is a group.
_NAME = {"name", "names", "nom", "naam", "nome"}
_PERSON = set(
    "your full first last family given middle maiden customer contact respondent person passenger guest employee agent adviser advisor user member "
    "account recipient patient client caller visitor staff kunde kunden kunde ansprechpartner mitarbeiter client persona cliente klant".split()
)
_LONGEST_NAME = 5  # words; longer headings are questions: "Did we address your problem?"
_IP = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}")
_BY_VALUE = {
    "e-mail address": (re.compile(r".*?[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}.*", re.DOTALL), 0.1),
    "telephone number": (
        re.compile(r"\+\d{1,3}[\s(.-]?\d[\d\s().-]{6,16}\d|0[1-9]\d{8,9}|0\d{2,4}[\s/-]\d[\d\s-]{4,9}|\(?\d{3}\)?[\s-]\d{3}-\d{4}"),
        0.5,
    ),
    "identity number": (re.compile(r"[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){3,7}(?: ?[A-Za-z0-9]{1,4})?"), 0.5),
}
_CARD = re.compile(r"\d(?:[ -]?\d){12,18}")
_SMALL = re.compile(r"[+-]?\d{1,2}(?:[.,]0+)?|yes|no|true|false|ja|nein|oui|non", re.IGNORECASE)
_A_GROUP = 12  # different texts
LOOKED_AT = 300


def personal_columns(frame: pd.DataFrame, wordings: dict[str, str] | None = None) -> dict[str, str]:
    """Columns that hold personal data: column -> what it holds.

    A column is judged by the words of its name, or of its question, unless its cells are ratings or a few groups; and by what stands
    in its cells.

    Args:
        frame: columns of text.
        wordings: column -> question, where the file says.

    >>> personal_columns(pd.DataFrame({"IP Address": ["10.0.0.1"], "Your e-mail": ["y"], "contact": ["jo@example.com"], "Store name": ["Leeds"]}))
    {'IP Address': 'IP address', 'Your e-mail': 'e-mail address', 'contact': 'e-mail address'}
    """
    asked = wordings or {}
    return {str(c): kind for c in frame if (kind := _kind(str(c), asked.get(str(c), ""), frame[c]))}


def _kind(column: str, wording: str, cells: pd.Series) -> str:
    named = _by_name(column) or _by_name(wording)
    filled = [t.strip() for t in cells.head(5_000).unique() if t.strip()][:LOOKED_AT]
    if named and not _is_something_else(named, filled, cells):
        return named
    return _by_value(filled)


def _by_name(name: str) -> str:
    """What a column holds by its name; of "Your details - Name" the last part counts.

    >>> [_by_name(n) for n in ("Prénom", "Please leave your details - Name", "airline_name", "Contact no", "customerEmail", "Did we address it?")]
    ['name', 'name', '', 'telephone number', 'e-mail address', '']
    """
    part = re.split(r" [-–:] ", name)[-1]
    words = _words(part)
    if not words or len(words) > _LONGEST_NAME:
        return ""
    joined = "".join(words)
    said = {*words, *(w.rstrip("0123456789") for w in words), joined, *(a + b for a, b in pairwise(words))}
    if set(words) & {"contact", "kontakt"} and set(words) & {"no", "number", "nr", "nummer"}:
        return "telephone number"
    if found := next((kind for kind, names in _WORDS.items() if said & set(names.split()) and not (kind == "location" and "we" in said)), ""):
        return found
    if words == ["ip"]:
        return "IP address"
    named = said & _NAME
    return "name" if named and (len(words) == 1 or said & _PERSON) else ""


def _words(name: str) -> list[str]:
    """The words of a name, in small letters without accents: "customerEmail", "E-Mail-Adresse", "Straße"."""
    plain = unicodedata.normalize("NFKD", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("ß", "ss"))
    return re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)).lower())


def _is_something_else(kind: str, filled: list[str], cells: pd.Series) -> bool:
    """Ratings, yes and no, or a few groups under a name that sounds personal: "Mobile" may be a device."""
    if filled and kind != "location" and all(_SMALL.fullmatch(t) for t in filled):
        return True
    category = kind in ("e-mail address", "telephone number") and len(filled) <= _A_GROUP
    return category and (cells != "").sum() >= 8 * len(filled) > 0 and not _by_value(filled)


def _by_value(filled: list[str]) -> str:
    if not filled:
        return ""
    for kind, (shape, share) in _BY_VALUE.items():
        if sum(bool(shape.fullmatch(t)) for t in filled) > share * len(filled):
            return kind
    if sum(bool(_IP.fullmatch(t)) and _is_address(t) for t in filled) * 2 > len(filled):
        return "IP address"
    cards = [t for t in filled if _CARD.fullmatch(t)]
    return "card number" if len(cards) * 2 > len(filled) and sum(text.redact(t) == "[CARD]" for t in cards) * 2 > len(filled) else ""


def _is_address(cell: str) -> bool:
    try:
        ipaddress.ip_address(cell)
    except ValueError:
        return False
    return True


def repeats_ids(column: Distinct, ids: Distinct) -> bool:
    """Whether a column holds the customer ids again: the same texts, or another name for each customer, so that the hash could be undone."""
    if len(column.texts) < max(_A_GROUP, 0.3 * len(ids.texts)):  # groups of customers
        return False
    same = (
        np.array([t.casefold() for t in column.texts], dtype=object)[column.codes]
        == np.array([t.casefold() for t in ids.texts], dtype=object)[ids.codes]
    )
    if same.mean() > 0.5:
        return True
    filled = (column.spread([bool(t) for t in column.texts], bool)) & ids.spread([bool(t) for t in ids.texts], bool)
    pairs = np.unique(column.codes[filled].astype(np.int64) * len(ids.texts) + ids.codes[filled])
    names, customers = len(np.unique(column.codes[filled])), len(np.unique(ids.codes[filled]))
    return bool(len(pairs) == names == customers and filled.sum() > 1.1 * customers)


def hashed(ids: list[str], key: bytes) -> list[str]:
    """A hash of 16 characters for each id; blank ids stay blank.

    The same id gives the same hash as long as the key lives; without the key nobody can go back or check a guess (BLAKE2b, keyed).
    """
    return [hashlib.blake2b(i.encode(), key=key, digest_size=8).hexdigest() if i else "" for i in ids]


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
