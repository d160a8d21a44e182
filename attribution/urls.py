"""The addresses of the evidence: orders and reports, tracking."""

from django.urls import URLPattern, URLResolver, path, re_path
from rest_framework.routers import SimpleRouter

from attribution.views import orders, reports

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
tracking_pages: list[URLPattern | URLResolver] = []

# ---- API: api/v1/o/<organization>/… ----
router = SimpleRouter(trailing_slash=True)

urlpatterns = [
    *report_pages,
    *tracking_pages,
    *router.urls,
]
