"""A small SMTP server that speaks over a real socket, and can be told to fail in every way."""

import socket
import threading
from email import message_from_bytes
from email.message import Message
from email.policy import default


class PostOffice:
    """Takes mail; `mood` is what it does at DATA: accept, busy (451), refuse (554) or vanish."""

    def __init__(self) -> None:
        self.mood = "accept"
        self.taken: list[Message] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with line, line.makefile("rwb") as wire:
                self._talk(wire)

    def _talk(self, wire) -> None:  # type: ignore[no-untyped-def]
        def say(text: str) -> None:
            wire.write(f"{text}\r\n".encode())
            wire.flush()

        say("220 test")
        for raw in wire:
            word = raw.decode().strip().upper()
            if word.startswith(("EHLO", "HELO", "MAIL", "RCPT", "RSET", "NOOP")):
                refused = word.startswith("RCPT") and self.mood == "unknown person"
                say("550 no such person" if refused else "250 ok")
            elif word == "DATA":
                say("354 go on")
                text = b""
                while (part := wire.readline()) not in (b".\r\n", b""):
                    text += part[1:] if part.startswith(b".") else part
                if self.mood == "vanish":
                    # It has the letter, and nobody hears that it has.
                    self.taken.append(message_from_bytes(text, policy=default))
                    return
                if self.mood == "accept":
                    self.taken.append(message_from_bytes(text, policy=default))
                say({"accept": "250 taken", "busy": "451 later", "refuse": "554 no"}[self.mood])
            elif word == "QUIT":
                say("221 bye")
                return
