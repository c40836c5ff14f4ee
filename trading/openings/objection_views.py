"""HTTP of objections: a bidder's under ticket, the host's files, and downloads for everybody."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, request, stream_with_context

from kernel.house import Call
from kernel.pure.errors import Refused
from kernel.web import Feature, body
from trading.openings import forms, objections
from trading.openings.access import Right

feature = Feature("objections", __name__)
HALL = "/lots/<uuid:lot_id>/hall"
MOST = 64 << 20
"""What no rule set exceeds; a lot's own cap is the rule set's."""
CHUNK = 1 << 16


@feature.post(f"{HALL}/objections", permission=Right.ACT_UNDER_TICKET, ticket=True)
def raise_(call: Call, lot_id: UUID) -> dict[str, Any]:
    """提出异议, at any time of the session."""
    shown = body()
    signed = objections.Signed(
        forms.text(shown, "statement", 20_000).encode(), forms.hex_bytes(shown, "signature", 64)
    )
    actor = forms.pseudonym(call)
    row = objections.raise_(call.session, lot_id, signed, actor=actor, now=call.now)
    return {"no": row.no}


@feature.post(f"{HALL}/attachments", permission=Right.ACT_UNDER_TICKET, ticket=True, most=MOST)
def attach(call: Call, lot_id: UUID) -> dict[str, Any]:
    """A bidder's file for an objection to come: the body is the file, `name` its name."""
    return _keep(call, lot_id)


@feature.post(f"{HALL}/host/attachments", permission=Right.PRESIDE, most=MOST)
def attach_answer(call: Call, lot_id: UUID) -> dict[str, Any]:
    """The host's file for an answer to come."""
    return _keep(call, lot_id)


def _keep(call: Call, lot_id: UUID) -> dict[str, Any]:
    return objections.keep_file(
        call.session,
        call.house.blobs,
        lot_id,
        request.args.get("name", ""),
        request.get_data(),
        actor=call.actor,
        now=call.now,
    )


@feature.get(f"{HALL}/attachments/<digest>", permission=Right.WATCH)
def attachment(call: Call, lot_id: UUID, digest: str) -> Response:
    """A file of an objection or its answer, to keep: never shown in the platform's own name."""
    row = objections.public_file(call.session, lot_id, digest)
    try:
        file = call.house.blobs.open(row.sha256.hex())
    except FileNotFoundError:
        raise Refused("OPN-1612") from None

    def chunks() -> Any:
        with file:
            while chunk := file.read(CHUNK):
                yield chunk

    answer = Response(stream_with_context(chunks()), mimetype=row.media_type)
    answer.headers["Content-Length"] = str(row.size)
    name = quote(row.name, safe="")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer
