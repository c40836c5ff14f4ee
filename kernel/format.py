"""How values are written on pages: money, 大写, dates, sizes, hashes, ribbons, countdowns.

Filters and globals of the templates. Times are shown in China Standard Time, which has had no
summer time since 1991, so a fixed offset is exact.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import groupby
from typing import Any, Final

import segno
from flask import g, has_request_context
from markupsafe import Markup

from kernel import i18n
from kernel.pure.money import capital, format_yuan

CHINA: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
RIBBON_BARS: Final = 32
_WEEKDAYS: Final = "一二三四五六日"
_EN_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_UNITS: Final = ("kB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code as one SVG path over a grid of `size` by `size` modules, without quiet zone."""

    size: int
    path: str


def money(fen: int | None) -> Markup:
    """¥80,128,600.00 with the fen dimmed (tables, panels); a dash for None."""
    if fen is None:
        return Markup('<span class="muted">—</span>')
    whole, cents = format_yuan(fen).replace("-", "−").split(".")
    return Markup('<span class="money">{}<span class="fen">.{}</span></span>').format(whole, cents)


def yuan(fen: int | None) -> str:
    """¥80,128,600.00 in one weight (records, sentences); a dash for None."""
    return "—" if fen is None else format_yuan(fen).replace("-", "−")


def yuan_input(fen: int) -> str:
    """80,128,600.00, as it stands in a money field."""
    return format_yuan(fen).replace("¥", "")


def daxie(fen: int) -> str:
    """The amount in capital characters, as it stands under the figure (without 人民币)."""
    return capital(fen).removeprefix("人民币")


def local(at: datetime) -> datetime:
    """The same moment in China Standard Time; raises ValueError for a time without zone."""
    if at.tzinfo is None:
        raise ValueError("a time without zone cannot be shown")
    return at.astimezone(CHINA)


def day(at: datetime) -> str:
    """11 月 24 日 周二; in English "Tue 24 Nov"."""
    when = local(at)
    if i18n.current() == "en":
        return f"{_EN_DAYS[when.weekday()]} {when.day} {when:%b}"
    return f"{when.month} 月 {when.day} 日 周{_WEEKDAYS[when.weekday()]}"


def day_time(at: datetime) -> str:
    """11 月 24 日 09:30; in English "24 Nov 09:30"."""
    when = local(at)
    if i18n.current() == "en":
        return f"{when.day} {when:%b %H:%M}"
    return f"{when.month} 月 {when.day} 日 {when:%H:%M}"


def full_day(at: datetime) -> str:
    """2026 年 11 月 24 日; in English "24 November 2026"."""
    when = local(at)
    if i18n.current() == "en":
        return f"{when.day} {when:%B %Y}"
    return f"{when.year} 年 {when.month} 月 {when.day} 日"


def clock(at: datetime) -> str:
    """09:30:00"""
    return f"{local(at):%H:%M:%S}"


def clock_ms(at: datetime) -> str:
    """09:30:00.412, for records."""
    when = local(at)
    return f"{when:%H:%M:%S}.{when.microsecond // 1000:03d}"


def short(at: datetime) -> str:
    """11-24 09:30, for timelines and rails."""
    return f"{local(at):%m-%d %H:%M}"


def stamp(at: datetime) -> str:
    """2026-11-24 09:30:00"""
    return f"{local(at):%Y-%m-%d %H:%M:%S}"


def stamp_ms(at: datetime) -> str:
    """2026-11-24 09:30:00.000, for records."""
    return f"{local(at):%Y-%m-%d} {clock_ms(at)}"


def iso(at: datetime) -> str:
    """2026-11-24T09:30:00+08:00, for <time datetime>."""
    return local(at).isoformat(timespec="seconds")


def epoch_ms(at: datetime) -> int:
    """Milliseconds since 1970, for scripts."""
    return round(at.timestamp() * 1000)


def duration(seconds: float) -> str:
    """2 天 3 时, 17 时 8 分, 2 分 12 秒, 0.4 秒: the two largest units that matter."""
    if seconds < 10 and seconds != int(seconds):
        return i18n.say("%(n)s 秒", n=f"{seconds:.1f}")
    counts = _split(int(seconds))
    parts = [
        i18n.say("%(n)s 天", n=counts[0]) if counts[0] else "",
        i18n.say("%(n)s 时", n=counts[1]) if counts[1] else "",
        i18n.say("%(n)s 分", n=counts[2]) if counts[2] else "",
        i18n.say("%(n)s 秒", n=counts[3]) if counts[3] else "",
    ]
    shown = [part for part in parts if part][:2]
    return " ".join(shown) or i18n.say("%(n)s 秒", n=0)


def remaining(until: datetime, now: datetime | None = None) -> Markup:
    """What a countdown shows: 2 天 17 时 08 分, 17 时 08 分 20 秒, below an hour 12:48.

    `now` defaults to the legal time of the request; without either a dash stands until the
    page's script knows the server's clock.
    """
    now = now or _request_now()
    if now is None:
        return Markup("—")
    left = max(0, int((until - now).total_seconds()))
    if left < 3600:
        return Markup("{}").format(f"{left // 60:02d}:{left % 60:02d}")
    words = (i18n.say("天"), i18n.say("时"), i18n.say("分"), i18n.say("秒"))
    units = list(zip(_split(left), words, strict=True))
    units = units[:3] if units[0][0] else units[1:]
    figures = [
        Markup("{}<small>{}</small>").format(n if index == 0 else f"{n:02d}", word)
        for index, (n, word) in enumerate(units)
    ]
    return Markup("").join(figures)


def size(count: int) -> str:
    """194.1 MB; decimal units, as the file managers of most systems count."""
    if count < 1000:
        return f"{count} B"
    value, unit = count / 1000, 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {_UNITS[unit]}"


def thousands(count: int) -> str:
    """48,236"""
    return f"{count:,}"


def hash_groups(digest: bytes | str) -> list[str]:
    """The hex digits in groups of four."""
    text = _hex(digest)
    return [text[index : index + 4] for index in range(0, len(text), 4)]


def hash_short(digest: bytes | str) -> str:
    """83a9…cc01"""
    text = _hex(digest)
    return text if len(text) <= 9 else f"{text[:4]}…{text[-4:]}"


def ribbon_path(digest: bytes | str) -> str:
    """A hash drawn as 32 bars in a 128 by 16 box: bar i is as high as byte i, in 16 steps."""
    values = bytes.fromhex(_hex(digest))[:RIBBON_BARS]
    bars = []
    for index, value in enumerate(values):
        height = value // 16 + 1
        bars.append(f"M{index * 4} {16 - height}h2.6v{height}h-2.6z")
    return "".join(bars)


def qr_code(text: str) -> QrCode:
    """The text as a QR code of error level M."""
    matrix = segno.make_qr(text, error="m").matrix
    path = "".join(
        f"M{start} {row}h{length}v1h-{length}z"
        for row, cells in enumerate(matrix)
        for start, length in _runs(cells)
    )
    return QrCode(len(matrix), path)


def csrf_field() -> Markup:
    """The hidden field that proves a form was served to this account; empty for visitors."""
    actor = g.get("actor") if has_request_context() else None
    token = getattr(actor, "csrf_token", "")
    if not token:
        return Markup("")
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(token)


def _runs(cells: bytes | bytearray) -> Iterator[tuple[int, int]]:
    at = 0
    for dark, group in groupby(cells):
        length = len(list(group))
        if dark:
            yield at, length
        at += length


def _split(seconds: int) -> tuple[int, int, int, int]:
    """Days, hours, minutes, seconds."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return days, hour, minute, second


def _hex(digest: bytes | str) -> str:
    return digest.hex() if isinstance(digest, bytes | bytearray | memoryview) else digest.lower()


def _request_now() -> datetime | None:
    call = g.get("call") if has_request_context() else None
    return call.now if call else None


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    function.__name__: function
    for function in (
        money,
        yuan,
        yuan_input,
        daxie,
        day,
        day_time,
        full_day,
        clock,
        clock_ms,
        short,
        stamp,
        stamp_ms,
        iso,
        epoch_ms,
        duration,
        remaining,
        size,
        thousands,
        hash_groups,
        hash_short,
        ribbon_path,
    )
}
GLOBALS: Final[dict[str, Any]] = {
    "qr_code": qr_code,
    "csrf_field": csrf_field,
    "script_words": i18n.script_messages,
}
