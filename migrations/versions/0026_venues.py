"""trading: opening rooms, their loans and every step of them; two loans at once are impossible."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from kernel.db import append_only

revision = "0026"
down_revision = "0025b"
branch_labels = None
depends_on = None

_STATES = "('requested', 'confirmed', 'refused', 'cancelled', 'displaced')"
_KINDS = "('ordinary', 'saturday', 'emergency', 'closure')"


def upgrade() -> None:
    _rooms()
    _bookings()
    op.create_table(
        "room_booking_step",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.ForeignKeyConstraint(["booking_id"], ["room_booking.id"]),
        sa.ForeignKeyConstraint(["room_id"], ["opening_room.id"]),
        sa.CheckConstraint(f"state IN {_STATES}", name="booking_state"),
    )
    op.create_index("ix_room_booking_step_booking_id", "room_booking_step", ["booking_id"])
    for statement in append_only("room_booking_step"):
        op.execute(statement)


def _rooms() -> None:
    op.create_table(
        "opening_room",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=False),
        sa.Column("equipment", JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("centre_id", "name"),
        sa.UniqueConstraint("id", "number"),
        sa.CheckConstraint("capacity > 0", name="capacity"),
    )
    op.create_index("ix_opening_room_centre_id", "opening_room", ["centre_id"])


def _bookings() -> None:
    op.create_table(
        "room_booking",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("room_number", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid()),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(
            ["room_id", "room_number"], ["opening_room.id", "opening_room.number"]
        ),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.CheckConstraint(f"kind IN {_KINDS}", name="session_kind"),
        sa.CheckConstraint(f"state IN {_STATES}", name="booking_state"),
    )
    op.create_index(
        "ix_room_booking_centre_id_starts_at", "room_booking", ["centre_id", "starts_at"]
    )
    # Ranges of numbers need no btree_gist, which the embedded server does not bring.
    op.execute(
        "ALTER TABLE room_booking ADD CONSTRAINT ex_room_booking_room_number EXCLUDE USING gist ("
        "int8range(room_number, room_number, '[]') WITH &&, "
        "tstzrange(starts_at, ends_at) WITH &&) WHERE (state IN ('requested', 'confirmed'))"
    )
    op.create_table(
        "room_booking_lot",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("booking_id", "lot_id"),
        sa.ForeignKeyConstraint(["booking_id"], ["room_booking.id"]),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"]),
    )
    op.create_index(
        "ix_room_booking_lot_held",
        "room_booking_lot",
        ["lot_id"],
        unique=True,
        postgresql_where=sa.text("held"),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")
