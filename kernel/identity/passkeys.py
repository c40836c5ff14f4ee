"""Security keys (WebAuthn level 2) as a second yes to acts that cannot be taken back.

Optional for each person; once one is registered it is asked for. The challenge is made of the act's
digest, so an answer fits one act of one person only. It does not replace a certificate's signature.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException

from kernel.identity.models import Passkey, StepUp
from kernel.ids import new_id
from kernel.pure.errors import Refused

ADD: Final = "passkey.add"
END: Final = "passkey.end"
ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Site:
    """Where the browser must have been: the host its keys are bound to, and the origin."""

    host: str
    origin: str

    @classmethod
    def of(cls, public_url: str) -> Site:
        """The site of an installation by its public address."""
        parts = urlsplit(public_url)
        return cls(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


def challenge_of(act: str, digest: bytes, *, person_id: UUID) -> bytes:
    """What a key signs for `person_id` to do `act` on what `digest` names; 32 bytes."""
    return hashlib.sha256(
        b"Sunbid step-up\0" + act.encode() + b"\0" + person_id.bytes + digest
    ).digest()


def held(session: Session, person_id: UUID, *, lock: bool = False) -> list[Passkey]:
    """A person's keys in use, oldest first."""
    query = (
        select(Passkey)
        .where(Passkey.person_id == person_id, Passkey.ended_at.is_(None))
        .order_by(Passkey.created_at, Passkey.id)
    )
    return list(session.scalars(query.with_for_update() if lock else query))


def register(
    session: Session,
    *,
    person_id: UUID,
    credential: dict[str, Any],
    challenge: bytes,
    site: Site,
    name: str,
    step_up: dict[str, Any] | None,
    now: datetime,
) -> UUID:
    """Keep a new key. Refuses IDN-1401 (not verified), IDN-1402 (known, or too many).

    Whoever has a key already must answer with it first: IDN-1403, IDN-1404.
    """
    if len(held(session, person_id)) >= MOST:
        raise Refused("IDN-1402")
    confirm(
        session,
        person_id=person_id,
        act=ADD,
        digest=challenge,
        answer=step_up,
        site=site,
        now=now,
    )
    try:
        found = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        raise Refused("IDN-1401") from None
    known = select(Passkey.id).where(Passkey.credential_id == found.credential_id)
    if session.scalar(known) is not None:
        raise Refused("IDN-1402")
    row = Passkey(
        id=new_id(),
        person_id=person_id,
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        name=name,
        created_at=now,
        ended_at=None,
    )
    session.add(row)
    session.flush()
    return row.id


def confirm(
    session: Session,
    *,
    person_id: UUID,
    act: str,
    digest: bytes,
    answer: dict[str, Any] | None,
    site: Site,
    now: datetime,
    required: bool = False,
) -> None:
    """Check and keep a key's answer to exactly this act; whoever has no key may go on.

    Refuses IDN-1403 (an answer is wanted), IDN-1404 (it is not by one of the person's keys, not to
    this act, not from this site, without a check of the person, or a copy of the key is at work),
    IDN-1406 (a key is `required` and there is none).
    """
    keys = {key.credential_id: key for key in held(session, person_id, lock=True)}
    if not keys:
        if required:
            raise Refused("IDN-1406")
        return
    if answer is None:
        raise Refused("IDN-1403")
    try:
        shown = parse_authentication_credential_json(answer)
        key = keys[base64url_to_bytes(shown.id)]
        found = verify_authentication_response(
            credential=shown,
            expected_challenge=challenge_of(act, digest, person_id=person_id),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        raise Refused("IDN-1404") from None
    key.sign_count = found.new_sign_count
    session.add(
        StepUp(
            id=new_id(),
            passkey_id=key.id,
            act=act,
            digest=digest,
            authenticator_data=shown.response.authenticator_data,
            client_data=shown.response.client_data_json,
            signature=shown.response.signature,
            at=now,
        )
    )
    session.flush()


def end(
    session: Session,
    *,
    person_id: UUID,
    passkey_id: UUID,
    answer: dict[str, Any] | None,
    site: Site,
    now: datetime,
) -> None:
    """Take a key out of use, by an answer of one in use. Refuses IDN-1403 to IDN-1405."""
    key = session.get(Passkey, passkey_id)
    if key is None or key.person_id != person_id or key.ended_at is not None:
        raise Refused("IDN-1405")
    confirm(
        session,
        person_id=person_id,
        act=END,
        digest=passkey_id.bytes,
        answer=answer,
        site=site,
        now=now,
    )
    key.ended_at = now
    session.flush()
