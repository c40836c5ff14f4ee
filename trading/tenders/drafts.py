"""What an agency fills in before anything is public: a project and its lots, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.pure.errors import Refused
from kernel.pure.policy import HolderLock
from kernel.pure.rule_sets import Regime
from trading.tenders import plans
from trading.tenders.rules import LotKind, OpeningMinutes


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """A project; `region_code` by GB/T 2260, the ids are organisations."""

    name: str
    regime: Regime
    region_code: str
    region_name: str
    sector: str
    funding: str
    supervisor_name: str
    tenderee_id: UUID
    agency_id: UUID
    centre_id: UUID


@dataclass(frozen=True, slots=True)
class LotDraft:
    """A lot; times aware, money in fen. `minutes` None takes the rule set's windows.

    `evaluation_plan` None keeps the lot's own, or takes the default of its kind.

    `emergency_reason` records why the opening leaves the service calendar; no statutory period
    yields to it.
    """

    name: str
    kind: LotKind
    scope: str
    qualification: str
    evaluation: str
    contact: str
    estimate_fen: int
    ceiling_fen: int | None
    deposit_fen: int
    documents_from: datetime
    documents_until: datetime
    deadline: datetime
    emergency_reason: str | None = None
    holder_lock: HolderLock = HolderLock.BIDDER
    minutes: OpeningMinutes | None = None
    evaluation_plan: Mapping[str, Any] | None = None


def check_project(draft: ProjectDraft) -> None:
    """Raises Refused TEN-1304 when a text is missing, TEN-1305 for a regime not yet traded."""
    if not all((draft.name.strip(), draft.region_name.strip(), draft.sector.strip())):
        raise Refused("TEN-1304")
    if draft.regime is not Regime.TENDERING:
        raise Refused("TEN-1305", regime=draft.regime.value)


def check_lot(draft: LotDraft) -> None:
    """Hold what even a draft must: texts, positive money, times in order.

    Raises:
        Refused: TEN-1304 a text is missing; TEN-1503 an amount is not positive; TEN-1407 the
            times are not in order; EVA-1101 the evaluation plan is not whole.
    """
    if not all((draft.name.strip(), draft.scope.strip(), draft.contact.strip())):
        raise Refused("TEN-1304")
    ceiling = draft.ceiling_fen
    if draft.estimate_fen <= 0 or draft.deposit_fen < 0 or (ceiling is not None and ceiling <= 0):
        raise Refused("TEN-1503")
    if not draft.documents_from < min(draft.documents_until, draft.deadline):
        raise Refused("TEN-1407")
    if draft.evaluation_plan is not None:
        plans.require_readable(draft.evaluation_plan)
