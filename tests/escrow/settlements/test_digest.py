"""What two people approve, byte for byte: a digest reckoned here by hand."""

import hashlib
import json
from datetime import date
from uuid import UUID

from escrow.interest.rules import Interest
from escrow.refunds.rules import RefundReason, RefundState
from escrow.settlements.rules import APPROVALS, Batch, Due, LineState, SettlementState

START, DAY = date(2026, 9, 23), date(2026, 11, 22)


def test_the_digest_is_over_these_bytes() -> None:
    due = Due(
        bidder_ref=UUID(int=1),
        credit_id=UUID(int=2),
        bank_ref="YL1",
        bank="yunlan",
        number="6233",
        to_name="甲公司",
        to_account="33",
        reason=RefundReason.NOT_SELECTED,
        principal_fen=80_000_00,
        interest=Interest(80_000_00, START, DAY, (), 6_67),
        again=RefundState.REJECTED,
    )
    stated = {
        "format": "sunbid settlement/1",
        "settlement": "00000000-0000-0000-0000-000000000007",
        "lot": "00000000-0000-0000-0000-000000000008",
        "round": 2,
        "value_day": "2026-11-22",
        "payments": [
            {
                "bidder": "00000000-0000-0000-0000-000000000001",
                "credit": "YL1",
                "bank": "yunlan",
                "from": "6233",
                "to_name": "甲公司",
                "to_account": "33",
                "reason": "not_selected",
                "principal_fen": 8000000,
                "interest_fen": 667,
                "interest_from": "2026-09-23",
                "again": "rejected",
            }
        ],
    }
    raw = json.dumps(stated, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    batch = Batch(UUID(int=7), UUID(int=8), 2, DAY, (due,))
    assert batch.digest == hashlib.sha256(raw).digest()
    assert due.total_fen == 80_006_67


def test_words_told_to_the_centre_stay() -> None:
    assert APPROVALS == 2
    assert [one.value for one in SettlementState] == [
        "proposed",
        "half_approved",
        "paying",
        "attention",
        "settled",
    ]
    assert [one.value for one in LineState] == [
        "nothing",
        "proposed",
        "paying",
        "paid",
        "refused",
        "returned",
        "held",
        "forfeited",
    ]
