"""What may be asked of the listener. A bank has no account: its signature is the permission."""

from typing import Final

from escrow.banks.access import BankRight
from kernel.permissions import Guarded

LINES: Final = ("jiangsu", "prefix12")
"""Dialects whose banks push over a line of their own."""
DOORS: Final = (
    Guarded("push", "POST /bank-callbacks/<code>", BankRight.BANK_CALLBACK),
    *(Guarded("push", f"TCP {dialect}", BankRight.BANK_CALLBACK) for dialect in LINES),
)
