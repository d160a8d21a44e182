"""Attribution's codes in words."""

from django.utils.translation import gettext_lazy as _

from attribution.attributors import ATTRIBUTORS
from attribution.models import HitKind
from kolhub.audit_words import AuditWords

# What pages call them: creators and orders instead of the engine's channels and conversions.
ATTRIBUTOR_LABELS = {
    "last": _("Last touch"),
    "linear": _("Linear"),
    "markov": _("Markov chain"),
    "first": _("First touch"),
    "last_non_direct": _("Last creator touch"),
    "position": _("Position based"),
    "time_decay": _("Time decay"),
    "coupon_weighted": _("Coupon weighted"),
    "shapley": _("Shapley value"),
    "ordered_shapley": _("Ordered Shapley value"),
}

ATTRIBUTOR_SENTENCES = {
    "last": _("The last touch before the order gets everything; a direct visit makes the order organic."),
    "linear": _("Every touch before the order gets the same share."),
    "markov": _("A creator gets credit for the orders that would be lost if they were taken out of all journeys."),
    "first": _("The first touch gets everything."),
    "last_non_direct": _("The last creator whom the shopper met gets everything; direct visits do not count."),
    "position": _("The first and the last touch get 40 % each; those between share the rest."),
    "time_decay": _("A touch counts half as much for every quarter of the click window it lies back."),
    "coupon_weighted": _("A redeemed coupon counts three times as much as any other touch."),
    "shapley": _("Each order is shared equally by the distinct creators before it, however often they were met."),
    "ordered_shapley": _("Like Shapley, but the places in the journey at which a creator was met are told apart."),
}

# Three up front, the others under "advanced".
UP_FRONT = tuple(each.key for each in ATTRIBUTORS if not each.advanced)

REASONS = {
    "model": _("Split by the attribution model"),
    "coupon": _("The creator's coupon outranks other touches"),
    "no_touch": _("No touch of any creator"),
    "direct": _("The model credits the direct visit"),
    "outside_window": _("Every touch lies outside its campaign's window"),
    "refused_touch": _("The touches before it earn nothing (double click, ended campaign, disabled link)"),
    "unknown_coupon": _("A coupon that belongs to no creator"),
    "": "",
}

KINDS = {
    "collaboration": _("Creators"),
    "other_campaigns": _("Other campaigns of the brand"),
    "organic": _("Organic"),
    "unattributed": _("Unattributed"),
}


def attributor_choices() -> list[tuple[str, object]]:
    """Return every attributor as a form choice, in the registry's order: those up front first."""
    return [(each.key, ATTRIBUTOR_LABELS[each.key]) for each in ATTRIBUTORS]


AUDIT_WORDS = AuditWords(
    verbs={
        "brand.made": _("Brand added"),
        "shop.connected": _("Shop connected"),
        "shop.changed": _("Shop changed"),
        "pixel.made": _("Pixel made"),
        "pixel.changed": _("Pixel changed"),
        "pixel.archived": _("Pixel archived"),
        "pixel.restored": _("Pixel taken back from the archive"),
        "source_key.made": _("Key made"),
        "source_key.rotated": _("Secret renewed"),
        "source_key.rotation_ended": _("Rotation ended"),
        "sourcekey.archived": _("Key archived"),
        "sourcekey.restored": _("Key taken back from the archive"),
        "dead_letter.retried": _("Hits tried again"),
    },
    subjects={"shop": _("Shop"), "pixel": _("Pixel"), "sourcekey": _("Key"), "pendinghit": _("Hits")},
    details={
        "brand": _("Brand"),
        "shop": _("Shop"),
        "key": _("Key"),
        "domain": _("Domain"),
        "hits": _("Hits"),
        "consent_policy": _("Without consent"),
        "own_networks": _("Own networks"),
        "shop_domain": _("Shopify domain"),
    },
    values={("source_key.made", "kind"): dict(HitKind.choices)},
)
