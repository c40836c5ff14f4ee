"""The signed PDF record: the frozen facts laid out, sealed by the centre, logged, kept as a blob.

条例 44, 20号令 30: who bid, what was read out, objected and answered; hashes to check it by.
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from kernel import log
from kernel.house import Call
from kernel.identity.authority import Authority
from kernel.identity.certificates import centre_seal
from kernel.jobs import schedule
from kernel.pdf import signing
from kernel.pdf.document import render
from kernel.pdf.record import Record
from kernel.pure import jcs
from trading.openings import hall as halls
from trading.openings import pages
from trading.openings.hall import Hall
from trading.openings.record_models import RecordRow, SupplementRow
from trading.openings.states import Fact as Happened
from trading.openings.states import Kind
from trading.tenders.rule_book import rule_set


@dataclass(frozen=True, slots=True)
class _Due:
    """A record to issue: number, hash of its frozen facts, their leaf, the page, its address."""

    no: int
    facts_hash: bytes
    leaf: UUID
    page: Record
    url: str


def issue(call: Call, authority: Authority, lot_id: UUID) -> None:
    """Issue what is due: the record, later its supplements; a second call changes nothing."""
    hall = halls.enter(call.session, lot_id, call.now)
    _issue(call, authority, hall, 1)
    for no in range(2, hall.opening.sitting + 1):
        _issue(call, authority, hall, no)


def _issue(call: Call, authority: Authority, hall: Hall, no: int) -> None:
    if call.session.get(RecordRow, (hall.lot.id, no)) is not None:
        return
    due = _first(call, hall) if no == 1 else _supplement(call, hall, no)
    if due is None:
        return
    rendered = render(due.page)
    seal = centre_seal(call.session, authority, organisation_id=hall.lot.centre_id, now=call.now)
    pdf = signing.apply_seal(rendered, seal=seal, at=call.now, reason=due.page.title)
    digest = sha256(pdf).digest()
    leaf = log.append(
        call.session,
        "record",
        {"lot": str(hall.lot.id), "facts": due.facts_hash.hex(), "pdf": digest.hex()},
    )
    minutes = rule_set(hall.lot.rule_set).value("record_signing_minutes")
    until = call.now + timedelta(minutes=minutes)
    call.session.add(
        RecordRow(
            lot_id=hall.lot.id,
            no=no,
            facts_hash=due.facts_hash,
            pdf_hash=digest,
            blob_key=call.house.blobs.put([pdf]),
            pages=rendered.pages,
            leaf_id=leaf,
            issued_at=call.now,
            sign_until=until,
        )
    )
    call.session.flush()
    told = {
        "no": no,
        "facts_hash": due.facts_hash,
        "pdf_hash": digest,
        "url": due.url,
        "log_leaf": str(leaf),
        "sign_until": until,
    }
    halls.say(hall, Happened(Kind.RECORD_ISSUED), {Kind.RECORD_ISSUED: told})
    payload = {"lot_id": str(hall.lot.id), "no": no}
    key = f"{hall.lot.id}:{no}"
    schedule(call.session, kind="opening.signing", key=key, due_at=until, payload=payload)


def _logged(call: Call, leaf: UUID) -> int | None:
    """The number of a record's facts in the log, which the record names."""
    if log.entry(call.session, leaf) is None:
        log.sequence(call.session, call.house.keys)
    entry = log.entry(call.session, leaf)
    return entry.index if entry else None


def _first(call: Call, hall: Hall) -> _Due | None:
    row = hall.row
    if row.facts is None or row.facts_hash is None or row.facts_leaf is None:
        return None
    page = pages.record(call, hall, jcs.parse(row.facts), _logged(call, row.facts_leaf))
    return _Due(1, row.facts_hash, row.facts_leaf, page, f"/lots/{hall.lot.id}/record")


def _supplement(call: Call, hall: Hall, no: int) -> _Due | None:
    row = call.session.get(SupplementRow, (hall.lot.id, no))
    if row is None:
        return None
    told = jcs.parse(row.facts)
    page = pages.supplement(call, hall, told, row.facts_hash, _logged(call, row.facts_leaf))
    return _Due(no, row.facts_hash, row.facts_leaf, page, f"/lots/{hall.lot.id}/records/{no}")
