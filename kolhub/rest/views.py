"""Views under /api/v1/o/<organization>/, their serializers, and how the API docs describe the token."""

from typing import Any

from django.conf import settings
from django.http import Http404
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions, serializers, viewsets
from rest_framework.request import Request
from rest_framework.views import APIView

from kolhub.access import membership_for
from kolhub.models import ApiToken, Membership, User
from kolhub.tenancy import act_for


class InOrganization(APIView):
    """A view under /api/v1/o/<organization>/: the caller must be its member, else 404."""

    verb = "see"
    writes = "work"
    kind: str | None = None
    membership: Membership

    def perform_authentication(self, request: Request) -> None:
        """Find the membership that the token or session gives for the organization in the URL."""
        user = request.user
        if not isinstance(user, User):
            raise exceptions.NotAuthenticated
        slug = self.kwargs["organization"]
        if isinstance(request.auth, ApiToken):
            membership = request.auth.membership if request.auth.membership.organization.slug == slug else None
        else:
            membership = membership_for(user, slug)
        if membership is None:
            raise Http404
        act_for(membership.organization_id, settings.REQUEST_QUERY_SECONDS)
        self.membership = membership
        request.membership = membership  # type: ignore[attr-defined]


class OrganizationViewSet(InOrganization, viewsets.GenericViewSet[Any]):
    """A viewset whose queryset starts at `.visible_to(membership)`."""

    # Anything else than a number is no address at all, and never reaches a query.
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> Any:
        """Return what the caller may see; the schema generator has no caller and gets nothing."""
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset.none()
        return queryset.visible_to(self.membership)  # type: ignore[attr-defined]


def membership_of(serializer: Any) -> Membership | None:
    """Return the caller's membership; the schema generator has none."""
    return getattr(serializer.context.get("view"), "membership", None)


class Strict(serializers.Serializer[Any]):
    """A serializer that refuses fields it does not know: a typo must not look like success."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            known = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := sorted(set(data) - known):
                raise serializers.ValidationError({name: ["Unknown field."] for name in unknown})
        return super().to_internal_value(data)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API docs describe the token."""

    target_class = "kolhub.rest.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "khb_…"}
