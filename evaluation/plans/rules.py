"""The evaluation plan as a frozen value: checks, items, weights, ties, seats. Pure.

条例 49: only what the tender documents say may decide; 评标委员会和评标方法暂行规定 29-35: the two
methods of tendering. Points are decimal, marks move in steps, money is fen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from evaluation.plans import pricing
from evaluation.plans.pricing import Pricing
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
    """How bids are compared: points, the evaluated price, or points for the money (性价比)."""

    COMPREHENSIVE = "comprehensive"
    LOWEST_EVALUATED = "lowest_evaluated"
    VALUE_FOR_MONEY = "value_for_money"


class ItemKind(StrEnum):
    """What a mark on an item says.

    RANGE: points between none and all; FIXED: none or all; DEDUCTION: points taken off all;
    DISCOUNT: percent off the price before the formula (小微企业价格扣除); DEVIATION: fen to be
    added to the price.
    """

    RANGE = "range"
    FIXED = "fixed"
    DEDUCTION = "deduction"
    DISCOUNT = "discount"
    DEVIATION = "deviation"


POINTED: Final = (ItemKind.RANGE, ItemKind.FIXED, ItemKind.DEDUCTION)
"""The kinds that give points."""


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

    Points, percent for DISCOUNT, fen for DEVIATION. `objective`: every member must come to the same
    mark.
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
    weight is 100; value for money has no price points). `pricing` is the benchmark that price
    points are given against; None: the low price first. `rounding` is the number of places kept,
    half up. `floor` is the fewest bids that may be ranked, `abnormal_percent` the distance from
    the mean that asks for a reason. `draws` are what is drawn in the opening hall, in this order.
    Without draws or pricing the JSON has no such field: plans from before keep their digest.
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
    pricing: Pricing | None = None

    @property
    def technical_weight(self) -> Decimal:
        """Points to be had for the technical part."""
        return sum((item.maximum for item in self.items if item.kind in POINTED), Decimal(0))

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
            **({"pricing": self.pricing.to_json()} if self.pricing else {}),
        }

    def digest(self) -> bytes:
        """SHA-256 of the canonical JSON: what the notice names."""
        return sha256(jcs.canonical(self.to_json())).digest()


def read_plan(value: object) -> Plan:
    """A plan from its JSON, whole and lawful.

    Raises:
        Refused: EVA-1101 a field is missing, unknown or malformed; EVA-1102 … EVA-1117 the first
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
        pricing=pricing.read(fields.inner("pricing")) if fields.has("pricing") else None,
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
        whole = item.step > 0 and item.maximum > 0 and item.maximum % item.step == 0
        if not whole or (item.kind is ItemKind.FIXED and item.step != item.maximum):
            return Refused("EVA-1106", name=item.name)
    off = [item for item in plan.items if item.kind is ItemKind.DISCOUNT]
    if sum((item.maximum for item in off), Decimal(0)) >= HUNDRED:
        return Refused("EVA-1106", name=off[-1].name)
    return None


_KINDS: Final = {
    Method.COMPREHENSIVE: (*POINTED, ItemKind.DISCOUNT),
    Method.VALUE_FOR_MONEY: POINTED,
    Method.LOWEST_EVALUATED: (ItemKind.DEVIATION, ItemKind.DISCOUNT),
}


def _kinds(plan: Plan) -> Refused | None:
    for item in plan.items:
        if item.kind not in _KINDS[plan.method]:
            return Refused("EVA-1107", name=item.name)
    return None


def _price(plan: Plan) -> Refused | None:
    lawful = {
        Method.COMPREHENSIVE: 0 < plan.price_weight < HUNDRED,
        Method.LOWEST_EVALUATED: plan.price_weight == HUNDRED,
        Method.VALUE_FOR_MONEY: plan.price_weight == 0,
    }[plan.method]
    return None if lawful else Refused("EVA-1108", weight=plain(plan.price_weight))


def _ties(plan: Plan) -> Refused | None:
    scored = plan.method is not Method.LOWEST_EVALUATED
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


def _pricing(plan: Plan) -> Refused | None:
    if plan.pricing is None:
        return None
    if plan.method is not Method.COMPREHENSIVE:
        return Refused("EVA-1117")
    return next(pricing.faults(plan.pricing, plan.price_weight, plan.draws), None)


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
    _pricing,
)


def _read_check(fields: Fields) -> Check:
    check = Check(
        fields.text("key", pattern=KEY), fields.text("name", cap=60), fields.text("rule", cap=500)
    )
    fields.done()
    return check


def _read_item(fields: Fields) -> Item:
    kind = ItemKind(fields.choice("kind", *ItemKind))
    number = FEN if kind is ItemKind.DEVIATION else POINTS
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
