"""The draw of the experts as it is published: all its inputs and what came of them, no names.

条例 46: experts are drawn at random. `evaluation.experts.rules.redraw` recomputes it from this.
"""

from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.experts import rules as experts
from evaluation.experts.rules import PARTIES
from evaluation.rooms.models import CommitmentRow, DrawRow, MemberRow, NonceRow
from evaluation.rooms.states import OUT
from kernel.pure import jcs

FORMAT = "sunbid draw record/1"


def record(session: Session, room_id: UUID) -> dict[str, Any]:
    """The last draw of the room, which seated the committee, and how often it was begun anew."""
    turns = session.scalars(
        select(DrawRow).where(DrawRow.room_id == room_id).order_by(DrawRow.turn)
    ).all()
    last = turns[-1]
    return {
        "format": FORMAT,
        "name": experts.draw_name(last.turn),
        "pool": jcs.parse(bytes(last.pool)),
        "pool_digest": last.pool_digest.hex(),
        "parties": _parties(session, last),
        "seed": (last.seed or b"").hex(),
        "order": list(last.drawn or []),
        "outs": _outs(session, last),
        "abandoned": [
            {"name": experts.draw_name(each.turn), "pool_digest": each.pool_digest.hex()}
            for each in turns[:-1]
        ],
    }


def leaves(session: Session, room_id: UUID) -> dict[str, UUID]:
    """Log leaves of the last draw: "pool", and "commitment/<party>", "nonce/<party>"."""
    last = session.scalars(
        select(DrawRow).where(DrawRow.room_id == room_id).order_by(DrawRow.turn.desc()).limit(1)
    ).one()
    return {
        "pool": last.pool_leaf,
        **{f"commitment/{party}": row.leaf_id for party, row in _commitments(session, last)},
        **{f"nonce/{party}": row.leaf_id for party, row in _nonces(session, last)},
    }


def summary(told: dict[str, Any]) -> dict[str, Any]:
    """What the report says of the draw; `record` is the SHA-256 of the published record."""
    return {
        "record": sha256(jcs.canonical(told)).hexdigest(),
        "seed": told["seed"],
        "pool": len(told["pool"]["candidates"]),
        "eligible": len(told["order"]),
    }


def _commitments(session: Session, draw: DrawRow) -> list[tuple[str, CommitmentRow]]:
    rows = session.scalars(
        select(CommitmentRow).where(
            CommitmentRow.room_id == draw.room_id, CommitmentRow.turn == draw.turn
        )
    )
    return sorted((row.party.value, row) for row in rows)


def _nonces(session: Session, draw: DrawRow) -> list[tuple[str, NonceRow]]:
    rows = session.scalars(
        select(NonceRow).where(NonceRow.room_id == draw.room_id, NonceRow.turn == draw.turn)
    )
    return sorted((row.party.value, row) for row in rows)


def _parties(session: Session, draw: DrawRow) -> list[dict[str, str]]:
    committed, revealed = dict(_commitments(session, draw)), dict(_nonces(session, draw))
    return [
        {
            "party": party.value,
            "commitment": committed[party.value].commitment.hex(),
            "nonce": revealed[party.value].nonce.hex(),
        }
        for party in PARTIES
    ]


def _outs(session: Session, draw: DrawRow) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(MemberRow)
        .where(
            MemberRow.room_id == draw.room_id,
            MemberRow.draw_turn == draw.turn,
            MemberRow.state.in_(OUT),
        )
        .order_by(MemberRow.out_epoch, MemberRow.id)
    )
    return [{"seat": row.seat, "expert": row.expert} for row in rows]
