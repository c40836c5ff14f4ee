"""What is done in the hall by clock, bidder and host. One transaction each, under the row's lock.

招标投标法 34-36; 条例 44; 20号令 29-31. Releases: committee.py; the worker's reading: reading.py.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel import live, log, outbox
from kernel.crypto.sealing import holder_secret
from kernel.crypto.signatures import verify_p256
from kernel.identity import queries as identity
from kernel.identity.authority import Authority
from kernel.ids import new_id
from kernel.jobs import schedule
from kernel.permissions import Actor, Pseudonym
from kernel.pure import jcs, manifests
from kernel.pure.envelope import Header, parse_header
from kernel.pure.errors import Refused
from kernel.secrets import Keys
from trading.bids import queries as bids
from trading.openings import closing, deposits, effects, objections, presiding
from trading.openings import commands as c
from trading.openings import hall as halls
from trading.openings.access import party_of
from trading.openings.events import SecurityJudged
from trading.openings.hall import Hall
from trading.openings.models import AttendanceRow, OpeningRow, SeatRow
from trading.openings.states import FINISHED, Answer, Fact, Kind, Party, Stage
from trading.sittings import actions as sittings
from trading.tenders import actions as tender_actions
from trading.tenders import queries as tenders
from trading.tenders.life import stage_word
from trading.tenders.rule_book import rule_set
from trading.tenders.rules import ENDED, HOLDS, LotSnapshot, LotStage

KIND = "opening"
BEFORE_REPORT = frozenset({LotStage.OPENED, LotStage.EVALUATING})
ANSWER_FORMAT = "SBE/1 record answer"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A bidder's try at its own lock: `secret` 32 bytes, `via` bid_key or recovery."""

    commitment: bytes
    secret: bytes
    via: str


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """The agency's raw r‖s signature over the openings manifest, and its DER chain, leaf first."""

    digest: bytes
    signature: bytes
    certificate_chain: tuple[bytes, ...]


def prepare(session: Session, lot_id: UUID, *, now: datetime) -> None:
    """Open the hall for a published lot, or move its deadline when a later notice did."""
    lot = tenders.lot_snapshot(session, lot_id)
    if lot.stage in ENDED:
        return
    row = session.get(OpeningRow, lot_id, with_for_update=True)
    if row is None:
        row = _new_row(session, lot, now)
        session.add(row)
    elif row.deadline == lot.deadline or row.stage not in {Stage.WAITING, Stage.SIGN_IN}:
        return
    sittings.seat(session, lot, now=now)
    row.deadline, row.stage = lot.deadline, Stage.WAITING
    row.until = lot.deadline - timedelta(minutes=lot.minutes.sign_in)
    session.flush()
    hall = halls.enter(session, lot_id, now)
    halls.say(hall, Fact(Kind.SESSION_OPENED), {Kind.SESSION_OPENED: _described(lot, row)})
    _plan_lock(session, row)
    schedule(
        session,
        kind="opening.tick",
        key=f"{lot_id}:{Stage.WAITING.value}:{row.deadline.isoformat()}",
        due_at=row.until,
        payload={"lot_id": str(lot_id)},
    )


def _new_row(session: Session, lot: LotSnapshot, now: datetime) -> OpeningRow:
    return OpeningRow(
        lot_id=lot.id,
        centre_id=lot.centre_id,
        live_id=live.open_session(session, kind=KIND, ref=lot.id),
        stage=Stage.WAITING,
        deadline=lot.deadline,
        floor=lot.floor,
        remaining_floor=lot.remaining_floor,
        threshold=lot.threshold,
        sign_in_minutes=lot.minutes.sign_in,
        decryption_minutes=lot.minutes.decryption,
        confirmation_minutes=lot.minutes.confirmation,
        delta_seconds=rule_set(lot.rule_set).value("close_delta_seconds"),
        prepared_at=now,
    )


def _described(lot: LotSnapshot, row: OpeningRow) -> dict[str, object]:
    return {
        "lot": {
            "id": str(lot.id),
            "number": lot.number,
            "name": lot.name,
            "project": lot.project_name,
        },
        "deadline": row.deadline,
        "sign_in_from": row.until,
        "threshold": row.threshold,
        "trustees": [
            {"index": seat.index, "role": seat.role.value, "name": seat.name}
            for seat in lot.trustees
        ],
    }


def _plan_lock(session: Session, row: OpeningRow, *, occasion: str = "") -> None:
    schedule(
        session,
        kind="opening.lock",
        key=f"{row.lot_id}:{row.deadline.isoformat()}{occasion}",
        due_at=row.deadline,
        payload={"lot_id": str(row.lot_id)},
    )


def tick(session: Session, lot_id: UUID, *, now: datetime) -> None:
    """Bring about whatever the clock has made due; early, late and repeated calls are harmless."""
    halls.give(halls.enter(session, lot_id, now), c.Tick(Party.SYSTEM))


def plan_lock_anew(session: Session, lot_id: UUID, *, occasion: UUID) -> None:
    """A held lot goes on: its deadline may have passed meanwhile, unlocked."""
    row = session.get(OpeningRow, lot_id)
    if row is not None:
        _plan_lock(session, row, occasion=f":{occasion}")


def cancel(session: Session, lot_id: UUID, *, now: datetime) -> None:
    """A lot that was terminated, failed or voided takes its opening with it; repeatable."""
    lot = tenders.lock_lot(session, lot_id)
    if lot.stage not in ENDED or session.get(OpeningRow, lot_id) is None:
        return
    hall = halls.enter(session, lot_id, now)
    ended = next(each for each in tenders.timeline(session, lot_id) if each.to_stage is lot.stage)
    halls.give(hall, c.Cancel(Party.SYSTEM, stage_word(lot.stage), ended.reason or ""))


def close(session: Session, keys: Keys, lot_id: UUID, *, now: datetime) -> None:
    """The deadline: admit nothing more, sequence everything, fix the manifest or end (法28, 34).

    Takes the lot FOR UPDATE: submissions under way hold it FOR SHARE and are waited for. A lot that
    is held waits; `plan_lock_anew` follows when it goes on.
    """
    lot = tenders.lock_lot(session, lot_id)
    hall = halls.enter(session, lot_id, now)
    if hall.opening.stage not in {Stage.WAITING, Stage.SIGN_IN} or lot.stage in ENDED | HOLDS:
        return
    if lot.deadline != hall.row.deadline or now < lot.deadline:
        prepare(session, lot_id, now=now)
        return
    tender_actions.move_lot(
        session, lot_id, LotStage.SUBMISSION_CLOSED, actor=effects.PLATFORM, now=now
    )
    checkpoint = log.sequence(session, keys, whole=True)
    hall.row.close_note = checkpoint.note
    hall.row.close_size, hall.row.close_root = checkpoint.size, checkpoint.root
    manifest = _manifest(session, lot_id)
    count = len(manifests.live(manifest.entries))
    extras: dict[Kind, dict[str, object]] = {
        Kind.DEADLINE_LOCKED: {"checkpoint": _point(checkpoint)}
    }
    if count >= hall.opening.floor:
        extras[Kind.MANIFEST_PUBLISHED] = _log_manifest(hall, manifest)
        closing.await_witnesses(hall, checkpoint)
    halls.give(hall, c.Lock(Party.SYSTEM, count), extras)


def _point(checkpoint: log.Checkpoint) -> dict[str, object]:
    return {"size": checkpoint.size, "root": checkpoint.root.hex()}


def _log_manifest(hall: Hall, manifest: manifests.Manifest) -> dict[str, object]:
    digest = manifest.digest()
    hall.row.manifest = jcs.canonical(manifest.to_json())
    hall.row.manifest_hash = digest
    hall.row.manifest_leaf = log.append(
        hall.session, "manifest", {"lot": str(hall.lot.id), "manifest": digest.hex()}
    )
    return {"hash": digest, "log_leaf": str(hall.row.manifest_leaf)}


def _manifest(session: Session, lot_id: UUID) -> manifests.Manifest:
    entries: list[manifests.Entry] = []
    for entry in bids.manifest_entries(session, lot_id):
        if entry.index is None:
            raise RuntimeError("an admitted leaf was not sequenced at the close")
        if entry.kind == "withdrawal":
            entries.append(manifests.Withdrawn(entry.commitment, entry.pseudonym, entry.index))
        else:
            entries.append(
                manifests.Sealed(
                    commitment=entry.commitment,
                    envelope_id=entry.envelope_id.hex,
                    pseudonym=entry.pseudonym,
                    sequence=entry.sequence,
                    log_index=entry.index,
                )
            )
    return manifests.Manifest(str(lot_id), tuple(entries))


def sign_in(session: Session, lot_id: UUID, *, actor: Pseudonym, now: datetime) -> datetime:
    """Sign in under the ticket; kept per pseudonym, told to nobody before the list."""
    hall = halls.enter(session, lot_id, now)
    known = session.get(AttendanceRow, (lot_id, actor.pseudonym))
    if known is not None:
        return known.at
    halls.give(hall, c.SignIn(party_of(actor, hall.lot)))
    session.execute(
        insert(AttendanceRow)
        .values(lot_id=lot_id, pseudonym=actor.pseudonym, at=now)
        .on_conflict_do_nothing()
    )
    return now


def unlock(
    session: Session, keys: Keys, lot_id: UUID, *, actor: Pseudonym, attempt: Attempt, now: datetime
) -> Hall | Refused:
    """Take a bidder's secret, checked against the header's hash at once.

    A wrong one is said aloud, with its code, and returned as Refused OPN-2107 so that the event is
    kept. Raises Refused OPN-1301, 1303, 2114, 1002, 1003.
    """
    hall = halls.enter(session, lot_id, now)
    party = party_of(actor, hall.lot)
    return try_secret(hall, keys, party, hall.seat_of(actor.pseudonym), attempt)


def try_secret(
    hall: Hall, keys: Keys, party: Party, seat: SeatRow, attempt: Attempt
) -> Hall | Refused:
    """One attempt at a seat's lock, whoever brings the secret: its hash decides.

    What a hall that has ended gave back is held no more; there is no lock to try.
    """
    if hall.opening.stage in FINISHED:
        raise Refused("OPN-1002", act="unlock", stage=hall.opening.stage.value)
    if seat.commitment != attempt.commitment:
        raise Refused("OPN-1303")
    try:
        secret = holder_secret(header_of(hall, seat), attempt.secret)
    except Refused:
        halls.give(hall, c.ReportFailure(party, seat.seat, "OPN-2107", attempt.via))
        return Refused("OPN-2107")
    if halls.give(hall, c.Unlock(party, seat.seat, attempt.via)):
        seat.holder_secret = keys.wrap(secret, context=seat.commitment)
    return hall


def header_of(hall: Hall, seat: SeatRow) -> Header:
    """The header of a seat's envelope."""
    row = bids.live_envelope(hall.session, hall.lot.id, seat.pseudonym)
    if row is None:
        raise LookupError(f"no live envelope on seat {seat.seat}")
    return parse_header(row.header)


def report_failure(
    session: Session, lot_id: UUID, code: str, via: str, *, actor: Pseudonym, now: datetime
) -> None:
    """An attempt failed on the bidder's machine; the cause goes into the stream and the record."""
    hall = halls.enter(session, lot_id, now)
    seat = hall.seat_of(actor.pseudonym)
    halls.give(hall, c.ReportFailure(party_of(actor, hall.lot), seat.seat, code, via))


def answer(
    session: Session,
    lot_id: UUID,
    statement: bytes,
    signature: bytes,
    *,
    actor: Pseudonym,
    now: datetime,
) -> Hall:
    """Confirm the record or object to it, signed by the pseudonym's key.

    Raises Refused OPN-1601 when the statement is not about this read-out or not signed by its
    bidder; OPN-1602 to 1604; OPN-1301.
    """
    hall = halls.enter(session, lot_id, now)
    seat = hall.seat_of(actor.pseudonym)
    signed = objections.Signed(statement, signature)
    facts = halls.give(hall, _read_answer(hall, seat.seat, actor, signed))
    if facts:
        seat.statement, seat.statement_signature = statement, signature
    if any(fact.kind is Kind.OBJECTION_RAISED for fact in facts):
        objections.keep(hall, facts, signed)
    return hall


def _read_answer(hall: Hall, seat: int, actor: Pseudonym, signed: objections.Signed) -> c.Answered:
    expected = {
        "format": ANSWER_FORMAT,
        "lot": str(hall.lot.id),
        "seat": seat,
        "record": (hall.row.read_digest or b"").hex(),
    }
    value = objections.read(signed, expected, actor)
    given = value.get("answer")
    if given not in {Answer.AGREED.value, Answer.OBJECTED.value}:
        raise Refused("OPN-1601")
    files = objections.files(hall, value.get("attachments"), seat)
    return c.Answered(party_of(actor, hall.lot), seat, Answer(given), value["text"], files)


def act(session: Session, lot_id: UUID, wish: c.Wish, *, actor: Actor, now: datetime) -> Hall:
    """What host or supervisor asks for: `wish` makes the command from the party it comes from."""
    hall = halls.enter(session, lot_id, now)
    command = wish(presiding.stand(hall, actor))
    closed = hall.opening.stage is Stage.CLOSED
    if closed and isinstance(command, c.Reconvene) and hall.lot.stage not in BEFORE_REPORT:
        raise Refused("OPN-1704")
    halls.give(hall, command)
    return hall


def sign_manifest(
    session: Session,
    authority: Authority,
    lot_id: UUID,
    signed: SignedManifest,
    *,
    actor: Actor,
    now: datetime,
) -> Hall:
    """The agency's signature over the openings as unsealed, verified here.

    Raises Refused OPN-1403 nothing to sign yet; OPN-1404 another digest; OPN-1402 not the agency's
    certificate; OPN-1401 the signature does not fit; IDN-13xx.
    """
    hall = halls.enter(session, lot_id, now)
    openings = hall.row.openings
    if openings is None:
        raise Refused("OPN-1403")
    if sha256(openings).digest() != signed.digest:
        raise Refused("OPN-1404")
    holder = identity.verify_certificate(session, authority, signed.certificate_chain, now)
    agency = identity.organisation(session, hall.lot.agency_id)
    if holder.credit_code != agency.credit_code:
        raise Refused("OPN-1402", holder=holder.organisation_name)
    if not verify_p256(holder.public_key, openings, signed.signature):
        raise Refused("OPN-1401")
    told = {
        "digest": signed.digest.hex(),
        "signer": holder.organisation_name,
        "certificate_tail": holder.serial[-8:],
    }
    command = c.SignManifest(presiding.stand(hall, actor))
    if halls.give(hall, command, {Kind.MANIFEST_SIGNED: told}):
        hall.row.signature = {
            **told,
            "signature": signed.signature.hex(),
            "certificate": signed.certificate_chain[0].hex(),
            "at": now.isoformat(),
        }
        log.append(session, "openings", {"lot": str(lot_id), "digest": signed.digest.hex()})
    return hall


def judge_deposits(session: Session, lot_id: UUID, *, turn: int, now: datetime) -> None:
    """Ask again for deposits that waited for their bank; what became final is told to all."""
    hall = halls.enter(session, lot_id, now)
    for number in deposits.judge_again(hall):
        told = {"seat": number, "deposit": hall.seats[number].deposit}
        halls.say(hall, Fact(Kind.DEPOSIT_JUDGED, **told))
        outbox.record(session, SecurityJudged(new_id(), lot_id, number, now))
    effects.ask_banks(hall, turn + 1)


def present(session: Session, lot_id: UUID) -> frozenset[str]:
    """Pseudonyms that signed in; for the list only."""
    rows = session.scalars(select(AttendanceRow.pseudonym).where(AttendanceRow.lot_id == lot_id))
    return frozenset(rows)
