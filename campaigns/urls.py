"""The addresses of the work: briefs and shortlists, campaigns and collaborations, reviews."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from campaigns.api.briefs import BrandViewSet, BriefViewSet, CandidateViewSet, ProductViewSet, ShortlistViewSet
from campaigns.api.collaborations import CampaignViewSet, CollaborationViewSet, CouponViewSet, LinkViewSet
from campaigns.api.content import DeliverableViewSet, JudgeView
from campaigns.collaboration_urls import collaboration_pages, compliance_pages
from campaigns.views import brands, briefs, shortlists

app_name = "campaigns"

# ---- pages: brands, briefs, shortlists ----
HERE = "o/<slug:organization>/"

matching_pages: list[URLPattern | URLResolver] = [
    path(HERE + "brands/", brands.brand_list, name="brand_list"),
    path(HERE + "brands/new/", brands.brand_create, name="brand_create"),
    path(HERE + "brands/<int:pk>/", brands.brand, name="brand"),
    path(HERE + "brands/<int:pk>/edit/", brands.brand_edit, name="brand_edit"),
    path(HERE + "brands/<int:pk>/products/new/", brands.product_create, name="product_create"),
    path(HERE + "products/<int:pk>/", brands.product_edit, name="product_edit"),
    path(HERE + "briefs/", briefs.brief_list, name="brief_list"),
    path(HERE + "briefs/new/", briefs.brief_create, name="brief_create"),
    path(HERE + "briefs/<int:pk>/", briefs.brief, name="brief"),
    path(HERE + "briefs/<int:pk>/edit/", briefs.brief_edit, name="brief_edit"),
    path(HERE + "briefs/<int:pk>/draw/", shortlists.shortlist_draw, name="shortlist_draw"),
    path(HERE + "shortlists/<int:pk>/", shortlists.shortlist, name="shortlist"),
    path(HERE + "shortlists/<int:pk>/progress/", shortlists.shortlist_progress, name="shortlist_progress"),
    path(HERE + "shortlists/<int:pk>.csv", shortlists.shortlist_export, {"kind": "csv"}, name="shortlist_csv"),
    path(HERE + "shortlists/<int:pk>.xlsx", shortlists.shortlist_export, {"kind": "xlsx"}, name="shortlist_xlsx"),
    path(HERE + "candidates/<int:pk>/choose/", shortlists.entry_choose, name="entry_choose"),
]

# ---- pages: campaigns, collaborations, compliance: campaigns/collaboration_urls.py ----

# ---- API: api/v1/o/<organization>/… ----
API = r"api/v1/o/(?P<organization>[-\w]+)/"
router = SimpleRouter(trailing_slash=True)
router.register(API + "brands", BrandViewSet, basename="api-brand")
router.register(API + "products", ProductViewSet, basename="api-product")
router.register(API + "briefs", BriefViewSet, basename="api-brief")
router.register(API + "shortlists", ShortlistViewSet, basename="api-shortlist")
router.register(API + "candidates", CandidateViewSet, basename="api-candidate")
router.register(API + "campaigns", CampaignViewSet, basename="api-campaign")
router.register(API + "collaborations", CollaborationViewSet, basename="api-collaboration")
router.register(API + "links", LinkViewSet, basename="api-link")
router.register(API + "coupons", CouponViewSet, basename="api-coupon")
router.register(API + "deliverables", DeliverableViewSet, basename="api-deliverable")

urlpatterns = [
    *matching_pages,
    *collaboration_pages,
    *compliance_pages,
    path("api/v1/o/<slug:organization>/compliance/judge/", JudgeView.as_view(), name="api-judge"),
    *router.urls,
]
