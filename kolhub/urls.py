"""Every address of the web server. Other wings are named by string, never imported."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic.base import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from kolhub.api.creators import CreatorViewSet, SegmentViewSet
from kolhub.api.people import Me, MemberViewSet
from kolhub.api.rosters import RosterViewSet
from kolhub.views import (
    contacts,
    creator,
    creators,
    home,
    invitations,
    language,
    organizations,
    rosters,
    segments,
    sharing,
    tokens,
)

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
creator_pages: list[URLPattern | URLResolver] = [
    path("o/<slug:organization>/creators/", creators.creator_list, name="creator_list"),
    path("o/<slug:organization>/creators/new/", creators.creator_create, name="creator_create"),
    path("o/<slug:organization>/creators/tag/", creators.creator_tag, name="creator_tag"),
    re_path(
        r"^o/(?P<organization>[-\w]+)/creators/creators\.(?P<form>csv|xlsx)$",
        creators.creator_export,
        name="creator_export",
    ),
    path("o/<slug:organization>/creators/<int:pk>/", creator.creator, name="creator"),
    path("o/<slug:organization>/creators/<int:pk>/edit/", creator.creator_edit, name="creator_edit"),
    path("o/<slug:organization>/creators/<int:pk>/delete/", creator.creator_delete, name="creator_delete"),
    path("o/<slug:organization>/creators/<int:pk>/profiles/new/", creator.profile_create, name="profile_create"),
    path("o/<slug:organization>/profiles/<int:pk>/edit/", creator.profile_edit, name="profile_edit"),
    path("o/<slug:organization>/profiles/<int:pk>/delete/", creator.profile_delete, name="profile_delete"),
    path("o/<slug:organization>/profiles/<int:pk>/prices/new/", creator.price_create, name="price_create"),
    path("o/<slug:organization>/prices/<int:pk>/delete/", creator.price_delete, name="price_delete"),
    path("o/<slug:organization>/creators/<int:pk>/contacts/new/", contacts.contact_create, name="contact_create"),
    path(
        "o/<slug:organization>/creators/<int:pk>/contacts/<int:contact>/edit/",
        contacts.contact_edit,
        name="contact_edit",
    ),
    path(
        "o/<slug:organization>/creators/<int:pk>/contacts/<int:contact>/delete/",
        contacts.contact_delete,
        name="contact_delete",
    ),
    path("o/<slug:organization>/creators/<int:pk>/do-not-contact/", contacts.do_not_contact, name="do_not_contact"),
    path(
        "o/<slug:organization>/creators/<int:pk>/credentials/new/",
        contacts.credential_create,
        name="credential_create",
    ),
    path("o/<slug:organization>/credentials/<int:pk>/delete/", contacts.credential_delete, name="credential_delete"),
    path("o/<slug:organization>/segments/", segments.segment_list, name="segment_list"),
    path("o/<slug:organization>/segments/<int:pk>/", segments.segment, name="segment"),
    path("o/<slug:organization>/segments/<int:pk>/edit/", segments.segment_edit, name="segment_edit"),
    path("o/<slug:organization>/segments/<int:pk>/delete/", segments.segment_delete, name="segment_delete"),
]

# ---- pages: rosters ----
roster_pages: list[URLPattern | URLResolver] = [
    path("o/<slug:organization>/rosters/", rosters.roster_list, name="roster_list"),
    path("o/<slug:organization>/rosters/<int:pk>/", rosters.roster, name="roster"),
    path("o/<slug:organization>/rosters/<int:pk>/progress/", rosters.roster_progress, name="roster_progress"),
    path("o/<slug:organization>/rosters/<int:pk>/choose/", rosters.roster_choose, name="roster_choose"),
    path("o/<slug:organization>/rosters/<int:pk>/confirm/", rosters.roster_confirm, name="roster_confirm"),
    path("o/<slug:organization>/rosters/<int:pk>/cancel/", rosters.roster_cancel, name="roster_cancel"),
    re_path(
        r"^o/(?P<organization>[-\w]+)/rosters/(?P<pk>\d+)/account\.(?P<form>csv|xlsx)$",
        rosters.roster_account,
        name="roster_account",
    ),
]

# ---- API: api/v1/o/<organization>/… ----
router = SimpleRouter(trailing_slash=True)
router.register(r"api/v1/o/(?P<organization>[-\w]+)/members", MemberViewSet, basename="api-member")
router.register(r"api/v1/o/(?P<organization>[-\w]+)/creators", CreatorViewSet, basename="api-creator")
router.register(r"api/v1/o/(?P<organization>[-\w]+)/rosters", RosterViewSet, basename="api-roster")
router.register(r"api/v1/o/(?P<organization>[-\w]+)/segments", SegmentViewSet, basename="api-segment")

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

# The API answers JSON even where no view of it is reached.
handler400 = "kolhub.rest.errors.bad_request"
handler404 = "kolhub.rest.errors.not_found"
handler500 = "kolhub.rest.errors.server_error"
