"""An issuer as a process of its own: asked in sealed words, then confirmed, given back, claimed."""

import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import update

from escrow import public
from escrow.banks.simulator.guarantor_doors import ANSWER, ASK
from escrow.deposits.rules import Finality, Outcome
from escrow.forfeits import actions as forfeits
from escrow.forfeits import queries as forfeit_queries
from escrow.forfeits.models import Forfeit
from escrow.guarantees import actions, queries, rounds
from escrow.guarantees.models import Guarantee
from escrow.guarantees.rules import GuaranteeState, Named
from escrow.public import Against, Asked, Beneficiary, ForfeitReason, ForfeitState, Ground
from kernel.crypto import hpke
from kernel.crypto.signatures import public_bytes
from kernel.identity import actions as identity
from kernel.identity.authority import Authority
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from tests.escrow.conftest import PAYERS, Town
from tests.escrow.guarantees.world import ASKED, CENTRE, FEN, TITLE, named

PAYER = PAYERS[0]
TENDEREE_ACCOUNT = PAYERS[1]


class Applicant:
    """A bidder who asks for guarantees of one lot after another, and the platform around him."""

    def __init__(self, town: Town, folder: Path) -> None:
        self.town = town
        self.authority = Authority(folder, passphrase="", demo=True)
        [told] = town.bank.ask("GET", "/api/guarantors")
        self.sealing_key = bytes.fromhex(told["sealing_key"])
        now = town.now()
        with town.database.writing() as session:
            public.register_issuer(session, enrolment=told)
            issuer = identity.register_organisation(
                session,
                credit_code=told["credit_code"],
                name=told["name"],
                account=None,
                now=now,
            )
            issued = identity.issue_certificate(
                session,
                self.authority,
                organisation_id=issuer,
                person_id=None,
                public_key=bytes.fromhex(told["public_key"]),
                now=now,
            )
        keys = town.house.keys
        certified = {
            "certificate": issued.chain[0].hex(),
            "platform_key": keys.platform_public_key.hex(),
        }
        town.bank.ask("PUT", f"/api/guarantors/{told['code']}", certified)

    @property
    def asked(self) -> Asked:
        """What the lot wants of a guarantee for this payer."""
        principal = Named(PAYER["name"], "91330300MA2852237X")
        return Asked(FEN, ASKED.begins, ASKED.through, ASKED.lot, ASKED.beneficiary, principal)

    def ask(self, **told: Any) -> dict[str, Any]:
        reply = ec.generate_private_key(ec.SECP256R1())
        question = {**told, "reply_key": public_bytes(reply).hex()}
        plain = json.dumps(question).encode().ljust(4096)
        sealed = b"".join(hpke.seal(self.sealing_key, plain, info=ASK))
        with self.town.database.reading() as session:
            answer = public.relay_to_issuer(
                session, self.town.house.keys, code="anlan", sealed=sealed
            )
        opened = hpke.unseal(reply, answer[:65], answer[65:], info=ANSWER)
        found: dict[str, Any] = json.loads(opened)
        return found

    def obtain(self) -> dict[str, Any]:
        """Applied, paid, issued."""
        wanted, secret = self.asked, os.urandom(32).hex()
        told = {
            "principal": named(wanted.principal),
            "beneficiary": named(wanted.beneficiary),
            "lot": wanted.lot,
            "project": "示范区道路",
            "amount_fen": wanted.amount_fen,
            "valid_from": wanted.begins.isoformat(),
            "valid_until": wanted.through.isoformat(),
        }
        first = self.ask(ask="apply", secret=secret, **told)
        assert (first["word"], first["document"]) == ("applied", None)
        fee = {"application": first["application"], "payer_account": PAYER["account"]}
        assert self.town.bank.ask("POST", "/api/guarantee-fees", fee)["word"] == "paid"
        issued = self.ask(ask="state", secret=secret)
        assert issued["word"] == "issued"
        document: dict[str, Any] = issued["document"]
        return document

    def judge(self, document: dict[str, Any], lot: UUID, bidder: UUID) -> public.Verdict:
        secured = public.Secured(lot, bidder, CENTRE, TITLE, PAYER["name"])
        with self.town.database.writing() as session:
            return public.judge_guarantee(
                session,
                self.authority,
                document,
                asked=self.asked,
                secured=secured,
                now=self.town.now(),
            )

    def turn(self) -> None:
        """One round with the issuer, as if it had been left in peace long enough."""
        with self.town.database.writing() as session:
            session.execute(update(Guarantee).values(asked_at=None))
        for one in rounds.waiting(self.town.house):
            rounds.advance(self.town.house, one)


@pytest.fixture(scope="module")
def applicant(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Applicant:
    return Applicant(town, tmp_path_factory.mktemp("authority"))


def test_from_the_application_to_the_money(applicant: Applicant) -> None:
    town, lot, bidder = applicant.town, uuid4(), uuid4()
    document = applicant.obtain()
    assert applicant.judge(document, lot, bidder).finality is Finality.PROVISIONAL
    town.bank.fault("down", seconds=2)
    applicant.turn()
    assert applicant.judge(document, lot, bidder).finality is Finality.PROVISIONAL
    town.bank.ask("DELETE", "/api/faults")
    applicant.turn()
    found = applicant.judge(document, lot, bidder)
    assert (found.outcome, found.finality) == (Outcome.GUARANTEED, Finality.FINAL)
    before = town.bank.balance(TENDEREE_ACCOUNT["account"])
    with town.database.writing() as session:
        forfeit = public.propose_forfeit(
            session,
            against=Against(lot, bidder, CENTRE, TITLE, PAYER["name"]),
            ground=Ground(ForfeitReason.NO_BOND, "条例第 74 条", "未交履约保证金。", bytes(32)),
            beneficiary=Beneficiary(TENDEREE_ACCOUNT["name"], TENDEREE_ACCOUNT["account"], "银行"),
            by="招标人",
            now=town.now(),
        )
    for name in ("蒋闻", "祝遥"):
        person = Account(uuid4(), CENTRE, Role.CENTRE, name, "交易中心", uuid4(), "csrf")
        with town.database.writing() as session:
            digest = forfeit_queries.whole(session, session.get_one(Forfeit, forfeit)).order.digest
            forfeits.approve(session, forfeit, digest=digest, by=person, now=town.now())
    for _ in range(3):
        applicant.turn()
    with town.database.reading() as session:
        paid = forfeit_queries.whole(session, session.get_one(Forfeit, forfeit))
        row = queries.of_bidder(session, lot_ref=lot, bidder_ref=bidder)
    assert paid.state is ForfeitState.PAID
    assert row is not None
    assert row.state is GuaranteeState.PAID_OUT
    # Paid once, however often it was asked for.
    assert town.bank.balance(TENDEREE_ACCOUNT["account"]) == before + FEN


def test_what_is_given_back_is_cancelled_and_what_is_annulled_secures_nothing(
    applicant: Applicant,
) -> None:
    town, lot, bidder, other = applicant.town, uuid4(), uuid4(), uuid4()
    document, annulled = applicant.obtain(), applicant.obtain()
    town.bank.ask("POST", f"/api/guarantees/{annulled['number']}/annul")
    for one, whose in ((document, bidder), (annulled, other)):
        applicant.judge(one, lot, whose)
    applicant.turn()
    assert applicant.judge(annulled, lot, other).outcome is Outcome.GUARANTEE_UNCONFIRMED
    with town.database.writing() as session:
        assert actions.release(session, lot_ref=lot, bidder_ref=bidder, why="x", now=town.now())
    applicant.turn()
    with town.database.reading() as session:
        row = queries.of_bidder(session, lot_ref=lot, bidder_ref=bidder)
    assert row is not None
    assert row.released_at_issuer is not None


def test_what_the_issuer_cannot_read_is_refused(applicant: Applicant) -> None:
    with applicant.town.database.reading() as session:
        for sealed, code in ((bytes(4177), "ESC-1705"), (bytes(7), "ESC-1704")):
            with pytest.raises(Refused, match=code):
                public.relay_to_issuer(
                    session, applicant.town.house.keys, code="anlan", sealed=sealed
                )
    assert applicant.ask(ask="state", secret="00" * 32) == {"declined": "没有这份申请"}
    assert applicant.ask(ask="apply", secret="11" * 32) == {"declined": "申请缺少内容"}
