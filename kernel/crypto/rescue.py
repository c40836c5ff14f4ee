"""The rescue lock: s_holder from the panel's shares, and whose fault a failure is.

docs/sealed-bid-envelope.md 6 and 8; pycryptodome's sharing gives garbage for bad shares, so hashes
decide.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256

from kernel.crypto.sharing import combine
from kernel.crypto.signatures import verify_p256
from kernel.pure.envelope import Header
from kernel.pure.errors import Refused
from kernel.pure.header import RescueLock
from kernel.pure.messages import RescueRelease, RescueRequest


def lock_of(header: Header) -> RescueLock:
    """The lock. Refuses ENV-3104: the policy has no panel, or the bidder did not consent."""
    if header.rescue is None:
        raise Refused("ENV-3104")
    return header.rescue


def check_share(header: Header, member: int, share: bytes) -> None:
    """A share is the one the header names. Refuses ENV-3104, ENV-3007: that member's fault."""
    wrap = lock_of(header).wrap(member)
    if wrap is None or not hmac.compare_digest(sha256(share).digest(), wrap.share):
        raise Refused("ENV-3007", member=member)


def check_release(header: Header, release: RescueRelease) -> None:
    """A release is signed by its member and holds that member's share of this very bid.

    The caller has found `header` by the release's commitment. Refuses ENV-3104, ENV-4003 (no such
    member, another lot, or not that member's signature), ENV-3007.
    """
    lock_of(header)
    seats = dict(header.policy.rescue.panel) if header.policy.rescue else {}
    key = seats.get(release.member, b"")
    if release.lot != header.context.lot or not verify_p256(
        key, release.message(), release.signature
    ):
        raise Refused("ENV-4003", field="signature")
    check_share(header, release.member, release.share)


def check_request(header: Header, request: RescueRequest) -> None:
    """A request names this bid's lot and is signed by the key it names; the chain is not judged.

    Refuses ENV-3104, ENV-4004.
    """
    lock_of(header)
    if request.lot != header.context.lot:
        raise Refused("ENV-4004", field="lot")
    if not verify_p256(request.key, request.message(), request.signature):
        raise Refused("ENV-4004", field="signature")


def holder_secret(header: Header, shares: Mapping[int, bytes]) -> bytes:
    """s_holder from at least k shares by member index.

    Refuses ENV-3104, ENV-3007 (that member's fault), ENV-3008 (too few) and ENV-3009 (right shares
    of another secret: the bidder's fault).
    """
    lock = lock_of(header)
    for member, share in sorted(shares.items()):
        check_share(header, member, share)
    if len(shares) < lock.threshold:
        raise Refused("ENV-3008", present=len(shares), threshold=lock.threshold)
    secret = combine(dict(sorted(shares.items())[: lock.threshold]))
    if not hmac.compare_digest(sha256(secret).digest(), header.secrets.holder):
        raise Refused("ENV-3009")
    return secret
