"""Who follows what in this process."""

from dataclasses import dataclass
from uuid import UUID

from kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class Follower:
    """A socket in a stream: as whom, and what the stream is about."""

    sid: str
    live_id: UUID
    kind: str
    ref: UUID
    actor: Actor
    is_losable: bool = False


class Followers:
    """The sockets of one process by the streams they follow."""

    def __init__(self) -> None:
        self._by_stream: dict[UUID, dict[str, Follower]] = {}
        self._by_sid: dict[str, dict[UUID, Follower]] = {}

    def add(self, follower: Follower) -> Follower | None:
        """A socket has joined; returns what it was there before, if it was."""
        before = self._by_stream.setdefault(follower.live_id, {}).get(follower.sid)
        self._by_stream[follower.live_id][follower.sid] = follower
        self._by_sid.setdefault(follower.sid, {})[follower.live_id] = follower
        return before

    def remove(self, sid: str, live_id: UUID) -> Follower | None:
        """A socket follows the stream no longer."""
        found = self._by_sid.get(sid, {}).pop(live_id, None)
        if not self._by_sid.get(sid):
            self._by_sid.pop(sid, None)
        here = self._by_stream.get(live_id, {})
        here.pop(sid, None)
        if not here:
            self._by_stream.pop(live_id, None)
        return found

    def remove_all(self, sid: str) -> list[Follower]:
        """A socket is gone."""
        found = list(self._by_sid.get(sid, {}).values())
        for follower in found:
            self.remove(sid, follower.live_id)
        return found

    def of(self, live_id: UUID) -> list[Follower]:
        """Those who follow the stream."""
        return list(self._by_stream.get(live_id, {}).values())

    def losable(self, live_id: UUID) -> list[Follower]:
        """Those of them who must be asked for anew."""
        return [one for one in self._by_stream.get(live_id, {}).values() if one.is_losable]

    def find(self, sid: str, live_id: UUID) -> Follower | None:
        """A socket in a stream, None when it does not follow it."""
        return self._by_sid.get(sid, {}).get(live_id)

    def is_empty(self, live_id: UUID) -> bool:
        """Whether nobody here follows the stream."""
        return live_id not in self._by_stream
