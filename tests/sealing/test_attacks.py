"""Attacks on the format that need a forger's hands; docs/attacks.md lists them all.

Each is carried out in full, and both languages are asked what they say.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.crypto import sealing
from kernel.crypto.sealing import Secrets
from kernel.crypto.signatures import sign_p256
from kernel.pure import envelope, jcs, merkle
from kernel.pure.errors import Refused
from kernel.pure.header import TAG, PartName
from tests.sealing.test_trustee_client import manifest_of, release_order
from tests.sealing.test_two_languages import POLICY, node
from tests.sealing_writer import Written, write_envelope

# The point of Wycheproof's invalid-curve attacks: x and y are below the prime, not on the curve.
OFF_CURVE: Final = "04" + "00" * 63 + "01"
OPENING: Final = PartName.OPENING


def _re_signed(written: Written, change: Callable[[dict[str, Any]], None]) -> Written:
    """The bidder itself lies: a changed header, signed again."""
    value = json.loads(written.raw)
    change(value)
    written.raw = jcs.canonical(value)
    written.signature = sign_p256(written.signer, written.raw)
    return written


def _secrets(written: Written) -> Secrets:
    return Secrets(list=written.s_list, open=written.s_open, holder=written.s_holder)


def _read_by_both(written: Written, folder: Path) -> set[str]:
    """The codes with which Python and JavaScript refuse the opening."""
    for number, chunk in enumerate(written.chunks[OPENING]):
        (folder / f"opening.{number:05d}").write_bytes(chunk)
    told = {
        name: secret.hex()
        for name, secret in (
            ("list", written.s_list),
            ("open", written.s_open),
            ("holder", written.s_holder),
        )
    }
    codes = set()
    for attempt in (
        lambda: sealing.read_json(
            written.header, OPENING, _secrets(written), written.chunks[OPENING]
        ),
        lambda: node(
            "open",
            header=written.raw.decode(),
            part="opening",
            secrets=told,
            folder=str(folder),
        ),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        codes.add(refused.value.code)
    return codes


def _resealed(written: Written, plain: bytes) -> Written:
    """The bidder seals other plain text as its opening, with keys and tree that fit it."""
    part = written.header.part(OPENING)
    assert part is not None
    cek = sealing.part_cek(written.header, OPENING, _secrets(written))
    keys = envelope.part_keys(part, written.header.context, cek=cek)
    sealed = AESGCM(keys.key).encrypt(envelope.nonce(keys.base, 0, last=True), plain, None)
    written.chunks[OPENING] = [sealed]
    at = [each.name for each in written.header.parts].index(OPENING)
    root = merkle.leaf_hash(sealed).hex()
    return _re_signed(written, lambda value: value["parts"][at].update(merkle_root=root))


@pytest.mark.parametrize("length", [65_529, 2**32, 2**63, 2**64 - 1])
def test_a_length_that_is_no_length_is_the_bidders_fault(length: int, tmp_path: Path) -> None:
    """Nothing is reserved for what a stranger announces."""
    plain = length.to_bytes(8, "big") + b"{}" + bytes(65_536 - 10)
    written = _resealed(write_envelope(POLICY), plain)
    assert _read_by_both(written, tmp_path) == {"ENV-2009"}


def test_padding_that_hides_something_is_the_bidders_fault(tmp_path: Path) -> None:
    plain = (2).to_bytes(8, "big") + b"{}" + bytes(65_536 - 11) + b"\x01"
    written = _resealed(write_envelope(POLICY), plain)
    assert _read_by_both(written, tmp_path) == {"ENV-2009"}


# --- two keys for one ciphertext ----------------------------------------------------------------


def test_one_ciphertext_that_two_keys_open_opens_under_one(tmp_path: Path) -> None:
    """AES-GCM commits to no key, so a forger makes one that two open; only the header's may."""
    written, other = write_envelope(POLICY), write_envelope(POLICY)
    part = written.header.part(OPENING)
    assert part is not None
    keys = [
        envelope.part_keys(
            part,
            written.header.context,
            cek=envelope.part_cek(
                OPENING, written.header.context, secret=each.s_open + each.s_holder
            ),
        )
        for each in (written, other)
    ]
    # The forger's freedom is the plain text; the nonce is the first key's for both.
    nonce = envelope.nonce(keys[0].base, 0, last=True)
    sealed = _collision(keys[0].key, keys[1].key, nonce, 65_536)
    for each in keys:
        AESGCM(each.key).decrypt(nonce, sealed, None)
    # What the second key opens is offered under the second secret: it does not get that far.
    written.chunks[OPENING] = [sealed]
    at = [each.name for each in written.header.parts].index(OPENING)
    root = merkle.leaf_hash(sealed).hex()
    hashes = {"open": other.header.secrets.open.hex(), "holder": other.header.secrets.holder.hex()}

    def lie(value: dict[str, Any]) -> None:
        value["parts"][at].update(merkle_root=root)
        value["secrets"].update(hashes)

    _re_signed(written, lie)
    written.s_open, written.s_holder = other.s_open, other.s_holder
    assert _read_by_both(written, tmp_path) == {"ENV-2002"}


def _collision(key: bytes, other: bytes, nonce: bytes, length: int) -> bytes:
    """Sealed bytes whose one tag is right under both keys: the last block is solved for."""
    base = os.urandom(length - 16) + bytes(16)
    tags = [_tag(each, nonce, base) for each in (key, other)]
    squares = [_times(hash_key, hash_key) for hash_key in map(_hash_key, (key, other))]
    # The last block counts with the square of the hash key; the length's block comes after it.
    last = _times(_number(tags[0]) ^ _number(tags[1]), _inverse(squares[0] ^ squares[1]))
    sealed = base[:-16] + last.to_bytes(16, "big")
    assert _tag(key, nonce, sealed) == _tag(other, nonce, sealed)
    return sealed + _tag(key, nonce, sealed)


def _tag(key: bytes, nonce: bytes, ciphertext: bytes) -> bytes:
    """The tag of given ciphertext: its plain text is decrypted by counter and sealed again."""
    counter = Cipher(algorithms.AES(key), modes.CTR(nonce + (2).to_bytes(4, "big"))).decryptor()
    return AESGCM(key).encrypt(nonce, counter.update(ciphertext), None)[-TAG:]


def _hash_key(key: bytes) -> int:
    block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return _number(block.update(bytes(16)))


def _number(block: bytes) -> int:
    return int.from_bytes(block, "big")


def _times(left: int, right: int) -> int:
    """GF(2^128) with GCM's order of bits (SP 800-38D, 6.3)."""
    product = 0
    for bit in range(127, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = right >> 1 ^ (0xE1 << 120 if right & 1 else 0)
    return product


def _inverse(value: int) -> int:
    result = 1 << 127
    for bit in range(127, -1, -1):
        result = _times(result, result)
        if ((1 << 128) - 2) >> bit & 1:
            result = _times(result, value)
    return result


# --- what a trustee's client is shown ------------------------------------------------------------


def test_replaced_and_withdrawn_envelopes_are_not_released_for() -> None:
    """A server offers them as live, or as somebody else's; the client derives and compares."""
    seed = os.urandom(32)
    first = write_envelope(POLICY, seed=seed)
    second = write_envelope(POLICY, seed=seed, sequence=2, previous=first.commitment)
    envelopes = [first, second, *(write_envelope(POLICY) for _ in range(3))]
    honest = manifest_of(envelopes, withdrawn=4)
    order = release_order(envelopes, honest)
    shares = node("release", **order)["release"]["shares"]
    names = [written.commitment.hex() for written in envelopes]
    assert [share["commitment"] for share in shares] == [names[1], names[2], names[3]]
    told = honest.to_json()
    for lie in (
        {**told, "live": names[:4]},
        {**told, "live": [*names[1:4], names[4]]},
        {**told, "live": [names[0], *names[2:4]]},
    ):
        with pytest.raises(Refused, match="ENV-4001"):
            node("release", **{**order, "manifest": lie})
    # The replaced one under another name would be live; its own header says whose it is.
    entries: list[dict[str, Any]] = json.loads(json.dumps(told["entries"]))
    entries[0]["pseudonym"] = "ab" * 32
    renamed = {**told, "entries": entries, "live": names[:4]}
    with pytest.raises(Refused, match="ENV-6003"):
        node("release", **{**order, "manifest": renamed})


def test_points_off_the_curve_give_nothing_away() -> None:
    """Reckoned with, such a point leaks the trustee's key bit by bit; nobody reckons with it."""
    envelopes = [write_envelope(POLICY) for _ in range(3)]

    def lie(value: dict[str, Any]) -> None:
        value["locks"]["committee"]["wraps"][1]["enc"] = OFF_CURVE

    _re_signed(envelopes[0], lie)
    with pytest.raises(Refused, match="ENV-10"):
        sealing.verify_header(envelopes[0].raw, envelopes[0].signature)
    context = json.loads(envelopes[0].raw)["context"]
    named = _commitment(envelopes[0])
    told = manifest_of(envelopes[1:]).to_json()
    entry = {
        "commitment": named,
        "envelope_id": context["envelope_id"],
        "kind": "envelope",
        "log_index": 1,
        "pseudonym": context["pseudonym"],
        "sequence": 1,
    }
    whole = {**told, "entries": [entry, *told["entries"]], "live": [named, *told["live"]]}  # type: ignore[misc]
    order = {**release_order(envelopes, manifest_of(envelopes[1:])), "manifest": whole}
    answer = node("release", **order)
    assert answer["faults"] == [{"commitment": named, "code": "ENV-3101"}]
    assert len(answer["release"]["shares"]) == 2


def _commitment(written: Written) -> str:
    value = json.loads(written.raw)
    salt = bytes.fromhex(value["commitment_salt"])
    return sha256(b"SBE/1" + salt + written.raw + written.signature).hexdigest()
