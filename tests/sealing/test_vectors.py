"""The published vectors: a stranger wrote them; Python, JavaScript and the stranger read them."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from Crypto.PublicKey import ECC
from cryptography.hazmat.primitives.asymmetric import ec

from kernel.crypto import hpke, rescue, sealing, sharing, softkeys
from kernel.crypto.sealing import Secrets
from kernel.pure import envelope, jcs
from kernel.pure.header import PartName
from kernel.pure.policy import HolderLock
from tests.sealing import vectors
from tests.sealing.stranger import Envelope, Opener, Order, Refusal, printed, typed
from tests.sealing.stranger_tools import jcs as jcs_of
from tests.sealing.test_two_languages import node
from tests.sealing_writer import Committee, write_envelope

WRITTEN = vectors.written()
EACH = pytest.mark.parametrize(
    ("order", "written"), WRITTEN, ids=[order.name for order, _ in WRITTEN]
)


def _contents(order: Order, written: Envelope) -> dict[str, bytes]:
    """Plain content of every part but identity, whose binding is checked apart."""
    return {"opening": jcs_of(order.opening), **order.parts}


def _secrets(written: Envelope) -> Secrets:
    told = written.told
    return Secrets(*(bytes.fromhex(told[name]) for name in ("s_list", "s_open", "s_holder")))


def test_the_published_file_is_what_the_writer_writes() -> None:
    assert vectors.PUBLISHED.read_text("utf-8") == vectors.text(), (
        "the format changed: python -m tests.sealing.vectors"
    )


@EACH
def test_python_reads_the_strangers_envelope(order: Order, written: Envelope) -> None:
    header = sealing.verify_header(written.header, written.signature)
    assert envelope.commitment(header, written.signature) == written.commitment
    secrets = _secrets(written)
    for name, content in _contents(order, written).items():
        opened = sealing.open_part(header, PartName(name), secrets, written.sealed[name])
        assert sha256(b"".join(opened)).digest() == sha256(content).digest(), name
    identity = sealing.read_json(header, PartName.IDENTITY, secrets, written.sealed["identity"])
    binding = bytes.fromhex(str(identity.pop("binding_signature")))
    assert identity == order.identity
    sealing.check_binding(header, bytes.fromhex(written.told["certificate_public"]), binding)
    assert (
        envelope.draw_part(bytes.fromhex(written.told["s_open"])).hex() == written.told["draw_part"]
    )


@EACH
def test_python_unlocks_what_the_stranger_locked(order: Order, written: Envelope) -> None:
    header = sealing.verify_header(written.header, written.signature)
    for index, shares in enumerate(written.told["shares"], start=1):
        wrap = header.wrap(index)
        assert wrap is not None
        info = envelope.hpke_info(f"trustee {index}", header.context)
        both = hpke.unseal(_private(vectors.trustee(index)), wrap.enc, wrap.ciphertext, info=info)
        assert both.hex() == shares["list"] + shares["open"]
    hashes = {wrap.index: wrap.open_share for wrap in header.wraps}
    last = {
        index: bytes.fromhex(written.told["shares"][index - 1]["open"])
        for index in sorted(hashes)[-order.policy["threshold"] :]
    }
    rebuilt = sharing.rebuild(
        last, hashes=hashes, threshold=order.policy["threshold"], secret_hash=header.secrets.open
    )
    assert rebuilt.hex() == written.told["s_open"]


@EACH
def test_python_rescues_what_the_stranger_shared(order: Order, written: Envelope) -> None:
    header = sealing.verify_header(written.header, written.signature)
    told = [bytes.fromhex(share) for share in written.told["rescue_shares"]]
    assert (header.rescue is not None) == order.consent == bool(told)
    if header.rescue is None:
        return
    for index, share in enumerate(told, start=1):
        wrap = header.rescue.wrap(index)
        assert wrap is not None
        info = envelope.hpke_info(f"rescue {index}", header.context)
        key = _private(vectors.member(index))
        assert hpke.unseal(key, wrap.enc, wrap.ciphertext, info=info) == share
    last = dict(list(enumerate(told, start=1))[-header.rescue.threshold :])
    assert rescue.holder_secret(header, last).hex() == written.told["s_holder"]


@EACH
def test_javascript_reads_the_strangers_envelope(
    order: Order, written: Envelope, tmp_path: Path
) -> None:
    for name, chunks in written.sealed.items():
        for number, chunk in enumerate(chunks):
            (tmp_path / f"{name}.{number:05d}").write_bytes(chunk)
    header = written.header.decode()
    told = written.told
    secrets = {name: told[f"s_{name}"] for name in ("list", "open", "holder")}
    for name, content in _contents(order, written).items():
        opened = node("open", header=header, part=name, secrets=secrets, folder=str(tmp_path))
        assert sha256(bytes.fromhex(opened)).digest() == sha256(content).digest(), name
    if order.policy["holder_lock"] == "bidder":
        assert node("holder", header=header, seed=told["seed"]) == told["s_holder"]
    if order.recovery is not None:
        assert node("recovered", header=header, code=told["recovery"]) == told["s_holder"]


@EACH
def test_the_stranger_opens_by_locks_alone(order: Order, written: Envelope) -> None:
    opener = Opener(written.header, written.signature)
    assert opener.commitment == written.commitment
    seats = range(2, 2 + order.policy["threshold"])
    shares = {index: opener.shares_of(vectors.trustee(index), index) for index in seats}
    s_list = opener.committee({index: both[0] for index, both in shares.items()}, "list")
    s_open = opener.committee({index: both[1] for index, both in shares.items()}, "open")
    s_holder = opener.holder(seed=bytes.fromhex(written.told["seed"]))
    if order.recovery is not None:
        assert opener.holder(code=order.recovery) == s_holder
    if order.consent:
        seats = range(2, 2 + order.policy["rescue"]["threshold"])
        given = {index: opener.rescue_share(vectors.member(index), index) for index in seats}
        assert opener.rescued(given) == s_holder
    for name, content in _contents(order, written).items():
        assert opener.part(name, s_open + s_holder, written.sealed[name]) == content
    identity: dict[str, Any] = jcs.parse(
        opener.part("identity", s_list, written.sealed["identity"])
    )  # type: ignore[assignment]
    opener.check_binding(
        bytes.fromhex(written.told["certificate_public"]),
        bytes.fromhex(identity["binding_signature"]),
    )


@pytest.mark.parametrize("holder_lock", list(HolderLock))
def test_the_stranger_opens_what_our_writer_sealed(holder_lock: HolderLock) -> None:
    committee = Committee()
    panel = committee.rescue() if holder_lock is HolderLock.BIDDER else None
    code, content = bytes(range(32)), bytes(range(256)) * 5000
    seed = sha256(b"ours").digest()
    ours = write_envelope(
        committee.policy(holder_lock=holder_lock, rescue=panel),
        seed=seed,
        recovery=code if holder_lock is HolderLock.BIDDER else None,
        documents=[(PartName.TECHNICAL, content)],
    )
    opener = Opener(ours.raw, ours.signature)
    shares = {
        index: opener.shares_of(_stranger(committee.keys[index - 1]), index) for index in (1, 3, 5)
    }
    s_open = opener.committee({index: both[1] for index, both in shares.items()}, "open")
    s_holder = opener.holder(seed=seed)
    assert opener.part("technical", s_open + s_holder, ours.chunks[PartName.TECHNICAL]) == content
    if holder_lock is HolderLock.BIDDER:
        assert opener.holder(code=code) == s_holder
        members = {i: opener.rescue_share(_stranger(committee.panel[i - 1]), i) for i in (1, 3)}
        assert opener.rescued(members) == s_holder


def test_the_stranger_opens_what_javascript_sealed(tmp_path: Path) -> None:
    (tmp_path / "bid.pdf").write_bytes(b"%PDF of a bidder")
    committee = Committee()
    seed = sha256(b"theirs").digest()
    answer = node(
        "seal",
        policy=committee.policy().to_json(),
        seed=seed.hex(),
        sequence=1,
        previous=None,
        documents={"technical": str(tmp_path / "bid.pdf")},
        opening=vectors.PLAIN,
        identity={"organisation": "苏州设计院"},
        certificate=_softkey(),
        passphrase="口令",
        folder=str(tmp_path),
        recovery=None,
    )
    opener = Opener(answer["header"].encode(), bytes.fromhex(answer["signature"]))
    assert opener.commitment.hex() == answer["commitment"]
    shares = {
        index: opener.shares_of(_stranger(committee.keys[index - 1]), index) for index in (2, 4, 5)
    }
    s_open = opener.committee({index: both[1] for index, both in shares.items()}, "open")
    chunks = {
        name: [path.read_bytes() for path in sorted(tmp_path.glob(f"{name}.0*"))]
        for name in ("opening", "technical")
    }
    secret = s_open + opener.holder(seed=seed)
    assert opener.part("technical", secret, chunks["technical"]) == b"%PDF of a bidder"
    assert jcs.parse(opener.part("opening", secret, chunks["opening"])) == vectors.PLAIN


def test_the_stranger_refuses_what_was_changed() -> None:
    _, written = WRITTEN[0]
    opener = Opener(written.header, written.signature)
    secret = bytes.fromhex(written.told["s_open"]) + bytes.fromhex(written.told["s_holder"])
    first = written.sealed["opening"][0]
    with pytest.raises(Refusal, match="merkle root"):
        opener.part("opening", secret, [first[:-1] + bytes([first[-1] ^ 1])])
    with pytest.raises(Refusal, match="key commitment"):
        opener.part("opening", bytes(64), written.sealed["opening"])
    with pytest.raises(Refusal, match="no header"):
        Opener(written.header.replace(b'"floor":3', b'"floor":2'), written.signature)
    salt = opener.value["commitment_salt"].encode()
    with pytest.raises(Refusal, match="signature"):
        Opener(written.header.replace(salt, b"0" * 64), written.signature)


def test_the_stranger_reads_a_printed_code_as_people_type_it() -> None:
    code = bytes(range(32))
    text = printed(code)
    for told in (text, text.lower().replace(" ", "-"), text.replace("O", "0").replace("I", "1")):
        assert typed(told) == code
    with pytest.raises(ValueError):
        typed(text[:-1] + ("A" if text[-1] != "A" else "B"))


def _private(key: ECC.EccKey) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int(key.d), ec.SECP256R1())


def _stranger(key: ec.EllipticCurvePrivateKey) -> ECC.EccKey:
    return ECC.construct(curve="P-256", d=key.private_numbers().private_value)


def _softkey() -> Mapping[str, Any]:
    return softkeys.write(ec.generate_private_key(ec.SECP256R1()), "口令", iterations=1000)
