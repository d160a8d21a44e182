"""The attribution wing as a Django app."""

from django.apps import AppConfig


class AttributionConfig(AppConfig):
    """The evidence: hits, journeys, credits."""

    name = "attribution"
    default_auto_field = "django.db.models.BigAutoField"
