"""The acts after an opening: handover, publication, answers, award, notices, contract, archive."""

from typing import Any
from uuid import UUID

from flask import Response, request
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as Answer

from kernel.house import Call
from kernel.identity import authority
from kernel.pages import render
from kernel.pure.errors import Refused
from kernel.web import Feature, body
from trading.results import (
    archiving,
    awards,
    candidates,
    contracts,
    desk,
    forms,
    handover,
    issuing,
    objecting,
    renouncing,
    rules,
    settling,
    signing,
)
from trading.results.access import ResultRight
from trading.tenders.views import account_of

feature = Feature("results", __name__)
LOT = "/lots/<uuid:lot_id>"
DESK = "/tenders/lots/<uuid:lot_id>/results"
Done = dict[str, Any] | Answer


@feature.get(DESK, permission=ResultRight.DESK)
def desk_page(call: Call, lot_id: UUID) -> str:
    """One primary act per stage, the legal days, money by line."""
    return render("results/desk.html", **desk.page(call, account_of(call), lot_id))


@feature.get(f"{DESK}/state", permission=ResultRight.DESK)
def desk_state(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Whether the page that was served is still how things stand."""
    return {"revision": desk.revision(call, account_of(call), lot_id)}


@feature.post(f"{LOT}/handover", permission=ResultRight.HAND_OVER)
def hand_over(call: Call, lot_id: UUID) -> Done:
    """移交评标: {confirmation}."""
    rules.check_confirmed(forms.shown().get("confirmation"), handover.PHRASE)
    room = handover.hand_over(call.session, call.house.keys, lot_id, actor=call.actor, now=call.now)
    return _done(lot_id, room=str(room))


@feature.get(f"{LOT}/candidates", permission=ResultRight.PUBLISH)
def candidates_to_sign(call: Call, lot_id: UUID) -> dict[str, Any]:
    """The publication to sign; `days` in the query may lengthen it."""
    draft = candidates.candidates_to_sign(
        call.session,
        lot_id,
        days=forms.days(request.args),
        actor=call.actor,
        now=call.now,
    )
    return draft.as_json()


@feature.post(f"{LOT}/candidates", permission=ResultRight.PUBLISH)
def publish_candidates(call: Call, lot_id: UUID) -> Done:
    """{confirmation, days?, digest, signature, certificate_chain}; binary values in hex."""
    given = body()
    rules.check_confirmed(given.get("confirmation"), candidates.PHRASE)
    candidates.publish_candidates(
        call.session,
        authority.of(call.house, call.session, call.now),
        lot_id,
        signing.read_signed(given),
        days=forms.days(given),
        actor=call.actor,
        now=call.now,
    )
    return _done(lot_id)


@feature.post(f"{LOT}/objections/<uuid:objection_id>/answer", permission=ResultRight.RECORD)
def answer(call: Call, lot_id: UUID, objection_id: UUID) -> Done:
    """{text}: the written answer; the last one lets the lot go on."""
    objecting.answer_objection(
        call.session,
        lot_id,
        objection_id,
        forms.text(forms.shown(), "text", 20_000),
        actor=call.actor,
        now=call.now,
    )
    return _done(lot_id)


@feature.get(f"{LOT}/award", permission=ResultRight.AWARD)
def award_to_sign(call: Call, lot_id: UUID) -> dict[str, Any]:
    """The decision to sign: `rank`, and `passed_over` as JSON text, in the query."""
    draft = awards.award_to_sign(
        call.session,
        lot_id,
        rank=forms.rank(request.args),
        passed=forms.passed_over(request.args),
        actor=call.actor,
        now=call.now,
    )
    return draft.as_json()


@feature.post(f"{LOT}/award", permission=ResultRight.AWARD)
def decide_award(call: Call, lot_id: UUID) -> Done:
    """{confirmation, rank, passed_over?, digest, signature, certificate_chain}."""
    given = body()
    rules.check_confirmed(given.get("confirmation"), awards.PHRASE)
    awards.decide_award(
        call.session,
        authority.of(call.house, call.session, call.now),
        lot_id,
        signing.read_signed(given),
        rank=forms.rank(given),
        passed=forms.passed_over(given),
        actor=call.actor,
        now=call.now,
    )
    return _done(lot_id)


@feature.post(f"{LOT}/notices", permission=ResultRight.RECORD)
def issue_notices(call: Call, lot_id: UUID) -> Done:
    """Award notice, result notices and the public result, at once."""
    issued = issuing.issue_notices(call.session, lot_id, actor=call.actor, now=call.now)
    return _done(lot_id, issued=len(issued))


@feature.post(f"{LOT}/contract", permission=ResultRight.RECORD)
def record_contract(call: Call, lot_id: UUID) -> Done:
    """Multipart: number, amount_fen (or amount), signed_on, late_reason?, file (PDF)."""
    request.max_content_length = contracts.FILE_MOST + (1 << 20)
    paper = forms.attachment(contracts.FILE_MOST)
    if paper is None:
        raise Refused("RES-1009")
    contracts.record_contract(
        call.session,
        call.house.blobs,
        lot_id,
        forms.contract(request.form.to_dict()),
        paper,
        actor=call.actor,
        now=call.now,
    )
    return _done(lot_id)


@feature.post(f"{LOT}/settlement", permission=ResultRight.RECORD)
def propose_settlement(call: Call, lot_id: UUID) -> Done:
    """Propose that every deposit goes back; the centre approves twice."""
    settling.propose(call.session, lot_id, actor=call.actor, now=call.now)
    return _done(lot_id)


@feature.post(f"{LOT}/renunciation", permission=ResultRight.AWARD)
def record_renunciation(call: Call, lot_id: UUID) -> Done:
    """Multipart: confirmation, cause, text, file (PDF)."""
    request.max_content_length = renouncing.FILE_MOST + (1 << 20)
    given = request.form.to_dict()
    rules.check_confirmed(given.get("confirmation"), renouncing.PHRASE)
    paper = forms.attachment(renouncing.FILE_MOST)
    if paper is None:
        raise Refused("RES-1009")
    renouncing.record_renunciation(
        call.session,
        call.house.blobs,
        lot_id,
        forms.cause(given),
        forms.text(given, "text", 20_000),
        paper,
        actor=call.actor,
        now=call.now,
    )
    return _done(lot_id)


@feature.post(f"{LOT}/archive", permission=ResultRight.ARCHIVE)
def archive(call: Call, lot_id: UUID) -> Done:
    """归档: {confirmation}."""
    rules.check_confirmed(forms.shown().get("confirmation"), archiving.PHRASE)
    archiving.archive_lot(call.session, lot_id, actor=call.actor, now=call.now)
    return _done(lot_id)


def _done(lot_id: UUID, **told: Any) -> Done:
    """JSON for scripts, the desk again for a form."""
    href = f"/tenders/lots/{lot_id}/results"
    asked = request.accept_mimetypes.best_match(["text/html", "application/json"])
    if request.is_json or asked == "application/json":
        return {"href": href, **told}
    answer: Response = redirect(href, code=303, Response=Response)  # type: ignore[assignment]
    return answer
