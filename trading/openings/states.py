"""What an opening is at one moment, and how a fact changes it. Pure; rules.py decides the facts.

domain-rules: the stages are those of the no-meeting hall; the failures are 撤销, 撤回 and unsigned.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import reduce
from types import MappingProxyType
from typing import Any

from kernel.pure.errors import Refused
from kernel.pure.parameters import Drawn, Inputs, Parameter
from trading.openings.causes import LATE, BidState, Cause


class Stage(StrEnum):
    """The stations of an opening, in order; the last two leave the line.

    A closed opening may be reconvened (复会) and closes again.
    """

    WAITING = "waiting"
    SIGN_IN = "sign_in"
    DEADLINE_LOCK = "deadline_lock"
    LIST_PUBLISHED = "list_published"
    BIDDER_DECRYPTION = "bidder_decryption"
    OPENING = "opening"
    VERIFICATION = "verification"
    PARAMETER_DRAW = "parameter_draw"
    READ_OUT = "read_out"
    RECORD_CONFIRMATION = "record_confirmation"
    QUESTIONS = "questions"
    CLOSED = "closed"
    RECONVENED = "reconvened"
    FAILED_TOO_FEW = "failed_too_few"
    CANCELLED = "cancelled"


FINISHED = frozenset({Stage.CLOSED, Stage.FAILED_TOO_FEW, Stage.CANCELLED})
ORDER = tuple(stage for stage in Stage if stage not in FINISHED - {Stage.CLOSED})
BEFORE_LIST = frozenset({Stage.WAITING, Stage.SIGN_IN, Stage.DEADLINE_LOCK})
AFTER_LIST = frozenset(ORDER) - BEFORE_LIST
WINDOWED = frozenset({Stage.BIDDER_DECRYPTION, Stage.RECORD_CONFIRMATION})


class Party(StrEnum):
    """Who acts in a hall; the edge derives it from the actor and the lot."""

    HOST = "host"
    BIDDER = "bidder"
    SUPERVISOR = "supervisor"
    TRUSTEE = "trustee"
    SYSTEM = "system"


class CloseState(StrEnum):
    """Whether the close was vouched for from outside in time; a late one needs a decision."""

    AWAITED = "awaited"
    IN_TIME = "in_time"
    LATE = "late"
    GO_ON = "go_on"


VOUCHED = frozenset({CloseState.IN_TIME, CloseState.GO_ON})


class Answer(StrEnum):
    """A bidder's word on the record; silence is `deemed`."""

    AGREED = "agreed"
    OBJECTED = "objected"
    DEEMED = "deemed"


class Kind(StrEnum):
    """The facts of an opening; each is one numbered event of the public stream."""

    SESSION_OPENED = "session_opened"
    STAGE_CHANGED = "stage_changed"
    SIGN_IN_OPENED = "sign_in_opened"
    DEADLINE_LOCKED = "deadline_locked"
    MANIFEST_PUBLISHED = "manifest_published"
    CLOSE_WITNESSED = "close_witnessed"
    CLOSE_LATE = "close_late"
    CLOSE_DECIDED = "close_decided"
    SHARE_RELEASED = "share_released"
    SHARE_REFUSED = "share_refused"
    RELEASE_DECLINED = "release_declined"
    LIST_PUBLISHED = "list_published"
    DEPOSIT_JUDGED = "deposit_judged"
    DECRYPTION_STARTED = "decryption_started"
    WINDOW_CLOSED = "window_closed"
    BID_UNLOCKED = "bid_unlocked"
    BID_FAILED = "bid_failed"
    RESCUE_ASKED = "rescue_asked"
    RESCUE_SHARE = "rescue_share"
    RESCUE_REFUSED = "rescue_refused"
    BYTES_RESTORED = "bytes_restored"
    BID_OPENED = "bid_opened"
    OPENINGS_UNSEALED = "openings_unsealed"
    MANIFEST_SIGNED = "manifest_signed"
    VERIFIED = "verified"
    PARAMETERS_ANNOUNCED = "parameters_announced"
    PARAMETER_DRAWN = "parameter_drawn"
    DRAWS_DONE = "draws_done"
    BID_READ_OUT = "bid_read_out"
    READ_OUT_DONE = "read_out_done"
    CONFIRMATION_STARTED = "confirmation_started"
    BID_CONFIRMED = "bid_confirmed"
    BID_OBJECTED = "bid_objected"
    OBJECTION_RAISED = "objection_raised"
    OBJECTION_ANSWERED = "objection_answered"
    PAUSED = "paused"
    RESUMED = "resumed"
    EXTENDED = "extended"
    ANNOUNCED = "announced"
    HOST_CHANGED = "host_changed"
    FAILED_TOO_FEW = "failed_too_few"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    RECONVENED = "reconvened"
    RECORD_ISSUED = "record_issued"
    RECORD_SIGNED = "record_signed"
    SIGNING_CLOSED = "signing_closed"


class Fact:
    """One thing that happened: its kind and its named values. Immutable by custom of use."""

    __slots__ = ("kind", "values")

    def __init__(self, kind: Kind, /, **values: Any) -> None:
        self.kind = kind
        self.values: Mapping[str, Any] = MappingProxyType(values)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fact) and (self.kind, dict(self.values)) == (
            other.kind,
            dict(other.values),
        )

    def __hash__(self) -> int:
        return hash((self.kind, tuple(sorted(self.values))))

    def __repr__(self) -> str:
        return f"Fact({self.kind.value}, {dict(self.values)!r})"


Facts = tuple[Fact, ...]


def enter(stage: Stage, until: datetime | None = None) -> Fact:
    """The fact of a stage beginning; `until` is when the clock will look at it next."""
    return Fact(Kind.STAGE_CHANGED, stage=stage, until=until)


@dataclass(frozen=True, slots=True)
class Minutes:
    """Lengths of the windows, from the lot's rule set."""

    sign_in: int
    decryption: int
    confirmation: int


@dataclass(frozen=True, slots=True)
class Bid:
    """One seat of the list."""

    seat: int
    state: BidState = BidState.LISTED
    cause: Cause | None = None
    read: bool = False
    answer: Answer | None = None
    tried: frozenset[str] = frozenset()
    """Codes of the attempts that failed."""
    asked: bool = False
    """Whether the rescue panel was asked."""
    failures: int = 0
    """How many attempts have failed."""

    @property
    def readable(self) -> bool:
        """Opened and not read out yet."""
        return self.state is BidState.OPENED and not self.read


@dataclass(frozen=True, slots=True)
class Objection:
    """One objection of the bidder on a seat, by its number in the session."""

    no: int
    seat: int
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """All that the rules need to know of one opening; times aware UTC.

    `floor` is the least number of bids at the deadline and on the list, `remaining_floor` the least
    that must have decrypted before prices may be read. `first` and `second` hold trustee indexes.
    """

    stage: Stage
    until: datetime | None
    deadline: datetime
    floor: int
    remaining_floor: int
    threshold: int
    minutes: Minutes
    live: int | None = None
    close: CloseState = CloseState.AWAITED
    first: frozenset[int] = frozenset()
    second: frozenset[int] = frozenset()
    bids: tuple[Bid, ...] = ()
    windows: int = 0
    unsealed: bool = False
    objections: tuple[Objection, ...] = ()
    paused_at: datetime | None = None
    paused_by: Party | None = None
    pause_reason: str | None = None
    resumes_at: datetime | None = None
    """When a pause was announced to end; it ends by a word all the same."""
    sitting: int = 1
    """How often the session has convened; the record of each names the former's hash."""
    draws: tuple[Parameter, ...] = ()
    """What the documents let be drawn, `drawn` what was; `inputs` only while they are drawn."""
    drawn: tuple[Drawn, ...] = ()
    inputs: Inputs | None = None

    def bid(self, seat: int) -> Bid:
        """The bid on a seat. Raises Refused OPN-1301 when there is none."""
        for bid in self.bids:
            if bid.seat == seat:
                return bid
        raise Refused("OPN-1301")

    def with_bid(self, seat: int, **changes: Any) -> "Opening":
        """The same opening with one bid changed."""
        return replace(
            self,
            bids=tuple(replace(b, **changes) if b.seat == seat else b for b in self.bids),
        )

    @property
    def open_objections(self) -> tuple[int, ...]:
        """Numbers of the objections without an answer yet (条例 44: answered on the spot)."""
        return tuple(each.no for each in self.objections if not each.answered)


def evolve(opening: Opening, facts: Facts) -> Opening:
    """Fold facts into the snapshot; the database row is a projection of the result."""
    return reduce(_fold, facts, opening)


def _fold(o: Opening, fact: Fact) -> Opening:
    match fact.kind:
        case Kind.STAGE_CHANGED:
            return replace(o, stage=fact["stage"], until=fact["until"])
        case Kind.DEADLINE_LOCKED:
            return replace(o, live=fact["live"])
        case Kind.SHARE_RELEASED:
            return _fold_share(o, fact["trustee"], fact["release"])
        case Kind.LIST_PUBLISHED:
            return replace(o, bids=fact["bids"])
        case Kind.DECRYPTION_STARTED | Kind.CONFIRMATION_STARTED:
            return replace(o, windows=fact["no"])
        case Kind.EXTENDED:
            bids = tuple(map(_relist, o.bids)) if fact["reopened"] else o.bids
            return replace(o, bids=bids, windows=fact["no"], until=fact["until"])
        case Kind.OPENINGS_UNSEALED:
            return replace(o, unsealed=True)
        case Kind.PAUSED:
            told = (fact["at"], fact["by"], fact["reason"], fact["resumes_at"])
            return _paused(o, *told)
        case Kind.RESUMED | Kind.CANCELLED:
            return replace(_paused(o), until=fact.values.get("until"))
        case _:
            return _fold_bid(o, fact)


def _paused(
    o: Opening,
    at: datetime | None = None,
    by: Party | None = None,
    reason: str | None = None,
    resumes_at: datetime | None = None,
) -> Opening:
    return replace(o, paused_at=at, paused_by=by, pause_reason=reason, resumes_at=resumes_at)


def _answered(objection: Objection, no: int) -> Objection:
    return replace(objection, answered=True) if objection.no == no else objection


def _fold_share(o: Opening, trustee: int, release: int) -> Opening:
    if release == 1:
        return replace(o, first=o.first | {trustee})
    return replace(o, second=o.second | {trustee})


def _relist(bid: Bid) -> Bid:
    late = bid.cause in LATE
    return replace(bid, state=BidState.LISTED, cause=None) if late else bid


def _fold_bid(o: Opening, fact: Fact) -> Opening:
    match fact.kind:
        case Kind.BID_UNLOCKED:
            return o.with_bid(fact["seat"], state=BidState.UNLOCKED)
        case Kind.BID_FAILED if fact["final"]:
            return o.with_bid(fact["seat"], state=fact["state"], cause=fact["cause"])
        case Kind.BID_FAILED:
            bid = o.bid(fact["seat"])
            tried = bid.tried | {fact["code"]}
            return o.with_bid(bid.seat, tried=tried, failures=bid.failures + 1)
        case Kind.RESCUE_ASKED:
            return o.with_bid(fact["seat"], asked=True)
        case Kind.BID_OPENED:
            return o.with_bid(fact["seat"], state=BidState.OPENED)
        case Kind.BID_READ_OUT:
            return o.with_bid(fact["seat"], read=True)
        case Kind.BID_CONFIRMED:
            answer = Answer.DEEMED if fact["deemed"] else Answer.AGREED
            return o.with_bid(fact["seat"], answer=answer)
        case Kind.BID_OBJECTED:
            return o.with_bid(fact["seat"], answer=Answer.OBJECTED)
        case _:
            return _fold_close(o, fact)


def _fold_close(o: Opening, fact: Fact) -> Opening:
    match fact.kind:
        case Kind.CLOSE_WITNESSED | Kind.CLOSE_LATE | Kind.CLOSE_DECIDED:
            return replace(o, close=fact["close"])
        case Kind.RECONVENED:
            return replace(o, sitting=fact["no"])
        case Kind.OBJECTION_RAISED:
            return replace(o, objections=(*o.objections, Objection(fact["no"], fact["seat"])))
        case Kind.OBJECTION_ANSWERED:
            return replace(o, objections=tuple(_answered(e, fact["no"]) for e in o.objections))
        case Kind.PARAMETER_DRAWN:
            return replace(o, drawn=(*o.drawn, fact["drawn"]))
        case _:
            return o
