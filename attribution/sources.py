"""What people do with the sources of evidence: shops, pixels, keys, and hits that could not be settled.

Each function works in the caller's transaction and writes the audit trail, never with a secret in it. The collector
hears of every change at once (a trigger tells it).
"""

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from attribution.models import PendingHit, Pixel, Shop, SourceKey, seal
from campaigns.models import Brand
from kolhub.models import AuditEvent, Membership


def new_secret() -> str:
    """Return a signing secret in the form of Standard Webhooks: whsec_ and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


# ---- shops ----


def connect_shop(by: Membership, brand: Brand | None, new_brand: str = "", **fields: Any) -> Shop:
    """Store a shop; `new_brand` names a brand that is made with it where `brand` is None."""
    if brand is None:
        brand = Brand.objects.create(organization=by.organization, name=new_brand)
        AuditEvent.record(by.organization_id, by.user, "brand.made", brand, name=new_brand)
    shop = Shop.objects.create(organization=by.organization, brand=brand, **fields)
    AuditEvent.record(by.organization_id, by.user, "shop.connected", shop, brand=brand.name, **fields)
    return shop


def change(by: Membership, row: Shop | Pixel, changed: Iterable[str]) -> None:
    """Store the named fields of a shop or pixel, which already hold their new values."""
    names = sorted(changed)
    if not names:
        return
    row.save(update_fields=names)
    values = {name: getattr(row, name) for name in names}
    AuditEvent.record(by.organization_id, by.user, f"{row._meta.model_name}.changed", row, **values)


# ---- pixels and keys ----


def add_pixel(by: Membership, shop: Shop, consent_policy: str, own_networks: list[str]) -> Pixel:
    """Make a pixel with a key of its own."""
    pixel = Pixel.objects.create(
        organization=by.organization, shop=shop, consent_policy=consent_policy, own_networks=own_networks
    )
    AuditEvent.record(by.organization_id, by.user, "pixel.made", pixel, key=pixel.key, shop=shop.name)
    return pixel


def add_source_key(
    by: Membership, shop: Shop, kind: str, secret: str = "", shop_domain: str = ""
) -> tuple[SourceKey, str]:
    """Make a key and return it with its secret: the pasted one, or a new one, which is shown once."""
    secret = secret or new_secret()
    key = SourceKey.objects.create(
        organization=by.organization, shop=shop, kind=kind, secret=seal(secret), shop_domain=shop_domain
    )
    AuditEvent.record(by.organization_id, by.user, "source_key.made", key, kind=kind, key=key.key, shop=shop.name)
    return key, secret


def rotate(by: Membership, key: SourceKey, secret: str = "") -> str:
    """Give the key a new secret and return it; the one before stays valid until `forget_previous`."""
    secret = secret or new_secret()
    key.previous_secret, key.secret = key.secret, seal(secret)
    key.save(update_fields=["secret", "previous_secret"])
    AuditEvent.record(by.organization_id, by.user, "source_key.rotated", key, key=key.key)
    return secret


def forget_previous(by: Membership, key: SourceKey) -> None:
    """End a rotation: from now on only the newest secret signs."""
    if key.previous_secret:
        key.previous_secret = ""
        key.save(update_fields=["previous_secret"])
        AuditEvent.record(by.organization_id, by.user, "source_key.rotation_ended", key, key=key.key)


def archive(by: Membership, row: Pixel | SourceKey, now: datetime) -> None:
    """Let what arrives under the key no longer count; it is kept and marked."""
    if row.archived_at is None:
        row.archived_at = now
        row.save(update_fields=["archived_at"])
        AuditEvent.record(by.organization_id, by.user, f"{row._meta.model_name}.archived", row, key=row.key)


def restore(by: Membership, row: Pixel | SourceKey) -> None:
    """Let the key count again."""
    if row.archived_at is not None:
        row.archived_at = None
        row.save(update_fields=["archived_at"])
        AuditEvent.record(by.organization_id, by.user, f"{row._meta.model_name}.restored", row, key=row.key)


# ---- dead letters ----


def try_again(by: Membership, hits: Iterable[PendingHit], now: datetime) -> int:
    """Let hits that could not be settled be settled again, at once; return how many."""
    ids = [hit.pk for hit in hits]
    revived: int = PendingHit.objects.filter(pk__in=ids, is_dead=True).update(
        is_dead=False, attempts=0, error="", next_at=now
    )
    if revived:
        AuditEvent.record(
            by.organization_id, by.user, "dead_letter.retried", "pendinghit", count=revived, hits=ids[:20]
        )
    return revived
