"""Days against PostgreSQL: statements taken in, breaks followed, a day closed for ever."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from escrow.banks import rounds as bank_rounds
from escrow.banks.actions import publish_sealing_key
from escrow.banks.booking import book
from escrow.banks.gateway import Statement
from escrow.bookings.rules import BookedEntry, Sign
from escrow.bookings.seals import public_bytes, worker_key
from escrow.deposits.actions import advance_feed, open_sub_accounts
from escrow.ledger.models import Bank, JournalRow
from escrow.reconciliation import actions, queries
from escrow.reconciliation.balances import balances
from escrow.reconciliation.closing import FIRST, PURPOSE, close_day
from escrow.reconciliation.completeness import SHANGHAI, StatementState
from escrow.reconciliation.models import BreakState, DaySeal, ReconBreak, ReconMatch
from escrow.reconciliation.rules import BreakCode
from kernel import log
from kernel.clock import legal_now, shift
from kernel.house import House
from kernel.ids import new_id
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from kernel.pure.jcs import canonical
from tests.escrow.banks.test_listener import enrol

DAY = date(2026, 11, 22)
AT = datetime(2026, 11, 22, 10, tzinfo=SHANGHAI)
NOW = AT + timedelta(days=4)
NUMBER = "6233010412345678901"
KEY = public_bytes(ec.generate_private_key(ec.SECP256R1()))
FEN = 80_000_00


def person(name: str) -> Account:
    return Account(new_id(), new_id(), Role.CENTRE, name, "交易中心", new_id(), "csrf")


MAKER, CHECKER = person("周敏"), person("何远")


def entry(ref: str, fen: int = FEN, *, days: int = 0) -> BookedEntry:
    return BookedEntry(ref, Sign.CREDIT, fen, AT + timedelta(days=days), NUMBER, None)


class Desk:
    """One bank whose days are told and booked at will."""

    def __init__(self, house: House) -> None:
        self.house, self.database = house, house.database
        enrol(house)
        with self.database.writing() as session:
            publish_sealing_key(session, worker_key(house.keys), now=AT)
            shift(session, max(NOW - legal_now(session), timedelta(0)))
            bank = session.scalars(select(Bank)).one()
            self.bank_id: UUID = bank.id
            open_sub_accounts(session, bank, [NUMBER])

    def book(self, *entries: BookedEntry) -> None:
        with self.database.writing() as session:
            bank = session.get_one(Bank, self.bank_id, with_for_update={"key_share": True})
            for one in entries:
                book(session, bank, one, sealing_key=KEY, now=AT)

    def told(
        self, *entries: BookedEntry, days: int = 0, opening: int = 0, off: int = 0
    ) -> StatementState:
        moved = sum(one.amount_fen for one in entries)
        day = DAY + timedelta(days=days)
        statement = Statement(
            f"S{day}", b"<raw>", day, 7 + days, opening, opening + moved + off, entries
        )
        with self.database.writing() as session:
            bank = session.get_one(Bank, self.bank_id)
            return actions.take_in(session, bank, day, statement, now=NOW)

    def reconcile(self, *, days: int = 0) -> dict[BreakCode, BreakState]:
        day = DAY + timedelta(days=days)
        with self.database.writing() as session:
            assert actions.reconcile_day(session, self.bank_id, day, now=NOW)
        return self.breaks(days=days)

    def breaks(self, *, days: int = 0) -> dict[BreakCode, BreakState]:
        with self.database.reading() as session:
            found = queries.breaks_of(session, self.bank_id, DAY + timedelta(days=days))
            return {one.code: one.state for one in found}

    def explain(self) -> None:
        """Two people settle every open break."""
        with self.database.writing() as session:
            for one in session.scalars(select(ReconBreak)):
                if one.state is BreakState.OPEN:
                    actions.explain(session, one.id, words="在途", by=MAKER, now=NOW)
                    actions.agree(session, one.id, words="在途", by=CHECKER, now=NOW)

    def close(self, *, days: int = 0) -> DaySeal:
        with self.database.writing() as session:
            return close_day(
                session,
                self.bank_id,
                DAY + timedelta(days=days),
                keys=self.house.keys,
                by=MAKER,
                now=NOW,
            )

    def residual(self, *, days: int = 0) -> int:
        with self.database.reading() as session:
            row = queries.statement(session, self.bank_id, DAY + timedelta(days=days))
            assert row is not None
            return balances(session, row).residual_fen


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


def refused(desk: Desk, code: str, *, days: int = 0) -> None:
    with pytest.raises(Refused) as caught:
        desk.close(days=days)
    assert caught.value.code == code


def test_a_day_that_agrees_closes_into_the_log(desk: Desk) -> None:
    desk.book(entry("A"), entry("B"))
    assert desk.told(entry("B"), entry("A")) is StatementState.WHOLE
    assert desk.reconcile() == {}
    first = desk.close()
    assert desk.close().hash == first.hash
    assert desk.told(days=1, opening=2 * FEN) is StatementState.WHOLE
    second = desk.close(days=1)
    assert (first.previous_hash, second.previous_hash, second.number) == (FIRST, first.hash, 2)
    with desk.database.writing() as session:
        assert len(session.scalars(select(ReconMatch)).all()) == 2
        log.sequence(session, desk.house.keys)
        found = log.entry(session, second.leaf_id)
    assert found is not None
    body = dict(found.content["body"])
    signature = bytes.fromhex(body.pop("signature"))
    assert desk.house.keys.is_platforms(signature, PURPOSE + canonical(body))
    assert body["previous"] == first.hash.hex()


def test_a_statement_that_is_not_whole_closes_nothing(desk: Desk) -> None:
    desk.book(entry("A"))
    refused(desk, "ESC-1502")
    assert desk.told(entry("A"), off=1) is StatementState.QUARANTINED
    refused(desk, "ESC-1502")
    assert desk.told(entry("A")) is StatementState.WHOLE
    assert desk.told(entry("A"), off=1) is StatementState.WHOLE
    assert desk.told(days=1, opening=FEN + 1) is StatementState.QUARANTINED
    desk.close()


def test_a_whole_statement_never_changes(desk: Desk) -> None:
    desk.told()
    for change in ("UPDATE statement SET closing_fen = 1", "DELETE FROM statement_line"):
        if "line" in change:
            desk.told(entry("A", days=1), days=1)
        with pytest.raises(DBAPIError), desk.database.writing() as session:
            session.execute(text(change))


def test_a_break_heals_when_the_booking_comes(desk: Desk) -> None:
    desk.book(entry("A"))
    desk.told(entry("A"), entry("B"))
    assert desk.reconcile() == {BreakCode.NOT_BOOKED: BreakState.OPEN}
    assert desk.residual() == 0
    refused(desk, "ESC-1503")
    desk.book(entry("B"))
    assert desk.reconcile() == {BreakCode.NOT_BOOKED: BreakState.HEALED}
    desk.close()


def test_an_entry_told_on_the_next_day_heals_the_day_before(desk: Desk) -> None:
    desk.book(entry("A"))
    desk.told()
    assert desk.reconcile() == {BreakCode.NOT_ON_STATEMENT: BreakState.OPEN}
    desk.explain()
    desk.close()
    late = replace(entry("A"), booked_at=AT + timedelta(days=1))
    desk.told(late, days=1)
    assert desk.reconcile(days=1) == {BreakCode.DAY_DIFFERS: BreakState.OPEN}
    assert desk.breaks() == {BreakCode.NOT_ON_STATEMENT: BreakState.HEALED}
    assert desk.residual(days=1) == 0


def test_two_open_days_settle_into_one_state(desk: Desk) -> None:
    desk.book(entry("A"))
    desk.told()
    desk.told(replace(entry("A"), booked_at=AT + timedelta(days=1)), days=1)
    for days in (0, 1) * 3:
        desk.reconcile(days=days)
    assert desk.breaks(days=1) == {BreakCode.DAY_DIFFERS: BreakState.OPEN}
    assert desk.breaks() == {BreakCode.NOT_ON_STATEMENT: BreakState.HEALED}


def test_two_people_end_a_break(desk: Desk) -> None:
    desk.told(entry("A"))
    desk.reconcile()
    with desk.database.writing() as session:
        one = session.scalars(select(ReconBreak)).one().id
    for words, code in (("  ", "ESC-1507"), ("", "ESC-1507")):
        with pytest.raises(Refused, match=code), desk.database.writing() as session:
            actions.explain(session, one, words=words, by=MAKER, now=NOW)
    with desk.database.writing() as session:
        actions.explain(session, one, words="银行串户", by=MAKER, now=NOW)
    for by, words, code in ((MAKER, "银行串户", "ESC-1508"), (CHECKER, "别的", "ESC-1506")):
        with pytest.raises(Refused, match=code), desk.database.writing() as session:
            actions.agree(session, one, words=words, by=by, now=NOW)
    with desk.database.writing() as session:
        found = actions.agree(session, one, words="银行串户", by=CHECKER, now=NOW)
        assert (found.state, found.owner_name) == (BreakState.RESOLVED, MAKER.person_name)
    with pytest.raises(Refused, match="ESC-1506"), desk.database.writing() as session:
        actions.explain(session, one, words="改口", by=CHECKER, now=NOW)
    with pytest.raises(Refused, match="ESC-1501"), desk.database.writing() as session:
        actions.explain(session, new_id(), words="串户", by=MAKER, now=NOW)
    assert desk.reconcile() == {BreakCode.NOT_BOOKED: BreakState.RESOLVED}
    desk.close()


def test_the_database_wants_two_people(desk: Desk) -> None:
    desk.told(entry("A"))
    desk.reconcile()
    with pytest.raises(DBAPIError), desk.database.writing() as session:
        session.execute(
            text(
                "UPDATE recon_break SET state = 'resolved', words = 'x', maker = :who,"
                " checker = :who"
            ),
            {"who": MAKER.person_id},
        )


def test_a_balance_nothing_explains_closes_nothing(desk: Desk) -> None:
    desk.told(opening=5)
    refused(desk, "ESC-1504")


def test_days_close_in_their_order(desk: Desk) -> None:
    desk.told()
    desk.told(days=1)
    desk.reconcile(days=1)
    refused(desk, "ESC-1505", days=1)
    with pytest.raises(Refused, match="ESC-1501"), desk.database.writing() as session:
        close_day(session, new_id(), DAY, keys=desk.house.keys, by=MAKER, now=NOW)


def test_what_comes_late_goes_to_the_first_open_day(desk: Desk) -> None:
    desk.told()
    desk.reconcile()
    desk.close()
    desk.book(entry("A"))
    with desk.database.reading() as session:
        assert session.scalars(select(JournalRow.ledger_day)).one() == DAY + timedelta(days=1)


def test_no_journal_is_written_into_a_closed_day(desk: Desk) -> None:
    desk.told()
    desk.reconcile()
    desk.close()
    with pytest.raises(DBAPIError, match="closed"), desk.database.writing() as session:
        session.execute(
            text(
                "INSERT INTO journal (id, key, body_hash, kind, bank_id, occurred_at, recorded_at,"
                " ledger_day, legs) VALUES"
                " (gen_random_uuid(), 'k', '', 'credit', :bank, :at, :at, :day, 2)"
            ),
            {"bank": desk.bank_id, "at": AT, "day": DAY},
        )


def test_only_a_day_that_is_known_to_its_end_is_asked_for(desk: Desk) -> None:
    def wanted() -> tuple[date, ...]:
        with desk.database.reading() as session:
            return queries.wanted_days(session, desk.bank_id, most=2)

    assert wanted() == ()
    with desk.database.writing() as session:
        advance_feed(session, desk.bank_id, datetime(2026, 11, 22, 23, 59, tzinfo=SHANGHAI))
    assert wanted() == ()
    with desk.database.writing() as session:
        advance_feed(session, desk.bank_id, datetime(2026, 11, 26, tzinfo=SHANGHAI))
    assert wanted() == (DAY, DAY + timedelta(days=1))
    desk.told(off=1)
    assert wanted() == (DAY, DAY + timedelta(days=1))
    desk.told()
    assert wanted() == (DAY + timedelta(days=1), DAY + timedelta(days=2))
    assert bank_rounds.bank_ids(desk.house) == (desk.bank_id,)


def test_a_match_with_an_older_entry_stays(desk: Desk) -> None:
    """Told a day late under another reference: L3 finds it, and finds it again."""
    desk.book(entry("A"))
    desk.told()
    desk.told(replace(entry("S1"), booked_at=AT + timedelta(days=1)), days=1)
    for days in (0, 1, 0, 1, 0):
        desk.reconcile(days=days)
    assert desk.breaks() == {BreakCode.NOT_ON_STATEMENT: BreakState.HEALED}
    assert desk.breaks(days=1) == {}
