"""The hub's records: accounts, creators, rosters."""

from kolhub.models.accounts import (
    PERMISSIONS,
    ApiToken,
    AuditEvent,
    Invitation,
    Membership,
    Organization,
    Role,
    SharingGrant,
    User,
    hash_secret,
)
from kolhub.models.creators import (
    Contact,
    Creator,
    Credential,
    DoNotContact,
    Profile,
    ProfileSnapshot,
    Provenance,
    RateCard,
    Segment,
)
from kolhub.models.rosters import RosterFile, RosterImport, RosterLine, RosterProblem

__all__ = [
    "PERMISSIONS",
    "ApiToken",
    "AuditEvent",
    "Contact",
    "Creator",
    "Credential",
    "DoNotContact",
    "Invitation",
    "Membership",
    "Organization",
    "Profile",
    "ProfileSnapshot",
    "Provenance",
    "RateCard",
    "Role",
    "RosterFile",
    "RosterImport",
    "RosterLine",
    "RosterProblem",
    "Segment",
    "SharingGrant",
    "User",
    "hash_secret",
]
