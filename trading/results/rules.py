"""What may follow a signed report: publicity, objections, award, contract. Pure decisions.

招标投标法 45-48；条例 53-57。The moments are midnights in Shanghai after the last legal day.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from kernel.pure.errors import Refused
from kernel.pure.jcs import canonical
from kernel.pure.legal_days import Holidays, local_date
from kernel.pure.money import format_yuan
from trading.tenders.legal_calendar import ends
from trading.tenders.rules import LotStage

CANDIDATES_FORMAT: Final = "sunbid candidates/1"
AWARD_FORMAT: Final = "sunbid award/1"
TEXT_MOST: Final = 4000


class NoticeKind(StrEnum):
    """What is issued after the report: to everyone, to the winner, to each of the others."""

    CANDIDATES = "candidates"
    AWARD = "award"
    OUTCOME = "outcome"
    RESULT = "result"


class Cause(StrEnum):
    """For what a higher rank may be passed over (条例 55), and nothing else."""

    GAVE_UP = "gave_up"
    FORCE_MAJEURE = "force_majeure"
    NO_BOND = "no_bond"
    VIOLATION = "violation"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A bid that the committee ranked; `number` is its seat, `total` decimal text."""

    rank: int
    number: int
    bidder_ref: UUID
    commitment: bytes
    organisation: str
    credit_code: str
    price_fen: int
    total: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A bid that the committee rejected, and why, in its words."""

    number: int
    bidder_ref: UUID
    organisation: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The signed report as trading keeps it: a copy that no later act changes."""

    lot_id: UUID
    version: int
    facts_hash: bytes
    pdf_hash: bytes
    leaf_id: UUID
    signed_at: datetime
    ranking: tuple[Ranked, ...]
    rejected: tuple[Rejected, ...]

    def candidates(self, most: int) -> tuple[Ranked, ...]:
        """The ranked bids that are published, by rank (条例 53)."""
        return tuple(sorted(self.ranking, key=lambda each: each.rank))[:most]


@dataclass(frozen=True, slots=True)
class Publicity:
    """公示: from its publication until the midnight after its last legal day."""

    began: datetime
    until: datetime

    def runs(self, now: datetime) -> bool:
        """Whether an objection raised at `now` is in time."""
        return self.began <= now < self.until


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a lot stands after its report; `resumes_to` is the stage a held lot waits in."""

    stage: LotStage
    resumes_to: LotStage | None
    publicity: Publicity | None
    open_objections: int

    @property
    def on_show(self) -> bool:
        """Candidates are published, and the lot may be waiting for an answer."""
        return LotStage.CANDIDATES_PUBLISHED in (self.stage, self.resumes_to)


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A higher rank that may not win, with the listed cause and what happened."""

    rank: int
    cause: Cause
    text: str


def check_confirmed(given: object, phrase: str) -> None:
    """Let an act pass that was confirmed in the words the page asks for. Raises RES-1003."""
    if given != phrase:
        raise Refused("RES-1003", phrase=phrase)


def check_stage(stage: LotStage, *needed: LotStage) -> None:
    """An act belongs to its stage. Raises Refused RES-1004."""
    if stage not in needed:
        raise Refused("RES-1004", stage=stage.value)


def check_effective(count: int, floor: int) -> None:
    """Fewer than the floor are not evaluated (条例 44, 评标办法 27). Raises Refused RES-1101."""
    if count < floor:
        raise Refused("RES-1101", count=count, floor=floor)


def publicity(at: datetime, days: int, *, least: int, holidays: Holidays) -> Publicity:
    """The period of a publication at `at`. Raises Refused RES-1201 for fewer than `least` days."""
    if days < least:
        raise Refused("RES-1201", days=days, least=least)
    return Publicity(at, ends(at, days, holidays))


def check_objection(standing: Standing, now: datetime, text: str) -> None:
    """An objection to the result is raised within publicity (条例 54).

    Raises:
        Refused: RES-1301 no publicity yet; RES-1302 it is over; RES-1303 no text, or too long.
    """
    shown = standing.publicity
    if shown is None or now < shown.began:
        raise Refused("RES-1301")
    if not standing.on_show or not shown.runs(now):
        raise Refused("RES-1302", at=now, until=end_words(shown.until))
    check_text(text)


def check_text(text: str) -> None:
    """An objection or answer says something, and can be read. Raises Refused RES-1303."""
    if not text.strip() or len(text) > TEXT_MOST:
        raise Refused("RES-1303", most=TEXT_MOST)


def check_award(standing: Standing, now: datetime) -> None:
    """No award before publicity has ended and every objection is answered (条例 54).

    Raises:
        Refused: RES-1004 another stage; RES-1401 publicity runs; RES-1402 an objection is open.
    """
    if standing.open_objections:
        raise Refused("RES-1402", count=standing.open_objections)
    check_stage(standing.stage, LotStage.CANDIDATES_PUBLISHED)
    if standing.publicity is None or now < standing.publicity.until:
        until = end_words(standing.publicity.until) if standing.publicity else "—"
        raise Refused("RES-1401", until=until)


def choose(
    candidates: Sequence[Ranked],
    rank: int,
    passed: Sequence[PassedOver],
    *,
    bound: bool,
    gone: Collection[int] = (),
) -> Ranked:
    """The candidate that wins: rank 1, or the next after causes that the law lists (条例 55).

    `bound` lots give every higher rank its cause; others may choose among the candidates (法 40).
    The ranks `gone` had won and gave up.

    Raises:
        Refused: RES-1403 no such candidate; RES-1404 a higher rank lacks its cause, or a cause
            is given for a rank that is not passed over; RES-1405 it gave up.
    """
    found = next((each for each in candidates if each.rank == rank), None)
    if found is None:
        raise Refused("RES-1403", rank=rank, count=len(candidates))
    if rank in gone:
        raise Refused("RES-1405", rank=rank)
    higher = {each.rank for each in candidates if each.rank < rank}
    named = [each.rank for each in passed]
    missing = higher - set(named) if bound else set[int]()
    if missing or len(set(named)) != len(named) or not set(named) <= higher:
        raise Refused("RES-1404", ranks="、".join(map(str, sorted(missing or set(named)))))
    for each in passed:
        check_text(each.text)
    return found


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """What is recorded of a contract; money in fen."""

    number: str
    amount_fen: int
    signed_on: date
    late_reason: str = ""


def check_contract(
    terms: ContractTerms, *, award_fen: int, noticed: datetime, due: datetime, now: datetime
) -> None:
    """A contract keeps to the award and its time (法 46); a late one is told with its reason.

    Raises:
        Refused: RES-1601 another amount; RES-1602 signed before the notice or not yet; RES-1603
            later than the law allows and no reason given; RES-1604 no number.
    """
    if terms.amount_fen != award_fen:
        raise Refused("RES-1601", award=format_yuan(award_fen), given=format_yuan(terms.amount_fen))
    if not local_date(noticed) <= terms.signed_on <= local_date(now):
        raise Refused("RES-1602", noticed=local_date(noticed), today=local_date(now))
    last = last_day(due)
    if terms.signed_on > last and not terms.late_reason.strip():
        raise Refused("RES-1603", last=last, signed=terms.signed_on)
    if not 1 <= len(terms.number.strip()) <= 60 or len(terms.late_reason) > 200:
        raise Refused("RES-1604")


def last_day(midnight: datetime) -> date:
    """The last calendar day of a period that is over at `midnight`."""
    return local_date(midnight - timedelta(seconds=1))


def end_words(midnight: datetime) -> str:
    """The end of a period as papers write it: 2026-12-17 24:00."""
    return f"{last_day(midnight)} 24:00"


def check_open_answer(*, answered: bool, text: str) -> None:
    """An objection is answered once. Raises Refused RES-1305, RES-1303."""
    if answered:
        raise Refused("RES-1305")
    check_text(text)


def message(body: Mapping[str, Any]) -> bytes:
    """The bytes a certificate signs (ECDSA P-256 with SHA-256): format, a zero, canonical JSON."""
    return str(body["format"]).encode() + b"\x00" + canonical(dict(body))


def digest(body: Mapping[str, Any]) -> bytes:
    """SHA-256 of what is signed, 32 bytes."""
    return sha256(message(body)).digest()
