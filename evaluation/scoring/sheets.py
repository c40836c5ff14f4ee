"""One member's sheet on one bid: its canonical text, its commitment, and what makes it valid. Pure.

评标委员会和评标方法暂行规定 35: each member marks alone. A sheet's text binds room, stage, seat and
bid; its salted hash is logged at submission, the text shown only when all are in.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from evaluation.plans.rules import FEN, POINTS, Item, ItemKind, Plan
from kernel.pure import jcs
from kernel.pure.errors import Refused
from kernel.pure.fields import Fields
from kernel.pure.hkdf import labelled_hash
from kernel.pure.parameters import plain

FORMAT: Final = "sunbid sheet/1"
LABEL: Final = FORMAT.encode() + b"\x00"
NOTE: Final = 200
CLASSES: Final = (4096, 8192, 16384, 32768, 65536)
"""Sizes that padded sheets come in, so that a length tells no mark."""


class SheetStage(StrEnum):
    """The stages that are marked; the words are those of the room's stages."""

    QUALIFICATION = "qualification"
    TECHNICAL = "technical"


class Answer(StrEnum):
    """A mark on a check."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Mark:
    """What one member puts on one check or item: "pass", "fail", points or fen; and a note."""

    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sheet belongs; a sheet of another place counts for nothing."""

    room: UUID
    stage: SheetStage
    seat: int
    bid: bytes

    def info(self) -> bytes:
        """What HPKE binds the sealed sheet to."""
        words = (FORMAT, str(self.room), self.stage.value, self.bid.hex(), str(self.seat))
        return b"\x00".join(word.encode() for word in words)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as its author wrote it."""

    place: Place
    marks: Mapping[str, Mark]


@dataclass(frozen=True, slots=True)
class SealedSheet:
    """A sheet as it comes in: `sealed` is the encapsulated key ‖ HPKE ciphertext, padded."""

    stage: SheetStage
    bid: bytes
    commitment: bytes
    sealed: bytes
    signature: bytes


def commitment(text: bytes) -> bytes:
    """SHA-256("sunbid sheet/1" ‖ 0x00 ‖ canonical text): what is signed and logged."""
    return labelled_hash(LABEL, text)


def signed_message(committed: bytes) -> bytes:
    """What the author's certificate key signs; the label keeps other signatures from fitting."""
    return FORMAT.encode() + b" signature\x00" + committed


def padded(text: bytes) -> bytes:
    """Length, text, zeros up to a size class. Raises ValueError above the largest."""
    for size in CLASSES:
        if len(text) + 4 <= size:
            return (len(text).to_bytes(4, "big") + text).ljust(size, b"\x00")
    raise ValueError("a sheet of more than 64 KiB")


def unpadded(raw: bytes) -> bytes:
    """Undo `padded`. Refuses EVA-1211."""
    end = 4 + int.from_bytes(raw[:4], "big")
    if len(raw) not in CLASSES or end > len(raw) or any(raw[end:]):
        raise Refused("EVA-1211")
    return raw[4:end]


def read(text: bytes) -> Sheet:
    """A sheet from its canonical text; marks are not judged yet. Refuses EVA-1211."""
    try:
        value = jcs.parse(text)
    except Refused:
        raise Refused("EVA-1211") from None
    fields = Fields(value, code="EVA-1211")
    fields.choice("format", FORMAT)
    place = Place(
        room=UUID(fields.uuid("room")),
        stage=SheetStage(fields.choice("stage", *SheetStage)),
        seat=fields.integer("seat", 1, 99),
        bid=fields.hex("bid", 32),
    )
    marks = fields.value("marks")
    fields.hex("salt", 32)
    fields.done()
    if not isinstance(marks, dict) or len(marks) > 200:
        raise Refused("EVA-1211")
    return Sheet(place, MappingProxyType({key: _mark(each) for key, each in marks.items()}))


def judge(sheet: Sheet, plan: Plan, place: Place) -> None:
    """Let a sheet count at its place under the plan.

    Raises:
        Refused: EVA-1212 another place; EVA-1215 a mark is missing or of nothing in the plan;
            EVA-1216 no such mark, or out of range; EVA-1217 between two steps; EVA-1218 a failure
            without its reason.
    """
    if sheet.place != place:
        raise Refused("EVA-1212")
    rules = _RULES[place.stage](plan)
    names = {key: name for key, (name, _) in rules.items()}
    for key in sorted(set(names) ^ set(sheet.marks)):
        raise Refused("EVA-1215", name=names.get(key, "计划以外的项"))
    for key, (_, rule) in rules.items():
        rule(sheet.marks[key])


def _mark(value: object) -> Mark:
    fields = Fields(value, code="EVA-1211")
    found = fields.text("value", cap=20)
    note = fields.value("note")
    fields.done()
    if not isinstance(note, str) or len(note) > NOTE:
        raise Refused("EVA-1211")
    return Mark(found, note)


Rule = Callable[[Mark], None]


def _checks(plan: Plan) -> dict[str, tuple[str, Rule]]:
    def rule_of(name: str) -> Rule:
        def rule(mark: Mark) -> None:
            if mark.value not in tuple(Answer):
                raise Refused("EVA-1216", name=name, low=Answer.PASS.value, high=Answer.FAIL.value)
            if mark.value == Answer.FAIL and not mark.note.strip():
                raise Refused("EVA-1218", name=name)

        return rule

    return {check.key: (check.name, rule_of(check.name)) for check in plan.checks}


def _items(plan: Plan) -> dict[str, tuple[str, Rule]]:
    def rule_of(item: Item) -> Rule:
        return lambda mark: _in_range(item, mark.value)

    return {item.key: (item.name, rule_of(item)) for item in plan.items}


def _in_range(item: Item, text: str) -> None:
    pattern = FEN if item.kind is ItemKind.DEVIATION else POINTS
    outside = Refused("EVA-1216", name=item.name, low="0", high=plain(item.maximum))
    if re.fullmatch(pattern, text, re.ASCII) is None:
        raise outside
    value = Decimal(text)
    if value > item.maximum or plain(value) != text:
        raise outside
    if value % item.step != 0:
        raise Refused("EVA-1217", name=item.name, step=plain(item.step))


_RULES: Mapping[SheetStage, Callable[[Plan], dict[str, tuple[str, Rule]]]] = MappingProxyType(
    {SheetStage.QUALIFICATION: _checks, SheetStage.TECHNICAL: _items}
)
