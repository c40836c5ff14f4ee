"""The people of evaluation's tests: parties of a lot, two sites, a pool of experts."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from evaluation import public
from evaluation.public import ExpertEntry, Past, Site, SiteKind
from kernel.identity import actions as identity
from kernel.identity import certificates
from kernel.identity.authority import Authority
from kernel.identity.rules import with_check_character
from kernel.identity.signer import SoftCertificate
from kernel.permissions import Account, Role

PARTIES = {
    Role.TENDEREE: ("9133032672361111A", "平阳县交通投资集团有限公司", "周明远"),
    Role.AGENCY: ("9133030014622222B", "浙江正和工程咨询有限公司", "方静"),
    Role.CENTRE: ("1233032600263333C", "云澜市公共资源交易中心", "沈知微"),
    Role.SUPERVISOR: ("1133032600264444D", "平阳县交通运输局", "梁砚舟"),
    Role.BIDDER: ("9133030011119999X", "旁观勘测设计有限公司", "容止"),
}
HOME = Site("云澜主场", SiteKind.HOME, "云澜市")
GUEST = Site("青屿副场", SiteKind.GUEST, "青屿市")
NAMES = ("顾行之", "陆昭", "许听澜", "温如言", "裴远", "苏砚", "江逾白", "沈归", "叶临川", "程一心")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account and a certificate of their own."""

    login: str
    account: Account
    certificate: SoftCertificate


@dataclass(frozen=True, slots=True)
class Expert:
    """An expert of the pool."""

    person: Person
    entry: ExpertEntry
    id: UUID

    @property
    def account(self) -> Account:
        return self.person.account


def a_party(session: Session, here: Authority, role: Role, now: Any) -> Person:
    code, organisation, name = PARTIES[role]
    organisation_id = identity.register_organisation(
        session,
        credit_code=with_check_character(code),
        name=organisation,
        account=None,
        now=now,
    )
    return a_person(
        session, here, f"{role.value}1", name, (organisation_id, organisation, role), now
    )


def a_person(
    session: Session,
    here: Authority,
    login: str,
    name: str,
    acts_for: tuple[UUID, str, Role],
    now: Any,
) -> Person:
    organisation_id, organisation, role = acts_for
    person_id = identity.add_person(
        session, login=login, name=name, password_hash=None, demo=True, now=now
    )
    identity.join(session, person_id=person_id, organisation_id=organisation_id, role=role, now=now)
    certificate = certificates.soft_certificate(
        session, here, organisation_id=organisation_id, person_id=person_id, now=now
    )
    account = Account(
        person_id=person_id,
        organisation_id=organisation_id,
        role=role,
        person_name=name,
        organisation_name=organisation,
        session_id=person_id,
        csrf_token="",
    )
    return Person(login, account, certificate)


def an_expert(session: Session, here: Authority, index: int, now: Any) -> Expert:
    """Two of each three at home; every expert has an employer of their own."""
    code = with_check_character(f"123303260077{index:04d}Y")
    employer = f"第{index + 1}设计研究院"
    organisation_id = identity.register_organisation(
        session, credit_code=code, name=employer, account=None, now=now
    )
    name = NAMES[index % len(NAMES)]
    person = a_person(
        session, here, f"expert{index + 1}", name, (organisation_id, employer, Role.EXPERT), now
    )
    site = GUEST if index % 3 == 2 else HOME
    entry = ExpertEntry(
        person_id=person.account.person_id,
        name=name,
        employer=employer,
        employer_code=code,
        region=site.region,
        site=site.name,
        specialities=("公路设计",),
        past=(Past(with_check_character("9133030077770000Q"), date(2020, 6, 30)),),
    )
    return Expert(person, entry, public.register_expert(session, entry, now=now))
