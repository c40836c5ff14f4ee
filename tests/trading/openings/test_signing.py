"""Host and bidders sign the issued record: every signature holds by poppler, strangers are told."""

import subprocess
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from kernel import clock, log
from kernel.crypto.signatures import sign_p256
from kernel.identity import authority
from kernel.identity.models import Certificate
from kernel.identity.rules import RevocationReason
from kernel.identity.signer import SoftCertificate
from kernel.pdf.signing import verify_seal
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from tests.trading.openings.world import Bidder, Scene
from trading.openings import commands as c
from trading.openings import queries, record_desk, signing
from trading.openings.record_models import PreparedSignatureRow


@pytest.fixture
def closed(scene: Scene) -> Scene:
    """An opening with its record issued."""
    scene.to_read_out()
    scene.act(c.ReadOut)
    for bidder in scene.bidders[:3]:
        scene.answer(bidder, "agreed")
    scene.act(c.CloseConfirmation)
    scene.act(c.CloseOpening)
    return scene


def account(scene: Scene, bidder: Bidder) -> Account:
    return replace(
        scene.host(),
        role=Role.BIDDER,
        organisation_id=bidder.organisation_id,
        organisation_name=bidder.name,
    )


def prepared(scene: Scene, actor: Account, soft: SoftCertificate) -> dict[str, str]:
    with scene.house.database.writing() as session:
        now = clock.legal_now(session)
        here = authority.of(scene.house, session, now)
        return signing.prepare(
            session, scene.house.blobs, here, scene.lot.id, 1, soft.chain, actor=actor, now=now
        )


def completed(scene: Scene, actor: Account, soft: SoftCertificate, told: dict[str, str]) -> int:
    signature = sign_p256(soft.private_key, bytes.fromhex(told["attributes"]))
    given = signing.Given(UUID(told["id"]), signature)
    with scene.house.database.writing() as session:
        now = clock.legal_now(session)
        here = authority.of(scene.house, session, now)
        return signing.complete(
            session, scene.house.blobs, here, scene.lot.id, 1, given, actor=actor, now=now
        )


def signed(scene: Scene, actor: Account, soft: SoftCertificate) -> int:
    return completed(scene, actor, soft, prepared(scene, actor, soft))


def refused(scene: Scene, actor: Account, soft: SoftCertificate) -> str:
    with pytest.raises(Refused) as caught:
        signed(scene, actor, soft)
    return caught.value.code


def pdf(scene: Scene, revision: int | None = None) -> bytes:
    with scene.house.database.reading() as session:
        key = record_desk.blob_of(session, scene.lot.id, 1, revision)
    with scene.house.blobs.open(key) as file:
        return file.read()


def pdfsig(content: bytes, path: Path) -> list[str]:
    """What poppler says of each signature, in the order of the fields."""
    path.write_bytes(content)
    told = subprocess.run(
        ["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=True
    ).stdout
    return told.split("Signature #")[1:]


def test_host_and_two_bidders_sign_and_poppler_holds_every_signature(
    closed: Scene, tmp_path: Path
) -> None:
    agency = closed.world.parties[Role.AGENCY].certificate
    first, second = closed.bidders[:2]
    # Both prepared on the same revision: whoever is late is told, and prepares anew.
    early = prepared(closed, account(closed, first), first.certificate)
    late = prepared(closed, closed.host(), agency)
    assert completed(closed, account(closed, first), first.certificate, early) == 2
    with pytest.raises(Refused, match="OPN-1707"):
        completed(closed, closed.host(), agency, late)
    assert signed(closed, closed.host(), agency) == 3
    assert signed(closed, account(closed, second), second.certificate) == 4
    told = pdfsig(pdf(closed), tmp_path / "record.pdf")
    assert len(told) == 4
    assert all("Signature is Valid" in each for each in told)
    assert [("Total document signed" in each) for each in told] == [False, False, False, True]
    names = [each.split("Signer Certificate Common Name: ")[1].splitlines()[0] for each in told]
    assert names[1:] == [first.name, closed.host().organisation_name, second.name]
    check = verify_seal(pdf(closed), root=closed.authority.root)
    assert check.good and check.signer not in names[1:]
    assert check.cosigners == (first.name, closed.host().organisation_name, second.name)
    middle = len(pdf(closed, 1)) // 2
    whole = pdf(closed)
    tampered = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    assert not verify_seal(tampered, root=closed.authority.root).good
    older = pdf(closed, 2)
    assert pdf(closed).startswith(older) and older.startswith(pdf(closed, 1))
    _check_trail(closed, sha256(older).digest())


def _check_trail(scene: Scene, older: bytes) -> None:
    """Each signature is an event, a leaf of the log, and found by the check page."""
    first, second, third = scene.bidders[:3]
    events = scene.payloads("record_signed")
    assert [(each["revision"], each["role"], each["seat"]) for each in events] == [
        (2, "bidder", 1),
        (3, "host", None),
        (4, "bidder", 2),
    ]
    with scene.house.database.reading() as session:
        found = queries.find_record(session, older)
        assert found is not None
        scene_leaf = log.entry(session, found.leaf_id)
        assert session.scalar(select(func.count()).select_from(PreparedSignatureRow)) == 0
    assert found.pdf_hash == older and found.lot_id == scene.lot.id
    assert scene_leaf is None or scene_leaf.content["body"]["pdf"] == older.hex()
    assert signed_again(scene, first) and second is not third
    scene.go_on(days=1, minutes=1)
    [over] = scene.payloads("signing_closed")
    assert [each["name"] for each in over["unsigned"]] == [third.name]
    assert refused(scene, account(scene, third), third.certificate) == "OPN-1703"


def signed_again(scene: Scene, bidder: Bidder) -> bool:
    told = prepared(scene, account(scene, bidder), bidder.certificate)
    return bool(told["signed"])


def test_only_a_partys_own_standing_certificate_signs(closed: Scene) -> None:
    first, second, stranger = closed.bidders[0], closed.bidders[1], closed.bidders[3]
    # Another organisation's certificate, another organisation, another office.
    assert refused(closed, account(closed, first), second.certificate) == "OPN-1706"
    assert refused(closed, account(closed, stranger), stranger.certificate) == "OPN-1705"
    officer = replace(closed.host(), role=Role.BIDDER)
    assert refused(closed, officer, closed.world.parties[Role.AGENCY].certificate) == "OPN-1705"
    tenderee = closed.world.account(Role.TENDEREE)
    own = closed.world.parties[Role.TENDEREE].certificate
    assert refused(closed, tenderee, own) == "OPN-1705"
    # Somebody else's key under one's own chain.
    told = prepared(closed, account(closed, first), first.certificate)
    with pytest.raises(Refused, match="OPN-1708"):
        completed(closed, account(closed, first), second.certificate, told)
    # What another prepared is nobody else's.
    with pytest.raises(Refused, match="OPN-1707"):
        completed(closed, account(closed, second), second.certificate, told)
    _revoke(closed, first)
    assert refused(closed, account(closed, first), first.certificate) == "IDN-1305"
    assert closed.payloads("record_signed") == []


def _revoke(scene: Scene, bidder: Bidder) -> None:
    with scene.house.database.writing() as session:
        row = session.scalars(
            select(Certificate).where(Certificate.der == bidder.certificate.chain[0])
        ).one()
        at = clock.legal_now(session) - timedelta(seconds=1)
        row.reason, row.revoked_at = next(iter(RevocationReason)), at
