"""How each simulated bank speaks: what it tells when enrolled, how it pushes a booking."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from escrow.banks.simulator import drops, exchange, iso, smjson
from escrow.banks.simulator.book import BookEntry
from escrow.banks.simulator.parcels import Parcel
from escrow.banks.simulator.tills import Till
from escrow.banks.simulator.tongues import TONGUES


def _ed25519(at: Till) -> bytes:
    key = Ed25519PrivateKey.from_private_bytes(at.state.signing_key)
    return key.public_key().public_bytes_raw()


@dataclass(frozen=True, slots=True)
class Dialect:
    """`notice` is None where the bank never calls us; `address` is where it is called itself."""

    notice: Callable[[Till, BookEntry], Parcel] | None
    address: Callable[[Till, str], str]
    public_key: Callable[[Till], bytes] = _ed25519


def _over_http(at: Till, origin: str) -> str:
    return f"{origin}/{at.code}"


def _over_line(at: Till, _origin: str) -> str:
    return f"tcp://127.0.0.1:{at.state.port}"


DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        "iso20022": Dialect(iso.notice, _over_http),
        "jiangsu": Dialect(exchange.notice(TONGUES["jiangsu"], "G00001"), _over_line),
        "prefix12": Dialect(exchange.notice(TONGUES["prefix12"], "3001"), _over_line),
        "direct_xml": Dialect(None, _over_http, smjson.public_key),
        drops.DIALECT: Dialect(None, drops.address),
        "sm_json": Dialect(smjson.notice, _over_http, smjson.public_key),
    }
)


def dialect_of(at: Till) -> Dialect:
    """How the bank speaks."""
    return DIALECTS[at.house.dialect]


def enrolment(at: Till, origin: str) -> dict[str, Any]:
    """What the platform needs to know of a bank that answers at `origin`."""
    public_key = dialect_of(at).public_key(at)
    return {
        "code": at.code,
        "name": at.house.name,
        "adapter": at.house.dialect,
        "base_url": dialect_of(at).address(at, origin),
        "master_number": at.state.master_number,
        "master_name": at.master.name,
        "key_id": hashlib.sha256(public_key).hexdigest()[:8],
        "public_key": public_key.hex(),
    }
