"""The evaluation plan as a frozen value: checks, items, weights, ties, seats. Pure.

条例 49: only what the tender documents say may decide; 评标委员会和评标方法暂行规定 29-35: the two
methods. Points are decimal, marks move in steps, money is fen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from kernel.pure import jcs, parameters
from kernel.pure.errors import Refused
from kernel.pure.fields import Fields
from kernel.pure.parameters import Parameter, plain

FORMAT: Final = "sunbid evaluation plan/1"
HUNDRED: Final = Decimal(100)
KEY: Final = r"[a-z][a-z0-9_]{0,31}"
POINTS: Final = r"(0|[1-9][0-9]{0,2})(\.[0-9]{1,2})?"
FEN: Final = r"0|[1-9][0-9]{0,14}"


class Method(StrEnum):
    """How bids are compared."""

    COMPREHENSIVE = "comprehensive"
    LOWEST_EVALUATED = "lowest_evaluated"


class ItemKind(StrEnum):
    """What a mark on an item says: points, or fen to be added to the price."""

    RANGE = "range"
    DEVIATION = "deviation"


class Tie(StrEnum):
    """What decides between equal results, in the order of the documents."""

    PRICE = "price"
    TECHNICAL = "technical"
    DRAW = "draw"


@dataclass(frozen=True, slots=True)
class Check:
    """One requirement of the qualification stage: passed or failed."""

    key: str
    name: str
    rule: str


@dataclass(frozen=True, slots=True)
class Item:
    """One criterion of the technical stage; marks are 0 … `maximum` in whole `step`s.

    Points for RANGE, fen for DEVIATION. `objective`: every member must come to the same mark.
    """

    key: str
    name: str
    rule: str
    kind: ItemKind
    maximum: Decimal
    step: Decimal
    objective: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides an evaluation, as published with the documents.

    `price_weight` and the items' points sum to 100 (the lowest evaluated price has no points: its
    weight is 100). `rounding` is the number of places kept, half up. `floor` is the fewest bids
    that may be ranked, `abnormal_percent` the distance from the mean that asks for a reason.
    `draws` are what is drawn in the opening hall, in this order; without any the JSON has no such
    field, so that plans from before have the digest they had.
    """

    method: Method
    checks: tuple[Check, ...]
    items: tuple[Item, ...]
    price_weight: Decimal
    ties: tuple[Tie, ...]
    trim: bool
    rounding: int
    candidates: int
    seats: int
    avoidance_years: int
    leader_rounds: int
    abnormal_percent: int
    floor: int
    draws: tuple[Parameter, ...] = ()

    @property
    def technical_weight(self) -> Decimal:
        """Points to be had for the technical part."""
        return sum((i.maximum for i in self.items if i.kind is ItemKind.RANGE), Decimal(0))

    def item(self, key: str) -> Item | None:
        """The item of this key."""
        return next((item for item in self.items if item.key == key), None)

    def to_json(self) -> dict[str, Any]:
        """The JSON that `read_plan` reads; decimals as text."""
        return {
            "format": FORMAT,
            "method": self.method.value,
            "checks": [{"key": c.key, "name": c.name, "rule": c.rule} for c in self.checks],
            "items": [_item_json(item) for item in self.items],
            "price_weight": plain(self.price_weight),
            "ties": [tie.value for tie in self.ties],
            "trim": self.trim,
            "rounding": self.rounding,
            "candidates": self.candidates,
            "seats": self.seats,
            "avoidance_years": self.avoidance_years,
            "leader_rounds": self.leader_rounds,
            "abnormal_percent": self.abnormal_percent,
            "floor": self.floor,
            **({"draws": [each.to_json() for each in self.draws]} if self.draws else {}),
        }

    def digest(self) -> bytes:
        """SHA-256 of the canonical JSON: what the notice names."""
        return sha256(jcs.canonical(self.to_json())).digest()


def read_plan(value: object) -> Plan:
    """A plan from its JSON, whole and lawful.

    Raises:
        Refused: EVA-1101 a field is missing, unknown or malformed; EVA-1102 … EVA-1112 the first
            fault that `faults` finds.
    """
    plan = parse_plan(value)
    for fault in faults(plan):
        raise fault
    return plan


def parse_plan(value: object) -> Plan:
    """The shape alone, for an editor that shows every fault. Raises Refused EVA-1101."""
    fields = Fields(value, code="EVA-1101")
    fields.choice("format", FORMAT)
    plan = Plan(
        method=Method(fields.choice("method", *Method)),
        checks=tuple(_read_check(each) for each in fields.items("checks", low=0, high=60)),
        items=tuple(_read_item(each) for each in fields.items("items", low=0, high=100)),
        price_weight=Decimal(fields.text("price_weight", pattern=POINTS)),
        ties=_read_ties(fields.value("ties")),
        trim=_flag(fields, "trim"),
        rounding=fields.integer("rounding", 0, 6),
        candidates=fields.integer("candidates", 0, 99),
        seats=fields.integer("seats", 0, 99),
        avoidance_years=fields.integer("avoidance_years", 1, 50),
        leader_rounds=fields.integer("leader_rounds", 1, 9),
        abnormal_percent=fields.integer("abnormal_percent", 1, 100),
        floor=fields.integer("floor", 1, 99),
        draws=tuple(map(parameters.read, fields.some("draws", most=parameters.MOST))),
    )
    fields.done()
    return plan


def faults(plan: Plan) -> tuple[Refused, ...]:
    """Everything unlawful or senseless about a plan; empty when it may be published."""
    return tuple(fault for rule in _RULES for fault in (rule(plan),) if isinstance(fault, Refused))


def _weights(plan: Plan) -> Refused | None:
    total = plan.price_weight + plan.technical_weight
    return None if total == HUNDRED else Refused("EVA-1102", total=plain(total))


def _keys(plan: Plan) -> Refused | None:
    seen: set[str] = set()
    for key in [c.key for c in plan.checks] + [i.key for i in plan.items]:
        if key in seen:
            return Refused("EVA-1103", key=key)
        seen.add(key)
    return None


def _seats(plan: Plan) -> Refused | None:
    lawful = plan.seats >= 5 and plan.seats % 2 == 1
    return None if lawful else Refused("EVA-1104", seats=plan.seats)


def _candidates(plan: Plan) -> Refused | None:
    return None if 1 <= plan.candidates <= 3 else Refused("EVA-1105", candidates=plan.candidates)


def _ranges(plan: Plan) -> Refused | None:
    for item in plan.items:
        if item.maximum <= 0 or item.step <= 0 or item.maximum % item.step != 0:
            return Refused("EVA-1106", name=item.name)
    return None


def _kinds(plan: Plan) -> Refused | None:
    scored = plan.method is Method.COMPREHENSIVE
    wanted = ItemKind.RANGE if scored else ItemKind.DEVIATION
    for item in plan.items:
        if item.kind is not wanted:
            return Refused("EVA-1107", name=item.name)
    return None


def _price(plan: Plan) -> Refused | None:
    scored = plan.method is Method.COMPREHENSIVE
    lawful = 0 < plan.price_weight < HUNDRED if scored else plan.price_weight == HUNDRED
    return None if lawful else Refused("EVA-1108", weight=plain(plan.price_weight))


def _ties(plan: Plan) -> Refused | None:
    scored = plan.method is Method.COMPREHENSIVE
    lawful = (
        bool(plan.ties)
        and plan.ties[-1] is Tie.DRAW
        and len(set(plan.ties)) == len(plan.ties)
        and (scored or Tie.TECHNICAL not in plan.ties)
    )
    return None if lawful else Refused("EVA-1109")


def _draws(plan: Plan) -> Refused | None:
    for name in parameters.repeated(plan.draws):
        return Refused("EVA-1110", name=name)
    for title in parameters.unordered(plan.draws):
        return Refused("EVA-1111", title=title)
    for title in parameters.senseless(plan.draws):
        return Refused("EVA-1112", title=title)
    return None


_RULES: tuple[Callable[[Plan], Refused | None], ...] = (
    _weights,
    _keys,
    _seats,
    _candidates,
    _ranges,
    _kinds,
    _price,
    _ties,
    _draws,
)


def _read_check(fields: Fields) -> Check:
    check = Check(
        fields.text("key", pattern=KEY), fields.text("name", cap=60), fields.text("rule", cap=500)
    )
    fields.done()
    return check


def _read_item(fields: Fields) -> Item:
    kind = ItemKind(fields.choice("kind", *ItemKind))
    number = POINTS if kind is ItemKind.RANGE else FEN
    item = Item(
        key=fields.text("key", pattern=KEY),
        name=fields.text("name", cap=60),
        rule=fields.text("rule", cap=500),
        kind=kind,
        maximum=Decimal(fields.text("maximum", pattern=number)),
        step=Decimal(fields.text("step", pattern=number)),
        objective=_flag(fields, "objective"),
    )
    fields.done()
    return item


def _item_json(item: Item) -> dict[str, Any]:
    return {
        "key": item.key,
        "name": item.name,
        "rule": item.rule,
        "kind": item.kind.value,
        "maximum": plain(item.maximum),
        "step": plain(item.step),
        "objective": item.objective,
    }


def _read_ties(value: object) -> tuple[Tie, ...]:
    known = {tie.value: tie for tie in Tie}
    if not isinstance(value, list) or any(
        not isinstance(each, str) or each not in known for each in value
    ):
        raise Refused("EVA-1101", field="ties")
    return tuple(known[each] for each in value)


def _flag(fields: Fields, name: str) -> bool:
    value = fields.value(name)
    if not isinstance(value, bool):
        raise Refused("EVA-1101", field=name)
    return value
