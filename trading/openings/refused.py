"""What was refused about a lot, with every proof, as its bundle tells it.

Layout: docs/sealed-bid-envelope.md 11.1. Refused releases without their shares: a wrong share might
open an envelope that was replaced. Of bidders' attempts at most `MOST`: a flood fills no bundle.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import log
from kernel.house import Call
from kernel.pure import receipts
from trading.bids import refusals
from trading.bids.actions import receipt
from trading.openings.committee import RELEASES
from trading.openings.declining import declined
from trading.openings.models import OpeningRow, RefusedReleaseRow

MOST = 1000
STAGES = {number: stage.value for stage, number in RELEASES.items()}
Json = dict[str, Any]


def told(call: Call, row: OpeningRow) -> Json:
    """The three kinds of refusals under one last checkpoint that extends all and the close."""
    submissions, releases, no = _submissions(call, row), _releases(call.session, row), []
    for each in declined(call.session, row.lot_id):
        found = log.inclusion(call.session, each.leaf_id)
        if found is not None:
            no.append({"refusal": each.body, "proof": found.as_json()})
    proofs = [*submissions, *(each["proof"] for each in (*releases, *no))]
    notes = {proof["tree_size"]: proof["checkpoint"] for proof in proofs}
    notes[row.close_size or 0] = row.close_note
    last = max(notes)
    return {
        "submissions": submissions,
        "releases": releases,
        "declined": no,
        "checkpoint": notes[last],
        "consistency": consistency(call.session, notes, last),
    }


def consistency(session: Session, sizes: Iterable[int], last: int) -> list[Json]:
    """That the tree of `last` leaves extends every smaller one."""
    return [
        {"old_size": old, "path": [step.hex() for step in log.consistency(session, old, last)]}
        for old in sorted(set(sizes))
        if old < last
    ]


def _submissions(call: Call, row: OpeningRow) -> list[Json]:
    """Refusal receipts of the lot's bidders, by their places in the log."""
    found = []
    for each in refusals.of_lot(call.session, row.lot_id, most=MOST):
        proof = receipt(
            call.session,
            call.house.keys,
            leaf_id=each.leaf_id,
            of=bytes(each.subject),
            form=receipts.REFUSAL,
            more={"code": each.code, "at": each.refused_at.isoformat()},
        )
        if proof is not None:
            found.append(proof)
    return sorted(found, key=lambda proof: int(proof["index"]))


def _releases(session: Session, row: OpeningRow) -> list[Json]:
    rows = session.scalars(
        select(RefusedReleaseRow)
        .where(RefusedReleaseRow.lot_id == row.lot_id)
        .order_by(RefusedReleaseRow.at)
    )
    found = []
    for each in rows:
        proof = log.inclusion(session, each.leaf_id) if each.leaf_id else None
        if proof is not None:
            told = {"trustee": each.trustee, "code": each.code, "at": each.at.isoformat()}
            found.append({**told, "stage": STAGES[each.release], "proof": proof.as_json()})
    return found
