"""The hall's pages in Chromium without a server: rendered pages, a told story, a played wire."""

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext, Page, Route, WebSocketRoute

Event = dict[str, Any]
Story = list[Event]
ROOT = Path(__file__).resolve().parents[3]
ORIGIN = "http://localhost:9"
HELLO = {"sid": "t", "upgrades": [], "pingInterval": 60_000, "pingTimeout": 60_000}
DATA = re.compile(r'(<script type="application/json" id="page-data">)(.*?)(</script>)', re.DOTALL)
SEALS = re.compile(r' integrity="[^"]*"')
SEATED = Path(__file__).with_name("hall_bidder.js")


def bundled(folder: Path) -> str:
    """The bidder's page with a vault that is open already."""
    out = folder / "hall_bidder.js"
    esbuild = ROOT / "node_modules" / ".bin" / "esbuild"
    packed = ("--bundle", "--format=esm", "--external:../hall3d/index.js")
    command = [str(esbuild), str(SEATED), *packed, f"--outfile={out}"]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return out.read_text("utf-8")


@dataclass
class Line:
    """A live stream's socket as the page sees it; the test says what comes and when it breaks."""

    live_id: str
    sockets: list[WebSocketRoute] = field(default_factory=list)
    joined: bool = False
    down: bool = False
    waiting: list[WebSocketRoute] = field(default_factory=list)

    def answer(self, socket: WebSocketRoute) -> None:
        """Greet a socket as engine.io and socket.io do; on a line that is down it waits."""
        if self.down:
            self.waiting.append(socket)
            return
        self.sockets.append(socket)
        socket.on_message(lambda message: self._heard(socket, str(message)))
        socket.send(f"0{json.dumps(HELLO)}")

    def _heard(self, socket: WebSocketRoute, message: str) -> None:
        if message.startswith("40"):
            socket.send('40/live,{"sid":"t"}')
        asked = re.match(r"42/live,(\d+)\[", message)
        if asked:
            self.joined = True
            socket.send(f'43/live,{asked[1]}[{{"events":[]}}]')

    def cut(self) -> None:
        """Break every socket, and let none in."""
        self.down = True
        for socket in self.sockets:
            socket.close()
        self.sockets.clear()

    def mend(self) -> None:
        """Greet whoever has come back meanwhile."""
        self.down = False
        for socket in self.waiting:
            self.answer(socket)

    def tell(self, *events: Event) -> None:
        """Events as the server pushes them."""
        for event in events:
            frame = json.dumps(["event", {**event, "id": self.live_id}], ensure_ascii=False)
            for socket in self.sockets:
                socket.send(f"42/live,{frame}")


@dataclass
class Hall:
    """One role's page, at some number of the story."""

    page: Page
    line: Line
    story: Story
    at: int = 0
    errors: list[str] = field(default_factory=list)

    def go(self, to: int) -> None:
        """Let the page hear the story up to `to` events."""
        self.line.tell(*self.story[self.at : to])
        self.at = to
        self.page.locator(f"#ledger [data-seq='{to}']").wait_for(state="attached")
        # Drawn with the next frame.
        self.page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
        )


def opened(
    context: BrowserContext,
    app: Flask,
    client: FlaskClient,
    path: str,
    story: Story,
    at: int,
    *,
    script: str = "",
    change: Callable[[dict[str, Any]], None] = lambda data: None,
) -> Hall:
    """The page at `path` as `client` gets it, with the first `at` events of the story."""
    page = context.new_page()
    line = Line("")

    def told(route: Route) -> None:
        asked = urlsplit(route.request.url)
        where = asked.path + (f"?{asked.query}" if asked.query else "")
        if asked.path == path:
            answer = client.get(path)
            assert answer.status_code == 200, answer.status
            body = DATA.sub(_replaced, SEALS.sub("", answer.get_data(as_text=True)))
            headers = {"Content-Type": "text/html; charset=utf-8"}
            route.fulfill(status=200, body=body, headers=headers)
        elif asked.path.endswith("/events"):
            route.fulfill(json={"events": []})
        elif script and asked.path.startswith("/static/dist/pages/hall-"):
            route.fulfill(body=script, content_type="text/javascript")
        else:
            got = client.get(where)
            headers = {k: v for k, v in got.headers.items() if k.lower() != "content-length"}
            route.fulfill(status=got.status_code, body=got.get_data(), headers=headers)

    def _replaced(found: re.Match[str]) -> str:
        data = json.loads(found[2])
        data["events"] = story[:at]
        line.live_id = data["live_id"]
        change(data)
        safe = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
        return found[1] + safe + found[3]

    hall = Hall(page, line, story, at)
    page.on("pageerror", lambda error: hall.errors.append(str(error)))
    page.route("**/*", told)
    page.route_web_socket(re.compile(r"/socket\.io/"), line.answer)
    page.goto(f"{ORIGIN}{path}")
    page.locator("#task h1").wait_for()
    while not line.joined:
        page.wait_for_timeout(10)
    return hall
