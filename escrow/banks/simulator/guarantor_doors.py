"""The issuer's addresses: sealed questions, the platform's signed requests, the fee's page."""

import json
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from escrow.banks.simulator import counter, guarantors, tills
from escrow.banks.simulator.book import Book, DeclinedError, bank_now
from escrow.banks.simulator.guarantors import Cover, Guarantor, GuarantorState
from escrow.guarantees.http_issuer import CONTEXT, SIGNATURE
from escrow.guarantees.issuer import SEALED_ANSWER
from kernel.crypto import hpke
from kernel.crypto.signatures import verify_ed25519
from kernel.pages import render
from kernel.pure.errors import Refused

doors = Blueprint("guarantors", __name__)
ASK = b"sunbid guarantee ask"
ANSWER = b"sunbid guarantee answer"
PLAIN_ANSWER = SEALED_ANSWER - hpke.ENC - 16


@doors.get("/api/guarantors")
def enrolments() -> Response:
    """What the platform needs to know of each issuer."""
    origin = current_app.extensions["simulator.origin"]
    with _book().session() as session:
        told = guarantors.guarantors()
        return jsonify([guarantors.enrolment(session, one, origin) for one in told])


@doors.put("/api/guarantors/<name>")
def certify(name: str) -> Response:
    """The certificate of an issuer's key, and the platform's key."""
    told: dict[str, Any] = request.get_json()
    certificate, key = (bytes.fromhex(told[one]) for one in ("certificate", "platform_key"))
    with _book().session() as session:
        guarantors.certify(session, name, certificate=certificate, platform_key=key)
    return Response(status=204)


@doors.post("/guarantor/<name>/sealed")
def sealed(name: str) -> Response:
    """An applicant's question and its answer, sealed both ways, each of one size."""
    one, raw = guarantors.guarantor(name), request.get_data()
    with _book().session() as session:
        if tills.till(session, one.bank).is_down():
            return Response(status=503)
        key = guarantors.key_of(session.get_one(GuarantorState, name).sealing_key)
        try:
            plain = hpke.unseal(key, raw[: hpke.ENC], raw[hpke.ENC :], info=ASK)
        except Refused:
            return Response(status=400)
        told = guarantors.opened(plain)
        answer = _answer(session, one, told)
    text = json.dumps(answer, ensure_ascii=False).encode().ljust(PLAIN_ANSWER)
    enc, ciphertext = hpke.seal(bytes.fromhex(told["reply_key"]), text, info=ANSWER)
    return Response(enc + ciphertext, mimetype="application/octet-stream")


@doors.post("/guarantor/<name>/requests")
def requests(name: str) -> Response:
    """The platform asks, gives back or claims, by its signature."""
    one, raw = guarantors.guarantor(name), request.get_data()
    with _book().session() as session:
        if tills.till(session, one.bank).is_down():
            return Response(status=503)
        key = session.get_one(GuarantorState, name).platform_key or b""
        signature = bytes.fromhex(request.headers.get(SIGNATURE, ""))
        if not verify_ed25519(key, CONTEXT + raw, signature):
            return Response(status=401)
        return jsonify(word=guarantors.request(session, one, json.loads(raw)).value)


@doors.post("/api/guarantee-fees")
def pay() -> Response:
    """{application, payer_account}: the fee, once."""
    told: dict[str, Any] = request.get_json()
    application, payer = str(told["application"]), str(told["payer_account"])
    with _book().session() as session:
        cover = guarantors.pay_fee(session, application, payer)
        return jsonify(application=cover.application, word=cover.word)


@doors.post("/api/guarantees/<number>/annul")
def annul(number: str) -> Response:
    """The issuer takes a guarantee back."""
    with _book().session() as session:
        guarantors.annul(session, number)
    return Response(status=204)


@doors.get("/guarantee-fees")
def fee() -> str:
    """The page of one application's fee."""
    return _page(problem=None)


@doors.post("/guarantee-fees")
def pay_at_counter() -> Answer | str:
    """Pay as chosen on the page."""
    application, payer = request.form.get("application", ""), request.form.get("payer", "")
    try:
        with _book().session() as session:
            guarantors.pay_fee(session, application, payer)
    except DeclinedError as error:
        return _page(problem=str(error))
    return redirect(f"/guarantee-fees?application={application}", code=303)


def _answer(session: Session, one: Guarantor, told: dict[str, Any]) -> dict[str, Any]:
    try:
        return guarantors.answer(session, one, told)
    except DeclinedError as error:
        return {"declined": str(error)}
    except (KeyError, TypeError, ValueError):
        return {"declined": "申请缺少内容"}


def _page(*, problem: str | None) -> str:
    """One application: what it is for, its fee, from which account to pay."""
    application = request.values.get("application", "").strip()
    with _book().session() as session:
        cover = session.scalars(select(Cover).where(Cover.application == application)).first()
        return render(
            "simulator/fee.html",
            bank_time=bank_now(session),
            platform=current_app.extensions["simulator.platform"],
            cover=cover,
            issuer=guarantors.guarantor(cover.guarantor) if cover else None,
            payers=[payer for payer in counter.payers(session) if payer.kind == "basic"],
            filled=request.values.get("payer", ""),
            problem=problem,
        )


def _book() -> Book:
    found: Book = current_app.extensions["simulator.book"]
    return found
