"""SBE/1 from its specification alone, as a stranger would write it: sealing and opening."""

from __future__ import annotations

import json
from base64 import b32decode, b32encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from Crypto.PublicKey import ECC

from tests.sealing.stranger_form import is_header
from tests.sealing.stranger_tools import (
    Rng,
    combine,
    derive_key_pair,
    expand,
    gcm_open,
    gcm_seal,
    hkdf,
    hpke_open,
    hpke_seal,
    jcs,
    raw,
    sha,
    sign,
    split,
    verify,
)

MIB: Final = 1 << 20
SMALL: Final = 65_536
NAMES: Final = ("identity", "opening", "technical", "commercial", "attachments")


# --- parts --------------------------------------------------------------------------------------


def size_class(content: int, name: str) -> int:
    if name in ("identity", "opening"):
        return SMALL
    needed = content + 8
    step = max(MIB, 1 << max(0, (needed - 1).bit_length() - 4))
    return -(-needed // step) * step


def part_keys(name: str, context: bytes, salt: bytes, cek: bytes) -> tuple[bytes, bytes, bytes]:
    """key, base, commitment."""
    okm = expand(cek, b"SBE/1" + name.encode() + salt + context, 76)
    return okm[:32], okm[32:44], okm[44:]


def part_cek(name: str, context: bytes, secret: bytes) -> bytes:
    return hkdf(secret, salt=b"SBE/1", info=name.encode() + context)


def _nonces(base: bytes, count: int) -> Iterator[bytes]:
    for index in range(count):
        flag = 1 << 32 if index == count - 1 else 0
        yield (int.from_bytes(base, "big") ^ (index + flag)).to_bytes(12, "big")


def root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, recursively."""
    if len(leaves) == 1:
        return sha(b"\x00", leaves[0])
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\x01", root(leaves[:half]), root(leaves[half:]))


@dataclass
class Envelope:
    """What a bidder has in hand after sealing, and every value on the way."""

    header: bytes
    signature: bytes
    commitment: bytes
    sealed: dict[str, list[bytes]]
    told: dict[str, Any]


@dataclass
class Order:
    """What is sealed for whom. Parts are contents by name; `opening` and `identity` are objects."""

    name: str
    policy: dict[str, Any]
    opening: dict[str, Any]
    identity: dict[str, Any]
    parts: dict[str, bytes]
    sequence: int = 1
    previous: bytes | None = None
    recovery: bytes | None = None
    consent: bool = False


def seal(order: Order) -> Envelope:
    """A whole envelope; the same order gives the same bytes."""
    rng = Rng(order.name)
    seed = rng(32)
    signer = derive_key_pair(expand(seed, b"SBE/1 pseudonym", 32))
    bid = derive_key_pair(expand(seed, b"SBE/1 bid key", 32))
    certificate = derive_key_pair(rng(32))
    alone = order.policy["holder_lock"] == "committee_only"
    s_list, s_open = rng(32), rng(32)
    s_holder = bytes(32) if alone else rng(32)
    digest = sha(b"SBE/1 policy", jcs(order.policy))
    context_value = {
        "envelope_id": rng(16).hex(),
        "lot": order.policy["lot"],
        "policy_digest": digest.hex(),
        "pseudonym": sha(raw(signer)).hex(),
        "sequence": order.sequence,
        "stage": 1,
        "suite": 1,
        "tender": order.policy["tender"],
    }
    context = jcs(context_value)
    sealed: dict[str, list[bytes]] = {}
    steps: list[dict[str, Any]] = []

    def part(name: str, content: bytes) -> dict[str, Any]:
        secret = s_list if name == "identity" else s_open + s_holder
        salt, cek = rng(32), part_cek(name, context, secret)
        key, base, commitment = part_keys(name, context, salt, cek)
        padded = size_class(len(content), name)
        plain = (len(content).to_bytes(8, "big") + content).ljust(padded, b"\x00")
        cut = [plain[start : start + MIB] for start in range(0, padded, MIB)]
        nonces = _nonces(base, len(cut))
        sealed[name] = [
            gcm_seal(key, nonce, piece) for nonce, piece in zip(nonces, cut, strict=True)
        ]
        steps.append({"name": name, "cek": cek.hex(), "key": key.hex(), "base": base.hex()})
        return {
            "name": name,
            "size_class": padded,
            "salt": salt.hex(),
            "key_commitment": commitment.hex(),
            "chunk_count": len(cut),
            "merkle_root": root(sealed[name]).hex(),
        }

    contents = {"opening": jcs(order.opening), **order.parts}
    business = [part(name, contents[name]) for name in NAMES if name in contents]
    draw = expand(s_open, b"SBE/1 draw part", 32)
    salt_of_name = rng(32)
    draft = {
        "format": "SBE/1",
        "context": context_value,
        "previous_commitment": order.previous.hex() if order.previous else None,
        "commitment_salt": salt_of_name.hex(),
        "signing_key": raw(signer).hex(),
        "policy": order.policy,
        "secrets": {
            "list": sha(s_list).hex(),
            "open": sha(s_open).hex(),
            "holder": sha(s_holder).hex(),
        },
        "draw_part_hash": sha(draw).hex(),
        "parts": business,
    }
    binding = sign(certificate, b"SBE/1 binding" + jcs(draft))
    identity = part("identity", jcs({**order.identity, "binding_signature": binding.hex()}))
    threshold, trustees = order.policy["threshold"], order.policy["trustees"]
    listed = split(s_list, threshold, len(trustees), rng)
    opened = split(s_open, threshold, len(trustees), rng)
    wraps = []
    for seat, low, high in zip(trustees, listed, opened, strict=True):
        info = f"SBE/1 trustee {seat['index']}".encode() + context
        key = bytes.fromhex(seat["key"])
        enc, ciphertext = hpke_seal(key, low + high, info=info, ephemeral=derive_key_pair(rng(32)))
        wraps.append(
            {
                "index": seat["index"],
                "enc": enc.hex(),
                "ciphertext": ciphertext.hex(),
                "list_share": sha(low).hex(),
                "open_share": sha(high).hex(),
            }
        )
    bid_lock = recovery_lock = None
    if not alone:
        info = b"SBE/1 bid key" + context
        enc, ciphertext = hpke_seal(
            raw(bid), s_holder, info=info, ephemeral=derive_key_pair(rng(32))
        )
        bid_lock = {"key": raw(bid).hex(), "enc": enc.hex(), "ciphertext": ciphertext.hex()}
    if order.recovery is not None:
        salt = rng(32)
        key = hkdf(order.recovery, salt=salt, info=b"SBE/1 recovery" + context)
        recovery_lock = {"salt": salt.hex(), "ciphertext": gcm_seal(key, bytes(12), s_holder).hex()}
    held: list[bytes] = []
    rescue_lock = None
    if order.consent:
        allowed = order.policy["rescue"]
        held = split(s_holder, allowed["threshold"], len(allowed["panel"]), rng)
        rescue_lock = _rescue_lock(allowed, held, context, rng)
    locks = {
        "committee": {"m": threshold, "n": len(trustees), "wraps": wraps},
        "holder": {"bid_key": bid_lock, "recovery": recovery_lock, "rescue": rescue_lock},
    }
    header = jcs({**draft, "parts": [identity, *business], "locks": locks})
    signature = sign(signer, header)
    commitment = sha(b"SBE/1", salt_of_name, header, signature)
    told: dict[str, Any] = {
        "seed": seed.hex(),
        "certificate": int(certificate.d).to_bytes(32, "big").hex(),
        "certificate_public": raw(certificate).hex(),
        "binding_signature": binding.hex(),
        "s_list": s_list.hex(),
        "s_open": s_open.hex(),
        "s_holder": s_holder.hex(),
        "draw_part": draw.hex(),
        "shares": [
            {"list": low.hex(), "open": high.hex()}
            for low, high in zip(listed, opened, strict=True)
        ],
        "rescue_shares": [share.hex() for share in held],
        "recovery": order.recovery.hex() if order.recovery else None,
        "recovery_code": printed(order.recovery) if order.recovery else None,
        "keys": steps,
    }
    return Envelope(header, signature, commitment, sealed, told)


def _rescue_lock(
    allowed: dict[str, Any], shares: list[bytes], context: bytes, rng: Rng
) -> dict[str, Any]:
    wraps = []
    for member, share in zip(allowed["panel"], shares, strict=True):
        info = f"SBE/1 rescue {member['index']}".encode() + context
        key = bytes.fromhex(member["key"])
        enc, ciphertext = hpke_seal(key, share, info=info, ephemeral=derive_key_pair(rng(32)))
        wraps.append(
            {
                "index": member["index"],
                "enc": enc.hex(),
                "ciphertext": ciphertext.hex(),
                "share": sha(share).hex(),
            }
        )
    return {"k": allowed["threshold"], "r": len(shares), "wraps": wraps}


def printed(code: bytes) -> str:
    """A recovery code as it is printed."""
    text = b32encode(code + sha(b"SBE/1 recovery code", code)[:3]).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def typed(text: str) -> bytes:
    """A recovery code as people type it; raises ValueError when it is none."""
    letters = text.upper().replace(" ", "").replace("-", "")
    whole = b32decode(letters.translate(str.maketrans("018", "OIB")))
    code, check = whole[:32], whole[32:]
    if len(letters) != 56 or sha(b"SBE/1 recovery code", code)[:3] != check:
        raise ValueError("no recovery code")
    return code


# --- opening ------------------------------------------------------------------------------------


class Refusal(Exception):
    """The envelope is not what it says."""


def need(condition: bool, what: str) -> None:
    if not condition:
        raise Refusal(what)


@dataclass
class Opener:
    """Reads one envelope by its text and the secrets that people give up."""

    header: bytes
    signature: bytes

    def __post_init__(self) -> None:
        need(is_header(self.header), "no header")
        self.value: dict[str, Any] = json.loads(self.header)
        signing = bytes.fromhex(self.value["signing_key"])
        try:
            verify(signing, self.header, self.signature)
        except ValueError as error:
            raise Refusal("signature") from error
        self.context = jcs(self.value["context"])

    @property
    def commitment(self) -> bytes:
        salt = bytes.fromhex(self.value["commitment_salt"])
        return sha(b"SBE/1", salt, self.header, self.signature)

    def shares_of(self, trustee: ECC.EccKey, index: int) -> tuple[bytes, bytes]:
        """Both shares of one trustee, out of the wrap."""
        wrap = next(w for w in self.value["locks"]["committee"]["wraps"] if w["index"] == index)
        info = f"SBE/1 trustee {index}".encode() + self.context
        both = hpke_open(
            trustee, bytes.fromhex(wrap["enc"]), bytes.fromhex(wrap["ciphertext"]), info=info
        )
        need(sha(both[:32]).hex() == wrap["list_share"], f"list share {index}")
        need(sha(both[32:]).hex() == wrap["open_share"], f"open share {index}")
        return both[:32], both[32:]

    def committee(self, shares: Mapping[int, bytes], which: str) -> bytes:
        secret = combine(shares)
        need(sha(secret).hex() == self.value["secrets"][which], f"s_{which}")
        if which == "open":
            draw = expand(secret, b"SBE/1 draw part", 32)
            need(sha(draw).hex() == self.value["draw_part_hash"], "draw part")
        return secret

    def rescue_share(self, member: ECC.EccKey, index: int) -> bytes:
        """One panel member's share of s_holder, out of the wrap."""
        lock = self.value["locks"]["holder"]["rescue"]
        need(lock is not None, "no rescue lock")
        wrap = next(w for w in lock["wraps"] if w["index"] == index)
        info = f"SBE/1 rescue {index}".encode() + self.context
        enc, ciphertext = bytes.fromhex(wrap["enc"]), bytes.fromhex(wrap["ciphertext"])
        share = hpke_open(member, enc, ciphertext, info=info)
        need(sha(share).hex() == wrap["share"], f"rescue share {index}")
        return share

    def rescued(self, shares: Mapping[int, bytes]) -> bytes:
        """s_holder from k members' shares."""
        secret = combine(shares)
        need(sha(secret).hex() == self.value["secrets"]["holder"], "s_holder")
        return secret

    def holder(self, *, seed: bytes | None = None, code: bytes | None = None) -> bytes:
        """The bidder's secret by key or by recovery code; 32 zero bytes where there is no lock."""
        locks = self.value["locks"]["holder"]
        if self.value["policy"]["holder_lock"] == "committee_only":
            secret = bytes(32)
        elif seed is not None:
            own = derive_key_pair(expand(seed, b"SBE/1 bid key", 32))
            lock = locks["bid_key"]
            info = b"SBE/1 bid key" + self.context
            secret = hpke_open(
                own, bytes.fromhex(lock["enc"]), bytes.fromhex(lock["ciphertext"]), info=info
            )
        else:
            lock = locks["recovery"]
            info = b"SBE/1 recovery" + self.context
            key = hkdf(code or b"", salt=bytes.fromhex(lock["salt"]), info=info)
            secret = gcm_open(key, bytes(12), bytes.fromhex(lock["ciphertext"]))
        need(sha(secret).hex() == self.value["secrets"]["holder"], "s_holder")
        return secret

    def part(self, name: str, secret: bytes, sealed: Sequence[bytes]) -> bytes:
        """The content; `secret` is s_list for identity, else s_open ‖ s_holder."""
        part = next(each for each in self.value["parts"] if each["name"] == name)
        need(len(sealed) == part["chunk_count"], "chunk count")
        need(root(sealed).hex() == part["merkle_root"], "merkle root")
        cek = part_cek(name, self.context, secret)
        key, base, commitment = part_keys(name, self.context, bytes.fromhex(part["salt"]), cek)
        need(commitment.hex() == part["key_commitment"], "key commitment")
        nonces = _nonces(base, len(sealed))
        plain = b"".join(gcm_open(key, n, piece) for n, piece in zip(nonces, sealed, strict=True))
        need(len(plain) == part["size_class"], "size class")
        length = int.from_bytes(plain[:8], "big")
        need(length <= len(plain) - 8, "length")
        need(not any(plain[8 + length :]), "padding")
        return plain[8 : 8 + length]

    def check_binding(self, certificate: bytes, signature: bytes) -> None:
        bound = {name: value for name, value in self.value.items() if name != "locks"}
        bound["parts"] = [part for part in bound["parts"] if part["name"] != "identity"]
        try:
            verify(certificate, b"SBE/1 binding" + jcs(bound), signature)
        except ValueError as error:
            raise Refusal("binding") from error
