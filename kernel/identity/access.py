"""Rights to log in, to one's own account and certificates, and to the public trust anchor."""

from __future__ import annotations

from kernel.permissions import Grants, Right, Role, any_of, anyone, roles, signed_in


class IdentityRight(Right):
    """Doors of identity."""

    ACCOUNT_READ = "account.read"
    CERTIFICATE_REQUEST = "certificate.request"
    CERTIFICATE_REVOKE = "certificate.revoke"
    CONTACTS_KEEP = "contacts.keep"
    DEMO_LOGINS_READ = "demo-logins.read"
    IDENTITY_CHOOSE = "identity.choose"
    LOGIN = "login"
    LOGOUT = "logout"
    PASSKEY_KEEP = "passkey.keep"
    TRUST_READ = "trust.read"


GRANTS: Grants = {
    IdentityRight.ACCOUNT_READ: any_of(signed_in),
    IdentityRight.CERTIFICATE_REQUEST: any_of(signed_in),
    IdentityRight.CERTIFICATE_REVOKE: any_of(signed_in),
    # Officials only: what reminds a bidder stays in its own vault.
    IdentityRight.CONTACTS_KEEP: roles(
        Role.AGENCY, Role.CENTRE, Role.SUPERVISOR, Role.TENDEREE, Role.TRUSTEE
    ),
    # Answers only in a demonstration.
    IdentityRight.DEMO_LOGINS_READ: any_of(anyone),
    # A login without a chosen identity is still a visitor; the view asks for its cookie.
    IdentityRight.IDENTITY_CHOOSE: any_of(anyone),
    IdentityRight.LOGIN: any_of(anyone),
    IdentityRight.LOGOUT: any_of(anyone),
    IdentityRight.PASSKEY_KEEP: any_of(signed_in),
    IdentityRight.TRUST_READ: any_of(anyone),
}
