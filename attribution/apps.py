"""The attribution wing as a Django app."""

from django.apps import AppConfig


class AttributionConfig(AppConfig):
    """The evidence: hits, journeys, credits."""

    name = "attribution"
    audit_words = "attribution.wording.AUDIT_WORDS"
    steps_taken = "attribution.views.dashboard.steps_taken"
    default_auto_field = "django.db.models.BigAutoField"
