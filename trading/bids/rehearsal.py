"""A rehearsal's last step on our side: its envelope is judged as a bid's would be, and forgotten.

The lot of rehearsals does not exist, so nothing is admitted, logged or counted here, and nothing
tells for which lot somebody rehearsed. Format: docs/sealed-bid-envelope.md, section 14.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.crypto.sealing import verify_header
from kernel.permissions import Pseudonym
from kernel.pure.envelope import commitment
from kernel.pure.errors import Refused
from trading.bids import queries, rules
from trading.bids.actions import Submission
from trading.bids.tickets import REHEARSAL


def judge(session: Session, *, actor: Pseudonym, submission: Submission, now: datetime) -> bytes:
    """The commitment of a test envelope that a lot would have admitted; writes nothing.

    Raises Refused WEB-1104 under a ticket of a real lot, else as a submission does.
    """
    if actor.lot_id != REHEARSAL:
        raise Refused("WEB-1104")
    header = verify_header(submission.header, submission.signature)
    named = queries.free_uploads(session, None, actor.pseudonym, tuple(submission.uploads.values()))
    sealed_under = header.policy.digest()
    terms = rules.LotTerms(
        tender=REHEARSAL,
        lot=REHEARSAL,
        open=True,
        deadline=now + timedelta(seconds=1),
        policies=frozenset([sealed_under]),
    )
    found = commitment(header, submission.signature)
    attempt = rules.Attempt(
        header=header,
        commitment=found,
        pseudonym=actor.pseudonym,
        uploads=tuple(held for _, held in named),
        elsewhere=queries.is_known(session, UUID(header.context.envelope_id)),
    )
    rules.admit(terms, attempt, now)
    return found
