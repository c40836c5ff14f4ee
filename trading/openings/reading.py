"""What the worker reads once the committee allows it: identities, then openings, then the checks.

条例 51: an envelope without a valid certificate signature is unsigned. Prices stay unsaid here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import compress
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.crypto.sealing import Secrets, check_binding, committee_secret, read_json
from kernel.house import Call
from kernel.identity import queries as identities
from kernel.identity.authority import Authority
from kernel.pure import jcs, merkle
from kernel.pure.envelope import Header, HolderLock, PartName, known_roots, parse_header
from kernel.pure.envelope import commitment as commitment_of
from kernel.pure.errors import Refused
from kernel.pure.messages import ReleaseStage
from trading.bids import queries as bids
from trading.bids.queries import EnvelopeRow, read_part
from trading.openings import commands as c
from trading.openings import deposits, draws, offers, seating
from trading.openings import hall as halls
from trading.openings.actions import present
from trading.openings.causes import CAUSES, BidState, Cause
from trading.openings.committee import settled, shares_for
from trading.openings.hall import Hall
from trading.openings.models import SeatRow
from trading.openings.states import Kind, Party, Stage

UNREADABLE = "（身份部分无法读取）"


@dataclass(frozen=True, slots=True)
class Opened:
    """One live envelope after release 1: its identity part, or why there is none."""

    envelope: EnvelopeRow
    header: Header
    identity: Mapping[str, Any]
    cause: Cause | None = None

    @property
    def credit_code(self) -> str:
        """The code the certificate vouches for, empty when the identity could not be read."""
        return str(self.identity.get("credit_code", ""))


def publish_list(call: Call, authority: Authority, lot_id: UUID) -> None:
    """Open the identities, judge the deposits, publish the list; nothing while paused."""
    session, now = call.session, call.now
    hall = halls.enter(session, lot_id, now)
    o = hall.opening
    if o.stage is not Stage.DEADLINE_LOCK or o.paused_at or not settled(hall, ReleaseStage.LIST):
        return
    opened = [_identify(call, authority, envelope) for envelope in _with_shares(session, lot_id)]
    last = {each.credit_code: each for each in opened if each.credit_code}
    stands = [not each.credit_code or last[each.credit_code] is each for each in opened]
    standing = list(compress(opened, stands))
    hall.row.superseded = [_superseded(e) for e, it in zip(opened, stands, strict=True) if not it]
    attended = present(session, lot_id)
    for number, each in enumerate(standing, start=1):
        here = each.envelope.pseudonym in attended
        session.add(_seat(hall, authority, number, each, attended=here))
    session.flush()
    halls.reload_seats(hall)
    seats = hall.seats.values()
    extras = {
        Kind.LIST_PUBLISHED: {
            "superseded": [
                {"commitment": e["commitment"], "organisation": e["organisation"]}
                for e in hall.row.superseded
            ],
            "attendance": [seat.seat for seat in seats if seat.attended],
        }
    }
    listed = tuple(seating.bid_of(seat) for seat in seats)
    halls.give(hall, c.PublishList(Party.SYSTEM, listed), extras)


@dataclass(frozen=True, slots=True)
class _Shared:
    envelope: EnvelopeRow
    header: Header
    shares: Mapping[int, bytes]
    roots: Mapping[bytes, tuple[str, PartName]]


def _with_shares(
    session: Session, lot_id: UUID, stage: ReleaseStage = ReleaseStage.LIST
) -> list[_Shared]:
    shares = shares_for(session, lot_id, stage)
    rows = [(row, parse_header(row.header)) for row in bids.live_envelopes(session, lot_id)]
    roots = known_roots(header for _, header in rows)
    return [_Shared(row, header, shares.get(row.commitment, {}), roots) for row, header in rows]


def _identify(call: Call, authority: Authority, shared: _Shared) -> Opened:
    try:
        secret = committee_secret(shared.header, ReleaseStage.LIST, shared.shares)
        identity = _read(call, shared, PartName.IDENTITY, Secrets(list=secret))
    except Refused as refused:
        return Opened(shared.envelope, shared.header, {}, _cause(call, shared, refused))
    signed = _is_signed(call.session, authority, shared, identity, call.now)
    return Opened(shared.envelope, shared.header, identity, None if signed else Cause.UNSIGNED)


def _read(call: Call, shared: _Shared, name: PartName, secrets: Secrets) -> Mapping[str, Any]:
    chunks = read_part(call.session, call.house.blobs, shared.envelope.id, name)
    return read_json(shared.header, name, secrets, chunks, known_roots=shared.roots)


def _cause(call: Call, shared: _Shared, refused: Refused) -> Cause:
    """Whose fault an unreadable part is: bytes that match the header are the bidder's own."""
    if refused.code in {"ENV-3002", "ENV-3005"}:
        return Cause.WRONG_SECRET
    intact = all(
        stored_root(call, shared.envelope.id, name) == _root(shared.header, name)
        for name in (PartName.IDENTITY, PartName.OPENING)
    )
    return Cause.UNREADABLE if intact else Cause.STORAGE_DAMAGED


def stored_root(call: Call, envelope_id: UUID, name: PartName) -> bytes:
    """Merkle root over the sealed chunks as they are stored now."""
    tree = merkle.Frontier()
    for chunk in read_part(call.session, call.house.blobs, envelope_id, name):
        tree.add(merkle.leaf_hash(chunk))
    return tree.root()


def _root(header: Header, name: PartName) -> bytes:
    part = header.part(name)
    return part.merkle_root if part else b""


def _is_signed(
    session: Session,
    authority: Authority,
    shared: _Shared,
    identity: Mapping[str, Any],
    now: datetime,
) -> bool:
    """条例 51: the certificate is valid, is this organisation's, and signed this very envelope."""
    try:
        chain = tuple(bytes.fromhex(str(each)) for each in identity["certificate_chain"])
        holder = identities.verify_certificate(
            session, authority, chain, shared.envelope.admitted_at
        )
        signature = bytes.fromhex(str(identity["binding_signature"]))
        check_binding(shared.header, holder.public_key, signature)
    except (Refused, KeyError, TypeError, ValueError):
        return False
    told = (identity.get("credit_code"), identity.get("organisation"))
    return told == (holder.credit_code, holder.organisation_name)


def _superseded(opened: Opened) -> dict[str, Any]:
    """法 29: one bidder, one bid; earlier ones are named and never opened further."""
    return {
        "commitment": opened.envelope.commitment.hex(),
        "organisation": str(opened.identity.get("organisation", "")),
        "sub_account_token": str(opened.identity.get("sub_account_token", "")),
    }


def _seat(
    hall: Hall, authority: Authority, number: int, opened: Opened, *, attended: bool
) -> SeatRow:
    row = SeatRow(
        lot_id=hall.lot.id,
        seat=number,
        envelope_id=opened.envelope.id,
        pseudonym=opened.envelope.pseudonym,
        commitment=opened.envelope.commitment,
        organisation=str(opened.identity.get("organisation", UNREADABLE)),
        credit_code=opened.credit_code,
        identity=dict(opened.identity),
        deposit=deposits.judge(hall, authority, opened.envelope.id, opened.identity),
        attended=attended,
        state=CAUSES[opened.cause].state if opened.cause else BidState.LISTED,
        cause=opened.cause,
        code=CAUSES[opened.cause].code if opened.cause else None,
    )
    free = opened.header.policy.holder_lock is HolderLock.COMMITTEE_ONLY
    if free and row.state is BidState.LISTED:
        row.state, row.via, row.unlocked_at = BidState.UNLOCKED, "committee", hall.now
    return row


def unseal(call: Call, lot_id: UUID) -> None:
    """After release 2: read each unlocked opening part; what the agency will sign is fixed here."""
    hall = halls.enter(call.session, lot_id, call.now)
    o = hall.opening
    if o.stage is not Stage.OPENING or o.paused_at or o.unsealed:
        return
    if not settled(hall, ReleaseStage.OPEN):
        return
    opened: list[int] = []
    failed: list[tuple[int, Cause]] = []
    by_id = {s.envelope.id: s for s in _with_shares(call.session, lot_id, ReleaseStage.OPEN)}
    for seat in hall.seats.values():
        if seat.state is not BidState.UNLOCKED:
            continue
        try:
            seat.offer = offers.checked(_open(call, seat, by_id[seat.envelope_id]))
        except Refused as refused:
            failed.append((seat.seat, _cause(call, by_id[seat.envelope_id], refused)))
            continue
        seat.offer_hash = sha256(jcs.canonical(seat.offer)).digest()
        opened.append(seat.seat)
    hall.row.openings = offers.statement(hall)
    digest = sha256(hall.row.openings).hexdigest()
    halls.give(hall, c.Unseal(Party.SYSTEM, tuple(opened), tuple(failed), digest))


def _open(call: Call, seat: SeatRow, shared: _Shared) -> Mapping[str, Any]:
    holder = bytes(32)
    if seat.holder_secret is not None:
        holder = call.house.keys.unwrap(seat.holder_secret, context=seat.commitment)
    secret = committee_secret(shared.header, ReleaseStage.OPEN, shared.shares)
    return _read(call, shared, PartName.OPENING, Secrets(open=secret, holder=holder))


def verify(call: Call, lot_id: UUID) -> None:
    """Hash against receipt: header, signature and stored bytes are what was logged before T."""
    hall = halls.enter(call.session, lot_id, call.now)
    if hall.opening.stage is not Stage.VERIFICATION or hall.opening.paused_at:
        return
    rows = {row.id: row for row in bids.live_envelopes(call.session, lot_id)}
    if hall.opening.draws:
        _keep_parts(hall)
    matched: list[int] = []
    failed: list[tuple[int, Cause]] = []
    for seat in hall.seats.values():
        if seat.state is not BidState.OPENED:
            continue
        cause = _mismatch(call, seat, rows[seat.envelope_id])
        seat.matched = cause is None
        if cause is None:
            matched.append(seat.seat)
        else:
            failed.append((seat.seat, cause))
    halls.give(hall, c.Verify(Party.SYSTEM, tuple(matched), tuple(failed)))


def _keep_parts(hall: Hall) -> None:
    """What every listed bid puts into the draws, opened or not; never from what was superseded."""
    shared = _with_shares(hall.session, hall.lot.id, ReleaseStage.OPEN)
    by_id = {each.envelope.id: each for each in shared}
    for seat in hall.seats.values():
        each = by_id[seat.envelope_id]
        seat.draw_part = draws.part_of(each.header, each.shares)


def _mismatch(call: Call, seat: SeatRow, row: EnvelopeRow) -> Cause | None:
    header = parse_header(row.header)
    if commitment_of(header, row.signature) != seat.commitment:
        return Cause.NOT_AS_LOGGED
    if offers.logged_commitment(call.session, row.leaf_id) != seat.commitment:
        return Cause.NOT_AS_LOGGED
    if stored_root(call, row.id, PartName.OPENING) != _root(header, PartName.OPENING):
        return Cause.STORAGE_DAMAGED
    return None
