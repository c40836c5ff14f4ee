"""What everyone may read of a result, and the bidder's objection to it."""

from collections.abc import Iterator
from urllib.parse import quote
from uuid import UUID

from flask import Response, redirect, request, stream_with_context
from werkzeug.wrappers import Response as Answer

from kernel.blobs import BlobStore
from kernel.house import Call
from kernel.pages import render
from kernel.permissions import Account, Actor, Role
from kernel.pure.errors import Refused
from kernel.web import Feature
from trading.results import forms, objecting, outcome_page, queries
from trading.results.access import ResultRight
from trading.results.queries import NoticeView
from trading.results.rules import NoticeKind
from trading.tenders import queries as lots
from trading.tenders.views import account_of

feature = Feature("results_public", __name__)
LOT = "/lots/<uuid:lot_id>"
CHUNK = 1 << 18
OVERSEE = frozenset({Role.SUPERVISOR, Role.CENTRE})


@feature.get(f"{LOT}/results", permission=ResultRight.READ)
def results_page(call: Call, lot_id: UUID) -> str:
    """Candidates, scores, rejections, objections, award, papers; a bidder's own part."""
    return render("results/public.html", **outcome_page.page(call, lot_id))


@feature.post(f"{LOT}/objections", permission=ResultRight.OBJECT)
def raise_objection(call: Call, lot_id: UUID) -> dict[str, str] | Answer:
    """{text}, or a form with text and file (PDF)."""
    request.max_content_length = objecting.FILE_MOST + (1 << 20)
    text = forms.text(forms.shown(), "text", 20_000)
    found = objecting.raise_objection(
        call.session,
        call.house.blobs,
        lot_id,
        text,
        None if request.is_json else forms.attachment(objecting.FILE_MOST),
        actor=account_of(call),
        now=call.now,
    )
    asked = request.accept_mimetypes.best_match(["text/html", "application/json"])
    if request.is_json or asked == "application/json":
        return {"id": str(found), "href": f"/lots/{lot_id}/results#objections"}
    return redirect(f"/lots/{lot_id}/results#objections", code=303)


@feature.get(f"{LOT}/objections/<uuid:objection_id>/file.pdf", permission=ResultRight.READ)
def objection_file(call: Call, lot_id: UUID, objection_id: UUID) -> Response:
    """An objection's PDF: for its author, the parties, supervisor and centre."""
    row = queries.objection(call.session, lot_id, objection_id).row
    if not _may_read(call, lot_id, row.bidder_ref):
        raise Refused("RES-1002")
    key, name, size = objecting.attachment_key(call.session, lot_id, objection_id)
    return _pdf(call.house.blobs, key, name, size)


@feature.get(f"{LOT}/notices/<kind>.pdf", permission=ResultRight.READ)
def notice_pdf(call: Call, lot_id: UUID, kind: str) -> Response:
    """`candidates`, `result`, `award`, or `outcome-<seat>`."""
    view = _named(call, lot_id, kind)
    if view.row.seat is not None:
        bidder = next(
            (b for b in queries.bidders(call.session, lot_id) if b.seat == view.row.seat), None
        )
        if bidder is None or not _may_read(call, lot_id, bidder.ref):
            raise Refused("RES-1002")
    if view.pdf is None:
        raise Refused("RES-1010")
    return _pdf(call.house.blobs, view.pdf.blob_key, f"{view.row.title}.pdf", view.pdf.size)


@feature.get(f"{LOT}/contract.pdf", permission=ResultRight.READ)
def contract_pdf(call: Call, lot_id: UUID) -> Response:
    """The contract: for the winner, the parties, supervisor and centre; its hash is public."""
    row, award = queries.contract_of(call.session, lot_id), queries.award_of(call.session, lot_id)
    if row is None or award is None:
        raise Refused("RES-1010")
    if not _may_read(call, lot_id, award.bidder_ref):
        raise Refused("RES-1002")
    return _pdf(call.house.blobs, row.blob_key, f"合同 {row.number}.pdf", row.size)


@feature.get(f"{LOT}/archive.json", permission=ResultRight.READ)
def archive_list(call: Call, lot_id: UUID) -> Response:
    """The archive's list: every document of the lot with its SHA-256, as it was logged."""
    row = queries.archive_of(call.session, lot_id)
    if row is None:
        raise Refused("RES-1010")
    return Response(bytes(row.manifest), mimetype="application/json")


def _named(call: Call, lot_id: UUID, kind: str) -> NoticeView:
    wanted, _, seat = kind.partition("-")
    if wanted not in set(NoticeKind) or (seat and not seat.isdecimal()):
        raise Refused("RES-1010")
    for view in queries.notices(call.session, lot_id):
        if view.row.kind == wanted and (not seat or view.row.seat == int(seat)):
            return view
    raise Refused("RES-1010")


def _may_read(call: Call, lot_id: UUID, owner: UUID) -> bool:
    """Its addressee or author, the lot's agency and tenderee, supervisor, the lot's centre."""
    actor: Actor = call.actor
    if not isinstance(actor, Account):
        return False
    project = lots.lot_row(call.session, lot_id)
    mine = {project.project.agency_id, project.project.tenderee_id, owner}
    if actor.role is Role.CENTRE:
        return actor.organisation_id == project.centre_id
    return actor.organisation_id in mine or actor.role in OVERSEE


def _pdf(blobs: BlobStore, key: str, name: str, size: int) -> Response:
    def chunks() -> Iterator[bytes]:
        with blobs.open(key) as file:
            while piece := file.read(CHUNK):
                yield piece

    answer = Response(stream_with_context(chunks()), mimetype="application/pdf")
    # Never shown inline: an uploaded file must not run as a page of this site.
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    answer.headers["Content-Length"] = str(size)
    return answer
