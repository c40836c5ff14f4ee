"""Host and bidders sign the issued record, each a PAdES revision of the same PDF, by their browser.

The server prepares a revision and says which bytes are signed; whoever completes first stands, the
others are prepared anew on top of it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kernel import log
from kernel.blobs import BlobStore
from kernel.crypto.signatures import verify_p256
from kernel.identity import queries as identity
from kernel.identity.authority import Authority
from kernel.ids import new_id
from kernel.live import LiveEvent
from kernel.pdf import countersigning
from kernel.pdf.countersigning import Prepared
from kernel.permissions import Account
from kernel.pure.errors import Refused
from trading.openings import hall as halls
from trading.openings.hall import Hall
from trading.openings.record_models import PreparedSignatureRow, RecordRow, SignedRecordRow
from trading.openings.states import Fact, Kind, Party

REASONS = {Party.HOST: "招标代理签署开标记录", Party.BIDDER: "投标人签署开标记录"}


@dataclass(frozen=True, slots=True)
class Signatory:
    """One who may sign a record: host, or bidder on a seat; known by its credit code."""

    role: Party
    seat: int | None
    name: str
    credit_code: str


@dataclass(frozen=True, slots=True)
class Given:
    """A browser's raw r‖s over what was prepared for it."""

    prepared: UUID
    signature: bytes


def signatories(hall: Hall) -> tuple[Signatory, ...]:
    """The agency, then the listed bidders by seat."""
    agency = identity.organisation(hall.session, hall.lot.agency_id)
    bidders = [
        Signatory(Party.BIDDER, seat.seat, seat.organisation, seat.credit_code)
        for seat in hall.seats.values()
        if seat.credit_code
    ]
    return (Signatory(Party.HOST, None, agency.name, agency.credit_code), *bidders)


def revisions(session: Session, lot_id: UUID, no: int) -> list[SignedRecordRow]:
    """Signatures on a record in their order."""
    wanted = select(SignedRecordRow).where(
        SignedRecordRow.lot_id == lot_id, SignedRecordRow.no == no
    )
    return list(session.scalars(wanted.order_by(SignedRecordRow.revision)))


def prepare(
    session: Session,
    blobs: BlobStore,
    authority: Authority,
    lot_id: UUID,
    no: int,
    chain: tuple[bytes, ...],
    *,
    actor: Account,
    now: datetime,
) -> dict[str, Any]:
    """The next revision for this signer: `attributes` (hex) are what its key signs.

    Raises Refused OPN-1702, 1703, 1705, 1706; IDN-13xx the certificate. Signed already: `signed`.
    """
    hall = halls.enter(session, lot_id, now)
    record, who = _may(hall, no, actor)
    held = revisions(session, lot_id, no)
    if any((each.role, each.seat) == (who.role, who.seat) for each in held):
        return {"signed": True}
    holder = identity.verify_certificate(session, authority, chain, now)
    if holder.credit_code != who.credit_code:
        raise Refused("OPN-1706", holder=holder.organisation_name)
    # The PDF tells the whole chain, so that anybody's reader finds the root.
    chain = chain if len(chain) > 1 else (*chain, authority.issuing)
    revision = len(held) + 2
    newest = held[-1].blob_key if held else record.blob_key
    with blobs.open(newest) as file:
        pdf = file.read()
    signer = countersigning.Signer(chain, who.name, REASONS[who.role], now)
    made = countersigning.prepare(pdf, field=f"Signature{revision}", signer=signer)
    _forget(session, lot_id, no, actor)
    row = PreparedSignatureRow(
        id=new_id(),
        lot_id=lot_id,
        no=no,
        organisation_id=actor.organisation_id,
        revision=revision,
        pdf=made.pdf,
        starts=made.start,
        ends=made.end,
        attributes=made.attributes,
        chain=[der.hex() for der in chain],
        at=now,
    )
    session.add(row)
    session.flush()
    return {"signed": False, "id": str(row.id), "attributes": made.attributes.hex()}


def complete(
    session: Session,
    blobs: BlobStore,
    authority: Authority,
    lot_id: UUID,
    no: int,
    given: Given,
    *,
    actor: Account,
    now: datetime,
) -> int:
    """Put the signature in; returns the revision's number. The same signature again, the same.

    Raises Refused OPN-1707 somebody signed meanwhile: prepare anew; OPN-1708 the signature does not
    fit; as `prepare` besides.
    """
    hall = halls.enter(session, lot_id, now)
    _, who = _may(hall, no, actor)
    held = revisions(session, lot_id, no)
    for each in held:
        if (each.role, each.seat) == (who.role, who.seat):
            return each.revision
    row = session.get(PreparedSignatureRow, given.prepared)
    if row is None or (row.lot_id, row.no, row.organisation_id) != (
        lot_id,
        no,
        actor.organisation_id,
    ):
        raise Refused("OPN-1707")
    if row.revision != len(held) + 2:
        raise Refused("OPN-1707")
    chain = tuple(bytes.fromhex(der) for der in row.chain)
    holder = identity.verify_certificate(session, authority, chain, now)
    if not verify_p256(holder.public_key, row.attributes, given.signature):
        raise Refused("OPN-1708")
    made = Prepared(row.pdf, row.starts, row.ends, row.attributes)
    pdf = countersigning.complete(made, chain=chain, signature=given.signature)
    _keep(hall, no, row.revision, who, holder.serial[-8:], blobs.put([pdf]))
    _forget(session, lot_id, no, actor)
    return row.revision


def close(session: Session, lot_id: UUID, no: int, *, now: datetime) -> None:
    """The time to sign is over: those who did not are named (their acceptance is deemed)."""
    hall = halls.enter(session, lot_id, now)
    if session.get(RecordRow, (lot_id, no)) is None or _is_told(hall, no):
        return
    done = {(each.role, each.seat) for each in revisions(session, lot_id, no)}
    unsigned = [
        {"role": who.role.value, "seat": who.seat, "name": who.name}
        for who in signatories(hall)
        if (who.role, who.seat) not in done
    ]
    log.append(
        session, "record_signing_closed", {"lot": str(lot_id), "no": no, "unsigned": unsigned}
    )
    halls.say(hall, Fact(Kind.SIGNING_CLOSED, no=no, unsigned=unsigned))


def _is_told(hall: Hall, no: int) -> bool:
    told = select(LiveEvent.payload).where(
        LiveEvent.session_id == hall.row.live_id, LiveEvent.kind == Kind.SIGNING_CLOSED.value
    )
    return any(payload["no"] == no for payload in hall.session.scalars(told))


def _may(hall: Hall, no: int, actor: Account) -> tuple[RecordRow, Signatory]:
    record = hall.session.get(RecordRow, (hall.lot.id, no))
    if record is None:
        raise Refused("OPN-1702")
    own = identity.organisation(hall.session, actor.organisation_id)
    who = next((each for each in signatories(hall) if each.credit_code == own.credit_code), None)
    if who is None or (who.role is Party.BIDDER) != (actor.role == "bidder"):
        raise Refused("OPN-1705")
    if record.sign_until is None or hall.now >= record.sign_until:
        raise Refused("OPN-1703", until=record.sign_until)
    return record, who


def _keep(hall: Hall, no: int, revision: int, who: Signatory, tail: str, key: str) -> None:
    digest = bytes.fromhex(key)
    told = {
        "lot": str(hall.lot.id),
        "no": no,
        "revision": revision,
        "role": who.role.value,
        "seat": who.seat,
        "pdf": digest.hex(),
    }
    leaf = log.append(hall.session, "record_signed", told)
    hall.session.add(
        SignedRecordRow(
            lot_id=hall.lot.id,
            no=no,
            revision=revision,
            role=who.role,
            seat=who.seat,
            name=who.name,
            certificate_tail=tail,
            pdf_hash=digest,
            blob_key=key,
            leaf_id=leaf,
            at=hall.now,
        )
    )
    hall.session.flush()
    said = {"no": no, "revision": revision, "role": who.role, "seat": who.seat, "name": who.name}
    halls.say(
        hall,
        Fact(
            Kind.RECORD_SIGNED, **said, certificate_tail=tail, pdf_hash=digest, log_leaf=str(leaf)
        ),
    )


def _forget(session: Session, lot_id: UUID, no: int, actor: Account) -> None:
    """What was prepared for this signer and not used."""
    mine = (
        PreparedSignatureRow.lot_id == lot_id,
        PreparedSignatureRow.no == no,
        PreparedSignatureRow.organisation_id == actor.organisation_id,
    )
    session.execute(delete(PreparedSignatureRow).where(*mine))
