"""HTTP of bidding: pages and vault by account, everything about one bid by ticket.

No answer here tells who bids or how many, and no request here leaves a line in a log.
"""

import re
from typing import Any
from uuid import UUID

from flask import Response, current_app, jsonify

from escrow.public import (
    DepositTerms,
    Payer,
    bank_choices,
    claim_sub_account,
    held_deposit,
    issuer_choices,
    relay_to_issuer,
    return_wrong_payer,
    wait_key,
)
from kernel.clock import clock_timestamp, installation
from kernel.format import qr_code
from kernel.house import Call
from kernel.identity.queries import organisation
from kernel.pages import render
from kernel.permissions import Account, Pseudonym
from kernel.pure.errors import Refused
from kernel.waits import Waits
from kernel.web import Feature, body
from trading.bids import (
    actions,
    backup,
    forms,
    guaranteeing,
    queries,
    refusal_views,
    refusals,
    tickets,
)
from trading.bids.access import Right
from trading.bids.rules import CAPS
from trading.tenders.life import rail
from trading.tenders.queries import lot_row, lot_snapshot, snapshot_of, timeline
from trading.tenders.rules import LotSnapshot, TrusteeSeat

feature = Feature("bids", __name__, quiet=True)
feature.register_error_handler(Refused, refusal_views.refuse)


@feature.get("/my/lots", permission=Right.PREPARE)
def my_lots(call: Call) -> str:
    """我的标段: a shell; the browser draws it from the vault."""
    return render("bids/my-lots.html", page=page_of(call))


@feature.get("/lots/<uuid:lot_id>/bid", permission=Right.PREPARE)
def prepare(call: Call, lot_id: UUID) -> str:
    """准备投标: files, opening form, sealing, receipt."""
    row = lot_row(call.session, lot_id)
    lot = snapshot_of(call.session, row)
    if lot.policy is None:
        raise Refused("TEN-1001")
    line = rail(row, call.now, tuple(timeline(call.session, lot_id)))
    return render("bids/prepare.html", lot=lot, rail=line, page=page_of(call, lot))


@feature.get("/lots/<uuid:lot_id>/bid/deposit", permission=Right.PREPARE)
def deposit(call: Call, lot_id: UUID) -> str:
    """保证金: the sub-account and what has arrived, seen by its owner only."""
    lot = lot_snapshot(call.session, lot_id)
    return render("bids/deposit.html", lot=lot, page=page_of(call, lot))


@feature.get("/lots/<uuid:lot_id>/bid/terms", permission=Right.READ_TERMS)
def terms(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Everything that sealing for this lot needs; public."""
    return _terms(call, lot_snapshot(call.session, lot_id))


@feature.get("/lots/<uuid:lot_id>/bid/code/<digest>", permission=Right.READ_TERMS)
def code(call: Call, lot_id: UUID, digest: str) -> dict[str, Any]:
    """A code to scan that opens the public check of `digest`; the same for anyone who asks."""
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise Refused("WEB-1001")
    drawn = qr_code(f"{call.house.settings.public_url}/check/{digest}")
    return {"size": drawn.size, "path": drawn.path}


@feature.post("/lots/<uuid:lot_id>/tickets", permission=Right.TAKE_TICKET)
def take_ticket(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Sign a ticket for a public key. Nothing is written, by design."""
    ticket, expires = tickets.issue(
        call.house.keys,
        lot_id=lot_snapshot(call.session, lot_id).id,
        public_key=forms.hex_bytes(body(), "public_key", tickets.POINT_BYTES),
        now=clock_timestamp(call.session),
    )
    return {"ticket": ticket, "expires_at": expires.isoformat()}


@feature.post("/lots/<uuid:lot_id>/sub-accounts", permission=Right.ACT_UNDER_TICKET, ticket=True)
def claim(call: Call, lot_id: UUID) -> dict[str, Any]:
    """A sub-account to pay the deposit into; neither lot nor holder is kept with it."""
    lot_row(call.session, lot_id)
    given = claim_sub_account(call.session, bank=forms.text(body(), "bank", 40), now=call.now)
    return {
        "number": given.number,
        "bank_name": given.bank_name,
        "master_name": given.master_name,
        "token": given.token,
    }


@feature.post("/lots/<uuid:lot_id>/guarantees", permission=Right.ACT_UNDER_TICKET, ticket=True)
def ask_issuer(call: Call, lot_id: UUID) -> dict[str, Any]:
    """{issuer, sealed}: a question that we cannot read, passed on; nothing of it is kept."""
    lot_row(call.session, lot_id)
    shown = body()
    code, sealed = forms.text(shown, "issuer", 40), forms.bytes_in_hex(shown, "sealed", 16_384)
    answer = relay_to_issuer(call.session, call.house.keys, code=code, sealed=sealed)
    return {"sealed": answer.hex()}


@feature.post("/lots/<uuid:lot_id>/deposit", permission=Right.ACT_UNDER_TICKET, ticket=True)
def deposit_state(call: Call, lot_id: UUID) -> dict[str, Any]:
    """What has arrived for whoever shows the token: computed, not stored."""
    lot = lot_snapshot(call.session, lot_id)
    shown = body()
    token, payer = forms.text(shown, "token", 100), _payer(shown)
    due = DepositTerms(amount_fen=lot.deposit_fen, deadline=lot.deadline)
    back = return_wrong_payer(call.session, token=token, payer=payer, now=call.now)
    call.session.flush()
    found = held_deposit(call.session, token=token, lot=due, payer=payer)
    return {**found.as_json(), "returned_fen": back}


@feature.post("/lots/<uuid:lot_id>/deposit/moves", permission=Right.ACT_UNDER_TICKET, ticket=True)
def deposit_moves(call: Call, lot_id: UUID) -> Response:
    """A line whenever something moved on the token's sub-account, to whoever shows it alone."""
    lot_row(call.session, lot_id)
    key = wait_key(call.session, token=forms.text(body(), "token", 100))
    waits: Waits = current_app.extensions["sunbid.deposits"]
    answer = Response(waits.open(key), mimetype="text/plain")
    answer.headers["Cache-Control"] = "no-store"
    # A proxy that gathers bytes would hold the line back.
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


@feature.post("/lots/<uuid:lot_id>/bids", permission=Right.ACT_UNDER_TICKET, ticket=True)
def submit(call: Call, lot_id: UUID) -> Response:
    """Hand in an envelope, or replace the last one."""
    actor = _pseudonym(call)
    attempt = refusals.attempt_of(actor, refusal_views.shown_request())
    given = forms.submission(body(), attempt=attempt)
    answer = actions.submit(call.session, actor=actor, submission=given)
    if isinstance(answer, actions.TurnedAway):
        # Returned, not raised: the logged refusal must be committed.
        return refusal_views.turned(answer)
    told = jsonify(
        envelope_id=answer.envelope_id.hex,
        sequence=answer.sequence,
        commitment=answer.commitment.hex(),
        admitted_at=answer.admitted_at.isoformat(),
    )
    told.status_code = 200 if answer.repeated else 201
    return told


@feature.get("/lots/<uuid:lot_id>/bids", permission=Right.ACT_UNDER_TICKET, ticket=True)
def own_bids(call: Call, lot_id: UUID) -> dict[str, Any]:
    """The pseudonym's own envelopes, oldest first."""
    actor = _pseudonym(call)
    rows = queries.own_envelopes(call.session, lot_id, actor.pseudonym)
    return {"now": call.now.isoformat(), "bids": [forms.envelope_json(row) for row in rows]}


@feature.get(
    "/lots/<uuid:lot_id>/bids/<uuid:envelope_id>/backup",
    permission=Right.ACT_UNDER_TICKET,
    ticket=True,
)
def fetch_backup(call: Call, lot_id: UUID, envelope_id: UUID) -> Response:
    """The bid in one file, for its bidder to keep: our disk may fail, the log does not."""
    actor = _pseudonym(call)
    row = queries.own_envelope(call.session, lot_id, actor.pseudonym, envelope_id)
    pieces = backup.written(call.session, call.house.blobs, row)
    return Response(pieces, mimetype="application/octet-stream")


@feature.get(
    "/lots/<uuid:lot_id>/bids/<uuid:envelope_id>/receipt",
    permission=Right.ACT_UNDER_TICKET,
    ticket=True,
)
def fetch_receipt(call: Call, lot_id: UUID, envelope_id: UUID) -> Response:
    """The receipt; 202 until the log has numbered the leaf."""
    actor = _pseudonym(call)
    row = queries.own_envelope(call.session, lot_id, actor.pseudonym, envelope_id)
    found = actions.receipt(call.session, call.house.keys, leaf_id=row.leaf_id, of=row.commitment)
    told = jsonify(found if found is not None else {"pending": True})
    told.status_code = 200 if found is not None else 202
    return told


@feature.post("/lots/<uuid:lot_id>/withdrawals", permission=Right.ACT_UNDER_TICKET, ticket=True)
def withdraw(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Take a bid back; the deposit goes back under its token."""
    shown = body()
    row, back = actions.withdraw(
        call.session,
        actor=_pseudonym(call),
        taken=forms.hex_bytes(shown, "commitment", 32),
        signature=forms.hex_bytes(shown, "signature", 64),
        token=forms.text(shown, "token", 100) if shown.get("token") else None,
    )
    return {
        "envelope_id": row.envelope_id.hex,
        "withdrawn_at": row.withdrawn_at.isoformat(),
        "returned_fen": back,
    }


def _account(call: Call) -> Account:
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1102")
    return call.actor


def _pseudonym(call: Call) -> Pseudonym:
    if not isinstance(call.actor, Pseudonym):
        raise Refused("WEB-1102")
    return call.actor


def _payer(shown: dict[str, Any]) -> Payer:
    payer = shown.get("payer")
    if not isinstance(payer, dict):
        raise Refused("WEB-1004", detail="payer")
    return Payer(name=forms.text(payer, "name", 200), account=forms.text(payer, "account", 64))


def page_of(call: Call, lot: LotSnapshot | None = None) -> dict[str, Any]:
    """What a page's script starts from: who is here, where uploads go, the lot's terms."""
    actor = _account(call)
    company = organisation(call.session, actor.organisation_id)
    return {
        "csrf_token": actor.csrf_token,
        "upload_url": call.house.settings.upload_url,
        "bank_url": call.house.settings.bank_url,
        "demo": installation(call.session).demo,
        "person": actor.person_name,
        "organisation": {
            "id": actor.organisation_id.hex,
            "name": company.name,
            "credit_code": company.credit_code,
            "account_name": company.account_name,
            "account_number": company.account_number,
            "account_bank": company.account_bank,
        },
        "terms": _terms(call, lot) if lot else None,
    }


def _terms(call: Call, lot: LotSnapshot) -> dict[str, Any]:
    return {
        "lot_id": str(lot.id),
        "tender": str(lot.project_id),
        "number": lot.number,
        "name": lot.name,
        "project_name": lot.project_name,
        "stage": lot.stage.value,
        "accepts_bids": lot.accepts_bids(call.now),
        "deadline": lot.deadline.isoformat(),
        "now": call.now.isoformat(),
        "deposit_fen": lot.deposit_fen,
        "ceiling_fen": lot.ceiling_fen,
        "threshold": lot.threshold,
        "trustees": _seats(lot.trustees),
        "rescue": lot.rescue
        and {"threshold": lot.rescue.threshold, "members": _seats(lot.rescue.members)},
        "policy": lot.policy.to_json() if lot.policy else None,
        "policy_digest": lot.policy_digest.hex(),
        "holder_lock": lot.holder_lock.value,
        "decryption_minutes": lot.minutes.decryption,
        "accepted_policies": [digest.hex() for digest in lot.accepted_policies],
        "most_bytes": CAPS.envelope,
        "banks": [{"code": bank.code, "name": bank.name} for bank in bank_choices(call.session)],
        "issuers": [
            {"code": one.code, "name": one.name, "sealing_key": one.sealing_key.hex()}
            for one in issuer_choices(call.session)
        ],
        "guarantee": guaranteeing.terms(call.session, lot),
    }


def _seats(seats: tuple[TrusteeSeat, ...]) -> list[dict[str, Any]]:
    return [
        {
            "index": seat.index,
            "role": seat.role.value,
            "name": seat.name,
            "public_key": seat.public_key.hex(),
        }
        for seat in seats
    ]
