"""A lot whose opening is closed, and the acts after its report, driven by the same functions."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from kernel import clock
from kernel.identity.signer import SoftCertificate, SoftSigner
from kernel.ids import new_id
from kernel.permissions import Account, Role, System
from kernel.pure.legal_days import local_date
from tests.trading.openings.world import Bidder, Scene
from trading import worker
from trading.openings import commands as c
from trading.results import (
    awards,
    candidates,
    contracts,
    issuing,
    objecting,
    queries,
    renouncing,
    reports,
)
from trading.results.objecting import Attachment
from trading.results.rules import Cause, ContractTerms, Outcome, PassedOver, Ranked, Rejected
from trading.results.signing import Signed, ToSign
from trading.tenders.actions import move_lot
from trading.tenders.queries import lot_row
from trading.tenders.rules import LotStage

CONTRACT = b"%PDF-1.7\n% contract of the test\n"


@dataclass(slots=True)
class Results:
    """The acts on one lot; each in its own transaction, as the edge would run it."""

    scene: Scene

    @property
    def lot_id(self) -> UUID:
        return self.scene.lot.id

    def close_opening(self, count: int = 3) -> None:
        """Bids handed in, opened, read out and confirmed by silence; the record is issued."""
        self.scene.to_read_out(count=count)
        self.scene.act(c.ReadOut)
        self.scene.go_on(minutes=self.scene.lot.minutes.confirmation)
        self.scene.act(c.CloseOpening)
        self.scene.work()
        assert self.stage() == "opened"

    def stage(self) -> str:
        with self.scene.house.database.reading() as session:
            return lot_row(session, self.lot_id).stage.value

    def receive(self, *, rejected: int = 0, move: bool = True) -> None:
        """A report as evaluation would send it: the cheapest first, the last ones rejected."""
        with self.scene.house.database.writing() as session:
            now = clock.legal_now(session)
            if move:
                move_lot(session, self.lot_id, LotStage.EVALUATING, actor=HOST, now=now)
            listed = queries.bidders(session, self.lot_id)
            reports.receive(
                session, an_outcome(self.lot_id, listed, rejected, now), actor=HOST, now=now
            )

    def publish(self, *, days: int | None = None, role: Role = Role.AGENCY) -> None:
        with self.scene.house.database.writing() as session:
            now = clock.legal_now(session)
            actor = self.scene.world.account(role)
            draft = candidates.candidates_to_sign(
                session, self.lot_id, days=days, actor=actor, now=now
            )
            candidates.publish_candidates(
                session,
                self.scene.authority,
                self.lot_id,
                signed(draft, self.scene.world.parties[role].certificate),
                days=days,
                actor=actor,
                now=now,
            )

    def publicity_ends(self) -> datetime:
        with self.scene.house.database.reading() as session:
            found = queries.publicity_of(queries.candidates_notice(session, self.lot_id))
        assert found is not None
        return found.until

    def object(
        self, bidder: Bidder, text: str = "第一名的工期与招标文件不符。", paper: bytes | None = None
    ) -> UUID:
        file = Attachment("依据.pdf", paper) if paper is not None else None
        with self.scene.house.database.writing() as session:
            return objecting.raise_objection(
                session,
                self.scene.house.blobs,
                self.lot_id,
                text,
                file,
                actor=account_of(bidder),
                now=clock.legal_now(session),
            )

    def answer(self, objection: UUID, *, role: Role = Role.AGENCY) -> None:
        with self.scene.house.database.writing() as session:
            objecting.answer_objection(
                session,
                self.lot_id,
                objection,
                "经核对，工期与招标文件一致，维持评标结果。",
                actor=self.scene.world.account(role),
                now=clock.legal_now(session),
            )

    def award(
        self,
        *,
        rank: int = 1,
        passed: tuple[PassedOver, ...] = (),
        role: Role = Role.TENDEREE,
        signer: Role = Role.TENDEREE,
    ) -> None:
        with self.scene.house.database.writing() as session:
            now = clock.legal_now(session)
            actor = self.scene.world.account(role)
            draft = awards.award_to_sign(
                session, self.lot_id, rank=rank, passed=passed, actor=actor, now=now
            )
            awards.decide_award(
                session,
                self.scene.authority,
                self.lot_id,
                signed(draft, self.scene.world.parties[signer].certificate),
                rank=rank,
                passed=passed,
                actor=actor,
                now=now,
            )

    def renounce(
        self, cause: Cause = Cause.GAVE_UP, *, role: Role = Role.TENDEREE, paper: bytes = CONTRACT
    ) -> None:
        with self.scene.house.database.writing() as session:
            renouncing.record_renunciation(
                session,
                self.scene.house.blobs,
                self.lot_id,
                cause,
                "中标人来函放弃中标。",
                Attachment("放弃函.pdf", paper),
                actor=self.scene.world.account(role),
                now=clock.legal_now(session),
            )

    def issue(self, *, role: Role = Role.AGENCY) -> None:
        with self.scene.house.database.writing() as session:
            issuing.issue_notices(
                session,
                self.lot_id,
                actor=self.scene.world.account(role),
                now=clock.legal_now(session),
            )

    def contract(self, **changes: Any) -> None:
        with self.scene.house.database.writing() as session:
            now = clock.legal_now(session)
            award = queries.award_of(session, self.lot_id)
            terms: dict[str, Any] = {
                "number": "HT-2026-001",
                "amount_fen": award.price_fen if award else 1,
                "signed_on": local_date(now),
            }
            contracts.record_contract(
                session,
                self.scene.house.blobs,
                self.lot_id,
                ContractTerms(**{**terms, **changes}),
                Attachment("合同.pdf", CONTRACT),
                actor=self.scene.world.account(Role.AGENCY),
                now=now,
            )

    def today(self) -> date:
        return local_date(self.scene.now())

    def to_published(self) -> None:
        self.receive(rejected=0)
        self.publish()

    def to_awarded(self) -> None:
        self.to_published()
        self.scene.go_to(self.publicity_ends())
        self.award()

    def write_pdfs(self) -> None:
        self._tick("results.write_result_pdfs")

    def write_tender_pdfs(self) -> None:
        self._tick("tenders.write_pdfs")

    def _tick(self, name: str) -> None:
        worker.sequence(self.scene.house)
        for tick in worker.ticks():
            if tick.name == name:
                worker.run_tick(self.scene.house, tick)


HOST = System("test")


def signed(draft: ToSign, soft: SoftCertificate) -> Signed:
    """What the browser would answer with a party's certificate."""
    signature = SoftSigner(soft).sign(sha256(draft.message).digest())
    return Signed(draft.digest, signature, soft.chain)


def account_of(bidder: Bidder) -> Account:
    """The bidder's person, logged in."""
    person = new_id()
    return Account(
        person_id=person,
        organisation_id=bidder.organisation_id,
        role=Role.BIDDER,
        person_name="投标专员",
        organisation_name=bidder.name,
        session_id=person,
        csrf_token="",
    )


def an_outcome(
    lot_id: UUID, listed: tuple[queries.Bidder, ...], rejected: int, now: datetime
) -> Outcome:
    """A ranking by price, with a score each, as text."""
    sound = [b for b in listed if b.effective]
    kept = sorted(
        sound[: len(sound) - rejected], key=lambda bidder: (bidder.offer or {})["price_fen"]
    )
    return Outcome(
        lot_id=lot_id,
        version=1,
        facts_hash=sha256(b"facts").digest(),
        pdf_hash=sha256(b"pdf").digest(),
        leaf_id=new_id(),
        signed_at=now,
        ranking=tuple(
            Ranked(
                rank=place,
                number=bidder.seat,
                bidder_ref=bidder.ref,
                commitment=bidder.commitment,
                organisation=bidder.organisation,
                credit_code=bidder.credit_code,
                price_fen=(bidder.offer or {})["price_fen"],
                total=f"{95 - 2 * place}.37",
            )
            for place, bidder in enumerate(kept, start=1)
        ),
        rejected=tuple(
            Rejected(bidder.seat, bidder.ref, bidder.organisation, "资质等级不满足招标文件要求")
            for bidder in sound[len(sound) - rejected :]
        ),
    )
