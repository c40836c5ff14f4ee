"""The step about draws: what every bid put in, and what was drawn from it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from kernel.pure import envelope, jcs, parameters
from kernel.pure.draws import Draw, lot_seed
from kernel.pure.envelope import HolderLock
from kernel.pure.manifests import live
from kernel.pure.messages import ReleaseStage
from kernel.pure.parameters import Inputs
from verifier import proofs
from verifier.bundle import Bundle
from verifier.drawn import Notice
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
    _parameters(bundle, root, {named: told.parts.get(named) for named in listed})
    _told(bundle)


def _parameters(bundle: Bundle, root: bytes, parts: dict[bytes, bytes | None]) -> None:
    """Each from the same parts, in order: seed, options and value follow."""
    inputs = Inputs(
        lot=bundle.lot,
        close_root=root,
        parts=parts,
        prices={named: each.opening["price_fen"] for named, each in bundle.opened.items()},
        ceiling_fen=bundle.facts["lot"]["ceiling_fen"],
    )
    earlier: dict[str, str | None] = {}
    for each in bundle.draws.parameters:
        name, stated = each.parameter.name, each.drawn
        found = parameters.draw(each.parameter, inputs, earlier)
        if stated.seed != found.seed:
            raise Failed(f"seed of parameter {name}")
        if stated.options != found.options:
            raise Failed(f"options of parameter {name}")
        if (stated.index, stated.value) != (found.index, found.value):
            raise Failed(f"value of parameter {name}")
        earlier[name] = found.value


def _told(bundle: Bundle) -> None:
    """What was drawn is what the notice published, and what record and evaluation tell."""
    told, record = bundle.draws, bundle.facts["draws"]
    published = _published(bundle, told.notice) if told.notice else []
    if [each.parameter.to_json() for each in told.parameters] != published:
        raise Failed("other parameters were drawn than the notice published")
    drawn = [{name: row[name] for name in each.told} for each, row in _pairs(bundle)]
    if drawn != [dict(each.told) for each in told.parameters] or record["published"] != published:
        raise Failed("the record tells other draws")
    listed = {str(row["commitment"]) for row in bundle.facts["bids"]} if published else set()
    parts = [
        {"commitment": named.hex(), "part": part.hex() if part else None}
        for named, part in sorted(told.parts.items())
        if named.hex() in listed
    ]
    if record["parts"] != parts:
        raise Failed("the record tells other draw parts")
    if bundle.evaluation is not None:
        facts = bundle.evaluation.facts
        values = {each.drawn.name: each.drawn.value for each in told.parameters}
        if facts["plan"].get("draws", []) != published or facts["drawn"] != values:
            raise Failed("the evaluation was handed other parameters")


def _pairs(bundle: Bundle) -> list[tuple[Any, Any]]:
    rows = bundle.facts["draws"]["drawn"]
    if len(rows) != len(bundle.draws.parameters):
        raise Failed("the record tells other draws")
    return list(zip(bundle.draws.parameters, rows, strict=True))


def _published(bundle: Bundle, notice: Notice) -> Any:
    """The draws of the notice, which was logged before the close and is this lot's."""
    digest = sha256(b"sunbid notice/1\x00" + jcs.canonical(dict(notice.body))).hexdigest()
    about = {"lot": bundle.lot, "digest": digest, "policy_digest": notice.body["policy_digest"]}
    if about["policy_digest"] not in {policy.digest().hex() for policy in bundle.policies}:
        raise Failed("no bid was sealed under the notice")
    point = proofs.included(bundle, notice.proof, "notice", about)
    proofs.extended(point, proofs.close_point(bundle), bundle.close.consistency)
    if notice.body["ceiling_fen"] != bundle.facts["lot"]["ceiling_fen"]:
        raise Failed("the record names another ceiling than the notice")
    return notice.body["evaluation_plan"].get("draws", [])


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
