"""tenders: a lot's evaluation plan."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from evaluation.public import default_plan

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lot", sa.Column("evaluation_plan", JSONB(), nullable=True))
    rows = op.get_bind().execute(sa.text("SELECT id, kind, estimate_fen, remaining_floor FROM lot"))
    for lot_id, kind, estimate_fen, floor in rows.all():
        plan = default_plan(
            method="comprehensive", kind=kind, estimate_fen=estimate_fen, floor=floor
        )
        op.get_bind().execute(
            sa.text("UPDATE lot SET evaluation_plan = CAST(:plan AS jsonb) WHERE id = :id"),
            {"plan": json.dumps(plan), "id": lot_id},
        )
    op.alter_column("lot", "evaluation_plan", nullable=False)


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")
