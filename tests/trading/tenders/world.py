"""A small centre with its people, certificates and trustees, for tests of tenders and portal."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.orm import Session

from kernel.blobs import BlobStore
from kernel.calendar import published_holidays
from kernel.identity import actions, certificates, queries
from kernel.identity.authority import Authority
from kernel.identity.rules import check_character
from kernel.identity.signer import SoftCertificate, SoftSigner
from kernel.permissions import Account, Role
from kernel.pure.legal_days import SHANGHAI
from kernel.pure.rule_sets import Regime
from trading.tenders import legal_calendar, rule_book
from trading.tenders.actions import approve_lot
from trading.tenders.documents import add_document
from trading.tenders.drafting import create_project, draft_lot, register_trustee, set_trustees
from trading.tenders.drafts import LotDraft, ProjectDraft
from trading.tenders.notices import SignedNotice, notice_to_sign, publish_notice
from trading.tenders.rules import LotKind, TrusteeRole

LOT_NAME = "桐乡至苍南公路平阳段（230省道平阳段改建工程）设计咨询"
PDF = b"%PDF-1.7\n% tender document of the test\n"
PARTIES = {
    Role.TENDEREE: ("9133032672361111A", "平阳县交通投资集团有限公司", "周明远"),
    Role.AGENCY: ("9133030014622222B", "浙江正和工程咨询有限公司", "方静"),
    Role.CENTRE: ("1233032600263333C", "云澜市公共资源交易中心", "沈知微"),
    Role.SUPERVISOR: ("1133032600264444D", "平阳县交通运输局", "梁砚舟"),
    Role.TRUSTEE: ("2333030000265555E", "云澜市公证处", "陆知行"),
}
SEATS = {
    Role.TENDEREE: TrusteeRole.TENDEREE,
    Role.AGENCY: TrusteeRole.AGENCY,
    Role.CENTRE: TrusteeRole.CENTRE,
    Role.SUPERVISOR: TrusteeRole.SUPERVISOR,
    Role.TRUSTEE: TrusteeRole.NOTARY,
}


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation, its person as an account, and that person's trustee key's entry."""

    account: Account
    login: str
    certificate: SoftCertificate
    trustee_id: UUID


@dataclass(frozen=True, slots=True)
class World:
    """Everyone by role."""

    parties: dict[Role, Party]

    def account(self, role: Role) -> Account:
        return self.parties[role].account

    def organisation(self, role: Role) -> UUID:
        return self.parties[role].account.organisation_id


def found_world(session: Session, authority: Authority, *, now: datetime) -> World:
    """Register the parties of a tender, each with a certificate and a trustee key."""
    return World({role: _party(session, authority, role, now=now) for role in PARTIES})


def _party(session: Session, authority: Authority, role: Role, *, now: datetime) -> Party:
    code, name, person = PARTIES[role]
    organisation = actions.register_organisation(
        session, credit_code=code + check_character(code), name=name, account=None, now=now
    )
    login = f"{role.value}1"
    person_id = actions.add_person(
        session, login=login, name=person, password_hash=None, demo=True, now=now
    )
    actions.join(session, person_id=person_id, organisation_id=organisation, role=role, now=now)
    trustee = register_trustee(
        session,
        person_id=person_id,
        organisation_id=organisation,
        role=SEATS[role],
        name=person,
        public_key=new_public_key(),
        now=now,
    )
    account = Account(
        person_id=person_id,
        organisation_id=organisation,
        role=role,
        person_name=person,
        organisation_name=queries.organisation(session, organisation).name,
        session_id=person_id,
        csrf_token="",
    )
    certificate = certificates.soft_certificate(
        session, authority, organisation_id=organisation, person_id=None, now=now
    )
    return Party(account, login, certificate, trustee)


def new_public_key() -> bytes:
    """A fresh P-256 public key, raw 65 bytes."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def a_project(world: World) -> ProjectDraft:
    """The road project."""
    return ProjectDraft(
        name="桐乡至苍南公路平阳段改建工程",
        regime=Regime.TENDERING,
        region_code="330326",
        region_name="平阳县",
        sector="公路",
        funding="省级补助与县财政，已落实",
        supervisor_name="平阳县交通运输局",
        tenderee_id=world.organisation(Role.TENDEREE),
        agency_id=world.organisation(Role.AGENCY),
        centre_id=world.organisation(Role.CENTRE),
    )


def a_lot(now: datetime, **changes: object) -> LotDraft:
    """A lot whose dates are legal from `now`."""
    rules = rule_book.current(Regime.TENDERING)
    day = legal_calendar.earliest_deadline(now, rules=rules, holidays=published_holidays())
    deadline = datetime(day.year, day.month, day.day, 9, 30, tzinfo=SHANGHAI)
    values: dict[str, object] = {
        "name": LOT_NAME,
        "kind": LotKind.SURVEY_DESIGN,
        "scope": "初步设计与施工图设计阶段的咨询审查，路线全长 13.6 公里。",
        "qualification": "具备公路行业（公路）专业甲级设计资质。",
        "evaluation": "综合评估法，技术 60 分，商务 40 分。",
        "contact": "方静　0000-8800 2107",
        "estimate_fen": 560_000_000,
        "ceiling_fen": 520_000_000,
        "deposit_fen": 10_000_000,
        "documents_from": now,
        "documents_until": deadline - timedelta(days=1),
        "deadline": deadline,
    }
    return LotDraft(**{**values, **changes})  # type: ignore[arg-type]


def ready_lot(
    session: Session, blobs: BlobStore, world: World, *, now: datetime, **changes: object
) -> UUID:
    """A drafted lot with trustees and a document, not approved yet."""
    agency = world.account(Role.AGENCY)
    project = create_project(session, a_project(world), actor=agency, now=now)
    lot = draft_lot(session, project, a_lot(now, **changes), actor=agency, now=now)
    set_trustees(
        session,
        lot,
        trustee_ids=tuple(party.trustee_id for party in world.parties.values()),
        threshold=3,
        actor=agency,
        now=now,
    )
    add_document(
        session,
        blobs,
        lot,
        name="招标文件.pdf",
        media_type="application/pdf",
        content=(PDF,),
        actor=agency,
        now=now,
    )
    return lot


def sign(session: Session, world: World, lot_id: UUID, *, by: Role = Role.AGENCY) -> SignedNotice:
    """The notice of a lot, signed by a party's certificate."""
    draft = notice_to_sign(session, lot_id)
    soft = world.parties[by].certificate
    signature = SoftSigner(soft).sign(sha256(draft.message).digest())
    return SignedNotice(draft.digest, signature, soft.chain)


def published_lot(
    session: Session,
    blobs: BlobStore,
    authority: Authority,
    world: World,
    *,
    now: datetime,
    **changes: object,
) -> UUID:
    """A lot with its first notice."""
    lot = ready_lot(session, blobs, world, now=now, **changes)
    approve_lot(session, lot, actor=world.account(Role.TENDEREE), now=now)
    signed = sign(session, world, lot)
    publish_notice(session, authority, lot, signed, actor=world.account(Role.AGENCY), now=now)
    return lot
