"""Who vouches for the log from outside: the cosigners and the time-stamp authority of a house.

Told by settings; an installation without them says so wherever their word is missed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from kernel.pure import checkpoints
from kernel.pure.checkpoints import Cosignature
from kernel.pure.errors import Refused
from kernel.settings import Settings
from kernel.stamps import HttpAuthority, StampAuthority, UnreachableError, post, trusted_in

STAMPING: Final = "stamping"
_REFUSALS: Final = {400: "LOG-1004", 403: "LOG-2003", 404: "LOG-2105", 422: "LOG-2104"}


class Cosigner(Protocol):
    """A witness by name and raw Ed25519 key (32 bytes)."""

    @property
    def name(self) -> str: ...

    @property
    def key(self) -> bytes: ...

    def offer(self, text: str) -> str:
        """Signature lines for an add-checkpoint request.

        Refuses LOG-2102 (with the `size` signed last) and the witness's other refusals. Raises
        UnreachableError.
        """
        ...


@dataclass(frozen=True, slots=True)
class HttpCosigner:
    """A C2SP tlog-witness behind an address."""

    name: str
    key: bytes
    url: str

    def offer(self, text: str) -> str:
        """Ask once."""
        status, body = post(f"{self.url}/add-checkpoint", text.encode(), {})
        if status == 200:
            return body.decode(errors="replace")
        if status == 409 and body.strip().isdigit():
            raise Refused("LOG-2102", size=int(body))
        if status in _REFUSALS:
            raise Refused(_REFUSALS[status])
        raise UnreachableError(f"status {status}")


@dataclass(frozen=True, slots=True)
class Witnesses:
    """The cosigners, the authority with the certificates (DER) it is trusted by."""

    cosigners: tuple[Cosigner, ...] = ()
    authority: StampAuthority | None = None
    trusted: tuple[bytes, ...] = ()

    def as_json(self) -> dict[str, list[object]]:
        """What whoever checks a receipt needs to know of them, beside the log's own key."""
        known: list[object] = [{"name": c.name, "key": c.key.hex()} for c in self.cosigners]
        return {"cosigners": known, "stamping": [der.hex() for der in self.trusted]}


def told_by(settings: Settings) -> Witnesses:
    """The witnesses that settings name. Refuses LOG-1003; raises OSError, ValueError."""
    authority = HttpAuthority(settings.stamping_url) if settings.stamping_url else None
    path = settings.stamping_certificates
    return Witnesses(
        cosigners=tuple(_cosigner(each) for each in settings.cosigners.split(",") if each.strip()),
        authority=authority,
        trusted=trusted_in(Path(path).read_bytes()) if path else (),
    )


def _cosigner(told: str) -> HttpCosigner:
    """One cosigner: its verifier key, a space, its address."""
    vkey, _, url = told.strip().partition(" ")
    name, kind, key = checkpoints.parse_vkey(vkey)
    if kind != checkpoints.COSIGNATURE or not url.strip():
        raise Refused("LOG-1003")
    return HttpCosigner(name, key, url.strip().rstrip("/"))


def known(witnesses: Witnesses, found: Cosignature) -> Cosigner | None:
    """The cosigner a line is by, going by name and key id."""
    for each in witnesses.cosigners:
        if (each.name, checkpoints.cosigner_key_id(each.name, each.key)) == (
            found.name,
            found.key_id,
        ):
            return each
    return None
