"""Tell, for its holder's open page alone, that something has moved on a sub-account.

Revision ID: 0038
Revises: 0037
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# The name of the channel, and the token's hash as the key that is told: DEPOSIT_MOVED, wait_key.
TELL = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('deposit', encode(s.token_hash, 'hex'))
       FROM sub_account s
      WHERE s.token_hash IS NOT NULL AND s.id IN ({moved});
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER {name} AFTER {what} REFERENCING {rows}
FOR EACH STATEMENT EXECUTE FUNCTION {name}()
"""
BOOKED = "SELECT sub_account_id FROM new_rows"
ORDERED = "SELECT e.sub_account_id FROM new_rows n JOIN bank_entry e ON e.id = n.credit_id"
ANSWERED = f"{ORDERED} JOIN old_rows o ON o.id = n.id WHERE o.state <> n.state"
TOLD = (
    ("bank_entry_told", "INSERT ON bank_entry", "NEW TABLE AS new_rows", BOOKED),
    ("refund_ordered_told", "INSERT ON refund", "NEW TABLE AS new_rows", ORDERED),
    (
        "refund_answered_told",
        "UPDATE ON refund",
        "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        ANSWERED,
    ),
)


def upgrade() -> None:
    for name, what, rows, moved in TOLD:
        op.execute(TELL.format(name=name, moved=moved))
        op.execute(TRIGGER.format(name=name, what=what, rows=rows))


def downgrade() -> None:
    for name, what, _, _ in reversed(TOLD):
        op.execute(f"DROP TRIGGER {name} ON {what.rsplit(' ', 1)[1]}")
        op.execute(f"DROP FUNCTION {name}()")
