"""Every address of the web server. Other wings are named by string, never imported."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic.base import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from kolhub.api.people import Me, MemberViewSet
from kolhub.views import home, invitations, language, organizations, sharing, tokens

# ---- pages: people ----
people_pages: list[URLPattern | URLResolver] = [
    path("o/<slug:organization>/", home.dashboard, name="dashboard"),
    path("o/<slug:organization>/settings/", organizations.settings, name="settings"),
    path("o/<slug:organization>/members/", organizations.members, name="member_list"),
    path("o/<slug:organization>/members/<int:pk>/role/", organizations.change_role, name="member_role"),
    path("o/<slug:organization>/members/<int:pk>/end/", organizations.end_membership, name="member_end"),
    path("o/<slug:organization>/leave/", organizations.leave, name="leave"),
    path("o/<slug:organization>/audit/", organizations.audit, name="audit"),
    path("o/<slug:organization>/invitations/new/", invitations.new, name="invitation_new"),
    path("o/<slug:organization>/invitations/<int:pk>/revoke/", invitations.revoke, name="invitation_revoke"),
    path("o/<slug:organization>/tokens/", tokens.tokens, name="token_list"),
    path("o/<slug:organization>/tokens/<int:pk>/revoke/", tokens.revoke, name="token_revoke"),
    path("o/<slug:organization>/sharing/", sharing.given, name="sharing"),
    path("o/<slug:organization>/sharing/<int:pk>/end/", sharing.end, name="sharing_end"),
    path("o/<slug:organization>/shared-with-us/", sharing.received, name="sharing_received"),
]

# ---- pages: creators ----
creator_pages: list[URLPattern | URLResolver] = []

# ---- pages: rosters ----
roster_pages: list[URLPattern | URLResolver] = []

# ---- API: api/v1/o/<organization>/… ----
router = SimpleRouter(trailing_slash=True)
router.register(r"api/v1/o/(?P<organization>[-\w]+)/members", MemberViewSet, basename="api-member")

hub = [*people_pages, *creator_pages, *roster_pages, path("api/v1/me/", Me.as_view(), name="api-me"), *router.urls]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("o/", RedirectView.as_view(pattern_name="home")),
    path("organizations/new/", organizations.new, name="organization_new"),
    path("join/<str:secret>/", invitations.join, name="join"),
    path("language/", language.switch, name="set_language"),
    path("account/profile/", home.profile, name="account_profile"),
    path("account/", include("allauth.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api_docs"),
    path("", include((hub, "kolhub"))),
    path("", include("campaigns.urls")),
    path("", include("attribution.urls")),
]
