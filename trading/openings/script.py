"""主持词: what a host says at each station of an opening, ready to be broadcast or changed.

Made of the notice and the house's telephone only. Like all that is said in a hall it is Chinese,
whatever language the host reads the page in.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kernel.format import day_time
from trading.openings.states import FINISHED, ORDER
from trading.tenders.rules import LotSnapshot

FILE = Path(__file__).with_name("script.toml")
SPOKEN = tuple(stage for stage in ORDER if stage not in FINISHED)


@cache
def words() -> Mapping[str, str]:
    """The words of script.toml, by station."""
    return tomllib.loads(FILE.read_text("utf-8"))


def script(lot: LotSnapshot, phone: str) -> list[list[str]]:
    """Each station with its words, in the order of an opening."""
    told = {
        "name": lot.name,
        "deadline": day_time(lot.deadline),
        "sign_in": lot.minutes.sign_in,
        "decryption": lot.minutes.decryption,
        "confirmation": lot.minutes.confirmation,
        "phone": phone,
    }
    return [[stage.value, words()[stage.value].format(**told)] for stage in SPOKEN]
