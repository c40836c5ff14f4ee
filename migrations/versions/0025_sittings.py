"""sittings: lots opened together, who presides, what is said; existing openings get theirs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
# One sitting for each project and deadline; `ref` of its stream is the sitting itself.
FOUND = (
    """INSERT INTO live_session (id, kind, ref, last_seq)
    SELECT gen_random_uuid(), 'sitting', gen_random_uuid(), 0
    FROM (SELECT DISTINCT lot.project_id, opening.deadline
          FROM opening JOIN lot ON lot.id = opening.lot_id) AS each""",
    """INSERT INTO sitting (id, project_id, live_id, starts_at, presiding, created_at)
    SELECT stream.ref, place.project_id, stream.id, place.deadline, 'host', place.prepared_at
    FROM (SELECT lot.project_id, opening.deadline, min(opening.prepared_at) AS prepared_at,
                 row_number() OVER (ORDER BY lot.project_id, opening.deadline) AS n
          FROM opening JOIN lot ON lot.id = opening.lot_id
          GROUP BY lot.project_id, opening.deadline) AS place
    JOIN (SELECT id, ref, row_number() OVER (ORDER BY id) AS n
          FROM live_session WHERE kind = 'sitting') AS stream USING (n)""",
    """INSERT INTO sitting_lot (lot_id, sitting_id)
    SELECT opening.lot_id, sitting.id
    FROM opening JOIN lot ON lot.id = opening.lot_id
    JOIN sitting ON sitting.project_id = lot.project_id AND sitting.starts_at = opening.deadline""",
)


def upgrade() -> None:
    op.create_table(
        "sitting",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("project_id", sa.Uuid(), sa.ForeignKey("project.id"), nullable=False, index=True),
        sa.Column(
            "live_id", sa.Uuid(), sa.ForeignKey("live_session.id"), nullable=False, unique=True
        ),
        sa.Column("starts_at", TIME, nullable=False, index=True),
        sa.Column("host", JSONB()),
        sa.Column("deputy", JSONB()),
        sa.Column(
            "presiding",
            sa.Enum(
                "host",
                "deputy",
                name="office",
                native_enum=False,
                create_constraint=True,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column("muted", sa.Text()),
        sa.Column("said", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("said >= 0", name="said"),
    )
    op.create_table(
        "sitting_lot",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("lot.id"), primary_key=True),
        sa.Column("sitting_id", sa.Uuid(), sa.ForeignKey("sitting.id"), nullable=False, index=True),
    )
    _create_chat()
    for statement in FOUND:
        op.execute(statement)


def _create_chat() -> None:
    op.create_table(
        "chat_line",
        sa.Column("sitting_id", sa.Uuid(), sa.ForeignKey("sitting.id"), primary_key=True),
        sa.Column("no", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("speaker", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "by_role",
            sa.Enum(
                "host",
                "bidder",
                "supervisor",
                "witness",
                name="speaking",
                native_enum=False,
                create_constraint=True,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("lot.id")),
        sa.Column("seat", sa.BigInteger()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("removed", JSONB()),
        sa.Column("removed_at", TIME),
        sa.UniqueConstraint("sitting_id", "speaker", "key"),
        sa.CheckConstraint("no >= 1", name="no"),
        sa.CheckConstraint("(seat IS NULL) = (lot_id IS NULL)", name="seat"),
        sa.CheckConstraint("(removed_at IS NULL) = (removed IS NULL)", name="removed"),
    )
    op.create_table(
        "chat_speaker",
        sa.Column("sitting_id", sa.Uuid(), sa.ForeignKey("sitting.id"), primary_key=True),
        sa.Column("speaker", sa.Text(), primary_key=True),
        sa.Column("left", sa.Float()),
        sa.Column("at", TIME),
        sa.Column("muted", sa.Text()),
    )
    op.create_table(
        "presence",
        sa.Column("sitting_id", sa.Uuid(), sa.ForeignKey("sitting.id"), primary_key=True),
        sa.Column("process", sa.Uuid(), primary_key=True),
        sa.Column("label", sa.Text(), primary_key=True),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.CheckConstraint("n >= 1", name="n"),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")
