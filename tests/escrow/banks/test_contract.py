"""One contract for every bank, whatever it speaks: asked through its adapter, held to its book."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar
from uuid import uuid4

import pytest

from escrow.banks.gateway import (
    BankGateway,
    BankUnreachableError,
    RefundBatch,
    RefundOrder,
    RefusedByBankError,
    Statement,
    UnreadableError,
)
from escrow.banks.gateways import Reach, gateway_to, our_line_key
from escrow.banks.simulator.houses import houses
from escrow.bookings.rules import BookedEntry, Party, Sign
from escrow.ledger.models import Bank, MasterAccount
from escrow.refunds.rules import Answer
from kernel import postgres
from kernel.pure.legal_days import SHANGHAI
from kernel.secrets import Keys
from kernel.settings import Settings
from tests.escrow.conftest import PAYERS, RICH, Simulator, free_port, simulator

FEN = 80_000_00
T = TypeVar("T")
[DROPS] = [house.code for house in houses() if house.dialect == "file_drop"]
PAYER = PAYERS[1]
CODES = tuple(house.code for house in houses())


@dataclass(frozen=True, slots=True)
class Branch:
    """One bank: how we speak to it, and what its book says."""

    code: str
    gateway: BankGateway
    enrolled: dict[str, Any]
    town: Simulator

    def pay(self, number: str, fen: int = FEN, *, payer: str = PAYER["account"]) -> str:
        return str(self.town.pay(payer, number, fen)["bank_ref"])

    def round(self) -> None:
        """Let a bank that works in rounds do one now; the others know of no rounds."""
        self.town.ask("POST", "/api/rounds")

    def open(self, count: int = 1) -> list[str]:
        """Numbers, now or with the next round."""
        return list(self.until_done(lambda: self.gateway.open_sub_accounts(count)))

    def until_done(self, step: Callable[[], T]) -> T:
        """What comes of a step that may need a round of the bank."""
        try:
            return step()
        except BankUnreachableError:
            self.round()
            return step()

    def pays(self, batch: RefundBatch, key: str) -> Answer:
        """The bank's word on an order it is sent; after a round where it has none at once."""
        word = self.gateway.submit_refund(batch, key)
        if word is Answer.UNKNOWN:
            self.round()
            word = self.until_done(lambda: self.gateway.query_refund(key))
        return word

    def entries(self, since: datetime) -> tuple[BookedEntry, ...]:
        return self.gateway.query_entries(since).entries

    def until_told(self, ref: str, since: datetime) -> BookedEntry:
        """What the bank says of a booking, once its word reaches that far."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            self.round()
            found = [one for one in self.entries(since) if one.bank_ref == ref]
            if found:
                return found[0]
            time.sleep(0.1)
        raise AssertionError(f"{self.code} never told of {ref}")

    def until_stated(self, day: date, number: str) -> Statement:
        """The statement of a day that tells of a sub-account."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            self.round()
            found = self.gateway.get_statement(day)
            if found is not None and number in {one.number for one in found.entries}:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{self.code} never told of {number}")

    def batch(self, number: str, fen: int, ref: str, at: datetime) -> tuple[RefundBatch, str]:
        key = uuid4().hex[:30]
        to = Party(PAYER["name"], PAYER["account"])
        order = RefundOrder(key, fen, number, to, "退还保证金", ref)
        name, account = self.enrolled["master_name"], self.enrolled["master_number"]
        return RefundBatch(name, account, at, (order,)), key


@pytest.fixture(scope="module")
def banks(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Branch]]:
    """Every bank of one simulator; no platform listens."""
    name = f"test_{uuid4().hex[:12]}"
    postgres.create_database(postgres_url, name)
    settings = Settings(
        database_url=postgres_url,
        state_dir=tmp_path_factory.mktemp("banks"),
        simulator_database_url=postgres.beside(postgres_url, name),
        public_url=f"http://127.0.0.1:{free_port()}",
        bank_url=f"http://127.0.0.1:{free_port()}",
    )
    with simulator(settings) as town:
        town.ask("PUT", "/api/payers", [{**one, "balance_fen": RICH} for one in PAYERS])
        keys = Keys(settings.keys_dir)
        town.ask("PUT", "/api/partner", {"sm2": our_line_key(keys).public.hex()})
        yield {one["code"]: _branch(town, one, keys) for one in town.enrolments()}
    postgres.drop_database(postgres_url, name)


def _branch(town: Simulator, told: dict[str, Any], keys: Keys) -> Branch:
    bank = Bank(
        code=told["code"], name=told["name"], adapter=told["adapter"], base_url=told["base_url"]
    )
    master = MasterAccount(number=told["master_number"], name=told["master_name"])
    theirs, wall = (bytes.fromhex(told["public_key"]),), datetime.now(UTC)
    gateway = gateway_to(Reach(bank, master, theirs, keys, wall))
    return Branch(told["code"], gateway, told, town)


@pytest.fixture(params=CODES)
def branch(request: pytest.FixtureRequest, banks: dict[str, Branch]) -> Iterator[Branch]:
    found = banks[request.param]
    yield found
    found.town.ask("DELETE", "/api/faults")


def now(branch: Branch) -> datetime:
    return datetime.fromisoformat(branch.town.ask("GET", "/clock")["legal"])


def test_a_link_test_tells_the_banks_time(branch: Branch) -> None:
    branch.round()
    told = branch.gateway.health()
    assert told.up and told.bank_time is not None
    assert abs(told.bank_time - now(branch)) < timedelta(seconds=10)


def test_sub_accounts_are_many_and_never_in_sequence(branch: Branch) -> None:
    numbers = branch.open(4)
    assert len(set(numbers)) == 4
    steps = {int(two) - int(one) for one, two in pairwise(numbers)}
    assert steps != {1}


def test_a_payment_is_told_as_it_was_booked(branch: Branch) -> None:
    [number] = branch.open()
    since = now(branch) - timedelta(minutes=1)
    told = branch.until_told(branch.pay(number), since)
    [line] = branch.town.book(number)
    assert (told.bank_ref, told.amount_fen, told.sign) == (line["bank_ref"], FEN, Sign.CREDIT)
    assert told.number == number
    assert told.party == Party(PAYER["name"], PAYER["account"])
    assert abs(told.booked_at - datetime.fromisoformat(line["booked_at"])) < timedelta(seconds=1)
    assert (told.reverses, told.returned, told.interest) == (None, False, False)


def test_a_natural_person_is_told_from_a_company(branch: Branch) -> None:
    [number] = branch.open()
    since = now(branch) - timedelta(minutes=1)
    told = branch.until_told(branch.pay(number, payer=PAYERS[4]["account"]), since)
    assert told.party is not None and told.party.personal


def test_a_reports_word_reaches_no_further_than_the_bank_says(branch: Branch) -> None:
    since = now(branch) - timedelta(minutes=1)
    branch.round()
    report = branch.gateway.query_entries(since)
    assert report.since <= since
    assert report.complete_until <= now(branch)
    kept = branch.gateway.parse_callback({}, report.raw)
    assert (kept.message_id, kept.entries) == (report.message_id, report.entries)


def test_a_refund_is_paid_once_however_often_it_is_sent(branch: Branch) -> None:
    [number] = branch.open()
    since = now(branch) - timedelta(minutes=1)
    before = branch.town.balance(PAYER["account"])
    batch, key = branch.batch(number, FEN, branch.pay(number), now(branch))
    assert branch.gateway.query_refund(key) is Answer.NOT_FOUND
    sent = [branch.pays(batch, key) for _ in range(2)]
    assert sent == [Answer.ACCEPTED, Answer.ACCEPTED]
    assert branch.gateway.query_refund(key) is Answer.ACCEPTED
    assert branch.town.balance(PAYER["account"]) == before
    lines = branch.town.book(number)
    assert [line["sign"] for line in lines] == ["CRDT", "DBIT"]
    told = branch.until_told(lines[1]["bank_ref"], since)
    assert (told.sign, told.end_to_end, told.number) == (Sign.DEBIT, key, number)


def test_a_lost_answer_is_unknown_and_the_question_finds_it(branch: Branch) -> None:
    [number] = branch.open()
    batch, key = branch.batch(number, FEN, branch.pay(number), now(branch))
    branch.town.fault("lose_refund_answer", bank=branch.code)
    assert branch.gateway.submit_refund(batch, key) is Answer.UNKNOWN
    for _ in range(2):
        branch.round()
    assert branch.gateway.query_refund(key) is Answer.ACCEPTED
    assert len(branch.town.book(number)) == 2


def test_a_refusal_is_a_refusal_each_time(branch: Branch) -> None:
    [number] = branch.open()
    batch, key = branch.batch(number, FEN, branch.pay(number), now(branch))
    branch.town.fault("reject_refund", bank=branch.code)
    assert branch.pays(batch, key) is Answer.REJECTED
    assert branch.gateway.query_refund(key) is Answer.REJECTED
    assert len(branch.town.book(number)) == 1


def test_money_that_comes_back_names_its_order(branch: Branch) -> None:
    [number] = branch.open()
    since = now(branch) - timedelta(minutes=1)
    batch, key = branch.batch(number, FEN, branch.pay(number), now(branch))
    branch.town.fault("return_refund", bank=branch.code)
    assert branch.pays(batch, key) is Answer.ACCEPTED
    [ref] = [line["bank_ref"] for line in branch.town.book(PAYER["account"])][-1:]
    back = branch.until_told(ref, since)
    assert (back.returned, back.end_to_end) == (True, key)
    assert (back.sign, back.amount_fen, back.number) == (Sign.CREDIT, FEN, None)


def test_a_reversal_names_its_original(branch: Branch) -> None:
    [number] = branch.open()
    since = now(branch) - timedelta(minutes=1)
    ref = branch.pay(number)
    reversed_by = branch.town.ask("POST", f"/api/payments/{ref}/reverse")["bank_ref"]
    told = branch.until_told(reversed_by, since)
    assert (told.reverses, told.sign, told.amount_fen) == (ref, Sign.DEBIT, FEN)


def test_an_empty_sub_account_is_closed_for_good(branch: Branch) -> None:
    [number] = branch.open()
    for _ in range(2):
        branch.until_done(lambda: branch.gateway.close_sub_account(number))
    with pytest.raises(AssertionError, match="409"):
        branch.pay(number)


def test_a_sub_account_with_money_stays_open(branch: Branch) -> None:
    [number] = branch.open()
    branch.pay(number)
    with pytest.raises(RefusedByBankError):
        branch.until_done(lambda: branch.gateway.close_sub_account(number))


def test_a_statement_adds_up_and_comes_when_the_day_is_over(branch: Branch) -> None:
    today = now(branch).astimezone(SHANGHAI).date()
    assert branch.gateway.get_statement(today + timedelta(days=1)) is None
    [number] = branch.open()
    past = now(branch) - timedelta(days=3)
    branch.town.pay(PAYER["account"], number, FEN, booked_at=past)
    day = past.astimezone(SHANGHAI).date()
    found = branch.until_stated(day, number)
    moved = sum(
        one.amount_fen if one.sign is Sign.CREDIT else -one.amount_fen for one in found.entries
    )
    assert found.opening_fen + moved == found.closing_fen
    for _ in range((today - day).days - 1):
        day += timedelta(days=1)
        following = branch.gateway.get_statement(day)
        assert following is not None and following.opening_fen == found.closing_fen
        found = following


@pytest.mark.parametrize("branch", [code for code in CODES if code != DROPS], indirect=True)
def test_a_damaged_answer_brings_nothing_and_promises_nothing(branch: Branch) -> None:
    since = now(branch) - timedelta(minutes=1)
    [number] = branch.open()
    batch, key = branch.batch(number, FEN, branch.pay(number), now(branch))
    for step in (
        lambda: branch.gateway.open_sub_accounts(1),
        lambda: branch.gateway.close_sub_account(number),
        lambda: branch.gateway.query_entries(since),
    ):
        branch.town.fault("damaged_answer", bank=branch.code)
        with pytest.raises((BankUnreachableError, UnreadableError)):
            step()
    branch.town.fault("damaged_answer", bank=branch.code)
    assert branch.gateway.submit_refund(batch, key) is Answer.UNKNOWN
    branch.town.fault("damaged_answer", bank=branch.code)
    assert branch.gateway.query_refund(key) is Answer.UNKNOWN
    assert branch.gateway.query_refund(key) is Answer.ACCEPTED
    assert len(branch.town.book(number)) == 2


@pytest.mark.parametrize("branch", [DROPS], indirect=True)
@pytest.mark.parametrize("kind", ["lose_answer", "slow_answer", "damaged_answer"])
def test_what_one_round_spoils_the_next_one_mends(branch: Branch, kind: str) -> None:
    """A file withheld, half-written or damaged: no word reaches beyond it until it is right."""
    since = now(branch) - timedelta(minutes=1)
    [number] = branch.open()
    before = branch.gateway.query_entries(since).complete_until
    branch.town.fault(kind, bank=branch.code)
    ref = branch.pay(number)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        branch.round()
        try:
            report = branch.gateway.query_entries(since)
        except UnreadableError as error:
            assert (kind, bool(error.raw)) == ("damaged_answer", True)
            continue
        told = ref in {one.bank_ref for one in report.entries}
        assert told or report.complete_until <= now(branch)
        if told:
            assert report.complete_until > before
            return
        time.sleep(0.2)
    raise AssertionError("never mended")


def test_a_bank_that_is_down_is_not_up(branch: Branch) -> None:
    branch.town.fault("down", seconds=600, bank=branch.code)
    branch.round()
    assert not branch.gateway.health().up
    batch, key = branch.batch("1", FEN, "x", now(branch))
    assert branch.gateway.submit_refund(batch, key) is Answer.UNKNOWN
