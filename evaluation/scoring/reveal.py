"""The reveal: the worker opens all sheets of a stage at once, or none. 条例 49; sealed-bids.md.

A sheet that may not count goes back to its author by the name of its fault, and nothing is shown.
This module alone, called by the job, holds the room's private key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from evaluation.rooms import actions as rooms
from evaluation.rooms import queries as room_queries
from evaluation.rooms.keys import room_key
from evaluation.rooms.seen import RoomView
from evaluation.rooms.states import Stage
from evaluation.scoring import queries
from evaluation.scoring import sheets as forms
from evaluation.scoring.desk import Desk, Head
from evaluation.scoring.models import RevealedSheetRow, RevealRow, SheetReturnRow, SheetRow
from evaluation.scoring.results import verdict_json
from evaluation.scoring.rules import compile_results, qualify
from evaluation.scoring.sheets import Sheet, SheetStage
from kernel import log
from kernel.crypto import hpke
from kernel.crypto.signatures import verify_p256
from kernel.pure import jcs
from kernel.pure.errors import Refused
from kernel.secrets import Keys

VERDICTS = "sunbid evaluation verdicts/1"


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening came to: texts by sheet, and the faults of those that may not count."""

    texts: Mapping[UUID, bytes]
    faults: Mapping[UUID, Refused]


def reveal(
    session: Session, keys: Keys, room_id: UUID, stage: SheetStage, *, now: datetime
) -> None:
    """Open a stage whose sheets are all in; repeated, early or while paused it does nothing."""
    room = room_queries.room(session, room_id, lock=True)
    desk = queries.desk(session, room)
    running = desk.stage is stage and room.paused_at is None
    if not running or not desk.complete(stage) or desk.current(stage) is not None:
        return
    if room.undecided:
        # Asked again when the last bank or issuer has spoken.
        return
    opened = _open_all(session, room_key(keys, room.id), desk, stage)
    if opened.faults:
        _give_back(session, desk, stage, opened.faults, now)
        return
    _store(session, opened.texts, now)
    content, facts = _content(session, desk, stage)
    _publish(session, desk, stage, content, now)
    rooms.finish_stage(session, room.id, Stage(stage.value), now=now, facts=facts)
    if stage is SheetStage.QUALIFICATION and not room.plan.items:
        reveal(session, keys, room_id, SheetStage.TECHNICAL, now=now)


def _heads(desk: Desk, stage: SheetStage) -> dict[UUID, Head]:
    return {head.id: head for member in desk.room.members for head in desk.standing(member, stage)}


def _open_all(
    session: Session, key: ec.EllipticCurvePrivateKey, desk: Desk, stage: SheetStage
) -> Opened:
    """Open what has not been revealed before; sheets of an earlier reveal were judged then."""
    heads = _heads(desk, stage)
    done = set(
        session.scalars(
            select(RevealedSheetRow.sheet_id).where(RevealedSheetRow.sheet_id.in_(heads))
        )
    )
    rows = session.scalars(
        select(SheetRow)
        .where(SheetRow.id.in_(set(heads) - done))
        .options(undefer(SheetRow.sealed))
        .execution_options(populate_existing=True)
    )
    texts: dict[UUID, bytes] = {}
    faults: dict[UUID, Refused] = {}
    for row in rows:
        try:
            texts[row.id] = open_sheet(key, row, heads[row.id], desk.room)
        except Refused as fault:
            faults[row.id] = fault
    return Opened(texts, faults)


def open_sheet(key: ec.EllipticCurvePrivateKey, row: SheetRow, head: Head, room: RoomView) -> bytes:
    """The canonical text of a sealed sheet that may count.

    Raises:
        Refused: EVA-1211 unreadable; EVA-1212 of another place; EVA-1213 not what was logged;
            EVA-1214 not signed by its author; EVA-1215 … EVA-1218 a mark that may not be given.
    """
    enc, ciphertext = row.sealed[: hpke.ENC], row.sealed[hpke.ENC :]
    try:
        raw = hpke.unseal(key, enc, ciphertext, info=head.place.info())
    except Refused:
        raise Refused("EVA-1211") from None
    text = forms.unpadded(raw)
    if forms.commitment(text) != row.commitment:
        raise Refused("EVA-1213")
    if not verify_p256(row.public_key, forms.signed_message(row.commitment), row.signature):
        raise Refused("EVA-1214")
    forms.judge(forms.read(text), room.plan, head.place)
    return text


def _give_back(
    session: Session,
    desk: Desk,
    stage: SheetStage,
    faults: Mapping[UUID, Refused],
    now: datetime,
) -> None:
    """Return each faulty sheet; whose it is the room may know, what was on it nobody learns."""
    heads = _heads(desk, stage)
    for sheet_id, fault in faults.items():
        facts = {name: str(value) for name, value in fault.facts.items()}
        session.add(SheetReturnRow(sheet_id=sheet_id, code=fault.code, facts=facts, at=now))
    session.flush()
    after = queries.desk(session, desk.room)
    for seat in sorted({heads[sheet_id].place.seat for sheet_id in faults}):
        rooms.say(session, desk.room, "sheet_returned", {"seat": seat, "stage": stage.value})
        standing = after.standing(desk.room.member(seat), stage)
        rooms.count_sheets(
            session,
            desk.room.id,
            seat=seat,
            count=len(standing),
            of=after.owed(stage),
            now=now,
        )


def _store(session: Session, texts: Mapping[UUID, bytes], now: datetime) -> None:
    session.add_all(
        RevealedSheetRow(sheet_id=sheet_id, text=text, at=now) for sheet_id, text in texts.items()
    )
    session.flush()


def _content(
    session: Session, desk: Desk, stage: SheetStage
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the stage comes to, as JSON, and what the room must know of it."""
    if stage is SheetStage.QUALIFICATION:
        verdicts = qualify(desk.case, _sheets(session, desk, stage))
        told = {"format": VERDICTS, "verdicts": [verdict_json(each) for each in verdicts]}
        return told, {"qualified": sum(verdict.admitted for verdict in verdicts)}
    both = [sheet for each in SheetStage for sheet in _sheets(session, desk, each)]
    return compile_results(desk.case, both).to_json(), {}


def _sheets(session: Session, desk: Desk, stage: SheetStage) -> tuple[Sheet, ...]:
    texts = session.scalars(
        select(RevealedSheetRow.text).where(RevealedSheetRow.sheet_id.in_(_heads(desk, stage)))
    )
    return tuple(forms.read(text) for text in texts)


def _publish(
    session: Session, desk: Desk, stage: SheetStage, content: dict[str, Any], now: datetime
) -> None:
    room = desk.room
    told = jcs.canonical(content)
    digest = sha256(told).digest()
    before = desk.reveals.get(stage)
    body = {"room": str(room.id), "stage": stage.value, "digest": digest.hex()}
    session.add(
        RevealRow(
            room_id=room.id,
            stage=stage,
            turn=before.turn + 1 if before else 1,
            members={str(member.seat): str(member.expert_id) for member in room.members},
            content=told,
            digest=digest,
            leaf_id=log.append(session, "marks_revealed", body),
            at=now,
        )
    )
    session.flush()
    rooms.say(session, room, "sheets_revealed", {"stage": stage.value})
