"""A maker of recordings, and bytes that begin like a recorder's."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from kernel import clock
from kernel.house import House
from kernel.media import actions, queries
from kernel.media.rules import Kind, Part
from kernel.permissions import Account, Role

HEAD = bytes.fromhex("1a45dfa3 84 42868101 18538067 01ffffffffffffff 1549a966 82 aaaa")
CLUSTER = bytes.fromhex("1f43b675 01ffffffffffffff e781 00")
FIRST = HEAD + CLUSTER + b"picture"
MIME = "video/webm;codecs=vp8,opus"
MOST = 64 << 20


def maker(**changed: Any) -> Account:
    """Somebody who shows a picture."""
    about = {
        "person_id": uuid4(),
        "organisation_id": uuid4(),
        "role": Role.AGENCY,
        "person_name": "沈砚",
        "organisation_name": "正衡招标代理有限公司",
        "session_id": uuid4(),
        "csrf_token": "t",
    }
    return Account(**{**about, **changed})


@dataclass(slots=True)
class Recorder:
    """What the host's browser does: parts of two seconds, each linked to the one before."""

    house: House
    actor: Account = field(default_factory=maker)
    about: UUID = field(default_factory=uuid4)
    recording: UUID = field(default_factory=uuid4)
    tip: bytes = b""
    no: int = 0

    def begin(self, kind: Kind = Kind.CAMERA, mime: str = MIME) -> None:
        with self.house.database.writing() as session:
            row = actions.start(
                session, self.about, kind=kind, mime=mime, actor=self.actor, **_times(session)
            )
            self.recording, self.tip, self.no = row.id, bytes(row.tip), 0

    def offered(self, content: bytes, **changed: Any) -> actions.Offered:
        from_ms = changed.pop("from_ms", self.no * 2000)
        until_ms = changed.pop("until_ms", from_ms + 2000)
        no = changed.pop("no", self.no)
        part = Part(no, from_ms, until_ms, len(content), sha256(content).digest())
        link = changed.pop("link", part.link(self.tip))
        return actions.Offered(no, from_ms, until_ms, link, content)

    def give(self, offered: actions.Offered, **changed: Any) -> int:
        """Upload a part as it is; the number the house wants next."""
        with self.house.database.writing() as session:
            row = actions.take(
                session,
                self.house.blobs,
                self.recording,
                offered,
                most=changed.pop("most", MOST),
                actor=changed.pop("actor", self.actor),
                **_times(session),
            )
            return row.parts

    def add(self, content: bytes = b"", **changed: Any) -> actions.Offered:
        """The next part, taken."""
        offered = self.offered(content or (FIRST if self.no == 0 else b"more %d" % self.no))
        self.give(offered, **changed)
        self.no, self.tip = self.no + 1, offered.link
        return offered

    def end(self) -> None:
        with self.house.database.writing() as session:
            actions.end(session, self.recording, actor=self.actor, now=clock.legal_now(session))

    def view(self) -> queries.RecordingView:
        with self.house.database.reading() as session:
            return queries.view(queries.recording_row(session, self.recording))


def _times(session: Session) -> dict[str, datetime]:
    return {"now": clock.legal_now(session), "wall": clock.clock_timestamp(session)}
