"""What secures a listed bid, money or a guarantee, judged by escrow once the identity is open.

条例 26, 33: shown in the hall, never a reason to stop it; 待核实 until bank or issuer has spoken.
"""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from escrow.public import (
    DepositTerms,
    Finality,
    Named,
    Outcome,
    Payer,
    ReleaseReason,
    Secured,
    Verdict,
    guarantee_again,
    judge_guarantee,
    release,
    release_judged,
)
from escrow.public import judge as judge_officially
from kernel.identity import queries as identities
from kernel.identity.authority import Authority
from kernel.pure.errors import Refused
from trading.bids import guaranteeing

if TYPE_CHECKING:
    from trading.openings.hall import Hall
    from trading.openings.models import SeatRow

LOG = logging.getLogger("sunbid.openings")

WORDS: Mapping[str, str] = {
    Outcome.OK: "已到账",
    Outcome.OVER: "已到账，超出部分退回",
    Outcome.SPLIT: "已到账，分笔",
    Outcome.SHORT: "金额不足",
    Outcome.LATE: "到账已过截止",
    Outcome.NOT_BASIC_ACCOUNT: "非基本账户转出",
    Outcome.NAME_MISMATCH: "户名不符",
    Outcome.REVERSED: "已被冲回",
    Outcome.DUPLICATE: "子账号重复使用",
    Outcome.UNKNOWN_SUB: "无对应子账号",
    Outcome.GUARANTEED: "保函有效",
    Outcome.GUARANTEE_UNREADABLE: "保函无法读取",
    Outcome.GUARANTEE_ISSUER: "出函机构无效",
    Outcome.GUARANTEE_SIGNATURE: "保函签名不符",
    Outcome.GUARANTEE_PRINCIPAL: "保函非本单位",
    Outcome.GUARANTEE_BENEFICIARY: "保函受益人不符",
    Outcome.GUARANTEE_LOT: "保函非本标段",
    Outcome.GUARANTEE_AMOUNT: "保函金额不足",
    Outcome.GUARANTEE_VALIDITY: "保函有效期不足",
    Outcome.GUARANTEE_UNCONFIRMED: "出函机构不确认",
}
PENDING = "待银行核实"
UNCONFIRMED = "待出函机构确认"
NOT_ASKED: Mapping[str, Any] = {
    "outcome": "not_asked",
    "finality": Finality.FINAL.value,
    "word": "不要求",
    "sound": True,
}
"""`sound`: whether it secures the bid, None while bank or issuer has not spoken."""


def judge(
    hall: "Hall", authority: Authority, envelope_id: UUID, identity: Mapping[str, Any]
) -> dict[str, Any]:
    """The verdict as the list shows it: outcome, finality, a word, and whether it holds."""
    if hall.lot.deposit_fen == 0:
        return dict(NOT_ASKED)
    brought = identity.get("guarantee")
    if brought is None:
        return _told(_deposit(hall, envelope_id, identity))
    filed = _filed(hall, identity)
    principal = Named(str(identity.get("organisation", "")), str(identity.get("credit_code", "")))
    verdict = judge_guarantee(
        hall.session,
        authority,
        brought if isinstance(brought, Mapping) else {},
        asked=guaranteeing.asked(hall.session, hall.lot, principal),
        secured=Secured(
            lot_ref=hall.lot.id,
            bidder_ref=filed.id if filed else envelope_id,
            centre_ref=hall.lot.centre_id,
            title=hall.lot.name,
            bidder_name=principal.name,
        ),
        now=hall.now,
    )
    return _told(verdict)


def judge_again(hall: "Hall") -> list[int]:
    """Ask anew for every verdict that waits for bank or issuer; the seats that became final."""
    settled = []
    for seat in hall.seats.values():
        if seat.deposit["finality"] == Finality.FINAL:
            continue
        verdict = _again(hall, seat) or _deposit(hall, seat.envelope_id, seat.identity)
        seat.deposit = _told(verdict)
        if seat.deposit["finality"] == Finality.FINAL:
            settled.append(seat.seat)
    return settled


def _again(hall: "Hall", seat: "SeatRow") -> Verdict | None:
    filed = _filed(hall, seat.identity)
    ref = filed.id if filed else seat.envelope_id
    return guarantee_again(hall.session, lot_ref=hall.lot.id, bidder_ref=ref, now=hall.now)


def _deposit(hall: "Hall", envelope_id: UUID, identity: Mapping[str, Any]) -> Verdict:
    filed = _filed(hall, identity)
    return judge_officially(
        hall.session,
        number=str(identity.get("sub_account", "")),
        token=str(identity.get("sub_account_token", "")),
        terms=DepositTerms(hall.lot.deposit_fen, hall.lot.deadline),
        payer=_payer(filed),
        bidder_ref=filed.id if filed else envelope_id,
        lot_ref=hall.lot.id,
        now=hall.now,
    )


def _told(verdict: Verdict) -> dict[str, Any]:
    waits = UNCONFIRMED if verdict.outcome is Outcome.GUARANTEED else PENDING
    final = verdict.finality is Finality.FINAL
    return {
        "outcome": verdict.outcome.value,
        "finality": verdict.finality.value,
        "word": WORDS[verdict.outcome] if final else waits,
        "sound": verdict.qualifies if final else None,
    }


def _filed(hall: "Hall", identity: Mapping[str, Any]) -> identities.OrganisationView | None:
    return identities.organisation_by_code(hall.session, str(identity.get("credit_code", "")))


def pending(hall: "Hall") -> bool:
    """Whether some bank's feed is not complete up to the deadline yet."""
    return any(seat.deposit["finality"] != Finality.FINAL for seat in hall.seats.values())


def _payer(filed: identities.OrganisationView | None) -> Payer:
    """The filed basic account; without one nothing can match it."""
    account = filed.account if filed else None
    return Payer(account.name, account.number) if account else Payer("", "")


def pay_back(hall: "Hall", seat: "SeatRow", reason: ReleaseReason) -> None:
    """Order back the deposit by which a listed bidder was judged, whatever number it named."""
    filed = identities.organisation_by_code(hall.session, seat.credit_code)
    release_judged(
        hall.session,
        lot_ref=hall.lot.id,
        bidder_ref=filed.id if filed else seat.envelope_id,
        reason=reason,
        now=hall.now,
    )


def pay_back_superseded(hall: "Hall", superseded: Mapping[str, Any]) -> None:
    """Order back what a replaced bid's token stands for, unless the valid bid stands on it too."""
    token = str(superseded.get("sub_account_token", ""))
    try:
        release(hall.session, token=token, reason=ReleaseReason.WITHDRAWN, now=hall.now)
    except Refused as refused:
        LOG.info("a superseded bid's deposit stays: %s", refused.code)
