"""Where evidence comes from: shops, pixels, and the keys of machines that post orders."""

import base64
import hashlib
import secrets

from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models import Brand
from kolhub.models.rules import CompositeForeignKey, OrganizationQuerySet, OwnedModel, RowSecurity


def new_key() -> str:
    """Return a public key of 96 random bits for URLs."""
    return secrets.token_hex(12)


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"kolhub.sources" + settings.SECRET_KEY.encode()).digest()))


def seal(secret: str) -> str:
    """Encrypt a shared secret for storage: signatures need it back, so a hash will not do."""
    return _cipher().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the secret that `seal` stored."""
    return _cipher().decrypt(sealed.encode()).decode()


class Shop(OwnedModel):
    """Where a brand sells. Orders are known by (organization, shop, order reference) for ever."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="shops")
    name = models.CharField(_("name"), max_length=120)
    domain = models.CharField(_("domain"), max_length=253, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    timezone = models.CharField(_("time zone"), max_length=40, default="UTC")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="shop_org_id"),
            models.UniqueConstraint(fields=["organization", "name"], name="shop_name"),
            CompositeForeignKey(field="brand", name="shop_brand_org"),
            RowSecurity(name="shop_rls"),
        ]

    def __str__(self) -> str:
        return self.name


class ConsentPolicy(models.TextChoices):
    """What is done with a visitor who gave no consent."""

    STRICT = "strict", _("Strict: without consent a hit is counted and nothing else")
    EU_STRICT = "eu_strict", _("Strict in the EU, EEA, UK and Switzerland, opt-out elsewhere")
    OPT_OUT = "opt_out", _("Opt-out: only a refusal (DNT, GPC, consent=0) counts")


class Pixel(OwnedModel):
    """The public key with which a shop's pages report visits (GET /t/<key>.gif and POST /e)."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="pixels")
    key = models.CharField(max_length=40, unique=True, default=new_key)
    consent_policy = models.CharField(
        _("consent"), max_length=10, choices=ConsentPolicy, default=ConsentPolicy.EU_STRICT
    )
    # Addresses of the team itself, as CIDR: their hits are kept apart.
    own_networks = ArrayField(models.CharField(max_length=50), verbose_name=_("own networks"), default=list, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="pixel_org_id"),
            CompositeForeignKey(field="shop", name="pixel_shop_org"),
            RowSecurity(name="pixel_rls", hits="SELECT"),
        ]

    def __str__(self) -> str:
        return self.key


class SourceKey(OwnedModel):
    """The key and secret with which a machine posts a shop's orders."""

    class Kind(models.TextChoices):
        S2S = "s2s", _("Server to server")
        SHOPIFY = "shopify", _("Shopify")

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="source_keys")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    key = models.CharField(max_length=40, unique=True, default=new_key)
    # Sealed; the previous one stays valid while a rotation lasts.
    secret = models.TextField()
    previous_secret = models.TextField(blank=True)
    # The X-Shopify-Shop-Domain that goes with the secret; empty: not checked.
    shop_domain = models.CharField(max_length=253, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="sourcekey_org_id"),
            CompositeForeignKey(field="shop", name="sourcekey_shop_org"),
            RowSecurity(name="sourcekey_rls", hits="SELECT"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
