"""What of a request is read at all."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _


class LimitsMiddleware:
    """Refuse, before anything is read or stored, what no page of ours sends.

    A body far above the largest upload: Django would first stream a file of any size to the disk. Uploads a little
    above their own limit still reach their form, which says so. A body without a declared length is none under WSGI.
    A NUL in an address: PostgreSQL's text cannot hold it, and a filter would end in a fault.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        declared = request.META.get("CONTENT_LENGTH") or "0"
        if declared.isascii() and declared.isdigit() and int(declared) > settings.REQUEST_MAX_BYTES:
            return _refuse(request, 413, _("This is too large to be read."))
        if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path:
            return _refuse(request, 400, _("This address cannot be read."))
        return self.get_response(request)


def _refuse(request: HttpRequest, status: int, said: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": said}, status=status)
    return HttpResponse(said, status=status, content_type="text/plain; charset=utf-8")
