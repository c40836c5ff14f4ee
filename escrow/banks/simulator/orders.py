"""What the file bank makes of the files it is brought: numbers, closings, payments."""

import hashlib
from datetime import date

from escrow.banks.simulator import teller
from escrow.banks.simulator.book import DeclinedError
from escrow.banks.simulator.teller import Transfer
from escrow.banks.simulator.tills import Till, close_sub_account, open_sub_accounts

MOST_AT_ONCE = 200
Rows = list[list[str]]


def read(raw: bytes, *, account: str) -> tuple[str, list[str], Rows]:
    """Kind, rest of the head, rows. Raises DeclinedError, ValueError."""
    said, _, tail = raw.rstrip(b"\n").rpartition(b"\n")
    said += b"\n"
    counted = tail.decode("ascii", "replace").split("|")
    lines = [line.split("|") for line in said.decode("gb18030").split("\n")[:-1]]
    if counted[0] != "T" or counted[-1] != hashlib.sha256(said).hexdigest():
        raise DeclinedError("文件不完整")
    if lines[0][0] != "H" or lines[0][2] != account or counted[1] != str(len(lines) - 1):
        raise DeclinedError("文件头或笔数不符")
    return lines[0][1], lines[0][3:], [line[1:] for line in lines[1:]]


def obey(at: Till, kind: str, head: list[str], rows: Rows) -> tuple[str, list[str]] | None:
    """Result and numbers for the reply, None when there is no reply for now."""
    if kind == "KH":
        return "00", open_sub_accounts(at, min(int(head[1]), MOST_AT_ONCE))
    if kind == "GB":
        return "00" if close_sub_account(at, head[1]) else "13", []
    if kind != "TK":
        # A receipt for numbers fetched: nothing to say to it.
        return None
    status = teller.take_order(
        at,
        key=head[0],
        raw=repr((head, rows)).encode(),
        value_day=date.fromisoformat(head[2]),
        transfers=[_transfer(row) for row in rows],
    )
    if at.fault("lose_refund_answer") is not None:
        return None
    return "13" if status == "RJCT" else "00", []


def _transfer(row: list[str]) -> Transfer:
    key, number, amount, interest, name, account, credit_ref, _ = row
    return Transfer(
        end_to_end=key,
        amount_fen=int(amount),
        to_name=name,
        to_number=account,
        sub_account=number or None,
        interest_fen=int(interest),
        credit_ref=credit_ref or None,
    )
