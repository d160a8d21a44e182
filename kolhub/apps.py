"""The hub as a Django app."""

from django.apps import AppConfig


class KolhubConfig(AppConfig):
    """Accounts, organizations, creators and rosters."""

    name = "kolhub"
    audit_words = "kolhub.audit_words.WORDS"
    verbose_name = "KolHub"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Load the Celery app so that `shared_task` binds to it in every process."""
        from kolhub import celery  # noqa: F401
