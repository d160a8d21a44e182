"""The campaigns wing as a Django app."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """The work: briefs, campaigns, collaborations, reviews."""

    name = "campaigns"
    audit_words = "campaigns.wording.history.AUDIT_WORDS"
    steps_taken = "campaigns.views.dashboard.steps_taken"
    default_auto_field = "django.db.models.BigAutoField"
