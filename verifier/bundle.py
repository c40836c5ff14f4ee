"""A bundle read from its ZIP: only the files of the specification, within caps, canonical."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeVar

from kernel.pure import envelope, jcs
from kernel.pure.envelope import Header, Policy
from kernel.pure.errors import Refused
from kernel.pure.fields import Fields
from kernel.pure.manifests import Manifest, read_manifest
from kernel.pure.messages import Release, read_release
from verifier import archive, drawn, reading
from verifier.drawn import Draws
from verifier.evaluation import NAMES, Award, Evaluation, read_award
from verifier.evaluation import read as read_evaluation
from verifier.failure import Failed
from verifier.papers import Close, Proof, Receipt, Refusals

T = TypeVar("T")

FILES: Final = (
    *("bundle", "policies", "close", "scripts", "manifest", "releases"),
    *("bindings", "openings", "facts", "refusals", "draws"),
)
_NAME: Final = re.compile(
    rf"({'|'.join(FILES)})\.json"
    r"|supplements/([2-9]|[1-9][0-9])\.json"
    r"|(envelopes|withdrawals|openings)/[0-9a-f]{64}\.json|openings/[0-9a-f]{64}\.sealed"
    rf"|{NAMES}"
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One sealed bid of the manifest, its header parsed strictly."""

    header: Header
    signature: bytes
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One withdrawal with the pseudonym's signature."""

    signature: bytes
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Opened:
    """One opened bid: content key, plain opening, sealed bytes."""

    cek: bytes
    opening: dict[str, Any]
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Binding:
    """A bidder's certificate chain (DER, leaf first) and signature over its envelope."""

    commitment: bytes
    chain: tuple[bytes, ...]
    signature: bytes


@dataclass(frozen=True, slots=True)
class Log:
    """Who keeps the log, who cosigns it, whose stamps are trusted (DER)."""

    name: str
    key: bytes
    cosigners: tuple[tuple[str, bytes], ...]
    stamping: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything published of one lot: its opening, and what followed once that is public.

    Dictionaries are keyed by commitment.
    """

    lot: str
    log: Log
    platform: bytes
    policies: tuple[Policy, ...]
    envelopes: dict[bytes, Envelope]
    withdrawals: dict[bytes, Withdrawal]
    close: Close
    scripts: tuple[Proof, ...]
    manifest: Manifest
    releases: tuple[Release, ...]
    opened: dict[bytes, Opened]
    bindings: tuple[Binding, ...]
    statement: bytes
    record: bytes
    facts: dict[str, Any]
    supplements: tuple[bytes, ...]
    refusals: Refusals
    draws: Draws
    evaluation: Evaluation | None
    award: Award | None


def read(path: Path) -> Bundle:
    """Read a bundle file. Raises Failed for anything that is not as specified."""
    try:
        return _assemble(archive.files(path, _NAME))
    except Refused as refused:
        raise Failed(str(refused)) from None
    except KeyError as missing:
        raise Failed(f"{missing} is missing") from None
    except ValueError as error:
        raise Failed(f"the bundle cannot be read: {error}") from None


def _assemble(files: dict[str, bytes]) -> Bundle:
    told = reading.told(files["bundle.json"], "bundle")
    told.choice("format", "SBE/1 bundle")
    record = told.hex("record", 32)
    if sha256(files["facts.json"]).digest() != record:
        raise Failed("facts.json is not the record's")
    bundle = Bundle(
        lot=told.uuid("lot"),
        log=reading.whole(told.inner("log"), _log),
        platform=told.hex("platform", 32),
        policies=tuple(Policy.from_json(value) for value in _list(files["policies.json"])),
        envelopes={key: _envelope(raw) for key, raw in _folder(files, "envelopes", ".json")},
        withdrawals={key: _withdrawal(raw) for key, raw in _folder(files, "withdrawals", ".json")},
        close=_file(files, "close", reading.close),
        scripts=reading.listed(files["scripts.json"], "scripts", reading.proof),
        manifest=_file(files, "manifest", lambda held: read_manifest(held.value("manifest"))),
        releases=tuple(read_release(value) for value in _list(files["releases.json"])),
        opened=_openings(files),
        bindings=reading.listed(files["bindings.json"], "bindings", _binding),
        statement=files["openings.json"],
        record=record,
        facts=_object(files["facts.json"]),
        supplements=_supplements(files),
        refusals=_file(files, "refusals", reading.refusals),
        draws=_file(files, "draws", drawn.read),
        evaluation=read_evaluation(files),
        award=read_award(files),
    )
    told.done()
    _object(bundle.statement)
    return bundle


def _file(files: dict[str, bytes], name: str, read: Callable[[Fields], T]) -> T:
    return reading.whole(reading.told(files[f"{name}.json"], name), read)


def _log(fields: Fields) -> Log:
    return Log(
        name=fields.text("name"),
        key=fields.hex("key", 32),
        cosigners=tuple(
            reading.whole(each, lambda told: (told.text("name"), told.hex("key", 32)))
            for each in fields.items("cosigners", low=0, high=16)
        ),
        stamping=reading.certificates(fields.value("stamping")),
    )


def _openings(files: dict[str, bytes]) -> dict[bytes, Opened]:
    """Each opening has its sealed bytes, and they have it."""
    sealed = dict(_folder(files, "openings", ".sealed"))
    opened = {
        key: _opened(raw, sealed.pop(key, None)) for key, raw in _folder(files, "openings", ".json")
    }
    if sealed:
        raise Failed(f"sealed bytes of {min(sealed).hex()} without their opening")
    return opened


def _supplements(files: dict[str, bytes]) -> tuple[bytes, ...]:
    """In the order of their numbers, which have no gap."""
    count = sum(name.startswith("supplements/") for name in files)
    found = tuple(files[f"supplements/{number}.json"] for number in range(2, count + 2))
    for raw in found:
        _object(raw)
    return found


def _folder(files: dict[str, bytes], folder: str, end: str) -> list[tuple[bytes, bytes]]:
    return [
        (bytes.fromhex(name[len(folder) + 1 : -len(end)]), raw)
        for name, raw in sorted(files.items())
        if name.startswith(f"{folder}/") and name.endswith(end)
    ]


def _list(raw: bytes) -> list[Any]:
    value = jcs.parse(raw)
    if not isinstance(value, list):
        raise Failed("a list was expected")
    return value


def _object(raw: bytes) -> dict[str, Any]:
    value = jcs.parse(raw)
    if not isinstance(value, dict):
        raise Failed("an object was expected")
    return dict(value)


def _envelope(raw: bytes) -> Envelope:
    fields = reading.told(raw, "envelope")
    header = envelope.parse_header(fields.text("header", cap=reading.MAX_TEXT).encode())
    found = Envelope(header, fields.hex("signature", 64), reading.receipt(fields.value("receipt")))
    fields.done()
    return found


def _withdrawal(raw: bytes) -> Withdrawal:
    fields = reading.told(raw, "withdrawal")
    found = Withdrawal(fields.hex("signature", 64), reading.receipt(fields.value("receipt")))
    fields.done()
    return found


def _opened(raw: bytes, sealed: bytes | None) -> Opened:
    fields = reading.told(raw, "opening")
    opening = fields.value("opening")
    if not isinstance(opening, dict) or sealed is None:
        raise Failed("an opening is no object, or without its sealed bytes")
    found = Opened(fields.hex("cek", 32), opening, sealed)
    fields.done()
    return found


def _binding(fields: Fields) -> Binding:
    return Binding(
        commitment=fields.hex("commitment", 32),
        chain=reading.chain(fields.value("certificate_chain")),
        signature=fields.hex("signature", 64),
    )
