"""A bundle read from its ZIP: only the files of the specification, within caps, canonical."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from kernel.pure import envelope, jcs
from kernel.pure.envelope import Header, Policy
from kernel.pure.errors import Refused
from kernel.pure.fields import Fields
from kernel.pure.manifests import Manifest, read_manifest
from kernel.pure.messages import Release, read_release
from verifier.evaluation import NAMES, Award, Evaluation, consistency, hashes, read_award
from verifier.evaluation import read as read_evaluation
from verifier.failure import Failed

MAX_FILE: Final = 16 * 1024 * 1024
MAX_TOTAL: Final = 256 * 1024 * 1024
_NAME: Final = re.compile(
    r"(bundle|policies|close|manifest|releases|bindings|openings|facts)\.json"
    r"|(envelopes|withdrawals|openings)/[0-9a-f]{64}\.json|openings/[0-9a-f]{64}\.sealed"
    rf"|{NAMES}"
)
_CODE: Final = "LOG-1101"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A leaf's text, its place, the path to the root of the signed checkpoint."""

    commitment: bytes
    leaf: str
    index: int
    tree_size: int
    path: tuple[bytes, ...]
    checkpoint: str


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
class Bundle:
    """Everything published of one lot: its opening, and what followed once that is public.

    Dictionaries are keyed by commitment.
    """

    lot: str
    log_name: str
    log_key: bytes
    policies: tuple[Policy, ...]
    envelopes: dict[bytes, Envelope]
    withdrawals: dict[bytes, Withdrawal]
    close: str
    consistency: dict[int, tuple[bytes, ...]]
    manifest: Manifest
    releases: tuple[Release, ...]
    opened: dict[bytes, Opened]
    bindings: tuple[Binding, ...]
    statement: bytes
    facts: dict[str, Any]
    evaluation: Evaluation | None
    award: Award | None


def read(path: Path) -> Bundle:
    """Read a bundle file. Raises Failed for anything that is not as specified."""
    try:
        return _assemble(_files(path))
    except Refused as refused:
        raise Failed(str(refused)) from None
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Failed(f"the bundle cannot be read: {error}") from None


def _files(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > MAX_TOTAL:
            raise Failed("the bundle is too large")
        files: dict[str, bytes] = {}
        for entry in entries:
            if _NAME.fullmatch(entry.filename) is None or entry.filename in files:
                raise Failed(f"unexpected file {entry.filename[:80]!r}")
            if entry.file_size > MAX_FILE:
                raise Failed(f"{entry.filename} is too large")
            files[entry.filename] = archive.read(entry)
    return files


def _assemble(files: dict[str, bytes]) -> Bundle:
    told = Fields(jcs.parse(files["bundle.json"]), code=_CODE)
    told.choice("format", "SBE/1 bundle")
    log, record = told.inner("log"), told.hex("record", 32)
    if sha256(files["facts.json"]).digest() != record:
        raise Failed("facts.json is not the record's")
    close = Fields(jcs.parse(files["close.json"]), code=_CODE, where="close")
    held = Fields(jcs.parse(files["manifest.json"]), code=_CODE, where="manifest")
    bundle = Bundle(
        lot=told.uuid("lot"),
        log_name=log.text("name"),
        log_key=log.hex("key", 32),
        policies=tuple(Policy.from_json(value) for value in _list(files["policies.json"])),
        envelopes={key: _envelope(raw) for key, raw in _folder(files, "envelopes", ".json")},
        withdrawals={key: _withdrawal(raw) for key, raw in _folder(files, "withdrawals", ".json")},
        close=close.text("checkpoint", cap=MAX_FILE),
        consistency=consistency(close),
        manifest=read_manifest(held.value("manifest")),
        releases=tuple(read_release(value) for value in _list(files["releases.json"])),
        opened={
            key: _opened(raw, files[f"openings/{key.hex()}.sealed"])
            for key, raw in _folder(files, "openings", ".json")
        },
        bindings=tuple(_binding(value) for value in _list(files["bindings.json"])),
        statement=files["openings.json"],
        facts=_object(files["facts.json"]),
        evaluation=read_evaluation(files),
        award=read_award(files),
    )
    for fields in (log, told, close, held):
        fields.done()
    return bundle


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
    fields = Fields(jcs.parse(raw), code=_CODE, where="envelope")
    header = envelope.parse_header(fields.text("header", cap=MAX_FILE).encode())
    found = Envelope(header, fields.hex("signature", 64), _receipt(fields.inner("receipt")))
    fields.done()
    return found


def _withdrawal(raw: bytes) -> Withdrawal:
    fields = Fields(jcs.parse(raw), code=_CODE, where="withdrawal")
    found = Withdrawal(fields.hex("signature", 64), _receipt(fields.inner("receipt")))
    fields.done()
    return found


def _receipt(fields: Fields) -> Receipt:
    """Other fields of a receipt (cosignatures, stamp) are for later steps."""
    fields.choice("format", "SBE/1 receipt")
    return Receipt(
        commitment=fields.hex("commitment", 32),
        leaf=fields.text("leaf", cap=MAX_FILE),
        index=fields.integer("index", 0, jcs.SAFE_INTEGER),
        tree_size=fields.integer("tree_size", 1, jcs.SAFE_INTEGER),
        path=hashes(fields.value("path")),
        checkpoint=fields.text("checkpoint", cap=MAX_FILE),
    )


def _opened(raw: bytes, sealed: bytes) -> Opened:
    fields = Fields(jcs.parse(raw), code=_CODE, where="opening")
    opening = fields.value("opening")
    if not isinstance(opening, dict):
        raise Failed("an opening is no object")
    found = Opened(fields.hex("cek", 32), opening, sealed)
    fields.done()
    return found


def _binding(value: object) -> Binding:
    fields = Fields(value, code=_CODE, where="binding")
    chain = fields.value("certificate_chain")
    if not isinstance(chain, list) or not 1 <= len(chain) <= 8:
        raise Failed("a binding has no certificate chain")
    found = Binding(
        commitment=fields.hex("commitment", 32),
        chain=tuple(bytes.fromhex(str(der)) for der in chain),
        signature=fields.hex("signature", 64),
    )
    fields.done()
    return found
