"""Rights of the agency's, tenderee's and trustee's side of a lot."""

from kernel.permissions import Grants, Right, Role, any_of, is_role, roles, the_system


class TenderRight(Right):
    """Doors of the tender workplace; which lot is whose is a rule, not a right."""

    APPROVE = "tenders.approve"
    CHECK = "tenders.check"
    DRAFT = "tenders.draft"
    END = "tenders.end"
    OFFER = "tenders.offer"
    PUBLISH = "tenders.publish"
    REGISTER_KEY = "tenders.register_key"
    WORKPLACE = "tenders.workplace"
    WRITE_PDF = "tenders.write_pdf"


_PARTIES = (Role.AGENCY, Role.TENDEREE)

GRANTS: Grants = {
    TenderRight.APPROVE: roles(Role.TENDEREE),
    TenderRight.CHECK: roles(Role.AGENCY),
    TenderRight.DRAFT: roles(Role.AGENCY),
    TenderRight.END: roles(*_PARTIES),
    TenderRight.OFFER: any_of(the_system),
    TenderRight.PUBLISH: roles(Role.AGENCY),
    TenderRight.REGISTER_KEY: any_of(
        *(
            is_role(role)
            for role in (
                Role.AGENCY,
                Role.CENTRE,
                Role.SUPERVISOR,
                Role.TENDEREE,
                Role.TRUSTEE,
            )
        )
    ),
    TenderRight.WORKPLACE: roles(*_PARTIES),
    TenderRight.WRITE_PDF: any_of(the_system),
}
