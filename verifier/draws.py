"""The step about draws: what every bid put in, and what was drawn from it."""

from __future__ import annotations

from hashlib import sha256

from kernel.pure import envelope
from kernel.pure.draws import Draw, lot_seed
from kernel.pure.envelope import HolderLock
from kernel.pure.manifests import live
from kernel.pure.messages import ReleaseStage
from verifier import proofs
from verifier.bundle import Bundle
from verifier.failure import Failed


def draws(bundle: Bundle) -> None:
    """Parts are what was sealed; seeds and orders follow from them and the close."""
    told = bundle.draws
    standing = {sealed.commitment for sealed in live(bundle.manifest.entries)}
    if set(told.parts) != standing:
        raise Failed("there are draw parts of other bids than the live ones")
    for named, part in told.parts.items():
        _part(bundle, named, part)
    root = proofs.close_point(bundle).root
    listed = {bytes.fromhex(str(row["commitment"])) for row in bundle.facts["bids"]}
    parts = {named: part for named, part in told.parts.items() if part and named in listed}
    for draw in told.draws:
        seed = lot_seed(lot=bundle.lot, name=draw.name, close_root=root, draw_parts=parts)
        options = tuple(sorted(set(draw.options)))
        if draw.seed != seed or draw.options != options:
            raise Failed(f"seed or options of {draw.name!r}")
        if not set(options) <= set(bundle.opened) or Draw(seed).shuffle(options) != draw.order:
            raise Failed(f"order of {draw.name!r}")


def _part(bundle: Bundle, named: bytes, part: bytes | None) -> None:
    header = bundle.envelopes[named].header
    if part is not None and sha256(part).digest() != header.draw_part_hash:
        raise Failed(f"draw part of {named.hex()}")
    if header.policy.holder_lock is HolderLock.COMMITTEE_ONLY:
        return
    secret = proofs.rebuilt(bundle, named, ReleaseStage.OPEN)
    rebuilt = envelope.draw_part(secret) if secret is not None else None
    if rebuilt is not None and sha256(rebuilt).digest() != header.draw_part_hash:
        rebuilt = None
    if part != rebuilt:
        raise Failed(f"draw part of {named.hex()} is not what its shares rebuild")
    if part is None and named in bundle.opened:
        raise Failed(f"{named.hex()} was opened without a draw part")
