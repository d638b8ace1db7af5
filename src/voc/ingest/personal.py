"""Columns that name or locate a person -> left out and said so; customer ids -> hashes that only this installation can make."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Container
from pathlib import Path

import pandas as pd

from voc.ingest.distinct import Distinct
from voc.ingest.grid import text_array
from voc.schema import VocError

KEY_FILE = ".voc-key"
_BY_NAME = {
    "IP address": "ip ipaddress ipaddr clientip remoteip",
    "location": "latitude longitude lat lon lng locationlatitude locationlongitude locationaccuracy geolocation gps postcode postalcode zip "
    "zipcode address streetaddress address1 address2 addressline1 addressline2 street",
    "name": "name firstname lastname surname fullname forename familyname givenname middlename recipientfirstname recipientlastname recipientname "
    "customername customerfirstname customerlastname contactname respondentname personname employeename employeefirstname employeelastname "
    "agentname vorname nachname nom prenom apellido nombre",
    "e-mail address": "email emailaddress mail emailaddr recipientemail customeremail contactemail employeeemail agentemail personemail "
    "requestsentto",
    "telephone number": "phone phonenumber telephone telephonenumber tel mobile mobilenumber mobilephone cellphone customerphone contactphone "
    "personphone personphonenumber",
    "date of birth": "dob dateofbirth birthdate birthday",
}
_NAMES = {word: kind for kind, words in _BY_NAME.items() for word in words.split()}
_BY_VALUE = {
    "e-mail address": re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"),
    "IP address": re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}"),
    "telephone number": re.compile(r"\+\d{1,3}[\s(.-]?\d[\d\s().-]{6,16}\d"),
}
LOOKED_AT = 300


def personal_columns(frame: pd.DataFrame) -> dict[str, str]:
    """Columns that hold personal data, by their name or by what stands in most of their cells: column -> what it holds.

    >>> personal_columns(pd.DataFrame({"IP Address": ["x"], "person.email": ["y"], "contact": ["jo@example.com"], "region": ["North"]}))
    {'IP Address': 'IP address', 'person.email': 'e-mail address', 'contact': 'e-mail address'}
    """
    return {str(c): kind for c in frame if (kind := _by_name(str(c)) or _by_value(frame[c]))}


def _by_name(column: str) -> str:
    key = re.sub(r"[^a-z0-9]", "", column.lower())
    return _NAMES.get(key, "")


def _by_value(column: pd.Series) -> str:
    filled = [t.strip() for t in column.head(5_000).unique() if t.strip()][:LOOKED_AT]
    for kind, shape in _BY_VALUE.items():
        if filled and sum(bool(shape.fullmatch(t)) for t in filled) * 2 > len(filled):
            return kind
    return ""


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
