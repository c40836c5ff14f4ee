"""定标: the tenderee decides among the candidates and signs.

招标投标法 40；条例 55: rank 1 wins a state-funded mandatory lot; the next only for listed causes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from kernel import log
from kernel.identity.authority import Authority
from kernel.permissions import Actor
from kernel.pure.errors import Refused
from kernel.pure.rule_sets import RuleSet
from trading.results import queries, rules, signing
from trading.results.candidates import described, ranked_json
from trading.results.models import Award
from trading.results.rules import AWARD_FORMAT, PassedOver, Ranked
from trading.tenders import queries as lots
from trading.tenders import rule_book
from trading.tenders.actions import move, require_party
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage

PHRASE = "确定中标人"


def award_to_sign(
    session: Session,
    lot_id: UUID,
    *,
    rank: int,
    passed: Sequence[PassedOver],
    actor: Actor,
    now: datetime,
) -> signing.ToSign:
    """The decision as it would be signed.

    Raises:
        Refused: TEN-1004 not its tenderee; RES-1401 publicity runs; RES-1402 an objection is
            open; RES-1004 another stage; RES-1403, 1404, 1405 the choice.
    """
    return signing.to_sign(_decide(session, lot_id, rank, passed, actor, now)[1])


def decide_award(
    session: Session,
    authority: Authority,
    lot_id: UUID,
    signed: signing.Signed,
    *,
    rank: int,
    passed: Sequence[PassedOver],
    actor: Actor,
    now: datetime,
) -> None:
    """Fix the winner, once. Raises Refused as `award_to_sign`, RES-1005, 1006, 1007."""
    lots.lock_lot(session, lot_id)
    lot = lots.lot_row(session, lot_id)
    winner, body = _decide(session, lot_id, rank, passed, actor, now)
    draft = signing.to_sign(body)
    signer = signing.check_signed(
        session, authority, draft, signed, organisation_id=lot.project.tenderee_id, now=now
    )
    session.add(_award(session, lot, winner, draft, signed, signer, now))
    session.flush()
    move(session, lot, LotStage.AWARDED, actor=actor, now=now)


def is_bound(book: RuleSet) -> bool:
    """Whether rank 1 must win (条例 55)."""
    return bool(book.value("first_rank_wins"))


def _decide(
    session: Session,
    lot_id: UUID,
    rank: int,
    passed: Sequence[PassedOver],
    actor: Actor,
    now: datetime,
) -> tuple[Ranked, dict[str, Any]]:
    lot = lots.lot_row(session, lot_id)
    require_party(actor, {lot.project.tenderee_id})
    rules.check_award(queries.standing(session, lot), now)
    outcome = queries.need_report(session, lot_id)
    notice = queries.candidates_notice(session, lot_id)
    if notice is None:
        raise Refused("RES-1001")
    book = rule_book.rule_set(lot.rule_set)
    proposed = outcome.candidates(book.value("candidates"))
    gone = {each.rank for each in queries.renunciations(session, lot_id)}
    winner = rules.choose(proposed, rank, passed, bound=is_bound(book), gone=gone)
    ground = [{"rank": p.rank, "cause": p.cause.value, "text": p.text.strip()} for p in passed]
    body = {
        "format": AWARD_FORMAT,
        **described(lot),
        "report": outcome.facts_hash.hex(),
        "notice": bytes(notice.digest).hex(),
        "candidates": [ranked_json(each) for each in proposed],
        "winner": winner.commitment.hex(),
        "organisation": winner.organisation,
        "credit_code": winner.credit_code,
        "rank": winner.rank,
        "price_fen": winner.price_fen,
        "ground": ground or None,
    }
    return winner, body


def _award(
    session: Session,
    lot: Lot,
    winner: Ranked,
    draft: signing.ToSign,
    signed: signing.Signed,
    signer: str,
    now: datetime,
) -> Award:
    leaf = log.append(
        session,
        "award",
        {
            "lot": str(lot.id),
            "number": lot.number,
            "digest": draft.digest.hex(),
            "signature": signed.signature.hex(),
            "certificate": signed.certificate_chain[0].hex(),
        },
    )
    before = queries.newest_award(session, lot.id)
    return Award(
        lot_id=lot.id,
        version=before.version + 1 if before else 1,
        seat=winner.number,
        rank=winner.rank,
        bidder_ref=winner.bidder_ref,
        organisation=winner.organisation,
        price_fen=winner.price_fen,
        body=draft.body,
        digest=draft.digest,
        signature=signed.signature,
        certificate=signed.certificate_chain[0],
        signer=signer,
        leaf_id=leaf,
        decided_at=now,
    )
