"""The rule sets shipped with the platform, and the procedures made of them.

A tender row names its rule-set version; law changes arrive as new files, never as conditions.
"""

from functools import cache
from pathlib import Path

from kernel.pure.errors import Refused
from kernel.pure.policy import HolderLock
from kernel.pure.rule_sets import Regime, RuleSet, load
from trading.tenders.rules import (
    OPENING_STAGES,
    Method,
    OpeningMinutes,
    Procedure,
)

FOLDER = Path(__file__).resolve().parent / "rule_sets"
CURRENT = {Regime.TENDERING: "tendering-2026.1"}


@cache
def _shelf() -> dict[str, RuleSet]:
    sets = (load(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml")))
    return {rules.version: rules for rules in sets}


def rule_set(version: str) -> RuleSet:
    """The rule set a tender was begun under. Raises Refused TEN-1005."""
    found = _shelf().get(version)
    if found is None:
        raise Refused("TEN-1005", version=version)
    return found


def current(regime: Regime) -> RuleSet:
    """The rule set new tenders of `regime` begin under. Raises Refused TEN-1305."""
    if regime not in CURRENT:
        raise Refused("TEN-1305", regime=regime.value)
    return rule_set(CURRENT[regime])


def open_tender(
    rules: RuleSet,
    *,
    holder_lock: HolderLock = HolderLock.BIDDER,
    minutes: OpeningMinutes | None = None,
) -> Procedure:
    """公开招标: one sealed price round, opened in public, at least three bids (法 28)."""
    return Procedure(
        method=Method.OPEN_TENDER,
        regime=Regime(rules.regime),
        rule_set=rules.version,
        floor=rules.value("floor"),
        remaining_floor=rules.value("floor_after_decryption"),
        price_rounds=1,
        opening_stages=OPENING_STAGES,
        holder_lock=holder_lock,
        minutes=minutes
        or OpeningMinutes(
            sign_in=rules.value("sign_in_minutes"),
            decryption=rules.value("decryption_minutes"),
            confirmation=rules.value("confirmation_minutes"),
        ),
    )
