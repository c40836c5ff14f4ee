"""bids: one order for a vault's records, generations of its key."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KINDS = "kind IN ('certificate', 'former', 'recovery')"
# Whatever lies here was acknowledged in no known order; from now on the order is kept.
NUMBERED = """UPDATE vault_record SET ordinal = numbered.place FROM (
  SELECT id, row_number() OVER (PARTITION BY organisation_id ORDER BY id) AS place
  FROM vault_record) AS numbered WHERE numbered.id = vault_record.id"""


def upgrade() -> None:
    op.add_column("vault_record", sa.Column("ordinal", sa.BigInteger()))
    op.execute("ALTER TABLE vault_record DISABLE TRIGGER vault_record_append_only")
    op.execute(NUMBERED)
    op.execute("ALTER TABLE vault_record ENABLE TRIGGER vault_record_append_only")
    op.alter_column("vault_record", "ordinal", nullable=False)
    op.create_unique_constraint(
        op.f("uq_vault_record_organisation_id_ordinal"),
        "vault_record",
        ["organisation_id", "ordinal"],
    )
    op.add_column(
        "vault_key_wrap",
        sa.Column("generation", sa.BigInteger(), nullable=False, server_default="1"),
    )
    op.alter_column("vault_key_wrap", "generation", server_default=None)
    op.drop_constraint(
        op.f("uq_vault_key_wrap_organisation_id_key_id"), "vault_key_wrap", type_="unique"
    )
    op.create_unique_constraint(
        op.f("uq_vault_key_wrap_organisation_id_generation_key_id"),
        "vault_key_wrap",
        ["organisation_id", "generation", "key_id"],
    )
    op.drop_constraint(op.f("ck_vault_key_wrap_wrap_kind"), "vault_key_wrap", type_="check")
    op.create_check_constraint(op.f("ck_vault_key_wrap_wrap_kind"), "vault_key_wrap", KINDS)
    op.create_check_constraint(
        op.f("ck_vault_key_wrap_counted"), "vault_key_wrap", "generation > 0"
    )
    op.create_check_constraint(
        op.f("ck_vault_key_wrap_one_former"),
        "vault_key_wrap",
        "(kind = 'former') = (key_id = 'former')",
    )
