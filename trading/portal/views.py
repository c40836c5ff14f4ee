"""The public pages: home, lot, calendar, help. Everyone sees the same."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, request, stream_with_context
from werkzeug.datastructures import MultiDict

from kernel import i18n, pages
from kernel.blobs import BlobStore
from kernel.format import local
from kernel.house import Call
from kernel.pure.errors import Refused
from kernel.pure.rule_sets import Regime
from kernel.web import Feature
from trading.portal import horizon, queries
from trading.portal.access import PortalRight
from trading.portal.asks import publicity_ends
from trading.portal.lot_page import lot_page
from trading.portal.queries import DAY, Search, StageGroup, Window
from trading.portal.running import running_openings
from trading.tenders import life
from trading.tenders import queries as tenders
from trading.tenders.models import Lot
from trading.tenders.rules import BEFORE_DEADLINE, HOLDS
from trading.venues import queries as venues
from trading.venues import week as venue_week

feature = Feature("portal", __name__)
CHUNK = 1 << 18
CALENDAR_DAYS = 14


@feature.get("/", permission=PortalRight.READ)
def home(call: Call) -> str:
    """Search, today's horizon, live numbers, lots by deadline."""
    return _home(call)


@feature.get("/lots", permission=PortalRight.READ)
def lots(call: Call) -> str:
    """The same page under the name that lists of lots are looked for by."""
    return _home(call)


def _home(call: Call) -> str:
    session, now = call.session, call.now
    search = _search(request.args)
    start, end = queries.window(Window.TODAY, now)
    today = queries.openings_on(session, start, end)
    found = queries.search_lots(session, search, now=now)
    return pages.render(
        "portal/home.html",
        search=search,
        found=found,
        rows=[lot_line(lot, now) for lot in found.lots],
        running=running_openings(session, most=3),
        horizon=horizon.draw(today, now),
        today=today,
        figures=queries.figures(session, now=now),
        regimes=_regimes(call),
        groups=_groups(),
        regions=queries.regions(session),
        recent=[
            {"at": change.at, "word": life.stage_word(change.to_stage), "lot": lot}
            for change, lot in queries.recent_changes(session, limit=6)
        ],
        windows=Window,
        page_href=_page_href(request.args),
        is_filtered=search != Search(page=search.page),
    )


def lot_line(lot: Lot, now: datetime) -> dict[str, Any]:
    """One row of a list of lots."""
    stage = life.shown_stage(lot, now)
    left = lot.deadline - now
    held = stage in HOLDS and lot.held_from in BEFORE_DEADLINE
    return {
        "lot": lot,
        "chip": life.chip(lot, now),
        "held": held,
        "seconds": left.total_seconds() if stage in BEFORE_DEADLINE else None,
        "soon": stage in BEFORE_DEADLINE and local(lot.deadline).date() == local(now).date(),
    }


@feature.get("/lots/<uuid:lot_id>", permission=PortalRight.READ)
def lot(call: Call, lot_id: UUID) -> str:
    """A lot: where it is, what is asked, until when, and everything published of it."""
    return pages.render("portal/lot.html", **lot_page(call, lot_id))


@feature.get("/lots/<uuid:lot_id>/documents/<uuid:document_id>", permission=PortalRight.READ)
def document(call: Call, lot_id: UUID, document_id: UUID) -> Response:
    """A tender document's bytes; nobody is recorded for reading it."""
    queries.public_lot(call.session, lot_id)
    row = tenders.document(call.session, lot_id, document_id)
    return _download(call.house.blobs, row.blob_key, row.name, row.media_type, row.size)


@feature.get("/lots/<uuid:lot_id>/notices/<int:version>.pdf", permission=PortalRight.READ)
def notice_pdf(call: Call, lot_id: UUID, version: int) -> Response:
    """A notice as sealed PDF."""
    found = tenders.notice_pdf(call.session, lot_id, version)
    if found is None:
        raise Refused("TEN-1704")
    notice, pdf = found
    return _download(
        call.house.blobs, pdf.blob_key, f"{notice.title}.pdf", "application/pdf", pdf.size
    )


@feature.get("/calendar", permission=PortalRight.READ)
def calendar(call: Call) -> str:
    """Openings of two weeks, day by day; `from` moves by a week."""
    start, _ = queries.window(Window.WEEK, call.now)
    start += timedelta(weeks=_weeks(request.args.get("week", "0")))
    rows = queries.openings_on(call.session, start, start + DAY * CALENDAR_DAYS)
    ends = publicity_ends(call.session, call.now)
    rooms = venues.confirmed(call.session, [row.id for row in rows])
    days = []
    for step in range(CALENDAR_DAYS):
        day = start + DAY * step
        lots = [row for row in rows if local(row.deadline).date() == day.date()]
        days.append(
            {
                "at": day,
                "today": day.date() == local(call.now).date(),
                "weekend": day.weekday() > 4,
                "rows": [lot_line(each, call.now) for each in lots],
                "ends": [each for each, end in ends if local(end).date() == day.date()],
            }
        )
    return pages.render(
        "portal/calendar.html",
        days=days,
        week=_weeks(request.args.get("week", "0")),
        total=len(rows),
        ends=start + DAY * (CALENDAR_DAYS - 1),
        rooms=rooms,
        kind_word=venue_week.kind_word,
    )


@feature.get("/openings.json", permission=PortalRight.READ, quiet=True)
def openings_to_come(call: Call) -> dict[str, Any]:
    """Every opening to come: a bidder's client picks its own from all, and nobody learns which."""
    rows = queries.openings_on(call.session, call.now - DAY, call.now + DAY * 366)
    return {
        "openings": [
            {
                "lot": str(row.id),
                "deadline": row.deadline.isoformat(),
                "version": row.notice_version,
                "sign_in_minutes": row.sign_in_minutes,
            }
            for row in rows
        ]
    }


@feature.get("/help", permission=PortalRight.READ)
def help_page(call: Call) -> str:
    """How bidding works here, what is promised, and whom to call."""
    return pages.render("portal/help.html")


def _download(blobs: BlobStore, key: str, name: str, media_type: str, size: int) -> Response:
    def chunks() -> Iterator[bytes]:
        with blobs.open(key) as file:
            while piece := file.read(CHUNK):
                yield piece

    answer = Response(stream_with_context(chunks()), mimetype=media_type)
    # Never shown inline: an uploaded file must not run as a page of this site.
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    answer.headers["Content-Length"] = str(size)
    return answer


def _search(args: MultiDict[str, str]) -> Search:
    page = args.get("page", "1")
    return Search(
        text=args.get("q", "").replace("\x00", "")[:80],
        regimes=tuple(Regime(v) for v in args.getlist("regime") if v in set(Regime)),
        region=args.get("region", "").replace("\x00", "")[:6],
        groups=tuple(StageGroup(v) for v in args.getlist("stage") if v in set(StageGroup)),
        window=Window(args["due"]) if args.get("due") in set(Window) else None,
        page=int(page) if page.isdecimal() and len(page) < 7 else 1,
    )


def _page_href(args: MultiDict[str, str]) -> str:
    """The present search with a place for the page's number."""
    kept = [(key, value) for key, value in args.items(multi=True) if key != "page"]
    query = MultiDict(kept)
    encoded = "&".join(f"{_quoted(k)}={_quoted(v)}" for k, v in query.items(multi=True))
    return "?" + (encoded.replace("%", "%%") + "&" if encoded else "") + "page=%d#lots"


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _regimes(call: Call) -> list[dict[str, Any]]:
    counts = queries.regime_counts(call.session)
    return [
        {"value": each.value, "text": life.regime_word(each), "count": counts.get(each, 0)}
        for each in Regime
    ]


def _groups() -> list[tuple[str, str]]:
    return [
        (StageGroup.OFFER.value, i18n.say("获取文件")),
        (StageGroup.CLOSING.value, i18n.say("投标截止前 3 天")),
        (StageGroup.OPENING.value, i18n.say("截止、开标")),
        (StageGroup.EVALUATION.value, i18n.say("评标")),
        (StageGroup.PUBLICITY.value, i18n.say("候选人公示")),
        (StageGroup.AWARD.value, i18n.say("定标、合同、退款")),
        (StageGroup.ENDED.value, i18n.say("已结束")),
    ]


def _weeks(text: str) -> int:
    """Weeks from now, at most a year either way."""
    digits = text.removeprefix("-")
    if not digits.isdecimal() or len(digits) > 2:
        return 0
    return max(-52, min(52, int(text)))
