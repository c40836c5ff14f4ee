"""An issuer with keys of its own, registered and listed; guarantees as it hands them out."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric import ec

from escrow import public
from escrow.banks.simulator.guarantors import signed
from escrow.deposits.rules import Outcome, Verdict
from escrow.guarantees.models import Guarantee
from escrow.guarantees.queries import of_bidder
from escrow.guarantees.rules import FORMAT, Asked, Named
from kernel.crypto.signatures import public_bytes
from kernel.db import Database
from kernel.identity import actions as identity
from kernel.identity.authority import Authority
from kernel.identity.rules import BasicAccount, RevocationReason, with_check_character

T = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
NOW = T + timedelta(minutes=1)
FEN = 80_000_00
CENTRE = uuid4()
TITLE = "示范区道路勘察设计 1 标段"
LOT = "E3303260000000001001001"
BIDDER = Named("甲公司（集团）", "91330300MA2852237X")
TENDEREE = Named("平阳县公路建设指挥部", "12330326470531338Y")
ISSUER = Named("安澜融资担保有限公司", with_check_character("91330300MA2859913"))
ASKED = Asked(FEN, date(2026, 11, 24), date(2027, 2, 22), LOT, TENDEREE, BIDDER)


def named(one: Named) -> dict[str, str]:
    return {"name": one.name, "credit_code": one.credit_code}


@dataclass(slots=True)
class Office:
    """A platform with one issuer on its list; time is the test's."""

    database: Database
    folder: Path
    listed: bool = True
    lot: UUID = field(default_factory=uuid4)
    bidder: UUID = field(default_factory=uuid4)
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    authority: Authority = field(init=False)
    certificate: bytes = field(init=False)
    register: tuple[UUID, UUID] = field(init=False)

    def __post_init__(self) -> None:
        self.authority = Authority(self.folder, passphrase="", demo=True)
        if self.listed:
            with self.database.writing() as session:
                public.register_issuer(session, enrolment=self.enrolment())
        self.certificate = self.certify(ISSUER, self.key)

    def enrolment(self) -> dict[str, Any]:
        return {
            "code": "anlan",
            "name": ISSUER.name,
            "credit_code": ISSUER.credit_code,
            "adapter": "json-http",
            "base_url": "http://127.0.0.1:9/guarantor/anlan",
            "sealing_key": "04" + "00" * 64,
        }

    def certify(
        self, whom: Named, key: ec.EllipticCurvePrivateKey, *, since: datetime = T - timedelta(9)
    ) -> bytes:
        """A certificate on the register, for two years from `since`."""
        with self.database.writing() as session:
            organisation = identity.register_organisation(
                session,
                credit_code=whom.credit_code,
                name=whom.name,
                account=BasicAccount(whom.name, "1", "银行"),
                now=since,
            )
            issued = identity.issue_certificate(
                session,
                self.authority,
                organisation_id=organisation,
                person_id=None,
                public_key=public_bytes(key),
                now=since,
            )
            self.register = (organisation, issued.id)
            return issued.chain[0]

    def revoke(self, at: datetime) -> None:
        """The certificate that was issued last ends."""
        organisation, certificate = self.register
        with self.database.writing() as session:
            identity.revoke_certificate(
                session,
                certificate_id=certificate,
                organisation_id=organisation,
                reason=RevocationReason.KEY_COMPROMISE,
                now=at,
            )

    def paper(self, **changes: Any) -> dict[str, Any]:
        """A guarantee in order, but for what is changed before it is signed."""
        told: dict[str, Any] = {
            "format": FORMAT,
            "number": "AL0000000000000001",
            "issuer": named(ISSUER),
            "principal": named(BIDDER),
            "beneficiary": named(TENDEREE),
            "lot": LOT,
            "project": "示范区道路",
            "amount_fen": FEN,
            "valid_from": "2026-11-20",
            "valid_until": "2027-02-22",
            "issued_at": (T - timedelta(days=2)).isoformat(),
            "terms": "见索即付",
        }
        return signed({**told, **changes}, self.key, self.certificate)

    def judge(self, paper: dict[str, Any], *, now: datetime = NOW) -> Verdict:
        """As the list is published, and again whenever the hall asks."""
        secured = public.Secured(self.lot, self.bidder, CENTRE, TITLE, BIDDER.name)
        with self.database.writing() as session:
            return public.judge_guarantee(
                session, self.authority, paper, asked=ASKED, secured=secured, now=now
            )

    def row(self) -> Guarantee:
        with self.database.reading() as session:
            found = of_bidder(session, lot_ref=self.lot, bidder_ref=self.bidder)
        assert found is not None
        return found

    def outcome(self, paper: dict[str, Any]) -> Outcome:
        return self.judge(paper).outcome
