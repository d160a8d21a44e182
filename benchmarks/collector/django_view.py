"""The peer: one Django view that stores each hit with one INSERT, without middleware, on a kept connection."""

import os
from datetime import UTC, datetime
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kolhub.settings")

import django
from django.conf import settings

settings.ROOT_URLCONF = "benchmarks.collector.django_view"
settings.ALLOWED_HOSTS = ["*"]
settings.DATABASES["owner"]["CONN_MAX_AGE"] = None
django.setup()
settings.MIDDLEWARE = []

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402

from attribution.collector.visits import GIF  # noqa: E402
from attribution.models import Hit  # noqa: E402


def pixel(request: HttpRequest, key: str) -> HttpResponse:
    """Store the hit and answer."""
    hit_id = uuid4()
    Hit.objects.using("owner").create(
        id=hit_id,
        organization_id=1,
        event_id=request.GET.get("eid", str(hit_id)),
        kind="pixel",
        outcome="accepted",
        key=key,
        received_at=datetime.now(UTC),
        visitor=request.GET.get("v", ""),
        user_agent=request.headers.get("User-Agent", "")[:512],
        content_hash=b"",
        payload={"name": "page_view", "url": request.GET.get("u", "")},
    )
    return HttpResponse(GIF, content_type="image/gif", headers={"Content-Length": str(len(GIF))})


urlpatterns = [path("t/<str:key>.gif", pixel)]
application = WSGIHandler()
