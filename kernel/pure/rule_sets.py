"""Rule sets: the law's numbers as typed, sourced values, read from TOML text.

Marks: S statute text checked, P seen in practice, U not checked. Law changes are new versions of
the data, never an `if date >` in rules.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from kernel.pure.errors import Refused
from kernel.pure.fields import Fields


class Regime(StrEnum):
    """The body of law a rule belongs to."""

    TENDERING = "tendering"
    GOVERNMENT_PROCUREMENT = "government_procurement"
    PROPERTY_RIGHTS = "property_rights"
    LAND = "land"
    ENVIRONMENTAL = "environmental"


class Mark(StrEnum):
    """How well a rule's source is established."""

    STATUTE = "S"
    PRACTICE = "P"
    UNCHECKED = "U"


@dataclass(frozen=True, slots=True)
class Rule:
    """One value of a rule set. `reason` says why a centre's value differs from the default."""

    name: str
    value: int
    unit: str
    source: str
    mark: Mark
    default: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules of a regime from a date on; the version stands on each tender's row."""

    version: str
    regime: Regime
    effective_from: date
    rules: Mapping[str, Rule]

    def rule(self, name: str) -> Rule:
        """The rule of that name; refuses RUL-0002 when the set has none."""
        if name not in self.rules:
            raise Refused("RUL-0002", name=name, version=self.version)
        return self.rules[name]

    def value(self, name: str) -> int:
        """The number in force."""
        return self.rule(name).value

    def overridden(self, name: str, value: int, *, reason: str) -> RuleSet:
        """The same set with a centre's own value. Refuses RUL-0003 without a reason."""
        if not reason.strip():
            raise Refused("RUL-0003", name=name)
        changed = replace(self.rule(name), value=value, reason=reason.strip())
        return replace(self, rules=MappingProxyType({**self.rules, name: changed}))


def load(text: str) -> RuleSet:
    """A rule set from TOML: version, regime, effective_from, [rules.NAME] value unit source mark.

    Refuses RUL-0001 naming the field that is missing, unknown or of another type.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise Refused("RUL-0001", field="(syntax)") from None
    fields = Fields(data, code="RUL-0001")
    effective = fields.value("effective_from")
    if type(effective) is not date:
        raise Refused("RUL-0001", field="effective_from")
    named = data.get("rules")
    table = fields.inner("rules")
    names = list(named) if isinstance(named, dict) else []
    found = RuleSet(
        version=fields.text("version", cap=40),
        regime=Regime(fields.choice("regime", *Regime)),
        effective_from=effective,
        rules=MappingProxyType({name: _read_rule(name, table.inner(name)) for name in names}),
    )
    fields.done()
    return found


def _read_rule(name: str, fields: Fields) -> Rule:
    value = fields.integer("value", -(10**15), 10**15)
    rule = Rule(
        name=name,
        value=value,
        unit=fields.text("unit", cap=40),
        source=fields.text("source"),
        mark=Mark(fields.choice("mark", *Mark)),
        default=value,
    )
    fields.done()
    return rule
