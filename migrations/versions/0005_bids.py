"""bids: vault by organisation; uploads, envelopes, withdrawals, refusals by pseudonym."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from kernel.db import append_only

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
PARTS = ("identity", "opening", "technical", "commercial", "attachments")
PSEUDONYM = "pseudonym ~ '^[0-9a-f]{64}$'"
APPEND_ONLY = (
    "vault_record",
    "vault_key_wrap",
    "envelope",
    "envelope_part",
    "withdrawal",
    "envelope_return",
    "refused_submission",
)


def _text_enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=64)


def _column(name: str, kind: sa.types.TypeEngine[Any], *refers: str) -> sa.Column[Any]:
    keys = [sa.ForeignKey(target) for target in refers]
    return sa.Column(name, kind, *keys, nullable=False)


def upgrade() -> None:
    _create_vault()
    _create_uploads()
    _create_envelopes()
    _create_endings()
    for table in APPEND_ONLY:
        for statement in append_only(table):
            op.execute(statement)


def _create_vault() -> None:
    op.create_table(
        "vault_record",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _column("organisation_id", sa.Uuid()),
        _column("ciphertext", sa.LargeBinary()),
        sa.CheckConstraint("octet_length(ciphertext) = 4096", name="padded"),
    )
    op.create_index("ix_vault_record_organisation_id", "vault_record", ["organisation_id"])
    op.create_table(
        "vault_key_wrap",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _column("organisation_id", sa.Uuid()),
        _column("kind", _text_enum("wrap_kind", ("certificate", "recovery"))),
        _column("key_id", sa.Text()),
        _column("wrap", sa.LargeBinary()),
        sa.UniqueConstraint("organisation_id", "key_id"),
    )


def _create_uploads() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _column("lot_id", sa.Uuid(), "lot.id"),
        _column("pseudonym", sa.Text()),
        _column("part", _text_enum("part_name", PARTS)),
        _column("size", sa.BigInteger()),
        _column("held", sa.BigInteger()),
        _column("leaves", sa.LargeBinary()),
        sa.Column("root", sa.LargeBinary()),
        sa.Column("blob", sa.Text()),
        sa.CheckConstraint("held >= 0 AND held <= size AND size > 0", name="within"),
        sa.CheckConstraint("(root IS NULL) = (blob IS NULL)", name="finished_whole"),
        sa.CheckConstraint("root IS NULL OR held = size", name="finished_full"),
        sa.CheckConstraint(PSEUDONYM, name="pseudonym"),
    )
    op.create_index("ix_upload_owner", "upload", ["lot_id", "pseudonym"])


def _create_envelopes() -> None:
    op.create_table(
        "envelope",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _column("lot_id", sa.Uuid(), "lot.id"),
        _column("pseudonym", sa.Text()),
        _column("stage", sa.BigInteger()),
        _column("sequence", sa.BigInteger()),
        _column("header", sa.LargeBinary()),
        _column("signature", sa.LargeBinary()),
        sa.Column("commitment", sa.LargeBinary(), nullable=False, unique=True),
        _column("leaf_id", sa.Uuid()),
        _column("admitted_at", TIME),
        sa.UniqueConstraint("lot_id", "pseudonym", "stage", "sequence"),
        sa.CheckConstraint("sequence > 0 AND stage > 0", name="counted"),
        sa.CheckConstraint("octet_length(commitment) = 32", name="commitment"),
        sa.CheckConstraint(PSEUDONYM, name="pseudonym"),
    )
    op.create_index("ix_envelope_lot_id", "envelope", ["lot_id"])
    op.create_table(
        "envelope_part",
        sa.Column("envelope_id", sa.Uuid(), sa.ForeignKey("envelope.id"), primary_key=True),
        sa.Column("part", _text_enum("part_name", PARTS), primary_key=True),
        sa.Column("upload_id", sa.Uuid(), sa.ForeignKey("upload.id"), nullable=False, unique=True),
    )


def _create_endings() -> None:
    op.create_table(
        "withdrawal",
        sa.Column("envelope_id", sa.Uuid(), sa.ForeignKey("envelope.id"), primary_key=True),
        _column("lot_id", sa.Uuid(), "lot.id"),
        _column("pseudonym", sa.Text()),
        _column("signature", sa.LargeBinary()),
        _column("leaf_id", sa.Uuid()),
        _column("withdrawn_at", TIME),
    )
    op.create_index("ix_withdrawal_lot_id", "withdrawal", ["lot_id"])
    op.create_table(
        "envelope_return",
        sa.Column("envelope_id", sa.Uuid(), sa.ForeignKey("envelope.id"), primary_key=True),
        _column("returned_at", TIME),
    )
    op.create_table(
        "refused_submission",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _column("lot_id", sa.Uuid(), "lot.id"),
        _column("pseudonym", sa.Text()),
        _column("commitment", sa.LargeBinary()),
        _column("code", sa.Text()),
        _column("leaf_id", sa.Uuid()),
        _column("refused_at", TIME),
        sa.UniqueConstraint("lot_id", "pseudonym", "commitment", "code"),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")
