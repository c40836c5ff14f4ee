"""escrow: guarantees and forfeits; a deposit goes back or is forfeited, never both."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.db import append_only

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)

FAULTS = (
    "guarantee_unreadable guarantee_issuer guarantee_signature guarantee_principal"
    " guarantee_beneficiary guarantee_lot guarantee_amount guarantee_validity"
    " guarantee_unconfirmed"
)
OUTCOMES = (
    "ok over split short late not_basic_account name_mismatch reversed duplicate unknown_sub"
    f" guaranteed {FAULTS}"
)
STATES = "received refused verified released claimed paid_out expired"
WORDS = "applied paid issued released claimed paid_out annulled unknown"
CAUSES = "revoked_late gave_up extra_conditions no_bond"
ADDED = {
    ("refund", "refund_reason"): "forfeited",
    ("account", "account_kind"): "forfeit_payable",
    ("journal", "journal_kind"): "forfeit_ordered forfeit_failed",
    ("deposit_verdict", "outcome"): f"guaranteed {FAULTS}",
}

# A row's end is written once; everything else of it stays.
ONCE = """
CREATE FUNCTION {table}_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(OLD) - '{{{columns}}}'::text[] IS DISTINCT FROM to_jsonb(NEW) - '{{{columns}}}'::text[]
     OR {written} THEN
    RAISE EXCEPTION 'a row of {table} changes only by its end, once' USING ERRCODE = 'ES007';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    for (table, name), values in ADDED.items():
        _widen(table, f"ck_{table}_{name}", values)
    op.execute(
        "INSERT INTO account (id, bank_id, code, kind, dr_pending, dr_posted, cr_pending,"
        " cr_posted, version) SELECT gen_random_uuid(), id, 'forfeit_payable',"
        " 'forfeit_payable', 0, 0, 0, 0, 0 FROM bank"
    )
    for column in ("to_name", "to_account"):
        op.add_column("refund", sa.Column(column, sa.Text()))
    op.create_check_constraint(
        op.f("ck_refund_beneficiary"),
        "refund",
        "(to_account IS NOT NULL) = (reason = 'forfeited')"
        " AND (to_account IS NULL) = (to_name IS NULL)",
    )
    _holds()
    _guarantees()
    _forfeits()
    for table in ("guarantee_step", "forfeit_approval", "forfeit_order", "forfeit_payment"):
        for statement in append_only(table):
            op.execute(statement)
    _once("hold", "lifted_at", "OLD.lifted_at IS NOT NULL")
    _once(
        "forfeit",
        "ended_by,ended_why,ended_at,paid_at",
        "OLD.ended_at IS NOT NULL",
    )


def _widen(table: str, name: str, values: str) -> None:
    """Add values to what the CHECK allows by now, whoever widened it before."""
    told = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": name},
    )
    found = re.search(r"\(?\(?(\w+)\)?::text = ANY", str(told))
    assert found is not None, told
    allowed = dict.fromkeys((*re.findall(r"'(\w+)'", str(told)), *values.split()))
    listed = ", ".join(f"'{value}'" for value in allowed)
    op.drop_constraint(op.f(name), table, type_="check")
    op.create_check_constraint(op.f(name), table, f"{found[1]} IN ({listed})")


def _holds() -> None:
    op.create_table(
        "hold",
        _id(),
        _ref("sub_account_id", "sub_account.id"),
        _state("purpose", "hold_purpose", "refund forfeit"),
        sa.Column("placed_at", TIME, nullable=False),
        sa.Column("lifted_at", TIME),
    )
    op.create_index(
        "uq_hold_standing",
        "hold",
        ["sub_account_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )


def _guarantees() -> None:
    op.create_table(
        "guarantee_issuer",
        _id(),
        sa.Column("code", sa.Text(), nullable=False, unique=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False, unique=True),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("sealing_key", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "guarantee",
        _id(),
        *_refs_of_lot(),
        _ref("issuer_id", "guarantee_issuer.id", nullable=True),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Text()),
        sa.Column("amount_fen", sa.BigInteger()),
        sa.Column("required_fen", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.Date()),
        _state("fault", "fault", OUTCOMES, nullable=True),
        _state("state", "guarantee_state", STATES),
        _state("word", "word", WORDS, nullable=True),
        sa.Column("asked_at", TIME),
        sa.Column("released_at_issuer", TIME),
        sa.Column("claim", postgresql.JSONB()),
        sa.Column("claim_key", sa.Text(), unique=True),
        sa.Column("judged_at", TIME, nullable=False),
        sa.UniqueConstraint("lot_ref", "bidder_ref"),
        sa.CheckConstraint("(state = 'refused') OR (issuer_id IS NOT NULL)", name="issuer"),
        sa.CheckConstraint(
            "(state IN ('claimed', 'paid_out')) = (claim_key IS NOT NULL)", name="claim"
        ),
    )
    op.create_index(
        "uq_guarantee_number",
        "guarantee",
        ["issuer_id", "number"],
        unique=True,
        postgresql_where=sa.text("state <> 'refused'"),
    )
    op.create_index(
        "ix_guarantee_waiting",
        "guarantee",
        ["asked_at"],
        postgresql_where=sa.text("state IN ('received', 'claimed', 'released')"),
    )
    op.create_table(
        "guarantee_step",
        _id(),
        _ref("guarantee_id", "guarantee.id"),
        sa.Column("no", sa.BigInteger(), nullable=False),
        _state("state", "guarantee_state", STATES),
        sa.Column("at", TIME, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.UniqueConstraint("guarantee_id", "no"),
    )


def _forfeits() -> None:
    op.create_table(
        "forfeit",
        _id(),
        *_refs_of_lot(),
        _state("reason", "forfeit_reason", CAUSES),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("clause", "wording", "to_name", "to_account", "to_bank", "proposed_by")
        ),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        _ref("sub_account_id", "sub_account.id", nullable=True, index=True),
        _ref("guarantee_id", "guarantee.id", nullable=True, index=True),
        sa.Column("proposed_at", TIME, nullable=False),
        sa.Column("ended_by", sa.Text()),
        sa.Column("ended_why", sa.Text()),
        sa.Column("ended_at", TIME),
        sa.Column("paid_at", TIME),
        sa.CheckConstraint("(sub_account_id IS NULL) <> (guarantee_id IS NULL)", name="one_means"),
        sa.CheckConstraint("octet_length(document) = 32", name="document"),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (ended_why IS NULL)",
            name="ended",
        ),
        sa.CheckConstraint("ended_at IS NULL OR paid_at IS NULL", name="one_end"),
    )
    op.create_index(
        "uq_forfeit_standing",
        "forfeit",
        ["lot_ref", "bidder_ref"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "forfeit_approval",
        _id(),
        _ref("forfeit_id", "forfeit.id"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.UniqueConstraint("forfeit_id", "digest", "person_id"),
    )
    op.create_table(
        "forfeit_order",
        _id(),
        _ref("forfeit_id", "forfeit.id"),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("first_person", sa.Uuid(), nullable=False),
        sa.Column("second_person", sa.Uuid(), nullable=False),
        sa.Column("approved_at", TIME, nullable=False),
        sa.UniqueConstraint("forfeit_id", "round"),
        sa.CheckConstraint("first_person <> second_person", name="two_people"),
        *(
            sa.ForeignKeyConstraint(
                ["forfeit_id", "digest", person],
                [f"forfeit_approval.{c}" for c in ("forfeit_id", "digest", "person_id")],
                name=f"fk_forfeit_order_{person}",
            )
            for person in ("first_person", "second_person")
        ),
    )
    op.create_table(
        "forfeit_payment",
        _id(),
        _ref("order_id", "forfeit_order.id"),
        _ref("credit_id", "bank_entry.id"),
        _ref("refund_id", "refund.id", unique=True),
        sa.UniqueConstraint("order_id", "credit_id"),
    )


def _refs_of_lot() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("lot_ref", sa.Uuid(), nullable=False),
        sa.Column("bidder_ref", sa.Uuid(), nullable=False),
        sa.Column("centre_ref", sa.Uuid(), nullable=False, index=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("bidder_name", sa.Text(), nullable=False),
    )


def _once(table: str, columns: str, written: str) -> None:
    op.execute(ONCE.format(table=table, columns=columns, written=written))
    op.execute(
        f"CREATE TRIGGER {table}_once BEFORE UPDATE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_once()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def _state(name: str, check: str, values: str, *, nullable: bool = False) -> sa.Column[object]:
    kind = sa.Enum(
        *values.split(), name=check, native_enum=False, create_constraint=True, length=64
    )
    return sa.Column(name, kind, nullable=nullable)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), primary_key=True)


def _ref(
    name: str, target: str, *, nullable: bool = False, unique: bool = False, index: bool = False
) -> sa.Column[object]:
    return sa.Column(
        name, sa.Uuid(), sa.ForeignKey(target), nullable=nullable, unique=unique, index=index
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")
