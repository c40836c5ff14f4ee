"""What a bank pushes: raw bytes and the headers that go with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Parcel:
    """One push in a bank's own dialect."""

    raw: bytes = field(repr=False)
    headers: Mapping[str, str]
