"""Rendering a settlement's refunds as pain.001 and holding them to the official schema."""

import time
from datetime import UTC, datetime
from statistics import median

from escrow.banks.gateway import RefundBatch, RefundOrder
from escrow.banks.iso20022 import schemas
from escrow.banks.iso20022.writing import MESSAGE, write_refunds
from escrow.banks.safe_xml import tree
from escrow.bookings.rules import Party
from kernel.bench import Bar, Bench, Figure, Side

REFUNDS = 500
ROUNDS = 15


def measure(bench: Bench) -> list[Figure]:
    """Seconds for one message of all refunds, and the same with the schema itself to be loaded.

    What was written is read back and held to the schema once more, beside the clock.
    """
    del bench
    batch = _batch()
    schemas.schema.cache_clear()
    first, raw = _timed(batch)
    schemas.check(tree(raw), MESSAGE)
    bar = Bar(Side.AT_MOST, 0.2, on_ratio=False)
    return [
        Figure(
            name=f"{REFUNDS} refunds as a valid pain.001",
            value=median(_timed(batch)[0] for _ in range(ROUNDS)),
            unit="s",
            bar=bar,
        ),
        Figure(
            name=f"{REFUNDS} refunds as a valid pain.001, the schema loaded first",
            value=first,
            unit="s",
            bar=bar,
        ),
    ]


def _timed(batch: RefundBatch) -> tuple[float, bytes]:
    began = time.perf_counter()
    raw = write_refunds(batch, key="B202611230001")
    return time.perf_counter() - began, raw


def _batch() -> RefundBatch:
    orders = tuple(
        RefundOrder(
            key=f"R{n:032x}",
            amount_fen=80_000_00 + n,
            number=f"6233010400000{n:06d}",
            to=Party(f"云澜第{n}工程设计咨询有限公司", f"330104{n:013d}"),
            remittance=f"退还保证金 YL{n:018d}",
            credit_ref=f"YL{n:018d}",
            interest_fen=n,
        )
        for n in range(REFUNDS)
    )
    return RefundBatch("云澜市公共资源交易中心保证金专户", "3301040112345678901", _AT, orders)


_AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
