"""The second half of an opening: read-out, the bidders' answers, objections, the end (条例 44)."""

from datetime import datetime, timedelta

from kernel.pure.errors import Refused
from trading.openings import commands
from trading.openings.causes import BidState
from trading.openings.states import Answer, Fact, Facts, Kind, Opening, Stage, enter

S = Stage


def read_out(o: Opening, c: commands.ReadOut, now: datetime) -> Facts:
    for seat in c.seats:
        if o.bid(seat).state is not BidState.OPENED:
            raise Refused("OPN-1501", seat=seat)
    wanted = c.seats or tuple(bid.seat for bid in o.bids)
    return read(o, tuple(seat for seat in wanted if o.bid(seat).readable), now)


def read(o: Opening, seats: tuple[int, ...], now: datetime) -> Facts:
    spoken = tuple(Fact(Kind.BID_READ_OUT, seat=seat) for seat in dict.fromkeys(seats))
    if any(bid.readable and bid.seat not in seats for bid in o.bids):
        return spoken
    ends = now + timedelta(minutes=o.minutes.confirmation)
    return (
        *spoken,
        Fact(Kind.READ_OUT_DONE),
        Fact(Kind.CONFIRMATION_STARTED, no=o.windows + 1, opens=now, until=ends),
        enter(S.RECORD_CONFIRMATION, ends),
    )


def answer(o: Opening, c: commands.Answered, now: datetime) -> Facts:
    """条例 44: an objection is made on the spot. The first answer stands."""
    bid = o.bid(c.seat)
    if bid.answer is not None:
        if bid.answer is c.answer:
            return ()
        raise Refused("OPN-1603")
    if o.until is None or now >= o.until:
        raise Refused("OPN-1604", until=o.until)
    if c.answer is Answer.OBJECTED:
        if not c.text.strip():
            raise Refused("OPN-1602")
        raised = _raised(o, c.seat, c.text, c.attachments)
        return (Fact(Kind.BID_OBJECTED, seat=c.seat, text=c.text), raised)
    return (Fact(Kind.BID_CONFIRMED, seat=c.seat, deemed=False),)


def close_confirmation(o: Opening, _: commands.CloseConfirmation, now: datetime) -> Facts:
    waiting = sum(bid.answer is None for bid in o.bids)
    if waiting and (o.until is None or now < o.until):
        raise Refused("OPN-1605", waiting=waiting, until=o.until)
    return shut_confirmation(o, now)


def shut_confirmation(o: Opening, now: datetime) -> Facts:
    """Absent or silent: deemed to accept the record."""
    deemed = tuple(
        Fact(Kind.BID_CONFIRMED, seat=bid.seat, deemed=True) for bid in o.bids if bid.answer is None
    )
    ends = now + timedelta(minutes=o.minutes.confirmation)
    return (Fact(Kind.WINDOW_CLOSED, no=o.windows), *deemed, enter(S.QUESTIONS, ends))


def object_(o: Opening, c: commands.RaiseObjection, _now: datetime) -> Facts:
    """条例 44: at any time of the session; each is numbered."""
    o.bid(c.seat)
    if not c.text.strip():
        raise Refused("OPN-1602")
    if sum(each.seat == c.seat for each in o.objections) >= c.most:
        raise Refused("OPN-1607", most=c.most)
    return (_raised(o, c.seat, c.text, c.attachments),)


def _raised(o: Opening, seat: int, text: str, attachments: commands.Attachments) -> Fact:
    no = len(o.objections) + 1
    told = {"no": no, "seat": seat, "text": text, "attachments": attachments, "stage": o.stage}
    return Fact(Kind.OBJECTION_RAISED, **told)


def reply(o: Opening, c: commands.AnswerObjection, _now: datetime) -> Facts:
    found = next((each for each in o.objections if each.no == c.no), None)
    if found is None:
        raise Refused("OPN-1606", no=c.no)
    if found.answered:
        return ()
    if not c.text.strip():
        raise Refused("OPN-1801")
    told = {"no": c.no, "seat": found.seat, "text": c.text, "attachments": c.attachments}
    return (Fact(Kind.OBJECTION_ANSWERED, **told),)


def close(o: Opening, _: commands.CloseOpening, _now: datetime) -> Facts:
    if o.open_objections:
        raise Refused("OPN-1701", numbers="、".join(map(str, o.open_objections)))
    return closing(o)


def closing(_o: Opening) -> Facts:
    return (Fact(Kind.CLOSED), enter(S.CLOSED))


def reconvene(o: Opening, c: commands.Reconvene, _now: datetime) -> Facts:
    """复会: what was decided stands; words, objections and answers are heard again."""
    if not c.reason.strip():
        raise Refused("OPN-1801")
    if o.stage is S.RECONVENED:
        return ()
    told = Fact(Kind.RECONVENED, no=o.sitting + 1, reason=c.reason, by=c.by)
    return (told, enter(S.RECONVENED))
