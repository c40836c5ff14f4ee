"""A person's security keys: registering one, ending one, and what an act's answer must sign."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from webauthn.helpers import bytes_to_base64url

from kernel.house import Call
from kernel.identity import passkeys
from kernel.identity.access import IdentityRight
from kernel.identity.models import Passkey
from kernel.permissions import Account
from kernel.pure.errors import Refused
from kernel.web import Feature, body

feature = Feature("passkeys", __name__)
TIMEOUT_MS = 120_000
NAME_CHARACTERS = 40
ACT_CHARACTERS = 60


@feature.get("/account/passkeys", permission=IdentityRight.PASSKEY_KEEP)
def own_passkeys(call: Call) -> dict[str, Any]:
    """The person's keys, and what the browser needs to make one more."""
    me = signed_in(call)
    held = passkeys.held(call.session, me.person_id)
    return {
        "passkeys": [
            {"id": str(key.id), "name": key.name, "created_at": key.created_at.isoformat()}
            for key in held
        ],
        "digest": _registration(me, held).hex(),
        "options": {
            "rp": {"id": _site(call).host, "name": call.house.settings.centre_name},
            "user": {
                "id": bytes_to_base64url(me.person_id.bytes),
                "name": me.person_name,
                "displayName": me.person_name,
            },
            "challenge": bytes_to_base64url(_registration(me, held)),
            "pubKeyCredParams": [
                {"type": "public-key", "alg": int(one)} for one in passkeys.ALGORITHMS
            ],
            "timeout": TIMEOUT_MS,
            "attestation": "none",
            "excludeCredentials": _named(held),
            "authenticatorSelection": {"userVerification": "required"},
        },
    }


@feature.post("/account/passkeys", permission=IdentityRight.PASSKEY_KEEP)
def register_passkey(call: Call) -> dict[str, Any]:
    """Register a key; a person's second one needs an answer of the first."""
    me = signed_in(call)
    told = body()
    name = told.get("name")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= NAME_CHARACTERS:
        raise Refused("WEB-1004", detail="name")
    made = passkeys.register(
        call.session,
        person_id=me.person_id,
        credential=_object(told, "credential"),
        challenge=_registration(me, passkeys.held(call.session, me.person_id)),
        site=_site(call),
        name=name.strip(),
        step_up=answer(told),
        now=call.now,
    )
    return {"id": str(made)}


@feature.post("/account/passkeys/<uuid:passkey_id>/end", permission=IdentityRight.PASSKEY_KEEP)
def end_passkey(call: Call, passkey_id: UUID) -> dict[str, Any]:
    """Take a key out of use, by an answer of one in use."""
    passkeys.end(
        call.session,
        person_id=signed_in(call).person_id,
        passkey_id=passkey_id,
        answer=answer(body()),
        site=_site(call),
        now=call.now,
    )
    return {}


@feature.post("/account/step-up", permission=IdentityRight.PASSKEY_KEEP)
def step_up_options(call: Call) -> dict[str, Any]:
    """What one of the person's keys must sign for an act; null when he has none."""
    me = signed_in(call)
    told = body()
    act, digest = told.get("act"), told.get("digest")
    if not isinstance(act, str) or not 0 < len(act) <= ACT_CHARACTERS:
        raise Refused("WEB-1004", detail="act")
    held = passkeys.held(call.session, me.person_id)
    if not held:
        return {"options": None}
    challenge = passkeys.challenge_of(act, _digest(digest), person_id=me.person_id)
    return {
        "options": {
            "challenge": bytes_to_base64url(challenge),
            "rpId": _site(call).host,
            "timeout": TIMEOUT_MS,
            "userVerification": "required",
            "allowCredentials": _named(held),
        }
    }


def confirmed(call: Call, *, act: str, digest: bytes, told: dict[str, Any]) -> None:
    """For a view about to do `act`: ask the person's key, if he has one or the house demands it.

    Refuses as `confirm`.
    """
    passkeys.confirm(
        call.session,
        person_id=signed_in(call).person_id,
        act=act,
        digest=digest,
        answer=answer(told),
        site=_site(call),
        now=call.now,
        required=call.house.settings.step_up == "always",
    )


def answer(told: dict[str, Any]) -> dict[str, Any] | None:
    """The key's answer in a request, if it brings one; raises Refused WEB-1004."""
    return _object(told, "step_up") if told.get("step_up") is not None else None


def signed_in(call: Call) -> Account:
    """The account that asks; raises Refused WEB-1101."""
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1101")
    return call.actor


def _registration(me: Account, held: list[Passkey]) -> bytes:
    """The challenge of a login's next registration: its secret and what is registered already."""
    known = b"".join(key.id.bytes for key in held)
    return hashlib.sha256(b"Sunbid passkey\0" + me.csrf_token.encode() + known).digest()


def _named(held: list[Passkey]) -> list[dict[str, str]]:
    return [{"type": "public-key", "id": bytes_to_base64url(key.credential_id)} for key in held]


def _site(call: Call) -> passkeys.Site:
    return passkeys.Site.of(call.house.settings.public_url)


def _object(told: dict[str, Any], name: str) -> dict[str, Any]:
    found = told.get(name)
    if not isinstance(found, dict):
        raise Refused("WEB-1004", detail=name)
    return found


def _digest(shown: object) -> bytes:
    try:
        return bytes.fromhex(shown) if isinstance(shown, str) else b""
    except ValueError:
        raise Refused("WEB-1004", detail="digest") from None
