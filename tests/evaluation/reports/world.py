"""A room driven by real acts from its first sheet to the sealed report."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.reports import actions, queries
from evaluation.reports.rules import Answer, signing_message
from evaluation.rooms.states import Stage
from evaluation.scoring import actions as scoring
from evaluation.scoring import sheets as forms
from evaluation.scoring.sheets import Mark, Place, SealedSheet, SheetStage
from kernel.crypto import hpke
from kernel.crypto.signatures import sign_p256
from kernel.permissions import Account, Role
from kernel.pure import jcs
from kernel.pure.parameters import plain
from tests.evaluation.world import Scene

FAILING = "similar"


@dataclass(slots=True)
class Desk:
    """The members of one scene at their sheets, and at the report."""

    scene: Scene

    # --- sheets

    def submit(self, seat: int, stage: SheetStage, number: int, marks: Mapping[str, Mark]) -> None:
        """One sheet as the browser seals it."""
        room = self.scene.room()
        place = Place(room.id, stage, seat, room.bid(number).commitment)
        text = jcs.canonical(
            {
                "format": "sunbid sheet/1",
                "room": str(room.id),
                "stage": stage.value,
                "seat": seat,
                "bid": place.bid.hex(),
                "marks": {key: {"value": m.value, "note": m.note} for key, m in marks.items()},
                "salt": os.urandom(32).hex(),
            }
        )
        committed = forms.commitment(text)
        enc, ciphertext = hpke.seal(room.public_key, forms.padded(text), info=place.info())
        expert = self.scene.expert(seat)
        key = expert.person.certificate.private_key
        sheet = SealedSheet(
            stage=stage,
            bid=place.bid,
            commitment=committed,
            sealed=enc + ciphertext,
            signature=sign_p256(key, forms.signed_message(committed)),
        )
        self.scene.do(scoring.submit_sheet, room.id, sheet, actor=expert.account)

    def qualify(self, *failing: int) -> None:
        """Everybody passes every bid but the failing ones."""
        room = self.scene.room()
        for seat in self.scene.seats:
            for bid in room.bids:
                marks = {check.key: Mark("pass", "") for check in room.plan.checks}
                if bid.number in failing:
                    marks[FAILING] = Mark("fail", "所附合同为分包合同")
                self.submit(seat, SheetStage.QUALIFICATION, bid.number, marks)
        self.scene.work()

    def score(self, numbers: Sequence[int]) -> None:
        """Half of every item, and one step more the lower bid and seat are."""
        items = self.scene.room().plan.items
        for seat in self.scene.seats:
            for number in numbers:
                marks = {}
                for item in items:
                    more = 0 if item.objective else (6 - seat) % 3 + (5 - number) % 4
                    value = (item.maximum / item.step // 2 + more) * item.step
                    marks[item.key] = Mark(plain(min(value, item.maximum)), "")
                self.submit(seat, SheetStage.TECHNICAL, number, marks)
        self.scene.work()

    def confirm(self) -> None:
        """Everybody has looked at prices and totals."""
        for seat in self.scene.seats:
            actor = self.scene.expert(seat).account
            self.scene.do(scoring.confirm_prices, self.scene.room_id, {}, actor=actor)
        self.scene.work()

    def to_signing(self, *failing: int) -> None:
        """All sheets in, prices confirmed, facts frozen."""
        self.qualify(*failing)
        self.score([b.number for b in self.scene.room().bids if b.number not in failing])
        self.confirm()
        assert self.scene.stage() is Stage.SIGNING, self.scene.kinds()[-5:]

    # --- the report

    def seen_by(self, actor: Account) -> dict[str, Any]:
        """What the report's page tells an account."""
        return self.scene.ask(queries.desk, self.scene.room_id, actor)

    def digest(self) -> bytes:
        told = self.seen_by(self.scene.account(Role.SUPERVISOR))
        return bytes.fromhex(told["digest"])

    def signature(self, seat: int, answer: Answer, opinion: str | None, **changed: Any) -> bytes:
        told = {
            "room": str(self.scene.room_id),
            "digest": self.digest(),
            "seat": seat,
            "answer": answer,
            "opinion": opinion,
            **changed,
        }
        key = self.scene.expert(seat).person.certificate.private_key
        return sign_p256(key, signing_message(**told))

    def sign(
        self,
        seat: int,
        answer: Answer = Answer.AGREE,
        opinion: str | None = None,
        *,
        signature: bytes | None = None,
    ) -> None:
        given = signature or self.signature(seat, answer, opinion)
        actor = self.scene.expert(seat).account
        self.scene.do(actions.sign, self.scene.room_id, answer, opinion, given, actor=actor)

    def refuse(self, seat: int, reason: str, role: Role = Role.SUPERVISOR) -> None:
        actor = self.scene.account(role)
        self.scene.do(actions.record_refusal, self.scene.room_id, seat, reason, actor=actor)

    def sign_all(self) -> None:
        for seat in self.scene.seats:
            self.sign(seat)
        self.scene.work()
