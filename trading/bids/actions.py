"""What bidders do: hand in, replace, withdraw, fetch a receipt; and what is done with their bids.

招标投标法 28, 29, 36; 条例 35. A submission holds the lot FOR SHARE from the clock to the commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from escrow.public import ReleaseReason, release
from kernel import jobs, log, testimony
from kernel.blobs import BlobStore
from kernel.clock import legal_now
from kernel.crypto.sealing import verify_header
from kernel.crypto.signatures import verify_p256
from kernel.permissions import Pseudonym
from kernel.pure import jcs, receipts
from kernel.pure.envelope import PartName, commitment
from kernel.pure.errors import Refused
from kernel.pure.messages import withdrawal_message
from kernel.secrets import Keys
from trading.bids import queries, rules
from trading.bids.models import Act, Envelope, EnvelopePart, EnvelopeReturn, Withdrawal
from trading.bids.queries import read_part
from trading.bids.refusals import TurnedAway, one_at_a_time, turn_away
from trading.tenders.queries import lock_lot_shared

ERASE = "bids.erase"

__all__ = ["Accepted", "Submission", "TurnedAway", "read_part", "receipt", "return_unopened"]


@dataclass(frozen=True, slots=True)
class Submission:
    """An envelope as handed in: exact header bytes, raw signature, one upload for each part.

    `attempt` is the digest of the request it came in: what is refused when it cannot be read.
    """

    header: bytes
    signature: bytes
    uploads: Mapping[PartName, UUID]
    attempt: bytes = bytes(32)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The envelope is admitted, now or before; its receipt follows once the log has it."""

    envelope_id: UUID
    sequence: int
    commitment: bytes
    admitted_at: datetime
    repeated: bool


def submit(session: Session, *, actor: Pseudonym, submission: Submission) -> Accepted | TurnedAway:
    """Admit an envelope under the lot's lock, or log why not.

    Takes no `now`: the clock is read here, after every wait and before nothing slow.
    Raises Refused TEN-1001 for a lot that does not exist.
    """
    try:
        header = verify_header(submission.header, submission.signature)
    except Refused as refused:
        now, unread = legal_now(session), submission.attempt
        return turn_away(session, actor, refused, act=Act.SUBMIT, subject=unread, now=now)
    subject = commitment(header, submission.signature)
    lot = lock_lot_shared(session, actor.lot_id)
    one_at_a_time(session, f"bids:{actor.lot_id}:{actor.pseudonym}")
    now = legal_now(session)
    named = queries.free_uploads(
        session, actor.lot_id, actor.pseudonym, tuple(submission.uploads.values())
    )
    attempt = rules.Attempt(
        header=header,
        commitment=subject,
        pseudonym=actor.pseudonym,
        earlier=queries.earlier_of(session, actor.lot_id, actor.pseudonym),
        uploads=tuple(held for upload_id, held in named),
        elsewhere=queries.is_known(session, UUID(header.context.envelope_id)),
    )
    try:
        decision = rules.admit(queries.terms_of(lot), attempt, now)
    except Refused as refused:
        return turn_away(session, actor, refused, act=Act.SUBMIT, subject=subject, now=now)
    if isinstance(decision, rules.AlreadyAdmitted):
        return _accepted(session.get_one(Envelope, decision.envelope_id), repeated=True)
    row = Envelope(
        id=UUID(header.context.envelope_id),
        lot_id=actor.lot_id,
        pseudonym=actor.pseudonym,
        stage=header.context.stage,
        sequence=decision.sequence,
        header=submission.header,
        signature=submission.signature,
        commitment=subject,
        leaf_id=log.append(session, "bid.commitment", _leaf(subject, now), quiet=True),
        admitted_at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(
        EnvelopePart(envelope_id=row.id, part=held.part, upload_id=upload_id)
        for upload_id, held in named
    )
    session.flush()
    return _accepted(row, repeated=False)


def withdraw(
    session: Session, *, actor: Pseudonym, taken: bytes, signature: bytes, token: str | None
) -> tuple[Withdrawal, int]:
    """Take back the envelope of commitment `taken`; its deposit is ordered back under `token`.

    Returns the withdrawal and the fen ordered back; repeatable. Raises Refused BID-1402 (late),
    BID-1410 (no such bid), BID-1414 (signature), ESC-1201 (token).
    """
    lot = lock_lot_shared(session, actor.lot_id)
    one_at_a_time(session, f"bids:{actor.lot_id}:{actor.pseudonym}")
    now = legal_now(session)
    message = withdrawal_message(lot=str(actor.lot_id), pseudonym=actor.pseudonym, commitment=taken)
    if not verify_p256(actor.public_key, message, signature):
        raise Refused("BID-1414")
    earlier = queries.earlier_of(session, actor.lot_id, actor.pseudonym)
    found = rules.withdraw(queries.terms_of(lot), taken, earlier, now)
    row = session.get(Withdrawal, found.envelope_id)
    if row is None:
        row = Withdrawal(
            envelope_id=found.envelope_id,
            lot_id=actor.lot_id,
            pseudonym=actor.pseudonym,
            signature=signature,
            leaf_id=log.append(session, "bid.withdrawal", _leaf(taken, now), quiet=True),
            withdrawn_at=now,
        )
        session.add(row)
        session.flush()
    back = 0
    if token is not None:
        back = release(session, reason=ReleaseReason.WITHDRAWN, now=now, token=token)
    return row, back


def receipt(
    session: Session,
    keys: Keys,
    *,
    leaf_id: UUID,
    of: bytes,
    form: str = receipts.RECEIPT,
    more: Mapping[str, str] = MappingProxyType({}),
    most: int | None = None,
) -> dict[str, Any] | None:
    """The receipt for the commitment `of`, or None until the log has numbered its leaf.

    `form` and `more` make it a refusal's. Its checkpoint is the first that witnesses and
    time-stamp authority vouch for; until there is one, the first at all, with what it has. None
    of more than `most` leaves is taken for it.
    """
    found = testimony.proof(session, leaf_id, most=most)
    if found is None:
        return None
    proof, said = found
    body: dict[str, Any] = {
        "format": form,
        "commitment": of.hex(),
        **more,
        **proof.as_json(),
        **said.as_json(),
    }
    signed = keys.sign_as_platform(form.encode() + jcs.canonical(body))
    return {**body, "platform_signature": signed.hex()}


def return_unopened(session: Session, lot_id: UUID, *, now: datetime) -> int:
    """Give every live envelope of a lot back: marked now, its ciphertext erased by the worker.

    Returns how many were given back; repeatable (法28, 条例44).
    """
    rows = queries.live_envelopes(session, lot_id)
    for row in rows:
        session.add(EnvelopeReturn(envelope_id=row.id, returned_at=now))
    session.flush()
    jobs.schedule(session, kind=ERASE, key=str(lot_id), due_at=now, payload={"lot_id": str(lot_id)})
    return len(rows)


def erase(session: Session, blobs: BlobStore, lot_id: UUID) -> None:
    """Delete the ciphertext of a lot whose envelopes were returned; repeatable."""
    for upload_id, key in queries.blobs_of_lot(session, lot_id):
        if key is not None:
            blobs.delete(key)
        blobs.staging(upload_id).unlink(missing_ok=True)


def _leaf(subject: bytes, now: datetime) -> dict[str, Any]:
    """What the log holds of a bid: no lot, no pseudonym; the header behind C names both."""
    return {"commitment": subject.hex(), "at": now.isoformat()}


def _accepted(row: Envelope, *, repeated: bool) -> Accepted:
    return Accepted(row.id, row.sequence, bytes(row.commitment), row.admitted_at, repeated)
