"""Reading a header of SBE/1 strictly: every field, its size, and what one field says of another.

Codes ENV-1001 … ENV-1012; specification: docs/sealed-bid-envelope.md.
"""

from __future__ import annotations

from hashlib import sha256

from kernel.pure import header as form
from kernel.pure import jcs
from kernel.pure.errors import Refused
from kernel.pure.fields import Fields
from kernel.pure.header import (
    BidKeyLock,
    Context,
    Header,
    Part,
    PartName,
    RecoveryLock,
    RescueLock,
    RescueWrap,
    SecretHashes,
    Wrap,
    chunk_count,
    size_class,
)
from kernel.pure.points import on_curve
from kernel.pure.policy import MAX_PANEL, MAX_TRUSTEES, HolderLock, read_policy


def parse_header(raw: bytes) -> Header:
    """A header from its exact bytes; every field is checked against the others.

    The signature is checked elsewhere. Refuses ENV-1001 … ENV-1012.
    """
    if len(raw) > form.MAX_HEADER:
        raise Refused("ENV-1001", what="size")
    fields = Fields(jcs.parse(raw), code="ENV-1003")
    if fields.text("format", cap=20) != form.FORMAT:
        raise Refused("ENV-1004", field="format")
    read = _read_header(raw, fields)
    _check_inside(read)
    return read


def _read_header(raw: bytes, fields: Fields) -> Header:
    context = _read_context(fields.inner("context"))
    secrets = fields.inner("secrets")
    locks = fields.inner("locks")
    committee, holder = locks.inner("committee"), locks.inner("holder")
    wraps = tuple(_read_wrap(wrap) for wrap in committee.items("wraps", low=1, high=MAX_TRUSTEES))
    read = Header(
        raw=raw,
        context=context,
        previous_commitment=fields.optional(
            "previous_commitment", lambda name: fields.hex(name, 32)
        ),
        commitment_salt=fields.hex("commitment_salt", 32),
        signing_key=fields.hex("signing_key", 65),
        policy=read_policy(fields.inner("policy")),
        secrets=SecretHashes(
            list=secrets.hex("list", 32),
            open=secrets.hex("open", 32),
            holder=secrets.hex("holder", 32),
        ),
        draw_part_hash=fields.hex("draw_part_hash", 32),
        parts=tuple(_read_part(part) for part in fields.items("parts", low=2, high=5)),
        wraps=wraps,
        threshold=committee.integer("m", 1, len(wraps)),
        bid_key=holder.optional("bid_key", lambda name: _read_bid_key(holder.inner(name))),
        recovery=holder.optional("recovery", lambda name: _read_recovery(holder.inner(name))),
        rescue=holder.optional("rescue", lambda name: _read_rescue(holder.inner(name))),
    )
    committee.integer("n", len(wraps), len(wraps))
    for level in (secrets, committee, holder, locks, fields):
        level.done()
    return read


def _read_context(fields: Fields) -> Context:
    suite = fields.integer("suite", 0, 255)
    if suite != form.SUITE:
        raise Refused("ENV-1004", field="suite", suite=suite)
    context = Context(
        envelope_id=fields.hex("envelope_id", 16).hex(),
        tender=fields.uuid("tender"),
        lot=fields.uuid("lot"),
        stage=fields.integer("stage", 1, form.STAGES),
        pseudonym=fields.hex("pseudonym", 32).hex(),
        sequence=fields.integer("sequence", 1, 100_000),
        policy_digest=fields.hex("policy_digest", 32).hex(),
        suite=suite,
    )
    fields.done()
    return context


def _read_part(fields: Fields) -> Part:
    part = Part(
        name=PartName(fields.choice("name", *PartName)),
        size_class=fields.integer("size_class", 1, form.MAX_PART),
        salt=fields.hex("salt", 32),
        key_commitment=fields.hex("key_commitment", 32),
        chunk_count=fields.integer("chunk_count", 1, form.MAX_PART // form.CHUNK),
        merkle_root=fields.hex("merkle_root", 32),
    )
    fields.done()
    return part


def _read_wrap(fields: Fields) -> Wrap:
    wrap = Wrap(
        index=fields.integer("index", 1, MAX_TRUSTEES),
        enc=fields.hex("enc", 65),
        ciphertext=fields.hex("ciphertext", form.WRAP_BYTES),
        list_share=fields.hex("list_share", 32),
        open_share=fields.hex("open_share", 32),
    )
    fields.done()
    return wrap


def _read_bid_key(fields: Fields) -> BidKeyLock:
    lock = BidKeyLock(
        fields.hex("key", 65), fields.hex("enc", 65), fields.hex("ciphertext", form.LOCK_BYTES)
    )
    fields.done()
    return lock


def _read_recovery(fields: Fields) -> RecoveryLock:
    lock = RecoveryLock(fields.hex("salt", 32), fields.hex("ciphertext", form.LOCK_BYTES))
    fields.done()
    return lock


def _read_rescue(fields: Fields) -> RescueLock:
    wraps = tuple(_read_rescue_wrap(wrap) for wrap in fields.items("wraps", low=1, high=MAX_PANEL))
    lock = RescueLock(fields.integer("k", 1, len(wraps)), wraps)
    fields.integer("r", len(wraps), len(wraps))
    fields.done()
    return lock


def _read_rescue_wrap(fields: Fields) -> RescueWrap:
    wrap = RescueWrap(
        index=fields.integer("index", 1, MAX_PANEL),
        enc=fields.hex("enc", 65),
        ciphertext=fields.hex("ciphertext", form.LOCK_BYTES),
        share=fields.hex("share", 32),
    )
    fields.done()
    return wrap


def _check_inside(header: Header) -> None:
    """What one field says about another."""
    context, policy = header.context, header.policy
    if sha256(header.signing_key).hexdigest() != context.pseudonym:
        raise Refused("ENV-1005")
    if policy.digest().hex() != context.policy_digest or (policy.tender, policy.lot) != (
        context.tender,
        context.lot,
    ):
        raise Refused("ENV-1007")
    _check_parts(header.parts)
    _check_locks(header)
    _check_points(header)
    if (header.previous_commitment is None) != (context.sequence == 1):
        raise Refused("ENV-1010", sequence=context.sequence)


def _check_parts(parts: tuple[Part, ...]) -> None:
    order = [list(PartName).index(part.name) for part in parts]
    names = tuple(part.name for part in parts)
    if order != sorted(set(order)) or names[: len(form.REQUIRED)] != form.REQUIRED:
        raise Refused("ENV-1008", what="names")
    for part in parts:
        small = part.name in form.REQUIRED
        if part.size_class != size_class(part.size_class - 8, small=small):
            raise Refused("ENV-1008", what="size_class", part=part.name.value)
        if part.chunk_count != chunk_count(part.size_class):
            raise Refused("ENV-1008", what="chunk_count", part=part.name.value)


def _check_locks(header: Header) -> None:
    policy = header.policy
    indexes = tuple(wrap.index for wrap in header.wraps)
    if header.threshold != policy.threshold or indexes != tuple(i for i, _ in policy.trustees):
        raise Refused("ENV-1009", what="committee")
    alone = policy.holder_lock is HolderLock.COMMITTEE_ONLY
    if alone != (header.bid_key is None) or (alone and header.recovery is not None):
        raise Refused("ENV-1009", what="holder")
    _check_rescue(header)
    if alone and header.secrets.holder != sha256(bytes(32)).digest():
        raise Refused("ENV-1009", what="holder")


def _check_rescue(header: Header) -> None:
    """Only the panel of the policy may hold shares of s_holder."""
    lock, allowed = header.rescue, header.policy.rescue
    if lock is None:
        return
    indexes = tuple(wrap.index for wrap in lock.wraps)
    if allowed is None or (lock.threshold, indexes) != (
        allowed.threshold,
        tuple(index for index, _ in allowed.panel),
    ):
        raise Refused("ENV-1009", what="rescue")


def _check_points(header: Header) -> None:
    """Nobody is asked to reckon with a point that is not on the curve."""
    policy = header.policy
    points = [header.signing_key, *(key for _, key in policy.trustees)]
    points += [wrap.enc for wrap in header.wraps]
    if policy.rescue is not None:
        points += [key for _, key in policy.rescue.panel]
    if header.rescue is not None:
        points += [wrap.enc for wrap in header.rescue.wraps]
    if header.bid_key is not None:
        points += [header.bid_key.key, header.bid_key.enc]
    if not all(map(on_curve, points)):
        raise Refused("ENV-1012")
