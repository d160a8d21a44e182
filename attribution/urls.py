"""The addresses of the evidence: orders and reports, tracking."""

from django.urls import URLPattern, URLResolver, path, re_path
from rest_framework.routers import SimpleRouter

from attribution.api import OrderViewSet, ReportView
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
router.register(r"api/v1/o/(?P<organization>[-\w]+)/orders", OrderViewSet, basename="api-order")
api: list[URLPattern | URLResolver] = [
    path("api/v1/o/<slug:organization>/campaigns/<int:pk>/report/", ReportView.as_view(), name="api-report"),
]

urlpatterns = [
    *report_pages,
    *tracking_pages,
    *api,
    *router.urls,
]
