"""The local authority: issuing, periods, revocation, foreign chains, soft certificates."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.orm import Session

from kernel.clock import legal_now
from kernel.crypto import hpke
from kernel.crypto.signatures import public_bytes, sign_p256, verify_p256
from kernel.db import Database
from kernel.identity import actions, queries
from kernel.identity.authority import Authority
from kernel.identity.certificates import check_possession, request_message
from kernel.identity.rules import RevocationReason, Subject
from kernel.identity.signer import SoftCertificate, SoftSigner, from_pkcs12, to_pkcs12
from kernel.pure.errors import Refused
from tests.kernel.identity import parties

AT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Held:
    """A soft certificate on the register."""

    authority: Authority
    soft: SoftCertificate
    organisation_id: UUID
    now: datetime


def _authority(folder: Path) -> Authority:
    return Authority(folder, passphrase="paper", demo=True)


def _held(session: Session, folder: Path) -> Held:
    now = legal_now(session)
    person_id = parties.bidder(session, now)
    organisation_id = parties.organisation(session, now)
    authority = _authority(folder)
    soft = actions.soft_certificate(
        session, authority, organisation_id=organisation_id, person_id=person_id, now=now
    )
    return Held(authority, soft, organisation_id, now)


def _refusal(session: Session, held: Held, chain: tuple[bytes, ...], at: datetime) -> str:
    with pytest.raises(Refused) as refused:
        queries.verify_certificate(session, held.authority, chain, at)
    return refused.value.code


def test_a_certificate_names_its_holder(database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        held = _held(session, tmp_path)
        at = held.now + timedelta(days=1)
        holder = queries.verify_certificate(session, held.authority, held.soft.chain, at)
        assert holder.organisation_name == "澄怀水务建设有限公司"
        assert holder.credit_code == parties.BIDDER_CODE
        assert holder.person_name == "许听澜"
        assert holder.public_key == public_bytes(held.soft.private_key)
        alone = queries.verify_certificate(session, held.authority, held.soft.chain[:1], at)
        assert alone == holder
        (listed,) = queries.certificates_of(session, held.organisation_id)
        assert (listed.serial, listed.public_key) == (holder.serial, holder.public_key)


def test_before_and_after_its_period_it_is_refused(database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        held = _held(session, tmp_path)
        chain = held.soft.chain
        assert _refusal(session, held, chain, held.now - timedelta(days=1)) == "IDN-1303"
        assert _refusal(session, held, chain, held.now + timedelta(days=800)) == "IDN-1304"


def test_a_revoked_one_is_refused_from_then_on(database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        held = _held(session, tmp_path)
        (listed,) = queries.certificates_of(session, held.organisation_id)
        moment = held.now + timedelta(days=2)
        for _ in range(2):
            actions.revoke_certificate(
                session,
                certificate_id=listed.id,
                organisation_id=held.organisation_id,
                reason=RevocationReason.KEY_COMPROMISE,
                now=moment,
            )
        before = moment - timedelta(seconds=1)
        holder = queries.verify_certificate(session, held.authority, held.soft.chain, before)
        assert holder.serial == listed.serial
        assert _refusal(session, held, held.soft.chain, moment) == "IDN-1305"


def test_anothers_certificate_cannot_be_revoked(database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        held = _held(session, tmp_path)
        (listed,) = queries.certificates_of(session, held.organisation_id)
        with pytest.raises(Refused) as refused:
            actions.revoke_certificate(
                session,
                certificate_id=listed.id,
                organisation_id=parties.centre(session, held.now),
                reason=RevocationReason.SUPERSEDED,
                now=held.now,
            )
        assert refused.value.code == "IDN-1203"


def test_foreign_altered_and_unregistered_chains_are_refused(
    database: Database, tmp_path: Path
) -> None:
    with database.writing() as session:
        held = _held(session, tmp_path / "ours")
        at = held.now + timedelta(days=1)
        leaf, issuing, root = held.soft.chain
        theirs = _authority(tmp_path / "theirs")
        key = held.soft.private_key.public_key()
        subject = Subject("澄怀水务建设有限公司", parties.BIDDER_CODE)
        until = at + timedelta(days=1)
        foreign = theirs.issue(subject, key, not_before=held.now, not_after=until)
        unregistered = held.authority.issue(subject, key, not_before=held.now, not_after=until)
        altered = leaf[:-1] + bytes([leaf[-1] ^ 1])
        assert _refusal(session, held, theirs.chain(foreign), at) == "IDN-1302"
        assert _refusal(session, held, (foreign, issuing, root), at) == "IDN-1302"
        assert _refusal(session, held, (altered, issuing, root), at) == "IDN-1302"
        assert _refusal(session, held, held.authority.chain(unregistered), at) == "IDN-1302"
        assert _refusal(session, held, (leaf, leaf, root), at) == "IDN-1302"
        assert _refusal(session, held, (b"junk", issuing, root), at) == "IDN-1301"
        assert _refusal(session, held, (), at) == "IDN-1301"
        assert _refusal(session, held, (issuing, root), at) == "IDN-1306"


def test_opening_the_folder_again_finds_the_same_authority(tmp_path: Path) -> None:
    assert _authority(tmp_path).root == _authority(tmp_path).root
    assert {p.stat().st_mode & 0o777 for p in tmp_path.iterdir()} == {0o600}
    with pytest.raises(ValueError, match=r"."):
        Authority(tmp_path, passphrase="wrong", demo=True).issue(
            Subject("x", parties.BIDDER_CODE),
            ec.generate_private_key(ec.SECP256R1()).public_key(),
            not_before=AT,
            not_after=AT,
        )


def test_possession_of_the_key_must_be_proved() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    point = public_bytes(key)
    proof = sign_p256(key, request_message(parties.BIDDER_CODE, point))
    check_possession(parties.BIDDER_CODE, point, proof)
    with pytest.raises(Refused) as refused:
        check_possession(parties.CENTRE_CODE, point, proof)
    assert refused.value.code == "IDN-1308"


def test_the_soft_driver_signs_unwraps_and_survives_a_file(
    database: Database, tmp_path: Path
) -> None:
    with database.writing() as session:
        soft = _held(session, tmp_path).soft
    kept = from_pkcs12(to_pkcs12(soft, "口令 12345"), "口令 12345")
    assert kept.chain[0] == soft.chain[0]
    signer = SoftSigner(kept)
    point = public_bytes(soft.private_key)
    signature = signer.sign(hashlib.sha256(b"message").digest())
    assert verify_p256(point, b"message", signature)
    enc, sealed = hpke.seal(point, b"vault key", info=b"vault")
    assert signer.unwrap(enc, sealed, info=b"vault") == b"vault key"
    with pytest.raises(Refused) as refused:
        from_pkcs12(to_pkcs12(soft, "right"), "wrong")
    assert refused.value.code == "IDN-1307"


def test_a_centre_has_one_seal(database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        now = legal_now(session)
        centre_id = parties.centre(session, now)
        authority = _authority(tmp_path)
        first = actions.centre_seal(session, authority, organisation_id=centre_id, now=now)
        second = actions.centre_seal(session, authority, organisation_id=centre_id, now=now)
        assert first == second
        assert len(queries.certificates_of(session, centre_id)) == 1
        holder = queries.verify_certificate(session, authority, first.chain, now)
        assert holder.credit_code == parties.CENTRE_CODE
