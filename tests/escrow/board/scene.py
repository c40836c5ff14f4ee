"""Six banks, a lot whose list is published with deposits at three of them, and one still sealed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from escrow import public
from escrow.banks.actions import publish_sealing_key
from escrow.banks.booking import book
from escrow.banks.gateway import Statement
from escrow.bookings.rules import BookedEntry, Party, Sign
from escrow.bookings.seals import public_bytes, worker_key
from escrow.deposits.actions import advance_feed, open_sub_accounts
from escrow.ledger.models import Bank
from escrow.public import (
    Block,
    DepositTerms,
    LotName,
    Payer,
    ReleaseReason,
    SettlementLine,
    SubAccount,
)
from escrow.reconciliation import actions as reconciliation
from escrow.reconciliation.completeness import SHANGHAI
from kernel.clock import legal_now, shift
from kernel.house import House
from kernel.ids import new_id
from kernel.permissions import Account, Role

BANKS = {
    "heguang": "和光银行",
    "jiangpan": "江畔银行",
    "qinghe": "清禾银行",
    "tongji": "通济银行",
    "yunlan": "云澜银行",
    "zhongsui": "中穗银行",
}
FIRST_DAY = date(2026, 11, 20)
T = datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)
NOW = datetime(2026, 11, 24, 10, tzinfo=SHANGHAI)
DUE = 80_000_00
OWNER = Payer("霁川交通规划设计研究院有限公司", "3301040160000521738")
STRANGER = Payer("云栖商贸有限公司", "3301040160000521999")
CENTRE = uuid4()


def person(name: str, *, role: Role = Role.CENTRE, of: str = "交易中心") -> Account:
    return Account(uuid4(), CENTRE, role, name, of, uuid4(), "csrf")


MAKER, CHECKER = person("周敏"), person("何远")
LIAISON = person("程舟", role=Role.BANK, of=BANKS["yunlan"])
PEOPLE = {
    "maker": MAKER,
    "checker": CHECKER,
    "bank": LIAISON,
    "supervisor": person("陆衡", role=Role.SUPERVISOR, of="监督局"),
}


@dataclass
class Lots:
    """Whoever runs the lots, as escrow asks it."""

    names: dict[UUID, LotName] = field(default_factory=dict)
    since: datetime | None = None
    held: dict[UUID, Block] = field(default_factory=dict)

    def sealed_since(self, session: Session) -> datetime | None:
        return self.since

    def named(self, session: Session, refs: Iterable[UUID]) -> Mapping[UUID, LotName]:
        return {ref: self.names[ref] for ref in refs if ref in self.names}

    def blocks(self, session: Session, refs: Iterable[UUID]) -> Mapping[UUID, Block]:
        return {ref: self.held[ref] for ref in refs if ref in self.held}


class Scene:
    """What every page of the money shows, made through the packages' own acts."""

    def __init__(self, house: House) -> None:
        self.house, self.database = house, house.database
        self.lot, self.lots = uuid4(), Lots()
        self.lots.names[self.lot] = LotName(
            self.lot, "E3301-01", "示范区道路勘察设计 1 标段", T, f"/lots/{self.lot}"
        )
        self.key = public_bytes(worker_key(house.keys))
        self.banks: dict[str, UUID] = {}
        self.refs = 0
        enrolled = datetime.combine(FIRST_DAY, datetime.min.time(), SHANGHAI)
        with self.database.writing() as session:
            publish_sealing_key(session, worker_key(house.keys), now=NOW)
            shift(session, max(NOW - legal_now(session), timedelta(0)))
            for at, (code, name) in enumerate(BANKS.items()):
                enrolment = {
                    "code": code,
                    "name": name,
                    "adapter": "iso20022",
                    "base_url": "http://x",
                    "master_number": f"33010{at}",
                    "master_name": "云澜市公共资源交易中心保证金专户",
                    "key_id": "k",
                    "public_key": "00" * 32,
                }
                self.banks[code] = public.register_bank(session, enrolment=enrolment, now=enrolled)
                bank = session.get_one(Bank, self.banks[code])
                numbers = [f"62{at}3010412345678{n:02}" for n in range(4)]
                open_sub_accounts(session, bank, numbers)

    def claim(self, code: str) -> SubAccount:
        with self.database.writing() as session:
            return public.claim_sub_account(session, bank=code, now=NOW)

    def pay(
        self, code: str, number: str | None, fen: int, *, at: datetime, payer: Payer = OWNER
    ) -> BookedEntry:
        """The bank books a payment and tells us."""
        self.refs += 1
        entry = BookedEntry(
            f"{code[:2].upper()}20261122{self.refs:06}",
            Sign.CREDIT,
            fen,
            at,
            number,
            Party(payer.name, payer.account),
        )
        with self.database.writing() as session:
            bank = session.get_one(Bank, self.banks[code], with_for_update={"key_share": True})
            book(session, bank, entry, sealing_key=self.key, now=NOW)
        return entry

    def judge(self, account: SubAccount, bidder: UUID) -> None:
        """The lot's list names it."""
        with self.database.writing() as session:
            public.judge(
                session,
                number=account.number,
                token=account.token,
                terms=DepositTerms(DUE, T),
                payer=OWNER,
                bidder_ref=bidder,
                lot_ref=self.lot,
                now=T + timedelta(minutes=5),
            )

    def complete(self, until: datetime = NOW) -> None:
        with self.database.writing() as session:
            for bank in self.banks.values():
                advance_feed(session, bank, until)

    def list_is_published(self) -> dict[str, SubAccount]:
        """Three bidders at three banks: one right, one in two parts, one from a third party."""
        held = {code: self.claim(code) for code in ("yunlan", "jiangpan", "qinghe")}
        early = T - timedelta(days=2)
        self.pay("yunlan", held["yunlan"].number, DUE, at=early)
        self.pay("jiangpan", held["jiangpan"].number, DUE - 30_000_00, at=early)
        self.pay("jiangpan", held["jiangpan"].number, 30_000_00, at=T - timedelta(hours=20))
        self.pay("qinghe", held["qinghe"].number, DUE, at=T - timedelta(hours=1), payer=STRANGER)
        self.complete()
        self.bidders = {code: new_id() for code in held}
        for code, account in held.items():
            self.judge(account, self.bidders[code])
        return held

    def propose(self, *, due_at: datetime = NOW + timedelta(days=3)) -> UUID:
        """All three are to be paid back."""
        lines = [
            SettlementLine(bidder, ReleaseReason.NOT_SELECTED) for bidder in self.bidders.values()
        ]
        with self.database.writing() as session:
            return public.propose_settlement(
                session,
                lot_ref=self.lot,
                centre_ref=CENTRE,
                lines=lines,
                title=self.lots.names[self.lot].title,
                now=NOW,
                due_at=due_at,
            )

    def told(self, code: str, day: date, *entries: BookedEntry, opening: int = 0) -> None:
        """The bank's statement of a day, taken in and reconciled."""
        moved = sum(one.amount_fen for one in entries)
        number = (day - FIRST_DAY).days + 1
        statement = Statement(
            f"S{day}", b"<raw>", day, number, opening, opening + moved, tuple(entries)
        )
        with self.database.writing() as session:
            bank = session.get_one(Bank, self.banks[code])
            reconciliation.take_in(session, bank, day, statement, now=NOW)
            reconciliation.reconcile_day(session, bank.id, day, now=NOW)
