"""The steps about the log: inclusion, cosignatures, times. docs/sealed-bid-envelope.md 9, 11.3."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from kernel.pure import checkpoints
from kernel.pure.checkpoints import Checkpoint
from kernel.pure.manifests import live
from verifier import marks, proofs, stamps
from verifier.bundle import Bundle
from verifier.failure import Failed
from verifier.papers import Receipt, Witnessed

GO_ON: Final = "go_on"


def receipts(bundle: Bundle) -> Iterator[tuple[bytes, Receipt]]:
    """Every receipt with the commitment its file names."""
    for named, sealed in bundle.envelopes.items():
        yield named, sealed.receipt
    for named, taken in bundle.withdrawals.items():
        yield named, taken.receipt


def inclusion(bundle: Bundle) -> None:
    """Receipts and script releases under their checkpoints, all of them under the close."""
    close = proofs.close_point(bundle)
    for kind, held in (
        ("bid.commitment", bundle.envelopes),
        ("bid.withdrawal", bundle.withdrawals),
    ):
        for named, each in held.items():
            receipt: Receipt = each.receipt
            if receipt.commitment != named:
                raise Failed(f"receipt of {named.hex()} names another commitment")
            point = proofs.included(bundle, receipt.proof, kind, {"commitment": named.hex()})
            proofs.extended(point, close, bundle.close.consistency)
    for proof in bundle.scripts:
        point = proofs.included(bundle, proof, "scripts", {})
        proofs.extended(point, close, bundle.close.consistency)
    for entry in bundle.manifest.entries:
        if entry.log_index >= close.size:
            raise Failed(f"entry {entry.log_index} came after the close")


def cosignatures(bundle: Bundle) -> None:
    """Every line is a known cosigner's; the close has one unless a decision stands for it."""
    found = cosigned_at(bundle, bundle.close.witnessed)
    if not found and bundle.close.decision is None:
        raise Failed("nobody cosigned the close")
    for _, receipt in receipts(bundle):
        cosigned_at(bundle, receipt.witnessed)


def cosigned_at(bundle: Bundle, witnessed: Witnessed) -> list[datetime]:
    """When each cosigner signed a note's body. Raises Failed for a line that does not hold."""
    body = checkpoints.parse_note(witnessed.note).text
    left = {
        checkpoints.cosigner_key_id(name, key): (name, key) for name, key in bundle.log.cosigners
    }
    times = []
    for line in witnessed.cosignatures:
        told = checkpoints.read_cosignature(line)
        name, key = left.pop(told.key_id, ("", b""))
        message = checkpoints.cosignature_message(told.time, body)
        if told.name != name or not marks.ed25519_holds(key, message, told.signature):
            raise Failed(f"cosignature of {told.name[:80]}")
        times.append(datetime.fromtimestamp(told.time, tz=UTC))
    return times


def times(bundle: Bundle) -> None:
    """Stamps hold; the close was witnessed in [T, T + δ], or a supervisor let it pass."""
    for _, receipt in receipts(bundle):
        stamped_at(bundle, receipt.witnessed)
    start = deadline(bundle)
    end = start + timedelta(seconds=bundle.close.delta)
    point = proofs.close_point(bundle)
    if time_told(point) < start:
        raise Failed("the close is before the deadline")
    witnessed = bundle.close.witnessed
    stamp = stamped_at(bundle, witnessed)
    if stamp is not None and stamp < start:
        raise Failed("the close was stamped before the deadline")
    moments = cosigned_at(bundle, witnessed)
    if stamp is not None and stamp <= end and any(start <= each <= end for each in moments):
        if bundle.close.decision is not None:
            raise Failed("a decision about a close that was in time")
        return
    _decided(bundle)


def stamped_at(bundle: Bundle, witnessed: Witnessed) -> datetime | None:
    """The time of a note's stamp, None without one. Raises Failed when it does not hold."""
    if witnessed.stamp is None:
        return None
    body = checkpoints.parse_note(witnessed.note).text
    return stamps.stamped_at(witnessed.stamp, body.encode(), bundle.log.stamping)


def deadline(bundle: Bundle) -> datetime:
    """T: the latest deadline that a live envelope was sealed under. Raises Failed without any."""
    standing = [bundle.envelopes.get(each.commitment) for each in live(bundle.manifest.entries)]
    told = [datetime.fromisoformat(each.header.policy.deadline) for each in standing if each]
    if not told:
        raise Failed("no live envelope is there, and with it no deadline")
    return max(told)


def time_told(point: Checkpoint) -> datetime:
    """The time a checkpoint says. Raises Failed when it says none."""
    told = [line.removeprefix("time ") for line in point.extensions if line.startswith("time ")]
    if not told:
        raise Failed("a checkpoint tells no time")
    return datetime.fromisoformat(told[0])


def _decided(bundle: Bundle) -> None:
    """A supervisor let the opening go on for exactly this close and manifest."""
    decision = bundle.close.decision
    if decision is None:
        raise Failed("the close was late, and nobody decided about it")
    body = checkpoints.parse_note(bundle.close.witnessed.note).text
    about = (bundle.lot, sha256(body.encode()).digest(), bundle.manifest.digest(), GO_ON)
    told = (decision.lot, decision.checkpoint, decision.manifest, decision.verdict)
    if told != about:
        raise Failed("the decision is about another close, or against going on")
    chain = [marks.certificate(der) for der in decision.chain]
    if not marks.p256_holds(marks.point_of(chain[0]), decision.message, decision.signature):
        raise Failed("the supervisor's signature under the decision")
    if not all(map(marks.issued_by, chain, chain[1:])):
        raise Failed("the certificate chain of the decision")
