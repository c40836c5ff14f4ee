"""trading: when whoever presides was last seen in the hall; a reminder that the host has gone."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "host_seen",
        sa.Column("sitting_id", sa.Uuid(), sa.ForeignKey("sitting.id"), nullable=False),
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sitting_id", "person_id"),
    )
    # The CHECK as it stands, and one kind more.
    op.execute(
        """
        DO $$ DECLARE told text; BEGIN
            SELECT pg_get_constraintdef(oid) INTO told FROM pg_constraint
                WHERE conrelid = 'inbox_entry'::regclass AND conname = 'ck_inbox_entry_kind';
            ALTER TABLE inbox_entry DROP CONSTRAINT ck_inbox_entry_kind;
            EXECUTE 'ALTER TABLE inbox_entry ADD CONSTRAINT ck_inbox_entry_kind '
                || replace(told, '''objection''', '''objection'', ''host_gone''');
        END $$
        """
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")
