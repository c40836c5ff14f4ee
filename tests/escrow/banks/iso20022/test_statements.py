"""Statements: the simulator's against the official schema and our reader; others' refused."""

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escrow.banks.gateway import Statement, UnreadableError
from escrow.banks.iso20022.statements import read_statement
from escrow.banks.simulator import wire
from escrow.banks.simulator.book import BookEntry
from escrow.banks.simulator.days import Day

MASTER = "3301040112345678901"
AT = datetime(2026, 11, 22, 1, 30, 0, 123000, tzinfo=UTC)
DAY = date(2026, 11, 22)
entries = st.builds(
    BookEntry,
    seq=st.integers(1, 10**6),
    bank_ref=st.integers(1, 10**6).map(lambda n: f"YL{n}"),
    account=st.just(MASTER),
    sign=st.sampled_from(["CRDT", "DBIT"]),
    amount_fen=st.integers(1, 10**12),
    other_number=st.just("622"),
    other_name=st.just("甲（中国）&公司<"),
    other_personal=st.booleans(),
    sub_account=st.sampled_from([None, "6233"]),
    booked_at=st.just(AT),
    recorded_at=st.just(AT),
    end_to_end=st.sampled_from([None, "R1"]),
    reverses=st.none(),
    returned=st.just(False),
    interest=st.booleans(),
)


def read(raw: bytes) -> Statement:
    return read_statement(raw, master=MASTER, day=DAY)


def written(told: Day, *, sequence: int = 7) -> bytes:
    return wire.statement(told, master=MASTER, sequence=sequence, at=AT)


@given(st.lists(entries, max_size=4), st.integers(-(10**12), 10**12), st.integers(0, 10**12))
def test_what_the_simulator_writes_is_valid_and_read_back(
    lines: list[BookEntry], opening: int, closing: int
) -> None:
    raw = written(Day(DAY, opening, closing, tuple(lines)))
    found = read(raw)
    assert (found.day, found.sequence, found.raw) == (DAY, 7, raw)
    assert (found.opening_fen, found.closing_fen) == (opening, closing)
    assert [(e.bank_ref, e.sign.value, e.amount_fen, e.number) for e in found.entries] == [
        (e.bank_ref, e.sign, e.amount_fen, e.sub_account) for e in lines
    ]


def balance(code: str, *, amount: str = "0", sign: str = "CRDT", day: str = "2026-11-22") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>'
    )


CLOSED = balance("CLBD")
BOTH = balance("OPBD") + CLOSED


def statement(
    body: str = BOTH,
    *,
    head: str = "",
    group: str = "",
    number: str = "<ElctrncSeqNb>7</ElctrncSeqNb>",
    account: str = MASTER,
    times: int = 1,
    paged: str = "",
    message: str = "camt.053.001.02",
) -> bytes:
    one = (
        f"<Stmt><Id>S1</Id>{paged}{number}<CreDtTm>2026-11-22T16:00:00Z</CreDtTm>"
        f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>{body}</Stmt>"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}">'
        "<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-22T16:00:00Z</CreDtTm>"
        f"{group}</GrpHdr>{one * times}"
        "</BkToCstmrStmt></Document>"
    ).encode()


@pytest.mark.parametrize(
    "raw",
    [
        statement(),
        statement(number=""),
        statement(balance("PRCD", day="2026-11-21") + CLOSED),
        statement(balance("PRCD", amount="9") + BOTH),
        statement(
            balance("OPBD")
            + CLOSED.replace("<Dt>2026-11-22</Dt>", "<DtTm>2026-11-21T16:00:00Z</DtTm>")
        ),
        statement(
            number="",
            message="camt.053.001.08",
            paged="<StmtPgntn><PgNb>1</PgNb><LastPgInd>1</LastPgInd></StmtPgntn>",
        ),
    ],
)
def test_other_makers_statements_are_read(raw: bytes) -> None:
    found = read(raw)
    assert (found.message_id, found.opening_fen, found.closing_fen) == ("M1", 0, 0)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (statement(times=2), "two statements"),
        (statement(times=0), "schema"),
        (statement(account="1"), "not our account"),
        (statement(message="camt.052.001.02"), "not a camt.053"),
        (statement(message="camt.053.001.99"), "unknown_message: camt.053.001.99"),
        (statement(balance("OPBD")), "CLBD is missing"),
        (statement(CLOSED), "OPBD is missing"),
        (statement(BOTH + CLOSED), "two balances"),
        (statement(balance("OPBD") + balance("CLBD", day="2026-11-21")), "another day"),
        (statement(balance("OPBD") + balance("CLBD", day="soon")), "schema"),
        (statement(balance("OPBD", sign="BOTH") + CLOSED), "schema"),
        (statement(balance("OPBD", amount="-1") + CLOSED), "schema"),
        (statement(balance("OPBD", amount="1e3") + CLOSED), "schema"),
        (statement(balance("OPBD", amount="0.001") + CLOSED), "no amount"),
        (statement(number="<ElctrncSeqNb>-1</ElctrncSeqNb>"), "no number"),
        (statement(number="<ElctrncSeqNb>²</ElctrncSeqNb>"), "schema"),
        (
            statement(
                message="camt.053.001.08",
                paged="<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>",
            ),
            "a page",
        ),
        (
            statement(group="<MsgPgntn><PgNb>2</PgNb><LastPgInd>true</LastPgInd></MsgPgntn>"),
            "a page",
        ),
        (
            statement(
                BOTH + "<TxsSummry><TtlCdtNtries><NbOfNtries>1</NbOfNtries></TtlCdtNtries>"
                "</TxsSummry>"
            ),
            "entries are missing",
        ),
        (statement(head='<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>'), "document type"),
        (b"<Document", "well-formed"),
        (b" " * (9 << 20), "too large"),
    ],
)
def test_what_is_no_statement_of_the_day_is_refused(raw: bytes, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        read(raw)


@given(st.binary(max_size=300), st.integers(0, 900))
def test_damage_is_refused_or_read_never_worse(noise: bytes, place: int) -> None:
    raw = statement()
    with suppress(UnreadableError):
        read(raw[:place] + noise + raw[place + len(noise) :])
