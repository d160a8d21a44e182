"""How people get their accounts, and which address the links in their e-mails begin with."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from kolhub import people


@dataclass(frozen=True)
class _Site:
    """What e-mails call this installation."""

    name: str
    domain: str


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Close sign-up where the operator wants it; links in e-mails never trust a Host header."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Let strangers in where the operator says so, and always who holds an open invitation."""
        if settings.SIGNUP_OPEN:
            return True
        secret = request.session.get("invitation", "")
        return bool(secret) and people.state_of(people.invitation_by(secret)) == "open"

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Leave it: users are known by e-mail."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send with links that begin with BASE_URL, once what they lead to is committed.

        A mail server may take its time, and holds up nobody's transaction meanwhile; one that fails is logged.

        allauth builds them from the request's Host header, which whoever asks for a password reset may choose: the
        victim would get our mail with the attacker's link in it.
        """
        request: HttpRequest | None = context.get("request") or allauth_context.request
        given = request.build_absolute_uri("/").rstrip("/") if request is not None else ""
        own = {
            key: settings.BASE_URL + value.removeprefix(given)
            if given and key.endswith("_url") and isinstance(value, str) and value.startswith(f"{given}/")
            else value
            for key, value in context.items()
        }
        own["current_site"] = _Site("KolHub", urlsplit(settings.BASE_URL).netloc)
        message = self.render_mail(template_prefix, email, {"request": request, "email": email, **own})
        transaction.on_commit(message.send, robust=True)
