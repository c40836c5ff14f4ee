"""The first half of an opening: close, releases, list, decryption, unsealing, verification.

招标投标法 28, 34, 35; 条例 44; 20号令 29-31: nothing is readable while anyone may still choose.
"""

from datetime import datetime, timedelta

from kernel.pure.closes import Verdict
from kernel.pure.errors import Refused
from trading.openings import commands, drawing
from trading.openings.causes import CAUSES, WRONG_RESCUE, BidState, Cause
from trading.openings.states import (
    ORDER,
    VOUCHED,
    Bid,
    CloseState,
    Fact,
    Facts,
    Kind,
    Opening,
    Stage,
    enter,
)

S = Stage
MOST_FAILURES = 50
RETURNED = "截止未获及时见证，原封退回"


def lock(o: Opening, c: commands.Lock, now: datetime) -> Facts:
    """法 34: the opening is at the deadline. 法 28, 条例 44: below the floor nothing is opened."""
    if now < o.deadline:
        return ()
    locked = Fact(Kind.DEADLINE_LOCKED, live=c.live)
    if c.live < o.floor:
        return (locked, enter(S.DEADLINE_LOCK), *fail(o, "at_deadline"))
    return (locked, enter(S.DEADLINE_LOCK), Fact(Kind.MANIFEST_PUBLISHED))


def vouch(o: Opening, c: commands.Vouch, _now: datetime) -> Facts:
    """A close in time stands; a late one stands still until a supervisor has decided."""
    if c.in_time and o.close in {CloseState.AWAITED, CloseState.LATE}:
        return (Fact(Kind.CLOSE_WITNESSED, close=CloseState.IN_TIME),)
    if not c.in_time and o.close is CloseState.AWAITED:
        return (Fact(Kind.CLOSE_LATE, close=CloseState.LATE),)
    return ()


def decide_close(o: Opening, c: commands.DecideClose, _now: datetime) -> Facts:
    """Go on by the supervisor's word, or give everything back unopened: nobody has read it."""
    if o.close is not CloseState.LATE:
        raise Refused("OPN-1211")
    decided = Fact(Kind.CLOSE_DECIDED, close=CloseState.GO_ON, verdict=c.verdict, reason=c.reason)
    if c.verdict is Verdict.GO_ON:
        return (decided,)
    stopped = Fact(Kind.CLOSE_DECIDED, close=CloseState.LATE, verdict=c.verdict, reason=c.reason)
    return (stopped, Fact(Kind.CANCELLED, word=RETURNED, reason=c.reason), enter(S.CANCELLED))


def fail(o: Opening, when: str) -> Facts:
    return (
        Fact(Kind.FAILED_TOO_FEW, when=when, floor=o.floor),
        enter(S.FAILED_TOO_FEW),
    )


def release(o: Opening, c: commands.Release, _now: datetime) -> Facts:
    """Release 1 after the close with the floor met, release 2 after the window, still met."""
    given = o.first if c.release == 1 else o.second
    if c.trustee in given:
        return ()
    if c.release == 2 and o.stage is not S.OPENING:
        if ORDER.index(o.stage) > ORDER.index(S.OPENING):
            return ()
        raise Refused("OPN-1205", stage=o.stage.value)
    if c.release == 1 and o.stage is not S.DEADLINE_LOCK:
        return ()
    if o.close not in VOUCHED:
        raise Refused("OPN-1215")
    return (Fact(Kind.SHARE_RELEASED, trustee=c.trustee, release=c.release),)


def publish(o: Opening, c: commands.PublishList, now: datetime) -> Facts:
    if len(o.first) < o.threshold:
        raise Refused("OPN-1206", given=len(o.first), threshold=o.threshold)
    listed = Fact(Kind.LIST_PUBLISHED, bids=c.bids)
    if sum(bid.state in {BidState.LISTED, BidState.UNLOCKED} for bid in c.bids) < o.floor:
        return (listed, enter(S.LIST_PUBLISHED, now), *fail(o, "at_list"))
    return (listed, enter(S.LIST_PUBLISHED, now))


def start_act(o: Opening, _: commands.StartDecryption, now: datetime) -> Facts:
    return start(o, now)


def start(o: Opening, now: datetime) -> Facts:
    """A window for all; where no holder lock is to be opened it ends as it begins."""
    awaited = any(bid.state is BidState.LISTED for bid in o.bids)
    ends = now + timedelta(minutes=o.minutes.decryption if awaited else 0)
    return (
        Fact(Kind.DECRYPTION_STARTED, no=o.windows + 1, opens=now, until=ends),
        enter(S.BIDDER_DECRYPTION, ends),
    )


def unlock(o: Opening, c: commands.Unlock, now: datetime) -> Facts:
    bid = o.bid(c.seat)
    if bid.state in {BidState.UNLOCKED, BidState.OPENED}:
        return ()
    if bid.state is not BidState.LISTED or o.until is None or now >= o.until:
        raise Refused("OPN-2114", until=o.until)
    return (Fact(Kind.BID_UNLOCKED, seat=c.seat, via=c.via),)


def report(o: Opening, c: commands.ReportFailure, _now: datetime) -> Facts:
    """An attempt that failed on the bidder's own machine; it ends nothing.

    Nobody types that often: what comes beyond is no news, and must not drown the hall or the log.
    """
    bid = o.bid(c.seat)
    if bid.state is not BidState.LISTED or bid.failures >= MOST_FAILURES:
        return ()
    return (Fact(Kind.BID_FAILED, seat=c.seat, code=c.code, via=c.via, final=False),)


def ask_rescue(o: Opening, c: commands.AskRescue, now: datetime) -> Facts:
    """Within the window and once; the request itself is the action's to verify."""
    bid = o.bid(c.seat)
    if bid.asked or bid.state in {BidState.UNLOCKED, BidState.OPENED}:
        return ()
    if bid.state is not BidState.LISTED or o.until is None or now >= o.until:
        raise Refused("OPN-2114", until=o.until)
    return (Fact(Kind.RESCUE_ASKED, seat=c.seat, code=c.code),)


def rescue_share(o: Opening, c: commands.RescueShare, now: datetime) -> Facts:
    """A member's share counts while the window is open and the bid still locked."""
    bid = o.bid(c.seat)
    if bid.state in {BidState.UNLOCKED, BidState.OPENED}:
        return ()
    if bid.state is not BidState.LISTED or o.until is None or now >= o.until:
        raise Refused("OPN-2114", until=o.until)
    if not bid.asked:
        raise Refused("OPN-2110")
    return (Fact(Kind.RESCUE_SHARE, seat=c.seat, member=c.member),)


def close_window(o: Opening, _: commands.CloseWindow, now: datetime) -> Facts:
    waiting = sum(bid.state is BidState.LISTED for bid in o.bids)
    if waiting and (o.until is None or now < o.until):
        raise Refused("OPN-1207", waiting=waiting, until=o.until)
    return shut_window(o)


def shut_window(o: Opening) -> Facts:
    """Who has not decrypted is revoked; the others go on while competition remains."""
    late = tuple(_mark(bid.seat, _why(bid)) for bid in o.bids if bid.state is BidState.LISTED)
    closed = Fact(Kind.WINDOW_CLOSED, no=o.windows)
    if sum(bid.state is BidState.UNLOCKED for bid in o.bids) < o.remaining_floor:
        return (closed, *late, *fail(o, "after_decryption"))
    return (closed, *late, enter(S.OPENING))


def _why(bid: Bid) -> Cause:
    """Absent, or nothing left to try, or a panel that did not gather, or a lock sealed wrongly."""
    if WRONG_RESCUE in bid.tried:
        return Cause.WRONG_SECRET
    if bid.asked:
        return Cause.RESCUE_SHORT
    return Cause.NO_KEY_LEFT if bid.tried else Cause.NOT_DECRYPTED


def _mark(seat: int, cause: Cause, **more: str) -> Fact:
    return Fact(
        Kind.BID_FAILED,
        seat=seat,
        state=CAUSES[cause].state,
        cause=cause,
        code=CAUSES[cause].code,
        final=True,
        **more,
    )


def excuse(o: Opening, c: commands.Excuse, _now: datetime) -> Facts:
    """撤回: the supervisor finds, with a reason, that the platform or a service was at fault."""
    if not c.reason.strip():
        raise Refused("OPN-1801")
    bid = o.bid(c.seat)
    if o.second or bid.state not in {BidState.LISTED, BidState.REVOKED}:
        return ()
    return (_mark(c.seat, Cause.SERVICE_DOWN, reason=c.reason),)


def extend(o: Opening, c: commands.Extend, now: datetime) -> Facts:
    """For all, never for one; every window is kept. After the close it reopens, before a share."""
    if not c.reason.strip():
        raise Refused("OPN-1801")
    if not 1 <= c.minutes <= 24 * 60:
        raise Refused("OPN-1803", minutes=c.minutes)
    if o.stage is S.OPENING:
        if o.second:
            raise Refused("OPN-1804")
        ends = now + timedelta(minutes=c.minutes)
        return (
            extended(o, ends, c.reason, reopened=True),
            enter(S.BIDDER_DECRYPTION, ends),
        )
    ends = max(now, o.until or now) + timedelta(minutes=c.minutes)
    return (extended(o, ends, c.reason),)


def extended(o: Opening, until: datetime | None, reason: str, *, reopened: bool = False) -> Fact:
    return Fact(Kind.EXTENDED, no=o.windows + 1, until=until, reason=reason, reopened=reopened)


def unseal(o: Opening, c: commands.Unseal, _now: datetime) -> Facts:
    """After release 2: which openings could be read; prices stay unsaid until the read-out."""
    if len(o.second) < o.threshold:
        raise Refused("OPN-1206", given=len(o.second), threshold=o.threshold)
    if o.unsealed:
        return ()
    read = tuple(Fact(Kind.BID_OPENED, seat=seat) for seat in c.opened)
    return (
        *read,
        *(_mark(seat, cause) for seat, cause in c.failed),
        Fact(Kind.OPENINGS_UNSEALED, digest=c.digest),
    )


def sign(o: Opening, _: commands.SignManifest, _now: datetime) -> Facts:
    if not o.unsealed:
        raise Refused("OPN-1403")
    return (Fact(Kind.MANIFEST_SIGNED), enter(S.VERIFICATION))


def verify(o: Opening, c: commands.Verify, now: datetime) -> Facts:
    """Hash against receipt; then the draw of parameters."""
    wrong = tuple(_mark(seat, cause) for seat, cause in c.failed)
    return (
        *wrong,
        Fact(Kind.VERIFIED, matched=tuple(sorted(c.matched))),
        *drawing.announce(o, now),
    )
