"""中标候选人公示: who is proposed, with prices, scores and rejections, signed by the agency.

条例 53, 54; 招标公告和公示信息发布管理办法 6: what a publication of candidates contains.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from evaluation import public as evaluation
from kernel import log
from kernel.calendar import published_holidays
from kernel.format import local
from kernel.identity.authority import Authority
from kernel.ids import new_id
from kernel.permissions import Actor
from kernel.pure.rule_sets import RuleSet
from trading.results import queries, rules, signing
from trading.results.models import ResultNotice
from trading.results.queries import Bidder
from trading.results.rules import CANDIDATES_FORMAT, NoticeKind, Outcome, Ranked
from trading.tenders import queries as lots
from trading.tenders import rule_book
from trading.tenders.actions import move, require_party
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage, zulu

PHRASE = "公示候选人"


def candidates_to_sign(
    session: Session, lot_id: UUID, *, days: int | None, actor: Actor, now: datetime
) -> signing.ToSign:
    """The publication as it would go out now.

    Raises Refused TEN-1004 not its agency, RES-1001, RES-1004, RES-1201 too few days.
    """
    lot = lots.lot_row(session, lot_id)
    require_party(actor, {lot.project.agency_id})
    rules.check_stage(lot.stage, LotStage.REPORT_SIGNED)
    return signing.to_sign(_body(session, lot, days, now))


def publish_candidates(
    session: Session,
    authority: Authority,
    lot_id: UUID,
    signed: signing.Signed,
    *,
    days: int | None,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Publish the candidates; publicity begins at this moment.

    Raises:
        Refused: as `candidates_to_sign`; RES-1005, 1006, 1007 about the signature.
    """
    lots.lock_lot(session, lot_id)
    lot = lots.lot_row(session, lot_id)
    draft = candidates_to_sign(session, lot_id, days=days, actor=actor, now=now)
    signer = signing.check_signed(
        session, authority, draft, signed, organisation_id=lot.project.agency_id, now=now
    )
    notice = ResultNotice(
        id=new_id(),
        lot_id=lot_id,
        kind=NoticeKind.CANDIDATES,
        seat=None,
        version=draft.body["version"],
        title=draft.body["title"],
        body=draft.body,
        digest=draft.digest,
        signature=signed.signature,
        certificate=signed.certificate_chain[0],
        signer=signer,
        leaf_id=log.append(
            session,
            "result_notice",
            {
                "lot": str(lot_id),
                "number": lot.number,
                "kind": NoticeKind.CANDIDATES.value,
                "digest": draft.digest.hex(),
                "signature": signed.signature.hex(),
                "certificate": signed.certificate_chain[0].hex(),
            },
        ),
        published_at=now,
    )
    session.add(notice)
    session.flush()
    if evaluation.report(session, lot_id) is not None:
        evaluation.publish_report(session, lot_id, now=now)
    move(session, lot, LotStage.CANDIDATES_PUBLISHED, actor=actor, now=now)
    return notice.id


def _body(session: Session, lot: Lot, days: int | None, now: datetime) -> dict[str, Any]:
    outcome = queries.need_report(session, lot.id)
    book = rule_book.rule_set(lot.rule_set)
    least = book.value("publicity_days")
    shown = rules.publicity(
        now, least if days is None else days, least=least, holidays=published_holidays()
    )
    known = {bidder.seat: bidder for bidder in queries.bidders(session, lot.id)}
    before = queries.candidates_notice(session, lot.id)
    return {
        "format": CANDIDATES_FORMAT,
        "title": f"{lot.name}中标候选人公示",
        "version": before.version + 1 if before else 1,
        **described(lot),
        "report": {
            "facts": outcome.facts_hash.hex(),
            "pdf": outcome.pdf_hash.hex(),
            "signed_at": zulu(outcome.signed_at),
        },
        "candidates": [_candidate(each, known[each.number]) for each in _proposed(outcome, book)],
        "ranking": [ranked_json(each) for each in outcome.candidates(len(outcome.ranking))],
        "rejected": [
            {"number": r.number, "organisation": r.organisation, "reason": r.reason}
            for r in outcome.rejected
        ],
        "publicity": {
            "days": least if days is None else days,
            "from": local(now).date().isoformat(),
            "until": zulu(shown.until),
        },
        "objections": f"投标人登录平台，在本标段的结果页提出；招标代理联系人：{lot.contact}",
    }


def described(lot: Lot) -> dict[str, Any]:
    """What every paper of a lot begins with."""
    return {
        "lot": str(lot.id),
        "number": lot.number,
        "name": lot.name,
        "project": lot.project.name,
        "tenderee": lot.project.tenderee_name,
        "agency": lot.project.agency_name,
        "supervisor": lot.project.supervisor_name,
        "rule_set": lot.rule_set,
        "method": lot.evaluation_plan.get("method", "comprehensive"),
    }


def ranked_json(each: Ranked) -> dict[str, Any]:
    """A ranked bid as papers and the bundle name it."""
    return {
        "rank": each.rank,
        "number": each.number,
        "commitment": each.commitment.hex(),
        "organisation": each.organisation,
        "price_fen": each.price_fen,
        "total": each.total,
    }


def offered(bidder: Bidder) -> dict[str, Any]:
    """What the bid promises besides its price."""
    offer = bidder.offer or {}
    return {name: offer.get(name) for name in ("duration_days", "quality", "manager")}


def _proposed(outcome: Outcome, book: RuleSet) -> tuple[Ranked, ...]:
    return outcome.candidates(book.value("candidates"))


def _candidate(each: Ranked, bidder: Bidder) -> dict[str, Any]:
    return {**ranked_json(each), "credit_code": each.credit_code, **offered(bidder)}
