"""The workplace of agency and tenderee: projects, lots, trustees, documents, approval."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Response, redirect, request
from werkzeug.wrappers import Response as Answer

from kernel import pages, web
from kernel.calendar import published_holidays
from kernel.house import Call
from kernel.identity import queries as identity
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from kernel.pure.rule_sets import Regime
from kernel.web import Feature, explain, path_uuid
from trading.tenders import (
    actions,
    documents,
    drafting,
    editor,
    forms,
    legal_calendar,
    plan_draws,
    plan_forms,
    plan_preview,
    plans,
    queries,
    rule_book,
    verdicts,
)
from trading.tenders.access import TenderRight
from trading.tenders.drafts import check_lot, check_project
from trading.tenders.rules import LotStage, TrusteeRole

feature = Feature("tenders", __name__)
CHUNK = 1 << 18


def account_of(call: Call) -> Account:
    """The account of a workplace route; its right admits nobody else."""
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1101")
    return call.actor


@feature.get("/tenders", permission=TenderRight.WORKPLACE)
def workplace(call: Call) -> str:
    """The organisation's lots, by what is asked next."""
    account = account_of(call)
    reads = {Role.AGENCY: queries.lots_of_agency, Role.TENDEREE: queries.lots_of_tenderee}
    lots = reads[account.role](call.session, account.organisation_id)
    projects = (
        queries.projects_of_agency(call.session, account.organisation_id)
        if account.role is Role.AGENCY
        else ()
    )
    return pages.render(
        "tenders/list.html",
        rows=[editor.list_line(lot, account, call.now) for lot in lots],
        projects=projects,
        is_agency=account.role is Role.AGENCY,
    )


@feature.get("/tenders/projects/new", permission=TenderRight.DRAFT)
def new_project(call: Call) -> str | Answer:
    """An empty project."""
    return _project_form(call, {}, None)


@feature.post("/tenders/projects", permission=TenderRight.DRAFT)
def add_project(call: Call) -> str | Answer:
    """Open a project; a refusal comes back with everything that was filled in."""
    account = account_of(call)
    centres = identity.organisations_in_role(call.session, Role.CENTRE)
    try:
        draft = forms.read_project(
            request.form,
            tenderee_id=path_uuid(request.form.get("tenderee", "")),
            agency_id=account.organisation_id,
            centre_id=centres[0].id,
        )
        check_project(draft)
    except Refused as refused:
        return _project_form(call, request.form.to_dict(), refused)
    project = drafting.create_project(call.session, draft, actor=account, now=call.now)
    return redirect(f"/tenders/projects/{project}/lots/new", code=303)


@feature.get("/tenders/projects/<uuid:project_id>/lots/new", permission=TenderRight.DRAFT)
def new_lot(call: Call, project_id: UUID) -> str | Answer:
    """An empty lot with the earliest legal dates filled in."""
    project = queries.project_row(call.session, project_id)
    values = editor.first_values(call.now, project.regime)
    plan = editor.default_plan(values)
    return _lot_form(call, values, None, plan=plan, project_id=project_id, lot_id=None)


@feature.post("/tenders/projects/<uuid:project_id>/lots", permission=TenderRight.DRAFT)
def add_lot(call: Call, project_id: UUID) -> str | Answer:
    """Add a lot as draft; asked for another method's default plan, show the form with it."""
    if "plan-default" in request.form:
        return _refilled(call, None, project_id=project_id, lot_id=None)
    try:
        draft = forms.read_lot(request.form, rule_book.current(Regime.TENDERING))
        check_lot(draft)
    except Refused as refused:
        return _refilled(call, refused, project_id=project_id, lot_id=None)
    lot = drafting.draft_lot(call.session, project_id, draft, actor=call.actor, now=call.now)
    return redirect(f"/tenders/lots/{lot}#trustees", code=303)


@feature.get("/tenders/lots/<uuid:lot_id>", permission=TenderRight.WORKPLACE)
def manage(call: Call, lot_id: UUID) -> str:
    """One lot: its steps until the notice, then its running."""
    return pages.render("tenders/manage.html", **editor.manage(call, account_of(call), lot_id))


@feature.get("/tenders/lots/<uuid:lot_id>/edit", permission=TenderRight.DRAFT)
def edit(call: Call, lot_id: UUID) -> str | Answer:
    """The lot's text, dates and amounts."""
    lot = queries.lot_row(call.session, lot_id)
    values, plan = forms.lot_values(lot), lot.evaluation_plan
    return _lot_form(call, values, None, plan=plan, project_id=lot.project_id, lot_id=lot_id)


@feature.post("/tenders/lots/<uuid:lot_id>/edit", permission=TenderRight.DRAFT)
def save(call: Call, lot_id: UUID) -> str | Answer:
    """Keep the draft, legal or not yet: only publication needs every check."""
    project = queries.lot_row(call.session, lot_id).project_id
    if "plan-default" in request.form:
        return _refilled(call, None, project_id=project, lot_id=lot_id)
    try:
        draft = forms.read_lot(request.form, rule_book.current(Regime.TENDERING))
        check_lot(draft)
    except Refused as refused:
        return _refilled(call, refused, project_id=project, lot_id=lot_id)
    drafting.edit_lot(call.session, lot_id, draft, actor=call.actor, now=call.now)
    return redirect(f"/tenders/lots/{lot_id}", code=303)


@feature.post("/tenders/check-dates", permission=TenderRight.CHECK)
def check_dates(call: Call) -> dict[str, Any]:
    """A verdict for each field as it is filled in; nothing is kept."""
    terms = forms.read_terms(request.form)
    found = legal_calendar.check(
        terms,
        now=call.now,
        rules=rule_book.current(Regime.TENDERING),
        holidays=published_holidays(),
    )
    return {"verdicts": verdicts.as_json(verdicts.told(found))}


@feature.post("/tenders/check-plan", permission=TenderRight.CHECK)
def check_plan(call: Call) -> dict[str, Any]:
    """The plan's sums and faults as it is filled in, tried on prices; nothing is kept."""
    plan = plan_forms.read(request.form, rule_book.current(Regime.TENDERING))
    return {**plan_forms.verdict(plan), "preview": plan_preview.tried(plan, request.form)}


@feature.post("/tenders/lots/<uuid:lot_id>/trustees", permission=TenderRight.DRAFT)
def seat_trustees(call: Call, lot_id: UUID) -> Answer:
    """Seat the trustees that were ticked, in the order of the list."""
    chosen = tuple(path_uuid(value) for value in request.form.getlist("trustee"))
    drafting.set_trustees(
        call.session,
        lot_id,
        trustee_ids=chosen,
        threshold=_count(request.form.get("threshold", "")),
        actor=call.actor,
        now=call.now,
    )
    return redirect(f"/tenders/lots/{lot_id}#trustees", code=303)


@feature.post("/tenders/lots/<uuid:lot_id>/rescue-panel", permission=TenderRight.DRAFT)
def seat_panel(call: Call, lot_id: UUID) -> Answer:
    """Seat the rescue panel that was ticked; nobody ticked means the documents allow none."""
    drafting.set_panel(
        call.session,
        lot_id,
        member_ids=tuple(path_uuid(value) for value in request.form.getlist("member")),
        threshold=_count(request.form.get("threshold", "")),
        actor=call.actor,
        now=call.now,
    )
    return redirect(f"/tenders/lots/{lot_id}#rescue", code=303)


@feature.post("/tenders/lots/<uuid:lot_id>/documents", permission=TenderRight.DRAFT)
def upload(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Keep a tender document; the body is the file, `name` names it."""
    request.max_content_length = documents.MAX_DOCUMENT
    document = documents.add_document(
        call.session,
        call.house.blobs,
        lot_id,
        name=request.args.get("name", ""),
        media_type=_media_type(request.mimetype),
        content=_chunks(),
        actor=call.actor,
        now=call.now,
    )
    row = queries.document(call.session, lot_id, document)
    return {"id": str(document), "name": row.name, "sha256": bytes(row.sha256).hex()}


@feature.post(
    "/tenders/lots/<uuid:lot_id>/documents/<uuid:document_id>/withdraw",
    permission=TenderRight.DRAFT,
)
def withdraw(call: Call, lot_id: UUID, document_id: UUID) -> Answer:
    """Take a document out of the draft."""
    documents.withdraw_document(call.session, lot_id, document_id, actor=call.actor, now=call.now)
    return redirect(f"/tenders/lots/{lot_id}#documents", code=303)


@feature.post("/tenders/lots/<uuid:lot_id>/approve", permission=TenderRight.APPROVE)
def approve(call: Call, lot_id: UUID) -> Answer:
    """The tenderee agrees to the draft as it stands."""
    actions.approve_lot(call.session, lot_id, actor=call.actor, now=call.now)
    return redirect(f"/tenders/lots/{lot_id}", code=303)


@feature.post("/tenders/lots/<uuid:lot_id>/end", permission=TenderRight.END)
def end(call: Call, lot_id: UUID) -> Answer:
    """Hold, resume or end a lot, with its reason."""
    to = request.form.get("to", "")
    if to not in set(LotStage):
        raise Refused("WEB-1004", detail="没有这个阶段")
    actions.end_lot(
        call.session,
        lot_id,
        LotStage(to),
        actor=call.actor,
        now=call.now,
        reason=request.form.get("reason", ""),
    )
    return redirect(f"/tenders/lots/{lot_id}", code=303)


@feature.post("/tenders/trustee-key", permission=TenderRight.REGISTER_KEY)
def register_key(call: Call) -> dict[str, Any]:
    """Register the public key of the person's own key file; the private half never comes here."""
    account = account_of(call)
    try:
        key = bytes.fromhex(web.body()["public_key"])
    except (KeyError, TypeError, ValueError):
        raise Refused("TEN-1204") from None
    trustee = drafting.register_trustee(
        call.session,
        person_id=account.person_id,
        organisation_id=account.organisation_id,
        role=_seat_of(account.role, web.body().get("seat")),
        name=account.person_name,
        public_key=key,
        now=call.now,
    )
    return {"id": str(trustee)}


def _seat_of(role: Role, seat: object) -> TrusteeRole:
    """Whose seat a key is for; people from outside say whether they come from an association."""
    if role is not Role.TRUSTEE:
        return TrusteeRole(role.value)
    association = seat == TrusteeRole.ASSOCIATION.value
    return TrusteeRole.ASSOCIATION if association else TrusteeRole.NOTARY


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 3 else 0


def _chunks() -> Iterator[bytes]:
    while piece := request.stream.read(CHUNK):
        yield piece


def _media_type(given: str) -> str:
    """Only types that no browser runs; the rest are plain bytes."""
    return given if given in ("application/pdf", "application/zip") else "application/octet-stream"


def _project_form(call: Call, values: dict[str, str], refused: Refused | None) -> str | Answer:
    html = pages.render(
        "tenders/project.html",
        values=values,
        refusal=explain(refused.code, **refused.facts) if refused else None,
        tenderees=[
            (str(each.id), each.name)
            for each in identity.organisations_in_role(call.session, Role.TENDEREE)
        ],
    )
    return Response(html, status=400) if refused else html


def _refilled(
    call: Call, refused: Refused | None, *, project_id: UUID, lot_id: UUID | None
) -> str | Answer:
    """The form as it was sent, with its own plan or the default of the chosen method."""
    values = request.form.to_dict()
    rules = rule_book.current(Regime.TENDERING)
    own = plan_forms.is_filled(values) and "plan-default" not in values
    plan = plan_forms.read(values, rules) if own else editor.default_plan(values)
    return _lot_form(call, values, refused, plan=plan, project_id=project_id, lot_id=lot_id)


def _lot_form(
    call: Call,
    values: dict[str, str],
    refused: Refused | None,
    *,
    plan: plans.PlanJson,
    project_id: UUID,
    lot_id: UUID | None,
) -> str | Answer:
    project = queries.project_row(call.session, project_id)
    if project.agency_id != account_of(call).organisation_id:
        raise Refused("TEN-1004")
    html = pages.render(
        "tenders/edit.html",
        values=values,
        project=project,
        lot_id=lot_id,
        refusal=explain(refused.code, **refused.facts) if refused else None,
        verdicts=editor.verdicts_by_field(values, call.now),
        kinds=editor.kinds(),
        plan=plan_forms.values(plan),
        plan_check=editor.plan_check(plan),
        plan_methods=editor.plan_methods(),
        plan_ties=editor.plan_ties(plan),
        plan_draw_kinds=plan_draws.kinds(),
        plan_draw_new=editor.plan_draw_new(),
        plan_price=editor.plan_price(values),
        plan_preview=plan_preview.tried(plan, values),
    )
    return Response(html, status=400) if refused else html
