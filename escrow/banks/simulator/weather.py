"""What becomes of a bank's answer on its way, in every dialect: lost, late or damaged."""

import time

from escrow.banks.simulator.book import Book
from escrow.banks.simulator.tills import till

NOT_OF_ANY_TEXT = b"\xff\xff"


def travelled(book: Book, code: str, raw: bytes) -> bytes | None:
    """An answer as it arrives; None when it never does, though all it says was done."""
    with book.session() as session:
        at = till(session, code)
        lost = at.fault("lose_answer") is not None
        slow = at.fault("slow_answer")
        damaged = at.fault("damaged_answer") is not None
    if slow:
        time.sleep(slow)
    if lost:
        return None
    middle = len(raw) // 2
    return raw[:middle] + NOT_OF_ANY_TEXT + raw[middle:] if damaged else raw
