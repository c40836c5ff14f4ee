"""The named steps of the check, in the order of the specification; each raises Failed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, Final, TypeAlias

from kernel.pure import envelope, jcs, merkle
from kernel.pure.errors import Refused
from kernel.pure.header import CHUNK, TAG
from kernel.pure.manifests import Sealed, Withdrawn, live
from kernel.pure.messages import ReleaseStage
from verifier import answers, draws, judging, marks, proofs, record, refusals, witnesses
from verifier.bundle import Bundle
from verifier.failure import Failed

Step: TypeAlias = tuple[str, Callable[[Bundle], None]]


def signatures(bundle: Bundle) -> None:
    """Headers, withdrawals, checkpoints, releases, the agency's statement."""
    known = {policy.digest().hex() for policy in bundle.policies}
    keys: dict[str, bytes] = {}
    for named, each in bundle.envelopes.items():
        header = each.header
        keys[header.context.pseudonym] = header.signing_key
        if not marks.p256_holds(header.signing_key, header.raw, each.signature):
            raise Failed(f"signature of envelope {named.hex()}")
        if envelope.commitment(header, each.signature) != named:
            raise Failed(f"commitment of envelope {named.hex()}")
        if header.context.policy_digest not in known or header.context.lot != bundle.lot:
            raise Failed(f"policy of envelope {named.hex()}")
    if known != {each.header.context.policy_digest for each in bundle.envelopes.values()}:
        raise Failed("a policy that no envelope was sealed under")
    for entry in bundle.manifest.entries:
        if isinstance(entry, Withdrawn):
            proofs.withdrawal_signature(bundle, entry, keys.get(entry.pseudonym, b""))
    proofs.release_signatures(bundle)
    proofs.statement_signature(bundle)
    proofs.close_point(bundle)


def receipts(bundle: Bundle) -> None:
    """Every receipt is the platform's word, with all that stands in it."""
    for _, receipt in witnesses.receipts(bundle):
        proofs.platform_signed(bundle, receipt)


def manifest(bundle: Bundle) -> None:
    """Entries are the envelopes and withdrawals; at least the floor is live; one digest."""
    sealed = {e.commitment: e for e in bundle.manifest.entries if isinstance(e, Sealed)}
    taken = {e.commitment: e for e in bundle.manifest.entries if isinstance(e, Withdrawn)}
    if set(sealed) != set(bundle.envelopes) or set(taken) != set(bundle.withdrawals):
        raise Failed("manifest and published envelopes differ")
    for named, entry in sealed.items():
        context, receipt = bundle.envelopes[named].header.context, bundle.envelopes[named].receipt
        told = (entry.envelope_id, entry.pseudonym, entry.sequence, entry.log_index)
        found = (context.envelope_id, context.pseudonym, context.sequence, receipt.proof.index)
        if told != found:
            raise Failed(f"manifest tells envelope {named.hex()} otherwise")
    for named, gone in taken.items():
        if gone.log_index != bundle.withdrawals[named].receipt.proof.index:
            raise Failed(f"manifest tells withdrawal of {named.hex()} otherwise")
    floor = max((policy.floor for policy in bundle.policies), default=1)
    if bundle.manifest.lot != bundle.lot or len(live(bundle.manifest.entries)) < floor:
        raise Failed("fewer live envelopes than the floor")
    digest = bundle.manifest.digest()
    if any(release.manifest != digest for release in bundle.releases):
        raise Failed("a release is for another manifest")
    if bundle.facts.get("manifest") != digest.hex():
        raise Failed("the record names another manifest")


def shares(bundle: Bundle) -> None:
    """Each share is its header's; m of them rebuild both secrets of every opened envelope."""
    standing = {sealed.commitment for sealed in live(bundle.manifest.entries)}
    acts = [(release.trustee, release.stage) for release in bundle.releases]
    if len(set(acts)) != len(acts):
        raise Failed("a trustee released twice")
    for release in bundle.releases:
        given = [share.commitment for share in release.shares]
        if len(set(given)) != len(given):
            raise Failed("a share is there twice")
        for named in given:
            if named not in standing:
                raise Failed(f"a share for {named.hex()}, which is not live")
    for named in sorted(standing):
        for stage in ReleaseStage:
            proofs.check_shares(bundle, named, stage)


def keys(bundle: Bundle) -> None:
    """Published content keys fit the key commitments."""
    for named in bundle.opened:
        proofs.part_keys(bundle, named)


def tags(bundle: Bundle) -> None:
    """The sealed openings are the header's, and hold what was published."""
    for named, opened in bundle.opened.items():
        part, part_keys = proofs.part_keys(bundle, named)
        if part.chunk_count != 1 or len(opened.sealed) != part.sealed_size:
            raise Failed(f"sealed opening of {named.hex()} has another length")
        if merkle.root([merkle.leaf_hash(opened.sealed)]) != part.merkle_root:
            raise Failed(f"sealed opening of {named.hex()} is not the header's")
        plain = marks.decrypted(
            part_keys.key, envelope.nonce(part_keys.base, 0, last=True), opened.sealed
        )
        content = jcs.canonical(opened.opening)
        padded = len(content).to_bytes(8, "big") + content
        if plain != padded + bytes(min(CHUNK, part.sealed_size - TAG) - len(padded)):
            raise Failed(f"the opening of {named.hex()} is not what was sealed")


def bindings(bundle: Bundle) -> None:
    """Certificates signed the envelopes they are published for, chain link by link.

    The record names the bidder of an opened bid as its certificate does.
    """
    bound = set()
    rows = _rows(bundle)
    for binding in bundle.bindings:
        each = bundle.envelopes.get(binding.commitment)
        if each is None:
            raise Failed(f"a binding for {binding.commitment.hex()}, which is unknown")
        chain = [marks.certificate(der) for der in binding.chain]
        message = envelope.binding_message(each.header)
        if not marks.p256_holds(marks.point_of(chain[0]), message, binding.signature):
            raise Failed(f"binding of {binding.commitment.hex()}")
        if not all(map(marks.issued_by, chain, chain[1:])):
            raise Failed(f"certificate chain of {binding.commitment.hex()}")
        row = rows.get(binding.commitment) if binding.commitment in bundle.opened else None
        if row and (row["organisation"], row["credit_code"]) != marks.subject_of(chain[0]):
            raise Failed(f"the record names another bidder than {binding.commitment.hex()} does")
        bound.add(binding.commitment)
    for opened in bundle.opened:
        if opened not in bound:
            raise Failed(f"{opened.hex()} was opened without a binding")


def read_out(bundle: Bundle) -> None:
    """The record's offers are the openings."""
    rows = _rows(bundle)
    told_of = [row["commitment"] for row in (*bundle.facts["bids"], *bundle.facts["superseded"])]
    if sorted(told_of) != sorted(each.commitment.hex() for each in live(bundle.manifest.entries)):
        raise Failed("the record tells of other bids than the live ones")
    statement = {
        bytes.fromhex(str(row["commitment"])): row["opening"]
        for row in json.loads(bundle.statement)["openings"]
    }
    told = {named for named, row in rows.items() if row["offer"] is not None}
    if told != set(bundle.opened):
        raise Failed("record and published openings differ")
    for named, opened in bundle.opened.items():
        digest = sha256(jcs.canonical(opened.opening)).hexdigest()
        if statement.get(named) != digest or rows[named]["opening"] != digest:
            raise Failed(f"the agency signed another opening of {named.hex()}")
        offer = rows[named]["offer"]
        for name in opened.opening.keys() & offer.keys():
            if offer[name] != opened.opening[name]:
                raise Failed(f"{name} of {named.hex()} was read out otherwise")


def _rows(bundle: Bundle) -> dict[bytes, Any]:
    """What the record says of each bid, by its commitment."""
    return {bytes.fromhex(str(row["commitment"])): row for row in bundle.facts["bids"]}


STEPS: Final[tuple[Step, ...]] = (
    ("signatures", signatures),
    ("inclusion", witnesses.inclusion),
    ("cosignatures", witnesses.cosignatures),
    ("times", witnesses.times),
    ("receipts", receipts),
    ("manifest", manifest),
    ("shares", shares),
    ("keys", keys),
    ("tags", tags),
    ("bindings", bindings),
    ("read-out", read_out),
    ("refusals", refusals.refusals),
    ("draws", draws.draws),
    ("record", record.record),
)


JUDGING: Final[tuple[Step, ...]] = (
    ("draw", judging.draw),
    ("sheets", judging.sheets),
    ("scores", judging.scores),
    ("ranking", judging.ranking),
    ("report", answers.report),
)


def steps_of(bundle: Bundle) -> tuple[Step, ...]:
    """The steps that fit what the bundle holds."""
    if bundle.evaluation is None:
        return STEPS
    award = (("award", answers.award),) if bundle.award is not None else ()
    return STEPS + JUDGING + award


def run(
    bundle: Bundle, report: Callable[[str], None], *, chosen: Sequence[Step] | None = None
) -> str | None:
    """All steps, or those `chosen`; `report` hears each that holds.

    Returns the first failing one with its reason.
    """
    for name, step in steps_of(bundle) if chosen is None else chosen:
        try:
            step(bundle)
        except Failed as failed:
            return f"{name}: {failed}"
        except Refused as refused:
            return f"{name}: {refused}"
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return f"{name}: cannot be read ({type(error).__name__} {error})"
        report(name)
    return None
