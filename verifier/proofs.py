"""The single proofs the steps are made of; each raises Failed with what does not hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from kernel.pure import checkpoints, envelope, merkle, shamir
from kernel.pure.checkpoints import Checkpoint
from kernel.pure.envelope import HolderLock, PartName
from kernel.pure.manifests import Withdrawn
from kernel.pure.messages import ReleaseStage, withdrawal_message
from verifier import marks
from verifier.bundle import Bundle
from verifier.failure import Failed
from verifier.papers import Proof, Receipt


def withdrawal_signature(bundle: Bundle, entry: Withdrawn, key: bytes) -> None:
    """A withdrawal is its pseudonym's own act."""
    message = withdrawal_message(
        lot=bundle.lot, pseudonym=entry.pseudonym, commitment=entry.commitment
    )
    found = bundle.withdrawals.get(entry.commitment)
    if found is None or not marks.p256_holds(key, message, found.signature):
        raise Failed(f"signature of the withdrawal of {entry.commitment.hex()}")


def release_signatures(bundle: Bundle) -> None:
    """Every release is by the key of a trustee's seat."""
    seats = {seat for policy in bundle.policies for seat in policy.trustees}
    for release in bundle.releases:
        held = [key for index, key in seats if index == release.trustee]
        message = release.message()
        if not any(marks.p256_holds(key, message, release.signature) for key in held):
            raise Failed(f"release {release.stage.value} of trustee {release.trustee}")


def statement_signature(bundle: Bundle) -> None:
    """The certificate in the record signed the statement of openings."""
    signed: dict[str, Any] | None = bundle.facts.get("openings_signature")
    if signed is None:
        raise Failed("the openings are not signed")
    holder = marks.certificate(bytes.fromhex(str(signed["certificate"])))
    signature = bytes.fromhex(str(signed["signature"]))
    if not marks.p256_holds(marks.point_of(holder), bundle.statement, signature):
        raise Failed("the agency's signature over the openings")


def checkpoint(bundle: Bundle, note: str) -> Checkpoint:
    """The checkpoint of a note that the log's key signed."""
    signed = checkpoints.parse_note(note)
    log = bundle.log
    key_id = checkpoints.ed25519_key_id(log.name, log.key)
    line = signed.by(log.name, key_id)
    if line is None or not marks.ed25519_holds(log.key, signed.text.encode(), line.signature):
        raise Failed("a checkpoint is not signed by the log")
    point = checkpoints.parse_body(signed.text)
    if point.origin != log.name:
        raise Failed("a checkpoint is of another log")
    return point


def close_point(bundle: Bundle) -> Checkpoint:
    """The checkpoint of the close."""
    return checkpoint(bundle, bundle.close.witnessed.note)


def platform_signed(bundle: Bundle, receipt: Receipt) -> None:
    """A receipt is the platform's word."""
    if not marks.ed25519_holds(bundle.platform, receipt.message, receipt.platform_signature):
        raise Failed(f"the platform's signature under the receipt of {receipt.commitment.hex()}")


def included(bundle: Bundle, proof: Proof, kind: str, body: Mapping[str, object]) -> Checkpoint:
    """The checkpoint in whose tree a leaf of this kind and content lies."""
    content: Any = json.loads(proof.leaf)
    if content["kind"] != kind or any(content["body"].get(k) != v for k, v in body.items()):
        raise Failed(f"leaf {proof.index} tells otherwise")
    point = checkpoint(bundle, proof.checkpoint)
    held = merkle.verify_inclusion(
        leaf=merkle.leaf_hash(proof.leaf.encode()),
        index=proof.index,
        size=point.size,
        path=proof.path,
        root=point.root,
    )
    if not held or proof.tree_size != point.size:
        raise Failed(f"leaf {proof.index} is not in its checkpoint's tree")
    return point


def extended(older: Checkpoint, newer: Checkpoint, paths: Mapping[int, tuple[bytes, ...]]) -> None:
    """`newer` extends `older`, by the path named for the older size."""
    if not merkle.verify_consistency(
        old_size=older.size,
        old_root=older.root,
        size=newer.size,
        root=newer.root,
        path=paths.get(older.size, ()) if older.size != newer.size else (),
    ):
        raise Failed(f"the log does not extend its checkpoint of {older.size} leaves")


def check_shares(bundle: Bundle, named: bytes, stage: ReleaseStage) -> None:
    """Shares of one envelope and stage: each right, and together the named secret.

    A secret that the bidder sealed wrong fails the check only when the bid was opened all the same.
    """
    header = bundle.envelopes[named].header
    opening = stage is ReleaseStage.OPEN
    if opening and header.policy.holder_lock is HolderLock.COMMITTEE_ONLY:
        return
    held = _shares(bundle, named, stage)
    for index, share in held.items():
        wrap = header.wrap(index)
        expected = wrap and (wrap.open_share if opening else wrap.list_share)
        if sha256(share).digest() != expected:
            raise Failed(f"share of trustee {index} for {named.hex()}")
    if named not in bundle.opened:
        return
    if len(held) < header.threshold:
        raise Failed(f"too few shares for {named.hex()}")
    if rebuilt(bundle, named, stage) is None:
        raise Failed(f"the shares rebuild a wrong secret for {named.hex()}")


def rebuilt(bundle: Bundle, named: bytes, stage: ReleaseStage) -> bytes | None:
    """The secret that the shares of an envelope rebuild; None for too few, or for another one."""
    header = bundle.envelopes[named].header
    held = _shares(bundle, named, stage)
    if len(held) < header.threshold:
        return None
    secret = shamir.combine(dict(sorted(held.items())[: header.threshold]))
    hashes = header.secrets
    expected = hashes.open if stage is ReleaseStage.OPEN else hashes.list
    return secret if sha256(secret).digest() == expected else None


def _shares(bundle: Bundle, named: bytes, stage: ReleaseStage) -> dict[int, bytes]:
    held: dict[int, bytes] = {}
    for release in bundle.releases:
        for share in release.shares:
            if release.stage is stage and share.commitment == named:
                held[release.trustee] = share.share
    return held


def part_keys(bundle: Bundle, named: bytes) -> tuple[envelope.Part, envelope.PartKeys]:
    """Keys of an opened bid's `opening` part, fitting their commitment."""
    each = bundle.envelopes.get(named)
    part = each.header.part(PartName.OPENING) if each else None
    if each is None or part is None:
        raise Failed(f"an opening of {named.hex()}, which is unknown")
    found = envelope.part_keys(part, each.header.context, cek=bundle.opened[named].cek)
    if found.commitment != part.key_commitment:
        raise Failed(f"content key of {named.hex()}")
    return part, found
