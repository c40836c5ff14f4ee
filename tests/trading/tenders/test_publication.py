"""From draft to notice: who may, what is checked, what follows."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from kernel import log
from kernel.blobs import BlobStore
from kernel.clock import legal_now
from kernel.db import Database
from kernel.identity.authority import Authority
from kernel.jobs import DueWork
from kernel.outbox import OutboxEvent
from kernel.permissions import Role
from kernel.pure.errors import Refused
from kernel.secrets import Keys
from tests.trading.tenders.world import World, a_lot, published_lot, ready_lot, sign
from trading.tenders import queries
from trading.tenders.actions import approve_lot, end_lot, move_lot
from trading.tenders.documents import add_document
from trading.tenders.drafting import edit_lot, set_trustees
from trading.tenders.models import Lot
from trading.tenders.notices import offer_documents, publish_notice
from trading.tenders.rules import LotStage


def test_a_published_lot_carries_its_policy(
    database: Database, blobs: BlobStore, authority: Authority, world: World
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = published_lot(session, blobs, authority, world, now=now)
    with database.reading() as session:
        lot = queries.lot_snapshot(session, lot_id)
        assert lot.stage is LotStage.DOCUMENTS_ON_OFFER
        assert lot.notice_version == 1
        assert lot.policy is not None
        assert lot.policy.digest() == lot.policy_digest
        assert lot.accepted_policies == (lot.policy_digest,)
        assert lot.policy.trustees == tuple((s.index, s.public_key) for s in lot.trustees)
        assert (lot.floor, lot.remaining_floor, lot.threshold) == (3, 2, 3)
        assert len(lot.number) == 23
        assert lot.accepts_bids(now + timedelta(seconds=1))
        assert not lot.accepts_bids(lot.deadline)


def test_publication_is_logged_planned_and_told(
    database: Database, blobs: BlobStore, authority: Authority, world: World, tmp_path: Path
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = published_lot(session, blobs, authority, world, now=now)
        log.sequence(session, Keys(tmp_path / "log-keys"))
    with database.reading() as session:
        notice = queries.notices(session, lot_id)[0]
        entry = log.entry(session, notice.leaf_id)
        assert entry is not None
        assert entry.content["kind"] == "notice"
        assert entry.content["body"]["digest"] == notice.digest.hex()
        assert entry.content["body"]["policy_digest"] == notice.policy_digest.hex()
        due = session.scalars(select(DueWork).where(DueWork.kind == "opening.prepare")).one()
        assert due.key == f"{lot_id}:1"
        kinds = set(session.scalars(select(OutboxEvent.kind)))
        assert "trading.tenders.events.NoticePublished" in kinds


def test_documents_go_on_offer_in_their_time_only(
    database: Database, blobs: BlobStore, authority: Authority, world: World
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        later = now + timedelta(hours=2)
        lot_id = published_lot(session, blobs, authority, world, now=now, documents_from=later)
        offer_documents(session, lot_id, now=now + timedelta(hours=1))
        assert queries.lot_snapshot(session, lot_id).stage is LotStage.NOTICE_PUBLISHED
        offer_documents(session, lot_id, now=later)
        offer_documents(session, lot_id, now=later)
        assert queries.lot_snapshot(session, lot_id).stage is LotStage.DOCUMENTS_ON_OFFER
        kinds = set(session.scalars(select(DueWork.kind)))
        assert "tenders.offer_documents" in kinds


def test_only_the_agency_drafts_and_only_the_tenderee_approves(
    database: Database, blobs: BlobStore, authority: Authority, world: World
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = ready_lot(session, blobs, world, now=now)
        agency, tenderee = world.account(Role.AGENCY), world.account(Role.TENDEREE)
        for wrong in (agency, world.account(Role.CENTRE)):
            with pytest.raises(Refused, match="TEN-1004"):
                approve_lot(session, lot_id, actor=wrong, now=now)
        with pytest.raises(Refused, match="TEN-1004"):
            edit_lot(session, lot_id, a_lot(now), actor=tenderee, now=now)
        with pytest.raises(Refused, match="TEN-1104"):
            publish_notice(
                session, authority, lot_id, sign(session, world, lot_id), actor=agency, now=now
            )
        approve_lot(session, lot_id, actor=tenderee, now=now)
        with pytest.raises(Refused, match="TEN-1004"):
            publish_notice(
                session, authority, lot_id, sign(session, world, lot_id), actor=tenderee, now=now
            )


def test_an_edit_undoes_the_approval(database: Database, blobs: BlobStore, world: World) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = ready_lot(session, blobs, world, now=now)
        approve_lot(session, lot_id, actor=world.account(Role.TENDEREE), now=now)
        edit_lot(session, lot_id, a_lot(now), actor=world.account(Role.AGENCY), now=now)
        assert queries.lot_snapshot(session, lot_id).stage is LotStage.DRAFT


def test_a_signature_over_another_draft_does_not_publish(
    database: Database, blobs: BlobStore, authority: Authority, world: World
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = ready_lot(session, blobs, world, now=now)
        stale = sign(session, world, lot_id)
        agency = world.account(Role.AGENCY)
        edit_lot(session, lot_id, a_lot(now, scope="改了一个字"), actor=agency, now=now)
        approve_lot(session, lot_id, actor=world.account(Role.TENDEREE), now=now)
        with pytest.raises(Refused, match="TEN-1701"):
            publish_notice(session, authority, lot_id, stale, actor=agency, now=now)


def test_another_organisations_certificate_does_not_publish(
    database: Database, blobs: BlobStore, authority: Authority, world: World
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = ready_lot(session, blobs, world, now=now)
        approve_lot(session, lot_id, actor=world.account(Role.TENDEREE), now=now)
        agency = world.account(Role.AGENCY)
        foreign = sign(session, world, lot_id, by=Role.CENTRE)
        with pytest.raises(Refused, match="TEN-1702"):
            publish_notice(session, authority, lot_id, foreign, actor=agency, now=now)
        own = sign(session, world, lot_id)
        forged = type(own)(own.digest, bytes(64), own.certificate_chain)
        with pytest.raises(Refused, match="TEN-1703"):
            publish_notice(session, authority, lot_id, forged, actor=agency, now=now)


def test_after_the_notice_nothing_of_it_can_change(
    database: Database, blobs: BlobStore, authority: Authority, world: World
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = published_lot(session, blobs, authority, world, now=now)
    agency = world.account(Role.AGENCY)
    with database.writing() as session:
        with pytest.raises(Refused, match="TEN-1103"):
            edit_lot(session, lot_id, a_lot(now), actor=agency, now=now)
        with pytest.raises(Refused, match="TEN-1103"):
            add_document(
                session,
                blobs,
                lot_id,
                name="补充.pdf",
                media_type="application/pdf",
                content=(b"x",),
                actor=agency,
                now=now,
            )
    for statement in (
        "UPDATE notice SET title = 'x'",
        "DELETE FROM stage_change",
        "TRUNCATE notice CASCADE",
    ):
        with database.writing() as session, pytest.raises(Exception, match="append-only"):
            session.execute(text(statement))


def test_too_few_trustees_refuse_the_whole_act(
    database: Database, blobs: BlobStore, world: World
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = ready_lot(session, blobs, world, now=now)
    two = tuple(party.trustee_id for party in world.parties.values())[:2]
    with pytest.raises(Refused, match="TEN-1201"), database.writing() as session:
        set_trustees(
            session,
            lot_id,
            trustee_ids=two,
            threshold=2,
            actor=world.account(Role.AGENCY),
            now=now,
        )
    with database.reading() as session:
        assert len(queries.seats(session, lot_id)) == 5


def test_an_approval_needs_legal_dates_and_a_document(
    database: Database, blobs: BlobStore, world: World
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        soon = now + timedelta(days=3)
        lot_id = ready_lot(session, blobs, world, now=now, deadline=soon, documents_until=soon)
        with pytest.raises(Refused, match=r"TEN-140[23]"):
            approve_lot(session, lot_id, actor=world.account(Role.TENDEREE), now=now)


def test_a_lot_is_held_and_resumed_with_a_reason(
    database: Database, blobs: BlobStore, authority: Authority, world: World
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = published_lot(session, blobs, authority, world, now=now)
        tenderee = world.account(Role.TENDEREE)
        with pytest.raises(Refused, match="TEN-1102"):
            end_lot(session, lot_id, LotStage.SUSPENDED, actor=tenderee, now=now, reason=" ")
        end_lot(session, lot_id, LotStage.SUSPENDED, actor=tenderee, now=now, reason="核对图纸")
        assert not queries.lot_snapshot(session, lot_id).accepts_bids(now)
        with pytest.raises(Refused, match="TEN-1101"):
            move_lot(session, lot_id, LotStage.OPENING, actor=tenderee, now=now, reason="x")
        move_lot(
            session,
            lot_id,
            LotStage.DOCUMENTS_ON_OFFER,
            actor=tenderee,
            now=now,
            reason="图纸无误",
        )
        row = session.get_one(Lot, lot_id)
        assert (row.stage, row.held_from) == (LotStage.DOCUMENTS_ON_OFFER, None)
        reasons = [change.reason for change in queries.timeline(session, lot_id)]
        assert "核对图纸" in reasons
        assert "图纸无误" in reasons


def test_codes_of_a_month_run_on(database: Database, blobs: BlobStore, world: World) -> None:
    with database.writing() as session:
        now = legal_now(session)
        first = queries.lot_snapshot(session, ready_lot(session, blobs, world, now=now)).number
        second = queries.lot_snapshot(session, ready_lot(session, blobs, world, now=now)).number
    assert first[:11] == second[:11]
    assert int(second[11:17]) == int(first[11:17]) + 1
    assert first[17:] == second[17:] == "001001"
