"""The Celery application. Its messages are nudges ("look at the inbox"), never facts."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kolhub.settings")

app = Celery("kolhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
