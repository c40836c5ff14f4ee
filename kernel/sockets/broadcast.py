"""One room, one frame: what goes to many is encoded once and written to each without waiting."""

from collections.abc import Sequence
from typing import Any

import gevent
from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket
from socketio.packet import EVENT, Packet

from kernel.sockets.wire import Lines, text_frame

Message = tuple[str, dict[str, Any]]
WRITES_PER_TURN = 200


class Broadcast:
    """Sends to the rooms of one namespace.

    A client with an empty queue on a WebSocket gets the bytes at once; all others (polling, in
    the middle of an upgrade, still being answered) get packets by the stock path, in order.
    """

    def __init__(self, server: Any, lines: Lines, namespace: str) -> None:
        self._server = server
        self._lines = lines
        self._namespace = namespace

    def send(self, room: str, messages: Sequence[Message]) -> int:
        """Send messages to a room, in order; returns to how many. Yields every few hundred."""
        packets = [self._packet(name, data) for name, data in messages]
        frames = b"".join(text_frame(packet.encode()) for packet in packets)
        here = self._server.manager.get_participants(self._namespace, room)
        present = [eio_sid for _, eio_sid in here]
        for start in range(0, len(present), WRITES_PER_TURN):
            if start:
                gevent.sleep(0)
            for eio_sid in self._lines.send(present[start : start + WRITES_PER_TURN], frames):
                for packet in packets:
                    self._server._send_eio_packet(eio_sid, packet)
        return len(present)

    def _packet(self, name: str, data: dict[str, Any]) -> Any:
        whole = Packet(EVENT, namespace=self._namespace, data=[name, data], binary=False)
        return EnginePacket(MESSAGE, whole.encode())
