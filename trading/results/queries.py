"""Reads of what follows a report: for the desk, the public page, the check page, the bundle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kernel.identity import queries as identities
from kernel.pure import jcs
from kernel.pure.errors import Refused
from trading.openings import queries as openings
from trading.openings.causes import BidState
from trading.results.models import (
    Award,
    Contract,
    LotArchive,
    Objection,
    ObjectionAnswer,
    OutcomeRow,
    Renunciation,
    ResultNotice,
    ResultNoticePdf,
)
from trading.results.rules import NoticeKind, Outcome, Publicity, Ranked, Rejected, Standing
from trading.tenders.models import Lot


@dataclass(frozen=True, slots=True)
class Bidder:
    """A bidder of the published list; `ref` is what escrow and evaluation know it by."""

    seat: int
    ref: UUID
    envelope_id: UUID
    commitment: bytes
    organisation: str
    credit_code: str
    state: BidState
    offer: dict[str, Any] | None
    deposit: dict[str, Any]

    @property
    def effective(self) -> bool:
        """Opened, read out, and so to be evaluated."""
        return self.state is BidState.OPENED and self.offer is not None


@dataclass(frozen=True, slots=True)
class ObjectionView:
    """An objection with its answer, if it has one."""

    row: Objection
    answer: ObjectionAnswer | None


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice with its PDF, once the worker has written it."""

    row: ResultNotice
    pdf: ResultNoticePdf | None


def bidders(session: Session, lot_id: UUID) -> tuple[Bidder, ...]:
    """The list of a closed opening in seat order; empty before."""
    found = []
    for result in openings.results(session, lot_id):
        filed = identities.organisation_by_code(session, result.credit_code)
        found.append(
            Bidder(
                seat=result.seat,
                ref=filed.id if filed else result.envelope_id,
                envelope_id=result.envelope_id,
                commitment=result.commitment,
                organisation=result.organisation,
                credit_code=result.credit_code,
                state=result.state,
                offer=result.offer,
                deposit=result.deposit,
            )
        )
    return tuple(found)


def bidder_of(session: Session, lot_id: UUID, organisation_id: UUID) -> Bidder | None:
    """The organisation among the lot's listed bidders."""
    return next((b for b in bidders(session, lot_id) if b.ref == organisation_id), None)


def report_of(session: Session, lot_id: UUID) -> Outcome | None:
    """The newest signed report of the lot."""
    row = session.scalars(
        select(OutcomeRow)
        .where(OutcomeRow.lot_id == lot_id)
        .order_by(OutcomeRow.version.desc())
        .limit(1)
    ).first()
    return _outcome(row) if row else None


def need_report(session: Session, lot_id: UUID) -> Outcome:
    """The newest signed report. Raises Refused RES-1001 when there is none."""
    found = report_of(session, lot_id)
    if found is None:
        raise Refused("RES-1001")
    return found


def _outcome(row: OutcomeRow) -> Outcome:
    return Outcome(
        lot_id=row.lot_id,
        version=row.version,
        facts_hash=bytes(row.facts_hash),
        pdf_hash=bytes(row.pdf_hash),
        leaf_id=row.leaf_id,
        signed_at=row.signed_at,
        ranking=tuple(
            Ranked(
                rank=each["rank"],
                number=each["number"],
                bidder_ref=UUID(each["bidder_ref"]),
                commitment=bytes.fromhex(each["commitment"]),
                organisation=each["organisation"],
                credit_code=each["credit_code"],
                price_fen=each["price_fen"],
                total=each["total"],
            )
            for each in row.ranking
        ),
        rejected=tuple(
            Rejected(each["number"], UUID(each["bidder_ref"]), each["organisation"], each["reason"])
            for each in row.rejected
        ),
    )


def notices(session: Session, lot_id: UUID) -> tuple[NoticeView, ...]:
    """Every notice of the result, newest first; by kind and seat within one act."""
    rows = session.execute(
        select(ResultNotice, ResultNoticePdf)
        .outerjoin(ResultNoticePdf, ResultNoticePdf.notice_id == ResultNotice.id)
        .where(ResultNotice.lot_id == lot_id)
        .order_by(ResultNotice.published_at.desc(), ResultNotice.kind, ResultNotice.seat)
    ).all()
    return tuple(NoticeView(row[0], row[1]) for row in rows)


def candidates_notice(session: Session, lot_id: UUID) -> ResultNotice | None:
    """The candidates as published last."""
    return session.scalars(
        select(ResultNotice)
        .where(ResultNotice.lot_id == lot_id, ResultNotice.kind == NoticeKind.CANDIDATES)
        .order_by(ResultNotice.version.desc())
        .limit(1)
    ).first()


def publicity_of(notice: ResultNotice | None) -> Publicity | None:
    """The period that a candidates' notice told."""
    if notice is None:
        return None
    return Publicity(notice.published_at, datetime.fromisoformat(notice.body["publicity"]["until"]))


def objections(session: Session, lot_id: UUID) -> tuple[ObjectionView, ...]:
    """Every objection to the result, oldest first."""
    rows = session.execute(
        select(Objection, ObjectionAnswer)
        .outerjoin(ObjectionAnswer, ObjectionAnswer.objection_id == Objection.id)
        .where(Objection.lot_id == lot_id)
        .order_by(Objection.number)
    ).all()
    return tuple(ObjectionView(row[0], row[1]) for row in rows)


def objection(session: Session, lot_id: UUID, objection_id: UUID) -> ObjectionView:
    """One objection of the lot. Raises Refused RES-1304."""
    for found in objections(session, lot_id):
        if found.row.id == objection_id:
            return found
    raise Refused("RES-1304")


def standing(session: Session, lot: Lot) -> Standing:
    """Where the lot stands after its report."""
    return Standing(
        stage=lot.stage,
        resumes_to=lot.held_from,
        publicity=publicity_of(candidates_notice(session, lot.id)),
        open_objections=sum(each.answer is None for each in objections(session, lot.id)),
    )


def award_of(session: Session, lot_id: UUID) -> Award | None:
    """The award that stands: the newest, unless its winner gave up."""
    found = newest_award(session, lot_id)
    if found is None or session.get(Renunciation, (lot_id, found.version)) is not None:
        return None
    return found


def newest_award(session: Session, lot_id: UUID) -> Award | None:
    """The award that was decided last, whatever became of it."""
    return session.scalars(
        select(Award).where(Award.lot_id == lot_id).order_by(Award.version.desc()).limit(1)
    ).first()


def renunciations(session: Session, lot_id: UUID) -> tuple[Renunciation, ...]:
    """Winners that gave up, oldest first."""
    return tuple(
        session.scalars(
            select(Renunciation).where(Renunciation.lot_id == lot_id).order_by(Renunciation.version)
        )
    )


def contract_of(session: Session, lot_id: UUID) -> Contract | None:
    """The contract, once recorded."""
    return session.get(Contract, lot_id)


def archive_of(session: Session, lot_id: UUID) -> LotArchive | None:
    """The archive's list, once made."""
    return session.get(LotArchive, lot_id)


def notice_of_award(session: Session, lot_id: UUID) -> ResultNotice | None:
    """The 中标通知书 of the award that stands: its moment starts the contract's time (法 46)."""
    award = award_of(session, lot_id)
    if award is None:
        return None
    return session.scalars(
        select(ResultNotice).where(
            ResultNotice.lot_id == lot_id,
            ResultNotice.kind == NoticeKind.AWARD,
            ResultNotice.body["award"].astext == bytes(award.digest).hex(),
        )
    ).first()


def next_version(session: Session, lot_id: UUID, kind: NoticeKind, seat: int | None) -> int:
    """Which version of a notice to one addressee comes next."""
    same = ResultNotice.seat.is_(None) if seat is None else ResultNotice.seat == seat
    last = select(func.max(ResultNotice.version)).where(
        ResultNotice.lot_id == lot_id, ResultNotice.kind == kind, same
    )
    return (session.scalar(last) or 0) + 1


def find_notice(session: Session, digest: bytes) -> NoticeView | None:
    """A public notice by its own digest or its PDF's."""
    row = session.execute(
        select(ResultNotice, ResultNoticePdf)
        .outerjoin(ResultNoticePdf, ResultNoticePdf.notice_id == ResultNotice.id)
        .where(or_(ResultNotice.digest == digest, ResultNoticePdf.sha256 == digest))
        .limit(1)
    ).first()
    return NoticeView(row[0], row[1]) if row else None


def award_facts(session: Session, lot_id: UUID) -> bytes | None:
    """What the tenderee signed, with moment, signature and certificate, as canonical JSON."""
    row = award_of(session, lot_id)
    if row is None:
        return None
    return jcs.canonical(
        {
            **row.body,
            "decided_at": row.decided_at.isoformat(),
            "signature": bytes(row.signature).hex(),
            "certificate": bytes(row.certificate).hex(),
        }
    )


def waiting_for_pdf(session: Session, *, most: int) -> Sequence[ResultNotice]:
    """Notices whose PDF has not been written, oldest first."""
    return session.scalars(
        select(ResultNotice)
        .outerjoin(ResultNoticePdf, ResultNoticePdf.notice_id == ResultNotice.id)
        .where(ResultNoticePdf.notice_id.is_(None))
        .order_by(ResultNotice.published_at, ResultNotice.id)
        .limit(most)
    ).all()
