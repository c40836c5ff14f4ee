"""The vault's rows: founded once, appended in one order, under the newest generation only."""

import os
from uuid import UUID, uuid4

import pytest

from kernel.db import Database
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from trading.bids import models, queries, vault


def _account() -> Account:
    return Account(
        person_id=uuid4(),
        organisation_id=uuid4(),
        role=Role.BIDDER,
        person_name="林一",
        organisation_name="甲设计院",
        session_id=uuid4(),
        csrf_token="t",
    )


def test_the_vault_is_founded_once_and_only_appended(database: Database) -> None:
    actor, record_id, record = _account(), uuid4(), os.urandom(models.RECORD_BYTES)
    wrap = vault.Wrap(models.WrapKind.CERTIFICATE, "04" * 65, b"w")
    former = vault.Wrap(models.WrapKind.FORMER, "former", b"f")

    def append(who: Account, record_id: UUID, data: bytes, generation: int = 1) -> None:
        with database.writing() as session:
            vault.append(
                session,
                actor=who,
                generation=generation,
                record_id=record_id,
                ciphertext=data,
            )

    with database.writing() as session, pytest.raises(Refused, match="BID-1104"):
        vault.add_wraps(session, actor=actor, generation=1, wraps=(wrap,))
    with database.writing() as session:
        vault.create(session, actor=actor, wraps=(wrap,))
    append(actor, record_id, record)
    append(actor, record_id, record)
    with database.writing() as session, pytest.raises(Refused, match="BID-1103"):
        vault.create(session, actor=actor, wraps=(wrap,))
    for who, data in ((actor, bytes(models.RECORD_BYTES)), (_account(), record)):
        with pytest.raises(Refused, match="BID-1102"):
            append(who, record_id, data)
    with pytest.raises(Refused, match="BID-1101"):
        append(actor, uuid4(), b"short")
    with database.writing() as session:
        vault.renew(session, actor=actor, generation=2, seen=1, wraps=(wrap, former))
    later = uuid4()
    with pytest.raises(Refused, match="BID-1107"):
        append(actor, later, record)
    append(actor, later, record, generation=2)
    with database.reading() as session:
        kept = queries.vault_records(session, actor.organisation_id)
        assert [row.id for row in kept] == [record_id, later]
