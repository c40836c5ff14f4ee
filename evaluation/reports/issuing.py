"""The report as PDF: a draft to sign by, then sealed by the centre, whole and in its public form.

Files rest encrypted: the whole form names people whose names are secret until the result (法 37).
"""

from hashlib import sha256
from typing import Any
from uuid import UUID

from evaluation.events import ReportSigned
from evaluation.reports import papers, queries
from evaluation.reports.document import Setting, record
from evaluation.reports.models import IssueRow, ReportRow
from evaluation.rooms import actions as room_actions
from evaluation.rooms import queries as rooms
from evaluation.rooms.states import Stage
from kernel import log, outbox
from kernel.clock import installation
from kernel.house import Call
from kernel.identity.authority import Authority
from kernel.identity.certificates import centre_seal
from kernel.ids import new_id
from kernel.pdf import signing
from kernel.pdf.document import render
from kernel.pdf.record import Rendered
from kernel.pdf.seal import Seal
from kernel.pure import jcs


def draft(call: Call, row: ReportRow) -> str:
    """Render what the members read before they sign; returns the blob's key."""
    told: Any = jcs.parse(row.facts)
    hidden: Any = jcs.parse(row.hidden)
    rendered = render(record(told, hidden, None, _setting(call, row, told, number=None)))
    return _kept(call, rendered.pdf, papers.DRAFT + row.room_id.bytes)


def issue(call: Call, authority: Authority, room_id: UUID) -> None:
    """Seal the report once every member has answered, and close the room; once."""
    session = call.session
    room = rooms.room(session, room_id, lock=True)
    row = session.get(ReportRow, room_id)
    if row is None:
        return
    standing = queries.standing(session, row)
    if standing.issued or not standing.complete or room.paused_at is not None:
        return
    entry = log.entry(session, row.leaf_id)
    if entry is None:
        # The report names the number of its own facts in the log.
        log.sequence(session, call.house.keys)
        entry = log.entry(session, row.leaf_id)
    number = entry.index if entry else None
    seal = centre_seal(session, authority, organisation_id=room.centre_ref, now=call.now)
    whole = _rendered(call, row, whole=True, number=number)
    pdf = _sealed(call, whole, seal)
    public = _sealed(call, _rendered(call, row, whole=False, number=number), seal)
    told = {
        "room": str(room_id),
        "facts": row.facts_hash.hex(),
        "pdf": sha256(pdf).hexdigest(),
        "public_pdf": sha256(public).hexdigest(),
    }
    session.add(
        IssueRow(
            room_id=room_id,
            pdf_hash=sha256(pdf).digest(),
            blob_key=_kept(call, pdf, papers.WHOLE + room_id.bytes),
            pages=whole.pages,
            public_pdf_hash=sha256(public).digest(),
            public_blob_key=_kept(call, public, papers.PUBLIC + room_id.bytes),
            leaf_id=log.append(session, "evaluation_report_issued", told),
            issued_at=call.now,
        )
    )
    session.flush()
    room_actions.finish_stage(session, room_id, Stage.SIGNING, now=call.now)
    outbox.record(session, ReportSigned(new_id(), room.lot_ref, room_id, call.now))


def _rendered(call: Call, row: ReportRow, *, whole: bool, number: int | None) -> Rendered:
    told: Any = jcs.parse(bytes(row.facts))
    hidden: Any = jcs.parse(bytes(row.hidden)) if whole else None
    given = queries.signed(call.session, row.room_id)
    return render(record(told, hidden, given, _setting(call, row, told, number=number)))


def _sealed(call: Call, rendered: Rendered, seal: Seal) -> bytes:
    return signing.apply_seal(rendered, seal=seal, at=call.now, reason="评标报告")


def _setting(call: Call, row: ReportRow, told: Any, *, number: int | None) -> Setting:
    return Setting(
        centre=told["lot"]["centre"],
        check_url=f"{call.house.settings.public_url}/check/{row.facts_hash.hex()}",
        digest=bytes(row.facts_hash),
        log_number=number,
        at=call.now,
        demo=installation(call.session).demo,
    )


def _kept(call: Call, pdf: bytes, context: bytes) -> str:
    return call.house.blobs.put([call.house.keys.wrap(pdf, context=context)])
