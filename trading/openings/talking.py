"""Who may speak in the hall's chat, and keep order in it: after the list, by office or by seat.

Before the list nobody speaks: a line alone would tell that somebody is there.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.permissions import Account, Pseudonym
from kernel.pure.errors import Refused
from trading.openings.access import is_witness, party_of
from trading.openings.models import OpeningRow, SeatRow
from trading.openings.states import AFTER_LIST, BEFORE_LIST, FINISHED, Party, Stage
from trading.sittings import actions as sittings
from trading.sittings import chat, queries
from trading.sittings.chat import Moderator, Speaker
from trading.sittings.rules import Speaking, Talk, in_office
from trading.tenders.queries import lot_snapshot
from trading.tenders.rule_book import rule_set
from trading.tenders.rules import LotSnapshot

SPOKEN_IN = AFTER_LIST - FINISHED


def say(
    session: Session,
    lot_id: UUID,
    words: str,
    *,
    key: str,
    actor: Account | Pseudonym,
    now: datetime,
) -> int:
    """One line; returns its number. Raises Refused as `speaker_of` and `chat.say`."""
    lot = lot_snapshot(session, lot_id)
    speaker = speaker_of(session, lot, actor)
    pace = rule_set(lot.rule_set)
    talk = Talk(
        characters=pace.value("chat_characters"),
        burst=pace.value("chat_burst"),
        seconds=pace.value("chat_seconds"),
    )
    return chat.say(session, lot_id, speaker, words, key=key, talk=talk, now=now)


def speaker_of(session: Session, lot: LotSnapshot, actor: Account | Pseudonym) -> Speaker:
    """As whom the actor speaks.

    Raises Refused SIT-1101 before the list; SIT-1106 all is over; SIT-1001 a colleague of the host
    who watches; OPN-1301 no seat; OPN-1001, OPN-1302 not this opening's.
    """
    party = Party.SYSTEM if is_witness(actor, lot) else party_of(actor, lot)
    _require_open(session, lot, of_seat=party is Party.BIDDER)
    if isinstance(actor, Pseudonym):
        return _seated(session, lot, actor)
    role = Speaking.WITNESS if party is Party.SYSTEM else Speaking(party.value)
    if role is Speaking.HOST:
        in_office(queries.of_lot(session, lot.id).chair, sittings.official(actor))
    return Speaker(str(actor.person_id), role, actor.person_name, actor.organisation_name)


def _require_open(session: Session, lot: LotSnapshot, *, of_seat: bool) -> None:
    """A bidder waits for its own lot's list, officials for the first of the sitting."""
    stages = stages_with(session, lot.id)
    if of_seat and stages[lot.id] in BEFORE_LIST:
        raise Refused("SIT-1101")
    if SPOKEN_IN.isdisjoint(stages.values()):
        unlisted = not BEFORE_LIST.isdisjoint(stages.values())
        raise Refused("SIT-1101" if unlisted else "SIT-1106")


def stages_with(session: Session, lot_id: UUID) -> dict[UUID, Stage]:
    """Where each lot of the sitting stands."""
    lots = queries.lots_with(session, lot_id)
    rows = session.execute(
        select(OpeningRow.lot_id, OpeningRow.stage).where(OpeningRow.lot_id.in_(lots))
    )
    found = {each: stage for each, stage in rows}  # noqa: C416 - rows are not pairs
    if lot_id not in found:
        raise Refused("OPN-1004")
    return found


def seat_of(session: Session, lot_id: UUID, pseudonym: str) -> SeatRow | None:
    """The listed seat of a pseudonym, None before the list and for who is not on it."""
    return session.scalars(
        select(SeatRow).where(SeatRow.lot_id == lot_id, SeatRow.pseudonym == pseudonym)
    ).first()


def _seated(session: Session, lot: LotSnapshot, actor: Pseudonym) -> Speaker:
    seat = seat_of(session, lot.id, actor.pseudonym)
    if seat is None:
        raise Refused("OPN-1301")
    return Speaker(
        id=chat.seat_speaker(lot.id, seat.seat),
        role=Speaking.BIDDER,
        name=seat.organisation,
        organisation=seat.organisation,
        lot_id=lot.id,
        seat=seat.seat,
    )


def mute(session: Session, lot_id: UUID, seat: int | None, reason: str, *, actor: Account) -> None:
    """Silence one seat or all. Raises Refused as `_moderator`; OPN-1801 no reason; OPN-1301."""
    by = _moderator(session, lot_id, actor)
    if not reason.strip():
        raise Refused("OPN-1801")
    if seat is not None and session.get(SeatRow, (lot_id, seat)) is None:
        raise Refused("OPN-1301")
    chat.mute(session, lot_id, seat, reason.strip(), by=by)


def lift(session: Session, lot_id: UUID, seat: int | None, *, actor: Account) -> None:
    """Let them speak again. Raises Refused as `_moderator`."""
    chat.lift(session, lot_id, seat, by=_moderator(session, lot_id, actor))


def remove(
    session: Session, lot_id: UUID, no: int, reason: str, *, actor: Account, now: datetime
) -> None:
    """Take a line from view. Raises Refused as `_moderator`; OPN-1801 no reason; SIT-1105."""
    by = _moderator(session, lot_id, actor)
    if not reason.strip():
        raise Refused("OPN-1801")
    chat.remove(session, lot_id, no, reason.strip(), by=by, now=now)


def _moderator(session: Session, lot_id: UUID, actor: Account) -> Moderator:
    """Whoever presides, or the supervisor. Raises Refused OPN-1001; SIT-1001, 1101, 1106."""
    lot = lot_snapshot(session, lot_id)
    party = party_of(actor, lot)
    _require_open(session, lot, of_seat=False)
    if party is Party.HOST:
        sittings.preside(session, lot_id, actor=actor)
    return Moderator(Speaking(party.value), actor.person_name)
