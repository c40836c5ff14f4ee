"""Claiming, official judgement with versions, giving back: against PostgreSQL."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from escrow import public
from escrow.banks.actions import register_bank
from escrow.banks.booking import book
from escrow.bookings.models import SubAccount
from escrow.bookings.rules import BookedEntry, Party, Sign, SubAccountState
from escrow.bookings.seals import public_bytes
from escrow.deposits import actions, queries
from escrow.deposits.jobs import return_unclaimed
from escrow.deposits.models import DepositVerdict
from escrow.ledger.models import Bank
from escrow.public import (
    DepositTerms,
    Finality,
    Outcome,
    Payer,
    ReleaseReason,
    Verdict,
)
from escrow.public import (
    SubAccount as Claimed,
)
from escrow.refunds.models import Refund
from escrow.refunds.rules import RefundReason
from kernel.db import Database
from kernel.house import Call, House
from kernel.ids import new_id
from kernel.permissions import System
from kernel.pure.errors import Refused
from kernel.settings import Settings

T = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
NOW = T - timedelta(days=1)
TERMS = DepositTerms(80_000_00, T)
OWNER = Payer("甲公司", "33")
THIRD = Payer("乙公司", "44")
KEY = public_bytes(ec.generate_private_key(ec.SECP256R1()))


class Desk:
    """A bank with a small pool, and the acts on its deposits."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.lot = uuid4()
        enrolment = {
            "code": "b",
            "name": "银行",
            "adapter": "iso20022",
            "base_url": "http://x",
            "master_number": "1",
            "master_name": "专户",
            "key_id": "k",
            "public_key": "00" * 32,
        }
        with database.writing() as session:
            self.bank_id = register_bank(session, enrolment=enrolment, now=NOW)
            bank = session.get_one(Bank, self.bank_id)
            assert actions.open_sub_accounts(session, bank, ["61", "62", "63", "61"]) == 3

    def claim(self) -> Claimed:
        with self.database.writing() as session:
            return public.claim_sub_account(session, bank="b", now=NOW)

    def pay(self, number: str, yuan: int, *, payer: Payer = OWNER, at: datetime = NOW) -> None:
        entry = BookedEntry(
            new_id().hex,
            Sign.CREDIT,
            yuan * 100,
            at,
            number,
            Party(payer.name, payer.account),
        )
        with self.database.writing() as session:
            bank = session.get_one(Bank, self.bank_id, with_for_update=True)
            book(session, bank, entry, sealing_key=KEY, now=NOW)

    def complete(self, until: datetime) -> None:
        with self.database.writing() as session:
            actions.advance_feed(session, self.bank_id, until)

    def judge(
        self,
        claimed: Claimed,
        bidder: UUID,
        *,
        number: str | None = None,
        token: str | None = None,
    ) -> Verdict:
        with self.database.writing() as session:
            return public.judge(
                session,
                number=number or claimed.number,
                token=token or claimed.token,
                terms=TERMS,
                payer=OWNER,
                bidder_ref=bidder,
                lot_ref=self.lot,
                now=T,
            )

    def refunds(self) -> list[tuple[RefundReason, int]]:
        with self.database.reading() as session:
            rows = session.scalars(select(Refund).order_by(Refund.amount_fen))
            return [(row.reason, row.amount_fen) for row in rows]

    def versions(self) -> int:
        with self.database.reading() as session:
            return len(session.scalars(select(DepositVerdict.id)).all())


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_a_pool_gives_each_number_once(desk: Desk) -> None:
    claims = [desk.claim() for _ in range(3)]
    assert {claimed.number for claimed in claims} == {"61", "62", "63"}
    assert len({claimed.token for claimed in claims}) == 3
    with pytest.raises(Refused) as refused:
        desk.claim()
    assert refused.value.code == "ESC-1101"
    with pytest.raises(Refused) as refused, desk.database.writing() as session:
        public.claim_sub_account(session, bank="nobody", now=NOW)
    assert refused.value.code == "ESC-1102"


def test_the_row_of_a_claim_names_nobody(desk: Desk) -> None:
    claimed = desk.claim()
    with desk.database.reading() as session:
        row = session.execute(
            text("SELECT row_to_json(s)::text FROM sub_account s WHERE state = 'claimed'")
        ).scalar_one()
    assert claimed.token not in row
    assert set(SubAccount.__table__.columns.keys()) == {
        "id",
        "bank_id",
        "number",
        "state",
        "token_hash",
        "token_key",
        "return_by",
    }


def test_verdicts_are_kept_by_version_until_final(desk: Desk) -> None:
    claimed, bidder = desk.claim(), uuid4()
    desk.pay(claimed.number, 50_000)
    assert desk.judge(claimed, bidder).outcome is Outcome.SHORT
    assert desk.judge(claimed, bidder).finality is Finality.PROVISIONAL
    assert desk.versions() == 1
    desk.pay(claimed.number, 30_000)
    assert desk.judge(claimed, bidder).outcome is Outcome.SPLIT
    assert desk.versions() == 2
    desk.complete(T)
    final = desk.judge(claimed, bidder)
    assert (final.outcome, final.finality) == (Outcome.SPLIT, Finality.FINAL)
    desk.pay(claimed.number, 1_000)
    assert desk.judge(claimed, bidder) == final
    assert desk.versions() == 3
    with desk.database.reading() as session:
        assert public.verdicts(session, lot_ref=desk.lot) == {bidder: final}
        assert public.verdicts(session, lot_ref=uuid4()) == {}
    with pytest.raises(DBAPIError), desk.database.writing() as session:
        session.execute(text("UPDATE deposit_verdict SET outcome = 'ok'"))


def test_the_feed_never_moves_back(desk: Desk) -> None:
    desk.complete(T)
    desk.complete(T - timedelta(days=1))
    with desk.database.reading() as session:
        assert queries.complete_until(session, desk.bank_id) == T


def test_wrong_numbers_and_tokens_are_verdicts(desk: Desk) -> None:
    one, two = desk.claim(), desk.claim()
    desk.pay(one.number, 80_000)
    assert desk.judge(one, uuid4(), number=two.number).outcome is Outcome.UNKNOWN_SUB
    assert desk.judge(one, uuid4(), token="A" * 43).outcome is Outcome.UNKNOWN_SUB
    assert desk.judge(one, uuid4(), token="nonsense").outcome is Outcome.UNKNOWN_SUB
    assert desk.judge(one, uuid4()).outcome is Outcome.OK
    second = desk.judge(one, uuid4())
    assert (second.outcome, second.qualifies, second.finality) == (
        Outcome.DUPLICATE,
        False,
        Finality.FINAL,
    )


def test_excess_returns_once_final_and_strangers_money_at_once(desk: Desk) -> None:
    claimed, bidder = desk.claim(), uuid4()
    desk.pay(claimed.number, 60_000)
    desk.pay(claimed.number, 30_000)
    desk.pay(claimed.number, 7_000, payer=THIRD)
    assert desk.judge(claimed, bidder).outcome is Outcome.OVER
    assert desk.refunds() == [(RefundReason.WRONG_PAYER, 7_000_00)]
    desk.complete(T)
    assert desk.judge(claimed, bidder).finality is Finality.FINAL
    assert desk.refunds() == [
        (RefundReason.WRONG_PAYER, 7_000_00),
        (RefundReason.EXCESS, 10_000_00),
    ]
    desk.judge(claimed, bidder)
    assert len(desk.refunds()) == 2


def test_excess_is_taken_from_the_latest_credits(desk: Desk) -> None:
    claimed = desk.claim()
    desk.pay(claimed.number, 80_000)
    desk.pay(claimed.number, 5_000, at=NOW + timedelta(hours=1))
    desk.pay(claimed.number, 6_000, at=NOW + timedelta(hours=2))
    desk.complete(T)
    desk.judge(claimed, uuid4())
    assert desk.refunds() == [(RefundReason.EXCESS, 5_000_00), (RefundReason.EXCESS, 6_000_00)]


def test_a_judged_deposit_leaves_by_officials_only(desk: Desk) -> None:
    claimed, bidder = desk.claim(), uuid4()
    desk.pay(claimed.number, 80_000)
    desk.judge(claimed, bidder)
    with pytest.raises(Refused) as refused, desk.database.writing() as session:
        public.release(session, token=claimed.token, reason=ReleaseReason.LOT_FAILED, now=T)
    assert refused.value.code == "ESC-1302"

    def give_back(lot: UUID, bidder: UUID) -> int:
        with desk.database.writing() as session:
            return public.release_judged(
                session,
                lot_ref=lot,
                bidder_ref=bidder,
                reason=ReleaseReason.NOT_SELECTED,
                now=T,
            )

    assert give_back(uuid4(), bidder) == give_back(desk.lot, uuid4()) == 0
    assert give_back(desk.lot, bidder) == 80_000_00
    assert give_back(desk.lot, bidder) == 0
    assert desk.refunds() == [(RefundReason.NOT_SELECTED, 80_000_00)]


def test_naming_anothers_number_gives_nothing_back(desk: Desk) -> None:
    owner, thief, bidder = desk.claim(), desk.claim(), uuid4()
    desk.pay(owner.number, 80_000)
    desk.judge(thief, bidder, number=owner.number)
    with desk.database.writing() as session:
        assert (
            public.release_judged(
                session,
                lot_ref=desk.lot,
                bidder_ref=bidder,
                reason=ReleaseReason.LOT_FAILED,
                now=T,
            )
            == 0
        )
    assert desk.refunds() == []


@pytest.mark.parametrize("token", ["A" * 43, "", "61"])
def test_what_nobody_claimed_cannot_be_released(desk: Desk, token: str) -> None:
    with pytest.raises(Refused) as refused, desk.database.writing() as session:
        public.release(session, token=token, reason=ReleaseReason.LOT_FAILED, now=T)
    assert refused.value.code == "ESC-1201"


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (datetime(2026, 5, 31, 15, 59, tzinfo=UTC), date(2026, 12, 1)),
        (datetime(2026, 5, 31, 16, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 6, 1, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 12, 10, tzinfo=UTC), date(2027, 7, 1)),
    ],
)
def test_return_months_are_beijings(now: datetime, month: date) -> None:
    assert actions.return_month(now) == month


def test_unclaimed_money_goes_back_in_its_month(desk: Desk, settings: Settings) -> None:
    kept, left = desk.claim(), desk.claim()
    for claimed in (kept, left):
        desk.pay(claimed.number, 80_000)
    desk.judge(kept, uuid4())
    house = House.open(settings, pool_size=2)
    for now, expected in ((T, []), (T + timedelta(days=400), [80_000_00])):
        with desk.database.writing() as session:
            return_unclaimed(Call(session, System("test"), now, house))
        assert [amount for _, amount in desk.refunds()] == expected
    assert desk.refunds()[0][0] is RefundReason.UNCLAIMED
    with desk.database.reading() as session:
        states = session.scalars(select(SubAccount.state).order_by(SubAccount.state)).all()
    house.database.dispose()
    assert states == [SubAccountState.CLAIMED, SubAccountState.POOL, SubAccountState.RELEASED]


def test_the_status_opens_in_a_read_only_transaction(desk: Desk) -> None:
    claimed = desk.claim()
    desk.pay(claimed.number, 80_000)
    with desk.database.reading() as session:
        verdict = public.status(session, token=claimed.token, lot=TERMS, payer=OWNER)
        assert public.bank_choices(session) == (public.BankChoice("b", "银行"),)
    assert verdict.outcome is Outcome.OK
