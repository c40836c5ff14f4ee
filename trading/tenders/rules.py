"""A lot's life as one transition table, and the open tender as a frozen value.

招标投标法 and its 条例; the numbers stand in rule_sets/*.toml, never here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Any
from uuid import UUID

from kernel.pure.errors import Refused
from kernel.pure.jcs import canonical
from kernel.pure.policy import MAX_PANEL, HolderLock, Policy, Rescue
from kernel.pure.rule_sets import Regime


class LotKind(StrEnum):
    """What is bought; the deposit's cap depends on it (条例 26)."""

    WORKS = "works"
    GOODS = "goods"
    SURVEY_DESIGN = "survey_design"
    SERVICES = "services"


class TrusteeRole(StrEnum):
    """Whose interest a trustee stands for; no two trustees of a lot share one."""

    TENDEREE = "tenderee"
    AGENCY = "agency"
    CENTRE = "centre"
    SUPERVISOR = "supervisor"
    NOTARY = "notary"
    ASSOCIATION = "association"


class Method(StrEnum):
    """How the bidder is found."""

    OPEN_TENDER = "open_tender"


class LotStage(StrEnum):
    """The stations of a lot's life, and its five ways to leave the line."""

    DRAFT = "draft"
    APPROVED = "approved"
    NOTICE_PUBLISHED = "notice_published"
    DOCUMENTS_ON_OFFER = "documents_on_offer"
    CLARIFYING = "clarifying"
    OBJECTION_SUSPENDED = "objection_suspended"
    SUBMISSION_CLOSED = "submission_closed"
    FAILED_TOO_FEW = "failed_too_few"
    OPENING = "opening"
    OPENED = "opened"
    EVALUATING = "evaluating"
    REPORT_SIGNED = "report_signed"
    CANDIDATES_PUBLISHED = "candidates_published"
    RE_EVALUATION = "re_evaluation"
    AWARDED = "awarded"
    NOTICE_ISSUED = "notice_issued"
    CONTRACT_SIGNED = "contract_signed"
    DEPOSITS_SETTLED = "deposits_settled"
    ARCHIVED = "archived"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    FAILED = "failed"
    VOID = "void"


S = LotStage
_LINE: dict[LotStage, frozenset[LotStage]] = {
    S.DRAFT: frozenset({S.APPROVED}),
    S.APPROVED: frozenset({S.DRAFT, S.NOTICE_PUBLISHED}),
    S.NOTICE_PUBLISHED: frozenset({S.DOCUMENTS_ON_OFFER}),
    S.DOCUMENTS_ON_OFFER: frozenset({S.CLARIFYING, S.OBJECTION_SUSPENDED, S.SUBMISSION_CLOSED}),
    S.CLARIFYING: frozenset({S.DOCUMENTS_ON_OFFER, S.OBJECTION_SUSPENDED, S.SUBMISSION_CLOSED}),
    S.SUBMISSION_CLOSED: frozenset({S.FAILED_TOO_FEW, S.OPENING}),
    S.OPENING: frozenset({S.OPENED}),
    S.OPENED: frozenset({S.EVALUATING}),
    S.EVALUATING: frozenset({S.REPORT_SIGNED}),
    S.REPORT_SIGNED: frozenset({S.CANDIDATES_PUBLISHED}),
    S.CANDIDATES_PUBLISHED: frozenset({S.OBJECTION_SUSPENDED, S.RE_EVALUATION, S.AWARDED}),
    S.SUSPENDED: frozenset({S.OBJECTION_SUSPENDED}),
    S.RE_EVALUATION: frozenset({S.REPORT_SIGNED}),
    # 条例55: a winner that gives up leaves the award to the next candidate.
    S.AWARDED: frozenset({S.NOTICE_ISSUED, S.CANDIDATES_PUBLISHED}),
    S.NOTICE_ISSUED: frozenset({S.CONTRACT_SIGNED, S.CANDIDATES_PUBLISHED}),
    S.CONTRACT_SIGNED: frozenset({S.DEPOSITS_SETTLED}),
    S.DEPOSITS_SETTLED: frozenset({S.ARCHIVED}),
}
HOLDS = frozenset({S.SUSPENDED, S.OBJECTION_SUSPENDED})
ENDED = frozenset({S.FAILED_TOO_FEW, S.ARCHIVED, S.TERMINATED, S.FAILED, S.VOID})
BEFORE_NOTICE = frozenset({S.DRAFT, S.APPROVED})
ACCEPTS_BIDS = frozenset({S.DOCUMENTS_ON_OFFER, S.CLARIFYING})
BEFORE_DEADLINE = ACCEPTS_BIDS | {S.NOTICE_PUBLISHED}
LIVE = frozenset(S) - ENDED
_EXITS = frozenset({S.TERMINATED, S.FAILED, S.VOID})
NEEDS_REASON = _EXITS | HOLDS | {S.RE_EVALUATION}


def _exits(stage: LotStage) -> frozenset[LotStage]:
    if stage in ENDED:
        return frozenset()
    return _LINE.get(stage, frozenset()) | _EXITS | ({S.SUSPENDED} - {stage})


TRANSITIONS: Mapping[LotStage, frozenset[LotStage]] = MappingProxyType(
    {stage: _exits(stage) for stage in LotStage}
)


def decide_move(
    stage: LotStage, to: LotStage, *, held_from: LotStage | None = None, reason: str | None = None
) -> LotStage | None:
    """Let a lot move from `stage` to `to`, or refuse; returns the stage it will resume to.

    A held lot (suspended, or waiting for an objection's answer) resumes only to `held_from`.

    Raises:
        Refused: TEN-1101 not in the table; TEN-1102 a reason is missing.
    """
    resumes = stage in HOLDS and to is held_from
    if not resumes and to not in TRANSITIONS[stage]:
        raise Refused("TEN-1101", stage=stage.value, to=to.value)
    if (to in NEEDS_REASON or resumes) and not (reason or "").strip():
        raise Refused("TEN-1102", to=to.value)
    if to not in HOLDS:
        return None
    return held_from if stage in HOLDS else stage


@dataclass(frozen=True, slots=True)
class OpeningMinutes:
    """Lengths of the opening's windows, in minutes."""

    sign_in: int
    decryption: int
    confirmation: int


@dataclass(frozen=True, slots=True)
class Procedure:
    """One way to trade a lot, as a value: no subclass per procedure."""

    method: Method
    regime: Regime
    rule_set: str
    floor: int
    remaining_floor: int
    price_rounds: int
    opening_stages: tuple[str, ...]
    holder_lock: HolderLock
    minutes: OpeningMinutes


OPENING_STAGES = (
    "waiting",
    "sign_in",
    "deadline_lock",
    "list_published",
    "bidder_decryption",
    "opening",
    "verification",
    "read_out",
    "record_confirmation",
    "questions",
    "closed",
)


@dataclass(frozen=True, slots=True)
class TrusteeSeat:
    """One of a lot's n trustees; `index` is 1…n, `public_key` 65 raw bytes (P-256)."""

    index: int
    trustee_id: UUID
    role: TrusteeRole
    name: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class RescuePanel:
    """Who may stand in for a consenting bidder that lost key and code: any `threshold` of them."""

    threshold: int
    members: tuple[TrusteeSeat, ...]

    def policy(self) -> Rescue:
        """The panel as the policy names it."""
        return Rescue(self.threshold, tuple((m.index, m.public_key) for m in self.members))


@dataclass(frozen=True, slots=True)
class LotSnapshot:
    """What every other feature may know of a lot, read under one lock.

    Money in fen, times aware. Before the first notice `policy` is None and `policy_digest` is
    empty. `accepted_policies` are the digests a bid may be sealed under: the policy in force and
    every earlier one that no amendment has set aside. `evaluation_plan` is the JSON that
    `evaluation.public.check_plan` judges.
    """

    id: UUID
    project_id: UUID
    number: str
    name: str
    project_name: str
    regime: Regime
    rule_set: str
    stage: LotStage
    deadline: datetime
    documents_from: datetime
    estimate_fen: int
    ceiling_fen: int | None
    deposit_fen: int
    floor: int
    remaining_floor: int
    threshold: int
    trustees: tuple[TrusteeSeat, ...]
    policy: Policy | None
    policy_digest: bytes
    accepted_policies: tuple[bytes, ...]
    notice_version: int
    resubmit_from_version: int
    holder_lock: HolderLock
    agency_id: UUID
    tenderee_id: UUID
    centre_id: UUID
    minutes: OpeningMinutes
    evaluation_plan: Mapping[str, Any]
    rescue: RescuePanel | None = None

    def accepts_bids(self, now: datetime) -> bool:
        """Whether a bid may be handed in at `now`: the row and the clock, no timer."""
        return self.stage in ACCEPTS_BIDS and self.documents_from <= now < self.deadline


def check_trustees(seats: tuple[TrusteeSeat, ...], *, threshold: int, least: int) -> None:
    """Hold the committee lock's shape: enough people, distinct, and a real m-of-n.

    Raises:
        Refused: TEN-1201 too few; TEN-1202 the threshold is no majority or above n;
            TEN-1203 one role or key twice.
    """
    n = len(seats)
    if n < least:
        raise Refused("TEN-1201", count=n, least=least)
    if not n // 2 < threshold <= n:
        raise Refused("TEN-1202", threshold=threshold, count=n, least=n // 2 + 1)
    if len({seat.role for seat in seats}) != n or len({seat.public_key for seat in seats}) != n:
        raise Refused("TEN-1203")


def check_panel(
    panel: RescuePanel | None, seats: tuple[TrusteeSeat, ...], holder_lock: HolderLock
) -> None:
    """Hold the rescue panel's shape: never one alone, other people than the trustees.

    Raises:
        Refused: TEN-1206 the number needed is below two or above the panel's; TEN-1207 a trustee
            sits on it, or one key twice; TEN-1208 the lot has no bidder's lock to rescue.
    """
    if panel is None:
        return
    if holder_lock is HolderLock.COMMITTEE_ONLY:
        raise Refused("TEN-1208")
    r = len(panel.members)
    if not 2 <= panel.threshold <= r <= MAX_PANEL:
        raise Refused("TEN-1206", threshold=panel.threshold, count=r)
    keys = {member.public_key for member in panel.members}
    if len(keys) != r or keys & {seat.public_key for seat in seats}:
        raise Refused("TEN-1207")


@dataclass(frozen=True, slots=True)
class DocumentDigest:
    """A tender document as the policy names it; `sha256` is 32 bytes."""

    name: str
    sha256: bytes


def documents_digest(documents: tuple[DocumentDigest, ...]) -> bytes:
    """One digest for all documents in force, whatever order they were added in; 32 bytes."""
    listed = sorted((each.name, each.sha256.hex()) for each in documents)
    value = [{"name": name, "sha256": digest} for name, digest in listed]
    return sha256(b"sunbid documents/1" + canonical(value)).digest()


def build_policy(
    *,
    tender_id: UUID,
    lot_id: UUID,
    version: int,
    deadline: datetime,
    documents: tuple[DocumentDigest, ...],
    seats: tuple[TrusteeSeat, ...],
    threshold: int,
    procedure: Procedure,
) -> Policy:
    """What bidders seal under: documents, trustees' keys, deadline, floor and holder lock."""
    return Policy(
        tender=str(tender_id),
        lot=str(lot_id),
        version=version,
        documents=documents_digest(documents),
        deadline=zulu(deadline),
        floor=procedure.floor,
        threshold=threshold,
        trustees=tuple((seat.index, seat.public_key) for seat in seats),
        holder_lock=procedure.holder_lock,
    )


def zulu(moment: datetime) -> str:
    """A moment as UTC text with seconds and Z, the one form that is signed."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


NOTICE_LABEL = b"sunbid notice/1\x00"


def notice_message(body: Mapping[str, object]) -> bytes:
    """The bytes an agency's certificate signs (ECDSA P-256 with SHA-256)."""
    return NOTICE_LABEL + canonical(dict(body))
