"""The door of evaluation: everything that trading may ask of it, besides its events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from evaluation.experts import actions as _experts
from evaluation.experts.rules import ExpertEntry, Past, Site, SiteKind
from evaluation.plans import checking
from evaluation.plans.defaults import default_plan as _default
from evaluation.plans.rules import Method, read_plan
from evaluation.reports import actions as _reports
from evaluation.reports import papers as _papers
from evaluation.reports import publishing as _publishing
from evaluation.reports import queries as _report_queries
from evaluation.reports.papers import Published
from evaluation.reports.queries import Ranked, Rejected, ReportView
from evaluation.rooms import actions as _rooms
from evaluation.rooms import convening as _convening
from evaluation.rooms import queries as _room_queries
from evaluation.rooms.dossier import Dossier, DossierBid, DossierPart, Security
from evaluation.rooms.rules import ORDER as _ORDER
from evaluation.rooms.seen import Alarm, RoomSummary, SiteSeats
from evaluation.scoring import actions as _scoring
from evaluation.scoring import preview as _preview
from kernel.secrets import Keys

__all__ = [
    "STAGES",
    "Alarm",
    "Dossier",
    "DossierBid",
    "DossierPart",
    "ExpertEntry",
    "Past",
    "Published",
    "Ranked",
    "Rejected",
    "ReportView",
    "RoomSummary",
    "Security",
    "Site",
    "SiteKind",
    "SiteSeats",
    "check_plan",
    "close_reading",
    "convene",
    "default_plan",
    "find_report",
    "judge_security",
    "preview_plan",
    "publish_report",
    "published",
    "read_plan",
    "register_expert",
    "register_site",
    "report",
    "room_of",
    "rooms_on",
]

STAGES = tuple(stage.value for stage in _ORDER)
"""What a room goes through, in order."""


def check_plan(value: object) -> dict[str, Any]:
    """Every fault of a plan's JSON at once, its sums and digest; see evaluation.plans.checking."""
    return checking.check(value)


def preview_plan(
    value: object, prices_fen: Sequence[int], *, ceiling_fen: int | None
) -> dict[str, Any]:
    """A lawful plan's formula tried on made-up prices (at least one, fen above 0).

    The form of evaluation.scoring.preview. Raises Refused EVA-1101 … EVA-1117 for a plan that is
    not lawful, EVA-1305 without a ceiling where the formula needs one, EVA-1301 when every price is
    above it.
    """
    return _preview.preview(read_plan(value), prices_fen, ceiling_fen=ceiling_fen)


def default_plan(*, method: str, kind: str, estimate_fen: int, floor: int) -> dict[str, Any]:
    """The JSON of a whole, lawful plan for a kind of lot; `floor` is the rule set's.

    Raises ValueError for an unknown method, KeyError for an unknown kind.
    """
    return _default(Method(method), kind, estimate_fen=estimate_fen, floor=floor).to_json()


def convene(session: Session, keys: Keys, dossier: Dossier, *, now: datetime) -> UUID:
    """Hand a lot over: its room is opened and the pool frozen; a second call returns the same room.

    `*_ref` of agency, tenderee and centre are organisations of kernel.identity. Raises Refused
    EVA-2501 for a dossier that is not sound, EVA-2101 for too few experts without relations.
    """
    return _convening.convene(session, keys, dossier, now=now)


def judge_security(
    session: Session, lot_ref: UUID, commitment: bytes, security: Security, *, now: datetime
) -> None:
    """What bank or issuer said at last of a bid's security; without a room nothing happens."""
    _scoring.judge_security(session, lot_ref, commitment, security, now=now)


def register_site(session: Session, site: Site, *, now: datetime) -> UUID:
    """A place where experts sit; repeating it brings it up to date."""
    return _experts.register_site(session, site, now=now)


def register_expert(session: Session, entry: ExpertEntry, *, now: datetime) -> UUID:
    """An expert of the pool, by person. Raises Refused EVA-2105 for an unknown site."""
    return _experts.register_expert(session, entry, now=now)


def room_of(session: Session, lot_ref: UUID) -> RoomSummary | None:
    """Where the lot's evaluation stands, without a name; None before it was handed over."""
    return _room_queries.summary_of_lot(session, lot_ref)


def rooms_on(session: Session, start: datetime, end: datetime) -> tuple[RoomSummary, ...]:
    """Rooms that were open between two moments, those still running first: for boards."""
    return _room_queries.summaries_on(session, start, end)


def close_reading(session: Session, lot_ref: UUID, *, now: datetime) -> None:
    """Erase the content keys of a lot that is archived or ended; without a room nothing happens."""
    _rooms.close_reading(session, lot_ref, now=now)


def report(session: Session, lot_ref: UUID) -> ReportView | None:
    """The lot's report once every member has answered and it is sealed; None before."""
    return _report_queries.report(session, lot_ref)


def publish_report(session: Session, lot_ref: UUID, *, now: datetime) -> None:
    """Let anyone read the report's public form; repeatable. Raises Refused EVA-3008 too early."""
    _reports.publish(session, lot_ref, now=now)


def find_report(session: Session, digest: bytes) -> Published | None:
    """The published report whose facts or one of whose PDFs have this SHA-256."""
    return _papers.find(session, digest)


def published(session: Session, lot_ref: UUID, *, since: int = 0) -> dict[str, bytes]:
    """Evaluation's files of the lot's bundle; empty until the report is published.

    `since`: size of an earlier tree that the log is shown to extend, as the opening's close.
    """
    return _publishing.published(session, lot_ref, since=since)
