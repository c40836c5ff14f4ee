"""The adapter's codec: what it reads, what it writes, and what it refuses clearly."""

import time
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from escrow.banks.gateway import RefundBatch, RefundOrder, UnreadableError
from escrow.banks.iso20022.reading import read_notice, read_report, read_status
from escrow.banks.iso20022.writing import NAMESPACE, write_refunds
from escrow.banks.iso20022.xml import SHANGHAI
from escrow.banks.simulator import wire
from escrow.banks.simulator.book import BookEntry
from escrow.bookings.rules import BookedEntry, Party, Sign
from escrow.refunds.rules import Answer
from kernel.pure.money import MAX_FEN

MASTER = "3301040112345678901"
CODE = "<BkTxCd><Prtry><Cd>TRF</Cd></Prtry></BkTxCd>"
AT = datetime(2026, 11, 22, 1, 30, 0, 123000, tzinfo=UTC)


def notice(body: str = "", *, version: str = "08", account: str = MASTER, head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.{version}">'
        "<BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>M1</MsgId>"
        "<CreDtTm>2026-11-22T01:30:00Z</CreDtTm></GrpHdr><Ntfctn><Id>M1</Id>"
        "<CreDtTm>2026-11-22T01:30:00Z</CreDtTm>"
        f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>{body}"
        "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


def entry(
    *,
    amount: str = "80000.00",
    currency: str = "CNY",
    sign: str = "CRDT",
    status: str = "<Sts><Cd>BOOK</Cd></Sts>",
    booked: str = "<DtTm>2026-11-22T09:30:00.123+08:00</DtTm>",
    flag: str = "",
    refs: str = "<EndToEndId>NOTPROVIDED</EndToEndId>",
    debtor: str = "<Dbtr><Pty><Nm>甲公司</Nm></Pty></Dbtr>",
    more: str = "",
    reference: str = "<AcctSvcrRef>YL1</AcctSvcrRef>",
) -> str:
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{flag}{status}'
        f"<BookgDt>{booked}</BookgDt>{reference}{CODE}"
        f"<NtryDtls><TxDtls><Refs>{refs}</Refs><RltdPties>{debtor}"
        "<DbtrAcct><Id><Othr><Id>622</Id></Othr></Id></DbtrAcct>"
        "<CdtrAcct><Id><Othr><Id>6233</Id></Othr></Id></CdtrAcct>"
        f"</RltdPties>{more}</TxDtls></NtryDtls></Ntry>"
    )


def read(raw: bytes) -> tuple[BookedEntry, ...]:
    return read_notice(raw, master=MASTER).entries


def refused(raw: bytes, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        read(raw)


def test_a_credit_is_read() -> None:
    assert read(notice(entry())) == (
        BookedEntry(
            bank_ref="YL1",
            sign=Sign.CREDIT,
            amount_fen=80_000_00,
            booked_at=AT,
            number="6233",
            party=Party("甲公司", "622"),
        ),
    )


def test_older_versions_name_parties_and_states_directly() -> None:
    older = entry(status="<Sts>BOOK</Sts>", debtor="<Dbtr><Nm>甲公司</Nm></Dbtr>")
    assert read(notice(older, version="02")) == read(notice(entry()))


def test_a_person_is_told_from_an_organisation() -> None:
    personal = entry(
        debtor="<Dbtr><Pty><Nm>梁砚舟</Nm><Id><PrvtId><Othr><Id>1</Id></Othr></PrvtId></Id>"
        "</Pty></Dbtr>"
    )
    party = read(notice(personal))[0].party
    assert party == Party("梁砚舟", "622", personal=True)


def test_times_without_offset_are_beijings() -> None:
    local = read(notice(entry(booked="<DtTm>2026-11-22T09:30:00.123</DtTm>")))
    assert local[0].booked_at == AT


def test_pending_lines_are_left_alone() -> None:
    assert read(notice(entry(status="<Sts><Cd>PDNG</Cd></Sts>"))) == ()
    assert read(notice()) == ()


def test_a_reversal_names_its_original_and_keeps_its_roles() -> None:
    found = read(
        notice(
            entry(
                sign="DBIT",
                flag="<RvslInd>true</RvslInd>",
                refs="<EndToEndId>NOTPROVIDED</EndToEndId><TxId>YL0</TxId>",
            )
        )
    )[0]
    assert (found.sign, found.reverses, found.number) == (Sign.DEBIT, "YL0", "6233")
    refused(notice(entry(sign="DBIT", flag="<RvslInd>true</RvslInd>")), "original")


def test_a_returned_refund_is_told() -> None:
    back = entry(
        refs="<EndToEndId>R1</EndToEndId>", more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    )
    found = read(notice(back))[0]
    assert (found.returned, found.end_to_end) == (True, "R1")


def batch(*parts: tuple[str, str], total: str) -> bytes:
    details = "".join(
        f'<TxDtls><Refs><AcctSvcrRef>{ref}</AcctSvcrRef></Refs><Amt Ccy="CNY">{amount}</Amt>'
        "<CdtDbtInd>CRDT</CdtDbtInd></TxDtls>"
        for ref, amount in parts
    )
    return notice(
        f'<Ntry><Amt Ccy="CNY">{total}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        "<BookgDt><DtTm>2026-11-22T01:30:00Z</DtTm></BookgDt><AcctSvcrRef>B</AcctSvcrRef>"
        f"{CODE}<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def test_a_batch_is_read_payment_by_payment_and_must_add_up() -> None:
    found = read(batch(("B1", "1.00"), ("B2", "2.50"), total="3.50"))
    assert [(e.bank_ref, e.amount_fen, e.party) for e in found] == [
        ("B1", 100, None),
        ("B2", 250, None),
    ]
    refused(batch(("B1", "1.00"), ("B2", "2.50"), total="3.51"), "add up")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": "80000.001"}, "amount"),
        ({"amount": "-5"}, "schema"),
        ({"amount": "1e5"}, "schema"),
        ({"amount": "0.00"}, "amount"),
        ({"amount": "NaN"}, "schema"),
        ({"amount": "99999999999999999.00"}, "amount"),
        ({"amount": "9999999999999999999.00"}, "schema"),
        ({"amount": "１２"}, "schema"),
        ({"amount": ""}, "schema"),
        ({"currency": "USD"}, "CNY"),
        ({"sign": "CREDIT"}, "schema"),
        ({"status": "<Sts><Prtry>OURS</Prtry></Sts>"}, "pending"),
        ({"booked": "<Dt>2026-11-22</Dt>"}, "missing"),
        ({"booked": "<DtTm>2026-11-22</DtTm>"}, "schema"),
        ({"booked": "<DtTm>yesterday</DtTm>"}, "schema"),
        ({"booked": "<DtTm>2026-11-22T24:00:00</DtTm>"}, "no time"),
        ({"reference": ""}, "missing"),
    ],
)
def test_a_line_that_cannot_be_trusted_is_refused(change: dict[str, str], words: str) -> None:
    refused(notice(entry(**change)), words)


def test_another_account_another_message_another_version() -> None:
    refused(notice(entry(), account="999"), "our account")
    refused(notice(entry(), version="01"), "not supported")
    refused(notice(entry(), version="99"), "not supported")
    refused(notice().replace(b"camt.054", b"camt.053"), "not a camt.054")
    refused(notice().replace(b"urn:iso", b"urn:other"), "not a camt.054")
    refused(b"<Document/>", "not a camt.054")
    refused(b"", "well-formed")
    refused(b"<Document", "well-formed")
    refused("<Document/>".encode("utf-16"), "not a camt.054")


BOMB = '<!DOCTYPE d [<!ENTITY a "xxxxxxxxxx">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">'
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE d SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;]>',
        "<!DOCTYPE d>",
        f"{BOMB}]>",
    ],
)
def test_document_types_and_entities_are_refused(head: str) -> None:
    began = time.monotonic()
    refused(notice(entry(), head=head), "document type|well-formed")
    refused(notice(entry(debtor="<Dbtr><Nm>&x;</Nm></Dbtr>"), head=head), "type|well-formed")
    refused(notice(entry(debtor="<Dbtr><Nm>&i;</Nm></Dbtr>"), head=head), "type|well-formed")
    assert time.monotonic() - began < 1


def test_size_and_depth_are_capped() -> None:
    refused(notice("<!--" + "x" * (8 << 20) + "-->"), "too large")
    refused(notice("<a>" * 5000 + "</a>" * 5000), "well-formed")


def report(since: datetime, until: datetime) -> bytes:
    return wire.report([], master=MASTER, message_id="R1", since=since, until=until)


def test_a_report_covers_what_was_asked() -> None:
    hour = timedelta(hours=1)
    found = read_report(report(AT - hour, AT), master=MASTER, since=AT - hour)
    assert (found.message_id, found.complete_until, found.entries) == ("R1", AT, ())
    assert read_notice(found.raw, master=MASTER).entries == ()
    with pytest.raises(UnreadableError, match="cover"):
        read_report(report(AT - hour, AT), master=MASTER, since=AT - 2 * hour)
    with pytest.raises(UnreadableError, match="cover"):
        read_report(report(AT, AT - hour), master=MASTER, since=AT)
    with pytest.raises(UnreadableError, match=r"not a camt\.052"):
        read_report(notice(), master=MASTER, since=AT)


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("ACCP", Answer.ACCEPTED),
        ("ACSC", Answer.ACCEPTED),
        ("RJCT", Answer.REJECTED),
        ("PDNG", Answer.UNKNOWN),
        ("PART", Answer.UNKNOWN),
        ("XXXX", Answer.UNKNOWN),
    ],
)
def test_statuses(code: str, answer: Answer) -> None:
    assert read_status(wire.status("K1", code, at=AT), key="K1") is answer
    with pytest.raises(UnreadableError, match="another order"):
        read_status(wire.status("K2", code, at=AT), key="K1")


orders = st.builds(
    RefundOrder,
    key=st.from_regex(r"R[0-9a-f]{32}", fullmatch=True),
    amount_fen=st.integers(1001, MAX_FEN // 100),
    interest_fen=st.integers(0, 1000),
    credit_ref=st.from_regex(r"YL[0-9]{18}", fullmatch=True),
    number=st.none() | st.from_regex(r"[0-9]{19}", fullmatch=True),
    to=st.builds(
        Party,
        st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=40),
        st.from_regex(r"[0-9]{19}", fullmatch=True),
    ),
    remittance=st.just("退还保证金 YL1"),
)


@given(st.lists(orders, min_size=1, max_size=5))
def test_what_we_order_is_what_the_bank_reads(wanted: list[RefundOrder]) -> None:
    raw = write_refunds(RefundBatch("专户", MASTER, AT, tuple(wanted)), key="K1")
    order = wire.read_order(raw, master=MASTER)
    transfers = order.transfers
    assert (order.key, order.value_day) == ("K1", AT.astimezone(SHANGHAI).date())
    assert [(t.interest_fen, t.credit_ref) for t in transfers] == [
        (o.interest_fen, o.credit_ref if o.interest_fen else None) for o in wanted
    ]
    assert [
        (t.end_to_end, t.amount_fen, t.to_name, t.to_number, t.sub_account) for t in transfers
    ] == [(o.key, o.amount_fen, o.to.name, o.to.account, o.number) for o in wanted]
    total = etree.fromstring(raw).findtext(f".//{{{NAMESPACE}}}CtrlSum")
    assert Decimal(total or "") * 100 == sum(o.amount_fen for o in wanted)


def test_what_the_schema_does_not_allow_is_never_written() -> None:
    order = RefundOrder("R" * 36, 1, None, Party("甲", "1"), "x", "YL1")
    with pytest.raises(ValueError, match="schema"):
        write_refunds(RefundBatch("专户", MASTER, AT, (order,)), key="K1")
    with pytest.raises(ValueError, match="schema"):
        write_refunds(RefundBatch("专户", MASTER, AT, ()), key="K1")


@given(
    amount=st.integers(1, MAX_FEN // 100),
    sign=st.sampled_from(["CRDT", "DBIT"]),
    personal=st.booleans(),
    sub=st.none() | st.just("6233"),
    reverses=st.none() | st.just("YL0"),
    news=st.sampled_from(["", "returned", "interest"]),
    hours=st.integers(-12, 14),
)
def test_what_the_bank_tells_is_what_we_read(
    amount: int,
    sign: str,
    personal: bool,
    sub: str | None,
    reverses: str | None,
    news: str,
    hours: int,
) -> None:
    at = AT.astimezone(timezone(timedelta(hours=hours)))
    reverses = reverses if sign == "DBIT" else None
    news = news if sign == "CRDT" else ""
    line = BookEntry(
        seq=7,
        bank_ref="YL1",
        account=MASTER,
        sign=sign,
        amount_fen=amount,
        other_number="622",
        other_name="甲（中国）&公司<",
        other_personal=personal,
        sub_account=sub,
        booked_at=at,
        recorded_at=at,
        end_to_end="R1" if sign == "DBIT" and not reverses else None,
        reverses=reverses,
        returned=news == "returned",
        interest=news == "interest",
    )
    found = read(wire.notice(line, master=MASTER))
    assert found == (
        BookedEntry(
            bank_ref="YL1",
            sign=Sign(sign),
            amount_fen=amount,
            booked_at=at,
            number=sub,
            party=Party("甲（中国）&公司<", "622", personal),
            end_to_end=line.end_to_end,
            reverses=reverses,
            returned=news == "returned",
            interest=news == "interest",
        ),
    )
