"""Deposits in the scene: a bank of its own, and money that it booked, by escrow's own acts."""

from uuid import UUID

from escrow import public
from escrow.banks.actions import publish_sealing_key
from escrow.banks.booking import book
from escrow.bookings.rules import BookedEntry, Party, Sign
from escrow.bookings.seals import worker_key
from escrow.deposits.actions import advance_feed, open_sub_accounts
from escrow.ledger.models import Bank
from kernel import clock
from kernel.ids import new_id
from tests.trading.openings.world import Bidder, Scene


def open_bank(scene: Scene) -> UUID:
    """A bank with ready sub-accounts and nothing booked yet."""
    enrolment = {
        "code": "yunlan",
        "name": "云澜银行",
        "adapter": "iso20022",
        "base_url": "http://localhost:9",
        "master_number": "3300100",
        "master_name": "云澜市公共资源交易中心",
        "key_id": "1",
        "public_key": "00" * 32,
    }
    with scene.house.database.writing() as session:
        bank_id = public.register_bank(session, enrolment=enrolment, now=clock.legal_now(session))
        bank = session.get_one(Bank, bank_id)
        open_sub_accounts(session, bank, [f"622200{n:04d}" for n in range(12)])
    return bank_id


def claim(scene: Scene, bidder: Bidder) -> None:
    """A sub-account of that bank, which the bidder's next bid will name."""
    with scene.house.database.writing() as session:
        given = public.claim_sub_account(session, bank="yunlan", now=clock.legal_now(session))
    bidder.sub_account = (given.number, given.token)


def pay(scene: Scene, bank_id: UUID, bidder: Bidder, fen: int) -> None:
    """So much from the bidder's basic account, booked now."""
    claim(scene, bidder)
    account = bidder.account
    with scene.house.database.writing() as session:
        now = clock.legal_now(session)
        entry = BookedEntry(
            bank_ref=new_id().hex,
            sign=Sign.CREDIT,
            amount_fen=fen,
            booked_at=now,
            number=bidder.sub_account[0],
            party=Party(account.name, account.number),
        )
        key = publish_sealing_key(session, worker_key(scene.house.keys), now=now)
        bank = session.get_one(Bank, bank_id, with_for_update=True)
        book(session, bank, entry, sealing_key=key, now=now)


def hear_of_all(scene: Scene, bank_id: UUID) -> None:
    """The bank's feed is whole up to the deadline."""
    with scene.house.database.writing() as session:
        advance_feed(session, bank_id, scene.lot.deadline)
