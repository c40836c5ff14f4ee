"""The house's numbers for reminders, read once."""

import tomllib
from datetime import timedelta
from functools import cache
from pathlib import Path

from trading.reminders.rules import Terms

FILE = Path(__file__).with_name("terms.toml")


@cache
def terms() -> Terms:
    """The numbers of terms.toml."""
    told = tomllib.loads(FILE.read_text("utf-8"))
    day, hour = (timedelta(minutes=each) for each in told["before_minutes"])
    delivery = told["delivery"]
    return Terms(
        before=(day, hour),
        stale=timedelta(hours=told["stale_hours"]),
        attempts=delivery["attempts"],
        first_wait=timedelta(seconds=delivery["first_wait_seconds"]),
        longest_wait=timedelta(seconds=delivery["longest_wait_seconds"]),
        lease=timedelta(seconds=delivery["lease_seconds"]),
    )
