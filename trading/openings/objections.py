"""Objections raised and answered live, with files: 条例 44, on the spot and into the record.

A bidder signs each with its pseudonym's key. Files come first, by hash; they are public from the
moment the words they belong to are said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel import log
from kernel.blobs import BlobStore
from kernel.crypto.signatures import verify_p256
from kernel.permissions import Account, Actor, Pseudonym
from kernel.pure import jcs
from kernel.pure.errors import Refused
from trading.openings import commands as c
from trading.openings import hall as halls
from trading.openings.access import party_of
from trading.openings.files import checked_name, media_type
from trading.openings.hall import Hall
from trading.openings.presiding import stand
from trading.openings.record_models import AttachmentRow, ObjectionRow
from trading.openings.states import AFTER_LIST, FINISHED, Facts, Kind, Party
from trading.tenders.rule_book import rule_set

FORMAT = "SBE/1 objection"
MOST_TEXT = 2000
ANSWER_FILES = 50


@dataclass(frozen=True, slots=True)
class Signed:
    """What a bidder signed: the exact bytes, and the raw r‖s."""

    statement: bytes
    signature: bytes


def keep_file(
    session: Session,
    blobs: BlobStore,
    lot_id: UUID,
    name: str,
    content: bytes,
    *,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Keep a file for an objection, or for an answer when the host sends it; nobody sees it yet.

    Returns what the statement names: name, size, sha256. Raises Refused OPN-1608 to 1611, OPN-1301,
    OPN-1001, OPN-1002.
    """
    hall = halls.look(session, lot_id, now)
    party = party_of(actor, hall.lot)
    if party not in {Party.BIDDER, Party.HOST}:
        raise Refused("OPN-1001", act="")
    seat = hall.seat_of(actor.pseudonym).seat if isinstance(actor, Pseudonym) else None
    stage = hall.opening.stage
    if stage in FINISHED or stage not in AFTER_LIST:
        raise Refused("OPN-1002", act="", stage=stage.value)
    rules = rule_set(hall.lot.rule_set)
    most = rules.value("opening_attachment_mib")
    if len(content) > most << 20:
        raise Refused("OPN-1608", most=most)
    kind = media_type(content)
    name = checked_name(name, kind)
    files = rules.value("opening_attachments")
    room = files * rules.value("opening_objections") if seat is not None else ANSWER_FILES * files
    mine = AttachmentRow.seat == seat if seat is not None else AttachmentRow.seat.is_(None)
    held = select(func.count()).select_from(AttachmentRow)
    if session.scalar(held.where(AttachmentRow.lot_id == lot_id, mine)) >= room:  # type: ignore[operator]
        raise Refused("OPN-1611", most=room)
    digest = sha256(content).digest()
    blobs.put([content])
    session.add(
        AttachmentRow(
            lot_id=lot_id,
            seat=seat,
            name=name,
            media_type=kind,
            size=len(content),
            sha256=digest,
            at=now,
        )
    )
    session.flush()
    return {"name": name, "size": len(content), "sha256": digest.hex()}


def raise_(
    session: Session, lot_id: UUID, signed: Signed, *, actor: Pseudonym, now: datetime
) -> ObjectionRow:
    """Object, at any time from the list to the end; the same statement again is the same objection.

    Raises Refused OPN-1601 the statement is not this bidder's; OPN-1602, 1607, 1610; OPN-1002.
    """
    hall = halls.enter(session, lot_id, now)
    seat = hall.seat_of(actor.pseudonym)
    known = session.scalars(
        select(ObjectionRow).where(
            ObjectionRow.lot_id == lot_id,
            ObjectionRow.seat == seat.seat,
            ObjectionRow.statement_hash == sha256(signed.statement).digest(),
        )
    ).first()
    if known is not None:
        return known
    told = read(signed, {"format": FORMAT, "lot": str(lot_id), "seat": seat.seat}, actor)
    if not isinstance(told.get("id"), str) or len(told["id"]) != 32:
        raise Refused("OPN-1601")
    command = c.RaiseObjection(
        party_of(actor, hall.lot),
        seat.seat,
        told["text"],
        files(hall, told.get("attachments"), seat.seat),
        rule_set(hall.lot.rule_set).value("opening_objections"),
    )
    return keep(hall, halls.give(hall, command), signed)


def read(signed: Signed, expected: dict[str, Any], actor: Pseudonym) -> dict[str, Any]:
    """A bidder's statement: its own, as expected, signed, with a text. Raises Refused OPN-1601."""
    value = jcs.parse(signed.statement)
    if not isinstance(value, dict):
        raise Refused("OPN-1601")
    expected = {**expected, "pseudonym": actor.pseudonym}
    if {name: value.get(name) for name in expected} != expected:
        raise Refused("OPN-1601")
    text = value.get("text")
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        raise Refused("OPN-1601")
    if not verify_p256(actor.public_key, signed.statement, signed.signature):
        raise Refused("OPN-1601")
    return dict(value)


def keep(hall: Hall, facts: Facts, signed: Signed) -> ObjectionRow:
    """Write down the objection among `facts`, and log it."""
    fact = next(each for each in facts if each.kind is Kind.OBJECTION_RAISED)
    digest = sha256(signed.statement).digest()
    row = ObjectionRow(
        lot_id=hall.lot.id,
        no=fact["no"],
        sitting=hall.opening.sitting,
        seat=fact["seat"],
        stage=fact["stage"],
        words=fact["text"],
        attachments=list(fact["attachments"]),
        reply_attachments=[],
        statement=signed.statement,
        statement_hash=digest,
        signature=signed.signature,
        at=hall.now,
    )
    hall.session.add(row)
    hall.session.flush()
    told = {"lot": str(hall.lot.id), "no": row.no, "statement": digest.hex()}
    log.append(hall.session, "opening_objection", told)
    return row


def answer(
    session: Session,
    lot_id: UUID,
    no: int,
    text: str,
    attachments: Sequence[object],
    *,
    actor: Actor,
    now: datetime,
) -> Hall:
    """The host answers an objection. Raises Refused OPN-1606, 1610, 1801, 1001, 1002."""
    hall = halls.enter(session, lot_id, now)
    party = stand(hall, actor)
    kept = files(hall, list(attachments), None) if party is Party.HOST else ()
    if halls.give(hall, c.AnswerObjection(party, no, text, kept)):
        by = actor.organisation_name if isinstance(actor, Account) else ""
        session.get_one(ObjectionRow, (lot_id, no)).replied_by = by
    return hall


def files(hall: Hall, named: object, seat: int | None) -> c.Attachments:
    """The files a statement names, as they were kept for its author; they are public from now on.

    Raises Refused OPN-1610 for one that was not kept, or too many.
    """
    most = rule_set(hall.lot.rule_set).value("opening_attachments")
    if named is None:
        return ()
    if not isinstance(named, list) or len(named) > most:
        raise Refused("OPN-1610", most=most)
    return tuple(_file(hall, each, seat, most) for each in named)


def _file(hall: Hall, named: object, seat: int | None, most: int) -> dict[str, str | int]:
    told = named if isinstance(named, dict) else {}
    mine = AttachmentRow.seat == seat if seat is not None else AttachmentRow.seat.is_(None)
    row = hall.session.scalars(
        select(AttachmentRow)
        .where(AttachmentRow.lot_id == hall.lot.id, mine, AttachmentRow.name == told.get("name"))
        .order_by(AttachmentRow.at.desc())
    ).first()
    if row is None:
        raise Refused("OPN-1610", most=most)
    wanted: dict[str, str | int]
    wanted = {"name": row.name, "sha256": row.sha256.hex(), "size": row.size}
    if wanted != told:
        raise Refused("OPN-1610", most=most)
    row.public = True
    return {**wanted, "media_type": row.media_type, "url": url(hall.lot.id, row.sha256.hex())}


def url(lot_id: UUID, digest: str) -> str:
    """Where a file of the hall is read."""
    return f"/lots/{lot_id}/hall/attachments/{digest}"


def public_file(session: Session, lot_id: UUID, digest: str) -> AttachmentRow:
    """A file whose words were said. Raises Refused OPN-1612."""
    try:
        wanted = bytes.fromhex(digest)
    except ValueError:
        raise Refused("OPN-1612") from None
    row = session.scalars(
        select(AttachmentRow).where(
            AttachmentRow.lot_id == lot_id, AttachmentRow.sha256 == wanted, AttachmentRow.public
        )
    ).first()
    if row is None:
        raise Refused("OPN-1612")
    return row
