"""The seal of a centre as a value: what signing needs, without the signing library."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seal:
    """A sealing certificate: DER chain from leaf to root, PKCS #8 DER key, and what it shows."""

    chain: tuple[bytes, ...]
    private_key: bytes
    name: str
    legend: str = "电子签章"

    def __repr__(self) -> str:
        return f"Seal({self.name!r})"
