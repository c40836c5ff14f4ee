"""When the browser's key is gone: recovery code by account, the rescue panel's request and shares.

The list is public by then, so the organisation's account may act for its own seat. Each attempt is
kept and logged with its cause (20号令 31: whose fault a bid's not opening is).
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import log
from kernel.crypto import rescue
from kernel.identity import queries as identity
from kernel.identity.authority import Authority
from kernel.permissions import Account
from kernel.pure import jcs
from kernel.pure.envelope import Header
from kernel.pure.errors import Refused
from kernel.pure.messages import (
    RescueRelease,
    RescueRequest,
    read_rescue_release,
    read_rescue_request,
)
from kernel.secrets import Keys
from trading.openings import commands as c
from trading.openings import effects
from trading.openings import hall as halls
from trading.openings.actions import Attempt, header_of, try_secret
from trading.openings.causes import ATTEMPTS, WRONG_RESCUE, BidState
from trading.openings.hall import Hall
from trading.openings.models import RescueRow, RescueShareRow, SeatRow
from trading.openings.states import Fact, Kind, Party
from trading.tenders import queries as tenders
from trading.tenders.rules import LotSnapshot, TrusteeSeat

VIA = "rescue"


@dataclass(frozen=True, slots=True)
class Gathered:
    """How many members have given their share, out of how many needed; whether the lock is open."""

    given: int
    threshold: int
    unlocked: bool


def own_seat(session: Session, hall: Hall, actor: Account) -> SeatRow:
    """The seat of the actor's organisation on the list. Raises Refused OPN-1301 without one."""
    code = identity.organisation(session, actor.organisation_id).credit_code
    for seat in hall.seats.values():
        if seat.credit_code == code:
            return seat
    raise Refused("OPN-1301")


def recover(
    session: Session, keys: Keys, lot_id: UUID, *, actor: Account, attempt: Attempt, now: datetime
) -> Hall | Refused:
    """A recovery code without the vault: the secret is brought by account; its hash decides.

    A wrong one comes back as Refused OPN-2107 so that the attempt is kept. Raises Refused OPN-1301,
    1303, 2114, 1002, 1003.
    """
    hall = halls.enter(session, lot_id, now)
    return try_secret(hall, keys, Party.BIDDER, own_seat(session, hall, actor), attempt)


def report(
    session: Session, lot_id: UUID, code: str, via: str, *, actor: Account, now: datetime
) -> None:
    """An attempt failed on the machine of somebody who cannot act under the pseudonym any more."""
    hall = halls.enter(session, lot_id, now)
    seat = own_seat(session, hall, actor)
    halls.give(hall, c.ReportFailure(Party.BIDDER, seat.seat, code, via))


def ask(
    session: Session,
    authority: Authority,
    lot_id: UUID,
    body: object,
    *,
    actor: Account,
    now: datetime,
) -> SeatRow:
    """Take a bidder's signed request to the panel; once, and the second is the first.

    Raises Refused OPN-1301, 1303, 2109 (another organisation's certificate), 2114; ENV-3104 (no
    consent), ENV-4004; IDN-13xx.
    """
    hall = halls.enter(session, lot_id, now)
    seat = own_seat(session, hall, actor)
    request = read_rescue_request(body)
    if request.commitment != seat.commitment:
        raise Refused("OPN-1303")
    if request.cause not in ATTEMPTS:
        raise Refused("ENV-4004", field="cause")
    rescue.check_request(header_of(hall, seat), request)
    _check_holder(session, authority, seat, request, now=now)
    if halls.give(hall, c.AskRescue(Party.BIDDER, seat.seat, request.cause)):
        told = request.to_json()
        session.add(RescueRow(lot_id=lot_id, seat=seat.seat, body=told, at=now))
        digest = sha256(jcs.canonical(told)).hexdigest()
        named = {"lot": str(lot_id), "commitment": seat.commitment.hex(), "digest": digest}
        log.append(session, "rescue_request", named)
        session.flush()
    return seat


def _check_holder(
    session: Session, authority: Authority, seat: SeatRow, request: RescueRequest, *, now: datetime
) -> None:
    holder = identity.verify_certificate(session, authority, request.certificate_chain, now)
    if holder.credit_code != seat.credit_code:
        raise Refused("OPN-2109")
    if holder.public_key != request.key:
        raise Refused("ENV-4004", field="key")


def member_of(session: Session, lot: LotSnapshot, actor: Account) -> TrusteeSeat:
    """The actor's seat on the lot's rescue panel. Raises Refused OPN-1311."""
    keys = {row.id for row in tenders.trustees_of_person(session, actor.person_id)}
    for member in lot.rescue.members if lot.rescue else ():
        if member.trustee_id in keys:
            return member
    raise Refused("OPN-1311")


def release(
    session: Session, keys: Keys, lot_id: UUID, body: object, *, actor: Account, now: datetime
) -> Gathered | Refused:
    """Take one member's share of one bid; the k-th rebuilds the secret and unlocks the bid.

    A wrong share is said aloud with the member's name and returned as Refused OPN-1312, so that the
    record of it is committed. Raises Refused OPN-1311, 1301, 2110, 2114; ENV-3104, 4003.
    """
    hall = halls.enter(session, lot_id, now)
    member = member_of(session, hall.lot, actor)
    shown = read_rescue_release(body)
    if shown.member != member.index:
        raise Refused("OPN-1311")
    seat = _seat_named(hall, shown.commitment)
    if session.get(RescueRow, (lot_id, seat.seat)) is None:
        raise Refused("OPN-2110")
    header = header_of(hall, seat)
    if session.get(RescueShareRow, (lot_id, seat.seat, member.index)) is not None:
        return _gathered(hall, seat, header)
    try:
        rescue.check_release(header, shown)
    except Refused as wrong:
        if wrong.code != "ENV-3007":
            raise
        return _refuse(hall, seat, member)
    return _accept(hall, keys, seat, member, shown, header)


def _seat_named(hall: Hall, commitment: bytes) -> SeatRow:
    for seat in hall.seats.values():
        if seat.commitment == commitment:
            return seat
    raise Refused("OPN-1301")


def _refuse(hall: Hall, seat: SeatRow, member: TrusteeSeat) -> Refused:
    told = {"seat": seat.seat, "member": member.index, "role": member.role.value}
    halls.say(hall, Fact(Kind.RESCUE_REFUSED, name=member.name, code="OPN-1312", **told))
    effects.keep_attempt(hall, seat.seat, via=VIA, code="OPN-1312", member=member.index)
    return Refused("OPN-1312", name=member.name)


def _accept(
    hall: Hall,
    keys: Keys,
    seat: SeatRow,
    member: TrusteeSeat,
    shown: RescueRelease,
    header: Header,
) -> Gathered:
    before = shares_of(hall.session, keys, seat)
    told: dict[str, Any] = {
        "name": member.name,
        "role": member.role.value,
        "given": len(before) + 1,
        "threshold": rescue.lock_of(header).threshold,
    }
    command = c.RescueShare(Party.SYSTEM, seat.seat, member.index)
    if not halls.give(hall, command, {Kind.RESCUE_SHARE: told}):
        return _gathered(hall, seat, header)
    hall.session.add(
        RescueShareRow(
            lot_id=hall.lot.id,
            seat=seat.seat,
            member=member.index,
            digest=shown.digest(),
            sealed=keys.wrap(jcs.canonical(shown.to_json()), context=seat.commitment),
            at=hall.now,
        )
    )
    named = {"lot": str(hall.lot.id), "commitment": seat.commitment.hex(), "member": member.index}
    log.append(hall.session, "rescue_release", {**named, "digest": shown.digest().hex()})
    effects.keep_attempt(hall, seat.seat, via=VIA, member=member.index)
    hall.session.flush()
    _rebuild(hall, keys, seat, header, {**before, member.index: shown.share})
    return _gathered(hall, seat, header)


def _rebuild(
    hall: Hall, keys: Keys, seat: SeatRow, header: Header, shares: dict[int, bytes]
) -> None:
    try:
        secret = rescue.holder_secret(header, shares)
    except Refused as refused:
        if refused.code == "ENV-3009":
            failed = c.ReportFailure(Party.SYSTEM, seat.seat, WRONG_RESCUE, VIA)
            halls.give(hall, failed)
        return
    if halls.give(hall, c.Unlock(Party.SYSTEM, seat.seat, VIA)):
        seat.holder_secret = keys.wrap(secret, context=seat.commitment)


def shares_of(session: Session, keys: Keys, seat: SeatRow) -> dict[int, bytes]:
    """The checked shares of one bid by member."""
    rows = session.scalars(
        select(RescueShareRow).where(
            RescueShareRow.lot_id == seat.lot_id, RescueShareRow.seat == seat.seat
        )
    )
    found = {}
    for row in rows:
        body = jcs.parse(keys.unwrap(bytes(row.sealed), context=bytes(seat.commitment)))
        found[row.member] = read_rescue_release(body).share
    return found


def _gathered(hall: Hall, seat: SeatRow, header: Header) -> Gathered:
    rows = hall.session.scalars(
        select(RescueShareRow.member).where(
            RescueShareRow.lot_id == seat.lot_id, RescueShareRow.seat == seat.seat
        )
    ).all()
    unlocked = seat.state in {BidState.UNLOCKED, BidState.OPENED}
    return Gathered(len(rows), rescue.lock_of(header).threshold, unlocked)
