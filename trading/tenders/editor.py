"""What the tender workplace shows: rows, steps, the earliest legal dates, open points."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from kernel.calendar import published_holidays
from kernel.house import Call
from kernel.i18n import say
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from kernel.pure.legal_days import SHANGHAI, local_date
from kernel.pure.parameters import SET
from kernel.pure.rule_sets import Regime
from kernel.web import explain
from trading.tenders import (
    actions,
    forms,
    legal_calendar,
    life,
    notices,
    plan_draws,
    plan_forms,
    plan_preview,
    plan_pricing,
    plans,
    queries,
    rule_book,
)
from trading.tenders import verdicts as words
from trading.tenders.models import Lot
from trading.tenders.rules import (
    BEFORE_DEADLINE,
    BEFORE_NOTICE,
    HOLDS,
    LIVE,
    LotKind,
    LotStage,
    TrusteeSeat,
)

AFTER_OPENING = frozenset(
    {
        LotStage.OPENED,
        LotStage.EVALUATING,
        LotStage.REPORT_SIGNED,
        LotStage.CANDIDATES_PUBLISHED,
        LotStage.RE_EVALUATION,
        LotStage.AWARDED,
        LotStage.NOTICE_ISSUED,
        LotStage.CONTRACT_SIGNED,
        LotStage.DEPOSITS_SETTLED,
        LotStage.ARCHIVED,
    }
)
_BY_EITHER = frozenset({LotStage.AWARDED, LotStage.NOTICE_ISSUED, LotStage.CONTRACT_SIGNED})
OPENING_HOUR = time(9, 30)
CLOSING_HOUR = time(17, 0)


def kinds() -> list[tuple[str, str]]:
    """What can be bought, for the editor's select."""
    return [(kind.value, life.kind_word(kind)) for kind in LotKind]


def first_values(now: datetime, regime: Regime) -> dict[str, str]:
    """The earliest legal dates for a lot whose notice goes out today."""
    rules = rule_book.current(regime)
    day = legal_calendar.earliest_deadline(now, rules=rules, holidays=published_holidays())
    deadline = datetime.combine(day, OPENING_HOUR, SHANGHAI)
    until = datetime.combine(day - timedelta(days=1), CLOSING_HOUR, SHANGHAI)
    return {
        "kind": LotKind.WORKS.value,
        "documents_from": forms.shown(datetime.combine(local_date(now), time(0, 0), SHANGHAI)),
        "documents_until": forms.shown(until),
        "deadline": forms.shown(deadline),
        "sign_in": str(rules.value("sign_in_minutes")),
        "decryption": str(rules.value("decryption_minutes")),
        "confirmation": str(rules.value("confirmation_minutes")),
    }


def default_plan(values: dict[str, str]) -> plans.PlanJson:
    """The default plan of the chosen method for what is being bought, as far as it is known."""
    method = values.get("plan-method", "")
    return plans.default(
        rule_book.current(Regime.TENDERING),
        kind=forms.kind_of(values),
        estimate_fen=forms.estimate_of(values),
        method=method if method in plans.METHODS else plans.COMPREHENSIVE,
    )


def plan_check(plan: plans.PlanJson) -> dict[str, Any]:
    """The plan's sums, and its faults by the place they stand beside."""
    found = plan_forms.verdict(plan)
    by_slot: dict[str, list[dict[str, str]]] = {}
    for fault in found["faults"]:
        by_slot.setdefault(fault["slot"], []).append(fault)
    return {**found, "by_slot": by_slot}


def plan_methods() -> list[tuple[str, str]]:
    """The methods for the editor's radio."""
    return [(method, plans.method_word(method)) for method in plans.METHODS]


def plan_draw_new() -> dict[str, str]:
    """What the row of another draw begins with."""
    return {"kind": SET, **plan_draws.USUAL}


def plan_price(values: dict[str, str]) -> dict[str, Any]:
    """What the fields of the price formula may be chosen from, and prices to try it on."""
    return {
        "kinds": plan_pricing.kinds(),
        "amongs": plan_pricing.amongs(),
        "fews": plan_pricing.fews(),
        "items": [("range", say("按分值")), ("fixed", say("有或无")), ("deduction", say("扣分"))],
        "prices": values.get("price-preview") or plan_preview.first_prices(values),
    }


def plan_ties(plan: plans.PlanJson) -> list[tuple[str, str]]:
    """The orders between equals that suit the plan's method."""
    scored = plan["method"] == plans.COMPREHENSIVE
    return [
        (ties, plans.ties_word(ties)) for ties in plans.TIES if scored or "technical" not in ties
    ]


def verdicts_by_field(values: dict[str, str], now: datetime) -> dict[str, list[words.Verdict]]:
    """The checks beside the fields, as far as the form can be read yet."""
    try:
        terms = forms.read_terms(values)
    except Refused:
        return {}
    rules = rule_book.current(Regime.TENDERING)
    found = legal_calendar.check(terms, now=now, rules=rules, holidays=published_holidays())
    grouped: dict[str, list[words.Verdict]] = {}
    for verdict in words.told(found):
        grouped.setdefault(verdict.field, []).append(verdict)
    return grouped


def list_line(lot: Lot, account: Account, now: datetime) -> dict[str, Any]:
    """A lot in the workplace's list, with the one thing asked of this reader."""
    return {"lot": lot, "chip": life.chip(lot, now), "act": _act(lot, account, now)}


def _act(lot: Lot, account: Account, now: datetime) -> tuple[str, str, bool]:
    """Link, words, and whether it waits for the reader."""
    href = f"/tenders/lots/{lot.id}"
    stage = life.shown_stage(lot, now)
    if stage is LotStage.DRAFT:
        mine = account.role is Role.AGENCY
        return href, say("继续编制") if mine else say("核对并确认"), True
    if stage is LotStage.APPROVED:
        mine = account.role is Role.AGENCY
        return href, say("签名并发布公告") if mine else say("等待代理发布"), mine
    if stage in (LotStage.SUBMISSION_CLOSED, LotStage.OPENING):
        return f"/lots/{lot.id}/hall/host", say("主持开标"), True
    if stage in AFTER_OPENING:
        word = _asked_after(stage) if lot.held_from is None else ""
        mine = bool(word) and (account.role is Role.AGENCY or stage in _BY_EITHER)
        return f"{href}/results", word if mine else say("结果与合同"), mine
    return href, say("查看"), False


def _asked_after(stage: LotStage) -> str:
    """What the desk of results asks for next, in a word; empty while it waits for others."""
    return {
        LotStage.OPENED: say("移交评标"),
        LotStage.REPORT_SIGNED: say("公示候选人"),
        LotStage.AWARDED: say("发出通知书"),
        LotStage.NOTICE_ISSUED: say("登记合同"),
        LotStage.CONTRACT_SIGNED: say("退还保证金"),
        LotStage.DEPOSITS_SETTLED: say("归档"),
    }.get(stage, "")


def manage(call: Call, account: Account, lot_id: UUID) -> dict[str, Any]:
    """One lot's page for its agency or tenderee. Raises Refused TEN-1001, TEN-1004."""
    session, now = call.session, call.now
    lot = queries.lot_row(session, lot_id)
    parties = {lot.project.agency_id, lot.project.tenderee_id}
    actions.require_party(account, parties)
    is_agency = account.role is Role.AGENCY
    documents = queries.documents_in_force(session, lot_id)
    seats = queries.seats(session, lot_id)
    panel = queries.panel_of(session, lot)
    open_points = _open_points(call, lot)
    is_draft = lot.stage in BEFORE_NOTICE
    stage = life.shown_stage(lot, now)
    return {
        "lot": lot,
        "stage": stage.value,
        "chip": life.chip(lot, now),
        "rail": life.rail(lot, now, tuple(queries.timeline(session, lot_id))),
        "is_agency": is_agency,
        "is_draft": is_draft,
        "is_before_deadline": stage in BEFORE_DEADLINE,
        "is_running": stage in (LotStage.SUBMISSION_CLOSED, LotStage.OPENING),
        "is_live": stage in LIVE,
        "is_held": lot.stage in HOLDS,
        # An objection to the result is lifted by its last answer, not by a word.
        "is_resumable": lot.stage is LotStage.SUSPENDED or lot.held_from in BEFORE_DEADLINE,
        "has_results": (lot.held_from or stage) in AFTER_OPENING,
        "documents": documents,
        "seats": _worded(seats),
        "registry": [
            {"row": row, "word": life.trustee_word(row.role)} for row in queries.trustees(session)
        ],
        "seated": {seat.trustee_id for seat in seats},
        "panel": panel,
        "panel_seats": _worded(panel.members if panel else ()),
        "rescuers": {seat.trustee_id for seat in panel.members} if panel else set(),
        "open_points": open_points,
        "steps": _steps(lot, open_points, len(seats), len(documents)),
        "notice": notices.notice_to_sign(session, lot_id) if is_draft and seats else None,
        "notices": queries.notices(session, lot_id),
        "kind_word": life.kind_word(lot.kind),
        "plan": plans.shown(lot.evaluation_plan),
        "verdicts": [
            verdict
            for group in verdicts_by_field(forms.lot_values(lot), now).values()
            for verdict in group
        ]
        if is_draft
        else [],
        "least_trustees": rule_book.rule_set(lot.rule_set).value("trustees"),
    }


def _worded(seats: tuple[TrusteeSeat, ...]) -> list[dict[str, Any]]:
    return [{"word": life.trustee_word(seat.role), "seat": seat} for seat in seats]


def _open_points(call: Call, lot: Lot) -> list[Any]:
    """What still keeps the draft from publication, in words."""
    if lot.stage not in BEFORE_NOTICE:
        return []
    found = []
    for refused in actions.missing(call.session, lot, now=call.now):
        found.append(explain(refused.code, **refused.facts))
    return found


def _steps(lot: Lot, open_points: list[Any], seats: int, documents: int) -> list[dict[str, str]]:
    bad_dates = any(point.code[:6] in ("TEN-14", "TEN-15") for point in open_points)
    approved = lot.stage is LotStage.APPROVED
    done = {
        "content": not bad_dates,
        "evaluation": not any(p.code.startswith("EVA-11") for p in open_points),
        "trustees": seats > 0 and not any(p.code.startswith("TEN-12") for p in open_points),
        "documents": documents > 0,
        "approve": approved or lot.notice_version > 0,
        "publish": lot.notice_version > 0,
    }
    named = (
        ("content", say("内容与日期"), say("逐项对照法定期限")),
        ("evaluation", say("评标办法"), say("价格分、评审因素、评委人数")),
        ("trustees", say("受托人"), say("%(n)s 位", n=seats)),
        ("documents", say("招标文件"), say("%(n)s 份", n=documents)),
        ("approve", say("招标人确认"), say("招标人登录后办理")),
        ("publish", say("签名发布"), say("用代理单位证书签名")),
    )
    first = next((key for key, _, _ in named if not done[key]), None)
    return [
        {
            "name": name,
            "note": note,
            "state": "done" if done[key] else "now" if key == first else "next",
            "href": f"#{key}",
        }
        for key, name, note in named
    ]
