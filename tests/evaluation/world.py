"""A centre with two sites, a pool of experts, and one opened lot as a dossier; time a test moves.

Everything is real: certificates, sealed parts, the draw. Nothing of trading is used.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from evaluation import features, public
from evaluation.experts import rules as expert_rules
from evaluation.experts.rules import DrawParty
from evaluation.plans.defaults import default_plan
from evaluation.plans.rules import Method, Plan
from evaluation.public import Dossier, DossierBid, DossierPart
from evaluation.rooms import actions, commands, lots, pledges, queries, sitting
from evaluation.rooms.seen import MemberView, RoomView
from evaluation.rooms.states import MemberState, Stage
from kernel import clock, jobs, live, log
from kernel.crypto.signatures import sign_p256
from kernel.house import Call, House
from kernel.identity import authority
from kernel.identity.authority import Authority
from kernel.identity.rules import with_check_character
from kernel.permissions import Account, Role
from kernel.pure import envelope
from kernel.pure.envelope import PartName
from tests.evaluation.people import (
    GUEST,
    HOME,
    PARTIES,
    Expert,
    Person,
    a_party,
    an_expert,
)
from tests.sealing_writer import Committee, Written, write_envelope

__all__ = [
    "BIDDERS",
    "GUEST",
    "HOME",
    "Expert",
    "Person",
    "Scene",
    "a_dossier",
    "a_plan",
    "an_expert",
    "pdf",
    "set_scene",
]

T = TypeVar("T")
BIDDERS = (
    ("9133030011112222A", "霁川公路勘察设计院有限公司", 398_000_000),
    ("9133030011113333B", "云澜交通规划设计有限公司", 412_345_678),
    ("9133030011114444C", "禾屿工程咨询有限公司", 405_500_000),
    ("9133030011115555D", "澄怀勘测设计有限公司", 390_000_000),
)


@dataclass(slots=True)
class Scene:
    """One centre, one opened lot, and whoever acts."""

    house: House
    authority: Authority
    parties: dict[Role, Person]
    experts: list[Expert]
    dossier: Dossier
    contents: dict[tuple[int, str], bytes]
    room_id: UUID = field(default_factory=uuid4)

    # --- time and transactions

    @contextmanager
    def writing(self) -> Iterator[tuple[Session, Any]]:
        with self.house.database.writing() as session:
            yield session, clock.legal_now(session)

    def do(self, action: Callable[..., T], *args: Any, **options: Any) -> T:
        """`action(session, *args, now=…, **options)` in a transaction of its own."""
        with self.writing() as (session, now):
            return action(session, *args, now=now, **options)

    def ask(self, query: Callable[..., T], *args: Any, **options: Any) -> T:
        with self.house.database.reading() as session:
            return query(session, *args, **options)

    def call(self, query: Callable[..., T], actor: Account, *args: Any) -> T:
        """A read of a page: `query(call, *args)`."""
        with self.house.database.reading() as session:
            return query(Call(session, actor, clock.legal_now(session), self.house), *args)

    def go_on(self, **span: float) -> None:
        with self.house.database.writing() as session:
            clock.shift(session, timedelta(**span))
        self.work()

    def work(self) -> None:
        """What the worker does: due work and the log."""
        handlers = {kind: each for group in features.JOBS for kind, each in group.handlers.items()}
        jobs.drain(self.house, handlers)
        with self.house.database.writing() as session:
            log.sequence(session, self.house.keys)

    # --- reading

    def room(self) -> RoomView:
        return self.ask(queries.room, self.room_id)

    def stage(self) -> Stage:
        return self.room().stage

    def events(self) -> list[dict[str, Any]]:
        with self.house.database.reading() as session:
            live_id = queries.room(session, self.room_id).live_id
            return [event.frame() for event in live.events_after(session, live_id, 0)]

    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.events()]

    def expert(self, seat: int) -> Expert:
        """Who sits on a seat."""
        member = self.room().member(seat)
        return next(each for each in self.experts if each.id == member.expert_id)

    def member(self, seat: int) -> MemberView:
        return self.room().member(seat)

    def stranger(self) -> Expert:
        """An expert who has no seat here."""
        sitting_ids = {member.expert_id for member in self.room().members}
        return next(each for each in self.experts if each.id not in sitting_ids)

    def account(self, role: Role) -> Account:
        return self.parties[role].account

    # --- acting

    def convene(self, **changes: Any) -> UUID:
        dossier = replace(self.dossier, **changes)
        self.room_id = self.do(
            lambda session, now: public.convene(session, self.house.keys, dossier, now=now)
        )
        return self.room_id

    def nonce(self, party: DrawParty, *, turn: int = 1) -> bytes:
        return sha256(f"{party.value} {turn} {self.room_id}".encode()).digest()

    def commit(self, role: Role, *, nonce: bytes | None = None) -> None:
        state = self.call(lots.draw_state, self.account(role), self.room_id)
        party = DrawParty(role.value)
        commitment = expert_rules.nonce_commitment(
            lot=state["lot"],
            name=state["name"],
            party=party,
            nonce=nonce or self.nonce(party, turn=state["round"]),
        )
        self.do(actions.commit_to, self.room_id, commitment, actor=self.account(role))

    def reveal(self, role: Role, *, nonce: bytes | None = None) -> None:
        turn = self.call(lots.draw_state, self.account(role), self.room_id)["round"]
        given = nonce or self.nonce(DrawParty(role.value), turn=turn)
        self.do(actions.reveal, self.room_id, given, actor=self.account(role))

    def draw(self) -> None:
        """All three commit and reveal: the committee is drawn."""
        for role in (Role.AGENCY, Role.CENTRE, Role.SUPERVISOR):
            self.commit(role)
        for role in (Role.AGENCY, Role.CENTRE, Role.SUPERVISOR):
            self.reveal(role)

    def answer(self, seat: int, *, accept: bool = True, reason: str = "") -> None:
        self.do(
            actions.answer_invitation,
            self.room_id,
            accept=accept,
            reason=reason,
            actor=self.expert(seat).account,
        )

    def check_in(self, seat: int) -> None:
        expert = self.expert(seat)
        with self.house.database.reading() as session:
            challenge = sitting.sitting_members(session, self.room_id)[seat].challenge
        signed = pledges.SignedChallenge(
            sign_p256(
                expert.person.certificate.private_key,
                pledges.check_in_message(self.room_id, challenge),
            ),
            expert.person.certificate.chain,
        )
        with self.writing() as (session, now):
            actions.check_in(
                session, self.authority, self.room_id, signed, actor=expert.account, now=now
            )

    def pledge(self, seat: int) -> None:
        expert, room = self.expert(seat), self.room()
        text = pledges.pledge_text(room.title, room.number)
        signature = sign_p256(
            expert.person.certificate.private_key, pledges.pledge_message(self.room_id, text)
        )
        self.do(actions.pledge, self.room_id, signature, actor=expert.account)

    def arrive(self, seat: int) -> None:
        """Whoever sits there accepts, checks in and pledges, as far as that is still to be done."""
        if self.member(seat).state is MemberState.INVITED:
            self.answer(seat)
        if self.member(seat).state is MemberState.ACCEPTED:
            self.check_in(seat)
        if self.member(seat).state is MemberState.CHECKED_IN:
            self.pledge(seat)

    def vote(self, seat: int, candidate: int) -> None:
        self.do(actions.vote, self.room_id, candidate, actor=self.expert(seat).account)

    def recuse(self, seat: int, reason: str = "配偶在投标人处任职") -> None:
        self.do(actions.recuse, self.room_id, reason, actor=self.expert(seat).account)

    def order(self, wish: commands.Wish, role: Role = Role.SUPERVISOR) -> None:
        self.do(actions.act, self.room_id, wish, actor=self.account(role))

    def to_check_in(self) -> None:
        self.convene()
        self.draw()
        for seat in self.seats:
            self.answer(seat)

    def to_election(self) -> None:
        self.to_check_in()
        for seat in self.seats:
            self.arrive(seat)

    def to_qualification(self, leader: int = 1) -> None:
        """Drawn, checked in, pledged, leader elected: work begins."""
        self.to_election()
        for seat in self.seats:
            self.vote(seat, leader)
        assert self.stage() is Stage.QUALIFICATION

    def finish(self, stage: Stage, **facts: Any) -> None:
        """End a stage's work without its sheets, as scoring or reports would."""
        self.do(actions.finish_stage, self.room_id, stage, facts=facts)

    @property
    def seats(self) -> range:
        return range(1, self.dossier.plan.seats + 1)


def a_plan(**changes: Any) -> Plan:
    """The default plan of comprehensive scoring for a design lot."""
    plan = default_plan(Method.COMPREHENSIVE, "survey_design", estimate_fen=560_000_000, floor=2)
    return replace(plan, **changes)


def pdf(number: int, part: str, size: int = 0) -> bytes:
    """Something that begins as a PDF and says whose it is; `size` pads it."""
    told = f"%PDF-1.7\n% bid {number} {part}\n".encode()
    return told + bytes(index % 251 for index in range(max(size - len(told), 0)))


def set_scene(
    house: House,
    *,
    experts: int = 10,
    bids: int = 4,
    paper: Callable[[int, str, int], bytes] = pdf,
    **plan: Any,
) -> Scene:
    """Found centre, parties and pool; the lot is opened and its dossier ready.

    `paper` makes the bids' documents from number, part and least size.
    """
    with house.database.writing() as session:
        now = clock.legal_now(session)
        here = authority.of(house, session, now)
        parties = {role: a_party(session, here, role, now) for role in PARTIES}
        for site in (HOME, GUEST):
            public.register_site(session, site, now=now)
        pool = [an_expert(session, here, index, now) for index in range(experts)]
    contents: dict[tuple[int, str], bytes] = {}
    dossier = a_dossier(house, parties, contents, bids=bids, plan=a_plan(**plan), paper=paper)
    return Scene(house, here, parties, pool, dossier, contents)


def a_dossier(
    house: House,
    parties: dict[Role, Person],
    contents: dict[tuple[int, str], bytes],
    *,
    bids: int,
    plan: Plan,
    paper: Callable[[int, str, int], bytes] = pdf,
) -> Dossier:
    """Really sealed bids; `contents` is filled with what their parts say."""
    lot_ref = uuid4()
    policy = Committee(threshold=2, count=3).policy(lot=str(lot_ref))
    handed = []
    for number, (code, name, price) in enumerate(BIDDERS[:bids], start=1):
        documents = {
            PartName.TECHNICAL: paper(number, "technical", 2_500_000 if number == 1 else 4000),
            PartName.COMMERCIAL: paper(number, "commercial", 2000),
        }
        contents |= {(number, part.value): raw for part, raw in documents.items()}
        offer = {"price_fen": price, "duration_days": 180, "quality": "合格", "manager": "岑风"}
        written = write_envelope(policy, opening=offer, documents=tuple(documents.items()))
        handed.append(
            DossierBid(
                number=number,
                bidder_ref=uuid4(),
                commitment=written.commitment,
                organisation=name,
                credit_code=with_check_character(code),
                price_fen=price,
                offer=offer,
                draw_part=envelope.draw_part(written.s_open),
                parts=tuple(_part(house, written, part) for part in documents),
            )
        )
    return Dossier(
        lot_ref=lot_ref,
        tender_ref=uuid4(),
        centre_ref=parties[Role.CENTRE].account.organisation_id,
        agency_ref=parties[Role.AGENCY].account.organisation_id,
        tenderee_ref=parties[Role.TENDEREE].account.organisation_id,
        title="桐乡至苍南公路平阳段设计咨询",
        number="E3303260001000123001001",
        plan=plan,
        close_root=os.urandom(32),
        ceiling_fen=520_000_000,
        bids=tuple(handed),
    )


def _part(house: House, written: Written, part: PartName) -> DossierPart:
    secret = written.s_open + written.s_holder
    return DossierPart(
        name=part.value,
        header=written.raw,
        blob_key=house.blobs.put(written.chunks[part]),
        cek=envelope.part_cek(part, written.header.context, secret=secret),
    )
