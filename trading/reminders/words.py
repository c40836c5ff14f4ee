"""What a reminder says; made of the notice's facts, never of bidders."""

from datetime import datetime

from kernel.format import day_time
from kernel.i18n import say
from trading.reminders.models import InboxEntry
from trading.reminders.rules import Kind


def title(kind: Kind) -> str:
    """The reminder in one line."""
    return {
        Kind.DAY_BEFORE: say("一天后开标"),
        Kind.HOUR_BEFORE: say("一小时后开标"),
        Kind.SIGN_IN: say("签到已开始"),
        Kind.RELEASE_ASKED: say("等你放行"),
        Kind.LATE_CLOSE: say("截止未获及时见证，等你决定"),
        Kind.OBJECTION: say("有开标异议等待答复"),
        Kind.HOST_GONE: say("主持人不在开标大厅，请接手"),
        Kind.ROOM_ASKED: say("开标室申请等待批准"),
        Kind.ROOM_APPROVED: say("开标室申请已批准"),
        Kind.ROOM_REFUSED: say("开标室申请未获批准"),
        Kind.ROOM_MOVED: say("开标室有变动"),
        Kind.ROOM_LOST: say("截止变更后开标室须另订"),
        Kind.ROOM_CANCELLED: say("开标室预订已取消"),
    }[kind]


def icon(kind: Kind) -> tuple[str, str]:
    """State and icon of a reminder."""
    if kind in {Kind.RELEASE_ASKED, Kind.OBJECTION, Kind.ROOM_ASKED}:
        return "need", "hand"
    if kind in {Kind.LATE_CLOSE, Kind.HOST_GONE, Kind.ROOM_LOST, Kind.ROOM_REFUSED}:
        return "refused", "warn"
    if kind is Kind.ROOM_APPROVED:
        return "done", "check-c"
    return "neutral", "clock" if kind in {Kind.DAY_BEFORE, Kind.HOUR_BEFORE} else "info"


def facts_line(entry: InboxEntry) -> str:
    """Time, room and reason, as far as they are known."""
    at = entry.facts.get("at")
    parts = (
        day_time(datetime.fromisoformat(at)) if at else "",
        entry.facts.get("room") or "",
        entry.facts.get("reason") or "",
    )
    return "　".join(part for part in parts if part)


def letter(entry: InboxEntry, *, centre: str, url: str) -> tuple[str, str]:
    """Subject and text of a message."""
    name, number = entry.facts.get("name", ""), entry.facts.get("number", "")
    subject = f"{title(entry.kind)}：{name}" if name else title(entry.kind)
    lines = (name, number, facts_line(entry), f"{url}{entry.href}", centre)
    return subject, "\n".join(line for line in lines if line) + "\n"
