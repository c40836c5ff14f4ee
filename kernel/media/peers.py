"""The port of the live picture: a viewer's offer goes in, an answer comes out (after WHEP).

Driver `mesh`: the answer is the host's own browser's, which finds offers in the reply to each part
it uploads. docs/media.md says what another driver would have to stand behind the same calls.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kernel.ids import new_id
from kernel.media.models import PeerRow
from kernel.media.queries import recording_row
from kernel.media.rules import State
from kernel.pure.errors import Refused

MOST_SDP = 24 << 10
PATIENCE = timedelta(seconds=20)
"""How long an offer waits for its answer before its place is somebody else's."""


def ask(session: Session, recording_id: UUID, sdp: str, *, most: int, wall: datetime) -> UUID:
    """Take a place in the mesh; the answer follows.

    Raises Refused: MED-1001, MED-1202; MED-1401 no session description; MED-1402 every place is
    taken, watch by the parts.
    """
    check(sdp)
    if recording_row(session, recording_id, lock=True).state is not State.RUNNING:
        raise Refused("MED-1202")
    session.execute(
        delete(PeerRow).where(
            PeerRow.recording_id == recording_id,
            PeerRow.answer.is_(None),
            PeerRow.asked_wall < wall - PATIENCE,
        )
    )
    taken = select(func.count()).where(PeerRow.recording_id == recording_id)
    if (session.scalar(taken) or 0) >= most:
        raise Refused("MED-1402")
    row = PeerRow(id=new_id(), recording_id=recording_id, offer=sdp, asked_wall=wall)
    session.add(row)
    session.flush()
    return row.id


def waiting(session: Session, recording_id: UUID) -> list[dict[str, str]]:
    """Offers without an answer, for the host alone: a description holds addresses."""
    rows = session.scalars(
        select(PeerRow)
        .where(PeerRow.recording_id == recording_id, PeerRow.answer.is_(None))
        .order_by(PeerRow.asked_wall)
    )
    return [{"peer": str(row.id), "sdp": row.offer} for row in rows]


def answer(session: Session, recording_id: UUID, peer_id: UUID, sdp: str) -> None:
    """The host's answer to one offer; the first stands. Raises Refused MED-1401, MED-1403."""
    check(sdp)
    row = _row(session, recording_id, peer_id)
    if row.answer is None:
        row.answer = sdp
        session.flush()


def answer_to(session: Session, recording_id: UUID, peer_id: UUID) -> str | None:
    """The answer, None while it is awaited. Raises Refused MED-1403."""
    return _row(session, recording_id, peer_id).answer


def leave(session: Session, recording_id: UUID, peer_id: UUID) -> None:
    """Give a place back; one that is gone is fine."""
    session.execute(
        delete(PeerRow).where(PeerRow.recording_id == recording_id, PeerRow.id == peer_id)
    )


def check(sdp: str) -> None:
    """Raises Refused MED-1401 for what cannot be a session description (RFC 8866)."""
    if not sdp.startswith("v=0\r\n") or len(sdp) > MOST_SDP or "\r\nm=" not in sdp:
        raise Refused("MED-1401")


def _row(session: Session, recording_id: UUID, peer_id: UUID) -> PeerRow:
    row = session.get(PeerRow, peer_id)
    if row is None or row.recording_id != recording_id:
        raise Refused("MED-1403")
    return row
