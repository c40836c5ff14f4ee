"""Drafting: projects under their codes, lots, the trustees' registry and a lot's seats."""

from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kernel.identity import queries as identity
from kernel.ids import new_id
from kernel.permissions import Actor
from kernel.pure.errors import Refused
from kernel.pure.legal_days import local_date
from trading.tenders import codes, plans, queries, rule_book
from trading.tenders.actions import record_change, require_party, take_for_edit
from trading.tenders.drafts import LotDraft, ProjectDraft, check_lot, check_project
from trading.tenders.models import Lot, LotRescuer, LotTrustee, Project, Trustee
from trading.tenders.rules import LotStage, Method, TrusteeRole, check_panel, check_trustees


def create_project(session: Session, draft: ProjectDraft, *, actor: Actor, now: datetime) -> UUID:
    """Open a project under the next code of its region and month. Raises Refused TEN-13xx."""
    check_project(draft)
    require_party(actor, {draft.agency_id})
    tenderee = identity.organisation(session, draft.tenderee_id)
    agency = identity.organisation(session, draft.agency_id)
    row = Project(
        id=new_id(),
        centre_id=draft.centre_id,
        code=_next_code(session, draft, now),
        name=draft.name.strip(),
        regime=draft.regime,
        region_code=draft.region_code,
        region_name=draft.region_name.strip(),
        sector=draft.sector.strip(),
        funding=draft.funding.strip(),
        supervisor_name=draft.supervisor_name.strip(),
        tenderee_id=draft.tenderee_id,
        tenderee_name=tenderee.name,
        agency_id=draft.agency_id,
        agency_name=agency.name,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def _next_code(session: Session, draft: ProjectDraft, now: datetime) -> str:
    """Codes run without gaps within a month, so their makers take turns."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("tenders.code"))))
    today = local_date(now)
    first = codes.project_code(regime=draft.regime, region=draft.region_code, on=today, ordinal=1)
    newest = session.scalar(
        select(func.max(Project.code)).where(Project.code.startswith(first[:11]))
    )
    ordinal = int(newest[11:]) + 1 if newest else 1
    return codes.project_code(
        regime=draft.regime, region=draft.region_code, on=today, ordinal=ordinal
    )


def draft_lot(
    session: Session, project_id: UUID, draft: LotDraft, *, actor: Actor, now: datetime
) -> UUID:
    """Add a lot to a project. Raises Refused TEN-1003, TEN-1004, TEN-1304, TEN-1407, TEN-1503."""
    check_lot(draft)
    project = session.scalars(
        select(Project).where(Project.id == project_id).with_for_update()
    ).first()
    if project is None:
        raise Refused("TEN-1003")
    require_party(actor, {project.agency_id})
    newest = session.scalar(
        select(func.coalesce(func.max(Lot.ordinal), 0)).where(Lot.project_id == project_id)
    )
    ordinal = (newest or 0) + 1
    lot = Lot(
        id=new_id(),
        centre_id=project.centre_id,
        project=project,
        ordinal=ordinal,
        number=codes.lot_code(codes.tender_code(project.code, 1), ordinal),
        stage=LotStage.DRAFT,
        method=Method.OPEN_TENDER,
        created_at=now,
    )
    _fill(lot, draft)
    session.add(lot)
    session.flush()
    record_change(session, lot, None, LotStage.DRAFT, actor=actor, now=now)
    return lot.id


def edit_lot(
    session: Session, lot_id: UUID, draft: LotDraft, *, actor: Actor, now: datetime
) -> None:
    """Change a lot that is not public yet; an approved one goes back to draft."""
    check_lot(draft)
    lot = take_for_edit(session, lot_id, actor=actor, now=now)
    _fill(lot, draft)
    session.flush()


def _fill(lot: Lot, draft: LotDraft) -> None:
    rules = rule_book.current(lot.project.regime)
    procedure = rule_book.open_tender(rules, holder_lock=draft.holder_lock, minutes=draft.minutes)
    lot.name, lot.kind = draft.name.strip(), draft.kind
    lot.scope, lot.qualification = draft.scope.strip(), draft.qualification.strip()
    lot.evaluation, lot.contact = draft.evaluation.strip(), draft.contact.strip()
    lot.estimate_fen, lot.ceiling_fen = draft.estimate_fen, draft.ceiling_fen
    lot.deposit_fen = draft.deposit_fen
    lot.validity_days = rules.value("bid_validity_days")
    lot.documents_from, lot.documents_until = draft.documents_from, draft.documents_until
    lot.deadline = draft.deadline
    lot.emergency_reason = (draft.emergency_reason or "").strip() or None
    lot.evaluation_plan = dict(draft.evaluation_plan or lot.evaluation_plan or {}) or (
        plans.default(rules, kind=draft.kind, estimate_fen=draft.estimate_fen)
    )
    lot.rule_set, lot.holder_lock = procedure.rule_set, procedure.holder_lock
    lot.floor, lot.remaining_floor = procedure.floor, procedure.remaining_floor
    lot.sign_in_minutes = procedure.minutes.sign_in
    lot.decryption_minutes = procedure.minutes.decryption
    lot.confirmation_minutes = procedure.minutes.confirmation


def register_trustee(
    session: Session,
    *,
    person_id: UUID,
    organisation_id: UUID,
    role: TrusteeRole,
    name: str,
    public_key: bytes,
    now: datetime,
) -> UUID:
    """Enter a trustee's public key (raw P-256, 65 bytes); the same key again changes nothing.

    Raises Refused TEN-1204 for another person's key or a malformed one.
    """
    if len(public_key) != 65 or not _on_curve(public_key):
        raise Refused("TEN-1204")
    known = session.scalars(select(Trustee).where(Trustee.public_key == public_key)).first()
    if known is not None:
        if known.person_id != person_id:
            raise Refused("TEN-1204")
        return known.id
    row = Trustee(
        id=new_id(),
        person_id=person_id,
        organisation_id=organisation_id,
        role=role,
        name=name,
        public_key=public_key,
        registered_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def _on_curve(public_key: bytes) -> bool:
    """A key off the curve could never open a share, and the lot would never open."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    except ValueError:
        return False
    return True


def set_trustees(
    session: Session,
    lot_id: UUID,
    *,
    trustee_ids: tuple[UUID, ...],
    threshold: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Seat a lot's trustees, share 1…n in the order given. Raises Refused TEN-12xx."""
    lot = take_for_edit(session, lot_id, actor=actor, now=now)
    _seat(session, LotTrustee, lot_id, trustee_ids)
    lot.threshold = threshold
    least = rule_book.rule_set(lot.rule_set).value("trustees")
    check_trustees(queries.seats(session, lot_id), threshold=threshold, least=least)


def set_panel(
    session: Session,
    lot_id: UUID,
    *,
    member_ids: tuple[UUID, ...],
    threshold: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Seat a lot's rescue panel, share 1…r in the order given; nobody means no panel.

    Raises Refused TEN-1205 to 1208.
    """
    lot = take_for_edit(session, lot_id, actor=actor, now=now)
    _seat(session, LotRescuer, lot_id, member_ids)
    lot.rescue_threshold = threshold if member_ids else 0
    if member_ids and threshold < 1:
        raise Refused("TEN-1206", threshold=threshold, count=len(member_ids))
    panel, seats = queries.panel_of(session, lot), queries.seats(session, lot_id)
    check_panel(panel, seats, lot.holder_lock)


def _seat(
    session: Session,
    seat: type[LotTrustee | LotRescuer],
    lot_id: UUID,
    chosen: tuple[UUID, ...],
) -> None:
    session.execute(delete(seat).where(seat.lot_id == lot_id))
    for index, trustee_id in enumerate(dict.fromkeys(chosen), start=1):
        if session.get(Trustee, trustee_id) is None:
            raise Refused("TEN-1205")
        session.add(seat(lot_id=lot_id, index=index, trustee_id=trustee_id))
    session.flush()
