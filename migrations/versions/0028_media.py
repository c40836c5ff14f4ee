"""media: recordings of the live picture, their parts, and viewers who wait for a direct line."""

import sqlalchemy as sa
from alembic import op

from kernel.db import append_only

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
RUNNING = sa.text("state = 'running'")


def upgrade() -> None:
    op.create_table(
        "media_recording",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("about", sa.Uuid(), nullable=False, index=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("began_wall", TIME, nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("parts", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("tip", sa.LargeBinary(), nullable=False),
        sa.Column("beginning", sa.BigInteger(), nullable=False),
        sa.Column("entry_no", sa.BigInteger(), nullable=False),
        sa.Column("entry_at", sa.BigInteger(), nullable=False),
        sa.Column("heard_wall", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("leaf_id", sa.Uuid()),
        sa.CheckConstraint("kind IN ('camera', 'screen')", name="ck_media_recording_kind"),
        sa.CheckConstraint(
            "state IN ('running', 'ended', 'broken_off')", name="ck_media_recording_state"
        ),
        sa.CheckConstraint(
            "(state = 'running') = (ended_at IS NULL)", name="ck_media_recording_ended"
        ),
        sa.CheckConstraint(
            "parts >= 0 AND held >= 0 AND until_ms >= 0", name="ck_media_recording_counts"
        ),
    )
    # One picture of a thing at a time.
    op.create_index(
        "ix_media_recording_running",
        "media_recording",
        ["about"],
        unique=True,
        postgresql_where=RUNNING,
    )
    op.create_table(
        "media_part",
        sa.Column("recording_id", sa.Uuid(), sa.ForeignKey("media_recording.id"), primary_key=True),
        sa.Column("no", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.Column("entry_at", sa.BigInteger()),
        sa.Column("late_ms", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    for statement in append_only("media_part"):
        op.execute(statement)
    op.create_table(
        "media_peer",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column(
            "recording_id",
            sa.Uuid(),
            sa.ForeignKey("media_recording.id"),
            nullable=False,
            index=True,
        ),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("asked_wall", TIME, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")
