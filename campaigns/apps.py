"""The campaigns wing as a Django app."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """The work: briefs, campaigns, collaborations, reviews."""

    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"
