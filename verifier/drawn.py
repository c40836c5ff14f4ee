"""draws.json as values, read strictly: parts, orders, parameters and the notice that named them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kernel.pure import parameters
from kernel.pure.fields import Fields
from kernel.pure.parameters import Drawn, Parameter
from verifier import reading
from verifier.failure import Failed
from verifier.papers import Proof
from verifier.reading import CODE, MANY


@dataclass(frozen=True, slots=True)
class LotDraw:
    """One order that was drawn: its name, seed, the options and how they fell."""

    name: str
    seed: bytes
    options: tuple[bytes, ...]
    order: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class DrawnParameter:
    """One parameter that was drawn; `told` is the whole object."""

    parameter: Parameter
    drawn: Drawn
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice that published what is drawn, with its leaf."""

    body: Mapping[str, Any]
    proof: Proof


@dataclass(frozen=True, slots=True)
class Draws:
    """Draw parts by commitment, None where the shares rebuild no right one; the lot's draws."""

    parts: Mapping[bytes, bytes | None]
    draws: tuple[LotDraw, ...]
    parameters: tuple[DrawnParameter, ...]
    notice: Notice | None


def read(fields: Fields) -> Draws:
    """draws.json."""
    parts: dict[bytes, bytes | None] = {}
    for each in fields.items("parts", low=0, high=MANY):
        named, part = each.hex("commitment", 32), each.value("part")
        if parts and named <= max(parts):
            raise Failed("draw parts are out of order")
        parts[named] = None if part is None else reading.hex_bytes(part, 32)
        each.done()
    return Draws(
        parts,
        tuple(reading.whole(each, _order) for each in fields.items("draws", low=0, high=MANY)),
        tuple(_parameters(fields.value("parameters"))),
        fields.optional("notice", lambda name: reading.whole(fields.inner(name), _notice)),
    )


def _order(fields: Fields) -> LotDraw:
    return LotDraw(
        name=fields.text("name"),
        seed=fields.hex("seed", 32),
        options=_commitments(fields.value("options")),
        order=_commitments(fields.value("order")),
    )


def _parameters(value: object) -> Iterator[DrawnParameter]:
    if not isinstance(value, list) or len(value) > parameters.MOST:
        raise Failed("drawn parameters are no list")
    for each in value:
        fields = Fields(each, code=CODE, where="parameters")
        parameter = parameters.read(fields.inner("parameter"))
        yield DrawnParameter(parameter, reading.whole(fields, _drawn(parameter.name)), dict(each))


def _drawn(name: str) -> Callable[[Fields], Drawn]:
    return lambda fields: Drawn(
        name=name,
        options=fields.texts("options", low=0, high=MANY, cap=64),
        index=fields.optional("index", lambda field: fields.integer(field, 0, MANY)),
        value=fields.optional("value", lambda field: fields.text(field, cap=64)),
        seed=fields.hex("seed", 32),
    )


def _notice(fields: Fields) -> Notice:
    body = fields.value("body")
    if not isinstance(body, dict):
        raise Failed("the notice is no object")
    return Notice(body, reading.whole(fields.inner("proof"), reading.proof))


def _commitments(value: object) -> tuple[bytes, ...]:
    if not isinstance(value, list):
        raise Failed("a draw is no list of commitments")
    return tuple(reading.hex_bytes(each, 32) for each in value)
