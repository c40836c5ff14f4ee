"""The log's checkpoints are offered to the cosigners and stamped; run by the worker, after ticks.

No transaction and no lock is held while a witness is asked. What is owed stays owed: it is
tried again with back-off and shown meanwhile (decision 0011).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel import log, outbox, testimony
from kernel.clock import clock_timestamp, legal_now
from kernel.house import House
from kernel.ids import new_id
from kernel.log import Checkpoint
from kernel.pure import checkpoints, witness
from kernel.pure.checkpoints import Cosignature
from kernel.pure.errors import Refused
from kernel.stamps import StampAuthority, UnreachableError, stamp
from kernel.testimony import CosignatureRow, StampRow, StandingRow, WantedRow, WitnessRefusalRow
from kernel.witnesses import STAMPING, Cosigner

LONGEST_WAIT: Final = 60
FRESH: Final = timedelta(seconds=60)
OVERTAKEN: Final = "LOG-2102"
# A log that forked stays forked; whatever else is wrong can be mended.
FOR_EVER: Final = frozenset({"LOG-2103", "LOG-2104"})
UNREACHABLE: Final = "LOG-2301"


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A wanted checkpoint has its cosignature and its stamp."""

    id: UUID
    size: int


def turn(house: House, *, routine: bool = True) -> None:
    """Ask every witness for what it owes: wanted checkpoints first, then the newest if `routine`.

    What a witness does not give is marked and left for a later turn.
    """
    newest: list[Checkpoint] = []
    if routine:
        with house.database.reading() as session:
            found = log.latest(session)
        newest = [found] if found else []
    for cosigner in house.witnesses.cosigners:
        _give(house, cosigner.name, newest, _Asked(cosigner).cosign)
    if house.witnesses.authority is not None:
        _give(house, STAMPING, newest, _Stamped(house.witnesses.authority).stamp)


def is_wanted(house: House) -> bool:
    """Whether a checkpoint waits that no later one can stand in for."""
    with house.database.reading() as session:
        return any(_owed(session, name, [], cosigner=name != STAMPING) for name in _names(house))


def _names(house: House) -> list[str]:
    names = [cosigner.name for cosigner in house.witnesses.cosigners]
    return [*names, STAMPING] if house.witnesses.authority is not None else names


def _give(
    house: House,
    name: str,
    newest: list[Checkpoint],
    ask: Callable[[House, Checkpoint], None],
) -> None:
    """One witness's turn; the first that it fails to give ends it, so that order is kept."""
    with house.database.reading() as session:
        owed = _owed(session, name, newest, cosigner=name != STAMPING)
        if not owed or not _may_try(session, name, owed):
            return
    try:
        for checkpoint in owed:
            ask(house, checkpoint)
    except UnreachableError:
        _mark(house, name, UNREACHABLE)
    except Refused as refused:
        _mark(house, name, refused.code)
    else:
        _clear(house, name)


def _owed(
    session: Session, name: str, newest: list[Checkpoint], *, cosigner: bool
) -> list[Checkpoint]:
    owed = testimony.unwitnessed(session, name, cosigner=cosigner)
    sizes = {each.size for each in owed}
    for each in newest:
        known = (
            testimony.last_cosigned(session, name) >= each.size
            if cosigner
            else session.get(StampRow, each.size) is not None
        )
        if not known and each.size not in sizes:
            owed.append(each)
    return sorted(owed, key=lambda each: each.size)


def _may_try(session: Session, name: str, owed: list[Checkpoint]) -> bool:
    """Not within a back-off, unless something wanted is young enough to come in time."""
    standing = session.get(StandingRow, name)
    if standing is None or standing.retry_at <= clock_timestamp(session):
        return True
    young = legal_now(session) - FRESH
    wanted = select(WantedRow.size).where(WantedRow.size.in_([each.size for each in owed]))
    fresh = {each.size for each in owed if each.at > young}
    return bool(fresh & set(session.scalars(wanted)))


@dataclass(frozen=True, slots=True)
class _Asked:
    """The questions to one cosigner."""

    cosigner: Cosigner

    def cosign(self, house: House, checkpoint: Checkpoint) -> None:
        """Get and keep a cosignature. Refuses whatever keeps this cosigner from ever giving it."""
        with house.database.reading() as session:
            old = testimony.last_cosigned(session, self.cosigner.name)
        line: str | None
        try:
            line = self._offer(house, checkpoint, min(old, checkpoint.size))
        except Refused as refused:
            if refused.code != OVERTAKEN:
                if refused.code in FOR_EVER:
                    self._refuse(house, checkpoint, refused.code)
                raise
            line = self._again(house, checkpoint, int(str(refused.facts["size"])))
        if line is not None:
            _keep_line(house, self.cosigner, checkpoint, line)

    def _again(self, house: House, checkpoint: Checkpoint, known: int) -> str | None:
        """It signed another size last than we know of: an answer was lost, or we fell behind."""
        if known > checkpoint.size:
            self._refuse(house, checkpoint, OVERTAKEN)
            with house.database.reading() as session:
                newest = log.latest(session)
            if newest is None or newest.size < known:
                raise Refused("LOG-2106", size=known)
            return None
        try:
            return self._offer(house, checkpoint, known)
        except Refused as refused:
            # Asked from its own size it still refuses: one size with two roots.
            code = "LOG-2103" if refused.code == OVERTAKEN else refused.code
            if code in FOR_EVER:
                self._refuse(house, checkpoint, code)
            raise Refused(code, size=known) from None

    def _offer(self, house: House, checkpoint: Checkpoint, old: int) -> str:
        path: tuple[bytes, ...] = ()
        if 0 < old < checkpoint.size:
            with house.database.reading() as session:
                path = log.consistency(session, old, checkpoint.size)
        return self.cosigner.offer(witness.format_request(old, path, checkpoint.note))

    def _refuse(self, house: House, checkpoint: Checkpoint, code: str) -> None:
        """Written down once for a cause; a wanted checkpoint is then settled: it was refused."""
        name = self.cosigner.name
        with house.database.writing() as session:
            known = session.scalar(
                select(WitnessRefusalRow.number).where(
                    WitnessRefusalRow.size == checkpoint.size,
                    WitnessRefusalRow.witness == name,
                    WitnessRefusalRow.code == code,
                )
            )
            if known is None:
                session.add(WitnessRefusalRow(size=checkpoint.size, witness=name, code=code))


def _keep_line(house: House, cosigner: Cosigner, checkpoint: Checkpoint, answer: str) -> None:
    """Keep the line that is this cosigner's and right. Refuses LOG-2107, LOG-1002."""
    found = _line_of(cosigner, answer)
    body = checkpoints.parse_note(checkpoint.note).text
    message = checkpoints.cosignature_message(found.time, body)
    try:
        Ed25519PublicKey.from_public_bytes(cosigner.key).verify(found.signature, message)
        at = datetime.fromtimestamp(found.time, UTC)
    except (InvalidSignature, OverflowError, ValueError, OSError):
        raise Refused("LOG-2107") from None
    row = {"size": checkpoint.size, "cosigner": cosigner.name, "line": found.line(), "at": at}
    with house.database.writing() as session:
        session.execute(insert(CosignatureRow).values(row).on_conflict_do_nothing())
        _tell(session, checkpoint.size)


def _line_of(cosigner: Cosigner, answer: str) -> Cosignature:
    key_id = checkpoints.cosigner_key_id(cosigner.name, cosigner.key)
    for line in answer.splitlines():
        found = checkpoints.read_cosignature(line)
        if (found.name, found.key_id) == (cosigner.name, key_id):
            return found
    raise Refused("LOG-2107")


@dataclass(frozen=True, slots=True)
class _Stamped:
    """The questions to the authority."""

    authority: StampAuthority

    def stamp(self, house: House, checkpoint: Checkpoint) -> None:
        """Get and keep a stamp. Refuses LOG-12xx, LOG-22xx."""
        imprint = sha256(checkpoints.parse_note(checkpoint.note).text.encode()).digest()
        found = stamp(self.authority, house.witnesses.trusted, imprint)
        row = {"size": checkpoint.size, "token": found.token, "at": found.at}
        with house.database.writing() as session:
            session.execute(insert(StampRow).values(row).on_conflict_do_nothing())
            _tell(session, checkpoint.size)


def _tell(session: Session, size: int) -> None:
    """A wanted checkpoint that is complete now is told to whoever wanted it."""
    if session.get(WantedRow, size) is not None and testimony.of(session, size).is_complete:
        outbox.record(session, Witnessed(new_id(), size))


def _mark(house: House, name: str, code: str) -> None:
    with house.database.writing() as session:
        row = session.get(StandingRow, name, with_for_update=True)
        attempts = (row.attempts if row else 0) + 1
        wait = func.make_interval(0, 0, 0, 0, 0, 0, min(2**attempts, LONGEST_WAIT))
        told = {"attempts": attempts, "code": code, "retry_at": func.clock_timestamp() + wait}
        session.execute(
            insert(StandingRow)
            .values(witness=name, **told)
            .on_conflict_do_update(index_elements=["witness"], set_=told)
        )


def _clear(house: House, name: str) -> None:
    with house.database.reading() as session:
        if session.get(StandingRow, name) is None:
            return
    with house.database.writing() as session:
        session.execute(delete(StandingRow).where(StandingRow.witness == name))
