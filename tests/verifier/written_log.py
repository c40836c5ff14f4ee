"""A log with its cosigner, its stamps and its certificates, written in memory for the verifier."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kernel.pure import checkpoints, jcs, merkle
from kernel.stamping.authority import LocalAuthority

Json = dict[str, Any]

NAME = "log.sunbid.example"
COSIGNER = "witness.example"
DEADLINE = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)


@dataclass
class Holder:
    """Somebody with a certificate under the authority of the test."""

    key: ec.EllipticCurvePrivateKey
    chain: list[bytes]

    @property
    def chain_hex(self) -> list[str]:
        return [der.hex() for der in self.chain]


class Authority:
    """A root and whom it certified."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._certificate("root", self.key.public_key(), ca=True)

    def holder(self, name: str, *, stamping: bool = False) -> Holder:
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self._certificate(name, key.public_key(), stamping=stamping)
        return Holder(key, [leaf, self.root])

    def _certificate(
        self, name: str, key: ec.EllipticCurvePublicKey, *, ca: bool = False, stamping: bool = False
    ) -> bytes:
        def named(text: str) -> x509.Name:
            told = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.SERIAL_NUMBER)
            return x509.Name([x509.NameAttribute(oid, text) for oid in told])

        built = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named("root"))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(DEADLINE - timedelta(days=100))
            .not_valid_after(DEADLINE + timedelta(days=100))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if stamping:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            built = built.add_extension(usage, critical=True)
        return built.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass
class Clock:
    """The time a stamp says."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class Log:
    """An append-only log with its cosigner and its stamping authority."""

    authority: Authority
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    cosigner: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    platform: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    stamper: Holder = field(init=False)
    leaves: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stamper = self.authority.holder("stamps", stamping=True)

    def add(self, kind: str, body: Json) -> int:
        self.leaves.append(checkpoints.leaf_bytes(kind, body, os.urandom(16)))
        return len(self.leaves) - 1

    def tree(self, size: int | None = None) -> merkle.Tree:
        return merkle.Tree(merkle.leaf_hash(leaf) for leaf in self.leaves[:size])

    def note(self, at: datetime) -> tuple[int, str]:
        """The checkpoint over all leaves so far."""
        tree = self.tree()
        told = checkpoints.Checkpoint(NAME, tree.size, tree.root(), (f"time {at.isoformat()}",))
        body = told.body()
        key_id = checkpoints.ed25519_key_id(NAME, raw(self.key))
        line = checkpoints.signature_line(NAME, key_id, self.key.sign(body.encode()))
        return tree.size, checkpoints.format_note(body, line)

    def witnessed(self, note: str, at: datetime) -> Json:
        body = checkpoints.parse_note(note).text
        seconds = int(at.timestamp())
        told = self.cosigner.sign(checkpoints.cosignature_message(seconds, body))
        key_id = checkpoints.cosigner_key_id(COSIGNER, raw(self.cosigner))
        payload = seconds.to_bytes(8, "big") + told
        line = checkpoints.signature_line(COSIGNER, key_id, payload).removesuffix("\n")
        return {"checkpoint": note, "cosignatures": [line], "stamp": self.stamp(body, at).hex()}

    def stamp(self, body: str, at: datetime) -> bytes:
        request = tsp.TimeStampReq(
            {
                "version": "v1",
                "message_imprint": {
                    "hash_algorithm": {"algorithm": "sha256"},
                    "hashed_message": sha256(body.encode()).digest(),
                },
                "cert_req": True,
            }
        )
        clock: Any = Clock(at)
        stamping = LocalAuthority(self.stamper.key, self.stamper.chain[0], clock)
        answer = tsp.TimeStampResp.load(stamping.answer(request.dump()))
        return bytes(answer["time_stamp_token"].dump())

    def proof(self, index: int, point: tuple[int, str]) -> Json:
        size, note = point
        path = [step.hex() for step in self.tree(size).inclusion(index)]
        leaf = self.leaves[index].decode()
        return {"index": index, "leaf": leaf, "tree_size": size, "path": path, "checkpoint": note}

    def receipt(
        self, named: bytes, index: int, point: tuple[int, str], when: datetime, **more: str
    ) -> Json:
        form = "SBE/1 refusal" if more else "SBE/1 receipt"
        body: Json = {"format": form, "commitment": named.hex(), **more}
        body |= self.proof(index, point) | self.witnessed(point[1], when)
        signed = self.platform.sign(form.encode() + jcs.canonical(body))
        return {**body, "platform_signature": signed.hex()}

    def consistency(self, older: Iterable[int], size: int) -> list[Json]:
        tree = self.tree(size)
        return [
            {"old_size": old, "path": [step.hex() for step in tree.consistency(old)]}
            for old in sorted(set(older))
            if old < size
        ]


def raw(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()
