"""The stage of the journey: an installation with its cast and bank, the people, the clock."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as hour
from pathlib import Path
from typing import Any

from kernel import clock
from kernel.calendar import published_holidays
from kernel.house import House
from kernel.ids import new_id
from kernel.pure.legal_days import SHANGHAI
from kernel.settings import Settings
from tests.browser.looks import Album
from tests.browser.people import Guest
from trading.demo import actions, bank, people
from trading.demo.cast import cast
from trading.demo.timetable import present
from trading.installation import ROOT, Installation

MORNING = hour(9, 0)
BANKS = ("yunlan", "jiangpan", "qinghe")
Guests = dict[str, Guest]


def introduce(settings: Settings) -> None:
    """The cast and its bank, on the morning of a day whose calendar is published."""
    house = House.open(settings, pool_size=2)
    with house.database.writing() as session:
        wall = clock.clock_timestamp(session)
        day = present(wall, published_holidays()).astimezone(SHANGHAI).date()
        start = datetime.combine(day, MORNING, SHANGHAI)
        clock.found(session, demo=True, offset=start - wall, id=new_id())
    with house.database.writing() as session:
        people.introduce(session, house, cast(), now=clock.legal_now(session))
    bank.connect(house, only=BANKS)
    house.database.dispose()


@dataclass(slots=True)
class Scene:
    """What every part of the journey shares."""

    installation: Installation
    house: House
    album: Album
    folder: Path
    guests: Guests = field(default_factory=dict)
    lot_id: str = ""

    def now(self) -> datetime:
        """The legal time."""
        with self.house.database.reading() as session:
            return clock.legal_now(session)

    def go_to(self, at: datetime) -> None:
        """Let the demonstration's time move forward, while everybody's pages stay open."""
        with self.house.database.writing() as session:
            actions.advance(session, to=at, now=clock.legal_now(session))

    def ask(self, path: str) -> Any:
        """A public answer."""
        answer = self.guests["public"].context.request.get(path)
        assert answer.ok, (path, answer.status, answer.text()[:300])
        return answer.json()

    def stage(self) -> str:
        """The opening's stage as the public may read it; empty before it is prepared."""
        answer = self.guests["public"].context.request.get(f"/lots/{self.lot_id}/hall/state")
        return str(answer.json()["stage"]) if answer.ok else ""

    def wait_for_stage(self, *stages: str, seconds: float = 40) -> None:
        """Until the opening has come to one of the stages."""
        wait_until(lambda: self.stage() in stages, f"stage {stages}", seconds)

    def deadline(self) -> datetime:
        """The lot's deadline."""
        return datetime.fromisoformat(self.ask(f"/lots/{self.lot_id}/bid/terms")["deadline"])

    def bank_balances(self) -> dict[str, int]:
        """What each bank's own book says is on the centre's account, in fen."""
        found = {}
        for one in self.ask_bank("/api/enrolments"):
            if one["code"] in BANKS:
                account = self.ask_bank(f"/api/accounts/{one['master_number']}")
                found[one["code"]] = account["balance_fen"]
        return found

    def ask_bank(self, path: str) -> Any:
        """The simulated banks' own word."""
        request = self.guests["visitor"].context.request
        return request.get(f"{self.installation.settings.bank_url}{path}").json()

    def release_headless(self, login: str) -> None:
        """A trustee who leaves a program running: one turn of it."""
        subprocess.run(
            (
                "node",
                str(ROOT / "static/src/headless/trustee.js"),
                f"--url={self.installation.url}",
                f"--login={login}",
                "--once",
            ),
            check=True,
            timeout=60,
        )


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 40) -> None:
    """Raises TimeoutError when it does not come about in time."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.25)


def minutes(number: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=number)
