"""A room whose members have really been drawn, checked in and pledged; sheets really sealed."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.experts.actions import register_expert, register_site
from evaluation.experts.rules import (
    DrawParty,
    ExpertEntry,
    Site,
    SiteKind,
    draw_name,
    nonce_commitment,
)
from evaluation.plans.rules import Plan
from evaluation.rooms import actions as rooms
from evaluation.rooms import commands as c
from evaluation.rooms import pledges, queries
from evaluation.rooms.convening import convene
from evaluation.rooms.dossier import Dossier, DossierBid, Security
from evaluation.rooms.keys import public_bytes, room_key
from evaluation.rooms.models import MemberRow
from evaluation.rooms.rules import Stage
from evaluation.rooms.seen import RoomView
from evaluation.scoring import actions
from evaluation.scoring import sheets as forms
from evaluation.scoring.desk import Desk
from evaluation.scoring.jobs import jobs
from evaluation.scoring.queries import desk
from evaluation.scoring.sheets import Mark, Place, SealedSheet, SheetStage
from kernel import clock, live
from kernel.crypto import hpke
from kernel.crypto.signatures import sign_p256
from kernel.house import House
from kernel.identity import actions as identity
from kernel.identity import authority, certificates
from kernel.identity.authority import Authority
from kernel.identity.rules import check_character
from kernel.identity.signer import SoftCertificate
from kernel.jobs import drain
from kernel.permissions import Account, Role
from kernel.pure import jcs
from tests.evaluation.scoring.cases import PLAN, digest

PRICES = (400_000_000, 430_000_000, 450_000_000)
EXPERTS = 8
Rows = Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a login, an account and a certificate."""

    login: str
    account: Account
    certificate: SoftCertificate


@dataclass(slots=True)
class Committee:
    """A room at work: who sits, and what they do by their own hand."""

    house: House
    room_id: UUID
    experts: dict[UUID, Person]
    parties: dict[Role, Person]
    public_key: bytes
    plan: Plan

    # --- looking ---

    def room(self) -> RoomView:
        with self.house.database.reading() as session:
            return queries.room(session, self.room_id)

    def desk(self) -> Desk:
        with self.house.database.reading() as session:
            return desk(session, queries.room(session, self.room_id))

    def person(self, seat: int) -> Person:
        return self.experts[self.room().member(seat).person_id]

    def bid(self, number: int) -> bytes:
        return digest(number)

    def events(self) -> list[dict[str, Any]]:
        with self.house.database.reading() as session:
            room = queries.room(session, self.room_id)
            return [event.frame() for event in live.events_after(session, room.live_id, 0)]

    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.events()]

    def now(self) -> datetime:
        with self.house.database.reading() as session:
            return clock.legal_now(session)

    # --- doing ---

    def make(
        self,
        seat: int,
        stage: SheetStage,
        number: int,
        marks: Mapping[str, Mark],
        *,
        text: bytes | None = None,
        place: Place | None = None,
        key: ec.EllipticCurvePrivateKey | None = None,
    ) -> SealedSheet:
        """A sheet as the browser makes it; the options spoil it."""
        real = Place(self.room_id, stage, seat, self.bid(number))
        said = place or real
        raw = text if text is not None else write_text(said, marks)
        committed = forms.commitment(raw)
        enc, ciphertext = hpke.seal(self.public_key, forms.padded(raw), info=real.info())
        signer = key or self.person(seat).certificate.private_key
        return SealedSheet(
            stage=stage,
            bid=real.bid,
            commitment=committed,
            sealed=enc + ciphertext,
            signature=sign_p256(signer, forms.signed_message(committed)),
        )

    def hand_in(self, seat: int, sheet: SealedSheet) -> Desk:
        with self.house.database.writing() as session:
            return actions.submit_sheet(
                session,
                self.room_id,
                sheet,
                actor=self.person(seat).account,
                now=clock.legal_now(session),
            )

    def mark(self, seat: int, stage: SheetStage, number: int, marks: Mapping[str, Mark]) -> None:
        self.hand_in(seat, self.make(seat, stage, number, marks))

    def qualify(self, *, seats: Sequence[int] = (1, 2, 3, 4, 5), fails: int | None = None) -> None:
        """These seats pass everything, except that `fails` fails the first check for all."""
        numbers = [bid.number for bid in self.room().bids]
        for seat in seats:
            for number in numbers:
                marks = {check.key: Mark("pass", "") for check in self.plan.checks}
                if number == fails:
                    marks[self.plan.checks[0].key] = Mark("fail", "营业执照已注销")
                self.mark(seat, SheetStage.QUALIFICATION, number, marks)

    def score(self, rows: Mapping[int, Rows], *, seats: Sequence[int] = (1, 2, 3, 4, 5)) -> None:
        """Bid number → one row of marks per seat 1 … 5."""
        for seat in seats:
            for number, by_seat in rows.items():
                self.mark(seat, SheetStage.TECHNICAL, number, self.points(by_seat[seat - 1]))

    def points(self, row: Sequence[object]) -> dict[str, Mark]:
        items = self.plan.items
        return {item.key: Mark(str(value), "") for item, value in zip(items, row, strict=True)}

    def work(self) -> int:
        """The worker does what is due for scoring."""
        return drain(self.house, jobs.handlers)

    def confirm(self, seat: int, reasons: Mapping[str, str] | None = None) -> None:
        with self.house.database.writing() as session:
            actions.confirm_prices(
                session,
                self.room_id,
                reasons or {},
                actor=self.person(seat).account,
                now=clock.legal_now(session),
            )

    def order(self, wish: c.Wish) -> None:
        """The supervisor orders something."""
        supervisor = self.parties[Role.SUPERVISOR].account
        with self.house.database.writing() as session:
            rooms.act(session, self.room_id, wish, actor=supervisor, now=clock.legal_now(session))

    def replace_member(self, seat: int) -> None:
        """Somebody is found related; whoever is drawn next takes the seat and gets to work."""
        self.order(lambda by: c.Replace(by, seat, "与投标人有利害关系"))
        person_id = self.room().member(seat).person_id
        self.accept(person_id)
        self.arrive(person_id)

    def accept(self, person_id: UUID) -> None:
        """An invited expert comes."""
        with self.house.database.writing() as session:
            rooms.answer_invitation(
                session,
                self.room_id,
                accept=True,
                reason="",
                actor=self.experts[person_id].account,
                now=clock.legal_now(session),
            )

    def arrive(self, person_id: UUID) -> None:
        """The expert checks in and pledges."""
        here = authority_of(self.house)
        with self.house.database.writing() as session:
            now = clock.legal_now(session)
            _check_in(session, here, self.room_id, self.experts[person_id], now)

    def vote(self) -> None:
        """Everybody votes for seat 1."""
        for member in self.room().members:
            with self.house.database.writing() as session:
                rooms.vote(
                    session,
                    self.room_id,
                    1,
                    actor=self.experts[member.person_id].account,
                    now=clock.legal_now(session),
                )


def write_text(place: Place, marks: Mapping[str, Mark]) -> bytes:
    """The canonical text of a sheet, written without the code under test."""
    return jcs.canonical(
        {
            "format": "sunbid sheet/1",
            "room": str(place.room),
            "stage": place.stage.value,
            "seat": place.seat,
            "bid": place.bid.hex(),
            "marks": {key: {"value": m.value, "note": m.note} for key, m in marks.items()},
            "salt": os.urandom(32).hex(),
        }
    )


def authority_of(house: House) -> Authority:
    with house.database.writing() as session:
        return authority.of(house, session, clock.legal_now(session))


def seat_committee(
    house: House,
    *,
    plan: Plan = PLAN,
    prices: Sequence[int] = PRICES,
    ceiling_fen: int | None = None,
    securities: Sequence[Security | None] = (None, None, None),
) -> Committee:
    """A room in its qualification stage."""
    here = authority_of(house)
    with house.database.writing() as session:
        now = clock.legal_now(session)
        parties = {
            role: _person(session, here, role, f"{role.value}-e", number, now)
            for number, role in enumerate(
                (Role.AGENCY, Role.CENTRE, Role.SUPERVISOR, Role.TENDEREE), 1
            )
        }
        experts = _pool(session, here, now)
        dossier = _dossier(parties, plan, prices, ceiling_fen, securities)
        room_id = convene(session, house.keys, dossier, now=now)
    _draw(house, room_id, dossier, parties)
    public_key = public_bytes(room_key(house.keys, room_id))
    committee = Committee(house, room_id, experts, parties, public_key, plan)
    people = [member.person_id for member in committee.room().members]
    for person_id in people:
        committee.accept(person_id)
    for person_id in people:
        committee.arrive(person_id)
    committee.vote()
    assert committee.room().stage is Stage.QUALIFICATION
    return committee


def _person(
    session: Session, here: Authority, role: Role, login: str, number: int, now: datetime
) -> Person:
    code = f"9133{number:04d}{len(login):02d}{sum(login.encode()):07d}"
    organisation = identity.register_organisation(
        session,
        credit_code=code + check_character(code),
        name=f"{login} 单位",
        account=None,
        now=now,
    )
    person_id = identity.add_person(
        session, login=login, name=f"{login} 先生", password_hash=None, demo=True, now=now
    )
    identity.join(session, person_id=person_id, organisation_id=organisation, role=role, now=now)
    certificate = certificates.soft_certificate(
        session, here, organisation_id=organisation, person_id=person_id, now=now
    )
    account = Account(
        person_id=person_id,
        organisation_id=organisation,
        role=role,
        person_name=login,
        organisation_name=login,
        session_id=person_id,
        csrf_token="",
    )
    return Person(login, account, certificate)


def _pool(session: Session, here: Authority, now: datetime) -> dict[UUID, Person]:
    for name, kind in (("云澜主场", SiteKind.HOME), ("临浦副场", SiteKind.GUEST)):
        register_site(session, Site(name, kind, "330300"), now=now)
    found = {}
    for number in range(1, EXPERTS + 1):
        person = _person(session, here, Role.EXPERT, f"expert-{number}", 100 + number, now)
        entry = ExpertEntry(
            person_id=person.account.person_id,
            name=person.account.person_name,
            employer=f"第 {number} 设计院",
            employer_code=f"employer {number}",
            region="330300",
            site="云澜主场" if number % 2 else "临浦副场",
        )
        register_expert(session, entry, now=now)
        found[person.account.person_id] = person
    return found


def _dossier(
    parties: Mapping[Role, Person],
    plan: Plan,
    prices: Sequence[int],
    ceiling_fen: int | None,
    securities: Sequence[Security | None],
) -> Dossier:
    bids = tuple(
        DossierBid(
            number=number,
            bidder_ref=uuid4(),
            commitment=digest(number),
            organisation=f"投标人 {number}",
            credit_code=f"bidder {number}",
            price_fen=fen,
            offer={"price_fen": fen},
            draw_part=digest(f"part {number}"),
            security=security,
        )
        for number, (fen, security) in enumerate(zip(prices, securities, strict=True), 1)
    )
    return Dossier(
        lot_ref=uuid4(),
        tender_ref=uuid4(),
        centre_ref=parties[Role.CENTRE].account.organisation_id,
        agency_ref=parties[Role.AGENCY].account.organisation_id,
        tenderee_ref=parties[Role.TENDEREE].account.organisation_id,
        title="滨海大道慢行系统工程设计",
        number="A3303260000000000000001",
        plan=plan,
        close_root=digest("root"),
        ceiling_fen=ceiling_fen,
        bids=bids,
    )


def _draw(house: House, room_id: UUID, dossier: Dossier, parties: Mapping[Role, Person]) -> None:
    nonces = {party: os.urandom(32) for party in DrawParty}
    for party, nonce in nonces.items():
        committed = nonce_commitment(
            lot=str(dossier.lot_ref), name=draw_name(1), party=party, nonce=nonce
        )
        with house.database.writing() as session:
            actor = parties[Role(party.value)].account
            now = clock.legal_now(session)
            rooms.commit_to(session, room_id, committed, actor=actor, now=now)
    for party, nonce in nonces.items():
        with house.database.writing() as session:
            actor = parties[Role(party.value)].account
            now = clock.legal_now(session)
            rooms.reveal(session, room_id, nonce, actor=actor, now=now)


def _check_in(
    session: Session, here: Authority, room_id: UUID, person: Person, now: datetime
) -> None:
    room = queries.room(session, room_id)
    seat = next(m.seat for m in room.members if m.person_id == person.account.person_id)
    challenge = session.scalars(
        select(MemberRow.challenge).where(
            MemberRow.room_id == room_id, MemberRow.seat == seat, MemberRow.out_at.is_(None)
        )
    ).one()
    key = person.certificate.private_key
    signed = pledges.SignedChallenge(
        sign_p256(key, pledges.check_in_message(room_id, challenge)), person.certificate.chain
    )
    rooms.check_in(session, here, room_id, signed, actor=person.account, now=now)
    text = pledges.pledge_text(room.title, room.number)
    signature = sign_p256(key, pledges.pledge_message(room_id, text))
    rooms.pledge(session, room_id, signature, actor=person.account, now=now)
