"""An installation with one evaluation room, and an expert's own key file for the browser."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from kernel import clock
from kernel.crypto import softkeys
from kernel.house import House
from kernel.ids import new_id
from kernel.settings import Settings
from tests.browser.papers import paper
from tests.browser.people import Guest
from tests.evaluation.reports.world import Desk
from tests.evaluation.world import Person, Scene, set_scene
from tests.running import installation
from trading.installation import Installation

PASSPHRASE = "expert's own passphrase"
ROUNDS = 1000
PRINTED = datetime(2026, 11, 20, 9, tzinfo=UTC)
LINES = (
    "勘察与设计方案的总体思路：路线方案比选三个走廊带，推荐沿江走廊。",
    "地质勘察布置钻孔四十二个，重点查明软土分布和岩溶发育情况。",
    "桥梁采用预制装配结构，施工期不中断被交道路交通。",
    "造价控制以限额设计为主，逐阶段对比概算与估算。",
    "后续服务派驻现场设计代表两名，二十四小时内到场。",
)


@dataclass(frozen=True, slots=True)
class Site:
    """The running installation, its room's scene, and the desk that acts for the other members."""

    running: Installation
    scene: Scene
    desk: Desk


@contextmanager
def room_open(*, bids: int = 3) -> Iterator[Site]:
    """Drawn and accepted: the members may check in. Everybody acts for real."""
    held: list[Scene] = []

    def prepare(settings: Settings) -> None:
        house = House.open(settings, pool_size=2)
        with house.database.writing() as session:
            clock.found(session, demo=True, offset=timedelta(0), id=new_id())
        scene = set_scene(house, bids=bids, paper=_paper)
        scene.to_check_in()
        held.append(scene)

    with installation(prepare) as running:
        yield Site(running, held[0], Desk(held[0]))
        held[0].house.database.dispose()


def _paper(number: int, part: str, _size: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        word = "技术文件" if part == "technical" else "商务文件"
        told = [f"投标文件 B{number:02d}", *LINES * 16]
        return paper(Path(folder), word, *told, at=PRINTED).read_bytes()


def enter(guest: Guest, person: Person, path: str) -> None:
    """Log in as one of the scene's people and open a page."""
    guest.context.request.post("/login/demo", form={"login": person.login})
    guest.go(path)


def open_key(page: Page, person: Person) -> None:
    """Give the page the person's certificate, as a file with its passphrase."""
    page.get_by_text("改用自己的证书文件").click()
    page.set_input_files(
        "#key-file",
        {"name": "key.json", "mimeType": "application/json", "buffer": key_file(person)},
    )
    page.fill("#key-passphrase", PASSPHRASE)
    page.get_by_role("button", name="打开证书").click()


def key_file(person: Person) -> bytes:
    """The soft key and its chain as kept by its owner."""
    certificate = person.certificate
    softkey: dict[str, Any] = softkeys.write(certificate.private_key, PASSPHRASE, iterations=ROUNDS)
    chain = [each.hex() for each in certificate.chain]
    return json.dumps({"softkey": softkey, "certificate_chain": chain}).encode()
