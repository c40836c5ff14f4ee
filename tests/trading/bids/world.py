"""A published lot and bidders of known keys: rows and well-formed headers, no encryption."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.orm import Session

from evaluation import public as evaluation
from kernel.crypto.signatures import public_bytes, sign_p256
from kernel.identity.actions import register_organisation
from kernel.identity.rules import with_check_character
from kernel.permissions import Pseudonym
from kernel.pure import jcs, merkle
from kernel.pure.envelope import HolderLock, PartName, Policy
from kernel.pure.header import CHUNK, TAG
from kernel.pure.rule_sets import Regime
from kernel.secrets import Keys
from trading.bids import tickets
from trading.tenders.models import Lot, LotTrustee, Notice, Project, Trustee
from trading.tenders.rules import LotKind, LotStage, Method, TrusteeRole

SMALL = 64 * 1024
TENDEREE = with_check_character("91330326470531777")
# Some point of the curve: readers refuse what is none.
POINT = public_bytes(ec.generate_private_key(ec.SECP256R1())).hex()


@dataclass(frozen=True, slots=True)
class PublishedLot:
    """A lot on offer, its deadline and the policy to seal under."""

    id: UUID
    tender: UUID
    deadline: datetime
    policy: Policy


def publish(
    session: Session, *, now: datetime, closes_in: timedelta, deposit_fen: int = 9_000_000
) -> PublishedLot:
    """Rows of one lot with three trustees, on offer until `closes_in` from now."""
    deadline = (now + closes_in).astimezone(UTC)
    project = Project(
        centre_id=uuid4(),
        code=uuid4().hex[:17],
        name="平阳段改建工程",
        regime=Regime.TENDERING,
        region_code="330326",
        region_name="平阳县",
        sector="公路",
        funding="政府投资",
        supervisor_name="平阳县交通运输局",
        tenderee_id=register_organisation(
            session, credit_code=TENDEREE, name="平阳公路建设有限公司", account=None, now=now
        ),
        tenderee_name="平阳公路建设有限公司",
        agency_id=uuid4(),
        agency_name="启程招标代理有限公司",
        created_at=now,
    )
    session.add(project)
    session.flush()
    lot = _lot(project, now, deadline, deposit_fen)
    session.add(lot)
    session.flush()
    seats = tuple(_seat(session, lot, index, now) for index in (1, 2, 3))
    policy = Policy(
        tender=str(project.id),
        lot=str(lot.id),
        version=1,
        documents=hashlib.sha256(b"documents").digest(),
        deadline=deadline.strftime("%Y-%m-%dT%H:%M:%SZ"),
        floor=3,
        threshold=2,
        trustees=seats,
    )
    notice(session, lot, policy, now)
    return PublishedLot(lot.id, project.id, deadline, policy)


def notice(session: Session, lot: Lot, policy: Policy, now: datetime) -> None:
    """Publish `policy` as the lot's next notice."""
    lot.notice_version, lot.policy_digest = policy.version, policy.digest()
    session.add(
        Notice(
            lot_id=lot.id,
            version=policy.version,
            title="招标公告",
            deadline=lot.deadline,
            body={},
            policy=policy.to_json(),
            policy_digest=policy.digest(),
            digest=os.urandom(32),
            signature=b"s",
            certificate=b"c",
            signer="启程招标代理有限公司",
            leaf_id=uuid4(),
            published_at=now,
        )
    )
    session.flush()


def _lot(project: Project, now: datetime, deadline: datetime, deposit_fen: int) -> Lot:
    return Lot(
        centre_id=project.centre_id,
        project_id=project.id,
        ordinal=1,
        number=uuid4().hex[:23],
        name="设计咨询",
        kind=LotKind.SURVEY_DESIGN,
        stage=LotStage.DOCUMENTS_ON_OFFER,
        method=Method.OPEN_TENDER,
        rule_set="tendering-2026.1",
        holder_lock=HolderLock.BIDDER,
        floor=3,
        remaining_floor=2,
        threshold=2,
        scope="设计咨询",
        qualification="公路设计甲级",
        evaluation="综合评估",
        evaluation_plan=evaluation.default_plan(
            method="comprehensive", kind="survey_design", estimate_fen=500_000_000, floor=2
        ),
        contact="0577-0000000",
        estimate_fen=500_000_000,
        ceiling_fen=480_000_000,
        deposit_fen=deposit_fen,
        validity_days=90,
        documents_from=now - timedelta(days=20),
        documents_until=now - timedelta(days=10),
        deadline=deadline,
        sign_in_minutes=1440,
        decryption_minutes=60,
        confirmation_minutes=30,
        created_at=now,
    )


def _seat(session: Session, lot: Lot, index: int, now: datetime) -> tuple[int, bytes]:
    roles = (TrusteeRole.TENDEREE, TrusteeRole.AGENCY, TrusteeRole.CENTRE)
    key = public_bytes(ec.generate_private_key(ec.SECP256R1()))
    trustee = Trustee(
        person_id=uuid4(),
        organisation_id=uuid4(),
        role=roles[index - 1],
        name=f"受托人 {index}",
        public_key=key,
        registered_at=now,
    )
    session.add(trustee)
    session.flush()
    session.add(LotTrustee(lot_id=lot.id, index=index, trustee_id=trustee.id))
    return index, key


def sealed_bytes(size_class: int) -> bytes:
    """Noise of a sealed part's exact length: the server cannot tell it from ciphertext."""
    chunks = max(1, -(-size_class // CHUNK))
    return os.urandom(size_class + chunks * TAG)


def root_of(sealed: bytes) -> bytes:
    """The Merkle root over sealed chunks."""
    step = CHUNK + TAG
    return merkle.root(merkle.leaf_hash(sealed[i : i + step]) for i in range(0, len(sealed), step))


@dataclass(slots=True)
class Bidder:
    """A pseudonym with its private key."""

    lot: PublishedLot
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def public_key(self) -> bytes:
        return public_bytes(self.key)

    @property
    def pseudonym(self) -> str:
        return hashlib.sha256(self.public_key).hexdigest()

    @property
    def actor(self) -> Pseudonym:
        return Pseudonym(self.lot.id, self.pseudonym, self.public_key)

    def sign(self, message: bytes) -> bytes:
        """Raw signature of the pseudonym's key."""
        return sign_p256(self.key, message)

    def ticket(self, keys: Keys, now: datetime) -> str:
        return tickets.issue(keys, lot_id=self.lot.id, public_key=self.public_key, now=now)[0]

    def signed(
        self, ticket: str, method: str, path: str, *, digest: bytes, at: datetime
    ) -> dict[str, str]:
        """The two headers of a request under ticket."""
        stamp = str(int(at.timestamp()))
        message = "\n".join((method, path, digest.hex(), stamp)).encode()
        return {
            "Authorization": f"Ticket {ticket}",
            "X-Signature": f"{stamp}.{sign_p256(self.key, message).hex()}",
        }

    def header(
        self,
        roots: Mapping[PartName, tuple[int, bytes]],
        *,
        sequence: int = 1,
        previous: bytes | None = None,
        envelope_id: str | None = None,
        policy: Policy | None = None,
        **changed: object,
    ) -> tuple[bytes, bytes]:
        """A well-formed header over parts (size class, root) and its signature."""
        sealed_under = policy or self.lot.policy
        value: dict[str, object] = {
            "format": "SBE/1",
            "context": {
                "envelope_id": envelope_id or os.urandom(16).hex(),
                "lot": str(self.lot.id),
                "policy_digest": sealed_under.digest().hex(),
                "pseudonym": self.pseudonym,
                "sequence": sequence,
                "stage": 1,
                "suite": 1,
                "tender": str(self.lot.tender),
            },
            "previous_commitment": previous.hex() if previous else None,
            "commitment_salt": os.urandom(32).hex(),
            "signing_key": self.public_key.hex(),
            "policy": sealed_under.to_json(),
            "secrets": {name: os.urandom(32).hex() for name in ("list", "open", "holder")},
            "draw_part_hash": os.urandom(32).hex(),
            "parts": [_part(name, *roots[name]) for name in PartName if name in roots],
            "locks": {
                "committee": {
                    "m": sealed_under.threshold,
                    "n": len(sealed_under.trustees),
                    "wraps": [_wrap(index) for index, _ in sealed_under.trustees],
                },
                "holder": {
                    "bid_key": {
                        "key": self.public_key.hex(),
                        "enc": POINT,
                        "ciphertext": os.urandom(48).hex(),
                    },
                    "recovery": None,
                    "rescue": None,
                },
            },
            **changed,
        }
        raw = jcs.canonical(value)
        return raw, sign_p256(self.key, raw)


def _part(name: PartName, size_class: int, root: bytes) -> dict[str, object]:
    return {
        "name": name.value,
        "size_class": size_class,
        "salt": os.urandom(32).hex(),
        "key_commitment": os.urandom(32).hex(),
        "chunk_count": max(1, -(-size_class // CHUNK)),
        "merkle_root": root.hex(),
    }


def _wrap(index: int) -> dict[str, object]:
    return {
        "index": index,
        "enc": POINT,
        "ciphertext": os.urandom(80).hex(),
        "list_share": os.urandom(32).hex(),
        "open_share": os.urandom(32).hex(),
    }
