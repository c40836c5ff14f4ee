"""The lots' lives: drafted by the agency, approved by the tenderee, published under a signature."""

import json
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.crypto import softkeys
from kernel.crypto.signatures import sign_p256
from kernel.house import House
from kernel.identity import authority as authorities
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from kernel.pure.rule_sets import Regime
from trading.demo import paper, people
from trading.demo.cast import MAIN, Cast, Lot, Person, cast
from trading.demo.keys import key_file
from trading.demo.timetable import Moments
from trading.tenders import actions as tenders
from trading.tenders import documents, drafting, notices, plans, rule_book
from trading.tenders.drafts import LotDraft, ProjectDraft
from trading.tenders.models import Lot as LotRow
from trading.tenders.models import Trustee
from trading.tenders.rules import LotStage
from trading.venues import actions as venues
from trading.venues import queries as venue_queries

THRESHOLD = 3
PANEL_THRESHOLD = 2


def publish(
    session: Session,
    house: House,
    lot: Lot,
    when: Moments,
    *,
    now: datetime,
    beside: UUID | None = None,
) -> UUID:
    """Take a lot from nothing to its signed, logged notice; `beside` another of its project."""
    told = cast()
    agency = acting(session, "agency")
    project_id = (
        session.get_one(LotRow, beside).project_id
        if beside
        else drafting.create_project(session, _project(session, told, lot), actor=agency, now=now)
    )
    lot_id = drafting.draft_lot(session, project_id, _draft(lot, when), actor=agency, now=now)
    drafting.set_trustees(
        session,
        lot_id,
        trustee_ids=_keys(session, [one for one in told.people if one.trustee]),
        threshold=THRESHOLD,
        actor=agency,
        now=now,
    )
    drafting.set_panel(
        session,
        lot_id,
        member_ids=_keys(session, [one for one in told.people if one.rescuer]),
        threshold=PANEL_THRESHOLD,
        actor=agency,
        now=now,
    )
    documents.add_document(
        session,
        house.blobs,
        lot_id,
        name="招标文件.pdf",
        media_type="application/pdf",
        content=[paper.tender_document(lot, when, now=now)],
        actor=agency,
        now=now,
    )
    tenders.approve_lot(session, lot_id, actor=acting(session, _tenderee(lot)), now=now)
    notices.publish_notice(
        session,
        authorities.of(house, session, now),
        lot_id,
        _signed(session, house, lot_id),
        actor=agency,
        now=now,
    )
    _lend_room(session, lot_id, agency, is_main=lot.key == MAIN, now=now)
    return lot_id


def _lend_room(
    session: Session, lot_id: UUID, agency: Account, *, is_main: bool, now: datetime
) -> None:
    """The first room that is free at the lot's deadline; the main lot's week has an upkeep too."""
    length = timedelta(hours=2)
    for room in venue_queries.rooms(session, people.organisation_id(session, "centre")):
        try:
            venues.ask(session, lot_id, room.id, length, actor=agency, reason="补开一场", now=now)
        except Refused:
            continue
        if not is_main:
            return
        held = venue_queries.of_lot(session, lot_id)
        if held is not None:
            starts, rooms = held.ends_at, venue_queries.rooms(session, held.centre_id)
            venues.close_room(
                session,
                rooms[-1].id,
                starts,
                starts + length,
                actor=acting(session, "centre"),
                reason="空调检修",
                now=now,
            )
        return


def terminate(session: Session, lot: Lot, *, now: datetime) -> None:
    """The agency ends a lot for the reason the cast gives."""
    lot_id = session.scalars(select(LotRow.id).where(LotRow.name == lot.name)).one()
    tenders.end_lot(
        session,
        lot_id,
        LotStage.TERMINATED,
        actor=acting(session, "agency"),
        now=now,
        reason=lot.ended or "",
    )


def acting(session: Session, login: str) -> Account:
    """The cast's person as the actor of an action."""
    told = cast()
    person = next(one for one in told.people if one.login == login)
    return Account(
        person_id=people.person_id(session, login),
        organisation_id=people.organisation_id(session, person.organisation),
        role=Role(person.role),
        person_name=person.name,
        organisation_name=told.organisation(person.organisation).name,
        session_id=uuid4(),
        csrf_token="",
    )


def _tenderee(lot: Lot) -> str:
    found: Person = next(one for one in cast().people if one.organisation == lot.tenderee)
    return found.login


def _keys(session: Session, seated: list[Person]) -> tuple[UUID, ...]:
    """The registered keys of people of the cast."""
    ids = [people.person_id(session, one.login) for one in seated]
    return tuple(
        session.scalars(select(Trustee.id).where(Trustee.person_id == each)).one() for each in ids
    )


def _project(session: Session, told: Cast, lot: Lot) -> ProjectDraft:
    return ProjectDraft(
        name=lot.project,
        regime=Regime.TENDERING,
        region_code=told.region_code,
        region_name=told.region_name,
        sector=lot.sector,
        funding=lot.funding,
        supervisor_name=told.organisation("supervisor").name,
        tenderee_id=people.organisation_id(session, lot.tenderee),
        agency_id=people.organisation_id(session, "agency"),
        centre_id=people.organisation_id(session, "centre"),
    )


def _draft(lot: Lot, when: Moments) -> LotDraft:
    return LotDraft(
        name=lot.name,
        kind=lot.kind,
        scope=lot.scope,
        qualification=lot.qualification,
        evaluation=lot.evaluation,
        contact="方静　0000-8800 2107",
        estimate_fen=lot.estimate_fen,
        ceiling_fen=lot.ceiling_fen,
        deposit_fen=lot.deposit_fen,
        documents_from=when.documents_from,
        documents_until=when.documents_until,
        deadline=when.deadline,
        minutes=lot.minutes,
        evaluation_plan=_plan(lot),
    )


def _plan(lot: Lot) -> plans.PlanJson | None:
    """The default plan with the lot's draws; None leaves the default to the draft."""
    if not lot.draws:
        return None
    rules = rule_book.current(Regime.TENDERING)
    plan = plans.default(rules, kind=lot.kind, estimate_fen=lot.estimate_fen)
    return plan | {"draws": [dict(each) for each in lot.draws]}


def _signed(session: Session, house: House, lot_id: UUID) -> notices.SignedNotice:
    draft = notices.notice_to_sign(session, lot_id)
    held = json.loads(key_file(house.settings.state_dir, "agency").read_text("utf-8"))
    key = softkeys.read(held["softkey"], held["passphrase"])
    return notices.SignedNotice(
        digest=draft.digest,
        signature=sign_p256(key, draft.message),
        certificate_chain=tuple(bytes.fromhex(link) for link in held["certificate_chain"]),
    )
