"""What sections 1, 3, 5, 7 and 8 of the specification say a header looks like, read by a stranger.

Written from the text alone, to be held against the reader: what one takes, the other takes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.sealing.stranger_tools import jcs, point, sha

Check = Callable[[Any], bool]
MIB: Final = 1 << 20
NAMES: Final = ("identity", "opening", "technical", "commercial", "attachments")
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def is_header(raw: bytes) -> bool:
    """Whether the bytes are a header by form, pseudonym and policy; signatures are another step."""
    try:
        text = raw.decode()
        value = json.loads(text)
        if len(raw) > 64 * 1024 or not _subset(value) or jcs(value) != raw:
            return False
    except (ValueError, RecursionError):
        return False
    return HEADER(value) and _agrees(value)


# --- the subset of JSON ---------------------------------------------------------------------------


def _subset(value: Any, level: int = 0) -> bool:
    if level > 32:
        return False
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) < 2**53
    if isinstance(value, str):
        return not any(0xD800 <= ord(letter) < 0xE000 for letter in value)
    if isinstance(value, list):
        return all(_subset(item, level + 1) for item in value)
    if isinstance(value, dict):
        return all(_subset(key) and _subset(item, level + 1) for key, item in value.items())
    return False


# --- shapes ---------------------------------------------------------------------------------------


def _binary(size: int) -> Check:
    return lambda value: (
        isinstance(value, str) and re.fullmatch(f"[0-9a-f]{{{2 * size}}}", value) is not None
    )


def _whole(low: int, high: int) -> Check:
    return lambda value: (
        isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    )


def _text(pattern: re.Pattern[str]) -> Check:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _one_of(*allowed: object) -> Check:
    return lambda value: isinstance(value, type(allowed[0])) and value in allowed


def _null_or(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _all(check: Check, low: int, high: int) -> Check:
    return lambda value: (
        isinstance(value, list) and low <= len(value) <= high and all(map(check, value))
    )


def _object(**fields: Check) -> Check:
    return lambda value: (
        isinstance(value, dict)
        and set(value) == set(fields)
        and all(check(value[name]) for name, check in fields.items())
    )


def _curve(value: Any) -> bool:
    if not _binary(65)(value):
        return False
    try:
        point(bytes.fromhex(value))
    except ValueError:
        return False
    return True


def _seats(value: Any) -> bool:
    seats = _all(_object(index=_whole(1, 15), key=_curve), 1, 15)
    return seats(value) and [seat["index"] for seat in value] == list(range(1, len(value) + 1))


HEADER: Final = _object(
    format=_one_of("SBE/1"),
    context=_object(
        envelope_id=_binary(16),
        lot=_text(_UUID),
        policy_digest=_binary(32),
        pseudonym=_binary(32),
        sequence=_whole(1, 100_000),
        stage=_whole(1, 2),
        suite=_whole(1, 1),
        tender=_text(_UUID),
    ),
    previous_commitment=_null_or(_binary(32)),
    commitment_salt=_binary(32),
    signing_key=_curve,
    policy=_object(
        deadline=_text(_TIME),
        documents=_binary(32),
        floor=_whole(1, 100),
        holder_lock=_one_of("bidder", "committee_only"),
        lot=_text(_UUID),
        rescue=_null_or(_object(panel=_seats, threshold=_whole(1, 15))),
        tender=_text(_UUID),
        threshold=_whole(1, 15),
        trustees=_seats,
        version=_whole(1, 10_000),
    ),
    secrets=_object(list=_binary(32), open=_binary(32), holder=_binary(32)),
    draw_part_hash=_binary(32),
    parts=_all(
        _object(
            name=_one_of(*NAMES),
            size_class=_whole(1, 8 << 30),
            salt=_binary(32),
            key_commitment=_binary(32),
            chunk_count=_whole(1, 8 << 10),
            merkle_root=_binary(32),
        ),
        2,
        5,
    ),
    locks=_object(
        committee=_object(
            m=_whole(1, 15),
            n=_whole(1, 15),
            wraps=_all(
                _object(
                    index=_whole(1, 15),
                    enc=_curve,
                    ciphertext=_binary(80),
                    list_share=_binary(32),
                    open_share=_binary(32),
                ),
                1,
                15,
            ),
        ),
        holder=_object(
            bid_key=_null_or(_object(key=_curve, enc=_curve, ciphertext=_binary(48))),
            recovery=_null_or(_object(salt=_binary(32), ciphertext=_binary(48))),
            rescue=_null_or(
                _object(
                    k=_whole(1, 15),
                    r=_whole(1, 15),
                    wraps=_all(
                        _object(
                            index=_whole(1, 15),
                            enc=_curve,
                            ciphertext=_binary(48),
                            share=_binary(32),
                        ),
                        1,
                        15,
                    ),
                )
            ),
        ),
    ),
)


# --- what one field says of another ---------------------------------------------------------------


def _agrees(value: Mapping[str, Any]) -> bool:
    context, policy = value["context"], value["policy"]
    return (
        sha(bytes.fromhex(value["signing_key"])).hex() == context["pseudonym"]
        and sha(b"SBE/1 policy", jcs(policy)).hex() == context["policy_digest"]
        and (policy["lot"], policy["tender"]) == (context["lot"], context["tender"])
        and (value["previous_commitment"] is None) == (context["sequence"] == 1)
        and _policy_stands(policy)
        and _parts_stand(value["parts"])
        and _locks_stand(value)
    )


def _policy_stands(policy: Mapping[str, Any]) -> bool:
    rescue = policy["rescue"]
    panel = rescue["panel"] if rescue else []
    keys = [seat["key"] for seat in (*policy["trustees"], *panel)]
    if rescue and (policy["holder_lock"] == "committee_only" or rescue["threshold"] > len(panel)):
        return False
    return len(set(keys)) == len(keys) and policy["threshold"] <= len(policy["trustees"])


def _is_class(size: int, name: str) -> bool:
    if name in NAMES[:2]:
        return size == 65_536
    # A class of some content: the content that just fills it has this very class.
    step = max(MIB, 1 << max(0, (size - 1).bit_length() - 4))
    return size % step == 0


def _parts_stand(parts: list[Mapping[str, Any]]) -> bool:
    places = [NAMES.index(part["name"]) for part in parts]
    return (
        places == sorted(set(places))
        and places[:2] == [0, 1]
        and all(_is_class(part["size_class"], part["name"]) for part in parts)
        and all(part["chunk_count"] == -(-part["size_class"] // MIB) for part in parts)
    )


def _locks_stand(value: Mapping[str, Any]) -> bool:
    policy, committee = value["policy"], value["locks"]["committee"]
    holder = value["locks"]["holder"]
    seats = [seat["index"] for seat in policy["trustees"]]
    told = (committee["m"], committee["n"], [wrap["index"] for wrap in committee["wraps"]])
    if told != (policy["threshold"], len(seats), seats):
        return False
    if policy["holder_lock"] == "committee_only":
        known = sha(bytes(32)).hex() == value["secrets"]["holder"]
        return known and not any(holder.values())
    if holder["bid_key"] is None:
        return False
    lock, allowed = holder["rescue"], policy["rescue"]
    if lock is None:
        return True
    return allowed is not None and (
        (lock["k"], lock["r"], [wrap["index"] for wrap in lock["wraps"]])
        == (
            allowed["threshold"],
            len(allowed["panel"]),
            [seat["index"] for seat in allowed["panel"]],
        )
    )
