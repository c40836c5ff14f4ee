"""Reads of projects, lots, documents and notices; the two row locks of the deadline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from kernel.pure.errors import Refused
from kernel.pure.policy import Policy
from trading.tenders.models import (
    Document,
    Lot,
    LotRescuer,
    LotTrustee,
    Notice,
    NoticePdf,
    Project,
    StageChange,
    Trustee,
)
from trading.tenders.rules import (
    BEFORE_NOTICE,
    LotSnapshot,
    LotStage,
    OpeningMinutes,
    RescuePanel,
    TrusteeSeat,
)


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A policy as one notice logged it."""

    version: int
    policy: Policy
    digest: bytes
    deadline: datetime


def lot_row(session: Session, lot_id: UUID) -> Lot:
    """The lot with its project. Raises Refused TEN-1001."""
    row = session.scalars(_lots().where(Lot.id == lot_id)).first()
    if row is None:
        raise Refused("TEN-1001")
    return row


def deadline_of(session: Session, lot_id: UUID) -> datetime:
    """When the lot's bids are due. Raises Refused TEN-1001."""
    deadline = session.scalar(select(Lot.deadline).where(Lot.id == lot_id))
    if deadline is None:
        raise Refused("TEN-1001")
    return deadline


def lot_snapshot(session: Session, lot_id: UUID) -> LotSnapshot:
    """The lot as a frozen value. Raises Refused TEN-1001."""
    return snapshot_of(session, lot_row(session, lot_id))


@dataclass(frozen=True, slots=True)
class OnOffer:
    """The few things about a lot that a submission is judged by."""

    id: UUID
    project_id: UUID
    stage: LotStage
    deadline: datetime
    accepted_policies: tuple[bytes, ...]


def lock_lot_shared(session: Session, lot_id: UUID) -> OnOffer:
    """Take the lot FOR SHARE, as a submission does, then read it. Raises Refused TEN-1001."""
    found = session.execute(
        select(Lot.project_id, Lot.stage, Lot.deadline, Lot.resubmit_from_version)
        .where(Lot.id == lot_id)
        .with_for_update(read=True)
    ).first()
    if found is None:
        raise Refused("TEN-1001")
    project_id, stage, deadline, since = found
    digests = session.scalars(
        select(Notice.policy_digest)
        .where(Notice.lot_id == lot_id, Notice.version >= since)
        .order_by(Notice.version)
    )
    return OnOffer(lot_id, project_id, stage, deadline, tuple(map(bytes, digests)))


def lock_lot(session: Session, lot_id: UUID) -> LotSnapshot:
    """Take the lot FOR UPDATE, as the deadline does, then read it. Raises Refused TEN-1001."""
    row = session.scalars(
        select(Lot)
        .where(Lot.id == lot_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise Refused("TEN-1001")
    return snapshot_of(session, row)


def snapshot_of(session: Session, lot: Lot) -> LotSnapshot:
    """A row and what hangs on it as one frozen value."""
    logged = policies(session, lot.id)
    current = next((row for row in logged if row.version == lot.notice_version), None)
    return LotSnapshot(
        id=lot.id,
        project_id=lot.project_id,
        number=lot.number,
        name=lot.name,
        project_name=lot.project.name,
        regime=lot.project.regime,
        rule_set=lot.rule_set,
        stage=lot.stage,
        deadline=lot.deadline,
        documents_from=lot.documents_from,
        estimate_fen=lot.estimate_fen,
        ceiling_fen=lot.ceiling_fen,
        deposit_fen=lot.deposit_fen,
        floor=lot.floor,
        remaining_floor=lot.remaining_floor,
        threshold=lot.threshold,
        trustees=seats(session, lot.id),
        policy=current.policy if current else None,
        policy_digest=lot.policy_digest or b"",
        accepted_policies=tuple(
            row.digest for row in logged if row.version >= lot.resubmit_from_version
        ),
        notice_version=lot.notice_version,
        resubmit_from_version=lot.resubmit_from_version,
        holder_lock=lot.holder_lock,
        agency_id=lot.project.agency_id,
        tenderee_id=lot.project.tenderee_id,
        centre_id=lot.centre_id,
        minutes=OpeningMinutes(
            sign_in=lot.sign_in_minutes,
            decryption=lot.decryption_minutes,
            confirmation=lot.confirmation_minutes,
        ),
        evaluation_plan=lot.evaluation_plan,
        rescue=panel_of(session, lot),
    )


def seats(session: Session, lot_id: UUID) -> tuple[TrusteeSeat, ...]:
    """The lot's trustees in share order."""
    return _seated(session, LotTrustee, lot_id)


def panel_of(session: Session, lot: Lot) -> RescuePanel | None:
    """The lot's rescue panel in share order, None where the documents allow none."""
    if not lot.rescue_threshold:
        return None
    return RescuePanel(lot.rescue_threshold, _seated(session, LotRescuer, lot.id))


def _seated(
    session: Session, seat: type[LotTrustee | LotRescuer], lot_id: UUID
) -> tuple[TrusteeSeat, ...]:
    rows = session.execute(
        select(seat.index, Trustee)
        .join(Trustee, Trustee.id == seat.trustee_id)
        .where(seat.lot_id == lot_id)
        .order_by(seat.index)
    ).all()
    return tuple(
        TrusteeSeat(index, row.id, row.role, row.name, bytes(row.public_key)) for index, row in rows
    )


def policies(session: Session, lot_id: UUID) -> tuple[PolicyRow, ...]:
    """Every policy the lot's notices logged, oldest first."""
    return tuple(
        PolicyRow(row.version, Policy.from_json(row.policy), bytes(row.policy_digest), row.deadline)
        for row in notices(session, lot_id)
    )


def policy_of(session: Session, lot_id: UUID, version: int) -> PolicyRow | None:
    """The policy of one notice."""
    return next((row for row in policies(session, lot_id) if row.version == version), None)


def notices(session: Session, lot_id: UUID) -> Sequence[Notice]:
    """The lot's notices, oldest first."""
    return session.scalars(
        select(Notice).where(Notice.lot_id == lot_id).order_by(Notice.version)
    ).all()


def notice_pdf(session: Session, lot_id: UUID, version: int) -> tuple[Notice, NoticePdf] | None:
    """A notice with its PDF, once the worker has written it."""
    row = session.execute(
        select(Notice, NoticePdf)
        .join(NoticePdf, NoticePdf.notice_id == Notice.id)
        .where(Notice.lot_id == lot_id, Notice.version == version)
    ).first()
    return (row[0], row[1]) if row else None


def documents(session: Session, lot_id: UUID) -> Sequence[Document]:
    """The lot's documents, by name, newest version first."""
    return session.scalars(
        select(Document)
        .where(Document.lot_id == lot_id)
        .order_by(Document.name, Document.version.desc())
    ).all()


def documents_in_force(session: Session, lot_id: UUID) -> tuple[Document, ...]:
    """The newest version of each name that has not been withdrawn."""
    newest: dict[str, Document] = {}
    for row in documents(session, lot_id):
        newest.setdefault(row.name, row)
    return tuple(row for row in newest.values() if not row.withdrawn)


def document(session: Session, lot_id: UUID, document_id: UUID) -> Document:
    """One document of the lot. Raises Refused TEN-1002."""
    row = session.get(Document, document_id)
    if row is None or row.lot_id != lot_id:
        raise Refused("TEN-1002")
    return row


def timeline(session: Session, lot_id: UUID) -> Sequence[StageChange]:
    """The steps of a lot's life, newest first."""
    return session.scalars(
        select(StageChange).where(StageChange.lot_id == lot_id).order_by(StageChange.number.desc())
    ).all()


def project_row(session: Session, project_id: UUID) -> Project:
    """The project. Raises Refused TEN-1003."""
    row = session.get(Project, project_id)
    if row is None:
        raise Refused("TEN-1003")
    return row


def projects_of_agency(session: Session, organisation_id: UUID) -> Sequence[Project]:
    """The agency's projects, newest first."""
    return session.scalars(
        select(Project)
        .where(Project.agency_id == organisation_id)
        .order_by(Project.created_at.desc(), Project.code)
    ).all()


def lots_of_project(session: Session, project_id: UUID) -> Sequence[Lot]:
    """A project's lots by ordinal."""
    return session.scalars(_lots().where(Lot.project_id == project_id).order_by(Lot.ordinal)).all()


def lots_of_agency(session: Session, organisation_id: UUID) -> Sequence[Lot]:
    """The agency's lots, the next deadline first."""
    return session.scalars(
        _lots().where(Project.agency_id == organisation_id).order_by(Lot.deadline, Lot.number)
    ).all()


def lots_of_tenderee(session: Session, organisation_id: UUID) -> Sequence[Lot]:
    """The tenderee's lots, the next deadline first."""
    return session.scalars(
        _lots().where(Project.tenderee_id == organisation_id).order_by(Lot.deadline, Lot.number)
    ).all()


def lots_of_trustee(session: Session, person_id: UUID) -> Sequence[Lot]:
    """Lots in which the person holds a seat, the next deadline first."""
    return session.scalars(
        _lots()
        .join(LotTrustee, LotTrustee.lot_id == Lot.id)
        .join(Trustee, Trustee.id == LotTrustee.trustee_id)
        .where(Trustee.person_id == person_id)
        .order_by(Lot.deadline, Lot.number)
    ).all()


def lots_of_rescuer(session: Session, person_id: UUID) -> Sequence[Lot]:
    """Lots on whose rescue panel the person sits, the next deadline first."""
    return session.scalars(
        _lots()
        .join(LotRescuer, LotRescuer.lot_id == Lot.id)
        .join(Trustee, Trustee.id == LotRescuer.trustee_id)
        .where(Trustee.person_id == person_id, Lot.stage.not_in(BEFORE_NOTICE))
        .order_by(Lot.deadline, Lot.number)
    ).all()


def trustees(session: Session) -> Sequence[Trustee]:
    """The registry of trustee keys."""
    return session.scalars(select(Trustee).order_by(Trustee.role, Trustee.name)).all()


def trustees_of_person(session: Session, person_id: UUID) -> Sequence[Trustee]:
    """The keys one person registered."""
    return session.scalars(
        select(Trustee).where(Trustee.person_id == person_id).order_by(Trustee.registered_at)
    ).all()


def openings_between(session: Session, start: datetime, end: datetime) -> Sequence[Lot]:
    """Published lots whose deadline falls in [start, end), by time."""
    hidden = BEFORE_NOTICE | {LotStage.TERMINATED, LotStage.VOID}
    return session.scalars(
        _lots()
        .where(Lot.deadline >= start, Lot.deadline < end, Lot.stage.not_in(hidden))
        .order_by(Lot.deadline, Lot.number)
    ).all()


def _lots() -> Select[Lot]:
    return select(Lot).join(Lot.project).options(joinedload(Lot.project))
