"""The addresses of the evidence: orders and reports, tracking."""

from django.urls import URLPattern, URLResolver, path, re_path
from rest_framework.routers import SimpleRouter

from attribution.api import CountsView, OrderViewSet, PixelViewSet, ReportView, ShopViewSet, SourceKeyViewSet
from attribution.views import dashboard, health, hits, orders, reports, tracking

app_name = "attribution"

# ---- pages: orders and reports ----
report_pages: list[URLPattern | URLResolver] = [
    path("o/<slug:organization>/orders/", orders.order_list, name="order_list"),
    path("o/<slug:organization>/orders/<int:pk>/", orders.order, name="order"),
    path("o/<slug:organization>/reports/", reports.report_list, name="report_list"),
    path("o/<slug:organization>/reports/<int:pk>/", reports.report, name="report"),
    re_path(
        r"^o/(?P<organization>[-\w]+)/reports/(?P<pk>\d+)/report\.(?P<form>csv|xlsx)$",
        reports.report_export,
        name="report_export",
    ),
]

# ---- pages: tracking ----
HERE = "o/<slug:organization>/tracking/"
tracking_pages: list[URLPattern | URLResolver] = [
    path(HERE, tracking.overview, name="tracking"),
    path(HERE + "shops/new/", tracking.shop_create, name="shop_create"),
    path(HERE + "shops/<int:pk>/", tracking.shop_edit, name="shop_edit"),
    path(HERE + "shops/<int:pk>/pixels/new/", tracking.pixel_create, name="pixel_create"),
    path(HERE + "shops/<int:pk>/keys/new/<slug:kind>/", tracking.source_key_create, name="source_key_create"),
    path(HERE + "pixels/<int:pk>/", hits.pixel, name="pixel"),
    path(HERE + "pixels/<int:pk>/tail/", hits.pixel_tail, name="pixel_tail"),
    path(HERE + "pixels/<int:pk>/edit/", tracking.pixel_edit, name="pixel_edit"),
    path(HERE + "pixels/<int:pk>/archive/", tracking.pixel_archive, name="pixel_archive"),
    path(HERE + "keys/<int:pk>/", hits.source_key, name="source_key"),
    path(HERE + "keys/<int:pk>/tail/", hits.source_key_tail, name="source_key_tail"),
    path(HERE + "keys/<int:pk>/rotate/", tracking.source_key_rotate, name="source_key_rotate"),
    path(HERE + "keys/<int:pk>/forget/", tracking.source_key_forget, name="source_key_forget"),
    path(HERE + "keys/<int:pk>/archive/", tracking.source_key_archive, name="source_key_archive"),
    path(HERE + "health/", health.health, name="tracking_health"),
    path(HERE + "health/check/", health.check, name="tracking_check"),
    path(HERE + "health/retry/", health.dead_letters_retry, name="dead_letters_retry"),
    path(HERE + "health/<uuid:pk>/retry/", health.dead_letter_retry, name="dead_letter_retry"),
    path(HERE + "hits/<uuid:pk>/", hits.hit, name="hit"),
    path("o/<slug:organization>/attribution-part/", dashboard.dashboard_part, name="dashboard_part"),
]

# ---- API: api/v1/o/<organization>/… ----
router = SimpleRouter(trailing_slash=True)
router.register(r"api/v1/o/(?P<organization>[-\w]+)/orders", OrderViewSet, basename="api-order")
router.register(r"api/v1/o/(?P<organization>[-\w]+)/tracking/shops", ShopViewSet, basename="api-shop")
router.register(r"api/v1/o/(?P<organization>[-\w]+)/tracking/pixels", PixelViewSet, basename="api-pixel")
router.register(r"api/v1/o/(?P<organization>[-\w]+)/tracking/source-keys", SourceKeyViewSet, basename="api-source-key")
api: list[URLPattern | URLResolver] = [
    path("api/v1/o/<slug:organization>/tracking/counts/", CountsView.as_view(), name="api-counts"),
    path("api/v1/o/<slug:organization>/campaigns/<int:pk>/report/", ReportView.as_view(), name="api-report"),
]

urlpatterns = [
    *report_pages,
    *tracking_pages,
    *api,
    *router.urls,
]
