"""Reads of scoring for pages, jobs and reports. No query here loads a sealed sheet.

What pages may know of marks comes from the reveals' rows alone, which exist only afterwards.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from evaluation.rooms.seen import RoomView
from evaluation.scoring.desk import Desk, Head, Reveal
from evaluation.scoring.models import (
    ConfirmationRow,
    DraftKeyRow,
    DraftRow,
    RevealedSheetRow,
    RevealRow,
    SheetReturnRow,
    SheetRow,
)
from evaluation.scoring.sheets import Place, SheetStage
from kernel.pure.errors import Refused


@dataclass(frozen=True, slots=True)
class DraftView:
    """The newest version of one draft; only its author can read it."""

    stage: SheetStage
    bid: bytes
    version: int
    ciphertext: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class RevealedSheet:
    """One revealed sheet with its proofs; `text` is the canonical JSON behind `commitment`."""

    seat: int
    stage: SheetStage
    bid: bytes
    text: bytes
    commitment: bytes
    signature: bytes
    public_key: bytes
    leaf_id: UUID
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A member's word on prices and totals; `reasons` by commitment of the bid, in hex."""

    seat: int
    expert_id: UUID
    reasons: Mapping[str, str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a room came to, for report and bundle; `results` is Results.to_json()."""

    results: Mapping[str, Any]
    digest: bytes
    sheets: tuple[RevealedSheet, ...]
    confirmations: tuple[Confirmation, ...]
    revealed_at: datetime


def desk(session: Session, room: RoomView) -> Desk:
    """The room's sheets, without their content, and the latest reveal of each stage."""
    rows = session.execute(
        select(SheetRow, SheetReturnRow)
        .outerjoin(SheetReturnRow, SheetReturnRow.sheet_id == SheetRow.id)
        .where(SheetRow.room_id == room.id)
        .order_by(SheetRow.attempt)
    )
    heads: dict[tuple[UUID, SheetStage, bytes], Head] = {}
    attempts: Counter[SheetStage] = Counter()
    for sheet, returned in rows:  # in the order of attempts: the newest stays
        heads[sheet.expert_id, sheet.stage, sheet.bid] = _head(sheet, returned)
        attempts[sheet.stage] += 1
    found = {stage: _latest(session, room.id, stage) for stage in SheetStage}
    reveals = {stage: reveal for stage, reveal in found.items() if reveal is not None}
    return Desk(room, MappingProxyType(heads), attempts, MappingProxyType(reveals))


def drafts(session: Session, room_id: UUID, expert_id: UUID) -> tuple[DraftView, ...]:
    """The newest version of each of an expert's drafts in a room."""
    rows = session.scalars(
        select(DraftRow)
        .where(DraftRow.room_id == room_id, DraftRow.expert_id == expert_id)
        .ext(distinct_on(DraftRow.stage, DraftRow.bid))
        .order_by(DraftRow.stage, DraftRow.bid, DraftRow.version.desc())
    )
    return tuple(DraftView(r.stage, r.bid, r.version, r.ciphertext, r.at) for r in rows)


def newest_version(
    session: Session, room_id: UUID, expert_id: UUID, *, stage: SheetStage, bid: bytes
) -> int:
    """The number of a draft's newest version, 0 before the first."""
    found = session.scalar(
        select(func.max(DraftRow.version)).where(
            DraftRow.room_id == room_id,
            DraftRow.expert_id == expert_id,
            DraftRow.stage == stage,
            DraftRow.bid == bid,
        )
    )
    return found or 0


def draft_key(session: Session, room_id: UUID, expert_id: UUID) -> bytes | None:
    """The wrapped key of an expert's drafts, None before the first."""
    row = session.get(DraftKeyRow, (room_id, expert_id))
    return row.wrapped if row else None


def confirmations(session: Session, reveal_id: UUID) -> tuple[Confirmation, ...]:
    """Who has confirmed a technical reveal, by seat."""
    rows = session.scalars(
        select(ConfirmationRow)
        .where(ConfirmationRow.reveal_id == reveal_id)
        .order_by(ConfirmationRow.seat)
    )
    return tuple(Confirmation(r.seat, r.expert_id, r.reasons, r.at) for r in rows)


def revealed_sheets(session: Session, desk: Desk, stage: SheetStage) -> tuple[RevealedSheet, ...]:
    """The sheets behind the current reveal of a stage, by seat and bid; none without it."""
    if desk.current(stage) is None:
        return ()
    standing = [h.id for member in desk.room.members for h in desk.standing(member, stage)]
    rows = session.execute(
        select(SheetRow, RevealedSheetRow.text)
        .join(RevealedSheetRow, RevealedSheetRow.sheet_id == SheetRow.id)
        .where(SheetRow.id.in_(standing))
        .order_by(SheetRow.seat, SheetRow.bid)
    )
    return tuple(
        RevealedSheet(
            seat=sheet.seat,
            stage=sheet.stage,
            bid=sheet.bid,
            text=text,
            commitment=sheet.commitment,
            signature=sheet.signature,
            public_key=sheet.public_key,
            leaf_id=sheet.leaf_id,
            submitted_at=sheet.at,
        )
        for sheet, text in rows
    )


def outcome(session: Session, room: RoomView) -> Outcome | None:
    """What the present committee came to, None until the technical stage is revealed."""
    here = desk(session, room)
    reveal = here.current(SheetStage.TECHNICAL)
    if reveal is None:
        return None
    sheets = tuple(sheet for stage in SheetStage for sheet in revealed_sheets(session, here, stage))
    return Outcome(
        results=reveal.content,
        digest=reveal.digest,
        sheets=sheets,
        confirmations=confirmations(session, reveal.id),
        revealed_at=reveal.at,
    )


def _head(sheet: SheetRow, returned: SheetReturnRow | None) -> Head:
    return Head(
        id=sheet.id,
        expert_id=sheet.expert_id,
        place=Place(sheet.room_id, sheet.stage, sheet.seat, sheet.bid),
        attempt=sheet.attempt,
        commitment=sheet.commitment,
        leaf_id=sheet.leaf_id,
        at=sheet.at,
        fault=Refused(returned.code, **returned.facts) if returned else None,
    )


def _latest(session: Session, room_id: UUID, stage: SheetStage) -> Reveal | None:
    row = session.scalars(
        select(RevealRow)
        .where(RevealRow.room_id == room_id, RevealRow.stage == stage)
        .order_by(RevealRow.turn.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    members = {int(seat): UUID(expert) for seat, expert in row.members.items()}
    return Reveal(row.id, stage, row.turn, members, json.loads(row.content), row.digest, row.at)
