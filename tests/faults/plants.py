"""What the scan looks for: planted values in every form in which a careless program keeps them."""

import base64
import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from kernel.pure.money import Fen, capital


@dataclass(frozen=True, slots=True)
class Plant:
    """A value that must be found nowhere: what it is, and the bytes that would betray it."""

    name: str
    forms: tuple[bytes, ...]

    def found_in(self, content: bytes) -> bool:
        """Whether any of its forms stands in the content."""
        return any(form in content for form in self.forms)


def words(name: str, value: str) -> Plant:
    """A text in the usual encodings, escaped, in hex and in base64 at any alignment."""
    return Plant(name, _thinned(_text_forms(value)))


def price(fen: int) -> Plant:
    """A sum as fen and yuan, in digits and in capitals, as text and as databases store numbers."""
    yuan = Decimal(fen) / 100
    texts = (str(fen), f"{yuan:.2f}", f"{yuan:,.2f}", capital(Fen(fen)))
    forms = [form for each in texts for form in _text_forms(each)]
    forms += [struct.pack(order + "q", fen) for order in "<>"]
    forms += [_numeric(Decimal(fen)), _numeric(yuan)]
    return Plant(f"price {fen}", _thinned(forms))


def _thinned(forms: Iterable[bytes]) -> tuple[bytes, ...]:
    """Without a form that holds another one: where it stands, the other stands too."""
    short = sorted(set(forms), key=len)
    return tuple(one for at, one in enumerate(short) if not any(o in one for o in short[:at]))


def _text_forms(value: str) -> Iterator[bytes]:
    escaped = json.dumps(value)[1:-1]
    yield escaped.encode()
    yield escaped.upper().replace("\\U", "\\u").encode()
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        raw = value.encode(encoding)
        yield raw
        yield raw.hex().encode()
        yield raw.hex().upper().encode()
        yield from _base64_forms(raw)
    yield value.encode("gb18030")


def _base64_forms(raw: bytes) -> Iterator[bytes]:
    """The part of the base64 text that does not depend on what stands around the value."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + raw)
        first, last = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        core = whole[first:last]
        yield core
        yield core.replace(b"+", b"-").replace(b"/", b"_")


def _numeric(value: Decimal) -> bytes:
    """The digits of PostgreSQL's numeric: groups of four, each two bytes, little-endian."""
    whole, _, part = str(value).partition(".")
    digits = whole.zfill(-(-len(whole) // 4) * 4) + part.ljust(-(-len(part) // 4) * 4, "0")
    groups = [int(digits[at : at + 4]) for at in range(0, len(digits), 4)]
    return b"".join(struct.pack("<h", group) for group in groups)
