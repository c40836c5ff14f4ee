"""A published lot with real trustees' keys, bidders with certificates, really sealed envelopes."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric import ec

from kernel import clock
from kernel.crypto import hpke
from kernel.crypto.signatures import public_bytes, sign_p256
from kernel.house import House
from kernel.identity import actions as identity
from kernel.identity import authority, certificates, queries
from kernel.identity.authority import Authority
from kernel.identity.rules import BasicAccount, check_character
from kernel.identity.signer import SoftCertificate
from kernel.permissions import Account, Pseudonym, Role
from kernel.pure import envelope, jcs, merkle
from kernel.pure.errors import Refused
from kernel.pure.messages import Release, ReleasedShare, ReleaseStage
from kernel.pure.policy import Policy
from tests.sealing_writer import Written, write_envelope
from tests.trading.tenders.world import SEATS, World, found_world, ready_lot, sign
from tests.witnesses import watched
from trading import worker
from trading.bids import actions as bids
from trading.bids import queries as bid_queries
from trading.bids.models import Upload
from trading.openings import actions, commands, committee
from trading.openings import queries as openings
from trading.openings.hall import Hall
from trading.tenders.actions import approve_lot
from trading.tenders.drafting import register_trustee, set_panel, set_trustees
from trading.tenders.notices import publish_notice
from trading.tenders.queries import lot_snapshot
from trading.tenders.rules import LotSnapshot, TrusteeRole

COMPANIES = (
    ("9133030011112222A", "霁川公路勘察设计院有限公司"),
    ("9133030011113333B", "云澜交通规划设计有限公司"),
    ("9133030011114444C", "禾屿工程咨询有限公司"),
    ("9133030011115555D", "澄怀勘测设计有限公司"),
)
PRICES = (398_000_000, 412_345_678, 405_500_000, 530_000_000)


@dataclass(slots=True)
class Bidder:
    """A company, its certificate, and one pseudonym's seed for one lot."""

    name: str
    credit_code: str
    organisation_id: UUID
    certificate: SoftCertificate
    account: BasicAccount
    seed: bytes = field(default_factory=lambda: os.urandom(32))
    written: Written | None = None
    sub_account: tuple[str, str] = ("6222000000", "t" * 43)
    guarantee: dict[str, Any] | None = None

    @property
    def sealed(self) -> Written:
        assert self.written is not None
        return self.written

    def actor(self, lot_id: UUID) -> Pseudonym:
        public = public_bytes(self.sealed.signer)
        return Pseudonym(lot_id, self.sealed.header.context.pseudonym, public)

    def signed(self, statement: Mapping[str, Any]) -> tuple[bytes, bytes]:
        """A statement and the pseudonym's signature over it."""
        raw = jcs.canonical(dict(statement))
        return raw, sign_p256(self.sealed.signer, raw)


@dataclass(slots=True)
class Scene:
    """One lot, its parties, and time that a test moves."""

    house: House
    authority: Authority
    world: World
    lot: LotSnapshot
    trustees: dict[Role, ec.EllipticCurvePrivateKey]
    bidders: list[Bidder]
    panel: list[tuple[Account, ec.EllipticCurvePrivateKey]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.house = watched(self.house)

    def now(self) -> datetime:
        with self.house.database.reading() as session:
            return clock.legal_now(session)

    def go_to(self, moment: datetime) -> None:
        """Move legal time to `moment` and let the worker do what fell due."""
        with self.house.database.writing() as session:
            if (by := moment - clock.legal_now(session)) > timedelta(0):
                clock.shift(session, by)
        self.work()

    def go_on(self, **span: float) -> None:
        self.go_to(self.now() + timedelta(**span))

    def work(self) -> None:
        worker.drain(self.house)
        worker.sequence(self.house)
        worker.witness(self.house, routine=False)
        worker.drain(self.house)

    def stage(self) -> str:
        with self.house.database.reading() as session:
            return openings.opening_row(session, self.lot.id).stage.value

    def host(self) -> Account:
        return self.world.account(Role.AGENCY)

    def events(self) -> list[dict[str, Any]]:
        with self.house.database.reading() as session:
            row = openings.opening_row(session, self.lot.id)
            return openings.frames(session, row.live_id)

    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.events()]

    def payloads(self, kind: str) -> list[dict[str, Any]]:
        return [event["payload"] for event in self.events() if event["kind"] == kind]

    def policy(self) -> Policy:
        assert self.lot.policy is not None
        return self.lot.policy

    def bid(self, bidder: Bidder, price_fen: int, **changed: Any) -> Written:
        """Seal and hand in; parts go to the blob store as the upload process would leave them."""
        manager = f"{bidder.name[:2]}负责人"
        terms = {"duration_days": 180, "quality": "合格", "manager": manager}
        opening = {"price_fen": price_fen, **terms}
        written = write_envelope(
            self.policy(),
            seed=bidder.seed,
            opening=changed.pop("opening", opening),
            identity=identity_of(bidder),
            certificate=bidder.certificate.private_key,
            **changed,
        )
        bidder.written = written
        self.submit(bidder, written)
        return written

    def submit(self, bidder: Bidder, written: Written) -> None:
        actor = bidder.actor(self.lot.id)
        with self.house.database.writing() as session:
            uploads = {}
            for name, chunks in written.chunks.items():
                upload = uuid4()
                self.house.blobs.staging(upload).write_bytes(b"".join(chunks))
                size = sum(map(len, chunks))
                leaves = [merkle.leaf_hash(chunk) for chunk in chunks]
                session.add(
                    Upload(
                        id=upload,
                        lot_id=self.lot.id,
                        pseudonym=actor.pseudonym,
                        part=name,
                        size=size,
                        held=size,
                        leaves=b"".join(leaves),
                        root=merkle.root(leaves),
                        blob=self.house.blobs.keep(upload),
                    )
                )
                uploads[name] = upload
            session.flush()
            given = bids.submit(
                session,
                actor=actor,
                submission=bids.Submission(written.raw, written.signature, uploads),
            )
            assert isinstance(given, bids.Accepted), given

    def body(
        self, role: Role, stage: ReleaseStage, change: dict[bytes, bytes] | None = None
    ) -> dict[str, Any]:
        """A trustee's signed release as its client would make it; `change` forges shares."""
        key = self.trustees[role]
        index = self.seat(role)
        with self.house.database.reading() as session:
            row = openings.opening_row(session, self.lot.id)
            rows = bid_queries.live_envelopes(session, self.lot.id)
        shares = []
        for each in rows:
            header = envelope.parse_header(each.header)
            wrap = header.wrap(index)
            assert wrap is not None
            info = envelope.hpke_info(f"trustee {index}", header.context)
            both = hpke.unseal(key, wrap.enc, wrap.ciphertext, info=info)
            share = both[:32] if stage is ReleaseStage.LIST else both[32:]
            share = (change or {}).get(each.commitment, share)
            shares.append(ReleasedShare(each.commitment, each.id.hex, share))
        unsigned = Release(
            str(self.lot.id), row.manifest_hash or bytes(32), stage, index, tuple(shares), bytes(64)
        )
        value = unsigned.to_json()
        value["signature"] = sign_p256(key, unsigned.message()).hex()
        return value

    def bid_all(self, count: int = 3) -> None:
        for bidder, price in zip(self.bidders[:count], PRICES, strict=False):
            self.bid(bidder, price)

    def to_list(self, count: int = 3) -> None:
        """Bids handed in, deadline passed, list published, decryption open."""
        self.bid_all(count)
        self.go_to(self.lot.deadline)
        self.release_all(ReleaseStage.LIST)

    def unlock(
        self, bidder: Bidder, secret: bytes | None = None, via: str = "bid_key"
    ) -> Hall | Refused:
        attempt = actions.Attempt(bidder.sealed.commitment, secret or bidder.sealed.s_holder, via)
        with self.house.database.writing() as session:
            return actions.unlock(
                session,
                self.house.keys,
                self.lot.id,
                actor=bidder.actor(self.lot.id),
                attempt=attempt,
                now=clock.legal_now(session),
            )

    def act(self, wish: commands.Wish, role: Role = Role.AGENCY) -> None:
        with self.house.database.writing() as session:
            actions.act(
                session,
                self.lot.id,
                wish,
                actor=self.world.account(role),
                now=clock.legal_now(session),
            )
        self.work()

    def sign_openings(
        self, role: Role = Role.AGENCY, signer: SoftCertificate | None = None
    ) -> None:
        """The host signs what was unsealed, with the party's certificate."""
        soft = signer or self.world.parties[role].certificate
        with self.house.database.writing() as session:
            statement = openings.openings_statement(session, self.lot.id)["statement"].encode()
            signature = sign_p256(soft.private_key, statement)
            digest = sha256(statement).digest()
            actions.sign_manifest(
                session,
                self.authority,
                self.lot.id,
                actions.SignedManifest(digest, signature, soft.chain),
                actor=self.world.account(role),
                now=clock.legal_now(session),
            )
        self.work()

    def to_read_out(self, *late: Bidder, count: int = 3) -> None:
        """Everyone but `late` decrypts, the second shares are given, the agency has signed."""
        self.to_list(count)
        for bidder in self.bidders[:count]:
            if bidder not in late:
                self.unlock(bidder)
        self.shut_window()
        self.release_all(ReleaseStage.OPEN)
        self.sign_openings()

    def shut_window(self) -> None:
        self.go_on(minutes=self.lot.minutes.decryption)

    def answer(self, bidder: Bidder, answer: str, text: str = "", **changed: Any) -> None:
        with self.house.database.writing() as session:
            own = openings.mine(session, self.lot.id, bidder.actor(self.lot.id).pseudonym)
            statement, signature = bidder.signed(
                {
                    "format": "SBE/1 record answer",
                    "lot": str(self.lot.id),
                    "pseudonym": bidder.actor(self.lot.id).pseudonym,
                    "seat": own["seat"],
                    "record": own["record_digest"],
                    "answer": answer,
                    "text": text,
                    **changed,
                }
            )
            actions.answer(
                session,
                self.lot.id,
                statement,
                signature,
                actor=bidder.actor(self.lot.id),
                now=clock.legal_now(session),
            )

    def seat(self, role: Role) -> int:
        return next(s.index for s in self.lot.trustees if s.role is SEATS[role])

    def release(self, role: Role, stage: ReleaseStage, **options: Any) -> Any:
        body = options.pop("body", None) or self.body(role, stage, **options)
        with self.house.database.writing() as session:
            return committee.release(
                session,
                self.lot.id,
                body,
                actor=self.world.account(role),
                now=clock.legal_now(session),
            )

    def release_all(self, stage: ReleaseStage) -> None:
        for role in (Role.TENDEREE, Role.AGENCY, Role.CENTRE):
            self.release(role, stage)
        self.work()


def identity_of(bidder: Bidder) -> dict[str, Any]:
    number, token = ("", "") if bidder.guarantee else bidder.sub_account
    return {
        "organisation": bidder.name,
        "credit_code": bidder.credit_code,
        "certificate_chain": [der.hex() for der in bidder.certificate.chain],
        "sub_account": number,
        "sub_account_token": token,
        "bank": "jiangpan",
        **({"guarantee": bidder.guarantee} if bidder.guarantee else {}),
    }


def set_scene(house: House, *, panel: bool = True, **changes: Any) -> Scene:
    """Found the parties, publish the lot, and let its documents be on offer; 2 of 3 may rescue."""
    companies = changes.pop("companies", COMPANIES)
    with house.database.writing() as session:
        now = clock.legal_now(session)
        here = authority.of(house, session, now)
        world = found_world(session, here, now=now)
        lot_id = ready_lot(session, house.blobs, world, now=now, **changes)
        keys = {role: ec.generate_private_key(ec.SECP256R1()) for role in SEATS}
        own = [(world.account(role), key, SEATS[role]) for role, key in keys.items()]
        seats = [_register(session, *each, now) for each in own]
        agency = world.account(Role.AGENCY)
        set_trustees(session, lot_id, trustee_ids=tuple(seats), threshold=3, actor=agency, now=now)
        members = [_member(world, number) for number in range(3 if panel else 0)]
        if members:
            ids = tuple(_register(session, *each, TrusteeRole.NOTARY, now) for each in members)
            set_panel(session, lot_id, member_ids=ids, threshold=2, actor=agency, now=now)
        approve_lot(session, lot_id, actor=world.account(Role.TENDEREE), now=now)
        publish_notice(session, here, lot_id, sign(session, world, lot_id), actor=agency, now=now)
    worker.drain(house)
    with house.database.writing() as session:
        now = clock.legal_now(session)
        lot = lot_snapshot(session, lot_id)
        bidders = [_company(session, here, code, name, now) for code, name in companies]
    return Scene(house, here, world, lot, keys, bidders, members)


def _member(world: World, number: int) -> tuple[Account, ec.EllipticCurvePrivateKey]:
    """Another person than any trustee, with a key of its own."""
    name = f"成员 {number + 1}"
    account = replace(world.account(Role.TRUSTEE), person_id=uuid4(), person_name=name)
    return account, ec.generate_private_key(ec.SECP256R1())


def _register(
    session: Any,
    account: Account,
    key: ec.EllipticCurvePrivateKey,
    role: TrusteeRole,
    now: datetime,
) -> UUID:
    return register_trustee(
        session,
        person_id=account.person_id,
        organisation_id=account.organisation_id,
        role=role,
        name=account.person_name,
        public_key=public_bytes(key),
        now=now,
    )


def _company(session: Any, here: Authority, code: str, name: str, now: datetime) -> Bidder:
    account = BasicAccount(name, f"33001{code[-6:-1]}", "江畔银行")
    code += check_character(code)
    organisation = identity.register_organisation(
        session, credit_code=code, name=name, account=account, now=now
    )
    certificate = certificates.soft_certificate(
        session, here, organisation_id=organisation, person_id=None, now=now
    )
    known = queries.organisation(session, organisation)
    return Bidder(name, known.credit_code, organisation, certificate, account)
