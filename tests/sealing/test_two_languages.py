"""JavaScript writes what Python reads, and Python writes what JavaScript reads."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kernel.crypto import hpke, rescue, sealing, sharing, softkeys
from kernel.crypto.sealing import Secrets
from kernel.crypto.signatures import (
    public_bytes,
    sign_ed25519,
    sign_p256,
    verify_ed25519,
    verify_p256,
)
from kernel.pure import checkpoints, envelope, jcs, merkle, messages, receipts
from kernel.pure.errors import Refused
from kernel.pure.header import CHUNK, PartName
from kernel.pure.messages import ReleaseStage, withdrawal_message
from kernel.pure.policy import HolderLock, Policy
from tests.sealing_writer import LOT, TENDER, Committee, Written, keys_of, write_envelope

SCRIPT = Path(__file__).with_name("exchange.mjs")
COMMITTEE = Committee()
POLICY = COMMITTEE.policy()
SEED = bytes(range(32))


def node(act: str, **order: object) -> Any:
    """Run one act of exchange.mjs; raises Refused with the code it answers."""
    ran = subprocess.run(
        ["node", str(SCRIPT)],
        input=json.dumps({"act": act, **order}).encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    answer = json.loads(ran.stdout)
    if "error" in answer:
        raise Refused(answer["error"]["code"], **answer["error"]["facts"])
    return answer["done"]


def _chunks(folder: Path, part: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob(f"{part}.*"))]


def _store(written: Written, folder: Path) -> None:
    for name, chunks in written.chunks.items():
        for number, chunk in enumerate(chunks):
            (folder / f"{name.value}.{number:05d}").write_bytes(chunk)


def _secrets(written: Written) -> dict[str, str]:
    return {
        "list": written.s_list.hex(),
        "open": written.s_open.hex(),
        "holder": written.s_holder.hex(),
    }


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """An envelope sealed by JavaScript, with its folder of chunks."""
    folder = tmp_path_factory.mktemp("sealed")
    content = os.urandom(CHUNK + 5)
    (folder / "bid.pdf").write_bytes(content)
    certificate = ec.generate_private_key(ec.SECP256R1())
    code = os.urandom(32)
    answer = node(
        "seal",
        policy=POLICY.to_json(),
        seed=SEED.hex(),
        sequence=2,
        previous="ab" * 32,
        documents={"technical": str(folder / "bid.pdf")},
        opening={"price_fen": 88_888_00, "manager": "王工 😀", "duration_days": 60},
        identity={"organisation": "苏州设计院"},
        certificate=softkeys.write(certificate, "口令", iterations=1000),
        passphrase="口令",
        folder=str(folder),
        recovery=code.hex(),
    )
    return {
        **answer,
        "folder": folder,
        "content": content,
        "certificate": certificate,
        "code": code,
    }


def test_python_reads_what_javascript_sealed(sealed: dict[str, Any]) -> None:
    signature = bytes.fromhex(sealed["signature"])
    header = sealing.verify_header(sealed["header"].encode(), signature)
    assert envelope.commitment(header, signature).hex() == sealed["commitment"]
    assert header.context.envelope_id == sealed["envelope_id"]
    assert sealed["uploads"]["technical"] == "upload-technical"
    secrets = Secrets(**{name: bytes.fromhex(value) for name, value in sealed["secrets"].items()})
    folder: Path = sealed["folder"]
    opened = sealing.open_part(header, PartName.TECHNICAL, secrets, _chunks(folder, "technical"))
    assert b"".join(opened) == sealed["content"]
    opening = sealing.read_json(header, PartName.OPENING, secrets, _chunks(folder, "opening"))
    assert opening == {"price_fen": 88_888_00, "manager": "王工 😀", "duration_days": 60}
    identity = sealing.read_json(header, PartName.IDENTITY, secrets, _chunks(folder, "identity"))
    assert identity["organisation"] == "苏州设计院"
    binding = bytes.fromhex(str(identity["binding_signature"]))
    sealing.check_binding(header, public_bytes(sealed["certificate"]), binding)
    for part in header.parts:
        chunks = _chunks(folder, part.name.value)
        envelope.check_upload(
            part,
            size=sum(map(len, chunks)),
            chunk_count=len(chunks),
            merkle_root=merkle.root(map(merkle.leaf_hash, chunks)),
        )


def test_python_trustees_rebuild_the_secrets_of_javascript(sealed: dict[str, Any]) -> None:
    header = envelope.parse_header(sealed["header"].encode())
    listed: dict[int, bytes] = {}
    opened: dict[int, bytes] = {}
    for index in (4, 1, 5):
        wrap = header.wrap(index)
        assert wrap is not None
        info = envelope.hpke_info(f"trustee {index}", header.context)
        both = hpke.unseal(COMMITTEE.keys[index - 1], wrap.enc, wrap.ciphertext, info=info)
        listed[index], opened[index] = both[:32], both[32:]
    s_list = sealing.committee_secret(header, ReleaseStage.LIST, listed)
    s_open = sealing.committee_secret(header, ReleaseStage.OPEN, opened)
    assert [s_list.hex(), s_open.hex()] == [sealed["secrets"]["list"], sealed["secrets"]["open"]]


def test_the_bidder_gets_the_holder_secret_back(sealed: dict[str, Any]) -> None:
    expected = sealed["secrets"]["holder"]
    assert node("holder", header=sealed["header"], seed=SEED.hex()) == expected
    assert node("recovered", header=sealed["header"], code=sealed["code"].hex()) == expected
    with pytest.raises(Refused, match="ENV-3101"):
        node("holder", header=sealed["header"], seed="ff" * 32)
    with pytest.raises(Refused, match="ENV-3102"):
        node("recovered", header=sealed["header"], code="ff" * 32)


def test_javascript_reads_what_python_sealed(tmp_path: Path) -> None:
    content, code = os.urandom(CHUNK - 8), os.urandom(32)
    written = write_envelope(
        POLICY, seed=SEED, documents=[(PartName.COMMERCIAL, content)], recovery=code
    )
    _store(written, tmp_path)
    text = written.raw.decode()
    order = {"header": text, "secrets": _secrets(written), "folder": str(tmp_path)}
    assert node("open", part="commercial", **order) == content.hex()
    assert node("openJson", part="opening", **order) == {
        "price_fen": 12_345_600,
        "duration_days": 90,
    }
    assert node("holder", header=text, seed=SEED.hex()) == written.s_holder.hex()
    assert node("recovered", header=text, code=code.hex()) == written.s_holder.hex()
    with pytest.raises(Refused, match="ENV-2001"):
        node("open", part="commercial", **{**order, "secrets": {"open": "00" * 32}})
    (tmp_path / "opening.00000").write_bytes(os.urandom(65536 + 16))
    with pytest.raises(Refused, match="ENV-2003"):
        node("openJson", part="opening", **order)
    (tmp_path / "opening.00000").unlink()
    with pytest.raises(Refused, match="ENV-2004"):
        node("openJson", part="opening", **order)


def test_committee_only_in_both_languages(tmp_path: Path) -> None:
    alone = COMMITTEE.policy(holder_lock=HolderLock.COMMITTEE_ONLY)
    written = write_envelope(alone)
    assert node("holder", header=written.raw.decode(), seed=SEED.hex()) == "00" * 32
    (tmp_path / "x.pdf").write_bytes(b"%PDF")
    answer = node(
        "seal",
        policy=alone.to_json(),
        seed=SEED.hex(),
        sequence=1,
        previous=None,
        documents={"technical": str(tmp_path / "x.pdf")},
        opening={"price_fen": 1},
        identity={},
        certificate=softkeys.write(ec.generate_private_key(ec.SECP256R1()), "p", iterations=1000),
        passphrase="p",
        folder=str(tmp_path),
    )
    header = sealing.verify_header(answer["header"].encode(), bytes.fromhex(answer["signature"]))
    assert header.bid_key is None
    assert sealing.holder_secret(header, None) == bytes(32)


def test_the_panel_rescues_across_languages(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"%PDF")
    policy = COMMITTEE.policy(rescue=COMMITTEE.rescue())
    order = {
        "policy": policy.to_json(),
        "seed": SEED.hex(),
        "sequence": 1,
        "previous": None,
        "documents": {"technical": str(tmp_path / "x.pdf")},
        "opening": {"price_fen": 1},
        "identity": {},
        "certificate": _soft(ec.generate_private_key(ec.SECP256R1())),
        "passphrase": "p",
        "folder": str(tmp_path),
    }
    sealed = node("seal", consent=True, **order)
    signature = bytes.fromhex(sealed["signature"])
    header = sealing.verify_header(sealed["header"].encode(), signature)
    request = node(
        "rescueRequest",
        lot=LOT,
        commitment=sealed["commitment"],
        cause="ENV-3102",
        chain=["3001"],
        softkey=_soft(ec.generate_private_key(ec.SECP256R1())),
        passphrase="p",
    )
    rescue.check_request(header, messages.read_rescue_request(request))
    act = {
        "lot": LOT,
        "request": request,
        "envelope": {"header": sealed["header"], "signature": sealed["signature"]},
        "passphrase": "p",
    }
    shares = {}
    for member in (1, 3):
        key = _soft(COMMITTEE.panel[member - 1])
        given = node("rescueRelease", member=member, softkey=key, **act)
        release = messages.read_rescue_release(given)
        rescue.check_release(header, release)
        shares[release.member] = release.share
    assert rescue.holder_secret(header, shares).hex() == sealed["secrets"]["holder"]
    act |= {"member": 2, "softkey": _soft(COMMITTEE.panel[1])}
    damaged, silent = _shifted(policy), write_envelope(policy, consent=False)
    for code, change in (
        ("ENV-6101", {"member": 1}),
        ("ENV-6102", {"request": {**request, "cause": "ENV-3101"}}),
        ("ENV-6103", {"lot": TENDER}),
        ("ENV-6103", {"envelope": _envelope(silent)}),
        ("ENV-3104", _rescue_order(silent)),
        ("ENV-3105", _rescue_order(damaged)),
    ):
        with pytest.raises(Refused, match=code):
            node("rescueRelease", **{**act, **change})


def _soft(key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    return dict(softkeys.write(key, "p", iterations=1000))


def _envelope(written: Written) -> dict[str, str]:
    return {"header": written.raw.decode(), "signature": written.signature.hex()}


def _rescue_order(written: Written) -> dict[str, object]:
    """A right request for this very envelope."""
    key = ec.generate_private_key(ec.SECP256R1())
    draft = messages.RescueRequest(
        LOT, written.commitment, "ENV-3102", public_bytes(key), (b"\x30",), b""
    )
    request = replace(draft, signature=sign_p256(key, draft.message()))
    return {"request": request.to_json(), "envelope": _envelope(written)}


def _shifted(policy: Policy) -> Written:
    """An envelope whose bidder gave the second member the first one's wrap."""
    written = write_envelope(policy)
    value = json.loads(written.raw)
    wraps = value["locks"]["holder"]["rescue"]["wraps"]
    wraps[1] = {**wraps[0], "index": 2}
    written.raw = jcs.canonical(value)
    written.signature = sign_p256(written.signer, written.raw)
    return written


@pytest.mark.parametrize(("threshold", "count"), [(1, 1), (2, 3), (3, 5), (5, 15)])
def test_secret_sharing_agrees_in_both_directions(threshold: int, count: int) -> None:
    secret = os.urandom(32)
    ours = sharing.split(secret, threshold=threshold, count=count)
    some = {index: ours[index - 1].hex() for index in range(count, count - threshold, -1)}
    assert node("combine", shares=some) == secret.hex()
    theirs = node("split", secret=secret.hex(), threshold=threshold, count=count)
    shares = {index: bytes.fromhex(share) for index, share in enumerate(theirs, start=1)}
    whole = sha256(secret).digest()
    hashes = {index: sha256(share).digest() for index, share in shares.items()}
    chosen = {index: shares[index] for index in sorted(shares)[-threshold:]}
    assert sharing.rebuild(chosen, hashes=hashes, threshold=threshold, secret_hash=whole) == secret


def test_keys_requests_and_withdrawals_agree() -> None:
    derived = node("derive", seed=SEED.hex())
    signing, bid = keys_of(SEED)
    assert derived["signing"] == public_bytes(signing).hex()
    assert derived["bid"] == public_bytes(bid).hex()
    shown = node(
        "request", seed=SEED.hex(), method="POST", path="/lots/1/bids", body="{}", timestamp=17
    )
    stamp, _, signature = shown.partition(".")
    message = messages.request_message(
        method="POST", path="/lots/1/bids", body=b"{}", timestamp=int(stamp)
    )
    assert verify_p256(public_bytes(signing), message, bytes.fromhex(signature))
    taken = node("withdraw", seed=SEED.hex(), lot=LOT, commitment="cd" * 32)
    message = withdrawal_message(
        lot=LOT, pseudonym=derived["id"], commitment=bytes.fromhex("cd" * 32)
    )
    assert verify_p256(public_bytes(signing), message, bytes.fromhex(taken))


def test_canonical_text_agrees() -> None:
    value = {"\ufb33": [1, -5, True, None], "\U0001f600": 'a\u2028\x00\x7f"\\/é', "": {}}
    assert node("canonical", value=value) == jcs.canonical(value).decode()


def test_soft_keys_open_on_both_sides() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    file = softkeys.write(key, "密码 x", iterations=1000)
    opened = node("softkeyOpen", file=file, passphrase="密码 x", message="hello")
    assert opened["public"] == public_bytes(key).hex()
    assert verify_p256(public_bytes(key), b"hello", bytes.fromhex(opened["signature"]))
    with pytest.raises(Refused, match="ENV-5001"):
        node("softkeyOpen", file=file, passphrase="other", message="hello")
    with pytest.raises(Refused, match="ENV-5002"):
        node("softkeyOpen", file={**file, "kdf": {}}, passphrase="密码 x", message="hello")
    made = node("softkeyCreate", passphrase="pass")
    assert public_bytes(softkeys.read(made, "pass")).hex() == made["public"]


def test_receipts_and_refusals_are_checked_against_the_signed_log() -> None:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    taken: dict[str, object] = {"at": "2026-12-01T01:29:59+00:00", "commitment": "ab" * 32}
    turned: dict[str, object] = {
        "at": "2026-12-01T01:30:00+00:00",
        "code": "BID-1403",
        "commitment": "cd" * 32,
    }
    texts = [
        checkpoints.leaf_bytes(kind, body, os.urandom(16))
        for kind, body in (("bid.refusal", turned), ("bid.commitment", taken))
    ]
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(5)] + list(map(merkle.leaf_hash, texts))
    tree = merkle.Tree(leaves)
    body = checkpoints.Checkpoint("sunbid.test/log", 7, tree.root(), ("time x",)).body()
    line = checkpoints.signature_line(
        "sunbid.test/log",
        checkpoints.ed25519_key_id("sunbid.test/log", public),
        sign_ed25519(key, body.encode()),
    )
    refusal, receipt = (
        {
            "format": form,
            **told,
            "leaf": texts[index - 5].decode(),
            "index": index,
            "tree_size": 7,
            "path": [step.hex() for step in tree.inclusion(index)],
            "checkpoint": checkpoints.format_note(body, line),
        }
        for form, told, index in ((receipts.REFUSAL, turned, 5), (receipts.RECEIPT, taken, 6))
    )
    log = {"name": "sunbid.test/log", "key": public.hex()}
    ours = receipts.LogKey("sunbid.test/log", public)
    note = str(receipt["checkpoint"])
    wrong: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("LOG-2001", receipt, {"commitment": "cd" * 32}),
        ("LOG-2001", receipt, {**turned, "format": receipts.REFUSAL}),
        ("LOG-2001", refusal, {"format": receipts.RECEIPT}),
        ("LOG-2001", refusal, {"code": "BID-1402"}),
        ("LOG-2001", refusal, {"at": taken["at"]}),
        ("LOG-2002", receipt, {"index": 5}),
        ("LOG-2003", receipt, {"checkpoint": note.replace("time x", "time y")}),
        ("LOG-1002", receipt, {"checkpoint": "x"}),
    )
    shown = [refusal, receipt, *({**given, **change} for _, given, change in wrong)]
    told = node("receipts", receipts=shown, log=log)
    assert told == [5, 6, *(code for code, _, _ in wrong)]
    for given, wanted in zip(shown, told, strict=True):
        try:
            found: int | str = receipts.prove(given, ours, verify_ed25519).index
        except Refused as refused:
            found = refused.code
        assert found == wanted
