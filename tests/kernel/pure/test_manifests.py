"""Manifests and releases: who is live, strict reading, and one digest for one content."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.pure import manifests, messages
from kernel.pure.errors import Refused
from kernel.pure.manifests import Manifest, Sealed, Withdrawn
from kernel.pure.policy import Policy

LOT = "01999999-0000-7000-8000-000000000001"


def _sealed(index: int, who: int) -> Sealed:
    number = index.to_bytes(32, "big")
    return Sealed(number, number[16:].hex(), bytes([who] * 32).hex(), 1 + index, index)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=12))
def test_live_is_the_last_of_each_pseudonym_unless_withdrawn(acts: list[tuple[int, bool]]) -> None:
    entries: list[Sealed | Withdrawn] = []
    expected: dict[int, Sealed] = {}
    for index, (who, withdraws) in enumerate(acts):
        if withdraws and who in expected:
            taken = expected.pop(who)
            entries.append(Withdrawn(taken.commitment, taken.pseudonym, index))
        else:
            expected[who] = _sealed(index, who)
            entries.append(expected[who])
    manifest = Manifest(LOT, tuple(entries))
    live = manifests.live(manifest.entries)
    assert sorted(expected.values(), key=lambda sealed: sealed.log_index) == list(live)
    again = manifests.read_manifest(manifest.to_json())
    assert again == manifest
    assert again.digest() == manifest.digest()


def _change(value: dict[str, Any], name: str) -> dict[str, Any]:
    first, second = value["entries"]
    return {
        "live told wrong": {**value, "live": value["live"][:1]},
        "order": {**value, "entries": [second, first]},
        "twice": {**value, "entries": [first, first]},
        "field": {**value, "extra": 1},
        "kind": {**value, "entries": [{**first, "kind": "other"}, second]},
        "lot": {**value, "lot": "x"},
    }[name]


@pytest.mark.parametrize("name", ["live told wrong", "order", "twice", "field", "kind", "lot"])
def test_a_manifest_told_wrong_is_refused(name: str) -> None:
    value: dict[str, Any] = Manifest(LOT, (_sealed(1, 1), _sealed(2, 2))).to_json()
    with pytest.raises(Refused, match="ENV-4001"):
        manifests.read_manifest(_change(value, name))


def test_releases_are_read_strictly() -> None:
    value: dict[str, Any] = {
        "format": "SBE/1 release",
        "lot": LOT,
        "manifest": "00" * 32,
        "shares": [{"commitment": "11" * 32, "envelope_id": "22" * 16, "share": "33" * 32}],
        "signature": "44" * 64,
        "stage": "list",
        "trustee": 2,
    }
    release = messages.read_release(value)
    assert release.to_json() == value
    assert b"signature" not in release.message()
    changes: list[dict[str, object]] = [
        {"stage": "all"},
        {"trustee": 0},
        {"shares": []},
        {"signature": ""},
        {"x": 1},
    ]
    for change in changes:
        with pytest.raises(Refused, match="ENV-4002"):
            messages.read_release({**value, **change})


def test_policies_are_read_back_with_the_same_digest() -> None:
    policy = Policy(
        tender=LOT,
        lot=LOT,
        version=2,
        documents=bytes(32),
        deadline="2026-12-01T01:30:00Z",
        floor=3,
        threshold=1,
        trustees=((1, b"\x04" + bytes(64)),),
    )
    value = policy.to_json()
    assert Policy.from_json(value) == policy
    assert Policy.from_json(value).digest() == policy.digest()
    changes: list[dict[str, object]] = [
        {"threshold": 2},
        {"deadline": "tomorrow"},
        {"trustees": []},
        {"floor": 0},
    ]
    for change in changes:
        with pytest.raises(Refused, match="ENV-1003"):
            Policy.from_json({**value, **change})
