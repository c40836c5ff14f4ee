"""Issuing, registering and revoking certificates; the seal of a centre."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.crypto.signatures import verify_p256
from kernel.identity import queries
from kernel.identity.authority import Authority
from kernel.identity.chains import serial_of
from kernel.identity.models import Certificate
from kernel.identity.rules import RevocationReason, Subject
from kernel.identity.signer import SoftCertificate
from kernel.pdf.seal import Seal
from kernel.pure.errors import Refused

VALIDITY: Final = timedelta(days=731)
REQUEST: Final = b"SBE/1 certificate request"


@dataclass(frozen=True, slots=True)
class Issued:
    """A new certificate on the register: leaf, issuing and root certificate in DER."""

    id: UUID
    serial: str
    chain: tuple[bytes, ...]


def request_message(credit_code: str, public_key: bytes) -> bytes:
    """What an applicant signs to prove that the key is theirs."""
    return b"\x00".join((REQUEST, credit_code.encode(), public_key))


def check_possession(credit_code: str, public_key: bytes, proof: bytes) -> None:
    """Refuse IDN-1308 unless `proof` (r and s) was made with the key asked about."""
    if not verify_p256(public_key, request_message(credit_code, public_key), proof):
        raise Refused("IDN-1308")


def issue_certificate(
    session: Session,
    authority: Authority,
    *,
    organisation_id: UUID,
    person_id: UUID | None,
    public_key: bytes,
    now: datetime,
) -> Issued:
    """Certify a raw P-256 public key (65 bytes) for two years from legal time `now`.

    Refuses IDN-1309 when the bytes are no point of the curve.
    """
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    except ValueError:
        raise Refused("IDN-1309") from None
    subject = _subject(session, organisation_id, person_id)
    leaf = authority.issue(subject, key, not_before=now, not_after=now + VALIDITY)
    row = _register(session, leaf, organisation_id=organisation_id, person_id=person_id)
    return Issued(row.id, row.serial, authority.chain(leaf))


def soft_certificate(
    session: Session,
    authority: Authority,
    *,
    organisation_id: UUID,
    person_id: UUID | None,
    now: datetime,
) -> SoftCertificate:
    """A certificate whose key is made here: for demonstrations and tests, never for the public."""
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    issued = issue_certificate(
        session,
        authority,
        organisation_id=organisation_id,
        person_id=person_id,
        public_key=point,
        now=now,
    )
    return SoftCertificate(key, issued.chain)


def centre_seal(
    session: Session, authority: Authority, *, organisation_id: UUID, now: datetime
) -> Seal:
    """The seal an organisation signs records with; its certificate stands on the register."""
    seal = authority.seal(_subject(session, organisation_id, None), now=now)
    leaf = seal.chain[0]
    known = session.scalars(
        select(Certificate.revoked_at).where(Certificate.serial == serial_of(leaf))
    ).all()
    if not known:
        _register(session, leaf, organisation_id=organisation_id, person_id=None)
    elif known[0] is not None:
        raise Refused("IDN-1305", since=known[0])
    return seal


def revoke_certificate(
    session: Session,
    *,
    certificate_id: UUID,
    organisation_id: UUID,
    reason: RevocationReason,
    now: datetime,
) -> None:
    """Revoke a certificate of an organisation; the first revocation stands. Refuses IDN-1203."""
    row = session.get(Certificate, certificate_id, with_for_update=True)
    if row is None or row.organisation_id != organisation_id:
        raise Refused("IDN-1203")
    if row.revoked_at is None:
        row.revoked_at, row.reason = now, reason
        session.flush()


def _subject(session: Session, organisation_id: UUID, person_id: UUID | None) -> Subject:
    party = queries.organisation(session, organisation_id)
    person = queries.person(session, person_id) if person_id else None
    return Subject(party.name, party.credit_code, person.name if person else None)


def _register(
    session: Session, leaf: bytes, *, organisation_id: UUID, person_id: UUID | None
) -> Certificate:
    certificate = x509.load_der_x509_certificate(leaf)
    row = Certificate(
        organisation_id=organisation_id,
        person_id=person_id,
        serial=serial_of(leaf),
        der=leaf,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        revoked_at=None,
        reason=None,
    )
    session.add(row)
    session.flush()
    return row
