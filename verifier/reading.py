"""Reading the papers of a bundle strictly; nothing is checked beyond its form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from kernel.pure import jcs
from kernel.pure.fields import Fields
from verifier.failure import Failed
from verifier.papers import (
    Close,
    Decision,
    Declined,
    Proof,
    Receipt,
    Refusals,
    RefusedRelease,
    Witnessed,
)

T = TypeVar("T")

CODE: Final = "LOG-1101"
RECEIPT: Final = "SBE/1 receipt"
REFUSAL: Final = "SBE/1 refusal"
LATE_CLOSE: Final = "SBE/1 late close"
DECLINED: Final = "SBE/1 release refusal"
MAX_TEXT: Final = 16 * 1024 * 1024
MAX_DELTA: Final = 60
MANY: Final = 100_000
_SEATS: Final = 15
_PATH: Final = 64
_SIGNERS: Final = 16


def told(raw: bytes, where: str) -> Fields:
    """The object of a file. Refuses LOG-1101."""
    return Fields(jcs.parse(raw), code=CODE, where=where)


def whole(fields: Fields, read: Callable[[Fields], T]) -> T:
    """What `read` makes of an object, which must hold nothing else."""
    found = read(fields)
    fields.done()
    return found


def listed(raw: bytes, where: str, read: Callable[[Fields], T]) -> tuple[T, ...]:
    """A file that is a list of objects. Raises Failed."""
    value = jcs.parse(raw)
    if not isinstance(value, list):
        raise Failed(f"{where} is no list")
    return tuple(whole(Fields(each, code=CODE, where=where), read) for each in value)


def hashes(value: object) -> tuple[bytes, ...]:
    """A list of hashes in hexadecimal. Raises Failed."""
    if not isinstance(value, list) or len(value) > _PATH:
        raise Failed("a proof is no list of hashes")
    return tuple(hex_bytes(step, 32) for step in value)


def consistency(fields: Fields) -> dict[int, tuple[bytes, ...]]:
    """Proofs by the size of the older tree."""
    proofs: dict[int, tuple[bytes, ...]] = {}
    for item in fields.items("consistency", low=0, high=MANY):
        size = item.integer("old_size", 1, jcs.SAFE_INTEGER)
        if size in proofs:
            raise Failed("a consistency proof is there twice")
        proofs[size] = hashes(item.value("path"))
        item.done()
    return proofs


def proof(fields: Fields) -> Proof:
    """The five fields of a proof; the caller asks whether there are more."""
    return Proof(
        leaf=fields.text("leaf", cap=MAX_TEXT),
        index=fields.integer("index", 0, jcs.SAFE_INTEGER),
        tree_size=fields.integer("tree_size", 1, jcs.SAFE_INTEGER),
        path=hashes(fields.value("path")),
        checkpoint=fields.text("checkpoint", cap=MAX_TEXT),
    )


def receipt(value: object, form: str = RECEIPT) -> Receipt:
    """A receipt, or a refusal receipt, from its JSON object. Refuses LOG-1101."""
    fields = Fields(value, code=CODE, where=form)
    fields.choice("format", form)
    commitment, held = fields.hex("commitment", 32), proof(fields)
    witnessed = _witnessed(fields, held.checkpoint)
    refused = form == REFUSAL
    found = Receipt(
        commitment=commitment,
        proof=held,
        witnessed=witnessed,
        message=form.encode() + _without(value, "platform_signature"),
        platform_signature=fields.hex("platform_signature", 64),
        code=fields.text("code") if refused else None,
        at=fields.text("at") if refused else None,
    )
    fields.done()
    return found


def close(fields: Fields) -> Close:
    """close.json."""
    return Close(
        witnessed=_witnessed(fields, fields.text("checkpoint", cap=MAX_TEXT)),
        delta=fields.integer("delta", 0, MAX_DELTA),
        decision=_decision(fields.value("decision")),
        consistency=consistency(fields),
    )


def refusals(fields: Fields) -> Refusals:
    """refusals.json."""
    submissions = fields.value("submissions")
    if not isinstance(submissions, list):
        raise Failed("the refused submissions are no list")
    return Refusals(
        submissions=tuple(receipt(each, REFUSAL) for each in submissions),
        releases=tuple(
            whole(each, _refused_release) for each in fields.items("releases", low=0, high=MANY)
        ),
        declined=tuple(
            whole(each, _declined) for each in fields.items("declined", low=0, high=MANY)
        ),
        checkpoint=fields.text("checkpoint", cap=MAX_TEXT),
        consistency=consistency(fields),
    )


def certificates(value: object) -> tuple[bytes, ...]:
    """Up to 16 certificates in DER. Raises Failed."""
    if not isinstance(value, list) or len(value) > _SIGNERS:
        raise Failed("the stamping certificates are no list")
    return tuple(hex_bytes(der) for der in value)


def chain(value: object) -> tuple[bytes, ...]:
    """1 to 8 certificates in DER, leaf first. Raises Failed."""
    if not isinstance(value, list) or not 1 <= len(value) <= 8:
        raise Failed("there is no certificate chain")
    return tuple(hex_bytes(der) for der in value)


def _witnessed(fields: Fields, note: str) -> Witnessed:
    lines, stamp = fields.value("cosignatures"), fields.value("stamp")
    if not isinstance(lines, list) or len(lines) > _SIGNERS:
        raise Failed("cosignatures are no list of lines")
    if not all(isinstance(line, str) and line for line in lines):
        raise Failed("cosignatures are no list of lines")
    return Witnessed(note, tuple(map(str, lines)), None if stamp is None else hex_bytes(stamp))


def _decision(value: object) -> Decision | None:
    if value is None:
        return None
    fields = Fields(value, code=CODE, where="decision")
    fields.choice("format", LATE_CLOSE)
    fields.text("reason", cap=1000)
    found = Decision(
        lot=fields.uuid("lot"),
        checkpoint=fields.hex("checkpoint", 32),
        manifest=fields.hex("manifest", 32),
        verdict=fields.choice("verdict", "go_on", "return"),
        chain=chain(fields.value("certificate_chain")),
        message=LATE_CLOSE.encode() + _without(value, "certificate_chain", "signature"),
        signature=fields.hex("signature", 64),
    )
    fields.done()
    return found


def _refused_release(fields: Fields) -> RefusedRelease:
    return RefusedRelease(
        trustee=fields.integer("trustee", 1, _SEATS),
        stage=fields.choice("stage", "list", "open"),
        code=fields.text("code"),
        at=fields.text("at"),
        proof=whole(fields.inner("proof"), proof),
    )


def _declined(fields: Fields) -> Declined:
    value = fields.value("refusal")
    inner = Fields(value, code=CODE, where="refusal")
    inner.choice("format", DECLINED)
    inner.text("reason", cap=500)
    inner.choice("stage", "list", "open")
    found = Declined(
        lot=inner.uuid("lot"),
        manifest=inner.hex("manifest", 32),
        trustee=inner.integer("trustee", 1, _SEATS),
        value=dict(value) if isinstance(value, dict) else {},
        message=DECLINED.encode() + _without(value, "signature"),
        signature=inner.hex("signature", 64),
        proof=whole(fields.inner("proof"), proof),
    )
    inner.done()
    return found


def hex_bytes(value: object, size: int | None = None) -> bytes:
    """Lowercase hexadecimal. Raises Failed."""
    if not isinstance(value, str) or value != value.lower() or not value.isalnum():
        raise Failed("hexadecimal text was expected")
    raw = bytes.fromhex(value)
    if size is not None and len(raw) != size:
        raise Failed(f"{size} bytes were expected")
    return raw


def _without(value: object, *names: str) -> bytes:
    """JCS of an object without the named fields. Raises Failed."""
    if not isinstance(value, dict):
        raise Failed("an object was expected")
    return jcs.canonical({name: held for name, held in value.items() if name not in names})
