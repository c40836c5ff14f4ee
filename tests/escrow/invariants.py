"""What must hold of the ledger at every moment; the bank's own book is the model.

Told in SQL of its own, apart from the queries that the product asks.
"""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from escrow.banks.simulator.book import BankState, BookEntry, Customer
from escrow.banks.simulator.interest import earned
from escrow.banks.simulator.teller import SHANGHAI

SIGNED = "CASE e.side WHEN 'debit' THEN e.amount_fen ELSE -e.amount_fen END"
OWN = {
    "a journal does not sum to zero": f"""
        SELECT j.key FROM journal j LEFT JOIN entry e ON e.journal_id = j.id
        GROUP BY j.id HAVING count(e.journal_id) < 2 OR sum({SIGNED}) <> 0""",
    "a bank does not sum to zero": """
        SELECT b.code FROM account a JOIN bank b ON b.id = a.bank_id
        GROUP BY b.code HAVING sum(a.dr_posted - a.cr_posted) <> 0""",
    "a counter is not the sum of its entries": f"""
        SELECT a.code FROM account a LEFT JOIN entry e ON e.account_id = a.id
        GROUP BY a.id HAVING a.dr_posted - a.cr_posted <> coalesce(sum({SIGNED}), 0)
          OR a.dr_posted + a.cr_posted <> coalesce(sum(e.amount_fen), 0)
          OR a.version <> count(e.account_id)""",
    "versions are not dense or a balance is not the running sum": f"""
        SELECT code FROM (
          SELECT a.code, a.kind, e.account_version, e.balance_after,
                 row_number() OVER w AS n, sum({SIGNED}) OVER w AS running
          FROM entry e JOIN account a ON a.id = e.account_id
          WINDOW w AS (PARTITION BY a.id ORDER BY e.account_version)) AS told
        WHERE account_version <> n OR balance_after <> running * CASE
          WHEN kind IN ('cash', 'bank_claim', 'interest_receivable') THEN 1 ELSE -1 END""",
    "a deposit is below zero": """
        SELECT code FROM account WHERE kind IN ('deposit', 'interest_payable')
          AND cr_posted - dr_posted - dr_pending < 0""",
    "clearing is not what is ordered and not yet paid": """
        SELECT b.code FROM account a JOIN bank b ON b.id = a.bank_id
        WHERE a.kind = 'refund_clearing' AND a.cr_posted - a.dr_posted <> (
          SELECT coalesce(sum(r.amount_fen), 0) FROM refund r WHERE r.bank_id = b.id
            AND r.state IN ('ordered', 'sent', 'unknown', 'accepted'))""",
    "interest owed is not the interest of what is ordered and not yet paid": """
        SELECT b.code FROM bank b WHERE (
          SELECT coalesce(sum(a.cr_posted - a.dr_posted), 0) FROM account a
          WHERE a.bank_id = b.id AND a.kind = 'interest_payable') <> (
          SELECT coalesce(sum(r.interest_fen), 0) FROM refund r WHERE r.bank_id = b.id
            AND r.state IN ('ordered', 'sent', 'unknown', 'accepted'))""",
    "cash is not what the bank was heard to book": """
        SELECT b.code FROM account a JOIN bank b ON b.id = a.bank_id
        WHERE a.kind = 'cash' AND a.dr_posted - a.cr_posted <> (
          SELECT coalesce(sum(CASE WHEN e.kind IN ('reversal', 'refund_settled',
            'unexplained_debit') THEN -e.amount_fen ELSE e.amount_fen END), 0)
          FROM bank_entry e WHERE e.bank_id = b.id)""",
    "a booking has not exactly one journal of its own": """
        SELECT e.bank_ref FROM bank_entry e JOIN bank b ON b.id = e.bank_id
        LEFT JOIN journal j ON j.id = e.journal_id
          AND j.key = 'bank/' || b.code || '/' || e.bank_ref
        WHERE j.id IS NULL""",
    "a bank's journal has no booking": """
        SELECT j.key FROM journal j WHERE j.key LIKE 'bank/%'
          AND NOT EXISTS (SELECT 1 FROM bank_entry e WHERE e.journal_id = j.id)""",
    "more was ordered back than came": """
        SELECT c.bank_ref FROM bank_entry c JOIN refund r ON r.credit_id = c.id
        WHERE r.state <> 'rejected' AND NOT r.from_suspense
        GROUP BY c.id HAVING sum(r.amount_fen) > c.amount_fen""",
    "a deposit is kept for two purposes": """
        SELECT s.number FROM sub_account s JOIN hold h ON h.sub_account_id = s.id
        WHERE h.lifted_at IS NULL GROUP BY s.id HAVING count(*) > 1""",
    "a credit is forfeited and given back": """
        SELECT c.bank_ref FROM bank_entry c JOIN refund r ON r.credit_id = c.id
        WHERE r.state NOT IN ('rejected', 'returned') GROUP BY c.id
        HAVING bool_or(r.reason = 'forfeited') AND bool_or(r.reason IN ('withdrawn',
          'lot_failed', 'bid_rejected', 'not_selected', 'contract_signed', 'unclaimed'))""",
    "a settled order has not exactly one booking": """
        SELECT r.key FROM refund r LEFT JOIN bank_entry e
          ON e.end_to_end = r.key AND e.kind = 'refund_settled' AND e.bank_id = r.bank_id
        GROUP BY r.id HAVING count(e.id) <> (r.state IN ('settled', 'returned'))::int""",
    "a deposit is neither held nor on its way nor gone": """
        SELECT a.code FROM account a JOIN sub_account s ON a.code = 'deposit/' || s.number
        WHERE a.cr_posted - a.dr_posted > (
          SELECT coalesce(sum(c.amount_fen), 0) - coalesce((
            SELECT sum(r.amount_fen) FROM refund r JOIN bank_entry x ON x.id = r.credit_id
            WHERE x.sub_account_id = s.id AND r.state <> 'rejected' AND NOT r.from_suspense), 0)
          FROM bank_entry c WHERE c.sub_account_id = s.id AND c.kind = 'credit')""",
}


def broken(session: Session, book: Session, *, lies: Iterable[str] = ()) -> list[str]:
    """All that does not hold; `lies` are references of which a bank told something untrue."""
    found = [
        f"{words}: {name}" for words, query in OWN.items() for name in session.scalars(text(query))
    ]
    return found + _against_the_book(session, book, frozenset(lies))


def _against_the_book(session: Session, book: Session, lies: frozenset[str]) -> list[str]:
    """Nothing is booked that no bank booked; cash is the bank's balance less what is in transit."""
    found = []
    rows = session.execute(
        text(
            "SELECT b.code, e.bank_ref, e.amount_fen, e.kind, e.end_to_end"
            " FROM bank_entry e JOIN bank b ON b.id = e.bank_id"
        )
    ).all()
    heard = {(code, ref): (int(amount), kind) for code, ref, amount, kind, _ in rows}
    cash = {
        code: int(fen)
        for code, fen in session.execute(
            text(
                "SELECT b.code, a.dr_posted - a.cr_posted FROM account a"
                " JOIN bank b ON b.id = a.bank_id WHERE a.kind = 'cash'"
            )
        )
    }
    for state in book.scalars(select(BankState)):
        if state.code not in cash:
            continue
        entries = book.scalars(
            select(BookEntry).where(BookEntry.account == state.master_number)
        ).all()
        known = {entry.bank_ref for entry in entries}
        found += [
            f"{code} never booked {ref}"
            for code, ref in heard
            if code == state.code and ref not in known
        ]
        transit = 0
        for entry in entries:
            sign = 1 if entry.sign == "CRDT" else -1
            told = heard.get((state.code, entry.bank_ref))
            transit += sign * (entry.amount_fen - (told[0] if told else 0))
            if told and told[0] != entry.amount_fen and entry.bank_ref not in lies:
                found.append(f"{entry.bank_ref} was booked with another amount")
        balance = book.get_one(Customer, state.master_number).balance_fen
        if cash[state.code] != balance - transit:
            found.append(f"{state.code}: cash {cash[state.code]}, bank {balance} less {transit}")
        found += _interest(session, entries)
    return found


def _interest(session: Session, entries: Iterable[BookEntry]) -> list[str]:
    """What a bank paid with interest is what its own reckoning says, to the fen."""
    by_ref = {entry.bank_ref: entry for entry in entries}
    paid: dict[str, int] = defaultdict(int)
    for entry in by_ref.values():
        if entry.interest and entry.end_to_end:
            paid[entry.end_to_end] = entry.amount_fen
    if not paid:
        return []
    rows = session.execute(
        text(
            "SELECT r.key, r.amount_fen, r.interest_fen, r.ordered_at, c.bank_ref FROM refund r"
            " JOIN bank_entry c ON c.id = r.credit_id WHERE r.key = ANY (:keys)"
        ),
        {"keys": list(paid)},
    )
    found = []
    for key, principal, fen, ordered_at, ref in rows:
        start = by_ref[ref].booked_at.astimezone(SHANGHAI).date()
        own = earned(int(principal), start=start, end=ordered_at.astimezone(SHANGHAI).date())
        if not own == int(fen) == paid[key]:
            found.append(f"{key}: interest {fen}, paid {paid[key]}, by the oracle {own}")
    return found
