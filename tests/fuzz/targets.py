"""Everything that reads bytes of strangers, each with inputs that are right and what must hold.

A target takes any bytes. It may refuse by code; whatever else it raises is a fault. What it accepts
must be told again as the very same bytes: two readers never see two things in one input.
"""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from kernel.crypto.signatures import verify_ed25519
from kernel.pure import (
    checkpoints,
    envelope,
    jcs,
    manifests,
    messages,
    receipts,
    timestamps,
    witness,
)
from kernel.pure.errors import Refused
from tests.fuzz import banks
from tests.sealing import stranger_tools
from tests.sealing.stranger_form import is_header
from tests.sealing_writer import LOT, Committee, write_envelope
from tests.verifier.written import LATE, Opening
from verifier import bundle
from verifier.failure import Failed

# The bundle's reader takes a path; a file that never reaches a disk costs least.
_HERE: Final = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())


@dataclass(frozen=True, slots=True)
class Target:
    """One reader: its name, what it does with bytes, and right inputs to begin with."""

    name: str
    read: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


def run(target: Target, data: bytes) -> bool:
    """Whether the target took the bytes. Raises whatever is neither that nor a refusal."""
    try:
        target.read(data)
    except (Refused, Failed):
        return False
    return True


# --- readers ------------------------------------------------------------------------------------


def _header(data: bytes) -> None:
    # Written from the specification alone: what it takes is taken, and nothing else.
    by_the_text = is_header(data)
    try:
        header = envelope.parse_header(data)
    except Refused:
        assert not by_the_text
        raise
    assert by_the_text
    assert header.raw == data
    envelope.binding_message(header)
    envelope.known_roots([header])
    assert header.policy.digest().hex() == header.context.policy_digest
    assert jcs.canonical(header.policy.to_json()) in data
    assert jcs.canonical(header.context.to_json()) in data


def _json(data: bytes) -> None:
    value = jcs.parse(data)
    assert jcs.canonical(value) == data
    # Who wrote the format a second time reads and writes the same.
    assert json.loads(data) == value
    assert stranger_tools.jcs(value) == data


def _note(data: bytes) -> None:
    text = _text(data)
    note = checkpoints.parse_note(text)
    lines = [
        checkpoints.signature_line(line.name, line.key_id, line.signature)
        for line in note.signatures
    ]
    assert checkpoints.format_note(note.text, *lines) == text
    body = checkpoints.parse_body(note.text)
    assert body.body() == note.text


def _witness(data: bytes) -> None:
    request = witness.read_request(_text(data))
    with suppress(Refused):
        witness.judge(request, witness.Seen())


def _manifest(data: bytes) -> None:
    manifest = manifests.read_manifest(jcs.parse(data))
    assert jcs.canonical(manifest.to_json()) == data


def _release(data: bytes) -> None:
    release = messages.read_release(jcs.parse(data))
    assert jcs.canonical(release.to_json()) == data
    release.message()


def _rescue(data: bytes) -> None:
    value = jcs.parse(data)
    form = value.get("format") if isinstance(value, dict) else None
    told: messages.RescueRelease | messages.RescueRequest
    if form == "SBE/1 rescue release":
        told = messages.read_rescue_release(value)
    else:
        told = messages.read_rescue_request(value)
    assert jcs.canonical(told.to_json()) == data
    told.message()


def _receipt(data: bytes) -> None:
    """Whatever of it is changed: a receipt that still proves something proves what it did."""
    log, subjects = _log()
    assert receipts.prove(jcs.parse(data), log, verify_ed25519).subject in subjects


def _stamp(data: bytes) -> None:
    timestamps.read_token(data)


def _bundle(data: bytes) -> None:
    """Read only: what the steps say of it is compared in `agree`."""
    path = _HERE / f"sunbid-fuzz-{os.getpid()}.zip"
    path.write_bytes(data)
    try:
        bundle.read(path)
    finally:
        path.unlink()


def _bundled(data: bytes) -> None:
    """A bundle whole but for one file: the first byte says which, the rest is its content."""
    files = whole_files()
    names = sorted(files)
    name = names[data[0] % len(names)] if data else "bundle.json"
    _bundle(zipped({**files, name: data[1:]}))


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Refused("LOG-1002", what="text") from None


# --- right inputs -------------------------------------------------------------------------------


@cache
def _headers() -> list[bytes]:
    policy = Committee(threshold=2, count=3).policy()
    return [write_envelope(policy, recovery=code).raw for code in (None, bytes(32))]


def _notes() -> list[bytes]:
    body = checkpoints.Checkpoint("sunbid.test/log demo", 7, bytes(32), ("time 2026-12-01",)).body()
    lines = [checkpoints.signature_line(f"s{n}", bytes(4), bytes(64 + 8 * n)) for n in (0, 1)]
    return [checkpoints.format_note(body, *lines).encode()]


def _requests() -> list[bytes]:
    note = _notes()[0].decode()
    return [witness.format_request(3, (bytes(32), bytes(32)), note).encode()]


def _manifests() -> list[bytes]:
    sealed = manifests.Sealed(bytes(32), "00" * 16, "11" * 32, 1, 5)
    taken = manifests.Withdrawn(bytes(32), "22" * 32, 9)
    entries = (sealed, taken)
    return [jcs.canonical(manifests.Manifest(LOT, entries).to_json())]


def _releases() -> list[bytes]:
    share = messages.ReleasedShare(bytes(32), "00" * 16, bytes(32))
    stage = messages.ReleaseStage.LIST
    release = messages.Release(LOT, bytes(32), stage, 1, (share, share), bytes(64))
    return [jcs.canonical(release.to_json())]


def _rescues() -> list[bytes]:
    release = messages.RescueRelease(LOT, bytes(32), 1, bytes(32), bytes(64))
    chain = (bytes(300), bytes(300))
    request = messages.RescueRequest(LOT, bytes(32), "ENV-3101", bytes(65), chain, bytes(64))
    return [jcs.canonical(each.to_json()) for each in (release, request)]


def _texts() -> list[bytes]:
    return [
        b'{"\\u0000":{},"a":[1,-2,true,null,"\xe4\xb8\xad"]}',
        b'{"a":9007199254740991,"b":"\\"\\\\\\b\\f\\n\\r\\t"}',
        '{"😀":0,"\ufb33":1}'.encode(),
        *_headers(),
    ]


def _stamps() -> list[bytes]:
    """An authority's token, and the outermost shape of one."""
    token: str = json.loads(whole_files()["close.json"])["stamp"]
    signed = bytes.fromhex("06092a864886f70d010702a0023000")
    return [bytes.fromhex(token), b"\x30" + bytes([len(signed)]) + signed]


@cache
def whole_files() -> dict[str, bytes]:
    """Files of a whole bundle whose proofs hold."""
    return Opening(closed=LATE).files


@cache
def _log() -> tuple[receipts.LogKey, set[bytes]]:
    """The bundle's log, and what its receipts are about."""
    told = json.loads(whole_files()["bundle.json"])["log"]
    log = receipts.LogKey(told["name"], bytes.fromhex(told["key"]))
    return log, {receipts.prove(proof, log, verify_ed25519).subject for proof in _proofs()}


@cache
def _proofs() -> list[object]:
    """Receipts of a bundle, and its refusals."""
    files = whole_files()
    folders = ("envelopes/", "withdrawals/")
    found = [json.loads(raw)["receipt"] for name, raw in files.items() if name.startswith(folders)]
    return [*found, *json.loads(files["refusals.json"])["submissions"]]


def zipped(files: dict[str, bytes]) -> bytes:
    """The ZIP of a bundle's files."""
    told = BytesIO()
    with zipfile.ZipFile(told, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return told.getvalue()


def _one_file_each() -> list[bytes]:
    return [bytes([at]) + raw for at, (_, raw) in enumerate(sorted(whole_files().items()))]


TARGETS: Final = (
    Target("header", _header, _headers),
    Target("json", _json, _texts),
    Target("note", _note, _notes),
    Target("witness", _witness, _requests),
    Target("manifest", _manifest, _manifests),
    Target("release", _release, _releases),
    Target("rescue", _rescue, _rescues),
    Target("receipt", _receipt, lambda: [jcs.canonical(proof) for proof in _proofs()]),
    Target("stamp", _stamp, _stamps),
    Target("bundle", _bundle, lambda: [zipped(whole_files())]),
    Target("bundled", _bundled, _one_file_each),
    *(Target(*each) for each in banks.READERS),
)
