"""Who the people are: users, organizations, memberships, and what was done by whom.

User, Organization, Membership, Invitation and ApiToken carry no row-level security: they are what decides which
organization a request acts for.
"""

import hashlib
import json
import secrets
from datetime import timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import connection, models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kolhub.models.rules import OWN, AppendOnly, OrganizationQuerySet, OwnedModel, RowSecurity


class UserManager(BaseUserManager["User"]):
    """Users are known by e-mail."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Store a user with a hashed password."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who logs in by e-mail."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ci")]

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    """What a member does here."""

    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    ANALYST = "analyst", _("Analyst")
    COMPLIANCE = "compliance", _("Compliance reviewer")
    VIEWER = "viewer", _("Viewer")


_EVERYBODY = frozenset(Role)
_WORKERS = frozenset({Role.OWNER, Role.MANAGER})

# Roles are few and verbs are few; a view names the verb it needs (kolhub/access.py).
PERMISSIONS: Final[dict[str, frozenset[Role]]] = {
    "see": _EVERYBODY,
    "export": _EVERYBODY - {Role.VIEWER},
    "money": frozenset({Role.OWNER, Role.MANAGER, Role.ANALYST}),
    "catalog": _WORKERS,
    "work": _WORKERS,
    "tracking": _WORKERS,
    "review": frozenset({Role.OWNER, Role.COMPLIANCE}),
    "organization": frozenset({Role.OWNER}),
}


class Organization(models.Model):
    """A brand or an agency (MCN)."""

    class Kind(models.TextChoices):
        BRAND = "brand", _("Brand")
        AGENCY = "agency", _("Agency")

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    currency = models.CharField(_("reporting currency"), max_length=3, default="USD")
    timezone = models.CharField(_("time zone"), max_length=40, default="UTC")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def is_brand(self) -> bool:
        return self.kind == self.Kind.BRAND

    @property
    def is_agency(self) -> bool:
        return self.kind == self.Kind.AGENCY

    @property
    def clock(self) -> ZoneInfo:
        """The zone of its days and hours; UTC where the stored name is unknown to this machine."""
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")


class Membership(models.Model):
    """A user's role in an organization. An ended one stays for the record and opens nothing."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=12, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user"], condition=models.Q(ended_at=None), name="membership_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.organization}"

    def may(self, verb: str) -> bool:
        """Say whether the role covers the verb."""
        return Role(self.role) in PERMISSIONS[verb]


class Invitation(models.Model):
    """A link that makes one person a member. Only the hash of its secret is kept."""

    LIFETIME = timedelta(days=7)

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=12, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = OrganizationQuerySet.as_manager()

    def __str__(self) -> str:
        return self.email

    @classmethod
    def issue(cls, organization: Organization, email: str, role: str, invited_by: User) -> tuple["Invitation", str]:
        """Store an invitation and return it with its secret, which is shown once."""
        secret = secrets.token_urlsafe(24)
        invitation = cls.objects.create(
            organization=organization,
            email=email.strip().lower(),
            role=role,
            token_hash=hash_secret(secret),
            invited_by=invited_by,
            expires_at=timezone.now() + cls.LIFETIME,
        )
        return invitation, secret

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > timezone.now()


class ApiToken(models.Model):
    """A machine's key to one membership's API. Hashed at rest; the prefix lets scanners recognize a leak."""

    PREFIX = "khb_"

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def issue(cls, membership: Membership, name: str, lifetime: timedelta | None = None) -> tuple["ApiToken", str]:
        """Store a token and return it with its secret, which is shown once."""
        secret = cls.PREFIX + secrets.token_urlsafe(32)
        token = cls.objects.create(
            membership=membership,
            name=name,
            token_hash=hash_secret(secret),
            hint=secret[:8],
            expires_at=timezone.now() + lifetime if lifetime else None,
        )
        return token, secret


def hash_secret(secret: str) -> str:
    """Return the SHA-256 of a random secret in hex (no salt: the secret has 192 bits or more)."""
    return hashlib.sha256(secret.encode()).hexdigest()


class SharingGrant(models.Model):
    """What an agency shows a brand, from when to when: its creators, and only if said so their contacts."""

    grantor = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="grants_given")
    grantee = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="grants_received")
    includes_contacts = models.BooleanField(_("share contacts"), default=False)
    starts_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(grantor=models.F("grantee")), name="grant_to_another"),
            models.CheckConstraint(
                condition=models.Q(ends_at=None) | models.Q(ends_at__gte=models.F("starts_at")),
                name="grant_ends_after_start",
            ),
            RowSecurity(
                name="grant_rls",
                read="kolhub_organization() IN (grantor_id, grantee_id)",
                write="grantor_id = kolhub_organization()",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grantor} → {self.grantee}"

    @property
    def is_active(self) -> bool:
        now = timezone.now()
        return self.starts_at <= now and (self.ends_at is None or self.ends_at > now)

    @property
    def is_over(self) -> bool:
        return self.ends_at is not None and self.ends_at <= timezone.now()


class AuditEvent(OwnedModel):
    """One thing that was done, by whom, chained by hash to the one before (per organization)."""

    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["organization", "subject", "id"], name="audit_subject")]
        constraints = [
            RowSecurity(name="audit_rls", read=OWN, write=OWN),
            AppendOnly(name="audit_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"

    @classmethod
    def record(
        cls, organization_id: int, actor: User | None, verb: str, subject: models.Model | str, **data: Any
    ) -> "AuditEvent":
        """Append an event in the caller's transaction.

        Writers of one organization queue on an advisory lock, so the chain has no forks.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('kolhub.audit'), %s::int)", [organization_id])
        last = cls.objects.filter(organization_id=organization_id).order_by("-id").first()
        event = cls(
            organization_id=organization_id,
            actor=actor,
            verb=verb,
            subject=subject if isinstance(subject, str) else f"{subject._meta.model_name}:{subject.pk}",
            data=json.loads(json.dumps(data, default=str)),
            at=timezone.now(),
            previous_hash=last.hash if last else "",
        )
        event.hash = event.compute_hash()
        event.save()
        return event

    def compute_hash(self) -> str:
        """Return the SHA-256 over the event's canonical JSON and the previous hash."""
        fields = [
            self.organization_id,
            self.actor_id,
            self.verb,
            self.subject,
            self.data,
            self.at.isoformat(),
            self.previous_hash,
        ]
        return hashlib.sha256(
            json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        ).hexdigest()
