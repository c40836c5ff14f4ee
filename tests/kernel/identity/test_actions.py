"""Registering, logging in, lockout, several identities, the end of a session."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kernel.clock import clock_timestamp
from kernel.db import Database
from kernel.identity import actions, queries
from kernel.identity.models import LoginSession, Organisation, Person
from kernel.identity.rules import RULES
from kernel.identity.tokens import token_hash
from kernel.permissions import Role
from kernel.pure.errors import Refused
from tests.kernel.identity import parties


def _log_in(session: Session, password: str = parties.PASSWORD) -> object:
    return actions.log_in(session, login="xu", password=password, now=clock_timestamp(session))


def _logged_in(session: Session) -> actions.LoggedIn:
    outcome = _log_in(session)
    assert isinstance(outcome, actions.LoggedIn)
    return outcome


def test_importing_an_organisation_twice_updates_it(database: Database) -> None:
    with database.writing() as session:
        now = clock_timestamp(session)
        first = parties.organisation(session, now)
        second = parties.organisation(session, now, name="澄怀水务集团有限公司")
        assert first == second
        assert queries.organisation(session, first).name == "澄怀水务集团有限公司"
        assert session.scalars(select(Organisation.id)).all() == [first]
        assert queries.organisation(session, first).account == parties.ACCOUNT


def test_a_wrong_credit_code_registers_nothing(database: Database) -> None:
    with database.writing() as session, pytest.raises(Refused) as refused:
        actions.register_organisation(
            session,
            credit_code="9" * 18,
            name="无",
            account=None,
            now=clock_timestamp(session),
        )
    assert refused.value.code == "IDN-1003"


def test_one_identity_is_chosen_at_once(database: Database) -> None:
    with database.writing() as session:
        now = clock_timestamp(session)
        person_id = parties.bidder(session, now)
        outcome = _logged_in(session)
        assert not outcome.must_choose
        account = queries.actor_for(session, outcome.token, now)
        assert account is not None
        assert (account.person_id, account.role) == (person_id, Role.BIDDER)
        assert account.csrf_token == queries.csrf_token(outcome.token)


def test_only_the_hash_of_a_token_is_kept(database: Database) -> None:
    with database.writing() as session:
        parties.bidder(session, clock_timestamp(session))
        token = _logged_in(session).token
        row = session.scalars(select(LoginSession)).one()
        assert row.token_hash == token_hash(token)
        dump = session.execute(text("SELECT login_session::text FROM login_session")).scalar_one()
        assert token not in str(dump)


@pytest.mark.parametrize("cookie", ["", "x", "=" * 43, "ü" * 43, "A" * 43])
def test_an_unknown_cookie_is_nobody(database: Database, cookie: str) -> None:
    with database.reading() as session:
        assert queries.actor_for(session, cookie, clock_timestamp(session)) is None


def test_a_session_ends_by_the_database_clock(database: Database) -> None:
    with database.writing() as session:
        now = clock_timestamp(session)
        parties.bidder(session, now)
        token = _logged_in(session).token
        almost = now + RULES.session - timedelta(seconds=1)
        assert queries.actor_for(session, token, almost) is not None
        over = now + RULES.session + timedelta(seconds=5)
        assert queries.actor_for(session, token, over) is None


def test_moving_legal_time_ends_no_session(database: Database) -> None:
    from kernel.clock import shift

    with database.writing() as session:
        parties.bidder(session, clock_timestamp(session))
        token = _logged_in(session).token
        shift(session, timedelta(days=30))
        assert queries.actor_for(session, token, clock_timestamp(session)) is not None


def test_logging_out_ends_the_session_for_good(database: Database) -> None:
    with database.writing() as session:
        now = clock_timestamp(session)
        parties.bidder(session, now)
        token = _logged_in(session).token
        actions.log_out(session, token=token, now=now)
        actions.log_out(session, token=token, now=now)
        assert queries.actor_for(session, token, now) is None


def test_five_failures_lock_even_the_right_password_out(database: Database) -> None:
    with database.writing() as session:
        now = clock_timestamp(session)
        parties.bidder(session, now)
        codes = []
        for _ in range(RULES.max_failures):
            outcome = _log_in(session, "wrong password")
            assert isinstance(outcome, actions.TurnedAway)
            codes.append(outcome.refused.code)
        assert codes == ["IDN-1101"] * (RULES.max_failures - 1) + ["IDN-1102"]
        outcome = _log_in(session)
        assert isinstance(outcome, actions.TurnedAway)
        assert outcome.refused.code == "IDN-1102"
        later = now + RULES.lock + timedelta(minutes=1)
        again = actions.log_in(session, login="xu", password=parties.PASSWORD, now=later)
        assert isinstance(again, actions.LoggedIn)


def test_a_success_forgets_earlier_failures(database: Database) -> None:
    with database.writing() as session:
        parties.bidder(session, clock_timestamp(session))
        _log_in(session, "wrong password")
        _logged_in(session)
        assert session.scalars(select(Person.failures)).one() == 0


def test_an_unknown_login_is_answered_like_a_wrong_password(database: Database) -> None:
    with database.writing() as session:
        now = clock_timestamp(session)
        parties.bidder(session, now)
        known = _log_in(session, "wrong password")
        unknown = actions.log_in(session, login="nobody", password="wrong password", now=now)
        assert isinstance(known, actions.TurnedAway)
        assert isinstance(unknown, actions.TurnedAway)
        assert known.refused.code == unknown.refused.code
        assert known.refused.facts == unknown.refused.facts


def test_several_identities_must_be_chosen_and_may_be_changed(database: Database) -> None:
    with database.writing() as session:
        now = clock_timestamp(session)
        person_id = parties.bidder(session, now)
        centre_id = parties.centre(session, now)
        actions.join(
            session, person_id=person_id, organisation_id=centre_id, role=Role.TRUSTEE, now=now
        )
        outcome = _logged_in(session)
        assert outcome.must_choose
        assert queries.actor_for(session, outcome.token, now) is None
        for identity in outcome.identities:
            actions.choose_identity(
                session, token=outcome.token, membership_id=identity.membership_id, now=now
            )
            account = queries.actor_for(session, outcome.token, now)
            assert account is not None
            assert account.organisation_id == identity.organisation_id
            assert account.role is identity.role


def test_anothers_identity_cannot_be_chosen(database: Database) -> None:
    with database.writing() as session:
        now = clock_timestamp(session)
        parties.bidder(session, now)
        other = parties.person(session, now, login="shen")
        stranger = actions.join(
            session,
            person_id=other,
            organisation_id=parties.centre(session, now),
            role=Role.CENTRE,
            now=now,
        )
        token = _logged_in(session).token
        with pytest.raises(Refused) as refused:
            actions.choose_identity(session, token=token, membership_id=stranger, now=now)
        assert refused.value.code == "IDN-1106"


def test_somebody_without_identity_cannot_log_in(database: Database) -> None:
    with database.writing() as session:
        parties.person(session, clock_timestamp(session))
        with pytest.raises(Refused) as refused:
            _log_in(session)
        assert refused.value.code == "IDN-1104"


def test_one_click_logins_are_for_demo_people_only(database: Database) -> None:
    with database.writing() as session:
        now = clock_timestamp(session)
        parties.bidder(session, now)
        with pytest.raises(Refused) as refused:
            actions.log_in_demo(session, login="xu", by_person=True, now=now)
        assert refused.value.code == "IDN-1103"


def test_stand_ins_are_told_from_people(database: Database) -> None:
    with database.writing() as session:
        now = clock_timestamp(session)
        person_id = parties.bidder(session, now, demo=True)
        actions.log_in_demo(session, login="xu", by_person=False, now=now)
        assert queries.by_person_since(session, person_id) is None
        actions.log_in_demo(session, login="xu", by_person=True, now=now)
        assert queries.by_person_since(session, person_id) == now
