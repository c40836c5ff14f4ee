"""Evaluation and award as read from a bundle: docs/evaluation-bundle.md 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from kernel.pure import jcs
from kernel.pure.fields import Fields
from verifier.failure import Failed
from verifier.papers import Proof
from verifier.reading import consistency, hashes, proof, whole

FACTS: Final = "evaluation/facts.json"
AWARD: Final = "award/award.json"
SHEETS: Final = "evaluation/sheets/"
NAMES: Final = (
    r"evaluation/(facts|draw|answers|report|log)\.json"
    r"|evaluation/sheets/[0-9a-f]{64}\.json|award/(award|proof)\.json"
)
_CODE: Final = "LOG-1101"
_CAP: Final = 16 * 1024 * 1024
_SEATS: Final = 99


@dataclass(frozen=True, slots=True)
class SheetFile:
    """One sheet that counted."""

    text: bytes
    signature: bytes
    proof: Proof


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """One member's word on the report; no signature where a refusal was recorded."""

    seat: int
    answer: str
    opinion: str | None
    signature: bytes | None
    proof: Proof


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything published of one evaluation. Sheets are keyed by commitment."""

    raw: bytes
    facts: Mapping[str, Any]
    record: Mapping[str, Any]
    draw: Mapping[str, Proof]
    sheets: Mapping[bytes, SheetFile]
    answers: tuple[AnswerFile, ...]
    frozen: Proof
    issued: Proof
    checkpoint: str
    consistency: Mapping[int, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Award:
    """The award as the tenderee signed it, and its place in the log."""

    facts: Mapping[str, Any]
    proof: Proof
    consistency: tuple[bytes, ...]


def read(files: Mapping[str, bytes]) -> Evaluation | None:
    """The evaluation of a bundle, None when it holds an opening alone. Raises Failed, KeyError."""
    if FACTS not in files:
        for name in files:
            if name.startswith(("evaluation/", "award/")):
                raise Failed(f"{name} without {FACTS}")
        return None
    draw = _fields(files["evaluation/draw.json"], "draw")
    report = _fields(files["evaluation/report.json"], "report")
    log = _fields(files["evaluation/log.json"], "log")
    found = Evaluation(
        raw=files[FACTS],
        facts=_object(jcs.parse(files[FACTS])),
        record=_object(draw.value("record")),
        draw={
            name: _proof(Fields(v, code=_CODE)) for name, v in _object(draw.value("proofs")).items()
        },
        sheets={
            bytes.fromhex(name[len(SHEETS) : -len(".json")]): _sheet(_fields(raw, "sheet"))
            for name, raw in sorted(files.items())
            if name.startswith(SHEETS)
        },
        answers=_answers(files["evaluation/answers.json"]),
        frozen=_proof(report.inner("facts")),
        issued=_proof(report.inner("issued")),
        checkpoint=log.text("checkpoint", cap=_CAP),
        consistency=consistency(log),
    )
    for fields in (draw, report, log):
        fields.done()
    return found


def read_award(files: Mapping[str, bytes]) -> Award | None:
    """The award, None before there is one. Raises Failed, KeyError."""
    if AWARD not in files:
        return None
    fields = _fields(files["award/proof.json"], "award")
    facts = _object(jcs.parse(files[AWARD]))
    found = Award(facts, _proof(fields.inner("proof")), hashes(fields.value("consistency")))
    fields.done()
    return found


def _fields(raw: bytes, where: str) -> Fields:
    return Fields(jcs.parse(raw), code=_CODE, where=where)


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Failed("an object was expected")
    return dict(value)


def _proof(fields: Fields) -> Proof:
    return whole(fields, proof)


def _sheet(fields: Fields) -> SheetFile:
    found = SheetFile(
        fields.text("text", cap=_CAP).encode(),
        fields.hex("signature", 64),
        _proof(fields.inner("proof")),
    )
    fields.done()
    return found


def _answers(raw: bytes) -> tuple[AnswerFile, ...]:
    value = jcs.parse(raw)
    if not isinstance(value, list) or len(value) > _SEATS:
        raise Failed("a list was expected")
    return tuple(_answer(Fields(each, code=_CODE, where="answer")) for each in value)


def _answer(fields: Fields) -> AnswerFile:
    found = AnswerFile(
        seat=fields.integer("seat", 1, _SEATS),
        answer=fields.choice("answer", "agree", "dissent", "deemed"),
        opinion=fields.optional("opinion", lambda name: fields.text(name, cap=_CAP)),
        signature=fields.optional("signature", lambda name: fields.hex(name, 64)),
        proof=_proof(fields.inner("proof")),
    )
    for told in ("recorded_by", "reason", "at"):
        fields.value(told)
    fields.done()
    return found
