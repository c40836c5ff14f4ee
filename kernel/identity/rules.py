"""Who is who: credit codes (GB 32100-2015), passwords, lockout, lengths of sessions. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from kernel.pure.errors import Refused

CreditCode = NewType("CreditCode", str)

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""31 characters: no I, O, S, V, Z, which are too easily misread."""
_WEIGHTS: Final = tuple(pow(3, i, 31) for i in range(17))
_LOOKALIKE: Final = {"O": "0", "I": "1", "Z": "2", "S": "5", "V": "U"}


def check_character(first17: str) -> str:
    """The 18th character for the first 17, all from ALPHABET; ValueError otherwise."""
    if len(first17) != 17:
        raise ValueError("17 characters are needed")
    total = sum(ALPHABET.index(c) * w for c, w in zip(first17, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def with_check_character(first17: str) -> CreditCode:
    """A whole code from its first 17 characters; ValueError unless all are from ALPHABET."""
    return CreditCode(first17 + check_character(first17))


def credit_code(text: str) -> CreditCode:
    """A unified social credit code as people type it, normalised to 18 capitals.

    Full-width forms, blanks and hyphens are accepted. Refuses IDN-1001 (length), IDN-1002 (the
    first wrong character and its place, with the likely intended one), IDN-1003 (check character).
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    code = "".join(c for c in plain if not c.isspace() and c not in "-‐")
    if len(code) != 18:
        raise Refused("IDN-1001", length=len(code))
    for place, character in enumerate(code, start=1):
        if character not in ALPHABET:
            likely = _LOOKALIKE.get(character)
            hint = f"，可能是 {likely}" if likely else ""
            raise Refused("IDN-1002", place=place, character=character, hint=hint)
    expected = check_character(code[:17])
    if code[17] != expected:
        raise Refused("IDN-1003", character=code[17])
    return CreditCode(code)


@dataclass(frozen=True, slots=True)
class LoginRules:
    """Values a centre may set: failures until a lock, its length, a session's length."""

    max_failures: int = 5
    lock: timedelta = timedelta(minutes=15)
    session: timedelta = timedelta(hours=12)
    min_password: int = 10


RULES: Final = LoginRules()


def check_password(password: str, *, login: str, rules: LoginRules = RULES) -> None:
    """Refuse IDN-1004 (too short) or IDN-1005 (holds the login name, or one character repeated)."""
    if len(password) < rules.min_password:
        raise Refused("IDN-1004", minimum=rules.min_password)
    if login.casefold() in password.casefold() or len(set(password)) < 4:
        raise Refused("IDN-1005")


_EMAIL: Final = re.compile(r"[^@\s<>,;:\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_PHONE: Final = re.compile(r"\+?[0-9]{6,15}")


def check_contacts(email: str, phone: str) -> tuple[str | None, str | None]:
    """Address and number as they are kept; empty is none. Refuses IDN-1501, IDN-1502."""
    address = unicodedata.normalize("NFKC", email).strip()
    number = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", phone))
    if address and (len(address) > 254 or not _EMAIL.fullmatch(address)):
        raise Refused("IDN-1501")
    if number and not _PHONE.fullmatch(number):
        raise Refused("IDN-1502")
    return address or None, number or None


@dataclass(frozen=True, slots=True)
class Attempts:
    """Failures since the last success, and until when the login is locked."""

    failures: int = 0
    locked_until: datetime | None = None

    def is_locked(self, at: datetime) -> bool:
        """Whether a password would not even be looked at."""
        return self.locked_until is not None and at < self.locked_until

    def failed(self, at: datetime, rules: LoginRules = RULES) -> Attempts:
        """After one more failure; the last one allowed locks and starts the count anew."""
        if self.failures + 1 >= rules.max_failures:
            return Attempts(0, at + rules.lock)
        return Attempts(self.failures + 1, None)


class RevocationReason(StrEnum):
    """Why a certificate ended before its time (RFC 5280 §5.3.1, the three that occur here)."""

    KEY_COMPROMISE = "key_compromise"
    AFFILIATION_CHANGED = "affiliation_changed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class BasicAccount:
    """The filed basic account (基本户) deposits must come from."""

    name: str
    number: str
    bank: str


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a certificate names."""

    organisation_name: str
    credit_code: str
    person_name: str | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """What a verified certificate says; `public_key` is the raw P-256 point, 65 bytes."""

    organisation_name: str
    credit_code: str
    person_name: str | None
    serial: str
    public_key: bytes

    @property
    def tail(self) -> str:
        """The end of the serial number, as printed on records."""
        return self.serial[-8:]


def cookie_name(installation_id: UUID) -> str:
    """Session cookies of two installations on one host must not overwrite each other."""
    return f"sunbid_{installation_id.hex[:8]}"
