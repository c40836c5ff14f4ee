"""Guarantees against PostgreSQL: every way of being wrong has its outcome, and a life its table."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from escrow import public
from escrow.deposits.rules import Finality, Outcome
from escrow.guarantees import actions, queries
from escrow.guarantees.models import Guarantee
from escrow.guarantees.rules import GuaranteeState, Named, Word
from kernel.db import Database
from kernel.identity.rules import with_check_character
from tests.escrow.guarantees.world import FEN, ISSUER, NOW, TENDEREE, Office, T, named

OTHER = Named("别家有限公司", with_check_character("91330300MA2852237"))


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return Office(database, tmp_path)


def hear(office: Office, word: Word) -> None:
    with office.database.writing() as session:
        row = session.get_one(Guarantee, office.row().id, with_for_update=True)
        actions.hear(session, row, word, now=NOW)


def life(office: Office) -> list[GuaranteeState]:
    with office.database.reading() as session:
        return [step.state for step in queries.steps_of(session, office.row().id)]


def test_a_sound_guarantee_is_final_once_its_issuer_has_said_so(office: Office) -> None:
    found = office.judge(office.paper())
    assert (found.outcome, found.finality) == (Outcome.GUARANTEED, Finality.PROVISIONAL)
    assert (found.qualifies, found.received_fen) == (True, FEN)
    hear(office, Word.ISSUED)
    found = office.judge(office.paper())
    assert (found.outcome, found.finality) == (Outcome.GUARANTEED, Finality.FINAL)
    assert life(office) == [GuaranteeState.RECEIVED, GuaranteeState.VERIFIED]
    with office.database.reading() as session:
        kept = public.verdicts(session, lot_ref=office.lot)
    assert kept == {office.bidder: found}


@pytest.mark.parametrize("word", [Word.UNKNOWN, Word.ANNULLED, Word.RELEASED, Word.APPLIED])
def test_what_its_issuer_denies_secures_nothing(office: Office, word: Word) -> None:
    office.judge(office.paper())
    hear(office, word)
    found = office.judge(office.paper())
    assert (found.outcome, found.finality) == (Outcome.GUARANTEE_UNCONFIRMED, Finality.FINAL)
    assert not found.qualifies
    assert life(office)[-1] is GuaranteeState.REFUSED


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"amount_fen": FEN - 1}, Outcome.GUARANTEE_AMOUNT),
        ({"valid_until": "2027-02-21"}, Outcome.GUARANTEE_VALIDITY),
        ({"valid_from": "2026-11-25"}, Outcome.GUARANTEE_VALIDITY),
        ({"lot": "E3303260000000001001002"}, Outcome.GUARANTEE_LOT),
        ({"beneficiary": {"name": "别家", "credit_code": TENDEREE.credit_code}}, "beneficiary"),
        ({"beneficiary": {"name": TENDEREE.name, "credit_code": "1"}}, "beneficiary"),
        ({"principal": named(TENDEREE)}, Outcome.GUARANTEE_PRINCIPAL),
        ({"issuer": named(TENDEREE)}, Outcome.GUARANTEE_ISSUER),
    ],
)
def test_each_wrong_field_has_its_outcome(
    office: Office, changes: dict[str, Any], outcome: Outcome | str
) -> None:
    wanted = Outcome.GUARANTEE_BENEFICIARY if outcome == "beneficiary" else outcome
    found = office.judge(office.paper(**changes))
    assert (found.outcome, found.finality) == (wanted, Finality.FINAL)
    assert (found.qualifies, found.received_fen) == (False, 0)
    assert office.row().state is GuaranteeState.REFUSED


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_fen": FEN + 1},
        {"valid_until": "2028-01-01"},
        {"principal": {"name": "甲公司(集团)", "credit_code": "91330300MA2852237X"}},
    ],
)
def test_more_than_asked_and_other_brackets_do(office: Office, changes: dict[str, Any]) -> None:
    assert office.outcome(office.paper(**changes)) is Outcome.GUARANTEED


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"format": "sunbid guarantee/1"},
        {"amount_fen": "8000000"},
        {"amount_fen": True},
        {"amount_fen": 0},
        {"number": "x"},
        {"valid_until": "20270222"},
        {"valid_until": "tomorrow"},
        {"issued_at": "2026-11-22T00:00:00"},
        {"principal": "甲公司"},
        {"terms": ""},
        {"certificate": "zz"},
        {"certificate": "00" * 5000},
        {"signature": ""},
        {"more": "x"},
    ],
)
def test_what_is_no_guarantee_is_said_to_be_none(office: Office, broken: dict[str, Any]) -> None:
    whole = office.paper() if set(broken) - {"format"} else {}
    # Twenty digits without dashes are a date to ISO 8601 as well.
    expected = {Outcome.GUARANTEE_UNREADABLE, Outcome.GUARANTEE_SIGNATURE}
    assert office.outcome({**whole, **broken}) in expected


def test_a_signature_over_other_bytes_is_none(office: Office) -> None:
    paper = office.paper()
    assert office.outcome({**paper, "amount_fen": FEN + 1}) is Outcome.GUARANTEE_SIGNATURE


@pytest.mark.parametrize("flipped", ["00" * 64, "ab" * 64, "00"])
def test_a_signature_that_is_none_or_anothers(office: Office, flipped: str) -> None:
    paper = {**office.paper(), "signature": flipped}
    assert office.outcome(paper) is Outcome.GUARANTEE_SIGNATURE


def test_a_certificate_that_ran_out_before_the_guarantee(office: Office) -> None:
    office.certificate = office.certify(ISSUER, office.key, since=T - timedelta(days=800))
    assert office.outcome(office.paper()) is Outcome.GUARANTEE_ISSUER


def test_a_certificate_that_began_after_the_guarantee(office: Office) -> None:
    office.certificate = office.certify(ISSUER, office.key, since=T - timedelta(days=1))
    assert office.outcome(office.paper()) is Outcome.GUARANTEE_ISSUER


def test_a_certificate_revoked_before_the_guarantee(office: Office) -> None:
    office.revoke(T - timedelta(days=3))
    assert office.outcome(office.paper()) is Outcome.GUARANTEE_ISSUER


def test_a_later_revocation_leaves_it_to_the_issuers_word(office: Office) -> None:
    office.revoke(T - timedelta(days=1))
    assert office.outcome(office.paper()) is Outcome.GUARANTEED


def test_a_certificate_of_nobody_on_the_list(database: Database, tmp_path: Path) -> None:
    office = Office(database, tmp_path, listed=False)
    assert office.outcome(office.paper()) is Outcome.GUARANTEE_ISSUER


def test_a_certificate_of_another_authority(office: Office, tmp_path: Path) -> None:
    mine = office.authority
    office.authority = type(mine)(tmp_path / "other", passphrase="", demo=True)
    office.certificate = office.certify(ISSUER, office.key)
    office.authority = mine
    assert office.outcome(office.paper()) is Outcome.GUARANTEE_ISSUER


def test_a_certificate_of_ours_that_is_not_the_issuers(office: Office) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    office.key, office.certificate = key, office.certify(OTHER, key)
    assert office.outcome(office.paper()) is Outcome.GUARANTEE_ISSUER


def test_one_number_secures_one_bid(office: Office) -> None:
    office.judge(office.paper())
    office.lot = office.bidder
    assert office.outcome(office.paper()) is Outcome.DUPLICATE


def test_it_is_released_once_and_its_issuer_hears_of_it(office: Office) -> None:
    office.judge(office.paper())
    hear(office, Word.ISSUED)
    with office.database.writing() as session:
        for first in (True, False):
            assert first is actions.release(
                session, lot_ref=office.lot, bidder_ref=office.bidder, why="x", now=NOW
            )
        assert queries.waiting(session) == (office.row().id,)
    hear(office, Word.RELEASED)
    with office.database.reading() as session:
        assert queries.waiting(session) == ()
    # What was judged stays judged.
    assert office.judge(office.paper()).finality is Finality.FINAL
    assert life(office)[-1] is GuaranteeState.RELEASED


def test_it_runs_out_the_day_after_its_last(office: Office) -> None:
    office.judge(office.paper())
    hear(office, Word.ISSUED)
    with office.database.writing() as session:
        assert queries.run_out(session, date(2027, 2, 22)) == ()
        [row] = queries.run_out(session, date(2027, 2, 23))
        actions.expire(session, row, now=NOW)
    assert life(office)[-1] is GuaranteeState.EXPIRED
    with office.database.writing() as session:
        row = session.get_one(Guarantee, office.row().id)
        with pytest.raises(ValueError, match="cannot go"):
            actions.step(session, row, GuaranteeState.VERIFIED, now=NOW, why="")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE guarantee_step SET why = 'x'",
        "DELETE FROM guarantee_step",
        "UPDATE guarantee SET state = 'claimed'",
        "UPDATE guarantee SET issuer_id = NULL",
    ],
)
def test_the_database_itself_keeps_to_it(office: Office, statement: str) -> None:
    office.judge(office.paper())
    with pytest.raises(DBAPIError), office.database.writing() as session:
        session.execute(text(statement))
