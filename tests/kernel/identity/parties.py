"""Organisations and people for the tests of identity."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.identity import actions
from kernel.identity.rules import BasicAccount, with_check_character
from kernel.permissions import Role

PASSWORD = "a long enough passphrase"
BIDDER_CODE = with_check_character("91320594MA1MTGDX2")
CENTRE_CODE = with_check_character("12320500466951234")
ACCOUNT = BasicAccount("澄怀水务建设有限公司", "32050161513600000123", "建设银行云澜分行")


def organisation(session: Session, now: datetime, *, name: str = "澄怀水务建设有限公司") -> UUID:
    """The bidder's organisation."""
    return actions.register_organisation(
        session, credit_code=BIDDER_CODE, name=name, account=ACCOUNT, now=now
    )


def centre(session: Session, now: datetime) -> UUID:
    """The trading centre."""
    return actions.register_organisation(
        session, credit_code=CENTRE_CODE, name="云澜市公共资源交易中心", account=None, now=now
    )


def person(session: Session, now: datetime, *, login: str = "xu", demo: bool = False) -> UUID:
    """Someone with PASSWORD."""
    hashed = actions.new_password(PASSWORD, login=login)
    return actions.add_person(
        session, login=login, name="许听澜", password_hash=hashed, demo=demo, now=now
    )


def bidder(session: Session, now: datetime, *, demo: bool = False) -> UUID:
    """A person who acts for the bidder's organisation and for nobody else."""
    person_id = person(session, now, demo=demo)
    actions.join(
        session,
        person_id=person_id,
        organisation_id=organisation(session, now),
        role=Role.BIDDER,
        now=now,
    )
    return person_id
