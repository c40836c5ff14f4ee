"""The simulated issuer: applications, fees, signed guarantees, releases and claims, in the book.

It knows who bids for what, as every issuer must; the platform passes sealed questions on.
"""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import ForeignKey, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from escrow.banks.simulator.book import BookBase, BookEntry, Customer, DeclinedError, bank_now
from escrow.banks.simulator.tills import OWN_FUNDS, digits
from escrow.guarantees.rules import FORMAT, Word, message
from kernel.crypto.signatures import public_bytes, sign_p256
from kernel.identity.rules import with_check_character
from kernel.pure import jcs

PERMYRIAD: Final = 10_000


@dataclass(frozen=True, slots=True)
class Guarantor:
    """One issuer as data."""

    code: str
    name: str
    first17: str
    bank: str
    account: str
    numbers: str
    fee_permyriad: int
    fee_least_fen: int
    terms: str

    @property
    def credit_code(self) -> str:
        """Its unified social credit code."""
        return with_check_character(self.first17)


class GuarantorState(BookBase):
    """One issuer's keys (P-256 scalars), its certificate once it has one, the platform's key."""

    __tablename__ = "guarantor"

    code: Mapped[str] = mapped_column(primary_key=True)
    signing_key: Mapped[bytes]
    sealing_key: Mapped[bytes]
    certificate: Mapped[bytes | None]
    platform_key: Mapped[bytes | None]


class Cover(BookBase):
    """An application and what became of it; `secret` is the applicant's, by hash."""

    __tablename__ = "cover"

    secret: Mapped[bytes] = mapped_column(primary_key=True)
    guarantor: Mapped[str] = mapped_column(ForeignKey(GuarantorState.code))
    application: Mapped[str] = mapped_column(unique=True)
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB())
    fee_fen: Mapped[int]
    word: Mapped[str] = mapped_column(default=Word.APPLIED.value)
    number: Mapped[str | None] = mapped_column(unique=True)
    document: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    claim: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


@cache
def guarantors() -> tuple[Guarantor, ...]:
    """Every issuer."""
    told = tomllib.loads(Path(__file__).with_name("guarantors.toml").read_text("utf-8"))
    return tuple(Guarantor(**one) for one in told["guarantor"])


def guarantor(code: str) -> Guarantor:
    """The issuer of that code. Raises DeclinedError."""
    found = next((one for one in guarantors() if one.code == code), None)
    if found is None:
        raise DeclinedError("没有这家保函机构")
    return found


def open_guarantors(session: Session) -> None:
    """Every issuer's keys and its own account, made at the first start."""
    for one in guarantors():
        if session.get(GuarantorState, one.code) is None:
            keys = [_scalar(ec.generate_private_key(ec.SECP256R1())) for _ in range(2)]
            session.add(GuarantorState(code=one.code, signing_key=keys[0], sealing_key=keys[1]))
            session.add(
                Customer(
                    number=one.account,
                    bank=one.bank,
                    name=one.name,
                    kind="own",
                    balance_fen=OWN_FUNDS,
                )
            )
            session.flush()


def enrolment(session: Session, one: Guarantor, origin: str) -> dict[str, Any]:
    """What the platform needs to know of an issuer."""
    state = session.get_one(GuarantorState, one.code)
    return {
        "code": one.code,
        "name": one.name,
        "credit_code": one.credit_code,
        "adapter": "json-http",
        "base_url": f"{origin}/guarantor/{one.code}",
        "public_key": public_bytes(key_of(state.signing_key)).hex(),
        "sealing_key": public_bytes(key_of(state.sealing_key)).hex(),
    }


def certify(session: Session, code: str, *, certificate: bytes, platform_key: bytes) -> None:
    """Take the certificate for the signing key, and the key by which the platform is known."""
    state = session.get_one(GuarantorState, guarantor(code).code)
    state.certificate, state.platform_key = certificate, platform_key


def answer(session: Session, one: Guarantor, told: dict[str, Any]) -> dict[str, Any]:
    """What an applicant's sealed question is answered: {ask: apply | state, secret, …}."""
    cover = session.get(Cover, _secret(told))
    if cover is None and told.get("ask") == "apply":
        cover = _apply(session, one, told)
    if cover is None:
        raise DeclinedError("没有这份申请")
    if cover.word == Word.PAID:
        _issue(session, one, cover)
    return {
        "application": cover.application,
        "fee_fen": cover.fee_fen,
        "word": cover.word,
        "document": cover.document,
    }


def pay_fee(session: Session, application: str, payer: str) -> Cover:
    """The applicant pays the fee from its own account, once. Raises DeclinedError."""
    cover = session.scalars(select(Cover).where(Cover.application == application.strip())).first()
    source = session.get(Customer, payer)
    if cover is None or source is None:
        raise DeclinedError("没有这份申请或这个账户")
    if cover.word != Word.APPLIED:
        return cover
    if source.kind != "basic" or source.name != cover.asked["principal"]["name"]:
        raise DeclinedError("保费须从投标人的基本账户转出")
    own = session.get_one(Customer, guarantor(cover.guarantor).account)
    _transfer(session, source, own, cover.fee_fen, cover.application)
    cover.word = Word.PAID.value
    return cover


def request(session: Session, one: Guarantor, told: dict[str, Any]) -> Word:
    """The platform's word after the list: {act: standing | release | claim, number, digest, …}."""
    cover = session.scalars(select(Cover).where(Cover.number == str(told.get("number")))).first()
    if cover is None or cover.guarantor != one.code or digest_of(cover) != told.get("digest"):
        return Word.UNKNOWN
    act = told.get("act")
    if act == "release" and cover.word == Word.ISSUED:
        cover.word = Word.RELEASED.value
    elif act == "claim" and cover.word == Word.ISSUED:
        if told["amount_fen"] <= cover.asked["amount_fen"]:
            cover.claim, cover.word = told, Word.CLAIMED.value
    elif act == "standing" and cover.word == Word.CLAIMED:
        _pay_out(session, one, cover)
    return Word(cover.word)


def annul(session: Session, number: str) -> None:
    """The issuer takes a guarantee back: from now on it is none. Raises DeclinedError."""
    cover = session.scalars(select(Cover).where(Cover.number == number)).first()
    if cover is None:
        raise DeclinedError("没有这份保函")
    cover.word = Word.ANNULLED.value


def digest_of(cover: Cover) -> str:
    """SHA-256 over the document's canonical form, in hexadecimal."""
    return hashlib.sha256(jcs.canonical(cover.document or {})).hexdigest()


def key_of(scalar: bytes) -> ec.EllipticCurvePrivateKey:
    """A private key from its stored scalar."""
    return ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1())


def _apply(session: Session, one: Guarantor, told: dict[str, Any]) -> Cover:
    asked: dict[str, Any] = {
        "principal": _named(told["principal"]),
        "beneficiary": _named(told["beneficiary"]),
        "lot": str(told["lot"]),
        "project": str(told["project"]),
        "amount_fen": int(told["amount_fen"]),
        "valid_from": date.fromisoformat(told["valid_from"]).isoformat(),
        "valid_until": date.fromisoformat(told["valid_until"]).isoformat(),
    }
    if asked["amount_fen"] <= 0:
        raise DeclinedError("金额应大于零")
    fee = max(one.fee_least_fen, asked["amount_fen"] * one.fee_permyriad // PERMYRIAD)
    cover = Cover(
        secret=_secret(told),
        guarantor=one.code,
        application=f"SQ{digits(12)}",
        asked=asked,
        fee_fen=fee,
        word=Word.APPLIED.value,
    )
    session.add(cover)
    session.flush()
    return cover


def _issue(session: Session, one: Guarantor, cover: Cover) -> None:
    state = session.get_one(GuarantorState, one.code)
    if state.certificate is None:
        raise DeclinedError("机构证书尚未签发")
    cover.number = f"{one.numbers}{digits(16)}"
    cover.document = signed(
        {
            "format": FORMAT,
            "number": cover.number,
            "issuer": {"name": one.name, "credit_code": one.credit_code},
            **cover.asked,
            "issued_at": _whole_second(bank_now(session)).isoformat(),
            "terms": one.terms,
        },
        key_of(state.signing_key),
        state.certificate,
    )
    cover.word = Word.ISSUED.value


def signed(
    told: dict[str, Any], key: ec.EllipticCurvePrivateKey, certificate: bytes
) -> dict[str, Any]:
    """A guarantee as its issuer hands it out."""
    signature = sign_p256(key, message(told)).hex()
    return {**told, "certificate": certificate.hex(), "signature": signature}


def _pay_out(session: Session, one: Guarantor, cover: Cover) -> None:
    claim = cover.claim or {}
    target = session.get(Customer, str(claim.get("to_account")))
    if target is None or target.name != claim.get("to_name"):
        return
    own = session.get_one(Customer, one.account)
    _transfer(session, own, target, int(claim["amount_fen"]), str(claim["key"]))
    cover.word = Word.PAID_OUT.value


def _transfer(session: Session, source: Customer, target: Customer, fen: int, about: str) -> None:
    """Both sides in the book; neither is a master account, so no bank tells the platform of it."""
    if source.balance_fen < fen:
        raise DeclinedError("余额不足")
    now, reference = bank_now(session), f"BH{digits(18)}"
    for account, sign, other in ((source, "DBIT", target), (target, "CRDT", source)):
        account.balance_fen += fen if sign == "CRDT" else -fen
        session.add(
            BookEntry(
                bank_ref=reference,
                account=account.number,
                sign=sign,
                amount_fen=fen,
                other_number=other.number,
                other_name=other.name,
                other_personal=other.kind == "personal",
                booked_at=now,
                recorded_at=now,
                end_to_end=about,
            )
        )
    session.flush()


def _secret(told: dict[str, Any]) -> bytes:
    raw = bytes.fromhex(str(told.get("secret", "")))
    if len(raw) != 32:
        raise DeclinedError("申请没有凭据")
    return hashlib.sha256(raw).digest()


def _named(told: Any) -> dict[str, str]:
    return {"name": str(told["name"]), "credit_code": str(told["credit_code"])}


def _scalar(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_numbers().private_value.to_bytes(32, "big")


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def opened(plain: bytes) -> dict[str, Any]:
    """A question from its padded JSON. Raises DeclinedError."""
    try:
        told = json.loads(plain)
    except ValueError:
        raise DeclinedError("申请无法读取") from None
    if not isinstance(told, dict):
        raise DeclinedError("申请无法读取")
    return told
