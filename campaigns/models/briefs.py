"""What a brand is looking for: brands, products, briefs, and the shortlists drawn for them."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kolhub.models import Creator, Organization, User
from kolhub.models.rules import CompositeForeignKey, OrganizationQuerySet, OwnedModel, RowSecurity


def _codes(label: Any, length: int = 20) -> Any:
    return ArrayField(models.CharField(max_length=length), verbose_name=label, default=list, blank=True)


class Brand(OwnedModel):
    """A brand of the organization."""

    name = models.CharField(_("name"), max_length=120)
    website = models.URLField(_("website"), blank=True)
    # Hosts that tracking links may lead to.
    domains = ArrayField(models.CharField(max_length=253), verbose_name=_("shop domains"), default=list, blank=True)
    handles = ArrayField(models.CharField(max_length=120), verbose_name=_("own handles"), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="brand_org_id"),
            models.UniqueConstraint(fields=["organization", "name"], name="brand_name"),
            RowSecurity(name="brand_rls"),
        ]

    def __str__(self) -> str:
        return self.name


class Product(OwnedModel):
    """Something the brand sells."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="products")
    name = models.CharField(_("name"), max_length=200)
    sku = models.CharField(_("SKU"), max_length=80, blank=True)
    category = models.CharField(_("category"), max_length=40, blank=True)
    price_minor = models.BigIntegerField(_("price"), null=True, blank=True)
    unit_cost_minor = models.BigIntegerField(_("unit cost"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    url = models.URLField(_("link"), max_length=500, blank=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="product_org_id"),
            models.UniqueConstraint(fields=["brand", "sku"], condition=~Q(sku=""), name="product_sku"),
            CompositeForeignKey(field="brand", name="product_brand_org"),
            RowSecurity(name="product_rls"),
        ]

    def __str__(self) -> str:
        return self.name


class Brief(OwnedModel):
    """What a brand looks for, for one product, in some markets, within a budget."""

    class Goal(models.TextChoices):
        AWARENESS = "awareness", _("Awareness")
        LAUNCH = "launch", _("Launch")
        SALES = "sales", _("Sell-through")
        CONTENT = "content", _("Content")

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="briefs")
    product = models.ForeignKey(Product, on_delete=models.SET_NULL, null=True, blank=True, related_name="briefs")
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("what we are looking for"), blank=True)
    goal = models.CharField(_("goal"), max_length=12, choices=Goal, default=Goal.SALES)
    markets = _codes(_("markets"), 2)
    languages = _codes(_("languages"), 10)
    categories = _codes(_("categories"), 40)
    platforms = _codes(_("platforms"), 20)
    min_followers = models.BigIntegerField(_("at least this many followers"), null=True, blank=True)
    max_followers = models.BigIntegerField(_("at most this many followers"), null=True, blank=True)
    budget_minor = models.BigIntegerField(_("budget"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    target_roas = models.FloatField(_("target ROAS"), null=True, blank=True)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    must_not = models.TextField(_("must not (one word or phrase per line)"), blank=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="brief_org_id"),
            CompositeForeignKey(field="brand", name="brief_brand_org"),
            CompositeForeignKey(field="product", name="brief_product_org"),
            RowSecurity(name="brief_rls"),
        ]

    def __str__(self) -> str:
        return self.title


class Shortlist(OwnedModel):
    """Candidates ranked for a brief at one moment by one ranker. A new draw is a new shortlist.

    waiting → drawing → done or failed. The entries are written in one transaction: all of them or none.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DRAWING = "drawing", _("being drawn")
        DONE = "done", _("drawn")
        FAILED = "failed", _("failed")

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="shortlists")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    # What was asked for: {"ranker": key of RANKERS, "categories": "prefer" or "require"}.
    options = models.JSONField(default=dict)
    # The ranker that ranked; another one than was asked for says why in `notes`.
    ranker = models.CharField(_("ranker"), max_length=40)
    ranker_version = models.CharField(max_length=80, blank=True)
    # How many creators were considered and how many each filter left out: [{code, count}], first "considered", then
    # one per reason, last "kept"; considered is the sum of the others.
    funnel = models.JSONField(default=list)
    # [{code, params}] about the draw as a whole; worded by campaigns.wording.shortlists.
    notes = models.JSONField(default=list)
    # Stamped by the worker that draws; an old stamp means that worker died and the sweep starts it again.
    claimed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    drawn_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    drawn_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="shortlist_org_id"),
            CompositeForeignKey(field="brief", name="shortlist_brief_org"),
            RowSecurity(name="shortlist_rls", sweeper="SELECT (id, organization_id, state, claimed_at)"),
        ]
        indexes = [models.Index(fields=["state", "claimed_at"], name="shortlist_waiting")]

    def __str__(self) -> str:
        return f"{self.brief} {self.drawn_at:%Y-%m-%d}"

    @property
    def is_running(self) -> bool:
        return self.state in {self.State.WAITING, self.State.DRAWING}


class ShortlistEntry(OwnedModel):
    """One candidate: its rank, score, and the reasons for them."""

    class Choice(models.TextChoices):
        OPEN = "open", _("open")
        PICKED = "picked", _("picked")
        REJECTED = "rejected", _("rejected")

    shortlist = models.ForeignKey(Shortlist, on_delete=models.CASCADE, related_name="entries")
    creator = models.ForeignKey(Creator, on_delete=models.CASCADE, related_name="+")
    creator_organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    creator_name = models.CharField(max_length=200)
    platform = models.CharField(max_length=20)
    handle = models.CharField(max_length=120)
    followers = models.BigIntegerField(null=True)
    rank = models.PositiveIntegerField()
    baseline_rank = models.PositiveIntegerField(null=True)
    score = models.FloatField()
    # False: too little data to be sure; the page says "not sure" and which data is missing.
    is_sure = models.BooleanField(default=True)
    # [{code, params, effect}] in order of |effect|; worded by campaigns.wording.shortlists.
    reasons = models.JSONField(default=list)
    # {feature: value or null} as they were at the draw: what a later training may learn from.
    features = models.JSONField(default=dict)
    price_minor = models.BigIntegerField(null=True)
    price_currency = models.CharField(max_length=3, blank=True)
    choice = models.CharField(max_length=10, choices=Choice, default=Choice.OPEN)
    choice_reason = models.CharField(max_length=300, blank=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["shortlist", "creator"], name="shortlist_creator_once"),
            CompositeForeignKey(field="shortlist", name="entry_shortlist_org"),
            CompositeForeignKey(field="creator", organization="creator_organization", name="entry_creator_org"),
            RowSecurity(name="entry_rls"),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.creator_name}"


class RankerVersion(OwnedModel):
    """A learned ranker as it was trained: its parameters as plain numbers, and how it did against the others.

    Parameters are JSON (the trees' arrays), never a pickle: reading them back can run nothing.
    """

    ranker = models.CharField(_("ranker"), max_length=40)
    version = models.PositiveIntegerField(_("version"))
    rows = models.PositiveIntegerField(_("outcomes"))
    briefs = models.PositiveIntegerField(_("briefs"))
    # {ranker: {"ndcg": …}} on held-out briefs.
    metrics = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    # Whether it beat the weighted score on briefs it had not seen; only then is it used.
    promoted = models.BooleanField(default=False)
    trained_at = models.DateTimeField()

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "ranker", "version"], name="ranker_version_once"),
            RowSecurity(name="rankerversion_rls"),
        ]

    def __str__(self) -> str:
        return f"{self.ranker} v{self.version}"
