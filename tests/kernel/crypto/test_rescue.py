"""The rescue lock: any k members stand in for the bidder; each fault has its code and its owner."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kernel.crypto import rescue
from kernel.crypto.signatures import public_bytes, sign_p256
from kernel.pure import jcs
from kernel.pure.envelope import Header, parse_header
from kernel.pure.errors import Refused
from kernel.pure.messages import (
    RescueRelease,
    RescueRequest,
    read_rescue_release,
    read_rescue_request,
)
from kernel.pure.points import on_curve
from kernel.pure.policy import HolderLock, Policy, Rescue
from tests.sealing_writer import TENDER, Committee, rescued, write_envelope

COMMITTEE = Committee()
POLICY = COMMITTEE.policy(rescue=COMMITTEE.rescue())
WRITTEN = write_envelope(POLICY)
HEADER = WRITTEN.header
SHARES = rescued(WRITTEN, COMMITTEE, [1, 2, 3])


def _refused(code: str, act: Callable[..., object], *told: object) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*told)
    assert caught.value.code == code
    return caught.value


def _changed(change: Callable[[dict[str, Any]], None]) -> bytes:
    value = json.loads(WRITTEN.raw)
    change(value)
    return jcs.canonical(value)


def _rescue_of(value: dict[str, Any]) -> dict[str, Any]:
    lock: dict[str, Any] = value["locks"]["holder"]["rescue"]
    return lock


@pytest.mark.parametrize("members", [(1, 2), (1, 3), (2, 3), (1, 2, 3)])
def test_any_two_of_three_rebuild_the_bidders_secret(members: tuple[int, ...]) -> None:
    given = {member: SHARES[member] for member in members}
    assert rescue.holder_secret(HEADER, given) == WRITTEN.s_holder


def test_one_share_alone_is_too_few() -> None:
    refused = _refused("ENV-3008", rescue.holder_secret, HEADER, {2: SHARES[2]})
    assert refused.facts == {"present": 1, "threshold": 2}


def test_a_wrong_share_is_its_members_fault() -> None:
    for member, share in ((3, os.urandom(32)), (2, SHARES[1]), (3, b""), (9, SHARES[1])):
        shares = {1: SHARES[1], member: share}
        refused = _refused("ENV-3007", rescue.holder_secret, HEADER, shares)
        assert refused.facts == {"member": member}


def test_right_shares_of_another_secret_are_the_bidders_fault() -> None:
    def lie(value: dict[str, Any]) -> None:
        value["secrets"]["holder"] = sha256(b"another secret").hexdigest()

    header = parse_header(_changed(lie))
    _refused("ENV-3009", rescue.holder_secret, header, SHARES)


def test_without_consent_there_is_nothing_to_rescue() -> None:
    for policy, consent in ((POLICY, False), (COMMITTEE.policy(), True)):
        header = write_envelope(policy, consent=consent).header
        assert header.rescue is None
        _refused("ENV-3104", rescue.holder_secret, header, SHARES)


def test_a_header_may_share_with_the_policys_panel_only() -> None:
    def other_threshold(value: dict[str, Any]) -> None:
        _rescue_of(value)["k"] = 1

    def one_less(value: dict[str, Any]) -> None:
        lock = _rescue_of(value)
        lock["wraps"].pop()
        lock["r"] = 2

    def other_order(value: dict[str, Any]) -> None:
        _rescue_of(value)["wraps"].reverse()

    for change in (other_threshold, one_less, other_order):
        raw = _changed(change)
        assert _refused("ENV-1009", parse_header, raw).facts == {"what": "rescue"}
    stranger = json.loads(write_envelope(COMMITTEE.policy()).raw)
    stranger["locks"]["holder"]["rescue"] = json.loads(WRITTEN.raw)["locks"]["holder"]["rescue"]
    _refused("ENV-1009", parse_header, jcs.canonical(stranger))
    alone = json.loads(write_envelope(COMMITTEE.policy(holder_lock=HolderLock.COMMITTEE_ONLY)).raw)
    alone["locks"]["holder"]["rescue"] = stranger["locks"]["holder"]["rescue"]
    _refused("ENV-1009", parse_header, jcs.canonical(alone))


@pytest.mark.parametrize(
    "place",
    [
        ("locks", "holder", "rescue", "wraps", 0, "enc"),
        ("locks", "holder", "bid_key", "enc"),
        ("locks", "holder", "bid_key", "key"),
        ("locks", "committee", "wraps", 4, "enc"),
    ],
)
def test_a_point_off_the_curve_is_refused_before_anyone_reckons_with_it(
    place: tuple[str | int, ...],
) -> None:
    def shift(value: Any) -> None:
        for step in place[:-1]:
            value = value[step]
        point = bytearray.fromhex(value[place[-1]])
        point[-1] ^= 1
        assert not on_curve(bytes(point))
        value[place[-1]] = point.hex()

    _refused("ENV-1012", parse_header, _changed(shift))


def test_nobody_sits_in_committee_and_panel() -> None:
    trustee = public_bytes(COMMITTEE.keys[0])
    member = public_bytes(COMMITTEE.panel[0])
    for panel in (((1, trustee), (2, member)), ((1, member), (2, member))):
        policy = COMMITTEE.policy(rescue=Rescue(1, panel))
        _refused("ENV-1011", Policy.from_json, policy.to_json())
    alone = replace(POLICY, holder_lock=HolderLock.COMMITTEE_ONLY)
    _refused("ENV-1011", Policy.from_json, alone.to_json())
    assert Policy.from_json(POLICY.to_json()) == POLICY
    value = POLICY.to_json()
    value["rescue"] = {**value["rescue"], "threshold": 4}  # type: ignore[dict-item]
    _refused("ENV-1003", Policy.from_json, value)


def _release(member: int, *, lot: str = POLICY.lot, share: bytes | None = None) -> RescueRelease:
    key = COMMITTEE.panel[member - 1]
    draft = RescueRelease(lot, WRITTEN.commitment, member, share or SHARES[member], b"")
    return replace(draft, signature=sign_p256(key, draft.message()))


def test_a_release_is_signed_by_its_member_for_this_lot() -> None:
    release = _release(2)
    assert read_rescue_release(release.to_json()) == release
    rescue.check_release(HEADER, release)
    forged = replace(release, member=1)
    moved = _release(2, lot=TENDER)
    for wrong in (forged, moved, replace(release, member=7)):
        _refused("ENV-4003", rescue.check_release, HEADER, wrong)
    _refused("ENV-3007", rescue.check_release, HEADER, _release(2, share=SHARES[1]))
    for field in ("lot", "share", "member", "signature"):
        value = {**release.to_json(), field: None}
        _refused("ENV-4003", read_rescue_release, value)


def test_a_request_is_signed_by_the_key_it_names() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    draft = RescueRequest(
        POLICY.lot, WRITTEN.commitment, "OPN-2101", public_bytes(key), (b"\x30\x01",), b""
    )
    request = replace(draft, signature=sign_p256(key, draft.message()))
    assert read_rescue_request(request.to_json()) == request
    rescue.check_request(HEADER, request)
    other = replace(request, key=public_bytes(COMMITTEE.keys[0]))
    moved = replace(draft, lot=TENDER)
    moved = replace(moved, signature=sign_p256(key, moved.message()))
    for wrong in (other, moved, replace(request, cause="OPN-2102")):
        _refused("ENV-4004", rescue.check_request, HEADER, wrong)
    for chain in ([], [""], ["zz"], ["30"] * 6, ["30" * 9000], "30"):
        value = {**request.to_json(), "certificate_chain": chain}
        _refused("ENV-4004", read_rescue_request, value)
    no_lock: Header = write_envelope(POLICY, consent=False).header
    _refused("ENV-3104", rescue.check_request, no_lock, request)
