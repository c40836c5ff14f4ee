"""The published vectors of SBE/1: `python -m tests.sealing.vectors` writes docs/vectors/sbe1.json.

Made by the stranger's writer from labels alone; tests hold file and writer equal.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from pathlib import Path
from typing import Any, Final

from Crypto.PublicKey.ECC import EccKey

from tests.sealing import stranger
from tests.sealing.stranger import Envelope, Order
from tests.sealing.stranger_tools import Rng, derive_key_pair, raw

PUBLISHED: Final = Path(__file__).resolve().parents[2] / "docs" / "vectors" / "sbe1.json"
LOT: Final = "01999999-0000-7000-8000-0000000000a1"
TENDER: Final = "01999999-0000-7000-8000-0000000000a2"
PLAIN: Final = {
    "duration_days": 180,
    "manager": "王工 😀",
    "price_fen": 446_280_000,
    "quality": "合格",
}


def trustee(index: int) -> EccKey:
    """The key pair of a trustee of the vectors."""
    return derive_key_pair(Rng(f"trustee {index}")(32))


def member(index: int) -> EccKey:
    """The key pair of a member of the vectors' rescue panel."""
    return derive_key_pair(Rng(f"rescue {index}")(32))


def policy(
    *, threshold: int, count: int, holder_lock: str = "bidder", panel: int = 0
) -> dict[str, Any]:
    """A policy of the vectors' lot; a panel's majority may rescue."""
    members = [{"index": i, "key": raw(member(i)).hex()} for i in range(1, panel + 1)]
    return {
        "deadline": "2026-12-01T01:30:00Z",
        "documents": hashlib.sha256(b"documents").hexdigest(),
        "floor": 3,
        "holder_lock": holder_lock,
        "lot": LOT,
        "rescue": {"panel": members, "threshold": panel // 2 + 1} if panel else None,
        "tender": TENDER,
        "threshold": threshold,
        "trustees": [
            {"index": index, "key": raw(trustee(index)).hex()} for index in range(1, count + 1)
        ],
        "version": 1,
    }


def orders() -> tuple[Order, ...]:
    """What each vector seals."""
    three_of_five = policy(threshold=3, count=5)
    return (
        Order(
            "plain", three_of_five, PLAIN, {"organisation": "霁川交通规划设计研究院有限公司"}, {}
        ),
        Order(
            "replaced, with a recovery code",
            three_of_five,
            {**PLAIN, "price_fen": 1},
            {"organisation": "禾屿公路勘察设计有限公司", "sub_account": "6217000100200300"},
            {},
            sequence=2,
            previous=hashlib.sha256(b"the version before").digest(),
            recovery=Rng("recovery")(32),
        ),
        Order(
            "committee only",
            policy(threshold=2, count=3, holder_lock="committee_only"),
            PLAIN,
            {"organisation": "澄怀工程设计咨询有限公司"},
            {},
        ),
        Order(
            "three documents, one of them over a chunk's edge",
            three_of_five,
            PLAIN,
            {"organisation": "岑岚勘测规划设计有限公司"},
            {
                "technical": Rng("technical")(2 * stranger.MIB - 8 + 1),
                "commercial": Rng("commercial")(stranger.MIB - 8),
                "attachments": b"",
            },
        ),
        Order(
            "with the consent to a rescue panel",
            policy(threshold=3, count=5, panel=3),
            PLAIN,
            {"organisation": "澄怀工程设计咨询有限公司"},
            {},
            recovery=Rng("recovery")(32),
            consent=True,
        ),
    )


def written() -> tuple[tuple[Order, Envelope], ...]:
    """Every vector with its bytes."""
    return tuple((order, stranger.seal(order)) for order in orders())


def published() -> dict[str, Any]:
    """The JSON file: keys of the trustees, and for each vector inputs, steps and results."""
    return {
        "format": "SBE/1 vectors",
        "trustees": [_scalar(trustee(index)) for index in range(1, 6)],
        "panel": [_scalar(member(index)) for index in range(1, 4)],
        "vectors": [_vector(order, envelope) for order, envelope in written()],
    }


def _vector(order: Order, envelope: Envelope) -> dict[str, Any]:
    return {
        "name": order.name,
        "opening": order.opening,
        "identity": order.identity,
        "documents": {name: _content(content) for name, content in order.parts.items()},
        **envelope.told,
        "header": envelope.header.decode(),
        "signature": envelope.signature.hex(),
        "commitment": envelope.commitment.hex(),
        "sealed": {name: _sealed(name, chunks) for name, chunks in envelope.sealed.items()},
    }


def _scalar(key: EccKey) -> str:
    return int(key.d).to_bytes(32, "big").hex()


def _content(content: bytes) -> dict[str, Any]:
    return {"length": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _sealed(name: str, chunks: list[bytes]) -> dict[str, Any]:
    told: dict[str, Any] = {"sha256": [hashlib.sha256(chunk).hexdigest() for chunk in chunks]}
    if name == "opening":
        # The other parts follow from their keys; one is given whole to begin with.
        told["base64"] = b64encode(b"".join(chunks)).decode()
    return told


def text() -> str:
    """The file's text."""
    return json.dumps(published(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    PUBLISHED.parent.mkdir(exist_ok=True)
    PUBLISHED.write_text(text(), "utf-8")
