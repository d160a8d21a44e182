"""Who am I, and who else is here."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kolhub.models import ApiToken, Membership, User
from kolhub.rest.views import OrganizationViewSet


class MyMembership(serializers.ModelSerializer[Membership]):
    """One organization that the caller may act for, and as what."""

    slug = serializers.CharField(source="organization.slug")
    name = serializers.CharField(source="organization.name")
    kind = serializers.CharField(source="organization.kind")
    currency = serializers.CharField(source="organization.currency")
    timezone = serializers.CharField(source="organization.timezone")

    class Meta:
        model = Membership
        fields = ("slug", "name", "kind", "currency", "timezone", "role")


class Myself(serializers.Serializer[Any]):
    """The caller."""

    email = serializers.EmailField()
    name = serializers.CharField()
    organizations = MyMembership(many=True)


class Me(APIView):
    """The caller and its organizations: a token's one, or all of a session's user."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(operation_id="me", responses=Myself)
    def get(self, request: Request) -> Response:
        user = cast(User, request.user)
        memberships = Membership.objects.filter(user=user, ended_at=None).select_related("organization")
        if isinstance(request.auth, ApiToken):
            memberships = memberships.filter(pk=request.auth.membership_id)
        found = {"email": user.email, "name": user.name, "organizations": memberships.order_by("pk")}
        return Response(Myself(found).data)


class Member(serializers.ModelSerializer[Membership]):
    """A member of the organization."""

    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")

    class Meta:
        model = Membership
        fields = ("id", "email", "name", "role", "created_at")


class MemberViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganizationViewSet):
    """The active members of the organization."""

    serializer_class = Member
    queryset = Membership.objects.filter(ended_at=None).select_related("user").order_by("pk")
