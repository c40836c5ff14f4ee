"""What a fact entails besides the snapshot: windows, work to do, the lot's stage, money back.

招标投标法 28, 条例 44: below the floor envelopes go back unopened, deposits with them.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escrow.public import ReleaseReason
from kernel import log, outbox
from kernel.ids import new_id
from kernel.jobs import schedule
from kernel.permissions import System
from kernel.pure.rule_sets import Regime
from trading.bids import actions as bids
from trading.openings import deposits, draws, records
from trading.openings.causes import BidState
from trading.openings.events import OpeningClosed, OpeningFailed
from trading.openings.models import AttemptRow, WindowRow
from trading.openings.record_models import ObjectionRow, SupplementRow
from trading.openings.states import Fact, Kind, Stage
from trading.openings.stream import FAILED_WORDS
from trading.tenders import actions as tenders
from trading.tenders.rules import LotStage

if TYPE_CHECKING:
    from trading.openings.hall import Hall

PLATFORM = System("opening")
Effect = Callable[["Hall", Fact], Mapping[str, Any] | None]


def apply(hall: "Hall", fact: Fact) -> Mapping[str, Any]:
    """Do what the fact entails; returns what the event should say besides."""
    effect = EFFECTS.get(fact.kind)
    return (effect(hall, fact) or {}) if effect else {}


def _work(hall: "Hall", kind: str, key: str = "") -> None:
    schedule(
        hall.session,
        kind=kind,
        key=f"{hall.row.lot_id}{key}",
        due_at=hall.now,
        payload={"lot_id": str(hall.row.lot_id)},
    )


def _released(hall: "Hall", fact: Fact) -> None:
    given = hall.opening.first if fact["release"] == 1 else hall.opening.second
    if len(given) >= hall.opening.threshold:
        kind = "opening.list" if fact["release"] == 1 else "opening.unseal"
        _work(hall, kind, f":{len(given)}")


def ask_banks(hall: "Hall", turn: int) -> None:
    """Plan to judge again what waits for a bank: after 5 s, then ever later, up to 5 minutes."""
    if deposits.pending(hall):
        schedule(
            hall.session,
            kind="opening.deposits",
            key=f"{hall.row.lot_id}:{turn}",
            due_at=hall.now + timedelta(seconds=min(5 * 2**turn, 300)),
            payload={"lot_id": str(hall.row.lot_id), "turn": turn},
        )


def _window(hall: "Hall", fact: Fact, purpose: str) -> None:
    _shut(hall, fact["no"] - 1)
    hall.session.add(
        WindowRow(
            lot_id=hall.row.lot_id,
            no=fact["no"],
            purpose=purpose,
            opens_at=hall.now,
            until=fact["until"],
            reason=fact.values.get("reason"),
        )
    )
    hall.session.flush()


def _started(hall: "Hall", fact: Fact) -> None:
    _move(hall, LotStage.OPENING)
    _window(hall, fact, "decryption")


def _extended(hall: "Hall", fact: Fact) -> None:
    confirming = hall.opening.stage is Stage.RECORD_CONFIRMATION
    _window(hall, fact, "confirmation" if confirming else "decryption")


def _shut(hall: "Hall", no: int) -> None:
    row = hall.session.get(WindowRow, (hall.row.lot_id, no))
    if row is not None and row.closed_at is None:
        row.closed_at = hall.now


def _unlocked(hall: "Hall", fact: Fact) -> None:
    seat = hall.seats[fact["seat"]]
    seat.via, seat.unlocked_at = fact["via"], hall.now
    keep_attempt(hall, fact["seat"], via=fact["via"])


def _failed_bid(hall: "Hall", fact: Fact) -> None:
    if not fact["final"]:
        keep_attempt(hall, fact["seat"], via=fact["via"], code=fact["code"])


def keep_attempt(
    hall: "Hall", seat: int, *, via: str, code: str | None = None, member: int | None = None
) -> None:
    """Every try at a bidder's lock is kept and logged with its cause; no code means it held."""
    hall.session.add(
        AttemptRow(lot_id=hall.lot.id, seat=seat, via=via, code=code, member=member, at=hall.now)
    )
    told = {"lot": str(hall.lot.id), "seat": seat, "via": via, "code": code, "member": member}
    log.append(hall.session, "opening_attempt", told)


def _answered(hall: "Hall", fact: Fact) -> None:
    hall.seats[fact["seat"]].answered_at = hall.now


def _replied(hall: "Hall", fact: Fact) -> None:
    row = hall.session.get_one(ObjectionRow, (hall.lot.id, fact["no"]))
    row.reply, row.replied_at = fact["text"], hall.now
    row.reply_attachments = list(fact["attachments"])


def _stage(hall: "Hall", fact: Fact) -> None:
    if fact["stage"] is Stage.VERIFICATION:
        _work(hall, "opening.verify")


def _move(hall: "Hall", to: LotStage, reason: str | None = None) -> None:
    tenders.move_lot(hall.session, hall.lot.id, to, actor=PLATFORM, now=hall.now, reason=reason)


def _read_out_done(hall: "Hall", _fact: Fact) -> Mapping[str, Any]:
    hall.row.read_digest = records.read_digest(hall)
    return {"record_digest": hall.row.read_digest}


def _failed(hall: "Hall", fact: Fact) -> None:
    """法 28: re-tender. Sealed parts are erased; accounts we may know by now are paid back."""
    bids.return_unopened(hall.session, hall.lot.id, now=hall.now)
    for seat in hall.seats.values():
        deposits.pay_back(hall, seat, ReleaseReason.LOT_FAILED)
    for late in hall.row.superseded:
        deposits.pay_back_superseded(hall, late)
    hall.row.finished_at = hall.now
    _fail_lot(hall, fact["when"])
    event = OpeningFailed(new_id(), hall.lot.id, fact["when"], hall.now)
    outbox.record(hall.session, event)


def _cancelled(hall: "Hall", _fact: Fact) -> None:
    """What is still sealed goes back unopened; deposits of whoever is known by now go back too."""
    if not hall.opening.unsealed:
        bids.return_unopened(hall.session, hall.lot.id, now=hall.now)
    for seat in hall.seats.values():
        deposits.pay_back(hall, seat, ReleaseReason.LOT_FAILED)
    for late in hall.row.superseded:
        deposits.pay_back_superseded(hall, late)
    hall.row.finished_at = hall.now
    event = OpeningFailed(new_id(), hall.lot.id, "cancelled", hall.now)
    outbox.record(hall.session, event)


def _fail_lot(hall: "Hall", when: str) -> None:
    """Unopened: 不足三家. Opened in part: 流标, under government procurement 废标 (法36)."""
    if when != "after_decryption":
        _move(hall, LotStage.FAILED_TOO_FEW)
        return
    procurement = hall.lot.regime is Regime.GOVERNMENT_PROCUREMENT
    _move(hall, LotStage.VOID if procurement else LotStage.FAILED, FAILED_WORDS[when])


def _closed(hall: "Hall", _fact: Fact) -> Mapping[str, Any]:
    """The facts are frozen and logged now; the PDF that tells them is the worker's."""
    if hall.opening.sitting > 1:
        return _closed_again(hall)
    for late in list(hall.row.superseded):
        deposits.pay_back_superseded(hall, late)
    for seat in hall.seats.values():
        if seat.state is BidState.WITHDRAWN:
            deposits.pay_back(hall, seat, ReleaseReason.BID_REJECTED)
    hall.row.facts, hall.row.facts_hash = records.freeze(hall)
    hall.row.facts_leaf = log.append(
        hall.session,
        "opening_record",
        {"lot": str(hall.lot.id), "facts": hall.row.facts_hash.hex()},
    )
    hall.row.finished_at = hall.now
    _move(hall, LotStage.OPENED)
    outbox.record(hall.session, OpeningClosed(new_id(), hall.lot.id, hall.now))
    _work(hall, "opening.record")
    return {"facts_hash": hall.row.facts_hash}


def _closed_again(hall: "Hall") -> Mapping[str, Any]:
    """A supplement; the lot went on at the first closing and stays where it is."""
    no = hall.opening.sitting
    facts, digest = records.supplement(hall)
    told = {"lot": str(hall.lot.id), "no": no, "facts": digest.hex()}
    leaf = log.append(hall.session, "opening_record", told)
    hall.session.add(
        SupplementRow(
            lot_id=hall.lot.id,
            no=no,
            facts=facts,
            facts_hash=digest,
            facts_leaf=leaf,
            closed_at=hall.now,
        )
    )
    hall.session.flush()
    _work(hall, "opening.record", f":{no}")
    return {"facts_hash": digest, "no": no}


def _resumed(hall: "Hall", _fact: Fact) -> None:
    """Work that met a pause did nothing; ask for it once more."""
    o, again = hall.opening, f":{hall.now.isoformat()}"
    if o.stage is Stage.DEADLINE_LOCK and len(o.first) >= o.threshold:
        _work(hall, "opening.list", again)
    if o.stage is Stage.OPENING and len(o.second) >= o.threshold:
        _work(hall, "opening.unseal", again)
    if o.stage is Stage.VERIFICATION:
        _work(hall, "opening.verify", again)


EFFECTS: Mapping[Kind, Effect] = {
    Kind.STAGE_CHANGED: _stage,
    Kind.SHARE_RELEASED: _released,
    Kind.LIST_PUBLISHED: lambda hall, fact: ask_banks(hall, 0),
    Kind.DECRYPTION_STARTED: _started,
    Kind.CONFIRMATION_STARTED: lambda hall, fact: _window(hall, fact, "confirmation"),
    Kind.EXTENDED: _extended,
    Kind.WINDOW_CLOSED: lambda hall, fact: _shut(hall, hall.opening.windows),
    Kind.BID_UNLOCKED: _unlocked,
    Kind.BID_FAILED: _failed_bid,
    Kind.BID_CONFIRMED: _answered,
    Kind.BID_OBJECTED: _answered,
    Kind.OBJECTION_ANSWERED: _replied,
    Kind.PARAMETERS_ANNOUNCED: lambda hall, fact: {"lot": str(hall.lot.id)},
    Kind.PARAMETER_DRAWN: draws.keep,
    Kind.READ_OUT_DONE: _read_out_done,
    Kind.RESUMED: _resumed,
    Kind.FAILED_TOO_FEW: _failed,
    Kind.CANCELLED: _cancelled,
    Kind.CLOSED: _closed,
}
