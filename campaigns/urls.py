"""The addresses of the work: briefs and shortlists, campaigns and collaborations, reviews."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from campaigns.collaboration_urls import collaboration_pages, compliance_pages

app_name = "campaigns"

# ---- pages: brands, briefs, shortlists ----
matching_pages: list[URLPattern | URLResolver] = []

# ---- pages: campaigns, collaborations, compliance: campaigns/collaboration_urls.py ----

# ---- API: api/v1/o/<organization>/… ----
router = SimpleRouter(trailing_slash=True)

urlpatterns = [
    *matching_pages,
    *collaboration_pages,
    *compliance_pages,
    *router.urls,
]
