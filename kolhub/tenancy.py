"""Which organization a transaction acts for.

Row-level security reads the setting `kolhub.organization`; it lives exactly as long as its transaction, so a pooled
connection can never carry it into somebody else's request.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from kolhub.access import membership_for, refusal
from kolhub.models import Membership


def act_for(organization_id: int, patience: int | None = None) -> None:
    """Make the open transaction act for one organization; no query in it may take more than `patience` seconds.

    Raises RuntimeError outside a transaction, where the setting would vanish at once and every query come back empty.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("act_for() needs an open transaction")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('kolhub.organization', %s, true)", [str(organization_id)])
        if patience is not None:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{patience}s"])


@contextmanager
def acting_for(organization_id: int) -> Iterator[None]:
    """Open a transaction that acts for one organization: for tasks and commands.

    May be nested for the same organization. Another one needs a transaction of its own.
    """
    with transaction.atomic():
        act_for(organization_id)
        yield


class OrganizationRequest(HttpRequest):
    """A request whose URL names an organization that the user is a member of."""

    membership: Membership


class OrganizationMiddleware:
    """Open the request's transaction, find the organization named in the URL, and let its members in.

    The transaction covers rendering too: with ATOMIC_REQUESTS a template response would render after the transaction,
    where the organization is gone and every queryset empty. Any exception, and any 5xx, rolls everything back.
    Strangers get 404, as if the organization did not exist; anonymous visitors go to the log-in page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(None), transaction.atomic():
            response = self.get_response(request)
            if response.status_code >= 500 or getattr(request, "view_failed", False):
                transaction.set_rollback(True)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Resolve `organization` from the URL; API views do the same after reading their token."""
        if "organization" not in kwargs or hasattr(view, "cls"):
            return None
        slug = kwargs.pop("organization")
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        membership = membership_for(request.user, slug)
        if membership is None:
            raise Http404
        act_for(membership.organization_id, settings.REQUEST_QUERY_SECONDS)
        # What people read and type is the organization's time; __call__ puts UTC back.
        timezone.activate(membership.organization.clock)
        request.membership = membership  # type: ignore[attr-defined]
        if (reason := refusal(view, membership, request.method or "GET")) is not None:
            raise Http404 if reason == "kind" else PermissionDenied
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Have __call__ undo what the failed view wrote.

        Not here: a transaction marked for rollback answers no more queries, and whoever makes the answer may have some
        (allauth's middleware, when the view asks for the password once more).
        """
        request.view_failed = True  # type: ignore[attr-defined]


def organization_context(request: HttpRequest) -> dict[str, Any]:
    """Give templates the membership and the user's other organizations."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return {"membership": None}
    return {"membership": membership, "organization": membership.organization}
