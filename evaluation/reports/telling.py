"""Amounts and times as a report prints them: Shanghai time, yuan to the fen."""

from datetime import datetime

from kernel.pdf.pen import SHANGHAI
from kernel.pure.money import format_yuan


def yuan(fen: int | str) -> str:
    """Fen, as number or text, as ¥ to the fen."""
    return format_yuan(int(fen))


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(SHANGHAI)


def moment(text: str) -> str:
    """2026 年 11 月 24 日 09:30:00."""
    at = _local(text)
    return f"{at.year} 年 {at.month} 月 {at.day} 日 {at:%H:%M:%S}"


def stamp(text: str) -> str:
    """2026-11-24 09:30:00."""
    return f"{_local(text):%Y-%m-%d %H:%M:%S}"


def clock(text: str | None) -> str:
    """09:30:00, or a dash."""
    return f"{_local(text):%H:%M:%S}" if text else "—"
