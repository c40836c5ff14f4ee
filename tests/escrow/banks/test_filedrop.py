"""The file drop: half-written, missing, doubled and damaged files, and orders until their reply."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escrow.banks.filedrop.adapter import FileDropBank
from escrow.banks.filedrop.files import read_all
from escrow.banks.filedrop.folder import Folder
from escrow.banks.gateway import (
    BankUnreachableError,
    Cause,
    RefundBatch,
    RefundOrder,
    RefusedByBankError,
    UnreadableError,
)
from escrow.bookings.rules import BookedEntry, Party, Sign
from escrow.refunds.rules import Answer
from kernel.pure.legal_days import SHANGHAI

MASTER = "3308"
NOON = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)
DAY = date(2026, 11, 22)
ROW = "D|TQ1|C|8000000|20261122114512|6233|禾屿公路勘察设计（云澜）有限公司|33010402|1|0||"
ORDER = RefundOrder("R1", 80_010_00, "6233", Party("𠮷川|公司\n", "622"), "退还", "TQ1", 10_00)
BATCH = RefundBatch("专户", MASTER, NOON, (ORDER,))


def closed(*lines: str, into: int = 0, out: int = 0, rows: int | None = None) -> bytes:
    """A file as any bank could write it."""
    said = "".join(f"{line}\n" for line in lines).encode("gb18030")
    count = len(lines) - 1 if rows is None else rows
    return said + f"T|{count}|{into}|{out}|{hashlib.sha256(said).hexdigest()}\n".encode()


def feed(number: int, *rows: str, account: str = MASTER, first: datetime = NOON) -> bytes:
    """The file of an hour that ends `number` hours after the first begins."""
    ends = first + HOUR * (number - 1)
    times = f"{ends - HOUR:%Y%m%d%H%M%S}|{ends:%Y%m%d%H%M%S}"
    into = sum(int(row.split("|")[3]) for row in rows)
    return closed(f"H|MX|{account}|{number}|{times}", *rows, into=into)


@dataclass(frozen=True, slots=True)
class Drop:
    """A folder and the bank behind it, played by the test."""

    root: Path

    @property
    def bank(self) -> FileDropBank:
        return FileDropBank(Folder(self.root), MASTER, NOON.astimezone(UTC))

    def put(self, raw: bytes, name: str, *, day: str = "20261122") -> Path:
        path = self.root / "from_bank" / day / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
        return path

    def tell(self, number: int, *rows: str) -> Path:
        return self.put(feed(number, *rows), f"MX_{MASTER}_{number:08d}")

    def answer(self, kind: str, request: str, result: str, *rows: str) -> None:
        self.put(closed(f"H|{kind}|{MASTER}|{request}|{result}", *rows), request, day="replies")

    def asked(self) -> list[str]:
        return sorted(path.name for path in (self.root / "to_bank").iterdir())


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    for part in ("to_bank", "from_bank/replies"):
        (tmp_path / part).mkdir(parents=True)
    return Drop(tmp_path)


def until(drop: Drop, since: datetime = NOON - HOUR) -> tuple[datetime, list[str]]:
    report = drop.bank.query_entries(since)
    return report.complete_until, [entry.bank_ref for entry in report.entries]


def refused(drop: Drop, cause: Cause, since: datetime = NOON - HOUR) -> None:
    with pytest.raises(UnreadableError) as caught:
        drop.bank.query_entries(since)
    assert caught.value.cause is cause
    assert cause is Cause.TOO_LARGE or caught.value.raw


def test_a_file_is_read_as_written_and_kept_whole(drop: Drop) -> None:
    drop.tell(1, ROW)
    report = drop.bank.query_entries(NOON - HOUR)
    booked = datetime(2026, 11, 22, 11, 45, 12, tzinfo=SHANGHAI)
    payer = Party("禾屿公路勘察设计（云澜）有限公司", "33010402")
    assert report.entries == (BookedEntry("TQ1", Sign.CREDIT, 80_000_00, booked, "6233", payer),)
    assert report.complete_until == NOON
    assert drop.bank.parse_callback({}, report.raw).entries == report.entries
    assert drop.bank.health().bank_time == NOON


def test_many_files_are_one_report_and_one_kept_message(drop: Drop) -> None:
    for number in (1, 2, 3):
        drop.tell(number, ROW.replace("TQ1", f"TQ{number}"))
    report = drop.bank.query_entries(NOON - HOUR)
    kept = drop.bank.parse_callback({}, report.raw)
    assert (kept.message_id, kept.entries) == (report.message_id, report.entries)
    assert until(drop) == (NOON + 2 * HOUR, ["TQ1", "TQ2", "TQ3"])
    assert until(drop, NOON + HOUR + HOUR / 2) == (NOON + 2 * HOUR, ["TQ3"])


def test_nothing_is_proven_beyond_a_missing_file_until_it_comes(drop: Drop) -> None:
    drop.tell(1)
    drop.tell(3, ROW)
    assert until(drop) == (NOON, ["TQ1"])
    drop.tell(2)
    assert until(drop) == (NOON + 2 * HOUR, ["TQ1"])


def test_a_missing_day_is_not_passed_over(drop: Drop) -> None:
    drop.tell(1)
    late = feed(3, first=NOON + 47 * HOUR)
    drop.put(late, f"MX_{MASTER}_00000003", day="20261124")
    assert until(drop) == (NOON, [])
    with pytest.raises(UnreadableError, match="cover"):
        drop.bank.query_entries(NOON + 20 * HOUR)


@pytest.mark.parametrize("part", [0.0, 0.3, 0.99])
def test_a_file_still_being_written_is_not_there_yet(drop: Drop, part: float) -> None:
    drop.tell(1)
    whole = feed(2, ROW)
    path = drop.put(whole[: int(len(whole) * part)], f"MX_{MASTER}_00000002")
    assert until(drop) == (NOON, [])
    path.write_bytes(whole)
    assert until(drop) == (NOON + HOUR, ["TQ1"])


def test_the_same_file_twice_is_one_and_another_of_its_number_is_none(drop: Drop) -> None:
    drop.tell(1, ROW)
    drop.put(feed(1, ROW), f"MX_{MASTER}_00000001(1)")
    assert until(drop) == (NOON, ["TQ1"])
    drop.put(feed(1), f"MX_{MASTER}_00000001(2)")
    refused(drop, Cause.CONTENT)


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (feed(1, ROW).replace(b"8000000", b"8000001", 1), Cause.CHECKSUM),
        (feed(1, ROW).replace(b"T|1|", b"T|2|"), Cause.CHECKSUM),
        (feed(1, ROW).replace(b"|8000000|0|", b"|8000000|1|"), Cause.CHECKSUM),
        (feed(1, ROW.replace("|0||", "|0|")), Cause.CONTENT),
        (feed(1, ROW.replace("|C|", "|X|")), Cause.CONTENT),
        (feed(1, ROW.replace("20261122114512", "20261322114512")), Cause.CONTENT),
        (feed(1, account="9"), Cause.CONTENT),
        (feed(1, "X" + ROW[1:]), Cause.MALFORMED),
        (closed("H|MX|3308|1|20261122120000|20261122120000"), Cause.CONTENT),
        (closed("H|MX|3308|one|20261122110000|20261122120000"), Cause.CONTENT),
        (closed("H|DZ|3308|1|20261122|0|0"), Cause.UNKNOWN_MESSAGE),
        (feed(1) + feed(1), Cause.UNKNOWN_MESSAGE),
        (b"H|MX|\x81\x20\n" + b"T|0|0|0|x\n", Cause.MALFORMED),
        (b"T|0|0|0|x\n", Cause.MALFORMED),
    ],
)
def test_a_bad_file_is_refused_by_its_cause_and_kept(drop: Drop, raw: bytes, cause: Cause) -> None:
    drop.put(raw, f"MX_{MASTER}_00000001")
    refused(drop, cause)


def test_a_huge_file_is_not_read_and_a_link_is_not_followed(drop: Drop) -> None:
    path = drop.put(b"", f"MX_{MASTER}_00000001")
    os.truncate(path, 100 << 20)
    refused(drop, Cause.TOO_LARGE)
    path.unlink()
    path.symlink_to("/etc/passwd")
    with pytest.raises(BankUnreachableError):
        drop.bank.query_entries(NOON - HOUR)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(UnreadableError):
        read_all(raw)


@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_no_damage_goes_unseen(place: int, noise: bytes) -> None:
    whole = feed(1, ROW)
    damaged = whole[:place] + noise + whole[place + len(noise) :]
    if damaged.rstrip(b"\r\n") != whole.rstrip(b"\r\n"):
        with pytest.raises(UnreadableError):
            read_all(damaged)


def test_an_order_is_unknown_until_its_reply_lies_there(drop: Drop) -> None:
    assert drop.bank.query_refund("R1") is Answer.NOT_FOUND
    assert drop.bank.submit_refund(BATCH, "R1") is Answer.UNKNOWN
    assert drop.asked() == ["TK_R1.txt"]
    [file] = read_all((drop.root / "to_bank" / "TK_R1.txt").read_bytes())
    assert file.rows == (("R1", "6233", "8001000", "1000", "𠮷川｜公司 ", "622", "TQ1", "退还"),)
    assert drop.bank.query_refund("R1") is Answer.UNKNOWN
    drop.put(closed("H|TKR|3308|TK_R1|00")[:-3], "TK_R1", day="replies")
    assert drop.bank.query_refund("R1") is Answer.UNKNOWN
    drop.answer("TKR", "TK_R1", "00")
    assert drop.bank.query_refund("R1") is Answer.ACCEPTED
    assert drop.bank.submit_refund(BATCH, "R1") is Answer.ACCEPTED


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (closed("H|TKR|3308|TK_R1|13"), Answer.REJECTED),
        (closed("H|TKR|3308|TK_R1|77"), Answer.UNKNOWN),
        (closed("H|TKR|3308|TK_R2|00"), Answer.UNKNOWN),
    ],
)
def test_only_a_plain_word_about_this_order_counts(drop: Drop, raw: bytes, word: Answer) -> None:
    drop.bank.submit_refund(BATCH, "R1")
    drop.put(raw, "TK_R1", day="replies")
    assert drop.bank.query_refund("R1") is word


@pytest.mark.parametrize(
    "raw",
    [
        closed("H|TKR|9999|TK_R1|00"),
        closed("H|TKR|3308|TK_R1|00").replace(b"|00\n", b"|13\n"),
        closed("H|GBR|3308|TK_R1|00"),
    ],
)
def test_a_reply_that_cannot_be_believed_is_no_answer(drop: Drop, raw: bytes) -> None:
    assert drop.bank.submit_refund(BATCH, "R1") is Answer.UNKNOWN
    drop.put(raw, "TK_R1", day="replies")
    with pytest.raises(BankUnreachableError):
        drop.bank.query_refund("R1")
    assert drop.bank.submit_refund(BATCH, "R1") is Answer.UNKNOWN


def test_a_request_is_put_whole_once_and_never_replaced(drop: Drop) -> None:
    folder = Folder(drop.root)
    folder.put("TK_1", b"one\n")
    folder.put("TK_1", b"two\n")
    (drop.root / "to_bank" / ".TK_2.0000.part").write_bytes(b"cut by a crash")
    assert not folder.has_asked("TK_2")
    assert (drop.root / "to_bank" / "TK_1.txt").read_bytes() == b"one\n"
    with pytest.raises(ValueError, match="name"):
        folder.put("../x", b"")


def test_without_a_mount_nothing_is_known(drop: Drop) -> None:
    (drop.root / "from_bank").rename(drop.root / "away")
    assert not drop.bank.health().up
    asks: tuple[Callable[[], object], ...] = (
        lambda: drop.bank.query_refund("R1"),
        lambda: drop.bank.query_entries(NOON),
        lambda: drop.bank.get_statement(DAY),
        lambda: drop.bank.open_sub_accounts(1),
        lambda: drop.bank.close_sub_account("1"),
    )
    for ask in asks:
        with pytest.raises(BankUnreachableError):
            ask()
    assert drop.bank.submit_refund(BATCH, "R1") is Answer.UNKNOWN


def test_numbers_come_with_a_reply_and_are_fetched_once(drop: Drop) -> None:
    for _ in range(2):
        with pytest.raises(BankUnreachableError, match="no reply"):
            drop.bank.open_sub_accounts(2)
    [request] = drop.asked()
    drop.answer("KHR", request.removesuffix(".txt"), "00", "D|6233", "D|6234")
    assert drop.bank.open_sub_accounts(2) == ["6233", "6234"]
    with pytest.raises(BankUnreachableError, match="asked"):
        drop.bank.open_sub_accounts(2)


def test_a_closing_waits_for_its_reply(drop: Drop) -> None:
    for result, expected in (("13", RefusedByBankError), ("00", None)):
        number = f"62{result}"
        with pytest.raises(BankUnreachableError):
            drop.bank.close_sub_account(number)
        drop.answer("GBR", f"GB_{number}_20261122", result)
        if expected is None:
            drop.bank.close_sub_account(number)
        else:
            with pytest.raises(expected):
                drop.bank.close_sub_account(number)


def test_a_statement_is_whole_or_not_there(drop: Drop) -> None:
    name = f"DZ_{MASTER}_20261122"
    whole = closed("H|DZ|3308|7|20261122|-500|7999500", ROW, into=8_000_000)
    assert drop.bank.get_statement(DAY) is None
    drop.put(whole[:-9], name)
    assert drop.bank.get_statement(DAY) is None
    drop.put(whole, name)
    found = drop.bank.get_statement(DAY)
    assert found is not None
    assert (found.sequence, found.opening_fen, found.closing_fen) == (7, -500, 79_995_00)
    assert [entry.bank_ref for entry in found.entries] == ["TQ1"]
    drop.put(closed("H|DZ|3308|7|20261121|0|0"), name)
    with pytest.raises(UnreadableError, match="another day"):
        drop.bank.get_statement(DAY)
