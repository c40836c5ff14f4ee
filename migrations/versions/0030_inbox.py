"""kernel, trading: where officials are reminded, their inbox, and the messages that leave."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_KINDS = (
    "day_before",
    "hour_before",
    "sign_in",
    "release_asked",
    "late_close",
    "objection",
    "room_asked",
    "room_approved",
    "room_refused",
    "room_moved",
    "room_lost",
    "room_cancelled",
)


def upgrade() -> None:
    op.add_column("person", sa.Column("email", sa.Text()))
    op.add_column("person", sa.Column("phone", sa.Text()))
    kinds = ", ".join(f"'{kind}'" for kind in _KINDS)
    op.create_table(
        "inbox_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("href", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.UniqueConstraint("person_id", "key"),
        sa.CheckConstraint(f"kind IN ({kinds})", name="kind"),
    )
    op.create_index("ix_inbox_entry_person_id_at", "inbox_entry", ["person_id", "at"])
    op.create_table(
        "reminder_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(64), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["entry_id"], ["inbox_entry.id"]),
        sa.UniqueConstraint("entry_id", "way"),
        sa.CheckConstraint("way IN ('mail', 'sms')", name="way"),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'unknown', 'failed')", name="delivery_state"
        ),
    )
    op.create_index(
        "ix_reminder_delivery_open",
        "reminder_delivery",
        ["retry_at"],
        postgresql_where=sa.text("state IN ('waiting', 'sending', 'unknown')"),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")
