"""The trustees' two releases: what each is asked for, and every share checked as it comes.

sealed-bids: once per lot, for one manifest, for the last live envelope of each pseudonym only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import log
from kernel.crypto.sharing import check_share
from kernel.crypto.signatures import verify_p256
from kernel.permissions import Account
from kernel.pure import jcs
from kernel.pure.envelope import Header, parse_header
from kernel.pure.errors import Refused
from kernel.pure.messages import Release, ReleaseStage, read_release
from trading.bids import queries as bids
from trading.openings import commands as c
from trading.openings import hall as halls
from trading.openings.hall import Hall
from trading.openings.models import RefusedReleaseRow, ReleaseRow
from trading.openings.states import Fact, Kind, Party
from trading.tenders import queries as tenders
from trading.tenders.rules import LotSnapshot, TrusteeSeat

RELEASES: Mapping[ReleaseStage, int] = {ReleaseStage.LIST: 1, ReleaseStage.OPEN: 2}


@dataclass(frozen=True, slots=True)
class Given:
    """How many trustees have given this release, out of how many needed; `repeated` if known."""

    given: int
    threshold: int
    repeated: bool


def seat_of(session: Session, lot: LotSnapshot, actor: Account) -> TrusteeSeat:
    """The actor's seat among the lot's trustees. Raises Refused OPN-1201."""
    keys = {row.id for row in tenders.trustees_of_person(session, actor.person_id)}
    for seat in lot.trustees:
        if seat.trustee_id in keys:
            return seat
    raise Refused("OPN-1201")


def release(
    session: Session, lot_id: UUID, body: object, *, actor: Account, now: datetime
) -> Given | Refused:
    """Take one trustee's shares for the manifest, each checked against its envelope's header.

    A wrong share is said aloud with the trustee's name, kept, and returned as Refused OPN-1203 so
    that the record of it is committed. Raises Refused OPN-1201, 1202, 1204, 1205, 1208; ENV-4002.
    """
    hall = halls.enter(session, lot_id, now)
    seat = seat_of(session, hall.lot, actor)
    shown = read_release(body)
    if shown.lot != str(lot_id) or shown.trustee != seat.index:
        raise Refused("OPN-1201")
    if hall.row.manifest_hash is None:
        raise Refused("OPN-1002", act="Release", stage=hall.opening.stage.value)
    if shown.manifest != hall.row.manifest_hash:
        raise Refused("OPN-1202")
    if not verify_p256(seat.public_key, shown.message(), shown.signature):
        raise Refused("OPN-1208")
    number = RELEASES[shown.stage]
    if session.get(ReleaseRow, (lot_id, seat.index, number)) is not None:
        return _given(hall, number, repeated=True)
    try:
        _check_shares(hall, shown)
    except Refused as wrong:
        if wrong.code != "OPN-1203":
            raise
        _keep_refused(hall, seat, shown)
        return wrong
    return _accept(hall, seat, shown, number)


def _accept(hall: Hall, seat: TrusteeSeat, shown: Release, number: int) -> Given:
    if not halls.give(hall, c.Release(Party.TRUSTEE, seat.index, number)):
        return _given(hall, number, repeated=True)
    body = shown.to_json()
    hall.session.add(
        ReleaseRow(
            lot_id=hall.lot.id,
            trustee=seat.index,
            release=number,
            manifest_hash=shown.manifest,
            body=body,
            at=hall.now,
        )
    )
    log.append(
        hall.session,
        "release",
        {
            "lot": str(hall.lot.id),
            "trustee": seat.index,
            "stage": shown.stage.value,
            "manifest": shown.manifest.hex(),
            "digest": sha256(jcs.canonical(body)).hexdigest(),
        },
    )
    hall.session.flush()
    return _given(hall, number, repeated=False)


def _given(hall: Hall, number: int, *, repeated: bool) -> Given:
    have = hall.opening.first if number == 1 else hall.opening.second
    return Given(len(have), hall.opening.threshold, repeated)


def _check_shares(hall: Hall, shown: Release) -> None:
    """Each share is for another live envelope, and the one that its header names.

    One may be missing: a bidder who sealed a wrong share to a trustee must not stop the others.
    """
    headers = live_headers(hall.session, hall.lot.id)
    named = [share.commitment for share in shown.shares]
    if len(set(named)) != len(named) or not set(named) <= set(headers):
        raise Refused("OPN-1204")
    for share in shown.shares:
        wrap = headers[share.commitment].wrap(shown.trustee)
        if wrap is None:
            raise Refused("OPN-1204")
        opening = shown.stage is ReleaseStage.OPEN
        try:
            expected = wrap.open_share if opening else wrap.list_share
            check_share(share.share, expected, trustee=shown.trustee)
        except Refused:
            raise Refused("OPN-1203", trustee=shown.trustee) from None


def _keep_refused(hall: Hall, seat: TrusteeSeat, shown: Release) -> None:
    leaf_id = log.append(
        hall.session,
        "release_refused",
        {"lot": str(hall.lot.id), "trustee": seat.index, "code": "OPN-1203"},
    )
    hall.session.add(
        RefusedReleaseRow(
            lot_id=hall.lot.id,
            trustee=seat.index,
            release=RELEASES[shown.stage],
            code="OPN-1203",
            body=shown.to_json(),
            leaf_id=leaf_id,
            at=hall.now,
        )
    )
    told = {"trustee": seat.index, "role": seat.role.value, "name": seat.name, "code": "OPN-1203"}
    halls.say(hall, Fact(Kind.SHARE_REFUSED, **told))


def live_headers(session: Session, lot_id: UUID) -> dict[bytes, Header]:
    """Headers of the live envelopes by commitment, in log order."""
    return {
        row.commitment: parse_header(row.header) for row in bids.live_envelopes(session, lot_id)
    }


def shares_for(
    session: Session, lot_id: UUID, stage: ReleaseStage
) -> dict[bytes, dict[int, bytes]]:
    """Released shares by commitment and trustee."""
    rows = session.scalars(
        select(ReleaseRow).where(ReleaseRow.lot_id == lot_id, ReleaseRow.release == RELEASES[stage])
    )
    found: dict[bytes, dict[int, bytes]] = {}
    for row in rows:
        for share in read_release(row.body).shares:
            found.setdefault(share.commitment, {})[row.trustee] = share.share
    return found


def settled(hall: Hall, stage: ReleaseStage) -> bool:
    """Whether every live envelope has its m shares, or was left out by too many ever to have them.

    More than n - m trustees who could not open their wrap are the bidder's fault, not theirs.
    """
    session, lot_id = hall.session, hall.lot.id
    shares = shares_for(session, lot_id, stage)
    given = hall.opening.first if stage is ReleaseStage.LIST else hall.opening.second
    spare = len(hall.lot.trustees) - hall.opening.threshold
    live = bids.live_envelopes(session, lot_id)
    held = [len(shares.get(row.commitment, {})) for row in live]
    return len(given) >= hall.opening.threshold and all(
        have >= hall.opening.threshold or len(given) - have > spare for have in held
    )
