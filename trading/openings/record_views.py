"""HTTP of issued records: every revision by number, and the signatures of host and bidders."""

from typing import Any
from uuid import UUID

from flask import Response, make_response

from kernel.house import Call
from kernel.identity import authority
from kernel.permissions import Account
from kernel.pure.errors import Refused
from kernel.web import Feature, body
from trading.openings import forms, record_desk, signing
from trading.openings.access import Right

feature = Feature("records", __name__)
RECORD = "/lots/<uuid:lot_id>/records/<int:no>"


@feature.get("/lots/<uuid:lot_id>/record", permission=Right.DOWNLOAD_RECORD)
def record(call: Call, lot_id: UUID) -> Response:
    """The opening's record, in its newest revision."""
    return _pdf(call, lot_id, 1, None)


@feature.get("/lots/<uuid:lot_id>/records", permission=Right.DOWNLOAD_RECORD)
def records(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Every record with who has signed it, who has not, and until when."""
    return {"records": record_desk.told(call.session, lot_id, call.now)}


@feature.get(RECORD, permission=Right.DOWNLOAD_RECORD)
def newest(call: Call, lot_id: UUID, no: int) -> Response:
    """Record `no` in its newest revision: 1 is the opening's own, later ones supplement it."""
    return _pdf(call, lot_id, no, None)


@feature.get(f"{RECORD}/<int:revision>", permission=Right.DOWNLOAD_RECORD)
def revision(call: Call, lot_id: UUID, no: int, revision: int) -> Response:
    """One revision: 1 as sealed, each later one with one more signature."""
    return _pdf(call, lot_id, no, revision)


def _pdf(call: Call, lot_id: UUID, no: int, revision: int | None) -> Response:
    key = record_desk.blob_of(call.session, lot_id, no, revision)
    with call.house.blobs.open(key) as file:
        answer = make_response(file.read())
    name = f"opening-record-{lot_id}" + (f"-{no}" if no > 1 else "")
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer


@feature.post(f"{RECORD}/prepare", permission=Right.SIGN_RECORD)
def prepare(call: Call, lot_id: UUID, no: int) -> dict[str, Any]:
    """What this signer's key is to sign next."""
    return signing.prepare(
        call.session,
        call.house.blobs,
        authority.of(call.house, call.session, call.now),
        lot_id,
        no,
        forms.chain(body()),
        actor=_account(call),
        now=call.now,
    )


@feature.post(f"{RECORD}/sign", permission=Right.SIGN_RECORD)
def sign(call: Call, lot_id: UUID, no: int) -> dict[str, Any]:
    """The signature for what was prepared."""
    revision = signing.complete(
        call.session,
        call.house.blobs,
        authority.of(call.house, call.session, call.now),
        lot_id,
        no,
        forms.record_signature(body()),
        actor=_account(call),
        now=call.now,
    )
    return {"revision": revision}


def _account(call: Call) -> Account:
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1102")
    return call.actor
