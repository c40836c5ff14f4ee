"""A second writer of SBE/1 in Python, for tests only: vectors for JavaScript, and mutations."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.crypto import hpke, sharing
from kernel.crypto.signatures import public_bytes, sign_p256
from kernel.pure import envelope, hkdf, jcs, merkle
from kernel.pure.header import CHUNK, Context, Part, PartName, chunk_count, size_class
from kernel.pure.policy import HolderLock, Policy, Rescue

LOT = "01999999-0000-7000-8000-000000000001"
TENDER = "01999999-0000-7000-8000-000000000002"


@dataclass
class Committee:
    """Trustees with their keys; three of five unless said otherwise."""

    threshold: int = 3
    count: int = 5
    keys: list[ec.EllipticCurvePrivateKey] = field(init=False)
    panel: list[ec.EllipticCurvePrivateKey] = field(init=False)

    def __post_init__(self) -> None:
        self.keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(self.count)]
        self.panel = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]

    def rescue(self, *, threshold: int = 2) -> Rescue:
        """Three other people, two of whom may stand in for a bidder."""
        seats = tuple((i, public_bytes(key)) for i, key in enumerate(self.panel, start=1))
        return Rescue(threshold, seats)

    def policy(
        self,
        *,
        lot: str = LOT,
        version: int = 1,
        floor: int = 3,
        holder_lock: HolderLock = HolderLock.BIDDER,
        rescue: Rescue | None = None,
    ) -> Policy:
        """A policy whose trustees are this committee."""
        return Policy(
            tender=TENDER,
            lot=lot,
            version=version,
            documents=sha256(b"documents").digest(),
            deadline="2026-12-01T01:30:00Z",
            floor=floor,
            threshold=self.threshold,
            trustees=tuple((i, public_bytes(key)) for i, key in enumerate(self.keys, start=1)),
            holder_lock=holder_lock,
            rescue=rescue,
        )


@dataclass
class Written:
    """An envelope with everything its bidder knows."""

    raw: bytes
    signature: bytes
    chunks: dict[PartName, list[bytes]]
    s_list: bytes
    s_open: bytes
    s_holder: bytes
    certificate: ec.EllipticCurvePrivateKey
    signer: ec.EllipticCurvePrivateKey

    @property
    def header(self) -> envelope.Header:
        return envelope.parse_header(self.raw)

    @property
    def commitment(self) -> bytes:
        return envelope.commitment(self.header, self.signature)


def keys_of(seed: bytes) -> tuple[ec.EllipticCurvePrivateKey, ec.EllipticCurvePrivateKey]:
    """Pseudonym signing key and bid key of a seed."""
    return (
        hpke.derive_key_pair(hkdf.expand(seed, b"SBE/1 pseudonym", 32)),
        hpke.derive_key_pair(hkdf.expand(seed, b"SBE/1 bid key", 32)),
    )


def seal_chunks(keys: envelope.PartKeys, content: bytes, padded: int) -> list[bytes]:
    """All sealed chunks of a part."""
    plain = len(content).to_bytes(8, "big") + content
    plain += bytes(padded - len(plain))
    cipher, count = AESGCM(keys.key), chunk_count(padded)
    return [
        cipher.encrypt(
            envelope.nonce(keys.base, index, last=index == count - 1),
            plain[index * CHUNK : (index + 1) * CHUNK],
            None,
        )
        for index in range(count)
    ]


def write_envelope(
    policy: Policy,
    *,
    seed: bytes | None = None,
    opening: Mapping[str, object] | None = None,
    identity: Mapping[str, object] | None = None,
    documents: Sequence[tuple[PartName, bytes]] = (),
    sequence: int = 1,
    previous: bytes | None = None,
    recovery: bytes | None = None,
    certificate: ec.EllipticCurvePrivateKey | None = None,
    consent: bool = True,
) -> Written:
    """One sealed envelope, written in one go from memory; `certificate` signs the binding.

    `consent` is to the rescue panel, where the policy has one.
    """
    writer = _Writer(policy, seed or os.urandom(32), sequence, previous)
    writer.consent = consent
    writer.certificate = certificate or writer.certificate
    return writer.write(
        opening=opening or {"price_fen": 12_345_600, "duration_days": 90},
        identity=identity or {"organisation": "苏州某某设计院有限公司"},
        documents=documents,
        recovery=recovery,
    )


class _Writer:
    def __init__(self, policy: Policy, seed: bytes, sequence: int, previous: bytes | None) -> None:
        self.policy = policy
        self.previous = previous
        self.signer, self.bid_key = keys_of(seed)
        self.certificate = ec.generate_private_key(ec.SECP256R1())
        self.s_list, self.s_open = os.urandom(32), os.urandom(32)
        alone = policy.holder_lock is HolderLock.COMMITTEE_ONLY
        self.s_holder = bytes(32) if alone else os.urandom(32)
        self.context = Context(
            envelope_id=os.urandom(16).hex(),
            tender=policy.tender,
            lot=policy.lot,
            stage=1,
            pseudonym=sha256(public_bytes(self.signer)).hexdigest(),
            sequence=sequence,
            policy_digest=policy.digest().hex(),
        )
        self.chunks: dict[PartName, list[bytes]] = {}
        self.consent = True

    def write(
        self,
        *,
        opening: Mapping[str, object],
        identity: Mapping[str, object],
        documents: Sequence[tuple[PartName, bytes]],
        recovery: bytes | None,
    ) -> Written:
        rest = [self._part(PartName.OPENING, jcs.canonical(dict(opening)))]
        rest += [self._part(name, content) for name, content in documents]
        draft = self._draft(rest)
        binding = sign_p256(self.certificate, b"SBE/1 binding" + jcs.canonical(draft))
        told = {**identity, "binding_signature": binding.hex()}
        parts = [self._part(PartName.IDENTITY, jcs.canonical(told)), *rest]
        value = {
            **draft,
            "parts": [part.to_json() for part in parts],
            "locks": {"committee": self._committee(), "holder": self._holder(recovery)},
        }
        raw = jcs.canonical(value)
        return Written(
            raw=raw,
            signature=sign_p256(self.signer, raw),
            chunks=self.chunks,
            s_list=self.s_list,
            s_open=self.s_open,
            s_holder=self.s_holder,
            certificate=self.certificate,
            signer=self.signer,
        )

    def _draft(self, rest: list[Part]) -> dict[str, object]:
        return {
            "format": "SBE/1",
            "context": self.context.to_json(),
            "previous_commitment": self.previous.hex() if self.previous else None,
            "commitment_salt": os.urandom(32).hex(),
            "signing_key": public_bytes(self.signer).hex(),
            "policy": self.policy.to_json(),
            "secrets": {
                "list": sha256(self.s_list).hexdigest(),
                "open": sha256(self.s_open).hexdigest(),
                "holder": sha256(self.s_holder).hexdigest(),
            },
            "draw_part_hash": sha256(envelope.draw_part(self.s_open)).hexdigest(),
            "parts": [part.to_json() for part in rest],
        }

    def _part(self, name: PartName, content: bytes) -> Part:
        small = name in (PartName.IDENTITY, PartName.OPENING)
        padded = size_class(len(content), small=small)
        blank = Part(name, padded, os.urandom(32), b"", chunk_count(padded), b"")
        secret = self.s_list if name is PartName.IDENTITY else self.s_open + self.s_holder
        cek = envelope.part_cek(name, self.context, secret=secret)
        keys = envelope.part_keys(blank, self.context, cek=cek)
        self.chunks[name] = seal_chunks(keys, content, padded)
        root = merkle.root(merkle.leaf_hash(chunk) for chunk in self.chunks[name])
        return Part(name, padded, blank.salt, keys.commitment, blank.chunk_count, root)

    def _committee(self) -> dict[str, object]:
        count = len(self.policy.trustees)
        shares = [
            sharing.split(secret, threshold=self.policy.threshold, count=count)
            for secret in (self.s_list, self.s_open)
        ]
        wraps = []
        for (index, key), listed, opened in zip(self.policy.trustees, *shares, strict=True):
            info = envelope.hpke_info(f"trustee {index}", self.context)
            enc, ciphertext = hpke.seal(key, listed + opened, info=info)
            wraps.append(
                {
                    "index": index,
                    "enc": enc.hex(),
                    "ciphertext": ciphertext.hex(),
                    "list_share": sha256(listed).hexdigest(),
                    "open_share": sha256(opened).hexdigest(),
                }
            )
        return {"m": self.policy.threshold, "n": count, "wraps": wraps}

    def _holder(self, recovery: bytes | None) -> dict[str, object]:
        if self.policy.holder_lock is HolderLock.COMMITTEE_ONLY:
            return {"bid_key": None, "recovery": None, "rescue": None}
        public = public_bytes(self.bid_key)
        info = envelope.hpke_info("bid key", self.context)
        enc, ciphertext = hpke.seal(public, self.s_holder, info=info)
        lock = {"key": public.hex(), "enc": enc.hex(), "ciphertext": ciphertext.hex()}
        return {
            "bid_key": lock,
            "recovery": self._recovery(recovery),
            "rescue": self._rescue() if self.consent else None,
        }

    def _rescue(self) -> dict[str, object] | None:
        allowed = self.policy.rescue
        if allowed is None:
            return None
        count = len(allowed.panel)
        shares = sharing.split(self.s_holder, threshold=allowed.threshold, count=count)
        wraps = []
        for (index, key), share in zip(allowed.panel, shares, strict=True):
            info = envelope.hpke_info(f"rescue {index}", self.context)
            enc, ciphertext = hpke.seal(key, share, info=info)
            wrap: dict[str, object] = {"index": index, "enc": enc.hex()}
            wraps.append(
                wrap | {"ciphertext": ciphertext.hex(), "share": sha256(share).hexdigest()}
            )
        return {"k": allowed.threshold, "r": count, "wraps": wraps}

    def _recovery(self, code: bytes | None) -> dict[str, str] | None:
        if code is None:
            return None
        salt = os.urandom(32)
        info = envelope.hpke_info("recovery", self.context)
        key = hkdf.derive(code, salt=salt, info=info)
        sealed = AESGCM(key).encrypt(bytes(12), self.s_holder, None)
        return {"salt": salt.hex(), "ciphertext": sealed.hex()}


def released(written: Written, committee: Committee, trustees: Sequence[int]) -> dict[int, bytes]:
    """Both shares (64 bytes) of some trustees, out of their wraps."""
    header = written.header
    found: dict[int, bytes] = {}
    for index in trustees:
        wrap = header.wrap(index)
        assert wrap is not None
        info = envelope.hpke_info(f"trustee {index}", header.context)
        found[index] = hpke.unseal(committee.keys[index - 1], wrap.enc, wrap.ciphertext, info=info)
    return found


def rescued(written: Written, committee: Committee, members: Sequence[int]) -> dict[int, bytes]:
    """The shares of s_holder of some members of the panel, out of their wraps."""
    header = written.header
    assert header.rescue is not None
    found: dict[int, bytes] = {}
    for index in members:
        wrap = header.rescue.wrap(index)
        assert wrap is not None
        info = envelope.hpke_info(f"rescue {index}", header.context)
        found[index] = hpke.unseal(committee.panel[index - 1], wrap.enc, wrap.ciphertext, info=info)
    return found
