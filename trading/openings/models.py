"""One opening per lot, its windows, releases, seats and record; no name before the list.

Attendance and envelopes are known by pseudonym only until the committee's first release.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, enum_column
from kernel.ids import new_id
from trading.openings.causes import BidState, Cause
from trading.openings.states import Answer, CloseState, Party, Stage


class OpeningRow(Base):
    """The projection of `states.Opening`, with the bytes that were logged on the way.

    `openings` is what the agency signs, `facts` what the record states; both canonical JSON.
    """

    __tablename__ = "opening"
    __table_args__ = (
        CheckConstraint("(paused_at IS NULL) = (paused_by IS NULL)", name="pause"),
        CheckConstraint("(manifest IS NULL) = (manifest_hash IS NULL)", name="manifest"),
        CheckConstraint("stage <> 'closed' OR facts IS NOT NULL", name="facts"),
        CheckConstraint("threshold >= 1 AND floor >= 1 AND windows >= 0", name="counts"),
        CheckConstraint("delta_seconds BETWEEN 1 AND 60", name="delta"),
    )

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    centre_id: Mapped[UUID] = mapped_column(index=True)
    live_id: Mapped[UUID] = mapped_column(ForeignKey("live_session.id"), unique=True)
    stage: Mapped[Stage] = enum_column(Stage)
    until: Mapped[datetime | None]
    deadline: Mapped[datetime]
    floor: Mapped[int]
    remaining_floor: Mapped[int]
    threshold: Mapped[int]
    sign_in_minutes: Mapped[int]
    decryption_minutes: Mapped[int]
    confirmation_minutes: Mapped[int]
    live: Mapped[int | None]
    windows: Mapped[int] = mapped_column(default=0)
    unsealed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[Party | None] = enum_column(Party, check="paused_by")
    pause_reason: Mapped[str | None]
    resumes_at: Mapped[datetime | None]
    sitting: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    close_note: Mapped[str | None]
    close_size: Mapped[int | None]
    close_root: Mapped[bytes | None]
    close_state: Mapped[CloseState] = enum_column(CloseState, default=CloseState.AWAITED)
    delta_seconds: Mapped[int] = mapped_column(default=10, server_default=text("10"))
    decision: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    manifest: Mapped[bytes | None]
    manifest_hash: Mapped[bytes | None]
    manifest_leaf: Mapped[UUID | None]
    superseded: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    openings: Mapped[bytes | None]
    signature: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    read_digest: Mapped[bytes | None]
    facts: Mapped[bytes | None]
    facts_hash: Mapped[bytes | None] = mapped_column(unique=True)
    facts_leaf: Mapped[UUID | None]
    prepared_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class WindowRow(Base):
    """Every window that was ever open, also the extended and the reopened ones."""

    __tablename__ = "opening_window"

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("opening.lot_id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    purpose: Mapped[str]
    opens_at: Mapped[datetime]
    until: Mapped[datetime]
    reason: Mapped[str | None]
    closed_at: Mapped[datetime | None]


class AttendanceRow(Base):
    """A pseudonym that signed in. Shown to nobody before the list; the request's own signature."""

    __tablename__ = "opening_attendance"

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("opening.lot_id"), primary_key=True)
    pseudonym: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class ReleaseRow(Base):
    """One trustee's accepted release: the signed body, every share checked. Append-only."""

    __tablename__ = "opening_release"
    __table_args__ = (CheckConstraint("release IN (1, 2)", name="release"),)

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("opening.lot_id"), primary_key=True)
    trustee: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    release: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    manifest_hash: Mapped[bytes]
    body: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class RefusedReleaseRow(Base):
    """A release that did not hold: what came, and whose fault it is. Append-only."""

    __tablename__ = "opening_refused_release"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("opening.lot_id"), index=True)
    trustee: Mapped[int]
    release: Mapped[int]
    code: Mapped[str]
    body: Mapped[dict[str, Any]]
    leaf_id: Mapped[UUID | None]
    at: Mapped[datetime]


class DeclinedReleaseRow(Base):
    """A trustee's signed refusal to release, with its reason. Append-only."""

    __tablename__ = "opening_declined_release"
    __table_args__ = (CheckConstraint("release IN (1, 2)", name="release"),)

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("opening.lot_id"), primary_key=True)
    trustee: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    release: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    manifest_hash: Mapped[bytes]
    body: Mapped[dict[str, Any]]
    leaf_id: Mapped[UUID]
    at: Mapped[datetime]


class SeatRow(Base):
    """One bid of the published list. `holder_secret` rests wrapped under the platform's key.

    `offer` holds the opening part once release 2 allowed to read it; it is shown when read out.
    """

    __tablename__ = "opening_bid"
    __table_args__ = (
        UniqueConstraint("lot_id", "envelope_id"),
        CheckConstraint("seat >= 1", name="seat"),
        CheckConstraint("NOT read OR offer IS NOT NULL", name="read"),
        CheckConstraint("(cause IS NULL) = (code IS NULL)", name="cause"),
    )

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("opening.lot_id"), primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    envelope_id: Mapped[UUID]
    pseudonym: Mapped[str]
    commitment: Mapped[bytes]
    organisation: Mapped[str]
    credit_code: Mapped[str]
    identity: Mapped[dict[str, Any]]
    deposit: Mapped[dict[str, Any]]
    attended: Mapped[bool]
    state: Mapped[BidState] = enum_column(BidState)
    cause: Mapped[Cause | None] = enum_column(Cause, check="cause_kind")
    code: Mapped[str | None]
    holder_secret: Mapped[bytes | None]
    via: Mapped[str | None]
    unlocked_at: Mapped[datetime | None]
    offer: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    offer_hash: Mapped[bytes | None]
    draw_part: Mapped[bytes | None]
    matched: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    read: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    answer: Mapped[Answer | None] = enum_column(Answer, check="answer")
    statement: Mapped[bytes | None]
    statement_signature: Mapped[bytes | None]
    answered_at: Mapped[datetime | None]


class DrawRow(Base):
    """One parameter drawn in the hall: as published, from what, and what came. Append-only."""

    __tablename__ = "opening_draw"
    __table_args__ = (
        UniqueConstraint("lot_id", "name"),
        CheckConstraint("(index IS NULL) = (value IS NULL)", name="value"),
    )

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("opening.lot_id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    parameter: Mapped[dict[str, Any]]
    options: Mapped[list[Any]]
    index: Mapped[int | None]
    value: Mapped[str | None]
    seed: Mapped[bytes]
    leaf_id: Mapped[UUID]
    at: Mapped[datetime]


class AttemptRow(Base):
    """One try at a bidder's lock, by key, code or panel; without a code it held. Append-only.

    `member` names the panel's seat whose share was tried.
    """

    __tablename__ = "opening_attempt"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("opening.lot_id"), index=True)
    seat: Mapped[int]
    via: Mapped[str]
    code: Mapped[str | None]
    member: Mapped[int | None]
    at: Mapped[datetime]


class RescueRow(Base):
    """A bidder's signed request to the rescue panel. Append-only."""

    __tablename__ = "opening_rescue"

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("opening.lot_id"), primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class RescueShareRow(Base):
    """One member's checked release, wrapped under the platform's key: k are the bidder's secret.

    `digest` is what the log says of it. Append-only.
    """

    __tablename__ = "opening_rescue_share"

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("opening.lot_id"), primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[bytes]
    sealed: Mapped[bytes]
    at: Mapped[datetime]
