"""Creators: the people, their profiles on each platform, what was measured of them and what they charge.

A creator belongs to the organization that brought it. Another organization sees it while a grant lasts.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kolhub.models.accounts import Membership, Organization, User
from kolhub.models.rules import (
    OWN,
    SHARED,
    SHARED_CONTACTS,
    CompositeForeignKey,
    OrganizationQuerySet,
    OwnedModel,
    RowSecurity,
)


class SharedQuerySet(OrganizationQuerySet):
    """Rows that a running grant also shows to another organization."""

    def visible_to(self, membership: Membership) -> "SharedQuerySet":
        now = timezone.now()
        granted = Organization.objects.filter(
            Q(grants_given__ends_at=None) | Q(grants_given__ends_at__gt=now),
            grants_given__grantee=membership.organization_id,
            grants_given__starts_at__lte=now,
        )
        return self.filter(Q(organization_id=membership.organization_id) | Q(organization__in=granted))

    def owned_by(self, membership: Membership) -> "SharedQuerySet":
        """Keep what the membership's own organization brought (and may change)."""
        return self.filter(organization_id=membership.organization_id)


class ContactQuerySet(OrganizationQuerySet):
    """Contacts are private unless a grant says otherwise."""

    def visible_to(self, membership: Membership) -> "ContactQuerySet":
        now = timezone.now()
        granted = Organization.objects.filter(
            Q(grants_given__ends_at=None) | Q(grants_given__ends_at__gt=now),
            grants_given__grantee=membership.organization_id,
            grants_given__starts_at__lte=now,
            grants_given__includes_contacts=True,
        )
        return self.filter(Q(organization_id=membership.organization_id) | Q(organization__in=granted))


class Creator(OwnedModel):
    """A person (or virtual person) who publishes."""

    class Kind(models.TextChoices):
        HUMAN = "human", _("Human")
        VIRTUAL = "virtual", _("Virtual")
        IN_HOUSE = "in_house", _("In-house")

    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.HUMAN)
    country = models.CharField(_("country"), max_length=2, blank=True)
    languages = ArrayField(models.CharField(max_length=10), verbose_name=_("languages"), default=list, blank=True)
    categories = ArrayField(models.CharField(max_length=40), verbose_name=_("categories"), default=list, blank=True)
    bio = models.TextField(_("bio"), blank=True)
    notes = models.TextField(_("notes"), blank=True)
    tags = ArrayField(models.CharField(max_length=40), verbose_name=_("tags"), default=list, blank=True)
    external_ref = models.CharField(_("agency's own number"), max_length=80, blank=True)
    # What the catalog is searched by: name, handles, categories, tags, lower-cased. Kept by roster/load.py.
    search_text = models.TextField(blank=True, editable=False)
    # The largest profile's followers: what lists sort by without a join.
    top_followers = models.BigIntegerField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-top_followers", "id"], name="creator_by_followers"),
            models.Index(fields=["organization", "country"], name="creator_by_country"),
            GinIndex(fields=["categories"], name="creator_categories"),
            GinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name="creator_search"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="creator_org_id"),
            models.UniqueConstraint(
                fields=["organization", "external_ref"],
                condition=~Q(external_ref=""),
                name="creator_external_ref",
            ),
            RowSecurity(name="creator_rls", read=SHARED, write=OWN),
        ]

    def __str__(self) -> str:
        return self.name


class Provenance(models.TextChoices):
    """Where a metric comes from."""

    CLAIMED = "claimed", _("claimed")
    MEASURED = "measured", _("measured")


class Profile(OwnedModel):
    """A creator on one platform, with its latest metrics and where they come from."""

    creator = models.ForeignKey(Creator, on_delete=models.CASCADE, related_name="profiles")
    platform = models.CharField(_("platform"), max_length=20)
    handle = models.CharField(_("handle"), max_length=120)
    display_name = models.CharField(_("display name"), max_length=200, blank=True)
    url = models.URLField(_("link"), max_length=500, blank=True)
    followers = models.BigIntegerField(_("followers"), null=True, blank=True)
    avg_views = models.BigIntegerField(_("average views"), null=True, blank=True)
    avg_likes = models.BigIntegerField(_("average likes"), null=True, blank=True)
    avg_comments = models.BigIntegerField(_("average comments"), null=True, blank=True)
    avg_shares = models.BigIntegerField(_("average shares"), null=True, blank=True)
    # Engagements per follower, 0..1 (0.0139 is 1.39 %).
    engagement_rate = models.FloatField(_("engagement rate"), null=True, blank=True)
    audience_country = models.CharField(_("audience country"), max_length=2, blank=True)
    metrics_on = models.DateField(_("as of"), null=True, blank=True)
    metrics_source = models.CharField(_("source"), max_length=200, blank=True)
    provenance = models.CharField(max_length=10, choices=Provenance, default=Provenance.CLAIMED)

    objects = SharedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["creator"], name="profile_creator"),
            models.Index(fields=["organization", "platform", "-followers"], name="profile_by_platform"),
            models.Index(fields=["organization", "audience_country"], name="profile_by_audience"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="profile_org_id"),
            models.UniqueConstraint(fields=["organization", "platform", "handle"], name="profile_once"),
            CompositeForeignKey(field="creator", name="profile_creator_org"),
            RowSecurity(name="profile_rls", read=SHARED, write=OWN),
        ]

    def __str__(self) -> str:
        return f"{self.platform}/{self.handle}"


class ProfileSnapshot(OwnedModel):
    """The metrics of a profile on one day, from one source. Kept for ever, never changed."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="snapshots")
    taken_on = models.DateField(_("as of"))
    source = models.CharField(_("source"), max_length=200)
    provenance = models.CharField(max_length=10, choices=Provenance)
    roster_import = models.ForeignKey(
        "kolhub.RosterImport", on_delete=models.SET_NULL, null=True, blank=True, related_name="snapshots"
    )
    followers = models.BigIntegerField(null=True)
    avg_views = models.BigIntegerField(null=True)
    avg_likes = models.BigIntegerField(null=True)
    avg_comments = models.BigIntegerField(null=True)
    avg_shares = models.BigIntegerField(null=True)
    engagement_rate = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        ordering = ["taken_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "taken_on", "source"], name="snapshot_once"),
            CompositeForeignKey(field="profile", name="snapshot_profile_org"),
            CompositeForeignKey(field="roster_import", name="snapshot_import_org"),
            RowSecurity(name="snapshot_rls", read=SHARED, write=OWN),
        ]

    def __str__(self) -> str:
        return f"{self.profile} {self.taken_on}"


class RateCard(OwnedModel):
    """What a profile charges for one format, as told on a date. An agency's buy price is not here (AgencyTerms)."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="rate_cards")
    # Key of kolhub.roster's price formats: post, reel, story, video_dedicated, live_hour …
    format = models.CharField(_("format"), max_length=40)
    amount_minor = models.BigIntegerField(_("price"))
    currency = models.CharField(_("currency"), max_length=3)
    quoted_on = models.DateField(_("as of"))
    source = models.CharField(_("source"), max_length=200, blank=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        ordering = ["format", "-quoted_on"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "format", "quoted_on"], name="rate_once"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="rate_not_negative"),
            CompositeForeignKey(field="profile", name="rate_profile_org"),
            RowSecurity(name="rate_rls", read=SHARED, write=OWN),
        ]

    def __str__(self) -> str:
        return f"{self.format} {self.amount_minor} {self.currency}"


class Contact(OwnedModel):
    """How a creator is reached. Only the organization that wrote it down sees it, unless a grant includes contacts.

    A brand may keep contacts of its own for a creator that an agency shares with it: hence `creator_organization`.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        WHATSAPP = "whatsapp", _("WhatsApp")
        WECHAT = "wechat", _("WeChat")
        PHONE = "phone", _("Phone")
        AGENT = "agent", _("Agent")

    creator = models.ForeignKey(Creator, on_delete=models.CASCADE, related_name="contacts")
    creator_organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    value = models.CharField(_("address"), max_length=200)
    person = models.CharField(_("person"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "creator", "kind", "value"], name="contact_once"),
            CompositeForeignKey(field="creator", organization="creator_organization", name="contact_creator_org"),
            RowSecurity(name="contact_rls", read=SHARED_CONTACTS, write=OWN),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}"

    def clean(self) -> None:
        """Refuse an e-mail address that is none."""
        if self.kind == self.Kind.EMAIL and self.value:
            try:
                validate_email(self.value)
            except ValidationError as trouble:
                raise ValidationError({"value": trouble}) from None


class DoNotContact(OwnedModel):
    """This organization must not write to this creator any more."""

    creator = models.ForeignKey(Creator, on_delete=models.CASCADE, related_name="do_not_contact")
    creator_organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    set_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "creator"], name="do_not_contact_once"),
            CompositeForeignKey(field="creator", organization="creator_organization", name="dnc_creator_org"),
            RowSecurity(name="dnc_rls"),
        ]

    def __str__(self) -> str:
        return f"{self.creator_id}: {self.reason}"


class Credential(OwnedModel):
    """A licence, registration or permit of a creator, with its expiry."""

    creator = models.ForeignKey(Creator, on_delete=models.CASCADE, related_name="credentials")
    # Key of the credential kinds: business_licence, tax_registration, uae_permit, ksa_permit, agcom, es_registry …
    kind = models.CharField(_("kind"), max_length=40)
    number = models.CharField(_("number"), max_length=120)
    market = models.CharField(_("market"), max_length=2, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "creator", "kind", "number"], name="credential_once"),
            CompositeForeignKey(field="creator", name="credential_creator_org"),
            RowSecurity(name="credential_rls", read=SHARED, write=OWN),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Segment(OwnedModel):
    """A saved catalog filter: defined once, used in the list, in shortlists and in exports."""

    name = models.CharField(_("name"), max_length=80)
    # The catalog filter's own parameters (kolhub.catalog.CreatorFilter), as strings.
    filters = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="segment_org_id"),
            models.UniqueConstraint(fields=["organization", "name"], name="segment_name"),
            RowSecurity(name="segment_rls"),
        ]

    def __str__(self) -> str:
        return self.name
