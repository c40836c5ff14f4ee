"""The rescue panel of a lot: chosen in the draft, frozen in notice and policy, never a trustee."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.blobs import BlobStore
from kernel.crypto.signatures import public_bytes
from kernel.db import Database
from kernel.identity.authority import Authority
from kernel.permissions import Role
from kernel.pure.errors import Refused
from kernel.pure.policy import HolderLock
from tests.trading.tenders.world import World, ready_lot, sign
from trading.tenders import actions, drafting, notices, queries
from trading.tenders.models import Notice
from trading.tenders.notice_pdf import notice_record
from trading.tenders.rules import TrusteeRole


def _members(session: Session, world: World, count: int, now: datetime) -> tuple[UUID, ...]:
    account = world.account(Role.TRUSTEE)
    return tuple(
        drafting.register_trustee(
            session,
            person_id=account.person_id,
            organisation_id=account.organisation_id,
            role=TrusteeRole.ASSOCIATION,
            name=f"成员 {number}",
            public_key=public_bytes(ec.generate_private_key(ec.SECP256R1())),
            now=now,
        )
        for number in range(1, count + 1)
    )


def test_a_panel_is_frozen_in_notice_policy_and_pdf(
    database: Database, authority: Authority, blobs: BlobStore, world: World
) -> None:
    with database.writing() as session:
        now = clock.legal_now(session)
        lot_id = ready_lot(session, blobs, world, now=now)
        agency = world.account(Role.AGENCY)
        members = _members(session, world, 3, now)
        order: dict[str, Any] = {"member_ids": members, "actor": agency, "now": now}
        changes: tuple[tuple[str, dict[str, Any]], ...] = (
            ("TEN-1206", {"threshold": 1}),
            ("TEN-1206", {"threshold": 4}),
            ("TEN-1206", {"threshold": 0}),
            ("TEN-1205", {"threshold": 2, "member_ids": (world.organisation(Role.AGENCY),)}),
            ("TEN-1207", {"threshold": 2, "member_ids": (*members, _seat(session, lot_id))}),
            ("TEN-1004", {"threshold": 2, "actor": world.account(Role.TENDEREE)}),
        )
        for code, changed in changes:
            with pytest.raises(Refused, match=code):
                drafting.set_panel(session, lot_id, **{**order, **changed})
        drafting.set_panel(session, lot_id, threshold=2, **order)
        lot = queries.lot_row(session, lot_id)
        lot.holder_lock = HolderLock.COMMITTEE_ONLY
        assert [r.code for r in actions.missing(session, lot, now=now)] == ["TEN-1208"]
        lot.holder_lock = HolderLock.BIDDER
        actions.approve_lot(session, lot_id, actor=world.account(Role.TENDEREE), now=now)
        signed = sign(session, world, lot_id)
        notices.publish_notice(session, authority, lot_id, signed, actor=agency, now=now)
        with pytest.raises(Refused, match="TEN-1103"):
            drafting.set_panel(session, lot_id, threshold=2, **order)
        snapshot = queries.lot_snapshot(session, lot_id)
        notice = session.scalars(select(Notice).where(Notice.lot_id == lot_id)).one()
        assert snapshot.policy is not None
        assert snapshot.rescue is not None
        assert snapshot.policy.rescue == snapshot.rescue.policy()
        told = notice.body["rescue"]
        assert (told["threshold"], [m["index"] for m in told["panel"]]) == (2, [1, 2, 3])
        record = notice_record(lot, notice, centre="", check_url="", log_number=1, demo=True)
        assert "救援小组" in {section.heading for section in record.sections}


def _seat(session: Session, lot_id: UUID) -> UUID:
    return queries.seats(session, lot_id)[0].trustee_id
