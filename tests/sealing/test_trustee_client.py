"""A trustee's client (static/src/sealing/trustee.js), shown lots by Python, asked to release."""

from __future__ import annotations

import json

import pytest

from kernel.crypto import sharing, softkeys
from kernel.crypto.signatures import public_bytes, sign_p256, verify_p256
from kernel.pure import jcs
from kernel.pure.errors import Refused
from kernel.pure.manifests import Manifest, Sealed, Withdrawn
from kernel.pure.messages import ReleaseStage, read_release
from tests.sealing.test_two_languages import COMMITTEE, POLICY, node
from tests.sealing_writer import LOT, TENDER, Written, write_envelope


def manifest_of(envelopes: list[Written], *, withdrawn: int | None = None) -> Manifest:
    entries: list[Sealed | Withdrawn] = []
    for number, written in enumerate(envelopes):
        context = written.header.context
        entries.append(
            Sealed(
                written.commitment,
                context.envelope_id,
                context.pseudonym,
                context.sequence,
                10 + number,
            )
        )
    if withdrawn is not None:
        taken = entries[withdrawn]
        entries.append(Withdrawn(taken.commitment, taken.pseudonym, 99))
    return Manifest(LOT, tuple(entries))


def release_order(
    envelopes: list[Written], manifest: Manifest, *, trustee: int = 2, **more: object
) -> dict[str, object]:
    return {
        "stage": "list",
        "lot": LOT,
        "trustee": trustee,
        "softkey": softkeys.write(COMMITTEE.keys[trustee - 1], "t", iterations=1000),
        "passphrase": "t",
        "manifest": manifest.to_json(),
        "envelopes": [
            {"header": written.raw.decode(), "signature": written.signature.hex()}
            for written in envelopes
        ],
        **more,
    }


def test_a_trustee_releases_for_one_manifest_above_the_floor_only() -> None:
    envelopes = [write_envelope(POLICY) for _ in range(4)]
    manifest = manifest_of(envelopes, withdrawn=3)
    order = release_order(envelopes, manifest)
    answer = node("release", **order)
    assert answer["faults"] == []
    release = read_release(answer["release"])
    assert release.manifest == manifest.digest()
    assert [share.commitment for share in release.shares] == [w.commitment for w in envelopes[:3]]
    trustee_key = public_bytes(COMMITTEE.keys[1])
    assert verify_p256(trustee_key, release.message(), release.signature)
    for share, written in zip(release.shares, envelopes, strict=False):
        wrap = written.header.wrap(2)
        assert wrap is not None
        sharing.check_share(share.share, wrap.list_share, trustee=2)
    kept = manifest.digest().hex()
    second = node("release", **{**order, "stage": "open", "kept": kept})
    assert read_release(second["release"]).stage is ReleaseStage.OPEN
    # A lost memory is made good by the trustee's own signed release 1, and by nothing else.
    own = answer["release"]
    again = node("release", **{**order, "stage": "open", "earlier": own})
    assert read_release(again["release"]).manifest == manifest.digest()
    forged = {**own, "manifest": "00" * 32}
    for earlier in (
        forged,
        {**own, "lot": TENDER},
        {**own, "trustee": 3},
        {**own, "signature": "x"},
    ):
        with pytest.raises(Refused, match="ENV-6005"):
            node("release", **{**order, "stage": "open", "earlier": earlier})
    # A trustee who was absent at release 1 may help with release 2.
    late = node("release", **{**order, "stage": "open"})
    assert read_release(late["release"]).stage is ReleaseStage.OPEN
    other = manifest_of(envelopes[:3])
    thrice = [envelopes[0].commitment.hex()] * 3
    with pytest.raises(Refused, match="ENV-6001"):
        node("release", **{**order, "manifest": other.to_json(), "earlier": own})
    for code, change in (
        ("ENV-6001", {"kept": "00" * 32}),
        ("ENV-6002", {"stage": "open", "kept": kept, "unlocked": ["x"], "floor": 2}),
        ("ENV-6002", {"stage": "open", "kept": kept, "unlocked": thrice, "floor": 2}),
        ("ENV-6003", {"envelopes": order["envelopes"][1:]}),  # type: ignore[index]
        ("ENV-6006", {"log": {"name": "log", "key": "00" * 32}}),
    ):
        with pytest.raises(Refused, match=code):
            node("release", **{**order, **change})
    with pytest.raises(Refused, match="ENV-6002"):
        node("release", **release_order(envelopes, manifest_of(envelopes[:2])))
    foreign = release_order(envelopes, manifest, trustee=3)
    with pytest.raises(Refused, match="ENV-6004"):
        node("release", **{**foreign, "trustee": 4})


def test_a_wrap_that_does_not_open_is_told_and_the_others_are_released() -> None:
    envelopes = [write_envelope(POLICY) for _ in range(3)]
    value = json.loads(envelopes[1].raw)
    value["locks"]["committee"]["wraps"][1]["list_share"] = "00" * 32
    raw = jcs.canonical(value)
    envelopes[1].raw, envelopes[1].signature = raw, sign_p256(envelopes[1].signer, raw)
    answer = node("release", **release_order(envelopes, manifest_of(envelopes)))
    assert answer["faults"] == [{"commitment": envelopes[1].commitment.hex(), "code": "ENV-3103"}]
    assert len(answer["release"]["shares"]) == 2
