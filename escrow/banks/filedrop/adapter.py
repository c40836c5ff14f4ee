"""A bank of the file drop: codec and folder, no rule.

It answers in rounds. What waits for a reply is UNKNOWN or unreachable until the reply lies there;
the same request is never put twice.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from escrow.banks.filedrop.feeds import Feed, complete_until, feed_of
from escrow.banks.filedrop.files import TIMES, File, entry_of, fen, read, read_all, write
from escrow.banks.filedrop.folder import Folder
from escrow.banks.gateway import (
    BankUnreachableError,
    Health,
    Notice,
    RefundBatch,
    RefundOrder,
    RefusedByBankError,
    Report,
    Statement,
    UnreadableError,
    believed,
    evidence,
)
from escrow.refunds.rules import Answer
from kernel.pure.legal_days import SHANGHAI

_ANSWERS = {"00": Answer.ACCEPTED, "13": Answer.REJECTED}
_MOST_FILES = 2000
_RECEIPT = "HZ_"
_FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class FileDropBank:
    """A `BankGateway` for one master account; `wall` is when this conversation begins."""

    folder: Folder
    master: str
    wall: datetime

    def open_sub_accounts(self, count: int) -> Sequence[str]:
        """The numbers of a reply not fetched yet; without one, ask and come back later.

        A reply counts as fetched once our receipt lies there. Numbers that we forget just after it
        are lost to nobody: they stand unused at the bank.
        """
        fetched = set(self.folder.asked(_RECEIPT))
        for name in self.folder.asked("KH_"):
            receipt = f"{_RECEIPT}{name}"
            if receipt in fetched:
                continue
            reply = self._reply(name, "KHR")
            if reply is None:
                raise BankUnreachableError("no reply yet")
            self._put(File("KHQ", self.master, (name,)), receipt)
            return [row[0] for row in reply.rows]
        asked_at = self.wall.astimezone(SHANGHAI).strftime(TIMES)
        name = f"KH_{asked_at}_{secrets.token_hex(4)}"
        self._put(File("KH", self.master, (name, str(count))), name)
        raise BankUnreachableError("asked, no reply yet")

    def close_sub_account(self, number: str) -> None:
        """One request a number and day; done when the reply says so."""
        name = f"GB_{number}_{self.wall.astimezone(SHANGHAI):%Y%m%d}"
        reply = self._reply(name, "GBR")
        if reply is None:
            self._put(File("GB", self.master, (name, number)), name)
            raise BankUnreachableError("no reply yet")
        if reply.head[1:2] != ("00",):
            raise RefusedByBankError("the account stays open")

    def query_entries(self, since: datetime) -> Report:
        """The files from the one that covers `since` on, as far as they came."""
        found = self._feeds(since)
        if not found:
            raise BankUnreachableError("no file reaches so far")
        raw = b"".join(one.raw for one in found)
        with evidence(raw):
            if found[0].begins > since and found[0].number != 1:
                raise UnreadableError("the files do not cover what was asked")
            return Report(
                message_id=_name_of(found, raw),
                raw=raw,
                entries=tuple(entry for one in found for entry in one.entries),
                since=min(since, found[0].begins),
                complete_until=complete_until(found),
            )

    def get_statement(self, day: date) -> Statement | None:
        """The day's file, None while there is none or only a part of it."""
        name = f"DZ_{self.master}_{day:%Y%m%d}"
        raw = self.folder.statement(day, name)
        if raw is None:
            return None
        with evidence(raw):
            file = read(raw, kind="DZ", account=self.master)
            if file.field(1) != f"{day:%Y%m%d}":
                raise UnreadableError("the statement of another day")
            return Statement(
                message_id=f"{name}_{hashlib.sha256(raw).hexdigest()[:16]}",
                raw=raw,
                day=day,
                sequence=fen(file.field(0)),
                opening_fen=fen(file.field(2)),
                closing_fen=fen(file.field(3)),
                entries=tuple(entry_of(row) for row in file.rows),
            )

    def submit_refund(self, batch: RefundBatch, key: str) -> Answer:
        """Put the order down once; UNKNOWN until its reply comes."""
        at = batch.requested_at.astimezone(SHANGHAI)
        rows = tuple(_row(order) for order in batch.orders)
        head = (key, at.strftime(TIMES), f"{at:%Y%m%d}")
        raw = write(
            File("TK", self.master, head, rows),
            out_fen=sum(order.amount_fen for order in batch.orders),
        )
        try:
            self.folder.put(f"TK_{key}", raw)
            return self.query_refund(key)
        except BankUnreachableError:
            return Answer.UNKNOWN

    def query_refund(self, key: str) -> Answer:
        """The reply file's word; NOT_FOUND when the order itself is not there."""
        name = f"TK_{key}"
        if not self.folder.has_asked(name):
            return Answer.NOT_FOUND
        reply = self._reply(name, "TKR")
        if reply is None or reply.head[:1] != (name,):
            return Answer.UNKNOWN
        return _ANSWERS.get(reply.field(1), Answer.UNKNOWN)

    def parse_callback(self, headers: Mapping[str, str], raw: bytes) -> Notice:
        """Kept files; this bank calls nobody."""
        del headers
        found = [feed_of(file, self.master, b"") for file in read_all(raw)]
        return Notice(_name_of(found, raw), tuple(e for one in found for e in one.entries))

    def health(self) -> Health:
        """Whether the folder is mounted, and to when its newest file reaches."""
        try:
            if not self.folder.is_there():
                return Health(False, None)
            newest = next(self.folder.feed(_FIRST_DAY, self._feed_name), None)
            told = None if newest is None else self._feed(newest).ends
        except (BankUnreachableError, UnreadableError):
            return Health(False, None)
        return Health(True, told)

    def _feeds(self, since: datetime) -> list[Feed]:
        """Those that reach to `since` or beyond, in order, each number once."""
        found: dict[int, Feed] = {}
        for raw in self.folder.feed(since.astimezone(SHANGHAI).date(), self._feed_name):
            one = self._feed(raw)
            if one.ends < since:
                break
            if found.setdefault(one.number, one).raw != raw:
                with evidence(found[one.number].raw + raw):
                    raise UnreadableError("two files of one number")
        return [found[number] for number in sorted(found)][:_MOST_FILES]

    def _feed(self, raw: bytes) -> Feed:
        with evidence(raw):
            return feed_of(read(raw, kind="MX", account=self.master), self.master, raw)

    def _reply(self, name: str, kind: str) -> File | None:
        with believed():
            raw = self.folder.reply(name)
            return None if raw is None else read(raw, kind=kind, account=self.master)

    def _put(self, file: File, name: str) -> None:
        self.folder.put(name, write(file))

    @property
    def _feed_name(self) -> str:
        return f"MX_{self.master}_"


def _name_of(found: list[Feed], raw: bytes) -> str:
    return f"MX{found[0].number}-{found[-1].number}-{hashlib.sha256(raw).hexdigest()[:16]}"


def _row(order: RefundOrder) -> tuple[str, ...]:
    return (
        order.key,
        order.number or "",
        str(order.amount_fen),
        str(order.interest_fen),
        order.to.name,
        order.to.account,
        order.credit_ref,
        order.remittance,
    )
