"""Tokens, and who may call a view."""

from datetime import timedelta
from typing import Any

from django.http import Http404
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from kolhub.access import refusal
from kolhub.models import ApiToken, Membership, User, hash_secret


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer khb_…`. A revoked or expired token, or one of a member who left, stops at once."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the token's user, None where no bearer token came; raise for a wrong one."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2:
            raise exceptions.AuthenticationFailed("The Authorization header must be: Bearer <token>")
        token = (
            ApiToken.objects.select_related("membership__user", "membership__organization")
            .filter(token_hash=hash_secret(parts[1].decode("latin-1")), revoked_at=None, membership__ended_at=None)
            .first()
        )
        now = timezone.now()
        if (
            token is None
            or (token.expires_at is not None and token.expires_at <= now)
            or not token.membership.user.is_active
        ):
            raise exceptions.AuthenticationFailed("This token is not valid.")
        if token.last_used_at is None or token.last_used_at < now - timedelta(minutes=1):
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.membership.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class MayCall(BasePermission):
    """Ask kolhub.access, which refuses a view that names no verb."""

    def has_permission(self, request: Request, view: Any) -> bool:
        membership: Membership | None = getattr(request, "membership", None)
        if membership is None:
            return False
        reason = refusal(view, membership, request.method or "GET")
        if reason == "kind":
            raise Http404
        return reason is None
