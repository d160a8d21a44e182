"""The addresses of the work: briefs and shortlists, campaigns and collaborations, reviews."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

app_name = "campaigns"

# ---- pages: brands, briefs, shortlists ----
matching_pages: list[URLPattern | URLResolver] = []

# ---- pages: campaigns, collaborations ----
collaboration_pages: list[URLPattern | URLResolver] = []

# ---- pages: compliance ----
compliance_pages: list[URLPattern | URLResolver] = []

# ---- API: api/v1/o/<organization>/… ----
router = SimpleRouter(trailing_slash=True)

urlpatterns = [
    *matching_pages,
    *collaboration_pages,
    *compliance_pages,
    *router.urls,
]
