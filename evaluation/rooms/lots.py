"""The draw as its parties see it, and as it is published when all is over: tokens, no names.

Recovering a nonce that is withheld, from trustees' shares of it, is not built: the supervisor
names the silent party and has it drawn anew.
"""

from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.experts.rules import PARTIES, Pool, draw_name, read_pool
from evaluation.rooms.access import draw_party_of
from evaluation.rooms.models import CommitmentRow, DrawRow, MemberRow, NonceRow, RoomRow
from evaluation.rooms.states import Stage
from kernel import live
from kernel.house import Call
from kernel.pure import jcs
from kernel.pure.errors import Refused

ALGORITHM = (
    "三方先登记随机数的承诺值（SHA-256），再公开随机数；"
    "种子由标段、抽取名称、专家库摘要和三方随机数依次求 SHA-256；"
    "以 HMAC-DRBG（NIST SP 800-90A）从种子展开，对可抽取的专家洗牌；"
    "按所得顺序就座，每个单位至多一人，每个场地至少一人；"
    "谢绝、回避和更换由顺序中的下一位递补。"
)


def draw_state(call: Call, room_id: UUID) -> dict[str, Any]:
    """The draw for agency, centre and supervisor. Raises Refused EVA-2006, 2001, 2005."""
    session = call.session
    row = session.get(RoomRow, room_id)
    if row is None:
        raise Refused("EVA-2006")
    role = draw_party_of(call.actor, row)
    draws = _draws(session, row.id)
    present = draws[-1]
    pool = pool_of(present)
    parties = _parties(session, present)
    return {
        "room": str(row.id),
        "lot": str(row.lot_ref),
        "title": row.title,
        "number": row.number,
        "name": draw_name(present.turn),
        "round": present.turn,
        "stage": _stage(row, present, parties),
        "room_stage": row.stage.value,
        "paused": row.paused_at is not None,
        "role": role.value,
        "parties": parties,
        "pool": {
            "digest": present.pool_digest.hex(),
            "size": len(pool.candidates),
            "excluded": len(pool.candidates) - len(pool.eligible),
            "frozen_at": present.frozen_at.isoformat(),
        },
        "seats": pool.seats,
        "seed": present.seed.hex() if present.seed is not None else None,
        "order": _order(session, row, present, pool),
        "earlier": [_earlier(session, each, after) for each, after in _pairs(draws)],
        "algorithm": ALGORITHM,
        "live_id": str(row.live_id),
        "seq": session.get_one(live.LiveSession, row.live_id).last_seq,
    }


def _draws(session: Session, room_id: UUID) -> list[DrawRow]:
    found = session.scalars(
        select(DrawRow).where(DrawRow.room_id == room_id).order_by(DrawRow.turn)
    )
    return list(found)


def _pairs(draws: list[DrawRow]) -> list[tuple[DrawRow, DrawRow]]:
    return list(pairwise(draws))


def pool_of(draw: DrawRow) -> Pool:
    """The pool as it was frozen."""
    return read_pool(_object(draw.pool))


def _object(raw: bytes) -> dict[str, Any]:
    value = jcs.parse(raw)
    if not isinstance(value, dict):
        raise TypeError("a pool record is an object")
    return dict(value)


def _parties(session: Session, draw: DrawRow) -> list[dict[str, Any]]:
    committed = {
        each.party: each
        for each in session.scalars(
            select(CommitmentRow).where(
                CommitmentRow.room_id == draw.room_id, CommitmentRow.turn == draw.turn
            )
        )
    }
    revealed = {
        each.party: each
        for each in session.scalars(
            select(NonceRow).where(NonceRow.room_id == draw.room_id, NonceRow.turn == draw.turn)
        )
    }
    return [
        {
            "party": party.value,
            "commitment": committed[party].commitment.hex() if party in committed else None,
            "nonce": revealed[party].nonce.hex() if party in revealed else None,
            "at": committed[party].at.isoformat() if party in committed else None,
            "leaf_id": str(committed[party].leaf_id) if party in committed else None,
        }
        for party in PARTIES
    ]


def _stage(row: RoomRow, draw: DrawRow, parties: list[dict[str, Any]]) -> str:
    if draw.seed is not None:
        return "drawn"
    if row.stage is Stage.FAILED:
        return "failed"
    return "revealing" if all(each["commitment"] for each in parties) else "committing"


def _order(
    session: Session, row: RoomRow, draw: DrawRow, pool: Pool
) -> list[dict[str, Any]] | None:
    """The drawn order by token; who a token is, nobody is told here."""
    if draw.drawn is None:
        return None
    rows = session.scalars(
        select(MemberRow)
        .where(MemberRow.room_id == row.id, MemberRow.draw_turn == draw.turn)
        .order_by(MemberRow.invited_at)
    )
    held = {each.expert: each for each in rows}
    return [
        {
            "place": place,
            "code": token[:12],
            "site": pool.candidate(token).site,
            "seat": held[token].seat if token in held else None,
            "state": held[token].state.value if token in held else None,
            "out": token in held and held[token].out_at is not None,
            "name": None,
        }
        for place, token in enumerate(draw.drawn, start=1)
    ]


def _earlier(session: Session, draw: DrawRow, following: DrawRow) -> dict[str, Any]:
    return {
        "round": draw.turn,
        "name": draw_name(draw.turn),
        "parties": _parties(session, draw),
        "reason": following.reason,
        "silent": list(following.silent),
        "ended_at": following.frozen_at.isoformat(),
    }
