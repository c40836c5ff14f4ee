"""Reading sealed envelopes: what is right opens, and each mutation fails with its own code."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kernel.crypto import sealing
from kernel.crypto.sealing import Secrets
from kernel.crypto.signatures import public_bytes, sign_p256
from kernel.pure import envelope, jcs, merkle
from kernel.pure.errors import Refused
from kernel.pure.header import CHUNK, PartName
from kernel.pure.messages import ReleaseStage
from kernel.pure.policy import HolderLock
from tests.sealing_writer import LOT, TENDER, Committee, Written, released, write_envelope

COMMITTEE = Committee()
POLICY = COMMITTEE.policy()
TECHNICAL = os.urandom(2 * CHUNK + 1234)
WRITTEN = write_envelope(
    POLICY, documents=[(PartName.TECHNICAL, TECHNICAL)], opening={"price_fen": 777_000_00}
)
OTHER = write_envelope(POLICY, documents=[(PartName.TECHNICAL, os.urandom(2 * CHUNK))])
SECRETS = Secrets(list=WRITTEN.s_list, open=WRITTEN.s_open, holder=WRITTEN.s_holder)


def _resigned(change: Callable[[dict[str, Any]], None], written: Written = WRITTEN) -> bytes:
    """The header with a change, canonical again."""
    value = json.loads(written.raw)
    change(value)
    return jcs.canonical(value)


def test_an_envelope_opens_in_full_with_all_secrets() -> None:
    header = sealing.verify_header(WRITTEN.raw, WRITTEN.signature)
    opened = b"".join(
        sealing.open_part(header, PartName.TECHNICAL, SECRETS, WRITTEN.chunks[PartName.TECHNICAL])
    )
    assert opened == TECHNICAL
    opening = sealing.read_json(header, PartName.OPENING, SECRETS, WRITTEN.chunks[PartName.OPENING])
    assert opening == {"price_fen": 77_700_000}


def test_the_list_secret_opens_the_identity_and_nothing_else() -> None:
    only_list = Secrets(list=WRITTEN.s_list)
    header = WRITTEN.header
    identity = sealing.read_json(
        header, PartName.IDENTITY, only_list, WRITTEN.chunks[PartName.IDENTITY]
    )
    binding = bytes.fromhex(str(identity["binding_signature"]))
    sealing.check_binding(header, public_bytes(WRITTEN.certificate), binding)
    other = public_bytes(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(Refused, match="ENV-3006"):
        sealing.check_binding(header, other, binding)
    with pytest.raises(Refused, match="ENV-2001"):
        sealing.open_part(header, PartName.OPENING, only_list, [])


def test_m_trustees_rebuild_both_secrets_and_fewer_none() -> None:
    shares = released(WRITTEN, COMMITTEE, [5, 2, 3])
    header = WRITTEN.header
    for stage, cut, secret in (
        (ReleaseStage.LIST, slice(0, 32), WRITTEN.s_list),
        (ReleaseStage.OPEN, slice(32, 64), WRITTEN.s_open),
    ):
        given = {index: both[cut] for index, both in shares.items()}
        assert sealing.committee_secret(header, stage, given) == secret
        given.pop(2)
        with pytest.raises(Refused, match="ENV-3003"):
            sealing.committee_secret(header, stage, given)


def test_a_wrong_share_names_its_trustee_and_a_wrong_secret_the_bidder() -> None:
    shares = {i: both[:32] for i, both in released(WRITTEN, COMMITTEE, [1, 2, 3]).items()}
    with pytest.raises(Refused, match="ENV-3001") as bad:
        sealing.committee_secret(WRITTEN.header, ReleaseStage.LIST, {**shares, 2: os.urandom(32)})
    assert bad.value.facts == {"trustee": 2}
    with pytest.raises(Refused, match="ENV-3001"):
        sealing.committee_secret(WRITTEN.header, ReleaseStage.LIST, {**shares, 9: shares[1]})

    def lie(value: dict[str, Any]) -> None:
        value["secrets"]["list"] = sha256(b"another").hexdigest()

    liar = envelope.parse_header(_resigned(lie))
    with pytest.raises(Refused, match="ENV-3002"):
        sealing.committee_secret(liar, ReleaseStage.LIST, shares)


def test_a_wrong_draw_part_is_the_bidders_fault() -> None:
    def lie(value: dict[str, Any]) -> None:
        value["draw_part_hash"] = "00" * 32

    shares = {i: both[32:] for i, both in released(WRITTEN, COMMITTEE, [1, 2, 3]).items()}
    with pytest.raises(Refused, match="ENV-3005"):
        sealing.committee_secret(envelope.parse_header(_resigned(lie)), ReleaseStage.OPEN, shares)


def test_the_holder_secret_is_checked_against_the_header() -> None:
    assert sealing.holder_secret(WRITTEN.header, WRITTEN.s_holder) == WRITTEN.s_holder
    for wrong in (None, bytes(32), os.urandom(32)):
        with pytest.raises(Refused, match="ENV-3004"):
            sealing.holder_secret(WRITTEN.header, wrong)


def test_committee_only_needs_no_bidder() -> None:
    written = write_envelope(COMMITTEE.policy(holder_lock=HolderLock.COMMITTEE_ONLY))
    header = sealing.verify_header(written.raw, written.signature)
    secrets = Secrets(open=written.s_open, holder=sealing.holder_secret(header, None))
    opened = sealing.read_json(header, PartName.OPENING, secrets, written.chunks[PartName.OPENING])
    assert opened["price_fen"] == 12_345_600


def _flip(chunks: list[bytes]) -> list[bytes]:
    damaged = bytearray(chunks[1])
    damaged[500_000] ^= 1
    return [chunks[0], bytes(damaged), *chunks[2:]]


MUTATIONS: list[tuple[str, Callable[[list[bytes]], list[bytes]]]] = [
    ("ENV-2003", _flip),
    ("ENV-2004", lambda chunks: chunks[:-1]),
    ("ENV-2004", lambda chunks: [*chunks[:-1], chunks[-1][:-1000]]),
    ("ENV-2004", lambda _chunks: []),
    ("ENV-2005", lambda chunks: [chunks[1], chunks[0], *chunks[2:]]),
    ("ENV-2005", lambda chunks: chunks[1:]),
    ("ENV-2007", lambda chunks: [chunks[0], chunks[0], *chunks[1:]]),
    ("ENV-2008", lambda chunks: [*chunks, chunks[0]]),
    ("ENV-2012", lambda _chunks: OTHER.chunks[PartName.TECHNICAL]),
    ("ENV-2012", lambda _chunks: WRITTEN.chunks[PartName.OPENING]),
]


@pytest.mark.parametrize(("code", "mutate"), MUTATIONS)
def test_each_mutation_of_a_part_has_its_code(
    code: str, mutate: Callable[[list[bytes]], list[bytes]]
) -> None:
    roots = envelope.known_roots([WRITTEN.header, OTHER.header])
    with pytest.raises(Refused) as refused:
        for _ in sealing.open_part(
            WRITTEN.header,
            PartName.TECHNICAL,
            SECRETS,
            mutate(WRITTEN.chunks[PartName.TECHNICAL]),
            known_roots=roots,
        ):
            pass
    assert refused.value.code == code


def test_two_keys_for_one_ciphertext_are_refused() -> None:
    def lie(value: dict[str, Any]) -> None:
        value["parts"][1]["key_commitment"] = "11" * 32

    header = envelope.parse_header(_resigned(lie))
    with pytest.raises(Refused, match="ENV-2002"):
        sealing.open_part(header, PartName.OPENING, SECRETS, WRITTEN.chunks[PartName.OPENING])


def test_a_header_that_names_another_tree_is_refused_at_the_end() -> None:
    def lie(value: dict[str, Any]) -> None:
        value["parts"][1]["merkle_root"] = "11" * 32

    header = envelope.parse_header(_resigned(lie))
    with pytest.raises(Refused, match="ENV-2006"):
        sealing.read_json(header, PartName.OPENING, SECRETS, WRITTEN.chunks[PartName.OPENING])


def test_a_part_that_is_no_object_is_refused() -> None:
    written = write_envelope(POLICY, documents=[(PartName.TECHNICAL, b"%PDF-1.7")])
    secrets = Secrets(open=written.s_open, holder=written.s_holder)
    chunks = written.chunks[PartName.TECHNICAL]
    with pytest.raises(Refused, match="ENV-2010"):
        sealing.read_json(written.header, PartName.TECHNICAL, secrets, chunks)
    with pytest.raises(Refused, match="ENV-2011"):
        sealing.open_part(written.header, PartName.COMMERCIAL, secrets, chunks)


def _place(
    *,
    lot: str = LOT,
    pseudonym: str = WRITTEN.header.context.pseudonym,
    version: int = 1,
    stage: int = 1,
) -> None:
    envelope.check_place(
        WRITTEN.header,
        tender=TENDER,
        lot=lot,
        pseudonym=pseudonym,
        policies={COMMITTEE.policy(version=version).digest()},
        stage=stage,
    )


def test_replay_elsewhere_is_refused() -> None:
    _place()
    with pytest.raises(Refused, match="ENV-1101"):
        _place(lot="01999999-0000-7000-8000-00000000000f")
    with pytest.raises(Refused, match="ENV-1101"):
        _place(stage=2)
    with pytest.raises(Refused, match="ENV-1102"):
        _place(pseudonym="ab" * 32)
    with pytest.raises(Refused, match="ENV-1103"):
        _place(version=2)


def test_the_uploaded_object_must_be_the_one_in_the_header() -> None:
    part = WRITTEN.header.parts[2]
    chunks = WRITTEN.chunks[PartName.TECHNICAL]
    size, count = sum(map(len, chunks)), len(chunks)
    root = merkle.root(map(merkle.leaf_hash, chunks))
    envelope.check_upload(part, size=size, chunk_count=count, merkle_root=root)
    with pytest.raises(Refused, match="ENV-1201"):
        envelope.check_upload(part, size=size, chunk_count=count, merkle_root=bytes(32))


def test_another_signature_is_refused() -> None:
    other = sign_p256(ec.generate_private_key(ec.SECP256R1()), WRITTEN.raw)
    for wrong in (other, b"", bytes(64), WRITTEN.signature[:-1] + b"\x00"):
        with pytest.raises(Refused, match="ENV-1006"):
            sealing.verify_header(WRITTEN.raw, wrong)


def _set(*path: str | int, to: object) -> Callable[[dict[str, Any]], None]:
    def change(value: dict[str, Any]) -> None:
        place: Any = value
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


def _drop(*path: str | int) -> Callable[[dict[str, Any]], None]:
    def change(value: dict[str, Any]) -> None:
        place: Any = value
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


HEADERS: list[tuple[str, Callable[[dict[str, Any]], None]]] = [
    ("ENV-1003", _set("extra", to=1)),
    ("ENV-1003", _drop("secrets")),
    ("ENV-1003", _set("context", "sequence", to=0)),
    ("ENV-1003", _set("context", "sequence", to=True)),
    ("ENV-1003", _set("context", "lot", to="../../etc")),
    ("ENV-1003", _set("secrets", "list", to="AB" * 32)),
    ("ENV-1003", _set("locks", "holder", "rescue", to={})),
    ("ENV-1003", _set("parts", to={})),
    ("ENV-1003", _set("policy", "trustees", 0, "index", to=2)),
    ("ENV-1003", _set("parts", 0, "name", to="price")),
    ("ENV-1004", _set("format", to="SBE/2")),
    ("ENV-1004", _set("context", "suite", to=2)),
    ("ENV-1005", _set("context", "pseudonym", to="ab" * 32)),
    ("ENV-1007", _set("policy", "floor", to=1)),
    ("ENV-1007", _set("context", "lot", to=TENDER)),
    ("ENV-1008", _set("parts", 1, "size_class", to=65537)),
    ("ENV-1008", _set("parts", 2, "size_class", to=2 * CHUNK + 1)),
    ("ENV-1008", _set("parts", 2, "chunk_count", to=4)),
    ("ENV-1008", _drop("parts", 1)),
    ("ENV-1009", _set("locks", "committee", "m", to=2)),
    ("ENV-1009", _set("locks", "holder", "bid_key", to=None)),
    ("ENV-1009", _set("locks", "committee", "wraps", 0, "index", to=5)),
    ("ENV-1010", _set("previous_commitment", to="00" * 32)),
    ("ENV-1010", _set("context", "sequence", to=2)),
]


@pytest.mark.parametrize(("code", "change"), HEADERS)
def test_each_fault_of_a_header_has_its_code(
    code: str, change: Callable[[dict[str, Any]], None]
) -> None:
    with pytest.raises(Refused) as refused:
        envelope.parse_header(_resigned(change))
    assert refused.value.code == code


def test_headers_too_large_or_loosely_written_are_refused() -> None:
    with pytest.raises(Refused, match="ENV-1001"):
        envelope.parse_header(WRITTEN.raw + b" " * 70_000)
    with pytest.raises(Refused, match="ENV-1002"):
        envelope.parse_header(WRITTEN.raw + b"\n")
    with pytest.raises(Refused, match="ENV-1002"):
        envelope.parse_header(json.dumps(json.loads(WRITTEN.raw)).encode())
    with pytest.raises(Refused, match="ENV-1003"):
        envelope.parse_header(b"[]")


def test_the_commitment_binds_header_and_signature() -> None:
    header = WRITTEN.header
    again = sign_p256(WRITTEN.signer, WRITTEN.raw)
    assert again != WRITTEN.signature
    assert envelope.commitment(header, again) != WRITTEN.commitment
    assert copy.copy(header) == envelope.parse_header(WRITTEN.raw)
