"""How much of a request is read at all."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _


class RequestSizeMiddleware:
    """Refuse a body that no page takes before a byte of it is read or stored.

    Uploads a little above their own limit still reach their form, which says so in the page; Django would stream a file
    of any size to the disk first. A body without a declared length is none under WSGI.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        declared = request.META.get("CONTENT_LENGTH") or "0"
        if not declared.isascii() or not declared.isdigit() or int(declared) <= settings.REQUEST_MAX_BYTES:
            return self.get_response(request)
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": "The body is too large."}, status=413)
        return HttpResponse(_("This is too large to be read."), status=413, content_type="text/plain; charset=utf-8")
