"""Logging in and out, choosing whom to act for, one's account and certificates."""

from __future__ import annotations

import hmac
from itertools import groupby
from typing import Any
from urllib.parse import quote
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Response, make_response, redirect, request

from kernel.clock import clock_timestamp, installation
from kernel.house import Call
from kernel.identity import actions, queries
from kernel.identity import authority as authorities
from kernel.identity.access import IdentityRight
from kernel.identity.certificates import check_possession
from kernel.identity.queries import Identity
from kernel.identity.rules import RULES, RevocationReason
from kernel.identity.tokens import csrf_token
from kernel.pages import render
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from kernel.views import own_path
from kernel.web import Feature, body, edge, path_uuid

feature = Feature("identity", __name__)
FEW = 6

ROLE_WORDS = {
    Role.AGENCY: "招标代理",
    Role.BANK: "银行",
    Role.BIDDER: "投标人",
    Role.CENTRE: "交易中心",
    Role.EXPERT: "评标专家",
    Role.SUPERVISOR: "监督",
    Role.TENDEREE: "招标人",
    Role.TRUSTEE: "受托人",
}
HOME = {
    Role.AGENCY: "/tenders",
    Role.BIDDER: "/my/lots",
    Role.SUPERVISOR: "/supervision",
    Role.TENDEREE: "/tenders",
    Role.TRUSTEE: "/trustee",
}
STAND_IN = "X-Sunbid-Stand-In"


@feature.get("/login", permission=IdentityRight.LOGIN)
def login_page(call: Call) -> str:
    """The form; in a demonstration, also its people, one click each."""
    return _login_page(call)


def _login_page(call: Call, *, refused: Refused | None = None, login: str = "") -> str:
    demo = installation(call.session).demo
    people = queries.demo_logins(call.session) if demo else ()
    groups = [_group(role, list(members)) for role, members in groupby(people, lambda i: i.role)]
    return render(
        "identity/login.html",
        groups=groups,
        refusal=refused
        and edge().catalogue.text(refused).as_json(call.house.settings.centre_phone),
        login=login,
        next=request.values.get("next", ""),
    )


def _group(role: Role, people: list[queries.Identity]) -> dict[str, Any]:
    """The people of a role; a long list is folded on the page."""
    return {"role": ROLE_WORDS[role], "people": people, "few": len(people) <= FEW}


@feature.post("/login", permission=IdentityRight.LOGIN)
def log_in(call: Call) -> Response:
    """Try a password. A failure is answered, not raised: its count must be committed."""
    _check_same_site()
    login = request.form.get("login", "")
    outcome = actions.log_in(
        call.session,
        login=login,
        password=request.form.get("password", ""),
        by_person=not _is_stand_in(call),
        now=clock_timestamp(call.session),
    )
    if isinstance(outcome, actions.LoggedIn):
        return _welcome(call, outcome)
    page = _login_page(call, refused=outcome.refused, login=login)
    return make_response(page, edge().catalogue.text(outcome.refused).status)


@feature.post("/login/demo", permission=IdentityRight.LOGIN)
def log_in_demo(call: Call) -> Response:
    """Enter as one of the demonstration's people; refused everywhere else."""
    _check_same_site()
    outcome = actions.log_in_demo(
        call.session,
        login=request.form.get("login", ""),
        by_person=not _is_stand_in(call),
        now=clock_timestamp(call.session),
    )
    return _welcome(call, outcome)


def _welcome(call: Call, logged_in: actions.LoggedIn) -> Response:
    """Answer with the new cookie; the login it replaces in this browser ends."""
    former = request.cookies.get(edge().cookie_name)
    actions.log_out(call.session, token=former, now=clock_timestamp(call.session))
    answer = _arrival(logged_in)
    answer.set_cookie(
        edge().cookie_name,
        logged_in.token,
        max_age=int(RULES.session.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=call.house.settings.secure_cookies,
    )
    return answer


def _arrival(logged_in: actions.LoggedIn) -> Response:
    if request.accept_mimetypes.best == "application/json":
        return make_response(
            {
                "csrf_token": csrf_token(logged_in.token),
                "must_choose": logged_in.must_choose,
                "identities": [_identity(each) for each in logged_in.identities],
            }
        )
    asked = own_path(request.form.get("next", ""))
    if logged_in.must_choose:
        return _see("/identity" if asked == "/" else f"/identity?next={quote(asked)}")
    return _see(asked if asked != "/" else _home(logged_in.identities[0].role))


@feature.get("/identity", permission=IdentityRight.IDENTITY_CHOOSE)
def identity_page(call: Call) -> str | Response:
    """Everything the person may act as."""
    token = request.cookies.get(edge().cookie_name, "")
    login = queries.live_login(call.session, token, clock_timestamp(call.session))
    if login is None:
        return _see("/login")
    return render(
        "identity/choose.html",
        identities=queries.identities(call.session, login.person_id),
        role_words=ROLE_WORDS,
        chosen=login.membership_id,
        token=csrf_token(token),
        next=request.args.get("next", ""),
    )


@feature.post("/identity", permission=IdentityRight.IDENTITY_CHOOSE)
def choose_identity(call: Call) -> Response:
    """Act as one of them from now on."""
    token = request.cookies.get(edge().cookie_name, "")
    _check_csrf(token)
    chosen = actions.choose_identity(
        call.session,
        token=token,
        membership_id=path_uuid(request.form.get("membership", "")),
        now=clock_timestamp(call.session),
    )
    asked = own_path(request.form.get("next", ""))
    return _see(asked if asked != "/" else _home(chosen.role))


@feature.post("/logout", permission=IdentityRight.LOGOUT)
def log_out(call: Call) -> Response:
    """End this login."""
    token = request.cookies.get(edge().cookie_name, "")
    if token:
        _check_csrf(token)
    actions.log_out(call.session, token=token, now=clock_timestamp(call.session))
    answer = _see("/")
    answer.delete_cookie(edge().cookie_name, samesite="Lax", httponly=True)
    return answer


@feature.get("/account", permission=IdentityRight.ACCOUNT_READ)
def account_page(call: Call) -> str:
    """Who I am, whom I act for, and the organisation's certificates."""
    me = _account(call)
    return render(
        "identity/account.html",
        organisation=queries.organisation(call.session, me.organisation_id),
        person=queries.person(call.session, me.person_id),
        identities=queries.identities(call.session, me.person_id),
        role_words=ROLE_WORDS,
        certificates=queries.certificates_of(call.session, me.organisation_id),
        reasons={
            RevocationReason.KEY_COMPROMISE: "密钥可能泄露",
            RevocationReason.AFFILIATION_CHANGED: "持有人离职或单位变更",
            RevocationReason.SUPERSEDED: "已换新证书",
        },
    )


@feature.get("/account/session", permission=IdentityRight.ACCOUNT_READ)
def session_state(call: Call) -> dict[str, Any]:
    """The same for scripts, with the organisation's valid certificate keys (hex)."""
    me = _account(call)
    party = queries.organisation(call.session, me.organisation_id)
    account = party.account
    return {
        "person": {"id": str(me.person_id), "name": me.person_name},
        "organisation": {
            "id": str(party.id),
            "name": party.name,
            "credit_code": party.credit_code,
            "account": account
            and {"name": account.name, "number": account.number, "bank": account.bank},
        },
        "role": me.role.value,
        "csrf_token": me.csrf_token,
        "identities": [_identity(i) for i in queries.identities(call.session, me.person_id)],
        "certificates": [
            {
                "serial": each.serial,
                "public_key": each.public_key.hex(),
                "mine": each.person_id == me.person_id,
                "not_after": each.not_after.isoformat(),
            }
            for each in queries.certificates_of(call.session, me.organisation_id)
            if each.is_valid(call.now)
        ],
    }


@feature.post("/account/contacts", permission=IdentityRight.CONTACTS_KEEP)
def keep_contacts(call: Call) -> Response:
    """Where I am reminded."""
    actions.keep_contacts(
        call.session,
        person_id=_account(call).person_id,
        email=request.form.get("email", ""),
        phone=request.form.get("phone", ""),
    )
    return _see("/account#contacts")


@feature.post("/account/certificates", permission=IdentityRight.CERTIFICATE_REQUEST)
def request_certificate(call: Call) -> dict[str, Any]:
    """Certify a key made in the browser; it never leaves there."""
    me = _account(call)
    told = body()
    public_key, proof = _hex(told, "public_key"), _hex(told, "proof")
    party = queries.organisation(call.session, me.organisation_id)
    check_possession(party.credit_code, public_key, proof)
    issued = actions.issue_certificate(
        call.session,
        authorities.of(call.house, call.session, call.now),
        organisation_id=me.organisation_id,
        person_id=me.person_id,
        public_key=public_key,
        now=call.now,
    )
    return {
        "id": str(issued.id),
        "serial": issued.serial,
        "certificate_chain": [link.hex() for link in issued.chain],
    }


@feature.get("/account/certificates/<uuid:certificate_id>", permission=IdentityRight.ACCOUNT_READ)
def certificate_file(call: Call, certificate_id: UUID) -> Response:
    """A certificate of one's organisation with its chain, PEM."""
    me = _account(call)
    for each in queries.certificates_of(call.session, me.organisation_id):
        if each.id == certificate_id:
            chain = authorities.of(call.house, call.session, call.now).chain(each.der)
            return _pem(chain, f"sunbid-{each.tail}.pem")
    raise Refused("IDN-1203")


@feature.post(
    "/account/certificates/<uuid:certificate_id>/revoke",
    permission=IdentityRight.CERTIFICATE_REVOKE,
)
def revoke_certificate(call: Call, certificate_id: UUID) -> Response:
    """Revoke a certificate of one's organisation from this moment on."""
    me = _account(call)
    try:
        reason = RevocationReason(request.form.get("reason", ""))
    except ValueError:
        raise Refused("WEB-1004", detail="缺少吊销原因") from None
    actions.revoke_certificate(
        call.session,
        certificate_id=certificate_id,
        organisation_id=me.organisation_id,
        reason=reason,
        now=call.now,
    )
    return _see("/account")


@feature.get("/trust/root.pem", permission=IdentityRight.TRUST_READ)
def root_certificate(call: Call) -> Response:
    """The root every certificate and seal of this installation leads to."""
    root = authorities.of(call.house, call.session, call.now).root
    return _pem((root,), "sunbid-root.pem")


@feature.get("/demo/logins", permission=IdentityRight.DEMO_LOGINS_READ)
def demo_logins(call: Call) -> dict[str, Any]:
    """The demonstration's people, and since when a human has been logged in as each."""
    if not installation(call.session).demo:
        raise Refused("IDN-1103")
    at_work = queries.people_at_work(call.session)
    return {
        "logins": [
            _identity(each)
            | {"login": each.login, "by_person_at": _iso(at_work.get(each.person_id))}
            for each in queries.demo_logins(call.session)
        ]
    }


def _account(call: Call) -> Account:
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1101")
    return call.actor


def _identity(identity: Identity) -> dict[str, Any]:
    return {
        "membership": str(identity.membership_id),
        "person": identity.person_name,
        "organisation": identity.organisation_name,
        "credit_code": identity.credit_code,
        "role": identity.role.value,
    }


def _home(role: Role) -> str:
    return HOME.get(role, "/account")


def _is_stand_in(call: Call) -> bool:
    return request.headers.get(STAND_IN) == "1" and installation(call.session).demo


def _check_same_site() -> None:
    """A login form has no session to derive a token from: the browser says where it came from."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Refused("WEB-1103")


def _check_csrf(token: str) -> None:
    shown = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    if not token or not hmac.compare_digest(shown.encode(), csrf_token(token).encode()):
        raise Refused("WEB-1103")


def _hex(told: dict[str, Any], name: str) -> bytes:
    try:
        return bytes.fromhex(str(told[name]))
    except (KeyError, ValueError):
        raise Refused("WEB-1004", detail=f"{name} 应为十六进制") from None


def _iso(at: Any) -> str | None:
    return at.isoformat() if at is not None else None


def _see(path: str) -> Response:
    return make_response(redirect(path, code=303))


def _pem(chain: tuple[bytes, ...], name: str) -> Response:
    links = (x509.load_der_x509_certificate(der) for der in chain)
    text = b"".join(link.public_bytes(Encoding.PEM) for link in links)
    answer = make_response(text)
    answer.headers["Content-Type"] = "application/x-pem-file"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
