"""Publishing a notice: what is signed, and the signed answer from the agency's browser."""

from typing import Any
from uuid import UUID

from kernel.house import Call
from kernel.identity import authority
from kernel.pure.errors import Refused
from kernel.web import Feature, body
from trading.tenders import actions, notices, queries
from trading.tenders.access import TenderRight
from trading.tenders.views import account_of

feature = Feature("notices", __name__)
PHRASE = "发布公告"


@feature.get("/tenders/lots/<uuid:lot_id>/notice", permission=TenderRight.PUBLISH)
def to_sign(call: Call, lot_id: UUID) -> dict[str, Any]:
    """The bytes to sign (hex), their digest, and the body they hold."""
    lot = queries.lot_row(call.session, lot_id)
    actions.require_party(account_of(call), {lot.project.agency_id})
    draft = notices.notice_to_sign(call.session, lot_id)
    return {
        "version": draft.version,
        "digest": draft.digest.hex(),
        "message": draft.message.hex(),
        "policy_digest": draft.policy.digest().hex(),
        "body": draft.body,
    }


@feature.post("/tenders/lots/<uuid:lot_id>/notice", permission=TenderRight.PUBLISH)
def publish(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Publish: {confirmation, digest, signature, certificate_chain}, binary values in hex."""
    given = body()
    if given.get("confirmation") != PHRASE:
        raise Refused("TEN-1705")
    notice = notices.publish_notice(
        call.session,
        authority.of(call.house, call.session, call.now),
        lot_id,
        _signed(given),
        actor=call.actor,
        now=call.now,
    )
    return {"notice": str(notice), "href": f"/lots/{lot_id}"}


def _signed(given: dict[str, Any]) -> notices.SignedNotice:
    try:
        chain = tuple(bytes.fromhex(each) for each in given["certificate_chain"])
        signed = notices.SignedNotice(
            bytes.fromhex(given["digest"]), bytes.fromhex(given["signature"]), chain
        )
    except (KeyError, TypeError, ValueError):
        raise Refused("TEN-1703") from None
    if not chain or len(signed.signature) != 64:
        raise Refused("TEN-1703")
    return signed
