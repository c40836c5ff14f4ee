"""The step about what was refused: bidders' attempts, releases that did not hold, trustees' no."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

from kernel.pure import jcs
from kernel.pure.checkpoints import Checkpoint
from verifier import marks, proofs, witnesses
from verifier.bundle import Bundle
from verifier.failure import Failed
from verifier.papers import Declined, Proof, Receipt, RefusedRelease

LATE: Final = ("BID-1402", "BID-1403")
STAGES: Final = {"list": 1, "open": 2}


def refusals(bundle: Bundle) -> None:
    """Every refusal has its leaf and says what the leaf says; nobody was late before T."""
    told = bundle.refusals
    last = proofs.checkpoint(bundle, told.checkpoint)
    proofs.extended(proofs.close_point(bundle), last, told.consistency)
    for receipt in told.submissions:
        _submission(bundle, receipt, last)
    for refused in told.releases:
        _release(bundle, refused, last)
    for declined in told.declined:
        _declined(bundle, declined, last)
    stated = sorted(
        (row["trustee"], row["release"], row["code"], row["at"])
        for row in bundle.facts["refused_releases"]
    )
    if stated != sorted((r.trustee, STAGES[r.stage], r.code, r.at) for r in told.releases):
        raise Failed("the record tells other refused releases")


def _logged(
    bundle: Bundle, proof: Proof, last: Checkpoint, kind: str, body: Mapping[str, object]
) -> None:
    point = proofs.included(bundle, proof, kind, body)
    proofs.extended(point, last, bundle.refusals.consistency)


def _submission(bundle: Bundle, receipt: Receipt, last: Checkpoint) -> None:
    named = receipt.commitment.hex()
    body = {"at": receipt.at, "code": receipt.code, "commitment": named}
    _logged(bundle, receipt.proof, last, "bid.refusal", body)
    proofs.platform_signed(bundle, receipt)
    witnesses.cosigned_at(bundle, receipt.witnessed)
    witnesses.stamped_at(bundle, receipt.witnessed)
    moment = datetime.fromisoformat(str(receipt.at))
    if receipt.code in LATE and moment < witnesses.deadline(bundle):
        raise Failed(f"{named} was refused as late before the deadline")


def _release(bundle: Bundle, refused: RefusedRelease, last: Checkpoint) -> None:
    body = {"lot": bundle.lot, "trustee": refused.trustee, "code": refused.code}
    _logged(bundle, refused.proof, last, "release_refused", body)


def _declined(bundle: Bundle, declined: Declined, last: Checkpoint) -> None:
    if declined.lot != bundle.lot or declined.manifest != bundle.manifest.digest():
        raise Failed("a trustee's refusal is about another lot or manifest")
    seats = {seat for policy in bundle.policies for seat in policy.trustees}
    held = [key for index, key in seats if index == declined.trustee]
    if not any(marks.p256_holds(key, declined.message, declined.signature) for key in held):
        raise Failed(f"the refusal of trustee {declined.trustee}")
    digest = sha256(jcs.canonical(dict(declined.value))).hexdigest()
    body = {"lot": bundle.lot, "trustee": declined.trustee, "digest": digest}
    _logged(bundle, declined.proof, last, "release_declined", body)
