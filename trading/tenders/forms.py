"""Forms of the project and lot editor, read into drafts; times are wall times of Shanghai."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from kernel.format import local, yuan_input
from kernel.pure.errors import Refused
from kernel.pure.legal_days import SHANGHAI
from kernel.pure.money import parse_yuan
from kernel.pure.policy import HolderLock
from kernel.pure.rule_sets import Regime, RuleSet
from trading.tenders import plan_forms
from trading.tenders.drafts import LotDraft, ProjectDraft
from trading.tenders.legal_calendar import Terms
from trading.tenders.models import Lot
from trading.tenders.rules import LotKind, OpeningMinutes

MAX_TEXT = 4000
LONGEST_WINDOW = 10_080
TIMES = {
    "documents_from": "发售开始",
    "documents_until": "发售结束",
    "deadline": "投标截止",
}
Form = Mapping[str, str]


def read_project(
    form: Form, *, tenderee_id: UUID, agency_id: UUID, centre_id: UUID
) -> ProjectDraft:
    """A project as filled in. Raises Refused TEN-1304 when a text is too long."""
    return ProjectDraft(
        name=_text(form, "name"),
        regime=Regime.TENDERING,
        region_code=_text(form, "region_code"),
        region_name=_text(form, "region_name"),
        sector=_text(form, "sector"),
        funding=_text(form, "funding"),
        supervisor_name=_text(form, "supervisor_name"),
        tenderee_id=tenderee_id,
        agency_id=agency_id,
        centre_id=centre_id,
    )


def read_lot(form: Form, rules: RuleSet) -> LotDraft:
    """A lot as filled in; its plan may still be faulty. Raises Refused TEN-13xx, 1408, MON-0001."""
    ceiling = _text(form, "ceiling")
    return LotDraft(
        name=_text(form, "name"),
        kind=kind_of(form),
        scope=_text(form, "scope"),
        qualification=_text(form, "qualification"),
        evaluation=_text(form, "evaluation"),
        contact=_text(form, "contact"),
        estimate_fen=parse_yuan(_text(form, "estimate")),
        ceiling_fen=parse_yuan(ceiling) if ceiling else None,
        deposit_fen=parse_yuan(_text(form, "deposit") or "0"),
        documents_from=_moment(form, "documents_from"),
        documents_until=_moment(form, "documents_until"),
        deadline=_moment(form, "deadline"),
        emergency_reason=_text(form, "emergency_reason") or None,
        holder_lock=(
            HolderLock.COMMITTEE_ONLY
            if form.get("holder_lock") == HolderLock.COMMITTEE_ONLY.value
            else HolderLock.BIDDER
        ),
        minutes=_minutes(form),
        evaluation_plan=plan_forms.read(form, rules) if plan_forms.is_filled(form) else None,
    )


def read_terms(form: Form) -> Terms:
    """Dates and amounts only, for the checks beside the fields while they are being filled in."""
    deadline = _moment(form, "deadline")
    return Terms(
        kind=kind_of(form),
        documents_from=_moment(form, "documents_from"),
        documents_until=_moment(form, "documents_until"),
        deadline=deadline,
        opening_at=deadline,
        estimate_fen=parse_yuan(_text(form, "estimate") or "0"),
        deposit_fen=parse_yuan(_text(form, "deposit") or "0"),
        emergency_reason=_text(form, "emergency_reason") or None,
    )


def lot_values(lot: Lot) -> dict[str, str]:
    """A stored lot as the form shows it."""
    return {
        "name": lot.name,
        "kind": lot.kind.value,
        "scope": lot.scope,
        "qualification": lot.qualification,
        "evaluation": lot.evaluation,
        "contact": lot.contact,
        "estimate": yuan_input(lot.estimate_fen),
        "ceiling": yuan_input(lot.ceiling_fen) if lot.ceiling_fen is not None else "",
        "deposit": yuan_input(lot.deposit_fen),
        "documents_from": shown(lot.documents_from),
        "documents_until": shown(lot.documents_until),
        "deadline": shown(lot.deadline),
        "emergency_reason": lot.emergency_reason or "",
        "holder_lock": lot.holder_lock.value,
        "sign_in": str(lot.sign_in_minutes),
        "decryption": str(lot.decryption_minutes),
        "confirmation": str(lot.confirmation_minutes),
    }


def shown(at: datetime) -> str:
    """A moment as a datetime-local field holds it."""
    return f"{local(at):%Y-%m-%dT%H:%M}"


def _text(form: Form, name: str) -> str:
    # PostgreSQL keeps no NUL, and browsers send line feeds as CR LF.
    value = form.get(name, "").replace("\x00", "").replace("\r\n", "\n").strip()
    if len(value) > MAX_TEXT:
        raise Refused("TEN-1306", most=MAX_TEXT)
    return value


def estimate_of(form: Form) -> int:
    """The estimate in fen, 0 while it cannot be read."""
    try:
        return parse_yuan(_text(form, "estimate") or "0")
    except Refused:
        return 0


def kind_of(form: Form) -> LotKind:
    """What is bought, works unless the form says otherwise."""
    value = form.get("kind", "")
    return LotKind(value) if value in set(LotKind) else LotKind.WORKS


def _moment(form: Form, name: str) -> datetime:
    text = form.get(name, "").strip().replace(" ", "T")
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("TEN-1408", field=TIMES[name]) from None
    return value.replace(tzinfo=SHANGHAI) if value.tzinfo is None else value


def _minutes(form: Form) -> OpeningMinutes | None:
    values = [form.get(name, "").strip() for name in ("sign_in", "decryption", "confirmation")]
    if not any(values):
        return None
    if not all(v.isdecimal() and 1 <= int(v) <= LONGEST_WINDOW for v in values):
        raise Refused("TEN-1409", most=LONGEST_WINDOW)
    sign_in, decryption, confirmation = (int(value) for value in values)
    return OpeningMinutes(sign_in=sign_in, decryption=decryption, confirmation=confirmation)
