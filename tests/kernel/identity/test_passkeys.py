"""Security keys: optional, then asked for; an answer fits one act of one person, once."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from webauthn.helpers import bytes_to_base64url

from kernel.clock import clock_timestamp
from kernel.db import Database
from kernel.identity import passkeys
from kernel.identity.models import StepUp
from kernel.pure.errors import Refused
from tests.kernel.identity import parties
from tests.kernel.identity.token import PRESENT, Token

SITE = passkeys.Site.of("https://bids.example.cn:8443")
DIGEST = bytes(range(32))
CHALLENGE = bytes(32)


class Desk:
    """One person and his key, each act in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.token = Token(SITE.host, SITE.origin)
        with database.writing() as session:
            self.person = parties.person(session, clock_timestamp(session))

    def register(self, token: Token, answer: dict[str, Any] | None = None) -> UUID:
        with self.database.writing() as session:
            return passkeys.register(
                session,
                person_id=self.person,
                credential=token.create(bytes_to_base64url(CHALLENGE)),
                challenge=CHALLENGE,
                site=SITE,
                name="密钥",
                step_up=answer,
                now=clock_timestamp(session),
            )

    def answer(self, act: str = "pay", digest: bytes = DIGEST) -> dict[str, Any]:
        challenge = passkeys.challenge_of(act, digest, person_id=self.person)
        return self.token.get(bytes_to_base64url(challenge))

    def confirm(self, answer: dict[str, Any] | None, *, required: bool = False) -> str:
        """The code of the refusal, or nothing."""
        try:
            with self.database.writing() as session:
                passkeys.confirm(
                    session,
                    person_id=self.person,
                    act="pay",
                    digest=DIGEST,
                    answer=answer,
                    site=SITE,
                    now=clock_timestamp(session),
                    required=required,
                )
        except Refused as refused:
            return refused.code
        return ""


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_nothing_is_asked_before_a_key_is_there_and_then_always(desk: Desk) -> None:
    assert desk.confirm(None) == ""
    assert desk.confirm(None, required=True) == "IDN-1406"
    desk.register(desk.token)
    assert desk.confirm(None) == "IDN-1403"
    assert desk.confirm(desk.answer()) == ""
    with desk.database.reading() as session:
        (kept,) = session.scalars(select(StepUp)).all()
        assert (kept.act, kept.digest) == ("pay", DIGEST)


def test_an_answer_fits_one_act_once_from_here_by_a_checked_person(desk: Desk) -> None:
    desk.register(desk.token)
    good = desk.answer()
    assert desk.confirm(good) == ""
    assert desk.confirm(good) == "IDN-1404"  # its count is not higher: played again, or a copy
    assert desk.confirm(desk.answer(act="other")) == "IDN-1404"
    assert desk.confirm(desk.answer(digest=bytes(32))) == "IDN-1404"
    desk.token.origin = "https://bids.example.com"
    assert desk.confirm(desk.answer()) == "IDN-1404"
    desk.token.origin, desk.token.flags = SITE.origin, PRESENT
    assert desk.confirm(desk.answer()) == "IDN-1404"
    assert desk.confirm({"id": "AAAA"}) == "IDN-1404"
    other = Token(SITE.host, SITE.origin)
    challenge = passkeys.challenge_of("pay", DIGEST, person_id=desk.person)
    assert desk.confirm(other.get(bytes_to_base64url(challenge))) == "IDN-1404"


def test_a_second_key_and_an_end_need_an_answer_of_the_first(desk: Desk) -> None:
    first = desk.register(desk.token)
    second = Token(SITE.host, SITE.origin, identifier=b"another key")
    with pytest.raises(Refused, match="IDN-1403"):
        desk.register(second)
    desk.register(second, desk.answer(passkeys.ADD, CHALLENGE))
    with pytest.raises(Refused, match="IDN-1402"):
        desk.register(second, desk.answer(passkeys.ADD, CHALLENGE))
    with desk.database.writing() as session:
        passkeys.end(
            session,
            person_id=desk.person,
            passkey_id=first,
            answer=desk.answer(passkeys.END, first.bytes),
            site=SITE,
            now=clock_timestamp(session),
        )
    assert desk.confirm(desk.answer()) == "IDN-1404"


def test_a_key_made_elsewhere_is_not_registered(desk: Desk) -> None:
    lying = Token(SITE.host, "https://bids.example.com")
    with pytest.raises(Refused, match="IDN-1401"):
        desk.register(lying)
    with pytest.raises(Refused, match="IDN-1401"):
        desk.register(Token("example.com", SITE.origin))
