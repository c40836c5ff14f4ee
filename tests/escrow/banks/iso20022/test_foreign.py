"""Files as other makers write them: read exactly, or refused by a stable cause."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from escrow.banks.gateway import Cause, UnreadableError
from escrow.banks.iso20022.reading import read_notice, read_report
from escrow.banks.iso20022.statements import read_statement
from escrow.banks.iso20022.xml import SHANGHAI
from escrow.bookings.rules import BookedEntry, Party, Sign

FOLDER = Path(__file__).parent / "foreign"
MASTER = "3301040112345678901"
DAY = date(2026, 11, 22)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=SHANGHAI)
OLD, BATCH, RETURNED, NEWEST = (
    "old_several_accounts.053.02.xml",
    "prefixed_batch.053.04.xml",
    "returned.054.08.xml",
    "newest.052.13.xml",
)


def file(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def read(name: str, raw: bytes) -> tuple[BookedEntry, ...]:
    if ".053." in name:
        return read_statement(raw, master=MASTER, day=DAY).entries
    return read_notice(raw, master=MASTER).entries


def test_the_statement_of_our_account_and_day_is_found_among_others() -> None:
    found = read_statement(file(OLD), master=MASTER, day=DAY)
    assert (found.sequence, found.opening_fen, found.closing_fen) == (326, 100_00, 80_080_00)
    payer = Party("禾屿公路勘察设计（云澜）有限公司", "33010402")
    assert found.entries == (
        BookedEntry(
            "2026112200017741", Sign.CREDIT, 80_000_00, MIDNIGHT, "6233010400000000017", payer
        ),
        BookedEntry("2026112200017799", Sign.DEBIT, 20_00, MIDNIGHT, None, None),
    )
    before = read_statement(file(OLD), master=MASTER, day=date(2026, 11, 21))
    assert (before.sequence, before.entries) == (325, ())
    assert before.closing_fen == found.opening_fen


def test_a_batch_is_its_payments_with_what_was_taken_back_in_it() -> None:
    found = read_statement(file(BATCH), master=MASTER, day=DAY)
    assert (found.sequence, found.opening_fen, found.closing_fen) == (226, -5_00, 295_00)
    at = datetime(2026, 11, 22, 14, 5, 6, 700_000, tzinfo=SHANGHAI)
    first = Party("甲公司", "CH9300762011623852957")
    number = "6233010400000000018"
    assert found.entries == (
        BookedEntry("0000B0091-1", Sign.CREDIT, 200_00, at, number, first, end_to_end="E-1"),
        BookedEntry("0000B0091-2", Sign.CREDIT, 150_00, at, None, None),
        BookedEntry("0000B0091-3", Sign.DEBIT, 50_00, at, None, None),
    )


def test_a_returned_refund_names_its_order() -> None:
    at = datetime(2026, 11, 22, 6, 5, 6, 123_456, tzinfo=UTC)
    told = read_notice(file(RETURNED), master=MASTER)
    assert told.message_id == "C54-9912"
    [entry] = told.entries
    assert entry == BookedEntry(
        "RT-77",
        Sign.CREDIT,
        80_000_50,
        at,
        None,
        Party("甲公司 & 乙", "622"),
        end_to_end="R0191",
        returned=True,
    )


def test_a_newer_version_is_read_by_its_own_schema() -> None:
    since = datetime(2026, 11, 22, 9, 0, tzinfo=SHANGHAI)
    report = read_report(file(NEWEST), master=MASTER, since=since)
    assert report.complete_until == datetime(2026, 11, 22, 15, 0, tzinfo=SHANGHAI)
    at = datetime(2026, 11, 22, 14, 5, 6, tzinfo=SHANGHAI)
    payer = Party("梁砚舟", "62220201", personal=True)
    [entry] = report.entries
    assert entry == BookedEntry(
        "RV-2", Sign.DEBIT, 50, at, "6233010400000000017", payer, reverses="RV-1"
    )


@pytest.mark.parametrize("name", [OLD, BATCH, RETURNED, NEWEST])
@pytest.mark.parametrize(
    "written",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16"),
        lambda text: (
            text.replace('encoding="UTF-8"', 'encoding="GB18030"').encode("gb18030")
            if "UTF-8" in text
            else text.encode()
        ),
        lambda text: text.replace("\n", "\r\n").encode(),
    ],
    ids=["bom", "utf-16", "gb18030", "crlf"],
)
def test_how_characters_are_written_changes_nothing(
    name: str, written: Callable[[str], bytes]
) -> None:
    assert read(name, written(file(name).decode())) == read(name, file(name))


TIME = b"<DtTm>2026-11-22T06:05:06.1234567Z</DtTm>"
BOMB = b'<!DOCTYPE d [<!ENTITY a "%s">%s]>' % (
    b"x" * 99,
    b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 9) for n in range(1, 9)),
)


def swap(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        assert old in raw
        return raw.replace(old, new)

    return change


@pytest.mark.parametrize(
    ("name", "change", "cause"),
    [
        (OLD, swap(b"camt.053.001.02", b"camt.053.001.99"), Cause.UNKNOWN_MESSAGE),
        (OLD, swap(b"camt.053.001.02", b"camt.053.001.01"), Cause.UNKNOWN_MESSAGE),
        (OLD, swap(b"iso:std:iso:20022:tech:xsd", b"swift:xsd"), Cause.UNKNOWN_MESSAGE),
        (OLD, swap(b"camt.053.001.02", b"camt.052.001.02"), Cause.UNKNOWN_MESSAGE),
        (OLD, swap(b' xmlns="urn', b' xmlns:o="urn'), Cause.UNKNOWN_MESSAGE),
        (OLD, swap(b"<Sts>BOOK</Sts>", b"<Sts><Cd>BOOK</Cd></Sts>"), Cause.SCHEMA),
        (OLD, swap(b"<Sts>BOOK</Sts>", b""), Cause.SCHEMA),
        (OLD, swap(b"<NbOfNtries>1</NbOfNtries>", b"<NbOfNtries>2</NbOfNtries>"), Cause.CONTENT),
        (OLD, swap(b"<Sum>80000</Sum>", b"<Sum>80001</Sum>"), Cause.CONTENT),
        (OLD, swap(b"<AcctSvcrRef>2026112200017741</AcctSvcrRef>", b""), Cause.CONTENT),
        (OLD, swap(b"<BookgDt><Dt>2026-11-22</Dt></BookgDt>", b""), Cause.CONTENT),
        (OLD, swap(b'Ccy="CNY">80000<', b'Ccy="USD">80000<'), Cause.CONTENT),
        (OLD, swap(b">3301040112345678901<", b">9<"), Cause.CONTENT),
        (OLD, swap(b"<LastPgInd>true", b"<LastPgInd>false"), Cause.CONTENT),
        (OLD, swap(b"<Dt>2026-11-21</Dt>", b"<Dt>2026-11-22</Dt>"), Cause.CONTENT),
        (BATCH, swap(b">50.00<", b">50.01<"), Cause.CONTENT),
        (BATCH, swap(b"0000B0091-2", b" "), Cause.CONTENT),
        (RETURNED, swap(TIME, b"<Dt>2026-11-22</Dt>"), Cause.CONTENT),
        (RETURNED, swap(b"<Cd>BOOK</Cd>", b"<Prtry>OURS</Prtry>"), Cause.CONTENT),
        (RETURNED, swap(b"97ed4827", b"97ED4827"), Cause.SCHEMA),
        (NEWEST, swap(b"<c:TxId>RV-1</c:TxId>", b""), Cause.CONTENT),
        (NEWEST, swap(b"<c:Document", BOMB + b"<c:Document"), Cause.DOCUMENT_TYPE),
        (NEWEST, lambda raw: raw[: len(raw) // 2], Cause.MALFORMED),
        (NEWEST, lambda raw: raw + b" " * (100 << 20), Cause.TOO_LARGE),
        (NEWEST, swap("梁".encode(), b"\xc1\xba"), Cause.MALFORMED),
    ],
)  # fmt: skip
def test_what_is_not_as_it_should_be_is_refused_by_its_cause(
    name: str, change: Callable[[bytes], bytes], cause: Cause
) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(name, change(file(name)))
    assert caught.value.cause is cause
    assert str(caught.value).startswith(f"{cause}: ")
    for told in ("甲公司", "梁砚舟", "80000", "622"):
        assert told not in str(caught.value)
